//! What holds for every haystack.
//!
//! Haystacks are put together of pieces: secrets of all kinds (the catalogue's examples), plain, repeated, encoded, cut;
//! noise, code, escapes, arbitrary bytes. A piece is a kind and a seed, so that what breaks an invariant shrinks to the
//! few pieces that matter. The seed of the runs is fixed: the same cases in every run. `PROPTEST_CASES` asks for more.

mod common;

use common::{Random, Seen, differences, expand, hits, low};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed, TestCaseError, TestRunner};
use scalr_detect::{Confidence, Finding, Fingerprint, Input, Scanner};
use scalr_detect_check::encoding::{base64_encode, base64url_encode};
use scalr_detect_prefilter::Level;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// Checks that a test holds for so many inputs.
fn holds<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 500,
        ..ProptestConfig::default()
    };
    if let Err(error) = TestRunner::new(config).run(&strategy, test) {
        panic!("{error}");
    }
}

/// That these are the same findings, in the same order.
fn same(found: &[Seen], expected: &[Seen], haystack: &[u8]) -> Result<(), TestCaseError> {
    let text = || haystack[..haystack.len().min(4000)].escape_ascii();
    prop_assert!(found == expected, "{}\nin {}", differences(found, expected), text());
    Ok(())
}

/// A piece of a haystack: its kind, and the seed of what is random in it.
type Piece = (u8, u64);

fn pieces(most: usize) -> impl Strategy<Value = Vec<Piece>> {
    vec((0..KINDS, 0..1u64 << 40), 0..most)
}

/// How many kinds of piece there are.
const KINDS: u8 = 20;

/// An example of the catalogue with another secret in it.
fn secret(random: &mut Random) -> Vec<u8> {
    let (id, hit) = *random.pick(hits());
    if id == "ssh2-private-key" {
        return secret(random);
    }
    expand(hit, random.next()).0
}

const WORDS: [&str; 24] = [
    "token",
    "secret",
    "key",
    "datadog",
    "api_key",
    "password=",
    "scalr.io",
    "sha256",
    "commit",
    "AWS",
    "github",
    "://",
    "eyJ",
    "-----BEGIN ",
    "Basic ",
    "ghp_",
    "SG.",
    "xoxb-",
    "%3D",
    "\\u003d",
    "\\n",
    "...",
    "[github-token:0123ab]",
    "\u{1b}[32m",
];

const PARTS: [&str; 22] = [
    " ", "\n", "\r\n", "\t", "=", ": ", "\"", "'", ",", "/", "-", "_", ".", "+", "%", "\\", "&", "@", "{",
    "}", "\0", "==",
];

