//! Names of variables, and files that set them.

use std::collections::HashMap;
use std::fmt;

use scalr_detect::Fingerprint;

use crate::snippet::Manager;

/// Variables that tools of the provider read, by the beginnings of detector ids. The first that fits counts.
const KNOWN: [(&str, &str); 20] = [
    ("scalr-", "SCALR_TOKEN"),
    ("github-", "GITHUB_TOKEN"),
    ("gitlab-", "GITLAB_TOKEN"),
    ("npm-", "NPM_TOKEN"),
    ("openai-", "OPENAI_API_KEY"),
    ("anthropic-", "ANTHROPIC_API_KEY"),
    ("huggingface-", "HF_TOKEN"),
    ("stripe-", "STRIPE_API_KEY"),
    ("sendgrid-", "SENDGRID_API_KEY"),
    ("slack-webhook", "SLACK_WEBHOOK_URL"),
    ("slack-", "SLACK_TOKEN"),
    ("digitalocean-", "DIGITALOCEAN_TOKEN"),
    ("cloudflare-", "CLOUDFLARE_API_TOKEN"),
    ("aws-secret", "AWS_SECRET_ACCESS_KEY"),
    ("datadog-", "DD_API_KEY"),
    ("heroku-", "HEROKU_API_KEY"),
    ("pypi-", "PYPI_TOKEN"),
    ("telegram-", "TELEGRAM_BOT_TOKEN"),
    ("discord-bot", "DISCORD_BOT_TOKEN"),
    ("hashicorp-vault", "VAULT_TOKEN"),
];

/// Chooses the name of each secret, and keeps it for the next place with the same secret.
#[derive(Debug, Default)]
pub(super) struct Names {
    fixed: Option<String>,
    /// By secret: its name.
    chosen: HashMap<Fingerprint, String>,
}

impl Names {
    /// One name, for one secret.
    pub(super) fn fixed(name: &str) -> Names {
        Names { fixed: Some(name.to_owned()), chosen: HashMap::new() }
    }

    /// The name of a secret. `None`: there is one name, and another secret has it.
    pub(super) fn of(
        &mut self,
        detector: &str,
        value: &[u8],
        line: &[u8],
        manager: Manager,
    ) -> Option<String> {
        // Whatever found it, the same value is the same secret.
        let secret = Fingerprint::new("fix", value);
        if let Some(name) = self.chosen.get(&secret) {
            return Some(name.clone());
        }
        let name = match &self.fixed {
            Some(name) if self.chosen.is_empty() => name.clone(),
            Some(_) => return None,
            None => {
                let name = best(detector, line);
                let name = match manager {
                    Manager::Env => name,
                    // The names of managers are in small letters, with hyphens.
                    _ => name.to_ascii_lowercase().replace('_', "-"),
                };
                self.free(name, manager)
            }
        };
        self.chosen.insert(secret, name.clone());
        Some(name)
    }

    /// The name, or with a number if another secret has it.
    fn free(&self, name: String, manager: Manager) -> String {
        let is_taken = |name: &String| self.chosen.values().any(|taken| taken == name);
        if !is_taken(&name) {
            return name;
        }
        let hyphen = if manager == Manager::Env { '_' } else { '-' };
        let numbered = (2u32..).map(|n| format!("{name}{hyphen}{n}")).find(|name| !is_taken(name));
        numbered.unwrap_or(name)
    }
}

/// The name for a secret that nobody has named: what it is assigned to if that is the name of a variable of the
/// environment, else what tools of the provider read, else what it is assigned to.
fn best(detector: &str, line: &[u8]) -> String {
    let key = key(line);
    let is_for_environment = |key: &&str| {
        key.contains('_')
            && key.bytes().any(|b| b.is_ascii_uppercase())
            && !key.bytes().any(|b| b.is_ascii_lowercase() || b == b'-')
    };
    if let Some(key) = key.as_deref().filter(is_for_environment) {
        return key.to_owned();
    }
    let known =
        KNOWN.iter().find(|(start, _)| detector.starts_with(start)).map(|(_, name)| (*name).to_owned());
    let own = || (!detector.starts_with("generic-")).then(|| detector.to_ascii_uppercase().replace('-', "_"));
    let of_key = || key.as_deref().map(screaming);
    // A detector of one's own may have any id.
    let is_good = |name: &String| crate::snippet::is_variable(name);
    known.or_else(own).filter(is_good).or_else(of_key).filter(is_good).unwrap_or_else(|| "SECRET".to_owned())
}

/// The line of a place, up to it.
pub(super) fn line_before(text: &[u8], at: usize) -> &[u8] {
    // Longer lines are no assignments.
    let start = text[..at]
        .iter()
        .rev()
        .take(256)
        .position(|b| *b == b'\n')
        .map_or(at.saturating_sub(256), |n| at - n);
    &text[start..at]
}

/// What a value is assigned to whose line begins so: the last word before `=` or `:`, without a type between them.
fn key(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    let mut line = line.trim_end_matches([' ', '\t', '"', '\'', '`']);
    let is_equals = line.ends_with('=');
    line = line.strip_suffix('=').or_else(|| line.strip_suffix(':'))?;
    line = line.trim_end_matches([':', ' ', '\t']);
    if is_equals {
        // `name: type =`, but not `map["a:b"] =`.
        let typed = line.rsplit_once(": ").filter(|(name, of_type)| {
            !name.ends_with(['"', '\'']) && !of_type.contains(['(', ')', '{', '}', ';', '=', '"'])
        });
        line = typed.map_or(line, |(name, _)| name);
        // `name Type =` of Go has the name first.
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [.., word, name, "string"] = words[..]
            && matches!(word, "const" | "var")
        {
            line = name;
        }
    }
    let line = line.trim_end_matches([' ', '\t', '"', '\'', ']', ')', '?', '!']);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let start =
        line.rfind(|c| !is_word(c)).map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let word = line[start..].trim_matches('-');
    (!word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit())).then(|| word.to_owned())
}

