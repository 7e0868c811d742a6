//! How secrets of a provider are best kept: least privilege, rotation, expiry, where they may be used from, monitoring,
//! and what there is instead of a stored secret.
//!
//! Providers are many and alike. Each belongs to a **class**, such as source hosting or payment, and a class has advice that is
//! right for all of it: `data/classes.toml`. Providers that are met most have an entry of their own, with where to click and
//! what to look for, each with the vendor's page that it was checked against: `data/providers.toml`. What an entry leaves
//! out, the class says; what the class leaves out, `[practices]` at the head of the classes.

use std::collections::HashMap;
use std::sync::LazyLock;

use scalr_detect::Detector;
use serde::{Deserialize, Serialize};

/// What a practice is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// What the secret may do.
    LeastPrivilege,
    /// How often it is replaced.
    Rotation,
    /// When it stops by itself.
    Expiry,
    /// Where it may be used from.
    AllowList,
    /// How misuse is noticed.
    Monitoring,
    /// What there is instead of a stored secret.
    Keyless,
}

impl Topic {
    /// All topics, in the order in which they are best read.
    pub const ALL: [Topic; 6] = [
        Topic::LeastPrivilege,
        Topic::Expiry,
        Topic::Rotation,
        Topic::AllowList,
        Topic::Monitoring,
        Topic::Keyless,
    ];

    /// A short title.
    pub const fn title(self) -> &'static str {
        match self {
            Topic::LeastPrivilege => "Least privilege",
            Topic::Rotation => "Rotation",
            Topic::Expiry => "Expiry",
            Topic::AllowList => "IP allow list",
            Topic::Monitoring => "Monitoring",
            Topic::Keyless => "No stored secret",
        }
    }
}

/// A piece of advice.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Practice {
    /// What it is about.
    pub topic: Topic,
    /// The advice: a sentence or two.
    pub text: &'static str,
    /// The vendor's page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<&'static str>,
}

/// How secrets of this kind are best kept: one practice for each topic, in the order of [`Topic::ALL`]. The first call
/// in a program parses the texts; after that it costs a look-up.
pub fn practices(detector: &Detector) -> Vec<Practice> {
    let advice = Advice::of(detector);
    Topic::ALL
        .into_iter()
        .map(|topic| {
            let note = advice.note(topic);
            Practice { topic, text: &note.text, link: note.link.as_deref() }
        })
        .collect()
}

/// The class that a kind of secret belongs to, such as `payment`.
pub fn class(detector: &Detector) -> &'static str {
    &Advice::of(detector).class.id
}

/// A text with the page that it was checked against.
#[derive(Debug, Deserialize)]
#[serde(from = "NoteForm")]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) link: Option<String>,
}

/// A note is a string where it has no link.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum NoteForm {
    Text(String),
    Linked { text: String, link: String },
}

impl From<NoteForm> for Note {
    fn from(form: NoteForm) -> Note {
        match form {
            NoteForm::Text(text) => Note { text, link: None },
            NoteForm::Linked { text, link } => Note { text, link: Some(link) },
        }
    }
}

/// Advice for each topic, as far as there is any.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Notes {
    pub(crate) least_privilege: Option<Note>,
    pub(crate) rotation: Option<Note>,
    pub(crate) expiry: Option<Note>,
    pub(crate) allow_list: Option<Note>,
    pub(crate) monitoring: Option<Note>,
    pub(crate) keyless: Option<Note>,
}

impl Notes {
    pub(crate) fn get(&self, topic: Topic) -> Option<&Note> {
        match topic {
            Topic::LeastPrivilege => &self.least_privilege,
            Topic::Rotation => &self.rotation,
            Topic::Expiry => &self.expiry,
            Topic::AllowList => &self.allow_list,
            Topic::Monitoring => &self.monitoring,
            Topic::Keyless => &self.keyless,
        }
        .as_ref()
    }
}

/// `data/classes.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Classes {
    /// What is right for every class that says nothing else.
    pub(crate) practices: Notes,
    #[serde(rename = "class")]
    pub(crate) classes: Vec<Class>,
}

