//! The text around a key: `-----BEGIN label-----`, perhaps headers, base64, `-----END label-----`.
//!
//! In source code the block is often not as a tool wrote it. Lines end in `\n` written out, stand in string literals
//! joined by `+` or commas, behind comment or diff markers, or all on one line. The reader takes the base64 characters
//! and passes over what such writing adds; anything else, above all `...`, means that there is no whole key.

use super::split_at;
use crate::encoding::{base64_decode, base64_decode_lenient, base64_value};

pub(super) struct Block<'s> {
    /// The words after `BEGIN`.
    pub(super) label: &'s [u8],
    /// Whether a `Proc-Type` header says that the body is encrypted.
    pub(super) encrypted: bool,
    /// The decoded body.
    pub(super) bytes: Vec<u8>,
    /// OpenPGP's checksum line.
    pub(super) checksum: Option<u32>,
}

impl<'s> Block<'s> {
    pub(super) fn read(secret: &'s [u8]) -> Result<Block<'s>, &'static str> {
        let (_, rest) = split_at(secret, b"-----BEGIN ").ok_or("no BEGIN line")?;
        let (label, rest) = split_at(rest, b"-----").ok_or("no BEGIN line")?;
        if !label.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ') {
            return Err("no BEGIN line");
        }
        let (body, end) = split_at(rest, b"-----END ").ok_or("no END line")?;
        if !end.starts_with(label) {
            return Err("BEGIN and END differ");
        }
        let (headers, body) = body.split_at(headers_end(body));
        let mut text = Vec::with_capacity(body.len());
        collect(body, &mut text)?;
        let mut checksum = None;
        if label.starts_with(b"PGP") {
            checksum = take_checksum(&mut text)?;
        }
        if text.is_empty() {
            return Err("no body");
        }
        let bytes = base64_decode_lenient(&text).ok_or("body is not base64")?;
        Ok(Block { label, encrypted: split_at(headers, b"ENCRYPTED").is_some(), bytes, checksum })
    }
}

/// Cuts off OpenPGP's last line: `=` and 24 bits in base64. It may be missing.
fn take_checksum(text: &mut Vec<u8>) -> Result<Option<u32>, &'static str> {
    let Some(at) = text.len().checked_sub(5).filter(|&at| text[at] == b'=') else { return Ok(None) };
    let bytes =
        base64_decode(&text[at + 1..]).filter(|bytes| bytes.len() == 3).ok_or("checksum is not base64")?;
    text.truncate(at);
    Ok(Some(bytes.iter().fold(0, |sum, &byte| sum << 8 | byte as u32)))
}

/// Where the headers (`Proc-Type`, `DEK-Info`, `Version`, `Comment`, …) end. Base64 has no colon, so they end with the
/// value after the last one.
fn headers_end(body: &[u8]) -> usize {
    let Some(colon) = body.iter().rposition(|&byte| byte == b':') else { return 0 };
    let value = &body[colon + 1..];
    let skip = value.iter().take_while(|&&byte| byte == b' ').count();
    let short = [&b"Proc-Type"[..], b"DEK-Info"].iter().any(|name| body[..colon].ends_with(name));
    // The value of these two has no space, so that they end on a single line too.
    let end =
        |&byte: &u8| matches!(byte, b'\n' | b'\r' | b'\\' | b'"' | b'\'' | b'`') || short && byte == b' ';
    let len = value[skip..].iter().position(end).unwrap_or(value.len() - skip);
    colon + 1 + skip + len
}

