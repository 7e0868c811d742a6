//! The compiled form of detectors: what the matcher reads.
//!
//! Everything is a flat slice; one part refers to another by index. See `scalr-detect-spec` for how these come out of
//! a detector's `token`, and `scalr-detect` for how they are run.

use crate::{Confidence, Detector};

pub use scalr_detect_prefilter as anchors;
pub use scalr_detect_prefilter::ByteSet;

/// A slice of one of the tables: from `start` on, `len` elements.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Span {
    /// Index of the first.
    pub start: u32,
    /// How many.
    pub len: u16,
}

impl Span {
    /// The elements of `table`.
    #[inline]
    pub fn of<'t, T>(&self, table: &'t [T]) -> &'t [T] {
        &table[self.start as usize..][..usize::from(self.len)]
    }
}

/// A sequence of steps: a span of [`Tables::steps`].
pub type Steps = Span;

/// One step of matching a token. A sequence of steps is matched from an offset on, forwards or backwards.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Step {
    /// These bytes ([`Tables::bytes`]).
    Literal(Span),
    /// From `min` to `max` bytes of a set ([`Tables::sets`]), as many as there are.
    Class {
        /// Index of the set.
        set: u16,
        /// At least so many.
        min: u16,
        /// At most so many.
        max: u16,
        /// What follows may start with a byte of the set: when it does not match, try with fewer.
        retry: bool,
    },
    /// Up to the first place where the literal of the next step stands, over `min` to `max` bytes of a set.
    Until {
        /// Index of the set.
        set: u16,
        /// At least so many.
        min: u16,
        /// At most so many.
        max: u16,
    },
    /// The first of these sequences ([`Tables::branches`]) with which all that follows matches.
    Branch(Span),
    /// The secret starts here.
    SecretStart,
    /// The secret ends here.
    SecretEnd,
}

/// How one detector matches and judges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pattern {
    /// Bytes that may not stand right before the match: index of a set.
    pub before: u16,
    /// Bytes that may not stand right behind it if it ends with such a byte: index of a set.
    pub after: u16,
    /// Context words of which one must stand before the match (indices in [`Tables::words`], a span of
    /// [`Tables::near`]). Empty: none is needed.
    pub near: Span,
    /// How many bytes before the match are searched for them.
    pub within: u16,
    /// Least entropy of the secret, in bits a byte.
    pub min_entropy: f32,
    /// Least number of digits in the secret.
    pub min_digits: u8,
    /// The longest match, in bytes.
    pub max_len: u32,
    /// What else belongs to the credential and may stand nearby: a span of [`Tables::parts`].
    pub parts: Span,
    /// Confidence where there are parts and none is nearby; no check changes it.
    pub alone: Option<Confidence>,
    /// The detector whose finding takes one of this in, if this is a part of it.
    pub half_of: Option<u16>,
}

/// Another part of a credential, somewhere near its secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// The name in reports.
    pub name: &'static str,
    /// What it looks like, matched forwards.
    pub steps: Steps,
    /// Words of which one must stand right before it: a span of [`Tables::near`]. Empty: none is needed.
    pub near: Span,
    /// How many bytes before and behind the secret are searched for it.
    pub within: u16,
}

/// Where a hit of an anchor leads: a detector, and its steps before and after the hit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Route {
    /// Index of the detector.
    pub detector: u16,
    /// Steps matched backwards from the hit, the nearest first.
    pub back: Steps,
    /// Steps matched forwards from the hit.
    pub forward: Steps,
    /// The match starts at the start of a run, so that nothing before it can belong to it.
    pub at_run_start: bool,
}

/// A detector whose tokens have no literal to look for: it is tried at runs of fitting length and bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bare {
    /// Index of the detector.
    pub detector: u16,
    /// Least and greatest length of the run (for `wide`, of the run of token bytes, `+` and `/`).
    pub lengths: (u16, u16),
    /// The bytes of the token include `+` or `/`, which end a run.
    pub wide: bool,
    /// Steps matched backwards from the start of the run, the nearest first.
    pub back: Steps,
    /// Steps matched forwards from the start of the run.
    pub steps: Steps,
}

