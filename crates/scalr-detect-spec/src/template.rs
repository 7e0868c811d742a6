//! Templates: text with random parts, from which the examples of detectors are made.
//!
//! An example must show a whole credential, and a repository must hold none, not even one that only looks live: other
//! scanners would alarm, and rightly. So an example is written as a template, and the test that needs it expands it with a
//! generator that gives the same text for the same seed, for ever. `«` and `»` mark the secret in it.
//!
//! A template is literal text with these in it:
//!
//! | form | expands to |
//! |---|---|
//! | `{hex:N}` `{HEX:N}` | N hexadecimal digits |
//! | `{base62:N}` `{alnum:N}` `{ALNUM:N}` `{lower:N}` `{upper:N}` | N of 0-9A-Za-z, 0-9a-z, 0-9A-Z, a-z, A-Z |
//! | `{digits:N}` | N decimal digits, the first not 0 |
//! | `{base64:N}` `{base64url:N}` | N of the alphabet; the last may be one that no encoder writes |
//! | `{base32:N}` `{base32hex:N}` `{base58:N}` | N of A-Z2-7, of 0-9a-v, of Bitcoin's alphabet |
//! | `{b64bytes:N}` `{b64urlbytes:N}` | N random bytes in base64 (with padding), in URL-safe base64 (without) |
//! | `{uuid}` `{ulid}` `{ksuid}` `{snowflake}` | a random UUID, lower case; ids with a time between 2016 and 2024 |
//! | `{any:CHARS:N}` | N of the characters between the colons |
//! | `{repeat:TEXT:N}` | TEXT, expanded once, N times |
//! | `{b64:TEXT}` `{b64url:TEXT}` `{hexof:TEXT}` | TEXT, expanded, in base64 (with padding), URL-safe (without), hexadecimal |
//! | `{pct:TEXT}` | all of its bytes but letters and digits as `%XX` |
//! | `{utf16le:TEXT}` | in UTF-16, little-endian |
//! | `{esc:TEXT}` | as the inside of a JSON string: line breaks are `\n`, quotes `\"` |
//! | `{crc:CHECK}` | the checksum of that check over all since `«`: `apify`, `atlassian`, `canva`, `cloudflare`, `confluent`, `github`, `gitlab-routable`, `grafana-service-account`, `npm`, `salad`, `vercel`, `wandb`, `zuplo` |
//! | `{jwt:HEADER.PAYLOAD:N}` | the two JSON texts, expanded, and N random bytes, in URL-safe base64 joined by dots |
//! | `{marvin:SEED:SIGNATURE:N}` `…:url}` `…:alnum}` | an Azure key of N bytes in base64, sealed with Marvin32; URL-safe; of letters and digits only |
//! | `{jqqj99:CODES}` | an annotated key of Azure, 84 characters; CODES are product and provider, such as `AAAAAZDO` |
//! | `{devopspat}` `{entra}` | an Azure DevOps token of the old form, an Entra client secret |
//! | `{routable:PREFIX}` | a routable GitLab token |
//! | `{awskey:PREFIX}` `{sespassword}` | an AWS key id of a random account; an SES SMTP password |
//! | `{macaroon:pypi}` `{macaroon:testpypi}` `{macaroon:fly}` | what follows `pypi-` or `fm2_` |
//! | `{bech32:NAME:N}` `{BECH32:NAME:N}` | N random bytes in Bech32; in upper case |
//! | `{wif}` | a Bitcoin key in wallet import format |
//! | `{nkey:KIND}` | the seed of a NATS NKey; KIND is its letter, such as `U` |
//! | `{pem:LABEL}` `{pem:LABEL:encrypted}` | a block of random numbers in the structure of that label: `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `DSA PRIVATE KEY` (these three also encrypted), `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `OPENSSH PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`, `PUBLIC KEY`, `CERTIFICATE` |
//! | `{puttykey}` | a PuTTY key file |
//! | `\n` `\r` `\t` `\\` `\{` `\}` | line feed, carriage return, tab, backslash, braces |
//!
//! A brace that opens none of these names is literal, so JSON needs no escapes. Inside a form braces must balance. Random
//! parts of eight characters or more are never placeholders: such draws are repeated.

use std::fmt;
use std::ops::Range;

use scalr_detect_check::encoding::{
    BASE32, BASE58, BASE62_DUL, BASE64, BASE64_URL, base32_encode, base36_2, base64_decode, base64_encode,
    base64url_decode, base64url_encode,
};
use scalr_detect_check::{Check, azure, bech32, bitcoin, checksum, crc, is_placeholder, macaroon, nkey};

/// How deep forms may stand in each other.
const MAX_DEPTH: usize = 8;
/// The largest count in a form, and the longest text in bytes.
const MAX_COUNT: usize = 1 << 16;
const MAX_LEN: usize = 1 << 20;

/// A template, expanded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expanded {
    /// The text without the marks.
    pub text: Vec<u8>,
    /// Where in `text` stands what was between `«` and `»`, if they were there.
    pub secret: Option<Range<usize>>,
}

/// What is wrong with a template, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// Byte offset in the template.
    pub offset: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template, byte {}: {}", self.offset, self.message)
    }
}

impl std::error::Error for TemplateError {}

/// Expands a template: the same text for the same template and seed, for ever.
///
/// # Errors
///
/// On unknown escapes, wrong arguments, unbalanced forms, and marks that are not exactly one pair outside of forms.
pub fn expand(template: &str, seed: u64) -> Result<Expanded, TemplateError> {
    let mut expander = Expander { random: Random(seed), depth: 0 };
    let mut marks = Marks::default();
    let text = expander.expand(template, 0, Some(&mut marks))?;
    let secret = match marks {
        Marks { open: Some((_, start)), close: Some(end) } => Some(start..end),
        Marks { open: Some((at, _)), close: None } => {
            return error(at, "« without »: mark the end of the secret too");
        }
        _ => None,
    };
    Ok(Expanded { text, secret })
}

fn error<T>(offset: usize, message: impl Into<String>) -> Result<T, TemplateError> {
    Err(TemplateError { offset, message: message.into() })
}

/// SplitMix64 (Steele, Lea, Flood 2014): a counter, scrambled.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        ((self.next() as u128 * limit as u128) >> 64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 56) as u8).collect()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| (self.next() >> 56) as u8)
    }

    /// Draws until the text is no placeholder. Gives up where the alphabet allows nothing else.
    fn draw(&mut self, mut make: impl FnMut(&mut Random) -> Vec<u8>) -> Vec<u8> {
        let mut text = make(self);
        for _ in 0..64 {
            if text.len() < 8 || !is_placeholder(&text) {
                break;
            }
            text = make(self);
        }
        text
    }

    fn text(&mut self, alphabet: &[u8], count: usize) -> Vec<u8> {
        self.draw(|random| (0..count).map(|_| alphabet[random.below(alphabet.len())]).collect())
    }

    /// Seconds between 2016 and 2024.
    fn time(&mut self) -> u64 {
        1_451_606_400 + self.below(252_460_800) as u64
    }
}

/// Where the marks are: of `«` the offset in the template and in the text, of `»` that in the text.
#[derive(Default)]
struct Marks {
    open: Option<(usize, usize)>,
    close: Option<usize>,
}

