//! SQLite: values that do not fit into a page.
//!
//! A database has its texts as they are, so that most secrets are found in the bytes of the file. What that misses is a
//! value that goes over the end of its page: the rest lies in a chain of *overflow pages*, anywhere in the file. Such
//! values are put together here, and what is found over the border between two pages is told; the rest has been found
//! before. There is no crate that does just this; those that open a database are a hundred times larger, or C.
//!
//! Source: the Database File Format of SQLite, 1.3 to 1.6.

use std::io::{self, Read};

use crate::archive::{Opener, Over, ReadAt};
use crate::ledger::Reason;
use crate::unit::Unit;
use crate::worker::Visitor;

/// How many pages may be read as overflow, as a multiple of those that there are: each is part of one value.
const AGAIN: u64 = 2;

/// Scans the values of a database that go over several pages.
pub(crate) fn scan<V: Visitor>(
    opener: &mut Opener<'_, '_, V>,
    path: &[u8],
    source: &dyn ReadAt,
) -> Result<(), Over> {
    let result = Database::open(source).map(|database| database.scan(opener, path));
    match result {
        Ok(done) => done,
        Err(e) => opener.failed(path, &e),
    }
}

struct Database<'s> {
    source: &'s dyn ReadAt,
    page: usize,
    /// The bytes of a page that are used.
    usable: usize,
    pages: u64,
}

impl<'s> Database<'s> {
    fn open(source: &'s dyn ReadAt) -> io::Result<Database<'s>> {
        let mut header = [0; 24];
        if source.fill_at(&mut header, 0)? < header.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let page = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 1 << 16,
            size => usize::from(size),
        };
        let usable = page.saturating_sub(usize::from(header[20]));
        if !page.is_power_of_two() || page < 512 || usable < 480 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Database { source, page, usable, pages: source.size() / page as u64 })
    }

    fn scan<V: Visitor>(&self, opener: &mut Opener<'_, '_, V>, path: &[u8]) -> Result<(), Over> {
        let mut page = vec![0; self.page];
        let mut left = self.pages.saturating_mul(AGAIN);
        for number in 1..=self.pages {
            match self.source.fill_at(&mut page, (number - 1) * self.page as u64) {
                Ok(read) if read == self.page => {}
                Ok(_) => return Ok(()),
                Err(e) => return opener.failed(path, &e),
            }
            for (index, value) in self.values(number, &page).enumerate() {
                let name = format!("!page-{number}/value-{}", index + 1);
                let name = [path, name.as_bytes()].concat();
                let unit = Unit::new(&name, opener.origin);
                let mut reader = value.reader(self, &page, &mut left);
                let border = |offset: usize| {
                    // How many borders there are before this offset.
                    offset.checked_sub(value.local.len()).map_or(0, |over| over / (self.usable - 4) + 1)
                };
                let scanned = opener.worker.search_stream(&unit, &mut reader, |finding| {
                    let span = finding.span();
                    border(span.start) != border(span.end.saturating_sub(1))
                });
                let lost = reader.lost;
                if let Err(e) = scanned {
                    opener.failed(&name, &e)?;
                } else if lost {
                    opener.note(Reason::ArchiveDamaged, &name);
                }
                opener.enter()?;
            }
            if opener.worker.shared.stopped() {
                return Err(Over);
            }
            if left == 0 {
                opener.note(Reason::ArchiveDamaged, path);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The values of a page that go on elsewhere.
    fn values<'p>(&'p self, number: u64, page: &'p [u8]) -> impl Iterator<Item = Value> + 'p {
        let start = if number == 1 { 100 } else { 0 };
        let (kind, cells) = match page[start] {
            0x0d => (Kind::Table, start + 8),
            0x0a => (Kind::Index, start + 8),
            0x02 => (Kind::InnerIndex, start + 12),
            _ => (Kind::Table, page.len()),
        };
        let count = usize::from(u16::from_be_bytes([page[start + 3], page[start + 4]]));
        let pointers = page.get(cells..).unwrap_or_default().chunks_exact(2).take(count);
        pointers.filter_map(move |pointer| {
            let at = usize::from(u16::from_be_bytes([pointer[0], pointer[1]]));
            self.value(kind, page, at)
        })
    }

    fn value(&self, kind: Kind, page: &[u8], mut at: usize) -> Option<Value> {
        if kind == Kind::InnerIndex {
            at += 4;
        }
        let size = varint(page, &mut at)?;
        if kind == Kind::Table {
            varint(page, &mut at)?;
        }
        let size = usize::try_from(size).ok().filter(|&size| size as u64 <= self.source.size())?;
        let (usable, least) = (self.usable, (self.usable - 12) * 32 / 255 - 23);
        let most = if kind == Kind::Table { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if size <= most {
            return None;
        }
        let kept = least + (size - least) % (usable - 4);
        let kept = if kept <= most { kept } else { least };
        let next = page.get(at + kept..at + kept + 4)?;
        let next = u32::from_be_bytes(next.try_into().ok()?);
        Some(Value { local: at..at + kept, next, size })
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Table,
    Index,
    InnerIndex,
}

/// A number of up to nine bytes, seven bits in each but the last.
fn varint(page: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for i in 0..9 {
        let byte = u64::from(*page.get(*at)?);
        *at += 1;
        if i == 8 {
            return Some(number << 8 | byte);
        }
        number = number << 7 | byte & 0x7f;
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

/// A value that goes on in overflow pages.
struct Value {
    /// What of it is in its page.
    local: std::ops::Range<usize>,
    /// The page where it goes on.
    next: u32,
    size: usize,
}

impl Value {
    fn reader<'v>(&self, database: &'v Database<'_>, page: &'v [u8], left: &'v mut u64) -> ValueReader<'v> {
        let buffer = page[self.local.clone()].to_vec();
        ValueReader {
            database,
            left,
            rest: self.size - buffer.len(),
            buffer,
            at: 0,
            next: self.next,
            lost: false,
        }
    }
}

struct ValueReader<'v> {
    database: &'v Database<'v>,
    /// How many overflow pages may still be read.
    left: &'v mut u64,
    buffer: Vec<u8>,
    at: usize,
    next: u32,
    /// How much is still to come from overflow pages.
    rest: usize,
    /// The chain ended early.
    lost: bool,
}

impl Read for ValueReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() && self.rest > 0 && !self.lost {
            let number = u64::from(self.next);
            if number == 0 || number > self.database.pages || *self.left == 0 {
                self.lost = true;
                return Ok(0);
            }
            *self.left -= 1;
            self.buffer.resize(self.database.usable, 0);
            let offset = (number - 1) * self.database.page as u64;
            if self.database.source.fill_at(&mut self.buffer, offset)? < self.buffer.len() {
                self.lost = true;
                return Ok(0);
            }
            self.next = u32::from_be_bytes([self.buffer[0], self.buffer[1], self.buffer[2], self.buffer[3]]);
            self.buffer.drain(..4);
            self.buffer.truncate(self.rest);
            self.rest -= self.buffer.len();
            self.at = 0;
        }
        let n = out.len().min(self.buffer.len() - self.at);
        out[..n].copy_from_slice(&self.buffer[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
