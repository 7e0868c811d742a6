//! The line around a secret, without secrets.

use std::borrow::Cow;
use std::ops::Range;

use scalr_detect::{Finding, Scanner};

use crate::text::plain;

/// How far around a secret others are looked for, in bytes. Much more than is shown, so that a secret of which only the
/// end would be shown is found whole.
const REACH: usize = 8 << 10;

/// How much is shown before and after a secret, in characters: enough to recognise the place, and with the secret and
/// the indentation within a line of 120.
const SHOWN_BEFORE: usize = 60;
const SHOWN_AFTER: usize = 30;

/// A piece of text longer than this that is cut off by the edge of what is looked at may be a part of a secret.
const HARMLESS: usize = 8;

/// The line around a secret, as text for a terminal: what comes before, the secret (masked, or raw where that was asked
/// for), what comes after. Every other secret in it is masked, too, whichever kinds are being searched for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Context {
    /// From the start of the line, or `…` and the last of it.
    pub before: String,
    /// The secret.
    pub secret: String,
    /// Up to the end of the line, or the first of it and `…`.
    pub after: String,
}

impl Context {
    /// The line around `finding`. `masker` finds what is to be masked: give it every detector and the least confidence.
    /// None: show secrets.
    pub fn new(finding: &Finding<'_, '_>, masker: Option<&Scanner>) -> Context {
        let (before, after) = finding.surroundings(REACH, REACH);
        let masked = finding.masked().to_string();
        // The bytes of the line before the secret are one fewer than its column: then none are missing.
        let from_start = before.len() + 1 == finding.position().column;
        let Some(masker) = masker else {
            return Context::cut(before, finding.secret(), after);
        };
        // Neighbours are looked for with the secret in place: it may belong to what makes them secrets.
        let middle = if finding.decoded_by().is_empty() { finding.secret() } else { masked.as_bytes() };
        let text = [before, middle, after].concat();
        let mut masks: Vec<Mask> = masker
            .find_iter(&text)
            .map(|f| Mask { span: f.secret_span(), with: f.masked().to_string() })
            .collect();
        // The same secret again, where nothing around gives it away.
        let secret = finding.secret();
        if secret.len() >= HARMLESS {
            masks.extend(occurrences(&text, secret).map(|span| Mask { span, with: masked.clone() }));
        }
        let own = before.len()..before.len() + middle.len();
        if !from_start {
            masks.extend(cut_off_head(&text[..own.start], &masks));
        }
        masks.extend(cut_off_tail(&text[own.end..], own.end, &masks));
        let head = hide(&text[..own.start], 0, &mut masks);
        let tail = hide(&text[own.end..], own.end, &mut masks);
        Context::cut(&head, masked.as_bytes(), &tail)
    }

    /// Cuts what is around down to a part of a line.
    fn cut(before: &[u8], secret: &[u8], after: &[u8]) -> Context {
        let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let end = after.iter().position(|&b| b == b'\n').unwrap_or(after.len());
        let after = after[..end].strip_suffix(b"\r").unwrap_or(&after[..end]);
        let before = plain(&before[start..]);
        let after = plain(after);
        let before = before.trim_start();
        let after = after.trim_end();
        let skip = before.chars().count().saturating_sub(SHOWN_BEFORE);
        let before = match before.char_indices().nth(skip) {
            Some((i, _)) if skip > 0 => format!("…{}", &before[i..]),
            _ => before.to_owned(),
        };
        let after = match after.char_indices().nth(SHOWN_AFTER) {
            Some((i, _)) => format!("{}…", &after[..i]),
            None => after.to_owned(),
        };
        Context { before, secret: plain(secret), after }
    }
}

/// Bytes that are not to be shown, and what to show in their place.
struct Mask {
    span: Range<usize>,
    with: String,
}

/// `text`, which stands at `offset`, with everything masked that overlaps it.
fn hide<'t>(text: &'t [u8], offset: usize, masks: &mut [Mask]) -> Cow<'t, [u8]> {
    masks.sort_by_key(|m| (m.span.start, std::cmp::Reverse(m.span.end)));
    let mut out = Vec::new();
    let mut done = 0;
    for mask in masks.iter() {
        let start = mask.span.start.saturating_sub(offset).min(text.len());
        let end = mask.span.end.saturating_sub(offset).min(text.len());
        if end <= done || start == end {
            continue;
        }
        if start >= done {
            out.extend_from_slice(&text[done..start]);
            out.extend_from_slice(mask.with.as_bytes());
        }
        // Otherwise it overlaps the one before, and what stands for that one stands for both.
        done = end;
    }
    if done == 0 {
        return text.into();
    }
    out.extend_from_slice(&text[done..]);
    out.into()
}