fn add(haystack: &mut Vec<u8>, (kind, seed): Piece) {
    let random = &mut Random(seed);
    let wide = |text: &[u8], big: bool| -> Vec<u8> {
        text.iter().flat_map(|byte| if big { [0, *byte] } else { [*byte, 0] }).collect()
    };
    let escape =
        |text: &[u8]| text.iter().flat_map(|b| format!("\\u{b:04x}").into_bytes()).collect::<Vec<u8>>();
    let percent = |text: &[u8]| {
        let each =
            |b: &u8| if b.is_ascii_alphanumeric() { vec![*b] } else { format!("%{b:02X}").into_bytes() };
        text.iter().flat_map(each).collect::<Vec<u8>>()
    };
    let json = |text: &[u8]| {
        let text =
            String::from_utf8_lossy(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("\"{}\"", text.replace('\r', "\\r")).into_bytes()
    };
    let piece = match kind {
        0 => random.pick(&PARTS).as_bytes().to_vec(),
        1 => random.pick(&WORDS).as_bytes().to_vec(),
        // Secrets: as they are, one a line, after a letter, cut off, cut in two.
        2 | 3 => secret(random),
        4 => [&secret(random)[..], b"\n"].concat(),
        5 => {
            let mut text = secret(random);
            text.truncate(random.below(text.len() + 1));
            text
        }
        6 => {
            let text = secret(random);
            text[random.below(text.len())..].to_vec()
        }
        // Encoded.
        7 => base64_encode(&secret(random)).into_bytes(),
        8 => base64url_encode(&secret(random)).into_bytes(),
        9 => {
            let lines = base64_encode(&[secret(random), secret(random)].join(&b'\n'));
            lines.as_bytes().chunks(76).collect::<Vec<_>>().join(&b'\n')
        }
        10 => secret(random).iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        11 => percent(&secret(random)),
        12 => escape(&secret(random)),
        13 => json(&json(&secret(random))),
        14 => wide(&secret(random), random.below(2) == 0),
        15 => base64_encode(percent(&secret(random)).as_slice()).into_bytes(),
        // Runs of token characters, of a length that some secret has.
        16 => {
            let length = *random.pick(&[15, 16, 20, 24, 32, 36, 40, 43, 44, 64, 70, 255, 256, 257]);
            let all: &[&[u8]] = &[
                b"0123456789abcdef",
                b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                b"ab1-_",
                b"A",
            ];
            {
                let of = *random.pick(all);
                random.text(of, length)
            }
            .into_bytes()
        }
        // Any bytes; code; prose.
        17 => (0..random.below(80)).map(|_| random.next() as u8).collect(),
        18 => format!(
            "fn f{}(a: &str) -> usize {{ a.len() + {} }} // {}\n",
            random.below(99),
            random.below(9999),
            random.pick(&WORDS)
        )
        .into_bytes(),
        _ => "the quick brown fox jumps over the lazy dog ".as_bytes()[..random.below(44)].to_vec(),
    };
    haystack.extend(piece);
}

fn haystack(pieces: &[Piece]) -> Vec<u8> {
    let mut haystack = Vec::new();
    for piece in pieces {
        add(&mut haystack, *piece);
    }
    haystack
}

/// A haystack whose pieces stand in lines of their own. Glued to each other, encoded texts have no start that can be
/// seen, and taking one out may lay the other open.
fn lines(pieces: &[Piece]) -> Vec<u8> {
    let mut haystack = Vec::new();
    for piece in pieces {
        add(&mut haystack, *piece);
        haystack.extend(b"\r\n;\r\n");
    }
    haystack
}

/// Reads its bytes in portions of random length up to `most`.
struct Portions<'h> {
    rest: &'h [u8],
    most: usize,
    random: Random,
}

impl Read for Portions<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.random.below(16) == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let n = (1 + self.random.below(self.most)).min(buffer.len()).min(self.rest.len());
        buffer[..n].copy_from_slice(&self.rest[..n]);
        self.rest = &self.rest[n..];
        Ok(n)
    }
}

fn read_in_portions(scanner: &Scanner, haystack: &[u8], most: usize, seed: u64) -> Vec<Seen> {
    let mut seen = Vec::new();
    let reader = Portions { rest: haystack, most, random: Random(seed) };
    let result = scanner.scan_reader(reader, |finding| {
        seen.push(Seen::new(&finding));
        ControlFlow::Continue(())
    });
    result.unwrap();
    seen
}

#[test]
fn findings_are_sorted_apart_and_what_they_say() {
    let scanner = low();
    holds(1000, pieces(12), |pieces| {
        let haystack = haystack(&pieces);
        let mut end = 0;
        for finding in scanner.find_iter(&haystack) {
            let (span, secret) = (finding.span(), finding.secret_span());
            prop_assert!(end <= secret.start && secret.start < secret.end, "{finding:?}");
            prop_assert!(
                span.start <= secret.start && secret.end <= span.end && span.end <= haystack.len(),
                "{finding:?}"
            );
            if finding.decoded_by().is_empty() {
                prop_assert_eq!(&haystack[secret.clone()], finding.secret());
            }
            let fingerprint = finding.fingerprint();
            prop_assert_eq!(fingerprint, Fingerprint::new(finding.detector().id, finding.secret()));
            prop_assert_eq!(Fingerprint::from_hex(&fingerprint.to_string()), Some(fingerprint));
            let (before, after) = finding.surroundings(7, 9);
            prop_assert_eq!(before, &haystack[secret.start.saturating_sub(7)..secret.start]);
            prop_assert_eq!(after, &haystack[secret.end..haystack.len().min(secret.end + 9)]);
            // Positions, counted byte by byte.
            for (at, position) in [(secret.start, finding.position()), (secret.end, finding.end_position())] {
                let (mut line, mut column) = (1, 1);
                for byte in &haystack[..at] {
                    (line, column) = if *byte == b'\n' { (line + 1, 1) } else { (line, column + 1) };
                }
                prop_assert_eq!((position.line, position.column), (line, column));
            }
            end = secret.end;
        }
        let first = scanner.find_iter(&haystack).next().is_some();
        prop_assert_eq!(scanner.is_match(&haystack), first);
        Ok(())
    });
}

