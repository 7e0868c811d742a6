//! HTML: one page that a security team can work in, in a browser or on paper.
//!
//! The page is a list of the secrets with all of their places, which is read without scripts. A script on the page filters, sorts
//! and pages it; it has no data but the list. Nothing leaves the page: its content security policy allows its own style and
//! script, by their hashes, and no request at all. Secrets are masked as everywhere, and every text that was read is escaped.

mod timeline;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use scalr_detect::{Detector, Severity};
use scalr_detect_sources::Origin;
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::gitlab::links;
use crate::record::{Record, Report, Summary, Validity, gaps, grouped, surest};
use crate::text::{abbreviated, count, date, plain, shorten, size};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Facts are shown up to this length, in characters.
const SHOWN_DETAIL: usize = 500;

/// A step of what is to be done about a secret. All but the first may be empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// What to do, in sentences.
    pub action: String,
    /// Why.
    pub why: String,
    /// What to copy into a shell or a console, in lines.
    pub command: String,
    /// A page about it.
    pub link: String,
}

/// What is to be done about secrets of a kind, as steps in their order. What is asked once for each kind that was found.
pub type Playbook<'a> = dyn Fn(&Detector) -> Vec<Step> + 'a;

/// The steps that the catalogue has: what it says of revoking.
pub fn remediation(detector: &Detector) -> Vec<Step> {
    let action = detector.remediation.to_owned();
    Some(Step { action, ..Step::default() }).filter(|step| !step.action.is_empty()).into_iter().collect()
}

/// A secret and its places.
struct Group<'a> {
    /// The record to show for all of them.
    main: &'a Record,
    places: Vec<&'a Record>,
    /// When it came first, in seconds since 1970, if commits tell.
    introduced: Option<i64>,
}

/// Writes the page.
pub fn write(out: &mut impl Write, report: &Report<'_>, playbook: &Playbook<'_>) -> io::Result<()> {
    let groups = groups(report);
    head(out)?;
    page_header(out, report, &groups)?;
    out.write_all(b"<main class=\"wrap\" id=\"main\">\n")?;
    timeline::write(out, groups.iter().filter_map(|g| Some((g.introduced?, g.main.detector.severity))))?;
    findings(out, &groups)?;
    kinds(out, &groups, playbook)?;
    coverage(out, report.summary)?;
    out.write_all(b"</main>\n")?;
    writeln!(
        out,
        "<footer class=\"wrap\">Written by scalr-detect {}. This page loads and sends nothing.</footer>",
        env!("CARGO_PKG_VERSION")
    )?;
    write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

fn groups<'a>(report: &Report<'a>) -> Vec<Group<'a>> {
    let of = |places: Vec<&'a Record>| {
        let introduced = places.iter().filter_map(|record| time(record)).min();
        Some(Group { main: surest(&places)?, places, introduced })
    };
    let mut groups: Vec<Group<'a>> =
        grouped(report.records, report.each).into_iter().filter_map(of).collect();
    let validity = |record: &Record| match record.validity {
        Validity::Live => 0,
        Validity::Unknown => 1,
        Validity::Dead => 2,
    };
    // Groups come by path, and stay so among equals.
    groups.sort_by_key(|g| {
        let severity = std::cmp::Reverse(g.main.detector.severity);
        (severity, validity(g.main), std::cmp::Reverse(g.main.confidence))
    });
    groups
}

/// When the commit was written that brought it.
fn time(record: &Record) -> Option<i64> {
    match &record.origin {
        Origin::Git(git) => Some(git.commit.as_ref()?.time),
        _ => None,
    }
}

fn head(out: &mut impl Write) -> io::Result<()> {
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{style}'; \
         script-src '{script}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>Secrets found by scalr-detect</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n"
    )
}

/// What a content security policy calls a text.
fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (i, &b)| bits | u32::from(b) << (16 - 8 * i));
        text.extend((0..4).map(|i| match i <= chunk.len() {
            true => alphabet[(bits >> (18 - 6 * i)) as usize & 63] as char,
            false => '=',
        }));
    }
    text
}

