//! The client against a server of this machine that answers well and badly.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use scalr_detect_respond::{
    Client, ClientBuilder, Credential, HttpTransport, Request, Response, Transport, TransportError, Validity,
};
use server::{Reply, Server};

mod server;

const ERROR: &str = r#"{"message":"401 Unauthorized","errors":[{"status":"4xx"}]}"#;
const DATA: &str = r#"{"data":[{"id":"acc-1","attributes":{"name":"acme"}}]}"#;

/// A secret that is no token, as what is sent is not looked at.
fn secret(number: usize) -> String {
    format!("not.a.token-{number}-{}", "x".repeat(30))
}

fn scalr(number: usize) -> Credential {
    Credential::new("scalr-api-token", secret(number), [("token-id".into(), "at-test".into())])
}

/// Reading the certificates of this machine takes a while, so one transport is made.
fn builder() -> ClientBuilder {
    static HTTP: LazyLock<HttpTransport> = LazyLock::new(HttpTransport::allow_private);
    Client::builder().transport(HTTP.clone())
}

fn client(server: &Server) -> Client {
    builder().scalr_host(server.origin().parse().unwrap()).build()
}

#[test]
fn what_answers_mean() {
    use Validity::{Dead, Live, Unknown};
    let json = "application/vnd.api+json";
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let sized = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    let whole = format!("{chunked}{:x}\r\n{DATA}\r\n0\r\n\r\n", DATA.len());
    let big = |n: usize| format!(r#"{{"data":["{}"]}}"#, "x".repeat(n));
    for (reply, validity, evidence) in [
        (
            Reply::new(200, json, DATA),
            Live,
            "200, application/vnd.api+json: /data is there; account acc-1; account-name acme",
        ),
        (
            Reply::new(200, "Application/JSON; charset=utf-8", DATA),
            Live,
            "200, application/json: /data is there",
        ),
        (Reply::new(200, json, r#"{"data":[]}"#), Live, "/data is there"),
        (Reply::new(200, json, r#"{"data":null}"#), Unknown, "not one of the answers"),
        (Reply::new(200, json, "{}"), Unknown, "not one of the answers"),
        (Reply::new(200, json, ""), Unknown, "not one of the answers"),
        (Reply::new(200, json, DATA.trim_end_matches('}')), Unknown, "not one of the answers"),
        (Reply::new(200, "text/html", DATA), Unknown, "200, text/html: not one of the answers"),
        (Reply::new(200, "", DATA), Unknown, "200: not one of the answers"),
        (Reply::new(200, "application/json\u{1b}[31m", DATA), Unknown, "not an answer in HTTP"),
        (Reply::new(204, "", ""), Unknown, "not one of the answers"),
        (Reply::new(404, json, ERROR), Live, "/errors/0 is there: it works, without permission"),
        (Reply::new(404, json, r#"{"errors":[]}"#), Unknown, "not one of the answers"),
        (Reply::new(404, "text/html", "<h1>Not Found</h1>"), Unknown, "404, text/html"),
        (Reply::new(401, json, ERROR), Dead, "401, application/vnd.api+json: /errors/0 is there"),
        (Reply::new(401, "text/html", "<h1>Sign in</h1>"), Unknown, "401, text/html"),
        (Reply::new(403, json, ERROR), Unknown, "403"),
        (Reply::new(403, "text/html", "<title>Just a moment...</title>"), Unknown, "403, text/html"),
        (Reply::new(400, json, ERROR), Unknown, "400"),
        (Reply::new(422, json, ERROR), Unknown, "422"),
        (Reply::new(500, json, ERROR), Unknown, "the server could not answer"),
        (Reply::new(502, "text/html", "<h1>Bad Gateway</h1>"), Unknown, "the server could not answer"),
        (Reply::new(599, json, DATA), Unknown, "the server could not answer"),
        (Reply::new(429, json, ERROR).with("Retry-After", "3600"), Unknown, "too many requests"),
        (Reply::new(503, json, ERROR).with("Retry-After", "0"), Unknown, "the server could not answer"),
        (Reply::new(200, json, big(60_000)), Live, "/data is there"),
        (Reply::new(200, json, big(70_000)), Unknown, "too long"),
        (Reply::new(401, json, vec![b'['; 60_000]), Unknown, "not one of the answers"),
        (Reply::new(401, json, [0xff, 0xfe, 0x00]), Unknown, "not one of the answers"),
        (Reply::Raw(whole.into()), Live, "/data is there"),
        (Reply::Raw(format!("{chunked}5\r\n{{\"dat").into()), Unknown, "broke"),
        (Reply::Raw(format!("{chunked}zz\r\n{DATA}").into()), Unknown, "not an answer in HTTP"),
        (Reply::Raw(format!("{sized}{DATA}").into()), Unknown, "broke"),
        (Reply::Raw(Vec::new()), Unknown, "broke"),
        (Reply::Raw("SSH-2.0-server\r\n".into()), Unknown, "not an answer in HTTP"),
        (Reply::Raw("HTTP/1.1 200 OK\r\n".into()), Unknown, "broke"),
        (Reply::Raw(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)).into()), Unknown, ""),
        (Reply::Endless, Unknown, "too long"),
    ] {
        let server = Server::always(reply.clone());
        let verdict = client(&server).verify(&[scalr(0)]).pop().unwrap();
        let text = verdict.evidence.to_string();
        let what = format!("{reply:?}").chars().take(300).collect::<String>();
        assert_eq!(verdict.validity, validity, "{text}\n{what}");
        assert!(text.contains(evidence), "{text:?} is not {evidence:?}\n{what}");
        assert!(!text.contains(char::is_control) && !text.contains(&secret(0)), "{text:?}");
        let asked = &server.received()[0];
        assert_eq!((&*asked.method, &*asked.path), ("GET", "/api/iacp/v3/accounts?page[size]=1"));
        assert_eq!(asked.header("authorization"), format!("Bearer {}", secret(0)));
        assert_eq!(asked.header("accept"), json);
        assert!(asked.header("user-agent").starts_with("scalr-detect/"));
    }
}

#[test]
fn the_secret_comes_back_in_no_evidence() {
    let echo =
        format!(r#"{{"data":[{{"id":"{}","attributes":{{"name":"of {}\n"}}}}]}}"#, secret(0), secret(0));
    let server = Server::always(Reply::json(200, echo));
    let verdict = client(&server).verify(&[scalr(0)]).pop().unwrap();
    assert_eq!(verdict.validity, Validity::Live);
    assert_eq!(verdict.evidence.facts, []);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Server::always(Reply::json(200, DATA));
    for status in [301, 302, 303, 307, 308] {
        for location in [
            elsewhere.origin(),
            format!("{}/api", elsewhere.origin()),
            "/login".into(),
            "//example.com".into(),
        ] {
            let server = Server::always(Reply::json(status, DATA).with("Location", &location));
            let verdict = client(&server).verify(&[scalr(0)]).pop().unwrap();
            assert_eq!(verdict.validity, Validity::Unknown);
            assert!(verdict.evidence.to_string().contains("a redirect"), "{}", verdict.evidence);
            assert_eq!(server.received().len(), 1);
        }
    }
    assert!(elsewhere.received().is_empty());
}

#[test]
fn servers_that_ask_to_wait_are_asked_again() {
    for (status, header, refusals, asked, validity) in [
        (429, Some("0"), 1, 2, Validity::Live),
        (503, Some("0"), 3, 4, Validity::Live),
        (429, Some("Wed, 21 Oct 2015 07:28:00 GMT"), 2, 3, Validity::Live),
        (429, Some("0"), 100, 4, Validity::Unknown),
        (503, None, 1, 2, Validity::Live),
        (429, Some("120"), 1, 1, Validity::Unknown),
        (500, Some("0"), 1, 1, Validity::Unknown),
    ] {
        let count = AtomicUsize::new(0);
        let server = Server::new(move |_| {
            if count.fetch_add(1, Ordering::Relaxed) >= refusals {
                return Reply::json(200, DATA);
            }
            let reply = Reply::json(status, ERROR);
            header.map_or(reply.clone(), |header| reply.with("Retry-After", header))
        });
        let verdict = client(&server).verify(&[scalr(0)]).pop().unwrap();
        assert_eq!(verdict.validity, validity, "{status} {header:?}: {}", verdict.evidence);
        assert_eq!(server.received().len(), asked, "{status} {header:?}");
    }
}

#[test]
fn a_secret_is_asked_about_once() {
    let server = Server::always(Reply::json(401, ERROR));
    let client = client(&server);
    let many: Vec<Credential> = (0..12).map(|number| scalr(number % 3)).collect();
    for _ in 0..2 {
        let verdicts = client.verify(&many);
        assert_eq!(verdicts.len(), 12);
        assert!(verdicts.iter().all(|verdict| verdict.validity == Validity::Dead));
    }
    assert_eq!(server.received().len(), 3);
    // Connections are used again.
    assert!(server.received().iter().any(|request| request.connection == 0));
    assert!(server.received().iter().map(|request| request.connection).max().unwrap() <= 1);
}

#[test]
fn what_was_not_answered_is_asked_another_time() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::json(500, ERROR),
        _ => Reply::json(401, ERROR),
    });
    let client = client(&server);
    assert_eq!(client.verify(&[scalr(0)])[0].validity, Validity::Unknown);
    assert_eq!(client.verify(&[scalr(0)])[0].validity, Validity::Dead);
    assert_eq!(server.received().len(), 2);
}

#[test]
fn a_host_gets_two_requests_at_a_time() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let server = Server::new({
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        move |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(30));
            now.fetch_sub(1, Ordering::SeqCst);
            Reply::json(200, DATA)
        }
    });
    let many: Vec<Credential> = (0..10).map(scalr).collect();
    assert!(client(&server).verify(&many).iter().all(|verdict| verdict.validity == Validity::Live));
    assert!(most.load(Ordering::SeqCst) <= 2);
}

