//! Secrets are taken out of files: a table for each language, whose results are read by the language's own tools.

mod cases;
mod properties;

use std::fs;
use std::path::Path;
use std::process::Command;

use scalr_detect_respond::fix::{Fixed, Fixer, Source, Why};

/// A made-up token of GitLab, another one for each number.
fn token(number: usize) -> String {
    let mut seed = number as u64 + 7;
    let alphabet = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        alphabet[(seed >> 33) as usize % alphabet.len()] as char
    };
    format!("glpat-{}", (0..20).map(|_| next()).collect::<String>())
}

/// A text of the tables: `{S}` stands for a secret, `{T}` for another one, `{N}` for the number of the case.
fn filled(text: &str, number: usize) -> String {
    text.replace("{S}", &token(0)).replace("{T}", &token(1)).replace("{N}", &number.to_string())
}

fn fix(path: &str, text: &str) -> Fixed {
    Fixer::new().fix(&Source::new(path, text.as_bytes()))
}

/// A case: a text, and what becomes of it, or why it is left alone.
type Case = (&'static str, Result<&'static str, Why>);

/// Checks the cases of a language, and gives what became of those that change: name and text.
fn check(file: &str, cases: &[Case]) -> Vec<(String, String)> {
    assert!(cases.len() >= 15, "{file}: {} cases", cases.len());
    let (mut changed, mut wrong) = (Vec::new(), String::new());
    for (number, (before, after)) in cases.iter().enumerate() {
        let before = filled(before, number);
        let path = file.replace("{N}", &number.to_string());
        let fixed = fix(&path, &before);
        let text = String::from_utf8(fixed.text.clone()).unwrap();
        let reasons: Vec<Why> = fixed.left.iter().map(|left| left.why).collect();
        let is_right = match after {
            Ok(after) => text == filled(after, number) && !fixed.changes.is_empty(),
            Err(why) => text == before && reasons == [*why],
        };
        if !is_right {
            wrong +=
                &format!("-- {path}, {reasons:?}:\n{before}\n-- became:\n{text}\n-- expected: {after:?}\n\n");
        }
        let shown = format!("{fixed:?}");
        assert!(!shown.contains(&token(0)) && !shown.contains(&token(1)), "{shown}");
        if after.is_ok() {
            changed.push((path, text));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    changed
}

/// Writes files into a folder that is removed again, and runs a command in it.
fn run(files: &[(String, String)], command: &[&str], of_package: &str) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    run_in(folder.path(), command, of_package);
}

fn run_in(folder: &Path, command: &[&str], of_package: &str) -> String {
    let ran = Command::new(command[0]).args(&command[1..]).current_dir(folder).output();
    let ran = ran.unwrap_or_else(|error| {
        panic!(
            "{} cannot be run ({error}): install it, on Debian with apt-get install {of_package}",
            command[0]
        )
    });
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{command:?}: {said}");
    said.into_owned()
}

/// The names of files.
fn names(files: &[(String, String)]) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn python() {
    let files = check("case{N}.py", cases::PYTHON);
    let arguments = [&["python3", "-m", "py_compile"][..], &names(&files)].concat();
    run(&files, &arguments, "python3");
    // The variable is read, and nothing else is missing.
    let text = "import os\n\nprint(len(os.environ[\"GITLAB_TOKEN\"]))\n";
    assert_eq!(String::from_utf8(fix("a.py", &filled("print(len(\"{S}\"))\n", 0)).text).unwrap(), text);
}

#[test]
fn javascript() {
    let files = check("case{N}.mjs", cases::JAVASCRIPT);
    for (name, text) in files {
        run(&[(name.clone(), text)], &["node", "--check", &name], "nodejs");
    }
}

#[test]
fn typescript() {
    for (before, after) in cases::TYPESCRIPT {
        let text = String::from_utf8(fix("case.ts", &filled(before, 0)).text).unwrap();
        assert_eq!(text, filled(after, 0));
    }
    for (before, after) in cases::JSX {
        let text = String::from_utf8(fix("case.jsx", &filled(before, 0)).text).unwrap();
        assert_eq!(text, filled(after, 0));
    }
}

#[test]
fn go() {
    let files = check("case{N}.go", cases::GO);
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    // It names files that it would write in another way, and fails where it cannot read them.
    let said = run_in(folder.path(), &[&["gofmt", "-l"][..], &names(&files)].concat(), "golang-go");
    assert_eq!(said, "");
}

#[test]
fn java() {
    let files = check("Case{N}.java", cases::JAVA);
    let arguments = [&["javac", "-proc:none", "-d", "classes"][..], &names(&files)].concat();
    run(&files, &arguments, "openjdk-17-jdk-headless");
}

#[test]
fn rust() {
    let files = check("case{N}.rs", cases::RUST);
    for (name, text) in files {
        let arguments = [
            "rustc",
            "--edition",
            "2021",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "-A",
            "warnings",
            &name,
        ];
        run(&[(name.clone(), text)], &arguments, "rustc");
    }
}

#[test]
fn yaml() {
    let files = check("case{N}.yaml", cases::YAML);
    for (name, text) in files {
        let parsed = yaml_rust2::YamlLoader::load_from_str(text.trim_start_matches('\u{feff}'));
        let parsed = parsed.unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert!(format!("{parsed:?}").contains("\"${GITLAB_TOKEN}\""), "{name}: {parsed:?}");
    }
    let workflow = fix(".github/workflows/ci.yml", &filled("env:\n  TOKEN: {S}\n", 0));
    assert_eq!(workflow.text, b"env:\n  TOKEN: ${{ secrets.GITLAB_TOKEN }}\n");
}

#[test]
fn hcl() {
    let files = check("case{N}.tf", cases::HCL);
    for (name, text) in files {
        let body =
            hcl_edit::parser::parse_body(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert!(body.has_blocks("variable"), "{name}");
    }
    let text = filled("inputs = {\n  token = \"{S}\"\n}\n", 0);
    assert_eq!(
        fix("live/terragrunt.hcl", &text).text,
        b"inputs = {\n  token = get_env(\"GITLAB_TOKEN\")\n}\n"
    );
    let fixed = fix("main.tf", &filled("provider \"x\" {\n  token = \"{S}\"\n}\n", 0));
    assert_eq!(fixed.changes[0].name(), "TF_VAR_gitlab_token");
    // Another file of the folder declares it.
    let declared = [b"variable \"gitlab_token\" {}\n".to_vec()];
    let text = filled("provider \"x\" {\n  token = \"{S}\"\n}\n", 0);
    let fixed = Fixer::new().fix(&Source::new("main.tf", text.as_bytes()).siblings(&declared));
    assert_eq!(fixed.text, b"provider \"x\" {\n  token = var.gitlab_token\n}\n");
}

#[test]
fn shell() {
    let files = check("case{N}.sh", cases::SHELL);
    for (name, text) in files {
        run(&[(name.clone(), text.clone())], &["sh", "-n", &name], "dash");
        run(&[(name.clone(), text)], &["bash", "-n", &name], "bash");
    }
    // What it says is what was there.
    let folder = tempfile::tempdir().unwrap();
    let fixed = fix("a.sh", &filled("T='{S}'\nprintf %s \"<$T>\"\n", 0));
    fs::write(folder.path().join("a.sh"), fixed.text).unwrap();
    let ran =
        Command::new("sh").arg(folder.path().join("a.sh")).env("GITLAB_TOKEN", "a  b*").output().unwrap();
    assert_eq!(ran.stdout, b"<a  b*>");
    let ran = Command::new("sh").arg(folder.path().join("a.sh")).env_remove("GITLAB_TOKEN").output().unwrap();
    assert!(!ran.status.success() && String::from_utf8_lossy(&ran.stderr).contains("GITLAB_TOKEN"));
}

#[test]
fn dotenv() {
    check("case{N}.env", cases::DOTENV);
}

#[test]
fn other_kinds_of_files() {
    let text = filled("token = \"{S}\"\n", 0);
    for (path, why) in [
        ("prod.tfvars", Why::OnlyValues),
        ("packer.pkr.hcl", Why::NoFunctions),
        ("notes.txt", Why::UnknownFile),
        ("config.toml", Why::UnknownFile),
        ("noextension", Why::UnknownFile),
    ] {
        let fixed = fix(path, &text);
        assert_eq!((fixed.text.as_slice(), fixed.left[0].why), (text.as_bytes(), why), "{path}");
    }
    // The first line says what it is.
    for (first, after) in [
        (
            "#!/usr/bin/env python3\n",
            "#!/usr/bin/env python3\nimport os\n\nx = os.environ[\"GITLAB_TOKEN\"]\n",
        ),
        ("#!/usr/bin/env -S node --x\n", "#!/usr/bin/env -S node --x\nx = process.env.GITLAB_TOKEN\n"),
    ] {
        let fixed = fix("bin/tool", &filled(&format!("{first}x = \"{{S}}\"\n"), 0));
        assert_eq!(String::from_utf8(fixed.text).unwrap(), after);
    }
    let large = format!("x = \"{}\"\n{}", token(0), "#\n".repeat(2 << 20));
    assert_eq!(fix("a.py", &large).left[0].why, Why::TooLarge);
}
