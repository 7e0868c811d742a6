//! Tokens that are, or hold, base64 of a known text: JSON with the issuer's members, or words and an id. Nothing decodes to
//! these by chance, and most say whose the token is.

use crate::encoding::{base64_decode, base64url_decode};
use crate::json::Object;
use crate::{Details, Verdict, time};

/// Longest text that is decoded.
const MAX_LEN: usize = 64 << 10;

/// Base64 in either alphabet.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_LEN {
        return None;
    }
    base64_decode(text).or_else(|| base64url_decode(text))
}

/// How the JSON of a token is found and recognised.
struct Json {
    prefix: &'static [u8],
    /// Members that must be there.
    members: &'static [&'static str],
    /// Details to give: name, member.
    facts: &'static [(&'static str, &'static str)],
}

const GRAFANA_CLOUD: Json =
    Json { prefix: b"glc_", members: &["o", "n", "k"], facts: &[("organization", "o"), ("name", "n")] };
const GRAFANA_KEY: Json = Json { prefix: b"", members: &["k", "n", "id"], facts: &[("name", "n")] };
const SENTRY: Json =
    Json { prefix: b"sntrys_", members: &["url", "org"], facts: &[("organization", "org"), ("host", "url")] };
const ONEPASSWORD: Json = Json {
    prefix: b"ops_",
    members: &["signInAddress", "email", "muk"],
    facts: &[("account", "email"), ("host", "signInAddress")],
};
const MAPBOX: Json = Json { prefix: b"", members: &["u", "a"], facts: &[("user", "u"), ("token-id", "a")] };

impl Json {
    fn bytes(&self, secret: &[u8]) -> Option<Vec<u8>> {
        decode(secret.strip_prefix(self.prefix)?)
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        Object::parse(bytes).is_some_and(|object| self.members.iter().all(|name| object.get(name).is_some()))
    }

    /// [`Verdict::Fails`] if the prefix says what it should be and the rest does not.
    fn check(&self, secret: &[u8]) -> Verdict {
        if !secret.starts_with(self.prefix) {
            return Verdict::Rejected("unknown prefix");
        }
        match self.bytes(secret) {
            Some(bytes) if self.holds(&bytes) => Verdict::Holds,
            _ if self.prefix.is_empty() => Verdict::Rejected("does not decode to the known members"),
            _ => Verdict::Fails("does not decode to the known members"),
        }
    }

    fn details(&self, secret: &[u8], details: &mut Details) {
        let Some(bytes) = self.bytes(secret) else { return };
        let Some(object) = Object::parse(&bytes) else { return };
        for &(name, member) in self.facts {
            details.text(name, object.string(member));
        }
    }
}

pub(crate) fn check_grafana_cloud(secret: &[u8]) -> Verdict {
    GRAFANA_CLOUD.check(secret)
}

/// `organization`, `name`, `region`.
pub(crate) fn details_grafana_cloud(secret: &[u8], details: &mut Details) {
    GRAFANA_CLOUD.details(secret, details);
    let Some(bytes) = GRAFANA_CLOUD.bytes(secret) else { return };
    let region =
        Object::parse(&bytes).and_then(|object| object.object("m")).and_then(|meta| meta.string("r"));
    details.text("region", region);
}

pub(crate) fn check_grafana_key(secret: &[u8]) -> Verdict {
    GRAFANA_KEY.check(secret)
}

/// `name`, `organization` (a number).
pub(crate) fn details_grafana_key(secret: &[u8], details: &mut Details) {
    GRAFANA_KEY.details(secret, details);
    let Some(bytes) = GRAFANA_KEY.bytes(secret) else { return };
    if let Some(id) = Object::parse(&bytes).and_then(|object| object.integer("id")) {
        details.push("organization", id.to_string());
    }
}

/// A token of `_`-separated payload and 43 characters of base64.
fn sentry_payload(secret: &[u8]) -> Option<&[u8]> {
    let at = secret.iter().rposition(|&byte| byte == b'_')?;
    base64_decode(&secret[at + 1..]).filter(|bytes| bytes.len() == 32)?;
    Some(&secret[..at])
}

