//! Every example of every detector, under the whole catalogue: where one detector is meant to fire, no other may.

use scalr_detect::{Confidence, Custom, Scanner};
use std::path::Path;

/// How many different secrets each template is tried with.
const SEEDS: u64 = 3;

#[test]
fn every_example_is_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scalr-detect-catalog/detectors");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
    }
    let written = Custom::read(files.iter().map(|(name, text)| (&**name, &**text))).unwrap();
    // With the committed tables, not with those that were just compiled.
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    let faults = written.check_examples(&scanner, SEEDS);
    assert!(
        written.entries().len() > 100 && faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
