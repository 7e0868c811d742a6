//! The detector format: how people write detectors, and how they become the tables that the matcher reads.
//!
//! A file (TOML) holds the kinds of secret of one provider; see `CONTRIBUTING.md` of the repository for the keys.
//! [`parse`] reads it, [`lint`] says what a reviewer would, [`compile`] makes tables, [`emit`] prints them as Rust
//! source. [`template`] expands the examples.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;

mod compile;
mod emit;
mod exchanges;
mod format;
mod frequency;
mod gitleaks;
mod lint;
mod merge;
pub mod template;
mod token;

pub use compile::{Compiled, compile};
pub use emit::emit;
pub use exchanges::emit_exchanges;
pub use format::{Answer, Entry, Exchange, File, Host, Miss, Part, Rule, Shared, Sigv4};
pub use frequency::{count_bigrams, count_trigrams};
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
/// When it is not TOML, a key is missing, unknown or of the wrong type, or a token names a piece that is not defined.
pub fn parse(name: &str, text: &str) -> Result<File, Error> {
    let wrong = |message: String| Error { file: name.to_owned(), message };
    let mut file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    for entry in &mut file.detectors {
        let tokens =
            std::iter::once(&mut entry.token).chain(entry.parts.iter_mut().map(|part| &mut part.token));
        for token in tokens {
            *token = insert_defined(token, &file.define)
                .map_err(|piece| wrong(format!("{}: {{{piece}}} is not in [define]", entry.id)))?;
        }
    }
    Ok(file)
}

/// A token with the pieces that it names. An error is the name of one that is not defined.
fn insert_defined<'t>(token: &'t str, define: &BTreeMap<String, String>) -> Result<String, &'t str> {
    let (mut out, mut rest) = (String::new(), token);
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let name = behind.split_once('}').map(|(name, _)| name);
        let is_name =
            |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        match name.filter(is_name) {
            Some(name) => {
                out.push_str(define.get(name).ok_or(name)?);
                rest = &behind[name.len() + 1..];
            }
            None => {
                out.push('{');
                rest = behind;
            }
        }
    }
    Ok(out + rest)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defined_pieces_are_inserted() {
        let define = BTreeMap::from([("USER".to_owned(), "[a-z]{1,8}".to_owned())]);
        for (token, want) in [
            ("x{USER}{2,3}{USER}", Ok("x[a-z]{1,8}{2,3}[a-z]{1,8}")),
            ("[0-9]{4}", Ok("[0-9]{4}")),
            ("a{", Ok("a{")),
            ("{}", Ok("{}")),
            ("{HOST}", Err("HOST")),
        ] {
            assert_eq!(insert_defined(token, &define).as_deref(), want.as_ref().map(|want| *want));
        }
    }
}
