//! What we call a secret without a shape, and what not: a table of small cases, by format.

use scalr_detect::{Confidence, Scanner};
use scalr_detect_spec::template;
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    /// For a secret: its detector, where that is said.
    kind: Option<String>,
    /// For what is none: why.
    why: Option<String>,
    /// The path of the file, where that matters.
    path: Option<String>,
    /// Whether the secret is guessed easily; then it is not believed either.
    #[serde(default)]
    weak: bool,
}

#[test]
fn every_case_is_as_the_table_says() {
    let table: BTreeMap<String, Vec<Case>> = toml::from_str(include_str!("generic.toml")).unwrap();
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    let (mut faults, mut count) = (Vec::new(), 0);
    for (format, cases) in &table {
        for (index, case) in cases.iter().enumerate() {
            count += 1;
            let expanded = template::expand(&case.text, 1 + index as u64).unwrap();
            assert_eq!(expanded.secret.is_some(), case.why.is_none(), "{format} {index}");
            let scanner = scanner.for_path(case.path.as_deref().unwrap_or_default());
            let found: Vec<_> = scanner.find_iter(&expanded.text).collect();
            let is_right = match &expanded.secret {
                None => found.is_empty(),
                Some(secret) => {
                    found.len() == 1
                        && found[0].secret_span() == *secret
                        && case.kind.as_ref().is_none_or(|kind| found[0].detector().id == kind)
                        && (!case.weak || found[0].is_weak() && found[0].confidence() == Confidence::Low)
                }
            };
            if !is_right {
                let found = found.iter().map(|f| format!("{} {:?}", f.detector().id, f.secret_span()));
                let found: Vec<String> = found.collect();
                let text = String::from_utf8_lossy(&expanded.text).into_owned();
                let marked = &expanded.secret;
                faults.push(format!("{format} {index}: marked {marked:?}, found {found:?}: {text:?}"));
            }
        }
    }
    assert!(count >= 400 && faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
}

/// What vendors publish for everyone's use is told apart from what is made up of the same shape, and is not believed.
#[test]
fn published_values_are_placeholders() {
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    let key = |body: &str| format!("stripe.api_key = \"sk_test_{body}\"\n");
    let (published, made) =
        (key(&["4eC39HqLyjWD", "arjtT1zdp7dc"].concat()), key("9fTq27XwLmZe0bRkVu5HsYc1"));
    for (text, is_placeholder) in [(&published, true), (&made, false)] {
        let found: Vec<_> = scanner.find_iter(text).collect();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].is_placeholder(), found[0].is_weak()), (is_placeholder, false), "{text}");
        assert_eq!(found[0].confidence() == Confidence::Low, is_placeholder, "{text}");
    }
    assert!(!Scanner::new().is_match(&published));
    // A word that many choose is weak: it opens something.
    let text = "$mail->Password = 'secret';";
    let found: Vec<_> = scanner.find_iter(text).collect();
    assert!(found.len() == 1 && found[0].is_weak() && !found[0].is_placeholder(), "{}", found.len());
}

/// A sequence or a repeat with the shape of a provider's secrets is told to whoever asks for all, as a placeholder; one without
/// it, and what says itself that it stands for another, is not.
#[test]
fn made_up_values_are_placeholders() {
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    for (template, id) in [
        ("QUBOLE_API_TOKEN={repeat:9876543210abcdef:4}", Some("qubole-api-key")),
        ("FINNHUB_TOKEN=uvwxyz9876543210zyxw", Some("finnhub-access-token")),
        ("key = AKIA{repeat:ABCDEFGHIJKLMNOP:1}", Some("aws-access-key-id")),
        ("key = sk_test_{repeat:1234567890ab:2}", Some("stripe-test-secret-key")),
        ("key = ghp_{repeat:1234567890abcdefghijklmnopqrstuvwxyz:1}", Some("github-personal-access-token")),
        ("QUBOLE_API_TOKEN={repeat:0:64}", None),
        ("QUBOLE_API_TOKEN={repeat:x:64}", None),
        ("key = sk_test_your_secret_key_here_1234", None),
        ("key = sk_test_${STRIPE_KEY_0123456789abcdef}", None),
        ("acme_id = {repeat:9876543210abcdef:4}", None),
        // What is no placeholder as a whole comes first.
        ("finnhub_password = \"uvwxyz9876543210zyxw!Kd8#vR2$mQ7&xT4*pW9@zB6\"", Some("generic-password")),
    ] {
        let text = template::expand(template, 1).unwrap().text;
        let found: Vec<_> = scanner.find_iter(&text).collect();
        assert_eq!(found.iter().map(|f| f.detector().id).collect::<Vec<_>>(), id.as_slice(), "{template}");
        for finding in found {
            assert_eq!(finding.confidence(), Confidence::Low, "{template}");
            assert_eq!(finding.is_placeholder(), id != Some("generic-password"), "{template}");
            assert_eq!(finding.is_placeholder(), finding.reason().contains("made-up"), "{template}");
        }
        assert!(!Scanner::new().is_match(&text), "{template}");
    }
}

/// The rows of a table below its head, each with a password.
#[test]
fn every_row_of_a_table_is_found() {
    let passwords = ["Quill#Basalt27", "Sable!Orchid72", "centipede"];
    let rows = passwords.map(|password| format!("| ops | {password} |\n"));
    let text = format!("| User | Password |\n|---|---|\n{}\n| ops | Rustic+Yak530 |\n", rows.concat());
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    let found: Vec<_> = scanner.find_iter(&text).map(|found| found.secret().to_vec()).collect();
    assert_eq!(found, passwords.map(|password| password.as_bytes().to_vec()));
}

/// What `explain` says of a value is what a search does with it, unless a detector of another kind has it.
#[test]
fn judgements_are_those_of_the_search() {
    let table: BTreeMap<String, Vec<Case>> = toml::from_str(include_str!("generic.toml")).unwrap();
    let scanner = Scanner::builder().min_confidence(Confidence::Low).only(["generic-*"]).build().unwrap();
    let mut count = 0;
    for (index, case) in table.values().flatten().enumerate() {
        let text = template::expand(&case.text, 1 + index as u64).unwrap().text;
        let judged = scanner.judgements(&text);
        for found in scanner.find_iter(&text).filter(|found| found.decoded_by().is_empty()) {
            let same = judged.iter().find(|judged| judged.value() == found.secret_span());
            assert_eq!(same.and_then(|judged| judged.confidence()), Some(found.confidence()), "{index}");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}
