//! `hook status`: what git will run, and what stands in the way.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::managers::Manager;
use super::place::{Found, Global, Repository, Which, before, look};
use super::{Name, script};
use crate::args::Color;
use crate::output::print;
use crate::{Error, Outcome};

/// Say for each hook what git will run
#[derive(clap::Args, Debug)]
pub(super) struct Status {
    #[command(flatten)]
    which: Which,
}

pub(super) fn run(args: &Status) -> Result<Outcome, Error> {
    let mut text = String::new();
    let mut warnings = vec![];
    if args.which.global {
        global(&mut text)?;
    } else {
        repository(&Repository::open(args.which.folder())?, &mut text, &mut warnings)?;
    }
    if on_path().is_none() {
        warnings.push(
            "scalr-detect is not on PATH: hooks that call it refuse, unless SCALR_DETECT_MISSING=allow is set".to_owned(),
        );
    }
    for warning in warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    print(Color::Never, |out, _| {
        out.extend_from_slice(text.as_bytes());
        Ok(())
    })
}

fn global(text: &mut String) -> Result<(), Error> {
    let global = Global::open()?;
    if !global.is_set {
        text.push_str("core.hooksPath is not set in your own configuration of git: nothing is installed for all repositories\n");
        return Ok(());
    }
    let _ = writeln!(text, "Hooks of all repositories are in {}", global.hooks.display());
    for name in Name::ALL {
        let _ = writeln!(text, "{name:<16}  {}", one(None, &global.hooks, name.name())?);
    }
    Ok(())
}

fn repository(repository: &Repository, text: &mut String, warnings: &mut Vec<String>) -> Result<(), Error> {
    let _ = write!(text, "Hooks are in {}", repository.hooks.display());
    if let Some(path) = &repository.hooks_path {
        let _ = write!(text, " (core.hooksPath of the {} configuration)", path.scope);
    }
    text.push('\n');
    let global = Global::open()?;
    let own = repository.own_hooks();
    let passes_on = global.is_set && repository.hooks == global.hooks;
    for name in Name::ALL {
        let mut said = one(Some(repository), &repository.hooks, name.name())?;
        let hidden = own != repository.hooks && look(&own.join(name.name()))? != Found::Nothing;
        let ours = look(&repository.hooks.join(name.name()))? == Found::Ours;
        if hidden && passes_on && ours {
            let _ = write!(
                said,
                "; before that, that of the repository: {}",
                one(Some(repository), &own, name.name())?
            );
        } else if hidden {
            warnings.push(format!(
                "core.hooksPath hides {}: git does not run it",
                own.join(name.name()).display()
            ));
        }
        let _ = writeln!(text, "{name:<16}  {said}");
    }
    if global.is_set && global.is_ours && repository.hooks != global.hooks {
        warnings.push(format!(
            "core.hooksPath of this repository hides the hooks that are installed for all repositories in {}",
            global.hooks.display()
        ));
    }
    if let Some(manager) = Manager::of(repository)? {
        warnings.push(format!(
            "{} manages the hooks of this repository, and may replace what is written beside it",
            manager.name()
        ));
    }
    if !repository.has(&repository.hooks) && !passes_on {
        warnings.push(format!(
            "{} is outside of this repository: other repositories may run these hooks too",
            repository.hooks.display()
        ));
    }
    Ok(())
}

/// What a hook in a folder does.
fn one(repository: Option<&Repository>, folder: &Path, name: &str) -> Result<String, Error> {
    let path = folder.join(name);
    let mut said = match look(&path)? {
        Found::Nothing => return Ok("nothing".to_owned()),
        Found::NoFile => return Ok("no file: git cannot run it".to_owned()),
        Found::Ours if runs(&path)? => {
            let kept = before(&path);
            match (is_executable(&kept), kept.symlink_metadata().is_ok()) {
                (true, _) => format!("{name}{}, then scalr-detect", script::BEFORE),
                (false, true) => format!("scalr-detect ({name}{} is not executable)", script::BEFORE),
                (false, false) => "scalr-detect".to_owned(),
            }
        }
        Found::Ours => "what the repository has (no scalr-detect)".to_owned(),
        Found::Other(text) => match Manager::wrote(&text) {
            Some(manager) => {
                let with = if manager.calls_us(repository, &path) { "which calls" } else { "without" };
                format!("{}, {with} scalr-detect", manager.name())
            }
            None if calls_us(&text) => "a hook that calls scalr-detect".to_owned(),
            None => "a hook without scalr-detect".to_owned(),
        },
    };
    if !is_executable(&path) {
        said = format!("nothing: {name} is not executable, so git leaves it out");
    }
    if let Ok(target) = std::fs::read_link(&path) {
        let _ = write!(said, " (a symbolic link to {})", target.display());
    }
    Ok(said)
}

/// Whether a hook of ours does more than passing on.
fn runs(path: &Path) -> Result<bool, Error> {
    let text = std::fs::read(path).map_err(|e| super::place::failed("read", path, &e))?;
    Ok(calls_us(&text))
}

fn calls_us(text: &[u8]) -> bool {
    let call = b"scalr-detect hook run";
    text.windows(call.len()).any(|window| window == call)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// The program that hooks will find.
fn on_path() -> Option<PathBuf> {
    let name = format!("scalr-detect{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&name))
        .find(|path| is_executable(path))
}
