//! Selections: which commits to scan.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use gix::bstr::{BString, ByteSlice};
use gix::hash::ObjectId;
use gix::refs::TargetRef;
use gix::revision::plumbing::Spec;

use super::graph::Tips;
use super::{GitError, Repository, error};
use crate::file::path_bytes;

/// Which commits of a repository to scan. Made by a [`Repository`].
#[derive(Clone, Debug)]
#[must_use = "a selection scans nothing"]
pub struct Selection {
    pub(super) tips: Tips,
    /// What is in these commits is known, whether or not they are parents of new ones.
    pub(super) known: Vec<ObjectId>,
    pub(super) messages: bool,
    /// Whether it is all there is: then a history that is cut off is not all.
    pub(super) whole: bool,
    /// References that could not be read.
    pub(super) unread: Vec<(Vec<u8>, String)>,
}

/// Which of its references stand for all of a repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct References {
    /// Also what `git stash` has put aside.
    pub stashes: bool,
    /// Also where references pointed before, as far as it is remembered: what was amended, rebased, forced over.
    pub reflogs: bool,
}

/// A time as git understands it: a date, a time, or `2 weeks ago`; in seconds since 1970-01-01 UTC.
///
/// # Errors
///
/// Something else.
pub fn parse_time(text: &str) -> Result<i64, GitError> {
    match gix::date::parse(text, Some(gix::date::Zoned::now())) {
        Ok(time) => Ok(time.seconds),
        Err(_) => error(format!(
            "{text:?} is no time: write it as 2024-05-31, 2024-05-31T12:00:00Z or \"2 weeks ago\""
        )),
    }
}

impl Selection {
    fn new(tips: Tips) -> Selection {
        Selection { tips, known: Vec::new(), messages: true, whole: false, unread: Vec::new() }
    }

    /// Only commits since then, in seconds since 1970-01-01 UTC, by the committer's clock. What was in the trees of older
    /// ones is not scanned.
    pub fn since(mut self, time: i64) -> Selection {
        self.tips.since = Some(time);
        self.whole = false;
        self
    }

    /// Whether messages of commits and tags are scanned too. Default: yes.
    pub fn messages(mut self, on: bool) -> Selection {
        self.messages = on;
        self
    }
}

impl Repository {
    /// Everything that references point to: branches, tags, remote branches, notes, whatever is below `refs/`, and the
    /// `HEAD` of each work tree. Also what `refs/replace/` puts in the place of other objects; those are scanned as well.
    pub fn all(&self, which: References) -> Selection {
        let mut selection = Selection::new(Tips::default());
        selection.whole = true;
        let local = self.gix.to_thread_local();
        let references = local.references();
        match references
            .as_ref()
            .map_err(ToString::to_string)
            .and_then(|r| r.all().map_err(|e| e.to_string()))
        {
            Ok(all) => {
                for reference in all {
                    let (name, id) = match reference {
                        Ok(reference) => match reference.target() {
                            TargetRef::Object(id) => (reference.name().as_bstr().to_owned(), id.to_owned()),
                            // It points to one that is among them.
                            TargetRef::Symbolic(_) => continue,
                        },
                        Err(e) => {
                            selection.unread.push((b"refs".to_vec(), e.to_string()));
                            continue;
                        }
                    };
                    if name.starts_with(b"refs/notes/") {
                        selection.tips.notes.push(id);
                    } else if name != "refs/stash" || which.stashes {
                        selection.tips.include.push(id);
                    }
                }
            }
            Err(cause) => selection.unread.push((b"refs".to_vec(), cause)),
        }
        let common = local.common_dir();
        self.heads(common, &mut selection);
        if which.stashes {
            self.reflog(&common.join("logs/refs/stash"), &mut selection);
        }
        if which.reflogs {
            self.reflogs(&common.join("logs"), &mut selection);
            for worktree in fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten() {
                self.reflogs(&worktree.path().join("logs"), &mut selection);
            }
        }
        selection.tips.include.sort_unstable();
        selection.tips.include.dedup();
        selection
    }

    /// The heads of all work trees that are on no branch.
    fn heads(&self, common: &Path, selection: &mut Selection) {
        let mut heads = vec![common.join("HEAD")];
        for worktree in fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten() {
            heads.push(worktree.path().join("HEAD"));
        }
        for head in heads {
            // A name of a branch is longer than any id, if it is not too long to be one.
            let Ok(text) = fs::read_to_string(head) else { continue };
            if let Some(id) = self.id(text.trim_end()) {
                selection.tips.include.push(id);
            }
        }
    }

    /// All reflogs in a directory.
    fn reflogs(&self, directory: &Path, selection: &mut Selection) {
        for entry in walkdir::WalkDir::new(directory).into_iter().flatten() {
            if entry.file_type().is_file() && !entry.path().ends_with("refs/stash") {
                self.reflog(entry.path(), selection);
            }
        }
    }

