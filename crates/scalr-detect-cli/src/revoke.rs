//! `revoke`: secrets in files are revoked by their providers' APIs.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use scalr_detect::{Detector, Finding, Fingerprint};
use scalr_detect_report::terminal;
use scalr_detect_respond::{
    CannotRevoke, Client, Credential, Evidence, Revocation, Validity, Verdict, revoked_by,
};
use scalr_detect_sources::{Paths, Unit, Visitor};
use scalr_detect_triage::Decision;
use serde::Serialize;

use crate::args::{Format, Looking, Report};
use crate::asking::Asking;
use crate::output::Output;
use crate::scanning::note_gaps;
use crate::settings::{Root, Settings};
use crate::{Error, Outcome, interrupt};

/// How many different surroundings of a secret are kept.
const MAX_CREDENTIALS: usize = 8;

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing was found, or all that was found is revoked
  1  something that was found is not revoked
  2  a mistake in usage
  3  something that was asked for could not be read";

/// Revoke the secrets in files, by the APIs of their providers
///
/// Shows for each secret the request that revokes it and what that does, and asks. With --yes it does not ask. Without a
/// terminal and without --yes nothing is revoked: it only shows. Afterwards the provider is asked whether the secret is
/// dead. What was revoked cannot be brought back: rotate first where a service depends on it.
///
/// Secrets that a baseline, a marker or a configuration suppresses are left alone, unless --fingerprint names them.
///
/// A Scalr token is deleted by itself, or by an administrator's token from the environment variable SCALR_ADMIN_TOKEN.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Revoke {
    /// Files and directories to scan for the secrets; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Revoke only the secret with this fingerprint, as reported by a scan
    #[arg(long, value_name = "FINGERPRINT", value_delimiter = ',')]
    fingerprint: Vec<String>,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// The environment variable that holds the token of a Scalr administrator
    #[arg(long, value_name = "NAME", default_value = "SCALR_ADMIN_TOKEN")]
    admin_token_env: String,

    #[command(flatten)]
    report: Report,

    #[command(flatten)]
    looking: Looking,

    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(args: &Revoke) -> Result<Outcome, Error> {
    let client = args.asking.client()?;
    let administrator = std::env::var(&args.admin_token_env).ok().filter(|token| !token.is_empty());
    let settings = Settings::new(&args.looking, Root::Paths(&args.paths), false)?.with_baseline()?;
    let mut paths = Paths::new(&args.paths);
    if let Some(exclusion) = settings.exclusion() {
        paths = paths.exclude(exclusion);
    }
    let all = Mutex::new(BTreeMap::new());
    let collector = || Collector { all: &all, wanted: &args.fingerprint, settings: &settings };
    let progress = interrupt::progress();
    let ledger = paths.scan(&settings.scanner, &progress, collector);
    interrupt::over();
    note_gaps(&ledger);
    if progress.is_interrupted() {
        return Ok(Outcome::Incomplete);
    }
    let found: BTreeMap<Fingerprint, Found> = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(missing) = args
        .fingerprint
        .iter()
        .find(|wanted| !found.keys().any(|fingerprint| fingerprint.to_string() == **wanted))
    {
        return Err(Error(format!("no secret with the fingerprint {missing} is in these files")));
    }

    let output = Output::stdout(args.report.color);
    let mut is_left = false;
    for (fingerprint, found) in &found {
        let plan = plan(&client, found, administrator.as_deref());
        if args.report.format == Format::Terminal {
            let _ = output.write(introduction(*fingerprint, found, &plan, &args.admin_token_env).as_bytes());
        }
        let result = decide(args, &client, found, &plan);
        is_left |= !matches!(result, Done::Revoked { .. });
        let line = match args.report.format {
            Format::Terminal => format!("  {}\n\n", result.text()),
            Format::Jsonl => json(*fingerprint, found, &plan, &result)?,
        };
        let _ = output.write(line.as_bytes());
    }
    if found.is_empty() && args.report.format == Format::Terminal {
        let _ = output.write(b"Nothing to revoke was found.\n");
    }
    output.finish()?;
    Ok(match (is_left, ledger.is_incomplete()) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Clean,
    })
}

/// A secret, and where it is.
struct Found {
    detector: &'static Detector,
    /// With what is known of it at each place, such as the host; the first few that differ.
    credentials: Vec<Credential>,
    masked: String,
    /// The first place, as it is shown.
    place: String,
    places: u64,
}

/// Collects what one thread finds.
struct Collector<'c> {
    all: &'c Mutex<BTreeMap<Fingerprint, Found>>,
    wanted: &'c [String],
    settings: &'c Settings,
}

impl Visitor for Collector<'_> {
    fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()> {
        let fingerprint = finding.fingerprint();
        // What has nobody who could revoke it, or was said to be no matter, is left alone unless it was asked for.
        let is_wanted = match self.wanted {
            [] => {
                let decision = self.settings.decide(unit, finding);
                revoked_by(finding.detector().id).is_some() && matches!(decision, Decision::Report(_))
            }
            wanted => wanted.contains(&fingerprint.to_string()),
        };
        if is_wanted {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            let found = all.entry(fingerprint).or_insert_with(|| Found {
                detector: finding.detector(),
                credentials: Vec::new(),
                masked: finding.masked().to_string(),
                place: format!("{}:{}", terminal::plain(unit.path()), finding.position().line),
                places: 0,
            });
            found.places += 1;
            let credential = finding.into();
            if found.credentials.len() < MAX_CREDENTIALS && !found.credentials.contains(&credential) {
                found.credentials.push(credential);
            }
        }
        ControlFlow::Continue(())
    }
}

