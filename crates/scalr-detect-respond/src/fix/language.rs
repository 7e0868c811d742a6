//! What kind of file it is.

use super::lexer::{self, Lexed};
use super::{Why, shell, yaml};

/// The languages in which secrets are replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Language {
    Python,
    JavaScript,
    TypeScript,
    Go,
    Java,
    Rust,
    Yaml,
    Hcl,
    Shell,
    Dotenv,
}

/// A kind of file: a language, and who reads it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FileKind {
    pub(super) language: Language,
    pub(super) reader: Reader,
}

/// Who reads a file, where that decides what is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reader {
    /// Its language says all.
    Usual,
    /// JavaScript or TypeScript with elements in it.
    Jsx,
    /// A workflow of GitHub Actions.
    Actions,
    /// A configuration of Terraform or OpenTofu.
    Terraform,
    /// A configuration of Terragrunt.
    Terragrunt,
}

impl FileKind {
    /// The kind of a file by its name, `/` between the parts of the path. The first line decides if the name does not.
    pub(super) fn of(path: &str, text: &[u8]) -> Result<FileKind, Why> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let usual = |language| Ok(FileKind { language, reader: Reader::Usual });
        if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
            return usual(Language::Dotenv);
        }
        if name == "terragrunt.hcl" || name == "root.hcl" {
            return Ok(FileKind { language: Language::Hcl, reader: Reader::Terragrunt });
        }
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        match extension.as_str() {
            "py" | "pyi" | "pyw" => usual(Language::Python),
            "js" | "mjs" | "cjs" => usual(Language::JavaScript),
            "ts" | "mts" | "cts" => usual(Language::TypeScript),
            "jsx" => Ok(FileKind { language: Language::JavaScript, reader: Reader::Jsx }),
            "tsx" => Ok(FileKind { language: Language::TypeScript, reader: Reader::Jsx }),
            "go" => usual(Language::Go),
            "java" => usual(Language::Java),
            "rs" => usual(Language::Rust),
            "yaml" | "yml" if path.contains(".github/workflows/") => {
                Ok(FileKind { language: Language::Yaml, reader: Reader::Actions })
            }
            "yaml" | "yml" => usual(Language::Yaml),
            "tf" | "tofu" => Ok(FileKind { language: Language::Hcl, reader: Reader::Terraform }),
            "tfvars" => Err(Why::OnlyValues),
            "hcl" => Err(Why::NoFunctions),
            "sh" | "bash" | "ksh" | "zsh" | "envrc" | "bashrc" | "zshrc" | "profile" | "bash_profile" => {
                usual(Language::Shell)
            }
            _ => FileKind::of_first_line(text),
        }
    }

    fn of_first_line(text: &[u8]) -> Result<FileKind, Why> {
        let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
        let Some(line) = line.strip_prefix(b"#!") else { return Err(Why::UnknownFile) };
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let name = |word: &[u8]| {
            String::from_utf8_lossy(word.rsplit(|b| *b == b'/').next().unwrap_or_default()).into_owned()
        };
        let mut program = words.next().map(name).unwrap_or_default();
        if program == "env" {
            program = words.find(|word| !word.starts_with(b"-")).map(name).unwrap_or_default();
        }
        let language = match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "python" => Language::Python,
            "node" | "nodejs" => Language::JavaScript,
            "sh" | "bash" | "dash" | "ksh" | "zsh" => Language::Shell,
            _ => return Err(Why::UnknownFile),
        };
        Ok(FileKind { language, reader: Reader::Usual })
    }

    /// Cuts a file of this kind into pieces.
    pub(super) fn lex(self, text: &[u8]) -> Lexed {
        match self.language {
            Language::Shell => shell::lex(text),
            Language::Dotenv => shell::lex_dotenv(text),
            Language::Yaml => yaml::lex(text),
            language => lexer::lex(language, text),
        }
    }

    /// The name of the variable as such files have it: in Terraform they are in small letters.
    pub(super) fn variable(self, name: &str) -> String {
        match self.reader {
            Reader::Terraform => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        }
    }

    /// What must hold for a variable to work in such a file.
    pub(super) fn advice(self) -> Option<&'static str> {
        match (self.language, self.reader) {
            (_, Reader::Actions) => Some("store it as a secret of the repository or organisation"),
            (Language::Yaml, _) => Some(
                "see that what reads the file puts variables into it, as docker compose and GitLab CI do",
            ),
            (Language::Dotenv, _) => Some("set the variable where the program runs: the file has it empty"),
            _ => None,
        }
    }

    /// The variable of the environment that must be set for a variable of such files.
    pub(super) fn environment(self, variable: &str) -> String {
        match self.reader {
            Reader::Terraform => format!("TF_VAR_{variable}"),
            _ => variable.to_owned(),
        }
    }
}
