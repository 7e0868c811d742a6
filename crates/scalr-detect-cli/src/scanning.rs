//! One way from a source to the reports: what all commands that scan have in common.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use scalr_detect::{Finding, Scanner};
use scalr_detect_report::{BaselineUse, Record, Summary, Suppressed, Tally, jsonl, terminal};
use scalr_detect_sources::{Ledger, Progress, Unit, Visitor};
use scalr_detect_triage::Decision;

use crate::args::{Format, Scanning};
use crate::output::Output;
use crate::settings::{MARKER_ID, Root, Settings};
use crate::unused::{self, Markers};
use crate::verify::Verifying;
use crate::{Error, Outcome, interrupt, note};

/// A thread passes its part of the report on when it is done with a file, or when it has this many bytes.
const PAGE: usize = 64 << 10;

/// How long a scan must take for its progress to be worth showing, and how often it is shown then.
const LONG: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(200);

/// What a source of bytes needs to scan them.
pub(crate) struct Scan<'a> {
    pub(crate) scanner: &'a Scanner,
    pub(crate) progress: &'a Progress,
    /// What flags and the configuration amount to.
    pub(crate) settings: &'a Settings,
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

/// Runs a command that scans: `source` reads and scans units that lie as `root` says, and here is everything around it.
pub(crate) fn scan(
    args: &Scanning,
    root: Root<'_>,
    source: impl FnOnce(&Scan<'_>) -> Result<Ledger, Error>,
) -> Result<Outcome, Error> {
    let start = Instant::now();
    let verifying = Verifying::new(args)?;
    let settings = Settings::new(&args.looking, root, args.wants_unused())?.with_baseline()?;
    let output = match &args.output {
        Some(path) if path.as_os_str() != "-" => Output::file(path, args.report.color)?,
        _ => Output::stdout(args.report.color),
    };
    let progress = interrupt::progress();
    let shared = Shared {
        args,
        output: &output,
        settings: &settings,
        progress: &progress,
        found: AtomicU64::new(0),
        tally: Mutex::new(Tally::default()),
        unused_markers: Mutex::default(),
        verifying,
        bar: bar(args),
    };
    let scan = Scan {
        scanner: &settings.scanner,
        progress: &progress,
        settings: &settings,
        output: &output,
        shared: &shared,
    };
    let ledger = shared.show_progress(|| {
        let ledger = source(&scan);
        if let Some(verifying) = &shared.verifying {
            // Who pressed Ctrl-C does not want to wait for providers.
            let _ = shared.report_verified(&verifying.rest(!progress.is_interrupted()));
        }
        ledger
    })?;
    let tally = std::mem::take(&mut *shared.tally.lock().unwrap_or_else(PoisonError::into_inner));
    if !args.quiet {
        let _ = output.write(&summary(&shared, &tally, &ledger, start.elapsed())?);
    }
    // On a terminal the summary has just said so.
    if args.quiet
        || args.report.format != Format::Terminal
        || !output.is_stdout()
        || !io::stdout().is_terminal()
    {
        note_gaps(&ledger);
    }
    if !args.quiet {
        settings.note_markers();
    }
    let mut found = tally.total() > 0;
    if args.wants_unused() {
        let markers = shared.unused_markers.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unused = unused::note(&settings, &markers);
        found |= args.fail_on_unused && unused > 0;
    }
    output.finish()?;
    Ok(match (found, ledger.is_incomplete()) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Clean,
    })
}

fn summary(shared: &Shared<'_>, tally: &Tally, ledger: &Ledger, elapsed: Duration) -> Result<Vec<u8>, Error> {
    let settings = shared.settings;
    let counts = settings.triage.counts();
    let known = settings.triage.known();
    let summary = Summary {
        tally,
        suppressed: Suppressed { baseline: counts.baseline, inline: counts.inline, config: counts.config },
        baseline: known.map(|known| BaselineUse { entries: known.entries().len(), unused: known.unused() }),
        config: settings.source.as_ref().map(|source| &*source.name),
        ledger,
        elapsed,
    };
    let mut out = Vec::new();
    match shared.args.report.format {
        Format::Jsonl => jsonl::summary(&mut out, &summary),
        Format::Terminal => terminal::summary(&mut out, &summary, shared.output.colors()),
    }
    .map_err(|e| Error(format!("cannot write the report: {e}")))?;
    Ok(out)
}

