//! Bytes as text that can do no harm, and numbers as people write them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `bytes` as one line of text for a terminal, in which nothing is left that a terminal would obey: control characters
/// become their pictures (`␛`), and characters that change the order of others or are not seen, as well as bytes that
/// are not UTF-8, become U+FFFD. Tabs become spaces. CI systems read logs, too, and obey `##[command]` and
/// `##vso[command]` anywhere in a line: of those the second `#` is replaced.
pub fn plain(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.extend(chunk.valid().chars().map(plain_char));
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    disarm(&mut text);
    text
}

/// Replaces the second `#` of `##`, letters and `[`.
fn disarm(text: &mut String) {
    let mut from = 0;
    while let Some(at) = text[from..].find("##").map(|i| from + i) {
        from = at + 1;
        let rest = &text[at + 2..];
        if rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[') {
            text.replace_range(at + 1..at + 2, "\u{fffd}");
        }
    }
}

fn plain_char(c: char) -> char {
    match c {
        '\t' => ' ',
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '␡',
        // Control characters of the second kind, among them CSI, which starts an escape sequence by itself.
        '\u{80}'..='\u{9f}'
        // Not seen, or a line of their own.
        | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{2028}' | '\u{2029}'
        // Turn the direction of writing.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Tags: not seen, and used to smuggle text.
        | '\u{e0000}'..='\u{e007f}' => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Exactly these bytes, percent-encoded as in the path of a URL; `None` if they are UTF-8 and need no second form.
pub(crate) fn percent(bytes: &[u8]) -> Option<String> {
    if std::str::from_utf8(bytes).is_ok() { None } else { Some(url_path(bytes)) }
}

/// Exactly these bytes as the path of a URL, percent-encoded.
pub(crate) fn url_path(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for &b in bytes {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(b as char)
            }
            // Writing to a string does not fail.
            _ => _ = write!(text, "%{b:02X}"),
        }
    }
    text
}

/// At most so many characters of a text: what is cut off is marked by `…`.
pub(crate) fn shorten(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some(_) => {
            let end = text.char_indices().nth(characters.saturating_sub(1)).map_or(0, |(i, _)| i);
            format!("{}…", &text[..end]).into()
        }
        None => text.into(),
    }
}

/// A time in seconds since 1970, as in RFC 3339 and in UTC. Times that no calendar has are at its ends.
pub(crate) fn date(seconds: i64) -> String {
    let nearest = if seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_second(seconds).unwrap_or(nearest).to_string()
}

/// The start of an object's id, as git shows it.
pub(crate) fn abbreviated(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A number of bytes with three digits and a decimal unit.
pub(crate) fn size(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if unit == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}", units[unit])
}

/// `1 file`, `2 files`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_have_nothing_to_obey() {
        for (bytes, text) in [
            (&b"token = 1"[..], "token = 1"),
            (b"a\tb\r\nc\0", "a b␍␊c␀"),
            (b"\x1b[31mred\x1b]0;t\x07", "␛[31mred␛]0;t␇"),
            (b"\x7f", "␡"),
            (b"caf\xc3\xa9 \xe2\x82\xac", "café €"),
            (b"\xff\xfeA", "\u{fffd}\u{fffd}A"),
            (b"## a [b] ### c#[d]", "## a [b] ### c#[d]"),
            (b"x##vso[a]##[b]####VSO[c]", "x#\u{fffd}vso[a]#\u{fffd}[b]###\u{fffd}VSO[c]"),
            (
                "x\u{9b}31m\u{202e}y\u{200b}\u{feff}\u{e0041}".as_bytes(),
                "x\u{fffd}31m\u{fffd}y\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(plain(bytes), text);
        }
        for b in 0..=255u8 {
            assert!(!plain(&[b, b'[', b]).chars().any(char::is_control));
        }
    }

    #[test]
    fn percent_encoding_is_exact() {
        assert_eq!(percent("café/%".as_bytes()), None);
        assert_eq!(percent(b"d/caf\xe9 %").unwrap(), "d/caf%E9%20%25");
    }

    #[test]
    fn dates_are_of_this_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_764_000_000, "2025-11-24T16:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(date(seconds), text);
        }
        assert!(date(i64::MAX).starts_with("9999-12-30") && date(i64::MIN).starts_with("-009999"));
    }

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, text) in [
            (0.0, "0 B"),
            (999.0, "999 B"),
            (1000.0, "1.00 kB"),
            (9994.0, "9.99 kB"),
            (9996.0, "10.0 kB"),
            (99_960.0, "100 kB"),
            (999_600.0, "1.00 MB"),
            (4.08e8, "408 MB"),
            (1e19, "10.0 EB"),
        ] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
        assert_eq!((count(1, "file"), count(0, "file")), ("1 file".into(), "0 files".into()));
    }
}
