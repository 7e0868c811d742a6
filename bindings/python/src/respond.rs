//! What to do about secrets: verify, revoke, know the damage, playbooks, practices, snippets, fixes.
//!
//! Python has these in the module `scalr_detect.respond`.

use crate::data::Data;
use crate::finding::{Finding, builtin, named};
use crate::scanner::{names, path_of};
use crate::work;
use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use scalr_detect_respond as library;
use scalr_detect_respond::Host;
use scalr_detect_respond::fix::{Fixer, Source, diff};
use scalr_detect_respond::playbook::{Facts, Place, Playbook};
use scalr_detect_respond::snippet::{self as snippets_of, Language, Manager, SNIPPETS};
use serde::Serialize;
use std::time::Duration;

pyo3::create_exception!(
    scalr_detect.respond,
    CannotRevoke,
    PyValueError,
    "A secret that cannot be revoked from here. The text says why."
);

pyo3::create_exception!(
    scalr_detect.respond,
    ImpactError,
    PyException,
    "Nothing can be said of what a token reaches. The text says why."
);

/// A secret, and what is needed to ask its provider about it. Nothing shows the secret.
///
/// :param detector: the id of its kind, or an alias of it.
/// :param secret: the secret.
/// :param details: what else is known of it, by the names that :attr:`Finding.details` has: the other parts of the
///     credential, and its host.
/// :raises ValueError: for an id that is not known; the nearest one is named.
#[pyclass(module = "scalr_detect.respond", frozen, eq)]
#[derive(Eq, PartialEq)]
pub(crate) struct Credential(library::Credential);

#[pymethods]
impl Credential {
    #[new]
    #[pyo3(signature = (detector, secret, details = None))]
    fn py_new(
        detector: &str,
        secret: &Bound<'_, PyAny>,
        details: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Credential> {
        let (detector, secret) = (builtin(detector)?.id, Data::of(secret)?.bytes().to_vec());
        let details = details.map(|details| pairs("details", details)).transpose()?;
        Ok(Credential(library::Credential::new(detector, secret, details.unwrap_or_default())))
    }

    /// The one that was found.
    #[classmethod]
    #[pyo3(signature = (finding, /))]
    fn of(_cls: &Bound<'_, PyType>, finding: &Bound<'_, Finding>) -> Credential {
        let found = finding.get();
        let details = found.details.iter().map(|(name, value)| (name.clone().into_owned(), value.clone()));
        Credential(library::Credential::new(&*found.detector, found.secret.clone(), details))
    }

    /// The id of its detector.
    #[getter]
    fn detector(&self) -> &str {
        self.0.detector()
    }

    /// The identity of the secret, as a finding has it.
    #[getter]
    fn fingerprint(&self) -> String {
        self.0.fingerprint().to_string()
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.fingerprint().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("Credential(detector={:?}, fingerprint={:?})", self.detector(), self.fingerprint())
    }
}

/// What a provider's answer says about a secret.
#[pyclass(module = "scalr_detect.respond", frozen)]
pub(crate) struct Verdict(library::Verdict);

#[pymethods]
impl Verdict {
    /// ``live`` if the provider accepts it, ``dead`` if the provider said that it does not, or else ``unknown``.
    #[getter]
    fn validity(&self) -> &'static str {
        self.0.validity.name()
    }

    /// From what this is concluded, in a line.
    #[getter]
    fn evidence(&self) -> String {
        self.0.evidence.to_string()
    }

    /// Who was asked; ``None`` if nobody.
    #[getter]
    fn host(&self) -> Option<&str> {
        self.0.evidence.host.as_deref()
    }

    /// The status of the answer; ``None`` if there was none.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.0.evidence.status
    }

    /// What the answer tells and is no secret, such as an account.
    #[getter]
    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let facts = PyDict::new(py);
        for (name, value) in &self.0.evidence.facts {
            facts.set_item(name, value)?;
        }
        Ok(facts)
    }

    fn __repr__(&self) -> String {
        format!("Verdict(validity={:?}, evidence={:?})", self.validity(), self.evidence())
    }
}

