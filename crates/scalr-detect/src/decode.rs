//! Encodings: text inside text.
//!
//! Each decoder reads units of encoded text (a group of base64 characters, an escape, a plain byte), and each decoded
//! byte knows the unit it came from. So the same code decodes, and tells later which bytes of the haystack a secret in
//! the decoded text stands for.

use crate::context::WINDOW;
use std::ops::Range;

/// How a secret was encoded.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Decoder {
    /// Base64 or base64url, padded or not, in one line or many.
    Base64,
    /// Two hexadecimal digits a byte.
    Hex,
    /// `%3D`: percent-encoding, as in URLs.
    Percent,
    /// `\u003d`, `\x3d`, `\/`, `\n`, `\\`: escapes of JSON, JavaScript and their like.
    Escape,
    /// UTF-16, either byte order.
    Utf16,
}

impl Decoder {
    /// How many encodings around a secret are followed, at most.
    pub const MAX_DEPTH: usize = crate::engine::MAX_DEPTH;

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Decoder::Base64 => "base64",
            Decoder::Hex => "hex",
            Decoder::Percent => "percent",
            Decoder::Escape => "escape",
            Decoder::Utf16 => "utf16",
        }
    }
}

/// Encoded text is decoded in pieces of at most so many bytes …
pub(crate) const PIECE: usize = 16 << 10;
/// … which overlap by so many, so that a secret that one piece cuts off is whole in the next.
pub(crate) const OVERLAP: usize = 4 << 10;
/// How far before the place that gave it away encoded text is looked for.
pub(crate) const BACK: usize = 256;

/// Between two lines of base64 there is at most so much white space, in bytes.
const INDENT: usize = 20;

/// Which of the first characters of base64 text can encode text: the tests of [`may_encode_text`] by byte.
const FIRST: u8 = 1;
const SECOND: u8 = 2;
const THIRD: u8 = 4;
const SECOND_WIDE: u8 = 8;
const THIRD_WIDE: u8 = 16;
const HEX_HIGH: u8 = 32;
const HEX: u8 = 64;
const TEXT: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut byte = 0;
    while byte < 256 {
        let Some(value) = value(byte as u8) else {
            byte += 1;
            continue;
        };
        // A group of four characters is three bytes: aaaaaa aabbbb bbbbcc cccccc. Printable ASCII is 0x20 to 0x7e; new
        // lines and tabs are 0x09, 0x0a and 0x0d.
        if value >= 8 && value < 32 || value == 2 || value == 3 {
            table[byte] |= FIRST;
        }
        if value & 15 >= 2 && value & 15 < 8 || value & 15 == 0 {
            table[byte] |= SECOND;
        }
        if value & 3 < 2 {
            table[byte] |= THIRD;
        }
        // UTF-16: the second byte is NUL.
        if value & 15 == 0 {
            table[byte] |= SECOND_WIDE;
        }
        if value < 2 {
            table[byte] |= THIRD_WIDE;
        }
        if byte as u8 >= b'2' && byte as u8 <= b'7' {
            table[byte] |= HEX_HIGH;
        }
        if (byte as u8).is_ascii_hexdigit() {
            table[byte] |= HEX;
        }
        byte += 1;
    }
    table
};

/// No base64 character: in [`VALUES`].
const NO_VALUE: u8 = 0x80;

/// [`value`] by byte.
const VALUES: [u8; 256] = {
    let mut values = [NO_VALUE; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(value) = value(byte as u8) {
            values[byte] = value;
        }
        byte += 1;
    }
    values
};

/// The six bits of a base64 or base64url character.
const fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Whether the byte is a character of base64 or base64url.
#[inline]
pub(crate) fn is_base64(byte: u8) -> bool {
    VALUES[usize::from(byte)] != NO_VALUE
}

/// Whether a run with this first and this fifth byte could be the start of encoded text. Turns most runs away.
#[inline]
pub(crate) fn might_encode_text(first: u8, fifth: u8) -> bool {
    (TEXT[usize::from(first)] & TEXT[usize::from(fifth)] & (FIRST | HEX_HIGH) != 0) | (fifth == b'A')
}

/// Whether the first eight bytes of a run could be the start of encoded text. Nearly no other run passes.
#[inline]
pub(crate) fn may_encode_text(run: &[u8]) -> bool {
    let Some(run) = run.first_chunk::<8>() else { return false };
    let at = |i: usize| TEXT[usize::from(run[i])];
    let ([a, b, c, d], [e, f, g, h]) = ([at(0), at(1), at(2), at(3)], [at(4), at(5), at(6), at(7)]);
    let narrow = (a & e & FIRST != 0) & (b & f & SECOND != 0) & (c & g & THIRD != 0);
    // Three bytes a group: in UTF-16 the second byte of the first and the first of the second are NUL.
    let wide = (a & FIRST != 0) & (b & SECOND_WIDE != 0) & (c & THIRD_WIDE != 0) & (run[4] == b'A');
    let hex = (a & c & e & g & HEX_HIGH != 0) & (b & d & f & h & HEX != 0);
    narrow | wide | hex
}

