//! A small JSON reader (RFC 8259) for token payloads: it validates a whole text and then looks up top-level members.
//!
//! A payload has a handful of members and is read once, so nothing is built: members are found by walking the text
//! again, and values are slices of it. Nesting is tracked in one machine word (at most [`MAX_DEPTH`] levels), so
//! nothing recurses. Of members with the same name the **last** one counts, as in the JSON parsers of JavaScript,
//! Python, Go and Ruby that would read the token at its service.

use std::borrow::Cow;

/// How deep arrays and objects may nest; deeper texts are refused. No token payload needs more than three.
pub(crate) const MAX_DEPTH: u32 = 32;

/// A value as a slice of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'t> {
    /// A string: the bytes between its quotes, escapes not decoded.
    String(&'t str),
    /// A number, as written.
    Number(&'t str),
    /// An object, array, `true`, `false` or `null`, as written.
    Other(&'t str),
}

/// A valid JSON text whose top level is an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'t>(&'t str);

impl<'t> Object<'t> {
    /// Takes a whole text. `None` if it is not valid JSON, not an object, or nested too deeply.
    pub(crate) fn parse(text: &'t [u8]) -> Option<Object<'t>> {
        let text = std::str::from_utf8(text).ok()?;
        let mut reader = Reader { text, at: 0 };
        reader.space();
        if reader.peek() != Some(b'{') {
            return None;
        }
        reader.value()?;
        reader.space();
        (reader.at == text.len()).then_some(Object(text))
    }

    /// The value of the last top-level member of that name. Escapes in names are decoded before they are compared.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'t>> {
        let mut found = None;
        self.each(|key, value| {
            if is_text(key, name) {
                found = Some(value);
            }
        });
        found
    }

    /// The string called `name`, decoded.
    pub(crate) fn string(&self, name: &str) -> Option<Cow<'t, str>> {
        match self.get(name)? {
            Value::String(raw) => Some(unescape(raw)),
            _ => None,
        }
    }

    /// Whether the member called `name` is a string equal to `text`.
    pub(crate) fn is(&self, name: &str, text: &str) -> bool {
        matches!(self.get(name), Some(Value::String(raw)) if is_text(raw, text))
    }

    /// The number called `name`, rounded down. `None` too if it is outside ±2^53.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        let Value::Number(raw) = self.get(name)? else { return None };
        let number: f64 = raw.parse().ok()?;
        (number.abs() <= (1u64 << 53) as f64).then(|| number.floor() as i64)
    }

    /// The object called `name`.
    pub(crate) fn object(&self, name: &str) -> Option<Object<'t>> {
        match self.get(name)? {
            Value::Other(text) if text.starts_with('{') => Some(Object(text)),
            _ => None,
        }
    }

    fn each(&self, mut visit: impl FnMut(&'t str, Value<'t>)) {
        let mut reader = Reader { text: self.0, at: 0 };
        // The text was validated, so `None` only ends the walk.
        let mut walk = || {
            reader.space();
            reader.expect(b'{')?;
            reader.space();
            while reader.peek() == Some(b'"') {
                let key = reader.string()?;
                reader.space();
                reader.expect(b':')?;
                reader.space();
                let value = reader.value()?;
                visit(key, value);
                reader.space();
                reader.expect(b',')?;
                reader.space();
            }
            Some(())
        };
        walk();
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A string; the slice is what stands between the quotes.
    fn string(&mut self) -> Option<&'t str> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(&self.text[start..self.at - 1]);
                }
                b'\\' => {
                    let escape = *self.text.as_bytes().get(self.at + 1)?;
                    self.at += 2;
                    match escape {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<&'t str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(&self.text[start..self.at])
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// One value of any kind, with all that is in it.
    fn value(&mut self) -> Option<Value<'t>> {
        let start = self.at;
        match self.peek()? {
            b'"' => return self.string().map(Value::String),
            b'-' | b'0'..=b'9' => return self.number().map(Value::Number),
            b'{' | b'[' => self.nested()?,
            _ => self.scalar()?,
        }
        Some(Value::Other(&self.text[start..self.at]))
    }

    fn scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => None,
        }
    }

    /// An object or array. `open` holds one bit a level, innermost lowest: 1 for an object, 0 for an array.
    fn nested(&mut self) -> Option<()> {
        let (mut open, mut depth) = (0u64, 0);
        loop {
            // A value starts here.
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    if depth == MAX_DEPTH {
                        return None;
                    }
                    self.at += 1;
                    self.space();
                    open = open << 1 | (bracket == b'{') as u64;
                    depth += 1;
                    let close = if bracket == b'{' { b'}' } else { b']' };
                    if self.peek()? != close {
                        if bracket == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                _ => self.scalar()?,
            }
            // A value ended here, or an empty container awaits its end: close containers, or go to the next value.
            loop {
                self.space();
                let close = if open & 1 == 1 { b'}' } else { b']' };
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        self.space();
                        if open & 1 == 1 {
                            self.key()?;
                        }
                        break;
                    }
                    byte if byte == close => {
                        self.at += 1;
                        open >>= 1;
                        depth -= 1;
                        if depth == 0 {
                            return Some(());
                        }
                    }
                    _ => return None,
                }
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Some(())
    }
}

