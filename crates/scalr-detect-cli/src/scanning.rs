//! One way from a source to the reports: what all commands that scan have in common.

use std::fs::Metadata;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use scalr_detect::{Confidence, Custom, Finding, Scanner, ScannerBuilder};
use scalr_detect_report::{Record, Summary, Tally, jsonl, terminal};
use scalr_detect_sources::{Ledger, Progress, Unit, Visitor};

use crate::args::{Format, Scanning};
use crate::output::Output;
use crate::{Error, Outcome, check, interrupt, note};

/// A thread passes its part of the report on when it is done with a file, or when it has this many bytes.
const PAGE: usize = 64 << 10;

/// How long a scan must take for its progress to be worth showing, and how often it is shown then.
const LONG: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(200);

/// What a source of bytes needs to scan them.
pub(crate) struct Scan<'a> {
    pub(crate) scanner: &'a Scanner,
    pub(crate) progress: &'a Progress,
    output: &'a Output,
    shared: &'a Shared<'a>,
}

impl<'a> Scan<'a> {
    /// The visitor of one thread.
    pub(crate) fn visitor(&self) -> Page<'a> {
        Page::new(self.shared)
    }

    /// The metadata of the file that the report goes to, if it does, so that it does not find itself.
    pub(crate) fn own_output(&self) -> Option<Metadata> {
        self.output.metadata()
    }
}

/// Runs a command that scans: `source` reads and scans, and here is everything around it.
pub(crate) fn scan(
    args: &Scanning,
    source: impl FnOnce(&Scan<'_>) -> Result<Ledger, Error>,
) -> Result<Outcome, Error> {
    let start = Instant::now();
    let custom = if args.detectors.is_empty() { None } else { Some(check::read(&args.detectors)?) };
    let scanner = scanner(args, custom.as_ref())?;
    let output = match &args.output {
        Some(path) if path.as_os_str() != "-" => Output::file(path, args.report.color)?,
        _ => Output::stdout(args.report.color),
    };
    let progress = interrupt::progress();
    let shared = Shared {
        args,
        output: &output,
        masker: if args.show_secrets { None } else { Some(masker(custom.as_ref())?) },
        progress: &progress,
        found: AtomicU64::new(0),
        tally: Mutex::new(Tally::default()),
        bar: bar(args),
    };
    let scan = Scan { scanner: &scanner, progress: &progress, output: &output, shared: &shared };
    let ledger = shared.show_progress(|| source(&scan))?;
    let tally = std::mem::take(&mut *shared.tally.lock().unwrap_or_else(PoisonError::into_inner));
    let outcome = match (tally.total() > 0, ledger.is_incomplete()) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Clean,
    };
    let silent = args.quiet || args.only_findings && outcome == Outcome::Clean;
    if !silent {
        let _ = output.write(&summary(args, &output, &tally, &ledger, start.elapsed())?);
    }
    // On a terminal the summary has just said so.
    if args.quiet
        || args.report.format != Format::Terminal
        || !output.is_stdout()
        || !io::stdout().is_terminal()
    {
        note_gaps(&ledger);
    }
    output.finish()?;
    Ok(outcome)
}

fn scanner(args: &Scanning, custom: Option<&Custom>) -> Result<Scanner, Error> {
    let mut builder =
        builder(custom)?.min_confidence(args.min_confidence).decoders(!args.no_decode).except(&args.except);
    if !args.only.is_empty() {
        builder = builder.only(&args.only);
    }
    builder.build().map_err(|e| Error(e.to_string()))
}

/// Finds what is to be masked in the text around a finding: everything, whatever is being searched for.
fn masker(custom: Option<&Custom>) -> Result<Scanner, Error> {
    builder(custom)?.min_confidence(Confidence::Low).build().map_err(|e| Error(e.to_string()))
}

fn builder(custom: Option<&Custom>) -> Result<ScannerBuilder, Error> {
    match custom {
        Some(custom) => check::add(Scanner::builder(), custom),
        None => Ok(Scanner::builder()),
    }
}

