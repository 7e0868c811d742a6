//! What a build of a CI system asks of a repository.

use gix::hash::ObjectId;
use gix::refs::TargetRef;

use super::graph::Graph;
use super::objects::Reader;
use super::{Repository, graph::Tips};
use crate::ci::{self, Count, Revision};
use crate::ledger::Ledger;

impl Repository {
    /// The id of the object that a revision stands for, in hexadecimal digits: `HEAD~1`, the name of a branch, a short id.
    /// None: it is unknown, or not here.
    pub fn find_revision(&self, revision: &str) -> Option<String> {
        let local = self.gix.to_thread_local();
        let id = local.rev_parse_single(revision).ok()?.detach();
        self.objects.contains(&id).then(|| id.to_string())
    }
}

impl ci::Repository for Repository {
    fn find(&self, revision: &Revision) -> Option<String> {
        let id = match revision {
            Revision::Id(id) => self.id(id)?,
            Revision::Reference(name) => {
                let local = self.gix.to_thread_local();
                let mut reference = local.try_find_reference(&**name).ok()??;
                // Not one that only ends like this.
                if reference.name().as_bstr() != name.as_str() {
                    return None;
                }
                reference.follow_to_object().ok()?.detach()
            }
        };
        self.objects.contains(&id).then(|| id.to_string())
    }

    fn default_branch(&self) -> Option<String> {
        let local = self.gix.to_thread_local();
        let head = local.try_find_reference("refs/remotes/origin/HEAD").ok()??;
        match head.target() {
            TargetRef::Symbolic(name) => {
                let name = std::str::from_utf8(name.as_bstr()).ok()?;
                Some(name.strip_prefix("refs/remotes/origin/")?.to_owned())
            }
            TargetRef::Object(_) => None,
        }
    }

    fn parents(&self, commit: &str) -> Vec<String> {
        let parents = |id| Repository::parents(self, id).iter().map(ToString::to_string).collect();
        self.id(commit).map_or(Vec::new(), parents)
    }

    fn is_shallow(&self) -> bool {
        Repository::is_shallow(self)
    }

    fn count(&self, head: &str, without: &[String]) -> Result<Count, String> {
        let id = |hex: &str| self.id(hex).ok_or_else(|| format!("{hex} is no id of this repository"));
        let exclude: Vec<ObjectId> = without.iter().map(|hex| id(hex)).collect::<Result<_, _>>()?;
        let tips = Tips { include: vec![id(head)?], exclude, ..Tips::default() };
        let mut reader = Reader::new(&self.objects);
        // What cannot be read is said by the scan, which walks the same commits.
        let graph = Graph::new(&tips, &self.shallow, &mut reader, &mut Ledger::default(), || false);
        Ok(Count {
            commits: graph.order.len() as u64,
            tags: graph.tags.len() as u64,
            is_cut: graph.order.iter().any(|at| graph.node(*at).is_cut),
        })
    }
}
