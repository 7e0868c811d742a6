//! The commands, and the flags that commands share. The flags of one command are where it is.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use scalr_detect::Confidence;

use crate::check::{CheckDetectors, ImportGitleaks};
use crate::diff::Diff;
use crate::explain::Explain;
use crate::git::Git;
use crate::list::Detectors;
use crate::paths::Scan;
use crate::push::{PrePush, PreReceive};
use crate::range::Range;
use crate::staged::Staged;

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  nothing found
  1  findings
  2  a mistake in usage, or the report could not be written
  3  nothing found, but something that was asked for could not be read";

/// Finds leaked credentials.
#[derive(Debug, Parser)]
#[command(name = "scalr-detect", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // Described where their flags are: what stands here would hide it.
    Scan(Scan),
    Git(Git),
    Staged(Staged),
    Range(Range),
    Diff(Diff),
    #[command(hide = true)]
    PrePush(PrePush),
    #[command(hide = true)]
    PreReceive(PreReceive),
    Detectors(Detectors),
    Explain(Explain),
    CheckDetectors(CheckDetectors),
    ImportGitleaks(ImportGitleaks),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Terminal,
    /// One JSON object a line
    Jsonl,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Color {
    /// If standard output is a terminal and NO_COLOR is not set
    Auto,
    Always,
    Never,
}

/// What to write, and where.
#[derive(clap::Args, Debug)]
pub(crate) struct Report {
    /// Form of the report
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Terminal)]
    pub(crate) format: Format,

    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How commits are scanned: the same for all of a repository and for a part of it.
#[derive(clap::Args, Debug)]
pub(crate) struct Commits {
    /// Do not scan messages of commits and tags
    #[arg(long)]
    pub(crate) no_messages: bool,

    /// Leave out files of more than SIZE bytes; K, M and G are powers of 1024
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_file_size: Option<u64>,
}

/// What to look for, and how to report it: the same for every source.
#[derive(clap::Args, Debug)]
pub(crate) struct Scanning {
    #[command(flatten)]
    pub(crate) report: Report,

    /// Write the report to FILE; `-` is standard output [default: -]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Show secrets and what is around them as they are
    #[arg(long)]
    pub(crate) show_secrets: bool,

    /// Look only for these kinds of secret; `*` at the end stands for any ending
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Do not look for these kinds of secret; `*` at the end stands for any ending
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) except: Vec<String>,

    /// Look for the kinds of secret in FILE too, in the format of the built-in catalogue; of a folder, in all *.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) detectors: Vec<PathBuf>,

    /// Report what is at least this sure
    #[arg(long, value_name = "CONFIDENCE", default_value = "medium", value_parser = confidence())]
    pub(crate) min_confidence: Confidence,

    /// Do not look into base64 and other encodings
    #[arg(long)]
    pub(crate) no_decode: bool,

    /// Scan with N threads [default: as many as can run at once]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Report nothing: the exit code says whether something was found, and the first finding ends the scan
    #[arg(short, long, conflicts_with = "output")]
    pub(crate) quiet: bool,

    /// Do not show progress (it is shown only on a terminal)
    #[arg(long)]
    pub(crate) no_progress: bool,
}

impl Scanning {
    /// How many threads; 0: as many as can run at once.
    pub(crate) fn threads(&self) -> usize {
        self.threads.map_or(0, usize::from)
    }
}

fn confidence() -> impl TypedValueParser<Value = Confidence> {
    PossibleValuesParser::new(Confidence::ALL.map(Confidence::name))
        .try_map(|name| Confidence::ALL.into_iter().find(|c| c.name() == name).ok_or("no such confidence"))
}

/// A number of bytes, with K, M or G after it or without.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor: u64 = match &text[digits.len()..] {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        "G" | "g" => 1 << 30,
        other => return Err(format!("{other:?} is no unit: use K, M or G, as in 10M")),
    };
    let number: u64 =
        digits.parse().map_err(|_| "a number of bytes is needed, such as 4096 or 10M".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "more than a file can have".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_flags_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("4096", Some(4096)),
            ("1K", Some(1024)),
            ("10m", Some(10 << 20)),
            ("3G", Some(3 << 30)),
            ("", None),
            ("M", None),
            ("-1", None),
            ("1.5M", None),
            ("10MB", None),
            ("10é", None),
            ("99999999999999999999", None),
            ("99999999999999999G", None),
        ] {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
    }
}
