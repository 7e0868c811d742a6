//! Tar: ustar, pax, GNU and the old form without a name.
//!
//! Sources: POSIX.1-2017 `pax` (ustar and pax interchange formats), the manual of GNU tar ("Basic Tar Format", "Sparse
//! Formats"). Own code, as a reader of hostile archives must bound what the crates for tar read into memory: names and
//! pax headers of any size.

use std::io::{self, Read};

use super::{Frame, Label, Opener, Over, Part, Stream};
use crate::worker::{Visitor, read_full};

/// A block: a header, and what all sizes are padded to.
pub(crate) const BLOCK: usize = 512;

/// How many bytes of a long name or of a pax header are looked at; what is behind them is passed over.
const META: usize = 1 << 20;

/// How many pieces of a sparse file are told apart.
const PIECES: usize = 1 << 16;

/// How many zeros stand for a hole in a sparse file, at most.
const HOLE: u64 = BLOCK as u64;

/// Whether this is a header: its checksum holds. That is the sum of all bytes, with spaces for those of itself.
pub(crate) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else { return false };
    let field = &block[148..156];
    // Nearly nothing else has octal digits there.
    if !field.iter().all(|b| matches!(b, b'0'..=b'7' | b' ' | 0)) {
        return false;
    }
    let Some(sum) = number(field).filter(|&sum| sum > 0) else { return false };
    let (before, after) = (&block[..148], &block[156..]);
    let total: u64 = before.iter().chain(after).map(|&b| u64::from(b)).sum::<u64>() + 8 * u64::from(b' ');
    // Some old programs summed up signed bytes.
    let high = before.iter().chain(after).filter(|&&b| b >= 0x80).count() as u64;
    sum == total || sum.checked_add(256 * high) == Some(total)
}

/// A number in octal digits, or with the highest bit of the first byte set in binary. None if it is neither, or negative.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        if field[0] != 0x80 {
            return None;
        }
        return field[1..].iter().try_fold(0u64, |n, &b| n.checked_mul(256).map(|n| n | u64::from(b)));
    }
    let digits = field.iter().skip_while(|&&b| b == b' ').take_while(|&&b| b != 0 && b != b' ');
    let mut number = 0u64;
    for &digit in digits {
        let digit = u64::from(digit.checked_sub(b'0').filter(|&d| d < 8)?);
        number = number.checked_mul(8)? | digit;
    }
    Some(number)
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum What {
    File,
    Directory,
    /// A link, a device, …: nothing to be read.
    Other,
}

/// An entry, of which the data come next.
#[derive(Debug)]
pub(crate) struct Entry {
    /// As it stands there.
    pub(crate) path: Vec<u8>,
    pub(crate) what: What,
    /// What a symbolic or hard link leads to; empty for others.
    pub(crate) target: Vec<u8>,
    /// Whether it is a symbolic link.
    pub(crate) symbolic: bool,
    /// How many bytes of data follow, without padding.
    pub(crate) size: u64,
    /// The pieces of a sparse file, by offset and length, that the data are. Empty for other files.
    pieces: Vec<(u64, u64)>,
}

impl Entry {
    /// How many bytes of padding follow the data.
    pub(crate) fn padding(&self) -> u64 {
        padding(self.size)
    }

    /// The data as they are to be scanned: with a few zeros for each hole.
    pub(crate) fn with_holes<R: Read>(&self, data: R) -> Holes<'_, R> {
        Holes { data, pieces: &self.pieces, at: 0, zeros: 0, left: 0, plain: self.pieces.is_empty() }
    }

    /// Whether it has holes.
    pub(crate) fn is_sparse(&self) -> bool {
        !self.pieces.is_empty()
    }
}

fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// What comes next in a tar.
#[derive(Debug)]
pub(crate) enum Next {
    Entry(Entry),
    /// A block that is no header.
    Junk(Box<[u8; BLOCK]>),
    /// The end of the stream.
    End,
}

/// Reads the headers of a tar. Whoever calls it reads what is between them.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    /// Blocks of zeros have been met, which should be the end.
    pub(crate) ended: bool,
}

#[derive(Default)]
struct Meta {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
    pieces: Vec<(u64, u64)>,
    /// Of a sparse file as pax 0.0 has it: an offset that waits for its length.
    offset: Option<u64>,
    /// The map of a sparse file is at the start of its data.
    map_in_data: bool,
}

