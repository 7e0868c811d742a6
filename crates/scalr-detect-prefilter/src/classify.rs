//! Blocks of 64 bytes to bit masks: the only part of the search that looks at every byte, and the only unsafe code.
//!
//! A set of bytes of the form (some low nibbles) × (some high nibbles) can be tested for sixteen or thirty-two bytes
//! at once: look the low nibble up in one 16-byte table, the high nibble in another, and AND the answers. With one
//! bit per set, one pair of look-ups tests eight sets. That is used in two ways here:
//!
//! * once with fixed tables for the classes *token byte* (`[0-9A-Za-z_-]`) and *NUL*;
//! * three times three times, for a byte and its two successors, with the tables of the literals ([`Fingerprints`]): a place
//!   where all three agree in some bit may be a literal (this is the Teddy algorithm, as known from Hyperscan).
//!
//! Bytes from 0x80 up are in no set: the shuffle instructions answer 0 for them by themselves.

use crate::tables::{Tables, may_be_literal};
use std::ops::Range;

/// Blocks that are classified in one call. Few, so that a search of a short message costs little to set up.
pub(crate) const BLOCKS: usize = 8;

/// What is known of the bytes of some blocks and of one more, to look ahead: bit i of word b speaks of byte 64 b + i.
#[derive(Clone, Debug)]
pub(crate) struct Masks {
    /// The byte is one of `[0-9A-Za-z_-]`.
    pub(crate) token: [u64; BLOCKS + 1],
    /// The byte is one of `[0-9]`.
    pub(crate) digit: [u64; BLOCKS + 1],
    /// Whether some byte is NUL.
    pub(crate) has_nul: bool,
    /// The byte is NUL. Filled only if `has_nul`.
    pub(crate) nul: [u64; BLOCKS + 1],
    /// A literal's three key bytes may start here.
    pub(crate) literal: [u64; BLOCKS + 1],
    /// A long run starts here. Nothing is said of the block to look ahead.
    pub(crate) start: [u64; BLOCKS + 1],
    /// Whether a bit of `wide` may be set.
    pub(crate) has_wide: bool,
    /// At least eight pairs of a token byte and a NUL start here. Nothing is said of the block to look ahead.
    pub(crate) wide: [u64; BLOCKS + 1],
    /// The offsets of the bits in `start`, `literal` or `wide`.
    places: Offsets,
}

/// A list of offsets in some blocks, ascending.
#[derive(Clone, Debug)]
struct Offsets {
    list: [u16; Offsets::MOST],
    /// How many there are. If they are more than fit, the list is not used.
    count: usize,
}

impl Offsets {
    /// Eight a block. Long runs start at most four times a block, and few literals are met by chance.
    const MOST: usize = 8 * BLOCKS;
    /// Two places are written wherever the list ends, so the last two are never used.
    const LISTED: usize = Offsets::MOST - 2;
    const EMPTY: Offsets = Offsets { list: [0; Offsets::MOST], count: 0 };

    /// Adds the bits of a block.
    #[inline(always)]
    fn push(&mut self, block: usize, mut bits: u64) {
        let base = 64 * block as u16;
        let count = bits.count_ones() as usize;
        // Most blocks have no bit or one or two. Writing two, whether or not they are there, and counting what is there,
        // has no branch that could be predicted wrongly.
        for i in 0..2 {
            self.list[(self.count + i) % Offsets::MOST] = base + bits.trailing_zeros() as u16;
            bits &= bits.wrapping_sub(1);
        }
        if bits != 0 {
            for i in 2..count {
                self.list[(self.count + i) % Offsets::MOST] = base + bits.trailing_zeros() as u16;
                bits &= bits - 1;
            }
        }
        self.count += count;
    }
}

impl Masks {
    pub(crate) const EMPTY: Masks = Masks {
        token: [0; BLOCKS + 1],
        digit: [0; BLOCKS + 1],
        has_nul: false,
        nul: [0; BLOCKS + 1],
        literal: [0; BLOCKS + 1],
        start: [0; BLOCKS + 1],
        has_wide: false,
        wide: [0; BLOCKS + 1],
        places: Offsets::EMPTY,
    };

