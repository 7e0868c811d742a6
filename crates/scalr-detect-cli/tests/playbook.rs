//! `scalr-detect playbook`: from an ID, a line, or a report.

mod common;

use std::fs;
use std::io::Write;
use std::process::Stdio;

use common::{Ran, Tree, command, run, token};
use serde_json::Value;

/// A tree with the same token in three files and another in a fourth.
fn tree() -> Tree {
    let tree = Tree::new();
    tree.file(
        "main.tf",
        format!("provider \"scalr\" {{\n  hostname = \"acme.scalr.io\"\n  token = \"{}\"\n}}\n", token(1)),
    );
    tree.file(".github/workflows/ci.yml", format!("env:\n  SCALR_TOKEN: {}\n", token(1)));
    tree.file("src/app.py", format!("TOKEN = \"{}\"\n", token(1)));
    tree.file("other/.env", format!("SCALR_TOKEN={}\n", token(2)));
    tree
}

fn playbook(tree: &Tree, args: &[&str]) -> Ran {
    let ran = run(command(&["playbook"]).args(args).current_dir(tree.path()));
    for number in 1..3 {
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(&token(number)), "a secret is shown by {args:?}");
        }
    }
    ran
}

/// Scans the tree and returns the fingerprints of the two tokens.
fn report(tree: &Tree) -> [String; 2] {
    let ran = run(command(&["scan", "--sort", "--format", "jsonl", "."]).current_dir(tree.path()));
    fs::write(tree.path().join("report.jsonl"), &ran.stdout).unwrap();
    let of = |file: &str| {
        let found = ran.findings().into_iter().find(|f| f["path"].as_str().unwrap().ends_with(file)).unwrap();
        found["fingerprint"].as_str().unwrap().to_owned()
    };
    [of("main.tf"), of(".env")]
}

fn last_six(number: usize) -> String {
    let token = token(number);
    token[token.len() - 6..].to_owned()
}

