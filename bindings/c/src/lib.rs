//! The C interface of scalr-detect.
//!
//! `include/scalr_detect.h` is made from this crate by `cargo xtask header`, comments included: they are written for those
//! who read the header. Every function is a few lines: check the arguments, call the library, put the result where the
//! caller wants it. What they share:
//!
//! * [`boundary`]: each function runs in [`boundary::guard`], which turns what went wrong, a panic as well, into a status and
//!   a message. No function panics into C.
//! * [`pointer`]: NULL, lengths and texts are checked in one place.
//! * [`names`]: C wants texts that end with a NUL byte and live as long as the program. Those of a detector are made when it
//!   is first found or asked for.
//!
//! Handles are boxes given away, and the scanner's a counted one, so that what was made from a scanner may outlive its handle.

// In the order in which the header has them.
pub mod version;

pub mod status;

pub mod boundary;

pub mod detector;

pub mod finding;

pub mod scanner;

pub mod builder;

pub mod iter;

pub mod redact;

mod names;
mod pointer;
#[cfg(test)]
mod tests;
