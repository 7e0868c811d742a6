//! The table of rarities: how often a character follows two others.

use scalr_detect_generic::rarity::{LEN, START, SYMBOLS, symbol};
use std::path::{Path, PathBuf};

/// Counts `files` and writes the table to `out`.
pub(crate) fn train(out: &Path, files: &[PathBuf]) -> Result<String, String> {
    let mut three = vec![0u64; LEN];
    for file in files {
        let text = std::fs::read(file).map_err(|error| format!("{}: {error}\n", file.display()))?;
        // Strings start at words, and there the two characters before are unknown.
        let (mut a, mut b) = (START, START);
        for byte in text {
            let c = if matches!(byte, b'\n' | b'\t' | b'"' | b'\'' | b'=' | b'(' | b',') {
                START
            } else {
                symbol(byte)
            };
            if c == START {
                (a, b) = (START, START);
                continue;
            }
            three[(a * SYMBOLS + b) * SYMBOLS + c] += 1;
            (a, b) = (b, c);
        }
    }
    let sum = |from: usize, step: usize, n: usize| -> u64 { (0..n).map(|i| three[from + i * step]).sum() };
    let one: Vec<u64> = (0..SYMBOLS).map(|c| sum(c, SYMBOLS, SYMBOLS * SYMBOLS)).collect();
    let all: u64 = one.iter().sum();
    let mut table = Vec::with_capacity(LEN);
    for a in 0..SYMBOLS {
        for b in 0..SYMBOLS {
            let after = sum((a * SYMBOLS + b) * SYMBOLS, 1, SYMBOLS);
            let two: Vec<u64> =
                (0..SYMBOLS).map(|c| sum(b * SYMBOLS + c, SYMBOLS * SYMBOLS, SYMBOLS)).collect();
            let after_one: u64 = two.iter().sum();
            for c in 0..SYMBOLS {
                // What is rarely counted leans on shorter histories.
                let p1 = (one[c] as f64 + 1.0) / (all as f64 + SYMBOLS as f64);
                let p2 = (two[c] as f64 + 50.0 * p1) / (after_one as f64 + 50.0);
                let count = three[(a * SYMBOLS + b) * SYMBOLS + c];
                let p3 = (count as f64 + 50.0 * p2) / (after as f64 + 50.0);
                table.push((-p3.log2() * 8.0).round().clamp(0.0, 255.0) as u8);
            }
        }
    }
    std::fs::write(out, &table).map_err(|error| format!("{}: {error}\n", out.display()))?;
    Ok(format!("{all} characters of {} files\n", files.len()))
}
