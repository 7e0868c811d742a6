//! Findings: what is found, where, and what is known of it.

use crate::decode::Decoder;
use crate::engine::{Match, Search, State};
use crate::input::Input;
use crate::parts;
use crate::scalr;
use crate::scanner::Scanner;
use scalr_detect_catalog::{Check, Confidence, Detector, Generic, Kind, Tables};
use scalr_detect_check::{Details, is_placeholder};
use scalr_detect_generic::{is_chosen_word, is_weak};
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;

/// A secret that was found.
///
/// Neither `Debug` nor anything else but [`Finding::secret`] shows it.
#[derive(Clone)]
pub struct Finding<'s, 'h> {
    scanner: &'s Scanner,
    found: Match,
    haystack: &'h [u8],
    /// Where the haystack starts in the stream it is a part of.
    origin: usize,
    /// Position of the start of the secret.
    position: Position,
}

impl<'s, 'h> Finding<'s, 'h> {
    pub(crate) fn new(
        scanner: &'s Scanner,
        found: Match,
        haystack: &'h [u8],
        origin: usize,
        lines: &mut Lines,
    ) -> Finding<'s, 'h> {
        let position = lines.position(haystack, origin, found.secret.start);
        Finding { scanner, found, haystack, origin, position }
    }

    /// What kind of secret it is.
    pub fn detector(&self) -> &'static Detector {
        &self.scanner.settings.tables.detectors[usize::from(self.found.detector)]
    }

    /// The whole match, in bytes of the haystack; of the encoded text, if it was decoded.
    pub fn span(&self) -> Range<usize> {
        self.origin + self.found.span.start..self.origin + self.found.span.end
    }

    /// The secret itself, in bytes of the haystack; of the encoded text, if it was decoded.
    pub fn secret_span(&self) -> Range<usize> {
        self.origin + self.found.secret.start..self.origin + self.found.secret.end
    }

    /// The secret, decoded. Handle with care: nothing else of a finding shows it.
    pub fn secret(&self) -> &[u8] {
        match &self.found.decoded {
            Some(decoded) => &decoded.secret,
            None => &self.haystack[self.found.secret.clone()],
        }
    }

    /// The secret with all but its first and last few characters hidden, to be shown.
    pub fn masked(&self) -> Masked<'_> {
        Masked { secret: self.secret(), kind: self.detector().kind }
    }

    /// Whether the secret is a password that is guessed by whoever tries: a common one, a short one, or a word with little
    /// around it. Always false for kinds that a machine makes.
    pub fn is_weak(&self) -> bool {
        let passwords = self.scanner.settings.tables.generic[Generic::Password as usize];
        let is_typed = passwords == Some(self.found.detector)
            || matches!(self.detector().check, Some(Check::Password | Check::UrlCredentials));
        is_typed && is_weak(self.secret())
    }

    /// Whether the secret is known to stand for another: a value that vendors publish and everybody copies, or one that looks made
    /// up, as a sequence, a repeat or a word such as `example` does. Never more sure than [`Confidence::Low`].
    pub fn is_placeholder(&self) -> bool {
        let secret = self.secret();
        self.detector().kind != Kind::Pem && is_placeholder(secret) && !is_chosen_word(secret)
    }

    /// How sure the finding is.
    pub fn confidence(&self) -> Confidence {
        self.found.confidence
    }

    /// Why it is believed or doubted, in a clause.
    pub fn reason(&self) -> &'static str {
        self.found.reason
    }

    /// The encodings around the secret, the outermost first; at most [`Decoder::MAX_DEPTH`].
    pub fn decoded_by(&self) -> &[Decoder] {
        self.found.decoded.as_ref().map_or(&[], |decoded| &decoded.chain)
    }

    /// The identity of the secret: the same wherever it is found.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(self.detector().id, self.secret())
    }

    /// Where the secret starts.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Where the secret ends (the position behind its last byte).
    pub fn end_position(&self) -> Position {
        self.position.after(&self.haystack[self.found.secret.clone()])
    }

    /// Facts that can be read from the secret and its surroundings, such as the id of a Scalr token and its host, and the
    /// other parts of the credential, such as the id of a key. Never the secret itself.
    pub fn details(&self) -> Details {
        details(self.scanner.settings.tables, self.haystack, &self.found)
    }

    /// At most so many bytes of the haystack before and behind the secret. They may hold other secrets.
    pub fn surroundings(&self, before: usize, after: usize) -> (&'h [u8], &'h [u8]) {
        let Range { start, end } = self.found.secret;
        let behind = self.haystack.len().min(end.saturating_add(after));
        (&self.haystack[start.saturating_sub(before)..start], &self.haystack[end..behind])
    }
}

/// What can be read from a match and its surroundings. Of one that was decoded, that was read where it was.
pub(crate) fn details(tables: &Tables<'_>, haystack: &[u8], found: &Match) -> Details {
    if let Some(decoded) = &found.decoded {
        let mut details = decoded.details.clone();
        push_host(tables, haystack, found, &mut details);
        return details;
    }
    let mut details = match tables.detectors[usize::from(found.detector)].check {
        Some(check) => {
            let judged = if check.judges_match() { &found.span } else { &found.secret };
            check.details(&haystack[judged.clone()])
        }
        None => Details::default(),
    };
    push_host(tables, haystack, found, &mut details);
    for part in tables.patterns[usize::from(found.detector)].parts.of(tables.parts) {
        if let Some(at) = parts::find(tables, haystack, &found.secret, part) {
            details.push(part.name, String::from_utf8_lossy(&haystack[at]));
        }
    }
    details
}

