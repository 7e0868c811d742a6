//! The loops of `bench/overhead.c` in Rust, without the C interface: what a call through it is compared with.

#![allow(missing_docs, reason = "called from C, by the benchmark alone")]

use engine::Scanner;
use std::hint::black_box;
use std::slice;

/// Asks `rounds` times whether there is a secret; how many times there was.
///
/// # Safety
///
/// `data` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn baseline_is_match(data: *const u8, len: usize, rounds: usize) -> usize {
    // SAFETY: the caller promises it.
    let data = unsafe { slice::from_raw_parts(data, len) };
    let scanner = black_box(Scanner::new());
    (0..rounds).filter(|_| scanner.is_match(black_box(data))).count()
}

/// Finds `rounds` times, and takes from each finding what a C finding has in it; how many were found.
///
/// # Safety
///
/// `data` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn baseline_scan(data: *const u8, len: usize, rounds: usize) -> usize {
    // SAFETY: the caller promises it.
    let data = unsafe { slice::from_raw_parts(data, len) };
    let scanner = black_box(Scanner::new());
    let mut found = 0;
    for _ in 0..rounds {
        for finding in scanner.find_iter(black_box(data)) {
            black_box((finding.detector(), finding.secret_span(), finding.span(), finding.position()));
            black_box((finding.confidence(), finding.decoded_by(), finding.fingerprint()));
            found += 1;
        }
    }
    found
}

/// Redacts `rounds` times into a copy; how many bytes came out.
///
/// # Safety
///
/// `data` points at `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn baseline_redact(data: *const u8, len: usize, rounds: usize) -> usize {
    // SAFETY: the caller promises it.
    let data = unsafe { slice::from_raw_parts(data, len) };
    let scanner = black_box(Scanner::new());
    (0..rounds).map(|_| black_box(scanner.redact(black_box(data)).into_owned()).len()).sum()
}