fn page_header(out: &mut impl Write, report: &Report<'_>, groups: &[Group<'_>]) -> io::Result<()> {
    let summary = report.summary;
    out.write_all(
        b"<header><div class=\"wrap\">\n<div class=\"title\"><h1>Secrets report</h1><p class=\"quiet\">",
    )?;
    let mut facts = Vec::new();
    let checkout = report.checkout;
    facts.extend(checkout.repository.as_deref().map(|url| escape(url).into_owned()));
    facts.extend(checkout.branch.as_deref().map(|branch| format!("branch {}", escape(branch))));
    facts.extend(checkout.commit.as_deref().map(|commit| format!("commit {}", escape(abbreviated(commit)))));
    let started = date(summary.started_seconds());
    facts.push(format!(
        "<time datetime=\"{started}\">{} {} UTC</time>",
        &started[..10],
        started.get(11..16).unwrap_or("")
    ));
    writeln!(out, "{}</p></div>", facts.join(" · "))?;
    if summary.ledger.is_incomplete() {
        out.write_all(b"<section class=\"banner\" aria-labelledby=\"incomplete\"><h2 id=\"incomplete\">This report is incomplete</h2>\n")?;
        out.write_all(
            b"<p>Not everything that was asked for was scanned, so secrets may be missing from it.</p><ul>",
        )?;
        for gap in gaps(summary.ledger) {
            write!(out, "<li>{}</li>", escape(&gap))?;
        }
        out.write_all(b"</ul></section>\n")?;
    }
    out.write_all(b"<dl class=\"numbers\">\n")?;
    let mut number = |class: &str, name: &str, n: u64| {
        writeln!(out, "<div class=\"{class}\"><dt>{name}</dt><dd>{}</dd></div>", thousands(n))
    };
    let plural = |n: u64, one: &'static str, many: &'static str| if n == 1 { one } else { many };
    let (secrets, places) = (groups.len() as u64, report.records.len() as u64);
    number("all", plural(secrets, "secret", "secrets"), secrets)?;
    for severity in Severity::ALL.into_iter().rev() {
        let n = groups.iter().filter(|g| g.main.detector.severity == severity).count() as u64;
        if n > 0 {
            number(severity.name(), severity.name(), n)?;
        }
    }
    let live = groups.iter().filter(|g| g.main.validity == Validity::Live).count() as u64;
    if live > 0 {
        number("critical", "still work", live)?;
    }
    number("all", plural(places, "place", "places"), places)?;
    number("all", "files scanned", summary.ledger.units())?;
    out.write_all(b"</dl>\n</div></header>\n")
}

