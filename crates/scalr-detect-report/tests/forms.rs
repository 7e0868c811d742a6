//! Every form of report: valid whatever is in it, without secrets, and of the same findings.

#![expect(clippy::print_stdout, reason = "whether the official schemas were there")]

mod common;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::process::Command;

use common::{HOSTILE, Scan};
use scalr_detect_report::{bitbucket, html};
use serde_json::Value;

/// So much of a secret must not be seen.
const PIECE: usize = 12;

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no array"))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("{value} is no object")).keys().map(String::as_str).collect()
}

/// Scans of every sort: as they are, as bad as can be, and clean.
fn scans() -> [Scan; 3] {
    [Scan::of(40, false).0, Scan::of(60, true).0, Scan::clean()]
}

fn form<'f>(forms: &'f [(&'static str, String)], name: &str) -> &'f str {
    &forms.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn no_secret_is_in_any_form() {
    for units in [50, 51, 52] {
        let (scan, secrets) = Scan::of(units, true);
        assert!(scan.records.len() > 60);
        let pieces: HashSet<&[u8]> = secrets.iter().flat_map(|s| s.as_bytes().windows(PIECE)).collect();
        for each in [false, true] {
            for (name, text) in scan.every_form(each) {
                let seen = text.as_bytes().windows(PIECE).find(|piece| pieces.contains(piece));
                let Some(seen) = seen.map(|piece| String::from_utf8_lossy(piece).into_owned()) else {
                    continue;
                };
                let line = text.lines().find(|line| line.contains(&seen)).unwrap_or_default();
                let end = line.find(&seen).unwrap_or_default() + PIECE;
                panic!(
                    "{name}: {seen} in {}",
                    String::from_utf8_lossy(&line.as_bytes()[end.saturating_sub(300)..end])
                );
            }
        }
    }
}

/// What identifies a place in the forms that are to be compared.
type Place = (String, u64, u64);

#[test]
fn all_forms_are_of_the_same_findings() {
    for scan in scans() {
        for each in [false, true] {
            let forms = scan.every_form(each);
            let mut expected: Vec<Place> = scan
                .records
                .iter()
                .map(|r| (r.detector.id.to_owned(), r.position.line as u64, r.position.column as u64))
                .collect();
            expected.sort();
            let lines: Vec<(String, u64)> = {
                let mut lines: Vec<_> = expected.iter().map(|(id, line, _)| (id.clone(), *line)).collect();
                lines.sort();
                lines
            };
            let place = |f: &Value, of: &Value| {
                (text(&f["detector"]).to_owned(), number(&of["line"]), number(&of["column"]))
            };
            let same = |name: &str, mut places: Vec<Place>| {
                places.sort();
                assert_eq!(places, expected, "{name}");
            };
            let document = parse(form(&forms, "json"));
            let of_json = array(&document["findings"]).iter().flat_map(|f| match f.get("occurrences") {
                Some(occurrences) => array(occurrences).iter().map(|o| place(f, o)).collect(),
                None => vec![place(f, f)],
            });
            same("json", of_json.collect());
            let mut jsonl: Vec<Value> = form(&forms, "jsonl").lines().map(parse).collect();
            assert_eq!(jsonl.pop().unwrap()["summary"], document["summary"]);
            same("jsonl", jsonl.iter().map(|f| place(f, f)).collect());
            let mut table = csv::Reader::from_reader(form(&forms, "csv").as_bytes());
            let of_csv = table.records().map(|row| {
                let row = row.unwrap();
                (row[0].to_owned(), row[7].parse().unwrap(), row[8].parse().unwrap())
            });
            same("csv", of_csv.collect());
            let same_lines = |name: &str, mut found: Vec<(String, u64)>| {
                found.sort();
                assert_eq!(found, lines, "{name}");
            };
            let sarif = parse(form(&forms, "sarif"));
            let results = array(&sarif["runs"][0]["results"]).iter();
            let region = |r: &Value| number(&r["locations"][0]["physicalLocation"]["region"]["startLine"]);
            same_lines("sarif", results.map(|r| (text(&r["ruleId"]).to_owned(), region(r))).collect());
            let gitlab = parse(form(&forms, "gitlab"));
            let found = array(&gitlab["vulnerabilities"]).iter();
            let of_gitlab = found.map(|v| {
                (text(&v["identifiers"][0]["value"]).to_owned(), number(&v["location"]["start_line"]))
            });
            same_lines("gitlab", of_gitlab.collect());
            let junit = roxmltree::Document::parse(form(&forms, "junit")).unwrap();
            let failures = junit.descendants().filter(|node| node.has_tag_name("failure"));
            let of_junit = failures.map(|node| {
                let line = node.parent().unwrap().attribute("line").unwrap().parse().unwrap();
                (node.attribute("type").unwrap().to_owned(), line)
            });
            // What is suppressed is no failure, and is nothing to annotate.
            let reported = scan.records.iter().filter(|record| record.suppressed_by.is_none());
            let mut failed: Vec<(String, u64)> =
                reported.map(|r| (r.detector.id.to_owned(), r.position.line as u64)).collect();
            failed.sort();
            let mut of_junit: Vec<_> = of_junit.collect();
            of_junit.sort();
            assert_eq!(of_junit, failed);
            let skipped = junit.descendants().filter(|node| node.has_tag_name("skipped")).count();
            assert_eq!(skipped, scan.records.len() - failed.len());
            for edition in ["bitbucket", "bitbucket-dc"] {
                let bodies = parse(form(&forms, edition));
                let annotations = array(&bodies["annotations"]).iter();
                let count: usize =
                    annotations.map(|b| b.get("annotations").unwrap_or(b)).map(|b| array(b).len()).sum();
                assert_eq!(count, failed.len(), "{edition}");
            }
            assert_eq!(form(&forms, "html").matches("<tr data-path=").count(), scan.records.len());
            let commands = form(&forms, "github").lines().filter(|line| line.contains(" file="));
            assert_eq!(commands.count(), failed.len());
        }
    }
}

#[test]
fn incomplete_scans_say_so() {
    for (mut scan, is_incomplete) in
        [(Scan::clean(), false), (Scan::of(5, false).0, true), (Scan::clean(), true)]
    {
        if is_incomplete {
            scan.ledger.interrupt();
        }
        let forms = scan.every_form(false);
        let sarif = &parse(form(&forms, "sarif"))["runs"][0]["invocations"][0];
        assert_eq!(sarif["executionSuccessful"], !is_incomplete);
        let errors =
            array(&sarif["toolExecutionNotifications"]).iter().filter(|n| n["level"] == "error").count();
        assert_eq!(errors > 0, is_incomplete);
        let gitlab = &parse(form(&forms, "gitlab"))["scan"];
        assert_eq!(gitlab["status"], if is_incomplete { "failure" } else { "success" });
        let warnings = array(&gitlab["messages"]).iter().filter(|n| n["level"] == "warn").count();
        assert_eq!(warnings > 0, is_incomplete);
        assert_eq!(parse(form(&forms, "json"))["summary"]["incomplete"], is_incomplete);
        assert_eq!(form(&forms, "junit").contains("<error type=\"incomplete\""), is_incomplete);
        for (name, sign) in [
            ("html", "class=\"banner\""),
            ("terminal", "The scan is incomplete"),
            ("github", "::warning title=scalr-detect::The scan is incomplete"),
            ("github-step", "**The scan is incomplete:**"),
            ("bitbucket", "The scan is incomplete"),
            ("bitbucket-dc", "The scan is incomplete"),
        ] {
            assert_eq!(form(&forms, name).contains(sign), is_incomplete, "{name}");
        }
        let result = &parse(form(&forms, "bitbucket"))["report"]["result"];
        assert_eq!(result == "PASSED", !is_incomplete && scan.records.is_empty());
    }
}

/// What GitHub's documentation says of the files it takes.
#[test]
fn sarif_is_what_github_wants() {
    for scan in scans() {
        let forms = scan.every_form(false);
        let sarif = parse(form(&forms, "sarif"));
        assert_eq!(sarif["version"], "2.1.0");
        assert!(text(&sarif["$schema"]).starts_with("https://"));
        let run = &sarif["runs"][0];
        assert_eq!(run["columnKind"], "utf16CodeUnits");
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "scalr-detect");
        let rules = array(&driver["rules"]);
        for rule in rules {
            for field in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"]] {
                assert!((1..=1024).contains(&text(field).chars().count()), "{rule}");
            }
            assert!(!text(&rule["help"]["text"]).is_empty() && !text(&rule["help"]["markdown"]).is_empty());
            let severity: f64 = text(&rule["properties"]["security-severity"]).parse().unwrap();
            assert!((0.1..=10.0).contains(&severity));
            assert!(["very-high", "high", "medium", "low"].contains(&text(&rule["properties"]["precision"])));
            let tags = array(&rule["properties"]["tags"]);
            assert!(tags.len() <= 20 && tags.contains(&"security".into()), "{rule}");
        }
        let mut identities = HashSet::new();
        for result in array(&run["results"]) {
            let rule = &rules[number(&result["ruleIndex"]) as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(["error", "warning", "note"].contains(&text(&result["level"])));
            assert!(!text(&result["message"]["text"]).is_empty());
            assert!(!text(&result["message"]["text"]).contains(char::is_control));
            let related = result.get("relatedLocations").map_or(&[][..], array);
            for location in array(&result["locations"]).iter().chain(related) {
                let location = &location["physicalLocation"];
                let uri = text(&location["artifactLocation"]["uri"]);
                assert!(!uri.is_empty() && !uri.starts_with('/'), "{uri}");
                assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
                let region = &location["region"];
                let (start, end) = (number(&region["startLine"]), number(&region["endLine"]));
                assert!(start >= 1 && end >= start);
                let (start, end) = (number(&region["startColumn"]), number(&region["endColumn"]));
                assert!(start >= 1 && end >= 1);
            }
            let prints = &result["partialFingerprints"];
            let (hash, n) = text(&prints["primaryLocationLineHash"]).split_once(':').unwrap();
            assert!(hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
            assert!(n.parse::<u64>().unwrap() >= 1);
            assert_eq!(text(&prints["scalrDetect/v1"]).len(), 32);
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            assert!(identities.insert((
                result["ruleId"].clone(),
                uri.clone(),
                hash.to_owned(),
                n.to_owned()
            )));
        }
    }
}

#[test]
fn one_secret_has_its_other_places_beside_it() {
    let (scan, _) = Scan::of(40, false);
    let forms = scan.every_form(false);
    let sarif = parse(form(&forms, "sarif"));
    let mut several = 0;
    for (record, result) in scan.records.iter().zip(array(&sarif["runs"][0]["results"])) {
        let others = scan.records.iter().filter(|r| r.fingerprint == record.fingerprint).count() - 1;
        let related = result.get("relatedLocations").map_or(0, |related| array(related).len());
        assert_eq!(related, others.min(10));
        several += usize::from(others > 0);
    }
    assert!(several > 5);
}

/// Fields, types, patterns and limits that the schema of GitLab's report has.
#[test]
fn gitlab_has_what_its_schema_wants() {
    for scan in scans() {
        let forms = scan.every_form(false);
        let report = parse(form(&forms, "gitlab"));
        assert_eq!(keys(&report), ["scan", "version", "vulnerabilities"].into());
        assert_eq!(report["version"], "15.0.7");
        let about = &report["scan"];
        for tool in ["analyzer", "scanner"] {
            assert_eq!(keys(&about[tool]), ["id", "name", "vendor", "version"].into());
            assert!(!text(&about[tool]["vendor"]["name"]).is_empty());
        }
        assert_eq!(about["type"], "secret_detection");
        assert_eq!(
            (&about["start_time"], &about["end_time"]),
            (&"2026-09-21T14:13:20".into(), &"2026-09-21T14:13:22".into())
        );
        let mut ids = HashSet::new();
        for v in array(&report["vulnerabilities"]) {
            let id = text(&v["id"]);
            let is_uuid = id.len() == 36 && id.as_bytes()[14] == b'5' && id.split('-').count() == 5;
            assert!(is_uuid && ids.insert(id), "{id}");
            assert!((1..=255).contains(&text(&v["name"]).chars().count()));
            assert!(["Info", "Low", "Medium", "High", "Critical"].contains(&text(&v["severity"])));
            assert!(text(&v["description"]).len() < 1 << 20);
            for identifier in array(&v["identifiers"]) {
                assert_eq!(keys(identifier), ["name", "type", "value"].into());
            }
            for link in v.get("links").map_or(&[][..], array) {
                assert!(text(&link["url"]).starts_with("http"));
            }
            let location = &v["location"];
            assert!(!text(&location["commit"]["sha"]).is_empty() && !text(&location["file"]).is_empty());
            assert!(number(&location["end_line"]) >= number(&location["start_line"]));
            assert!(v.get("raw_source_code_extract").is_none());
        }
    }
}

#[test]
fn bitbucket_takes_the_bodies() {
    for (units, expected) in [(40, None), (700, Some(11))] {
        let (scan, _) = Scan::of(units, false);
        for edition in [bitbucket::Edition::Cloud, bitbucket::Edition::DataCenter] {
            let is_cloud = edition == bitbucket::Edition::Cloud;
            let bodies = scan.report(false, |report| bitbucket::bodies(report, edition));
            assert!(expected.is_none_or(|n| bodies.len() == n), "{}", bodies.len());
            let bodies: Vec<Value> =
                bodies.iter().map(|body| serde_json::from_slice(body).unwrap()).collect();
            let report = &bodies[0];
            assert!(array(&report["data"]).len() <= 10 && text(&report["details"]).chars().count() <= 2000);
            let mut ids = HashSet::new();
            for body in &bodies[1..] {
                let annotations = array(if is_cloud { body } else { &body["annotations"] });
                assert!((1..=100).contains(&annotations.len()));
                for a in annotations {
                    let id = text(&a[if is_cloud { "external_id" } else { "externalId" }]);
                    assert!(ids.insert(id.to_owned()), "{id}");
                    assert!(number(&a["line"]) >= 1 && !text(&a["path"]).is_empty());
                    let (text_field, most) = if is_cloud { ("summary", 450) } else { ("message", 2000) };
                    assert!((1..=most).contains(&text(&a[text_field]).chars().count()));
                    let severities: &[&str] = match is_cloud {
                        true => &["CRITICAL", "HIGH", "MEDIUM", "LOW"],
                        false => &["HIGH", "MEDIUM", "LOW"],
                    };
                    assert!(severities.contains(&text(&a["severity"])));
                }
            }
            assert!(ids.len() <= 1000);
        }
    }
}

#[test]
fn a_clean_scan_is_a_test_that_passed() {
    let scan = Scan::clean();
    let forms = scan.every_form(false);
    let junit = roxmltree::Document::parse(form(&forms, "junit")).unwrap();
    let suite = junit.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("1"), Some("0")));
    let case = junit.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
    assert_eq!(case.children().count(), 0);
}

/// A workflow command, a formula, a tag: what is read must stay what it is.
#[test]
fn nothing_read_is_obeyed() {
    let (scan, _) = Scan::of(80, true);
    let forms = scan.every_form(false);
    for line in form(&forms, "github").lines() {
        let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("{line}"));
        assert!(["error ", "warning ", "notice "].iter().any(|command| rest.starts_with(command)), "{line}");
        // Nothing opens a second property list.
        assert_eq!(
            rest.split("::").next().unwrap().matches(" file=").count(),
            usize::from(rest.contains(" file=")),
            "{line}"
        );
    }
    for line in form(&forms, "terminal").lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##vso["), "{line}");
        assert!(!line.contains(char::is_control), "{line}");
    }
    let mut table = csv::Reader::from_reader(form(&forms, "csv").as_bytes());
    for row in table.records() {
        for cell in &row.unwrap() {
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@']) && !cell.contains(char::is_control),
                "{cell}"
            );
        }
    }
    let html = form(&forms, "html");
    assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (1, 1));
    assert!(!html.contains("<img") && !html.contains("<!--") && !html.contains("style=\""));
    for hostile in
        HOSTILE.iter().filter(|hostile| hostile.contains('<') || hostile.contains(char::is_control))
    {
        assert!(!html.contains(hostile), "{hostile}");
    }
    for (name, text) in &forms {
        if !name.starts_with("json") && !["sarif", "gitlab"].contains(name) {
            assert!(!text.contains(['\x1b', '\0']), "{name}");
        }
    }
}

