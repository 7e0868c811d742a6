//! The tests of the C interface, `bindings/c`.
//!
//! The programs in `bindings/c/tests` are compiled and run against the debug and the installed library, shared and static,
//! under valgrind and with AddressSanitizer; then the examples and those of the README, as a user builds them from what
//! cargo-c has installed. Everything is put below `target/c`, and tools that cargo has to build into `target/tools`.

use crate::test::{cargo, output, passed_in, run_quietly};
use crate::{corpus, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Another version may install other files.
const CARGO_C: &str = "0.10.24";
/// The oldest Rust that can build it.
const CARGO_C_RUST: [u32; 2] = [1, 95];

/// The strictest that all code must pass, the header included.
const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];

/// What the static library needs of the system.
const SYSTEM: [&str; 5] = ["-lgcc_s", "-lpthread", "-lm", "-ldl", "-lc"];

/// Programs that are needed, and the Debian packages that have them.
const TOOLS: [(&str, &str); 8] = [
    ("cc", "gcc"),
    ("c++", "g++"),
    ("ld", "binutils"),
    ("nm", "binutils"),
    ("readelf", "binutils"),
    ("valgrind", "valgrind"),
    ("cmake", "cmake"),
    ("pkg-config", "pkg-config"),
];

/// Runs all of them; how many passed.
pub(crate) fn test() -> Result<usize, String> {
    need_tools()?;
    let folder = root().join("target/c");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut tests = Tests { folder, passed: 0 };

    run_quietly(cargo().args(["build", "--locked", "--package", "scalr-detect-c"]))?;
    let debug = Library { include: root().join("bindings/c/include"), folder: root().join("target/debug") };
    tests.header(&debug)?;
    tests.exports(&debug)?;
    let corpus = corpus::lines()?;
    tests.programs(&debug, &corpus, &[Run::Shared, Run::Sanitized])?;

    let Some(cargo_c) = cargo_c()? else {
        let [major, minor] = CARGO_C_RUST;
        println!("skipped: what cargo-c installs, as cargo-c {CARGO_C} needs Rust {major}.{minor}");
        tests.programs(&debug, &corpus, &[Run::Static, Run::Valgrind])?;
        return Ok(tests.passed);
    };
    let prefix = tests.install(&cargo_c)?;
    let installed = Library { include: prefix.join("include"), folder: prefix.join("lib") };
    tests.programs(&installed, &corpus, &[Run::Shared, Run::Static, Run::Valgrind])?;
    tests.pkg_config(&prefix)?;
    tests.cmake(&prefix)?;
    tests.readme(&installed)?;
    bench(&["--test"])?;
    tests.passed("the benchmark finds what it states");
    Ok(tests.passed)
}

/// Builds and runs the benchmark of the overhead over Rust.
pub(crate) fn bench(arguments: &[&str]) -> Result<(), String> {
    let target = root().join("target/release");
    let program = root().join("target/c/overhead");
    fs::create_dir_all(root().join("target/c")).map_err(|error| error.to_string())?;
    let build = ["build", "--release", "--locked", "--package", "scalr-detect-c"];
    run_quietly(cargo().args(build).args(["--lib", "--example", "overhead_baseline"]))?;
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-O2"]).args(WARNINGS).arg("-o").arg(&program);
    compile.arg(root().join("bindings/c/bench/overhead.c")).arg("-I").arg(root().join("bindings/c/include"));
    for folder in [&target, &target.join("examples")] {
        compile.arg("-L").arg(folder).arg(format!("-Wl,-rpath,{}", folder.display()));
    }
    run_quietly(compile.args(["-lscalr_detect", "-loverhead_baseline"]))?;
    let mut run = built(&program);
    run.args(arguments);
    if arguments.is_empty() {
        run.stdout(Stdio::inherit());
    }
    run_quietly(&mut run)
}

