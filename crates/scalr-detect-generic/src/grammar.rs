//! Where a secret without a shape may stand: a name that says so, something that assigns, and a value.
//!
//! There is no parser per language. A small grammar around the name covers what languages have in common: the name may be
//! quoted, indexed or an XML tag; between it and the value stand a type, an operator, a call, and quotes, which may be
//! escaped. Everything is bounded, so that the work for a name is, too.

use crate::table::Head;
use crate::{plain, rarity};
use std::ops::Range;

/// What the name says the value is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Word {
    /// `password`, `passwd`, `pass`, `passphrase`, `pwd`, `pw`.
    Password,
    /// `secret`.
    Secret,
    /// `token`.
    Token,
    /// `key`.
    Key,
    /// `auth`, `authorization`.
    Auth,
    /// `cred`, `credential`.
    Credential,
    /// `identified by`, of SQL.
    Identified,
}

/// A word that names secrets, and how it is looked for.
#[derive(Debug)]
pub struct Trigger {
    /// Three letters of the word, in any case, that are rare in other words.
    pub letters: [u8; 3],
    /// Their offset in the word.
    pub offset: usize,
    /// The word, in lower case.
    text: &'static [u8],
    word: Word,
    /// What may follow in small letters.
    endings: &'static [&'static [u8]],
}

const fn trigger(at: usize, text: &'static str, word: Word, endings: &'static [&'static [u8]]) -> Trigger {
    let text = text.as_bytes();
    Trigger { letters: [text[at], text[at + 1], text[at + 2]], offset: at, text, word, endings }
}

/// What to look for.
pub static TRIGGERS: [Trigger; 10] = [
    trigger(0, "pass", Word::Password, &[b"word", b"wd", b"phrase", b"code", b"key", b"s", b"w"]),
    trigger(0, "pwd", Word::Password, &[b"s"]),
    trigger(0, "psw", Word::Password, &[b"d", b"rd"]),
    trigger(1, "secret", Word::Secret, &[b"s", b"key", b"token", b"access"]),
    trigger(0, "token", Word::Token, &[b"s", b"value"]),
    trigger(0, "key", Word::Key, &[b"s", b"value"]),
    trigger(
        1,
        "auth",
        Word::Auth,
        &[b"orization", b"key", b"token", b"code", b"pass", b"secret", b"entication", b"s"],
    ),
    trigger(2, "credential", Word::Credential, &[b"s"]),
    trigger(0, "_pw", Word::Password, &[b"ds", b"d"]),
    Trigger { letters: *b"y '", offset: 12, text: b"identified by", word: Word::Identified, endings: &[] },
];

/// What stands between the name and the value.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Operator {
    /// `=`, `:=`
    Assign,
    /// `:`
    Colon,
    /// `=>`, `->`
    Arrow,
    /// `==`, `!=`, `===`
    Compare,
    /// `,` behind a quoted name
    Comma,
    /// `(`
    Call,
    /// `>` of a tag, or the `value=` behind a name in an attribute
    Tag,
    /// `|`
    Bar,
    /// Only white space
    Space,
    /// `is` and its like, in prose
    Is,
}

/// What encloses the value.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Quote {
    /// Nothing
    None,
    /// `'`
    Single,
    /// `"`
    Double,
    /// A backquote
    Back,
    /// `\"` or `\'`, `&quot;`
    Escaped,
}

/// A value that may be a secret.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What the name says.
    pub word: Word,
    /// The name.
    pub name: Range<usize>,
    /// The word in it.
    pub at: Range<usize>,
    /// The value, without quotes.
    pub value: Range<usize>,
    /// Between them.
    pub operator: Operator,
    /// Around the value.
    pub quote: Quote,
    /// Whether the name is quoted or in brackets.
    pub quoted_name: bool,
    /// Whether a call stands around the value.
    pub wrapped: bool,
    /// Whether a type stands between the name and the operator.
    pub typed: bool,
    /// Whether the value is text, and may be a password nevertheless: a word or a phrase.
    pub plain: bool,
    /// Whether the name is a word that ends as another does, such as `bypass`, and nothing but a space stands behind it.
    pub ending: bool,
    /// The head of a table in which the name stands.
    head: Option<Head>,
}

/// What the grammar says of a place.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The value that is named there.
    pub candidate: Option<Candidate>,
    /// Whether more text behind the haystack's end might change that, or how likely the value is a secret.
    pub open: bool,
}

/// The longest name, on either side of its word.
pub(crate) const NAME: usize = 48;
/// The most white space.
const SPACE: usize = 48;
/// The most quotes, operators and white space between a name and its value, all together.
const LITTER: usize = 200;
/// The longest value.
pub const VALUE: usize = 1024;
/// The longest word, with its ending.
const WORD: usize = 20;
/// So much text behind a value, or the end of its line, is all that counts: what is looked at, and the placeholder of a
/// redaction that starts there.
pub const KNOWN: usize = crate::AHEAD + 64;
/// The longest call or type before a value.
const WRAP: usize = 40;
/// The longest value with spaces.
const PHRASE: usize = 128;

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

