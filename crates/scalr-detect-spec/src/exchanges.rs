//! How providers are asked whether a secret still works, and how they are told to revoke it: the rules that these
//! declarations keep, and the declarations as Rust source.

use crate::format::{Entry, Exchange, Rule, Shared};
use scalr_detect_check::Check;
use std::fmt::Write;

/// Whether an exchange is to verify or to revoke.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Purpose {
    Verify,
    Revoke,
}

/// What is wrong with the exchanges of a detector, beside those that it shares.
pub(crate) fn faults(entry: &Entry) -> Vec<String> {
    let mut faults = Vec::new();
    let purposes = [("verify", &entry.verify, Purpose::Verify), ("revoke", &entry.revoke, Purpose::Revoke)];
    for (name, shared, purpose) in purposes {
        if let Some(Shared::Own(exchange)) = shared {
            faults
                .extend(of_exchange(entry, exchange, purpose).iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    faults
}

fn of_exchange(entry: &Entry, exchange: &Exchange, purpose: Purpose) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, message: String| {
        if !holds {
            faults.push(message);
        }
    };
    check(exchange.documented.starts_with("https://"), "documented is no https address".into());
    let method = &*exchange.method;
    check(matches!(method, "GET" | "POST" | "DELETE"), format!("{method} is not GET, POST or DELETE"));
    check(exchange.url.starts_with("https://"), "url does not start with https://".into());
    let authority = exchange.url.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let is_open = authority.ends_with("{host}") || authority == "{secret}";
    check(
        is_open == exchange.host.is_some() && (is_open || is_host(authority)),
        format!("{authority:?} is neither a host, nor {{host}} or {{secret}} with `host`"),
    );
    if let Some(host) = &exchange.host {
        let known = host.known.iter().map(|known| known.strip_prefix("*.").unwrap_or(known));
        for name in known.chain(host.default.as_deref()) {
            check(is_host(name), format!("{name:?} is no host"));
        }
    }
    let bodies = [exchange.form.is_some(), exchange.json.is_some()].iter().filter(|given| **given).count();
    check(bodies <= 1, "form and json exclude each other".into());
    check(exchange.basic.is_none() || exchange.sigv4.is_none(), "basic and sigv4 exclude each other".into());
    let texts = exchange.headers.values().chain([&exchange.url]).chain(&exchange.basic);
    let texts: Vec<&String> = texts.chain(&exchange.form).chain(&exchange.json).collect();
    for name in texts.iter().flat_map(|text| placeholders(text)) {
        let is_known = match name {
            "secret" | "host" => true,
            "authority" => purpose == Purpose::Revoke,
            name => is_fact(entry, name),
        };
        check(is_known, format!("{{{name}}} is neither secret, host nor a part"));
    }
    let sends_secret = texts.iter().any(|text| text.contains("{secret}") || text.contains("{authority}"));
    check(sends_secret || exchange.sigv4.is_some(), "the secret is not used".into());
    let own = exchange.host.iter().filter_map(|host| host.fact.as_ref());
    for name in own.chain(exchange.sigv4.iter().map(|sigv4| &sigv4.key_id)) {
        check(is_fact(entry, name), format!("{name} is not a part"));
    }

    let (needed, unused): (&[_], &[_]) = match purpose {
        Purpose::Verify => {
            (&[("live", &exchange.live), ("dead", &exchange.dead)], &[("done", &exchange.done)])
        }
        Purpose::Revoke => {
            (&[("done", &exchange.done)], &[("live", &exchange.live), ("dead", &exchange.dead)])
        }
    };
    for (name, rules) in needed {
        check(!rules.is_empty(), format!("{name} has no rule"));
        check(exchange.example.iter().any(|answer| answer.means == *name), format!("no example is {name}"));
    }
    for (name, rules) in unused {
        check(rules.is_empty(), format!("{name} has no use here"));
    }
    check(exchange.example.iter().any(|answer| answer.means == "unknown"), "no example is unknown".into());
    for answer in &exchange.example {
        let is_meaning = needed.iter().any(|(name, _)| answer.means == *name) || answer.means == "unknown";
        check(is_meaning, format!("{:?} is no meaning of an answer here", answer.means));
    }
    check(
        exchange.effect.ends_with('.') == (purpose == Purpose::Revoke),
        "effect is a sentence for revoke, and for nothing else".into(),
    );
    for rule in exchange.live.iter().chain(&exchange.dead).chain(&exchange.done) {
        let asked = [rule.at.is_some(), rule.contains.is_some(), rule.body.is_some()];
        let asked = asked.iter().filter(|given| **given).count();
        check(
            asked == 1 || asked == 0 && purpose == Purpose::Revoke,
            format!(
                "a rule for status {} needs one of `at`, `contains` and `body`: a status proves nothing",
                rule.status
            ),
        );
        check(rule.is.is_none() || rule.at.is_some(), "`is` needs `at`".into());
        check(
            rule.is.as_ref().is_none_or(|is| scalar(is).is_some()),
            "`is` is neither a text, an integer nor a boolean".into(),
        );
        check(rule.at.as_ref().is_none_or(|at| at.starts_with('/')), "`at` is no JSON pointer".into());
        check((200..600).contains(&rule.status), format!("{} is no status of an answer", rule.status));
    }
    check(exchange.facts.values().all(|at| at.starts_with('/')), "a fact is no JSON pointer".into());
    faults
}

/// Whether a fact of this name can be known of a secret: a part of the credential, or read from a Scalr token.
fn is_fact(entry: &Entry, name: &str) -> bool {
    entry.parts.iter().any(|part| part.name == name)
        || entry.check.as_deref() == Some(Check::Scalr.name()) && matches!(name, "token-id" | "host")
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.contains('.') && text.split('.').all(label)
}

/// The names between braces, where they are names: JSON has braces of its own.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let is = |b: u8| b.is_ascii_lowercase() || matches!(b, b'_' | b'-');
        (!name.is_empty() && name.bytes().all(is)).then_some(name)
    })
}

