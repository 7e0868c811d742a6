//! Private keys in their text forms: PEM blocks (PKCS#1, PKCS#8, SEC 1, DSA, OpenSSH), OpenPGP armor and PuTTY files.
//!
//! Keys are shown in documentation with their middle cut out, and test code is full of headers without a key. So the
//! text is decoded, wherever the way it is quoted allows it, and the bytes must be the structure of a private key from
//! end to end. RSA keys carry their own checksum, so to speak: the modulus must be the product of the two primes.

mod armor;
mod der;
mod openpgp;
mod openssh;
mod putty;

use crate::json::Object;
use crate::{Details, Verdict, entropy};
use armor::Block;

/// What is known of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Key {
    /// How it is stored: `PKCS#1`, `PKCS#8`, `SEC1`, `DSA`, `OpenSSH`, `PGP`, `PuTTY`.
    format: &'static str,
    algorithm: Option<&'static str>,
    bits: Option<u32>,
    encrypted: Option<bool>,
}

/// A key, or why there is none: any verdict but [`Verdict::Holds`].
type Read = Result<Key, Verdict>;

const NOT_A_KEY: Verdict = Verdict::Rejected("not the structure of a private key");

/// `None` of a parser means that the bytes do not have the structure.
fn structure(key: Option<Key>) -> Read {
    key.ok_or(NOT_A_KEY)
}

/// A block whose label says private key and whose whole body is base64 of something random, though not of a known
/// structure, is [`Verdict::Unknown`]: perhaps a format that is not known here, or a few characters were altered.
fn read_block(secret: &[u8]) -> Read {
    let block = Block::read(secret).map_err(Verdict::Rejected)?;
    let key = read_bytes(&block);
    if key == Err(NOT_A_KEY) && block.bytes.len() >= 48 && entropy(&block.bytes) >= 4.8 {
        return Err(Verdict::Unknown);
    }
    key
}

fn read_bytes(block: &Block) -> Read {
    match block.label {
        b"PGP PRIVATE KEY BLOCK" => {
            let key = structure(openpgp::read(&block.bytes));
            // Newer writers leave the checksum out, and readers may ignore it.
            if key.is_ok() && block.checksum.is_some_and(|sum| sum != crate::crc::crc24(&block.bytes)) {
                return Err(Verdict::Fails("CRC-24 does not match"));
            }
            key
        }
        b"OPENSSH PRIVATE KEY" => structure(openssh::read(&block.bytes)),
        label if split_at(label, b"PRIVATE KEY").is_none() => Err(Verdict::Rejected("not a private key")),
        label if block.encrypted => {
            // The traditional form: the whole body is encrypted by a block cipher, so only its length can be tested.
            let format = match label {
                b"EC PRIVATE KEY" => "SEC1",
                b"DSA PRIVATE KEY" => "DSA",
                _ => "PKCS#1",
            };
            let algorithm = match label {
                b"EC PRIVATE KEY" => Some("EC"),
                b"DSA PRIVATE KEY" => Some("DSA"),
                b"RSA PRIVATE KEY" => Some("RSA"),
                _ => None,
            };
            let fits = block.bytes.len() >= 64 && block.bytes.len().is_multiple_of(8);
            structure(fits.then_some(Key { format, algorithm, bits: None, encrypted: Some(true) }))
        }
        _ => der::read(&block.bytes),
    }
}

fn verdict(read: &Read) -> Verdict {
    match read {
        Ok(_) => Verdict::Holds,
        Err(verdict) => *verdict,
    }
}

fn push(read: Read, details: &mut Details) {
    let Ok(key) = read else { return };
    details.push("format", key.format);
    details.text("algorithm", key.algorithm.map(Into::into));
    if let Some(bits) = key.bits {
        details.push("bits", bits.to_string());
    }
    if let Some(encrypted) = key.encrypted {
        details.push("encrypted", if encrypted { "yes" } else { "no" });
    }
}

pub(crate) fn check(secret: &[u8]) -> Verdict {
    verdict(&read_block(secret))
}

/// `format`, `algorithm`, `bits`, `encrypted`.
pub(crate) fn details(secret: &[u8], details: &mut Details) {
    push(read_block(secret), details);
}

pub(crate) fn check_putty(secret: &[u8]) -> Verdict {
    verdict(&putty::read(secret))
}

/// `format`, `algorithm`, `bits`, `encrypted`.
pub(crate) fn details_putty(secret: &[u8], details: &mut Details) {
    push(putty::read(secret), details);
}

/// A service account's JSON, where `secret` begins like an object; else the private key alone.
pub(crate) fn check_gcp(secret: &[u8]) -> Verdict {
    if !secret.trim_ascii_start().starts_with(b"{") {
        return check(secret);
    }
    let Some(object) = Object::parse(secret) else { return Verdict::Rejected("not a JSON object") };
    if !object.is("type", "service_account") {
        return Verdict::Rejected("type is not service_account");
    }
    match object.string("private_key") {
        Some(key) => check(key.as_bytes()),
        None => Verdict::Rejected("no private_key"),
    }
}

/// `account`, `project`, `key-id` of a JSON, then those of the key.
pub(crate) fn details_gcp(secret: &[u8], details: &mut Details) {
    match Object::parse(secret) {
        Some(object) => {
            details.text("account", object.string("client_email"));
            details.text("project", object.string("project_id"));
            details.text("key-id", object.string("private_key_id"));
            let key = object.string("private_key").unwrap_or_default();
            push(read_block(key.as_bytes()), details);
        }
        None => push(read_block(secret), details),
    }
}

/// The bytes before and after the first `needle`.
fn split_at<'t>(text: &'t [u8], needle: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = text.windows(needle.len()).position(|window| window == needle)?;
    Some((&text[..at], &text[at + needle.len()..]))
}
