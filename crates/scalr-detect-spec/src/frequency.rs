//! How often three bytes are met in source code: to choose what to look for at every byte.
//!
//! Counted over C, Python and JavaScript by `cargo xtask frequencies`: how often one kind of byte follows another, and the
//! commonest threes. Other threes are estimated from their two pairs, which knows nothing of words (`base` makes `bas` far
//! commoner than `ba` and `as` do), but is right enough for what is rare.

use scalr_detect_catalog::ByteSet;
use std::sync::OnceLock;

/// Kinds of byte: each letter, digits, some signs, and all others.
const KINDS: usize = 67;

/// `TABLE[KINDS * a + b]`: eight times the negative binary logarithm of the probability that kind `a` is followed by `b`
/// at a place.
static TABLE: &[u8; KINDS * KINDS] = include_bytes!("bigrams.bin");

/// The commonest threes, in the order of their kinds, which are the first three bytes; the fourth is eight times the negative
/// binary logarithm of how often they are met.
static THREES: &[u8; 4 * MOST] = include_bytes!("trigrams.bin");

/// How many threes are listed.
const MOST: usize = 4096;

/// The kind of a byte, and how many bytes are of it.
fn kind(byte: u8) -> (usize, f64) {
    match byte {
        b'a'..=b'z' => (usize::from(byte - b'a'), 1.0),
        b'A'..=b'Z' => (usize::from(byte - b'A') + 26, 1.0),
        b'0'..=b'9' => (52, 10.0),
        b'_' => (53, 1.0),
        b'-' => (54, 1.0),
        b'.' => (55, 1.0),
        b'/' => (56, 1.0),
        b':' => (57, 1.0),
        b'=' => (58, 1.0),
        b'"' => (59, 1.0),
        b' ' => (60, 1.0),
        b'\n' | b'\t' => (61, 2.0),
        b'(' => (62, 1.0),
        b')' => (63, 1.0),
        b',' => (64, 1.0),
        b'!'..=b'~' => (65, 19.0),
        _ => (66, 158.0),
    }
}

/// Counts the pairs in a text into the form of the table.
pub fn count_bigrams(texts: &[Vec<u8>]) -> Vec<u8> {
    // Each text counts the same, however long.
    let mut parts = vec![0.0; KINDS * KINDS];
    for text in texts {
        let mut counts = vec![0u64; KINDS * KINDS];
        text.windows(2).for_each(|pair| counts[KINDS * kind(pair[0]).0 + kind(pair[1]).0] += 1);
        let all = counts.iter().sum::<u64>() as f64 + 1.0;
        parts.iter_mut().zip(counts).for_each(|(part, count)| *part += (count as f64 + 0.5) / all);
    }
    let bits = |part: &f64| -(part / texts.len().max(1) as f64).log2() * 8.0;
    parts.iter().map(|part| bits(part).round().clamp(0.0, 255.0) as u8).collect()
}

/// Counts the commonest threes in a text into the form of the table.
pub fn count_trigrams(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = vec![0.0; KINDS * KINDS * KINDS];
    for text in texts {
        let mut counts = vec![0u64; parts.len()];
        let kinds = |three: &[u8]| three.iter().fold(0, |at, byte| KINDS * at + kind(*byte).0);
        text.windows(3).for_each(|three| counts[kinds(three)] += 1);
        let all = counts.iter().sum::<u64>() as f64 + 1.0;
        parts.iter_mut().zip(counts).for_each(|(part, count)| *part += count as f64 / all);
    }
    let mut common: Vec<usize> = (0..parts.len()).collect();
    common.sort_by(|a, b| parts[*b].total_cmp(&parts[*a]));
    common.truncate(MOST);
    common.sort_unstable();
    let bits =
        |at: usize| (-(parts[at] / texts.len().max(1) as f64).log2() * 8.0).round().clamp(0.0, 255.0) as u8;
    let entry =
        |at: usize| [(at / KINDS / KINDS) as u8, (at / KINDS % KINDS) as u8, (at % KINDS) as u8, bits(at)];
    common.into_iter().flat_map(entry).collect()
}

/// How often each three kinds are met, a part of all places.
fn table() -> &'static [f32] {
    static ALL: OnceLock<Vec<f32>> = OnceLock::new();
    ALL.get_or_init(|| {
        let part = |bits: u8| (-f32::from(bits) / 8.0).exp2();
        let pairs: Vec<f32> = TABLE.iter().map(|bits| part(*bits)).collect();
        let single = |b: usize| (0..KINDS).map(|a| pairs[KINDS * a + b]).sum::<f32>();
        let singles: Vec<f32> = (0..KINDS).map(single).collect();
        let (threes, _) = THREES.as_chunks::<4>();
        // What is not listed is no commoner than what is.
        let rarest = part(threes.iter().map(|three| three[3]).max().unwrap_or(0));
        let mut all = Vec::with_capacity(KINDS * KINDS * KINDS);
        for a in 0..KINDS {
            for b in 0..KINDS {
                let estimate =
                    |c: usize| (pairs[KINDS * a + b] * pairs[KINDS * b + c] / singles[b]).min(rarest);
                all.extend((0..KINDS).map(estimate));
            }
        }
        for [a, b, c, bits] in threes {
            let [a, b, c] = [*a, *b, *c].map(usize::from);
            all[(a * KINDS + b) * KINDS + c] = part(*bits);
        }
        all
    })
}

/// How often a key is met in source code, in places per gigabyte.
pub(crate) fn often(key: &[ByteSet; 3]) -> u64 {
    let table = table();
    // By kinds of byte; how many bytes of each kind there are in the sets.
    let kinds = |set: &ByteSet| {
        let mut parts = [0.0; KINDS];
        set.iter().map(kind).for_each(|(kind, bytes)| parts[kind] += 1.0 / bytes as f32);
        let all = parts.into_iter().enumerate().filter(|(_, part)| *part > 0.0);
        all.collect::<Vec<(usize, f32)>>()
    };
    let [first, second, third] = [0, 1, 2].map(|i| kinds(&key[i]));
    let mut often = 0.0;
    for (a, a_part) in &first {
        for (b, b_part) in &second {
            let row = &table[(a * KINDS + b) * KINDS..][..KINDS];
            often += a_part * b_part * third.iter().map(|(c, part)| part * row[*c]).sum::<f32>();
        }
    }
    (f64::from(often) * 1e9) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_common() {
        let often =
            |key: &str| often(&<[u8; 3]>::try_from(key.as_bytes()).unwrap().map(|b| ByteSet::of([b])));
        // In places per gigabyte.
        assert!((50_000..10_000_000).contains(&often("int")), "{}", often("int"));
        assert!(often("str") > 20 * often("psc"), "{} {}", often("str"), often("psc"));
        assert!(often("key") > 20 * often("8Q~") && often("://") > often("8Q~"));
        // As in `base`, and in `classic`.
        assert!(often("bas") > 3 * often("sic"), "{} {}", often("bas"), often("sic"));
    }

    #[test]
    fn counted_pairs_are_in_the_table_s_form() {
        let table = count_bigrams(&[b"abababab".to_vec()]);
        assert_eq!(table.len(), TABLE.len());
        // Four of eight pairs are `ab`, three `ba`; half a pair is added to each.
        assert_eq!((table[1], table[KINDS]), (7, 10));
        assert!(table[2] > table[1]);
    }
}
