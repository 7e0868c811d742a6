//! Paths: walking trees and sharing the files out among threads.
//!
//! The walk itself is a plain iterator behind a lock. A worker that has nothing to do takes the lock, lets the iterator
//! go on until it has a few files, lets go and reads and scans them. There is no queue that could grow, no thread that
//! only walks, nothing to wake up; one thread is the same code without a second one. Walking costs about a tenth of
//! reading and scanning small files, so the lock begins to hurt at about ten threads, which no disk can feed.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scalr_detect::Scanner;
use walkdir::{DirEntry, WalkDir};

use crate::file::{Files, Job, Limits, identity, path_bytes};
use crate::gitignore::Rules;
use crate::ledger::{Ledger, Reason, Unread};
use crate::options::Options;
use crate::unit::Origin;
use crate::worker::{self, Progress, Shared, Visitor, Worker};

/// How many files a worker takes at a time: enough that taking the lock costs nothing, few enough that nobody waits
/// long for the last.
const BATCH: usize = 8;

/// How many directories are kept open while those below them are read; what is left of the entries of further ones is
/// read into memory.
const OPEN_DIRECTORIES: usize = 64;

/// Files and directories to scan.
///
/// * A path that names a file is read; a directory is walked, hidden files and binary ones included. `-` and
///   `/dev/stdin` are standard input.
/// * A link that is named here is followed, links met in a walk are not.
/// * Of a git repository the object store is left out: it is compressed. The rest of `.git`, such as `config`, where
///   people leave tokens in URLs, is scanned.
/// * Units come in no particular order unless [`sort`](Paths::sort) is set.
#[derive(Clone, Debug)]
pub struct Paths {
    roots: Vec<Root>,
    options: Options,
    gitignore: bool,
    sort: bool,
    own_outputs: Vec<(u64, u64)>,
    exclude: Option<Filter>,
}

/// Says of a path, and whether it is a directory, that it is left out.
type Exclude = dyn Fn(&Path, bool) -> bool + Send + Sync;

#[derive(Clone)]
struct Filter(Arc<Exclude>);

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

#[derive(Clone, Debug)]
struct Root {
    path: PathBuf,
    /// Whether paths are reported without `./` at their start.
    bare: bool,
}

impl Paths {
    /// Scans `paths`, or where there are none, the current directory.
    pub fn new<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Paths {
        let mut roots: Vec<Root> =
            paths.into_iter().map(|path| Root { path: path.into(), bare: false }).collect();
        if roots.is_empty() {
            roots.push(Root { path: PathBuf::from("."), bare: true });
        }
        Paths {
            roots,
            options: Options::default(),
            gitignore: false,
            sort: false,
            own_outputs: Vec::new(),
            exclude: None,
        }
    }

    /// Leaves out what the `.gitignore` files of a tree leave out, and counts it. Default: no. Paths given to
    /// [`Paths::new`] are never left out.
    pub fn gitignore(mut self, on: bool) -> Paths {
        self.gitignore = on;
        self
    }

    /// Leaves out the files and directories for which `exclude` is true, and counts them; files given to [`Paths::new`]
    /// too. It is called with a path that begins as it was given, and whether it is a directory, from the thread that
    /// walks.
    pub fn exclude(mut self, exclude: impl Fn(&Path, bool) -> bool + Send + Sync + 'static) -> Paths {
        self.exclude = Some(Filter(Arc::new(exclude)));
        self
    }

    /// How files are read.
    pub fn options(mut self, options: Options) -> Paths {
        self.options = options;
        self
    }

    /// Visits the entries of each directory in the order of their names, on one thread. Default: no. This is the only
    /// case in which the entries of a directory are all in memory.
    pub fn sort(mut self, on: bool) -> Paths {
        self.sort = on;
        self
    }

    /// Leaves out the file that this is the metadata of, too: one that a report is being written to. A report in the
    /// tree that is scanned would otherwise find itself. Has no effect on systems that do not number files.
    pub fn own_output(mut self, file: &fs::Metadata) -> Paths {
        self.own_outputs.extend(identity(file).filter(|_| file.is_file()));
        self
    }

