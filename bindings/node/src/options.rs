//! Options of a scanner.

use napi::Error;
use napi_derive::napi;
use scalr_detect::{Confidence, Custom, Scanner};

/// What a scanner looks for.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct ScannerOptions {
    /// Only these detectors, by id or alias; `github-*` stands for every id that begins so. All of them if left out or empty.
    pub only: Option<Vec<String>>,
    /// Not these detectors, named likewise.
    pub exclude: Option<Vec<String>>,
    /// Findings of lower confidence are left out. The default is `'medium'`.
    #[napi(ts_type = "Confidence")]
    pub min_confidence: Option<String>,
    /// Whether encoded text (base64, hexadecimal, percent-encoding, escapes, UTF-16) is decoded and searched as well. The
    /// default is `true`.
    pub decoders: Option<bool>,
    /// Detectors of your own, besides those of the catalogue: the text of a TOML file in the catalogue's format, which
    /// `CONTRIBUTING.md` of the repository describes. They stay in memory as long as the process: build such a scanner once.
    pub custom: Option<String>,
}

/// The codes of errors, `error.code` in JavaScript.
#[derive(Clone, Copy, Debug)]
pub enum Code {
    /// An id that no detector has.
    UnknownDetector,
    /// Detectors of one's own with mistakes.
    InvalidDetectors,
    /// A value that an option cannot have.
    InvalidValue,
    /// A secret that cannot be revoked from here.
    CannotRevoke,
}

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        match self {
            Code::UnknownDetector => "ERR_SCALR_DETECT_UNKNOWN_DETECTOR",
            Code::InvalidDetectors => "ERR_SCALR_DETECT_INVALID_DETECTORS",
            Code::InvalidValue => "ERR_INVALID_ARG_VALUE",
            Code::CannotRevoke => "ERR_SCALR_DETECT_CANNOT_REVOKE",
        }
    }
}

impl ScannerOptions {
    /// The scanner that is asked for.
    pub(crate) fn build(self) -> Result<Scanner, Error<Code>> {
        let mut builder = Scanner::builder();
        if let Some(custom) = &self.custom {
            let said = |errors: Vec<_>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            let custom = Custom::read([("custom", &**custom)])
                .map_err(|errors| Error::new(Code::InvalidDetectors, said(errors)))?;
            builder = builder
                .custom(&custom)
                .map_err(|error| Error::new(Code::InvalidDetectors, error.to_string()))?;
        }
        if let Some(least) = self.min_confidence {
            let known = Confidence::ALL.into_iter().find(|confidence| confidence.name() == least);
            let Some(known) = known else {
                let names = Confidence::ALL.map(|confidence| format!("'{confidence}'")).join(", ");
                return Err(Error::new(
                    Code::InvalidValue,
                    format!("options.minConfidence must be one of {names}"),
                ));
            };
            builder = builder.min_confidence(known);
        }
        builder
            .only(self.only.unwrap_or_default())
            .except(self.exclude.unwrap_or_default())
            .decoders(self.decoders.unwrap_or(true))
            .build()
            .map_err(|error| Error::new(Code::UnknownDetector, error.to_string()))
    }
}
