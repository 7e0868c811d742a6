//! Keys in DER, the byte form of ASN.1: nested fields of tag, length and content.
//!
//! * PKCS#1 (RFC 8017): `SEQUENCE { 0, n, e, d, p, q, dp, dq, qinv }`, all INTEGERs
//! * DSA (OpenSSL): `SEQUENCE { 0, p, q, g, y, x }`
//! * SEC 1 (RFC 5915): `SEQUENCE { 1, OCTET STRING key, [0] curve, [1] public key }`
//! * PKCS#8 (RFC 5958): `SEQUENCE { 0 or 1, SEQUENCE { algorithm, parameters }, OCTET STRING key, … }`
//! * encrypted PKCS#8: `SEQUENCE { SEQUENCE { algorithm, parameters }, OCTET STRING }`

use super::{Key, Read, structure};
use crate::Verdict;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;

/// The largest RSA modulus whose factors are multiplied: 16,384 bits, so that the work is bounded.
const MAX_MODULUS: usize = 2048;

/// What is left of a sequence of fields.
#[derive(Clone, Copy)]
struct Fields<'d>(&'d [u8]);

impl<'d> Fields<'d> {
    /// The next field: its tag and content. `None` at the end and if the length does not fit.
    fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut len = first as usize;
        if first >= 0x80 {
            let count = (first & 0x7f) as usize;
            if !(1..=4).contains(&count) || rest.len() < count {
                return None;
            }
            len = rest[..count].iter().fold(0, |len, &byte| len << 8 | byte as usize);
            rest = &rest[count..];
        }
        let (content, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next field, which must have that tag.
    fn expect(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.next().filter(|field| field.0 == tag).map(|field| field.1)
    }

    /// The magnitude of the next field, a positive INTEGER or zero, without leading zeros.
    fn integer(&mut self) -> Option<&'d [u8]> {
        let content = self.expect(INTEGER)?;
        let (&first, _) = content.split_first()?;
        if first >= 0x80 {
            return None;
        }
        let zeros = content.iter().take_while(|&&byte| byte == 0).count();
        Some(&content[zeros..])
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many bits a magnitude has.
pub(super) fn bits(magnitude: &[u8]) -> u32 {
    let zeros = magnitude.iter().take_while(|&&byte| byte == 0).count();
    match &magnitude[zeros..] {
        [] => 0,
        rest => rest.len() as u32 * 8 - rest[0].leading_zeros(),
    }
}

/// A private key in any of the forms above, unencrypted or not.
pub(super) fn read(bytes: &[u8]) -> Read {
    let mut outer = Fields(bytes);
    let Some(content) = outer.expect(SEQUENCE).filter(|_| outer.is_empty()) else {
        return structure(None);
    };
    let fields = Fields(content);
    if let Some(key) = encrypted(fields) {
        return Ok(key);
    }
    let mut after = fields;
    let Some(version) = after.integer() else { return structure(None) };
    match after.0.first() {
        Some(&SEQUENCE) if version.len() <= 1 => pkcs8(after),
        Some(&OCTET_STRING) if version == [1] => structure(sec1(after, None)),
        Some(&INTEGER) if version.len() <= 1 => match dsa(after) {
            Some(key) => Ok(key),
            None => rsa(after),
        },
        _ => structure(None),
    }
}

/// After the version.
fn rsa(mut fields: Fields) -> Read {
    let mut numbers = [&[][..]; 8];
    for number in &mut numbers {
        match fields.integer() {
            Some(integer) if !integer.is_empty() => *number = integer,
            _ => return structure(None),
        }
    }
    let [n, _, _, p, q, ..] = numbers;
    // More than two primes are allowed: one more sequence, and then n is not their product.
    let multi = fields.0.first() == Some(&SEQUENCE);
    if !(multi || fields.is_empty()) || n.len() > MAX_MODULUS || bits(n) < 256 {
        return structure(None);
    }
    if !multi && !is_product(p, q, n) {
        return Err(Verdict::Fails("modulus is not the product of the primes"));
    }
    Ok(Key { format: "PKCS#1", algorithm: Some("RSA"), bits: Some(bits(n)), encrypted: Some(false) })
}

/// Whether `p * q == n`, all big-endian without leading zeros.
fn is_product(p: &[u8], q: &[u8], n: &[u8]) -> bool {
    if p.len() + q.len() > n.len() + 1 {
        return false;
    }
    let limbs = |bytes: &[u8]| -> Vec<u32> {
        bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |word, &byte| word << 8 | byte as u32)).collect()
    };
    let (p, q, mut n) = (limbs(p), limbs(q), limbs(n));
    let mut product = vec![0u32; p.len() + q.len()];
    for (i, &a) in p.iter().enumerate() {
        let mut carry = 0u64;
        for (digit, &b) in product[i..].iter_mut().zip(&q) {
            carry += *digit as u64 + a as u64 * b as u64;
            *digit = carry as u32;
            carry >>= 32;
        }
        product[i + q.len()] = carry as u32;
    }
    n.resize(n.len().max(product.len()), 0);
    product.resize(n.len(), 0);
    product == n
}

