//! Text for people.
//!
//! ```text
//! infra/main.tf:12:14: critical: Scalr API access token (scalr-api-token)
//!     | token = "eyJh…9f3c"
//!     confidence checked: its claims are Scalr's
//!     token id at-…, host …
//!     fingerprint 3fa9…
//! ```
//!
//! and at the end the other places of secrets that were found more than once ([`Repeats`]), once for each kind of secret
//! what to do, and what was scanned. Nothing that was read is written as it is: characters that a terminal obeys are replaced,
//! secrets masked (see [`Context`]). A CI system obeys lines that begin with `::`: no line here does.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use scalr_detect::{Detector, Fingerprint, Judgement, Kind, Position, Severity};

use scalr_detect_sources::{Origin, Reason, Skipped};

use crate::context::Context;
use crate::record::{Record, Summary, Suppressed, Validity};
pub use crate::text::plain;
use crate::text::{abbreviated, count, date, size};

/// Facts are shown up to this length, in characters.
const SHOWN_DETAIL: usize = 120;

/// The width that explanations are wrapped to.
const WIDTH: usize = 100;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Colors(pub bool);

impl Colors {
    fn paint<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        Painted { style: if self.0 { style } else { Style::new() }, text }
    }

    fn bold<T: fmt::Display>(self, text: T) -> Painted<T> {
        self.paint(Style::new().bold(), text)
    }

    fn dim<T: fmt::Display>(self, text: T) -> Painted<T> {
        self.paint(Style::new().dimmed(), text)
    }

    fn severity(self, severity: Severity) -> Painted<&'static str> {
        let color = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
        let style = match severity {
            Severity::Critical => color(AnsiColor::Red) | Effects::BOLD,
            Severity::High => color(AnsiColor::Red),
            Severity::Medium => color(AnsiColor::Yellow),
            Severity::Low => color(AnsiColor::Cyan),
            Severity::Info => Style::new().dimmed(),
        };
        self.paint(style, severity.name())
    }
}

struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.style.render(), self.text, self.style.render_reset())
    }
}

/// Appends a finding.
pub fn finding(out: &mut impl Write, record: &Record, colors: Colors) -> io::Result<()> {
    let r = record;
    let place = format!("{}:{}:{}", path(&r.path), r.position.line, r.position.column);
    let severity = colors.severity(r.detector.severity);
    writeln!(
        out,
        "{}: {severity}: {} ({})",
        colors.bold(place),
        plain(r.detector.name.as_bytes()),
        r.detector.id
    )?;
    if let Some(Context { before, secret, after }) = &r.context {
        writeln!(out, "    | {before}{}{after}", colors.bold(secret))?;
    }
    write!(out, "    confidence {}", r.confidence)?;
    if !r.reason.is_empty() {
        write!(out, ": {}", plain(r.reason.as_bytes()))?;
    }
    if !r.decoded_by.is_empty() {
        write!(out, "; decoded from {}", r.decoded_by.join(", then "))?;
    }
    if r.weak {
        out.write_all(b"; weak: it is guessed easily")?;
    }
    if r.placeholder {
        out.write_all(b"; placeholder: it stands for another")?;
    }
    writeln!(out)?;
    if !r.details.is_empty() {
        let facts: Vec<String> = r
            .details
            .iter()
            .map(|(name, value)| format!("{name} {}", shorten(&plain(value.as_bytes()))))
            .collect();
        writeln!(out, "    {}", facts.join(", "))?;
    }
    origin(out, &r.origin)?;
    if r.validity != Validity::Unknown || !r.evidence.is_empty() {
        writeln!(out, "    {}: {}", colors.bold(r.validity.name()), plain(r.evidence.as_bytes()))?;
    }
    if let Some(by) = r.suppressed_by {
        let why = plain(r.suppressed_why.as_bytes());
        writeln!(out, "    {} {by}: {why}", colors.bold("not reported, because of"))?;
    }
    writeln!(out, "    {}\n", colors.dim(format_args!("fingerprint {}", r.fingerprint)))
}

