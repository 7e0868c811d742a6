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
            let found: Vec<_> = scanner.find_iter(&expanded.text).collect();
            let is_right = match &expanded.secret {
                None => found.is_empty(),
                Some(secret) => {
                    found.len() == 1
                        && found[0].secret_span() == *secret
                        && case.kind.as_ref().is_none_or(|kind| found[0].detector().id == kind)
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
