//! Baselines: the secrets that are known, and are not to be reported again.
//!
//! A baseline is a text, one secret a line: its fingerprint, and behind it whatever people want to say. Where a secret
//! stands is not in it, and so it stays known when lines move, files are renamed and history is rewritten; another secret
//! in the same place is not known. Nothing in the text depends on when or how it was made, and lines are sorted: two
//! branches that add secrets merge as sets of lines do (`merge=union` in `.gitattributes` does it without asking).
//!
//! ```text
//! # Why these are here: see the wiki
//! 0c5a…  scalr-api-token  revoked in March
//! 77f2…  generic-password
//! ```
//!
//! Any order is read, and so are lines that stand there twice, after such a merge.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use scalr_detect::Fingerprint;

/// The secrets that are known.
#[derive(Debug, Default)]
pub struct Baseline {
    /// Lines that start with `#`, which people wrote: they stay, at the top.
    header: Vec<String>,
    entries: BTreeMap<Fingerprint, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    comment: String,
    used: AtomicBool,
}

/// What is wrong with a baseline. What stands there is not repeated: it may be anything.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaselineError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do about it.
    pub message: &'static str,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for BaselineError {}

impl Baseline {
    /// The largest text that is read, in bytes: some 80,000 secrets.
    pub const MAX_SIZE: usize = 4 << 20;

    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// The first line that is not a fingerprint, or that says that a merge has not been resolved.
    pub fn parse(text: &str) -> Result<Baseline, BaselineError> {
        let mut baseline = Baseline::default();
        for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            let wrong = |message| Err(BaselineError { line: i + 1, message });
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| line.starts_with(marker)) {
                return wrong("an unresolved merge: keep the lines of both sides and remove the markers");
            }
            if line.starts_with('#') {
                if !baseline.header.iter().any(|known| known == line) {
                    baseline.header.push(line.to_owned());
                }
            } else if !line.is_empty() {
                let (hex, comment) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                let Some(fingerprint) = Fingerprint::from_hex(hex) else {
                    return wrong("not a fingerprint: 32 hexadecimal digits, as reports have them");
                };
                baseline.add(fingerprint, comment.trim());
            }
        }
        Ok(baseline)
    }

    /// Adds a secret, unless it is there; what is said about it is added unless it has been said. True if it was not there.
    pub fn add(&mut self, fingerprint: Fingerprint, comment: &str) -> bool {
        let is_new = !self.entries.contains_key(&fingerprint);
        let entry = self.entries.entry(fingerprint).or_default();
        if entry.comment.is_empty() {
            comment.clone_into(&mut entry.comment);
        } else if !comment.is_empty() && !entry.comment.split("; ").any(|said| said == comment) {
            entry.comment = format!("{}; {comment}", entry.comment);
        }
        is_new
    }

    /// Whether the secret is known; remembers that it was asked for.
    pub fn knows(&self, fingerprint: Fingerprint) -> bool {
        let entry = self.entries.get(&fingerprint);
        if let Some(entry) = entry {
            entry.used.store(true, Ordering::Relaxed);
        }
        entry.is_some()
    }

    /// What is said about a secret that is known.
    pub fn comment(&self, fingerprint: Fingerprint) -> Option<&str> {
        self.entries.get(&fingerprint).map(|entry| entry.comment.as_str())
    }

    /// The secrets, in order: fingerprint, what is said about it, whether it has been met.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (Fingerprint, &str, bool)> {
        self.entries
            .iter()
            .map(|(&fingerprint, entry)| (fingerprint, &*entry.comment, entry.used.load(Ordering::Relaxed)))
    }

    /// How many secrets have not been met.
    pub fn unused(&self) -> usize {
        self.entries().filter(|(_, _, used)| !used).count()
    }

    /// Removes the secrets that have not been met; how many there were.
    pub fn prune(&mut self) -> usize {
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.used.load(Ordering::Relaxed));
        before - self.entries.len()
    }
}

/// The text of the file.
impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.header {
            writeln!(f, "{line}")?;
        }
        for (fingerprint, comment, _) in self.entries() {
            match comment {
                "" => writeln!(f, "{fingerprint}")?,
                comment => writeln!(f, "{fingerprint}  {comment}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "0123456789abcdef0123456789abcdef";
    const B: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn what_is_read_and_what_is_written() {
        for (text, expected) in [
            ("", String::new()),
            (A, format!("{A}\n")),
            (&format!("{B}\n{A} x y\n"), format!("{A}  x y\n{B}\n")),
            (&format!("{A}\n{A}\n"), format!("{A}\n")),
            (&format!("{A} x\r\n\r\n{A}\ty\r\n{A} x\r\n"), format!("{A}  x; y\n")),
            (&format!("{A} x; y\n{A} y\n"), format!("{A}  x; y\n")),
            (
                &format!("\u{feff}# why\n{}\n# why\n # more\n", A.to_uppercase()),
                format!("# why\n# more\n{A}\n"),
            ),
        ] {
            assert_eq!(Baseline::parse(text).unwrap().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn mistakes_have_a_line_and_are_not_repeated() {
        for (text, line, part) in [
            ("hunter2", 1, "not a fingerprint"),
            (&*format!("{A}\n\n{A}0"), 3, "not a fingerprint"),
            (&A[1..], 1, "not a fingerprint"),
            (&format!("+{}", &A[1..]), 1, "not a fingerprint"),
            (&format!("{A}\n<<<<<<< ours\n{B}\n"), 2, "unresolved merge"),
            (&format!("{A}\n=======\n{B}\n"), 2, "unresolved merge"),
            (&format!("{A}\n{B}\n>>>>>>> theirs"), 3, "unresolved merge"),
            ("||||||| base", 1, "unresolved merge"),
            ("\0\0\0", 1, "not a fingerprint"),
        ] {
            let error = Baseline::parse(text).unwrap_err();
            assert!(error.line == line && error.message.contains(part), "{text:?}: {error}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn what_was_met_stays() {
        let mut baseline = Baseline::parse(&format!("{A} keep\n{B}\n")).unwrap();
        assert_eq!(baseline.unused(), 2);
        assert!(baseline.knows(Fingerprint::from_hex(A).unwrap()));
        assert!(!baseline.knows(Fingerprint::from_hex(&"0".repeat(32)).unwrap()));
        assert_eq!((baseline.unused(), baseline.prune(), baseline.unused()), (1, 1, 0));
        assert_eq!(baseline.to_string(), format!("{A}  keep\n"));
    }

    proptest! {
        /// A merge by union of any two baselines is the baseline of all their secrets, whatever the order of lines.
        #[test]
        fn the_union_of_lines_is_the_union_of_secrets(
            mut ours in prop::collection::vec("[0-3]{32}( [a-c]{1,2})?", 0..6),
            theirs in prop::collection::vec("[0-3]{32}( [a-c]{1,2})?", 0..6),
            seed in any::<u64>(),
        ) {
            let known = |lines: &[String]| {
                let all: std::collections::BTreeSet<String> = lines.iter().map(|l| l[..32].to_owned()).collect();
                all
            };
            ours.extend(theirs);
            let expected = known(&ours);
            let turn = if ours.is_empty() { 0 } else { seed as usize % ours.len() };
            ours.rotate_left(turn);
            let text = Baseline::parse(&ours.join("\n")).unwrap().to_string();
            let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
            prop_assert_eq!(known(&lines), expected);
            prop_assert!(lines.is_sorted());
            // Writing what was read changes nothing.
            prop_assert_eq!(Baseline::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,200}") {
            let _ = Baseline::parse(&text);
        }
    }
}
