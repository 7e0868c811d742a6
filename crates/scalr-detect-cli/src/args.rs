//! The commands, and the flags that commands share. The flags of one command are where it is.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use scalr_detect::Confidence;
#[cfg(feature = "archives")]
use scalr_detect_sources::ArchiveLimits;
use scalr_detect_sources::Options;
use scalr_detect_triage::Tool;

use crate::asking::Asking;
use crate::baseline::BaselineCommand;
use crate::check::{CheckDetectors, ImportGitleaks};
use crate::ci::Ci;
use crate::config::ConfigCommand;
use crate::diff::Diff;
use crate::explain::Explain;
use crate::fix::Fix;
use crate::git::Git;
use crate::hook::Hook;
#[cfg(feature = "archives")]
use crate::image::Image;
use crate::impact::Impact;
use crate::list::Detectors;
use crate::paths::Scan;
use crate::playbook::Playbook;
use crate::range::Range;
use crate::revoke::Revoke;
use crate::snippet::Snippet;
use crate::staged::Staged;
use crate::verify::Verify;

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
    #[cfg(feature = "archives")]
    Image(Image),
    Verify(Verify),
    Revoke(Revoke),
    Impact(Impact),
    Git(Git),
    Hook(Hook),
    Staged(Staged),
    Range(Range),
    Ci(Ci),
    Diff(Diff),
    #[command(subcommand)]
    Baseline(BaselineCommand),
    #[command(subcommand)]
    Config(ConfigCommand),
    Detectors(Detectors),
    Explain(Explain),
    Playbook(Playbook),
    CheckDetectors(CheckDetectors),
    ImportGitleaks(ImportGitleaks),
    Snippet(Snippet),
    Fix(Fix),
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

/// How to list something.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Report {
    /// Form of the report
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Terminal)]
    pub(crate) format: Format,

    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// The form of a report of a scan.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// Text for people
    Terminal,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and others
    Sarif,
    /// GitLab's secret detection report
    Gitlab,
    /// Code Insights of Bitbucket Cloud: a report, and annotations in files beside it
    Bitbucket,
    /// Code Insights of Bitbucket Data Center
    BitbucketDc,
    /// JUnit XML, for CI systems that show test results
    Junit,
    /// A table (RFC 4180)
    Csv,
    /// Workflow commands of GitHub Actions, and its step summary
    Github,
    /// A page to work through in a browser
    Html,
}

impl ScanFormat {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}

/// Where a report goes: `[FORMAT=]FILE`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// None: the one that `--format` says.
    pub(crate) format: Option<ScanFormat>,
    pub(crate) file: PathBuf,
}

impl Target {
    /// A word before `=` is a format. What else has a `=` in it is a file.
    fn parse(text: OsString) -> Result<Target, String> {
        let before = text.to_str().and_then(|text| text.split_once('='));
        let is_word =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let Some((name, file)) = before.filter(|(name, _)| is_word(name)) else {
            return Ok(Target { format: None, file: text.into() });
        };
        let Ok(format) = ScanFormat::from_str(name, false) else {
            let names: Vec<String> =
                ScanFormat::value_variants().iter().map(|format| format.name()).collect();
            return Err(format!(
                "{name:?} is no format: use one of {}; for a file of that name write ./{name}=…",
                names.join(", ")
            ));
        };
        if file.is_empty() {
            return Err(format!("a file is missing after {name}="));
        }
        Ok(Target { format: Some(format), file: file.into() })
    }
}

