//! What is searched.

use std::ops::Range;

/// A haystack, and which part of it is searched.
///
/// Most callers pass their bytes or text to a search as they are.
#[derive(Clone)]
pub struct Input<'h> {
    haystack: &'h [u8],
    range: Range<usize>,
    first_line: usize,
}

impl<'h> Input<'h> {
    /// The whole of `haystack`.
    pub fn new<H: ?Sized + AsRef<[u8]>>(haystack: &'h H) -> Input<'h> {
        let haystack = haystack.as_ref();
        Input { haystack, range: 0..haystack.len(), first_line: 1 }
    }

    /// Only what is recognised in this range of offsets: mostly what starts in it. The bytes around it are seen, so that
    /// a secret may end behind it and a context word stand before it; and adjacent ranges miss nothing of what the whole
    /// has. A secret in encoded text that lies over the border may be found by both, and so may two matches of which
    /// the better would have been kept.
    ///
    /// # Panics
    ///
    /// If the range is not within the haystack.
    pub fn range(self, range: Range<usize>) -> Input<'h> {
        assert!(
            range.start <= range.end && range.end <= self.haystack.len(),
            "the range is not within the haystack"
        );
        Input { range, ..self }
    }

    /// The number of the line that the haystack starts with, where it is a part of a longer text: positions are counted
    /// from it. 1 if not said.
    pub fn first_line(self, number: usize) -> Input<'h> {
        Input { first_line: number, ..self }
    }

    /// The haystack.
    pub fn haystack(&self) -> &'h [u8] {
        self.haystack
    }

    /// The range that is searched.
    pub fn get_range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The number of its first line.
    pub fn get_first_line(&self) -> usize {
        self.first_line
    }
}

impl<'h, H: ?Sized + AsRef<[u8]>> From<&'h H> for Input<'h> {
    fn from(haystack: &'h H) -> Input<'h> {
        Input::new(haystack)
    }
}

/// Does not show the haystack, which may hold secrets.
impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("len", &self.haystack.len()).field("range", &self.range).finish()
    }
}
