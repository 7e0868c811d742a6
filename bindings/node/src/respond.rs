//! What to do about a secret that was found: the library `scalr-detect-respond`, with the types of JavaScript.
//!
//! As everywhere here, `index.js` and `respond.js` are the door. Credentials are objects of JavaScript, as findings are, so
//! that their secrets are in no property; they come here in `Parts`. What asks providers does so on the pool's threads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi::{JsString, Task};
use napi_derive::napi;
use scalr_detect::{Catalog, Position, Scanner};
use scalr_detect_respond as library;
use scalr_detect_respond::fix::{Fixer, Source, diff};
use scalr_detect_respond::playbook::{Facts, Place, Playbook};
use scalr_detect_respond::practices::Topic;
use scalr_detect_respond::snippet::{Language, Manager, SNIPPETS};
use scalr_detect_respond::{Access, Evidence, Host, Validity};

use crate::Input;
use crate::options::Code;
use crate::task::guarded;
use crate::text::{from_wtf8, to_wtf8};

/// By this name, as `napi` knows it from others by that.
type Result<T, E = Error<Code>> = std::result::Result<T, E>;

fn invalid(what: &str, error: impl std::fmt::Display) -> Error<Code> {
    Error::new(Code::InvalidValue, format!("{what}: {error}"))
}

/// The detector of the catalogue with this id or alias.
fn detector(id: &str) -> Result<&'static scalr_detect::Detector> {
    Catalog::builtin().get(id).ok_or_else(|| {
        // The same message as for the options of a scanner; only patterns such as `github-*` are fine there and not here.
        let said = Scanner::builder().only([id]).build().err().map(|error| error.to_string());
        let said = said.unwrap_or_else(|| format!("{id:?} stands for several detectors: name one"));
        Error::new(Code::UnknownDetector, said)
    })
}

/// The id of the detector with this id or alias.
#[napi(catch_unwind, skip_typescript)]
pub fn detector_id(id: String) -> Result<&'static str> {
    Ok(detector(&id)?.id)
}

/// Who a `Client` may ask, how fast, and for how long.
#[napi(object, object_to_js = false, namespace = "respond")]
#[derive(Default)]
pub struct ClientOptions {
    /// The host of your Scalr account, for tokens in or near which none stands: `scalr.example.com`, with a port if need be.
    /// `http://` may stand before it only where it is this machine.
    pub scalr_host: Option<String>,
    /// The hosts of your installations of other providers: `{ gitlab: 'gitlab.example.com' }`.
    #[napi(ts_type = "Record<string, string>")]
    pub hosts: Option<BTreeMap<String, String>>,
    /// Hosts that are asked too where they stand in or near a secret of such a provider; `*.example.com` stands for all below
    /// `example.com`.
    pub allow_hosts: Option<Vec<String>>,
    /// Whether hosts with private, loopback and link-local addresses may be asked. The default is `false`.
    pub allow_private: Option<bool>,
    /// How long a call may take in all, in seconds: more than 0, at most 86400. The default is 60. What was not asked by then
    /// is unknown.
    pub timeout: Option<f64>,
    /// How many requests may be under way at once, 1 to 64. The default is 8; one host never gets more than two.
    pub concurrency: Option<u32>,
}

impl ClientOptions {
    fn build(self) -> Result<library::Client> {
        let host = |what: &str, text: &str| text.parse::<Host>().map_err(|error| invalid(what, error));
        let mut builder = library::Client::builder().allow_private(self.allow_private.unwrap_or(false));
        if let Some(text) = &self.scalr_host {
            builder = builder.scalr_host(host("options.scalrHost", text)?);
        }
        for (provider, text) in self.hosts.iter().flatten() {
            let named = host("a host in options.hosts", text)?;
            builder =
                builder.provider_host(provider, named).map_err(|error| invalid("options.hosts", error))?;
        }
        for text in self.allow_hosts.iter().flatten() {
            builder = builder.allow_host(text).map_err(|error| invalid("options.allowHosts", error))?;
        }
        if let Some(seconds) = self.timeout {
            let deadline = Duration::try_from_secs_f64(seconds);
            builder = builder.deadline(deadline.map_err(|error| invalid("options.timeout", error))?);
        }
        if let Some(requests) = self.concurrency {
            builder = builder.concurrency(requests as usize);
        }
        Ok(builder.build())
    }
}

