//! What cannot be tested from C: panics, and that nothing was forgotten.

use crate::boundary::{Failure, guard, scalr_detect_last_error};
use crate::builder::Builder;
use crate::iter::*;
use crate::names::{self, ended};
use crate::redact::*;
use crate::scanner::*;
use crate::status::Status;
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ptr;

fn last_error() -> String {
    // SAFETY: it is a text, and valid until the next failure in this thread.
    unsafe { CStr::from_ptr(scalr_detect_last_error()) }.to_str().unwrap().to_owned()
}

#[test]
fn panics_become_a_status() {
    /// Panics when it is dropped.
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("a secret");
        }
    }
    let line = line!() + 1;
    assert_eq!(guard(|| panic!("a secret")), Status::Panic);
    assert_eq!(last_error(), format!("internal error at tests.rs:{line}: please report it, with this line"));
    assert_eq!(guard(|| panic!("{}", String::from("a secret"))), Status::Panic);
    assert_eq!(guard(|| std::panic::panic_any(Bad)), Status::Panic);
    assert!(last_error().starts_with("internal error at tests.rs:"), "{}", last_error());
    // In another thread too, and there it goes on.
    std::thread::spawn(|| {
        assert_eq!(last_error(), "");
        assert_eq!(guard(|| Err(Failure::END)), Status::End);
        assert_eq!(guard(|| panic!("a secret")), Status::Panic);
        assert!(last_error().contains("internal error"));
        assert_eq!(guard(|| Ok(())), Status::Ok);
    })
    .join()
    .unwrap();
}

#[test]
fn panics_of_others_are_not_ours() {
    // The hook that silences ours is there …
    assert_eq!(guard(|| panic!("ours")), Status::Panic);
    let before = last_error();
    // … and does not touch what is not in a call of ours.
    assert!(std::panic::catch_unwind(|| panic!("of others, to be seen in the test's output")).is_err());
    assert_eq!(last_error(), before);
}

#[test]
fn failures_are_told() {
    assert_eq!(guard(|| Err(Failure::new(Status::Finished, "with a NUL\0 inside"))), Status::Finished);
    assert_eq!(last_error(), "with a NUL inside");
    // Neither the end nor success is a failure.
    assert_eq!(guard(|| Err(Failure::END)), Status::End);
    assert_eq!(guard(|| Ok(())), Status::Ok);
    assert_eq!(last_error(), "with a NUL inside");
    // A secret in what the caller passed is not repeated.
    let body = "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP";
    assert_eq!(
        guard(|| Err(Failure::quoting(Status::InvalidOption, &format!("npm_{body}")))),
        Status::InvalidOption
    );
    assert!(
        last_error().starts_with("[npm-access-token:") && !last_error().contains(body),
        "{}",
        last_error()
    );
}

