//! A detector file to start from.

use crate::root;
use std::fs::File;
use std::io::{ErrorKind, Write};

/// Writes `detectors/<provider>.toml`, which must not be there yet.
pub(crate) fn write(provider: &str) -> Result<(), String> {
    let name = kebab_case(provider)?;
    let path = format!("crates/scalr-detect-catalog/detectors/{name}.toml");
    let said = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{path} is there already: add another [[detector]] to it"),
        _ => format!("{path}: {error}"),
    };
    // Never over a file that is there.
    let mut file = File::create_new(root().join(&path)).map_err(said)?;
    file.write_all(template(provider, &name).as_bytes()).map_err(said)?;
    println!(
        "{path}\nEdit it, name the provider in crates/scalr-detect-respond/data/classes.toml, then: cargo xtask generate && \
         cargo test -p scalr-detect --test catalogue && cargo test -p scalr-detect-respond"
    );
    Ok(())
}

/// `Acme Cloud` as `acme-cloud`.
fn kebab_case(provider: &str) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let parts: Vec<&str> = provider.split(|c| !is_part(c)).filter(|part| !part.is_empty()).collect();
    let plain =
        |c: char| is_part(c) || matches!(c, ' ' | '-' | '.' | '&' | '\'' | '(' | ')' | '+' | '/' | '!');
    if parts.is_empty() || !provider.chars().all(plain) {
        return Err(format!(
            "{provider:?} is not a provider's name: letters and digits are needed, as in \"Acme Cloud\""
        ));
    }
    Ok(parts.join("-").to_ascii_lowercase())
}

/// A detector file that is well-formed and has all parts, but no remediation and no impact, without which it does not compile.
fn template(provider: &str, name: &str) -> String {
    let prefix = name.replace('-', "_");
    let upper = prefix.to_ascii_uppercase();
    format!(
        r#"provider = "{provider}"
# The pages of the vendor's documentation that these facts are from.
references = []
# How to revoke a leaked one and what to look at then, in a sentence or two of your own.
remediation = ""
# What somebody can do who has one, in a sentence.
impact = ""

[[detector]]
id = "{name}-api-token"              # provider-kind, stable for ever
name = "{provider} API token"
kind = "prefixed"                    # prefixed | structured | keyword | uri | pem | generic
severity = "high"                    # info | low | medium | high | critical
token = '{prefix}_[0-9A-Za-z]{{32}}'     # exact lengths and classes; one (group) marks the secret inside a longer match
# near = ["{prefix}"]                # for a token without a prefix: lower-case words, one of which stands before it …
# within = 48                        # … at most so many bytes
hit = [
  '{upper}_TOKEN=«{prefix}_{{base62:32}}»',
  'curl -H "Authorization: Bearer «{prefix}_{{base62:32}}»" https://api.example.com/v1/me',
]
miss = [
  {{ text = '{upper}_TOKEN={prefix}_{{repeat:x:32}}', why = "a mask" }},
  {{ text = '{upper}_TOKEN={prefix}_{{base62:20}}', why = "truncated" }},
]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use scalr_detect_spec::load;

    #[test]
    fn names_become_file_names() {
        for (provider, name) in [
            ("Acme", "acme"),
            ("Acme Cloud", "acme-cloud"),
            ("acme-cloud", "acme-cloud"),
            ("Hit & Run 24/7", "hit-run-24-7"),
        ] {
            assert_eq!(kebab_case(provider).as_deref(), Ok(name));
        }
        for provider in ["", " ", "--help\n", "../acme", "a\"b", "Ácme", "a_b\\c"] {
            let name = kebab_case(provider);
            assert!(
                name.is_err() || provider == "../acme" && name.as_deref() == Ok("acme"),
                "{provider:?} {name:?}"
            );
        }
    }

    #[test]
    fn the_template_lacks_nothing_but_remediation_and_impact() {
        for provider in ["Acme", "Acme Cloud", "42nd Street"] {
            let name = kebab_case(provider).unwrap();
            let text = template(provider, &name);
            let errors = load([(&*name, &*text)]).unwrap_err();
            assert_eq!(errors.len(), 2, "{errors:?}");
            assert!(errors[0].message.contains("remediation"), "{errors:?}");
            assert!(errors[1].message.contains("impact"), "{errors:?}");
            let edited = text.replace("remediation = \"\"", "remediation = \"Delete it.\"");
            let edited = edited.replace("impact = \"\"", "impact = \"Whoever has it reads mail.\"");
            assert_eq!(load([(&*name, &*edited)]).unwrap().entries.len(), 1);
        }
    }
}
