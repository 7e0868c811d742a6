//! Decisions: by path, where a unit lies in several places, and in which order the three ways are asked.

use std::path::Path;

use scalr_detect::{Confidence, Fingerprint, Scanner};
use scalr_detect_triage::{Baseline, By, Config, Counts, Decision, Inline, Tool, Triage};

/// A URL with a password that is made up here.
fn url() -> String {
    ["postgres://app:", "vR7pq", "Zk2wT9x", "@db.internal/app"].concat()
}

/// What becomes of the finding in `text`.
fn decide(triage: &Triage, scanner: &Scanner, text: &str, paths: &[&str]) -> Option<By> {
    let paths: Vec<&Path> = paths.iter().map(|path| Path::new(*path)).collect();
    let found: Vec<_> = scanner.find_iter(text).collect();
    assert_eq!(found.len(), 1, "{text}");
    match triage.decide(&found[0], &paths, b"a.conf") {
        Decision::Suppressed(suppression) => Some(suppression.by),
        Decision::Report(_) => None,
        Decision::Unsure(_) => panic!("as sure as can be"),
    }
}

#[test]
fn a_rule_for_paths_holds_where_all_places_are() {
    let scanner = Scanner::new();
    let config =
        "[paths]\nexclude = [\"vendor/\", \"*.zip\"]\n[[override]]\npaths = [\"/t/\"]\nexcept = [\"*\"]";
    let triage = Triage::new(&scanner).config(Config::parse(config).unwrap(), Confidence::Medium).unwrap();
    for (paths, suppressed) in [
        (&[][..], false),
        (&["src/a.conf"], false),
        (&["vendor/a.conf"], true),
        (&["x/vendor/a.conf"], true),
        (&["vendor/a.conf", "src/a.conf"], false),
        (&["src/a.conf", "vendor/a.conf"], false),
        (&["vendor/a.conf", "t/a.conf"], true),
        (&["x/t/a.conf"], false),
        // What is in an archive lies where the archive lies.
        (&["lib/a.zip!in/b.conf"], true),
        (&["lib/a.tar!b.zip!c"], true),
        (&["lib/a.tar!in/vendor/c"], true),
        (&["lib/a.tar!c"], false),
        // Outside.
        (&["/vendor/a.conf"], false),
    ] {
        let by = decide(&triage, &scanner, &url(), paths);
        assert_eq!(by, suppressed.then_some(By::Config), "{paths:?}");
    }
}

#[test]
fn the_configuration_is_asked_first_then_markers_then_the_baseline() {
    let scanner = Scanner::new();
    let known = || {
        let mut baseline = Baseline::default();
        for finding in scanner.find_iter(&url()) {
            assert!(baseline.add(finding.fingerprint(), ""));
        }
        baseline
    };
    let config = |text: &str| Config::parse(text).unwrap();
    let text = format!("{} # scalr-detect:allow", url());
    let except = "[detectors]\nexcept = [\"*\"]";
    let triage = |text: &str| {
        let triage = Triage::new(&scanner).inline(Inline::default()).baseline(known());
        triage.config(config(text), Confidence::Medium).unwrap()
    };
    let all = triage(except);
    assert_eq!(decide(&all, &scanner, &text, &["a"]), Some(By::Config));
    assert_eq!((all.counts(), all.known().unwrap().unused()), (Counts { config: 1, ..Counts::default() }, 1));
    let two = triage("");
    assert_eq!(decide(&two, &scanner, &text, &["a"]), Some(By::Inline));
    assert_eq!(decide(&two, &scanner, &url(), &["a"]), Some(By::Baseline));
    assert_eq!(two.counts(), Counts { baseline: 1, inline: 1, config: 0 });
    assert_eq!(two.known().unwrap().unused(), 0);
    let other_tools =
        Triage::new(&scanner).inline(Inline { tools: vec![Tool::Gitleaks], require_reason: true });
    let text = format!("{} # gitleaks:allow", url());
    assert_eq!(decide(&other_tools, &scanner, &text, &[]), Some(By::Inline));
}

#[test]
fn a_scanner_looks_for_what_a_configuration_may_want() {
    for (text, least, expected) in [
        ("", Confidence::Medium, Confidence::Medium),
        ("min-confidence = 'high'", Confidence::Medium, Confidence::Medium),
        ("min-confidence = 'low'", Confidence::High, Confidence::Low),
        ("[[override]]\npaths = ['x']\nmin-confidence = 'low'", Confidence::High, Confidence::Low),
        ("min-confidence = 'checked'", Confidence::High, Confidence::High),
    ] {
        assert_eq!(Triage::scanned(&Config::parse(text).unwrap(), least), expected, "{text}");
    }
}

#[test]
fn detectors_that_are_not_known_are_mistakes_by_line() {
    let scanner = Scanner::new();
    let config = "[detectors]\nonly = [\"aws-*\"]\nexcept = [\"nosuch-*\"]\n[[override]]\npaths = [\"x\"]\nonly = [\"scalr-api-tokn\"]";
    let faults = Triage::new(&scanner).config(Config::parse(config).unwrap(), Confidence::Low).unwrap_err();
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 4]);
    assert!(faults[1].to_string().contains("did you mean \"scalr-api-token\"?"), "{}", faults[1]);
}

#[test]
fn threads_share_a_triage() {
    fn shared<T: Send + Sync>() {}
    shared::<Triage>();
    let scanner = Scanner::new();
    let finding_of = url();
    let fingerprint: Vec<Fingerprint> = scanner.find_iter(&finding_of).map(|f| f.fingerprint()).collect();
    let mut baseline = Baseline::default();
    baseline.add(fingerprint[0], "");
    let triage = Triage::new(&scanner).baseline(baseline);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| _ = decide(&triage, &scanner, &url(), &[])));
        }
    });
    assert_eq!(triage.counts().baseline, 400);
}
