//! Words, strings and comments of the shell, and of files with variables of the environment.

use super::lexer::{BOM, Kind, Lexed, Text, Token};

/// Commands within commands are followed so far.
const DEEPEST: usize = 16;

/// Cuts a script into pieces. A word of several parts, such as `a"b"`, is several pieces that touch.
pub(super) fn lex(text: &[u8]) -> Lexed {
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut tokens = Vec::new();
    // Here-documents that begin behind this line: their names, and whether tabs before those are left out.
    let mut documents: Vec<(Vec<u8>, bool)> = Vec::new();
    while let Some(&byte) = text.get(at) {
        let start = at;
        let piece = match byte {
            b'\n' => {
                at += 1;
                let mut is_understood = true;
                for (name, is_indented) in std::mem::take(&mut documents) {
                    let from = at;
                    let Some(end) = document(text, at, &name, is_indented) else {
                        is_understood = false;
                        break;
                    };
                    at = end;
                    tokens.push(Token { kind: Kind::Text(opaque(from..at, b'<')), span: from..at });
                }
                if is_understood { Some(None) } else { None }
            }
            b' ' | b'\t' | b'\r' => {
                at += 1;
                Some(None)
            }
            b'#' if start == 0 || is_border(text[start - 1]) || text[..start] == *BOM => {
                at += text[at..].iter().position(|b| *b == b'\n').unwrap_or(text.len() - at);
                Some(Some(Kind::Comment))
            }
            b'\\' => {
                at = text.len().min(at + 2);
                Some(Some(Kind::Word))
            }
            b'\'' => quoted(text, start, start + 1, false).map(|(kind, end)| {
                at = end;
                Some(kind)
            }),
            b'$' if text.get(at + 1) == Some(&b'\'') => {
                quoted(text, start, start + 2, true).map(|(kind, end)| {
                    at = end;
                    Some(kind)
                })
            }
            b'"' => double_quoted(text, start).map(|(kind, end)| {
                at = end;
                Some(kind)
            }),
            b'`' => backquoted(text, start).map(|end| {
                at = end;
                Some(Kind::Text(opaque(start + 1..end - 1, b'`')))
            }),
            // Arithmetic has no strings; its `<<` begins no document.
            b'(' if text[at..].starts_with(b"((") => arithmetic(text, at).map(|end| {
                at = end;
                Some(Kind::Text(opaque(start..end, b'(')))
            }),
            b'$' if text[at..].starts_with(b"${") => parameter(text, at + 2, 0).map(|end| {
                at = end;
                Some(Kind::Text(opaque(start..end, b'$')))
            }),
            b'<' if text[at..].starts_with(b"<<<") => {
                at += 3;
                Some(Some(Kind::Punct(b'<')))
            }
            b'<' if text[at..].starts_with(b"<<") => document_name(text, at + 2).map(|(name, tabs, end)| {
                documents.push((name, tabs));
                at = end;
                Some(Kind::Punct(b'<'))
            }),
            b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => {
                at += 1;
                Some(Some(Kind::Punct(byte)))
            }
            _ => {
                let rest = &text[at..];
                // `#` within a word is no comment, and `$` begins none of those above.
                let is_end = |(i, b): (usize, &u8)| {
                    is_border(*b)
                        || matches!(b, b'<' | b'>' | b'"' | b'\'' | b'`' | b'\\')
                        || (*b == b'$' && i > 0)
                };
                at += rest.iter().enumerate().position(is_end).unwrap_or(rest.len()).max(1);
                Some(Some(Kind::Word))
            }
        };
        match piece {
            None => return Lexed::new(tokens, start),
            Some(None) => {}
            Some(Some(kind)) => tokens.push(Token { kind, span: start..at }),
        }
    }
    Lexed::new(tokens, at)
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
            // It may have a bracket or a quote in it.
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

/// The name behind `<<`, without quotes; whether tabs are left out; where it ends.
fn document_name(text: &[u8], mut at: usize) -> Option<(Vec<u8>, bool, usize)> {
    let tabs = text.get(at) == Some(&b'-');
    at += usize::from(tabs);
    at += text[at..].iter().position(|b| !matches!(b, b' ' | b'\t'))?;
    let end = at + text[at..].iter().position(|b| is_border(*b) || matches!(b, b'<' | b'>'))?;
    let name: Vec<u8> =
        text[at..end].iter().copied().filter(|b| !matches!(b, b'"' | b'\'' | b'\\')).collect();
    if name.is_empty() { None } else { Some((name, tabs, end)) }
}

/// Where a here-document ends whose lines begin at `at`.
fn document(text: &[u8], mut at: usize, name: &[u8], tabs: bool) -> Option<usize> {
    loop {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let mut line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
        while tabs && line.first() == Some(&b'\t') {
            line = &line[1..];
        }
        if line == name {
            return Some(at + length);
        }
        at += length + 1;
    }
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
