//! The detector file as people write it.

use scalr_detect_catalog::{Confidence, Generic, Kind, Severity};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A file: one provider and its kinds of secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Who issues these secrets.
    pub provider: String,
    /// Pages of the provider's documentation, for detectors that name none.
    #[serde(default)]
    pub references: Vec<String>,
    /// How to revoke, for detectors that do not say.
    #[serde(default)]
    pub remediation: String,
    /// What somebody can do who has the secret, for detectors that do not say.
    #[serde(default)]
    pub impact: String,
    /// Pieces of tokens that several detectors share: a token has `{NAME}` where the piece of that name stands. Names are in
    /// capital letters, with `_`.
    #[serde(default)]
    pub define: BTreeMap<String, String>,
    /// The kinds of secret.
    #[serde(rename = "detector")]
    pub detectors: Vec<Entry>,
}

/// One kind of secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `provider-kind`, kebab-case, stable for ever.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Ids under which others know it, or by which it was known before it became part of this detector.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// How it is recognised.
    #[serde(deserialize_with = "kind")]
    pub kind: Kind,
    /// How bad a leak is.
    #[serde(deserialize_with = "severity")]
    pub severity: Severity,
    /// The token, as a small regular expression. Empty if `model` says how it is found.
    #[serde(default)]
    pub token: String,
    /// For secrets without a shape, what the name before the value says it is.
    #[serde(default, deserialize_with = "generic")]
    pub model: Option<Generic>,
    /// Words of which one must stand nearby, before the token.
    #[serde(default)]
    pub near: Vec<String>,
    /// How many bytes before the token are searched for them.
    #[serde(default = "within")]
    pub within: u16,
    /// Name of the offline validator.
    #[serde(default)]
    pub check: Option<String>,
    /// Confidence where no check decides.
    #[serde(default, deserialize_with = "confidence")]
    pub confidence: Option<Confidence>,
    /// Least entropy of the secret, in bits a byte.
    #[serde(default)]
    pub min_entropy: f32,
    /// Least number of digits in the secret.
    #[serde(default)]
    pub min_digits: Option<u8>,
    /// Pages of the provider's documentation.
    #[serde(default)]
    pub references: Vec<String>,
    /// How to revoke.
    #[serde(default)]
    pub remediation: String,
    /// What somebody can do who has it.
    #[serde(default)]
    pub impact: String,
    /// What belongs to it, and makes it usable or more believable: the id of a key, the name of an account.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Confidence where none of the parts is nearby.
    #[serde(default, deserialize_with = "confidence")]
    pub alone: Option<Confidence>,
    /// Ids of the detectors whose findings nearby take this one in, as this is only the other half of them.
    #[serde(default, deserialize_with = "one_or_more")]
    pub half_of: Vec<String>,
    /// Templates of texts in which exactly the marked secret is found.
    pub hit: Vec<String>,
    /// Templates of texts in which this detector finds nothing.
    pub miss: Vec<Miss>,
    /// How the provider is asked whether the secret still works.
    #[serde(default)]
    pub verify: Option<Shared>,
    /// How the secret is revoked by whoever has it.
    #[serde(default)]
    pub revoke: Option<Shared>,
}

/// An exchange with the provider, or the detector whose exchange this one shares.
#[derive(Clone, Debug)]
pub enum Shared {
    /// The id of the detector that has it.
    SameAs(String),
    /// The exchange itself.
    Own(Box<Exchange>),
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Shared, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct SameAs {
            same_as: String,
        }
        // Not an untagged enum, whose errors do not name the key that is wrong.
        let value = toml::Value::deserialize(from)?;
        let shared = if value.get("same_as").is_some() {
            value.try_into().map(|SameAs { same_as }| Shared::SameAs(same_as))
        } else {
            value.try_into().map(Shared::Own)
        };
        shared.map_err(serde::de::Error::custom)
    }
}

