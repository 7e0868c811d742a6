//! The scanner: what to look for, built once and shared.

use crate::catalog::Catalog;
use crate::decode::BACK;
use crate::engine::{Search, State};
use crate::finding::{FindIter, Finding};
use crate::input::Input;
use crate::redact::{Redactor, redact};
use crate::stream::{self, Searcher};
use scalr_detect_catalog::anchors::{Level, OUT_OF_ORDER};
use scalr_detect_catalog::{Confidence, Detector, TABLES, Tables};
use scalr_detect_generic::{Folder, Form, PathKind};
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a search needs to know.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) tables: &'static Tables<'static>,
    /// `None`: the best of this machine.
    pub(crate) level: Option<Level>,
    pub(crate) decoders: bool,
    pub(crate) min_confidence: Confidence,
    /// What the path of the texts says of them.
    pub(crate) path: PathKind,
    /// Whether each detector is wanted; `None`: all of them.
    enabled: Option<Arc<[bool]>>,
}

impl Settings {
    const DEFAULT: Settings = Settings {
        tables: &TABLES,
        level: None,
        decoders: true,
        min_confidence: Confidence::Medium,
        path: PathKind { folder: Folder::Other, form: Form::Other },
        enabled: None,
    };

    /// How far before a hit a match may start.
    #[inline]
    pub(crate) fn look_behind(&self) -> usize {
        OUT_OF_ORDER + BACK.max(self.tables.look_behind as usize)
    }

    #[inline]
    pub(crate) fn is_enabled(&self, detector: u16) -> bool {
        self.enabled.as_ref().is_none_or(|enabled| enabled[usize::from(detector)])
    }
}

/// Without the tables, which are megabytes.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.tables.detectors.len();
        let enabled =
            self.enabled.as_ref().map_or(all, |enabled| enabled.iter().filter(|enabled| **enabled).count());
        f.debug_struct("Settings")
            .field("detectors", &enabled)
            .field("min_confidence", &self.min_confidence)
            .field("decoders", &self.decoders)
            .finish_non_exhaustive()
    }
}

/// Finds secrets in bytes.
///
/// A scanner is immutable and can be shared by threads. Making the default one costs nothing: the tables are part of the
/// program.
///
/// ```
/// use scalr_detect::Scanner;
///
/// static SCANNER: Scanner = Scanner::new();
/// assert!(!SCANNER.is_match("nothing to see here"));
/// ```
#[derive(Clone, Debug)]
pub struct Scanner {
    pub(crate) settings: Settings,
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner::new()
    }
}

impl Scanner {
    /// A scanner for everything in the catalogue: findings of confidence [`Confidence::Medium`] and up, decoders on.
    pub const fn new() -> Scanner {
        Scanner { settings: Settings::DEFAULT }
    }

    /// Starts to build another scanner.
    pub fn builder() -> ScannerBuilder {
        ScannerBuilder { only: Vec::new(), except: Vec::new(), settings: Settings::DEFAULT }
    }

    /// The kinds this scanner was built from, those of one's own behind the built-in ones. Also those that are not looked
    /// for. [`Finding::detector`] is one of them.
    pub fn detectors(&self) -> &[Detector] {
        self.settings.tables.detectors
    }

