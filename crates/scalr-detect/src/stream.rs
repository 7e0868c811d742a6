//! Streams: the findings of the whole from a window that moves over it.
//!
//! A finding depends on a bounded stretch of bytes: context words before it, and the longest token behind. So a window is
//! searched up to a *safe* offset: everything that starts before it is known to the end. The rest waits for more bytes.

use crate::decode::{BACK, PIECE};
use crate::engine::{Match, Search, State};
use crate::finding::{Finding, Lines};
use crate::parts;
use crate::scanner::Scanner;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// How many bytes are kept before those still to be searched: for context words, and for the text before a match.
const BEHIND: usize = 1 << 10;

/// More than an escape sequence and what of a run is passed over behind it.
const LEAD: usize = 32;

/// How far a window is searched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Until {
    /// To its end, where the stream ends.
    End,
    /// As far as there is room for the longest token behind.
    Whole,
    /// As far as no match can go on in bytes to come: mostly to the last white space. Looks at some bytes twice.
    Word,
}

/// The bytes of a stream at hand, and how far they have been searched.
pub(crate) struct Window {
    bytes: Vec<u8>,
    /// Offset before which everything has been searched.
    searched: usize,
    state: State,
}

impl Window {
    /// How much to add at a time.
    pub(crate) const STEP: usize = 256 << 10;

    pub(crate) fn new() -> Window {
        Window { bytes: Vec::new(), searched: 0, state: State::new() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Searches what can be, and calls `found` for each match until it returns false. Returns the offset before which
    /// nothing will be found any more.
    pub(crate) fn search(
        &mut self,
        scanner: &Scanner,
        until: Until,
        mut found: impl FnMut(&[u8], Match) -> bool,
    ) -> usize {
        let settings = &scanner.settings;
        let haystack = &self.bytes[..];
        // Nothing is longer than this.
        let ahead = PIECE.max(settings.tables.max_len as usize) + 64;
        let whole = haystack.len().saturating_sub(ahead);
        let end = match until {
            Until::End => haystack.len(),
            Until::Whole => whole,
            Until::Word => {
                // What is looked for is three bytes that may begin with a space: they must be there, too. None goes on
                // behind the end of a line.
                let seen = haystack.len().saturating_sub(2);
                let ends_word = |(at, byte): &(usize, &u8)| {
                    matches!(byte, b'\n' | b'\r') || byte.is_ascii_whitespace() && *at < seen
                };
                let word = haystack.iter().enumerate().skip(whole).rev().find(ends_word);
                let word = word.map_or(whole, |(at, _)| at + 1);
                // An escape in this line, seen or to come, makes a text with escapes of what is before it.
                let line = memchr::memrchr2(b'\n', b'\r', haystack).map_or(0, |end| end + 1);
                let line = line.max(haystack.len().saturating_sub(BACK));
                let escapes = haystack[line..].contains(&b'\\');
                let (word, seen) = if escapes { (word.min(line), haystack.len()) } else { (word, word) };
                let from = whole.max(self.searched);
                if from < word {
                    let mut probe = Search::new(settings, haystack, from..seen, State::new());
                    while probe.next(usize::MAX).is_some() {}
                    // A run that begins with the end of an escape sequence is found at the sequence.
                    let before = haystack[..probe.open.min(word)].iter().rev().take(LEAD);
                    let lead =
                        before.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
                    let open = probe.open.min(word) - lead.count();
                    open.max(whole)
                } else {
                    word
                }
            }
        };
        let end = end.max(self.searched);
        // Secrets have no white space, so what is found behind it does not start before it.
        let settled = match until {
            Until::End => usize::MAX,
            _ if end > 0 && haystack[end - 1].is_ascii_whitespace() => end,
            _ => end.saturating_sub(settings.look_behind()),
        };
        let state = std::mem::replace(&mut self.state, State::new());
        let mut search = Search::new(settings, haystack, self.searched..end, state);
        while let Some(m) = search.next(settled) {
            if !found(haystack, m) {
                break;
            }
        }
        self.state = search.state;
        self.searched = end;
        self.state.needed_from(end).min(settled)
    }

    /// Reads [`Window::STEP`] bytes, or what is left of the stream; how many were read. After an error, what was read
    /// before it is there.
    fn fill(&mut self, reader: &mut impl Read) -> io::Result<usize> {
        reader.take(Window::STEP as u64).read_to_end(&mut self.bytes)
    }

    /// The offset before which bytes are not needed any more.
    fn unneeded(&self) -> usize {
        self.state.needed_from(self.searched).saturating_sub(BEHIND)
    }

    /// Drops bytes that are not needed any more, those from `keep` on excepted; how many were dropped.
    pub(crate) fn compact(&mut self, keep: usize) -> usize {
        let from = self.unneeded().min(keep.saturating_sub(BEHIND));
        // Moving the rest costs as much as what it saves, at most.
        if from < self.bytes.len() / 2 {
            return 0;
        }
        self.bytes.drain(..from);
        self.searched -= from;
        self.state.shift(from);
        from
    }
}

/// See [`Scanner::scan_reader`].
pub(crate) fn scan_reader<R: Read>(
    scanner: &Scanner,
    mut reader: R,
    mut found: impl FnMut(Finding<'_, '_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut window = Window::new();
    let (mut origin, mut lines) = (0, Lines::START);
    loop {
        let read = window.fill(&mut reader);
        let until = if matches!(read, Ok(Window::STEP)) { Until::Whole } else { Until::End };
        let mut goes_on = true;
        window.search(scanner, until, |haystack, m| {
            if !parts::is_taken_in(&scanner.settings, haystack, &m) {
                goes_on = found(Finding::new(scanner, m, haystack, origin, &mut lines)).is_continue();
            }
            goes_on
        });
        read?;
        if !goes_on || until == Until::End {
            return Ok(());
        }
        lines.advance(window.bytes(), origin, window.unneeded());
        origin += window.compact(usize::MAX);
    }
}