/// The source of a module that holds all exchanges, by the id of their detector, in order. An error names a detector
/// whose exchange is shared and is not there.
pub fn emit_exchanges(entries: &[Entry]) -> Result<String, String> {
    let mut out = String::from(
        "//! How providers are asked about a secret, and how they are told to revoke it. Generated from the catalogue's\n\
         //! `detectors/*.toml` by `cargo xtask generate`; do not edit.\n\n\
         use crate::exchange::{Body, Exchange, HostRule, Predicate, Rule, Scalar, Sigv4};\n\n",
    );
    let mut tables = String::new();
    for (table, name, of) in [
        ("VERIFY", "V", (|entry| &entry.verify) as fn(&Entry) -> &Option<Shared>),
        ("REVOKE", "R", |entry| &entry.revoke),
    ] {
        let mut owners = Vec::new();
        for entry in entries {
            if let Some(Shared::Own(exchange)) = of(entry) {
                let item = format!("{name}{}", owners.len());
                write!(out, "static {item}: Exchange = {};\n\n", source(exchange)).expect(STRING);
                owners.push((&*entry.id, item));
            }
        }
        let mut lines = String::new();
        for entry in entries {
            let owner = match of(entry) {
                None => continue,
                Some(Shared::Own(_)) => &entry.id,
                Some(Shared::SameAs(id)) => id,
            };
            let (_, item) = owners.iter().find(|(id, _)| id == owner).ok_or_else(|| {
                format!("{}: {owner} has no exchange of its own that could be shared", entry.id)
            })?;
            writeln!(lines, "    ({:?}, &{item}),", entry.id).expect(STRING);
        }
        let count = lines.lines().count();
        writeln!(
            tables,
            "/// By id, sorted.\npub(crate) static {table}: [(&str, &Exchange); {count}] = [\n{lines}];\n"
        )
        .expect(STRING);
    }
    Ok(out + tables.trim_end() + "\n")
}

const STRING: &str = "writing to a string cannot fail";

