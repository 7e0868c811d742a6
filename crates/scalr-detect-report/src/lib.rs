//! scalr-detect-report.
