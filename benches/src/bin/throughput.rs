//! How fast the engine passes over one haystack, beside what it is compared with: `cargo xtask bench [PATH]`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports to people")]
#![forbid(unsafe_code)]

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use scalr_detect::{Input, Scanner};
use scalr_detect_benches::{NAMES, haystack};
use std::ffi::OsString;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "\
usage: throughput [PATH]

Prints GB/s over a file, or over all files of a folder put together in memory (512 MB at most), on one core. Without a
path: over the generated haystacks.";

/// No more than so many bytes are measured.
const MOST: u64 = 512 << 20;
/// So many rounds are made …
const ROUNDS: usize = 7;
/// … and of each piece of so many bytes the best round counts: on a machine with other work to do, a pass over the whole
/// is disturbed in every round, and the longer it takes, the more; but each piece is left alone in one or the other.
const PIECE: usize = 256 << 10;
/// Length of the generated haystacks. They may stay in the last cache, which helps the count of newlines most.
const GENERATED: usize = 16 << 20;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let done = match (arguments.next(), arguments.next()) {
        (None, _) => {
            let passes = Passes::new();
            passes.head();
            for name in NAMES {
                let generated = haystack(name, GENERATED);
                passes.measure(name, &generated.bytes, Some(generated.findings));
            }
            Ok(())
        }
        (Some(path), None) if !path.to_string_lossy().starts_with('-') => read(path).map(|(name, bytes)| {
            let passes = Passes::new();
            passes.head();
            passes.measure(&name, &bytes, None);
        }),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// What passes over a haystack.
struct Passes {
    words: AhoCorasick,
    plain: Scanner,
    decoding: Scanner,
}

impl Passes {
    fn new() -> Passes {
        let words = scalr_detect_catalog::TABLES.words.iter().map(|word| word.text);
        Passes {
            words: AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .ascii_case_insensitive(true)
                .build(words)
                .expect("the context words fit an automaton"),
            plain: Scanner::builder().decoders(false).build().expect("no detector is named"),
            decoding: Scanner::new(),
        }
    }

    fn head(&self) {
        let detectors = scalr_detect::Catalog::builtin().iter().len();
        let words = self.words.patterns_len();
        println!(
            "One core, {detectors} detectors, GB/s, best of {ROUNDS} rounds (and parts of what memchr does)."
        );
        println!(
            "newlines: memchr counts them · words: aho-corasick's DFA finds {words} context words in any case"
        );
        println!("plain: findings without decoders · decoding: findings\n");
        println!(
            "{:24} {:>9} {:>6} {:>13} {:>13} {:>13} {:>9}",
            "", "MB", "newlines", "words", "plain", "decoding", "findings"
        );
    }

    fn measure(&self, name: &str, bytes: &[u8], findings: Option<usize>) {
        let findings = {
            let found = self.decoding.find_iter(bytes).count();
            let stated = findings.unwrap_or(found);
            assert_eq!(found, stated, "{name} has another number of findings than it states");
            found
        };
        // A pass over a piece. The scanner sees the bytes around it, as it would in a search of the whole.
        let passes: [&dyn Fn(Range<usize>) -> usize; 4] = [
            &|piece| memchr::memchr_iter(b'\n', &bytes[piece]).count(),
            &|piece| self.words.find_iter(&bytes[piece]).count(),
            &|piece| self.plain.find_iter(Input::new(bytes).range(piece)).count(),
            &|piece| self.decoding.find_iter(Input::new(bytes).range(piece)).count(),
        ];
        // Round by round over the whole, so that no piece is in a cache only because it was there just before.
        let pieces: Vec<Range<usize>> =
            (0..bytes.len()).step_by(PIECE).map(|start| start..bytes.len().min(start + PIECE)).collect();
        let best = passes.map(|pass| {
            let mut best = vec![f64::INFINITY; pieces.len()];
            for _ in 0..ROUNDS {
                for (piece, best) in pieces.iter().zip(&mut best) {
                    let start = Instant::now();
                    black_box(pass(piece.clone()));
                    *best = best.min(start.elapsed().as_secs_f64());
                }
            }
            best.iter().sum::<f64>()
        });
        let speed = |i: usize| bytes.len() as f64 / best[i] / 1e9;
        let cell = |i: usize| format!("{:.2} ({:.3})", speed(i), best[0] / best[i]);
        println!(
            "{name:24} {:9.1} {:8.1} {:>13} {:>13} {:>13} {:9}",
            bytes.len() as f64 / 1e6,
            speed(0),
            cell(1),
            cell(2),
            cell(3),
            findings,
        );
    }
}

/// Reads a file, or all files under a folder, up to [`MOST`] bytes; with the path's last part as a name.
fn read(path: OsString) -> Result<(String, Vec<u8>), String> {
    let path = PathBuf::from(path);
    let name =
        path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned();
    let mut bytes = Vec::new();
    let mut paths = vec![path.clone()];
    let mut read_one = |path: &Path, paths: &mut Vec<PathBuf>| -> io::Result<()> {
        if fs::metadata(path)?.is_dir() {
            let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
            // In the same order everywhere; the last is taken first.
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
            paths.extend(
                entries.iter().filter(|e| !e.file_type().is_ok_and(|t| t.is_symlink())).map(|e| e.path()),
            );
        } else {
            File::open(path)?.take(MOST - bytes.len() as u64).read_to_end(&mut bytes)?;
        }
        Ok(())
    };
    while let Some(path) = paths.pop() {
        read_one(&path, &mut paths).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if bytes.is_empty() {
        return Err(format!("{}: there is nothing to measure in it", path.display()));
    }
    Ok((name, bytes))
}
