//! Words, strings and comments of the shell, and of files with variables of the environment.

use super::lexer::{BOM, Kind, Lexed, Text, Token};

/// Commands within commands are followed so far.
const DEEPEST: usize = 16;

/// Cuts a script into pieces. A word of several parts, such as `a"b"`, is several pieces that touch.
pub(super) fn lex(text: &[u8]) -> Lexed {
    let at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lexer = Lexer { text, start: at, at, documents: Vec::new(), tokens: Vec::new() };
    while lexer.at < text.len() {
        let at = lexer.at;
        if lexer.next().is_none() {
            return Lexed::new(lexer.tokens, at);
        }
    }
    Lexed::new(lexer.tokens, lexer.at)
}

struct Lexer<'t> {
    text: &'t [u8],
    /// Where the script begins.
    start: usize,
    at: usize,
    /// Here-documents that begin behind this line.
    documents: Vec<Document>,
    tokens: Vec<Token>,
}

/// A here-document.
struct Document {
    /// The line that ends it.
    name: Vec<u8>,
    /// Whether tabs before that line do not count.
    is_indented: bool,
}

impl Lexer<'_> {
    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, span: self.at..end });
        self.at = end;
    }

    /// Goes over one piece, or over space. `None`: it is not understood.
    fn next(&mut self) -> Option<()> {
        let (text, start) = (self.text, self.at);
        let rest = &text[start..];
        match rest[0] {
            b'\n' => {
                self.at += 1;
                for document in std::mem::take(&mut self.documents) {
                    let end = document.end(text, self.at)?;
                    self.push(Kind::Text(opaque(self.at..end, b'<')), end);
                }
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'#' if start == self.start || is_border(text[start - 1]) => {
                let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                self.push(Kind::Comment, start + length);
            }
            b'\\' => self.push(Kind::Word, text.len().min(start + 2)),
            b'\'' => {
                let (kind, end) = quoted(text, start, start + 1, false)?;
                self.push(kind, end);
            }
            b'$' if rest.starts_with(b"$'") => {
                let (kind, end) = quoted(text, start, start + 2, true)?;
                self.push(kind, end);
            }
            b'"' => {
                let (kind, end) = double_quoted(text, start)?;
                self.push(kind, end);
            }
            b'`' => {
                let end = backquoted(text, start)?;
                self.push(Kind::Text(opaque(start + 1..end - 1, b'`')), end);
            }
            // Arithmetic has no strings; its `<<` begins no document.
            b'(' if rest.starts_with(b"((") => {
                let end = arithmetic(text, start)?;
                self.push(Kind::Text(opaque(start..end, b'(')), end);
            }
            b'$' if rest.starts_with(b"${") => {
                let end = parameter(text, start + 2, 0)?;
                self.push(Kind::Text(opaque(start..end, b'$')), end);
            }
            b'<' if rest.starts_with(b"<<<") => self.push(Kind::Punct(b'<'), start + 3),
            b'<' if rest.starts_with(b"<<") => {
                let (document, end) = Document::begin(text, start + 2)?;
                self.documents.push(document);
                self.push(Kind::Punct(b'<'), end);
            }
            byte @ (b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                self.push(Kind::Punct(byte), start + 1)
            }
            _ => {
                // `#` within a word is no comment, and a `$` at its start begins none of those above.
                let is_end = |byte: &u8| is_border(*byte) || b"<>\"'`\\$".contains(byte);
                let length = rest[1..].iter().position(is_end).map_or(rest.len(), |n| n + 1);
                self.push(Kind::Word, start + length);
            }
        }
        Some(())
    }
}

