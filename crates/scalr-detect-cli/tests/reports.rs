//! Reports of a scan as a user meets them: several at once, in files and on standard output.

mod common;

use std::fs;
use std::path::Path;

use common::{Ran, Tree, command, run, token};
use serde_json::Value;

/// Every form, and a name of a file for it.
const FORMS: [(&str, &str); 11] = [
    ("terminal", "out/report.txt"),
    ("json", "out/report.json"),
    ("jsonl", "out/report.jsonl"),
    ("sarif", "out/report.sarif"),
    ("gitlab", "out/gitlab.json"),
    ("bitbucket", "out/bitbucket.json"),
    ("bitbucket-dc", "out/dc.json"),
    ("junit", "out/junit.xml"),
    ("csv", "out/report.csv"),
    ("github", "out/github.txt"),
    ("html", "out/report.html"),
];

fn scan(tree: &Tree, args: &[&str]) -> Ran {
    let mut command = command(&["scan"]);
    // What the system that the tests run on says is not to be in the reports.
    for name in [
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "BITBUCKET_BUILD_NUMBER",
        "CIRCLECI",
        "TF_BUILD",
        "DRONE",
        "BUILDKITE",
        "TRAVIS",
        "JENKINS_URL",
        "GITHUB_STEP_SUMMARY",
    ] {
        command.env_remove(name);
    }
    run(command.args(args).current_dir(tree.path()))
}

