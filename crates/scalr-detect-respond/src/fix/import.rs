//! What a file needs besides the line that changes: an import, or the declaration of a variable.

use super::Edit;
use super::language::{FileKind, Language, Reader};
use super::lexer::{BOM, Kind, Lexed};

/// A file that gets imports.
pub(super) struct File<'a> {
    pub(super) kind: FileKind,
    pub(super) text: &'a [u8],
    pub(super) lexed: &'a Lexed,
}

impl File<'_> {
    /// What its lines end with: what the first one ends with.
    fn line_end(&self) -> &'static str {
        match self.text.iter().position(|b| *b == b'\n') {
            Some(at) if at > 0 && self.text[at - 1] == b'\r' => "\r\n",
            _ => "\n",
        }
    }

    fn token(&self, index: usize) -> &[u8] {
        &self.text[self.lexed.tokens[index].span.clone()]
    }

    /// Where the line of an offset begins.
    fn line_start(&self, at: usize) -> usize {
        self.text[..at].iter().rposition(|b| *b == b'\n').map_or(self.start(), |at| at + 1)
    }

    /// Where the line behind that of an offset begins.
    fn next_line(&self, at: usize) -> usize {
        self.text[at..].iter().position(|b| *b == b'\n').map_or(self.text.len(), |n| at + n + 1)
    }

    fn start(&self) -> usize {
        if self.text.starts_with(BOM) { BOM.len() } else { 0 }
    }

    /// Text on lines of its own at the start of a line, which may be the end of a file without a line end.
    fn insert(&self, at: usize, lines: &str) -> Edit {
        let end = self.line_end();
        let is_behind_line_end = at == self.start() || self.text[at - 1] == b'\n';
        let by = if is_behind_line_end { format!("{lines}{end}") } else { format!("{end}{lines}") };
        Edit { range: at..at, by: by.replace('\n', end).replace("\r\r\n", "\r\n") }
    }

    /// What imports a module that is used from `used` on; `None` if the file does already.
    pub(super) fn import(&self, module: &str, used: usize) -> Option<Edit> {
        match self.kind.language {
            Language::Python => self.python(module, used),
            Language::Go => self.go(module),
            _ => None,
        }
    }

    fn python(&self, module: &str, used: usize) -> Option<Edit> {
        let tokens = &self.lexed.tokens;
        let (first, statements) = self.python_imports(used);
        if statements.iter().any(|i| self.token(*i) == b"import" && self.python_binds(*i, module)) {
            return None;
        }
        let line = format!("import {module}");
        let behind = |i: usize| self.next_line(self.statement_end(i));
        let next_word = |i: usize| tokens.get(i + 1).map_or(&b""[..], |_| self.token(i + 1));
        // Those from the future must come first.
        let (future, others): (Vec<usize>, Vec<usize>) =
            statements.into_iter().partition(|i| next_word(*i) == b"__future__");
        let Some(&start) = others.first() else {
            return Some(match future.last() {
                Some(last) => self.insert(behind(*last), &line),
                // A line is left free below.
                None => self.insert(self.above_comments(first), &format!("{line}\n")),
            });
        };
        // In the first block of lines that follow each other, in the order of names, plain imports first.
        let mut at = tokens[start].span.start;
        for &i in &others {
            if tokens[i].span.start != at {
                break;
            }
            if self.token(i) != b"import" || next_word(i) >= module.as_bytes() {
                return Some(self.insert(tokens[i].span.start, &line));
            }
            at = behind(i);
        }
        Some(self.insert(at, &line))
    }

    /// The first piece that is no comment and no documentation, and the statements at the left margin that import before
    /// `used`: their first pieces, by their indexes.
    fn python_imports(&self, used: usize) -> (usize, Vec<usize>) {
        let tokens = &self.lexed.tokens;
        let (mut first, mut imports, mut has_documentation) = (None, Vec::new(), false);
        for (i, token) in tokens.iter().enumerate().take_while(|(_, token)| token.span.start <= used) {
            let is_at_margin = self.line_start(token.span.start) == token.span.start;
            if !is_at_margin || self.lexed.open(i).next().is_some() || matches!(token.kind, Kind::Comment) {
                continue;
            }
            // Documentation is a string on lines of its own, before all else.
            let is_alone =
                tokens.get(i + 1).is_none_or(|next| next.span.start >= self.next_line(token.span.end));
            if matches!(token.kind, Kind::Text(_)) && is_alone && first.is_none() && !has_documentation {
                has_documentation = true;
                continue;
            }
            if matches!(token.kind, Kind::Word) && matches!(self.token(i), b"import" | b"from") {
                imports.push(i);
            }
            first = first.or(Some(i));
        }
        (first.unwrap_or(0), imports)
    }

    /// Whether `import a, b.c, d as e` makes the module known by its name.
    fn python_binds(&self, import: usize, module: &str) -> bool {
        let end = self.statement_end(import);
        let mut words = (import + 1..self.lexed.tokens.len())
            .take_while(|i| self.lexed.tokens[*i].span.end <= end)
            .map(|i| self.token(i))
            .peekable();
        let mut is_first = true;
        while let Some(word) = words.next() {
            let is_renamed = words.peek() == Some(&&b"as"[..]);
            if is_first && word == module.as_bytes() && !is_renamed {
                return true;
            }
            is_first = word == b",";
        }
        false
    }

    /// Where the logical line that begins with a piece ends: brackets and backslashes go on with it.
    fn statement_end(&self, index: usize) -> usize {
        let tokens = &self.lexed.tokens;
        let mut end = tokens[index].span.end;
        for (i, token) in tokens.iter().enumerate().skip(index + 1) {
            let between = &self.text[end..token.span.start];
            let goes_on = self.lexed.open(i).next().is_some()
                || matches!(token.kind, Kind::Punct(b')' | b']' | b'}'))
                || between.contains(&b'\\');
            if between.contains(&b'\n') && !goes_on {
                break;
            }
            end = token.span.end;
        }
        end
    }

    /// The start of the line of a piece, or of the comments right above it, unless those are the head of the file.
    fn above_comments(&self, index: usize) -> usize {
        let line = self.line_start(self.lexed.tokens[index].span.start);
        let mut at = line;
        for (i, token) in self.lexed.tokens[..index].iter().enumerate().rev() {
            let is_right_above = matches!(token.kind, Kind::Comment)
                && self.next_line(token.span.end) == at
                && self.line_start(token.span.start) == token.span.start;
            match (is_right_above, i) {
                (false, _) => break,
                (true, 0) => return line,
                (true, _) => at = token.span.start,
            }
        }
        at
    }

    fn go(&self, module: &str) -> Option<Edit> {
        let tokens = &self.lexed.tokens;
        let wanted = format!("\"{module}\"");
        let is_at_margin =
            |i: &usize| matches!(tokens[*i].kind, Kind::Word) && self.lexed.open(*i).next().is_none();
        let imports: Vec<usize> =
            (0..tokens.len()).filter(is_at_margin).filter(|i| self.token(*i) == b"import").collect();
        // Under its own name: no other name is before the path.
        let is_known = (1..tokens.len()).any(|i| {
            let is_path = self.token(i) == wanted.as_bytes();
            let is_in_import = imports.contains(&(i - 1))
                || self.lexed.open(i).next().is_some_and(|open| open > 0 && imports.contains(&(open - 1)));
            let before = &tokens[i - 1];
            let is_renamed = matches!(before.kind, Kind::Word | Kind::Punct(b'.'))
                && !imports.contains(&(i - 1))
                && !self.text[before.span.end..tokens[i].span.start].contains(&b'\n');
            is_path && is_in_import && !is_renamed
        });
        if is_known {
            return None;
        }
        let block = imports.iter().map(|i| i + 1).find(|i| *i < tokens.len() && self.token(*i) == b"(");
        if let Some(open) = block {
            return Some(self.go_block(open, &wanted));
        }
        if let Some(&last) = imports.last() {
            return Some(self.insert(self.next_line(self.statement_end(last)), &format!("import {wanted}")));
        }
        let package = (0..tokens.len()).filter(is_at_margin).find(|i| self.token(*i) == b"package")?;
        let at = self.next_line(self.statement_end(package));
        let edit = self.insert(at, &format!("\nimport {wanted}"));
        Some(edit)
    }

    /// A path in `import (…)`, in the order of the first group.
    fn go_block(&self, open: usize, wanted: &str) -> Edit {
        let tokens = &self.lexed.tokens;
        let mut at = self.next_line(tokens[open].span.end);
        let mut is_first = true;
        for i in open + 1..tokens.len() {
            if self.token(i) == b")" {
                if self.line_start(tokens[i].span.start) == self.line_start(tokens[open].span.start) {
                    // `import ("fmt")`: gofmt makes lines of it.
                    let at = tokens[open].span.end;
                    return Edit { range: at..at, by: format!("{wanted}; ") };
                }
                break;
            }
            let Kind::Text(_) = tokens[i].kind else { continue };
            let line = self.line_start(tokens[i].span.start);
            let is_same_group = is_first || line == at;
            if !is_same_group || self.token(i) >= wanted.as_bytes() {
                if is_first {
                    at = line;
                }
                break;
            }
            at = self.next_line(tokens[i].span.end);
            is_first = false;
        }
        self.insert(at, &format!("\t{wanted}"))
    }

    /// The declarations of variables that a configuration of Terraform needs, at its end.
    pub(super) fn declare(&self, variables: &[String]) -> Option<Edit> {
        if self.kind.reader != Reader::Terraform || variables.is_empty() {
            return None;
        }
        let blocks: Vec<String> = variables
            .iter()
            .map(|name| format!("variable \"{name}\" {{\n  type      = string\n  sensitive = true\n}}"))
            .collect();
        let end = self.text.len();
        Some(self.insert(end, &format!("\n{}", blocks.join("\n\n"))))
    }
}

/// The variables that a configuration of Terraform declares.
pub(super) fn declared(text: &[u8], lexed: &Lexed) -> Vec<String> {
    let tokens = &lexed.tokens;
    let mut names = Vec::new();
    for i in 1..tokens.len() {
        if let Kind::Text(inner) = &tokens[i].kind
            && &text[tokens[i - 1].span.clone()] == b"variable"
            && lexed.open(i).next().is_none()
        {
            names.push(String::from_utf8_lossy(&text[inner.content.clone()]).into_owned());
        }
    }
    names
}
