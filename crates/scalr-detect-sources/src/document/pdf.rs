//! PDF: what is in its compressed streams, and the text that its pages show.
//!
//! The bytes of the file are scanned as they are. Streams that are deflated, which nearly all are, are scanned too as they
//! come by: embedded files, metadata, objects in streams. Of those that draw a page only the strings are kept, as a text
//! is written in pieces with numbers between them, `[(AK) -2 (IA)] TJ`: they are put together, with a space or the end of
//! a line where the pieces are apart.
//!
//! That reads text in fonts that number characters as ASCII does. Fonts with numbers of their own, which need a table to
//! become text (browsers print with such), and filters other than `FlateDecode`, alone or in ASCII-85, are left alone, as
//! are images. Crates that read all of it hold the
//! whole document in memory.
//!
//! Source: ISO 32000-1, 7.3 (objects), 7.4 (filters), 9.4 (text).

use std::io::BufRead;

use flate2::{Decompress, FlushDecompress, Status};

use crate::archive::{Frame, Opener, Over, Stream};
use crate::ledger::Reason;
use crate::unit::Unit;
use crate::worker::Visitor;

/// How much is kept of what is before a stream: its dictionary.
const DICTIONARY: usize = 2 << 10;

/// How much comes out at a time.
const OUTPUT: usize = 32 << 10;

pub(crate) fn scan<V: Visitor>(
    opener: &mut Opener<'_, '_, V>,
    path: &[u8],
    stream: &mut Stream<'_>,
) -> Result<(), Over> {
    let unit = Unit::new(path, opener.origin);
    let mut frame = Frame::new(opener.worker, &unit);
    let mut document = Document { path, before: Vec::new(), streams: 0, encrypted: false, failed: false };
    let (mut result, mut inflating) = (Ok(()), None);
    loop {
        let bytes = match stream.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => bytes,
            Err(e) => {
                result = opener.failed(path, &e);
                break;
            }
        };
        frame.push(opener.worker, bytes);
        let read = bytes.len();
        result = document.push(opener, bytes, &mut inflating);
        stream.consume(read);
        if result.is_err() || opener.worker.shared.stopped() {
            break;
        }
    }
    if let Some(inflating) = inflating {
        document.failed = true;
        inflating.finish(opener);
    }
    frame.finish(opener.worker);
    if document.encrypted {
        opener.note(Reason::Encrypted, path);
    } else if document.failed && result.is_ok() {
        opener.note(Reason::ArchiveDamaged, path);
    }
    result
}

struct Document<'p> {
    path: &'p [u8],
    /// What has been read outside of streams, the end of it.
    before: Vec<u8>,
    streams: u64,
    encrypted: bool,
    /// A stream is damaged.
    failed: bool,
}

impl Document<'_> {
    /// Takes the next bytes of the file. `inflating`: the stream that they are in.
    fn push<V: Visitor>(
        &mut self,
        opener: &mut Opener<'_, '_, V>,
        mut bytes: &[u8],
        inflating: &mut Option<Inflating>,
    ) -> Result<(), Over> {
        while !bytes.is_empty() {
            match inflating.take() {
                Some(mut stream) => match stream.push(opener, &mut bytes)? {
                    State::GoesOn => *inflating = Some(stream),
                    State::Ended => stream.finish(opener),
                    State::Failed => {
                        self.failed = true;
                        stream.finish(opener);
                    }
                },
                None => {
                    let Some(dictionary) = self.next_stream(&mut bytes) else { continue };
                    self.streams += 1;
                    if let Some(kind) = Deflated::of(&dictionary) {
                        opener.enter()?;
                        let name = [self.path, format!("!stream-{}", self.streams).as_bytes()].concat();
                        *inflating = Some(Inflating::new(name, kind));
                    }
                }
            }
        }
        Ok(())
    }

    /// Passes over bytes up to the start of a stream; what is before it, if there is one.
    fn next_stream(&mut self, bytes: &mut &[u8]) -> Option<Vec<u8>> {
        const KEYWORD: &[u8] = b"stream";
        // A line at a time: the keyword is the last of one.
        while !bytes.is_empty() {
            let end = bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1);
            let (line, rest) = bytes.split_at(end);
            *bytes = rest;
            self.before.extend_from_slice(line);
            if self.before.len() > 2 * DICTIONARY {
                self.before.drain(..self.before.len() - DICTIONARY);
            }
            if !line.ends_with(b"\n") {
                continue;
            }
            // A line may have come in two parts.
            let seen = &self.before[..self.before.len() - 1];
            let seen = seen.strip_suffix(b"\r").unwrap_or(seen);
            self.encrypted |= contains(&seen[seen.len().saturating_sub(line.len() + 16)..], b"/Encrypt ");
            let Some(dictionary) = seen.strip_suffix(KEYWORD) else { continue };
            if dictionary.trim_ascii_end().ends_with(b">>") {
                let dictionary = dictionary.to_vec();
                self.before.clear();
                return Some(dictionary);
            }
        }
        None
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|part| part == what)
}