impl Trigger {
    /// The end of the word, if it starts here.
    fn end(&self, haystack: &[u8], at: usize) -> Option<usize> {
        let here = haystack.get(at..at + self.text.len())?;
        if !here.eq_ignore_ascii_case(self.text) {
            return None;
        }
        let end = at + self.text.len();
        let rest = &haystack[end..haystack.len().min(end + WORD)];
        let ending =
            |ending: &&&[u8]| rest.len() >= ending.len() && rest[..ending.len()].eq_ignore_ascii_case(ending);
        if let Some(ending) = self.endings.iter().find(ending) {
            return Some(end + ending.len());
        }
        // In PascalCase and camelCase a word ends where a capital letter stands.
        let is_upper = here[here.len() - 1].is_ascii_uppercase();
        let goes_on = |next: &u8| next.is_ascii_lowercase() || is_upper && next.is_ascii_uppercase();
        (!rest.first().is_some_and(goes_on)).then_some(end)
    }
}

/// Whether the byte may follow a name that is given a value: nothing else need be looked at for most words.
const FOLLOWS: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b" \t\"'`\\&=:)(][,>|-!?+{<\n\r";
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    table
};

/// Whether what is behind a name may give it a value, told by a byte or two. `spaced`: a space may be enough.
#[inline]
fn may_follow(rest: &[u8], spaced: bool) -> bool {
    let (Some(next), Some(after)) = (rest.first(), rest.get(1)) else { return true };
    // `value` of a name and value, and `or` before a default.
    let is_sibling = |byte: &u8| matches!(byte, b'v' | b'V' | b'"' | b'\'' | b'\\' | b'&');
    match next {
        b' ' => spaced || !after.is_ascii_alphanumeric() || *after == b'o' || is_sibling(after),
        b',' | b'\n' | b'\r' => {
            let first = rest.iter().skip(1).take(SPACE).find(|byte| !byte.is_ascii_whitespace());
            first.is_none_or(is_sibling)
        }
        next => FOLLOWS[usize::from(*next)],
    }
}

/// A cursor over the haystack.
struct Cursor<'h> {
    haystack: &'h [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.haystack.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        &self.haystack[self.at..]
    }

    fn skip(&mut self, text: &[u8]) -> bool {
        let is_there = self.rest().starts_with(text);
        if is_there {
            self.at += text.len();
        }
        is_there
    }

    /// Skips the first of the texts that stands here; what belongs to it.
    fn skip_one<T: Copy>(&mut self, texts: &[(&[u8], T)]) -> Option<T> {
        texts.iter().find_map(|(text, of)| self.skip(text).then_some(*of))
    }

    /// Skips one of the words, in any case, if more follows; whether one was there.
    fn skip_word(&mut self, words: &[&[u8]]) -> bool {
        let rest = self.rest();
        let is_here =
            |word: &&&[u8]| rest.len() > word.len() && rest[..word.len()].eq_ignore_ascii_case(word);
        let found = words.iter().find(is_here).map_or(0, |word| word.len());
        self.at += found;
        found > 0
    }

    fn skip_while(&mut self, most: usize, mut of: impl FnMut(u8) -> bool) -> usize {
        let n = self.rest().iter().take(most).take_while(|byte| of(**byte)).count();
        self.at += n;
        n
    }

    fn space(&mut self) -> usize {
        self.skip_while(SPACE, |byte| byte == b' ' || byte == b'\t')
    }

    /// Skips an opening or closing quote.
    fn quote(&mut self) -> Quote {
        let quotes: [(&[u8], Quote); 9] = [
            (b"\\\"", Quote::Escaped),
            (b"\\'", Quote::Escaped),
            (b"&quot;", Quote::Escaped),
            (b"&#39;", Quote::Escaped),
            (b"&#34;", Quote::Escaped),
            (b"\\u0022", Quote::Escaped),
            (b"\"", Quote::Double),
            (b"'", Quote::Single),
            (b"`", Quote::Back),
        ];
        self.skip_one(&quotes).unwrap_or(Quote::None)
    }
}

