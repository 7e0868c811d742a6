//! `hook install` and `hook uninstall`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::managers::Manager;
use super::place::{Found, Global, Repository, Which, before, failed, look};
use super::{Name, script};
use crate::{Error, Outcome, git_program, note};

/// Write hooks that call scalr-detect
///
/// A hook that is there already is kept beside ours, and called first. Where husky, lefthook or pre-commit manage the
/// hooks, nothing is written, and you are told what to add to their configuration. Doing it again changes nothing.
#[derive(clap::Args, Debug)]
pub(super) struct Install {
    #[command(flatten)]
    which: Which,

    /// Which hooks [default: pre-commit, pre-merge-commit, commit-msg and pre-push; pre-receive in a bare repository]
    #[arg(long = "hook", value_name = "NAME", value_enum, value_delimiter = ',')]
    names: Vec<Name>,

    /// Write them where another program manages the hooks, or into a folder outside of the repository
    #[arg(long)]
    force: bool,

    /// Flags for `scalr-detect hook run`, such as --deadline=4s
    #[arg(last = true, value_name = "FLAG")]
    flags: Vec<String>,
}

/// Remove our hooks, and put back those that were there before
#[derive(clap::Args, Debug)]
pub(super) struct Uninstall {
    #[command(flatten)]
    which: Which,

    /// Which hooks [default: all of ours]
    #[arg(long = "hook", value_name = "NAME", value_enum, value_delimiter = ',')]
    names: Vec<Name>,
}

pub(super) fn install(args: &Install) -> Result<Outcome, Error> {
    if args.which.global { install_global(args) } else { install_here(args) }
}

fn install_here(args: &Install) -> Result<Outcome, Error> {
    let repository = Repository::open(args.which.folder())?;
    let names = match &*args.names {
        [] => Name::usual(repository.top.is_none()),
        names => names,
    };
    let folder = folder(&repository)?;
    if !args.force {
        check(&repository, &folder, names, &args.flags)?;
    }
    if !repository.has(&folder) {
        note(format_args!(
            "{} is outside of this repository: other repositories may run these hooks too",
            folder.display()
        ));
    }
    write_all(&folder, names, |path| repository.has(path), |name| script::script(name, false, &args.flags))?;
    Ok(Outcome::Clean)
}

/// The folder to write to.
fn folder(repository: &Repository) -> Result<PathBuf, Error> {
    let global = Global::open()?;
    // Our own hooks for all repositories call those of the repository.
    let passes_on = global.is_ours && global.is_set && repository.hooks == global.hooks;
    Ok(if passes_on { repository.own_hooks() } else { repository.hooks.clone() })
}

/// Whether nobody else is to be asked before hooks are written to this folder.
fn check(repository: &Repository, folder: &Path, names: &[Name], flags: &[String]) -> Result<(), Error> {
    if let Some(manager) = Manager::of(repository)? {
        let (name, advice) = (manager.name(), manager.advice(names, flags));
        return Err(Error(format!(
            "{name} manages the hooks of this repository, and nothing was written. Add:{advice}\n\
             or write hooks beside it with --force"
        )));
    }
    if let Some(path) = &repository.hooks_path
        && path.scope != "local"
        && path.scope != "worktree"
        && *folder == repository.hooks
    {
        return Err(Error(format!(
            "core.hooksPath is set to {} by the {} configuration of git, which hides hooks in the repository: \
             use --global to install there for all repositories, or --force to write there",
            path.value, path.scope
        )));
    }
    if repository.has(folder) {
        return Ok(());
    }
    let to = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    Err(Error(format!(
        "the hooks of this repository are in {}, outside of it: other repositories may run them too; \
         use --force to write there",
        to.display()
    )))
}

fn install_global(args: &Install) -> Result<Outcome, Error> {
    let global = Global::open()?;
    let names = match &*args.names {
        [] => Name::usual(false),
        names => names,
    };
    write_all(&global.hooks, names, |_| true, |name| script::script(name, true, &args.flags))?;
    if global.is_ours {
        // What they hide must go on.
        for name in script::OTHERS.into_iter().chain(Name::ALL.map(Name::name)) {
            let path = global.hooks.join(name);
            if look(&path)? == Found::Nothing {
                write(&path, &script::pass_on()).map_err(|e| failed("write", &path, &e))?;
            }
        }
    }
    if !global.is_set {
        let path = global.hooks.to_str().ok_or_else(|| {
            Error(format!("{} is not UTF-8: set XDG_CONFIG_HOME to a folder that is", global.hooks.display()))
        })?;
        let set = git_program::ask(Path::new("."), ["config", "--global", "core.hooksPath", path])?;
        if set.is_none() {
            return Err(Error("git could not write your own configuration".to_owned()));
        }
        note(format_args!("core.hooksPath is set to {path} in your own configuration of git"));
    }
    Ok(Outcome::Clean)
}

