//! Scanners that look for other than the default.

use crate::boundary::{Failure, guard};
use crate::names::{self, Names};
use crate::pointer;
use crate::scanner::Scanner;
use crate::status::Status;
use engine::{Confidence, Custom};
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// Builds a scanner that looks for other than the default. Opaque; made by `scalr_detect_builder_new`.
///
/// One thread at a time may use it; which one does not matter.
pub struct Builder {
    only: Vec<String>,
    exclude: Vec<String>,
    min_confidence: Confidence,
    decoders: bool,
    custom: Vec<String>,
}

/// Starts to build a scanner. `*builder` then belongs to the caller, to be freed with `scalr_detect_builder_free`.
///
/// # Safety
///
/// `builder` is NULL or points at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_new(builder: *mut *mut Builder) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(builder, ptr::null_mut(), "builder") }?;
        let (only, exclude, custom) = (Vec::new(), Vec::new(), Vec::new());
        let min_confidence = Confidence::Medium;
        out.set(Box::into_raw(Box::new(Builder { only, exclude, min_confidence, decoders: true, custom })));
        Ok(())
    })
}

/// Frees a builder; scanners built by it stay. NULL is fine.
///
/// # Safety
///
/// `builder` is NULL or one that was not freed yet and that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_free(builder: *mut Builder) {
    guard(|| {
        if !builder.is_null() {
            // SAFETY: the caller promises it; it came from `Box::into_raw`.
            drop(unsafe { Box::from_raw(builder) });
        }
        Ok(())
    });
}

/// Looks for this detector only, by id or alias; `github-*` stands for every id that begins so. Adds to those named before.
/// Whether there is such a detector is seen by `scalr_detect_builder_build`.
///
/// # Safety
///
/// `builder` is NULL or one that nobody else uses now. `id` is NULL or ends with a NUL byte; it is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_only(builder: *mut Builder, id: *const c_char) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let (builder, id) = unsafe { (pointer::exclusive(builder, "builder")?, pointer::text(id, "id")?) };
        builder.only.push(id.to_owned());
        Ok(())
    })
}

/// Does not look for this detector, by id, alias or beginning as in `scalr_detect_builder_only`. Adds to those named before.
///
/// # Safety
///
/// `builder` is NULL or one that nobody else uses now. `id` is NULL or ends with a NUL byte; it is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_exclude(builder: *mut Builder, id: *const c_char) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let (builder, id) = unsafe { (pointer::exclusive(builder, "builder")?, pointer::text(id, "id")?) };
        builder.exclude.push(id.to_owned());
        Ok(())
    })
}

/// Leaves out findings of lower confidence than this: `low`, `medium` (the default), `high` or `checked`.
///
/// # Safety
///
/// `builder` is NULL or one that nobody else uses now. `confidence` is NULL or ends with a NUL byte; it is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_min_confidence(
    builder: *mut Builder,
    confidence: *const c_char,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let (builder, name) =
            unsafe { (pointer::exclusive(builder, "builder")?, pointer::text(confidence, "confidence")?) };
        let known = Confidence::ALL.into_iter().find(|confidence| confidence.name() == name);
        builder.min_confidence = known.ok_or_else(|| {
            let message = format!("{name:?} is no confidence: use low, medium, high or checked");
            Failure::quoting(Status::InvalidOption, &message)
        })?;
        Ok(())
    })
}

/// Whether encoded text (base64, hexadecimal, percent-encoding, escapes, UTF-16) is decoded and searched as well. The default
/// is yes.
///
/// # Safety
///
/// `builder` is NULL or one that nobody else uses now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_decoders(builder: *mut Builder, on: bool) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        unsafe { pointer::exclusive(builder, "builder") }?.decoders = on;
        Ok(())
    })
}

/// Looks for the detectors of this text too, which is a detector file in TOML, in the format of the built-in catalogue (see
/// `CONTRIBUTING.md`). It need not end with a NUL byte. Can be called for several files. What is wrong in it is seen by
/// `scalr_detect_builder_build`.
///
/// # Safety
///
/// `builder` is NULL or one that nobody else uses now. `toml` points at `len` bytes, or `len` is 0; they are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_custom(
    builder: *mut Builder,
    toml: *const c_void,
    len: usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let (builder, toml) =
            unsafe { (pointer::exclusive(builder, "builder")?, pointer::bytes(toml, len)?) };
        let toml = std::str::from_utf8(toml).map_err(|_| pointer::not_utf8("toml"))?;
        builder.custom.push(toml.to_owned());
        Ok(())
    })
}

/// Builds a scanner. `*scanner` then belongs to the caller, to be freed with `scalr_detect_scanner_free`. The builder stays as
/// it is, to build more or to be freed.
///
/// UNKNOWN_DETECTOR if one was named that does not exist, and INVALID_CUSTOM if detectors of one's own cannot be used.
/// Detectors of one's own are compiled by each call, and what they are compiled to lives as long as the program: build such
/// a scanner once.
///
/// # Safety
///
/// `builder` is NULL or one that nobody else uses now. `scanner` is NULL or points at room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scalr_detect_builder_build(
    builder: *const Builder,
    scanner: *mut *mut Scanner,
) -> Status {
    guard(|| {
        // SAFETY: the caller promises it.
        let out = unsafe { pointer::out(scanner, ptr::null_mut(), "scanner") }?;
        // SAFETY: the caller promises it.
        let builder = unsafe { pointer::shared(builder, "builder") }?;
        out.set(Arc::into_raw(Arc::new(builder.build()?)).cast_mut());
        Ok(())
    })
}

impl Builder {
    fn build(&self) -> Result<Scanner, Failure> {
        let mut builder = engine::Scanner::builder()
            .only(&self.only)
            .except(&self.exclude)
            .min_confidence(self.min_confidence)
            .decoders(self.decoders);
        if !self.custom.is_empty() {
            let files = self.custom.iter().enumerate().map(|(i, toml)| (format!("custom {}", i + 1), toml));
            let files: Vec<(String, &String)> = files.collect();
            let custom = Custom::read(files.iter().map(|(name, toml)| (&**name, &***toml)));
            let custom = custom.map_err(|errors| {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                Failure::quoting(Status::InvalidCustom, &lines.join("\n"))
            })?;
            builder = builder
                .custom(&custom)
                .map_err(|error| Failure::quoting(Status::InvalidCustom, &error.to_string()))?;
        }
        let scanner =
            builder.build().map_err(|error| Failure::quoting(Status::UnknownDetector, &error.to_string()))?;
        let names = if self.custom.is_empty() { Names::builtin() } else { names::Names::of_custom(&scanner) };
        Ok(Scanner { scanner, names })
    }
}
