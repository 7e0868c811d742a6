//! The search: candidates from the prefilter, matched, judged and resolved into findings.
//!
//! ```text
//! haystack -> hits (SIMD) -> steps -> context, check -> overlap resolution -> findings
//!                  \-> encoded text -> decoded -> the same search, one level deeper
//! ```

use crate::context::{Litter, WINDOW, WordAt, Words, ends_escape};
use crate::decode::{Decoder, PIECE, is_base64, may_encode_text, might_encode_text};
use crate::finding::details;
use crate::judgement::confidence;
use crate::parts;
use crate::scanner::Settings;
use crate::steps::Runner;
use scalr_detect_catalog::anchors::{Hit, Hits, Kinds, Level, MAX_RUN, Run, RunFilter};
use scalr_detect_catalog::{Ahead, Around, Bare, Check, Confidence, Generic, Kind, Pattern, Tables};
use scalr_detect_check::{Details, Placeholder, Verdict, entropy, is_uuid, placeholder};
use scalr_detect_generic::{BEHIND, Candidate, KNOWN, TRIGGERS, candidate, features, named, score};
use smallvec::SmallVec;
use std::ops::Range;

/// How many bytes of an encoded text must be seen behind a match: some encoded characters.
const CUT: usize = 64;

/// More than there may be between a secret and the end of another part of its credential.
const AROUND: usize = 1024;

/// How deep encodings are followed.
pub(crate) const MAX_DEPTH: usize = 3;

/// A match that was judged. Spans are offsets in the haystack.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) detector: u16,
    pub(crate) confidence: Confidence,
    /// The confidence whatever stands nearby, by which the better of two matches is told.
    sure: Confidence,
    /// Whether the secret is a sequence or a repeat.
    made_up: bool,
    pub(crate) reason: &'static str,
    pub(crate) span: Range<usize>,
    pub(crate) secret: Range<usize>,
    pub(crate) decoded: Option<Box<Decoded>>,
}

/// What an encoded secret says.
#[derive(Clone)]
pub(crate) struct Decoded {
    pub(crate) secret: Vec<u8>,
    /// The decoders, outermost first.
    pub(crate) chain: Vec<Decoder>,
    /// What could be read there, where the text around is decoded too.
    pub(crate) details: Details,
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoded").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// Matches that are not reported yet because a better one that overlaps them may still come. No two of them overlap: of
/// two that do, the one of lower rank is dropped as soon as the other is known.
#[derive(Clone, Debug, Default)]
struct Pending {
    /// By start.
    matches: SmallVec<[Match; 8]>,
    /// The end of the last secret reported. What starts before it has been reported already.
    reported: usize,
}

impl Pending {
    fn insert(&mut self, tables: &Tables<'_>, new: Match) {
        if new.secret.start < self.reported {
            return;
        }
        let rank = |m: &Match| {
            let specific = tables.detectors[usize::from(m.detector)].kind != Kind::Generic;
            (
                // What was made up gives way to all else, and what only its place gives away to what has a shape.
                !m.made_up,
                !tables.generic.contains(&Some(m.detector)),
                specific && m.sure >= Confidence::Medium,
                m.sure,
                m.secret.len(),
                u16::MAX - m.detector,
                m.span.len(),
            )
        };
        let overlaps = |m: &Match| m.secret.start < new.secret.end && new.secret.start < m.secret.end;
        if self.matches.iter().any(|m| overlaps(m) && rank(m) >= rank(&new)) {
            return;
        }
        self.matches.retain(|m| !overlaps(m));
        let at = self.matches.partition_point(|m| m.secret.start < new.secret.start);
        self.matches.insert(at, new);
    }

    /// The first match, if nothing that starts at `from` or later can overlap it.
    #[inline]
    fn pop(&mut self, from: usize) -> Option<Match> {
        if self.matches.first()?.secret.end > from {
            return None;
        }
        let first = self.matches.remove(0);
        self.reported = first.secret.end;
        Some(first)
    }
}

/// What a search carries from one range of a haystack to the next.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pending: Pending,
    /// For each decoder, the offset before which encoded text has been decoded.
    decoded: [usize; 5],
    /// For each decoder, where the next piece starts of a text that is longer than one.
    next_piece: [Option<usize>; 5],
    /// Within encoded text, how many more bytes may be decoded.
    budget: usize,
}

impl State {
    pub(crate) fn new() -> State {
        State { pending: Pending::default(), decoded: [0; 5], next_piece: [None; 5], budget: 0 }
    }

