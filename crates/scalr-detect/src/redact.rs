//! Redaction: secrets out, placeholders in.

use crate::engine::{Match, Search, State};
use crate::finding::Fingerprint;
use crate::input::Input;
use crate::scanner::Scanner;
use crate::stream::{Until, Window};
use std::borrow::Cow;
use std::fmt;

/// How many digits of the fingerprint a placeholder shows.
const DIGITS: usize = 6;

/// Writes the placeholder of a match found in `haystack`.
fn placeholder(scanner: &Scanner, haystack: &[u8], found: &Match, out: &mut Vec<u8>) {
    let detector = scanner.settings.tables.detectors[usize::from(found.detector)].id;
    let secret =
        found.decoded.as_ref().map_or(&haystack[found.secret.clone()], |decoded| &decoded.secret[..]);
    let fingerprint = Fingerprint::new(detector, secret).to_string();
    out.extend_from_slice(format!("[{detector}:{}]", &fingerprint[..DIGITS]).as_bytes());
}

pub(crate) fn redact<'h>(scanner: &Scanner, input: Input<'h>) -> Cow<'h, [u8]> {
    let haystack = input.haystack();
    let mut search = Search::new(&scanner.settings, haystack, input.get_range(), State::new());
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(found) = search.next(usize::MAX) {
        out.extend_from_slice(&haystack[at..found.secret.start]);
        placeholder(scanner, haystack, &found, &mut out);
        at = found.secret.end;
    }
    if at == 0 {
        return Cow::Borrowed(haystack);
    }
    out.extend_from_slice(&haystack[at..]);
    Cow::Owned(out)
}

/// Redacts a stream as it passes: bytes in, bytes out that are safe to show.
///
/// What comes out is what [`Scanner::redact`] makes of the whole. A byte is held back only as long as it may still belong
/// to a secret: the last word of what was pushed, or a private key that has begun and not ended. Memory is bounded,
/// whatever is pushed.
///
/// ```
/// let mut redactor = scalr_detect::Scanner::new().redactor();
/// let mut out = redactor.push(b"a line\nand an");
/// out.extend(redactor.push(b"other\n"));
/// out.extend(redactor.finish());
/// assert_eq!(out, b"a line\nand another\n");
/// ```
pub struct Redactor {
    scanner: Scanner,
    window: Window,
    /// Offset in the window before which everything has been put out.
    done: usize,
}

/// Does not show the bytes held back, which may hold secrets.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.window.bytes().len() - self.done;
        f.debug_struct("Redactor")
            .field("scanner", &self.scanner)
            .field("held_back", &held)
            .finish_non_exhaustive()
    }
}

impl Redactor {
    pub(crate) fn new(scanner: Scanner) -> Redactor {
        Redactor { scanner, window: Window::new(), done: 0 }
    }

    /// Takes the next bytes of the stream; returns those that are safe now, redacted.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        // In steps, so that memory does not grow with what is pushed at once.
        for bytes in bytes.chunks(Window::STEP) {
            self.window.extend(bytes);
            self.put_out(false, &mut out);
        }
        out
    }

    /// Ends the stream; returns what was held back, redacted.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.put_out(true, &mut out);
        out
    }

    fn put_out(&mut self, last: bool, out: &mut Vec<u8>) {
        let (scanner, done) = (&self.scanner, &mut self.done);
        let safe =
            self.window.search(scanner, if last { Until::End } else { Until::Word }, |haystack, found| {
                // Should a part of it be out already, the rest is not to follow.
                out.extend_from_slice(haystack.get(*done..found.secret.start).unwrap_or_default());
                placeholder(scanner, haystack, &found, out);
                *done = found.secret.end.max(*done);
                true
            });
        let bytes = self.window.bytes();
        if safe > self.done {
            out.extend_from_slice(&bytes[self.done..safe]);
            self.done = safe;
        }
        self.done -= self.window.compact(self.done);
    }
}