/// A request to the provider, and what its answers mean. In the texts of the request `{secret}` stands for the secret, and
/// `{name}` for what is known under that name from the secret or the text around it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The page of the provider's documentation that describes it.
    pub documented: String,
    /// The method; GET if not given.
    #[serde(default = "get")]
    pub method: String,
    /// Where the request goes. Its host is written out, or ends with `{host}`, or the secret is the URL.
    pub url: String,
    /// Where `{host}` comes from.
    #[serde(default)]
    pub host: Option<Host>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// User and password of basic authentication, as in `{account_sid}:{secret}`.
    #[serde(default)]
    pub basic: Option<String>,
    /// The body, a form. What is put in is encoded.
    #[serde(default)]
    pub form: Option<String>,
    /// The body, JSON. What is put in is escaped.
    #[serde(default)]
    pub json: Option<String>,
    /// The request is signed with the secret, as AWS wants it.
    #[serde(default)]
    pub sigv4: Option<Sigv4>,
    /// To verify: the answers of which each says that the secret works.
    #[serde(default)]
    pub live: Vec<Rule>,
    /// To verify: the answers of which each says that it does not.
    #[serde(default)]
    pub dead: Vec<Rule>,
    /// To verify: what an answer tells that is worth reporting and no secret, as JSON pointers.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// To revoke: what it does, in a sentence, for people who must decide.
    #[serde(default)]
    pub effect: String,
    /// To revoke: the answers of which each says that it is done.
    #[serde(default)]
    pub done: Vec<Rule>,
    /// Answers as the provider gives them, and what they mean.
    pub example: Vec<Answer>,
}

/// Where the host of a request comes from, if it is not written out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// The fact that names it, as found in or near the secret.
    #[serde(default)]
    pub fact: Option<String>,
    /// The provider's own hosts, whole, with `*.` at the start for one or more labels. Any other must be named by the user.
    #[serde(default)]
    pub known: Vec<String>,
    /// `{host}` where none is found. That it does not know the secret proves nothing then.
    #[serde(default)]
    pub default: Option<String>,
}

/// How a request to AWS is signed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sigv4 {
    /// The name of the service in the scope.
    pub service: String,
    /// The region in the scope.
    pub region: String,
    /// The fact that is the id of the key.
    pub key_id: String,
}

/// An answer: its status, and at most one thing that its body must have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The status.
    pub status: u16,
    /// A JSON pointer to what must be in the body.
    #[serde(default)]
    pub at: Option<String>,
    /// What must be there; a text, a number or a boolean. Without it, anything but null.
    #[serde(default)]
    pub is: Option<toml::Value>,
    /// A text that must be in the body, which must not be HTML.
    #[serde(default)]
    pub contains: Option<String>,
    /// The whole body, but for white space around it.
    #[serde(default)]
    pub body: Option<String>,
    /// Of dead: it holds of the default host too, as this answer is only given to what the host has known.
    #[serde(default)]
    pub anywhere: bool,
    /// What is worth knowing beside it, a clause: the permission that is missing, say.
    #[serde(default)]
    pub note: String,
}

/// An answer as a provider gives it, and what it means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The content type; JSON if not given.
    #[serde(default = "json")]
    pub r#type: String,
    /// The body.
    pub body: String,
    /// `live`, `dead`, `done` or `unknown`.
    pub means: String,
}

fn get() -> String {
    "GET".into()
}

fn json() -> String {
    "application/json".into()
}

/// Another part of a credential, that stands somewhere near the secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The name in reports, in snake case.
    pub name: String,
    /// What it looks like.
    pub token: String,
    /// Words of which one must stand right before it.
    #[serde(default)]
    pub near: Vec<String>,
    /// How many bytes before and behind the secret are searched for it.
    #[serde(default = "around")]
    pub within: u16,
}

fn around() -> u16 {
    200
}

/// A text in which nothing must be found, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miss {
    /// Template of the text.
    pub text: String,
    /// Why it is no secret of this kind.
    pub why: String,
}

fn within() -> u16 {
    48
}

/// Reads one of the names of `all`.
fn named<'de, D, T: Copy>(from: D, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
        serde::de::Error::custom(format!("{text:?} is not one of {}", names.join(", ")))
    })
}

fn kind<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Kind, D::Error> {
    named(from, &Kind::ALL, Kind::name)
}

/// Reads a text or a list of texts.
fn one_or_more<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let read = match toml::Value::deserialize(from)? {
        toml::Value::String(one) => Ok(vec![one]),
        list => list.try_into(),
    };
    read.map_err(serde::de::Error::custom)
}

fn severity<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Severity, D::Error> {
    named(from, &Severity::ALL, Severity::name)
}

fn generic<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Generic>, D::Error> {
    named(from, &Generic::ALL, Generic::name).map(Some)
}

fn confidence<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Confidence>, D::Error> {
    named(from, &Confidence::ALL, Confidence::name).map(Some)
}
