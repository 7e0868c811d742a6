//! Context words: is `datadog` written somewhere before this value?
//!
//! Values come first and context second: only where a value fits in length and bytes is the text before it searched.
//! Each byte is searched once, however many values stand close together: the words found last are kept. What spells
//! `aws` in the middle of a random value says nothing, and does not count.

use scalr_detect_catalog::anchors::{Kinds, Level, MIN_RUN};
use scalr_detect_catalog::{Tables, Word};
use smallvec::SmallVec;
use std::ops::Range;

/// The longest stretch before a value that is searched, in bytes.
pub(crate) const WINDOW: usize = 160;

/// The most litter before a value that does not count as distance, in bytes.
const LITTER: usize = 360;

/// How many words are kept. More within [`WINDOW`] bytes would be noise; the nearest stay.
const KEPT: usize = 24;

/// A context word in a haystack.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WordAt {
    /// Index of the word.
    pub(crate) word: u16,
    /// Offset of its first byte.
    pub(crate) start: usize,
    /// Offset behind its last byte.
    pub(crate) end: usize,
}

/// The words found last in a haystack that is read from front to back.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    kept: [WordAt; KEPT],
    /// How many were found; the newest is at `(found - 1) % KEPT`.
    found: usize,
    /// The words that start here have been found.
    read: Range<usize>,
}

impl Words {
    pub(crate) fn new() -> Words {
        Words { kept: [WordAt::default(); KEPT], found: 0, read: 0..0 }
    }

    /// The words that end before `at` and start at most `window` bytes before it, the nearest first.
    pub(crate) fn before(
        &mut self,
        level: Level,
        tables: &Tables<'_>,
        haystack: &[u8],
        at: usize,
        window: usize,
    ) -> impl Iterator<Item = WordAt> {
        // Values do not come strictly in order: one may stand before what was read, or before the words that are kept.
        let from = at.saturating_sub(window);
        let is_lost = self.found > KEPT && self.kept[self.found % KEPT].start > from && at < self.read.end;
        if from < self.read.start || from > self.read.end || is_lost {
            (self.found, self.read) = (0, from..from);
        }
        self.read_to(level, tables, haystack, at);
        let newest = self.found.saturating_sub(KEPT)..self.found;
        // They were found by start.
        let near = newest.rev().map(|i| self.kept[i % KEPT]).take_while(move |w| w.start + window >= at);
        near.filter(move |w| w.end <= at)
    }

    /// Finds the words that start before `to`.
    fn read_to(&mut self, level: Level, tables: &Tables<'_>, haystack: &[u8], to: usize) {
        while self.read.end < to {
            // Two bytes back, so that it is known what is before the first byte that has not been read.
            let from = self.read.end.saturating_sub(2);
            let rest = &haystack[from..];
            let kinds = level.kinds(rest);
            let end = to.min(from + 64);
            let unread = (u64::MAX << (self.read.end - from)) & (u64::MAX >> (64 - (end - from)));
            // A word starts where a letter does, or behind an escape sequence, which mostly ends with a letter: with one
            // behind a backslash or a digit.
            let letter = kinds.small | kinds.capital;
            let first = !(letter << 1) | kinds.capital & (kinds.small << 1);
            let mut starts = letter & (first | (kinds.backslash | kinds.digit) << 2) & unread;
            // Whether a word may start is not foreseen by any branch predictor: sifting without branches is a sixth faster.
            let (mut sifted, mut count) = ([0; 64], 0);
            while starts != 0 {
                let at = starts.trailing_zeros() as usize;
                starts &= starts - 1;
                sifted[count % 64] = at as u8;
                count += usize::from(tables.may_start_word(&haystack[from + at..]));
            }
            for at in &sifted[..count] {
                let at = from + usize::from(*at);
                if tables.may_be_word(&haystack[at..]) {
                    self.find(tables, haystack, at);
                }
            }
            self.read.end = end;
        }
    }

    /// Words in this run, before which all have been found, need not be looked for if it is a random value.
    #[inline]
    pub(crate) fn skip_value(
        &mut self,
        tables: &Tables<'_>,
        kinds: &Kinds,
        haystack: &[u8],
        run: Range<usize>,
    ) {
        let is_whole = run.start == 0 || !is_run(&haystack[run.start - 1]);
        if self.read.end == run.start && is_whole && !tables.may_start_word(&haystack[run.start..]) {
            let length = run.len().min(VALUE);
            let changes = kinds.changes() & (u64::MAX >> (64 - length.max(1)));
            if is_random(changes.count_ones() as usize, length) {
                self.read.end = run.start + length;
            }
        }
    }

    /// Keeps the words that start at an offset.
    #[cold]
    fn find(&mut self, tables: &Tables<'_>, haystack: &[u8], start: usize) {
        if !is_left_edge(haystack, start) {
            return;
        }
        for word in tables.words_that_may_start(&haystack[start..]) {
            let end = end_of(&tables.words[usize::from(word)], haystack, start);
            if let Some(end) = end.filter(|_| !is_in_value(haystack, start)) {
                self.kept[self.found % KEPT] = WordAt { word, start, end };
                self.found += 1;
            }
        }
    }
}

/// Long runs of nothing but spaces, quotes and what assigns or joins, on the line of a value before it: however long they
/// are, the word before them is still the value's name. What a line is indented by is none.
#[derive(Debug, Default)]
pub(crate) struct Litter {
    /// Where each run starts, and how many of its bytes do not count; the nearest first.
    runs: SmallVec<[(usize, usize); 4]>,
}

impl Litter {
    /// The shortest run that is litter, and as how many bytes it counts.
    const LEAST: usize = 8;