/// `dbPassword` and `db-password` as `DB_PASSWORD`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            out.push('_');
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(if c == '-' { '_' } else { c.to_ascii_uppercase() });
    }
    out
}

/// A file that sets variables of the environment, such as `.env`: lines of `NAME=value`.
pub struct Environment {
    text: Vec<u8>,
}

impl Environment {
    /// A file with this content.
    pub fn new(text: Vec<u8>) -> Environment {
        Environment { text }
    }

    /// The content.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Sets a variable in a line at the end. If it is set already to the same value, nothing is done.
    ///
    /// # Errors
    ///
    /// It is set to another value, or the value cannot be written so that all readers of such files agree on it. The text
    /// does not have the value.
    pub fn set(&mut self, name: &str, value: &[u8]) -> Result<(), String> {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-./+=:@,~%".contains(b);
        let quoted = if value.iter().all(plain) {
            value.to_vec()
        } else if value.iter().all(|b| !matches!(b, b'\'' | b'\n' | b'\r' | b'\\')) {
            [b"'", value, b"'"].concat()
        } else {
            return Err(format!(
                "the value of {name} has quotes, backslashes or line ends: write it by hand"
            ));
        };
        let line = [name.as_bytes(), b"=", &quoted].concat();
        for old in self.text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii) {
            let old = old.strip_prefix(b"export ").unwrap_or(old).trim_ascii_start();
            let set = old.strip_prefix(name.as_bytes()).map(<[u8]>::trim_ascii_start);
            if let Some(set) = set.and_then(|rest| rest.strip_prefix(b"=")) {
                let set = set.trim_ascii();
                let is_same = set == quoted
                    || [&b"\""[..], b"'"]
                        .iter()
                        .any(|q| set.strip_prefix(*q).and_then(|s| s.strip_suffix(*q)) == Some(value));
                return if is_same { Ok(()) } else { Err(format!("{name} is set to another value there")) };
            }
        }
        let end: &[u8] = if self.text.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
        if self.text.last().is_some_and(|last| *last != b'\n') {
            self.text.extend_from_slice(end);
        }
        self.text.extend_from_slice(&line);
        self.text.extend_from_slice(end);
        Ok(())
    }
}

/// Without the content, which is secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_assigned_to() {
        for (line, name) in [
            ("db_password = ", Some("db_password")),
            ("const dbPassword = ", Some("dbPassword")),
            ("  \"db-password\": ", Some("db-password")),
            ("self.password = ", Some("password")),
            ("token := ", Some("token")),
            ("const apiToken string = ", Some("apiToken")),
            ("let token: &'static str = ", Some("token")),
            ("token: string = ", Some("token")),
            ("config['db_password'] = ", Some("db_password")),
            ("private static final String TOKEN = ", Some("TOKEN")),
            ("fn f(_: &str) { let token = ", Some("token")),
            ("connect(password=", Some("password")),
            ("export DB_PASSWORD=", Some("DB_PASSWORD")),
            ("login(", None),
            ("", None),
            ("é = ", None),
        ] {
            assert_eq!(key(line.as_bytes()).as_deref(), name, "{line}");
        }
        for (name, variable) in [
            ("dbPassword", "DB_PASSWORD"),
            ("db-password", "DB_PASSWORD"),
            ("PASS", "PASS"),
            ("apiKey2", "API_KEY2"),
        ] {
            assert_eq!(screaming(name), variable);
        }
    }

    #[test]
    fn names_are_the_same_for_the_same_secret() {
        let mut names = Names::default();
        let mut of = |detector: &str, value: &str, line: &str| {
            names.of(detector, value.as_bytes(), line.as_bytes(), Manager::Env).unwrap()
        };
        assert_eq!(of("github-token", "one", "x = "), "GITHUB_TOKEN");
        assert_eq!(of("github-token", "two", "x = "), "GITHUB_TOKEN_2");
        assert_eq!(of("github-token", "one", "DEPLOY_TOKEN = "), "GITHUB_TOKEN");
        assert_eq!(of("github-token", "three", "DEPLOY_TOKEN = "), "DEPLOY_TOKEN");
        assert_eq!(of("generic-password", "four", "dbPassword: "), "DB_PASSWORD");
        assert_eq!(of("generic-password", "five", "f("), "SECRET");
        assert_eq!(of("acme-api-key", "six", "f("), "ACME_API_KEY");
        let mut names = Names::fixed("MINE");
        assert_eq!(names.of("x", b"one", b"", Manager::Env).as_deref(), Some("MINE"));
        assert_eq!(names.of("x", b"one", b"", Manager::Env).as_deref(), Some("MINE"));
        assert_eq!(names.of("x", b"two", b"", Manager::Env), None);
    }

    #[test]
    fn environment_files() {
        let mut file = Environment::new(b"A=1".to_vec());
        file.set("B", b"x y").unwrap();
        file.set("B", b"x y").unwrap();
        file.set("A", b"1").unwrap();
        assert!(file.set("A", b"2").unwrap_err().contains("another value"));
        assert!(file.set("C", b"it's").unwrap_err().contains("by hand"));
        assert_eq!(file.text(), b"A=1\nB='x y'\n");
        let mut file = Environment::new(b"export A=\"1\"\r\n".to_vec());
        file.set("A", b"1").unwrap();
        file.set("AB", b"#").unwrap();
        assert_eq!(file.text(), b"export A=\"1\"\r\nAB='#'\r\n");
        assert!(!format!("{file:?}").contains('#'));
    }
}
