//! The coverage ledger: what was scanned, what was not, and why.

use std::fmt;
use std::io;

/// Why something was not scanned, or not to its end.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Reason {
    /// A symbolic link met on the way. Its target is scanned if it lies in the tree; otherwise nobody asked for it.
    Symlink,
    /// A FIFO, a socket or a device.
    SpecialFile,
    /// Reading it is not permitted.
    Permission,
    /// A path that was asked for does not exist.
    NotFound,
    /// It was there when its directory was read, and gone when it was to be opened.
    Vanished,
    /// It shrank while it was read, or grew by so much that its end was not reached. What was read is scanned.
    ChangedWhileRead,
    /// Reading failed in some other way. What had been read is scanned.
    ReadError,
    /// Larger than the limit that was set.
    TooLarge,
    /// The object store of a git repository: compressed, so that its bytes say nothing.
    GitObjects,
    /// An object that a git repository should have and does not: a partial clone, or damage.
    MissingObject,
    /// The parents of a commit are not here: the clone is shallow.
    ShallowHistory,
    /// A submodule: another repository, which is scanned by naming it.
    Submodule,
    /// A pointer to a file in Git LFS. The pointer is scanned; the file itself is elsewhere.
    LfsPointer,
    /// A binary file in a diff: what is in it cannot be told from the diff.
    BinaryPatch,
    /// Left out by the rules of a `.gitignore` file, where those were asked for. A directory counts as one.
    GitIgnored,
    /// Left out by a rule for paths, such as one of a configuration. A directory counts as one.
    Excluded,
    /// The file that the report is being written to.
    OwnOutput,
    /// In all that was asked for there was nothing to scan: a mistake, most likely, so that finding nothing means nothing.
    NothingScanned,
}

impl Reason {
    /// Every reason, in the order of reports.
    pub const ALL: [Reason; 18] = [
        Reason::Symlink,
        Reason::SpecialFile,
        Reason::Permission,
        Reason::NotFound,
        Reason::Vanished,
        Reason::ChangedWhileRead,
        Reason::ReadError,
        Reason::TooLarge,
        Reason::GitObjects,
        Reason::MissingObject,
        Reason::ShallowHistory,
        Reason::Submodule,
        Reason::LfsPointer,
        Reason::BinaryPatch,
        Reason::GitIgnored,
        Reason::Excluded,
        Reason::OwnOutput,
        Reason::NothingScanned,
    ];

    /// The name in reports, in kebab-case. Stable.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Symlink => "symlink",
            Reason::SpecialFile => "special-file",
            Reason::Permission => "permission",
            Reason::NotFound => "not-found",
            Reason::Vanished => "vanished",
            Reason::ChangedWhileRead => "changed-while-read",
            Reason::ReadError => "read-error",
            Reason::TooLarge => "too-large",
            Reason::GitObjects => "git-objects",
            Reason::MissingObject => "missing-object",
            Reason::ShallowHistory => "shallow-history",
            Reason::Submodule => "submodule",
            Reason::LfsPointer => "lfs-pointer",
            Reason::BinaryPatch => "binary-patch",
            Reason::GitIgnored => "git-ignored",
            Reason::Excluded => "excluded",
            Reason::OwnOutput => "own-output",
            Reason::NothingScanned => "nothing-scanned",
        }
    }

    /// Whether a unit of this reason leaves a scan incomplete: whether it is among what was asked for (by name if
    /// `asked`, and otherwise by being in a directory that was), and could not be read.
    const fn is_gap(self, asked: bool) -> bool {
        match self {
            Reason::Permission
            | Reason::NotFound
            | Reason::ReadError
            | Reason::MissingObject
            | Reason::NothingScanned => true,
            Reason::SpecialFile | Reason::Vanished | Reason::ShallowHistory => asked,
            Reason::Symlink
            | Reason::ChangedWhileRead
            | Reason::TooLarge
            | Reason::GitObjects
            | Reason::Submodule
            | Reason::LfsPointer
            | Reason::BinaryPatch
            | Reason::GitIgnored
            | Reason::Excluded
            | Reason::OwnOutput => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was not scanned for one [`Reason`].
#[derive(Clone, Debug, Default)]
pub struct Skipped {
    units: u64,
    gaps: u64,
    examples: Vec<Example>,
}

/// Something that was not scanned.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Example {
    // In this order: gaps come first, and then the path decides.
    no_gap: bool,
    path: Vec<u8>,
    cause: String,
}

impl Example {
    /// Its path, as that of a [`Unit`](crate::Unit).
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// What the system said, where [`Reason::ReadError`] does not say enough; otherwise empty.
    pub fn cause(&self) -> &str {
        &self.cause
    }
}

impl Skipped {
    /// How many examples are kept.
    pub const EXAMPLES: usize = 5;

    /// How many units (or directories).
    pub fn units(&self) -> u64 {
        self.units
    }

    /// How many of them leave the scan incomplete.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The first few by path, those that leave the scan incomplete before the others.
    pub fn examples(&self) -> impl ExactSizeIterator<Item = &Example> {
        self.examples.iter()
    }

    /// Keeps the smallest few in order, so that the examples do not depend on how the work was shared out.
    fn add_example(&mut self, example: Example) {
        let at = self.examples.partition_point(|e| *e <= example);
        if at < Skipped::EXAMPLES {
            self.examples.truncate(Skipped::EXAMPLES - 1);
            self.examples.insert(at, example);
        }
    }
}

/// What a scan covered. See the head of this crate.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    units: u64,
    bytes: u64,
    clean: u64,
    interrupted: bool,
    skipped: [Skipped; Reason::ALL.len()],
}

