//! `verify`: whether the secrets in files still work.

use std::sync::{Mutex, PoisonError};

use scalr_detect_report::{Record, Validity};
use scalr_detect_respond::{self as respond, Client, Credential};

use crate::args::{EXIT_CODES, Scanning};
use crate::paths::{self, Scan};
use crate::{Error, Outcome};

/// Scan, and ask the providers whether the secrets that are found still work
///
/// Each secret is sent to its own provider, in a request that the provider documents and that changes nothing; each once,
/// however often it is found. It is `live` or `dead` where the provider says so in its own words, and `unknown` for
/// everything else: a firewall, a login page, a redirect, too many requests, no answer.
///
/// Only hosts are asked that are written down beside the detectors, and those that you name. A Scalr token is for one
/// account's host: the one in the token, then the one beside it if it is Scalr's or allowed with --allow-host, then
/// --scalr-host. Private addresses are asked only with --allow-private.
///
/// HTTPS_PROXY, ALL_PROXY and NO_PROXY are honoured. SSL_CERT_FILE and SSL_CERT_DIR name other certificates than those
/// of the system.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES, mut_arg("verify", |arg| arg.hide(true)))]
pub(crate) struct Verify {
    #[command(flatten)]
    scan: Scan,
}

pub(crate) fn run(args: &Verify) -> Result<Outcome, Error> {
    let mut scan = args.scan.clone();
    scan.scanning.verify = true;
    paths::run(&scan)
}

/// How many findings wait until their providers are asked. With fewer, there would be more pauses.
const HELD: usize = 2000;

/// Findings of a scan that wait until their providers are asked.
pub(crate) struct Verifying {
    client: Client,
    only_live: bool,
    held: Mutex<Vec<(Record, Credential)>>,
}

impl Verifying {
    /// None: nobody is to be asked.
    pub(crate) fn new(args: &Scanning) -> Result<Option<Verifying>, Error> {
        if !args.verify {
            return match args.only_live {
                true => {
                    Err(Error("--only-live needs --verify: without asking, nothing is known to work".into()))
                }
                false => Ok(None),
            };
        }
        let client = args.asking.client()?;
        Ok(Some(Verifying { client, only_live: args.only_live, held: Mutex::default() }))
    }

    /// Takes a finding. When enough wait they are asked about, and given back as they are to be reported.
    pub(crate) fn add(&self, record: Record, credential: Credential) -> Vec<Record> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.push((record, credential));
        if held.len() < HELD {
            return Vec::new();
        }
        drop(held);
        self.rest(true)
    }

    /// All that wait, as they are to be reported; they are asked about if `ask`.
    pub(crate) fn rest(&self, ask: bool) -> Vec<Record> {
        // Others go on to scan meanwhile.
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut records, credentials): (Vec<_>, Vec<_>) = held.into_iter().unzip();
        let verdicts = if ask { self.client.verify(&credentials) } else { Vec::new() };
        for (record, verdict) in records.iter_mut().zip(verdicts) {
            record.validity = match verdict.validity {
                respond::Validity::Live => Validity::Live,
                respond::Validity::Dead => Validity::Dead,
                respond::Validity::Unknown => Validity::Unknown,
            };
            record.evidence = verdict.evidence.to_string();
        }
        records.retain(|record| !self.only_live || record.validity == Validity::Live);
        records
    }
}
