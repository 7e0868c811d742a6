//! `staged`: what the next commit will hold.

use std::path::PathBuf;

use scalr_detect_sources::git::Staged as Index;

use crate::args::{EXIT_CODES, Reading, Scanning};
use crate::settings::Root;
use crate::{Error, Outcome, git, note, scanning};

/// Scan what is staged for the next commit of a git repository
///
/// What is scanned are the files that the index has and the last commit has not, with the bytes that they have in the
/// index. In a hook, the index is the one that git means. Nothing staged is no error.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Staged {
    /// The repository, or a directory in it [default: the current directory]
    #[arg(value_name = "REPOSITORY")]
    repository: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    scanning: Scanning,
}

pub(crate) fn run(args: &Staged) -> Result<Outcome, Error> {
    let repository = git::open(args.repository.as_deref())?;
    let index = Index::new(&repository).options(args.reading.options(&args.scanning));
    let tree = git::tree(&repository);
    scanning::scan(&args.scanning, Root::Tree(&tree), |scan| {
        let ledger =
            index.scan(scan.scanner, scan.progress, || scan.visitor()).map_err(|e| Error(e.to_string()))?;
        if ledger.units() == 0 && ledger.skipped().next().is_none() {
            note("scalr-detect: nothing is staged");
        }
        Ok(ledger)
    })
}
