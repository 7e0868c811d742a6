//! `scalr-detect detectors` and `scalr-detect explain`.

mod common;

use common::{command, run};
use serde_json::Value;

#[test]
fn detectors_are_listed() {
    let json = run(&mut command(&["detectors", "--format", "jsonl"]));
    assert_eq!((json.code, &*json.stderr), (0, ""));
    let listed: Vec<Value> = json.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(listed.iter().any(|d| d["id"] == "scalr-api-token"));
    for detector in &listed {
        for field in ["id", "name", "provider", "kind", "severity", "confidence", "impact", "remediation"] {
            assert!(!detector[field].as_str().unwrap().is_empty(), "{field}: {detector}");
        }
        assert!(detector["references"].is_array());
    }
    let text = run(&mut command(&["detectors"]));
    assert_eq!(text.stdout.lines().count(), listed.len());
    for (line, detector) in text.stdout.lines().zip(&listed) {
        assert!(line.starts_with(detector["id"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn a_kind_is_explained() {
    let json = run(&mut command(&["explain", "scalr-api-token", "--format", "jsonl"]));
    let detector: Value = serde_json::from_str(&json.stdout).unwrap();
    let text = run(&mut command(&["explain", "scalr-api-token"]));
    assert_eq!((text.code, &*text.stderr), (0, ""));
    for field in ["id", "name", "provider", "severity"] {
        assert!(text.stdout.contains(detector[field].as_str().unwrap()), "{field}: {}", text.stdout);
    }
    for reference in detector["references"].as_array().unwrap() {
        assert!(text.stdout.contains(reference.as_str().unwrap()), "{}", text.stdout);
    }
    for part in ["Recognised", "What to do"] {
        assert!(text.stdout.contains(part), "{}", text.stdout);
    }
}

#[test]
fn help_goes_to_standard_output() {
    for args in [&["--help"][..], &["scan", "--help"], &["--version"]] {
        let ran = run(&mut command(args));
        assert_eq!((ran.code, &*ran.stderr), (0, ""));
        assert!(!ran.stdout.is_empty());
    }
    assert!(run(&mut command(&["scan", "--help"])).stdout.contains("Exit codes"));
}
