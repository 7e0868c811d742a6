//! Findings one by one, with what is not a plain value: the secret, and details of it.

use crate::boundary::{Failure, guard};
use crate::finding::Finding;
use crate::names::ended;
use crate::pointer;
use crate::scanner::Scanner;
use crate::status::Status;
use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// The findings in some data, one by one. Opaque; made by `scalr_detect_iter_new`.
///
/// One thread at a time may use it; which one does not matter.
pub struct Iter {
    // What borrows comes before what it borrows from, so that it is dropped first.
    current: Option<Current>,
    /// `None` after the last finding, and after a panic.
    findings: Option<engine::FindIter<'static, 'static>>,
    scanner: Arc<Scanner>,
}

/// The finding that an iterator stands on, and texts made from it.
struct Current {
    finding: engine::Finding<'static, 'static>,
    masked: Option<CString>,
    details: Option<Vec<(CString, CString)>>,
}

impl Iter {
    fn current(&mut self) -> Result<&mut Current, Failure> {
        self.current.as_mut().ok_or_else(|| {
            let message = "the iterator stands on no finding: call scalr_detect_iter_next first";
            Failure::new(Status::NoFinding, message)
        })
    }
}

/// Starts to find the secrets in `data`. `*iter` then belongs to the caller, to be freed with `scalr_detect_iter_free`. The
/// scanner may be freed before it; the data must stay as it is until then.
///
/// # Safety
///
/// `scanner` is NULL or one that was not freed. `data` points at `len` bytes, or `len` is 0; they are there, and nobody writes
/// to them, until the iterator is freed. `iter` is NULL or points at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_iter_new(
    scanner: *const Scanner,
    data: *const c_void,
    len: usize,
    iter: *mut *mut Iter,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(iter, ptr::null_mut(), "iter") }?;
        // SAFETY: the caller promises it, and that the data is there as long as the iterator, which is as long as what borrows
        // from it.
        let data: &'static [u8] = unsafe { pointer::bytes(data, len) }?;
        // SAFETY: the caller promises it.
        unsafe { pointer::shared(scanner, "scanner") }?;
        // SAFETY: it came from `Arc::into_raw` and was not freed.
        unsafe { Arc::increment_strong_count(scanner) };
        // SAFETY: as above; the count that this one will give back was just added.
        let scanner = unsafe { Arc::from_raw(scanner) };
        // SAFETY: what is in an `Arc` does not move and is never changed, and the iterator keeps it until what borrows from it
        // has been dropped.
        let borrowed: &'static engine::Scanner = unsafe { &*ptr::from_ref(&scanner.scanner) };
        let findings = Some(borrowed.find_iter(data));
        out.set(Box::into_raw(Box::new(Iter { current: None, findings, scanner })));
        Ok(())
    })
}

/// Frees an iterator and the texts that came from it. NULL is fine.
///
/// # Safety
///
/// `iter` is NULL or one that was not freed yet and that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_iter_free(iter: *mut Iter) {
    guard(|| {
        if !iter.is_null() {
            // SAFETY: the caller promises it; it came from `Box::into_raw`.
            drop(unsafe { Box::from_raw(iter) });
        }
        Ok(())
    });
}

/// Goes on to the next finding, by the offset at which they start, and writes it to `*finding`. END, and nothing written, if
/// there is none any more; then the iterator stands on no finding.
///
/// # Safety
///
/// `iter` is NULL or one that nobody else uses now. `finding` is NULL or points at room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_iter_next(iter: *mut Iter, finding: *mut Finding) -> Status {
    guard(|| {
        if finding.is_null() {
            let message = "finding is NULL: pass a pointer to one";
            return Err(Failure::new(Status::NullPointer, message));
        }
        // SAFETY: the caller promises it.
        let iter = unsafe { pointer::exclusive(iter, "iter") }?;
        iter.current = None;
        // Taken out meanwhile, so that a panic ends the iterator.
        let mut findings = iter.findings.take().ok_or(Failure::END)?;
        let next = findings.next().ok_or(Failure::END)?;
        // SAFETY: not NULL; that there is room, the caller promises.
        unsafe { finding.write(Finding::new(&next, iter.scanner.names)) };
        iter.current = Some(Current { finding: next, masked: None, details: None });
        iter.findings = Some(findings);
        Ok(())
    })
}

/// The secret of the finding that the iterator stands on, decoded: where to `*secret`, how many bytes to `*len`. Handle it with
/// care: nothing else shows it. It is not ended by a NUL byte, and may have any bytes in it.
///
/// It belongs to the library or is a part of the data, and is valid until the next call of `scalr_detect_iter_next` or
/// `scalr_detect_iter_free` with this iterator.
///
/// # Safety
///
/// `iter` is NULL or one that nobody else uses now. `secret` and `len` are NULL or point at room for a pointer and a size_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_iter_secret(
    iter: *mut Iter,
    secret: *mut *const c_char,
    len: *mut usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { (pointer::out(secret, ptr::null(), "secret")?, pointer::out(len, 0, "len")?) };
        // SAFETY: the caller promises it.
        let secret = unsafe { pointer::exclusive(iter, "iter") }?.current()?.finding.secret();
        out.0.set(secret.as_ptr().cast());
        out.1.set(secret.len());
        Ok(())
    })
}

/// The secret of the finding that the iterator stands on with all but its first and last few characters hidden, to be shown.
///
/// The text is UTF-8, belongs to the library, and is valid until the next call of `scalr_detect_iter_next` or
/// `scalr_detect_iter_free` with this iterator.
///
/// # Safety
///
/// `iter` is NULL or one that nobody else uses now. `masked` is NULL or points at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_iter_masked(iter: *mut Iter, masked: *mut *const c_char) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(masked, ptr::null(), "masked") }?;
        // SAFETY: the caller promises it.
        let current = unsafe { pointer::exclusive(iter, "iter") }?.current()?;
        let finding = &current.finding;
        out.set(current.masked.get_or_insert_with(|| ended(&finding.masked().to_string())).as_ptr());
        Ok(())
    })
}

/// A fact that can be read from the secret and its surroundings, such as the id of a token or its host: by index from 0 up,
/// its name to `*name` and its value to `*value`. END, and NULL to both, if there are not so many. The secret is not among them.
///
/// The texts are UTF-8, belong to the library, and are valid until the next call of `scalr_detect_iter_next` or
/// `scalr_detect_iter_free` with this iterator.
///
/// # Safety
///
/// `iter` is NULL or one that nobody else uses now. `name` and `value` are NULL or point at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_iter_detail(
    iter: *mut Iter,
    index: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out =
            unsafe { (pointer::out(name, ptr::null(), "name")?, pointer::out(value, ptr::null(), "value")?) };
        // SAFETY: the caller promises it.
        let current = unsafe { pointer::exclusive(iter, "iter") }?.current()?;
        let finding = &current.finding;
        let details = current.details.get_or_insert_with(|| {
            finding.details().iter().map(|(name, value)| (ended(name), ended(value))).collect()
        });
        let (name, value) = details.get(index).ok_or(Failure::END)?;
        out.0.set(name.as_ptr());
        out.1.set(value.as_ptr());
        Ok(())
    })
}
