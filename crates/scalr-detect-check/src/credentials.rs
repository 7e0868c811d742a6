//! A user's name and password together: in an HTTP `Basic` header, in Docker's configuration, in a URL.

use crate::encoding::{base64_decode, base64url_decode};
use crate::{Details, Verdict, is_placeholder};

/// The user and password that base64 decodes to, of which one may be empty.
fn parts(secret: &[u8]) -> Result<(String, String), &'static str> {
    let bytes = base64_decode(secret).or_else(|| base64url_decode(secret)).ok_or("not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "does not decode to text")?;
    let (user, password) = text.split_once(':').ok_or("no colon in the decoded text")?;
    if text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
        return Err("does not decode to text");
    }
    Ok((user.to_owned(), password.to_owned()))
}

/// The user and password that base64 decodes to.
fn decode(secret: &[u8]) -> Result<(String, String), &'static str> {
    let (user, password) = parts(secret)?;
    if user.is_empty() || password.is_empty() {
        return Err("no user or no password");
    }
    if is_placeholder(password.as_bytes()) || is_variable(password.as_bytes()) || is_default(&user, &password)
    {
        return Err("the password is a placeholder");
    }
    Ok((user, password))
}

/// Base64 of `user:password`.
pub(crate) fn check(secret: &[u8]) -> Verdict {
    match decode(secret) {
        Ok(_) => Verdict::Holds,
        Err(reason) => Verdict::Rejected(reason),
    }
}

/// The same in a header, where a key may be sent as a user without a password or the other way round.
pub(crate) fn check_basic(secret: &[u8]) -> Verdict {
    let one = match parts(secret) {
        Ok((user, password)) if password.is_empty() => user,
        Ok((user, password)) if user.is_empty() => password,
        _ => return check(secret),
    };
    if is_placeholder(one.as_bytes()) || is_variable(one.as_bytes()) || is_default("", &one) {
        return Verdict::Rejected("a placeholder, and nothing else");
    }
    Verdict::Fails("a user without a password, or a password without a user")
}

/// `user`.
pub(crate) fn details(secret: &[u8], details: &mut Details) {
    if let Ok((user, _)) = decode(secret) {
        details.text("user", Some(user.into()));
    }
}

/// Names and passwords that servers come with or that manuals show.
fn is_default(user: &str, password: &str) -> bool {
    const WORDS: &[&str] = &[
        "pass",
        "passwd",
        "password",
        "pw",
        "pwd",
        "secret",
        "changeit",
        "test",
        "testing",
        "my-password",
        "my_password",
        "mypassword",
        "mypass",
        "dbpass",
        "dbpassword",
        "db_password",
        "pass123",
        "password1",
        "password123",
        "p@ssw0rd",
        "user",
        "username",
        "token",
        "apikey",
        "key",
        "foo",
        "bar",
        "baz",
        "foobar",
        "demo",
        "admin",
        "tiger",
    ];
    // The client in the examples of RFC 6749, and the user in those of RFC 7617.
    matches!(user, "s6BhdRkqt3" | "Aladdin")
        || user.eq_ignore_ascii_case(password)
        || WORDS.iter().any(|word| password.eq_ignore_ascii_case(word))
}

/// Whether a password is one that many choose, and not only the name of one.
fn is_guessed(password: &str) -> bool {
    const WORDS: [&str; 6] = ["secret", "admin", "pass123", "password1", "password123", "p@ssw0rd"];
    WORDS.iter().any(|word| password.eq_ignore_ascii_case(word))
}

/// Whether the text is filled in by a program: `$NAME`, `{name}`, `<name>`, `%s`, `:name`, `" + name`.
fn is_variable(text: &[u8]) -> bool {
    let name = |text: &[u8]| {
        !text.is_empty()
            && text.iter().all(|&byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
    };
    let inside = |open: u8, close: u8| {
        let at = text.iter().position(|&byte| byte == open);
        at.is_some_and(|at| text[at..].contains(&close))
    };
    let whole = match text {
        [b'$' | b':' | b'@', rest @ ..] => name(rest),
        [b'%', rest @ .., b'%'] => name(rest),
        _ => false,
    };
    let format = |pair: &[u8]| matches!(pair, b"%s" | b"%d" | b"%v" | b"%(" | b"${" | b"$(");
    whole
        || inside(b'{', b'}')
        || inside(b'<', b'>')
        || inside(b'[', b']')
        || text.windows(2).any(format)
        || text.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'`' | b' '))
}

/// What stands for a password in examples, by name.
const NAMES: [&str; 12] = [
    "pass",
    "passwd",
    "password",
    "pw",
    "pwd",
    "my-password",
    "my_password",
    "mypassword",
    "mypass",
    "user",
    "username",
    "token",
];

