//! Zip: by its central directory where it can be read in any order, otherwise by the local headers.
//!
//! Source: the .ZIP File Format Specification 6.3.10 (APPNOTE.TXT).

use std::io::{self, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use rawzip::{RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator};

use super::budget::Output;
use super::compressed::{Format, decoder};
use super::{Base, Frame, Label, Opener, Over, Part, Range, ReadAt, Stream};
use crate::ledger::Reason;
use crate::unit::Unit;
use crate::worker::Visitor;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const BZIP2: u16 = 12;
const ZSTD: u16 = 93;
const XZ: u16 = 95;

/// What a header says about the data of an entry.
struct Member {
    method: u16,
    encrypted: bool,
    /// None: not known before the end of the data.
    crc: Option<u32>,
}

struct At<'s>(&'s dyn ReadAt);

impl ReaderAt for At<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

impl<V: Visitor> Opener<'_, '_, V> {
    /// A zip that can be read in any order.
    pub(super) fn zip(&mut self, label: &Label, source: &dyn ReadAt, depth: u32) -> Result<(), Over> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = match ZipLocator::new().locate_in_reader(At(source), &mut buffer, source.size()) {
            Ok(archive) => archive,
            Err(_) => return self.zip_by_local_headers(label, source, depth),
        };
        let unit = Unit::new(&label.archive, self.origin);
        let mut frame = Frame::new(self.worker, &unit);
        let (mut entries, mut any) = (archive.entries(&mut buffer), false);
        // Where the frame is known up to; how many bytes were read as entries.
        let (mut at, mut sum) = (0, 0u64);
        let damaged = loop {
            let next = match entries.next_entry() {
                Ok(Some(next)) => next,
                Ok(None) => break false,
                Err(_) if !any => return self.zip_by_local_headers(label, source, depth),
                Err(_) => break true,
            };
            any = true;
            let label = label.entry(next.file_path().as_ref());
            let member = Member {
                method: next.compression_method().as_u16(),
                encrypted: next.flags().is_encrypted(),
                crc: Some(next.crc32()),
            };
            let (is_directory, way) = (next.is_dir() && next.compressed_size_hint() == 0, next.wayfinder());
            if is_directory {
                continue;
            }
            self.enter()?;
            let Some((start, end)) = data_of(&archive, way) else {
                self.note(Reason::ArchiveDamaged, &label.archive);
                continue;
            };
            sum = sum.saturating_add(end - start);
            // Entries that share their bytes: no honest program writes that, and it can grow without end.
            if sum > source.size() {
                break true;
            }
            if start >= at {
                self.frame_range(&mut frame, source, at, start)?;
                frame.skip(if member.encrypted { 0 } else { end - start });
                at = if member.encrypted { start } else { end };
            }
            let mut range = Range { source, at: start, end };
            if depth > 0 {
                self.member(&label, &member, &mut Stream::new(&mut range), depth)?;
            } else {
                let mut base = Base { reader: range, budget: self.budget };
                self.member(&label, &member, &mut Stream::new(&mut base), depth)?;
            }
        };
        self.frame_range(&mut frame, source, at, source.size())?;
        frame.finish(self.worker);
        if damaged {
            self.note(Reason::ArchiveDamaged, &label.archive);
        }
        Ok(())
    }

    fn frame_range(
        &mut self,
        frame: &mut Frame<'_>,
        source: &dyn ReadAt,
        at: u64,
        end: u64,
    ) -> Result<(), Over> {
        let range = Range { source, at, end };
        frame.push_rest(self.worker, &mut Base { reader: range, budget: self.budget }).map_err(|_| Over)
    }

    fn zip_by_local_headers(&mut self, label: &Label, source: &dyn ReadAt, depth: u32) -> Result<(), Over> {
        let mut base = Base { reader: Range { source, at: 0, end: source.size() }, budget: self.budget };
        self.zip_stream(label, &mut Stream::new(&mut base), depth)
    }

    /// A zip that comes as a stream.
    pub(super) fn zip_stream(
        &mut self,
        label: &Label,
        stream: &mut Stream<'_>,
        depth: u32,
    ) -> Result<(), Over> {
        self.framed(&label.archive, |opener, frame| opener.zip_entries(label, frame, stream, depth))
    }

    fn zip_entries(
        &mut self,
        label: &Label,
        frame: &mut Frame<'_>,
        stream: &mut Stream<'_>,
        depth: u32,
    ) -> Result<io::Result<()>, Over> {
        loop {
            let signature = stream.peek(4);
            match signature {
                b"PK\x03\x04" => {}
                // What an archive in several parts begins with, if it is whole after all.
                b"PK\x07\x08" => {
                    frame.push(self.worker, b"PK\x07\x08");
                    if let Err(e) = stream.skip(4) {
                        return Ok(Err(e));
                    }
                    continue;
                }
                // The central directory, or the end of an archive without entries.
                b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06" | b"PK\x06\x08" => {
                    return Ok(frame.push_rest(self.worker, stream));
                }
                _ => {
                    let rest = frame.push_rest(self.worker, stream);
                    return Ok(rest.and(Err(io::ErrorKind::InvalidData.into())));
                }
            }
            let header = match LocalHeader::read(stream) {
                Ok(header) => header,
                Err(e) => return Ok(Err(e)),
            };
            frame.push(self.worker, &header.bytes);
            self.enter()?;
            let label = label.entry(&header.name);
            let before = stream.passed();
            match header.compressed {
                Some(size) => {
                    let mut part = Part { stream, left: size };
                    self.member(&label, &header.member, &mut Stream::new(&mut part), depth)?;
                    match part.finish() {
                        Ok(true) => {}
                        Ok(false) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
                        Err(e) => return Ok(Err(e)),
                    }
                }
                None if header.member.encrypted || !ends_itself(header.member.method) => {
                    // Where it ends is in the central directory only.
                    let reason =
                        if header.member.encrypted { Reason::Encrypted } else { Reason::ArchiveDamaged };
                    self.note(reason, &label.archive);
                    frame.skip(0);
                    return Ok(frame.push_rest(self.worker, stream));
                }
                None => self.member(&label, &header.member, stream, depth)?,
            }
            frame.skip(stream.passed() - before);
            if header.descriptor {
                let size = descriptor(stream.peek(28));
                frame.skip(size);
                if let Err(e) = stream.skip(size) {
                    return Ok(Err(e));
                }
            }
        }
    }

    /// An entry: the data, and what a header says about it.
    fn member(
        &mut self,
        label: &Label,
        member: &Member,
        stream: &mut Stream<'_>,
        depth: u32,
    ) -> Result<(), Over> {
        if member.encrypted {
            self.note(Reason::Encrypted, &label.archive);
            return Ok(());
        }
        let format = match member.method {
            STORED => {
                let mut checked = Checked::new(stream, member.crc);
                return self.entry(label, &mut checked, depth + 1);
            }
            DEFLATED => {
                let reader = DeflateDecoder::new(stream);
                let output = Output { reader, budget: self.budget, left: u64::MAX };
                let mut checked = Checked::new(output, member.crc);
                self.entry(label, &mut checked, depth + 1)?;
                return self.drain(&mut checked);
            }
            BZIP2 => Format::Bzip2,
            ZSTD => Format::Zstd,
            XZ => Format::Xz,
            _ => {
                self.note(Reason::UnsupportedCompression, &label.archive);
                return Ok(());
            }
        };
        let (output, _memory) = match decoder(format, stream, self.budget) {
            Ok(decoder) => decoder,
            Err(e) => return self.failed(&label.archive, &e),
        };
        let mut checked = Checked::new(output, member.crc);
        self.entry(label, &mut checked, depth + 1)?;
        self.drain(&mut checked)
    }

    /// Reads what an entry has left, so that what follows it is found. What is wrong with it has been noted.
    fn drain(&mut self, reader: &mut dyn Read) -> Result<(), Over> {
        let _ = io::copy(reader, &mut io::sink());
        if self.budget.is_over() || self.worker.shared.stopped() { Err(Over) } else { Ok(()) }
    }
}

