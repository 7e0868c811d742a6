//! The program git, for what only it should do: tell and change its configuration, and fetch.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// What git says on standard output when it is run in `folder`, without the end of the line. None: it said no, as
/// `git config --get` does of what is not set.
pub(crate) fn ask<S: AsRef<OsStr>>(
    folder: &Path,
    args: impl IntoIterator<Item = S>,
) -> Result<Option<String>, Error> {
    let output = command(folder).args(args).output().map_err(|e| not_run(&e))?;
    match output.status.code() {
        Some(0) => {
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
        }
        Some(1) => Ok(None),
        _ => Err(Error(format!("git: {}", String::from_utf8_lossy(&output.stderr).trim_end()))),
    }
}

/// A path that git says.
pub(crate) fn path<S: AsRef<OsStr>>(
    folder: &Path,
    args: impl IntoIterator<Item = S>,
) -> Result<PathBuf, Error> {
    let output = command(folder).args(args).output().map_err(|e| not_run(&e))?;
    if !output.status.success() {
        return Err(Error(format!("git: {}", String::from_utf8_lossy(&output.stderr).trim_end())));
    }
    let bytes = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
    Ok(to_path(bytes))
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder);
    command
}

pub(crate) fn not_run(e: &std::io::Error) -> Error {
    Error(format!("cannot run git: {e}; install it, or put it on PATH"))
}

#[cfg(unix)]
fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn to_path(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).trim_end_matches('\r').into()
}
