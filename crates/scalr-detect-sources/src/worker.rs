//! Reading units and scanning them: what one thread does.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use scalr_detect::{Finding, Scanner};

use crate::ledger::{Ledger, Reason, Unread};

/// The size in bytes up to which a file is read whole and searched in place; larger ones are streamed through the
/// scanner. Also how far past its size at opening a file that grows is followed.
pub const WINDOW: usize = 1 << 20;

/// No file is this large (64 TiB); what says so is no file: /proc/kcore, the memory of the system, is the one to meet.
const UNREAL: u64 = 1 << 46;

/// Where a unit's bytes came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// A file.
    File,
    /// Standard input.
    Stdin,
}

impl Origin {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::File => "file",
            Origin::Stdin => "stdin",
        }
    }
}

/// What is read at a time: a file, or standard input.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    path: &'a [u8],
    origin: Origin,
}

impl<'a> Unit<'a> {
    /// A unit called `path`.
    pub fn new(path: &'a [u8], origin: Origin) -> Unit<'a> {
        Unit { path, origin }
    }

    /// What it is called: for a file its path as the caller gave it or below the directory that the caller gave, with
    /// `/` between names. The bytes are those of the file system; they need not be UTF-8.
    pub fn path(&self) -> &'a [u8] {
        self.path
    }

    /// Where its bytes came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }
}

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

/// How far a scan is, for another thread to show.
#[derive(Debug, Default)]
pub struct Progress {
    units: AtomicU64,
    bytes: AtomicU64,
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
}

/// What a worker is to read.
#[derive(Debug)]
pub(crate) struct Job {
    /// To be opened, and to be reported once `strip` bytes are taken off its start.
    pub(crate) path: PathBuf,
    pub(crate) strip: usize,
    pub(crate) origin: Origin,
    /// The caller named it: a link is followed, and if it cannot be read the scan is incomplete.
    pub(crate) asked: bool,
}

/// What all workers of a scan share.
pub(crate) struct Shared<'a> {
    pub(crate) scanner: &'a Scanner,
    pub(crate) progress: &'a Progress,
    pub(crate) stop: AtomicBool,
    pub(crate) max_file_size: u64,
    /// The device and inode of the file that the report goes to.
    pub(crate) own_output: Option<(u64, u64)>,
}

pub(crate) struct Worker<'a, V> {
    shared: &'a Shared<'a>,
    visitor: V,
    buffer: Vec<u8>,
    ledger: Ledger,
}

impl<'a, V: Visitor> Worker<'a, V> {
    pub(crate) fn new(shared: &'a Shared<'a>, visitor: V) -> Worker<'a, V> {
        Worker { shared, visitor, buffer: Vec::new(), ledger: Ledger::default() }
    }

    pub(crate) fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Whether some worker has ended the scan.
    pub(crate) fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    /// Reads and scans a unit. `large` is called before work begins that may take long.
    pub(crate) fn run(&mut self, job: &Job, large: impl FnOnce()) {
        let path = &path_bytes(&job.path)[job.strip..];
        let unit = Unit::new(path, job.origin);
        let result = match job.origin {
            Origin::Stdin => {
                large();
                let read = self.stream(&unit, io::stdin().lock());
                read.map(|_| ()).map_err(|e| Unread::new(e, job.asked))
            }
            Origin::File => self.file(job, &unit, large),
        };
        if let Err(why) = result {
            self.ledger.skip(why, unit.path(), job.asked);
        }
    }

    fn file(&mut self, job: &Job, unit: &Unit<'_>, large: impl FnOnce()) -> Result<(), Unread> {
        let of = |e: io::Error| Unread::new(e, job.asked);
        let mut file = open(&job.path, job.asked).map_err(of)?;
        let meta = file.metadata().map_err(of)?;
        // The directory said that it is a regular file, but that was a while ago.
        if !meta.is_file() || meta.len() >= UNREAL {
            return Err(Reason::SpecialFile.into());
        }
        if self.shared.own_output.is_some() && identity(&meta) == self.shared.own_output {
            return Err(Reason::OwnOutput.into());
        }
        let size = meta.len();
        if size > self.shared.max_file_size {
            return Err(Reason::TooLarge.into());
        }
        let bound = size.saturating_add(WINDOW as u64);
        let read = if size <= WINDOW as u64 {
            self.whole(unit, &mut file, size as usize).map_err(of)?
        } else {
            large();
            self.stream(unit, (&mut file).take(bound)).map_err(of)?
        };
        // Files of /sys say that they have 4096 bytes and end before: those have not changed.
        let changed = read == bound || read < size && file.metadata().is_ok_and(|meta| meta.len() != size);
        if changed && !self.stopped() { Err(Reason::ChangedWhileRead.into()) } else { Ok(()) }
    }

    /// Reads a small file into the buffer and searches it there; returns the number of bytes. An error is one of reading;
    /// what was read before is searched all the same.
    ///
    /// Once `size` bytes are there, the end is taken to be reached, which saves a system call a file. Files that say
    /// they are empty may not be: those of /proc, for example.
    fn whole(&mut self, unit: &Unit<'_>, file: &mut File, size: usize) -> io::Result<u64> {
        if self.buffer.is_empty() {
            // Zeroed by the system where it can be, so that pages which no file reaches are never touched.
            self.buffer = vec![0; 2 * WINDOW];
        }
        let bound = size + WINDOW;
        let mut read = 0;
        let end = loop {
            match file.read(&mut self.buffer[read..bound]) {
                Ok(0) => break Ok(read as u64),
                Ok(n) => read += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => break Err(e),
            }
            if read == size || read == bound {
                break Ok(read as u64);
            }
        };
        if read > 0 || end.is_ok() {
            self.shared.progress.bytes.fetch_add(read as u64, Ordering::Relaxed);
            self.search(unit, read);
            self.done(read as u64);
        }
        end
    }

    fn search(&mut self, unit: &Unit<'_>, read: usize) {
        let mut any = false;
        let scanner = self.shared.scanner.for_path(unit.path());
        for finding in scanner.find_iter(&self.buffer[..read]) {
            any = true;
            if self.visitor.finding(unit, &finding).is_break() {
                return self.stop();
            }
        }
        if any && self.visitor.finish(unit).is_break() {
            self.stop();
        }
    }

    /// Passes a reader through the scanner; returns the number of bytes. An error is one of reading.
    fn stream(&mut self, unit: &Unit<'_>, reader: impl Read) -> io::Result<u64> {
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
        if self.shared.stop.load(Ordering::Relaxed) {
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

/// Opens a file for reading without ever waiting: a FIFO in its place would otherwise wait for a writer. A link in its
/// place is an error unless the caller named it.
#[cfg(unix)]
fn open(path: &Path, asked: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | if asked { 0 } else { libc::O_NOFOLLOW };
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path, _asked: bool) -> io::Result<File> {
    File::open(path)
}

/// What identifies a file, where the system tells.
#[cfg(unix)]
pub(crate) fn identity(meta: &std::fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
pub(crate) fn identity(_: &std::fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// The bytes of a path, with `/` between names.
#[cfg(unix)]
pub(crate) fn path_bytes(path: &Path) -> std::borrow::Cow<'_, [u8]> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).into()
}

#[cfg(not(unix))]
pub(crate) fn path_bytes(path: &Path) -> std::borrow::Cow<'_, [u8]> {
    path.to_string_lossy().replace('\\', "/").into_bytes().into()
}
