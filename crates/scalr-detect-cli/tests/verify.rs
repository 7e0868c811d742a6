//! `verify`, `revoke`, `impact` and `scan --verify`, against servers of this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use common::{Ran, Tree, command, run, token};
use serde_json::Value;
use server::scalr::Scalr;
use server::{Reply, Server};

mod common;
#[path = "../../scalr-detect-respond/tests/server/mod.rs"]
mod server;

/// The program, which no proxy of this machine gets in the way of.
fn asking(args: &[&str]) -> Command {
    let mut command = command(args);
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    for name in ["SCALR_TOKEN", "SCALR_ADMIN_TOKEN", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    command
}

/// The id that a token says it has.
fn id(tree: &Tree) -> String {
    let path = tree.path().to_str().unwrap();
    run(&mut command(&["scan", path, "--format", "jsonl"])).findings()[0]["details"]["token-id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn env_file(numbers: &[usize]) -> Tree {
    let tree = Tree::new();
    for number in numbers {
        tree.file(&format!("{number}.env"), format!("SCALR_TOKEN={}\n", token(*number)));
    }
    tree
}

#[test]
fn live_and_dead_secrets_are_told_apart() {
    let tree = env_file(&[1, 2]);
    tree.file("copy.env", format!("SCALR_TOKEN={}\n", token(1)));
    tree.file("other.env", "PASSWORD=xq7Tz9-kkPw2!Lm\n");
    let path = tree.path().to_str().unwrap();
    let scalr = Scalr::new(&[(&token(1), "at-1")]);
    let named = ["--scalr-host", &scalr.server.origin(), "--allow-private", "--format", "jsonl"];
    for first in [&["verify"][..], &["scan", "--verify"]] {
        let before = scalr.server.received().len();
        let ran = run(asking(first).arg(path).args(named));
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let mut found: Vec<(String, String)> = ran
            .findings()
            .iter()
            .map(|f| {
                (
                    f["path"].as_str().unwrap().rsplit('/').next().unwrap().into(),
                    f["validity"].as_str().unwrap().into(),
                )
            })
            .collect();
        found.sort();
        let want = [("1.env", "live"), ("2.env", "dead"), ("copy.env", "live"), ("other.env", "unknown")];
        assert_eq!(found, want.map(|(path, validity)| (path.to_owned(), validity.to_owned())));
        assert_eq!(ran.summary()["findings"]["total"], 4);
        // Each secret once.
        assert_eq!(scalr.server.received().len() - before, 2);
        let live = ran.findings().into_iter().find(|f| f["validity"] == "live").unwrap();
        let evidence = live["evidence"].as_str().unwrap();
        assert!(
            evidence.contains("200, application/vnd.api+json: /data is there; account acc-1"),
            "{evidence}"
        );
        assert!(!ran.stdout.contains(&token(1)) && !ran.stderr.contains(&token(1)));
    }
    let ran = run(asking(&["verify", "--only-live"]).arg(path).args(named));
    assert_eq!((ran.code, ran.findings().len()), (1, 2));
    let ran = run(asking(&["verify", "--only-live", "--except", "scalr-*"]).arg(path).args(named));
    assert_eq!((ran.code, ran.findings().len()), (0, 0));
    let ran = run(asking(&["verify", "-q", "--only-live"]).arg(path).args(&named[..3]));
    assert_eq!((ran.code, &*ran.stdout), (1, ""));
    let ran = run(asking(&["verify"]).arg(path).args(&named[..3]));
    assert!(ran.stdout.contains("live: 127.0.0.1:"), "{}", ran.stdout);
}

#[test]
fn nobody_is_asked_who_was_not_named() {
    let server = Server::always(Reply::json(200, r#"{"data":[]}"#));
    let tree = Tree::new();
    // The host beside the token is no host of Scalr.
    let text = format!("hostname = \"127.0.0.1\"\ntoken = \"{}\"\n", token(1));
    tree.file("a.tf", text);
    let path = tree.path().to_str().unwrap();
    for (args, evidence) in [
        (&[][..], "no host stands in or near it: name one with --host scalr=HOST"),
        (&["--scalr-host", &server.origin()], "private or reserved address"),
    ] {
        let ran = run(asking(&["verify", path, "--format", "jsonl"]).args(args));
        let finding = &ran.findings()[0];
        assert_eq!(finding["validity"], "unknown");
        assert!(finding["evidence"].as_str().unwrap().contains(evidence), "{finding}");
    }
    assert!(server.received().is_empty());
    for (args, error) in [
        (&["scan", path, "--only-live"][..], "--only-live needs --verify"),
        (&["verify", path, "--scalr-host", "http://example.com"], "this machine only"),
        (&["verify", path, "--host", "gitlab"], "PROVIDER=HOST"),
        (&["verify", path, "--host", "gitlb=gitlab.example.com"], "gitlb is none of the providers"),
        (
            &["verify", path, "--allow-host", "https://example.com"],
            "--allow-host https://example.com: a host is needed",
        ),
        (&["verify", path, "--timeout", "0"], "--timeout"),
    ] {
        let ran = run(&mut asking(args));
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(error), "{}", ran.stderr);
    }
}

/// A server with this certificate, that says of every token that it works.
fn tls(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (u16, Arc<std::sync::Mutex<usize>>) {
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], key.into())
            .unwrap();
    let (config, count) = (Arc::new(config), Arc::new(std::sync::Mutex::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut bytes = [0; 8192];
            if stream.read(&mut bytes).is_ok_and(|n| n > 0) {
                *asked.lock().unwrap() += 1;
                let body = r#"{"data":[]}"#;
                let head = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
                let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").as_bytes());
            }
        }
    });
    (port, count)
}

#[test]
fn only_servers_with_a_good_certificate_are_told() {
    let tree = env_file(&[1]);
    let path = tree.path().to_str().unwrap();
    let good = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let other_name = rcgen::generate_simple_self_signed(vec!["scalr.example.com".into()]).unwrap();
    let mut expired = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap();
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let expired = rcgen::CertifiedKey { cert: expired.self_signed(&signing_key).unwrap(), signing_key };
    for (what, certificate, trusted, validity) in [
        ("trusted", &good, true, "live"),
        ("unknown", &good, false, "unknown"),
        ("of another host", &other_name, true, "unknown"),
        ("expired", &expired, true, "unknown"),
    ] {
        let (port, asked) = tls(certificate);
        tree.file("trust/roots.pem", certificate.cert.pem());
        let mut command =
            asking(&["verify", path, "--format", "jsonl", "--only", "scalr-*", "--allow-private"]);
        command.args(["--scalr-host", &format!("localhost:{port}")]);
        if trusted {
            command.env("SSL_CERT_FILE", tree.path().join("trust/roots.pem"));
        }
        let ran = run(&mut command);
        let finding = &ran.findings()[0];
        assert_eq!(finding["validity"], validity, "{what}: {finding}");
        if validity == "unknown" {
            assert!(finding["evidence"].as_str().unwrap().contains("certificate"), "{what}: {finding}");
        }
        // Where the certificate is bad, not a byte of the request is sent.
        assert_eq!(*asked.lock().unwrap(), usize::from(validity == "live"), "{what}");
    }
}

#[test]
fn proxies_are_used() {
    let tree = env_file(&[1]);
    let path = tree.path().to_str().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let (sender, seen) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut heard, mut byte) = (Vec::new(), [0]);
            while !heard.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
                heard.extend(byte);
            }
            sender.send(String::from_utf8(heard).unwrap()).unwrap();
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
    });
    for (variable, no_proxy, is_used) in [
        ("HTTPS_PROXY", "", true),
        ("https_proxy", "", true),
        ("ALL_PROXY", "other.example.com", true),
        ("HTTPS_PROXY", "*.invalid", false),
    ] {
        let ran = run(asking(&["verify", path, "--format", "jsonl", "--scalr-host", "scalr.invalid"])
            .env(variable, &proxy)
            .env("NO_PROXY", no_proxy));
        let evidence = ran.findings()[0]["evidence"].as_str().unwrap().to_owned();
        if is_used {
            let request = seen.recv().unwrap();
            assert!(request.starts_with("CONNECT scalr.invalid:443 HTTP/1.1"), "{request}");
            assert!(!request.contains(&token(1)));
            assert!(evidence.contains("the proxy did not connect"), "{evidence}");
        } else {
            assert!(evidence.contains("cannot be resolved"), "{evidence}");
            assert!(seen.try_recv().is_err());
        }
    }
    // What is written as an address is judged before any proxy is asked.
    let ran =
        run(asking(&["verify", path, "--format", "jsonl", "--scalr-host", "10.0.0.1"])
            .env("HTTPS_PROXY", &proxy));
    assert!(ran.findings()[0]["evidence"].as_str().unwrap().contains("private or reserved"));
    assert!(seen.try_recv().is_err());
}

