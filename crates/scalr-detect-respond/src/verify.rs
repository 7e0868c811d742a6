//! Whether secrets still work.

use std::collections::HashMap;
use std::sync::PoisonError;

use jiff::Timestamp;
use scalr_detect::Fingerprint;

use crate::client::{Client, NoAnswer};
use crate::credential::{Credential, Evidence, Validity, Verdict};
use crate::exchange::{Declared, Exchange, Target, verification};
use crate::transport::{Request, Response};

/// The request that tells whether a secret works that the detector of this id finds. None: there is none.
pub fn verified_by(detector: &str) -> Option<Declared> {
    verification(detector).map(Exchange::declared)
}

/// How many questions are asked about one secret, if it stands beside different hosts or other parts.
const QUESTIONS: usize = 4;

/// A question that was not answered before.
struct Question<'c> {
    of: Fingerprint,
    /// See [`Exchange::question`].
    key: String,
    credential: &'c Credential,
    exchange: &'static Exchange,
    target: Target,
}

impl Client {
    /// Asks the providers whether these secrets still work; gives a verdict for each, in the same order.
    ///
    /// A secret that is there several times is asked about once. If different hosts stand beside it, or different other
    /// parts of the credential, each of the first few is tried: it is live if it is live with any of them, and dead only
    /// if it is dead with all.
    pub fn verify(&self, credentials: &[Credential]) -> Vec<Verdict> {
        let until = self.until();
        let now = Timestamp::now();
        let mut reasons: HashMap<Fingerprint, Verdict> = HashMap::new();
        let mut asked: HashMap<Fingerprint, Vec<String>> = HashMap::new();
        let (mut questions, mut requests): (Vec<Question<'_>>, Vec<Request>) = (Vec::new(), Vec::new());
        let fingerprints: Vec<Fingerprint> = credentials.iter().map(Credential::fingerprint).collect();
        for (credential, of) in credentials.iter().zip(&fingerprints) {
            match self.question(credential, now) {
                Err(verdict) => _ = reasons.entry(*of).or_insert(verdict),
                Ok((exchange, target, request)) => {
                    let keys = asked.entry(*of).or_default();
                    let key = exchange.question(credential, &target);
                    if keys.contains(&key) || keys.len() >= QUESTIONS {
                        continue;
                    }
                    keys.push(key.clone());
                    if self.kept(*of, &key).is_none() {
                        questions.push(Question { of: *of, key, credential, exchange, target });
                        requests.push(request);
                    }
                }
            }
        }

        let mut answers: HashMap<(Fingerprint, String), Verdict> = HashMap::new();
        for (question, answer) in questions.iter().zip(self.ask_all(&requests, until)) {
            let verdict = question.verdict(&answer);
            let key = (question.of, question.key.clone());
            // What was not answered may be answered another time.
            if answer.is_ok_and(|response| !matches!(response.status, 429 | 500..)) {
                self.known
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(key.clone(), verdict.clone());
            }
            answers.insert(key, verdict);
        }
        let verdict = |of: &Fingerprint| {
            let keys = asked.get(of).into_iter().flatten();
            let answered =
                |key: &String| answers.get(&(*of, key.clone())).cloned().or_else(|| self.kept(*of, key));
            let verdicts: Vec<Verdict> = keys.filter_map(answered).collect();
            all_told(verdicts)
                .or_else(|| reasons.get(of).cloned())
                .unwrap_or_else(|| Verdict::unknown("not asked"))
        };
        fingerprints.iter().map(verdict).collect()
    }

    fn question(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<(&'static Exchange, Target, Request), Verdict> {
        let exchange = verification(credential.detector())
            .ok_or_else(|| Verdict::unknown("no harmless request is known that tells"))?;
        let target = exchange.target(credential, &self.named).map_err(Verdict::unknown)?;
        let request = exchange.request(credential, &target, None, now).map_err(Verdict::unknown)?;
        Ok((exchange, target, request))
    }

    /// The verdict of an earlier call.
    fn kept(&self, of: Fingerprint, key: &str) -> Option<Verdict> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(of, key.to_owned())).cloned()
    }

    /// Forgets the verdicts about a secret, as they may have changed.
    pub(crate) fn forget(&self, of: Fingerprint) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(fingerprint, _), _| *fingerprint != of);
    }
}

impl Question<'_> {
    fn verdict(&self, answer: &Result<Response, NoAnswer>) -> Verdict {
        match answer {
            Ok(response) => {
                let (live, evidence) = self.exchange.judge(self.credential, &self.target, response);
                let validity = match live {
                    Some(true) => Validity::Live,
                    Some(false) => Validity::Dead,
                    None => Validity::Unknown,
                };
                Verdict { validity, evidence }
            }
            Err(reason) => {
                let host = Some(self.target.host.clone());
                let evidence = Evidence { host, ..Evidence::new(reason.to_string()) };
                Verdict { validity: Validity::Unknown, evidence }
            }
        }
    }
}

/// What several verdicts about one secret come to. None: there are none.
fn all_told(verdicts: Vec<Verdict>) -> Option<Verdict> {
    let rank = |verdict: &Verdict| match verdict.validity {
        Validity::Live => 0,
        Validity::Unknown => 1,
        Validity::Dead => 2,
    };
    verdicts.into_iter().min_by_key(rank)
}
