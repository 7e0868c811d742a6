//! What the tests share.
#![allow(dead_code, reason = "each test program uses a part of it")]

use scalr_detect::{Confidence, Decoder, Finding, Fingerprint, Position, Scanner};
use scalr_detect_spec::{Entry, parse, template};
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

/// SplitMix64: a small generator that gives the same numbers for the same seed.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// `n` of these bytes.
    pub(crate) fn text(&mut self, of: &[u8], n: usize) -> String {
        (0..n).map(|_| char::from(*self.pick(of))).collect()
    }
}

/// A scanner that leaves nothing out.
pub(crate) fn low() -> Scanner {
    Scanner::builder().min_confidence(Confidence::Low).build().unwrap()
}

/// A template, expanded: its text and where the secret in it is.
pub(crate) fn expand(text: &str, seed: u64) -> (Vec<u8>, Option<Range<usize>>) {
    let expanded = template::expand(text, seed).unwrap_or_else(|error| panic!("{text}: {error}"));
    (expanded.text, expanded.secret)
}

/// The detectors of the catalogue as they are written, by id.
pub(crate) fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scalr-detect-catalog/detectors");
        let mut entries: Vec<Entry> = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let file = parse(&path.to_string_lossy(), &text).unwrap_or_else(|error| panic!("{error}"));
            entries.extend(file.detectors);
        }
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        entries
    })
}

/// All examples of the catalogue, each with the id of its detector.
pub(crate) fn hits() -> &'static [(&'static str, &'static str)] {
    static HITS: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    HITS.get_or_init(|| {
        entries().iter().flat_map(|entry| entry.hit.iter().map(|hit| (&entry.id[..], &hit[..]))).collect()
    })
}

/// All that a finding says, to be compared.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) id: &'static str,
    pub(crate) span: Range<usize>,
    pub(crate) secret_span: Range<usize>,
    pub(crate) secret: Vec<u8>,
    pub(crate) confidence: Confidence,
    pub(crate) decoded_by: Vec<Decoder>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) position: Position,
    pub(crate) end_position: Position,
}

impl Seen {
    pub(crate) fn new(finding: &Finding<'_, '_>) -> Seen {
        Seen {
            id: finding.detector().id,
            span: finding.span(),
            secret_span: finding.secret_span(),
            secret: finding.secret().to_vec(),
            confidence: finding.confidence(),
            decoded_by: finding.decoded_by().to_vec(),
            fingerprint: finding.fingerprint(),
            position: finding.position(),
            end_position: finding.end_position(),
        }
    }

    /// All findings in a haystack.
    pub(crate) fn all(scanner: &Scanner, haystack: &[u8]) -> Vec<Seen> {
        scanner.find_iter(haystack).map(|finding| Seen::new(&finding)).collect()
    }
}

/// The findings that are in one list and not in the other, to be read.
pub(crate) fn differences(found: &[Seen], expected: &[Seen]) -> String {
    let lack = |of: &[Seen], from: &[Seen]| {
        of.iter().filter(|seen| !from.contains(seen)).cloned().collect::<Vec<_>>()
    };
    format!("unexpected: {:?}\nmissing: {:?}", lack(found, expected), lack(expected, found))
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n  {} {:?} in {:?}", self.id, self.secret_span, self.span)?;
        write!(f, " {} {:?}", self.confidence, self.decoded_by)?;
        write!(f, " {}:{}", self.position.line, self.position.column)?;
        write!(f, " {:?}", String::from_utf8_lossy(&self.secret[..self.secret.len().min(24)]))
    }
}
