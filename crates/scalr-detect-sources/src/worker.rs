//! Scanning units: what one thread does, and how threads work together.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

#[cfg(feature = "archives")]
use scalr_detect::Searcher;
use scalr_detect::{Finding, Input, Scanner};

#[cfg(feature = "archives")]
use crate::archive::{self, ArchiveLimits};
use crate::ledger::Ledger;
use crate::options::Options;
use crate::unit::{Origin, Unit};

/// Takes what is found. Each worker thread has its own; `Break` ends the whole scan.
pub trait Visitor {
    /// A finding in `unit`. Findings of a unit come one after another, by start offset; those in the frame of an archive
    /// (names and comments) come between those of its entries.
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()>;

    /// No more findings in `unit` for now: time to pass on what was gathered. Called only after findings.
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
    interrupted: Arc<AtomicBool>,
}

impl Progress {
    /// Of a scan that ends soon when this flag is set, as a handler of signals does.
    pub fn interrupted_by(flag: Arc<AtomicBool>) -> Progress {
        Progress { interrupted: flag, ..Progress::default() }
    }

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
    #[cfg(feature = "archives")]
    archives: Option<&'a ArchiveLimits>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(scanner: &'a Scanner, progress: &'a Progress) -> Shared<'a> {
        Shared {
            scanner,
            progress,
            stop: AtomicBool::new(false),
            #[cfg(feature = "archives")]
            archives: None,
        }
    }

    /// Looks into archives, within these limits. Default: no.
    #[cfg(feature = "archives")]
    pub(crate) fn archives(mut self, limits: Option<&'a ArchiveLimits>) -> Shared<'a> {
        self.archives = limits;
        self
    }

    pub(crate) fn progress(&self) -> &'a Progress {
        self.progress
    }