/// The value that the word of a trigger names, if that stands at an offset.
pub fn candidate(haystack: &[u8], trigger: &Trigger, at: usize) -> Outcome {
    let nothing = |open| Outcome { candidate: None, open };
    let Some(word_end) = trigger.end(haystack, at) else {
        // The word may be cut off.
        let rest = &haystack[at..];
        let goes_on = |byte: &u8| is_name(*byte) || *byte == b' ';
        return nothing(rest.len() < WORD && rest.iter().all(goes_on));
    };
    let mut cursor = Cursor { haystack, at: word_end };
    cursor.skip_while(NAME, is_name);
    // Members, as of properties: `spring.redis.password.value`.
    while cursor.peek() == Some(b'.')
        && cursor.rest().get(1).is_some_and(u8::is_ascii_alphabetic)
        && cursor.at - at < NAME
    {
        cursor.at += 1;
        cursor.skip_while(NAME, is_name);
    }
    let is_flag = at > 0 && haystack[at - 1] == b'-';
    let follows =
        may_follow(cursor.rest(), is_flag || matches!(trigger.word, Word::Password | Word::Identified));
    // The last name in the head of a table.
    if !follows && !matches!(cursor.peek(), Some(b'\n' | b'\r')) {
        return nothing(false);
    }
    // `cpsw` is a switch, `gpsw` a register, and `$PWD` a folder.
    let is_part = trigger.text == b"psw" && at > 0 && haystack[at - 1].is_ascii_lowercase();
    if is_part || haystack[..word_end].ends_with(b"$PWD") {
        return nothing(false);
    }
    // `client_id`, `keyId` are names of names.
    if trigger.word != Word::Password && is_id(&haystack[word_end..cursor.at]) {
        return nothing(false);
    }
    let before = haystack[..at].iter().rev().take(NAME);
    let back = before.take_while(|byte| is_name(**byte) || matches!(byte, b'.' | b'$' | b'@')).count();
    let name = at - back..cursor.at;
    if opens_nothing(trigger.word, &haystack[name.start.saturating_sub(PAGE.len())..at]) {
        return nothing(false);
    }
    // A type among others, as in a table of them: `"AWS::AppSync::ApiKey": "…"`.
    if cursor.peek() == Some(b'"') && haystack[..name.start].ends_with(b"::") {
        return nothing(false);
    }
    // Of several words in a name, the first stands for all.
    let is_first =
        || !(name.start..at).any(|i| TRIGGERS.iter().any(|trigger| trigger.end(haystack, i).is_some()));
    let head = Head::of(haystack, &name).filter(|_| is_secret(trigger.word, haystack, &name));
    if let Some(Head { rows: Some(rows), open, .. }) = head {
        let candidate = below(haystack, head, rows, trigger.word, &name, &(at..word_end));
        return Outcome { candidate: candidate.filter(|_| is_first()), open };
    }
    if !follows {
        return nothing(head.is_some_and(|head| head.open));
    }
    let candidate = value(&mut cursor, trigger.word, name.clone(), at..word_end);
    let rest = cursor.rest();
    let is_known = rest.len() > KNOWN
        || rest.contains(&b'\n') && !(is_value_to_come(rest) && is_called_name(&haystack[..name.start]));
    let open = !is_known || head.is_some_and(|head| head.open);
    Outcome { candidate: candidate.filter(|_| is_first()), open }
}

/// Whether a column of this name has secrets: `Key` alone has the names of values, and there are public ones.
fn is_secret(word: Word, haystack: &[u8], name: &Range<usize>) -> bool {
    let ends = |text: &[u8], word: &&[u8]| {
        text.len() >= word.len() && text[text.len() - word.len()..].eq_ignore_ascii_case(word)
    };
    let before = haystack[name.start.saturating_sub(NAME)..name.start].trim_ascii_end();
    let kinds: [&[u8]; 4] = [b"api", b"secret", b"access", b"private"];
    word != Word::Key || name.len() > b"keys".len() || kinds.iter().any(|kind| ends(before, kind))
}

impl Candidate {
    fn new(
        word: Word,
        name: Range<usize>,
        at: Range<usize>,
        value: Range<usize>,
        operator: Operator,
        quote: Quote,
    ) -> Candidate {
        Candidate {
            word,
            name,
            at,
            value,
            operator,
            quote,
            quoted_name: false,
            wrapped: false,
            typed: false,
            plain: false,
            ending: false,
            head: None,
        }
    }

    /// Whether the name is in the head of a table, and the value below it.
    pub fn is_in_table(&self) -> bool {
        self.head.is_some()
    }

    /// Of a value in a table, the next one below it.
    pub fn below(&self, haystack: &[u8]) -> Option<Candidate> {
        // The lines of other texts can be long.
        self.head?;
        let line = haystack[self.value.end..].iter().position(|byte| *byte == b'\n')?;
        below(haystack, self.head, self.value.end + line + 1, self.word, &self.name, &self.at)
    }
}

/// The first value in the column of a head, in the rows from an offset on. What is no value is passed over.
fn below(
    haystack: &[u8],
    head: Option<Head>,
    mut from: usize,
    word: Word,
    name: &Range<usize>,
    at: &Range<usize>,
) -> Option<Candidate> {
    let head = head?;
    while let Some(cell) = head.cell(haystack, from) {
        let mut cursor = Cursor { haystack, at: cell.start };
        let quote = cursor.quote();
        let start = cursor.at;
        let end = match quote {
            Quote::None => cell.end,
            quote => {
                let closed = quoted(&mut cursor, quote, false);
                if closed.is_some() { cursor.at } else { start }
            }
        };
        let text = &haystack[start..end];
        let is_whole = !text.iter().any(u8::is_ascii_whitespace);
        let named = Named { word, name: &haystack[name.clone()], quote };
        let plain = if is_whole { named.may_be(text, head.has_users) } else { None };
        if let Some(plain) = plain {
            let value = start..end;
            let found = Candidate::new(word, name.clone(), at.clone(), value, Operator::Bar, quote);
            return Some(Candidate { plain, head: Some(head), ..found });
        }
        from = cell.end + 1 + haystack[cell.end..].iter().position(|byte| *byte == b'\n')?;
    }
    None
}

