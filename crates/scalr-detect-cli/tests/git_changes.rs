//! What is new: the index, ranges of commits, pushes, diffs. Repositories are made by git, and hooks called by it.

#![cfg(unix)]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use common::repository::{repository, scan, settle, sh};
use common::{Tree, command, run, token};

/// A script that makes a repository, the arguments after `scalr-detect`, what is found as `path:line`, and the code.
struct Case {
    name: &'static str,
    make: &'static str,
    args: &'static [&'static str],
    found: &'static [&'static str],
    code: i32,
    /// What standard error says, among other things.
    said: &'static str,
}

const fn case(
    name: &'static str,
    make: &'static str,
    args: &'static [&'static str],
    found: &'static [&'static str],
) -> Case {
    Case { name, make, args, found, code: if found.is_empty() { 0 } else { 1 }, said: "" }
}

const fn says(case: Case, code: i32, said: &'static str) -> Case {
    Case { code, said, ..case }
}

const STAGED: &[Case] = &[
    case("before the first commit", "echo $T1 > a; git add a; echo $T2 > b", &["staged"], &["a:1"]),
    says(case("nothing", "echo $T1 > a; commit first; echo $T2 > a", &["staged"], &[]), 0, "nothing is staged"),
    case(
        "what is in the index, not what is in the work tree",
        "commit first; echo $T1 > a; git add a; echo clean > a; echo clean > b; git add b; echo $T2 > b",
        &["staged"],
        &["a:1"],
    ),
    case(
        "only what is not in HEAD at the same path",
        "mkdir d e; echo $T1 > a; echo $T2 > d/b; commit first; git mv d/b e/c; echo more > f; git add f",
        &["staged"],
        &["e/c:1"],
    ),
    case(
        "directories that git knows to be unchanged are left alone, changed ones are not",
        "mkdir -p d/d1 d/d2 e; echo $T1 > d/d1/a; echo 1 > d/d2/b; echo $T1 > e/c; commit first
         git read-tree HEAD; git write-tree > /dev/null; printf '\\n%s\\n' $T2 > d/d2/b; git add d/d2/b",
        &["staged"],
        &["d/d2/b:2"],
    ),
    case(
        "a link, and a file that becomes executable",
        "echo $T1 > a; commit first; ln -s $T2 l; chmod +x a; git add .",
        &["staged"],
        &["l:1"],
    ),
    case(
        "announced but not added",
        "commit first; echo $T1 > a; git add -N a; echo $T2 > b; git add b",
        &["staged"],
        &["b:1"],
    ),
    case(
        "a conflict: what the other side brings",
        "echo 1 > a; commit first; git checkout -qb side; echo $T1 > a; commit side; git checkout -q main; echo $T2 > a
         commit main; git merge -q side || true",
        &["staged"],
        &["a:1"],
    ),
    case(
        "in an archive",
        "echo $T1 > x; tar czf a.tgz x; rm x; git add a.tgz",
        &["staged"],
        &["a.tgz!x:1"],
    ),
    case(
        "an archive as it is",
        "echo $T1 > x; tar czf a.tgz x; rm x; git add a.tgz",
        &["staged", "--no-archives"],
        &[],
    ),
    case(
        "in an archive that was committed, and removed",
        "echo $T1 > x; tar czf a.tgz x; rm x; commit first; git rm -q a.tgz; commit second",
        &["git", "--no-cache"],
        &["a.tgz!x:1"],
    ),
    case("a submodule", "commit first; git init -q s; git -C s commit -q --allow-empty -m s; git add s 2>/dev/null", &["staged"], &[]),
    case(
        "a sparse index",
        "mkdir -p d/e f; echo 1 > d/e/a; echo 1 > f/b; commit first; git checkout -qb side; echo $T1 > d/e/a; commit side
         git checkout -q main; git sparse-checkout set --cone --sparse-index f; git read-tree side; echo $T2 > f/b; git add f/b",
        &["staged"],
        &["d/e/a:1", "f/b:1"],
    ),
    case(
        "a split index",
        "echo $T1 > a; commit first; git update-index --split-index; echo $T2 > b; git add b",
        &["staged"],
        &["b:1"],
    ),
    case(
        "a name that is not UTF-8",
        "name=$(printf 'd\\351/\\377'); mkdir $(printf 'd\\351'); commit first; echo $T1 > $name; git add .",
        &["staged"],
        &["d\u{fffd}/\u{fffd}:1"],
    ),
    says(case("no repository", "rm -rf .git; echo $T1 > a", &["staged"], &[]), 2, "no git repository"),
    says(
        case("an index that is damaged", "commit first; echo damaged > .git/index", &["staged"], &[]),
        2,
        "cannot read the index",
    ),
];

