//! One way from a source to the reports: what all commands that scan have in common.

use std::fs::Metadata;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use scalr_detect::{Confidence, Custom, Finding, Scanner, ScannerBuilder};
use scalr_detect_report::{Record, Summary, Suppressed, Tally};
use scalr_detect_sources::{Ledger, Progress, Unit, Visitor};

use crate::args::Scanning;
use crate::reports::{Found, Page, Reports};
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
    shared: &'a Shared<'a>,
}

impl<'a> Scan<'a> {
    /// The visitor of one thread.
    pub(crate) fn visitor(&self) -> Thread<'a> {
        Thread { scan: self.shared, page: self.shared.reports.page(), tally: Tally::default() }
    }

    /// The metadata of the files that reports go to, so that they do not find themselves.
    pub(crate) fn own_outputs(&self) -> &'a [Metadata] {
        self.shared.reports.own_outputs()
    }
}

/// Runs a command that scans: `source` reads and scans, and here is everything around it.
pub(crate) fn scan(
    args: &Scanning,
    source: impl FnOnce(&Scan<'_>) -> Result<Ledger, Error>,
) -> Result<Outcome, Error> {
    let (started, start) = (SystemTime::now(), Instant::now());
    let custom = if args.detectors.is_empty() { None } else { Some(check::read(&args.detectors)?) };
    let scanner = scanner(args, custom.as_ref())?;
    let reports = Reports::open(&args.report, args.quiet)?;
    let progress = interrupt::progress();
    let shared = Shared {
        args,
        reports: &reports,
        found: Found::default(),
        masker: if args.show_secrets { None } else { Some(masker(custom.as_ref())?) },
        progress: &progress,
        findings: AtomicU64::new(0),
        tally: Mutex::new(Tally::default()),
        bar: bar(args),
    };
    let scan = Scan { scanner: &scanner, progress: &progress, shared: &shared };
    let ledger = shared.show_progress(|| source(&scan))?;
    let Shared { found, tally, .. } = shared;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let outcome = match (tally.total() > 0, ledger.is_incomplete()) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Clean,
    };
    let summary = Summary {
        tally: &tally,
        suppressed: Suppressed::default(),
        ledger: &ledger,
        started,
        elapsed: start.elapsed(),
    };
    // On a terminal the report has just said so.
    if !reports.tell_a_person() {
        summary.gaps().for_each(|gap| note(format_args!("scalr-detect: {gap}")));
    }
    if !args.quiet {
        reports.finish(found, &summary)?;
    }
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

/// What the threads of a scan share.
struct Shared<'a> {
    args: &'a Scanning,
    reports: &'a Reports<'a>,
    found: Found,
    masker: Option<Scanner>,
    progress: &'a Progress,
    findings: AtomicU64,
    tally: Mutex<Tally>,
    bar: Option<ProgressBar>,
}

impl Shared<'_> {
    fn pass_on(&self, page: &mut Page) -> ControlFlow<()> {
        match &self.bar {
            // The bar's line must not be in the way.
            Some(bar) if self.reports.stream_to_stdout() => {
                bar.suspend(|| self.reports.pass_on(page, &self.found))
            }
            _ => self.reports.pass_on(page, &self.found),
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
            HumanCount(self.findings.load(Ordering::Relaxed)),
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

/// What one thread does with what is found.
pub(crate) struct Thread<'a> {
    scan: &'a Shared<'a>,
    page: Page,
    tally: Tally,
}

impl Visitor for Thread<'_> {
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()> {
        let scan = self.scan;
        self.tally.add(finding.detector());
        scan.findings.fetch_add(1, Ordering::Relaxed);
        if scan.args.quiet {
            return ControlFlow::Break(());
        }
        let masker = scan.masker.as_ref();
        let mut record = Record::new(unit, finding, masker);
        if scan.reports.need_context() {
            record.add_context(finding, masker);
        }
        if scan.reports.need_columns() {
            record.add_columns(finding);
        }
        scan.reports.add(&mut self.page, &scan.found, record);
        if self.page.len() > PAGE { scan.pass_on(&mut self.page) } else { ControlFlow::Continue(()) }
    }

    fn finish(&mut self, _: &Unit<'_>) -> ControlFlow<()> {
        self.tally.add_unit();
        self.scan.pass_on(&mut self.page)
    }
}

impl Drop for Thread<'_> {
    fn drop(&mut self) {
        let tally = std::mem::take(&mut self.tally);
        self.scan.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
    }
}
