//! Blocks of 64 bytes to bit masks: the only part of the search that looks at every byte, and the only unsafe code.
//!
//! A set of bytes of the form (some low nibbles) × (some high nibbles) can be tested for sixteen or thirty-two bytes
//! at once: look the low nibble up in one 16-byte table, the high nibble in another, and AND the answers. With one
//! bit per set, one pair of look-ups tests eight sets. That is used twice here:
//!
//! * once with fixed tables for the classes *token byte* (`[0-9A-Za-z_-]`), *digit* and *NUL*;
//! * three times, for a byte and its two successors, with the tables of the literals ([`Fingerprints`]): a place
//!   where all three agree in some bit may be a literal (this is the Teddy algorithm, as known from Hyperscan).
//!
//! Bytes from 0x80 up are in no set: the shuffle instructions answer 0 for them by themselves.

/// What is known of the 64 bytes of a block; bit i speaks of byte i.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Masks {
    /// The byte is one of `[0-9A-Za-z_-]`.
    pub(crate) token: u64,
    /// The byte is one of `[0-9]`.
    pub(crate) digit: u64,
    /// The byte is NUL.
    pub(crate) nul: u64,
    /// A literal's three key bytes may start here.
    pub(crate) literal: u64,
}

/// Nibble tables of the literals' key bytes: `tables[k]` holds, for the k-th key byte, the sets by low nibble and by
/// high nibble. High nibbles from 8 up are always 0.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fingerprints {
    /// `(by low nibble, by high nibble)` for each of the three key bytes.
    pub tables: [([u8; 16], [u8; 16]); 3],
}

const NUL: u8 = 1 << 7;
const DIGIT: u8 = 1 << 1;

/// Nibble tables of the fixed classes: any bit but `NUL` means token byte.
const CLASSES: ([u8; 16], [u8; 16]) = {
    let (mut low, mut high) = ([0u8; 16], [0u8; 16]);
    (high[0], high[2], high[3], high[4], high[5], high[6], high[7]) = (NUL, 1, DIGIT, 4, 8, 4, 16);
    low[0] |= NUL;
    low[0xd] |= 1; // '-' is 0x2d
    let mut nibble = 0;
    while nibble < 16 {
        if nibble <= 9 {
            low[nibble] |= DIGIT;
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
}

impl Level {
    /// The fastest level of this machine.
    #[inline]
    pub fn best() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx2") {
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
            std::is_x86_feature_detected!("avx2").then_some(Level(Isa::Avx2)),
            #[cfg(target_arch = "x86_64")]
            std::is_x86_feature_detected!("ssse3").then_some(Level(Isa::Ssse3)),
            Some(Level(Isa::Portable)),
        ];
        levels.into_iter().flatten()
    }

    /// `portable`, `ssse3` or `avx2`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Ssse3 => "ssse3",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
        }
    }

    /// Fills `out` with the masks of the blocks of `haystack` from `at` on. Blocks beyond its end are empty.
    #[inline]
    pub(crate) fn classify(self, literals: &Fingerprints, haystack: &[u8], at: usize, out: &mut [Masks]) {
        let rest = haystack.get(at..).unwrap_or_default();
        // A literal that starts in a block may reach two bytes beyond it.
        let whole = (rest.len().saturating_sub(2) / 64).min(out.len());
        let (front, back) = out.split_at_mut(whole);
        self.classify_whole(literals, rest, front);
        for (i, out) in back.iter_mut().enumerate() {
            let tail = rest.get(64 * (whole + i)..).unwrap_or_default();
            *out = Masks::default();
            if !tail.is_empty() {
                let mut padded = [0; 66];
                let n = tail.len().min(66);
                padded[..n].copy_from_slice(&tail[..n]);
                self.classify_whole(literals, &padded, std::slice::from_mut(out));
                if n < 64 {
                    out.nul &= (1 << n) - 1;
                }
            }
        }
    }

    /// As [`Level::classify`], for blocks that are whole and have two more bytes behind them.
    #[inline]
    fn classify_whole(self, literals: &Fingerprints, haystack: &[u8], out: &mut [Masks]) {
        assert!(out.is_empty() || haystack.len() >= 64 * out.len() + 2, "blocks are not whole");
        match self.0 {
            Isa::Portable => portable(literals, haystack, out),
            // SAFETY: the value `Isa::Ssse3` is made only where that feature was detected, and the assertion above is
            // what the function asks of its arguments.
            #[cfg(target_arch = "x86_64")]
            Isa::Ssse3 => unsafe { ssse3::classify(literals, haystack, out) },
            // SAFETY: the same with AVX2.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { avx2::classify(literals, haystack, out) },
        }
    }
}

