//! Detectors of one's own, and the parts of credentials.

use scalr_detect::{Catalog, Confidence, Custom, Scanner};
use std::path::Path;

const FILE: &str = r#"
provider = "Acme"
remediation = "Revoke it."
impact = "Whoever has it reads everything."

[[detector]]
id = "acme-token"
name = "Acme token"
kind = "prefixed"
severity = "high"
token = 'acmetok_[0-9a-z]{24}'
hit = ['ACME=«acmetok_{alnum:24}»', '"acme": "«acmetok_{alnum:24}»"']
miss = [{ text = 'acmetok_{alnum:12}', why = "truncated" }]

[[detector]]
id = "acme-wide-key"
name = "Acme key in base64"
kind = "keyword"
severity = "high"
token = '[0-9A-Za-z+/]{42}=='
near = ["acme_wide_key"]
hit = ['acme_wide_key: «{base64:42}==»', 'AcmeWideKey="«{base64:42}==»"']
miss = [{ text = 'wide_key: {base64:42}==', why = "of somebody else" }]

[[detector]]
id = "acme-client-secret"
name = "Acme client secret"
kind = "keyword"
severity = "high"
token = '[0-9a-f]{36}'
near = ["acme"]
parts = [
  { name = "client_id", token = 'ac-[0-9]{8}' },
  { name = "user", token = '[a-z]+{N}', near = ["acme_user"] },
]
alone = "low"
hit = ['acme_secret={hex:4} «{hex:36}»', 'acme: «{hex:36}»']
miss = [{ text = 'secret={hex:36}', why = "of nobody" }]

[[detector]]
id = "acme-client-id"
name = "Acme client id"
kind = "keyword"
severity = "low"
token = 'ac-[0-9]{8}'
near = ["acme"]
half_of = ["acme-token", "acme-client-secret"]
hit = ['acme «ac-{digits:8}»', 'acme: «ac-{digits:8}»']
miss = [{ text = 'ac-{digits:8}', why = "of nobody" }]
"#;

fn file() -> String {
    FILE.replace("[a-z]+{N}", "[a-z]{3,12}")
}

fn custom() -> Custom {
    Custom::read([("acme.toml", &*file())]).unwrap()
}

fn scanner() -> Scanner {
    Scanner::builder().custom(&custom()).unwrap().min_confidence(Confidence::Low).build().unwrap()
}

fn secret() -> String {
    let numbers = std::iter::successors(Some(7u32), |n| Some(n.wrapping_mul(1_103_515_245) + 12_345));
    numbers.take(36).map(|n| format!("{:x}", n >> 20 & 15)).collect()
}

#[test]
fn they_are_found_beside_the_built_in_ones() {
    assert_eq!(custom().check_examples(&scanner(), 5), Vec::<String>::new());
    // And nothing that was built in is lost or found otherwise.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scalr-detect-catalog/detectors");
    let files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    let builtin = Custom::read(files.iter().map(|(name, text)| (&**name, &**text))).unwrap();
    assert_eq!(builtin.check_examples(&scanner(), 1), Vec::<String>::new());
    // The same detectors, read instead of built in.
    let read = Scanner::builder().instead(&builtin).min_confidence(Confidence::Low).build().unwrap();
    assert_eq!(builtin.check_examples(&read, 1), Vec::<String>::new());
    assert!(!read.is_match("ACME=acmetok_0a1b2c3d4e5f6a7b8c9d0e1f"));
}