/// The requests that may revoke a secret: one, unless it stands beside different hosts. An error: there is none.
fn plan(
    client: &Client,
    found: &Found,
    administrator: Option<&str>,
) -> Result<Vec<Revocation>, CannotRevoke> {
    let (mut revocations, mut reason): (Vec<Revocation>, _) = (Vec::new(), None);
    for credential in &found.credentials {
        match client.revocation(credential, administrator) {
            Ok(revocation) => {
                if !revocations.iter().any(|other| other.request() == revocation.request()) {
                    revocations.push(revocation);
                }
            }
            Err(because) => reason = Some(because),
        }
    }
    match reason {
        Some(because) if revocations.is_empty() => Err(because),
        _ => Ok(revocations),
    }
}

/// What became of a secret.
enum Done {
    /// It was only shown.
    DryRun,
    Declined,
    /// It cannot be revoked from here.
    Impossible(CannotRevoke),
    Revoked {
        evidence: Evidence,
        after: Verdict,
    },
    Failed {
        evidence: Evidence,
        after: Verdict,
    },
}

impl Done {
    fn name(&self) -> &'static str {
        match self {
            Done::DryRun => "dry-run",
            Done::Declined => "declined",
            Done::Impossible(_) => "impossible",
            Done::Revoked { .. } => "revoked",
            Done::Failed { .. } => "failed",
        }
    }

    fn text(&self) -> String {
        match self {
            Done::DryRun => "Not revoked: this is a dry run. Give --yes to do it.".into(),
            Done::Declined => "Not revoked.".into(),
            Done::Impossible(because) => format!("Not revoked: {because}."),
            Done::Revoked { after, .. } if after.validity == Validity::Dead => {
                format!("Revoked. It is dead ({}).", after.evidence)
            }
            Done::Revoked { evidence, after } => {
                format!("Revoked ({evidence}). Whether it is dead is not known ({}).", after.evidence)
            }
            Done::Failed { evidence, after } => {
                let state = match after.validity {
                    Validity::Live => "It still works",
                    Validity::Dead => "It is dead",
                    Validity::Unknown => "Whether it still works is not known",
                };
                format!("NOT REVOKED ({evidence}). {state} ({}).", after.evidence)
            }
        }
    }
}

/// Asks, and revokes.
fn decide(
    args: &Revoke,
    client: &Client,
    found: &Found,
    plan: &Result<Vec<Revocation>, CannotRevoke>,
) -> Done {
    let revocations = match plan {
        Ok(revocations) => revocations,
        Err(because) => return Done::Impossible(because.clone()),
    };
    if !args.yes {
        let is_read = args.paths.iter().any(|path| path.as_os_str() == "-");
        if is_read || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Done::DryRun;
        }
        if !confirmed(&format!("Revoke this {}? [y/N] ", found.detector.name)) {
            return Done::Declined;
        }
    }
    let mut done = Done::Declined;
    for revocation in revocations {
        let revoked = client.revoke(revocation);
        let (evidence, after) = (revoked.evidence, revoked.after);
        // Dead is what is wanted, whoever did it. Accepted and still alive is not.
        let is_done = match after.validity {
            Validity::Dead => true,
            Validity::Unknown => revoked.is_accepted,
            Validity::Live => false,
        };
        if is_done && (revoked.is_accepted || revocations.len() == 1) {
            return Done::Revoked { evidence, after };
        }
        done = Done::Failed { evidence, after };
    }
    done
}

fn confirmed(question: &str) -> bool {
    let _ = write!(io::stderr(), "{question}");
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}

fn introduction(
    fingerprint: Fingerprint,
    found: &Found,
    plan: &Result<Vec<Revocation>, CannotRevoke>,
    admin: &str,
) -> String {
    let (name, masked, place) = (found.detector.name, &found.masked, &found.place);
    let more = if found.places > 1 { format!(" and {} more", found.places - 1) } else { String::new() };
    let mut text = format!("{name}  {masked}  {fingerprint}\n  found at {place}{more}\n");
    match plan {
        Ok(revocations) => {
            for revocation in revocations {
                let by = if revocation.is_by_other() {
                    format!("with the token in {admin}")
                } else {
                    "by itself".into()
                };
                text += &format!("  {}, {by}\n  {}\n", revocation.request(), revocation.effect());
            }
        }
        Err(_) => text += &format!("  By hand: {}\n", found.detector.remediation),
    }
    text
}

fn json(
    fingerprint: Fingerprint,
    found: &Found,
    plan: &Result<Vec<Revocation>, CannotRevoke>,
    result: &Done,
) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Line<'a> {
        fingerprint: String,
        detector: &'a str,
        name: &'a str,
        secret: &'a str,
        place: &'a str,
        places: u64,
        requests: Vec<String>,
        effect: Option<&'a str>,
        result: &'a str,
        reason: Option<String>,
        evidence: Option<&'a Evidence>,
        after: Option<&'a Verdict>,
    }
    let plan = plan.as_ref().map_or(&[][..], |revocations| revocations);
    let (evidence, after) = match result {
        Done::Revoked { evidence, after } | Done::Failed { evidence, after } => (Some(evidence), Some(after)),
        _ => (None, None),
    };
    let line = Line {
        fingerprint: fingerprint.to_string(),
        detector: found.detector.id,
        name: found.detector.name,
        secret: &found.masked,
        place: &found.place,
        places: found.places,
        requests: plan.iter().map(Revocation::request).collect(),
        effect: plan.first().map(Revocation::effect),
        result: result.name(),
        reason: if let Done::Impossible(because) = result { Some(because.to_string()) } else { None },
        evidence,
        after,
    };
    let text = serde_json::to_string(&line).map_err(|e| Error(format!("cannot write the report: {e}")))?;
    Ok(text + "\n")
}
