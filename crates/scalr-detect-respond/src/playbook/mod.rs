//! What to do about a secret that leaked: the response as a checklist with the facts filled in.
//!
//! A [`Playbook`] is plain data: sections in the order in which a person does things under stress, and in them steps. It is
//! made from a kind of secret and what is known of the secrets of this kind that leaked ([`Facts`]), and written as text,
//! Markdown or JSON. No secret is in it; of Scalr tokens the last six characters are, as Scalr's own pages and logs name tokens by
//! them.
//!
//! ```
//! use scalr_detect::{Catalog, Scanner};
//! use scalr_detect_respond::playbook::{Facts, Inventory, Playbook};
//!
//! let scanner = Scanner::new();
//! let text = b"nothing in here";
//! for finding in scanner.find_iter(text) {
//!     let facts = Facts::of(&finding, b"main.tf");
//!     println!("{}", Playbook::new(finding.detector(), &[facts], None).to_text());
//! }
//! // Or for a kind of secret of which nothing more is known:
//! let detector = Catalog::builtin().get("github-personal-access-token").unwrap();
//! assert!(Playbook::new(detector, &[], None).to_markdown().contains("Contain the leak"));
//! ```
//!
//! # Where the texts are
//!
//! `data/scalr.toml` has the playbook for Scalr, `data/general.toml` that for everybody else, both made of steps and of slots;
//! `data/common.toml` has the steps that they share. What a slot is filled with comes from the catalogue (impact, remediation)
//! and from [`practices`](crate::practices). All of it is written by us; a test checks its style.

mod facts;
mod inventory;
mod render;
mod report;
mod script;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use scalr_detect::{Detector, Severity};
use serde::Serialize;

pub use facts::{Detail, Facts, Place, Validity};
pub use inventory::{Inventory, Reader};
pub use report::{Report, ReportError};

use crate::practices::{Advice, Note, Topic, practices};
use script::{COMMON, GENERAL, Line, SCALR, Script, Slot, TokenKind, When};

/// How many secrets a command is repeated for.
const REPEATED: usize = 20;

/// Providers that the command `verify` asks, and those whose secrets `revoke` revokes.
const VERIFIED: [&str; 21] = [
    "AWS",
    "Anthropic",
    "Cloudflare",
    "Datadog",
    "DigitalOcean",
    "Discord",
    "GitHub",
    "GitLab",
    "Google",
    "Heroku",
    "Hugging Face",
    "OpenAI",
    "PyPI",
    "Scalr",
    "SendGrid",
    "Shopify",
    "Slack",
    "Stripe",
    "Telegram",
    "Twilio",
    "npm",
];
const REVOKED: [&str; 4] = ["GitHub", "GitLab", "Scalr", "Slack"];

/// The response to a leak of secrets of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Playbook {
    /// The id of the kind.
    pub detector: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Who issues it.
    pub provider: &'static str,
    /// What can go wrong: `info` to `critical`.
    pub severity: &'static str,
    /// The class of its provider, such as `payment`.
    pub class: &'static str,
    /// What is known of the secrets that leaked; none for a playbook of a kind.
    pub secrets: Vec<Facts>,
    /// What to do, in order.
    pub sections: Vec<Section>,
}

/// Steps that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Which it is.
    pub id: Stage,
    /// Its title.
    pub title: &'static str,
    /// When it is due.
    pub when: &'static str,
    /// What to do.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Step {
    /// What to do.
    pub action: String,
    /// Why, or what it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// A command or a request to copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// A query to copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// A page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether it is done already.
    pub status: Status,
    /// The facts that were filled in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<&'static str, String>,
}

/// Who does a step.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A person does it.
    #[default]
    Open,
    /// There is nothing to do: it is something to know.
    Note,
    /// The command, which is one of scalr-detect, does it.
    Automatic,
    /// It is done: the result is in the step.
    Done,
}

