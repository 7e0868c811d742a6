//! Streams: what is pushed in pieces, on the caller's thread or on the pool's.
//!
//! Behind each object is a lock, because a piece may be worked on by the pool while JavaScript has the object in its hands.
//! JavaScript pushes the next piece when the last is done, so nobody waits for it.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::*;
use napi::{Env, ScopedTask};
use napi_derive::napi;

use crate::packed::{Row, pack};
use crate::task::guarded;

/// What is left after a panic is not used any more, and neither is what was finished.
fn closed() -> Error {
    Error::new(Status::Closing, "the stream has ended: make a new one")
}

/// A search of a stream; `None` when it has ended.
pub struct Searcher(Arc<Mutex<Option<scalr_detect::Searcher>>>);

impl Searcher {
    pub(crate) fn new(searcher: scalr_detect::Searcher) -> Searcher {
        Searcher(Arc::new(Mutex::new(Some(searcher))))
    }
}

/// Searches the next piece on the pool, for the findings of which all is known then; without a piece, ends the stream, for
/// those that are left.
#[napi(catch_unwind, skip_typescript)]
pub fn search(searcher: &External<Searcher>, piece: Option<Uint8ArraySlice<'_>>) -> AsyncTask<Search> {
    AsyncTask::new(Search { searcher: searcher.0.clone(), piece: piece.map(|piece| piece.to_vec()) })
}

/// A piece that is being searched.
pub struct Search {
    searcher: Arc<Mutex<Option<scalr_detect::Searcher>>>,
    /// `None`: the end.
    piece: Option<Vec<u8>>,
}

impl<'env> ScopedTask<'env> for Search {
    type Output = Vec<Row>;
    type JsValue = Option<Array<'env>>;

    fn compute(&mut self) -> Result<Vec<Row>> {
        guarded(|| {
            let mut place = self.searcher.lock().unwrap_or_else(PoisonError::into_inner);
            let mut searcher = place.take().ok_or_else(closed)?;
            let mut rows = Vec::new();
            match &self.piece {
                Some(piece) => {
                    searcher.push(piece, |finding| rows.push(Row::new(&finding)));
                    *place = Some(searcher);
                }
                None => searcher.finish(|finding| rows.push(Row::new(&finding))),
            }
            Ok(rows)
        })
    }

    fn resolve(&mut self, env: &'env Env, rows: Vec<Row>) -> Result<Option<Array<'env>>> {
        pack(env, rows)
    }
}

/// A redactor of a stream; `None` when it has ended.
pub struct Redactor(Arc<Mutex<Option<scalr_detect::Redactor>>>);

impl Redactor {
    pub(crate) fn new(redactor: scalr_detect::Redactor) -> Redactor {
        Redactor(Arc::new(Mutex::new(Some(redactor))))
    }
}

/// Pushes a piece, or ends the stream; what may be put out.
fn push(place: &Mutex<Option<scalr_detect::Redactor>>, piece: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    let mut redactor = place.take().ok_or_else(closed)?;
    Ok(match piece {
        Some(piece) => {
            let out = redactor.push(piece);
            *place = Some(redactor);
            out
        }
        None => redactor.finish(),
    })
}

/// Redacts the next piece at once; without a piece, ends the stream. Returns what may be put out.
#[napi(catch_unwind, skip_typescript)]
pub fn redact<'env>(
    env: &'env Env,
    redactor: &External<Redactor>,
    piece: Option<Uint8ArraySlice<'_>>,
) -> Result<BufferSlice<'env>> {
    buffer(env, push(&redactor.0, piece.as_deref())?)
}

/// Redacts the next piece on the pool.
#[napi(catch_unwind, skip_typescript)]
pub fn redact_async(redactor: &External<Redactor>, piece: Uint8ArraySlice<'_>) -> AsyncTask<Redact> {
    AsyncTask::new(Redact { redactor: redactor.0.clone(), piece: piece.to_vec() })
}

/// A piece that is being redacted.
pub struct Redact {
    redactor: Arc<Mutex<Option<scalr_detect::Redactor>>>,
    piece: Vec<u8>,
}

impl<'env> ScopedTask<'env> for Redact {
    type Output = Vec<u8>;
    type JsValue = BufferSlice<'env>;

    fn compute(&mut self) -> Result<Vec<u8>> {
        guarded(|| push(&self.redactor, Some(&self.piece)))
    }

    fn resolve(&mut self, env: &'env Env, out: Vec<u8>) -> Result<BufferSlice<'env>> {
        buffer(env, out)
    }
}

/// A `Buffer` with these bytes. Few of them are copied, which is quicker than to keep them and be told when they go.
pub(crate) fn buffer(env: &Env, bytes: Vec<u8>) -> Result<BufferSlice<'_>> {
    if bytes.len() < 1 << 16 {
        BufferSlice::copy_from(env, &bytes)
    } else {
        BufferSlice::from_data(env, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scalr_detect::Scanner;

    #[test]
    fn what_was_finished_is_closed() {
        let place = Mutex::new(Some(Scanner::new().redactor()));
        assert_eq!(push(&place, Some(b"a line\nand")).unwrap(), b"a line\n");
        assert_eq!(push(&place, None).unwrap(), b"and");
        assert!(push(&place, None).unwrap_err().reason.contains("has ended"));
        let mut end = Search { searcher: Searcher::new(Scanner::new().searcher()).0, piece: None };
        assert!(end.compute().unwrap().is_empty());
        assert!(end.compute().is_err());
    }
}
