//! Hooks of git as git runs them: real commits and pushes, in repositories whose paths have a space in them.

mod common;

use std::fs;
use std::process::Command;

use common::home::{Home, with_input};
use common::{Ran, run, token};

/// A home with a repository `r` that has one commit.
fn home() -> Home {
    let home = Home::new();
    home.git(".", "init -q r");
    home.commit("r", "first", &[("README", Some("hello\n".to_owned()))]);
    home
}

fn secret(n: usize) -> Option<String> {
    Some(format!("key = \"{}\"\n", token(n)))
}

/// Installs hooks, which must succeed; returns what is said.
fn install(home: &Home, folder: &str, args: &[&str]) -> String {
    let ran = home.scalr_detect(folder, &[&["hook", "install"], args].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stderr
}

fn status(home: &Home, folder: &str) -> String {
    let ran = home.scalr_detect(folder, &["hook", "status"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
}

/// What `hook status` says of a hook.
fn status_of(home: &Home, folder: &str, hook: &str) -> String {
    let status = status(home, folder);
    let line = status.lines().find(|line| line.split_whitespace().next() == Some(hook));
    line.unwrap_or_else(|| panic!("{status}"))[hook.len()..].trim().to_owned()
}

/// That something was refused, and how.
#[track_caller]
fn refused(ran: &Ran, parts: &[&str]) {
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert_ne!(ran.code, 0, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    for n in 0..10 {
        assert!(!text.contains(&token(n)[..40]), "a secret is shown:\n{text}");
    }
}

#[track_caller]
fn accepted(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stderr.contains("scalr-detect"), "{ran:?}");
}

#[test]
fn commits() {
    let home = home();
    install(&home, "r", &[]);
    let commit = |args: &[&str]| home.run("r", "git", &[&["commit", "-q"], args].concat());
    // Clean.
    home.file("r/a.txt", "nothing\n");
    home.git("r", "add a.txt");
    accepted(&commit(&["-m", "clean"]));
    // What is staged counts, not what is in the work tree.
    home.file("r/a.txt", secret(1).unwrap());
    home.file("r/b.txt", "nothing\n");
    home.git("r", "add b.txt");
    accepted(&commit(&["-m", "b alone"]));
    home.git("r", "add a.txt");
    home.file("r/a.txt", "nothing\n");
    refused(
        &commit(&["-m", "a"]),
        &[
            "a.txt:1:8: critical: Scalr API access token (scalr-api-token)",
            "scalr-detect: this commit is refused: what is staged has secrets in it",
            "To fix it",
            "git reset -- FILE",
            "scalr-detect:allow=<id> <reason>",
            "SCALR_DETECT_SKIP=1 git commit",
            "--no-verify",
        ],
    );
    home.git("r", "add a.txt");
    // An index of git's own, for this commit alone.
    home.file("r/a.txt", secret(1).unwrap());
    refused(&commit(&["-a", "-m", "all"]), &["a.txt:1:8"]);
    refused(&commit(&["-m", "one", "a.txt"]), &["a.txt:1:8"]);
    assert_eq!(home.git("r", "log --format=%s -1"), "b alone");
    // From a folder in the work tree.
    fs::create_dir(home.path("r/sub")).unwrap();
    refused(&home.run("r/sub", "git", &["commit", "-q", "-a", "-m", "sub"]), &["a.txt:1:8"]);
    // Skipped.
    for (name, value) in [("SCALR_DETECT_SKIP", "1"), ("SKIP", "x,scalr-detect")] {
        let mut command = home.command("r", "git", &["commit", "-q", "-a", "-m", "skipped"]);
        let ran = run(command.env(name, value));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains(&format!("nothing is scanned, as {name} is set")), "{ran:?}");
        home.file("r/a.txt", format!("{}{name}\n", secret(2).unwrap()));
    }
    for (name, value) in [("SCALR_DETECT_SKIP", "0"), ("SKIP", "scalr-detect-else")] {
        let mut command = home.command("r", "git", &["commit", "-q", "-a", "-m", "not skipped"]);
        refused(&run(command.env(name, value)), &["a.txt"]);
    }
    assert_eq!(commit(&["-a", "--no-verify", "-m", "not verified"]).code, 0);
}

#[test]
fn what_is_no_secret_goes_through() {
    let home = home();
    install(&home, "r", &[]);
    home.file("r/a.py", format!("key = \"{}\"  # scalr-detect:allow=scalr-api-token made up\n", token(1)));
    home.git("r", "add a.py");
    accepted(&home.run("r", "git", &["commit", "-q", "-m", "marked"]));
    home.file("r/b.py", secret(2).unwrap());
    home.git("r", "add b.py");
    refused(
        &home.run("r", "git", &["commit", "-q", "-m", "in no baseline"]),
        &["scalr-detect baseline --help"],
    );
    assert_eq!(home.scalr_detect("r", &["baseline", "create"]).code, 0);
    home.file("r/scalr-detect.toml", "baseline = \"scalr-detect.baseline\"\n");
    home.git("r", "add .");
    accepted(&home.run("r", "git", &["commit", "-q", "-m", "in the baseline"]));
    // And another one is none of it.
    home.file("r/b.py", secret(3).unwrap());
    refused(&home.run("r", "git", &["commit", "-q", "-a", "-m", "another"]), &["b.py:1:8"]);
}

#[test]
fn the_first_commit_of_a_repository() {
    let home = Home::new();
    home.git(".", "init -q r");
    install(&home, "r", &[]);
    home.file("r/a.txt", secret(1).unwrap());
    home.git("r", "add a.txt");
    refused(&home.run("r", "git", &["commit", "-q", "-m", "first"]), &["a.txt:1:8"]);
    home.file("r/a.txt", "");
    home.git("r", "add a.txt");
    accepted(&home.run("r", "git", &["commit", "-q", "-m", "first"]));
}

#[test]
fn merges() {
    let home = home();
    home.git("r", "checkout -q -b side");
    home.commit("r", "side", &[("a.txt", secret(1))]);
    home.git("r", "checkout -q main");
    home.commit("r", "main", &[("b.txt", Some("clean\n".to_owned()))]);
    install(&home, "r", &[]);
    refused(
        &home.run("r", "git", &["merge", "-q", "--no-edit", "side"]),
        &["a.txt:1:8", "this merge is refused"],
    );
}

#[test]
fn messages_of_commits() {
    let home = home();
    install(&home, "r", &[]);
    let secret = token(1);
    // With -m nothing is edited, and git keeps what looks like a comment.
    for message in [format!("uses {secret}"), format!("a\n\n# {secret}")] {
        refused(
            &home.run("r", "git", &["commit", "-q", "--allow-empty", "-m", &message]),
            &["COMMIT_EDITMSG:", "its message has secrets in it", "write the message without the secret"],
        );
    }
    // Edited, comments go.
    let commit = |text: &str, args: &[&str]| {
        home.file("message", text);
        let mut command = home.command("r", "git", &[&["commit", "-q", "--allow-empty"], args].concat());
        run(command.env("GIT_EDITOR", format!("cp '{}'", home.path("message").display())))
    };
    accepted(&commit(&format!("edited\n# {secret}\n"), &[]));
    accepted(&commit(
        &format!("edited\n# ------------------------ >8 ------------------------\n{secret}\n"),
        &["-v"],
    ));
    refused(&commit(&format!("edited\n# a\n{secret}\n"), &[]), &["COMMIT_EDITMSG:3:1"]);
    home.config("core.commentChar", ";");
    refused(&commit(&format!("edited\n# {secret}\n"), &[]), &["COMMIT_EDITMSG:2:3"]);
    accepted(&commit(&format!("edited\n; {secret}\n"), &[]));
}

/// A push: what is done before, what is pushed, and where something is found (in `file (commit)`); nothing: it goes.
struct Push {
    what: &'static str,
    before: &'static [&'static str],
    push: &'static str,
    found: &'static [&'static str],
}

