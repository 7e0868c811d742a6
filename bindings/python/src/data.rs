//! What is searched: text, bytes, or whatever else lends its memory.
//!
//! `str` and `bytes` cannot change, so they are searched where they are, without the interpreter. So is memory that is lent
//! read-only (a `memoryview` of `bytes`, a file mapped for reading, a numpy array that is not writeable), as there is no way
//! to know of another writer, such as the owner of the array or another process with the file: the documentation asks that
//! there be none during a call. Only of a `memoryview` can its owner be asked, and is. Memory that is lent for writing
//! (`bytearray`, most numpy arrays) may change under another thread's hands at any time, and Rust must not look at such
//! bytes through a reference: they are copied first, a window at a time, and the copy is searched. A buffer that is lent
//! cannot be resized or freed, so the copying itself reads what is there.

use crate::finding::Finding;
use crate::work;
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyBufferError, PyTypeError, PyUnicodeEncodeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};
use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// How much of changing memory is copied at a time.
const STEP: usize = 256 << 10;

/// What was passed.
pub(crate) enum Data<'a, 'py> {
    /// As UTF-8, and whether every character is one byte of it.
    Text(&'a [u8], bool),
    /// Text with lone surrogates, encoded as if they were characters.
    Surrogates(Bound<'py, PyBytes>),
    Bytes(&'a [u8]),
    Lent(Lent),
}

impl<'a, 'py> Data<'a, 'py> {
    pub(crate) fn of(object: &'a Bound<'py, PyAny>) -> PyResult<Data<'a, 'py>> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Data::Bytes(bytes.as_bytes()));
        }
        if let Ok(text) = object.cast::<PyString>() {
            return match text.to_str() {
                Ok(utf8) => Ok(Data::Text(utf8.as_bytes(), utf8.len() == text.len()?)),
                // Such as a file's name that is not text in this locale: no reason to fail.
                Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(object.py()) => {
                    let encoded =
                        text.call_method1(intern!(object.py(), "encode"), ("utf-8", "surrogatepass"))?;
                    Ok(Data::Surrogates(encoded.cast_into()?))
                }
                Err(error) => Err(error),
            };
        }
        Lent::of(object).map(Data::Lent)
    }

    pub(crate) fn is_match(&self, py: Python<'_>, scanner: &scalr_detect::Scanner) -> PyResult<bool> {
        match self.bytes() {
            Bytes::Fixed(bytes) => work(py, bytes.len(), || scanner.is_match(bytes)),
            Bytes::Changing(lent) if lent.len() <= STEP => {
                work(py, lent.len(), || scanner.is_match(&lent.copied()))
            }
            Bytes::Changing(lent) => {
                let mut found = false;
                let searched = work(py, lent.len(), || {
                    scanner.scan_reader(lent.reader(), |_| {
                        found = true;
                        ControlFlow::Break(())
                    })
                })?;
                searched?;
                Ok(found)
            }
        }
    }

    pub(crate) fn scan(&self, py: Python<'_>, scanner: &scalr_detect::Scanner) -> PyResult<Vec<Finding>> {
        let in_characters = self.in_characters();
        match self.bytes() {
            Bytes::Fixed(bytes) => work(py, bytes.len(), || {
                let mut findings = Vec::new();
                each_finding(scanner, bytes, in_characters, |found| findings.push(found));
                findings
            }),
            Bytes::Changing(lent) if lent.len() <= STEP => work(py, lent.len(), || {
                let mut findings = Vec::new();
                each_finding(scanner, &lent.copied(), false, |found| findings.push(found));
                findings
            }),
            Bytes::Changing(lent) => Ok(work(py, lent.len(), || scan_reader(scanner, lent.reader()))??),
        }
    }

    /// Redacted, as what was passed.
    pub(crate) fn redact(
        &self,
        object: &Bound<'py, PyAny>,
        scanner: &scalr_detect::Scanner,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        let bytes = self.bytes();
        let redacted = work(py, bytes.len(), || match bytes {
            Bytes::Fixed(bytes) => scanner.redact(bytes),
            Bytes::Changing(lent) if lent.len() <= STEP => {
                Cow::Owned(scanner.redact(&lent.copied()).into_owned())
            }
            Bytes::Changing(_) => {
                let mut redactor = scanner.redactor();
                let mut out = bytes.push_to(&mut redactor);
                out.extend(redactor.finish());
                Cow::Owned(out)
            }
        })?;
        // What has no secret in it and cannot change is given back as it came, unless it is of a subclass.
        let is_unchanged = matches!(redacted, Cow::Borrowed(_));
        let is_exact = match self {
            Data::Bytes(_) => object.is_exact_instance_of::<PyBytes>(),
            Data::Lent(_) => false,
            _ => object.is_exact_instance_of::<PyString>(),
        };
        if is_unchanged && is_exact { Ok(object.clone()) } else { self.as_passed(object, &redacted) }
    }

