//! Globs for paths, with the meaning that they have in `.gitignore`.

use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// More globs than people write, and longer ones: each is compiled, and whoever wrote them may mean harm.
const MAX: usize = 1000;
const MAX_LENGTH: usize = 200;
const MAX_WILDCARDS: usize = 16;

/// A list of globs as in `.gitignore`: `/` at the start or in the middle ties one to the directory that paths are
/// relative to, `/` at the end means directories, `!` takes back what those before it matched. Names are separated by
/// `/`, on Windows too.
#[derive(Clone, Debug)]
pub struct Globs {
    set: Gitignore,
    patterns: Vec<String>,
}

impl Globs {
    /// Compiles globs. An error says which one, counted from 0, and what is wrong with it.
    pub fn new(patterns: Vec<String>) -> Result<Globs, (usize, String)> {
        if patterns.len() > MAX {
            return Err((MAX, format!("more than {MAX} globs: use broader ones")));
        }
        // What is matched is relative already.
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        for (i, pattern) in patterns.iter().enumerate() {
            check(pattern).map_err(|why| (i, why.to_owned()))?;
            builder.add_line(None, pattern).map_err(|e| (i, format!("not a glob: {}", cause(&e))))?;
        }
        let set = builder.build().map_err(|e| (0, format!("not globs: {}", cause(&e))))?;
        Ok(Globs { set, patterns })
    }

    /// The globs as they were written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// The glob that matches a path or a directory that it is in. The path is relative to the directory of the globs; of
    /// one that is not, nothing is known, and so nothing matches.
    pub fn matching(&self, path: &Path, is_directory: bool) -> Option<&str> {
        // The crate panics on them.
        if path.has_root() || path.as_os_str().is_empty() {
            return None;
        }
        match self.set.matched_path_or_any_parents(path, is_directory) {
            Match::Ignore(glob) => Some(glob.original()),
            Match::Whitelist(_) | Match::None => None,
        }
    }
}

/// What `.gitignore` would pass over in silence is a mistake here.
fn check(pattern: &str) -> Result<(), &'static str> {
    if pattern.trim().is_empty() {
        return Err("an empty glob matches nothing: remove it");
    }
    if pattern.len() > MAX_LENGTH {
        return Err("a glob of more than 200 bytes: write a shorter one");
    }
    if pattern.bytes().filter(|b| matches!(b, b'*' | b'?' | b'[' | b'{' | b',')).count() > MAX_WILDCARDS {
        return Err("a glob with more than 16 of `*?[{,`: write several");
    }
    if pattern.starts_with('#') {
        return Err("a glob that starts with # is a comment: write \\#");
    }
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        // Behind a backslash stands what would mean something without it; anything else is a path of Windows.
        if c == '\\' && !rest.next().is_some_and(|c| c.is_ascii_punctuation() || c == ' ') {
            return Err("write / between names, on Windows too: \\ takes the next character as it is");
        }
    }
    Ok(())
}

fn cause(e: &ignore::Error) -> String {
    match e {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_mean_what_they_mean_in_gitignore() {
        for (patterns, path, is_directory, expected) in [
            (&["vendor/"][..], "vendor/a/b.js", false, Some("vendor/")),
            (&["vendor/"], "x/vendor/b.js", false, Some("vendor/")),
            (&["vendor/"], "vendor", true, Some("vendor/")),
            (&["vendor/"], "vendor", false, None),
            (&["/vendor/"], "x/vendor/b.js", false, None),
            (&["*.min.js"], "a/b.min.js", false, Some("*.min.js")),
            (&["tests/**/*.pem"], "tests/a/b/c.pem", false, Some("tests/**/*.pem")),
            (&["tests/*.pem"], "x/tests/a.pem", false, None),
            (&["*.env", "!.env"], ".env", false, None),
            (&["a b"], "a b", false, Some("a b")),
            (&["\\!x"], "!x", false, Some("\\!x")),
            (&["x"], "", false, None),
            (&["etc"], "/etc/passwd", false, None),
            (&["x"], "../x", false, Some("x")),
        ] {
            let globs = Globs::new(patterns.iter().map(ToString::to_string).collect()).unwrap();
            assert_eq!(globs.matching(Path::new(path), is_directory), expected, "{patterns:?} {path}");
        }
    }

    #[test]
    fn mistakes_are_said() {
        for (pattern, expected) in [
            ("", "empty"),
            (" ", "empty"),
            ("# note", "comment"),
            ("src\\tests", "on Windows too"),
            ("C:\\src\\", "on Windows too"),
            ("src\\", "on Windows too"),
            ("[a", "not a glob"),
            ("{a", "not a glob"),
            (&"a".repeat(201), "shorter"),
            (&"*a".repeat(17), "several"),
        ] {
            let (at, why) = Globs::new(vec!["ok".to_owned(), pattern.to_owned()]).unwrap_err();
            assert!(at == 1 && why.contains(expected), "{pattern}: {why}");
        }
        let (at, why) = Globs::new(vec!["x".to_owned(); MAX + 1]).unwrap_err();
        assert!(at == MAX && why.contains("broader"), "{why}");
    }
}
