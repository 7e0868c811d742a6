//! A stand-in for the part of Scalr's API that we use: as much as its reference says of it.

use std::sync::{Arc, Mutex};

use super::{Received, Reply, Server};

/// An installation with one account. Its tokens are told apart by their text.
#[derive(Clone)]
pub struct Scalr {
    pub server: Server,
    live: Arc<Mutex<Vec<(String, String)>>>,
}

impl Scalr {
    /// With these tokens, each with its id.
    pub fn new(tokens: &[(&str, &str)]) -> Scalr {
        let tokens = tokens.iter().map(|(token, id)| ((*token).to_owned(), (*id).to_owned())).collect();
        let live: Arc<Mutex<Vec<(String, String)>>> = Arc::new(Mutex::new(tokens));
        let known = Arc::clone(&live);
        Scalr { server: Server::new(move |request| answer(request, &known)), live }
    }

    /// The ids of the tokens that are not revoked.
    pub fn live(&self) -> Vec<String> {
        self.live.lock().unwrap().iter().map(|(_, id)| id.clone()).collect()
    }
}

fn error(status: u16) -> Reply {
    Reply::json(status, format!(r#"{{"errors":[{{"status":"{status}"}}]}}"#))
}

fn answer(request: &Received, live: &Mutex<Vec<(String, String)>>) -> Reply {
    let mut live = live.lock().unwrap();
    let token = request.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    if !live.iter().any(|(known, _)| known == token) {
        return error(401);
    }
    let path = request.path.strip_prefix("/api/iacp/v3/").unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(id) = path.strip_prefix("access-tokens/") {
        let Some(at) = live.iter().position(|(_, known)| known == id) else { return error(404) };
        if request.method == "DELETE" {
            live.remove(at);
            return Reply::new(204, "", "");
        }
        let data =
            format!(r#"{{"id":"{id}","attributes":{{"name":"ci","last-used-at":"2026-01-02T03:04:05Z"}}}}"#);
        return Reply::json(200, format!(r#"{{"data":{data}}}"#));
    }
    if request.method != "GET" {
        return error(405);
    }
    match path {
        "accounts" => page(query, vec![item("acc-1", r#""name":"acme""#, "")]),
        "environments" => page(
            query,
            (0..250).map(|n| item(&format!("env-{n}"), &format!(r#""name":"e{n}""#), "")).collect(),
        ),
        "workspaces" => {
            let environment = r#""environment":{"data":{"id":"env-0"}}"#;
            page(
                query,
                ["ws-a", "ws-b"].map(|id| item(id, r#""name":"net\u001b[31mwork""#, environment)).into(),
            )
        }
        "workspaces/ws-a/current-state-version" => Reply::json(
            200,
            r#"{"data":{"id":"sv-1","attributes":{"serial":7,"created-at":"2026-01-01T00:00:00Z"}}}"#,
        ),
        "provider-configurations" => {
            page(query, vec![item("pcfg-1", r#""name":"aws","provider-name":"aws""#, "")])
        }
        "vars" => page(
            query,
            vec![
                item("var-1", r#""key":"db","category":"shell","sensitive":false,"value":"hunter2""#, ""),
                item("var-2", r#""key":"pw","category":"terraform","sensitive":true,"value":null"#, ""),
            ],
        ),
        "service-accounts" => {
            page(query, vec![item("sa-1", r#""name":"ci","email":"ci@acme.scalr.io""#, "")])
        }
        "access-policies" => Reply::new(403, "text/html", "<h1>Forbidden</h1>"),
        _ => error(404),
    }
}

fn item(id: &str, attributes: &str, relationships: &str) -> String {
    format!(r#"{{"id":"{id}","attributes":{{{attributes}}},"relationships":{{{relationships}}}}}"#)
}

fn page(query: &str, items: Vec<String>) -> Reply {
    let number = |name: &str, or: usize| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("page[{name}]=")));
        value.map_or(or, |value| value.parse().unwrap())
    };
    let (size, current) = (number("size", 20), number("number", 1));
    let pages = items.len().div_ceil(size).max(1);
    let next = if current < pages { (current + 1).to_string() } else { "null".into() };
    let some: Vec<String> = items.iter().skip((current - 1) * size).take(size).cloned().collect();
    let pagination =
        format!(r#"{{"current-page":{current},"next-page":{next},"total-count":{}}}"#, items.len());
    Reply::json(200, format!(r#"{{"data":[{}],"meta":{{"pagination":{pagination}}}}}"#, some.join(",")))
}