/// Appends the base64 characters of `body` to `text`.
fn collect(body: &[u8], text: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut at = 0;
    // Whether only white space came since the last line break, and since the line break itself.
    let (mut line_start, mut column_0) = (false, false);
    // In a diff the END line has the marker too, so the body's last line is nothing else.
    let diff = match body {
        [.., b'\n', marker @ (b'+' | b'-')] => Some(*marker),
        _ => None,
    };
    while let Some(&byte) = body.get(at) {
        let (was_start, was_column_0) = (line_start, column_0);
        (line_start, column_0) = (false, false);
        at += 1;
        match byte {
            b'\n' | b'\r' => (line_start, column_0) = (true, true),
            b' ' | b'\t' => line_start = was_start,
            _ if was_column_0 && diff == Some(byte) => line_start = true,
            b'#' | b'*' | b'>' | b'|' | b';' if was_start => line_start = true,
            b'/' if was_start && matches!(body[at..], [b'/', b' ' | b'\t', ..]) => at += 1,
            b'\\' => {
                while body.get(at) == Some(&b'\\') {
                    at += 1;
                }
                match body[at..] {
                    [b'n' | b'r' | b't', ..] => at += 1,
                    [b'u', b'0', b'0', high, low, ..] => {
                        let code = [high, low].map(|digit| (digit as char).to_digit(16));
                        let [Some(high), Some(low)] = code else { return Err("unknown escape") };
                        let byte = (high << 4 | low) as u8;
                        if byte == b'=' || base64_value(byte).is_some() {
                            text.push(byte);
                        } else if !matches!(byte, b'\n' | b'\r') {
                            return Err("body is not base64");
                        }
                        at += 5;
                    }
                    // An escaped slash or quote is read next; a line break may be escaped; at the end is nothing.
                    [b'/' | b'"' | b'\'' | b'\n' | b'\r', ..] | [] => {}
                    _ => return Err("unknown escape"),
                }
            }
            b'"' | b'\'' | b'`' => {
                // From the end of one literal to the begin of the next.
                let Some(len) = body[at..].iter().position(|&other| other == byte) else {
                    return Err("no END line");
                };
                let glue = &body[at..at + len];
                let is_glue = |byte: &u8| b" \t\r\n+,.&_;()\\|<".contains(byte);
                if !glue.iter().all(is_glue) {
                    return Err("body is not base64");
                }
                at += len + 1;
            }
            b'=' => text.push(byte),
            b'.' => return Err("elided body"),
            _ if base64_value(byte).is_some() => text.push(byte),
            _ => return Err("body is not base64"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(body: &str) -> String {
        ["-----BEGIN ", "RSA PRIVATE KEY-----", body, "-----END ", "RSA PRIVATE KEY-----"].concat()
    }

    #[test]
    fn written_in_many_ways() {
        let (one, two) = ("MIIabc/defg+", "+/jkl+mnog==");
        let whole = base64_decode([one, two].concat().as_bytes()).unwrap();
        for body in [
            format!("\n{one}\n{two}\n"),
            format!("\r\n{one}\r\n{two}\r\n"),
            format!("\\n{one}\\n{two}\\n"),
            format!("\\\\n{one}\\\\n{two}\\\\n"),
            format!("\\r\\n{one}\\r\\n{two}\\r\\n"),
            format!(" {one} {two} "),
            format!("{one}{two}"),
            format!("\\n\" +\n    \"{one}\\n\" +\n    \"{two}\\n\" +\n    \""),
            format!("',\n  '{one}',\n  '{two}',\n  '"),
            format!("\\n\"\n\"{one}\\n\"\n\"{two}\\n\"\n\""),
            format!("\\n\\\n{one}\\n\\\n{two}\\n\\\n"),
            format!("\n    {one}\n    {two}\n    "),
            format!("\n# {one}\n# {two}\n# "),
            format!("\n// {one}\n// {two}\n// "),
            format!("\n > {one}\n > {two}\n > "),
            format!("\n+{one}\n+{two}\n+"),
            format!("\\n{}\\n{}\\n", one.replace('/', "\\/"), two.replace('=', "\\u003d")),
            format!("\\u000a{one}\\u000A{two}"),
        ] {
            match Block::read(block(&body).as_bytes()) {
                Ok(block) => assert_eq!(block.bytes, whole, "{body}"),
                Err(reason) => panic!("{body}: {reason}"),
            }
        }
    }

    #[test]
    fn a_plus_is_a_marker_in_a_diff_only() {
        for (body, want) in [
            ("\n+IIa\n+/jk\n", Some("+IIa+/jk")),
            ("\n+IIa\n+/jk\n+", Some("IIa/jk")),
            ("\n++IIa\n++/jk\n+", Some("+IIa+/jk")),
            ("\n-+IIa\n-+/jk\n-", Some("+IIa+/jk")),
        ] {
            let bytes = Block::read(block(body).as_bytes()).ok().map(|block| block.bytes);
            assert_eq!(bytes, want.and_then(|text| base64_decode_lenient(text.as_bytes())), "{body}");
        }
    }

    #[test]
    fn headers() {
        for headers in [
            "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123ABCD\n\n",
            " Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,0123ABCD ",
            "\\nProc-Type: 4,ENCRYPTED\\nDEK-Info: DES-EDE3-CBC,0123ABCD\\n\\n",
            "\\n\"\n\"Proc-Type: 4,ENCRYPTED\\n\"\n\"DEK-Info: AES-128-CBC,0123ABCD\\n\"\n\"\\n\"\n\"",
        ] {
            let text = block(&format!("{headers}Zm9vYmFy\n"));
            let block = Block::read(text.as_bytes()).unwrap_or_else(|reason| panic!("{headers} {reason}"));
            assert!(block.encrypted);
            assert_eq!(block.bytes, b"foobar", "{headers}");
        }
        let text = "\nVersion: GnuPG v2.0.22 (GNU/Linux)\nComment: a b\n\nZm9v\nYmFy\n=njUN\n";
        let text = block(text).replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK");
        let block = Block::read(text.as_bytes()).unwrap();
        assert!(!block.encrypted);
        assert_eq!(block.bytes, b"foobar");
        assert_eq!(block.checksum, Some(0x9e_350d));
    }

    #[test]
    fn refused() {
        for body in [
            "",
            "\n",
            "\n...\n",
            "\nMIIEabcd...\n",
            "\nMIIE[snip]\n",
            "\n<your key here>\n",
            "\n\"",
            "\n\" + x + \"Zm9v",
            "\nZm9v\\q\n",
            "\nZm9v=Zm9v\n",
            "\nZm9vé\n",
            "\\u00zz",
            "\nZm9v\u{2026}\n",
        ] {
            assert!(Block::read(block(body).as_bytes()).is_err(), "{body}");
        }
        let good = block("\nZm9v\n");
        for cut in 0..good.len() - 20 {
            assert!(Block::read(&good.as_bytes()[..cut]).is_err(), "{cut}");
        }
        let other = good.replace("END RSA", "END EC");
        assert_eq!(Block::read(other.as_bytes()).err(), Some("BEGIN and END differ"));
    }
}
