//! The compiled form of detectors: what the matcher reads.
//!
//! Everything is a flat slice; one part refers to another by index. See `scalr-detect-spec` for how these come out of
//! a detector's `token`, and `scalr-detect` for how they are run.

use crate::{Confidence, Detector, Generic};

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
    /// The detectors whose findings take one of this in, if this is a part of it: a span of [`Tables::wholes`].
    pub half_of: Span,
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

/// How many bytes [`Around`] knows on either side.
const SIDE: usize = 8;

/// What is known of the sixteen bytes around an offset, eight before it and eight from it on: which of their bits are the
/// same wherever the thing looked for stands. Most of what has three bytes of a literal by chance is told from it so.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Around {
    /// The bits that are the same.
    pub mask: u128,
    /// What they are; the first byte is the lowest.
    pub value: u128,
}

impl Around {
    /// Nothing is known.
    pub const ANY: Around = Around { mask: 0, value: 0 };

    /// What may stand before the offset, the nearest first, and from it on. Sets that are missing may be anything.
    pub fn of(before: &[ByteSet], behind: &[ByteSet]) -> Around {
        let before = before.iter().take(SIDE).enumerate().map(|(i, set)| (SIDE - 1 - i, set));
        let behind = behind.iter().take(SIDE).enumerate().map(|(i, set)| (SIDE + i, set));
        before.chain(behind).fold(Around::ANY, |around, (i, set)| {
            let all = set.iter().fold(u8::MAX, |all, byte| all & byte);
            let any = set.iter().fold(0, |any, byte| any | byte);
            let shift = 8 * i;
            Around {
                mask: around.mask | u128::from(!(all ^ any)) << shift,
                value: around.value | u128::from(all) << shift,
            }
        })
    }

    /// The sixteen bytes around an offset as a number, the first byte lowest; 0 for bytes beyond the haystack.
    #[inline]
    pub fn bytes(haystack: &[u8], at: usize) -> u128 {
        if let Some(bytes) = at.checked_sub(SIDE).and_then(|from| haystack.get(from..from + 2 * SIDE)) {
            return u128::from_le_bytes(bytes.try_into().expect("sixteen bytes"));
        }
        (0..2 * SIDE).fold(0, |around, i| {
            let byte = (at + i).checked_sub(SIDE).and_then(|at| haystack.get(at));
            around | u128::from(byte.copied().unwrap_or(0)) << (8 * i)
        })
    }

    /// Whether these [`Around::bytes`] may be what is looked for, as far as can be told from bytes that are there: of
    /// those from the offset on, `left`, if they are fewer.
    #[inline]
    pub fn may_be(self, bytes: u128, left: usize) -> bool {
        let seen = if left < SIDE { u128::MAX >> (8 * (SIDE - left)) } else { u128::MAX };
        (bytes ^ self.value) & self.mask & seen == 0
    }
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
    /// What is known around the hit.
    pub around: Around,
    /// What ends the class of bytes that the steps forwards begin with.
    pub ahead: Option<Ahead>,
}

/// Behind a literal stand bytes of a class, and then a byte that is not of it: the `:` of `://user:password@`, which most
/// URLs do not have. Told for many detectors by one look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ahead {
    /// Length of the literal in bytes.
    pub skip: u8,
    /// Index of the class.
    pub set: u16,
    /// The byte behind it.
    pub stop: u8,
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
    /// What is known around the start of the run.
    pub around: Around,
    /// Steps matched backwards from the start of the run, the nearest first.
    pub back: Steps,
    /// Steps matched forwards from the start of the run.
    pub steps: Steps,
}

impl Bare {
    /// The run is the value, or a value whose first bytes it is.
    pub const RUN: u8 = 1;
    /// The run is a part of the value, which starts before it.
    pub const INSIDE: u8 = 2;
    /// Counted are the token bytes, `+` and `/`.
    pub const WIDE: u8 = 4;
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
    /// A provider's name that means nothing else: as the whole name of a value it says as much as `key` does.
    pub names: bool,
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
/// How many words of 64 bits [`Tables::word_starts`] has: 8 KiB, which stay in the first-level cache.
pub const WORD_STARTS: usize = 1024;
/// How many buckets [`Tables::word_buckets`] are.
pub const WORD_BUCKETS: usize = 4096;

impl WordHead {
    /// How many bytes the heads of words have.
    pub const LENGTHS: [usize; 3] = [6, 4, 3];

    /// The first eight bytes of a text in one case, the first byte lowest.
    #[inline]
    fn folded(text: &[u8]) -> u64 {
        let eight = text.first_chunk().copied().unwrap_or_else(|| {
            let mut eight = [0; 8];
            eight[..text.len()].copy_from_slice(text);
            eight
        });
        u64::from_le_bytes(eight) | 0x2020_2020_2020_2020
    }