    /// The first `by` bytes of the haystack are gone: moves all offsets down.
    pub(crate) fn shift(&mut self, by: usize) {
        for m in &mut self.pending.matches {
            for range in [&mut m.span, &mut m.secret] {
                *range = range.start - by..range.end - by;
            }
        }
        self.pending.reported = self.pending.reported.saturating_sub(by);
        self.decoded = self.decoded.map(|at| at.saturating_sub(by));
        self.next_piece = self.next_piece.map(|at| Some(at? - by));
    }

    /// The offset from which on bytes are still needed, at most `at`.
    pub(crate) fn needed_from(&self, at: usize) -> usize {
        let matches = self.pending.matches.iter().map(|m| m.span.start);
        matches.chain(self.next_piece.iter().flatten().copied()).fold(at, usize::min)
    }
}

/// How many times its length is decoded of a piece of encoded text, all that is encoded in it counted: enough for a text
/// that is encoded three times over, too little for a text made to be decoded without end. Each piece has its own, so
/// that what is found in it does not depend on what else there is.
const BUDGET: usize = 4;

/// The text around an encoded text, for words that stand before it.
#[derive(Clone, Copy)]
struct Outer<'a> {
    haystack: &'a [u8],
    at: usize,
    /// Where the encoded text ends.
    end: usize,
    around: Option<&'a Outer<'a>>,
}

/// Context words before an offset and how far before it each starts, in bytes, the nearest first.
#[derive(Clone, Copy, Default)]
struct Near {
    list: [(u16, u16); Near::MOST],
    count: usize,
    /// How many of them stand on the line of the offset: the first ones.
    on_line: usize,
    /// The nearest name of a provider, if no other word is nearer.
    name: Option<WordAt>,
}

impl Near {
    /// More words would be noise; the nearest are listed.
    const MOST: usize = 24;

    /// Adds the words before `at` in the haystack of the offset, or in one around it that ends `before` bytes before the offset.
    fn add(
        &mut self,
        level: Level,
        tables: &Tables<'_>,
        haystack: &[u8],
        at: usize,
        before: Option<usize>,
        words: &mut Words,
    ) {
        let litter = Litter::before(haystack, at);
        let window = WINDOW + litter.behind(0);
        let (mut barrier, mut line) = (None, None);
        for word in words.before(level, tables, haystack, at, window) {
            let barrier = *barrier.get_or_insert_with(|| placeholder_end(haystack, at, window));
            let distance = at - word.start - litter.behind(word.start);
            if word.start >= barrier && distance <= WINDOW && self.count < Near::MOST {
                let is_nearest = before.is_none()
                    && self.list[..self.count].iter().all(|(_, d)| usize::from(*d) == distance);
                if is_nearest && tables.words[usize::from(word.word)].names {
                    self.name = Some(word);
                }
                let line = *line.get_or_insert_with(|| {
                    let from = at.saturating_sub(window);
                    memchr::memrchr(b'\n', &haystack[from..at]).map_or(from, |end| from + end + 1)
                });
                // Less than two windows, so that it fits.
                self.list[self.count] = (word.word, (before.unwrap_or(0) + distance) as u16);
                self.count += 1;
                if before.is_none() && word.start >= line {
                    self.on_line = self.count;
                }
            }
        }
    }
}

impl std::ops::Deref for Near {
    type Target = [(u16, u16)];

    fn deref(&self) -> &[(u16, u16)] {
        &self.list[..self.count]
    }
}

/// Keeps the runs that a bare value may be, or that may encode text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep<'s> {
    bare_lengths: &'s [u8; MAX_RUN + 1],
    decoders: bool,
    level: Level,
}

impl RunFilter for Keep<'_> {
    #[inline(always)]
    fn keep(&self, haystack: &[u8], run: &Run) -> bool {
        let bytes = run.start..run.end;
        let bare = (self.bare_lengths[bytes.len()] != 0) | beside_base64(haystack, run);
        let encoded = self.decoders & might_encode_text(run.at(0), run.at(4));
        bare && run.has_digit && is_random(&self.level.kinds(&haystack[run.start..]), &haystack[bytes])
            || encoded && may_encode_text(&haystack[run.start..])
    }
}

