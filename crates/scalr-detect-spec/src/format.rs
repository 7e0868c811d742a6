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
    /// Id of the detector whose finding nearby takes this one in, as this is only the other half of it.
    #[serde(default)]
    pub half_of: Option<String>,
    /// Templates of texts in which exactly the marked secret is found.
    pub hit: Vec<String>,
    /// Templates of texts in which this detector finds nothing.
    pub miss: Vec<Miss>,
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

fn severity<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Severity, D::Error> {
    named(from, &Severity::ALL, Severity::name)
}

fn generic<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Generic>, D::Error> {
    named(from, &Generic::ALL, Generic::name).map(Some)
}

fn confidence<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Confidence>, D::Error> {
    named(from, &Confidence::ALL, Confidence::name).map(Some)
}
