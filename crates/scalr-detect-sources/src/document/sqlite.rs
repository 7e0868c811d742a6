//! SQLite: what the bytes of the file do not show.
//!
//! A database has its texts as they are, and pages that are not in use any more have theirs, so the bytes of the file are
//! scanned like any others. That misses two things. The values of a row touch: a token right behind a name looks like
//! the end of a longer word. And a value that is too long for its page goes on in a chain of *overflow pages*, anywhere
//! in the file. So the values are scanned one by one as well, and what is found there and was not found before is told.
//! There is no crate that does just this; those that open a database are a hundred times larger, or C.
//!
//! Source: the Database File Format of SQLite, 1.3 to 1.6, 2.1.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;

use scalr_detect::Finding;

use crate::archive::{Opener, Over, Range, ReadAt};
use crate::ledger::Reason;
use crate::unit::Unit;
use crate::worker::{Told, Visitor};

/// How many pages may be read as overflow, as a multiple of those that there are: each is part of one value.
const AGAIN: u64 = 2;

/// How many findings in the bytes of the file are remembered. What is behind them may be told twice.
const SEEN: usize = 1 << 16;

/// No secret that is known without its name is shorter.
const SHORTEST: usize = 12;

/// Scans a database: the bytes of the file, and its values.
pub(crate) fn scan<V: Visitor>(
    opener: &mut Opener<'_, '_, V>,
    path: &[u8],
    source: &dyn ReadAt,
) -> Result<(), Over> {
    let mut seen = HashSet::new();
    let whole = Range { source, at: 0, end: source.size() };
    let seen_in_whole = RefCell::new(&mut seen);
    let read = opener.worker.search_stream(&Unit::new(path, opener.origin), whole, |finding| {
        let mut seen = seen_in_whole.borrow_mut();
        if seen.len() < SEEN {
            seen.insert(finding.span().start as u64);
        }
        true
    });
    match read {
        Ok(read) => opener.worker.done(read),
        Err(e) => return opener.failed(path, &e),
    }
    match Database::open(source) {
        Ok(database) => database.scan(opener, path, &seen),
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

    fn scan<V: Visitor>(
        &self,
        opener: &mut Opener<'_, '_, V>,
        path: &[u8],
        seen: &HashSet<u64>,
    ) -> Result<(), Over> {
        let mut page = vec![0; self.page];
        let mut left = self.pages.saturating_mul(AGAIN);
        for number in 1..=self.pages {
            let start = (number - 1) * self.page as u64;
            match self.source.fill_at(&mut page, start) {
                Ok(read) if read == self.page => {}
                Ok(_) => return Ok(()),
                Err(e) => return opener.failed(path, &e),
            }
            for (index, cell) in self.cells(number, &page).enumerate() {
                let name = || [path, format!("!page-{number}/cell-{}", index + 1).as_bytes()].concat();
                match cell.next {
                    None => self.short(opener, &name, &page, start, &cell, seen),
                    Some(next) => {
                        let mut chain = Chain { database: self, next, left: &mut left };
                        let name = name();
                        match chain.scan(opener, &name, &page, start, &cell, seen) {
                            Ok(true) => {}
                            Ok(false) => opener.note(Reason::ArchiveDamaged, &name),
                            Err(e) => opener.failed(&name, &e)?,
                        }
                    }
                }
            }
            if opener.worker.shared.stopped() {
                return Err(Over);
            }
        }
        Ok(())
    }

    /// Scans the values of a row that is all in its page, those that touch something that could be a part of them.
    fn short<V: Visitor>(
        &self,
        opener: &mut Opener<'_, '_, V>,
        name: &dyn Fn() -> Vec<u8>,
        page: &[u8],
        start: u64,
        cell: &Cell,
        seen: &HashSet<u64>,
    ) {
        let row = &page[cell.local.clone()];
        let touches =
            |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || b"_-+/=.".contains(b));
        for (column, value) in columns(row).enumerate() {
            let Some(text) = row.get(value.clone()).filter(|text| text.len() >= SHORTEST) else { continue };
            let before = value.start.checked_sub(1).and_then(|at| row.get(at));
            if !touches(before) && !touches(page.get(cell.local.start + value.end)) {
                continue;
            }
            let name = [name(), format!("/column-{}", column + 1).into_bytes()].concat();
            let offset = start + (cell.local.start + value.start) as u64;
            opener.worker.search(&Unit::new(&name, opener.origin), text, |finding| {
                !seen.contains(&(offset + finding.span().start as u64))
            });
        }
    }

    /// The rows, and entries of an index, in a page.
    fn cells<'p>(&'p self, number: u64, page: &'p [u8]) -> impl Iterator<Item = Cell> + 'p {
        let start = if number == 1 { 100 } else { 0 };
        let (kind, cells) = match page[start] {
            0x0d => (Kind::Table, start + 8),
            0x0a => (Kind::Index, start + 8),
            0x02 => (Kind::InnerIndex, start + 12),
            _ => (Kind::Table, page.len()),
        };
        let count = usize::from(u16::from_be_bytes([page[start + 3], page[start + 4]]));
        let pointers = page.get(cells..).unwrap_or_default().chunks_exact(2).take(count);
        let cells = pointers.filter_map(move |pointer| {
            let at = usize::from(u16::from_be_bytes([pointer[0], pointer[1]]));
            self.cell(kind, page, at)
        });
        // Cells share no bytes, unless somebody means harm.
        let mut left = page.len();
        cells.take_while(move |cell| match left.checked_sub(cell.local.len()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
    }

    fn cell(&self, kind: Kind, page: &[u8], mut at: usize) -> Option<Cell> {
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
            return (at + size <= page.len()).then(|| Cell { local: at..at + size, next: None, size });
        }
        let kept = least + (size - least) % (usable - 4);
        let kept = if kept <= most { kept } else { least };
        let next = page.get(at + kept..at + kept + 4)?;
        let next = u32::from_be_bytes(next.try_into().ok()?);
        Some(Cell { local: at..at + kept, next: Some(next), size })
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

/// Where the values of a row are that are texts or bytes: 2.1, "Record Format". Of a header that is cut off, those that
/// it has.
fn columns(row: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    let header = varint(row, &mut at).map_or(0, |size| usize::try_from(size).unwrap_or(usize::MAX));
    let header = &row[..header.min(row.len())];
    let mut value = header.len();
    std::iter::from_fn(move || {
        let kind = varint(header, &mut at)?;
        let size = match kind {
            0..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            8..=11 => 0,
            text => (text - 12) / 2,
        };
        let start = value;
        value = value.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        Some(if kind < 12 { start..start } else { start..value })
    })
}

/// A row, or an entry of an index.
struct Cell {
    /// What of it is in its page.
    local: std::ops::Range<usize>,
    /// The page where it goes on, if it does.
    next: Option<u32>,
    size: usize,
}

/// The overflow pages of a row.
struct Chain<'c, 's> {
    database: &'c Database<'s>,
    next: u32,
    /// How many overflow pages may still be read.
    left: &'c mut u64,
}

impl Chain<'_, '_> {
    /// Scans a row that goes over several pages, its values apart. Whether all of it is there.
    fn scan<V: Visitor>(
        &mut self,
        opener: &mut Opener<'_, '_, V>,
        name: &[u8],
        page: &[u8],
        start: u64,
        cell: &Cell,
        seen: &HashSet<u64>,
    ) -> io::Result<bool> {
        let unit = Unit::new(name, opener.origin);
        let mut told = Told::new(&unit);
        let mut searcher = opener.worker.searcher(&unit);
        // Pieces of the row: where they are in it, and in the file.
        let mut pieces = vec![(0, start + cell.local.start as u64)];
        let local = &page[cell.local.clone()];
        let mut borders: Vec<usize> = columns(local).flat_map(|value| [value.start, value.end]).collect();
        borders.dedup();
        borders.reverse();
        let (mut at, mut buffer) = (0, local.to_vec());
        let whole = loop {
            let mut bytes = &buffer[..];
            while !bytes.is_empty() {
                let end = borders.last().map_or(usize::MAX, |end| *end);
                let (piece, rest) = bytes.split_at(bytes.len().min(end.saturating_sub(at)));
                let worker = &mut *opener.worker;
                let mut tell = |finding: Finding<'_, '_>| {
                    if is_new(&finding, &pieces, seen) {
                        let _ = told.finding(worker, &finding);
                    }
                };
                searcher.push(piece, &mut tell);
                at += piece.len();
                if at == end {
                    searcher.skip(0, &mut tell);
                    borders.pop();
                }
                bytes = rest;
            }
            if at >= cell.size || opener.worker.shared.stopped() {
                break true;
            }
            let number = u64::from(self.next);
            if number == 0 || number > self.database.pages || *self.left == 0 {
                break false;
            }
            *self.left -= 1;
            let offset = (number - 1) * self.database.page as u64;
            buffer.resize(self.database.usable, 0);
            if self.database.source.fill_at(&mut buffer, offset)? < buffer.len() {
                break false;
            }
            self.next = u32::from_be_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]);
            buffer.drain(..4);
            buffer.truncate(cell.size - at);
            pieces.push((at, offset + 4));
        };
        let worker = &mut *opener.worker;
        searcher.finish(|finding| {
            if is_new(&finding, &pieces, seen) {
                let _ = told.finding(worker, &finding);
            }
        });
        told.finish(opener.worker);
        Ok(whole)
    }
}

/// Whether a finding in a row was not found in the bytes of the file. `pieces`: where the row has its pieces, and where
/// those are in the file.
fn is_new(finding: &Finding<'_, '_>, pieces: &[(usize, u64)], seen: &HashSet<u64>) -> bool {
    let piece = |at: usize| pieces.partition_point(|piece| piece.0 <= at).saturating_sub(1);
    let span = finding.span();
    let (first, last) = (piece(span.start), piece(span.end.saturating_sub(1)));
    first != last || !seen.contains(&(pieces[first].1 + (span.start - pieces[first].0) as u64))
}
