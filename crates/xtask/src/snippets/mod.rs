//! The tests of the programs of `scalr-detect snippet`: what the command prints is compiled and run, against the
//! servers that it is made for.
//!
//! The servers are OpenBao, which speaks as Vault does, moto, which speaks as AWS does and checks signatures, and a stub
//! of the two routes of Conjur. Each program must read the secret (it says its length, never the secret), whatever
//! characters are in it, and must say clearly what is wrong when it cannot: that is a table, see [`expected`].
//!
//! All of it is below `target/snippets`, and is kept for the next time: SDKs and servers are hundreds of megabytes.

mod http;
mod server;

use crate::node::{self, check_node};
use crate::python::Environment;
use crate::root;
use crate::test::{cargo, output, run_quietly, step};
use server::{Bao, Conjur, Elsewhere, Moto, random};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MANAGERS: [&str; 4] = ["env", "aws-secrets-manager", "vault", "conjur"];
const LANGUAGES: [&str; 6] = ["python", "javascript", "go", "java", "rust", "shell"];

/// Where Debian's package of Gson has it.
const GSON: &str = "/usr/share/java/gson.jar";

/// Runs all of them; how many runs of a program passed.
pub(crate) fn test() -> Result<usize, String> {
    check_tools()?;
    step("snippets: SDKs and servers are installed");
    let folder = root().join("target/snippets");
    let python = Environment::new("snippets/venv", &data("python/requirements.txt"))?;
    install_javascript(&folder.join("javascript"))?;
    step("snippets: they are compiled");
    let programs = compile(&folder, &python)?;
    step("snippets: they are run");
    let mut tests = Tests { programs, python, home: folder.join("home"), failures: Vec::new(), passed: 0 };
    make(&tests.home)?;
    tests.environment();
    tests.aws()?;
    tests.vault()?;
    tests.conjur()?;
    if tests.failures.is_empty() {
        println!("{} runs of snippets passed", tests.passed);
        Ok(tests.passed)
    } else {
        Err(tests.failures.join("\n"))
    }
}

/// A file beside this program that the tests need.
fn data(path: &str) -> PathBuf {
    root().join("crates/xtask/snippets").join(path)
}

/// Makes a folder.
fn make(path: &Path) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &[u8]) -> Result<(), String> {
    make(path.parent().expect("it is below target"))?;
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let text = std::fs::read(from).map_err(|error| format!("{}: {error}", from.display()))?;
    // Unless it is there, so that what is built from it stays.
    if std::fs::read(to).is_ok_and(|there| there == text) { Ok(()) } else { write(to, &text) }
}

/// Fails if a program is missing that is not installed below target.
fn check_tools() -> Result<(), String> {
    check_node()?;
    for (program, flag, package) in [
        ("go", "version", "golang-go"),
        ("gofmt", "-h", "golang-go"),
        ("javac", "-version", "openjdk-17-jdk-headless"),
        ("java", "-version", "openjdk-17-jdk-headless"),
        ("curl", "--version", "curl"),
        ("jq", "--version", "jq"),
    ] {
        let mut command = Command::new(program);
        command.arg(flag).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.status().is_err() {
            return Err(format!(
                "{program} is missing, which the snippets need: on Debian, apt-get install {package}"
            ));
        }
    }
    if !Path::new(GSON).is_file() {
        return Err(format!(
            "{GSON} is missing, which the snippets in Java need: on Debian, apt-get install libgoogle-gson-java"
        ));
    }
    Ok(())
}

fn install_javascript(folder: &Path) -> Result<(), String> {
    for name in ["package.json", "package-lock.json"] {
        copy(&data("javascript").join(name), &folder.join(name))?;
    }
    node::install(folder)
}

/// A program that was printed by `scalr-detect snippet`, and how to run it.
struct Program {
    manager: &'static str,
    language: &'static str,
    command: Vec<OsString>,
    /// Whether it is linked with stand-ins for the SDK, which find no secret.
    is_stand_in: bool,
}

/// The name of the secret that the programs read.
fn secret_name(manager: &str) -> &'static str {
    if manager == "env" { "TEAM_SECRET" } else { "team/secret-1" }
}

/// What the command prints.
fn printed(manager: &str, language: &str) -> Result<Vec<u8>, String> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--package", "scalr-detect-cli", "--", "snippet"]);
    command.args(["--manager", manager, "--language", language, "--secret", secret_name(manager)]);
    output(&mut command)
}

