//! What the flags and the configuration amount to: a scanner, a triage, and which paths are left out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scalr_detect::{Confidence, Custom, Scanner, ScannerBuilder};
use scalr_detect_report::terminal::plain;
use scalr_detect_sources::{Origin, Unit};
use scalr_detect_triage::control::{self, MAX_CONFIG};
use scalr_detect_triage::{Baseline, By, Config, Decision, Fault, Inline, Suppression, Triage, excluded};

use crate::args::Looking;
use crate::{Error, check, note};

/// What is reported unless somebody says otherwise.
pub(crate) const LEAST: Confidence = Confidence::Medium;

/// The kind of secret that an allow marker is where those are looked for that nothing needs.
pub(crate) const MARKER_ID: &str = "scalr-detect-marker";

/// The most that is read of all files with detectors that a configuration names, in bytes.
const MAX_DETECTORS: usize = 256 << 10;

/// Where units lie.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Root<'a> {
    /// Their paths are those of files, or lie below directories, that were named so.
    Paths(&'a [PathBuf]),
    /// Their paths are relative to the root of the tree that this directory is in, such as a git repository.
    Tree(&'a Path),
}

/// What the flags and the configuration amount to.
pub(crate) struct Settings {
    /// Finds what is to be reported, and what only the configuration suppresses.
    pub(crate) scanner: Scanner,
    /// Finds what is to be masked in the text around a finding: everything, whatever is being searched for.
    pub(crate) masker: Scanner,
    pub(crate) triage: Triage,
    /// The configuration that is obeyed.
    pub(crate) source: Option<Source>,
    /// What it says, but for what flags say otherwise.
    pub(crate) config: Config,
    /// The file of the baseline that is used.
    pub(crate) baseline: Option<PathBuf>,
    place: Arc<Place>,
}

/// A configuration file.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its path, as it is shown.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Why this one.
    pub(crate) because: &'static str,
    /// What it names must lie in here.
    top: PathBuf,
}

impl Settings {
    /// `find_markers`: allow markers are found, too, as findings of the kind [`MARKER_ID`].
    pub(crate) fn new(flags: &Looking, root: Root<'_>, find_markers: bool) -> Result<Settings, Error> {
        let (base, mut roots) = match root {
            Root::Paths(paths) => roots(paths)?,
            Root::Tree(directory) => (tree(directory)?, BTreeMap::new()),
        };
        let source = source(flags, &base)?;
        let mut config = match &source {
            Some(source) => read_config(source)?,
            None => Config::default(),
        };
        flags_win(&mut config, flags);

        let mut files = check::texts(&flags.detectors)?;
        if let Some(source) = &source {
            files.extend(detectors(source, &config)?);
        }
        let said = |e: scalr_detect::BuildError| Error(e.to_string());
        let mut start = builder(compiled(&files)?.as_ref())?;
        let masker = start.clone().min_confidence(Confidence::Low).build().map_err(said)?;
        if find_markers {
            files.push(("markers".to_owned(), marker_detector()));
            start = builder(compiled(&files)?.as_ref())?;
        }
        let least = flags.min_confidence.unwrap_or(LEAST);
        let mut builder = start
            .min_confidence(Triage::scanned(&config, least))
            .decoders(!flags.no_decode)
            .except(&flags.except);
        if !flags.only.is_empty() {
            builder = builder.only(&flags.only);
            if find_markers {
                builder = builder.only([MARKER_ID]);
            }
        }
        let scanner = builder.build().map_err(said)?;

        let mut triage = Triage::new(&scanner)
            .config(config.clone(), least)
            .map_err(|faults| mistakes(source.as_ref().map_or("", |s| &s.name), &faults))?;
        if !flags.no_markers {
            let tools = config.markers.as_ref().map_or(Vec::new(), |tools| tools.value.clone());
            let require_reason = config.require_reason.as_ref().is_some_and(|on| on.value);
            triage = triage.inline(Inline { tools, require_reason });
        }
        let baseline = baseline_path(flags, &config, source.as_ref());
        // Rules are relative to the folder of the file that was found; of one that was named, to the tree that is scanned,
        // wherever the file lies.
        let directory = match &source {
            Some(source) if source.because == NEAREST => source.path.parent().unwrap_or(&base).to_owned(),
            _ => tree(&base)?,
        };
        if let Root::Tree(_) = root {
            roots.insert(PathBuf::new(), base);
        }
        let place = Arc::new(Place { directory, roots });
        Ok(Settings { scanner, masker, triage, source, config, baseline, place })
    }

