//! The rules of `.gitignore` files, for walks that ask for them.
//!
//! git reads rules from the `.gitignore` of every directory between the root of the repository and the file, from
//! `.git/info/exclude` and from a file of the user's. The last rule that matches in the nearest file decides. Here
//! the rules of the directories above the one at hand are kept on a stack, as a walk goes down and up. A directory
//! with a `.git` in it starts afresh. Trees that are no repository are treated as if they were one.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// No rules file that people write is larger. One that is (or that is a link, say to `/dev/zero`) is not read.
const MAX_RULES: u64 = 1 << 20;

#[derive(Debug)]
pub(crate) struct Rules {
    /// The absolute path of the walk's root: rules are anchored to directories, some of which are above the root.
    root: PathBuf,
    /// Of the directories above the root, outermost first.
    above: Vec<Level>,
    /// `below[d]` is of the directory at depth `d` of the walk that is being read.
    below: Vec<Level>,
    global: Gitignore,
}

#[derive(Debug)]
struct Level {
    rules: Gitignore,
    /// What holds for the whole repository, where this directory is the root of one.
    repository: Option<Gitignore>,
}

impl Level {
    fn read(directory: &Path) -> Level {
        let git = directory.join(".git");
        let repository = git.exists().then(|| read(directory, &git.join("info/exclude")));
        Level { rules: read(directory, &directory.join(".gitignore")), repository }
    }
}

fn read(directory: &Path, file: &Path) -> Gitignore {
    let Ok(text) = read_small(file) else { return Gitignore::empty() };
    let mut builder = GitignoreBuilder::new(directory);
    for line in text.lines() {
        // A rule that cannot be understood is one rule less, as in git.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn read_small(file: &Path) -> io::Result<String> {
    // The kind is looked at before opening, which might wait; whoever can put a FIFO here in between can do worse.
    if !fs::symlink_metadata(file)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    if fs::File::open(file)?.take(MAX_RULES + 1).read_to_end(&mut bytes)? as u64 > MAX_RULES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether git leaves a file out, or a directory that it is in. The file need not be there, the directory must.
///
/// # Errors
///
/// The directory of the file cannot be found.
pub fn is_ignored(file: &Path) -> io::Result<bool> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut directory = fs::canonicalize(parent)?;
    let (mut name, mut is_directory) = (file.file_name().map(PathBuf::from), false);
    while let Some(of_here) = name {
        let mut rules = Rules::new(&directory)?;
        rules.enter(Path::new(""), 0);
        if rules.leave_out(&of_here, 1, is_directory) {
            return Ok(true);
        }
        if directory.join(".git").exists() {
            break;
        }
        (name, is_directory) = (directory.file_name().map(PathBuf::from), true);
        if !directory.pop() {
            break;
        }
    }
    Ok(false)
}

impl Rules {
    /// The rules for a walk of the directory `root`.
    pub(crate) fn new(root: &Path) -> io::Result<Rules> {
        let root = fs::canonicalize(root)?;
        let mut above = Vec::new();
        let mut directory = root.as_path();
        while !directory.join(".git").exists() {
            let Some(parent) = directory.parent() else {
                // No repository: what lies above is somebody else's.
                above.clear();
                break;
            };
            directory = parent;
            above.push(Level::read(directory));
        }
        above.reverse();
        Ok(Rules { root, above, below: Vec::new(), global: Gitignore::global().0 })
    }

    /// Enters the directory at `depth` of the walk (0: the root). `path` is relative to the root.
    pub(crate) fn enter(&mut self, path: &Path, depth: usize) {
        self.below.truncate(depth);
        self.below.push(Level::read(&self.root.join(path)));
    }

    /// Whether the rules leave out what lies at `depth` (1: in the root). `path` is relative to the root.
    pub(crate) fn leave_out(&mut self, path: &Path, depth: usize, is_directory: bool) -> bool {
        self.below.truncate(depth);
        let path = self.root.join(path);
        for level in self.below.iter().rev().chain(self.above.iter().rev()) {
            let of_repository = level.repository.as_ref();
            for rules in std::iter::once(&level.rules).chain(of_repository) {
                match rules.matched(&path, is_directory) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            if of_repository.is_some() {
                break;
            }
        }
        // Rules of the user's are relative to the root of the repository; only a path's names matter to most.
        self.global.matched(path.strip_prefix(&self.root).unwrap_or(&path), is_directory).is_ignore()
    }
}
