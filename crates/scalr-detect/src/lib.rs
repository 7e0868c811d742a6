#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]

mod catalog;
mod context;
mod decode;
mod engine;
mod finding;
mod input;
mod redact;
mod scalr;
mod scanner;
mod steps;
mod stream;

pub use catalog::Catalog;
pub use decode::Decoder;
pub use finding::{FindIter, Finding, Fingerprint, Masked, Position};
pub use input::Input;
pub use redact::Redactor;
pub use scalr_detect_catalog::{Check, Confidence, Detector, Kind, Severity};
pub use scalr_detect_check::Details;
pub use scanner::{BuildError, Scanner, ScannerBuilder};
