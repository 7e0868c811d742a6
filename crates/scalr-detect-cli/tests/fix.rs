//! `fix`: what it shows, what it writes, and what it leaves as it was.

mod common;

use std::fs;
use std::process::Command;

use common::{Ran, Tree, command, run, token};

/// A token of Scalr in a text.
fn with_token(text: &str) -> String {
    text.replace("{S}", &token(0)).replace("{T}", &token(1))
}

/// Runs `fix` in a tree. Nothing that it says has a secret in it.
fn fix(tree: &Tree, args: &[&str]) -> Ran {
    let ran = run(command(&[&["fix"], args].concat()).current_dir(tree.path()));
    for secret in [token(0), token(1)] {
        assert!(!ran.stdout.contains(&secret) && !ran.stderr.contains(&secret), "{args:?}");
    }
    ran
}

fn read(tree: &Tree, path: &str) -> String {
    String::from_utf8(fs::read(tree.path().join(path)).unwrap()).unwrap()
}

fn git(tree: &Tree, args: &[&str]) -> bool {
    let ran = Command::new("git").args(args).current_dir(tree.path()).env("HOME", tree.path()).output();
    ran.expect("git cannot be run: install it").status.success()
}

#[test]
fn nothing_is_written_unless_asked_for() {
    let tree = Tree::new();
    let text = with_token("token = '{S}'\r\n");
    tree.file("a.py", &text);
    let ran = fix(&tree, &["a.py"]);
    assert_eq!(ran.code, 1);
    assert_eq!(read(&tree, "a.py"), text);
    let shown = "--- a/a.py\n+++ b/a.py\n@@ -1 +1,3 @@\n-token = 'eyJh…";
    assert!(ran.stdout.starts_with(shown), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("'\n+import os\n+\n+token = os.environ['SCALR_TOKEN']\n"), "{}", ran.stdout);
    assert!(ran.stderr.contains("set SCALR_TOKEN") && ran.stderr.contains("add --write"), "{}", ran.stderr);

    // It may be named twice.
    let ran = fix(&tree, &["--write", "a.py", "./a.py"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(read(&tree, "a.py"), "import os\r\n\r\ntoken = os.environ['SCALR_TOKEN']\r\n");
    let ran = fix(&tree, &["--write", "a.py"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    assert_eq!(fs::read_dir(tree.path()).unwrap().count(), 1);
}

#[test]
fn what_is_left_alone_is_said() {
    let tree = Tree::new();
    tree.file("a.py", with_token("# {S}\nx = 'Bearer {S}'\ny = '{T}'\n"));
    tree.file("a.txt", with_token("{S}\n"));
    tree.file("a.go", with_token("package p\n\nvar x = \"{S}\"\n"));
    let ran = fix(&tree, &["--write", "a.py", "a.txt"]);
    assert_eq!(ran.code, 1);
    for said in [
        "a.py:1:3: left alone: scalr-api-token",
        "a.py:2:13: left alone",
        "longer string",
        "a.txt:1:1: left alone",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert!(read(&tree, "a.py").ends_with("y = os.environ['SCALR_TOKEN']\n"));
    let ran = fix(&tree, &["--to", "vault", "a.go"]);
    assert!(ran.code == 1 && ran.stderr.contains("more than a line"), "{}", ran.stderr);
}

#[test]
fn other_managers_in_one_line() {
    let tree = Tree::new();
    tree.file("a.sh", with_token("T='{S}'\n"));
    tree.file("a.py", with_token("t = '{S}'\n"));
    for (manager, form) in [
        ("vault", "T=\"$(vault kv get -mount=secret -field=value team/x)\"\n"),
        ("conjur", "T=\"$(conjur variable get --id team/x)\"\n"),
    ] {
        let ran = fix(&tree, &["--to", manager, "--name", "team/x", "a.sh"]);
        assert!(ran.stdout.ends_with(&format!("+{form}")), "{}", ran.stdout);
        assert!(ran.stderr.contains("store team/x"), "{}", ran.stderr);
    }
    let ran = fix(&tree, &["--to", "aws-secrets-manager", "--write", "a.py"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let form = "import boto3\n\nt = boto3.client('secretsmanager').get_secret_value(SecretId='scalr-token')['SecretString']\n";
    assert_eq!(read(&tree, "a.py"), form);
}

#[test]
fn values_are_kept_where_git_does_not_see_them() {
    let tree = Tree::new();
    assert!(git(&tree, &["init", "-q", "."]));
    tree.file(".gitignore", "*.log");
    tree.file("app/a.py", with_token("x = '{S}'\ny = '{T}'\n"));
    let ran = fix(&tree, &["--env-file", "app/.env", "app/a.py"]);
    assert!(
        ran.code == 1 && ran.stderr.contains("set SCALR_TOKEN, SCALR_TOKEN_2 in app/.env"),
        "{}",
        ran.stderr
    );
    assert!(!tree.path().join("app/.env").exists());
    let ran = fix(&tree, &["--env-file", "app/.env", "--write", "app/a.py"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(read(&tree, "app/.env"), with_token("SCALR_TOKEN={S}\nSCALR_TOKEN_2={T}\n"));
    assert_eq!(read(&tree, ".gitignore"), "*.log\n/app/.env\n");
    assert!(git(&tree, &["check-ignore", "-q", "app/.env"]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(tree.path().join("app/.env")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // Once more: it is ignored, and a value is there.
    tree.file("app/b.py", with_token("x = '{S}'\n"));
    let ran = fix(&tree, &["--env-file", "app/.env", "--write", "app/b.py"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(read(&tree, ".gitignore"), "*.log\n/app/.env\n");
    assert_eq!(read(&tree, "app/.env").lines().count(), 2);

    // Another value is there: nothing is written.
    let text = with_token("x = '{T}'\n");
    tree.file("app/c.py", &text);
    let ran = fix(&tree, &["--env-file", "app/.env", "--write", "app/c.py"]);
    assert!(ran.code == 2 && ran.stderr.contains("SCALR_TOKEN is set to another value"), "{}", ran.stderr);
    assert_eq!(read(&tree, "app/c.py"), text);
    let ran = fix(&tree, &["--env-file", "app/.env", "--name", "MINE", "--write", "app/c.py"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(read(&tree, "app/.env").ends_with(&with_token("MINE={T}\n")));
}

#[test]
fn what_git_ignores_already_is_left() {
    for (rules, path) in [("*.env\n", "x/.env"), ("/x/\n", "x/.env"), (".env*\n", ".env.local")] {
        let tree = Tree::new();
        assert!(git(&tree, &["init", "-q", "."]));
        tree.file(".gitignore", rules);
        tree.file("x/a.py", with_token("x = '{S}'\n"));
        let ran = fix(&tree, &["--env-file", path, "--write", "x/a.py"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(read(&tree, ".gitignore"), rules);
        assert!(git(&tree, &["check-ignore", "-q", path]));
    }
    // An exception: the last rule counts. And no repository at all.
    for is_repository in [true, false] {
        let tree = Tree::new();
        assert!(!is_repository || git(&tree, &["init", "-q", "."]));
        tree.file(".gitignore", ".env\n!.env\r\n");
        tree.file("a.py", with_token("x = '{S}'\n"));
        let ran = fix(&tree, &["--env-file", ".env", "--write", "a.py"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(read(&tree, ".gitignore"), ".env\n!.env\r\n/.env\r\n");
    }
}

#[test]
fn configurations_of_terraform_declare_a_variable_once() {
    let tree = Tree::new();
    tree.file("a.tf", with_token("locals {\n  a = \"{S}\"\n}\n"));
    tree.file("b.tf", with_token("locals {\n  b = \"{S}\"\n}\n"));
    tree.file("c.tf", "variable \"other\" {}\n");
    assert_eq!(fix(&tree, &["--write", "a.tf", "b.tf"]).code, 0);
    let all = read(&tree, "a.tf") + &read(&tree, "b.tf");
    assert_eq!(all.matches("variable \"scalr_token\"").count(), 1, "{all}");
    assert_eq!(all.matches("var.scalr_token").count(), 2, "{all}");
}

#[cfg(unix)]
#[test]
fn mode_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let tree = Tree::new();
    tree.file("real.sh", with_token("#!/bin/sh\nT='{S}'"));
    let real = tree.path().join("real.sh");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o751)).unwrap();
    symlink("real.sh", tree.path().join("link.sh")).unwrap();
    assert_eq!(fix(&tree, &["--write", "link.sh"]).code, 0);
    assert_eq!(read(&tree, "real.sh"), "#!/bin/sh\nT=\"${SCALR_TOKEN:?}\"");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o751);
    assert!(fs::symlink_metadata(tree.path().join("link.sh")).unwrap().is_symlink());
}

#[test]
fn mistakes() {
    let tree = Tree::new();
    let text = with_token("x = '{S}'\n");
    tree.file("a.py", &text);
    tree.file(".env", with_token("A={S}\n"));
    for (args, code, said) in [
        (&["nothing.py"][..], 3, "nothing.py: not read"),
        (&["."], 3, "it is a directory"),
        (&[], 2, "required"),
        (&["--name", "a b", "a.py"], 2, "letters A-Z"),
        (&["--name", &token(1), "a.py"], 2, "--name"),
        (&["--to", "vault", "--env-file", ".env", "a.py"], 2, "leave --to out"),
        (&["--env-file", "./.env", "--write", ".env"], 2, "both --env-file and to be fixed"),
        (&["--env-file", "no/folder/.env", "--write", "a.py"], 2, "cannot write no/folder/.env"),
        // What can be read is fixed; what is found counts more than what could not be read.
        (&["a.py", "nothing.py"], 1, "nothing.py: not read"),
    ] {
        let ran = fix(&tree, args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
        assert_eq!(read(&tree, "a.py"), text, "{args:?}");
    }
}