impl Ledger {
    /// How many units were scanned. A unit of which only a part could be read counts here and under its reason.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// How many bytes were scanned.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many units were not read, as they are remembered to be clean.
    pub fn known_clean(&self) -> u64 {
        self.clean
    }

    /// What was not scanned, by reason; reasons that did not occur are left out.
    pub fn skipped(&self) -> impl Iterator<Item = (Reason, &Skipped)> {
        Reason::ALL.into_iter().zip(&self.skipped).filter(|(_, s)| s.units > 0)
    }

    /// Whether something that was asked for was not read: because it could not be, or because the scan was interrupted.
    pub fn is_incomplete(&self) -> bool {
        self.interrupted || self.skipped.iter().any(|s| s.gaps > 0)
    }

    /// Whether the scan was interrupted before its end.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Notes that nothing was scanned, if that is so and nothing else says why the scan is incomplete. `asked`: what was
    /// to be scanned.
    pub(crate) fn note_if_empty(&mut self, asked: &[u8]) {
        if self.units + self.clean == 0 && !self.is_incomplete() {
            self.skip(Reason::NothingScanned, asked, true);
        }
    }

    /// Adds what another worker did.
    pub fn merge(&mut self, other: &Ledger) {
        self.units += other.units;
        self.bytes += other.bytes;
        self.clean += other.clean;
        self.interrupted |= other.interrupted;
        for (mine, theirs) in self.skipped.iter_mut().zip(&other.skipped) {
            mine.units += theirs.units;
            mine.gaps += theirs.gaps;
            for example in &theirs.examples {
                mine.add_example(example.clone());
            }
        }
    }

    /// Notes that the scan was interrupted.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Notes a unit that was scanned.
    pub fn scanned(&mut self, bytes: u64) {
        self.units += 1;
        self.bytes += bytes;
    }

    /// Notes a unit that is remembered to be clean.
    pub fn skip_clean(&mut self) {
        self.clean += 1;
    }

    /// Notes a unit that was not scanned (to its end). `asked`: the caller named it.
    pub fn skip(&mut self, why: impl Into<Unread>, path: &[u8], asked: bool) {
        let Unread { reason, cause } = why.into();
        let skipped = &mut self.skipped[reason as usize];
        skipped.units += 1;
        let gap = reason.is_gap(asked);
        skipped.gaps += u64::from(gap);
        let cause = cause.filter(|_| reason == Reason::ReadError).map_or(String::new(), |e| e.to_string());
        skipped.add_example(Example { no_gap: !gap, path: path.to_vec(), cause });
    }
}

/// Why something was not read, with the error where there was one.
#[derive(Debug)]
pub struct Unread {
    reason: Reason,
    cause: Option<io::Error>,
}