/// A credential as it comes from JavaScript: the id of its detector, the secret, and of its details names and values in turn.
type Parts = (String, Either<String, Uint8Array>, Vec<String>);

fn credential((detector, secret, details): Parts) -> library::Credential {
    let secret = match secret {
        Either::A(text) => text.into_bytes(),
        Either::B(bytes) => bytes.to_vec(),
    };
    library::Credential::new(detector, secret, pairs(details))
}

/// Names with their values, of names and values in turn.
fn pairs(details: Vec<String>) -> impl Iterator<Item = (String, String)> {
    let mut details = details.into_iter();
    std::iter::from_fn(move || Some((details.next()?, details.next()?)))
}

/// What a provider's answer says about a secret. There is no secret in it.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Verdict {
    /// `live`: the provider accepts it. `dead`: it does not, and said so in its own words. `unknown`: nobody could be asked,
    /// or the answer proves nothing.
    #[napi(ts_type = "'live' | 'dead' | 'unknown'")]
    pub validity: &'static str,
    /// From what this is concluded, in one line.
    pub evidence: String,
    /// Who was asked; left out if nobody was.
    pub host: Option<String>,
    /// The status of the answer; left out if there was none.
    pub status: Option<u16>,
    /// What the answer tells, such as an account.
    #[napi(ts_type = "Record<string, string>")]
    pub facts: BTreeMap<String, String>,
}

impl From<library::Verdict> for Verdict {
    fn from(verdict: library::Verdict) -> Verdict {
        Verdict {
            validity: verdict.validity.name(),
            evidence: verdict.evidence.to_string(),
            facts: map(&verdict.evidence.facts),
            host: verdict.evidence.host,
            status: verdict.evidence.status,
        }
    }
}

fn map(facts: &[(&'static str, String)]) -> BTreeMap<String, String> {
    facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// What it takes to revoke a secret: made by `Client.revocation`, shown first, done by `Client.revoke`. The secret is not
/// shown.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Revocation {
    /// The request: method and URL, with `…` for the secret.
    #[napi(readonly)]
    pub request: String,
    /// What it does: a sentence.
    #[napi(readonly)]
    pub effect: &'static str,
    /// The page of the provider's documentation.
    #[napi(readonly)]
    pub documented: &'static str,
    /// Whether it is another's token that revokes, and not the secret itself.
    #[napi(readonly)]
    pub is_by_other: bool,
}

/// A revocation that can be done.
pub struct Planned(Arc<library::Revocation>);

/// What is shown of a revocation.
#[napi(catch_unwind, skip_typescript)]
pub fn shown(planned: &External<Planned>) -> Revocation {
    Revocation {
        request: planned.0.request(),
        effect: planned.0.effect(),
        documented: planned.0.documented(),
        is_by_other: planned.0.is_by_other(),
    }
}

/// What became of a revocation.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Revoked {
    /// Whether the provider said that it is done.
    pub is_accepted: bool,
    /// Whether the secret is known to be dead now.
    pub is_dead: bool,
    /// What the provider answered, in one line.
    pub evidence: String,
    /// The host that was asked; left out if none was.
    pub host: Option<String>,
    /// The status of the answer; left out if there was none.
    pub status: Option<u16>,
    /// What asking about the secret gave afterwards.
    pub after: Verdict,
}

impl From<library::Revoked> for Revoked {
    fn from(revoked: library::Revoked) -> Revoked {
        let Evidence { host, status, .. } = revoked.evidence.clone();
        Revoked {
            is_accepted: revoked.is_accepted,
            is_dead: revoked.is_dead(),
            evidence: revoked.evidence.to_string(),
            host,
            status,
            after: revoked.after.into(),
        }
    }
}

/// A thing that a token reaches.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Item {
    /// Its id.
    pub id: String,
    /// What else is known of it. No secrets, as the API does not give them.
    #[napi(ts_type = "Record<string, string>")]
    pub facts: BTreeMap<String, String>,
}

