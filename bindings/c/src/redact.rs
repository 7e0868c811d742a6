//! Redaction: of bytes at hand, and of streams.

use crate::boundary::{Failure, guard};
use crate::pointer;
use crate::scanner::Scanner;
use crate::status::Status;
use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::mem::ManuallyDrop;
use std::ptr;

/// Bytes that the library allocated and the caller frees, with `scalr_detect_buffer_free`. They are not ended by a NUL byte.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    /// The bytes. Never NULL if the call returned OK; NULL otherwise.
    pub data: *mut c_char,
    /// How many.
    pub len: usize,
    /// How many were allocated. Leave it as it is.
    pub capacity: usize,
}

impl Buffer {
    const EMPTY: Buffer = Buffer { data: ptr::null_mut(), len: 0, capacity: 0 };

    fn new(bytes: Vec<u8>) -> Buffer {
        let mut bytes = ManuallyDrop::new(bytes);
        Buffer { data: bytes.as_mut_ptr().cast(), len: bytes.len(), capacity: bytes.capacity() }
    }
}

/// Frees the bytes of a buffer and empties it, so that to free it again does nothing. NULL and a buffer of zeros are fine.
///
/// # Safety
///
/// `buffer` is NULL, or points at a buffer of zeros or one that the library filled, of which there is no copy that has been
/// freed. Nobody else uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_buffer_free(buffer: *mut Buffer) {
    guard(|| {
        // SAFETY: the caller promises it.
        let Some(buffer) = (unsafe { buffer.as_mut() }) else { return Ok(()) };
        let Buffer { data, len, capacity } = std::mem::replace(buffer, Buffer::EMPTY);
        if !data.is_null() {
            // SAFETY: the caller promises that these are as `Buffer::new` took them from a vector.
            drop(unsafe { Vec::from_raw_parts(data.cast::<u8>(), len, capacity) });
        }
        Ok(())
    });
}

/// A copy of `data` with a stable placeholder, `[detector-id:fingerprint]`, in the place of each secret, to `*redacted`. No
/// secret is found in the result.
///
/// The buffer then belongs to the caller, to be freed with `scalr_detect_buffer_free`. What was in it before is not read or
/// freed. Where most of the data has no secret in it, `scalr_detect_is_match` tells so without a copy. Any number of threads
/// may redact with one scanner at the same time.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody writes to them meanwhile.
/// `redacted` is NULL or points at room for a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_redact(
    scanner: *const Scanner,
    data: *const c_void,
    len: usize,
    redacted: *mut Buffer,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(redacted, Buffer::EMPTY, "redacted") }?;
        // SAFETY: the caller promises it.
        let (scanner, data) = unsafe { (pointer::shared(scanner, "scanner")?, pointer::bytes(data, len)?) };
        out.set(Buffer::new(scanner.scanner.redact(data).into_owned()));
        Ok(())
    })
}

/// As `scalr_detect_redact`, but into the caller's buffer `out` of `capacity` bytes, which may be `data` itself. How long the
/// result is goes to `*out_len`. It is not ended by a NUL byte.
///
/// BUFFER_TOO_SMALL if it is longer than `capacity`: then nothing was written to `out`. It is seldom longer than the data, but
/// a placeholder may be longer than a short secret. With a `capacity` of 0, `out` may be NULL.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody else writes to them
/// meanwhile. `out` points at `capacity` bytes, or `capacity` is 0. `out_len` is NULL or points at room for a size_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_redact_into(
    scanner: *const Scanner,
    data: *const c_void,
    len: usize,
    out: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out_len = unsafe { pointer::out(out_len, 0, "out_len") }?;
        if out.is_null() && capacity > 0 {
            let message = "out is NULL though capacity is not 0: pass a buffer";
            return Err(Failure::new(Status::NullPointer, message));
        }
        // SAFETY: the caller promises it.
        let (scanner, bytes) = unsafe { (pointer::shared(scanner, "scanner")?, pointer::bytes(data, len)?) };
        let (from, length, _owned) = match scanner.scanner.redact(bytes) {
            // From the pointer that was passed, as `out` may be the same.
            Cow::Borrowed(same) => (data.cast::<u8>(), same.len(), None),
            Cow::Owned(redacted) => (redacted.as_ptr(), redacted.len(), Some(redacted)),
        };
        out_len.set(length);
        if length > capacity {
            let message =
                format!("it needs {length} bytes and there is room for {capacity}: pass a larger buffer");
            return Err(Failure::new(Status::BufferTooSmall, message));
        }
        if length > 0 {
            // SAFETY: `length` bytes are there to be read, from the data or from what was made of it; `out` is not NULL, as
            // `capacity` is not 0, and has room for `capacity` bytes, as the caller promises. They may overlap. `bytes` is not
            // used any more.
            unsafe { ptr::copy(from, out.cast::<u8>(), length) };
        }
        Ok(())
    })
}

