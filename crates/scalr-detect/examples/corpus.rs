//! Prints the corpus that every binding must agree with this library on: an array in JSON, an object a haystack.
//!
//! `{"name": …, "haystack": HEX, "findings": [{"detector": …, "start": N, "end": N, "fingerprint": …}, …]}`: the findings of
//! all detectors at confidence low and up, with the decoders on; offsets of the secret in bytes. Haystacks are the
//! expanded examples of the catalogue and of the table of secrets without a shape, some of them encoded, and texts whose
//! characters are of one to four bytes. They are bytes, not all of them text.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{entries, expand, low};
use scalr_detect::Scanner;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Every so many-th example is there again in UTF-16, in base64 and behind characters of many bytes.
const ENCODED: usize = 40;

#[derive(serde::Deserialize)]
struct Case {
    text: String,
}

fn main() {
    let scanner = low();
    let generic: BTreeMap<String, Vec<Case>> = toml::from_str(include_str!("../tests/generic.toml")).unwrap();
    let generic = generic.iter().flat_map(|(format, cases)| {
        cases.iter().enumerate().map(move |(index, case)| (format!("{format} {index}"), &case.text))
    });
    let examples = entries().iter().flat_map(|entry| {
        let texts = entry.hit.iter().chain(entry.miss.iter().map(|miss| &miss.text));
        texts.enumerate().map(move |(index, text)| (format!("{} {index}", entry.id), text))
    });
    let mut objects = vec![object(&scanner, "empty", b"")];
    for (index, (name, template)) in examples.chain(generic).enumerate() {
        let text = expand(template, index as u64).0;
        objects.push(object(&scanner, &name, &text));
        if index % ENCODED == 0 {
            let wide: Vec<u8> = text.iter().flat_map(|byte| [*byte, 0]).collect();
            objects.push(object(&scanner, &format!("{name}, UTF-16"), &wide));
            let encoded = format!("data: {}\n", base64(&text));
            objects.push(object(&scanner, &format!("{name}, base64"), encoded.as_bytes()));
            let mut behind = "é, 好 and 🔑: ".repeat(3).into_bytes();
            behind.extend_from_slice(&text);
            objects.push(object(&scanner, &format!("{name}, behind other characters"), &behind));
        }
    }
    println!("[\n{}\n]", objects.join(",\n"));
}

fn object(scanner: &Scanner, name: &str, haystack: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * haystack.len());
    for byte in haystack {
        write!(hex, "{byte:02x}").unwrap();
    }
    let findings = scanner.find_iter(haystack).map(|finding| {
        let (id, span, print) = (finding.detector().id, finding.secret_span(), finding.fingerprint());
        let (start, end) = (span.start, span.end);
        format!(r#"{{"detector":"{id}","start":{start},"end":{end},"fingerprint":"{print}"}}"#)
    });
    let findings: Vec<String> = findings.collect();
    format!(r#"{{"name":"{name}","haystack":"{hex}","findings":[{}]}}"#, findings.join(","))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | u32::from(group.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let is_there = i <= group.len();
            text.push(if is_there { char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' });
        }
    }
    text
}