/// One kind of thing that a token reaches.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Listing {
    /// What they are, such as `workspaces`.
    pub name: &'static str,
    /// Whether the token may see them. `none`: it may not, or there is nothing of the kind.
    #[napi(ts_type = "'granted' | 'none' | 'unknown'")]
    pub access: &'static str,
    /// Why that is not known; only with `unknown`.
    pub why: Option<String>,
    /// How many there are, if the host tells; else how many were listed.
    pub total: f64,
    /// The first of them.
    pub items: Vec<Item>,
}

/// What a Scalr token reaches.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Impact {
    /// Who was asked.
    pub host: String,
    /// What is known of the token itself, if the host tells.
    pub token: Option<Item>,
    /// What it lists.
    pub lists: Vec<Listing>,
}

impl From<library::Item> for Item {
    fn from(item: library::Item) -> Item {
        Item { facts: map(&item.facts), id: item.id }
    }
}

impl From<library::Impact> for Impact {
    fn from(impact: library::Impact) -> Impact {
        let listing = |listing: library::Listing| {
            let (access, why) = match listing.access {
                Access::Granted => ("granted", None),
                Access::None => ("none", None),
                Access::Unknown(why) => ("unknown", Some(why)),
            };
            let items = listing.items.into_iter().map(Item::from).collect();
            Listing { name: listing.name, access, why, total: listing.total as f64, items }
        };
        Impact {
            host: impact.host,
            token: impact.token.map(Item::from),
            lists: impact.lists.into_iter().map(listing).collect(),
        }
    }
}

/// Asks providers about secrets, and tells them to revoke them.
///
/// It asks the hosts of `knownHosts()`, those that its options name, and no other; a secret goes to its own provider and
/// nowhere else. Nothing is sent before a method is called, redirects are not followed, certificates are verified. Answers
/// are kept in memory as long as the client is there, so that a secret is asked about once.
///
/// Requests are made on threads of libuv's pool, one for each call under way.
#[napi(namespace = "respond")]
pub struct Client {
    inner: Arc<library::Client>,
}

#[napi(namespace = "respond")]
impl Client {
    /// @param options Whom to ask. Only the hosts of `knownHosts()` if left out.
    /// @throws `ERR_INVALID_ARG_TYPE` and `ERR_INVALID_ARG_VALUE` for mistakes in the options.
    #[napi(constructor, catch_unwind, ts_args_type = "options?: ClientOptions")]
    pub fn new(options: Option<ClientOptions>) -> Result<Client> {
        Ok(Client { inner: Arc::new(options.unwrap_or_default().build()?) })
    }

    /// Asks the providers whether these secrets still work; gives a verdict for each, in the same order. A secret that is
    /// there several times is asked about once.
    ///
    /// @param credentials Credentials, or findings as they are.
    #[napi(
        catch_unwind,
        ts_args_type = "credentials: Iterable<Credential | Finding>",
        ts_return_type = "Promise<Array<Verdict>>"
    )]
    pub fn verify(&self, credentials: Vec<Parts>) -> AsyncTask<Verify> {
        let credentials = credentials.into_iter().map(credential).collect();
        AsyncTask::new(Verify { client: self.inner.clone(), credentials })
    }

    /// What it takes to revoke a secret. Sends nothing.
    ///
    /// @param credential The secret, which revokes itself …
    /// @param authority … unless the provider lets others revoke, as Scalr does: then this token is used for it, if given.
    /// @throws `ERR_SCALR_DETECT_CANNOT_REVOKE` when the provider has no such API, or something that it needs is not known.
    #[napi(
        catch_unwind,
        ts_args_type = "credential: Credential | Finding, authority?: string",
        ts_return_type = "Revocation"
    )]
    pub fn revocation(&self, parts: Parts, authority: Option<String>) -> Result<External<Planned>> {
        let planned = self.inner.revocation(&credential(parts), authority.as_deref());
        let planned = planned.map_err(|error| Error::new(Code::CannotRevoke, error.to_string()))?;
        Ok(External::new(Planned(Arc::new(planned))))
    }

    /// Revokes a secret, and asks whether it is dead then. **This cannot be undone.**
    #[napi(catch_unwind, ts_args_type = "revocation: Revocation", ts_return_type = "Promise<Revoked>")]
    pub fn revoke(&self, planned: &External<Planned>) -> AsyncTask<Revoke> {
        AsyncTask::new(Revoke { client: self.inner.clone(), planned: planned.0.clone() })
    }

    /// Lists what a Scalr token reaches. Only reads, and only lists: no state is downloaded, no value of a variable is kept.
    ///
    /// @param host The host of the Scalr account.
    /// @param token The token.
    /// @param limit How many things of each kind are listed at most: 100 if left out.
    /// @throws `ERR_SCALR_DETECT_NO_IMPACT` (the promise is rejected) when the host does not accept the token, or is not
    /// Scalr's.
    #[napi(
        catch_unwind,
        ts_args_type = "host: string, token: string, limit?: number",
        ts_return_type = "Promise<Impact>"
    )]
    pub fn impact(&self, host: String, token: String, limit: u32) -> Result<AsyncTask<Reach>> {
        let host = host.parse::<Host>().map_err(|error| invalid("host", error))?;
        Ok(AsyncTask::new(Reach { client: self.inner.clone(), host, token, limit: limit as usize }))
    }
}