#[test]
fn a_scanner_tells_what_it_was_built_from() {
    let scanner = scanner();
    let ids: Vec<&str> = scanner.detectors().iter().map(|detector| detector.id).collect();
    let builtin = Catalog::builtin().iter().map(|detector| detector.id);
    let ours = ["acme-client-id", "acme-client-secret", "acme-token", "acme-wide-key"];
    assert!(ids.iter().copied().eq(builtin.chain(ours)));
    let text = format!("acme secret {}", secret());
    let found = scanner.find_iter(&text).next().unwrap();
    assert!(scanner.detectors().iter().any(|detector| std::ptr::eq(detector, found.detector())));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (from, to, expected) in [
        ("severity = \"high\"", "severity = \"huge\"", &["acme.toml", "line 10", "huge"][..]),
        ("'acmetok_[0-9a-z]{24}'", "'acmetok_.*'", &["acme.toml: acme-token"]),
        (
            "miss = [{ text = 'acmetok_{alnum:12}', why = \"truncated\" }]",
            "miss = []",
            &["acme-token", "miss"],
        ),
        ("\"acme-token\", \"acme-client-secret\"]", "\"acme-cleint\"]", &["acme-cleint"]),
        ("name = \"user\"", "name = \"User\"", &["acme-client-secret", "snake case"]),
        ("impact = ", "inpact = ", &["line 4", "inpact"]),
    ] {
        assert!(file().contains(from), "{from}");
        let errors = Custom::read([("acme.toml", &*file().replacen(from, to, 1))]).unwrap_err();
        let text: String = errors.iter().map(|error| format!("{error}\n")).collect();
        assert!(expected.iter().all(|part| text.contains(part)), "{to}: {text}");
    }
    let taken = file().replace("acme-token", "scalr-api-token");
    let taken = Custom::read([("acme.toml", &*taken)]).unwrap();
    let error = Scanner::builder().custom(&taken).unwrap_err().to_string();
    assert!(error.contains("scalr-api-token") && error.contains("another id"), "{error}");
}

#[test]
fn parts_make_a_finding_surer_and_are_taken_in() {
    let (scanner, secret) = (scanner(), secret());
    let far = "filler text, ".repeat(60);
    for (text, expected) in [
        // Text, and of each finding: detector, confidence, client id, user.
        (format!("acme secret {secret}"), vec![("acme-client-secret", Confidence::Low, None, None)]),
        (
            format!("acme id ac-73920518\nacme secret {secret}\n"),
            vec![("acme-client-secret", Confidence::High, Some("ac-73920518"), None)],
        ),
        (
            format!("acme secret: {secret}\nacme id: ac-73920518\nacme_user: jane"),
            vec![("acme-client-secret", Confidence::High, Some("ac-73920518"), Some("jane"))],
        ),
        // The nearest of two; the other one is a finding of its own.
        (
            format!("acme ac-29173046 and {} acme ac-58301927 {secret}", "and so on ".repeat(8)),
            vec![
                ("acme-client-id", Confidence::Medium, None, None),
                ("acme-client-secret", Confidence::High, Some("ac-58301927"), None),
            ],
        ),
        (
            format!("acme ac-73920518 {far} acme {secret}"),
            vec![
                ("acme-client-id", Confidence::Medium, None, None),
                ("acme-client-secret", Confidence::Low, None, None),
            ],
        ),
        // Parts of words are no parts.
        (
            format!("acme xac-73920518 ac-739205180 {secret}"),
            vec![("acme-client-secret", Confidence::Low, None, None)],
        ),
    ] {
        let seen = |f: &scalr_detect::Finding<'_, '_>| {
            let details = f.details();
            let part = |name: &str| details.get(name).map(str::to_owned);
            (f.detector().id, f.confidence(), part("client_id"), part("user"))
        };
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(id, confidence, client, user)| {
                (id, confidence, client.map(str::to_owned), user.map(str::to_owned))
            })
            .collect();
        let found: Vec<_> = scanner.find_iter(&text).map(|f| seen(&f)).collect();
        assert_eq!(found, expected, "{text}");
        let mut read = Vec::new();
        scanner
            .scan_reader(text.as_bytes(), |f| {
                read.push(seen(&f));
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(read, expected, "{text}");
        // Both halves are taken out, whole and in pieces.
        let redacted = scanner.redact(&text).into_owned();
        assert_eq!(scanner.find_iter(&redacted).count(), 0, "{}", String::from_utf8_lossy(&redacted));
        for size in [1, 7, 100] {
            let mut redactor = scanner.redactor();
            let mut out: Vec<u8> = text.as_bytes().chunks(size).flat_map(|c| redactor.push(c)).collect();
            out.extend(redactor.finish());
            assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&redacted));
        }
    }
}
