//! The text encodings that tokens are made of: base64, base32, base58, hexadecimal and numbers in base 36 and 62.
//!
//! Decoders are strict. An encoder writes one text for one value: the unused low bits of the last character are zero
//! and padding is whole. A text that breaks this was altered or is no encoding at all, and that is what a validator
//! wants to know.

/// Digits, upper case, lower case: the order of GitHub's, npm's and Microsoft's checksums.
pub const BASE62_DUL: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits, lower case, upper case: the order of Apify's checksums.
pub const BASE62_DLU: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Digits and lower case.
pub const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// The alphabet of Bitcoin's base58: no `0`, `O`, `I`, `l`.
pub const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The standard base64 alphabet (RFC 4648, section 4).
pub const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The base64 alphabet that is safe in URLs and file names (RFC 4648, section 5).
pub const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The base32 alphabet (RFC 4648, section 6), upper case.
pub const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Not a symbol of the alphabet.
const NONE: u8 = 0xff;

const fn inverse(alphabet: &[u8]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < alphabet.len() {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table
}

static FROM_BASE64: [u8; 256] = inverse(BASE64);
static FROM_BASE64_URL: [u8; 256] = inverse(BASE64_URL);

/// The value of a base64 character (`+` and `/` for 62 and 63).
pub(crate) fn base64_value(byte: u8) -> Option<u8> {
    Some(FROM_BASE64[byte as usize]).filter(|&value| value != NONE)
}

/// Whether the byte is in the URL-safe base64 alphabet.
pub(crate) fn is_base64url(byte: u8) -> bool {
    FROM_BASE64_URL[byte as usize] != NONE
}

/// With `strict`, unused low bits of the last character must be zero.
fn decode_64(text: &[u8], table: &[u8; 256], strict: bool) -> Option<Vec<u8>> {
    if text.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut groups = text.chunks_exact(4);
    for group in &mut groups {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| table[group[i] as usize]);
        if (a | b | c | d) & 0xc0 != 0 {
            return None;
        }
        out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    match *groups.remainder() {
        [a, b] => {
            let [a, b] = [a, b].map(|c| table[c as usize]);
            if (a | b) & 0xc0 != 0 || strict && b & 0x0f != 0 {
                return None;
            }
            out.push(a << 2 | b >> 4);
        }
        [a, b, c] => {
            let [a, b, c] = [a, b, c].map(|c| table[c as usize]);
            if (a | b | c) & 0xc0 != 0 || strict && c & 0x03 != 0 {
                return None;
            }
            out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2]);
        }
        _ => {}
    }
    Some(out)
}

/// Removes whole padding: none where the length without it is a multiple of 4, else exactly what completes the group.
/// A text without any padding passes too.
fn unpad(text: &[u8]) -> Option<&[u8]> {
    let body = match text {
        [body @ .., b'=', b'='] => body,
        [body @ .., b'='] => body,
        _ => return Some(text),
    };
    (text.len().is_multiple_of(4)).then_some(body)
}

/// Decodes standard base64; padding may be there (then it must be right) or not.
///
/// `None` if a byte is outside the alphabet, the length is impossible, or unused bits are set.
pub fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    decode_64(unpad(text)?, &FROM_BASE64, true)
}

/// As [`base64_decode`], but takes a last character with unused bits set.
pub(crate) fn base64_decode_lenient(text: &[u8]) -> Option<Vec<u8>> {
    decode_64(unpad(text)?, &FROM_BASE64, false)
}

/// Decodes URL-safe base64; padding may be there (then it must be right) or not. `None` as for [`base64_decode`].
pub fn base64url_decode(text: &[u8]) -> Option<Vec<u8>> {
    decode_64(unpad(text)?, &FROM_BASE64_URL, true)
}

