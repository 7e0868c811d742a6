//! Scalr API access tokens: JWTs signed with HS256 whose claims are Scalr's.
//!
//! The token id (`jti`) is `at-` and lower-case base32hex, and the issuer (`iss`) says what kind of owner the token
//! has: a person, a service account, an agent pool, an agent or a run, in newer tokens after `scalr:`. A service
//! account's token names its owner in `sub`. Other claims come and go with versions, and so does their order: what
//! decides is the decoded claims, never the text.

use std::borrow::Cow;

use crate::encoding::base64url_decode;
use crate::json::Object;
use crate::jwt::{self, Jwt};
use crate::{Details, Verdict, is_placeholder};

/// Owners that Scalr issues tokens to. The longer name first where one begins another.
const OWNERS: &[&str] = &["user", "service-account", "agent-pool", "agent", "run"];

pub(crate) fn check(secret: &[u8]) -> Verdict {
    match judge(secret) {
        Ok(()) => Verdict::Holds,
        Err(reason) => Verdict::Rejected(reason),
    }
}

fn judge(secret: &[u8]) -> Result<(), &'static str> {
    let jwt = Jwt::parse(secret)?;
    let header = jwt.header().ok_or("header is not a JSON object")?;
    if !header.is("alg", "HS256") {
        return Err("alg is not HS256");
    }
    if header.get("typ").is_some() && !header.string("typ").is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"))
    {
        return Err("typ is not JWT");
    }
    let claims = jwt.claims().ok_or("payload is not a JSON object")?;
    token_id(&claims).ok_or("jti is not the id of a Scalr access token")?;
    owner_kind(&claims).ok_or("iss is not a Scalr token owner")?;
    if jwt.signature.len() != 43 || base64url_decode(jwt.signature).is_none() {
        return Err("signature is not 32 bytes");
    }
    if is_placeholder(jwt.signature) || distinct(jwt.signature) < 12 {
        return Err("signature is a placeholder");
    }
    Ok(())
}

/// How many different bytes there are. 43 random base64 characters have fewer than 12 once in 10^20.
fn distinct(text: &[u8]) -> u32 {
    let mut seen = [0u64; 4];
    for &byte in text {
        seen[(byte >> 6) as usize] |= 1 << (byte & 63);
    }
    seen.iter().map(|word| word.count_ones()).sum()
}

/// Whether the text is the id of an access token of Scalr, which opens nothing: `at-` and 10 to 40 of `[0-9a-z]`.
pub fn is_scalr_token_id(text: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    text.strip_prefix(b"at-").is_some_and(|rest| (10..=40).contains(&rest.len()) && rest.iter().all(fits))
}

/// The `jti` claim where it is the id of an access token.
fn token_id<'t>(claims: &Object<'t>) -> Option<Cow<'t, str>> {
    claims.string("jti").filter(|id| is_scalr_token_id(id.as_bytes()))
}

fn owner_kind(claims: &Object) -> Option<&'static str> {
    let issuer = claims.string("iss")?;
    let issuer = issuer.strip_prefix("scalr:").unwrap_or(&issuer);
    OWNERS.iter().copied().find(|&owner| owner == issuer)
}

/// The host of a claim's text: a host name with at least one dot, alone or in an `https` URL.
fn host(text: &str) -> Option<&str> {
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let text = text.split(['/', ':']).next()?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = text.rsplit_once('.')?.1;
    let named = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    (text.len() <= 253 && named && text.split('.').all(label)).then_some(text)
}

