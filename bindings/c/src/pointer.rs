//! Checks of what C passes.

use crate::boundary::Failure;
use crate::status::Status;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::NonNull;

fn null(name: &str) -> Failure {
    Failure::new(Status::NullPointer, format!("{name} is NULL: pass a pointer to one"))
}

/// What a pointer points at.
///
/// # Safety
///
/// `pointer` is NULL, or points at a `T` that is not written to while the reference is in use.
pub(crate) unsafe fn shared<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller promises it.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// What a pointer points at, to be changed.
///
/// # Safety
///
/// `pointer` is NULL, or points at a `T` that nothing else uses while the reference is in use.
pub(crate) unsafe fn exclusive<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller promises it.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// A place of the caller's for a result. No reference to it is made, so that two of them may be one.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Writes the result. What was there before is not read or dropped.
    pub(crate) fn set(&self, value: T) {
        // SAFETY: who made it has promised that there is room, and that nobody else uses it.
        unsafe { self.0.write(value) };
    }
}

/// A place for a result. `empty` is written to it at once, so that it holds something whatever happens then.
///
/// # Safety
///
/// `pointer` is NULL, or points at room for a `T`, initialised or not, that nobody else uses as long as the `Out` is there.
pub(crate) unsafe fn out<T>(pointer: *mut T, empty: T, name: &str) -> Result<Out<T>, Failure> {
    let out = Out(NonNull::new(pointer).ok_or_else(|| null(name))?);
    out.set(empty);
    Ok(out)
}

/// The bytes to be searched.
///
/// # Safety
///
/// `data` is NULL, or points at `len` bytes that are not written to while the slice is in use.
pub(crate) unsafe fn bytes<'a>(data: *const c_void, len: usize) -> Result<&'a [u8], Failure> {
    if len > isize::MAX as usize {
        return Err(Failure::new(Status::InvalidLength, "len is greater than any object: was it negative?"));
    }
    if data.is_null() {
        return match len {
            0 => Ok(&[]),
            _ => Err(Failure::new(Status::NullPointer, "data is NULL though len is not 0: pass the bytes")),
        };
    }
    // SAFETY: not NULL and not too long; that the bytes are there, the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// A text that ends with a NUL byte.
///
/// # Safety
///
/// `text` is NULL, or points at bytes that end with a NUL byte and are not written to while the text is in use.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(null(name));
    }
    // SAFETY: not NULL; that it ends, the caller promises.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| not_utf8(name))
}

/// The failure of a text that is not UTF-8.
pub(crate) fn not_utf8(name: &str) -> Failure {
    Failure::new(Status::InvalidUtf8, format!("{name} is not UTF-8: convert it"))
}
