//! The command line of scalr-detect.
//!
//! [`run`] is the whole program: `main` calls it, and so do the packages of other languages that bring the command with
//! them. Everything that finds, reads or writes is in other crates; here are flags, and what connects them.
//!
//! # Conventions
//!
//! * Standard output is for the report and nothing else; errors and progress go to standard error.
//! * Exit codes: 0 nothing found, 1 findings, 2 a mistake in usage or a report that could not be written, 3 nothing
//!   found, but something that was asked for could not be read.
//! * A reader of the report that goes away (`| head`) ends the program without a word, with the code for what had been
//!   found by then.
//! * Nothing opens a socket but `verify`, `revoke` and `impact`, and a scan with `--verify`.
//! * The first Ctrl-C ends a scan with a whole report, which says that it was interrupted; the second ends the program.

#![forbid(unsafe_code)]

mod args;
mod asking;
mod baseline;
mod check;
mod ci;
mod config;
mod diff;
mod explain;
mod fix;
mod git;
mod git_program;
mod hook;
#[cfg(feature = "archives")]
mod image;
mod impact;
mod interrupt;
mod list;
mod output;
mod paths;
mod playbook;
mod push;
mod range;
mod reports;
mod revoke;
mod scanning;
mod settings;
mod snippet;
mod staged;
mod unused;
mod verify;

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;

use clap::Parser;

use crate::args::{Args, Command};

/// How a command ended that ran.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Clean,
    Findings,
    Incomplete,
}

impl Outcome {
    const fn code(self) -> u8 {
        match self {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::Incomplete => 3,
        }
    }
}

/// A mistake in usage, or a report that could not be written.
const FAILED: u8 = 2;

/// Runs the program with these arguments, of which the first is its name, and returns its exit code.
pub fn run<I, T>(args: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let mut args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(e) => {
            // Help and version are "errors" too, with code 0 and on standard output. Where they cannot be printed there
            // is nobody to tell.
            let _ = e.print();
            return if e.exit_code() == 0 { 0 } else { FAILED };
        }
    };
    let result = match &mut args.command {
        Command::Scan(args) => paths::run(args),
        #[cfg(feature = "archives")]
        Command::Image(args) => image::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Revoke(args) => revoke::run(args),
        Command::Impact(args) => impact::run(args),
        Command::Hook(args) => hook::run(args),
        Command::Git(args) => git::run(args),
        Command::Staged(args) => staged::run(args),
        Command::Range(args) => range::run(args),
        Command::Ci(args) => ci::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Baseline(args) => baseline::run(args),
        Command::Config(args) => config::run(args),
        Command::Detectors(args) => list::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Playbook(args) => playbook::run(args),
        Command::CheckDetectors(args) => check::run(args),
        Command::ImportGitleaks(args) => check::import_gitleaks(args),
        Command::Snippet(args) => snippet::run(args),
        Command::Fix(args) => fix::run(args),
    };
    match result {
        Ok(outcome) => outcome.code(),
        Err(e) => {
            note(format_args!("error: {e}"));
            FAILED
        }
    }
}

/// What ends a command. Its text says what to do and has no secret in it.
#[derive(Debug)]
struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What each line begins with that is written, where only such lines are shown to people.
static PREFIX: OnceLock<&str> = OnceLock::new();

/// Has each line begin with `prefix` that is written from now on.
fn prefix_lines(prefix: &'static str) {
    let _ = PREFIX.set(prefix);
}

/// Whole lines, as they are to be written.
fn lines(text: &[u8]) -> Cow<'_, [u8]> {
    match PREFIX.get() {
        None => text.into(),
        Some(prefix) => text
            .split_inclusive(|&b| b == b'\n')
            .flat_map(|line| [prefix.as_bytes(), line].concat())
            .collect(),
    }
}

/// Says something on standard error, if anybody listens.
fn note(text: impl fmt::Display) {
    let _ = io::stderr().write_all(&lines(format!("{text}\n").as_bytes()));
}
