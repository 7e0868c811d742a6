//! `baseline`: the secrets that are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use scalr_detect::{Finding, Fingerprint};
use scalr_detect_report::terminal::plain;
use scalr_detect_sources::{Ledger, Options, Paths, Unit, Visitor};
use scalr_detect_triage::{Baseline, Decision};

use crate::args::{Color, Format, Looking, Report};
use crate::settings::{Root, Settings};
use crate::{Error, Outcome, interrupt, note, output, scanning};

/// Make and keep a baseline: the secrets that are known and are not to be reported again
///
/// A baseline has the fingerprints of secrets, one a line, and what people write behind them. It has no positions: what is
/// known stays known when it moves, and another secret in its place is reported.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum BaselineCommand {
    /// Write a baseline of all that is found now; the file must not be there
    Create(Scope),
    /// Add what is found now and is not known; keep everything else
    Update(Scope),
    /// Remove what is not found any more; scans everything that the baseline is for, or it removes too much
    Prune(Scope),
    /// List the entries, and where each is found
    Show(Show),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    #[command(flatten)]
    scope: Scope,

    #[command(flatten)]
    report: Report,
}

/// Where the baseline is, and what is scanned for it.
#[derive(Debug, clap::Args)]
pub(crate) struct Scope {
    /// Files and directories to scan [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Scan nothing: take the findings of a report in JSON lines, of whatever command; `-` is standard input
    #[arg(long, value_name = "REPORT", conflicts_with = "paths")]
    from: Option<PathBuf>,

    #[command(flatten)]
    looking: Looking,

    /// Scan with N threads [default: as many as can run at once]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// The name of a baseline where nobody gives one.
const DEFAULT: &str = "scalr-detect.baseline";

/// How many places of a secret are listed.
const PLACES: usize = 5;

/// More than any report of ours has in a line.
const MAX_LINE: u64 = 16 << 20;

/// The secrets that were found.
#[derive(Debug, Default)]
struct Found {
    secrets: BTreeMap<Fingerprint, Secret>,
    incomplete: bool,
}

#[derive(Debug, Default)]
struct Secret {
    detector: String,
    places: BTreeSet<(Vec<u8>, u64)>,
    count: u64,
}

impl Found {
    fn add(&mut self, fingerprint: Fingerprint, detector: &str, path: &[u8], line: u64) {
        let secret = self.secrets.entry(fingerprint).or_default();
        detector.clone_into(&mut secret.detector);
        secret.count += 1;
        secret.places.insert((path.to_vec(), line));
        if secret.places.len() > PLACES {
            secret.places.pop_last();
        }
    }
}

pub(crate) fn run(command: &BaselineCommand) -> Result<Outcome, Error> {
    let (BaselineCommand::Create(scope)
    | BaselineCommand::Update(scope)
    | BaselineCommand::Prune(scope)
    | BaselineCommand::Show(Show { scope, .. })) = command;
    let settings = Settings::new(&scope.looking, Root::Paths(&scope.paths), false)?;
    let file = settings.baseline.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
    if matches!(command, BaselineCommand::Create(_)) && file.symlink_metadata().is_ok() {
        let name = file.display();
        return Err(Error(format!("{name} is there already: `scalr-detect baseline update` adds to it")));
    }
    // Read first, so that a mistake in it is said before anything is scanned.
    let mut baseline = match command {
        BaselineCommand::Create(_) => Baseline::default(),
        _ => settings.read_baseline(&file)?,
    };
    let found = match &scope.from {
        Some(report) => from_report(report)?,
        None => scan(scope, &settings, &file)?,
    };
    let outcome = if found.incomplete { Outcome::Incomplete } else { Outcome::Clean };
    let name = file.display();
    match command {
        BaselineCommand::Create(_) | BaselineCommand::Update(_) => {
            let known = |(fingerprint, secret): (&Fingerprint, &Secret)| {
                // What people say about a secret that is known stays as it is.
                match baseline.comment(*fingerprint) {
                    Some(_) => false,
                    None => baseline.add(*fingerprint, &secret.detector),
                }
            };
            let added = found.secrets.iter().map(known).filter(|new| *new).count();
            write(&file, &baseline, matches!(command, BaselineCommand::Create(_)))?;
            note(format_args!("{name}: {added} added, {} in all", baseline.entries().len()));
            if settings.baseline.is_none() {
                note(format_args!(
                    "to use it: scan --baseline {name}, or `baseline = \"{name}\"` in scalr-detect.toml"
                ));
            }
        }
        BaselineCommand::Prune(_) => {
            if found.incomplete {
                note(format_args!("{name}: left as it is, as not everything could be read"));
                return Ok(outcome);
            }
            found.secrets.keys().for_each(|fingerprint| _ = baseline.knows(*fingerprint));
            let removed = baseline.prune();
            if removed > 0 {
                write(&file, &baseline, false)?;
            }
            note(format_args!("{name}: {removed} removed, {} left", baseline.entries().len()));
        }
        BaselineCommand::Show(args) => show(&args.report, &settings, &baseline, &found)?,
    }
    Ok(outcome)
}

/// Scans for secrets that are not allowed or unwanted otherwise. `own`: the baseline itself, which is left out.
fn scan(scope: &Scope, settings: &Settings, own: &Path) -> Result<Found, Error> {
    let mut paths =
        Paths::new(&scope.paths).options(Options::default().threads(scope.threads.map_or(0, usize::from)));
    if let Some(exclusion) = settings.exclusion() {
        paths = paths.exclude(exclusion);
    }
    if let Ok(meta) = fs::metadata(own) {
        paths = paths.own_output(&meta);
    }
    let found = Mutex::new(Found::default());
    let progress = interrupt::progress();
    let ledger: Ledger = paths.scan(&settings.scanner, &progress, || Collector { settings, found: &found });
    scanning::note_gaps(&ledger);
    settings.note_markers();
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.incomplete = ledger.is_incomplete();
    Ok(found)
}

struct Collector<'a> {
    settings: &'a Settings,
    found: &'a Mutex<Found>,
}

