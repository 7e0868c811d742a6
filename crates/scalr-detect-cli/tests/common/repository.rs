//! Repositories that git makes.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Ran, Tree, command, run, token};

/// What the scripts have in common: `commit SUBJECT [PARAGRAPH]` commits the whole work tree, a minute after the last.
pub const PRELUDE: &str = r#"
set -eu
time=1700000000
tick() {
    time=$((time + 60))
    export GIT_AUTHOR_DATE="@$time +0000" GIT_COMMITTER_DATE="@$time +0000"
}
commit() {
    tick
    git add -A
    git commit -q --allow-empty -m "$1" ${2:+-m "$2"}
}
tick
"#;

/// An empty repository, and a script run in it.
pub fn repository(script: &str) -> Tree {
    let tree = Tree::new();
    let directory = tree.path().join("r");
    std::fs::create_dir(&directory).unwrap();
    sh(&directory, &format!("git init -q -b main\n{PRELUDE}{script}"));
    tree
}

/// Git, as it is without anybody's configuration.
pub fn settle(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("LC_ALL", "C"),
    ] {
        command.env(name, value);
    }
    command
}

pub fn sh(directory: &Path, script: &str) -> String {
    let mut command = Command::new("sh");
    for number in 1..=4 {
        command.env(format!("T{number}"), token(number));
    }
    let output = settle(command.arg("-c").arg(script).current_dir(directory).stdin(Stdio::null()))
        .output()
        .expect("sh and git are needed");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "install git 2.29 or newer\n{script}\n{}", text(&output.stderr));
    text(&output.stdout)
}

/// The program in the repository of a tree.
pub fn scan(tree: &Tree, args: &[&str]) -> Ran {
    let mut command = command(args);
    run(settle(command.args(["--format", "jsonl"]).current_dir(tree.path().join("r"))))
}