/// What it takes to revoke a secret. Made by :meth:`Client.revocation`, done by :meth:`Client.revoke`.
#[pyclass(module = "scalr_detect.respond", frozen)]
pub(crate) struct Revocation(library::Revocation);

#[pymethods]
impl Revocation {
    /// The request: method and URL, with ``…`` for the secret.
    #[getter]
    fn request(&self) -> String {
        self.0.request()
    }

    /// What it does: a sentence.
    #[getter]
    fn effect(&self) -> &'static str {
        self.0.effect()
    }

    /// The page of the provider's documentation.
    #[getter]
    fn documented(&self) -> &'static str {
        self.0.documented()
    }

    /// Whether it is another's token that revokes, and not the secret itself.
    #[getter]
    fn is_by_other(&self) -> bool {
        self.0.is_by_other()
    }

    fn __repr__(&self) -> String {
        format!("Revocation(request={:?})", self.request())
    }
}

/// What became of a revocation.
#[pyclass(module = "scalr_detect.respond", frozen)]
pub(crate) struct Revoked(library::Revoked);

#[pymethods]
impl Revoked {
    /// Whether the provider said that it is done.
    #[getter]
    fn is_accepted(&self) -> bool {
        self.0.is_accepted
    }

    /// Whether the secret is known to be dead.
    #[getter]
    fn is_dead(&self) -> bool {
        self.0.is_dead()
    }

    /// What the provider answered, in a line.
    #[getter]
    fn evidence(&self) -> String {
        self.0.evidence.to_string()
    }

    /// The host that was asked; ``None`` if none was.
    #[getter]
    fn host(&self) -> Option<&str> {
        self.0.evidence.host.as_deref()
    }

    /// The status of the answer; ``None`` if there was none.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.0.evidence.status
    }

    /// What asking about the secret gave afterwards.
    #[getter]
    fn after(&self) -> Verdict {
        Verdict(self.0.after.clone())
    }

    fn __repr__(&self) -> String {
        format!(
            "Revoked(is_accepted={}, is_dead={}, evidence={:?})",
            if self.is_accepted() { "True" } else { "False" },
            if self.is_dead() { "True" } else { "False" },
            self.evidence()
        )
    }
}