fn source(exchange: &Exchange) -> String {
    let rules = |rules: &[Rule]| rules.iter().map(rule).collect::<Vec<_>>().join(", ");
    let pairs = |map: &std::collections::BTreeMap<String, String>| {
        map.iter().map(|(name, value)| format!("({name:?}, {value:?})")).collect::<Vec<_>>().join(", ")
    };
    let host = exchange.host.as_ref().map_or("None".to_owned(), |host| {
        format!(
            "Some(HostRule {{ fact: {:?}, known: &{:?}, default: {:?} }})",
            host.fact, host.known, host.default
        )
    });
    let body = match (&exchange.form, &exchange.json) {
        (Some(form), _) => format!("Body::Form({form:?})"),
        (_, Some(json)) => format!("Body::Json({json:?})"),
        (None, None) => "Body::None".into(),
    };
    let sigv4 = exchange.sigv4.as_ref().map_or("None".to_owned(), |sigv4| {
        format!(
            "Some(Sigv4 {{ service: {:?}, region: {:?}, key_id: {:?} }})",
            sigv4.service, sigv4.region, sigv4.key_id
        )
    });
    format!(
        "Exchange {{\n    documented: {:?},\n    method: {:?},\n    url: {:?},\n    host: {host},\n    headers: &[{}],\n    \
         basic: {:?},\n    body: {body},\n    sigv4: {sigv4},\n    live: &[{}],\n    dead: &[{}],\n    facts: &[{}],\n    \
         effect: {:?},\n    done: &[{}],\n}}",
        exchange.documented,
        exchange.method,
        exchange.url,
        pairs(&exchange.headers),
        exchange.basic,
        rules(&exchange.live),
        rules(&exchange.dead),
        pairs(&exchange.facts),
        exchange.effect,
        rules(&exchange.done),
    )
}

fn rule(rule: &Rule) -> String {
    let predicate = match (&rule.at, &rule.is, &rule.contains, &rule.body) {
        (Some(at), Some(is), ..) => format!("Predicate::Is({at:?}, {})", scalar(is).unwrap_or_default()),
        (Some(at), None, ..) => format!("Predicate::Has({at:?})"),
        (None, _, Some(text), _) => format!("Predicate::Contains({text:?})"),
        (None, _, None, Some(text)) => format!("Predicate::Whole({text:?})"),
        (None, _, None, None) => "Predicate::Any".into(),
    };
    format!(
        "Rule {{ status: {}, predicate: {predicate}, anywhere: {}, note: {:?} }}",
        rule.status, rule.anywhere, rule.note
    )
}

/// What is compared with a value of an answer, as Rust source.
fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(format!("Scalar::Text({text:?})")),
        toml::Value::Integer(number) => Some(format!("Scalar::Number({number})")),
        toml::Value::Boolean(flag) => Some(format!("Scalar::Flag({flag})")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lint, parse};

    const FILE: &str = r#"
provider = "Acme"
references = ["https://docs.example.com"]
remediation = "Revoke it."
impact = "All."

[[detector]]
id = "acme-key"
name = "Acme key"
kind = "prefixed"
severity = "high"
token = 'acme_[0-9a-f]{32}'
parts = [{ name = "key_id", token = 'id_[0-9]{8}' }]
hit = ['a=«acme_{hex:32}»', 'b: «acme_{hex:32}»']
miss = [{ text = 'acme_', why = "short" }]
"#;

    const VERIFY: &str = r#"
[detector.verify]
documented = "https://docs.example.com/me"
url = "https://api.example.com/{key_id}"
headers = { X-Key = "{secret}" }
live = [{ status = 200, at = "/id", is = 1 }]
dead = [{ status = 401, contains = "bad key" }]
example = [
  { status = 200, body = '{"id":1}', means = "live" },
  { status = 401, body = '"bad key"', means = "dead" },
  { status = 403, body = "", means = "unknown" },
]
"#;

    const REVOKE: &str = r#"
