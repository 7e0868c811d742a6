//! CSV: a table of every place, for spreadsheets and databases (RFC 4180: `\r\n`, quotes doubled, a head line).
//!
//! Spreadsheets run cells that look like formulas, and file names and commits are not ours: a text that starts with `=`, `+`,
//! `-`, `@` or what is read as one of them has a `'` put before it. Control characters are shown as pictures; where a path has any, or is
//! not UTF-8, `path_percent` has it exactly, percent-encoded. The columns are those of [`jsonl`](crate::jsonl). The summary of a scan has no place
//! in a table.

use std::borrow::Cow;
use std::io::{self, Write};

use scalr_detect_sources::Origin;

use crate::record::Record;
use crate::text::{date, plain, url_path};

/// The names of the columns.
const HEAD: &str = "detector,name,severity,confidence,reason,path,path_percent,line,column,end_line,end_column,start,end,\
    secret,fingerprint,decoded_by,details,weak,placeholder,validity,evidence,source,commit,author,email,date,summary,image,layer,suppressed_by,suppressed_why\r\n";

/// Appends the head line.
pub fn head(out: &mut impl Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())
}

/// Appends a finding.
pub fn finding(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let r = record;
    let path = plain(&r.path);
    let exact = if path.as_bytes() == r.path { String::new() } else { url_path(&r.path) };
    let text = |text: &str| cell(&plain(text.as_bytes()));
    let details: Vec<String> = r.details.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (commit, image) = match &r.origin {
        Origin::Git(git) => (git.commit.as_deref(), None),
        Origin::Image(image) => (None, Some(image)),
        _ => (None, None),
    };
    let of_commit = |field: fn(&scalr_detect_sources::Commit) -> &str| text(commit.map_or("", field));
    let cells = [
        text(r.detector.id),
        text(r.detector.name),
        text(r.detector.severity.name()),
        text(r.confidence.name()),
        text(r.reason),
        cell(&path),
        text(&exact),
        r.position.line.to_string(),
        r.position.column.to_string(),
        r.end_position.line.to_string(),
        r.end_position.column.to_string(),
        r.start.to_string(),
        r.end.to_string(),
        cell(&plain(&r.secret)),
        text(&r.fingerprint.to_string()),
        text(&r.decoded_by.join(" ")),
        text(&details.join("; ")),
        r.weak.to_string(),
        r.placeholder.to_string(),
        text(r.validity.name()),
        text(&r.evidence),
        text(r.origin.name()),
        of_commit(|c| &c.id),
        of_commit(|c| &c.author),
        of_commit(|c| &c.email),
        commit.map_or(String::new(), |c| date(c.time)),
        of_commit(|c| &c.summary),
        text(image.map_or("", |image| &image.image)),
        image.map_or(String::new(), |image| image.layer.to_string()),
        text(r.suppressed_by.unwrap_or_default()),
        text(&r.suppressed_why),
    ];
    write!(out, "{}\r\n", cells.join(","))
}

/// A cell that is no formula, in quotes if it needs them.
fn cell(text: &str) -> String {
    let mut text: Cow<'_, str> = text.into();
    // Those of full width are taken for the others in some languages; spaces before them are skipped.
    if text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        text = format!("'{text}").into();
    }
    if text.contains(['"', ',', '\r', '\n', ';', '\'']) || text.trim() != text {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::record;

    #[test]
    fn cells_are_no_formulas() {
        for (text, expected) in [
            ("a b", "a b"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("-", "\"'-\""),
            ("  @x", "\"'  @x\""),
            ("＝1", "\"'＝1\""),
            ("1+1", "1+1"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn a_finding_is_a_row_of_as_many_cells_as_the_head() {
        let mut record = record();
        record.path = b"=cmd\r\n,\xff\"".to_vec();
        let mut out = Vec::new();
        head(&mut out).unwrap();
        finding(&mut out, &record).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches("\r\n").count(), 2, "{text}");
        assert!(text.contains("\"'=cmd␍␊,\u{fffd}\"\"\",%3Dcmd%0D%0A%2C%FF%22,2,5,2,25,10,30,"), "{text}");
        let row = text.lines().nth(1).unwrap().replace("\"'=cmd␍␊,\u{fffd}\"\"\"", "path");
        assert_eq!(row.replace("t-1; host", "").split(',').count(), HEAD.split(',').count(), "{row}");
    }
}
