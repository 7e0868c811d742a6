//! Nothing opens a socket but what is there to ask somebody.
//!
//! Every command is run under strace, which writes down each call of the kernel's network interface. A scan calls none: not
//! to look up a name, not to log, not to see whether there is a newer version.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use common::{Ran, Tree, command, run, token};

mod common;

/// Runs the program with these arguments and this on standard input; also gives its calls of the network interface.
fn traced(tree: &Tree, args: &[&str], stdin: &str) -> (Ran, Vec<String>) {
    let log = tree.path().join("calls");
    let mut child = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=%network", "-e", "signal=none", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_scalr-detect"))
        .args(args)
        .current_dir(tree.path())
        .env("SCALR_TOKEN", token(1))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is missing: install the package strace");
    // Not every command reads it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let ran = Ran::of(child.wait_with_output().unwrap());
    let calls = fs::read_to_string(&log).expect("strace wrote nothing").lines().map(str::to_owned).collect();
    fs::remove_file(&log).unwrap();
    (ran, calls)
}

fn tree() -> Tree {
    let tree = Tree::new();
    tree.file(
        "a.tf",
        format!("provider \"scalr\" {{\n  hostname = \"acme.scalr.io\"\n  token = \"{}\"\n}}\n", token(1)),
    );
    let detector = "provider = \"Acme\"\nreferences = [\"https://docs.example.com\"]\nremediation = \"Revoke it.\"\nimpact = \"All.\"\n\n\
        [[detector]]\nid = \"acme-key\"\nname = \"Acme key\"\nkind = \"prefixed\"\nseverity = \"high\"\ntoken = 'acme_[0-9a-f]{32}'\n\
        hit = ['a=«acme_{hex:32}»', 'b: «acme_{hex:32}»']\nmiss = [{ text = 'acme_', why = \"short\" }]\n";
    tree.file("settings.toml", "");
    tree.file("acme.toml", detector);
    tree.file("gitleaks.toml", "[[rules]]\nid = \"acme\"\nregex = '''acme_[0-9a-f]{32}'''\n");
    tree
}

/// Commands that are there to ask somebody.
const ASK: [&str; 3] = ["verify", "revoke", "impact"];

#[test]
fn no_other_command_opens_a_socket() {
    let tree = tree();
    let runs: &[(&[&str], i32)] = &[
        (&["--help"], 0),
        (&["--version"], 0),
        (&["help", "verify"], 0),
        (&["scan"], 1),
        (&["scan", "--format", "jsonl", "-o", "report"], 1),
        (&["scan", "-"], 1),
        (&["scan", "--detectors", "acme.toml", "no-such-file"], 3),
        (&["detectors"], 0),
        (&["explain", "scalr-api-token"], 0),
        (&["explain", "--at", "a.tf:3"], 0),
        (&["playbook", "scalr-api-token"], 0),
        (&["playbook", "--at", "a.tf:3", "--inventory", "."], 0),
        (&["snippet"], 0),
        (&["snippet", "--manager", "vault", "--language", "python"], 0),
        (&["config", "show"], 0),
        (&["config", "check", "settings.toml"], 0),
        (&["baseline", "create", "."], 0),
        (&["baseline", "show", "."], 0),
        (&["baseline", "update", "."], 0),
        (&["baseline", "prune", "."], 0),
        (&["check-detectors", "acme.toml"], 0),
        (&["import-gitleaks", "gitleaks.toml"], 0),
    ];
    for (args, code) in runs {
        let (ran, calls) = traced(&tree, args, &token(2));
        assert_eq!(ran.code, *code, "{args:?}: {}", ran.stderr);
        assert_eq!(calls, [""; 0], "{args:?}");
    }
    // None is forgotten.
    let help = run(&mut command(&["--help"])).stdout;
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for line in commands.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        let is_run = runs.iter().any(|(args, _)| args[0] == name);
        assert!(is_run || ASK.contains(&name), "{name} is in no list of this test: add a run of it");
    }
}

/// If these did not show, neither would a slip of the others.
#[test]
fn those_that_ask_are_seen_to() {
    let tree = tree();
    for args in [
        &["verify", "a.tf", "--timeout", "5"][..],
        &["scan", "a.tf", "--verify", "--timeout", "5"],
        &["revoke", "a.tf", "--yes", "--timeout", "5"],
        &["impact", "--host", "acme.scalr.io", "--timeout", "5"],
    ] {
        // Nobody is really asked.
        let mut args = args.to_vec();
        let at = args.iter().position(|arg| *arg == "a.tf");
        tree.file("local.env", format!("SCALR_TOKEN={}\n", token(1)));
        match at {
            Some(at) => {
                args[at] = "local.env";
                args.extend(["--scalr-host", "http://127.0.0.1:1", "--allow-private"]);
            }
            None => {
                args[2] = "http://127.0.0.1:1";
                args.push("--allow-private");
            }
        }
        let (_, calls) = traced(&tree, &args, "");
        assert!(calls.iter().any(|call| call.contains("connect(")), "{args:?}: {calls:?}");
    }
    // Without a yes, nothing is sent.
    let (ran, calls) = traced(&tree, &["revoke", "a.tf"], "");
    assert!(ran.stdout.contains("dry run"), "{}", ran.stdout);
    assert_eq!(calls, [""; 0]);
}
