//! Triage: which findings are known, allowed or not wanted.
//!
//! A scanner finds what is a secret by its looks. People know more: this one has been dealt with, that one is made up, in
//! that folder there are nothing but examples. There are three ways to say so, and a [`Triage`] takes all of them:
//!
//! * a [`Baseline`]: the fingerprints of secrets that are known;
//! * a [marker] in the text, `scalr-detect:allow`;
//! * a [`Config`], `scalr-detect.toml`, with paths, detectors and confidences.
//!
//! ```
//! use scalr_detect::Scanner;
//! use scalr_detect_triage::{Decision, Inline, Triage};
//!
//! let scanner = Scanner::new();
//! let triage = Triage::new(&scanner).inline(Inline::default());
//! let text = "postgres://app:n0t-a-real-0ne@db.internal/app  # scalr-detect:allow the database of the tests";
//! for finding in scanner.find_iter(text) {
//!     assert!(matches!(triage.decide(&finding, &[], b"app.conf"), Decision::Suppressed(_)));
//! }
//! assert_eq!(triage.counts().inline, 1);
//! ```
//!
//! # Nothing is left out in silence
//!
//! All three may lie in the tree that is scanned, and be made by whoever wants a secret to go unnoticed. So whatever they
//! suppress is counted, by each, and the counts belong into every report; each suppression says what decided; and each can
//! be left out. What a configuration turns off is found all the same, and suppressed afterwards, so that it can be
//! counted; only paths that it excludes are not read, and those are in the coverage ledger.

#![forbid(unsafe_code)]

pub mod baseline;
pub mod config;
pub mod control;
mod globs;
pub mod marker;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use scalr_detect::{Catalog, Confidence, Finding, Scanner};

pub use baseline::Baseline;
pub use config::{Config, Fault, Override};
pub use globs::Globs;
pub use marker::Tool;

use marker::{MARKER, Marker, Place, Surroundings};

/// How many notes are kept.
const MAX_NOTES: usize = 20;

/// Which markers in the text count.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inline {
    /// Tools whose markers count as well as our own.
    pub tools: Vec<Tool>,
    /// Our own count only with a reason.
    pub require_reason: bool,
}

/// Decides about findings. Threads share it.
#[derive(Debug)]
pub struct Triage {
    scanner: Scanner,
    /// What would be reported without the configuration.
    least: Confidence,
    config: Config,
    inline: Option<Inline>,
    baseline: Option<Baseline>,
    counts: [AtomicU64; By::ALL.len()],
    notes: Mutex<Vec<Note>>,
}

/// What becomes of a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// It is reported. An override that had it reported is named.
    Report(Option<String>),
    /// It is less sure than what is to be reported, configuration or not.
    Unsure(Confidence),
    /// It would be reported, but for this.
    Suppressed(Suppression),
}

/// Why a finding is not reported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Suppression {
    /// What suppresses it.
    pub by: By,
    /// Which entry, marker or rule, and what people say about it. That may hold anything, secrets included.
    pub why: String,
    /// The line of our own marker, from 1, if it is one.
    pub marker_line: Option<usize>,
}

/// What suppresses a finding.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum By {
    /// The secret is in the baseline.
    Baseline,
    /// A marker in the text.
    Inline,
    /// The configuration.
    Config,
}

impl By {
    /// Every way.
    pub const ALL: [By; 3] = [By::Baseline, By::Inline, By::Config];

    /// The name in reports. Stable.
    pub const fn name(self) -> &'static str {
        match self {
            By::Baseline => "baseline",
            By::Inline => "inline",
            By::Config => "config",
        }
    }
}

/// How many findings were suppressed, by what.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// By the baseline.
    pub baseline: u64,
    /// By markers in the text.
    pub inline: u64,
    /// By the configuration.
    pub config: u64,
}

