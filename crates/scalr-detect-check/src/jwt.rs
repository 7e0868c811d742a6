//! JSON Web Tokens (RFC 7519) in their signed form (RFC 7515): `header.payload.signature`, each part base64url without
//! padding, the first two JSON objects. The header's `alg` says how it was signed and so how long the signature is.
//!
//! The signature cannot be checked without the key. That all three parts fit together is evidence enough: no text
//! decodes to two JSON objects by chance.

use crate::encoding::{base64url_decode, is_base64url};
use crate::json::Object;
use crate::{Details, Verdict, is_placeholder, time};

/// Longest token that is decoded. Larger ones exist nowhere: HTTP servers refuse headers from 8 to 64 KiB on.
const MAX_LEN: usize = 128 << 10;

/// A token whose parts are decoded; the signature is still text.
pub(crate) struct Jwt<'s> {
    header: Vec<u8>,
    payload: Vec<u8>,
    pub(crate) signature: &'s [u8],
}

impl<'s> Jwt<'s> {
    /// Splits and decodes. Nothing is allocated before the text has the outer form of a token.
    pub(crate) fn parse(secret: &'s [u8]) -> Result<Jwt<'s>, &'static str> {
        // The first six bits of `{` are always an `e`.
        if secret.first() != Some(&b'e') {
            return Err("does not begin with a JSON object");
        }
        if secret.len() > MAX_LEN {
            return Err("too long for a JWT");
        }
        let mut parts = secret.split(|&byte| byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("not three parts");
        };
        if !signature.iter().all(|&byte| is_base64url(byte)) || signature.len() % 4 == 1 {
            return Err("signature is not base64url");
        }
        let header = base64url_decode(header).ok_or("header is not base64url")?;
        let payload = base64url_decode(payload).ok_or("payload is not base64url")?;
        Ok(Jwt { header, payload, signature })
    }

    /// The header's members.
    pub(crate) fn header(&self) -> Option<Object<'_>> {
        Object::parse(&self.header)
    }

    /// The claims.
    pub(crate) fn claims(&self) -> Option<Object<'_>> {
        Object::parse(&self.payload)
    }
}

/// How many bytes a signature of that algorithm has. `None` if the algorithm is not known.
fn signature_bytes(alg: &str) -> Option<std::ops::RangeInclusive<usize>> {
    Some(match alg {
        "HS256" => 32..=32,
        "HS384" => 48..=48,
        "HS512" | "ES256" | "ES256K" => 64..=64,
        "ES384" => 96..=96,
        "ES512" => 132..=132,
        "EdDSA" | "Ed25519" => 64..=114,
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => 128..=2048,
        _ => return None,
    })
}

/// The whole judgement; [`Verdict::Holds`] and [`Verdict::Unknown`] come with the token so that callers can read claims.
pub(crate) fn judge(jwt: &Jwt) -> Verdict {
    if is_placeholder(jwt.signature) {
        return Verdict::Rejected("signature is a placeholder");
    }
    // What begins like one and does not decode was altered, as people do before they show a token.
    let Some(header) = jwt.header() else { return Verdict::Fails("altered or made up: header is not JSON") };
    let Some(alg) = header.string("alg") else { return Verdict::Rejected("header has no alg") };
    if alg.eq_ignore_ascii_case("none") {
        return Verdict::Rejected("unsigned (alg none)");
    }
    let Some(claims) = jwt.claims() else { return Verdict::Fails("altered or made up: payload is not JSON") };
    if is_sample(&claims) {
        return Verdict::Rejected("claims of a published sample");
    }
    let bytes = jwt.signature.len() * 3 / 4;
    match signature_bytes(&alg) {
        Some(range) if !range.contains(&bytes) => {
            Verdict::Fails("altered or made up: signature length does not fit alg")
        }
        Some(_) if base64url_decode(jwt.signature).is_some() => Verdict::Holds,
        // Every encoder leaves the unused bits of the last character zero, so this one was altered by hand, or alg is
        // one that we do not know.
        Some(_) => Verdict::Unknown,
        None if bytes < 16 => Verdict::Rejected("signature too short"),
        None => Verdict::Unknown,
    }
}

/// The token that jwt.io shows, in its variants (its `iat` is the same in all of them), and the keys that every local
/// Supabase has.
fn is_sample(claims: &Object) -> bool {
    claims.integer("iat") == Some(1_516_239_022)
        || claims.is("sub", "1234567890") && claims.is("name", "John Doe")
        || claims.is("iss", "supabase-demo")
}

pub(crate) fn check(secret: &[u8]) -> Verdict {
    match Jwt::parse(secret) {
        Ok(jwt) => judge(&jwt),
        Err(reason) => Verdict::Rejected(reason),
    }
}

