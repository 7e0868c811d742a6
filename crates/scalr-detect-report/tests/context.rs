//! Whatever stands around a secret, no secret is in what is shown of it.

use std::collections::HashSet;
use std::ops::ControlFlow;

use scalr_detect::{Confidence, Scanner};
use scalr_detect_report::Context;

/// So much of a secret must not be seen.
const PIECE: usize = 12;

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn text(&mut self, alphabet: &[u8], n: usize) -> String {
        (0..n).map(|_| alphabet[self.below(alphabet.len())] as char).collect()
    }

    /// A made-up Scalr token.
    fn token(&mut self) -> String {
        let id = self.text(b"0123456789abcdefghijklmnopqrstuv", 15);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let signature = format!("{}{}", self.text(alphabet, 42), self.text(b"AEIMQUYcgkosw048", 1));
        let header = base64(br#"{"alg":"HS256","typ":"JWT"}"#);
        let payload = base64(format!(r#"{{"iss":"user","jti":"at-v0{id}"}}"#).as_bytes());
        format!("{header}.{payload}.{signature}")
    }
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (i, &b)| bits | u32::from(b) << (16 - 8 * i));
        text.extend((0..=chunk.len()).map(|i| alphabet[(bits >> (18 - 6 * i)) as usize & 63] as char));
    }
    text
}

fn masker() -> Scanner {
    Scanner::builder().min_confidence(Confidence::Low).build().unwrap()
}

#[test]
fn no_secret_is_shown_around_another() {
    let scanner = Scanner::builder().only(["scalr-api-token"]).build().unwrap();
    let masker = masker();
    let mut random = Random(1);
    let mut shown = 0;
    for round in 0..10 {
        let mut text = String::new();
        let mut secrets = Vec::new();
        while text.len() < 6000 {
            let token = random.token();
            text.push_str(["\n", " ", "\", \"", "\ttoken=", "; # "][random.below(5)]);
            let filler = random.below(60);
            text.push_str(&random.text(b"word, ", filler));
            text.push_str([" ", "\"", "\n", "='", ":"][random.below(5)]);
            text.push_str(&token);
            secrets.push(token);
        }
        let pieces: HashSet<&[u8]> = secrets.iter().flat_map(|s| s.as_bytes().windows(PIECE)).collect();
        let mut check = |context: Context| {
            shown += 1;
            let line = [&*context.before, &context.secret, &context.after].concat();
            assert!(!line.as_bytes().windows(PIECE).any(|piece| pieces.contains(piece)), "{line}");
        };
        if round % 2 == 0 {
            for finding in scanner.find_iter(&text) {
                check(Context::new(&finding, Some(&masker)));
            }
        } else {
            let result = scanner.scan_reader(text.as_bytes(), |finding| {
                check(Context::new(&finding, Some(&masker)));
                ControlFlow::Continue(())
            });
            assert!(result.is_ok());
        }
    }
    assert!(shown > 200, "{shown}");
}

#[test]
fn the_line_is_recognisable() {
    let masker = masker();
    let mut random = Random(2);
    let (secret, other) = (random.token(), random.token());
    let text = format!("provider {{\n\ttoken = \"{secret}\" # was {other}\r\n}}\n");
    let scanner = Scanner::new();
    let finding = scanner.find_iter(&text).next().unwrap();
    let context = Context::new(&finding, Some(&masker));
    assert_eq!(context.before, "token = \"");
    assert!(context.after.starts_with("\" # was "), "{context:?}");
    let raw = Context::new(&finding, None);
    assert_eq!(raw.secret, secret);
    assert!(raw.after.starts_with("\" # was eyJ"), "{raw:?}");
}
