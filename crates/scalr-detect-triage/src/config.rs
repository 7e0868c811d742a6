//! `scalr-detect.toml`: what people settle for a tree.
//!
//! ```toml
//! min-confidence = "high"              # report what is at least this sure
//! baseline = "secrets.baseline"        # secrets that are known
//!
//! [paths]
//! exclude = ["vendor/", "*.min.js"]    # globs as in .gitignore, relative to the folder of this file
//! include = ["src/", "deploy/"]        # scan nothing else
//!
//! [detectors]
//! only = ["aws-*", "scalr-*"]          # report nothing else
//! except = ["generic-password"]
//! files = ["detectors.toml"]           # kinds of secret of one's own, beside those that are built in
//!
//! [[detectors.custom]]                 # or right here: the keys of a detector file
//! id = "acme-key"
//! # …
//!
//! [inline]
//! markers = ["gitleaks"]               # take the markers of other tools, too
//! require-reason = true                # our own count only with a reason
//!
//! [[override]]                         # for some paths; of several that match the last that says something decides
//! paths = ["tests/"]
//! min-confidence = "checked"
//! except = ["generic-*"]
//! ```
//!
//! Everything that is built in stays on: the file adds, or leaves out by name. A key that is not known is a mistake, and
//! all mistakes are said at once, each with its place. Nothing here runs a program, opens a connection or names a file
//! outside of the tree: see [`control`](crate::control).

use std::fmt;
use std::path::{Component, Path, PathBuf};

use scalr_detect::Confidence;
use toml::de::{DeTable, DeValue};

use crate::globs::Globs;
use crate::marker::Tool;
use crate::shown;

type Table<'t> = DeTable<'t>;
type Value<'t> = toml::Spanned<DeValue<'t>>;

/// More mistakes than anybody reads at once. Behind so many the rest is not looked at.
const MAX_FAULTS: usize = 50;
const MAX_SYNTAX: usize = 5;

/// More overrides and globs in all than people write: each is compiled, and whoever wrote them may mean harm.
const MAX_OVERRIDES: usize = 100;
const MAX_GLOBS: usize = 1000;
const MAX_GLOB_BYTES: usize = 64 << 10;

/// A setting, and where it stands.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The setting.
    pub value: T,
    /// The line in the file, from 1.
    pub line: usize,
}

/// What a `scalr-detect.toml` says. What it does not say is `None` or empty. See the head of this module.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Report what is at least this sure.
    pub min_confidence: Option<Located<Confidence>>,
    /// The file with the secrets that are known.
    pub baseline: Option<Located<PathBuf>>,
    /// What is not scanned.
    pub exclude: Option<Located<Globs>>,
    /// What is scanned, if not all.
    pub include: Option<Located<Globs>>,
    /// Names of the detectors that are on, if not all.
    pub only: Option<Located<Vec<String>>>,
    /// Names of detectors that are off.
    pub except: Option<Located<Vec<String>>>,
    /// Files of detectors.
    pub files: Option<Located<Vec<PathBuf>>>,
    /// Detectors that stand in the file itself: each as the text of a detector file.
    pub custom: Vec<Located<String>>,
    /// Tools whose markers are taken.
    pub markers: Option<Located<Vec<Tool>>>,
    /// Whether a marker must give a reason.
    pub require_reason: Option<Located<bool>>,
    /// What holds for some paths.
    pub overrides: Vec<Override>,
}

/// What holds for some paths.
#[derive(Clone, Debug)]
pub struct Override {
    /// The line in the file, from 1.
    pub line: usize,
    /// For which paths.
    pub paths: Globs,
    /// Report what is at least this sure.
    pub min_confidence: Option<Confidence>,
    /// Names of the detectors that are on, if not all.
    pub only: Vec<String>,
    /// Names of detectors that are off.
    pub except: Vec<String>,
}