    /// Scans everything. `visitor` makes the visitor of each worker thread.
    pub fn scan<V: Visitor>(
        &self,
        scanner: &Scanner,
        progress: &Progress,
        visitor: impl Fn() -> V + Sync,
    ) -> Ledger {
        let shared = Shared::new(scanner, progress).options(&self.options);
        let limits = Limits { max_size: self.options.max_file_size, own_outputs: self.own_outputs.clone() };
        let mut walk = Walk::new(self);
        let mut threads = if self.sort { 1 } else { worker::count(self.options.threads) };
        if threads > 1 {
            // No more threads than there are files to start with.
            let first: Vec<Job> = walk.by_ref().take(threads).collect();
            threads = threads.min(first.len()).max(1);
            walk.returned = first.into_iter().rev().collect();
        }
        let walk = Mutex::new(walk);
        let mut ledger =
            shared.on_threads(threads, || work(&walk, Files::new(Worker::new(&shared, visitor()), &limits)));
        let walk = walk.into_inner().unwrap_or_else(PoisonError::into_inner);
        ledger.merge(&walk.ledger);
        // A list of files that are all left out, such as those of a commit, is no mistake.
        if walk.roots_excluded < self.roots.len() {
            ledger.note_if_empty(&path_bytes(&self.roots[0].path));
        }
        ledger
    }

    fn is_excluded(&self, path: &Path, is_directory: bool) -> bool {
        self.exclude.as_ref().is_some_and(|Filter(exclude)| exclude(path, is_directory))
    }
}

fn work<V: Visitor>(walk: &Mutex<Walk<'_>>, mut files: Files<'_, V>) -> Ledger {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        batch.extend(lock(walk).by_ref().take(BATCH));
        if batch.is_empty() {
            break;
        }
        // Taken from the end.
        batch.reverse();
        while let Some(job) = batch.pop() {
            if files.stopped() {
                return files.into_ledger();
            }
            // What comes after a large file should not wait for it.
            files.run(&job, || lock(walk).returned.append(&mut batch));
        }
    }
    files.into_ledger()
}

fn lock<'m, 'w>(walk: &'m Mutex<Walk<'w>>) -> MutexGuard<'m, Walk<'w>> {
    walk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files below all roots, one after another. What is left out on the way is noted in the ledger.
struct Walk<'p> {
    paths: &'p Paths,
    roots: std::slice::Iter<'p, Root>,
    tree: Option<Tree>,
    /// Jobs that were taken and given back: the last comes first.
    returned: Vec<Job>,
    /// How many roots are files that are left out.
    roots_excluded: usize,
    ledger: Ledger,
}

/// A directory that is being walked.
struct Tree {
    entries: walkdir::IntoIter,
    root: PathBuf,
    strip: usize,
    rules: Option<Rules>,
}

impl Iterator for Walk<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        if let Some(job) = self.returned.pop() {
            return Some(job);
        }
        loop {
            match &mut self.tree {
                Some(tree) => match tree.next(self.paths, &mut self.ledger) {
                    Some(job) => return Some(job),
                    None => self.tree = None,
                },
                None => {
                    let root = self.roots.next()?;
                    if let Some(job) = self.enter(root) {
                        return Some(job);
                    }
                }
            }
        }
    }
}

