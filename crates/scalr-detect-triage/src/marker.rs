//! Markers in the text itself: "this is no secret".
//!
//! ```text
//! key = "…"  # scalr-detect:allow=generic-key made up for the tests
//!
//! // scalr-detect:allow the example of the vendor's documentation
//! const KEY: &str = "…";
//! ```
//!
//! A marker stands on a line of the secret, before or behind it, in whatever is a comment there; or on the line before, if
//! nothing but signs of a comment stands before it. Of a secret of several lines, such as a PEM block, the first and the
//! last line count. Behind `=` come ids of detectors, separated by commas, `*` at the end for any ending; without them the
//! marker is for everything on the line. The rest is the reason.
//!
//! Markers are looked for only where there is a finding, and at most [`REACH`] bytes before and behind it: they cost
//! nothing elsewhere.
//!
//! # Markers of other tools
//!
//! are taken on request, each as its tool takes it:
//!
//! | tool | marker | where |
//! |---|---|---|
//! | gitleaks | `gitleaks:allow` | anywhere in the lines of the secret |
//! | betterleaks | `betterleaks:allow`, `gitleaks:allow` | the same |
//! | trufflehog | `trufflehog:ignore` | behind the secret, in its last line |
//! | ggshield | `ggignore`, a word | anywhere in the lines of the secret |
//! | detect-secrets | `pragma: allowlist secret`, `whitelist` too | in a comment of one of six kinds (of a `.yaml` file: `#`), in the first or last line of the secret |
//! | | `pragma: allowlist nextline secret` | the same, alone in the line before |

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};
use scalr_detect::{Decoder, Finding};

/// How far before and behind a secret a marker is looked for, in bytes.
pub const REACH: usize = 4 << 10;

/// Our own marker.
pub const MARKER: &str = "scalr-detect:allow";

/// A tool whose markers are taken too.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Tool {
    /// `gitleaks:allow`
    Gitleaks,
    /// `betterleaks:allow` and `gitleaks:allow`
    Betterleaks,
    /// `pragma: allowlist secret`
    DetectSecrets,
    /// `ggignore`
    Ggshield,
    /// `trufflehog:ignore`
    Trufflehog,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Tool; 5] =
        [Tool::Gitleaks, Tool::Betterleaks, Tool::DetectSecrets, Tool::Ggshield, Tool::Trufflehog];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Tool::Gitleaks => "gitleaks",
            Tool::Betterleaks => "betterleaks",
            Tool::DetectSecrets => "detect-secrets",
            Tool::Ggshield => "ggshield",
            Tool::Trufflehog => "trufflehog",
        }
    }

    /// The marker of this tool that allows the finding, in a unit called `path`.
    pub(crate) fn marker(self, surroundings: &Surroundings<'_>, path: &[u8]) -> Option<&'static str> {
        let s = surroundings;
        let anywhere = |marker: &'static str| s.lines.iter().any(|l| contains(l, marker)).then_some(marker);
        match self {
            Tool::Gitleaks => anywhere("gitleaks:allow"),
            Tool::Betterleaks => anywhere("betterleaks:allow").or_else(|| anywhere("gitleaks:allow")),
            Tool::Trufflehog => contains(&s.tail, "trufflehog:ignore").then_some("trufflehog:ignore"),
            Tool::Ggshield => {
                let marker = "ggignore";
                let is_word = |line: &[u8]| {
                    places(line, marker).any(|at| {
                        let end = at + marker.len();
                        !(at > 0 && in_word(line[at - 1]) || line.get(end).is_some_and(|&b| in_word(b)))
                    })
                };
                s.lines.iter().any(|line| is_word(line)).then_some(marker)
            }
            Tool::DetectSecrets => {
                let of_yaml = path.ends_with(b".yaml");
                let first_and_last = [s.lines.first(), s.lines.last()];
                if first_and_last.into_iter().flatten().any(|line| has_pragma(line, false, of_yaml)) {
                    return Some("pragma: allowlist secret");
                }
                has_pragma(&s.previous, true, of_yaml).then_some("pragma: allowlist nextline secret")
            }
        }
    }
}

