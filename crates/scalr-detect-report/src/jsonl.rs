//! JSON lines: one object a line, for programs.
//!
//! A finding is an object with the fields
//!
//! | field | |
//! |---|---|
//! | `detector`, `name` | the kind of secret: its id and what people call it |
//! | `severity`, `confidence` | `info` to `critical`; `low`, `medium`, `high`, `checked` |
//! | `reason` | why it is believed or doubted |
//! | `path` | the file, as given or below the directory given, with `/`; `-` for standard input |
//! | `line`, `column`, `end_line`, `end_column` | of the secret: from 1, columns in bytes, end exclusive |
//! | `start`, `end` | of the secret: bytes from the start of the file, end exclusive |
//! | `secret` | masked; raw only where that was asked for |
//! | `fingerprint` | the identity of the secret, wherever it is |
//! | `decoded_by` | the encodings that it was wrapped in, outermost first; the positions are those of the encoded text |
//! | `details` | an object: facts read from the secret |
//! | `weak` | whether it is a password that is guessed easily |
//! | `placeholder` | whether it is known to stand for another: published for everyone's use, or made up |
//! | `source` | an object: where the bytes came from; see below |
//! | `validity` | whether the secret still works: `unknown`, `live`, `dead` |
//! | `evidence` | what that was told from, where somebody was asked |
//! | `suppressed_by`, `suppressed_why` | of a finding that is only shown on request: `baseline`, `inline` or `config`, and which entry, marker or rule |
//!
//! A `source` has the field `type`: `file`, `stdin`, `git`, `index`, `diff` or `image`. Of `git` it has `kind` (`blob`,
//! `commit-message`, `tag-message`, `note`) and `object`, its id; `commit`, `author`, `email`, `date` and `summary` of
//! the commit that introduced it; `also`, the first few of the others, each `{commit, path}`, and `more`, how many there
//! are besides. Of `image` it has `image`, `platform`, `layer` and `layers` (numbers from 1; 0 for what is in no layer),
//! `digest`, `command`, `deleted_in`.
//!
//! `path_percent` and `secret_percent` are there only when the bytes are not UTF-8; see the head of this crate. The last
//! line is `{"summary":…}`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use scalr_detect::{Details, Detector, Judgement, Position};
use serde::ser::{Serialize, SerializeMap, Serializer};

use scalr_detect_sources::Origin;

use crate::record::{BaselineUse, Record, Summary, Suppressed};
use crate::text::{date, percent};

/// Appends a finding.
pub fn finding(out: &mut impl Write, record: &Record) -> io::Result<()> {
    line(out, &Finding::new(record))
}

/// The object of a finding.
#[derive(serde::Serialize)]
pub(crate) struct Finding<'a> {
    detector: &'a str,
    name: &'a str,
    severity: &'a str,
    confidence: &'a str,
    reason: &'a str,
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start: usize,
    end: usize,
    secret: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_percent: Option<String>,
    fingerprint: String,
    decoded_by: &'a [&'static str],
    #[serde(serialize_with = "details")]
    details: &'a Details,
    weak: bool,
    placeholder: bool,
    source: Source<'a>,
    validity: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    evidence: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    suppressed_why: &'a str,
}

impl<'a> Finding<'a> {
    pub(crate) fn new(r: &'a Record) -> Finding<'a> {
        Finding {
            detector: r.detector.id,
            name: r.detector.name,
            severity: r.detector.severity.name(),
            confidence: r.confidence.name(),
            reason: r.reason,
            path: String::from_utf8_lossy(&r.path),
            path_percent: percent(&r.path),
            line: r.position.line,
            column: r.position.column,
            end_line: r.end_position.line,
            end_column: r.end_position.column,
            start: r.start,
            end: r.end,
            secret: String::from_utf8_lossy(&r.secret),
            secret_percent: percent(&r.secret),
            fingerprint: r.fingerprint.to_string(),
            decoded_by: &r.decoded_by,
            details: &r.details,
            weak: r.weak,
            placeholder: r.placeholder,
            source: Source::new(&r.origin),
            validity: r.validity.name(),
            evidence: &r.evidence,
            suppressed_by: r.suppressed_by,
            suppressed_why: &r.suppressed_why,
        }
    }
}

/// The field `source`. Texts are those of the origin, which a record has masked.
#[derive(serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Source<'a> {
    Plain {
        r#type: &'static str,
    },
    Git {
        r#type: &'static str,
        kind: &'a str,
        object: &'a str,
        #[serde(flatten)]
        commit: Option<CommitFields<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also: Vec<Also<'a>>,
        #[serde(skip_serializing_if = "is_zero")]
        more: u64,
    },
    Image {
        r#type: &'static str,
        image: &'a str,
        platform: &'a str,
        layer: usize,
        layers: usize,
        digest: &'a str,
        command: &'a str,
        deleted_in: Option<usize>,
    },
}