impl<'p> Walk<'p> {
    fn new(paths: &'p Paths) -> Walk<'p> {
        Walk {
            paths,
            roots: paths.roots.iter(),
            tree: None,
            returned: Vec::new(),
            roots_excluded: 0,
            ledger: Ledger::default(),
        }
    }

    /// Begins with a path that the caller named: a job if it is one, or a tree to walk.
    fn enter(&mut self, root: &Root) -> Option<Job> {
        let path = &root.path;
        let job = |origin| Some(Job { path: path.clone(), strip: 0, origin, asked: true });
        if is_stdin(path) {
            return job(Origin::Stdin);
        }
        let kind = match fs::metadata(path) {
            Ok(meta) => meta.file_type(),
            Err(e) => {
                self.ledger.skip(Unread::new(e, true), &path_bytes(path), true);
                return None;
            }
        };
        if kind.is_file() {
            if self.paths.is_excluded(path, false) {
                self.roots_excluded += 1;
                self.ledger.skip(Reason::Excluded, &path_bytes(path), true);
                return None;
            }
            return job(Origin::File);
        }
        if !kind.is_dir() {
            self.ledger.skip(Reason::SpecialFile, &path_bytes(path), true);
            return None;
        }
        let rules = if self.paths.gitignore { Rules::new(path).ok() } else { None };
        let mut entries = WalkDir::new(path).max_open(OPEN_DIRECTORIES);
        if self.paths.sort {
            entries = entries.sort_by_file_name();
        }
        let strip = if root.bare { 2 } else { 0 };
        self.tree = Some(Tree { entries: entries.into_iter(), root: path.clone(), strip, rules });
        None
    }
}

impl Tree {
    fn next(&mut self, paths: &Paths, ledger: &mut Ledger) -> Option<Job> {
        loop {
            let entry = match self.entries.next()? {
                Ok(entry) => entry,
                Err(e) => {
                    self.note_error(e, ledger);
                    continue;
                }
            };
            let kind = entry.file_type();
            // The root was seen to lead to a directory, as a link perhaps.
            if kind.is_dir() || entry.depth() == 0 && kind.is_symlink() {
                if let Some(reason) = self.leave_directory_out(&entry, paths) {
                    ledger.skip(reason, self.name(entry.path()).as_ref(), false);
                    self.entries.skip_current_dir();
                }
                continue;
            }
            let reason = if self.ruled_out(&entry, false) {
                Reason::GitIgnored
            } else if kind.is_file() && paths.is_excluded(entry.path(), false) {
                Reason::Excluded
            } else if kind.is_file() {
                let path = entry.into_path();
                return Some(Job { path, strip: self.strip, origin: Origin::File, asked: false });
            } else if kind.is_symlink() {
                Reason::Symlink
            } else {
                Reason::SpecialFile
            };
            ledger.skip(reason, self.name(entry.path()).as_ref(), false);
        }
    }

    fn leave_directory_out(&mut self, entry: &DirEntry, paths: &Paths) -> Option<Reason> {
        if entry.depth() > 0 {
            if entry.file_name() == OsStr::new("objects") && is_git_objects(entry.path()) {
                return Some(Reason::GitObjects);
            }
            if self.ruled_out(entry, true) {
                return Some(Reason::GitIgnored);
            }
            if paths.is_excluded(entry.path(), true) {
                return Some(Reason::Excluded);
            }
        }
        if let Some(rules) = &mut self.rules {
            let below = entry.path().strip_prefix(&self.root).unwrap_or(Path::new(""));
            rules.enter(below, entry.depth());
        }
        None
    }

    fn ruled_out(&mut self, entry: &DirEntry, is_directory: bool) -> bool {
        let Some(rules) = &mut self.rules else { return false };
        let Ok(below) = entry.path().strip_prefix(&self.root) else { return false };
        rules.leave_out(below, entry.depth(), is_directory)
    }

    fn note_error(&self, error: walkdir::Error, ledger: &mut Ledger) {
        let asked = error.depth() == 0;
        let path = error.path().unwrap_or(&self.root).to_owned();
        let why = match error.into_io_error() {
            Some(e) => Unread::new(e, asked),
            // The only other kind is a loop of links, and links are not followed.
            None => Reason::ReadError.into(),
        };
        ledger.skip(why, self.name(&path).as_ref(), asked);
    }

    /// A path as it is reported.
    fn name<'a>(&self, path: &'a Path) -> impl AsRef<[u8]> + use<'a> {
        let mut name = path_bytes(path);
        if self.strip > 0 && name.starts_with(b"./") {
            name = match name {
                std::borrow::Cow::Borrowed(name) => name[self.strip..].into(),
                std::borrow::Cow::Owned(name) => name[self.strip..].to_vec().into(),
            };
        }
        name
    }
}

fn is_stdin(path: &Path) -> bool {
    let path = path.as_os_str();
    path == OsStr::new("-")
        || cfg!(unix) && (path == OsStr::new("/dev/stdin") || path == OsStr::new("/dev/fd/0"))
}

/// Whether the directory `path`, called `objects`, is the object store of a git repository, bare or not, or of a
/// submodule's: git itself knows a repository by having `HEAD` and `refs` beside it.
fn is_git_objects(path: &Path) -> bool {
    let Some(parent) = path.parent() else { return false };
    let is = |name: &str, what: fn(&fs::Metadata) -> bool| -> bool {
        let meta: io::Result<fs::Metadata> = fs::symlink_metadata(parent.join(name));
        meta.is_ok_and(|m| what(&m))
    };
    is("HEAD", |m| !m.is_dir()) && is("refs", fs::Metadata::is_dir)
}