fn read(tree: &Tree, path: &str) -> String {
    fs::read_to_string(tree.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn json(tree: &Tree, path: &str) -> Value {
    serde_json::from_str(&read(tree, path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A tree with four findings of three secrets.
fn leaks() -> Tree {
    let tree = Tree::new();
    tree.file("src/a.tf", format!("a = \"{}\"\nb = \"{}\"\n", token(1), token(2)));
    tree.file("src/b c.env", format!("TOKEN={}\n", token(1)));
    tree.file("src/d.py", format!("\n\n  é = '{}'\n", token(3)));
    tree.file("src/clean", "nothing\n");
    fs::create_dir(tree.path().join("out")).unwrap();
    tree
}

fn all_forms(target: impl Fn(&str, &str) -> String) -> Vec<String> {
    FORMS.iter().flat_map(|(form, file)| ["-o".to_owned(), target(form, file)]).collect()
}

#[test]
fn all_forms_of_one_scan_agree() {
    let tree = leaks();
    let args = all_forms(|form, file| format!("{form}={file}"));
    let args: Vec<&str> = ["src", "-j3"].into_iter().chain(args.iter().map(String::as_str)).collect();
    for _ in 0..2 {
        let ran = scan(&tree, &args);
        assert_eq!((ran.code, &*ran.stdout), (1, ""), "{ran:?}");
        assert!(ran.stderr.starts_with("scalr-detect: 4 findings; written: "), "{}", ran.stderr);
        let jsonl: Vec<Value> =
            read(&tree, "out/report.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(jsonl.len(), 5);
        let document = json(&tree, "out/report.json");
        let secrets = document["findings"].as_array().unwrap();
        assert_eq!(secrets.len(), 3);
        let places: usize = secrets.iter().map(|s| s["occurrences"].as_array().unwrap().len()).sum();
        assert_eq!(places, 4);
        assert_eq!(document["summary"]["findings"]["total"], 4);
        let results = &json(&tree, "out/report.sarif")["runs"][0]["results"];
        assert_eq!(results.as_array().unwrap().len(), 4);
        // Sorted by path and place, whatever the threads did.
        let uris: Vec<&str> = results
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
            .collect();
        assert_eq!(uris, ["src/a.tf", "src/a.tf", "src/b%20c.env", "src/d.py"]);
        let region = &results[3]["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&region["startLine"], &region["startColumn"]), (&3.into(), &8.into()));
        let gitlab = json(&tree, "out/gitlab.json");
        assert_eq!(gitlab["vulnerabilities"].as_array().unwrap().len(), 4);
        assert_eq!(gitlab["vulnerabilities"][0]["location"]["commit"]["sha"], "0000000");
        assert_eq!(json(&tree, "out/bitbucket.json")["result"], "FAILED");
        assert_eq!(json(&tree, "out/bitbucket-annotations-1.json").as_array().unwrap().len(), 4);
        assert_eq!(json(&tree, "out/dc-annotations-1.json")["annotations"].as_array().unwrap().len(), 4);
        assert_eq!(read(&tree, "out/junit.xml").matches("<failure ").count(), 4);
        assert_eq!(read(&tree, "out/report.csv").matches("\r\n").count(), 5);
        assert_eq!(read(&tree, "out/github.txt").matches("::error file=src/").count(), 4);
        let html = read(&tree, "out/report.html");
        assert_eq!((html.matches("<li id=\"f-").count(), html.matches("<tr data-path=").count()), (3, 4));
        // The playbook of the kind.
        assert!(html.contains("<ol class=\"steps\">") && html.contains("access-tokens"));
        let terminal = read(&tree, "out/report.txt");
        assert_eq!(terminal.matches("    fingerprint ").count(), 3);
        assert!(terminal.contains("4 findings (4 critical) of 3 secrets in 3 files"), "{terminal}");
        assert!(terminal.contains("The same secret in more than one place"), "{terminal}");
        for (i, (_, file)) in FORMS.iter().enumerate() {
            for n in 1..4 {
                assert!(!read(&tree, file).contains(&token(n)[..40]), "{i} {file}");
            }
        }
        let expected: Vec<&str> = vec![
            "bitbucket-annotations-1.json",
            "bitbucket.json",
            "dc-annotations-1.json",
            "dc.json",
            "github.txt",
            "gitlab.json",
            "junit.xml",
            "report.csv",
            "report.html",
            "report.json",
            "report.jsonl",
            "report.sarif",
            "report.txt",
        ];
        assert_eq!(names(&tree.path().join("out")), expected);
    }
}

#[test]
fn every_place_is_a_finding_where_that_is_asked_for() {
    let tree = leaks();
    let ran = scan(&tree, &["src", "--each", "-o", "json=out/j", "-o", "html=out/h", "--format", "terminal"]);
    assert_eq!(json(&tree, "out/j")["findings"].as_array().unwrap().len(), 4);
    assert_eq!(read(&tree, "out/h").matches("<li").count() - read(&tree, "out/h").matches("<li>").count(), 4);
    assert_eq!(ran.stdout.matches("    fingerprint ").count(), 4);
    assert!(
        !ran.stdout.contains("more than one place")
            && ran.stdout.contains("4 findings (4 critical) in 3 files")
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn one_form_may_go_to_several_places() {
    let tree = leaks();
    let ran = scan(
        &tree,
        &[
            "src",
            "-j1",
            "--format",
            "terminal",
            "-o",
            "terminal=out/t",
            "-o",
            "json=out/a",
            "-o",
            "json=out/b",
        ],
    );
    assert_eq!(ran.stdout.matches("    fingerprint ").count(), 3);
    let until_the_time = |text: &str| text.split("; scanned ").next().unwrap().to_owned();
    assert_eq!(until_the_time(&read(&tree, "out/t")), until_the_time(&ran.stdout));
    assert_eq!(read(&tree, "out/a"), read(&tree, "out/b"));
    assert_eq!(scan(&tree, &["src", "-o", "json=./out/a", "-o", "html=out/./a"]).code, 2);
}

#[test]
fn what_is_suppressed_does_not_end_a_quiet_scan() {
    let tree = Tree::new();
    tree.file("a", format!("x = '{}' # scalr-detect:allow an example\n", token(1)));
    assert_eq!(scan(&tree, &[".", "-q"]).code, 0);
    tree.file("b", token(2));
    assert_eq!(scan(&tree, &[".", "-q", "--sort"]).code, 1);
    assert_eq!(scan(&tree, &[".", "-q", "--sort", "--show-suppressed"]).code, 1);
}

#[test]
fn every_form_goes_to_standard_output() {
    let tree = leaks();
    for (form, _) in FORMS {
        let ran = scan(&tree, &["src", "--format", form]);
        assert_eq!((ran.code, &*ran.stderr), (1, ""), "{form}");
        assert_eq!(
            scan(&tree, &["src", "-o", &format!("{form}=-")]).stdout.is_empty(),
            ran.stdout.is_empty(),
            "{form}"
        );
        assert!(ran.stdout.contains("Scalr"), "{form}: {}", ran.stdout);
        if ["json", "sarif", "gitlab", "bitbucket", "bitbucket-dc"].contains(&form) {
            serde_json::from_str::<Value>(&ran.stdout).unwrap();
        }
    }
    let both = scan(&tree, &["src", "--format", "jsonl", "-o", "sarif=out/s"]);
    assert_eq!(both.findings().len(), 4);
    assert_eq!(json(&tree, "out/s")["version"], "2.1.0");
    // A file without a form keeps its meaning.
    let file = scan(&tree, &["src", "--format", "sarif", "-o", "out/t", "-o", "csv=-"]);
    assert_eq!(json(&tree, "out/t")["version"], "2.1.0");
    assert!(file.stdout.starts_with("detector,"));
}

#[test]
fn nothing_found_is_a_report() {
    let tree = leaks();
    for (form, _) in FORMS {
        let ran = scan(&tree, &["src/clean", "--format", form]);
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{form}");
        let sign = match form {
            "terminal" | "html" => "o secrets",
            "json" | "jsonl" => "\"total\":0",
            "sarif" => "\"executionSuccessful\":true",
            "gitlab" => "\"vulnerabilities\":[]",
            "bitbucket" => "\"result\":\"PASSED\"",
            "bitbucket-dc" => "\"result\":\"PASS\"",
            "junit" => "tests=\"1\" failures=\"0\"",
            "csv" => "detector,",
            _ => "::notice title=scalr-detect::0 findings; scanned 1 file",
        };
        assert!(ran.stdout.contains(sign), "{form}: {}", ran.stdout);
    }
}

#[test]
fn what_could_not_be_read_is_in_every_form_that_can_say_it() {
    let tree = leaks();
    for (form, sign) in [
        ("terminal", "The scan is incomplete"),
        ("json", "\"incomplete\":true"),
        ("jsonl", "\"incomplete\":true"),
        ("sarif", "\"executionSuccessful\":false"),
        ("gitlab", "\"status\":\"failure\""),
        ("bitbucket", "\"result\":\"FAILED\""),
        ("bitbucket-dc", "\"result\":\"FAIL\""),
        ("junit", "<error type=\"incomplete\""),
        ("github", "::warning title=scalr-detect::The scan is incomplete"),
        ("html", "This report is incomplete"),
    ] {
        let ran = scan(&tree, &["src/clean", "nosuch", "--format", form]);
        assert_eq!(ran.code, 3, "{form}");
        assert!(ran.stdout.contains(sign), "{form}: {}", ran.stdout);
        assert_eq!(ran.stderr, "scalr-detect: nosuch: not read: not-found\n", "{form}");
    }
}

#[test]
fn reports_do_not_find_themselves() {
    let tree = leaks();
    for _ in 0..2 {
        let ran = scan(
            &tree,
            &[
                ".",
                "--show-secrets",
                "-o",
                "json=out/a.json",
                "-o",
                "out/b.txt",
                "-o",
                "csv=out/c",
                "-o",
                "jsonl=-",
            ],
        );
        assert_eq!(ran.summary()["findings"]["total"], 4, "{ran:?}");
        assert!(read(&tree, "out/a.json").contains(&token(2)));
    }
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_before_anything_is_scanned() {
    let tree = leaks();
    for target in ["json=no/such/file", "jsonl=no/such/file", "sarif=out", "html=src/clean/x", "no/such/file"]
    {
        let ran = scan(&tree, &["src", "-o", target]);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{target}: {ran:?}");
        assert!(ran.stderr.contains("cannot write the report to "), "{target}: {}", ran.stderr);
    }
}

#[test]
fn github_has_a_summary_of_the_step() {
    let tree = leaks();
    let summary = tree.path().join("out/summary.md");
    fs::write(&summary, "before\n").unwrap();
    let mut github =
        command(&["scan", "src", "--format", "github", "-o", "sarif=out/s", "-o", "gitlab=out/g"]);
    github.current_dir(tree.path()).env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_ACTIONS", "true");
    github.env("GITHUB_SERVER_URL", "https://user:pass@github.example").env("GITHUB_REPOSITORY", "acme/app");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let ran = run(github.env("GITHUB_SHA", commit));
    assert_eq!(ran.code, 1);
    let text = fs::read_to_string(&summary).unwrap();
    assert!(
        text.starts_with("before\n## scalr-detect\n") && text.contains("4 findings in 3 files"),
        "{text}"
    );
    let provenance = &json(&tree, "out/s")["runs"][0]["versionControlProvenance"][0];
    assert_eq!(provenance["repositoryUri"], "https://github.example/acme/app");
    assert_eq!(provenance["revisionId"], commit);
    assert_eq!(json(&tree, "out/g")["vulnerabilities"][0]["location"]["commit"]["sha"], commit);
}

#[test]
fn a_category_tells_reports_apart() {
    let tree = leaks();
    let ran = scan(&tree, &["src", "--format", "sarif", "--sarif-category", "tree"]);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "tree/");
    assert_eq!(scan(&tree, &["src", "--sarif-category", ""]).code, 2);
}

#[test]
fn what_is_suppressed_and_shown_does_not_count() {
    let tree = Tree::new();
    tree.file("a", format!("x = '{}' # scalr-detect:allow an example\ny = '{}'\n", token(1), token(2)));
    let args = all_forms(|form, file| format!("{form}={}", file.rsplit('/').next().unwrap()));
    let args: Vec<&str> =
        ["a", "--show-suppressed"].into_iter().chain(args.iter().map(String::as_str)).collect();
    let ran = scan(&tree, &args);
    assert!(ran.stderr.starts_with("scalr-detect: 1 finding; "), "{}", ran.stderr);
    let results = json(&tree, "report.sarif")["runs"][0]["results"].take();
    assert_eq!(results[0]["suppressions"][0]["kind"], "inSource");
    assert_eq!((results.as_array().unwrap().len(), results[1].get("suppressions")), (2, None));
    assert_eq!(
        json(&tree, "gitlab.json")["vulnerabilities"][0]["flags"][0]["type"],
        "flagged-as-likely-false-positive"
    );
    assert_eq!(json(&tree, "bitbucket-annotations-1.json").as_array().unwrap().len(), 1);
    assert!(read(&tree, "junit.xml").contains("tests=\"3\" failures=\"1\""));
    assert_eq!(read(&tree, "github.txt").matches("::error").count(), 1);
    assert!(read(&tree, "report.html").contains("suppressed by inline"));
    assert!(read(&tree, "report.csv").contains(",inline,"));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::{Child, Command, Stdio};

    /// A report in the place of an older one: whole, where a link points to, and with its permissions.
    #[test]
    fn files_are_replaced() {
        let tree = leaks();
        tree.file("out/real.json", "old");
        let mode = |path: &str| fs::metadata(tree.path().join(path)).unwrap().permissions().mode() & 0o777;
        fs::set_permissions(tree.path().join("out/real.json"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.json", tree.path().join("out/link.json")).unwrap();
        assert_eq!(scan(&tree, &["src", "-o", "json=out/link.json"]).code, 1);
        assert_eq!(json(&tree, "out/real.json")["summary"]["findings"]["total"], 4);
        assert_eq!(mode("out/real.json"), 0o640);
        assert!(fs::symlink_metadata(tree.path().join("out/link.json")).unwrap().is_symlink());
        // A new one has the permissions of any new file.
        tree.file("out/any", "");
        assert_eq!(scan(&tree, &["src", "-o", "json=out/new"]).code, 1);
        assert_eq!(mode("out/new"), mode("out/any"));
        assert_eq!(names(&tree.path().join("out")), ["any", "link.json", "new", "real.json"]);
    }

    #[test]
    fn devices_and_pipes_are_written_to() {
        let tree = leaks();
        assert_eq!(scan(&tree, &["src", "-o", "json=/dev/null", "-o", "html=/dev/stdout"]).code, 1);
        let fifo = tree.path().join("out/fifo");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
        let mut child = command(&["scan", "src", "-o", "json=out/fifo"])
            .current_dir(tree.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let text = fs::read_to_string(&fifo).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["summary"]["findings"]["total"], 4);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let tree = leaks();
        for form in ["json", "jsonl", "html", "csv"] {
            let ran = scan(&tree, &["src", "-o", &format!("{form}=/dev/full")]);
            assert_eq!(ran.code, 2, "{form}");
            assert!(ran.stderr.contains("cannot write the report"), "{}", ran.stderr);
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            let mut command = command(&["scan", "src", "--format", form]);
            assert_eq!(
                command.current_dir(tree.path()).stdout(full).output().unwrap().status.code(),
                Some(2),
                "{form}"
            );
        }
    }

    /// What can be written is, and whole.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_report_that_fails_takes_no_other_along() {
        let tree = Tree::new();
        for i in 0..50 {
            tree.file(&format!("src/{i}"), format!("token = '{}'\n", token(i)));
        }
        let full = ["jsonl=/dev/full", "html=/dev/full"];
        for full in full {
            let ran = scan(&tree, &["src", "-o", full, "-o", "json=j", "-o", "csv=c", "-o", "sarif=s"]);
            assert_eq!(ran.code, 2, "{full}");
            assert_eq!(json(&tree, "j")["summary"]["findings"]["total"], 50);
            assert_eq!(json(&tree, "s")["runs"][0]["results"].as_array().unwrap().len(), 50);
            assert_eq!(read(&tree, "c").lines().count(), 51);
        }
    }

    /// One reader that goes away leaves the other reports whole.
    #[test]
    fn a_reader_that_goes_away_takes_nothing_else_along() {
        let tree = Tree::new();
        for i in 0..300 {
            tree.file(&format!("src/{i}"), format!("token = '{}'\n", token(i)));
        }
        let mut command = command(&["scan", "src", "--format", "terminal", "-o", "json=j", "-o", "csv=c"]);
        let mut child = command.current_dir(tree.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut some = [0; 10];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(json(&tree, "j")["summary"]["findings"]["total"], 300);
        assert_eq!(read(&tree, "c").lines().count(), 301);
    }

    /// The commands of docs/reports.md, against a server that notes what it is sent.
    #[test]
    fn the_documented_commands_send_everything_to_bitbucket() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reports.md");
        let docs = fs::read_to_string(docs).unwrap();
        let blocks = docs.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
        let scripts: Vec<&str> = blocks.filter(|block| block.contains("insights.json")).collect();
        assert_eq!(scripts.len(), 2);
        for script in scripts {
            let tree = Tree::new();
            for i in 0..230 {
                tree.file(&format!("src/{i}"), format!("token = '{}'\n", token(i)));
            }
            let server = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("127.0.0.1:{}", server.local_addr().unwrap().port());
            let program = Path::new(env!("CARGO_BIN_EXE_scalr-detect")).parent().unwrap();
            let path = std::env::join_paths(
                [program.to_owned()]
                    .into_iter()
                    .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
            );
            let mut bash = Command::new("sh");
            bash.arg("-euc").arg(script.replace("localhost:29418", &address)).current_dir(tree.path());
            bash.env("PATH", path.unwrap())
                .env("BITBUCKET_REPO_FULL_NAME", "acme/app")
                .env("BITBUCKET_COMMIT", "0123abc");
            bash.env("BITBUCKET_URL", format!("http://{address}")).env("PROJECT", "P").env("REPOSITORY", "R");
            bash.env("COMMIT", "0123abc").env("TOKEN", "t").stderr(Stdio::piped()).stdout(Stdio::null());
            let mut child = bash.spawn().unwrap();
            let is_cloud = script.contains("api.bitbucket.org");
            let requests: Vec<(String, Value)> =
                (0..if is_cloud { 4 } else { 5 }).map(|_| answer(&server, &mut child)).collect();
            let ran = child.wait_with_output().unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            let (first, body) = &requests[0];
            assert!(first.starts_with("PUT ") && first.contains("/reports/scalr-detect "), "{first}");
            assert_eq!(body["title"], "Secrets");
            let sent: usize = requests
                .iter()
                .filter(|(line, _)| {
                    line.starts_with("POST ") && line.contains("/reports/scalr-detect/annotations ")
                })
                .map(|(_, body)| body.get("annotations").unwrap_or(body).as_array().unwrap().len())
                .sum();
            assert_eq!(sent, 230);
        }
    }

    /// Takes a request of a program, and says that it is well: its first line, and its body.
    fn answer(server: &TcpListener, client: &mut Child) -> (String, Value) {
        server.set_nonblocking(true).unwrap();
        let stream = loop {
            match server.accept() {
                Ok((stream, _)) => break stream,
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
                    assert!(client.try_wait().unwrap().is_none(), "no request was sent: is curl installed?");
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                Err(e) => panic!("{e}"),
            }
        };
        stream.set_nonblocking(false).unwrap();
        let mut reader = BufReader::new(&stream);
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "expect: 100-continue" {
                (&stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        (first, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Ctrl-C in the middle: every form is whole, and says that it is not of everything.
    #[test]
    fn an_interrupted_scan_has_whole_reports() {
        let tree = leaks();
        let args = all_forms(|form, file| format!("{form}={file}"));
        let args: Vec<&str> =
            ["scan", "-", "src"].into_iter().chain(args.iter().map(String::as_str)).collect();
        let mut command = common::interruptible(&args);
        let ran = common::interrupt(
            command.current_dir(tree.path()),
            format!("token = '{}'\n", token(7)).as_bytes(),
            rustix::process::Signal::INT,
        );
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("interrupted"), "{}", ran.stderr);
        for (file, sign) in [
            ("out/report.txt", "The scan is incomplete: it was interrupted"),
            ("out/report.json", "\"interrupted\":true"),
            ("out/report.jsonl", "\"interrupted\":true"),
            ("out/report.sarif", "\"executionSuccessful\":false"),
            ("out/gitlab.json", "the scan was interrupted"),
            ("out/bitbucket.json", "the scan was interrupted"),
            ("out/dc.json", "the scan was interrupted"),
            ("out/junit.xml", "the scan was interrupted"),
            ("out/github.txt", "::warning title=scalr-detect::The scan is incomplete"),
            ("out/report.html", "the scan was interrupted"),
        ] {
            assert!(read(&tree, file).contains(sign), "{file}");
        }
        for file in ["out/report.json", "out/report.sarif", "out/gitlab.json"] {
            json(&tree, file);
        }
    }
}
