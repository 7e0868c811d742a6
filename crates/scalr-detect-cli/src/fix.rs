//! `fix`: takes secrets out of files.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use scalr_detect::{Confidence, Scanner};
use scalr_detect_report::terminal;
use scalr_detect_respond::fix::{Environment, Fixed, Fixer, MAX_SIZE, Source, diff};
use scalr_detect_respond::snippet::Manager;
use scalr_detect_sources::is_ignored;
use tempfile::NamedTempFile;

use crate::args::{Color, EXIT_CODES, confidence};
use crate::snippet::manager;
use crate::{Error, Outcome, note, output};

/// How much is read of the other files of a configuration, in bytes.
const MAX_SIBLINGS: usize = 16 << 20;

/// Take secrets out of files: what was written there is read from the environment instead
///
/// Shows what would change, with the secrets masked, and what is left alone and why. Nothing is written without --write.
/// It knows Python, JavaScript, TypeScript, Go, Java, Rust, YAML, Terraform, the shell and environment files. A secret
/// that was in a repository is in its history: it must be revoked all the same.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Fix {
    /// Files to fix
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Where the secret is read from; others than env only in the shell, and aws-secrets-manager in Python
    #[arg(long, value_name = "MANAGER", default_value = "env", value_parser = manager())]
    to: Manager,

    /// The name of the variable, or of the secret in the manager [default: by the kind of secret, or by what it is
    /// assigned to]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Write the files, instead of only showing what would change
    #[arg(long)]
    write: bool,

    /// Keep the values in FILE, such as .env, and have git ignore it
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,

    /// Fix what is at least this sure
    #[arg(long, value_name = "CONFIDENCE", default_value = "medium", value_parser = confidence())]
    min_confidence: Confidence,
}

/// A file that was read.
struct Opened {
    path: PathBuf,
    text: Vec<u8>,
    fixed: Fixed,
}

pub(crate) fn run(args: &Fix) -> Result<Outcome, Error> {
    if args.env_file.is_some() && args.to != Manager::Env {
        return Err(Error("--env-file keeps variables of the environment: leave --to out".to_owned()));
    }
    let scanner = Scanner::builder().min_confidence(args.min_confidence).build();
    let mut fixer = Fixer::new().scanner(scanner.map_err(|e| Error(e.to_string()))?).manager(args.to);
    if let Some(name) = &args.name {
        fixer = fixer.name(name).map_err(|e| Error(format!("--name: {e}")))?;
    }
    if args.env_file.is_some() {
        fixer = fixer.keeps_values();
    }
    let mut files: Vec<Opened> = Vec::new();
    let mut is_incomplete = false;
    for path in &args.files {
        if files.iter().any(|file| same_file(&file.path, path)) {
            continue;
        }
        match read(path) {
            Ok(text) => {
                let siblings = siblings(path, &files);
                let name = name(path);
                let fixed = fixer.fix(&Source::new(&name, &text).siblings(&siblings));
                files.push(Opened { path: path.clone(), text, fixed });
            }
            Err(e) => {
                note(format_args!("scalr-detect: {}: not read: {e}", shown(path)));
                is_incomplete = true;
            }
        }
    }
    let diffs: String =
        files.iter().map(|file| diff(&name(&file.path), &file.text, &file.fixed.text)).collect();
    output::print(Color::Never, |out, _| out.write_all(diffs.as_bytes()))?;
    for file in &files {
        for left in &file.fixed.left {
            note(format_args!(
                "{}:{}:{}: left alone: {} {}: {}",
                shown(&file.path),
                left.position.line,
                left.position.column,
                left.detector,
                left.masked,
                left.why
            ));
        }
    }
    for file in &files {
        if let Some(advice) = file.fixed.advice {
            note(format_args!("{}: {advice}", shown(&file.path)));
        }
    }
    let is_changed = files.iter().any(|file| !file.fixed.changes.is_empty());
    if is_changed {
        if let Some(env_file) = &args.env_file {
            keep(env_file, &files, args.write)?;
        }
        if args.write {
            files.iter().filter(|file| !file.fixed.changes.is_empty()).try_for_each(replace)?;
        }
        say_what_is_next(args, &files);
    }
    let is_left = files.iter().any(|file| !file.fixed.left.is_empty());
    Ok(match (is_left || (is_changed && !args.write), is_incomplete) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::Incomplete,
        (false, false) => Outcome::Clean,
    })
}

