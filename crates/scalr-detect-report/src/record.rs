//! What there is to say about a finding and about a scan, as plain values.

use std::collections::BTreeMap;
use std::time::Duration;

use scalr_detect::{Confidence, Decoder, Details, Detector, Finding, Position, Severity};

/// What there is to say about a finding. See [`Record::new`] for what its fields are.
///
/// Not `Debug`: it has the secret in it where that was asked for.
pub struct Record<'a> {
    /// The kind of secret.
    pub detector: &'a Detector,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it is believed, or why it is doubted: a clause.
    pub reason: &'a str,
    /// What the unit is called that it was found in.
    pub path: &'a [u8],
    /// The kind of source that the unit came from, such as `file`.
    pub source: &'a str,
    /// Where the secret starts, in bytes from the start of the unit.
    pub start: usize,
    /// Where the secret ends (exclusive).
    pub end: usize,
    /// `start` as line and column.
    pub position: Position,
    /// `end` as line and column.
    pub end_position: Position,
    /// The secret: masked, or raw where that was asked for.
    pub secret: Vec<u8>,
    /// The identity of the secret.
    pub fingerprint: String,
    /// Names of the encodings that it was wrapped in, outermost first.
    pub decoded_by: Vec<&'static str>,
    /// Facts that were read from the secret.
    pub details: Details,
    /// Whether it is a password that is guessed easily.
    pub weak: bool,
}

impl<'a> Record<'a> {
    /// What there is to say about `finding`, made in the unit `path` of a source of the kind `source`. The secret is
    /// masked unless `show_secrets`.
    pub fn new(path: &'a [u8], source: &'a str, finding: &Finding<'a, '_>, show_secrets: bool) -> Record<'a> {
        let span = finding.secret_span();
        Record {
            detector: finding.detector(),
            confidence: finding.confidence(),
            reason: finding.reason(),
            path,
            source,
            start: span.start,
            end: span.end,
            position: finding.position(),
            end_position: finding.end_position(),
            secret: if show_secrets {
                finding.secret().to_vec()
            } else {
                finding.masked().to_string().into_bytes()
            },
            fingerprint: finding.fingerprint().to_string(),
            decoded_by: finding.decoded_by().iter().copied().map(Decoder::name).collect(),
            details: finding.details(),
            weak: finding.is_weak(),
        }
    }
}

/// Counts of findings, and what to do about each kind.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    by_severity: [u64; Severity::ALL.len()],
    units: u64,
    kinds: BTreeMap<String, Kind>,
}

#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) count: u64,
    pub(crate) severity: Severity,
    pub(crate) name: String,
    pub(crate) remediation: String,
    pub(crate) reference: Option<String>,
}

impl Tally {
    /// Counts a finding of this kind.
    pub fn add(&mut self, detector: &Detector) {
        self.by_severity[detector.severity as usize] += 1;
        if let Some(kind) = self.kinds.get_mut(detector.id) {
            kind.count += 1;
            return;
        }
        let kind = Kind {
            count: 1,
            severity: detector.severity,
            name: detector.name.to_owned(),
            remediation: detector.remediation.to_owned(),
            reference: detector.references.first().map(|&r| r.to_owned()),
        };
        self.kinds.insert(detector.id.to_owned(), kind);
    }

    /// Counts a unit that has findings.
    pub fn add_unit(&mut self) {
        self.units += 1;
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Tally) {
        self.units += other.units;
        for (mine, theirs) in self.by_severity.iter_mut().zip(other.by_severity) {
            *mine += theirs;
        }
        for (id, kind) in other.kinds {
            let count = kind.count;
            self.kinds.entry(id).and_modify(|k| k.count += count).or_insert(kind);
        }
    }

    /// How many findings.
    pub fn total(&self) -> u64 {
        self.by_severity.iter().sum()
    }

    /// How many units have findings.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// How many findings of each severity, worst first.
    pub fn by_severity(&self) -> impl Iterator<Item = (Severity, u64)> {
        Severity::ALL.into_iter().zip(self.by_severity).rev()
    }

    /// Ids of the kinds found, worst first.
    pub(crate) fn kinds(&self) -> Vec<(&str, &Kind)> {
        let mut kinds: Vec<_> = self.kinds.iter().map(|(id, kind)| (id.as_str(), kind)).collect();
        kinds.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.severity));
        kinds
    }
}

/// What was not scanned for one reason.
#[derive(Clone, Debug)]
pub struct Skipped<'a> {
    /// The name of the reason.
    pub reason: &'static str,
    /// How many units.
    pub units: u64,
    /// How many of them were asked for and could not be read.
    pub unread: u64,
    /// Paths of the first few.
    pub examples: Vec<&'a [u8]>,
}

/// What there is to say about a scan.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// What was found.
    pub tally: &'a Tally,
    /// How many units were scanned.
    pub units: u64,
    /// How many bytes.
    pub bytes: u64,
    /// What was not scanned.
    pub skipped: Vec<Skipped<'a>>,
    /// Whether something that was asked for could not be read.
    pub incomplete: bool,
    /// How long it took.
    pub elapsed: Duration,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use scalr_detect::Kind as DetectorKind;

    pub(crate) static DETECTOR: Detector = Detector {
        id: "acme-key",
        name: "Acme key",
        provider: "acme",
        kind: DetectorKind::Prefixed,
        severity: Severity::High,
        confidence: Confidence::High,
        check: None,
        aliases: &["acme-token"],
        parts: &["key_id"],
        impact: "Whoever has it reads everything.",
        remediation: "Revoke it in the console.",
        references: &["https://acme.example/keys", "https://acme.example/more"],
    };

    pub(crate) fn record() -> Record<'static> {
        let mut details = Details::default();
        details.push("token id", "t-1");
        details.push("host", "acme.example");
        Record {
            detector: &DETECTOR,
            confidence: Confidence::Checked,
            reason: "its checksum holds",
            path: b"dir/a.tf",
            source: "file",
            start: 10,
            end: 30,
            position: Position { line: 2, column: 5 },
            end_position: Position { line: 2, column: 25 },
            secret: b"ac_****9f".to_vec(),
            fingerprint: "0f".repeat(16),
            decoded_by: vec!["base64", "hex"],
            details,
            weak: false,
        }
    }

    pub(crate) fn tally() -> Tally {
        let mut tally = Tally::default();
        tally.add(&DETECTOR);
        tally.add(&DETECTOR);
        tally.add_unit();
        let worse =
            Detector { id: "zeta-key", severity: Severity::Critical, references: &[], ..copy(&DETECTOR) };
        tally.add(&worse);
        tally.add_unit();
        tally
    }

    fn copy(d: &Detector) -> Detector {
        Detector { check: d.check, ..*d }
    }

    #[test]
    fn tallies_add_up() {
        let mut whole = tally();
        whole.merge(tally());
        assert_eq!((whole.total(), whole.units()), (6, 4));
        let counts: Vec<(Severity, u64)> = whole.by_severity().collect();
        assert_eq!(counts[..2], [(Severity::Critical, 2), (Severity::High, 4)]);
        let kinds: Vec<(&str, u64)> = whole.kinds().iter().map(|(id, k)| (*id, k.count)).collect();
        assert_eq!(kinds, [("zeta-key", 2), ("acme-key", 4)]);
    }
}
