//! What the types of the library are and show: they can be shared between threads, and none of them shows a secret.

mod common;

use common::{expand, hits, low};
use scalr_detect::{
    BuildError, Catalog, Check, Confidence, Decoder, Details, Detector, FindIter, Finding, Fingerprint,
    Input, Judgement, Kind, Masked, Position, Redactor, Scanner, ScannerBuilder, Searcher, Severity,
};
use scalr_detect_check::encoding::base64_encode;
use std::collections::HashSet;
use std::fmt::{Debug, Display};
use std::ops::ControlFlow;
use std::panic::{RefUnwindSafe, UnwindSafe};

#[test]
fn types_can_be_shared() {
    fn shared<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    shared::<BuildError>();
    shared::<Catalog>();
    shared::<Check>();
    shared::<Confidence>();
    shared::<Decoder>();
    shared::<Details>();
    shared::<Detector>();
    shared::<FindIter<'_, '_>>();
    shared::<Finding<'_, '_>>();
    shared::<Fingerprint>();
    shared::<Input<'_>>();
    shared::<Judgement>();
    shared::<Kind>();
    shared::<Masked<'_>>();
    shared::<Position>();
    shared::<Redactor>();
    shared::<Scanner>();
    shared::<ScannerBuilder>();
    shared::<Searcher>();
    shared::<Severity>();
}

#[test]
fn types_are_what_one_expects() {
    fn shown<T: Debug + Display>() {}
    fn copied<T: Copy + Eq + Debug>() {}
    fn cloned<T: Clone + Debug>() {}
    fn error<T: std::error::Error + Clone + Eq + 'static>() {}
    shown::<BuildError>();
    shown::<Confidence>();
    shown::<Fingerprint>();
    shown::<Kind>();
    shown::<Masked<'_>>();
    shown::<Severity>();
    copied::<Confidence>();
    copied::<Decoder>();
    copied::<Fingerprint>();
    copied::<Kind>();
    copied::<Position>();
    copied::<Severity>();
    cloned::<Catalog>();
    cloned::<Details>();
    cloned::<Finding<'_, '_>>();
    cloned::<Input<'_>>();
    cloned::<Scanner>();
    cloned::<ScannerBuilder>();
    error::<BuildError>();
    fn fused<T: std::iter::FusedIterator>(_: T) {}
    fused(Scanner::new().find_iter(""));
    fn default<T: Default>() -> T {
        T::default()
    }
    assert!(!default::<Scanner>().is_match(""));
}

#[test]
fn haystacks_of_many_types() {
    let (text, _) = expand("x = AKIA{base32:16}", 1);
    let text = String::from_utf8(text).unwrap();
    let scanner = Scanner::new();
    let bytes: Vec<u8> = text.clone().into_bytes();
    let boxed: Box<[u8]> = bytes.clone().into();
    let array = *bytes.first_chunk::<24>().unwrap();
    assert!(scanner.is_match(&text) && scanner.is_match(&text[..]) && scanner.is_match(&bytes));
    assert!(scanner.is_match(&bytes[..]) && scanner.is_match(&boxed) && scanner.is_match(&array));
    assert!(scanner.is_match(Input::new(&text).range(0..text.len())));
    // A finding outlives the iterator that found it, and what it shows of the haystack outlives it.
    let found: Vec<Finding<'_, '_>> = scanner.find_iter(&text).collect();
    let before = found.iter().map(|found| found.surroundings(2, 0).0).collect::<Vec<_>>();
    drop(found);
    assert_eq!(before, [b"= "]);
    // A haystack in another thread than the scanner was made in.
    let scanner = &scanner;
    let count = std::thread::scope(|scope| scope.spawn(|| scanner.find_iter(&text).count()).join().unwrap());
    assert_eq!(count, 1);
}

/// Whether ten bytes in a row of a secret are in a text, in any of the ways that `Debug` shows bytes.
fn shows(text: &str, secret: &[u8]) -> bool {
    let lossy = String::from_utf8_lossy(secret);
    let characters: Vec<char> = lossy.chars().collect();
    let plain = |part: &[char]| text.contains(&part.iter().collect::<String>());
    let numbers = |part: &[u8]| {
        let list: Vec<String> = part.iter().map(u8::to_string).collect();
        text.contains(&list.join(", "))
    };
    characters.windows(10).any(plain) || secret.windows(10).any(numbers)
}

