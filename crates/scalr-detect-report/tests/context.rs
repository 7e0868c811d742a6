//! Whatever stands around a secret, no secret is in what is shown of it.

mod common;

use std::collections::HashSet;
use std::ops::ControlFlow;

use common::{Random, masker};
use scalr_detect::Scanner;
use scalr_detect_report::Context;

/// So much of a secret must not be seen.
const PIECE: usize = 12;

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
