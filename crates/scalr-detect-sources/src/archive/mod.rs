//! Archives and compressed files: what is in them is scanned like the files of a tree, nested ones too.
//!
//! What is an archive is told from its first bytes ([`recognize`]), not from its name. It is read as a stream, through
//! as many decoders as are nested; nothing is written to disk, and names of entries are labels that are never opened.
//! Only what needs its end first (zip, SQLite) is read in any order where it can be: in a file, or in memory if it
//! is small. A zip that cannot is read by its local headers.
//!
//! An [`Opener`] reads one archive with all that is in it, on the [`Budget`] of that archive. There are two ways for it
//! to go wrong. Damage ends the innermost archive that has it: it is noted in the ledger, and what is around goes on.
//! A budget that is spent, or an error of reading the archive itself, ends all of it ([`Over`]).
//!
//! # Paths
//!
//! What is in an archive has the path of the archive, `!`, and its path in there: `a.zip!b/c.txt`. Compression alone
//! adds nothing if an archive is in it: `a.tar.gz!b/c.txt`. If not, what comes out is called like the file without the
//! ending: `a.log.gz!a.log`.
//!
//! # The frame of an archive
//!
//! Names, comments and all else that is in an archive beside its entries is scanned too, as a unit that has the path of
//! the archive ([`Frame`]): offsets are right, and what is in an entry is not found twice. Of what is compressed as a
//! whole there is no such unit.

mod ar;
mod budget;
pub(crate) mod compressed;
mod recognize;
mod stream;
pub(crate) mod tar;
mod zip;

use std::io::{self, Read};

pub use budget::ArchiveLimits;
pub(crate) use budget::{Base, Budget};
pub(crate) use recognize::{HEAD, Kind, recognize};
use scalr_detect::Searcher;
pub(crate) use stream::{FileAt, Part, Range, ReadAt, Stream};

use crate::document::{pdf, sqlite};
use crate::file::WINDOW;
use crate::ledger::{Reason, Unread};
use crate::unit::{Origin, Unit};
use crate::worker::{Told, Visitor, Worker, read_full};

