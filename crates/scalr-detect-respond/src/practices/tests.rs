//! Every provider has a class, no name is unknown, and every text reads like the others.

use super::*;
use scalr_detect::Catalog;
use std::collections::BTreeSet;

/// What is wrong with the style of a text that tells people what to do.
pub(crate) fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |wrong: bool, what: &str| {
        if wrong {
            faults.push(format!("{what}: {text:?}"));
        }
    };
    check(text.trim().is_empty(), "it is empty");
    check(!text.ends_with(['.', '?']), "it does not end with a full stop");
    check(text.contains("  ") || text.contains('\n') || text.trim() != text, "its spaces are wrong");
    check(text.matches('`').count() % 2 == 1, "a code span is not closed");
    // A sentence that is to be read aloud has some thirty words at most.
    let longest = text.split(['.', '?', ':', ';']).map(|s| s.split_whitespace().count()).max();
    check(longest > Some(40), "a sentence is very long");
    // Whole words: "very" is in "every".
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let lower = format!(" {} ", words.join(" ").to_lowercase());
    for filler in [
        "please",
        "simply",
        "just ",
        "it is recommended",
        "it is important",
        "should be noted",
        "in order to",
        "utilize",
        "leverage",
        "ensure that",
        "make sure",
        "as soon as possible",
        "best practice",
        "should be ",
        "must be done",
        "seamless",
        "robust",
        "easily",
        "very ",
        "basically",
        "obviously",
    ] {
        check(lower.contains(&format!(" {} ", filler.trim())), filler);
    }
    faults
}

pub(crate) fn is_link(link: &str) -> bool {
    link.starts_with("https://") && !link.contains(char::is_whitespace) && link.len() > 12
}

fn notes(notes: &Notes) -> impl Iterator<Item = &Note> {
    Topic::ALL.into_iter().filter_map(|topic| notes.get(topic))
}

#[test]
fn every_provider_has_a_class() {
    let known: BTreeSet<&str> = Catalog::builtin().iter().map(|detector| detector.provider).collect();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for class in &CLASSES.classes {
        for provider in &class.providers {
            if !known.contains(provider.as_str()) {
                faults.push(format!("{provider:?} of {} is in no detector", class.id));
            }
            if !seen.insert(provider.as_str()) {
                faults.push(format!("{provider:?} has two classes"));
            }
        }
        for id in &class.detectors {
            if Catalog::builtin().get(id).is_none_or(|detector| detector.id != id) {
                faults.push(format!("{id:?} of {} is no detector", class.id));
            }
        }
        assert!(class.providers.is_sorted(), "providers of {} are not sorted", class.id);
    }
    let missing = known
        .difference(&seen)
        .map(|provider| format!("{provider:?} has no class: add it in data/classes.toml"));
    faults.extend(missing);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_entry_is_of_a_provider() {
    let known: BTreeSet<&str> = Catalog::builtin().iter().map(|detector| detector.provider).collect();
    let mut seen = BTreeSet::new();
    for provider in &PROVIDERS.providers {
        assert!(known.contains(provider.name.as_str()), "{:?} is in no detector", provider.name);
        assert!(seen.insert(&provider.name), "{:?} has two entries", provider.name);
        let mut all = [&provider.console, &provider.create, &provider.audit]
            .into_iter()
            .chain(notes(&provider.practices));
        assert!(all.any(|note| note.link.is_some()), "{:?} has no link", provider.name);
    }
    assert!(seen.len() >= 40, "{} entries", seen.len());
}

#[test]
fn style() {
    let mut faults = Vec::new();
    let mut check = |text: &str| faults.extend(self::faults(text));
    let mut links = Vec::new();
    let mut note = |note: &Note| {
        links.extend(note.link.clone());
        check(&note.text);
    };
    notes(&CLASSES.practices).for_each(&mut note);
    for provider in &PROVIDERS.providers {
        for text in [&provider.console, &provider.create, &provider.audit] {
            note(text);
        }
        notes(&provider.practices).for_each(&mut note);
        assert!(provider.revoke.as_ref().is_none_or(|command| !command.trim().is_empty()));
    }
    CLASSES.classes.iter().for_each(|class| notes(&class.practices).for_each(&mut note));
    for class in &CLASSES.classes {
        [&class.create, &class.audit, &class.signs, &class.tell].into_iter().for_each(|text| check(text));
        class.reach.iter().for_each(|text| check(text));
        class.stake.each().into_iter().for_each(|(_, text)| check(text));
        assert!(!class.reach.is_empty());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    links.retain(|link| !is_link(link));
    assert!(links.is_empty(), "{links:?}");
}

#[test]
fn practices_are_complete() {
    for detector in Catalog::builtin().iter() {
        let practices = practices(detector);
        assert!(practices.iter().map(|practice| practice.topic).eq(Topic::ALL), "{}", detector.id);
    }
    let of = |id: &str| practices(Catalog::builtin().get(id).unwrap());
    // Special, of the class, of everybody.
    assert!(of("scalr-api-token")[3].text.contains("scalr_account_allowed_ips"));
    assert!(of("stripe-secret-key")[2].text.contains("Practise"), "{:?}", of("stripe-secret-key"));
    assert_eq!(class(Catalog::builtin().get("mysql-command-password").unwrap()), "database");
    assert_eq!(class(Catalog::builtin().get("private-key").unwrap()), "private-key");
    assert_eq!(class(Catalog::builtin().get("generic-password").unwrap()), "password");
}