/// A password on a command line, or in the place of one in a call.
pub(crate) fn check_password(secret: &[u8]) -> Verdict {
    match secret {
        [] => Verdict::Rejected("no password"),
        [b'-' | b'/' | b'~' | b'@', ..] | [b'.', b'/', ..] => Verdict::Rejected("an option or a path"),
        _ if is_variable(secret) => Verdict::Rejected("the password is a placeholder"),
        _ if NAMES.iter().any(|name| secret.eq_ignore_ascii_case(name.as_bytes())) => {
            Verdict::Rejected("the password is a placeholder")
        }
        _ if is_default("", &String::from_utf8_lossy(secret)) => Verdict::Fails("a password that many use"),
        _ if is_placeholder(secret) => Verdict::Rejected("the password is a placeholder"),
        _ => Verdict::Unknown,
    }
}

/// The parts of a URL with credentials.
struct Url<'s> {
    scheme: &'s [u8],
    user: &'s [u8],
    password: &'s [u8],
    host: &'s [u8],
}

impl<'s> Url<'s> {
    fn parse(url: &'s [u8]) -> Option<Url<'s>> {
        let colon = url.windows(3).position(|window| window == b"://")?;
        let (scheme, rest) = (&url[..colon], &url[colon + 3..]);
        let named = scheme.first()?.is_ascii_alphabetic()
            && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte));
        // The authority ends at the path; where there is no `@` before that, the password holds a `/` as it is.
        let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
        let at = rest[..end]
            .iter()
            .rposition(|&byte| byte == b'@')
            .or_else(|| rest.iter().rposition(|&byte| byte == b'@'))?;
        let (login, host) = (&rest[..at], &rest[at + 1..]);
        let colon = login.iter().position(|&byte| byte == b':')?;
        let end =
            host.iter().position(|byte| b"/?#:,".contains(byte) && host[0] != b'[').unwrap_or(host.len());
        let end =
            if host.first() == Some(&b'[') { host.iter().position(|&byte| byte == b']')? + 1 } else { end };
        named.then_some(Url {
            scheme,
            user: &login[..colon],
            password: &login[colon + 1..],
            host: &host[..end],
        })
    }

    fn judge(&self) -> Verdict {
        let Url { user, password, host, .. } = *self;
        if password.is_empty() {
            return Verdict::Rejected("no password");
        }
        let text = String::from_utf8_lossy(password);
        let is_nowhere = host.is_empty() || is_variable(host) && host[0] != b'[' || is_local(host);
        if is_guessed(&text) && !user.eq_ignore_ascii_case(password) && !is_nowhere {
            return Verdict::Fails("a password that many use");
        }
        if is_placeholder(password) || is_variable(password) {
            return Verdict::Rejected("the password is a placeholder");
        }
        if is_default(&String::from_utf8_lossy(user), &text) {
            return Verdict::Rejected("the password is a default one");
        }
        if host.is_empty() {
            return Verdict::Rejected("no host");
        }
        if is_nowhere {
            return Verdict::Fails("its host is this machine, an example or a variable");
        }
        Verdict::Unknown
    }
}

/// Hosts that nobody else can reach, and those reserved for examples (RFC 2606, RFC 6761).
fn is_local(host: &[u8]) -> bool {
    const NAMES: &[&str] =
        &["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal", "host", "hostname"];
    const ENDS: &[&str] = &[
        ".localhost",
        ".local",
        ".test",
        ".example",
        ".invalid",
        "example.com",
        "example.org",
        "example.net",
    ];
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    NAMES.contains(&&*host) || ENDS.iter().any(|end| host.ends_with(end))
}

/// `scheme://user:password@host…`; the user may be empty. [`Verdict::Fails`] for local and example hosts.
pub(crate) fn check_url(secret: &[u8]) -> Verdict {
    Url::parse(secret).map_or(Verdict::Rejected("not a URL with user and password"), |url| url.judge())
}

