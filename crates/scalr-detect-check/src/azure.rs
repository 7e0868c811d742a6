//! Microsoft's keys with a checksum, as its security utilities publish them (MIT licence): most "identifiable" keys of
//! Azure end in a Marvin32 hash of the bytes before.
//!
//! Such a key is random bytes, of which four base64 characters are overwritten by a fixed signature (`+ASt`), and the last
//! four bytes by Marvin32 of the others. The hash needs a seed of 64 bits, which is no secret: eight ASCII characters that
//! name the kind of key. Newer keys have 84 characters, all letters and digits; they tell
//! provider and date.

use crate::crc::crc32;
use crate::encoding::{base32_decode, base62_6, base64_decode, base64url_decode, to_base};
use crate::{Check, Details, Verdict};

/// Marvin32, the seeded hash of .NET's string tables (published in its source), over bytes.
pub fn marvin32(seed: u64, bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (seed as u32, (seed >> 32) as u32);
    let mut block = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        low ^ high
    };
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        block(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    block(u32::from_le_bytes(last));
    block(0)
}

/// The seed of a name: its eight ASCII characters as a big-endian number.
pub const fn marvin32_seed(name: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*name)
}

/// A family of keys.
struct Family {
    signature: &'static [u8; 4],
    /// Bytes of the whole key.
    len: usize,
    seeds: &'static [&'static [u8; 8]],
    /// Whether a key whose hash differs is suspicious.
    strict: bool,
}

fn family(check: Check) -> Option<Family> {
    const BUS: &[&[u8; 8]] = &[b"Send0000", b"Manage00", b"Listen00", b"Unknown0", b"System00"];
    let (signature, len, seeds): (_, _, &'static [&'static [u8; 8]]) = match check {
        Check::AzureApim => (b"APIM", 64, &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"]),
        Check::AzureBatch => (b"+ABa", 64, &[b"AbAcct00"]),
        Check::AzureContainerRegistry => (b"+ACR", 39, &[b"ACRDflt0"]),
        Check::AzureCosmos => (
            b"ACDb",
            64,
            &[b"MastRW00", b"MastRO00", b"SysAll00", b"Resour00", b"SystRO00", b"SystRW00", b"Encryp00"],
        ),
        Check::AzureEventHub => (b"+AEh", 32, BUS),
        Check::AzureFunctions => (b"AzFu", 40, &[b"Functi00", b"System00", b"Master00"]),
        Check::AzureIot => (b"AIoT", 32, &[b"IoTHub00", b"DpsKey00", b"Device00"]),
        Check::AzureMlClassic => (b"+AMC", 64, &[b"Classic0"]),
        Check::AzureRedis => (b"AzCa", 32, &[b"Access00"]),
        Check::AzureRelay => (b"+ARm", 32, BUS),
        Check::AzureSearch => (b"AzSe", 39, &[b"PAdmin00", b"Query000"]),
        Check::AzureServiceBus => (b"+ASb", 32, BUS),
        Check::AzureStorage => (b"+ASt", 64, &[b"Default0"]),
        _ => return None,
    };
    // Redis replaces `+` and `/` in some keys after hashing.
    Some(Family { signature, len, seeds, strict: check != Check::AzureRedis })
}

/// Where the signature stands: in the last four whole characters before the hash.
pub fn marvin32_signature_at(key_bytes: usize) -> usize {
    (key_bytes.saturating_sub(4) * 8 / 6).saturating_sub(4)
}

fn family_key(family: &Family, secret: &[u8]) -> Option<Vec<u8>> {
    let at = marvin32_signature_at(family.len);
    if secret.get(at..at + 4)? != family.signature {
        return None;
    }
    let key = base64_decode(secret).or_else(|| base64url_decode(secret))?;
    (key.len() == family.len).then_some(key)
}

/// The seed that fits.
fn family_seed(family: &Family, key: &[u8]) -> Option<&'static [u8; 8]> {
    let (bytes, hash) = key.split_last_chunk()?;
    let hash = u32::from_le_bytes(*hash);
    family.seeds.iter().copied().find(|seed| marvin32(marvin32_seed(seed), bytes) == hash)
}

