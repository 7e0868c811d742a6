//! Makes a git repository to measure with: `cargo xtask history DIRECTORY [COMMITS]`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports to people")]
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use scalr_detect_benches::history;

/// Enough for 500 MB of distinct files.
const COMMITS: usize = 5_200;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let (directory, commits) = match &arguments[..] {
        [directory] => (directory, Some(COMMITS)),
        [directory, commits] => (directory, commits.to_str().and_then(|number| number.parse().ok())),
        _ => return usage(),
    };
    let Some(commits) = commits else { return usage() };
    match make(Path::new(directory), commits) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: history DIRECTORY [COMMITS]\n\nMakes a bare repository in DIRECTORY, which must not be there."
    );
    ExitCode::FAILURE
}

fn make(directory: &Path, commits: usize) -> Result<String, String> {
    if directory.exists() {
        return Err(format!("{} is there already: remove it, or name another", directory.display()));
    }
    run(Command::new("git").args(["init", "--quiet", "--bare", "--initial-branch=main"]).arg(directory))?;
    let git = || {
        let mut git = Command::new("git");
        git.args([OsStr::new("-C"), directory.as_os_str()]);
        git
    };
    let mut import =
        git().args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().map_err(|e| e.to_string())?;
    let input = import.stdin.take().ok_or("no standard input")?;
    let mut input = BufWriter::with_capacity(1 << 20, input);
    let secrets = history(&mut input, commits).map_err(|e| e.to_string())?;
    input.flush().map_err(|e| e.to_string())?;
    drop(input);
    if !import.wait().map_err(|e| e.to_string())?.success() {
        return Err("git fast-import failed: see above".to_owned());
    }
    // As a clone has it.
    run(git().args(["repack", "-adfq", "--depth=50", "--window=10"]))?;
    Ok(format!(
        "{} secrets in files, {} of them in merges, and {} in messages",
        secrets.files, secrets.merges, secrets.messages
    ))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("git failed: see above".to_owned()),
        Err(e) => Err(format!("git: {e}: install git")),
    }
}
