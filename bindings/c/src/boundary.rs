//! The border to C: nothing but a status crosses it.

use crate::status::Status;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    message: String,
}

impl Failure {
    /// There is no more. Not an error, so it has no message.
    pub(crate) const END: Failure = Failure { status: Status::End, message: String::new() };

    /// A failure whose message says what to do. It must not have text of the caller in it: see [`Failure::quoting`].
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into() }
    }

    /// A failure whose message quotes the caller, in whose text there may be a secret.
    pub(crate) fn quoting(status: Status, message: &str) -> Failure {
        let message = engine::Scanner::new().redact(message).into_owned();
        Failure { status, message: String::from_utf8_lossy(&message).into_owned() }
    }
}

thread_local! {
    /// The message of the last failure in this thread.
    static LAST: RefCell<Option<CString>> = const { RefCell::new(None) };
    /// Whether this thread is in a call of ours: then a panic is ours too.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Where this thread panicked.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the body of a function. A failure and a panic become a status, and their message the thread's last error.
#[inline]
pub(crate) fn guard(body: impl FnOnce() -> Result<(), Failure>) -> Status {
    static QUIET: Once = Once::new();
    QUIET.call_once(silence);
    let was_inside = INSIDE.replace(true);
    // What a panic may leave half done is nothing that is used again: iterators and redactors are ended by it (they are marked
    // before the library is called), and a scanner is not changed by searching.
    let ended = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(was_inside);
    match ended {
        Ok(Ok(())) => Status::Ok,
        Ok(Err(failure)) => report(failure),
        Err(payload) => {
            // Its text may have a piece of the data in it, and dropping it may panic again.
            std::mem::forget(payload);
            let place = PLACE.try_with(|place| place.try_borrow().map(|place| place.clone()));
            let place = place.ok().and_then(Result::ok).unwrap_or_default();
            report(Failure::new(
                Status::Panic,
                format!("internal error at {place}: please report it, with this line"),
            ))
        }
    }
}

/// Keeps the message of the failure for [`scalr_detect_last_error`].
#[cold]
fn report(failure: Failure) -> Status {
    if failure.status != Status::End {
        let bytes: Vec<u8> = failure.message.into_bytes().into_iter().filter(|byte| *byte != 0).collect();
        let message = CString::new(bytes).unwrap_or_default();
        // A thread that is ending has no last error any more.
        let _ = LAST.try_with(|last| last.try_borrow_mut().map(|mut last| *last = Some(message)));
    }
    failure.status
}

/// Makes panics in calls of ours silent: they are reported by status, and their text may have a piece of the data in it.
/// This library has a panic hook of its own, unless it is linked statically into a Rust program, whose other panics go
/// where they went.
fn silence() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if !INSIDE.try_with(Cell::get).unwrap_or(false) {
            return others(info);
        }
        let place = info.location().map_or_else(String::new, |place| {
            // Without the folders, which are those of the machine that built it.
            let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
            format!("{file}:{}", place.line())
        });
        let _ = PLACE.try_with(|last| last.try_borrow_mut().map(|mut last| *last = place));
    }));
}

/// What went wrong in the last call of this thread that returned neither OK nor END: what is the matter and what to do, in
/// English, UTF-8. No secret is in it. An empty text if no call has failed yet. A call that succeeds leaves it as it is.
///
/// The text belongs to the library. It is valid until the next call in this thread that fails, or the thread's end: copy it
/// to keep it.
#[unsafe(no_mangle)]
pub extern "C" fn scalr_detect_last_error() -> *const c_char {
    const NONE: &CStr = c"";
    let last = LAST.try_with(|last| last.try_borrow().ok()?.as_ref().map(|last| last.as_ptr()));
    last.ok().flatten().unwrap_or(NONE.as_ptr())
}
