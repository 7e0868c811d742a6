//! Detectors of one's own: files of the catalogue's format, read and compiled when a scanner is built.

use crate::catalog::Catalog;
use crate::scanner::{Scanner, ScannerBuilder};
use scalr_detect_catalog::Tables;
use scalr_detect_spec::{Catalogue, Compiled, Entry, Error, load, template};
use std::sync::{Mutex, PoisonError};

pub use scalr_detect_spec::Imported;

/// Detector files, read and compiled.
#[derive(Clone, Debug)]
pub struct Custom {
    catalogue: Catalogue,
}

impl Custom {
    /// Reads detector files, given as names (for errors) and texts. The format is that of the built-in catalogue; see
    /// `CONTRIBUTING.md` of the repository.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of them, with lines and columns where they are known.
    pub fn read<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Custom, Vec<Error>> {
        load(files).map(|catalogue| Custom { catalogue })
    }

    /// The detectors as they were written, by id.
    pub fn entries(&self) -> &[Entry] {
        &self.catalogue.entries
    }

    /// Scans every example with a scanner that has these detectors: in a `hit` exactly the marked secret must be found,
    /// by this detector and no other; in a `miss` this detector must find nothing but a placeholder. Each template is expanded with `seeds`
    /// different secrets. Returns what is not so, a text for each example.
    pub fn check_examples(&self, scanner: &Scanner, seeds: u64) -> Vec<String> {
        self.entries().iter().flat_map(|entry| check_entry(entry, scanner, seeds)).collect()
    }
}

fn check_entry(entry: &Entry, scanner: &Scanner, seeds: u64) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, hit) in entry.hit.iter().enumerate() {
        let fault = (0..seeds).find_map(|seed| {
            let expanded = template::expand(hit, seed).ok()?;
            // What only its place gives away may stand beside it: an example is more than a secret.
            let beside = |id: &str| id.starts_with("generic-") && id != entry.id;
            let found = scanner.find_iter(&expanded.text).filter(|found| !beside(found.detector().id));
            let found: Vec<_> = found.collect();
            let is_right = found.len() == 1
                && found[0].detector().id == entry.id
                && Some(found[0].secret_span()) == expanded.secret;
            let found = found.iter().map(|f| format!("{} {:?}", f.detector().id, f.secret_span()));
            let found: Vec<String> = found.collect();
            let text = String::from_utf8_lossy(&expanded.text).into_owned();
            (!is_right).then(|| {
                let marked = &expanded.secret;
                format!("{} hit {index}: marked {marked:?}, found {found:?}\n    {text:?}", entry.id)
            })
        });
        faults.extend(fault);
    }
    for (index, miss) in entry.miss.iter().enumerate() {
        let fault = (0..seeds).find_map(|seed| {
            let text = template::expand(&miss.text, seed).ok()?.text;
            let is_found = scanner
                .find_iter(&text)
                .any(|found| found.detector().id == entry.id && !found.is_placeholder());
            let text = String::from_utf8_lossy(&text).into_owned();
            is_found
                .then(|| format!("{} miss {index} is found, though {:?}\n    {text:?}", entry.id, miss.why))
        });
        faults.extend(fault);
    }
    faults
}

impl ScannerBuilder {
    /// Looks for these detectors too, besides the built-in catalogue. The compiled detectors live as long as the program:
    /// build such a scanner once.
    ///
    /// # Errors
    ///
    /// When an id is that of a built-in detector, or there are too many.
    pub fn custom(mut self, custom: &Custom) -> Result<Self, Error> {
        let compiled = custom.catalogue.compiled.added_to(self.settings.tables);
        let compiled = compiled.map_err(|message| Error { file: "detectors".into(), message })?;
        self.settings.tables = keep(compiled);
        Ok(self)
    }

    /// Looks for these detectors instead of the built-in catalogue. The compiled detectors live as long as the program:
    /// build such a scanner once.
    pub fn instead(mut self, custom: &Custom) -> Self {
        self.settings.tables = keep(custom.catalogue.compiled.clone());
        self
    }
}

/// Keeps compiled detectors as long as the program runs, and a list of them, in which tools that look for leaks see that
/// they are kept on purpose.
fn keep(compiled: Compiled) -> &'static Tables<'static> {
    static KEPT: Mutex<Vec<(&'static Compiled, &'static Tables<'static>)>> = Mutex::new(Vec::new());
    let compiled: &'static Compiled = Box::leak(Box::new(compiled));
    let tables: &'static Tables<'static> = Box::leak(Box::new(compiled.tables()));
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push((compiled, tables));
    tables
}

/// Turns a configuration of gitleaks or betterleaks into a detector file for [`Custom::read`], as far as it can be. Ids of
/// built-in detectors are not used again.
///
/// # Errors
///
/// When it is not TOML, or not such a configuration.
pub fn import_gitleaks(config: &str) -> Result<Imported, String> {
    scalr_detect_spec::import_gitleaks(config, |id| Catalog::builtin().get(id).is_some())
}