#[derive(serde::Serialize)]
pub(crate) struct CommitFields<'a> {
    commit: &'a str,
    author: &'a str,
    email: &'a str,
    date: String,
    summary: &'a str,
}

#[derive(serde::Serialize)]
pub(crate) struct Also<'a> {
    commit: &'a str,
    path: Cow<'a, str>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(origin: &'a Origin) -> Source<'a> {
        let r#type = origin.name();
        match origin {
            Origin::Git(git) => Source::Git {
                r#type,
                kind: git.kind,
                object: &git.object,
                commit: git.commit.as_deref().map(|commit| CommitFields {
                    commit: &commit.id,
                    author: &commit.author,
                    email: &commit.email,
                    date: date(commit.time),
                    summary: &commit.summary,
                }),
                also: (git.also.iter())
                    .map(|other| Also {
                        commit: &other.commit.id,
                        path: String::from_utf8_lossy(&other.path),
                    })
                    .collect(),
                more: git.more,
            },
            Origin::Image(image) => Source::Image {
                r#type,
                image: &image.image,
                platform: &image.platform,
                layer: image.layer,
                layers: image.layers,
                digest: &image.digest,
                command: &image.command,
                deleted_in: image.deleted_in,
            },
            _ => Source::Plain { r#type },
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Appends what is thought of a value that only its name gives away: an object `judgement` with `path`, `line` and `column` of the
/// name, `name`, `probability` (0 to 1), `confidence` (null where it is not a finding) and `facts`.
pub fn judgement(
    out: &mut impl Write,
    path: &[u8],
    position: Position,
    name: &[u8],
    judgement: &Judgement,
) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        judgement: Body<'a>,
    }
    #[derive(serde::Serialize)]
    struct Body<'a> {
        path: &'a str,
        line: usize,
        column: usize,
        name: &'a str,
        probability: f64,
        confidence: Option<&'a str>,
        #[serde(serialize_with = "details")]
        facts: &'a Details,
    }
    let body = Body {
        path: &String::from_utf8_lossy(path),
        line: position.line,
        column: position.column,
        name: &String::from_utf8_lossy(name),
        // As fine as a score is.
        probability: (judgement.probability() * 1e4).round() / 1e4,
        confidence: judgement.confidence().map(|confidence| confidence.name()),
        facts: judgement.facts(),
    };
    line(out, &Line { judgement: body })
}

/// Appends the summary, the last line of a scan: an object `findings` with `total` and a count for each severity;
/// `suppressed`: how many findings were left out of the report by a `baseline`, `inline` by a comment, or by the
/// `config`; `baseline`: how many `entries` it has, and how many of them were `unused`; `config`: the configuration that was
/// obeyed (both null where there is none); `units`, `bytes`: what was scanned; `known_clean`: how many units were clean in
/// an earlier scan and not read again, if there were any; `skipped`: an object with a field for each reason that occurred,
/// and in it the number of `units`, how many of them were asked for and are `unread`, and paths of the first few as
/// `examples`;
/// `incomplete`: whether something that was asked for was not read; `interrupted`: whether that is because somebody ended
/// the scan; `elapsed_seconds`.
pub fn summary(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        summary: Coverage<'a>,
    }
    line(out, &Line { summary: Coverage::new(summary) })
}

/// The object of the summary.
#[derive(serde::Serialize)]
pub(crate) struct Coverage<'a> {
    findings: Counts<'a>,
    suppressed: Suppressed,
    baseline: Option<BaselineUse>,
    config: Option<&'a str>,
    units: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    known_clean: u64,
    skipped: BTreeMap<&'a str, Skipped<'a>>,
    incomplete: bool,
    interrupted: bool,
    elapsed_seconds: f64,
}

struct Counts<'a>(&'a crate::Tally);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("total", &self.0.total())?;
        for (severity, count) in self.0.by_severity() {
            map.serialize_entry(severity.name(), &count)?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Skipped<'a> {
    units: u64,
    unread: u64,
    examples: Vec<Cow<'a, str>>,
}

impl<'a> Coverage<'a> {
    pub(crate) fn new(summary: &Summary<'a>) -> Coverage<'a> {
        let ledger = summary.ledger;
        let skipped = ledger.skipped().map(|(reason, skipped)| {
            let examples = skipped.examples().map(|e| String::from_utf8_lossy(e.path())).collect();
            (reason.name(), Skipped { units: skipped.units(), unread: skipped.gaps(), examples })
        });
        Coverage {
            findings: Counts(summary.tally),
            suppressed: summary.suppressed,
            baseline: summary.baseline,
            config: summary.config,
            units: ledger.units(),
            bytes: ledger.bytes(),
            known_clean: ledger.known_clean(),
            skipped: skipped.collect(),
            incomplete: ledger.is_incomplete(),
            interrupted: ledger.is_interrupted(),
            // Microseconds are as fine as is true.
            elapsed_seconds: summary.elapsed.as_micros() as f64 / 1e6,
        }
    }
}

/// Appends what is known about a kind of secret.
pub fn detector(out: &mut impl Write, detector: &Detector) -> io::Result<()> {
    line(out, &Kind::new(detector))
}

/// Appends what is known about a kind of secret, and in the field `practices` how to keep such secrets.
pub fn explanation(out: &mut impl Write, detector: &Detector, practices: &impl Serialize) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Line<'a, P> {
        #[serde(flatten)]
        kind: Kind<'a>,
        practices: &'a P,
    }
    line(out, &Line { kind: Kind::new(detector), practices })
}