/// After the version: exactly five more numbers.
fn dsa(mut fields: Fields) -> Option<Key> {
    let p = fields.integer()?;
    for _ in 0..4 {
        fields.integer().filter(|number| !number.is_empty())?;
    }
    let fits = fields.is_empty() && bits(p) >= 256;
    fits.then_some(Key { format: "DSA", algorithm: Some("DSA"), bits: Some(bits(p)), encrypted: Some(false) })
}

/// After the version. `curve` is what PKCS#8 says about it.
fn sec1(mut fields: Fields, curve: Option<Curve>) -> Option<Key> {
    let key = fields.expect(OCTET_STRING)?;
    let mut curve = curve;
    while let Some((tag, content)) = fields.next() {
        match tag {
            CONTEXT_0 => curve = Fields(content).expect(OID).and_then(named_curve).or(curve),
            CONTEXT_1 => drop(Fields(content).expect(BIT_STRING)?),
            _ => return None,
        }
    }
    if !fields.is_empty() || !(16..=80).contains(&key.len()) || key.iter().all(|&byte| byte == 0) {
        return None;
    }
    let (algorithm, bits) = curve.unwrap_or(("EC", key.len() as u32 * 8));
    Some(Key { format: "SEC1", algorithm: Some(algorithm), bits: Some(bits), encrypted: Some(false) })
}

type Curve = (&'static str, u32);

fn named_curve(oid: &[u8]) -> Option<Curve> {
    Some(match oid {
        b"\x2a\x86\x48\xce\x3d\x03\x01\x01" => ("EC P-192", 192),
        b"\x2a\x86\x48\xce\x3d\x03\x01\x07" => ("EC P-256", 256),
        b"\x2b\x81\x04\x00\x21" => ("EC P-224", 224),
        b"\x2b\x81\x04\x00\x22" => ("EC P-384", 384),
        b"\x2b\x81\x04\x00\x23" => ("EC P-521", 521),
        b"\x2b\x81\x04\x00\x0a" => ("EC secp256k1", 256),
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07" => ("EC brainpoolP256r1", 256),
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b" => ("EC brainpoolP384r1", 384),
        b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d" => ("EC brainpoolP512r1", 512),
        _ => return None,
    })
}

/// After the version.
fn pkcs8(mut fields: Fields) -> Read {
    let parts = || -> Option<(&[u8], Fields, &[u8])> {
        let mut algorithm = Fields(fields.expect(SEQUENCE)?);
        let oid = algorithm.expect(OID)?;
        let key = fields.expect(OCTET_STRING)?;
        // Attributes and the public key may follow.
        while !fields.is_empty() {
            fields.next().filter(|&(tag, _)| matches!(tag, CONTEXT_0 | CONTEXT_1 | 0x81))?;
        }
        Some((oid, algorithm, key))
    };
    let mut parts = parts;
    let Some((oid, mut parameters, key)) = parts() else { return structure(None) };
    let inner = |key: &'_ [u8]| -> Option<usize> {
        // The key is DER again: a sequence that fills it.
        let mut fields = Fields(key);
        let content = fields.expect(SEQUENCE)?;
        fields.is_empty().then_some(key.len() - content.len())
    };
    let named = |algorithm, bits, fits: bool| {
        structure(fits.then_some(Key {
            format: "PKCS#8",
            algorithm: Some(algorithm),
            bits,
            encrypted: Some(false),
        }))
    };
    // CurvePrivateKey: an OCTET STRING of that length in the OCTET STRING (RFC 8410).
    let octets = |len: usize| Fields(key).expect(OCTET_STRING).is_some_and(|key| key.len() == len);
    match oid {
        // rsaEncryption, RSASSA-PSS
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" | b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" => {
            let Some(at) = inner(key) else { return structure(None) };
            let mut fields = Fields(&key[at..]);
            match fields.integer() {
                Some(_) => rsa(fields).map(|key| Key { format: "PKCS#8", ..key }),
                None => structure(None),
            }
        }
        // id-ecPublicKey
        b"\x2a\x86\x48\xce\x3d\x02\x01" => {
            let curve = parameters.expect(OID).and_then(named_curve);
            let Some(at) = inner(key) else { return structure(None) };
            let mut fields = Fields(&key[at..]);
            match fields.integer() {
                Some([1]) => structure(sec1(fields, curve).map(|key| Key { format: "PKCS#8", ..key })),
                _ => structure(None),
            }
        }
        b"\x2b\x65\x6e" => named("X25519", None, octets(32)),
        b"\x2b\x65\x6f" => named("X448", None, octets(56)),
        b"\x2b\x65\x70" => named("Ed25519", None, octets(32)),
        b"\x2b\x65\x71" => named("Ed448", None, octets(57)),
        // id-dsa and dhKeyAgreement: the parameters hold the prime, the key is one number.
        b"\x2a\x86\x48\xce\x38\x04\x01" | b"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01" => {
            let name = if oid[1] == 0x86 && oid.ends_with(b"\x38\x04\x01") { "DSA" } else { "DH" };
            let prime = parameters.expect(SEQUENCE).and_then(|content| Fields(content).integer());
            let number = Fields(key).integer();
            named(name, prime.map(bits), prime.is_some() && number.is_some_and(|number| number.len() >= 16))
        }
        _ => {
            let key = Key { format: "PKCS#8", algorithm: None, bits: None, encrypted: Some(false) };
            structure((!oid.is_empty()).then_some(key))
        }
    }
}