/// Pages for the tests of their script, which `cargo xtask test page` runs.
#[test]
fn pages_are_there_to_be_tested() {
    for (name, scan, each) in [
        ("plain", Scan::of(60, false).0, false),
        ("each", Scan::of(60, false).0, true),
        ("hostile", Scan::of(60, true).0, false),
        ("large", Scan::of(800, false).0, false),
        ("clean", Scan::clean(), false),
    ] {
        let folder = std::env::var_os("SCALR_DETECT_PAGES").unwrap_or(env!("CARGO_TARGET_TMPDIR").into());
        let page = Path::new(&folder).join(format!("{name}.html"));
        let html = scan.report(each, |report| {
            let mut out = Vec::new();
            html::write(&mut out, report, &html::remediation).unwrap();
            out
        });
        std::fs::write(page, html).unwrap();
    }
}

/// The page is one file, and lets nothing in or out.
#[test]
fn the_page_asks_for_nothing() {
    for scan in scans() {
        let forms = scan.every_form(false);
        let html = form(&forms, "html");
        let policy = html.split_once("http-equiv=\"Content-Security-Policy\" content=\"").unwrap().1;
        let policy = policy.split_once('"').unwrap().0;
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
        // What is in tags beside the values of attributes.
        let markup = html.split_once("<script>").unwrap().0;
        let tags = markup.split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
        let names: String = tags.flat_map(|tag| tag.split('"').step_by(2)).collect();
        assert!(!names.contains(" src=") && !names.contains(" on"), "{names}");
        for loads in
            ["<link", "<iframe", "<object", "<embed", "<form action", "@import", "url(", "fetch(", "XMLHttp"]
        {
            assert!(!html.contains(loads), "{loads}");
        }
    }
}