/// Adds the host of a Scalr token that does not name it itself.
fn push_host(tables: &Tables<'_>, haystack: &[u8], found: &Match, details: &mut Details) {
    let is_scalr = tables.detectors[usize::from(found.detector)].check == Some(Check::Scalr);
    if is_scalr
        && details.get("host").is_none()
        && let Some(host) = scalr::host_near(haystack, found.span.clone())
    {
        details.push("host", host);
    }
}

impl fmt::Debug for Finding<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finding")
            .field("detector", &self.detector().id)
            .field("span", &self.span())
            .field("secret_span", &self.secret_span())
            .field("confidence", &self.found.confidence)
            .field("decoded_by", &self.decoded_by())
            .finish_non_exhaustive()
    }
}

/// A line and a column, both counted from 1; columns in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// Line, from 1. Lines end with `\n`.
    pub line: usize,
    /// Column, from 1, in bytes.
    pub column: usize,
}

impl Position {
    /// The position behind `text`, if `text` starts here.
    fn after(self, text: &[u8]) -> Position {
        match memchr::memrchr(b'\n', text) {
            Some(last) => Position {
                line: self.line + memchr::memchr_iter(b'\n', text).count(),
                column: text.len() - last,
            },
            None => Position { line: self.line, column: self.column + text.len() },
        }
    }
}

/// A place in a stream whose position is known, from which positions behind it are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    /// Offset in the stream.
    at: usize,
    position: Position,
}

impl Lines {
    pub(crate) const START: Lines = Lines { at: 0, position: Position { line: 1, column: 1 } };

    /// The position of an offset in a haystack that starts at `origin` of the stream. Offsets must not decrease.
    pub(crate) fn position(&mut self, haystack: &[u8], origin: usize, offset: usize) -> Position {
        self.advance(haystack, origin, offset);
        self.position
    }

    /// Goes on to an offset.
    pub(crate) fn advance(&mut self, haystack: &[u8], origin: usize, offset: usize) {
        if origin + offset > self.at {
            let passed = &haystack[self.at - origin..offset];
            *self = Lines { at: origin + offset, position: self.position.after(passed) };
        }
    }

    /// Goes on behind bytes that nobody has: all in one line.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.position.column += bytes;
    }
}

/// Iterator over findings. See [`Scanner::find_iter`].
pub struct FindIter<'s, 'h> {
    scanner: &'s Scanner,
    haystack: &'h [u8],
    search: Search<'s, 'h>,
    lines: Lines,
}

impl<'s, 'h> FindIter<'s, 'h> {
    pub(crate) fn new(scanner: &'s Scanner, input: Input<'h>) -> FindIter<'s, 'h> {
        let haystack = input.haystack();
        let search = Search::new(&scanner.settings, haystack, input.get_range(), State::new());
        let position = Position { line: input.get_first_line(), column: 1 };
        FindIter { scanner, haystack, search, lines: Lines { position, ..Lines::START } }
    }
}

impl<'s, 'h> Iterator for FindIter<'s, 'h> {
    type Item = Finding<'s, 'h>;

    fn next(&mut self) -> Option<Finding<'s, 'h>> {
        loop {
            let found = self.search.next(usize::MAX)?;
            if !parts::is_taken_in(&self.scanner.settings, self.haystack, &found) {
                return Some(Finding::new(self.scanner, found, self.haystack, 0, &mut self.lines));
            }
        }
    }
}

impl FusedIterator for FindIter<'_, '_> {}

impl fmt::Debug for FindIter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindIter").finish_non_exhaustive()
    }
}

/// A secret of which only so much is shown as helps to recognise it: at most a fifth, never more than eight characters.
#[derive(Clone, Copy)]
pub struct Masked<'a> {
    secret: &'a [u8],
    kind: Kind,
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::Pem {
            return f.write_str("-----BEGIN … -----END …");
        }
        let shown = (self.secret.len() / 10).min(4);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(|c: char| c.is_control(), "?");
        let (start, end) = (&self.secret[..shown], &self.secret[self.secret.len() - shown..]);
        write!(f, "{}…{}", text(start), text(end))
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The identity of a secret: a keyed hash (BLAKE3, 128 bits) of the detector's id and the secret's bytes. No path, line or
/// time is in it, so it survives moves, rebases and redaction; and it does not tell the secret.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The key of fingerprints. Fixed, so that the same secret has the same fingerprint everywhere.
    const KEY: &[u8; 32] = b"scalr-detect fingerprint, key v1";

    /// The fingerprint of a secret that a detector finds.
    pub fn new(detector: &str, secret: &[u8]) -> Fingerprint {
        let mut hasher = blake3::Hasher::new_keyed(Fingerprint::KEY);
        // The id is ended by a byte that no id has.
        hasher.update(detector.as_bytes()).update(b"\0").update(secret);
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Fingerprint(hash)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The fingerprint that is written so: 32 hexadecimal digits in either case. None if it is not.
    pub fn from_hex(text: &str) -> Option<Fingerprint> {
        // A sign, which the parser of numbers would take, is no digit.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Fingerprint(number.to_be_bytes()))
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_written_and_read() {
        let hex = "00112233445566778899aabbccddeeff";
        let read = Fingerprint::from_hex(hex).unwrap();
        assert_eq!((read.as_bytes()[1], read.as_bytes()[15], read.to_string()), (0x11, 0xff, hex.to_owned()));
        assert_eq!(Fingerprint::from_hex(&hex.to_uppercase()), Some(read));
        for wrong in
            ["", &hex[1..], &format!("{hex}0"), &format!("+{}", &hex[1..]), &hex.replace('f', "g"), "é"]
        {
            assert_eq!(Fingerprint::from_hex(wrong), None, "{wrong}");
        }
    }
}