/// Where an archive is.
pub(crate) enum Source<'s> {
    /// In memory.
    Bytes(&'s [u8]),
    /// In a file.
    File(&'s FileAt<'s>),
    /// In a stream.
    Stream(&'s mut dyn Read),
}

/// Scans what is in an archive of this kind, and its frame. Returns the number of bytes read; an error is one of reading
/// the archive itself.
pub(crate) fn open<V: Visitor>(
    worker: &mut Worker<'_, V>,
    limits: &ArchiveLimits,
    unit: &Unit<'_>,
    kind: Kind,
    source: Source<'_>,
) -> io::Result<u64> {
    let budget = Budget::new(limits);
    let mut opener = Opener { worker, budget: &budget, origin: unit.origin() };
    let label = Label::of(unit.path());
    // What is over is known to the budget.
    let _: Result<(), Over> = match source {
        Source::Bytes(bytes) => opener.at_hand(&label, kind, &bytes, 0),
        Source::File(file) => opener.at_hand(&label, kind, file, 0),
        Source::Stream(reader) => opener.stream(&label, reader),
    };
    opener.conclude(unit.path())
}

/// Nothing more can be read of the archive that was opened. Why is known to the budget, or the scan was ended.
pub(crate) struct Over;

/// What something in an archive is called.
#[derive(Clone)]
pub(crate) struct Label {
    /// Itself, if it is an archive: its entries have this before the `!`.
    archive: Vec<u8>,
    /// Itself, if it is none.
    file: Vec<u8>,
}

impl Label {
    pub(crate) fn of(path: &[u8]) -> Label {
        Label { archive: path.to_vec(), file: path.to_vec() }
    }

    /// An entry of the archive.
    fn entry(&self, name: &[u8]) -> Label {
        Label::of(&[&self.archive, &b"!"[..], name].concat())
    }

    /// What comes out if it is decompressed.
    fn decompressed(&self) -> Label {
        let name = self.file.rsplit(|&b| b == b'/' || b == b'!').next().unwrap_or_default();
        let dot = name.iter().rposition(|&b| b == b'.').filter(|&at| at > 0);
        let stem: &[u8] = match dot.map(|at| name.split_at(at)) {
            Some((stem, ending)) => match &ending.to_ascii_lowercase()[..] {
                b".gz" | b".xz" | b".zst" | b".zstd" | b".bz2" | b".lz" | b".z" => stem,
                _ => b"content",
            },
            None => b"content",
        };
        Label { archive: self.archive.clone(), file: [&self.archive, &b"!"[..], stem].concat() }
    }
}

/// Reads one archive and all that is nested in it.
pub(crate) struct Opener<'o, 'w, V> {
    pub(crate) worker: &'o mut Worker<'w, V>,
    pub(crate) budget: &'o Budget<'o>,
    pub(crate) origin: &'o Origin,
}

impl<'o, V: Visitor> Opener<'o, '_, V> {
    /// Scans a stream of which the archive itself is read.
    fn stream(&mut self, label: &Label, reader: &mut dyn Read) -> Result<(), Over> {
        let mut base = Base { reader, budget: self.budget };
        self.content(label, &mut Stream::new(&mut base), 0)
    }

    /// Notes what ended the reading early; returns the number of bytes read, or the error.
    pub(crate) fn conclude(&mut self, path: &[u8]) -> io::Result<u64> {
        if let Some(limit) = self.budget.spent() {
            self.note(Unread::because(Reason::ArchiveLimit, limit), path);
        }
        match self.budget.failure() {
            Some(e) => Err(e),
            None => Ok(self.budget.bytes_read()),
        }
    }

    /// Scans what a stream has, whatever it is. `depth`: how many archives and compressions are around it.
    pub(crate) fn content(&mut self, label: &Label, stream: &mut Stream<'_>, depth: u32) -> Result<(), Over> {
        let Some(kind) = recognize(stream.peek(HEAD)) else {
            return self.plain(&label.file, stream);
        };
        if depth >= self.budget.limits.max_depth.min(DEEPEST) {
            let limit = "too many archives in archives: --max-archive-depth";
            self.note(Unread::because(Reason::ArchiveLimit, limit), &label.archive);
            return self.plain(&label.file, stream);
        }
        match kind {
            Kind::Compressed(format) => self.compressed(label, format, stream, depth),
            Kind::Tar => self.tar(label, stream, depth),
            Kind::Ar => self.ar(label, stream, depth),
            Kind::Zip | Kind::Sqlite => self.held(label, kind, stream, depth),
            Kind::SevenZip => self.sevenzip(label, stream),
            Kind::Pdf => self.pdf(label, stream),
            Kind::Unknown => self.unknown(label, stream),
        }
    }

    /// The same for what is at hand in memory or in a file.
    fn at_hand(&mut self, label: &Label, kind: Kind, source: &dyn ReadAt, depth: u32) -> Result<(), Over> {
        match kind {
            Kind::Zip => self.zip(label, source, depth),
            Kind::Sqlite => self.sqlite(label, source),
            _ => self.stream(label, &mut Range { source, at: 0, end: u64::MAX }),
        }
    }

    /// What needs random access: held in memory, if it is small enough.
    fn held(&mut self, label: &Label, kind: Kind, stream: &mut Stream<'_>, depth: u32) -> Result<(), Over> {
        let memory = self.budget.take_memory(HELD);
        let mut bytes = Vec::new();
        let read = stream.take(memory.bytes() as u64).read_to_end(&mut bytes);
        if read.is_err() || stream.is_at_end() {
            let done = self.at_hand(label, kind, &&bytes[..], depth);
            return done.and(read.map_or_else(|e| self.failed(&label.archive, &e), |_| Ok(())));
        }
        let mut whole = (&bytes[..]).chain(stream);
        match kind {
            Kind::Zip => self.zip_stream(label, &mut Stream::new(&mut whole), depth),
            _ => {
                let why = "values that go over pages of a nested database of more than 4 MiB";
                self.note(Unread::because(Reason::TooLarge, why), &label.archive);
                self.plain(&label.file, &mut whole)
            }
        }
    }

    /// 7z is known and not read: no reader of it bounds its memory and builds with the oldest Rust that we support.
    fn sevenzip(&mut self, label: &Label, stream: &mut Stream<'_>) -> Result<(), Over> {
        self.note(Unread::because(Reason::UnsupportedCompression, "7z is not read"), &label.archive);
        self.plain(&label.file, stream)
    }

    /// Scans what is no archive.
    pub(crate) fn plain(&mut self, path: &[u8], reader: &mut dyn Read) -> Result<(), Over> {
        let mut scratch = std::mem::take(&mut self.worker.scratch);
        scratch.resize(WINDOW, 0);
        let unit = Unit::new(path, self.origin);
        let (read, error) = read_full(&mut &mut *reader, &mut scratch);
        let result = match error {
            None if read == WINDOW => {
                self.worker.plain_stream(&unit, (&scratch[..]).chain(reader)).map(|_| ())
            }
            end => {
                if read > 0 || end.is_none() {
                    self.worker.plain_bytes(&unit, &scratch[..read]);
                }
                end.map_or(Ok(()), Err)
            }
        };
        self.worker.scratch = scratch;
        match result {
            Ok(()) if self.worker.shared.stopped() => Err(Over),
            Ok(()) => Ok(()),
            Err(e) => self.failed(path, &e),
        }
    }

    /// Scans an entry of an archive, of which a reader gives the bytes.
    fn entry(&mut self, label: &Label, reader: &mut dyn Read, depth: u32) -> Result<(), Over> {
        self.content(label, &mut Stream::new(reader), depth)
    }

    /// The same where the bytes are a part of a stream that one can look into.
    pub(crate) fn part(&mut self, label: &Label, part: &mut Part<'_, '_>, depth: u32) -> Result<(), Over> {
        match recognize(part.peek(HEAD)) {
            Some(_) => self.entry(label, part, depth),
            None => self.plain(&label.file, part),
        }
    }

    fn unknown(&mut self, label: &Label, stream: &mut Stream<'_>) -> Result<(), Over> {
        self.note(Reason::UnsupportedCompression, &label.archive);
        self.plain(&label.file, stream)
    }

    fn pdf(&mut self, label: &Label, stream: &mut Stream<'_>) -> Result<(), Over> {
        pdf::scan(self, &label.file, stream)
    }

    fn sqlite(&mut self, label: &Label, source: &dyn ReadAt) -> Result<(), Over> {
        self.budget.count_read(source.size());
        sqlite::scan(self, &label.file, source)
    }

    /// Notes something that was not read.
    pub(crate) fn note(&mut self, why: impl Into<Unread>, path: &[u8]) {
        self.worker.ledger.skip(why, path, false);
    }

    /// Notes the error that ended an entry early, unless nothing more can be read at all.
    pub(crate) fn failed(&mut self, path: &[u8], error: &io::Error) -> Result<(), Over> {
        if self.budget.is_over() || self.worker.shared.stopped() {
            return Err(Over);
        }
        match error.kind() {
            budget::WINDOW_TOO_LARGE => {
                let limit = "compressed with a larger window: --max-archive-memory";
                self.note(Unread::because(Reason::ArchiveLimit, limit), path);
            }
            io::ErrorKind::Unsupported => self.note(Reason::UnsupportedCompression, path),
            _ => self.note(Reason::ArchiveDamaged, path),
        }
        Ok(())
    }

    /// Reads the entries of an archive, whose own bytes are searched along the way, and says if it is damaged. The inner
    /// error of `entries` is one of this archive, or one from around it.
    pub(crate) fn framed(
        &mut self,
        path: &[u8],
        entries: impl FnOnce(&mut Self, &mut Frame<'_>) -> Result<io::Result<()>, Over>,
    ) -> Result<(), Over> {
        let unit = Unit::new(path, self.origin);
        let mut frame = Frame::new(self.worker, &unit);
        let result = entries(self, &mut frame);
        frame.finish(self.worker);
        result?.or_else(|e| self.failed(path, &e))
    }

    /// Counts an entry.
    pub(crate) fn enter(&self) -> Result<(), Over> {
        if self.budget.enter() && !self.worker.shared.stopped() { Ok(()) } else { Err(Over) }
    }
}

/// How deep archives are nested, whatever the limit: each level takes a part of the stack.
const DEEPEST: u32 = 64;

/// How much of a nested archive is held in memory, where that is needed: half of the memory by default.
const HELD: u64 = 4 << 20;

/// The bytes of an archive that are not in its entries.
pub(crate) struct Frame<'u> {
    told: Told<'u>,
    searcher: Searcher,
    bytes: u64,
    /// How many bytes to pass over before the next, if they do not touch.
    gap: Option<u64>,
}