/// Prints and compiles all of them.
fn compile(folder: &Path, python: &Environment) -> Result<Vec<Program>, String> {
    let rust = folder.join("rust");
    for name in ["Cargo.toml", "Cargo.lock"] {
        copy(&data("rust").join(name), &rust.join(name))?;
    }
    let mut programs = Vec::new();
    for manager in MANAGERS {
        for language in LANGUAGES {
            let code = printed(manager, language)?;
            let is_stand_in = manager == "aws-secrets-manager" && matches!(language, "go" | "java");
            let at = folder.join(language).join(manager);
            let command: Vec<OsString> = match language {
                "python" => {
                    let path = at.join("read_secret.py");
                    write(&path, &code)?;
                    vec![python.program("python").into(), path.into()]
                }
                "javascript" => {
                    let path = at.join("read-secret.mjs");
                    write(&path, &code)?;
                    vec!["node".into(), path.into()]
                }
                "shell" => {
                    let path = at.join("read-secret.sh");
                    write(&path, &code)?;
                    vec!["sh".into(), path.into()]
                }
                "go" => vec![compile_go(&at, &code, is_stand_in)?.into()],
                "java" => {
                    compile_java(&at, &code, is_stand_in)?;
                    let classes = format!("{}:{GSON}", at.join("classes").display());
                    vec!["java".into(), "-cp".into(), classes.into(), "ReadSecret".into()]
                }
                _ => {
                    write(&rust.join("src/bin").join(manager).with_extension("rs"), &code)?;
                    vec![rust.join("target/debug").join(manager).into()]
                }
            };
            programs.push(Program { manager, language, command, is_stand_in });
        }
    }
    let mut build = cargo();
    build.args(["build", "--quiet", "--locked"]).current_dir(&rust).env_remove("CARGO_TARGET_DIR");
    run_quietly(build.env("RUSTFLAGS", "-D warnings"))?;
    Ok(programs)
}

fn compile_go(at: &Path, code: &[u8], is_stand_in: bool) -> Result<PathBuf, String> {
    write(&at.join("main.go"), code)?;
    let mut module = "module readsecret\n\ngo 1.18\n".to_owned();
    if is_stand_in {
        let stand_in = data("go");
        module += &format!(
            "\nrequire github.com/aws/aws-sdk-go-v2 v1.0.0\n\nreplace github.com/aws/aws-sdk-go-v2 => {}\n",
            stand_in.display()
        );
    }
    write(&at.join("go.mod"), module.as_bytes())?;
    let unformatted = output(Command::new("gofmt").args(["-l", "main.go"]).current_dir(at))?;
    if !unformatted.is_empty() {
        return Err(format!("{}/main.go is not formatted as gofmt does it", at.display()));
    }
    let go = |arguments: &[&str]| {
        let mut go = Command::new("go");
        go.args(arguments).current_dir(at).env("GOCACHE", root().join("target/snippets/go-cache"));
        run_quietly(go.env("GOPROXY", "off").env("GOFLAGS", "-mod=mod").env("CGO_ENABLED", "0"))
    };
    go(&["vet", "."])?;
    go(&["build", "-o", "read-secret", "."])?;
    Ok(at.join("read-secret"))
}

fn compile_java(at: &Path, code: &[u8], is_stand_in: bool) -> Result<(), String> {
    let source = at.join("ReadSecret.java");
    write(&source, code)?;
    let mut javac = Command::new("javac");
    // Those of serial versions and the like too.
    javac.args(["-Xlint:all", "-Werror", "--release", "11", "-cp", GSON, "-d"]).arg(at.join("classes"));
    if is_stand_in {
        javac.arg("-sourcepath").arg(data("java"));
    }
    run_quietly(javac.arg(source))
}

/// What is wrong, or not, when a program runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// Nothing is configured.
    Unset,
    /// There is no secret of this name.
    Missing,
    /// There is one.
    There,
    /// There is one of other content than the program wants.
    OtherKey,
    /// The key or token of the program is not right.
    Denied,
    /// Nobody listens.
    Unreachable,
    /// The server sends the program to another one.
    Redirected,
}