fn portable(literals: &Fingerprints, haystack: &[u8], out: &mut [Masks]) {
    for (i, masks) in out.iter_mut().enumerate() {
        let block = &haystack[64 * i..64 * i + 66];
        *masks = Masks::default();
        for bit in 0..64 {
            let class = nibbles(&CLASSES, block[bit]);
            let fingerprint = (0..3).fold(0xff, |sets, k| sets & nibbles(&literals.tables[k], block[bit + k]));
            masks.token |= u64::from(class & !NUL != 0) << bit;
            masks.digit |= u64::from(class & DIGIT != 0) << bit;
            masks.nul |= u64::from(class & NUL != 0) << bit;
            masks.literal |= u64::from(fingerprint != 0) << bit;
        }
    }
}

/// Stamps the kernel for one vector width. The two instruction sets differ in names only.
#[cfg(target_arch = "x86_64")]
macro_rules! kernel {
    ($name:ident, $feature:literal, $vector:ident, $width:literal, $load:ident, $broadcast:expr, $set1:ident, $zero:ident,
     $and:ident, $shift_right:ident, $shift_left:ident, $shuffle:ident, $greater:ident, $equal:ident, $movemask:ident) => {
        mod $name {
            use super::{CLASSES, Fingerprints, Masks};
            use std::arch::x86_64::*;

            /// Classifies the first `64 * out.len()` bytes of `haystack`.
            ///
            /// # Safety
            ///
            /// The machine has the feature, and `haystack` has at least `64 * out.len() + 2` bytes.
            #[target_feature(enable = $feature)]
            pub(super) unsafe fn classify(literals: &Fingerprints, haystack: &[u8], out: &mut [Masks]) {
                let table = |nibbles: &[u8; 16]| -> $vector {
                    // SAFETY: an array of 16 bytes is read whole; no alignment is asked.
                    let half = unsafe { _mm_loadu_si128(nibbles.as_ptr().cast()) };
                    $broadcast(half)
                };
                let (class_low, class_high) = (table(&CLASSES.0), table(&CLASSES.1));
                let low = [0, 1, 2].map(|k| table(&literals.tables[k].0));
                let high = [0, 1, 2].map(|k| table(&literals.tables[k].1));
                let (nibble, zero) = ($set1(0x0f), $zero());
                for (i, masks) in out.iter_mut().enumerate() {
                    *masks = Masks::default();
                    for at in (0..64).step_by($width) {
                        // SAFETY: the caller promises 64 * out.len() + 2 bytes; the last of the three vectors of this
                        // round ends at 64 * i + at + 2 + $width <= 64 * (i + 1) + 2.
                        let v = [0, 1, 2].map(|k| unsafe { $load(haystack.as_ptr().add(64 * i + at + k).cast()) });
                        let h = v.map(|v| $and($shift_right::<4>(v), nibble));
                        let class = $and($shuffle(class_low, v[0]), $shuffle(class_high, h[0]));
                        // NUL is the sign bit, so a class is a token's where it is greater than 0; the bit of the digits is
                        // shifted into the sign's place.
                        masks.token |= ($movemask($greater(class, zero)) as u32 as u64) << at;
                        masks.nul |= ($movemask(class) as u32 as u64) << at;
                        masks.digit |= ($movemask($shift_left::<6>(class)) as u32 as u64) << at;
                        let [a, b, c] = [0, 1, 2].map(|k| $and($shuffle(low[k], v[k]), $shuffle(high[k], h[k])));
                        let none = $movemask($equal($and($and(a, b), c), zero)) as u32 as u64;
                        masks.literal |= (!none & (u64::MAX >> (64 - $width))) << at;
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernel!(
    ssse3, "ssse3", __m128i, 16, _mm_loadu_si128, |half| half, _mm_set1_epi8, _mm_setzero_si128, _mm_and_si128,
    _mm_srli_epi16, _mm_slli_epi16, _mm_shuffle_epi8, _mm_cmpgt_epi8, _mm_cmpeq_epi8, _mm_movemask_epi8
);
#[cfg(target_arch = "x86_64")]
kernel!(
    avx2, "avx2", __m256i, 32, _mm256_loadu_si256, |half| _mm256_broadcastsi128_si256(half), _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_and_si256, _mm256_srli_epi16, _mm256_slli_epi16, _mm256_shuffle_epi8, _mm256_cmpgt_epi8,
    _mm256_cmpeq_epi8, _mm256_movemask_epi8
);