/// Asks providers about secrets, and tells them to revoke them.
///
/// It asks the hosts of :func:`known_hosts` and those that are named here, and no other; a secret goes to its own provider
/// and nowhere else. Answers are kept as long as the client is there, so that a secret is asked about once. Threads share
/// it. The interpreter is released while it waits; Ctrl-C is seen when a call is done.
///
/// :param scalr_host: the host of your Scalr account, for tokens in or near which none stands.
/// :param hosts: the same for other providers, such as ``{"gitlab": "gitlab.example.com"}``.
/// :param allow_hosts: hosts that may be asked where they stand in or near a secret; ``*.`` at the start stands for all
///     below it.
/// :param allow_private: whether hosts with private, loopback and link-local addresses may be asked.
/// :param timeout: how many seconds a call may take in all.
/// :param concurrency: how many requests may be under way at once, 1 to 64.
/// :raises ValueError: for what is no host, a provider that has no hosts of its users, or a number out of range.
#[pyclass(module = "scalr_detect.respond", frozen)]
pub(crate) struct Client(library::Client);

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (
        *, scalr_host = None, hosts = None, allow_hosts = None, allow_private = false, timeout = 60.0, concurrency = 8
    ))]
    fn py_new(
        py: Python<'_>,
        scalr_host: Option<&str>,
        hosts: Option<&Bound<'_, PyAny>>,
        allow_hosts: Option<&Bound<'_, PyAny>>,
        allow_private: bool,
        timeout: f64,
        concurrency: i64,
    ) -> PyResult<Client> {
        let deadline = Duration::try_from_secs_f64(timeout).ok().filter(|deadline| !deadline.is_zero());
        let deadline =
            deadline.ok_or_else(|| PyValueError::new_err("timeout must be more than 0 seconds"))?;
        let concurrency = usize::try_from(concurrency).ok().filter(|requests| (1..=64).contains(requests));
        let concurrency = concurrency.ok_or_else(|| PyValueError::new_err("concurrency must be 1 to 64"))?;
        let mut builder = library::Client::builder()
            .allow_private(allow_private)
            .deadline(deadline)
            .concurrency(concurrency);
        if let Some(text) = scalr_host {
            builder = builder.scalr_host(host("scalr_host", text)?);
        }
        for (provider, text) in hosts.map(|hosts| pairs("hosts", hosts)).transpose()?.unwrap_or_default() {
            let host = host("hosts", &text)?;
            builder = builder.provider_host(&provider, host).map_err(|e| wrong("hosts", e))?;
        }
        let allowed = allow_hosts.map(|hosts| names("allow_hosts", "hosts", hosts)).transpose()?;
        for host in allowed.unwrap_or_default() {
            builder = builder.allow_host(&host).map_err(|e| wrong("allow_hosts", e))?;
        }
        // Reads the certificates that this machine trusts.
        Ok(Client(work(py, usize::MAX, || builder.build())?))
    }

    /// Asks the providers whether these secrets still work; a verdict for each, in the same order.
    #[pyo3(signature = (credentials, /))]
    fn verify(&self, credentials: &Bound<'_, PyAny>) -> PyResult<Vec<Verdict>> {
        let credential = |one: PyResult<Bound<'_, PyAny>>| match one?.cast::<Credential>() {
            Ok(credential) => Ok(credential.get().0.clone()),
            Err(_) => {
                Err(PyTypeError::new_err("a list of Credential is needed: Credential.of(finding) makes one"))
            }
        };
        let given = credentials.try_iter()?.map(credential).collect::<PyResult<Vec<_>>>()?;
        let verdicts = work(credentials.py(), usize::MAX, || self.0.verify(&given))?;
        Ok(verdicts.into_iter().map(Verdict).collect())
    }

    /// What it takes to revoke a secret. Sends nothing.
    ///
    /// :param authority: the token of an administrator, for a provider that lets others revoke, as Scalr does; by default,
    ///     and with all other providers, the secret revokes itself.
    /// :raises CannotRevoke: if the provider has no such API, or something that it needs is not known.
    #[pyo3(signature = (credential, authority = None))]
    fn revocation(
        &self,
        py: Python<'_>,
        credential: &Bound<'_, Credential>,
        authority: Option<&str>,
    ) -> PyResult<Revocation> {
        let credential = &credential.get().0;
        let revocation = work(py, usize::MAX, || self.0.revocation(credential, authority))?;
        revocation.map(Revocation).map_err(|why| CannotRevoke::new_err(why.to_string()))
    }

    /// Revokes a secret, and asks whether it is dead then. This cannot be undone.
    #[pyo3(signature = (revocation, /))]
    fn revoke(&self, py: Python<'_>, revocation: &Bound<'_, Revocation>) -> PyResult<Revoked> {
        let revocation = &revocation.get().0;
        work(py, usize::MAX, || self.0.revoke(revocation)).map(Revoked)
    }

    /// Lists what a Scalr token reaches. Only reads: no state is downloaded, and no value of a variable is kept.
    ///
    /// :param host: the host of the Scalr account.
    /// :param limit: how many things of each kind are listed; all are counted.
    /// :raises ImpactError: if the host does not accept the token, or is not Scalr's.
    /// :raises ValueError: if it is no host.
    #[pyo3(signature = (host, token, limit = 100))]
    fn impact<'py>(
        &self,
        py: Python<'py>,
        host: &str,
        token: &str,
        limit: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let host = self::host("host", host)?;
        let impact = work(py, usize::MAX, || self.0.impact(&host, token, limit))?;
        plain(py, &impact.map_err(|why| ImpactError::new_err(why.to_string()))?)
    }

    fn __repr__(&self) -> &'static str {
        "Client(...)"
    }
}

