//! What is measured of a candidate: small integers, the same on every machine.

use crate::grammar::Candidate;
use crate::path::{Folder, PathKind};
use crate::rarity;
use scalr_detect_check::{Details, is_placeholder};

/// How many there are.
pub const FEATURES: usize = 64;

/// Where those features are that are not only read by trees. A test holds them to what they say.
pub(crate) mod index {
    /// Length of the value, and the shares of small letters, capital ones, digits and the rest, in percent.
    pub(crate) const LENGTH: usize = 0;
    /// How many of these four kinds of byte there are.
    pub(crate) const KINDS: usize = 5;
    /// 32 times the entropy of the value in bits.
    pub(crate) const ENTROPY: usize = 7;
    /// The mean rarity of the value.
    pub(crate) const RARITY: usize = 8;
    /// Whether the value is hexadecimal.
    pub(crate) const HEX: usize = 10;
    /// The longest run of digits in the value.
    pub(crate) const DIGITS: usize = 13;
    /// How many spaces there are in the value.
    pub(crate) const SPACES: usize = 20;
    /// Counts of `/`, space, brackets, braces, `$` and `%`, and `:`.
    pub(crate) const CODE: [usize; 6] = [17, 20, 21, 22, 23, 25];
    /// Whether the value is a placeholder.
    pub(crate) const PLACEHOLDER: usize = 32;
    /// What the name says.
    pub(crate) const WORD: usize = 37;
    /// Where the counts of words in the name are: what else it is, numbers, what is shown, what is public, what makes a
    /// secret.
    pub(crate) const NAME: usize = 41;
    /// What stands between name and value.
    pub(crate) const OPERATOR: usize = 49;
    /// Whether the line begins as a comment.
    pub(crate) const COMMENT: usize = 57;
    /// Whether the name ends as those of ids do, or of places.
    pub(crate) const ENDING: usize = 61;
    /// What the path says.
    pub(crate) const PATH: usize = 63;
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

/// 32 times the entropy of the bytes in bits, given how often each is there. At most 256 bytes.
fn entropy(text: &[u8], counts: &[u16; 256]) -> i16 {
    // Each byte adds the logarithm of its count, so that a count of n adds n of them.
    let sum: u32 = text.iter().map(|byte| u32::from(LOG2[usize::from(counts[usize::from(*byte)])])).sum();
    let n = text.len().max(1) as u32;
    ((u32::from(LOG2[text.len()]).saturating_sub(sum / n)) / 8) as i16
}

/// Kinds of bytes.
const LOWER: usize = 0;
const UPPER: usize = 1;
const DIGIT: usize = 2;
const OTHER: usize = 3;

/// The kind of each byte.
static KIND: [u8; 256] = {
    let mut table = [OTHER as u8; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'a'..=b'z' => table[byte] = LOWER as u8,
            b'A'..=b'Z' => table[byte] = UPPER as u8,
            b'0'..=b'9' => table[byte] = DIGIT as u8,
            _ => {}
        }
        byte += 1;
    }
    table
};

/// What one pass over a value tells.
struct Counts {
    /// How often each byte is there.
    bytes: [u16; 256],
    /// How many bytes there are of each kind.
    kinds: [usize; 4],
    /// How many different bytes there are.
    different: usize,
    /// How many neighbours are of different kinds, and how many are one apart or the same.
    changes: usize,
    steps: usize,
    /// The longest run of letters, and of digits.
    letters: usize,
    digits: usize,
}

impl Counts {
    fn of(value: &[u8]) -> Counts {
        let mut counts = Counts {
            bytes: [0; 256],
            kinds: [0; 4],
            different: 0,
            changes: 0,
            steps: 0,
            letters: 0,
            digits: 0,
        };
        let first = value.first().copied().unwrap_or(0);
        let (mut last, mut last_kind) = (first, KIND[usize::from(first)]);
        let (mut letters, mut digits) = (0, 0);
        for (i, &byte) in value.iter().enumerate() {
            let kind = KIND[usize::from(byte)];
            let count = &mut counts.bytes[usize::from(byte)];
            counts.different += usize::from(*count == 0);
            *count += 1;
            counts.kinds[usize::from(kind)] += 1;
            counts.changes += usize::from(kind != last_kind);
            counts.steps += usize::from(i > 0 && byte.abs_diff(last) <= 1);
            letters = if usize::from(kind) < DIGIT { letters + 1 } else { 0 };
            digits = if usize::from(kind) == DIGIT { digits + 1 } else { 0 };
            counts.letters = counts.letters.max(letters);
            counts.digits = counts.digits.max(digits);
            (last, last_kind) = (byte, kind);
        }
        counts
    }

