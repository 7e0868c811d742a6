//! `snippet`: what it prints, and what it refuses.

mod common;

use common::{command, run, token};
use serde_json::Value;

#[test]
fn all_are_listed() {
    let table = run(&mut command(&["snippet"]));
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    assert_eq!(table.stdout.lines().count(), 1 + 28 + 2);

    let array = run(&mut command(&["snippet", "--format", "json"]));
    let array: Vec<Value> = serde_json::from_str(&array.stdout).unwrap();
    let lines = run(&mut command(&["snippet", "--format", "jsonl"]));
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(array, lines);
    let how = |tested: &str| lines.iter().filter(|line| line["tested"] == tested).count();
    assert_eq!((lines.len(), how("run"), how("compiled"), how("vetted")), (28, 22, 2, 4));

    let some = run(&mut command(&["snippet", "--manager", "vault", "--format", "jsonl"]));
    assert_eq!(some.stdout.lines().count(), 7);
    let some = run(&mut command(&["snippet", "--language", "go", "--format", "jsonl"]));
    assert_eq!(some.stdout.lines().count(), 4);
}

#[test]
fn a_file_is_printed() {
    for (manager, name) in
        [("env", "SCALR_TOKEN"), ("aws-secrets-manager", "a/b"), ("vault", "a/b"), ("conjur", "a/b")]
    {
        for language in ["python", "javascript", "go", "java", "rust", "shell", "terraform"] {
            let args = ["snippet", "--manager", manager, "--language", language, "--secret", name];
            let ran = run(&mut command(&args));
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{manager} {language}");
            assert!(ran.stdout.contains(name) && !ran.stdout.contains("SECRET_NAME"), "{manager} {language}");
        }
    }
    let default = run(&mut command(&["snippet", "--manager", "conjur", "--language", "rust"]));
    assert!(default.stdout.contains("\"scalr/api-token\""));
}

#[test]
fn mistakes() {
    let token = token(0);
    for (args, said) in [
        (&["snippet", "--manager", "valt"][..], "a similar value exists: 'vault'"),
        (&["snippet", "--language", "ruby"], "possible values"),
        (&["snippet", "--secret", "X"], "--manager"),
        (&["snippet", "--manager", "env", "--language", "go", "--secret", "a b"], "letters A-Z"),
        (&["snippet", "--manager", "env", "--language", "terraform", "--secret", "X"], "reads SCALR_TOKEN"),
        (&["snippet", "--manager", "vault", "--language", "go", "--secret", "../x"], "no part is ."),
        (
            &["snippet", "--manager", "aws-secrets-manager", "--language", "go", "--secret", &token],
            "looks like a secret",
        ),
    ] {
        let ran = run(&mut command(args));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(said) && !ran.stderr.contains(&token), "{args:?}: {}", ran.stderr);
    }
}
