//! `playbook`: the response to a leak as a checklist.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use scalr_detect::{Confidence, Custom, Detector, Finding, Scanner};
use scalr_detect_respond::playbook::{self, Facts, Inventory};
use scalr_detect_sources::{Paths, Unit, Visitor};

use crate::args::Color;
use crate::{Error, Outcome, check, explain, interrupt, note, output, scanning, settings};

const EXIT_CODES: &str = "\
Exit codes:
  0  the checklist was written
  2  a mistake in usage, or nothing was found that it could be about
  3  it was written, but something of the inventory could not be read";

/// Say what to do about a leak: a checklist with the facts filled in
///
/// What is known of the secret is taken from a report (--report) or from the file that it is in (--at), and with --inventory
/// from every other place where it occurs. With an ID alone it is the checklist for that kind of secret. Several findings
/// give one checklist for each kind. Nothing is sent anywhere, and no secret is shown; of Scalr tokens the last six
/// characters are, by which Scalr's own pages and logs name a token.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Playbook {
    /// A fingerprint in the report, or its first digits; or a kind of secret, as named in reports
    #[arg(value_name = "FINDING|ID", required_unless_present_any = ["report", "at"])]
    what: Option<String>,

    /// A report with the finding, written with `--format jsonl`; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "at")]
    report: Option<PathBuf>,

    /// A line with the secret
    #[arg(long, value_name = "FILE:LINE", conflicts_with = "what")]
    at: Option<OsString>,

    /// List every place in these files and directories where the same secret occurs, and who reads it there
    #[arg(long, value_name = "PATH", num_args = 1..)]
    inventory: Vec<PathBuf>,

    /// Know the kinds of secret in FILE too, in the format of the built-in catalogue; of a folder, in all *.toml
    #[arg(long, value_name = "FILE")]
    detectors: Vec<PathBuf>,

    /// Form of the checklist
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Form {
    /// Text for people
    Text,
    /// A checklist for an issue or a wiki
    Markdown,
    /// An array with an object for each kind of secret
    Json,
}

/// Secrets by the id of their detector. A kind of which nothing more is known has none.
type Secrets = BTreeMap<String, Vec<Facts>>;

pub(crate) fn run(args: &Playbook) -> Result<Outcome, Error> {
    let custom = if args.detectors.is_empty() { None } else { Some(check::read(&args.detectors)?) };
    let all = scanner(custom.as_ref(), None)?;
    let detector = |id: &str| match all.detectors().iter().find(|detector| detector.id == id) {
        Some(detector) => Ok(detector),
        None => explain::detector(id),
    };
    let secrets = match (&args.at, &args.report, &args.what) {
        (Some(at), ..) => at_line(at, &all)?,
        (None, Some(report), what) => from_report(report, what.as_deref(), &all)?,
        (None, None, Some(id)) if is_fingerprint(id) => {
            return Err(Error(format!("{id} is a fingerprint: name the report that has it with --report")));
        }
        (None, None, Some(id)) => Secrets::from([(detector(id)?.id.to_owned(), Vec::new())]),
        (None, None, None) => {
            return Err(Error("say what leaked: an ID, --report FILE or --at FILE:LINE".to_owned()));
        }
    };
    let kinds = secrets.iter().map(|(id, facts)| Ok((detector(id)?, facts)));
    let kinds: Vec<(&Detector, &Vec<Facts>)> = kinds.collect::<Result<_, Error>>()?;
    let (inventory, outcome) = inventory(args, custom.as_ref(), &secrets)?;
    let playbooks: Vec<_> = kinds
        .iter()
        .map(|(detector, facts)| playbook::Playbook::new(detector, facts, inventory.as_ref()))
        .collect();
    let texts = playbooks.iter().map(|playbook| match args.format {
        Form::Text => playbook.to_text(),
        Form::Markdown => playbook.to_markdown(),
        Form::Json => playbook.to_json(),
    });
    let texts: Vec<_> = texts.collect();
    output::print(Color::Never, |out, _| match args.format {
        Form::Text | Form::Markdown => write!(out, "{}", texts.join("\n\n")),
        Form::Json => writeln!(out, "[{}]", texts.join(",\n")),
    })?;
    Ok(outcome)
}

/// A scanner that finds what the least confidence finds: of all kinds, or of some.
fn scanner(custom: Option<&Custom>, only: Option<&Secrets>) -> Result<Scanner, Error> {
    let mut builder = settings::builder(custom)?.min_confidence(Confidence::Low);
    if let Some(only) = only {
        builder = builder.only(only.keys().cloned());
    }
    builder.build().map_err(|e| Error(e.to_string()))
}

