//! Scalars of YAML: as much of it as is needed to tell a value from all that looks like one.
//!
//! A plain value counts only if the whole of it stands on one line, behind a key or a dash; quoted values may stand
//! anywhere. Block scalars are passed over.

use std::ops::Range;

use super::lexer::{BOM, Kind, Lexed, Text, Token};

/// Cuts a file into keys, values, marks and comments.
pub(super) fn lex(text: &[u8]) -> Lexed {
    let at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lexer = Lexer { text, at, brackets: 0, tokens: Vec::new() };
    while lexer.at < text.len() {
        let line = lexer.at;
        if lexer.line().is_none() {
            return Lexed::new(lexer.tokens, line);
        }
    }
    Lexed::new(lexer.tokens, lexer.at)
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    /// How many brackets of lists and maps on one line are open.
    brackets: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(b'\n')
    }

    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, span: self.at..end });
        self.at = end;
    }

    /// Where the line ends, without its end.
    fn line_end(&self, at: usize) -> usize {
        at + self.text[at..].iter().position(|b| *b == b'\n').unwrap_or(self.text.len() - at)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(0), b' ' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    /// One line, and what goes on behind it.
    fn line(&mut self) -> Option<()> {
        let line = self.at;
        self.skip_space();
        let mut indent = self.at - line;
        // Whether a value may stand here, and what the lines are deeper than with which it goes on.
        let (mut is_value, mut floor) = (self.brackets > 0, None);
        loop {
            match self.peek(0) {
                b'\n' => {
                    self.at = self.text.len().min(self.at + 1);
                    return Some(());
                }
                b'#' if self.at == line
                    || matches!(self.text[self.at - 1], b' ' | b'\t')
                    || self.brackets > 0 =>
                {
                    let end = self.line_end(self.at);
                    self.push(Kind::Comment, end);
                }
                b'-' if self.text[self.at..].starts_with(b"---") && self.at == line => self.at += 3,
                b'%' if self.at == line => self.at = self.line_end(self.at),
                b'-' | b'?' if self.brackets == 0 && matches!(self.peek(1), b' ' | b'\t' | b'\r' | b'\n') => {
                    let mark = self.peek(0);
                    (is_value, floor) = (mark == b'-', Some(self.at - line));
                    self.push(Kind::Punct(mark), self.at + 1);
                    self.skip_space();
                    // What is behind it is as deep as if it stood on a line of its own.
                    indent = self.at - line;
                    continue;
                }
                b'"' | b'\'' => self.quoted()?,
                b'{' | b'[' => {
                    self.brackets += 1;
                    let bracket = self.peek(0);
                    self.push(Kind::Punct(bracket), self.at + 1);
                    is_value = true;
                }
                b'}' | b']' if self.brackets > 0 => {
                    self.brackets -= 1;
                    let bracket = self.peek(0);
                    self.push(Kind::Punct(bracket), self.at + 1);
                }
                b',' if self.brackets > 0 => self.push(Kind::Punct(b','), self.at + 1),
                b':' if self.brackets > 0 || matches!(self.peek(1), b' ' | b'\t' | b'\r' | b'\n') => {
                    self.push(Kind::Punct(b':'), self.at + 1);
                    (is_value, floor) = (true, Some(indent));
                }
                // The name of a node, a reference to one, a type.
                b'&' | b'*' | b'!' => {
                    let rest = &self.text[self.at..];
                    let length = rest.iter().position(|b| b" \t\r\n,]}".contains(b)).unwrap_or(rest.len());
                    self.at += length.max(1);
                }
                b'|' | b'>' if self.brackets == 0 => return self.block(floor),
                b'@' | b'`' => return None,
                _ => self.plain(floor, is_value)?,
            }
            self.skip_space();
        }
    }

    fn quoted(&mut self) -> Option<()> {
        let quote = self.peek(0);
        let content = self.at + 1;
        let (mut at, mut has_escapes) = (content, false);
        loop {
            match *self.text.get(at)? {
                b'\\' if quote == b'"' => {
                    has_escapes = true;
                    at += 2;
                }
                b'\'' if quote == b'\'' && self.text.get(at + 1) == Some(&b'\'') => {
                    has_escapes = true;
                    at += 2;
                }
                byte if byte == quote => break,
                _ => at += 1,
            }
        }
        let prefix = self.at..self.at;
        let inner =
            Text { content: content..at, prefix, is_interpolated: false, has_escapes, quote, is_long: false };
        self.push(Kind::Text(inner), at + 1);
        Some(())
    }

    /// A key or a value without quotes.
    fn plain(&mut self, floor: Option<usize>, is_value: bool) -> Option<()> {
        let end = self.line_end(self.at);
        let mut at = self.at;
        while at < end {
            let next = self.text.get(at + 1).copied().unwrap_or(b'\n');
            match self.text[at] {
                b':' if matches!(next, b' ' | b'\t' | b'\r' | b'\n') => break,
                b':' if self.brackets > 0 && matches!(next, b',' | b'[' | b']' | b'{' | b'}') => break,
                b',' | b'[' | b']' | b'{' | b'}' if self.brackets > 0 => break,
                b'#' if at > self.at && matches!(self.text[at - 1], b' ' | b'\t') => break,
                _ => at += 1,
            }
        }
        let length = self.text[self.at..at].trim_ascii_end().len();
        if length == 0 {
            return None;
        }
        let is_key = self.text.get(at) == Some(&b':') && at < end;
        let has_comment = self.text.get(at) == Some(&b'#') && at < end;
        if is_key || (is_value && self.brackets > 0) {
            self.push(Kind::Word, self.at + length);
            return Some(());
        }
        // Not behind a key or a dash it goes on with a value of the line before.
        let last = if has_comment { end } else { self.last_line(end, floor) };
        if is_value && last == end {
            self.push(Kind::Word, self.at + length);
        } else {
            let content = self.at..last.max(self.at + length);
            self.push(Kind::Text(opaque(content.clone())), content.end);
        }
        Some(())
    }

    /// Where the last line ends with which a value goes on whose first line ends at `end`: those that are deeper than its
    /// key or dash.
    fn last_line(&self, end: usize, floor: Option<usize>) -> usize {
        let (mut last, mut at) = (end, end);
        while at + 1 < self.text.len() {
            let start = at + 1;
            at = self.line_end(start);
            let line = &self.text[start..at];
            let inner = line.trim_ascii_start();
            if inner.is_empty() {
                continue;
            }
            if inner[0] == b'#' || floor.is_none_or(|floor| line.len() - inner.len() <= floor) {
                break;
            }
            last = at;
        }
        last
    }

    /// A block scalar, whose mark is at hand: all lines that are deeper than its key or dash.
    fn block(&mut self, floor: Option<usize>) -> Option<()> {
        let start = self.at;
        let header = self.line_end(start);
        let mut end = header;
        let least = floor.map_or(0, |floor| floor + 1);
        while end < self.text.len() {
            let line_start = end + 1;
            let line_end = if line_start <= self.text.len() { self.line_end(line_start) } else { break };
            let line = &self.text[line_start..line_end];
            let inner = line.trim_ascii_start();
            if !inner.is_empty() && line.len() - inner.len() < least {
                break;
            }
            end = line_end;
            if line_end == self.text.len() {
                break;
            }
        }
        let content = self.text.len().min(header + 1).min(end)..end;
        self.tokens.push(Token { kind: Kind::Text(opaque(content)), span: start..end });
        self.at = self.text.len().min(end + 1);
        Some(())
    }
}

/// A value on several lines, in which nothing is replaced.
fn opaque(content: Range<usize>) -> Text {
    let prefix = content.start..content.start;
    Text { content, prefix, is_interpolated: true, has_escapes: false, quote: b'|', is_long: true }
}