    /// Uses the baseline that flags or the configuration name.
    pub(crate) fn with_baseline(mut self) -> Result<Settings, Error> {
        if let Some(path) = &self.baseline {
            let baseline = self.read_baseline(path)?;
            self.triage = self.triage.baseline(baseline);
        }
        Ok(self)
    }

    /// Reads a baseline: the one that flags or the configuration name, or another.
    pub(crate) fn read_baseline(&self, path: &Path) -> Result<Baseline, Error> {
        let within = if self.baseline.as_deref() == Some(path) { self.within() } else { None };
        read_baseline(path, within)
    }

    /// Where the baseline must lie: if the configuration names it, in its tree.
    fn within(&self) -> Option<&Path> {
        self.source.as_ref().filter(|_| self.config.baseline.is_some()).map(|source| &*source.top)
    }

    /// Whether what becomes of a finding depends on where it is.
    pub(crate) fn judges_paths(&self) -> bool {
        self.config.has_paths() || !self.config.overrides.is_empty()
    }

    /// Whether a path of a file or directory is left out, for a walk; None: there are no rules for paths.
    pub(crate) fn exclusion(&self) -> Option<impl Fn(&Path, bool) -> bool + Send + Sync + 'static> {
        if !self.config.has_paths() {
            return None;
        }
        let (place, config) = (self.place.clone(), self.config.clone());
        Some(move |path: &Path, is_directory: bool| {
            let Some(path) = place.of(path) else { return false };
            match is_directory {
                // What is to be included may lie in it.
                true => config.exclude.as_ref().is_some_and(|e| e.value.matching(&path, true).is_some()),
                false => excluded(&config, &path).is_some(),
            }
        })
    }

    /// What becomes of a finding.
    pub(crate) fn decide(&self, unit: &Unit<'_>, finding: &scalr_detect::Finding<'_, '_>) -> Decision {
        let mut paths = Vec::new();
        if self.source.is_some() {
            let mut all = vec![unit.path()];
            let mut is_all = !matches!(unit.origin(), Origin::Stdin);
            if let Origin::Git(git) = unit.origin() {
                all.extend(git.also.iter().map(|other| &*other.path));
                is_all = git.more == 0;
            }
            // Where not all places are known, no rule for paths can leave it out.
            if is_all {
                paths.extend(all.into_iter().filter_map(|path| self.place.of(&path_of(path))));
            }
        }
        let paths: Vec<&Path> = paths.iter().map(|path| &**path).collect();
        self.triage.decide(finding, &paths, unit.path())
    }

    /// What says that a finding is not reported, in words without secrets.
    pub(crate) fn why(&self, suppression: &Suppression) -> String {
        let why = self.masked(&suppression.why);
        match (&self.source, suppression.by) {
            (Some(source), By::Config) => format!("{}: {why}", source.name),
            _ => why,
        }
    }

    /// What somebody wrote, without secrets.
    pub(crate) fn masked(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.masker.redact(text.as_bytes())).into_owned()
    }

    /// Says what its author should know about markers in the text.
    pub(crate) fn note_markers(&self) {
        for n in self.triage.notes() {
            let message = self.masked(&n.message);
            note(format_args!("scalr-detect: {}:{}: {message}", plain(&n.path), n.line));
        }
    }
}

