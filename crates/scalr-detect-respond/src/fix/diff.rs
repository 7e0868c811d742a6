//! What changes, to be shown: a unified diff in which no secret is to be seen.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use memchr::memmem;
use scalr_detect::{Confidence, Scanner};
use similar::TextDiff;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The unified diff of two versions of a file. Secrets are masked, those that are left alone too.
pub fn diff(path: &str, old: &[u8], new: &[u8]) -> String {
    // Everything is masked, whatever was looked for.
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap_or_default();
    let scanner = scanner.for_path(path);
    let mut secrets = BTreeMap::new();
    for text in [old, new] {
        for finding in scanner.find_iter(text) {
            let secret = &text[finding.secret_span()];
            secrets.insert((Reverse(secret.len()), secret.to_vec()), finding.masked().to_string());
        }
    }
    let (old, new) = (masked(old, &secrets), masked(new, &secrets));
    let path = plain(path.as_bytes());
    let diff = TextDiff::from_lines(&old, &new);
    diff.unified_diff().context_radius(CONTEXT).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

/// Secrets, the longest first, and how they are shown.
type Secrets = BTreeMap<(Reverse<usize>, Vec<u8>), String>;

/// The text with each secret masked wherever it is, also where it is not found as one.
fn masked(text: &[u8], secrets: &Secrets) -> String {
    let mut pieces = vec![(text, None)];
    for ((_, secret), shown) in secrets {
        let finder = memmem::Finder::new(secret);
        let mut cut = Vec::with_capacity(pieces.len());
        for (piece, mask) in pieces {
            if mask.is_some() {
                cut.push((piece, mask));
                continue;
            }
            let mut done = 0;
            for at in finder.find_iter(piece) {
                cut.push((&piece[done..at], None));
                cut.push((&piece[at..at + secret.len()], Some(shown)));
                done = at + secret.len();
            }
            cut.push((&piece[done..], None));
        }
        pieces = cut;
    }
    pieces.iter().map(|(piece, mask)| mask.map_or_else(|| plain(piece), String::clone)).collect()
}

/// Without what a terminal obeys.
fn plain(text: &[u8]) -> String {
    let is_shown = |c: &char| *c != '\r';
    let shown =
        |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(text).chars().filter(is_shown).map(shown).collect()
}
