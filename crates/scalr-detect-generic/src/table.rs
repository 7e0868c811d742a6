//! Tables of text, of Markdown or drawn with `+-|`: the head has the name, and the rows below it have the values.

use crate::BEHIND;
use crate::features::names_user;
use std::ops::Range;

/// So much of a table is looked at behind a name in its head, in bytes.
const TABLE: usize = 1024;

/// A name in the head of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// Its column: how many bars stand before it.
    pub(crate) column: usize,
    /// Where the rows start; none if the text ends too early to tell that this is a head.
    pub(crate) rows: Option<usize>,
    /// Whether another column is that of users.
    pub(crate) has_users: bool,
    /// Whether more text behind the haystack's end might be a part of the table.
    pub(crate) open: bool,
    /// Behind what is looked at of the table.
    end: usize,
}

impl Head {
    /// The head that a name stands in, if it stands in one.
    #[inline]
    pub(crate) fn of(haystack: &[u8], name: &Range<usize>) -> Option<Head> {
        let marks = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'*' | b'`');
        let rest = &haystack[name.end..];
        let behind = rest.get(rest.iter().take(TABLE).take_while(marks).count());
        let before = || haystack[..name.start].iter().rev().take(BEHIND).find(|byte| !marks(byte));
        if behind != Some(&b'|') && !(matches!(behind, Some(b'\n' | b'\r')) && before() == Some(&b'|')) {
            return None;
        }
        let start = name.start.saturating_sub(BEHIND);
        let line = &haystack[start..name.start];
        let line = match line.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => &line[at + 1..],
            None if start == 0 => line,
            None => return None,
        };
        // A line of a log may have bars, and must not wait for the next.
        let is_head = |byte: &u8| byte.is_ascii_alphabetic() || b" \t|*`_".contains(byte);
        if !line.trim_ascii_start().starts_with(b"|") && !line.iter().all(is_head) {
            return None;
        }
        let column = line.iter().filter(|byte| **byte == b'|').count();
        let end = haystack.len().min(name.end + TABLE);
        let is_cut = end < name.end + TABLE;
        let unseen = Head { column, rows: None, has_users: false, open: true, end };
        let Some(head) = next_line(haystack, name.end, end) else { return is_cut.then_some(unseen) };
        let (rule, rows) = match next_line(haystack, head.end + 1, end) {
            Some(rule) => (rule.clone(), Some(rule.end + 1)),
            None if is_cut => (head.end + 1..end, None),
            None => return None,
        };
        let is_rule = |byte: &u8| matches!(byte, b'|' | b'-' | b':' | b'+' | b'=' | b' ' | b'\t' | b'\r');
        let rule = &haystack[rule];
        if !rule.iter().all(is_rule) {
            return None;
        }
        let Some(rows) = rows else { return Some(unseen) };
        if !rule.windows(2).any(|two| two == b"--" || two == b"==")
            || !rule.iter().any(|byte| b"|+".contains(byte))
        {
            return None;
        }
        let mut at = rows;
        while let Some(row) = next_line(haystack, at, end).filter(|row| is_row(&haystack[row.clone()])) {
            at = row.end + 1;
        }
        let ends = next_line(haystack, at, end).is_some();
        let has_users = names_user(&haystack[name.start - line.len()..head.end]);
        Some(Head { column, rows: Some(rows), has_users, open: is_cut && !ends, end })
    }

    /// The cell of the name's column in the first row at `from` or behind it, without the white space around.
    pub(crate) fn cell(&self, haystack: &[u8], from: usize) -> Option<Range<usize>> {
        let mut at = from;
        while at < self.end {
            let row = match next_line(haystack, at, self.end) {
                Some(row) => row,
                // The last line of a text may have no end.
                None if self.end == haystack.len() => at..self.end,
                None => return None,
            };
            if !is_row(&haystack[row.clone()]) {
                return None;
            }
            at = row.end + 1;
            let mut start = row.start;
            for (i, cell) in haystack[row].split(|byte| *byte == b'|').enumerate() {
                let trimmed = cell.trim_ascii_start();
                let first = start + cell.len() - trimmed.len();
                if i == self.column && !trimmed.trim_ascii_end().is_empty() {
                    return Some(first..first + trimmed.trim_ascii_end().len());
                }
                start += cell.len() + 1;
            }
        }
        None
    }
}

/// The line that starts at `from`, if it ends before `to`.
fn next_line(haystack: &[u8], from: usize, to: usize) -> Option<Range<usize>> {
    let end = haystack.get(from..to)?.iter().position(|byte| *byte == b'\n')?;
    Some(from..from + end)
}

fn is_row(line: &[u8]) -> bool {
    line.contains(&b'|') || line.starts_with(b"+-")
}