struct Expander {
    random: Random,
    depth: usize,
}

const HEX_LOWER: &[u8] = b"0123456789abcdef";
const HEX_UPPER: &[u8] = b"0123456789ABCDEF";
const BASE32_HEX: &[u8] = b"0123456789abcdefghijklmnopqrstuv";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALNUM_LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ALNUM_UPPER: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Crockford's alphabet of ULIDs.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The alphabet of a form that is nothing but N characters.
fn alphabet(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "hex" => HEX_LOWER,
        "HEX" => HEX_UPPER,
        "base62" => BASE62_DUL,
        "base64" => BASE64,
        "base64url" => BASE64_URL,
        "alnum" => ALNUM_LOWER,
        "ALNUM" => ALNUM_UPPER,
        "lower" => LOWER,
        "upper" => UPPER,
        "base32" => BASE32,
        "base32hex" => BASE32_HEX,
        "base58" => BASE58,
        _ => return None,
    })
}

/// Forms without arguments.
const BARE: &[&str] =
    &["uuid", "ulid", "ksuid", "snowflake", "devopspat", "entra", "sespassword", "wif", "puttykey"];
/// Forms with arguments, beside those of [`alphabet`].
const WITH_ARGUMENTS: &[&str] = &[
    "digits",
    "b64bytes",
    "b64urlbytes",
    "any",
    "repeat",
    "b64",
    "b64url",
    "hexof",
    "pct",
    "utf16le",
    "esc",
    "crc",
    "jwt",
    "marvin",
    "jqqj99",
    "routable",
    "awskey",
    "nkey",
    "macaroon",
    "bech32",
    "BECH32",
    "pem",
];

/// The form that begins at the `{` of `text`: its name, and its arguments if a colon follows.
fn form(text: &str) -> Option<(&str, bool)> {
    let rest = &text[1..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (name, after) = rest.split_at(end);
    match after.as_bytes()[0] {
        b'}' if BARE.contains(&name) => Some((name, false)),
        b':' if WITH_ARGUMENTS.contains(&name) || alphabet(name).is_some() => Some((name, true)),
        _ => None,
    }
}

/// Where the `}` is that closes a form, whose text starts at `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Splits at the first or last `separator` that stands in no braces.
fn split(text: &str, separator: u8, last: bool) -> Option<(&str, &str)> {
    let mut depth = 0;
    let mut found = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ if byte == separator && depth == 0 && (last || found.is_none()) => found = Some(at),
            _ => {}
        }
    }
    found.map(|at| (&text[..at], &text[at + 1..]))
}

fn count(text: &str, offset: usize) -> Result<usize, TemplateError> {
    match text.parse() {
        Ok(count @ 1..=MAX_COUNT) => Ok(count),
        _ => error(offset, format!("`{text}` is no count: write a number from 1 to {MAX_COUNT}")),
    }
}