/// Whether a provider can be asked about secrets of this kind.
///
/// :raises ValueError: for an id that is not known; the nearest one is named.
#[pyfunction]
#[pyo3(signature = (detector, /))]
pub(crate) fn can_verify(detector: &str) -> PyResult<bool> {
    Ok(library::verified_by(builtin(detector)?.id).is_some())
}

/// Whether secrets of this kind can be revoked by their provider's API.
///
/// :raises ValueError: for an id that is not known; the nearest one is named.
#[pyfunction]
#[pyo3(signature = (detector, /))]
pub(crate) fn can_revoke(detector: &str) -> PyResult<bool> {
    Ok(library::revoked_by(builtin(detector)?.id).is_some())
}

/// The hosts that may be asked without being named; ``*.`` at the start stands for all below it.
#[pyfunction]
pub(crate) fn known_hosts() -> Vec<&'static str> {
    library::known_hosts()
}

/// What to do about a leak: a checklist, with what is known filled in. No secret is in it; of Scalr tokens the last six
/// characters are, by which Scalr's own pages and logs name a token.
///
/// :param detector: the id of the kind of secret.
/// :param format: ``text``, ``markdown`` or ``json``.
/// :param finding: the secret that leaked.
/// :param path: where it was found.
/// :param verdict: whether it still works.
/// :raises ValueError: for an id or a format that is not known, a finding of another kind, or a path or verdict without a
///     finding.
#[pyfunction]
#[pyo3(signature = (detector, /, *, format = "text", finding = None, path = None, verdict = None))]
pub(crate) fn playbook(
    py: Python<'_>,
    detector: &str,
    format: &str,
    finding: Option<&Bound<'_, Finding>>,
    path: Option<&Bound<'_, PyAny>>,
    verdict: Option<&Bound<'_, Verdict>>,
) -> PyResult<String> {
    let detector = builtin(detector)?;
    let write = named("format", format, &Form::ALL, Form::name)?;
    if finding.is_none() && (path.is_some() || verdict.is_some()) {
        return Err(PyValueError::new_err("path and verdict are those of a finding: pass finding too"));
    }
    let mut secrets = Vec::new();
    if let Some(found) = finding.map(Bound::get) {
        if found.detector != detector.id {
            let text = format!("the finding is one of {}, and not of {}", found.detector, detector.id);
            return Err(PyValueError::new_err(text));
        }
        let mut facts = Facts::default();
        facts.fingerprint.clone_from(&found.fingerprint);
        for (name, value) in &found.details {
            facts.add_detail(detector.provider, name, value);
        }
        if let Some(path) = path.map(path_of).transpose()? {
            let path = path.to_string_lossy().into_owned();
            facts.add_place(Place { path, line: found.line as u64, ..Place::default() });
        }
        if let Some(library::Verdict { validity, evidence }) = verdict.map(|verdict| &verdict.get().0) {
            (facts.validity, facts.evidence) = (*validity, evidence.to_string());
        }
        secrets.push(facts);
    }
    work(py, usize::MAX, || {
        let playbook = Playbook::new(detector, &secrets, None);
        match write {
            Form::Text => playbook.to_text(),
            Form::Markdown => playbook.to_markdown(),
            Form::Json => playbook.to_json(),
        }
    })
}

/// How a playbook is written.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Markdown,
    Json,
}

impl Form {
    const ALL: [Form; 3] = [Form::Text, Form::Markdown, Form::Json];

    fn name(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Markdown => "markdown",
            Form::Json => "json",
        }
    }
}

/// How secrets of this kind are best kept: one practice for each topic.
///
/// :raises ValueError: for an id that is not known; the nearest one is named.
#[pyfunction]
#[pyo3(signature = (detector, /))]
pub(crate) fn practices<'py>(py: Python<'py>, detector: &str) -> PyResult<Bound<'py, PyAny>> {
    let detector = builtin(detector)?;
    plain(py, &work(py, usize::MAX, || library::practices::practices(detector))?)
}

