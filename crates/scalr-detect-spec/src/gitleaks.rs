//! From gitleaks' rules (and betterleaks', which have the same form) to detector files.
//!
//! A rule is a regular expression of everything around a secret: a word, an assignment, the value, what ends it. Here the
//! value is the token, the rule's keywords are the words nearby, and boundaries are implied. So the group that the rule
//! reports is taken out of its expression, and the rest of it is dropped.

use crate::load;
use crate::token::{self, Node};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};
use serde::Deserialize;
use std::fmt::Write;

/// How often an unbounded repetition may repeat in what is imported.
const BOUND: u32 = 256;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    extend: toml::Table,
    #[serde(default, alias = "allowlists")]
    allowlist: Option<toml::Value>,
}

/// A rule, as far as it is carried over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    id: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    regex: String,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    secret_group: u32,
    /// Everything else.
    #[serde(flatten)]
    rest: toml::Table,
}

/// Rules, turned into a detector file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The detector file.
    pub text: String,
    /// How many rules became detectors.
    pub detectors: usize,
    /// What could not be carried over, a line each.
    pub notes: Vec<String>,
}

/// Turns a configuration of gitleaks or betterleaks into a detector file. `taken` says whether there is a detector with an
/// id already.
///
/// # Errors
///
/// When it is not TOML, or not such a configuration.
pub fn import_gitleaks(config: &str, taken: impl Fn(&str) -> bool) -> Result<Imported, String> {
    let config: Config = toml::from_str(config).map_err(|error| error.to_string())?;
    let mut notes = Vec::new();
    if config.extend.contains_key("useDefault") {
        notes.push(
            "extend.useDefault: the built-in catalogue is always there, so nothing is needed".to_owned(),
        );
    }
    for key in config.extend.keys().filter(|key| *key != "useDefault") {
        notes.push(match key.as_str() {
            "disabledRules" => "extend.disabledRules: name detectors with --except instead".to_owned(),
            _ => format!("extend.{key}: not carried over"),
        });
    }
    if config.allowlist.is_some() {
        notes.push(
            "the global allowlist: not carried over; placeholders and examples are known here".to_owned(),
        );
    }
    let head = String::from(
        "provider = \"Imported\"\n\
         remediation = \"Revoke it where it was issued, then look for uses that are not yours.\"\n\
         impact = \"Whoever has it gets in wherever it is accepted.\"\n",
    );
    let (mut text, mut ids, mut detectors) = (head.clone(), Vec::new(), 0);
    for rule in &config.rules {
        let id = id_of(&rule.id, |id| taken(id) || ids.iter().any(|other| other == id));
        // What would not compile is left out here, so that the rest can be used as it is.
        let compiles =
            |(detector, losses): (String, Vec<String>)| match load([("", &*(head.clone() + &detector))]) {
                Ok(_) => Ok((detector, losses)),
                Err(errors) => {
                    Err(errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "))
                }
            };
        match detector(rule, &id).and_then(compiles) {
            Ok((detector, losses)) => {
                if id != rule.id {
                    notes.push(format!("{}: is {id} here", rule.id));
                }
                notes.extend(losses.into_iter().map(|loss| format!("{}: {loss}", rule.id)));
                text.push_str(&detector);
                ids.push(id);
                detectors += 1;
            }
            Err(error) => notes.push(format!("{}: LEFT OUT: {error}", rule.id)),
        }
    }
    Ok(Imported { text, detectors, notes })
}

/// An id of our form that is not taken.
fn id_of(id: &str, taken: impl Fn(&str) -> bool) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let id: String = id.chars().map(plain).collect();
    let id = id.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let mut new = if id.contains('-') { id } else { format!("custom-{id}") };
    while taken(&new) {
        new.insert_str(0, "custom-");
    }
    new
}