/// Writes hooks into a folder; `inside` tells whether a path is where it should be.
fn write_all(
    folder: &Path,
    names: &[Name],
    inside: impl Fn(&Path) -> bool,
    text: impl Fn(Name) -> String,
) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| failed("make", folder, &e))?;
    for &name in names {
        let path = folder.join(name.name());
        let kept = before(&path);
        let found = look(&path)?;
        let moved = match found {
            Found::NoFile => return Err(Error(format!("{} is no file: move it away", path.display()))),
            Found::Other(_) if kept.symlink_metadata().is_ok() => {
                return Err(Error(format!(
                    "{} is not ours any more, and {} is there from before: join them by hand, or remove one",
                    path.display(),
                    kept.display()
                )));
            }
            Found::Other(_) => {
                say_link(&path, &inside);
                fs::rename(&path, &kept).map_err(|e| failed("rename", &path, &e))?;
                true
            }
            Found::Ours | Found::Nothing => false,
        };
        if let Err(e) = write(&path, &text(name)) {
            if moved {
                let _ = fs::rename(&kept, &path);
            }
            return Err(failed("write", &path, &e));
        }
        let what = if found == Found::Ours { "is there, written again" } else { "written" };
        if kept.symlink_metadata().is_ok() {
            note(format_args!("{}: {what}; it calls {} first", path.display(), kept.display()));
        } else {
            note(format_args!("{}: {what}", path.display()));
        }
    }
    Ok(())
}

/// Says where a hook leads that is a link.
fn say_link(path: &Path, inside: impl Fn(&Path) -> bool) {
    if let Ok(target) = fs::read_link(path) {
        let place = if inside(path) { "" } else { ", outside of this repository" };
        note(format_args!(
            "{} is a symbolic link to {}{place}: it is kept as it is",
            path.display(),
            target.display()
        ));
    }
}

/// Writes a program, whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".scalr-detect-new");
    let new = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o777);
    let open = || match options.open(&new) {
        // Left behind by one that was ended.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(&new).and_then(|()| options.open(&new))
        }
        opened => opened,
    };
    let mut file = open()?;
    let written = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

pub(super) fn uninstall(args: &Uninstall) -> Result<Outcome, Error> {
    let names = match &*args.names {
        [] => &Name::ALL,
        names => names,
    };
    if args.which.global {
        return uninstall_global(names, args.names.is_empty());
    }
    let repository = Repository::open(args.which.folder())?;
    let mut removed = 0;
    let mut folders = vec![repository.hooks.clone()];
    // Where core.hooksPath was set after ours were written. A folder for all repositories is left alone.
    let global = Global::open()?;
    folders.retain(|folder| *folder != global.hooks);
    if !folders.contains(&repository.own_hooks()) {
        folders.push(repository.own_hooks());
    }
    for folder in folders {
        removed += remove_all(&folder, names.iter().map(|name| name.name()))?;
    }
    if removed == 0 {
        note("none of our hooks is in this repository");
    }
    Ok(Outcome::Clean)
}

fn uninstall_global(names: &[Name], all: bool) -> Result<Outcome, Error> {
    let global = Global::open()?;
    let mut removed = remove_all(&global.hooks, names.iter().map(|name| name.name()))?;
    let is_left = |name: &Name| global.hooks.join(name.name()).exists();
    if global.is_ours && (all || !Name::ALL.iter().any(is_left)) {
        removed += remove_all(&global.hooks, script::OTHERS)?;
        match fs::remove_dir(&global.hooks) {
            Ok(()) if global.is_set => {
                git_program::ask(Path::new("."), ["config", "--global", "--unset", "core.hooksPath"])?;
                note("core.hooksPath is no longer set in your own configuration of git");
            }
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => note(format_args!("{} stays, and core.hooksPath with it: {e}", global.hooks.display())),
        }
    } else if global.is_ours {
        // A hook of which only the passing on is left.
        for name in names {
            let path = global.hooks.join(name.name());
            write(&path, &script::pass_on()).map_err(|e| failed("write", &path, &e))?;
        }
    }
    if removed == 0 {
        note("none of our hooks is installed for all repositories");
    }
    Ok(Outcome::Clean)
}

/// Removes those of our hooks that are in a folder, and puts back what was there before; returns how many.
fn remove_all<'a>(folder: &Path, names: impl IntoIterator<Item = &'a str>) -> Result<usize, Error> {
    let mut removed = 0;
    for name in names {
        let path = folder.join(name);
        if look(&path)? != Found::Ours {
            continue;
        }
        let kept = before(&path);
        if kept.symlink_metadata().is_ok() {
            fs::rename(&kept, &path).map_err(|e| failed("put back", &path, &e))?;
            note(format_args!("{}: as it was before", path.display()));
        } else {
            fs::remove_file(&path).map_err(|e| failed("remove", &path, &e))?;
            if script::OTHERS.contains(&name) {
                // There are many of these, and they did nothing of their own.
            } else {
                note(format_args!("{}: removed", path.display()));
            }
        }
        removed += 1;
    }
    Ok(removed)
}
