//! Every level against a naive search that is written from the documentation alone.

use crate::*;

fn token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// The hits that start in `range`, unordered, by the plainest means.
fn naive(anchors: &[Anchor], haystack: &[u8], range: std::ops::Range<usize>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let at = |i: usize| haystack.get(i).copied();
    let anchors_at = |place: Place, key_at: usize, at: usize, run: usize, hits: &mut Vec<Hit>| {
        for (index, anchor) in anchors.iter().enumerate() {
            let bytes = haystack.get(key_at..key_at + 3);
            let long = place == Place::Anywhere || run >= usize::from(anchor.run);
            if anchor.place == place
                && long
                && bytes.is_some_and(|b| (0..3).all(|k| anchor.key[k].contains(b[k])))
            {
                hits.push(Hit::Anchor { anchor: index as u16, at });
            }
        }
    };
    for start in range {
        anchors_at(Place::Anywhere, start, start, 0, &mut hits);
        let run = haystack[start..].iter().take_while(|b| token(**b)).count();
        let before = start.checked_sub(1).and_then(at);
        if run >= MIN_RUN && !before.is_some_and(token) {
            anchors_at(Place::RunStart, start, start, run, &mut hits);
            if start >= 3 {
                anchors_at(Place::BeforeRun, start - 3, start, run, &mut hits);
            }
            let text = String::from_utf8(haystack[start..start + run].to_vec()).unwrap();
            let is_hex = |text: Option<&str>| text.is_some_and(|t| t.bytes().all(|b| b.is_ascii_hexdigit()));
            let mut lead = 0;
            match before {
                Some(b'\\') if text.starts_with(['n', 'r', 't', 'b', 'f', 'v', 'a', 'e', '0']) => lead = 1,
                Some(b'\\') if text.starts_with('u') && is_hex(text.get(1..5)) => lead = 5,
                Some(b'\\') if text.starts_with('x') && is_hex(text.get(1..3)) => lead = 3,
                Some(b'%') if is_hex(text.get(0..2)) => lead = 2,
                Some(b'=') if text.starts_with("3D") => lead = 2,
                Some(b'[' | b';') => {
                    for n in 1..=3 {
                        if text[..n].bytes().all(|b| b.is_ascii_digit()) && text[n..].starts_with('m') {
                            lead = n + 1;
                        }
                    }
                }
                _ => {}
            }
            let dashes = text[lead..].bytes().take(MIN_RUN).take_while(|b| matches!(b, b'-' | b'_')).count();
            let inner = start + lead + dashes;
            if inner != start {
                let left = if run < MAX_RUN { start + run - inner } else { MAX_RUN };
                anchors_at(Place::RunStart, inner, inner, left, &mut hits);
            }
            let end = start + run.min(MAX_RUN);
            if inner < end {
                let around = (0..8).rev().fold(0, |around, i| {
                    around << 8 | u64::from((inner + i).checked_sub(3).and_then(at).unwrap_or(0))
                });
                let has_digit = haystack[inner..end.min(inner + 64)].iter().any(u8::is_ascii_digit);
                hits.push(Hit::Run(Run { start: inner, end, around, has_digit }));
            }
        }
        let pair = |i: usize| at(i).is_some_and(token) && at(i + 1) == Some(0);
        if (0..8).all(|k| pair(start + 2 * k)) && !(start >= 2 && pair(start - 2)) {
            hits.push(Hit::Wide { at: start });
        }
    }
    hits
}

fn place_of(hit: &Hit) -> (usize, String) {
    let at = match hit {
        Hit::Anchor { at, .. } | Hit::Wide { at } => *at,
        Hit::Run(run) => run.start,
    };
    (at, format!("{hit:?}"))
}

fn sorted(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(place_of);
    hits
}

/// A small linear congruential generator: enough to mix cases, the same in every run.
struct Mix(u64);

