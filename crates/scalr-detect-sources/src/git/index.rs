//! Staged files: what the next commit will hold and `HEAD` does not.
//!
//! The index is compared with the tree of `HEAD`, directory by directory. Git keeps in the index which directories are
//! as in which tree; where that is the tree of `HEAD`, nothing in there is looked at, so a few staged files in a large
//! repository cost little.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::hash::ObjectId;
use gix::index::entry::{Flags, Mode};
use gix::index::{Entry, File, decode, extension};
use gix::objs::Kind;
use scalr_detect::Scanner;

use super::history::{LFS, LFS_SIZE, changes, entries, join, tree_of};
use super::objects::{Content, Fault, Number, Reader};
use super::{GitError, Repository};
use crate::ledger::{Ledger, Reason};
use crate::options::Options;
use crate::unit::{Origin, Unit};
use crate::worker::{self, Progress, Shared, Visitor, Worker};

/// How many files are worth another thread.
const SHARE: usize = 64;

/// Directories that are nested deeper are not compared but scanned whole: the stack has an end.
const DEEPEST: usize = 256;

/// Scans what is staged: the files that the index has and the tree of `HEAD` has not, or not at this path.
///
/// Bytes are those of the index, not of the work tree, and paths those in the repository. Of a conflict each side is
/// scanned that `HEAD` has not. What `git add --intent-to-add` has announced is not there yet.
#[derive(Debug)]
pub struct Staged<'r> {
    repository: &'r Repository,
    options: Options,
}

impl<'r> Staged<'r> {
    /// Scans what is staged in this repository.
    pub fn new(repository: &'r Repository) -> Staged<'r> {
        Staged { repository, options: Options::default() }
    }

    /// How files are read.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Scans. `visitor` makes the visitor of each worker thread. That nothing is staged is no error.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn scan<V: Visitor>(
        &self,
        scanner: &Scanner,
        progress: &Progress,
        visitor: impl Fn() -> V + Sync,
    ) -> Result<Ledger, GitError> {
        let local = self.repository.gix.to_thread_local();
        let objects = &self.repository.objects;
        let path = local.index_path();
        let options = decode::Options { thread_limit: Some(1), ..decode::Options::default() };
        // Git trusts the hash of an index no more than this: it is not checked when it is read.
        let index = File::at_or_default(&path, objects.hash(), true, options)
            .map_err(|e| GitError(format!("cannot read the index {}: {e}", path.display())))?;
        let mut ledger = Ledger::default();
        objects.note_unread(&mut ledger);
        let mut reader = Reader::new(objects);
        // Before the first commit there is none.
        let head = local.head_id().ok().map(gix::Id::detach);
        let head = head.and_then(|head: ObjectId| tree_of(&mut reader, &head));
        let mut compare = Compare { index: &index, reader, ledger, jobs: Vec::new() };
        compare.directory(0..index.entries().len(), Vec::new(), head, index.tree());
        let Compare { jobs, mut ledger, .. } = compare;

        let shared = Shared::new(scanner, progress).options(&self.options);
        let next = AtomicUsize::new(0);
        let threads = worker::count(self.options.threads).min(jobs.len().div_ceil(SHARE)).max(1);
        ledger.merge(&shared.on_threads(threads, || {
            let mut worker = Worker::new(&shared, visitor());
            let mut reader = Reader::new(objects);
            while let Some((number, path)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if shared.stopped() {
                    break;
                }
                let whole = |head: &[u8]| shared.wants_whole(head);
                reader.with(*number, self.options.max_file_size, whole, |object| match object {
                    Ok((Kind::Blob, Content::Whole(bytes))) => {
                        if bytes.len() < LFS_SIZE && bytes.starts_with(LFS) {
                            worker.ledger.skip(Reason::LfsPointer, path, false);
                        }
                        worker.bytes(&Unit::new(path, &Origin::Index), bytes);
                    }
                    Ok((Kind::Blob, Content::Large(large))) => {
                        let unit = Unit::new(path, &Origin::Index);
                        if let Err(e) = large.reader().and_then(|reader| worker.stream(&unit, reader)) {
                            Fault::from(e).note(&mut worker.ledger, path);
                        }
                    }
                    Ok((kind, _)) => {
                        Fault::Corrupt(format!("a {kind}, not a file")).note(&mut worker.ledger, path);
                    }
                    Err(fault) => fault.note(&mut worker.ledger, path),
                });
            }
            worker.into_ledger()
        }));
        Ok(ledger)
    }
}

