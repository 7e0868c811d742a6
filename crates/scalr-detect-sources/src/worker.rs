//! Scanning units: what one thread does, and how threads work together.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use scalr_detect::{Finding, Input, Scanner};

use crate::ledger::Ledger;
use crate::unit::Unit;

/// Takes what is found. Each worker thread has its own; `Break` ends the whole scan.
pub trait Visitor {
    /// A finding in `unit`. Findings of a unit come one after another, by start offset.
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()>;

    /// No more findings in `unit`: time to pass on what was gathered. Called only for units with findings.
    fn finish(&mut self, unit: &Unit<'_>) -> ControlFlow<()> {
        let _ = unit;
        ControlFlow::Continue(())
    }
}

/// How far a scan is, for another thread to show; and how another thread ends it.
#[derive(Debug, Default)]
pub struct Progress {
    units: AtomicU64,
    bytes: AtomicU64,
    interrupted: AtomicBool,
}

impl Progress {
    /// How many units have been scanned so far.
    pub fn units(&self) -> u64 {
        self.units.load(Ordering::Relaxed)
    }

    /// How many bytes have been read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ends the scan soon. Its ledger says that it was interrupted.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has interrupted the scan.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// What all workers of a scan share.
pub(crate) struct Shared<'a> {
    scanner: &'a Scanner,
    progress: &'a Progress,
    stop: AtomicBool,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(scanner: &'a Scanner, progress: &'a Progress) -> Shared<'a> {
        Shared { scanner, progress, stop: AtomicBool::new(false) }
    }

    /// Whether a visitor has ended the scan, or somebody has interrupted it.
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.progress.is_interrupted()
    }

    /// Does `work` on so many threads, of which this is one; 0: as many as can run at once. Their ledgers are added up.
    pub(crate) fn on_threads(&self, threads: usize, work: impl Fn() -> Ledger + Sync) -> Ledger {
        let mut ledger = thread::scope(|scope| {
            let others: Vec<_> = (1..count(threads))
                .map_while(|_| thread::Builder::new().spawn_scoped(scope, &work).ok())
                .collect();
            let mut ledger = work();
            for other in others {
                match other.join() {
                    Ok(theirs) => ledger.merge(&theirs),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            ledger
        });
        if self.progress.is_interrupted() {
            ledger.interrupt();
        }
        ledger
    }
}

/// How many threads: as many as can run at once, if 0.
pub(crate) fn count(threads: usize) -> usize {
    match threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}

/// Scans units: what one thread does. Its visitor is told what is found, its ledger what was scanned.
pub(crate) struct Worker<'a, V> {
    pub(crate) shared: &'a Shared<'a>,
    pub(crate) ledger: Ledger,
    visitor: V,
}

impl<'a, V: Visitor> Worker<'a, V> {
    pub(crate) fn new(shared: &'a Shared<'a>, visitor: V) -> Worker<'a, V> {
        Worker { shared, visitor, ledger: Ledger::default() }
    }

    pub(crate) fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Scans a unit that is in memory.
    pub(crate) fn bytes(&mut self, unit: &Unit<'_>, bytes: &[u8]) {
        self.shared.progress.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.search(unit, bytes);
        self.done(bytes.len() as u64);
    }

    /// Whether there is anything to find in a unit that is in memory. The visitor is told nothing yet.
    #[cfg(feature = "git")]
    pub(crate) fn has_findings(&mut self, path: &[u8], bytes: &[u8]) -> bool {
        self.shared.progress.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.done(bytes.len() as u64);
        self.shared.scanner.for_path(path).find_iter(bytes).next().is_some()
    }

    /// Tells the visitor what is in a unit of which it is known that it [has findings](Worker::has_findings). False: it
    /// wants no more.
    #[cfg(feature = "git")]
    pub(crate) fn found(&mut self, unit: &Unit<'_>, bytes: &[u8]) -> bool {
        self.search(unit, bytes);
        !self.shared.stop.load(Ordering::Relaxed)
    }

    /// Scans a part of a unit, and reports what is wanted by where its secret is; whether there was any. When all parts are
    /// scanned, [`Worker::end_parts`] is to be called.
    pub(crate) fn part(
        &mut self,
        unit: &Unit<'_>,
        input: Input<'_>,
        wanted: impl Fn(Range<usize>) -> bool,
    ) -> bool {
        let mut any = false;
        let scanner = self.shared.scanner.for_path(unit.path());
        for finding in scanner.find_iter(input).filter(|finding| wanted(finding.secret_span())) {
            any = true;
            if self.visitor.finding(unit, &finding).is_break() {
                self.stop();
                break;
            }
        }
        any
    }

    /// Ends a unit that was scanned in parts, of so many bytes together.
    pub(crate) fn end_parts(&mut self, unit: &Unit<'_>, bytes: u64, has_findings: bool) {
        self.shared.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.done(bytes);
        if has_findings && self.visitor.finish(unit).is_break() {
            self.stop();
        }
    }

    fn search(&mut self, unit: &Unit<'_>, bytes: &[u8]) {
        let mut any = false;
        let scanner = self.shared.scanner.for_path(unit.path());
        for finding in scanner.find_iter(bytes) {
            any = true;
            if self.visitor.finding(unit, &finding).is_break() {
                return self.stop();
            }
        }
        if any && self.visitor.finish(unit).is_break() {
            self.stop();
        }
    }

    /// Scans a unit while it is read; returns the number of bytes. An error is one of reading; what was read before is
    /// scanned all the same.
    pub(crate) fn stream(&mut self, unit: &Unit<'_>, reader: impl Read) -> io::Result<u64> {
        let mut reader = Counted { reader, shared: self.shared, read: 0 };
        let (mut any, mut stop) = (false, false);
        let visitor = &mut self.visitor;
        let result = self.shared.scanner.for_path(unit.path()).scan_reader(&mut reader, |finding| {
            any = true;
            let flow = visitor.finding(unit, &finding);
            stop |= flow.is_break();
            flow
        });
        let read = reader.read;
        if !stop && any {
            stop = self.visitor.finish(unit).is_break();
        }
        if stop {
            self.stop();
        }
        if result.is_ok() || read > 0 {
            self.done(read);
        }
        result.map(|()| read)
    }

    fn done(&mut self, bytes: u64) {
        self.ledger.scanned(bytes);
        self.shared.progress.units.fetch_add(1, Ordering::Relaxed);
    }

    fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// Counts what is read, and ends early when the scan is stopped.
struct Counted<'a, R> {
    reader: R,
    shared: &'a Shared<'a>,
    read: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.shared.stopped() {
            return Ok(0);
        }
        loop {
            match self.reader.read(buffer) {
                Ok(n) => {
                    self.read += n as u64;
                    self.shared.progress.bytes.fetch_add(n as u64, Ordering::Relaxed);
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}
