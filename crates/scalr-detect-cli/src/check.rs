//! Detector files of one's own: reading them, `check-detectors`, and `import-gitleaks`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use scalr_detect::{Confidence, Custom, Scanner, ScannerBuilder};

use crate::args::Color;
use crate::output::Output;
use crate::{Error, Outcome, note};

/// Check detector files of your own: their form, and that every example is found or not found as it says
#[derive(clap::Args, Debug)]
pub(crate) struct CheckDetectors {
    /// Files, or folders with files whose names end with .toml
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Without the built-in catalogue, as for the files it is made of
    #[arg(long)]
    pub(crate) without_builtin: bool,
}

/// Turn a configuration of gitleaks or betterleaks into a detector file
///
/// The detectors go to standard output, or to a file with --output; what could not be carried over is said on standard
/// error. Give the file to `scan --detectors`.
#[derive(clap::Args, Debug)]
pub(crate) struct ImportGitleaks {
    /// The configuration, such as .gitleaks.toml
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,

    /// Write the detectors to FILE, which must not be there
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// How many secrets each example is tried with.
const SEEDS: u64 = 3;

/// Reads detector files; of a folder, those whose names end with `.toml`.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Custom, Error> {
    compile(&texts(paths)?)
}

/// The names and texts of detector files; of a folder, those whose names end with `.toml`.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let read = |path: &Path| fs::read_to_string(path).map(|text| (path.display().to_string(), text));
        let all = if path.is_dir() { toml_files(path) } else { Ok(vec![path.clone()]) };
        let texts = all.and_then(|all| all.iter().map(|path| read(path)).collect::<io::Result<Vec<_>>>());
        files.extend(texts.map_err(|e| Error(format!("cannot read {}: {e}", path.display())))?);
    }
    Ok(files)
}

/// Compiles detector files, given as names and texts.
pub(crate) fn compile(files: &[(String, String)]) -> Result<Custom, Error> {
    Custom::read(files.iter().map(|(name, text)| (&**name, &**text))).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Error(errors.join("\nerror: "))
    })
}

/// Adds detectors to those of a scanner.
pub(crate) fn add(builder: ScannerBuilder, custom: &Custom) -> Result<ScannerBuilder, Error> {
    builder.custom(custom).map_err(|e| Error(e.to_string()))
}

fn toml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    Ok(paths)
}

/// Checks the examples of detector files.
pub(crate) fn run(args: &CheckDetectors) -> Result<Outcome, Error> {
    let custom = read(&args.paths)?;
    let builder = Scanner::builder().min_confidence(Confidence::Low);
    let builder = if args.without_builtin { builder.instead(&custom) } else { add(builder, &custom)? };
    let scanner = builder.build().map_err(|e| Error(e.to_string()))?;
    let faults = custom.check_examples(&scanner, SEEDS);
    for fault in &faults {
        note(fault);
    }
    let count = custom.entries().len();
    match faults.len() {
        0 => {
            note(format_args!("{count} detectors, and every example is as it says"));
            Ok(Outcome::Clean)
        }
        faults => Err(Error(format!("{count} detectors, {faults} examples are not as they say"))),
    }
}

/// Imports rules of gitleaks.
pub(crate) fn import_gitleaks(args: &ImportGitleaks) -> Result<Outcome, Error> {
    let said = |path: &Path, e: &dyn std::fmt::Display| Error(format!("{}: {e}", path.display()));
    let config = fs::read_to_string(&args.path).map_err(|e| said(&args.path, &e))?;
    let imported = scalr_detect::import_gitleaks(&config).map_err(|e| said(&args.path, &e))?;
    match &args.output {
        // Never over a file that is there.
        Some(path) => {
            let mut file = File::create_new(path).map_err(|e| said(path, &e))?;
            file.write_all(imported.text.as_bytes()).map_err(|e| said(path, &e))?;
        }
        None => {
            let output = Output::stdout(Color::Never);
            let _ = output.write(imported.text.as_bytes());
            output.finish()?;
        }
    }
    for line in &imported.notes {
        note(line);
    }
    note(format_args!(
        "{} detectors; the notes above say what could not be carried over",
        imported.detectors
    ));
    Ok(Outcome::Clean)
}