/// A unit of encoded text.
struct Unit {
    /// Its length in encoded bytes.
    length: usize,
    /// What it encodes, the first `count` of them, each with its place in the unit.
    bytes: [(u8, u8, u8); 3],
    count: usize,
}

impl Unit {
    fn one(byte: u8, length: usize) -> Unit {
        Unit { length, bytes: [(byte, 0, length as u8); 3], count: 1 }
    }
}

impl Decoder {
    /// The encoded text that a place gave away: from where, and to where at most [`PIECE`] bytes on.
    pub(crate) fn extent(self, haystack: &[u8], at: usize, from: usize) -> Range<usize> {
        let from = from.max(at.saturating_sub(BACK));
        let most = haystack.len().min(at + PIECE);
        let forward =
            |is: &dyn Fn(u8) -> bool| at + haystack[at..most].iter().take_while(|byte| is(**byte)).count();
        let back = |is: &dyn Fn(u8) -> bool| {
            let start = at - haystack[from.min(at)..at].iter().rev().take_while(|byte| is(**byte)).count();
            // Where the text goes on before, not in the middle of a word, which would look like a whole one.
            let is_cut = start > 0 && start < at && is(haystack[start - 1]);
            let word = |byte: &&u8| is_base64(**byte);
            start + if is_cut { haystack[start..at].iter().take_while(word).count() } else { 0 }
        };
        match self {
            Decoder::Base64 => at..base64_end(haystack, at, most),
            Decoder::Hex => {
                let end = forward(&|byte| byte.is_ascii_hexdigit());
                at..end - (end - at) % 2
            }
            Decoder::Percent => {
                let url =
                    |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
                back(&url)..forward(&url)
            }
            Decoder::Escape => {
                let line = |byte: u8| !matches!(byte, b'\n' | b'\r');
                back(&line)..forward(&line)
            }
            Decoder::Utf16 => {
                let pair = |at: usize| {
                    let pair = haystack.get(at..at + 2);
                    pair.is_some_and(|pair| is_text(pair[0]) && pair[1] == 0)
                };
                let mut start = at;
                while start >= from + 2 && pair(start - 2) {
                    start -= 2;
                }
                let mut end = at;
                while end + 2 <= most && pair(end) {
                    end += 2;
                }
                // In big-endian text the last character has no NUL behind it.
                if haystack.get(end).copied().is_some_and(is_text) && end < most {
                    end += 1;
                }
                start..end
            }
        }
    }

    /// Whether the text may go on behind the haystack: base64 in lines does so behind a full line. Or there may come the
    /// placeholder of a redaction, of which only the start is seen.
    pub(crate) fn may_go_on(self, haystack: &[u8], extent: &Range<usize>) -> bool {
        let rest = &haystack[extent.end..];
        let lines = || {
            let line = haystack[extent.clone()].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            is_line(line.trim_ascii_start().len()) && rest.len() <= INDENT && rest.trim_ascii().is_empty()
        };
        let placeholder = || rest[0] == b'[' && rest.len() < WINDOW && !rest.contains(&b']');
        rest.is_empty() || self == Decoder::Base64 && (lines() || placeholder())
    }

    /// Where the next piece starts of a text that goes on beyond this one: [`OVERLAP`] bytes before its end, at the
    /// start of a unit.
    pub(crate) fn next_piece(self, haystack: &[u8], extent: &Range<usize>) -> usize {
        let least = extent.end - OVERLAP;
        if self != Decoder::Base64 {
            return least - (least - extent.start) % 2;
        }
        // Base64 in lines is aligned at their starts.
        match memchr::memchr(b'\n', &haystack[least..extent.end]) {
            Some(newline) => {
                let line = least + newline + 1;
                line + haystack[line..extent.end].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
            }
            None => least - (least - extent.start) % 4,
        }
    }

    /// Whether what starts here decodes to text. Asked before a whole piece is decoded: random values pass for encoded
    /// text by their first bytes now and then.
    pub(crate) fn starts_text(self, encoded: &[u8]) -> bool {
        if !matches!(self, Decoder::Base64 | Decoder::Hex) {
            return true;
        }
        let start = self.decode(&encoded[..encoded.len().min(32)]);
        let wide = start.iter().skip(1).step_by(2).all(|byte| *byte == 0);
        let odd = start.iter().filter(|byte| !is_text(**byte)).count();
        wide || odd <= start.len() / 8
    }

    /// Decodes a piece.
    pub(crate) fn decode(self, encoded: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(encoded.len());
        let mut at = 0;
        if self == Decoder::Utf16 {
            decoded.extend(encoded.iter().step_by(2));
            return decoded;
        }
        // What stands between escape sequences stands for itself: most of a line of minified code.
        let marker = match self {
            Decoder::Percent => Some(b'%'),
            Decoder::Escape => Some(b'\\'),
            _ => None,
        };
        loop {
            if let Some(marker) = marker {
                let rest = &encoded[at..];
                let plain = memchr::memchr(marker, rest).unwrap_or(rest.len());
                decoded.extend_from_slice(&rest[..plain]);
                at += plain;
            }
            // Most units of base64 are of the plainest form.
            if self == Decoder::Base64 {
                while let Some(&[a, b, c, d]) = encoded.get(at..).and_then(<[u8]>::first_chunk) {
                    let [a, b, c, d] = [a, b, c, d].map(|byte| VALUES[usize::from(byte)]);
                    if (a | b | c | d) & NO_VALUE != 0 {
                        break;
                    }
                    decoded.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
                    at += 4;
                }
            }
            let Some(unit) = self.unit(&encoded[at..]) else { break };
            decoded.extend(unit.bytes[..unit.count].iter().map(|(byte, ..)| byte));
            at += unit.length;
        }
        decoded
    }