#[test]
fn revoke_shows_first_and_does_it_when_told() {
    let tree = env_file(&[1, 2]);
    tree.file("other.env", "PASSWORD=xq7Tz9-kkPw2!Lm\n");
    let path = tree.path().join("1.env").to_str().unwrap().to_owned();
    let alone = env_file(&[1]);
    let scalr = Scalr::new(&[(&token(1), &id(&alone)), (&token(2), "at-2")]);
    let named = ["--scalr-host", &scalr.server.origin(), "--allow-private"];

    let ran = run(asking(&["revoke", &path]).args(named));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for line in [
        &format!("DELETE {}/api/iacp/v3/access-tokens/{}, by itself\n", scalr.server.origin(), id(&alone)),
        "Deletes the token; whatever still uses it stops working at once",
        "Not revoked: this is a dry run. Give --yes to do it.",
    ] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains(&token(1)));
    assert!(scalr.server.received().is_empty());

    let ran = run(asking(&["revoke", &path, "--yes"]).args(named));
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("Revoked. It is dead (127.0.0.1:"), "{}", ran.stdout);
    assert_eq!(scalr.live(), ["at-2"]);

    let ran = run(asking(&["revoke", &path, "--yes", "--format", "jsonl"]).args(named));
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (ran.code, &line["result"], &line["after"]["validity"]),
        (0, &"revoked".into(), &"dead".into())
    );
    assert_eq!(line["evidence"]["status"], 401);

    // Only what can be revoked, and only what is meant.
    let all = tree.path().to_str().unwrap();
    let fingerprint = line["fingerprint"].as_str().unwrap();
    let ran = run(asking(&["revoke", all, "--format", "jsonl", "--fingerprint", fingerprint]).args(named));
    assert_eq!(ran.stdout.lines().count(), 1);
    let ran = run(asking(&["revoke", all, "--format", "jsonl"]).args(named));
    assert_eq!(ran.stdout.lines().count(), 2);
    let ran = run(asking(&["revoke", all, "--only", "github-*"]).args(named));
    assert_eq!((ran.code, &*ran.stdout), (0, "Nothing to revoke was found.\n"));
    let ran = run(asking(&["revoke", all, "--fingerprint", "0123"]).args(named));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no secret with the fingerprint 0123"), "{}", ran.stderr);
    let ran = run(asking(&["revoke", all, "/no/such/file", "--only", "github-*"]).args(named));
    assert_eq!(ran.code, 3);
    let ran = run(&mut asking(&["revoke"]));
    assert_eq!(ran.code, 2);
}

