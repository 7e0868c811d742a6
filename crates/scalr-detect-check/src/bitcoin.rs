//! Bitcoin private keys in wallet import format: base58 of a version byte (0x80), 32 bytes, perhaps 1 (for a compressed
//! public key), and the first four bytes of the double SHA-256 of these.

use crate::Verdict;
use crate::encoding::{base58_decode, base58_encode};

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    const K: [u32; 64] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];
    let mut state =
        [0x6a09e667u32, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - bytes.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let end = padded.len();
    padded[end - 8..].copy_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut w = [0u32; 64];
        for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
            *word = bytes.iter().fold(0, |word, &byte| word << 8 | byte as u32);
        }
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ w[i - 15] >> 3;
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ w[i - 2] >> 10;
            w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for i in 0..64 {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let t1 = h.wrapping_add(s1).wrapping_add(e & f ^ !e & g).wrapping_add(K[i]).wrapping_add(w[i]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add(a & b ^ a & c ^ b & c);
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
        }
        for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(new);
        }
    }
    let mut hash = [0; 32];
    for (out, word) in hash.chunks_exact_mut(4).zip(state) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

fn sum(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&sha256(bytes));
    [a, b, c, d]
}

/// Writes a private key in wallet import format, for a compressed public key.
pub fn wif_encode(key: &[u8; 32]) -> String {
    let mut bytes = vec![0x80];
    bytes.extend_from_slice(key);
    bytes.push(1);
    bytes.extend_from_slice(&sum(&bytes));
    base58_encode(&bytes)
}

pub(crate) fn check(secret: &[u8]) -> Verdict {
    let holds = match secret.len() {
        51 => base58_decode::<37>(secret).is_some_and(|key| key[0] == 0x80 && sum(&key[..33]) == key[33..]),
        52 => base58_decode::<38>(secret)
            .is_some_and(|key| key[0] == 0x80 && key[33] == 1 && sum(&key[..34]) == key[34..]),
        _ => false,
    };
    if holds { Verdict::Holds } else { Verdict::Rejected("SHA-256 checksum does not match") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_hashes() {
        let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for (text, want) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(hex(sha256(text.as_bytes())), want);
        }
        // Lengths around the padding's border, against the hash of a million letters' published value by blocks.
        let million = vec![b'a'; 1_000_000];
        assert_eq!(hex(sha256(&million)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
        for len in 50..70 {
            assert_ne!(sha256(&million[..len]), sha256(&million[..len + 1]));
        }
    }

    #[test]
    fn wallet_keys() {
        let key = ["KzaJJqbNT9iHbSwVqS9qm74p5UXc", "gHux7PBZenSFiiNQ8Cs8ueXq"].concat();
        assert_eq!(check(key.as_bytes()), Verdict::Holds);
        assert!(matches!(check(key.replace("aJ", "bJ").as_bytes()), Verdict::Rejected(_)));
        assert!(matches!(check(&key.as_bytes()[1..]), Verdict::Rejected(_)));
        assert_eq!(check(wif_encode(&[7; 32]).as_bytes()), Verdict::Holds);
    }
}
