//! Every test there is, in one command.
//!
//! The quick and telling steps come first; the first that fails ends it. What the steps print is passed on as it comes.

use crate::{c, generate, header, node, page, python, root, snippets};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs all of them.
pub(crate) fn run() -> Result<(), String> {
    step("generated files are fresh");
    generate::check()?;
    header::check()?;
    step("dependencies build with the oldest Rust we support");
    let metadata = metadata()?;
    let newer = too_new(&metadata);
    if !newer.is_empty() {
        return Err(format!(
            "{}\nuse an older version of it, or another crate; or raise rust-version",
            newer.join("\n")
        ));
    }
    step("tests");
    // All targets that are not benchmarks, and the examples in the documentation.
    let mut passed = cargo_test(&["test", "--workspace", "--locked", "--no-fail-fast"])?;
    step("tests of the C interface");
    passed += c::test()?;
    step("tests of the Python package");
    passed += python::test()?;
    step("tests of the package for Node");
    passed += node::test()?;
    step("tests of the script of the HTML report");
    passed += page::test()?;
    step("tests of the snippets");
    passed += snippets::test()?;
    step("benchmarks run, and find what they state");
    run_quietly(cargo().args(["bench", "--locked", "--package", "scalr-detect-benches", "--", "--test"]))?;
    step("no secret is in the repository");
    scan_ourselves()?;
    // The last line: a number, so that a run of no tests does not look like a good one.
    println!("\n{passed} passed, 0 failed");
    Ok(())
}

pub(crate) fn step(what: &str) {
    println!("\n== {what}");
}

pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// The program of a command and its first argument, for messages.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let argument = command.get_args().next().map(|argument| format!(" {}", argument.to_string_lossy()));
    program.into_owned() + &argument.unwrap_or_default()
}

/// Says that a program is missing, or what else kept it from running.
fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("{} is missing: install it, or put it on the PATH", name(command))
        }
        _ => format!("{}: {error}", name(command)),
    }
}

/// Runs a command for what it prints. What it prints as errors is passed on.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_run(command, &error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("{} failed", name(command))) }
}

/// Runs a command; prints what it printed only if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| cannot_run(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Err(format!("{text}\n{} failed", name(command)))
}

/// Runs cargo's tests, passing on what they print; how many passed.
fn cargo_test(arguments: &[&str]) -> Result<usize, String> {
    let mut command = cargo();
    command.args(arguments).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_run(&command, &error))?;
    let mut passed = 0;
    let mut lines = BufReader::new(child.stdout.take().expect("it was piped"));
    let (mut line, mut out) = (Vec::new(), std::io::stdout());
    // Bytes, because a test may print what is no text.
    while lines.read_until(b'\n', &mut line).map_err(|error| error.to_string())? > 0 {
        out.write_all(&line).map_err(|error| error.to_string())?;
        passed += passed_in(&String::from_utf8_lossy(&line)).unwrap_or(0);
        line.clear();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match passed {
        _ if !status.success() => Err("a test failed: see above".into()),
        0 => Err("no test was run".into()),
        _ => Ok(passed),
    }
}

/// The number in `test result: ok. 12 passed; 0 failed; …`.
pub(crate) fn passed_in(line: &str) -> Option<usize> {
    line.strip_prefix("test result: ok. ")?.split_once(" passed;")?.0.parse().ok()
}

/// What cargo says of the packages that are built, as far as it is needed.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    rust_version: Option<String>,
}

fn metadata() -> Result<Metadata, String> {
    let json = output(cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    serde_json::from_slice(&json).map_err(|error| format!("cargo metadata: {error}"))
}

/// The packages that want a newer Rust than the oldest that a member of the workspace promises. Those that do not say
/// which they want are not among them.
fn too_new(metadata: &Metadata) -> Vec<String> {
    let number =
        |version: &str| -> Vec<u32> { version.split('.').map_while(|part| part.parse().ok()).collect() };
    let ours = metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id));
    let ours =
        ours.filter_map(|package| package.rust_version.as_deref()).min_by_key(|version| number(version));
    let Some(ours) = ours else { return vec!["no member of the workspace has a rust-version".into()] };
    let mut least = number(ours);
    // A 1.88 stands for 1.88.0: a dependency that wants 1.88.1 would be too new.
    least.resize(3, 0);
    let wants_more = |package: &&Package| {
        package.rust_version.as_deref().is_some_and(|wanted| {
            let mut wanted = number(wanted);
            wanted.resize(3, 0);
            wanted > least
        })
    };
    let say = |package: &Package| {
        let wanted = package.rust_version.as_deref().unwrap_or_default();
        format!("{} {} wants Rust {wanted}, and we support {ours}", package.name, package.version)
    };
    metadata.packages.iter().filter(wants_more).map(say).collect()
}

/// Names of the repository's files, relative to its root.
fn files() -> Result<Vec<String>, String> {
    let names = output(Command::new("git").args(["ls-files", "-z"]).current_dir(root()))?;
    let names = String::from_utf8(names).map_err(|_| "a file's name is not UTF-8: rename it".to_owned())?;
    let names = names.split_terminator('\0').filter(|name| root().join(name).is_file());
    Ok(names.map(str::to_owned).collect())
}

/// Fails if our own scanner finds a secret in a file of the repository that it is sure of.
fn scan_ourselves() -> Result<(), String> {
    let mut scan = cargo();
    scan.args(["run", "--quiet", "--locked", "--package", "scalr-detect-cli", "--", "scan"]);
    run_quietly(scan.args(["--min-confidence", "high", "--"]).args(files()?)).map_err(|error| {
        format!("{error}\nif a secret was found, or what looks like one: write it as a template, or assemble it when the test runs")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted() {
        let line = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(passed_in(line), Some(12));
        assert_eq!(passed_in("test result: FAILED. 12 passed; 1 failed; 0 ignored\n"), None);
        assert_eq!(passed_in("test tests::passed ... ok\n"), None);
    }

    #[test]
    fn newer_dependencies_are_named() {
        let package = |name: &str, rust_version: Option<&str>| Package {
            id: name.into(),
            name: name.into(),
            version: "1.2.3".into(),
            rust_version: rust_version.map(str::to_owned),
        };
        let mut metadata = Metadata {
            packages: vec![
                package("ours", Some("1.88")),
                package("also-ours", Some("1.90")),
                package("silent", None),
                package("old", Some("1.9")),
                package("same", Some("1.88.0")),
                package("newer", Some("1.88.1")),
                package("newest", Some("1.100")),
            ],
            workspace_members: vec!["ours".into(), "also-ours".into()],
        };
        let named = |metadata: &Metadata| -> Vec<String> {
            too_new(metadata).iter().map(|said| said.split(' ').next().unwrap().to_owned()).collect()
        };
        assert_eq!(named(&metadata), ["also-ours", "newer", "newest"]);
        metadata.workspace_members.clear();
        assert_eq!(too_new(&metadata).len(), 1);
    }

    #[test]
    fn a_missing_program_is_named() {
        let message = output(&mut Command::new("no-such-program-of-scalr-detect")).unwrap_err();
        assert!(message.contains("no-such-program-of-scalr-detect is missing"), "{message}");
    }
}
