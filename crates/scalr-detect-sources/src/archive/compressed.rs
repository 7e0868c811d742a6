//! Compressed files: gzip, zstd, xz and bzip2, each with any number of members one after another.

use std::io::{self, BufRead, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::budget::{Budget, Memory, Output};
use super::{Label, Opener, Over, Stream};
use crate::worker::Visitor;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl<'o, V: Visitor> Opener<'o, '_, V> {
    pub(super) fn compressed(
        &mut self,
        label: &Label,
        format: Format,
        stream: &mut Stream<'_>,
        depth: u32,
    ) -> Result<(), Over> {
        let inner = label.decompressed();
        self.decompress(&label.archive, format, stream, |opener, stream| {
            opener.content(&inner, stream, depth + 1)
        })
    }

    /// Hands over what comes out of all members, and scans what follows them. `path`: of what is compressed.
    pub(crate) fn decompress(
        &mut self,
        path: &[u8],
        format: Format,
        stream: &mut Stream<'_>,
        inside: impl FnOnce(&mut Self, &mut Stream<'_>) -> Result<(), Over>,
    ) -> Result<(), Over> {
        let (mut output, _memory) = match decoder(format, stream, self.budget) {
            Ok(decoder) => decoder,
            Err(e) => return self.failed(path, &e),
        };
        inside(self, &mut Stream::new(&mut output))?;
        // What follows is no member. Padding is common.
        if let Some(rest) = output.reader.into_rest() {
            while let Ok(bytes @ [_, ..]) = rest.fill_buf() {
                let zeros = bytes.iter().take_while(|&&b| b == 0).count();
                if zeros < bytes.len() {
                    rest.consume(zeros);
                    return self.plain(path, rest);
                }
                rest.consume(zeros);
            }
        }
        Ok(())
    }
}

/// A reader of all members of what a stream has, and the memory that it takes.
pub(crate) fn decoder<'s, 'r, 'b>(
    format: Format,
    stream: &'s mut Stream<'r>,
    budget: &'b Budget<'b>,
) -> io::Result<(Output<'b, Members<'s, 'r>>, Memory<'b>)> {
    while format == Format::Zstd && is_skippable(stream.peek(8)) {
        let size =
            stream.peek(8).get(4..).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
        stream.skip(8 + u64::from(size))?;
    }
    let window = format.window(stream.peek(64));
    let memory = budget.take_memory(window);
    // Without enough memory for the window, it is enough as long as no more than that comes out.
    // That of xz doubles as it grows, and has both for a moment.
    let most = if format == Format::Xz { memory.bytes() / 2 } else { memory.bytes() };
    let left = if memory.bytes() as u64 >= window { u64::MAX } else { most as u64 };
    let reader = Members::new(format, stream, window, memory.bytes());
    Ok((Output { reader, budget, left }, memory))
}

impl Format {
    /// How much memory it needs to decompress what begins like this.
    fn window(self, head: &[u8]) -> u64 {
        match self {
            Format::Gzip => 64 << 10,
            Format::Bzip2 => {
                let level = head.get(3).map_or(9, |b| u64::from(b.wrapping_sub(b'0')));
                // As the manual says.
                (100 + 400 * level) << 10
            }
            Format::Zstd => zstd_window(head),
            Format::Xz => xz_window(head),
        }
    }

    fn starts(self, head: &[u8]) -> bool {
        match self {
            Format::Gzip => head.starts_with(b"\x1f\x8b"),
            Format::Zstd => head.starts_with(b"\x28\xb5\x2f\xfd") || is_skippable(head),
            Format::Bzip2 => head.starts_with(b"BZh"),
            // Its decoder goes on to the next member on its own.
            Format::Xz => false,
        }
    }
}

/// Whether a frame of zstd begins that has no data: RFC 8878, 3.1.2.
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// RFC 8878, 3.1.1.1.
fn zstd_window(head: &[u8]) -> u64 {
    let Some(&[descriptor, window]) = head.get(4..6) else { return 0 };
    if descriptor & 0x20 == 0 {
        let power = 1u64 << (10 + (window >> 3));
        return power + power / 8 * u64::from(window & 7);
    }
    // One segment: the window is all of it.
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let (size, base) = match descriptor >> 6 {
        0 => (1, 0),
        1 => (2, 256),
        2 => (4, 0),
        _ => (8, 0),
    };
    let Some(field) = head.get(5 + dictionary..5 + dictionary + size) else { return 0 };
    field.iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b)).saturating_add(base)
}

/// The .xz file format, 3.1 and 5.3.1: of the first block, in which the filter with the dictionary is the last.
fn xz_window(head: &[u8]) -> u64 {
    let Some(&size) = head.get(12) else { return 0 };
    let end = 12 + (usize::from(size) + 1) * 4 - 4;
    let block = head.get(12..end.min(head.len())).unwrap_or_default();
    let dictionary = block.windows(3).rev().find(|w| w[0] == 0x21 && w[1] == 1 && w[2] <= 40);
    match dictionary.map_or(40, |w| u64::from(w[2])) {
        40 => u64::from(u32::MAX),
        bits => (2 | bits & 1) << (bits / 2 + 11),
    }
}