/// Where units lie, seen from the folder that rules for paths are relative to.
#[derive(Debug)]
struct Place {
    directory: PathBuf,
    /// Directories as they were named, and where they really are.
    roots: BTreeMap<PathBuf, PathBuf>,
}

impl Place {
    /// The path of a file relative to the folder of the rules, if it lies there.
    fn of(&self, path: &Path) -> Option<PathBuf> {
        let (named, real) =
            path.ancestors().find_map(|ancestor| self.roots.get(ancestor).map(|real| (ancestor, real)))?;
        let full = real.join(path.strip_prefix(named).ok()?);
        full.strip_prefix(&self.directory).ok().map(Path::to_owned)
    }
}

/// The directory that all paths have in common, and where their directories really are.
fn roots(paths: &[PathBuf]) -> Result<(PathBuf, BTreeMap<PathBuf, PathBuf>), Error> {
    let here = tree_error(env::current_dir().and_then(fs::canonicalize), Path::new("."))?;
    let mut roots = BTreeMap::from([(PathBuf::new(), here.clone())]);
    let mut common: Option<PathBuf> = None;
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        let directory = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let real = match roots.get(directory) {
            Some(real) => real.clone(),
            None => match fs::canonicalize(directory) {
                Ok(real) => real,
                // The walk says that it is not there.
                Err(_) => continue,
            },
        };
        common = Some(match common {
            None => real.clone(),
            Some(common) => common
                .components()
                .zip(real.components())
                .take_while(|(a, b)| a == b)
                .map(|(a, _)| a)
                .collect(),
        });
        roots.insert(directory.to_owned(), real);
    }
    Ok((common.unwrap_or(here), roots))
}

/// The root of the tree that a directory is in: that of its repository, or itself.
fn tree(directory: &Path) -> Result<PathBuf, Error> {
    let directory = tree_error(fs::canonicalize(directory), directory)?;
    let root = directory.ancestors().find(|directory| directory.join(".git").exists());
    Ok(root.unwrap_or(&directory).to_owned())
}

fn tree_error<T>(result: std::io::Result<T>, path: &Path) -> Result<T, Error> {
    result.map_err(|e| Error(format!("cannot look into {}: {e}", path.display())))
}

const NEAREST: &str = "the nearest";

/// The configuration to obey.
fn source(flags: &Looking, base: &Path) -> Result<Option<Source>, Error> {
    if flags.no_config {
        return Ok(None);
    }
    let by_variable = || env::var_os("SCALR_DETECT_CONFIG").filter(|path| !path.is_empty());
    let named = match &flags.config {
        Some(path) => Some((path.clone(), "--config")),
        None => by_variable().map(|path: OsString| (path.into(), "SCALR_DETECT_CONFIG")),
    };
    if let Some((path, because)) = named {
        let top = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        return Ok(Some(Source { name: name(&path), path, because, top }));
    }
    let home = env::home_dir().and_then(|home| fs::canonicalize(home).ok());
    let search = control::search(base, home.as_deref());
    for path in &search.foreign {
        note(format_args!(
            "scalr-detect: {} belongs to another user and is not obeyed; --config {0} obeys it",
            plain(path.as_os_str().as_encoded_bytes())
        ));
    }
    Ok(search.found.map(|path| {
        let here = env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
        let name = name(path.strip_prefix(&here).unwrap_or(&path));
        Source { name, path, because: NEAREST, top: search.top }
    }))
}

/// A path as it is shown.
fn name(path: &Path) -> String {
    plain(path.as_os_str().as_encoded_bytes())
}

fn read_config(source: &Source) -> Result<Config, Error> {
    let within = (source.because == NEAREST).then_some(&*source.top);
    let text = control::read(&source.path, MAX_CONFIG, within).map_err(|e| {
        Error(format!("cannot read the configuration {}: {e}; --no-config leaves it out", source.name))
    })?;
    Config::parse(&text).map_err(|faults| mistakes(&source.name, &faults))
}