#[test]
fn every_level_finds_the_same() {
    let best = low();
    let builder = || Scanner::builder().min_confidence(scalr_detect::Confidence::Low);
    let levels: Vec<Scanner> =
        Level::available().map(|level| builder().level(level).build().unwrap()).collect();
    holds(1000, (pieces(12), 0..70usize), |(pieces, shift)| {
        // Shifted, so that everything falls on every place of a block.
        let mut shifted = vec![b' '; shift];
        shifted.extend(haystack(&pieces));
        let expected = Seen::all(&best, &shifted);
        for level in &levels {
            same(&Seen::all(level, &shifted), &expected, &shifted)?;
        }
        Ok(())
    });
}

/// Pushes a haystack in portions of random length up to `most`.
fn push_in_portions(scanner: &Scanner, haystack: &[u8], most: usize, seed: u64) -> Vec<Seen> {
    let (mut searcher, mut seen, mut random) = (scanner.searcher(), Vec::new(), Random(seed));
    let mut rest = haystack;
    while !rest.is_empty() {
        let (portion, later) = rest.split_at((1 + random.below(most)).min(rest.len()));
        searcher.push(portion, |finding| seen.push(Seen::new(&finding)));
        rest = later;
    }
    searcher.finish(|finding| seen.push(Seen::new(&finding)));
    seen
}

#[test]
fn readers_and_searchers_find_the_same() {
    let scanner = low();
    holds(1000, (pieces(12), 0..1000u64), |(pieces, seed)| {
        let haystack = haystack(&pieces);
        let expected = Seen::all(&scanner, &haystack);
        for most in [1, 100, 1 << 20] {
            same(&read_in_portions(&scanner, &haystack, most, seed), &expected, &haystack)?;
            same(&push_in_portions(&scanner, &haystack, most, seed), &expected, &haystack)?;
        }
        Ok(())
    });
}

#[test]
fn long_readers_and_searchers_find_the_same() {
    let scanner = low();
    let lengths = (0..1_000_000usize, 0..4u8);
    holds(100, (vec(0..1u64 << 40, 20..200), lengths), |(seeds, (length, filler))| {
        // Crowds of pieces with long fillers between them.
        let mut haystack = Vec::new();
        for seed in seeds {
            let random = &mut Random(seed);
            for _ in 0..random.below(6) {
                add(&mut haystack, (random.below(KINDS.into()) as u8, random.next()));
            }
            let n = random.below(12_000);
            haystack
                .extend([" ", "some words\n", "f(a,b);", "\n"][usize::from(filler)].bytes().cycle().take(n));
            if haystack.len() > length {
                break;
            }
        }
        let expected = Seen::all(&scanner, &haystack);
        let found = read_in_portions(&scanner, &haystack, 100_000, length as u64);
        // Only what is around the first difference is shown.
        let at = found
            .iter()
            .zip(&expected)
            .find(|(f, e)| f != e)
            .map_or(0, |(f, e)| f.span.start.min(e.span.start));
        same(&found, &expected, &haystack[at.saturating_sub(1000)..])?;
        let found = push_in_portions(&scanner, &haystack, [50, 100_000, 1 << 20][length % 3], length as u64);
        same(&found, &expected, &haystack[at.saturating_sub(1000)..])?;
        Ok(())
    });
}

