//! Exchanges with providers, as data: a request, and what its answers mean.
//!
//! They are declared beside the detectors, in the catalogue's `detectors/*.toml`, and compiled into `generated.rs`. An
//! answer proves something only if a rule says so, and every rule but those for what has no body asks for more than a
//! status: a firewall, a login page or a proxy has statuses too.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use scalr_detect::Catalog;
use serde_json::Value;

use crate::credential::{Credential, Evidence};
use crate::generated::{REVOKE, VERIFY};
use crate::hosts::{Host, is_known, is_name};
use crate::sigv4;
use crate::transport::{Request, Response};

/// How many bytes of an answer are read.
const MAX_BODY: usize = 64 << 10;

/// How long a fact may be, in characters.
const MAX_FACT: usize = 100;

/// A request, and what its answers mean.
pub(crate) struct Exchange {
    /// The page that documents it.
    pub(crate) documented: &'static str,
    pub(crate) method: &'static str,
    pub(crate) url: &'static str,
    pub(crate) host: Option<HostRule>,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) basic: Option<&'static str>,
    pub(crate) body: Body,
    pub(crate) sigv4: Option<Sigv4>,
    pub(crate) live: &'static [Rule],
    pub(crate) dead: &'static [Rule],
    pub(crate) facts: &'static [(&'static str, &'static str)],
    /// What a revocation does.
    pub(crate) effect: &'static str,
    pub(crate) done: &'static [Rule],
}

/// Where `{host}` comes from.
pub(crate) struct HostRule {
    /// The fact that names it.
    pub(crate) fact: Option<&'static str>,
    /// The provider's own.
    pub(crate) known: &'static [&'static str],
    /// The one that is asked where none is named.
    pub(crate) default: Option<&'static str>,
}