/// The secrets in a line.
fn at_line(at: &OsStr, scanner: &Scanner) -> Result<Secrets, Error> {
    let (path, line) = explain::split(at)?;
    let name = path.as_os_str().as_encoded_bytes();
    let mut secrets = Secrets::new();
    let read = File::open(path).and_then(|file| {
        scanner.for_path(name).scan_reader(file, |finding| {
            if finding.position().line > line {
                return ControlFlow::Break(());
            }
            if finding.end_position().line >= line {
                let facts = Facts::of(&finding, name);
                secrets.entry(finding.detector().id.to_owned()).or_default().push(facts);
            }
            ControlFlow::Continue(())
        })
    });
    read.map_err(|e| Error(format!("cannot read {}: {e}", path.display())))?;
    if secrets.is_empty() {
        let place = at.display();
        return Err(Error(format!(
            "no secret is found at {place}: `scalr-detect explain --at {place}` says why"
        )));
    }
    Ok(secrets)
}

/// The secrets of a report: all, those of a kind, or the one with a fingerprint.
fn from_report(path: &Path, what: Option<&str>, scanner: &Scanner) -> Result<Secrets, Error> {
    let name = path.display();
    let wrong = |e: &dyn std::fmt::Display| Error(format!("{name}: {e}"));
    let from: Box<dyn BufRead> = match path.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(path).map_err(|e| wrong(&e))?)),
    };
    let provider = |id: &str| scanner.detectors().iter().find(|detector| detector.id == id);
    let report = playbook::Report::read(from, |id| provider(id).map(|detector| detector.provider));
    let report = report.map_err(|e| wrong(&e))?;
    if report.left_out > 0 {
        note(format_args!(
            "scalr-detect: {name}: {} findings of more secrets than are kept are left out",
            report.left_out
        ));
    }
    let secrets = report.secrets.into_iter().map(|(id, facts)| (id, facts.into_values().collect()));
    let mut secrets: Secrets = secrets.collect();
    let what = match what {
        Some(what) => what,
        None if secrets.is_empty() => return Err(wrong(&"there is no finding in it")),
        None => return Ok(secrets),
    };
    // Kinds have letters that fingerprints have not, and ids are never so long without one.
    if is_fingerprint(what) {
        let what = what.to_ascii_lowercase();
        for facts in secrets.values_mut() {
            facts.retain(|facts| facts.fingerprint.starts_with(&what));
        }
        secrets.retain(|_, facts| !facts.is_empty());
        return match secrets.values().map(Vec::len).sum() {
            1 => Ok(secrets),
            0 => Err(wrong(&format_args!("no fingerprint in it starts with {what}"))),
            n => Err(wrong(&format_args!("{n} fingerprints start with {what}: write more digits"))),
        };
    }
    let id = match scanner.detectors().iter().find(|detector| detector.id == what) {
        Some(detector) => detector.id,
        None => explain::detector(what)?.id,
    };
    secrets.retain(|kind, _| kind == id);
    if secrets.is_empty() {
        return Err(wrong(&format_args!("there is no finding of {id} in it")));
    }
    Ok(secrets)
}

fn is_fingerprint(text: &str) -> bool {
    (6..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Looks for the same secrets in the paths of the inventory.
fn inventory(
    args: &Playbook,
    custom: Option<&Custom>,
    secrets: &Secrets,
) -> Result<(Option<Inventory>, Outcome), Error> {
    if args.inventory.is_empty() {
        return Ok((None, Outcome::Clean));
    }
    let wanted = secrets.iter().flat_map(|(id, all)| all.iter().map(move |facts| (id.as_str(), facts)));
    let wanted = Inventory::new(wanted);
    if secrets.values().all(Vec::is_empty) {
        return Err(Error(
            "an inventory needs the secret: name it with --report FILE or --at FILE:LINE".to_owned(),
        ));
    }
    let scanner = scanner(custom, Some(secrets))?;
    let found = Mutex::new(wanted.clone());
    let visitor = || Collector { inventory: wanted.clone(), all: &found };
    let ledger = Paths::new(&args.inventory).scan(&scanner, &interrupt::progress(), visitor);
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.unread = ledger.skipped().map(|(_, skipped)| skipped.gaps()).sum();
    scanning::note_gaps(&ledger);
    let outcome = if ledger.is_incomplete() { Outcome::Incomplete } else { Outcome::Clean };
    Ok((Some(found), outcome))
}

/// What one thread has found.
struct Collector<'a> {
    inventory: Inventory,
    all: &'a Mutex<Inventory>,
}

impl Visitor for Collector<'_> {
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()> {
        self.inventory.visit(unit.path(), finding);
        ControlFlow::Continue(())
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let inventory = std::mem::take(&mut self.inventory);
        self.all.lock().unwrap_or_else(PoisonError::into_inner).merge(inventory);
    }
}