/// Providers whose secrets are alike in what they open.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) id: String,
    /// The providers, as the catalogue names them.
    pub(crate) providers: Vec<String>,
    /// Detectors that belong here, whoever their provider is.
    #[serde(default)]
    pub(crate) detectors: Vec<String>,
    pub(crate) stake: Stakes,
    /// How a new secret is made.
    pub(crate) create: String,
    /// Where it is seen what a secret was used for.
    pub(crate) audit: String,
    /// What to look for there that is typical.
    pub(crate) signs: String,
    /// What whoever has the secret can get at.
    pub(crate) reach: Vec<String>,
    /// Who must know, besides those who always must.
    pub(crate) tell: String,
    #[serde(default)]
    pub(crate) practices: Notes,
}

/// What is at stake.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stakes {
    pub(crate) data: String,
    pub(crate) money: String,
    pub(crate) reputation: String,
    pub(crate) compliance: String,
    pub(crate) service: String,
}

impl Stakes {
    pub(crate) fn each(&self) -> [(&'static str, &str); 5] {
        [
            ("Data", &self.data),
            ("Money", &self.money),
            ("Reputation", &self.reputation),
            ("Compliance", &self.compliance),
            ("Service", &self.service),
        ]
    }
}

/// `data/providers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Providers {
    #[serde(rename = "provider")]
    pub(crate) providers: Vec<Provider>,
}

/// What is special to a provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    /// As the catalogue names it.
    pub(crate) name: String,
    /// Where to revoke a secret.
    pub(crate) console: Note,
    /// A command that revokes it.
    pub(crate) revoke: Option<String>,
    /// How a new one is made.
    pub(crate) create: Note,
    /// Where it is seen what a secret was used for.
    pub(crate) audit: Note,
    /// What to ask there: a command or a query.
    pub(crate) query: Option<String>,
    #[serde(default)]
    pub(crate) practices: Notes,
}

/// All that is known of how to deal with secrets of a kind.
#[derive(Clone, Copy)]
pub(crate) struct Advice {
    pub(crate) class: &'static Class,
    pub(crate) provider: Option<&'static Provider>,
}

impl Advice {
    pub(crate) fn of(detector: &Detector) -> Advice {
        let index = &*INDEX;
        let class = index.detectors.get(detector.id).or_else(|| index.classes.get(detector.provider));
        Advice {
            // Detectors of one's own may name any provider.
            class: class.copied().unwrap_or(index.fallback),
            provider: index.providers.get(detector.provider).copied(),
        }
    }

    /// The most special advice there is.
    fn note(&self, topic: Topic) -> &'static Note {
        let special = self.provider.and_then(|provider| provider.practices.get(topic));
        let note = special.or_else(|| self.class.practices.get(topic));
        note.or_else(|| CLASSES.practices.get(topic)).expect("there is general advice for every topic")
    }
}

/// The class of a provider that nobody knows.
const FALLBACK: &str = "password";

pub(crate) static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/classes.toml")).expect("data/classes.toml is well-formed")
});

pub(crate) static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/providers.toml")).expect("data/providers.toml is well-formed")
});

/// What belongs to a name.
struct Index {
    /// By provider.
    classes: HashMap<&'static str, &'static Class>,
    /// By the id of a detector.
    detectors: HashMap<&'static str, &'static Class>,
    /// By provider.
    providers: HashMap<&'static str, &'static Provider>,
    fallback: &'static Class,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let all = &CLASSES.classes;
    let names = |of: fn(&Class) -> &[String]| {
        all.iter().flat_map(move |class| of(class).iter().map(move |name| (name.as_str(), class))).collect()
    };
    Index {
        classes: names(|class| &class.providers),
        detectors: names(|class| &class.detectors),
        providers: PROVIDERS.providers.iter().map(|provider| (provider.name.as_str(), provider)).collect(),
        fallback: all.iter().find(|class| class.id == FALLBACK).expect("there is a class for the rest"),
    }
});

#[cfg(test)]
pub(crate) mod tests;
