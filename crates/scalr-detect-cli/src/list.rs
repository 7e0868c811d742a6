//! `detectors`: what can be found.

use scalr_detect::Catalog;
use scalr_detect_report::{jsonl, terminal};

use crate::args::{Format, Report};
use crate::output;
use crate::{Error, Outcome};

/// List the kinds of secret that can be found
#[derive(clap::Args, Debug)]
pub(crate) struct Detectors {
    #[command(flatten)]
    pub(crate) report: Report,
}

pub(crate) fn run(args: &Detectors) -> Result<Outcome, Error> {
    let catalog = Catalog::builtin();
    output::print(args.report.color, |out, output| match args.report.format {
        Format::Jsonl => catalog.iter().try_for_each(|d| jsonl::detector(out, d)),
        Format::Terminal => terminal::detectors(out, &catalog.iter().collect::<Vec<_>>(), output.colors()),
    })
}