/// What is known of a value but itself.
struct Named<'h> {
    word: Word,
    name: &'h [u8],
    quote: Quote,
}

impl Named<'_> {
    /// Whether the text may be the value; `words`: even if it is a word. `None` if not, otherwise whether it is one.
    fn may_be(&self, text: &[u8], words: bool) -> Option<bool> {
        // A value without quotes in capital letters is the name of a constant.
        let is_constant = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        let may_be = (3..VALUE).contains(&text.len())
            && !is_known(text)
            && !(self.word == Word::Key && is_public_key(self.name, text))
            && (self.word == Word::Password || !plain::holds(self.name, text))
            && !(self.quote == Quote::None
                && text.contains(&b'_')
                && text.iter().all(is_constant)
                && !is_random(text));
        let is_word = may_be && words && self.word == Word::Password && plain::is_word(self.name, text);
        (may_be && (is_word || !is_text(text))).then_some(is_word)
    }
}

/// The value whose name is the word at a place, and no more: a provider's name says that it is a key, if it looks random
/// and not like a digest.
pub fn named(haystack: &[u8], at: Range<usize>) -> Outcome {
    /// The shortest value.
    const LEAST: usize = 15;
    let mut cursor = Cursor { haystack, at: at.end };
    // What says no more than that it is for an API, or where.
    cursor.skip_while(1, |byte| matches!(byte, b'_' | b'-'));
    if !cursor.skip_word(&[b"api", b"app", b"access", b"bearer", b"live", b"prod", b"test", b"dev"]) {
        cursor.at = at.end;
    }
    let before = haystack[..at.start].iter().rev().take(NAME);
    let back = before.take_while(|byte| is_name(**byte) || matches!(byte, b'$' | b'@')).count();
    let name = at.start - back..cursor.at;
    if cursor.peek().is_some_and(is_name) || !may_follow(cursor.rest(), false) {
        return Outcome { candidate: None, open: false };
    }
    let candidate = value(&mut cursor, Word::Key, name, at);
    // Lists of digests are by name, too, but hardly as assignments.
    let is_digest =
        |text: &[u8]| matches!(text.len(), 32 | 40 | 64 | 96 | 128) && text.iter().all(u8::is_ascii_hexdigit);
    let is_key = |candidate: &Candidate| {
        let text = &haystack[candidate.value.clone()];
        // `adobe:docid:…` is one name with parts.
        let is_apart =
            candidate.operator != Operator::Colon || candidate.value.start > candidate.name.end + 1;
        matches!(candidate.operator, Operator::Assign | Operator::Colon | Operator::Arrow | Operator::Tag)
            && is_apart
            && text.len() >= LEAST
            && text.iter().any(u8::is_ascii_digit)
            && (!is_digest(text) || candidate.operator == Operator::Assign && !candidate.quoted_name)
    };
    let rest = cursor.rest();
    Outcome { candidate: candidate.filter(is_key), open: rest.len() <= KNOWN && !rest.contains(&b'\n') }
}

/// Whether nothing has come yet behind a name but the end of its line.
fn is_value_to_come(rest: &[u8]) -> bool {
    rest.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\''))
}

/// Whether `name:` stands before, whose `value:` is on the next line.
fn is_called_name(before: &[u8]) -> bool {
    let marks =
        before.iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'' | b' ' | b':' | b'=')).count();
    let before = &before[..before.len() - marks];
    marks > 0 && [&b"name"[..], b"Name", b"key", b"Key"].iter().any(|word| before.ends_with(word))
}

/// Skips to the value that stands beside the name: `<key>ApiKey</key><string>…`, `"name": "API_KEY", "value": "…"`.
fn sibling(cursor: &mut Cursor<'_>, is_closed: bool) -> Option<Operator> {
    let start = cursor.at;
    let blank = |byte: u8| byte.is_ascii_whitespace();
    if is_closed && cursor.skip(b"</") {
        cursor.skip_while(24, |byte| byte.is_ascii_alphanumeric() || byte == b':');
        if cursor.skip(b">") {
            cursor.skip_while(SPACE, blank);
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b':';
            if cursor.skip(b"<") && cursor.skip_while(24, is_name) > 0 && cursor.skip(b">") {
                return Some(Operator::Tag);
            }
        }
    } else if matches!(cursor.peek(), Some(b',' | b'\n' | b'\r' | b' ')) {
        cursor.skip(b",");
        cursor.skip_while(SPACE, blank);
        cursor.quote();
        if cursor.skip(b"value") || cursor.skip(b"Value") {
            cursor.quote();
            cursor.space();
            if cursor.skip(b":") || cursor.skip(b"=") {
                return Some(Operator::Colon);
            }
        }
    }
    cursor.at = start;
    None
}