#[test]
fn the_time_for_all_is_limited() {
    let silent = Server::always(Reply::Stall(Vec::new(), Duration::from_secs(600)));
    let slow = Server::always(Reply::Stall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{".to_vec(),
        Duration::from_secs(600),
    ));
    for server in [silent, slow] {
        let client = builder()
            .scalr_host(server.origin().parse().unwrap())
            .deadline(Duration::from_millis(1500))
            .build();
        let many: Vec<Credential> = (0..5).map(scalr).collect();
        let verdicts = client.verify(&many);
        // Would last for ten minutes otherwise.
        assert!(verdicts.iter().all(|verdict| verdict.validity == Validity::Unknown));
        assert_eq!(verdicts[0].evidence.because, "no answer in time");
        assert_eq!(verdicts[4].evidence.because, "not asked, as the time for all was over");
        assert_eq!(server.received().len(), 2);
    }
}

#[test]
fn private_addresses_are_refused() {
    let server = Server::always(Reply::json(200, DATA));
    for host in [
        format!("127.0.0.1:{}", server.port()),
        format!("localhost:{}", server.port()),
        format!("http://127.0.0.1:{}", server.port()),
        format!("http://[::1]:{}", server.port()),
        // Ways to write 127.0.0.1 that only the system's resolver understands.
        format!("2130706433:{}", server.port()),
        format!("0x7f.1:{}", server.port()),
        "10.0.0.1".into(),
        "169.254.169.254".into(),
        "[fd00:ec2::254]".into(),
        "[::ffff:127.0.0.1]".into(),
    ] {
        let client = Client::builder().scalr_host(host.parse().unwrap()).build();
        let verdict = client.verify(&[scalr(0)]).pop().unwrap();
        assert_eq!(verdict.validity, Validity::Unknown);
        assert!(
            verdict.evidence.because.contains("private or reserved address"),
            "{host}: {}",
            verdict.evidence
        );
    }
    assert!(server.received().is_empty());
}