fn summary(
    args: &Scanning,
    output: &Output,
    tally: &Tally,
    ledger: &Ledger,
    elapsed: Duration,
) -> Result<Vec<u8>, Error> {
    let summary = Summary { tally, ledger, elapsed };
    let mut out = Vec::new();
    match args.report.format {
        Format::Jsonl => jsonl::summary(&mut out, &summary),
        Format::Terminal => terminal::summary(&mut out, &summary, output.colors()),
    }
    .map_err(|e| Error(format!("cannot write the report: {e}")))?;
    Ok(out)
}

/// Says which of the things that were asked for could not be read.
fn note_gaps(ledger: &Ledger) {
    for (reason, skipped) in ledger.skipped() {
        let mut left = skipped.gaps();
        for example in skipped.examples().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            let (before, cause) = (if example.cause().is_empty() { "" } else { ": " }, example.cause());
            let path = terminal::plain(example.path());
            note(format_args!("scalr-detect: {path}: not read: {reason}{before}{cause}"));
            left -= 1;
        }
        if left > 0 {
            note(format_args!("scalr-detect: {left} more not read: {reason}"));
        }
    }
}

/// What the threads of a scan share.
struct Shared<'a> {
    args: &'a Scanning,
    output: &'a Output,
    masker: Option<Scanner>,
    progress: &'a Progress,
    found: AtomicU64,
    tally: Mutex<Tally>,
    bar: Option<ProgressBar>,
}

impl Shared<'_> {
    fn write(&self, bytes: &[u8]) -> ControlFlow<()> {
        match &self.bar {
            // The bar's line must not be in the way.
            Some(bar) if self.output.is_stdout() => bar.suspend(|| self.output.write(bytes)),
            _ => self.output.write(bytes),
        }
    }

    /// Shows how far `work` is, if there is a bar and it takes long.
    fn show_progress<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(bar) = &self.bar else { return work() };
        thread::scope(|scope| {
            let (done, end) = mpsc::channel::<()>();
            scope.spawn(move || {
                let mut wait = LONG;
                while end.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
                    wait = TICK;
                    bar.set_message(self.message(bar.elapsed()));
                    bar.tick();
                }
                if wait == TICK {
                    bar.finish_and_clear();
                }
            });
            let result = work();
            drop(done);
            result
        })
    }

    fn message(&self, elapsed: Duration) -> String {
        let bytes = self.progress.bytes();
        let speed = bytes as f64 / elapsed.as_secs_f64().max(1e-3);
        format!(
            "{} files, {} ({}/s), {} findings",
            HumanCount(self.progress.units()),
            HumanBytes(bytes),
            HumanBytes(speed as u64),
            HumanCount(self.found.load(Ordering::Relaxed)),
        )
    }
}

fn bar(args: &Scanning) -> Option<ProgressBar> {
    if args.no_progress || args.quiet || !io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    Some(bar)
}

/// What one thread has to report.
pub(crate) struct Page<'a> {
    scan: &'a Shared<'a>,
    text: Vec<u8>,
    tally: Tally,
}

impl<'a> Page<'a> {
    fn new(scan: &'a Shared<'a>) -> Page<'a> {
        Page { scan, text: Vec::new(), tally: Tally::default() }
    }

    fn pass_on(&mut self) -> ControlFlow<()> {
        let flow = self.scan.write(&self.text);
        self.text.clear();
        flow
    }
}

impl Visitor for Page<'_> {
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()> {
        let scan = self.scan;
        self.tally.add(finding.detector());
        scan.found.fetch_add(1, Ordering::Relaxed);
        if scan.args.quiet {
            return ControlFlow::Break(());
        }
        let mut record = Record::new(unit, finding, scan.masker.as_ref());
        let written = match scan.args.report.format {
            Format::Jsonl => jsonl::finding(&mut self.text, &record),
            Format::Terminal => {
                record.add_context(finding, scan.masker.as_ref());
                terminal::finding(&mut self.text, &record, scan.output.colors())
            }
        };
        // Memory takes everything.
        debug_assert!(written.is_ok());
        if self.text.len() > PAGE { self.pass_on() } else { ControlFlow::Continue(()) }
    }

    fn finish(&mut self, _: &Unit<'_>) -> ControlFlow<()> {
        self.tally.add_unit();
        self.pass_on()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        let tally = std::mem::take(&mut self.tally);
        self.scan.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
    }
}
