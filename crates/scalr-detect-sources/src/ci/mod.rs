//! Which commits a build of a CI system is about.
//!
//! A build should look at what is new, and the system that runs it knows what that is: it says so in environment
//! variables, and GitHub in a file. This happens in two steps, of which neither does any I/O:
//!
//! 1. [`System::detect`] finds out which system it is, and [`Build::new`] reads what that system says: what is built, and
//!    which commits were there before.
//! 2. [`Build::resolve`] asks a [`Repository`] which of these commits are there, and ends in commits to scan (those
//!    reachable from one commit and from none of some others), in the statement that there is nothing to scan, or in what
//!    is missing and how to get it.
//!
//! # In this order
//!
//! *A pull request* (a merge request, an entry of a merge queue): what its head has and the target has not. The target is
//! every commit that the system names for it (the first parent, where the head is the merge that the system made for
//! the build), else its branch as it is in the clone.
//!
//! *Anything else*: what the commit that is built has, and the commit before the push has not. Where the system names no
//! such commit, or it is gone (pushed away by force): what the default branch has not. On the default branch itself, or
//! where it is unknown which is built or which is the default one: everything.
//!
//! # Never a silent pass
//!
//! If history ends early (a shallow clone) within the commits that are to be scanned, or before the commit that they are
//! told from, then what is new is unknown. That is no reason to look at less: [`Resolution::Incomplete`] says how to get the
//! rest. Too many commits are looked at rather than too few.
//!
//! Sources: the documentation of each system about its variables, as of 2026.

mod github;
mod resolve;
mod systems;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

pub use resolve::{Count, Repository, Resolution, Selected};

/// Environment variables, by name.
pub type Environment = BTreeMap<String, String>;

/// A CI system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum System {
    /// GitHub Actions, and Gitea and Forgejo, which speak its language.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// CircleCI.
    Circle,
    /// Travis CI.
    Travis,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Azure Pipelines.
    Azure,
    /// Buildkite.
    Buildkite,
    /// Woodpecker.
    Woodpecker,
    /// Drone, and Gitness, which speaks its language.
    Drone,
    /// Jenkins.
    Jenkins,
}

impl System {
    /// All of them, in the order in which they are looked for: Woodpecker once called itself Drone too.
    pub const ALL: [System; 10] = [
        System::GitHub,
        System::GitLab,
        System::Circle,
        System::Travis,
        System::Bitbucket,
        System::Azure,
        System::Buildkite,
        System::Woodpecker,
        System::Drone,
        System::Jenkins,
    ];

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            System::GitHub => "GitHub Actions",
            System::GitLab => "GitLab CI",
            System::Circle => "CircleCI",
            System::Travis => "Travis CI",
            System::Bitbucket => "Bitbucket Pipelines",
            System::Azure => "Azure Pipelines",
            System::Buildkite => "Buildkite",
            System::Woodpecker => "Woodpecker",
            System::Drone => "Drone",
            System::Jenkins => "Jenkins",
        }
    }

    /// The variable that tells it, and the value that it must have; None: any but the empty one.
    pub const fn variable(self) -> (&'static str, Option<&'static str>) {
        match self {
            System::GitHub => ("GITHUB_ACTIONS", Some("true")),
            System::GitLab => ("GITLAB_CI", Some("true")),
            System::Circle => ("CIRCLECI", Some("true")),
            System::Travis => ("TRAVIS", Some("true")),
            System::Bitbucket => ("BITBUCKET_BUILD_NUMBER", None),
            System::Azure => ("TF_BUILD", Some("true")),
            System::Buildkite => ("BUILDKITE", Some("true")),
            System::Woodpecker => ("CI", Some("woodpecker")),
            System::Drone => ("DRONE", Some("true")),
            System::Jenkins => ("JENKINS_URL", None),
        }
    }

    /// The system that these variables are from.
    pub fn detect(environment: &Environment) -> Option<System> {
        System::ALL.into_iter().find(|system| {
            let (name, value) = system.variable();
            let set = environment.get(name).map_or("", |v| v.trim());
            // Azure writes True.
            value.map_or(!set.is_empty(), |value| set.eq_ignore_ascii_case(value))
        })
    }

    /// What to write where so that a build has the whole history. A clause.
    pub const fn whole_history(self) -> &'static str {
        match self {
            System::GitHub => "set `fetch-depth: 0` under `with:` of the step actions/checkout",
            System::GitLab => "set `GIT_DEPTH: \"0\"` under `variables:` of the job",
            System::Circle => "set `method: full` under the step `checkout:`, and no depth",
            System::Travis => "set `depth: false` under `git:`",
            System::Bitbucket => "set `depth: full` under `clone:`",
            System::Azure => "set `fetchDepth: 0` under the step `checkout: self`",
            System::Buildkite => {
                "take `--depth` out of BUILDKITE_GIT_CLONE_FLAGS and BUILDKITE_GIT_FETCH_FLAGS"
            }
            System::Woodpecker => {
                "set `partial: false` and `depth: 0` under `settings:` of the step woodpeckerci/plugin-git in `clone:`"
            }
            System::Drone => "take `depth` out of `clone:`",
            System::Jenkins => "set `shallow: false` in the clone options of the checkout",
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a CI system says of a build. Its texts are as people wrote them: names of branches may hold anything.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Build {
    system: System,
    event: String,
    change: Change,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Change {
    /// Something is built.
    Built {
        /// The commit that is built. Of several, the first that is there.
        heads: Vec<Named>,
        base: Base,
    },
    /// Something was deleted.
    Deleted,
}

/// What was there before.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Base {
    /// The target of a pull request.
    Target {
        /// If the head is a merge and this is its second parent, then the merge was made for the build, and its first
        /// parent is the target.
        merged: Option<String>,
        /// Commits of the target.
        commits: Vec<Named>,
        /// The target's branch.
        branch: Option<String>,
    },
    /// What was there before a push.
    Before {
        /// The commit before, or why there is none.
        commit: Result<Named, &'static str>,
        /// What is built.
        on: On,
        /// The default branch of the repository, if the system tells it.
        default: Option<String>,
    },
}

/// What was pushed to.
#[derive(Clone, Debug, Eq, PartialEq)]
enum On {
    Branch(String),
    Tag,
    /// The system does not tell.
    Unknown,
}

/// A commit, and what names it.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Named {
    what: Revision,
    /// A variable, or a field of the event.
    by: &'static str,
}

