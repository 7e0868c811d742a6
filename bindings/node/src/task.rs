//! Searching on a thread of the pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::*;
use napi::{Env, ScopedTask};
use napi_derive::napi;

use crate::packed::{Row, pack};

/// Calls `work`, which may panic: on a thread of the pool nobody else would catch it.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_to_error).and_then(|result| result)
}

/// Raised when nobody waits for what is found.
#[derive(Clone, Default)]
pub struct Flag(Arc<AtomicBool>);

/// A flag that is not raised.
#[napi(catch_unwind, skip_typescript)]
pub fn flag() -> External<Flag> {
    External::new(Flag::default())
}

/// Raises a flag: the search may end.
#[napi(catch_unwind, skip_typescript)]
pub fn raise(flag: &External<Flag>) {
    flag.0.store(true, Ordering::Relaxed);
}

/// What is searched, copied from JavaScript's memory.
pub(crate) enum Data {
    /// Its offsets are in units of UTF-16.
    Text(String),
    /// Its offsets are in bytes.
    Bytes(Vec<u8>),
}

/// A search that is under way.
pub struct Scan {
    pub(crate) scanner: scalr_detect::Scanner,
    pub(crate) data: Data,
    pub(crate) flag: Flag,
}

impl<'env> ScopedTask<'env> for Scan {
    type Output = Vec<Row>;
    type JsValue = Option<Array<'env>>;

    fn compute(&mut self) -> Result<Vec<Row>> {
        guarded(|| {
            let ended = || self.flag.0.load(Ordering::Relaxed);
            if ended() {
                return Ok(Vec::new());
            }
            Ok(match &self.data {
                Data::Text(text) => Row::all_of_text(&self.scanner, text, ended),
                Data::Bytes(bytes) => Row::all(&self.scanner, bytes, ended),
            })
        })
    }

    fn resolve(&mut self, env: &'env Env, rows: Vec<Row>) -> Result<Option<Array<'env>>> {
        pack(env, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_errors() {
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
        let error = guarded::<()>(|| panic!("assertion of ours")).unwrap_err();
        assert!(error.reason.contains("assertion of ours"), "{error}");
    }
}