/// Redacts a stream as it passes: bytes in, bytes out that are safe to show. Opaque; made by `scalr_detect_redactor_new`.
///
/// What comes out is what `scalr_detect_redact` makes of the whole. A byte is held back only as long as it may still belong
/// to a secret: the last word of what was pushed, or a private key that has begun and not ended. Memory is bounded.
///
/// One thread at a time may use it; which one does not matter.
pub struct Redactor {
    /// `None` when it is finished, and after a panic.
    redactor: Option<engine::Redactor>,
}

impl Redactor {
    /// Takes it out, so that a panic finishes it.
    fn take(&mut self) -> Result<engine::Redactor, Failure> {
        self.redactor.take().ok_or_else(|| {
            let message = "the redactor has been finished: make a new one for another stream";
            Failure::new(Status::Finished, message)
        })
    }
}

/// Starts to redact a stream. `*redactor` then belongs to the caller, to be freed with `scalr_detect_redactor_free`. The scanner
/// may be freed before it.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed. `redactor` is NULL or points at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_redactor_new(
    scanner: *const Scanner,
    redactor: *mut *mut Redactor,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(redactor, ptr::null_mut(), "redactor") }?;
        // SAFETY: the caller promises it.
        let scanner = unsafe { pointer::shared(scanner, "scanner") }?;
        out.set(Box::into_raw(Box::new(Redactor { redactor: Some(scanner.scanner.redactor()) })));
        Ok(())
    })
}

/// Frees a redactor. What it held back, because it was not finished, is lost. NULL is fine.
///
/// # Safety
///
/// `redactor` is NULL or one that was not freed yet and that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_redactor_free(redactor: *mut Redactor) {
    guard(|| {
        if !redactor.is_null() {
            // SAFETY: the caller promises it; it came from `Box::into_raw`.
            drop(unsafe { Box::from_raw(redactor) });
        }
        Ok(())
    });
}

/// Takes the next bytes of the stream, and writes those that are safe now, redacted, to `*redacted`: often fewer, or none.
/// FINISHED if the stream has ended.
///
/// The buffer then belongs to the caller, to be freed with `scalr_detect_buffer_free`. What was in it before is not read or
/// freed.
///
/// # Safety
///
/// `redactor` is NULL or one that nobody else uses now. `data` points at `len` bytes, or `len` is 0; nobody writes to them
/// meanwhile. `redacted` is NULL or points at room for a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_redactor_push(
    redactor: *mut Redactor,
    data: *const c_void,
    len: usize,
    redacted: *mut Buffer,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(redacted, Buffer::EMPTY, "redacted") }?;
        // SAFETY: the caller promises it.
        let (handle, data) =
            unsafe { (pointer::exclusive(redactor, "redactor")?, pointer::bytes(data, len)?) };
        let mut redactor = handle.take()?;
        out.set(Buffer::new(redactor.push(data)));
        handle.redactor = Some(redactor);
        Ok(())
    })
}

/// Ends the stream, and writes what was held back, redacted, to `*redacted`. FINISHED if it has ended before. The redactor is
/// still to be freed.
///
/// The buffer then belongs to the caller, to be freed with `scalr_detect_buffer_free`. What was in it before is not read or
/// freed.
///
/// # Safety
///
/// `redactor` is NULL or one that nobody else uses now. `redacted` is NULL or points at room for a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_redactor_finish(
    redactor: *mut Redactor,
    redacted: *mut Buffer,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(redacted, Buffer::EMPTY, "redacted") }?;
        // SAFETY: the caller promises it.
        let redactor = unsafe { pointer::exclusive(redactor, "redactor") }?.take()?;
        out.set(Buffer::new(redactor.finish()));
        Ok(())
    })
}