/// What a [`Repository`] is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Revision {
    /// An object by its id: 40 or 64 hexadecimal digits.
    Id(String),
    /// A reference by its whole name, such as `refs/heads/main` or `HEAD`.
    Reference(String),
}

impl Build {
    /// What `system` says in `environment`; GitHub says it in a file too, whose bytes are `event`.
    ///
    /// # Errors
    ///
    /// The event file is no such file. The text has nothing of it.
    pub fn new(system: System, environment: &Environment, event: Option<&[u8]>) -> Result<Build, String> {
        let environment = systems::Variables(environment);
        Ok(match (system, event) {
            (System::GitHub, Some(event)) => github::build(&environment, event)?,
            _ => systems::build(system, &environment),
        })
    }

    /// The system.
    pub fn system(&self) -> System {
        self.system
    }

    /// What is built, such as `pull request 12` or `push to main`.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// Takes a commit for what was there before, whatever the system says; `None`: nothing was there before.
    #[must_use]
    pub fn with_base(mut self, base: Option<Revision>, by: &'static str) -> Build {
        if let Change::Built { base: old, .. } = &mut self.change {
            let (on, default) = match old {
                Base::Before { on, default, .. } => (on.clone(), default.take()),
                Base::Target { .. } => (On::Unknown, None),
            };
            let commit = base.map(|what| Named { what, by }).ok_or("the base that was given is none");
            *old = Base::Before { commit, on, default };
        }
        self
    }
}

/// An id of an object, unless it is all zeros, which is how git and the systems write "none".
fn id(text: &str) -> Option<String> {
    let text = text.trim();
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    (is_id && text.bytes().any(|b| b != b'0')).then(|| text.to_ascii_lowercase())
}

/// The name of a branch without what stands before it in a reference; empty names are none.
fn branch(text: &str) -> Option<String> {
    let text = text.trim();
    let name = text.strip_prefix("refs/heads/").unwrap_or(text);
    is_reference(name).then(|| name.to_owned())
}

/// Whether git would take this as (the end of) the name of a reference: such a name is no option and no pattern.
/// git-check-ref-format(1).
fn is_reference(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 1024
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.bytes().any(|b| b <= b' ' || b == 0x7f || b"~^:?*[\\".contains(&b))
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}