pub(crate) fn check_sentry(secret: &[u8]) -> Verdict {
    match sentry_payload(secret) {
        Some(payload) => SENTRY.check(payload),
        None if secret.starts_with(SENTRY.prefix) => Verdict::Fails("does not end in 32 bytes"),
        None => Verdict::Rejected("unknown prefix"),
    }
}

/// `organization`, `host` (a URL).
pub(crate) fn details_sentry(secret: &[u8], details: &mut Details) {
    if let Some(payload) = sentry_payload(secret) {
        SENTRY.details(payload, details);
    }
}

pub(crate) fn check_onepassword(secret: &[u8]) -> Verdict {
    ONEPASSWORD.check(secret)
}

/// `account` (an address), `host`.
pub(crate) fn details_onepassword(secret: &[u8], details: &mut Details) {
    ONEPASSWORD.details(secret, details);
}

/// `sk.`, `pk.` or `tk.`, base64url JSON, `.`, signature. Gives the middle.
fn mapbox_payload(secret: &[u8]) -> Option<&[u8]> {
    let rest = [&b"sk."[..], b"pk.", b"tk."].iter().find_map(|prefix| secret.strip_prefix(*prefix))?;
    let at = rest.iter().position(|&byte| byte == b'.')?;
    (rest.len() - at > 16).then_some(&rest[..at])
}

pub(crate) fn check_mapbox(secret: &[u8]) -> Verdict {
    mapbox_payload(secret).map_or(Verdict::Rejected("not three parts"), |payload| MAPBOX.check(payload))
}

/// `user`, `token-id`.
pub(crate) fn details_mapbox(secret: &[u8], details: &mut Details) {
    if let Some(payload) = mapbox_payload(secret) {
        MAPBOX.details(payload, details);
    }
}

/// `reftkn:01:` ten digits `:` random. Gives the time of expiry, 0 for never.
fn jfrog(secret: &[u8]) -> Option<i64> {
    let bytes = decode(secret)?;
    let rest = bytes.strip_prefix(b"reftkn:")?;
    let (version, rest) = rest.split_at_checked(3)?;
    let (expiry, rest) = rest.split_at_checked(10)?;
    let fits = version[2] == b':' && version[..2].iter().chain(expiry).all(u8::is_ascii_digit);
    let expiry = std::str::from_utf8(expiry).ok()?.parse().ok()?;
    (fits && rest.len() > 16 && rest[0] == b':').then_some(expiry)
}

pub(crate) fn check_jfrog(secret: &[u8]) -> Verdict {
    match jfrog(secret) {
        Some(_) => Verdict::Holds,
        // The older API keys have no structure that is known.
        None if secret.starts_with(b"AKCp") => Verdict::Unknown,
        None => Verdict::Rejected("does not decode to a reference token"),
    }
}

/// `expires`, if ever.
pub(crate) fn details_jfrog(secret: &[u8], details: &mut Details) {
    let expiry = jfrog(secret).filter(|&expiry| expiry != 0);
    details.text("expires", expiry.and_then(time::rfc3339).map(Into::into));
}

/// `tok:` eight hexadecimal digits `_` rest.
pub(crate) fn check_intercom(secret: &[u8]) -> Verdict {
    let holds = decode(secret).is_some_and(|bytes| {
        bytes.strip_prefix(b"tok:").is_some_and(|rest| {
            rest.len() > 16 && rest[..8].iter().all(u8::is_ascii_hexdigit) && rest[8] == b'_'
        })
    });
    if holds { Verdict::Holds } else { Verdict::Rejected("does not decode to tok:") }
}

/// `sk_`, perhaps `live_` or `test_`, and base64 of `key_` ULID `,` secret. Gives the ULID's time in milliseconds.
fn workos(secret: &[u8]) -> Option<u64> {
    let rest = secret.strip_prefix(b"sk_")?;
    let rest = rest.strip_prefix(b"live_").or_else(|| rest.strip_prefix(b"test_")).unwrap_or(rest);
    let bytes = decode(rest)?;
    let (ulid, rest) = bytes.strip_prefix(b"key_")?.split_at_checked(26)?;
    (rest.len() > 8 && rest[0] == b',').then(|| ulid_time(ulid))?
}

