//! JUnit XML: findings as tests that failed, which every CI system shows.
//!
//! One suite. What is suppressed and shown all the same is skipped. Each place is a test case that fails, of the class that is the path. One case is there always, as some systems take
//! no tests for a failure: it passes if everything that was asked for was scanned, and has an `error` with the reasons if not.

use std::io::{self, Write};

use crate::record::{Report, gaps};
use crate::text::{date, plain};

/// Writes the document.
pub fn write(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let summary = report.summary;
    let skipped = report.records.iter().filter(|record| record.suppressed_by.is_some()).count();
    let failures = report.records.len() - skipped;
    let errors = usize::from(summary.ledger.is_incomplete());
    let seconds = summary.elapsed.as_secs_f64();
    let counts =
        format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"", report.records.len() + 1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"scalr-detect\" {counts} time=\"{seconds:.3}\">")?;
    writeln!(
        out,
        "<testsuite name=\"scalr-detect\" {counts} skipped=\"{skipped}\" time=\"{seconds:.3}\" timestamp=\"{}\">",
        date(summary.started_seconds()).trim_end_matches('Z')
    )?;
    for r in report.records {
        let path = text(&plain(&r.path));
        let (line, column) = (r.position.line, r.position.column);
        let name = text(&plain(r.detector.name.as_bytes()));
        writeln!(
            out,
            "<testcase classname=\"{path}\" name=\"{name} at {line}:{column}\" file=\"{path}\" line=\"{line}\" time=\"0\">"
        )?;
        if let Some(by) = r.suppressed_by {
            let why = text(&plain(r.suppressed_why.as_bytes()));
            writeln!(out, "<skipped message=\"suppressed by {by}: {why}\"/>\n</testcase>")?;
            continue;
        }
        let message = text(&r.sentence());
        let remediation = text(&plain(r.detector.remediation.as_bytes()));
        writeln!(
            out,
            "<failure type=\"{}\" message=\"{message}\">{path}:{line}:{column}: {}: {message}\n{remediation}\nfingerprint {}</failure>",
            text(r.detector.id),
            r.detector.severity.name(),
            r.fingerprint
        )?;
        writeln!(out, "</testcase>")?;
    }
    let name = "everything that was asked for was scanned";
    if errors == 0 {
        writeln!(out, "<testcase classname=\"scalr-detect\" name=\"{name}\" time=\"{seconds:.3}\"/>")?;
    } else {
        writeln!(out, "<testcase classname=\"scalr-detect\" name=\"{name}\" time=\"{seconds:.3}\">")?;
        let messages: Vec<String> = gaps(summary.ledger).map(|gap| text(&gap)).collect();
        let shown = messages.join("\n");
        writeln!(out, "<error type=\"incomplete\" message=\"the scan is incomplete\">{shown}</error>")?;
        writeln!(out, "</testcase>")?;
    }
    writeln!(out, "</testsuite>\n</testsuites>")
}

/// Text as XML has it, in elements and in attributes. Characters that XML does not have are replaced.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_of_xml() {
        assert_eq!(text("a<b>\"&]]>\u{ffff}\x1b"), "a&lt;b&gt;&quot;&amp;]]&gt;\u{fffd}\u{fffd}");
    }
}