/// Compares the index with a tree.
struct Compare<'i, 'o> {
    index: &'i File,
    reader: Reader<'o>,
    ledger: Ledger,
    /// What differs.
    jobs: Vec<(Number, Vec<u8>)>,
}

impl Compare<'_, '_> {
    /// Compares the entries of a directory, which are those in this range, with its tree in `HEAD`. `kept`: what git has
    /// kept of it in the index.
    ///
    fn directory(
        &mut self,
        range: Range<usize>,
        directory: Vec<u8>,
        head: Option<Number>,
        kept: Option<&extension::Tree>,
    ) {
        let objects = self.reader.objects;
        if let (Some(head), Some(kept)) = (head, kept)
            && kept.num_entries.is_some()
            && objects.number(&kept.id) == head
        {
            return;
        }
        if directory.iter().filter(|byte| **byte == b'/').count() > DEEPEST {
            self.index.entries()[range].iter().for_each(|entry| self.entry(entry, None));
            return;
        }
        let theirs = head.map(|head| self.reader.tree(head)).unwrap_or_default();
        let theirs = entries(&theirs, objects.hash());
        let theirs: HashMap<&[u8], _> = theirs.map(|entry| (entry.filename.as_ref(), entry)).collect();
        let skip = if directory.is_empty() { 0 } else { directory.len() + 1 };
        let index = self.index;
        let mut at = range.start;
        while at < range.end {
            let entry = &index.entries()[at];
            let path: &[u8] = entry.path(index);
            let below = path.get(skip..).unwrap_or_default();
            match below.iter().position(|byte| *byte == b'/') {
                // A file; or a directory of a sparse index, whose path ends so.
                None => self.entry(entry, theirs.get(below).map(|their| their.oid.to_owned())),
                Some(end) if skip + end + 1 == path.len() => {
                    let their = theirs.get(&below[..end]).map(|their| their.oid.to_owned());
                    self.entry(entry, their);
                }
                Some(end) => {
                    let name = &below[..end];
                    let prefix = &path[..skip + end + 1];
                    let rest = &index.entries()[at..range.end];
                    let last = at + rest.partition_point(|entry| entry.path(index).starts_with(prefix));
                    let their = theirs.get(name).filter(|their| their.mode.is_tree());
                    let their = their.map(|their| objects.number(their.oid));
                    let kept = kept.and_then(|kept| kept.children.iter().find(|kept| kept.name[..] == *name));
                    self.directory(at..last.max(at + 1), join(&directory, name), their, kept);
                    at = last.max(at + 1);
                    continue;
                }
            }
            at += 1;
        }
    }

    /// Compares an entry with what `HEAD` has at its path.
    fn entry(&mut self, entry: &Entry, their: Option<ObjectId>) {
        let path = entry.path(self.index);
        if their == Some(entry.id) || entry.flags.contains(Flags::INTENT_TO_ADD) {
            return;
        }
        let number = self.reader.objects.number(&entry.id);
        if entry.mode == Mode::COMMIT {
            self.ledger.skip(Reason::Submodule, path, false);
        } else if entry.mode == Mode::DIR {
            let their = their.map(|their| self.reader.objects.number(&their));
            let (jobs, path) = (&mut self.jobs, path.strip_suffix(b"/").unwrap_or(path));
            changes(&mut self.reader, number, their.into_iter().collect(), |number, below| {
                jobs.push((number, join(path, below)));
            });
        } else {
            self.jobs.push((number, path.to_vec()));
        }
    }
}
