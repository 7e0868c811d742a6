//! Tokens that end in a CRC-32 of what comes before.
//!
//! GitHub introduced the idea in 2021: a scanner can tell a token from a look-alike without asking anyone. The schemes
//! differ in what is covered (with or without the prefix) and in how the 32 bits are written. Only GitHub, npm, Grafana
//! and GitLab publish theirs, in documents or source; there a wrong checksum is evidence. The rest was found by looking
//! at tokens, so a wrong checksum there says nothing.

use crate::crc::{crc32, crc32_base62};
use crate::encoding::{
    base36_2, base36_7, base62_6_lower_first, base64_encode, base64url_decode, hex_8, hex_8_upper,
};
use crate::{Check, Details, Verdict, jwt};

/// One way to end a token in a checksum.
struct Scheme {
    prefixes: &'static [&'static str],
    /// How long whole tokens are.
    lengths: &'static [usize],
    /// Characters of the checksum.
    digits: usize,
    /// Whether the vendor publishes the algorithm.
    published: bool,
    /// The checksum that completes the text (all of the token that comes before it).
    sum: fn(&[u8]) -> Vec<u8>,
}

/// What comes after the first or last `_`.
fn after_first(text: &[u8]) -> &[u8] {
    text.iter().position(|&byte| byte == b'_').map_or(text, |at| &text[at + 1..])
}

fn after_last(text: &[u8]) -> &[u8] {
    text.iter().rposition(|&byte| byte == b'_').map_or(text, |at| &text[at + 1..])
}

fn without_underscore(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"_").unwrap_or(text)
}

fn scheme(check: Check) -> Option<Scheme> {
    Some(match check {
        Check::Apify => Scheme {
            prefixes: &["apify_api_"],
            lengths: &[46],
            digits: 6,
            published: false,
            sum: |text| base62_6_lower_first(crc32(text)).to_vec(),
        },
        Check::Atlassian => Scheme {
            prefixes: &["ATATT", "ATCTT", "ATBB"],
            lengths: &[],
            digits: 8,
            published: false,
            sum: |text| hex_8_upper(crc32(text)).to_vec(),
        },
        Check::Canva => Scheme {
            prefixes: &["cnvca"],
            lengths: &[56],
            digits: 8,
            published: false,
            sum: |text| hex_8(crc32(text)).to_vec(),
        },
        Check::Cloudflare => Scheme {
            prefixes: &["cfk_", "cfut_", "cfat_"],
            lengths: &[52, 53],
            digits: 8,
            published: false,
            sum: |text| hex_8(crc32(after_first(text))).to_vec(),
        },
        Check::Confluent => Scheme {
            prefixes: &["cflt"],
            lengths: &[64],
            digits: 6,
            published: false,
            sum: |text| {
                let body = text.strip_prefix(b"cflt").unwrap_or(text);
                base64_encode(&crc32(body).to_le_bytes()).into_bytes()[..6].to_vec()
            },
        },
        Check::Github => Scheme {
            prefixes: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
            lengths: &[40, 80],
            digits: 6,
            published: true,
            sum: |text| crc32_base62(after_first(text)).to_vec(),
        },
        Check::GrafanaServiceAccount => Scheme {
            prefixes: &["glsa_"],
            lengths: &[46],
            digits: 8,
            published: true,
            sum: |text| hex_8(crc32(without_underscore(text)).swap_bytes()).to_vec(),
        },
        Check::Npm => Scheme {
            prefixes: &["npm_"],
            lengths: &[40],
            digits: 6,
            published: true,
            sum: |text| crc32_base62(after_first(text)).to_vec(),
        },
        Check::Salad => Scheme {
            prefixes: &["salad_cloud_user_", "salad_cloud_org_"],
            lengths: &[],
            digits: 6,
            published: false,
            sum: |text| crc32_base62(after_last(text)).to_vec(),
        },
        Check::Vercel => Scheme {
            prefixes: &["vcp_", "vci_", "vca_", "vcr_", "vck_"],
            lengths: &[60],
            digits: 6,
            published: false,
            sum: |text| crc32_base62(after_first(text)).to_vec(),
        },
        Check::Wandb => Scheme {
            prefixes: &["wandb_v1_"],
            lengths: &[86],
            digits: 6,
            published: false,
            sum: |text| crc32_base62(text).to_vec(),
        },
        Check::Zuplo => Scheme {
            prefixes: &["zpka_"],
            lengths: &[46],
            digits: 8,
            published: false,
            sum: |text| hex_8(crc32(after_first(without_underscore(text)))).to_vec(),
        },
        _ => return None,
    })
}