/// Appends how a unit came where it was found, if there is anything to say.
fn origin(out: &mut impl Write, origin: &Origin) -> io::Result<()> {
    match origin {
        Origin::Git(git) => {
            if let Some(commit) = &git.commit {
                writeln!(
                    out,
                    "    commit {} of {} by {}: {}",
                    abbreviated(&commit.id),
                    &date(commit.time)[..10],
                    plain(commit.author.as_bytes()),
                    shorten(&plain(commit.summary.as_bytes())),
                )?;
            }
            if git.kind != "blob" {
                writeln!(out, "    in a {}", git.kind.replace('-', " "))?;
            }
            for other in &git.also {
                writeln!(
                    out,
                    "    also in commit {} as {}",
                    abbreviated(&other.commit.id),
                    path(&other.path)
                )?;
            }
            if git.more > 0 {
                writeln!(out, "    and in {}", count(git.more, "more commit"))?;
            }
        }
        Origin::Image(image) => {
            write!(out, "    image {}", plain(image.image.as_bytes()))?;
            if image.layer > 0 {
                write!(out, ", layer {} of {}", image.layer, image.layers)?;
            }
            if let Some(layer) = image.deleted_in {
                write!(out, ", deleted in layer {layer}")?;
            }
            writeln!(out)?;
            if !image.command.is_empty() {
                writeln!(out, "    made by {}", shorten(&plain(image.command.as_bytes())))?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn path(bytes: &[u8]) -> String {
    if bytes == b"-" {
        return "<stdin>".to_owned();
    }
    let path = plain(bytes);
    if path.trim_start().starts_with("::") { format!("./{path}") } else { path }
}

fn shorten(text: &str) -> Cow<'_, str> {
    crate::text::shorten(text, SHOWN_DETAIL)
}

/// How many places of a secret are listed, beside the first.
const PLACES: usize = 5;

/// The secrets that were found, and where else: a report of secrets shows the first place of each as it comes, and lists the
/// others at the end. Takes memory for each secret, and not for each place.
#[derive(Clone, Default)]
pub struct Repeats {
    secrets: HashMap<Fingerprint, Secret>,
}

#[derive(Clone)]
struct Secret {
    detector: &'static Detector,
    /// The first place, and then the smallest few of the others.
    places: Vec<Place>,
    count: u64,
    masked: Vec<u8>,
}

/// A path, a line and a column.
type Place = (Vec<u8>, usize, usize);

impl Repeats {
    /// Notes a place. Whether the secret is a new one, to be shown.
    pub fn add(&mut self, record: &Record) -> bool {
        let place = || (record.path.clone(), record.position.line, record.position.column);
        match self.secrets.entry(record.fingerprint) {
            Entry::Vacant(entry) => {
                let detector = record.detector;
                entry.insert(Secret {
                    detector,
                    places: vec![place()],
                    count: 1,
                    masked: record.secret.clone(),
                });
                true
            }
            Entry::Occupied(mut entry) => {
                let secret = entry.get_mut();
                secret.count += 1;
                let place = place();
                let at = 1 + secret.places[1..].partition_point(|other| *other <= place);
                if at <= PLACES {
                    secret.places.truncate(PLACES);
                    secret.places.insert(at, place);
                }
                false
            }
        }
    }

    /// How many secrets.
    pub fn secrets(&self) -> usize {
        self.secrets.len()
    }
}

/// Appends where else secrets are that are in more than one place.
pub fn repeats(out: &mut impl Write, repeats: &Repeats, colors: Colors) -> io::Result<()> {
    let mut secrets: Vec<&Secret> = repeats.secrets.values().filter(|s| s.count > 1).collect();
    if secrets.is_empty() {
        return Ok(());
    }
    secrets.sort_by(|a, b| {
        (b.detector.severity.cmp(&a.detector.severity)).then_with(|| a.places.cmp(&b.places))
    });
    writeln!(out, "{}", colors.bold("The same secret in more than one place"))?;
    for secret in secrets {
        let severity = colors.severity(secret.detector.severity);
        let name = plain(secret.detector.name.as_bytes());
        let masked = plain(&secret.masked);
        writeln!(out, "  {severity}: {name} {masked}, {}", count(secret.count, "place"))?;
        for (i, (file, line, column)) in secret.places.iter().enumerate() {
            let above = if i == 0 { " (above)" } else { "" };
            writeln!(out, "    {}:{line}:{column}{above}", path(file))?;
        }
        let left = secret.count.saturating_sub(secret.places.len() as u64);
        if left > 0 {
            writeln!(out, "    {left} more; --each shows every place")?;
        }
    }
    writeln!(out)
}

/// Appends what to do about each kind of secret that was found, and what was scanned. `secrets`: how many there are, if that is
/// known.
pub fn summary(
    out: &mut impl Write,
    summary: &Summary<'_>,
    secrets: Option<usize>,
    colors: Colors,
) -> io::Result<()> {
    let s = summary;
    let kinds = s.tally.kinds();
    if !kinds.is_empty() {
        writeln!(out, "{}", colors.bold("What to do"))?;
        for (id, kind) in &kinds {
            let severity = colors.severity(kind.severity);
            let name = plain(kind.name.as_bytes());
            writeln!(out, "  {severity}: {name} ({id}), {}", count(kind.count, "finding"))?;
            wrapped(out, &kind.remediation, 4)?;
            if let Some(reference) = &kind.reference {
                writeln!(out, "    {}", colors.dim(plain(reference.as_bytes())))?;
            }
        }
        writeln!(out)?;
    }
    let found = match s.tally.total() {
        0 => "No secrets found".to_owned(),
        n => {
            let counts: Vec<String> = (s.tally.by_severity())
                .filter(|&(_, n)| n > 0)
                .map(|(severity, n)| format!("{n} {severity}"))
                .collect();
            let of = match secrets {
                Some(secrets) if secrets as u64 != n => format!(" of {}", count(secrets as u64, "secret")),
                _ => String::new(),
            };
            let files = count(s.tally.units(), "file");
            format!("{} ({}){of} in {files}", count(n, "finding"), counts.join(", "))
        }
    };
    let seconds = s.elapsed.as_secs_f64();
    write!(
        out,
        "{}; scanned {}, {}",
        colors.bold(found),
        count(s.ledger.units(), "file"),
        size(s.ledger.bytes() as f64)
    )?;
    write!(out, " in {seconds:.2} s")?;
    if seconds > 0.0 && s.ledger.bytes() > 0 {
        write!(out, " ({}/s)", size(s.ledger.bytes() as f64 / seconds))?;
    }
    writeln!(out)?;
    suppressed(out, s, colors)?;
    if s.ledger.known_clean() > 0 {
        let known = count(s.ledger.known_clean(), "file");
        writeln!(out, "{}", colors.dim(format!("  not read again: {known} found clean by an earlier scan")))?;
    }
    for (reason, skipped) in s.ledger.skipped() {
        writeln!(out, "{}", colors.dim(left_out(reason, skipped)))?;
    }
    if s.ledger.is_incomplete() {
        let text = match s.ledger.is_interrupted() {
            true => "The scan is incomplete: it was interrupted.",
            false => "The scan is incomplete: not everything that was asked for could be read.",
        };
        writeln!(out, "{}", colors.paint(Style::new().fg_color(Some(AnsiColor::Yellow.into())), text))?;
    }
    Ok(())
}

/// Says how many findings are not in the report, and what said so.
fn suppressed(out: &mut impl Write, summary: &Summary<'_>, colors: Colors) -> io::Result<()> {
    let Suppressed { baseline, inline, config } = summary.suppressed;
    let by = [
        (baseline, "in the baseline".to_owned()),
        (inline, "by markers in the text".to_owned()),
        (
            config,
            format!("by {}", summary.config.map_or("the configuration".into(), |c| plain(c.as_bytes()))),
        ),
    ];
    let by: Vec<String> = by.iter().filter(|(n, _)| *n > 0).map(|(n, by)| format!("{n} {by}")).collect();
    if !by.is_empty() {
        let total = count(summary.suppressed.total(), "finding");
        writeln!(out, "  not reported: {total} ({})", by.join(", "))?;
    }
    if let Some(used) = summary.baseline
        && used.unused > 0
    {
        let text = format!("  baseline: {} of {} entries not met", used.unused, used.entries);
        writeln!(out, "{}", colors.dim(text))?;
    }
    Ok(())
}

fn left_out(reason: Reason, skipped: &Skipped) -> String {
    let examples: Vec<String> = skipped.examples().map(|e| path(e.path())).collect();
    let more = if skipped.units() > examples.len() as u64 { ", …" } else { "" };
    format!("  skipped: {} {reason} ({}{more})", skipped.units(), examples.join(", "))
}

/// Appends a table of kinds of secret.
pub fn detectors(out: &mut impl Write, detectors: &[&Detector], colors: Colors) -> io::Result<()> {
    let width = detectors.iter().map(|d| d.id.len()).max().unwrap_or(0);
    for d in detectors {
        let severity = colors.severity(d.severity);
        // Escape codes have no width, so the padding is counted by hand.
        let pad = " ".repeat(Severity::Critical.name().len() - d.severity.name().len());
        writeln!(out, "{:width$}  {severity}{pad}  {:7}  {}", d.id, d.confidence, d.name)?;
    }
    Ok(())
}

/// Appends what is thought of a value that only its name gives away, in the unit `unit` at `position`. `name` is its name.
pub fn judgement(
    out: &mut impl Write,
    unit: &[u8],
    position: Position,
    name: &[u8],
    judgement: &Judgement,
    colors: Colors,
) -> io::Result<()> {
    let place = format!("{}:{}:{}", path(unit), position.line, position.column);
    let verdict = match judgement.confidence() {
        Some(confidence) => format!("confidence {confidence}"),
        None => "not likely enough to be reported at any confidence".to_owned(),
    };
    writeln!(out, "{}: a value named by {:?}: {verdict}", colors.bold(place), plain(name))?;
    writeln!(out, "    the model gives it {:.0} %", 100.0 * judgement.probability())?;
    for (name, value) in judgement.facts().iter() {
        writeln!(out, "    {name}: {value}")?;
    }
    writeln!(out)
}

/// Appends all that is known about a kind of secret.
pub fn explain(out: &mut impl Write, detector: &Detector, colors: Colors) -> io::Result<()> {
    let d = detector;
    writeln!(out, "{} ({})\n", colors.bold(d.name), d.id)?;
    writeln!(out, "Issued by   {}", d.provider)?;
    writeln!(out, "Severity    {}", colors.severity(d.severity))?;
    let how = match d.kind {
        Kind::Prefixed => "by a distinctive text that is a part of it",
        Kind::Structured => "by its structure: it can be decoded, or carries a checksum",
        Kind::Keyword => "by a word nearby that says what it is; its form alone would not do",
        Kind::Uri => "as a URL or connection string that grants access",
        Kind::Pem => "as a private key between its BEGIN and END lines",
        Kind::Generic => "by form and surroundings alone, whoever issued it",
    };
    writeln!(out, "Recognised  {how}")?;
    match d.check {
        Some(check) => {
            writeln!(
                out,
                "Checked     offline, by the validator \"{}\"; if that holds, confidence is checked",
                check.name()
            )?;
            writeln!(out, "Confidence  {} otherwise", d.confidence)?;
        }
        None => writeln!(out, "Confidence  {}", d.confidence)?,
    }
    if !d.parts.is_empty() {
        writeln!(out, "Parts       {}, where they stand nearby", d.parts.join(", "))?;
    }
    if !d.aliases.is_empty() {
        writeln!(out, "Known as    {}", d.aliases.join(", "))?;
    }
    writeln!(out, "\n{}", colors.bold("What a leak means"))?;
    wrapped(out, d.impact, 2)?;
    writeln!(out, "\n{}", colors.bold("What to do"))?;
    wrapped(out, d.remediation, 2)?;
    if !d.references.is_empty() {
        writeln!(out, "\n{}", colors.bold("References"))?;
        for reference in d.references {
            writeln!(out, "  {reference}")?;
        }
    }
    Ok(())
}

/// Appends advice on how to keep secrets of a kind: titles and texts. For behind [`explain`].
pub fn practices<'t>(
    out: &mut impl Write,
    practices: impl IntoIterator<Item = (&'t str, &'t str)>,
    colors: Colors,
) -> io::Result<()> {
    writeln!(out, "\n{}", colors.bold("How to keep the next one"))?;
    for (title, text) in practices {
        wrapped(out, &format!("{title}: {text}"), 2)?;
    }
    Ok(())
}

/// Appends `text` in lines of at most [`WIDTH`] characters, if its words allow it.
fn wrapped(out: &mut impl Write, text: &str, indent: usize) -> io::Result<()> {
    let mut column = 0;
    for word in plain(text.as_bytes()).split_whitespace() {
        let length = word.chars().count();
        if column == 0 {
            write!(out, "{:indent$}{word}", "")?;
            column = indent + length;
        } else if column + 1 + length > WIDTH {
            write!(out, "\n{:indent$}{word}", "")?;
            column = indent + length;
        } else {
            write!(out, " {word}")?;
            column += 1 + length;
        }
    }
    if column > 0 { writeln!(out) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BaselineUse;
    use crate::record::tests::{DETECTOR, ledger, record, tally};

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_says_where_what_why() {
        let expected = format!(
            "\
dir/a.tf:2:5: high: Acme key (acme-key)
    | key = ac_****9f;
    confidence checked: its checksum holds; decoded from base64, then hex
    token id t-1, host acme.example
    fingerprint {}

",
            record().fingerprint
        );
        assert_eq!(text(|out| finding(out, &record(), Colors(false))), expected);
    }

    #[test]
    fn nothing_read_reaches_the_terminal_as_it_is() {
        let mut record = record();
        record.path = b"\x1b]0;x\x07\ny\xff".to_vec();
        record.details.push("owner", "a\x1b[2Jb\u{202e}");
        record.details.push("long", "x".repeat(10_000));
        let text = text(|out| finding(out, &record, Colors(false)));
        assert!(text.starts_with("␛]0;x␇␊y\u{fffd}:2:5: high"), "{text}");
        assert!(text.contains("owner a␛[2Jb\u{fffd}"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 400));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    }

    #[test]
    fn ci_systems_have_nothing_to_obey() {
        let mut record = record();
        record.path = b"::stop-commands::x".to_vec();
        record.context = Some(Context { before: "::add-mask::x ".into(), ..Context::default() });
        record.details.push("owner", "##vso[task.complete]");
        let text = text(|out| finding(out, &record, Colors(false)));
        assert!(text.starts_with("./::stop"), "{text}");
        assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
        assert!(!text.contains("##"), "{text}");
    }

    #[test]
    fn a_secret_is_shown_once_and_its_places_are_listed() {
        let mut seen = Repeats::default();
        let mut record = record();
        assert!(seen.add(&record));
        assert_eq!(text(|out| repeats(out, &seen, Colors(false))), "");
        for i in (0..9).rev() {
            record.path = format!("dir/{i}").into_bytes();
            assert!(!seen.add(&record));
        }
        assert_eq!(seen.secrets(), 1);
        let expected = "\
The same secret in more than one place
  high: Acme key ac_****9f, 10 places
    dir/a.tf:2:5 (above)
    dir/0:2:5
    dir/1:2:5
    dir/2:2:5
    dir/3:2:5
    dir/4:2:5
    4 more; --each shows every place

";
        assert_eq!(text(|out| repeats(out, &seen, Colors(false))), expected);
    }

    #[test]
    fn colours_are_on_or_off() {
        let on = text(|out| finding(out, &record(), Colors(true)));
        let off = text(|out| finding(out, &record(), Colors(false)));
        assert!(on.contains("\x1b[31mhigh\x1b[0m"), "{on:?}");
        assert!(!off.contains('\x1b'));
    }

    #[test]
    fn the_summary_says_what_to_do_and_what_was_scanned() {
        let tally = tally();
        let links: [&[u8]; 7] = [b"a", b"b\x1b", b"c", b"d", b"e", b"f", b"g"];
        let incomplete = ledger(12, 3_000_000, &[(Reason::Symlink, &links), (Reason::Permission, &[b"c"])]);
        let summary = Summary {
            suppressed: Suppressed { baseline: 1, inline: 0, config: 3 },
            baseline: Some(BaselineUse { entries: 5, unused: 4 }),
            config: Some("a\x1b.toml"),
            ..crate::record::tests::summary(&tally, &incomplete)
        };
        let expected = "\
What to do
  critical: Acme key (zeta-key), 1 finding
    Revoke it in the console.
  high: Acme key (acme-key), 2 findings
    Revoke it in the console.
    https://acme.example/keys

3 findings (1 critical, 2 high) in 2 files; scanned 12 files, 3.00 MB in 1.50 s (2.00 MB/s)
  not reported: 4 findings (1 in the baseline, 3 by a␛.toml)
  baseline: 4 of 5 entries not met
  skipped: 7 symlink (a, b␛, c, d, e, …)
  skipped: 1 permission (c)
The scan is incomplete: not everything that was asked for could be read.
";
        assert_eq!(text(|out| super::summary(out, &summary, None, Colors(false))), expected);
        let nothing = crate::Tally::default();
        let complete = ledger(12, 3_000_000, &[]);
        let summary = crate::record::tests::summary(&nothing, &complete);
        let expected = "No secrets found; scanned 12 files, 3.00 MB in 1.50 s (2.00 MB/s)\n";
        assert_eq!(text(|out| super::summary(out, &summary, None, Colors(false))), expected);
    }

    #[test]
    fn lists_are_aligned() {
        let longer = Detector { id: "a-much-longer-id", severity: Severity::Critical, ..DETECTOR };
        let expected = "\
acme-key          high      high     Acme key
a-much-longer-id  critical  high     Acme key
";
        assert_eq!(text(|out| detectors(out, &[&DETECTOR, &longer], Colors(false))), expected);
    }

    #[test]
    fn explanations_have_everything() {
        let text = text(|out| explain(out, &DETECTOR, Colors(false)));
        for part in
            ["Acme key (acme-key)", "acme\n", "high", "Revoke it", "acme.example/keys", "acme.example/more"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn long_text_is_wrapped() {
        let text = text(|out| wrapped(out, &"word ".repeat(60), 4));
        assert_eq!(text.split_whitespace().count(), 60);
        assert!(text.lines().all(|l| l.len() <= WIDTH && l.starts_with("    word")));
        assert!(text.lines().count() == 4, "{text}");
    }
}