/// Whether a run may be a random value, by how often kinds of byte change in it: it has digits, and nothing else or letters
/// between them. In names with a digit or two kinds hardly change, and for them the text before need not be searched; of
/// random values, nearly all pass. `kinds` are those of the run's first 64 bytes.
#[inline]
fn is_random(kinds: &Kinds, run: &[u8]) -> bool {
    let length = run.len().min(64);
    let inside = u64::MAX >> (64 - length.max(1));
    let (small, capital, digit) = (kinds.small & inside, kinds.capital & inside, kinds.digit & inside);
    let letter = small | capital;
    let often = (kinds.changes() & inside).count_ones() as usize >= (length / 8).min(4);
    // In names in one case, words are joined by `_`; random values with `_` in them have letters of both cases.
    let others = inside & !letter & !digit;
    let joints = if length < 24 { 2 } else { 3 };
    let is_name = || {
        (small == 0 || capital == 0)
            && others.count_ones() >= joints
            && run.iter().filter(|byte| **byte == b'_').count() >= joints as usize
    };
    // Addresses and registers, of which there are many in code; keys behind `0x` are longer.
    let is_number = || length < 40 && run.starts_with(b"0x");
    digit != 0 && (letter == 0 || often && !is_name() && !is_number())
}

/// Whether `+` or `/` stands beside the run, so that it may be a part of base64.
#[inline]
fn beside_base64(haystack: &[u8], run: &Run) -> bool {
    let is = |byte: u8| (byte == b'+') | (byte == b'/');
    is(run.before()) | is(haystack.get(run.end).copied().unwrap_or(0))
}

/// A search over a range of a haystack.
pub(crate) struct Search<'s, 'h> {
    settings: &'s Settings,
    tables: &'s Tables<'static>,
    level: Level,
    haystack: &'h [u8],
    hits: Hits<'static, 'h, Keep<'s>>,
    /// The next hit, when it was looked at too early.
    hit: Option<Hit>,
    end: usize,
    words: Words,
    /// The base64 characters that were looked at last: not again for each run among them.
    wide: Range<usize>,
    /// The words before a run, and where it starts: the run may be looked at again as base64.
    near: (usize, Near),
    outer: Option<&'h Outer<'h>>,
    depth: usize,
    pub(crate) state: State,
    /// The least offset at which a match may start that the haystack's end cut off.
    pub(crate) open: usize,
}

impl<'s, 'h> Search<'s, 'h> {
    /// A search for what starts in `range`; bytes around it are seen.
    pub(crate) fn new(
        settings: &'s Settings,
        haystack: &'h [u8],
        range: Range<usize>,
        state: State,
    ) -> Search<'s, 'h> {
        Search::at_depth(settings, haystack, range, state, 0, None)
    }

    #[inline]
    fn at_depth(
        settings: &'s Settings,
        haystack: &'h [u8],
        range: Range<usize>,
        state: State,
        depth: usize,
        outer: Option<&'h Outer<'h>>,
    ) -> Search<'s, 'h> {
        let tables = settings.tables;
        let end = range.end;
        let level = settings.level.unwrap_or_else(Level::best);
        let hits = Hits::new(
            tables.anchors,
            level,
            haystack,
            range,
            Keep { bare_lengths: tables.bare_lengths, decoders: settings.decoders, level },
        );
        Search {
            settings,
            tables,
            level,
            haystack,
            hits,
            hit: None,
            end,
            words: Words::new(),
            wide: 0..0,
            near: (usize::MAX, Near::default()),
            outer,
            depth,
            state,
            open: haystack.len(),
        }
    }

    /// The next match, by start of the secret. At the end of the range, those that end behind `settled` are kept for a
    /// search that goes on from there, which may find something better that overlaps them.
    #[inline]
    pub(crate) fn next(&mut self, settled: usize) -> Option<Match> {
        loop {
            let hit = self.hit.take().or_else(|| self.hits.next());
            let at = match hit {
                Some(Hit::Anchor { at, .. } | Hit::Wide { at } | Hit::Run(Run { start: at, .. })) => at,
                None => self.end,
            };
            let settled =
                if hit.is_none() { settled } else { at.saturating_sub(self.settings.look_behind()) };
            if let Some(piece) = self.piece_before(at) {
                self.hit = hit;
                self.decode_piece(piece.0, piece.1);
                continue;
            }
            if let Some(found) = self.state.pending.pop(settled) {
                self.hit = hit;
                if found.confidence >= self.settings.min_confidence || self.depth > 0 {
                    return Some(found);
                }
                continue;
            }
            match hit? {
                Hit::Anchor { anchor, at } => self.anchor(anchor, at),
                Hit::Run(run) => self.run(run),
                Hit::Wide { at } => self.encoded(Decoder::Utf16, at),
            }
        }
    }

