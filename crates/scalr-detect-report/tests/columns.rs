//! Columns as editors count them, against counting by hand.

use scalr_detect::Scanner;
use scalr_detect_report::{Columns, Record};
use scalr_detect_sources::{Origin, Unit};

mod common;

use common::Random;

fn columns(text: &[u8]) -> Vec<(usize, usize, Option<Columns>)> {
    let scanner = Scanner::new();
    let unit = Unit::new(b"f", &Origin::File);
    let found = scanner.find_iter(text).map(|finding| {
        let mut record = Record::new(&unit, &finding, None);
        record.add_columns(&finding);
        (record.start, record.end, record.columns)
    });
    found.collect()
}

/// The units of the line before an offset, and one.
fn by_hand(text: &[u8], offset: usize) -> usize {
    let start = text[..offset].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    String::from_utf8_lossy(&text[start..offset]).encode_utf16().count() + 1
}

#[test]
fn they_are_utf16_code_units_of_the_line() {
    let mut random = Random(3);
    let mut seen = 0;
    for _ in 0..200 {
        let mut text = Vec::new();
        for _ in 0..6 {
            for _ in 0..random.below(20) {
                let piece: [&[u8]; 8] = [
                    b" ",
                    b"ab ",
                    "é".as_bytes(),
                    "€ ".as_bytes(),
                    "😀".as_bytes(),
                    b"\xff",
                    b"\xe2\x82",
                    b"\t",
                ];
                text.extend_from_slice(piece[random.below(8)]);
            }
            text.extend_from_slice(format!(" token = \"{}\"", random.secret()).as_bytes());
            text.extend_from_slice([&b"\n"[..], b"\r\n", b" "][random.below(3)]);
        }
        for (start, end, columns) in columns(&text) {
            seen += 1;
            let expected = Columns { start: by_hand(&text, start), end: by_hand(&text, end) };
            assert_eq!(columns, Some(expected), "{}", String::from_utf8_lossy(&text));
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn a_secret_of_several_lines_ends_in_its_last() {
    let mut random = Random(6);
    let word = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let lines: String = (0..12).map(|_| random.text(word, 64) + "\n").collect();
    let begin = format!("-----BEGIN {} KEY-----", "RSA PRIVATE");
    let text = format!("é = '{begin}\nMIIEpAIBAAKCAQEA{lines}-----END RSA PRIVATE KEY-----'\n");
    let found = columns(text.as_bytes());
    let (start, end, columns) = found.first().copied().expect("a private key is found");
    assert_eq!(
        columns,
        Some(Columns { start: by_hand(text.as_bytes(), start), end: by_hand(text.as_bytes(), end) })
    );
}

#[test]
fn marks_and_encodings_are_no_columns() {
    let secret = Random(4).token();
    let marked = format!("\u{feff}key = {secret}\n");
    assert_eq!(columns(marked.as_bytes())[0].2, Some(Columns { start: 7, end: 7 + secret.len() }));
    let line = format!("x\n  é = {secret} \r\n");
    for wide in [
        line.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        line.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        assert_eq!(columns(&wide)[0].2, Some(Columns { start: 7, end: 7 + secret.len() }));
    }
}

#[test]
fn lines_without_end_have_none() {
    let secret = Random(5).token();
    for (filler, known) in [(60_000, true), (70_000, false), (3_000_000, false)] {
        let text = format!("{} token = {secret}\n", "x ".repeat(filler / 2));
        assert_eq!(columns(text.as_bytes())[0].2.is_some(), known, "{filler}");
    }
}