/// What stands around a secret.
#[derive(Debug)]
pub(crate) struct Surroundings<'t> {
    /// The line before that of the secret.
    previous: Cow<'t, [u8]>,
    /// From the start of its first line to the secret.
    head: Cow<'t, [u8]>,
    /// From the secret to the end of its last line.
    tail: Cow<'t, [u8]>,
    /// The lines that the secret is in, the secret included. Of one that was decoded and has several lines only the first
    /// and the last, without it.
    lines: Vec<Vec<u8>>,
}

impl<'t> Surroundings<'t> {
    pub(crate) fn of(finding: &Finding<'_, 't>) -> Surroundings<'t> {
        let (before, after) = finding.surroundings(REACH, REACH);
        let decoded_by = finding.decoded_by();
        let is_utf16 = decoded_by.first() == Some(&Decoder::Utf16);
        let text = |bytes: &'t [u8]| match is_utf16 {
            // Markers are ASCII: without the other half of each character they can be read.
            true => bytes.iter().copied().filter(|&b| b != 0).collect(),
            false => Cow::Borrowed(bytes),
        };
        let has_lines = finding.position().line != finding.end_position().line;
        let secret = if decoded_by.is_empty() || is_utf16 { finding.secret() } else { b"" };
        Surroundings::new(text(before), secret, has_lines, text(after))
    }

    fn new(before: Cow<'t, [u8]>, secret: &[u8], has_lines: bool, after: Cow<'t, [u8]>) -> Surroundings<'t> {
        let start = line_start(&before, before.len());
        let previous_end = start.saturating_sub(1);
        let previous = cut(&before, line_start(&before, previous_end), previous_end);
        let head = cut(&before, start, before.len());
        let end = memchr(b'\n', &after).unwrap_or(after.len());
        let tail = cut(&after, 0, end);
        let lines = match (has_lines, secret) {
            (true, b"") => vec![head.to_vec(), tail.to_vec()],
            (true, _) => [&head, secret, &tail].concat().split(|&b| b == b'\n').map(<[u8]>::to_vec).collect(),
            (false, _) => vec![[&head, secret, &tail].concat()],
        };
        Surroundings { previous, head, tail, lines }
    }

    /// Our own markers that may be for the secret: those on its lines, and one alone on the line before. The secret itself is
    /// not looked at, but for the first and the last line of one that has several.
    pub(crate) fn markers(&self) -> Vec<Marker<'_>> {
        let mut markers = Vec::new();
        if let [first, .., last] = &self.lines[..] {
            Marker::read(first, Place::First, &mut markers);
            Marker::read(last, Place::Last, &mut markers);
        } else {
            Marker::read(&self.head, Place::First, &mut markers);
            Marker::read(&self.tail, Place::First, &mut markers);
        }
        let own_line = markers.len();
        Marker::read(&self.previous, Place::Before, &mut markers);
        // Of one line only the first can be alone.
        markers.truncate(own_line + 1);
        markers
    }
}

fn line_start(text: &[u8], end: usize) -> usize {
    memrchr(b'\n', &text[..end]).map_or(0, |at| at + 1)
}

fn cut<'t>(text: &Cow<'t, [u8]>, start: usize, end: usize) -> Cow<'t, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
        Cow::Owned(text) => Cow::Owned(text[start..end].to_vec()),
    }
}

/// On which line a marker stands, seen from the secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Before,
    First,
    Last,
}

/// One of our own markers.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Marker<'t> {
    pub(crate) place: Place,
    /// Ids of detectors; None: it is for all.
    pub(crate) ids: Option<Vec<&'t str>>,
    /// What people say; may be empty.
    pub(crate) reason: String,
}

impl<'t> Marker<'t> {
    /// Adds the markers of a piece of a line; of the line before, only those with nothing but signs before them.
    fn read(line: &'t [u8], place: Place, markers: &mut Vec<Marker<'t>>) {
        for at in places(line, MARKER) {
            let rest = &line[at + MARKER.len()..];
            let is_part = at > 0 && in_word(line[at - 1]) || rest.first().is_some_and(|&b| in_word(b));
            if is_part || place == Place::Before && !is_signs(&line[..at]) {
                continue;
            }
            let (ids, reason) = match rest.strip_prefix(b"=") {
                Some(rest) => {
                    let length = rest.iter().take_while(|&&b| in_ids(b)).count();
                    // Ids are ASCII. A `-->` may follow them closely.
                    let ids = std::str::from_utf8(&rest[..length]).unwrap_or("").trim_end_matches('-');
                    let behind = &rest[ids.len()..];
                    (Some(ids.split(',').filter(|id| !id.is_empty()).collect()), behind)
                }
                None => (None, rest),
            };
            markers.push(Marker { place, ids, reason: reason_of(reason) });
        }
    }
}

