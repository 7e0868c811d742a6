//! What is known, allowed or not wanted: baselines, markers in the text, scalr-detect.toml.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Ran, Tree, command, run, token};

fn program(tree: &Tree, args: &[&str]) -> Ran {
    run(command(args).current_dir(tree.path()))
}

fn scan(tree: &Tree, args: &[&str]) -> Ran {
    program(tree, &[&["scan", "--format", "jsonl"], args].concat())
}

fn suppressed(ran: &Ran) -> (u64, u64, u64) {
    let summary = ran.summary();
    let n = |by: &str| summary["suppressed"][by].as_u64().unwrap();
    (n("baseline"), n("inline"), n("config"))
}

/// Lines of findings in one file.
fn lines(ran: &Ran) -> Vec<u64> {
    ran.findings().iter().map(|f| f["line"].as_u64().unwrap()).collect()
}

fn git(directory: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is missing: install it");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_marker_in_ten_languages() {
    // § is the secret. How many are left.
    for (name, text, left) in [
        ("a.py", "key = \"§\"  # scalr-detect:allow made up\n", 0),
        ("a.rs", "let key = \"§\"; // scalr-detect:allow made up\n", 0),
        ("a.c", "char *key = \"§\"; /* scalr-detect:allow made up */\n", 0),
        ("a.sql", "SELECT '§'; -- scalr-detect:allow made up\n", 0),
        ("a.xml", "<key>§</key> <!-- scalr-detect:allow made up -->\n", 0),
        ("a.vb", "key = \"§\" ' scalr-detect:allow made up\n", 0),
        ("a.ini", "key = § ; scalr-detect:allow made up\n", 0),
        ("a.tex", "\\def\\key{§} % scalr-detect:allow made up\n", 0),
        ("a.html.j2", "{# scalr-detect:allow made up #}\n<a key=\"§\">\n", 0),
        ("a.bat", "REM scalr-detect:allow made up\r\nset KEY=§\r\n", 0),
        ("a.go", "// scalr-detect:allow=scalr-api-token made up\nvar key = `§`\n", 0),
        ("a.json", "{\"//\": \"scalr-detect:allow made up\",\n \"key\": \"§\"}\n", 0),
        ("b.json", "{\"key\": \"§\", \"note\": \"scalr-detect:allow made up\"}\n", 0),
        ("c.json", "{\"note\": \"scalr-detect:allow made up\",\n \"key\": \"§\"}\n", 1),
        ("a.yaml", "# scalr-detect:allow=scalr-* made up\nkey: §\n", 0),
        ("a.yml", "key: § # scalr-detect:allow=github-*,scalr-api-token made up\n", 0),
        ("b.yml", "key: § # scalr-detect:allow=github-app-token made up\n", 1),
        ("c.yml", "# scalr-detect:allow\n\nkey: §\n", 1),
        ("d.yml", "a: b # scalr-detect:allow\nkey: §\n", 1),
        ("e.yml", "key: §\n# scalr-detect:allow\n", 1),
        ("f.yml", "key: § # scalr-detect:allowed\n", 1),
        ("g.yml", "key: §\nother: § # scalr-detect:allow\n", 1),
    ] {
        let tree = Tree::new();
        tree.file(name, text.replace('§', &token(1)));
        let all = text.matches('§').count();
        let ran = scan(&tree, &[name]);
        assert_eq!(ran.findings().len(), left, "{name}: {text}");
        assert_eq!(suppressed(&ran), (0, (all - left) as u64, 0), "{name}");
        assert_eq!(ran.code, i32::from(left > 0), "{name}");
        let ran = scan(&tree, &[name, "--no-markers"]);
        assert_eq!((ran.findings().len(), suppressed(&ran)), (all, (0, 0, 0)), "{name}");
    }
}

#[test]
fn markers_in_large_files_in_streams_and_in_utf16() {
    let tree = Tree::new();
    let allowed = format!("# scalr-detect:allow made up\nkey = {}\n", token(1));
    let padding = "x = 1\n".repeat(300_000);
    tree.file("large.txt", format!("{padding}{allowed}{padding}k = {}\n", token(2)));
    let ran = scan(&tree, &["large.txt"]);
    assert_eq!((ran.findings().len(), suppressed(&ran)), (1, (0, 1, 0)));
    for big in [false, true] {
        let text =
            format!("\u{feff}{allowed}k = {} # scalr-detect:allow made up\r\nk = {}\r\n", token(3), token(2));
        let units = text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() });
        tree.file("utf16.txt", units.collect::<Vec<u8>>());
        let ran = scan(&tree, &["utf16.txt"]);
        assert_eq!((lines(&ran), suppressed(&ran)), (vec![4], (0, 2, 0)), "{big}");
    }
    // Behind so many bytes nobody looks.
    for (distance, left) in [(3000, 0), (5000, 1)] {
        tree.file(
            "line.txt",
            format!("k = {} {} # scalr-detect:allow\n", token(1), "- ".repeat(distance / 2)),
        );
        assert_eq!(scan(&tree, &["line.txt"]).findings().len(), left, "{distance}");
    }
}

#[test]
fn a_private_key_is_allowed_at_its_first_or_last_line_or_before() {
    let body: String =
        (0..24).map(|i| format!("{}\n", &token(i)[40..104].replace(['.', '-', '_'], "A"))).collect();
    let kind = ["RSA", "PRIVATE KEY"].join(" ");
    for (before, first, last, left) in [
        ("", "", "", 1),
        ("# scalr-detect:allow made up\n", "", "", 0),
        ("", "", " # scalr-detect:allow made up", 0),
        ("x # scalr-detect:allow made up\n", "", "", 1),
        ("key = \"\"\" # scalr-detect:allow ", "", "", 0),
    ] {
        let tree = Tree::new();
        let text = format!("{before}-----BEGIN {kind}-----{first}\n{body}-----END {kind}-----{last}\n");
        tree.file("k.py", text);
        let ran = scan(&tree, &["--only", "private-key", "--min-confidence", "low"]);
        assert_eq!(ran.findings().len(), left, "{before:?} {last:?}: {ran:?}");
        assert_eq!(suppressed(&ran).1, 1 - left as u64);
    }
}

