//! Tokens that hold an id with a time in it, and values of which only the shape can be tested.

use crate::encoding::{BASE62_DUL, base64_decode, base64url_decode};
use crate::{Details, Verdict, time};

/// Discord's ids count milliseconds from the first second of 2015 in all but their low 22 bits.
const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// Times up to the year 2040 are taken for plausible.
const LATEST: u64 = 2_208_988_800;

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()
}

/// The id and its time in seconds.
fn discord(secret: &[u8]) -> Option<(String, u64)> {
    let mut parts = secret.split(|&byte| byte == b'.');
    let [id, stamp, mac] = [parts.next()?, parts.next()?, parts.next()?];
    if parts.next().is_some()
        || !(6..=7).contains(&stamp.len())
        || !(27..=48).contains(&mac.len())
        || id.len() > 32
    {
        return None;
    }
    let id = base64url_decode(id)?;
    let created = ((number(&id)? >> 22) + DISCORD_EPOCH) / 1000;
    ((17..=20).contains(&id.len()) && created < LATEST)
        .then(|| (String::from_utf8_lossy(&id).into_owned(), created))
}

pub(crate) fn check_discord(secret: &[u8]) -> Verdict {
    match discord(secret) {
        Some(_) => Verdict::Holds,
        None => Verdict::Rejected("does not begin with the id of a bot"),
    }
}

/// `bot-id`, `created` (of the bot).
pub(crate) fn details_discord(secret: &[u8], details: &mut Details) {
    if let Some((id, created)) = discord(secret) {
        details.push("bot-id", id);
        details.text("created", time::rfc3339(created as i64).map(Into::into));
    }
}

/// Id, `:`, 35 characters that begin with `AA`.
fn telegram(secret: &[u8]) -> Option<u64> {
    let at = secret.iter().position(|&byte| byte == b':')?;
    let (id, key) = (&secret[..at], &secret[at + 1..]);
    let fits = (8..=10).contains(&id.len()) && id[0] != b'0' && key.len() == 35 && key.starts_with(b"AA");
    number(id).filter(|_| fits)
}

pub(crate) fn check_telegram(secret: &[u8]) -> Verdict {
    match telegram(secret) {
        Some(_) => Verdict::Unknown,
        None => Verdict::Rejected("not an id and a key"),
    }
}

/// `bot-id`.
pub(crate) fn details_telegram(secret: &[u8], details: &mut Details) {
    details.text("bot-id", telegram(secret).map(|id| id.to_string().into()));
}

