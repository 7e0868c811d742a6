//! The Python package `scalr_detect`: what Python calls.
//!
//! A binding and nothing more: arguments are turned into what the library takes, findings into objects. What is Python
//! rather than Rust (a filter for logging, a wrapper of streams, Spark) is in Python, in `python/scalr_detect`, and so is the
//! documentation of this module: `python/scalr_detect/_native.pyi`.
//!
//! # What holds everywhere
//!
//! * Every class is frozen and `Sync`: nothing here needs the global interpreter lock, and builds without it are supported.
//! * The interpreter is released while more than [`SMALL`] bytes are searched.
//! * A panic of the library becomes a `RuntimeError`. No text of an error or a `repr` holds a secret.

mod arrow;
mod columns;
mod data;
mod finding;
mod redactor;
mod respond;
mod scanner;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Up to so many bytes are searched without releasing the interpreter: to get it back takes longer than the search, up to
/// milliseconds when other threads are busy. Python's own `hashlib` has the same limit.
const SMALL: usize = 2048;

/// Does the library's work on so many bytes: without the interpreter, unless they are few; with panics as errors.
fn work<T: Send>(py: Python<'_>, bytes: usize, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    // What a panic leaves half done is dropped, or is a redactor that is closed then.
    let guarded = || catch_unwind(AssertUnwindSafe(work));
    let done = if bytes <= SMALL { guarded() } else { py.detach(guarded) };
    done.map_err(|_| PyRuntimeError::new_err("scalr-detect failed: this is a bug in it, please report it"))
}

/// Runs the command line, without the interpreter.
#[pyfunction]
fn _main(py: Python<'_>, args: Vec<OsString>) -> PyResult<u8> {
    work(py, usize::MAX, || scalr_detect_cli::run(args))
}

/// Panics, for the test that no panic crosses.
#[pyfunction]
fn _panic(py: Python<'_>) -> PyResult<()> {
    work(py, usize::MAX, || panic!("for a test"))
}

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::columns::{ArrowArray, ArrowStream};
    #[pymodule_export]
    use super::finding::{Detector, Finding, catalog};
    #[pymodule_export]
    use super::redactor::BytesRedactor;
    #[pymodule_export]
    use super::respond::{
        CannotRevoke, Change, Client, Credential, Fixed, ImpactError, Left, Revocation, Revoked, Verdict,
        can_revoke, can_verify, fix, known_hosts, playbook, practices, snippet, snippets,
    };
    #[pymodule_export]
    use super::scanner::{_scanner, BuildError, Scanner};
    #[pymodule_export]
    use super::{_main, _panic};

    /// The one version of everything.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