fn in_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn in_ids(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b',' | b'*')
}

/// Whether there is nothing but what comments begin with: signs, and the words of batch files and m4.
fn is_signs(text: &[u8]) -> bool {
    let mut text = text.trim_ascii();
    for byte_order_mark in [b"\xef\xbb\xbf".as_slice(), b"\xff\xfe", b"\xfe\xff"] {
        text = text.strip_prefix(byte_order_mark).unwrap_or(text);
    }
    text.eq_ignore_ascii_case(b"rem")
        || text.eq_ignore_ascii_case(b"@rem")
        || text == b"dnl"
        || text.iter().all(|b| b.is_ascii() && !b.is_ascii_alphanumeric())
}

/// The reason, without what ends the comment and the string it is in.
fn reason_of(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut text = &*text;
    for end in ["*/", "-->", "#}", "}}", "%>", "=#", "*)"] {
        text = text.split_once(end).map_or(text, |(reason, _)| reason);
    }
    let signs =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | ',' | ':' | '-' | '—');
    text.trim_matches(signs).to_owned()
}

/// Offsets of `needle`.
fn places<'t>(text: &'t [u8], needle: &'t str) -> impl Iterator<Item = usize> + 't {
    memmem::find_iter(text, needle)
}

fn contains(text: &[u8], needle: &str) -> bool {
    places(text, needle).next().is_some()
}

