//! From detector files to committed tables.

use crate::pages::pages;
use crate::root;
use scalr_detect_catalog::{Detector, Kind, Step};
use scalr_detect_spec::{Catalogue, count_bigrams, count_trigrams, emit, emit_exchanges, load};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn generated() -> PathBuf {
    root().join("crates/scalr-detect-catalog/src/generated.rs")
}

/// What verifies and revokes; in another crate, so that what only finds secrets stays as small as it is.
fn exchanges() -> PathBuf {
    root().join("crates/scalr-detect-respond/src/generated.rs")
}

fn docs() -> PathBuf {
    root().join("docs/detectors")
}

/// Reads and compiles every detector file.
fn catalogue() -> Result<Catalogue, String> {
    let folder = root().join("crates/scalr-detect-catalog/detectors");
    let read = || -> io::Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.push((name, fs::read_to_string(&path)?));
            }
        }
        files.sort();
        Ok(files)
    };
    let files = read().map_err(|error| format!("{}: {error}", folder.display()))?;
    load(files.iter().map(|(name, text)| (&**name, &**text)))
        .map_err(|errors| errors.iter().map(|error| format!("{error}\n")).collect())
}

/// What is generated, by path.
fn outputs(catalogue: &Catalogue) -> Result<Vec<(PathBuf, String)>, String> {
    let mut outputs = vec![
        (generated(), emit(&catalogue.compiled.tables())),
        (exchanges(), emit_exchanges(&catalogue.entries)?),
    ];
    outputs.extend(pages(catalogue).into_iter().map(|(name, text)| (docs().join(name), text)));
    Ok(outputs)
}

/// Generated pages that are there and should not be.
fn leftovers(outputs: &[(PathBuf, String)]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(docs()) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| outputs.iter().all(|(output, _)| output != path)).collect()
}

/// Writes the generated files.
pub(crate) fn write() -> Result<(), String> {
    let said = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let outputs = outputs(&catalogue()?)?;
    fs::create_dir_all(docs()).map_err(|error| said(&docs(), &error))?;
    for path in leftovers(&outputs) {
        fs::remove_file(&path).map_err(|error| said(&path, &error))?;
    }
    for (path, text) in outputs {
        if !fs::read_to_string(&path).is_ok_and(|old| old == text) {
            fs::write(&path, text).map_err(|error| said(&path, &error))?;
        }
    }
    Ok(())
}

/// Fails if the committed files are not what the detector files give.
pub(crate) fn check() -> Result<(), String> {
    let outputs = outputs(&catalogue()?)?;
    let is_fresh = |(path, text): &(PathBuf, String)| fs::read_to_string(path).is_ok_and(|old| old == *text);
    if leftovers(&outputs).is_empty() && outputs.iter().all(is_fresh) {
        return Ok(());
    }
    Err("generated files are stale: run cargo xtask generate and commit the result".into())
}

/// Counts pairs and threes of bytes in files of source code and writes the tables.
pub(crate) fn frequencies(files: &[&str]) -> Result<(), String> {
    let read = |path: &&str| fs::read(path).map_err(|error| format!("{path}: {error}"));
    let texts = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let tables = [("bigrams.bin", count_bigrams(&texts)), ("trigrams.bin", count_trigrams(&texts))];
    tables.into_iter().try_for_each(|(name, table)| {
        let path = root().join("crates/scalr-detect-spec/src").join(name);
        fs::write(&path, table).map_err(|error| format!("{}: {error}", path.display()))
    })
}

/// Prints what there is.
pub(crate) fn stats() -> Result<(), String> {
    let catalogue = catalogue()?;
    let tables = catalogue.compiled.tables();
    println!("{:5} detectors", tables.detectors.len());
    for kind in Kind::ALL {
        let count = tables.detectors.iter().filter(|detector| detector.kind == kind).count();
        println!("{count:5}   {kind}");
    }
    let checked = tables.detectors.iter().filter(|detector| detector.check.is_some()).count();
    println!("{checked:5} with an offline check");
    let examples: usize = catalogue.entries.iter().map(|entry| entry.hit.len() + entry.miss.len()).sum();
    println!("{examples:5} examples");
    println!("{:5} anchors, {} keys", tables.anchor_routes.len(), tables.anchors.entries.len());
    let sizes = [
        size_of_val(tables.detectors),
        tables.detectors.iter().map(text_len).sum(),
        size_of_val(tables.patterns) + size_of_val(tables.routes) + size_of_val(tables.anchor_routes),
        size_of_val(tables.steps)
            + size_of_val(tables.branches)
            + size_of_val(tables.sets)
            + tables.bytes.len(),
        size_of_val(tables.anchors.bits) + size_of_val(tables.anchors.buckets),
        size_of_val(tables.anchors.entries),
        size_of_val(tables.bare) + size_of_val(tables.bare_lengths) + size_of_val(tables.bare_alone),
        size_of_val(tables.words) + size_of_val(tables.word_heads) + size_of_val(tables.word_bits),
        size_of_val(tables.near)
            + size_of_val(tables.word_bare)
            + size_of_val(tables.wholes)
            + size_of_val(tables.parts),
    ];
    println!("{:5} KiB of tables, texts included", sizes.iter().sum::<usize>() / 1024);
    println!("{:5} bare patterns, {} words", tables.bare.len(), tables.words.len());
    let retry = |step: &&Step| matches!(step, Step::Class { retry: true, .. });
    println!(
        "{:5} steps, {} of which may retry",
        tables.steps.len(),
        tables.steps.iter().filter(retry).count()
    );
    println!("\nSearched for anywhere:");
    for (index, detector) in tables.detectors.iter().enumerate() {
        for found_by in catalogue.compiled.found_by(index) {
            if found_by.ends_with("anywhere") {
                println!("  {:40} {found_by}", detector.id);
            }
        }
    }
    Ok(())
}

/// The bytes of a detector's texts. Those that detectors share are counted again.
fn text_len(detector: &Detector) -> usize {
    let d = detector;
    let lists = [d.aliases, d.parts, d.references].concat();
    [d.id, d.name, d.provider, d.impact, d.remediation].iter().chain(&lists).map(|text| text.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_a_reason_and_is_not_there() {
        let text = fs::read_to_string(root().join("crates/scalr-detect-catalog/left-out.tsv")).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("id\treason"));
        let rows: Vec<(&str, &str)> = lines.map(|line| line.split_once('\t').expect("two columns")).collect();
        assert!(rows.is_sorted_by(|a, b| a.0 < b.0), "sorted by id, each once");
        let catalogue = catalogue().unwrap();
        for (id, reason) in rows {
            assert!(!reason.trim().is_empty() && !reason.contains('\t'), "{id}: no reason");
            let is_there = |d: &Detector| d.id == id || d.aliases.contains(&id);
            assert!(!catalogue.compiled.tables().detectors.iter().any(is_there), "{id} is in the catalogue");
        }
    }
}
