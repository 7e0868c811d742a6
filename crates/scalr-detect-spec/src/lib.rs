//! scalr-detect-spec.