impl Expander {
    /// `offset` is that of `template` in the whole. Marks are allowed where a place for them is given.
    fn expand(
        &mut self,
        template: &str,
        offset: usize,
        mut marks: Option<&mut Marks>,
    ) -> Result<Vec<u8>, TemplateError> {
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(c) = template[at..].chars().next() {
            let here = offset + at;
            match c {
                '«' | '»' => {
                    let Some(marks) = marks.as_deref_mut() else {
                        return error(here, "a mark inside a form: put « and » around the whole form");
                    };
                    match (c, &marks.open, &marks.close) {
                        ('«', None, _) => marks.open = Some((here, out.len())),
                        ('»', Some(_), None) => marks.close = Some(out.len()),
                        ('«', ..) => return error(here, "a second «: mark one secret only"),
                        _ => return error(here, "» without « before it"),
                    }
                }
                '\\' => {
                    at += 1;
                    match template.as_bytes().get(at) {
                        Some(b'n') => out.push(b'\n'),
                        Some(b'r') => out.push(b'\r'),
                        Some(b't') => out.push(b'\t'),
                        Some(&byte @ (b'\\' | b'{' | b'}')) => out.push(byte),
                        _ => return error(here, r"unknown escape: write \\ for a backslash"),
                    }
                    at += 1;
                    continue;
                }
                '{' => {
                    if let Some((name, arguments)) = form(&template[at..]) {
                        let start = at + 1 + name.len() + arguments as usize;
                        let Some(len) = closing(&template[start..]) else {
                            return error(
                                here,
                                format!(
                                    "`{{{name}` is not closed: balance the braces, or write \\{{ for a literal one"
                                ),
                            );
                        };
                        let text = &template[start..start + len];
                        let start = offset + start;
                        let made = if name == "crc" {
                            let Some(Marks { open: Some((_, open)), .. }) = marks.as_deref() else {
                                return error(
                                    here,
                                    "{crc:…} covers what comes after «: put « before it, and neither in a form",
                                );
                            };
                            self.crc(text, start, &out[*open..])?
                        } else {
                            self.form(name, text, start)?
                        };
                        out.extend_from_slice(&made);
                        if out.len() > MAX_LEN {
                            return error(
                                here,
                                format!("the text is longer than {MAX_LEN} bytes: use smaller counts"),
                            );
                        }
                        at = start - offset + len + 1;
                        continue;
                    }
                    out.push(b'{');
                }
                _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            at += c.len_utf8();
        }
        Ok(out)
    }

    /// The expansion of a template inside a form.
    fn inner(&mut self, text: &str, offset: usize) -> Result<Vec<u8>, TemplateError> {
        if self.depth == MAX_DEPTH {
            return error(offset, format!("more than {MAX_DEPTH} forms in each other"));
        }
        self.depth += 1;
        let out = self.expand(text, offset, None);
        self.depth -= 1;
        out
    }

    fn crc(&self, name: &str, offset: usize, covered: &[u8]) -> Result<Vec<u8>, TemplateError> {
        let made = Check::from_name(name).and_then(|check| checksum::complete(check, covered));
        match made {
            Some(sum) => Ok(sum),
            None => {
                let known = Check::ALL.iter().filter(|&&check| checksum::complete(check, b"").is_some());
                let known: Vec<_> = known.map(|check| check.name()).collect();
                error(offset, format!("`{name}` is no checksum: use one of {}", known.join(", ")))
            }
        }
    }

    fn form(&mut self, name: &str, text: &str, offset: usize) -> Result<Vec<u8>, TemplateError> {
        let random = &mut self.random;
        if let Some(alphabet) = alphabet(name) {
            return Ok(random.text(alphabet, count(text, offset)?));
        }
        // The two arguments of a form whose last one is a count.
        let counted = || match split(text, b':', true) {
            Some((first, last)) => Ok((first, count(last, offset + first.len() + 1)?)),
            None => error(offset, format!("`{name}` needs two arguments: {{{name}:…:N}}")),
        };
        Ok(match name {
            "digits" => {
                let count = count(text, offset)?;
                random.draw(|random| {
                    let mut digits: Vec<u8> = (0..count).map(|_| b'0' + random.below(10) as u8).collect();
                    digits[0] = b'1' + random.below(9) as u8;
                    digits
                })
            }
            "b64bytes" => {
                let count = count(text, offset)?;
                random.draw(|random| base64_encode(&random.bytes(count)).into())
            }
            "b64urlbytes" => {
                let count = count(text, offset)?;
                random.draw(|random| base64url_encode(&random.bytes(count)).into())
            }
            "uuid" => random.draw(uuid),
            "ulid" => ulid(random),
            "ksuid" => ksuid(random),
            "snowflake" => {
                (((random.time() - 1_420_070_400) * 1000) << 22 | random.next() >> 42).to_string().into()
            }
            "any" => {
                let (chars, count) = counted()?;
                let chars: Vec<char> = chars.chars().collect();
                if chars.is_empty() {
                    return error(offset, "no characters to choose from: {any:CHARS:N}");
                }
                random.draw(|random| {
                    (0..count).map(|_| chars[random.below(chars.len())]).collect::<String>().into()
                })
            }
            "repeat" => {
                let (text, count) = counted()?;
                let text = self.inner(text, offset)?;
                if text.len() * count > MAX_LEN {
                    return error(
                        offset,
                        format!("the text is longer than {MAX_LEN} bytes: use a smaller count"),
                    );
                }
                text.repeat(count)
            }
            "b64" => base64_encode(&self.inner(text, offset)?).into(),
            "b64url" => base64url_encode(&self.inner(text, offset)?).into(),
            "hexof" => {
                self.inner(text, offset)?.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
            }
            "pct" => {
                let encode = |byte: &u8| match byte {
                    byte if byte.is_ascii_alphanumeric() => vec![*byte],
                    byte => format!("%{byte:02X}").into(),
                };
                self.inner(text, offset)?.iter().flat_map(encode).collect()
            }
            "utf16le" => match String::from_utf8(self.inner(text, offset)?) {
                Ok(text) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                Err(_) => return error(offset, "{utf16le:…} needs text: its inside is not UTF-8"),
            },
            "esc" => {
                let escape = |byte: &u8| match byte {
                    b'\n' => b"\\n".to_vec(),
                    b'\r' => b"\\r".to_vec(),
                    b'\t' => b"\\t".to_vec(),
                    b'"' | b'\\' => vec![b'\\', *byte],
                    byte => vec![*byte],
                };
                self.inner(text, offset)?.iter().flat_map(escape).collect()
            }
            "jwt" => {
                let (parts, count) = counted()?;
                let Some((header, payload)) = split(parts, b'.', false) else {
                    return error(offset, "no payload: {jwt:HEADER.PAYLOAD:N}, both JSON");
                };
                let payload = self.inner(payload, offset + header.len() + 1)?;
                let header = self.inner(header, offset)?;
                let signature = self.random.draw(|random| base64url_encode(&random.bytes(count)).into());
                let signature = String::from_utf8_lossy(&signature).into_owned();
                [base64url_encode(&header), base64url_encode(&payload), signature].join(".").into()
            }
            "marvin" => return marvin(random, text, offset),
            "jqqj99" => {
                if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return error(
                        offset,
                        "give product and provider, four characters each: {jqqj99:AAAAAZDO}",
                    );
                }
                let mut key = random.text(BASE62_DUL, 52);
                key.extend_from_slice(b"JQQJ99");
                key.push(b'A' + random.below(3) as u8);
                key.push(b'A' + random.below(12) as u8);
                key.extend(random.text(BASE62_DUL, 12));
                key.extend_from_slice(text.as_bytes());
                key.extend(azure::annotated_key_checksum(&key).expect("80 characters of base64"));
                key
            }
            "devopspat" => random.draw(|random| {
                let mut bytes = random.array();
                azure::devops_seal(&mut bytes);
                base32_encode(&bytes).to_ascii_lowercase().into()
            }),
            "entra" => random.draw(|random| {
                let mut secret = random.text(BASE62_DUL, 3);
                secret.extend_from_slice(b"8Q~");
                secret.extend(
                    random.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", 31),
                );
                secret.extend(azure::entra_checksum(&secret));
                secret
            }),
            "routable" => {
                let prefix = text.as_bytes();
                if !prefix.ends_with(b"-") {
                    return error(offset, "the prefix ends in a hyphen: {routable:glpat-}");
                }
                random.draw(|random| routable(random, prefix))
            }
            "nkey" => match text.as_bytes() {
                [kind @ b'A'..=b'Z'] => nkey::seed(*kind, &random.array()).into(),
                _ => return error(offset, "the kind is a letter: {nkey:U}"),
            },
            "awskey" => {
                if text.len() != 4 {
                    return error(offset, "the prefix has four characters: {awskey:AKIA}");
                }
                random.draw(|random| {
                    // The account in 40 bits, behind the top bit, which is set in newer ids.
                    let mut bytes: [u8; 10] = random.array();
                    let account = random.below(1_000_000_000_000) as u64;
                    let head = (1 << 47 | account << 7 | random.below(128) as u64).to_be_bytes();
                    bytes[..6].copy_from_slice(&head[2..]);
                    [text.as_bytes(), base32_encode(&bytes).as_bytes()].concat()
                })
            }
            "sespassword" => {
                random.draw(|random| base64_encode(&[&[4][..], &random.bytes(32)].concat()).into())
            }
            "macaroon" => return made_macaroon(random, text, offset),
            "bech32" | "BECH32" => {
                let (readable, count) = counted()?;
                let text = bech32::bech32_encode(&readable.to_ascii_lowercase(), &random.bytes(count));
                if name == "BECH32" { text.to_ascii_uppercase().into() } else { text.into() }
            }
            "wif" => bitcoin::wif_encode(&random.array()).into(),
            "pem" => return keys::pem(random, text, offset),
            "puttykey" => keys::putty(random),
            _ => return error(offset, format!("`{name}` is not known")),
        })
    }
}

fn uuid(random: &mut Random) -> Vec<u8> {
    let mut bytes: [u8; 16] = random.array();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into()
}

fn ulid(random: &mut Random) -> Vec<u8> {
    let time = random.time() * 1000;
    let mut text: Vec<u8> = (0..10).map(|i| CROCKFORD[(time >> (45 - 5 * i) & 31) as usize]).collect();
    text.extend(random.text(CROCKFORD, 16));
    text
}

fn ksuid(random: &mut Random) -> Vec<u8> {
    let time = (random.time() - 1_400_000_000) as u32;
    let mut bytes = [&time.to_be_bytes()[..], &random.bytes(16)].concat();
    let mut text = [b'0'; 27];
    for digit in text.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut bytes {
            rest = rest << 8 | *byte as u32;
            *byte = (rest / 62) as u8;
            rest %= 62;
        }
        *digit = BASE62_DUL[rest as usize];
    }
    text.to_vec()
}

