//! `git`: the history of a repository; and what all commands have in common that scan commits.

use std::path::{Path, PathBuf};

use scalr_detect_sources::git::{History, References, Repository, Selection, parse_time};

use crate::args::{Commits, EXIT_CODES, Scanning};
use crate::settings::Root;
use crate::{Error, Outcome, note, scanning};

/// Scan the history of a git repository
///
/// Every distinct file that any commit has is scanned once, and messages of commits and tags, and notes. All references
/// count: branches, tags, remote branches, and the head of each work tree. A finding names the oldest commit that introduced
/// it, and others that did. What is remembered to be clean, under the same detectors, is not scanned again.
///
/// The repository is only read, whoever owns it: nothing in it is run, and nothing is fetched. If its history is not all
/// here, because it is a shallow clone, the scan is incomplete.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Git {
    /// The repository, or a directory in it [default: the current directory]
    #[arg(value_name = "REPOSITORY")]
    repository: Option<PathBuf>,

    /// Scan what is reachable from REVISION: a branch, a tag, a commit, A..B, ^A [default: all references]
    #[arg(long = "ref", value_name = "REVISION")]
    revisions: Vec<String>,

    /// Scan only commits since then, by the committer's clock: 2024-05-31, "2 weeks ago"
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<i64>,

    /// Scan also what `git stash` has put aside
    #[arg(long, conflicts_with = "revisions")]
    stash: bool,

    /// Scan also where references pointed before: what was amended, rebased or forced over, as far as git remembers
    #[arg(long, conflicts_with = "revisions")]
    reflog: bool,

    /// A shallow clone is all that is asked for
    #[arg(long)]
    allow_shallow: bool,

    /// Neither use nor write the file in which it is remembered what is clean, scalr-detect/clean in the .git directory
    #[arg(long)]
    no_cache: bool,

    #[command(flatten)]
    commits: Commits,

    #[command(flatten)]
    scanning: Scanning,
}

pub(crate) fn run(args: &Git) -> Result<Outcome, Error> {
    let repository = open(args.repository.as_deref())?;
    let mut selection = if args.revisions.is_empty() {
        repository.all(References { stashes: args.stash, reflogs: args.reflog })
    } else {
        repository.revisions(&args.revisions).map_err(|e| Error(e.to_string()))?
    };
    if let Some(time) = args.since {
        selection = selection.since(time);
    }
    history(&repository, selection, &args.commits, &args.scanning, |history| {
        history.allow_shallow(args.allow_shallow).cache(!args.no_cache)
    })
}

/// Where a configuration is looked for: in the working tree, or without one, in the repository itself.
pub(crate) fn tree(repository: &Repository) -> PathBuf {
    repository.work_dir().unwrap_or_else(|| repository.git_dir()).to_owned()
}

/// The repository that a command is to work on.
pub(crate) fn open(named: Option<&Path>) -> Result<Repository, Error> {
    match named {
        Some(directory) => Repository::discover(directory),
        None => Repository::from_environment(),
    }
    .map_err(|e| Error(e.to_string()))
}

/// Scans a selection of commits.
pub(crate) fn history(
    repository: &Repository,
    selection: Selection,
    commits: &Commits,
    args: &Scanning,
    more: impl FnOnce(History<'_>) -> History<'_>,
) -> Result<Outcome, Error> {
    let selection = selection.messages(!commits.no_messages);
    let history = more(History::new(repository, &selection).options(commits.reading.options(args)));
    let tree = tree(repository);
    scanning::scan(args, Root::Tree(&tree), |scan| {
        // Whether a rule for paths leaves a file out depends on all its places.
        let history = history.introductions(!args.quiet || scan.settings.judges_paths());
        let ledger = history.scan(scan.scanner, scan.progress, || scan.visitor());
        let nothing = ledger.units() + ledger.known_clean() == 0 && !ledger.is_incomplete();
        if nothing && !args.only_findings {
            note("scalr-detect: nothing new to scan");
        }
        Ok(ledger)
    })
}

fn time(text: &str) -> Result<i64, String> {
    parse_time(text).map_err(|e| e.to_string())
}
