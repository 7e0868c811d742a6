//! Haystacks to measure with: text that looks like what is scanned, made up from word lists and a seeded generator.
//!
//! Nothing is read from disk, so the same bytes are measured on every machine; and no secret stands in this source:
//! where a haystack holds some, they are expanded from templates. What makes a haystack easy or hard for the engine is
//! how often a long run of token characters starts in it, what such runs look like, and how much of it may be encoded
//! text; so each haystack is of one sort in that respect. `README.md` says how they compare with real files.

#![forbid(unsafe_code)]

mod history;
mod text;

use scalr_detect_catalog::TABLES;
use scalr_detect_catalog::anchors::{Anchor, ByteSet, Place};
use scalr_detect_spec::template;
use text::{Random, Text};

pub use history::{Secrets, history};

/// A haystack, and what is in it.
#[derive(Clone)]
pub struct Haystack {
    /// Its name in reports.
    pub name: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many findings the default scanner has in it.
    pub findings: usize,
}

/// Shows no bytes.
impl std::fmt::Debug for Haystack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Haystack")
            .field("name", &self.name)
            .field("len", &self.bytes.len())
            .field("findings", &self.findings)
            .finish()
    }
}

/// Names of all haystacks that [`haystack`] makes.
pub const NAMES: [&str; 12] = [
    "source-c",
    "source-script",
    "minified-js",
    "json",
    "logs",
    "base64-unwrapped",
    "base64-wrapped",
    "base64-text",
    "token-dense",
    "secret-dense",
    "binary",
    "utf16",
];

/// One secret of each of several kinds, alone on a line. In each there is exactly one finding.
const SECRETS: [&str; 12] = [
    "GITHUB_TOKEN=«ghp_{base62:30}{crc:github}»",
    "export GITLAB_TOKEN=«glpat-{base62:20}»",
    "//registry.example.com/:_authToken=«npm_{base62:30}{crc:npm}»",
    "STRIPE_SECRET_KEY=«sk_live_{base62:24}»",
    "SLACK_BOT_TOKEN=«xoxb-{digits:12}-{digits:13}-{base62:24}»",
    "SENDGRID_API_KEY=«SG.{base64url:22}.{base64url:43}»",
    r#"token = "«{jwt:{"alg":"HS256","typ":"JWT"}.{"jti":"at-{base32hex:15}","iss":"user"}:32}»""#,
    "aws_access_key_id = «{awskey:AKIA}»",
    "HF_TOKEN=«hf_{lower:17}{upper:17}»",
    "DATABASE_URL=postgres://app:«{base62:20}»@db-1.internal:5432/app",
    "DATADOG_API_KEY=«{hex:32}»",
    "HEROKU_API_KEY=«{uuid}»",
];

/// Makes a haystack of `len` bytes, or a little more or less; the same for the same arguments, always.
///
/// # Panics
///
/// If the name is none of [`NAMES`].
pub fn haystack(name: &str, len: usize) -> Haystack {
    let name = NAMES.into_iter().find(|known| *known == name).expect("the haystack is one of NAMES");
    let mut text = Text::new(0x5ca1_a8de);
    let mut findings = 0;
    while text.out.len() < len {
        match name {
            "source-c" | "utf16" => text.c_function(),
            "source-script" => text.script(),
            "minified-js" => text.minified_function(),
            "json" => text.json_record(),
            "logs" => text.log_line(),
            "base64-unwrapped" => text.base64_field(usize::MAX),
            "base64-wrapped" => text.base64_field(76),
            "base64-text" => text.base64_of_text(),
            "token-dense" => text.token_line(),
            "secret-dense" => {
                text.prose(140);
                // Again after 3,000: among very many random values, one would look like a placeholder.
                text.line(&expand(SECRETS[findings % SECRETS.len()], findings as u64 % 1000));
                findings += 1;
            }
            "binary" => text.binary_section(),
            _ => unreachable!("every name has an arm"),
        }
    }
    let mut bytes = text.out;
    if name == "utf16" {
        bytes.truncate(len / 2);
        bytes = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
    }
    Haystack { name, bytes, findings }
}

