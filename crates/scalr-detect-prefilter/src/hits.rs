//! The search: from masks to hits.

use crate::classify::{BLOCKS, Level, Masks, is_token};
use crate::tables::{Entry, Place, Tables, key};
use std::ops::Range;

/// The least length of a long run, in bytes.
pub const MIN_RUN: usize = 16;
/// Lengths of runs are counted up to here; a longer run is reported with this length.
pub const MAX_RUN: usize = 256;

/// A place worth a closer look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hit {
    /// The key bytes of an anchor.
    Anchor {
        /// The anchor's index.
        anchor: u16,
        /// Offset of the run that starts with the key or right behind it; for [`Place::Anywhere`], of the key.
        at: usize,
    },
    /// A long run that the caller's filter kept.
    Run(Run),
    /// At least eight token bytes with a NUL behind each start here: text in UTF-16.
    Wide {
        /// Offset of the first of them.
        at: usize,
    },
}

/// A long run of token bytes. Where an escape sequence ends in the run's first bytes (`\n`, `%3D`, `ESC [0m`), or the
/// run begins with `-` or `_`, it is reported without those, and may then be a little shorter than [`MIN_RUN`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Run {
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte, at most [`MAX_RUN`] bytes behind the start of the whole run.
    pub end: usize,
    /// The three bytes before `start` and five from there on, as a number with the first byte lowest; 0 for bytes beyond
    /// the haystack. For quick tests.
    pub around: u64,
    /// Whether one of its first 64 bytes is a digit.
    pub has_digit: bool,
}

impl Run {
    /// The byte before the run, 0 at the start of the haystack.
    #[inline]
    pub const fn before(&self) -> u8 {
        (self.around >> 16) as u8
    }

    /// The byte at `start + i`, for `i` up to 4; 0 beyond the haystack.
    #[inline]
    pub const fn at(&self, i: usize) -> u8 {
        (self.around >> (24 + 8 * i)) as u8
    }
}

/// Places that were looked up and passed, but are not yet reported.
const FOUND: usize = 16;
/// At most so many come from one place: a literal, the three look-ups of a run, the run itself, a wide run.
const FOUND_AT_ONCE: usize = 6;

/// How far a hit may start before one that came earlier, in bytes.
pub const OUT_OF_ORDER: usize = 2 * MIN_RUN;

/// Says which long runs are hits by themselves. Asked of every long run, so it should be quick and, where it can,
/// free of branches. A run that starts with the end of an escape sequence, `-` or `_` is a hit if the filter keeps it
/// either with or without that.
pub trait RunFilter {
    /// Whether `run`, a part of `haystack`, is a hit.
    fn keep(&self, haystack: &[u8], run: &Run) -> bool;
}

impl<F: Fn(&[u8], &Run) -> bool> RunFilter for F {
    #[inline]
    fn keep(&self, haystack: &[u8], run: &Run) -> bool {
        self(haystack, run)
    }
}

/// Iterator over the hits that start in a range of a haystack. Bytes around the range are seen, so that the hits of
/// adjacent ranges are those of the whole. They come by offset, but not strictly: a hit behind an escape
/// sequence comes before others that start up to [`OUT_OF_ORDER`] bytes before it.
#[derive(Clone, Debug)]
pub struct Hits<'t, 'h, F> {
    tables: Tables<'t>,
    level: Level,
    haystack: &'h [u8],
    keep: F,
    /// Hits start before this offset.
    end: usize,
    /// Offset of the first of the blocks in `masks`.
    at: usize,
    masks: Masks,
    /// How many bytes `masks` speaks of, and where its next place is.
    length: usize,
    place: usize,
    found: [Found<'t>; FOUND],
    /// Of `found`, the next to be reported and the end.
    next: usize,
    count: usize,
}

#[derive(Clone, Copy, Debug)]
enum Found<'t> {
    /// The entries of one bucket; those with the key, for runs of this length or less, are hits.
    Entries {
        entries: &'t [Entry],
        key: u32,
        run: u16,
        at: usize,
    },
    Run(Run),
    Wide {
        at: usize,
    },
}

