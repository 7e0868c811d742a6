//! The addon for Node: what the library does, with the types of JavaScript.
//!
//! The package's `index.js` is the door: it checks arguments, hands them on to the classes here, and makes objects of what
//! they return. So nothing here is called with what it does not expect, and an error from here is one of the scanner's.
//! Findings come [`packed`], as one flat array, because an object made through Node-API costs as much as a search.
//!
//! What is public in JavaScript is declared here, comments and all: `napi build` writes `index.d.ts` from it. What exists
//! in JavaScript only is declared in `header.d.ts`, which that file begins with.
//!
//! Calls that return at once read the caller's bytes where they are; JavaScript cannot run meanwhile. Calls that return a
//! promise copy them first, because JavaScript may change them while another thread reads.

pub mod options;
pub mod packed;
pub mod respond;
pub mod stream;
pub mod task;
mod text;

use std::borrow::Cow;
use std::ffi::OsString;

use napi::bindgen_prelude::*;
use napi::{Env, JsString};
use napi_derive::napi;
use scalr_detect::Catalog;

use crate::options::{Code, ScannerOptions};
use crate::packed::{Row, pack};
use crate::stream::{Redactor, Searcher};
use crate::task::{Data, Flag, Scan};

/// What is searched: a string, or bytes where they are.
type Input<'env> = Either<JsString<'env>, Uint8ArraySlice<'env>>;

/// Finds secrets in strings and bytes.
///
/// Making one takes microseconds, unless it has detectors of your own. It does not change, and can be used as often as you
/// like, also by overlapping asynchronous calls. It belongs to the thread that made it: each worker makes its own.
///
/// ```js
/// const { Scanner } = require('scalr-detect')
/// const scanner = new Scanner({ minConfidence: 'high' })
/// scanner.redact('nothing to see here') // 'nothing to see here'
/// ```
#[napi]
pub struct Scanner {
    inner: scalr_detect::Scanner,
}

#[napi]
impl Scanner {
    /// @param options What to look for. Everything in the catalogue if left out.
    /// @throws `ERR_SCALR_DETECT_UNKNOWN_DETECTOR` for an id that is not known (the message names the nearest),
    /// `ERR_SCALR_DETECT_INVALID_DETECTORS` if `custom` has mistakes, `ERR_INVALID_ARG_TYPE` and `ERR_INVALID_ARG_VALUE` for
    /// other mistakes in the options.
    #[napi(constructor, catch_unwind, ts_args_type = "options?: ScannerOptions")]
    pub fn new(options: Option<ScannerOptions>) -> std::result::Result<Scanner, Error<Code>> {
        let inner = options.unwrap_or_default().build()?;
        Ok(Scanner { inner })
    }

    /// Whether there is a secret.
    ///
    /// @param data A string, or bytes; they are read where they are.
    #[napi(catch_unwind, ts_args_type = "data: string | Uint8Array")]
    pub fn is_match(&self, data: Input<'_>) -> Result<bool> {
        Ok(match data {
            Either::A(text) => self.inner.is_match(text.into_utf8()?.as_slice()),
            Either::B(bytes) => self.inner.is_match(&bytes[..]),
        })
    }

    /// The secrets, by the offset at which they start. They do not overlap.
    ///
    /// @param data A string, or bytes; they are read where they are.
    #[napi(catch_unwind, ts_args_type = "data: string | Uint8Array", ts_return_type = "Array<Finding>")]
    pub fn scan<'env>(&self, env: &'env Env, data: Input<'_>) -> Result<Option<Array<'env>>> {
        let rows = match data {
            Either::A(text) => {
                let text = text.into_utf8()?;
                Row::all_of_text(&self.inner, text.as_str()?, || false)
            }
            Either::B(bytes) => Row::all(&self.inner, &bytes, || false),
        };
        pack(env, rows)
    }

