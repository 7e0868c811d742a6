//! From what a system says to commits of a repository.

use std::fmt::Write;

use super::{Base, Build, Change, Named, On, Revision};

/// What is asked of a repository. Ids are hexadecimal digits.
pub trait Repository {
    /// The id of an object that is there; of a reference, the object that it names.
    fn find(&self, revision: &Revision) -> Option<String>;

    /// The branch that the remote says is the default one, without what stands before it.
    fn default_branch(&self) -> Option<String>;

    /// The parents of a commit.
    fn parents(&self, commit: &str) -> Vec<String>;

    /// Whether history ends early.
    fn is_shallow(&self) -> bool;

    /// What is reachable from `head` and from none of `without`.
    ///
    /// # Errors
    ///
    /// The history cannot be read.
    fn count(&self, head: &str, without: &[String]) -> Result<Count, String>;
}

/// How much is reachable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count {
    /// How many commits.
    pub commits: u64,
    /// How many tags, with messages of their own.
    pub tags: u64,
    /// Whether history ends early among the commits.
    pub is_cut: bool,
}

/// What to scan.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum Resolution {
    /// Some commits.
    Selected(Selected),
    /// Nothing is new, and why.
    Nothing(String),
    /// What is new cannot be told.
    Incomplete {
        /// What is missing, and how to get it: sentences.
        why: String,
        /// The branch of which the commits are needed, besides the whole history of what is there.
        branch: Option<String>,
        /// The commits that are missing.
        commits: Vec<String>,
    },
}

/// The commits reachable from `head` and from none of `without`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selected {
    /// The commit that is built, or a tag.
    pub head: String,
    /// Commits that were there before.
    pub without: Vec<String>,
    /// How many commits that is.
    pub commits: u64,
    /// Which commits these are and why, in a sentence.
    pub why: String,
}

impl Build {
    /// The commits of `repository` that this build is about.
    ///
    /// # Errors
    ///
    /// The history cannot be read; the text says why.
    pub fn resolve(&self, repository: &impl Repository) -> Result<Resolution, String> {
        let (heads, base) = match &self.change {
            Change::Built { heads, base } => (heads, base),
            Change::Deleted => {
                return Ok(Resolution::Nothing("a deletion brings nothing new".to_owned()));
            }
        };
        let Some((head, id)) = heads.iter().find_map(|head| Some((head, repository.find(&head.what)?)))
        else {
            return Ok(self.without_head(heads));
        };
        let head = Here { named: head, id };
        let base = match base {
            Base::Target { merged, commits, branch } => {
                self.target(repository, &head, merged.as_deref(), commits, branch.as_deref())
            }
            Base::Before { commit, on, default } => {
                self.before(repository, &head, commit, on, default.as_deref())
            }
        };
        match base {
            Ok(base) => self.select(repository, &head, base),
            Err(incomplete) => Ok(incomplete),
        }
    }

    /// The target of a pull request.
    fn target(
        &self,
        repository: &impl Repository,
        head: &Here<'_>,
        merged: Option<&str>,
        commits: &[Named],
        branch: Option<&str>,
    ) -> Result<Excluded, Resolution> {
        let parents = repository.parents(&head.id);
        if let (Some(merged), [target, second]) = (merged, &*parents)
            && merged == second
            && repository.find(&Revision::Id(target.clone())).is_some()
        {
            let said = format!("not in {} (its first parent: the target)", short(target));
            return Ok(Excluded { ids: vec![target.clone()], said });
        }
        let mut found = Excluded::default();
        for named in commits {
            if let Some(id) = repository.find(&named.what) {
                found.add(id, named.by);
            }
        }
        // Not the branch of this name that is here: it may be that of the request.
        if let Some(branch) = branch {
            let whole = format!("refs/remotes/origin/{branch}");
            if let Some(id) = repository.find(&Revision::Reference(whole)) {
                found.add(id, &format!("origin/{branch}"));
            }
        }
        if !found.ids.is_empty() {
            return Ok(found);
        }
        let mut why = "what the build is to be compared with is not in this clone".to_owned();
        for (i, named) in commits.iter().enumerate() {
            let _ = write!(why, "{} {named}", if i == 0 { ": no" } else { ", no" });
        }
        if let Some(branch) = branch {
            let _ = write!(why, "{} branch {branch}", if commits.is_empty() { ": no" } else { ", no" });
        }
        Err(self.incomplete(&why, branch, commits))
    }