/// What a program says when something is wrong.
fn expected(phase: Phase, manager: &str, language: &str) -> &'static str {
    match (phase, manager, language) {
        (Phase::There, ..) => "",
        (Phase::Unset | Phase::Missing, "env", _) => {
            "error: the environment variable TEAM_SECRET is not set, or empty"
        }
        (_, "aws-secrets-manager", "shell") => "error: cannot read team/secret-1 from AWS Secrets Manager",
        (Phase::Unset, "aws-secrets-manager", _) => "error: cannot ask AWS for team/secret-1: ",
        (Phase::Missing, "aws-secrets-manager", _) => {
            "error: there is no secret team/secret-1 in this account and region"
        }
        (Phase::Denied, "aws-secrets-manager", _) => "error: AWS refused to give team/secret-1: ",
        (Phase::Unreachable, "aws-secrets-manager", _) => "error: cannot ask AWS for team/secret-1: ",
        (Phase::Unset, "vault", "go") => "error: VAULT_ADDR and VAULT_TOKEN must be set",
        (Phase::Unset, "vault", _) => "error: the environment variable VAULT_ADDR is not set",
        (Phase::Missing, "vault", _) => "error: there is no secret secret/team/secret-1",
        (Phase::OtherKey, "vault", _) => "error: secret/team/secret-1 has no text under the key value",
        (Phase::Denied, "vault", _) => "error: Vault does not let this token read secret/team/secret-1",
        (Phase::Unreachable, "vault", _) => "error: cannot reach Vault at VAULT_ADDR",
        (Phase::Unset, "conjur", _) => "error: the environment variable CONJUR_APPLIANCE_URL is not set",
        (Phase::Missing, "conjur", _) => "error: there is no secret team/secret-1, or it has no value yet",
        (Phase::Denied, "conjur", _) => "error: Conjur does not know this login or API key",
        (Phase::Unreachable, "conjur", _) => "error: cannot reach Conjur at CONJUR_APPLIANCE_URL",
        _ => "error: ",
    }
}

/// Secrets to read: one as tokens are, and one with what shells, JSON and URLs treat in a special way.
fn secrets() -> [String; 2] {
    [random(), format!("{} pä\"ss'wörd\\ $HOME `id` %2F & <x>", random())]
}

struct Tests {
    programs: Vec<Program>,
    python: Environment,
    home: PathBuf,
    failures: Vec<String>,
    passed: usize,
}

impl Tests {
    /// Runs the programs of a manager. None of the words that are secret may be in what they print.
    fn run(&mut self, phase: Phase, manager: &str, env: &[(&str, &str)], secret: &[&str]) {
        for program in self.programs.iter().filter(|program| program.manager == manager) {
            if program.is_stand_in && phase != Phase::Missing {
                continue;
            }
            // The SDK of Conjur follows redirects, and cannot be told not to.
            if phase == Phase::Redirected && (manager, program.language) == ("conjur", "python") {
                continue;
            }
            let what = format!("{manager} {} {phase:?}", program.language);
            let mut command = Command::new(&program.command[0]);
            command.args(&program.command[1..]).stdin(Stdio::null()).current_dir(&self.home).env_clear();
            command.env("PATH", self.python.path()).env("HOME", &self.home).env("LANG", "C.UTF-8");
            // The SDK of AWS warns of versions of Node that it will not run with some day.
            command.env("NODE_NO_WARNINGS", "1");
            let ran = match command.envs(env.iter().copied()).output() {
                Ok(ran) => ran,
                Err(error) => {
                    self.failures.push(format!("{what}: cannot be run: {error}"));
                    continue;
                }
            };
            let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            let wrong = if phase == Phase::There {
                let said = format!("read {}: {} bytes\n", secret_name(manager), secret[0].len());
                (!ran.status.success() || out != said || !err.is_empty())
                    .then_some("it does not read the secret")
            } else if ran.status.code() != Some(1) || !out.is_empty() {
                Some("it does not fail as it should")
            } else if !err.lines().any(|line| line.starts_with(expected(phase, manager, program.language))) {
                Some("it does not say what is wrong")
            } else {
                None
            };
            let shown = secret.iter().any(|secret| out.contains(secret) || err.contains(secret));
            let is_crash = ["Traceback", "panicked", "    at ", "goroutine", "Exception in"]
                .iter()
                .any(|s| err.contains(s));
            match wrong {
                // The secret is not shown here either.
                _ if shown => self.failures.push(format!("{what}: it shows a secret")),
                Some(wrong) => self.failures.push(format!("{what}: {wrong}:\n{out}{err}")),
                None if is_crash => self.failures.push(format!("{what}: it crashes:\n{err}")),
                None => self.passed += 1,
            }
        }
    }

