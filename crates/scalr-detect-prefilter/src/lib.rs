//! scalr-detect-prefilter.
