//! Words, strings and comments of the languages that have them in the way of C: Python, JavaScript, Go, Java, Rust, HCL.
//!
//! A lexer knows of its language what is needed to say exactly where a string begins and ends, and what stands beside it.
//! Where it meets what it does not understand, such as a string that does not end, it stops, and nothing behind that
//! place is rewritten.

use std::ops::Range;

use super::Language;

/// A piece of a file. Space between pieces is none.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A name, a keyword or a number; in the shell anything that is not quoted.
    Word,
    Punct(u8),
    Text(Text),
    Comment,
}

/// A string as it is written.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// What is between the quotes.
    pub(super) content: Range<usize>,
    /// Letters before the opening quote, such as `r` or `rb`.
    pub(super) prefix: Range<usize>,
    /// Whether something is put into it when the program runs.
    pub(super) is_interpolated: bool,
    /// Whether a backslash in it stands for something else.
    pub(super) has_escapes: bool,
    /// The opening quote.
    pub(super) quote: u8,
    /// Whether it is one of the long forms: triple quotes, a here-document, a block.
    pub(super) is_long: bool,
}

/// The pieces of a file up to where it is no longer understood.
#[derive(Debug)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    /// Where the lexer stopped: the end of the file, if all is understood.
    pub(super) end: usize,
    /// For each piece the bracket that it is in, by its index.
    parents: Vec<Option<usize>>,
}

impl Lexed {
    pub(super) fn new(tokens: Vec<Token>, end: usize) -> Lexed {
        let mut open: Vec<usize> = Vec::new();
        let mut parents = Vec::with_capacity(tokens.len());
        for (index, token) in tokens.iter().enumerate() {
            if matches!(token.kind, Kind::Punct(b')' | b']' | b'}')) {
                open.pop();
            }
            parents.push(open.last().copied());
            if matches!(token.kind, Kind::Punct(b'(' | b'[' | b'{')) {
                open.push(index);
            }
        }
        Lexed { tokens, end, parents }
    }

    /// The brackets that a piece is in, by their indexes, the innermost first.
    pub(super) fn open(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parents[index], |open| self.parents[*open])
    }

    /// The piece that this range is in, by its index.
    pub(super) fn around(&self, range: &Range<usize>) -> Option<usize> {
        let index = self.tokens.partition_point(|token| token.span.end <= range.start);
        let token = self.tokens.get(index)?;
        (token.span.start <= range.start && range.end <= token.span.end).then_some(index)
    }

    /// The piece before, comments left out.
    pub(super) fn before(&self, index: usize) -> Option<usize> {
        (0..index).rev().find(|i| !matches!(self.tokens[*i].kind, Kind::Comment))
    }

    /// The piece behind, comments left out.
    pub(super) fn behind(&self, index: usize) -> Option<usize> {
        (index + 1..self.tokens.len()).find(|i| !matches!(self.tokens[*i].kind, Kind::Comment))
    }
}

/// The mark at the start of some files in UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Cuts a file into pieces.
pub(super) fn lex(language: Language, text: &[u8]) -> Lexed {
    let at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lexer = Lexer { language, text, at, depth: 0, tokens: Vec::new() };
    if text[at..].starts_with(b"#!") && language != Language::Rust {
        lexer.comment_line();
    }
    while lexer.at < text.len() {
        if lexer.next().is_none() {
            break;
        }
    }
    Lexed::new(lexer.tokens, lexer.at)
}

struct Lexer<'t> {
    language: Language,
    text: &'t [u8],
    at: usize,
    /// How many templates this is within.
    depth: usize,
    tokens: Vec<Token>,
}

/// No text that people write has more templates within templates.
const DEEPEST: usize = 8;

