//! Kinds of secret.

use crate::boundary::{Failure, guard};
use crate::names::{self, Names};
use crate::pointer;
use crate::status::Status;
use std::ffi::c_char;
use std::ptr;

/// How sure a finding is, as a number to compare. The numbers never change.
#[repr(C)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Confidence {
    /// `"low"`: a generic shape, or a token whose documented checksum fails.
    Low = 1,
    /// `"medium"`: a shape and a word nearby that names it.
    Medium = 2,
    /// `"high"`: a distinctive shape.
    High = 3,
    /// `"checked"`: a checksum or decoded claims hold.
    Checked = 4,
}

/// How bad a leak is as a rule, as a number to compare. The numbers never change.
#[repr(C)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// `"info"`: public by design; worth knowing.
    Info = 1,
    /// `"low"`: little harm.
    Low = 2,
    /// `"medium"`: harm within limits.
    Medium = 3,
    /// `"high"`: access to data or money.
    High = 4,
    /// `"critical"`: control of an account, an organisation or a supply chain.
    Critical = 5,
}

/// A kind of secret: who issues it, how bad its leak is, what to do about it.
///
/// Detectors and all they point at belong to the library and are there, unchanged, as long as it is loaded; any thread may
/// read them. All texts are UTF-8, and lists end with NULL.
#[repr(C)]
#[derive(Debug)]
pub struct Detector {
    /// Stable identifier, `provider-kind` in kebab-case.
    pub id: *const c_char,
    /// What people call it.
    pub name: *const c_char,
    /// Who issues it.
    pub provider: *const c_char,
    /// How it is recognised: `prefixed`, `structured`, `keyword`, `uri`, `pem` or `generic`.
    pub kind: *const c_char,
    /// How bad a leak is: `info`, `low`, `medium`, `high` or `critical`.
    pub severity: *const c_char,
    /// The confidence of a finding on which no check decides: `low`, `medium`, `high` or `checked`.
    pub confidence: *const c_char,
    /// What somebody can do who has it, in a sentence.
    pub impact: *const c_char,
    /// How to revoke or rotate it, in a sentence or two.
    pub remediation: *const c_char,
    /// The name of the offline validator; NULL if there is none.
    pub check: *const c_char,
    /// Pages of the vendor's documentation.
    pub references: *const *const c_char,
    /// Ids under which others know it, or by which it was known before.
    pub aliases: *const *const c_char,
    /// Names of the other parts of the credential, which are looked for around the secret.
    pub parts: *const *const c_char,
    /// `severity` as a number.
    pub severity_level: Severity,
    /// `confidence` as a number.
    pub confidence_level: Confidence,
}

// SAFETY: what it points at is never changed or freed, so any thread may have and read it.
unsafe impl Send for Detector {}
// SAFETY: as above.
unsafe impl Sync for Detector {}

impl Detector {
    /// Makes one, the texts of which are never freed.
    pub(crate) fn new(detector: &engine::Detector) -> Detector {
        let (severity, severity_level) = names::severity(detector.severity);
        let (confidence, confidence_level) = names::confidence(detector.confidence);
        Detector {
            id: names::kept(detector.id),
            name: names::kept(detector.name),
            provider: names::kept(detector.provider),
            kind: names::kept(detector.kind.name()),
            severity: severity.as_ptr(),
            confidence: confidence.as_ptr(),
            impact: names::kept(detector.impact),
            remediation: names::kept(detector.remediation),
            check: detector.check.map_or(ptr::null(), |check| names::kept(check.name())),
            references: names::kept_all(detector.references),
            aliases: names::kept_all(detector.aliases),
            parts: names::kept_all(detector.parts),
            severity_level,
            confidence_level,
        }
    }
}

/// How many kinds of secret the built-in catalogue has. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn scalr_detect_detector_count() -> usize {
    let mut count = 0;
    guard(|| {
        count = Names::builtin().len();
        Ok(())
    });
    count
}

/// A kind of secret of the built-in catalogue, by index from 0 up; they are sorted by id. NULL if there are not so many. Any
/// thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn scalr_detect_detector_at(index: usize) -> *const Detector {
    let mut detector = ptr::null();
    guard(|| {
        let found = Names::builtin().at(index);
        detector = ptr::from_ref(found.ok_or_else(|| {
            let message = "there are not so many detectors: see scalr_detect_detector_count";
            Failure::new(Status::UnknownDetector, message)
        })?);
        Ok(())
    });
    detector
}

/// The kind of secret of the built-in catalogue with this id or alias. NULL if there is none: `scalr_detect_last_error` then
/// names the nearest. Those of one's own are not in it; a finding has its detector in `info`. Any thread may call it.
///
/// # Safety
///
/// `id` ends with a NUL byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_detector_get(id: *const c_char) -> *const Detector {
    let mut detector = ptr::null();
    guard(|| {
        // SAFETY: the caller promises it.
        let id = unsafe { pointer::text(id, "id") }?;
        let catalog = engine::Catalog::builtin();
        let Some(found) = catalog.get(id) else {
            let nearest = catalog.nearest(id);
            let nearest = nearest.map_or_else(String::new, |nearest| format!(": did you mean {nearest:?}?"));
            let message = format!("unknown detector {id:?}{nearest}");
            return Err(Failure::quoting(Status::UnknownDetector, &message));
        };
        detector = ptr::from_ref(Names::builtin().of(found));
        Ok(())
    });
    detector
}