/// The stages of a response, in order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// What is at stake.
    Stake,
    /// Stop the use of the secret.
    Contain,
    /// Replace it.
    Rotate,
    /// Find what needs it.
    Services,
    /// Find out whether it was used by others.
    Misuse,
    /// Find out what they could get at.
    Reach,
    /// Tell those who must know.
    Tell,
    /// Find the cause and close it.
    Cause,
    /// Clean up where it was.
    History,
    /// Keep it from happening again.
    Prevent,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 10] = [
        Stage::Stake,
        Stage::Contain,
        Stage::Rotate,
        Stage::Services,
        Stage::Misuse,
        Stage::Reach,
        Stage::Tell,
        Stage::Cause,
        Stage::History,
        Stage::Prevent,
    ];

    /// A title.
    pub const fn title(self) -> &'static str {
        match self {
            Stage::Stake => "What is at stake",
            Stage::Contain => "Contain the leak",
            Stage::Rotate => "Rotate the secret",
            Stage::Services => "Know which services will break",
            Stage::Misuse => "Check for misuse",
            Stage::Reach => "Know what an attacker could reach",
            Stage::Tell => "Tell people",
            Stage::Cause => "Find out why it leaked",
            Stage::History => "Clean up",
            Stage::Prevent => "Keep it from happening again",
        }
    }

    /// When it is due.
    pub const fn when(self) -> &'static str {
        match self {
            Stage::Stake => "the first minute",
            Stage::Contain => "the first five minutes",
            Stage::Rotate => "the first hour",
            Stage::Services => "the first hour, before the old secret ends",
            Stage::Misuse | Stage::Reach | Stage::Tell => "the same day",
            Stage::Cause => "the same week",
            Stage::History => "once the secret is dead",
            Stage::Prevent => "the same month",
        }
    }
}

impl Playbook {
    /// The response to a leak of `secrets`, which are of the kind `detector`; of none, what there is to say of the kind. What
    /// is in the inventory of this kind is listed where services are looked for.
    pub fn new(detector: &Detector, secrets: &[Facts], inventory: Option<&Inventory>) -> Playbook {
        let writer = Writer { detector, advice: Advice::of(detector), secrets, inventory };
        let script: &Script = if is_scalr(detector) { &SCALR } else { &GENERAL };
        let sections = Stage::ALL.map(|stage| Section {
            id: stage,
            title: stage.title(),
            when: stage.when(),
            steps: writer.steps(stage, script.lines(stage)),
        });
        Playbook {
            detector: detector.id,
            name: detector.name,
            provider: detector.provider,
            severity: detector.severity.name(),
            class: &writer.advice.class.id,
            secrets: secrets.to_vec(),
            sections: sections.into(),
        }
    }

    /// The few steps that matter most, for a report that has many kinds of secret: revoke, replace, check for misuse, and how to keep the
    /// next one. Cheap: after the first call in a program, which parses the texts, it takes microseconds.
    pub fn short(detector: &Detector) -> Vec<Step> {
        let writer = Writer { detector, advice: Advice::of(detector), secrets: &[], inventory: None };
        let slots = [Slot::Revoke, Slot::Create, Slot::Audit, Slot::Signs];
        let mut steps: Vec<Step> = slots.iter().flat_map(|slot| writer.slot(Stage::Contain, *slot)).collect();
        let of_topic = |practice: &&crate::practices::Practice| {
            matches!(practice.topic, Topic::LeastPrivilege | Topic::Expiry | Topic::Keyless)
        };
        steps.extend(practices(detector).iter().filter(of_topic).map(|p| noted(p.text, p.link)));
        steps
    }

    /// As JSON, in lines.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("keys are strings")
    }

    /// As a checklist in Markdown. Facts are escaped: they look as they are.
    pub fn to_markdown(&self) -> String {
        render::markdown(self)
    }

    /// As text for a terminal.
    pub fn to_text(&self) -> String {
        render::text(self)
    }
}

fn is_scalr(detector: &Detector) -> bool {
    detector.provider == "Scalr"
}

fn noted(text: &str, link: Option<&str>) -> Step {
    Step { action: text.to_owned(), link: link.map(str::to_owned), ..Step::default() }
}

/// Turns lines of a script into steps.
struct Writer<'a> {
    detector: &'a Detector,
    advice: Advice,
    secrets: &'a [Facts],
    inventory: Option<&'a Inventory>,
}