/// Something about a marker that its author should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// What the unit is called that the marker is in.
    pub path: Vec<u8>,
    /// The line of the marker, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl Triage {
    /// A triage of what this scanner finds that suppresses nothing yet.
    pub fn new(scanner: &Scanner) -> Triage {
        Triage {
            scanner: scanner.clone(),
            least: Confidence::Low,
            config: Config::default(),
            inline: None,
            baseline: None,
            counts: Default::default(),
            notes: Mutex::default(),
        }
    }

    /// Markers in the text count.
    #[must_use]
    pub fn inline(mut self, inline: Inline) -> Triage {
        self.inline = Some(inline);
        self
    }

    /// Secrets of this baseline are known.
    #[must_use]
    pub fn baseline(mut self, baseline: Baseline) -> Triage {
        self.baseline = Some(baseline);
        self
    }

    /// Obeys a configuration. `least`: the confidence from which findings are reported without it; what it leaves out of
    /// those is counted as suppressed. What it says of baselines, markers and files of detectors is for the caller to do.
    ///
    /// The scanner should find what has the confidence [`Triage::scanned`] says.
    ///
    /// # Errors
    ///
    /// Names of detectors that the scanner does not know.
    pub fn config(mut self, config: Config, least: Confidence) -> Result<Triage, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut check = |line: usize, names: &[String]| {
            for name in names.iter().filter(|name| !self.is_known(name)) {
                let message = unknown_detector(name);
                faults.push(Fault { line, column: 0, message });
            }
        };
        for names in [&config.only, &config.except].into_iter().flatten() {
            check(names.line, &names.value);
        }
        for over in &config.overrides {
            check(over.line, &over.only);
            check(over.line, &over.except);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        (self.config, self.least) = (config, least);
        Ok(self)
    }

    /// The confidence from which a scanner must report, so that nothing is missed that a configuration wants, and nothing
    /// uncounted that it does not want.
    pub fn scanned(config: &Config, least: Confidence) -> Confidence {
        let of_overrides = config.overrides.iter().filter_map(|over| over.min_confidence);
        let all = config.min_confidence.iter().map(|c| c.value).chain(of_overrides);
        all.fold(least, Ord::min)
    }

    /// What becomes of a finding. `paths`: where the unit lies, relative to the folder of the configuration: several, if the
    /// same bytes lie in several places, none if that is not known; rules for paths suppress it only if they do so in all of
    /// them. `name`: what the unit is called in reports.
    ///
    /// The configuration is asked first, then markers, then the baseline.
    pub fn decide(&self, finding: &Finding<'_, '_>, paths: &[&Path], name: &[u8]) -> Decision {
        let by_config = match paths {
            [] => self.by_config(finding, None),
            paths => {
                let mut last = Decision::Report(None);
                for path in paths {
                    last = self.by_config(finding, Some(path));
                    if matches!(last, Decision::Report(_)) {
                        break;
                    }
                }
                last
            }
        };
        let Decision::Report(over) = by_config else { return self.counted(by_config) };
        let suppression = self.by_marker(finding, name).or_else(|| self.by_baseline(finding));
        self.counted(suppression.map_or(Decision::Report(over), Decision::Suppressed))
    }

    fn counted(&self, decision: Decision) -> Decision {
        if let Decision::Suppressed(suppression) = &decision {
            self.counts[suppression.by as usize].fetch_add(1, Ordering::Relaxed);
        }
        decision
    }

    fn by_config(&self, finding: &Finding<'_, '_>, path: Option<&Path>) -> Decision {
        let config = &self.config;
        let suppressed = |why| Decision::Suppressed(Suppression { by: By::Config, why, marker_line: None });
        if let Some(why) = path.and_then(|path| excluded(config, path)) {
            return suppressed(why);
        }
        let detector = finding.detector();
        let names = |names: &[String]| names.iter().find(|name| detector.is_named(name)).cloned();
        if let Some(only) = &config.only
            && names(&only.value).is_none()
        {
            return suppressed(format!("line {}: not among `detectors.only`", only.line));
        }
        if let Some(except) = &config.except
            && let Some(name) = names(&except.value)
        {
            return suppressed(format!("line {}: `detectors.except` has `{name}`", except.line));
        }
        let mut least = config.min_confidence.as_ref().map(|c| (c.value, c.line, None));
        for over in &config.overrides {
            let Some(glob) = path.and_then(|path| matching(&over.paths, path)) else { continue };
            if !over.only.is_empty() && names(&over.only).is_none() {
                return suppressed(format!(
                    "line {}: not among `only` of the override for `{glob}`",
                    over.line
                ));
            }
            if let Some(name) = names(&over.except) {
                let line = over.line;
                return suppressed(format!(
                    "line {line}: `except` of the override for `{glob}` has `{name}`"
                ));
            }
            if let Some(confidence) = over.min_confidence {
                least = Some((confidence, over.line, Some(glob.to_owned())));
            }
        }
        let is_sure = finding.confidence() >= self.least;
        match least {
            Some((least, line, glob)) => {
                let of = glob.map_or(String::new(), |glob| format!(" of the override for `{glob}`"));
                let why = format!("line {line}: `min-confidence`{of} is {least}");
                match (finding.confidence() >= least, is_sure) {
                    (true, true) => Decision::Report(None),
                    (true, false) => Decision::Report(Some(why)),
                    (false, true) => suppressed(why),
                    (false, false) => Decision::Unsure(self.least),
                }
            }
            None if is_sure => Decision::Report(None),
            None => Decision::Unsure(self.least),
        }
    }

    fn by_marker(&self, finding: &Finding<'_, '_>, name: &[u8]) -> Option<Suppression> {
        let inline = self.inline.as_ref()?;
        let surroundings = Surroundings::of(finding);
        for marker in surroundings.markers() {
            let line = match marker.place {
                Place::Before => finding.position().line.saturating_sub(1),
                Place::First => finding.position().line,
                Place::Last => finding.end_position().line,
            };
            let note = |message: String| self.note(Note { path: name.to_vec(), line, message });
            if !self.is_for(&marker, finding, note) {
                continue;
            }
            if inline.require_reason && marker.reason.is_empty() {
                note(format!("`{MARKER}` without a reason, which the configuration requires, is not obeyed"));
                continue;
            }
            let reason = match &*marker.reason {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            let why = format!("`{MARKER}` in line {line}{reason}");
            return Some(Suppression { by: By::Inline, why, marker_line: Some(line) });
        }
        inline.tools.iter().find_map(|tool| {
            let marker = tool.marker(&surroundings, name)?;
            let why = format!("`{marker}` of {} at line {}", tool.name(), finding.position().line);
            Some(Suppression { by: By::Inline, why, marker_line: None })
        })
    }

    fn is_for(&self, marker: &Marker<'_>, finding: &Finding<'_, '_>, note: impl Fn(String)) -> bool {
        let Some(ids) = &marker.ids else { return true };
        if ids.is_empty() {
            note(format!(
                "`{MARKER}=` names no detector and is not obeyed: write an id, or leave out the `=`"
            ));
        }
        for id in ids.iter().filter(|id| !self.is_known(id)) {
            note(format!("`{MARKER}`: {}", unknown_detector(id)));
        }
        ids.iter().any(|id| finding.detector().is_named(id))
    }

    fn by_baseline(&self, finding: &Finding<'_, '_>) -> Option<Suppression> {
        let baseline = self.baseline.as_ref()?;
        let fingerprint = finding.fingerprint();
        if !baseline.knows(fingerprint) {
            return None;
        }
        let why = match baseline.comment(fingerprint) {
            None | Some("") => format!("entry {fingerprint}"),
            Some(comment) => format!("entry {fingerprint}: {comment}"),
        };
        Some(Suppression { by: By::Baseline, why, marker_line: None })
    }

    fn is_known(&self, name: &str) -> bool {
        self.scanner.detectors().iter().any(|detector| detector.is_named(name))
    }

    fn note(&self, note: Note) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MAX_NOTES && !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// How many findings were suppressed so far.
    pub fn counts(&self) -> Counts {
        let [baseline, inline, config] = [0, 1, 2].map(|i: usize| self.counts[i].load(Ordering::Relaxed));
        Counts { baseline, inline, config }
    }

    /// What is wrong with markers that were met at findings, by path and line: the first few.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        notes.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        notes
    }

    /// The baseline, which knows which of its entries were met.
    pub fn known(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }
}

