//! The scanner, and how it is built.

use crate::columns::{self, ArrowStream};
use crate::data::{Data, scan_reader};
use crate::finding::{Finding, confidence_named};
use crate::redactor::BytesRedactor;
use crate::work;
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pyo3::create_exception!(
    scalr_detect,
    BuildError,
    PyValueError,
    "A scanner that cannot be built as it was asked for. The text says what to do about it."
);

/// Finds secrets. Cannot be changed once it is built, so threads share it.
///
/// :param only: ids of the detectors to use, such as ``["scalr-api-token", "github-*"]``; by default all.
/// :param exclude: ids of detectors to leave out.
/// :param min_confidence: the least confidence of what is found.
/// :param decoders: whether to look into base64, hexadecimal, percent-encoding, escapes and UTF-16.
/// :param custom: detectors of your own, as the TOML text of a detector file. They stay in memory until the
///     process ends, so build such a scanner once.
/// :raises BuildError: for an id that is not known (the nearest one is named), a confidence that does not exist, or a
///     mistake in ``custom``.
#[pyclass(module = "scalr_detect", frozen)]
pub(crate) struct Scanner {
    pub(crate) scanner: scalr_detect::Scanner,
    options: Options,
}

/// What it was built with, to be shown and pickled.
struct Options {
    only: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    min_confidence: String,
    decoders: bool,
    custom: Option<String>,
}

#[pymethods]
impl Scanner {
    #[new]
    #[pyo3(signature = (*, only = None, exclude = None, min_confidence = "medium", decoders = true, custom = None))]
    fn py_new(
        only: Option<&Bound<'_, PyAny>>,
        exclude: Option<&Bound<'_, PyAny>>,
        min_confidence: &str,
        decoders: bool,
        custom: Option<&str>,
    ) -> PyResult<Scanner> {
        let only = only.map(|only| ids("only", only)).transpose()?;
        let exclude = exclude.map(|exclude| ids("exclude", exclude)).transpose()?;
        if only.as_ref().is_some_and(Vec::is_empty) {
            return Err(BuildError::new_err(
                "only is empty, so nothing would be found: leave it out to look for everything",
            ));
        }
        let mut builder = scalr_detect::Scanner::builder()
            .min_confidence(confidence_named(min_confidence).map_err(as_build_error)?)
            .decoders(decoders)
            .only(only.iter().flatten())
            .except(exclude.iter().flatten());
        if let Some(text) = custom {
            let read = scalr_detect::Custom::read([("custom", text)]);
            let read = read.map_err(|errors| {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                build_error(&errors.join("\n"))
            })?;
            builder = builder.custom(&read).map_err(|error| build_error(&error.to_string()))?;
        }
        let scanner = builder.build().map_err(|error| build_error(&error.to_string()))?;
        let (min_confidence, custom) = (min_confidence.to_owned(), custom.map(str::to_owned));
        Ok(Scanner { scanner, options: Options { only, exclude, min_confidence, decoders, custom } })
    }

    /// Whether there is a secret in it. Stops at the first.
    #[pyo3(signature = (data, /))]
    fn is_match(&self, data: &Bound<'_, PyAny>) -> PyResult<bool> {
        Data::of(data)?.is_match(data.py(), &self.scanner)
    }

    /// All findings, in order; they do not overlap.
    ///
    /// Offsets index what was passed: characters of a ``str``, bytes of anything else. ``str``, ``bytes`` and read-only
    /// buffers are searched where they are; do not change what is under a read-only view meanwhile. Buffers that can be
    /// written to (``bytearray``, most numpy arrays) are copied first, a piece at a time. The interpreter is released, unless
    /// the data is small.
    ///
    /// :raises TypeError: if it is neither ``str`` nor a buffer of single bytes.
    /// :raises BufferError: if the buffer has gaps.
    #[pyo3(signature = (data, /))]
    fn scan(&self, data: &Bound<'_, PyAny>) -> PyResult<Vec<Finding>> {
        Data::of(data)?.scan(data.py(), &self.scanner)
    }