    /// How often these bytes are there together.
    fn has<const N: usize>(&self, bytes: &[u8; N]) -> i16 {
        bytes.iter().map(|byte| self.bytes[usize::from(*byte)] as i16).sum()
    }
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

/// Words before and behind that say that a user or a server stands there.
const USER_WORDS: Groups<1> = [&["user", "login", "host", "account"]];

/// The words of some groups by their first two letters, which few places of a text share with any.
struct Words<const N: usize> {
    /// Word and group.
    list: [(&'static str, u8); 128],
    /// Where the words of each pair of letters start.
    starts: [u8; 26 * 26 + 1],
}

impl<const N: usize> Words<N> {
    const fn new(groups: &Groups<N>) -> Words<N> {
        let mut words = Words { list: [("", 0); 128], starts: [0; 26 * 26 + 1] };
        let (mut pair, mut n) = (0, 0);
        while pair < 26 * 26 {
            words.starts[pair] = n as u8;
            let mut group = 0;
            while group < N {
                let mut i = 0;
                while i < groups[group].len() {
                    let word = groups[group][i].as_bytes();
                    // `pub_` begins with two letters like all others.
                    if (word[0] - b'a') as usize * 26 + (word[1] - b'a') as usize == pair {
                        words.list[n] = (groups[group][i], group as u8);
                        n += 1;
                    }
                    i += 1;
                }
                group += 1;
            }
            pair += 1;
        }
        words.starts[pair] = n as u8;
        words
    }

    /// How many words of each group are in the text, in any case; if `whole`, only where a word begins: `min` is not in `admin`.
    fn count(&self, text: &[u8], whole: bool) -> [i16; N] {
        let (mut counts, mut seen) = ([0; N], 0u128);
        let letter = |byte: u8| usize::from((byte | 0x20).wrapping_sub(b'a'));
        for (at, two) in text.windows(2).enumerate() {
            let (a, b) = (letter(two[0]), letter(two[1]));
            if a >= 26 || b >= 26 {
                continue;
            }
            let before = at.checked_sub(1).map_or(b'_', |before| text[before]);
            let begins =
                !before.is_ascii_alphabetic() || before.is_ascii_lowercase() && two[0].is_ascii_uppercase();
            if whole && !begins {
                continue;
            }
            for index in self.starts[26 * a + b]..self.starts[26 * a + b + 1] {
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
static AROUND: Words<1> = Words::new(&USER_WORDS);

/// Whether a word stands there that says that a user or a server does.
pub(crate) fn names_user(text: &[u8]) -> bool {
    AROUND.count(text, false)[0] > 0
}

/// Measures a candidate in a text of this kind.
pub fn features(haystack: &[u8], candidate: &Candidate, path: PathKind) -> Features {
    let mut out = [0; FEATURES];
    let mut next = 0;
    let mut put = |value: i16| {
        out[next] = value;
        next += 1;
    };
    let value = &haystack[candidate.value.clone()];
    let name = &haystack[candidate.name.clone()];
    let n = value.len();
    let counts = Counts::of(value);
    let share = |count: usize| (count * 100 / n) as i16;
    let flag = i16::from;

    // The value: which bytes.
    put(n as i16);
    let [lower, upper, digit] = [LOWER, UPPER, DIGIT].map(|kind| share(counts.kinds[kind]));
    put(lower);
    put(upper);
    put(digit);
    put(100 - lower - upper - digit);
    put(flag(lower > 0) + flag(upper > 0) + flag(digit > 0) + flag(lower + upper + digit < 100));
    put(share(counts.changes));
    match value.get(..256) {
        Some(start) => put(entropy(start, &Counts::of(start).bytes)),
        None => put(entropy(value, &counts.bytes)),
    }
    let (mean, most) = rarity::of(value);
    put(mean);
    put(most);
    put(flag(value.iter().all(u8::is_ascii_hexdigit)));
    put(share(counts.different));
    put(counts.letters as i16);
    put(counts.digits as i16);
    put(i16::from(KIND[usize::from(value[0])]));
    put(i16::from(KIND[usize::from(value[n - 1])]));
    let [dots, joints] = [b'.', b'_'].map(|byte| counts.has(&[byte]));
    put(dots);
    put(counts.has(b"/"));
    put(joints);
    put(counts.has(b"-"));
    put(counts.has(b" "));
    put(counts.has(b"()[]"));
    put(counts.has(b"{}<>"));
    put(counts.has(b"$%"));
    put(counts.has(b"@#!*^"));
    put(counts.has(b":"));
    put(counts.has(b"=+"));
    put(counts.has(b"\\"));
    put(i16::from(value[0]));
    put(i16::from(value[n - 1]));
    // The value: which words. Long values are random or encoded, and words in them say nothing.
    IN_VALUES.count(&value[..n.min(64)], false).into_iter().for_each(&mut put);
    put(flag(is_placeholder(value)));
    let within = |a: &[u8], b: &[u8]| {
        a.len() >= b.len() && a.windows(b.len()).any(|window| window.eq_ignore_ascii_case(b))
    };
    put(flag(within(name, value)));
    put(flag(within(value, name)));
    put(share(counts.steps));
    // One word in small letters, a word in camelCase, an identifier with dots, a path.
    let identifier = counts.kinds[OTHER] == (dots + joints) as usize;
    put(flag(identifier) + flag(identifier && dots + joints > 0) + flag(identifier && digit == 0));

    // The name.
    put(candidate.word as i16);
    put(name.len() as i16);
    put((candidate.name.end - candidate.at.end) as i16);
    put((candidate.at.start - candidate.name.start) as i16);
    IN_NAMES.count(name, true).into_iter().for_each(&mut put);
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
    // `KeyId`, `client_id`: names of identifiers.
    let tail = name.iter().rev().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    let ends = |word: &[u8]| {
        name.len() >= tail + word.len()
            && name[name.len() - tail - word.len()..name.len() - tail].eq_ignore_ascii_case(word)
    };
    put(flag(ends(b"id") || ends(b"ids"))
        + 2 * flag(ends(b"name") || ends(b"url") || ends(b"path") || ends(b"file") || ends(b"type")));
    put(flag(names_user(line)) + 2 * flag(names_user(rest)));
    // A session at Python's prompt is documentation, wherever it stands.
    let is_session = path.folder == Folder::Other && before.windows(4).any(|four| four == b">>> ");
    let path = if is_session { PathKind { folder: Folder::Documentation, ..path } } else { path };
    put(path.number());
    debug_assert!(next == FEATURES);
    out
}

/// What was measured, as far as people can use it.
pub fn describe(features: &Features) -> Details {
    let mut facts = Details::default();
    let at = |index: usize| features[index];
    facts.push("length", format!("{} bytes", at(index::LENGTH)));
    facts.push("kinds of characters", at(index::KINDS).to_string());
    facts.push("entropy", format!("{:.1} bits a character", f32::from(at(index::ENTROPY)) / 32.0));
    facts.push("surprise as text", format!("{:.1} bits a character", f32::from(at(index::RARITY)) / 8.0));
    if at(index::PLACEHOLDER) > 0 {
        facts.push("looks like", "a placeholder");
    }
    let said = ["what it is instead", "a number", "what is shown to people", "what is public", "a secret"];
    let said = said.iter().enumerate().filter(|(group, _)| at(index::NAME + group) > 0);
    let said: Vec<&str> = said.map(|(_, said)| *said).collect();
    if !said.is_empty() {
        facts.push("the name has words for", said.join(", "));
    }
    let folders = ["", "documentation or examples", "tests", "translations"];
    if let Some(folder) = folders.get(at(index::PATH) as usize / 4).filter(|folder| !folder.is_empty()) {
        facts.push("the path is of", *folder);
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TRIGGERS, Trigger, Word, candidate};

    fn of(text: &[u8], word: &[u8]) -> Features {
        let fits = |t: &&Trigger| word.get(t.offset..t.offset + 3).is_some_and(|here| here == t.letters);
        let trigger = TRIGGERS.iter().find(fits);
        let at = text.windows(word.len()).position(|window| window == word).unwrap();
        let found = candidate(text, trigger.unwrap(), at).candidate.unwrap();
        features(text, &found, PathKind::default())
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
        assert_eq!(found[index::PATH], 0);
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
            assert!(
                (f64::from(entropy(text, &Counts::of(text).bytes)) / 32.0 - bits).abs() < 0.125,
                "{bits}"
            );
        }
    }
}