type Source<'s, 'r> = &'s mut Stream<'r>;

enum Member<'s, 'r> {
    /// Before the first, or between two.
    None(Source<'s, 'r>),
    Gzip(Box<GzDecoder<Source<'s, 'r>>>),
    Bzip2(Box<BzDecoder<Source<'s, 'r>>>),
    Zstd(Box<FrameDecoder>, Source<'s, 'r>),
    Xz(Box<XzReader<Source<'s, 'r>>>),
}

/// What comes out of all members.
pub(crate) struct Members<'s, 'r> {
    format: Format,
    /// The largest window that is taken.
    window: u64,
    /// How much may be held in memory.
    memory: usize,
    /// None after an error.
    member: Option<Member<'s, 'r>>,
    any: bool,
    end: bool,
}

impl<'s, 'r> Members<'s, 'r> {
    fn new(format: Format, stream: Source<'s, 'r>, window: u64, memory: usize) -> Members<'s, 'r> {
        let window = window.max(memory as u64);
        Members { format, window, memory, member: Some(Member::None(stream)), any: false, end: false }
    }

    /// What follows the last member, if that was reached.
    fn into_rest(self) -> Option<Source<'s, 'r>> {
        match self.member {
            Some(Member::None(stream)) if self.end => Some(stream),
            _ => None,
        }
    }

    fn begin(&mut self, stream: Source<'s, 'r>) -> io::Result<Member<'s, 'r>> {
        self.any = true;
        Ok(match self.format {
            Format::Gzip => Member::Gzip(Box::new(GzDecoder::new(stream))),
            Format::Bzip2 => Member::Bzip2(Box::new(BzDecoder::new(stream))),
            Format::Zstd => {
                let mut decoder = FrameDecoder::new();
                decoder.set_max_window_size(self.window);
                match decoder.init(&mut *stream) {
                    Ok(()) => Member::Zstd(Box::new(decoder), stream),
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                        length,
                        ..
                    })) => {
                        stream.skip(u64::from(length))?;
                        Member::None(stream)
                    }
                    Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                        return Err(super::budget::WINDOW_TOO_LARGE.into());
                    }
                    Err(_) => return Err(io::ErrorKind::InvalidData.into()),
                }
            }
            Format::Xz => {
                let limit = u32::try_from(self.window >> 10).unwrap_or(u32::MAX - 1).saturating_add(1 << 10);
                Member::Xz(Box::new(XzReader::new_mem_limit(stream, true, limit)))
            }
        })
    }
}

impl Read for Members<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(member) = self.member.take() else { return Ok(0) };
            let (read, member) = match member {
                Member::None(stream) => {
                    if self.end || self.any && !self.format.starts(stream.peek(4)) {
                        self.end = true;
                        self.member = Some(Member::None(stream));
                        return Ok(0);
                    }
                    self.member = Some(self.begin(stream)?);
                    continue;
                }
                Member::Gzip(mut decoder) => (decoder.read(buffer)?, Member::Gzip(decoder)),
                Member::Bzip2(mut decoder) => (decoder.read(buffer)?, Member::Bzip2(decoder)),
                Member::Zstd(mut decoder, stream) => {
                    (read_zstd(&mut decoder, stream, self.memory, buffer)?, Member::Zstd(decoder, stream))
                }
                Member::Xz(mut decoder) => (decoder.read(buffer)?, Member::Xz(decoder)),
            };
            if read > 0 {
                self.member = Some(member);
                return Ok(read);
            }
            let stream = match member {
                Member::None(stream) | Member::Zstd(_, stream) => stream,
                Member::Gzip(decoder) => decoder.into_inner(),
                Member::Bzip2(decoder) => decoder.into_inner(),
                Member::Xz(decoder) => decoder.into_inner(),
            };
            self.end |= self.format == Format::Xz;
            self.member = Some(Member::None(stream));
        }
    }
}

/// The largest block of zstd: RFC 8878, 3.1.1.2.4.
const BLOCK: usize = 128 << 10;

fn read_zstd(
    decoder: &mut FrameDecoder,
    stream: &mut Stream<'_>,
    memory: usize,
    buffer: &mut [u8],
) -> io::Result<usize> {
    while decoder.can_collect() == 0 && !decoder.is_finished() {
        // Nothing comes out before the window is full, so it has to be told by what goes in that it is too large.
        if decoder.max_window_size() > memory as u64 && decoder.blocks_decoded() * BLOCK >= memory {
            return Err(super::budget::WINDOW_TOO_LARGE.into());
        }
        let decoded = decoder.decode_blocks(&mut *stream, BlockDecodingStrategy::UptoBlocks(1));
        decoded.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    }
    let read = decoder.read(buffer)?;
    if read == 0
        && decoder.get_checksum_from_data().is_some_and(|sum| decoder.get_calculated_checksum() != Some(sum))
    {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(read)
}