    fn environment(&mut self) {
        self.run(Phase::Unset, "env", &[], &[]);
        self.run(Phase::Missing, "env", &[("TEAM_SECRET", "")], &[]);
        for secret in secrets() {
            self.run(Phase::There, "env", &[("TEAM_SECRET", &secret)], &[&secret]);
        }
    }

    fn aws(&mut self) -> Result<(), String> {
        const MANAGER: &str = "aws-secrets-manager";
        let moto = Moto::start(&self.python, &self.home)?;
        let (wrong, unused) = (random(), http::unused_port()?);
        let settings = |port: u16, key: &str| -> Vec<(&'static str, String)> {
            vec![
                ("AWS_ACCESS_KEY_ID", moto.key_id.clone()),
                ("AWS_SECRET_ACCESS_KEY", key.to_owned()),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("http://127.0.0.1:{port}")),
                // The first is what boto3 and the command line read, the second what the others read.
                ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
                ("AWS_REGION", "us-east-1".to_owned()),
            ]
        };
        // Nobody asks the network which role this machine has.
        self.run(Phase::Unset, MANAGER, &[("AWS_EC2_METADATA_DISABLED", "true")], &[]);
        let mut check = |phase, port, key: &str, secret: &str| {
            let settings = settings(port, key);
            let env: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
            self.run(phase, MANAGER, &env, &[secret, key]);
        };
        check(Phase::Missing, moto.port, &moto.key, &wrong);
        for secret in secrets() {
            moto.put(secret_name(MANAGER), &secret)?;
            check(Phase::There, moto.port, &moto.key, &secret);
            check(Phase::Denied, moto.port, &wrong, &secret);
        }
        check(Phase::Unreachable, unused, &moto.key, &wrong);
        Ok(())
    }

    fn vault(&mut self) -> Result<(), String> {
        const MANAGER: &str = "vault";
        let bao = Bao::start(&self.python, &self.home)?;
        let elsewhere = Elsewhere::start()?;
        let wrong = random();
        let address = format!("http://127.0.0.1:{}", bao.port);
        self.run(Phase::Unset, MANAGER, &[], &[]);
        let mut check = |phase, address: &str, token: &str, secret: &str| {
            self.run(phase, MANAGER, &[("VAULT_ADDR", address), ("VAULT_TOKEN", token)], &[secret, token]);
        };
        check(Phase::Missing, &address, &bao.token, &wrong);
        for secret in secrets() {
            bao.put(secret_name(MANAGER), "value", &secret)?;
            check(Phase::There, &address, &bao.token, &secret);
            // As it is often written.
            check(Phase::There, &format!("{address}/"), &bao.token, &secret);
            check(Phase::Denied, &address, &wrong, &secret);
            bao.put(secret_name(MANAGER), "other", &secret)?;
            check(Phase::OtherKey, &address, &bao.token, &secret);
        }
        let unused = format!("http://127.0.0.1:{}", http::unused_port()?);
        check(Phase::Unreachable, &unused, &bao.token, &wrong);
        check(Phase::Redirected, &elsewhere.redirecting(), &bao.token, &wrong);
        elsewhere.check_nobody_came()
    }

    fn conjur(&mut self) -> Result<(), String> {
        const MANAGER: &str = "conjur";
        let conjur = Conjur::start()?;
        let elsewhere = Elsewhere::start()?;
        let wrong = random();
        let url = format!("http://127.0.0.1:{}", conjur.port);
        self.run(Phase::Unset, MANAGER, &[], &[]);
        let mut check = |phase, url: &str, key: &str, secret: &str| {
            let env = [
                ("CONJUR_APPLIANCE_URL", url),
                ("CONJUR_ACCOUNT", server::ACCOUNT),
                ("CONJUR_AUTHN_LOGIN", server::LOGIN),
                ("CONJUR_AUTHN_API_KEY", key),
            ];
            self.run(phase, MANAGER, &env, &[secret, key, &conjur.token]);
        };
        check(Phase::Missing, &url, &conjur.key, &wrong);
        for secret in secrets() {
            conjur.put(secret_name(MANAGER), &secret);
            check(Phase::There, &url, &conjur.key, &secret);
            check(Phase::Denied, &url, &wrong, &secret);
        }
        let unused = format!("http://127.0.0.1:{}", http::unused_port()?);
        check(Phase::Unreachable, &unused, &conjur.key, &wrong);
        check(Phase::Redirected, &elsewhere.redirecting(), &conjur.key, &wrong);
        elsewhere.check_nobody_came()
    }
}
