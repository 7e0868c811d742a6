//! `hook`: scalr-detect as a hook of git.

mod deadline;
mod install;
mod managers;
mod message;
mod place;
mod run;
mod script;
mod status;

use std::fmt;

use clap::{Subcommand, ValueEnum};

use crate::{Error, Outcome};

/// Install, remove and run hooks of git
///
/// A hook of git refuses a commit or a push that would bring in a secret. `install` writes small scripts that call
/// `scalr-detect hook run`, found on PATH.
///
/// SCALR_DETECT_SKIP=1 in the environment skips the hooks on this machine once (as does a SKIP that names scalr-detect, which
/// pre-commit knows too, and `git commit --no-verify`). SCALR_DETECT_MISSING=allow lets commits and pushes through where
/// scalr-detect is not on PATH; without it they are refused then.
#[derive(clap::Args, Debug)]
pub(crate) struct Hook {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Install(install::Install),
    Uninstall(install::Uninstall),
    Status(status::Status),
    Run(Box<run::Run>),
}

pub(crate) fn run(args: &mut Hook) -> Result<Outcome, Error> {
    match &mut args.command {
        Command::Install(args) => install::install(args),
        Command::Uninstall(args) => install::uninstall(args),
        Command::Status(args) => status::run(args),
        Command::Run(args) => run::run(args),
    }
}

/// A hook that scalr-detect has something to do in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Name {
    /// What is staged, before a commit
    PreCommit,
    /// What is staged, before a merge is committed
    PreMergeCommit,
    /// The message of a commit
    CommitMsg,
    /// New commits, before they are pushed
    PrePush,
    /// New commits, before a server accepts them
    PreReceive,
}

impl Name {
    const ALL: [Name; 5] =
        [Name::PreCommit, Name::PreMergeCommit, Name::CommitMsg, Name::PrePush, Name::PreReceive];

    /// What is installed if nothing is named.
    fn usual(bare: bool) -> &'static [Name] {
        if bare {
            &[Name::PreReceive]
        } else {
            &[Name::PreCommit, Name::PreMergeCommit, Name::CommitMsg, Name::PrePush]
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Name::PreCommit => "pre-commit",
            Name::PreMergeCommit => "pre-merge-commit",
            Name::CommitMsg => "commit-msg",
            Name::PrePush => "pre-push",
            Name::PreReceive => "pre-receive",
        }
    }

    /// Whether git writes lines to its standard input.
    const fn has_lines(self) -> bool {
        matches!(self, Name::PrePush | Name::PreReceive)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