/// In `r`: `main` has `first`. `leaky` has `leak` (leak.txt) and `unleak`, which removes it. `clean` has `clean`. The
/// server has `main`, `known` with a secret from before there was a hook (known.txt), and `gone`, which is nobody's parent.
#[rustfmt::skip]
const PUSHES: &[Push] = &[
    Push { what: "nothing new", before: &[], push: "main", found: &[] },
    Push { what: "a new branch", before: &[], push: "clean", found: &[] },
    Push { what: "a secret that is added and removed", before: &[], push: "leaky", found: &["leak.txt"] },
    Push { what: "several references, of which the last has it", before: &["branch a clean", "branch b clean"], push: "a b leaky", found: &["leak.txt"] },
    Push { what: "several references, of which the first has it", before: &[], push: "leaky clean", found: &["leak.txt"] },
    Push { what: "a deletion", before: &[], push: ":gone", found: &[] },
    Push { what: "a deletion and a secret", before: &[], push: ":gone leaky", found: &["leak.txt"] },
    Push { what: "a deletion and nothing else that is bad", before: &[], push: ":gone clean", found: &[] },
    Push { what: "a new branch of what is known", before: &["fetch -q origin", "branch again origin/known"], push: "again", found: &[] },
    Push { what: "a forced push with a secret", before: &["branch forced leaky"], push: "+forced:gone", found: &["leak.txt"] },
    Push { what: "a forced push without", before: &[], push: "+clean:gone", found: &[] },
    Push { what: "a tag of something bad", before: &["tag v1 leaky"], push: "v1", found: &["leak.txt"] },
    Push { what: "an annotated tag of something good", before: &["tag -a -m ok v2 clean"], push: "v2", found: &[] },
    Push { what: "HEAD", before: &["checkout -q leaky"], push: "HEAD:refs/heads/new", found: &["leak.txt"] },
    Push { what: "a merge that adds one", before: &["checkout -q main", "merge -q --no-commit --no-ff clean", "checkout leaky~1 -- leak.txt", "commit -q --no-verify -m evil"], push: "main", found: &["leak.txt"] },
    Push { what: "everything", before: &[], push: "--all", found: &["leak.txt"] },
];