/// The path as the library wants it.
fn name(path: &Path) -> String {
    let name = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        name.into_owned()
    } else {
        name.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

fn shown(path: &Path) -> String {
    terminal::plain(path.to_string_lossy().as_bytes())
}

/// The content of a regular file. Of a large one no more than tells that it is.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a directory: name the files"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(MAX_SIZE as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// The other files of a configuration of Terraform: as they will be, if they are fixed too.
fn siblings(path: &Path, fixed: &[Opened]) -> Vec<Vec<u8>> {
    let is_terraform = |path: &Path| path.extension().is_some_and(|e| e == "tf" || e == "tofu");
    let parent = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
    let folder = parent(path);
    if !is_terraform(path) {
        return Vec::new();
    }
    let done: HashMap<&Path, &[u8]> =
        fixed.iter().map(|file| (file.path.as_path(), file.fixed.text.as_slice())).collect();
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
    let (mut texts, mut left) = (Vec::new(), MAX_SIBLINGS);
    for entry in fs::read_dir(listed).into_iter().flatten().flatten() {
        let sibling = folder.join(entry.file_name());
        if sibling == path || !is_terraform(&sibling) {
            continue;
        }
        let text = match done.get(sibling.as_path()) {
            Some(text) => text.to_vec(),
            None => read(&sibling).unwrap_or_default(),
        };
        let Some(rest) = left.checked_sub(text.len()) else { break };
        left = rest;
        texts.push(text);
    }
    texts
}

/// Keeps the values of what was changed in a file, and has git ignore it.
fn keep(env_file: &Path, files: &[Opened], write: bool) -> Result<(), Error> {
    let cannot = |e: io::Error| Error(format!("cannot write {}: {e}", shown(env_file)));
    if files.iter().any(|file| same_file(&file.path, env_file)) {
        return Err(Error(format!("{} is both --env-file and to be fixed", shown(env_file))));
    }
    let old = match read(env_file) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        old => Some(old.map_err(cannot)?),
    };
    if old.as_ref().is_some_and(|old| old.len() > MAX_SIZE) {
        return Err(Error(format!("{} has more than 2 MiB: it is no environment file", shown(env_file))));
    }
    let mut environment = Environment::new(old.clone().unwrap_or_default());
    for change in files.iter().flat_map(|file| &file.fixed.changes) {
        environment
            .set(change.name(), change.value())
            .map_err(|e| Error(format!("{}: {e}", shown(env_file))))?;
    }
    let is_safe = is_ignored(env_file).map_err(cannot)?;
    if !write {
        let names: Vec<&str> =
            files.iter().flat_map(|file| &file.fixed.changes).map(|change| change.name()).collect();
        let ignored = if is_safe { "" } else { ", and have git ignore it" };
        note(format_args!("with --write: set {} in {}{ignored}", distinct(&names), shown(env_file)));
        return Ok(());
    }
    // First it is ignored, then there is something to be ignored.
    if !is_safe {
        ignore(env_file).map_err(|e| Error(format!("cannot have git ignore {}: {e}", shown(env_file))))?;
    }
    if old.as_deref() != Some(environment.text()) {
        write_whole(env_file, environment.text(), old.as_deref()).map_err(cannot)?;
    }
    Ok(())
}

fn same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Adds a rule for a file to `.gitignore` at the root of its repository; of none, beside the file.
fn ignore(file: &Path) -> io::Result<()> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(parent)?;
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&folder);
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let name = below.join(file.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    let name = name.to_str().ok_or_else(|| io::Error::other("its name is not UTF-8"))?;
    let mut rule = String::from("/");
    for c in name.chars() {
        match c {
            '\n' | '\r' => return Err(io::Error::other("its name has a line end")),
            '*' | '?' | '[' | '\\' | ' ' => rule.extend(['\\', c]),
            std::path::MAIN_SEPARATOR => rule.push('/'),
            _ => rule.push(c),
        }
    }
    let path = root.join(".gitignore");
    let old = match read(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        old => Some(old?),
    };
    let mut text = old.clone().unwrap_or_default();
    let end: &[u8] = if text.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
    if text.last().is_some_and(|last| *last != b'\n') {
        text.extend_from_slice(end);
    }
    text.extend_from_slice(rule.as_bytes());
    text.extend_from_slice(end);
    match old {
        Some(old) => write_whole(&path, &text, Some(&old))?,
        None => File::create_new(&path)?.write_all(&text)?,
    }
    // What was there may say otherwise in a way that a rule at the end does not change: that of a folder above.
    if is_ignored(file)? { Ok(()) } else { Err(io::Error::other("another rule keeps it: see .gitignore")) }
}

/// Writes the fixed content of a file.
fn replace(file: &Opened) -> Result<(), Error> {
    write_whole(&file.path, &file.fixed.text, Some(&file.text))
        .map_err(|e| Error(format!("cannot write {}: {e}", shown(&file.path))))
}

/// Writes a file as a whole or not at all, with the mode and owner of the old one; behind a link, the file that it is to.
/// The old content is what must still be there. `None`: there must be no file, and only its owner may read the new one.
fn write_whole(path: &Path, text: &[u8], old: Option<&[u8]>) -> io::Result<()> {
    let target = match old {
        Some(_) => fs::canonicalize(path)?,
        None => path.to_owned(),
    };
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner may read it while it has no other mode.
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(text)?;
    let Some(old) = old else {
        temporary.as_file().sync_all()?;
        temporary.persist_noclobber(&target)?;
        return Ok(());
    };
    let metadata = fs::metadata(&target)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Whoever may not give files away owns them.
        let _ = fchown(temporary.as_file(), Some(metadata.uid()), Some(metadata.gid()));
    }
    temporary.as_file().set_permissions(metadata.permissions())?;
    temporary.as_file().sync_all()?;
    if read(&target)? != old {
        return Err(io::Error::other("it was changed in the meantime: try again"));
    }
    temporary.persist(&target)?;
    Ok(())
}

/// What the user must do for the files to work.
fn say_what_is_next(args: &Fix, files: &[Opened]) {
    let changes = || files.iter().flat_map(|file| &file.fixed.changes);
    let names: Vec<&str> = changes().map(|change| change.name()).collect();
    let names = distinct(&names);
    let mut detectors: Vec<&str> = changes().map(|change| change.detector()).collect();
    detectors.sort_unstable();
    detectors.dedup();
    match (args.to, &args.env_file) {
        (Manager::Env, None) => note(format_args!("next: set {names} in the environment of what runs this")),
        (Manager::Env, Some(_)) => {}
        (manager, _) => note(format_args!(
            "next: store {names} in {}: `scalr-detect snippet --manager {} --language shell` says how",
            manager.name(),
            manager.id()
        )),
    }
    for detector in detectors {
        note(format_args!(
            "next: replace and revoke the secret, as it may be in the history: scalr-detect playbook {detector}"
        ));
    }
    if !args.write {
        note("nothing was written: to do so, add --write");
    }
}

/// Names without those that were there before, as a list.
fn distinct(names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}