impl Document {
    /// The document that a redirection begins, from behind `<<`, and where the name ends.
    fn begin(text: &[u8], mut at: usize) -> Option<(Document, usize)> {
        let is_indented = text.get(at) == Some(&b'-');
        at += usize::from(is_indented);
        at += text[at..].iter().position(|b| !matches!(b, b' ' | b'\t'))?;
        let end = at + text[at..].iter().position(|b| is_border(*b) || matches!(b, b'<' | b'>'))?;
        let is_name = |b: &u8| !matches!(b, b'"' | b'\'' | b'\\');
        let name: Vec<u8> = text[at..end].iter().copied().filter(is_name).collect();
        if name.is_empty() { None } else { Some((Document { name, is_indented }, end)) }
    }

    /// Where it ends, if its lines begin at `at`.
    fn end(&self, text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            let mut line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
            while self.is_indented && line.first() == Some(&b'\t') {
                line = &line[1..];
            }
            if line == self.name {
                return Some(at + length);
            }
            at += length + 1;
        }
    }
}

/// What words end at.
fn is_border(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')')
}

/// Text that is not looked into.
fn opaque(content: std::ops::Range<usize>, quote: u8) -> Text {
    let prefix = content.start..content.start;
    Text { content, prefix, is_interpolated: true, has_escapes: true, quote, is_long: true }
}

/// What is in single quotes.
fn quoted(text: &[u8], start: usize, content: usize, has_escapes: bool) -> Option<(Kind, usize)> {
    let mut at = content;
    loop {
        match *text.get(at)? {
            b'\'' => break,
            b'\\' if has_escapes => at += 2,
            _ => at += 1,
        }
    }
    let is_escaped = has_escapes && text[content..at].contains(&b'\\');
    let quoted = Text {
        content: content..at,
        prefix: start..content - 1,
        is_interpolated: false,
        has_escapes: is_escaped,
        quote: b'\'',
        is_long: false,
    };
    Some((Kind::Text(quoted), at + 1))
}

/// What is in double quotes.
fn double_quoted(text: &[u8], start: usize) -> Option<(Kind, usize)> {
    let (end, is_nested) = skip_double_quoted(text, start, 0)?;
    let content = start + 1..end - 1;
    let has_escapes = text[content.clone()].contains(&b'\\');
    let text = Text {
        content,
        prefix: start..start,
        // A variable in it does no harm; a command may have quotes of its own.
        is_interpolated: is_nested,
        has_escapes,
        quote: b'"',
        is_long: false,
    };
    Some((Kind::Text(text), end))
}

/// The end of what is in double quotes, and whether there are commands or parameters in it.
fn skip_double_quoted(text: &[u8], start: usize, depth: usize) -> Option<(usize, bool)> {
    let (mut at, mut is_nested) = (start + 1, false);
    loop {
        match *text.get(at)? {
            b'"' => return Some((at + 1, is_nested)),
            b'\\' => at += 2,
            b'`' => (at, is_nested) = (backquoted(text, at)?, true),
            b'$' if text.get(at + 1) == Some(&b'(') => {
                (at, is_nested) = (command(text, at + 2, depth)?, true)
            }
            b'$' if text.get(at + 1) == Some(&b'{') => {
                (at, is_nested) = (parameter(text, at + 2, depth)?, true)
            }
            _ => at += 1,
        }
    }
}

/// The end of a command in `$(…)`, from behind its opening bracket.
fn command(text: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth >= DEEPEST {
        return None;
    }
    let mut open = 1;
    loop {
        match *text.get(at)? {
            b'(' => (open, at) = (open + 1, at + 1),
            b')' if open == 1 => return Some(at + 1),
            b')' => (open, at) = (open - 1, at + 1),
            b'\'' => at = quoted(text, at, at + 1, false)?.1,
            b'"' => at = skip_double_quoted(text, at, depth + 1)?.0,
            b'`' => at = backquoted(text, at)?,
            b'\\' => at += 2,
            b'<' if text[at..].starts_with(b"<<<") => at += 3,
            // Documents and labels may have brackets and quotes that do not pair.
            b'<' if text[at..].starts_with(b"<<") => return None,
            b'c' if text[at..].starts_with(b"case ") && is_border(text[at - 1]) => return None,
            b'#' if is_border(text[at - 1]) => at += text[at..].iter().position(|b| *b == b'\n')?,
            _ => at += 1,
        }
    }
}

