//! Values that are text, and passwords nevertheless: a word, or a phrase of some.

use crate::rarity;
use scalr_detect_check::is_placeholder;

/// Words that stand where a password may, and are none: what kind of value is meant, whether there is one, what is wrong with it.
const NO_PASSWORDS: [&str; 74] = [
    "absent",
    "array",
    "auth",
    "auto",
    "base64",
    "basic",
    "bcrypt",
    "boolean",
    "bytes",
    "char",
    "clear",
    "cleartext",
    "confirm",
    "correct",
    "default",
    "digest",
    "disable",
    "disabled",
    "email",
    "empty",
    "enable",
    "enabled",
    "encrypted",
    "env",
    "expired",
    "fail",
    "failed",
    "false",
    "field",
    "file",
    "hash",
    "hashed",
    "hidden",
    "incorrect",
    "input",
    "integer",
    "invalid",
    "keyring",
    "label",
    "ldap",
    "mandatory",
    "manual",
    "missing",
    "must",
    "never",
    "nil",
    "none",
    "null",
    "number",
    "object",
    "optional",
    "plain",
    "plaintext",
    "plugin",
    "prompt",
    "query",
    "random",
    "readonly",
    "required",
    "same",
    "scram",
    "secure",
    "sent",
    "shared",
    "strict",
    "string",
    "strong",
    "text",
    "true",
    "undefined",
    "unset",
    "value",
    "weak",
    "wrong",
];

/// Passwords that are chosen so often that the word says more than its meaning.
const CHOSEN: [&str; 2] = ["qwerty", "secret"];

/// Whether the text is a word that stands for a password as a placeholder does, but is chosen as one, too.
pub fn is_chosen_word(text: &[u8]) -> bool {
    is_one_of(text, &CHOSEN)
}

fn is_one_of(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether a text without digits may be the password that `name` names: one word, which says neither what is meant nor that there
/// is none.
pub(crate) fn is_word(name: &[u8], text: &[u8]) -> bool {
    let letters = text.strip_suffix(b"!").or_else(|| text.strip_suffix(b"$")).unwrap_or(text);
    let Some((first, rest)) = letters.split_first() else { return false };
    let is_one = (4..=24).contains(&letters.len())
        && (first.is_ascii_lowercase() || first.is_ascii_uppercase())
        && rest.iter().all(u8::is_ascii_lowercase);
    is_one
        && !holds(name, letters)
        && !names_password(letters)
        && !is_one_of(letters, &NO_PASSWORDS)
        && (is_chosen_word(letters) || !is_placeholder(letters))
}

/// Whether one text is in the other, in any case.
pub(crate) fn holds(text: &[u8], part: &[u8]) -> bool {
    text.len() >= part.len() && text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// Whether a text has a word for passwords in it, in one of some languages: it only repeats the name.
fn names_password(text: &[u8]) -> bool {
    const NAMES: [&str; 14] = [
        "pass",
        "pwd",
        "token",
        "key",
        "credential",
        "auth",
        "kennwort",
        "contrase",
        "mot de",
        "motdepasse",
        "clave",
        "senha",
        "wachtwoord",
        "heslo",
    ];
    NAMES.iter().any(|word| holds(text, word.as_bytes()))
}

/// Words of sentences, of English and the languages that programs are translated to most.
const SENTENCES: [&str; 84] = [
    "a",
    "about",
    "again",
    "all",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "by",
    "can",
    "cannot",
    "change",
    "characters",
    "click",
    "confirm",
    "could",
    "do",
    "does",
    "dont",
    "email",
    "enter",
    "error",
    "failed",
    "for",
    "forgot",
    "from",
    "has",
    "have",
    "here",
    "if",
    "in",
    "incorrect",
    "invalid",
    "is",
    "it",
    "least",
    "login",
    "match",
    "must",
    "my",
    "new",
    "no",
    "not",
    "of",
    "old",
    "on",
    "or",
    "our",
    "please",
    "required",
    "reset",
    "set",
    "should",
    "that",
    "the",
    "this",
    "to",
    "too",
    "use",
    "user",
    "using",
    "value",
    "want",
    "was",
    "when",
    "will",
    "with",
    "you",
    "your",
    "bitte",
    "das",
    "der",
    "die",
    "ein",
    "ist",
    "nicht",
    "oder",
    "und",
    "el",
    "la",
    "le",
    "les",
];

/// How surprising a text is in which chance has chosen the letters, in eighths of a bit a character.
const RARE: i16 = 44;

/// Whether a text with spaces may be a password, and is no sentence: words that stand together by chance, or characters that do.
pub(crate) fn is_phrase(text: &[u8]) -> bool {
    if !text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        return false;
    }
    let words = || text.split(|byte| *byte == b' ');
    let count = words().count();
    if words().any(|word| word.is_empty() || is_one_of(word, &SENTENCES) || names_password(word)) {
        return false;
    }
    let is_plain = |word: &[u8]| {
        (3..=12).contains(&word.len())
            && word.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    (4..=10).contains(&count) && words().all(is_plain)
        || count <= 4 && text.len() >= 10 && text.iter().any(u8::is_ascii_digit) && rarity::of(text).0 >= RARE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, want) in [
            ("centipede", true),
            ("Secret", true),
            ("dragon!", true),
            ("Password", false),
            ("required", false),
            ("changeme", false),
            ("myPassword", false),
            ("getValue", false),
            ("two words", false),
            ("abc", false),
        ] {
            assert_eq!(is_word(b"ADMIN_PASSWORD", text.as_bytes()), want, "{text}");
        }
        assert!(!is_word(b"smtpPassword", b"smtp"));
    }

    #[test]
    fn phrases() {
        for (text, want) in [
            ("correct horse battery staple", true),
            ("plover71 gravel oats tin", true),
            ("enter your new password", false),
            ("passwort bitte hier eintragen", false),
            ("Passwort vergessen", false),
            ("two words", false),
            ("a  b  c  d", false),
            ("gh8! kzQ4#xv", true),
            ("mot de passe oubli\u{e9}", false),
        ] {
            assert_eq!(is_phrase(text.as_bytes()), want, "{text}");
        }
    }
}