impl<'u> Frame<'u> {
    pub(crate) fn new<V: Visitor>(worker: &Worker<'_, V>, unit: &Unit<'u>) -> Frame<'u> {
        Frame { told: Told::new(unit), searcher: worker.searcher(unit), bytes: 0, gap: None }
    }

    /// Takes the next bytes.
    pub(crate) fn push<V: Visitor>(&mut self, worker: &mut Worker<'_, V>, bytes: &[u8]) {
        let told = &mut self.told;
        if let Some(gap) = self.gap.take() {
            self.searcher.skip(usize::try_from(gap).unwrap_or(usize::MAX), |finding| {
                let _ = told.finding(worker, &finding);
            });
        }
        self.searcher.push(bytes, |finding| {
            let _ = told.finding(worker, &finding);
        });
        told.finish(worker);
        self.bytes += bytes.len() as u64;
    }

    /// Passes over bytes that are in an entry. What is around them does not touch, even if there are none.
    pub(crate) fn skip(&mut self, bytes: u64) {
        *self.gap.get_or_insert(0) += bytes;
    }

    /// Takes the rest of a stream.
    pub(crate) fn push_rest<V: Visitor>(
        &mut self,
        worker: &mut Worker<'_, V>,
        reader: &mut dyn Read,
    ) -> io::Result<()> {
        let mut chunk = [0; 4 << 10];
        loop {
            let (read, error) = read_full(&mut &mut *reader, &mut chunk);
            self.push(worker, &chunk[..read]);
            match error {
                Some(e) => return Err(e),
                None if read < chunk.len() || worker.shared.stopped() => return Ok(()),
                None => {}
            }
        }
    }

    /// No more bytes.
    pub(crate) fn finish<V: Visitor>(self, worker: &mut Worker<'_, V>) {
        let mut told = self.told;
        self.searcher.finish(|finding| {
            let _ = told.finding(worker, &finding);
        });
        told.finish(worker);
        worker.done(self.bytes);
    }
}