pub(crate) fn check(check: Check, secret: &[u8]) -> Verdict {
    let Some(family) = family(check) else { return Verdict::Unknown };
    let Some(key) = family_key(&family, secret) else {
        return Verdict::Rejected("not base64 with the signature in its place");
    };
    match family_seed(&family, &key) {
        Some(_) => Verdict::Holds,
        None if family.strict => Verdict::Fails("Marvin32 does not match"),
        None => Verdict::Unknown,
    }
}

/// `kind`: what the seed says the key is for.
pub(crate) fn details(check: Check, secret: &[u8], details: &mut Details) {
    let Some(family) = family(check).filter(|family| family.seeds.len() > 1) else { return };
    if let Some(seed) = family_key(&family, secret).and_then(|key| family_seed(&family, &key)) {
        let name = String::from_utf8_lossy(seed);
        details.push("kind", name.trim_end_matches('0').to_ascii_lowercase());
    }
}

/// The four characters that complete the first 80 of a common annotated security key. `None` if those are not 80
/// characters of base64.
pub fn annotated_key_checksum(before: &[u8]) -> Option<[u8; 4]> {
    let bytes = base64_decode(before).filter(|_| before.len() == 80)?;
    let digits = base62_6(marvin32(marvin32_seed(b"Default0"), &bytes).swap_bytes());
    // Without leading zeros, but filled up with zeros behind.
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let mut sum = [b'0'; 4];
    sum.iter_mut().zip(&digits[zeros..]).for_each(|(to, digit)| *to = *digit);
    Some(sum)
}

/// 52 random characters, `JQQJ9` and a kind, year and month, 12 of the platform, product, provider, checksum.
pub(crate) fn check_annotated(secret: &[u8]) -> Verdict {
    // The long form adds two characters and padding.
    let secret = if secret.len() == 88 && secret.ends_with(b"==") { &secret[..84] } else { secret };
    if secret.len() != 84 || !secret.iter().all(u8::is_ascii_alphanumeric) {
        return Verdict::Rejected("not 84 letters and digits");
    }
    if &secret[52..57] != b"JQQJ9" || !matches!(secret[57], b'9' | b'D' | b'H') {
        return Verdict::Rejected("no JQQJ9 in its place");
    }
    match annotated_key_checksum(&secret[..80]) {
        Some(sum) if sum == secret[80..] => Verdict::Holds,
        _ => Verdict::Fails("Marvin32 does not match"),
    }
}

/// `provider` and `product` (codes of four characters), `created` (year and month).
pub(crate) fn details_annotated(secret: &[u8], details: &mut Details) {
    let Some(secret) = secret.get(..84).filter(|secret| secret.iter().all(u8::is_ascii_alphanumeric)) else {
        return;
    };
    details.text("provider", Some(String::from_utf8_lossy(&secret[76..80])));
    details.text("product", Some(String::from_utf8_lossy(&secret[72..76])));
    if let (year @ b'A'..=b'Z', month @ b'A'..=b'L') = (secret[58], secret[59]) {
        details.push("created", format!("{}-{:02}", 2024 + (year - b'A') as u32, month - b'A' + 1));
    }
}

/// The alphabet of Entra's checksum.
const ENTRA: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// The three characters that complete an Entra client secret.
pub fn entra_checksum(before: &[u8]) -> [u8; 3] {
    let [a, b, c, ..] = to_base::<6>(marvin32(marvin32_seed(b"AadPwd00"), before), ENTRA);
    [a, b, c]
}

/// Client secrets with `8Q~` at their fourth character end in half a checksum. Older ones (`7Q~`) have none, and no public
/// sample confirms the newer, so nothing is held against any.
pub(crate) fn check_entra(secret: &[u8]) -> Verdict {
    if !matches!(secret.get(3..6), Some(b"7Q~" | b"8Q~")) {
        return Verdict::Rejected("no Q~ in its place");
    }
    match secret.split_last_chunk() {
        Some((before, sum)) if secret[3] == b'8' && entra_checksum(before) == *sum => Verdict::Holds,
        _ => Verdict::Unknown,
    }
}

/// The 28 bytes that a personal access token's CRC-32 covers, and the CRC-32 that stands in the gaps.
fn devops(bytes: &[u8; 32]) -> ([u8; 28], u32) {
    let mut covered = [0; 28];
    covered[..2].copy_from_slice(&bytes[..2]);
    covered[2..6].copy_from_slice(&bytes[3..7]);
    covered[6..19].copy_from_slice(&bytes[9..22]);
    covered[19..].copy_from_slice(&bytes[23..]);
    (covered, u32::from_le_bytes([bytes[22], bytes[8], bytes[7], bytes[2]]))
}