/// What to write about a scan, and where.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ScanReport {
    /// Form of the report [default: terminal]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<ScanFormat>,

    /// Write a report to FILE, `-` is standard output; several at once as FORMAT=FILE [default: -]
    #[arg(short, long, value_name = "[FORMAT=]FILE", value_parser = OsStringValueParser::new().try_map(Target::parse))]
    pub(crate) output: Vec<Target>,

    /// Report every place of a secret for itself, where the form would show a secret once with its places
    #[arg(long)]
    pub(crate) each: bool,

    /// What tells this report from others of the same commit: the category of SARIF
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) sarif_category: Option<String>,

    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// What to look for, and what of it is known, allowed or not wanted.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Looking {
    /// Look only for these kinds of secret; `*` at the end stands for any ending
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Do not look for these kinds of secret; `*` at the end stands for any ending
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) except: Vec<String>,

    /// Look for the kinds of secret in FILE too, in the format of the built-in catalogue; of a folder, in all *.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) detectors: Vec<PathBuf>,

    /// Report what is at least this sure [default: medium]
    #[arg(long, value_name = "CONFIDENCE", value_parser = confidence())]
    pub(crate) min_confidence: Option<Confidence>,

    /// Do not look into base64 and other encodings
    #[arg(long)]
    pub(crate) no_decode: bool,

    /// The secrets in FILE are known and are not reported; `scalr-detect baseline` makes it
    #[arg(long, value_name = "FILE", help_heading = "Triage")]
    pub(crate) baseline: Option<PathBuf>,

    /// Obey FILE, not the nearest scalr-detect.toml; also by the environment variable SCALR_DETECT_CONFIG
    #[arg(long, value_name = "FILE", help_heading = "Triage")]
    pub(crate) config: Option<PathBuf>,

    /// Obey no configuration, as for an audit of what others wrote
    #[arg(long, conflicts_with = "config", help_heading = "Triage")]
    pub(crate) no_config: bool,

    /// Obey the markers of these tools, too
    #[arg(long, value_name = "TOOL", value_delimiter = ',', value_parser = tool(), help_heading = "Triage")]
    pub(crate) markers: Vec<Tool>,

    /// Obey no markers in the text, not even `scalr-detect:allow`
    #[arg(long, conflicts_with = "markers", help_heading = "Triage")]
    pub(crate) no_markers: bool,
}

/// How commits are scanned: the same for all of a repository and for a part of it.
#[derive(clap::Args, Debug)]
pub(crate) struct Commits {
    /// Do not scan messages of commits and tags
    #[arg(long)]
    pub(crate) no_messages: bool,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// What to look for, and how to report it: the same for every source.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Scanning {
    #[command(flatten)]
    pub(crate) report: ScanReport,

    /// Show secrets and what is around them as they are
    #[arg(long)]
    pub(crate) show_secrets: bool,

    #[command(flatten)]
    pub(crate) looking: Looking,

    /// Scan with N threads [default: as many as can run at once]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Report nothing: the exit code says whether something was found, and the first finding ends the scan
    #[arg(short, long, conflicts_with = "output")]
    pub(crate) quiet: bool,

    /// Say nothing where nothing is found, unless a report was asked for. For hooks, which have no flag for it.
    #[arg(skip)]
    pub(crate) only_findings: bool,

    /// Do not show progress (it is shown only on a terminal)
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// Ask the providers whether the secrets still work: see `scalr-detect verify --help`
    #[arg(long, help_heading = "Asking providers")]
    pub(crate) verify: bool,

    /// Report only secrets that still work
    #[arg(long, help_heading = "Asking providers")]
    pub(crate) only_live: bool,

    #[command(flatten)]
    pub(crate) asking: Asking,

    /// Show what is not reported, too, and what said so; it does not count
    #[arg(long, help_heading = "Triage")]
    pub(crate) show_suppressed: bool,

    /// Name the entries of the baseline that were not met, and the `scalr-detect:allow` that nothing needed
    #[arg(long, help_heading = "Triage")]
    pub(crate) report_unused: bool,

    /// As --report-unused; and if there are any, that counts as a finding
    #[arg(long, help_heading = "Triage")]
    pub(crate) fail_on_unused: bool,
}

impl Scanning {
    /// Whether to look for what is not needed.
    pub(crate) fn wants_unused(&self) -> bool {
        self.report_unused || self.fail_on_unused
    }

    /// How many threads; 0: as many as can run at once.
    pub(crate) fn threads(&self) -> usize {
        self.threads.map_or(0, usize::from)
    }
}

/// How files are read: the same for all sources that have files.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Reading {
    /// Leave out files of more than SIZE bytes; K, M and G are powers of 1024
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_file_size: Option<u64>,

    #[cfg(feature = "archives")]
    #[command(flatten)]
    archives: Archives,
}

