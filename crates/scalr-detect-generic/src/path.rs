//! What the path of a text says of the values in it.

/// What is known of a text from its path: where it belongs, and what it is written in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PathKind {
    /// Where it belongs.
    pub folder: Folder,
    /// What it is written in.
    pub form: Form,
}

/// What a text belongs to.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Folder {
    /// The program itself, or nobody knows.
    #[default]
    Other,
    /// Documentation and examples.
    Documentation,
    /// Tests.
    Test,
    /// Translations.
    Translation,
}

/// What a text is written in.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Form {
    /// Something else, or nobody knows.
    #[default]
    Other,
    /// A format of configurations and data.
    Configuration,
    /// A programming language.
    Code,
    /// Text for people.
    Prose,
}

impl PathKind {
    /// From a path with `/` or `\` between its parts; of any encoding whose ASCII is ASCII.
    pub fn of(path: &[u8]) -> PathKind {
        let mut parts = path.rsplit(|byte| matches!(byte, b'/' | b'\\'));
        let file = parts.next().unwrap_or_default();
        // The nearest folder that says something counts.
        let folder = file_folder(file).or_else(|| parts.find_map(folder)).unwrap_or_default();
        PathKind { folder, form: form(file) }
    }

    /// As a number.
    pub(crate) fn number(self) -> i16 {
        4 * self.folder as i16 + self.form as i16
    }
}

const TESTS: [&str; 14] = [
    "test",
    "tests",
    "testing",
    "testdata",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "__mocks__",
    "cypress",
];
const DOCUMENTS: [&str; 11] = [
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
];
const TRANSLATIONS: [&str; 8] =
    ["i18n", "l10n", "locale", "locales", "lang", "translation", "translations", "language"];

fn is_one(word: &[u8], of: &[&str]) -> bool {
    of.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn folder(name: &[u8]) -> Option<Folder> {
    let kinds: [(&[&str], Folder); 3] =
        [(&TESTS, Folder::Test), (&DOCUMENTS, Folder::Documentation), (&TRANSLATIONS, Folder::Translation)];
    kinds.iter().find(|(names, _)| is_one(name, names)).map(|(_, folder)| *folder)
}

/// `test_login.py`, `login_test.go`, `login.spec.ts`, `LoginTest.java`, `.env.example`, `README.md`.
fn file_folder(file: &[u8]) -> Option<Folder> {
    let name = file.split(|byte| *byte == b'.').next().unwrap_or_default();
    let any_word = |of: &[&str]| file.split(|byte| b"_-.".contains(byte)).any(|word| is_one(word, of));
    let at_end = [&b"Test"[..], b"Tests", b"Spec", b"IT"].iter().any(|end| name.ends_with(end));
    if any_word(&TESTS) || at_end {
        return Some(Folder::Test);
    }
    let is_document =
        any_word(&DOCUMENTS) || is_one(name, &["readme", "changelog", "changes", "contributing"]);
    is_document.then_some(Folder::Documentation)
}

fn form(file: &[u8]) -> Form {
    const CONFIGURATIONS: [&str; 21] = [
        "yml",
        "yaml",
        "json",
        "env",
        "properties",
        "ini",
        "conf",
        "cfg",
        "config",
        "toml",
        "xml",
        "tf",
        "tfvars",
        "hcl",
        "plist",
        "cnf",
        "sql",
        "csv",
        "gradle",
        "dockerfile",
        "envrc",
    ];
    const CODES: [&str; 32] = [
        "c", "h", "cc", "cpp", "hpp", "cs", "go", "java", "js", "jsx", "ts", "tsx", "mjs", "vue", "kt", "m",
        "php", "pl", "ps1", "py", "rb", "rs", "scala", "sh", "bash", "bat", "swift", "groovy", "lua", "r",
        "dart", "ex",
    ];
    const PROSE: [&str; 9] = ["md", "markdown", "rst", "adoc", "asciidoc", "txt", "html", "htm", "tex"];
    // `.env`, and `.env.production`.
    let last = file.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    if file.starts_with(b".env") || is_one(last, &CONFIGURATIONS) {
        Form::Configuration
    } else if is_one(last, &CODES) {
        Form::Code
    } else if is_one(last, &PROSE) {
        Form::Prose
    } else {
        Form::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_they_are() {
        for (path, folder, form) in [
            ("", Folder::Other, Form::Other),
            ("src/main.rs", Folder::Other, Form::Code),
            ("deploy/.env.production", Folder::Other, Form::Configuration),
            (".env", Folder::Other, Form::Configuration),
            ("Dockerfile", Folder::Other, Form::Configuration),
            ("app/tests/unit/login.py", Folder::Test, Form::Code),
            ("app\\Tests\\Login.cs", Folder::Test, Form::Code),
            ("tests/docs/a.py", Folder::Documentation, Form::Code),
            ("src/test_login.py", Folder::Test, Form::Code),
            ("pkg/login_test.go", Folder::Test, Form::Code),
            ("web/login.spec.ts", Folder::Test, Form::Code),
            ("src/LoginTest.java", Folder::Test, Form::Code),
            ("src/latest.js", Folder::Other, Form::Code),
            ("docs/setup.md", Folder::Documentation, Form::Prose),
            ("deploy/.env.example", Folder::Documentation, Form::Configuration),
            ("README.md", Folder::Documentation, Form::Prose),
            ("config/locales/de.yml", Folder::Translation, Form::Configuration),
        ] {
            assert_eq!(PathKind::of(path.as_bytes()), PathKind { folder, form }, "{path}");
        }
    }
}