/// Encrypted PKCS#8: nothing but the name of the scheme can be read.
fn encrypted(mut fields: Fields) -> Option<Key> {
    let mut algorithm = Fields(fields.expect(SEQUENCE)?);
    algorithm.expect(OID)?;
    let data = fields.expect(OCTET_STRING)?;
    let fits = fields.is_empty() && data.len() >= 32;
    fits.then_some(Key { format: "PKCS#8", algorithm: None, bits: None, encrypted: Some(true) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        for (p, q) in [
            (3u128, 5u128),
            (0xffff_ffff, 0xffff_ffff),
            (0xffff_ffff_ffff, 0xffff_ffff_ffff),
            (1, 1),
            (7, 0x1_0000_0000),
        ] {
            let bytes = |number: u128| {
                let bytes = number.to_be_bytes();
                bytes[bytes.iter().take_while(|&&byte| byte == 0).count()..].to_vec()
            };
            assert!(is_product(&bytes(p), &bytes(q), &bytes(p * q)), "{p} {q}");
            assert!(!is_product(&bytes(p), &bytes(q), &bytes(p * q + 1)), "{p} {q}");
            assert!(!is_product(&bytes(p), &bytes(q), &bytes((p * q) << 16 | 1)), "{p} {q}");
        }
    }

    #[test]
    fn fields() {
        let read = |bytes: &[u8]| Fields(bytes).next().map(|(tag, content)| (tag, content.len()));
        assert_eq!(read(&[2, 1, 5]), Some((2, 1)));
        assert_eq!(read(&[2, 0x81, 1, 5, 9]), Some((2, 1)));
        for bad in [
            &[][..],
            &[2],
            &[2, 1],
            &[2, 0x80, 0, 0],
            &[2, 0x85, 0, 0, 0, 0, 0],
            &[2, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[2, 0x82, 1],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert_eq!(Fields(&[2, 1, 0x80]).integer(), None);
        assert_eq!(Fields(&[2, 0]).integer(), None);
        assert_eq!(Fields(&[2, 2, 0, 0x80]).integer(), Some(&[0x80][..]));
        assert_eq!([bits(&[0, 1]), bits(&[0x80, 0]), bits(&[]), bits(&[0])], [1, 16, 0, 0]);
    }
}
