//! Revoking a secret by its provider's API.

use std::borrow::Cow;
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::client::Client;
use crate::credential::{Credential, Evidence, Validity, Verdict};
use crate::exchange::{Declared, Exchange, Target, revocation};
use crate::transport::Request;

/// How long a provider may take until a revoked secret is dead everywhere, in steps after which it is asked.
const STEPS: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// The request that revokes a secret that the detector of this id finds. None: there is none.
pub fn revoked_by(detector: &str) -> Option<Declared> {
    revocation(detector).map(Exchange::declared)
}

/// What it takes to revoke a secret: shown first, done by [`Client::revoke`]. Neither `Debug` nor any text of it has the
/// secret.
#[derive(Clone)]
pub struct Revocation {
    credential: Credential,
    exchange: &'static Exchange,
    target: Target,
    request: Request,
    by_other: bool,
}

impl Revocation {
    /// The request as it is shown: method and URL, with `…` for the secret.
    pub fn request(&self) -> String {
        format!("{} {}", self.request.method(), self.request.shown_url())
    }

    /// What it does: a sentence.
    pub fn effect(&self) -> &'static str {
        self.exchange.effect
    }

    /// The page of the provider's documentation.
    pub fn documented(&self) -> &'static str {
        self.exchange.documented
    }

    /// Whether it is another's token that revokes, and not the secret itself.
    pub fn is_by_other(&self) -> bool {
        self.by_other
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocation").field("request", &self.request).finish_non_exhaustive()
    }
}

/// Why a secret cannot be revoked from here. Its text is a clause.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CannotRevoke(Cow<'static, str>);

impl fmt::Display for CannotRevoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CannotRevoke {}

/// What became of a revocation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revoked {
    /// Whether the provider said that it is done.
    pub is_accepted: bool,
    /// What the provider answered.
    pub evidence: Evidence,
    /// What asking about the secret gave afterwards.
    pub after: Verdict,
}

impl Revoked {
    /// Whether the secret is known to be dead.
    pub fn is_dead(&self) -> bool {
        self.after.validity == Validity::Dead
    }
}

impl Client {
    /// What it takes to revoke a secret. Sends nothing.
    ///
    /// A provider that lets others revoke, as Scalr does, takes the token of `administrator` for it. Where none is given,
    /// and with all other providers, the secret revokes itself.
    ///
    /// # Errors
    ///
    /// When the provider has no such API, or something that it needs is not known: the host, or another part.
    pub fn revocation(
        &self,
        credential: &Credential,
        administrator: Option<&str>,
    ) -> Result<Revocation, CannotRevoke> {
        let exchange = revocation(credential.detector())
            .ok_or(CannotRevoke("its provider has no API by which it revokes itself".into()))?;
        let target = exchange.target(credential, &self.named).map_err(CannotRevoke)?;
        let administrator = administrator.filter(|_| exchange.is_by_other());
        let request =
            exchange.request(credential, &target, administrator, Timestamp::now()).map_err(CannotRevoke)?;
        let by_other = administrator.is_some();
        Ok(Revocation { credential: credential.clone(), exchange, target, request, by_other })
    }

    /// Revokes a secret, and asks whether it is dead then. **This cannot be undone.**
    pub fn revoke(&self, revocation: &Revocation) -> Revoked {
        let Revocation { credential, exchange, target, request, .. } = revocation;
        let until = self.until();
        let (is_accepted, evidence) = match self.ask(request.clone(), until) {
            Ok(response) => exchange.is_done(target, &response),
            Err(reason) => {
                let host = Some(target.host.clone());
                (false, Evidence { host, ..Evidence::new(reason.to_string()) })
            }
        };
        let mut after = Verdict::unknown("not asked");
        for step in STEPS {
            if Instant::now() + step >= until {
                break;
            }
            thread::sleep(step);
            self.forget(credential.fingerprint());
            if let Some(verdict) = self.verify(std::slice::from_ref(credential)).pop() {
                after = verdict;
            }
            // What was accepted may take a moment; what was not, will not change.
            if after.validity != Validity::Live || !is_accepted {
                break;
            }
        }
        Revoked { is_accepted, evidence, after }
    }
}
