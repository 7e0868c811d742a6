//! The detector format: how people write detectors, and how they become the tables that the matcher reads.
//!
//! A file (TOML) holds the kinds of secret of one provider; see `CONTRIBUTING.md` of the repository for the keys.
//! [`parse`] reads it, [`lint`] says what a reviewer would, [`compile`] makes tables, [`emit`] prints them as Rust
//! source. [`template`] expands the examples.

#![forbid(unsafe_code)]

mod bigrams;
mod compile;
mod emit;
mod format;
mod gitleaks;
mod lint;
mod merge;
pub mod template;
mod token;

pub use bigrams::count_bigrams;
pub use compile::{Compiled, compile};
pub use emit::emit;
pub use format::{Entry, File, Miss, Part};
pub use gitleaks::{Imported, import_gitleaks};
pub use lint::lint;

/// A detector file that cannot be used: where, and what is wrong with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    /// Name of the file, as it was given.
    pub file: String,
    /// What is wrong, with line and column where there is one.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Error {}

/// Reads a detector file.
///
/// # Errors
///
/// When it is not TOML, or a key is missing, unknown or of the wrong type.
pub fn parse(name: &str, text: &str) -> Result<File, Error> {
    toml::from_str(text).map_err(|error| Error { file: name.to_owned(), message: error.to_string() })
}

/// Reads, checks and compiles detector files, given as names and texts.
///
/// # Errors
///
/// Everything that is wrong in any of them.
pub fn load<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Catalogue, Vec<Error>> {
    let (mut parsed, mut errors) = (Vec::new(), Vec::new());
    for (name, text) in files {
        match parse(name, text) {
            Ok(file) => parsed.push((name.to_owned(), file)),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(lint(&parsed));
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut entries: Vec<(&File, &Entry)> =
        parsed.iter().flat_map(|(_, file)| file.detectors.iter().map(move |entry| (file, entry))).collect();
    entries.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    match compile(&entries) {
        Ok(compiled) => {
            Ok(Catalogue { entries: entries.into_iter().map(|(_, entry)| entry.clone()).collect(), compiled })
        }
        Err(errors) => Err(errors
            .into_iter()
            .map(|(id, message)| {
                let file = parsed.iter().find(|(_, file)| file.detectors.iter().any(|entry| entry.id == id));
                let file = file.map_or(String::new(), |(name, _)| name.clone());
                Error { file, message: format!("{id}: {message}") }
            })
            .collect()),
    }
}

/// Detectors as people wrote them, and compiled; both sorted by id.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// As written.
    pub entries: Vec<Entry>,
    /// As tables, in the same order.
    pub compiled: Compiled,
}
