//! Offline validators of credentials: what can be told from the bytes of a secret alone, without a network.

#![forbid(unsafe_code)]

/// What a [`Check`] says of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// A checksum or decoded claims hold: this is such a credential.
    Holds,
    /// Nothing speaks for or against it beyond its shape.
    Unknown,
    /// A checksum that the vendor documents does not hold: altered or made up. The reason says which.
    Fails(&'static str),
    /// Not this kind of secret at all. The reason says why.
    Rejected(&'static str),
}

/// Facts read from a secret, such as the id of a token: names and values, in a fixed order. Never the secret itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Details(Vec<(&'static str, String)>);

impl Details {
    /// Adds a fact.
    pub fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// The value of the fact called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// All facts, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(n, v)| (*n, v.as_str()))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An offline validator, named by detectors as `check = "…"`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// Scalr API access token: a JWT whose claims are Scalr's.
    Scalr,
}

impl Check {
    /// Every check, in the order of their names.
    pub const ALL: &[Check] = &[Check::Scalr];

    /// The name used in detector files.
    pub const fn name(self) -> &'static str {
        match self {
            Check::Scalr => "scalr",
        }
    }

    /// Judges `secret`.
    pub fn run(self, _secret: &[u8]) -> Verdict {
        Verdict::Unknown
    }

    /// Facts that can be read from a secret that this check does not reject.
    pub fn details(self, _secret: &[u8]) -> Details {
        Details::default()
    }
}

/// Whether the value is obviously not a real secret: a mask, a repeat, a sequence, an example word.
pub fn is_placeholder(_value: &[u8]) -> bool {
    false
}

/// Shannon entropy of the bytes, in bits a byte (0 for an empty value).
pub fn entropy(_value: &[u8]) -> f32 {
    0.0
}
