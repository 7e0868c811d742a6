//! Where bytes come from, and what became of them.
//!
//! The library `scalr-detect` looks for secrets in bytes that it is given. This crate finds the bytes: it walks paths
//! ([`Paths`]), git repositories ([`git`]) and diffs ([`scan_diff`]), hands everything to a scanner and what is found to a
//! [`Visitor`]. What it reads at a time is a **unit**: a file, standard input, an object of a repository.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use scalr_detect::{Finding, Scanner};
//! use scalr_detect_sources::{Paths, Progress, Unit, Visitor};
//!
//! struct Count(u64);
//! impl Visitor for Count {
//!     fn finding(&mut self, _: &Unit<'_>, _: &Finding<'_, '_>) -> ControlFlow<()> {
//!         self.0 += 1;
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let ledger = Paths::new(["src"]).scan(&Scanner::new(), &Progress::default(), || Count(0));
//! assert!(!ledger.is_incomplete());
//! ```
//!
//! # Nothing is left out in silence
//!
//! A scan that finds nothing is worth as much as its coverage. So the result of a scan is its [`Ledger`]: how many
//! units and bytes were scanned, and what was not, with the [`Reason`]. Some things are left out by design, such as
//! symbolic links met on the way: the ledger counts them and that is all. But when something that was asked for could
//! not be read, the scan is *incomplete*, and a caller should not say that all is well.
//!
//! # Archives
//!
//! [`Paths`] looks into archives and compressed files, within `ArchiveLimits`; what is in them are units of their own, called `ARCHIVE!PATH`. `Images` scans images layer by layer. Both come with the
//! feature `archives`, on by default.
//!
//! # Hostile trees
//!
//! Only regular files are read. Links are not followed (but for those that the caller names), so there are no loops
//! and no way out of the tree; FIFOs, sockets and devices are never opened for longer than it takes to see what they
//! are, and without waiting for the other end. A file that grows while it is read is read as far as it reached when
//! it was opened and [`WINDOW`] bytes more. Memory is bounded, whatever the size of files and directories.

#![forbid(unsafe_code)]

#[cfg(feature = "archives")]
mod archive;
mod bytes;
pub mod ci;
mod diff;
#[cfg(feature = "archives")]
mod document;
mod file;
#[cfg(feature = "git")]
pub mod git;
mod gitignore;
#[cfg(feature = "archives")]
mod image;
mod ledger;
mod options;
mod paths;
mod stdin;
mod unit;
mod worker;

#[cfg(feature = "archives")]
pub use archive::ArchiveLimits;
pub use bytes::scan_bytes;
pub use diff::scan_diff;
pub use file::WINDOW;
pub use gitignore::is_ignored;
#[cfg(feature = "archives")]
pub use image::{Images, NotAnImage};
pub use ledger::{Example, Ledger, Reason, Skipped, Unread};
pub use options::Options;
pub use paths::Paths;
pub use stdin::Stdin;
pub use unit::{Commit, GitOrigin, ImageOrigin, Introduction, Origin, Unit};
pub use worker::{Progress, Visitor};
