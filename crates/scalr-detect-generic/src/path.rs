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

/// The longest word that says something.
const LONGEST: usize = 13;

/// What a word of a path says, upper or lower case; `known` is called with it in lower case.
fn said<T>(word: &[u8], known: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    known(lower)
}

fn folder(name: &[u8]) -> Option<Folder> {
    said(name, |name| match name {
        b"i18n" | b"l10n" | b"locale" | b"locales" | b"lang" | b"language" | b"translation"
        | b"translations" => Some(Folder::Translation),
        name => test_or_document(name),
    })
}

fn test_or_document(name: &[u8]) -> Option<Folder> {
    match name {
        b"test" | b"tests" | b"testing" | b"testdata" | b"__tests__" | b"spec" | b"specs" | b"e2e"
        | b"fixture" | b"fixtures" | b"mock" | b"mocks" | b"__mocks__" | b"cypress" => Some(Folder::Test),
        b"doc" | b"docs" | b"documentation" | b"example" | b"examples" | b"sample" | b"samples" | b"demo"
        | b"demos" | b"tutorial" | b"tutorials" => Some(Folder::Documentation),
        _ => None,
    }
}

/// `test_login.py`, `login_test.go`, `login.spec.ts`, `LoginTest.java`, `.env.example`, `README.md`.
fn file_folder(file: &[u8]) -> Option<Folder> {
    let name = file.split(|byte| *byte == b'.').next().unwrap_or_default();
    let words = file.split(|byte| b"_-.".contains(byte));
    let known =
        words.filter_map(|word| said(word, test_or_document)).min_by_key(|folder| *folder != Folder::Test);
    if [&b"Test"[..], b"Tests", b"Spec", b"IT"].iter().any(|end| name.ends_with(end)) {
        return Some(Folder::Test);
    }
    let is_document = || {
        said(name, |name| {
            matches!(name, b"readme" | b"changelog" | b"changes" | b"contributing").then_some(())
        })
    };
    known.or_else(|| is_document().map(|()| Folder::Documentation))
}

fn form(file: &[u8]) -> Form {
    // `.env`, and `.env.production`.
    if file.starts_with(b".env") {
        return Form::Configuration;
    }
    let last = file.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let known = said(last, |last| match last {
        b"yml" | b"yaml" | b"json" | b"env" | b"properties" | b"ini" | b"conf" | b"cfg" | b"config"
        | b"toml" | b"xml" | b"tf" | b"tfvars" | b"hcl" | b"plist" | b"cnf" | b"sql" | b"csv" | b"gradle"
        | b"dockerfile" | b"envrc" => Some(Form::Configuration),
        b"c" | b"h" | b"cc" | b"cpp" | b"hpp" | b"cs" | b"go" | b"java" | b"js" | b"jsx" | b"ts" | b"tsx"
        | b"mjs" | b"vue" | b"kt" | b"m" | b"php" | b"pl" | b"ps1" | b"py" | b"rb" | b"rs" | b"scala"
        | b"sh" | b"bash" | b"bat" | b"swift" | b"groovy" | b"lua" | b"r" | b"dart" | b"ex" => {
            Some(Form::Code)
        }
        b"md" | b"markdown" | b"rst" | b"adoc" | b"asciidoc" | b"txt" | b"html" | b"htm" | b"tex" => {
            Some(Form::Prose)
        }
        _ => None,
    });
    known.unwrap_or_default()
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
            ("src/example.test.ts", Folder::Test, Form::Code),
            ("src/documentations/a-very-long-name-of-a-file.c", Folder::Other, Form::Code),
            ("DOCUMENTATION/Main.JAVA", Folder::Documentation, Form::Code),
        ] {
            assert_eq!(PathKind::of(path.as_bytes()), PathKind { folder, form }, "{path}");
        }
    }
}