impl<'t, 'h, F: RunFilter> Hits<'t, 'h, F> {
    /// A search of `haystack[range]`; `keep` says which long runs are hits by themselves.
    ///
    /// # Panics
    ///
    /// If the range is not within the haystack.
    #[inline]
    pub fn new(
        tables: Tables<'t>,
        level: Level,
        haystack: &'h [u8],
        range: Range<usize>,
        keep: F,
    ) -> Hits<'t, 'h, F> {
        assert!(
            range.start <= range.end && range.end <= haystack.len(),
            "the range is not within the haystack"
        );
        Hits {
            tables,
            level,
            haystack,
            keep,
            end: range.end,
            at: range.start,
            masks: Masks::EMPTY,
            length: 0,
            place: 0,
            found: [Found::Wide { at: 0 }; FOUND],
            next: 0,
            count: 0,
        }
    }

    /// Goes on until something is found. False at the end.
    fn search(&mut self) -> bool {
        (self.next, self.count) = (0, 0);
        loop {
            while let Some((block, bit, next)) = self.masks.place(self.place) {
                self.place = next;
                if self.masks.start[block] >> bit & 1 != 0 {
                    self.look_at_run(block, bit);
                }
                if (self.masks.literal[block] | self.masks.wide[block]) >> bit & 1 != 0 {
                    self.look_at_other(block, bit);
                }
                if self.count > FOUND - FOUND_AT_ONCE {
                    return true;
                }
            }
            // Report before the masks are filled anew, so that a caller who wants one hit only is served soon.
            if self.count > 0 {
                return true;
            }
            self.at += self.length;
            self.length = (self.end - self.at).min(64 * BLOCKS);
            if self.length == 0 {
                return false;
            }
            self.level.classify(&self.tables, self.haystack, self.at, self.length, &mut self.masks);
            self.place = 0;
        }
    }

    #[inline]
    fn look_at_other(&mut self, block: usize, bit: usize) {
        let at = self.at + 64 * block + bit;
        self.look_up(Place::Anywhere, at, at, MAX_RUN);
        if self.masks.wide[block] >> bit & 1 != 0 {
            self.push(Found::Wide { at });
        }
    }

    #[inline]
    fn look_at_run(&mut self, block: usize, bit: usize) {
        let start = self.at + 64 * block + bit;
        let around = self.around(start);
        // Two shifts instead of one by 64 - bit: right for bit 0 too, and free of the slow double shift.
        let token = &self.masks.token;
        let length = (token[block] >> bit | token[block + 1] << 1 << (63 - bit)).trailing_ones() as usize;
        let end = if length < 64 { start + length } else { self.end_of_long(start) };
        let digit = &self.masks.digit;
        let digits = digit[block] >> bit | digit[block + 1] << 1 << (63 - bit);
        let has_digit = digits & (u64::MAX >> (64 - length)) != 0;
        let run = Run { start, end, around, has_digit };
        let starts = key(Place::RunStart, (around >> 24) as u32);
        let before = key(Place::BeforeRun, around as u32);
        let leads =
            LEAD[usize::from(run.before())] & LEADS_BEFORE | LEAD[usize::from(run.at(0))] & LEADS_FIRST;
        // Nine runs in ten end here; one test for everything is predicted better than five.
        let kept = self.keep.keep(self.haystack, &run);
        let has = |key| self.tables.may_have_key(key, length);
        if kept | has(starts) | has(before) | (leads != 0) {
            self.look_closer(run, kept);
        }
    }

    /// See [`Run::around`].
    #[inline]
    fn around(&self, start: usize) -> u64 {
        if let Some(bytes) = start.checked_sub(3).and_then(|from| self.haystack.get(from..from + 8)) {
            return u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        }
        (0..8).fold(0, |around, i| {
            let byte = (start + i).checked_sub(3).and_then(|at| self.haystack.get(at));
            around | u64::from(byte.copied().unwrap_or(0)) << (8 * i)
        })
    }

    fn look_closer(&mut self, mut run: Run, kept: bool) {
        let (start, length) = (run.start, run.end - run.start);
        self.look_up(Place::RunStart, start, start, length);
        let lead = lead(run.before(), &self.haystack[start..]);
        if lead > 0 && lead < length {
            // Of a run that is not measured to its end, what is left is long enough for any anchor.
            let left = if length < MAX_RUN { length - lead } else { MAX_RUN };
            self.look_up(Place::RunStart, start + lead, start + lead, left);
        }
        if start >= 3 {
            self.look_up(Place::BeforeRun, start - 3, start, length);
        }
        if start + lead < run.end {
            if lead > 0 {
                run.start += lead;
                run.around = self.around(run.start);
                let first = &self.haystack[run.start..run.end.min(run.start + 64)];
                run.has_digit = first.iter().any(u8::is_ascii_digit);
            }
            if kept || lead > 0 && self.keep.keep(self.haystack, &run) {
                self.push(Found::Run(run));
            }
        }
    }

