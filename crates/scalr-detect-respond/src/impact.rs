//! What a Scalr token reaches: the extent of the damage if it leaked.
//!
//! Only reads, and only lists: no state is downloaded, no value of a variable is kept. Paths are those of Scalr's API
//! reference, <https://docs.scalr.io/reference/overview-1>.

use std::fmt;

use scalr_detect::Scanner;
use serde::Serialize;
use serde_json::Value;

use crate::client::Client;
use crate::credential::as_map;
use crate::exchange::percent;
use crate::hosts::Host;
use crate::transport::{Request, Response};

/// How many things a page of a list has.
const PAGE: usize = 100;

/// How many bytes of a page are read.
const MAX_PAGE: usize = 8 << 20;

/// Of how many workspaces it is asked whether their state can be read.
const STATES: usize = 20;

/// How long a text of an answer may be, in characters, to be shown whole.
const MAX_TEXT: usize = 120;

/// A list of the API: what it is called, its path, and what is worth knowing of each thing in it beside its id, as JSON
/// pointers.
struct List {
    name: &'static str,
    path: &'static str,
    facts: &'static [(&'static str, &'static str)],
}

const LISTS: [List; 8] = [
    List { name: "accounts", path: "accounts", facts: &[("name", "/attributes/name")] },
    List {
        name: "environments",
        path: "environments",
        facts: &[("name", "/attributes/name"), ("account", "/relationships/account/data/id")],
    },
    List {
        name: "workspaces",
        path: "workspaces",
        facts: &[("name", "/attributes/name"), ("environment", "/relationships/environment/data/id")],
    },
    List {
        name: "provider-configurations",
        path: "provider-configurations",
        facts: &[("name", "/attributes/name"), ("provider", "/attributes/provider-name")],
    },
    List {
        name: "variables",
        path: "vars",
        facts: &[
            ("name", "/attributes/key"),
            ("category", "/attributes/category"),
            ("sensitive", "/attributes/sensitive"),
        ],
    },
    List {
        name: "service-accounts",
        path: "service-accounts",
        facts: &[
            ("name", "/attributes/name"),
            ("email", "/attributes/email"),
            ("status", "/attributes/status"),
        ],
    },
    List {
        name: "access-policies",
        path: "access-policies",
        facts: &[
            ("user", "/relationships/user/data/id"),
            ("team", "/relationships/team/data/id"),
            ("service-account", "/relationships/service-account/data/id"),
            ("environment", "/relationships/environment/data/id"),
            ("workspace", "/relationships/workspace/data/id"),
        ],
    },
    List {
        name: "access-tokens",
        path: "reports/access-tokens",
        facts: &[
            ("name", "/attributes/name"),
            ("last-characters", "/attributes/last-characters"),
            ("owner-type", "/attributes/owner-type"),
            ("owner-email", "/attributes/owner-email"),
            ("last-used-at", "/attributes/last-used-at"),
            ("expires-at", "/attributes/expires-at"),
        ],
    },
];

/// What a token reaches.
#[derive(Clone, Debug, Serialize)]
pub struct Impact {
    /// Who was asked.
    pub host: String,
    /// What is known of the token itself, if the host tells.
    pub token: Option<Item>,
    /// What it lists.
    pub lists: Vec<Listing>,
}

/// One kind of thing.
#[derive(Clone, Debug, Serialize)]
pub struct Listing {
    /// What they are, such as `workspaces`.
    pub name: &'static str,
    /// Whether the token may see them.
    pub access: Access,
    /// How many there are, if the host tells; else how many were listed.
    pub total: u64,
    /// The first of them.
    pub items: Vec<Item>,
}

/// Whether a token may see something.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// It may.
    Granted,
    /// It may not, or there is nothing of the kind.
    None,
    /// It is not known, for this reason.
    Unknown(String),
}

/// A thing that a token reaches.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// What else is known of it: names and values. No secrets, as the API does not give them.
    #[serde(serialize_with = "as_map")]
    pub facts: Vec<(&'static str, String)>,
}

/// Why nothing can be said.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ImpactError {
    /// The token has characters that no header can have.
    NoToken,
    /// The host does not accept the token.
    Dead,
    /// The host gave no answer that is Scalr's. The text says what it gave.
    NoAnswer(String),
}

