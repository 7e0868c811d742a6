//! What is measured of a candidate: small integers, the same on every machine.

use crate::grammar::Candidate;
use crate::rarity;
use scalr_detect_check::is_placeholder;

/// How many there are.
pub const FEATURES: usize = 64;

/// Where those features are that are not only read by trees. A test holds them to what they say.
pub(crate) mod index {
    /// Length of the value, and the shares of small letters, capital ones, digits and the rest, in percent.
    pub(crate) const LENGTH: usize = 0;
    /// How many of these four kinds of byte there are.
    pub(crate) const KINDS: usize = 5;
    /// The mean rarity of the value.
    pub(crate) const RARITY: usize = 8;
    /// Whether the value is hexadecimal.
    pub(crate) const HEX: usize = 10;
    /// Counts of `/`, space, brackets, braces, `$` and `%`, and `:`.
    pub(crate) const CODE: [usize; 6] = [17, 20, 21, 22, 23, 25];
    /// Whether the value is a placeholder.
    pub(crate) const PLACEHOLDER: usize = 32;
    /// What the name says.
    pub(crate) const WORD: usize = 37;
    /// Where the counts of words in the name are: what else it is, numbers, what is shown, what is public, what makes a
    /// secret.
    pub(crate) const NAME: usize = 41;
}

/// The measures of one candidate.
pub type Features = [i16; FEATURES];

/// How far before the name the line is looked at, in bytes.
pub(crate) const BEHIND: usize = 80;

/// 256 times the binary logarithm, for whole numbers: what entropy needs.
const LOG2: [u16; 257] = {
    let mut table = [0; 257];
    let mut n = 2usize;
    while n <= 256 {
        // One binary digit of the logarithm at a time: square, and halve what is 2 or more.
        let whole = n.ilog2();
        let mut x = ((n as u64) << 32) >> whole;
        let mut fraction = 0;
        let mut bit = 0;
        while bit < 8 {
            x = ((x as u128 * x as u128) >> 32) as u64;
            fraction <<= 1;
            if x >> 33 != 0 {
                x >>= 1;
                fraction |= 1;
            }
            bit += 1;
        }
        table[n] = (whole as u16) << 8 | fraction;
        n += 1;
    }
    table
};

/// 32 times the entropy of the bytes in bits.
fn entropy(text: &[u8]) -> i16 {
    let mut counts = [0u16; 256];
    let text = &text[..text.len().min(256)];
    text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let sum: u32 = counts.iter().map(|n| u32::from(*n) * u32::from(LOG2[usize::from(*n)])).sum();
    let n = text.len().max(1) as u32;
    ((u32::from(LOG2[text.len()]).saturating_sub(sum / n)) / 8) as i16
}

/// Words that count alike, by group.
type Groups<const N: usize> = [&'static [&'static str]; N];

/// Words in names: what the value is instead (twice), that it is a number, that it is shown to people, that it is public,
/// and what makes a secret of it.
const NAME_WORDS: Groups<5> = [
    &[
        "path", "file", "dir", "url", "uri", "endpoint", "name", "type", "class", "field", "column", "table",
        "label", "title", "header", "format", "pattern", "regex", "policy", "provider", "manager", "service",
        "store", "param", "attr", "prop", "arn", "ref", "kind", "version",
    ],
    &[
        "len", "size", "count", "max", "min", "expir", "ttl", "time", "index", "num", "limit", "age", "date",
        "days", "rotat", "id", "port", "width",
    ],
    &[
        "input",
        "form",
        "button",
        "hint",
        "help",
        "message",
        "msg",
        "error",
        "text",
        "prompt",
        "placeholder",
        "page",
        "view",
        "click",
        "event",
        "style",
        "icon",
        "menu",
        "reset",
        "forgot",
        "change",
        "confirm",
        "valid",
        "require",
    ],
    &[
        "public", "pub_", "primary", "foreign", "sort", "cache", "hash", "checksum", "finger", "test",
        "example", "sample", "dummy", "fake", "mock", "invalid",
    ],
    &[
        "api", "access", "private", "secret", "auth", "db", "root", "admin", "master", "encrypt", "sign",
        "client", "app", "session", "user", "account", "bot", "storage", "refresh", "bearer", "mysql",
        "postgres", "redis", "smtp", "ftp",
    ],
];

/// Words in values: those that no secret has, and those of something else.
const VALUE_WORDS: Groups<2> = [
    &[
        "example",
        "your",
        "change",
        "placeholder",
        "insert",
        "replace",
        "todo",
        "xxx",
        "dummy",
        "sample",
        "foobar",
        "foo",
        "bar",
        "test",
        "fake",
        "mock",
        "none",
        "null",
        "true",
        "false",
        "undefined",
        "default",
        "redacted",
        "hidden",
        "random",
        "string",
        "empty",
        "here",
        "my",
        "some",
    ],
    &[
        "password", "passwd", "pass", "pwd", "secret", "token", "key", "user", "name", "auth", "login",
        "cred", "value", "get", "set", "env", "config", "http",
    ],
];

