//! The bare engine on files, for `bench.mjs` to compare with: a line a file, `NANOSECONDS FINDINGS`, the best round of a search.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use scalr_detect::Scanner;

/// So long a round takes at least, and there are so many.
const ROUND: Duration = Duration::from_millis(100);
const ROUNDS: usize = 7;

fn main() {
    let scanner = Scanner::new();
    for path in std::env::args_os().skip(1) {
        let bytes = std::fs::read(path).expect("the file can be read");
        let findings = scanner.find_iter(&bytes).count();
        let best = (0..ROUNDS).map(|_| {
            let (start, mut calls) = (Instant::now(), 0u32);
            while start.elapsed() < ROUND {
                // The clock is not what is measured.
                for _ in 0..(100_000 / bytes.len()).max(1) {
                    // Of a finding all is read that a binding hands over.
                    for finding in scanner.find_iter(black_box(&bytes)) {
                        black_box((finding.fingerprint(), finding.details(), finding.secret().to_vec()));
                    }
                    calls += 1;
                }
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        });
        println!("{:.1} {findings}", best.fold(f64::INFINITY, f64::min));
    }
}
