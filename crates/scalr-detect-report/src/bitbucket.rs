//! Code Insights of Bitbucket: a report of a commit, and annotations beside its code, in the forms of Bitbucket Cloud and of
//! Bitbucket Data Center.
//!
//! Each is sent by HTTP requests of their own, so each body is a file of its own: the report, then at most a thousand
//! annotations, a hundred a request. The worst come first; the report says how many there are in all.

use std::io::{self, Write};

use scalr_detect::Severity;
use serde::Serialize;

use crate::record::{Record, Report, gaps};
use crate::text::{count, plain, shorten};

/// How many annotations a report may have, and a request.
const MOST: usize = 1000;
const A_REQUEST: usize = 100;

/// Which Bitbucket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Edition {
    /// bitbucket.org.
    Cloud,
    /// One's own server.
    DataCenter,
}

/// The bodies of the requests: of the report, and then of its annotations.
pub fn bodies(report: &Report<'_>, edition: Edition) -> Vec<Vec<u8>> {
    let mut records = reported(report);
    records.sort_by_key(|r| std::cmp::Reverse((r.detector.severity, r.confidence)));
    records.truncate(MOST);
    let mut bodies = vec![json(&match edition {
        Edition::Cloud => cloud_report(report),
        Edition::DataCenter => data_center_report(report),
    })];
    let mut number = 0;
    for chunk in records.chunks(A_REQUEST) {
        let annotations: Vec<serde_json::Value> = chunk
            .iter()
            .map(|r| {
                number += 1;
                match edition {
                    Edition::Cloud => cloud_annotation(r, number),
                    Edition::DataCenter => data_center_annotation(r, number),
                }
            })
            .collect();
        bodies.push(match edition {
            Edition::Cloud => json(&annotations),
            Edition::DataCenter => json(&serde_json::json!({ "annotations": annotations })),
        });
    }
    bodies
}

/// What is reported, which what is suppressed is not.
fn reported<'a>(report: &Report<'a>) -> Vec<&'a Record> {
    report.records.iter().filter(|record| record.suppressed_by.is_none()).collect()
}

/// Writes all bodies into one document, an object with `report` and `annotations`, an array of bodies: for where there is only
/// one place to write to.
pub fn write(out: &mut impl Write, report: &Report<'_>, edition: Edition) -> io::Result<()> {
    let bodies = bodies(report, edition);
    let mut separator: &[u8] = b"{\"report\":";
    for (i, body) in bodies.iter().enumerate() {
        out.write_all(separator)?;
        out.write_all(body.trim_ascii_end())?;
        separator = if i == 0 { b",\n\"annotations\":[\n" } else { b",\n" };
    }
    out.write_all(if bodies.len() > 1 { b"]}\n" } else { b",\n\"annotations\":[]}\n" })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Plain values, and memory takes everything.
    let mut body = serde_json::to_vec(value).unwrap_or_default();
    body.push(b'\n');
    body
}

/// What the report says in a sentence.
fn details(report: &Report<'_>) -> String {
    let summary = report.summary;
    let mut text = match reported(report).len() as u64 {
        0 => "No secrets found".to_owned(),
        n => count(n, "finding"),
    };
    text += &format!("; scanned {}.", count(summary.ledger.units(), "file"));
    if summary.suppressed.total() > 0 {
        text += &format!(" {} left out as told.", count(summary.suppressed.total(), "finding"));
    }
    if summary.ledger.is_incomplete() {
        let gaps: Vec<String> = gaps(summary.ledger).collect();
        text += &format!(" The scan is incomplete: {}.", gaps.join("; "));
    }
    if reported(report).len() > MOST {
        text += &format!(" The worst {MOST} are shown.");
    }
    shorten(&text, 2000).into_owned()
}

fn passed(report: &Report<'_>) -> bool {
    reported(report).is_empty() && !report.summary.ledger.is_incomplete()
}

/// Numbers for people: of each severity, and of files.
fn data(report: &Report<'_>) -> Vec<(&'static str, u64)> {
    let mut data: Vec<(&'static str, u64)> = report
        .summary
        .tally
        .by_severity()
        .map(|(severity, n)| {
            let title = match severity {
                Severity::Critical => "Critical",
                Severity::High => "High",
                Severity::Medium => "Medium",
                Severity::Low => "Low",
                Severity::Info => "Info",
            };
            (title, n)
        })
        .collect();
    data.push(("Files scanned", report.summary.ledger.units()));
    data
}

fn cloud_report(report: &Report<'_>) -> serde_json::Value {
    let data: Vec<_> = data(report)
        .into_iter()
        .map(|(title, value)| serde_json::json!({ "title": title, "type": "NUMBER", "value": value }))
        .collect();
    serde_json::json!({
        "title": "Secrets",
        "details": details(report),
        "external_id": "scalr-detect",
        "reporter": "scalr-detect",
        "report_type": "SECURITY",
        "result": if passed(report) { "PASSED" } else { "FAILED" },
        "data": data,
    })
}

fn data_center_report(report: &Report<'_>) -> serde_json::Value {
    let data: Vec<_> = data(report)
        .into_iter()
        .map(|(title, value)| serde_json::json!({ "title": title, "type": "NUMBER", "value": value }))
        .collect();
    serde_json::json!({
        "title": "Secrets",
        "details": details(report),
        "reporter": "scalr-detect",
        "result": if passed(report) { "PASS" } else { "FAIL" },
        "data": data,
    })
}

/// Unique in a report: the same secret may be twice in a line.
fn external_id(r: &Record, number: usize) -> String {
    format!("scalr-detect-{}-{number}", r.fingerprint)
}

fn cloud_annotation(r: &Record, number: usize) -> serde_json::Value {
    let mut annotation = serde_json::json!({
        "external_id": external_id(r, number),
        "annotation_type": "VULNERABILITY",
        "summary": shorten(&r.sentence(), 450),
        "details": shorten(&plain(r.detector.remediation.as_bytes()), 2000),
        "result": "FAILED",
        "severity": match r.detector.severity {
            Severity::Critical => "CRITICAL",
            Severity::High => "HIGH",
            Severity::Medium => "MEDIUM",
            Severity::Low | Severity::Info => "LOW",
        },
        "path": String::from_utf8_lossy(r.repository_path()),
        "line": r.position.line,
    });
    if let Some(link) = crate::gitlab::links(r.detector.references).next() {
        annotation["link"] = link.into();
    }
    annotation
}

fn data_center_annotation(r: &Record, number: usize) -> serde_json::Value {
    let mut annotation = serde_json::json!({
        "externalId": external_id(r, number),
        "type": "VULNERABILITY",
        "message": shorten(&format!("{}. {}", r.sentence(), plain(r.detector.remediation.as_bytes())), 2000),
        "severity": match r.detector.severity {
            Severity::Critical | Severity::High => "HIGH",
            Severity::Medium => "MEDIUM",
            Severity::Low | Severity::Info => "LOW",
        },
        "path": String::from_utf8_lossy(r.repository_path()),
        "line": r.position.line,
    });
    if let Some(link) = crate::gitlab::links(r.detector.references).next() {
        annotation["link"] = link.into();
    }
    annotation
}