#[test]
fn what_is_no_server_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    // Speaks, but no TLS.
    let plain = Server::always(Reply::json(200, DATA));
    for (host, because) in [
        (format!("http://127.0.0.1:{closed}"), "no connection"),
        (format!("127.0.0.1:{}", plain.port()), "no connection"),
        ("no-such-host.invalid".into(), "cannot be resolved"),
    ] {
        let client = builder().scalr_host(host.parse().unwrap()).build();
        let verdict = client.verify(&[scalr(0)]).pop().unwrap();
        assert_eq!(verdict.validity, Validity::Unknown);
        assert!(verdict.evidence.because.contains(because), "{host}: {}", verdict.evidence);
    }
    assert!(plain.received().iter().all(|request| !request.text().contains(&secret(0))));
}

/// Says where requests would go, and lets none go.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Transport for Recorder {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, TransportError> {
        self.0.lock().unwrap().push(request.shown_url().to_owned());
        let headers = vec![("content-type".into(), "application/json".into())];
        let status = if request.host().starts_with("other") { 200 } else { 401 };
        let body = if status == 200 { DATA } else { ERROR };
        Ok(Response { status, headers, body: body.into(), is_cut: false })
    }
}

#[test]
fn who_is_asked() {
    let scalr = |host: &str| {
        let details = [("token-id".into(), "at-test".into()), ("host".into(), host.to_owned())];
        Credential::new("scalr-api-token", "s", details.into_iter().filter(|(_, value)| !value.is_empty()))
    };
    let plain = |id: &str, name: &str, value: &str| {
        Credential::new(id, "s3cret", [(name.to_owned(), value.to_owned())])
    };
    // What is asked about; hosts that the user allows; a host of the user for Scalr; who is asked, or why nobody is.
    for (credential, allowed, named, asked) in [
        (scalr("acme.scalr.io"), "", "", Ok("acme.scalr.io")),
        (scalr("Acme.Scalr.IO"), "", "", Ok("acme.scalr.io")),
        (scalr("acme.scalr.io"), "", "mine.example.com", Ok("acme.scalr.io")),
        (scalr(""), "", "mine.example.com", Ok("mine.example.com")),
        (scalr(""), "", "mine.example.com:8443", Ok("mine.example.com:8443")),
        (scalr(""), "", "", Err("no host stands in or near it: name one with --host scalr=HOST")),
        (scalr("scalr.io"), "", "", Err("scalr.io is not known as a host of Scalr")),
        (scalr("evil.example.com"), "", "", Err("evil.example.com is not known as a host of Scalr")),
        (scalr("acme.scalr.io.example.com"), "", "", Err("is not known as a host")),
        (scalr("evil.example.com"), "", "mine.example.com", Ok("mine.example.com")),
        (scalr("scalr.example.com"), "scalr.example.com", "", Ok("scalr.example.com")),
        (scalr("scalr.example.com"), "*.example.com", "", Ok("scalr.example.com")),
        (scalr("example.com"), "*.example.com", "", Err("is not known as a host")),
        (scalr("user@acme.scalr.io"), "", "", Err("no host stands in or near it")),
        (scalr("evil.example.com/.scalr.io"), "", "", Err("no host stands in or near it")),
        (scalr("evil.example.com#.scalr.io"), "", "", Err("no host stands in or near it")),
        (scalr("127.0.0.1"), "", "", Err("127.0.0.1 is not known as a host")),
        (Credential::new("github-personal-access-token", "s", []), "", "", Ok("api.github.com")),
        (Credential::new("gitlab-personal-access-token", "s", []), "", "", Ok("gitlab.com")),
        (plain("datadog-api-key", "site", "us3.datadoghq.com"), "", "", Ok("api.us3.datadoghq.com")),
        (plain("datadog-api-key", "", ""), "", "", Ok("api.datadoghq.com")),
        (plain("shopify-access-token", "shop", "acme.myshopify.com"), "", "", Ok("acme.myshopify.com")),
        (
            plain("shopify-access-token", "", ""),
            "",
            "",
            Err("no host stands in or near it: name one with --host shopify=HOST"),
        ),
        (plain("aws-secret-access-key", "", ""), "", "", Err("its access_key_id is not nearby")),
        (plain("aws-secret-access-key", "access_key_id", "ASIAEXAMPLE"), "", "", Err("a temporary key")),
        (plain("aws-secret-access-key", "access_key_id", "AKIAEXAMPLE"), "", "", Ok("sts.amazonaws.com")),
        (plain("twilio-auth-token", "", ""), "", "", Err("its account_sid is not nearby")),
        (
            Credential::new("slack-webhook-url", "hooks.slack.com/services/T/B/x", []),
            "",
            "",
            Ok("hooks.slack.com"),
        ),
        (
            Credential::new("slack-webhook-url", "hooks.slack.com.example.com/services/T/B/x", []),
            "",
            "",
            Err("not an address of its provider"),
        ),
        (
            Credential::new("slack-webhook-url", "hooks.slack.com@example.com/x", []),
            "",
            "",
            Err("not an address of its provider"),
        ),
        (
            Credential::new("github-personal-access-token", "s\r\nX: y", []),
            "",
            "",
            Err("characters that no header can have"),
        ),
        (Credential::new("github-personal-access-token", [0xff], []), "", "", Err("it is not text")),
        (Credential::new("generic-password", "s", []), "", "", Err("no harmless request is known")),
        (Credential::new("no-such-detector", "s", []), "", "", Err("no harmless request is known")),
    ] {
        let recorder = Recorder::default();
        let mut builder = Client::builder().transport(recorder.clone());
        if !allowed.is_empty() {
            builder = builder.allow_host(allowed).unwrap();
        }
        if !named.is_empty() {
            builder = builder.scalr_host(named.parse().unwrap());
        }
        let verdict = builder.build().verify(&[credential]).pop().unwrap();
        let urls = recorder.0.lock().unwrap().clone();
        match asked {
            Ok(host) => {
                assert_eq!(urls.len(), 1, "{host}: {}", verdict.evidence);
                assert!(urls[0].starts_with(&format!("https://{host}/")), "{host}: {urls:?}");
                assert_eq!(verdict.evidence.host.as_deref(), Some(host));
            }
            Err(because) => {
                assert_eq!(urls, [""; 0], "{because}");
                assert_eq!(verdict.validity, Validity::Unknown);
                assert!(verdict.evidence.because.contains(because), "{because}: {}", verdict.evidence);
            }
        }
    }
}