    /// Like `scan`, on a thread of libuv's pool: for data so large that searching it would be felt (a gigabyte takes
    /// about a third of a second). The data is copied before the call returns, and may be changed then.
    ///
    /// @param options `signal` ends the wait: the promise is rejected with an `AbortError`.
    #[napi(
        catch_unwind,
        ts_args_type = "data: string | Uint8Array, options?: { signal?: AbortSignal }",
        ts_return_type = "Promise<Array<Finding>>"
    )]
    pub fn scan_async(&self, data: Input<'_>, flag: Option<&External<Flag>>) -> Result<AsyncTask<Scan>> {
        let data = match data {
            Either::A(text) => Data::Text(text.into_utf8()?.into_owned()?),
            Either::B(bytes) => Data::Bytes(bytes.to_vec()),
        };
        let flag = flag.map_or_else(Flag::default, |flag| (**flag).clone());
        Ok(AsyncTask::new(Scan { scanner: self.inner.clone(), data, flag }))
    }

    /// The data with a placeholder, `[detector-id:123abc]`, in the place of each secret: a string for a string, a `Buffer`
    /// for a `Buffer`, a `Uint8Array` for a `Uint8Array`. The digits are the first of the fingerprint, so the same secret has
    /// the same placeholder everywhere. No secret is found in what is returned.
    ///
    /// If there is nothing to replace, the data itself is returned, not a copy of it.
    #[napi(
        catch_unwind,
        ts_generic_types = "T extends string | Uint8Array",
        ts_args_type = "data: T",
        ts_return_type = "T extends string ? string : T"
    )]
    pub fn redact<'env>(
        &self,
        env: &'env Env,
        data: Input<'_>,
    ) -> Result<Option<Either<JsString<'env>, BufferSlice<'env>>>> {
        Ok(match data {
            Either::A(text) => {
                let utf8 = text.into_utf8()?;
                match self.inner.redact(utf8.as_slice()) {
                    Cow::Borrowed(_) => None,
                    // The replacement character may stand for half a pair of surrogates, which is to stay.
                    Cow::Owned(_) if utf8.as_str()?.contains('\u{fffd}') => {
                        // Behind the string there is a NUL.
                        let (length, utf16) = (text.utf16_len()?, text.into_utf16()?);
                        let wtf8 = text::to_wtf8(&utf16.as_slice()[..length]);
                        let units = text::from_wtf8(&self.inner.redact(&wtf8));
                        Some(Either::A(env.create_string_utf16(units)?))
                    }
                    Cow::Owned(redacted) => {
                        Some(Either::A(env.create_string(String::from_utf8_lossy(&redacted))?))
                    }
                }
            }
            Either::B(bytes) => match self.inner.redact(&bytes[..]) {
                Cow::Borrowed(_) => None,
                Cow::Owned(redacted) => Some(Either::B(stream::buffer(env, redacted)?)),
            },
        })
    }

    /// A search of a stream.
    #[napi(catch_unwind, skip_typescript)]
    pub fn searcher(&self) -> External<Searcher> {
        External::new(Searcher::new(self.inner.searcher()))
    }

    /// A redactor of a stream.
    #[napi(catch_unwind, skip_typescript)]
    pub fn redactor(&self) -> External<Redactor> {
        External::new(Redactor::new(self.inner.redactor()))
    }
}

/// A secret that was found.
///
/// Of its fields only `secret` has the secret, and it is not enumerable: neither `console.log` nor `JSON.stringify`
/// nor a copy (`{ ...finding }`, `structuredClone`) shows it.
#[napi(object, object_from_js = false)]
pub struct Finding {
    /// What kind of secret it is: the id of a detector in `catalog()`, or of one of your own.
    pub detector: String,
    /// Where the secret starts: in UTF-16 units if a string was searched, else in bytes. Of a secret that was decoded, this
    /// and the other places are those of the encoded text.
    pub start: f64,
    /// Where the secret ends, exclusive.
    pub end: f64,
    /// Where the match starts: what gives the secret away may stand around it.
    pub match_start: f64,
    /// Where the match ends, exclusive.
    pub match_end: f64,
    /// The line in which the secret starts, from 1. Lines end with `\n`.
    pub line: f64,
    /// The column at which the secret starts, from 1, in the units of `start`.
    pub column: f64,
    /// How sure it is.
    #[napi(ts_type = "Confidence")]
    pub confidence: String,
    /// How bad a leak of this kind is, as a rule.
    #[napi(ts_type = "Severity")]
    pub severity: String,
    /// The identity of the secret, 32 hexadecimal digits: the same wherever it is found, and it does not tell the secret.
    pub fingerprint: String,
    /// The encodings around the secret, the outermost first.
    #[napi(ts_type = "Array<Decoder>")]
    pub decoded_by: Vec<String>,
    /// Facts that can be read from the secret and its surroundings, by name, such as the id of a key. Never the secret.
    #[napi(ts_type = "Record<string, string>")]
    pub details: (),
    /// Whether the secret is a password that is guessed by whoever tries.
    pub weak: bool,
    /// Whether the secret is known to stand for another: published for everyone's use, or made up.
    pub placeholder: bool,
    /// The secret, decoded. Handle with care. Bytes that are not UTF-8 are replaced by U+FFFD: `start` and `end` tell where
    /// the exact ones are.
    #[napi(readonly)]
    pub secret: String,
}

