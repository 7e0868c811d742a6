//! The catalogue: every kind of secret that the library knows, as static tables.
//!
//! People edit `detectors/<provider>.toml`; `cargo xtask generate` compiles those files with `scalr-detect-spec` into
//! `src/generated.rs`, which is committed, so that users of the library compile no generator and nothing is built
//! when a program starts. Here are the types of those tables. They are flat slices of plain values, so that the same
//! types serve tables in the read-only data of the program and tables built at run time.

#![forbid(unsafe_code)]

#[cfg(feature = "builtin")]
#[rustfmt::skip] // So that formatting does not make it stale.
mod generated;
mod tables;

use std::fmt;

pub use scalr_detect_check::Check;
pub use tables::{
    Ahead, Around, Bare, ByteSet, Part, Pattern, Route, Span, Step, Steps, Tables, WORD_BITS, WORD_BUCKETS,
    WORD_STARTS, Word, WordHead, anchors,
};

/// A kind of secret without a shape, which is found by where it stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Generic {
    /// The name says that it is a password.
    Password,
    /// … a key.
    Key,
    /// … a token, or what authorises.
    Token,
    /// … a secret or credential.
    Secret,
    /// Whatever the name says, the value is a UUID.
    Uuid,
}

impl Generic {
    /// Every kind.
    pub const ALL: [Generic; 5] =
        [Generic::Password, Generic::Key, Generic::Token, Generic::Secret, Generic::Uuid];

    /// The name in detector files.
    pub const fn name(self) -> &'static str {
        match self {
            Generic::Password => "password",
            Generic::Key => "key",
            Generic::Token => "token",
            Generic::Secret => "secret",
            Generic::Uuid => "uuid",
        }
    }
}

/// The built-in catalogue.
#[cfg(feature = "builtin")]
pub static TABLES: Tables<'static> = generated::TABLES;

/// How bad a leak of this kind is, as a rule.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Public by design; worth knowing.
    Info,
    /// Little harm.
    Low,
    /// Harm within limits.
    Medium,
    /// Access to data or money.
    High,
    /// Control of an account, an organisation or a supply chain.
    Critical,
}

impl Severity {
    /// Every severity, lowest first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The name in detector files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Confidence {
    /// A generic shape, or a token whose documented checksum fails.
    Low,
    /// A shape and a context word nearby.
    Medium,
    /// A distinctive shape.
    High,
    /// A checksum or decoded claims hold.
    Checked,
}

impl Confidence {
    /// Every confidence, lowest first.
    pub const ALL: [Confidence; 4] =
        [Confidence::Low, Confidence::Medium, Confidence::High, Confidence::Checked];

    /// The name in detector files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
            Confidence::Checked => "checked",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a kind of secret is recognised.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A distinctive literal is in the secret.
    Prefixed,
    /// Decodable, or with a checksum.
    Structured,
    /// A bare value that needs a word nearby.
    Keyword,
    /// A URL or connection string that grants access.
    Uri,
    /// A private key in armour.
    Pem,
    /// No provider: recognised by form alone.
    Generic,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Kind; 6] =
        [Kind::Prefixed, Kind::Structured, Kind::Keyword, Kind::Uri, Kind::Pem, Kind::Generic];

    /// The name in detector files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Prefixed => "prefixed",
            Kind::Structured => "structured",
            Kind::Keyword => "keyword",
            Kind::Uri => "uri",
            Kind::Pem => "pem",
            Kind::Generic => "generic",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A kind of secret: who issues it, how bad its leak is, what to do about it.
#[derive(Clone, Debug)]
pub struct Detector {
    /// Stable identifier, `provider-kind` in kebab-case.
    pub id: &'static str,
    /// What people call it, for example `GitHub personal access token`.
    pub name: &'static str,
    /// Who issues it.
    pub provider: &'static str,
    /// How it is recognised.
    pub kind: Kind,
    /// How bad a leak is.
    pub severity: Severity,
    /// The confidence of a finding on which no check decides.
    pub confidence: Confidence,
    /// The offline validator, if there is one.
    pub check: Option<Check>,
    /// Ids under which others know it, or by which it was known before.
    pub aliases: &'static [&'static str],
    /// Names of the other parts of the credential, which are looked for around the secret.
    pub parts: &'static [&'static str],
    /// What somebody can do who has it, in a sentence.
    pub impact: &'static str,
    /// How to revoke or rotate it, in a sentence or two.
    pub remediation: &'static str,
    /// Pages of the vendor's documentation.
    pub references: &'static [&'static str],
}

impl Detector {
    /// Whether `name` names it: its id, one of its aliases, or a beginning of its id with `*` behind it.
    pub fn is_named(&self, name: &str) -> bool {
        match name.strip_suffix('*') {
            Some(start) => self.id.starts_with(start),
            None => self.id == name || self.aliases.contains(&name),
        }
    }
}
