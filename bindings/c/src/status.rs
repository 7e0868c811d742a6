//! What functions return.

/// What became of a call. The numbers never change, and a retired one is not used again.
///
/// All but OK and END come with a message: see `scalr_detect_last_error`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// There is no further finding, or no further detail. Not an error.
    End = 1,
    /// The caller's array or buffer is too small. How much is needed was written to the count or length.
    BufferTooSmall = 2,
    /// A pointer is NULL that must not be.
    NullPointer = 10,
    /// A length is greater than any object in memory: mostly a negative number.
    InvalidLength = 11,
    /// A text is not UTF-8. Data that is searched need not be.
    InvalidUtf8 = 12,
    /// A text is none of those that the option takes.
    InvalidOption = 13,
    /// A detector is named that does not exist. The message has the nearest that does.
    UnknownDetector = 14,
    /// Detectors of one's own cannot be used. The message says where and why.
    InvalidCustom = 15,
    /// The iterator stands on no finding: call `scalr_detect_iter_next` first, and stop at END.
    NoFinding = 16,
    /// The redactor has been finished: make a new one.
    Finished = 17,
    /// A mistake in the library. The message says where; please report it. The process can go on.
    Panic = 90,
}
