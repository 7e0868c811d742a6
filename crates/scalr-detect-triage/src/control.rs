//! Control files: finding and reading what decides about findings, in trees that anybody may have made.
//!
//! A configuration or a baseline in a tree may be hostile: a FIFO that is never written to, a link to a device, a file of a
//! terabyte, or simply somebody else's. So only regular files are read, up to a limit and without waiting; those that a
//! configuration names must lie in its tree, links included; and a configuration of another user is not used without being
//! named.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The name of the configuration.
pub const CONFIG: &str = "scalr-detect.toml";

/// The largest configuration that is read, in bytes: far more than people write, and so little that what the most hostile
/// one becomes in memory is bounded, at about eighty times its size.
pub const MAX_CONFIG: usize = 256 << 10;

/// What looking for a configuration found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Search {
    /// The nearest configuration, if there is one.
    pub found: Option<PathBuf>,
    /// The outermost directory that was looked into: the root of the repository, the home directory, or that of the
    /// file system. Nothing that the configuration names may lie outside.
    pub top: PathBuf,
    /// Configurations that were passed over, as they belong to another user.
    pub foreign: Vec<PathBuf>,
}

/// Looks for the configuration of `directory`: in it, and in those above it up to the root of its git repository, or, in
/// no repository, up to `home`. The file may not be fit to be read; see [`read`].
pub fn search(directory: &Path, home: Option<&Path>) -> Search {
    search_own(directory, home, is_own)
}

fn search_own(directory: &Path, home: Option<&Path>, is_own: impl Fn(&Path) -> bool) -> Search {
    let mut search = Search { found: None, top: directory.to_owned(), foreign: Vec::new() };
    for directory in directory.ancestors() {
        directory.clone_into(&mut search.top);
        let file = directory.join(CONFIG);
        if search.found.is_none()
            && let Ok(meta) = fs::symlink_metadata(&file)
            && !meta.is_dir()
        {
            if is_own(&file) { search.found = Some(file) } else { search.foreign.push(file) }
        }
        if directory.join(".git").exists() || home == Some(directory) {
            break;
        }
    }
    search
}

/// Whether a file and the directory that it is in belong to who runs the program, or to the system's administrator, who can
/// do everything anyway.
#[cfg(unix)]
fn is_own(file: &Path) -> bool {
    is_of(file, rustix::process::geteuid().as_raw())
}

#[cfg(unix)]
fn is_of(file: &Path, me: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    let directory = file.parent().map(fs::symlink_metadata);
    // Where it cannot be told, reading fails with a reason.
    [Some(fs::symlink_metadata(file)), directory]
        .into_iter()
        .flatten()
        .flatten()
        .all(|meta| meta.uid() == me || meta.uid() == 0)
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}

