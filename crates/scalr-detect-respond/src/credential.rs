//! What is asked about, and what is known of it afterwards.

use std::borrow::Cow;
use std::fmt;

use scalr_detect::{Catalog, Finding, Fingerprint};
use serde::Serialize;

/// A secret, and what is needed to ask its provider about it.
///
/// Deliberately neither `Debug` nor `Display`: it holds the secret.
#[derive(Clone, Eq, PartialEq)]
pub struct Credential {
    detector: String,
    secret: Vec<u8>,
    details: Vec<(String, String)>,
}

impl Credential {
    /// A secret of the kind that the detector of this id finds, with the facts that are known of it: the other parts of
    /// the credential, and its host. They have the names that [`Finding::details`] gives them.
    pub fn new(
        detector: impl Into<String>,
        secret: impl Into<Vec<u8>>,
        details: impl IntoIterator<Item = (String, String)>,
    ) -> Credential {
        Credential {
            detector: detector.into(),
            secret: secret.into(),
            details: details.into_iter().collect(),
        }
    }

    /// The id of the detector.
    pub fn detector(&self) -> &str {
        &self.detector
    }

    /// The identity of the secret.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(&self.detector, &self.secret)
    }

    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// The fact of this name.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }

    /// The provider, as the catalogue calls it; empty for a detector of one's own.
    pub(crate) fn provider(&self) -> &'static str {
        Catalog::builtin().get(&self.detector).map_or("", |detector| detector.provider)
    }
}

impl From<&Finding<'_, '_>> for Credential {
    fn from(finding: &Finding<'_, '_>) -> Credential {
        let details = finding.details();
        let details = details.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Credential::new(finding.detector().id, finding.secret(), details)
    }
}

/// Whether a secret still works.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Validity {
    /// The provider accepts it.
    Live,
    /// The provider does not accept it, and said so in its own words.
    Dead,
    /// Nobody could be asked, or the answer proves nothing.
    #[default]
    Unknown,
}

impl Validity {
    /// All of them.
    pub const ALL: [Validity; 3] = [Validity::Live, Validity::Dead, Validity::Unknown];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Validity::Live => "live",
            Validity::Dead => "dead",
            Validity::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a provider's answer says about a secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether it still works.
    pub validity: Validity,
    /// From what this is concluded.
    pub evidence: Evidence,
}

impl Verdict {
    /// Nothing is known, for this reason.
    pub(crate) fn unknown(because: impl Into<Cow<'static, str>>) -> Verdict {
        Verdict { validity: Validity::Unknown, evidence: Evidence::new(because) }
    }
}

/// From what something is concluded. There is no secret in it, and nothing of an answer but its status, its type, the
/// rule that decided, and facts that the provider documents and that are no secret.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Evidence {
    /// Who was asked. None: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The status of the answer. None: there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The content type of the answer, without parameters; empty if there was none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content_type: String,
    /// What decided, a clause.
    pub because: String,
    /// What the answer tells, such as an account: names and values.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    pub facts: Vec<(&'static str, String)>,
}

/// Facts as an object.
pub(crate) fn as_map<S: serde::Serializer>(
    facts: &[(&'static str, String)],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(facts.iter().map(|(name, value)| (name, value)))
}

impl Evidence {
    pub(crate) fn new(because: impl Into<Cow<'static, str>>) -> Evidence {
        Evidence { because: because.into().into_owned(), ..Evidence::default() }
    }
}

/// In one line: `acme.scalr.io: 401, application/vnd.api+json: /errors/0 is there`.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}: ")?;
        }
        if let Some(status) = self.status {
            write!(f, "{status}")?;
            if !self.content_type.is_empty() {
                write!(f, ", {}", self.content_type)?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.because)?;
        for (name, value) in &self.facts {
            write!(f, "; {name} {value}")?;
        }
        Ok(())
    }
}
