//! Seeds of NATS NKeys: base32 of two bytes that say what kind of key it is, 32 bytes, and a CRC-16.
//!
//! The scheme is that of the `nkeys` library: the first five bits are those of the letter `S`, the next eight those of the
//! kind (`U` user, `A` account, `O` operator, `N` server, `C` cluster, `X` curve).

use crate::Verdict;
use crate::crc::crc16;
use crate::encoding::{base32_decode, base32_encode};

/// The letter of a seed and those of the kinds, as values of base32.
const SEED: u8 = b'S' - b'A';
const KINDS: &[u8] = b"UAONCX";

/// Judges a seed of 58 characters.
pub(crate) fn check(secret: &[u8]) -> Verdict {
    match base32_decode(secret) {
        Some(bytes) if bytes.len() == 36 => {
            let (body, sum) = bytes.split_at(34);
            let kind = (body[0] & 7) << 5 | body[1] >> 3;
            let known = body[0] >> 3 == SEED && KINDS.contains(&((kind >> 3) + b'A')) && kind & 7 == 0;
            if known && crc16(body).to_le_bytes() == sum {
                Verdict::Holds
            } else {
                Verdict::Fails("checksum does not match")
            }
        }
        _ => Verdict::Fails("checksum does not match"),
    }
}

/// The seed of a key of this kind, one of `UAONCX`.
///
/// # Panics
///
/// If the kind is no capital letter.
pub fn seed(kind: u8, key: &[u8; 32]) -> String {
    assert!(kind.is_ascii_uppercase(), "the kind is a capital letter");
    let kind = (kind - b'A') << 3;
    let mut bytes = vec![SEED << 3 | kind >> 5, kind << 3];
    bytes.extend(key);
    bytes.extend(crc16(&bytes).to_le_bytes());
    base32_encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;

    #[test]
    fn seeds() {
        for kind in KINDS {
            let good = seed(*kind, &[0x5a; 32]);
            assert!(good.len() == 58 && good.as_bytes()[..2] == [b'S', *kind], "{good}");
            assert_eq!(Check::Nkey.run(good.as_bytes()), Verdict::Holds);
            let altered = good.replace('L', "M");
            assert!(matches!(Check::Nkey.run(altered.as_bytes()), Verdict::Fails(_)), "{altered}");
        }
        // A public key's letter, and no letter of any kind.
        assert!(matches!(Check::Nkey.run(seed(b'B', &[1; 32]).as_bytes()), Verdict::Fails(_)));
        assert!(matches!(Check::Nkey.run(b"SUA"), Verdict::Fails(_)));
    }
}
