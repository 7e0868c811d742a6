//! `hook run`: what the scripts call.

use super::Name;
use crate::{Error, Outcome};

#[derive(clap::Args, Debug)]
pub(super) struct Run {
    #[arg(value_enum)]
    name: Name,
    #[arg(last = true)]
    args: Vec<String>,
}
pub(super) fn run(args: &Run) -> Result<Outcome, Error> {
    let _ = (args.name, &args.args);
    Ok(Outcome::Clean)
}