const PAGE: &[u8] = b"page ";

/// Whether the name, of which this is what stands before its word, is that of something which opens nothing: where the next page
/// of a list begins, what a handshake of WebSocket is answered with, what rows are found or sorted by.
fn opens_nothing(word: Word, before: &[u8]) -> bool {
    let names: &[&[u8]] = match word {
        Word::Token => &[b"next", b"page", b"pagination", b"continuation", b"continue", b"cursor"],
        Word::Key => {
            &[b"websocket", b"primary", b"foreign", b"partition", b"sort", b"routing", b"cache", b"result"]
        }
        _ => return false,
    };
    let before = match before {
        [start @ .., b' ' | b'_' | b'-'] => start,
        _ => before,
    };
    let ends = |name: &&[u8]| {
        before.len() >= name.len() && before[before.len() - name.len()..].eq_ignore_ascii_case(name)
    };
    names.iter().any(ends)
}

/// Whether the last word of a name's end is `id`.
fn is_id(end: &[u8]) -> bool {
    let end = end.strip_suffix(b"s").unwrap_or(end);
    let Some(before) = end.len().checked_sub(2).map(|at| end[..at].last()) else { return false };
    let id = &end[end.len() - 2..];
    let starts_word = !before.is_some_and(u8::is_ascii_alphanumeric) || id[0] == b'I';
    starts_word && (id == b"id" || id == b"Id" || id == b"ID")
}

/// What follows the name, which ends at the cursor.
fn value(cursor: &mut Cursor<'_>, word: Word, name: Range<usize>, at: Range<usize>) -> Option<Candidate> {
    let end = cursor.at;
    as_written(cursor, word, name.clone(), at.clone()).or_else(|| {
        let reached = std::mem::replace(&mut cursor.at, end);
        let candidate = littered(cursor, word, name, at);
        // All that was looked at counts.
        cursor.at = cursor.at.max(reached);
        candidate
    })
}

/// What follows the name as languages write it.
fn as_written(
    cursor: &mut Cursor<'_>,
    word: Word,
    name: Range<usize>,
    at: Range<usize>,
) -> Option<Candidate> {
    let first = cursor.haystack[name.start];
    let before = name.start.checked_sub(1).map(|i| cursor.haystack[i]);
    let is_flag = first == b'-';
    let is_tag = matches!(before, Some(b'<' | b'/')) || before == Some(b':') && name.start > 1;
    let quoted_name = close_name(cursor)?;
    let is_cell = [b"<td>", b"<th>"].iter().any(|tag| cursor.haystack[..name.start].ends_with(*tag));
    let sibling = sibling(cursor, quoted_name || is_tag || is_cell);
    let spaces = cursor.space();
    let mut operator = match sibling {
        Some(operator) => operator,
        None => operator(cursor, quoted_name, is_tag)?,
    };
    if operator == Operator::Space {
        // Only where words are parted by spaces: flags, netrc, SQL.
        let is_string = matches!(cursor.peek(), Some(b'"' | b'\'' | b'@'));
        if spaces == 0 || !(is_flag || is_string || matches!(word, Word::Password | Word::Identified)) {
            return None;
        }
        // `IDENTIFIED WITH native_password BY '…'`, `the password is …`.
        if cursor.skip_word(&[b"is ", b"is: "]) {
            operator = Operator::Is;
        } else {
            cursor.skip_word(&[b"by ", b"to ", b"as "]);
        }
        cursor.space();
    }
    let typed = operator == Operator::Colon && !quoted_name && skip_type(cursor);
    if typed {
        operator = Operator::Assign;
    }
    cursor.space();
    // Bold in Markdown: `**Token:** …`.
    if operator == Operator::Colon && cursor.skip(b"**") {
        cursor.space();
    }
    let line = cursor.at;
    next_line(cursor, operator)?;
    let is_below = cursor.at > line;
    let wrapped = wrap(cursor)?;
    let quote = cursor.quote();
    if wrapped && quote == Quote::None {
        return None;
    }
    if quote == Quote::Double && cursor.rest().starts_with(b"\"\"") {
        cursor.at += 2;
    }
    if quote != Quote::None {
        // A scheme within the quotes.
        cursor.skip_word(&[b"bearer ", b"token ", b"apikey "]);
    }
    let start = cursor.at;
    let is_query = matches!(before, Some(b'?' | b'&'));
    match quote {
        Quote::None => bare(cursor, operator, is_query)?,
        quote => quoted(cursor, quote, matches!(word, Word::Password | Word::Secret))?,
    }
    // A value on the next line stands there alone; behind the label of an assembler is an instruction.
    let goes_on = matches!(cursor.peek(), Some(b' ' | b'\t')) && !cursor.rest().starts_with(b" #");
    if is_below && quote == Quote::None && goes_on {
        return None;
    }
    let value = start..cursor.at;
    let text = &cursor.haystack[value.clone()];
    let words = match operator {
        Operator::Compare | Operator::Call | Operator::Comma | Operator::Bar => false,
        // `pass "--verbose" to the linker`
        Operator::Space | Operator::Is if at.len() <= b"pass".len() => false,
        _ => !wrapped && quote != Quote::None,
    };
    let named = Named { word, name: &cursor.haystack[name.clone()], quote };
    let plain = if text.contains(&b' ') {
        (words && quote != Quote::Back && !is_known(text) && plain::is_phrase(text)).then_some(true)?
    } else {
        named.may_be(text, words)?
    };
    let ending = operator == Operator::Space
        && at.len() <= b"pass".len()
        && cursor.haystack[..at.start].last().is_some_and(u8::is_ascii_lowercase);
    let found = Candidate::new(word, name, at, value, operator, quote);
    Some(Candidate { quoted_name, wrapped, typed, plain, ending, ..found })
}

