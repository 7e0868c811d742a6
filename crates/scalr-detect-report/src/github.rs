//! Workflow commands of GitHub Actions, which shows them beside the code of a pull request, and a summary of the job.
//!
//! GitHub shows ten annotations of each level a step. A command ends with its line, so what is put into one is escaped.

use std::borrow::Cow;
use std::io::{self, Write};

use scalr_detect::Severity;

use crate::record::{Record, Summary};
use crate::text::{count, plain, size};

/// Appends a finding; nothing of one that is suppressed.
pub fn finding(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let r = record;
    if r.suppressed_by.is_some() {
        return Ok(());
    }
    let command = match r.detector.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let path = String::from_utf8_lossy(r.repository_path());
    let (line, end_line) = (r.position.line, r.end_position.line);
    write!(out, "::{command} file={},line={line},endLine={end_line}", property(&path))?;
    // Columns are for places within a line.
    if line == end_line
        && let Some(columns) = r.columns
    {
        write!(out, ",col={},endColumn={}", columns.start, columns.end)?;
    }
    writeln!(out, ",title={}::{}", property(&plain(r.detector.name.as_bytes())), data(&r.sentence()))
}

/// Appends what is to be said at the end: how many findings there are, and whether the scan is incomplete.
pub fn summary(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    let found = count(summary.tally.total(), "finding");
    let scanned = count(summary.ledger.units(), "file");
    if summary.ledger.is_incomplete() {
        let text = "The scan is incomplete: not everything that was asked for was read. The step summary has what was not.";
        writeln!(out, "::warning title=scalr-detect::{}", data(text))?;
    }
    writeln!(out, "::notice title=scalr-detect::{}", data(&format!("{found}; scanned {scanned}")))
}

/// Appends the scan as Markdown, for the file that `GITHUB_STEP_SUMMARY` names: kinds and counts, what to do, what was not
/// scanned.
pub fn step_summary(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    let s = summary;
    writeln!(out, "## scalr-detect\n")?;
    let verdict = match s.tally.total() {
        0 => "No secrets found".to_owned(),
        n => format!("{} in {}", count(n, "finding"), count(s.tally.units(), "file")),
    };
    let (units, bytes) = (count(s.ledger.units(), "file"), size(s.ledger.bytes() as f64));
    writeln!(out, "{verdict}; scanned {units}, {bytes}.\n")?;
    if s.suppressed.total() > 0 {
        writeln!(out, "{} left out of the report as told.\n", count(s.suppressed.total(), "finding"))?;
    }
    if s.ledger.is_incomplete() {
        let why =
            if s.ledger.is_interrupted() { "it was interrupted" } else { "not everything could be read" };
        writeln!(out, "**The scan is incomplete:** {why}.\n")?;
    }
    if s.tally.total() > 0 {
        writeln!(out, "| Severity | Kind | Findings | What to do |\n|---|---|--:|---|")?;
        for (id, kind) in s.tally.kinds() {
            let (name, remediation) = (markdown(&kind.name), markdown(&kind.remediation));
            writeln!(out, "| {} | {name} (`{id}`) | {} | {remediation} |", kind.severity.name(), kind.count)?;
        }
        writeln!(out)?;
    }
    if s.ledger.skipped().next().is_some() {
        writeln!(out, "| Not scanned | Files | For example |\n|---|--:|---|")?;
        for (reason, skipped) in s.ledger.skipped() {
            let example = skipped.examples().next().map_or(String::new(), |e| plain(e.path()));
            writeln!(out, "| {reason} | {} | {} |", skipped.units(), markdown(&example))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command. Ends of lines can be escaped; other control characters have no place in a log.
fn property(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control() && !matches!(c, '\r' | '\n'), "\u{fffd}");
    data(&text).replace(':', "%3A").replace(',', "%2C")
}

/// Text in which Markdown and HTML find nothing to do.
pub(crate) fn markdown(text: &str) -> Cow<'_, str> {
    let text = plain(text.as_bytes());
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // An address or a mention is made into a link without any marks.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{ledger, record, tally};
    use scalr_detect_sources::Reason;

    #[test]
    fn a_finding_is_one_command() {
        let mut record = record();
        record.path = b"./a,b:c%\n::error::x".to_vec();
        let mut out = Vec::new();
        finding(&mut out, &record).unwrap();
        let expected = "::error file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax,line=2,endLine=2,col=5,endColumn=25,\
            title=Acme key::Acme key ac_****9f, confidence checked: its checksum holds; decoded from base64, then hex\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn the_step_summary_is_inert() {
        let tally = tally();
        let ledger = ledger(3, 4000, &[(Reason::Permission, &[b"<img src=x>|[a](b)\n# `x"])]);
        let mut out = Vec::new();
        step_summary(&mut out, &crate::record::tests::summary(&tally, &ledger)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("3 findings in 2 files; scanned 3 files, 4.00 kB."), "{text}");
        assert!(text.contains("| high | Acme key (`acme-key`) | 2 | Revoke it in the console. |"), "{text}");
        assert!(text.contains("| permission | 1 | &lt;img src=x&gt;\\|\\[a\\]\\(b\\)␊\\# \\`x |"), "{text}");
        assert!(text.contains("**The scan is incomplete:**"));
    }
}