/// A mistake in the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in bytes. 0: the whole line.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            0 => write!(f, "{}: {}", self.line, self.message),
            column => write!(f, "{}:{column}: {}", self.line, self.message),
        }
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// Every mistake, by its place: what is not TOML; keys that are not known, with the one that was meant; values of the
    /// wrong kind; globs that mean nothing. Whether the names of detectors are known is checked by
    /// [`Triage::new`](crate::Triage::new), as it depends on the detectors.
    pub fn parse(text: &str) -> Result<Config, Vec<Fault>> {
        let text = text.trim_start_matches('\u{feff}');
        let (table, errors) = Table::parse_recoverable(text);
        let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect();
        let mut reader = Reader { text, newlines, globs: 0, glob_bytes: 0, faults: Vec::new() };
        for error in errors.iter().take(MAX_FAULTS) {
            // The message alone: what toml would show beside it is a line of the file.
            reader.fault(error.span().map_or(0, |span| span.start), format!("not TOML: {}", error.message()));
        }
        let mut config = Config::default();
        // One slip makes many, most of them the same.
        reader.faults.dedup();
        reader.faults.truncate(MAX_SYNTAX);
        if reader.faults.is_empty() {
            reader.top(table.get_ref(), &mut config);
            reader.custom_texts(&mut config);
        }
        let mut faults = reader.faults;
        if faults.is_empty() {
            return Ok(config);
        }
        faults.sort_by_key(|fault| (fault.line, fault.column));
        faults.truncate(MAX_FAULTS);
        Err(faults)
    }

    /// Whether it says anything about paths.
    pub fn has_paths(&self) -> bool {
        self.exclude.is_some() || self.include.is_some()
    }
}

struct Reader<'t> {
    text: &'t str,
    newlines: Vec<usize>,
    /// How many there have been, and of how many bytes.
    globs: usize,
    glob_bytes: usize,
    faults: Vec<Fault>,
}

impl<'t> Reader<'t> {
    fn fault(&mut self, offset: usize, message: impl Into<String>) {
        let (line, column) = self.place(offset);
        self.faults.push(Fault { line, column, message: message.into() });
    }

    fn is_full(&self) -> bool {
        self.faults.len() >= MAX_FAULTS
    }

    fn place(&self, offset: usize) -> (usize, usize) {
        let before = self.newlines.partition_point(|&at| at < offset);
        let start = before.checked_sub(1).map_or(0, |last| self.newlines[last] + 1);
        (before + 1, offset - start + 1)
    }

    fn located<T>(&self, value: &Value<'t>, read: T) -> Located<T> {
        Located { value: read, line: self.place(value.span().start).0 }
    }

    /// Calls `read` for each key; it returns whether it knows it.
    fn table<'v>(
        &mut self,
        table: &'v Table<'t>,
        known: &[&str],
        mut read: impl FnMut(&mut Reader<'t>, &str, &'v Value<'t>),
    ) {
        for (key, value) in table {
            if self.is_full() {
                break;
            }
            let name = &**key.get_ref();
            if known.contains(&name) {
                read(self, name, value);
            } else {
                self.fault(key.span().start, unknown("key", name, known));
            }
        }
    }

    fn top(&mut self, table: &Table<'t>, config: &mut Config) {
        let known = ["min-confidence", "baseline", "paths", "detectors", "inline", "override"];
        self.table(table, &known, |r, key, value| match key {
            "min-confidence" => config.min_confidence = r.confidence(value),
            "baseline" => {
                config.baseline = r.string(value).and_then(|path| r.inner_path(value, path));
            }
            "paths" => r.sub(value, &["exclude", "include"], |r, key, value| {
                let globs = r.globs(value);
                *(if key == "exclude" { &mut config.exclude } else { &mut config.include }) = globs;
            }),
            "detectors" => r.sub(value, &["only", "except", "files", "custom"], |r, key, value| match key {
                "only" => config.only = r.names(value),
                "except" => config.except = r.names(value),
                "files" => config.files = r.paths(value),
                _ => {
                    // Only its place: the text is made of the whole document.
                    for entry in r.tables(value) {
                        let line = r.place(entry.1).0;
                        config.custom.push(Located { value: String::new(), line });
                    }
                }
            }),
            "inline" => r.sub(value, &["markers", "require-reason"], |r, key, value| match key {
                "markers" => config.markers = r.tools(value),
                _ => match value.get_ref().as_bool() {
                    Some(on) => config.require_reason = Some(r.located(value, on)),
                    None => r.wrong(value, "true or false"),
                },
            }),
            _ => {
                for (i, (entry, at)) in r.tables(value).into_iter().enumerate() {
                    if i == MAX_OVERRIDES {
                        r.fault(at, format!("more than {MAX_OVERRIDES} overrides: use broader globs"));
                    }
                    if r.is_full() || i == MAX_OVERRIDES {
                        break;
                    }
                    config.overrides.extend(r.over(entry, at));
                }
            }
        });
    }

