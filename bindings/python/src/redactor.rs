//! Redaction of a stream.

use crate::data::Data;
use crate::work;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::sync::{Mutex, PoisonError};

/// Redacts a stream of bytes as it passes, in bounded memory. Made by :meth:`Scanner.bytes_redactor`.
///
/// Threads may share it: each piece is taken as a whole.
#[pyclass(module = "scalr_detect", frozen)]
pub(crate) struct BytesRedactor {
    /// None once it is finished, or when it failed. Locked without the interpreter only, so that nobody waits for both.
    redactor: Mutex<Option<scalr_detect::Redactor>>,
}

impl BytesRedactor {
    pub(crate) fn new(scanner: &scalr_detect::Scanner) -> BytesRedactor {
        BytesRedactor { redactor: Mutex::new(Some(scanner.redactor())) }
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        then: impl FnOnce(&mut Option<scalr_detect::Redactor>) -> Option<T> + Send,
    ) -> PyResult<T> {
        let done = work(py, usize::MAX, || {
            // A panic while it was locked has left it empty.
            then(&mut self.redactor.lock().unwrap_or_else(PoisonError::into_inner))
        })?;
        done.ok_or_else(|| {
            PyValueError::new_err("the redactor is finished: use a new one for another stream")
        })
    }
}

#[pymethods]
impl BytesRedactor {
    /// Takes the next piece; returns what is safe now, redacted. The rest waits until it is known to be no secret.
    ///
    /// :raises ValueError: if it is finished.
    #[pyo3(signature = (data, /))]
    fn push<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        if data.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("bytes are needed, not str: use Redactor for text"));
        }
        let input = Data::of(data)?;
        let bytes = input.bytes();
        let out = self.with(data.py(), |redactor| {
            // Taken out, so that it is not used again if it panics.
            let mut taken = redactor.take()?;
            let out = bytes.push_to(&mut taken);
            *redactor = Some(taken);
            Some(out)
        })?;
        Ok(PyBytes::new(data.py(), &out))
    }

    /// Ends the stream; returns the rest, redacted.
    ///
    /// :raises ValueError: if it is finished.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let out = self.with(py, |redactor| Some(redactor.take()?.finish()))?;
        Ok(PyBytes::new(py, &out))
    }
}