impl Writer<'_> {
    fn steps(&self, stage: Stage, lines: &[Line]) -> Vec<Step> {
        let shown = lines.iter().filter(|line| line.when.iter().all(|when| self.holds(*when)));
        shown.flat_map(|line| self.line(stage, line)).collect()
    }

    fn line(&self, stage: Stage, line: &Line) -> Vec<Step> {
        if let Some(slot) = line.slot {
            return self.slot(stage, slot);
        }
        let kinds = self.token_kinds();
        let of_kinds: Vec<_> = line.kinds.iter().copied().filter(|kind| kinds.contains(kind)).collect();
        if !line.kinds.is_empty() && of_kinds.is_empty() {
            return Vec::new();
        }
        let mut facts = BTreeMap::new();
        let mut prose = |text: &str| self.fill(text, &mut facts);
        let mut action = prose(line.r#do.as_deref().unwrap_or_default());
        // Where the kind is known there is no need to say it.
        if !of_kinds.is_empty() && kinds.len() > 1 {
            let names: Vec<_> = of_kinds.iter().map(|kind| with_article(kind.name())).collect();
            action = format!("If it is {}: {action}", names.join(" or "));
        } else {
            action = capital(&action);
        }
        let why = line.why.as_deref().map(prose);
        let command = line.run.as_deref().map(|text| self.repeat(text, "#", &mut facts));
        let query = line.query.as_deref().map(|text| self.repeat(text, "--", &mut facts));
        let status = match line {
            Line { note: true, .. } => Status::Note,
            Line { tool: true, .. } => Status::Automatic,
            _ => Status::Open,
        };
        vec![Step { action, why, command, query, link: line.link.clone(), status, facts }]
    }

    fn slot(&self, stage: Stage, slot: Slot) -> Vec<Step> {
        let Advice { class, provider } = self.advice;
        let step = |note: &Note| noted(&note.text, note.link.as_deref());
        match slot {
            Slot::Common => self.steps(stage, COMMON.lines(stage)),
            Slot::Impact => vec![to_know(self.detector.impact)],
            Slot::Stakes => {
                let each = class.stake.each();
                each.iter().map(|(what, text)| to_know(&format!("{what}: {text}"))).collect()
            }
            Slot::Revoke => {
                let reference = self.detector.references.first().copied();
                let mut steps = vec![noted(self.detector.remediation, reference)];
                // The catalogue knows the kind, the entry knows the provider.
                steps.extend(provider.map(|provider| Step {
                    action: format!("At {} in general: {}", provider.name, provider.console.text),
                    command: provider.revoke.clone(),
                    ..step(&provider.console)
                }));
                steps
            }
            Slot::Create => match provider {
                Some(provider) => vec![step(&provider.create)],
                None => vec![noted(&class.create, None)],
            },
            Slot::Limits => practices(self.detector)
                .iter()
                .filter(|practice| matches!(practice.topic, Topic::LeastPrivilege | Topic::Expiry))
                .map(|practice| noted(practice.text, practice.link))
                .collect(),
            Slot::Audit => match provider {
                Some(provider) => vec![Step { query: provider.query.clone(), ..step(&provider.audit) }],
                None => vec![noted(&class.audit, None)],
            },
            Slot::Signs => vec![noted(&class.signs, None)],
            Slot::Reach => class.reach.iter().map(|text| to_know(text)).collect(),
            Slot::Tell => vec![noted(&class.tell, None)],
            Slot::Practices => {
                let step = |practice: &crate::practices::Practice| {
                    noted(&format!("{}: {}", practice.topic.title(), practice.text), practice.link)
                };
                practices(self.detector).iter().map(step).collect()
            }
            Slot::Inventory => self.inventory(),
        }
    }

    /// What the inventory has of this kind: a step for each reader.
    fn inventory(&self) -> Vec<Step> {
        let Some(inventory) = self.inventory else { return Vec::new() };
        let found = inventory.of(self.detector.id);
        let mut steps = Vec::new();
        if found.is_empty() {
            let text = "The paths of the inventory were scanned, and the secret is in nothing that was read.";
            steps.push(Step { status: Status::Done, ..noted(text, None) });
        }
        if inventory.unread > 0 {
            let text = format!(
                "{} files of the inventory could not be read. Look into them by hand.",
                inventory.unread
            );
            steps.push(noted(&text, None));
        }
        let step = |(reader, places, count): (Reader, &[Place], u64)| {
            let shown = places.iter().take(10).map(|place| format!("{}:{}", place.path, place.line));
            let mut shown: Vec<String> = shown.collect();
            if count > shown.len() as u64 {
                shown.push(format!("and {} more", count - shown.len() as u64));
            }
            Step {
                why: Some(format!("Found in {}.", plain(&shown.join(", ")))),
                ..noted(&format!("{}: {}", reader.title(), reader.advice()), None)
            }
        };
        steps.extend(found.into_iter().map(step));
        steps
    }

    fn holds(&self, when: When) -> bool {
        let any = |is: fn(&Facts) -> bool| self.secrets.iter().any(is);
        let live = any(|facts| facts.validity == Validity::Live);
        let unknown = any(|facts| facts.validity == Validity::Unknown);
        let committed = any(|facts| facts.places().iter().any(|place| !place.commit.is_empty()));
        match when {
            When::Live => live,
            When::Dead => !self.secrets.is_empty() && !live && !unknown,
            When::Unverified => !live && (self.secrets.is_empty() || unknown),
            When::Committed => committed,
            When::Uncommitted => !committed,
            When::InFile => !committed && any(|facts| !facts.places().is_empty()),
            When::Inventory => self.inventory.is_some(),
            When::NoInventory => self.inventory.is_none(),
            When::Verifiable => VERIFIED.contains(&self.detector.provider),
            When::Unverifiable => !VERIFIED.contains(&self.detector.provider),
            When::Revocable => REVOKED.contains(&self.detector.provider),
            When::Public => self.detector.severity == Severity::Info,
            When::Host => any(|facts| facts.detail("host").is_some()),
            When::NoHost => !any(|facts| facts.detail("host").is_some()),
        }
    }

    fn token_kinds(&self) -> Vec<TokenKind> {
        if self.secrets.is_empty() {
            return TokenKind::ALL.to_vec();
        }
        let of_any = |kind: &TokenKind| self.secrets.iter().any(|facts| TokenKind::of(facts).contains(kind));
        TokenKind::ALL.into_iter().filter(of_any).collect()
    }

    /// A text for people with the facts filled in: those that all secrets share; words for the others. What stands in
    /// brackets is left out where it needs another.
    fn fill(&self, text: &str, facts: &mut BTreeMap<&'static str, String>) -> String {
        let mut out = String::with_capacity(text.len());
        for (index, part) in text.split(['[', ']']).enumerate() {
            let mut known = true;
            let filled = Field::replace(part, |field| match self.common(field) {
                Some(value) => {
                    facts.insert(field.name(), value.clone());
                    plain(&value)
                }
                None => {
                    known = false;
                    field.words().to_owned()
                }
            });
            let in_brackets = index % 2 == 1;
            if known || !in_brackets {
                out.push_str(&filled);
            }
        }
        out
    }

    /// A text to copy with the facts filled in, once for each secret that makes a difference. What is not known, or what a
    /// shell could take for more than a word, is left as a name in capitals.
    fn repeat(&self, text: &str, comment: &str, facts: &mut BTreeMap<&'static str, String>) -> String {
        let filled = |facts: &Facts| {
            let fill = |field: Field| self.value(field, facts).filter(|value| is_word(value));
            Field::replace(text, |field| fill(field).unwrap_or_else(|| field.capitals()))
        };
        let mut texts: Vec<String> = Vec::new();
        let mut more = 0;
        for secret in self.secrets {
            let text = filled(secret);
            match texts.len() {
                _ if texts.contains(&text) => {}
                REPEATED => more += 1,
                _ => texts.push(text),
            }
        }
        if texts.is_empty() {
            texts.push(filled(&Facts::default()));
        }
        if more > 0 {
            texts.push(format!("{comment} and the same for {more} more"));
        }
        Field::replace(text, |field| {
            if let Some(value) = self.common(field).filter(|value| is_word(value)) {
                facts.insert(field.name(), value);
            }
            String::new()
        });
        texts.join("\n")
    }

    /// The value of a field, if it is the same for all secrets.
    fn common(&self, field: Field) -> Option<String> {
        let mut values = self.secrets.iter().map(|facts| self.value(field, facts));
        let first = values.next().unwrap_or_else(|| self.value(field, &Facts::default()))?;
        values.all(|value| value.as_ref() == Some(&first)).then_some(first)
    }

    fn value(&self, field: Field, facts: &Facts) -> Option<String> {
        let place = || facts.first_place();
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match field {
            Field::Name => text(self.detector.name),
            Field::Provider => text(self.detector.provider),
            Field::TokenId => facts.detail("token-id").and_then(text),
            Field::OwnerId => facts.detail("owner-id").and_then(text),
            Field::Host => facts.detail("host").and_then(text),
            Field::LastSix => facts.detail("last-six").and_then(text),
            Field::LastSixEscaped => facts.detail("last-six").map(|last| last.replace('-', r"\-")),
            Field::Fingerprint => text(&facts.fingerprint),
            Field::Path => place().and_then(|place| text(&place.path)),
            Field::Line => place().filter(|place| place.line > 0).map(|place| place.line.to_string()),
            Field::Commit => place().and_then(|place| text(&place.commit)),
            Field::Author => place().and_then(|place| text(&place.author)),
            Field::Date => place().and_then(|place| text(&place.date)),
        }
    }
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A step in which there is nothing to do.
fn to_know(text: &str) -> Step {
    Step { status: Status::Note, ..noted(text, None) }
}

/// A fact inside of a sentence. Backticks would open code in Markdown.
fn plain(text: &str) -> String {
    text.replace('`', "'")
}

/// Whether a shell, a URL and a query take the text for one word and nothing else.
fn is_word(text: &str) -> bool {
    // As in [`Field::LastSixEscaped`].
    let text = text.replace(r"\-", "-");
    let is =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@' | b'+');
    !text.is_empty() && !text.starts_with('-') && text.len() <= 255 && text.bytes().all(is)
}

/// What can be filled in: `{token-id}`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    Name,
    Provider,
    TokenId,
    OwnerId,
    Host,
    LastSix,
    /// As a query of Datadog wants it: a hyphen is an operator there.
    LastSixEscaped,
    Fingerprint,
    Path,
    Line,
    Commit,
    Author,
    Date,
}

