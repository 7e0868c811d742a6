//! Scanning what the commits of a selection introduced.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gix::hash::{Kind as HashKind, ObjectId};
use gix::objs::tree::EntryRef;
use gix::objs::{CommitRefIter, Kind, TagRef, TagRefIter, TreeRefIter};
use scalr_detect::Scanner;

use super::cache::Cache;
use super::graph::Graph;
use super::objects::{Content, Fault, Number, Numbers, Reader, Set};
use super::{Repository, Selection};
use crate::file::path_bytes;
use crate::ledger::{Ledger, Reason};
use crate::options::Options;
use crate::unit::{Commit, GitOrigin, Introduction, Origin, Unit};
use crate::worker::{self, Probe, Progress, Shared, Visitor, Worker};

/// What commit messages are called: as the file is that git has people write them in.
const MESSAGE: &[u8] = b"COMMIT_EDITMSG";

/// How many texts are gathered before they are scanned, and how many bytes of paths: what bounds the memory.
const BATCH: usize = 256 << 10;
const BATCH_PATHS: usize = 8 << 20;

/// How many texts a thread takes at a time: enough that most find the base of their delta read just before, few enough
/// that nobody waits long for the last.
const LEAST: usize = 32;
const MOST: usize = 1024;

/// A path longer than this is not followed. Git itself cannot check out half of it.
const LONGEST_PATH: usize = 16 << 10;

/// How many other introductions are kept of each object.
const ALSO: usize = 10;

/// How a pointer to a file in Git LFS begins, and how long it can be.
pub(super) const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";
pub(super) const LFS_SIZE: usize = 1024;

/// Scans what the commits of a [`Selection`] introduced: every distinct file once, and messages.
///
/// A file's introduction is the oldest commit that has it. Messages of commits are called `COMMIT_EDITMSG`, those of tags
/// by the name of the tag, such as `refs/tags/v1.0`; notes have the path that they have in their tree, which is the id of
/// what they are about. Findings come in the order of the commits that introduced them.
#[derive(Debug)]
pub struct History<'r> {
    repository: &'r Repository,
    selection: &'r Selection,
    options: Options,
    introductions: bool,
    allow_shallow: bool,
    cache: bool,
}

