//! Trains the model for secrets without a shape. Not published; see `README.md` beside it.

mod data;
mod rarity;
mod report;
mod trees;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: train rarity OUT FILE...
       train model DATA META OUT [FINDINGS]
       train mistakes DATA META
       train candidates DATA META

rarity      counts characters in FILEs (source code and prose) and writes the table of rarities
model       trains on labelled files, evaluates by cross-validation over repositories, and writes the trees;
            FINDINGS are those of the other detectors (jsonl), which count too
mistakes    prints what the model judges wrongly in cross-validation
candidates  prints the labelled values that the grammar does not reach
";

fn main() -> ExitCode {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let command = args.first().and_then(|command| command.to_str()).unwrap_or_default();
    let result = match (command, &args[args.len().min(1)..]) {
        ("rarity", [out, files @ ..]) if !files.is_empty() => rarity::train(out, files),
        ("model", [data, meta, out]) => report::train(data, meta, out, None),
        ("model", [data, meta, out, findings]) => report::train(data, meta, out, Some(findings)),
        ("mistakes", [data, meta]) => report::mistakes(data, meta),
        ("candidates", [data, meta]) => report::missed(data, meta),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            print(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the only place that prints")]
fn print(text: &str) {
    print!("{text}");
}
