//! Development tasks: `cargo xtask <task>`. Run it without a task for the list.

mod c;
mod corpus;
mod generate;
mod header;
mod new;
mod node;
mod page;
mod pages;
mod python;
mod snippets;
mod test;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask <task>

  generate [--check]   compile crates/scalr-detect-catalog/detectors/*.toml to its generated tables and
                       docs/detectors (--check: fail if the committed ones are stale)
  header [--check]     write bindings/c/include/scalr_detect.h from the Rust of bindings/c (--check: fail if the
                       committed one is stale)
  frequencies FILE...  count pairs and threes of bytes in source code anew, for the choice of what to look for
  new PROVIDER         write a detector file to start from, for example for \"Acme Cloud\"
  catalogue [--stats]  how many detectors there are of each form, checks, examples, what is looked for anywhere
  corpus --json        haystacks and what is found in them, for the tests of the bindings
  test                 every test there is: generated files, oldest Rust, tests, benchmarks once, our own files scanned
  test c|node|python   those of one binding alone
  test page            those of the script of the HTML report
  test snippets        the programs of `scalr-detect snippet` alone, against the servers they are made for
  bench [PATH]         GB/s over a file, a folder or the generated haystacks, beside memchr and aho-corasick
  history DIR [N]      make a git repository in DIR to measure with: N commits or 5,200, and how many secrets are in it
  bench-c              what a call through the C interface costs over the same in Rust
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["header"] => header::write(),
        ["header", "--check"] => header::check(),
        ["frequencies", ref files @ ..] if !files.is_empty() => generate::frequencies(files),
        ["new", provider] => new::write(provider),
        ["catalogue"] | ["catalogue", "--stats"] => generate::stats(),
        ["corpus", "--json"] => program(&["--package", "scalr-detect", "--example", "corpus"], &[]),
        ["test"] => test::run(),
        ["test", "c"] => passed(c::test()),
        ["test", "node"] => passed(node::test()),
        ["test", "page"] => passed(page::test()),
        ["test", "python"] => passed(python::test()),
        ["test", "snippets"] => passed(snippets::test()),
        ["bench-c"] => c::bench(&[]),
        ["bench", ref path @ ..] if path.len() <= 1 => {
            program(&["--package", "scalr-detect-benches", "--bin", "throughput"], path)
        }
        ["history", ref arguments @ ..] if (1..=2).contains(&arguments.len()) => {
            program(&["--package", "scalr-detect-benches", "--bin", "history"], arguments)
        }
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

/// Says how many tests passed: the last line, as of all tests.
fn passed(tests: Result<usize, String>) -> Result<(), String> {
    tests.map(|passed| println!("\n{passed} passed, 0 failed"))
}

/// Runs a program of the workspace that needs the scanner, without which this one must build.
fn program(which: &[&str], arguments: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release"]).args(which).arg("--").args(arguments).current_dir(root());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("it failed: see above".into()),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.expect("xtask is two folders below the root").to_owned()
}
