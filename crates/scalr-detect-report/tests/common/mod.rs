//! Made-up secrets, found for real, in places of every kind, and every form of report of them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use scalr_detect::{Confidence, Scanner};
use scalr_detect_report::{
    Checkout, Record, Report, Summary, Suppressed, Tally, Validity, bitbucket, csv, github, gitlab, html,
    json, jsonl, junit, sarif, sort, terminal,
};
use scalr_detect_sources::{Commit, GitOrigin, ImageOrigin, Introduction, Ledger, Origin, Reason, Unit};

pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    pub fn text(&mut self, alphabet: &[u8], n: usize) -> String {
        (0..n).map(|_| alphabet[self.below(alphabet.len())] as char).collect()
    }

    pub fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// A made-up Scalr token.
    pub fn token(&mut self) -> String {
        let id = self.text(b"0123456789abcdefghijklmnopqrstuv", 15);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let signature = format!("{}{}", self.text(alphabet, 42), self.text(b"AEIMQUYcgkosw048", 1));
        let header = base64(br#"{"alg":"HS256","typ":"JWT"}"#);
        let payload = base64(format!(r#"{{"iss":"user","jti":"at-v0{id}"}}"#).as_bytes());
        format!("{header}.{payload}.{signature}")
    }

    /// A made-up secret of one of several kinds.
    pub fn secret(&mut self) -> String {
        let word = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        match self.below(7) {
            0 => format!("sk{}{}", "_live_", self.text(word, 24)),
            1 => format!("SG{}{}.{}", ".", self.text(word, 22), self.text(word, 43)),
            2 => format!(
                "xox{}{}-{}-{}",
                "b-",
                self.text(b"123456789", 12),
                self.text(b"123456789", 12),
                self.text(word, 24)
            ),
            3 => format!("glp{}{}", "at-", self.text(word, 20)),
            4 => format!("AK{}{}", "IA", self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
            5 => format!("da{}{}", "2-", self.text(b"abcdefghijklmnopqrstuvwxyz0123456789", 26)),
            _ => self.token(),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (i, &b)| bits | u32::from(b) << (16 - 8 * i));
        text.extend((0..=chunk.len()).map(|i| alphabet[(bits >> (18 - 6 * i)) as usize & 63] as char));
    }
    text
}

pub fn masker() -> Scanner {
    Scanner::builder().min_confidence(Confidence::Low).build().unwrap()
}

/// What does harm somewhere, if it is not escaped.
pub const HOSTILE: [&str; 12] = [
    "</script><script>alert(1)</script>",
    "]]><!--",
    "=cmd|' /C calc'!A0",
    "::error::x\n::add-mask::y",
    "\"'><img src=x onerror=alert(1)>",
    "a\r\nb\0c\x1b[31m\u{202e}",
    "##vso[task.complete result=Failed]",
    "[click](https://example.com) {0}",
    "%0A%3A,:%",
    "\u{2028}\u{feff}é😀",
    "| a | `b` |",
    "&amp; &lt;",
];

/// What was found by a scan, and what there is to say of it.
pub struct Scan {
    pub records: Vec<Record>,
    pub tally: Tally,
    pub ledger: Ledger,
    pub checkout: Checkout,
    pub suppressed: Suppressed,
}

impl Scan {
    /// A scan of so many units, and the secrets in them. In a hostile one all that is not ours is as bad as can be.
    pub fn of(units: usize, hostile: bool) -> (Scan, Vec<String>) {
        let mut random = Random(units as u64);
        let (scanner, masker) = (Scanner::new(), masker());
        let mut scan = Scan {
            records: Vec::new(),
            tally: Tally::default(),
            ledger: Ledger::default(),
            checkout: Checkout {
                repository: Some("https://git.example.com/acme/platform".into()),
                commit: Some("89e1c0ffee0123456789abcdef0123456789abcd".into()),
                branch: Some("main".into()),
            },
            suppressed: Suppressed { baseline: 12, inline: 3, config: 0 },
        };
        let known: Vec<String> = (0..6).map(|_| random.secret()).collect();
        let mut secrets = known.clone();
        for i in 0..units {
            let mut text = String::from("# settings\n");
            for _ in 0..=random.below(3) {
                let is_new = random.below(3) > 0;
                let secret = if is_new { random.secret() } else { known[random.below(known.len())].clone() };
                let name = random.of(&["api_token", "key", "  token", "export TOKEN", "\tsecret"]);
                let before = if hostile { random.of(&HOSTILE) } else { "" };
                text += &format!("{before} {name} = \"{secret}\"");
                if random.below(3) == 0 {
                    let other = random.secret();
                    text += &format!(" # was {other}");
                    secrets.push(other);
                }
                if hostile && random.below(4) == 0 {
                    text += &" ,x".repeat(5000);
                }
                text += "\n";
                secrets.push(secret);
            }
            let origin = origin(&mut random, i, hostile, &secrets);
            let folder = random.of(&[
                "infra/modules/network",
                "services/billing",
                "services/api/src",
                "ci",
                "deploy/helm",
            ]);
            let file = random.of(&["main.tf", "values.yaml", ".env", "client.py", "run.sh"]);
            let mut path = format!("{folder}/{i}-{file}").into_bytes();
            if hostile {
                path.extend_from_slice(random.of(&HOSTILE).as_bytes());
                path.push(0xff);
            }
            let unit = Unit::new(&path, &origin);
            scan.ledger.scanned(text.len() as u64);
            let before = scan.records.len();
            for finding in scanner.find_iter(text.as_bytes()) {
                let mut record = Record::new(&unit, &finding, Some(&masker));
                record.add_context(&finding, Some(&masker));
                record.add_columns(&finding);
                if random.below(6) == 0 {
                    record.validity = [Validity::Live, Validity::Dead][random.below(2)];
                    record.evidence = "the API answered 200".to_owned();
                }
                if random.below(20) == 0 {
                    record.suppressed_by = Some("inline");
                    record.suppressed_why =
                        if hostile { random.of(&HOSTILE).to_owned() } else { "an example".into() };
                } else {
                    scan.tally.add(finding.detector());
                }
                scan.records.push(record);
            }
            if scan.records.len() > before {
                scan.tally.add_unit();
            }
        }
        let gap = if hostile { HOSTILE.concat() } else { "/etc/ssl/private/server.key".to_owned() };
        scan.ledger.skip(Reason::Permission, gap.as_bytes(), true);
        scan.ledger.skip(Reason::Symlink, b"current", false);
        scan.ledger.skip(Reason::GitObjects, b".git/objects", false);
        sort(&mut scan.records);
        (scan, secrets)
    }

    /// One that found nothing, and read everything.
    pub fn clean() -> Scan {
        let mut ledger = Ledger::default();
        ledger.scanned(1234);
        Scan {
            records: Vec::new(),
            tally: Tally::default(),
            ledger,
            checkout: Checkout::default(),
            suppressed: Suppressed::default(),
        }
    }

    pub fn report<T>(&self, each: bool, write: impl FnOnce(&Report<'_>) -> T) -> T {
        let summary = Summary {
            tally: &self.tally,
            suppressed: self.suppressed,
            baseline: None,
            config: None,
            ledger: &self.ledger,
            started: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000),
            elapsed: Duration::from_millis(2345),
        };
        write(&Report { records: &self.records, summary: &summary, each, checkout: &self.checkout })
    }

    /// Every form, by name.
    pub fn every_form(&self, each: bool) -> Vec<(&'static str, String)> {
        self.report(each, |report| {
            let mut forms: Vec<(&'static str, Vec<u8>)> = Vec::new();
            let mut form = |name, write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
                let mut out = Vec::new();
                write(&mut out).unwrap();
                forms.push((name, out));
            };
            let all = &self.records;
            let colors = terminal::Colors(false);
            form("terminal", &|out| {
                all.iter().try_for_each(|record| terminal::finding(out, record, colors))?;
                let mut repeats = terminal::Repeats::default();
                all.iter().for_each(|record| _ = repeats.add(record));
                terminal::repeats(out, &repeats, colors)?;
                terminal::summary(out, report.summary, Some(repeats.secrets()), colors)
            });
            form("jsonl", &|out| {
                all.iter().try_for_each(|record| jsonl::finding(out, record))?;
                jsonl::summary(out, report.summary)
            });
            form("csv", &|out| {
                csv::head(out)?;
                all.iter().try_for_each(|record| csv::finding(out, record))
            });
            form("github", &|out| {
                all.iter().try_for_each(|record| github::finding(out, record))?;
                github::summary(out, report.summary)
            });
            form("github-step", &|out| github::step_summary(out, report.summary));
            form("json", &|out| json::write(out, report));
            form("sarif", &|out| sarif::Split::new(report, sarif::Options::default()).write(out, 0));
            form("gitlab", &|out| gitlab::write(out, report));
            form("bitbucket", &|out| bitbucket::write(out, report, bitbucket::Edition::Cloud));
            form("bitbucket-dc", &|out| bitbucket::write(out, report, bitbucket::Edition::DataCenter));
            form("junit", &|out| junit::write(out, report));
            form("html", &|out| html::write(out, report, &html::remediation));
            forms.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
        })
    }
}

fn origin(random: &mut Random, i: usize, hostile: bool, secrets: &[String]) -> Origin {
    let said = |random: &mut Random, text: &str| match hostile {
        // People paste secrets anywhere.
        true => format!("{} {}", random.of(&HOSTILE), secrets[secrets.len() - 1]),
        false => text.to_owned(),
    };
    let id = |random: &mut Random| random.text(b"0123456789abcdef", 40);
    match i % 6 {
        0..3 => {
            let author =
                random.of(&["Ada Byron", "Grace Murray", "Alan Mathison", "Edsger Wybe", "Barbara Huberman"]);
            let commit = |random: &mut Random| {
                Arc::new(Commit {
                    id: id(random),
                    author: said(random, author),
                    email: format!("{}@example.com", author.to_lowercase().replace(' ', ".")),
                    time: 1_650_000_000 + random.below(110_000_000) as i64,
                    summary: said(random, "Make the deployment of the network module work again"),
                })
            };
            Origin::Git(Arc::new(GitOrigin {
                kind: if i % 12 == 1 { "commit-message" } else { "blob" },
                object: id(random),
                commit: Some(commit(random)),
                also: vec![Introduction { commit: commit(random), path: b"old/place.tf".to_vec() }],
                more: random.below(3) as u64,
            }))
        }
        3 => Origin::Image(Arc::new(ImageOrigin {
            image: said(random, "registry.example/acme/api:1.4"),
            platform: "linux/amd64".into(),
            layer: 1 + random.below(5),
            layers: 7,
            digest: format!("sha256:{}", random.text(b"0123456789abcdef", 64)),
            command: said(random, "COPY . /app"),
            deleted_in: Some(6).filter(|_| random.below(2) == 0),
        })),
        4 => Origin::Index,
        _ => Origin::File,
    }
}