    /// The litter before an offset, if some stands right before it.
    pub(crate) fn before(haystack: &[u8], at: usize) -> Litter {
        let mut litter = Litter::default();
        let is_value_litter =
            |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b',');
        let is_name_litter = |byte: &u8| is_value_litter(byte) || matches!(byte, b'_' | b'-' | b'.');
        let (mut end, mut counted, mut left) = (at, 0, LITTER);
        while end > 0 && counted < WINDOW && haystack[end - 1] != b'\n' {
            let before = haystack[..end].iter().rev().take(left + Litter::LEAST);
            let run = match end == at {
                true => before.take_while(|byte| is_value_litter(byte)).count(),
                false => before.take_while(|byte| is_name_litter(byte)).count(),
            };
            let start = end - run;
            if end == at && run < Litter::LEAST {
                break;
            }
            if run >= Litter::LEAST && start > 0 && haystack[start - 1] != b'\n' {
                litter.runs.push((start, run - Litter::LEAST));
                left -= run - Litter::LEAST;
                counted += Litter::LEAST;
            } else {
                counted += run;
            }
            let is_plain = |byte: &&u8| !is_name_litter(byte) && **byte != b'\n';
            let plain = haystack[..start].iter().rev().take(WINDOW).take_while(is_plain).count();
            end = start - plain;
            counted += plain;
            if run + plain == 0 {
                break;
            }
        }
        litter
    }

    /// How many bytes between `start` and the value do not count.
    pub(crate) fn behind(&self, start: usize) -> usize {
        self.runs.iter().filter(|(run, _)| *run >= start).map(|(_, bytes)| bytes).sum()
    }
}

/// So many bytes at the start of a run tell whether it is random.
const VALUE: usize = 64;

/// Whether the run around an offset looks random, so that what spells a word there does so by chance: in names, digits
/// and capital letters are few and stand together. Looked at are the run's first bytes, if the offset is among them but does
/// not start the run as the name of a value does, and so many to either side of it that a random value is known.
fn is_in_value(haystack: &[u8], at: usize) -> bool {
    const SIDE: usize = 24;
    let looks_random = |run: &[u8]| {
        let changes = run.windows(2).filter(|pair| {
            let (a, b) = (pair[0], pair[1]);
            a.is_ascii_alphabetic() && b.is_ascii_digit()
                || a.is_ascii_digit() && b.is_ascii_alphabetic()
                || a.is_ascii_lowercase() && b.is_ascii_uppercase()
        });
        is_random(changes.count(), run.len())
    };
    let before = haystack[..at].iter().rev().take(VALUE).take_while(|byte| is_run(byte)).count();
    let behind = haystack[at..].iter().take(VALUE).take_while(|byte| is_run(byte)).count();
    let run = &haystack[at - before..at + behind];
    (1..VALUE).contains(&before) && looks_random(&run[..run.len().min(VALUE)])
        || looks_random(&run[before - before.min(SIDE)..before + behind.min(SIDE)])
}

fn is_run(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether so many changes of kind among so many bytes make a random value of a run.
const fn is_random(changes: usize, length: usize) -> bool {
    length >= MIN_RUN && changes * 3 > length
}

/// Whether the word starts at most `within` bytes before `at` and ends before it.
pub(crate) fn word_before(word: &Word, haystack: &[u8], at: usize, within: usize) -> bool {
    (at.saturating_sub(within)..at).rev().any(|start| {
        is_left_edge(haystack, start) && end_of(word, haystack, start).is_some_and(|end| end <= at)
    })
}

/// Whether a word of the text starts here.
pub(crate) fn is_left_edge(haystack: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(1).map(|before| haystack[before]) else { return true };
    let hump = before.is_ascii_lowercase() && haystack[start].is_ascii_uppercase();
    !before.is_ascii_alphabetic() || hump || ends_escape(haystack, start)
}

/// Where the word ends, if it stands here.
pub(crate) fn end_of(word: &Word, haystack: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    for byte in word.text.bytes() {
        let here = haystack.get(at).copied();
        match byte {
            b'_' => at += usize::from(matches!(here, Some(b'_' | b'-' | b'.' | b' '))),
            byte if here?.to_ascii_lowercase() == byte => at += 1,
            _ => return None,
        }
    }
    // A short word must not be the beginning of a longer one.
    let inside = word.text.len() < 5 && haystack.get(at).is_some_and(u8::is_ascii_lowercase);
    (!inside).then_some(at)
}

/// Whether an escape sequence ends right before `at`: `\n`, `\u003d`, `\x3d`, `%3D`, `%253D`, `=3D` or
/// `ESC [0m`.
pub(crate) fn ends_escape(haystack: &[u8], at: usize) -> bool {
    let before = &haystack[at.saturating_sub(6)..at];
    let hex = |n: usize| before.len() >= n && before[before.len() - n..].iter().all(u8::is_ascii_hexdigit);
    let is = |back: usize, byte: u8| before.len() >= back && before[before.len() - back] == byte;
    let letter = matches!(before.last(), Some(b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0'));
    let colour = || {
        let parameters = before.strip_suffix(b"m").unwrap_or_default();
        let digits = parameters.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && matches!(parameters.iter().rev().nth(digits), Some(b'[' | b';'))
    };
    is(2, b'\\') && letter
        || is(6, b'\\') && is(5, b'u') && hex(4)
        || is(4, b'\\') && is(3, b'x') && hex(2)
        || is(3, b'%') && hex(2)
        || is(5, b'%') && is(4, b'2') && is(3, b'5') && hex(2)
        || before.ends_with(b"=3D")
        || is(1, b'm') && colour()
}