/// The detector of a rule as text, and what of the rule it lacks.
fn detector(rule: &Rule, id: &str) -> Result<(String, Vec<String>), String> {
    if rule.regex.is_empty() {
        return Err("it has no regex: rules for paths alone find no secrets".into());
    }
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(&rule.regex)
        .map_err(|error| format!("its regex cannot be read: {error}"))?;
    let (value, around) = secret(&hir, rule.secret_group);
    let mut losses = Vec::new();
    for key in rule.rest.keys().filter(|key| !matches!(key.as_str(), "tags" | "title" | "priority")) {
        losses.push(format!("{key}: not carried over"));
    }
    let (mut has_bound, mut nodes) = (false, Vec::new());
    token::convert(&bounded(&value, &mut has_bound), &mut nodes)?;
    nodes.retain(|node| !matches!(node, Node::SecretStart | Node::SecretEnd));
    if has_bound {
        losses.push(format!("a repetition without an end ends at {BOUND}"));
    }
    let token = token::show(&nodes);
    // The expression must be what is read back.
    token::parse(&token)?;
    let words: Vec<String> = rule.keywords.iter().filter_map(|word| word_of(word)).collect();
    let has_literal = nodes.iter().any(|node| matches!(node, Node::Literal(bytes) if bytes.len() >= 3));
    let near: &[String] = if around || !has_literal { &words } else { &[] };
    if around && near.is_empty() {
        losses.push("what its regex wants before the value: not carried over".to_owned());
    }
    let example = example(&nodes);
    let before = near.first().map_or("secret".to_owned(), |word| word.replace(['.', ' '], "_"));
    let mut out = String::new();
    let mut line = |key: &str, value: &str| writeln!(out, "{key} = {value}").expect("a string takes all");
    line("\n[[detector]]\nid", &quoted(id));
    let name = if rule.description.trim().is_empty() { id } else { rule.description.trim() };
    line("name", &quoted(name));
    line("kind", if near.is_empty() { "\"prefixed\"" } else { "\"keyword\"" });
    line("severity", "\"high\"");
    line("token", &quoted(&token));
    if !near.is_empty() {
        let words: Vec<String> = near.iter().map(|word| quoted(word)).collect();
        line("near", &format!("[{}]", words.join(", ")));
    }
    if rule.entropy > 0.0 {
        line("min_entropy", &format!("{:?}", rule.entropy.min(8.0)));
    }
    let hits = [format!("{before} = «{example}»"), format!("{before}: \"«{example}»\"")];
    line("hit", &format!("[{}, {}]", quoted(&hits[0]), quoted(&hits[1])));
    let masked = format!("{before} = {{repeat:x:{}}}", token::min_len(&nodes).max(1));
    line("miss", &format!("[{{ text = {}, why = \"a mask\" }}]", quoted(&masked)));
    Ok((out, losses))
}

/// The part of the expression that is the secret, and whether something is wanted before it: the group with this number, or
/// the first one, or all of it.
fn secret(hir: &Hir, group: u32) -> (Hir, bool) {
    fn find(hir: &Hir, group: u32) -> Option<&Capture> {
        match hir.kind() {
            HirKind::Capture(capture) if capture.index == group => Some(capture),
            HirKind::Capture(capture) => find(&capture.sub, group),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().find_map(|part| find(part, group))
            }
            HirKind::Repetition(repetition) => find(&repetition.sub, group),
            _ => None,
        }
    }
    let Some(capture) = find(hir, group.max(1)) else { return (hir.clone(), false) };
    let around = match hir.kind() {
        HirKind::Concat(parts) => parts
            .iter()
            .take_while(|part| find(part, group.max(1)).is_none())
            .any(|part| part.properties().minimum_len().unwrap_or(0) > 0),
        _ => false,
    };
    ((*capture.sub).clone(), around)
}

/// The expression without anchors and groups, and with an end to every repetition.
fn bounded(hir: &Hir, has_bound: &mut bool) -> Hir {
    let mut all = |parts: &[Hir]| parts.iter().map(|part| bounded(part, has_bound)).collect();
    match hir.kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Capture(capture) => bounded(&capture.sub, has_bound),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Repetition(repetition) => {
            *has_bound |= repetition.max.is_none();
            Hir::repetition(Repetition {
                max: Some(repetition.max.unwrap_or(BOUND.max(repetition.min))),
                greedy: true,
                min: repetition.min,
                sub: Box::new(bounded(&repetition.sub, has_bound)),
            })
        }
        _ => hir.clone(),
    }
}

/// A keyword as a word of ours, if it can be one.
fn word_of(keyword: &str) -> Option<String> {
    let lower = keyword.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(['_', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let word = parts.join("_");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let letters = word.bytes().filter(|b| *b != b'_').count();
    (letters >= 3 && word.bytes().all(plain) && word.as_bytes()[0].is_ascii_lowercase()).then_some(word)
}

/// A template of a value.
fn example(nodes: &[Node]) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            Node::Literal(bytes) => {
                for byte in bytes {
                    match byte {
                        b'{' | b'}' | b'\\' => out.extend(['\\', char::from(*byte)]),
                        byte => out.push(char::from(*byte)),
                    }
                }
            }
            Node::Class { set, min, max, .. } => {
                // As long as the least, or long enough to look like a value.
                let count = (*min).max((*max).min(24));
                // Characters that mean nothing in a template.
                let plain = |byte: &u8| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=')
                };
                let chars: Vec<u8> = set.iter().filter(plain).collect();
                let alphanumeric = |byte: &&u8| byte.is_ascii_alphanumeric();
                let letters: Vec<u8> = chars.iter().filter(alphanumeric).copied().collect();
                let chars = if letters.is_empty() { chars } else { letters };
                if count > 0 && !chars.is_empty() {
                    let chars = String::from_utf8_lossy(&chars).into_owned();
                    write!(out, "{{any:{chars}:{count}}}").expect("a string takes all");
                }
            }
            Node::Branch(branches) => {
                if let Some(longest) = branches.iter().max_by_key(|branch| token::min_len(branch)) {
                    out.push_str(&example(longest));
                }
            }
            Node::SecretStart | Node::SecretEnd => {}
        }
    }
    out
}