/// What is mixed into the CRC-32 of a token of a user, and of an application.
const DEVOPS_MASKS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];

/// Puts the checksum into the 32 bytes of an Azure DevOps personal access token of the old form.
pub fn devops_seal(bytes: &mut [u8; 32]) {
    let [a, b, c, d] = (crc32(&devops(bytes).0) ^ DEVOPS_MASKS[0]).to_le_bytes();
    (bytes[22], bytes[8], bytes[7], bytes[2]) = (a, b, c, d);
}

pub(crate) fn check_devops(secret: &[u8]) -> Verdict {
    let bytes: Option<[u8; 32]> =
        base32_decode(secret).filter(|_| secret.len() == 52).and_then(|bytes| bytes.try_into().ok());
    let Some(bytes) = bytes else { return Verdict::Rejected("not base32 of 32 bytes") };
    let (covered, sum) = devops(&bytes);
    let holds = DEVOPS_MASKS.contains(&(crc32(&covered) ^ sum));
    if holds { Verdict::Holds } else { Verdict::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        let mismatch = Verdict::Fails("Marvin32 does not match");
        let annotated = "UpNGrmTCNHWrkPJDb3qQt4kkfgWhYnsJUd5sWXcKVKgLNB4ZtpBm";
        for (check, parts, altered) in [
            (
                Check::AzureStorage,
                [
                    "7XCys9HDbE/iQdyJqDyjiOOGSol3qUk/iZbqzcwLqNGsMP1r2bSpHsxYBYiBQqvU8/etBhNwPYmn",
                    "+ASt",
                    "fXGIBA==",
                ],
                mismatch,
            ),
            (Check::AzureRedis, ["BTBPqHDtaVeeK9VENw6K1hZedvGur7Gi9", "AzCa", "EVempg="], Verdict::Unknown),
            (Check::AzureJqqj99, [annotated, "JQQJ99CIXtOe6xcD1TFDAAAAAZDO", "2n4J"], mismatch),
            (
                Check::AzureDevopsLegacy,
                ["3nanq3ek7jcu4tngxleg", "atkojfbr6emptfns4r4iwza6", "uvs7dnpq"],
                Verdict::Unknown,
            ),
        ] {
            let token = parts.concat();
            assert_eq!(check.run(token.as_bytes()), Verdict::Holds, "{}", check.name());
            let mut other = token.into_bytes();
            other[10] = if other[10] == b'a' { b'b' } else { b'a' };
            assert_eq!(check.run(&other), altered, "{}", check.name());
            assert!(matches!(check.run(&other[1..]), Verdict::Rejected(_)), "{}", check.name());
        }
        let token = [annotated, "JQQJ99CIXtOe6xcD1TFDAAAAAZDO", "2n4J"].concat();
        let facts = Check::AzureJqqj99.details(token.as_bytes());
        assert_eq!(
            ["provider", "product", "created"].map(|name| facts.get(name).unwrap()),
            ["AZDO", "AAAA", "2026-09"]
        );
    }

    #[test]
    fn signature_places() {
        assert_eq!([64, 40, 32, 39].map(marvin32_signature_at), [76, 44, 33, 42]);
    }

    #[test]
    fn entra() {
        let body = ["Ab3", "8Q~", "kQ9-x.Yz_w2LmNo4PqRsT6uVw8XyZ0aBcD"].concat();
        let token = [body.as_bytes(), &entra_checksum(body.as_bytes())].concat();
        assert_eq!(Check::AzureEntra.run(&token), Verdict::Holds);
        // 2^32 is less than four times 66^5.
        assert!(b"abcd".contains(&token[token.len() - 3]));
        assert_eq!(Check::AzureEntra.run(&token[..token.len() - 1]), Verdict::Unknown);
        assert!(matches!(Check::AzureEntra.run(&token[1..]), Verdict::Rejected(_)));
        assert!(matches!(Check::AzureEntra.run(b"abc8Q"), Verdict::Rejected(_)));
    }
}