/// Log lines of at least `len` bytes together, cut to exactly that, with a secret in one of them if `secret`: what a
/// service that redacts its messages passes. `seed` makes another message of the same sort.
pub fn message(len: usize, seed: u64, secret: bool) -> Haystack {
    let mut text = Text::new(seed);
    if secret {
        text.line(&expand(SECRETS[0], seed));
    }
    while text.out.len() < len {
        text.log_line();
    }
    text.out.truncate(len);
    Haystack { name: "message", bytes: text.out, findings: usize::from(secret) }
}

/// Anchors such as `count` more detectors would have: each is like one of the catalogue's in where it stands and which
/// kinds of byte it has, with other letters and digits, drawn from those that anchors have there. `anywhere` says
/// whether there are such that are looked for at every byte, as many as in the catalogue by proportion; of detectors
/// with a prefix and a long run, which most are, none is.
pub fn more_anchors(count: usize, anywhere: bool) -> Vec<Anchor> {
    let (ours, mut random) = (TABLES.anchors.anchors(), Random(0xa2c_4025));
    let models: Vec<&Anchor> =
        ours.iter().filter(|model| anywhere || model.place != Place::Anywhere).collect();
    let kind = |byte: u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase(), byte.is_ascii_digit());
    let mut make = || {
        let model = models[random.below(models.len())];
        let key = [0, 1, 2].map(|i| {
            let other = |byte: u8| {
                if !byte.is_ascii_alphanumeric() {
                    return byte;
                }
                let there = models.iter().filter(|m| m.place == model.place).flat_map(|m| m.key[i].iter());
                let there: Vec<u8> = there.filter(|there| kind(*there) == kind(byte)).collect();
                there[random.below(there.len())]
            };
            ByteSet::of(model.key[i].iter().map(other))
        });
        Anchor { key, ..*model }
    };
    (0..count).map(|_| make()).collect()
}

fn expand(template: &str, seed: u64) -> Vec<u8> {
    template::expand(template, seed).expect("the templates above are well-formed").text
}

#[cfg(test)]
mod tests {
    use super::*;
    use scalr_detect::Scanner;

    #[test]
    fn findings_are_those_stated() {
        for name in NAMES {
            let Haystack { bytes, findings, .. } = haystack(name, 1 << 19);
            let found = Scanner::new().find_iter(&bytes).count();
            let plain = Scanner::builder().decoders(false).build().unwrap().find_iter(&bytes).count();
            assert_eq!((found, plain), (findings, findings), "{name}");
        }
        for (len, secret) in [(100, false), (100, true), (1 << 10, true), (1 << 16, true)] {
            let message = message(len, 7, secret);
            assert_eq!(message.bytes.len(), len);
            assert_eq!(Scanner::new().find_iter(&message.bytes).count(), message.findings);
        }
    }

    #[test]
    fn more_anchors_are_where_they_are_wanted() {
        let more = more_anchors(1000, false);
        assert!(more.iter().all(|anchor| anchor.place != Place::Anywhere));
        assert!(more_anchors(1000, true).iter().any(|anchor| anchor.place == Place::Anywhere));
    }

    #[test]
    fn haystacks_are_the_same_every_time_and_not_the_same_as_each_other() {
        let made = NAMES.map(|name| haystack(name, 1 << 12).bytes);
        for (i, name) in NAMES.into_iter().enumerate() {
            assert_eq!(haystack(name, 1 << 12).bytes, made[i], "{name}");
            assert!(made[..i].iter().all(|other| *other != made[i]), "{name}");
            assert!((1 << 12..1 << 16).contains(&made[i].len()), "{name}: {}", made[i].len());
        }
    }
}