#[test]
fn what_is_wrong_with_a_marker_is_said() {
    for (marker, code, said) in [
        (
            "scalr-detect:allow=scalr-api-tokn x",
            1,
            "unknown detector \"scalr-api-tokn\": did you mean \"scalr-api-token\"?",
        ),
        ("scalr-detect:allow= x", 1, "names no detector"),
        ("scalr-detect:allow=scalr-api-token", 0, ""),
        ("scalr-detect:allow=nosuch,scalr-api-token x", 0, "unknown detector \"nosuch\""),
    ] {
        let tree = Tree::new();
        tree.file("a.py", format!("\nk = \"{}\" # {marker}\n", token(1)));
        let ran = scan(&tree, &["a.py"]);
        assert_eq!(ran.code, code, "{marker}: {ran:?}");
        assert!(said.is_empty() == ran.stderr.is_empty() && ran.stderr.contains(said), "{marker}: {ran:?}");
        assert!(said.is_empty() || ran.stderr.contains("a.py:2:"), "{ran:?}");
    }
    let tree = Tree::new();
    tree.file("scalr-detect.toml", "[inline]\nrequire-reason = true\n");
    tree.file("a.py", format!("k = \"{}\" # scalr-detect:allow\n", token(1)));
    let ran = scan(&tree, &["a.py"]);
    assert!(ran.code == 1 && ran.stderr.contains("without a reason"), "{ran:?}");
    tree.file("a.py", format!("k = \"{}\" # scalr-detect:allow=scalr-* the vendor's own\n", token(1)));
    assert_eq!(scan(&tree, &["a.py"]).code, 0);
}

#[test]
fn markers_of_other_tools_only_on_request() {
    let tree = Tree::new();
    for (i, marker) in
        ["gitleaks:allow", "betterleaks:allow", "pragma: allowlist secret", "ggignore", "trufflehog:ignore"]
            .iter()
            .enumerate()
    {
        tree.file(&format!("{i}.py"), format!("k = \"{}\" # {marker}\n", token(i)));
    }
    let left = |args: &[&str]| scan(&tree, args).paths();
    assert_eq!(left(&[]).len(), 5);
    for (tool, gone) in [
        ("gitleaks", &[0][..]),
        ("betterleaks", &[0, 1]),
        ("detect-secrets", &[2]),
        ("ggshield", &[3]),
        ("trufflehog", &[4]),
        ("gitleaks,detect-secrets", &[0, 2]),
    ] {
        let expected: Vec<String> = (0..5).filter(|i| !gone.contains(i)).map(|i| format!("{i}.py")).collect();
        assert_eq!(left(&["--markers", tool, "--no-config"]), expected, "{tool}");
        let list: Vec<String> = tool.split(',').map(|t| format!("\"{t}\"")).collect();
        tree.file("scalr-detect.toml", format!("[inline]\nmarkers = [{}]\n", list.join(", ")));
        assert_eq!(left(&[]), expected, "{tool}");
        // The flag wins.
        assert_eq!(left(&["--markers", "trufflehog"]), ["0.py", "1.py", "2.py", "3.py"]);
        assert_eq!(left(&["--no-markers"]).len(), 5);
    }
    let ran = scan(&tree, &["--markers", "gitleak"]);
    assert!(ran.code == 2 && ran.stderr.contains("gitleaks"), "{ran:?}");
}

