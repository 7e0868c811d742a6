//! `--detectors`, `check-detectors` and `import-gitleaks` as a user meets them.

mod common;

use std::fs;

use common::{Tree, command, run};

const RULES: &str = r#"
[[rules]]
id = "acme-pat"
description = "Acme token"
regex = '''\b(acmetoken_[0-9a-z]{24})(?:[\x60'"\s;]|$)'''
keywords = ["acmetoken_"]

[[rules]]
id = "by-path"
path = '''\.p12$'''
"#;

/// A value that is one of the rule's.
fn acme() -> String {
    let numbers = std::iter::successors(Some(7u32), |n| Some(n.wrapping_mul(1_103_515_245) + 12_345));
    let value: String = numbers.take(24).map(|n| format!("{:x}", n >> 20 & 15)).collect();
    format!("acmetoken_{value}")
}

#[test]
fn rules_are_imported_checked_and_used() {
    let tree = Tree::new();
    tree.file("gitleaks.toml", RULES);
    tree.file("leak.env", format!("CONFIG={}\n", acme()));
    let here = |args: &[&str]| run(command(args).current_dir(tree.path()));

    let ran = here(&["import-gitleaks", "gitleaks.toml", "-o", "ours.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("by-path: LEFT OUT") && ran.stderr.contains("1 detectors"), "{ran:?}");
    let ran = here(&["import-gitleaks", "gitleaks.toml", "-o", "ours.toml"]);
    assert_eq!(ran.code, 2, "a file that is there is kept: {ran:?}");

    let ran = here(&["check-detectors", "ours.toml"]);
    assert_eq!((ran.code, ran.stderr.contains("1 detectors")), (0, true), "{ran:?}");

    let scan = ["scan", "--format", "jsonl", "leak.env"];
    assert_eq!(here(&scan).code, 0);
    let ran = here(&[&scan[..], &["--detectors", "ours.toml"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("\"detector\":\"acme-pat\"") && !ran.stdout.contains(&acme()), "{ran:?}");
    let ran = here(&[&scan[..], &["--detectors", "ours.toml", "--except", "acme-pat"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let tree = Tree::new();
    let here = |args: &[&str]| run(command(args).current_dir(tree.path()));
    let ran = here(&["import-gitleaks", "/nosuch"]);
    assert_eq!((ran.code, ran.stderr.contains("/nosuch")), (2, true), "{ran:?}");
    tree.file("bad.toml", "provider = \"Acme\"\nwrong = 1\n");
    for args in [&["check-detectors", "bad.toml"][..], &["scan", "--detectors", "bad.toml", "."]] {
        let ran = here(args);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("bad.toml") && ran.stderr.contains("line 2"), "{ran:?}");
    }
    // A detector whose example is not found.
    tree.file("rules.toml", RULES);
    let ran = here(&["import-gitleaks", "rules.toml", "-o", "ours.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ours = fs::read_to_string(tree.path().join("ours.toml")).unwrap();
    tree.file("ours.toml", ours.replace("secret = «", "secretx«"));
    let ran = here(&["check-detectors", "ours.toml"]);
    assert_eq!((ran.code, ran.stderr.contains("acme-pat hit 0")), (2, true), "{ran:?}");
}
