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
    // It writes the pages.
    run_quietly(cargo().args([
        "test",
        "--locked",
        "--package",
        "scalr-detect-report",
        "--test",
        "forms",
        "pages",
    ]))?;
    let pages = root().join("target/tmp");
    node::run_tests(
        Command::new("node").current_dir(&folder).env("SCALR_DETECT_PAGES", pages),
        &["page.test.mjs".into()],
    )
}
