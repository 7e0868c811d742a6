//! scalr-detect-sources.
