//! The package for Node: built, packed, and tested as its users get it.
//!
//! Everything it needs that is not Rust or Node comes from npm, by the committed lock files, into `node_modules`.

use crate::corpus;
use crate::root;
use crate::test::{output, run_quietly};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Node that we support, as `engines` in package.json says.
const OLDEST: u32 = 20;

/// Files that the build writes and that are committed.
const GENERATED: [&str; 2] = ["index.d.ts", "binding.js"];

/// Runs every test of the package; how many passed.
pub(crate) fn test() -> Result<usize, String> {
    let folder = root().join("bindings/node");
    check_node()?;
    install(&folder)?;
    let before = GENERATED.map(|name| fs::read(folder.join(name)).ok());
    run_quietly(npm(&folder).args(["run", "build"]))?;
    for (name, before) in GENERATED.into_iter().zip(before) {
        if fs::read(folder.join(name)).ok() != before {
            return Err(format!(
                "bindings/node/{name} was stale, and is fresh now: look at what changed, and commit it"
            ));
        }
    }
    let passed = node_tests(&folder, &corpus::json()?)?;
    install(&folder.join("bench"))?;
    run_quietly(Command::new("node").args(["bench/bench.mjs", "--test"]).current_dir(&folder))?;
    Ok(passed)
}

fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder);
    npm
}

/// Fails if there is no Node, or an old one.
pub(crate) fn check_node() -> Result<(), String> {
    let advice = format!("install Node {OLDEST} or newer, with npm (https://nodejs.org)");
    let version =
        output(Command::new("node").arg("--version")).map_err(|error| format!("{error}; {advice}"))?;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    match major(&version) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => Err(format!("Node {version} is too old: {advice}")),
    }
}

/// The 20 of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs what the lock file of a folder says, unless that was done before.
pub(crate) fn install(folder: &Path) -> Result<(), String> {
    let (lock, installed) =
        (folder.join("package-lock.json"), folder.join("node_modules/.installed-by-xtask"));
    let lock = fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    run_quietly(npm(folder).args(["ci", "--no-audit", "--no-fund"])).map_err(|error| {
        format!("{error}\nthe development dependencies come from npm: is the registry within reach?")
    })?;
    fs::write(&installed, lock).map_err(|error| format!("{}: {error}", installed.display()))
}

/// Runs the tests in the folder `test`, passing on what they print; how many passed.
fn node_tests(folder: &Path, corpus: &Path) -> Result<usize, String> {
    let files = fs::read_dir(folder.join("test")).map_err(|error| format!("bindings/node/test: {error}"))?;
    let mut files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    files.sort();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    run_tests(Command::new("node").current_dir(folder).env("SCALR_DETECT_CORPUS", corpus), &files)
}

/// Runs tests by `node`, which has its folder and its environment, passing on what they print; how many passed.
pub(crate) fn run_tests(node: &mut Command, files: &[PathBuf]) -> Result<usize, String> {
    node.args(["--test", "--test-reporter=tap"]).args(files);
    let tests = node.stdout(Stdio::piped()).stderr(Stdio::inherit()).output();
    let tests = tests.map_err(|error| format!("node: {error}"))?;
    let report = String::from_utf8_lossy(&tests.stdout);
    // Of what passed only the name.
    let shown = if tests.status.success() {
        report.lines().filter(|line| line.starts_with("ok ")).collect::<Vec<_>>().join("\n")
    } else {
        report.to_string()
    };
    // Whoever reads this may have gone away, which is no failure of the tests.
    let _ = writeln!(std::io::stdout(), "{shown}");
    match passed_in(&report) {
        _ if !tests.status.success() => Err("a test by Node failed: see above".into()),
        None | Some(0) => Err("no test was run by Node".into()),
        Some(passed) => Ok(passed),
    }
}

/// The number in the line `# pass 12`.
fn passed_in(report: &str) -> Option<usize> {
    report.lines().rev().find_map(|line| line.strip_prefix("# pass ")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node() {
        assert_eq!((major("v20.19.0"), major("v8.1.2")), (Some(20), Some(8)));
        assert_eq!((major("20.19.0"), major("")), (None, None));
    }

    #[test]
    fn passed_tests_are_counted() {
        let report = "ok 1 - a test\n    # pass 2\n1..1\n# tests 13\n# pass 12\n# fail 1\n";
        assert_eq!(passed_in(report), Some(12));
        assert_eq!(passed_in("1..0\n"), None);
    }
}
