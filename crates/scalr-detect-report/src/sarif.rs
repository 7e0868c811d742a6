//! SARIF 2.1.0, as GitHub code scanning wants it.
//!
//! Each place is a result, since GitHub shows only the first location of one; the other places of the same secret are
//! its `relatedLocations`. What identifies a result from one scan to the next is `partialFingerprints`: `scalrDetect/v1` is the
//! fingerprint of the secret, and `primaryLocationLineHash`, which is the one that GitHub uses, is made of it, so that an alert
//! stays the same when lines move. Columns are UTF-16 code units; where they are not known, because the line is
//! very long, a region has the line only, and `byteOffset` and `byteLength` always say the place exactly.
//!
//! GitHub takes 25,000 results a run, 20 runs a file, files of 10 MB when compressed, and wants another category for each
//! run. [`Split`] obeys that: what is too much for one file goes into more.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use scalr_detect::{Confidence, Detector, Fingerprint, Severity};
use scalr_detect_sources::Origin;
use serde_json::{Value, json};

use crate::gitlab::links;
use crate::jsonl::Source;
use crate::record::{Record, Report, gaps};
use crate::text::{date, plain, shorten, url_path};

/// What GitHub takes.
const RESULTS_A_RUN: usize = 25_000;
const RUNS_A_FILE: usize = 20;
const COMPRESSED: usize = 10_000_000;

/// How many results are compressed at a time to learn how large a file gets. Compressed apart, they are larger than together.
const PIECE: usize = 500;

/// How many other places of a secret are named with each.
const RELATED: usize = 10;

/// GitHub takes so many characters of a description, and so many tags.
const DESCRIPTION: usize = 1024;
const TAGS: usize = 20;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// How a report is written.
#[derive(Clone, Default)]
pub struct Options<'a> {
    /// What tells this report from others of the same commit: `automationDetails.id`.
    pub category: Option<&'a str>,
    /// The root that paths are below, if it is known.
    pub root: Option<PathBuf>,
}

/// How a report is shared out to files, and in each to runs.
pub struct Split<'a> {
    report: &'a Report<'a>,
    options: Options<'a>,
    /// The other places of each secret that has some.
    places: HashMap<Fingerprint, Vec<usize>>,
    /// For each record its number among those of the same secret in the same file.
    numbers: Vec<usize>,
    files: Vec<Vec<Range<usize>>>,
}

