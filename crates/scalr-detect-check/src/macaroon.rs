//! Macaroons: tokens that their holder can narrow by adding caveats, each sealed by a chain of HMACs.
//!
//! PyPI's are in version 2 of the binary format of libmacaroons: a version byte, then fields of type, length (a varint)
//! and data. Type 1 is the location, 2 an identifier, 4 a caveat's key, 6 the signature, and 0 ends a section: the header,
//! each caveat, the list of caveats. Fly.io's are MessagePack.

use crate::Verdict;
use crate::encoding::{base64_decode, base64url_decode};

const END: u8 = 0;
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const CAVEAT_KEY: u8 = 4;
const SIGNATURE: u8 = 6;

struct Fields<'d>(&'d [u8]);

impl<'d> Fields<'d> {
    /// The next field. The end marker has no data.
    fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (&kind, rest) = self.0.split_first()?;
        self.0 = rest;
        if kind == END {
            return Some((END, &[]));
        }
        let mut len = 0;
        for shift in [0, 7, 14] {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            len |= ((byte & 0x7f) as usize) << shift;
            if byte < 0x80 {
                let (data, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                return Some((kind, data));
            }
        }
        None
    }
}

/// Whether the bytes are a whole macaroon of the package index or its test site.
fn is_macaroon(bytes: &[u8]) -> Option<bool> {
    let mut fields = Fields(bytes.strip_prefix(&[2])?);
    let (kind, mut location) = fields.next()?;
    location = location.strip_prefix(b"test.").unwrap_or(location);
    let home = kind == LOCATION && location.strip_prefix(b"pypi.") == Some(b"org");
    let (kind, identifier) = fields.next()?;
    if !home || kind != IDENTIFIER || identifier.is_empty() || fields.next()?.0 != END {
        return Some(false);
    }
    loop {
        match fields.next()?.0 {
            END => break,
            LOCATION if fields.next()?.0 == IDENTIFIER => {}
            IDENTIFIER => {}
            _ => return Some(false),
        }
        match fields.next()?.0 {
            END => {}
            CAVEAT_KEY if fields.next()?.0 == END => {}
            _ => return Some(false),
        }
    }
    let (kind, signature) = fields.next()?;
    Some(kind == SIGNATURE && signature.len() == 32 && fields.0.is_empty())
}

/// `pypi-` and base64url.
pub(crate) fn check_pypi(secret: &[u8]) -> Verdict {
    let Some(text) = secret.strip_prefix(b"pypi-") else { return Verdict::Rejected("unknown prefix") };
    match base64url_decode(text).and_then(|bytes| is_macaroon(&bytes)) {
        Some(true) => Verdict::Holds,
        _ => Verdict::Fails("does not decode to a macaroon"),
    }
}

/// The bytes of a macaroon for tests and templates: that location, that identifier, one caveat, that signature.
pub fn macaroon(location: &[u8], identifier: &[u8], caveat: &[u8], signature: &[u8; 32]) -> Vec<u8> {
    let mut bytes = vec![2];
    let mut put = |kind, data: &[u8]| {
        bytes.push(kind);
        // Lengths below 16,384.
        if data.len() >= 0x80 {
            bytes.push(data.len() as u8 | 0x80);
            bytes.push((data.len() >> 7) as u8 & 0x7f);
        } else if kind != END {
            bytes.push(data.len() as u8);
        }
        bytes.extend_from_slice(data);
    };
    put(LOCATION, location);
    put(IDENTIFIER, identifier);
    put(END, b"");
    put(IDENTIFIER, caveat);
    put(END, b"");
    put(END, b"");
    put(SIGNATURE, signature);
    bytes
}

/// One or more of `fm2_`, `fm1r_`, `fm1a_` and base64, joined by commas, perhaps after `FlyV1 `. Each must decode to a
/// MessagePack array of four (nonce, location, caveats, tail). The opaque `fo1_` form says nothing.
pub(crate) fn check_fly(secret: &[u8]) -> Verdict {
    let secret = secret.strip_prefix(b"FlyV1 ").unwrap_or(secret);
    let mut known = false;
    for part in secret.split(|&byte| byte == b',') {
        let Some(at) = part.iter().position(|&byte| byte == b'_') else {
            return Verdict::Rejected("unknown prefix");
        };
        match &part[..at] {
            b"fm2" | b"fm1r" | b"fm1a" => {
                let text = &part[at + 1..];
                let Some(bytes) = base64_decode(text).or_else(|| base64url_decode(text)) else {
                    return Verdict::Rejected("not base64");
                };
                // fixarray of 4, whose last element is the tail: 32 bytes of bin 8.
                let tail = bytes.len().checked_sub(34).map(|at| &bytes[at..at + 2]);
                known |= bytes.first() == Some(&0x94) && tail == Some(&[0xc4, 32]);
            }
            b"fo1" => {}
            _ => return Verdict::Rejected("unknown prefix"),
        }
    }
    if known { Verdict::Holds } else { Verdict::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::base64url_encode;

    #[test]
    fn worked_example() {
        let token = [
            "pypi-",
            "AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMAACB1szLCJ4Il0AAAYgui_u0E-mShTx",
            "Ax0wtIOoDlNhLtjdZld7c_1svlHY2Os",
        ]
        .concat();
        assert_eq!(check_pypi(token.as_bytes()), Verdict::Holds);
        let mut other = token.clone();
        other.truncate(token.len() - 4);
        assert!(matches!(check_pypi(other.as_bytes()), Verdict::Fails(_)));
        let random: String = ["pypi-", "AgEIcHlwaS5vcmc", &"aB3_x9-Q".repeat(20)].concat();
        assert!(matches!(check_pypi(random.as_bytes()), Verdict::Fails(_)));
        assert!(matches!(check_pypi(b"pypi"), Verdict::Rejected(_)));
    }

    #[test]
    fn structure() {
        let host = ["pypi", "org"].join(".");
        let good = macaroon(host.as_bytes(), &[b'{'; 200], b"[3]", &[9; 32]);
        let check = |bytes: &[u8]| check_pypi(format!("pypi-{}", base64url_encode(bytes)).as_bytes());
        assert_eq!(check(&good), Verdict::Holds);
        for len in 0..good.len() {
            assert_ne!(check(&good[..len]), Verdict::Holds, "{len}");
        }
        let more = [&good[..], &[0]].concat();
        assert_ne!(check(&more), Verdict::Holds);
        assert_ne!(check(&macaroon(b"fake.test", b"id", b"c", &[9; 32])), Verdict::Holds);
    }
}