#[test]
fn nothing_shows_a_secret() {
    assert!(shows("a 0123456789 b", b"..0123456789..") && shows("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", &[1; 11]));
    let scanner = low();
    let mut masks = HashSet::new();
    for (id, hit) in hits() {
        for text in [expand(hit, 11).0, base64_encode(&expand(hit, 12).0).into_bytes()] {
            let input = Input::new(&text);
            let iter = scanner.find_iter(input.clone());
            assert!(!format!("{iter:?} {input:?} {input:#?}").contains("AKIA"));
            for found in iter {
                let secret = found.secret();
                let details = found.details();
                let mut shown = vec![
                    format!("{found:?}"),
                    format!("{found:#?}"),
                    format!("{input:?}"),
                    format!("{scanner:?}"),
                ];
                shown.extend([
                    format!("{:?}", found.detector()),
                    found.fingerprint().to_string(),
                    found.reason().into(),
                ]);
                shown.push(format!("{:?}", found.fingerprint()));
                let mask = found.masked().to_string();
                assert_eq!(format!("{:?}", found.masked()), mask);
                // At most a fifth and eight characters.
                let visible = mask.chars().filter(|c| *c != '…' && *c != '-').count();
                let is_pem = mask.starts_with("-----BEGIN");
                assert!(is_pem || visible <= 8 && visible * 5 <= secret.len(), "{id}: {mask}");
                assert!(!mask.chars().any(char::is_control), "{id}: {mask:?}");
                if !is_pem {
                    masks.insert(mask);
                }
                for text in shown {
                    // What many of its kind begin with is in the names of detectors too.
                    assert!(!shows(&text, &secret[secret.len() / 3..]), "{id}: {text}");
                }
                for (name, value) in details.iter() {
                    assert!(value.as_bytes() != secret, "{id}: {name} is the secret");
                }
            }
            // A redactor and a searcher hold a secret back, and do not show it.
            let (mut redactor, mut searcher) = (scanner.redactor(), scanner.searcher());
            redactor.push(&text);
            searcher.push(&text, |_| {});
            let debug = format!("{redactor:?} {searcher:?}");
            for found in scanner.find_iter(&text) {
                assert!(
                    !shows(&debug, &text[found.secret_span()]) && !shows(&debug, found.secret()),
                    "{id}: {debug}"
                );
            }
        }
    }
    assert!(masks.len() > 300, "masks tell secrets apart");
}

#[test]
fn ids_that_are_unknown() {
    for (id, nearest) in [
        ("scalr-api-tokn", Some("scalr-api-token")),
        ("scalr_api_token", Some("scalr-api-token")),
        ("githb-personal-access-token", Some("github-personal-access-token")),
        ("aws-access-key", Some("aws-access-key-id")),
        ("JWT", None),
        ("", None),
        ("qqqqqqqqqqqqqqq-*", None),
        (&"long".repeat(1000), None),
    ] {
        for error in
            [Scanner::builder().only([id]).build(), Scanner::builder().except([id.to_owned()]).build()]
        {
            let error = error.unwrap_err();
            assert_eq!((error.id(), error.nearest()), (id, nearest));
            let text = error.to_string();
            assert!(text.contains(id) && nearest.is_none_or(|nearest| text.contains(nearest)), "{text}");
        }
    }
    for id in ["jwt", "scalr-*", "github-*", "*", "aws-access-key-id"] {
        assert!(Scanner::builder().only([id]).build().is_ok(), "{id}");
    }
}

