//! scalr-detect-spec.

pub mod template;