    fn anchor(&mut self, anchor: u16, at: usize) {
        let (percent, escape) = self.tables.decoder_anchors;
        if anchor >= self.tables.generic_anchors {
            return self.generic(usize::from(anchor - self.tables.generic_anchors), at);
        }
        if anchor >= percent {
            return self.encoded(if anchor >= escape { Decoder::Escape } else { Decoder::Percent }, at);
        }
        let tables = self.tables;
        let (around, left) = (Around::bytes(self.haystack, at), self.haystack.len() - at);
        let mut looked: Option<(u8, u16, Option<u8>)> = None;
        for route in tables.anchor_routes[usize::from(anchor)].of(tables.routes) {
            let known = |ahead: Ahead| looked.filter(|(s, c, _)| (*s, *c) == (ahead.skip, ahead.set));
            let stops =
                |found: Option<u8>| found.is_some_and(|found| Some(found) != route.ahead.map(|a| a.stop));
            if route.ahead.and_then(known).is_some_and(|(.., found)| stops(found))
                || !route.around.may_be(around, left)
                || !self.settings.is_enabled(route.detector)
            {
                continue;
            }
            if let Some(Ahead { skip, set, .. }) = route.ahead {
                let found = self.ahead(at + usize::from(skip), set);
                looked = Some((skip, set, found));
                if stops(found) {
                    continue;
                }
            }
            let mut runner = Runner::new(tables, self.haystack);
            let Some(start) = runner.back(route.back, at) else { continue };
            let Some(end) = runner.forward(route.forward, at) else {
                self.note_open(&runner, start);
                continue;
            };
            self.note_open(&runner, start);
            let pattern = &tables.patterns[usize::from(route.detector)];
            if route.at_run_start || self.may_start(pattern, start) {
                self.judge(route.detector, pattern, start..end, &runner, false);
            }
        }
    }

    /// A word that may name a secret without a shape.
    fn generic(&mut self, trigger: usize, at: usize) {
        let trigger = &TRIGGERS[trigger];
        let Some(at) = at.checked_sub(trigger.offset) else { return };
        let outcome = candidate(self.haystack, trigger, at);
        if outcome.open {
            self.open = self.open.min(at);
        }
        let mut next = outcome.candidate;
        while let Some(candidate) = next {
            next = candidate.below(self.haystack);
            self.without_shape(candidate, Confidence::Medium);
        }
    }

    /// Judges a value that only its name gives away; `most` is how sure that can be.
    fn without_shape(&mut self, candidate: Candidate, most: Confidence) {
        let value = &self.haystack[candidate.value.clone()];
        let kind = if is_uuid(value) { Generic::Uuid } else { generic_of(candidate.word) };
        let Some(detector) =
            self.tables.generic[kind as usize].filter(|detector| self.settings.is_enabled(*detector))
        else {
            return;
        };
        let features = features(self.haystack, &candidate, self.settings.path);
        let Some(confidence) = confidence(value, score(&candidate, &features), &features) else { return };
        let confidence = confidence.min(most);
        if self.is_redacted_around(&candidate) {
            return;
        }
        let made_up = placeholder(value) == Some(Placeholder::MadeUp);
        let reason = "its name and its look make it likely";
        let (span, secret) = (candidate.value.clone(), candidate.value);
        let found =
            Match { detector, confidence, sure: confidence, made_up, reason, span, secret, decoded: None };
        self.state.pending.insert(self.tables, found);
    }

    /// Whether a placeholder of a redaction stands in the text that counts: taking a secret out must not make another.
    fn is_redacted_around(&self, candidate: &Candidate) -> bool {
        let from = candidate.name.start.saturating_sub(BEHIND);
        let to = self.haystack.len().min(candidate.value.end + KNOWN);
        let behind = &self.haystack[candidate.value.end..to];
        let line = memchr::memchr(b'\n', behind).map_or(to, |end| candidate.value.end + end);
        let mut is_there = has_placeholder(&self.haystack[from..line]);
        let mut outer = self.outer;
        while let Some(around) = outer {
            // A text in UTF-16 may reach into the placeholder behind it.
            let encoded = around.at..around.end;
            is_there |= touches_placeholder(around.haystack, &encoded)
                || holds_placeholder(around.haystack, &encoded);
            outer = around.around;
        }
        is_there
    }

