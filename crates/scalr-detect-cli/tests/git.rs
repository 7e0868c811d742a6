//! Repositories that git makes, and what is found in them.
//!
//! A case is a shell script that makes a repository, and what is to be found: `path: subject of the commit`, with the kind
//! before it where it is no file, and what else introduced it behind it. Secrets are in `$T1` to `$T4`. Each case is run
//! with objects loose and packed, with one thread and eight, and a second time with what the first remembered; all must
//! find the same. And it must be what is found in the objects that git itself lists, each scanned alone.

#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::process::{Command, Stdio};

use common::repository::{repository, scan, settle, sh};
use common::{Ran, Tree, command, run};
use scalr_detect::Scanner;
use serde_json::Value;

struct Case {
    name: &'static str,
    make: &'static str,
    args: &'static [&'static str],
    found: &'static [&'static str],
    /// The reasons for what was not scanned.
    skipped: &'static [&'static str],
    code: i32,
}

const fn case(name: &'static str, make: &'static str, found: &'static [&'static str]) -> Case {
    Case { name, make, args: &["git"], found, skipped: &[], code: if found.is_empty() { 0 } else { 1 } }
}

impl Case {
    const fn args(self, args: &'static [&'static str]) -> Case {
        Case { args, ..self }
    }

    const fn skipped(self, skipped: &'static [&'static str]) -> Case {
        Case { skipped, ..self }
    }

    const fn code(self, code: i32) -> Case {
        Case { code, ..self }
    }
}