    /// The next place, as block and bit, and from where to go on. `from` is 0 at first.
    #[inline]
    pub(crate) fn place(&self, from: usize) -> Option<(usize, usize, usize)> {
        if self.places.count > Offsets::LISTED {
            return self.place_in_crowd(from);
        }
        // The remainders are what they are divided from; they spare checks of bounds here and where the place is used.
        let place = usize::from(self.places.list[from % Offsets::MOST]) % (64 * BLOCKS);
        (from < self.places.count).then_some((place / 64, place % 64, from + 1))
    }

    /// As [`Masks::place`], without the list.
    #[cold]
    fn place_in_crowd(&self, from: usize) -> Option<(usize, usize, usize)> {
        let mut after = u64::MAX << (from % 64);
        for block in from / 64..BLOCKS {
            let bits = (self.start[block] | self.literal[block] | self.wide[block]) & after;
            if bits != 0 {
                let bit = bits.trailing_zeros() as usize;
                return Some((block, bit, 64 * block + bit + 1));
            }
            after = u64::MAX;
        }
        None
    }

    /// Fills `start` and `places` from the other masks, for `length` bytes. `before` is the byte before the first block,
    /// if there is one.
    #[inline(always)]
    fn find_places(&mut self, before: u8, length: usize) {
        // Where 16 bits are set in a row: AND with itself shifted by 1, 2, 4 and 8. The last 16 bits of a block need the
        // first of the next; they are looked at in a word that begins with them. All blocks are done side by side, so
        // that the compiler uses vectors.
        let long = |mut bits: u64| {
            for shift in [1, 2, 4, 8] {
                bits &= bits >> shift;
            }
            bits
        };
        for block in 0..BLOCKS {
            let (here, next) = (self.token[block], self.token[block + 1]);
            self.start[block] = long(here) | long(here >> 48 | next << 16) << 48;
        }
        let mut carry = u64::from(is_token(before));
        for block in 0..BLOCKS {
            self.start[block] &= !(self.token[block] << 1 | carry);
            carry = self.token[block] >> 63;
        }
        // Nothing starts behind the last byte.
        let blocks = length.div_ceil(64);
        if !length.is_multiple_of(64) {
            let inside = (1 << (length % 64)) - 1;
            for masks in [&mut self.start, &mut self.literal, &mut self.wide] {
                masks[blocks - 1] &= inside;
            }
        }
        self.places.count = 0;
        for block in 0..blocks.min(BLOCKS) {
            self.places.push(block, self.start[block] | self.literal[block] | self.wide[block]);
        }
        for block in blocks..BLOCKS {
            (self.start[block], self.literal[block], self.wide[block]) = (0, 0, 0);
        }
    }

    /// Fills `nul` from the bytes of the blocks, and `wide` from the other masks. Text has no NUL, so this is rare.
    #[cold]
    fn find_wide(&mut self, before: [u8; 2], bytes: &[u8]) {
        self.nul = [0; BLOCKS + 1];
        for (nul, block) in self.nul.iter_mut().zip(bytes.chunks(64)) {
            for (i, eight) in block.chunks(8).enumerate() {
                let mut word = [0xff; 8];
                word[..eight.len()].copy_from_slice(eight);
                let word = u64::from_le_bytes(word);
                // The highest bit of each byte: set where adding 0x7f to the lower seven bits does not reach it and it
                // was not set, that is where the byte is 0. Then a multiplication gathers the eight bits.
                const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
                let zeros = !(((word & LOW) + LOW) | word | LOW) >> 7;
                *nul |= (zeros.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
            }
        }
        let mut continues = u64::from(is_token(before[0]) && before[1] == 0);
        // The last byte before the first block may be a token byte whose NUL is in it.
        continues |= u64::from(is_token(before[1]) && self.nul[0] & 1 != 0) << 1;
        for block in 0..BLOCKS {
            let pairs = |b: usize| {
                // The NUL behind the last byte of the block to look ahead is not known; no eight pairs need it.
                let after = self.nul.get(b + 1).map_or(0, |nul| nul << 63);
                self.token[b] & (self.nul[b] >> 1 | after)
            };
            let (all, mut here, mut next) = (pairs(block), pairs(block), pairs(block + 1));
            for shift in [2, 4, 8] {
                (here, next) = (here & (here >> shift | next << (64 - shift)), next & next >> shift);
            }
            self.wide[block] = here & !(all << 2 | continues);
            continues = all >> 62;
        }
    }
}

/// The literals' key bytes, in three times eight sets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fingerprints {
    /// By byte, for each key byte.
    sets: [[[u8; 128]; 3]; 3],
    /// By low nibble and by high nibble, for each key byte: they let more pass than `sets`, and need no instruction that
    /// looks up in 128 bytes. High nibbles from 8 up are always 0.
    nibbles: [[([u8; 16], [u8; 16]); 3]; 3],
}