/// A stream that is worth being inflated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Deflated {
    /// It draws text.
    text: bool,
    /// It is in ASCII-85.
    ascii: bool,
}

impl Deflated {
    /// By what is before the stream, its dictionary at the end.
    fn of(before: &[u8]) -> Option<Deflated> {
        let object = before.windows(4).rposition(|part| part == b" obj").unwrap_or(0);
        let dictionary = before[object..].iter().copied().filter(|b| !b.is_ascii_whitespace());
        let dictionary: Vec<u8> = dictionary.collect();
        let has = |what: &[u8]| contains(&dictionary, what);
        let ascii = has(b"/Filter[/ASCII85Decode/FlateDecode]");
        let deflated = ascii || has(b"/Filter/FlateDecode") || has(b"/Filter[/FlateDecode]");
        if !deflated || has(b"/Subtype/Image") || has(b"/Type/XRef") {
            return None;
        }
        // Those of a page have nothing but their length; fonts say the lengths of their parts.
        let text = has(b"/Subtype/Form") || !has(b"/Type/") && !has(b"/Length1") && !has(b"/Subtype");
        Some(Deflated { text, ascii })
    }
}

/// Decodes ASCII-85: four bytes in five characters.
#[derive(Debug, Default)]
struct Ascii85 {
    digits: u32,
    count: usize,
    ended: bool,
}

impl Ascii85 {
    /// Takes bytes up to the end of the stream.
    fn push(&mut self, bytes: &mut &[u8], out: &mut Vec<u8>) {
        while let [byte, rest @ ..] = bytes {
            *bytes = rest;
            match byte {
                b'!'..=b'u' => {
                    self.digits = self.digits.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                    self.count += 1;
                    if self.count == 5 {
                        out.extend_from_slice(&self.digits.to_be_bytes());
                        (self.digits, self.count) = (0, 0);
                    }
                }
                b'z' if self.count == 0 => out.extend_from_slice(&[0; 4]),
                b'~' => {
                    // Of a last group that is not full, one byte less than characters.
                    let given = self.count.saturating_sub(1);
                    (self.count..5).for_each(|_| self.digits = self.digits.wrapping_mul(85).wrapping_add(84));
                    out.extend_from_slice(&self.digits.to_be_bytes()[..given]);
                    self.ended = true;
                    return;
                }
                _ => {}
            }
        }
    }
}

enum State {
    GoesOn,
    Ended,
    Failed,
}

/// A stream that is being inflated.
struct Inflating {
    name: Vec<u8>,
    inflate: Decompress,
    ascii: Option<Ascii85>,
    text: Option<PageText>,
    /// What is to be scanned, up to a size.
    out: Vec<u8>,
    searcher: Option<scalr_detect::Searcher>,
    scanned: u64,
}