    /// What a reflog remembers and is still there. Each line begins with the old and the new id.
    fn reflog(&self, path: &Path, selection: &mut Selection) {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return,
            Err(e) => return selection.unread.push((path_bytes(path).into_owned(), e.to_string())),
        };
        let mut ids = BTreeSet::new();
        for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            for word in line.splitn(3, |byte| *byte == b' ').take(2) {
                ids.extend(
                    word.to_str().ok().and_then(|hex| self.id(hex)).filter(|id| self.objects.contains(id)),
                );
            }
        }
        selection.tips.include.extend(ids);
    }

    /// What these revisions select, as for `git log`: `A..B` is what is reachable from `B` and not from `A`, `^A` leaves
    /// out what is reachable from `A`, `A...B` is what is reachable from one and not from both.
    ///
    /// # Errors
    ///
    /// One that is not known, or not here.
    pub fn revisions<S: AsRef<str>>(
        &self,
        revisions: impl IntoIterator<Item = S>,
    ) -> Result<Selection, GitError> {
        let local = self.gix.to_thread_local();
        let mut tips = Tips::default();
        for revision in revisions {
            let revision = revision.as_ref();
            let spec = local.rev_parse(revision).map_err(|_| self.unknown(revision))?.detach();
            match spec {
                Spec::Include(id) => tips.include.push(id),
                Spec::Exclude(id) => tips.exclude.push(id),
                Spec::Range { from, to } => {
                    tips.exclude.push(from);
                    tips.include.push(to);
                }
                Spec::Merge { theirs, ours } => {
                    tips.include.extend([theirs, ours]);
                    tips.exclude.extend(
                        local.merge_bases_many(theirs, &[ours]).into_iter().flatten().map(gix::Id::detach),
                    );
                }
                Spec::IncludeOnlyParents(id) => tips.include.extend(self.parents(id)),
                Spec::ExcludeParents(id) => {
                    tips.include.push(id);
                    tips.exclude.extend(self.parents(id));
                }
            }
        }
        for id in tips.include.iter().chain(&tips.exclude) {
            if !self.objects.contains(id) {
                return error(self.not_here(&id.to_string()));
            }
        }
        if tips.include.is_empty() {
            tips.include.extend(local.head_id().ok().map(gix::Id::detach));
        }
        Ok(Selection { known: tips.exclude.clone(), ..Selection::new(tips) })
    }

    pub(super) fn parents(&self, id: ObjectId) -> Vec<ObjectId> {
        let local = self.gix.to_thread_local();
        let commit = local.find_commit(id);
        commit.map_or(Vec::new(), |commit| commit.parent_ids().map(gix::Id::detach).collect())
    }

    /// That a revision is not known: in a shallow clone, or of a whole id, because it is not here.
    fn unknown(&self, revision: &str) -> GitError {
        let ends = revision.split("..").map(|end| end.trim_matches(['^', '.']));
        let missing = |end: &&str| self.id(end).is_some_and(|id| !self.objects.contains(&id));
        match ends.clone().find(missing) {
            Some(id) => GitError(self.not_here(id)),
            None if self.is_shallow() => GitError(self.not_here(revision)),
            None => GitError(format!(
                "no revision {revision:?} in {}, or more than one that begins so: `git branch --all` and `git log` \
                 show what there is",
                self.git_dir().display()
            )),
        }
    }

    /// That a commit is missing, and how to get it.
    fn not_here(&self, revision: &str) -> String {
        let fix = if self.is_shallow() {
            "the clone is shallow: fetch the rest of the history with `git fetch --unshallow`, or enough of it with \
             `git fetch --deepen=<commits>`"
        } else {
            "fetch it with `git fetch <remote> <commit or branch>`"
        };
        format!("{revision:?} is not in {}: {fix}", self.git_dir().display())
    }

    /// What a push would send: `lines` is what git gives a `pre-push` hook on standard input, `remote` its first argument.
    /// What any branch of this remote is known to have is left out.
    ///
    /// # Errors
    ///
    /// A line that is not as git writes it, or an object that is not here.
    pub fn pushed(&self, remote: &str, lines: &str) -> Result<Selection, GitError> {
        let mut tips = Tips::default();
        for line in lines.lines() {
            let [_, local, _, theirs] = line.split(' ').collect::<Vec<_>>()[..] else {
                return error("pre-push: a line is not `<local ref> <local id> <remote ref> <remote id>`");
            };
            self.update(local, theirs, &mut tips)?;
        }
        if !tips.include.is_empty() {
            let prefix = BString::from(format!("refs/remotes/{remote}/"));
            tips.exclude.extend(self.targets(|name| name.starts_with(prefix.as_slice())));
        }
        Ok(Selection::new(tips))
    }

    /// What a push has sent: `lines` is what git gives a `pre-receive` hook on standard input. What any reference has is
    /// left out.
    ///
    /// # Errors
    ///
    /// A line that is not as git writes it, or an object that is not here.
    pub fn received(&self, lines: &str) -> Result<Selection, GitError> {
        let mut tips = Tips::default();
        for line in lines.lines() {
            let [old, new, _] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                return error("pre-receive: a line is not `<old id> <new id> <ref>`");
            };
            self.update(new, old, &mut tips)?;
        }
        if !tips.include.is_empty() {
            tips.exclude.extend(self.targets(|_| true));
        }
        Ok(Selection::new(tips))
    }

    /// A reference is to point to `new` instead of `old`; zeros stand for none.
    fn update(&self, new: &str, old: &str, tips: &mut Tips) -> Result<(), GitError> {
        let (Some(new), Some(old)) = (self.id(new), self.id(old)) else {
            return error("a line of the hook's input has no object ids where they should be");
        };
        if new.is_null() {
            return Ok(());
        }
        if !self.objects.contains(&new) {
            return error(self.not_here(&new.to_string()));
        }
        tips.include.push(new);
        // Of the other side more may be there than is here.
        if !old.is_null() && self.objects.contains(&old) {
            tips.exclude.push(old);
        }
        Ok(())
    }

    fn targets(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<ObjectId> {
        let local = self.gix.to_thread_local();
        let Ok(references) = local.references() else { return Vec::new() };
        let Ok(all) = references.all() else { return Vec::new() };
        all.flatten()
            .filter(|reference| wanted(reference.name().as_bstr()))
            .filter_map(|reference| Some(reference.try_id()?.detach()))
            .collect()
    }
}
