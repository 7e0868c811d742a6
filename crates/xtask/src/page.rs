//! The script of the HTML report, tested by Node in a document that is like a browser's.

use crate::node;
use crate::root;
use crate::test::{cargo, run_quietly};
use std::fs;
use std::process::Command;

/// Runs every test of the script; how many passed.
pub(crate) fn test() -> Result<usize, String> {
    let folder = root().join("crates/scalr-detect-report/tests/page");
    node::check_node()?;
    node::install(&folder)?;
    let pages = root().join("target/pages");
    fs::create_dir_all(&pages).map_err(|error| format!("{}: {error}", pages.display()))?;
    // A test in Rust writes them.
    let mut write = cargo();
    write.args(["test", "--locked", "--package", "scalr-detect-report", "--test", "forms", "pages"]);
    run_quietly(write.env("SCALR_DETECT_PAGES", &pages))?;
    let mut tests = Command::new("node");
    node::run_tests(tests.current_dir(&folder).env("SCALR_DETECT_PAGES", &pages), &["page.test.mjs".into()])
}
