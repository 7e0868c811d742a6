//! Findings for people and for programs: [`jsonl`] and [`terminal`].
//!
//! A scan has many threads and one output. So nothing here writes to the output itself: each function appends to
//! whatever it is given, a thread's own buffer say, and whoever scans passes full buffers on, one at a time.
//!
//! What is written is made of plain values: a [`Record`] is what there is to say about a finding, a [`Summary`] about a
//! scan. A finding borrows from the bytes that it was found in; a record does not, so that it can be kept, and has no secret in it
//! but a masked one, unless it was asked to ([`Record::new`]). Text around a secret goes through [`Context`], which masks every other
//! secret in it.
//!
//! # Bytes that are not UTF-8
//!
//! File names and secrets are bytes, JSON and terminals want text. Where the bytes are not UTF-8, what cannot be read
//! is replaced by U+FFFD, and JSON has a second field beside, with `_percent` after its name, which has the bytes
//! exactly: percent-encoded, as in URLs.

#![forbid(unsafe_code)]

mod context;
pub mod jsonl;
mod record;
pub mod terminal;
mod text;

pub use context::Context;
pub use record::{BaselineUse, Record, Summary, Suppressed, Tally, Validity};
