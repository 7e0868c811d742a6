//! The tests of the Python package: it is built as users get it, installed into an environment of its own, and tested there.
//!
//! Environments, wheels and the corpus are in `target/python`, and are kept for the next time.

use crate::root;
use crate::test::{output, run_quietly, step};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Python that the package supports.
const OLDEST: (u32, u32) = (3, 11);

/// Runs all of them; how many passed.
pub(crate) fn test() -> Result<usize, String> {
    step("Python: the package is built and installed");
    let folder = root().join("bindings/python");
    let corpus = crate::corpus::json()?;
    let main = Environment::new("python/venv", &folder.join("tests/requirements.txt"))?;
    let wheel = build(&main, &folder)?;
    main.install_wheel(&wheel)?;
    let spark = Environment::new("python/spark", &folder.join("tests_spark/requirements.txt"))?;
    spark.install_wheel(&wheel)?;

    step("Python: types");
    run_quietly(main.python(&folder).args(["-m", "mypy", "tests"]))?;
    run_quietly(spark.python(&folder).args(["-m", "mypy", "--package", "scalr_detect"]))?;
    run_quietly(main.python(&folder).args(["-m", "mypy.stubtest", "scalr_detect._native"]))?;

    step("Python: tests");
    let mut tests = main.python(&folder);
    tests.args(["-m", "pytest", "-q", "tests"]);
    tests.env("SCALR_DETECT_CORPUS", corpus).env("SCALR_DETECT_WHEEL", &wheel);
    let passed = pytest(&mut tests)?;

    step("Python: tests with Spark");
    java()?;
    // Spark warns of what it is made of.
    let passed_with_spark =
        pytest(spark.python(&folder).args(["-m", "pytest", "-q", "-W", "ignore", "tests_spark"]))?;
    Ok(passed + passed_with_spark)
}

/// A virtual environment.
pub(crate) struct Environment {
    path: PathBuf,
}

impl Environment {
    /// Makes it below `target`, unless it is there with these requirements.
    pub(crate) fn new(name: &str, requirements: &Path) -> Result<Environment, String> {
        let path = root().join("target").join(name);
        let environment = Environment { path };
        let wanted =
            std::fs::read(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
        let stamp = environment.path.join("requirements.txt");
        if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(environment);
        }
        let python = interpreter()?;
        let mut make = Command::new(python);
        run_quietly(make.args(["-m", "venv", "--clear"]).arg(&environment.path)).map_err(|error| {
            format!("{error}\nvirtual environments are needed: on Debian, apt-get install python3-venv")
        })?;
        let mut install = environment.python(&root());
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        run_quietly(install.arg(requirements))?;
        std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
        Ok(environment)
    }

    fn install_wheel(&self, wheel: &Path) -> Result<(), String> {
        let mut install = self.python(&root());
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-index",
            "--no-deps",
        ]);
        run_quietly(install.arg("--force-reinstall").arg(wheel))
    }

    /// One of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.path.join("bin").join(name)
    }

    /// A `PATH` on which its programs are found first.
    pub(crate) fn path(&self) -> OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = std::iter::once(self.path.join("bin"));
        std::env::join_paths(programs.chain(std::env::split_paths(&path))).unwrap_or(path)
    }

    /// Its Python, to be run in a folder with its programs found first.
    fn python(&self, folder: &Path) -> Command {
        let mut python = Command::new(self.program("python"));
        python.env("PATH", self.path());
        python.env("VIRTUAL_ENV", &self.path).env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        python.current_dir(folder);
        python
    }
}

/// The wheel, built as it is for users.
fn build(environment: &Environment, folder: &Path) -> Result<PathBuf, String> {
    let wheels = root().join("target/python/wheels");
    // Only the one that is built now.
    let _ = std::fs::remove_dir_all(&wheels);
    let mut maturin = environment.python(folder);
    maturin.args(["-m", "maturin", "build", "--release", "--locked", "--quiet", "--out"]).arg(&wheels);
    run_quietly(maturin.arg("--target-dir").arg(root().join("target")))?;
    let built = std::fs::read_dir(&wheels).map_err(|error| error.to_string())?.flatten();
    let mut built =
        built.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "whl"));
    built.next().ok_or_else(|| "maturin built no wheel".into())
}

/// A Python that is new enough: the one that `PYTHON` names, or `python3`.
fn interpreter() -> Result<String, String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let version = "import sys; print(*sys.version_info[:2])";
    let version = output(Command::new(&python).args(["-c", version]))?;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    let mut numbers = version.split(' ').map(|number| number.parse().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        return Err(format!(
            "{python} is Python {}.{}, and {}.{} or newer is needed: name another one with PYTHON",
            found.0, found.1, OLDEST.0, OLDEST.1
        ));
    }
    Ok(python)
}

/// Fails if there is no Java, without which Spark does not start.
fn java() -> Result<(), String> {
    let mut java = Command::new("java");
    java.arg("-version").stdout(Stdio::null()).stderr(Stdio::null());
    match java.status() {
        Ok(status) if status.success() => Ok(()),
        _ => {
            Err("java is missing, which Spark needs: on Debian, apt-get install openjdk-17-jre-headless"
                .into())
        }
    }
}

/// Runs pytest, passing on what it prints; how many passed.
fn pytest(command: &mut Command) -> Result<usize, String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("pytest: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    if !output.status.success() {
        return Err("a test in Python failed: see above".into());
    }
    match text.lines().next_back().and_then(passed_in) {
        Some(passed) => Ok(passed),
        None => Err("no test in Python was run".into()),
    }
}

/// The number in `12 passed, 1 skipped in 0.12s`.
fn passed_in(line: &str) -> Option<usize> {
    line.split(", ").find_map(|part| part.split_once(" passed")?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::passed_in;

    #[test]
    fn passed_tests_are_counted() {
        assert_eq!(passed_in("12 passed in 0.12s"), Some(12));
        assert_eq!(passed_in("1 failed, 12 passed, 3 skipped in 0.12s"), Some(12));
        assert_eq!(passed_in("no tests ran in 0.01s"), None);
    }
}
