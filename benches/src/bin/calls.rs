//! How long a search of each of some files takes in Rust, for the benchmarks of the bindings to compare with.
//!
//! `calls FILE…` prints an object in JSON for each: its name, the number of findings, and the seconds of a call, the best of
//! many. A call is what a binding does: all findings, with everything that is known of them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports to people")]
#![forbid(unsafe_code)]

use scalr_detect::Scanner;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// So many rounds are made, of which the best counts …
const ROUNDS: usize = 25;
/// … and each is of so many calls as take this long, in seconds.
const ROUND: f64 = 0.01;

fn main() -> ExitCode {
    let scanner = Scanner::new();
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let search = || {
            let found = scanner.find_iter(&bytes).map(|found| {
                black_box((
                    found.details(),
                    found.fingerprint(),
                    found.secret().to_vec(),
                    found.decoded_by().to_vec(),
                ));
            });
            found.count()
        };
        let findings = search();
        let round = |calls: usize| {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(search());
            }
            start.elapsed().as_secs_f64() / calls as f64
        };
        let calls = ((ROUND / round(3)) as usize).max(1);
        let best = (0..ROUNDS).map(|_| round(calls)).fold(f64::INFINITY, f64::min);
        println!(r#"{{"path":"{path}","findings":{findings},"seconds":{best:e}}}"#);
    }
    ExitCode::SUCCESS
}