/// Secrets that are asked about.
pub struct Verify {
    client: Arc<library::Client>,
    credentials: Vec<library::Credential>,
}

impl Task for Verify {
    type Output = Vec<library::Verdict>;
    type JsValue = Vec<Verdict>;

    fn compute(&mut self) -> napi::Result<Vec<library::Verdict>> {
        guarded(|| Ok(self.client.verify(&self.credentials)))
    }

    fn resolve(&mut self, _: Env, verdicts: Vec<library::Verdict>) -> napi::Result<Vec<Verdict>> {
        Ok(verdicts.into_iter().map(Verdict::from).collect())
    }
}

/// A secret that is revoked.
pub struct Revoke {
    client: Arc<library::Client>,
    planned: Arc<library::Revocation>,
}

impl Task for Revoke {
    type Output = library::Revoked;
    type JsValue = Revoked;

    fn compute(&mut self) -> napi::Result<library::Revoked> {
        guarded(|| Ok(self.client.revoke(&self.planned)))
    }

    fn resolve(&mut self, _: Env, revoked: library::Revoked) -> napi::Result<Revoked> {
        Ok(revoked.into())
    }
}

/// A token of which it is asked what it reaches.
pub struct Reach {
    client: Arc<library::Client>,
    host: Host,
    token: String,
    limit: usize,
}

impl Task for Reach {
    type Output = Result<library::Impact, library::ImpactError>;
    /// A text says why there is no answer: an error of a task could not have a code of ours.
    type JsValue = Either<Impact, String>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        guarded(|| Ok(self.client.impact(&self.host, &self.token, self.limit)))
    }

    fn resolve(&mut self, _: Env, impact: Self::Output) -> napi::Result<Either<Impact, String>> {
        Ok(match impact {
            Ok(impact) => Either::A(impact.into()),
            Err(error) => Either::B(error.to_string()),
        })
    }
}

/// Whether there is a harmless request that tells whether secrets of this kind still work.
///
/// @throws `ERR_SCALR_DETECT_UNKNOWN_DETECTOR` for an id that is not in the catalogue; the message names the nearest.
#[napi(catch_unwind, namespace = "respond")]
pub fn can_verify(detector: String) -> Result<bool> {
    Ok(library::verified_by(self::detector(&detector)?.id).is_some())
}

/// Whether secrets of this kind can be revoked by their provider's API.
///
/// @throws `ERR_SCALR_DETECT_UNKNOWN_DETECTOR` for an id that is not in the catalogue; the message names the nearest.
#[napi(catch_unwind, namespace = "respond")]
pub fn can_revoke(detector: String) -> Result<bool> {
    Ok(library::revoked_by(self::detector(&detector)?.id).is_some())
}