fn encode_64(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word =
            group.iter().enumerate().fold(0u32, |word, (i, &byte)| word | (byte as u32) << (16 - 8 * i));
        for i in 0..4 {
            if i <= group.len() {
                out.push(alphabet[(word >> (18 - 6 * i) & 63) as usize] as char);
            } else if pad {
                out.push('=');
            }
        }
    }
    out
}

/// Standard base64 with padding.
pub fn base64_encode(bytes: &[u8]) -> String {
    encode_64(bytes, BASE64, true)
}

/// URL-safe base64 without padding, as in JWTs.
pub fn base64url_encode(bytes: &[u8]) -> String {
    encode_64(bytes, BASE64_URL, false)
}

/// Decodes base32 (RFC 4648; either case, no padding). `None` if a byte is outside the alphabet, the length is
/// impossible, or unused bits are set.
pub fn base32_decode(text: &[u8]) -> Option<Vec<u8>> {
    if matches!(text.len() % 8, 1 | 3 | 6) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | value as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then_some(out)
}

/// Base32 (RFC 4648), upper case, without padding.
pub fn base32_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut bits, mut count) = (0u32, 0);
    for &byte in bytes {
        bits = bits << 8 | byte as u32;
        count += 8;
        while count >= 5 {
            count -= 5;
            out.push(BASE32[(bits >> count & 31) as usize] as char);
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(BASE32[(bits << (5 - count) & 31) as usize] as char);
    }
    out
}

/// The last `N` digits of `number`, most significant first, left-padded with the alphabet's zero.
fn digits<const N: usize>(mut number: u64, alphabet: &[u8]) -> [u8; N] {
    let base = alphabet.len() as u64;
    let mut out = [alphabet[0]; N];
    for digit in out.iter_mut().rev() {
        *digit = alphabet[(number % base) as usize];
        number /= base;
    }
    out
}

/// A 32-bit number as 6 base62 digits (digits, upper, lower case), left-padded with `0`.
pub fn base62_6(number: u32) -> [u8; 6] {
    digits(number as u64, BASE62_DUL)
}

/// As [`base62_6`], in the order digits, lower, upper case.
pub fn base62_6_lower_first(number: u32) -> [u8; 6] {
    digits(number as u64, BASE62_DLU)
}

/// A 32-bit number as 7 base36 digits (lower case), left-padded with `0`.
pub fn base36_7(number: u32) -> [u8; 7] {
    digits(number as u64, BASE36)
}

/// A number below 1296 as 2 base36 digits (lower case), left-padded with `0`.
pub fn base36_2(number: u32) -> [u8; 2] {
    digits(number as u64, BASE36)
}

/// The last `N` digits of `number` in any alphabet, for schemes with one of their own.
pub(crate) fn to_base<const N: usize>(number: u32, alphabet: &[u8]) -> [u8; N] {
    digits(number as u64, alphabet)
}

/// A 32-bit number as 8 lower-case hexadecimal digits.
pub fn hex_8(number: u32) -> [u8; 8] {
    digits(number as u64, b"0123456789abcdef")
}

/// A 32-bit number as 8 upper-case hexadecimal digits.
pub fn hex_8_upper(number: u32) -> [u8; 8] {
    digits(number as u64, b"0123456789ABCDEF")
}