impl fmt::Display for ImpactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImpactError::NoToken => {
                f.write_str("this is no token: it is empty or has characters that none has")
            }
            ImpactError::Dead => f.write_str(
                "the host does not accept the token: it is revoked, has expired, or is of another host",
            ),
            ImpactError::NoAnswer(what) => write!(f, "no answer of Scalr's: {what}"),
        }
    }
}

impl std::error::Error for ImpactError {}

/// A token, and where it is used.
struct Reader<'a> {
    client: &'a Client,
    origin: String,
    token: &'a str,
    until: std::time::Instant,
}

impl Client {
    /// Lists what a Scalr token reaches: at most `limit` things of each kind.
    ///
    /// # Errors
    ///
    /// When the host does not accept the token, or is not Scalr's.
    pub fn impact(&self, host: &Host, token: &str, limit: usize) -> Result<Impact, ImpactError> {
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ImpactError::NoToken);
        }
        let reader = Reader { client: self, origin: host.origin(), token, until: self.until() };
        let (first, rest) = LISTS.split_first().expect("there are lists");
        let mut lists = vec![reader.list(first, limit)?];
        for list in rest {
            lists.push(reader.list(list, limit)?);
            if list.name == "workspaces" {
                let workspaces = lists.last().map_or(&[][..], |workspaces| &workspaces.items);
                let states = reader.states(workspaces);
                lists.push(states);
            }
        }
        Ok(Impact { host: host.to_string(), token: reader.itself(), lists })
    }
}

impl Reader<'_> {
    fn request(&self, path: &str) -> Request {
        let url = format!("{}/api/iacp/v3/{path}", self.origin);
        let headers = vec![
            ("Authorization".to_owned(), format!("Bearer {}", self.token)),
            ("Accept".to_owned(), "application/vnd.api+json".to_owned()),
        ];
        Request { method: "GET", shown_url: url.clone(), url, headers, body: Vec::new(), max_body: MAX_PAGE }
    }

    /// A list, page after page.
    fn list(&self, list: &List, limit: usize) -> Result<Listing, ImpactError> {
        let mut listing = Listing { name: list.name, access: Access::None, total: 0, items: Vec::new() };
        let mut page = 1;
        loop {
            let json = match self.read(&format!("{}?page[size]={PAGE}&page[number]={page}", list.path)) {
                Ok(Some(json)) => json,
                Ok(None) => break,
                // Without the first list there is nothing to tell; another may be out of reach for itself.
                Err(error) if list.path == "accounts" => return Err(error),
                Err(error) => {
                    listing.access = Access::Unknown(error.to_string());
                    break;
                }
            };
            listing.access = Access::Granted;
            let data = json.get("data").and_then(Value::as_array).map_or(&[][..], |data| data);
            let room = limit.saturating_sub(listing.items.len());
            listing.items.extend(data.iter().take(room).map(|item| self.item(item, list.facts)));
            let pagination = |name: &str| json.pointer("/meta/pagination")?.get(name)?.as_u64();
            if page == 1 {
                listing.total = pagination("total-count").unwrap_or(data.len() as u64);
            }
            match pagination("next-page") {
                Some(next) if next > page && !data.is_empty() && listing.items.len() < limit => page = next,
                _ => break,
            }
        }
        listing.total = listing.total.max(listing.items.len() as u64);
        Ok(listing)
    }

    /// Of which workspaces the token may read the state, of the first few. Nothing is downloaded.
    fn states(&self, workspaces: &[Item]) -> Listing {
        let asked = &workspaces[..workspaces.len().min(STATES)];
        let path = |item: &Item| format!("workspaces/{}/current-state-version", percent(&item.id, b"-_"));
        let requests: Vec<Request> = asked.iter().map(|item| self.request(&path(item))).collect();
        let mut listing =
            Listing { name: "readable-states", access: Access::None, total: 0, items: Vec::new() };
        for (workspace, answer) in asked.iter().zip(self.client.ask_all(&requests, self.until)) {
            let answer = answer.map_err(|reason| ImpactError::NoAnswer(reason.to_string()));
            match answer.and_then(|response| of_scalr(&response)) {
                Ok(Some(json)) => {
                    let facts: &[(&'static str, &'static str)] =
                        &[("serial", "/attributes/serial"), ("created-at", "/attributes/created-at")];
                    let mut item = self.item(json.get("data").unwrap_or(&Value::Null), facts);
                    item.facts.push(("workspace", workspace.id.clone()));
                    listing.access = Access::Granted;
                    listing.items.push(item);
                }
                Ok(None) => {}
                Err(error) if listing.access == Access::None => {
                    listing.access = Access::Unknown(error.to_string())
                }
                Err(_) => {}
            }
        }
        listing.total = listing.items.len() as u64;
        listing
    }

    /// What the host tells of the token, which says its own id.
    fn itself(&self) -> Option<Item> {
        let scanner = Scanner::new();
        let finding = scanner.find_iter(self.token).next()?;
        let details = finding.details();
        let json =
            self.read(&format!("access-tokens/{}", percent(details.get("token-id")?, b"-_"))).ok()??;
        let facts: &[(&'static str, &'static str)] = &[
            ("name", "/attributes/name"),
            ("description", "/attributes/description"),
            ("created-at", "/attributes/created-at"),
            ("expires-at", "/attributes/expires-at"),
            ("last-used-at", "/attributes/last-used-at"),
        ];
        Some(self.item(json.get("data")?, facts))
    }

    /// An answer of Scalr. None: what is asked for is not there for this token.
    fn read(&self, path: &str) -> Result<Option<Value>, ImpactError> {
        let answer = self.client.ask(self.request(path), self.until);
        of_scalr(&answer.map_err(|reason| ImpactError::NoAnswer(reason.to_string()))?)
    }

    fn item(&self, json: &Value, facts: &[(&'static str, &'static str)]) -> Item {
        let text = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(self.clean(text)),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        let fact = |(name, at): &(&'static str, &'static str)| Some((*name, text(json.pointer(at)?)?));
        Item {
            id: json.get("id").and_then(text).unwrap_or_default(),
            facts: facts.iter().filter_map(fact).collect(),
        }
    }

    /// A text of an answer, short, fit for a terminal, and without the token.
    fn clean(&self, text: &str) -> String {
        let text = text.replace(self.token, "…");
        let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        let mut short: String = plain.take(MAX_TEXT + 1).collect();
        if short.chars().count() > MAX_TEXT {
            short.pop();
            short.push('…');
        }
        short
    }
}