/// Says which programs are missing, and where they are.
fn need_tools() -> Result<(), String> {
    let is_missing = |tool: &str| Command::new(tool).arg("--version").output().is_err();
    let missing: Vec<&(&str, &str)> = TOOLS.iter().filter(|(tool, _)| is_missing(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|(tool, _)| *tool).collect();
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    Err(format!("missing: {}; on Debian, apt-get install {}", names.join(", "), packages.join(" ")))
}

/// Where a library and its header are.
struct Library {
    include: PathBuf,
    folder: PathBuf,
}

/// How a test program is built and run.
#[derive(Clone, Copy, Debug)]
enum Run {
    Shared,
    Static,
    /// Linked with the shared library, under valgrind.
    Valgrind,
    /// Linked with the static library, with AddressSanitizer and UndefinedBehaviorSanitizer.
    Sanitized,
}

struct Tests {
    folder: PathBuf,
    passed: usize,
}

impl Tests {
    fn passed(&mut self, what: &str) {
        println!("test C: {what} ... ok");
        self.passed += 1;
    }

    /// The headers alone, in the languages they are for.
    fn header(&mut self, library: &Library) -> Result<(), String> {
        for (file, standards) in
            [("header.c", &["-std=c11", "-std=c17"][..]), ("header.cpp", &["-std=c++17", "-std=c++20"])]
        {
            for standard in standards {
                let mut compile = compiler(file);
                compile.arg(standard).args(WARNINGS).args(["-Wconversion", "-Wshadow", "-fsyntax-only"]);
                run_quietly(compile.arg("-I").arg(&library.include).arg(source(file)))?;
                self.passed(&format!("{file} compiles with {standard}"));
            }
        }
        Ok(())
    }

    /// The shared library exports what the header declares, and nothing else.
    fn exports(&mut self, library: &Library) -> Result<(), String> {
        let shared = library.folder.join("libscalr_detect.so");
        let listed = text(output(Command::new("nm").args(["-D", "--defined-only"]).arg(shared))?);
        let mut exported: Vec<&str> =
            listed.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
        exported.sort_unstable();
        let header = read(&library.include.join("scalr_detect.h"))?;
        let mut declared = declared(&header);
        declared.sort_unstable();
        if exported != declared {
            return Err(format!("the library exports {exported:?}\nand the header declares {declared:?}"));
        }
        self.passed("the library exports what the header declares");
        Ok(())
    }

    /// The test programs, built and run in several ways.
    fn programs(&mut self, library: &Library, corpus: &Path, runs: &[Run]) -> Result<(), String> {
        for &run in runs {
            for (file, arguments) in [("api.c", None), ("corpus.c", Some(corpus)), ("cpp.cpp", None)] {
                let program = self.build(&source(file), library, run)?;
                let mut command = match run {
                    Run::Valgrind => {
                        let mut valgrind = built(Path::new("valgrind"));
                        valgrind.args(["--quiet", "--leak-check=full", "--error-exitcode=1"]).arg(&program);
                        valgrind
                    }
                    _ => built(&program),
                };
                let ran = command.args(arguments).output().map_err(|error| error.to_string())?;
                let (out, err) = (text(ran.stdout), text(ran.stderr));
                if !ran.status.success() {
                    return Err(format!("{out}{err}\n{file}, {run:?}, failed"));
                }
                let passed: usize = out.lines().filter_map(passed_in).sum();
                if passed == 0 {
                    return Err(format!("{file}, {run:?}: no test was run"));
                }
                println!("test C: {file}, {run:?}: {passed} ... ok");
                self.passed += passed;
            }
        }
        Ok(())
    }

    /// Compiles a program and links it with a library.
    fn build(&self, file: &Path, library: &Library, run: Run) -> Result<PathBuf, String> {
        let stem = file.file_name().unwrap_or_default().to_string_lossy().replace('.', "-");
        let program = self.folder.join(format!("{stem}-{run:?}").to_lowercase());
        let mut compile = compiler(&file.to_string_lossy());
        compile.args(WARNINGS).args(["-g", "-O1"]).arg("-o").arg(&program).arg(file);
        compile.arg("-I").arg(&library.include);
        compile.arg(concat!("-DEXPECTED_VERSION=\"", env!("CARGO_PKG_VERSION"), "\""));
        if matches!(run, Run::Sanitized) {
            compile.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        }
        match run {
            Run::Shared | Run::Valgrind => {
                compile.arg("-L").arg(&library.folder).arg("-lscalr_detect");
                compile.arg(format!("-Wl,-rpath,{}", library.folder.display()));
            }
            Run::Static | Run::Sanitized => {
                compile.arg(library.folder.join("libscalr_detect.a")).args(SYSTEM);
            }
        }
        run_quietly(compile.arg("-lpthread"))?;
        Ok(program)
    }

    /// Installs as a user does, into an empty folder, and looks at what is there.
    fn install(&mut self, cargo_c: &Path) -> Result<PathBuf, String> {
        let prefix = self.folder.join("installed");
        if prefix.exists() {
            fs::remove_dir_all(&prefix).map_err(|error| format!("{}: {error}", prefix.display()))?;
        }
        let mut install = Command::new(cargo_c);
        install.args(["cinstall", "--release", "--locked", "--libdir", "lib", "--prefix"]).arg(&prefix);
        run_quietly(install.arg("--manifest-path").arg(root().join("bindings/c/Cargo.toml")))?;
        for file in [
            "include/scalr_detect.h",
            "include/scalr_detect.hpp",
            "lib/libscalr_detect.a",
            "lib/libscalr_detect.so",
            concat!("lib/libscalr_detect.so.", env!("CARGO_PKG_VERSION")),
            "lib/pkgconfig/scalr_detect.pc",
            "share/scalr_detect/cmake/scalr_detectConfig.cmake",
            "share/scalr_detect/cmake/scalr_detectConfigVersion.cmake",
        ] {
            if !prefix.join(file).is_file() {
                return Err(format!("cargo-c has not installed {file}"));
            }
        }
        // The soname stands for what is compatible: the major version, and before 1.0 the minor version too.
        let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
        let suffix = if major == "0" { format!("0.{minor}") } else { major.to_owned() };
        let shared = prefix.join("lib/libscalr_detect.so");
        let said = text(output(Command::new("readelf").arg("-d").arg(shared))?);
        if !said.contains(&format!("[libscalr_detect.so.{suffix}]")) {
            return Err(format!("the soname is not libscalr_detect.so.{suffix}:\n{said}"));
        }
        self.passed("what cargo-c installs");
        Ok(prefix)
    }

    /// Builds the examples as their comments say, with pkg-config.
    fn pkg_config(&mut self, prefix: &Path) -> Result<(), String> {
        let ask = |arguments: &[&str]| -> Result<Vec<String>, String> {
            let mut command = Command::new("pkg-config");
            command.args(arguments).arg("scalr_detect");
            command.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
            Ok(text(output(&mut command)?).split_whitespace().map(str::to_owned).collect())
        };
        if ask(&["--modversion"])? != [env!("CARGO_PKG_VERSION")] {
            return Err("pkg-config says that another version is installed".to_owned());
        }
        for (file, flags) in [("scan.c", &["--cflags", "--libs"]), ("redact.cpp", &["--cflags", "--libs"])] {
            let program = self.folder.join(file.replace('.', "-"));
            let mut compile = compiler(file);
            compile.args(WARNINGS).arg("-o").arg(&program);
            run_quietly(compile.arg(root().join("bindings/c/examples").join(file)).args(ask(flags)?))?;
            self.example(&program, file == "scan.c", Some(&prefix.join("lib")))?;
        }
        self.passed("pkg-config and the examples");
        Ok(())
    }

    /// Builds the examples in a project of CMake.
    fn cmake(&mut self, prefix: &Path) -> Result<(), String> {
        // Moved, as nothing in the package may depend on where it was installed.
        let moved = self.folder.join("moved");
        if moved.exists() {
            fs::remove_dir_all(&moved).map_err(|error| error.to_string())?;
        }
        run_quietly(Command::new("cp").arg("-a").arg(prefix).arg(&moved))?;
        let build = self.folder.join("cmake");
        if build.exists() {
            fs::remove_dir_all(&build).map_err(|error| error.to_string())?;
        }
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(root().join("bindings/c/tests/cmake")).arg("-B").arg(&build);
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", moved.display()));
        configure.arg(concat!("-DEXPECTED_VERSION=", env!("CARGO_PKG_VERSION")));
        run_quietly(configure.arg(format!("-DCMAKE_C_FLAGS={}", WARNINGS.join(" "))))?;
        run_quietly(Command::new("cmake").arg("--build").arg(&build))?;
        for kind in ["scalr_detect", "scalr_detect_static"] {
            self.example(&build.join(format!("scan_with_{kind}")), true, None)?;
            self.example(&build.join(format!("redact_with_{kind}")), false, None)?;
        }
        self.passed("the CMake package and the examples");
        Ok(())
    }

    /// Runs an example: that which scans a file, or that which redacts standard input.
    fn example(&self, program: &Path, scans: bool, libraries: Option<&Path>) -> Result<(), String> {
        // Assembled, so that no secret is in this file.
        let body = "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP";
        let (file, clean) = (self.folder.join("with-secret.txt"), self.folder.join("clean.txt"));
        fs::write(&file, format!("first\ntoken=npm_{body}\nlast")).map_err(|error| error.to_string())?;
        fs::write(&clean, "nothing\n").map_err(|error| error.to_string())?;
        let run = |input: &Path| -> Result<(Option<i32>, String), String> {
            let mut command = built(program);
            if let Some(libraries) = libraries {
                command.env("LD_LIBRARY_PATH", libraries);
            }
            if scans {
                command.arg(input);
            } else {
                command.stdin(fs::File::open(input).map_err(|error| error.to_string())?);
            }
            let ran = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
            let all = text(ran.stdout) + &text(ran.stderr);
            if all.contains(body) {
                return Err(format!("{} shows a secret", program.display()));
            }
            Ok((ran.status.code(), all))
        };
        let (code, said) = run(&file)?;
        let (clean_code, clean_said) = run(&clean)?;
        let is_right = if scans {
            let (missing_code, missing_said) = run(&self.folder.join("no-such-file"))?;
            code == Some(1)
                && said.contains("with-secret.txt:2:7: ")
                && said.contains("(npm-access-token)")
                && (clean_code, &*clean_said) == (Some(0), "")
                && (missing_code, missing_said.contains("no-such-file")) == (Some(2), true)
        } else {
            code == Some(0)
                && said.starts_with("first\ntoken=[npm-access-token:")
                && said.ends_with("]\nlast")
                && (clean_code, &*clean_said) == (Some(0), "nothing\n")
        };
        if !is_right {
            return Err(format!(
                "{}: {code:?} {said:?}, and {clean_code:?} {clean_said:?}",
                program.display()
            ));
        }
        Ok(())
    }

    /// Compiles and runs the programs in the README. Each prints what stands in the block behind it.
    fn readme(&mut self, library: &Library) -> Result<(), String> {
        let readme = read(&root().join("bindings/c/README.md"))?;
        let blocks = blocks(&readme);
        let mut count = 0;
        for (index, (language, code)) in blocks.iter().enumerate() {
            if !["c", "cpp"].contains(language) {
                continue;
            }
            let Some(("text", expected)) = blocks.get(index + 1) else {
                return Err(format!("behind this program of the README is not what it prints:\n{code}"));
            };
            count += 1;
            let file = self.folder.join(format!("readme-{count}.{language}"));
            fs::write(&file, code).map_err(|error| error.to_string())?;
            let program = self.build(&file, library, Run::Shared)?;
            let printed = text(output(&mut built(&program))?);
            if printed != *expected {
                return Err(format!("{code}\nprints\n{printed}\nand the README says\n{expected}"));
            }
            self.passed(&format!("program {count} of the README"));
        }
        if count == 0 {
            return Err("the README has no program".to_owned());
        }
        Ok(())
    }
}

/// The blocks of code in a text in Markdown: the language, and what is in it.
fn blocks(markdown: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = markdown.split("```").collect();
    parts.iter().skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}

/// The names of the functions that a header declares.
fn declared(header: &str) -> Vec<&str> {
    let code = header.lines().filter(|line| !line.starts_with([' ', '/', '#', '}']));
    let name = |line: &str| -> Option<usize> { line.find('(').filter(|_| line.contains("scalr_detect_")) };
    code.filter_map(|line| {
        let before = &line[..name(line)?];
        before.rsplit([' ', '*']).next()
    })
    .collect()
}

/// The compiler for a file, set to the standard that the header promises.
fn compiler(file: &str) -> Command {
    let is_cpp = file.ends_with(".cpp");
    let mut compiler = Command::new(if is_cpp { "c++" } else { "cc" });
    compiler.arg(if is_cpp { "-std=c++17" } else { "-std=c11" });
    compiler
}

/// A program that we built, to be run with the library it was linked with. Cargo puts its own folders first, in which there is
/// a debug library.
fn built(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

fn source(file: &str) -> PathBuf {
    root().join("bindings/c/tests").join(file)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The program of cargo-c, built if it is not there yet; `None` if this Rust cannot build it.
fn cargo_c() -> Result<Option<PathBuf>, String> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/cargo-cinstall");
    let is_there = Command::new(&program).arg("--version").output();
    if is_there.is_ok_and(|ran| text(ran.stdout).contains(CARGO_C)) {
        return Ok(Some(program));
    }
    let version = text(output(Command::new("rustc").arg("--version"))?);
    if rust_version(&version).is_none_or(|version| version < CARGO_C_RUST) {
        return Ok(None);
    }
    println!("building cargo-c {CARGO_C}, once: some minutes");
    let mut install = cargo();
    install.args([
        "install",
        "cargo-c",
        "--locked",
        "--version",
        CARGO_C,
        "--bin",
        "cargo-cinstall",
        "--force",
    ]);
    // It runs for seconds and is built for minutes: not optimised.
    for (setting, value) in [
        ("OPT_LEVEL", "0"),
        ("LTO", "off"),
        ("DEBUG", "false"),
        ("CODEGEN_UNITS", "256"),
        ("STRIP", "symbols"),
    ] {
        install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    let build = tools.join("build");
    install.env("CARGO_TARGET_DIR", &build).arg("--root").arg(&tools);
    run_quietly(&mut install)
        .map_err(|error| format!("{error}\ncargo-c needs OpenSSL: on Debian, apt-get install libssl-dev"))?;
    // Half a gigabyte that nobody needs any more. If it stays, it does no harm.
    let _ = fs::remove_dir_all(build);
    Ok(Some(program))
}

/// The numbers in `rustc 1.95.0 (…)`.
fn rust_version(said: &str) -> Option<[u32; 2]> {
    let mut numbers = said.split_whitespace().nth(1)?.split('.');
    Some([numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_found() {
        let header = "\
/* scalr_detect_comment(x) */
#define SCALR(x) scalr_detect_macro(x)
typedef struct scalr_detect_scanner scalr_detect_scanner;
 * scalr_detect_in_a_comment(x)
const char *scalr_detect_version(void);
const scalr_detect_detector *scalr_detect_detector_at(size_t index);
scalr_detect_status scalr_detect_scan(const scalr_detect_scanner *scanner,
                                      scalr_detect_not(int));
";
        let expected = ["scalr_detect_version", "scalr_detect_detector_at", "scalr_detect_scan"];
        assert_eq!(declared(header), expected);
    }

    #[test]
    fn blocks_are_found() {
        let markdown = "text\n```c\nint x;\n```\nmore\n```text\nout\n```\n";
        assert_eq!(blocks(markdown), [("c", "int x;\n"), ("text", "out\n")]);
    }

    #[test]
    fn versions_of_rust_are_read() {
        assert_eq!(rust_version("rustc 1.95.0 (59807616e 2026-04-14)"), Some([1, 95]));
        assert_eq!(rust_version("rustc 1.100.0-nightly"), Some([1, 100]));
        assert_eq!(rust_version("something else"), None);
        assert!([1, 100] > CARGO_C_RUST && [1, 88] < CARGO_C_RUST);
    }
}