/// The words of some groups by their first letter.
struct Words<const N: usize> {
    /// Word and group.
    list: [(&'static str, u8); 128],
    /// Where the words of each letter start.
    starts: [u8; 27],
}

impl<const N: usize> Words<N> {
    const fn new(groups: &Groups<N>) -> Words<N> {
        let mut words = Words { list: [("", 0); 128], starts: [0; 27] };
        let (mut letter, mut n) = (0, 0);
        while letter < 26 {
            words.starts[letter] = n as u8;
            let mut group = 0;
            while group < N {
                let mut i = 0;
                while i < groups[group].len() {
                    if groups[group][i].as_bytes()[0] == b'a' + letter as u8 {
                        words.list[n] = (groups[group][i], group as u8);
                        n += 1;
                    }
                    i += 1;
                }
                group += 1;
            }
            letter += 1;
        }
        words.starts[26] = n as u8;
        words
    }

    /// How many words of each group are in the text, in any case.
    fn count(&self, text: &[u8]) -> [i16; N] {
        let (mut counts, mut seen) = ([0; N], 0u128);
        for (at, byte) in text.iter().enumerate() {
            let letter = usize::from(byte.to_ascii_lowercase().wrapping_sub(b'a'));
            if letter >= 26 {
                continue;
            }
            for index in self.starts[letter]..self.starts[letter + 1] {
                let (word, group) = self.list[usize::from(index)];
                let is_there = text[at..].len() >= word.len()
                    && text[at..at + word.len()].eq_ignore_ascii_case(word.as_bytes())
                    && seen >> index & 1 == 0;
                if is_there {
                    seen |= 1 << index;
                    counts[usize::from(group)] += 1;
                }
            }
        }
        counts
    }
}

static IN_NAMES: Words<5> = Words::new(&NAME_WORDS);
static IN_VALUES: Words<2> = Words::new(&VALUE_WORDS);

/// Measures a candidate.
pub fn features(haystack: &[u8], candidate: &Candidate) -> Features {
    let mut out = [0; FEATURES];
    let mut next = 0;
    let mut put = |value: i16| {
        out[next] = value;
        next += 1;
    };
    let value = &haystack[candidate.value.clone()];
    let name = &haystack[candidate.name.clone()];
    let n = value.len();
    let share = |of: &dyn Fn(&u8) -> bool| (value.iter().filter(|byte| of(byte)).count() * 100 / n) as i16;
    let has = |byte: u8| value.iter().filter(|b| **b == byte).count() as i16;
    let flag = i16::from;

    // The value: which bytes.
    put(n as i16);
    let (lower, upper) = (share(&u8::is_ascii_lowercase), share(&u8::is_ascii_uppercase));
    let digit = share(&u8::is_ascii_digit);
    put(lower);
    put(upper);
    put(digit);
    put(100 - lower - upper - digit);
    put(flag(lower > 0) + flag(upper > 0) + flag(digit > 0) + flag(lower + upper + digit < 100));
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = value.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    put((changes * 100 / n) as i16);
    put(entropy(value));
    let (mean, most) = rarity::of(value);
    put(mean);
    put(most);
    put(flag(value.iter().all(u8::is_ascii_hexdigit)));
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    put((seen.iter().filter(|seen| **seen).count() * 100 / n) as i16);
    let longest =
        |of: &dyn Fn(&u8) -> bool| value.split(|byte| !of(byte)).map(<[u8]>::len).max().unwrap_or(0) as i16;
    put(longest(&u8::is_ascii_alphabetic));
    put(longest(&u8::is_ascii_digit));
    put(kind(value[0]));
    put(kind(value[n - 1]));
    put(has(b'.'));
    put(has(b'/'));
    put(has(b'_'));
    put(has(b'-'));
    put(has(b' '));
    put(has(b'(') + has(b')') + has(b'[') + has(b']'));
    put(has(b'{') + has(b'}') + has(b'<') + has(b'>'));
    put(has(b'$') + has(b'%'));
    put(has(b'@') + has(b'#') + has(b'!') + has(b'*') + has(b'^'));
    put(has(b':'));
    put(has(b'=') + has(b'+'));
    put(has(b'\\'));
    put(i16::from(value[0]));
    put(i16::from(value[n - 1]));
    // The value: which words. Long values are random or encoded, and words in them say nothing.
    IN_VALUES.count(&value[..n.min(64)]).into_iter().for_each(&mut put);
    put(flag(is_placeholder(value)));
    let within = |a: &[u8], b: &[u8]| {
        a.len() >= b.len() && a.windows(b.len()).any(|window| window.eq_ignore_ascii_case(b))
    };
    put(flag(within(name, value)));
    put(flag(within(value, name)));
    let steps = value.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    put((steps * 100 / n) as i16);
    // One word in small letters, a word in camelCase, an identifier with dots, a path.
    let identifier = value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    put(flag(identifier)
        + flag(identifier && (has(b'.') > 0 || has(b'_') > 0))
        + flag(identifier && digit == 0));

    // The name.
    put(candidate.word as i16);
    put(name.len() as i16);
    put((candidate.name.end - candidate.at.end) as i16);
    put((candidate.at.start - candidate.name.start) as i16);
    IN_NAMES.count(name).into_iter().for_each(&mut put);
    let case = (name.iter().any(u8::is_ascii_lowercase), name.iter().any(u8::is_ascii_uppercase));
    put(flag(case.0) + 2 * flag(case.1));
    put(i16::from(candidate.name.start.checked_sub(1).map_or(b'\n', |i| haystack[i])));
    put(i16::from(name[0]));

    // Between and around.
    put(candidate.operator as i16);
    put(candidate.quote as i16);
    put(flag(candidate.quoted_name));
    put(flag(candidate.wrapped));
    put(flag(candidate.typed));
    put((candidate.value.start - candidate.name.end) as i16);
    let from = candidate.name.start.saturating_sub(BEHIND);
    let before = &haystack[from..candidate.name.start];
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(before, |at| &before[at + 1..]);
    put(line.len() as i16);
    put(line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count() as i16);
    let code = line.trim_ascii_start();
    let comment =
        [&b"//"[..], b"#", b"--", b"*", b";", b"<!--", b"/*"].iter().any(|mark| code.starts_with(mark));
    put(flag(comment));
    let behind = &haystack[candidate.value.end..haystack.len().min(candidate.value.end + crate::AHEAD)];
    let rest = behind.split(|byte| *byte == b'\n').next().unwrap_or_default();
    put(rest.len() as i16);
    put(rest.iter().filter(|byte| byte.is_ascii_alphabetic()).count() as i16);
    put(i16::from(behind.first().copied().unwrap_or(b'\n')));
    let user = [&b"user"[..], b"login", b"host", b"account"];
    // `KeyId`, `client_id`: names of identifiers.
    let tail = name.iter().rev().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    let ends = |word: &[u8]| {
        name.len() >= tail + word.len()
            && name[name.len() - tail - word.len()..name.len() - tail].eq_ignore_ascii_case(word)
    };
    put(flag(ends(b"id") || ends(b"ids"))
        + 2 * flag(ends(b"name") || ends(b"url") || ends(b"path") || ends(b"file") || ends(b"type")));
    put(flag(user.iter().any(|word| within(line, word)))
        + 2 * flag(user.iter().any(|word| within(rest, word))));
    debug_assert!(next <= FEATURES);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TRIGGERS, Trigger, Word, candidate};

    fn of(text: &[u8], word: &[u8]) -> Features {
        let fits = |t: &&Trigger| word.get(t.offset..t.offset + 3).is_some_and(|here| here == t.letters);
        let trigger = TRIGGERS.iter().find(fits);
        let at = text.windows(word.len()).position(|window| window == word).unwrap();
        features(text, &candidate(text, trigger.unwrap(), at).candidate.unwrap())
    }

    #[test]
    fn features_are_where_the_model_looks() {
        let found = of(b"api_key_file_path: \"aB3/ab_ab(}$:\"\n", b"key");
        assert_eq!(found[index::NAME..index::NAME + 5], [2, 0, 0, 0, 1]);
        assert_eq!(found[index::WORD], Word::Key as i16);
        assert_eq!(found[index::LENGTH..index::LENGTH + 5], [13, 38, 7, 7, 48]);
        assert_eq!((found[index::KINDS], found[index::HEX], found[index::PLACEHOLDER]), (4, 0, 0));
        assert_eq!(index::CODE.map(|count| found[count]), [1, 0, 1, 1, 1, 1]);
        assert_eq!(found[index::RARITY], rarity::of(b"aB3/ab_ab(}$:").0);
        assert_eq!(of(b"password = \"xxxxxxxx1\"\n", b"password")[index::PLACEHOLDER], 1);
        assert_eq!(of(b"token = \"0123456789abcdef\"\n", b"token")[index::HEX], 1);
    }

    #[test]
    fn entropy_is_right_to_the_eighth_of_a_bit() {
        for text in [&b"aaaa"[..], b"abab", b"abcdefgh", b"hello world, this is text"] {
            let mut counts = [0f64; 256];
            text.iter().for_each(|byte| counts[usize::from(*byte)] += 1.0);
            let n = text.len() as f64;
            let bits: f64 = counts.iter().filter(|c| **c > 0.0).map(|c| -(c / n) * (c / n).log2()).sum();
            assert!((f64::from(entropy(text)) / 32.0 - bits).abs() < 0.125, "{bits}");
        }
    }
}