    /// The same with ``[detector-id:fingerprint]`` in the place of every secret.
    ///
    /// The result is of the type of the argument (a ``memoryview`` is one of new bytes); for buffers of other types it is
    /// ``bytes``. The same secret has the same placeholder everywhere.
    ///
    /// :raises TypeError: if it is neither ``str`` nor a buffer of single bytes.
    /// :raises BufferError: if the buffer has gaps.
    #[pyo3(signature = (data, /))]
    fn redact<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Data::of(data)?.redact(data, &self.scanner)
    }

    /// All findings in a file of any size, in memory that does not grow with it. Offsets are in bytes.
    ///
    /// :raises OSError: if it cannot be read.
    #[pyo3(signature = (path, /))]
    fn scan_file(&self, path: &Bound<'_, PyAny>) -> PyResult<Vec<Finding>> {
        let py = path.py();
        let name = path_of(path)?;
        let stopped = Mutex::new(None);
        let scanned = work(py, usize::MAX, || {
            let file = File::open(&name)?;
            scan_reader(&self.scanner, Interruptible { file, read: 0, stopped: &stopped })
        })?;
        scanned.map_err(|error| {
            if let Some(stopped) = stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
                return stopped;
            }
            match error.raw_os_error() {
                // So that it is a FileNotFoundError and the like, and names the file.
                Some(number) => PyOSError::new_err((number, text_of(&error), path.clone().unbind())),
                None => error.into(),
            }
        })
    }

    /// A redactor of a stream of bytes. For text and logs there is :class:`Redactor`.
    fn bytes_redactor(&self) -> BytesRedactor {
        BytesRedactor::new(&self.scanner)
    }

    /// Searches Arrow data: a column of text or binary data, or those of a table. No text is copied.
    ///
    /// Takes whatever has ``__arrow_c_stream__`` or ``__arrow_c_array__``: tables, batches, columns and readers of pyarrow,
    /// polars, DuckDB, pandas and others. The result is a table with a row for each finding: ``row`` (in all batches, from
    /// 0), ``field`` (the column's name, null if it was a single column), ``detector``, ``start``, ``end``,
    /// ``match_start``, ``match_end``, ``line``, ``column``, ``confidence``, ``severity``, ``fingerprint``, ``decoded_by``
    /// (a list), ``details`` (a map), ``weak`` and ``placeholder``. Secrets are not in it. Offsets are within the value: characters of text, bytes of
    /// binary data.
    ///
    /// :param columns: the columns of a table to search; by default all that have text or binary data.
    /// :raises TypeError: if it is no Arrow data, or has no text, or has nested text and ``columns`` is not given.
    /// :raises ValueError: if a column does not exist, or the data is malformed.
    #[pyo3(signature = (data, /, *, columns = None))]
    fn scan_arrow<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        columns: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<ArrowStream> {
        let columns = columns.map(|columns| names("columns", "names", columns)).transpose()?;
        columns::scan(&self.scanner, data, columns)
    }

    /// The same Arrow data with placeholders in the place of secrets, of the same types, in the same batches.
    ///
    /// What has no secret in it is not copied. A stream is redacted as the result is read, which can be done once; an array
    /// at once.
    ///
    /// :param columns: the columns of a table to redact; by default all that have text or binary data.
    /// :raises TypeError: if it is no Arrow data, or has no text, or has nested text and ``columns`` is not given.
    /// :raises ValueError: if a column does not exist, or the data is malformed.
    #[pyo3(signature = (data, /, *, columns = None))]
    fn redact_arrow<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        columns: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let columns = columns.map(|columns| names("columns", "names", columns)).transpose()?;
        columns::redact(&self.scanner, data, columns)
    }

    // Without the text of one's own detectors, which is long.
    fn __repr__(&self) -> String {
        let Options { only, exclude, min_confidence, decoders, custom } = &self.options;
        let list =
            |list: &Option<Vec<String>>| list.as_ref().map_or("None".into(), |list| format!("{list:?}"));
        format!(
            "Scanner(only={}, exclude={}, min_confidence={min_confidence:?}, decoders={}, custom={})",
            list(only),
            list(exclude),
            if *decoders { "True" } else { "False" },
            if custom.is_some() { "..." } else { "None" },
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        let (py, Options { only, exclude, min_confidence, decoders, custom }) =
            (slf.py(), &slf.get().options);
        let options = PyDict::new(py);
        options.set_item("only", only)?;
        options.set_item("exclude", exclude)?;
        options.set_item("min_confidence", min_confidence)?;
        options.set_item("decoders", decoders)?;
        options.set_item("custom", custom)?;
        Ok((py.import("scalr_detect._native")?.getattr("_scanner")?, (options,)))
    }
}

/// Builds a scanner again that was pickled, as unpickling passes no keywords.
#[pyfunction]
pub(crate) fn _scanner<'py>(options: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    options.py().get_type::<Scanner>().call((), Some(options))
}

fn build_error(message: &str) -> PyErr {
    // The parser shows the line that is wrong, and somebody may have passed a text that is no detector file.
    let message = scalr_detect::Scanner::new().redact(message).into_owned();
    BuildError::new_err(String::from_utf8_lossy(&message).into_owned())
}

fn as_build_error(error: PyErr) -> PyErr {
    Python::attach(|py| BuildError::new_err(error.value(py).to_string()))
}

/// The ids of an option.
fn ids(option: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    names(option, "ids", object)
}

/// The names of an option.
pub(crate) fn names(option: &str, what: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    // A text can be iterated too, and its characters are not what was meant.
    let names = if object.is_instance_of::<PyString>() { None } else { object.try_iter().ok() };
    let names = names.map(|names| names.map(|name| name?.extract::<String>()).collect::<PyResult<_>>());
    match names {
        Some(Ok(names)) => Ok(names),
        Some(Err(error)) if !error.is_instance_of::<PyTypeError>(object.py()) => Err(error),
        _ => {
            Err(PyTypeError::new_err(format!("{option} must be a list of {what}, such as {option}=[\"…\"]")))
        }
    }
}

/// The path that was passed: text, bytes or a path, as for `open`; a number would be a file that is open already.
pub(crate) fn path_of(path: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let py = path.py();
    py.import(intern!(py, "os"))?.call_method1("fsdecode", (path,))?.extract()
}

/// The text of an error of the system, without the number that Rust adds.
fn text_of(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Asks Python now and then whether the user wants to stop.
struct Interruptible<'s> {
    file: File,
    read: usize,
    stopped: &'s Mutex<Option<PyErr>>,
}

impl Read for Interruptible<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        /// Every so many bytes: some tens of milliseconds.
        const OFTEN: usize = 64 << 20;
        let before = self.read / OFTEN;
        let read = self.file.read(to)?;
        self.read += read;
        if self.read / OFTEN != before
            && let Err(stop) = Python::attach(|py| py.check_signals())
        {
            *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
            return Err(io::Error::other("stopped by a signal"));
        }
        Ok(read)
    }
}