/// `SEED:SIGNATURE:BYTES`, perhaps `:url` or `:alnum`.
fn marvin(random: &mut Random, text: &str, offset: usize) -> Result<Vec<u8>, TemplateError> {
    let arguments: Vec<&str> = text.split(':').collect();
    let (seed, signature, len, kind) = match arguments[..] {
        [seed, signature, len] => (seed, signature, len, ""),
        [seed, signature, len, kind @ ("url" | "alnum")] => (seed, signature, len, kind),
        _ => return error(offset, "arguments are SEED:SIGNATURE:BYTES, then perhaps url or alnum"),
    };
    let Ok(seed) = <[u8; 8]>::try_from(seed.as_bytes()) else {
        return error(offset, "the seed's name has eight characters");
    };
    let len = count(len, offset)?;
    if signature.len() != 4 || len < 16 || base64_decode(signature.as_bytes()).is_none() {
        return error(offset, "the signature is four base64 characters, the key has 16 bytes or more");
    }
    let at = azure::marvin32_signature_at(len);
    let seed = azure::marvin32_seed(&seed);
    // With letters and digits only, one of five tries fits.
    for _ in 0..10_000 {
        let bytes = random.bytes(len);
        let mut text = if kind == "url" { base64url_encode(&bytes) } else { base64_encode(&bytes) };
        text.replace_range(at..at + 4, signature);
        let decoded =
            if kind == "url" { base64url_decode(text.as_bytes()) } else { base64_decode(text.as_bytes()) };
        let mut bytes = decoded.expect("its own encoding with four characters replaced");
        let hash = azure::marvin32(seed, &bytes[..len - 4]);
        bytes[len - 4..].copy_from_slice(&hash.to_le_bytes());
        let mut text = base64_encode(&bytes);
        if kind == "url" {
            text = text.replace('+', "-").replace('/', "_");
        }
        let plain = text.trim_end_matches('=').bytes().all(|byte| byte.is_ascii_alphanumeric());
        if (kind != "alnum" || plain) && !is_placeholder(text.as_bytes()) {
            return Ok(text.into());
        }
    }
    error(offset, "no key of letters and digits was found: the signature has others, or the key is too long")
}

fn routable(random: &mut Random, prefix: &[u8]) -> Vec<u8> {
    let id =
        |random: &mut Random| String::from_utf8_lossy(&random.text(b"123456789abcdefghijk", 2)).into_owned();
    let lines = format!("c:1\no:1\nu:{}", id(random));
    let mut payload = random.bytes(16);
    payload.extend_from_slice(lines.as_bytes());
    payload.push(lines.len() as u8);
    let payload = base64url_encode(&payload);
    let mut token = [prefix, payload.as_bytes(), b".01."].concat();
    token.extend(base36_2(payload.len() as u32));
    token.extend(checksum::complete(Check::GitlabRoutable, &token).unwrap_or_default());
    token
}

fn made_macaroon(random: &mut Random, kind: &str, offset: usize) -> Result<Vec<u8>, TemplateError> {
    let home = match kind {
        "pypi" => ["pypi", "org"].join("."),
        "testpypi" => ["test", "pypi", "org"].join("."),
        // A MessagePack array: nonce, location, caveats, tail.
        "fly" => {
            let parts = [
                &[0x94, 0xc4, 24][..],
                &random.bytes(24),
                &[0xa3],
                b"fly",
                &[0x90, 0xc4, 32],
                &random.bytes(32),
            ];
            return Ok(base64_encode(&parts.concat()).into());
        }
        _ => return error(offset, format!("no macaroon of `{kind}` is known: use pypi, testpypi or fly")),
    };
    let bytes = macaroon::macaroon(home.as_bytes(), &uuid(random), b"[3,\"x\"]", &random.array());
    Ok(base64url_encode(&bytes).into())
}

/// Key files of random numbers: right in structure, of no use as keys.
mod keys {
    use super::{Random, TemplateError, base64_encode, crc, error};

    fn field(tag: u8, content: &[u8]) -> Vec<u8> {
        let len = content.len();
        let head = match len {
            0..0x80 => vec![tag, len as u8],
            0x80..0x100 => vec![tag, 0x81, len as u8],
            _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
        };
        [&head[..], content].concat()
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        field(0x30, &parts.concat())
    }

    /// A positive INTEGER: a zero byte before a set top bit.
    fn integer(bytes: &[u8]) -> Vec<u8> {
        let sign = if bytes[0] >= 0x80 { &[0][..] } else { &[] };
        field(0x02, &[sign, bytes].concat())
    }

    fn octets(bytes: &[u8]) -> Vec<u8> {
        field(0x04, bytes)
    }

    fn bits(bytes: &[u8]) -> Vec<u8> {
        field(0x03, &[&[0], bytes].concat())
    }

    fn oid(bytes: &[u8]) -> Vec<u8> {
        field(0x06, bytes)
    }

    /// An odd number of that many bytes with its two top bits set, so that products keep their length.
    fn number(random: &mut Random, len: usize) -> Vec<u8> {
        let mut bytes = random.bytes(len);
        bytes[0] |= 0xc0;
        bytes[len - 1] |= 1;
        bytes
    }

    fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut out = vec![0u8; a.len() + b.len()];
        for (i, &x) in a.iter().enumerate().rev() {
            let mut carry = 0u32;
            for (j, &y) in b.iter().enumerate().rev() {
                carry += out[i + j + 1] as u32 + x as u32 * y as u32;
                out[i + j + 1] = carry as u8;
                carry >>= 8;
            }
            out[i] = carry as u8;
        }
        out
    }

    const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    const SHA256_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
    const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
    const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    const AES_256_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
    const NULL: &[u8] = &[5, 0];
    const E: &[u8] = &[1, 0, 1];

    fn rsa(random: &mut Random) -> Vec<u8> {
        let (p, q) = (number(random, 128), number(random, 128));
        let mut numbers = vec![vec![0], product(&p, &q), E.to_vec(), number(random, 256), p, q];
        numbers.extend((0..3).map(|_| number(random, 128)));
        let numbers: Vec<Vec<u8>> = numbers.iter().map(|number| integer(number)).collect();
        sequence(&numbers)
    }

    fn ec(random: &mut Random) -> Vec<u8> {
        let point = [&[4][..], &random.bytes(64)].concat();
        sequence(&[
            integer(&[1]),
            octets(&random.bytes(32)),
            field(0xa0, &oid(P256)),
            field(0xa1, &bits(&point)),
        ])
    }

    fn dsa(random: &mut Random) -> Vec<u8> {
        let mut numbers = vec![integer(&[0])];
        numbers.extend([128, 20, 128, 128, 20].map(|len| integer(&number(random, len))));
        sequence(&numbers)
    }

    fn pkcs8(random: &mut Random) -> Vec<u8> {
        let algorithm = sequence(&[oid(RSA), NULL.to_vec()]);
        sequence(&[integer(&[0]), algorithm, octets(&rsa(random))])
    }

    fn encrypted_pkcs8(random: &mut Random) -> Vec<u8> {
        let derivation = sequence(&[oid(PBKDF2), sequence(&[octets(&random.bytes(8)), integer(&[8, 0])])]);
        let cipher = sequence(&[oid(AES_256_CBC), octets(&random.bytes(16))]);
        let algorithm = sequence(&[oid(PBES2), sequence(&[derivation, cipher])]);
        sequence(&[algorithm, octets(&random.bytes(1232))])
    }

    fn public(random: &mut Random) -> Vec<u8> {
        let key = sequence(&[integer(&number(random, 256)), integer(E)]);
        sequence(&[sequence(&[oid(RSA), NULL.to_vec()]), bits(&key)])
    }

    fn certificate(random: &mut Random) -> Vec<u8> {
        let algorithm = sequence(&[oid(SHA256_WITH_RSA), NULL.to_vec()]);
        let name = || sequence(&[]);
        let validity = sequence(&[field(0x17, b"240101000000Z"), field(0x17, b"340101000000Z")]);
        let version = field(0xa0, &integer(&[2]));
        let serial = integer(&number(random, 16));
        let key = public(random);
        let body = sequence(&[version, serial, algorithm.clone(), name(), validity, name(), key]);
        sequence(&[body, algorithm, bits(&random.bytes(256))])
    }

    /// A string of SSH: its length, then its bytes.
    fn string(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
    }

    fn openssh(random: &mut Random) -> Vec<u8> {
        let key = random.bytes(32);
        let public = [string(b"ssh-ed25519"), string(&key)].concat();
        let check = random.bytes(4);
        let pair = [&random.bytes(32)[..], &key].concat();
        let mut private = [&check[..], &check, &public, &string(&pair), &string(b"user@host")].concat();
        for pad in 1.. {
            if private.len().is_multiple_of(8) {
                break;
            }
            private.push(pad);
        }
        let none = string(b"none");
        let head = [&none[..], &none, &string(b""), &1u32.to_be_bytes()].concat();
        [&b"openssh-key-v1\0"[..], &head, &string(&public), &string(&private)].concat()
    }

    fn openpgp(random: &mut Random) -> Vec<u8> {
        // Numbers with their top bit set.
        let mpi = |bytes: Vec<u8>| [&(bytes.len() as u16 * 8).to_be_bytes()[..], &bytes].concat();
        let (p, q) = (number(random, 128), number(random, 128));
        let time = (random.time() as u32).to_be_bytes();
        let public = [&[4][..], &time, &[1], &mpi(product(&p, &q)), &[0, 17], E].concat();
        let secret = [mpi(number(random, 256)), mpi(p), mpi(q), mpi(number(random, 128))].concat();
        let sum = secret.iter().fold(0u16, |sum, &byte| sum.wrapping_add(byte as u16)).to_be_bytes();
        let key = [&public[..], &[0], &secret, &sum].concat();
        let user = b"Nobody <nobody@host.test>";
        [&[0x95][..], &(key.len() as u16).to_be_bytes(), &key, &[0xb4, user.len() as u8], user].concat()
    }

    fn armor(label: &str, headers: &str, bytes: &[u8], width: usize, tail: &str) -> Vec<u8> {
        let text = base64_encode(bytes);
        let mut out = format!("-----BEGIN {label}-----\n{headers}");
        for line in text.as_bytes().chunks(width) {
            out.push_str(&String::from_utf8_lossy(line));
            out.push('\n');
        }
        out.push_str(&format!("{tail}-----END {label}-----"));
        out.into()
    }

    pub(super) fn pem(random: &mut Random, text: &str, offset: usize) -> Result<Vec<u8>, TemplateError> {
        let (label, kind) = text.split_once(':').unwrap_or((text, ""));
        let traditional = matches!(label, "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY");
        if !(kind.is_empty() || kind == "encrypted" && traditional) {
            return error(
                offset,
                format!("`{kind}` is not known: `encrypted` goes with RSA, EC and DSA PRIVATE KEY"),
            );
        }
        let bytes = match label {
            "RSA PRIVATE KEY" => rsa(random),
            "EC PRIVATE KEY" => ec(random),
            "DSA PRIVATE KEY" => dsa(random),
            "PRIVATE KEY" => pkcs8(random),
            "ENCRYPTED PRIVATE KEY" => encrypted_pkcs8(random),
            "OPENSSH PRIVATE KEY" => openssh(random),
            "PGP PRIVATE KEY BLOCK" => openpgp(random),
            "PUBLIC KEY" => public(random),
            "CERTIFICATE" => certificate(random),
            _ => return error(offset, format!("no block of `{label}` is known: see the table of forms")),
        };
        Ok(match (label, kind) {
            ("OPENSSH PRIVATE KEY", _) => armor(label, "", &bytes, 70, ""),
            ("PGP PRIVATE KEY BLOCK", _) => {
                let sum = base64_encode(&crc::crc24(&bytes).to_be_bytes()[1..]);
                armor(label, "\n", &bytes, 64, &format!("={sum}\n"))
            }
            (_, "encrypted") => {
                let iv: String = random.bytes(16).iter().map(|byte| format!("{byte:02X}")).collect();
                let headers = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{iv}\n\n");
                let bytes = random.bytes(bytes.len().next_multiple_of(16));
                armor(label, &headers, &bytes, 64, "")
            }
            _ => armor(label, "", &bytes, 64, ""),
        })
    }

    pub(super) fn putty(random: &mut Random) -> Vec<u8> {
        let lines = |bytes: &[u8]| {
            let text = base64_encode(bytes);
            let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
            format!("{}\n{}", lines.len(), lines.join("\n"))
        };
        let public = [string(b"ssh-ed25519"), string(&random.bytes(32))].concat();
        let private = string(&random.bytes(32));
        let mac: String = random.bytes(20).iter().map(|byte| format!("{byte:02x}")).collect();
        let (public, private) = (lines(&public), lines(&private));
        format!(
            "PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: none\nComment: key\nPublic-Lines: {public}\n\
             Private-Lines: {private}\nPrivate-MAC: {mac}"
        )
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scalr_detect_check::Verdict;

    fn text(template: &str, seed: u64) -> String {
        let expanded = expand(template, seed).unwrap_or_else(|error| panic!("{template}: {error}"));
        String::from_utf8(expanded.text).unwrap()
    }

    #[test]
    fn literal_text_and_marks() {
        for (template, want, secret) in [
            ("", "", None),
            ("a b", "a b", None),
            ("k=«v»;", "k=v;", Some(2..3)),
            ("«»", "", Some(0..0)),
            (
                r#"{"a":{"b":«1»}} {x} {hexagon:1} {} { {:}"#,
                r#"{"a":{"b":1}} {x} {hexagon:1} {} { {:}"#,
                Some(10..11),
            ),
            (r"a\nb\tc\\d\re\{hex:3\}", "a\nb\tc\\d\re{hex:3}", None),
            ("é«ü»", "éü", Some(2..4)),
            ("{repeat:ab:3}", "ababab", None),
            ("{repeat:a:b:2}", "a:ba:b", None),
            ("{repeat:{repeat:x:2}-:2}", "xx-xx-", None),
            ("{b64:{\"a\":1}}", "eyJhIjoxfQ==", None),
            ("{b64url:{\"a\":1}}", "eyJhIjoxfQ", None),
            ("{b64:{b64:f}}", "Wmc9PQ==", None),
            ("{hexof:aZ\\n}", "615a0a", None),
            ("{pct:a b/ü}", "a%20b%2F%C3%BC", None),
            ("{utf16le:aé}", "a\0\u{e9}\0", None),
            ("{esc:a\\n\"\\\\}", "a\\n\\\"\\\\", None),
        ] {
            let expanded = expand(template, 1).unwrap_or_else(|error| panic!("{template}: {error}"));
            let bytes: Vec<u8> =
                if template.starts_with("{utf16") { b"a\0\xe9\0".to_vec() } else { want.into() };
            assert_eq!(expanded.text, bytes, "{template}");
            assert_eq!(expanded.secret, secret, "{template}");
        }
    }

    #[test]
    fn checksums_cover_what_comes_after_the_mark() {
        let body = ["ghp_", "7KWyWfty6uEvcdZQoaZrknnVmnbSF0"].concat();
        let expanded = expand(&format!("k: «{body}{{crc:github}}»"), 1).unwrap();
        assert_eq!(expanded.text, format!("k: {body}{}", "4CgfKc").into_bytes());
        assert_eq!(expanded.secret, Some(3..43));
    }

    #[test]
    fn alphabets_and_lengths() {
        for (name, alphabet) in [
            ("hex", "0123456789abcdef"),
            ("HEX", "0123456789ABCDEF"),
            ("digits", "0123456789"),
            ("lower", "abcdefghijklmnopqrstuvwxyz"),
            ("upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            ("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            ("base32hex", "0123456789abcdefghijklmnopqrstuv"),
            ("alnum", "0123456789abcdefghijklmnopqrstuvwxyz"),
            ("ALNUM", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            ("base58", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
            ("base62", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
            ("base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
            ("base64url", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        ] {
            // Every character comes up, and no other.
            let text = text(&format!("{{{name}:4000}}"), 5);
            let mut seen: Vec<char> = text.chars().collect();
            seen.sort_unstable();
            seen.dedup();
            let mut want: Vec<char> = alphabet.chars().collect();
            want.sort_unstable();
            assert_eq!((text.len(), seen), (4000, want), "{name}");
        }
        for seed in 0..500 {
            assert!(!text("{digits:5}", seed).starts_with('0'));
            assert_eq!(text("{any:aé:3}", seed).chars().filter(|c| "aé".contains(*c)).count(), 3);
            assert_eq!(text("{b64bytes:32}", seed).len(), 44);
            assert_eq!(text("{b64urlbytes:32}", seed).len(), 43);
            assert_eq!(text("{ksuid}", seed).len(), 27);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_text() {
        // The first numbers of the reference implementation for this seed.
        let mut random = Random(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
        // Written down once: a change would change every example.
        assert_eq!(text("{hex:16} {hex:16}", 1), "9bf77ce84c697862 adae1171408b0f99");
        for (template, seed) in [("{hex:16}", 1), ("{pem:RSA PRIVATE KEY}", 2), ("{jwt:{}.{}:32}", 3)] {
            assert_eq!(text(template, seed), text(template, seed));
            assert_ne!(text(template, seed), text(template, seed + 1));
            let (first, second) = (text(template, seed), text(&template.repeat(2), seed));
            assert!(second.starts_with(&first) && second[first.len()..] != first);
        }
    }

    #[test]
    fn random_parts_are_no_placeholders() {
        for seed in 0..20_000 {
            for template in ["{digits:8}", "{hex:8}", "{any:ab1:8}"] {
                let text = text(template, seed);
                assert!(!is_placeholder(text.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn errors_say_where() {
        for (template, offset, words) in [
            ("ab\\q", 2, "unknown escape"),
            ("\\", 0, "unknown escape"),
            ("a{hex:x}", 6, "no count"),
            ("{hex:0}", 5, "no count"),
            ("{hex:65537}", 5, "no count"),
            ("{hex:-1}", 5, "no count"),
            ("{hex:", 0, "not closed"),
            ("{b64:{}", 0, "not closed"),
            ("a«b", 1, "« without »"),
            ("a»", 1, "» without «"),
            ("«a»«b»", 5, "second «"),
            ("«a»»", 5, "» without «"),
            ("{b64:«a»}", 5, "inside a form"),
            ("{crc:github}", 0, "put «"),
            ("{b64:{crc:github}}", 5, "put «"),
            ("«{crc:nope}»", 7, "github"),
            ("«{crc:jwt}»", 7, "use one of"),
            ("{repeat:x}", 8, "two arguments"),
            ("{repeat:{hex:60000}:60000}", 8, "longer"),
            ("{any::3}", 5, "no characters"),
            ("{jwt:{}:32}", 5, "no payload"),
            ("{pem:NOTHING}", 5, "NOTHING"),
            ("{pem:PRIVATE KEY:encrypted}", 5, "encrypted"),
            ("{macaroon:x}", 10, "pypi"),
            ("{marvin:a:b:c}", 8, "eight"),
            ("{marvin:a}", 8, "SEED:SIGNATURE"),
            ("{marvin:Default0:+ASt:64:alnum}", 8, "letters and digits"),
            ("{jqqj99:A}", 8, "four characters"),
            ("{routable:glpat}", 10, "hyphen"),
            ("{awskey:A}", 8, "four"),
            ("{utf16le:{b64:{utf16le:é}}{utf16le:\u{e9}}}", 9, "UTF-8"),
            ("{b64:{b64:{b64:{b64:{b64:{b64:{b64:{b64:{b64:x}}}}}}}}}", 45, "in each other"),
        ] {
            let error = expand(template, 1).expect_err(template);
            assert_eq!(error.offset, offset, "{template}: {error}");
            assert!(error.message.contains(words), "{template}: {error}");
        }
    }

    #[test]
    fn nonsense_never_panics() {
        let mut random = Random(9);
        let pieces = [
            "{",
            "}",
            "«",
            "»",
            "\\",
            ":",
            "hex",
            "{hex:",
            "{b64:",
            "{crc:github}",
            "{jwt:",
            "{pem:",
            "{marvin:",
            ".",
            "12",
            "é",
            "{uuid}",
            "{repeat:",
            "{any:",
            "RSA PRIVATE KEY",
            "Default0",
            "+ASt",
            "64",
        ];
        let (mut good, mut bad) = (0, 0);
        for _ in 0..50_000 {
            let template: String = (0..random.below(8)).map(|_| pieces[random.below(pieces.len())]).collect();
            match expand(&template, 1) {
                Ok(_) => good += 1,
                Err(error) => {
                    assert!(error.offset <= template.len());
                    bad += 1;
                }
            }
        }
        assert!(good > 1000 && bad > 1000, "{good} {bad}");
    }

    /// For every check, templates of values that it takes; `true` where it can do more than not to reject them.
    const FORMS: &[(&str, bool, &[&str])] = &[
        ("age", true, &["{BECH32:AGE-SECRET-KEY-:32}", "{BECH32:AGE-SECRET-KEY-PQ-:32}"]),
        ("apify", true, &["apify_api_{base62:30}{crc:apify}"]),
        (
            "atlassian",
            true,
            &[
                "ATATT3xFfGF0{base64url:160}={crc:atlassian}",
                "ATCTT3xFfGN0{base64url:160}={crc:atlassian}",
                "ATBB{base62:24}{crc:atlassian}",
            ],
        ),
        ("aws-access-key-id", false, &["{awskey:AKIA}", "{awskey:ASIA}", "AKIA{base32:16}"]),
        ("aws-bedrock", true, &["ABSK{b64:BedrockAPIKey-{alnum:4}-at-{digits:12}:{b64bytes:33}}"]),
        ("aws-secret-access-key", false, &["{base64:40}"]),
        ("aws-ses-smtp", false, &["{sespassword}"]),
        ("azure-apim", true, &["{marvin:Tenant00:APIM:64}", "{marvin:GitKey00:APIM:64}"]),
        ("azure-batch", true, &["{marvin:AbAcct00:+ABa:64}"]),
        ("azure-container-registry", true, &["{marvin:ACRDflt0:+ACR:39}"]),
        ("azure-cosmos", true, &["{marvin:MastRW00:ACDb:64}", "{marvin:MastRO00:ACDb:64}"]),
        ("azure-devops-legacy", true, &["{devopspat}"]),
        ("azure-entra", true, &["{entra}"]),
        ("azure-event-hub", true, &["{marvin:Send0000:+AEh:32}"]),
        ("azure-functions", true, &["{marvin:Functi00:AzFu:40:url}", "{marvin:Master00:AzFu:40:url}"]),
        ("azure-iot", true, &["{marvin:IoTHub00:AIoT:32}", "{marvin:Device00:AIoT:32}"]),
        ("azure-jqqj99", true, &["{jqqj99:AAAAAZDO}", "{jqqj99:AAABACOG}"]),
        ("azure-ml-classic", true, &["{marvin:Classic0:+AMC:64}"]),
        ("azure-redis", true, &["{marvin:Access00:AzCa:32}"]),
        ("azure-relay", true, &["{marvin:Listen00:+ARm:32}"]),
        ("azure-search", true, &["{marvin:PAdmin00:AzSe:39:alnum}", "{marvin:Query000:AzSe:39:alnum}"]),
        ("azure-service-bus", true, &["{marvin:Manage00:+ASb:32}"]),
        ("azure-storage", true, &["{marvin:Default0:+ASt:64}"]),
        ("basic-auth", true, &["{b64:deploy:{base62:12}}"]),
        ("bitcoin-wif", true, &["{wif}"]),
        ("canva", true, &["cnvca{base64url:43}{crc:canva}"]),
        (
            "cloudflare",
            true,
            &[
                "cfut_{base62:40}{crc:cloudflare}",
                "cfat_{base62:40}{crc:cloudflare}",
                "cfk_{base62:40}{crc:cloudflare}",
            ],
        ),
        ("confluent", true, &["cflt{base64:54}{crc:confluent}"]),
        ("discord-bot", true, &["{b64url:{snowflake}}.G{base64url:5}.{base64url:38}"]),
        ("docker-auth", true, &["{b64:robot:{base62:20}}"]),
        ("elastic", true, &["essu_{b64:{base64url:20}:{base64url:22}}"]),
        ("fly", true, &["fm2_{macaroon:fly}", "FlyV1 fm2_{macaroon:fly},fm2_{macaroon:fly}"]),
        (
            "gcp-service-account",
            true,
            &[
                r#"{"type":"service_account","private_key":"{esc:{pem:PRIVATE KEY}}\\n","client_email":"a@b.iam"}"#,
                "{esc:{pem:PRIVATE KEY}\\n}",
            ],
        ),
        (
            "github",
            true,
            &[
                "ghp_{base62:30}{crc:github}",
                "ghr_{base62:70}{crc:github}",
                "ghs_{digits:7}_{jwt:{\"alg\":\"RS256\"}.{\"iss\":\"github\"}:256}",
            ],
        ),
        ("gitlab-routable", true, &["{routable:glpat-}", "{routable:glrt-t1_-}"]),
        ("grafana-api-key", true, &["{b64:{\"k\":\"{base62:32}\",\"n\":\"ci\",\"id\":1}}"]),
        (
            "grafana-cloud",
            true,
            &["glc_{b64:{\"o\":\"{digits:6}\",\"n\":\"stack\",\"k\":\"{base62:24}\",\"m\":{\"r\":\"eu\"}}}"],
        ),
        ("grafana-service-account", true, &["glsa_{base62:32}_{crc:grafana-service-account}"]),
        ("groq", true, &["gsk_{base62:20}WGdyb3FY{base62:24}"]),
        ("intercom", true, &["{b64:tok:{hex:8}_{hex:30}}"]),
        ("jfrog", true, &["{b64:reftkn:01:1791536000:{base62:28}}"]),
        ("jira-data-center", true, &["{b64:{digits:12}:{base62:20}}"]),
        (
            "jwt",
            true,
            &[
                "{jwt:{\"alg\":\"HS256\"}.{\"sub\":\"{uuid}\"}:32}",
                "{jwt:{\"typ\":\"JWT\",\"alg\":\"ES256\"}.{\"iss\":\"a.b\"}:64}",
            ],
        ),
        ("kubernetes-jwt", true, &["{jwt:{\"alg\":\"RS256\"}.{\"sub\":\"system:serviceaccount:a:b\"}:256}"]),
        ("mapbox", true, &["sk.{b64url:{\"u\":\"user\",\"a\":\"cm{alnum:23}\"}}.{base64url:22}"]),
        ("ngrok", false, &["{ksuid}_{base62:21}"]),
        ("nkey", true, &["{nkey:U}", "{nkey:X}"]),
        ("nostr", true, &["{bech32:nsec:32}"]),
        ("npm", true, &["npm_{base62:30}{crc:npm}"]),
        (
            "onepassword",
            true,
            &["ops_{b64url:{\"signInAddress\":\"a.b\",\"email\":\"e\",\"muk\":{\"k\":\"{base64url:43}\"}}}"],
        ),
        (
            "openai",
            true,
            &["sk-{base62:20}T3BlbkFJ{base62:20}", "sk-proj-{base64url:74}T3BlbkFJ{base64url:74}"],
        ),
        ("password", false, &["{base62:12}"]),
        (
            "private-key",
            true,
            &[
                "{pem:RSA PRIVATE KEY}",
                "{pem:RSA PRIVATE KEY:encrypted}",
                "{pem:EC PRIVATE KEY}",
                "{pem:EC PRIVATE KEY:encrypted}",
                "{pem:DSA PRIVATE KEY}",
                "{pem:PRIVATE KEY}",
                "{pem:ENCRYPTED PRIVATE KEY}",
                "{pem:OPENSSH PRIVATE KEY}",
                "{pem:PGP PRIVATE KEY BLOCK}",
                "{esc:{pem:RSA PRIVATE KEY}}",
                "{esc:{esc:{pem:EC PRIVATE KEY}}}",
            ],
        ),
        ("putty", true, &["{puttykey}", "{esc:{puttykey}}"]),
        ("pypi", true, &["pypi-{macaroon:pypi}", "pypi-{macaroon:testpypi}"]),
        (
            "salad",
            true,
            &["salad_cloud_user_{base62:41}{crc:salad}", "salad_cloud_org_{base62:41}{crc:salad}"],
        ),
        (
            "scalr",
            true,
            &[
                "{jwt:{\"typ\":\"JWT\",\"alg\":\"HS256\"}.{\"jti\":\"at-{base32hex:15}\",\"iss\":\"user\"}:32}",
                "{jwt:{\"alg\":\"HS256\",\"typ\":\"JWT\"}.{\"iss\":\"scalr:user\",\"jti\":\"at-v0{base32hex:15}\"}:32}",
                "{jwt:{\"alg\":\"HS256\",\"typ\":\"JWT\"}.{\"iss\":\"service-account\",\"jti\":\"at-v0{base32hex:15}\",\"sub\":\"sa-v0{base32hex:15}\"}:32}",
            ],
        ),
        (
            "sentry",
            true,
            &[
                "sntrys_{b64:{\"iat\":1760000000.5,\"url\":\"https://a.b\",\"region_url\":\"https://c.d\",\"org\":\"demo\"}}_{repeat:{base64:42}E:1}",
            ],
        ),
        ("supabase-anon", true, &["{jwt:{\"alg\":\"HS256\"}.{\"iss\":\"supabase\",\"role\":\"anon\"}:32}"]),
        (
            "supabase-service-role",
            true,
            &["{jwt:{\"alg\":\"HS256\"}.{\"iss\":\"supabase\",\"role\":\"service_role\"}:32}"],
        ),
        ("teamcity", true, &["{b64:{\"typ\": \"TCV2\"}}.{base64url:28}.{b64url:{uuid}}"]),
        ("telegram", false, &["{digits:10}:AA{base64url:33}"]),
        ("url-credentials", false, &["postgres://app:{base62:16}@db.acme.io:5432/app"]),
        ("uuid4", false, &["{uuid}", "sk-lf-{uuid}"]),
        ("vercel", true, &["vcp_{base62:50}{crc:vercel}", "vck_{base62:50}{crc:vercel}"]),
        ("wandb", true, &["wandb_v1_{base62:71}{crc:wandb}"]),
        ("wireguard", false, &["{b64bytes:32}"]),
        ("workos", true, &["sk_{b64:key_{ulid},{base62:24}}"]),
        ("zuplo", true, &["zpka_{alnum:32}_{crc:zuplo}"]),
    ];

    #[test]
    fn every_check_has_a_form() {
        let names: Vec<_> = FORMS.iter().map(|form| form.0).collect();
        let checks: Vec<_> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(names, checks);
        for &(name, holds, templates) in FORMS {
            let check = Check::from_name(name).unwrap();
            let want = if holds { Verdict::Holds } else { Verdict::Unknown };
            for template in templates {
                for seed in 0..30 {
                    let expanded = expand(&format!("x «{template}» y"), seed)
                        .unwrap_or_else(|error| panic!("{template}: {error}"));
                    let secret = &expanded.text[expanded.secret.unwrap()];
                    let verdict = check.run(secret);
                    assert_eq!(
                        verdict,
                        want,
                        "{name} {template} {seed}: {}",
                        String::from_utf8_lossy(secret)
                    );
                }
            }
        }
    }

    #[test]
    fn blocks_that_are_no_private_keys() {
        for label in ["PUBLIC KEY", "CERTIFICATE"] {
            let block = text(&format!("{{pem:{label}}}"), 1);
            assert_eq!(Check::PrivateKey.run(block.as_bytes()), Verdict::Rejected("not a private key"));
        }
    }

    #[test]
    fn details_of_keys() {
        for (template, want) in [
            ("{pem:RSA PRIVATE KEY}", "format=PKCS#1 algorithm=RSA bits=2048 encrypted=no"),
            ("{pem:RSA PRIVATE KEY:encrypted}", "format=PKCS#1 algorithm=RSA encrypted=yes"),
            ("{pem:EC PRIVATE KEY}", "format=SEC1 algorithm=EC P-256 bits=256 encrypted=no"),
            ("{pem:DSA PRIVATE KEY}", "format=DSA algorithm=DSA bits=1024 encrypted=no"),
            ("{pem:PRIVATE KEY}", "format=PKCS#8 algorithm=RSA bits=2048 encrypted=no"),
            ("{pem:ENCRYPTED PRIVATE KEY}", "format=PKCS#8 encrypted=yes"),
            ("{pem:OPENSSH PRIVATE KEY}", "format=OpenSSH algorithm=Ed25519 encrypted=no"),
            ("{pem:PGP PRIVATE KEY BLOCK}", "format=PGP algorithm=RSA bits=2048 encrypted=no"),
        ] {
            let details = Check::PrivateKey.details(text(template, 3).as_bytes());
            let facts: Vec<String> = details.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(facts.join(" "), want);
        }
        let details = Check::Putty.details(text("{puttykey}", 3).as_bytes());
        assert_eq!(details.get("algorithm"), Some("Ed25519"));
    }

    #[test]
    fn keys_that_are_altered() {
        // A byte in the middle of the modulus: still numbers, no longer the product.
        let block = text("{pem:RSA PRIVATE KEY}", 4);
        let at = 200;
        let other = if block.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut altered = block.clone();
        altered.replace_range(at..at + 1, other);
        assert_eq!(
            Check::PrivateKey.run(altered.as_bytes()),
            Verdict::Fails("modulus is not the product of the primes")
        );
        let lines: Vec<&str> = block.lines().collect();
        let elided = [&lines[..4], &["..."], &lines[lines.len() - 3..]].concat().join("\n");
        assert!(matches!(Check::PrivateKey.run(elided.as_bytes()), Verdict::Rejected(_)));
        let missing = [&lines[..4], &lines[6..]].concat().join("\n");
        assert_ne!(Check::PrivateKey.run(missing.as_bytes()), Verdict::Holds);
        let block = text("{pem:PGP PRIVATE KEY BLOCK}", 4);
        let sum = block.rfind("\n=").unwrap() + 2;
        let mut altered = block.clone();
        altered.replace_range(sum..sum + 4, if &block[sum..sum + 4] == "AAAA" { "BBBB" } else { "AAAA" });
        assert_eq!(Check::PrivateKey.run(altered.as_bytes()), Verdict::Fails("CRC-24 does not match"));
    }

    /// Every check on altered, cut and foreign values: no panic, details stay printable, and few altered ones still hold.
    #[test]
    fn mutations_never_panic() {
        let rounds: u64 = if cfg!(debug_assertions) { 1_500 } else { 100_000 };
        let mut random = Random(77);
        for &(name, _, templates) in FORMS {
            let check = Check::from_name(name).unwrap();
            for round in 0..rounds {
                let template = templates[random.below(templates.len())];
                // Each value is altered in many ways.
                let expanded = expand(&format!("«{template}»"), round / 64).unwrap();
                let mut value = expanded.text;
                for _ in 0..1 + random.below(3) {
                    let at = random.below(value.len().max(1));
                    let byte = (random.next() >> 56) as u8;
                    match random.below(8) {
                        0 if at < value.len() => drop(value.remove(at)),
                        1 => value.insert(at.min(value.len()), byte),
                        2 => value.truncate(at),
                        3 => drop(value.drain(..at)),
                        4 if at < value.len() => value[at] ^= 1,
                        _ if at < value.len() => value[at] = byte,
                        _ => value.push(byte),
                    }
                }
                let _ = check.run(&value);
                for (_, fact) in check.details(&value).iter() {
                    assert!(!fact.chars().any(char::is_control), "{name}");
                }
                // And another check on this value.
                let other = Check::ALL[random.below(Check::ALL.len())];
                let _ = (other.run(&value), other.details(&value));
            }
        }
    }
}
