//! Secrets that a report in JSON lines names.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Read};

use serde::Deserialize;

use super::facts::{Facts, Place, Validity};

/// The longest line that is read, in bytes. A finding has a few hundred.
const LONGEST_LINE: u64 = 1 << 20;

/// How many different secrets are kept.
const MOST_SECRETS: usize = 10_000;

/// How many bytes of lines are kept something of. What is kept of a line is less than the line.
const MOST_BYTES: usize = 16 << 20;

/// The secrets of a report, by the id of their detector and then by fingerprint.
#[derive(Debug, Default)]
pub struct Report {
    /// What is known of each.
    pub secrets: BTreeMap<String, BTreeMap<String, Facts>>,
    /// How many different secrets were left out, as there were more than ten thousand or all the
    /// space was used up; each is counted as often as it occurs.
    pub left_out: u64,
}

/// Why a report cannot be read.
#[derive(Debug)]
pub enum ReportError {
    /// It cannot be read at all.
    Io(io::Error),
    /// A line is not what a report in JSON lines has; lines count from 1.
    Line(u64),
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReportError::Io(e) => e.fmt(f),
            ReportError::Line(line) => {
                write!(f, "line {line} is not of a report in JSON lines; write one with `--format jsonl`")
            }
        }
    }
}

impl std::error::Error for ReportError {}

impl From<io::Error> for ReportError {
    fn from(e: io::Error) -> ReportError {
        ReportError::Io(e)
    }
}

/// What a line of a report says, as far as a playbook needs it. The secret is not read, masked or not.
#[derive(Deserialize)]
struct Line {
    detector: Option<String>,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    line: u64,
    #[serde(default)]
    validity: String,
    #[serde(default)]
    evidence: String,
    #[serde(default)]
    details: BTreeMap<String, String>,
    #[serde(default)]
    source: Source,
}

#[derive(Default, Deserialize)]
struct Source {
    #[serde(default)]
    commit: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    date: String,
}

impl Report {
    /// Reads a report in JSON lines. `provider` names the provider of a detector: the last characters of a secret are kept
    /// only where the provider itself shows them.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or a line is not of such a report.
    pub fn read<'d>(
        mut from: impl BufRead,
        provider: impl Fn(&str) -> Option<&'d str>,
    ) -> Result<Report, ReportError> {
        let mut report = Report::default();
        let (mut kept, mut bytes) = (0, 0);
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            let read = (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut text)?;
            if read == 0 {
                break;
            }
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line: Line = serde_json::from_slice(&text).map_err(|_| ReportError::Line(number))?;
            // The summary, and judgements of `explain`.
            let Some(detector) = line.detector else { continue };
            let of_kind = report.secrets.entry(detector.clone()).or_default();
            let is_full = bytes + text.len() > MOST_BYTES;
            match of_kind.get_mut(&line.fingerprint) {
                Some(known) if is_full => {
                    known.occurrences += 1;
                    continue;
                }
                None if is_full || kept == MOST_SECRETS => {
                    report.left_out += 1;
                    continue;
                }
                _ => bytes += text.len(),
            }
            let facts = of_kind.entry(line.fingerprint.clone()).or_insert_with(|| {
                kept += 1;
                Facts { fingerprint: super::facts::clean(&line.fingerprint), ..Facts::default() }
            });
            let mut more = Facts { validity: Validity::from_name(&line.validity), ..Facts::default() };
            more.evidence = super::facts::clean(&line.evidence);
            let provider = provider(&detector).unwrap_or_default();
            for (name, value) in line.details {
                more.add_detail(provider, &name, &value);
            }
            more.add_place(Place {
                path: line.path,
                line: line.line,
                commit: line.source.commit,
                author: line.source.author,
                date: line.source.date,
            });
            facts.merge(more);
        }
        // A report of many threads has its files in any order.
        for facts in report.secrets.values_mut().flat_map(BTreeMap::values_mut) {
            facts.places.sort_by(|a, b| (&a.path, a.line, &a.date).cmp(&(&b.path, b.line, &b.date)));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Report, ReportError> {
        Report::read(text.as_bytes(), |id| Some(if id == "scalr-api-token" { "Scalr" } else { "Acme" }))
    }

    #[test]
    fn a_report_is_read() {
        let report = read(concat!(
            r#"{"detector":"scalr-api-token","fingerprint":"aa","path":"b.tf","line":3,"secret":"S","details":{"token-id":"at-1","last-six":"abcdef"},"source":{"type":"git","commit":"c2","author":"Jo","date":"2026-02-02T00:00:00Z"},"validity":"dead","evidence":"401"}"#,
            "\n",
            r#"{"detector":"scalr-api-token","fingerprint":"aa","path":"a\n.tf","line":4,"details":{},"source":{"type":"git","commit":"c1","author":"Al","date":"2026-01-01T00:00:00Z"},"validity":"live","evidence":"200"}"#,
            "\n\n",
            r#"{"detector":"acme-key","fingerprint":"bb","path":"-","line":1,"details":{"last-six":"zzzzzz"},"new-field":[1],"validity":"unknown"}"#,
            "\n",
            r#"{"summary":{"findings":{"total":3}}}"#,
        ))
        .unwrap();
        let scalr = &report.secrets["scalr-api-token"]["aa"];
        assert_eq!((scalr.occurrences, scalr.validity, scalr.evidence.as_str()), (2, Validity::Live, "200"));
        assert_eq!((scalr.detail("token-id"), scalr.detail("last-six")), (Some("at-1"), Some("abcdef")));
        let first = scalr.first_place().unwrap();
        assert_eq!((first.commit.as_str(), first.path.as_str()), ("c1", "a\u{fffd}.tf"));
        assert_eq!(report.secrets["acme-key"]["bb"].detail("last-six"), None);
        assert!(!format!("{report:?}").contains("\"S\""));
    }

    #[test]
    fn what_is_no_report_is_an_error() {
        for (text, line) in [("{\"detector\":3}", 1), ("{}\nx", 2), ("[]", 1), ("<html>", 1)] {
            assert!(matches!(read(text), Err(ReportError::Line(n)) if n == line), "{text}");
        }
        assert!(read("").unwrap().secrets.is_empty());
        let endless = "a".repeat(3 << 20);
        assert!(matches!(read(&endless), Err(ReportError::Line(1))));
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let lines: String = (0..MOST_SECRETS + 5)
            .map(|i| format!("{{\"detector\":\"a\",\"fingerprint\":\"{i}\"}}\n"))
            .collect();
        let report = read(&lines).unwrap();
        assert_eq!((report.secrets["a"].len(), report.left_out), (MOST_SECRETS, 5));
        // Long lines use up the space first; known secrets are still counted.
        let line = |i: usize| {
            format!("{{\"detector\":\"a\",\"fingerprint\":\"{i}\",\"x\":\"{}\"}}\n", "y".repeat(900 << 10))
        };
        let lines: String = (0..25).chain([0]).map(line).collect();
        let report = read(&lines).unwrap();
        assert_eq!((report.secrets["a"].len(), report.left_out), (18, 7));
        assert_eq!(report.secrets["a"]["0"].occurrences, 2);
    }
}