    /// The first byte from `at` on that is not in the set, if it is near.
    fn ahead(&self, at: usize, set: u16) -> Option<u8> {
        const NEAR: usize = 128;
        let set = &self.tables.sets[usize::from(set)];
        self.haystack.get(at..)?.iter().take(NEAR).copied().find(|byte| !set.contains(*byte))
    }

    /// Notes a match that the end of the haystack cut off.
    #[inline]
    fn note_open(&mut self, runner: &Runner<'_, '_>, start: usize) {
        if runner.met_end {
            self.open = self.open.min(start);
        }
    }

    /// Whether a match of the pattern may start here: it must not be the tail of something longer.
    fn may_start(&self, pattern: &Pattern, start: usize) -> bool {
        let before = &self.tables.sets[usize::from(pattern.before)];
        start == 0 || !before.contains(self.haystack[start - 1]) || ends_escape(self.haystack, start)
    }

    /// A long run: a bare value, or encoded text, or a part of either.
    fn run(&mut self, run: Run) {
        // The prefilter takes `-` and `_` off the start; a value may have them.
        let dashes =
            self.haystack[..run.start].iter().rev().take_while(|byte| matches!(byte, b'-' | b'_')).count();
        if dashes > 0 {
            self.bare_run(run.start - dashes..run.end);
        }
        let bytes = &self.haystack[run.start..run.end];
        let kinds = self.level.kinds(&self.haystack[run.start..]);
        if is_random(&kinds, bytes) {
            let is_bare = self.bare_run(run.start..run.end);
            if (is_bare || beside_base64(self.haystack, &run)) && !self.wide.contains(&run.start) {
                self.wide = self.wide_around(&run);
                let lengths = self.tables.bare_lengths.get(self.wide.len());
                if lengths.is_some_and(|kinds| kinds & Bare::WIDE != 0)
                    && self.may_stand_bare(self.wide.start)
                {
                    self.bare(self.wide.clone(), true);
                }
            }
            self.words.skip_value(self.tables, &kinds, self.haystack, run.start..run.end);
        }
        if self.settings.decoders && may_encode_text(bytes) {
            let hex = bytes.iter().take(16).all(u8::is_ascii_hexdigit);
            self.encoded(if hex { Decoder::Hex } else { Decoder::Base64 }, run.start);
        }
    }

    /// Tries the detectors without a literal on a run, if there are any for its length; whether there are.
    fn bare_run(&mut self, run: Range<usize>) -> bool {
        let kinds = self.tables.bare_lengths[run.len().min(MAX_RUN)];
        let may_be = |kind: u8| kinds & kind != 0;
        if may_be(Bare::INSIDE) || may_be(Bare::RUN) && self.may_stand_bare(run.start) {
            self.bare(run, false);
        }
        kinds != 0
    }

    /// The run with the base64 characters around it, as far as is needed to tell that there are too many.
    fn wide_around(&self, run: &Run) -> Range<usize> {
        let most = MAX_RUN + 1;
        let before = self.haystack[..run.start].iter().rev().take(most).take_while(|byte| is_base64(**byte));
        let after = self.haystack[run.end..].iter().take(most).take_while(|byte| is_base64(**byte));
        run.start - before.count()..run.end + after.count()
    }

    /// Whether a value without a literal may start here: behind what assigns or quotes.
    fn may_stand_bare(&self, start: usize) -> bool {
        let Some(before) = start.checked_sub(1) else { return true };
        let stands = |byte| {
            matches!(byte, b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b'(' | b'[' | b'{' | b',' | b'|' | b'&')
        };
        let byte = self.haystack[before];
        stands(byte) || byte.is_ascii_whitespace() || ends_escape(self.haystack, start)
    }

    /// Tries the detectors without a literal on a run.
    fn bare(&mut self, run: Range<usize>, wide: bool) {
        let tables = self.tables;
        let (around, left) = (Around::bytes(self.haystack, run.start), self.haystack.len() - run.start);
        let fits = |bare: &Bare| {
            let (least, most) = bare.lengths;
            bare.wide == wide
                && (usize::from(least)..=usize::from(most)).contains(&run.len())
                && bare.around.may_be(around, left)
        };
        if let Some(alone) = tables.bare_alone.get(run.len()) {
            for bare in alone.of(tables.bare_by_length) {
                let bare = &tables.bare[usize::from(*bare)];
                if fits(bare) {
                    self.try_bare(bare, &run);
                }
            }
        }
        if self.near.0 != run.start {
            self.near = (run.start, self.words_before(run.start));
        }
        let near = self.near.1;
        if let Some(name) = near.name {
            self.named(name, &run);
        }
        let mut is_named = false;
        for (i, (word, distance)) in near.iter().enumerate() {
            let word = &tables.words[usize::from(*word)];
            // What a provider named on its line has is of no other that is named above.
            if word.denies || is_named && i >= near.on_line {
                break;
            }
            for bare in word.bare.of(tables.word_bare) {
                let candidate = &tables.bare[usize::from(*bare)];
                let within = tables.patterns[usize::from(candidate.detector)].within;
                // Of words that lead to the same detector, the nearest does.
                let nearer = |(word, _): &(u16, u16)| {
                    tables.words[usize::from(*word)].bare.of(tables.word_bare).contains(bare)
                };
                if fits(candidate) && *distance <= within && !near[..i].iter().any(nearer) {
                    is_named |= self.try_bare(candidate, &run) && word.names;
                }
            }
        }
    }

