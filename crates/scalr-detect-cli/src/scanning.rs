//! One way from a source to the reports: what all commands that scan have in common.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use scalr_detect::{Finding, Scanner};
use scalr_detect_report::{BaselineUse, Record, Summary, Suppressed, Tally, gaps};
use scalr_detect_sources::{Ledger, Progress, Unit, Visitor};
use scalr_detect_triage::Decision;

use crate::args::Scanning;
use crate::reports::{Found, Page, Reports};
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
    shared: &'a Shared<'a>,
}

impl<'a> Scan<'a> {
    /// The visitor of one thread.
    pub(crate) fn visitor(&self) -> Thread<'a> {
        Thread {
            scan: self.shared,
            page: self.shared.reports.page(),
            tally: Tally::default(),
            any: false,
            markers: unused::OfUnit::default(),
        }
    }

    /// The metadata of the files that reports go to, so that they do not find themselves.
    pub(crate) fn own_outputs(&self) -> &'a [Metadata] {
        self.shared.reports.own_outputs()
    }
}

/// Runs a command that scans: `source` reads and scans units that lie as `root` says, and here is everything around it.
pub(crate) fn scan(
    args: &Scanning,
    root: Root<'_>,
    source: impl FnOnce(&Scan<'_>) -> Result<Ledger, Error>,
) -> Result<Outcome, Error> {
    let (started, start) = (SystemTime::now(), Instant::now());
    let verifying = Verifying::new(args)?;
    let settings = Settings::new(&args.looking, root, args.wants_unused())?.with_baseline()?;
    let reports = Reports::open(&args.report, args.quiet)?;
    let progress = interrupt::progress();
    let shared = Shared {
        args,
        reports: &reports,
        reported: Found::default(),
        settings: &settings,
        progress: &progress,
        found: AtomicU64::new(0),
        tally: Mutex::new(Tally::default()),
        unused_markers: Mutex::default(),
        verifying,
        bar: bar(args),
    };
    let scan = Scan { scanner: &settings.scanner, progress: &progress, settings: &settings, shared: &shared };
    let ledger = shared.show_progress(|| {
        let ledger = source(&scan);
        if let Some(verifying) = &shared.verifying {
            // Who pressed Ctrl-C does not want to wait for providers.
            let _ = shared.report_verified(verifying.rest(!progress.is_interrupted()));
        }
        ledger
    })?;
    let Shared { reported, tally, unused_markers, .. } = shared;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    // On a terminal the report says so.
    if !reports.tell_a_person() {
        note_gaps(&ledger);
    }
    let counts = settings.triage.counts();
    let known = settings.triage.known();
    let summary = Summary {
        tally: &tally,
        suppressed: Suppressed { baseline: counts.baseline, inline: counts.inline, config: counts.config },
        baseline: known.map(|known| BaselineUse { entries: known.entries().len(), unused: known.unused() }),
        config: settings.source.as_ref().map(|source| &*source.name),
        ledger: &ledger,
        started,
        elapsed: start.elapsed(),
    };
    let is_silent = args.quiet || args.only_findings && tally.total() == 0 && !ledger.is_incomplete();
    if !is_silent {
        reports.finish(reported, &summary)?;
        settings.note_markers();
    }
    let mut found = tally.total() > 0;
    // Of a scan that did not come to its end nothing is known.
    if args.wants_unused() && !ledger.is_interrupted() {
        let markers = unused_markers.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unused = unused::note(&settings, &markers);
        found |= args.fail_on_unused && unused > 0;
    }
    Ok(match (found, ledger.is_incomplete()) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Clean,
    })
}

/// Says which of the things that were asked for could not be read.
pub(crate) fn note_gaps(ledger: &Ledger) {
    gaps(ledger).for_each(|gap| note(format_args!("scalr-detect: {gap}")));
}

/// What the threads of a scan share.
struct Shared<'a> {
    args: &'a Scanning,
    reports: &'a Reports<'a>,
    reported: Found,
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
    fn report_verified(&self, records: Vec<Record>) -> ControlFlow<()> {
        let (mut page, mut tally, mut units) = (self.reports.page(), Tally::default(), HashSet::new());
        for record in records {
            tally.add(record.detector);
            if units.insert(record.path.clone()) {
                tally.add_unit();
            }
            self.reports.add(&mut page, &self.reported, record);
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
        self.pass_on(&mut page)
    }

    fn pass_on(&self, page: &mut Page) -> ControlFlow<()> {
        match &self.bar {
            // The bar's line must not be in the way.
            Some(bar) if self.reports.stream_to_stdout() => {
                bar.suspend(|| self.reports.pass_on(page, &self.reported))
            }
            _ => self.reports.pass_on(page, &self.reported),
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

/// What one thread does with what is found.
pub(crate) struct Thread<'a> {
    scan: &'a Shared<'a>,
    page: Page,
    tally: Tally,
    /// Whether something is reported of the unit at hand.
    any: bool,
    markers: unused::OfUnit,
}

impl Visitor for Thread<'_> {
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
        let masker = scan.masker();
        let mut record = Record::new(unit, finding, masker);
        if let Some(suppression) = suppression {
            record.suppressed_by = Some(suppression.by.name());
            record.suppressed_why = scan.settings.why(&suppression);
        }
        if scan.reports.need_context() {
            record.add_context(finding, masker);
        }
        if scan.reports.need_columns() {
            record.add_columns(finding);
        }
        if let Some(verifying) = verifying {
            return scan.report_verified(verifying.add(record, finding.into()));
        }
        scan.reports.add(&mut self.page, &scan.reported, record);
        if self.page.len() > PAGE { scan.pass_on(&mut self.page) } else { ControlFlow::Continue(()) }
    }

    fn finish(&mut self, unit: &Unit<'_>) -> ControlFlow<()> {
        if std::mem::take(&mut self.any) {
            self.tally.add_unit();
        }
        self.markers.finish(unit, &self.scan.unused_markers);
        self.scan.pass_on(&mut self.page)
    }
}

impl Drop for Thread<'_> {
    fn drop(&mut self) {
        let tally = std::mem::take(&mut self.tally);
        self.scan.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
    }
}