/// A word that makes a value near it believable, or the contrary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Word {
    /// Lower case; `_` stands for `_`, `-`, `.`, a space, or nothing.
    pub text: &'static str,
    /// The bare detectors that need it (indices in [`Tables::bare`], a span of [`Tables::word_bare`]).
    pub bare: Span,
    /// A word such as `sha256` or `commit`, between which and a bare value no other word counts.
    pub denies: bool,
}

/// The first bytes of a word, in any case: six, or four or three of shorter words.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WordHead {
    /// One of the bytes' [`WordHead::keys_of`].
    pub key: u64,
    /// Index of the word.
    pub word: u16,
}

/// How many words of 64 bits [`Tables::word_bits`] has: 16 KiB.
pub const WORD_BITS: usize = 2048;
/// How many buckets [`Tables::word_buckets`] are.
pub const WORD_BUCKETS: usize = 4096;

impl WordHead {
    /// How many bytes the heads of words have.
    pub const LENGTHS: [usize; 3] = [6, 4, 3];

    /// The keys that heads have which start where this text starts, one for each of [`WordHead::LENGTHS`]. The bit that
    /// tells small letters from capital ones is set in all bytes, which makes of two heads that are not the same the
    /// same now and then, but is quick.
    #[inline]
    pub fn keys_of(text: &[u8]) -> [u64; 3] {
        let eight = text.first_chunk().copied().unwrap_or_else(|| {
            let mut eight = [0; 8];
            eight[..text.len()].copy_from_slice(text);
            eight
        });
        let folded = u64::from_le_bytes(eight) | 0x2020_2020_2020_2020;
        let head = |length: usize| folded & (u64::MAX >> (64 - 8 * length)) | (length as u64) << 56;
        let [a, b, c] = WordHead::LENGTHS;
        [head(a), head(b), head(c)]
    }

    /// Seventeen bits of a multiplicative hash (Knuth's golden ratio).
    pub const fn hash(key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 47) as usize
    }

    /// [`Tables::word_buckets`] of these heads, which are in the order of their hashes.
    pub const fn buckets(heads: &[WordHead]) -> [u16; WORD_BUCKETS + 1] {
        let mut buckets = [0; WORD_BUCKETS + 1];
        let (mut i, mut bucket) = (0, 0);
        while bucket < WORD_BUCKETS {
            while i < heads.len() && WordHead::hash(heads[i].key) * WORD_BUCKETS / (64 * WORD_BITS) == bucket
            {
                i += 1;
            }
            bucket += 1;
            buckets[bucket] = i as u16;
        }
        buckets
    }

    /// [`Tables::word_bits`] of these heads.
    pub const fn bits(heads: &[WordHead]) -> [u64; WORD_BITS] {
        let mut bits = [0; WORD_BITS];
        let mut i = 0;
        while i < heads.len() {
            let hash = WordHead::hash(heads[i].key);
            bits[hash / 64] |= 1 << (hash % 64);
            i += 1;
        }
        bits
    }
}

/// Which kinds of byte a run has: one bit for each of digits, a-f, g-z, A-F, G-Z, `_` and `-`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Profile(u8);

impl Profile {
    /// How many profiles there are.
    pub const COUNT: usize = 128;

