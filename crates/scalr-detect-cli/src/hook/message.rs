//! The message of a commit as git will keep it.

/// What git takes out of a message that was edited. git-commit(1), `--cleanup`.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Cleanup {
    /// What a comment begins with; None: git has chosen a character that no line began with.
    comment: Option<Vec<u8>>,
    /// Whether comments are taken out.
    comments: bool,
    /// Whether all is taken out that follows the scissors.
    scissors: bool,
}

/// What git writes after the beginning of a comment, above what it shows for information.
const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";

/// What git chooses among where `core.commentChar` is `auto`.
const CHOICE: &[u8] = b"#;@!$%^&|:";

impl Cleanup {
    /// From what `git config --get-regexp` says of `core.commentChar`, `core.commentString` and `commit.cleanup`.
    pub(super) fn new(config: &str) -> Cleanup {
        let mut cleanup = Cleanup { comment: Some(b"#".to_vec()), comments: true, scissors: true };
        for line in config.lines() {
            match line.split_once(' ') {
                Some(("core.commentchar" | "core.commentstring", "auto")) => cleanup.comment = None,
                Some(("core.commentchar" | "core.commentstring", text)) if !text.is_empty() => {
                    cleanup.comment = Some(text.into());
                }
                Some(("commit.cleanup", how)) => {
                    cleanup.comments = !matches!(how, "verbatim" | "whitespace" | "scissors");
                    // Above the diff of `git commit -v` there are scissors in any case.
                }
                _ => {}
            }
        }
        cleanup
    }
}

/// A message in which the lines that git takes out are empty, so that the others keep their numbers.
pub(super) fn without_comments(message: &[u8], cleanup: &Cleanup) -> Vec<u8> {
    let chosen;
    let comment = match &cleanup.comment {
        Some(comment) => &**comment,
        None => {
            chosen = choice(message);
            &chosen[..]
        }
    };
    let mut out = Vec::with_capacity(message.len());
    for line in message.split_inclusive(|&b| b == b'\n') {
        let is_comment = !comment.is_empty() && line.starts_with(comment);
        if is_comment && cleanup.scissors && line[comment.len()..].trim_ascii_end() == SCISSORS {
            break;
        }
        if is_comment && cleanup.comments {
            out.extend(line.iter().filter(|&&b| b == b'\n'));
        } else {
            out.extend_from_slice(line);
        }
    }
    out
}

/// The character that git chose: its own comments are the last lines.
fn choice(message: &[u8]) -> Vec<u8> {
    let scissors = message.split(|&b| b == b'\n').find(|line| line.get(1..) == Some(SCISSORS));
    let last = message.split(|&b| b == b'\n').rfind(|line| !line.is_empty());
    scissors
        .or(last)
        .and_then(|line| line.first())
        .filter(|b| CHOICE.contains(b))
        .map_or(Vec::new(), |b| vec![*b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let scissors = String::from_utf8_lossy(SCISSORS);
        let verbose = format!("a\n# b\n#{scissors}\n# c\ndiff\n");
        let semicolon = verbose.replace('#', ";");
        #[rustfmt::skip]
        let cases = [
            ("", "a\n", "a\n"),
            ("", "a\n# b\n#c\nd", "a\n\n\nd"),
            ("", " # a\n", " # a\n"),
            ("", &*verbose, "a\n\n"),
            ("", "", ""),
            ("", "#", ""),
            ("core.commentchar ;", "# a\n; b\n", "# a\n\n"),
            ("core.commentchar ;\ncore.commentstring //", "; a\n// b\n", "; a\n\n"),
            ("core.commentchar auto", "# a\nb\n; c\n; d\n", "# a\nb\n\n\n"),
            ("core.commentchar auto", &*semicolon, "a\n\n"),
            ("core.commentchar auto", "a\n", "a\n"),
            ("commit.cleanup whitespace", "a\n# b\n", "a\n# b\n"),
            ("commit.cleanup scissors", &*verbose, "a\n# b\n"),
            ("commit.cleanup strip", "a\n# b\n", "a\n\n"),
            ("commit.cleanup", "# a\n", "\n"),
        ];
        for (config, message, expected) in cases {
            let out = without_comments(message.as_bytes(), &Cleanup::new(config));
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{config}: {message:?}");
        }
    }
}