impl Visitor for Collector<'_> {
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()> {
        if let Decision::Report(_) = self.settings.decide(unit, finding) {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            let line = finding.position().line as u64;
            found.add(finding.fingerprint(), finding.detector().id, unit.path(), line);
        }
        ControlFlow::Continue(())
    }
}

/// Reads the findings of a report in JSON lines.
fn from_report(path: &Path) -> Result<Found, Error> {
    let wrong = |line: usize, why: &str| Error(format!("{}: line {line}: {why}", path.display()));
    let reader: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path);
        Box::new(file.map_err(|e| Error(format!("cannot read the report {}: {e}", path.display())))?)
    };
    let mut reader = BufReader::new(reader);
    // A report that ends without a summary is not all there.
    let mut found = Found { incomplete: true, ..Found::default() };
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut text);
        if read.map_err(|e| wrong(line, &e.to_string()))? == 0 {
            break;
        }
        let value: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|_| wrong(line, "no JSON object: a report of --format jsonl is needed"))?;
        let field = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
        if let Some(summary) = value.get("summary") {
            found.incomplete = summary.get("incomplete").and_then(serde_json::Value::as_bool) != Some(false);
        } else if field("suppressed_by").is_some() {
            // Somebody has said already that it is none.
        } else if let Some(fingerprint) = field("fingerprint").and_then(Fingerprint::from_hex) {
            let place = value.get("line").and_then(serde_json::Value::as_u64).unwrap_or_default();
            let detector = field("detector").filter(|id| id.len() < 100).unwrap_or_default();
            found.add(fingerprint, detector, field("path").unwrap_or_default().as_bytes(), place);
        } else {
            return Err(wrong(line, "no finding: a report of --format jsonl is needed"));
        }
    }
    if found.incomplete {
        note(format_args!("{}: the report is incomplete", path.display()));
    }
    Ok(found)
}

/// Writes a baseline: all of it, or the file stays as it was.
fn write(file: &Path, baseline: &Baseline, is_new: bool) -> Result<(), Error> {
    let said = |e: io::Error| Error(format!("cannot write the baseline {}: {e}", file.display()));
    let text = baseline.to_string();
    if text.len() > Baseline::MAX_SIZE {
        let limit = format!("it may have at most {} bytes: leave paths or kinds out", Baseline::MAX_SIZE);
        return Err(Error(format!("too many secrets for the baseline {}: {limit}", file.display())));
    }
    if is_new {
        let mut file = File::create_new(file).map_err(said)?;
        return file.write_all(text.as_bytes()).map_err(said);
    }
    // Through a link, not over it.
    let real = fs::canonicalize(file).map_err(said)?;
    let mut name = real.clone().into_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(name);
    let written = (|| {
        let mut out = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        out.write_all(text.as_bytes())?;
        fs::set_permissions(&temporary, fs::metadata(&real)?.permissions())?;
        fs::rename(&temporary, &real)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(said)
}

fn show(args: &Report, settings: &Settings, baseline: &Baseline, found: &Found) -> Result<(), Error> {
    let color = if args.format == Format::Jsonl { Color::Never } else { args.color };
    output::print(color, |out, _| {
        for (fingerprint, comment, _) in baseline.entries() {
            let comment = settings.masked(comment);
            let secret = found.secrets.get(&fingerprint);
            let places = secret.iter().flat_map(|secret| &secret.places);
            match args.format {
                Format::Jsonl => {
                    let places = places
                        .map(|(path, line)| serde_json::json!({ "path": String::from_utf8_lossy(path), "line": line }));
                    let line = serde_json::json!({
                        "fingerprint": fingerprint.to_string(),
                        "comment": comment,
                        "count": secret.map_or(0, |secret| secret.count),
                        "places": places.collect::<Vec<_>>(),
                    });
                    writeln!(out, "{line}")?;
                }
                Format::Terminal => {
                    writeln!(out, "{fingerprint}  {}", plain(comment.as_bytes()))?;
                    for (path, line) in places {
                        writeln!(out, "    {}:{line}", plain(path))?;
                    }
                    match secret {
                        None => writeln!(out, "    not found")?,
                        Some(secret) if secret.count > secret.places.len() as u64 => {
                            writeln!(out, "    and {} more", secret.count - secret.places.len() as u64)?;
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        Ok(())
    })
    .map(|_| ())
}
