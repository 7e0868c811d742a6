//! `ci`: what is new in a build of a CI system.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use scalr_detect::Scanner;
use scalr_detect_report::terminal::plain;
use scalr_detect_sources::ci::{Build, Environment, Resolution, Revision, System};
use scalr_detect_sources::git::Repository;
use scalr_detect_sources::{Ledger, Reason};

use crate::args::{Commits, EXIT_CODES, Scanning};
use crate::settings::Root;
use crate::{Error, Outcome, git, git_program, note, scanning};

/// Scan the commits that are new in a build of a CI system
///
/// The system is told by its variables: GitHub Actions, GitLab CI, CircleCI, Travis CI, Bitbucket Pipelines, Azure
/// Pipelines, Buildkite, Woodpecker, Drone or Jenkins. Scanned is, for a pull request, what its target does not have; for a
/// push, what was not there before it; for a branch that is new or was pushed by force, what the default branch does not
/// have; else everything. Which commits these are, and why, is said on standard error.
///
/// Where a shallow clone does not have what it takes to tell them, nothing is scanned, and the exit code is 3. What to
/// change in the configuration of the system is said then.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Ci {
    /// The repository, or a directory in it [default: the current directory]
    #[arg(long, value_name = "DIRECTORY")]
    repository: Option<PathBuf>,

    /// Scan what is not in REVISION, whatever the system says; if that is empty or zeros, as for a new branch
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    base: Option<String>,

    /// Let git fetch from `origin` what the clone lacks to tell which commits are new
    #[arg(long)]
    fetch: bool,

    #[command(flatten)]
    commits: Commits,

    #[command(flatten)]
    scanning: Scanning,
}

/// GitHub's events are not longer than 25 MB.
const LONGEST_EVENT: u64 = 32 << 20;

pub(crate) fn run(args: &Ci) -> Result<Outcome, Error> {
    // A variable that is not UTF-8 is none that is looked for.
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let system = System::detect(&environment).ok_or_else(unknown_system)?;
    let event = match environment.get("GITHUB_EVENT_PATH").filter(|path| !path.is_empty()) {
        Some(path) if system == System::GitHub => Some(read_event(Path::new(path))?),
        _ => None,
    };
    let build = Build::new(system, &environment, event.as_deref());
    let mut build = build.map_err(|e| Error(format!("GITHUB_EVENT_PATH: {e}")))?;
    let mut repository = git::open(args.repository.as_deref())?;
    if let Some(base) = &args.base {
        build = build.with_base(revision(&repository, base)?, "--base");
    }
    let resolve = |repository: &Repository| build.resolve(repository).map_err(Error);
    let mut resolution = resolve(&repository)?;
    if args.fetch {
        for attempt in Attempt::ALL {
            let Resolution::Incomplete { branch, commits, .. } = &resolution else { break };
            if fetch(&repository, attempt, branch.as_deref(), commits)? {
                repository = git::open(args.repository.as_deref())?;
                resolution = resolve(&repository)?;
            }
        }
    }
    let tree = git::tree(&repository);
    let about = format!("{system}, {}", build.event());
    match resolution {
        Resolution::Selected(selected) => {
            say(&format!("{about}: {}", selected.why));
            let revisions =
                std::iter::once(selected.head).chain(selected.without.iter().map(|id| format!("^{id}")));
            let selection = repository.revisions(revisions).map_err(|e| Error(e.to_string()))?;
            let outcome =
                git::history(&repository, selection, &args.commits, &args.scanning, |history| history)?;
            if outcome == Outcome::Incomplete {
                let fix = system.whole_history();
                say(&format!(
                    "not all that is new could be read. If this clone lacks files of the history, {fix}"
                ));
            }
            Ok(outcome)
        }
        Resolution::Nothing(why) => {
            say(&format!("{about}: {why}. There is nothing to scan"));
            scanning::scan(&args.scanning, Root::Tree(&tree), |_| Ok(Ledger::default()))
        }
        Resolution::Incomplete { why, .. } => {
            say(&format!("{about}: {why}"));
            let reason = if repository.is_shallow() { Reason::ShallowHistory } else { Reason::NotFound };
            scanning::scan(&args.scanning, Root::Tree(&tree), |_| {
                let mut ledger = Ledger::default();
                ledger.skip(reason, b"the new commits", true);
                Ok(ledger)
            })
        }
    }
}

/// Says something that has names from outside in it.
fn say(text: &str) {
    note(format_args!("scalr-detect: {}", plain(&Scanner::new().redact(text))));
}