impl Headers {
    /// Reads up to the data of the next entry, or up to what cannot be read. `frame` is told all that is read.
    ///
    /// # Errors
    ///
    /// Those of the reader, and `UnexpectedEof` if a header is cut off.
    pub(crate) fn next(&mut self, reader: &mut dyn Read, mut frame: impl FnMut(&[u8])) -> io::Result<Next> {
        let mut meta = Meta::default();
        let mut block = Box::new([0; BLOCK]);
        loop {
            let (read, error) = read_full(&mut &mut *reader, &mut block[..]);
            if let Some(e) = error {
                return Err(e);
            }
            if read < BLOCK {
                frame(&block[..read]);
                let whole = read == 0 || self.ended;
                return if whole { Ok(Next::End) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            if block.iter().all(|&b| b == 0) {
                self.ended = true;
                frame(&block[..]);
                continue;
            }
            let size = number(&block[124..136]).filter(|_| is_header(&block[..]));
            let Some(size) = size else { return Ok(Next::Junk(block)) };
            self.ended = false;
            frame(&block[..]);
            match block[156] {
                kind @ (b'L' | b'K') => {
                    let mut name = read_meta(reader, size, &mut frame)?;
                    name.truncate(name.iter().position(|&b| b == 0).unwrap_or(name.len()));
                    if kind == b'L' { meta.path = Some(name) } else { meta.target = Some(name) }
                }
                b'x' | b'X' => meta.read_pax(&read_meta(reader, size, &mut frame)?),
                b'g' => drop(read_meta(reader, size, &mut frame)?),
                kind => return self.entry(kind, &block, size, meta, reader, &mut frame).map(Next::Entry),
            }
        }
    }

    fn entry(
        &self,
        kind: u8,
        block: &[u8; BLOCK],
        size: u64,
        mut meta: Meta,
        reader: &mut dyn Read,
        frame: &mut dyn FnMut(&[u8]),
    ) -> io::Result<Entry> {
        let path = meta.path.take().unwrap_or_else(|| {
            let name = text(&block[..100]);
            // GNU tar has other things there.
            let prefix = if &block[257..263] == b"ustar\0" { text(&block[345..500]) } else { b"" };
            if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
        });
        let what = match kind {
            b'1'..=b'4' | b'6' => What::Other,
            b'5' | b'D' => What::Directory,
            // That of the old form, where a directory is what ends with a slash.
            0 if path.ends_with(b"/") => What::Directory,
            _ => What::File,
        };
        let mut size = if what == What::File || kind == b'D' { meta.size.unwrap_or(size) } else { 0 };
        if kind == b'S' {
            read_old_map(block, reader, &mut meta.pieces, frame)?;
        }
        if meta.map_in_data {
            size = size.saturating_sub(read_map(reader, size, &mut meta.pieces, frame)?);
        }
        let target = match kind {
            b'1' | b'2' => meta.target.take().unwrap_or_else(|| text(&block[157..257]).to_vec()),
            _ => Vec::new(),
        };
        Ok(Entry { path, what, target, symbolic: kind == b'2', size, pieces: meta.pieces })
    }
}

fn text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|&b| b == 0).unwrap_or(field.len())]
}

/// Reads data that belong to a header, with their padding.
fn read_meta(reader: &mut dyn Read, size: u64, frame: &mut dyn FnMut(&[u8])) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut chunk = [0; 4 * BLOCK];
    let mut left = size.checked_add(padding(size)).ok_or(io::ErrorKind::InvalidData)?;
    while left > 0 {
        let n = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        reader.read_exact(&mut chunk[..n])?;
        frame(&chunk[..n]);
        left -= n as u64;
        if data.len() < META {
            data.extend_from_slice(&chunk[..n]);
        }
    }
    data.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(data)
}