fn findings(out: &mut impl Write, groups: &[Group<'_>]) -> io::Result<()> {
    out.write_all(b"<div class=\"work\" id=\"work\">\n")?;
    out.write_all(include_bytes!("filters.html"))?;
    out.write_all(
        b"<section id=\"findings\" aria-labelledby=\"findings-title\" tabindex=\"-1\">\n<div class=\"bar\">\
          <h2 id=\"findings-title\">Findings</h2>\n\
          <output id=\"count\" class=\"scripted\" for=\"filter\" aria-live=\"polite\" hidden></output>\n\
          <div class=\"controls scripted\" hidden>\n\
          <label>List <select id=\"view\"><option value=\"secret\">by secret<option value=\"place\">by place</select></label>\n\
          <label>Sort <select id=\"sort\"><option value=\"severity\">worst first<option value=\"path\">by path\
          <option value=\"kind\">by kind<option value=\"places\">most places first\
          <option class=\"dated\" value=\"newest\">newest first<option class=\"dated\" value=\"oldest\">oldest first\
          </select></label>\n</div></div>\n",
    )?;
    let hidden = if groups.is_empty() { "" } else { " hidden" };
    let nothing =
        if groups.is_empty() { "No secrets were found." } else { "Nothing is left with these filters." };
    writeln!(out, "<p class=\"card empty\" id=\"none\"{hidden}>{nothing}</p>")?;
    if !groups.is_empty() {
        out.write_all(b"<ol class=\"list\" id=\"list\">\n")?;
        let mut seen = std::collections::HashSet::new();
        for group in groups {
            // Where every place is a finding there are several of a secret, of which the first has its name.
            let is_first = seen.insert(group.main.fingerprint);
            finding(out, group, is_first)?;
        }
        out.write_all(b"</ol>\n")?;
    }
    out.write_all(
        b"<p class=\"more\" id=\"more\" hidden><button type=\"button\" id=\"next\">Show more</button> \
          <span id=\"left\" class=\"quiet\"></span></p>\n</section>\n</div>\n",
    )
}

fn finding(out: &mut impl Write, group: &Group<'_>, named: bool) -> io::Result<()> {
    let r = group.main;
    let d = r.detector;
    let (name, severity) = (escape(d.name), d.severity.name());
    let id = if named { format!(" id=\"f-{}\"", r.fingerprint) } else { String::new() };
    writeln!(
        out,
        "<li{id} data-name=\"{name}\" data-severity=\"{severity}\" data-confidence=\"{}\" data-validity=\"{}\"><details>",
        r.confidence,
        r.validity.name()
    )?;
    let first = group.places.first().copied().unwrap_or(r);
    write!(
        out,
        "<summary><span class=\"sev {severity}\">{severity}</span> <span class=\"what\"><b>{name}</b> <code>{}</code></span> ",
        bytes(&r.secret)
    )?;
    out.write_all(b"<span class=\"side\">")?;
    if r.validity != Validity::Unknown {
        write!(out, "<span class=\"tag {0}\">{0}</span> ", r.validity.name())?;
    }
    if group.places.iter().all(|place| place.suppressed_by.is_some()) {
        out.write_all(b"<span class=\"tag\">suppressed</span> ")?;
    }
    if group.places.len() > 1 {
        write!(out, "<span class=\"count\">{}</span>", count(group.places.len() as u64, "place"))?;
    }
    writeln!(out, "</span> <span class=\"where\">{}</span></summary>", at(first))?;
    out.write_all(b"<div class=\"body\"><dl class=\"facts\">")?;
    let mut fact = |name: &str, value: &str| write!(out, "<dt>{name}</dt><dd>{value}</dd>");
    fact("Kind", &format!("<a href=\"#kind-{0}\">{0}</a> of {1}", escape(d.id), escape(d.provider)))?;
    fact("Confidence", &format!("{}: {}", r.confidence, escape(r.reason)))?;
    if r.validity != Validity::Unknown || !r.evidence.is_empty() {
        let separator = if r.evidence.is_empty() { "" } else { ": " };
        fact("Validity", &format!("{}{separator}{}", r.validity.name(), escape(&r.evidence)))?;
    }
    if r.weak {
        fact("Weak", "it is guessed easily")?;
    }
    if r.placeholder {
        fact("Placeholder", "it stands for another")?;
    }
    for (name, value) in r.details.iter() {
        fact(&escape(&capitalised(name)), &escape(&shorten(value, SHOWN_DETAIL)))?;
    }
    if let Some(introduced) = group.introduced {
        fact("Introduced", &date(introduced)[..10])?;
    }
    fact("Fingerprint", &format!("<code>{}</code>", r.fingerprint))?;
    out.write_all(
        b"</dl>\n<div class=\"scroll\"><table class=\"places\"><caption>Where it is</caption>\
        <thead><tr><th scope=\"col\">Place<th scope=\"col\">Origin</tr></thead>\n<tbody>",
    )?;
    for place in &group.places {
        row(out, place)?;
    }
    writeln!(out, "</tbody></table></div>")?;
    writeln!(
        out,
        "<section class=\"playbook\" data-kind=\"kind-{0}\"><a href=\"#kind-{0}\">What to do</a></section></div></details></li>",
        escape(d.id)
    )
}

/// A place.
fn row(out: &mut impl Write, r: &Record) -> io::Result<()> {
    let at = at(r);
    write!(out, "<tr data-path=\"{}\" data-line=\"{}\" data-at=\"{at}\"", shown_path(r), r.position.line)?;
    match &r.origin {
        Origin::Git(git) => {
            if let Some(commit) = &git.commit {
                write!(out, " data-author=\"{}\" data-time=\"{}\"", escape(&commit.author), commit.time)?;
            }
        }
        Origin::Image(image) => write!(out, " data-layer=\"{}\"", layer(image))?,
        _ => {}
    }
    write!(out, "><td><span class=\"mono\">{at}</span>")?;
    if let Some(Context { before, secret, after }) = &r.context {
        write!(
            out,
            "<code class=\"code\">{}<mark>{}</mark>{}</code>",
            escape(before),
            escape(secret),
            escape(after)
        )?;
    }
    if !r.decoded_by.is_empty() {
        write!(out, "<span class=\"quiet\">decoded from {}</span>", r.decoded_by.join(", then "))?;
    }
    if let Some(by) = r.suppressed_by {
        write!(out, "<span class=\"quiet\">suppressed by {by}: {}</span>", escape(&r.suppressed_why))?;
    }
    out.write_all(b"</td><td>")?;
    origin(out, &r.origin)?;
    writeln!(out, "</td></tr>")
}

fn origin(out: &mut impl Write, origin: &Origin) -> io::Result<()> {
    match origin {
        Origin::File => out.write_all(b"a file"),
        Origin::Stdin => out.write_all(b"standard input"),
        Origin::Index => out.write_all(b"staged for the next commit"),
        Origin::Diff => out.write_all(b"a line that a diff adds"),
        Origin::Git(git) => {
            if git.kind != "blob" {
                write!(out, "{} ", escape(&git.kind.replace('-', " ")))?;
            }
            if let Some(c) = &git.commit {
                write!(
                    out,
                    "commit <code>{}</code> of {} by {}",
                    escape(abbreviated(&c.id)),
                    &date(c.time)[..10],
                    escape(&c.author)
                )?;
                write!(
                    out,
                    "<br><span class=\"quiet\">{}</span>",
                    escape(&shorten(&c.summary, SHOWN_DETAIL))
                )?;
            }
            for other in &git.also {
                let (commit, path) = (abbreviated(&other.commit.id), bytes(&other.path));
                write!(out, "<br>also commit <code>{}</code> as {path}", escape(commit))?;
            }
            if git.more > 0 {
                write!(out, "<br>and {}", count(git.more, "more commit"))?;
            }
            Ok(())
        }
        Origin::Image(image) => {
            write!(out, "{}", layer(image))?;
            if let Some(deleted) = image.deleted_in {
                write!(out, ", deleted in layer {deleted} and there all the same")?;
            }
            if !image.command.is_empty() {
                write!(out, "<br><code>{}</code>", escape(&shorten(&image.command, SHOWN_DETAIL)))?;
            }
            Ok(())
        }
        other => out.write_all(other.name().as_bytes()),
    }
}

fn layer(image: &scalr_detect_sources::ImageOrigin) -> String {
    match image.layer {
        0 => format!("{}, configuration", escape(&image.image)),
        n => format!("{}, layer {n} of {}", escape(&image.image), image.layers),
    }
}

/// What to do, once for each kind.
fn kinds(out: &mut impl Write, groups: &[Group<'_>], playbook: &Playbook<'_>) -> io::Result<()> {
    let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, &str), (&Detector, u64)> = BTreeMap::new();
    for group in groups {
        let d = group.main.detector;
        kinds.entry((std::cmp::Reverse(d.severity), d.id)).or_insert((d, 0)).1 += 1;
    }
    if kinds.is_empty() {
        return Ok(());
    }
    out.write_all(b"<section class=\"card\" aria-labelledby=\"kinds-title\"><h2 id=\"kinds-title\">What to do, by kind</h2>\n<div class=\"kinds\">\n")?;
    for (d, n) in kinds.into_values() {
        let (id, name, severity) = (escape(d.id), escape(d.name), d.severity.name());
        write!(
            out,
            "<article id=\"kind-{id}\" aria-labelledby=\"name-{id}\"><h3 id=\"name-{id}\">{name}</h3>\
             <p class=\"quiet\"><span class=\"sev {severity}\">{severity}</span> · {id} · {}</p>\n<div class=\"advice\">",
            count(n, "secret")
        )?;
        if !d.impact.is_empty() {
            write!(out, "<p>{}</p>", prose(d.impact))?;
        }
        let steps = playbook(d);
        if !steps.is_empty() {
            out.write_all(b"<ol class=\"steps\">")?;
            steps.iter().try_for_each(|step| write_step(out, step))?;
            out.write_all(b"</ol>")?;
        }
        // Those that are not with a step.
        let mut others =
            links(d.references).filter(|link| steps.iter().all(|step| step.link != *link)).peekable();
        if others.peek().is_some() {
            out.write_all(b"<ul class=\"links\">")?;
            for link in others {
                let link = escape(link);
                write!(out, "<li><a href=\"{link}\" rel=\"noreferrer noopener\">{link}</a></li>")?;
            }
            out.write_all(b"</ul>")?;
        }
        out.write_all(b"</div></article>\n")?;
    }
    out.write_all(b"</div></section>\n")
}

fn write_step(out: &mut impl Write, step: &Step) -> io::Result<()> {
    write!(out, "<li>{}", prose(&step.action))?;
    if !step.why.is_empty() {
        write!(out, " <span class=\"quiet\">{}</span>", prose(&step.why))?;
    }
    if !step.command.is_empty() {
        let lines: Vec<Cow<'_, str>> = step.command.lines().map(escape).collect();
        write!(out, "<pre tabindex=\"0\"><code>{}</code></pre>", lines.join("\n"))?;
    }
    if let Some(link) = links(&[&step.link]).next() {
        let link = escape(link);
        // A command is a block of its own.
        let start = if step.command.is_empty() { "<br>" } else { "" };
        write!(out, "{start}<a href=\"{link}\" rel=\"noreferrer noopener\">{link}</a>")?;
    }
    out.write_all(b"</li>")
}

fn coverage(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    let ledger = summary.ledger;
    out.write_all(b"<section class=\"card\" aria-labelledby=\"coverage-title\"><h2 id=\"coverage-title\">What was scanned, and what was not</h2>\n")?;
    writeln!(
        out,
        "<p>{}, {} in {:.2} s.</p>",
        count(ledger.units(), "file"),
        size(ledger.bytes() as f64),
        summary.elapsed.as_secs_f64()
    )?;
    let crate::Suppressed { baseline, inline, config } = summary.suppressed;
    for (n, why) in [(baseline, "the baseline"), (inline, "comments"), (config, "the configuration")] {
        if n > 0 {
            writeln!(out, "<p>{} left out by {why}.</p>", count(n, "finding"))?;
        }
    }
    if ledger.skipped().next().is_none() {
        return out.write_all(b"<p>Nothing was left out.</p></section>\n");
    }
    out.write_all(
        b"<div class=\"scroll\"><table><caption>Not scanned</caption><thead><tr><th scope=\"col\">Why\
          <th scope=\"col\" class=\"n\">Files<th scope=\"col\" class=\"n\">Asked for and not read\
          <th scope=\"col\">For example</tr></thead>\n<tbody>",
    )?;
    for (reason, skipped) in ledger.skipped() {
        let examples: Vec<String> = skipped
            .examples()
            .map(|e| match e.cause() {
                "" => bytes(e.path()).into_owned(),
                cause => format!("{}: {}", bytes(e.path()), escape(cause)),
            })
            .collect();
        let more = if skipped.units() > examples.len() as u64 { "<br>…" } else { "" };
        writeln!(
            out,
            "<tr><th scope=\"row\">{reason}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"mono\">{}{more}</td></tr>",
            thousands(skipped.units()),
            thousands(skipped.gaps()),
            examples.join("<br>")
        )?;
    }
    out.write_all(b"</tbody></table></div></section>\n")
}

/// A path, a line and a column.
fn at(r: &Record) -> String {
    format!("{}:{}:{}", shown_path(r), r.position.line, r.position.column)
}

fn shown_path<'a>(r: &'a Record) -> Cow<'a, str> {
    if r.path == b"-" { "standard input".into() } else { bytes(&r.path) }
}