/// How much of a line is looked at to tell a division from a regular expression, in bytes.
const LINE: usize = 1024;

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn starts_with(&self, with: &[u8]) -> bool {
        self.text[self.at..].starts_with(with)
    }

    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, span: self.at..end });
        self.at = end;
    }

    /// Goes over one piece, or over space. `None`: it is not understood.
    fn next(&mut self) -> Option<()> {
        use Language::{Go, Hcl, JavaScript, Python, Rust, TypeScript};
        let byte = self.peek(0);
        let language = self.language;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => self.at += 1,
            b'#' if matches!(language, Python | Hcl) => self.comment_line(),
            b'/' if self.peek(1) == b'/' && language != Python => self.comment_line(),
            b'/' if self.peek(1) == b'*' && language != Python => self.comment_block()?,
            b'/' if matches!(language, JavaScript | TypeScript) && !self.is_division()? => self.regex()?,
            b'<' if language == Hcl && self.peek(1) == b'<' => self.heredoc()?,
            b'\'' if language == Rust => self.char_or_lifetime()?,
            b'`' if matches!(language, Go | JavaScript | TypeScript) => self.string(self.at)?,
            b'\'' if language == Hcl => return None,
            b'"' | b'\'' => self.string(self.at)?,
            _ if is_word(byte) => self.word()?,
            _ => self.push(Kind::Punct(byte), self.at + 1),
        }
        Some(())
    }

    fn comment_line(&mut self) {
        let rest = &self.text[self.at..];
        let end = self.at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        self.push(Kind::Comment, end);
    }

    fn comment_block(&mut self) -> Option<()> {
        let (mut depth, mut at) = (0, self.at);
        loop {
            match self.text.get(at..at + 2)? {
                // Only those of Rust are nested.
                b"/*" if depth == 0 || self.language == Language::Rust => (depth, at) = (depth + 1, at + 2),
                b"*/" if depth == 1 => break,
                b"*/" => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        self.push(Kind::Comment, at + 2);
        Some(())
    }

    /// A name or a number, or the string that such a beginning belongs to.
    fn word(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
        let (word, next) = (&rest[..length], rest.get(length).copied().unwrap_or(0));
        let is_prefix = match self.language {
            Language::Python => {
                matches!(next, b'"' | b'\'')
                    && length <= 2
                    && word.iter().all(|b| b"rbuft".contains(&b.to_ascii_lowercase()))
            }
            Language::Rust => match next {
                b'"' => matches!(word, b"r" | b"b" | b"br" | b"c" | b"cr"),
                b'\'' => word == b"b",
                // `r#"…"#`, and not `r#name`.
                b'#' => {
                    matches!(word, b"r" | b"br" | b"cr")
                        && rest[length..].iter().find(|b| **b != b'#') == Some(&b'"')
                }
                _ => false,
            },
            _ => false,
        };
        if !is_prefix {
            self.push(Kind::Word, self.at + length);
            return Some(());
        }
        let start = self.at;
        self.at += length;
        if self.language == Language::Rust && next == b'\'' {
            return self.char_or_lifetime();
        }
        self.string(start)
    }

    /// A string whose opening quote is at hand, and whose prefix begins at `start`.
    fn string(&mut self, start: usize) -> Option<()> {
        let open = self.at;
        let quote = self.text[open];
        let prefix = start..open;
        let has = |letter: u8| self.text[prefix.clone()].iter().any(|b| b.to_ascii_lowercase() == letter);
        let language = self.language;
        let is_triple = match language {
            Language::Python => self.starts_with(&[quote; 3]),
            Language::Java => quote == b'"' && self.starts_with(b"\"\"\""),
            _ => false,
        };
        let hashes = self.text[open..].iter().take_while(|b| **b == b'#').count();
        let is_raw = match language {
            Language::Go => quote == b'`',
            _ => has(b'r'),
        };
        let is_template = match language {
            Language::Python => has(b'f') || has(b't'),
            Language::JavaScript | Language::TypeScript => quote == b'`',
            Language::Hcl => true,
            _ => false,
        };
        let is_many_lines = is_triple
            || match language {
                Language::Rust => true,
                Language::Go | Language::JavaScript | Language::TypeScript => quote == b'`',
                _ => false,
            };
        let (open_length, close) = match language {
            Language::Rust => (hashes + 1, [b"\"".as_slice(), &b"#".repeat(hashes)].concat()),
            _ if is_triple => (3, vec![quote; 3]),
            _ => (1, vec![quote]),
        };
        let content = open + open_length;
        let (mut at, mut is_interpolated, mut has_escapes) = (content, false, false);
        loop {
            let rest = self.text.get(at..)?;
            if rest.starts_with(&close) {
                break;
            }
            match *rest.first()? {
                // In raw strings of Python a backslash still keeps a quote from being the end.
                b'\\' if !is_raw || language == Language::Python => {
                    has_escapes |= !is_raw;
                    at += 2;
                }
                b'\n' if !is_many_lines => return None,
                b'{' if is_template && language == Language::Python => {
                    is_interpolated = true;
                    at = if rest.get(1) == Some(&b'{') { at + 2 } else { self.braces(at)? };
                }
                b'$' if is_template && language != Language::Python && rest.get(1) == Some(&b'{') => {
                    is_interpolated = true;
                    // `$${` is `${` itself.
                    let is_literal = language == Language::Hcl && at > content && self.text[at - 1] == b'$';
                    at = if is_literal { at + 2 } else { self.braces(at + 1)? };
                }
                b'%' if language == Language::Hcl && rest.get(1) == Some(&b'{') => {
                    is_interpolated = true;
                    let is_literal = at > content && self.text[at - 1] == b'%';
                    at = if is_literal { at + 2 } else { self.braces(at + 1)? };
                }
                _ => at += 1,
            }
        }
        let text = Text {
            content: content..at,
            prefix,
            is_interpolated,
            has_escapes,
            quote: if language == Language::Rust { b'"' } else { quote },
            is_long: is_triple,
        };
        self.tokens.push(Token { kind: Kind::Text(text), span: start..at + close.len() });
        self.at = at + close.len();
        Some(())
    }

    /// The end of an expression in braces, of which the opening one is at `at`: it is cut into pieces itself.
    fn braces(&self, at: usize) -> Option<usize> {
        if self.depth >= DEEPEST {
            return None;
        }
        let (language, text, depth) = (self.language, self.text, self.depth + 1);
        let mut inner = Lexer { language, text, at: at + 1, depth, tokens: Vec::new() };
        // Brackets of each kind count as one: they pair where a program compiles.
        let mut open = 1;
        while inner.at < text.len() {
            let before = inner.tokens.len();
            inner.next()?;
            match inner.tokens.get(before).map(|token| &token.kind) {
                Some(Kind::Punct(b'{' | b'(' | b'[')) => open += 1,
                Some(Kind::Punct(b'}' | b')' | b']')) => open -= 1,
                Some(Kind::Punct(b':')) if open == 1 && language == Language::Python => {
                    return self.format(inner.at);
                }
                _ => {}
            }
            if open == 0 {
                return Some(inner.at);
            }
        }
        None
    }

    /// The end of an expression of Python in braces, from behind the colon: how it is formatted, where a `#` is no comment.
    fn format(&self, mut at: usize) -> Option<usize> {
        loop {
            match *self.text.get(at)? {
                b'}' => return Some(at + 1),
                b'{' => {
                    let inner = Lexer { depth: self.depth + 1, tokens: Vec::new(), ..*self };
                    at = inner.braces(at)?;
                }
                b'\n' => return None,
                _ => at += 1,
            }
        }
    }

    /// A character such as `'a'` or `'\n'`, or a lifetime such as `'a`.
    fn char_or_lifetime(&mut self) -> Option<()> {
        let rest = &self.text[self.at + 1..];
        let length = match rest.first()? {
            b'\\' => {
                // The character behind the backslash may be a quote.
                2 + rest.get(2..)?.iter().take(12).position(|b| *b == b'\'')?
            }
            first => {
                let length = match first {
                    0xf0.. => 4,
                    0xe0.. => 3,
                    0xc0.. => 2,
                    _ => 1,
                };
                if rest.get(length) != Some(&b'\'') {
                    self.push(Kind::Punct(b'\''), self.at + 1);
                    return Some(());
                }
                length
            }
        };
        self.push(Kind::Word, self.at + length + 2);
        Some(())
    }

    /// Whether a slash divides; else it begins a regular expression. `None`: that cannot be told from what is before.
    fn is_division(&self) -> Option<bool> {
        let Some(last) = self.tokens.last() else { return Some(false) };
        match &last.kind {
            Kind::Text(_) => Some(true),
            Kind::Word => {
                let word = &self.text[last.span.clone()];
                Some(!EXPECT_A_VALUE.contains(&word))
            }
            // Whether it is a division depends on what the brackets are of.
            Kind::Punct(b')' | b'}') => {
                let rest = &self.text[self.at + 1..];
                let rest = &rest[..rest.len().min(LINE)];
                let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
                let regex = line.rsplitn(2, |b| *b == b'/').nth(1).unwrap_or_default();
                let may_have_quotes = regex.iter().any(|b| matches!(b, b'"' | b'\'' | b'`'));
                if may_have_quotes { None } else { Some(true) }
            }
            Kind::Punct(b']') => Some(true),
            // What TypeScript has behind a value.
            Kind::Punct(b'!') => {
                let at = last.span.start;
                Some(at > 0 && (is_word(self.text[at - 1]) || matches!(self.text[at - 1], b')' | b']')))
            }
            Kind::Punct(_) | Kind::Comment => Some(false),
        }
    }

    fn regex(&mut self) -> Option<()> {
        let (mut at, mut in_class) = (self.at + 1, false);
        loop {
            match *self.text.get(at)? {
                b'\\' => at += 1,
                b'\n' => return None,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                _ => {}
            }
            at += 1;
        }
        self.push(Kind::Word, at + 1);
        Some(())
    }

    /// A here-document of HCL.
    fn heredoc(&mut self) -> Option<()> {
        let start = self.at;
        let mut at = start + 2;
        at += usize::from(self.text.get(at) == Some(&b'-'));
        let name_end = at + self.text[at..].iter().position(|b| !is_word(*b))?;
        let name = &self.text[at..name_end];
        if name.is_empty() {
            // A comparison is no `<<`, so this is not HCL.
            return None;
        }
        let body = name_end + self.text[name_end..].iter().position(|b| *b == b'\n')? + 1;
        let mut line = body;
        loop {
            let rest = self.text.get(line..).filter(|rest| !rest.is_empty())?;
            let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            if rest[..length].trim_ascii() == name {
                let text = Text {
                    content: body..line,
                    prefix: start..start,
                    is_interpolated: true,
                    has_escapes: false,
                    quote: b'<',
                    is_long: true,
                };
                self.push(Kind::Text(text), line + length);
                return Some(());
            }
            line += length + 1;
        }
    }
}

/// Words of JavaScript behind which a value comes, and thus a slash begins a regular expression.
const EXPECT_A_VALUE: [&[u8]; 15] = [
    b"return",
    b"typeof",
    b"case",
    b"in",
    b"of",
    b"delete",
    b"void",
    b"throw",
    b"new",
    b"do",
    b"else",
    b"instanceof",
    b"await",
    b"yield",
    b"default",
];

/// Letters of other alphabets are part of names too.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}
