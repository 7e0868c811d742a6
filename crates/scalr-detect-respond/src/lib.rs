//! From a finding to a secret that is rotated, revoked, checked for misuse, and not leaked again.

#![forbid(unsafe_code)]

pub mod fix;
pub mod snippet;