/// The official schemas, where somebody has them: their licences keep them out of this repository.
#[test]
fn official_schemas_hold() {
    let Some(folder) = std::env::var_os("SCALR_DETECT_SCHEMAS") else {
        println!(
            "not validated against the official schemas: SCALR_DETECT_SCHEMAS names no folder that has them"
        );
        return;
    };
    let folder = Path::new(&folder);
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut validated = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let schema = entry.unwrap().path();
        let name = schema.file_name().unwrap().to_string_lossy().into_owned();
        let of = match &*name {
            name if !name.ends_with(".json") => continue,
            name if name.contains("sarif") => "sarif",
            name if name.contains("secret-detection") => "gitlab",
            _ => continue,
        };
        for (i, scan) in scans().iter().enumerate() {
            let report = temporary.join(format!("{of}-{i}.json"));
            std::fs::write(&report, form(&scan.every_form(false), of)).unwrap();
            let mut python = Command::new("python3");
            python.arg("-c").arg(VALIDATE).arg(&schema).arg(&report);
            let ran = python.output().expect("python3 is missing: install it");
            assert!(
                ran.status.success(),
                "{of} by {name}: {}{}",
                String::from_utf8_lossy(&ran.stdout),
                String::from_utf8_lossy(&ran.stderr)
            );
            validated += 1;
        }
    }
    println!("{validated} reports validated against the official schemas");
    assert!(validated > 0, "no schema of SARIF or GitLab in {}", folder.display());
}

const VALIDATE: &str = r#"
import json, sys
try:
    from jsonschema import FormatChecker
    from jsonschema.validators import validator_for
except ImportError:
    sys.exit("the Python package jsonschema is missing: pip install jsonschema")
schema, report = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
checker = validator_for(schema)(schema, format_checker=FormatChecker())
errors = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in checker.iter_errors(report)]
sys.exit("\n".join(errors[:20]) if errors else 0)
"#;
