//! What is written in the place of a secret, and where nothing is.

use std::ops::Range;

use crate::snippet::Manager;

use super::Why;
use super::import::File;
use super::language::{FileKind, Language, Reader};
use super::lexer::{Kind, Text, is_word};

/// What is written where a secret was.
#[derive(Debug)]
pub(super) struct Site {
    /// What is replaced.
    pub(super) range: Range<usize>,
    pub(super) by: String,
    /// What else is replaced for that.
    pub(super) also: Option<(Range<usize>, String)>,
    /// What must be imported.
    pub(super) import: Option<&'static str>,
    /// What is to be kept elsewhere: the string without its quotes.
    pub(super) value: Range<usize>,
    /// Whether it is written with escapes.
    pub(super) has_escapes: bool,
}

/// A place in a file where a secret was found.
pub(super) struct Place<'a> {
    pub(super) file: &'a File<'a>,
    /// The secret, and the whole match.
    pub(super) secret: Range<usize>,
    pub(super) span: Range<usize>,
}

/// What a secret is replaced by.
pub(super) struct Target<'a> {
    pub(super) manager: Manager,
    /// The variable, or the name of the secret in the manager.
    pub(super) name: &'a str,
}

impl Place<'_> {
    /// What to write here.
    pub(super) fn site(&self, target: &Target<'_>) -> Result<Site, Why> {
        if self.secret.end > self.file.lexed.end {
            return Err(Why::NotUnderstood);
        }
        let index = self.file.lexed.around(&self.secret).ok_or(Why::NotAString)?;
        match &self.file.lexed.tokens[index].kind {
            Kind::Comment => Err(Why::Comment),
            Kind::Punct(_) => Err(Why::NotAString),
            Kind::Word => self.word(index, target),
            Kind::Text(text) => self.text(index, text, target),
        }
    }

    fn token(&self, index: usize) -> &[u8] {
        &self.file.text[self.file.lexed.tokens[index].span.clone()]
    }

    fn before(&self, index: usize) -> &[u8] {
        self.file.lexed.before(index).map_or(b"", |i| self.token(i))
    }

    fn behind(&self, index: usize) -> &[u8] {
        self.file.lexed.behind(index).map_or(b"", |i| self.token(i))
    }

    /// Whether the secret, or what it was found in, is all that is there.
    fn is_whole(&self, content: &Range<usize>) -> bool {
        self.secret == *content || self.span == *content
    }

    /// Without quotes, as values of YAML, of the shell and of environment files may be.
    fn word(&self, index: usize, target: &Target<'_>) -> Result<Site, Why> {
        let word = self.file.lexed.tokens[index].span.clone();
        let plain = |range: Range<usize>, by: String| Site {
            value: range.clone(),
            range,
            by,
            also: None,
            import: None,
            has_escapes: false,
        };
        match self.file.kind.language {
            Language::Shell => {
                // Of a bracket that was not opened.
                let is_label = self.behind(index) == b")" && self.file.lexed.open(index).next().is_none();
                if self.before(index) == b"case" || is_label {
                    return Err(Why::Pattern);
                }
                // The rest of the word stays as it is.
                Ok(plain(self.secret.clone(), format!("\"{}\"", shell_form(target))))
            }
            Language::Dotenv if self.before(index) != b"=" || self.behind(index) == b"=" => Err(Why::Key),
            Language::Dotenv if self.is_whole(&word) => Ok(plain(word, String::new())),
            Language::Yaml if self.behind(index) == b":" => Err(Why::Key),
            Language::Yaml if self.is_whole(&word) => {
                let form = yaml_form(self.file.kind, target);
                // Braces would end a list or map on one line.
                let is_inline = self.file.lexed.open(index).next().is_some();
                Ok(plain(word, if is_inline { format!("\"{form}\"") } else { form }))
            }
            Language::Dotenv | Language::Yaml => Err(Why::Longer),
            _ => Err(Why::NotAString),
        }
    }

    /// In quotes.
    fn text(&self, index: usize, inner: &Text, target: &Target<'_>) -> Result<Site, Why> {
        let mut site = self.form(index, inner, target)?;
        // `return"…"` needs a space where quotes end a word, and words do not.
        let is_at_word =
            |at: Option<usize>| at.and_then(|at| self.file.text.get(at)).is_some_and(|b| is_word(*b));
        if site.by.bytes().next().is_some_and(is_word) && is_at_word(site.range.start.checked_sub(1)) {
            site.by.insert(0, ' ');
        }
        if site.by.bytes().last().is_some_and(is_word) && is_at_word(Some(site.range.end)) {
            site.by.push(' ');
        }
        Ok(site)
    }

    fn form(&self, index: usize, inner: &Text, target: &Target<'_>) -> Result<Site, Why> {
        let token = self.file.lexed.tokens[index].span.clone();
        let is_whole = self.is_whole(&inner.content);
        if inner.is_interpolated {
            return Err(if is_whole && !inner.is_long { Why::Interpolated } else { Why::Longer });
        }
        // In double quotes the shell puts variables into longer strings.
        let is_part = self.file.kind.language == Language::Shell && inner.quote == b'"';
        if !is_whole && !is_part {
            return Err(Why::Longer);
        }
        let site = |range: Range<usize>, by: String| Site {
            range,
            by,
            also: None,
            import: None,
            value: inner.content.clone(),
            has_escapes: inner.has_escapes,
        };
        let name = target.name;
        match self.file.kind.language {
            Language::Shell if is_whole && self.touches(index) => {
                Ok(Site { value: self.secret.clone(), ..site(token, format!("\"{}\"", shell_form(target))) })
            }
            Language::Shell if inner.quote == b'"' => {
                let (value, form) = (self.secret.clone(), shell_form(target));
                Ok(Site { value, ..site(self.secret.clone(), form) })
            }
            Language::Shell => Ok(site(token, format!("\"{}\"", shell_form(target)))),
            Language::Dotenv => Ok(site(inner.content.clone(), String::new())),
            Language::Yaml if self.behind(index) == b":" => Err(Why::Key),
            Language::Yaml => Ok(site(inner.content.clone(), yaml_form(self.file.kind, target))),
            Language::Python => self.python(index, inner, target, site),
            Language::JavaScript | Language::TypeScript => {
                self.javascript(index, inner)?;
                let mark = if self.file.kind.language == Language::TypeScript { "!" } else { "" };
                Ok(site(token, format!("process.env.{name}{mark}")))
            }
            Language::Go => {
                let also = self.go(index)?;
                let import = Some("os");
                Ok(Site { also, import, ..site(token, format!("os.Getenv({})", quoted(name))) })
            }
            Language::Java => {
                self.java(index)?;
                Ok(site(token, format!("System.getenv({})", quoted(name))))
            }
            Language::Rust => {
                self.rust(index, inner)?;
                let borrow = if self.behind(index) == b"." || self.is_owned(index) { "" } else { "&" };
                let form = format!("{borrow}std::env::var({0}).expect(\"{name} is not set\")", quoted(name));
                Ok(site(token, form))
            }
            Language::Hcl => {
                self.hcl(index)?;
                let form = match self.file.kind.reader {
                    Reader::Terragrunt => format!("get_env({})", quoted(name)),
                    _ => format!("var.{name}"),
                };
                Ok(site(token, form))
            }
        }
    }

    /// Whether another part of the same word is right before or behind.
    fn touches(&self, index: usize) -> bool {
        let tokens = &self.file.lexed.tokens;
        let is_part = |i: usize| !matches!(tokens[i].kind, Kind::Punct(_) | Kind::Comment);
        let span = &tokens[index].span;
        let before = index.checked_sub(1).is_some_and(|i| is_part(i) && tokens[i].span.end == span.start);
        let behind =
            tokens.get(index + 1).is_some_and(|next| next.span.start == span.end && is_part(index + 1));
        before || behind
    }

    fn python(
        &self,
        index: usize,
        inner: &Text,
        target: &Target<'_>,
        site: impl Fn(Range<usize>, String) -> Site,
    ) -> Result<Site, Why> {
        // Strings that stand side by side are one; on two lines only in brackets.
        let is_joined = |first: Option<usize>, second: Option<usize>| {
            let (Some(first), Some(second)) = (first, second) else { return false };
            let tokens = &self.file.lexed.tokens;
            let between = &self.file.text[tokens[first].span.end..tokens[second].span.start];
            let is_text = |i: usize| matches!(tokens[i].kind, Kind::Text(_));
            is_text(first)
                && is_text(second)
                && (!between.contains(&b'\n')
                    || between.contains(&b'\\')
                    || self.file.lexed.open(index).next().is_some())
        };
        if is_joined(self.file.lexed.before(index), Some(index))
            || is_joined(Some(index), self.file.lexed.behind(index))
        {
            return Err(Why::Longer);
        }
        // `case "…":` compares with what must be written there.
        if matches!(self.before(index), b"case" | b"|") && matches!(self.behind(index), b":" | b"|" | b"if") {
            return Err(Why::Pattern);
        }
        // Documentation.
        if inner.is_long && self.is_line_start(index) && self.file.lexed.open(index).next().is_none() {
            return Err(Why::Comment);
        }
        let quote = |text: &str| {
            let quote = inner.quote as char;
            format!("{quote}{text}{quote}")
        };
        let (form, import) = match target.manager {
            Manager::Env => (format!("os.environ[{}]", quote(target.name)), "os"),
            Manager::AwsSecretsManager => {
                let (service, answer) = (quote("secretsmanager"), quote("SecretString"));
                let name = quote(target.name);
                (format!("boto3.client({service}).get_secret_value(SecretId={name})[{answer}]"), "boto3")
            }
            _ => return Err(Why::NoForm),
        };
        let is_bytes = self.file.text[inner.prefix.clone()].iter().any(|b| b.eq_ignore_ascii_case(&b'b'));
        let form = if is_bytes { format!("{form}.encode()") } else { form };
        let token = self.file.lexed.tokens[index].span.clone();
        Ok(Site { import: Some(import), ..site(token, form) })
    }

    /// Whether nothing but space is before it on its line.
    fn is_line_start(&self, index: usize) -> bool {
        let start = self.file.lexed.tokens[index].span.start;
        let line = self.file.text[..start].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        self.file.text[line..start].trim_ascii().is_empty()
    }

    fn javascript(&self, index: usize, inner: &Text) -> Result<(), Why> {
        let before = self.before(index);
        // `=> "…"`, and not what is behind the tag of an element.
        let is_arrow = before == b">" && index >= 2 && self.token(index - 2) == b"=";
        let is_value = is_arrow
            || matches!(before, b"=" | b"(" | b"," | b"[" | b":" | b"?" | b"|" | b"&" | b"+")
            || matches!(
                before,
                b"return" | b"await" | b"default" | b"throw" | b"case" | b"in" | b"of" | b"typeof" | b"new"
            );
        if inner.quote == b'`' && !is_value {
            // A function of this name gets the pieces of the template.
            return Err(Why::Tagged);
        }
        if matches!(before, b"import" | b"from") {
            return Err(Why::Constant);
        }
        if self.behind(index) == b":" && matches!(before, b"{" | b",") {
            return Err(Why::Key);
        }
        if !is_value {
            return Err(Why::NotAValue);
        }
        // Types and enumerations have no values that are computed.
        let is_type = |i: usize| matches!(self.token(i), b"type" | b"interface" | b"enum" | b"declare");
        let mut statements = std::iter::once(index)
            .chain(self.file.lexed.open(index))
            .filter_map(|within| self.statement(within).map(|first| first..within.min(first + 3)));
        if self.file.kind.language == Language::TypeScript && statements.any(|mut words| words.any(is_type)) {
            return Err(Why::NotAValue);
        }
        if self.is_attribute(index) { Err(Why::Attribute) } else { Ok(()) }
    }

    /// Whether it may be an attribute of an element, as in `<Client token="…">`: there is no space at the equals sign,
    /// and the name before it follows something else than what names a variable.
    fn is_attribute(&self, index: usize) -> bool {
        let tokens = &self.file.lexed.tokens;
        let Some([element, name, equals]) = index.checked_sub(3).map(|i| [i, i + 1, i + 2]) else {
            return false;
        };
        if self.token(equals) != b"=" || tokens[equals].span.end != tokens[index].span.start {
            return false;
        }
        let names_a_variable = matches!(
            self.token(element),
            b"const" | b"let" | b"var" | b"static" | b"readonly" | b"private" | b"public"
        );
        let between = tokens[element].span.end..tokens[name].span.start;
        let is_apart = matches!(tokens[element].kind, Kind::Punct(b';' | b',' | b'.' | b'{' | b'(' | b'#'))
            || self.file.text[between].contains(&b'\n');
        self.file.kind.reader == Reader::Jsx || (!names_a_variable && !is_apart)
    }

    /// What else must be replaced in Go: a constant is none any more.
    fn go(&self, index: usize) -> Result<Option<(Range<usize>, String)>, Why> {
        let before = self.before(index);
        if !matches!(
            before,
            b"=" | b"(" | b"," | b"[" | b":" | b"{" | b"+" | b"&" | b"|" | b"!" | b"return" | b"case"
        ) {
            // A tag of a field, or the path of an import.
            return Err(Why::NotAValue);
        }
        let statement = self.statement(index);
        if self.file.lexed.open(index).any(|open| matches!(self.before(open), b"const" | b"import")) {
            return Err(Why::Constant);
        }
        match statement.map(|i| (i, self.token(i))) {
            Some((at, b"const")) => {
                // `const name = "…"` and `const name string = "…"`.
                let is_one = index - at <= 4 && self.behind(index) != b"," && before == b"=";
                let span = self.file.lexed.tokens[at].span.clone();
                if is_one { Ok(Some((span, "var".to_owned()))) } else { Err(Why::Constant) }
            }
            _ => Ok(None),
        }
    }

    /// The first piece of the statement that a piece is in: behind a line end, a semicolon or a brace.
    fn statement(&self, index: usize) -> Option<usize> {
        let mut first = index;
        while let Some(before) = first.checked_sub(1) {
            let between = self.file.lexed.tokens[before].span.end..self.file.lexed.tokens[first].span.start;
            if self.file.text[between].contains(&b'\n') || matches!(self.token(before), b";" | b"{" | b"}") {
                break;
            }
            first = before;
        }
        (first < index).then_some(first)
    }

    fn java(&self, index: usize) -> Result<(), Why> {
        if self.is_case(index) {
            return Err(Why::Pattern);
        }
        for open in self.file.lexed.open(index) {
            // `@Name(…)` and `@a.b.Name(…)`: what is in there must be constant.
            let mut at = self.file.lexed.before(open);
            while let Some(i) = at
                && (matches!(self.file.lexed.tokens[i].kind, Kind::Word) || self.token(i) == b".")
            {
                at = self.file.lexed.before(i);
            }
            if at.is_some_and(|i| self.token(i) == b"@") {
                return Err(Why::Annotation);
            }
        }
        Ok(())
    }

    /// Whether it is a label, or one of several as in `case "a", "b" ->`.
    fn is_case(&self, index: usize) -> bool {
        let is_list = |i: usize| match self.file.lexed.tokens[i].kind {
            Kind::Punct(byte) => matches!(byte, b',' | b'.'),
            _ => true,
        };
        let mut before = (0..index).rev().take_while(|i| is_list(*i));
        before.any(|i| self.token(i) == b"case")
    }

    fn rust(&self, index: usize, inner: &Text) -> Result<(), Why> {
        if self.file.text[inner.prefix.clone()].iter().any(|b| matches!(b, b'b' | b'c')) {
            return Err(Why::NotText);
        }
        let (before, behind) = (self.before(index), self.behind(index));
        if matches!(before, b"|" | b"let")
            || (matches!(behind, b"=" | b"|") && matches!(before, b"{" | b"," | b"}"))
        {
            return Err(Why::Pattern);
        }
        if self.is_pattern(index) {
            return Err(Why::Pattern);
        }
        // What is assigned to a constant, also within the braces of a value.
        for within in std::iter::once(index).chain(self.file.lexed.open(index)) {
            let words: Vec<usize> = self.rust_statement(within).collect();
            let has = |word: &[u8]| words.iter().any(|i| self.token(*i) == word && !self.is_lifetime(*i));
            if (has(b"const") || has(b"static")) && !has(b"fn") {
                return Err(Why::Constant);
            }
        }
        for open in self.file.lexed.open(index) {
            match self.before(open) {
                // `#[…]` and `#![…]`, and `name!(…)`.
                b"#" => return Err(Why::Annotation),
                b"!" => return Err(Why::Macro),
                _ => {}
            }
        }
        // What a block returns lives longer than what is read here.
        let is_owned = self.is_owned(index) || behind == b".";
        if !is_owned
            && (behind == b"}" && matches!(before, b"{" | b";" | b"}")
                || before == b"return"
                || before == b">")
        {
            return Err(Why::Returned);
        }
        Ok(())
    }

    /// Whether the string is made into one that owns its bytes: `String::from("…")`.
    fn is_owned(&self, index: usize) -> bool {
        let Some(open) = index.checked_sub(1).filter(|open| self.token(*open) == b"(") else { return false };
        open >= 1 && self.token(open - 1) == b"from"
    }

    /// The pieces of the item or statement before a piece, back to `;`, `{` or `}`.
    fn rust_statement(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..index).rev().take_while(|i| !matches!(self.token(*i), b";" | b"{" | b"}"))
    }

    /// Whether it is a word such as that of `'static`.
    fn is_lifetime(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|i| self.token(i) == b"'")
    }

    /// Whether it is in a pattern in brackets, as in `Some("…") =>` and `if let Some("…") =`.
    fn is_pattern(&self, index: usize) -> bool {
        let mut words = self.rust_statement(index).map(|i| self.token(i));
        if words.find(|word| matches!(*word, b"let" | b"=")) == Some(b"let") {
            return true;
        }
        // What follows within the same braces, up to a comma between arms, is an arrow.
        let mut depth = self.file.lexed.open(index).take_while(|open| self.token(*open) != b"{").count();
        for i in index + 1..self.file.lexed.tokens.len() {
            match (self.token(i), depth) {
                (b"(" | b"[" | b"{", _) => depth += 1,
                (b")" | b"]" | b"}" | b"," | b";", 0) => return false,
                (b")" | b"]" | b"}", _) => depth -= 1,
                (b"=", 0) if self.behind(i) == b">" => return true,
                _ => {}
            }
        }
        false
    }

    fn hcl(&self, index: usize) -> Result<(), Why> {
        if !matches!(self.before(index), b"=" | b"(" | b"," | b"[" | b":" | b"?") {
            return Err(Why::NotAValue);
        }
        if self.behind(index) == b":" && self.before(index) != b"?" {
            return Err(Why::Key);
        }
        for open in self.file.lexed.open(index) {
            // The type of a block is the first word of its line.
            match self.statement(open).map(|i| self.token(i)) {
                Some(b"variable") => return Err(Why::Default),
                Some(b"terraform" | b"backend" | b"cloud") if self.file.kind.reader == Reader::Terraform => {
                    return Err(Why::Backend);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a language reads a secret from a manager in one line.
pub(super) fn has_form(language: Language, manager: Manager) -> bool {
    match manager {
        Manager::Env => true,
        Manager::AwsSecretsManager => matches!(language, Language::Shell | Language::Python),
        Manager::Vault | Manager::Conjur => language == Language::Shell,
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// As it stands in double quotes.
fn shell_form(target: &Target<'_>) -> String {
    let name = target.name;
    match target.manager {
        // The script ends with a message where it is not set, or empty.
        Manager::Env => format!("${{{name}:?}}"),
        Manager::AwsSecretsManager => {
            format!(
                "$(aws secretsmanager get-secret-value --secret-id {name} --query SecretString --output text)"
            )
        }
        Manager::Vault => format!("$(vault kv get -mount=secret -field=value {name})"),
        Manager::Conjur => format!("$(conjur variable get --id {name})"),
    }
}

fn yaml_form(kind: FileKind, target: &Target<'_>) -> String {
    match kind.reader {
        Reader::Actions => format!("${{{{ secrets.{} }}}}", target.name),
        _ => format!("${{{}}}", target.name),
    }
}
