//! The scanner, and searches whose results fill the caller's array.

use crate::boundary::{Failure, guard};
use crate::finding::Finding;
use crate::names::Names;
use crate::pointer;
use crate::status::Status;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// Finds secrets in bytes. Opaque; made by `scalr_detect_scanner_new` or `scalr_detect_builder_build`.
///
/// A scanner never changes: any number of threads may use one at the same time.
pub struct Scanner {
    pub(crate) scanner: engine::Scanner,
    /// Of the detectors it was built from.
    pub(crate) names: &'static Names,
}

/// Makes a scanner for everything in the catalogue: findings of confidence medium and up, decoders on. It costs nearly
/// nothing. `*scanner` then belongs to the caller, to be freed with `scalr_detect_scanner_free`.
///
/// # Safety
///
/// `scanner` is NULL or points at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_scanner_new(scanner: *mut *mut Scanner) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(scanner, ptr::null_mut(), "scanner") }?;
        let scanner = Scanner { scanner: engine::Scanner::new(), names: Names::builtin() };
        out.set(Arc::into_raw(Arc::new(scanner)).cast_mut());
        Ok(())
    })
}

/// Frees a scanner. Iterators, redactors, findings and detectors that came from it stay as they are. NULL is fine.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed yet, and no thread is in a call with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_scanner_free(scanner: *mut Scanner) {
    guard(|| {
        if !scanner.is_null() {
            // SAFETY: the caller promises it; it came from `Arc::into_raw`.
            drop(unsafe { Arc::from_raw(scanner) });
        }
        Ok(())
    });
}

/// Whether there is a secret in `data`: true or false to `*is_match`. Stops at the first.
///
/// Any number of threads may search with one scanner at the same time.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody writes to them meanwhile.
/// `is_match` is NULL or points at room for a bool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_is_match(
    scanner: *const Scanner,
    data: *const c_void,
    len: usize,
    is_match: *mut bool,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(is_match, false, "is_match") }?;
        // SAFETY: the caller promises it.
        let (scanner, data) = unsafe { (pointer::shared(scanner, "scanner")?, pointer::bytes(data, len)?) };
        out.set(scanner.scanner.is_match(data));
        Ok(())
    })
}

/// Finds the secrets in `data`: the first `capacity` of them are written to `findings`, by the offset at which they start, and
/// how many there are to `*count`.
///
/// BUFFER_TOO_SMALL if there are more than `capacity`: those that had room were written all the same. With a `capacity` of 0,
/// `findings` may be NULL. Where there may be any number, see `scalr_detect_iter_new`.
///
/// The array is the caller's, and need not be initialised. Nothing in it has to be freed, and nothing in it points at `data`.
/// Any number of threads may search with one scanner at the same time.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; nobody writes to them meanwhile.
/// `findings` points at room for `capacity` findings, or `capacity` is 0. `count` is NULL or points at room for a size_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_scan(
    scanner: *const Scanner,
    data: *const c_void,
    len: usize,
    findings: *mut Finding,
    capacity: usize,
    count: *mut usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(count, 0, "count") }?;
        // SAFETY: the caller promises it.
        let (scanner, data) = unsafe { (pointer::shared(scanner, "scanner")?, pointer::bytes(data, len)?) };
        if findings.is_null() && capacity > 0 {
            let message = "findings is NULL though capacity is not 0: pass an array";
            return Err(Failure::new(Status::NullPointer, message));
        }
        let mut count = 0;
        for finding in scanner.scanner.find_iter(data) {
            if count < capacity {
                let finding = Finding::new(&finding, scanner.names);
                // SAFETY: `findings` is not NULL, has room for `capacity`, as the caller promises, and `count` is less.
                unsafe { findings.add(count).write(finding) };
            }
            count += 1;
        }
        out.set(count);
        if count > capacity {
            let message = format!("there are {count} findings and room for {capacity}: pass a larger array");
            return Err(Failure::new(Status::BufferTooSmall, message));
        }
        Ok(())
    })
}