impl Inflating {
    fn new(name: Vec<u8>, kind: Deflated) -> Inflating {
        Inflating {
            name,
            inflate: Decompress::new(true),
            ascii: kind.ascii.then(Ascii85::default),
            text: kind.text.then(PageText::default),
            out: Vec::new(),
            searcher: None,
            scanned: 0,
        }
    }

    /// Takes as many bytes as are in the stream.
    fn push<V: Visitor>(&mut self, opener: &mut Opener<'_, '_, V>, bytes: &mut &[u8]) -> Result<State, Over> {
        let Some(ascii) = &mut self.ascii else { return self.inflate(opener, bytes) };
        let mut decoded = Vec::new();
        ascii.push(bytes, &mut decoded);
        let ended = ascii.ended;
        match self.inflate(opener, &mut &decoded[..])? {
            State::GoesOn if ended => Ok(State::Failed),
            state => Ok(state),
        }
    }

    fn inflate<V: Visitor>(
        &mut self,
        opener: &mut Opener<'_, '_, V>,
        bytes: &mut &[u8],
    ) -> Result<State, Over> {
        let mut buffer = vec![0; OUTPUT];
        loop {
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(bytes, &mut buffer, FlushDecompress::None);
            let read = (self.inflate.total_in() - read) as usize;
            let written = (self.inflate.total_out() - written) as usize;
            *bytes = &bytes[read..];
            if opener.budget.count(written as u64).is_err() {
                return Err(Over);
            }
            match &mut self.text {
                Some(text) => text.push(&buffer[..written], &mut self.out),
                None => self.out.extend_from_slice(&buffer[..written]),
            }
            if self.out.len() >= OUTPUT {
                self.search(opener);
            }
            match status {
                Ok(Status::StreamEnd) => return Ok(State::Ended),
                Ok(_) if written == buffer.len() => {}
                Ok(_) if bytes.is_empty() => return Ok(State::GoesOn),
                Ok(_) if read > 0 || written > 0 => {}
                Ok(_) | Err(_) => return Ok(State::Failed),
            }
        }
    }

    fn search<V: Visitor>(&mut self, opener: &mut Opener<'_, '_, V>) {
        let unit = Unit::new(&self.name, opener.origin);
        let searcher = self.searcher.get_or_insert_with(|| opener.worker.searcher(&unit));
        let mut told = crate::worker::Told::new(&unit);
        searcher.push(&self.out, |finding| {
            let _ = told.finding(opener.worker, &finding);
        });
        told.finish(opener.worker);
        self.scanned += self.out.len() as u64;
        self.out.clear();
    }

    fn finish<V: Visitor>(mut self, opener: &mut Opener<'_, '_, V>) {
        let unit = Unit::new(&self.name, opener.origin);
        if self.searcher.is_none() {
            // Most streams are small.
            opener.worker.plain_bytes(&unit, &self.out);
            return;
        }
        self.search(opener);
        let Some(searcher) = self.searcher else { return };
        let unit = Unit::new(&self.name, opener.origin);
        let mut told = crate::worker::Told::new(&unit);
        searcher.finish(|finding| {
            let _ = told.finding(opener.worker, &finding);
        });
        told.finish(opener.worker);
        opener.worker.done(self.scanned);
    }
}

/// Keeps the text of what draws a page.
#[derive(Debug, Default)]
struct PageText {
    within: Within,
    /// The word that is being read: a number or an operator.
    word: Vec<u8>,
    /// The last numbers.
    numbers: Vec<f32>,
    in_array: bool,
    /// How long the last string was.
    shown: usize,
    /// How high the last text stood that was placed.
    height: f32,
}

/// What a byte is within.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Within {
    #[default]
    Nothing,
    /// `(…)`, with so many more open.
    String(u32),
    /// Behind a backslash in a string.
    Escape(u32),
    /// An octal number in a string: what it is so far, and how many digits may follow.
    Octal(u32, u8, u8),
    /// `<…>`: half a byte, if there is one.
    Hex(Option<u8>),
    Comment,
}