    /// What was there before a push.
    fn before(
        &self,
        repository: &impl Repository,
        head: &Here<'_>,
        commit: &Result<Named, &'static str>,
        on: &On,
        default: Option<&str>,
    ) -> Result<Excluded, Resolution> {
        let why = match commit {
            Ok(named) => match repository.find(&named.what) {
                Some(id) => {
                    let mut found = Excluded::default();
                    found.add(id, named.by);
                    return Ok(found);
                }
                None if repository.is_shallow() => {
                    let why = format!("the commit before the push, {named}, is not in this shallow clone");
                    return Err(self.incomplete(&why, None, std::slice::from_ref(named)));
                }
                None => format!("{named} is not in this clone: pushed away by force, it seems"),
            },
            Err(why) => (*why).to_owned(),
        };
        let default = default.map(str::to_owned).or_else(|| repository.default_branch());
        let everything =
            |what: String| Ok(Excluded { ids: vec![], said: format!("all of them ({why}; {what})") });
        match default {
            None => everything("the default branch is unknown".to_owned()),
            Some(default) if matches!(on, On::Branch(branch) if *branch == default) => {
                everything(format!("{default} is the default branch"))
            }
            Some(default) => match find_branch(repository, &default) {
                // Of the default branch, all of it would be left out.
                Some((_, ref id))
                    if *on == On::Unknown
                        && repository
                            .count(&head.id, std::slice::from_ref(id))
                            .is_ok_and(|c| c.commits == 0) =>
                {
                    everything(format!(
                        "it is not told which branch this is, and it may be the default one, {default}"
                    ))
                }
                Some((name, id)) => {
                    let said = format!("not in {} ({name}, the default branch; {why})", short(&id));
                    Ok(Excluded { ids: vec![id], said })
                }
                None => everything(format!("the default branch, {default}, is not in this clone")),
            },
        }
    }

    fn select(
        &self,
        repository: &impl Repository,
        head: &Here<'_>,
        base: Excluded,
    ) -> Result<Resolution, String> {
        let Count { commits, tags, is_cut } = repository.count(&head.id, &base.ids)?;
        if is_cut {
            let why = format!(
                "the history of {} ends within the commits to be scanned: the clone is shallow",
                head.said()
            );
            return Ok(self.incomplete(&why, None, &[]));
        }
        let head_said = head.said();
        if commits == 0 && tags == 0 {
            return Ok(Resolution::Nothing(format!(
                "no new commits: {head_said} has none that are {}",
                base.said
            )));
        }
        let plural = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let mut count = plural(commits, "commit");
        if tags > 0 {
            let _ = write!(count, " and {}", plural(tags, "tag"));
        }
        let why = if base.ids.is_empty() {
            format!("{count} of {head_said}: {}", base.said)
        } else {
            format!("{count} of {head_said} {}", base.said)
        };
        Ok(Resolution::Selected(Selected { head: head.id.clone(), without: base.ids, commits, why }))
    }

    fn without_head(&self, heads: &[Named]) -> Resolution {
        let names: Vec<String> = heads.iter().map(ToString::to_string).collect();
        let why = format!("the commit that is built is not in this clone: no {}", names.join(", no "));
        self.incomplete(&why, None, heads)
    }

    fn incomplete(&self, why: &str, branch: Option<&str>, commits: &[Named]) -> Resolution {
        let commits = commits.iter().filter_map(|named| match &named.what {
            Revision::Id(id) => Some(id.clone()),
            Revision::Reference(_) => None,
        });
        Resolution::Incomplete {
            why: format!(
                "{why}. Nothing was scanned. To have the whole history here, {}, or let `scalr-detect ci --fetch` get it",
                self.system.whole_history()
            ),
            branch: branch.map(str::to_owned),
            commits: commits.collect(),
        }
    }
}

/// A commit that is there.
struct Here<'a> {
    named: &'a Named,
    id: String,
}

impl Here<'_> {
    fn said(&self) -> String {
        format!("{} ({})", short(&self.id), self.named.by)
    }
}

/// Commits that were there before, and how to say so.
#[derive(Default)]
struct Excluded {
    ids: Vec<String>,
    said: String,
}

impl Excluded {
    fn add(&mut self, id: String, by: &str) {
        if self.ids.contains(&id) {
            return;
        }
        let before = if self.ids.is_empty() { "not in" } else { " and not in" };
        let _ = write!(self.said, "{before} {} ({by})", short(&id));
        self.ids.push(id);
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.what {
            Revision::Id(id) => write!(f, "{} ({})", short(id), self.by),
            Revision::Reference(name) => write!(f, "{name} ({})", self.by),
        }
    }
}

/// A branch as the remote has it, or else as it is here.
fn find_branch(repository: &impl Repository, name: &str) -> Option<(String, String)> {
    ["refs/remotes/origin/", "refs/heads/"].into_iter().find_map(|before| {
        let whole = format!("{before}{name}");
        let id = repository.find(&Revision::Reference(whole.clone()))?;
        let known = whole.strip_prefix("refs/remotes/").unwrap_or(name);
        Some((known.to_owned(), id))
    })
}

/// The first digits of an id, as people know them.
fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