#[test]
fn what_a_builder_leaves_out() {
    let (text, _) = expand(r#"AKIA{base32:16} {jwt:{"alg":"HS256"}.{"iss":"me"}:32} ghp_{base62:36}"#, 2);
    let ids = |builder: ScannerBuilder| -> Vec<&str> {
        builder.build().unwrap().find_iter(&text).map(|found| found.detector().id).collect()
    };
    let builder = Scanner::builder;
    // The last has a wrong checksum, so it is doubted.
    assert_eq!(ids(builder()), ["aws-access-key-id", "jwt"]);
    let all = ["aws-access-key-id", "jwt", "github-personal-access-token"];
    assert_eq!(ids(builder().min_confidence(Confidence::Low)), all);
    assert_eq!(ids(builder().min_confidence(Confidence::Checked)), ["jwt"]);
    assert_eq!(ids(builder().only(["jwt"])), ["jwt"]);
    assert_eq!(ids(builder().only(["jwt"]).only(["aws-*"])), ["aws-access-key-id", "jwt"]);
    assert_eq!(ids(builder().except(["jwt"])), ["aws-access-key-id"]);
    assert_eq!(ids(builder().only(["aws-*", "jwt"]).except(["aws-*"])), ["jwt"]);
    assert_eq!(ids(builder().except(["*"])), [""; 0]);
    let (text, _) = expand("{b64:key: AKIA{base32:16}}", 3);
    let with = |on| builder().decoders(on).build().unwrap().find_iter(&text).count();
    assert_eq!((with(true), with(false)), (1, 0));
}

#[test]
fn names_and_order() {
    assert!(Confidence::ALL.is_sorted() && Severity::ALL.is_sorted() && Kind::ALL.is_sorted());
    assert_eq!(Confidence::ALL.map(|c| c.to_string()), ["low", "medium", "high", "checked"]);
    assert_eq!(Severity::ALL.map(|s| s.to_string()), ["info", "low", "medium", "high", "critical"]);
    let decoders = [Decoder::Base64, Decoder::Hex, Decoder::Percent, Decoder::Escape, Decoder::Utf16];
    assert_eq!(decoders.map(Decoder::name), ["base64", "hex", "percent", "escape", "utf16"]);
    let fingerprint = Fingerprint::new("jwt", b"secret");
    let text = fingerprint.to_string();
    assert!(text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{text}");
    let bytes: String = fingerprint.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text, bytes);
    // Stable for ever: published reports hold it.
    assert_eq!(fingerprint, Fingerprint::new("jwt", b"secret"));
    let others = [
        Fingerprint::new("jw", b"tsecret"),
        Fingerprint::new("jwt", b"secreT"),
        Fingerprint::new("jwt2", b"secret"),
    ];
    assert!(others.iter().all(|other| *other != fingerprint));
}

#[test]
fn the_catalogue_is_whole() {
    let catalog = Catalog::builtin();
    assert_eq!(catalog.iter().len(), common::entries().len());
    let ids: Vec<&str> = catalog.iter().map(|detector| detector.id).collect();
    assert!(ids.is_sorted() && ids.iter().collect::<HashSet<_>>().len() == ids.len());
    for (detector, entry) in catalog.iter().zip(common::entries()) {
        assert_eq!((detector.id, detector.name), (&entry.id[..], &entry.name[..]));
        assert!(!detector.provider.is_empty() && !detector.remediation.is_empty(), "{}", detector.id);
        assert!(!detector.impact.is_empty(), "{}", detector.id);
        assert!(
            detector.references.iter().all(|reference| reference.starts_with("https://")),
            "{}",
            detector.id
        );
        assert_eq!(catalog.get(detector.id).map(|d| d.id), Some(detector.id));
        assert_eq!(catalog.nearest(detector.id), Some(detector.id));
    }
}

#[test]
fn errors_of_readers() {
    /// Gives its bytes and then an error.
    struct Breaks<'t>(&'t [u8]);
    impl std::io::Read for Breaks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.len().min(buffer.len()) {
                0 => Err(std::io::Error::other("broken")),
                n => {
                    buffer[..n].copy_from_slice(&self.0[..n]);
                    self.0 = &self.0[n..];
                    Ok(n)
                }
            }
        }
    }
    let (text, _) = expand("x = AKIA{base32:16}\n", 1);
    let mut count = 0;
    let result = Scanner::new().scan_reader(Breaks(&text), |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(result.unwrap_err().to_string(), "broken");
    assert_eq!(count, 1, "what was read before is searched");
}