/// Whether a line has the pragma of detect-secrets: `pragma:`, a space or none, `allowlist secret` (or `whitelist`; a space or
/// a hyphen between) in a comment that ends with the line; for the next line, `allowlist nextline secret` with nothing
/// before the comment.
fn has_pragma(line: &[u8], next_line: bool, of_yaml: bool) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    places(line, "pragma:").any(|at| {
        let mut rest = &line[at + "pragma:".len()..];
        let mut takes = |word: &[u8]| match rest.strip_prefix(word) {
            Some(behind) => {
                rest = behind;
                true
            }
            None => false,
        };
        takes(b" ");
        let is_pragma = match next_line {
            true => {
                takes(b"allowlist")
                    && (takes(b" ") || takes(b"-"))
                    && takes(b"nextline")
                    && (takes(b" ") || takes(b"-"))
                    && takes(b"secret")
            }
            false => {
                (takes(b"allowlist") || takes(b"whitelist"))
                    && (takes(b" ") || takes(b"-"))
                    && takes(b"secret")
            }
        };
        if !is_pragma {
            return false;
        }
        let before = &line[..at];
        let spaces = before.iter().rev().take_while(|&&b| b == b' ').count();
        let before = &before[..before.len() - spaces];
        let end = rest.len() - rest.iter().rev().take_while(|b| blank(b)).count();
        let rest = &rest[..end];
        let starts: &[(&[u8], &[u8])] =
            &[(b"#", b""), (b"//", b""), (b"/*", b"*/"), (b"'", b""), (b"--", b""), (b"<!--", b"-->")];
        let starts = if of_yaml { &starts[..1] } else { starts };
        starts.iter().any(|&(start, end)| {
            let before = match start {
                b"<!--" => {
                    let signs = before.iter().rev().take_while(|&b| blank(b) || *b == b'#').count();
                    &before[..before.len() - signs]
                }
                _ => before,
            };
            let Some(before) = before.strip_suffix(start) else { return false };
            rest.ends_with(end) && (!next_line || before.iter().all(blank))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"s3cret";

    /// `text` with the secret where `§` stands.
    fn around(text: &str) -> Surroundings<'_> {
        let (before, after) = text.split_once('§').unwrap();
        Surroundings::new(before.as_bytes().into(), SECRET, false, after.as_bytes().into())
    }

    #[test]
    fn our_marker_in_any_comment() {
        // Text, ids, reason; no ids: not allowed.
        for (text, expected) in [
            ("k = \"§\"  # scalr-detect:allow made up", Some((None, "made up"))),
            ("k = \"§\"; // scalr-detect:allow made up", Some((None, "made up"))),
            ("k = \"§\"; /* scalr-detect:allow made up */ x", Some((None, "made up"))),
            ("<a k=\"§\"/> <!-- scalr-detect:allow made up -->", Some((None, "made up"))),
            ("<a k=\"§\"/> <!-- scalr-detect:allow=a-b-->", Some((Some(vec!["a-b"]), ""))),
            ("k = '§' -- scalr-detect:allow", Some((None, ""))),
            ("k=§ ; scalr-detect:allow: made up", Some((None, "made up"))),
            ("k = \"§\" % scalr-detect:allow", Some((None, ""))),
            ("k = \"§\" ' scalr-detect:allow made up", Some((None, "made up"))),
            ("{{/* scalr-detect:allow made up */}} §", Some((None, "made up"))),
            ("{# scalr-detect:allow made up #} §", Some((None, "made up"))),
            ("(* scalr-detect:allow made up *) §", Some((None, "made up"))),
            ("x\r\nk=§ # scalr-detect:allow made up\r\ny", Some((None, "made up"))),
            ("k=§ #scalr-detect:allow=a", Some((Some(vec!["a"]), ""))),
            ("k=§ # scalr-detect:allow=a,b-* made up", Some((Some(vec!["a", "b-*"]), "made up"))),
            ("k=§ # scalr-detect:allow= made up", Some((Some(vec![]), "made up"))),
            ("k=§ # scalr-detect:allow=, x", Some((Some(vec![]), "x"))),
            // Alone on the line before.
            ("# scalr-detect:allow made up\nk=§", Some((None, "made up"))),
            ("  // scalr-detect:allow=a made up\r\n  k=§", Some((Some(vec!["a"]), "made up"))),
            ("/* scalr-detect:allow made up */\nk=§", Some((None, "made up"))),
            ("<!-- scalr-detect:allow made up -->\nk=§", Some((None, "made up"))),
            ("REM scalr-detect:allow made up\nset k=§", Some((None, "made up"))),
            ("dnl scalr-detect:allow made up\nk=§", Some((None, "made up"))),
            ("\u{feff}# scalr-detect:allow\nk=§", Some((None, ""))),
            ("  \"//\": \"scalr-detect:allow made up\",\n\"k\": \"§\"", Some((None, "made up"))),
            // Not.
            ("x = 1 # scalr-detect:allow\nk=§", None),
            ("# scalr-detect:allow\n\nk=§", None),
            ("k=§\n# scalr-detect:allow", None),
            ("k=§ # scalr-detect:allowed", None),
            ("k=§ # xscalr-detect:allow", None),
            ("k=§ # SCALR-DETECT:ALLOW", None),
            ("k=§ # scalr-detect: allow", None),
            ("k=§", None),
            ("§", None),
        ] {
            let surroundings = around(text);
            let markers = surroundings.markers();
            let found = markers.first().map(|m| (m.ids.clone(), &*m.reason));
            assert_eq!(found, expected, "{text:?}");
            assert!(markers.len() <= 1, "{text:?}");
        }
    }

    #[test]
    fn secrets_of_several_lines() {
        let lines = b"BEGIN # scalr-detect:allow=a\nMII scalr-detect:allow=no\nEND";
        let s = Surroundings::new(
            b"x\nk=".as_slice().into(),
            lines,
            true,
            b" # scalr-detect:allow=b\ny".as_slice().into(),
        );
        let ids: Vec<_> = s.markers().into_iter().map(|m| m.ids.unwrap()).collect();
        assert_eq!(ids, [["a"], ["b"]]);
        // One that was decoded is not looked into.
        let s = Surroundings::new(
            b"# scalr-detect:allow=a\nk=".as_slice().into(),
            b"",
            true,
            b"".as_slice().into(),
        );
        let markers = s.markers();
        assert!(markers.len() == 1 && markers[0].place == Place::Before);
    }

    #[test]
    fn markers_of_other_tools() {
        use Tool::{Betterleaks, DetectSecrets, Ggshield, Gitleaks, Trufflehog};
        for (tool, path, text, expected) in [
            (Gitleaks, "a.py", "k=§ # gitleaks:allow", true),
            (Gitleaks, "a.py", "/* gitleaks:allow */ k=§", true),
            (Gitleaks, "a.py", "k=§ xgitleaks:allowed", true),
            (Gitleaks, "a.py", "# gitleaks:allow\nk=§", false),
            (Gitleaks, "a.py", "k=§ # betterleaks:allow", false),
            (Gitleaks, "a.py", "k=§\n# gitleaks:allow", false),
            (Betterleaks, "a.py", "k=§ # betterleaks:allow", true),
            (Betterleaks, "a.py", "k=§ # gitleaks:allow", true),
            (Trufflehog, "a.py", "k=§ # trufflehog:ignore", true),
            (Trufflehog, "a.py", "/* trufflehog:ignore */ k=§", false),
            (Trufflehog, "a.py", "k=§\n# trufflehog:ignore", false),
            (Ggshield, "a.py", "k=§ # ggignore", true),
            (Ggshield, "a.py", "/*ggignore*/ k=§", true),
            (Ggshield, "a.py", "k=§ # ggignored", false),
            (Ggshield, "a.py", "k=§ # .ggignore", true),
            (Ggshield, "a.py", "k=§ # aggignore", false),
            (DetectSecrets, "a.py", "k=§  # pragma: allowlist secret", true),
            (DetectSecrets, "a.py", "k=§  # pragma:allowlist secret because", true),
            (DetectSecrets, "a.py", "k=§  # pragma: whitelist-secret", true),
            (DetectSecrets, "a.py", "k=§  # pragma:  allowlist secret", false),
            (DetectSecrets, "a.py", "k=§  # pragma: allowlist  secret", false),
            (DetectSecrets, "a.py", "k=§  pragma: allowlist secret", false),
            (DetectSecrets, "a.go", "k=§ //pragma: allowlist secret\r\n", true),
            (DetectSecrets, "a.c", "k=§ /* pragma: allowlist secret */", true),
            (DetectSecrets, "a.c", "k=§ /* pragma: allowlist secret */  ", true),
            (DetectSecrets, "a.c", "k=§ /* pragma: allowlist secret */ x", false),
            (DetectSecrets, "a.c", "k=§ /* pragma: allowlist secret", false),
            (DetectSecrets, "a.vb", "k=§ ' pragma: allowlist secret", true),
            (DetectSecrets, "a.sql", "k=§ -- pragma: allowlist secret", true),
            (DetectSecrets, "a.xml", "<k>§</k> <!-- pragma: allowlist secret -->", true),
            (DetectSecrets, "a.xml", "<k>§</k> <!-- # \t pragma: allowlist secret-->", true),
            (DetectSecrets, "a.yaml", "k: § # pragma: allowlist secret", true),
            (DetectSecrets, "a.yaml", "k: § // pragma: allowlist secret", false),
            (DetectSecrets, "a.yml", "k: § // pragma: allowlist secret", true),
            (DetectSecrets, "a.py", "# pragma: allowlist secret\nk=§", false),
            (DetectSecrets, "a.py", "# pragma: allowlist nextline secret\nk=§", true),
            (DetectSecrets, "a.py", "  // pragma: allowlist-nextline-secret why\n  k=§", true),
            (DetectSecrets, "a.py", "x # pragma: allowlist nextline secret\nk=§", false),
            (DetectSecrets, "a.py", "# pragma: whitelist nextline secret\nk=§", false),
            (DetectSecrets, "a.py", "k=§ # pragma: allowlist nextline secret", false),
        ] {
            let found = tool.marker(&around(text), path.as_bytes());
            assert_eq!(found.is_some(), expected, "{} {text:?}", tool.name());
        }
    }

    #[test]
    fn no_bytes_break_it() {
        let pieces: [&[u8]; 8] =
            [b"scalr-detect:allow", b"=", b"\n", b"\xff\xfe", b"pragma:", b"<!--", b"", b"\0a,*-"];
        for i in 0..8usize.pow(4) {
            let piece = |n: u32| pieces[i / 8usize.pow(n) % 8];
            let (before, after) = ([piece(0), piece(1)].concat(), [piece(2), piece(3)].concat());
            for has_lines in [false, true] {
                let s = Surroundings::new((&before[..]).into(), b"", has_lines, (&after[..]).into());
                let _ = s.markers();
                for tool in Tool::ALL {
                    let _ = tool.marker(&s, b"x.yaml");
                }
            }
        }
    }
}
