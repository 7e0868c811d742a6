//! What is known of a secret that leaked.

use scalr_detect::Finding;
use serde::{Serialize, Serializer};

/// How many places are kept; more are counted.
pub(super) const PLACES: usize = 100;

/// The longest text that is kept of a fact, in characters.
const LONGEST: usize = 300;

/// What is known of a secret that leaked: everything but the secret. Texts are cleaned when they come in: see
/// [`Facts::detail`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct Facts {
    /// The identity of the secret; empty if it is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// Whether it works.
    pub validity: Validity,
    /// What that was told from; empty while nobody was asked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    #[serde(serialize_with = "as_object")]
    pub(super) details: Vec<Detail>,
    pub(super) places: Vec<Place>,
    /// How often it occurs, those included that are not in `places`.
    pub occurrences: u64,
}

/// Whether a secret works.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// Nobody was asked, or the answer did not say.
    #[default]
    Unknown,
    /// It works.
    Live,
    /// It was revoked, has expired or never was.
    Dead,
}

impl Validity {
    /// The validity that a report names so.
    pub fn from_name(name: &str) -> Validity {
        match name {
            "live" => Validity::Live,
            "dead" => Validity::Dead,
            _ => Validity::Unknown,
        }
    }
}

/// A fact that was read from a secret, such as the id of a token.
#[derive(Clone, Debug)]
pub struct Detail {
    /// What it is, such as `token-id`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Where a secret was found.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 if it is not known.
    pub line: u64,
    /// The commit that brought it in; empty if it is not known, and so are the next two.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// Who wrote the commit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// When, as in RFC 3339.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub date: String,
}

fn as_object<S: Serializer>(details: &[Detail], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter().map(|detail| (&detail.name, &detail.value)))
}

impl Facts {
    /// What there is to know of a finding, made in the unit called `path`.
    pub fn of(finding: &Finding<'_, '_>, path: &[u8]) -> Facts {
        let mut facts = Facts { fingerprint: finding.fingerprint().to_string(), ..Facts::default() };
        for (name, value) in finding.details().iter() {
            facts.add_detail(finding.detector().provider, name, value);
        }
        facts.add_place(Place {
            path: String::from_utf8_lossy(path).into_owned(),
            line: finding.position().line as u64,
            ..Place::default()
        });
        facts
    }

    /// Adds a fact. The last characters of a secret are left out, unless it is Scalr's: its own pages and logs name a
    /// token by them.
    pub fn add_detail(&mut self, provider: &str, name: &str, value: &str) {
        let tells = name == "last-six" && provider != "Scalr";
        if !tells && !value.is_empty() && self.detail(name).is_none() {
            self.details.push(Detail { name: clean(name), value: clean(value) });
            // Whose it is comes first, whatever the order in which it is learnt.
            let order = ["token-id", "owner-kind", "owner-id", "host", "last-six", "expires"];
            let rank = |name: &str| order.iter().position(|known| *known == name).unwrap_or(order.len());
            self.details.sort_by_key(|detail| rank(&detail.name));
        }
    }

    /// Adds a place, and counts it.
    pub fn add_place(&mut self, place: Place) {
        self.occurrences += 1;
        if self.places.len() < PLACES {
            let Place { path, line, commit, author, date } = place;
            let [path, commit, author, date] = [path, commit, author, date].map(|text| clean(&text));
            self.places.push(Place { path, line, commit, author, date });
        }
    }

    /// Takes in what is known of the same secret from elsewhere.
    pub fn merge(&mut self, other: Facts) {
        for detail in other.details {
            if self.detail(&detail.name).is_none() {
                self.details.push(detail);
            }
        }
        self.occurrences += other.occurrences;
        self.places.extend(other.places);
        self.places.truncate(PLACES);
        // Whoever got an answer knows more; and of two answers the worse one counts.
        if other.validity != Validity::Unknown && self.validity != Validity::Live {
            (self.validity, self.evidence) = (other.validity, other.evidence);
        }
    }

    /// The fact called `name`: `token-id`, `owner-kind`, `owner-id`, `host`, `last-six`, `expires`, or what else a detector reads.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|detail| detail.name == name).map(|detail| detail.value.as_str())
    }

    /// All facts that were read from the secret.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    /// Where it was found: the first hundred places.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The place that came first: that of the oldest commit, or else the first that was added.
    pub fn first_place(&self) -> Option<&Place> {
        let committed = self.places.iter().filter(|place| !place.commit.is_empty());
        committed.min_by(|a, b| a.date.cmp(&b.date)).or(self.places.first())
    }
}

/// A text of one line that can do no harm on a terminal: what is not seen or moves the cursor becomes U+FFFD, and what is
/// very long is cut.
pub(super) fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            // Not seen, a line of their own, or another direction of writing; tags smuggle text.
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'
                | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let mut cleaned: String =
        text.chars().take(LONGEST).map(|c| if hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        cleaned.push('…');
    }
    cleaned
}