    /// The end of a run of at least 64 bytes.
    fn end_of_long(&self, start: usize) -> usize {
        let most = &self.haystack[start..self.haystack.len().min(start + MAX_RUN)];
        start + most.iter().position(|byte| !is_token(*byte)).unwrap_or(most.len())
    }

    /// Looks the three bytes at `key_at` up, at or before a run of this length; hits are reported at `at`.
    #[inline]
    fn look_up(&mut self, place: Place, key_at: usize, at: usize, run: usize) {
        let Some(bytes) = self.haystack.get(key_at..key_at + 3) else { return };
        let key = key(place, u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]));
        let entries = self.tables.get(key, run);
        // Most of what comes this far has the hash of a key and is none.
        if entries.iter().any(|entry| entry.key == key) {
            self.push(Found::Entries { entries, key, run: run as u16, at });
        }
    }

    #[inline]
    fn push(&mut self, found: Found<'t>) {
        self.found[self.count] = found;
        self.count += 1;
    }
}

impl<F: RunFilter> Iterator for Hits<'_, '_, F> {
    type Item = Hit;

    #[inline]
    fn next(&mut self) -> Option<Hit> {
        loop {
            while self.next < self.count {
                let found = &mut self.found[self.next];
                match found {
                    Found::Entries { entries, key, run, at } => {
                        while let [entry, rest @ ..] = *entries {
                            *entries = rest;
                            if entry.key == *key && u16::from(entry.run) <= *run {
                                return Some(Hit::Anchor { anchor: entry.anchor, at: *at });
                            }
                        }
                        self.next += 1;
                    }
                    Found::Run(run) => {
                        self.next += 1;
                        return Some(Hit::Run(*run));
                    }
                    Found::Wide { at } => {
                        self.next += 1;
                        return Some(Hit::Wide { at: *at });
                    }
                }
            }
            if !self.search() {
                return None;
            }
        }
    }
}

/// The byte before a run may make the run's first bytes the end of an escape sequence.
const LEADS_BEFORE: u8 = 1;
/// The first byte of a run is `-` or `_`.
const LEADS_FIRST: u8 = 2;

/// [`LEADS_BEFORE`] and [`LEADS_FIRST`] by byte.
const LEAD: [u8; 256] = {
    let mut table = [0; 256];
    (table[b'\\' as usize], table[b'%' as usize], table[b'[' as usize]) =
        (LEADS_BEFORE, LEADS_BEFORE, LEADS_BEFORE);
    (table[b';' as usize], table[b'=' as usize]) = (LEADS_BEFORE, LEADS_BEFORE);
    (table[b'-' as usize], table[b'_' as usize]) = (LEADS_FIRST, LEADS_FIRST);
    table
};

/// How many of the run's first bytes belong to an escape sequence that begins before it, or are `-` or `_`.
fn lead(before: u8, run: &[u8]) -> usize {
    let hex = |range: Range<usize>| run.get(range).is_some_and(|text| text.iter().all(u8::is_ascii_hexdigit));
    let escape = match before {
        // \n in a string, \u0022 and \x3d.
        b'\\' => match run.first() {
            Some(b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0') => 1,
            Some(b'u') if hex(1..5) => 5,
            Some(b'x') if hex(1..3) => 3,
            _ => 0,
        },
        // %3D in a URL, =3D in quoted-printable.
        b'%' if hex(0..2) => 2,
        b'=' if run.starts_with(b"3D") => 2,
        // ESC [0m and ESC [1;31m: colours in a log.
        b'[' | b';' => {
            let digits = run.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 0 && run.get(digits) == Some(&b'm') { digits + 1 } else { 0 }
        }
        _ => 0,
    };
    escape + run[escape..].iter().take(MIN_RUN).take_while(|byte| matches!(byte, b'-' | b'_')).count()
}