/// Where the data of an entry is.
fn data_of(archive: &ZipArchive<At<'_>>, way: ZipArchiveEntryWayfinder) -> Option<(u64, u64)> {
    let (start, end) = archive.get_entry(way).ok()?.compressed_data_range();
    (start <= end && end <= archive.get_ref().0.size()).then_some((start, end))
}

fn ends_itself(method: u16) -> bool {
    matches!(method, DEFLATED | BZIP2 | ZSTD | XZ)
}

struct LocalHeader {
    bytes: Vec<u8>,
    name: Vec<u8>,
    member: Member,
    /// None: not known before the end of the data.
    compressed: Option<u64>,
    /// A data descriptor follows the data.
    descriptor: bool,
}

impl LocalHeader {
    /// 4.3.7 of the specification, and 4.5.3 for large sizes.
    fn read(stream: &mut Stream<'_>) -> io::Result<LocalHeader> {
        let mut bytes = vec![0; 30];
        stream.read_exact(&mut bytes)?;
        let u16_at = |bytes: &[u8], at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let (flags, method) = (u16_at(&bytes, 6), u16_at(&bytes, 8));
        let (crc, compressed) = (u32_at(14), u32_at(18));
        let (name, extra) = (usize::from(u16_at(&bytes, 26)), usize::from(u16_at(&bytes, 28)));
        bytes.resize(30 + name + extra, 0);
        stream.read_exact(&mut bytes[30..])?;
        let descriptor = flags & 1 << 3 != 0;
        let compressed = match compressed {
            0 if descriptor => None,
            u32::MAX => large_size(&bytes[30 + name..]).filter(|&size| size > 0 || !descriptor),
            size => Some(u64::from(size)),
        };
        Ok(LocalHeader {
            name: bytes[30..30 + name].to_vec(),
            member: Member { method, encrypted: flags & 1 != 0, crc: (!descriptor).then_some(crc) },
            compressed,
            descriptor,
            bytes,
        })
    }
}

/// The compressed size in the extra field for large ones.
fn large_size(mut extra: &[u8]) -> Option<u64> {
    while let [a, b, c, d, rest @ ..] = extra {
        let (id, size) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
        let field = rest.get(..size)?;
        if id == 1 {
            return field.get(8..16).map(|size| size.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b)));
        }
        extra = &rest[size..];
    }
    None
}

/// The size of the data descriptor that begins here: with a signature or without, with large sizes or without. What
/// follows it is another header.
fn descriptor(bytes: &[u8]) -> u64 {
    let sizes: &[usize] = if bytes.starts_with(b"PK\x07\x08") { &[16, 24] } else { &[12, 20] };
    let size = sizes.iter().find(|&&size| bytes.get(size..size + 2) == Some(b"PK"));
    *size.unwrap_or(&sizes[0]) as u64
}

/// Checks at the end that the data are what their checksum says.
struct Checked<R> {
    reader: R,
    crc: Crc,
    expected: Option<u32>,
}

impl<R> Checked<R> {
    fn new(reader: R, expected: Option<u32>) -> Checked<R> {
        Checked { reader, crc: Crc::new(), expected }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        match self.expected {
            Some(_) if n > 0 => self.crc.update(&buffer[..n]),
            Some(expected) if !buffer.is_empty() => {
                // Said once.
                self.expected = None;
                if self.crc.sum() != expected {
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
            _ => {}
        }
        Ok(n)
    }
}
