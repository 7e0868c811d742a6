//! From a finding to a secret that is rotated, revoked, checked for misuse, and not leaked again.
//!
//! * [`playbook`]: what to do about a leak, step by step, with what is known filled in.
//! * [`practices`]: how secrets of a provider are best kept.

#![forbid(unsafe_code)]

pub mod fix;
pub mod playbook;
pub mod practices;
pub mod snippet;
