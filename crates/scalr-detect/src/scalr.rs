//! The account host of a Scalr token, where it stands in the text around.
//!
//! Scalr tokens say whose they are, but most do not say on which host they are valid. Wherever a token is configured,
//! the host stands beside it: in the same block, the same JSON object, the name of the variable, or the URL.

use crate::context::ends_escape;
use std::ops::Range;

/// How far around a token its host is looked for, in bytes.
const AROUND: usize = 400;

/// The host that belongs to the token at `span`: the nearest around it.
pub(crate) fn host_near(haystack: &[u8], span: Range<usize>) -> Option<String> {
    let start = span.start.saturating_sub(AROUND);
    let end = haystack.len().min(span.end + AROUND);
    let (before, behind) = (&haystack[start..span.start], &haystack[span.end..end]);
    let nearest_before = hosts(before).last().map(|(host, at)| (before.len() - at, host));
    let nearest_behind = hosts(behind).next().map(|(host, at)| (at, host));
    let nearest =
        [nearest_before, nearest_behind].into_iter().flatten().min_by_key(|(distance, _)| *distance);
    nearest.map(|(_, host)| host)
}

/// The hosts in a text, with the offsets at which they start.
fn hosts(text: &[u8]) -> impl Iterator<Item = (String, usize)> {
    words(text).filter_map(|(word, at)| {
        let word = std::str::from_utf8(word).ok()?.to_ascii_lowercase();
        let host = from_variable(&word).or_else(|| {
            let named = text[..at].to_ascii_lowercase();
            let named = ["hostname", "host", "address", "credentials", "url"]
                .iter()
                .any(|name| follows(&named, name));
            (is_scalr_host(&word) || named && is_host(&word)).then(|| word.clone())
        })?;
        Some((host, at))
    })
}

/// Stretches of characters that host names and names of variables are made of, without the letters of an escape
/// sequence right before them and the dot of a sentence behind.
fn words(text: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let is = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().take_while(|byte| !is(**byte)).count();
        let mut start = at;
        at += text[at..].iter().take_while(|byte| is(**byte)).count();
        if start == at {
            return None;
        }
        // \n, %2F, %252F, \x22, \u0022, ESC [32m.
        if start > 0 && matches!(text[start - 1], b'\\' | b'%' | b'[' | b';') {
            start += (1..=5).rev().find(|n| start + n <= at && ends_escape(text, start + n)).unwrap_or(0);
        }
        let end = at - text[start..at].iter().rev().take_while(|byte| **byte == b'.').count();
        Some((&text[start..end], start))
    })
}

/// The host in the name of a variable for Terraform: `TF_TOKEN_my__account_scalr_io` is for `my-account.scalr.io`.
fn from_variable(word: &str) -> Option<String> {
    let host = word.strip_prefix("tf_token_")?.replace("__", "-").replace('_', ".");
    is_host(&host).then_some(host)
}

fn is_scalr_host(word: &str) -> bool {
    const DOMAINS: [&str; 4] = ["scalr.io", "scalr.com", "scalr.dev", "scalr-labs.net"];
    let account = DOMAINS.iter().find_map(|domain| word.strip_suffix(domain)?.strip_suffix('.'));
    account.is_some_and(|account| {
        let first = account.split('.').next().unwrap_or_default();
        !matches!(first, "docs" | "registry" | "www" | "status" | "") && is_host(word)
    })
}

fn is_host(word: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = word.rsplit('.').next().unwrap_or_default();
    word.len() < 254
        && word.contains('.')
        && word.split('.').all(label)
        && last.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether what follows the text is a value that is called `name`, as in `hostname = "` or `"host":"https://`.
fn follows(text: &[u8], name: &str) -> bool {
    let strip = |text: &[u8], is: fn(u8) -> bool| -> usize {
        text.len() - text.iter().rev().take_while(|byte| is(**byte)).count()
    };
    let end = strip(text, |byte| matches!(byte, b'"' | b'\'' | b'=' | b':' | b'/' | b'\\' | b' ' | b'\t'));
    let text = &text[..end];
    let text = text.strip_suffix(b"https").or_else(|| text.strip_suffix(b"http")).unwrap_or(text);
    let end = strip(text, |byte| matches!(byte, b'"' | b'\'' | b'=' | b':' | b'\\' | b' ' | b'\t'));
    text[..end].ends_with(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_in_every_place() {
        let cases = [
            (
                "provider \"scalr\" {\n  hostname = \"acme.scalr.io\"\n  token = \"@\"\n}",
                Some("acme.scalr.io"),
            ),
            (
                "provider \"scalr\" {\n  token = \"@\"\n  hostname = \"acme.scalr.io\"\n}",
                Some("acme.scalr.io"),
            ),
            ("hostname = \"tofu.example.com\"\ntoken = \"@\"", Some("tofu.example.com")),
            ("credentials \"acme.scalr.io\" { token = \"@\" }", Some("acme.scalr.io")),
            ("{\"credentials\":{\"acme.main.scalr.dev\":{\"token\":\"@\"}}}", Some("acme.main.scalr.dev")),
            ("export TF_TOKEN_my__acct_scalr_io=@", Some("my-acct.scalr.io")),
            ("SCALR_ADDRESS=https://scalr.example.org\nSCALR_TOKEN=@", Some("scalr.example.org")),
            (
                "curl -H 'Authorization: Bearer @' https://acme.scalr.io/api/iacp/v3/accounts",
                Some("acme.scalr.io"),
            ),
            ("next=https%3A%2F%2Facme.scalr.io%2F%3Ftoken%3D@", Some("acme.scalr.io")),
            ("{\\\"env\\\":\\\"A=1\\nTF_TOKEN_acme_scalr_io=@", Some("acme.scalr.io")),
            (
                "\\u0022host\\u0022:\\u0022acme.scalr.io\\u0022,\\u0022token\\u0022:\\u0022@",
                Some("acme.scalr.io"),
            ),
            ("\x1b[1;32macme.scalr.io\x1b[0m @", Some("acme.scalr.io")),
            ("use @ on acme.scalr.io.", Some("acme.scalr.io")),
            ("see docs.scalr.io and registry.scalr.io: @", None),
            ("module.example.token = @", None),
            ("@", None),
        ];
        for (text, host) in cases {
            let at = text.find('@').unwrap();
            assert_eq!(host_near(text.as_bytes(), at..at + 1).as_deref(), host, "{text}");
        }
    }
}
