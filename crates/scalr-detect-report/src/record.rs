//! What there is to say about a finding and about a scan, as plain values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use scalr_detect::{
    Confidence, Decoder, Details, Detector, Finding, Fingerprint, Position, Scanner, Severity,
};
use scalr_detect_sources::{Commit, GitOrigin, ImageOrigin, Introduction, Ledger, Origin, Unit};

use crate::context::Context;

/// What there is to say about a finding. See [`Record::new`] for what its fields are.
///
/// Not `Debug`: it has the secret in it where that was asked for.
#[derive(Clone)]
pub struct Record<'s> {
    /// The kind of secret.
    pub detector: &'s Detector,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it is believed, or why it is doubted: a clause.
    pub reason: &'static str,
    /// What the unit is called that it was found in.
    pub path: Vec<u8>,
    /// Where the unit came from. Secrets in its texts are masked.
    pub origin: Origin,
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
    pub fingerprint: Fingerprint,
    /// Names of the encodings that it was wrapped in, outermost first.
    pub decoded_by: Vec<&'static str>,
    /// Facts that were read from the secret.
    pub details: Details,
    /// Whether it is a password that is guessed easily.
    pub weak: bool,
    /// Whether the secret still works.
    pub validity: Validity,
    /// What the validity was told from; empty while nobody was asked.
    pub evidence: String,
    /// What suppressed it, if something did and it is shown all the same: `baseline`, `inline` or `config`.
    pub suppressed_by: Option<&'static str>,
    /// Which entry, marker or rule that was.
    pub suppressed_why: String,
    /// The line around the secret, for reports that show it; see [`Record::add_context`].
    pub context: Option<Context>,
}

impl<'s> Record<'s> {
    /// What there is to say about `finding`, made in `unit`. Secrets are masked by `masker`, which finds them in what
    /// else is shown: give it every detector and the least confidence. None: show secrets.
    pub fn new(unit: &Unit<'_>, finding: &Finding<'_, '_>, masker: Option<&Scanner>) -> Record<'s> {
        let span = finding.secret_span();
        let (secret, origin) = match masker {
            Some(masker) => (finding.masked().to_string().into_bytes(), masked(unit.origin(), masker)),
            None => (finding.secret().to_vec(), unit.origin().clone()),
        };
        Record {
            detector: finding.detector(),
            confidence: finding.confidence(),
            reason: finding.reason(),
            path: unit.path().to_vec(),
            origin,
            start: span.start,
            end: span.end,
            position: finding.position(),
            end_position: finding.end_position(),
            secret,
            fingerprint: finding.fingerprint(),
            decoded_by: finding.decoded_by().iter().copied().map(Decoder::name).collect(),
            details: finding.details(),
            weak: finding.is_weak(),
            validity: Validity::Unknown,
            evidence: String::new(),
            suppressed_by: None,
            suppressed_why: String::new(),
            context: None,
        }
    }

    /// Adds the line around the secret, masked as by [`Record::new`].
    pub fn add_context(&mut self, finding: &Finding<'_, '_>, masker: Option<&Scanner>) {
        self.context = Some(Context::new(finding, masker));
    }
}

/// Whether a secret still works.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
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
    /// The name in reports. Stable.
    pub const fn name(self) -> &'static str {
        match self {
            Validity::Unknown => "unknown",
            Validity::Live => "live",
            Validity::Dead => "dead",
        }
    }
}

/// An origin whose texts have no secret in them.
fn masked(origin: &Origin, masker: &Scanner) -> Origin {
    let clean = |text: &str| String::from_utf8_lossy(&masker.redact(text.as_bytes())).into_owned();
    let clean_commit = |commit: &Arc<Commit>| {
        Arc::new(Commit {
            id: commit.id.clone(),
            author: clean(&commit.author),
            email: clean(&commit.email),
            time: commit.time,
            summary: clean(&commit.summary),
        })
    };
    match origin {
        Origin::Git(git) => {
            let also = git
                .also
                .iter()
                .map(|other| Introduction { commit: clean_commit(&other.commit), path: other.path.clone() });
            Origin::Git(Arc::new(GitOrigin {
                commit: git.commit.as_ref().map(clean_commit),
                also: also.collect(),
                object: git.object.clone(),
                ..**git
            }))
        }
        Origin::Image(image) => {
            Origin::Image(Arc::new(ImageOrigin { command: clean(&image.command), ..(**image).clone() }))
        }
        other => other.clone(),
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

/// What there is to say about a scan.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// What was found.
    pub tally: &'a Tally,
    /// How many findings were left out of the report, and why.
    pub suppressed: Suppressed,
    /// What was used of a baseline, where there is one.
    pub baseline: Option<BaselineUse>,
    /// The configuration that was obeyed.
    pub config: Option<&'a str>,
    /// What was scanned, and what was not.
    pub ledger: &'a Ledger,
    /// How long it took.
    pub elapsed: Duration,
}

/// How many findings were left out of the report because somebody had said that they are to be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Suppressed {
    /// By a baseline.
    pub baseline: u64,
    /// By a comment on the line.
    pub inline: u64,
    /// By a configuration file.
    pub config: u64,
}

impl Suppressed {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.baseline + self.inline + self.config
    }
}

/// How much of a baseline a scan needed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct BaselineUse {
    /// How many secrets are in it.
    pub entries: usize,
    /// How many of them the scan did not meet.
    pub unused: usize,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use scalr_detect::Kind as DetectorKind;
    use scalr_detect_sources::Reason;

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
            path: b"dir/a.tf".to_vec(),
            origin: Origin::File,
            start: 10,
            end: 30,
            position: Position { line: 2, column: 5 },
            end_position: Position { line: 2, column: 25 },
            secret: b"ac_****9f".to_vec(),
            fingerprint: Fingerprint::new("acme-key", b"x"),
            decoded_by: vec!["base64", "hex"],
            details,
            weak: false,
            validity: Validity::Unknown,
            evidence: String::new(),
            suppressed_by: None,
            suppressed_why: String::new(),
            context: Some(Context { before: "key = ".into(), secret: "ac_****9f".into(), after: ";".into() }),
        }
    }

    /// A ledger of so many units and bytes, and of these paths that were not read.
    pub(crate) fn ledger(units: u64, bytes: u64, skipped: &[(Reason, &[&[u8]])]) -> Ledger {
        let mut ledger = Ledger::default();
        (1..units).for_each(|_| ledger.scanned(0));
        ledger.scanned(bytes);
        for (reason, paths) in skipped {
            paths.iter().for_each(|path| ledger.skip(*reason, path, false));
        }
        ledger
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
