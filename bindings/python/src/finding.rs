//! Findings and detectors as objects.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyMappingProxy, PyString, PyTuple};
use scalr_detect::{Catalog, Confidence, Severity};
use std::borrow::Cow;

/// A secret that was found.
///
/// Findings are equal if all of them is equal, and are ordered by where they are. A pickled finding has the secret in it;
/// its ``repr`` has not.
// The order of the fields is the order of findings.
#[pyclass(module = "scalr_detect", frozen, eq, ord, hash)]
#[derive(Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Finding {
    /// Where the secret starts in what was passed; the encoded text, if it was decoded.
    #[pyo3(get)]
    pub(crate) start: usize,
    /// Where the secret ends: behind its last character or byte.
    #[pyo3(get)]
    pub(crate) end: usize,
    /// Where the match starts, which may have more than the secret, such as the rest of a URL.
    #[pyo3(get)]
    pub(crate) match_start: usize,
    /// Where the match ends.
    #[pyo3(get)]
    pub(crate) match_end: usize,
    /// The line on which the secret starts, from 1.
    #[pyo3(get)]
    pub(crate) line: usize,
    /// The column in which the secret starts, from 1, in characters of a ``str`` or bytes.
    #[pyo3(get)]
    pub(crate) column: usize,
    pub(crate) detector: Cow<'static, str>,
    pub(crate) confidence: Confidence,
    pub(crate) severity: Severity,
    /// The identity of the secret, the same wherever it is found: 32 hexadecimal digits that do not tell it.
    #[pyo3(get)]
    pub(crate) fingerprint: String,
    pub(crate) decoded_by: Vec<Cow<'static, str>>,
    pub(crate) details: Vec<(Cow<'static, str>, String)>,
    /// Whether the secret is a password that is guessed by whoever tries.
    #[pyo3(get)]
    pub(crate) weak: bool,
    /// Whether the secret is known to stand for another: published for everyone's use, or made up.
    #[pyo3(get)]
    pub(crate) placeholder: bool,
    pub(crate) secret: Vec<u8>,
}

impl Finding {
    pub(crate) fn new(found: &scalr_detect::Finding<'_, '_>) -> Finding {
        let (secret, whole, position) = (found.secret_span(), found.span(), found.position());
        let details = found.details();
        Finding {
            start: secret.start,
            end: secret.end,
            match_start: whole.start,
            match_end: whole.end,
            line: position.line,
            column: position.column,
            detector: detector_id(found),
            confidence: found.confidence(),
            severity: found.detector().severity,
            fingerprint: found.fingerprint().to_string(),
            decoded_by: found.decoded_by().iter().map(|decoder| decoder.name().into()).collect(),
            details: details.iter().map(|(name, value)| (name.into(), value.to_owned())).collect(),
            weak: found.is_weak(),
            placeholder: found.is_placeholder(),
            secret: found.secret().to_vec(),
        }
    }
}

fn detector_id(found: &scalr_detect::Finding<'_, '_>) -> Cow<'static, str> {
    found.detector().id.into()
}

#[pymethods]
impl Finding {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "what a finding has; it is also how it is unpickled")]
    fn py_new(
        detector: String,
        start: usize,
        end: usize,
        match_start: usize,
        match_end: usize,
        line: usize,
        column: usize,
        confidence: &str,
        severity: &str,
        fingerprint: String,
        decoded_by: Vec<String>,
        details: &Bound<'_, PyDict>,
        weak: bool,
        placeholder: bool,
        secret: Vec<u8>,
    ) -> PyResult<Finding> {
        let details = details.iter().map(|(name, value)| {
            PyResult::Ok((Cow::Owned(name.extract::<String>()?), value.extract::<String>()?))
        });
        Ok(Finding {
            start,
            end,
            match_start,
            match_end,
            line,
            column,
            detector: detector.into(),
            confidence: confidence_named(confidence)?,
            severity: named("severity", severity, &Severity::ALL, Severity::name)?,
            fingerprint,
            decoded_by: decoded_by.into_iter().map(Cow::Owned).collect(),
            details: details.collect::<PyResult<_>>()?,
            weak,
            placeholder,
            secret,
        })
    }

    /// The id of the detector; ``catalog()[finding.detector]`` says more, for those that are built in.
    #[getter]
    fn detector<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        // There are few ids and many findings.
        PyString::intern(py, &self.detector)
    }

    /// How sure it is: ``checked`` if a checksum or decoded claims hold.
    #[getter]
    fn confidence<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::intern(py, self.confidence.name())
    }

    /// How bad a leak of this kind is.
    #[getter]
    fn severity<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::intern(py, self.severity.name())
    }

    /// The encodings around the secret, the outermost first: ``base64``, ``hex``, ``percent``, ``escape``, ``utf16``.
    #[getter]
    fn decoded_by<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.decoded_by)
    }

    /// What can be read from the secret and around it, such as the id of a token, its owner or its host.
    #[getter]
    fn details<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let details = PyDict::new(py);
        for (name, value) in &self.details {
            details.set_item(name, value)?;
        }
        Ok(details)
    }

    /// The secret itself, decoded: bytes, as not all are text. Nothing else shows it; handle it with care.
    #[getter]
    fn secret<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.secret)
    }

    // Neither the secret nor the details, which may hold other parts of the credential.
    fn __repr__(&self) -> String {
        format!(
            "Finding(detector={:?}, start={}, end={}, line={}, column={}, confidence={:?}, severity={:?}, fingerprint={:?}, \
             secret=<{} bytes>)",
            self.detector,
            self.start,
            self.end,
            self.line,
            self.column,
            self.confidence.name(),
            self.severity.name(),
            self.fingerprint,
            self.secret.len(),
        )
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, pyo3::types::PyType>, Bound<'py, PyTuple>)> {
        let (py, this) = (slf.py(), slf.get());
        let arguments = [
            this.detector(py).into_any(),
            this.start.into_pyobject(py)?.into_any(),
            this.end.into_pyobject(py)?.into_any(),
            this.match_start.into_pyobject(py)?.into_any(),
            this.match_end.into_pyobject(py)?.into_any(),
            this.line.into_pyobject(py)?.into_any(),
            this.column.into_pyobject(py)?.into_any(),
            this.confidence(py).into_any(),
            this.severity(py).into_any(),
            PyString::new(py, &this.fingerprint).into_any(),
            this.decoded_by(py)?.into_any(),
            this.details(py)?.into_any(),
            this.weak.into_pyobject(py)?.to_owned().into_any(),
            this.placeholder.into_pyobject(py)?.to_owned().into_any(),
            this.secret(py).into_any(),
        ];
        Ok((slf.get_type(), PyTuple::new(py, arguments)?))
    }
}

