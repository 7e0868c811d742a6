//! Objects that are too large to be held: they are read while they are inflated.
//!
//! Of an object that is stored as a delta the root of the chain is held, and what the deltas below the last one make of it
//! as a list of pieces ([`Composed`]); the last one is read along.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use gix::objs::Kind;
use gix::zlib::{Decompress, FlushDecompress, Status};

use super::delta::{Applied, Composed, Delta};

/// How much is inflated at a time, in bytes.
const STEP: usize = 32 << 10;

/// How many bytes of the beginning are there to look at.
const HEAD: u64 = 512;

/// A large object. All of it has been read once, so that what is damaged is known before anything is made of it.
pub(super) struct Large<'o> {
    pub(super) kind: Kind,
    /// How many bytes it has.
    pub(super) size: u64,
    /// The first of them.
    pub(super) head: Vec<u8>,
    source: Source<'o>,
}

/// Where a large object is.
pub(super) enum Source<'o> {
    /// Compressed, in a pack.
    Packed(&'o [u8]),
    /// In a file of its own, behind a header.
    Loose(File),
    /// A delta of so many bytes, compressed in a pack, and its base.
    Delta { delta: &'o [u8], size: u64, base: Composed },
}

impl<'o> Large<'o> {
    pub(super) fn new(kind: Kind, size: u64, source: Source<'o>) -> io::Result<Large<'o>> {
        let mut large = Large { kind, size, head: Vec::new(), source };
        let mut head = Vec::new();
        let mut reader = large.reader()?;
        (&mut reader).take(HEAD).read_to_end(&mut head)?;
        io::copy(&mut reader, &mut io::sink())?;
        drop(reader);
        large.head = head;
        Ok(large)
    }

    /// One in a file, as git keeps objects that are in no pack.
    pub(super) fn loose(kind: Kind, size: u64, path: &Path) -> io::Result<Large<'static>> {
        Large::new(kind, size, Source::Loose(File::open(path)?))
    }

    /// One that is a delta of so many bytes, compressed in a pack.
    pub(super) fn delta(kind: Kind, delta: &'o [u8], size: u64, base: Composed) -> io::Result<Large<'o>> {
        let to = Delta::new(Inflated::new(delta, size), base.size())?.size();
        Large::new(kind, to as u64, Source::Delta { delta, size, base })
    }

    /// Reads it from its start. An error at the end may be one of what is damaged before.
    pub(super) fn reader(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match &self.source {
            Source::Packed(bytes) => Box::new(Inflated::new(*bytes, self.size)),
            Source::Loose(file) => {
                let mut file: &File = file;
                file.rewind()?;
                let header = format!("{} {}\0", self.kind, self.size).into_bytes();
                let size = self.size.saturating_add(header.len() as u64);
                let mut reader = Inflated::new(BufReader::with_capacity(STEP, file), size);
                let mut found = vec![0; header.len()];
                reader.read_exact(&mut found)?;
                if found != header {
                    return Err(invalid("a header that is not as git writes it"));
                }
                Box::new(reader)
            }
            Source::Delta { delta, size, base } => {
                let delta = Delta::new(Inflated::new(*delta, *size), base.size())?;
                Box::new(Applied::new(base, delta))
            }
        })
    }
}

/// Inflates as many bytes as there should be: more or fewer are an error.
pub(super) struct Inflated<R> {
    input: R,
    inflate: Decompress,
    /// How many bytes are still to come out.
    left: u64,
    is_over: bool,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: BufRead> Inflated<R> {
    pub(super) fn new(input: R, size: u64) -> Inflated<R> {
        let buffer = vec![0; STEP].into_boxed_slice();
        Inflated { input, inflate: Decompress::new(), left: size, is_over: false, buffer, start: 0, end: 0 }
    }
}

impl<R: BufRead> BufRead for Inflated<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.start == self.end && !self.is_over {
            let input = self.input.fill_buf()?;
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(input, &mut self.buffer, FlushDecompress::None);
            let status = status.map_err(|e| invalid(&e.to_string()))?;
            let (read, written) = (self.inflate.total_in() - read, self.inflate.total_out() - written);
            self.input.consume(read as usize);
            (self.start, self.end) = (0, written as usize);
            self.is_over = status == Status::StreamEnd;
            self.left = self.left.checked_sub(written).ok_or_else(|| invalid("more bytes than it claims"))?;
            if self.is_over && self.left > 0 {
                return Err(invalid("fewer bytes than it claims"));
            }
            if !self.is_over && read == 0 && written == 0 {
                return Err(invalid("cut off"));
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, n: usize) {
        self.start += n;
    }
}

impl<R: BufRead> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let here = self.fill_buf()?;
        let n = here.len().min(buffer.len());
        buffer[..n].copy_from_slice(&here[..n]);
        self.consume(n);
        Ok(n)
    }
}

fn invalid(cause: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}
