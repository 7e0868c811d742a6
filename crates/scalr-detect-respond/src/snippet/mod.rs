//! Programs that read a secret from where it is safe: for each secret manager and language one complete file.
//!
//! The files are in the folder `snippets` of this crate, as they are compiled and run in the tests, with
//! `__SECRET_NAME__` where the name of the secret stands. A name is checked before it is put there, so that the result is
//! always the program that was tested.
//!
//! ```
//! use scalr_detect_respond::snippet::{self, Language, Manager};
//!
//! let snippet = snippet::get(Manager::Vault, Language::Python);
//! let code = snippet.code("team/scalr").unwrap();
//! assert!(code.contains(r#"def read_secret(path: str = "team/scalr")"#));
//! assert!(snippet.code("team/\"; import os").is_err());
//! ```

mod name;

pub use name::NameError;

/// What stands for the name of the secret in the files. An identifier in every language, so that they compile as they are.
const PLACEHOLDER: &str = "__SECRET_NAME__";

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Manager {
    /// A variable of the environment, set by the platform or the CI system.
    Env,
    /// AWS Secrets Manager.
    AwsSecretsManager,
    /// A KV version 2 engine of HashiCorp Vault or OpenBao.
    Vault,
    /// CyberArk Conjur, also named CyberArk Secrets Manager.
    Conjur,
}

impl Manager {
    /// All of them.
    pub const ALL: [Manager; 4] = [Manager::Env, Manager::AwsSecretsManager, Manager::Vault, Manager::Conjur];

    /// Its id in kebab-case, such as `aws-secrets-manager`.
    pub const fn id(self) -> &'static str {
        match self {
            Manager::Env => "env",
            Manager::AwsSecretsManager => "aws-secrets-manager",
            Manager::Vault => "vault",
            Manager::Conjur => "conjur",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Manager::Env => "environment variable",
            Manager::AwsSecretsManager => "AWS Secrets Manager",
            Manager::Vault => "HashiCorp Vault or OpenBao, KV version 2",
            Manager::Conjur => "CyberArk Conjur",
        }
    }

    /// The name of a secret for those who have not chosen one.
    pub const fn default_secret(self) -> &'static str {
        match self {
            Manager::Env => "SCALR_TOKEN",
            Manager::AwsSecretsManager | Manager::Vault | Manager::Conjur => "scalr/api-token",
        }
    }
}

/// What a snippet is written in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Language {
    /// Python 3.
    Python,
    /// JavaScript for Node.js, as a module.
    JavaScript,
    /// Go.
    Go,
    /// Java.
    Java,
    /// Rust.
    Rust,
    /// The POSIX shell.
    Shell,
    /// Terraform or OpenTofu, with the provider of Scalr.
    Terraform,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 7] = [
        Language::Python,
        Language::JavaScript,
        Language::Go,
        Language::Java,
        Language::Rust,
        Language::Shell,
        Language::Terraform,
    ];

    /// Its id, such as `python`.
    pub const fn id(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::Go => "go",
            Language::Java => "java",
            Language::Rust => "rust",
            Language::Shell => "shell",
            Language::Terraform => "terraform",
        }
    }

    /// What to call the file.
    pub const fn file_name(self) -> &'static str {
        match self {
            Language::Python => "read_secret.py",
            Language::JavaScript => "read-secret.mjs",
            Language::Go => "main.go",
            Language::Java => "ReadSecret.java",
            Language::Rust => "main.rs",
            Language::Shell => "read-secret.sh",
            Language::Terraform => "main.tf",
        }
    }
}

/// What the tests of this project do with a snippet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tested {
    /// It is run, and reads a secret.
    Run,
    /// It is compiled.
    Compiled,
    /// It is parsed.
    Vetted,
}

impl Tested {
    /// Its id, such as `run`.
    pub const fn id(self) -> &'static str {
        match self {
            Tested::Run => "run",
            Tested::Compiled => "compiled",
            Tested::Vetted => "vetted",
        }
    }
}

/// A program that reads a secret.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Snippet {
    /// Where the secret is read from.
    pub manager: Manager,
    /// What the program is written in.
    pub language: Language,
    /// What the tests do with it.
    pub tested: Tested,
    /// How they do it, in a clause.
    pub how: &'static str,
    template: &'static str,
}

impl Snippet {
    /// The program for the secret of this name.
    ///
    /// # Errors
    ///
    /// The manager allows no such name, or the program cannot read another one than the default.
    pub fn code(&self, secret: &str) -> Result<String, NameError> {
        name::check(self.manager, secret)?;
        if !self.template.contains(PLACEHOLDER) && secret != self.manager.default_secret() {
            return Err(NameError::fixed());
        }
        Ok(self.template.replace(PLACEHOLDER, secret))
    }
}

const ENVIRONMENT: &str = "with the variable set";
const MOTO: &str = "with its SDK against moto, which checks signatures";
const BAO: &str = "against OpenBao";
const CONJUR_STUB: &str = "against a stub of the two routes it uses";
const STAND_INS: &str = "against stand-ins for the SDK, which the tests cannot download";
const PARSED: &str = "parsed; the providers cannot be downloaded by the tests";

