//! What a push brings: the hooks `pre-push` and `pre-receive`, to which git gives what to scan on standard input.

use std::io::{self, Read};

use scalr_detect_sources::git::{GitError, Repository, Selection};

use crate::args::{Commits, Scanning};
use crate::{Error, Outcome, git};

/// What git writes to a hook is not longer than this: a line of a few hundred bytes for each reference.
const MOST: u64 = 64 << 20;

/// Scans what the lines on standard input select.
pub(crate) fn hook(
    commits: &Commits,
    scanning: &Scanning,
    select: impl FnOnce(&Repository, &str) -> Result<Selection, GitError>,
) -> Result<Outcome, Error> {
    let mut lines = String::new();
    io::stdin()
        .take(MOST + 1)
        .read_to_string(&mut lines)
        .map_err(|e| Error(format!("cannot read what git writes to the hook: {e}")))?;
    if lines.len() as u64 > MOST {
        return Err(Error(
            "git writes more to the hook than can be: push fewer references at once".to_owned(),
        ));
    }
    let repository = git::open(None)?;
    let selection = select(&repository, &lines).map_err(|e| Error(e.to_string()))?;
    git::history(&repository, selection, commits, scanning, |history| history)
}
