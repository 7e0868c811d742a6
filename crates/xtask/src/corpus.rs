//! The corpus that the bindings are tested with.

use crate::root;
use crate::test::{cargo, output};
use serde::Deserialize;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// A haystack, in hexadecimal, and what is found in it.
#[derive(Deserialize)]
struct Haystack {
    haystack: String,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    detector: String,
    start: usize,
    end: usize,
    fingerprint: String,
}

/// Writes the corpus to a file below `target`; its path.
pub(crate) fn json() -> Result<PathBuf, String> {
    let path = root().join("target/corpus.json");
    let json = output(cargo().args([
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "scalr-detect",
        "--example",
        "corpus",
    ]))?;
    fs::write(&path, json).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Writes the corpus in lines of words, for languages in which JSON is hard to read: `H HEX` for a haystack, and after it
/// `F DETECTOR START END FINGERPRINT` for each finding in it.
pub(crate) fn lines() -> Result<PathBuf, String> {
    let json = json()?;
    let text = fs::read(&json).map_err(|error| format!("{}: {error}", json.display()))?;
    let haystacks: Vec<Haystack> =
        serde_json::from_slice(&text).map_err(|error| format!("the corpus: {error}"))?;
    let path = json.with_extension("txt");
    fs::write(&path, to_lines(&haystacks)).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn to_lines(haystacks: &[Haystack]) -> String {
    let mut lines = String::new();
    for Haystack { haystack, findings } in haystacks {
        writeln!(lines, "H {haystack}").expect("texts take all");
        for Finding { detector, start, end, fingerprint } in findings {
            writeln!(lines, "F {detector} {start} {end} {fingerprint}").expect("texts take all");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_lines() {
        let json = r#"[
{"name":"empty","haystack":"","findings":[]},
{"name":"two","haystack":"00ff","findings":[{"detector":"a-b","start":0,"end":1,"fingerprint":"0a"},{"detector":"c","start":1,"end":2,"fingerprint":"0b"}]}
]"#;
        let haystacks: Vec<Haystack> = serde_json::from_str(json).unwrap();
        assert_eq!(to_lines(&haystacks), "H \nH 00ff\nF a-b 0 1 0a\nF c 1 2 0b\n");
    }
}