    /// A run behind the name of a provider: a value that has just this name may be one of its secrets, though nothing is known
    /// of their shape.
    fn named(&mut self, name: WordAt, run: &Range<usize>) {
        let outcome = named(self.haystack, name.start..name.end);
        if outcome.open {
            self.open = self.open.min(name.start);
        }
        let has_run = |value: &Range<usize>| value.start <= run.start && run.end <= value.end;
        if let Some(candidate) = outcome.candidate.filter(|candidate| has_run(&candidate.value)) {
            self.without_shape(candidate, Confidence::Low);
        }
    }

    /// Tries a detector on a run; whether it is a match.
    fn try_bare(&mut self, bare: &Bare, run: &Range<usize>) -> bool {
        if !self.settings.is_enabled(bare.detector) {
            return false;
        }
        let mut runner = Runner::new(self.tables, self.haystack);
        let Some(start) = runner.back(bare.back, run.start) else { return false };
        let pattern = &self.tables.patterns[usize::from(bare.detector)];
        // What has more to it than a run may stand where a word may.
        let stands =
            if bare.back.len == 0 { self.may_stand_bare(start) } else { self.may_start(pattern, start) };
        if !stands {
            return false;
        }
        let end = runner.forward(bare.steps, run.start);
        self.note_open(&runner, start);
        end.is_some_and(|end| self.judge(bare.detector, pattern, start..end, &runner, true))
    }

    /// The context words before an offset and how far before it each starts, the nearest first. Text around encoded
    /// text counts as if it stood right before it.
    fn words_before(&mut self, at: usize) -> Near {
        let mut near = Near::default();
        near.add(self.level, self.tables, self.haystack, at, None, &mut self.words);
        let (mut before, mut outer) = (at, self.outer);
        while let Some(around) = outer.filter(|_| before < WINDOW) {
            near.add(self.level, self.tables, around.haystack, around.at, Some(before), &mut Words::new());
            before += around.at;
            outer = around.around;
        }
        near
    }