impl<'r> History<'r> {
    /// Scans a selection of this repository.
    pub fn new(repository: &'r Repository, selection: &'r Selection) -> History<'r> {
        History {
            repository,
            selection,
            options: Options::default(),
            introductions: true,
            allow_shallow: false,
            cache: false,
        }
    }

    /// How files are read.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Whether to find out which commits introduced what is found. Default: yes. If not, findings come at once, in no
    /// particular order, and [`GitOrigin::commit`] is none.
    pub fn introductions(mut self, on: bool) -> Self {
        self.introductions = on;
        self
    }

    /// Whether a history that is cut off counts as all there is. Default: no, the scan is incomplete then.
    pub fn allow_shallow(mut self, on: bool) -> Self {
        self.allow_shallow = on;
        self
    }

    /// Remembers in the repository which texts are clean, and does not scan those again, if the scanner looks for the
    /// same. Default: no. Has no effect where the repository belongs to somebody else or cannot be written to.
    ///
    /// It is one file, `scalr-detect/clean` in the [common directory](Repository::common_dir): ids of objects and no
    /// more. It may be removed at any time.
    pub fn cache(mut self, on: bool) -> Self {
        self.cache = on;
        self
    }

    /// Scans. `visitor` makes the visitor of each worker thread.
    pub fn scan<V: Visitor>(
        &self,
        scanner: &Scanner,
        progress: &Progress,
        visitor: impl Fn() -> V + Sync,
    ) -> Ledger {
        let shared = Shared::new(scanner, progress).options(&self.options);
        let mut ledger = Ledger::default();
        for (path, cause) in &self.selection.unread {
            Fault::Corrupt(cause.clone()).note(&mut ledger, path);
        }
        self.repository.objects.note_unread(&mut ledger);
        let mut reader = Reader::new(&self.repository.objects);
        let tips = &self.selection.tips;
        let shallow = &self.repository.shallow;
        let graph = Graph::new(tips, shallow, &mut reader, &mut ledger, || shared.stopped());
        if self.selection.whole {
            for at in graph.order.iter().filter(|at| graph.node(**at).is_cut) {
                let id = self.repository.objects.id(graph.node(*at).number).to_string();
                ledger.skip(Reason::ShallowHistory, id.as_bytes(), !self.allow_shallow);
            }
        }
        let mut cache = self.cache.then(|| Cache::open(self.repository, &self.identity(scanner))).flatten();
        let mut walk = Trees {
            history: self,
            shared: &shared,
            visitor: &visitor,
            graph: &graph,
            reader,
            ledger,
            seen: Set::default(),
            numbers: Numbers::new(&self.repository.objects),
            modules: HashSet::new(),
            clean: cache.as_mut().map(Cache::take).unwrap_or_default(),
            jobs: Vec::new(),
            paths: Paths::default(),
            found: Vec::new(),
        };
        walk.run();
        let Trees { mut ledger, mut reader, mut found, clean, .. } = walk;
        if progress.is_interrupted() {
            ledger.interrupt();
        }
        if let Some(cache) = cache {
            cache.save(&self.repository.objects, &clean);
        }
        if self.introductions {
            let rank = |at: u32| if at == NONE { NONE } else { graph.node(at).rank };
            found.sort_by(|a, b| {
                (rank(a.commit), &a.path, a.number).cmp(&(rank(b.commit), &b.path, b.number))
            });
            // Whoever interrupts wants to see what there is now.
            if !shared.stopped() {
                attribute(&graph, &mut reader, &mut found, &shared);
            }
            self.report(&graph, &mut reader, &found, &shared, visitor(), &mut ledger);
        }
        if self.selection.whole {
            ledger.note_if_empty(&path_bytes(&self.repository.git_dir()));
        }
        ledger
    }

    /// What decides whether a text is clean.
    fn identity(&self, scanner: &Scanner) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&scanner.identity());
        #[cfg(feature = "archives")]
        hasher.update(format!("{:?}", self.options.archives).as_bytes());
        let mut identity = [0; 16];
        identity.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        identity
    }

    /// Whether a text has findings; none if it could not be read, or is not to be remembered as clean.
    fn search<V: Visitor>(
        &self,
        job: &Job,
        paths: &Paths,
        worker: &mut Worker<'_, V>,
        reader: &mut Reader<'_>,
    ) -> Option<bool> {
        let path = &paths.all[job.path as usize];
        let shared = worker.shared;
        let whole = |head: &[u8]| shared.wants_whole(head);
        reader.with(job.number, self.most(job.kind), whole, |object| {
            let probed = object.and_then(|object| text_of(object, job.kind)).and_then(|text| {
                let is_pointer =
                    matches!(text, Content::Whole(text) if text.len() < LFS_SIZE && text.starts_with(LFS));
                if is_pointer {
                    worker.ledger.skip(Reason::LfsPointer, path, false);
                }
                let unit = Unit::new(path, &Origin::Index);
                let probe = match &text {
                    Content::Whole(text) => worker.probe(&unit, text),
                    Content::Large(large) => {
                        worker.probe_stream(&unit, &large.head, large.size, large.reader()?)?
                    }
                };
                if probe == Probe::Found && !self.introductions {
                    let origin = GitOrigin { kind: job.kind.name(), ..GitOrigin::default() };
                    tell(worker, &Unit::new(path, &Origin::Git(Arc::new(origin))), &text)?;
                }
                Ok((probe, is_pointer))
            });
            match probed {
                Ok((Probe::Found, _)) => Some(true),
                // What was said of a pointer, or of what could not be read, is to be said every time.
                Ok((Probe::Clean, is_pointer)) => (!is_pointer).then_some(false),
                #[cfg(feature = "archives")]
                Ok((Probe::Unsure, _)) => None,
                Err(fault) => {
                    fault.note(&mut worker.ledger, path);
                    None
                }
            }
        })
    }

    /// How many bytes an object may have.
    fn most(&self, kind: Text) -> u64 {
        if matches!(kind, Text::Blob | Text::Note) { self.options.max_file_size } else { u64::MAX }
    }

    /// Scans what has findings again, to report them with everything that is known.
    fn report<V: Visitor>(
        &self,
        graph: &Graph,
        reader: &mut Reader<'_>,
        found: &[Found],
        shared: &Shared<'_>,
        visitor: V,
        ledger: &mut Ledger,
    ) {
        let mut worker = Worker::new(shared, visitor);
        let mut commits = HashMap::new();
        let mut commit = |at: u32, reader: &mut Reader<'_>| -> Arc<Commit> {
            let read = || Arc::new(read_commit(reader, graph.node(at).number));
            Arc::clone(commits.entry(at).or_insert_with(read))
        };
        for found in found {
            let also = found
                .also
                .iter()
                .map(|(at, path)| Introduction { commit: commit(*at, reader), path: path.to_vec() });
            let origin = Origin::Git(Arc::new(GitOrigin {
                also: also.collect(),
                kind: found.kind.name(),
                object: reader.objects.id(found.number).to_string(),
                commit: (found.commit != NONE).then(|| commit(found.commit, reader)),
                more: found.more,
            }));
            let whole = |head: &[u8]| shared.wants_whole(head);
            let unit = Unit::new(&found.path, &origin);
            let told = reader.with(found.number, self.most(found.kind), whole, |object| {
                let text = object.and_then(|object| text_of(object, found.kind))?;
                tell(&mut worker, &unit, &text)
            });
            match told {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => fault.note(ledger, &found.path),
            }
        }
        // Archives: what a probe read of them was not noted.
        ledger.merge(&worker.into_ledger());
    }
}

