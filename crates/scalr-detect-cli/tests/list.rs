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
    let practices = detector["practices"].as_array().unwrap();
    assert_eq!(practices.len(), 6);
    for part in ["Recognised", "What to do", "How to keep the next one", "Least privilege: "] {
        assert!(text.stdout.contains(part), "{}", text.stdout);
    }
}

#[test]
fn a_line_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let password = ["Summer", "2024!"].concat();
    let published = ["sk_test_4eC39HqLyjWD", "arjtT1zdp7dc"].concat();
    let text = format!(
        "stripe: {published}\nadmin_password: {password}\ndb_password: ${{DB_PASSWORD}}\nsecret_name: my-thing\n"
    );
    std::fs::write(folder.path().join("app.yml"), text).unwrap();
    let explain = |line: &str, format: &str| {
        run(command(&["explain", "--format", format, "--at", line]).current_dir(folder.path()))
    };
    let found = explain("app.yml:2", "terminal");
    assert_eq!((found.code, &*found.stderr), (0, ""));
    for part in [
        "generic-password",
        "confidence low",
        "weak: it is guessed easily",
        "the model gives it",
        "surprise as text",
    ] {
        assert!(found.stdout.contains(part), "{part}: {}", found.stdout);
    }
    assert!(!found.stdout.contains(&password));
    let found = explain("app.yml:2", "jsonl");
    let lines: Vec<Value> = found.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["weak"]), (2, &Value::Bool(true)));
    assert_eq!(lines[1]["judgement"]["name"], "admin_password");
    assert_eq!(lines[1]["judgement"]["confidence"], "low");
    assert!(explain("app.yml:1", "terminal").stdout.contains("; placeholder: it stands for another"));
    assert!(explain("app.yml:3", "terminal").stdout.starts_with("Nothing is found in line 3"));
    assert!(explain("app.yml:4", "terminal").stdout.contains("not likely enough to be reported"));
    for (at, message) in [
        ("app.yml:5", "has no line 5"),
        ("app.yml", "FILE:LINE"),
        ("none:1", "cannot read none"),
        ("app.yml:0", "FILE:LINE"),
    ] {
        let ran = explain(at, "terminal");
        assert_eq!((ran.code, ran.stderr.contains(message)), (2, true), "{at}: {}", ran.stderr);
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
