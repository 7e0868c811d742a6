//! The search: from masks to hits.

use crate::classify::{Level, Masks, is_token};
use crate::tables::{Entry, Place, Tables, key};
use std::ops::Range;

/// The least length of a long run, in bytes.
pub const MIN_RUN: usize = 16;
/// Lengths of runs are counted up to here; a longer run is reported with this length.
pub const MAX_RUN: usize = 256;

/// Blocks whose masks are held at once. Few, so that a search of a short message costs little to set up.
const BLOCKS: usize = 8;

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
    /// Offset behind its last byte, at most `start + MAX_RUN`.
    pub end: usize,
    /// How many of its first 64 bytes are digits.
    pub digits: u32,
}

/// Iterator over the hits that start in a range of a haystack, by offset. Bytes around the range are seen, so that
/// the hits of adjacent ranges are those of the whole.
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
    /// The blocks at hand, and one more to look ahead.
    masks: [Masks; BLOCKS + 1],
    /// How many of them are filled, without the one to look ahead.
    filled: usize,
    /// The block being read.
    block: usize,
    /// Places in this block still to be looked at, and which of them are starts of runs, and of wide runs.
    places: u64,
    runs: u64,
    wide: u64,
    /// Looked up, still to be reported.
    lists: [List<'t>; 4],
    list_count: usize,
    run: Option<Run>,
    wide_at: Option<usize>,
}

/// Entries of one bucket; those with the key are hits at an offset.
#[derive(Clone, Copy, Debug)]
struct List<'t> {
    entries: &'t [Entry],
    key: u32,
    at: usize,
}

