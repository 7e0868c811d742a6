//! Passwords that are guessed: those that many use, and words with a little behind them.

use crate::rarity;

/// What people choose, and what servers come with.
const COMMON: [&str; 40] = [
    "admin",
    "changeit",
    "changeme",
    "default",
    "demo",
    "dragon",
    "foobar",
    "guest",
    "hello",
    "iloveyou",
    "letmein",
    "login",
    "master",
    "minioadmin",
    "monkey",
    "mysql",
    "nopass",
    "oracle",
    "pass",
    "passw0rd",
    "passwd",
    "password",
    "postgres",
    "princess",
    "public",
    "qwerty",
    "qwertyuiop",
    "rabbitmq",
    "redis",
    "root",
    "secret",
    "shadow",
    "sunshine",
    "superman",
    "test",
    "tiger",
    "toor",
    "user",
    "vagrant",
    "welcome",
];

/// Less than this many bytes are tried one after the other.
const SHORT: usize = 8;

/// As rare as the letters of text are, in eighths of a bit a letter.
pub(crate) const TEXT: i16 = 40;

/// Whether a password is guessed by whoever tries: it is short, one that many use, all digits, or a word of a language with at
/// most six digits or signs around it, some of its letters perhaps written as digits and signs.
pub fn is_weak(password: &[u8]) -> bool {
    if password.len() < SHORT {
        return true;
    }
    let letters: Vec<u8> = password
        .iter()
        .map(|byte| match byte {
            b'@' => b'a',
            b'0' => b'o',
            b'1' | b'!' => b'i',
            b'3' => b'e',
            b'$' | b'5' => b's',
            byte => byte.to_ascii_lowercase(),
        })
        .collect();
    let edge = |byte: &&u8| !byte.is_ascii_alphabetic();
    let (before, behind) =
        (password.iter().take_while(edge).count(), password.iter().rev().take_while(edge).count());
    if before == password.len() {
        return password.iter().all(u8::is_ascii_digit);
    }
    let word = &letters[before..letters.len() - behind];
    let is_common = |word: &[u8]| COMMON.iter().any(|common| common.as_bytes() == word);
    is_common(&letters)
        || is_common(word)
        || before + behind <= 6 && word.iter().all(u8::is_ascii_lowercase) && rarity::of(word).0 < TEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_is_weak() {
        let weak = [
            "x7Gq",
            "password",
            "P@ssw0rd",
            "Passw0rd!",
            "letmein2024",
            "12345678",
            "summertime1",
            "Welcome1!",
            "Summer2024!",
        ];
        let strong = ["x7Gq0aTz", "zkqvjxwy", "tr0ub4dor-x9Lq", "8d7fkq2mwx41", "hJ7$kd92!x"];
        for password in weak {
            assert!(is_weak(password.as_bytes()), "{password}");
        }
        for password in strong {
            assert!(!is_weak(password.as_bytes()), "{password}");
        }
    }
}