#[test]
fn hosts_of_users() {
    let host = || "git.example.com:8443".parse().unwrap();
    for (provider, asked) in [
        ("GitLab", Ok("https://git.example.com:8443/api/v4/personal_access_tokens/self")),
        ("gitlab", Ok("https://git.example.com:8443/api/v4/personal_access_tokens/self")),
        (
            "github",
            Err(
                "github is none of the providers with hosts of their users: datadog, gitlab, npm, scalr, shopify",
            ),
        ),
        ("slack", Err("slack is none of the providers")),
        ("", Err("is none of the providers")),
    ] {
        let recorder = Recorder::default();
        match (Client::builder().provider_host(provider, host()), asked) {
            (Ok(builder), Ok(url)) => {
                let client = builder.transport(recorder.clone()).build();
                let verdicts = client.verify(&[Credential::new("gitlab-personal-access-token", "s", [])]);
                assert_eq!(recorder.0.lock().unwrap()[..], [url.to_owned()]);
                // A 401 of the host that was named is about this token.
                assert_eq!(verdicts[0].validity, Validity::Dead);
            }
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (result, _) => panic!("{provider}: {}", result.is_ok()),
        }
    }
}

#[test]
fn paths_cannot_be_left() {
    let twilio =
        |sid: &str| Credential::new("twilio-auth-token", "s", [("account_sid".into(), sid.to_owned())]);
    for (credential, shown) in [
        (twilio("AC1"), "https://api.twilio.com/2010-04-01/Accounts/AC1.json"),
        (
            twilio("a/x?y#z%00 é"),
            "https://api.twilio.com/2010-04-01/Accounts/a%2Fx%3Fy%23z%2500%20%C3%A9.json",
        ),
        (twilio("../x"), ""),
        (twilio("."), ""),
        (Credential::new("telegram-bot-token", "1:a", []), "https://api.telegram.org/bot…/getMe"),
        (Credential::new("telegram-bot-token", "1:a/../x", []), ""),
        (
            Credential::new("slack-webhook-url", "hooks.slack.com/services/T/B/x", []),
            "https://hooks.slack.com/…",
        ),
        (Credential::new("slack-webhook-url", "hooks.slack.com/../x", []), ""),
    ] {
        let recorder = Recorder::default();
        let client = Client::builder().transport(recorder.clone()).build();
        let verdict = client.verify(&[credential]).pop().unwrap();
        let urls = recorder.0.lock().unwrap().clone();
        assert_eq!(urls.first().map_or("", |url| url), shown, "{}", verdict.evidence);
    }
}

