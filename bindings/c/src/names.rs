//! Texts for C: ended by a NUL byte, and there as long as the program is.

use crate::detector::{Confidence, Detector, Severity};
use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The detectors of a scanner as C sees them. Each is made when it is first asked for.
pub(crate) struct Names {
    /// Holds the detectors in place.
    scanner: engine::Scanner,
    made: Box<[OnceLock<&'static Detector>]>,
}

impl Names {
    /// Those of the built-in catalogue.
    pub(crate) fn builtin() -> &'static Names {
        static BUILTIN: OnceLock<Names> = OnceLock::new();
        BUILTIN.get_or_init(|| Names::new(engine::Scanner::new()))
    }

    /// Those of a scanner with detectors of one's own, which live as long as the program like everything compiled from
    /// them: findings point at them.
    pub(crate) fn of_custom(scanner: &engine::Scanner) -> &'static Names {
        /// So that they can be reached, and tools that look for leaks see that they are kept on purpose.
        static KEPT: Mutex<Vec<&'static Names>> = Mutex::new(Vec::new());
        let names: &'static Names = Box::leak(Box::new(Names::new(scanner.clone())));
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(names);
        names
    }

    fn new(scanner: engine::Scanner) -> Names {
        let made = scanner.detectors().iter().map(|_| OnceLock::new()).collect();
        Names { scanner, made }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.made.len()
    }

    /// The detector at an index.
    pub(crate) fn at(&self, index: usize) -> Option<&'static Detector> {
        let detector = self.scanner.detectors().get(index)?;
        Some(self.made[index].get_or_init(|| Box::leak(Box::new(Detector::new(detector)))))
    }

    /// A detector as C sees it. It must be of the scanner that these are of.
    pub(crate) fn of(&self, detector: &engine::Detector) -> &'static Detector {
        // By its place in the table, as a look-up by id for each finding would cost more than all else here.
        let first = self.scanner.detectors().as_ptr().addr();
        let offset = ptr::from_ref(detector).addr().wrapping_sub(first);
        self.at(offset / size_of::<engine::Detector>()).expect("a finding's detector is of its scanner")
    }
}

/// A text as C wants it, kept for ever.
pub(crate) fn kept(text: &str) -> *const c_char {
    ended(text).into_raw()
}

/// Texts as C wants them, behind the last of which is NULL, kept for ever.
pub(crate) fn kept_all(texts: &[&str]) -> *const *const c_char {
    let texts: Vec<*const c_char> = texts.iter().map(|text| kept(text)).chain([ptr::null()]).collect();
    Box::leak(texts.into_boxed_slice()).as_ptr()
}

/// A text with a NUL byte at its end. One within would end it early, so it is replaced.
pub(crate) fn ended(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).expect("there is no NUL in it")
}

/// The name of a confidence, and its number.
pub(crate) fn confidence(confidence: engine::Confidence) -> (&'static CStr, Confidence) {
    match confidence {
        engine::Confidence::Low => (c"low", Confidence::Low),
        engine::Confidence::Medium => (c"medium", Confidence::Medium),
        engine::Confidence::High => (c"high", Confidence::High),
        engine::Confidence::Checked => (c"checked", Confidence::Checked),
    }
}

/// The name of a severity, and its number.
pub(crate) fn severity(severity: engine::Severity) -> (&'static CStr, Severity) {
    match severity {
        engine::Severity::Info => (c"info", Severity::Info),
        engine::Severity::Low => (c"low", Severity::Low),
        engine::Severity::Medium => (c"medium", Severity::Medium),
        engine::Severity::High => (c"high", Severity::High),
        engine::Severity::Critical => (c"critical", Severity::Critical),
    }
}

/// The name of an encoding.
pub(crate) fn decoder(decoder: engine::Decoder) -> &'static CStr {
    match decoder {
        engine::Decoder::Base64 => c"base64",
        engine::Decoder::Hex => c"hex",
        engine::Decoder::Percent => c"percent",
        engine::Decoder::Escape => c"escape",
        engine::Decoder::Utf16 => c"utf16",
    }
}