/// Whether a configuration leaves a file out, and by which rule. `path` is relative to the folder of the configuration.
pub fn excluded(config: &Config, path: &Path) -> Option<String> {
    if let Some(exclude) = &config.exclude
        && let Some(glob) = matching(&exclude.value, path)
    {
        return Some(format!("line {}: `paths.exclude` has `{glob}`", exclude.line));
    }
    match &config.include {
        Some(include) if matching(&include.value, path).is_none() => {
            Some(format!("line {}: not among `paths.include`", include.line))
        }
        _ => None,
    }
}

/// The glob that matches a file, or the archive that it is in: `lib/a.zip!b/c.txt` lies in `lib/a.zip`.
fn matching<'g>(globs: &'g Globs, path: &Path) -> Option<&'g str> {
    if let Some(glob) = globs.matching(path, false) {
        return Some(glob);
    }
    let text = path.to_str()?;
    text.match_indices('!').find_map(|(at, _)| globs.matching(Path::new(&text[..at]), false))
}

fn unknown_detector(name: &str) -> String {
    let said = shown(name).map_or("unknown detector".to_owned(), |name| format!("unknown detector {name:?}"));
    match Catalog::builtin().nearest(name.trim_end_matches('*')) {
        Some(nearest) => format!("{said}: did you mean {nearest:?}?"),
        None => format!("{said}: `scalr-detect detectors` lists them"),
    }
}

/// A name, if it looks like one: people mistype names, but whatever stands in the place of one may be a secret. Words of at
/// most 24 letters, those with digits of at most 6, are what no key is made of.
fn shown(name: &str) -> Option<&str> {
    let is_word = |word: &str| {
        let longest = if word.bytes().any(|b| b.is_ascii_digit()) { 6 } else { 24 };
        word.len() <= longest && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'*')
    };
    (name.len() <= 60 && name.split(['-', '_', '.']).all(is_word)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_name_is_shown() {
        for name in [
            "scalr-api-tokn",
            "min_confidence",
            "minConfidence",
            "aws-*",
            "x",
            "",
            "a.b",
            "s3-key",
            "oauth2-x",
        ] {
            assert_eq!(shown(name), Some(name));
        }
        for secret in [
            "a".repeat(25),
            "0".repeat(7),
            "0123456789abcdef".repeat(2),
            "é".into(),
            "a b".into(),
            "a-".repeat(40),
        ] {
            assert_eq!(shown(&secret), None, "{secret}");
        }
    }
}