/// A program that reads a secret from where it is safe; its head says how to store the secret first.
///
/// :param manager: where the secret is kept: ``env``, ``aws-secrets-manager``, ``vault`` or ``conjur``.
/// :param language: ``python``, ``javascript``, ``go``, ``java``, ``rust``, ``shell`` or ``terraform``.
/// :param secret: the name of the secret in the manager; by default ``SCALR_TOKEN`` or ``scalr/api-token``.
/// :raises ValueError: for a manager or a language that is not known, or a name that the manager does not allow.
#[pyfunction]
#[pyo3(signature = (manager, language, secret = None))]
pub(crate) fn snippet(
    py: Python<'_>,
    manager: &str,
    language: &str,
    secret: Option<&str>,
) -> PyResult<String> {
    let manager = manager_named(manager)?;
    let language = named("language", language, &Language::ALL, Language::id)?;
    let secret = secret.unwrap_or(manager.default_secret());
    let code = work(py, usize::MAX, || snippets_of::get(manager, language).code(secret))?;
    code.map_err(|why| wrong("secret", why))
}

/// The snippets that there are, and what the tests of scalr-detect do with each.
#[pyfunction]
pub(crate) fn snippets(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let listed = SNIPPETS.iter().map(|snippet| {
        let dict = PyDict::new(py);
        dict.set_item("manager", snippet.manager.id())?;
        dict.set_item("manager_name", snippet.manager.name())?;
        dict.set_item("language", snippet.language.id())?;
        dict.set_item("file", snippet.language.file_name())?;
        dict.set_item("tested", snippet.tested.id())?;
        dict.set_item("how", snippet.how)?;
        Ok(dict)
    });
    listed.collect()
}

/// Takes the secrets out of a file: what was written there is read from the environment instead. Nothing is opened or
/// written.
///
/// It knows Python, JavaScript, TypeScript, Go, Java, Rust, YAML, Terraform, the shell and environment files.
///
/// :param path: the path of the file, which says what kind of file it is.
/// :param text: its content.
/// :param manager: where secrets are read from; others than ``env`` only in the shell, and ``aws-secrets-manager`` in
///     Python.
/// :param name: the variable, or the name of the secret in the manager; by default by the kind of secret, or by what it is
///     assigned to.
/// :raises ValueError: for a manager that is not known, or a name that it does not allow.
/// :raises TypeError: if the content is neither ``str`` nor a buffer of single bytes.
#[pyfunction]
#[pyo3(signature = (path, text, *, manager = "env", name = None))]
pub(crate) fn fix(
    path: &Bound<'_, PyAny>,
    text: &Bound<'_, PyAny>,
    manager: &str,
    name: Option<&str>,
) -> PyResult<Fixed> {
    let py = path.py();
    let path = path_of(path)?.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let data = Data::of(text)?;
    let (old, in_characters) = (data.bytes().to_vec(), data.in_characters());
    let manager = manager_named(manager)?;
    let fixed = work(py, usize::MAX, || {
        let mut fixer = Fixer::new().manager(manager);
        if let Some(name) = name {
            fixer = fixer.name(name)?;
        }
        Ok(fixer.fix(&Source::new(&path, &old)))
    })?;
    let fixed = fixed.map_err(|why: snippets_of::NameError| wrong("name", why))?;
    let lines: Vec<&[u8]> = if in_characters { old.split(|b| *b == b'\n').collect() } else { Vec::new() };
    let place = |position: scalr_detect::Position| {
        let before = lines.get(position.line - 1).and_then(|line| line.get(..position.column - 1));
        let column = before.map_or(position.column, |before| crate::data::count(before) + 1);
        (position.line, column)
    };
    let change = |change: &library::fix::Change| {
        let (line, column) = place(change.position());
        let [detector, name, masked] = [change.detector(), change.name(), change.masked()].map(str::to_owned);
        Change { detector, line, column, name, masked }
    };
    let left = |left: &library::fix::Left| {
        let (line, column) = place(left.position);
        let (detector, masked) = (left.detector.clone(), left.masked.clone());
        Left { detector, line, column, why: left.why.to_string(), masked }
    };
    Ok(Fixed {
        text: data.as_passed(text, &fixed.text)?.unbind(),
        changes: fixed.changes.iter().map(change).collect(),
        left: fixed.left.iter().map(left).collect(),
        advice: fixed.advice,
        path,
        new: fixed.text,
        old,
    })
}