    /// Ends the scan, as a visitor wants no more.
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// What of the options a worker minds.
    #[cfg_attr(not(feature = "archives"), expect(unused_variables, reason = "archives are all there is"))]
    pub(crate) fn options(self, options: &'a Options) -> Shared<'a> {
        #[cfg(feature = "archives")]
        let shared = self.archives(options.archives.as_ref());
        #[cfg(not(feature = "archives"))]
        let shared = self;
        shared
    }

    /// Whether what begins like this is better in memory than read once: an archive that is read in any order.
    #[cfg(feature = "git")]
    #[cfg_attr(not(feature = "archives"), expect(unused_variables, reason = "no archives are looked into"))]
    pub(crate) fn wants_whole(&self, head: &[u8]) -> bool {
        #[cfg(feature = "archives")]
        return self.recognize(head).is_some_and(archive::Kind::wants_random_access);
        #[cfg(not(feature = "archives"))]
        false
    }

    /// What kind of archive begins like this, if they are looked into.
    #[cfg(all(feature = "git", feature = "archives"))]
    fn recognize(&self, head: &[u8]) -> Option<archive::Kind> {
        self.archives.and_then(|_| archive::recognize(head))
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

/// Says of a unit with findings where it comes from, when that costs too much to be said of every unit.
pub(crate) trait Attribution {
    /// The origin of `unit`, if it is another one than the unit has.
    fn origin(&self, unit: &Unit<'_>) -> Option<Origin>;
}

/// What there is to find in a unit.
#[cfg(feature = "git")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Probe {
    /// Something.
    Found,
    /// Nothing.
    Clean,
    /// Nothing in what could be read, which is not all.
    #[cfg(feature = "archives")]
    Unsure,
}

/// Wants one finding; whether there was one.
#[cfg(all(feature = "git", feature = "archives"))]
struct First(bool);

#[cfg(all(feature = "git", feature = "archives"))]
impl Visitor for &mut First {
    fn finding(&mut self, _: &Unit<'_>, _: &Finding<'_, '_>) -> ControlFlow<()> {
        self.0 = true;
        ControlFlow::Break(())
    }
}

/// Scans units: what one thread does. Its visitor is told what is found, its ledger what was scanned.
pub(crate) struct Worker<'a, V> {
    pub(crate) shared: &'a Shared<'a>,
    pub(crate) ledger: Ledger,
    visitor: V,
    attribution: Option<&'a dyn Attribution>,
    /// Where what comes out of archives is held while it is searched. Empty while it is in use, and at first.
    #[cfg(feature = "archives")]
    pub(crate) scratch: Vec<u8>,
}

impl<'a, V: Visitor> Worker<'a, V> {
    pub(crate) fn new(shared: &'a Shared<'a>, visitor: V) -> Worker<'a, V> {
        Worker {
            shared,
            visitor,
            ledger: Ledger::default(),
            attribution: None,
            #[cfg(feature = "archives")]
            scratch: Vec::new(),
        }
    }

    /// Sets who says where units with findings come from.
    #[cfg(feature = "archives")]
    pub(crate) fn attribute(&mut self, to: Option<&'a dyn Attribution>) {
        self.attribution = to;
    }

    pub(crate) fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Scans a unit that is in memory; if it is an archive, and they are looked into, what is in it.
    pub(crate) fn bytes(&mut self, unit: &Unit<'_>, bytes: &[u8]) {
        #[cfg(feature = "archives")]
        if let Some(limits) = self.shared.archives
            && let Some(kind) = archive::recognize(bytes)
        {
            // Memory does not fail to be read.
            let _ = archive::open(self, limits, unit, kind, archive::Source::Bytes(bytes));
            return;
        }
        self.plain_bytes(unit, bytes);
    }

    /// Scans a unit while it is read; if it is an archive, and they are looked into, what is in it. Returns the number of
    /// bytes read. An error is one of reading; what was read before is scanned all the same.
    pub(crate) fn stream(&mut self, unit: &Unit<'_>, mut reader: impl Read) -> io::Result<u64> {
        #[cfg(feature = "archives")]
        if let Some(limits) = self.shared.archives {
            let mut head = [0; archive::HEAD];
            let (read, error) = read_full(&mut reader, &mut head);
            let mut rest = Rest { error, reader };
            let mut whole = (&head[..read]).chain(&mut rest);
            return match archive::recognize(&head[..read]) {
                Some(kind) => archive::open(self, limits, unit, kind, archive::Source::Stream(&mut whole)),
                None => self.plain_stream(unit, whole),
            };
        }
        self.plain_stream(unit, &mut reader)
    }

    /// Like [`Worker::stream`] for a file, of which `reader` reads at most `bound` bytes: archives can be read in any
    /// order.
    pub(crate) fn file(&mut self, unit: &Unit<'_>, file: &std::fs::File, bound: u64) -> io::Result<u64> {
        #[cfg(feature = "archives")]
        if let Some(limits) = self.shared.archives {
            let mut head = [0; archive::HEAD];
            let file = archive::FileAt::new(file, bound);
            let read = archive::ReadAt::read_at(&file, &mut head, 0)?;
            if let Some(kind) = archive::recognize(&head[..read]).filter(|kind| kind.wants_random_access()) {
                return archive::open(self, limits, unit, kind, archive::Source::File(&file));
            }
            return self.stream(unit, archive::Range { source: &file, at: 0, end: bound });
        }
        self.stream(unit, file.take(bound))
    }

    /// Scans a unit that is in memory, whatever it is.
    pub(crate) fn plain_bytes(&mut self, unit: &Unit<'_>, bytes: &[u8]) {
        self.shared.progress.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.search(unit, bytes, |_| true);
        self.done(bytes.len() as u64);
    }

    /// Whether there is anything to find in a unit that is in memory. The visitor is told nothing yet.
    #[cfg(feature = "git")]
    pub(crate) fn probe(&mut self, unit: &Unit<'_>, bytes: &[u8]) -> Probe {
        #[cfg(feature = "archives")]
        if self.shared.recognize(bytes).is_some() {
            let (probe, ()) = self.probe_archive(|worker| worker.bytes(unit, bytes));
            return probe;
        }
        self.shared.progress.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.done(bytes.len() as u64);
        match self.shared.scanner.for_path(unit.path()).find_iter(bytes).next() {
            Some(_) => Probe::Found,
            None => Probe::Clean,
        }
    }

    /// The same for a unit of so many bytes that begins with `head` and is read to the first finding. An error is one of
    /// reading.
    #[cfg(feature = "git")]
    pub(crate) fn probe_stream(
        &mut self,
        unit: &Unit<'_>,
        head: &[u8],
        size: u64,
        reader: impl Read,
    ) -> io::Result<Probe> {
        #[cfg(feature = "archives")]
        if self.shared.recognize(head).is_some() {
            let (probe, read) = self.probe_archive(|worker| worker.stream(unit, reader));
            return read.map(|_| probe);
        }
        let _ = head;
        let mut probe = Probe::Clean;
        self.shared.scanner.for_path(unit.path()).scan_reader(reader, |_| {
            probe = Probe::Found;
            ControlFlow::Break(())
        })?;
        self.shared.progress.bytes.fetch_add(size, Ordering::Relaxed);
        self.done(size);
        Ok(probe)
    }

    /// Whether there is anything to find in an archive, which `open` has a worker open.
    #[cfg(all(feature = "git", feature = "archives"))]
    fn probe_archive<T>(&mut self, open: impl FnOnce(&mut Worker<'_, &mut First>) -> T) -> (Probe, T) {
        let shared = Shared::new(self.shared.scanner, self.shared.progress).archives(self.shared.archives);
        let mut first = First(false);
        let mut worker = Worker::new(&shared, &mut first);
        worker.scratch = std::mem::take(&mut self.scratch);
        let opened = open(&mut worker);
        self.scratch = std::mem::take(&mut worker.scratch);
        let ledger = worker.into_ledger();
        if first.0 {
            // What there is of it is noted when all of it is scanned.
            return (Probe::Found, opened);
        }
        self.ledger.merge(&ledger);
        (if ledger.skipped().next().is_none() { Probe::Clean } else { Probe::Unsure }, opened)
    }

    /// Tells the visitor what is in a unit in which a [probe](Worker::probe) found something. False: it wants no more.
    #[cfg(feature = "git")]
    pub(crate) fn found(&mut self, unit: &Unit<'_>, bytes: &[u8]) -> bool {
        #[cfg(feature = "archives")]
        if self.shared.recognize(bytes).is_some() {
            self.bytes(unit, bytes);
            return !self.shared.stop.load(Ordering::Relaxed);
        }
        self.search(unit, bytes, |_| true);
        !self.shared.stop.load(Ordering::Relaxed)
    }

    /// The same for a unit that begins with `head` and is read. An error is one of reading.
    #[cfg(feature = "git")]
    pub(crate) fn found_stream(
        &mut self,
        unit: &Unit<'_>,
        head: &[u8],
        reader: impl Read,
    ) -> io::Result<bool> {
        #[cfg(feature = "archives")]
        if self.shared.recognize(head).is_some() {
            self.stream(unit, reader)?;
            return Ok(!self.shared.stop.load(Ordering::Relaxed));
        }
        let _ = head;
        self.search_reader(unit, reader, |_| true).1?;
        Ok(!self.shared.stop.load(Ordering::Relaxed))
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
                self.shared.stop();
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
            self.shared.stop();
        }
    }

    /// Tells the findings in bytes that `wanted` says yes to.
    pub(crate) fn search(
        &mut self,
        unit: &Unit<'_>,
        bytes: &[u8],
        wanted: impl Fn(&Finding<'_, '_>) -> bool,
    ) {
        let scanner = self.shared.scanner.for_path(unit.path());
        let mut told = Told::new(unit);
        for finding in scanner.find_iter(bytes) {
            if wanted(&finding) && told.finding(self, &finding).is_break() {
                break;
            }
        }
        told.finish(self);
    }

    /// Scans a unit while it is read, whatever it is. Results as of [`Worker::stream`].
    pub(crate) fn plain_stream(&mut self, unit: &Unit<'_>, reader: impl Read) -> io::Result<u64> {
        let (read, result) = self.search_reader(unit, reader, |_| true);
        if result.is_ok() || read > 0 {
            self.done(read);
        }
        result.map(|()| read)
    }

    /// Tells the findings in what is read that `wanted` says yes to; returns the number of bytes.
    #[cfg(feature = "archives")]
    pub(crate) fn search_stream(
        &mut self,
        unit: &Unit<'_>,
        reader: impl Read,
        wanted: impl Fn(&Finding<'_, '_>) -> bool,
    ) -> io::Result<u64> {
        let (read, result) = self.search_reader(unit, reader, wanted);
        result.map(|()| read)
    }

    fn search_reader(
        &mut self,
        unit: &Unit<'_>,
        reader: impl Read,
        wanted: impl Fn(&Finding<'_, '_>) -> bool,
    ) -> (u64, io::Result<()>) {
        let mut reader = Counted { reader, shared: self.shared, read: 0 };
        let mut told = Told::new(unit);
        let scanner = self.shared.scanner.for_path(unit.path());
        let result = scanner.scan_reader(&mut reader, |finding| {
            if wanted(&finding) { told.finding(self, &finding) } else { ControlFlow::Continue(()) }
        });
        told.finish(self);
        (reader.read, result)
    }

    pub(crate) fn done(&mut self, bytes: u64) {
        self.ledger.scanned(bytes);
        self.shared.progress.units.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(feature = "archives")]
    pub(crate) fn searcher(&self, unit: &Unit<'_>) -> Searcher {
        self.shared.scanner.for_path(unit.path()).searcher()
    }
}

/// Tells a visitor the findings of a unit.
pub(crate) struct Told<'u> {
    unit: Unit<'u>,
    /// Where it comes from, if somebody else had to say so.
    origin: Option<Origin>,
    any: bool,
    stop: bool,
}