/// Every host that is asked without being named by you; `*.` at the start stands for whatever comes before.
#[napi(catch_unwind, namespace = "respond")]
pub fn known_hosts() -> Vec<&'static str> {
    library::known_hosts()
}

/// Options of `playbook`.
#[napi(object, object_to_js = false, namespace = "respond")]
#[derive(Default)]
pub struct PlaybookOptions {
    /// Text for people, a checklist for an issue or a wiki, or a JSON object. The default is `'text'`.
    #[napi(ts_type = "'text' | 'markdown' | 'json'")]
    pub format: Option<String>,
    /// The secret that leaked: what is known of it is filled in. The secret is not.
    #[napi(ts_type = "Finding")]
    pub finding: Option<Found>,
    /// The file in which it was found.
    pub path: Option<String>,
    /// Whether it still works.
    #[napi(ts_type = "Verdict")]
    pub verdict: Option<Judged>,
}

/// What a playbook needs of a verdict: the validity, and the evidence.
type Judged = (String, String);

/// What a playbook needs of a finding: its fingerprint, its line, and of its details names and values in turn.
type Found = (String, f64, Vec<String>);

/// What to do about a leak, step by step. There is no secret in it; of Scalr tokens the last six characters are, as Scalr's
/// own pages and logs name tokens by them.
///
/// @param detector The kind of secret.
/// @throws `ERR_SCALR_DETECT_UNKNOWN_DETECTOR` for an id that is not in the catalogue; the message names the nearest.
#[napi(catch_unwind, namespace = "respond", ts_args_type = "detector: string, options?: PlaybookOptions")]
pub fn playbook(detector: String, options: PlaybookOptions) -> Result<String> {
    let detector = self::detector(&detector)?;
    let (path, verdict) = (options.path, options.verdict);
    let secret = options.finding.map(|found| facts(detector.provider, found, path, verdict)).transpose()?;
    let secrets: Vec<Facts> = secret.into_iter().collect();
    let playbook = Playbook::new(detector, &secrets, None);
    match options.format.as_deref().unwrap_or("text") {
        "text" => Ok(playbook.to_text()),
        "markdown" => Ok(playbook.to_markdown()),
        "json" => Ok(playbook.to_json()),
        _ => Err(Error::new(
            Code::InvalidValue,
            "options.format must be one of 'text', 'markdown', 'json'".to_owned(),
        )),
    }
}

fn facts(
    provider: &str,
    (fingerprint, line, details): Found,
    path: Option<String>,
    verdict: Option<Judged>,
) -> Result<Facts> {
    let mut facts = Facts::default();
    facts.fingerprint = fingerprint;
    for (name, value) in pairs(details) {
        facts.add_detail(provider, &name, &value);
    }
    if let Some(path) = path {
        facts.add_place(Place { path, line: line as u64, ..Place::default() });
    }
    if let Some((validity, evidence)) = verdict {
        let known = Validity::ALL.into_iter().find(|known| known.name() == validity);
        facts.validity = known.ok_or_else(|| {
            let text = format!(
                "options.verdict.validity must be one of {}",
                quoted(Validity::ALL.map(Validity::name))
            );
            Error::new(Code::InvalidValue, text)
        })?;
        facts.evidence = evidence;
    }
    Ok(facts)
}

/// A piece of advice.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Practice {
    /// What it is about.
    #[napi(ts_type = "'least-privilege' | 'expiry' | 'rotation' | 'allow-list' | 'monitoring' | 'keyless'")]
    pub topic: &'static str,
    /// The same for people.
    pub title: &'static str,
    /// The advice: a sentence or two.
    pub text: &'static str,
    /// The vendor's page about it, if there is one.
    pub link: Option<&'static str>,
}

/// How secrets of this kind are best kept: one practice for each topic.
///
/// @throws `ERR_SCALR_DETECT_UNKNOWN_DETECTOR` for an id that is not in the catalogue; the message names the nearest.
#[napi(catch_unwind, namespace = "respond")]
pub fn practices(detector: String) -> Result<Vec<Practice>> {
    let practices = library::practices::practices(self::detector(&detector)?);
    let practice = |practice: library::practices::Practice| Practice {
        topic: match practice.topic {
            Topic::LeastPrivilege => "least-privilege",
            Topic::Rotation => "rotation",
            Topic::Expiry => "expiry",
            Topic::AllowList => "allow-list",
            Topic::Monitoring => "monitoring",
            Topic::Keyless => "keyless",
        },
        title: practice.topic.title(),
        text: practice.text,
        link: practice.link,
    };
    Ok(practices.into_iter().map(practice).collect())
}

