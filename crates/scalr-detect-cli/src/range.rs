//! `range`: what a range of commits introduces.

use std::path::PathBuf;

use crate::args::{Commits, EXIT_CODES, Scanning};
use crate::{Error, Outcome, git};

/// Scan what a range of commits introduces
///
/// Of each commit that is reachable from B and not from A, files are scanned that none of its parents has, and its
/// message. So what is added and removed again within the range is found, and what a merge adds; what A has already is
/// not. Nothing new to scan is no error.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Range {
    /// As for `git log`: A..B, A...B, B, ^A
    #[arg(value_name = "A..B", required = true)]
    revisions: Vec<String>,

    /// The repository, or a directory in it [default: the current directory]
    #[arg(long, value_name = "DIRECTORY")]
    repository: Option<PathBuf>,

    #[command(flatten)]
    commits: Commits,

    #[command(flatten)]
    scanning: Scanning,
}

pub(crate) fn run(args: &Range) -> Result<Outcome, Error> {
    let repository = git::open(args.repository.as_deref())?;
    let selection = repository.revisions(&args.revisions).map_err(|e| Error(e.to_string()))?;
    git::history(&repository, selection, &args.commits, &args.scanning, |history| history)
}