fn unknown_system() -> Error {
    let looked_for = System::ALL.map(|system| {
        let (name, value) = system.variable();
        let value = value.map_or(String::new(), |value| format!("={value}"));
        format!("\n  {system:<20} {name}{value}")
    });
    Error(format!(
        "no CI system is recognised: none of these variables is set{}\n\
         to scan a range of commits anywhere, use `scalr-detect range A..B`",
        looked_for.concat()
    ))
}

/// The event file, which comes from outside.
fn read_event(path: &Path) -> Result<Vec<u8>, Error> {
    let said = |what: &dyn std::fmt::Display| {
        Error(format!("GITHUB_EVENT_PATH: cannot read {}: {what}", path.display()))
    };
    if !path.metadata().map_err(|e| said(&e))?.is_file() {
        return Err(said(&"it is no file"));
    }
    let mut event = Vec::new();
    let file = File::open(path).map_err(|e| said(&e))?;
    file.take(LONGEST_EVENT + 1).read_to_end(&mut event).map_err(|e| said(&e))?;
    if event.len() as u64 > LONGEST_EVENT {
        return Err(said(&format_args!("it has more than {} MiB", LONGEST_EVENT >> 20)));
    }
    Ok(event)
}

/// A base that was given; None if it says that there is none.
fn revision(repository: &Repository, text: &str) -> Result<Option<Revision>, Error> {
    let text = text.trim();
    if text.bytes().all(|b| b == b'0') {
        return Ok(None);
    }
    let is_id = text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match repository.find_revision(text) {
        Some(id) => Ok(Some(Revision::Id(id))),
        // It may have been pushed away by force, or be among what a clone lacks.
        None if is_id => Ok(Some(Revision::Id(text.to_ascii_lowercase()))),
        None if repository.is_shallow() => Ok(Some(Revision::Reference(text.to_owned()))),
        None => Err(Error(format!(
            "--base: there is no revision {text:?} in this repository; `git branch --all` shows branches"
        ))),
    }
}

/// What is fetched, in this order, until the new commits are known.
#[derive(Clone, Copy)]
enum Attempt {
    /// The rest of history, and the branch to compare with.
    History,
    /// Commits by their ids, which not every server gives.
    Commits,
}

impl Attempt {
    const ALL: [Attempt; 2] = [Attempt::History, Attempt::Commits];
}

/// Has git fetch; returns whether it fetched anything.
fn fetch(
    repository: &Repository,
    attempt: Attempt,
    branch: Option<&str>,
    commits: &[String],
) -> Result<bool, Error> {
    match attempt {
        Attempt::History => {
            let unshallow = repository.is_shallow().then(|| "--unshallow".to_owned());
            let branch = branch.map(|branch| format!("+refs/heads/{branch}:refs/remotes/origin/{branch}"));
            if unshallow.is_none() && branch.is_none() {
                return Ok(false);
            }
            say("fetching the history from origin");
            git_fetch(repository, unshallow, branch)
        }
        Attempt::Commits => {
            let mut any = false;
            for commit in commits {
                say(&format!("fetching {commit} from origin"));
                any |= git_fetch(repository, None, Some(commit.clone()))?;
            }
            Ok(any)
        }
    }
}

fn git_fetch(repository: &Repository, flag: Option<String>, what: Option<String>) -> Result<bool, Error> {
    let mut command = git_program::command(&repository.git_dir());
    command.args(["fetch", "--quiet", "--no-tags"]).args(flag).arg("origin").args(what);
    // Nobody is there to be asked for a password.
    command.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    let output = command.output().map_err(|e| git_program::not_run(&e))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        say(&format!("git could not fetch: {}", without_users(text.trim_end())));
    }
    Ok(output.status.success())
}

/// A text without the names and passwords in URLs.
fn without_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end =
            after.find(|c: char| c == '/' || c.is_whitespace() || "'\"".contains(c)).unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(user) => &after[user..],
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_users() {
        for (text, expected) in [
            ("", ""),
            ("fatal: no", "fatal: no"),
            ("'https://u:p@h.example/r.git/': 403", "'https://@h.example/r.git/': 403"),
            ("https://h.example/a@b", "https://h.example/a@b"),
            ("https://a:b@c@d/ ssh://git@e", "https://@d/ ssh://@e"),
            ("x://", "x://"),
            ("x://é@", "x://@"),
        ] {
            assert_eq!(without_users(text), expected);
        }
    }
}