/// A TOML string.
fn quoted(text: &str) -> String {
    if !text.contains('\'') && !text.contains(char::is_control) {
        return format!("'{text}'");
    }
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scalr_detect_catalog::ByteSet;

    const CONFIG: &str = r#"
title = "ours"
[extend]
useDefault = true
disabledRules = ["x"]
[allowlist]
paths = ["vendor/"]

[[rules]]
id = "acme-pat"
description = "Acme token"
regex = '''\b(acme_[0-9a-zA-Z]{36})(?:[\x60'"\s;]|\\[nr]|$)'''
entropy = 3
keywords = ["acme_"]

[[rules]]
id = "globex"
regex = '''(?i)[\w.-]{0,50}?(?:globex)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([a-f0-9]{32})(?:[\x60'"\s;]|\\[nr]|$)'''
keywords = ["Globex"]
path = '''\.tf$'''

[[rules]]
id = "hooli_webhook"
regex = '''https://hooks\.hooli\.com/(?:workflows|services)/[A-Za-z0-9+/]{43,56}'''
keywords = ["hooks.hooli.com"]

[[rules]]
id = "open-ended"
regex = '''xyzzy-[a-z0-9]{20,}'''

[[rules]]
id = "only-a-path"
path = '''\.p12$'''

[[rules]]
id = "anything"
regex = '''.+'''
"#;

    #[test]
    fn rules_become_detectors_that_find_their_examples() {
        let imported = import_gitleaks(CONFIG, |id| id == "acme-pat").unwrap();
        assert_eq!(imported.detectors, 4, "{:#?}", imported.notes);
        let read = load([("imported.toml", &*imported.text)]).unwrap_or_else(|errors| {
            panic!("{errors:?}\n{}", imported.text);
        });
        let ids: Vec<&str> = read.entries.iter().map(|entry| &*entry.id).collect();
        assert_eq!(ids, ["custom-acme-pat", "custom-globex", "hooli-webhook", "open-ended"]);
        let globex = &read.entries[1];
        assert_eq!((&*globex.token, &globex.near[..]), ("[0-9A-Fa-f]{32}", &["globex".to_owned()][..]));
        assert_eq!(read.entries[0].token, "acme_[0-9A-Za-z]{36}");
        for (rule, part) in [
            ("acme-pat", "is custom-acme-pat"),
            ("globex", "path: not carried over"),
            ("open-ended", "ends at 256"),
            ("only-a-path", "LEFT OUT"),
            ("anything", "LEFT OUT"),
            ("extend.disabledRules", "--except"),
            ("the global allowlist", "not carried over"),
        ] {
            assert!(
                imported.notes.iter().any(|note| note.starts_with(rule) && note.contains(part)),
                "{rule}: {:#?}",
                imported.notes
            );
        }
    }

    #[test]
    fn what_is_no_configuration_is_an_error_with_its_place() {
        let error = import_gitleaks("[[rules]]\nid = 3\n", |_| false).map(|i| i.detectors).unwrap_err();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn tokens_are_shown_as_they_are_read() {
        for token in
            ["abc[0-9]{3}(?:x|yz)?[A-F]{2,5}", r"\x00\xff\.\[\]\{\}\\[\-\]\^a]{4}", "a{3}(?:(?:b|c){2}|d)"]
        {
            let nodes = token::parse(token).unwrap();
            assert_eq!(
                token::parse(&token::show(&nodes)).unwrap(),
                nodes,
                "{token}: {}",
                token::show(&nodes)
            );
        }
        let all = ByteSet::from_words([u64::MAX; 4]);
        let node = vec![Node::Class { set: all, min: 1, max: 2, lazy: false }];
        assert_eq!(token::parse(&token::show(&node)).unwrap(), node);
    }
}