/// The repositories of [`PUSHES`], without hooks.
fn pushing() -> Home {
    let home = home();
    home.git(".", "init -q --bare server.git");
    home.git("r", "remote add origin ../server.git");
    home.git("r", "checkout -q -b known");
    home.commit("r", "known", &[("known.txt", secret(1))]);
    home.git("r", "checkout -q -b gone main");
    home.commit("r", "gone", &[("gone.txt", secret(2))]);
    home.git("r", "push -q origin main known gone");
    home.git("r", "checkout -q -b leaky main");
    home.commit("r", "leak", &[("leak.txt", secret(3))]);
    home.commit("r", "unleak", &[("leak.txt", None)]);
    home.git("r", "checkout -q -b clean main");
    home.commit("r", "clean", &[("clean.txt", Some("clean\n".to_owned()))]);
    home.git("r", "checkout -q main");
    home.git("r", "branch -q -D gone known");
    home
}

fn references(home: &Home) -> String {
    home.git("server.git", "for-each-ref")
}

fn every_push(install_hooks: impl Fn(&Home), hook: &str) {
    for case in PUSHES {
        let home = pushing();
        install_hooks(&home);
        for command in case.before {
            home.git("r", command);
        }
        let before = references(&home);
        let args: Vec<&str> = ["push", "-q", "origin"].into_iter().chain(case.push.split(' ')).collect();
        let ran = home.run("r", "git", &args);
        if case.found.is_empty() {
            assert_eq!(ran.code, 0, "{hook}: {}: {ran:?}", case.what);
            assert!(!ran.stderr.contains("scalr-detect"), "{hook}: {}: {ran:?}", case.what);
        } else {
            let mut parts = vec!["this push is refused: its commits have secrets in them", "    commit "];
            parts.extend(case.found);
            refused(&ran, &parts);
            assert_eq!(references(&home), before, "{hook}: {}", case.what);
            for other in ["known.txt", "gone.txt"] {
                assert!(!ran.stderr.contains(other), "{hook}: {}: {ran:?}", case.what);
            }
        }
    }
}

