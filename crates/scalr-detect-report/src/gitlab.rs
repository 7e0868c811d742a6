//! GitLab's secret detection report, version 15.0.7 of its format: what `artifacts: reports: secret_detection` takes.
//!
//! Each place is a vulnerability. Its id is a UUID made of the fingerprint and the place, the same in every scan. No line of code is in the
//! report, as GitLab would show it with the secret. Fields and limits are those of the published schema
//! (security-report-schemas, `secret-detection-report-format.json`).

use std::io::{self, Write};

use scalr_detect::Severity;
use scalr_detect_sources::Origin;
use serde::Serialize;
use uuid::Uuid;

use crate::github::markdown;
use crate::record::{Record, Report, gaps};
use crate::text::{date, plain, shorten};

const VERSION: &str = "15.0.7";

/// The namespace of the ids of vulnerabilities: random, and fixed for ever.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_1e52_8d3b_4a67_9b1e_52d4_c0a7_e913);

/// What GitLab's own analyzer gives as a commit where there is none.
const NO_COMMIT: &str = "0000000";

#[derive(Serialize)]
struct Document<'a> {
    version: &'a str,
    vulnerabilities: Vec<Vulnerability<'a>>,
    scan: Scan,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    id: String,
    name: String,
    description: String,
    severity: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    solution: String,
    identifiers: [Identifier<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Flag>,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Identifier<'a> {
    r#type: &'a str,
    name: String,
    value: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Flag {
    r#type: &'static str,
    origin: &'static str,
    description: String,
}

#[derive(Serialize)]
struct Location<'a> {
    file: String,
    commit: Commit<'a>,
    start_line: usize,
    end_line: usize,
}

#[derive(Serialize)]
struct Commit<'a> {
    sha: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Serialize)]
struct Scan {
    analyzer: Tool,
    scanner: Tool,
    r#type: &'static str,
    start_time: String,
    end_time: String,
    status: &'static str,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Tool {
    id: &'static str,
    name: &'static str,
    version: &'static str,
    vendor: Vendor,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
}

#[derive(Serialize)]
struct Message {
    level: &'static str,
    value: String,
}

impl Tool {
    const fn new() -> Tool {
        let vendor = Vendor { name: "scalr-detect" };
        Tool { id: "scalr-detect", name: "scalr-detect", version: env!("CARGO_PKG_VERSION"), vendor }
    }
}

/// Writes the document.
pub fn write(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let summary = report.summary;
    // A time without a zone or a fraction, which the format wants.
    let time = |seconds: i64| date(seconds).chars().take("2026-01-01T00:00:00".len()).collect::<String>();
    let incomplete = summary.ledger.is_incomplete();
    let mut messages: Vec<Message> =
        gaps(summary.ledger).map(|value| Message { level: "warn", value }).collect();
    if summary.suppressed.total() > 0 {
        let value = format!("{} findings were left out as told", summary.suppressed.total());
        messages.push(Message { level: "info", value });
    }
    let document = Document {
        version: VERSION,
        vulnerabilities: report.records.iter().map(|record| vulnerability(record, report)).collect(),
        scan: Scan {
            analyzer: Tool::new(),
            scanner: Tool::new(),
            r#type: "secret_detection",
            start_time: time(summary.started_seconds()),
            end_time: time(summary.ended_seconds()),
            status: if incomplete { "failure" } else { "success" },
            messages,
        },
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn vulnerability<'a>(r: &'a Record, report: &Report<'a>) -> Vulnerability<'a> {
    let d = r.detector;
    let commit = match &r.origin {
        Origin::Git(git) => git.commit.as_deref(),
        _ => None,
    };
    let sha = match commit {
        Some(commit) => &*commit.id,
        None => report.checkout.commit.as_deref().unwrap_or(NO_COMMIT),
    };
    let author = |c: &scalr_detect_sources::Commit| match c.email.is_empty() {
        true => c.author.clone(),
        false => format!("{} <{}>", c.author, c.email),
    };
    let mut description = format!("{}.", markdown(&r.sentence()));
    if !d.impact.is_empty() {
        description += &format!(" {}", markdown(d.impact));
    }
    for (name, value) in r.details.iter() {
        description += &format!("\n\n{}: {}", markdown(name), markdown(&shorten(value, 1000)));
    }
    Vulnerability {
        id: id(r, sha),
        name: shorten(&plain(d.name.as_bytes()), 255).into_owned(),
        description,
        severity: match d.severity {
            Severity::Info => "Info",
            Severity::Low => "Low",
            Severity::Medium => "Medium",
            Severity::High => "High",
            Severity::Critical => "Critical",
        },
        solution: shorten(d.remediation, 7000).into_owned(),
        identifiers: [Identifier {
            r#type: "scalr_detect_rule_id",
            name: format!("scalr-detect rule {}", d.id),
            value: d.id,
        }],
        links: links(d.references).map(|url| Link { url }).collect(),
        flags: r.suppressed_by.iter().map(|by| flag(by, &r.suppressed_why)).collect(),
        location: Location {
            file: String::from_utf8_lossy(r.repository_path()).into_owned(),
            commit: Commit {
                sha,
                author: commit.map(author),
                date: commit.map(|c| date(c.time)),
                message: commit.map(|c| &*c.summary),
            },
            start_line: r.position.line,
            end_line: r.end_position.line,
        },
    }
}

/// What is shown although somebody has said that it is none.
fn flag(by: &str, why: &str) -> Flag {
    let description = format!("Suppressed by {by}: {}", markdown(why));
    Flag { r#type: "flagged-as-likely-false-positive", origin: "scalr-detect", description }
}

/// The references that are addresses: those of one's own detectors may be anything.
pub(crate) fn links<'a>(references: &[&'a str]) -> impl Iterator<Item = &'a str> {
    let is_link =
        |r: &&str| r.strip_prefix("https://").or(r.strip_prefix("http://")).is_some_and(|r| !r.is_empty());
    references.iter().copied().filter(is_link)
}

/// The same for the same secret at the same place.
fn id(r: &Record, sha: &str) -> String {
    let place = format!("{} {sha} {}:{} ", r.fingerprint, r.position.line, r.position.column);
    Uuid::new_v5(&NAMESPACE, &[place.as_bytes(), r.repository_path()].concat()).to_string()
}