[detector.revoke]
documented = "https://docs.example.com/me"
effect = "Deletes it."
method = "DELETE"
url = "https://{host}/key"
host = { fact = "key_id", known = ["*.example.com"], default = "a.example.com" }
headers = { X-Key = "{authority}" }
done = [{ status = 204 }]
example = [
  { status = 204, body = "", means = "done" },
  { status = 403, body = "", means = "unknown" },
]
"#;

    fn complaints(text: &str) -> String {
        match parse("acme.toml", text) {
            Ok(file) => {
                let errors = lint(&[("acme.toml".to_owned(), file)]);
                errors.iter().map(|error| format!("{error}\n")).collect()
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn good_exchanges() {
        assert_eq!(complaints(&format!("{FILE}{VERIFY}{REVOKE}")), "");
    }

    #[test]
    fn bad_exchanges() {
        for (from, to, complaint) in [
            (
                "https://docs.example.com/me\"\nurl",
                "http://docs.example.com/me\"\nurl",
                "verify: documented is no https address",
            ),
            ("https://api.example.com", "http://api.example.com", "url does not start with https://"),
            ("https://api.example.com", "https://user@api.example.com", "is neither a host"),
            ("https://api.example.com", "https://{host}", "is neither a host"),
            ("https://api.example.com", "https://{secret}", "is neither a host"),
            (
                "\"https://{host}/key",
                "\"https://api.example.com/key",
                "revoke: \"api.example.com\" is neither a host",
            ),
            ("{key_id}", "{keyid}", "{keyid} is neither secret, host nor a part"),
            ("X-Key = \"{secret}\"", "X-Key = \"x\"", "the secret is not used"),
            ("\"{secret}\"", "\"{authority}\"", "{authority} is neither"),
            (
                "headers = { X-Key = \"{secret}\" }",
                "headers = { X-Key = \"{secret}\" }\nmethod = \"PUT\"",
                "PUT is not GET",
            ),
            (
                "headers = { X-Key = \"{secret}\" }",
                "form = \"a={secret}\"\njson = \"{}\"",
                "form and json exclude",
            ),
            (
                "headers = { X-Key = \"{secret}\" }",
                "sigv4 = { service = \"s\", region = \"r\", key_id = \"id\" }",
                "id is not a part",
            ),
            (", at = \"/id\", is = 1", "", "a status proves nothing"),
            ("at = \"/id\", is = 1", "at = \"id\"", "is no JSON pointer"),
            ("at = \"/id\", is = 1", "at = \"/id\", contains = \"x\"", "a status proves nothing"),
            ("at = \"/id\", is = 1", "contains = \"x\", is = 1", "`is` needs `at`"),
            ("is = 1", "is = 1.5", "`is` is neither a text, an integer nor a boolean"),
            ("status = 401, contains", "status = 42, contains", "42 is no status"),
            ("dead = [{ status = 401, contains = \"bad key\" }]", "", "dead has no rule"),
            ("means = \"dead\"", "means = \"live\"", "no example is dead"),
            ("means = \"dead\"", "means = \"done\"", "\"done\" is no meaning of an answer here"),
            (
                "means = \"unknown\" },\n]\n\n[detector.revoke",
                "means = \"live\" },\n]\n\n[detector.revoke",
                "no example is unknown",
            ),
            ("effect = \"Deletes it.\"", "", "effect is a sentence"),
            ("done = [", "live = [{ status = 200, at = \"/\" }]\ndone = [", "live has no use here"),
            ("fact = \"key_id\"", "fact = \"other\"", "other is not a part"),
            ("known = [\"*.example.com\"]", "known = [\"*example.com\"]", "\"*example.com\" is no host"),
            ("default = \"a.example.com\"", "default = \"https://a\"", "\"https://a\" is no host"),
            ("live = [{ status = 200", "liv = 1\nlive = [{ status = 200", "unknown field `liv`"),
        ] {
            let text = format!("{FILE}{VERIFY}{REVOKE}");
            assert!(text.contains(from), "{from}");
            let complaints = complaints(&text.replacen(from, to, 1));
            assert!(complaints.contains(complaint), "{to}: {complaint:?} is not in {complaints:?}");
        }
    }

    #[test]
    fn shared_exchanges() {
        let other = FILE.split_once("[[detector]]").unwrap().1.replace("acme-key", "acme-token");
        let text = format!("{FILE}{VERIFY}\n[[detector]]{other}verify = {{ same_as = \"acme-key\" }}\n");
        let entries = parse("acme.toml", &text).unwrap().detectors;
        let source = emit_exchanges(&entries).unwrap();
        assert!(
            source.contains("(\"acme-key\", &V0)") && source.contains("(\"acme-token\", &V0)"),
            "{source}"
        );
        let error = emit_exchanges(&entries[1..]).unwrap_err();
        assert!(error.contains("acme-key has no exchange"), "{error}");
        let text = text.replace("same_as = \"acme-key\"", "same_as = \"acme-key\", url = \"\"");
        assert!(parse("acme.toml", &text).unwrap_err().to_string().contains("unknown field `url`"));
    }
}
