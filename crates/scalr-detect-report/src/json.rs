//! JSON: one document, for programs that read the report when the scan is over.
//!
//! An object with `findings`, an array, and `summary`, the object of [`jsonl`](crate::jsonl::summary). A finding is a
//! secret: an object with the fields `detector`, `name`, `severity`, `confidence` (the surest of its places), `secret`, `fingerprint`,
//! `details`, `weak`, `placeholder`, `validity` and `evidence` as in [`jsonl`](crate::jsonl), and `occurrences`, an array with the other
//! fields for each place. If every place is to be a finding, the objects are those of [`jsonl`](crate::jsonl).

use std::borrow::Cow;
use std::io::{self, Write};

use scalr_detect::Details;

use crate::jsonl::{Coverage, Finding, Source, details};
use crate::record::{Record, Report, grouped, surest};
use crate::text::percent;

#[derive(serde::Serialize)]
struct Secret<'a> {
    detector: &'a str,
    name: &'a str,
    severity: &'a str,
    confidence: &'a str,
    secret: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_percent: Option<String>,
    fingerprint: String,
    #[serde(serialize_with = "details")]
    details: &'a Details,
    weak: bool,
    placeholder: bool,
    validity: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    evidence: &'a str,
    occurrences: Vec<Place<'a>>,
}

#[derive(serde::Serialize)]
struct Place<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start: usize,
    end: usize,
    confidence: &'a str,
    reason: &'a str,
    decoded_by: &'a [&'static str],
    source: Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    suppressed_why: &'a str,
}

impl<'a> Place<'a> {
    fn new(r: &'a Record) -> Place<'a> {
        Place {
            path: String::from_utf8_lossy(&r.path),
            path_percent: percent(&r.path),
            line: r.position.line,
            column: r.position.column,
            end_line: r.end_position.line,
            end_column: r.end_position.column,
            start: r.start,
            end: r.end,
            confidence: r.confidence.name(),
            reason: r.reason,
            decoded_by: &r.decoded_by,
            source: Source::new(&r.origin),
            suppressed_by: r.suppressed_by,
            suppressed_why: &r.suppressed_why,
        }
    }
}

/// Writes the document.
pub fn write(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    out.write_all(b"{\"findings\":[")?;
    let mut separator: &[u8] = b"\n";
    for group in grouped(report.records, report.each) {
        let Some(r) = surest(&group) else { continue };
        out.write_all(separator)?;
        separator = b",\n";
        if report.each {
            serde_json::to_writer(&mut *out, &Finding::new(r))?;
            continue;
        }
        let secret = Secret {
            detector: r.detector.id,
            name: r.detector.name,
            severity: r.detector.severity.name(),
            confidence: r.confidence.name(),
            secret: String::from_utf8_lossy(&r.secret),
            secret_percent: percent(&r.secret),
            fingerprint: r.fingerprint.to_string(),
            details: &r.details,
            weak: r.weak,
            placeholder: r.placeholder,
            validity: r.validity.name(),
            evidence: &r.evidence,
            occurrences: group.iter().map(|place| Place::new(place)).collect(),
        };
        serde_json::to_writer(&mut *out, &secret)?;
    }
    out.write_all(b"\n],\"summary\":")?;
    serde_json::to_writer(&mut *out, &Coverage::new(report.summary))?;
    out.write_all(b"}\n")
}