#[derive(serde::Serialize)]
struct Kind<'a> {
    id: &'a str,
    name: &'a str,
    provider: &'a str,
    kind: &'a str,
    severity: &'a str,
    confidence: &'a str,
    check: Option<&'a str>,
    aliases: &'a [&'static str],
    parts: &'a [&'static str],
    impact: &'a str,
    remediation: &'a str,
    references: &'a [&'static str],
}

impl<'a> Kind<'a> {
    fn new(d: &'a Detector) -> Kind<'a> {
        Kind {
            id: d.id,
            name: d.name,
            provider: d.provider,
            kind: d.kind.name(),
            severity: d.severity.name(),
            confidence: d.confidence.name(),
            check: d.check.map(|c| c.name()),
            aliases: d.aliases,
            parts: d.parts,
            impact: d.impact,
            remediation: d.remediation,
            references: d.references,
        }
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

pub(crate) fn details<S: Serializer>(details: &Details, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{DETECTOR, ledger, record, tally};
    use scalr_detect_sources::Reason;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_is_a_line() {
        let fingerprint = record().fingerprint.to_string();
        let expected = [
            r#"{"detector":"acme-key","name":"Acme key","severity":"high","confidence":"checked","#,
            r#""reason":"its checksum holds","path":"dir/a.tf","line":2,"column":5,"end_line":2,"end_column":25,"#,
            r#""start":10,"end":30,"secret":"ac_****9f","fingerprint":""#,
            &fingerprint,
            r#"","decoded_by":["base64","hex"],"details":{"token id":"t-1","host":"acme.example"},"weak":false,"placeholder":false,"#,
            r#""source":{"type":"file"},"validity":"unknown"}"#,
            "\n",
        ];
        assert_eq!(text(|out| finding(out, &record())), expected.concat());
    }

    #[test]
    fn bytes_that_are_not_utf8_are_there_twice() {
        let mut record = record();
        record.path = b"caf\xe9\n\x1b".to_vec();
        record.secret = b"\xffab".to_vec();
        let line = text(|out| finding(out, &record));
        assert_eq!(line.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["path"], "caf\u{fffd}\n\u{1b}");
        assert_eq!(value["path_percent"], "caf%E9%0A%1B");
        assert_eq!(value["secret"], "\u{fffd}ab");
        assert_eq!(value["secret_percent"], "%FFab");
    }

    #[test]
    fn the_summary_is_the_ledger() {
        let tally = tally();
        let ledger = ledger(12, 3456, &[(Reason::Symlink, &[b"a", b"b\xff"])]);
        let summary = Summary {
            suppressed: Suppressed { baseline: 1, inline: 2, config: 3 },
            baseline: Some(BaselineUse { entries: 5, unused: 4 }),
            config: Some("scalr-detect.toml"),
            ..crate::record::tests::summary(&tally, &ledger)
        };
        let expected = [
            r#"{"summary":{"findings":{"total":3,"critical":1,"high":2,"medium":0,"low":0,"info":0},"#,
            r#""suppressed":{"baseline":1,"inline":2,"config":3},"baseline":{"entries":5,"unused":4},"#,
            r#""config":"scalr-detect.toml","units":12,"bytes":3456,"skipped":{"symlink":{"units":2,"unread":0,"examples":["a","b"#,
            "\u{fffd}",
            r#""]}},"incomplete":false,"interrupted":false,"elapsed_seconds":1.5}}"#,
            "\n",
        ];
        assert_eq!(text(|out| super::summary(out, &summary)), expected.concat());
    }

    #[test]
    fn a_detector_is_a_line() {
        let expected = [
            r#"{"id":"acme-key","name":"Acme key","provider":"acme","kind":"prefixed","severity":"high","#,
            r#""confidence":"high","check":null,"aliases":["acme-token"],"parts":["key_id"],"#,
            r#""impact":"Whoever has it reads everything.","remediation":"Revoke it in the console.","#,
            r#""references":["https://acme.example/keys","https://acme.example/more"]}"#,
            "\n",
        ];
        assert_eq!(text(|out| detector(out, &DETECTOR)), expected.concat());
    }
}
