//! `detectors` and `explain`: what can be found.

use std::io;

use scalr_detect::Catalog;
use scalr_detect_report::{jsonl, terminal};

use crate::args::{Detectors, Explain, Format};
use crate::output::Output;
use crate::{Error, Outcome};

pub(crate) fn detectors(args: &Detectors) -> Result<Outcome, Error> {
    let output = Output::stdout(args.report.color);
    let catalog = Catalog::builtin();
    print(output, |out, output| match args.report.format {
        Format::Jsonl => catalog.iter().try_for_each(|d| jsonl::detector(out, d)),
        Format::Terminal => terminal::detectors(out, &catalog.iter().collect::<Vec<_>>(), output.colors()),
    })
}

pub(crate) fn explain(args: &Explain) -> Result<Outcome, Error> {
    let catalog = Catalog::builtin();
    let Some(detector) = catalog.get(&args.id) else {
        let hint = match catalog.nearest(&args.id) {
            Some(id) => format!("did you mean {id:?}?"),
            None => "`scalr-detect detectors` lists them all".to_owned(),
        };
        return Err(Error(format!("unknown detector {:?}: {hint}", args.id)));
    };
    let output = Output::stdout(args.report.color);
    print(output, |out, output| match args.report.format {
        Format::Jsonl => jsonl::detector(out, detector),
        Format::Terminal => terminal::explain(out, detector, output.colors()),
    })
}

fn print(
    output: Output,
    write: impl FnOnce(&mut Vec<u8>, &Output) -> io::Result<()>,
) -> Result<Outcome, Error> {
    let mut out = Vec::new();
    write(&mut out, &output).map_err(|e| Error(format!("cannot write the report: {e}")))?;
    // A failure is kept in the output.
    let _ = output.write(&out);
    output.finish()?;
    Ok(Outcome::Clean)
}
