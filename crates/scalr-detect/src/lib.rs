//! Finds leaked credentials in bytes. (API outline; bodies follow.)
#![forbid(unsafe_code)]
#![allow(missing_docs, unused_variables, clippy::todo, reason = "outline")]

use std::borrow::Cow;
use std::io;
use std::ops::{ControlFlow, Range};

pub use scalr_detect_catalog::{Confidence, Detector, Kind, Severity};
pub use scalr_detect_check::Details;

/// Finds secrets. Immutable, `Send + Sync`, cheap to create; `Scanner::new()` is const.
#[derive(Clone, Debug)]
pub struct Scanner {}
#[derive(Clone, Debug, Default)]
pub struct ScannerBuilder {}
/// A detector id that the catalogue does not have. Display: `unknown detector "githb-pat": did you mean "github-…"?`
#[derive(Debug)]
pub struct BuildError {}
impl std::fmt::Display for BuildError { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { todo!() } }
impl std::error::Error for BuildError {}

impl ScannerBuilder {
    /// Only these detector ids (a trailing `*` matches any ending: `github-*`).
    pub fn only<S: Into<String>>(self, ids: impl IntoIterator<Item = S>) -> Self { todo!() }
    /// All but these detector ids.
    pub fn except<S: Into<String>>(self, ids: impl IntoIterator<Item = S>) -> Self { todo!() }
    /// Default: Medium.
    pub fn min_confidence(self, least: Confidence) -> Self { todo!() }
    /// Whether encoded text is decoded and searched too. Default: true.
    pub fn decoders(self, on: bool) -> Self { todo!() }
    pub fn build(self) -> Result<Scanner, BuildError> { todo!() }
}
impl Scanner {
    pub const fn new() -> Scanner { Scanner {} }
    pub fn builder() -> ScannerBuilder { todo!() }
    pub fn is_match<'h>(&self, input: impl Into<Input<'h>>) -> bool { todo!() }
    /// Findings by start offset.
    pub fn find_iter<'s, 'h>(&'s self, input: impl Into<Input<'h>>) -> FindIter<'s, 'h> { todo!() }
    pub fn redact<'h>(&self, input: impl Into<Input<'h>>) -> Cow<'h, [u8]> { todo!() }
    /// O(window) memory. Spans are offsets in the whole stream; positions too.
    pub fn scan_reader<R: io::Read>(&self, reader: R, found: impl FnMut(Finding<'_, '_>) -> ControlFlow<()>) -> io::Result<()> { todo!() }
    pub fn redactor(&self) -> Redactor { todo!() }
}
#[derive(Clone, Copy, Debug)]
pub struct Input<'h> { haystack: &'h [u8] }
impl<'h> Input<'h> {
    pub fn new<H: ?Sized + AsRef<[u8]>>(haystack: &'h H) -> Input<'h> { todo!() }
    pub fn range(self, range: Range<usize>) -> Self { todo!() }
}
impl<'h, H: ?Sized + AsRef<[u8]>> From<&'h H> for Input<'h> { fn from(h: &'h H) -> Self { Input::new(h) } }
#[derive(Debug)]
pub struct FindIter<'s, 'h>(std::marker::PhantomData<(&'s (), &'h ())>);
impl<'s, 'h> Iterator for FindIter<'s, 'h> { type Item = Finding<'s, 'h>; fn next(&mut self) -> Option<Self::Item> { todo!() } }

/// A secret that was found. `Debug` and `Display` never show the secret.
pub struct Finding<'s, 'h>(std::marker::PhantomData<(&'s (), &'h ())>);
impl std::fmt::Debug for Finding<'_, '_> { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { todo!() } }
impl<'s, 'h> Finding<'s, 'h> {
    pub fn detector(&self) -> &'s Detector { todo!() }
    /// The whole match, byte offsets in the haystack (of the encoded text where it was decoded).
    pub fn span(&self) -> Range<usize> { todo!() }
    /// The secret itself, byte offsets in the haystack (of the encoded text where it was decoded).
    pub fn secret_span(&self) -> Range<usize> { todo!() }
    /// The secret, decoded. Handle with care.
    pub fn secret(&self) -> &[u8] { todo!() }
    /// The secret with all but a few characters hidden; `Display`.
    pub fn masked(&self) -> Masked<'_> { todo!() }
    pub fn confidence(&self) -> Confidence { todo!() }
    /// Why it is believed, or why it is doubted: one clause, e.g. `its checksum holds`.
    pub fn reason(&self) -> &'static str { todo!() }
    /// Names of the decoders, outermost first: "base64", "hex", "percent", "escape", "utf16".
    pub fn decoded_by(&self) -> &[Decoder] { todo!() }
    pub fn fingerprint(&self) -> Fingerprint { todo!() }
    /// Where the secret starts (1-based line and column, column in bytes). Counts newlines from the last position asked of the same haystack on: cheap in order.
    pub fn position(&self) -> Position { todo!() }
    /// Where the secret ends (exclusive).
    pub fn end_position(&self) -> Position { todo!() }
    pub fn details(&self) -> Details { todo!() }
    /// The bytes of the line(s) around, of which at most `before`/`after` bytes, with every known secret of this finding still in it: for reports.
    pub fn surroundings(&self, before: usize, after: usize) -> (&'h [u8], &'h [u8]) { todo!() }
}
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a>(&'a [u8]);
impl std::fmt::Display for Masked<'_> { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { todo!() } }
/// 32 lower-case hex digits when displayed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);
impl std::fmt::Display for Fingerprint { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { todo!() } }
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position { pub line: usize, pub column: usize }
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decoder { Base64, Hex, Percent, Escape, Utf16 }
impl Decoder { pub const fn name(self) -> &'static str { todo!() } }
#[derive(Debug)]
pub struct Redactor {}
impl Redactor {
    /// Returns bytes that are safe to emit.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> { todo!() }
    pub fn finish(self) -> Vec<u8> { todo!() }
}
/// The kinds of secret the library knows.
#[derive(Clone, Copy, Debug)]
pub struct Catalog {}
impl Catalog {
    pub fn builtin() -> Catalog { todo!() }
    pub fn get(&self, id: &str) -> Option<&'static Detector> { todo!() }
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static Detector> + use<> { [].iter() }
    /// The id nearest to a misspelt one.
    pub fn nearest(&self, id: &str) -> Option<&'static str> { todo!() }
}