/// What there is of a snippet.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct SnippetInfo {
    /// The id of the secret manager.
    #[napi(ts_type = "Manager")]
    pub manager: &'static str,
    /// What people call it.
    pub manager_name: &'static str,
    /// The id of the language.
    #[napi(ts_type = "Language")]
    pub language: &'static str,
    /// What to call the file.
    pub file: &'static str,
    /// What the tests of scalr-detect do with it.
    #[napi(ts_type = "'run' | 'compiled' | 'vetted'")]
    pub tested: &'static str,
    /// How they do it, in a clause.
    pub how: &'static str,
}

/// The snippets that there are.
#[napi(catch_unwind, namespace = "respond")]
pub fn snippets() -> Vec<SnippetInfo> {
    let snippets = SNIPPETS.iter().map(|snippet| SnippetInfo {
        manager: snippet.manager.id(),
        manager_name: snippet.manager.name(),
        language: snippet.language.id(),
        file: snippet.language.file_name(),
        tested: snippet.tested.id(),
        how: snippet.how,
    });
    snippets.collect()
}

fn quoted<const N: usize>(ids: [&str; N]) -> String {
    ids.map(|id| format!("'{id}'")).join(", ")
}

fn manager(what: &str, id: &str) -> Result<Manager> {
    let manager = Manager::ALL.into_iter().find(|manager| manager.id() == id);
    manager.ok_or_else(|| {
        let text = format!("{what} must be one of {}", quoted(Manager::ALL.map(Manager::id)));
        Error::new(Code::InvalidValue, text)
    })
}

/// A program that reads a secret from where it is safe: the whole file, which says at its head how to store the secret first
/// and what to install.
///
/// @param manager Where the secret is kept.
/// @param language What the program is written in.
/// @param secret The name of the secret: a variable, a name, or a path in the manager. `SCALR_TOKEN` or `scalr/api-token` if
/// left out.
/// @throws `ERR_INVALID_ARG_VALUE` for a manager or language that there is not, or a name that cannot be.
#[napi(
    catch_unwind,
    namespace = "respond",
    ts_args_type = "manager: Manager, language: Language, secret?: string"
)]
pub fn snippet(manager: String, language: String, secret: Option<String>) -> Result<String> {
    let manager = self::manager("manager", &manager)?;
    let language = Language::ALL.into_iter().find(|known| known.id() == language).ok_or_else(|| {
        let text = format!("language must be one of {}", quoted(Language::ALL.map(Language::id)));
        Error::new(Code::InvalidValue, text)
    })?;
    let secret = secret.as_deref().unwrap_or(manager.default_secret());
    library::snippet::get(manager, language).code(secret).map_err(|error| invalid("secret", error))
}

/// Options of `fix`.
#[napi(object, object_to_js = false, namespace = "respond")]
#[derive(Default)]
pub struct FixOptions {
    /// Where the secrets are read from, in languages that do so in one line. The default is `'env'`.
    #[napi(ts_type = "Manager")]
    pub manager: Option<String>,
    /// The name of the variable, or of the secret in the manager; for the first secret only. By the kind of secret, or by what
    /// it is assigned to, if left out.
    pub name: Option<String>,
}

/// A secret that was replaced.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Change {
    /// The id of the detector that found it.
    pub detector: String,
    /// The line in which it started, from 1.
    pub line: f64,
    /// The column at which it started, from 1: in UTF-16 units if the text was a string, else in bytes.
    pub column: f64,
    /// The variable of the environment that must be set, or the name of the secret in the manager.
    pub name: String,
    /// The secret, masked.
    pub masked: String,
}

