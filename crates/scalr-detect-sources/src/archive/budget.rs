//! The budget of an archive: what may come out of it, with all that is nested in it.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

/// How far an archive is looked into. Every limit is for an archive that is met as a file (or an object of a
/// repository, or a layer of an image), together with all that is nested in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchiveLimits {
    /// How many bytes may come out of decompression: 16 GiB.
    pub max_bytes: u64,
    /// How many entries are read: 2,000,000.
    pub max_entries: u64,
    /// How many archives or compressions may be around a file: 12, and never more than 64. A `.tar.gz` counts two.
    pub max_depth: u32,
    /// How many times as much may come out as went in, once 64 MiB have: 250.
    pub max_ratio: u64,
    /// How many bytes of memory decompression may take up in a thread: 8 MiB, and half as much again for what is nested
    /// in it. What was compressed with a larger window is read if no more than that comes out.
    pub max_memory: usize,
}

impl Default for ArchiveLimits {
    fn default() -> ArchiveLimits {
        ArchiveLimits {
            max_bytes: 16 << 30,
            max_entries: 2_000_000,
            max_depth: 12,
            max_ratio: 250,
            max_memory: 8 << 20,
        }
    }
}

/// So much may come out whatever the ratio: the best compressed of honest files are small.
const RATIO_FROM: u64 = 64 << 20;

/// Memory that each level may have, whatever those around it have taken.
const FLOOR: usize = 256 << 10;

/// What is left of the limits for one archive. Shared by all readers that are stacked up to read it.
pub(crate) struct Budget<'a> {
    pub(crate) limits: &'a ArchiveLimits,
    /// Bytes read of the archive itself.
    read: Cell<u64>,
    /// Bytes that came out of decompression.
    bytes: Cell<u64>,
    entries: Cell<u64>,
    memory: Cell<usize>,
    spent: Cell<Option<&'static str>>,
    failed: RefCell<Option<io::Error>>,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(limits: &'a ArchiveLimits) -> Budget<'a> {
        Budget {
            limits,
            read: Cell::new(0),
            bytes: Cell::new(0),
            entries: Cell::new(0),
            memory: Cell::new(0),
            spent: Cell::new(None),
            failed: RefCell::new(None),
        }
    }

    /// Which limit was reached, if one was.
    pub(crate) fn spent(&self) -> Option<&'static str> {
        self.spent.get()
    }

    /// The error that reading the archive itself ended with, if it did.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.failed.take()
    }

    /// Whether there is no going on.
    pub(crate) fn is_over(&self) -> bool {
        self.spent.get().is_some() || self.failed.borrow().is_some()
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.get()
    }

    /// Counts what was read of the archive itself.
    pub(crate) fn count_read(&self, bytes: u64) {
        self.read.set(self.read.get().saturating_add(bytes));
    }

    /// Counts an entry; whether there may be one more.
    pub(crate) fn enter(&self) -> bool {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > self.limits.max_entries {
            self.spent.set(Some("too many entries: --max-archive-entries"));
        }
        self.spent.get().is_none()
    }

    /// Counts what came out.
    pub(crate) fn count(&self, bytes: u64) -> io::Result<()> {
        let bytes = self.bytes.get().saturating_add(bytes);
        self.bytes.set(bytes);
        if bytes > self.limits.max_bytes {
            self.spent.set(Some("too much came out: --max-archive-bytes"));
        } else if bytes > RATIO_FROM && bytes / self.limits.max_ratio.max(1) > self.read.get() {
            self.spent.set(Some("too much came out of too little: --max-archive-ratio"));
        }
        match self.spent.get() {
            Some(limit) => Err(io::Error::other(limit)),
            None => Ok(()),
        }
    }

    /// Takes memory: as much as is wanted, or what is left of it.
    pub(crate) fn take_memory(&self, wanted: u64) -> Memory<'_> {
        let (most, taken) = (self.limits.max_memory, self.memory.get());
        let left = if taken == 0 { most } else { (most / 2).saturating_add(most).saturating_sub(taken) };
        let left = left.max(FLOOR);
        let taken = usize::try_from(wanted).unwrap_or(usize::MAX).min(left);
        self.memory.set(self.memory.get() + taken);
        Memory { of: &self.memory, taken }
    }
}

/// Memory that was taken from a budget, given back in the end.
pub(crate) struct Memory<'b> {
    of: &'b Cell<usize>,
    taken: usize,
}

impl Memory<'_> {
    /// How many bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.taken
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        self.of.set(self.of.get() - self.taken);
    }
}

/// Reads the archive itself: counts, and keeps the error that ends it apart from those of decoders.
pub(crate) struct Base<'b, R> {
    pub(crate) reader: R,
    pub(crate) budget: &'b Budget<'b>,
}

impl<R: Read> Read for Base<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.reader.read(buffer) {
                Ok(n) => {
                    self.budget.count_read(n as u64);
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let again = io::Error::from(e.kind());
                    self.budget.failed.borrow_mut().get_or_insert(e);
                    return Err(again);
                }
            }
        }
    }
}

/// Reads what comes out of a decoder: counts it, and ends where there is no memory for more.
pub(crate) struct Output<'b, R> {
    pub(crate) reader: R,
    pub(crate) budget: &'b Budget<'b>,
    /// How many bytes may still come out.
    pub(crate) left: u64,
}

/// The error of an [`Output`] at its end.
pub(crate) const WINDOW_TOO_LARGE: io::ErrorKind = io::ErrorKind::OutOfMemory;

impl<R: Read> Read for Output<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.budget.count(n as u64)?;
        match self.left.checked_sub(n as u64) {
            Some(left) => self.left = left,
            None => return Err(WINDOW_TOO_LARGE.into()),
        }
        Ok(n)
    }
}