/// What follows the name behind more quotes and operators than any language has, as where files were glued together from
/// parts that were quoted already: `key" = ": '" …`. Only a value that looks random is believed there.
fn littered(cursor: &mut Cursor<'_>, word: Word, name: Range<usize>, at: Range<usize>) -> Option<Candidate> {
    /// The fewest quotes and operators, and the shortest value.
    const MARKS: usize = 3;
    const LEAST: usize = 16;
    let mut marks = 0;
    cursor.skip_while(LITTER, |byte| {
        let is_mark = matches!(byte, b'"' | b'\'' | b'`' | b'=' | b':' | b'>');
        marks += usize::from(is_mark);
        is_mark || matches!(byte, b' ' | b'\t')
    });
    if marks < MARKS {
        return None;
    }
    let start = cursor.at;
    let in_value = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.:~".contains(&byte);
    let length = cursor.skip_while(VALUE, in_value);
    let value = start..cursor.at;
    let text = &cursor.haystack[value.clone()];
    let ends = cursor.peek().is_none_or(|next| next.is_ascii_whitespace() || b"\"'`,;<".contains(&next));
    if !(LEAST..VALUE).contains(&length)
        || !ends
        || !text.iter().any(u8::is_ascii_digit)
        || is_known(text)
        || word == Word::Key && is_public_key(&cursor.haystack[name.clone()], text)
    {
        return None;
    }
    Some(Candidate::new(word, name, at, value, Operator::Assign, Quote::None))
}

/// Skips quotes and brackets behind the name: `"name"`, `['name']`, `name[32]`, `getenv("name")`. Whether it is quoted.
fn close_name(cursor: &mut Cursor<'_>) -> Option<bool> {
    let mut quoted = false;
    for _ in 0..3 {
        if cursor.quote() != Quote::None {
            quoted = true;
        } else if cursor.peek() == Some(b']') || cursor.peek() == Some(b')') && quoted {
            cursor.at += 1;
        } else if cursor.peek() == Some(b'[') && !quoted {
            cursor.at += 1;
            cursor.skip_while(8, |byte| byte.is_ascii_digit());
            if !cursor.skip(b"]") {
                return None;
            }
        } else {
            break;
        }
    }
    Some(quoted)
}

/// Skips a type and the `=` behind it, as in `password: String = "…"`; whether there is one.
fn skip_type(cursor: &mut Cursor<'_>) -> bool {
    let back = cursor.at;
    cursor.space();
    let is_string = matches!(cursor.peek(), Some(b'\'' | b'"' | b'`'));
    let n = cursor.skip_while(if is_string { 0 } else { WRAP }, |byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'<' | b'>' | b'[' | b']' | b'?' | b'&' | b'*' | b'.' | b':' | b'\'')
    });
    cursor.space();
    // Not the padding of base64 at the end of a value.
    let ends = |next: u8| matches!(next, b'=' | b'>' | b'\n' | b'\r' | b',' | b'}' | b'"' | b'&' | b';');
    let is_there =
        n > 0 && cursor.peek() == Some(b'=') && !cursor.rest().get(1).is_none_or(|next| ends(*next));
    cursor.at = if is_there { cursor.at + 1 } else { back };
    is_there
}

/// Goes to the next line where the value stands there: behind `:` of JSON, `|` of a block in YAML, or an operator at the end of
/// a line. `None` if there is no value then.
fn next_line(cursor: &mut Cursor<'_>, operator: Operator) -> Option<()> {
    if matches!(cursor.peek(), Some(b'|' | b'>')) && operator == Operator::Colon {
        let back = cursor.at;
        cursor.at += 1;
        cursor.skip_while(2, |byte| matches!(byte, b'-' | b'+'));
        if !matches!(cursor.peek(), Some(b'\n' | b'\r')) {
            cursor.at = back;
        }
    }
    if matches!(cursor.peek(), Some(b'\n' | b'\r'))
        && matches!(operator, Operator::Assign | Operator::Colon | Operator::Call)
    {
        cursor.skip(b"\r");
        cursor.skip(b"\n");
        // What is not indented belongs to nothing above it.
        return (cursor.space() > 0).then_some(());
    }
    Some(())
}