fn mistakes(name: &str, faults: &[Fault]) -> Error {
    let faults: Vec<String> = faults.iter().map(|fault| format!("{name}:{fault}")).collect();
    shown(Error(faults.join("\nerror: ")))
}

/// An error about a file, without any secret that stands in it.
fn shown(e: Error) -> Error {
    Error(String::from_utf8_lossy(&Scanner::new().redact(e.0.as_bytes())).into_owned())
}

/// What a flag says, the configuration does not.
fn flags_win(config: &mut Config, flags: &Looking) {
    if !flags.only.is_empty() {
        (config.only, config.except) = (None, None);
    }
    if flags.min_confidence.is_some() {
        config.min_confidence = None;
    }
    if !flags.markers.is_empty() {
        let line = 0;
        config.markers = Some(scalr_detect_triage::config::Located { value: flags.markers.clone(), line });
    }
    if flags.no_markers {
        (config.markers, config.require_reason) = (None, None);
    }
    if flags.baseline.is_some() {
        config.baseline = None;
    }
}

/// The names and texts of the detectors of a configuration.
fn detectors(source: &Source, config: &Config) -> Result<Vec<(String, String)>, Error> {
    let folder = source.path.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    let mut left = MAX_DETECTORS;
    for path in config.files.iter().flat_map(|files| &files.value) {
        let path = folder.join(path);
        let text = control::read(&path, left, Some(&source.top)).map_err(|e| {
            let (path, limit) = (name(&path), format!("all such files may have {MAX_DETECTORS} bytes"));
            Error(format!("cannot read {path}, which {} names: {e}; {limit}", source.name))
        })?;
        left -= text.len();
        files.push((name(&path), text));
    }
    let custom = config.custom.iter();
    files.extend(custom.map(|c| (format!("{}:{}: detectors.custom", source.name, c.line), c.value.clone())));
    Ok(files)
}

/// Compiles detector files, given as names and texts; None if there are none.
fn compiled(files: &[(String, String)]) -> Result<Option<Custom>, Error> {
    if files.is_empty() { Ok(None) } else { check::compile(files).map(Some).map_err(shown) }
}

/// A builder of scanners with what is built in and the detectors of one's own.
pub(crate) fn builder(custom: Option<&Custom>) -> Result<ScannerBuilder, Error> {
    match custom {
        Some(custom) => check::add(Scanner::builder(), custom),
        None => Ok(Scanner::builder()),
    }
}

/// A detector file with the allow marker as a kind of secret: so it is found in whatever is scanned, in the same pass.
fn marker_detector() -> String {
    let marker = scalr_detect_triage::marker::MARKER;
    format!(
        "provider = 'scalr-detect'\n[[detector]]\nid = '{MARKER_ID}'\nname = 'Allow marker'\nkind = 'prefixed'\n\
         severity = 'info'\ntoken = '{marker}'\nremediation = 'Remove it.'\nimpact = 'None.'\n\
         hit = ['# «{marker}»', '// «{marker}»=id']\nmiss = [{{ text = '{marker}ed', why = 'another word' }}]\n"
    )
}

fn baseline_path(flags: &Looking, config: &Config, source: Option<&Source>) -> Option<PathBuf> {
    if let Some(path) = &flags.baseline {
        return Some(path.clone());
    }
    let folder = source?.path.parent()?;
    config.baseline.as_ref().map(|path| folder.join(&path.value))
}

fn read_baseline(path: &Path, within: Option<&Path>) -> Result<Baseline, Error> {
    let text = control::read(path, Baseline::MAX_SIZE, within).map_err(|e| {
        Error(format!(
            "cannot read the baseline {}: {e}; `scalr-detect baseline create` makes one",
            path.display()
        ))
    })?;
    Baseline::parse(&text).map_err(|e| Error(format!("{}: {e}", path.display())))
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes)).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Cow<'_, Path> {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned()).into()
}