    /// The last word on a match of the steps: whether it is one.
    fn judge(
        &mut self,
        detector: u16,
        pattern: &Pattern,
        span: Range<usize>,
        runner: &Runner<'_, '_>,
        is_near: bool,
    ) -> bool {
        if let (Some(last), Some(next)) = (self.haystack[span.clone()].last(), self.haystack.get(span.end)) {
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let class = &self.tables.sets[usize::from(pattern.after)];
            if class.contains(*last) && class.contains(*next) || word(last) && word(next) {
                return false;
            }
        }
        let rest = &self.haystack[span.end..];
        if touches_placeholder(self.haystack, &span) || holds_placeholder(self.haystack, &span) {
            return false; // A part of what was redacted.
        }
        if ["...", "\u{2026}", "***"].iter().any(|mark| rest.starts_with(mark.as_bytes())) {
            return false; // Elided: this is how people write that they left the rest out.
        }
        if rest.len() < 3 {
            self.open = self.open.min(span.start);
        }
        let secret = match runner.secret {
            (Some(start), Some(end)) => start..end,
            _ => span.clone(),
        };
        let bytes = &self.haystack[secret.clone()];
        let facts = &self.tables.detectors[usize::from(detector)];
        // A default password is still one, and a key is no word.
        let judges_placeholders =
            facts.kind == Kind::Pem || matches!(facts.check, Some(Check::Password | Check::UrlCredentials));
        let digits = || bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        if pattern.min_digits > 0 && digits() < usize::from(pattern.min_digits)
            || pattern.min_entropy > 0.0 && entropy(bytes) < pattern.min_entropy
        {
            return false;
        }
        // What was made up is no secret by itself. With the shape of a provider's it may be used as one, so that whoever looks
        // for all there is hears of it; nobody wants to hear of a mask or a word.
        let (published, made_up) = match placeholder(bytes) {
            None => (false, false),
            Some(Placeholder::Published) => (true, false),
            Some(_) if judges_placeholders => (false, false),
            Some(Placeholder::MadeUp) if facts.kind != Kind::Generic => (false, true),
            Some(_) => return false,
        };
        if pattern.near.len > 0 && !is_near {
            let near = pattern.near.of(self.tables.near);
            let is_near = |(word, distance): &(u16, u16)| *distance <= pattern.within && near.contains(word);
            if !self.words_before(span.start).iter().any(is_near) {
                return false;
            }
        }
        let judge =
            |check: Check| check.run(if check.judges_match() { &self.haystack[span.clone()] } else { bytes });
        let (confidence, reason) = match facts.check.map_or(Verdict::Unknown, judge) {
            Verdict::Rejected(_) => return false,
            _ if published => (Confidence::Low, "documentation shows it, and everybody copies it"),
            _ if made_up => {
                (Confidence::Low, "its shape fits, but it is a sequence or a repeat, as made-up values are")
            }
            Verdict::Fails(reason) => (Confidence::Low, reason),
            Verdict::Holds => (Confidence::Checked, "its checksum or its decoded content holds"),
            Verdict::Unknown => (
                facts.confidence,
                match facts.confidence {
                    Confidence::Checked | Confidence::High => "its shape is distinctive",
                    Confidence::Medium => "its shape fits and a word nearby names it",
                    Confidence::Low => "its shape fits",
                },
            ),
        };
        let sure = confidence;
        let (confidence, reason) = match self.is_whole(pattern, &secret) {
            Some(true) if confidence == Confidence::Medium => {
                (Confidence::High, "its shape fits, and what belongs to it stands nearby")
            }
            Some(false) if pattern.alone.is_some_and(|alone| alone < confidence) => {
                (pattern.alone.unwrap_or(confidence), "its other half is not nearby")
            }
            _ => (confidence, reason),
        };
        // What is too little now may be enough with what comes.
        if pattern.parts.len > 0 && confidence < self.settings.min_confidence && rest.len() < AROUND {
            self.open = self.open.min(span.start);
        }
        self.state.pending.insert(
            self.tables,
            Match { detector, confidence, sure, made_up, reason, span, secret, decoded: None },
        );
        true
    }

    /// Whether any other part of the credential stands nearby, if there are others.
    fn is_whole(&self, pattern: &Pattern, secret: &Range<usize>) -> Option<bool> {
        let parts = pattern.parts.of(self.tables.parts);
        let is_there = |part| parts::find(self.tables, self.haystack, secret, part).is_some();
        (!parts.is_empty()).then(|| parts.iter().any(is_there))
    }

    /// The piece of a long encoded text that is due before an offset.
    #[inline]
    fn piece_before(&self, at: usize) -> Option<(Decoder, usize)> {
        if self.state.next_piece == [None; 5] {
            return None;
        }
        let decoders = [Decoder::Base64, Decoder::Hex, Decoder::Percent, Decoder::Escape, Decoder::Utf16];
        let due = decoders
            .into_iter()
            .filter_map(|decoder| Some((decoder, self.state.next_piece[decoder as usize]?)));
        due.min_by_key(|(_, piece)| *piece).filter(|(_, piece)| *piece <= at && *piece < self.end)
    }

    /// Encoded text at an offset, unless it has been decoded already.
    #[cold]
    fn encoded(&mut self, decoder: Decoder, at: usize) {
        if self.settings.decoders && self.depth < MAX_DEPTH && at >= self.state.decoded[decoder as usize] {
            self.decode_piece(decoder, at);
        }
    }