impl From<Reason> for Unread {
    fn from(reason: Reason) -> Unread {
        Unread { reason, cause: None }
    }
}

impl Unread {
    /// Why something was not read that the caller named (`asked`) or that was met in a walk.
    pub fn new(cause: io::Error, asked: bool) -> Unread {
        let reason = match cause.kind() {
            // What opening with O_NOFOLLOW says of a link, and opening a socket of a socket.
            #[cfg(unix)]
            _ if cause.raw_os_error() == Some(libc::ELOOP) && !asked => Reason::Symlink,
            #[cfg(unix)]
            _ if cause.raw_os_error() == Some(libc::ENXIO) => Reason::SpecialFile,
            io::ErrorKind::NotFound if asked => Reason::NotFound,
            io::ErrorKind::NotFound => Reason::Vanished,
            io::ErrorKind::PermissionDenied => Reason::Permission,
            _ => Reason::ReadError,
        };
        Unread { reason, cause: Some(cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_indexed_by_their_order_and_named_apart() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
            assert!(reason.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{reason}");
            assert_eq!(Reason::ALL.iter().filter(|r| r.name() == reason.name()).count(), 1);
        }
    }

    #[test]
    fn examples_do_not_depend_on_the_order_or_the_workers() {
        let paths: Vec<String> = (0..20).map(|i| format!("dir/{:02}", i * 7 % 20)).collect();
        let mut whole = Ledger::default();
        let mut parts = [Ledger::default(), Ledger::default(), Ledger::default()];
        for (i, path) in paths.iter().enumerate() {
            whole.skip(Reason::Symlink, path.as_bytes(), false);
            parts[i % 3].skip(Reason::Symlink, path.as_bytes(), false);
        }
        let mut merged = Ledger::default();
        for part in parts.iter().rev() {
            merged.merge(part);
        }
        for ledger in [&whole, &merged] {
            let (reason, skipped) = ledger.skipped().next().unwrap();
            assert_eq!((reason, skipped.units(), skipped.gaps()), (Reason::Symlink, 20, 0));
            let examples: Vec<&[u8]> = skipped.examples().map(Example::path).collect();
            assert_eq!(examples, [b"dir/00", b"dir/01", b"dir/02", b"dir/03", b"dir/04"]);
            assert_eq!(ledger.skipped().count(), 1);
        }
    }

    #[test]
    fn gaps_come_first() {
        let mut ledger = Ledger::default();
        for i in 0..9 {
            ledger.skip(Reason::SpecialFile, format!("dir/{i}").as_bytes(), false);
        }
        ledger.skip(Reason::SpecialFile, b"z", true);
        let (_, skipped) = ledger.skipped().next().unwrap();
        assert_eq!((skipped.units(), skipped.gaps()), (10, 1));
        assert_eq!(skipped.examples().map(|e| e.path()[0]).collect::<Vec<_>>(), *b"zdddd");
    }

    #[test]
    fn only_what_was_asked_for_and_not_read_is_a_gap() {
        for (reason, asked, gap) in [
            (Reason::Symlink, false, false),
            (Reason::SpecialFile, false, false),
            (Reason::SpecialFile, true, true),
            (Reason::Permission, false, true),
            (Reason::Permission, true, true),
            (Reason::NotFound, true, true),
            (Reason::Vanished, false, false),
            (Reason::ReadError, false, true),
            (Reason::TooLarge, true, false),
            (Reason::ChangedWhileRead, true, false),
            (Reason::GitObjects, false, false),
            (Reason::MissingObject, false, true),
            (Reason::ShallowHistory, true, true),
            (Reason::ShallowHistory, false, false),
            (Reason::Submodule, false, false),
            (Reason::LfsPointer, false, false),
            (Reason::BinaryPatch, false, false),
            (Reason::GitIgnored, false, false),
            (Reason::Excluded, true, false),
            (Reason::OwnOutput, false, false),
            (Reason::NothingScanned, true, true),
        ] {
            let mut ledger = Ledger::default();
            ledger.skip(reason, b"p", asked);
            assert_eq!(ledger.is_incomplete(), gap, "{reason} {asked}");
        }
    }
}
