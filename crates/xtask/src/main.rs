//! Development tasks: `cargo xtask <task>`. Run it without a task for the list.

mod generate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <task>

  generate [--check]   compile crates/scalr-detect-catalog/detectors/*.toml to its generated tables
                       (--check: fail if the committed ones are stale)
  catalogue            how many detectors there are of each form
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["catalogue"] => generate::stats(),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("xtask is two folders below the root").to_owned()
}