impl Meta {
    /// Takes the records of a pax header that matter: `LENGTH KEY=VALUE\n`, where the length is that of all of it.
    fn read_pax(&mut self, mut records: &[u8]) {
        while let Some(space) = records.iter().position(|&b| b == b' ') {
            let Some(length) = decimal(&records[..space]).and_then(|n| usize::try_from(n).ok()) else {
                return;
            };
            let Some(record) = records.get(space + 1..length) else { return };
            records = &records[length..];
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            let Some(equals) = record.iter().position(|&b| b == b'=') else { continue };
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" if self.path.is_none() => self.path = Some(value.to_vec()),
                // The name that a sparse file has; its header has another one.
                b"GNU.sparse.name" => self.path = Some(value.to_vec()),
                b"linkpath" => self.target = Some(value.to_vec()),
                b"size" => self.size = decimal(value),
                b"GNU.sparse.major" => self.map_in_data = value == b"1",
                b"GNU.sparse.offset" => self.offset = decimal(value),
                b"GNU.sparse.numbytes" => {
                    if let (Some(offset), Some(length)) = (self.offset.take(), decimal(value)) {
                        push_piece(&mut self.pieces, offset, length);
                    }
                }
                b"GNU.sparse.map" => {
                    let mut numbers = value.split(|&b| b == b',').map(decimal);
                    while let (Some(Some(offset)), Some(Some(length))) = (numbers.next(), numbers.next()) {
                        push_piece(&mut self.pieces, offset, length);
                    }
                }
                _ => {}
            }
        }
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn push_piece(pieces: &mut Vec<(u64, u64)>, offset: u64, length: u64) {
    if pieces.len() < PIECES {
        pieces.push((offset, length));
    }
}

/// The map of a sparse file as GNU tar had it first: in the header, and in blocks that follow it.
fn read_old_map(
    header: &[u8; BLOCK],
    reader: &mut dyn Read,
    pieces: &mut Vec<(u64, u64)>,
    frame: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let mut add = |fields: &[u8]| {
        for field in fields.chunks_exact(24) {
            if let (Some(offset), Some(length)) = (number(&field[..12]), number(&field[12..])) {
                push_piece(pieces, offset, length);
            }
        }
    };
    add(&header[386..482]);
    let mut goes_on = header[482] != 0;
    let mut block = [0; BLOCK];
    while goes_on {
        reader.read_exact(&mut block)?;
        frame(&block);
        add(&block[..504]);
        goes_on = block[504] != 0;
    }
    Ok(())
}

/// The map of a sparse file as pax 1.0 has it: in front of the data, decimal numbers in lines, padded to a block.
/// Returns its size.
fn read_map(
    reader: &mut dyn Read,
    size: u64,
    pieces: &mut Vec<(u64, u64)>,
    frame: &mut dyn FnMut(&[u8]),
) -> io::Result<u64> {
    let (mut read, mut line) = (0, Vec::new());
    // How many numbers are to come; unknown at first.
    let (mut left, mut offset) = (None, None);
    let mut block = [0; BLOCK];
    while left != Some(0) {
        if read + BLOCK as u64 > size + padding(size) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        reader.read_exact(&mut block)?;
        frame(&block);
        read += BLOCK as u64;
        for &byte in &block {
            if left == Some(0) {
                break;
            }
            if byte != b'\n' {
                if line.len() > 20 {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                line.push(byte);
                continue;
            }
            let number = decimal(&line).ok_or(io::ErrorKind::InvalidData)?;
            line.clear();
            match (left, offset.take()) {
                (None, _) => left = Some(number.saturating_mul(2)),
                (Some(n), None) => (left, offset) = (Some(n - 1), Some(number)),
                (Some(n), Some(offset)) => {
                    push_piece(pieces, offset, number);
                    left = Some(n - 1);
                }
            }
        }
    }
    Ok(read)
}

/// The data of a sparse file, with zeros for each hole, but only a few: what is around it does not touch, and a file
/// that is empty for the most part costs nothing.
pub(crate) struct Holes<'e, R> {
    data: R,
    pieces: &'e [(u64, u64)],
    /// Where the last piece ended.
    at: u64,
    zeros: u64,
    left: u64,
    plain: bool,
}

impl<R: Read> Read for Holes<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.zeros == 0 && self.left == 0 && !self.plain {
            match self.pieces.split_first() {
                Some((&(offset, length), rest)) => {
                    self.zeros = offset.saturating_sub(self.at).min(HOLE);
                    self.left = length;
                    self.at = offset.saturating_add(length);
                    self.pieces = rest;
                }
                // Data that no piece names are read all the same.
                None => self.plain = true,
            }
        }
        if self.zeros > 0 {
            let n = buffer.len().min(self.zeros as usize);
            buffer[..n].fill(0);
            self.zeros -= n as u64;
            return Ok(n);
        }
        let most = if self.plain { buffer.len() } else { buffer.len().min(self.left.min(1 << 30) as usize) };
        let read = self.data.read(&mut buffer[..most])?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

impl<V: Visitor> Opener<'_, '_, V> {
    pub(super) fn tar(&mut self, label: &Label, stream: &mut Stream<'_>, depth: u32) -> Result<(), Over> {
        self.framed(&label.archive, |opener, frame| {
            opener.tar_entries(frame, stream, &mut |opener, entry, part| {
                if entry.what != What::File {
                    return Ok(());
                }
                let label = label.entry(&entry.path);
                if entry.is_sparse() {
                    return opener.entry(&label, &mut entry.with_holes(part), depth + 1);
                }
                opener.part(&label, part, depth + 1)
            })
        })
    }

    /// Hands over one entry after another. The inner error is one of this tar: damage, or one from around it.
    pub(crate) fn tar_entries(
        &mut self,
        frame: &mut Frame<'_>,
        stream: &mut Stream<'_>,
        entry: &mut dyn FnMut(&mut Self, &Entry, &mut Part<'_, '_>) -> Result<(), Over>,
    ) -> Result<io::Result<()>, Over> {
        let mut headers = Headers::default();
        loop {
            let next = headers.next(stream, |bytes| frame.push(self.worker, bytes));
            let next = match next {
                Ok(Next::Entry(next)) => next,
                Ok(Next::End) => return Ok(Ok(())),
                Ok(Next::Junk(block)) => {
                    frame.push(self.worker, &block[..]);
                    let rest = frame.push_rest(self.worker, stream);
                    let damaged = if headers.ended { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) };
                    return Ok(rest.and(damaged));
                }
                Err(e) => return Ok(Err(e)),
            };
            let (size, padding) = (next.size, next.padding());
            let mut part = Part { stream, left: size };
            if next.what == What::File {
                self.enter()?;
            }
            entry(self, &next, &mut part)?;
            match part.finish() {
                Ok(true) => {}
                Ok(false) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
                Err(e) => return Ok(Err(e)),
            }
            frame.skip(size);
            // The last padding is missing now and then.
            match stream.skip(padding) {
                Ok(_) => frame.skip(padding),
                Err(e) => return Ok(Err(e)),
            }
        }
    }
}
