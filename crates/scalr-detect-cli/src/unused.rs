//! What nothing needed: allow markers without a finding, and entries of the baseline that were not met.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use scalr_detect_report::terminal::plain;
use scalr_detect_sources::Unit;
use scalr_detect_triage::marker::MARKER;

use crate::settings::Settings;

/// How many are named.
const NAMED: usize = 100;

/// How many lines with markers of one unit are kept in mind. Markers behind them are not looked at: nobody wrote them.
const MAX_LINES: usize = 100_000;

/// Allow markers that nothing needed: how many, and the first of them by path and line.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    count: usize,
    first: BTreeSet<(Vec<u8>, usize)>,
}

/// The allow markers of one unit, by line.
#[derive(Debug, Default)]
pub(crate) struct OfUnit {
    met: BTreeSet<usize>,
    needed: BTreeSet<usize>,
}

impl OfUnit {
    pub(crate) fn met(&mut self, line: usize) {
        if self.met.len() < MAX_LINES {
            self.met.insert(line);
        }
    }

    pub(crate) fn needed(&mut self, line: usize) {
        if self.needed.len() < MAX_LINES {
            self.needed.insert(line);
        }
    }

    /// The unit has been searched.
    pub(crate) fn finish(&mut self, unit: &Unit<'_>, all: &Mutex<Markers>) {
        if !self.met.is_empty() {
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            for line in self.met.difference(&self.needed) {
                all.count += 1;
                all.first.insert((unit.path().to_vec(), *line));
                if all.first.len() > NAMED {
                    all.first.pop_last();
                }
            }
        }
        self.met.clear();
        self.needed.clear();
    }
}

/// Says what was not needed; how many there are.
pub(crate) fn note(settings: &Settings, markers: &Markers) -> usize {
    let entries = settings.triage.known().into_iter().flat_map(|known| known.entries());
    let entries: Vec<_> = entries.filter(|(_, _, used)| !used).collect();
    for (fingerprint, comment, _) in entries.iter().take(NAMED) {
        let comment = settings.masked(comment);
        let before = if comment.is_empty() { "" } else { ": " };
        crate::note(format_args!(
            "unused: entry {fingerprint} of the baseline{before}{}",
            plain(comment.as_bytes())
        ));
    }
    for (path, line) in &markers.first {
        crate::note(format_args!("unused: {}:{line}: `{MARKER}`", plain(path)));
    }
    let more = entries.len().saturating_sub(NAMED) + markers.count - markers.first.len();
    if more > 0 {
        crate::note(format_args!("unused: {more} more"));
    }
    entries.len() + markers.count
}
