//! Revoking, and what a token reaches, at a stand-in for Scalr.

use std::sync::LazyLock;

use scalr_detect_respond::{
    Access, Client, ClientBuilder, Credential, HttpTransport, ImpactError, Validity, revoked_by, verified_by,
};
use server::scalr::Scalr;
use server::{Reply, Server};

mod server;

const LEAKED: &str = "leaked-token-of-a-test";
const ADMIN: &str = "administrators-token-of-a-test";

fn builder() -> ClientBuilder {
    static HTTP: LazyLock<HttpTransport> = LazyLock::new(HttpTransport::allow_private);
    Client::builder().transport(HTTP.clone())
}

fn client(server: &Server) -> Client {
    builder().scalr_host(server.origin().parse().unwrap()).build()
}

fn credential() -> Credential {
    Credential::new("scalr-api-token", LEAKED, [("token-id".to_owned(), "at-leaked".to_owned())])
}

fn installation() -> Scalr {
    Scalr::new(&[(LEAKED, "at-leaked"), (ADMIN, "at-admin")])
}

#[test]
fn a_token_revokes_itself() {
    let scalr = installation();
    let client = client(&scalr.server);
    assert_eq!(client.verify(&[credential()])[0].validity, Validity::Live);
    let revocation = client.revocation(&credential(), None).unwrap();
    let url = format!("{}/api/iacp/v3/access-tokens/at-leaked", scalr.server.origin());
    assert_eq!(revocation.request(), format!("DELETE {url}"));
    assert!(revocation.effect().ends_with('.') && !revocation.is_by_other());
    // So far nothing happened.
    assert_eq!(scalr.live(), ["at-leaked", "at-admin"]);

    let revoked = client.revoke(&revocation);
    assert!(revoked.is_accepted && revoked.is_dead(), "{revoked:?}");
    assert_eq!(revoked.evidence.status, Some(204));
    assert_eq!(scalr.live(), ["at-admin"]);
    // What was known before is not believed any more.
    assert_eq!(client.verify(&[credential()])[0].validity, Validity::Dead);
    // A second time.
    let revoked = client.revoke(&revocation);
    assert!(!revoked.is_accepted && revoked.is_dead());
}

#[test]
fn an_administrator_revokes_a_token() {
    let scalr = installation();
    let client = client(&scalr.server);
    let revocation = client.revocation(&credential(), Some(ADMIN)).unwrap();
    assert!(revocation.is_by_other());
    assert!(!format!("{revocation:?}{}", revocation.request()).contains(ADMIN));
    let revoked = client.revoke(&revocation);
    assert!(revoked.is_accepted && revoked.is_dead(), "{revoked:?}");
    assert_eq!(scalr.live(), ["at-admin"]);
    let [delete, ask] = &scalr.server.received()[..] else { panic!("two requests are needed") };
    assert_eq!(delete.header("authorization"), format!("Bearer {ADMIN}"));
    // Whether the token is dead, only the token can tell.
    assert_eq!(ask.header("authorization"), format!("Bearer {LEAKED}"));
}

