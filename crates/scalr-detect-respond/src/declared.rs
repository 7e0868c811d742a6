//! Every declaration, with the examples that stand beside it, through the whole engine and over a real connection.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use scalr_detect_spec::{Answer, Entry, Exchange as Declared, Shared, parse, template};

use crate::exchange::{Exchange, Named, revocation, verification};
use crate::server::{Received, Reply, Server};
use crate::{Client, Credential, HttpTransport, Request, Response, Transport, TransportError, known_hosts};

/// Sends every request to a server of this machine, whoever it is for.
struct Rerouted {
    inner: HttpTransport,
    origin: String,
}

impl Transport for Rerouted {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
        let (_, rest) = request.url.split_once("://").unwrap();
        assert!(request.url.starts_with("https://"), "{}", request.shown_url);
        let path = &rest[rest.find('/').unwrap()..];
        self.inner.send(&Request { url: format!("{}{path}", self.origin), ..request.clone() }, timeout)
    }
}

fn entries() -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scalr-detect-catalog/detectors");
    let mut entries = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if text.contains("[detector.verify]") || text.contains("[detector.revoke]") {
            entries.extend(parse(&path.display().to_string(), &text).unwrap().detectors);
        }
    }
    entries
}

/// A secret as in the first example of a detector, with every part that it may have and the host that it is for.
fn credential(entry: &Entry, exchange: &Exchange) -> Credential {
    let example = template::expand(&entry.hit[0], 7).unwrap();
    let secret = example.text[example.secret.unwrap()].to_vec();
    let mut details: Vec<(String, String)> =
        entry.parts.iter().map(|part| (part.name.clone(), format!("part-{}", part.name.len()))).collect();
    details.push(("token-id".into(), "at-test".into()));
    if let Some(host) = &exchange.host
        && let (Some(fact), Some(known)) = (host.fact, host.known.last())
    {
        details.retain(|(name, _)| name != fact);
        let prefix = exchange.url.trim_start_matches("https://").split("{host}").next().unwrap();
        let known = known.replace('*', "acme");
        details.push((fact.into(), known.strip_prefix(prefix).unwrap_or(&known).into()));
    }
    Credential::new(entry.id.clone(), secret, details)
}

fn client(reply: &Answer, server: &mut Option<Server>) -> Client {
    let reply = Reply::new(reply.status, &reply.r#type, reply.body.as_bytes());
    // What is asked after a revocation is another question.
    let asked = AtomicBool::new(false);
    let running = server.insert(Server::new(move |_| match asked.swap(true, Ordering::Relaxed) {
        false => reply.clone(),
        true => Reply::new(500, "", ""),
    }));
    // Reading the certificates of this machine takes a while.
    static HTTP: LazyLock<HttpTransport> = LazyLock::new(HttpTransport::allow_private);
    let transport = Rerouted { inner: HTTP.clone(), origin: running.origin() };
    let npm = "packages.example.com".parse().unwrap();
    Client::builder().provider_host("npm", npm).unwrap().transport(transport).build()
}

/// Nothing but the request has the secret in it, and the request has it once or, signed, not at all.
fn check_request(entry: &Entry, credential: &Credential, exchange: &Exchange, received: &[Received]) {
    let secret = String::from_utf8_lossy(credential.secret()).into_owned();
    assert_eq!(received.len(), 1, "{}", entry.id);
    assert_eq!(received[0].method, exchange.method, "{}", entry.id);
    let text = received[0].text();
    let path = secret.find('/').map_or(&*secret, |at| &secret[at..]);
    let is_sent = text.contains(&secret) || exchange.basic.is_some() || text.contains(path);
    assert_eq!(is_sent, exchange.sigv4.is_none(), "{}: the secret is not where it belongs", entry.id);
    let mut named = Named::default();
    named.of_providers.push(("npm".into(), "packages.example.com".parse().unwrap()));
    let target = exchange.target(credential, &named).unwrap();
    let request = exchange.request(credential, &target, None, Timestamp::now()).unwrap();
    for shown in [format!("{request:?}"), request.shown_url().to_owned()] {
        assert!(!shown.contains(&secret) && !shown.contains(path), "{}: {shown}", entry.id);
    }
}

/// The exchange of an entry's own.
fn own(shared: &Option<Shared>) -> Option<&Declared> {
    match shared {
        Some(Shared::Own(exchange)) => Some(exchange),
        _ => None,
    }
}

#[test]
fn verifications_do_what_their_examples_say() {
    let mut count = 0;
    for entry in entries() {
        let Some(declared) = own(&entry.verify) else { continue };
        let exchange = verification(&entry.id).unwrap();
        let credential = credential(&entry, exchange);
        let mut decided = Vec::new();
        for example in &declared.example {
            let mut server = None;
            let client = client(example, &mut server);
            let verdict = client.verify(std::slice::from_ref(&credential)).pop().unwrap();
            let (secret, evidence) =
                (String::from_utf8_lossy(credential.secret()).into_owned(), verdict.evidence);
            assert_eq!(verdict.validity.name(), example.means, "{}: {}: {evidence}", entry.id, example.body);
            check_request(&entry, &credential, exchange, &server.unwrap().received());
            assert!(!evidence.to_string().contains(&secret), "{}", entry.id);
            assert_eq!(evidence.status, Some(example.status), "{}", entry.id);
            decided.push(evidence.because);
            count += 1;
        }
        for rule in exchange.live.iter().chain(exchange.dead) {
            let because = rule.because();
            assert!(
                decided.iter().any(|d| d.starts_with(&because)),
                "{}: no example for {because}",
                entry.id
            );
        }
    }
    assert!(count > 100, "{count} examples");
}

#[test]
fn revocations_do_what_their_examples_say() {
    let mut count = 0;
    for entry in entries() {
        let Some(declared) = own(&entry.revoke) else { continue };
        let exchange = revocation(&entry.id).unwrap();
        let credential = credential(&entry, exchange);
        for example in &declared.example {
            let mut server = None;
            let client = client(example, &mut server);
            let revocation = client.revocation(&credential, None).unwrap();
            let shown = format!("{revocation:?} {}", revocation.request());
            assert!(!shown.contains(&*String::from_utf8_lossy(credential.secret())), "{}", entry.id);
            let revoked = client.revoke(&revocation);
            assert_eq!(revoked.is_accepted, example.means == "done", "{}: {}", entry.id, revoked.evidence);
            check_request(&entry, &credential, exchange, &server.unwrap().received()[..1]);
            count += 1;
        }
    }
    assert!(count >= 14, "{count} examples");
}

#[test]
fn what_is_shared_is_the_same() {
    for entry in entries() {
        for (shared, find) in [
            (&entry.verify, verification as fn(&str) -> Option<&'static Exchange>),
            (&entry.revoke, revocation),
        ] {
            match shared {
                None => assert!(find(&entry.id).is_none(), "{}", entry.id),
                Some(Shared::Own(_)) => assert!(find(&entry.id).is_some(), "{}", entry.id),
                Some(Shared::SameAs(id)) => {
                    assert!(std::ptr::eq(find(&entry.id).unwrap(), find(id).unwrap()), "{}", entry.id);
                }
            }
        }
    }
}

#[test]
fn the_hosts_that_are_asked() {
    let hosts = known_hosts();
    assert!(hosts.is_sorted());
    for host in ["*.scalr.io", "api.github.com", "gitlab.com", "hooks.slack.com", "sts.amazonaws.com"] {
        assert!(hosts.contains(&host), "{host}");
    }
    assert!(!hosts.iter().any(|host| host.contains(['{', '/', ':'])), "{hosts:?}");
}
