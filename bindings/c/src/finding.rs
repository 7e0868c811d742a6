//! Findings as plain values.

use crate::detector::{Confidence, Detector, Severity};
use crate::names::{self, Names};
use std::ffi::c_char;
use std::ptr;

// There is room for all encodings around a secret, and for NULL behind the last.
const _: () = assert!(engine::Decoder::MAX_DEPTH < 4);

/// A secret that was found. A plain value: copy it, keep it, forget it, from any thread. Nothing in it has to be freed: its
/// pointers are to static texts of the library, and it does not point at the data. The secret itself is not in it: it is
/// what stands from `start` to `end` in the data, decoded if `decoded_by` is not empty.
///
/// Its layout is the same in all versions of the library with the same soname (the same major version; before 1.0, the
/// same minor version). What is added meanwhile is told by new functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// What kind of secret it is: the id of its detector.
    pub detector: *const c_char,
    /// How sure it is: `low`, `medium`, `high` or `checked`.
    pub confidence: *const c_char,
    /// How bad a leak is: `info`, `low`, `medium`, `high` or `critical`.
    pub severity: *const c_char,
    /// All there is to say about that kind of secret. Never NULL.
    pub info: *const Detector,
    /// Names of the encodings around the secret, the outermost first: `base64`, `hex`, `percent`, `escape`, `utf16`. Behind the
    /// last is NULL; mostly it is the first.
    pub decoded_by: [*const c_char; 4],
    /// Where the secret starts, in bytes from the start of the data; of the encoded text, if it was decoded.
    pub start: usize,
    /// Where the secret ends: the offset behind its last byte.
    pub end: usize,
    /// Where the whole match starts, which may have more than the secret in it.
    pub match_start: usize,
    /// Where the whole match ends.
    pub match_end: usize,
    /// The line of `start`, from 1. Lines end with `\n`.
    pub line: usize,
    /// The column of `start`, from 1, in bytes.
    pub column: usize,
    /// `confidence` as a number.
    pub confidence_level: Confidence,
    /// `severity` as a number.
    pub severity_level: Severity,
    /// The identity of the secret, the same wherever it is found: 32 lower-case hexadecimal digits and a NUL byte. It does not
    /// tell the secret.
    pub fingerprint: [c_char; 33],
    /// Whether the secret is a password that is guessed by whoever tries.
    pub weak: bool,
    /// Whether the secret is known to stand for another: published for everyone's use, or made up.
    pub placeholder: bool,
}

impl Finding {
    /// What a finding is to C. `names` are those of its scanner.
    pub(crate) fn new(finding: &engine::Finding<'_, '_>, names: &'static Names) -> Finding {
        let info = names.of(finding.detector());
        let (confidence, confidence_level) = names::confidence(finding.confidence());
        let mut decoded_by = [ptr::null(); 4];
        for (name, decoder) in decoded_by.iter_mut().zip(finding.decoded_by()) {
            *name = names::decoder(*decoder).as_ptr();
        }
        let (secret, span, position) = (finding.secret_span(), finding.span(), finding.position());
        let mut fingerprint = [0; 33];
        let digit = |value: u8| b"0123456789abcdef"[usize::from(value)] as c_char;
        for (digits, byte) in fingerprint.chunks_exact_mut(2).zip(finding.fingerprint().as_bytes()) {
            digits.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        Finding {
            detector: info.id,
            confidence: confidence.as_ptr(),
            severity: info.severity,
            info,
            decoded_by,
            start: secret.start,
            end: secret.end,
            match_start: span.start,
            match_end: span.end,
            line: position.line,
            column: position.column,
            confidence_level,
            severity_level: info.severity_level,
            fingerprint,
            weak: finding.is_weak(),
            placeholder: finding.is_placeholder(),
        }
    }
}