#[test]
fn what_was_not_revoked_is_not_said_to_be() {
    let data = r#"{"data":[]}"#;
    for (delete, get, is_accepted, validity) in [
        (Reply::json(404, r#"{"errors":[{}]}"#), Reply::json(200, data), false, Validity::Live),
        (Reply::new(403, "text/html", "<h1>no</h1>"), Reply::json(200, data), false, Validity::Live),
        (Reply::new(200, "text/html", "<h1>Sign in</h1>"), Reply::json(200, data), false, Validity::Live),
        (Reply::new(302, "", "").with("Location", "/"), Reply::new(500, "", ""), false, Validity::Unknown),
        (Reply::Raw(Vec::new()), Reply::json(401, r#"{"errors":[{}]}"#), false, Validity::Dead),
        (Reply::new(204, "", ""), Reply::new(403, "", ""), true, Validity::Unknown),
    ] {
        let server =
            Server::new(move |request| if request.method == "DELETE" { delete.clone() } else { get.clone() });
        let client = client(&server);
        let revoked = client.revoke(&client.revocation(&credential(), None).unwrap());
        assert_eq!((revoked.is_accepted, revoked.after.validity), (is_accepted, validity), "{revoked:?}");
    }
}

#[test]
fn what_takes_a_moment_is_waited_for() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::new(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => Reply::new(204, "", ""),
        1 => Reply::json(200, r#"{"data":[]}"#),
        _ => Reply::json(401, r#"{"errors":[{}]}"#),
    });
    let client = client(&server);
    let revoked = client.revoke(&client.revocation(&credential(), None).unwrap());
    assert!(revoked.is_dead());
    assert_eq!(server.received().len(), 3);
}

#[test]
fn what_cannot_be_revoked() {
    let client = builder().build();
    let no_id = Credential::new("scalr-api-token", LEAKED, [("host".into(), "acme.scalr.io".into())]);
    for (credential, because) in [
        (Credential::new("generic-password", "x", []), "no API"),
        (Credential::new("openai-api-key", "x", []), "no API"),
        (credential(), "no host stands in or near it"),
        (no_id, "its token-id is not nearby"),
    ] {
        let error = client.revocation(&credential, None).unwrap_err().to_string();
        assert!(error.contains(because), "{error}");
    }
    let declared = revoked_by("scalr-api-token").unwrap();
    assert_eq!(declared.request, "DELETE https://{host}/api/iacp/v3/access-tokens/{token-id}");
    assert_eq!(declared.documented, "https://docs.scalr.io/reference/delete_access_token");
    assert_eq!(verified_by("telegram-bot-token").unwrap().request, "GET https://api.telegram.org/bot…/getMe");
    assert!(revoked_by("openai-api-key").is_none() && verified_by("openai-api-key").is_some());
    assert!(verified_by("generic-password").is_none() && verified_by("").is_none());
}

#[test]
fn what_a_token_reaches() {
    let scalr = installation();
    let host = scalr.server.origin().parse().unwrap();
    let impact = client(&scalr.server).impact(&host, ADMIN, 120).unwrap();
    let list = |name: &str| impact.lists.iter().find(|list| list.name == name).unwrap();
    for (name, access, total, items) in [
        ("accounts", Access::Granted, 1, 1),
        ("environments", Access::Granted, 250, 120),
        ("workspaces", Access::Granted, 2, 2),
        ("readable-states", Access::Granted, 1, 1),
        ("provider-configurations", Access::Granted, 1, 1),
        ("variables", Access::Granted, 2, 2),
        ("service-accounts", Access::Granted, 1, 1),
        ("access-tokens", Access::None, 0, 0),
    ] {
        let list = list(name);
        assert_eq!((&list.access, list.total, list.items.len()), (&access, total, items), "{name}");
    }
    assert!(
        matches!(&list("access-policies").access, Access::Unknown(why) if why.contains("403, text/html"))
    );
    assert_eq!(list("environments").items[119].id, "env-119");
    assert_eq!(list("readable-states").items[0].facts.last().unwrap(), &("workspace", "ws-a".to_owned()));
    let (text, json) = (impact.to_string(), serde_json::to_string(&impact).unwrap());
    for line in [
        "accounts: 1\n  acc-1  name=acme\n",
        "environments: 250\n",
        "  … and 130 more\n",
        "  ws-a  name=net [31mwork  environment=env-0\n",
        "  var-2  name=pw  category=terraform  sensitive=true\n",
        "access-policies: not known (no answer of Scalr's: 403, text/html)\n",
        "access-tokens: none that it may see\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
    assert!(json.contains(r#"{"name":"accounts","access":"granted","total":1,"items":[{"id":"acc-1","facts":{"name":"acme"}}]}"#), "{json}");
    for text in [text, json] {
        assert!(!text.contains("hunter2") && !text.contains(ADMIN));
        assert!(!text.contains('\u{1b}'));
    }
    // It reads and does nothing else, and no state.
    let received = scalr.server.received();
    assert!(received.iter().all(|request| request.method == "GET" && !request.path.contains("download")));
}

#[test]
fn a_limit_is_kept() {
    let scalr = installation();
    let host = scalr.server.origin().parse().unwrap();
    for limit in [0, 1, 100, 101, 250, 1000] {
        let impact = client(&scalr.server).impact(&host, ADMIN, limit).unwrap();
        let environments = impact.lists.iter().find(|list| list.name == "environments").unwrap();
        assert_eq!((environments.items.len(), environments.total), (limit.min(250), 250));
    }
}

#[test]
fn pages_that_do_not_end() {
    let endless = r#"{"data":[{"id":"acc-1"},{"id":"acc-2"}],"meta":{"pagination":{"next-page":1,"total-count":18446744073709551615}}}"#;
    let server = Server::always(Reply::json(200, endless));
    let host = server.origin().parse().unwrap();
    let impact = client(&server).impact(&host, ADMIN, 50).unwrap();
    assert!(impact.lists.iter().all(|list| list.items.len() <= 50));
    assert!(!impact.to_string().is_empty());
}

#[test]
fn who_does_not_answer_as_scalr() {
    for (reply, error) in [
        (Reply::json(401, r#"{"errors":[{}]}"#), ImpactError::Dead),
        (Reply::new(401, "text/html", "x"), ImpactError::NoAnswer("401, text/html".into())),
        (Reply::new(200, "text/html", "x"), ImpactError::NoAnswer("200, text/html".into())),
        (Reply::json(200, "[]"), ImpactError::NoAnswer("200, application/vnd.api+json".into())),
        (Reply::new(302, "", ""), ImpactError::NoAnswer("302, no content type".into())),
        (Reply::Raw(Vec::new()), ImpactError::NoAnswer("no connection, or it broke".into())),
    ] {
        let server = Server::always(reply);
        let host = server.origin().parse().unwrap();
        assert_eq!(client(&server).impact(&host, ADMIN, 10).unwrap_err(), error);
    }
    let server = Server::always(Reply::Endless);
    let host = server.origin().parse().unwrap();
    for token in ["", "a b", "a\nb", "é"] {
        assert_eq!(client(&server).impact(&host, token, 10).unwrap_err(), ImpactError::NoToken);
    }
    assert!(server.received().is_empty());
}