/// The JSON of an answer that is Scalr's; None for 404, which is what a token gets that may not see something.
fn of_scalr(response: &Response) -> Result<Option<Value>, ImpactError> {
    let is_json = response.content_type().contains("json") && !response.is_cut;
    let json: Option<Value> = is_json.then(|| serde_json::from_slice(&response.body).ok()).flatten();
    let is_error = json.as_ref().is_some_and(|json| json.pointer("/errors/0").is_some());
    match (response.status, json) {
        (200, Some(json)) if json.get("data").is_some() => Ok(Some(json)),
        (404, _) if is_error => Ok(None),
        (401, _) if is_error => Err(ImpactError::Dead),
        (status, _) => {
            let what = response.content_type();
            let what = if what.is_empty() { "no content type" } else { &what };
            Err(ImpactError::NoAnswer(format!("{status}, {what}")))
        }
    }
}

/// For people: a line for each thing.
impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "What the token reaches at {}:", self.host)?;
        if let Some(token) = &self.token {
            writeln!(f, "\ntoken\n  {token}")?;
        }
        for list in &self.lists {
            match &list.access {
                Access::Granted => writeln!(f, "\n{}: {}", list.name, list.total)?,
                Access::None => writeln!(f, "\n{}: none that it may see", list.name)?,
                Access::Unknown(why) => writeln!(f, "\n{}: not known ({why})", list.name)?,
            }
            for item in &list.items {
                writeln!(f, "  {item}")?;
            }
            let more = list.total - list.items.len() as u64;
            if more > 0 {
                writeln!(f, "  … and {more} more")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        self.facts.iter().try_for_each(|(name, value)| write!(f, "  {name}={value}"))
    }
}