impl Mix {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

fn key(text: &str) -> [ByteSet; 3] {
    <[u8; 3]>::try_from(text.as_bytes()).unwrap().map(|byte| ByteSet::of([byte]))
}

fn anchors() -> Vec<Anchor> {
    let hex = ByteSet::of(*b"0123456789abcdefABCDEF");
    let mut anchors: Vec<Anchor> = [
        ("abc", 0),
        ("a-b", 16),
        ("a-b", 25),
        ("x_1", 24),
        ("SK0", 40),
        ("abc", 33),
        ("xab", 60),
        ("abc", 255),
    ]
    .iter()
    .map(|(text, run)| Anchor { place: Place::RunStart, key: key(text), run: *run })
    .collect();
    anchors.extend([("SG.", 22), ("a%.", 0), ("SG.", 70), ("===", 41)].iter().map(|(text, run)| Anchor {
        place: Place::BeforeRun,
        key: key(text),
        run: *run,
    }));
    for text in ["://", "-BE", "8Q~", "+AS", "sic", "ig=", "\\u0", "@$!", "pwd", "\0a\0"] {
        anchors.push(Anchor { place: Place::Anywhere, key: key(text), run: 99 });
    }
    let percent = [ByteSet::of(*b"%"), ByteSet::of(*b"234567"), hex];
    anchors.push(Anchor { place: Place::Anywhere, key: percent, run: 0 });
    anchors.push(Anchor {
        place: Place::RunStart,
        key: [ByteSet::of(*b"S"), ByteSet::of(*b"K"), hex],
        run: 20,
    });
    anchors
}

/// A haystack of pieces that matter, `length` bytes long.
fn haystack(mix: &mut Mix, length: usize) -> Vec<u8> {
    let pieces: &[&[u8]] = &[
        b"abc",
        b"a-b",
        b"SK0",
        b"x_1",
        b"xab",
        b"SG.",
        b"a%.",
        b"===",
        b"://",
        b"-BE",
        b"8Q~",
        b"+AS",
        b"sic",
        b"ig=",
        b"\\u0",
        b"@$!",
        b"pwd",
        b"%3D",
        b"\\n",
        b"\\x3d",
        b"\\u003d",
        b"=3D",
        b"\x1b[31m",
        b"[0m",
        b";1m",
        b"--",
        b"_",
        b"0123456789abcdef",
        b"aaaaaaaaaaaaaaa",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        b"pqrstuvwxyz_-0189",
        b"a\0b\0c\0d\0e\0f\0g\0h\0",
        b"\0a\0b\0c\0d\0e\0f\0g\0h",
        b"\0",
        b" ",
        b"\n",
        b"\xff",
        b"\x80\xb0\xc1",
        b"/",
        b":",
        b"@",
        b"[",
        b"`",
        b"{",
    ];
    let mut out = Vec::new();
    while out.len() < length {
        if mix.below(40) == 0 {
            out.extend(std::iter::repeat_n(b'q', mix.below(300)));
        }
        out.extend_from_slice(pieces[mix.below(pieces.len())]);
    }
    out.truncate(length);
    out
}

fn search(tables: &TablesBuf, level: Level, haystack: &[u8], range: std::ops::Range<usize>) -> Vec<Hit> {
    let hits: Vec<Hit> =
        Hits::new(tables.as_tables(), level, haystack, range, |_: &[u8], _: &Run| true).collect();
    let offsets: Vec<usize> = hits.iter().map(|hit| place_of(hit).0).collect();
    assert!(offsets.windows(2).all(|w| w[0] <= w[1] + OUT_OF_ORDER), "hits come by offset");
    sorted(hits)
}

/// A SIMD path that this machine has and the dispatcher does not offer would be a path that is never tested.
#[test]
fn levels_are_all_there() {
    let names: Vec<&str> = Level::available().map(Level::name).collect();
    assert_eq!(names.last(), Some(&"portable"));
    assert_eq!(Level::available().next(), Some(Level::best()));
    #[cfg(target_arch = "x86_64")]
    {
        assert_eq!(names.contains(&"ssse3"), std::is_x86_feature_detected!("ssse3"));
        assert_eq!(names.contains(&"avx2"), std::is_x86_feature_detected!("avx2"));
        assert_eq!(names.contains(&"avx512"), std::is_x86_feature_detected!("avx512vbmi"));
        // x86-64 without SSSE3 went out of sale about 2010; if it is missing here, something hides it.
        assert!(names.contains(&"ssse3"), "no SIMD path runs on this machine, so none is tested");
    }
}

#[test]
fn every_byte_alone() {
    let anchors: Vec<Anchor> =
        (0..128).map(|b| Anchor { place: Place::Anywhere, key: [ByteSet::of([b]); 3], run: 0 }).collect();
    let tables = TablesBuf::build(&anchors).unwrap();
    for level in Level::available() {
        for byte in 0..=255 {
            let haystack = [byte; 70];
            let found = search(&tables, level, &haystack, 0..70);
            assert_eq!(found, sorted(naive(&anchors, &haystack, 0..70)), "{} {byte}", level.name());
        }
    }
}

#[test]
fn kinds_of_every_byte_at_every_place() {
    for level in Level::available() {
        for byte in 0..=255u8 {
            for place in 0..64 {
                for filler in [b' ', b'x', 0xff] {
                    let mut bytes = [filler; 64];
                    bytes[place] = byte;
                    let mask = |is: fn(&u8) -> bool| {
                        bytes.iter().enumerate().fold(0, |mask, (i, byte)| mask | u64::from(is(byte)) << i)
                    };
                    let expected = Kinds {
                        small: mask(u8::is_ascii_lowercase),
                        capital: mask(u8::is_ascii_uppercase),
                        digit: mask(u8::is_ascii_digit),
                        backslash: mask(|byte| *byte == b'\\'),
                    };
                    assert_eq!(level.kinds(&bytes), expected, "{} {byte} at {place}", level.name());
                }
            }
        }
    }
}

#[test]
fn every_offset_and_length() {
    let anchors = anchors();
    let tables = TablesBuf::build(&anchors).unwrap();
    let needles: [&[u8]; 8] = [
        b"abc4567890123456",
        b"SG.0123456789abcdefgh",
        b"://",
        b"\\nabc4567890123456",
        b"%3D\x1b[1mx_1456789012345678",
        b"a\0b\0c\0d\0e\0f\0g\0h\0",
        b"--abc456789012345678",
        b"8Q~",
    ];
    for level in Level::available() {
        for needle in needles {
            for offset in 0..150 {
                for tail in [0, 1, 2, 3, 17, 40, 63, 64, 65, 66, 67, 130] {
                    let mut haystack = vec![b' '; offset];
                    haystack.extend_from_slice(needle);
                    haystack.extend(std::iter::repeat_n(b'.', tail));
                    let found = search(&tables, level, &haystack, 0..haystack.len());
                    let expected = sorted(naive(&anchors, &haystack, 0..haystack.len()));
                    assert!(!expected.is_empty());
                    assert_eq!(found, expected, "{} {needle:?} at {offset}, {tail} behind", level.name());
                }
            }
        }
    }
}

#[test]
fn mixtures_whole_and_in_ranges() {
    let anchors = anchors();
    let tables = TablesBuf::build(&anchors).unwrap();
    let mut mix = Mix(7);
    for round in 0..3000 {
        let length = mix.below(if round % 10 == 0 { 3000 } else { 200 });
        let haystack = haystack(&mut mix, length);
        let expected = sorted(naive(&anchors, &haystack, 0..length));
        for level in Level::available() {
            let whole = search(&tables, level, &haystack, 0..length);
            assert_eq!(whole, expected, "{} {:?}", level.name(), haystack.escape_ascii().to_string());
            let mut parts = Vec::new();
            let mut at = 0;
            while at < length {
                let to = (at + 1 + mix.below(150)).min(length);
                parts.extend(search(&tables, level, &haystack, at..to));
                at = to;
            }
            assert_eq!(sorted(parts), expected, "{} in ranges", level.name());
        }
    }
}

/// More literals than the list of places holds.
#[test]
fn crowds() {
    let anchors = anchors();
    let tables = TablesBuf::build(&anchors).unwrap();
    for text in ["://", "@$!", "8Q~.", "a\0b\0c\0d\0e\0f\0g\0h\0. "] {
        for length in [500, 511, 512, 513, 600, 1024, 1500] {
            let haystack: Vec<u8> = text.bytes().cycle().take(length).collect();
            let expected = sorted(naive(&anchors, &haystack, 0..length));
            for level in Level::available() {
                assert_eq!(
                    search(&tables, level, &haystack, 0..length),
                    expected,
                    "{} {text:?} {length}",
                    level.name()
                );
            }
        }
    }
}

#[test]
fn edges() {
    let tables = TablesBuf::build(&anchors()).unwrap();
    for level in Level::available() {
        assert_eq!(search(&tables, level, b"", 0..0), []);
        assert_eq!(search(&tables, level, b"a", 0..1), []);
        assert_eq!(search(&tables, level, b"://", 1..1), []);
        for byte in [b'A', b'e', b'-', 0, 0xff] {
            let haystack = vec![byte; 1 << 16];
            assert!(
                search(&tables, level, &haystack, 0..haystack.len()).len() <= 2,
                "one run, reported once"
            );
        }
    }
}

#[test]
#[should_panic(expected = "the range is not within the haystack")]
fn range_beyond_the_haystack() {
    let tables = TablesBuf::build(&[]).unwrap();
    Hits::new(tables.as_tables(), Level::best(), b"abc", 2..4, |_: &[u8], _: &Run| true).for_each(drop);
}

#[test]
fn tables_tell_what_they_were_built_from() {
    let mut anchors = anchors();
    // What has no meaning is not kept.
    anchors.iter_mut().filter(|anchor| anchor.place == Place::Anywhere).for_each(|anchor| anchor.run = 0);
    let tables = TablesBuf::build(&anchors).unwrap();
    assert_eq!(tables.as_tables().anchors(), anchors);
}

#[test]
fn what_cannot_be_built() {
    let anchor = |place, key| TablesBuf::build(&[Anchor { place, key, run: 0 }]).map(drop);
    let all = ByteSet::from_words([u64::MAX; 4]);
    assert_eq!(anchor(Place::RunStart, [ByteSet::EMPTY; 3]), Err(BuildError::BadKey(0)));
    assert_eq!(anchor(Place::Anywhere, [all, all, all]), Err(BuildError::BadKey(0)));
    assert_eq!(anchor(Place::RunStart, [all, all, all]), Err(BuildError::TooMany));
    assert_eq!(anchor(Place::RunStart, key("abc")), Ok(()));
}

/// Sets that were made before are kept, and whatever they are, the hits are the same.
#[test]
fn sets_of_before_are_kept() {
    let all = anchors();
    let before = TablesBuf::build(&all[..all.len() - 3]).unwrap();
    let haystack = b"SG.abc%3Dx_1 sic=://ig=aa%.===8Q~ 0123456789abcdef a-b8Q~xab pwd AS_";
    let hits = |tables: &TablesBuf| {
        let keep = |_: &[u8], _: &Run| true;
        sorted(Hits::new(tables.as_tables(), Level::best(), haystack, 0..haystack.len(), keep).collect())
    };
    let (onto, anew) = (TablesBuf::build_onto(&all, before.as_tables().literals), TablesBuf::build(&all));
    assert_eq!(hits(&onto.unwrap()), hits(&anew.unwrap()));
    assert_eq!(sorted(naive(&all, haystack, 0..haystack.len())), hits(&TablesBuf::build(&all).unwrap()));
    // Nothing new: the very same sets.
    let again = TablesBuf::build_onto(&all, TablesBuf::build(&all).unwrap().as_tables().literals).unwrap();
    assert_eq!(again.as_tables().literals, TablesBuf::build(&all).unwrap().as_tables().literals);
}