    /// Other bytes, of the type of what was passed.
    pub(crate) fn as_passed(&self, object: &Bound<'py, PyAny>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let py = object.py();
        match self {
            Data::Bytes(_) => Ok(PyBytes::new(py, bytes).into_any()),
            Data::Lent(_) => lent_back(object, bytes),
            _ => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(PyString::new(py, text).into_any()),
                Err(_) => {
                    PyBytes::new(py, bytes).call_method1(intern!(py, "decode"), ("utf-8", "surrogatepass"))
                }
            },
        }
    }

    /// Whether it is text in which not every character is one byte.
    pub(crate) fn in_characters(&self) -> bool {
        matches!(self, Data::Text(_, false) | Data::Surrogates(_))
    }

    /// The bytes, for what needs no interpreter.
    pub(crate) fn bytes(&self) -> Bytes<'_> {
        match self {
            Data::Text(bytes, _) | Data::Bytes(bytes) => Bytes::Fixed(bytes),
            Data::Surrogates(bytes) => Bytes::Fixed(bytes.as_bytes()),
            Data::Lent(lent) if lent.writable => Bytes::Changing(lent),
            Data::Lent(lent) => Bytes::Fixed(lent.fixed()),
        }
    }
}

/// The bytes of what was passed.
#[derive(Clone, Copy)]
pub(crate) enum Bytes<'l> {
    Fixed(&'l [u8]),
    Changing(&'l Lent),
}

impl Bytes<'_> {
    fn len(self) -> usize {
        match self {
            Bytes::Fixed(bytes) => bytes.len(),
            Bytes::Changing(lent) => lent.len(),
        }
    }

    /// A copy.
    pub(crate) fn to_vec(self) -> Vec<u8> {
        match self {
            Bytes::Fixed(bytes) => bytes.to_vec(),
            Bytes::Changing(lent) => lent.copied(),
        }
    }

    /// Pushes all of it.
    pub(crate) fn push_to(self, redactor: &mut scalr_detect::Redactor) -> Vec<u8> {
        match self {
            Bytes::Fixed(bytes) => redactor.push(bytes),
            Bytes::Changing(lent) => {
                let mut out = Vec::with_capacity(lent.len());
                let mut step = vec![0; STEP.min(lent.len())];
                let mut reader = lent.reader();
                while let Ok(read @ 1..) = reader.read(&mut step) {
                    out.extend(redactor.push(&step[..read]));
                }
                out
            }
        }
    }
}

/// What is redacted of memory that was lent: of the same type where a type can be made from bytes, or else bytes.
fn lent_back<'py>(object: &Bound<'py, PyAny>, redacted: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if object.is_instance_of::<PyByteArray>() {
        return Ok(PyByteArray::new(py, redacted).into_any());
    }
    let bytes = PyBytes::new(py, redacted).into_any();
    if object.is_instance_of::<PyMemoryView>() {
        return Ok(PyMemoryView::from(&bytes)?.into_any());
    }
    Ok(bytes)
}

/// The findings of a stream.
pub(crate) fn scan_reader(scanner: &scalr_detect::Scanner, reader: impl Read) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    scanner.scan_reader(reader, |found| {
        findings.push(Finding::new(&found));
        ControlFlow::Continue(())
    })?;
    Ok(findings)
}

/// Calls `each` for every finding of bytes that do not change, with offsets and columns in bytes, or in the characters of
/// UTF-8.
pub(crate) fn each_finding(
    scanner: &scalr_detect::Scanner,
    haystack: &[u8],
    in_characters: bool,
    mut each: impl FnMut(Finding),
) {
    let mut characters = Characters { utf8: haystack, at: 0, count: 0 };
    for found in scanner.find_iter(haystack) {
        let mut finding = Finding::new(&found);
        if in_characters {
            let line = finding.start + 1 - finding.column;
            finding.column = 1 + count(&haystack[line..finding.start]);
            for offset in
                [&mut finding.start, &mut finding.end, &mut finding.match_end, &mut finding.match_start]
            {
                *offset = characters.before(*offset);
            }
        }
        each(finding);
    }
}

/// Counts characters, going on from the last place that was asked for.
struct Characters<'h> {
    utf8: &'h [u8],
    at: usize,
    count: usize,
}

impl Characters<'_> {
    /// How many characters are before this offset.
    fn before(&mut self, offset: usize) -> usize {
        if offset >= self.at {
            self.count += count(&self.utf8[self.at..offset]);
        } else {
            self.count -= count(&self.utf8[offset..self.at]);
        }
        self.at = offset;
        self.count
    }
}