/// A secret that was left alone.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Left {
    /// The id of the detector that found it.
    pub detector: String,
    /// The line in which it starts, from 1.
    pub line: f64,
    /// The column at which it starts, from 1: in UTF-16 units if the text was a string, else in bytes.
    pub column: f64,
    /// Why, in a clause.
    pub why: String,
    /// The secret, masked.
    pub masked: String,
}

/// A file that was fixed, but for its text; `index.d.ts` has the text from `header.d.ts`.
#[napi(object, object_from_js = false, namespace = "respond")]
pub struct Fixed {
    /// What was replaced, in order.
    pub changes: Vec<Change>,
    /// What was left alone, in order.
    pub left: Vec<Left>,
    /// What must hold of such a file for the change to work, in a clause, if that is not plain.
    pub advice: Option<&'static str>,
    /// What changes, as a unified diff in which secrets are masked; empty if nothing does.
    pub diff: String,
}

/// Takes secrets out of a file; gives what became of them, and the new text if there is one.
#[napi(catch_unwind, skip_typescript)]
pub fn fix(
    path: String,
    text: Input<'_>,
    options: FixOptions,
) -> Result<(Fixed, Option<Either<Utf16String, Buffer>>)> {
    let mut fixer = Fixer::new();
    if let Some(id) = &options.manager {
        fixer = fixer.manager(manager("options.manager", id)?);
    }
    if let Some(name) = &options.name {
        fixer = fixer.name(name).map_err(|error| invalid("options.name", error))?;
    }
    let (bytes, is_text) = match text {
        Either::A(text) => (wtf8(text).map_err(|error| invalid("text", error))?, true),
        Either::B(bytes) => (bytes.to_vec(), false),
    };
    let fixed = fixer.fix(&Source::new(&path, &bytes));
    let lines: Vec<&[u8]> = if is_text { bytes.split(|byte| *byte == b'\n').collect() } else { Vec::new() };
    let at = |position: Position| {
        let column = if is_text { units_before(&lines, position) + 1 } else { position.column };
        (position.line as f64, column as f64)
    };
    let changes = fixed.changes.iter().map(|change| {
        let (line, column) = at(change.position());
        let [detector, name, masked] = [change.detector(), change.name(), change.masked()].map(str::to_owned);
        Change { detector, line, column, name, masked }
    });
    let left = fixed.left.iter().map(|left| {
        let (line, column) = at(left.position);
        let (detector, masked) = (left.detector.clone(), left.masked.clone());
        Left { detector, line, column, why: left.why.to_string(), masked }
    });
    let (changes, left): (Vec<_>, Vec<_>) = (changes.collect(), left.collect());
    let (diff, new) = if changes.is_empty() {
        (String::new(), None)
    } else {
        let new = match is_text {
            true => Either::A(from_wtf8(&fixed.text).into()),
            false => Either::B(fixed.text.clone().into()),
        };
        (diff(&path, &bytes, &fixed.text), Some(new))
    };
    Ok((Fixed { changes, left, advice: fixed.advice, diff }, new))
}

/// The bytes of a string, with halves of pairs of surrogates as they are.
fn wtf8(text: JsString<'_>) -> napi::Result<Vec<u8>> {
    // Behind the string there is a NUL.
    let (length, utf16) = (text.utf16_len()?, text.into_utf16()?);
    Ok(to_wtf8(&utf16.as_slice()[..length]))
}

/// How many units of UTF-16 are before this position in its line.
fn units_before(lines: &[&[u8]], position: Position) -> usize {
    let line = lines.get(position.line - 1).copied().unwrap_or_default();
    from_wtf8(line.get(..position.column - 1).unwrap_or(line)).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_text() {
        let text = to_wtf8(&"é好🔑\n🔑 = é'x'\n".encode_utf16().collect::<Vec<_>>());
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        for (line, column, units) in
            [(1, 1, 0), (1, 3, 1), (1, 6, 2), (1, 10, 4), (2, 5, 2), (2, 10, 6), (2, 11, 7)]
        {
            assert_eq!(units_before(&lines, Position { line, column }), units, "{line}:{column}");
        }
        assert_eq!(units_before(&lines, Position { line: 9, column: 9 }), 0);
    }
}
