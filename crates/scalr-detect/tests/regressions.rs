//! What fuzzing once found stays mended: the checks of the fuzz targets over the files of `fuzz/regressions`, and over the
//! catalogue's examples, which no fuzzer would come up with.

#![expect(clippy::print_stdout, reason = "the name of what is tried, shown if it fails")]
#![expect(unreachable_pub, reason = "the checks are public where they are fuzzed")]

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use scalr_detect_spec::{parse, template};
use std::fs;
use std::path::{Path, PathBuf};

type Check = fn(&[u8]);
const CHECKS: [(&str, Check); 4] =
    [("find", fuzz::find), ("stream", fuzz::stream), ("redact", fuzz::redact), ("spec", fuzz::spec)];

/// The files of a folder, by name.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Every example of the catalogue, expanded, each by detector and number.
fn examples() -> Vec<(String, Vec<u8>)> {
    let mut examples = Vec::new();
    for path in files("crates/scalr-detect-catalog/detectors") {
        let file = parse("", &fs::read_to_string(path).unwrap()).unwrap();
        for entry in file.detectors {
            let texts = entry.hit.iter().chain(entry.miss.iter().map(|miss| &miss.text));
            let texts = texts.map(|text| template::expand(text, 1).unwrap().text);
            examples.extend(texts.enumerate().map(|(i, text)| (format!("{}-{i}", entry.id), text)));
        }
    }
    assert!(examples.len() > 100);
    examples
}

#[test]
fn inputs_that_once_broke_something() {
    let files = files("fuzz/regressions");
    assert!(files.iter().any(|path| path.ends_with("README.md")), "the folder is another one");
    for path in files {
        let mut data = fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "template") {
            data = template::expand(&String::from_utf8(data).unwrap(), 1).unwrap().text;
        }
        for (name, check) in CHECKS {
            println!("{name}: {}", path.display());
            check(&data);
        }
    }
}

#[test]
fn small_and_odd_inputs() {
    let odd: [&[u8]; 9] = [b"", b"\0", b"\n", b"\xff\xfe", b"ghp_", b"%", b"\\u00", &[b'A'; 300], &[0; 300]];
    for data in odd {
        for (_, check) in CHECKS {
            check(data);
        }
    }
}

#[test]
fn examples_of_the_catalogue() {
    for (name, data) in examples() {
        println!("{name}");
        fuzz::find(&data);
        fuzz::redact(&data);
    }
    // Streams take longer; what is cut differs from one to the next all the same.
    for (name, data) in examples().iter().step_by(16) {
        println!("{name}");
        fuzz::stream(data);
    }
    // A corpus to start fuzzing from.
    if let Some(folder) = std::env::var_os("CORPUS") {
        for (name, data) in examples() {
            fs::write(Path::new(&folder).join(name), data).unwrap();
        }
    }
}