    /// What this scanner looks for, as a number: a hash of the version, the detectors and the settings. Two scanners with
    /// the same one find the same. Takes a few milliseconds.
    pub fn identity(&self) -> [u8; 16] {
        struct Hash(blake3::Hasher);
        impl fmt::Write for Hash {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.update(text.as_bytes());
                Ok(())
            }
        }
        let Settings { tables: t, level: _, decoders, min_confidence, path: _, enabled } = &self.settings;
        let mut hash = Hash(blake3::Hasher::new());
        let settings = (env!("CARGO_PKG_VERSION"), decoders, min_confidence, enabled);
        let tokens = (t.patterns, t.routes, t.parts, t.steps, t.branches, t.sets, t.bytes);
        let words = (t.bare, t.words, t.near, t.word_bare, t.wholes, t.generic);
        let mut written = fmt::write(&mut hash, format_args!("{settings:?}{tokens:?}{words:?}"));
        for d in t.detectors {
            let detector = (d.id, d.kind, d.confidence, d.check);
            written = written.and(fmt::write(&mut hash, format_args!("{detector:?}")));
        }
        debug_assert!(written.is_ok());
        let mut identity = [0; 16];
        identity.copy_from_slice(&hash.0.finalize().as_bytes()[..16]);
        identity
    }

    /// The same scanner for a text that has this path: of passwords and keys that only their name gives away, the path
    /// tells how likely they are. The path is not opened, and need not exist. Costs next to nothing.
    ///
    /// ```
    /// let scanner = scalr_detect::Scanner::new();
    /// assert_eq!(scanner.for_path("config/app.yml").find_iter("retries: 3\n").count(), 0);
    /// ```
    #[must_use]
    pub fn for_path<P: ?Sized + AsRef<[u8]>>(&self, path: &P) -> Scanner {
        let path = PathKind::of(path.as_ref());
        Scanner { settings: Settings { path, ..self.settings.clone() } }
    }

    /// Whether there is a finding.
    pub fn is_match<'h>(&self, input: impl Into<Input<'h>>) -> bool {
        let input = input.into();
        Search::new(&self.settings, input.haystack(), input.get_range(), State::new())
            .next(usize::MAX)
            .is_some()
    }

    /// The findings, by the offset at which the secret starts. They do not overlap.
    ///
    /// Nothing is allocated unless something has to be decoded, or many findings crowd one place.
    pub fn find_iter<'s, 'h>(&'s self, input: impl Into<Input<'h>>) -> FindIter<'s, 'h> {
        FindIter::new(self, input.into())
    }

    /// The input's bytes with a stable placeholder, `[detector-id:fingerprint]`, in the place of each secret. No secret
    /// is found in the result. If a range of the input is set, only secrets that start in it are replaced.
    pub fn redact<'h>(&self, input: impl Into<Input<'h>>) -> Cow<'h, [u8]> {
        redact(self, input.into())
    }

    /// Finds the secrets of a stream, in memory that does not grow with it: the findings are those of the whole, in the
    /// same order. Offsets and positions count from the start of the stream.
    ///
    /// # Errors
    ///
    /// The first error of the reader that is not [`io::ErrorKind::Interrupted`]. What was read before is searched first.
    pub fn scan_reader<R: io::Read>(
        &self,
        reader: R,
        found: impl FnMut(Finding<'_, '_>) -> ControlFlow<()>,
    ) -> io::Result<()> {
        stream::scan_reader(self, reader, found)
    }

    /// A search of a stream that is handed over piece by piece.
    pub fn searcher(&self) -> Searcher {
        Searcher::new(self.clone())
    }

    /// A redactor of a stream, for example of a log.
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.clone())
    }
}

/// Builds a [`Scanner`] that looks for other than the default.
#[derive(Clone, Debug)]
#[must_use = "a builder builds nothing until it is asked to"]
pub struct ScannerBuilder {
    only: Vec<String>,
    except: Vec<String>,
    pub(crate) settings: Settings,
}

impl ScannerBuilder {
    /// Looks for these detectors only, by id or alias; `github-*` stands for every id that begins so. Adds to those named before.
    pub fn only<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.only.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Does not look for these detectors, by id or by beginning as in [`ScannerBuilder::only`].
    pub fn except<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.except.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Leaves out findings of lower confidence. The default is [`Confidence::Medium`].
    pub fn min_confidence(mut self, least: Confidence) -> Self {
        self.settings.min_confidence = least;
        self
    }

    /// Whether encoded text (base64, hexadecimal, percent-encoding, escapes, UTF-16) is decoded and searched as well. The
    /// default is yes.
    pub fn decoders(mut self, on: bool) -> Self {
        self.settings.decoders = on;
        self
    }

    /// Searches with these instructions instead of the best of this machine: for tests.
    #[doc(hidden)]
    pub fn level(mut self, level: Level) -> Self {
        self.settings.level = Some(level);
        self
    }

    /// Builds the scanner.
    ///
    /// # Errors
    ///
    /// An id that is not in the catalogue.
    pub fn build(mut self) -> Result<Scanner, BuildError> {
        let detectors = self.settings.tables.detectors;
        let mut enabled = vec![self.only.is_empty(); detectors.len()];
        for (ids, to) in [(&self.only, true), (&self.except, false)] {
            for id in ids {
                let mut known = false;
                for (detector, enabled) in detectors.iter().zip(&mut enabled) {
                    if detector.is_named(id) {
                        (*enabled, known) = (to, true);
                    }
                }
                if !known {
                    let nearest = Catalog::builtin().nearest(id.trim_end_matches('*'));
                    return Err(BuildError { id: id.clone(), nearest });
                }
            }
        }
        if enabled.contains(&false) {
            self.settings.enabled = Some(enabled.into());
        }
        Ok(Scanner { settings: self.settings })
    }
}

/// A detector id that is not in the catalogue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BuildError {
    id: String,
    nearest: Option<&'static str>,
}

impl BuildError {
    /// The id that is unknown.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id in the catalogue that looks most like it, if one does.
    pub fn nearest(&self) -> Option<&'static str> {
        self.nearest
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown detector {:?}", self.id)?;
        match self.nearest {
            Some(nearest) => write!(f, ": did you mean {nearest:?}?"),
            None => f.write_str(": `scalr-detect detectors` lists them"),
        }
    }
}

impl std::error::Error for BuildError {}
