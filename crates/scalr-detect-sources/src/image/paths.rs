//! Which files of earlier layers a layer hides: those that it deletes and those that it replaces.
//!
//! Source: OCI Image Layer Filesystem Changeset, "Representing Changes" and "Whiteouts".

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::archive::tar::What;

/// How many paths of all layers of an image are remembered: 8 MiB of them. What is beyond them hides nothing here.
pub(crate) const MOST: usize = 1 << 20;

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// A path in a layer as it is reported: without `/` or `./` at its start, and without `/` at its end.
pub(crate) fn clean(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"./").or(path.strip_prefix(b"/")) {
        path = rest;
    }
    path.strip_suffix(b"/").unwrap_or(path)
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

/// Whether a path says that something is deleted.
pub(crate) fn is_whiteout(path: &[u8]) -> bool {
    split(path).1.starts_with(WHITEOUT)
}

/// What a layer has to say about a path of an earlier one.
#[derive(Clone, Copy, Hash)]
enum Says {
    /// It is something else now, or nothing, and so is all that was below it.
    Gone,
    /// It is a directory now: what was a file is not.
    Directory,
    /// All that was below it is gone.
    Emptied,
}

fn hash(says: Says, path: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    says.hash(&mut hasher);
    path.hash(&mut hasher);
    hasher.finish()
}

/// What a layer hides: hashes of what it says, sorted in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerPaths(Vec<u64>);

impl LayerPaths {
    /// Takes an entry of the layer, if there is room.
    pub(crate) fn add(&mut self, path: &[u8], what: What, room: &AtomicUsize) {
        let taken = room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1));
        if taken.is_err() {
            return;
        }
        let (directory, name) = split(path);
        self.0.push(match name.strip_prefix(WHITEOUT) {
            Some(_) if name == OPAQUE => hash(Says::Emptied, directory),
            Some(name) if directory.is_empty() => hash(Says::Gone, name),
            Some(name) => hash(Says::Gone, &[directory, b"/", name].concat()),
            None if what == What::Directory => hash(Says::Directory, path),
            None => hash(Says::Gone, path),
        });
    }

    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Whether it hides a file. It must be sorted.
    pub(crate) fn hides(&self, file: &Hidden) -> bool {
        file.0.iter().any(|hash| self.0.binary_search(hash).is_ok())
    }
}

/// All that a layer may say to hide a file.
pub(crate) struct Hidden(Vec<u64>);

impl Hidden {
    /// The file at this path.
    pub(crate) fn new(path: &[u8]) -> Hidden {
        let mut hashes = vec![hash(Says::Gone, path), hash(Says::Directory, path)];
        let mut above = path;
        loop {
            above = split(above).0;
            hashes.push(hash(Says::Emptied, above));
            if above.is_empty() {
                return Hidden(hashes);
            }
            hashes.push(hash(Says::Gone, above));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_what() {
        let file = |path| (path, What::File);
        let directory = |path| (path, What::Directory);
        for (entry, path, hides) in [
            (file("a/b"), "a/b", true),
            (file("a/b"), "a/bc", false),
            (file("a/b"), "a", false),
            (file("a"), "a/b/c", true),
            (directory("a/b"), "a/b", true),
            (directory("a"), "a/b", false),
            (file("a/.wh.b"), "a/b", true),
            (file("a/.wh.b"), "a/b/c/d", true),
            (file("a/.wh.b"), "a/c", false),
            (file(".wh.a"), "a", true),
            (file(".wh.a"), "a/b", true),
            (file("a/.wh..wh..opq"), "a/b", true),
            (file("a/.wh..wh..opq"), "a/b/c", true),
            (file("a/.wh..wh..opq"), "a", false),
            (file("a/.wh..wh..opq"), "ab/c", false),
            (file(".wh..wh..opq"), "a/b", true),
        ] {
            let mut layer = LayerPaths::default();
            layer.add(entry.0.as_bytes(), entry.1, &AtomicUsize::new(1));
            layer.sort();
            assert_eq!(layer.hides(&Hidden::new(path.as_bytes())), hides, "{entry:?} {path}");
        }
    }

    #[test]
    fn paths_are_cleaned() {
        for (path, clean_path) in
            [("./a/b", "a/b"), ("/a", "a"), ("a/", "a"), (".//./a", "a"), ("../a", "../a"), ("./", "")]
        {
            assert_eq!(clean(path.as_bytes()), clean_path.as_bytes());
        }
    }
}
