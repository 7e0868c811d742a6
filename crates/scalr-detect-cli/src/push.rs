//! `pre-push` and `pre-receive`: what a push brings. They are for hooks of git, which give what to scan on standard input.

use std::io::{self, Read};

use scalr_detect_sources::git::{GitError, Repository, Selection};

use crate::args::{Commits, EXIT_CODES, Scanning};
use crate::{Error, Outcome, git};

/// What git writes to a hook is not longer than this: a line of a few hundred bytes for each reference.
const MOST: u64 = 64 << 20;

/// Scan what a push would send, as a pre-push hook of git
///
/// Git gives a line for each reference on standard input.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct PrePush {
    /// The name of the remote, or its URL if it has none
    #[arg(value_name = "REMOTE")]
    pub(crate) remote: String,

    /// The URL of the remote
    #[arg(value_name = "URL")]
    url: Option<String>,

    #[command(flatten)]
    commits: Commits,

    #[command(flatten)]
    scanning: Scanning,
}

/// Scan what a push has sent, before it is accepted, as a pre-receive hook of git
///
/// Git gives a line for each reference on standard input.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct PreReceive {
    #[command(flatten)]
    commits: Commits,

    #[command(flatten)]
    scanning: Scanning,
}

pub(crate) fn pre_push(args: &PrePush) -> Result<Outcome, Error> {
    hook(&args.commits, &args.scanning, |repository, lines| repository.pushed(&args.remote, lines))
}

pub(crate) fn pre_receive(args: &PreReceive) -> Result<Outcome, Error> {
    hook(&args.commits, &args.scanning, Repository::received)
}

/// Scans what the lines on standard input select.
pub(crate) fn hook(
    commits: &Commits,
    scanning: &Scanning,
    select: impl FnOnce(&Repository, &str) -> Result<Selection, GitError>,
) -> Result<Outcome, Error> {
    let mut lines = String::new();
    io::stdin()
        .take(MOST)
        .read_to_string(&mut lines)
        .map_err(|e| Error(format!("cannot read what git writes to the hook: {e}")))?;
    let repository = git::open(None)?;
    let selection = select(&repository, &lines).map_err(|e| Error(e.to_string()))?;
    git::history(&repository, selection, commits, scanning, |history| history)
}