/// The confidence with this name.
pub(crate) fn confidence_named(name: &str) -> PyResult<Confidence> {
    named("confidence", name, &Confidence::ALL, Confidence::name)
}

/// The one of `all` with this name.
pub(crate) fn named<T: Copy>(
    what: &str,
    name: &str,
    all: &[T],
    name_of: fn(T) -> &'static str,
) -> PyResult<T> {
    all.iter().copied().find(|one| name_of(*one) == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name_of(*one)).collect();
        PyValueError::new_err(format!("there is no {what} {name:?}: use one of {}", names.join(", ")))
    })
}

/// The built-in detector with this id or alias.
pub(crate) fn builtin(id: &str) -> PyResult<&'static scalr_detect::Detector> {
    let catalog = Catalog::builtin();
    catalog.get(id).ok_or_else(|| {
        PyValueError::new_err(match catalog.nearest(id) {
            Some(nearest) => format!("unknown detector {id:?}: did you mean {nearest:?}?"),
            None => format!("unknown detector {id:?}: catalog() has them all"),
        })
    })
}

/// A kind of secret of the built-in catalogue, by its id or an alias of it.
///
/// :raises ValueError: if there is none; the nearest one is named.
#[pyclass(module = "scalr_detect", frozen)]
pub(crate) struct Detector(&'static scalr_detect::Detector);

#[pymethods]
impl Detector {
    #[new]
    #[pyo3(signature = (id, /))]
    fn py_new(id: &str) -> PyResult<Detector> {
        builtin(id).map(Detector)
    }

    /// Its stable name, such as ``scalr-api-token``.
    #[getter]
    fn id(&self) -> &'static str {
        self.0.id
    }

    /// What people call it.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// Who issues such secrets.
    #[getter]
    fn provider(&self) -> &'static str {
        self.0.provider
    }

    /// How it is recognised.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    /// How bad a leak is.
    #[getter]
    fn severity(&self) -> &'static str {
        self.0.severity.name()
    }

    /// The confidence of a finding on which no check decides.
    #[getter]
    fn confidence(&self) -> &'static str {
        self.0.confidence.name()
    }

    /// The check of checksum or content, if there is one.
    #[getter]
    fn check(&self) -> Option<&'static str> {
        self.0.check.map(|check| check.name())
    }

    /// Other ids it is known by.
    #[getter]
    fn aliases<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.aliases)
    }

    /// The other parts of the credential, which are looked for around the secret and put into the details.
    #[getter]
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.parts)
    }

    /// What somebody can do who has it.
    #[getter]
    fn impact(&self) -> &'static str {
        self.0.impact
    }

    /// How to revoke or replace it.
    #[getter]
    fn remediation(&self) -> &'static str {
        self.0.remediation
    }

    /// Pages of documentation.
    #[getter]
    fn references<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.references)
    }

    fn __repr__(&self) -> String {
        format!("Detector({:?})", self.0.id)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.id.hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, pyo3::types::PyType>, (&'static str,)) {
        (slf.get_type(), (slf.get().0.id,))
    }
}

/// All detectors that are built in, by id. Cannot be changed.
#[pyfunction]
pub(crate) fn catalog(py: Python<'_>) -> PyResult<Bound<'_, PyMappingProxy>> {
    static CATALOG: PyOnceLock<Py<PyMappingProxy>> = PyOnceLock::new();
    let made = CATALOG.get_or_try_init(py, || {
        let detectors = PyDict::new(py);
        for detector in Catalog::builtin().iter() {
            detectors.set_item(detector.id, Bound::new(py, Detector(detector))?)?;
        }
        PyResult::Ok(PyMappingProxy::new(py, detectors.as_mapping()).unbind())
    })?;
    Ok(made.bind(py).clone())
}
