//! What holds for every text: texts put together from what is hard in some language, with secrets in between.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scalr_detect::Scanner;
use scalr_detect_respond::fix::{Fixer, Source, diff};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::token;

const PATHS: [&str; 15] = [
    "a.py",
    "a.js",
    "a.ts",
    "a.jsx",
    "a.go",
    "A.java",
    "a.rs",
    "a.yaml",
    ".github/workflows/a.yml",
    "a.tf",
    "terragrunt.hcl",
    "a.sh",
    ".env",
    "a.tfvars",
    "a.txt",
];

/// `S` and `T` stand for secrets.
const PIECES: [&str; 64] = [
    "S",
    "T",
    "\"S\"",
    "'S'",
    "`S`",
    "x = \"S\"\n",
    "x: \"T\"\n",
    "x: S\n",
    "x='T'\n",
    "X_Y=S\n",
    "const x = \"S\";\n",
    "let x = \"T\";\n",
    "import os\n",
    "import (\n\t\"fmt\"\n)\n",
    "package p\n",
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "\\",
    "\n",
    "\r\n",
    " ",
    "  ",
    "\t",
    "#",
    "//",
    "/*",
    "*/",
    "# S\n",
    "// \"S\"\n",
    "${",
    "}",
    "{",
    "$(",
    ")",
    "(",
    "[",
    "]",
    ",",
    ";",
    ":",
    "=",
    "=>",
    "<<EOF\n",
    "EOF\n",
    "<<<",
    "|\n",
    "- ",
    "? ",
    "---\n",
    "r#\"",
    "\"#",
    "f\"",
    "b'",
    "variable \"x\" {\n",
    "case ",
    "return ",
    "@A(",
    "<A b=",
    "é",
    "\u{feff}",
    "/x'/",
];

/// A text that is shown as one.
#[derive(Clone)]
struct Text(Vec<u8>);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.0).replace(&token(0), "S").replace(&token(1), "T");
        write!(f, "{text:?}")
    }
}

fn text() -> impl Strategy<Value = Text> {
    let piece = prop_oneof![
        8 => proptest::sample::select(&PIECES[..]).prop_map(|piece| {
            piece.replace('S', &token(0)).replace('T', &token(1)).into_bytes()
        }),
        1 => proptest::collection::vec(any::<u8>(), 1..3),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| Text(pieces.concat()))
}

fn secrets(path: &str, text: &[u8]) -> Vec<Vec<u8>> {
    Scanner::new().for_path(path).find_iter(text).map(|finding| finding.secret().to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_what_is_said_to_change_changes(path in proptest::sample::select(&PATHS[..]), text in text()) {
        let text = text.0;
        let fixed = Fixer::new().fix(&Source::new(path, &text));
        let before = secrets(path, &text);
        prop_assert!(fixed.changes.len() + fixed.left.len() <= before.len());
        if fixed.changes.is_empty() {
            prop_assert_eq!(&fixed.text, &text);
            prop_assert_eq!(fixed.left.len(), before.len());
        }

        // Lines that are not those of a change are all there, byte by byte.
        let changed: BTreeSet<usize> = fixed.changes.iter().map(|change| change.position().line).collect();
        let operations = capture_diff_slices(Algorithm::Myers, &lines(&text), &lines(&fixed.text));
        let gone: usize =
            operations.iter().filter(|op| op.tag() != DiffTag::Equal).map(|op| op.old_range().len()).sum();
        // A string may begin on one line and have its secret on another.
        prop_assert!(gone <= changed.len(), "{gone} {changed:?}");

        // What was replaced is found no more, wherever it was, and what is found was there.
        let after = secrets(path, &fixed.text);
        let count = |secrets: &[Vec<u8>], value: &[u8]| secrets.iter().filter(|secret| *secret == value).count();
        for change in &fixed.changes {
            let replaced = fixed.changes.iter().filter(|other| other.value() == change.value()).count();
            prop_assert!(count(&after, change.value()) + replaced <= count(&before, change.value()));
        }
        prop_assert!(after.iter().all(|secret| text.windows(secret.len()).any(|window| window == secret)));

        // There is nothing more to be done, or less than before.
        let again = Fixer::new().fix(&Source::new(path, &fixed.text));
        prop_assert!(again.left.len() + again.changes.len() <= after.len());
        if fixed.left.is_empty() && after.is_empty() {
            prop_assert_eq!(&again.text, &fixed.text);
        }

        // Nobody sees a secret.
        let shown = format!("{fixed:?}\n{}", diff(path, &text, &fixed.text));
        let is_shown = |secret: &Vec<u8>| shown.contains(&*String::from_utf8_lossy(secret));
        prop_assert!(!before.iter().any(is_shown));
    }

    #[test]
    fn any_bytes_are_survived(path in proptest::sample::select(&PATHS[..]), text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let fixed = Fixer::new().fix(&Source::new(path, &text));
        if fixed.changes.is_empty() {
            prop_assert_eq!(fixed.text, text);
        }
    }
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    // The mark of UTF-8 stays before the first line, whichever that is.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // Where something is put behind the last line, that one gets an end.
    text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
}