/// `token-id`, `owner-kind`, `owner-id`, `expires`, `host`, `last-six` (the characters by which Scalr's own pages and
/// audit log name a token).
pub(crate) fn details(secret: &[u8], details: &mut Details) {
    let Ok(jwt) = Jwt::parse(secret) else { return };
    let Some(claims) = jwt.claims() else { return };
    details.text("token-id", token_id(&claims));
    details.text("owner-kind", owner_kind(&claims).map(Into::into));
    details.text("owner-id", claims.string("sub"));
    jwt::expires(&claims, details);
    let names = ["domain", "host", "hostname", "aud", "url"];
    let mut texts = names.iter().filter_map(|name| claims.string(name));
    details.text("host", texts.find_map(|text| host(&text).map(|host| host.to_owned().into())));
    let last = String::from_utf8_lossy(&secret[secret.len().saturating_sub(6)..]);
    details.text("last-six", Some(last));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;
    use crate::encoding::base64url_encode;
    use crate::jwt::tests::token;
    use crate::testing::Random;

    const CLASSIC: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
    const LEGACY: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

    fn id(random: &mut Random, len: usize) -> String {
        String::from_utf8(random.text(b"0123456789abcdefghijklmnopqrstuv", len)).unwrap()
    }

    /// The forms seen in public, and those to expect.
    fn forms(random: &mut Random) -> Vec<(&'static str, String, &'static str)> {
        let [short, long, owner] = [15, 17, 17].map(|len| id(random, len));
        vec![
            (LEGACY, format!(r#"{{"jti":"at-{short}","iss":"user"}}"#), "user"),
            (CLASSIC, format!(r#"{{"iss":"user","jti":"at-{short}"}}"#), "user"),
            (CLASSIC, format!(r#"{{"iss":"user","jti":"at-v0{short}"}}"#), "user"),
            (CLASSIC, format!(r#"{{"iss":"scalr:user","jti":"at-{long}"}}"#), "user"),
            (
                CLASSIC,
                format!(r#"{{"iss":"service-account","jti":"at-{long}","sub":"sa-{owner}"}}"#),
                "service-account",
            ),
            (
                CLASSIC,
                format!(
                    r#"{{"sub":"sa-{owner}","exp":1893456000,"iat":1,"jti":"at-{long}","iss":"scalr:service-account"}}"#
                ),
                "service-account",
            ),
            (
                r#"{"alg":"HS256"}"#,
                format!(r#"{{"domain":"acme.scalr.io","jti":"at-{long}","iss":"scalr:agent-pool"}}"#),
                "agent-pool",
            ),
            (LEGACY, format!("{{\n \"jti\" : \"at-{long}\",\n \"iss\" : \"agent\"\n}}"), "agent"),
            (CLASSIC, format!(r#"{{"iss":"run","jti":"\u0061t-{long}","roles":[{{"a":1}}]}}"#), "run"),
        ]
    }

    #[test]
    fn every_form_holds() {
        let random = &mut Random::new(11);
        for _ in 0..200 {
            for (header, payload, owner) in forms(random) {
                let text = token(header, &payload, 32, random);
                assert_eq!(Check::Scalr.run(&text), Verdict::Holds, "{header} {payload}");
                let facts = Check::Scalr.details(&text);
                assert_eq!(facts.get("owner-kind"), Some(owner));
                assert!(facts.get("token-id").unwrap().starts_with("at-"));
                assert_eq!(facts.get("last-six").unwrap().as_bytes(), &text[text.len() - 6..]);
                assert_eq!(facts.get("owner-id").is_some(), payload.contains("\"sub\""));
                assert_eq!(facts.get("host"), payload.contains("domain").then_some("acme.scalr.io"));
                assert_eq!(facts.get("expires"), payload.contains("exp").then_some("2030-01-01T00:00:00Z"));
            }
        }
    }

    #[test]
    fn lengths_of_the_known_forms() {
        let random = &mut Random::new(12);
        let lengths: Vec<_> = forms(random).iter().map(|(h, p, _)| token(h, p, 32, random).len()).collect();
        assert_eq!(lengths[..5], [136, 136, 139, 147, 192]);
    }

    #[test]
    fn anything_else_is_rejected() {
        let random = &mut Random::new(13);
        let good = r#"{"iss":"user","jti":"at-0123abcdefgh45u"}"#;
        for (header, payload, bytes) in [
            (r#"{"alg":"HS512","typ":"JWT"}"#, good, 64),
            (r#"{"alg":"none"}"#, good, 32),
            (r#"{"alg":"HS256","typ":"at+jwt"}"#, good, 32),
            (r#"{"alg":"HS256","typ":1}"#, good, 32),
            (r#"{"typ":"JWT"}"#, good, 32),
            (CLASSIC, r#"{"iss":"user","jti":"at-short"}"#, 32),
            (CLASSIC, r#"{"iss":"user","jti":"AT-0123abcdefgh45u"}"#, 32),
            (CLASSIC, r#"{"iss":"user","jti":"at-0123abcdefgh45U"}"#, 32),
            (CLASSIC, r#"{"iss":"user","jti":"ut-0123abcdefgh45u"}"#, 32),
            (CLASSIC, r#"{"iss":"user"}"#, 32),
            (CLASSIC, r#"{"jti":"at-0123abcdefgh45u"}"#, 32),
            (CLASSIC, r#"{"iss":"users","jti":"at-0123abcdefgh45u"}"#, 32),
            (CLASSIC, r#"{"iss":"scalr:scalr:user","jti":"at-0123abcdefgh45u"}"#, 32),
            (CLASSIC, r#"{"iss":["user"],"jti":"at-0123abcdefgh45u"}"#, 32),
            (CLASSIC, r#"{"iss":"user","jti":"at-0123abcdefgh45u","iss":"x"}"#, 32),
            (CLASSIC, r#"["iss","user","jti","at-0123abcdefgh45u"]"#, 32),
            (CLASSIC, r#"{"a":{"iss":"user","jti":"at-0123abcdefgh45u"}}"#, 32),
            (CLASSIC, r#"{"iss":"user","jti":"at-0123abcdefgh45u""#, 32),
            (CLASSIC, good, 31),
            (CLASSIC, good, 33),
            (CLASSIC, good, 0),
        ] {
            let text = token(header, payload, bytes, random);
            assert!(matches!(Check::Scalr.run(&text), Verdict::Rejected(_)), "{header} {payload} {bytes}");
        }
        let head = format!("{}.{}.", base64url_encode(CLASSIC.as_bytes()), base64url_encode(good.as_bytes()));
        let repeat = |part: &str| part.repeat(43)[..43].to_owned();
        for signature in [
            repeat("A"),
            repeat("x"),
            repeat("ab"),
            repeat("abcdefg8"),
            repeat("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
            repeat("your-signature-here-"),
            repeat("*"),
            "signature".into(),
            String::new(),
        ] {
            let text = format!("{head}{signature}");
            assert!(matches!(Check::Scalr.run(text.as_bytes()), Verdict::Rejected(_)), "{signature}");
        }
        // One unused bit set in the last character.
        let text = format!("{head}{}", String::from_utf8(random.text(b"abcdefghijkmnopqrs", 42)).unwrap());
        assert_eq!(Check::Scalr.run(format!("{text}E").as_bytes()), Verdict::Holds);
        assert_eq!(
            Check::Scalr.run(format!("{text}F").as_bytes()),
            Verdict::Rejected("signature is not 32 bytes")
        );
    }

    #[test]
    fn hosts() {
        for (text, want) in [
            ("acme.scalr.io", Some("acme.scalr.io")),
            ("https://scalr.acme.test:8443/api", Some("scalr.acme.test")),
            ("scalr", None),
            ("10.0.0.1", None),
            ("a..io", None),
            ("-a.io", None),
            ("a b.io", None),
            ("", None),
            ("acme.scalr.io\n", None),
        ] {
            assert_eq!(host(text), want, "{text}");
        }
    }

    #[test]
    fn mutations_never_panic_and_details_stay_clean() {
        let random = &mut Random::new(14);
        let mut holds = 0;
        for round in 0..100_000 {
            let (header, payload, _) = &forms(random)[round % 9];
            // Mutated claims, and mutated text.
            let payload = random.mutate(payload.as_bytes());
            let text = token(header, "", 32, random);
            let text = String::from_utf8(text).unwrap().replacen(
                "..",
                &format!(".{}.", base64url_encode(&payload)),
                1,
            );
            let text = if round % 2 == 0 { random.mutate(text.as_bytes()) } else { text.into_bytes() };
            holds += (Check::Scalr.run(&text) == Verdict::Holds) as u32;
            for (_, value) in Check::Scalr.details(&text).iter() {
                assert!(!value.is_empty() && !value.chars().any(char::is_control) && value.len() <= 256);
            }
        }
        assert!((1000..90_000).contains(&holds), "{holds}");
    }
}