/// The characters that complete a token of that check: `before` is all of the token up to its checksum. `None` if the
/// check is not one of a token that ends in a CRC-32.
pub fn complete(check: Check, before: &[u8]) -> Option<Vec<u8>> {
    match check {
        Check::GitlabRoutable => Some(base36_7(crc32(before)).to_vec()),
        _ => scheme(check).map(|scheme| (scheme.sum)(before)),
    }
}

/// [`Verdict::Rejected`] on a wrong prefix or length, else by the checksum.
pub(crate) fn check(check: Check, secret: &[u8]) -> Verdict {
    let Some(scheme) = scheme(check) else { return Verdict::Unknown };
    if !scheme.prefixes.iter().any(|prefix| secret.starts_with(prefix.as_bytes())) {
        return Verdict::Rejected("unknown prefix");
    }
    let fits = scheme.lengths.is_empty() || scheme.lengths.contains(&secret.len());
    let Some(at) = secret.len().checked_sub(scheme.digits).filter(|&at| at >= 16 && fits) else {
        return Verdict::Rejected("wrong length");
    };
    let (before, sum) = secret.split_at(at);
    if (scheme.sum)(before) == sum {
        Verdict::Holds
    } else if scheme.published {
        Verdict::Fails("checksum does not match")
    } else {
        Verdict::Unknown
    }
}

/// GitHub's tokens: beside those with a checksum, the fine-grained ones have none that is known, and installation tokens
/// of the newest form are `ghs_`, the number of the app, `_` and a JWT.
pub(crate) fn github(secret: &[u8]) -> Verdict {
    if let Some(token) = github_jwt(secret) {
        return match jwt::check(token) {
            Verdict::Rejected(reason) => Verdict::Fails(reason),
            other => other,
        };
    }
    if secret.starts_with(b"github_pat_") {
        return if secret.len() == 93 { Verdict::Unknown } else { Verdict::Rejected("wrong length") };
    }
    check(Check::Github, secret)
}

/// The JWT in a stateless installation token.
fn github_jwt(secret: &[u8]) -> Option<&[u8]> {
    let rest = secret.strip_prefix(b"ghs_")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b"_").filter(|_| digits > 0)
}

/// Those of the JWT in a stateless token.
pub(crate) fn github_details(secret: &[u8], details: &mut Details) {
    if let Some(token) = github_jwt(secret) {
        jwt::details(token, details);
    }
}

/// GitLab's routable tokens: prefix, base64url of the payload, `.`, perhaps a version and `.`, the payload's length in
/// base64 (2 digits in base36), CRC-32 of all before it (7 digits in base36).
pub(crate) fn gitlab_routable(secret: &[u8]) -> Verdict {
    let Some(at) = secret.len().checked_sub(7) else { return Verdict::Rejected("wrong length") };
    let (before, sum) = secret.split_at(at);
    if gitlab_payload(before).is_none() {
        return Verdict::Rejected("not the parts of a routable token");
    }
    if base36_7(crc32(before)) == sum { Verdict::Holds } else { Verdict::Fails("checksum does not match") }
}

/// The payload's text, when its length is as written at the end of `before`.
fn gitlab_payload(before: &[u8]) -> Option<&[u8]> {
    let (rest, length) = before.split_at_checked(before.len().checked_sub(2)?)?;
    let rest = rest.strip_suffix(b".")?;
    let rest = match rest.len().checked_sub(3).map(|at| &rest[at..]) {
        Some([b'.', version @ ..]) if version.iter().all(u8::is_ascii_digit) => &rest[..rest.len() - 3],
        _ => rest,
    };
    // The prefix ends in a hyphen and the payload may hold some, so it is found by its length.
    let mut len = 0;
    for &digit in length {
        len = len * 36 + (digit as char).to_digit(36)? as usize;
    }
    let payload = &rest[rest.len().checked_sub(len).filter(|&at| at > 0)?..];
    (base36_2(len as u32) == length && len >= 24).then_some(payload)
}

