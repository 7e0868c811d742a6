//! `diff`: the added lines of a unified diff.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use scalr_detect_sources::{Stdin, scan_diff};

use crate::args::{EXIT_CODES, Scanning};
use crate::settings::Root;
use crate::{Error, Outcome, scanning};

/// Scan the lines that a unified diff adds
///
/// The diff is what git, diff, svn or hg writes, and is read from standard input. A finding has the path and the line
/// that it has in the new file. Binary patches are not scanned, which the summary says: to scan what is committed or
/// staged, `range` and `staged` see more.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Diff {
    /// Read the diff from FILE; `-` is standard input [default: -]
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,

    #[command(flatten)]
    scanning: Scanning,
}

pub(crate) fn run(args: &Diff) -> Result<Outcome, Error> {
    scanning::scan(&args.scanning, Root::Tree(Path::new(".")), |scan| {
        let (reader, name): (Box<dyn Read>, _) = match &args.path {
            Some(path) if path.as_os_str() != "-" => {
                let file =
                    File::open(path).map_err(|e| Error(format!("cannot read {}: {e}", path.display())))?;
                (Box::new(file), path.as_os_str().as_encoded_bytes())
            }
            _ => (Box::new(Stdin::new(scan.progress)), &b"-"[..]),
        };
        Ok(scan_diff(reader, name, scan.scanner, scan.progress, scan.visitor()))
    })
}
