//! PuTTY's key files (appendix C of its manual): lines of `Name: value`, of which `Public-Lines` and `Private-Lines` give
//! the number of base64 lines that follow.

use super::{Key, Read, openssh};
use crate::Verdict;
use crate::encoding::base64_decode;

/// A file has about 20 lines; 16,384 bits need about 60.
const MAX_LINES: usize = 1000;

/// The lines of the text, with line breaks as such or written out as `\n`.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&byte| matches!(byte, b'\n' | b'\\')).unwrap_or(rest.len());
        let (line, mut tail) = rest.split_at(end);
        // One line break in any of the written forms.
        tail = tail.strip_prefix(b"\\r").unwrap_or(tail);
        while let Some(after) = tail.strip_prefix(b"\\") {
            tail = after;
            if let Some(after) = tail.strip_prefix(b"n") {
                tail = after;
                break;
            }
        }
        rest = tail.strip_prefix(b"\n").unwrap_or(tail);
        Some(line.trim_ascii())
    })
}

pub(super) fn read(secret: &[u8]) -> Read {
    let rejected = |reason| Err(Verdict::Rejected(reason));
    let mut lines = lines(secret).filter(|line| !line.is_empty()).take(MAX_LINES);
    let Some(first) = lines.next().and_then(|line| line.strip_prefix(b"PuTTY-User-Key-File-")) else {
        return rejected("no PuTTY header");
    };
    let (version, algorithm) = match first {
        [version @ b'1'..=b'3', b':', algorithm @ ..] => (version, algorithm.trim_ascii()),
        _ => return rejected("unknown PuTTY version"),
    };
    let (mut encrypted, mut public, mut private, mut mac) = (None, None, None, None);
    while let Some(line) = lines.next() {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return rejected("line without a name");
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        match name {
            b"Encryption" => encrypted = Some(value != b"none"),
            b"Public-Lines" | b"Private-Lines" => {
                let count = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
                let Some(count @ 1..=500) = count else { return rejected("no number of lines") };
                let mut text = Vec::new();
                for _ in 0..count {
                    text.extend_from_slice(lines.next().unwrap_or_default());
                }
                let Some(bytes) = base64_decode(&text) else { return rejected("body is not base64") };
                *(if name == b"Public-Lines" { &mut public } else { &mut private }) = Some(bytes);
            }
            b"Private-MAC" | b"Private-Hash" => mac = Some(value),
            _ => {}
        }
    }
    let (Some(encrypted), Some(public), Some(private), Some(mac)) = (encrypted, public, private, mac) else {
        return rejected("truncated");
    };
    // HMAC-SHA-1 in versions 1 and 2, HMAC-SHA-256 in version 3.
    let digits = if *version == b'3' { 64 } else { 40 };
    if mac.len() != digits || !mac.iter().all(u8::is_ascii_hexdigit) {
        return rejected("no Private-MAC");
    }
    let named = openssh::Strings(&public).string() == Some(algorithm);
    match openssh::public(&public) {
        Some((algorithm, bits)) if named && private.len() >= 16 => {
            Ok(Key { format: "PuTTY", algorithm: Some(algorithm), bits, encrypted: Some(encrypted) })
        }
        _ => rejected("not the structure of a private key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks() {
        for text in [
            "a\nb\nc",
            "a\r\nb\r\nc\r\n",
            "a\\nb\\nc",
            "a\\r\\nb\\r\\nc\\r\\n",
            "a\\\\nb\\\\nc",
            "a\\n\\\nb\\n\\\nc",
        ] {
            let lines: Vec<_> = lines(text.as_bytes()).filter(|line| !line.is_empty()).collect();
            assert_eq!(lines, [b"a", b"b", b"c"], "{text}");
        }
    }
}