/// Milliseconds since 1970 from the first ten characters of a ULID (Crockford's base32). `None` if it is no ULID.
fn ulid_time(ulid: &[u8]) -> Option<u64> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut time = 0;
    for (i, byte) in ulid.iter().enumerate() {
        let value = ALPHABET.iter().position(|c| c == byte)? as u64;
        if i < 10 {
            time = time << 5 | value;
        }
    }
    // 48 bits: the first character is at most 7.
    (time < 1 << 48).then_some(time)
}

pub(crate) fn check_workos(secret: &[u8]) -> Verdict {
    if workos(secret).is_some() { Verdict::Holds } else { Verdict::Rejected("does not decode to a key id") }
}

/// `created`.
pub(crate) fn details_workos(secret: &[u8], details: &mut Details) {
    let created = workos(secret).and_then(|time| time::rfc3339((time / 1000) as i64));
    details.text("created", created.map(Into::into));
}

/// A JWT-like token whose first part is `{"typ": "TCV2"}`.
pub(crate) fn check_teamcity(secret: &[u8]) -> Verdict {
    let mut parts = secret.split(|&byte| byte == b'.');
    let header = parts.next().and_then(base64url_decode);
    let typed =
        header.is_some_and(|header| Object::parse(&header).is_some_and(|header| header.is("typ", "TCV2")));
    let rest = [parts.next(), parts.next()].map(|part| part.is_some_and(|part| part.len() >= 8));
    if typed && rest == [true, true] && parts.next().is_none() {
        Verdict::Holds
    } else {
        Verdict::Rejected("not typed TCV2")
    }
}

/// Ten to fourteen digits, `:`, 16 or more random bytes.
pub(crate) fn check_jira(secret: &[u8]) -> Verdict {
    let holds = decode(secret).is_some_and(|bytes| {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (10..=14).contains(&digits) && bytes.get(digits) == Some(&b':') && bytes.len() - digits > 16
    });
    if holds { Verdict::Holds } else { Verdict::Rejected("does not decode to an id and random bytes") }
}

/// `essu_` and base64 of `id:key`.
fn elastic(secret: &[u8]) -> Option<String> {
    let text = String::from_utf8(decode(secret.strip_prefix(b"essu_")?)?).ok()?;
    let (id, key) = text.split_once(':')?;
    let word = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_graphic());
    (word(id) && word(key)).then(|| id.to_owned())
}

pub(crate) fn check_elastic(secret: &[u8]) -> Verdict {
    match elastic(secret) {
        Some(_) => Verdict::Holds,
        None if secret.starts_with(b"essu_") => Verdict::Unknown,
        None => Verdict::Rejected("unknown prefix"),
    }
}

