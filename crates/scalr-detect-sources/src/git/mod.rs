//! Git repositories: their history, ranges of commits, pushes, and the index.
//!
//! Repositories are read with gix, without a git at hand. Nothing in a repository is run or written to but for the
//! [cache](History::cache), whoever owns it: of its configuration only what says how objects are stored is used, and no
//! file that it includes.
//!
//! # Every text once
//!
//! Commits are walked, parents before children, and their trees; a tree that has been seen is not walked again. So every
//! distinct file is met once, at the oldest commit that has it: merges, renames and reverts need no special care. The
//! files are then read in the order in which they lie in packs. What is found is few, and only for these few all commits
//! are walked again to see which others introduced them.

mod build;
mod cache;
mod delta;
mod graph;
mod history;
mod index;
mod large;
mod objects;
mod select;

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::hash::ObjectId;
use gix::sec::Permission;
use gix::sec::trust::Mapping;

pub use history::History;
pub use index::Staged;

pub use select::{References, Selection, parse_time};

use objects::Objects;

/// How long a list of alternates can be, in bytes.
const ALTERNATES: u64 = 1 << 20;

/// A git repository.
pub struct Repository {
    gix: gix::ThreadSafeRepository,
    objects: Objects,
    shallow: BTreeSet<ObjectId>,
}

/// Why a repository, a revision or a line of a hook's input is no use, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GitError(String);

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GitError {}

fn error<T>(text: impl Into<String>) -> Result<T, GitError> {
    Err(GitError(text.into()))
}

impl Repository {
    /// The repository that `directory` is in: a work tree or a part of it, a `.git`, a bare repository.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub fn discover(directory: impl AsRef<Path>) -> Result<Repository, GitError> {
        let directory = directory.as_ref();
        let (options, trust) = (Default::default(), trust(Permission::Deny));
        let gix = gix::ThreadSafeRepository::discover_opts(directory, options, trust)
            .map_err(|e| not_found(directory, &e))?;
        let objects = gix.to_thread_local().common_dir().join("objects");
        Repository::new(gix, objects, Vec::new())
    }

    /// The repository that a program means which git has started, such as a hook, or that the current directory is in.
    /// Like git it heeds the environment: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`, `GIT_SHALLOW_FILE`,
    /// `GIT_OBJECT_DIRECTORY` and `GIT_ALTERNATE_OBJECT_DIRECTORIES`, where the objects of a push are that is not
    /// accepted yet.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub fn from_environment() -> Result<Repository, GitError> {
        let (directory, options, trust) = (Path::new("."), Default::default(), trust(Permission::Allow));
        let gix =
            gix::ThreadSafeRepository::discover_with_environment_overrides_opts(directory, options, trust)
                .map_err(|e| match env::var_os("GIT_DIR") {
                    Some(directory) => not_found(Path::new(&directory), &e),
                    None => not_found(directory, &e),
                })?;
        let objects = match set("GIT_OBJECT_DIRECTORY") {
            Some(directory) => PathBuf::from(directory),
            None => gix.to_thread_local().common_dir().join("objects"),
        };
        let alternates = set("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
        // No path at all is one empty path.
        let alternates = env::split_paths(&alternates).filter(|path| !path.as_os_str().is_empty());
        Repository::new(gix, objects, alternates.collect())
    }

    fn new(
        gix: gix::ThreadSafeRepository,
        objects: PathBuf,
        more: Vec<PathBuf>,
    ) -> Result<Repository, GitError> {
        let local = gix.to_thread_local();
        if let Some(storage) = local.config_snapshot().string("extensions.refStorage")
            && storage.as_slice() != b"files"
        {
            return error(format!(
                "{}: its references are stored as {storage:?}, which is not supported: scan a clone of it, made with \
                 `git clone --mirror --ref-format=files`",
                local.git_dir().display(),
            ));
        }
        let mut directories = vec![objects];
        directories.extend(more);
        let directories = with_alternates(directories)
            .map_err(|e| GitError(format!("{}: {e}", local.git_dir().display())))?;
        let shallow = local.shallow_commits().map_err(|e| {
            GitError(format!("{}: its list of shallow commits: {e}", local.git_dir().display()))
        })?;
        let shallow = shallow.iter().flat_map(|commits| commits.iter().copied()).collect();
        let objects = Objects::open(directories, local.object_hash());
        Ok(Repository { gix, objects, shallow })
    }

    /// The directory of the repository itself, such as `.git`; of a linked work tree its own.
    pub fn git_dir(&self) -> PathBuf {
        self.gix.to_thread_local().git_dir().to_owned()
    }

    /// The directory of what all its work trees share, such as `.git`.
    pub fn common_dir(&self) -> PathBuf {
        self.gix.to_thread_local().common_dir().to_owned()
    }

    /// Its work tree, if it has one.
    pub fn work_dir(&self) -> Option<PathBuf> {
        self.gix.to_thread_local().workdir().map(Path::to_owned)
    }

    /// Whether a part of its history is not here.
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// Whether it has an object with this id, in hexadecimal digits.
    pub fn contains(&self, id: &str) -> bool {
        self.id(id).is_some_and(|id| self.objects.contains(&id))
    }

    /// An id from all its hexadecimal digits.
    fn id(&self, hex: &str) -> Option<ObjectId> {
        let id = ObjectId::from_hex(hex.as_bytes()).ok()?;
        (id.kind() == self.objects.hash()).then_some(id)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository").field("git_dir", &self.git_dir()).finish_non_exhaustive()
    }
}

/// Object directories, and those that they name as their alternates, each once: they may name each other.
fn with_alternates(mut directories: Vec<PathBuf>) -> Result<Vec<PathBuf>, String> {
    let (mut known, mut at) = (BTreeSet::new(), 0);
    while let Some(directory) = directories.get(at).cloned() {
        if !known.insert(fs::canonicalize(&directory).unwrap_or_else(|_| directory.clone())) {
            directories.remove(at);
            continue;
        }
        at += 1;
        let path = directory.join("info/alternates");
        let said = |e: &dyn fmt::Display| format!("{}: {e}", path.display());
        match fs::metadata(&path) {
            Ok(meta) if meta.is_file() && meta.len() <= ALTERNATES => {
                let text = fs::read(&path).map_err(|e| said(&e))?;
                let alternates = gix::odb::alternate::parse(&text).map_err(|e| said(&e))?;
                directories.extend(alternates.into_iter().map(|path| directory.join(path)));
            }
            Ok(_) => return Err(said(&"not a list of object directories")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(said(&e)),
        }
    }
    Ok(directories)
}

fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| value != OsStr::new(""))
}

/// Trusts nobody: only the repository's own configuration, no file that it includes; of the environment only where things
/// are, if that.
fn trust(git_variables: Permission) -> Mapping<gix::open::Options> {
    let options = || {
        let mut permissions = gix::open::Permissions::isolated();
        permissions.env.git_prefix = git_variables;
        gix::open::Options::default().permissions(permissions)
    };
    Mapping { full: options(), reduced: options() }
}

fn not_found(directory: &Path, cause: &gix::Error) -> GitError {
    GitError(format!(
        "{}: no git repository that can be read: {cause}; to scan files as they are, use `scalr-detect scan`",
        directory.display()
    ))
}
