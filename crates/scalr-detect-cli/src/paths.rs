//! `scan`: files, directories and standard input.

use std::path::PathBuf;

use scalr_detect_sources::Paths;

use crate::args::{EXIT_CODES, Reading, Scanning};
use crate::scanning;
use crate::settings::Root;
use crate::{Error, Outcome};

/// Scan files, directories or standard input
///
/// Without a PATH the current directory is scanned, and standard input is left alone: it is scanned only where PATH is
/// `-`. Directories are walked with everything that is in them, hidden and binary files too; links that are met are not
/// followed, links that are named here are. FIFOs, sockets and devices are never read. The object store of a git
/// repository is left out, as it is compressed. Archives and compressed files are looked into, nested ones too; what is
/// in them has the path ARCHIVE!PATH. What was not scanned, and why, is in the summary.
///
/// Findings of a file come together and in order; files come in the order in which threads are done with them, unless
/// --sort is given.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Scan {
    /// Files and directories to scan; `-` is standard input [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Leave out what .gitignore files leave out
    #[arg(long)]
    gitignore: bool,

    #[command(flatten)]
    reading: Reading,

    /// Report files in the order of their names; uses one thread
    #[arg(long)]
    sort: bool,

    #[command(flatten)]
    pub(crate) scanning: Scanning,
}

pub(crate) fn run(args: &Scan) -> Result<Outcome, Error> {
    let mut paths = Paths::new(&args.paths)
        .options(args.reading.options(&args.scanning))
        .gitignore(args.gitignore)
        .sort(args.sort);
    scanning::scan(&args.scanning, Root::Paths(&args.paths), |scan| {
        if let Some(exclusion) = scan.settings.exclusion() {
            paths = paths.exclude(exclusion);
        }
        for file in scan.own_outputs() {
            paths = paths.own_output(file);
        }
        Ok(paths.scan(scan.scanner, scan.progress, || scan.visitor()))
    })
}