/// `algorithm`, `issuer`, `subject`, `expires`.
pub(crate) fn details(secret: &[u8], details: &mut Details) {
    let Ok(jwt) = Jwt::parse(secret) else { return };
    if let Some(header) = jwt.header() {
        details.text("algorithm", header.string("alg"));
    }
    if let Some(claims) = jwt.claims() {
        details.text("issuer", claims.string("iss"));
        details.text("subject", claims.string("sub"));
        expires(&claims, details);
    }
}

/// `expires` from the `exp` claim, as RFC 3339 in UTC.
pub(crate) fn expires(claims: &Object, details: &mut Details) {
    details.text("expires", claims.integer("exp").and_then(time::rfc3339).map(Into::into));
}

/// A JWT that holds and whose claims pass `test`.
fn check_claims(secret: &[u8], test: impl Fn(&Object) -> bool, reason: &'static str) -> Verdict {
    let jwt = match Jwt::parse(secret) {
        Ok(jwt) => jwt,
        Err(reason) => return Verdict::Rejected(reason),
    };
    match judge(&jwt) {
        verdict @ (Verdict::Holds | Verdict::Unknown) if jwt.claims().is_some_and(|claims| test(&claims)) => {
            verdict
        }
        Verdict::Holds | Verdict::Unknown => Verdict::Rejected(reason),
        other => other,
    }
}

/// Supabase's API keys: issued by `supabase`, the role tells the public one from the powerful one.
pub(crate) fn supabase(secret: &[u8], role: &str) -> Verdict {
    let test = |claims: &Object| claims.is("iss", "supabase") && claims.is("role", role);
    check_claims(secret, test, "claims are not those of this Supabase key")
}

/// `project`, `role`, `expires`.
pub(crate) fn supabase_details(secret: &[u8], details: &mut Details) {
    let Ok(jwt) = Jwt::parse(secret) else { return };
    if let Some(claims) = jwt.claims() {
        details.text("project", claims.string("ref"));
        details.text("role", claims.string("role"));
        expires(&claims, details);
    }
}

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Kubernetes service account tokens: the subject is `system:serviceaccount:NAMESPACE:NAME`.
pub(crate) fn kubernetes(secret: &[u8]) -> Verdict {
    let test = |claims: &Object| claims.string("sub").is_some_and(|sub| sub.starts_with(SERVICE_ACCOUNT));
    check_claims(secret, test, "claims are not those of a Kubernetes service account")
}