/// How many characters start in this part of a text in UTF-8.
pub(crate) fn count(utf8: &[u8]) -> usize {
    // In blocks whose count fits a byte, so that the compiler uses wide vectors.
    let starts = |block: &[u8]| -> u8 { block.iter().map(|byte| u8::from((*byte as i8) >= -0x40)).sum() };
    utf8.chunks(255).map(|block| usize::from(starts(block))).sum()
}

/// Memory that an object lends.
pub(crate) struct Lent {
    bytes: NonNull<[u8]>,
    pub(crate) writable: bool,
    /// Keeps the memory where it is.
    _buffer: PyUntypedBuffer,
}

// SAFETY: the memory stays as long as the buffer is held, whichever thread looks at it, and it is only read.
unsafe impl Send for Lent {}
// SAFETY: as for Send; nothing changes in a `Lent`.
unsafe impl Sync for Lent {}

impl Lent {
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Lent> {
        let buffer = PyUntypedBuffer::get(object).map_err(|error| {
            if error.is_instance_of::<PyTypeError>(object.py()) {
                let name = object.get_type().name().map_or_else(|_| "it".into(), |name| name.to_string());
                PyTypeError::new_err(format!(
                    "str, bytes or another object with the buffer protocol is needed, not {name}"
                ))
            } else {
                error
            }
        })?;
        if buffer.item_size() != 1 || buffer.dimensions() > 1 {
            return Err(PyTypeError::new_err(
                "a buffer of single bytes in one dimension is needed, as offsets count them: \
                 pass memoryview(data).cast('B'), or data.view('uint8').ravel() of a numpy array",
            ));
        }
        if !buffer.is_c_contiguous() {
            return Err(PyBufferError::new_err("the buffer has gaps: pass bytes(data), which is a copy"));
        }
        let start = NonNull::new(buffer.buf_ptr().cast::<u8>()).unwrap_or(NonNull::dangling());
        let bytes = NonNull::slice_from_raw_parts(start, buffer.len_bytes());
        let writable = !buffer.readonly() || is_view_of_writable(object)?;
        Ok(Lent { bytes, writable, _buffer: buffer })
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The memory, if it is lent for reading.
    fn fixed(&self) -> &[u8] {
        assert!(!self.writable, "changing memory is copied");
        // SAFETY: it is contiguous memory of this length that the exporter keeps in place while the buffer is held, which
        // `self` does. It is lent read-only; see the head of the module.
        unsafe { self.bytes.as_ref() }
    }

    /// A copy of memory that may change.
    fn copied(&self) -> Vec<u8> {
        let mut to = vec![0; self.len()];
        copy(&self.bytes, 0..self.len(), &mut to);
        to
    }

    fn reader(&self) -> Shared<'_> {
        Shared { lent: self, at: 0 }
    }
}

/// Whether it is a read-only view of what its owner lends for writing.
fn is_view_of_writable(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !object.is_instance_of::<PyMemoryView>() {
        return Ok(false);
    }
    let owner = object.getattr(intern!(object.py(), "obj"))?;
    if owner.is_none() || owner.is_instance_of::<PyBytes>() {
        return Ok(false);
    }
    Ok(!PyUntypedBuffer::get(&owner)?.readonly())
}

/// Reads memory that others may write to meanwhile.
struct Shared<'l> {
    lent: &'l Lent,
    at: usize,
}

impl Read for Shared<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let len = to.len().min(self.lent.len() - self.at);
        copy(&self.lent.bytes, self.at..self.at + len, &mut to[..len]);
        self.at += len;
        Ok(len)
    }
}

/// Copies memory that others may write to meanwhile: by atomic loads, so that the compiler does not take it for still.
fn copy(from: &NonNull<[u8]>, range: Range<usize>, to: &mut [u8]) {
    assert!(range.end <= from.len() && range.len() == to.len(), "a range within");
    // SAFETY: the range is within memory that is there as long as its `Lent`, whom the caller borrows.
    let from = unsafe { from.cast::<u8>().add(range.start) };
    let byte = |at: usize| {
        // SAFETY: `at` is below the length. A byte has no alignment, and an atomic one is laid out like it.
        unsafe { AtomicU8::from_ptr(from.add(at).as_ptr()) }.load(Ordering::Relaxed)
    };
    let head = from.align_offset(align_of::<AtomicU64>()).min(to.len());
    let (first, rest) = to.split_at_mut(head);
    let (words, last) = rest.as_chunks_mut::<8>();
    for (at, to) in first.iter_mut().enumerate() {
        *to = byte(at);
    }
    for (index, to) in words.iter_mut().enumerate() {
        // SAFETY: the eight bytes from here on are within the range, and `head` made the address a multiple of eight.
        let word = unsafe { AtomicU64::from_ptr(from.add(head + 8 * index).as_ptr().cast()) };
        *to = word.load(Ordering::Relaxed).to_ne_bytes();
    }
    let tail = head + 8 * words.len();
    for (at, to) in last.iter_mut().enumerate() {
        *to = byte(tail + at);
    }
}