fn bytes(bytes: &[u8]) -> Cow<'_, str> {
    escape_plain(&plain(bytes)).into()
}

/// Text as HTML has it, in elements and in attributes with quotes, and without what cannot be seen.
fn escape(text: &str) -> Cow<'_, str> {
    escape_plain(&plain(text.as_bytes())).into()
}

fn escape_plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text in which what stands between backquotes is code.
fn prose(text: &str) -> String {
    let escaped = escape(text);
    let parts: Vec<&str> = escaped.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped.into_owned();
    }
    let part = |(i, part): (usize, &&str)| match i % 2 {
        0 => (*part).to_owned(),
        _ => format!("<code>{part}</code>"),
    };
    parts.iter().enumerate().map(part).collect()
}

fn capitalised(text: &str) -> String {
    let text = text.replace('-', " ");
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// 1234567 as 1,234,567.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_a_policy() {
        // The example of Content Security Policy Level 3, 8.2.
        assert_eq!(hash("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
        assert_eq!(
            (base64(b"f"), base64(b"fo"), base64(b"foo")),
            ("Zg==".into(), "Zm8=".into(), "Zm9v".into())
        );
    }

    #[test]
    fn texts_are_only_text() {
        assert_eq!(
            escape("a<b> & \"c\" 'd'\x1b\u{202e}"),
            "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;␛\u{fffd}"
        );
        assert_eq!(bytes(b"</script>\xff"), "&lt;/script&gt;\u{fffd}");
    }

    #[test]
    fn code_in_prose() {
        for (text, expected) in [
            ("run `a <b>` now", "run <code>a &lt;b&gt;</code> now"),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("one ` only", "one ` only"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }

    #[test]
    fn style_and_script_end_where_they_are_to() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(n), text);
        }
    }
}
