//! Bech32 (BIP 173): a readable part, `1`, and 5-bit characters of which the last six are a checksum. age's secret keys
//! and Nostr's private keys are written so.

use crate::Verdict;

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Longer than any key; the standard's own limit of 90 is for addresses, and age does not keep to it.
const MAX_LEN: usize = 256;

/// One step of the checksum: a remainder of polynomials over GF(32).
fn step(state: u32, value: u8) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = state >> 25;
    let state = (state & 0x1ff_ffff) << 5 ^ value as u32;
    GENERATORS
        .iter()
        .enumerate()
        .filter(|(i, _)| top >> i & 1 == 1)
        .fold(state, |state, (_, word)| state ^ word)
}

/// The state after the readable part.
fn start(readable: &[u8]) -> u32 {
    let state = readable.iter().fold(1, |state, byte| step(state, byte >> 5));
    readable.iter().fold(step(state, 0), |state, byte| step(state, byte & 31))
}

/// Writes bytes in Bech32, lower case. `readable` must be lower-case ASCII.
pub fn bech32_encode(readable: &str, bytes: &[u8]) -> String {
    let mut state = start(readable.as_bytes());
    let mut text = format!("{readable}1");
    let mut put = |value: u8, state: &mut u32| {
        *state = step(*state, value);
        text.push(ALPHABET[value as usize] as char);
    };
    let (mut bits, mut count) = (0u32, 0);
    for &byte in bytes {
        bits = bits << 8 | byte as u32;
        count += 8;
        while count >= 5 {
            count -= 5;
            put((bits >> count & 31) as u8, &mut state);
        }
    }
    if count > 0 {
        put((bits << (5 - count) & 31) as u8, &mut state);
    }
    let sum = (0..6).fold(state, |state, _| step(state, 0)) ^ 1;
    for i in 0..6 {
        text.push(ALPHABET[(sum >> (25 - 5 * i) & 31) as usize] as char);
    }
    text
}

/// A Bech32 text whose readable part passes `readable` (given in lower case) and that has room for 32 bytes or more.
pub(crate) fn check(secret: &[u8], readable: &[&str]) -> Verdict {
    let upper = secret.iter().any(u8::is_ascii_uppercase);
    if secret.len() > MAX_LEN || upper && secret.iter().any(u8::is_ascii_lowercase) {
        return Verdict::Rejected("mixed case or too long");
    }
    let Some(one) = secret.iter().rposition(|&byte| byte == b'1') else {
        return Verdict::Rejected("no separator");
    };
    let (name, data) = (&secret[..one], &secret[one + 1..]);
    if !readable.iter().any(|readable| name.eq_ignore_ascii_case(readable.as_bytes())) {
        return Verdict::Rejected("unknown readable part");
    }
    // 32 bytes are 52 characters.
    if data.len() < 58 {
        return Verdict::Rejected("too short");
    }
    let mut lower = [0; MAX_LEN];
    lower[..one].copy_from_slice(name);
    lower[..one].make_ascii_lowercase();
    let mut state = start(&lower[..one]);
    for byte in data {
        let Some(value) = ALPHABET.iter().position(|c| c.eq_ignore_ascii_case(byte)) else {
            return Verdict::Rejected("not Bech32");
        };
        state = step(state, value as u8);
    }
    if state == 1 { Verdict::Holds } else { Verdict::Fails("Bech32 checksum does not match") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;

    #[test]
    fn published_vectors() {
        // BIP 173's valid strings: their checksums must leave 1.
        for text in [
            "a12uel5l",
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
        ] {
            let (name, data) = text.rsplit_once('1').unwrap();
            let value = |byte: u8| ALPHABET.iter().position(|&c| c == byte).unwrap() as u8;
            assert_eq!(
                data.bytes().fold(start(name.as_bytes()), |state, byte| step(state, value(byte))),
                1,
                "{text}"
            );
        }
        assert_eq!(bech32_encode("a", b""), "a12uel5l");
        let ascending: Vec<u8> = vec![
            0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6,
            0x75, 0xbe, 0x77, 0xdf,
        ];
        assert_eq!(bech32_encode("abcdef", &ascending), "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw");
    }

    #[test]
    fn age() {
        let key = ["AGE-SECRET-KEY-", "18TEU8ACGLAHUGY0WG7T8HGYGM5XMG4F7H3HJV4L2EUURD4XDQF7STTS6PD"].concat();
        assert_eq!(Check::Age.run(key.as_bytes()), Verdict::Holds);
        assert_eq!(Check::Age.run(key.to_lowercase().as_bytes()), Verdict::Holds);
        let other = key.replace("TEU8", "TEU9");
        assert_eq!(Check::Age.run(other.as_bytes()), Verdict::Fails("Bech32 checksum does not match"));
        for bad in [
            key.replace("TEU8", "TEUB"),
            key.replace("AGE", "age"),
            key[1..].into(),
            key[..40].into(),
            String::new(),
        ] {
            assert!(matches!(Check::Age.run(bad.as_bytes()), Verdict::Rejected(_)), "{bad}");
        }
        assert!(matches!(Check::Nostr.run(key.as_bytes()), Verdict::Rejected(_)));
    }
}
