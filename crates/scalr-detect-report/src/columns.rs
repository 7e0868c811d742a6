//! Columns as editors count them.
//!
//! A scan counts bytes, which is exact whatever the text is. SARIF and the annotations of code hosts count UTF-16 code
//! units of the line as text. For that the start of the line must be at hand, so this is done while the finding is.

use scalr_detect::{Decoder, Finding};

/// How far back the start of a line is looked for, in bytes. No editor shows a column beyond it, and a line of megabytes with many
/// secrets must not be counted from its start for each.
const REACH: usize = 64 << 10;

/// Where a secret starts and ends, in UTF-16 code units of its lines: from 1, the end exclusive. What is not UTF-8 counts as
/// one unit for each U+FFFD that replaces it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Columns {
    /// Of the first character of the secret.
    pub start: usize,
    /// Behind its last character.
    pub end: usize,
}

impl Columns {
    /// The columns of a finding; none where the start of its line is too far away.
    pub(crate) fn of(finding: &Finding<'_, '_>) -> Option<Columns> {
        let (start, end) = (finding.position(), finding.end_position());
        let before = start.column.checked_sub(1).filter(|&bytes| bytes <= REACH)?;
        let (head, _) = finding.surroundings(before, 0);
        if head.len() < before {
            return None;
        }
        if finding.decoded_by().first() == Some(&Decoder::Utf16) {
            // Two bytes a unit. A line ends with the first byte of a pair, or with the second.
            let units = |column: usize| (column - 1) / 2 + 1;
            return Some(Columns { start: units(start.column), end: units(end.column) });
        }
        let head = if start.line == 1 { head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head) } else { head };
        let first = 1 + units(head);
        // Encoded text is ASCII.
        let is_raw = finding.decoded_by().is_empty();
        let last = match (start.line == end.line, is_raw) {
            (true, true) => first + units(finding.secret()),
            (true, false) => first + (end.column - start.column),
            (false, true) => 1 + units(finding.secret().rsplit(|&b| b == b'\n').next().unwrap_or_default()),
            (false, false) => end.column,
        };
        Some(Columns { start: first, end: last })
    }
}

/// How many UTF-16 code units a text has.
fn units(text: &[u8]) -> usize {
    let chunks = text.utf8_chunks();
    chunks.map(|c| c.valid().encode_utf16().count() + usize::from(!c.invalid().is_empty())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_utf16() {
        for (text, expected) in
            [(&b""[..], 0), (b"abc", 3), ("é€".as_bytes(), 2), ("😀".as_bytes(), 2), (b"\xff\xfea", 3)]
        {
            assert_eq!(units(text), expected, "{text:?}");
            assert_eq!(units(text), String::from_utf8_lossy(text).encode_utf16().count());
        }
    }
}