/// No commit.
const NONE: u32 = u32::MAX;

/// What kind of text it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Text {
    Blob,
    Note,
    CommitMessage,
    TagMessage,
}

impl Text {
    const fn name(self) -> &'static str {
        match self {
            Text::Blob => "blob",
            Text::Note => "note",
            Text::CommitMessage => "commit-message",
            Text::TagMessage => "tag-message",
        }
    }
}

/// A text to scan.
#[derive(Clone, Copy)]
struct Job {
    number: Number,
    /// The place of its path in [`Paths`].
    path: u32,
    /// Its commit, as a node of the graph.
    commit: u32,
    kind: Text,
}

/// A text with findings.
struct Found {
    number: Number,
    kind: Text,
    path: Arc<[u8]>,
    /// Its commit, as a node of the graph.
    commit: u32,
    also: Vec<(u32, Arc<[u8]>)>,
    more: u64,
}

/// Paths, each kept once.
#[derive(Default)]
struct Paths {
    all: Vec<Arc<[u8]>>,
    places: HashMap<Arc<[u8]>, u32>,
    bytes: usize,
}

impl Paths {
    fn place(&mut self, path: &[u8]) -> u32 {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        let (path, place) = (Arc::<[u8]>::from(path), self.all.len() as u32);
        self.bytes += path.len();
        self.all.push(Arc::clone(&path));
        self.places.insert(path, place);
        place
    }
}

/// Walks the trees, and scans what is new in them.
struct Trees<'a, F> {
    history: &'a History<'a>,
    shared: &'a Shared<'a>,
    visitor: &'a F,
    graph: &'a Graph,
    reader: Reader<'a>,
    ledger: Ledger,
    /// Trees and files that have been met.
    seen: Set,
    numbers: Numbers<'a>,
    /// Paths of submodules.
    modules: HashSet<Vec<u8>>,
    clean: Set,
    jobs: Vec<Job>,
    paths: Paths,
    found: Vec<Found>,
}