const RANGES: &[Case] = &[
    case("new commits", "echo $T1 > a; commit one; echo $T2 > b; commit two", &["range", "HEAD~..HEAD"], &["b:1"]),
    case(
        "added and removed within",
        "commit one; echo $T1 > a; commit two; rm a; commit three",
        &["range", "HEAD~2..HEAD"],
        &["a:1"],
    ),
    case("a message", "commit one; commit two \"see $T1\"", &["range", "HEAD~.."], &["COMMIT_EDITMSG:3"]),
    case("no messages", "commit one; commit two \"see $T1\"", &["range", "HEAD~..", "--no-messages"], &[]),
    says(case("an empty range", "echo $T1 > a; commit one", &["range", "HEAD..HEAD"], &[]), 0, "nothing new"),
    case(
        "what a merge brings from a branch, and adds",
        "commit one; git checkout -qb side; echo $T1 > a; commit side; git checkout -q main; echo $T2 > b; commit two
         git merge -q --no-commit --no-ff side; echo $T3 > c; commit merge",
        &["range", "HEAD~..HEAD"],
        &["a:1", "c:1"],
    ),
    case(
        "only moved",
        "echo $T1 > a; commit one; git mv a b; commit two",
        &["range", "HEAD~..HEAD"],
        &[],
    ),
    case(
        "what is already at the other side, though not in a parent",
        "commit one; git checkout -qb side; echo $T1 > a; commit side; git checkout -q main; echo $T1 > b; commit two",
        &["range", "side..main"],
        &[],
    ),
    case(
        "either side of two branches",
        "commit one; git checkout -qb side; echo $T1 > a; commit side; git checkout -q main; echo $T2 > b; commit two",
        &["range", "side...main"],
        &["a:1", "b:1"],
    ),
    case(
        "several revisions",
        "commit one; git tag t; echo $T1 > a; commit two; git checkout -qb side t; echo $T2 > b; commit three",
        &["range", "main", "side", "^t"],
        &["a:1", "b:1"],
    ),
    case(
        "all commits of the same second",
        "tick() { :; }; commit one; commit two; git checkout -qb side HEAD~; echo $T1 > a; commit three",
        &["range", "main..side"],
        &["a:1"],
    ),
    case(
        "only one commit",
        "echo $T1 > a; commit one; echo $T2 > b; commit two; echo $T3 > c; commit three",
        &["range", "HEAD~^!"],
        &["b:1"],
    ),
    case("everything up to a commit", "echo $T1 > a; commit one; echo $T2 > b; commit two", &["range", "HEAD~"], &["a:1"]),
    says(case("an unknown revision", "commit one", &["range", "nope..HEAD"], &[]), 2, "no revision \"nope..HEAD\""),
    says(
        case("a commit that is not here", "commit one", &["range", "0123456789012345678901234567890123456789..HEAD"], &[]),
        2,
        "git fetch",
    ),
    says(
        case(
            "a commit that a shallow clone has not",
            "commit one; old=$(git rev-parse HEAD); commit two; git clone -q --bare --depth 1 file://$PWD ../s.git
             rm -rf .git; mv ../s.git .git; git tag x",
            &["range", "x~..x"],
            &[],
        ),
        2,
        "git fetch --unshallow",
    ),
];

