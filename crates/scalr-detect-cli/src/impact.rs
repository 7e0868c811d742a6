//! `impact`: what a Scalr token reaches.

use std::io::{self, Read, Write};

use scalr_detect_respond::Host;

use crate::args::{Format, Report};
use crate::asking::Limits;
use crate::output;
use crate::{Error, Outcome};

/// The variable that Scalr's own tools read a token from.
const TOKEN: &str = "SCALR_TOKEN";

/// How long a token may be, in bytes.
const MAX_TOKEN: u64 = 16 << 10;

/// List what a Scalr token reaches: accounts, environments, workspaces, states, variables and more
///
/// The token is read from the environment variable SCALR_TOKEN, or from standard input with --token-stdin; never from an
/// argument, which others on this machine can see. It only reads: nothing is changed, no state is downloaded and no
/// value of a variable is shown. The requests are made with the token, so that they are in the audit log as its own.
#[derive(clap::Args, Debug)]
pub(crate) struct Impact {
    /// The host of the Scalr account, such as example.scalr.io
    #[arg(long, value_name = "HOST")]
    host: Host,

    /// Read the token from standard input
    #[arg(long)]
    token_stdin: bool,

    /// List at most N things of each kind; all are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,

    #[command(flatten)]
    report: Report,

    #[command(flatten)]
    limits: Limits,
}

pub(crate) fn run(args: &Impact) -> Result<Outcome, Error> {
    let token = token(args.token_stdin)?;
    let impact = args.limits.client().impact(&args.host, token.trim(), args.limit);
    let impact = impact.map_err(|e| Error(format!("{}: {e}", args.host)))?;
    output::print(args.report.color, |out, _| match args.report.format {
        Format::Terminal => write!(out, "{impact}"),
        Format::Jsonl => {
            serde_json::to_writer(&mut *out, &impact)?;
            writeln!(out)
        }
    })
}

fn token(from_stdin: bool) -> Result<String, Error> {
    if !from_stdin {
        return std::env::var(TOKEN)
            .map_err(|_| Error(format!("no token: put it into {TOKEN}, or give it with --token-stdin")));
    }
    let mut token = String::new();
    let read = io::stdin().take(MAX_TOKEN).read_to_string(&mut token);
    read.map_err(|_| Error("cannot read a token from standard input".into()))?;
    Ok(token)
}
