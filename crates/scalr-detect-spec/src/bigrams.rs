//! How often three bytes are met in source code: to choose what to look for at every byte.
//!
//! The table holds how often one kind of byte follows another, counted over C, Python and JavaScript by
//! `cargo xtask bigrams`. Three bytes are estimated from their two pairs.

use scalr_detect_catalog::ByteSet;

/// Kinds of byte: each letter, digits, some signs, and all others.
const KINDS: usize = 64;

/// `TABLE[KINDS * a + b]`: eight times the negative binary logarithm of the probability that kind `a` is followed by `b`
/// at a place.
static TABLE: &[u8; KINDS * KINDS] = include_bytes!("bigrams.bin");

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
        b'!'..=b'~' => (62, 22.0),
        _ => (63, 158.0),
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

/// How often a key is met in source code, in places per gigabyte.
pub(crate) fn often(key: &[ByteSet; 3]) -> u64 {
    let pair = |a: usize, b: usize| (-f64::from(TABLE[KINDS * a + b]) / 8.0).exp2();
    let single = |b: usize| (0..KINDS).map(|a| pair(a, b)).sum::<f64>();
    // By kinds of byte; how many bytes of each kind there are in the sets.
    let kinds = |set: &ByteSet| {
        let mut parts = [0.0; KINDS];
        set.iter().map(kind).for_each(|(kind, bytes)| parts[kind] += 1.0 / bytes);
        let all = parts.into_iter().enumerate().filter(|(_, part)| *part > 0.0);
        all.collect::<Vec<(usize, f64)>>()
    };
    let [first, second, third] = [0, 1, 2].map(|i| kinds(&key[i]));
    let middle = |(b, part): &(usize, f64)| {
        let before: f64 = first.iter().map(|(a, part)| part * pair(*a, *b)).sum();
        let behind: f64 = third.iter().map(|(c, part)| part * pair(*b, *c)).sum();
        part * before * behind / single(*b)
    };
    (second.iter().map(middle).sum::<f64>() * 1e9) as u64
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