impl Field {
    const ALL: [Field; 13] = [
        Field::Name,
        Field::Provider,
        Field::TokenId,
        Field::OwnerId,
        Field::Host,
        Field::LastSix,
        Field::LastSixEscaped,
        Field::Fingerprint,
        Field::Path,
        Field::Line,
        Field::Commit,
        Field::Author,
        Field::Date,
    ];

    const fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Provider => "provider",
            Field::TokenId => "token-id",
            Field::OwnerId => "owner-id",
            Field::Host => "host",
            Field::LastSix => "last-six",
            Field::LastSixEscaped => "last-six-escaped",
            Field::Fingerprint => "fingerprint",
            Field::Path => "path",
            Field::Line => "line",
            Field::Commit => "commit",
            Field::Author => "author",
            Field::Date => "date",
        }
    }

    /// What a sentence says where it is not known, or differs.
    const fn words(self) -> &'static str {
        match self {
            Field::Name => "the secret",
            Field::Provider => "the provider",
            Field::TokenId => "the token's id",
            Field::OwnerId => "the owner's id",
            Field::Host => "the account's host",
            Field::LastSix | Field::LastSixEscaped => "its last six characters",
            Field::Fingerprint => "its fingerprint",
            Field::Path => "the file",
            Field::Line => "its line",
            Field::Commit => "the oldest of its commits",
            Field::Author => "its author",
            Field::Date => "the date of that commit",
        }
    }

    fn capitals(self) -> String {
        self.name().trim_end_matches("-escaped").to_uppercase().replace('-', "_")
    }

    /// Replaces the fields in a text. Other braces are left.
    fn replace(text: &str, mut by: impl FnMut(Field) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            out.push_str(before);
            let field = Field::ALL.into_iter().find_map(|field| {
                let tail = from[1..].strip_prefix(field.name())?.strip_prefix('}')?;
                Some((field, tail))
            });
            match field {
                Some((field, tail)) => {
                    out.push_str(&by(field));
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = &from[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}
