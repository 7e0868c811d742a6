//! What is allocated: nothing for a scanner, nothing to find what is not encoded, and for a stream an amount that does
//! not depend on its length.

mod common;

use allocation_counter::{AllocationInfo, measure};
use common::{expand, hits};
use scalr_detect::{Catalog, Input, Scanner};
use std::hint::black_box;
use std::io::Read;
use std::ops::ControlFlow;

/// A scanner is a constant, and can be one that all threads share.
const CONSTANT: Scanner = Scanner::new();
static SCANNER: Scanner = Scanner::new();

#[test]
fn a_scanner_is_made_of_nothing() {
    assert_eq!(measure(|| drop(black_box(Scanner::new()))).count_total, 0);
    assert_eq!(measure(|| drop(black_box(Scanner::default().clone()))).count_total, 0);
    assert_eq!(measure(|| assert!(!CONSTANT.is_match("nothing"))).count_total, 0);
    assert_eq!(measure(|| assert!(!SCANNER.is_match("nothing"))).count_total, 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
    let restricted = measure(|| drop(black_box(Scanner::builder().only(["jwt"]).build())));
    assert!(restricted.count_total > 0);
}

/// Looks at all that findings say without making text of it.
fn look(scanner: &Scanner, haystack: &[u8]) -> AllocationInfo {
    measure(|| {
        for found in scanner.find_iter(Input::new(haystack)) {
            black_box((
                found.detector().id,
                found.span(),
                found.secret_span(),
                found.secret(),
                found.decoded_by(),
            ));
            black_box((found.confidence(), found.reason(), found.position(), found.end_position()));
            black_box((found.fingerprint(), found.surroundings(10, 10), found.masked()));
        }
        black_box(scanner.is_match(haystack));
    })
}

/// Texts with one finding each that is not encoded: the examples of detectors without a check, which may decode, and
/// without escapes and URLs.
fn plain_texts() -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for (seed, (id, hit)) in hits().iter().enumerate() {
        let (text, _) = expand(hit, seed as u64);
        let checked = Catalog::builtin().get(id).unwrap().check.is_some();
        // JSON web tokens are decoded to be judged.
        let checked = checked || text.windows(3).any(|bytes| bytes == b"eyJ");
        let escapes = text.iter().any(|byte| matches!(byte, b'%' | b'\\')) || hit.contains("://");
        let mut found = SCANNER.find_iter(&text);
        if !checked && !escapes && found.next().is_some_and(|found| found.decoded_by().is_empty()) {
            texts.push(text);
        }
    }
    assert!(texts.len() > 200, "{}", texts.len());
    texts
}

#[test]
fn finding_what_is_plain_allocates_nothing() {
    let without = Scanner::builder().decoders(false).build().unwrap();
    let code =
        b"\nfn main() { let total = items.iter().map(|item| item.price * item.count).sum::<u64>(); }\n";
    let (mut all, mut decoding, mut judged) = (code.to_vec(), 0, 0);
    let texts = plain_texts();
    for text in &texts {
        // A value that looks like one of a kind that is decoded to be judged.
        if look(&without, text).count_total > 0 {
            judged += 1;
            continue;
        }
        match look(&SCANNER, text).count_total {
            0 => all.extend([text, &code[..]].concat()),
            // A random value that begins as encoded text does: decoded by one or both of the two searches.
            n if n < 40 => decoding += 1,
            n => panic!("{n} allocations: {}", text.escape_ascii()),
        }
    }
    assert!(decoding < texts.len() / 20 && judged < texts.len() / 50, "{decoding} {judged}");
    assert_eq!(look(&SCANNER, &all).count_total, 0);
    assert!(SCANNER.find_iter(&all).count() > 200);
}

#[test]
fn crowds_of_findings_allocate_little() {
    // One beside the other, so that many wait at once for a better one; at most as many as fit in a window.
    let text = expand(&"glpat-{base62:20} ".repeat(2000), 1).0;
    assert!(SCANNER.find_iter(&text).count() > 1900);
    let allocated = look(&SCANNER, &text);
    assert!(allocated.count_total < 20 && allocated.bytes_max < 1 << 16, "{allocated:?}");
}

/// Repeats a text up to a length.
struct Repeated<'t> {
    text: &'t [u8],
    at: usize,
    length: usize,
}

impl Read for Repeated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = buffer.len().min(self.length - self.at);
        for byte in &mut buffer[..n] {
            *byte = self.text[self.at % self.text.len()];
            self.at += 1;
        }
        Ok(n)
    }
}

#[test]
fn streams_take_bounded_memory() {
    let text =
        expand("let key = \"AKIA{base32:16}\"; // of production\n{b64:key: AKIA{base32:16} and more}\n", 1).0;
    let scan = |length| {
        let mut count = 0;
        let allocated = measure(|| {
            let reader = Repeated { text: &text, at: 0, length };
            let result = SCANNER.scan_reader(reader, |_| {
                count += 1;
                ControlFlow::Continue(())
            });
            result.unwrap();
        });
        (count, allocated)
    };
    let (few, small) = scan(1 << 20);
    let (many, large) = scan(4 << 20);
    assert!(few > 1000 && many > 3 * few, "{few} {many}");
    assert!(small.bytes_max < 1 << 20 && large.bytes_max < 1 << 20, "{small:?} {large:?}");
    assert_eq!((small.count_current, large.count_current), (0, 0));
}

#[test]
fn redactors_take_bounded_memory() {
    let text = expand("let key = \"AKIA{base32:16}\"; // of production\n", 1).0;
    for (portion, length) in [(1, 1 << 16), (1000, 1 << 21), (3 << 20, 3 << 20)] {
        let mut haystack = vec![0; length];
        Repeated { text: &text, at: 0, length }.read_exact(&mut haystack).unwrap();
        let mut longest = 0;
        let allocated = measure(|| {
            let mut redactor = SCANNER.redactor();
            for portion in haystack.chunks(portion) {
                longest = longest.max(redactor.push(portion).capacity());
            }
            longest = longest.max(redactor.finish().capacity());
        });
        // What it gives back is the caller's, and is copied when it grows.
        assert!(allocated.bytes_max < (1 << 20) + 2 * longest as u64, "{portion}: {allocated:?}, {longest}");
    }
    // A line that does not end, and a key that does not.
    for start in [&b""[..], b"-----BEGIN RSA PRIVATE KEY-----\n", b"\\u0041"] {
        let allocated = measure(|| {
            let mut redactor = SCANNER.redactor();
            redactor.push(start);
            for _ in 0..200 {
                redactor.push(&[b'x'; 5000]);
            }
        });
        assert!(allocated.bytes_max < 1 << 20, "{start:?}: {allocated:?}");
    }
}