    /// Sixteen bits that depend on the first four bytes only.
    const fn start(folded: u32) -> usize {
        (folded.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }

    /// [`Tables::word_starts`] of these heads.
    pub const fn starts(heads: &[WordHead]) -> [u64; WORD_STARTS] {
        let mut starts = [0; WORD_STARTS];
        let mut i = 0;
        while i < heads.len() {
            let key = heads[i].key;
            // Behind a head of three bytes any byte may stand.
            let (three, is_three) = (key as u32 & 0xff_ffff, key >> 56 == 3);
            let mut fourth = 0x20;
            while fourth < if is_three { 0x100 } else { 0x21 } {
                let start = WordHead::start(if is_three { three | fourth << 24 } else { key as u32 });
                starts[start / 64] |= 1 << (start % 64);
                fourth += 1;
            }
            i += 1;
        }
        starts
    }

    /// The keys that heads have which start where this text starts, one for each of [`WordHead::LENGTHS`]. The bit that
    /// tells small letters from capital ones is set in all bytes, which makes of two heads that are not the same the
    /// same now and then, but is quick.
    #[inline]
    pub fn keys_of(text: &[u8]) -> [u64; 3] {
        let folded = WordHead::folded(text);
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
    /// The first of the anchors of words that name secrets without a shape, in the order of
    /// `scalr_detect_generic::TRIGGERS`; behind the last anchor if they are not looked for.
    pub generic_anchors: u16,
    /// For each of [`Generic::ALL`], the detector.
    pub generic: [Option<u16>; Generic::ALL.len()],
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
    /// Which bare detectors there are for a run of so many bytes: [`Bare::RUN`], [`Bare::INSIDE`] and [`Bare::WIDE`].
    pub bare_lengths: &'t [u8; anchors::MAX_RUN + 1],
    /// Context words.
    pub words: &'t [Word],
    /// What they can start with, by hash.
    pub word_heads: &'t [WordHead],
    /// `word_heads[word_buckets[b]..word_buckets[b + 1]]` have a hash that begins with the bits of `b`.
    pub word_buckets: &'t [u16; WORD_BUCKETS + 1],
    /// Bit `h % 64` of word `h / 64` is set when some head has the hash `h`.
    pub word_bits: &'t [u64; WORD_BITS],
    /// Bit `h % 64` of word `h / 64` is set when some head's first four bytes have the hash `h`.
    pub word_starts: &'t [u64; WORD_STARTS],
    /// Indices of words, for [`Pattern::near`].
    pub near: &'t [u16],
    /// Indices of bare detectors, for [`Word::bare`].
    pub word_bare: &'t [u16],
    /// Indices of detectors, for [`Pattern::half_of`].
    pub wholes: &'t [u16],
    /// The longest stretch before a hit that a match can start in, or a word be looked for, in bytes.
    pub look_behind: u32,
    /// The longest match, in bytes.
    pub max_len: u32,
}

impl<'t> Tables<'t> {
    /// Whether a word may start where this text starts: a quick first look, at four bytes.
    #[inline]
    pub fn may_start_word(&self, text: &[u8]) -> bool {
        let start = WordHead::start(WordHead::folded(text) as u32);
        self.word_starts[start / 64] >> (start % 64) & 1 != 0
    }

    /// The second look: whether the head of some word may stand there. Seldom wrong.
    #[inline]
    pub fn may_be_word(&self, text: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn around_never_denies_what_fits() {
        let (digits, vowels) = (ByteSet::of(b'0'..=b'9'), ByteSet::of(*b"AaEe"));
        // The nearest byte before is `:`, before that a digit; behind stand a vowel and two bytes of any kind.
        let any = ByteSet::from_words([u64::MAX; 4]);
        let around = Around::of(&[ByteSet::of(*b":"), digits], &[vowels, any, any]);
        let fits = |text: &[u8], at: usize| around.may_be(Around::bytes(text, at), text.len() - at);
        let cases: [(&[u8], usize, bool); 9] = [
            (b"abcdefg7:E\xff\0 the rest", 9, true),
            (b"7:a", 2, true),
            (b"7:", 2, true), // Cut off where the vowel may stand.
            (b"x:a", 2, false),
            (b":a", 1, false), // There is no byte where the digit must stand.
            (b"7;a", 2, false),
            (b"7:#", 2, false),
            (b"0:e0123456789", 2, true),
            (b"0:z0123456789", 2, false),
        ];
        for (text, at, expected) in cases {
            assert_eq!(fits(text, at), expected, "{} {at}", text.escape_ascii());
        }
        assert!(Around::ANY.may_be(Around::bytes(b"", 0), 0));
    }
}