    fn over(&mut self, table: &Table<'t>, at: usize) -> Option<Override> {
        let (mut paths, mut min_confidence, mut only, mut except) = (None, None, None, None);
        let known = ["paths", "min-confidence", "only", "except"];
        let before = self.faults.len();
        self.table(table, &known, |r, key, value| match key {
            "paths" => paths = r.globs(value),
            "min-confidence" => min_confidence = r.confidence(value),
            "only" => only = r.names(value),
            _ => except = r.names(value),
        });
        if self.faults.len() > before {
            return None;
        }
        let Some(paths) = paths else {
            self.fault(at, "an override needs `paths`: globs of the files that it is for");
            return None;
        };
        if min_confidence.is_none() && only.is_none() && except.is_none() {
            self.fault(at, "this override changes nothing: give it `min-confidence`, `only` or `except`");
            return None;
        }
        let names = |names: Option<Located<Vec<String>>>| names.map_or(Vec::new(), |names| names.value);
        Some(Override {
            line: self.place(at).0,
            paths: paths.value,
            min_confidence: min_confidence.map(|c| c.value),
            only: names(only),
            except: names(except),
        })
    }

    fn sub<'v>(
        &mut self,
        value: &'v Value<'t>,
        known: &[&str],
        read: impl FnMut(&mut Reader<'t>, &str, &'v Value<'t>),
    ) {
        match value.get_ref().as_table() {
            Some(table) => self.table(table, known, read),
            None => self.wrong(value, "a table"),
        }
    }

    /// The tables of an array of tables, and where they start.
    fn tables<'v>(&mut self, value: &'v Value<'t>) -> Vec<(&'v Table<'t>, usize)> {
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(value, "an array of tables, each with its name in double brackets");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for value in array.iter() {
            match value.get_ref().as_table() {
                Some(table) => tables.push((table, value.span().start)),
                None => self.wrong(value, "a table"),
            }
            if self.is_full() {
                break;
            }
        }
        tables
    }

    fn wrong(&mut self, value: &Value<'t>, wanted: &str) {
        self.fault(value.span().start, format!("must be {wanted}, not {}", kind(value.get_ref())));
    }

    fn string<'v>(&mut self, value: &'v Value<'t>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(value, "a string");
        }
        text
    }

    /// Strings, and where they stand.
    fn strings<'v>(&mut self, value: &'v Value<'t>) -> Option<Vec<(&'v str, usize)>> {
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(value, "an array of strings");
            return None;
        };
        let mut strings = Vec::new();
        let mut is_right = true;
        for value in array.iter() {
            match self.string(value) {
                Some(text) => strings.push((text, value.span().start)),
                None => is_right = false,
            }
            if self.is_full() {
                break;
            }
        }
        is_right.then_some(strings)
    }

    fn globs(&mut self, value: &Value<'t>) -> Option<Located<Globs>> {
        let strings = self.strings(value)?;
        self.globs += strings.len();
        self.glob_bytes += strings.iter().map(|(text, _)| text.len()).sum::<usize>();
        if self.globs > MAX_GLOBS || self.glob_bytes > MAX_GLOB_BYTES {
            let most = format!("more than {MAX_GLOBS} globs or {MAX_GLOB_BYTES} bytes of them");
            self.fault(value.span().start, format!("{most} in all: use broader ones"));
            return None;
        }
        let patterns = strings.iter().map(|(text, _)| (*text).to_owned()).collect();
        match Globs::new(patterns) {
            Ok(globs) => Some(self.located(value, globs)),
            Err((i, why)) => {
                self.fault(strings.get(i).map_or(value.span().start, |(_, at)| *at), why);
                None
            }
        }
    }

    fn names(&mut self, value: &Value<'t>) -> Option<Located<Vec<String>>> {
        let strings = self.strings(value)?;
        Some(self.located(value, strings.into_iter().map(|(text, _)| text.to_owned()).collect()))
    }

    fn confidence(&mut self, value: &Value<'t>) -> Option<Located<Confidence>> {
        let text = self.string(value)?;
        let confidence = Confidence::ALL.into_iter().find(|c| c.name() == text);
        if confidence.is_none() {
            let names = Confidence::ALL.map(Confidence::name);
            self.fault(value.span().start, unknown("confidence", text, &names));
        }
        Some(self.located(value, confidence?))
    }

    fn tools(&mut self, value: &Value<'t>) -> Option<Located<Vec<Tool>>> {
        let mut tools = Vec::new();
        for (text, at) in self.strings(value)? {
            if self.is_full() {
                break;
            }
            match Tool::ALL.into_iter().find(|tool| tool.name() == text) {
                Some(tool) => tools.push(tool),
                None => self.fault(at, unknown("tool", text, &Tool::ALL.map(Tool::name))),
            }
        }
        Some(self.located(value, tools))
    }

    fn paths(&mut self, value: &Value<'t>) -> Option<Located<Vec<PathBuf>>> {
        let mut paths = Vec::new();
        for (text, at) in self.strings(value)? {
            if self.is_full() {
                break;
            }
            match inner(text) {
                Ok(path) => paths.push(path),
                Err(why) => self.fault(at, why),
            }
        }
        Some(self.located(value, paths))
    }

    fn inner_path(&mut self, value: &Value<'t>, text: &str) -> Option<Located<PathBuf>> {
        match inner(text) {
            Ok(path) => Some(self.located(value, path)),
            Err(why) => {
                self.fault(value.span().start, why);
                None
            }
        }
    }

    /// Makes the texts of detector files of the tables `detectors.custom`.
    fn custom_texts(&mut self, config: &mut Config) {
        if config.custom.is_empty() || !self.faults.is_empty() {
            return;
        }
        let Ok(document) = self.text.parse::<toml::Table>() else { return };
        let entries = document.get("detectors").and_then(|d| d.get("custom")).and_then(toml::Value::as_array);
        for (entry, custom) in entries.into_iter().flatten().zip(&mut config.custom) {
            let Some(entry) = entry.as_table() else { continue };
            let mut entry = entry.clone();
            let id = entry.get("id").and_then(toml::Value::as_str).unwrap_or_default();
            let provider = id.split('-').next().unwrap_or_default().to_owned();
            let mut file = toml::Table::new();
            file.insert("provider".into(), entry.remove("provider").unwrap_or(provider.into()));
            file.insert("detector".into(), vec![toml::Value::Table(entry)].into());
            // A table of plain values can always be written.
            custom.value = toml::to_string(&file).unwrap_or_default();
        }
    }
}