    /// The bytes of `encoded` that the decoded bytes `range` come from.
    pub(crate) fn encoded_range(self, encoded: &[u8], range: Range<usize>) -> Range<usize> {
        let (mut at, mut decoded) = (0, 0);
        let (mut start, mut end) = (None, 0);
        while let Some(unit) = self.unit(&encoded[at..]) {
            for (_, from, to) in &unit.bytes[..unit.count] {
                if range.contains(&decoded) {
                    start.get_or_insert(at + usize::from(*from));
                    end = at + usize::from(*to);
                }
                decoded += 1;
            }
            at += unit.length;
            if decoded >= range.end {
                break;
            }
        }
        start.unwrap_or(0)..end
    }

    /// Reads a unit. `None` at the end.
    fn unit(self, text: &[u8]) -> Option<Unit> {
        let first = *text.first()?;
        match self {
            Decoder::Base64 => base64_unit(text),
            Decoder::Hex => Some(Unit::one(hex(text.get(..2)?)? as u8, 2)),
            Decoder::Percent => match (first, text.get(1..3).and_then(hex)) {
                (b'%', Some(byte)) => Some(Unit::one(byte as u8, 3)),
                _ => Some(Unit::one(first, 1)),
            },
            Decoder::Escape => Some(escape_unit(text)),
            Decoder::Utf16 => Some(Unit::one(first, text.len().min(2))),
        }
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// The number that hexadecimal digits spell.
fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

/// The end of base64 text, which may be broken into lines of equal length, the last one shorter.
fn base64_end(haystack: &[u8], start: usize, most: usize) -> usize {
    let (mut at, mut end, mut width) = (start, start, None);
    loop {
        let line = at;
        at += haystack[at..most].iter().take_while(|byte| is_base64(**byte)).count();
        let length = at - line;
        if width.is_some_and(|width| length > width) {
            return end; // Another value.
        }
        end = at;
        let indent =
            haystack[at..most].iter().take(INDENT).take_while(|byte| byte.is_ascii_whitespace()).count();
        let goes_on = haystack[at..most].get(indent).copied().and_then(value).is_some();
        let wrapped = haystack[at..most].iter().take(indent).any(|byte| *byte == b'\n');
        if !is_line(length) || width.is_some_and(|width| length < width) || !wrapped || !goes_on {
            return end;
        }
        width = Some(length);
        at += indent;
    }
}

/// Whether a line of base64 of this length may be followed by another.
fn is_line(length: usize) -> bool {
    (60..=160).contains(&length) && length.is_multiple_of(4)
}

fn base64_unit(text: &[u8]) -> Option<Unit> {
    let skipped = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let (mut bits, mut places, mut count) = (0u32, [0u8; 4], 0);
    let mut at = skipped;
    while count < 4 && at < text.len() {
        if let Some(value) = value(text[at]) {
            bits = bits << 6 | u32::from(value);
            places[count] = at as u8;
            count += 1;
        } else if !text[at].is_ascii_whitespace() || at > 40 {
            break;
        }
        at += 1;
    }
    if count < 2 {
        return None;
    }
    bits <<= 6 * (4 - count);
    let [_, a, b, c] = bits.to_be_bytes();
    let ends = |i: usize| places[i.min(count - 1)] + 1;
    let bytes = [(a, places[0], ends(1)), (b, places[1], ends(2)), (c, places[count.min(3) - 1], ends(3))];
    Some(Unit { length: at, bytes, count: count - 1 })
}

fn escape_unit(text: &[u8]) -> Unit {
    let simple = |byte| Unit::one(byte, 2);
    if text[0] != b'\\' {
        return Unit::one(text[0], 1);
    }
    match text.get(1) {
        Some(b'u') => match text.get(2..6).and_then(hex) {
            // Secrets are ASCII; whatever else an escape stands for is a byte that no secret has.
            Some(character) => Unit::one(u8::try_from(character).unwrap_or(0xff), 6),
            None => Unit::one(b'\\', 1),
        },
        Some(b'x') => match text.get(2..4).and_then(hex) {
            Some(byte) => Unit::one(byte as u8, 4),
            None => Unit::one(b'\\', 1),
        },
        Some(b'n') => simple(b'\n'),
        Some(b'r') => simple(b'\r'),
        Some(b't') => simple(b'\t'),
        Some(byte @ (b'"' | b'\'' | b'\\' | b'/')) => simple(*byte),
        _ => Unit::one(b'\\', 1),
    }
}