/// A stream is read and searched in windows of some 256 KiB. Secrets of one kind, side by side where one window ends and
/// the next begins, moved along so that each byte of one falls on each border.
fn slide(unit: &[u8], step: usize) {
    let scanner = low();
    for shift in (0..unit.len()).step_by(step) {
        let mut haystack = vec![b' '; (230 << 10) + shift];
        while haystack.len() < 270 << 10 {
            haystack.extend_from_slice(unit);
        }
        haystack.extend_from_slice(b"\nand so on\n");
        let seen = |f: Finding<'_, '_>| (f.detector().id, f.secret_span(), f.secret().len(), f.position());
        let expected: Vec<_> = scanner.find_iter(&haystack).map(seen).collect();
        assert_eq!(expected.len(), (40usize << 10).saturating_sub(shift).div_ceil(unit.len()));
        let mut found = Vec::new();
        let result = scanner.scan_reader(&haystack[..], |finding| {
            found.push(seen(finding));
            ControlFlow::Continue(())
        });
        result.unwrap();
        assert_eq!(found, expected, "shift {shift}");
    }
}

#[test]
fn secrets_over_borders_of_windows() {
    let claims = r#"{"iss":"user","jti":"at-v0{base32hex:15}"}"#;
    let token = format!(r#"{{jwt:{{"alg":"HS256","typ":"JWT"}}.{claims}:32}}"#);
    slide(&expand("AKIA{base32:16} ", 1).0, 1);
    slide(&expand(&format!("{token}\n"), 2).0, 1);
    slide(&expand("datadog_api_key: {hex:32}\n", 3).0, 1);
}

#[test]
fn encoded_secrets_over_borders_of_windows() {
    let claims = r#"{"iss":"user","jti":"at-v0{base32hex:15}"}"#;
    let token = format!(r#"{{jwt:{{"alg":"HS256","typ":"JWT"}}.{claims}:32}}"#);
    slide(&expand(&format!("t: {{b64:token: {token}}}.\n"), 4).0, 3);
    slide(&expand(&format!("t: {{pct:{{\"token\": \"{token}\"}}}}\n"), 5).0, 3);
    slide(&expand("\\\\u0022AKIA{base32:16}\\\\u0022 \n", 6).0, 1);
}

#[test]
fn keys_over_borders_of_windows() {
    slide(&expand("{pem:EC PRIVATE KEY}\n", 7).0, 1);
    slide(&expand("{pem:RSA PRIVATE KEY}\n", 8).0, 19);
}

#[test]
fn adjacent_ranges_find_what_the_whole_does() {
    let scanner = low();
    holds(1000, (pieces(10), vec(0.0..1.0f64, 0..4)), |(pieces, cuts)| {
        let haystack = lines(&pieces);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| (cut * haystack.len() as f64) as usize).collect();
        cuts.extend([0, haystack.len()]);
        cuts.sort_unstable();
        let ranges = cuts.windows(2).map(|cut| Input::new(&haystack).range(cut[0]..cut[1]));
        let found: Vec<Seen> = ranges
            .flat_map(|range| scanner.find_iter(range).map(|f| Seen::new(&f)).collect::<Vec<_>>())
            .collect();
        let whole = Seen::all(&scanner, &haystack);
        // Nothing is lost; what comes in addition is what lost against something better in another range.
        let beaten = |seen: &Seen| {
            whole.iter().any(|w| {
                w.secret_span.start < seen.secret_span.end && seen.secret_span.start < w.secret_span.end
            })
        };
        let right = whole.iter().all(|seen| found.contains(seen)) && found.iter().all(beaten);
        prop_assert!(right, "{:?}: {}\nin {}", cuts, differences(&found, &whole), shown(&haystack));
        Ok(())
    });
}

#[test]
fn nothing_is_found_in_what_is_redacted() {
    let scanner = low();
    holds(1000, pieces(12), |pieces| {
        let haystack = lines(&pieces);
        let redacted = scanner.redact(&haystack);
        let left = Seen::all(&scanner, &redacted);
        prop_assert!(left.is_empty(), "{:?} in {:?}", left, shown(&redacted));
        // Built from the findings, and from those that they took in: what is found if they are not looked for.
        let mut seen = Seen::all(&scanner, &haystack);
        let others =
            Scanner::builder().min_confidence(Confidence::Low).except(seen.iter().map(|seen| seen.id));
        for half in Seen::all(&others.build().unwrap(), &haystack) {
            let (start, end) = (half.secret_span.start, half.secret_span.end);
            if seen.iter().all(|seen| seen.secret_span.end <= start || end <= seen.secret_span.start) {
                seen.push(half);
            }
        }
        seen.sort_by_key(|seen| seen.secret_span.start);
        let (mut expected, mut at) = (Vec::new(), 0);
        for seen in seen {
            expected.extend_from_slice(&haystack[at..seen.secret_span.start]);
            expected.extend(format!("[{}:{}]", seen.id, &seen.fingerprint.to_string()[..6]).into_bytes());
            at = seen.secret_span.end;
        }
        expected.extend_from_slice(&haystack[at..]);
        prop_assert_eq!(&redacted[..], &expected[..]);
        Ok(())
    });
}

#[test]
fn redactors_put_out_what_redact_does() {
    let scanner = low();
    holds(1000, (pieces(10), 1..400usize, 0..1000u64), |(pieces, most, seed)| {
        let (haystack, random) = (haystack(&pieces), &mut Random(seed));
        let expected = scanner.redact(&haystack);
        let (mut redactor, mut out, mut rest) = (scanner.redactor(), Vec::new(), &haystack[..]);
        while !rest.is_empty() {
            let (push, later) = rest.split_at((1 + random.below(most)).min(rest.len()));
            rest = later;
            out.extend(redactor.push(push));
            // Nothing that was put out has to be taken back, so no byte of a secret was.
            prop_assert!(expected.starts_with(&out), "{:?}\n{:?}", shown(&expected), shown(&out));
        }
        out.extend(redactor.finish());
        prop_assert_eq!(shown(&out), shown(&expected));
        Ok(())
    });
}

#[test]
fn redactors_of_every_example_byte_by_byte() {
    let (scanner, mut faults) = (low(), Vec::new());
    // The first word of an armour of four dashes is out before the second tells what it is.
    for (id, hit) in hits().iter().filter(|(id, _)| *id != "ssh2-private-key") {
        let text = [&expand(hit, 1).0[..], b"\nnext"].concat();
        let expected = scanner.redact(&text);
        let (mut redactor, mut out) = (scanner.redactor(), Vec::new());
        for byte in &text {
            out.extend(redactor.push(&[*byte]));
            if !expected.starts_with(&out) {
                faults.push(format!("{id}: {} instead of {}", shown(&out), shown(&expected)));
                break;
            }
        }
        out.extend(redactor.finish());
        if out != *expected {
            faults.push(format!("{id}: {} instead of {}", shown(&out), shown(&expected)));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn lines_come_out_at_once() {
    let scanner = low();
    let lines = hits().iter().map(|(_, hit)| expand(hit, 3).0).filter(|text| !text.contains(&b'\n'));
    for text in lines.filter(|text| !text.starts_with(b"-----BEGIN")) {
        // What a program may log: a line, in one or two pieces.
        let line = [b"2026-01-02T03:04:05Z INFO ", &text[..], b" (done)\n"].concat();
        let (start, rest) = line.split_at(line.len() / 2);
        let mut redactor = scanner.redactor();
        let mut out = redactor.push(start);
        out.extend(redactor.push(rest));
        assert_eq!(shown(&out), shown(&scanner.redact(&line)));
    }
    let mut redactor = scanner.redactor();
    // A key is held back until it ends, and what is behind it too.
    let key = expand("{pem:RSA PRIVATE KEY}", 4).0;
    assert_eq!(shown(&redactor.push(b"tls.pem: |\n")), "tls.pem: |\\n");
    for line in key.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        assert_eq!(shown(&redactor.push(line)), "");
    }
    let end = key.split(|byte| *byte == b'\n').next_back().unwrap();
    let text = shown(&redactor.push(&[end, b"\nnext: line\n"].concat()));
    assert!(text.starts_with("[private-key:") && text.ends_with("]\\nnext: line\\n"), "{text}");
    // The head of a key that is none comes out at once as well.
    let line = b"grep '-----BEGIN RSA PRIVATE KEY-----' *\n";
    assert_eq!(redactor.push(line), line);
    assert_eq!(redactor.finish(), b"");
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[test]
fn fingerprints_do_not_depend_on_the_place() {
    let scanner = low();
    holds(1000, (0..1u64 << 40, pieces(4)), |(seed, pieces)| {
        let text = secret(&mut Random(seed));
        let alone = Seen::all(&scanner, &text);
        // Blank lines, so that no word stands near that does not stand there in the example.
        let gap = [b'\n'; 400];
        let all = [&haystack(&pieces)[..], &gap, &text, &gap, &text].concat();
        let found = Seen::all(&scanner, &all);
        for seen in alone {
            let same =
                found.iter().filter(|f| f.fingerprint == seen.fingerprint && f.secret == seen.secret).count();
            prop_assert!(same >= 2, "{:?} in {:?}", seen, found);
        }
        Ok(())
    });
}

#[test]
fn what_is_far_away_changes_nothing() {
    let (scanner, random) = (low(), &mut Random(5));
    for (id, hit) in hits() {
        let text = expand(hit, 6).0;
        let alone: Vec<_> = scanner.find_iter(&text).map(|f| (f.secret_span(), f.detector().id)).collect();
        for _ in 0..60 {
            // Blocks are searched many at a time: places by kind, and not strictly in order. So things are put at all
            // distances, and as many as fill lists of places to all degrees.
            let mut before = vec![b' '; 170 + *random.pick(&[0, 50, 300, 345, 400, 600])];
            before.push(b'\n');
            let after = match random.below(4) {
                0 => "\\u0041".repeat(40 + random.below(50)),
                1 => "://".repeat(40 + random.below(50)),
                2 => "sha256 token_key ".repeat(random.below(40)),
                _ => String::from_utf8(expand("datadog_api_key: {hex:32}\n", random.next()).0).unwrap(),
            };
            // A value right behind an id might be its secret.
            let least = if after.starts_with("datadog") { 200 } else { 2 };
            let gap = vec![b'\n'; least + *random.pick(&[0, 0, 100, 170, 200, 300, 500])];
            let haystack = [&before, &text, &gap, after.as_bytes()].concat();
            let end = before.len() + text.len();
            let found = scanner.find_iter(&haystack).filter(|f| f.secret_span().end <= end).map(|f| {
                let span = f.secret_span();
                (span.start - before.len()..span.end - before.len(), f.detector().id)
            });
            assert_eq!(found.collect::<Vec<_>>(), alone, "{id}: {}", shown(&haystack));
        }
    }
}

#[test]
fn only_and_except() {
    let all = low();
    holds(1000, (pieces(8), 0..1000u64), |(pieces, seed)| {
        let haystack = lines(&pieces);
        let found = Seen::all(&all, &haystack);
        if found.is_empty() {
            return Ok(());
        }
        let id = Random(seed).pick(&found).id;
        let builder = || Scanner::builder().min_confidence(scalr_detect::Confidence::Low);
        let only = Seen::all(&builder().only([id]).build().unwrap(), &haystack);
        prop_assert!(only.iter().all(|seen| seen.id == id));
        // What lost against another detector may come in, but nothing goes.
        prop_assert!(
            found.iter().filter(|seen| seen.id == id).all(|seen| only.contains(seen)),
            "{id}: {found:?} {only:?}"
        );
        let except = Seen::all(&builder().except([id]).build().unwrap(), &haystack);
        prop_assert!(except.iter().all(|seen| seen.id != id));
        prop_assert!(
            found.iter().filter(|seen| seen.id != id).all(|seen| except.contains(seen)),
            "{id}: {found:?} {except:?}"
        );
        Ok(())
    });
}