#[test]
fn a_secret_beside_two_hosts_is_dead_only_if_both_say_so() {
    let scalr = |host: &str| Credential::new("scalr-api-token", "s", [("host".into(), host.to_owned())]);
    for (hosts, validity) in [
        (vec!["a.scalr.io", "other.scalr.io"], Validity::Live),
        (vec!["a.scalr.io", "b.scalr.io"], Validity::Dead),
        (vec!["a.scalr.io"], Validity::Dead),
    ] {
        let client = Client::builder().transport(Recorder::default()).build();
        let credentials: Vec<Credential> = hosts.iter().map(|host| scalr(host)).collect();
        let verdicts = client.verify(&credentials);
        assert!(verdicts.iter().all(|verdict| verdict.validity == validity), "{hosts:?}");
    }
    // One that stands beside no host has the verdict of the same secret elsewhere.
    let client = Client::builder().transport(Recorder::default()).build();
    let lone = Credential::new("scalr-api-token", "s", []);
    let verdicts = client.verify(&[lone, scalr("other.scalr.io")]);
    assert!(verdicts.iter().all(|verdict| verdict.validity == Validity::Live));
}

#[test]
fn each_other_half_of_a_credential_is_tried() {
    let twilio =
        |sid: &str| Credential::new("twilio-auth-token", "s", [("account_sid".into(), sid.to_owned())]);
    for (sids, asked) in [
        (vec!["AC1", "AC1", "AC2", "AC1"], 2),
        (vec!["AC1"], 1),
        (vec!["AC1", "AC2", "AC3", "AC4", "AC5", "AC6"], 4),
    ] {
        let recorder = Recorder::default();
        let client = Client::builder().transport(recorder.clone()).build();
        let credentials: Vec<Credential> = sids.iter().map(|sid| twilio(sid)).collect();
        client.verify(&credentials);
        client.verify(&credentials);
        assert_eq!(recorder.0.lock().unwrap().len(), asked, "{sids:?}");
    }
}

/// A proxy sees only what a CONNECT says: never the secret.
#[test]
fn no_plain_text_for_others() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let mut bytes = [0; 4096];
            let n = stream.read(&mut bytes).unwrap();
            heard.lock().unwrap().extend_from_slice(&bytes[..n]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let client = builder().scalr_host(format!("127.0.0.1:{port}").parse().unwrap()).build();
    assert_eq!(client.verify(&[scalr(0)])[0].validity, Validity::Unknown);
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && !String::from_utf8_lossy(&seen).contains("not.a.token"));
}