const HISTORIES: &[Case] = &[
    case("a first commit", "echo $T1 > a; commit first", &["a: first"]),
    case("nothing", "echo nothing > a; commit first", &[]),
    case(
        "added and removed again",
        "commit first; echo $T1 > a; commit add; rm a; commit remove; echo $T2 > b; commit more; rm b; commit again",
        &["a: add", "b: more"],
    ),
    case(
        "a conflict is resolved with a secret",
        "echo 1 > a; commit first; git checkout -qb side; echo 2 > a; commit side; git checkout -q main; echo 3 > a
         commit main; git merge -q side || true; echo $T1 > a; commit merge",
        &["a: merge"],
    ),
    case(
        "a merge adds a file that neither side has",
        "commit first; git checkout -qb side; echo 2 > b; commit side; git checkout -q main; echo 3 > c; commit main
         git merge -q --no-commit --no-ff side; echo $T1 > evil; commit merge",
        &["evil: merge"],
    ),
    case(
        "an octopus brings three secrets and adds a fourth",
        "commit first
         for n in 1 2 3; do git checkout -qb side$n main; eval echo \\$T$n > f$n; commit side$n; done
         git checkout -q main; git merge -q --no-commit --no-ff side1 side2 side3; echo $T4 > f4; commit octopus",
        &["f1: side1", "f2: side2", "f3: side3", "f4: octopus"],
    ),
    case(
        "a file is renamed and changed in its other lines",
        "(seq 30; echo $T1) > a; commit add; git mv a b; commit rename; echo more >> b; commit change",
        &["a: add, also b: rename", "b: change"],
    ),
    case(
        "a copy in one commit, and again later",
        "mkdir d; echo $T1 > a; echo $T1 > d/b; commit both; rm a d/b; commit none; echo $T1 > c; commit again",
        &["a: both, also d/b: both, c: again"],
    ),
    case(
        "a directory is copied",
        "mkdir -p d/e; echo $T1 > d/e/a; commit add; cp -r d f; commit copy",
        &["d/e/a: add, also f/e/a: copy"],
    ),
    case(
        "two branches add the same",
        "commit first; git checkout -qb side; echo $T1 > a; commit side; git checkout -q main; echo $T1 > b; commit main
         git merge -q side -m merge",
        &["a: side, also b: main"],
    ),
    case(
        "branches without a common commit",
        "echo $T1 > a; commit first; git checkout -q --orphan other; git rm -qf a; echo $T2 > b; commit orphan",
        &["a: first", "b: orphan"],
    ),
    case(
        "a detached head, and a remote branch",
        "commit first; git checkout -q --detach; echo $T1 > a; commit detached; echo $T2 > b; commit remote
         git update-ref refs/remotes/origin/x HEAD; git reset -q --hard HEAD~",
        &["a: detached", "b: remote"],
    ),
    case(
        "messages of commits, tags and tags of tags",
        "commit first \"see $T1\"; git tag -a -m \"a tag $T2\" v1; git tag -a -m \"a tag of it $T3\" v2 v1",
        &["commit-message COMMIT_EDITMSG: first", "tag-message refs/tags/v1", "tag-message refs/tags/v2"],
    ),
    case(
        "messages are left out on request",
        "echo $T1 > a; commit first \"see $T2\"; git tag -a -m \"a tag $T3\" v1",
        &["a: first"],
    )
    .args(&["git", "--no-messages"]),
    case(
        "notes",
        "commit first; git notes add -m \"try $T1\"",
        &["note a08ed8768a53997c55a188a5340414553525f070: Notes added by 'git notes add'"],
    ),
    case(
        "a tag points to a file, and another to a tree",
        "commit first; git tag blob $(echo $T1 | git hash-object -w --stdin); echo $T2 > a; git add a
         git tag tree $(git write-tree); git reset -q --hard",
        &["203afd23ba3b1765c93a712882352004a2debf54", "a"],
    ),
    case(
        "a link's target is a text",
        "ln -s $T1 link; mkdir d; echo $T2 > d/run.sh; chmod +x d/run.sh; commit first",
        &["d/run.sh: first", "link: first"],
    ),
    case(
        "names that are not UTF-8, with blanks and line ends",
        "echo $T1 > \"$(printf 'caf\\351')\"; echo $T2 > 'a b'; echo $T3 > \"$(printf 'c\\nd')\"; commit first",
        &["a b: first", "c\nd: first", "caf\u{fffd}: first"],
    ),
    case(
        "what is ignored but committed",
        "echo '*' > .gitignore; echo $T1 > a; git add -f a .gitignore; git commit -qm first",
        &["a: first"],
    ),
    case(
        "stashes only on request",
        "echo 1 > a; commit first; echo $T1 > a; tick; git stash -q; echo $T2 > a; tick; git stash -q",
        &[],
    ),
    case(
        "stashes, the older ones too",
        "echo 1 > a; commit first; echo $T1 > a; tick; git stash -q; echo $T2 > a; tick; git stash -q",
        &[
            "a: WIP on main: be05014 first",
            "a: WIP on main: be05014 first",
        ],
    )
    .args(&["git", "--stash"]),
    case(
        "what was amended away is in the reflog",
        "commit first; echo $T1 > a; commit leak; git rm -q a; tick; git commit -q --amend --allow-empty -m clean",
        &["a: leak"],
    )
    .args(&["git", "--reflog"]),
    case(
        "without the reflog what was amended away is not looked at",
        "commit first; echo $T1 > a; commit leak; git rm -q a; tick; git commit -q --amend --allow-empty -m clean",
        &[],
    ),
    case(
        "only one branch",
        "commit first; git checkout -qb side; echo $T1 > a; commit side; git checkout -q main; echo $T2 > b; commit main",
        &["b: main"],
    )
    .args(&["git", "--ref", "main"]),
    case(
        "only since then",
        "echo $T1 > a; commit old; echo $T2 > b; commit new",
        &["b: new"],
    )
    .args(&["git", "--since", "@1700000150"]),
    case(
        "what replaces an object is scanned, and so is what it replaces",
        "echo $T1 > a; commit first; git replace $(git rev-parse HEAD:a) $(echo $T2 | git hash-object -w --stdin)",
        &["aaeb85dec0c9ab3d233026aab15ee92f78760d86", "a: first"],
    ),
    case(
        "a submodule is another repository",
        "commit first; git init -q sub; (cd sub; echo $T1 > a; git add a; git commit -qm sub); echo $T2 > b
         git add sub b 2>/dev/null; git commit -qm add; git commit -q --allow-empty -m more",
        &["b: add"],
    )
    .skipped(&["submodule"]),
    case(
        "a pointer of Git LFS",
        "printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%064d\\nsize 12\\n' 1 > big.bin; commit first",
        &[],
    )
    .skipped(&["lfs-pointer"]),
    case(
        "a file of more than a megabyte, and its next version",
        "(seq 300000; echo $T1) > a; commit big; (seq 300000; echo $T1; echo $T2) > a; commit bigger",
        &["a: big", "a: bigger", "a: bigger"],
    ),
    case(
        "a limit",
        "(seq 300000; echo $T1) > a; echo $T2 > b; commit first",
        &["b: first"],
    )
    .args(&["git", "--max-file-size", "1M"])
    .skipped(&["too-large"]),
    case(
        "a commit is older than its parent, by its clock",
        "commit first; echo $T1 > a; commit add; time=1600000000; git mv a b; commit rename",
        &["a: add, also b: rename"],
    ),
    case("no commit", "true", &[]).skipped(&["nothing-scanned"]).code(3),
    case(
        "a bare repository",
        "echo $T1 > a; commit first; git clone -q --bare . ../bare.git; rm -rf .git; mv ../bare.git .git; rm a",
        &["a: first"],
    ),
    case(
        "ids of SHA-256",
        "rm -rf .git; git init -q -b main --object-format=sha256; echo $T1 > a; commit first; git mv a b; commit rename",
        &["a: first, also b: rename"],
    ),
    case(
        "objects of another repository",
        "git init -q ../other; cd ../other; echo $T1 > a; commit first; cd \"$OLDPWD\"
         echo \"$PWD/../other/.git/objects\" > .git/objects/info/alternates
         git update-ref refs/heads/main $(git -C ../other rev-parse HEAD)",
        &["a: first"],
    ),
    case(
        "a work tree with a detached head",
        "commit first; git worktree add -q --detach ../work; (cd ../work; echo $T1 > a; commit there)",
        &["a: there"],
    ),
];

