//! Input made to hurt: nothing panics, nothing takes more than linear time, and what is there is still found.
//!
//! Sizes are such that linear work takes a moment and quadratic work takes hours: a search that is not linear does not
//! end.

mod common;

use common::{Random, Seen, expand, hits, low};
use scalr_detect::{Decoder, Input, Scanner};
use scalr_detect_check::encoding::base64_encode;
use std::ops::ControlFlow;

static SCANNER: Scanner = Scanner::new();

const MIB: usize = 1 << 20;

/// A scalr token of the second form.
fn token(seed: u64) -> Vec<u8> {
    let template = r#"{jwt:{"alg":"HS256","typ":"JWT"}.{"iss":"user","jti":"at-v0{base32hex:15}"}:32}"#;
    expand(template, seed).0
}

/// `text`, repeated up to `length` bytes.
fn repeated(text: &[u8], length: usize) -> Vec<u8> {
    text.iter().copied().cycle().take(length).collect()
}

/// Everything that can be done with a haystack.
fn exercise(haystack: &[u8]) {
    let found = SCANNER.find_iter(haystack).map(|found| found.details().iter().len()).count();
    assert_eq!(SCANNER.is_match(haystack), found > 0);
    let redacted = SCANNER.redact(haystack);
    assert_eq!(*redacted == *haystack, found == 0);
    let mut streamed = 0;
    let result = SCANNER.scan_reader(haystack, |_| {
        streamed += 1;
        ControlFlow::Continue(())
    });
    result.unwrap();
    assert_eq!(streamed, found);
    let mut redactor = SCANNER.redactor();
    let mut out = redactor.push(haystack);
    out.extend(redactor.finish());
    assert!(out == *redacted);
}

#[test]
fn short_inputs() {
    exercise(b"");
    for byte in 0..=255 {
        for length in 1..20 {
            exercise(&vec![byte; length]);
        }
        // Alone before, behind and in the middle of a secret.
        let token = token(byte.into());
        for at in [0, 5, 40, token.len()] {
            let mut haystack = token.clone();
            haystack.insert(at, byte);
            exercise(&haystack);
        }
    }
    let token = token(1);
    for cut in 0..=token.len() {
        exercise(&token[cut..]);
        exercise(&token[..cut]);
    }
    for range in [0..0, 5..5, token.len()..token.len()] {
        assert_eq!(SCANNER.find_iter(Input::new(&token).range(range)).count(), 0);
    }
}

#[test]
#[should_panic(expected = "range")]
fn a_range_outside_of_the_haystack() {
    let _ = Input::new("abc").range(2..4);
}

#[test]
fn one_byte_over_and_over() {
    for byte in *b"Ae-_0.=/ \n\\%\0\"" {
        let mut haystack = vec![byte; 8 * MIB];
        assert_eq!(SCANNER.find_iter(&haystack).count(), 0);
        // And what is behind it is found, after white space.
        haystack.extend([b" ", &token(3)[..], b"\n"].concat());
        let found: Vec<_> = SCANNER.find_iter(&haystack).map(|found| found.secret_span().start).collect();
        assert_eq!(found, [8 * MIB + 1], "{byte}");
    }
}

#[test]
fn what_starts_a_search_over_and_over() {
    let start = &token(4)[..60];
    let heads: Vec<Vec<u8>> = [
        &b"eyJ"[..],
        b"eyJ.",
        b"://",
        b"a://",
        b"a://b:ccccc@",
        b"-----BEGIN ",
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        b"---- BEGIN SSH2 PRIVATE KEY ----\n",
        b"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n",
        b"%41",
        b"%25",
        b"%2525",
        b"\\u0041",
        b"\\u005c",
        b"\\x41",
        b"\\\\",
        b"\\n",
        b"\\\"",
        b"A\0",
        b"\0A",
        b"A\0\0",
        b"ghp_",
        b"AKIA",
        b"SG.",
        b"xoxb-1-",
        b"Basic ",
        b"Basic QUFBQUFBQUFBQUFB ",
        b"token=",
        b"datadog_api_key=",
        b"aws aws aws aws aws aws aws aws ",
        b"aws_secret_access_key=\"\n",
        b"0123456789abcdef ",
        b"0123456789abcdef0123456789abcdef\n",
        b"[scalr-api-token:012345]",
        b"[:012345]",
        b"]",
        b"[0m",
        b"\x1b[0m",
        b"=3D",
        b"QUFB\n",
        b"...",
        b"${",
        b"==",
        b"41",
        b"4141414141414141 ",
    ]
    .map(<[u8]>::to_vec)
    .into_iter()
    .chain([start.to_vec(), [start, b"."].concat(), base64_encode(start).into_bytes()])
    .collect();
    for head in &heads {
        exercise(&repeated(head, MIB / 4));
    }
    // All of them, mixed.
    let (random, mut haystack) = (&mut Random(1), Vec::new());
    while haystack.len() < MIB {
        haystack.extend(random.pick(&heads));
    }
    exercise(&haystack);
}

#[test]
fn every_example_cut_short_and_repeated() {
    let random = &mut Random(2);
    for (_, hit) in hits() {
        let (text, secret) = expand(hit, random.next());
        let secret = secret.unwrap();
        let cut = secret.start + random.below(secret.len());
        exercise(&repeated(&text[..cut.max(1)], 8 << 10));
        exercise(&repeated(&text[..secret.end - 1], 8 << 10));
        exercise(&repeated(&text[secret.start..], 8 << 10));
    }
}

