//! What there is to say about a finding and about a scan, as plain values.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use scalr_detect::{
    Confidence, Decoder, Details, Detector, Finding, Fingerprint, Position, Scanner, Severity,
};
use scalr_detect_sources::{Commit, GitOrigin, ImageOrigin, Introduction, Ledger, Origin, Unit};

use crate::columns::Columns;
use crate::context::Context;
use crate::text::{abbreviated, plain};

/// What there is to say about a finding. See [`Record::new`] for what its fields are.
///
/// Not `Debug`: it has the secret in it where that was asked for.
#[derive(Clone)]
pub struct Record {
    /// The kind of secret.
    pub detector: &'static Detector,
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
    /// Whether it is known to stand for another.
    pub placeholder: bool,
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
    /// The columns in another unit, for reports that need them; see [`Record::add_columns`].
    pub columns: Option<Columns>,
}

impl Record {
    /// What there is to say about `finding`, made in `unit`. Secrets are masked by `masker`, which finds them in what
    /// else is shown: give it every detector and the least confidence. None: show secrets.
    pub fn new(unit: &Unit<'_>, finding: &Finding<'_, '_>, masker: Option<&Scanner>) -> Record {
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
            placeholder: finding.is_placeholder(),
            validity: Validity::Unknown,
            evidence: String::new(),
            suppressed_by: None,
            suppressed_why: String::new(),
            context: None,
            columns: None,
        }
    }

    /// Adds the line around the secret, masked as by [`Record::new`].
    pub fn add_context(&mut self, finding: &Finding<'_, '_>, masker: Option<&Scanner>) {
        self.context = Some(Context::new(finding, masker));
    }

    /// Adds the columns as editors count them.
    pub fn add_columns(&mut self, finding: &Finding<'_, '_>) {
        self.columns = Columns::of(finding);
    }
}

impl Record {
    /// What was found, in a sentence without its end: for a text that has the place elsewhere.
    pub(crate) fn sentence(&self) -> String {
        let mut text = format!(
            "{} {}, confidence {}",
            plain(self.detector.name.as_bytes()),
            plain(&self.secret),
            self.confidence
        );
        // Writing to a string does not fail.
        if !self.reason.is_empty() {
            _ = write!(text, ": {}", plain(self.reason.as_bytes()));
        }
        if !self.decoded_by.is_empty() {
            _ = write!(text, "; decoded from {}", self.decoded_by.join(", then "));
        }
        if self.validity != Validity::Unknown {
            _ = write!(text, "; {}", self.validity.name());
        }
        match &self.origin {
            Origin::Git(git) => {
                if let Some(commit) = &git.commit {
                    _ = write!(text, "; in commit {}", abbreviated(&commit.id));
                }
            }
            Origin::Image(image) if image.layer > 0 => {
                _ = write!(text, "; in layer {} of {}", image.layer, image.layers);
            }
            _ => {}
        }
        text
    }

    /// The path for a platform that wants one of the repository: without `./` at the start, never empty.
    pub(crate) fn repository_path(&self) -> &[u8] {
        let mut path: &[u8] = &self.path;
        while let Some(rest) = path.strip_prefix(b"./") {
            path = rest;
        }
        match path {
            b"" => self.origin.name().as_bytes(),
            b"-" => b"stdin",
            path => path,
        }
    }
}

/// Sorts by path and place, so that a report does not depend on how the work was shared out.
pub fn sort(records: &mut [Record]) {
    fn commit(record: &Record) -> Option<(i64, &str)> {
        match &record.origin {
            Origin::Git(git) => git.commit.as_ref().map(|commit| (commit.time, &*commit.id)),
            _ => None,
        }
    }
    records.sort_by(|a, b| {
        let key = |r: &Record| (r.start, r.end, r.detector.id, r.fingerprint);
        (a.path.cmp(&b.path)).then_with(|| commit(a).cmp(&commit(b))).then_with(|| key(a).cmp(&key(b)))
    });
}

/// The places of each secret, in the order of the first of each; or, if `each`, every place for itself.
pub(crate) fn grouped(records: &[Record], each: bool) -> Vec<Vec<&Record>> {
    let mut groups: Vec<Vec<&Record>> = Vec::new();
    let mut of_secret: HashMap<Fingerprint, usize> = HashMap::new();
    for record in records {
        let next = groups.len();
        match of_secret.entry(record.fingerprint) {
            Entry::Occupied(group) if !each => groups[*group.get()].push(record),
            group => {
                group.insert_entry(next);
                groups.push(vec![record]);
            }
        }
    }
    groups
}

/// The record of a group that is the surest, of several the first.
pub(crate) fn surest<'a>(group: &[&'a Record]) -> Option<&'a Record> {
    // The last of the greatest, so from behind.
    group.iter().rev().max_by_key(|record| record.confidence).copied()
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
            let (name, command) = (clean(&image.image), clean(&image.command));
            Origin::Image(Arc::new(ImageOrigin { image: name, command, ..(**image).clone() }))
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
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub elapsed: Duration,
}

impl Summary<'_> {
    /// When the scan began, in seconds since 1970.
    pub(crate) fn started_seconds(&self) -> i64 {
        let seconds = self.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }

    /// When the scan ended.
    pub(crate) fn ended_seconds(&self) -> i64 {
        self.started_seconds().saturating_add(i64::try_from(self.elapsed.as_secs()).unwrap_or(i64::MAX))
    }
}

/// What leaves a scan incomplete, a line each.
pub fn gaps(ledger: &Ledger) -> impl Iterator<Item = String> {
    let interrupted = ledger.is_interrupted().then(|| "the scan was interrupted".to_owned());
    let skipped = ledger.skipped().flat_map(|(reason, skipped)| {
        let shown = skipped.examples().len().min(usize::try_from(skipped.gaps()).unwrap_or(usize::MAX));
        let left = skipped.gaps() - shown as u64;
        let examples = skipped.examples().take(shown).map(move |example| {
            let (before, cause) = (if example.cause().is_empty() { "" } else { ": " }, example.cause());
            format!("{}: not read: {reason}{before}{cause}", plain(example.path()))
        });
        let more = (left > 0).then(|| format!("{left} more not read: {reason}"));
        examples.chain(more)
    });
    interrupted.into_iter().chain(skipped)
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

/// The commit whose files were scanned, for platforms that want to know.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Checkout {
    /// The URL of the repository, without a user name or password in it.
    pub repository: Option<String>,
    /// The id of the commit.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
}

/// What a report is made of that is written at the end of a scan.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// What was found; see [`sort`].
    pub records: &'a [Record],
    /// What was scanned.
    pub summary: &'a Summary<'a>,
    /// Whether every place of a secret is a finding of its own where the form has a choice; otherwise they are one.
    pub each: bool,
    /// Of which commit.
    pub checkout: &'a Checkout,
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

    pub(crate) fn record() -> Record {
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
            placeholder: false,
            validity: Validity::Unknown,
            evidence: String::new(),
            suppressed_by: None,
            suppressed_why: String::new(),
            context: Some(Context { before: "key = ".into(), secret: "ac_****9f".into(), after: ";".into() }),
            columns: Some(Columns { start: 5, end: 25 }),
        }
    }

    /// Of a scan of a second and a half.
    pub(crate) fn summary<'a>(tally: &'a Tally, ledger: &'a Ledger) -> Summary<'a> {
        Summary {
            tally,
            ledger,
            suppressed: Suppressed::default(),
            baseline: None,
            config: None,
            started: SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_000),
            elapsed: Duration::from_millis(1500),
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