/// All of them, by manager, then by language, in the order of [`Manager::ALL`] and [`Language::ALL`].
pub static SNIPPETS: [Snippet; 28] = {
    use Language::{Go, Java, JavaScript, Python, Rust, Shell, Terraform};
    use Manager::{AwsSecretsManager, Conjur, Env, Vault};
    use Tested::{Compiled, Run, Vetted};
    macro_rules! snippet {
        ($manager:ident, $language:ident, $tested:ident, $how:ident, $path:literal) => {
            Snippet {
                manager: $manager,
                language: $language,
                tested: $tested,
                how: $how,
                template: include_str!(concat!("../../snippets/", $path)),
            }
        };
    }
    [
        snippet!(Env, Python, Run, ENVIRONMENT, "env/python.py"),
        snippet!(Env, JavaScript, Run, ENVIRONMENT, "env/javascript.mjs"),
        snippet!(Env, Go, Run, ENVIRONMENT, "env/go.go"),
        snippet!(Env, Java, Run, ENVIRONMENT, "env/java.java"),
        snippet!(Env, Rust, Run, ENVIRONMENT, "env/rust.rs"),
        snippet!(Env, Shell, Run, ENVIRONMENT, "env/shell.sh"),
        snippet!(Env, Terraform, Vetted, PARSED, "env/terraform.tf"),
        snippet!(AwsSecretsManager, Python, Run, MOTO, "aws-secrets-manager/python.py"),
        snippet!(AwsSecretsManager, JavaScript, Run, MOTO, "aws-secrets-manager/javascript.mjs"),
        snippet!(AwsSecretsManager, Go, Compiled, STAND_INS, "aws-secrets-manager/go.go"),
        snippet!(AwsSecretsManager, Java, Compiled, STAND_INS, "aws-secrets-manager/java.java"),
        snippet!(AwsSecretsManager, Rust, Run, MOTO, "aws-secrets-manager/rust.rs"),
        snippet!(AwsSecretsManager, Shell, Run, MOTO, "aws-secrets-manager/shell.sh"),
        snippet!(AwsSecretsManager, Terraform, Vetted, PARSED, "aws-secrets-manager/terraform.tf"),
        snippet!(Vault, Python, Run, BAO, "vault/python.py"),
        snippet!(Vault, JavaScript, Run, BAO, "vault/javascript.mjs"),
        snippet!(Vault, Go, Run, BAO, "vault/go.go"),
        snippet!(Vault, Java, Run, BAO, "vault/java.java"),
        snippet!(Vault, Rust, Run, BAO, "vault/rust.rs"),
        snippet!(Vault, Shell, Run, BAO, "vault/shell.sh"),
        snippet!(Vault, Terraform, Vetted, PARSED, "vault/terraform.tf"),
        snippet!(Conjur, Python, Run, CONJUR_STUB, "conjur/python.py"),
        snippet!(Conjur, JavaScript, Run, CONJUR_STUB, "conjur/javascript.mjs"),
        snippet!(Conjur, Go, Run, CONJUR_STUB, "conjur/go.go"),
        snippet!(Conjur, Java, Run, CONJUR_STUB, "conjur/java.java"),
        snippet!(Conjur, Rust, Run, CONJUR_STUB, "conjur/rust.rs"),
        snippet!(Conjur, Shell, Run, CONJUR_STUB, "conjur/shell.sh"),
        snippet!(Conjur, Terraform, Vetted, PARSED, "conjur/terraform.tf"),
    ]
};

/// The one for a manager and a language.
pub fn get(manager: Manager, language: Language) -> &'static Snippet {
    &SNIPPETS[manager as usize * Language::ALL.len() + language as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use scalr_detect::{Confidence, Scanner};

    #[test]
    fn there_is_one_for_each_pair() {
        for manager in Manager::ALL {
            for language in Language::ALL {
                let snippet = get(manager, language);
                assert_eq!((snippet.manager, snippet.language), (manager, language));
            }
        }
    }

    #[test]
    fn files_say_how_to_store_it_and_what_they_need_first() {
        let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
        for snippet in &SNIPPETS {
            let what = (snippet.manager.id(), snippet.language.id());
            let (store, needs) = (snippet.template.find("Store it first"), snippet.template.find("Needs: "));
            assert!(store.is_some() && store < needs, "{what:?}");
            assert!(needs.unwrap() < 1600, "{what:?}");
            assert!(snippet.template.ends_with('\n'), "{what:?}");
            assert!(snippet.template.lines().all(|line| line.len() <= 120), "{what:?}");
            let code = snippet.code(snippet.manager.default_secret()).unwrap();
            assert!(!code.contains("__SECRET"), "{what:?}");
            assert_eq!(scanner.find_iter(&code).count(), 0, "{what:?}");
        }
    }

    #[test]
    fn terraform_parses() {
        for manager in Manager::ALL {
            let code = get(manager, Language::Terraform).code(manager.default_secret()).unwrap();
            let body = hcl_edit::parser::parse_body(&code).unwrap_or_else(|e| panic!("{manager:?}: {e}"));
            assert!(body.has_blocks("provider"), "{manager:?}");
            assert_eq!(body.has_blocks("ephemeral"), manager != Manager::Env, "{manager:?}");
        }
    }
}