pub(crate) enum Body {
    None,
    Form(&'static str),
    Json(&'static str),
}

/// How a request to AWS is signed.
pub(crate) struct Sigv4 {
    pub(crate) service: &'static str,
    pub(crate) region: &'static str,
    /// The fact that is the id of the key.
    pub(crate) key_id: &'static str,
}

/// An answer that says something.
pub(crate) struct Rule {
    pub(crate) status: u16,
    pub(crate) predicate: Predicate,
    /// Whether it holds of the default host too; see [`HostRule::default`].
    pub(crate) anywhere: bool,
    pub(crate) note: &'static str,
}

/// What the body must have.
pub(crate) enum Predicate {
    /// Nothing in particular, but no HTML: that is what a portal sends for everything.
    Any,
    /// Something other than null at a JSON pointer.
    Has(&'static str),
    /// Just this at a JSON pointer.
    Is(&'static str, Scalar),
    /// A text; never in HTML, in which anything may stand.
    Contains(&'static str),
    /// This and nothing else, but for white space around it.
    Whole(&'static str),
}

#[derive(Clone, Copy)]
pub(crate) enum Scalar {
    Text(&'static str),
    Number(i64),
    Flag(bool),
}

/// The exchange that verifies what this detector finds.
pub(crate) fn verification(detector: &str) -> Option<&'static Exchange> {
    find(&VERIFY, detector)
}

/// The exchange that revokes what this detector finds.
pub(crate) fn revocation(detector: &str) -> Option<&'static Exchange> {
    find(&REVOKE, detector)
}

fn find(table: &[(&str, &'static Exchange)], detector: &str) -> Option<&'static Exchange> {
    table.binary_search_by(|(id, _)| (*id).cmp(detector)).ok().map(|at| table[at].1)
}

/// Every host that a declaration names, sorted; `*.` at the start stands for whatever comes before.
///
/// With the hosts that a user names, these are all that are ever asked.
pub fn known_hosts() -> Vec<&'static str> {
    let exchanges = VERIFY.iter().chain(&REVOKE).map(|(_, exchange)| exchange);
    let hosts: BTreeSet<&str> = exchanges
        .flat_map(|exchange| match &exchange.host {
            Some(host) => host.known.to_vec(),
            None => vec![authority(exchange.url)],
        })
        .collect();
    hosts.into_iter().collect()
}

/// The providers whose secrets may be for hosts of their users, by [`slug`].
pub(crate) fn providers_with_hosts() -> BTreeSet<String> {
    let exchanges = VERIFY.iter().chain(&REVOKE);
    let is_open = |exchange: &Exchange| exchange.host.is_some() && authority(exchange.url) != "{secret}";
    let ids = exchanges.filter(|(_, exchange)| is_open(exchange)).map(|(id, _)| id);
    ids.filter_map(|id| Catalog::builtin().get(id)).map(|detector| slug(detector.provider)).collect()
}

/// What stands between `https://` and the path.
fn authority(url: &'static str) -> &'static str {
    url.trim_start_matches("https://").split('/').next().unwrap_or_default()
}

/// Who is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// `https://host:port`.
    pub(crate) origin: String,
    /// The host as it is shown.
    pub(crate) host: String,
    /// Whether it is only a guess that the secret is one of this host's.
    is_default: bool,
}

/// The hosts that a user names.
#[derive(Clone, Default)]
pub(crate) struct Named {
    /// Those that may be asked, if they stand in or near a secret; `*.` at the start as in [`known_hosts`].
    pub(crate) allowed: Vec<String>,
    /// Those of providers, by [`slug`].
    pub(crate) of_providers: Vec<(String, Host)>,
}

impl Named {
    fn allows(&self, name: &str) -> bool {
        let allowed: Vec<&str> = self.allowed.iter().map(|host| &**host).collect();
        is_known(name, &allowed)
    }

    fn of(&self, provider: &str) -> Option<&Host> {
        let provider = slug(provider);
        self.of_providers.iter().find(|(name, _)| *name == provider).map(|(_, host)| host)
    }
}

/// The name of a provider as people write it in options: `hugging-face`.
pub(crate) fn slug(provider: &str) -> String {
    provider.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-")
}

/// Why a request could not be made, a clause.
pub(crate) type Reason = Cow<'static, str>;

/// A request to a provider, as it is declared beside the detector.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Declared {
    /// Method and URL, with `…` for the secret and names in braces for what else is put in.
    pub request: String,
    /// The page of the provider's documentation that describes it.
    pub documented: &'static str,
}

impl Exchange {
    pub(crate) fn declared(&self) -> Declared {
        let request = format!("{} {}", self.method, self.url.replace("{secret}", "…"));
        Declared { request, documented: self.documented }
    }

    /// Whether another's token can make this request.
    pub(crate) fn is_by_other(&self) -> bool {
        self.headers.iter().any(|(_, text)| text.contains("{authority}"))
    }

    /// Who is to be asked about a credential: the host that it names, then the one near it, then the one that the user
    /// named for this provider. No other is guessed.
    pub(crate) fn target(&self, credential: &Credential, named: &Named) -> Result<Target, Reason> {
        let authority = authority(self.url);
        let https = |host: String, is_default| Target { origin: format!("https://{host}"), host, is_default };
        let Some(rule) = &self.host else { return Ok(https(authority.to_owned(), false)) };
        if authority == "{secret}" {
            let secret = String::from_utf8_lossy(credential.secret());
            let host = secret.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            return match is_name(&host) && is_known(&host, rule.known) {
                true => Ok(https(host, false)),
                false => Err("it is not an address of its provider".into()),
            };
        }
        let whole = |host: &str| authority.replace("{host}", host);
        let fact = rule.fact.and_then(|fact| credential.detail(fact)).map(str::to_ascii_lowercase);
        let fact = fact.filter(|fact| is_name(fact));
        if let Some(host) = &fact {
            let host = whole(host);
            if is_known(&host, rule.known) || named.allows(&host) {
                return Ok(https(host, false));
            }
        }
        let provider = credential.provider();
        if let Some(host) = named.of(provider) {
            let origin = host.origin();
            let (scheme, rest) = origin.split_once("://").unwrap_or(("https", &origin));
            let (origin, host) = (format!("{scheme}://{}", whole(rest)), whole(&host.to_string()));
            return Ok(Target { origin, host, is_default: false });
        }
        let slug = slug(provider);
        match (fact, rule.default) {
            (Some(host), _) => {
                Err(format!("{host} is not known as a host of {provider}: allow it with --allow-host {host}")
                    .into())
            }
            (None, Some(default)) => Ok(https(whole(default), true)),
            (None, None) => {
                Err(format!("no host stands in or near it: name one with --host {slug}=HOST").into())
            }
        }
    }

    /// What tells the question about a credential from others about the same secret: the host, and the other parts of the
    /// credential that are sent with it.
    pub(crate) fn question(&self, credential: &Credential, target: &Target) -> String {
        let body = match self.body {
            Body::None => "",
            Body::Form(text) | Body::Json(text) => text,
        };
        let headers = self.headers.iter().map(|(_, text)| *text);
        let texts = headers.chain([self.url, body]).chain(self.basic);
        let names = texts.flat_map(names).chain(self.sigv4.iter().map(|sigv4| sigv4.key_id));
        names
            .filter_map(|name| credential.detail(name))
            .fold(target.origin.clone(), |all, part| all + "\n" + part)
    }

    /// The request. `authority` is another's token that has the right to revoke, if there is one.
    pub(crate) fn request(
        &self,
        credential: &Credential,
        target: &Target,
        authority: Option<&str>,
        now: Timestamp,
    ) -> Result<Request, Reason> {
        let secret = std::str::from_utf8(credential.secret()).map_err(|_| "it is not text")?;
        let value = |name: &str| match name {
            "secret" => Some(secret),
            "authority" => Some(authority.unwrap_or(secret)),
            "host" => None,
            name => credential.detail(name),
        };
        let path = self.url.trim_start_matches("https://");
        let (url, shown_url) = match path.strip_prefix("{secret}") {
            // The secret is the address itself, whose host was looked at.
            Some(rest) => {
                let address = secret.find('/').map_or("", |at| &secret[at..]);
                let address = percent(address, b"-._~/:@");
                (format!("{}{address}{rest}", target.origin), format!("{}/…{rest}", target.origin))
            }
            None => {
                let rest = &path[path.find('/').unwrap_or(path.len())..];
                let shown = |name: &str| if name == "secret" { Some("…") } else { value(name) };
                let filled = fill(rest, value, in_url)?;
                (
                    format!("{}{filled}", target.origin),
                    format!("{}{}", target.origin, fill(rest, shown, in_shown_url)?),
                )
            }
        };
        // No client may take it for a way to another path.
        if url.contains("..") {
            return Err("it has dots that no path can have".into());
        }
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, text) in self.headers {
            headers.push(((*name).to_owned(), fill(text, value, |text| text.into())?));
        }
        if let Some(basic) = self.basic {
            let pair = fill(basic, value, |text| text.into())?;
            headers.push(("Authorization".into(), format!("Basic {}", BASE64_STANDARD.encode(pair))));
        }
        let body = match self.body {
            Body::None => Vec::new(),
            Body::Form(text) => {
                headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
                fill(text, value, |text| in_form(text).into())?.into_bytes()
            }
            Body::Json(text) => {
                headers.push(("Content-Type".into(), "application/json".into()));
                fill(text, value, in_json)?.into_bytes()
            }
        };
        if let Some(Sigv4 { service, region, key_id }) = self.sigv4 {
            let id = value(key_id).ok_or_else(|| missing(key_id))?;
            if id.starts_with("ASIA") {
                return Err("a temporary key works only with its session token".into());
            }
            let key = sigv4::Key { id, secret, service, region };
            sigv4::sign(&mut headers, &key, self.method, &url, &body, now);
        }
        // Also keeps line ends out, which would begin another header.
        if headers.iter().any(|(_, value)| !value.bytes().all(|b| (b' '..=b'~').contains(&b))) {
            return Err("it has characters that no header can have".into());
        }
        Ok(Request { method: self.method, url, shown_url, headers, body, max_body: MAX_BODY })
    }

    /// Whether an answer says that the secret is live or dead; the evidence.
    pub(crate) fn judge(
        &self,
        credential: &Credential,
        target: &Target,
        response: &Response,
    ) -> (Option<bool>, Evidence) {
        let answer = Answer::new(response);
        let mut evidence = evidence(target, response);
        if let Some(rule) = answer.matching(self.live) {
            evidence.because = rule.because();
            evidence.facts = answer.facts(self.facts, credential);
            return (Some(true), evidence);
        }
        if let Some(rule) = answer.matching(self.dead) {
            evidence.because = rule.because();
            if target.is_default && !rule.anywhere {
                evidence.because += ", but it may be a secret of another host: name that with --host";
                return (None, evidence);
            }
            return (Some(false), evidence);
        }
        evidence.because = nothing(response);
        (None, evidence)
    }

    /// Whether an answer says that the secret is revoked; the evidence.
    pub(crate) fn is_done(&self, target: &Target, response: &Response) -> (bool, Evidence) {
        let mut evidence = evidence(target, response);
        let rule = Answer::new(response).matching(self.done);
        evidence.because = rule.map_or_else(|| nothing(response), Rule::because);
        (rule.is_some(), evidence)
    }
}

fn evidence(target: &Target, response: &Response) -> Evidence {
    Evidence {
        host: Some(target.host.clone()),
        status: Some(response.status),
        content_type: response.content_type(),
        ..Evidence::default()
    }
}

/// Why an answer proves nothing.
fn nothing(response: &Response) -> String {
    match response.status {
        300..400 => "a redirect, which is not followed",
        429 => "too many requests",
        500.. => "the server could not answer",
        _ if response.is_cut => "an answer that is too long to be read",
        _ => "not one of the answers that prove something",
    }
    .into()
}

/// An answer that was read.
struct Answer<'a> {
    response: &'a Response,
    json: Option<Value>,
}

impl<'a> Answer<'a> {
    fn new(response: &'a Response) -> Answer<'a> {
        let is_json = response.content_type().contains("json");
        let json = if is_json { serde_json::from_slice(&response.body).ok() } else { None };
        Answer { response, json }
    }

    fn matching<'r>(&self, rules: &'r [Rule]) -> Option<&'r Rule> {
        rules.iter().find(|rule| rule.status == self.response.status && self.has(&rule.predicate))
    }

    fn has(&self, predicate: &Predicate) -> bool {
        let is_page = self.response.content_type().contains("html");
        match predicate {
            Predicate::Any => !is_page,
            Predicate::Has(at) => self.at(at).is_some_and(|value| !value.is_null()),
            Predicate::Is(at, scalar) => self.at(at).is_some_and(|value| match scalar {
                Scalar::Text(text) => value.as_str() == Some(text),
                Scalar::Number(number) => value.as_i64() == Some(*number),
                Scalar::Flag(flag) => value.as_bool() == Some(*flag),
            }),
            Predicate::Contains(text) => {
                let text = text.as_bytes();
                !is_page && self.response.body.windows(text.len()).any(|window| window == text)
            }
            Predicate::Whole(text) => self.response.body.trim_ascii() == text.as_bytes(),
        }
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        self.json.as_ref()?.pointer(pointer)
    }

    /// Short texts and numbers; nothing that holds the secret.
    fn facts(&self, facts: &[(&'static str, &str)], credential: &Credential) -> Vec<(&'static str, String)> {
        let secret = String::from_utf8_lossy(credential.secret());
        let fact = |(name, at): &(&'static str, &str)| {
            let value = match self.at(at)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            let is_short = (1..=MAX_FACT).contains(&value.chars().count());
            let is_clean = !value.chars().any(char::is_control) && !value.contains(&*secret);
            (is_short && is_clean).then_some((*name, value))
        };
        facts.iter().filter_map(fact).collect()
    }
}

impl Rule {
    pub(crate) fn because(&self) -> String {
        let what = match &self.predicate {
            Predicate::Any => "as documented".into(),
            Predicate::Has(at) => format!("{at} is there"),
            Predicate::Is(at, Scalar::Text(text)) => format!("{at} is {text:?}"),
            Predicate::Is(at, Scalar::Number(number)) => format!("{at} is {number}"),
            Predicate::Is(at, Scalar::Flag(flag)) => format!("{at} is {flag}"),
            Predicate::Contains(text) => format!("{text:?} is in it"),
            Predicate::Whole(text) => format!("it is {text:?}"),
        };
        if self.note.is_empty() { what } else { format!("{what}: {}", self.note) }
    }
}

fn missing(name: &str) -> Reason {
    format!("its {name} is not nearby").into()
}

/// The names in a template.
fn names(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| is_place(name))
}

/// Whether a text between braces is a name.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
}

/// A template with `{name}` replaced. Braces around anything else stand for themselves, as in JSON.
fn fill<'v>(
    template: &str,
    value: impl Fn(&str) -> Option<&'v str>,
    encode: impl Fn(&'v str) -> Cow<'v, str>,
) -> Result<String, Reason> {
    let (mut out, mut rest) = (String::new(), template);
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let name = rest[1..].split('}').next().unwrap_or_default();
        if rest.len() > name.len() + 1 && is_place(name) {
            out.push_str(&encode(value(name).ok_or_else(|| missing(name))?));
            rest = &rest[name.len() + 2..];
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// For a part of a path.
fn in_url(text: &str) -> Cow<'_, str> {
    percent(text, b"-._~:@").into()
}

/// For a part of a path that is shown.
fn in_shown_url(text: &str) -> Cow<'_, str> {
    if text == "…" { text.into() } else { in_url(text) }
}

/// For a value of a form.
fn in_form(text: &str) -> String {
    percent(text, b"-._~")
}

fn in_json(text: &str) -> Cow<'_, str> {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned().into()
}

/// Percent-encoded, but for letters, digits and `kept`.
pub(crate) fn percent(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(byte.into());
        } else {
            out += &format!("%{byte:02X}");
        }
        out
    })
}
