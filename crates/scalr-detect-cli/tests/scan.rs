//! `scalr-detect scan` as a user meets it: the program, run over temporary trees.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Ran, Tree, command, run, token};

fn scan(tree: &Tree, args: &[&str]) -> Ran {
    let mut all = vec!["scan", "--format", "jsonl"];
    all.extend(args);
    run(command(&all).current_dir(tree.path()))
}

fn with_stdin(mut command: Command, input: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // The program may end before it has read everything.
        scope.spawn(move || drop(stdin.write_all(input)));
        Ran::of(child.wait_with_output().unwrap())
    })
}

#[test]
fn exit_codes_and_paths() {
    let tree = Tree::new();
    tree.file("clean.txt", "nothing here\n");
    fs::create_dir(tree.path().join("nosuch-file-in-here")).unwrap();
    tree.file("sub/dir/leak.tf", format!("a\nb = \"{}\"\n", token(1)));
    tree.file(".hidden/env", token(2));
    for (args, code, paths) in [
        (&["clean.txt"][..], 0, &[][..]),
        (&[], 1, &[".hidden/env", "sub/dir/leak.tf"]),
        (&["."], 1, &["./.hidden/env", "./sub/dir/leak.tf"]),
        (&["sub"], 1, &["sub/dir/leak.tf"]),
        (&["./sub/"], 1, &["./sub/dir/leak.tf"]),
        (&["sub/dir/leak.tf", "clean.txt"], 1, &["sub/dir/leak.tf"]),
        (&["nosuch-file-in-here"], 3, &[]),
        (&["nosuch-file-in-here", "clean.txt"], 0, &[]),
        (&["nosuch"], 3, &[]),
        (&["nosuch", "clean.txt"], 3, &[]),
        (&["nosuch", "sub"], 1, &["sub/dir/leak.tf"]),
        (&["clean.txt/nosuch"], 3, &[]),
    ] {
        for jobs in ["-j1", "-j4"] {
            let ran = scan(&tree, &[&[jobs], args].concat());
            assert_eq!(ran.code, code, "{args:?}: {ran:?}");
            assert_eq!(ran.paths(), paths, "{args:?}");
            assert_eq!(ran.summary()["incomplete"], code == 3 || args.contains(&"nosuch"), "{args:?}");
            assert_eq!(ran.stderr.is_empty(), ran.summary()["incomplete"] == false, "{args:?}: {ran:?}");
        }
    }
}

#[test]
fn a_finding_has_every_field_and_no_secret() {
    let tree = Tree::new();
    let secret = token(1);
    let text = format!("first\r\n  token = \"{secret}\"\r\n");
    tree.file("a.tf", &text);
    let ran = scan(&tree, &["a.tf"]);
    let found = &ran.findings()[0];
    let start = text.find(&secret).unwrap();
    assert_eq!(found["path"], "a.tf");
    assert_eq!((&found["start"], &found["end"]), (&start.into(), &(start + secret.len()).into()));
    assert_eq!((&found["line"], &found["column"]), (&2.into(), &12.into()));
    assert_eq!((&found["end_line"], &found["end_column"]), (&2.into(), &(12 + secret.len()).into()));
    assert_eq!(found["source"]["type"], "file");
    for field in ["detector", "name", "severity", "confidence", "reason", "secret", "fingerprint", "validity"]
    {
        assert!(!found[field].as_str().unwrap().is_empty(), "{field}: {found}");
    }
    assert!(found["decoded_by"].is_array() && found["details"].is_object());
    assert!(!ran.stdout.contains(&secret[secret.len() - 20..]));
    let ran = scan(&tree, &["a.tf", "--show-secrets"]);
    assert_eq!(ran.findings()[0]["secret"], secret.as_str());
}