impl<'u> Told<'u> {
    pub(crate) fn new(unit: &Unit<'u>) -> Told<'u> {
        Told { unit: *unit, origin: None, any: false, stop: false }
    }

    pub(crate) fn finding<V: Visitor>(
        &mut self,
        worker: &mut Worker<'_, V>,
        finding: &Finding<'_, '_>,
    ) -> ControlFlow<()> {
        if self.stop {
            return ControlFlow::Break(());
        }
        if !self.any {
            self.any = true;
            self.origin = worker.attribution.and_then(|attribution| attribution.origin(&self.unit));
        }
        let flow = worker.visitor.finding(&self.unit(), finding);
        self.stop = flow.is_break();
        flow
    }

    /// No more findings for now.
    pub(crate) fn finish<V: Visitor>(&mut self, worker: &mut Worker<'_, V>) {
        if self.any && !self.stop {
            self.stop = worker.visitor.finish(&self.unit()).is_break();
        }
        if self.stop {
            worker.shared.stop();
        }
        self.any = false;
    }

    fn unit(&self) -> Unit<'_> {
        Unit::new(self.unit.path(), self.origin.as_ref().unwrap_or(self.unit.origin()))
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

/// What follows the head of a stream: the error that ended it, if one did.
#[cfg(feature = "archives")]
struct Rest<R> {
    error: Option<io::Error>,
    reader: R,
}

#[cfg(feature = "archives")]
impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.error.take() {
            Some(e) => Err(e),
            None => self.reader.read(buffer),
        }
    }
}

/// Fills a buffer as far as the reader goes; how far that is, and the error if one was the end of it.
#[cfg(feature = "archives")]
pub(crate) fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut read = 0;
    while read < buffer.len() {
        match reader.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (read, Some(e)),
        }
    }
    (read, None)
}
