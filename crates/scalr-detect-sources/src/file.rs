//! Files and standard input: opening them without being held up or led astray, and reading them to their end.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::ledger::{Ledger, Reason, Unread};
use crate::stdin::Stdin;
use crate::unit::{Origin, Unit};
use crate::worker::{Visitor, Worker};

/// The size in bytes up to which a file is read whole and searched in place; larger ones are streamed through the
/// scanner. Also how far past its size at opening a file that grows is followed.
pub const WINDOW: usize = 1 << 20;

/// No file is this large (64 TiB); what says so is no file: /proc/kcore, the memory of the system, is the one to meet.
const UNREAL: u64 = 1 << 46;

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

/// Which files are not read.
pub(crate) struct Limits {
    /// Larger ones.
    pub(crate) max_size: u64,
    /// Those that reports go to, by device and inode.
    pub(crate) own_outputs: Vec<(u64, u64)>,
}

/// Reads files for a worker.
pub(crate) struct Files<'a, V> {
    worker: Worker<'a, V>,
    limits: &'a Limits,
    buffer: Vec<u8>,
}

impl<'a, V: Visitor> Files<'a, V> {
    pub(crate) fn new(worker: Worker<'a, V>, limits: &'a Limits) -> Files<'a, V> {
        Files { worker, limits, buffer: Vec::new() }
    }

    pub(crate) fn into_ledger(self) -> Ledger {
        self.worker.into_ledger()
    }

    pub(crate) fn stopped(&self) -> bool {
        self.worker.shared.stopped()
    }

    /// Reads and scans a unit. `large` is called before work begins that may take long.
    pub(crate) fn run(&mut self, job: &Job, large: impl FnOnce()) {
        let path = &path_bytes(&job.path)[job.strip..];
        let unit = Unit::new(path, &job.origin);
        let result = match job.origin {
            Origin::Stdin => {
                large();
                let read = self.worker.stream(&unit, Stdin::new(self.worker.shared.progress()));
                read.map(|_| ()).map_err(|e| Unread::new(e, job.asked))
            }
            _ => self.file(job, &unit, large),
        };
        if let Err(why) = result {
            self.worker.ledger.skip(why, unit.path(), job.asked);
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
        if identity(&meta).is_some_and(|this| self.limits.own_outputs.contains(&this)) {
            return Err(Reason::OwnOutput.into());
        }
        let size = meta.len();
        if size > self.limits.max_size {
            return Err(Reason::TooLarge.into());
        }
        let bound = size.saturating_add(WINDOW as u64);
        let read = if size <= WINDOW as u64 {
            self.whole(unit, &mut file, size as usize).map_err(of)?
        } else {
            large();
            self.worker.file(unit, &file, bound).map_err(of)?
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
            self.worker.bytes(unit, &self.buffer[..read]);
        }
        end
    }
}

/// Opens a file for reading without ever waiting: a FIFO in its place would otherwise wait for a writer. A link in its
/// place is an error unless the caller named it.
#[cfg(unix)]
pub(crate) fn open(path: &Path, asked: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | if asked { 0 } else { libc::O_NOFOLLOW };
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
pub(crate) fn open(path: &Path, _asked: bool) -> io::Result<File> {
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
