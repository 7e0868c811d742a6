//! Real repositories, made by the real git, which finds the program that is tested on PATH.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Ran;

/// A home directory with repositories in it, which is removed again. Its name has a space in it.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Home {
        let home = Home { folder: tempfile::Builder::new().prefix("a home ").tempdir().unwrap() };
        fs::create_dir(home.path("bin")).unwrap();
        home.config("user.name", "A. U. Thor");
        home.config("user.email", "author@example.com");
        home.config("init.defaultBranch", "main");
        home.config("protocol.file.allow", "always");
        home.config("uploadpack.allowAnySHA1InWant", "true");
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self, key: &str, value: &str) {
        assert_eq!(self.run(".", "git", &["config", "--global", key, value]).code, 0);
    }

    /// A program, run in one of the folders here, with nothing of the environment that the test runs in.
    pub fn command(&self, folder: &str, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.path(folder)).env_clear().stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env("PATH", self.search_path());
        // As text of one language, and with no way to ask.
        command.env("LC_ALL", "C").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_EDITOR", "false");
        command
    }

    /// Where programs are found: in `bin` here, the program that is tested, and the system's.
    pub fn search_path(&self) -> OsString {
        let ours = Path::new(env!("CARGO_BIN_EXE_scalr-detect")).parent().unwrap().to_owned();
        let system = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths([self.path("bin"), ours].into_iter().chain(std::env::split_paths(&system)))
            .unwrap()
    }

    pub fn run(&self, folder: &str, program: &str, args: &[&str]) -> Ran {
        let output = self.command(folder, program, args).output();
        Ran::of(output.unwrap_or_else(|e| panic!("{program}: {e}: install it, `.ci/run` does")))
    }

    /// Runs git, which must succeed; returns what it says, without the end of the line.
    pub fn git(&self, folder: &str, args: &str) -> String {
        let args: Vec<&str> = args.split_whitespace().collect();
        let ran = self.run(folder, "git", &args);
        assert_eq!(ran.code, 0, "git {args:?}: {ran:?}");
        ran.stdout.trim_end().to_owned()
    }

    pub fn scalr_detect(&self, folder: &str, args: &[&str]) -> Ran {
        self.run(folder, env!("CARGO_BIN_EXE_scalr-detect"), args)
    }

    pub fn file(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A script that can be run.
    pub fn script(&self, path: &str, text: &str) {
        self.file(path, format!("#!/bin/sh\n{text}\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// Commits files (a name and its text; no text: it is removed) and returns the id. Hooks are left out.
    pub fn commit(&self, repository: &str, subject: &str, files: &[(&str, Option<String>)]) -> String {
        for (name, text) in files {
            match text {
                Some(text) => self.file(&format!("{repository}/{name}"), text),
                None => fs::remove_file(self.path(repository).join(name)).unwrap(),
            }
        }
        self.git(repository, "add -A");
        let ran = self.run(
            repository,
            "git",
            &["-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", subject],
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        self.git(repository, "rev-parse HEAD")
    }
}

/// Runs a command with this on its standard input.
pub fn with_input(command: &mut Command, input: &str) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // It may end before it has read everything.
        scope.spawn(move || drop(stdin.write_all(input.as_bytes())));
        Ran::of(child.wait_with_output().unwrap())
    })
}
