//! Names of secrets: what each manager allows, so far as it needs no quoting in any language.

use std::fmt;

use scalr_detect::Scanner;

use super::Manager;

/// A name that a secret cannot have. The name is not in it, as it may be the secret itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameError(&'static str);

impl NameError {
    pub(super) fn fixed() -> NameError {
        NameError("the provider of Scalr reads SCALR_TOKEN and no other variable: leave the name out")
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NameError {}

/// Longest name in bytes: that of AWS Secrets Manager.
const LONGEST: usize = 512;

/// Fails if a manager allows no such name, or if the name is a secret itself.
pub(super) fn check(manager: Manager, name: &str) -> Result<(), NameError> {
    let (is_good, allowed) = match manager {
        Manager::Env => (
            is_variable(name),
            "the name of a variable has letters A-Z and a-z, digits and _, and does not begin with a digit, as in SCALR_TOKEN",
        ),
        Manager::AwsSecretsManager => (
            is_aws(name),
            "a name in AWS Secrets Manager has 1 to 512 letters, digits and characters of /_+=.@-, and does not begin \
             with -, as in scalr/api-token; or it is a whole ARN",
        ),
        Manager::Vault => (
            is_path(name, b"_.-"),
            "a path below the mount is of parts with letters, digits and characters of _.-, with / between them, as in \
             scalr/api-token; no part is . or .. or begins with -",
        ),
        Manager::Conjur => (
            is_path(name, b"_.-@+"),
            "the id of a variable is of parts with letters, digits and characters of _.-@+, with / between them, as in \
             scalr/api-token; no part is . or .. or begins with -",
        ),
    };
    if !is_good || name.len() > LONGEST {
        return Err(NameError(allowed));
    }
    if Scanner::new().is_match(name) {
        return Err(NameError("that looks like a secret, and not like the name of one"));
    }
    Ok(())
}

/// Whether it can be the name of a variable of the environment in every shell.
pub(crate) fn is_variable(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

fn is_aws(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b);
    match name.strip_prefix("arn:") {
        Some(rest) => rest.bytes().all(|b| is_plain(b) || b == b':') && rest.contains(":secret:"),
        None => !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_plain),
    }
}

fn is_path(name: &str, also: &[u8]) -> bool {
    name.split('/').all(|part| {
        !matches!(part, "" | "." | "..")
            && !part.starts_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || also.contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Manager::{AwsSecretsManager, Conjur, Env, Vault};

    #[test]
    fn what_is_allowed() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/scalr-AbCdEf";
        for (manager, good) in [
            (Env, &["SCALR_TOKEN", "_x", "a1"][..]),
            (AwsSecretsManager, &["scalr/api-token", "a", "prod/x_y+z=.@-", "/lead", arn]),
            (Vault, &["scalr/api-token", "a", "a.b/c_d/e-f"]),
            (Conjur, &["scalr/api-token", "a", "apps/my@x+y"]),
        ] {
            for name in good {
                assert_eq!(check(manager, name), Ok(()), "{manager:?} {name}");
            }
        }
        let long = "a".repeat(513);
        for (manager, bad) in [
            (Env, &["", "1A", "A-B", "A B", "A=B", "Ä", "A\n", "$A", "A/B"][..]),
            (AwsSecretsManager, &["", "-a", "a b", "a:b", "a\"b", "a\nb", "arn:aws:s3:::x", &long]),
            (
                Vault,
                &[
                    "", "/a", "a/", "a//b", "a/../b", ".", "a b", "a\"", "a?b", "a#b", "a%2F", "${a}", "-a",
                    &long,
                ],
            ),
            (Conjur, &["", "/a", "a:b", "a'b", "a\\b", "a\u{202e}b", "a/./b", &long]),
        ] {
            for name in bad {
                assert!(check(manager, name).is_err(), "{manager:?} {name}");
            }
        }
    }

    #[test]
    fn a_secret_is_no_name() {
        let token = format!("glpat-{}", "aB3dE5gH7jK9mN1pQ3sT");
        assert!(is_aws(&token));
        let error = check(Manager::AwsSecretsManager, &token).unwrap_err().to_string();
        assert!(error.contains("looks like a secret") && !error.contains(&token), "{error}");
    }
}