#[test]
fn an_administrators_token_comes_from_the_environment() {
    let tree = env_file(&[1]);
    let path = tree.path().to_str().unwrap();
    for name in ["SCALR_ADMIN_TOKEN", "ANOTHER_NAME"] {
        let scalr = Scalr::new(&[(&token(1), &id(&tree)), (&token(9), "at-admin")]);
        let named = ["--scalr-host", &scalr.server.origin(), "--allow-private"];
        let mut command = asking(&["revoke", path, "--yes", "--admin-token-env", name]);
        let ran = run(command.args(named).env(name, token(9)));
        assert_eq!(ran.code, 0, "{}", ran.stdout);
        assert!(ran.stdout.contains(&format!("with the token in {name}\n")), "{}", ran.stdout);
        assert!(!ran.stdout.contains(&token(9)));
        assert_eq!(scalr.live(), ["at-admin"]);
        assert_eq!(scalr.server.received()[0].header("authorization"), format!("Bearer {}", token(9)));
    }
}

#[test]
fn what_cannot_be_revoked_is_left_to_people() {
    let server = Server::always(Reply::json(200, r#"{"data":[]}"#));
    let tree = env_file(&[1]);
    let path = tree.path().to_str().unwrap();
    let ran = run(&mut asking(&["revoke", path, "--yes"]));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("By hand: Delete the token"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Not revoked: no host stands in or near it"), "{}", ran.stdout);
    // A server that says yes to everything has deleted nothing.
    let ran =
        run(&mut asking(&["revoke", path, "--yes", "--allow-private", "--scalr-host", &server.origin()]));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("NOT REVOKED") && ran.stdout.contains("It still works"), "{}", ran.stdout);
}

#[test]
fn what_is_suppressed_is_nobodys_business() {
    let tree = Tree::new();
    tree.file("a.env", format!("SCALR_TOKEN={} # scalr-detect:allow an example\n", token(1)));
    let path = tree.path().to_str().unwrap();
    let scalr = Scalr::new(&[(&token(1), "at-1")]);
    let named = ["--scalr-host", &scalr.server.origin(), "--allow-private", "--format", "jsonl"];
    for args in [&["verify", path][..], &["verify", path, "--show-suppressed"], &["revoke", path, "--yes"]] {
        let ran = run(asking(args).args(named));
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stdout);
    }
    assert!(scalr.server.received().is_empty());
    // Unless it is named.
    let ran = run(asking(&["verify", path, "--no-markers"]).args(named));
    let finding = &ran.findings()[0];
    assert_eq!(finding["validity"], "live");
    let fingerprint = finding["fingerprint"].as_str().unwrap();
    let ran = run(asking(&["revoke", path, "--fingerprint", fingerprint]).args(named));
    assert!(ran.stdout.contains("\"result\":\"dry-run\""), "{}", ran.stdout);
}

/// On a terminal it asks. `script` makes one.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_it_asks() {
    let tree = env_file(&[1]);
    let path = tree.path().to_str().unwrap();
    for (answer, code) in [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("yellow\n", 1), ("\u{3}", 130)] {
        let scalr = Scalr::new(&[(&token(1), &id(&tree)), (&token(2), "at-2")]);
        let program = env!("CARGO_BIN_EXE_scalr-detect");
        let line = format!("{program} revoke {path} --allow-private --scalr-host {}", scalr.server.origin());
        let mut child = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env_remove("SCALR_ADMIN_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script is missing: install bsdutils");
        // Answered when it is asked: before, Ctrl-C would end the scan.
        let (mut asked, mut byte) = (Vec::new(), [0]);
        while !asked.ends_with(b"Revoke this Scalr API access token? [y/N]") {
            assert_eq!(child.stdout.as_mut().unwrap().read(&mut byte).unwrap(), 1);
            asked.extend(byte);
        }
        child.stdin.as_mut().unwrap().write_all(answer.as_bytes()).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, code, "{answer:?}: {}", ran.stdout);
        let is_revoked = code == 0;
        assert_eq!(scalr.live().len(), if is_revoked { 1 } else { 2 }, "{answer:?}");
    }
}

#[test]
fn impact_lists_what_a_token_reaches() {
    let scalr = Scalr::new(&[(&token(1), &id(&env_file(&[1])))]);
    let args = ["impact", "--host", &scalr.server.origin(), "--allow-private"];
    let ran = run(asking(&args).env("SCALR_TOKEN", token(1)));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("\ntoken\n  at-"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nenvironments: 250\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("  … and 150 more\n"), "{}", ran.stdout);

    let mut child = asking(&args)
        .args(["--token-stdin", "--limit", "3", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{}\n", token(1)).as_bytes()).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["lists"][1]["name"], "environments");
    assert_eq!(
        (&json["lists"][1]["total"], json["lists"][1]["items"].as_array().unwrap().len()),
        (&250.into(), 3)
    );
    assert!(!ran.stdout.contains(&token(1)));

    let ran = run(asking(&args).env("SCALR_TOKEN", token(2)));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("the host does not accept the token"), "{}", ran.stderr);
    let ran = run(&mut asking(&args));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("put it into SCALR_TOKEN"), "{}", ran.stderr);
}