impl<'a> Split<'a> {
    /// Shares a report out. It has at least one file.
    pub fn new(report: &'a Report<'a>, options: Options<'a>) -> Split<'a> {
        Split::within(report, options, RESULTS_A_RUN, RUNS_A_FILE, COMPRESSED)
    }

    /// All in one file, and in as many runs as are needed.
    pub fn one_file(report: &'a Report<'a>, options: Options<'a>) -> Split<'a> {
        Split::within(report, options, RESULTS_A_RUN, usize::MAX, usize::MAX)
    }

    fn within(
        report: &'a Report<'a>,
        options: Options<'a>,
        results: usize,
        runs: usize,
        compressed: usize,
    ) -> Split<'a> {
        let mut places: HashMap<Fingerprint, Vec<usize>> = HashMap::new();
        let mut in_file: HashMap<(Fingerprint, &[u8]), usize> = HashMap::new();
        let mut numbers = Vec::with_capacity(report.records.len());
        for (i, record) in report.records.iter().enumerate() {
            let of_secret = places.entry(record.fingerprint).or_default();
            if of_secret.len() <= RELATED {
                of_secret.push(i);
            }
            let number = in_file.entry((record.fingerprint, &record.path)).or_default();
            *number += 1;
            numbers.push(*number);
        }
        let mut split = Split { report, options, places, numbers, files: Vec::new() };
        split.share_out(results, runs, compressed);
        split
    }

    fn share_out(&mut self, results: usize, runs: usize, compressed: usize) {
        let is_limited = compressed != usize::MAX;
        // What every run has beside results: rules, which are at most those of all, and the ledger.
        let head = if is_limited { self.rules_size() } else { 0 };
        let (mut file, mut run, mut size) = (Vec::new(), 0..0, head);
        while run.end < self.report.records.len() {
            let end = self.report.records.len().min(run.end + PIECE).min(run.start + results);
            let piece = if is_limited { self.compressed(run.end..end) } else { 0 };
            let is_full = size + piece > compressed && !(run.is_empty() && file.is_empty());
            if is_full || end == run.end {
                let next = run.end..run.end;
                file.extend(Some(std::mem::replace(&mut run, next)).filter(|run| !run.is_empty()));
                size += head;
                if is_full || file.len() == runs {
                    self.files.push(std::mem::take(&mut file));
                    size = head;
                }
                continue;
            }
            size += piece;
            run.end = end;
        }
        file.push(run);
        self.files.push(file);
    }

    /// How large these results are when they are compressed.
    fn compressed(&self, range: Range<usize>) -> usize {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        // Memory takes everything.
        let _ = range.into_iter().try_for_each(|i| self.result(&mut out, i, 0));
        out.finish().map_or(usize::MAX, |bytes| bytes.len())
    }

    fn rules_size(&self) -> usize {
        let rules: Vec<Value> = self.rules(0..self.report.records.len()).1.into_iter().map(rule).collect();
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        let _ = serde_json::to_writer(&mut out, &(rules, self.invocation()));
        out.finish().map_or(usize::MAX, |bytes| bytes.len())
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Writes a file, counted from 0.
    pub fn write(&self, out: &mut impl Write, file: usize) -> io::Result<()> {
        let runs = self.files.get(file).map_or(&[][..], Vec::as_slice);
        let before: usize = self.files.iter().take(file).map(Vec::len).sum();
        let total: usize = self.files.iter().map(Vec::len).sum();
        write!(out, "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[")?;
        for (i, run) in runs.iter().enumerate() {
            out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            self.run(out, run.clone(), before + i, total)?;
        }
        out.write_all(b"\n]}\n")
    }

    /// The rules of some results: the number of each kind, and the kinds in that order.
    fn rules(&self, range: Range<usize>) -> (BTreeMap<&'static str, usize>, Vec<&'static Detector>) {
        let kinds: BTreeMap<&'static str, &'static Detector> =
            self.report.records[range].iter().map(|r| (r.detector.id, r.detector)).collect();
        let numbers = kinds.keys().enumerate().map(|(i, id)| (*id, i)).collect();
        (numbers, kinds.into_values().collect())
    }

    fn run(&self, out: &mut impl Write, range: Range<usize>, number: usize, total: usize) -> io::Result<()> {
        let report = self.report;
        let (numbers, kinds) = self.rules(range.clone());
        out.write_all(b"{\"tool\":")?;
        let driver = json!({
            "name": "scalr-detect",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": kinds.into_iter().map(rule).collect::<Vec<_>>(),
        });
        serde_json::to_writer(&mut *out, &json!({ "driver": driver }))?;
        out.write_all(b",\"columnKind\":\"utf16CodeUnits\",\"invocations\":")?;
        serde_json::to_writer(&mut *out, &[self.invocation()])?;
        if let Some(id) = category(self.options.category, number, total) {
            out.write_all(b",\"automationDetails\":")?;
            serde_json::to_writer(&mut *out, &json!({ "id": id }))?;
        }
        if let Some(uri) = report.checkout.repository.as_deref().filter(|uri| is_uri(uri)) {
            let mut provenance = json!({ "repositoryUri": uri });
            if let Some(commit) = &report.checkout.commit {
                provenance["revisionId"] = json!(commit);
            }
            if let Some(branch) = &report.checkout.branch {
                provenance["branch"] = json!(branch);
            }
            out.write_all(b",\"versionControlProvenance\":")?;
            serde_json::to_writer(&mut *out, &[provenance])?;
        }
        out.write_all(b",\"results\":[")?;
        for i in range.clone() {
            out.write_all(if i == range.start { b"\n" } else { b",\n" })?;
            let rule = numbers.get(report.records[i].detector.id).copied().unwrap_or_default();
            self.result(out, i, rule)?;
        }
        out.write_all(b"]}")
    }

    fn invocation(&self) -> Value {
        let summary = self.report.summary;
        let ledger = summary.ledger;
        let mut notifications: Vec<Value> = gaps(summary.ledger)
            .map(|gap| json!({ "level": "error", "message": { "text": message(&gap) } }))
            .collect();
        for (reason, skipped) in ledger.skipped().filter(|(_, skipped)| skipped.gaps() < skipped.units()) {
            let text = format!("{} not scanned: {reason}", skipped.units() - skipped.gaps());
            notifications.push(json!({ "level": "note", "message": { "text": text } }));
        }
        if summary.suppressed.total() > 0 {
            let text = format!("{} findings were left out as told", summary.suppressed.total());
            notifications.push(json!({ "level": "note", "message": { "text": text } }));
        }
        json!({
            "executionSuccessful": !ledger.is_incomplete(),
            "startTimeUtc": date(summary.started_seconds()),
            "endTimeUtc": date(summary.ended_seconds()),
            "toolExecutionNotifications": notifications,
        })
    }

    fn result(&self, out: &mut impl Write, i: usize, rule: usize) -> io::Result<()> {
        let r = &self.report.records[i];
        let fingerprint = r.fingerprint.to_string();
        let line_hash = format!("{}:{}", &fingerprint[..16], self.numbers[i]);
        let mut properties = json!({
            "severity": r.detector.severity.name(),
            "confidence": r.confidence.name(),
            "validity": r.validity.name(),
            "source": Source::new(&r.origin),
        });
        if !r.details.is_empty() {
            properties["details"] =
                r.details.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        }
        if !r.decoded_by.is_empty() {
            properties["decodedBy"] = json!(r.decoded_by);
        }
        if !r.evidence.is_empty() {
            properties["evidence"] = json!(r.evidence);
        }
        let mut result = json!({
            "ruleId": r.detector.id,
            "ruleIndex": rule,
            "level": level(r.detector.severity),
            "message": { "text": message(&r.sentence()) },
            "locations": [{ "physicalLocation": self.location(r) }],
            "partialFingerprints": { "primaryLocationLineHash": line_hash, "scalrDetect/v1": fingerprint },
            "properties": properties,
        });
        if let Some(by) = r.suppressed_by {
            let kind = if by == "inline" { "inSource" } else { "external" };
            result["suppressions"] =
                json!([{ "kind": kind, "justification": plain(r.suppressed_why.as_bytes()) }]);
        }
        let others = self.places.get(&r.fingerprint).map_or(&[][..], Vec::as_slice);
        let related: Vec<Value> = (others.iter().filter(|&&other| other != i).take(RELATED).enumerate())
            .map(|(id, &other)| {
                json!({
                    "id": id + 1,
                    "physicalLocation": self.location(&self.report.records[other]),
                    "message": { "text": "The same secret" },
                })
            })
            .collect();
        if !related.is_empty() {
            result["relatedLocations"] = related.into();
        }
        serde_json::to_writer(out, &result)?;
        Ok(())
    }

    fn location(&self, r: &Record) -> Value {
        let mut region = json!({
            "startLine": r.position.line,
            "endLine": r.end_position.line,
            "byteOffset": r.start,
            "byteLength": r.end - r.start,
        });
        if let Some(columns) = r.columns {
            region["startColumn"] = json!(columns.start);
            region["endColumn"] = json!(columns.end);
        }
        json!({ "artifactLocation": self.artifact(r), "region": region })
    }

    /// Where a file is: below the root of the sources, or anywhere.
    fn artifact(&self, r: &Record) -> Value {
        let path = r.repository_path();
        let below = |root: &Path| {
            let rest = path.strip_prefix(root.as_os_str().as_encoded_bytes())?;
            rest.strip_prefix(b"/").filter(|rest| !rest.is_empty())
        };
        let is_file = matches!(r.origin, Origin::File);
        let path = self.options.root.as_deref().filter(|_| is_file).and_then(below).unwrap_or(path);
        // `C:/…`, which is absolute where there are drives.
        let drive = cfg!(windows) && path.get(1..3) == Some(b":/");
        match is_file && (path.starts_with(b"/") || drive) {
            true => json!({ "uri": format!("file://{}{}", if drive { "/" } else { "" }, url_path(path)) }),
            false => json!({ "uri": url_path(path), "uriBaseId": "%SRCROOT%" }),
        }
    }
}

/// The category of a run: no two may have the same.
fn category(given: Option<&str>, number: usize, total: usize) -> Option<String> {
    match (given, total) {
        (None, 0 | 1) => None,
        // What follows the last slash is the id of the run, which GitHub leaves out of account.
        (given, _) => {
            let name = given.unwrap_or("scalr-detect").trim_end_matches('/');
            Some(if number == 0 { format!("{name}/") } else { format!("{name}-{}/", number + 1) })
        }
    }
}

fn is_uri(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://") || text.starts_with("ssh://"))
        && text.bytes().all(|b| {
            b.is_ascii_graphic()
                && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn rule(d: &Detector) -> Value {
    // GitHub's bands: over 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low.
    let score = match d.severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.5",
    };
    let precision = match (d.check, d.confidence) {
        (Some(_), _) | (None, Confidence::Checked) => "very-high",
        (None, Confidence::High) => "high",
        (None, Confidence::Medium) => "medium",
        (None, Confidence::Low) => "low",
    };
    let provider: String = d.provider.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    let mut tags = vec!["security", "secret", d.kind.name()];
    tags.extend(Some(&*provider).filter(|provider| !provider.is_empty()));
    tags.extend(d.aliases);
    tags.truncate(TAGS);
    let name = some(d.name, d.id);
    let impact = some(d.impact, name);
    let remediation =
        some(d.remediation, "Revoke it where it was issued, and look for what was done with it.");
    let references: Vec<&str> = links(d.references).collect();
    let mut text = format!("{impact}\n\nWhat to do: {remediation}");
    let mut markdown = format!(
        "{}\n\n**What to do:** {}",
        crate::github::markdown(impact),
        crate::github::markdown(remediation)
    );
    for link in &references {
        text += &format!("\n{link}");
        markdown += &format!("\n- <{}>", link.replace(['<', '>', ' '], ""));
    }
    let mut rule = json!({
        "id": d.id,
        "name": name,
        "shortDescription": { "text": message(&shorten(name, DESCRIPTION)) },
        "fullDescription": { "text": message(&shorten(impact, DESCRIPTION)) },
        "help": { "text": message_lines(&text), "markdown": markdown },
        "defaultConfiguration": { "level": level(d.severity) },
        "properties": { "tags": tags, "precision": precision, "security-severity": score },
    });
    if let Some(link) = references.first().filter(|link| is_uri(link)) {
        rule["helpUri"] = json!(link);
    }
    rule
}

fn some<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}

/// A plain text in which there is no link and no placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6).
fn message(text: &str) -> String {
    message_lines(&plain(text.as_bytes()))
}

fn message_lines(text: &str) -> String {
    let mut out: Cow<'_, str> = text.into();
    for (from, to) in [("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")] {
        if out.contains(from) {
            out = out.replace(from, to).into();
        }
    }
    out.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{ledger, record, summary, tally};
    use crate::{Checkout, Summary};

    fn records(n: usize) -> Vec<Record> {
        (0..n)
            .map(|i| {
                let mut record = record();
                record.path = format!("dir/{i:04}").into_bytes();
                record.fingerprint = Fingerprint::new("acme-key", &(i / 2).to_le_bytes());
                record
            })
            .collect()
    }

    /// The number of results of each run of each file, by reading what is written.
    fn shared_out(split: &Split<'_>) -> Vec<Vec<usize>> {
        let mut ids = Vec::new();
        let sizes = (0..split.files())
            .map(|file| {
                let mut out = Vec::new();
                split.write(&mut out, file).unwrap();
                let document: Value = serde_json::from_slice(&out).unwrap();
                let runs = document["runs"].as_array().unwrap();
                ids.extend(runs.iter().map(|run| run["automationDetails"]["id"].to_string()));
                runs.iter().map(|run| run["results"].as_array().unwrap().len()).collect()
            })
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert!(ids.len() == all, "{ids:?}");
        sizes
    }

    fn with(n: usize, check: impl FnOnce(&Report<'_>)) {
        let (tally, ledger, checkout) = (tally(), ledger(1, 1, &[]), Checkout::default());
        let (records, summary): (_, Summary<'_>) = (records(n), summary(&tally, &ledger));
        check(&Report { records: &records, summary: &summary, each: false, checkout: &checkout });
    }

    #[test]
    fn limits_are_obeyed() {
        let no = usize::MAX;
        for (n, results, runs, expected) in [
            (0, 10, 2, vec![vec![0]]),
            (10, 10, 2, vec![vec![10]]),
            (11, 10, 2, vec![vec![10, 1]]),
            (20, 10, 2, vec![vec![10, 10]]),
            (45, 10, 2, vec![vec![10, 10], vec![10, 10], vec![5]]),
            (1200, 700, no, vec![vec![700, 500]]),
        ] {
            with(n, |report| {
                let split = Split::within(report, Options::default(), results, runs, no);
                assert_eq!(shared_out(&split), expected, "{n} {results} {runs}");
            });
        }
    }

    #[test]
    fn files_are_no_larger_than_is_taken_when_they_are_compressed() {
        with(4000, |report| {
            for limit in [20_000, 60_000, 1_000_000] {
                let split = Split::within(report, Options::default(), 1000, 20, limit);
                let sizes = shared_out(&split);
                assert_eq!(sizes.iter().flatten().sum::<usize>(), 4000);
                assert_eq!(split.files() == 1, limit == 1_000_000, "{sizes:?}");
                for file in 0..split.files() {
                    let mut out = GzEncoder::new(Vec::new(), Compression::default());
                    split.write(&mut out, file).unwrap();
                    let size = out.finish().unwrap().len();
                    assert!(size <= limit, "{size} {limit} {sizes:?}");
                }
            }
        });
    }

    #[test]
    fn categories_are_of_one_run() {
        for (given, number, total, expected) in [
            (None, 0, 1, None),
            (None, 0, 2, Some("scalr-detect/")),
            (None, 1, 2, Some("scalr-detect-2/")),
            (Some("tree"), 0, 1, Some("tree/")),
            (Some("tree/"), 1, 2, Some("tree-2/")),
        ] {
            assert_eq!(category(given, number, total).as_deref(), expected);
        }
    }

    #[test]
    fn paths_are_below_the_root_or_absolute() {
        let root = Some(PathBuf::from("/home/me/project"));
        for (path, uri, is_below) in [
            ("/home/me/project/a b", "a%20b", true),
            ("./a:b", "a%3Ab", true),
            ("/home/me/projects/a", "file:///home/me/projects/a", false),
            ("/etc/x", "file:///etc/x", false),
            ("-", "stdin", true),
            ("../x", "../x", true),
        ] {
            with(1, |report| {
                let mut record = report.records[0].clone();
                record.path = path.into();
                let split = Split::new(report, Options { category: None, root: root.clone() });
                let location = split.artifact(&record);
                assert_eq!(location["uri"], uri, "{path}");
                assert_eq!(location.get("uriBaseId").is_some(), is_below, "{path}");
            });
        }
    }

    #[test]
    fn messages_have_no_links_and_no_placeholders() {
        assert_eq!(message("[a](b) {0} \\ \x1b"), "\\[a\\](b) {{0}} \\\\ ␛");
    }
}