/// A gap in a line of text that is as wide as a space, in thousandths of the size of the font.
const SPACE: f32 = -180.0;

/// No word is longer, nor are there more numbers before an operator that matters.
const WORD: usize = 32;
const NUMBERS: usize = 6;

impl PageText {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            self.byte(byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.within {
            Within::Nothing => self.outside(byte, out),
            Within::Comment if matches!(byte, b'\r' | b'\n') => self.within = Within::Nothing,
            Within::Comment => {}
            Within::String(depth) => match byte {
                b'\\' => self.within = Within::Escape(depth),
                b'(' => {
                    self.within = Within::String(depth.saturating_add(1));
                    self.show(byte, out);
                }
                b')' if depth == 0 => self.within = Within::Nothing,
                b')' => {
                    self.within = Within::String(depth - 1);
                    self.show(byte, out);
                }
                byte => self.show(byte, out),
            },
            Within::Escape(depth) => {
                self.within = Within::String(depth);
                match byte {
                    b'0'..=b'7' => self.within = Within::Octal(depth, byte - b'0', 2),
                    b'\r' | b'\n' => {}
                    b'n' | b'r' => self.show(b'\n', out),
                    b't' => self.show(b'\t', out),
                    byte => self.show(byte, out),
                }
            }
            Within::Octal(depth, value, left) => match byte {
                b'0'..=b'7' if left > 0 => {
                    let value = value.wrapping_mul(8).wrapping_add(byte - b'0');
                    self.within = Within::Octal(depth, value, left - 1);
                }
                byte => {
                    self.show(value, out);
                    self.within = Within::String(depth);
                    self.byte(byte, out);
                }
            },
            Within::Hex(half) => match ((byte as char).to_digit(16), half) {
                (Some(digit), None) => self.within = Within::Hex(Some(digit as u8)),
                (Some(digit), Some(half)) => {
                    self.show(half << 4 | digit as u8, out);
                    self.within = Within::Hex(None);
                }
                // Of a dictionary, after all.
                (None, _) if matches!(byte, b'>' | b'<') => self.within = Within::Nothing,
                (None, _) => {}
            },
        }
    }

    /// A byte of a string. Numbers of two bytes have a zero before each character.
    fn show(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte != 0 {
            out.push(byte);
            self.shown += 1;
        }
    }

    fn outside(&mut self, byte: u8, out: &mut Vec<u8>) {
        if !(byte.is_ascii_whitespace() || b"()<>[]{}/%\0".contains(&byte)) {
            if self.word.len() < WORD {
                self.word.push(byte);
            }
            return;
        }
        self.end_word(out);
        match byte {
            b'(' => (self.within, self.shown) = (Within::String(0), 0),
            b'<' => (self.within, self.shown) = (Within::Hex(None), 0),
            b'%' => self.within = Within::Comment,
            b'[' => self.in_array = true,
            b']' => self.in_array = false,
            _ => {}
        }
    }

