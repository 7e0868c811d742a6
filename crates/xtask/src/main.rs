//! Development tasks: `cargo xtask <task>`. Run it without a task for the list.

mod generate;
mod new;
mod pages;
mod test;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask <task>

  generate [--check]   compile crates/scalr-detect-catalog/detectors/*.toml to its generated tables and
                       docs/detectors (--check: fail if the committed ones are stale)
  bigrams FILE...      count pairs of bytes in source code anew, for the choice of what to look for
  new PROVIDER         write a detector file to start from, for example for \"Acme Cloud\"
  catalogue [--stats]  how many detectors there are of each form, checks, examples, what is looked for anywhere
  test                 every test there is: generated files, oldest Rust, tests, benchmarks once, our own files scanned
  bench [PATH]         GB/s over a file, a folder or the generated haystacks, beside memchr and aho-corasick
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["bigrams", ref files @ ..] if !files.is_empty() => generate::bigrams(files),
        ["new", provider] => new::write(provider),
        ["catalogue"] | ["catalogue", "--stats"] => generate::stats(),
        ["test"] => test::run(),
        ["bench", ref path @ ..] if path.len() <= 1 => bench(path),
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

/// Measures. In a program of its own: it needs the scanner, without which this one must build.
fn bench(path: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let measure =
        ["run", "--quiet", "--release", "--package", "scalr-detect-benches", "--bin", "throughput", "--"];
    let status = Command::new(cargo).args(measure).args(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the measurement failed: see above".into()),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("xtask is two folders below the root").to_owned()
}
