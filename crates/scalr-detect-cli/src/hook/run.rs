//! `hook run`: what the scripts call. Each scans what its hook is about, and says what to do when it refuses.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use scalr_detect_sources::git::{Repository, Staged};
use scalr_detect_sources::{Options, Origin, Unit, scan_bytes};

use super::message::{Cleanup, without_comments};
use super::{Name, deadline};
use crate::args::{Commits, EXIT_CODES, Scanning};
use crate::settings::Root;
use crate::{Error, Outcome, git, git_program, note, push, scanning};

/// Run as a hook of git: scan what it is about, and refuse it by the exit code if there are secrets in it
///
/// Nothing is said when nothing is found. What could not be scanned is refused too.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Run {
    #[command(subcommand)]
    hook: Hook,
}

#[derive(Debug, Subcommand)]
enum Hook {
    /// Scan what is staged
    PreCommit {
        #[command(flatten)]
        scanning: Scanning,
    },
    /// Scan what is staged by a merge
    PreMergeCommit {
        #[command(flatten)]
        scanning: Scanning,
    },
    /// Scan the message of a commit, without what git takes out of it
    CommitMsg {
        /// The file with the message
        #[arg(value_name = "FILE")]
        file: PathBuf,

        #[command(flatten)]
        scanning: Scanning,
    },
    /// Scan what a push would send; git gives a line for each reference on standard input
    ///
    /// Under pre-commit, PRE_COMMIT_FROM_REF, PRE_COMMIT_TO_REF and PRE_COMMIT_REMOTE_NAME say what is pushed.
    PrePush {
        /// The name of the remote, or its URL if it has none
        #[arg(value_name = "REMOTE")]
        remote: Option<String>,

        /// The URL of the remote
        #[arg(value_name = "URL")]
        url: Option<String>,

        #[command(flatten)]
        commits: Commits,

        #[command(flatten)]
        scanning: Scanning,
    },
    /// Scan what a push has sent, on the server; git gives a line for each reference on standard input
    ///
    /// Where GitLab runs the hook, each line that it says begins with GL-HOOK-ERR, so that whoever pushed sees it.
    PreReceive {
        /// End the scan after so long, such as 4s or 4500ms: some servers end hooks without a word
        #[arg(long, value_name = "TIME", value_parser = deadline::duration)]
        deadline: Option<Duration>,

        /// What becomes of a push in which nothing was found by then
        #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnDeadline::Refuse)]
        on_deadline: OnDeadline,

        #[command(flatten)]
        commits: Commits,

        #[command(flatten)]
        scanning: Scanning,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum OnDeadline {
    /// It is refused
    Refuse,
    /// It is let through, and that is said
    Admit,
}

pub(super) fn run(args: &mut Run) -> Result<Outcome, Error> {
    let (name, scanning) = match &mut args.hook {
        Hook::PreCommit { scanning } => (Name::PreCommit, scanning),
        Hook::PreMergeCommit { scanning } => (Name::PreMergeCommit, scanning),
        Hook::CommitMsg { scanning, .. } => (Name::CommitMsg, scanning),
        Hook::PrePush { scanning, .. } => (Name::PrePush, scanning),
        Hook::PreReceive { scanning, .. } => (Name::PreReceive, scanning),
    };
    scanning.only_findings = true;
    if name == Name::PreReceive {
        // GitLab shows no other lines to whoever pushed.
        if ["GL_ID", "GL_PROTOCOL"].iter().any(|name| is_set(name)) {
            crate::prefix_lines("GL-HOOK-ERR: ");
        }
    } else if let Some(why) = skipped() {
        // On a server the environment may be that of whoever pushes.
        note(format_args!("scalr-detect: nothing is scanned, as {why} is set"));
        return Ok(Outcome::Clean);
    }
    let result = match &args.hook {
        Hook::PreCommit { scanning } | Hook::PreMergeCommit { scanning } => staged(scanning),
        Hook::CommitMsg { file, scanning } => message(file, scanning),
        Hook::PrePush { remote, commits, scanning, .. } => pre_push(remote.as_deref(), commits, scanning),
        Hook::PreReceive { deadline, on_deadline, commits, scanning } => {
            let admit = *on_deadline == OnDeadline::Admit;
            deadline::within(*deadline, admit, || push::hook(commits, scanning, Repository::received))
        }
    };
    let (what, skip) = (what(name), skip(name));
    match result {
        Ok(Outcome::Clean) => Ok(Outcome::Clean),
        Ok(Outcome::Findings) => {
            note(refusal(name));
            Ok(Outcome::Findings)
        }
        Ok(Outcome::Incomplete) => {
            note(format_args!("scalr-detect: {what} is refused, as not everything could be scanned{skip}"));
            Ok(Outcome::Incomplete)
        }
        Err(e) => {
            Err(Error(format!("{e}\nscalr-detect: {what} is refused, as it could not be scanned{skip}")))
        }
    }
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// The variable that says not to scan, if one does.
fn skipped() -> Option<&'static str> {
    let value = |name: &str| env::var(name).unwrap_or_default();
    if !matches!(&*value("SCALR_DETECT_SKIP"), "" | "0" | "false") {
        return Some("SCALR_DETECT_SKIP");
    }
    // As pre-commit has it: the ids of the hooks to skip.
    value("SKIP").split(',').any(|id| id.trim() == "scalr-detect").then_some("SKIP")
}

fn staged(scanning: &Scanning) -> Result<Outcome, Error> {
    let repository = git::open(None)?;
    let index = Staged::new(&repository).options(Options::default().threads(scanning.threads()));
    scanning::scan(scanning, Root::Tree(&git::tree(&repository)), |scan| {
        index.scan(scan.scanner, scan.progress, || scan.visitor()).map_err(|e| Error(e.to_string()))
    })
}

/// The longest message that is read, in bytes.
const LONGEST_MESSAGE: u64 = 64 << 20;

fn message(path: &Path, scanning: &Scanning) -> Result<Outcome, Error> {
    let said =
        |e: std::io::Error| Error(format!("cannot read the message of the commit, {}: {e}", path.display()));
    let mut text = Vec::new();
    let file = fs::File::open(path).map_err(said)?;
    file.take(LONGEST_MESSAGE).read_to_end(&mut text).map_err(said)?;
    // git says so where nobody edits the message: then nothing was written into it that has to go.
    if env::var_os("GIT_EDITOR").is_none_or(|editor| editor != ":") {
        let keys = r"^(core\.comment(char|string)|commit\.cleanup)$";
        let config = git_program::ask(Path::new("."), ["config", "--get-regexp", keys])?;
        text = without_comments(&text, &Cleanup::new(config.as_deref().unwrap_or("")));
    }
    let name = path.to_string_lossy();
    scanning::scan(scanning, Root::Tree(Path::new(".")), |scan| {
        let unit = Unit::new(name.as_bytes(), &Origin::File);
        Ok(scan_bytes(&unit, &text, scan.scanner, scan.progress, scan.visitor()))
    })
}

fn pre_push(remote: Option<&str>, commits: &Commits, scanning: &Scanning) -> Result<Outcome, Error> {
    if let Some(remote) = remote {
        return push::hook(commits, scanning, |repository, lines| repository.pushed(remote, lines));
    }
    // pre-commit has read the lines, and says in variables what it made of the first.
    let get = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let Some(remote) = get("PRE_COMMIT_REMOTE_NAME") else {
        return Err(Error(
            "which remote? Git gives its name and URL to the hook: `scalr-detect hook run pre-push -- \"$@\"`".to_owned(),
        ));
    };
    let repository = git::open(None)?;
    // A first push has no commit to start from, and pre-commit then tells the branch alone.
    let local = get("PRE_COMMIT_TO_REF").or(get("PRE_COMMIT_LOCAL_BRANCH")).unwrap_or("HEAD".to_owned());
    let id = |revision: &str| repository.find_revision(revision);
    let to = id(&local)
        .ok_or_else(|| Error(format!("{local:?} is to be pushed, and is not in this repository")))?;
    let from = get("PRE_COMMIT_FROM_REF").and_then(|from| id(&from)).unwrap_or("0".repeat(to.len()));
    let line = format!("{local} {to} {local} {from}");
    let selection = repository.pushed(&remote, &line).map_err(|e| Error(e.to_string()))?;
    git::history(&repository, selection, commits, scanning, |history| history)
}

/// What a hook refuses.
fn what(name: Name) -> &'static str {
    match name {
        Name::PreCommit | Name::CommitMsg => "this commit",
        Name::PreMergeCommit => "this merge",
        Name::PrePush | Name::PreReceive => "this push",
    }
}

/// How to skip a hook once.
fn skip(name: Name) -> String {
    let command = match name {
        Name::PreReceive => return String::new(),
        Name::PreCommit | Name::CommitMsg => "commit",
        Name::PreMergeCommit => "merge",
        Name::PrePush => "push",
    };
    format!(". To skip this once: SCALR_DETECT_SKIP=1 git {command} …")
}

/// What to do about findings.
fn refusal(name: Name) -> String {
    let what = what(name);
    let (place, fix) = match name {
        Name::PreCommit | Name::PreMergeCommit => (
            "what is staged has secrets in it",
            "  To fix it   put the secret where the program reads it from, such as an environment variable (`scalr-detect fix FILE`\n              \
             shows how), and `git add` the file; or leave the file out, with `git reset -- FILE`\n",
        ),
        Name::CommitMsg => {
            ("its message has secrets in it", "  To fix it   write the message without the secret\n")
        }
        Name::PrePush => (
            "its commits have secrets in them",
            "  To fix it   take the secret out of the commits that are named above, with `git commit --amend` or `git rebase -i`:\n              \
             a commit that removes it again leaves it in the history\n",
        ),
        Name::PreReceive => (
            "its commits have secrets in them",
            "  To fix it   take the secret out of the commits that are named above, with `git commit --amend` or `git rebase -i`,\n              \
             and push again. It has been sent to this server, so revoke it\n",
        ),
    };
    let allow = "  No secret?  say so in a comment on its line, `scalr-detect:allow=<id> <reason>` with the id in brackets above,\n              \
                 or take it into a baseline, see `scalr-detect baseline --help`\n";
    let allow = if name == Name::CommitMsg { "" } else { allow };
    let skip = match name {
        Name::PreReceive => "",
        Name::PreMergeCommit => "  Skip once   SCALR_DETECT_SKIP=1 git merge …, or git merge --no-verify …",
        Name::PrePush => "  Skip once   SCALR_DETECT_SKIP=1 git push …, or git push --no-verify …",
        _ => "  Skip once   SCALR_DETECT_SKIP=1 git commit …, or git commit --no-verify …",
    };
    format!("scalr-detect: {what} is refused: {place}.\n{fix}{allow}{skip}").trim_end().to_owned()
}