/// Skips calls around the value, a letter before its quote, and the scheme of a header; whether there is a call. `None` if the
/// scheme is one whose value others can read.
fn wrap(cursor: &mut Cursor<'_>) -> Option<bool> {
    let mut wrapped = false;
    for _ in 0..3 {
        let back = cursor.at;
        let n = cursor.skip_while(WRAP, |byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b':' | b'.' | b'!' | b'@' | b'$' | b'&' | b'[' | b']')
        });
        // `String("…")`, `[]string{"…"`
        let opens = cursor.peek() == Some(b'(') || cursor.rest().starts_with(b"{\"");
        if opens && n > 0 {
            cursor.at += 1;
            cursor.space();
            wrapped = true;
            continue;
        }
        let text = &cursor.haystack[back..cursor.at];
        let is = |scheme: &[u8]| text.eq_ignore_ascii_case(scheme);
        if cursor.peek() == Some(b' ') && is(b"basic") {
            return None;
        }
        if cursor.peek() == Some(b' ') && (is(b"bearer") || is(b"token") || is(b"apikey") || is(b"key")) {
            cursor.space();
        } else if n > 2 || !matches!(cursor.peek(), Some(b'"' | b'\'' | b'`')) {
            cursor.at = back;
        }
        break;
    }
    Some(wrapped)
}

/// Skips a value in quotes, up to the closing one. `None` if there is white space, as in a sentence, or no closing quote. `spaced`:
/// spaces may be there, of a value that is not long.
fn quoted(cursor: &mut Cursor<'_>, quote: Quote, spaced: bool) -> Option<()> {
    let close = match quote {
        Quote::Single => b'\'',
        Quote::Double => b'"',
        Quote::Back => b'`',
        Quote::Escaped | Quote::None => {
            let inside = |byte: u8| !matches!(byte, b'\\' | b'"' | b'&') && !byte.is_ascii_whitespace();
            cursor.skip_while(VALUE, inside);
            return Some(());
        }
    };
    let start = cursor.at;
    let mut most = VALUE;
    while cursor.at - start < most {
        match cursor.peek() {
            Some(b'\\') if cursor.rest().get(1).is_some_and(|next| *next != b'\n') => cursor.at += 2,
            Some(b' ') if spaced && cursor.at > start => {
                most = PHRASE;
                cursor.at += 1;
            }
            Some(byte) if byte.is_ascii_whitespace() => return None,
            Some(byte) if byte != close => cursor.at += 1,
            _ => break,
        }
    }
    cursor.at = cursor.at.min(cursor.haystack.len());
    (cursor.at == cursor.haystack.len() || cursor.peek() == Some(close)).then_some(())
}

/// Whether a key is public by its name, or by its form the id or fingerprint of a key of PGP.
fn is_public_key(name: &[u8], value: &[u8]) -> bool {
    name.windows(3).any(|three| three.eq_ignore_ascii_case(b"pub"))
        || matches!(value.len(), 8 | 16 | 40)
            && value.iter().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte))
}

/// What is less rare is text, in eighths of a bit a character.
pub(crate) const TEXT: i16 = 36;
/// Whether a value is far rarer than words, which names and paths are made of.
fn is_random(value: &[u8]) -> bool {
    /// In eighths of a bit a character.
    const RARE: i16 = 50;
    value.len() >= 24
        && value.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
        && rarity::of(value).0 >= RARE
}

/// Whether a value is no rarer than text, and has no digit.
fn is_text(value: &[u8]) -> bool {
    !value.iter().any(u8::is_ascii_digit) && rarity::of(value).0 < TEXT
}

/// Whether a value is certain to be something else: a reference, the name of a resource, a public key, a fingerprint, a call.
fn is_known(value: &[u8]) -> bool {
    let starts = |text: &str| value.starts_with(text.as_bytes());
    let is_hash = ["$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$y$", "$apr1$", "$argon2"]
        .iter()
        .any(|m| starts(m));
    let is_reference = value[0] == b'$'
        && !is_hash
        && value[1..].iter().all(|b| b.is_ascii_alphanumeric() || b"_{}.:()[]$-".contains(b))
        || ["${", "$(", "{{", "#{", "<%", "%(", "@{", "${{", "%{", "{%"].iter().any(|mark| starts(mark))
        || value[0] == b'%' && value[value.len() - 1] == b'%'
        || value[0] == b'<' && value[value.len() - 1] == b'>';
    let is_resource = starts("arn:") || starts("urn:");
    let is_public = ["ssh-", "ecdsa-", "sk-ssh-", "AAAA", "-----BEGIN PUBLIC", "-----BEGIN CERT"]
        .iter()
        .any(|mark| starts(mark));
    // Public keys of NATS: base32, of users, accounts, operators, servers and clusters. Seeds begin with S.
    let is_nkey = value.len() == 56
        && b"UAONC".contains(&value[0])
        && value.iter().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte));
    let is_fingerprint = value.len() >= 11
        && value.iter().enumerate().all(|(i, b)| if i % 3 == 2 { *b == b':' } else { b.is_ascii_hexdigit() });
    let is_path = ["/", "./", "../", "~/", "http://", "https://", "C:\\"].iter().any(|mark| starts(mark))
        && value.contains(&b'/')
        && !value.iter().any(|b| matches!(b, b'+' | b'='))
        // One in sixty-four values in base64 begins with `/`.
        && !(value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'/') && is_random(value));
    let has = |text: &str| value.windows(text.len()).any(|window| window == text.as_bytes());
    let is_elided = has("EXAMPLE") || has("...") || has("\u{2026}") || has("***") || has("\u{2022}");
    // Dates, and what was encrypted by tools that say so.
    let digits =
        |range: Range<usize>| value.get(range).is_some_and(|text| text.iter().all(u8::is_ascii_digit));
    let is_date = digits(0..4) && value.get(4) == Some(&b'-') && digits(5..7) && value.get(7) == Some(&b'-');
    let is_encrypted =
        starts("ENC[") || starts("ENC(") || starts("{") && value.ends_with(b"=}") || starts("vault:");
    // What looks like a signed token is for those who can read it.
    let is_token = starts("eyJ") && value.contains(&b'.');
    // Bytes of a test vector.
    let is_bytes =
        starts("\\x") || starts("0x") && value.len() < 40 || value.iter().any(u8::is_ascii_control);
    is_reference
        || is_resource
        || is_public
        || is_nkey
        || is_fingerprint
        || is_path
        || is_elided
        || is_token
        || is_bytes
        || is_date
        || is_encrypted
}