/// The end of `${…}`, from behind its opening brace.
fn parameter(text: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth >= DEEPEST {
        return None;
    }
    loop {
        match *text.get(at)? {
            b'}' => return Some(at + 1),
            b'\'' => at = quoted(text, at, at + 1, false)?.1,
            b'"' => at = skip_double_quoted(text, at, depth + 1)?.0,
            b'`' => at = backquoted(text, at)?,
            b'\\' => at += 2,
            b'$' if text.get(at + 1) == Some(&b'{') => at = parameter(text, at + 2, depth + 1)?,
            b'$' if text.get(at + 1) == Some(&b'(') => at = command(text, at + 2, depth + 1)?,
            _ => at += 1,
        }
    }
}

fn backquoted(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *text.get(at)? {
            b'`' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn arithmetic(text: &[u8], start: usize) -> Option<usize> {
    let end = text[start..].windows(2).position(|pair| pair == b"))")?;
    Some(start + end + 2)
}

/// Cuts a file with variables of the environment into pieces: for each line that sets one its name, `=`, and its value.
pub(super) fn lex_dotenv(text: &[u8]) -> Lexed {
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut tokens = Vec::new();
    while at < text.len() {
        let start = at;
        let rest = &text[at..];
        let end = at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let Some(value) = dotenv_line(text, start..end, &mut tokens) else {
            return Lexed::new(tokens, start);
        };
        at = value.max(end);
        at += usize::from(text.get(at) == Some(&b'\n'));
    }
    Lexed::new(tokens, at)
}

/// One line, whose value may go on behind it. Where it ends.
fn dotenv_line(text: &[u8], line: std::ops::Range<usize>, tokens: &mut Vec<Token>) -> Option<usize> {
    let skip =
        |at: usize| at + text[at..line.end].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    let start = skip(line.start);
    if start == line.end {
        return Some(line.end);
    }
    if text[start] == b'#' {
        tokens.push(Token { kind: Kind::Comment, span: start..line.end });
        return Some(line.end);
    }
    let equals = start + text[start..line.end].iter().position(|b| *b == b'=')?;
    tokens.push(Token { kind: Kind::Word, span: start..equals });
    tokens.push(Token { kind: Kind::Punct(b'='), span: equals..equals + 1 });
    let value = skip(equals + 1);
    let (kind, end) = match text.get(value).filter(|_| value < line.end) {
        None => return Some(line.end),
        Some(b'\'') => quoted(text, value, value + 1, false)?,
        Some(b'"') => {
            let mut at = value + 1;
            loop {
                match *text.get(at)? {
                    b'"' => break,
                    b'\\' => at += 2,
                    _ => at += 1,
                }
            }
            let content = value + 1..at;
            let has_escapes = text[content.clone()].contains(&b'\\');
            let prefix = value..value;
            let inner =
                Text { content, prefix, is_interpolated: false, has_escapes, quote: b'"', is_long: false };
            (Kind::Text(inner), at + 1)
        }
        Some(_) => {
            let rest = &text[value..line.end];
            // A comment has a space before it.
            let comment = rest.windows(2).position(|pair| matches!(pair, b" #" | b"\t#"));
            let length = rest[..comment.unwrap_or(rest.len())].trim_ascii_end().len();
            (Kind::Word, value + length)
        }
    };
    tokens.push(Token { kind, span: value..end });
    let rest = end + text[end..].iter().position(|b| *b == b'\n').unwrap_or(text.len() - end);
    let behind = text[end..rest].trim_ascii_start();
    match behind.first() {
        None => {}
        Some(b'#') => tokens.push(Token { kind: Kind::Comment, span: rest - behind.len()..rest }),
        Some(_) => return None,
    }
    Some(rest)
}