impl Reading {
    pub(crate) fn options(&self, scanning: &Scanning) -> Options {
        let options = Options::default()
            .threads(scanning.threads())
            .max_file_size(self.max_file_size.unwrap_or(u64::MAX));
        #[cfg(feature = "archives")]
        let options = options.archives(self.archives.limits());
        options
    }
}

/// How far archives are looked into: the same for every source.
#[cfg(feature = "archives")]
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Archives {
    /// Do not look into archives and compressed files: scan their bytes as they are
    #[arg(long, help_heading = "Archives")]
    pub(crate) no_archives: bool,

    /// Read at most SIZE bytes out of an archive; K, M and G are powers of 1024 [default: 16G]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Archives")]
    max_archive_bytes: Option<u64>,

    /// Read at most N entries of an archive [default: 2000000]
    #[arg(long, value_name = "N", help_heading = "Archives")]
    max_archive_entries: Option<u64>,

    /// Look into at most N archives in archives, counting compression [default: 12]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=64), help_heading = "Archives")]
    max_archive_depth: Option<u32>,

    /// Stop when more than N times as much comes out as went in, after the first 64 MiB [default: 250]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Archives")]
    max_archive_ratio: Option<u64>,

    /// Take up at most SIZE bytes of memory a thread to decompress [default: 8M]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Archives")]
    max_archive_memory: Option<u64>,
}

#[cfg(feature = "archives")]
impl Archives {
    /// The limits; None: no archives.
    pub(crate) fn limits(&self) -> Option<ArchiveLimits> {
        let default = ArchiveLimits::default();
        let memory = self.max_archive_memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        (!self.no_archives).then(|| ArchiveLimits {
            max_bytes: self.max_archive_bytes.unwrap_or(default.max_bytes),
            max_entries: self.max_archive_entries.unwrap_or(default.max_entries),
            max_depth: self.max_archive_depth.unwrap_or(default.max_depth),
            max_ratio: self.max_archive_ratio.unwrap_or(default.max_ratio),
            max_memory: memory.unwrap_or(default.max_memory),
        })
    }
}

pub(crate) fn confidence() -> impl TypedValueParser<Value = Confidence> {
    PossibleValuesParser::new(Confidence::ALL.map(Confidence::name))
        .try_map(|name| Confidence::ALL.into_iter().find(|c| c.name() == name).ok_or("no such confidence"))
}

fn tool() -> impl TypedValueParser<Value = Tool> {
    PossibleValuesParser::new(Tool::ALL.map(Tool::name))
        .try_map(|name| Tool::ALL.into_iter().find(|t| t.name() == name).ok_or("no such tool"))
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

    #[cfg(feature = "archives")]
    #[test]
    fn the_limits_of_archives_in_the_help_are_the_defaults() {
        let ArchiveLimits { max_bytes, max_entries, max_depth, max_ratio, max_memory } =
            ArchiveLimits::default();
        assert_eq!((max_bytes, max_memory as u64), (size("16G").unwrap(), size("8M").unwrap()));
        assert_eq!((max_entries, max_depth, max_ratio), (2_000_000, 12, 250));
    }

    #[test]
    fn targets() {
        let target = |text: &str| Target::parse(text.into());
        let to = |format, file: &str| Ok(Target { format, file: file.into() });
        for (text, expected) in [
            ("report.json", to(None, "report.json")),
            ("-", to(None, "-")),
            ("sarif=x.sarif", to(Some(ScanFormat::Sarif), "x.sarif")),
            ("bitbucket-dc=a=b", to(Some(ScanFormat::BitbucketDc), "a=b")),
            ("html=-", to(Some(ScanFormat::Html), "-")),
            ("./sarif=x", to(None, "./sarif=x")),
            ("out/a=b.json", to(None, "out/a=b.json")),
            ("=x", to(None, "=x")),
        ] {
            assert_eq!(target(text), expected, "{text}");
        }
        assert!(target("serif=x").unwrap_err().contains("./serif="));
        assert!(target("sarif=").unwrap_err().contains("missing"));
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
