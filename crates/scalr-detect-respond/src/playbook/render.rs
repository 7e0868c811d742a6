//! Playbooks as text and as Markdown.

use std::fmt::Write as _;

use super::{Facts, Playbook, Section, Status, Step, Validity, capital};

/// The width that text is wrapped to, in characters.
const WIDTH: usize = 100;

/// How many secrets, and how many places of each, are shown.
const SECRETS: usize = 20;
const PLACES: usize = 10;

/// What is known of a secret, as names and values; the places last.
fn known(facts: &Facts) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for detail in facts.details() {
        rows.push((detail.name.replace('-', " "), detail.value.clone()));
    }
    let validity = match facts.validity {
        Validity::Live => "live",
        Validity::Dead => "dead",
        Validity::Unknown if facts.evidence.is_empty() => "not checked",
        Validity::Unknown => "not known",
    };
    let evidence = if facts.evidence.is_empty() { String::new() } else { format!(": {}", facts.evidence) };
    rows.push(("validity".to_owned(), format!("{validity}{evidence}")));
    if !facts.fingerprint.is_empty() {
        rows.push(("fingerprint".to_owned(), facts.fingerprint.clone()));
    }
    for place in facts.places().iter().take(PLACES) {
        let mut text = place.path.clone();
        if place.line > 0 {
            _ = write!(text, ":{}", place.line);
        }
        if !place.commit.is_empty() {
            _ = write!(text, ", commit {}", place.commit);
        }
        if !place.author.is_empty() {
            _ = write!(text, " by {}", place.author);
        }
        if !place.date.is_empty() {
            _ = write!(text, ", {}", place.date);
        }
        rows.push(("found in".to_owned(), text));
    }
    let shown = facts.places().len().min(PLACES) as u64;
    if facts.occurrences > shown {
        rows.push(("and".to_owned(), format!("{} more places", facts.occurrences - shown)));
    }
    rows
}

fn left_out(playbook: &Playbook) -> Option<String> {
    let left = playbook.secrets.len().checked_sub(SECRETS).filter(|left| *left > 0)?;
    Some(format!("And {left} more secrets of this kind; the JSON form lists them."))
}

pub(super) fn text(playbook: &Playbook) -> String {
    let mut out = format!("{} ({})\n", playbook.name, playbook.detector);
    _ = writeln!(out, "{}, issued by {}", playbook.severity, playbook.provider);
    if !playbook.secrets.is_empty() {
        out.push_str("\nWhat was found\n");
        for (index, facts) in playbook.secrets.iter().take(SECRETS).enumerate() {
            if index > 0 {
                out.push('\n');
            }
            for (name, value) in known(facts) {
                _ = writeln!(out, "  {name:<12} {value}");
            }
        }
        if let Some(more) = left_out(playbook) {
            _ = writeln!(out, "\n  {more}");
        }
    }
    for (index, section) in playbook.sections.iter().enumerate() {
        _ = writeln!(out, "\n{}. {} ({})", index + 1, section.title, section.when);
        for step in &section.steps {
            text_step(&mut out, step);
        }
    }
    out
}

fn text_step(out: &mut String, step: &Step) {
    let mark = match step.status {
        Status::Note => "   -   ",
        Status::Done => "   [x] ",
        Status::Open | Status::Automatic => "   [ ] ",
    };
    wrap(out, mark, &step.action);
    if let Some(why) = &step.why {
        wrap(out, "       ", why);
    }
    if step.status == Status::Automatic {
        wrap(out, "       ", "This command does it:");
    }
    for copied in [&step.command, &step.query].into_iter().flatten() {
        for line in copied.trim_end().lines() {
            _ = writeln!(out, "         {line}");
        }
    }
    if let Some(link) = &step.link {
        _ = writeln!(out, "       {link}");
    }
}