/// Decodes base58 into exactly `N` bytes, big-endian. `None` if a byte is outside the alphabet or the value does not
/// fit; leading `1`s stand for leading zero bytes and are not counted.
pub(crate) fn base58_decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    // Quadratic in the length, so bounded: N bytes never need more than 1.37 N digits.
    if text.len() > N * 2 {
        return None;
    }
    let mut out = [0u8; N];
    for &byte in text {
        let mut carry = BASE58.iter().position(|&c| c == byte)? as u32;
        for digit in out.iter_mut().rev() {
            carry += *digit as u32 * 58;
            *digit = carry as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(out)
}

/// Base58 of bytes, big-endian; leading zero bytes become leading `1`s.
pub fn base58_encode(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        let mut carry = byte as u32;
        for digit in &mut digits {
            carry += (*digit as u32) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let zeros = std::iter::repeat_n('1', zeros);
    zeros.chain(digits.iter().rev().map(|&digit| BASE58[digit as usize] as char)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    // RFC 4648, section 10.
    const VECTORS: &[(&str, &str, &str)] = &[
        ("", "", ""),
        ("f", "Zg==", "MY"),
        ("fo", "Zm8=", "MZXQ"),
        ("foo", "Zm9v", "MZXW6"),
        ("foob", "Zm9vYg==", "MZXW6YQ"),
        ("fooba", "Zm9vYmE=", "MZXW6YTB"),
        ("foobar", "Zm9vYmFy", "MZXW6YTBOI"),
    ];

    #[test]
    fn rfc_4648_vectors() {
        for &(plain, b64, b32) in VECTORS {
            let bare = b64.trim_end_matches('=');
            assert_eq!(base64_encode(plain.as_bytes()), b64);
            assert_eq!(base64url_encode(plain.as_bytes()), bare);
            assert_eq!(base64_decode(b64.as_bytes()).unwrap(), plain.as_bytes());
            assert_eq!(base64_decode(bare.as_bytes()).unwrap(), plain.as_bytes());
            assert_eq!(base64url_decode(bare.as_bytes()).unwrap(), plain.as_bytes());
            assert_eq!(base32_encode(plain.as_bytes()), b32);
            assert_eq!(base32_decode(b32.as_bytes()).unwrap(), plain.as_bytes());
            assert_eq!(base32_decode(b32.to_lowercase().as_bytes()).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn strict() {
        for bad in [
            "A", "Zh", "Zh==", "Zm9=", "Zm9", "Zg=", "Zg===", "Z=g=", "Zm8==", "Zm 8", "Zm9v=", "====",
            "Zm9-",
        ] {
            assert_eq!(base64_decode(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(base64url_decode(b"Zm9+"), None);
        assert_eq!(base64url_decode(b"_-8"), Some(vec![0xff, 0xef]));
        for bad in ["M", "MZ", "MZX", "MZXW6Y", "MY0", "MY=", "1A"] {
            assert_eq!(base32_decode(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(&base62_6(0), b"000000");
        assert_eq!(&base62_6(61), b"00000z");
        assert_eq!(&base62_6(62), b"000010");
        assert_eq!(&base62_6_lower_first(61), b"00000Z");
        assert_eq!(&base62_6(u32::MAX), b"4gfFC3");
        assert_eq!(&base36_7(u32::MAX), b"1z141z3");
        assert_eq!(&base36_2(39), b"13");
        assert_eq!(&hex_8(0xc0ffee), b"00c0ffee");
        assert_eq!(&hex_8_upper(0xc0ffee), b"00C0FFEE");
        assert_eq!(&to_base::<2>(67, &BASE36[..]), b"1v");
    }

    #[test]
    fn round_trips() {
        let mut random = Random::new(1);
        for len in 0..200 {
            let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
            assert_eq!(base64_decode(base64_encode(&bytes).as_bytes()).unwrap(), bytes);
            assert_eq!(base64url_decode(base64url_encode(&bytes).as_bytes()).unwrap(), bytes);
            assert_eq!(base32_decode(base32_encode(&bytes).as_bytes()).unwrap(), bytes);
        }
        for _ in 0..200 {
            let mut bytes = [0u8; 37];
            bytes.fill_with(|| random.next() as u8);
            bytes[0] >>= random.next() % 8;
            assert_eq!(base58_decode::<37>(base58_encode(&bytes).as_bytes()), Some(bytes));
        }
        // The Bitcoin wiki's first example.
        assert_eq!(base58_encode(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
        assert_eq!(base58_decode::<3>(b"2NEpo7"), None);
        assert_eq!(base58_decode::<8>(b"0"), None);
    }
}