impl<F, V> Trees<'_, F>
where
    F: Fn() -> V + Sync,
    V: Visitor,
{
    fn run(&mut self) {
        let graph = self.graph;
        for tree in graph.known_trees().collect::<BTreeSet<_>>() {
            self.tree(tree, None);
        }
        for id in &self.history.selection.known {
            if let Some(tree) = tree_of(&mut self.reader, id) {
                self.tree(tree, None);
            }
        }
        for at in &graph.order {
            if self.shared.stopped() {
                return;
            }
            let node = graph.node(*at);
            if self.history.selection.messages {
                self.job(node.number, MESSAGE, *at, Text::CommitMessage);
            }
            self.tree(node.tree, Some((*at, if node.is_note { Text::Note } else { Text::Blob })));
        }
        for tree in &graph.trees {
            self.tree(*tree, Some((NONE, Text::Blob)));
        }
        for blob in &graph.blobs {
            if self.seen.insert(*blob) {
                let id = self.reader.objects.id(*blob).to_string();
                self.job(*blob, id.as_bytes(), NONE, Text::Blob);
            }
        }
        if self.history.selection.messages {
            for tag in &graph.tags {
                if self.seen.insert(*tag) {
                    let name = tag_name(&mut self.reader, *tag);
                    self.job(*tag, &name, NONE, Text::TagMessage);
                }
            }
        }
        self.flush();
    }

    fn job(&mut self, number: Number, path: &[u8], commit: u32, kind: Text) {
        if self.clean.contains(number) {
            self.ledger.skip_clean();
            return;
        }
        let path = self.paths.place(path);
        self.jobs.push(Job { number, path, commit, kind });
        if self.jobs.len() == BATCH || self.paths.bytes > BATCH_PATHS {
            self.flush();
        }
    }

    /// Walks a tree, as far as it has not been met. `new`: the commit, and what kind of text files are; without, they are
    /// known.
    fn tree(&mut self, tree: Number, new: Option<(u32, Text)>) {
        if !self.seen.insert(tree) {
            return;
        }
        let mut stack: Vec<(Number, Vec<u8>)> = vec![(tree, Vec::new())];
        let mut blobs: Vec<(Number, Vec<u8>)> = Vec::new();
        while let Some((tree, path)) = stack.pop() {
            if self.shared.stopped() {
                return;
            }
            let first = stack.len();
            let objects = self.reader.objects;
            let read = match self.reader.read(tree, u64::MAX) {
                Ok((Kind::Tree, bytes)) => Ok(bytes),
                Ok(_) => Err(Fault::Corrupt("not a tree".to_owned())),
                Err(fault) => Err(fault),
            };
            let bytes = match read {
                Ok(bytes) => bytes,
                Err(fault) => {
                    if new.is_some() {
                        fault.note(&mut self.ledger, if path.is_empty() { b"/" } else { &path });
                    }
                    continue;
                }
            };
            for entry in TreeRefIter::from_bytes(bytes, objects.hash()) {
                let Ok(entry) = entry else {
                    Fault::Corrupt("not a tree".to_owned()).note(&mut self.ledger, &path);
                    break;
                };
                if entry.mode.is_commit() {
                    let path = join(&path, entry.filename);
                    if new.is_some() && self.modules.insert(path.clone()) {
                        self.ledger.skip(Reason::Submodule, &path, false);
                    }
                    continue;
                }
                let number = self.numbers.of(entry.oid);
                if !self.seen.insert(number) {
                    continue;
                }
                if path.len() + entry.filename.len() >= LONGEST_PATH {
                    Fault::Corrupt("a path that is too long".to_owned())
                        .note(&mut self.ledger, entry.filename);
                } else if entry.mode.is_tree() {
                    stack.push((number, join(&path, entry.filename)));
                } else if new.is_some() {
                    blobs.push((number, join(&path, entry.filename)));
                }
            }
            stack[first..].reverse();
            if let Some((commit, kind)) = new {
                for (blob, path) in blobs.drain(..) {
                    self.job(blob, &path, commit, kind);
                }
            }
        }
    }

    /// Scans what has been gathered.
    fn flush(&mut self) {
        let jobs = std::mem::take(&mut self.jobs);
        let paths = std::mem::take(&mut self.paths);
        let (objects, history, shared) = (self.reader.objects, self.history, self.shared);
        let order = objects.order(jobs.iter().map(|job| job.number));
        let threads = worker::count(history.options.threads).min(jobs.len().div_ceil(LEAST)).max(1);
        let share = (jobs.len() / (8 * threads)).clamp(LEAST, MOST);
        let next = AtomicUsize::new(0);
        let (found, clean) = (Mutex::new(Vec::new()), Mutex::new(std::mem::take(&mut self.clean)));
        let ledger = shared.on_threads(threads, || {
            let mut worker = Worker::new(shared, (self.visitor)());
            let mut reader = Reader::new(objects);
            let mut here = Vec::new();
            loop {
                let first = next.fetch_add(share, Ordering::Relaxed);
                let Some(part) = order.get(first..order.len().min(first + share)) else { break };
                if part.is_empty() || shared.stopped() {
                    break;
                }
                let mut clean_here = Vec::new();
                for job in part.iter().map(|at| &jobs[*at as usize]) {
                    if shared.stopped() {
                        break;
                    }
                    match history.search(job, &paths, &mut worker, &mut reader) {
                        Some(true) => here.push(*job),
                        Some(false) => clean_here.push(job.number),
                        None => {}
                    }
                }
                let mut clean = clean.lock().unwrap_or_else(PoisonError::into_inner);
                clean_here.iter().for_each(|number| _ = clean.insert(*number));
            }
            found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut here);
            worker.into_ledger()
        });
        self.ledger.merge(&ledger);
        self.clean = clean.into_inner().unwrap_or_else(PoisonError::into_inner);
        for job in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let path = Arc::clone(&paths.all[job.path as usize]);
            self.found.push(Found {
                number: job.number,
                kind: job.kind,
                path,
                commit: job.commit,
                also: Vec::new(),
                more: 0,
            });
        }
    }
}

