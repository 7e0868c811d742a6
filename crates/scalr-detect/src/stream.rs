//! Streams: the findings of the whole from a window that moves over it.
//!
//! A finding depends on a bounded stretch of bytes: context words before it, and the longest token behind. So a window is
//! searched up to a *safe* offset: everything that starts before it is known to the end. The rest waits for more bytes.

use crate::decode::{BACK, PIECE};
use crate::engine::{Match, Search, State};
use crate::finding::{Finding, Lines};
use crate::parts;
use crate::scanner::Scanner;
use std::fmt;
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

    /// Forgets everything, as at the start of a stream.
    fn clear(&mut self) {
        self.bytes.clear();
        (self.searched, self.state) = (0, State::new());
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

/// Finds the secrets of a stream that is handed over piece by piece: for programs that are told of data when it comes,
/// where [`Scanner::scan_reader`] would have to wait for it.
///
/// However the stream is cut, the findings are those of the whole, in the same order; offsets and positions count from
/// its start. A finding is told when nothing that may still come can change it, which is at most 33 KiB later. Memory is
/// bounded, whatever is pushed.
///
/// ```
/// use scalr_detect::Scanner;
///
/// let (mut searcher, mut found) = (Scanner::new().searcher(), Vec::new());
/// searcher.push(b"npm_vkhonuv9Ghesv6tKav", |finding| found.push(finding.secret_span()));
/// searcher.push(b"A1QQ468KUybS1YkQaP\n", |finding| found.push(finding.secret_span()));
/// searcher.finish(|finding| found.push(finding.secret_span()));
/// assert_eq!(found, [0..40]);
/// ```
pub struct Searcher {
    scanner: Scanner,
    cursor: Cursor,
}

/// Does not show the bytes at hand, which may hold secrets.
impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searcher")
            .field("scanner", &self.scanner)
            .field("passed", &self.cursor.origin)
            .finish_non_exhaustive()
    }
}

impl Searcher {
    pub(crate) fn new(scanner: Scanner) -> Searcher {
        Searcher { scanner, cursor: Cursor::new() }
    }

    /// Takes the next bytes of the stream; tells the findings of which all is known now.
    pub fn push(&mut self, bytes: &[u8], mut found: impl FnMut(Finding<'_, '_>)) {
        // In steps, so that memory does not grow with what is pushed at once.
        for bytes in bytes.chunks(Window::STEP) {
            self.cursor.window.extend(bytes);
            self.cursor.search(&self.scanner, Until::Whole, |finding| {
                found(finding);
                ControlFlow::Continue(())
            });
            self.cursor.compact();
        }
    }

    /// Passes over the next `bytes` bytes of the stream, which are not to be searched; tells the findings that are left
    /// before them. Nothing is found across the gap, and no end of a line is counted in it.
    ///
    /// ```
    /// use scalr_detect::Scanner;
    ///
    /// let token = concat!("npm_", "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP\n");
    /// let (mut searcher, mut found) = (Scanner::new().searcher(), Vec::new());
    /// searcher.push(b"npm_vkhonuv9Ghesv6tKav", |finding| found.push(finding.secret_span()));
    /// searcher.skip(1000, |finding| found.push(finding.secret_span()));
    /// searcher.push(token.as_bytes(), |finding| found.push(finding.secret_span()));
    /// searcher.finish(|finding| {
    ///     assert_eq!((finding.position().line, finding.position().column), (1, 1023));
    ///     found.push(finding.secret_span());
    /// });
    /// assert_eq!(found, [1022..1062]);
    /// ```
    pub fn skip(&mut self, bytes: usize, mut found: impl FnMut(Finding<'_, '_>)) {
        self.cursor.search(&self.scanner, Until::End, |finding| {
            found(finding);
            ControlFlow::Continue(())
        });
        self.cursor.skip(bytes);
    }

    /// Ends the stream; tells the findings that are left.
    pub fn finish(mut self, mut found: impl FnMut(Finding<'_, '_>)) {
        self.cursor.search(&self.scanner, Until::End, |finding| {
            found(finding);
            ControlFlow::Continue(())
        });
    }
}

/// A window, and where in its stream it is.
struct Cursor {
    window: Window,
    /// Where the window starts in the stream.
    origin: usize,
    lines: Lines,
}

impl Cursor {
    fn new() -> Cursor {
        Cursor { window: Window::new(), origin: 0, lines: Lines::START }
    }

    /// Tells the findings of the window that are not told yet; whether all of them were wanted.
    fn search(
        &mut self,
        scanner: &Scanner,
        until: Until,
        mut found: impl FnMut(Finding<'_, '_>) -> ControlFlow<()>,
    ) -> bool {
        let (origin, lines, mut goes_on) = (self.origin, &mut self.lines, true);
        self.window.search(scanner, until, |haystack, m| {
            if !parts::is_taken_in(&scanner.settings, haystack, &m) {
                goes_on = found(Finding::new(scanner, m, haystack, origin, lines)).is_continue();
            }
            goes_on
        });
        goes_on
    }

    /// Drops bytes that are not needed any more.
    fn compact(&mut self) {
        self.lines.advance(self.window.bytes(), self.origin, self.window.unneeded());
        self.origin += self.window.compact(usize::MAX);
    }

    /// Begins anew behind so many bytes that are not looked at.
    fn skip(&mut self, bytes: usize) {
        let end = self.window.bytes().len();
        self.lines.advance(self.window.bytes(), self.origin, end);
        self.lines.skip(bytes);
        self.origin += end + bytes;
        self.window.clear();
    }
}

/// See [`Scanner::scan_reader`].
pub(crate) fn scan_reader<R: Read>(
    scanner: &Scanner,
    mut reader: R,
    mut found: impl FnMut(Finding<'_, '_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut cursor = Cursor::new();
    loop {
        let read = cursor.window.fill(&mut reader);
        let until = if matches!(read, Ok(Window::STEP)) { Until::Whole } else { Until::End };
        let goes_on = cursor.search(scanner, until, &mut found);
        read?;
        if !goes_on || until == Until::End {
            return Ok(());
        }
        cursor.compact();
    }
}