/// Reads a file of at most `limit` bytes of UTF-8. `within`: where it must lie, links followed.
///
/// # Errors
///
/// It cannot be opened, is no regular file, lies elsewhere, is larger, or is not UTF-8. Nothing of it is in the message.
pub fn read(file: &Path, limit: usize, within: Option<&Path>) -> io::Result<String> {
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    let file = match within {
        Some(top) => {
            let (real, top) = (fs::canonicalize(file)?, fs::canonicalize(top)?);
            if !real.starts_with(&top) {
                return Err(wrong("a link that leads out of the tree is not followed"));
            }
            real
        }
        None => file.to_owned(),
    };
    let file = open(&file, within.is_none())?;
    if !file.metadata()?.is_file() {
        return Err(wrong("not a regular file"));
    }
    let mut bytes = Vec::new();
    if file.take(limit as u64 + 1).read_to_end(&mut bytes)? > limit {
        return Err(wrong(&format!("larger than {limit} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| wrong("not UTF-8"))
}

/// Opens a file without waiting, as for a FIFO that nobody writes to.
#[cfg(unix)]
fn open(file: &Path, follow: bool) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
    Ok(rustix::fs::open(file, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(file: &Path, _: bool) -> io::Result<File> {
    File::open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[&str]) -> Tree {
            let tree = Tree(tempfile::tempdir().unwrap());
            for file in files {
                let path = tree.path(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                if file.ends_with('/') {
                    fs::create_dir_all(&path).unwrap();
                } else {
                    fs::write(&path, "").unwrap();
                }
            }
            tree
        }

        fn path(&self, path: &str) -> PathBuf {
            fs::canonicalize(self.0.path()).unwrap().join(path)
        }
    }

    #[test]
    fn the_nearest_file_up_to_the_repository_or_home() {
        for (files, from, home, found, top) in [
            (&["r/.git/", "r/scalr-detect.toml", "r/a/b/"][..], "r/a/b", None, Some("r"), "r"),
            (
                &["r/.git/", "r/scalr-detect.toml", "r/a/scalr-detect.toml", "r/a/b/"],
                "r/a/b",
                None,
                Some("r/a"),
                "r",
            ),
            // Outside of the repository it is somebody else's.
            (&["scalr-detect.toml", "r/.git/", "r/a/"], "r/a", None, None, "r"),
            // A worktree or a submodule has a file called .git.
            (&["scalr-detect.toml", "r/.git", "r/a/"], "r/a", None, None, "r"),
            (&["h/scalr-detect.toml", "h/a/"], "h/a", Some("h"), Some("h"), "h"),
            (&["scalr-detect.toml", "h/a/"], "h/a", Some("h"), None, "h"),
            // A directory of that name is none.
            (&["r/.git/", "r/scalr-detect.toml", "r/a/scalr-detect.toml/"], "r/a", None, Some("r"), "r"),
        ] {
            let tree = Tree::new(files);
            let home = home.map(|home| tree.path(home));
            let search = search(&tree.path(from), home.as_deref());
            let expected = found.map(|found| tree.path(found).join(CONFIG));
            assert_eq!((search.found, search.top), (expected, tree.path(top)), "{files:?} {from}");
        }
    }

    #[test]
    fn large_and_strange_files() {
        let tree = Tree::new(&["d/"]);
        fs::write(tree.path("ok"), "x".repeat(10)).unwrap();
        fs::write(tree.path("latin"), b"caf\xe9").unwrap();
        assert_eq!(read(&tree.path("ok"), 10, None).unwrap().len(), 10);
        for (file, part) in [("ok", "larger than 9"), ("latin", "not UTF-8"), ("d", "not a regular file")] {
            let error = read(&tree.path(file), 9, None).unwrap_err().to_string();
            assert!(error.contains(part), "{file}: {error}");
        }
        assert_eq!(read(&tree.path("none"), 9, None).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices() {
        use std::os::unix::fs::symlink;
        let tree = Tree::new(&["in/", "out", "in/real"]);
        symlink(tree.path("in/real"), tree.path("in/good")).unwrap();
        symlink(tree.path("out"), tree.path("in/bad")).unwrap();
        symlink("/dev/zero", tree.path("in/zero")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            tree.path("in/fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let within = tree.path("in");
        assert!(read(&tree.path("in/good"), 9, Some(&within)).is_ok());
        for (file, part) in [("bad", "out of the tree"), ("zero", "out of the tree"), ("fifo", "regular")] {
            let error = read(&within.join(file), 9, Some(&within)).unwrap_err().to_string();
            assert!(error.contains(part), "{file}: {error}");
        }
        // What the user names may be a link, but not to a device.
        assert!(read(&within.join("bad"), 9, None).is_ok());
        assert!(read(&within.join("zero"), 9, None).unwrap_err().to_string().contains("regular"));
    }

    #[test]
    fn a_file_of_another_user_is_passed_over() {
        let tree = Tree::new(&["r/.git/", "r/scalr-detect.toml", "r/a/scalr-detect.toml"]);
        let foreign = tree.path("r/a/scalr-detect.toml");
        let search = search_own(&tree.path("r/a"), None, |file| file != foreign);
        assert_eq!(search.found, Some(tree.path("r/scalr-detect.toml")));
        assert_eq!(search.foreign, [foreign]);
    }

    #[cfg(unix)]
    #[test]
    fn whose_a_file_is() {
        let tree = Tree::new(&["a/f", "b/f"]);
        let (a, b) = (tree.path("a/f"), tree.path("b/f"));
        let me = rustix::process::geteuid().as_raw();
        assert!(is_own(&a) && is_of(&a, me));
        let other = me.wrapping_add(12345);
        if me == 0 {
            // Root's own are everybody's, so root gives the file and the directory away.
            let other = Some(rustix::process::Uid::from_raw(other));
            rustix::fs::chown(&a, other, None).unwrap();
            rustix::fs::chown(tree.path("b"), other, None).unwrap();
            assert!(!is_of(&a, 0) && !is_of(&b, 0) && !is_of(&b, 777));
        } else {
            assert!(!is_of(&a, other) && !is_of(&b, other));
        }
    }
}
