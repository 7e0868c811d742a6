//! From a finding to a secret that is rotated, revoked, checked for misuse, and not leaked again.
//!
//! * [`playbook`]: what to do about a leak, step by step, with what is known filled in.
//! * [`practices`]: how secrets of a provider are best kept.
//! * [`snippet`]: programs that read a secret from where it is safe.
//! * [`fix`]: takes a secret out of a file.

#![forbid(unsafe_code)]

pub mod fix;
pub mod playbook;
pub mod practices;
pub mod snippet;
