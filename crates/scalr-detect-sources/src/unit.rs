//! Units: what is read at a time, and where its bytes came from.

use std::sync::Arc;

/// What is read at a time: a file, an object of a git repository, a file in a layer of an image, …
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    path: &'a [u8],
    origin: &'a Origin,
}

impl<'a> Unit<'a> {
    /// A unit called `path`.
    pub fn new(path: &'a [u8], origin: &'a Origin) -> Unit<'a> {
        Unit { path, origin }
    }

    /// What it is called: for a file its path as the caller gave it or below the directory that the caller gave; in a
    /// repository or an image its path from the root of the tree, without a `/` at the start. What is in an archive has
    /// the path of the archive, `!` and its path in there. Names are separated by `/`. The bytes are those of the file
    /// system; they need not be UTF-8.
    pub fn path(&self) -> &'a [u8] {
        self.path
    }

    /// Where its bytes came from.
    pub fn origin(&self) -> &'a Origin {
        self.origin
    }
}

/// Where a unit's bytes came from. Cheap to clone.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// A file.
    File,
    /// Standard input.
    Stdin,
    /// An object of a git repository that is, or was, part of its history.
    Git(Arc<GitOrigin>),
    /// The index of a git repository: what the next commit will hold.
    Index,
    /// The added lines of a diff. Positions are those of the new file.
    Diff,
    /// An image: a file in one of its layers, or its configuration.
    Image(Arc<ImageOrigin>),
}

impl Origin {
    /// The name in reports. Stable.
    pub const fn name(&self) -> &'static str {
        match self {
            Origin::File => "file",
            Origin::Stdin => "stdin",
            Origin::Git(_) => "git",
            Origin::Index => "index",
            Origin::Diff => "diff",
            Origin::Image(_) => "image",
        }
    }
}

/// Which object of a git repository, and how it came there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GitOrigin {
    /// What kind of object: `blob`, `commit-message`, `tag-message` or `note`.
    pub kind: &'static str,
    /// The id of the object, in hexadecimal digits.
    pub object: String,
    /// The commit that introduced it: of several, the oldest. None for what no commit names, such as a tag's message.
    pub commit: Option<Arc<Commit>>,
    /// Other commits that introduced the same bytes, or the same commit at another path: the first few.
    pub also: Vec<Introduction>,
    /// How many more there are. Of a directory that one commit has very many times not all are counted.
    pub more: u64,
}

/// A commit and the path at which it introduced something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Introduction {
    /// The commit.
    pub commit: Arc<Commit>,
    /// The path, from the root of the tree.
    pub path: Vec<u8>,
}

/// What there is to say about a commit. Texts are as people wrote them: they may hold anything, secrets included.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Commit {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When it was written, in seconds since 1970-01-01 UTC.
    pub time: i64,
    /// The first line of its message.
    pub summary: String,
}

/// Which part of an image. Texts are as the image has them: they may hold anything, secrets included.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImageOrigin {
    /// The name of the image (its tag), or its digest.
    pub image: String,
    /// The platform, such as `linux/amd64`; empty where the image does not say.
    pub platform: String,
    /// The number of the layer, from 1; 0 for what is in no layer, such as the configuration.
    pub layer: usize,
    /// How many layers the image has.
    pub layers: usize,
    /// The digest of the layer or of the object.
    pub digest: String,
    /// The instruction that made the layer.
    pub command: String,
    /// The number of the layer that deletes or replaces the file, which is in the image all the same.
    pub deleted_in: Option<usize>,
}
