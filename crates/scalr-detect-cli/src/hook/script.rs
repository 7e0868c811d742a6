//! The scripts that git runs: small, POSIX, and always the same for the same hook.

use super::Name;

/// What tells a script of ours from any other. Stays the same for ever.
const MARK: &str = "# scalr-detect hook: ";

/// The hooks of git, but for those that scalr-detect has something to do in, and two that change what git does by
/// being there: `proc-receive` and `push-to-checkout`. githooks(5).
pub(super) const OTHERS: [&str; 18] = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "prepare-commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "update",
    "post-receive",
    "post-update",
    "reference-transaction",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "p4-pre-submit",
    "p4-post-changelist",
    "post-index-change",
];

/// What is called before: the hook that was there when ours was written, which has this beside its name.
pub(super) const BEFORE: &str = ".before-scalr-detect";

/// Whether the text of a hook is one of ours.
pub(super) fn is_ours(text: &[u8]) -> bool {
    text.split(|&b| b == b'\n').take(3).any(|line| line.starts_with(MARK.as_bytes()))
}

/// The script for a hook. `global`: it is in a folder for all repositories, which hides the hooks of each. `flags` are
/// for `scalr-detect hook run`.
pub(super) fn script(name: Name, global: bool, flags: &[String]) -> String {
    let flags: String = flags.iter().map(|flag| format!(" {}", quoted(flag))).collect();
    let own = if global { OWN } else { "" };
    let error = match name {
        // What GitLab shows to whoever pushed.
        Name::PreReceive => "${GL_ID:+GL-HOOK-ERR: }",
        _ => "",
    };
    let (keep, call, pipe) = if name.has_lines() {
        (KEEP, LINES_TO_FIRST, "printf %s \"$lines\" | ")
    } else {
        ("", FIRST, "exec ")
    };
    format!(
        r#"#!/bin/sh
{MARK}written by `scalr-detect hook install`, removed by `scalr-detect hook uninstall`
{keep}
# The hook that was here before comes first.
first=$(dirname -- "$0")/{name}{BEFORE}
{call}{own}{own_call}
if ! command -v scalr-detect >/dev/null 2>&1; then
    if [ "${{SCALR_DETECT_MISSING:-}}" = allow ]; then
        echo "scalr-detect is not on PATH. Nothing is scanned, as SCALR_DETECT_MISSING=allow is set." >&2
        exit 0
    fi
    echo "{error}scalr-detect is not on PATH: nothing was scanned, so this is refused." >&2
    echo "{error}Install it, or set SCALR_DETECT_MISSING=allow to go on without it." >&2
    exit 1
fi
{pipe}scalr-detect hook run {name}{flags} -- "$@"
"#,
        own_call = if global { call } else { "" },
    )
}

/// The script for a hook that scalr-detect has nothing to do in, in a folder that hides those of the repositories.
pub(super) fn pass_on() -> String {
    format!(
        r#"#!/bin/sh
{MARK}written by `scalr-detect hook install --global`, removed by `scalr-detect hook uninstall --global`
{OWN}if [ -x "$first" ]; then
    exec "$first" "$@"
fi
"#
    )
}

const KEEP: &str = r#"
# Each of two programs reads the same lines.
lines=$(cat)
lines=${lines:+$lines
}
"#;

const FIRST: &str = r#"if [ -x "$first" ]; then
    "$first" "$@" || exit
fi
"#;

const LINES_TO_FIRST: &str = r#"if [ -x "$first" ]; then
    printf %s "$lines" | "$first" "$@" || exit
fi
"#;

const OWN: &str = r#"
# core.hooksPath hides the hooks of the repository itself: this is its own.
first=$(git rev-parse --git-common-dir 2>/dev/null) && first=$first/hooks/${0##*/}
[ "$first" -ef "$0" ] && first=
"#;

/// A word for the shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_=./:,@%+".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted() {
        for (word, expected) in [
            ("--deadline=4s", "--deadline=4s"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(id)", "'$(id)'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn ours_are_told_from_others() {
        for name in Name::ALL {
            for global in [false, true] {
                assert!(is_ours(script(name, global, &[]).as_bytes()));
            }
        }
        assert!(is_ours(pass_on().as_bytes()));
        assert!(!is_ours(b"#!/bin/sh\nscalr-detect hook run pre-commit\n"));
        assert!(!is_ours(b""));
    }
}
