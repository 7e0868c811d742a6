//! What must hold for any bytes: the checks that fuzz targets run. `crates/scalr-detect/tests/regressions.rs` includes this
//! file to replay inputs that once broke something.

use scalr_detect::{Confidence, Finding, Input, Position, Scanner};
use scalr_detect_catalog::anchors::Level;
use scalr_detect_spec::{load, template};
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

/// Everything that two ways of finding must agree on.
type Found = (&'static str, Range<usize>, Range<usize>, Confidence, Vec<u8>, Position);

fn facts(finding: &Finding<'_, '_>) -> Found {
    (
        finding.detector().id,
        finding.span(),
        finding.secret_span(),
        finding.confidence(),
        finding.secret().to_vec(),
        finding.position(),
    )
}

fn found(scanner: &Scanner, input: Input<'_>) -> Vec<Found> {
    scanner.find_iter(input).map(|finding| facts(&finding)).collect()
}

/// Findings without their bytes, for messages.
fn say(found: &[Found]) -> String {
    found.iter().map(|(id, span, secret, ..)| format!("{id} {span:?} {secret:?}\n")).collect()
}

fn assert_same(left: &[Found], right: &[Found], what: &str) {
    assert!(left == right, "{what}\n{}\nand\n{}", say(left), say(right));
}

/// A scanner for everything, with this confidence or more.
fn scanner(least: Confidence) -> Scanner {
    Scanner::builder().min_confidence(least).build().expect("no detector is named")
}

/// A number below `limit` that depends on all of the data, to cut it somewhere.
fn somewhere(data: &[u8], limit: usize) -> usize {
    let hash =
        data.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash as usize % limit.max(1)
}

/// Findings are well-formed, and the same in every way of asking for them.
pub fn find(data: &[u8]) {
    for scanner in [Scanner::new(), scanner(Confidence::Low)] {
        let all = found(&scanner, Input::new(data));
        let mut last = 0;
        for finding in scanner.find_iter(data) {
            let (span, secret) = (finding.span(), finding.secret_span());
            assert!(
                span.start <= secret.start && secret.end <= span.end && span.end <= data.len(),
                "{finding:?}"
            );
            assert!(last <= secret.start && secret.start < secret.end, "not in order: {finding:?}");
            last = secret.end;
            assert!(!finding.decoded_by().is_empty() || finding.secret() == &data[secret.clone()]);
            for (position, offset) in
                [(finding.position(), secret.start), (finding.end_position(), secret.end)]
            {
                let before = &data[..offset];
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
                assert_eq!((position.line, position.column), (line, column), "{finding:?}");
            }
            let shown = format!("{finding:?} {} {:?}", finding.reason(), finding.masked());
            let plain = String::from_utf8_lossy(finding.secret());
            assert!(plain.len() < 8 || !shown.contains(&*plain), "{finding:?} shows its secret");
            finding.details();
            finding.surroundings(7, usize::MAX);
        }
        assert_eq!(scanner.is_match(data), !all.is_empty());
        let cut = somewhere(data, data.len() + 1);
        let mut parts = found(&scanner, Input::new(data).range(0..cut));
        parts.extend(found(&scanner, Input::new(data).range(cut..data.len())));
        // What lies across the cut may be found from both sides, or from one by a detector that would have lost.
        let meets =
            |one: &Found, all: &[Found]| all.iter().any(|f| f.2.start < one.2.end && one.2.start < f.2.end);
        // So may what only its name gives away, where the detector that knows better is not sure enough to report it.
        let known = |one: &Found| meets(one, &all) || one.0.starts_with("generic-");
        let same = all.iter().all(|one| meets(one, &parts)) && parts.iter().all(known);
        assert!(same, "at once\n{}\nand in two ranges, cut at {cut}\n{}", say(&all), say(&parts));
    }
    let best = found(&Scanner::new(), Input::new(data));
    for level in Level::available() {
        let scanner = Scanner::builder().level(level).build().expect("no detector is named");
        assert_same(&best, &found(&scanner, Input::new(data)), level.name());
    }
}

/// Gives bytes a few at a time.
struct Chunks<'d> {
    data: &'d [u8],
    step: usize,
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.step.min(buffer.len()).min(self.data.len());
        let (now, rest) = self.data.split_at(len);
        buffer[..len].copy_from_slice(now);
        self.data = rest;
        Ok(len)
    }
}

/// A stream gives what the whole gives, however it is cut.
pub fn stream(data: &[u8]) {
    let scanner = Scanner::new();
    // Streams are searched in windows: put the data on the border of the first, behind nothing of interest.
    let filler = (256 << 10) - somewhere(data, data.len().min(4096) + 1);
    let long: Vec<u8> =
        b"nothing\n".iter().copied().cycle().take(filler).chain(data.iter().copied()).collect();
    for (haystack, step) in [(data, 1 + somewhere(data, 64)), (&long[..], 1 + somewhere(data, 1 << 16))] {
        let whole = found(&scanner, Input::new(haystack));
        let mut parts = Vec::new();
        let read = scanner.scan_reader(Chunks { data: haystack, step }, |finding| {
            parts.push(facts(&finding));
            ControlFlow::Continue(())
        });
        assert!(read.is_ok());
        assert_same(&whole, &parts, "the whole, and a reader");
        let redacted = scanner.redact(haystack);
        let mut redactor = scanner.redactor();
        let mut pieces: Vec<u8> = haystack.chunks(step).flat_map(|chunk| redactor.push(chunk)).collect();
        pieces.extend(redactor.finish());
        assert!(*redacted == *pieces, "a redactor puts out something else, in steps of {step}");
    }
}

/// What was redacted holds no secret any more.
pub fn redact(data: &[u8]) {
    for scanner in [Scanner::new(), scanner(Confidence::Low)] {
        let redacted = scanner.redact(data);
        let left = found(&scanner, Input::new(&redacted));
        assert!(left.is_empty(), "after redaction there are still\n{}", say(&left));
        assert!(*scanner.redact(&redacted) == *redacted);
    }
}

/// Detector files and templates that nobody would write are errors, and nothing worse.
pub fn spec(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(expanded) = template::expand(&text, 7) {
        assert_eq!(template::expand(&text, 7).as_ref(), Ok(&expanded), "the same seed gives the same text");
        let secret = expanded.secret.unwrap_or(0..0);
        assert!(expanded.text.get(secret).is_some(), "the marks are in the text");
    }
    match load([("fuzz", &*text)]) {
        Ok(catalogue) => {
            let source = scalr_detect_spec::emit(&catalogue.compiled.tables());
            assert!(catalogue.entries.iter().all(|entry| source.contains(&entry.id)));
        }
        Err(errors) => assert!(!errors.is_empty()),
    }
}
