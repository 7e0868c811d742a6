//! Findings on their way to JavaScript: one flat array with so many values a finding, of which `index.js` makes objects.

use napi::Env;
use napi::bindgen_prelude::*;
use scalr_detect::{Finding, Scanner};

use crate::text::Units;

/// So many values a finding has; `index.js` has the same number and the same order.
const FIELDS: u32 = 15;

/// A finding that does not need the haystack any more.
pub struct Row {
    detector: &'static str,
    severity: &'static str,
    confidence: &'static str,
    span: (usize, usize),
    secret_span: (usize, usize),
    line: usize,
    column: usize,
    fingerprint: [u8; 32],
    secret: String,
    /// Names of decoders, the outermost first.
    decoded_by: Vec<&'static str>,
    /// Names and values in turn.
    details: Vec<String>,
    weak: bool,
    placeholder: bool,
}

impl Row {
    /// What there is to tell of a finding, with offsets in bytes.
    pub(crate) fn new(finding: &Finding<'_, '_>) -> Row {
        let detector = finding.detector();
        let (span, secret, position) = (finding.span(), finding.secret_span(), finding.position());
        let details = finding.details();
        Row {
            detector: detector.id,
            severity: detector.severity.name(),
            confidence: finding.confidence().name(),
            span: (span.start, span.end),
            secret_span: (secret.start, secret.end),
            line: position.line,
            column: position.column,
            fingerprint: hex(finding.fingerprint().as_bytes()),
            secret: String::from_utf8_lossy(finding.secret()).into_owned(),
            decoded_by: finding.decoded_by().iter().map(|decoder| decoder.name()).collect(),
            details: details.iter().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]).collect(),
            weak: finding.is_weak(),
            placeholder: finding.is_placeholder(),
        }
    }

    /// What is found in bytes, until `ended` says that nobody waits for it any more.
    pub(crate) fn all(scanner: &Scanner, bytes: &[u8], ended: impl Fn() -> bool) -> Vec<Row> {
        scanner.find_iter(bytes).take_while(|_| !ended()).map(|finding| Row::new(&finding)).collect()
    }

    /// What is found in a string, with offsets in units of UTF-16.
    pub(crate) fn all_of_text(scanner: &Scanner, text: &str, ended: impl Fn() -> bool) -> Vec<Row> {
        let mut rows = Row::all(scanner, text.as_bytes(), ended);
        // Most strings have no secret, and need not be counted.
        if !rows.is_empty() {
            let units = Units::new(text);
            rows.iter_mut().for_each(|row| row.count_in(&units));
        }
        rows
    }

    /// Turns its offsets and its column from bytes to units.
    fn count_in(&mut self, units: &Units<'_>) {
        // Columns are counted from 1, and lines start with a character.
        let line = self.secret_span.0 + 1 - self.column;
        self.secret_span = (units.start(self.secret_span.0), units.end(self.secret_span.1));
        self.span = (units.start(self.span.0), units.end(self.span.1));
        self.column = self.secret_span.0 + 1 - units.start(line);
    }
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8; 16]) -> [u8; 32] {
    let mut digits = [0; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[
            b"0123456789abcdef"[usize::from(byte >> 4)],
            b"0123456789abcdef"[usize::from(byte & 15)],
        ]);
    }
    digits
}

/// The array of JavaScript; `None`, which JavaScript sees as `null`, for no findings, because an array costs time too.
pub(crate) fn pack<'env>(env: &'env Env, rows: Vec<Row>) -> Result<Option<Array<'env>>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut array = env.create_array(u32::try_from(rows.len()).unwrap_or(u32::MAX) * FIELDS)?;
    let mut index = 0;
    for row in rows {
        pack_row(env, row, &mut array, index)?;
        index += FIELDS;
    }
    Ok(Some(array))
}

#[rustfmt::skip] // A field a line.
fn pack_row(env: &Env, row: Row, array: &mut Array<'_>, index: u32) -> Result<()> {
    // ASCII, which is made quicker so. A number is exact up to 2^53.
    let ascii = |text: &[u8]| env.create_string_latin1(text);
    array.set(index, ascii(row.detector.as_bytes())?)?;
    array.set(index + 1, ascii(row.severity.as_bytes())?)?;
    array.set(index + 2, ascii(row.confidence.as_bytes())?)?;
    array.set(index + 3, row.secret_span.0 as f64)?;
    array.set(index + 4, row.secret_span.1 as f64)?;
    array.set(index + 5, row.span.0 as f64)?;
    array.set(index + 6, row.span.1 as f64)?;
    array.set(index + 7, row.line as f64)?;
    array.set(index + 8, row.column as f64)?;
    array.set(index + 9, ascii(&row.fingerprint)?)?;
    array.set(index + 10, row.secret)?;
    // Left out if empty or false: `index.js` makes an empty array, an empty object and false of holes.
    if !row.decoded_by.is_empty() {
        array.set(index + 11, row.decoded_by)?;
    }
    if !row.details.is_empty() {
        array.set(index + 12, row.details)?;
    }
    if row.weak {
        array.set(index + 13, true)?;
    }
    if row.placeholder {
        array.set(index + 14, true)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        let bytes = std::array::from_fn(|index| (index * 17) as u8);
        assert_eq!(&hex(&bytes), b"00112233445566778899aabbccddeeff");
    }

    #[test]
    fn columns_of_text() {
        let scanner = Scanner::new();
        let secret = format!("npm_{}", "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP");
        let text = format!("é好🔑\n🔑 = '{secret}'\n");
        let rows = Row::all_of_text(&scanner, &text, || false);
        let [row] = &rows[..] else { panic!("{} rows", rows.len()) };
        assert_eq!((row.secret_span, row.line, row.column), ((11, 51), 2, 7));
        assert_eq!(row.secret, secret);
        assert!(Row::all_of_text(&scanner, &text, || true).is_empty());
    }
}