#[test]
fn random_bytes() {
    let random = &mut Random(3);
    for alphabet in [
        &b"0123456789abcdef"[..],
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        b"eyJ.-_ \n",
        b"%0123456789ABCDEF",
        b"\\ux0123456789abcdefn\"",
        b"AB\0",
        b"-BEGIN PRIVATEKY\n=",
        b":/@ab.",
        b"\"'=:,{}[]() \n\tab1",
    ] {
        exercise(random.text(alphabet, MIB / 8).as_bytes());
    }
    let bytes: Vec<u8> = (0..MIB / 2).map(|_| random.next() as u8).collect();
    exercise(&bytes);
}

#[test]
fn a_crowd_of_findings() {
    // As close as they can be: a quarter of a million.
    let line = expand("AKIA{base32:16}\n", 5).0;
    let haystack = repeated(&line, 250_000 * line.len());
    let mut count = 0;
    for (i, found) in SCANNER.find_iter(&haystack).enumerate() {
        assert_eq!(found.secret_span().start, i * line.len());
        assert_eq!(found.position().line, i + 1);
        count += 1;
    }
    assert_eq!(count, 250_000);
    let redacted = SCANNER.redact(&haystack);
    assert!(!SCANNER.is_match(&redacted));
    // The first is found without a look at the rest.
    let first = SCANNER.find_iter(&haystack).next().unwrap().secret_span();
    assert_eq!(first, 0..20);
    // And one may stop.
    let mut seen = 0;
    let stopped = SCANNER.scan_reader(&haystack[..], |_| {
        seen += 1;
        if seen == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    stopped.unwrap();
    assert_eq!(seen, 7);
}

#[test]
fn encodings_in_encodings() {
    let scanner = low();
    let token = token(6);
    let encode: [(Decoder, fn(&[u8]) -> Vec<u8>); 5] = [
        (Decoder::Base64, |text| base64_encode(text).into_bytes()),
        (Decoder::Hex, |text| text.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()),
        (Decoder::Percent, |text| text.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()),
        (Decoder::Escape, |text| {
            text.iter().flat_map(|byte| format!("\\u{byte:04x}").into_bytes()).collect()
        }),
        (Decoder::Utf16, |text| text.iter().flat_map(|byte| [*byte, 0]).collect()),
    ];
    // Every chain of up to three is followed. Not seen are hexadecimal NULs, and UTF-16 without eight token characters in
    // a row, where nothing but escapes was written in it; nor a secret that takes more than a piece of 16 KiB.
    let unseen = [
        [Decoder::Hex, Decoder::Utf16],
        [Decoder::Utf16, Decoder::Utf16],
        [Decoder::Utf16, Decoder::Percent],
        [Decoder::Utf16, Decoder::Escape],
    ];
    let mut missed = Vec::new();
    for chain in 0..125 {
        let chain = [chain / 25, chain / 5 % 5, chain % 5];
        for depth in 1..=3 {
            let text = chain[3 - depth..].iter().rev().fold(token.clone(), |text, i| encode[*i].1(&text));
            let wanted: Vec<Decoder> = chain[3 - depth..].iter().map(|i| encode[*i].0).collect();
            if wanted.windows(2).any(|pair| unseen.contains(&[pair[0], pair[1]])) || text.len() > 16 << 10 {
                continue;
            }
            let found = Seen::all(&scanner, &text);
            if !(found.len() == 1 && found[0].secret == token && found[0].decoded_by == wanted) {
                missed.push(format!("{wanted:?} of {} bytes: {found:?}", text.len()));
            }
        }
    }
    assert!(missed.is_empty(), "{} chains: {}", missed.len(), missed.join("\n"));
    // Base64 of base64 of base64 is followed three times and no further.
    let mut text = token.clone();
    for depth in 1..=5 {
        text = base64_encode(&text).into_bytes();
        let found = Seen::all(&scanner, &text);
        assert_eq!(
            found.iter().map(|f| f.decoded_by.len()).collect::<Vec<_>>(),
            if depth <= 3 { vec![depth] } else { vec![] }
        );
        exercise(&text);
    }
}

#[test]
fn decoder_bombs() {
    // Each layer holds the next many times over.
    let mut text = b"eyJhbGciOiJIUzI1NiJ9 %41%41%41 \\u0041\\u0041 ".to_vec();
    for layer in 0..6 {
        let inner = if layer % 2 == 0 { base64_encode(&text).into_bytes() } else { percent(&text) };
        text = repeated(&[&inner[..], b" %25 \\u0025 "].concat(), (inner.len() * 3).min(MIB / 2));
        exercise(&text);
    }
    // What decodes to what starts decoders anew at each byte.
    for head in ["%25", "%2525", "%255Cu0041", "\\u0025", "\\u005cu0041", "\\\\u0041"] {
        exercise(&repeated(head.as_bytes(), MIB / 4));
        exercise(base64_encode(&repeated(head.as_bytes(), MIB / 4)).as_bytes());
    }
    // Long encoded texts with one secret far inside.
    for at in [1000, 12_000, 12_287, 12_288, 16_000, 16_383, 16_384, 28_000, 100_000] {
        let text = [&repeated(b"some words of text ", at)[..], b"\n", &token(7), b"\nand more"].concat();
        for encoded in [base64_encode(&text).into_bytes(), percent(&text), wide(&text)] {
            let found = Seen::all(&SCANNER, &encoded);
            assert_eq!(found.iter().map(|f| f.id).collect::<Vec<_>>(), ["scalr-api-token"], "{at}");
            assert!(found[0].secret == token(7));
        }
    }
}

fn percent(text: &[u8]) -> Vec<u8> {
    let each = |b: &u8| if b.is_ascii_alphanumeric() { vec![*b] } else { format!("%{b:02X}").into_bytes() };
    text.iter().flat_map(each).collect()
}

fn wide(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| [*byte, 0]).collect()
}
