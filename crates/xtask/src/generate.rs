//! From detector files to committed tables.

use crate::root;
use scalr_detect_catalog::{Kind, Step};
use scalr_detect_spec::{Catalogue, emit, load};
use std::path::PathBuf;
use std::{fs, io};

fn generated() -> PathBuf {
    root().join("crates/scalr-detect-catalog/src/generated.rs")
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

/// Writes the generated tables.
pub(crate) fn write() -> Result<(), String> {
    let source = emit(&catalogue()?.compiled.tables());
    let path = generated();
    if fs::read_to_string(&path).is_ok_and(|old| old == source) {
        return Ok(());
    }
    fs::write(&path, source).map_err(|error| format!("{}: {error}", path.display()))
}

/// Fails if the committed tables are not what the detector files give.
pub(crate) fn check() -> Result<(), String> {
    let source = emit(&catalogue()?.compiled.tables());
    match fs::read_to_string(generated()) {
        Ok(old) if old == source => Ok(()),
        _ => Err("the generated tables are stale: run cargo xtask generate and commit the result".into()),
    }
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