/// A kind of secret: who issues it, how bad its leak is, what to do about it.
#[napi(object, object_from_js = false)]
pub struct Detector {
    /// Stable identifier, `provider-kind`.
    pub id: &'static str,
    /// What people call it, for example `GitHub personal access token`.
    pub name: &'static str,
    /// Who issues it.
    pub provider: &'static str,
    /// How it is recognised.
    #[napi(ts_type = "'prefixed' | 'structured' | 'keyword' | 'uri' | 'pem' | 'generic'")]
    pub kind: &'static str,
    /// How bad a leak is.
    #[napi(ts_type = "Severity")]
    pub severity: &'static str,
    /// The confidence of a finding about which nothing more is known.
    #[napi(ts_type = "Confidence")]
    pub confidence: &'static str,
    /// Ids under which others know it, or by which it was known before. They can be used like the id.
    pub aliases: Vec<&'static str>,
    /// What somebody can do who has it, in a sentence.
    pub impact: &'static str,
    /// How to revoke or rotate it, in a sentence or two.
    pub remediation: &'static str,
    /// Pages of the vendor's documentation.
    pub references: Vec<&'static str>,
}

/// The kinds of secret that this version knows, by id.
#[napi(catch_unwind)]
pub fn catalog() -> Vec<Detector> {
    let detectors = Catalog::builtin().iter().map(|detector| Detector {
        id: detector.id,
        name: detector.name,
        provider: detector.provider,
        kind: detector.kind.name(),
        severity: detector.severity.name(),
        confidence: detector.confidence.name(),
        aliases: detector.aliases.to_vec(),
        impact: detector.impact,
        remediation: detector.remediation,
        references: detector.references.to_vec(),
    });
    detectors.collect()
}

/// Runs the command line `scalr-detect` with these arguments, of which the first is its name; returns its exit code.
#[napi(catch_unwind, skip_typescript)]
pub fn run(arguments: Vec<String>) -> u8 {
    let of_process: Vec<OsString> = std::env::args_os().collect();
    scalr_detect_cli::run(as_given(arguments, &of_process))
}

/// The arguments as the process was given them: names of files are bytes, and JavaScript has replaced those that are no text.
fn as_given(arguments: Vec<String>, of_process: &[OsString]) -> Vec<OsString> {
    // Before them are Node, its own options, the script, and in place of its path the name.
    let from = of_process.len().saturating_sub(arguments.len()) + 1;
    let given = of_process.get(from..).unwrap_or_default();
    let mut pairs = given.iter().zip(arguments.iter().skip(1));
    let are_same = given.len() + 1 == arguments.len()
        && pairs.all(|(given, argument)| given.to_string_lossy() == **argument);
    let mut arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    if are_same {
        arguments[1..].clone_from_slice(given);
    }
    arguments
}

/// The version of the library.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn arguments_that_are_no_text() {
        let given = |arguments: &[&[u8]]| -> Vec<OsString> {
            arguments.iter().map(|argument| OsString::from_vec(argument.to_vec())).collect()
        };
        let process = given(&[b"node", b"--flag", b"bin.js", b"scan", b"\xff.txt"]);
        let seen = |arguments: &[&str]| arguments.iter().map(|argument| (*argument).to_owned()).collect();
        assert_eq!(
            as_given(seen(&["name", "scan", "\u{fffd}.txt"]), &process),
            given(&[b"name", b"scan", b"\xff.txt"])
        );
        // Not those of the process.
        assert_eq!(as_given(seen(&["name", "scam", "\u{fffd}.txt"]), &process)[1], "scam");
        assert_eq!(as_given(seen(&["name"]), &process), ["name"]);
        assert_eq!(as_given(seen(&["name", "a"]), &[]), ["name", "a"]);
        assert!(as_given(Vec::new(), &process).is_empty());
    }
}