/// Appends `text` in lines of at most [`WIDTH`] characters, the first after `start`, the others indented as far.
fn wrap(out: &mut String, start: &str, text: &str) {
    let indent = start.chars().count();
    out.push_str(start);
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            _ = write!(out, "\n{:indent$}", "");
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

pub(super) fn markdown(playbook: &Playbook) -> String {
    let mut out = format!("# {}\n\n", escape(playbook.name));
    _ = writeln!(
        out,
        "{}, severity {}, issued by {}.",
        code(playbook.detector),
        playbook.severity,
        escape(playbook.provider)
    );
    if !playbook.secrets.is_empty() {
        out.push_str("\n## What was found\n");
        for facts in playbook.secrets.iter().take(SECRETS) {
            out.push('\n');
            for (name, value) in known(facts) {
                _ = writeln!(out, "- {}: {}", escape(&name), code(&value));
            }
            // Two lists in a row would be one.
            out.push_str("\n<!-- -->\n");
        }
        if let Some(more) = left_out(playbook) {
            _ = writeln!(out, "\n{more}");
        }
    }
    for (index, section) in playbook.sections.iter().enumerate() {
        markdown_section(&mut out, index + 1, section);
    }
    out
}

fn markdown_section(out: &mut String, number: usize, section: &Section) {
    _ = writeln!(out, "\n## {number}. {}\n\n*{}*\n", section.title, capital(section.when));
    for step in &section.steps {
        let mark = match step.status {
            Status::Note => "-",
            Status::Done => "- [x]",
            Status::Open | Status::Automatic => "- [ ]",
        };
        _ = writeln!(out, "{mark} {}", escape(&step.action));
        if let Some(why) = &step.why {
            _ = writeln!(out, "  {}", escape(why));
        }
        if step.status == Status::Automatic {
            out.push_str("  This command does it:\n");
        }
        for (language, copied) in [("sh", &step.command), ("", &step.query)] {
            let Some(copied) = copied else { continue };
            let fence = fence(copied, 3);
            _ = writeln!(out, "\n  {fence}{language}");
            for line in copied.trim_end().lines() {
                _ = writeln!(out, "  {line}");
            }
            _ = writeln!(out, "  {fence}");
        }
        if let Some(link) = &step.link {
            _ = writeln!(out, "\n  <{link}>");
        }
    }
}

/// More backticks than the text has in a row, and at least so many.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}

/// A text as it is, in a code span.
fn code(text: &str) -> String {
    let fence = fence(text, 1);
    // A space is taken off on both sides again.
    let pad =
        if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence in Markdown: what would be markup is escaped, but for code between single backticks.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        escape_plain(&mut out, &rest[..at]);
        let from = &rest[at + 1..];
        match from.find('`') {
            Some(end) if end > 0 && !from[end + 1..].starts_with('`') => {
                out.push_str(&rest[at..at + end + 2]);
                rest = &from[end + 1..];
            }
            _ => {
                out.push_str("\\`");
                rest = from;
            }
        }
    }
    escape_plain(&mut out, rest);
    out
}

fn escape_plain(out: &mut String, text: &str) {
    for (i, c) in text.char_indices() {
        let special = match c {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' => true,
            // A heading, a list, a number of a list; only at the start.
            '#' | '-' | '+' => i == 0 && out.is_empty(),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_what_is_there() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a `b_c` d", "a `b_c` d"),
            ("a_b*c <x> [y](z) & \\", "a\\_b\\*c \\<x\\> \\[y\\](z) \\& \\\\"),
            ("one ` alone", "one \\` alone"),
            ("``", "\\`\\`"),
            ("a ``b`", "a \\``b`"),
            ("# head", "\\# head"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
        for (text, expected) in
            [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a``b`", "``` a``b` ```"), (" a", "`  a `")]
        {
            assert_eq!(code(text), expected, "{text}");
        }
        assert_eq!(fence("a ```` b", 3), "`````");
    }

    #[test]
    fn lines_are_wrapped() {
        let mut out = String::new();
        wrap(&mut out, "  [ ] ", &"word ".repeat(60));
        assert!(out.lines().all(|line| line.len() <= WIDTH));
        assert!(out.lines().skip(1).all(|line| line.starts_with("      word")));
        assert_eq!(out.split_whitespace().filter(|word| *word == "word").count(), 60);
    }
}