    /// Decodes the piece of encoded text at an offset, and searches what it says.
    fn decode_piece(&mut self, decoder: Decoder, at: usize) {
        let index = decoder as usize;
        let goes_on = self.state.next_piece[index].take() == Some(at);
        let from = if goes_on { at } else { self.state.decoded[index] };
        let extent = decoder.extent(self.haystack, at, from);
        if !goes_on && !decoder.starts_text(&self.haystack[extent.clone()]) {
            return;
        }
        self.state.decoded[index] = extent.end.max(at + 1);
        let is_cut = extent.end - at >= PIECE - 1;
        if decoder.may_go_on(self.haystack, &extent) {
            self.open = self.open.min(extent.start);
        }
        let encoded = &self.haystack[extent.clone()];
        if matches!(decoder, Decoder::Base64 | Decoder::Hex) && touches_placeholder(self.haystack, &extent) {
            return;
        }
        if self.depth == 0 {
            self.state.budget = encoded.len() * BUDGET;
        }
        if encoded.len() < 16 || encoded.len() > self.state.budget {
            return;
        }
        self.state.budget -= encoded.len();
        let decoded = decoder.decode(encoded);
        if is_cut {
            self.state.next_piece[index] = Some(decoder.next_piece(self.haystack, &extent));
        }
        let outer = Outer { haystack: self.haystack, at: extent.start, end: extent.end, around: self.outer };
        let state = State { budget: self.state.budget, ..State::new() };
        let mut inner =
            Search::at_depth(self.settings, &decoded, 0..decoded.len(), state, self.depth + 1, Some(&outer));
        while let Some(mut found) = inner.next(usize::MAX) {
            let map = |range: Range<usize>| {
                let range = decoder.encoded_range(encoded, range);
                extent.start + range.start..extent.start + range.end
            };
            let (span, secret) = (map(found.span.clone()), map(found.secret.clone()));
            // What the cut may have shortened is whole in the next piece. What is whole in both is one finding.
            if is_cut && span.end + CUT > extent.end {
                continue;
            }
            // Where only what is around a match is encoded, it is what it is without this decoder.
            if decoded[found.span.clone()] != self.haystack[span.clone()] {
                let details = details(self.tables, &decoded, &found);
                let (secret, mut chain) = match found.decoded {
                    Some(inside) => (inside.secret, inside.chain),
                    None => (decoded[found.secret.clone()].to_vec(), Vec::new()),
                };
                chain.insert(0, decoder);
                found.decoded = Some(Box::new(Decoded { secret, chain, details }));
            }
            self.state.pending.insert(self.tables, Match { span, secret, ..found });
        }
        self.state.budget = inner.state.budget;
    }
}

/// What a name says.
fn generic_of(word: scalr_detect_generic::Word) -> Generic {
    use scalr_detect_generic::Word;
    match word {
        Word::Password | Word::Identified => Generic::Password,
        Word::Key => Generic::Key,
        Word::Token | Word::Auth => Generic::Token,
        Word::Secret | Word::Credential => Generic::Secret,
    }
}

/// Whether a placeholder of a redaction stands right before the span or right behind it.
fn touches_placeholder(haystack: &[u8], span: &Range<usize>) -> bool {
    let behind = || {
        let window = &haystack[span.end..haystack.len().min(span.end + WINDOW)];
        memchr::memchr(b']', window).is_some_and(|close| ends_placeholder(&window[..close]))
    };
    span.start > 0 && haystack[span.start - 1] == b']' && ends_placeholder(&haystack[..span.start - 1])
        || haystack.get(span.end) == Some(&b'[') && behind()
}

/// Whether a placeholder of a redaction begins or ends in the span.
fn holds_placeholder(haystack: &[u8], span: &Range<usize>) -> bool {
    let text = &haystack[span.clone()];
    let begins = |open: usize| {
        let window = &haystack[span.start + open..haystack.len().min(span.end + WINDOW)];
        memchr::memchr(b']', window).is_some_and(|close| ends_placeholder(&window[..close]))
    };
    has_placeholder(text) || memchr::memrchr(b'[', text).is_some_and(begins)
}

/// Whether a placeholder of a redaction ends in the text.
fn has_placeholder(text: &[u8]) -> bool {
    memchr::memchr_iter(b']', text).any(|close| ends_placeholder(&text[..close]))
}

/// Whether the text ends like a placeholder, but for the bracket.
fn ends_placeholder(text: &[u8]) -> bool {
    let digits = text.iter().rev().take(6).take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits == 6 && text[..text.len() - 6].last() == Some(&b':')
}

/// The end of the last placeholder of a redaction in the window before `at`, or 0. Words behind it do not count: where it stands, a
/// secret stood, and taking that out must not bring a word and a value together.
fn placeholder_end(haystack: &[u8], at: usize, window: usize) -> usize {
    let from = at.saturating_sub(window);
    let mut window = &haystack[from..at];
    while let Some(close) = memchr::memrchr(b']', window) {
        if ends_placeholder(&window[..close]) {
            return from + close + 1;
        }
        window = &window[..close];
    }
    0
}