/// A path in the tree of the configuration.
fn inner(text: &str) -> Result<PathBuf, String> {
    if text.contains('\\') {
        return Err("write / between names, on Windows too".to_owned());
    }
    let path = Path::new(text);
    let is_inner = path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if text.is_empty() || !is_inner {
        return Err("must be a file at or below the folder of this configuration".to_owned());
    }
    Ok(path.to_owned())
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// What is said of a name that is not known.
fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|_| name.len() < 100)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.75);
    let said = shown(name).map_or(format!("unknown {what}"), |name| format!("unknown {what} `{name}`"));
    match near {
        Some((_, near)) => format!("{said}: did you mean `{near}`?"),
        None => format!("{said}: there are `{}`", known.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_read() {
        let config = Config::parse(
            "\
min-confidence = \"high\"
baseline = \"ci/secrets.baseline\"

[paths]
exclude = [\"vendor/\"]
include = [\"src/\",
  \"deploy/\"]

[detectors]
only = [\"aws-*\"]
except = [\"generic-key\"]
files = [\"./a.toml\"]

[[detectors.custom]]
id = \"acme-key\"
parts = [{ name = \"x\", token = 'y' }]

[inline]
markers = [\"gitleaks\", \"detect-secrets\"]
require-reason = true

[[override]]
paths = [\"tests/\"]
min-confidence = \"checked\"

[[override]]
paths = [\"docs/\"]
except = [\"generic-*\"]
",
        )
        .unwrap();
        let (least, baseline) = (config.min_confidence.unwrap(), config.baseline.unwrap());
        assert_eq!((least.value, least.line), (Confidence::High, 1));
        assert_eq!((&*baseline.value, baseline.line), (Path::new("ci/secrets.baseline"), 2));
        assert_eq!(config.exclude.unwrap().value.patterns(), ["vendor/"]);
        let include = config.include.unwrap();
        assert_eq!((include.value.patterns(), include.line), (&["src/".into(), "deploy/".into()][..], 6));
        assert_eq!(config.only.unwrap().value, ["aws-*"]);
        assert_eq!(config.except.unwrap().value, ["generic-key"]);
        assert_eq!(config.files.unwrap().value, [Path::new("./a.toml")]);
        assert_eq!(config.custom[0].line, 14);
        let custom: toml::Table = config.custom[0].value.parse().unwrap();
        assert_eq!(custom["provider"].as_str(), Some("acme"));
        assert_eq!(custom["detector"][0]["parts"][0]["token"].as_str(), Some("y"));
        assert_eq!(config.markers.unwrap().value, [Tool::Gitleaks, Tool::DetectSecrets]);
        assert!(config.require_reason.unwrap().value);
        let overrides: Vec<_> = config.overrides.iter().map(|o| (o.line, o.min_confidence)).collect();
        assert_eq!(overrides, [(22, Some(Confidence::Checked)), (26, None)]);
        assert_eq!(config.overrides[1].except, ["generic-*"]);
        assert!(Config::parse("").is_ok() && Config::parse("\u{feff}# nothing\r\n").is_ok());
    }

    #[test]
    fn every_mistake_is_said_with_its_place() {
        for (text, expected) in [
            (
                "min_confidence = \"high\"",
                &["1:1: unknown key `min_confidence`: did you mean `min-confidence`?"][..],
            ),
            ("\n[path]\n", &["2:2: unknown key `path`: did you mean `paths`?"]),
            ("[paths]\nexlude = []", &["2:1: unknown key `exlude`: did you mean `exclude`?"]),
            ("[detectors]\nexpect = []", &["2:1: unknown key `expect`: did you mean `except`?"]),
            ("zzz = 1", &["1:1: unknown key `zzz`: there are `min-confidence`, `baseline`, `paths`"]),
            ("min-confidence = \"hihg\"", &["1:18: unknown confidence `hihg`: did you mean `high`?"]),
            ("min-confidence = 3", &["1:18: must be a string, not a number"]),
            ("[paths]\nexclude = \"vendor\"", &["2:11: must be an array of strings, not a string"]),
            ("[paths]\nexclude = [\"a\", 1]", &["2:17: must be a string, not a number"]),
            ("[paths]\nexclude = ['src\\tests']", &["2:12: write / between names, on Windows too"]),
            ("[paths]\nexclude = [\"[\"]", &["2:12: not a glob"]),
            ("paths = 1", &["1:9: must be a table, not a number"]),
            ("baseline = \"/etc/passwd\"", &["1:12: must be a file at or below the folder"]),
            ("baseline = \"../b\"", &["1:12: must be a file at or below the folder"]),
            ("baseline = ''", &["1:12: must be a file at or below the folder"]),
            ("baseline = 'a\\b'", &["1:12: write / between names"]),
            ("[detectors]\nfiles = [\"a\", \"/b\"]", &["2:15: must be a file at or below"]),
            ("[detectors]\ncustom = 1", &["2:10: must be an array of tables"]),
            (
                "[inline]\nmarkers = [\"gitleak\"]",
                &["2:12: unknown tool `gitleak`: did you mean `gitleaks`?"],
            ),
            ("[inline]\nrequire-reason = \"yes\"", &["2:18: must be true or false, not a string"]),
            ("[override]\npaths = []", &["1:1: must be an array of tables"]),
            ("[[override]]\nexcept = [\"x\"]", &["1:1: an override needs `paths`"]),
            ("[[override]]\npaths = [\"x\"]", &["1:1: this override changes nothing"]),
            ("[[override]]\npath = [\"x\"]", &["2:1: unknown key `path`: did you mean `paths`?"]),
            ("a = [", &["1:6: not TOML"]),
            ("a = 1\na = 2", &["2:1: not TOML: duplicate key"]),
            ("x = 1\ny = 2\n[inline]\nz = 3", &["1:1: unknown", "2:1: unknown", "4:1: unknown"]),
        ] {
            let faults: Vec<String> =
                Config::parse(text).unwrap_err().iter().map(ToString::to_string).collect();
            assert_eq!(faults.len(), expected.len(), "{text:?}: {faults:?}");
            for (fault, expected) in faults.iter().zip(expected) {
                assert!(fault.starts_with(expected), "{text:?}: {fault}");
            }
        }
    }

    #[test]
    fn hostile_texts_are_mistakes_and_nothing_else() {
        let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let tables = format!("[{}]", vec!["a"; 100_000].join("."));
        let many = "x = [\n".repeat(2000);
        let keys: String = (0..2000).map(|i| format!("k{i} = 1\n")).collect();
        let long = format!("{} = 1", "k".repeat(100_000));
        let overrides = "[[override]]\n".repeat(20_000);
        let more = "[[override]]\npaths = [\"x\"]\nexcept = [\"x\"]\n".repeat(101);
        let globs = format!("[paths]\nexclude = [{}]", "\"x\",".repeat(1001));
        let bytes = format!("[paths]\nexclude = [{}]", format!("\"{}\",", "x".repeat(199)).repeat(330));
        let wrong = format!("[paths]\nexclude = [{}]", "1,".repeat(10_000));
        let binary: String = (0..2000u32).filter_map(|i| char::from_u32(i * 7)).collect();
        let made = [deep, tables, many, keys, long, binary, overrides, more, globs, bytes, wrong];
        for text in made.iter().map(String::as_str).chain(["\0", "[[[[", "=", "\"\\u0000\" = 1"]) {
            let faults = Config::parse(text).unwrap_err();
            assert!(!faults.is_empty() && faults.len() <= MAX_FAULTS);
            assert!(faults.iter().all(|fault| fault.message.len() < 300), "{:?}", faults[0]);
            assert!(!faults.iter().any(|fault| fault.message.contains('\0')));
        }
    }
}
