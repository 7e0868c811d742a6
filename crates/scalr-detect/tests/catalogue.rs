//! Every example of every detector, under the whole catalogue: where one detector is meant to fire, no other may.

use scalr_detect::{Confidence, Scanner};
use scalr_detect_spec::{Entry, File, parse, template};
use std::path::Path;

/// How many different secrets each template is tried with.
const SEEDS: u64 = 3;

fn entries() -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scalr-detect-catalog/detectors");
    let mut files: Vec<File> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        files.push(parse(&path.to_string_lossy(), &text).unwrap_or_else(|error| panic!("{error}")));
    }
    let mut entries: Vec<Entry> = files.into_iter().flat_map(|file| file.detectors).collect();
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    entries
}

fn scanner() -> Scanner {
    Scanner::builder().min_confidence(Confidence::Low).build().unwrap()
}

#[test]
fn hits_are_found_by_their_detector_alone() {
    let (scanner, mut faults) = (scanner(), Vec::new());
    for entry in entries() {
        for (index, hit) in entry.hit.iter().enumerate() {
            for seed in 0..SEEDS {
                let expanded = template::expand(hit, seed).unwrap();
                let found: Vec<_> = scanner.find_iter(&expanded.text).collect();
                let right = |f: &scalr_detect::Finding<'_, '_>| {
                    f.detector().id == entry.id && Some(f.secret_span()) == expanded.secret
                };
                if found.len() != 1 || !right(&found[0]) {
                    let text = String::from_utf8_lossy(&expanded.text);
                    let found: Vec<String> =
                        found.iter().map(|f| format!("{} {:?}", f.detector().id, f.secret_span())).collect();
                    let marked = &expanded.secret;
                    faults.push(format!(
                        "{} hit {index}: marked {marked:?}, found {found:?}\n    {text:?}",
                        entry.id
                    ));
                    break;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn misses_are_not_found() {
    let (scanner, mut faults) = (scanner(), Vec::new());
    for entry in entries() {
        for miss in &entry.miss {
            for seed in 0..SEEDS {
                let text = template::expand(&miss.text, seed).unwrap().text;
                if scanner.find_iter(&text).any(|found| found.detector().id == entry.id) {
                    let text = String::from_utf8_lossy(&text);
                    faults.push(format!("{} is found though {:?}\n    {text:?}", entry.id, miss.why));
                    break;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