#[test]
fn a_kind() {
    let tree = Tree::new();
    let ran = playbook(&tree, &["github-personal-access-token"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    assert!(ran.stdout.starts_with("GitHub personal access token"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("What was found"));
    // An alias is as good as an id.
    let alias = playbook(&tree, &["scalr-api-access-token"]);
    assert!(alias.stdout.starts_with("Scalr API access token (scalr-api-token)"));
}

#[test]
fn a_line() {
    let tree = tree();
    let ran = playbook(&tree, &["--at", "main.tf:3"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    for part in ["acme.scalr.io/api/iacp/v3/access-tokens/at-v0", &last_six(1), "main.tf:3", "not checked"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn an_inventory() {
    let tree = tree();
    for args in [
        &["--at", "main.tf:3", "--inventory", "."][..],
        &["--inventory", ".github", "src", "main.tf", "--at", "main.tf:3"],
    ] {
        let ran = playbook(&tree, args);
        assert_eq!((ran.code, &*ran.stderr), (0, ""));
        for part in
            ["CI: Jobs", "ci.yml:2.", "Source code: A program", "app.py:1.", "Terraform: ", "main.tf:3."]
        {
            assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
        }
        // Another token is another secret.
        assert!(!ran.stdout.contains(".env:1"), "{}", ran.stdout);
    }
    let ran = playbook(&tree, &["--at", "main.tf:3", "--inventory", "none"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stdout.contains("could not be read"), "{}", ran.stdout);
    assert!(ran.stderr.contains("none: not read"), "{}", ran.stderr);
}

#[test]
fn a_report() {
    let tree = tree();
    let [first, second] = report(&tree);
    let all = playbook(&tree, &["--report", "report.jsonl"]);
    assert_eq!((all.code, &*all.stderr), (0, ""));
    // Both tokens are of one kind, and have one checklist.
    assert_eq!(all.stdout.matches("1. What is at stake").count(), 1);
    assert!([1, 2].iter().all(|n| all.stdout.contains(&last_six(*n))), "{}", all.stdout);
    let one = playbook(&tree, &[&first[..8], "--report", "report.jsonl"]);
    assert!(one.stdout.contains(&last_six(1)) && !one.stdout.contains(&last_six(2)), "{}", one.stdout);
    assert_eq!(one.stdout.matches("found in ").count(), 3);
    let whole = playbook(&tree, &[&second.to_uppercase(), "--report", "report.jsonl"]);
    assert!(whole.stdout.contains("other/.env:1"), "{}", whole.stdout);
    let kind = playbook(&tree, &["scalr-api-token", "--report", "report.jsonl", "--inventory", "src"]);
    assert!(kind.stdout.contains("app.py:1."), "{}", kind.stdout);
    // From standard input.
    let mut child =
        command(&["playbook", "--report", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(tree.path().join("report.jsonl")).unwrap()).unwrap();
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).stdout, all.stdout);
}

#[test]
fn forms() {
    let tree = tree();
    let json = playbook(&tree, &["--at", "main.tf:3", "--format", "json"]);
    let all: Value = serde_json::from_str(&json.stdout).unwrap();
    let one = &all.as_array().unwrap()[0];
    assert_eq!(one["detector"], "scalr-api-token");
    assert_eq!(one["secrets"][0]["details"]["host"], "acme.scalr.io");
    assert_eq!(one["secrets"][0]["details"]["last-six"], Value::String(last_six(1)));
    assert_eq!(one["sections"].as_array().unwrap().len(), 10);
    assert!(
        one["sections"]
            .as_array()
            .unwrap()
            .iter()
            .all(|section| !section["steps"].as_array().unwrap().is_empty())
    );
    let markdown = playbook(&tree, &["--at", "main.tf:3", "--format", "markdown"]);
    assert!(markdown.stdout.starts_with("# Scalr API access token\n"));
    assert!(
        markdown.stdout.contains("\n- [ ] ") && markdown.stdout.contains("\n  ```sh\n"),
        "{}",
        markdown.stdout
    );
}

#[test]
fn detectors_of_ones_own() {
    let tree = Tree::new();
    tree.file(
        "acme.toml",
        "provider = \"Acme\"\nremediation = \"Delete it.\"\nimpact = \"It opens Acme.\"\n[[detector]]\nid = \"acme-own-key\"\nname = \"Acme key\"\nkind = \"prefixed\"\nseverity = \"high\"\n\
         token = 'acmeown_[0-9a-z]{32}'\nhit = ['K=«acmeown_{alnum:32}»', 'k: «acmeown_{alnum:32}»']\n\
         miss = [{ text = 'acmeown_{alnum:4}', why = \"short\" }]\n",
    );
    // Digits and letters that follow no pattern.
    let key = ["acme", "own_", "k3v9x1q7m5z8w2r6t4y0b3n7c1d5f9g2"].concat();
    tree.file("app.conf", format!("K={key}\n"));
    let ran = playbook(&tree, &["--detectors", "acme.toml", "--at", "app.conf:1"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    assert!(
        ran.stdout.starts_with("Acme key (acme-own-key)") && !ran.stdout.contains(&key),
        "{}",
        ran.stdout
    );
    assert_eq!(playbook(&tree, &["--detectors", "acme.toml", "acme-own-key"]).code, 0);
}

#[test]
fn mistakes_are_said() {
    let tree = tree();
    report(&tree);
    tree.file("empty.jsonl", "");
    tree.file("odd.jsonl", "{\"detector\":\"acme-odd-key\",\"fingerprint\":\"aa\"}\n");
    for (args, message) in [
        (&["scalr-token-api"][..], "did you mean"),
        (&["zzzzzzzzzzzzzz"], "`scalr-detect detectors` lists them all"),
        (&["0123456789abcdef"], "--report"),
        (&["ffffffffffffffff", "--report", "report.jsonl"], "no fingerprint in it starts with"),
        (&["github-personal-access-token", "--report", "report.jsonl"], "there is no finding of github"),
        (&["--report", "empty.jsonl"], "there is no finding in it"),
        (&["--report", "odd.jsonl"], "unknown detector \"acme-odd-key\""),
        (&["--report", "main.tf"], "line 1 is not of a report"),
        (&["--report", "none.jsonl"], "none.jsonl"),
        (&["--at", "main.tf:1"], "explain --at main.tf:1"),
        (&["--at", "main.tf:99"], "no secret is found at main.tf:99"),
        (&["--at", "none.tf:1"], "cannot read none.tf"),
        (&["--at", "main.tf"], "FILE:LINE"),
        (&["scalr-api-token", "--inventory", "."], "an inventory needs the secret"),
        (&[], "required"),
    ] {
        let ran = playbook(&tree, args);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(message), "{args:?}: {}", ran.stderr);
    }
}
