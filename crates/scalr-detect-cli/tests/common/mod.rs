//! Temporary trees, runs of the program, and secrets made up on the spot.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod home;
#[cfg(unix)]
pub mod repository;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A directory that is removed again.
pub struct Tree(tempfile::TempDir);

impl Tree {
    pub fn new() -> Tree {
        Tree(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and makes the directories that it is in.
    pub fn file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs a script of the shell in it.
    pub fn shell(&self, script: &str) {
        let done = Command::new("sh").args(["-euc", script]).current_dir(self.path()).output().unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.success(),
            "{script}: {error}\nIf a program is missing: .ci/run names the Debian package that has it"
        );
    }

    /// Runs a script of Python in it.
    pub fn python(&self, script: &str) {
        self.file("script.py", script);
        self.shell("python3 script.py; rm script.py");
    }
}

/// The program with these arguments, nothing on standard input, and no setting from outside.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scalr-detect"));
    command.args(args).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "SCALR_DETECT_CONFIG"] {
        command.env_remove(name);
    }
    command
}

/// The same, obeying Ctrl-C even where the tests do not, as under `nohup` or behind `&`.
pub fn interruptible(args: &[&str]) -> Command {
    let mut wrapped = Command::new("env");
    wrapped.args(["--default-signal=INT,TERM,HUP", env!("CARGO_BIN_EXE_scalr-detect")]).args(args);
    wrapped
}

/// Runs an [interruptible] program that reads standard input, and interrupts it with this signal when it has read `input` and
/// waits for more.
#[cfg(unix)]
pub fn interrupt(command: &mut Command, input: &[u8], signal: rustix::process::Signal) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    // More than a pipe holds: by the time it is written, the program is reading, and obeys signals.
    stdin.write_all(&vec![b'\n'; 1 << 20]).unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, signal).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    drop(stdin);
    ran
}

pub fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("the program was killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The findings of a report in JSON lines.
    pub fn findings(&self) -> Vec<Value> {
        let mut lines = self.lines();
        lines.pop();
        lines
    }

    /// The summary, which is the last line.
    pub fn summary(&self) -> Value {
        self.lines().pop().expect("no report")["summary"].take()
    }

    /// The reasons for which something was not read, with how often.
    pub fn skipped(&self) -> Vec<(String, u64)> {
        let summary = self.summary();
        let skipped = summary["skipped"].as_object().unwrap();
        skipped.iter().map(|(reason, of)| (reason.clone(), of["units"].as_u64().unwrap())).collect()
    }

    /// The paths of findings, sorted.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> =
            self.findings().iter().map(|f| f["path"].as_str().unwrap().to_owned()).collect();
        paths.sort_unstable();
        paths
    }
}

/// A made-up Scalr access token, another one for each number.
pub fn token(number: usize) -> String {
    let mut seed = number as u64 + 1;
    let mut random = |alphabet: &[u8], n: usize| -> String {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            alphabet[(seed >> 33) as usize % alphabet.len()] as char
        };
        (0..n).map(|_| next()).collect()
    };
    let id = random(b"0123456789abcdefghijklmnopqrstuv", 15);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let tail = random(alphabet, 42);
    let header = base64(br#"{"alg":"HS256","typ":"JWT"}"#);
    let payload = base64(format!(r#"{{"iss":"user","jti":"at-v0{id}"}}"#).as_bytes());
    // The last of 43 characters carries four bits.
    format!("{header}.{payload}.{tail}{}", random(b"AEIMQUYcgkosw048", 1))
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (i, &b)| bits | u32::from(b) << (16 - 8 * i));
        text.extend((0..=chunk.len()).map(|i| alphabet[(bits >> (18 - 6 * i)) as usize & 63] as char));
    }
    text
}