/// `key-id`.
pub(crate) fn details_elastic(secret: &[u8], details: &mut Details) {
    details.text("key-id", elastic(secret).map(Into::into));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;
    use crate::encoding::base64_encode;

    /// Made-up tokens, in parts.
    #[test]
    fn worked_examples() {
        let sentry = [
            "sntrys_",
            "eyJpYXQiOjE3NjAwMDAwMDAuNSwidXJsIjoiaHR0cHM6Ly9zZW50cnkuaW8iLCJyZWdpb25fdXJsIjoiaHR0cHM6Ly91cy5zZW50cnku",
            "aW8iLCJvcmciOiJkZW1vIn0=_UDpYaN1g2w9KiZO6ywT064u1+UY3SXG36cEYp4Io7O8",
        ];
        let grafana = [
            "glc_",
            "eyJvIjoiMTIzNDU2IiwibiI6InN0YWNrLTEtZGVtbyIsImsiOiJzTmpEekplbFN4eVpjVTV1dkRsQzdtNU0iLCJtIjp7InIiOiJldSJ9",
            "fQ==",
        ];
        let mapbox =
            ["sk.", "eyJ1IjoiZGVtbyIsImEiOiJjbXR1eTE5azgxNnA1YXlnMTI0eDdsOWp1In0", ".FKjvTiFPFWtsKQ2VFcBSCn"];
        let jfrog = ["cmVmdGtuOjAxOjE3OTE1", "MzYwMDA6TVlxb1hxWHk2", "cUhJMjViMjRYeFNhNk9wZnBh"];
        for (check, parts, facts) in [
            (Check::Sentry, sentry, &[("organization", "demo"), ("host", "https://sentry.io")][..]),
            (
                Check::GrafanaCloud,
                grafana,
                &[("organization", "123456"), ("name", "stack-1-demo"), ("region", "eu")],
            ),
            (Check::Mapbox, mapbox, &[("user", "demo"), ("token-id", "cmtuy19k816p5ayg124x7l9ju")]),
            (Check::Jfrog, jfrog, &[("expires", "2026-10-09T08:53:20Z")]),
        ] {
            let token = parts.concat();
            assert_eq!(check.run(token.as_bytes()), Verdict::Holds, "{}", check.name());
            assert_eq!(check.details(token.as_bytes()).iter().collect::<Vec<_>>(), facts, "{}", check.name());
            let cut = &token.as_bytes()[..token.len() / 2];
            assert!(matches!(check.run(cut), Verdict::Fails(_) | Verdict::Rejected(_)), "{}", check.name());
            let other = &token.as_bytes()[1..];
            assert!(matches!(check.run(other), Verdict::Rejected(_)), "{}", check.name());
        }
    }

    #[test]
    fn texts() {
        let token =
            |prefix: &str, text: &str| format!("{prefix}{}", base64_encode(text.as_bytes())).into_bytes();
        let secret = "x7Gq0aTzLw2mNp4Rv6Yb8Kd";
        for (check, prefix, text, want) in [
            (Check::Intercom, "", format!("tok:0a1b2c3d_{secret}"), Verdict::Holds),
            (
                Check::Intercom,
                "",
                format!("tok:0a1b2c3g_{secret}"),
                Verdict::Rejected("does not decode to tok:"),
            ),
            (Check::Workos, "sk_", format!("key_01HZX7Q3W8K9M2N4P6R8T0V1Y3,{secret}"), Verdict::Holds),
            (Check::Workos, "sk_live_", format!("key_01HZX7Q3W8K9M2N4P6R8T0V1Y3,{secret}"), Verdict::Holds),
            (
                Check::Workos,
                "sk_",
                format!("key_01HZX7Q3W8K9M2N4P6R8T0V1YI,{secret}"),
                Verdict::Rejected("does not decode to a key id"),
            ),
            (Check::Elastic, "essu_", format!("VuaCfGcBCdbk:{secret}"), Verdict::Holds),
            (Check::Elastic, "essu_", format!("VuaCfGcBCdbk {secret}"), Verdict::Unknown),
            (Check::JiraDataCenter, "", format!("123456789012:{}", &secret[..20]), Verdict::Holds),
            (
                Check::AwsBedrock,
                "ABSK",
                format!("BedrockAPIKey-q1w2-at-123456789012:{secret}"),
                Verdict::Holds,
            ),
            (
                Check::AwsBedrock,
                "ABSK",
                format!("BedrockAPIKey-q1w2-at-12345678901:{secret}"),
                Verdict::Fails("does not decode to a Bedrock key"),
            ),
            (
                Check::GrafanaApiKey,
                "",
                format!("{{\"k\":\"{secret}\",\"n\":\"ci\",\"id\":1}}"),
                Verdict::Holds,
            ),
            (
                Check::Onepassword,
                "ops_",
                format!(
                    "{{\"signInAddress\":\"a.1password.test\",\"email\":\"e\",\"muk\":{{}},\"x\":\"{secret}\"}}"
                ),
                Verdict::Holds,
            ),
        ] {
            assert_eq!(check.run(&token(prefix, &text)), want, "{} {text}", check.name());
        }
        let token = token("", "tok:0a1b2c3d_x");
        assert!(matches!(Check::Intercom.run(&token), Verdict::Rejected(_)));
        let header = base64_encode(b"{\"typ\": \"TCV2\"}");
        let token = format!("{header}.{secret}.{secret}");
        assert_eq!(Check::Teamcity.run(token.as_bytes()), Verdict::Holds);
        assert!(matches!(Check::Teamcity.run(&token.as_bytes()[..40]), Verdict::Rejected(_)));
    }
}