/// `scheme`, `user`, `host`.
pub(crate) fn details_url(secret: &[u8], details: &mut Details) {
    if let Some(url) = Url::parse(secret) {
        for (name, value) in [("scheme", url.scheme), ("user", url.user), ("host", url.host)] {
            details.text(name, Some(String::from_utf8_lossy(value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;
    use crate::encoding::base64_encode;

    fn letter(verdict: Verdict) -> char {
        match verdict {
            Verdict::Holds => 'H',
            Verdict::Unknown => 'U',
            Verdict::Fails(_) => 'F',
            Verdict::Rejected(_) => 'R',
        }
    }

    #[test]
    fn basic() {
        for (text, want) in [
            ("deploy:x7Gq0aTz", 'H'),
            ("a:b:c1d2", 'H'),
            ("user:päss9w0rt", 'H'),
            ("deploy:", 'F'),
            (":x7Gq0aTz", 'F'),
            (":", 'R'),
            ("user:", 'R'),
            ("<key>:", 'R'),
            ("xxxxxxxx:", 'R'),
            ("deploy\u{7}:", 'R'),
            ("deploy", 'R'),
            ("user:password", 'R'),
            ("guest:guest", 'R'),
            ("a:\u{7}x7Gq0aTz", 'R'),
            ("user:${PASSWORD}", 'R'),
            ("user:xxxxxxxx", 'R'),
        ] {
            let token = base64_encode(text.as_bytes());
            assert_eq!(letter(Check::BasicAuth.run(token.as_bytes())), want, "{text}");
            // Only a header is sent as it is: what Docker keeps is read by Docker, which wants both.
            let want = if want == 'F' { 'R' } else { want };
            assert_eq!(letter(Check::DockerAuth.run(token.as_bytes())), want, "{text}");
        }
        assert!(matches!(Check::BasicAuth.run(b"x7Gq0aTzLw2mNp4R"), Verdict::Rejected(_)));
        let token = base64_encode(b"deploy:x7Gq0aTz");
        assert_eq!(
            Check::BasicAuth.details(token.as_bytes()).iter().collect::<Vec<_>>(),
            [("user", "deploy")]
        );
    }

    #[test]
    fn passwords() {
        for (password, want) in [
            ("Tr0ub4dor", 'U'),
            ("elastic$1", 'U'),
            ("password", 'R'),
            ("P@ssw0rd", 'F'),
            ("tiger", 'F'),
            ("", 'R'),
            ("--host", 'R'),
            ("/run/secrets/db", 'R'),
            ("./password.txt", 'R'),
            ("@password.txt", 'R'),
            ("$PASSWORD", 'R'),
            ("${PASSWORD}", 'R'),
            ("%PASSWORD%", 'R'),
            ("<password>", 'R'),
            ("your-password", 'R'),
            ("xxxxxxxx", 'R'),
            ("\"$PW\"", 'R'),
        ] {
            assert_eq!(letter(Check::Password.run(password.as_bytes())), want, "{password}");
        }
    }

    #[test]
    fn urls() {
        let password = ["x7Gq", "0aTz"].concat();
        for (url, want, facts) in [
            (
                format!("postgres://app:{password}@db.acme.io:5432/app"),
                'U',
                ["postgres", "app", "db.acme.io"],
            ),
            (format!("redis://:{password}@10.1.2.3:6379/0"), 'U', ["redis", "", "10.1.2.3"]),
            (
                format!("mongodb+srv://u:{password}@c0.ab.mongodb.net/?x=a@b"),
                'U',
                ["mongodb+srv", "u", "c0.ab.mongodb.net"],
            ),
            (format!("https://u:a/{password}@acme.io/x"), 'U', ["https", "u", "acme.io"]),
            (format!("https://u:{password}@[2001:db8::1]:80/"), 'U', ["https", "u", "[2001:db8::1]"]),
            (format!("amqp://u:p@{password}@acme.io"), 'U', ["amqp", "u", "acme.io"]),
            (format!("postgres://app:{password}@localhost/app"), 'F', ["postgres", "app", "localhost"]),
            (format!("postgres://app:{password}@db/app"), 'U', ["postgres", "app", "db"]),
            (format!("https://app:{password}@api.example.com"), 'F', ["https", "app", "api.example.com"]),
            (format!("https://app:{password}@${{HOST}}/x"), 'F', ["https", "app", "${HOST}"]),
            (format!("postgres://app:{password}@"), 'R', ["", "", ""]),
        ] {
            let verdict = Check::UrlCredentials.run(url.as_bytes());
            assert_eq!(letter(verdict), want, "{url} {verdict:?}");
            if want != 'R' {
                let details = Check::UrlCredentials.details(url.as_bytes());
                assert_eq!(
                    ["scheme", "user", "host"].map(|name| details.get(name).unwrap_or("")),
                    facts,
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn placeholders_in_urls() {
        for password in [
            "password",
            "pass",
            "",
            "${PASS}",
            "$DB_PASS",
            "$pass",
            "{{ pass }}",
            "{pass}",
            "{}",
            "<password>",
            "%s",
            "%(pass)s",
            "[password]",
            "app",
            "***",
            "xxxxxxxx",
            "%PASS%",
            ":password",
            "changeme",
            "your-password",
            "$(cat x)",
            "\" + pass + \"",
            "PASSWORD",
            "......",
        ] {
            let url = format!("postgres://app:{password}@db.acme.io/app");
            let verdict = Check::UrlCredentials.run(url.as_bytes());
            assert!(matches!(verdict, Verdict::Rejected(_)), "{url} {verdict:?}");
        }
        // What many choose opens something, unless the host is of an example.
        for (url, want) in [
            ("ftp://upload:secret@files.acme.io", 'F'),
            ("ftp://admin:admin@files.acme.io", 'R'),
            ("ftp://upload:secret@files.example.com", 'R'),
            ("ftp://upload:secret@localhost", 'R'),
        ] {
            assert_eq!(letter(Check::UrlCredentials.run(url.as_bytes())), want, "{url}");
        }
        for url in [
            "https://acme.io/a@b",
            "https://user@acme.io",
            "mailto:a@b.c",
            "://a:x7Gq0aTz@b.io",
            "a b://c:d@e",
            "",
        ] {
            assert!(matches!(Check::UrlCredentials.run(url.as_bytes()), Verdict::Rejected(_)), "{url}");
        }
    }
}