#[test]
fn the_summary_counts_what_was_scanned() {
    let tree = Tree::new();
    tree.file("a", "12345");
    tree.file("empty", "");
    tree.file("d/b", format!("x {} {}", token(1), token(2)));
    let ran = scan(&tree, &[]);
    let summary = ran.summary();
    assert_eq!(summary["units"], 3);
    assert_eq!(summary["bytes"], 5 + 2 + 2 * token(1).len() + 1);
    assert_eq!(summary["findings"]["total"], 2);
    assert_eq!(summary["skipped"], serde_json::json!({}));
    assert!(summary["elapsed_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn standard_input() {
    let tree = Tree::new();
    let secret = token(3);
    for name in ["-", "/dev/stdin"] {
        if name == "/dev/stdin" && !cfg!(unix) {
            continue;
        }
        let ran =
            with_stdin(command(&["scan", name, "--format", "jsonl"]), format!("x\n{secret}").as_bytes());
        assert_eq!((ran.code, ran.paths()), (1, vec![name.to_owned()]), "{ran:?}");
        assert_eq!(ran.findings()[0]["source"]["type"], "stdin");
        assert_eq!(ran.findings()[0]["start"], 2);
    }
    // Empty input is scanned input.
    let ran = with_stdin(command(&["scan", "-", "--format", "jsonl"]), b"");
    assert_eq!((ran.code, &ran.summary()["units"]), (0, &1.into()));
    // Without a path it is left alone, whatever it is.
    tree.file("f", "clean");
    let mut no_path = command(&["scan", "--format", "jsonl"]);
    no_path.current_dir(tree.path());
    let ran = with_stdin(no_path, secret.as_bytes());
    assert_eq!((ran.code, &ran.summary()["bytes"]), (0, &5.into()));
    // And beside files.
    let mut both = command(&["scan", "f", "-", "--format", "jsonl"]);
    both.current_dir(tree.path());
    let ran = with_stdin(both, secret.as_bytes());
    assert_eq!((ran.code, ran.paths()), (1, vec!["-".to_owned()]));
}

#[test]
fn large_files_and_streams_are_scanned_everywhere() {
    let tree = Tree::new();
    let secret = token(4);
    // Around the size from which files are streamed, at their ends and on both sides of the threshold.
    let window = 1 << 20;
    for size in [window - 1, window, window + 1, 3 * window + 17] {
        for at in [0, size / 2, window - 70, size - secret.len()] {
            if at + secret.len() > size {
                continue;
            }
            let mut bytes = vec![b'\n'; size];
            bytes[at..at + secret.len()].copy_from_slice(secret.as_bytes());
            tree.file("big", &bytes);
            let ran = scan(&tree, &["big"]);
            let found = ran.findings();
            assert_eq!(found.len(), 1, "{size} {at}");
            assert_eq!(
                (&found[0]["start"], &found[0]["line"]),
                (&at.into(), &(at + 1).into()),
                "{size} {at}"
            );
            assert_eq!(ran.summary()["bytes"], size);
            assert_eq!(ran.summary()["skipped"], serde_json::json!({}));
            let ran = with_stdin(command(&["scan", "-", "--format", "jsonl"]), &bytes);
            assert_eq!(ran.findings()[0]["start"], at, "{size} {at}");
        }
    }
}

#[test]
fn one_huge_line() {
    let tree = Tree::new();
    let secret = token(5);
    let filler = "x, ".repeat(1 << 20);
    tree.file("line", format!("{filler}{secret}\"{filler}"));
    let ran = scan(&tree, &["line"]);
    assert_eq!(ran.findings()[0]["column"], filler.len() + 1);
    let ran = run(command(&["scan", "line"]).current_dir(tree.path()));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.lines().all(|line| line.chars().count() < 200), "{}", ran.stdout);
}

#[test]
fn limits_on_size() {
    let tree = Tree::new();
    tree.file("small", "x".repeat(1024));
    tree.file("large", format!("{}\n", token(6)).repeat(10));
    let ran = scan(&tree, &["--max-file-size", "1K"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.summary()["skipped"]["too-large"]["examples"], serde_json::json!(["large"]));
    assert_eq!(scan(&tree, &["--max-file-size", "1M"]).code, 1);
}

#[test]
fn the_object_store_of_git_is_left_out_and_the_rest_is_not() {
    let tree = Tree::new();
    for repository in [".git", "bare.git", ".git/modules/sub"] {
        tree.file(&format!("{repository}/HEAD"), "ref: refs/heads/main\n");
        tree.file(&format!("{repository}/refs/heads/main"), "0\n");
        tree.file(&format!("{repository}/objects/00/11"), token(7));
        tree.file(&format!("{repository}/config"), format!("url = https://x:{}@host/\n", token(8)));
    }
    // Called the same, but no object store.
    tree.file("src/objects/a", token(9));
    let ran = scan(&tree, &[]);
    let expected = [".git/config", ".git/modules/sub/config", "bare.git/config", "src/objects/a"];
    assert_eq!(ran.paths(), expected);
    let skipped = &ran.summary()["skipped"]["git-objects"];
    assert_eq!(skipped["units"], 3);
    assert_eq!(
        skipped["examples"],
        serde_json::json!([".git/modules/sub/objects", ".git/objects", "bare.git/objects"])
    );
    // Who asks for it gets it.
    assert_eq!(scan(&tree, &[".git/objects"]).paths(), [".git/objects/00/11"]);
}

#[test]
fn gitignore_only_where_asked() {
    let tree = Tree::new();
    for path in
        ["a.log", "keep.log", "build/x", "src/build/y", "src/z.tmp", "src/sub/only", "top", "src/top", "ex"]
    {
        tree.file(path, token(10));
    }
    tree.file(".gitignore", "*.log\n!keep.log\nbuild/\n/top\n");
    tree.file("src/.gitignore", "*.tmp\n!build/\nsub/only\n");
    tree.file(".git/info/exclude", "ex\n");
    // A repository of its own: what is around it does not count.
    tree.file("nested/.git/HEAD", "");
    tree.file("nested/b.log", token(11));
    tree.file("nested/c.tmp", token(12));
    tree.file("nested/.gitignore", "*.tmp");
    let everything = scan(&tree, &[]);
    assert_eq!(everything.paths().len(), 11);
    let ran = scan(&tree, &["--gitignore"]);
    assert_eq!(ran.paths(), ["keep.log", "nested/b.log", "src/build/y", "src/top"]);
    let ignored = &ran.summary()["skipped"]["git-ignored"];
    assert_eq!(ignored["units"], 7);
    assert_eq!(ran.code, 1);
    // Rules of directories above hold, and a path that is named is scanned whatever they say.
    assert_eq!(scan(&tree, &["--gitignore", "src"]).paths(), ["src/build/y", "src/top"]);
    assert_eq!(scan(&tree, &["--gitignore", "a.log"]).paths(), ["a.log"]);
}

#[test]
fn threads_change_nothing_but_the_order() {
    let tree = Tree::new();
    for i in 0..300 {
        let text = if i % 3 == 0 { token(i) } else { "clean".to_owned() };
        tree.file(&format!("d{}/f{i}", i % 7), format!("{text}\n{text}\n"));
    }
    let ordered = scan(&tree, &["--sort"]);
    let mut lines: Vec<&str> = ordered.stdout.lines().collect();
    lines.pop();
    let in_order: Vec<String> = ordered.findings().iter().map(|f| f["path"].to_string()).collect();
    assert!(in_order.is_sorted() && in_order.len() == 200, "{}", in_order.len());
    lines.sort_unstable();
    for jobs in ["1", "2", "3", "16"] {
        let ran = scan(&tree, &["-j", jobs]);
        let mut these: Vec<&str> = ran.stdout.lines().collect();
        these.pop();
        // Findings of a file come together, in order.
        for pair in ran.findings().chunks(2) {
            assert_eq!(pair[0]["path"], pair[1]["path"]);
            assert!(pair[0]["line"].as_u64() < pair[1]["line"].as_u64());
        }
        these.sort_unstable();
        assert_eq!(these, lines, "{jobs}");
        assert_eq!(ran.summary()["units"], 300);
    }
}

#[test]
fn quiet_says_it_with_the_exit_code() {
    let tree = Tree::new();
    tree.file("leak", token(1));
    tree.file("clean", "");
    for (path, code) in [("leak", 1), ("clean", 0), ("nosuch", 3)] {
        let ran = run(command(&["scan", "-q", path]).current_dir(tree.path()));
        assert_eq!((ran.code, &*ran.stdout), (code, ""));
        assert_eq!(ran.stderr.is_empty(), code != 3);
    }
}

#[test]
fn the_report_can_go_to_a_file_in_the_tree() {
    let tree = Tree::new();
    tree.file("leak", token(1));
    for _ in 0..2 {
        let ran = scan(&tree, &["--show-secrets", "-o", "report.jsonl"]);
        assert_eq!((ran.code, &*ran.stdout), (1, ""));
        let report = fs::read_to_string(tree.path().join("report.jsonl")).unwrap();
        assert_eq!(report.lines().count(), 2, "{report}");
        if cfg!(unix) {
            assert!(report.contains(r#""own-output":{"units":1"#), "{report}");
        }
    }
    // Another report's own file is a file like any other.
    assert_eq!(scan(&tree, &["-o", "-"]).paths(), ["leak", "report.jsonl"]);
    // A mistake is one before anything is scanned.
    let ran = scan(&tree, &["-o", "no/such/dir/file"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no/such/dir/file"));
}

#[test]
fn terminal_report() {
    let tree = Tree::new();
    let secret = token(1);
    let other = token(2);
    tree.file("infra/a.tf", format!("x\n  token = \"{secret}\" # was {other}\x1b[31m\n"));
    let ran = run(command(&["scan", "infra"]).current_dir(tree.path()));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.starts_with("infra/a.tf:2:12: "), "{}", ran.stdout);
    for part in
        ["token = \"", "\" # was ", "fingerprint ", "What to do", "2 findings", "in 1 file; scanned 1 file"]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    for secret in [&secret, &other] {
        assert!(!ran.stdout.contains(&secret[secret.len() - 20..]), "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\x1b'));
    let ran = run(command(&["scan", "infra", "--show-secrets"]).current_dir(tree.path()));
    assert!(ran.stdout.contains(&secret));
    assert!(!ran.stdout.contains('\x1b'));
    let mut colored = command(&["scan", "infra", "--color", "always"]);
    let ran = run(colored.current_dir(tree.path()).env("NO_COLOR", "1"));
    assert!(ran.stdout.contains("\x1b[1m"));
    assert!(!ran.stdout.contains("\x1b[31m\n"));
    let ran = run(command(&["scan", "nosuch"]).current_dir(tree.path()));
    assert_eq!(ran.code, 3);
    assert!(ran.stdout.contains("No secrets found") && ran.stdout.contains("incomplete"), "{}", ran.stdout);
    assert!(ran.stderr.contains("nosuch: not read: not-found"), "{}", ran.stderr);
}

#[test]
fn mistakes_name_the_nearest_right_thing() {
    for (args, hint) in [
        (&["scan", "--formt", "jsonl"][..], "--format"),
        (&["scan", "--format", "jsno"], "json"),
        (&["scan", "-o", "serif=x"], "./serif="),
        (&["scan", "-o", "sarif=x", "-o", "html=x"], "cannot both go to x"),
        (&["scan", "-o", "sarif=-", "--format", "html"], "cannot both go to standard output"),
        (&["scan", "--min-confidence", "hihg"], "high"),
        (&["scna"], "scan"),
        (&["scan", "--only", "scalr-api-tokn"], "scalr-api-token"),
        (&["scan", "--except", "scalr-api-tokn"], "scalr-api-token"),
        (&["explain", "scalr-api-tokn"], "scalr-api-token"),
        (&["scan", "--max-file-size", "10Q"], "K, M or G"),
        (&["scan", "-j", "0"], "1..=1024"),
        (&["scan", "-q", "-o", "x"], "cannot be used with"),
        (&[], "Usage"),
    ] {
        let ran = run(&mut command(args));
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(hint), "{args:?}: {}", ran.stderr);
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use rustix::process::{Pid, Signal, kill_process};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, Instant};

    /// A report that was begun is ended, and says that it is not of everything.
    #[test]
    fn an_interrupted_scan_has_a_whole_report() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let mut command = common::interruptible(&["scan", "--format", "jsonl", "-"]);
            let ran = common::interrupt(&mut command, format!("a = \"{}\"\n", token(1)).as_bytes(), signal);
            assert_eq!((ran.code, ran.findings().len()), (1, 1), "{ran:?}");
            let summary = ran.summary();
            assert_eq!((&summary["interrupted"], &summary["incomplete"]), (&true.into(), &true.into()));
        }
        // The lines of a diff come from there, too.
        let ran =
            common::interrupt(&mut common::interruptible(&["diff", "--format", "jsonl"]), b"", Signal::INT);
        assert_eq!((ran.code, &ran.summary()["interrupted"]), (3, &true.into()), "{ran:?}");
    }

    /// Under nohup the end of the terminal ends nothing, and other signals still leave a report.
    #[test]
    #[cfg(target_os = "linux")]
    fn signals_that_are_ignored_stay_ignored() {
        for (ignored, other) in [(Signal::HUP, Signal::TERM), (Signal::INT, Signal::HUP)] {
            let name = if ignored == Signal::HUP { "HUP" } else { "INT" };
            let mut command = Command::new("env");
            command.args(["--default-signal=INT,TERM,HUP", &format!("--ignore-signal={name}")]);
            command.args([env!("CARGO_BIN_EXE_scalr-detect"), "scan", "--format", "jsonl", "-"]);
            let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = piped.spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            // More than a pipe holds: by the time it is written, the program is reading.
            stdin.write_all(&vec![b'\n'; 1 << 20]).unwrap();
            let pid = Pid::from_child(&child);
            kill_process(pid, ignored).unwrap();
            stdin.write_all(&vec![b'\n'; 1 << 20]).unwrap();
            kill_process(pid, other).unwrap();
            let ran = Ran::of(child.wait_with_output().unwrap());
            drop(stdin);
            assert_eq!((ran.code, &ran.summary()["interrupted"]), (3, &true.into()), "{name}: {ran:?}");
        }
    }

    fn fifo(path: &Path) {
        mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    }

    #[test]
    fn links_are_followed_only_where_named() {
        let tree = Tree::new();
        let outside = Tree::new();
        outside.file("leak", token(1));
        tree.file("sub/clean", "x");
        symlink(outside.path().join("leak"), tree.path().join("sub/to-file")).unwrap();
        symlink(outside.path(), tree.path().join("sub/to-dir")).unwrap();
        symlink("..", tree.path().join("sub/up")).unwrap();
        symlink("loop", tree.path().join("sub/loop")).unwrap();
        symlink("nowhere", tree.path().join("sub/dangling")).unwrap();
        symlink("/dev/zero", tree.path().join("sub/zero")).unwrap();
        symlink("sub", tree.path().join("link")).unwrap();
        for root in ["sub", "link", "link/"] {
            let ran = scan(&tree, &[root]);
            assert_eq!((ran.code, ran.paths()), (0, vec![]), "{root}");
            assert_eq!(ran.summary()["skipped"]["symlink"]["units"], 6);
            assert_eq!(ran.summary()["units"], 1);
        }
        assert_eq!(scan(&tree, &["sub/to-file"]).paths(), ["sub/to-file"]);
        assert_eq!(scan(&tree, &["sub/to-dir"]).paths(), ["sub/to-dir/leak"]);
        for (path, reason) in
            [("sub/loop", "read-error"), ("sub/dangling", "not-found"), ("sub/zero", "special-file")]
        {
            let ran = scan(&tree, &[path]);
            assert_eq!((ran.code, &ran.summary()["skipped"][reason]["unread"]), (3, &1.into()), "{path}");
        }
    }

    #[test]
    fn only_regular_files_are_read() {
        let tree = Tree::new();
        tree.file("d/file", token(1));
        fifo(&tree.path().join("d/fifo"));
        let _socket = std::os::unix::net::UnixListener::bind(tree.path().join("d/socket")).unwrap();
        let ran = scan(&tree, &["d"]);
        assert_eq!(ran.paths(), ["d/file"]);
        let skipped = &ran.summary()["skipped"]["special-file"];
        assert_eq!(skipped["examples"], serde_json::json!(["d/fifo", "d/socket"]));
        assert_eq!(skipped["unread"], 0);
        let before = Instant::now();
        for path in ["d/fifo", "d/socket", "/dev/zero", "/dev/null"] {
            let ran = scan(&tree, &[path]);
            assert_eq!(ran.code, 3, "{path}");
            assert_eq!(ran.summary()["skipped"]["special-file"]["unread"], 1);
            assert!(ran.stderr.contains(&format!("{path}: not read: special-file")));
        }
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_may_not_be_read_leaves_the_scan_incomplete() {
        use std::os::unix::fs::PermissionsExt;
        let tree = Tree::new();
        tree.file("d/file", "x");
        tree.file("d/closed", "x");
        tree.file("d/dir/x", "x");
        let close = |path: &str, mode: u32| {
            fs::set_permissions(tree.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
        };
        close("d/closed", 0);
        close("d/dir", 0);
        // Who runs as root may read everything: then nothing is left out, and that is as it should be.
        let root = fs::read(tree.path().join("d/closed")).is_ok();
        for path in ["d", "d/closed", "d/dir"] {
            let ran = scan(&tree, &[path]);
            let expected = if root { 0 } else { 3 };
            assert_eq!((ran.code, ran.stderr.is_empty()), (expected, root), "{path}");
            assert_eq!(ran.summary()["skipped"]["permission"].is_null(), root);
        }
        close("d/dir", 0o755);
    }

    #[test]
    fn names_are_bytes() {
        let tree = Tree::new();
        let name = OsStr::from_bytes(b"caf\xe9 \x1b[31m\n");
        if fs::write(tree.path().join(name), token(1)).is_err() {
            // A file system that takes only Unicode.
            return;
        }
        let ran = scan(&tree, &[]);
        let found = &ran.findings()[0];
        assert_eq!(found["path"], "caf\u{fffd} \u{1b}[31m\n");
        assert_eq!(found["path_percent"], "caf%E9%20%1B%5B31m%0A");
        let ran = run(command(&["scan"]).current_dir(tree.path()));
        assert!(ran.stdout.starts_with("caf\u{fffd} ␛[31m␊:1:1: "), "{}", ran.stdout);
        let mut named = command(&["scan", "--format", "jsonl"]);
        assert_eq!(run(named.arg(name).current_dir(tree.path())).code, 1);
    }

    #[test]
    fn files_that_come_and_go() {
        let tree = Tree::new();
        fs::create_dir(tree.path().join("d")).unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Files, links and directories come and go, shrink and grow, as fast as they can.
            scope.spawn(|| {
                let mut i = 0u32;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    i += 1;
                    let path = tree.path().join(format!("d/{}", i % 50));
                    match i % 5 {
                        0 => drop(fs::write(&path, vec![b'x'; (i as usize * 977) % 1_200_000])),
                        1 => drop(fs::remove_file(&path)),
                        2 => drop(fs::create_dir(&path)),
                        3 => drop(fs::remove_dir(&path)),
                        _ => drop(symlink("/dev/zero", &path)),
                    }
                }
            });
            for _ in 0..10 {
                let ran = scan(&tree, &["-j4"]);
                let skipped = ran.summary()["skipped"].clone();
                let known = ["vanished", "symlink", "changed-while-read", "special-file", "read-error"];
                assert!(
                    skipped.as_object().unwrap().keys().all(|k| known.contains(&k.as_str())),
                    "{skipped}"
                );
                assert!([0, 3].contains(&ran.code), "{ran:?}");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    /// A file that always has more to give is left at a bound, and that is said.
    #[test]
    fn a_growing_file_ends() {
        let tree = Tree::new();
        let path = tree.path().join("log");
        fs::write(&path, vec![b'x'; 4 << 20]).unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut file = fs::File::options().append(true).open(&path).unwrap();
                let mut size = 0usize;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) && size < 1 << 30 {
                    size += file.write(&[b'x'; 1 << 16]).unwrap();
                }
            });
            let before = Instant::now();
            let ran = scan(&tree, &["log"]);
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(before.elapsed() < Duration::from_secs(30));
            assert_eq!((ran.code, &ran.summary()["units"]), (0, &1.into()));
        });
    }

    /// Pseudo-files say that they are empty.
    #[cfg(target_os = "linux")]
    #[test]
    fn files_that_say_they_are_empty_are_read() {
        let mut environ = command(&["scan", "/proc/self/environ", "--format", "jsonl"]);
        let ran = run(environ.env("SOME_TOKEN", token(1)));
        assert_eq!((ran.code, ran.paths()), (1, vec!["/proc/self/environ".to_owned()]));
        assert_eq!(ran.summary()["skipped"], serde_json::json!({}));
        // A file that root cannot read, either: what is written in "mem" begins at no readable address.
        let ran = run(&mut command(&["scan", "/proc/self/mem", "--format", "jsonl"]));
        assert_eq!((ran.code, &ran.summary()["skipped"]["read-error"]["unread"]), (3, &1.into()));
        assert_eq!(ran.summary()["units"], 0);
        assert!(ran.stderr.contains("/proc/self/mem: not read: read-error: "), "{}", ran.stderr);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_does_not_grow_with_the_input() {
        let tree = Tree::new();
        // More than fits, and takes no room on the disk.
        let file = fs::File::create(tree.path().join("sparse")).unwrap();
        file.set_len(64 << 20).unwrap();
        for i in 0..2000 {
            tree.file(&format!("many/{i}"), "x".repeat(i));
        }
        let mut child =
            command(&["scan", "-j2", "."]).current_dir(tree.path()).stdout(Stdio::null()).spawn().unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
            let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok());
            peak = peak.max(kib.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(peak > 0 && peak < (32 + 2 * 8) << 10, "{peak} KiB");
    }

    #[test]
    fn a_reader_that_goes_away_ends_the_scan_quietly() {
        let tree = Tree::new();
        for i in 0..2000 {
            tree.file(&format!("f{i}"), token(i).as_str());
        }
        for format in ["jsonl", "terminal"] {
            let mut child = command(&["scan", "--format", format])
                .current_dir(tree.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            drop(child.stdout.take());
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert_eq!((ran.code, &*ran.stderr), (1, ""));
        }
        let mut child =
            command(&["detectors"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, &*ran.stderr), (0, ""));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_report_that_cannot_be_written_is_an_error() {
        let tree = Tree::new();
        tree.file("f", token(1));
        for args in [&["scan", "f"][..], &["detectors"], &["explain", "scalr-api-token"]] {
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let output = command(args).current_dir(tree.path()).stdout(full).output().unwrap();
            let ran = Ran::of(output);
            assert_eq!(ran.code, 2, "{args:?}");
            assert!(ran.stderr.contains("cannot write the report"), "{}", ran.stderr);
        }
    }
}
