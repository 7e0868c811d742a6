//! OpenPGP (RFC 9580): a sequence of packets, the first of which is the secret key: version, time of creation, algorithm,
//! its public numbers, and an octet that says whether the secret numbers after it are encrypted.

use super::Key;

const SECRET_KEY: u8 = 5;

/// Splits off bytes; `None` when there are not enough.
struct Bytes<'d>(&'d [u8]);

impl<'d> Bytes<'d> {
    fn take(&mut self, len: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, len: usize) -> Option<usize> {
        Some(self.take(len)?.iter().fold(0, |number, &byte| number << 8 | byte as usize))
    }

    /// A multiprecision integer: its length in bits (2 octets), then its octets. Gives the bits.
    fn mpi(&mut self) -> Option<u32> {
        let bits = self.number(2)?;
        self.take(bits.div_ceil(8))?;
        Some(bits as u32)
    }
}

/// The first packet: its tag and body.
fn packet<'d>(bytes: &mut Bytes<'d>) -> Option<(u8, &'d [u8])> {
    let head = bytes.number(1)? as u8;
    let (tag, len) = match head {
        0xc0.. => {
            let len = match bytes.number(1)? {
                len @ 0..=191 => len,
                high @ 192..=223 => ((high - 192) << 8) + bytes.number(1)? + 192,
                255 => bytes.number(4)?,
                _ => return None, // Partial lengths are for data, not for keys.
            };
            (head & 0x3f, len)
        }
        0x80.. if head & 3 < 3 => (head >> 2 & 0xf, bytes.number(1 << (head & 3))?),
        _ => return None,
    };
    Some((tag, bytes.take(len)?))
}

pub(super) fn read(bytes: &[u8]) -> Option<Key> {
    let (tag, body) = packet(&mut Bytes(bytes))?;
    if tag != SECRET_KEY {
        return None;
    }
    let mut body = Bytes(body);
    let version = body.number(1)?;
    body.take(4)?;
    if version == 3 {
        body.take(2)?;
    }
    let algorithm = body.number(1)?;
    if matches!(version, 5 | 6) {
        body.take(4)?;
    } else if !matches!(version, 3 | 4) {
        return None;
    }
    let (name, bits) = public(algorithm, &mut body)?;
    let encrypted = match name {
        Some(_) => Some(body.number(1)? != 0),
        None => None,
    };
    Some(Key { format: "PGP", algorithm: name, bits, encrypted })
}

/// Passes over the public numbers. Gives the algorithm (if its numbers are known) and the bits of the first.
fn public(algorithm: usize, body: &mut Bytes) -> Option<(Option<&'static str>, Option<u32>)> {
    let mut mpis = |name, count: usize| {
        let bits = body.mpi()?;
        for _ in 1..count {
            body.mpi()?;
        }
        Some((Some(name), Some(bits)))
    };
    match algorithm {
        1..=3 => mpis("RSA", 2),
        16 => mpis("ElGamal", 3),
        17 => mpis("DSA", 4),
        18 | 19 | 22 => {
            let len = body.number(1)?;
            body.take(len)?;
            body.mpi()?;
            if algorithm == 18 {
                let len = body.number(1)?;
                body.take(len)?;
            }
            Some((Some(["ECDH", "ECDSA", "", "", "EdDSA"][algorithm - 18]), None))
        }
        25 => body.take(32).map(|_| (Some("X25519"), None)),
        26 => body.take(56).map(|_| (Some("X448"), None)),
        27 => body.take(32).map(|_| (Some("Ed25519"), None)),
        28 => body.take(57).map(|_| (Some("Ed448"), None)),
        _ => Some((None, None)),
    }
}