/// All places where `needle` stands, overlapping ones left out. Linear: a secret that is not found at a place is seldom
/// compared for more than a byte or two, and the text is short.
fn occurrences<'t>(text: &'t [u8], needle: &'t [u8]) -> impl Iterator<Item = Range<usize>> + 't {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.windows(needle.len()).position(|w| w == needle)?;
        from = at + needle.len();
        Some(at..from)
    })
}

/// Masks a piece at the start of `text` that may be the end of something longer, unless it is known what it is.
fn cut_off_head(text: &[u8], masks: &[Mask]) -> Option<Mask> {
    let run = text.iter().take_while(|b| in_token(**b)).count();
    let known = masks.iter().any(|m| m.span.contains(&0));
    (run > HARMLESS && !known).then(|| Mask { span: 0..run, with: "…".to_owned() })
}

/// The same for the end of `text`, which stands at `offset`. What ends with its line is not cut off.
fn cut_off_tail(text: &[u8], offset: usize, masks: &[Mask]) -> Option<Mask> {
    let run = text.iter().rev().take_while(|b| in_token(**b)).count();
    let end = offset + text.len();
    let known = masks.iter().any(|m| (m.span.start..m.span.end + 1).contains(&end));
    (run > HARMLESS && !known).then(|| Mask { span: end - run..end, with: "…".to_owned() })
}

fn in_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/' | b'=' | b'.' | b'~' | b'%' | b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(before: &str, secret: &str, after: &str) -> (String, String, String) {
        let c = Context::cut(before.as_bytes(), secret.as_bytes(), after.as_bytes());
        (c.before, c.secret, c.after)
    }

    #[test]
    fn a_part_of_one_line_is_shown() {
        let long = "x".repeat(200);
        for ((before, secret, after), expected) in [
            (("", "s", ""), ("", "s", "")),
            (("other line\n  a = \"", "s", "\"\r\nnext"), ("a = \"", "s", "\"")),
            (("\x1b[2J", "s", "\u{202e}\x07"), ("␛[2J", "s", "\u{fffd}␇")),
            (
                (&long, "s", &long),
                (&*format!("…{}", "x".repeat(SHOWN_BEFORE)), "s", &*format!("{}…", "x".repeat(SHOWN_AFTER))),
            ),
            (("", "a\nb", ""), ("", "a␊b", "")),
        ] {
            let (b, s, a) = cut(before, secret, after);
            assert_eq!((&*b, &*s, &*a), expected);
        }
    }

    /// Against the dullest oracle: each byte shown or not, a mask where a run of hidden ones starts.
    #[test]
    fn nothing_masked_is_shown() {
        let mut seed = 1u32;
        let mut random = |n: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % n
        };
        for _ in 0..2000 {
            let text: Vec<u8> = (0..random(30)).map(|i| b'a' + (i % 26) as u8).collect();
            let offset = random(4);
            let spans: Vec<Range<usize>> = (0..random(4))
                .map(|_| {
                    let start = random(36);
                    start..start + random(8)
                })
                .collect();
            let mut masks: Vec<Mask> =
                spans.iter().map(|s| Mask { span: s.clone(), with: "*".into() }).collect();
            let shown = hide(&text, offset, &mut masks).into_owned();
            let hidden = |i: usize| spans.iter().any(|s| s.contains(&(i + offset)));
            let visible: Vec<u8> = (0..text.len()).filter(|&i| !hidden(i)).map(|i| text[i]).collect();
            let kept: Vec<u8> = shown.iter().copied().filter(|&b| b != b'*').collect();
            assert_eq!(kept, visible, "{spans:?} {offset}");
            assert_eq!(shown.contains(&b'*'), (0..text.len()).any(hidden), "{spans:?} {offset}");
        }
    }

    #[test]
    fn pieces_of_something_longer_are_not_shown() {
        let span = |mask: Option<Mask>| mask.map(|m| m.span);
        assert_eq!(span(cut_off_head(b"0123456789abcdef rest", &[])), Some(0..16));
        assert_eq!(span(cut_off_head(b"short rest", &[])), None);
        assert_eq!(span(cut_off_tail(b"rest 0123456789abcdef", 100, &[])), Some(105..121));
        assert_eq!(span(cut_off_tail(b"rest 0123456789abcdef\n", 100, &[])), None);
        assert_eq!(span(cut_off_tail(b"", 100, &[])), None);
        let known = [Mask { span: 0..3, with: "*".into() }, Mask { span: 110..121, with: "*".into() }];
        assert_eq!(span(cut_off_head(b"0123456789abcdef rest", &known)), None);
        assert_eq!(span(cut_off_tail(b"rest 0123456789abcdef", 100, &known)), None);
    }

    #[test]
    fn the_same_secret_again_is_found() {
        let found: Vec<_> = occurrences(b"xx-abc-abc-ababc", b"abc").collect();
        assert_eq!(found, [3..6, 7..10, 13..16]);
        assert_eq!(occurrences(b"", b"abc").count(), 0);
    }
}