/// `issuer`, `namespace`, `service-account`, `expires`.
pub(crate) fn kubernetes_details(secret: &[u8], details: &mut Details) {
    let Ok(jwt) = Jwt::parse(secret) else { return };
    let Some(claims) = jwt.claims() else { return };
    details.text("issuer", claims.string("iss"));
    let subject = claims.string("sub").unwrap_or_default();
    if let Some((namespace, name)) =
        subject.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'))
    {
        details.text("namespace", Some(namespace.into()));
        details.text("service-account", Some(name.into()));
    }
    expires(&claims, details);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Check;
    use crate::encoding::{BASE64_URL, base64url_encode};
    use crate::testing::Random;

    /// A token of these texts and that many random signature bytes.
    pub(crate) fn token(header: &str, payload: &str, bytes: usize, random: &mut Random) -> Vec<u8> {
        let signature: Vec<u8> = (0..bytes).map(|_| random.next() as u8).collect();
        let parts = [header.as_bytes(), payload.as_bytes(), &signature].map(base64url_encode);
        parts.join(".").into_bytes()
    }

    #[test]
    fn lengths_fit_algorithms() {
        let random = &mut Random::new(3);
        for (alg, bytes) in [
            ("HS256", 32),
            ("HS384", 48),
            ("HS512", 64),
            ("ES256", 64),
            ("ES384", 96),
            ("ES512", 132),
            ("EdDSA", 64),
            ("RS256", 256),
            ("PS512", 512),
            ("RS256", 128),
        ] {
            let header = format!("{{ \"alg\" : \"{alg}\" }}");
            let good = token(&header, r#"{"iss":"a","exp":1760000000}"#, bytes, random);
            assert_eq!(check(&good), Verdict::Holds, "{alg}");
            for wrong in [0, 16, bytes - 2, bytes * 4] {
                if alg.starts_with(['R', 'P']) && wrong >= 128 {
                    continue;
                }
                let bad = token(&header, "{}", wrong, random);
                let is_refused = match check(&bad) {
                    Verdict::Fails(_) => wrong > 0,
                    Verdict::Rejected(_) => wrong == 0,
                    _ => false,
                };
                assert!(is_refused, "{alg} {wrong}");
            }
        }
    }

    #[test]
    fn rejected() {
        let random = &mut Random::new(4);
        let good = r#"{"alg":"HS256"}"#;
        for (header, payload, bytes) in [
            (r#"{"alg":"none"}"#, "{}", 0),
            (r#"{"alg":"None"}"#, "{}", 32),
            (r#"{"typ":"JWT"}"#, "{}", 32),
            (r#"{"alg":256}"#, "{}", 32),
            (r#"["alg"]"#, "{}", 32),
            (good, r#"{"sub":"1234567890","name":"John Doe","admin":true}"#, 32),
            (good, r#"{"sub":"x","iat":1516239022}"#, 32),
            (good, r#"{"iss":"supabase-demo","role":"service_role"}"#, 32),
            (r#"{"alg":"X"}"#, "{}", 15),
        ] {
            let text = token(header, payload, bytes, random);
            assert!(matches!(check(&text), Verdict::Rejected(_)), "{header} {payload}");
        }
        for (header, payload) in [(r#"{"alg":}"#, "{}"), (good, "[]"), (good, "{\"a\":}")] {
            let text = token(header, payload, 32, random);
            assert!(matches!(check(&text), Verdict::Fails(_)), "{header} {payload}");
        }
        let mut text = token(good, r#"{"a":"b"}"#, 32, random);
        assert_eq!(check(&text), Verdict::Holds);
        let len = text.len();
        text[len - 43..].fill(b'x');
        assert_eq!(check(&text), Verdict::Rejected("signature is a placeholder"));
        text[len - 20..].copy_from_slice(b"....................");
        assert!(matches!(check(&text), Verdict::Rejected(_)));
    }

    #[test]
    fn unknown_algorithm_and_altered_last_character() {
        let random = &mut Random::new(5);
        assert_eq!(check(&token(r#"{"alg":"XY1"}"#, "{}", 32, random)), Verdict::Unknown);
        let mut text = token(r#"{"alg":"HS256"}"#, "{}", 32, random);
        let last = text.last_mut().unwrap();
        *last = BASE64_URL[BASE64_URL.iter().position(|c| c == last).unwrap() | 1];
        assert_eq!(check(&text), Verdict::Unknown);
    }

    #[test]
    fn details_of_claims() {
        let random = &mut Random::new(6);
        let payload = r#"{"iss":"https://issuer.test","sub":"u1","exp":1234567890.5,"iat":1}"#;
        let text = token(r#"{"alg":"HS256","typ":"JWT"}"#, payload, 32, random);
        let facts = Check::Jwt.details(&text);
        let facts: Vec<_> = facts.iter().collect();
        assert_eq!(
            facts,
            [
                ("algorithm", "HS256"),
                ("issuer", "https://issuer.test"),
                ("subject", "u1"),
                ("expires", "2009-02-13T23:31:30Z"),
            ]
        );
        // Control characters and long texts are not facts to print.
        let payload = format!(r#"{{"iss":"a\u001bb","sub":"{}"}}"#, "s".repeat(300));
        let text = token(r#"{"alg":"HS256"}"#, &payload, 32, random);
        assert_eq!(Check::Jwt.details(&text).iter().len(), 1);
    }

    #[test]
    fn classified_by_claims() {
        let random = &mut Random::new(8);
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        let service =
            token(header, r#"{"iss":"supabase","ref":"abc","role":"service_role","exp":0}"#, 32, random);
        let anon = token(header, r#"{"role":"anon","iss":"supabase"}"#, 32, random);
        let pod = r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:prod:deploy"}"#;
        let pod = token(r#"{"alg":"RS256","kid":""}"#, pod, 256, random);
        let all = [&service, &anon, &pod];
        for (check, good) in [
            (Check::SupabaseServiceRole, &service),
            (Check::SupabaseAnon, &anon),
            (Check::KubernetesJwt, &pod),
        ] {
            for text in all {
                let verdict = check.run(text);
                assert_eq!(verdict == Verdict::Holds, text == good, "{} {verdict:?}", check.name());
                assert!(text == good || matches!(verdict, Verdict::Rejected(_)));
            }
        }
        let facts = Check::SupabaseServiceRole.details(&service);
        assert_eq!(facts.get("project"), Some("abc"));
        assert_eq!(facts.get("expires"), Some("1970-01-01T00:00:00Z"));
        let facts = Check::KubernetesJwt.details(&pod);
        assert_eq!((facts.get("namespace"), facts.get("service-account")), (Some("prod"), Some("deploy")));
    }
}