#[test]
fn pushes_are_refused_before_they_are_sent() {
    every_push(|home| drop(install(home, "r", &["--hook", "pre-push"])), "pre-push");
}

#[test]
fn pushes_are_refused_by_the_server() {
    every_push(|home| drop(install(home, "server.git", &[])), "pre-receive");
}

#[test]
fn a_push_through_pre_commit_is_told_by_variables() {
    let home = pushing();
    let id = |name| home.git("r", &format!("rev-parse {name}"));
    let (main, leak, leaky, clean) = (id("main"), id("leaky~1"), id("leaky"), id("clean"));
    for (variables, code) in [
        (&[("PRE_COMMIT_FROM_REF", &*main), ("PRE_COMMIT_TO_REF", &leaky)][..], 1),
        (&[("PRE_COMMIT_FROM_REF", &leak), ("PRE_COMMIT_TO_REF", &leaky)], 0),
        (&[("PRE_COMMIT_FROM_REF", &main), ("PRE_COMMIT_TO_REF", &clean)], 0),
        // The first push of a branch that begins with a first commit.
        (&[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/leaky")], 1),
        (&[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/clean")], 0),
        (&[], 0),
        (&[("PRE_COMMIT_TO_REF", "nosuch")], 2),
    ] {
        let mut command = home.command("r", env!("CARGO_BIN_EXE_scalr-detect"), &["hook", "run", "pre-push"]);
        command.env("PRE_COMMIT_REMOTE_NAME", "origin").envs(variables.iter().copied());
        let ran = run(&mut command);
        assert_eq!(ran.code, code, "{variables:?}: {ran:?}");
    }
    // With no remote at all there is no telling.
    let ran = home.scalr_detect("r", &["hook", "run", "pre-push"]);
    assert_eq!(ran.code, 2);
    refused(&ran, &["which remote?", "this push is refused"]);
}

#[test]
fn gitlab_shows_lines_with_its_mark() {
    let home = pushing();
    let lines = format!("{} {} refs/heads/leaky\n", "0".repeat(40), home.git("r", "rev-parse leaky"));
    for name in ["GL_ID", "GL_PROTOCOL"] {
        let mut command =
            home.command("r", env!("CARGO_BIN_EXE_scalr-detect"), &["hook", "run", "pre-receive"]);
        // In the repository itself, where all is known but to the server.
        home.git("r", "checkout -q --detach leaky");
        home.git("r", "branch -q -D leaky");
        let ran = with_input(command.env(name, "key-1"), &lines);
        home.git("r", "branch leaky");
        home.git("r", "checkout -q main");
        refused(&ran, &["leak.txt:1:8", "this push is refused"]);
        for line in ran.stdout.lines().chain(ran.stderr.lines()) {
            assert!(line.starts_with("GL-HOOK-ERR: "), "{line}");
        }
    }
    // And without GitLab there is no mark.
    let mut command = home.command("r", env!("CARGO_BIN_EXE_scalr-detect"), &["hook", "run", "pre-receive"]);
    let ran = with_input(&mut command, "nonsense\n");
    assert_eq!(ran.code, 2);
    refused(&ran, &["could not be scanned"]);
    assert!(!ran.stderr.contains("GL-HOOK-ERR"));
}

#[test]
fn a_time_limit_refuses_or_admits() {
    let home = pushing();
    // So much that it takes longer than a millisecond.
    let files: Vec<(String, String)> =
        (0..400).map(|n| (format!("{n}.txt"), format!("{n} word\n").repeat(4000))).collect();
    let files: Vec<(&str, Option<String>)> = files.iter().map(|(n, t)| (&**n, Some(t.clone()))).collect();
    home.git("r", "checkout -q clean");
    home.commit("r", "much", &files);
    for (flags, code, said) in [
        (&["--", "--deadline=1ms"][..], 1, "not everything was scanned within 1ms: push less at a time"),
        (
            &["--", "--deadline=1ms", "--on-deadline=admit"],
            0,
            "not everything was scanned within 1ms: it is let through",
        ),
        (&["--", "--deadline", "5m"], 0, ""),
    ] {
        install(&home, "server.git", flags);
        let ran = home.run("r", "git", &["push", "origin", "clean"]);
        assert_eq!(ran.code, code, "{flags:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{flags:?}: {ran:?}");
        home.git("server.git", "update-ref -d refs/heads/clean");
    }
}

#[test]
fn without_the_program_nothing_goes_through() {
    let home = home();
    install(&home, "r", &["--hook", "pre-commit"]);
    for (value, code) in [("", 1), ("allow", 0), ("yes", 1)] {
        let mut command = home.command("r", "git", &["commit", "-q", "--allow-empty", "-m", "x"]);
        // Where the system's programs are, and not ours.
        command.env("PATH", "/usr/bin:/bin").env("SCALR_DETECT_MISSING", value);
        let ran = run(&mut command);
        assert_eq!(ran.code, code, "{value}: {ran:?}");
        assert!(ran.stderr.contains("scalr-detect is not on PATH"), "{ran:?}");
        assert!(ran.stderr.contains("SCALR_DETECT_MISSING=allow"), "{ran:?}");
    }
    let mut command = home.command("r", env!("CARGO_BIN_EXE_scalr-detect"), &["hook", "status"]);
    assert!(
        run(command.env("PATH", "/usr/bin:/bin")).stdout.contains("warning: scalr-detect is not on PATH")
    );
}

/// All files in the folder of hooks that are no samples, and what is in them.
fn hooks(home: &Home, folder: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = fs::read_dir(home.path(folder))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .filter(|(name, _)| !name.ends_with(".sample"))
        .collect();
    all.sort();
    all
}

#[test]
fn a_hook_that_was_there_comes_first_and_comes_back() {
    let home = pushing();
    home.script("r/.git/hooks/pre-commit", "echo mine >> seen; exit 0");
    home.script("r/.git/hooks/pre-push", "cat >> seen; echo \"$1\" >> seen; [ ! -e stop ]");
    home.file("r/.git/hooks/commit-msg", "not executable, so git leaves it out");
    home.git("r", "config advice.ignoredHook false");
    let before = hooks(&home, "r/.git/hooks");
    let said = install(&home, "r", &[]);
    assert!(said.contains("it calls") && said.contains("pre-commit.before-scalr-detect first"), "{said}");
    let installed = hooks(&home, "r/.git/hooks");
    // Again, it changes nothing.
    let said = install(&home, "r", &[]);
    assert!(said.contains("is there, written again"), "{said}");
    assert_eq!(hooks(&home, "r/.git/hooks"), installed);
    assert_eq!(status_of(&home, "r", "pre-commit"), "pre-commit.before-scalr-detect, then scalr-detect");
    assert_eq!(
        status_of(&home, "r", "commit-msg"),
        "scalr-detect (commit-msg.before-scalr-detect is not executable)"
    );
    // Both run, and get the same lines.
    accepted(&home.run("r", "git", &["commit", "-q", "--allow-empty", "-m", "x"]));
    home.git("r", "push -q origin main");
    let seen = fs::read_to_string(home.path("r/seen")).unwrap();
    assert!(seen.starts_with("mine\nrefs/heads/main ") && seen.ends_with("\norigin\n"), "{seen}");
    refused(&home.run("r", "git", &["push", "-q", "origin", "leaky"]), &["leak.txt"]);
    // What the first refuses is not scanned.
    home.file("r/stop", "");
    let ran = home.run("r", "git", &["push", "-q", "origin", "leaky"]);
    assert!(ran.code != 0 && !ran.stderr.contains("leak.txt"), "{ran:?}");
    let ran = home.scalr_detect("r", &["hook", "uninstall"]);
    assert!(ran.code == 0 && ran.stderr.contains("as it was before"), "{ran:?}");
    assert_eq!(hooks(&home, "r/.git/hooks"), before);
    let ran = home.scalr_detect("r", &["hook", "uninstall"]);
    assert_eq!((ran.code, ran.stderr.contains("none of our hooks")), (0, true), "{ran:?}");
    // One that another program has put in the place of ours is left alone.
    home.script("r/.git/hooks/pre-commit", "exit 0");
    install(&home, "r", &["--hook", "pre-commit"]);
    home.script("r/.git/hooks/pre-commit", "exit 0");
    refused(&home.scalr_detect("r", &["hook", "install"]), &["is not ours any more", "join them by hand"]);
    home.scalr_detect("r", &["hook", "uninstall"]);
    assert_eq!(
        hooks(&home, "r/.git/hooks").iter().filter(|(name, _)| name.starts_with("pre-commit")).count(),
        2
    );
}

#[cfg(unix)]
#[test]
fn links_are_said() {
    use std::os::unix::fs::symlink;
    let home = home();
    home.script("elsewhere/hook", "echo linked >&2");
    symlink(home.path("elsewhere/hook"), home.path("r/.git/hooks/pre-commit")).unwrap();
    let said = install(&home, "r", &["--hook", "pre-commit"]);
    assert!(said.contains("is a symbolic link to") && said.contains("outside of this repository"), "{said}");
    assert!(home.run("r", "git", &["commit", "--allow-empty", "-m", "x"]).stderr.contains("linked"));
    home.scalr_detect("r", &["hook", "uninstall"]);
    assert_eq!(fs::read_link(home.path("r/.git/hooks/pre-commit")).unwrap(), home.path("elsewhere/hook"));
    // A folder of hooks that is somewhere else is nobody's to write to without a word.
    fs::rename(home.path("r/.git/hooks"), home.path("elsewhere/hooks")).unwrap();
    symlink(home.path("elsewhere/hooks"), home.path("r/.git/hooks")).unwrap();
    let before = hooks(&home, "elsewhere/hooks");
    refused(&home.scalr_detect("r", &["hook", "install"]), &["outside of it", "--force"]);
    assert_eq!(hooks(&home, "elsewhere/hooks"), before);
    assert!(status(&home, "r").contains("warning:"));
    let said = install(&home, "r", &["--force", "--hook", "pre-push"]);
    assert!(said.contains("is outside of this repository"), "{said}");
    // A link to nothing, and a folder.
    symlink("nothing", home.path("r/.git/hooks/commit-msg")).unwrap();
    fs::create_dir(home.path("r/.git/hooks/pre-merge-commit")).unwrap();
    install(&home, "r", &["--force", "--hook", "commit-msg"]);
    refused(
        &home.scalr_detect("r", &["hook", "install", "--force", "--hook", "pre-merge-commit"]),
        &["is no file"],
    );
}

#[test]
fn other_programs_that_manage_hooks_are_told_and_not_fought() {
    // How each is told, and what it is told to add.
    #[rustfmt::skip]
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("husky", &["config core.hooksPath .husky/_"], &["to .husky/pre-commit:", "scalr-detect hook run pre-push -- \"$@\""]),
        ("lefthook", &[], &["to lefthook.yml:", "run: scalr-detect hook run pre-push -- {1} {2}", "use_stdin: true"]),
        ("pre-commit", &[], &["to .pre-commit-config.yaml", "entry: scalr-detect hook run pre-commit", "pre-commit install -t pre-commit"]),
    ];
    for (name, commands, advice) in cases {
        let home = home();
        match *name {
            "husky" => {
                home.script("r/.husky/_/pre-commit", ". \"$(dirname \"$0\")/h\"");
                home.file("r/.husky/_/h", "");
            }
            "lefthook" => home.file("r/lefthook.yml", "pre-commit:\n"),
            _ => home.file("r/.pre-commit-config.yaml", "repos: []\n"),
        }
        for command in *commands {
            home.git("r", command);
        }
        let ran = home.scalr_detect("r", &["hook", "install"]);
        assert_eq!(ran.code, 2, "{name}");
        refused(&ran, &[&[&*format!("{name} manages the hooks"), "--force"], *advice].concat());
        assert!(status(&home, "r").contains(&format!("warning: {name} manages the hooks")), "{name}");
        assert!(hooks(&home, "r/.git/hooks").is_empty());
        install(&home, "r", &["--force", "--hook", "pre-commit"]);
        home.file("r/a.txt", secret(1).unwrap());
        home.git("r", "add a.txt");
        refused(&home.run("r", "git", &["commit", "-q", "-m", "x"]), &["a.txt:1:8"]);
    }
}

#[test]
fn folders_of_hooks_that_are_set() {
    let home = home();
    // In the work tree, where a team keeps its hooks.
    home.git("r", "config core.hooksPath .githooks");
    home.script("r/.githooks/pre-commit", "echo team >&2");
    install(&home, "r", &["--hook", "pre-commit"]);
    assert_eq!(status_of(&home, "r", "pre-commit"), "pre-commit.before-scalr-detect, then scalr-detect");
    assert!(home.run("r", "git", &["commit", "--allow-empty", "-m", "x"]).stderr.contains("team"));
    assert!(hooks(&home, "r/.git/hooks").is_empty());
    // Hooks of ours that are hidden.
    home.git("r", "config --unset core.hooksPath");
    install(&home, "r", &[]);
    home.git("r", "config core.hooksPath .githooks");
    assert!(status(&home, "r").contains("warning: core.hooksPath hides"), "{}", status(&home, "r"));
    home.scalr_detect("r", &["hook", "uninstall"]);
    assert!(hooks(&home, "r/.git/hooks").is_empty());
    assert_eq!(hooks(&home, "r/.githooks").len(), 1);
    home.git("r", "config --unset core.hooksPath");
    // For all repositories, by somebody else.
    fs::create_dir(home.path("everywhere")).unwrap();
    home.config("core.hooksPath", home.path("everywhere").to_str().unwrap());
    refused(&home.scalr_detect("r", &["hook", "install"]), &["core.hooksPath is set to", "--global"]);
    // There, they call those of the repository too.
    home.script("r/.git/hooks/pre-commit", "echo own >&2");
    home.script("everywhere/pre-commit", "echo everywhere >&2");
    install(&home, ".", &["--global"]);
    let ran = home.run("r", "git", &["commit", "--allow-empty", "-m", "x"]);
    assert!(ran.stderr.contains("everywhere\nown\n"), "{ran:?}");
    home.scalr_detect(".", &["hook", "uninstall", "--global"]);
    assert_eq!(hooks(&home, "everywhere").len(), 1);
    assert_eq!(home.git("r", "config core.hooksPath"), home.path("everywhere").to_str().unwrap());
}

#[test]
fn hooks_for_all_repositories_call_those_of_each() {
    let home = pushing();
    home.script("r/.git/hooks/pre-commit", "echo own pre-commit >&2");
    home.script("r/.git/hooks/pre-push", "sed 's/^/own pre-push /' >&2");
    home.script("r/.git/hooks/post-checkout", "echo own post-checkout >&2");
    let said = install(&home, "r", &["--global"]);
    assert!(said.contains("core.hooksPath is set to"), "{said}");
    let folder = ".config/scalr-detect/hooks";
    let installed = hooks(&home, folder);
    install(&home, "r", &["--global"]);
    assert_eq!(hooks(&home, folder), installed);
    assert!(status_of(&home, "r", "pre-commit").contains("that of the repository"));
    assert!(
        home.scalr_detect(".", &["hook", "status", "--global"])
            .stdout
            .contains("pre-push          scalr-detect")
    );
    home.file("r/a.txt", secret(4).unwrap());
    home.git("r", "add a.txt");
    refused(&home.run("r", "git", &["commit", "-q", "-m", "x"]), &["own pre-commit", "a.txt:1:8"]);
    home.git("r", "rm -q -f a.txt");
    refused(
        &home.run("r", "git", &["push", "-q", "origin", "leaky"]),
        &["own pre-push refs/heads/leaky", "leak.txt"],
    );
    assert!(home.run("r", "git", &["checkout", "clean"]).stderr.contains("own post-checkout"));
    // A work tree of the same repository.
    home.git("r", "worktree add -q ../tree");
    home.file("tree/a.txt", secret(4).unwrap());
    home.git("tree", "add a.txt");
    refused(&home.run("tree", "git", &["commit", "-q", "-m", "x"]), &["own pre-commit", "a.txt:1:8"]);
    // Its own hooks are called by those for all, so they are where ours go, whatever is forced.
    let global = hooks(&home, folder);
    install(&home, "r", &["--force", "--hook", "commit-msg"]);
    assert_eq!(hooks(&home, folder), global);
    assert!(home.path("r/.git/hooks/commit-msg").exists());
    home.scalr_detect("r", &["hook", "uninstall"]);
    assert!(!home.path("r/.git/hooks/commit-msg").exists());
    assert_eq!(hooks(&home, folder), global);
    // A repository that sets a folder of its own.
    home.git("r", "config core.hooksPath .githooks");
    assert!(status(&home, "r").contains("hides the hooks that are installed for all repositories"));
    home.git("r", "config --unset core.hooksPath");
    let ran = home.scalr_detect(".", &["hook", "uninstall", "--global"]);
    assert!(ran.stderr.contains("core.hooksPath is no longer set"), "{ran:?}");
    assert!(!home.path(folder).exists());
    assert_eq!(home.run(".", "git", &["config", "--global", "core.hooksPath"]).code, 1);
    assert!(
        home.run("r", "git", &["commit", "-q", "--allow-empty", "-m", "x"]).stderr.contains("own pre-commit")
    );
}

#[test]
fn work_trees_and_bare_repositories() {
    let home = home();
    home.git("r", "worktree add -q ../tree");
    install(&home, "tree", &[]);
    assert_eq!(hooks(&home, "r/.git/hooks").len(), 4);
    home.file("tree/a.txt", secret(1).unwrap());
    home.git("tree", "add a.txt");
    refused(&home.run("tree", "git", &["commit", "-q", "-m", "x"]), &["a.txt:1:8"]);
    home.git(".", "init -q --bare bare.git");
    let ran = home.scalr_detect(".", &["hook", "install", "--repository", "bare.git"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(hooks(&home, "bare.git/hooks").len(), 1);
    assert_eq!(status_of(&home, "bare.git", "pre-receive"), "scalr-detect");
    // No repository at all.
    fs::create_dir(home.path("none")).unwrap();
    let mut command = home.command("none", env!("CARGO_BIN_EXE_scalr-detect"), &["hook", "install"]);
    let ran = run(command.env("GIT_CEILING_DIRECTORIES", home.path(".")));
    assert_eq!(ran.code, 2);
    refused(&ran, &["not a git repository"]);
}

#[test]
fn scripts_are_for_every_shell() {
    let home = home();
    install(
        &home,
        "r",
        &["--hook", "pre-commit,pre-push,pre-receive", "--", "--only", "it's $(touch pwned)"],
    );
    for (name, text) in hooks(&home, "r/.git/hooks") {
        assert!(
            text.starts_with("#!/bin/sh\n") && text.contains(r"--only 'it'\''s $(touch pwned)' -- "),
            "{text}"
        );
        for shell in ["sh", "dash", "bash"] {
            let path = home.path("r/.git/hooks").join(&name);
            let checked = Command::new(shell).arg("-n").arg(path).output();
            let checked = checked.unwrap_or_else(|e| panic!("{shell}: {e}: install it, `.ci/run` does"));
            assert!(checked.status.success(), "{shell} {name}");
        }
    }
    // The flags are refused, and nothing else is run.
    let ran = home.run("r", "git", &["commit", "-q", "--allow-empty", "-m", "x"]);
    assert!(ran.code != 0 && !home.path("r/pwned").exists(), "{ran:?}");
}
