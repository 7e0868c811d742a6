//! From a finding to a secret that is rotated, revoked, checked for misuse, and not leaked again.
//!
//! * [`Client::verify`]: whether secrets still work.
//! * [`Client::revoke`]: they do no more.
//! * [`Client::impact`]: what a Scalr token reaches.
//! * [`playbook`]: what to do about a leak, step by step, with what is known filled in.
//! * [`practices`]: how secrets of a provider are best kept.
//! * [`snippet`]: code that reads a secret from where it is kept.
//!
//! # The network
//!
//! [`HttpTransport`] is the only code of the project that opens a socket, and only [`Client`] uses it, when one of its
//! methods is called. It is behind the feature `http`; without it, a [`Transport`] of one's own is needed.
//!
//! * Who is asked: the hosts of [`known_hosts`], which stand in the declarations beside the detectors, and those that the
//!   user names. A host that merely stands near a secret is not asked.
//! * What for: requests that the provider documents and that change nothing, but for those of a [`Revocation`].
//! * What is believed: answers in the provider's own words. A status alone proves nothing.
//! * Redirects are not followed, certificates are verified, private addresses are refused.
//! * Secrets are in requests and nowhere else: not in errors, not in `Debug`, not in evidence, not on disk. The HTTP client
//!   logs requests at the level `debug` of the crate `log`, and the secret is in the address of a few: do not turn that on.

#![forbid(unsafe_code)]

mod address;
mod client;
mod credential;
#[cfg(all(test, feature = "http"))]
mod declared;
mod exchange;
#[rustfmt::skip] // So that formatting does not make it stale.
mod generated;
mod hosts;
#[cfg(feature = "http")]
mod http;
mod impact;
pub mod playbook;
pub mod practices;
mod revoke;
#[cfg(all(test, feature = "http"))]
#[path = "../tests/server/mod.rs"]
mod server;
mod sigv4;
pub mod snippet;
mod transport;
mod verify;

pub use address::is_public;
pub use client::{Client, ClientBuilder};
pub use credential::{Credential, Evidence, Validity, Verdict};
pub use exchange::{Declared, known_hosts};
pub use hosts::{Host, HostError};
#[cfg(feature = "http")]
pub use http::HttpTransport;
pub use impact::{Access, Impact, ImpactError, Item, Listing};
pub use revoke::{CannotRevoke, Revocation, Revoked, revoked_by};
pub use transport::{Request, Response, Transport, TransportError};
pub use verify::verified_by;
