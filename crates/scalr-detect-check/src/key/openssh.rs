//! OpenSSH's own format (its PROTOCOL.key): a magic text, then strings with a 32-bit length each: cipher, key derivation
//! function, its options; the number of keys; the public key; the private part. In an unencrypted private part the two
//! numbers at the start are equal, which is how OpenSSH tells that a passphrase was right.

use super::{Key, der};

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Reads 32-bit big-endian lengths and what they span.
pub(super) struct Strings<'d>(pub(super) &'d [u8]);

impl<'d> Strings<'d> {
    pub(super) fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    pub(super) fn string(&mut self) -> Option<&'d [u8]> {
        let len = self.number()?;
        let (string, rest) = self.0.split_at_checked(len as usize)?;
        self.0 = rest;
        Some(string)
    }
}

/// Algorithm and bits of a public key in SSH's wire format.
pub(super) fn public(blob: &[u8]) -> Option<(&'static str, Option<u32>)> {
    let mut strings = Strings(blob);
    Some(match strings.string()? {
        b"ssh-rsa" => {
            strings.string()?;
            ("RSA", Some(der::bits(strings.string()?)))
        }
        b"ssh-dss" => ("DSA", Some(der::bits(strings.string()?))),
        b"ssh-ed25519" => ("Ed25519", None),
        b"ssh-ed448" => ("Ed448", None),
        b"ecdsa-sha2-nistp256" => ("EC P-256", Some(256)),
        b"ecdsa-sha2-nistp384" => ("EC P-384", Some(384)),
        b"ecdsa-sha2-nistp521" => ("EC P-521", Some(521)),
        b"sk-ssh-ed25519@openssh.com" => ("Ed25519 on a security key", None),
        b"sk-ecdsa-sha2-nistp256@openssh.com" => ("EC P-256 on a security key", Some(256)),
        _ => return None,
    })
}

pub(super) fn read(bytes: &[u8]) -> Option<Key> {
    let mut strings = Strings(bytes.strip_prefix(MAGIC)?);
    let cipher = strings.string()?;
    let _function = strings.string()?;
    let _options = strings.string()?;
    if strings.number()? != 1 {
        return None;
    }
    let (algorithm, bits) = public(strings.string()?)?;
    let private = strings.string()?;
    let encrypted = cipher != b"none";
    if !encrypted {
        let mut private = Strings(private);
        if private.number()? != private.number()? {
            return None;
        }
        private.string()?;
    }
    // An authenticating cipher leaves its tag behind the private part.
    let fits = private.len() >= 32 && (encrypted && strings.0.len() <= 16 || strings.0.is_empty());
    fits.then_some(Key { format: "OpenSSH", algorithm: Some(algorithm), bits, encrypted: Some(encrypted) })
}