    const BITS: [u8; 256] = {
        let mut bits = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            bits[byte] = match byte as u8 {
                b'0'..=b'9' => 1,
                b'a'..=b'f' => 2,
                b'g'..=b'z' => 4,
                b'A'..=b'F' => 8,
                b'G'..=b'Z' => 16,
                b'_' => 32,
                b'-' => 64,
                _ => 0,
            };
            byte += 1;
        }
        bits
    };

    /// The profile of these bytes. Bytes that no run has are not counted.
    #[inline]
    pub fn of(run: &[u8]) -> Profile {
        Profile(run.iter().fold(0, |bits, byte| bits | Profile::BITS[usize::from(*byte)]))
    }

    /// The profile whose bits these are.
    pub const fn from_bits(bits: u8) -> Profile {
        Profile(bits & 127)
    }

    /// Its bits as a number below [`Profile::COUNT`].
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// Compiled detectors, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'t> {
    /// The detectors, by id.
    pub detectors: &'t [Detector],
    /// How each of them matches.
    pub patterns: &'t [Pattern],
    /// Anchors, compiled.
    pub anchors: anchors::Tables<'t>,
    /// The anchors from the first on start percent-encoded text, those from the second on text with escapes. They have
    /// no routes.
    pub decoder_anchors: (u16, u16),
    /// For each other anchor, where it leads: spans of `routes`.
    pub anchor_routes: &'t [Span],
    /// Where anchors lead.
    pub routes: &'t [Route],
    /// Parts of credentials.
    pub parts: &'t [Part],
    /// Steps of all tokens.
    pub steps: &'t [Step],
    /// The sequences that branches choose from.
    pub branches: &'t [Steps],
    /// Sets of bytes.
    pub sets: &'t [ByteSet],
    /// Bytes of literals.
    pub bytes: &'t [u8],
    /// Detectors without an anchor.
    pub bare: &'t [Bare],
    /// Of those, the ones that need no word, by length of run: spans of `bare_by_length`.
    pub bare_alone: &'t [Span],
    /// Indices in `bare`.
    pub bare_by_length: &'t [u16],
    /// Bit p of element n: a bare detector may match a run of n bytes with profile p. The last element speaks of all
    /// longer runs.
    pub bare_runs: &'t [u128; anchors::MAX_RUN + 1],
    /// Whether any bit of `bare_runs` is set, by length.
    pub bare_lengths: &'t [bool; anchors::MAX_RUN + 1],
    /// Whether a detector of which only a part is a run may match, by the length of that.
    pub bare_inside: &'t [bool; anchors::MAX_RUN + 1],
    /// The least and the greatest length of the wide ones.
    pub wide_lengths: (u16, u16),
    /// Context words.
    pub words: &'t [Word],
    /// What they can start with, by hash.
    pub word_heads: &'t [WordHead],
    /// `word_heads[word_buckets[b]..word_buckets[b + 1]]` have a hash that begins with the bits of `b`.
    pub word_buckets: &'t [u16; WORD_BUCKETS + 1],
    /// Bit `h % 64` of word `h / 64` is set when some head has the hash `h`.
    pub word_bits: &'t [u64; WORD_BITS],
    /// Indices of words, for [`Pattern::near`].
    pub near: &'t [u16],
    /// Indices of bare detectors, for [`Word::bare`].
    pub word_bare: &'t [u16],
    /// The longest stretch before a hit that a match can start in, or a word be looked for, in bytes.
    pub look_behind: u32,
    /// The longest match, in bytes.
    pub max_len: u32,
}

impl<'t> Tables<'t> {
    /// Whether a word may start where this text starts: quick, and seldom wrong.
    #[inline]
    pub fn may_start_word(&self, text: &[u8]) -> bool {
        let [six, four, three] = WordHead::keys_of(text);
        let may_be = |key: u64| {
            let hash = WordHead::hash(key);
            self.word_bits[hash / 64] >> (hash % 64) & 1 != 0
        };
        may_be(six) | may_be(four) | may_be(three)
    }

    /// The words (indices in [`Tables::words`]) that may start where this text starts.
    pub fn words_that_may_start(&self, text: &[u8]) -> impl Iterator<Item = u16> + use<'t> {
        let (heads, buckets, bits) = (self.word_heads, self.word_buckets, self.word_bits);
        WordHead::keys_of(text).into_iter().flat_map(move |key| {
            let hash = WordHead::hash(key);
            let bucket = hash * WORD_BUCKETS / (64 * WORD_BITS);
            let is_there = bits[hash / 64] >> (hash % 64) & 1 != 0;
            let to = if is_there { buckets[bucket + 1] } else { buckets[bucket] };
            let heads = &heads[usize::from(buckets[bucket])..usize::from(to)];
            heads.iter().filter(move |head| head.key == key).map(|head| head.word)
        })
    }
}