/// The text of an object: what people wrote, without headers.
fn text_of((object, content): (Kind, Content<'_>), kind: Text) -> Result<Content<'_>, Fault> {
    match (kind, object, content) {
        (Text::Blob | Text::Note, Kind::Blob, content) => Ok(content),
        (Text::CommitMessage, Kind::Commit, Content::Whole(bytes))
        | (Text::TagMessage, Kind::Tag, Content::Whole(bytes)) => Ok(Content::Whole(message(bytes))),
        _ => Err(Fault::Corrupt(format!("a {object}, which is not what it should be"))),
    }
}

/// Tells the visitor what is in a text with findings. False: it wants no more.
fn tell<V: Visitor>(worker: &mut Worker<'_, V>, unit: &Unit<'_>, text: &Content<'_>) -> Result<bool, Fault> {
    match text {
        Content::Whole(text) => Ok(worker.found(unit, text)),
        Content::Large(large) => Ok(worker.found_stream(unit, &large.head, large.reader()?)?),
    }
}

/// The message of a commit or a tag: what is behind the first empty line.
fn message(object: &[u8]) -> &[u8] {
    let end = object.windows(2).position(|two| two == b"\n\n");
    end.map_or(&[], |end| &object[end + 2..])
}

/// What a tag is called.
fn tag_name(reader: &mut Reader<'_>, tag: Number) -> Vec<u8> {
    let hash = reader.objects.hash();
    let mut name = b"refs/tags/".to_vec();
    if let Ok((_, bytes)) = reader.read(tag, u64::MAX)
        && let Ok(tag) = TagRef::from_bytes(bytes, hash)
    {
        name.extend_from_slice(tag.name);
    }
    name
}

fn read_commit(reader: &mut Reader<'_>, number: Number) -> Commit {
    let objects = reader.objects;
    let mut commit = Commit { id: objects.id(number).to_string(), ..Commit::default() };
    if let Ok((Kind::Commit, bytes)) = reader.read(number, u64::MAX) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Ok(author) = CommitRefIter::from_bytes(bytes, objects.hash()).author() {
            (commit.author, commit.email, commit.time) =
                (text(author.name), text(author.email), author.seconds());
        }
        let message = message(bytes).trim_ascii_start();
        commit.summary =
            text(message.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end());
    }
    commit
}

pub(super) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(directory.len() + 1 + name.len());
    if !directory.is_empty() {
        path.extend_from_slice(directory);
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// Finds all introductions of what was found: each commit that has an object at a path where none of its parents has it.
fn attribute(graph: &Graph, reader: &mut Reader<'_>, found: &mut [Found], shared: &Shared<'_>) {
    let of_trees = |found: &Found| found.commit != NONE && matches!(found.kind, Text::Blob | Text::Note);
    let places: HashMap<Number, usize> =
        found.iter().enumerate().filter(|(_, f)| of_trees(f)).map(|(place, f)| (f.number, place)).collect();
    if places.is_empty() {
        return;
    }
    for at in &graph.order {
        if shared.stopped() {
            return;
        }
        let parents: Vec<Number> = graph.parents(*at).map(|parent| parent.tree).collect();
        changes(reader, graph.node(*at).tree, parents, |number, path| {
            let Some(found) = places.get(&number).map(|place| &mut found[*place]) else { return };
            if found.commit == *at && *found.path == *path {
            } else if found.also.len() < ALSO {
                found.also.push((*at, path.into()));
            } else {
                found.more += 1;
            }
        });
    }
}

/// The files of a tree that none of the others has at the same path. Trees that cannot be read are empty. A tree that is
/// in there many times is gone into a few times: trees can be made that hold more paths than anybody can count.
pub(super) fn changes(
    reader: &mut Reader<'_>,
    tree: Number,
    others: Vec<Number>,
    mut change: impl FnMut(Number, &[u8]),
) {
    let objects = reader.objects;
    let mut stack = vec![(tree, others, Vec::new())];
    let mut visits = HashMap::new();
    while let Some((tree, others, path)) = stack.pop() {
        if others.contains(&tree) || path.len() > LONGEST_PATH {
            continue;
        }
        let visits = visits.entry(tree).or_insert(0);
        *visits += 1;
        if *visits > ALSO + 1 {
            continue;
        }
        let first = stack.len();
        let bytes = reader.tree(tree);
        let others: Vec<_> = others.into_iter().map(|other| reader.tree(other)).collect();
        let mut others: Vec<_> =
            others.iter().map(|bytes| entries(bytes, objects.hash()).peekable()).collect();
        for entry in entries(&bytes, objects.hash()) {
            let (mut same, mut below) = (false, Vec::new());
            for other in &mut others {
                // Both are in the same order.
                while other.next_if(|other| *other < entry).is_some() {}
                if let Some(other) = other.next_if(|other| other.filename == entry.filename) {
                    same |= other.oid == entry.oid;
                    if other.mode.is_tree() {
                        below.push(other.oid);
                    }
                }
            }
            if same || entry.mode.is_commit() {
                continue;
            }
            let number = objects.number(entry.oid);
            let path = join(&path, entry.filename);
            if entry.mode.is_tree() {
                stack.push((number, below.into_iter().map(|id| objects.number(id)).collect(), path));
            } else {
                change(number, &path);
            }
        }
        stack[first..].reverse();
    }
}

/// The entries of a tree, up to where it is damaged.
pub(super) fn entries(tree: &[u8], hash: HashKind) -> impl Iterator<Item = EntryRef<'_>> {
    TreeRefIter::from_bytes(tree, hash).map_while(Result::ok)
}

/// The tree of a commit, or of the commit that a tag points to.
pub(super) fn tree_of(reader: &mut Reader<'_>, id: &ObjectId) -> Option<Number> {
    let objects = reader.objects;
    let mut number = objects.number(id);
    loop {
        let target = match reader.read(number, u64::MAX).ok()? {
            (Kind::Tree, _) => return Some(number),
            (Kind::Commit, bytes) => CommitRefIter::from_bytes(bytes, objects.hash()).tree_id().ok()?,
            (Kind::Tag, bytes) => TagRefIter::from_bytes(bytes, objects.hash()).target_id().ok()?,
            (Kind::Blob, _) => return None,
        };
        // No object can hold the id of one that holds its own.
        number = objects.number(&target);
    }
}