/// The time of a KSUID: 27 base62 characters of 20 bytes, of which the first four count seconds from 1,400,000,000.
fn ksuid_time(text: &[u8]) -> Option<u64> {
    if text.len() != 27 {
        return None;
    }
    let mut bytes = [0u8; 20];
    for byte in text {
        let mut carry = BASE62_DUL.iter().position(|c| c == byte)? as u32;
        for digit in bytes.iter_mut().rev() {
            carry += *digit as u32 * 62;
            *digit = carry as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    let seconds = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    Some(seconds as u64 + 1_400_000_000)
}

/// 27 characters of KSUID, `_` or nothing, more characters.
fn ngrok(secret: &[u8]) -> Option<u64> {
    secret.get(..27).and_then(ksuid_time).filter(|&time| time < LATEST)
}

/// Only found by looking at tokens, so nothing is held against one.
pub(crate) fn check_ngrok(_secret: &[u8]) -> Verdict {
    Verdict::Unknown
}

/// `created`.
pub(crate) fn details_ngrok(secret: &[u8], details: &mut Details) {
    details.text("created", ngrok(secret).and_then(|time| time::rfc3339(time as i64)).map(Into::into));
}

/// Whether the text is a UUID, of any version and in any case.
pub fn is_uuid(text: &[u8]) -> bool {
    let fits = |(i, byte): (usize, &u8)| match i {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

/// The last 36 characters must be a UUID of version 4 and variant 1 (RFC 9562); prefixes may come before.
pub(crate) fn check_uuid4(secret: &[u8]) -> Verdict {
    let uuid = secret.len().checked_sub(36).map(|at| &secret[at..]);
    let is_random =
        |uuid: &[u8]| uuid[14] == b'4' && matches!(uuid[19], b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
    let holds = uuid.is_some_and(|uuid| is_uuid(uuid) && is_random(uuid));
    if holds { Verdict::Unknown } else { Verdict::Rejected("not a random UUID") }
}

/// 44 characters of base64 for 32 bytes, more than a few of them different.
pub(crate) fn check_wireguard(secret: &[u8]) -> Verdict {
    match base64_decode(secret) {
        Some(bytes) if bytes.len() == 32 && secret.len() == 44 && crate::entropy(&bytes) > 3.5 => {
            Verdict::Unknown
        }
        _ => Verdict::Rejected("not base64 of 32 bytes"),
    }
}

/// `sk-`, perhaps a kind, random characters, `T3BlbkFJ` (base64 of `OpenAI`), as many random characters again.
pub(crate) fn check_openai(secret: &[u8]) -> Verdict {
    let Some(rest) = secret.strip_prefix(b"sk-") else { return Verdict::Rejected("unknown prefix") };
    let kinds = [&b"proj-"[..], b"svcacct-", b"service-", b"admin-", b"None-"];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(*kind)).unwrap_or(rest);
    match rest.windows(8).position(|window| window == b"T3BlbkFJ") {
        Some(at) if at >= 16 && rest.len() == at * 2 + 8 => Verdict::Holds,
        _ => Verdict::Unknown,
    }
}

/// `gsk_` and 52 characters, of which those from the 21st on are `WGdyb3FY` (base64 of `Xgroq`).
pub(crate) fn check_groq(secret: &[u8]) -> Verdict {
    match secret.strip_prefix(b"gsk_") {
        Some(rest) if rest.len() == 52 && &rest[20..28] == b"WGdyb3FY" => Verdict::Holds,
        Some(_) => Verdict::Unknown,
        None => Verdict::Rejected("unknown prefix"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;
    use crate::encoding::base64url_encode;

    #[test]
    fn discord_ids() {
        let token = |id: &str| {
            format!("{}.GaB3xY.{}", base64url_encode(id.as_bytes()), "x7Gq0aTzLw2mNp4Rv6Yb8Kd1Fh3J")
        };
        // The id in Discord's own description of snowflakes.
        let good = token("175928847299117063");
        assert_eq!(Check::DiscordBot.run(good.as_bytes()), Verdict::Holds);
        let facts = Check::DiscordBot.details(good.as_bytes());
        assert_eq!(facts.get("created"), Some("2016-04-30T11:18:25Z"));
        for id in ["1234567890", "17592884729911706x", "99999999999999999999", "175928847299117063000"] {
            assert!(matches!(Check::DiscordBot.run(token(id).as_bytes()), Verdict::Rejected(_)), "{id}");
        }
        assert!(matches!(Check::DiscordBot.run(format!("{good}.x").as_bytes()), Verdict::Rejected(_)));
    }

    #[test]
    fn ksuids() {
        // The example of KSUID's documentation.
        assert_eq!(ksuid_time(b"0ujtsYcgvSTl8PAuAdqWYSMnLOv"), Some(107_608_047 + 1_400_000_000));
        assert_eq!(ksuid_time(b"zzzzzzzzzzzzzzzzzzzzzzzzzzz"), None);
        assert_eq!(ksuid_time(b"0ujtsYcgvSTl8PAuAdqWYSMnLO"), None);
    }

    #[test]
    fn shapes() {
        let unknown = Verdict::Unknown;
        let half = "x7Gq0aTzLw2mNp4Rv6Yb";
        for (check, text, want) in [
            (Check::Telegram, format!("123456789:AA{}", "x7Gq0aTzLw2mNp4Rv6Yb8Kd1Fh3Jk5LmN"), unknown),
            (
                Check::Telegram,
                format!("023456789:AA{}", "x7Gq0aTzLw2mNp4Rv6Yb8Kd1Fh3Jk5LmN"),
                Verdict::Rejected("not an id and a key"),
            ),
            (Check::Uuid4, "0b2d5f4e-6a1c-4f3e-9b7d-2c8e1a5f0d46".into(), unknown),
            (Check::Uuid4, ["sk-lf-", "0B2D5F4E-6A1C-4F3E-BB7D-2C8E1A5F0D46"].concat(), unknown),
            (
                Check::Uuid4,
                "0b2d5f4e-6a1c-1f3e-9b7d-2c8e1a5f0d46".into(),
                Verdict::Rejected("not a random UUID"),
            ),
            (
                Check::Uuid4,
                "0b2d5f4e-6a1c-4f3e-cb7d-2c8e1a5f0d46".into(),
                Verdict::Rejected("not a random UUID"),
            ),
            (Check::Uuid4, "0b2d5f4e".into(), Verdict::Rejected("not a random UUID")),
            (Check::Openai, format!("sk-{half}T3BlbkFJ{half}"), Verdict::Holds),
            (Check::Openai, format!("sk-proj-{half}T3BlbkFJ{half}"), Verdict::Holds),
            (Check::Openai, format!("sk-{half}T3BlbkFJ{half}x"), unknown),
            (Check::Openai, format!("sk-{half}{half}"), unknown),
            (Check::Openai, format!("pk-{half}"), Verdict::Rejected("unknown prefix")),
            (Check::Groq, format!("gsk_{half}WGdyb3FY{half}abcd"), Verdict::Holds),
            (Check::Groq, format!("gsk_{half}{half}abcd12345678"), unknown),
            (Check::Wireguard, ["yAnz5TF+lXXJte14tji3zl", "MNq+hd2rYUIgJBgB3fBmk="].concat(), unknown),
            (Check::Wireguard, format!("{}=", "A".repeat(43)), Verdict::Rejected("not base64 of 32 bytes")),
            (Check::Wireguard, half.into(), Verdict::Rejected("not base64 of 32 bytes")),
        ] {
            assert_eq!(check.run(text.as_bytes()), want, "{} {text}", check.name());
        }
    }
}