/// What cannot be read: the rest is scanned, and the scan is incomplete where it was asked for.
const DAMAGED: &[Case] = &[
    case(
        "a shallow clone",
        "echo $T1 > a; commit one; rm a; commit two; echo $T2 > b; commit three
         git clone -q --bare --depth 1 file://$PWD ../s.git; rm -rf .git; mv ../s.git .git",
        &["b: three"],
    )
    .skipped(&["shallow-history"]),
    case(
        "a shallow clone with nothing in it",
        "echo $T1 > a; commit one; rm a; commit two; git clone -q --bare --depth 1 file://$PWD ../s.git
         rm -rf .git; mv ../s.git .git",
        &[],
    )
    .skipped(&["shallow-history"])
    .code(3),
    case(
        "a shallow clone is all that is asked for",
        "commit one; commit two; git clone -q --bare --depth 1 file://$PWD ../s.git; rm -rf .git; mv ../s.git .git",
        &[],
    )
    .args(&["git", "--allow-shallow"])
    .skipped(&["shallow-history"]),
    case(
        "a partial clone",
        "echo $T1 > a; commit one; git config uploadpack.allowFilter true
         git clone -q --bare --filter=blob:none file://$PWD ../p.git; rm -rf .git; mv ../p.git .git",
        &[],
    )
    .skipped(&["missing-object"])
    .code(3),
    case(
        "a file's object is missing",
        "echo $T1 > a; echo $T2 > b; commit one; object=$(git rev-parse HEAD:a)
         rm -f .git/objects/$(echo $object | cut -c1-2)/$(echo $object | cut -c3-)",
        &["b: one"],
    )
    .skipped(&["missing-object"]),
    case(
        "a file's object is damaged",
        "echo $T1 > a; echo $T2 > b; commit one; object=$(git rev-parse HEAD:a)
         file=.git/objects/$(echo $object | cut -c1-2)/$(echo $object | cut -c3-); chmod u+w $file; echo no > $file",
        &["b: one"],
    )
    .skipped(&["read-error"]),
    case(
        "a commit is missing in the middle",
        "echo $T1 > a; commit one; commit two; echo $T2 > b; commit three; object=$(git rev-parse HEAD~)
         rm -f .git/objects/$(echo $object | cut -c1-2)/$(echo $object | cut -c3-)",
        &["a: three", "b: three"],
    )
    .skipped(&["missing-object"]),
    case(
        "the index of a pack is damaged",
        "echo $T1 > a; commit one; git repack -adq; echo $T2 > b; commit two; chmod u+w .git/objects/pack/*
         echo no > $(echo .git/objects/pack/*.idx)",
        &["b: two"],
    )
    .skipped(&["read-error", "missing-object"]),
];

/// A finding as the cases write it.
fn line(tree: &Tree, finding: &Value) -> String {
    let source = &finding["source"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut line = match text(&source["kind"]).as_str() {
        "blob" | "" => text(&finding["path"]),
        kind => format!("{kind} {}", text(&finding["path"])),
    };
    if let Some(summary) = source["summary"].as_str() {
        line += &format!(": {summary}");
    }
    for (place, other) in source["also"].as_array().into_iter().flatten().enumerate() {
        let subject = format!("git log -1 --format=%s {}", text(&other["commit"]));
        let subject = sh(&tree.path().join("r"), &subject);
        line += if place == 0 { ", also " } else { ", " };
        line += &format!("{}: {}", text(&other["path"]), subject.trim_end());
    }
    line
}

fn lines(tree: &Tree, ran: &Ran) -> Vec<String> {
    let mut lines: Vec<String> = ran.findings().iter().map(|finding| line(tree, finding)).collect();
    lines.sort();
    lines
}

fn skipped(ran: &Ran) -> Vec<String> {
    ran.summary()["skipped"].as_object().unwrap().keys().cloned().collect()
}

/// Checks a case, and returns what was found.
fn check(case: &Case, tree: &Tree, args: &[&str]) -> Ran {
    let ran = scan(tree, args);
    let mut found = case.found.to_vec();
    found.sort_unstable();
    assert_eq!(lines(tree, &ran), found, "{}: {args:?}\n{}", case.name, ran.stderr);
    let mut reasons = case.skipped.to_vec();
    reasons.sort_unstable();
    assert_eq!(
        (skipped(&ran), ran.code),
        (reasons.iter().map(ToString::to_string).collect(), case.code),
        "{}",
        case.name
    );
    ran
}

/// The findings of a report, without the summary.
fn report(ran: &Ran) -> Vec<&str> {
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    lines.pop();
    lines
}

/// What is found in all files that git lists: ids of objects and fingerprints.
fn listed_by_git(tree: &Tree) -> BTreeSet<(String, String)> {
    let directory = tree.path().join("r");
    let scanner = Scanner::new();
    let mut found = BTreeSet::new();
    for object in
        sh(&directory, "git rev-list --objects --no-object-names --exclude=refs/stash --all").lines()
    {
        let mut git = Command::new("git");
        if sh(&directory, &format!("git cat-file -t {object}")) == "blob\n" {
            let bytes = settle(
                git.args(["--no-replace-objects", "cat-file", "blob", object]).current_dir(&directory),
            );
            for finding in scanner.find_iter(&bytes.output().unwrap().stdout) {
                found.insert((object.to_owned(), finding.fingerprint().to_string()));
            }
        }
    }
    found
}

fn files_found(ran: &Ran) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = ran.findings();
    let files =
        findings.iter().filter(|finding| ["blob", "note"].contains(&&*text(&finding["source"]["kind"])));
    files.map(|finding| (text(&finding["source"]["object"]), text(&finding["fingerprint"]))).collect()
}

/// Runs all cases and says at the end which failed.
fn each(cases: &[Case], check: impl Fn(&Case)) {
    let fails = |case: &&Case| std::panic::catch_unwind(AssertUnwindSafe(|| check(case))).is_err();
    let failed: Vec<&str> = cases.iter().filter(fails).map(|case| case.name).collect();
    assert!(failed.is_empty(), "these failed, see above: {failed:#?}");
}

#[test]
fn histories() {
    each(HISTORIES, |case| {
        let tree = repository(case.make);
        let with = |more: &[&'static str]| [case.args, more].concat();
        let loose = check(case, &tree, &with(&["--no-cache", "-j1"]));
        if case.args == ["git"] {
            assert_eq!(files_found(&loose), listed_by_git(&tree), "{}", case.name);
        }
        sh(&tree.path().join("r"), "git repack -adq; git prune-packed -q");
        let first = check(case, &tree, &with(&["-j8"]));
        assert_eq!(report(&first), report(&loose), "{}", case.name);
        let second = check(case, &tree, &with(&[]));
        assert_eq!(report(&second), report(&loose), "{}", case.name);
        // Only what there is to say something about is read again.
        let units = |ran: &Ran| ran.summary()["units"].as_u64().unwrap();
        let with_findings: BTreeSet<String> =
            second.findings().iter().map(|finding| finding["source"]["object"].to_string()).collect();
        let pointers = case.skipped.iter().filter(|reason| **reason == "lfs-pointer").count();
        assert_eq!(units(&second), (with_findings.len() + pointers) as u64, "{}", case.name);
        let known = second.summary()["known_clean"].as_u64().unwrap_or(0);
        assert_eq!(known, units(&first) - units(&second), "{}", case.name);
        let quiet = run(settle(command(&with(&["-q"])).current_dir(tree.path().join("r"))));
        assert_eq!((quiet.code, &*quiet.stdout), (case.code, ""), "{}", case.name);
    });
}

#[test]
fn damage() {
    each(DAMAGED, |case| {
        let tree = repository(case.make);
        check(case, &tree, case.args);
    });
}

/// What the file holds in which it is remembered what is clean.
fn cache(tree: &Tree) -> Option<Vec<u8>> {
    std::fs::read(tree.path().join("r/.git/scalr-detect/clean")).ok()
}

#[test]
fn what_is_clean_is_remembered_and_no_more() {
    let make = "echo clean > a; echo $T1 > b; commit first; echo clean too > 'a path'; commit second";
    let tree = repository(make);
    let known = |ran: &Ran| ran.summary()["known_clean"].as_u64().unwrap_or(0);
    let scan = |args: &[&str]| scan(&tree, args);
    assert_eq!((known(&scan(&["git", "--no-cache"])), cache(&tree)), (0, None));
    assert_eq!((known(&scan(&["git"])), known(&scan(&["git"]))), (0, 4));
    let kept = cache(&tree).unwrap();
    let holds = |what: &str| kept.windows(what.len()).any(|part| part == what.as_bytes());
    assert!(!holds("a path") && !holds("eyJ") && kept.len() < 200, "{}", kept.len());

    // Another scanner, other settings.
    assert_eq!(known(&scan(&["git", "--only", "github-*"])), 0);
    assert_eq!(known(&scan(&["git", "--only", "github-*"])), 5);
    assert_eq!(known(&scan(&["git", "--min-confidence", "low"])), 0);
    assert_eq!((known(&scan(&["git"])), known(&scan(&["git"]))), (0, 4));

    // Whatever has become of the file: nothing is believed, and then it is written anew.
    let path = tree.path().join("r/.git/scalr-detect/clean");
    let mut flipped = kept.clone();
    flipped[60] ^= 1;
    for damaged in [&[][..], b"x", &kept[..kept.len() - 1], &[&kept[..], b"x"].concat(), &flipped] {
        std::fs::write(&path, damaged).unwrap();
        assert_eq!((known(&scan(&["git"])), known(&scan(&["git"]))), (0, 4), "{}", damaged.len());
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!((known(&scan(&["git"])), known(&scan(&["git"]))), (0, 0));
    std::fs::remove_dir(&path).unwrap();

    // What is new is added to it, and many can do so at once.
    sh(&tree.path().join("r"), "echo new > c; git add c; git commit -qm third");
    let scans: Vec<_> = (0..4)
        .map(|_| {
            settle(command(&["git"]).current_dir(tree.path().join("r")))
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut scan in scans {
        assert_eq!(scan.wait().unwrap().code(), Some(1));
    }
    assert_eq!(known(&scan(&["git"])), 6);
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "temporary files are left");
}

/// Whatever a repository says, none of its programs is run and no file outside of it is read, and what it claims is not
/// believed.
#[test]
fn hostile_repositories() {
    const HOSTILE: &[Case] = &[
        case(
            "programs and files that its configuration names",
            "echo $T1 > a; commit first; mkfifo ../fifo; printf 'echo run >> %s/../run\\n' \"$PWD\" > ../evil; chmod +x ../evil
             for key in core.fsmonitor core.sshCommand core.pager diff.external credential.helper core.hooksPath gpg.program
             do git config $key \"$PWD/../evil\"; done
             git config core.attributesFile \"$PWD/../fifo\"; git config core.excludesFile \"$PWD/../fifo\"
             git config include.path \"$PWD/../fifo\"",
            &["a: first"],
        ),
        case(
            "a file that claims a hundred gigabytes",
            "echo $T1 > a; commit first; echo big > b; git add b; object=$(git rev-parse :b); git commit -qm big
             python3 -c 'import sys, zlib; open(sys.argv[1], \"wb\").write(zlib.compress(b\"blob 100000000000\\0\" + bytes(9000)))' ../big
             mv -f ../big .git/objects/$(echo $object | cut -c1-2)/$(echo $object | cut -c3-)",
            &["a: first"],
        )
        .skipped(&["read-error"]),
        case(
            "a tree of ten levels of ten times the same",
            "object=$(echo $T1 | git hash-object -w --stdin); mode='100644 blob'
             for level in 1 2 3 4 5 6 7 8 9 10; do
                 object=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '%s %s\\t%s\\n' \"$mode\" $object $n; done | git mktree)
                 mode='040000 tree'
             done; tick; git update-ref refs/heads/main $(git commit-tree -m bomb $object)",
            &["0/0/0/0/0/0/0/0/0/0: bomb, also 0/0/0/0/0/0/0/0/0/1: bomb, 0/0/0/0/0/0/0/0/0/2: bomb, 0/0/0/0/0/0/0/0/0/3: bomb, \
               0/0/0/0/0/0/0/0/0/4: bomb, 0/0/0/0/0/0/0/0/0/5: bomb, 0/0/0/0/0/0/0/0/0/6: bomb, 0/0/0/0/0/0/0/0/0/7: bomb, \
               0/0/0/0/0/0/0/0/0/8: bomb, 0/0/0/0/0/0/0/0/0/9: bomb, 0/0/0/0/0/0/0/0/1/0: bomb"],
        ),
        case(
            "a tree that is ten thousand levels deep",
            "tick; object=$(echo $T1 | git hash-object -w --stdin); python3 - $object > ../import <<'END'
import sys
path = b'd/' * 9000
out = sys.stdout.buffer
out.write(b'commit refs/heads/main\\ncommitter A <a@example.com> 1700000000 +0000\\ndata 4\\ndeep\\n')
out.write(b'M 100644 ' + sys.argv[1].encode() + b' ' + path + b'f\\nM 100644 ' + sys.argv[1].encode() + b' f\\n')
END
             (ulimit -s unlimited 2>/dev/null || true; git fast-import --quiet < ../import)",
            &["f: deep"],
        )
        .skipped(&["read-error"]),
    ];
    each(HOSTILE, |case| {
        let tree = repository(case.make);
        check(case, &tree, &["git"]);
        assert!(!tree.path().join("run").exists(), "{}: a program was run", case.name);
    });
}

/// What cannot be scanned at all is an error that says why.
#[test]
fn errors() {
    for (name, make, said) in [
        ("no repository", "rm -rf .git", "no git repository"),
        (
            "stores that name each other",
            "git init -q ../o; echo \"$PWD/../o/.git/objects\" > .git/objects/info/alternates
             echo \"$PWD/.git/objects\" > ../o/.git/objects/info/alternates",
            "cycle",
        ),
        ("a damaged configuration", "echo '[core' > .git/config", "configuration"),
        (
            "references in tables",
            "git config core.repositoryFormatVersion 1; git config extensions.refStorage reftable",
            "--ref-format=files",
        ),
        (
            "ids of another kind",
            "printf '[extensions]\\nobjectFormat = md5\\n' >> .git/config",
            "configuration",
        ),
    ] {
        let tree = repository(make);
        let ran = scan(&tree, &["git"]);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{name}: {}", ran.stderr);
    }
}

/// Somebody else's repository is scanned, and not written to. Only root can give files away.
#[test]
fn repositories_of_others() {
    let tree = repository("echo $T1 > a; commit first");
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        sh(tree.path(), "chown -R 65534 r");
    }
    let ran = scan(&tree, &["git"]);
    assert_eq!((lines(&tree, &ran), ran.code), (vec!["a: first".to_owned()], 1));
    assert_eq!(cache(&tree).is_none(), is_root);
}
