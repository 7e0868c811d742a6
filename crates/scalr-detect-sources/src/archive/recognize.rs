//! What kind of archive something is, from its first bytes.

use super::compressed::Format;
use super::tar;

/// How many of the first bytes tell.
pub(crate) const HEAD: usize = 512;

/// What has other things in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// One compressed file.
    Compressed(Format),
    Tar,
    /// A Unix library, or a Debian package.
    Ar,
    Zip,
    SevenZip,
    Sqlite,
    Pdf,
    /// A format that cannot be read here.
    Unknown,
}

impl Kind {
    /// Whether it is better read in any order than as a stream.
    pub(crate) fn wants_random_access(self) -> bool {
        matches!(self, Kind::Zip | Kind::Sqlite)
    }
}

/// What the first [`HEAD`] bytes are the start of, if it is something with other things in it. Looks at one byte of
/// nearly everything else.
pub(crate) fn recognize(head: &[u8]) -> Option<Kind> {
    let starts = |with: &[u8]| head.starts_with(with);
    let kind = match head.first()? {
        0x1f if starts(b"\x1f\x8b\x08") => Kind::Compressed(Format::Gzip),
        // compress
        0x1f if starts(b"\x1f\x9d") => Kind::Unknown,
        0x28 if starts(b"\x28\xb5\x2f\xfd") => Kind::Compressed(Format::Zstd),
        // A frame to be skipped, before one that is not.
        0x50..=0x5f if head.get(1..4) == Some(b"\x2a\x4d\x18") => Kind::Compressed(Format::Zstd),
        0xfd if starts(b"\xfd7zXZ\0") => Kind::Compressed(Format::Xz),
        b'B' if starts(b"BZh") && is_bzip2(head) => Kind::Compressed(Format::Bzip2),
        b'P' if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || starts(b"PK\x07\x08PK") => Kind::Zip,
        b'7' if starts(b"7z\xbc\xaf\x27\x1c") => Kind::SevenZip,
        b'S' if starts(b"SQLite format 3\0") => Kind::Sqlite,
        b'%' if starts(b"%PDF-") => Kind::Pdf,
        b'!' if starts(b"!<arch>\n") => Kind::Ar,
        // lzip, lz4, RAR, cabinets
        b'L' if starts(b"LZIP\x01") => Kind::Unknown,
        0x04 if starts(b"\x04\x22\x4d\x18") => Kind::Unknown,
        b'R' if starts(b"Rar!\x1a\x07") => Kind::Unknown,
        b'M' if starts(b"MSCF\0\0\0\0") => Kind::Unknown,
        _ if tar::is_header(head) => Kind::Tar,
        _ => return None,
    };
    Some(kind)
}

/// Behind the level there is a block, or the end.
fn is_bzip2(head: &[u8]) -> bool {
    matches!(head.get(3), Some(b'1'..=b'9'))
        && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17\x72\x45\x38\x50\x90"))
}