impl Fingerprints {
    /// From `sets[n][k][byte]`, in which bit b is set where the byte may be the k-th key byte of the literals of set 8 n + b.
    pub const fn new(sets: [[[u8; 128]; 3]; 3]) -> Fingerprints {
        let mut nibbles = [[([0; 16], [0; 16]); 3]; 3];
        let (mut n, mut k, mut byte) = (0, 0, 0);
        while n < 3 {
            nibbles[n][k].0[byte & 15] |= sets[n][k][byte];
            nibbles[n][k].1[byte >> 4] |= sets[n][k][byte];
            byte += 1;
            if byte == 128 {
                (k, byte) = (k + 1, 0);
            }
            if k == 3 {
                (n, k) = (n + 1, 0);
            }
        }
        Fingerprints { sets, nibbles }
    }

    /// What [`Fingerprints::new`] takes.
    pub const fn sets(&self) -> &[[[u8; 128]; 3]; 3] {
        &self.sets
    }
}

const NUL: u8 = 1 << 7;
/// So far left of it is the highest bit.
const DIGIT_SHIFT: i32 = 6;

/// Nibble tables of the fixed classes: any bit but `NUL` means token byte, the second lowest digit.
const CLASSES: ([u8; 16], [u8; 16]) = {
    let (mut low, mut high) = ([0u8; 16], [0u8; 16]);
    (high[0], high[2], high[3], high[4], high[5], high[6], high[7]) = (NUL, 1, 2, 4, 8, 4, 16);
    low[0] |= NUL;
    low[0xd] |= 1; // '-' is 0x2d
    let mut nibble = 0;
    while nibble < 16 {
        if nibble <= 9 {
            low[nibble] |= 2; // 0 to 9
        }
        if nibble >= 1 {
            low[nibble] |= 4; // A to O, a to o
        }
        if nibble <= 10 {
            low[nibble] |= 8 | 16; // P to Z, p to z
        }
        nibble += 1;
    }
    low[0xf] |= 8; // '_' is 0x5f
    (low, high)
};

/// Of 64 bytes, those of some kinds that tell where words begin: bit i speaks of byte i.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Kinds {
    /// The byte is one of `[a-z]`.
    pub small: u64,
    /// The byte is one of `[A-Z]`.
    pub capital: u64,
    /// The byte is one of `[0-9]`.
    pub digit: u64,
    /// The byte is a backslash.
    pub backslash: u64,
}

impl Kinds {
    /// The bytes before which another kind stands: a letter and a digit side by side, or a capital letter behind a small
    /// one. In names there are few such; in random values, every third byte or more is one.
    #[inline]
    pub const fn changes(&self) -> u64 {
        let letter = self.small | self.capital;
        letter & self.digit << 1 | self.digit & letter << 1 | self.capital & self.small << 1
    }
}

const SMALL: u8 = 1 | 2;
const CAPITAL: u8 = 4 | 8;
const DIGIT: u8 = 16;
const BACKSLASH: u8 = 32;

/// Nibble tables of [`Kinds`].
const KINDS: ([u8; 16], [u8; 16]) = {
    let (mut low, mut high) = ([0u8; 16], [0u8; 16]);
    (high[3], high[4], high[5], high[6], high[7]) = (DIGIT, 4, 8 | BACKSLASH, 1, 2);
    let mut nibble = 0;
    while nibble < 16 {
        if nibble <= 9 {
            low[nibble] |= DIGIT;
        }
        if nibble >= 1 {
            low[nibble] |= 1 | 4; // a to o, A to O
        }
        if nibble <= 10 {
            low[nibble] |= 2 | 8; // p to z, P to Z
        }
        nibble += 1;
    }
    low[0xc] |= BACKSLASH; // 0x5c
    (low, high)
};

