//! A buffered reader that can be looked into ahead of reading.

use std::io::{self, BufRead, Read};

/// How much is buffered, which is how far one can look ahead.
pub(crate) const BUFFER: usize = 32 << 10;

/// A buffered reader of which the next bytes can be looked at. An error that is met by looking comes when what was read
/// before it has been taken.
pub(crate) struct Stream<'r> {
    source: &'r mut dyn Read,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    passed: u64,
    error: Option<io::Error>,
}

impl<'r> Stream<'r> {
    pub(crate) fn new(source: &'r mut dyn Read) -> Stream<'r> {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Stream { source, buffer, start: 0, end: 0, passed: 0, error: None }
    }

    /// How many bytes have been taken from it.
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// The next `n` bytes, or as many as there are, at most [`BUFFER`].
    pub(crate) fn peek(&mut self, n: usize) -> &[u8] {
        if self.end - self.start < n {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < n.min(BUFFER) && self.error.is_none() {
                match self.source.read(&mut self.buffer[self.end..]) {
                    Ok(0) => break,
                    Ok(read) => self.end += read,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => self.error = Some(e),
                }
            }
        }
        &self.buffer[self.start..self.end.min(self.start + n)]
    }

    /// Whether nothing is left, and no error waits.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.peek(1).is_empty() && self.error.is_none()
    }

    /// Passes over `n` bytes, or as many as there are; how many.
    pub(crate) fn skip(&mut self, n: u64) -> io::Result<u64> {
        let mut left = n;
        while left > 0 {
            let here = self.fill_buf()?.len();
            if here == 0 {
                break;
            }
            let step = here.min(usize::try_from(left).unwrap_or(usize::MAX));
            self.consume(step);
            left -= step as u64;
        }
        Ok(n - left)
    }
}

impl BufRead for Stream<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            if let Some(e) = self.error.take() {
                return Err(e);
            }
            (self.start, self.end) = (0, 0);
            loop {
                match self.source.read(&mut self.buffer) {
                    Ok(read) => {
                        self.end = read;
                        break;
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, n: usize) {
        self.start += n;
        self.passed += n as u64;
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && self.error.is_none() && out.len() >= BUFFER {
            let read = self.source.read(out)?;
            self.passed += read as u64;
            return Ok(read);
        }
        let here = self.fill_buf()?;
        let n = here.len().min(out.len());
        out[..n].copy_from_slice(&here[..n]);
        self.consume(n);
        Ok(n)
    }
}

/// The next bytes of a stream, of which so many are left.
pub(crate) struct Part<'s, 'r> {
    pub(crate) stream: &'s mut Stream<'r>,
    pub(crate) left: u64,
}

impl Part<'_, '_> {
    /// The first `n` bytes, or as many as there are.
    pub(crate) fn peek(&mut self, n: usize) -> &[u8] {
        let n = n.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.stream.peek(n)
    }

    /// Passes over what has not been read. Whether all of it was there.
    pub(crate) fn finish(&mut self) -> io::Result<bool> {
        self.left -= self.stream.skip(self.left)?;
        Ok(self.left == 0)
    }
}

impl Read for Part<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = out.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if n == 0 {
            return Ok(0);
        }
        let read = self.stream.read(&mut out[..n])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Bytes that can be read in any order.
pub(crate) trait ReadAt {
    /// How many there are.
    fn size(&self) -> u64;

    /// Reads from an offset on; 0 bytes at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills the buffer from an offset on, as far as there are bytes; how many.
    fn fill_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        while read < buffer.len() {
            match self.read_at(&mut buffer[read..], offset.saturating_add(read as u64)) {
                Ok(0) => break,
                Ok(n) => read += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(read)
    }
}

impl ReadAt for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = usize::try_from(offset).map_or(self.len(), |at| at.min(self.len()));
        let n = buffer.len().min(self.len() - from);
        buffer[..n].copy_from_slice(&self[from..from + n]);
        Ok(n)
    }
}

/// The first bytes of a file.
#[derive(Debug)]
pub(crate) struct FileAt<'f> {
    file: &'f std::fs::File,
    size: u64,
}

impl<'f> FileAt<'f> {
    /// At most `bound` bytes of it.
    pub(crate) fn new(file: &'f std::fs::File, bound: u64) -> FileAt<'f> {
        let size = file.metadata().map_or(bound, |meta| meta.len().min(bound));
        FileAt { file, size }
    }
}

impl ReadAt for FileAt<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self.file, buffer, offset)
    }
}

/// Reads from one offset to another.
pub(crate) struct Range<'s> {
    pub(crate) source: &'s dyn ReadAt,
    pub(crate) at: u64,
    pub(crate) end: u64,
}

impl Read for Range<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.at);
        let n = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.source.read_at(&mut buffer[..n], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl io::Seek for Range<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let at = match to {
            io::SeekFrom::Start(at) => Some(at),
            io::SeekFrom::End(by) => self.end.checked_add_signed(by),
            io::SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