impl<'t, 'h, F: FnMut(&'h [u8], &Run) -> bool> Hits<'t, 'h, F> {
    /// A search of `haystack[range]`; `keep` says which long runs are hits by themselves.
    ///
    /// # Panics
    ///
    /// If the range is not within the haystack.
    #[inline]
    pub fn new(tables: Tables<'t>, level: Level, haystack: &'h [u8], range: Range<usize>, keep: F) -> Hits<'t, 'h, F> {
        assert!(range.start <= range.end && range.end <= haystack.len(), "the range is not within the haystack");
        let mut hits = Hits {
            tables,
            level,
            haystack,
            keep,
            end: range.end,
            at: range.start,
            masks: [Masks::default(); BLOCKS + 1],
            filled: 0,
            block: 0,
            places: 0,
            runs: 0,
            wide: 0,
            lists: [List { entries: &[], key: 0, at: 0 }; 4],
            list_count: 0,
            run: None,
            wide_at: None,
        };
        if range.start < range.end {
            hits.fill(range.start);
            hits.enter_block(range.start > 0 && is_token(haystack[range.start - 1]));
        }
        hits
    }

    /// Classifies the next blocks, from `at` on.
    fn fill(&mut self, at: usize) {
        let carried = self.filled;
        self.masks[0] = self.masks[carried];
        self.at = at;
        self.block = 0;
        self.filled = (self.end - at).div_ceil(64).min(BLOCKS);
        let from = usize::from(carried > 0);
        self.level.classify(self.tables.literals, self.haystack, at + 64 * from, &mut self.masks[from..=self.filled]);
    }

    /// Finds the places of the current block. `after_token`: the byte before it is a token byte.
    #[inline]
    fn enter_block(&mut self, after_token: bool) {
        let (here, next) = (&self.masks[self.block], &self.masks[self.block + 1]);
        let long = followed::<1>(here.token, next.token);
        self.runs = long & !(here.token << 1 | u64::from(after_token));
        self.wide = 0;
        if here.nul | (next.nul & 1) != 0 {
            self.wide = self.wide_starts();
        }
        self.places = self.runs | self.wide | here.literal;
        let left = self.end - (self.at + 64 * self.block);
        if left < 64 {
            self.places &= (1 << left) - 1;
        }
    }

    /// Where eight or more pairs of a token byte and NUL start.
    #[cold]
    fn wide_starts(&self) -> u64 {
        let (here, next) = (&self.masks[self.block], &self.masks[self.block + 1]);
        let pair = here.token & (here.nul >> 1 | next.nul << 63);
        // The NUL behind the last byte of the next block is not known; no run of eight that starts here reaches it.
        let next_pair = next.token & next.nul >> 1;
        let at = self.at + 64 * self.block;
        let mut starts = followed::<2>(pair, next_pair) & !(pair << 2);
        // The first two places continue a run if the two bytes before them are a pair.
        for place in 0..2 {
            let place_at = at + place;
            if place_at >= 2 && self.haystack[place_at - 1] == 0 && is_token(self.haystack[place_at - 2]) {
                starts &= !(1 << place);
            }
        }
        starts
    }

    /// The next block with places. False at the end.
    #[inline]
    fn advance(&mut self) -> bool {
        loop {
            if self.block + 1 < self.filled {
                let after_token = self.masks[self.block].token >> 63 != 0;
                self.block += 1;
                self.enter_block(after_token);
            } else {
                let at = self.at + 64 * self.filled;
                if self.filled == 0 || at >= self.end {
                    return false;
                }
                let after_token = self.masks[self.block].token >> 63 != 0;
                self.fill(at);
                self.enter_block(after_token);
            }
            if self.places != 0 {
                return true;
            }
        }
    }

    /// Looks up what may be at the next place.
    #[inline]
    fn enter_place(&mut self) {
        let bit = self.places.trailing_zeros();
        self.places &= self.places - 1;
        let at = self.at + 64 * self.block + bit as usize;
        if self.masks[self.block].literal >> bit & 1 != 0 {
            self.look_up(Place::Anywhere, at, at);
        }
        if self.wide >> bit & 1 != 0 {
            self.wide_at = Some(at);
        }
        if self.runs >> bit & 1 != 0 {
            self.enter_run(at);
        }
    }

    #[inline]
    fn enter_run(&mut self, start: usize) {
        self.look_up(Place::RunStart, start, start);
        let before = start.checked_sub(1).map_or(0, |at| self.haystack[at]);
        let mut inner = start;
        if MAY_LEAD[usize::from(before)] || matches!(self.haystack[start], b'-' | b'_') {
            inner = start + lead(before, &self.haystack[start..]);
            if inner != start {
                self.look_up(Place::RunStart, inner, inner);
            }
        }
        if start >= 3 {
            self.look_up(Place::BeforeRun, start - 3, start);
        }
        let end = self.run_end(start);
        if inner < end {
            let run = Run { start: inner, end, digits: self.digits(start, end) };
            if (self.keep)(self.haystack, &run) {
                self.run = Some(run);
            }
        }
    }

    /// Looks the three bytes at `key_at` up; hits are reported at `at`.
    #[inline]
    fn look_up(&mut self, place: Place, key_at: usize, at: usize) {
        let Some(bytes) = self.haystack.get(key_at..key_at + 3) else { return };
        let key = key(place, u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]));
        let entries = self.tables.get(key);
        if !entries.is_empty() {
            self.lists[self.list_count] = List { entries, key, at };
            self.list_count += 1;
        }
    }

    #[inline]
    fn run_end(&self, start: usize) -> usize {
        let offset = start - self.at;
        let (mut block, mut bit) = (offset / 64, offset % 64);
        let mut length = 0;
        while block <= self.filled && length < MAX_RUN {
            let ones = (self.masks[block].token >> bit).trailing_ones() as usize;
            length += ones;
            if ones + bit < 64 {
                return start + length.min(MAX_RUN);
            }
            (block, bit) = (block + 1, 0);
        }
        let most = self.haystack.len().min(start + MAX_RUN);
        let known = (start + length).min(most);
        known + self.haystack[known..most].iter().take_while(|byte| is_token(**byte)).count()
    }

    /// Digits among the first 64 bytes of a run.
    #[inline]
    fn digits(&self, start: usize, end: usize) -> u32 {
        let offset = start - self.at;
        let (block, bit) = (offset / 64, offset % 64);
        let next = if bit == 0 { 0 } else { self.masks[block + 1].digit << (64 - bit) };
        let digits = self.masks[block].digit >> bit | next;
        let length = (end - start).min(64);
        (digits & (u64::MAX >> (64 - length))).count_ones()
    }

    #[inline]
    fn report(&mut self) -> Option<Hit> {
        while let Some(list) = self.lists[..self.list_count].last_mut() {
            while let [entry, rest @ ..] = list.entries {
                list.entries = rest;
                if entry.key == list.key {
                    return Some(Hit::Anchor { anchor: entry.anchor, at: list.at });
                }
            }
            self.list_count -= 1;
        }
        if let Some(at) = self.wide_at.take() {
            return Some(Hit::Wide { at });
        }
        self.run.take().map(Hit::Run)
    }
}

impl<'h, F: FnMut(&'h [u8], &Run) -> bool> Iterator for Hits<'_, 'h, F> {
    type Item = Hit;

    #[inline]
    fn next(&mut self) -> Option<Hit> {
        loop {
            if self.list_count > 0 || self.run.is_some() || self.wide_at.is_some() {
                if let Some(hit) = self.report() {
                    return Some(hit);
                }
            }
            if self.places == 0 && !self.advance() {
                return None;
            }
            self.enter_place();
        }
    }
}

/// The bits of `here` from which on 16 / `STEP` bits, every `STEP`-th, are set; `next` follows.
#[inline]
fn followed<const STEP: u32>(here: u64, next: u64) -> u64 {
    let (mut here, mut next, mut step) = (here, next, STEP);
    while step < MIN_RUN as u32 {
        (here, next) = (here & (here >> step | next << (64 - step)), next & next >> step);
        step *= 2;
    }
    here
}

/// Bytes before a run that may make its first bytes the end of an escape sequence.
const MAY_LEAD: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"\\%[;=";
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    table
};

/// How many of the run's first bytes belong to an escape sequence that begins before it, or are `-` or `_`.
#[cold]
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