/// A file after it was fixed.
#[pyclass(module = "scalr_detect.respond", frozen)]
pub(crate) struct Fixed {
    /// The new content, of the type that was passed; the old one if nothing was changed. What was left alone is still in it.
    #[pyo3(get)]
    text: Py<PyAny>,
    changes: Vec<Change>,
    left: Vec<Left>,
    /// What must hold of such a file for the change to work, if that is not plain.
    #[pyo3(get)]
    advice: Option<&'static str>,
    path: String,
    old: Vec<u8>,
    new: Vec<u8>,
}

#[pymethods]
impl Fixed {
    /// What was replaced, in order.
    #[getter]
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.changes.clone())
    }

    /// What was left alone, in order.
    #[getter]
    fn left<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.left.clone())
    }

    /// What changes, as a unified diff in which secrets are masked.
    #[getter]
    fn diff(&self, py: Python<'_>) -> PyResult<String> {
        work(py, usize::MAX, || diff(&self.path, &self.old, &self.new))
    }

    // Without the content, which may have secrets.
    fn __repr__(&self) -> String {
        format!("Fixed(path={:?}, {} changed, {} left)", self.path, self.changes.len(), self.left.len())
    }
}

/// A secret that was replaced.
#[pyclass(module = "scalr_detect.respond", frozen)]
#[derive(Clone)]
pub(crate) struct Change {
    /// The id of the detector that found it.
    #[pyo3(get)]
    detector: String,
    /// The line of the old content on which the secret started, from 1.
    #[pyo3(get)]
    line: usize,
    /// The column, from 1, in characters of a ``str`` or bytes.
    #[pyo3(get)]
    column: usize,
    /// The variable that must be set, or the name of the secret in the manager.
    #[pyo3(get)]
    name: String,
    /// The secret, masked.
    #[pyo3(get)]
    masked: String,
}

#[pymethods]
impl Change {
    fn __repr__(&self) -> String {
        let Change { detector, line, column, name, .. } = self;
        format!("Change(detector={detector:?}, line={line}, column={column}, name={name:?})")
    }
}

/// A secret that was left alone.
#[pyclass(module = "scalr_detect.respond", frozen)]
#[derive(Clone)]
pub(crate) struct Left {
    /// The id of the detector that found it.
    #[pyo3(get)]
    detector: String,
    /// The line on which the secret starts, from 1.
    #[pyo3(get)]
    line: usize,
    /// The column, from 1, in characters of a ``str`` or bytes.
    #[pyo3(get)]
    column: usize,
    /// Why, in a clause.
    #[pyo3(get)]
    why: String,
    /// The secret, masked.
    #[pyo3(get)]
    masked: String,
}

#[pymethods]
impl Left {
    fn __repr__(&self) -> String {
        let Left { detector, line, column, why, .. } = self;
        format!("Left(detector={detector:?}, line={line}, column={column}, why={why:?})")
    }
}

fn manager_named(id: &str) -> PyResult<Manager> {
    named("manager", id, &Manager::ALL, Manager::id)
}

// Without what was passed, which may be anything.
fn host(option: &str, text: &str) -> PyResult<Host> {
    text.parse().map_err(|why: library::HostError| wrong(option, why))
}

fn wrong(option: &str, why: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{option}: {why}"))
}

/// Names and values of a mapping.
fn pairs(option: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let dict = PyDict::new(object.py());
    let read = dict.call_method1(intern!(object.py(), "update"), (object,)).and_then(|_| {
        dict.iter().map(|(name, value)| Ok((name.extract()?, value.extract()?))).collect::<PyResult<_>>()
    });
    read.map_err(|_| PyTypeError::new_err(format!("{option} must be a dict of names and texts")))
}

/// Lists and dicts for what the library has as JSON.
fn plain<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|e| PyValueError::new_err(e.to_string()))?;
    py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,))
}