const fn nibbles((low, high): &([u8; 16], [u8; 16]), byte: u8) -> u8 {
    low[(byte & 15) as usize] & high[(byte >> 4) as usize]
}

/// Whether `byte` is one of `[0-9A-Za-z_-]`.
#[inline]
pub(crate) fn is_token(byte: u8) -> bool {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = nibbles(&CLASSES, byte as u8) & !NUL != 0;
            byte += 1;
        }
        table
    };
    TABLE[byte as usize]
}

/// Which instructions classify. A value exists only for what this machine can run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Level(Isa);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Isa {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Ssse3,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// AVX2 and the bit instructions that came with it (Haswell, Excavator).
#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::is_x86_feature_detected!("avx2")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2")
        && std::is_x86_feature_detected!("popcnt")
        && std::is_x86_feature_detected!("lzcnt")
}

/// AVX-512 with the look-ups of bytes in 128 (Ice Lake, Zen 4).
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && std::is_x86_feature_detected!("avx512f")
        && std::is_x86_feature_detected!("avx512bw")
        && std::is_x86_feature_detected!("avx512vbmi")
}

impl Level {
    /// The fastest level of this machine.
    #[inline]
    pub fn best() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            if has_avx512() {
                return Level(Isa::Avx512);
            }
            if has_avx2() {
                return Level(Isa::Avx2);
            }
            if std::is_x86_feature_detected!("ssse3") {
                return Level(Isa::Ssse3);
            }
        }
        Level(Isa::Portable)
    }

    /// Every level this machine can run, fastest first; the portable one is always there.
    pub fn available() -> impl Iterator<Item = Level> {
        let levels = [
            #[cfg(target_arch = "x86_64")]
            has_avx512().then_some(Level(Isa::Avx512)),
            #[cfg(target_arch = "x86_64")]
            has_avx2().then_some(Level(Isa::Avx2)),
            #[cfg(target_arch = "x86_64")]
            std::is_x86_feature_detected!("ssse3").then_some(Level(Isa::Ssse3)),
            Some(Level(Isa::Portable)),
        ];
        levels.into_iter().flatten()
    }

    /// `portable`, `ssse3`, `avx2` or `avx512`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Ssse3 => "ssse3",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "avx512",
        }
    }

    /// Fills the masks for `length` bytes of `haystack` from `at` on, at most `64 * BLOCKS`, and for one more block to
    /// look ahead. Bytes beyond the haystack's end are in no class.
    #[inline]
    pub(crate) fn classify(
        self,
        tables: &Tables<'_>,
        haystack: &[u8],
        at: usize,
        length: usize,
        masks: &mut Masks,
    ) {
        let (blocks, literals) = (length.div_ceil(64), tables.literals);
        let rest = haystack.get(at..).unwrap_or_default();
        // A literal that starts in a block may reach two bytes beyond it.
        let whole = (rest.len().saturating_sub(2) / 64).min(blocks + 1);
        masks.has_nul = false;
        self.classify_whole(literals, rest, 0..whole, masks);
        for block in whole..=blocks {
            let tail = rest.get(64 * block..).unwrap_or_default();
            if tail.is_empty() {
                (masks.token[block], masks.digit[block], masks.literal[block]) = (0, 0, 0);
                continue;
            }
            let n = tail.len().min(66);
            // Filled up with a byte that is in no class and in no literal.
            let mut padded = [0xff; 66];
            padded[..n].copy_from_slice(&tail[..n]);
            self.classify_whole(literals, &padded, block..block + 1, masks);
        }
        // The sets let more pass than literals. Told here, one like the other, that costs little.
        for (block, bits) in masks.literal[..blocks].iter_mut().enumerate() {
            let mut left = *bits;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let at = 64 * block + bit as usize;
                let is_literal = rest.get(at..at + 3).is_some_and(|bytes| {
                    may_be_literal(tables.literal_bits, u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
                });
                *bits &= !(u64::from(!is_literal) << bit);
            }
        }
        masks.token[blocks + 1..].fill(0);
        masks.digit[blocks + 1..].fill(0);
        let before = [2, 1].map(|back| at.checked_sub(back).map_or(b' ', |at| haystack[at]));
        if masks.has_nul {
            masks.find_wide(before, &rest[..rest.len().min(64 * (blocks + 1))]);
            masks.has_wide = true;
        } else if masks.has_wide {
            masks.wide = [0; BLOCKS + 1];
            masks.has_wide = false;
        }
        self.find_places(before[1], length, masks);
    }

    /// Which of the text's first 64 bytes are of which kind. Bytes beyond its end are of none.
    #[inline]
    pub fn kinds(self, text: &[u8]) -> Kinds {
        match text.first_chunk() {
            Some(bytes) => self.kinds_of(bytes),
            None => {
                let mut bytes = [0; 64];
                bytes[..text.len()].copy_from_slice(text);
                self.kinds_of(&bytes)
            }
        }
    }

    #[inline]
    fn kinds_of(self, bytes: &[u8; 64]) -> Kinds {
        match self.0 {
            Isa::Portable => {
                let mask = |kind| {
                    let bits = bytes.iter().map(|byte| u64::from(nibbles(&KINDS, *byte) & kind != 0));
                    bits.rev().fold(0, |mask, bit| mask << 1 | bit)
                };
                Kinds {
                    small: mask(SMALL),
                    capital: mask(CAPITAL),
                    digit: mask(DIGIT),
                    backslash: mask(BACKSLASH),
                }
            }
            // SAFETY: the value `Isa::Ssse3` is made only where that feature was detected.
            #[cfg(target_arch = "x86_64")]
            Isa::Ssse3 => unsafe { ssse3::kinds(bytes) },
            // SAFETY: the same with AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { avx2::kinds(bytes) },
            // SAFETY: the same with AVX-512.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { avx512::kinds(bytes) },
        }
    }

    /// Classifies `haystack` into `masks` of the blocks `blocks`, all of them whole and with two more bytes behind.
    #[inline]
    fn classify_whole(
        self,
        literals: &Fingerprints,
        haystack: &[u8],
        blocks: Range<usize>,
        masks: &mut Masks,
    ) {
        assert!(blocks.end <= BLOCKS + 1, "there are more blocks than masks");
        assert!(blocks.is_empty() || haystack.len() >= 64 * blocks.len() + 2, "blocks are not whole");
        match self.0 {
            Isa::Portable => portable(literals, haystack, blocks, masks),
            // SAFETY: the value `Isa::Ssse3` is made only where that feature was detected, and the assertions above are
            // what the function asks of its arguments.
            #[cfg(target_arch = "x86_64")]
            Isa::Ssse3 => unsafe { ssse3::classify(literals, haystack, blocks, masks) },
            // SAFETY: the same with AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { avx2::classify(literals, haystack, blocks, masks) },
            // SAFETY: the same with AVX-512.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { avx512::classify(literals, haystack, blocks, masks) },
        }
    }

    #[inline]
    fn find_places(self, before: u8, length: usize, masks: &mut Masks) {
        match self.0 {
            Isa::Portable => masks.find_places(before, length),
            // SAFETY: the value `Isa::Ssse3` is made only where that feature was detected.
            #[cfg(target_arch = "x86_64")]
            Isa::Ssse3 => unsafe { ssse3::find_places(before, length, masks) },
            // SAFETY: the same with AVX2 and the others.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { avx2::find_places(before, length, masks) },
            // SAFETY: the same with AVX-512 and the others.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { avx512::find_places(before, length, masks) },
        }
    }
}