fn check(cases: &[Case]) {
    let mut failed = Vec::new();
    for case in cases {
        let tree = repository(case.make);
        let ran = scan(&tree, case.args);
        let found: Vec<String> = if ran.stdout.is_empty() { Vec::new() } else { places(&ran.findings()) };
        if (&found[..], ran.code)
            != (&case.found.iter().map(ToString::to_string).collect::<Vec<_>>()[..], case.code)
            || !ran.stderr.contains(case.said)
        {
            failed.push(format!("{}: {found:?}, {}, {}", case.name, ran.code, ran.stderr));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Where findings are: `path:line`, sorted.
fn places(findings: &[serde_json::Value]) -> Vec<String> {
    let mut places: Vec<String> =
        findings.iter().map(|f| format!("{}:{}", f["path"].as_str().unwrap(), f["line"])).collect();
    places.sort();
    places
}

#[test]
fn staged() {
    check(STAGED);
}

#[test]
fn ranges() {
    check(RANGES);
}

/// A script that is run as `hook` of the repository in `directory`: writes the report to a file beside it.
fn hook(tree: &Tree, directory: &str, hook: &str, command: &str) {
    let path = tree.path().join(directory).join("hooks").join(hook);
    let report = tree.path().join("report");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let program = env!("CARGO_BIN_EXE_scalr-detect");
    let script = format!("#!/bin/sh\nexec '{program}' {command} --format jsonl > '{}'\n", report.display());
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What the hook found that ran last, and nothing if none did.
fn reported(tree: &Tree) -> Vec<String> {
    let path = tree.path().join("report");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    _ = std::fs::remove_file(path);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    places(&lines[..lines.len().saturating_sub(1)])
}

/// Pushes to a bare repository, whose side and ours scan what is pushed: both must find the same. What the script after
/// the preparation pushes, and what is found.
const PUSHES: &[(&str, &str, &str, &[&str])] = &[
    ("nothing", "commit one; git push -q origin main; commit two", "git push -q origin main", &[]),
    ("a new branch", "echo $T1 > a; commit one", "git push -q origin main", &["a:1"]),
    (
        "more of a branch",
        "echo $T1 > a; commit one; git push -q --no-verify origin main || true; rm a; echo $T2 > b; commit two",
        "git push -q origin main",
        &["b:1"],
    ),
    (
        "added and removed in one push",
        "commit one; git push -q origin main; echo $T1 > a; commit two; rm a; commit three",
        "git push -q origin main",
        &["a:1"],
    ),
    (
        "several branches and a tag at once",
        "commit one; git push -q origin main; for n in 1 2 3; do git checkout -qb b$n main; eval echo \\$T$n > f$n; commit c$n; done
         git tag -a -m \"see $T4\" v1",
        "git push -q origin b1 b2 b3 v1",
        &["f1:1", "f2:1", "f3:1", "refs/tags/v1:1"],
    ),
    (
        "forced",
        "commit one; commit two; git push -q origin main; git reset -q --hard HEAD~; echo $T1 > a; commit other",
        "git push -q --force origin main",
        &["a:1"],
    ),
    ("deleted", "commit one; git push -q origin main main:gone", "git push -q origin :gone", &[]),
    (
        "a merge that adds what neither side has",
        "commit one; git push -q origin main; git checkout -qb side; commit s; git checkout -q main; commit m
         git merge -q --no-commit --no-ff side; echo $T1 > evil; commit merge",
        "git push -q origin main",
        &["evil:1"],
    ),
];

#[test]
fn pushes() {
    for (name, prepare, push, found) in PUSHES {
        for (side, directory, which, call) in [
            ("ours", "r/.git", "pre-push", "hook run pre-push \"$@\""),
            ("theirs", "bare", "pre-receive", "hook run pre-receive"),
        ] {
            let tree = repository("git init -q --bare ../bare; git remote add origin ../bare");
            let directory_of = tree.path().join("r");
            // Secrets that are there already are none of what is pushed.
            sh(&directory_of, &format!("{}{prepare}", common::repository::PRELUDE));
            hook(&tree, directory, which, call);
            let pushed = sh(&directory_of, &format!("{push} 2>&1 || echo refused"));
            assert_eq!(reported(&tree), *found, "{name}, {side}");
            assert_eq!(pushed.contains("refused"), !found.is_empty(), "{name}, {side}: {pushed}");
            if !found.is_empty() && which == "pre-receive" {
                let there = sh(&tree.path().join("bare"), "git rev-list --objects --all");
                assert!(!there.contains("evil"), "{name}: what was refused is there");
            }
        }
    }
}

#[test]
fn lines_of_hooks_that_are_not_as_git_writes_them_are_errors() {
    let tree = repository("commit one");
    for (args, input) in [
        (&["hook", "run", "pre-push", "origin"][..], "refs/heads/main\n"),
        (&["hook", "run", "pre-push", "origin"], "refs/heads/main abc refs/heads/main def\n"),
        (&["hook", "run", "pre-receive"], "one line\n"),
        (
            &["hook", "run", "pre-receive"],
            "0123456789012345678901234567890123456789 4123456789012345678901234567890123456789 refs/heads/x\n",
        ),
    ] {
        let input_file = tree.path().join("input");
        std::fs::write(&input_file, input).unwrap();
        let mut command = command(args);
        settle(&mut command)
            .current_dir(tree.path().join("r"))
            .stdin(std::fs::File::open(input_file).unwrap());
        let ran = run(&mut command);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{args:?} {input}: {}", ran.stderr);
    }
}

/// Commits with a hook, in ways in which git hands it another index.
#[test]
fn a_hook_scans_the_index_that_git_means() {
    for (name, prepare, commit, found) in [
        ("staged", "echo $T1 > a; git add a; echo clean > a", "git commit -qm x", &["a:1"][..]),
        ("everything", "echo $T1 > b", "git commit -qam x", &["b:1"]),
        ("only a path", "echo $T1 > a; git add a; echo $T2 > b", "git commit -qm x b", &["b:1"]),
        ("clean", "echo clean > a; git add a; echo $T1 > b", "git commit -qm x", &[]),
    ] {
        let tree = repository(&format!("echo 1 > b; commit one; {prepare}"));
        hook(&tree, "r/.git", "pre-commit", "staged");
        let said = sh(&tree.path().join("r"), &format!("{commit} 2>&1 || echo refused"));
        assert_eq!(reported(&tree), found, "{name}: {said}");
        assert_eq!(said.contains("refused"), !found.is_empty(), "{name}: {said}");
    }
}

/// What a diff adds is found at the places that it has in the new files, whoever wrote the diff.
#[test]
fn diffs() {
    let made = "
        seq 50 > long; printf '%s\\n' 1 2 \"$T1\" 4 > a; printf '1\\r\\n2\\r\\n' > crlf; echo $T4 > old; commit one
        sed -i \"20a$T2\" long; sed -i 4d a; printf '1\\r\\n%s\\r\\n2\\r\\n' $T3 > crlf; git mv old new; echo x >> new
        printf '%s' $T1 > 'no end'; printf '%s\\n' $T1 > \"$(printf 'caf\\303\\251')\"; printf '\\0%s\\n' $T1 > bin";
    let tree = repository(&format!("{made}; commit two"));
    let git = ["café:1", "crlf:2", "long:21", "no end:1"];
    for (name, script, found) in [
        ("git diff", "git diff HEAD~ HEAD", &git[..]),
        ("git show", "git show", &git),
        ("log", "git log -p -1", &git),
        ("a patch for mail", "git format-patch -1 --stdout", &git),
        ("no prefix", "git diff --no-prefix HEAD~ HEAD", &git),
        ("no context", "git diff -U0 HEAD~ HEAD", &git),
        ("much context", "git diff -U99 HEAD~ HEAD", &git),
        ("binary patches", "git diff --binary HEAD~ HEAD", &git),
        ("line ends of Windows", "git diff HEAD~ HEAD | sed 's/$/\\r/'", &git),
        ("diff", "git show HEAD~:long > l; diff -u l long || true", &["long:21"]),
        ("the other way round", "git diff HEAD HEAD~", &["a:3", "old:1"]),
    ] {
        let diff = sh(&tree.path().join("r"), script);
        // What the other way round removes is not found, and so is context.
        let found: Vec<&str> = match name {
            "the other way round" => vec![],
            _ => found.to_vec(),
        };
        let ran = scan_text(&tree, &diff);
        assert_eq!(places(&ran.findings()), found, "{name}\n{}", ran.stderr);
    }
}

fn scan_text(tree: &Tree, diff: &str) -> common::Ran {
    let path = tree.path().join("diff");
    std::fs::write(&path, diff).unwrap();
    let mut command = command(&["diff", "--format", "jsonl"]);
    run(command.stdin(Stdio::from(std::fs::File::open(path).unwrap())))
}

/// A combined diff, one that is cut off, none at all, and one whose hunk is larger than what is held in memory.
#[test]
fn odd_diffs() {
    let merge = "echo 1 > a; commit one; git checkout -qb side; echo 2 > a; commit side; git checkout -q main; echo 3 > a
        commit main; git merge -q side || true; printf '%s\\n' 2 $T1 3 > a; commit merge";
    let tree = repository(merge);
    let combined = sh(&tree.path().join("r"), "git show --cc HEAD");
    assert!(combined.contains("@@@"), "{combined}");
    assert_eq!(places(&scan_text(&tree, &combined).findings()), ["a:2"]);

    let whole = sh(&tree.path().join("r"), "git diff HEAD~ HEAD");
    let cut = &whole[..whole.len() - 3 - token(1).len()];
    let ran = scan_text(&tree, cut);
    assert_eq!((ran.code, ran.summary()["skipped"]["read-error"]["unread"].as_u64()), (3, Some(1)), "{cut}");
    assert_eq!(scan_text(&tree, "").code, 3);
    assert_eq!(scan_text(&tree, "no diff at all\n").code, 3);

    let mut large = String::from("--- /dev/null\n+++ b/large\n@@ -0,0 +1,300000 @@\n");
    for line in 1..=300_000 {
        match line {
            1 | 99_999 | 300_000 => large += &format!("+{}\n", token(line)),
            _ => large += "+the quick brown fox jumps over the lazy dog, again and again\n",
        }
    }
    let ran = scan_text(&tree, &large);
    assert_eq!(places(&ran.findings()), ["large:1", "large:300000", "large:99999"]);
    let long =
        format!("--- a/l\n+++ b/l\n@@ -1 +1 @@\n-x\n+{}{} {}\n", "y ".repeat(5 << 20), token(1), token(2));
    assert_eq!(places(&scan_text(&tree, &long).findings()), ["l:1", "l:1"]);
}
