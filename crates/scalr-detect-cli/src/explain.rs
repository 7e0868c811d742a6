//! `explain`: a kind of secret, or a line of a file.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use scalr_detect::{Catalog, Detector, Judgement, Position};
use scalr_detect_report::terminal::plain;
use scalr_detect_report::{Record, jsonl, terminal};
use scalr_detect_respond::practices::practices;
use scalr_detect_respond::{Declared, revoked_by, verified_by};
use scalr_detect_sources::{Origin, Unit};
use scalr_detect_triage::Decision;

use crate::args::{Format, Looking, Report};
use crate::output::{self, Output};
use crate::settings::{Root, Settings};
use crate::{Error, Outcome};

/// Explain a kind of secret: how to recognise, revoke and keep it; or why a line is reported or is not
#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// Which kind, as named in reports and by `scalr-detect detectors`
    #[arg(value_name = "ID", required_unless_present = "at")]
    pub(crate) id: Option<String>,

    /// A line: what is found in it at any confidence, what says that it is reported or is not, and what is thought of
    /// values that only have a telling name
    #[arg(long, value_name = "FILE:LINE", conflicts_with = "id")]
    pub(crate) at: Option<OsString>,

    #[command(flatten)]
    pub(crate) report: Report,

    #[command(flatten)]
    pub(crate) looking: Looking,
}

pub(crate) fn run(args: &Explain) -> Result<Outcome, Error> {
    match (&args.at, &args.id) {
        (Some(at), _) => line(args, at),
        (None, Some(id)) => kind(args, id),
        (None, None) => Err(Error("say what to explain: an ID, or --at FILE:LINE".to_owned())),
    }
}

fn kind(args: &Explain, id: &str) -> Result<Outcome, Error> {
    let detector = detector(id)?;
    let practices = practices(detector);
    output::print(args.report.color, |out, output| match args.report.format {
        Format::Jsonl => jsonl::explanation(out, detector, &practices),
        Format::Terminal => {
            terminal::explain(out, detector, output.colors())?;
            let texts = practices.iter().map(|practice| (practice.topic.title(), practice.text));
            terminal::practices(out, texts, output.colors())?;
            let requests = [("verify", verified_by(detector.id)), ("revoke", revoked_by(detector.id))];
            for (command, declared) in requests {
                if let Some(Declared { request, documented }) = declared {
                    writeln!(out, "\nscalr-detect {command}\n  {request}\n  {documented}")?;
                }
            }
            Ok(())
        }
    })
}

/// The built-in detector with this id.
pub(crate) fn detector(id: &str) -> Result<&'static Detector, Error> {
    let catalog = Catalog::builtin();
    catalog.get(id).ok_or_else(|| {
        let hint = match catalog.nearest(id) {
            Some(id) => format!("did you mean {id:?}?"),
            None => "`scalr-detect detectors` lists them all".to_owned(),
        };
        Error(format!("unknown detector {id:?}: {hint}"))
    })
}

/// Says what is found in a line at any confidence, and what is thought of the values that only have a telling name.
fn line(args: &Explain, at: &OsStr) -> Result<Outcome, Error> {
    let (path, number) = split(at)?;
    let text = fs::read(path).map_err(|e| Error(format!("cannot read {}: {e}", path.display())))?;
    let name = path.as_os_str().as_encoded_bytes();
    let paths = [path.to_owned()];
    let settings = Settings::new(&args.looking, Root::Paths(&paths), false)?.with_baseline()?;
    let scanner = settings.masker.for_path(name);
    let Some(range) = line_range(&text, number) else {
        return Err(Error(format!("{} has no line {number}", path.display())));
    };
    let found: Vec<_> = scanner
        .find_iter(&text)
        .take_while(|finding| finding.secret_span().start < range.end)
        .filter(|finding| finding.secret_span().end > range.start)
        .collect();
    let judged = scanner.judgements(scalr_detect::Input::new(&text).range(range.clone()));
    let is_left_out = settings.exclusion().is_some_and(|exclusion| exclusion(path, false));
    let of_other = |j: &&Judgement| {
        let spans = || found.iter().map(|finding| (finding.detector().id, finding.secret_span()));
        !spans().any(|(id, span)| {
            span.start < j.value().end && j.value().start < span.end && !id.starts_with("generic-")
        })
    };
    output::print(args.report.color, |out, output: &Output| {
        for finding in &found {
            let unit = Unit::new(name, &Origin::File);
            let mut record = Record::new(&unit, finding, Some(&scanner));
            let decision = settings.decide(&unit, finding);
            if let Decision::Suppressed(suppression) = &decision {
                record.suppressed_by = Some(suppression.by.name());
                record.suppressed_why = settings.why(suppression);
            }
            match args.report.format {
                Format::Jsonl => jsonl::finding(out, &record)?,
                Format::Terminal => {
                    record.add_context(finding, Some(&scanner));
                    terminal::finding(out, &record, output.colors())?;
                    match decision {
                        Decision::Unsure(least) => {
                            writeln!(
                                out,
                                "    Not reported: less sure than {least}. --min-confidence changes that.\n"
                            )?;
                        }
                        Decision::Report(Some(over)) => {
                            writeln!(out, "    Reported, as the configuration asks for it: {over}.\n")?;
                        }
                        Decision::Report(None) | Decision::Suppressed(_) => {}
                    }
                }
            }
        }
        if args.report.format == Format::Terminal && is_left_out {
            writeln!(out, "{} is not scanned, as the configuration leaves it out.", plain(name))?;
        }
        for judgement in judged.iter().filter(of_other) {
            let position =
                Position { line: number, column: judgement.name().start.saturating_sub(range.start) + 1 };
            let named = &text[judgement.name()];
            match args.report.format {
                Format::Jsonl => jsonl::judgement(out, name, position, named, judgement)?,
                Format::Terminal => {
                    terminal::judgement(out, name, position, named, judgement, output.colors())?
                }
            }
        }
        if args.report.format == Format::Terminal && found.is_empty() && judged.is_empty() {
            writeln!(out, "Nothing is found in line {number} of {}, at no confidence.", path.display())?;
        }
        Ok(())
    })
}

/// Where a line is, its end of line included. Lines count from 1.
fn line_range(text: &[u8], number: usize) -> Option<Range<usize>> {
    let mut start = 0;
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').map(|line| {
        start += line.len();
        start - line.len()..start
    });
    lines.nth(number - 1)
}

/// `FILE:LINE`.
pub(crate) fn split(at: &OsStr) -> Result<(&Path, usize), Error> {
    let wrong = || Error(format!("{}: write FILE:LINE, with lines from 1", at.display()));
    let text = at.to_str().ok_or_else(wrong)?;
    let (path, line) = text.rsplit_once(':').ok_or_else(wrong)?;
    let line = line.parse().ok().filter(|line| *line > 0).ok_or_else(wrong)?;
    Ok((Path::new(path), line))
}
