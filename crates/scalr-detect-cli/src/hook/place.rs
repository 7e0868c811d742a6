//! Where hooks are.

use std::fs;
use std::path::{Path, PathBuf};

use super::script;
use crate::{Error, git_program};

/// Which hooks: those of a repository, or those of all.
#[derive(clap::Args, Debug)]
pub(super) struct Which {
    /// The hooks of all your repositories, by core.hooksPath in your own configuration of git
    #[arg(long)]
    pub(super) global: bool,

    /// The hooks of the repository in DIR [default: the current directory]
    #[arg(long, value_name = "DIR", conflicts_with = "global")]
    pub(super) repository: Option<PathBuf>,
}

impl Which {
    pub(super) fn folder(&self) -> &Path {
        self.repository.as_deref().unwrap_or(Path::new("."))
    }
}

/// The hooks of a repository.
#[derive(Debug)]
pub(super) struct Repository {
    /// The top of the work tree; None: it is bare.
    pub(super) top: Option<PathBuf>,
    /// The folder of the repository itself, which its work trees share.
    pub(super) git: PathBuf,
    /// The folder whose hooks git runs.
    pub(super) hooks: PathBuf,
    /// `core.hooksPath` and where it is set, if it is.
    pub(super) hooks_path: Option<HooksPath>,
}

/// `core.hooksPath`, which hides the hooks in the repository.
#[derive(Debug)]
pub(super) struct HooksPath {
    /// `local`, `worktree`, `global`, `system` or `command`.
    pub(super) scope: String,
    pub(super) value: String,
}

impl Repository {
    pub(super) fn open(folder: &Path) -> Result<Repository, Error> {
        let path = |what: &[&str]| {
            git_program::path(folder, [&["rev-parse", "--path-format=absolute"][..], what].concat())
        };
        let git = path(&["--git-common-dir"])?;
        let bare = git_program::ask(folder, ["rev-parse", "--is-bare-repository"])?;
        let top = if bare.as_deref() == Some("true") { None } else { Some(path(&["--show-toplevel"])?) };
        let hooks = path(&["--git-path", "hooks"])?;
        let config = git_program::ask(folder, ["config", "--show-scope", "--get", "core.hooksPath"])?;
        let hooks_path = config
            .as_deref()
            .and_then(|c| c.split_once('\t'))
            .map(|(scope, value)| HooksPath { scope: scope.to_owned(), value: value.to_owned() });
        Ok(Repository { top, git, hooks, hooks_path })
    }

    /// The folder of hooks that git runs if core.hooksPath is not set.
    pub(super) fn own_hooks(&self) -> PathBuf {
        self.git.join("hooks")
    }

    /// Whether a path leads into this repository or its work tree, links followed.
    pub(super) fn has(&self, path: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        // What is not there yet is where its parent is.
        let Some(path) = path.ancestors().find_map(real) else { return false };
        [Some(&self.git), self.top.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|p| real(p))
            .any(|p| path.starts_with(p))
    }
}

/// The folder for the hooks of all repositories.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) hooks: PathBuf,
    /// `core.hooksPath` names it already.
    pub(super) is_set: bool,
    /// It is the one that we make, and not one that was set before.
    pub(super) is_ours: bool,
}

impl Global {
    pub(super) fn open() -> Result<Global, Error> {
        let ours = ours()?;
        let here = Path::new(".");
        match git_program::ask(here, ["config", "--global", "--type=path", "--get", "core.hooksPath"])? {
            Some(set) => {
                let hooks = PathBuf::from(set);
                Ok(Global { is_ours: hooks == ours, hooks, is_set: true })
            }
            None => Ok(Global { hooks: ours, is_set: false, is_ours: true }),
        }
    }
}

/// The folder that we make for the hooks of all repositories.
fn ours() -> Result<PathBuf, Error> {
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".config"));
    let config = config.or_else(home).ok_or_else(|| {
        Error("there is no home directory to put the hooks of all repositories into: set HOME".to_owned())
    })?;
    Ok(config.join("scalr-detect").join("hooks"))
}

/// What a hook is.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Found {
    Nothing,
    /// One of ours.
    Ours,
    /// Some other, with its text as far as it was read.
    Other(Vec<u8>),
    /// Neither a file nor a link to one.
    NoFile,
}

/// How much of a hook is read to tell what it is, in bytes.
const HEAD: u64 = 64 << 10;

pub(super) fn look(path: &Path) -> Result<Found, Error> {
    use std::io::{ErrorKind, Read};
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(failed("look at", path, &e)),
        Ok(metadata) if metadata.is_symlink() => match fs::metadata(path) {
            // A link to nothing is there all the same.
            Err(_) => return Ok(Found::Other(vec![])),
            Ok(target) if !target.is_file() => return Ok(Found::NoFile),
            Ok(_) => {}
        },
        Ok(metadata) if !metadata.is_file() => return Ok(Found::NoFile),
        Ok(_) => {}
    }
    let mut text = Vec::new();
    let file = fs::File::open(path).map_err(|e| failed("read", path, &e))?;
    file.take(HEAD).read_to_end(&mut text).map_err(|e| failed("read", path, &e))?;
    Ok(if script::is_ours(&text) { Found::Ours } else { Found::Other(text) })
}

pub(super) fn failed(what: &str, path: &Path, e: &std::io::Error) -> Error {
    Error(format!("cannot {what} {}: {e}", path.display()))
}

/// The path at which the hook is that was there before ours.
pub(super) fn before(hook: &Path) -> PathBuf {
    let mut name = hook.file_name().unwrap_or_default().to_owned();
    name.push(script::BEFORE);
    hook.with_file_name(name)
}
