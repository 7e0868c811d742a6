//! Findings for people, for programs, and for the platforms that show them beside the code.
//!
//! | module | form | written |
//! |---|---|---|
//! | [`terminal`] | text for people | as it is found |
//! | [`jsonl`] | one JSON object a line | as it is found |
//! | [`csv`] | a table | as it is found |
//! | [`github`] | workflow commands of GitHub Actions | as it is found |
//! | [`json`] | one JSON document | at the end |
//! | [`sarif`] | SARIF 2.1.0, as GitHub code scanning wants it | at the end |
//! | [`gitlab`] | GitLab's secret detection report | at the end |
//! | [`bitbucket`] | Code Insights of Bitbucket Cloud and Data Center | at the end |
//! | [`junit`] | test results, which every CI system reads | at the end |
//! | [`html`] | a page to work through | at the end |
//!
//! A scan has many threads and one output. So nothing here writes to the output itself: each function appends to
//! whatever it is given, a thread's own buffer say, and whoever scans passes full buffers on, one at a time. What is
//! written at the end is made of a [`Report`], which keeps every [`Record`]: about a kilobyte a finding.
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

pub mod bitbucket;
mod columns;
mod context;
pub mod csv;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod junit;
mod record;
pub mod sarif;
pub mod terminal;
mod text;

pub use columns::Columns;
pub use context::Context;
pub use record::{BaselineUse, Checkout, Record, Report, Summary, Suppressed, Tally, Validity, gaps, sort};