fn portable(literals: &Fingerprints, haystack: &[u8], blocks: Range<usize>, masks: &mut Masks) {
    for (i, block) in blocks.enumerate() {
        let bytes = &haystack[64 * i..64 * i + 66];
        let (mut token, mut digit, mut literal) = (0, 0, 0);
        for bit in 0..64 {
            let class = nibbles(&CLASSES, bytes[bit]);
            let fingerprint = literals.nibbles.iter().fold(0, |any, tables| {
                any | (0..3).fold(0xff, |sets, k| sets & nibbles(&tables[k], bytes[bit + k]))
            });
            token |= u64::from(class & !NUL != 0) << bit;
            digit |= u64::from(class << DIGIT_SHIFT & NUL != 0) << bit;
            masks.has_nul |= class & NUL != 0;
            literal |= u64::from(fingerprint != 0) << bit;
        }
        (masks.token[block], masks.digit[block], masks.literal[block]) = (token, digit, literal);
    }
}

/// Stamps the kernel for one vector width. The two instruction sets differ in names only.
#[cfg(target_arch = "x86_64")]
macro_rules! kernel {
    ($name:ident, $feature:literal, $vector:ident, $width:literal, $load:ident, $broadcast:expr, $set1:ident, $zero:ident, $and:ident, $or:ident,
     $shift_right:ident, $shift_left:ident, $shuffle:ident, $greater:ident, $equal:ident, $movemask:ident) => {
        mod $name {
            use super::{
                BACKSLASH, CAPITAL, CLASSES, DIGIT, DIGIT_SHIFT, Fingerprints, KINDS, Kinds, Masks, SMALL,
            };
            use std::arch::x86_64::*;
            use std::ops::Range;

            /// Classifies `haystack` into `masks` of the blocks `blocks`.
            ///
            /// # Safety
            ///
            /// The machine has the feature, and `haystack` has at least `64 * blocks.len() + 2` bytes.
            #[target_feature(enable = $feature)]
            pub(super) unsafe fn classify(
                literals: &Fingerprints,
                haystack: &[u8],
                blocks: Range<usize>,
                masks: &mut Masks,
            ) {
                let table = |nibbles: &[u8; 16]| {
                    // SAFETY: an array of 16 bytes is read whole; no alignment is asked.
                    let half = unsafe { _mm_loadu_si128(nibbles.as_ptr().cast()) };
                    $broadcast(half)
                };
                let (class_low, class_high) = (table(&CLASSES.0), table(&CLASSES.1));
                let pair =
                    |n: usize, k: usize| (table(&literals.nibbles[n][k].0), table(&literals.nibbles[n][k].1));
                let sets = [0, 1, 2].map(|n| [pair(n, 0), pair(n, 1), pair(n, 2)]);
                let (nibble, zero) = ($set1(0x0f), $zero());
                let mut classes = zero;
                for (i, block) in blocks.enumerate() {
                    let (mut token, mut digit, mut literal) = (0, 0, 0);
                    for at in (0..64).step_by($width) {
                        let load = |k| {
                            // SAFETY: the caller promises 64 * blocks.len() + 2 bytes; the last of the three vectors ends
                            // at 64 * i + at + 2 + $width <= 64 * (i + 1) + 2.
                            unsafe { $load(haystack.as_ptr().add(64 * i + at + k).cast()) }
                        };
                        let v = [load(0), load(1), load(2)];
                        let h = v.map(|v| $and($shift_right::<4>(v), nibble));
                        let class = $and($shuffle(class_low, v[0]), $shuffle(class_high, h[0]));
                        // NUL is the sign bit, so a class is a token's where it is greater than 0.
                        token |= ($movemask($greater(class, zero)) as u32 as u64) << at;
                        // A vector has no shift of bytes, but what comes from the byte below stays below the highest bit.
                        digit |= ($movemask($shift_left::<DIGIT_SHIFT>(class)) as u32 as u64) << at;
                        classes = $or(classes, class);
                        let (a, b) = (matches(&sets[0], &v, &h), matches(&sets[1], &v, &h));
                        let any = $or($or(a, b), matches(&sets[2], &v, &h));
                        let none = $movemask($equal(any, zero)) as u32 as u64;
                        literal |= (!none & (u64::MAX >> (64 - $width))) << at;
                    }
                    (masks.token[block], masks.digit[block], masks.literal[block]) = (token, digit, literal);
                }
                masks.has_nul |= $movemask(classes) != 0;
            }

            /// The sets in which three vectors of bytes, each one byte behind the one before, and their high nibbles are.
            // A function and no closure, which would be compiled without the feature if it is not inlined.
            #[inline]
            #[target_feature(enable = $feature)]
            fn matches(tables: &[($vector, $vector); 3], v: &[$vector; 3], h: &[$vector; 3]) -> $vector {
                let a = $and($shuffle(tables[0].0, v[0]), $shuffle(tables[0].1, h[0]));
                let b = $and($shuffle(tables[1].0, v[1]), $shuffle(tables[1].1, h[1]));
                let c = $and($shuffle(tables[2].0, v[2]), $shuffle(tables[2].1, h[2]));
                $and($and(a, b), c)
            }

            /// See [`Level::kinds`](super::Level::kinds).
            #[target_feature(enable = $feature)]
            pub(super) fn kinds(bytes: &[u8; 64]) -> Kinds {
                let table = |nibbles: &[u8; 16]| {
                    // SAFETY: an array of 16 bytes is read whole; no alignment is asked.
                    let half = unsafe { _mm_loadu_si128(nibbles.as_ptr().cast()) };
                    $broadcast(half)
                };
                let (low, high) = (table(&KINDS.0), table(&KINDS.1));
                let mut kinds = Kinds::default();
                for at in (0..64).step_by($width) {
                    // SAFETY: `at` is at most 64 - $width, so the load ends within the array.
                    let v = unsafe { $load(bytes.as_ptr().add(at).cast()) };
                    let h = $and($shift_right::<4>(v), $set1(0x0f));
                    let kind = $and($shuffle(low, v), $shuffle(high, h));
                    let mask = |bits: u8| {
                        let none = $movemask($equal($and(kind, $set1(bits as i8)), $zero())) as u32 as u64;
                        (!none & (u64::MAX >> (64 - $width))) << at
                    };
                    kinds.small |= mask(SMALL);
                    kinds.capital |= mask(CAPITAL);
                    kinds.digit |= mask(DIGIT);
                    kinds.backslash |= mask(BACKSLASH);
                }
                kinds
            }

            /// [`Masks::find_places`], compiled for the feature.
            #[target_feature(enable = $feature)]
            pub(super) fn find_places(before: u8, length: usize, masks: &mut Masks) {
                masks.find_places(before, length);
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernel!(
    ssse3,
    "ssse3",
    __m128i,
    16,
    _mm_loadu_si128,
    |half| half,
    _mm_set1_epi8,
    _mm_setzero_si128,
    _mm_and_si128,
    _mm_or_si128,
    _mm_srli_epi16,
    _mm_slli_epi16,
    _mm_shuffle_epi8,
    _mm_cmpgt_epi8,
    _mm_cmpeq_epi8,
    _mm_movemask_epi8
);
#[cfg(target_arch = "x86_64")]
kernel!(
    avx2,
    "avx2,bmi1,bmi2,popcnt,lzcnt",
    __m256i,
    32,
    _mm256_loadu_si256,
    |half| _mm256_broadcastsi128_si256(half),
    _mm256_set1_epi8,
    _mm256_setzero_si256,
    _mm256_and_si256,
    _mm256_or_si256,
    _mm256_srli_epi16,
    _mm256_slli_epi16,
    _mm256_shuffle_epi8,
    _mm256_cmpgt_epi8,
    _mm256_cmpeq_epi8,
    _mm256_movemask_epi8
);

/// The kernel for AVX-512: 64 bytes at once, answers that are masks, and look-ups in tables of 128 bytes, which need no
/// nibbles and let nothing pass that is in no set.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{
        BACKSLASH, CAPITAL, CLASSES, DIGIT, DIGIT_SHIFT, Fingerprints, KINDS, Kinds, Masks, NUL, SMALL,
        nibbles,
    };
    use std::arch::x86_64::*;
    use std::ops::Range;

    /// Nibble tables as a table of the bytes below 0x80.
    const fn by_byte(tables: &([u8; 16], [u8; 16])) -> [u8; 128] {
        let mut table = [0; 128];
        let mut byte = 0;
        while byte < 128 {
            table[byte] = nibbles(tables, byte as u8);
            byte += 1;
        }
        table
    }

    static CLASS_OF: [u8; 128] = by_byte(&CLASSES);
    static KIND_OF: [u8; 128] = by_byte(&KINDS);

    /// A table of 128 bytes, in two vectors.
    type Table = (__m512i, __m512i);

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn table(bytes: &[u8; 128]) -> Table {
        let (first, second) = (bytes.as_ptr(), bytes[64..].as_ptr());
        // SAFETY: 64 bytes are read from the start and from the middle of an array of 128; no alignment is asked.
        unsafe { (_mm512_loadu_si512(first.cast()), _mm512_loadu_si512(second.cast())) }
    }

    // Functions and no closures here and below, which would be compiled without the features if they are not inlined.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn tables(sets: &[[u8; 128]; 3]) -> [Table; 3] {
        [table(&sets[0]), table(&sets[1]), table(&sets[2])]
    }

    /// The sets in which three vectors of bytes, each one byte behind the one before, are.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn matches(tables: &[Table; 3], v: &[__m512i; 3]) -> __m512i {
        let (a, b) = (look_up(tables[0], v[0]), look_up(tables[1], v[1]));
        _mm512_and_si512(_mm512_and_si512(a, b), look_up(tables[2], v[2]))
    }

    /// What a table has for each byte, of which the highest bit does not count.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn look_up(table: Table, bytes: __m512i) -> __m512i {
        _mm512_permutex2var_epi8(table.0, bytes, table.1)
    }

    /// Which bytes have one of these bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn with(bits: u8, bytes: __m512i) -> u64 {
        _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(bits as i8))
    }

    /// Classifies `haystack` into `masks` of the blocks `blocks`.
    ///
    /// # Safety
    ///
    /// The machine has the features, and `haystack` has at least `64 * blocks.len() + 2` bytes.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) unsafe fn classify(
        literals: &Fingerprints,
        haystack: &[u8],
        blocks: Range<usize>,
        masks: &mut Masks,
    ) {
        let classes = table(&CLASS_OF);
        let [a, b, c] = &literals.sets;
        let (a, b, c) = (tables(a), tables(b), tables(c));
        let mut has_nul = 0;
        for (i, block) in blocks.enumerate() {
            let load = |k| {
                // SAFETY: the caller promises 64 * blocks.len() + 2 bytes; the last of the three vectors ends at
                // 64 * i + 2 + 64 = 64 * (i + 1) + 2.
                unsafe { _mm512_loadu_si512(haystack.as_ptr().add(64 * i + k).cast()) }
            };
            let v = [load(0), load(1), load(2)];
            let ascii = !_mm512_movepi8_mask(v[0]);
            let class = look_up(classes, v[0]);
            masks.token[block] = with(!NUL, class) & ascii;
            masks.digit[block] = with(NUL >> DIGIT_SHIFT, class) & ascii;
            has_nul |= with(NUL, class) & ascii;
            let any = _mm512_or_si512(_mm512_or_si512(matches(&a, &v), matches(&b, &v)), matches(&c, &v));
            let all_ascii = !_mm512_movepi8_mask(_mm512_or_si512(_mm512_or_si512(v[0], v[1]), v[2]));
            masks.literal[block] = _mm512_test_epi8_mask(any, any) & all_ascii;
        }
        masks.has_nul |= has_nul != 0;
    }

    /// See [`Level::kinds`](super::Level::kinds).
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn kinds(bytes: &[u8; 64]) -> Kinds {
        // SAFETY: an array of 64 bytes is read whole; no alignment is asked.
        let v = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
        let (kind, ascii) = (look_up(table(&KIND_OF), v), !_mm512_movepi8_mask(v));
        let mask = |bits| with(bits, kind) & ascii;
        Kinds { small: mask(SMALL), capital: mask(CAPITAL), digit: mask(DIGIT), backslash: mask(BACKSLASH) }
    }

    /// [`Masks::find_places`], compiled for the features.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn find_places(before: u8, length: usize, masks: &mut Masks) {
        masks.find_places(before, length);
    }
}