/// Says which of the things that were asked for could not be read.
pub(crate) fn note_gaps(ledger: &Ledger) {
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
    settings: &'a Settings,
    progress: &'a Progress,
    found: AtomicU64,
    tally: Mutex<Tally>,
    unused_markers: Mutex<Markers>,
    /// Asks whether secrets still work, if that is wanted.
    verifying: Option<Verifying>,
    bar: Option<ProgressBar>,
}

impl Shared<'_> {
    /// Finds what is to be masked; None: secrets are shown.
    fn masker(&self) -> Option<&Scanner> {
        if self.args.show_secrets { None } else { Some(&self.settings.masker) }
    }

    /// Reports what was asked about.
    fn report_verified(&self, records: &[Record<'_>]) -> ControlFlow<()> {
        let (mut text, mut tally, mut units) = (Vec::new(), Tally::default(), HashSet::new());
        for record in records {
            tally.add(record.detector);
            if units.insert(&record.path) {
                tally.add_unit();
            }
            self.report(&mut text, record);
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
        if self.args.quiet { ControlFlow::Continue(()) } else { self.write(&text) }
    }

    /// Appends a finding to a report.
    fn report(&self, text: &mut Vec<u8>, record: &Record<'_>) {
        let written = match self.args.report.format {
            Format::Jsonl => jsonl::finding(text, record),
            Format::Terminal => terminal::finding(text, record, self.output.colors()),
        };
        // Memory takes everything.
        debug_assert!(written.is_ok());
    }

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
    /// Whether something is reported of the unit at hand.
    any: bool,
    markers: unused::OfUnit,
}

impl<'a> Page<'a> {
    fn new(scan: &'a Shared<'a>) -> Page<'a> {
        Page { scan, text: Vec::new(), tally: Tally::default(), any: false, markers: Default::default() }
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
        if finding.detector().id == MARKER_ID {
            self.markers.met(finding.position().line);
            return ControlFlow::Continue(());
        }
        let suppression = match scan.settings.decide(unit, finding) {
            Decision::Report(_) => None,
            Decision::Unsure(_) => return ControlFlow::Continue(()),
            Decision::Suppressed(suppression) => {
                suppression.marker_line.inspect(|line| self.markers.needed(*line));
                if !scan.args.show_suppressed || scan.args.quiet {
                    return ControlFlow::Continue(());
                }
                Some(suppression)
            }
        };
        // What is suppressed is nobody's business, and no provider's either.
        let verifying = scan.verifying.as_ref().filter(|_| suppression.is_none());
        if suppression.is_none() {
            scan.found.fetch_add(1, Ordering::Relaxed);
            if verifying.is_none() {
                self.any = true;
                self.tally.add(finding.detector());
                if scan.args.quiet {
                    return ControlFlow::Break(());
                }
            }
        }
        let mut record = Record::new(unit, finding, scan.masker());
        if let Some(suppression) = suppression {
            record.suppressed_by = Some(suppression.by.name());
            record.suppressed_why = scan.settings.why(&suppression);
        }
        if scan.args.report.format == Format::Terminal {
            record.add_context(finding, scan.masker());
        }
        if let Some(verifying) = verifying {
            return scan.report_verified(&verifying.add(record, finding.into()));
        }
        scan.report(&mut self.text, &record);
        if self.text.len() > PAGE { self.pass_on() } else { ControlFlow::Continue(()) }
    }

    fn finish(&mut self, unit: &Unit<'_>) -> ControlFlow<()> {
        if std::mem::take(&mut self.any) {
            self.tally.add_unit();
        }
        self.markers.finish(unit, &self.scan.unused_markers);
        self.pass_on()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        let tally = std::mem::take(&mut self.tally);
        self.scan.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
    }
}