    fn end_word(&mut self, out: &mut Vec<u8>) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        if let Some(number) = std::str::from_utf8(&word).ok().and_then(|word| word.parse::<f32>().ok()) {
            if self.in_array && number < SPACE {
                out.push(b' ');
            }
            if self.numbers.len() == NUMBERS {
                self.numbers.remove(0);
            }
            self.numbers.push(number);
            return;
        }
        let last = self.numbers.last().copied().unwrap_or_default();
        match &word[..] {
            b"Td" | b"TD" => self.place(last != 0.0, out),
            b"Tm" => {
                let other = last != self.height;
                self.height = last;
                self.place(other, out);
            }
            b"T*" | b"'" | b"\"" | b"ET" => self.place(true, out),
            _ => {}
        }
        self.numbers.clear();
    }

    /// What follows is placed anew: on another line, or farther on. Characters that are placed one by one make a word.
    fn place(&mut self, other_line: bool, out: &mut Vec<u8>) {
        if other_line {
            out.push(b'\n');
        } else if self.shown > 2 {
            out.push(b' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_pages() {
        for (drawing, text) in [
            ("BT /F1 12 Tf 72 720 Td (Hello) Tj ET ", "\nHello\n"),
            ("[(AB)-2(CD)5.5(EF)]TJ", "ABCDEF"),
            ("[(AB)-250(CD)]TJ", "AB CD"),
            ("[(AB)-250.5 (CD)] TJ 0 -14 Td (EF)Tj", "AB CD\nEF"),
            ("(a) Tj 5 0 Td (b) Tj 5 0 Td (c) Tj", "abc"),
            ("(one) Tj 5 0 Td (two) Tj", "one two"),
            ("1 0 0 1 10 700 Tm (a)Tj 1 0 0 1 15 700 Tm (b)Tj 1 0 0 1 10 680 Tm (c)Tj", "\nab\nc"),
            ("(a\\(b\\)c(d)e) Tj", "a(b)c(d)e"),
            ("(\\101\\102\\1034) Tj", "ABC4"),
            ("(a\\\nb) Tj", "ab"),
            ("<4142 43> Tj", "ABC"),
            ("<004100420043> Tj", "ABC"),
            ("/Span <</MCID 0>> BDC (x) Tj EMC", "x"),
            ("% (no)\n(yes) Tj", "yes"),
            ("(a) Tj T* (b) Tj (c) ' ", "a\nbc\n"),
            ("", ""),
            ("(never ends", "never ends"),
        ] {
            // However it comes in pieces.
            for step in [1, 3, drawing.len().max(1)] {
                let (mut page, mut out) = (PageText::default(), Vec::new());
                drawing.as_bytes().chunks(step).for_each(|bytes| page.push(bytes, &mut out));
                assert_eq!(String::from_utf8_lossy(&out), text, "{drawing}");
            }
        }
    }

    #[test]
    fn which_streams_are_inflated() {
        let (text, other) = (Some((true, false)), Some((false, false)));
        for (dictionary, kind) in [
            ("4 0 obj <</Length 9 /Filter /FlateDecode>>", text),
            ("4 0 obj <</Filter [ /FlateDecode ] /Length 9>>", text),
            ("4 0 obj <</Filter [/ASCII85Decode /FlateDecode]>>", Some((true, true))),
            ("1 0 obj <</Filter /DCTDecode>> endobj 4 0 obj <</Filter/FlateDecode/Type/ObjStm>>", other),
            ("4 0 obj <</Filter/FlateDecode/Type/XObject/Subtype/Form>>", text),
            ("4 0 obj <</Filter/FlateDecode/Type/XObject/Subtype/Image>>", None),
            ("4 0 obj <</Filter/FlateDecode/Length1 99>>", other),
            ("4 0 obj <</Filter/FlateDecode/Type/XRef>>", None),
            ("4 0 obj <</Filter [/ASCII85Decode /DCTDecode]>>", None),
            ("1 0 obj <</Filter/FlateDecode>> endobj 4 0 obj <</Length 4>>", None),
        ] {
            let found = Deflated::of(dictionary.as_bytes()).map(|kind| (kind.text, kind.ascii));
            assert_eq!(found, kind, "{dictionary}");
        }
    }

    #[test]
    fn ascii_85() {
        for (encoded, decoded) in [
            ("87cURD]i,\"Ebo80~>", &b"Hello World!"[..]),
            ("87cUR D]i,\"\nEbo7~>", b"Hello World"),
            ("z!!~>", &[0; 5]),
            ("~>", b""),
        ] {
            for step in [1, 4, encoded.len()] {
                let (mut ascii, mut out) = (Ascii85::default(), Vec::new());
                encoded.as_bytes().chunks(step).for_each(|mut bytes| {
                    if !ascii.ended {
                        ascii.push(&mut bytes, &mut out);
                    }
                });
                assert_eq!((out, ascii.ended), (decoded.to_vec(), true), "{encoded}");
            }
        }
    }
}
