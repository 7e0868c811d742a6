//! Amazon Web Services: what its ids and keys say without a checksum.

use crate::encoding::{base32_decode, base64_decode};
use crate::{Details, Verdict};

/// The twelve digits of the account that a key id was made for.
///
/// The sixteen characters after the four of the prefix are base32; of the first 48 bits, all but the top bit and the last
/// seven are the account number. Ids made before about 2019 hold something else there, which mostly begins with a letter
/// from A to P: for these, `None`.
pub fn account_id(key_id: &[u8]) -> Option<String> {
    let body = key_id.get(4..20).filter(|_| key_id.len() == 20)?;
    if matches!(body[0], b'A'..=b'P') {
        return None;
    }
    let bytes = base32_decode(body)?;
    let number = bytes[..6].iter().fold(0u64, |number, &byte| number << 8 | byte as u64);
    let account = (number & 0x7fff_ffff_ff80) >> 7;
    (account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

pub(crate) fn check_key_id(secret: &[u8]) -> Verdict {
    let base32 = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    if secret.len() != 20 || !secret[4..].iter().all(base32) {
        return Verdict::Rejected("not 16 base32 characters after the prefix");
    }
    Verdict::Unknown
}

/// `account-id`, and `key-type`: `permanent` or `temporary`.
pub(crate) fn details_key_id(secret: &[u8], details: &mut Details) {
    details.text("account-id", account_id(secret).map(Into::into));
    match secret.get(..4) {
        Some(b"AKIA") => details.push("key-type", "permanent"),
        Some(b"ASIA") => details.push("key-type", "temporary"),
        _ => {}
    }
}

/// A secret key is the base64 of 30 random bytes. Paths and names of the same length are made of words: stretches of four
/// and more small letters make up much of them. One random key in a hundred looks so.
pub(crate) fn check_secret_key(secret: &[u8]) -> Verdict {
    if secret.iter().all(u8::is_ascii_hexdigit) {
        return Verdict::Rejected("a hash in hexadecimal");
    }
    let words =
        secret.split(|byte| !byte.is_ascii_lowercase()).map(<[u8]>::len).filter(|length| *length >= 4);
    if words.clone().sum::<usize>() >= 16 || words.max() >= Some(10) {
        return Verdict::Rejected("words, not random characters");
    }
    Verdict::Unknown
}

/// SMTP passwords are derived from secret keys: a version byte (4) and an HMAC-SHA-256.
pub(crate) fn check_ses_smtp(secret: &[u8]) -> Verdict {
    match base64_decode(secret) {
        Some(bytes) if bytes.len() == 33 && bytes[0] == 4 => Verdict::Unknown,
        _ => Verdict::Rejected("not a version and 32 bytes"),
    }
}

/// `ABSK` and base64 of `BedrockAPIKey-NAME-at-ACCOUNT:SECRET`. Gives name and account.
fn bedrock(secret: &[u8]) -> Option<(String, String)> {
    let bytes = base64_decode(secret.strip_prefix(b"ABSK")?)?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, key) = text.split_once(':')?;
    let (name, account) = name.rsplit_once("-at-")?;
    let named = name.starts_with("BedrockAPIKey-");
    let numbered = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (named && numbered && key.len() >= 16).then(|| (name.to_owned(), account.to_owned()))
}

pub(crate) fn check_bedrock(secret: &[u8]) -> Verdict {
    match bedrock(secret) {
        Some(_) => Verdict::Holds,
        None if secret.starts_with(b"ABSK") => Verdict::Fails("does not decode to a Bedrock key"),
        None => Verdict::Rejected("unknown prefix"),
    }
}

/// `account-id`, `name`.
pub(crate) fn details_bedrock(secret: &[u8], details: &mut Details) {
    if let Some((name, account)) = bedrock(secret) {
        details.text("account-id", Some(account.into()));
        details.text("name", Some(name.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;

    #[test]
    fn secret_keys_are_random() {
        let judge = |text: &[u8]| matches!(Check::AwsSecretAccessKey.run(text), Verdict::Unknown);
        for words in [
            "AmazonRoute53RecoveryReadinessFullAccess",
            "/applications/0ars38r6btoohvpvd9gqrptt9l",
            "0123456789abcdef0123456789abcdef01234567",
            "policy/AmazonRoute53AutoNamingFullAccess",
            "AllowEc2InstancesWithEncryptedEbsVolumes",
        ] {
            assert!(!judge(words.as_bytes()), "{words}");
        }
        let mut random = crate::testing::Random::new(1);
        let rejected = (0..10_000).filter(|_| !judge(&random.text(crate::encoding::BASE64, 40))).count();
        assert!(rejected < 150, "{rejected} of 10,000 random keys are taken for words");
    }

    #[test]
    fn accounts() {
        let made_up = ["AKIA", "RZPUZDIKE75A5GLR"].concat();
        assert_eq!(account_id(made_up.as_bytes()).unwrap(), "123456789012");
        // Published by its owner together with the account.
        let published = ["ASIA", "Y34FZKBOKMUTVV7A"].concat();
        assert_eq!(account_id(published.as_bytes()).unwrap(), "609629065308");
        assert_eq!(account_id(["AKIA", "IOSFODNN7EXAMPLE"].concat().as_bytes()), None);
        assert_eq!(account_id(b"AKIA"), None);
        let facts = Check::AwsAccessKeyId.details(made_up.as_bytes());
        assert_eq!(
            facts.iter().collect::<Vec<_>>(),
            [("account-id", "123456789012"), ("key-type", "permanent")]
        );
    }

    #[test]
    fn key_ids() {
        let good = ["AKIA", "RZPUZDIKE75A5GLR"].concat();
        assert_eq!(check_key_id(good.as_bytes()), Verdict::Unknown);
        for digit in ["0", "1", "8", "9", "a", "_"] {
            let bad = good.replace('U', digit);
            assert!(matches!(check_key_id(bad.as_bytes()), Verdict::Rejected(_)), "{digit}");
        }
        assert!(matches!(check_key_id(&good.as_bytes()[1..]), Verdict::Rejected(_)));
    }
}