/// `organization`, `group`, `project`, `user`, `cell`, `topology`: the ids (base36) that route the token.
pub(crate) fn gitlab_details(secret: &[u8], details: &mut Details) {
    let Some(at) = secret.len().checked_sub(7) else { return };
    let Some(bytes) = gitlab_payload(&secret[..at]).and_then(base64url_decode) else { return };
    let Some((&len, bytes)) = bytes.split_last() else { return };
    let Some(lines) = bytes.len().checked_sub(len as usize).filter(|&at| at >= 16).map(|at| &bytes[at..])
    else {
        return;
    };
    for line in lines.split(|&byte| byte == b'\n') {
        let name = match line {
            [b'c', b':', ..] => "cell",
            [b'g', b':', ..] => "group",
            [b'o', b':', ..] => "organization",
            [b'p', b':', ..] => "project",
            [b't', b':', ..] => "topology",
            [b'u', b':', ..] => "user",
            _ => continue,
        };
        if line[2..].iter().all(u8::is_ascii_alphanumeric) {
            details.text(name, Some(String::from_utf8_lossy(&line[2..])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made-up tokens in parts; each checksum was computed by hand with another implementation.
    #[test]
    fn worked_examples() {
        let body = "7KWyWfty6uEvcdZQoaZrknnVmnbSF0";
        for (check, parts) in [
            (Check::Github, ["ghp_", body, "4CgfKc"]),
            (Check::Github, ["gho_", body, "4CgfKc"]),
            (Check::Npm, ["npm_", body, "4CgfKc"]),
            (Check::Vercel, ["vcp_", "d57Iq6S0qvhVhKDPGMxMpOlWe4kL5ZYIIT9ufjjaJ1sjNNTR5P", "1fAe1r"]),
            (
                Check::Wandb,
                [
                    "wandb_v1_",
                    "vbZVt7RWpmtcuVPwXGsQaxUWXp1aEn8q3zjXug6jdRU9UuEsu7eiThUjxzYGZPgJZpfWiUp",
                    "2iTb9i",
                ],
            ),
            (Check::Apify, ["apify_api_", "uPRCIrH029fuczTpXxVNwCGiVTWnqV", "0DfQsx"]),
            (Check::Salad, ["salad_cloud_user_", "pRZgw2rIKTwp6SijozWGSxzBzRrkUy4fHvVN6ClsQ", "3AtnD3"]),
            (Check::Cloudflare, ["cfut_", "9Sw050SbYxr5doCF7d2mYzHgmeM90KgbanxytVik", "9a527524"]),
            (Check::Canva, ["cnvca", "y8YEUb8zcuiWI5QgAx8oowbJWQOp9XpCO0z6Ou43rMf", "7f49e502"]),
            (Check::Zuplo, ["zpka_", "b00fa9ea3fe546dae72c16511e6f0464_", "4e5fd657"]),
            (Check::GrafanaServiceAccount, ["glsa_", "AgsBOHRYQt5OJBMBGTVnqQITBKXUS7Xo_", "c177d5c1"]),
            (Check::GitlabRoutable, ["glpat-", "jDBtdgIv6KnQXQ20ULRuOGM6MQpvOjEKdToyaww.01.13", "1gjoktd"]),
            (Check::Atlassian, ["ATBB", "LZGJ2lbgoCAvIIYIM8OCle0s", "13B4BA32"]),
            (Check::Confluent, ["cflt", "zsjL3MeIK3E0l8lcRJVGDf+D9mXcFiy/FVjwiA8B/dXSLftgf/peMP", "MkXj/A"]),
        ] {
            let published = matches!(check, Check::GitlabRoutable) || scheme(check).unwrap().published;
            let token = parts.concat();
            assert_eq!(check.run(token.as_bytes()), Verdict::Holds, "{}", check.name());
            assert_eq!(
                complete(check, [parts[0], parts[1]].concat().as_bytes()).unwrap(),
                parts[2].as_bytes()
            );
            // One character changed.
            let at = parts[0].len() + 3;
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let want = if published { Verdict::Fails("checksum does not match") } else { Verdict::Unknown };
            assert_eq!(check.run(&other), want, "{}", check.name());
            let other = format!("x{token}");
            assert!(!matches!(check.run(other.as_bytes()), Verdict::Holds), "{}", check.name());
        }
    }

    #[test]
    fn gitlab_routing() {
        let token = ["glpat-", "jDBtdgIv6KnQXQ20ULRuOGM6MQpvOjEKdToyaww.01.13", "1gjoktd"].concat();
        let facts = Check::GitlabRoutable.details(token.as_bytes());
        let facts: Vec<_> = facts.iter().collect();
        assert_eq!(facts, [("cell", "1"), ("organization", "1"), ("user", "2k")]);
    }

    #[test]
    fn other_github_forms() {
        let pat = ["github_pat_", &"Ab3".repeat(7), "C_", &"xY9".repeat(19), "zq"].concat();
        assert_eq!(Check::Github.run(pat.as_bytes()), Verdict::Unknown);
        assert!(matches!(Check::Github.run(&pat.as_bytes()[1..]), Verdict::Rejected(_)));
        let random = &mut crate::testing::Random::new(21);
        let jwt = jwt::tests::token(r#"{"alg":"RS256"}"#, r#"{"iss":"github"}"#, 256, random);
        let token = [b"ghs_12345_", &jwt[..]].concat();
        assert_eq!(Check::Github.run(&token), Verdict::Holds);
        assert_eq!(Check::Github.details(&token).get("issuer"), Some("github"));
        assert!(matches!(Check::Github.run(&token[..60]), Verdict::Fails(_)));
        assert!(matches!(Check::Github.run(b"ghs__eyJ"), Verdict::Rejected(_)));
    }
}
