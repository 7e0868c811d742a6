//! What a reviewer would say of a detector before reading it.

use crate::Error;
use crate::exchanges;
use crate::format::{Entry, File};
use crate::template;

/// Everything that is wrong with the form of these files, given by name.
pub fn lint(files: &[(String, File)]) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for (name, file) in files {
        let mut say = |message: String| errors.push(Error { file: name.clone(), message });
        if file.provider.trim().is_empty() {
            say("provider is empty".into());
        }
        for entry in &file.detectors {
            let id = &entry.id;
            for message in faults(entry).into_iter().chain(exchanges::faults(entry)) {
                say(format!("{id}: {message}"));
            }
            if entry.remediation.is_empty() && file.remediation.is_empty() {
                say(format!("{id}: no remediation: say in a sentence how to revoke it"));
            }
            if entry.impact.is_empty() && file.impact.is_empty() {
                say(format!("{id}: no impact: say in a sentence what somebody can do who has it"));
            }
            for id in std::iter::once(id).chain(&entry.aliases) {
                if ids.contains(&id.as_str()) {
                    say(format!("{id}: this id is there twice"));
                }
                ids.push(id);
            }
        }
    }
    errors
}

fn faults(entry: &Entry) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, message: &str| {
        if !holds {
            faults.push(message.to_owned());
        }
    };
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    check(
        entry.id.split('-').all(part) && entry.id.contains('-') | matches!(&*entry.id, "jwt"),
        "id is not provider-kind in kebab-case",
    );
    check(entry.token.is_empty() == entry.model.is_some(), "either token or model is needed, and not both");
    check(!entry.name.trim().is_empty(), "name is empty");
    check(entry.hit.len() >= 2, "at least two hits are needed");
    check(!entry.miss.is_empty(), "at least one miss is needed");
    check((16..=160).contains(&entry.within), "within is not between 16 and 160");
    check(entry.miss.iter().all(|miss| !miss.why.trim().is_empty()), "a miss does not say why");
    let snake = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    check(entry.parts.iter().all(|part| snake(&part.name)), "the name of a part is not in snake case");
    check(
        entry.parts.iter().all(|part| part.within <= 400),
        "a part is looked for more than 400 bytes around",
    );
    check(entry.alone.is_none() || !entry.parts.is_empty(), "alone needs parts");
    check(entry.min_entropy >= 0.0 && entry.min_entropy <= 8.0, "min_entropy is not between 0 and 8 bits");
    for text in entry.hit.iter().chain(entry.miss.iter().map(|miss| &miss.text)) {
        match template::expand(text, 0) {
            Err(error) => faults.push(format!("template {text:?}: {error}")),
            Ok(expanded) if expanded.secret.is_none() && entry.hit.contains(text) => {
                faults.push(format!("hit {text:?} does not mark the secret with « and »"));
            }
            Ok(_) => {}
        }
    }
    faults
}