/// The characters of a string's inside, escapes decoded. A surrogate without its partner becomes U+FFFD.
fn chars(raw: &str) -> impl Iterator<Item = char> {
    let mut rest = raw.chars();
    let hex = |rest: &mut std::str::Chars| -> u32 {
        (0..4).fold(0, |value, _| value << 4 | rest.next().and_then(|c| c.to_digit(16)).unwrap_or(0))
    };
    std::iter::from_fn(move || {
        let c = rest.next()?;
        if c != '\\' {
            return Some(c);
        }
        Some(match rest.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut code = hex(&mut rest);
                if (0xd800..0xdc00).contains(&code) && rest.as_str().starts_with("\\u") {
                    let mut ahead = rest.clone();
                    ahead.nth(1);
                    let low = hex(&mut ahead);
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        rest = ahead;
                    }
                }
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        })
    })
}

fn unescape(raw: &str) -> Cow<'_, str> {
    if raw.contains('\\') { Cow::Owned(chars(raw).collect()) } else { Cow::Borrowed(raw) }
}

fn is_text(raw: &str, text: &str) -> bool {
    if raw.contains('\\') { chars(raw).eq(text.chars()) } else { raw == text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn members() {
        let text = br#" { "a" : "x\n\u00e9\ud83d\ude00\ud800!" , "b":-12.75e1,"c":{"a":[1,{"d":"}"}],"e":{}},
            "d":[],"n":null,"t":true,"a\u0062":"last","ab":"\/","":"empty" } "#;
        let object = Object::parse(text).unwrap();
        assert_eq!(object.string("a").unwrap(), "x\né😀\u{fffd}!");
        assert!(object.is("a", "x\né😀\u{fffd}!") && !object.is("a", "x"));
        assert_eq!(object.integer("b"), Some(-128));
        assert_eq!(object.get("b"), Some(Value::Number("-12.75e1")));
        assert_eq!(object.get("n"), Some(Value::Other("null")));
        assert_eq!(object.get("t"), Some(Value::Other("true")));
        assert_eq!(object.get("d"), Some(Value::Other("[]")));
        assert_eq!(object.string("ab").unwrap(), "/");
        assert_eq!(object.string("").unwrap(), "empty");
        assert_eq!(object.get("e"), None);
        assert!(object.object("c").unwrap().object("e").is_some());
        assert_eq!(object.string("b"), None);
        assert_eq!(object.integer("a"), None);
        assert!(object.object("d").is_none());
    }

    #[test]
    fn last_of_equal_names_counts() {
        let object = Object::parse(br#"{"iss":"user","\u0069ss":"other"}"#).unwrap();
        assert!(object.is("iss", "other"));
    }

    #[test]
    fn numbers_out_of_range() {
        let object =
            Object::parse(br#"{"a":1e400,"b":9007199254740993000,"c":-0.5,"d":1760000000.9}"#).unwrap();
        assert_eq!(
            ["a", "b", "c", "d"].map(|n| object.integer(n)),
            [None, None, Some(-1), Some(1_760_000_000)]
        );
    }

    #[test]
    fn malformed() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[]",
            "\"a\"",
            "1",
            "null",
            "{}}",
            "{} x",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":.5}",
            "{\"a\":+1}",
            "{\"a\":1e}",
            "{\"a\":-}",
            "{\"a\":tru}",
            "{\"a\":nulls}",
            "{\"a\":\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12g4\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":[}",
            "{\"a\":[1,]}",
            "{\"a\":[1}",
            "{\"a\":{]}",
            "{\"a\":[1]]}",
            "{\"a\":\"\\",
            "\u{feff}{}",
            "{\"a\":1}/**/",
        ] {
            assert!(Object::parse(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Object::parse(b"{\"a\":\"\xff\"}").is_none());
        for text in ["{}", "\t{\r\n}\n", "{\"a\":[[],{},[{}]]}", "{\"a\":0}", "{\"a\":-0.0E+0}"] {
            assert!(Object::parse(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        for (depth, ok) in [(MAX_DEPTH, true), (MAX_DEPTH + 1, false), (100_000, false)] {
            let inner = depth as usize - 1;
            let text = format!("{{\"a\":{}{}}}", "[".repeat(inner), "]".repeat(inner));
            assert_eq!(Object::parse(text.as_bytes()).is_some(), ok, "{depth}");
        }
    }

    #[test]
    fn mutations_never_panic() {
        let seed = br#"{"iss":"user","jti":"at-0\u00e9\ud83d\ude00","n":[1,-2.5e3,{"a":[]},true,null],"e":{"x":"\\"}}"#;
        let mut random = Random::new(7);
        let (mut valid, mut invalid) = (0, 0);
        for _ in 0..200_000 {
            let text = random.mutate(seed);
            match Object::parse(&text) {
                Some(object) => {
                    valid += 1;
                    for name in ["iss", "jti", "n", "e"] {
                        let _ = (object.string(name), object.integer(name), object.object(name));
                    }
                }
                None => invalid += 1,
            }
        }
        assert!(valid > 1000 && invalid > 1000, "{valid} {invalid}");
    }
}
