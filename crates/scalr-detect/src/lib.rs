#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// Long texts that belong to the library: why it is built as it is.
pub mod _documentation {
    #[doc = include_str!("../DESIGN.md")]
    pub mod design {}
}

mod catalog;
mod context;
#[cfg(feature = "custom")]
mod custom;
mod decode;
mod engine;
mod finding;
mod input;
mod judgement;
mod parts;
mod redact;
mod scalr;
mod scanner;
mod steps;
mod stream;

pub use catalog::Catalog;
#[cfg(feature = "custom")]
pub use custom::{Custom, Imported, import_gitleaks};
pub use decode::Decoder;
pub use finding::{FindIter, Finding, Fingerprint, Masked, Position};
pub use input::Input;
pub use judgement::Judgement;
pub use redact::Redactor;
pub use scalr_detect_catalog::{Check, Confidence, Detector, Kind, Severity};
pub use scalr_detect_check::Details;
pub use scanner::{BuildError, Scanner, ScannerBuilder};
pub use stream::Searcher;