/// Skips a value without quotes. `None` for a list of names and values, which is not read to its end: each of its names may
/// be asked after.
fn bare(cursor: &mut Cursor<'_>, operator: Operator, is_query: bool) -> Option<()> {
    // What a tag encloses is one value.
    let is_tag = operator == Operator::Tag;
    let start = cursor.at;
    let (mut equals, mut colons, mut last) = (0, 0, 0);
    cursor.skip_while(VALUE, |byte| {
        // An `=` at the end is the padding of base64.
        equals += u8::from(last == b'=' && byte != b'=');
        colons += u8::from(byte == b':');
        last = byte;
        let ends = match byte {
            b'"' | b'\'' | b'`' | b';' | b'<' | b'>' | b'|' | b',' | b'\\' => true,
            b'&' | b'#' => is_query,
            0x21..=0x7e => false,
            _ => true,
        };
        !ends && (equals < 2 || is_tag) && colons < 5
    });
    if equals >= 2 && !is_tag || colons >= 5 {
        return None;
    }
    // What closes something that was opened before.
    let opens = |open: u8, close: u8, text: &[u8]| {
        text.iter().filter(|byte| **byte == open).count() < text.iter().filter(|byte| **byte == close).count()
    };
    loop {
        let text = &cursor.haystack[start..cursor.at];
        let cut = match text.last() {
            Some(b')') => opens(b'(', b')', text),
            Some(b']') => opens(b'[', b']', text),
            Some(b'}') => opens(b'{', b'}', text),
            Some(b'.' | b':') => operator != Operator::Assign,
            _ => false,
        };
        if !cut {
            return Some(());
        }
        cursor.at -= 1;
    }
}

fn operator(cursor: &mut Cursor<'_>, quoted_name: bool, is_tag: bool) -> Option<Operator> {
    let operators: [(&[u8], Operator); 12] = [
        (b"===", Operator::Compare),
        (b"!==", Operator::Compare),
        (b"==", Operator::Compare),
        (b"!=", Operator::Compare),
        (b"=>", Operator::Arrow),
        (b":=", Operator::Assign),
        (b"?=", Operator::Assign),
        (b"+=", Operator::Assign),
        (b"||=", Operator::Assign),
        (b"->", Operator::Arrow),
        (b"|| ", Operator::Assign),
        (b"or ", Operator::Assign),
    ];
    if let Some(operator) = cursor.skip_one(&operators) {
        return Some(operator);
    }
    // `token{"…"}`
    if cursor.rest().starts_with(b"{\"") {
        cursor.at += 1;
        return Some(Operator::Call);
    }
    if cursor.rest().starts_with(b"::") {
        return None;
    }
    let next = cursor.peek()?;
    // `name="password" value="…"`.
    if quoted_name && next.is_ascii_alphabetic() {
        let back = cursor.at;
        if cursor.skip(b"value") {
            cursor.space();
            if cursor.skip(b"=") {
                return Some(Operator::Tag);
            }
        }
        cursor.at = back;
        return None;
    }
    // `<add key="Password">…`, `<password>…`.
    let operator = match next {
        b'=' => Operator::Assign,
        b':' => Operator::Colon,
        b',' if quoted_name => Operator::Comma,
        b'(' => Operator::Call,
        b'>' if is_tag || quoted_name => Operator::Tag,
        b'|' => Operator::Bar,
        b'"' | b'\'' => return Some(Operator::Space),
        _ if next.is_ascii_graphic() => return Some(Operator::Space),
        _ => return None,
    };
    cursor.at += 1;
    Some(operator)
}
