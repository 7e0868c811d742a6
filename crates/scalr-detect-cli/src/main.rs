//! The program `scalr-detect`: see the library of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(scalr_detect_cli::run(std::env::args_os()))
}