/// The way of a caller from end to end, in Rust, so that Miri can look at the unsafe code where it is installed.
#[test]
fn a_caller_in_rust() {
    let text = format!("user=ci token=npm_{} ok", "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP");
    let (data, len) = (text.as_ptr().cast::<c_void>(), text.len());
    let (mut scanner, mut iter, mut redactor) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let mut findings = [const { MaybeUninit::<crate::finding::Finding>::uninit() }; 2];
    let (mut count, mut other) = (0, MaybeUninit::uninit());
    let mut buffer = MaybeUninit::uninit();
    let (mut place, mut out_len) = (text.clone().into_bytes(), 0);
    let mut start = ptr::null();
    // SAFETY: every pointer is to a local variable of the type that is asked for, and handles are freed once, at the end.
    unsafe {
        assert_eq!(scalr_detect_scanner_new(&mut scanner), Status::Ok);
        let first = findings.as_mut_ptr().cast();
        assert_eq!(scalr_detect_scan(scanner, data, len, first, 2, &mut count), Status::Ok);
        assert_eq!((count, (*first).start, (*first).end), (1, 14, 54));
        assert_eq!(CStr::from_ptr((*first).detector).to_str(), Ok("npm-access-token"));
        assert_eq!(scalr_detect_iter_new(scanner, data, len, &mut iter), Status::Ok);
        assert_eq!(scalr_detect_redactor_new(scanner, &mut redactor), Status::Ok);
        // What was made from it stays.
        scalr_detect_scanner_free(scanner);
        assert_eq!(scalr_detect_iter_next(iter, other.as_mut_ptr()), Status::Ok);
        assert_eq!(scalr_detect_iter_secret(iter, &mut start, &mut count), Status::Ok);
        assert_eq!((start.cast(), count), (text[14..].as_ptr(), 40));
        // Two places for results may be one.
        assert_eq!(scalr_detect_iter_detail(iter, 0, &mut start, ptr::from_mut(&mut start)), Status::End);
        assert_eq!(scalr_detect_iter_next(iter, other.as_mut_ptr()), Status::End);
        scalr_detect_iter_free(iter);
        assert_eq!(scalr_detect_redactor_push(redactor, data, len, buffer.as_mut_ptr()), Status::Ok);
        scalr_detect_buffer_free(buffer.as_mut_ptr());
        scalr_detect_buffer_free(buffer.as_mut_ptr());
        assert_eq!(scalr_detect_redactor_finish(redactor, buffer.as_mut_ptr()), Status::Ok);
        scalr_detect_buffer_free(buffer.as_mut_ptr());
        scalr_detect_redactor_free(redactor);
        // In place.
        assert_eq!(scalr_detect_scanner_new(&mut scanner), Status::Ok);
        for _ in 0..2 {
            let place = place.as_mut_ptr();
            let status =
                scalr_detect_redact_into(scanner, place.cast(), len, place.cast(), len, &mut out_len);
            assert_eq!((status, out_len <= len), (Status::Ok, true));
            place.add(out_len).write_bytes(b' ', len - out_len);
            out_len = 0;
        }
        scalr_detect_scanner_free(scanner);
    }
    assert!(place.starts_with(b"user=ci token=[npm-access-token:"));
}

#[test]
fn every_function_is_guarded() {
    let sources = [
        include_str!("boundary.rs"),
        include_str!("builder.rs"),
        include_str!("detector.rs"),
        include_str!("finding.rs"),
        include_str!("iter.rs"),
        include_str!("redact.rs"),
        include_str!("scanner.rs"),
        include_str!("status.rs"),
        include_str!("version.rs"),
    ];
    let functions: Vec<&str> =
        sources.iter().flat_map(|source| source.split("#[unsafe(no_mangle)]").skip(1)).collect();
    assert!(functions.len() > 20);
    for function in functions {
        let name = function.split_once("fn ").unwrap().1.split_once('(').unwrap().0;
        // These two read a text, and have nothing that could panic.
        let is_plain = ["scalr_detect_last_error", "scalr_detect_version"].contains(&name);
        let body = function.split_once("{\n").unwrap().1.split_once("\n}\n").unwrap().0;
        assert!(is_plain || body.contains("    guard(|| {"), "{name} is not guarded");
        assert!(name.starts_with("scalr_detect_"), "{name}");
    }
}

#[test]
fn names_are_those_of_the_library() {
    for confidence in engine::Confidence::ALL {
        assert_eq!(names::confidence(confidence).0.to_str(), Ok(confidence.name()));
    }
    for severity in engine::Severity::ALL {
        assert_eq!(names::severity(severity).0.to_str(), Ok(severity.name()));
    }
    use engine::Decoder::{Base64, Escape, Hex, Percent, Utf16};
    for decoder in [Base64, Escape, Hex, Percent, Utf16] {
        assert_eq!(names::decoder(decoder).to_str(), Ok(decoder.name()));
    }
    assert_eq!(ended("a\0b").to_str(), Ok("a\u{fffd}b"));
}

#[test]
fn numbers_are_in_order() {
    let confidences = engine::Confidence::ALL.map(|confidence| names::confidence(confidence).1 as u32);
    assert_eq!(confidences, [1, 2, 3, 4]);
    assert_eq!(engine::Severity::ALL.map(|severity| names::severity(severity).1 as u32), [1, 2, 3, 4, 5]);
}

#[test]
fn handles_keep_to_the_rules_of_threads() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<Scanner>();
    moved::<Builder>();
    moved::<Iter>();
    moved::<Redactor>();
}