#[test]
fn a_baseline_of_a_scan_suppresses_just_that_scan() {
    for seed in 0..8 {
        let tree = Tree::new();
        let mut used = Vec::new();
        for file in 0..5 {
            let mut text = String::new();
            for line in 0..(seed * 7 + file * 3) % 6 {
                // Some are in several places.
                used.push((seed * line + file) % 9);
                text += &format!("k{line} = \"{}\"\n", token((seed * line + file) % 9));
            }
            tree.file(&format!("d{}/f{file}.tf", file % 2), text);
        }
        let ran = program(&tree, &["baseline", "create", "--baseline", "known"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let text = fs::read_to_string(tree.path().join("known")).unwrap();
        assert!(text.lines().collect::<Vec<_>>().is_sorted() && text.lines().all(|l| l.len() > 32), "{text}");
        let ran = scan(&tree, &["--baseline", "known", "--report-unused"]);
        assert_eq!((ran.code, suppressed(&ran)), (0, (used.len() as u64, 0, 0)), "{ran:?}");
        assert_eq!(ran.summary()["baseline"]["unused"], 0);
        assert_eq!(scan(&tree, &[]).findings().len(), used.len());
        // Another secret is not in it, wherever it stands.
        tree.file("d0/new.tf", format!("k = \"{}\"; l = \"{}\"\n", token(100), token(0)));
        let ran = scan(&tree, &["--baseline", "known"]);
        assert_eq!((ran.code, ran.findings().len()), (1, if used.contains(&0) { 1 } else { 2 }));
        assert_eq!(
            (&ran.findings()[0]["path"], &ran.findings()[0]["column"]),
            (&"d0/new.tf".into(), &6.into())
        );
    }
}

#[test]
fn what_is_known_stays_known_when_it_moves_and_nothing_else_is() {
    let tree = Tree::new();
    let directory = tree.path();
    git(directory, &["init", "-q"]);
    tree.file("a.tf", format!("k = \"{}\"\n", token(1)));
    tree.file("b.tf", format!("k = \"{}\"\n", token(2)));
    assert_eq!(program(&tree, &["baseline", "create", "--baseline", "known"]).code, 0);
    git(directory, &["add", "."]);
    git(directory, &["commit", "-qm", "one"]);
    let left = || scan(&tree, &["--baseline", "known"]).paths();
    assert!(left().is_empty());
    // Lines move, files are renamed, the end of lines changes.
    tree.file("a.tf", format!("# a\r\n\r\n   key: {}\r\n", token(1)));
    git(directory, &["mv", "b.tf", "c.tf"]);
    assert!(left().is_empty());
    // Another secret in the same place.
    tree.file("a.tf", format!("# a\r\n\r\n   key: {}\r\n", token(3)));
    assert_eq!(left(), ["a.tf"]);
    let ran = program(&tree, &["baseline", "show", "--baseline", "known", "--format", "jsonl"]);
    let counts: Vec<&str> =
        ran.stdout.lines().map(|l| if l.contains("\"count\":0") { "0" } else { "1" }).collect();
    assert_eq!(counts.iter().filter(|c| **c == "0").count(), 1, "{ran:?}");
    // What people write stays; what is gone is pruned.
    let known = directory.join("known");
    let text = fs::read_to_string(&known).unwrap();
    fs::write(
        &known,
        format!("# ours\n{}", text.replace("scalr-api-token", "scalr-api-token  revoked in March")),
    )
    .unwrap();
    let ran = program(&tree, &["baseline", "update", "--baseline", "known"]);
    assert!(ran.code == 0 && ran.stderr.contains("1 added, 3 in all"), "{ran:?}");
    let ran = program(&tree, &["baseline", "prune", "--baseline", "known"]);
    assert!(ran.code == 0 && ran.stderr.contains("1 removed, 2 left"), "{ran:?}");
    let text = fs::read_to_string(&known).unwrap();
    assert!(text.starts_with("# ours\n") && text.matches("revoked in March").count() == 1, "{text}");
    assert!(left().is_empty());
    let before = text;
    assert_eq!(program(&tree, &["baseline", "update", "--baseline", "known"]).code, 0);
    assert_eq!(fs::read_to_string(&known).unwrap(), before);
}

#[test]
fn branches_that_add_secrets_merge() {
    let tree = Tree::new();
    let directory = tree.path();
    git(directory, &["init", "-q"]);
    tree.file(".gitattributes", "known merge=union\n");
    tree.file("base.tf", token(1));
    assert_eq!(program(&tree, &["baseline", "create", "--baseline", "known"]).code, 0);
    git(directory, &["add", "."]);
    git(directory, &["commit", "-qm", "base"]);
    for branch in ["left", "right"] {
        git(directory, &["checkout", "-qb", branch, "main"]);
        for i in 0..3 {
            tree.file(&format!("{branch}{i}.tf"), token(i * 2 + 10 + usize::from(branch == "left")));
        }
        assert_eq!(program(&tree, &["baseline", "update", "--baseline", "known"]).code, 0);
        git(directory, &["add", "."]);
        git(directory, &["commit", "-qm", branch]);
    }
    git(directory, &["merge", "-q", "-m", "merge", "left"]);
    let ran = scan(&tree, &["--baseline", "known"]);
    assert_eq!((ran.code, suppressed(&ran).0), (0, 7), "{ran:?}");
    assert_eq!(ran.summary()["baseline"]["unused"], 0);
}

#[test]
fn baselines_from_reports_of_other_commands() {
    let tree = Tree::new();
    tree.file("a.tf", token(1));
    tree.file("b.tf", format!("{} # scalr-detect:allow\n", token(2)));
    let report = scan(&tree, &["--show-suppressed"]).stdout;
    assert_eq!(report.lines().count(), 3);
    tree.file("report.jsonl", &report);
    let ran = program(&tree, &["baseline", "create", "--baseline", "known", "--from", "report.jsonl"]);
    assert!(ran.code == 0 && ran.stderr.contains("1 added"), "{ran:?}");
    assert_eq!(scan(&tree, &["--baseline", "known"]).code, 0);
    // A report that was cut off does not prune.
    tree.file("report.jsonl", "");
    let ran = program(&tree, &["baseline", "prune", "--baseline", "known", "--from", "report.jsonl"]);
    assert!(ran.code == 3 && ran.stderr.contains("left as it is"), "{ran:?}");
    tree.file("report.jsonl", "{\"x\":1}\n");
    let ran = program(&tree, &["baseline", "update", "--baseline", "known", "--from", "report.jsonl"]);
    assert!(ran.code == 2 && ran.stderr.contains("line 1: no finding"), "{ran:?}");
}

#[test]
fn mistakes_with_baselines() {
    let tree = Tree::new();
    tree.file("a.tf", token(1));
    let hex = "0123456789abcdef".repeat(2);
    for (text, said) in [
        (format!("{hex}\n<<<<<<< HEAD\n"), "line 2: an unresolved merge"),
        (format!("{}\n", token(5)), "line 1: not a fingerprint"),
        ("\0\0\0".to_owned(), "line 1: not a fingerprint"),
        ("x".repeat((4 << 20) + 1), "larger than"),
    ] {
        tree.file("known", &text);
        for args in [&["scan"][..], &["baseline", "update"], &["baseline", "prune"], &["baseline", "show"]] {
            let ran = program(&tree, &[args, &["--baseline", "known"]].concat());
            assert!(ran.code == 2 && ran.stderr.contains(said), "{args:?}: {ran:?}");
            assert!(ran.stdout.is_empty() && !ran.stderr.contains(&token(5)[60..100]));
        }
    }
    let ran = scan(&tree, &["--baseline", "nosuch"]);
    assert!(ran.code == 2 && ran.stderr.contains("baseline create"), "{ran:?}");
    let ran = program(&tree, &["baseline", "create", "--baseline", "known"]);
    assert!(ran.code == 2 && ran.stderr.contains("baseline update"), "{ran:?}");
    // Something could not be read: nothing is pruned.
    tree.file("known", format!("{hex}\n"));
    let ran = program(&tree, &["baseline", "prune", "--baseline", "known", ".", "nosuch"]);
    assert!(
        ran.code == 3 && fs::read_to_string(tree.path().join("known")).unwrap().contains(&hex),
        "{ran:?}"
    );
}

#[test]
fn what_is_not_needed_is_said_on_request() {
    let tree = Tree::new();
    let hex = "0123456789abcdef".repeat(2);
    tree.file("known", format!("{hex}  old one\n"));
    tree.file("a.py", format!("x = 1 # scalr-detect:allow\nk = \"{}\" # scalr-detect:allow\n", token(1)));
    tree.file("b.py", "# scalr-detect:allow=scalr-*\n");
    let args = ["--baseline", "known"];
    let ran = scan(&tree, &args);
    assert!(ran.code == 0 && ran.stderr.is_empty(), "{ran:?}");
    assert_eq!(ran.summary()["baseline"], serde_json::json!({ "entries": 1, "unused": 1 }));
    let ran = scan(&tree, &[&args[..], &["--report-unused"]].concat());
    assert_eq!((ran.code, ran.findings().len()), (0, 0));
    for said in [&format!("{hex} of the baseline: old one"), "a.py:1: `scalr-detect:allow`", "b.py:1:"] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert_eq!(ran.stderr.lines().count(), 3);
    assert_eq!(scan(&tree, &[&args[..], &["--fail-on-unused"]].concat()).code, 1);
    tree.file("known", "");
    fs::remove_file(tree.path().join("b.py")).unwrap();
    tree.file("a.py", format!("k = \"{}\" # scalr-detect:allow\n", token(1)));
    let ran = scan(&tree, &[&args[..], &["--fail-on-unused", "--only", "scalr-*"]].concat());
    assert!(ran.code == 0 && ran.stderr.is_empty(), "{ran:?}");
}

#[test]
fn paths_of_the_configuration() {
    for (config, args, left, skipped) in [
        ("exclude = [\"vendor/\"]", &[][..], &["src/a.tf", "src/deep/b.tf", "top.tf"][..], 1),
        ("exclude = [\"vendor/\"]", &["."], &["./src/a.tf", "./src/deep/b.tf", "./top.tf"], 1),
        ("exclude = [\"/src/a.tf\"]", &["src"], &["src/deep/b.tf"], 1),
        ("exclude = [\"/src/a.tf\"]", &["src/a.tf", "top.tf"], &["top.tf"], 1),
        ("exclude = [\"a.tf\", \"!src/a.tf\"]", &["src"], &["src/a.tf", "src/deep/b.tf"], 0),
        ("exclude = [\"*.tf\"]\ninclude = [\"src/\"]", &["src/a.tf"], &[], 1),
        ("include = [\"src/\"]", &[], &["src/a.tf", "src/deep/b.tf"], 3),
        ("include = [\"/src/*/b.tf\"]", &["src", "top.tf"], &["src/deep/b.tf"], 2),
        ("exclude = [\"src/**/b.tf\"]", &["src/deep/../deep"], &[], 1),
    ] {
        let tree = Tree::new();
        for (i, file) in ["src/a.tf", "src/deep/b.tf", "vendor/v.tf", "top.tf"].into_iter().enumerate() {
            tree.file(file, token(i));
        }
        tree.file("scalr-detect.toml", format!("[paths]\n{config}\n"));
        for threads in ["-j1", "-j4"] {
            let ran = scan(&tree, &[&[threads], args].concat());
            assert_eq!(ran.paths(), left, "{config} {args:?}");
            let units = ran.summary()["skipped"]["excluded"]["units"].as_u64().unwrap_or(0);
            assert_eq!(units, skipped, "{config} {args:?}: {ran:?}");
        }
        // From a directory below, and by an absolute path.
        let inside = run(command(&["scan", "--format", "jsonl", ".."]).current_dir(tree.path().join("src")));
        let outside = scan(&tree, &[tree.path().to_str().unwrap()]);
        assert_eq!(inside.findings().len(), outside.findings().len(), "{config}");
        assert_eq!(scan(&tree, &["--no-config", "."]).findings().len(), 4);
    }
}

#[test]
fn nothing_left_to_scan_is_a_mistake_unless_files_were_named() {
    let tree = Tree::new();
    tree.file("a.tf", token(1));
    tree.file("scalr-detect.toml", "[paths]\nexclude = [\"*\"]\n");
    let ran = scan(&tree, &[]);
    assert!(ran.code == 3 && ran.summary()["skipped"]["nothing-scanned"]["unread"] == 1, "{ran:?}");
    let ran = scan(&tree, &["a.tf"]);
    assert!(ran.code == 0 && ran.summary()["skipped"]["excluded"]["units"] == 1, "{ran:?}");
    assert_eq!(ran.summary()["config"], "scalr-detect.toml");
}

#[test]
fn detectors_and_confidences_of_the_configuration() {
    // A finding of each confidence but low: `scalr-api-token` is checked, a password in an assignment is medium.
    let password = ["db_password = \"", "vR7pq", "Zk2wT9x", "\"\n"].concat();
    for (config, flags, left, by_config) in [
        ("", &[][..], 2, 0),
        ("min-confidence = \"checked\"", &[], 1, 1),
        ("min-confidence = \"checked\"", &["--min-confidence", "medium"], 2, 0),
        ("min-confidence = \"low\"", &["--min-confidence", "checked"], 1, 0),
        ("[detectors]\nonly = [\"scalr-*\"]", &[], 1, 1),
        ("[detectors]\nexcept = [\"scalr-api-token\"]", &[], 1, 1),
        ("[detectors]\nexcept = [\"scalr-*\", \"generic-*\"]", &[], 0, 2),
        ("[detectors]\nexcept = [\"scalr-*\"]", &["--only", "scalr-*"], 1, 0),
        ("[detectors]\nexcept = [\"scalr-*\"]", &["--except", "generic-*"], 0, 1),
        ("[[override]]\npaths = [\"a.*\"]\nmin-confidence = \"checked\"", &[], 1, 1),
        ("[[override]]\npaths = [\"b.*\"]\nmin-confidence = \"checked\"", &[], 2, 0),
        ("[[override]]\npaths = [\"a.*\"]\nexcept = [\"scalr-*\"]", &[], 1, 1),
        ("[[override]]\npaths = [\"a.*\"]\nonly = [\"scalr-*\"]", &[], 1, 1),
        // The last that says something decides.
        (
            "[[override]]\npaths = [\"*\"]\nmin-confidence = \"checked\"\n[[override]]\npaths = [\"a.py\"]\nmin-confidence = \"low\"",
            &[],
            2,
            0,
        ),
        (
            "min-confidence = \"checked\"\n[[override]]\npaths = [\"a.py\"]\nmin-confidence = \"medium\"",
            &[],
            2,
            0,
        ),
    ] {
        let tree = Tree::new();
        tree.file("a.py", format!("{password}key = \"{}\"\n", token(1)));
        tree.file("scalr-detect.toml", config);
        let ran = scan(&tree, &[&["a.py"], flags].concat());
        assert_eq!(
            (ran.findings().len(), suppressed(&ran)),
            (left, (0, 0, by_config)),
            "{config} {flags:?}: {ran:?}"
        );
        let ran = scan(&tree, &[&["a.py", "--show-suppressed"], flags].concat());
        assert_eq!(ran.findings().len() as u64, left as u64 + by_config, "{config}");
        assert_eq!(ran.code, i32::from(left > 0));
        let quiet = program(&tree, &[&["scan", "-q", "a.py"], flags].concat());
        assert_eq!(quiet.code, i32::from(left > 0), "{config}");
        assert_eq!(suppressed(&scan(&tree, &["a.py", "--no-config"])), (0, 0, 0));
    }
}

#[test]
fn detectors_of_ones_own_in_the_configuration() {
    let detector = "id = \"acme-cloud-key\"\nname = \"Acme key\"\nkind = \"prefixed\"\nseverity = \"high\"\n\
        token = 'acmecloud_[0-9A-Za-z]{32}'\nremediation = \"Revoke it.\"\nimpact = \"All.\"\n\
        hit = ['a=«acmecloud_{base62:32}»', 'b: «acmecloud_{base62:32}»']\n\
        miss = [{ text = 'acmecloud_{base62:20}', why = \"truncated\" }]\n";
    let secret = format!("acmecloud_{}", &token(1).replace(['.', '-', '_'], "x")[60..92]);
    for (config, file) in [
        (format!("[[detectors.custom]]\n{detector}"), String::new()),
        (
            "[detectors]\nfiles = [\"ci/own.toml\"]\n".to_owned(),
            format!("provider = \"Acme\"\n[[detector]]\n{detector}"),
        ),
    ] {
        let tree = Tree::new();
        tree.file("scalr-detect.toml", &config);
        tree.file("ci/own.toml", &file);
        tree.file("a.txt", format!("k: {secret}\n"));
        let ran = scan(&tree, &["a.txt"]);
        assert_eq!(ran.findings().len(), 1, "{ran:?}");
        assert_eq!(ran.findings()[0]["detector"], "acme-cloud-key");
        // Known to markers and to the rest of the configuration.
        tree.file("a.txt", format!("k: {secret} # scalr-detect:allow=acme-* made up\n"));
        let ran = scan(&tree, &["a.txt"]);
        assert!(ran.code == 0 && ran.stderr.is_empty(), "{ran:?}");
        tree.file(
            "scalr-detect.toml",
            format!("{config}[[override]]\npaths=[\"*\"]\nexcept=[\"acme-cloud-key\"]\n"),
        );
        assert_eq!(program(&tree, &["config", "check"]).code, 0);
        assert_eq!(suppressed(&scan(&tree, &["a.txt"])), (0, 0, 1));
    }
    let tree = Tree::new();
    tree.file("scalr-detect.toml", "[[detectors.custom]]\nid = \"acme-key\"\ncolour = 1\n");
    let ran = program(&tree, &["config", "check"]);
    assert!(ran.code == 2 && ran.stderr.contains("scalr-detect.toml:1: detectors.custom"), "{ran:?}");
    tree.file("scalr-detect.toml", "[detectors]\nfiles = [\"nosuch.toml\"]\n");
    let ran = program(&tree, &["config", "check"]);
    assert!(ran.code == 2 && ran.stderr.contains("nosuch.toml, which scalr-detect.toml names"), "{ran:?}");
}

#[test]
fn every_mistake_of_a_configuration_ends_with_code_2() {
    for (config, said) in [
        ("[path]\nx = 1", &["scalr-detect.toml:1:2: unknown key `path`: did you mean `paths`?"][..]),
        ("a = 1\nb = 2", &["toml:1:1: unknown key `a`", "toml:2:1: unknown key `b`"]),
        (
            "[detectors]\nexcept = [\"scalr-api-tokn\"]",
            &["toml:2: unknown detector \"scalr-api-tokn\": did you mean"],
        ),
        ("[[override]]\npaths = [\"x\"]\nonly = [\"nosuch-*\"]", &["toml:1: unknown detector \"nosuch-*\""]),
        ("[paths]\nexclude = ['src\\tests']", &["toml:2:12: write / between names, on Windows too"]),
        ("baseline = \"../b\"", &["toml:1:12: must be a file at or below"]),
        ("baseline = \"nosuch\"", &["cannot read the baseline", "baseline create"]),
        ("min-confidence = \"hihg\"", &["did you mean `high`?"]),
        ("= 1", &["toml:1:1: not TOML"]),
    ] {
        let tree = Tree::new();
        tree.file("a.tf", token(1));
        tree.file("scalr-detect.toml", config);
        for args in [&["scan"][..], &["config", "check"], &["config", "check", "scalr-detect.toml"]] {
            let ran = program(&tree, args);
            assert_eq!((ran.code, &*ran.stdout), (2, ""), "{config} {args:?}: {ran:?}");
            for said in said {
                assert!(ran.stderr.contains(said), "{config} {args:?}: {ran:?}");
            }
        }
        assert_eq!(scan(&tree, &["--no-config"]).code, 1);
    }
}

#[test]
fn the_nearest_configuration_and_the_named_one() {
    let tree = Tree::new();
    let directory = tree.path();
    fs::create_dir_all(directory.join("r/.git")).unwrap();
    tree.file("scalr-detect.toml", "[paths]\nexclude = [\"*\"]\n");
    tree.file("r/scalr-detect.toml", "[detectors]\nexcept = [\"scalr-*\"]\n");
    tree.file("r/in/scalr-detect.toml", "");
    tree.file("r/in/a.tf", token(1));
    tree.file("r/out/a.tf", token(1));
    tree.file("named.toml", "[paths]\nexclude = [\"/out/\"]\n");
    for (args, environment, left) in [
        (&["r/out"][..], "", 0),
        (&["r/in"], "", 1),
        (&["r/out/a.tf"], "", 0),
        // What both lie in, and nothing below it.
        (&["r/in", "r/out"], "", 0),
        (&["r/out", "--no-config"], "", 1),
        (&["r", "--config", "named.toml"], "", 1),
        (&["r"], "named.toml", 1),
        (&["r", "--no-config"], "named.toml", 2),
        (&["r", "--config", "r/in/scalr-detect.toml"], "named.toml", 2),
    ] {
        let mut command = command(&[&["scan", "--format", "jsonl"], args].concat());
        let ran = run(command.current_dir(directory).env("SCALR_DETECT_CONFIG", environment));
        assert_eq!(ran.findings().len(), left, "{args:?} {environment}: {ran:?}");
    }
    let ran = run(command(&["scan", "r"]).current_dir(directory).env("SCALR_DETECT_CONFIG", "nosuch"));
    assert!(ran.code == 2 && ran.stderr.contains("nosuch"), "{ran:?}");
    // Standard input has no path; the rest holds.
    let ran = program(&tree, &["scan", "-", "--format", "jsonl"]);
    assert_eq!(ran.summary()["config"], "scalr-detect.toml");
}

#[test]
fn what_is_settled_is_shown_with_its_place() {
    let tree = Tree::new();
    tree.file("scalr-detect.toml", "min-confidence = \"high\"\n[paths]\nexclude = [\"vendor/\"]\n[[override]]\npaths = [\"t/\"]\nexcept = [\"generic-*\"]\n");
    let setting = |args: &[&str], name: &str| -> (serde_json::Value, String) {
        let ran = program(&tree, &[&["config", "show", "--format", "jsonl"], args].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let lines = ran.stdout.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        let line = lines.into_iter().find(|l| l["setting"] == name).unwrap();
        (line["value"].clone(), line["from"].as_str().unwrap().to_owned())
    };
    for (args, name, value, from) in [
        (&[][..], "configuration", serde_json::json!("scalr-detect.toml"), "the nearest"),
        (&["--no-config"], "configuration", serde_json::json!(null), "--no-config"),
        (&[], "min-confidence", serde_json::json!("high"), "scalr-detect.toml:1"),
        (&["--no-config"], "min-confidence", serde_json::json!("medium"), "default"),
        (&["--min-confidence", "low"], "min-confidence", serde_json::json!("low"), "--min-confidence"),
        (&[], "paths.exclude", serde_json::json!(["vendor/"]), "scalr-detect.toml:3"),
        (&["--except", "aws-*"], "detectors.except", serde_json::json!(["aws-*"]), "--except"),
        (&["--markers", "gitleaks"], "inline.markers", serde_json::json!(["gitleaks"]), "--markers"),
        (&["--no-markers"], "inline", serde_json::json!(false), "--no-markers"),
    ] {
        assert_eq!(setting(args, name), (value, from.to_owned()), "{args:?} {name}");
    }
    assert_eq!(setting(&[], "override").0["except"][0], "generic-*");
    let ran = program(&tree, &["config", "show"]);
    assert!(ran.stdout.contains("paths.exclude           vendor/  (scalr-detect.toml:3)\n"), "{ran:?}");
    assert!(ran.stdout.contains("except generic-*; paths t/  (scalr-detect.toml:4)\n"), "{ran:?}");
    let tree = Tree::new();
    let ran = program(&tree, &["config", "check"]);
    assert!(ran.code == 2 && ran.stderr.contains("there is no scalr-detect.toml"), "{ran:?}");
}

#[test]
fn explain_says_what_decided() {
    let tree = Tree::new();
    tree.file("scalr-detect.toml", "baseline = \"known\"\n[paths]\nexclude = [\"vendor/\"]\n[[override]]\npaths = [\"t/\"]\nexcept = [\"scalr-*\"]\n");
    for (i, file) in ["known.tf", "vendor/a.tf", "t/a.tf", "plain.tf", "marked.tf"].into_iter().enumerate() {
        tree.file(
            file,
            format!("k = \"{}\"{}\n", token(i), if i == 4 { " # scalr-detect:allow made up" } else { "" }),
        );
    }
    tree.file("known", "");
    assert_eq!(program(&tree, &["baseline", "update", "known.tf"]).code, 0);
    for (at, said) in [
        ("known.tf:1", "baseline: entry"),
        ("vendor/a.tf:1", "config: scalr-detect.toml: line 3: `paths.exclude` has `vendor/`"),
        ("t/a.tf:1", "config: scalr-detect.toml: line 4: `except` of the override for `t/` has `scalr-*`"),
        ("marked.tf:1", "inline: `scalr-detect:allow` in line 1: made up"),
        ("plain.tf:1", ""),
    ] {
        let ran = program(&tree, &["explain", "--at", at]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let expected = if said.is_empty() { 0 } else { 1 };
        assert_eq!(ran.stdout.matches("not reported, because of").count(), expected, "{ran:?}");
        assert!(ran.stdout.contains(said), "{at}: {ran:?}");
        let ran = program(&tree, &["explain", "--at", at, "--no-config", "--no-markers"]);
        assert!(!ran.stdout.contains("not reported"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn hostile_configurations() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new();
    let directory = tree.path();
    tree.file("r/a.tf", token(1));
    tree.file("outside.toml", format!("secret = \"{}\"\n", token(7)));
    fs::create_dir(directory.join("r/.git")).unwrap();
    let config = directory.join("r/scalr-detect.toml");
    let secret = token(7);
    type Make<'a> = &'a dyn Fn();
    let cases: [(Make<'_>, &str); 9] = [
        (&|| fs::write(&config, "#".repeat((256 << 10) + 1)).unwrap(), "larger than"),
        (&|| fs::write(&config, format!("a = {}", "[".repeat(1 << 17))).unwrap(), "not TOML"),
        (&|| fs::write(&config, format!("[{}]", vec!["a"; 1 << 16].join("."))).unwrap(), "not TOML"),
        (&|| fs::write(&config, b"# caf\xe9\n").unwrap(), "not UTF-8"),
        (&|| symlink("/dev/zero", &config).unwrap(), "out of the tree"),
        (&|| symlink("../outside.toml", &config).unwrap(), "out of the tree"),
        (
            &|| {
                let mode = rustix::fs::Mode::RUSR;
                rustix::fs::mknodat(rustix::fs::CWD, &config, rustix::fs::FileType::Fifo, mode, 0).unwrap();
            },
            "not a regular file",
        ),
        (&|| fs::write(&config, format!("x = \"{secret}\n")).unwrap(), "not TOML"),
        (&|| fs::write(&config, format!("\"{secret}\" = 1\n")).unwrap(), "unknown key"),
    ];
    for (make, said) in cases {
        let _ = fs::remove_file(&config);
        make();
        let ran = run(command(&["scan", "r"]).current_dir(directory));
        assert!(ran.code == 2 && ran.stderr.contains(said), "{said}: {}", ran.stderr);
        assert!(ran.stderr.len() < 2000, "{}", ran.stderr);
        assert!(!(0..120).any(|i| ran.stderr.contains(&secret[i..i + 12])), "{}", ran.stderr);
        assert_eq!(run(command(&["scan", "-q", "--no-config", "r/a.tf"]).current_dir(directory)).code, 1);
    }
    // What a configuration names must lie in its tree, links included.
    let _ = fs::remove_file(&config);
    symlink("../outside.toml", directory.join("r/link")).unwrap();
    symlink("/dev/zero", directory.join("r/zero")).unwrap();
    for text in ["baseline = \"link\"", "baseline = \"zero\"", "[detectors]\nfiles = [\"link\"]"] {
        fs::write(&config, text).unwrap();
        let ran = run(command(&["scan", "r"]).current_dir(directory));
        assert!(ran.code == 2 && ran.stderr.contains("out of the tree"), "{text}: {ran:?}");
    }
    // A file of the tree that is no detector file is not shown.
    tree.file("r/.env", format!("KEY={secret}\n"));
    fs::write(&config, "[detectors]\nfiles = [\".env\"]").unwrap();
    let ran = run(command(&["scan", "r"]).current_dir(directory));
    assert!(ran.code == 2 && !ran.stderr.contains(&secret[60..80]), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_configuration_of_another_user_is_not_obeyed() {
    if !rustix::process::geteuid().is_root() {
        // Only root can give a file away. Whose a file is, is tested for everybody in scalr-detect-triage.
        return;
    }
    let tree = Tree::new();
    tree.file("a.tf", token(1));
    tree.file("scalr-detect.toml", "[detectors]\nexcept = [\"scalr-*\"]\n");
    assert_eq!(scan(&tree, &[]).code, 0);
    let config = tree.path().join("scalr-detect.toml");
    rustix::fs::chown(&config, Some(rustix::process::Uid::from_raw(12345)), None).unwrap();
    let ran = scan(&tree, &[]);
    assert!(ran.code == 1 && ran.stderr.contains("belongs to another user"), "{ran:?}");
    assert_eq!(scan(&tree, &["--config", "scalr-detect.toml"]).code, 0);
}

#[test]
fn what_people_say_is_shown_without_secrets() {
    let tree = Tree::new();
    let neighbour = token(9);
    tree.file("a.py", format!("k = \"{}\" # scalr-detect:allow not {neighbour}\n", token(1)));
    tree.file("known", "");
    assert_eq!(program(&tree, &["baseline", "update", "--baseline", "known", "--no-markers"]).code, 0);
    let known = fs::read_to_string(tree.path().join("known")).unwrap();
    tree.file("known", known.replace("scalr-api-token", &neighbour));
    for args in [
        &["scan", "--show-suppressed"][..],
        &["scan", "--show-suppressed", "--format", "jsonl", "--baseline", "known", "--no-markers"],
        &["scan", "--baseline", "known", "--report-unused", "-q"],
        &["explain", "--at", "a.py:1"],
        &["explain", "--at", "a.py:1", "--baseline", "known", "--no-markers"],
        &["baseline", "show", "--baseline", "known"],
        &["baseline", "show", "--baseline", "known", "--format", "jsonl"],
    ] {
        let ran = program(&tree, args);
        assert!(ran.code < 2, "{ran:?}");
        let shown = ran.stdout + &ran.stderr;
        assert!(
            !shown.contains(&neighbour[60..80]) && !shown.contains(&token(1)[60..80]),
            "{args:?}: {shown}"
        );
    }
}

#[test]
fn the_history_of_a_repository_obeys_the_same() {
    let tree = Tree::new();
    let directory = tree.path();
    git(directory, &["init", "-q"]);
    // In the history only: known, allowed, excluded, in two places of which one is excluded, and just there.
    let files = [
        ("known.tf", token(1), ""),
        ("allowed.tf", token(2), " # scalr-detect:allow made up"),
        ("vendor/v.tf", token(3), ""),
        ("vendor/w.tf", token(4), ""),
        ("copy/w.tf", token(4), ""),
        ("src/a.tf", token(5), ""),
    ];
    for (path, secret, behind) in &files {
        tree.file(path, format!("k = {secret}{behind}\n"));
    }
    tree.file("scalr-detect.toml", "[paths]\nexclude = [\"/vendor/\"]\n");
    tree.file("sub/other.txt", "nothing\n");
    assert_eq!(program(&tree, &["baseline", "create", "--baseline", "known", "known.tf"]).code, 0);
    git(directory, &["add", "."]);
    git(directory, &["commit", "-qm", "one"]);
    for (path, ..) in &files {
        git(directory, &["rm", "-q", path]);
    }
    git(directory, &["commit", "-qm", "two"]);
    let history = |directory: &Path, args: &[&str]| {
        run(command(&[&["git", "--format", "jsonl"], args].concat()).current_dir(directory))
    };
    for place in [directory.to_owned(), directory.join("sub")] {
        let known = directory.join("known");
        let ran = history(&place, &["--baseline", known.to_str().unwrap()]);
        let mut left: Vec<String> = ran.paths();
        left.iter_mut().for_each(|path| *path = path.replace("vendor/w.tf", "copy/w.tf"));
        assert_eq!(left, ["copy/w.tf", "src/a.tf"], "{ran:?}");
        assert_eq!(suppressed(&ran), (1, 1, 1));
        assert_eq!(history(&place, &["--no-config", "--no-markers"]).findings().len(), 5);
    }
}

#[test]
fn the_exit_code_of_a_history_depends_on_all_places() {
    for (files, code) in
        [(&["vendor/w.tf"][..], 0), (&["vendor/w.tf", "copy/w.tf"], 1), (&["a/w.tf", "vendor/w.tf"], 1)]
    {
        let tree = Tree::new();
        let directory = tree.path();
        git(directory, &["init", "-q"]);
        files.iter().for_each(|file| tree.file(file, token(4)));
        tree.file("scalr-detect.toml", "[paths]\nexclude = [\"/vendor/\"]\n");
        git(directory, &["add", "."]);
        git(directory, &["commit", "-qm", "one"]);
        for args in [&["git"][..], &["git", "-q"]] {
            assert_eq!(program(&tree, args).code, code, "{files:?} {args:?}");
        }
    }
}

#[test]
fn what_is_staged_or_in_a_diff_obeys_the_same() {
    let tree = Tree::new();
    let directory = tree.path();
    git(directory, &["init", "-q"]);
    tree.file("scalr-detect.toml", "[paths]\nexclude = [\"/vendor/\"]\n");
    git(directory, &["add", "."]);
    git(directory, &["commit", "-qm", "one"]);
    tree.file("vendor/v.tf", format!("k = {}\n", token(1)));
    tree.file("allowed.tf", format!("k = {} # scalr-detect:allow made up\n", token(2)));
    git(directory, &["add", "."]);
    for (secret, code) in [(None, 0), (Some(3), 1)] {
        if let Some(number) = secret {
            tree.file("src/a.tf", format!("k = {}\n", token(number)));
            git(directory, &["add", "."]);
        }
        let diff =
            Command::new("git").args(["diff", "--cached"]).current_dir(directory).output().unwrap().stdout;
        tree.file(".git/diff", diff);
        for args in [&["staged"][..], &["staged", "-q"], &["diff", ".git/diff"], &["diff", "-q", ".git/diff"]]
        {
            for place in [directory.to_owned(), directory.join("vendor")] {
                let args: Vec<String> = args
                    .iter()
                    .map(|a| a.replace(".git", directory.join(".git").to_str().unwrap()))
                    .collect();
                let args: Vec<&str> = args.iter().map(String::as_str).chain(["--format", "jsonl"]).collect();
                let ran = run(command(&args).current_dir(place));
                assert_eq!(ran.code, code, "{args:?}: {ran:?}");
                if !args.contains(&"-q") {
                    assert_eq!(suppressed(&ran), (0, 1, 1), "{args:?}: {ran:?}");
                }
            }
        }
    }
}

#[test]
fn the_configuration_of_the_documentation_is_right() {
    let document = include_str!("../../../docs/triage.md");
    let config = document.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let tree = Tree::new();
    tree.file("scalr-detect.toml", config);
    tree.file("secrets.baseline", "");
    let detector = config.split("[[detectors.custom]]").nth(1).unwrap().split("\n\n").next().unwrap();
    let detector =
        detector.split_once('\n').unwrap().1.replace("acme-key", "acme-other").replace("acme_", "acmo_");
    tree.file("ci/detectors.toml", format!("provider = \"Acme\"\n[[detector]]\n{detector}"));
    let ran = program(&tree, &["config", "check"]);
    assert!(ran.code == 0 && ran.stderr.contains("nothing is wrong"), "{ran:?}");
}
