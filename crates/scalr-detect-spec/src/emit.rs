//! Compiled tables as Rust source.

use scalr_detect_catalog::anchors::Entry;
use scalr_detect_catalog::{Around, Span, Step, Tables, anchors};
use std::fmt::{Debug, Write};

/// The source of a module that holds `tables` as the constant `TABLES`.
pub fn emit(tables: &Tables<'_>) -> String {
    let mut out = String::from(
        "//! The catalogue's tables. Generated from `detectors/*.toml` by `cargo xtask generate`; do not edit.\n\n\
         use crate::anchors::{self, BIT_TABLES, BIT_WORDS, BUCKETS, Entry, Fingerprints, LITERAL_WORDS};\n\
         use crate::{Ahead, Around, Bare, ByteSet, Check, Confidence, Detector, Kind, Part, Pattern, Route, Severity, Span, Step, Tables,\n    WORD_BITS, WORD_BUCKETS, WORD_STARTS, Word, WordHead};\n\n",
    );
    let span = |span: &Span| format!("s({}, {})", span.start, span.len);
    list(&mut out, "DETECTORS", "Detector", tables.detectors, 1, |d| {
        let check = d.check.map_or("None".to_owned(), |check| format!("Some(Check::{check:?})"));
        format!(
            "Detector {{\n        id: {:?},\n        name: {:?},\n        provider: {:?},\n        kind: Kind::{:?},\n        \
             severity: Severity::{:?},\n        confidence: Confidence::{:?},\n        check: {check},\n        \
             aliases: &{:?},\n        parts: &{:?},\n        impact: {:?},\n        remediation: {:?},\n        references: &{:?},\n    }}",
            d.id,
            d.name,
            d.provider,
            d.kind,
            d.severity,
            d.confidence,
            d.aliases,
            d.parts,
            d.impact,
            d.remediation,
            d.references
        )
    });
    list(&mut out, "PATTERNS", "Pattern", tables.patterns, 1, |p| {
        format!(
            "Pattern {{ before: {}, after: {}, near: {}, within: {}, min_entropy: {:?}, min_digits: {}, max_len: {}, \
             parts: {}, alone: {}, half_of: {} }}",
            p.before,
            p.after,
            span(&p.near),
            p.within,
            p.min_entropy,
            p.min_digits,
            p.max_len,
            span(&p.parts),
            p.alone.map_or("None".to_owned(), |alone| format!("Some(Confidence::{alone:?})")),
            span(&p.half_of)
        )
    });
    list(&mut out, "ANCHOR_ROUTES", "Span", tables.anchor_routes, 8, span);
    list(&mut out, "ROUTES", "Route", tables.routes, 1, |r| {
        let ahead = r.ahead.map_or("None".to_owned(), |a| {
            format!("Some(Ahead {{ skip: {}, set: {}, stop: {} }})", a.skip, a.set, a.stop)
        });
        let (back, forward, around) = (span(&r.back), span(&r.forward), around(&r.around));
        format!("r({}, {back}, {forward}, {}, {around}, {ahead})", r.detector, r.at_run_start)
    });
    list(&mut out, "PARTS", "Part", tables.parts, 1, |p| {
        format!(
            "Part {{ name: {:?}, steps: {}, near: {}, within: {} }}",
            p.name,
            span(&p.steps),
            span(&p.near),
            p.within
        )
    });
    list(&mut out, "STEPS", "Step", tables.steps, 4, |step| match step {
        Step::Literal(bytes) => format!("Step::Literal({})", span(bytes)),
        Step::Class { set, min, max, retry } => format!("c({set}, {min}, {max}, {retry})"),
        Step::Until { set, min, max } => format!("Step::Until {{ set: {set}, min: {min}, max: {max} }}"),
        Step::Branch(branches) => format!("Step::Branch({})", span(branches)),
        Step::SecretStart => "Step::SecretStart".into(),
        Step::SecretEnd => "Step::SecretEnd".into(),
    });
    list(&mut out, "BRANCHES", "Span", tables.branches, 8, span);
    list(&mut out, "SETS", "ByteSet", tables.sets, 1, |set| {
        let [a, b, c, d] = set.words();
        format!("ByteSet::from_words([{a:#x}, {b:#x}, {c:#x}, {d:#x}])")
    });
    list(&mut out, "BARE", "Bare", tables.bare, 1, |b| {
        format!(
            "b({}, {:?}, {}, {}, {}, {})",
            b.detector,
            b.lengths,
            b.wide,
            around(&b.around),
            span(&b.back),
            span(&b.steps)
        )
    });
    list(&mut out, "BARE_ALONE", "Span", tables.bare_alone, 16, span);
    list(&mut out, "BARE_BY_LENGTH", "u16", tables.bare_by_length, 16, display);
    list(&mut out, "BARE_LENGTHS", "u8", tables.bare_lengths, 16, display);
    list(&mut out, "WORDS", "Word", tables.words, 1, |w| {
        format!(
            "Word {{ text: {:?}, bare: {}, denies: {}, names: {} }}",
            w.text,
            span(&w.bare),
            w.denies,
            w.names
        )
    });
    list(&mut out, "WORD_HEADS", "WordHead", tables.word_heads, 8, |h| {
        format!("h({:#x}, {})", h.key, h.word)
    });
    list(&mut out, "NEAR", "u16", tables.near, 16, display);
    list(&mut out, "WORD_BARE", "u16", tables.word_bare, 16, display);
    list(&mut out, "WHOLES", "u16", tables.wholes, 16, display);
    anchors(&mut out, "ANCHORS", tables.anchors);
    out.push_str(
        "static WORD_BIT_TABLE: [u64; WORD_BITS] = WordHead::bits(&WORD_HEADS);\n\n\
         static WORD_START_TABLE: [u64; WORD_STARTS] = WordHead::starts(&WORD_HEADS);\n\n\
         static WORD_BUCKET_TABLE: [u16; WORD_BUCKETS + 1] = WordHead::buckets(&WORD_HEADS);\n\n",
    );
    // As numbers: side by side, ends and beginnings of literals may look like a secret.
    list(&mut out, "BYTES", "u8", tables.bytes, 24, display);
    write!(
        out,
        "/// The tables.\npub(crate) const TABLES: Tables<'static> = Tables {{\n    detectors: &DETECTORS,\n    \
         patterns: &PATTERNS,\n    anchors: ANCHORS,\n    decoder_anchors: {:?},\n    generic_anchors: {},\n    generic: {:?},\n    anchor_routes: &ANCHOR_ROUTES,\n    routes: &ROUTES,\n    parts: &PARTS,\n    \
         steps: &STEPS,\n    branches: &BRANCHES,\n    sets: &SETS,\n    bytes: &BYTES,\n    bare: &BARE,\n    \
         bare_alone: &BARE_ALONE,\n    bare_by_length: &BARE_BY_LENGTH,\n    bare_lengths: &BARE_LENGTHS,\n    words: &WORDS,\n    \
         word_heads: &WORD_HEADS,\n    word_buckets: &WORD_BUCKET_TABLE,\n    word_bits: &WORD_BIT_TABLE,\n    word_starts: &WORD_START_TABLE,\n    near: &NEAR,\n    word_bare: &WORD_BARE,\n    wholes: &WHOLES,\n    look_behind: {},\n    \
         max_len: {},\n}};\n",
        tables.decoder_anchors, tables.generic_anchors, tables.generic, tables.look_behind, tables.max_len
    )
    .expect(STRING);
    out.push_str(
        "\nconst fn s(start: u32, len: u16) -> Span {\n    Span { start, len }\n}\n\n\
         const fn c(set: u16, min: u16, max: u16, retry: bool) -> Step {\n    Step::Class { set, min, max, retry }\n}\n\n\
         const fn e(key: u32, anchor: u16, run: u8) -> Entry {\n    Entry { key, anchor, run }\n}\n\n\
         const fn h(key: u64, word: u16) -> WordHead {\n    WordHead { key, word }\n}\n\n\
         const fn r(detector: u16, back: Span, forward: Span, at_run_start: bool, around: Around, ahead: Option<Ahead>) -> Route {\n    \
         Route { detector, back, forward, at_run_start, around, ahead }\n}\n\n\
         const fn a(mask: u128, value: u128) -> Around {\n    Around { mask, value }\n}\n\n\
         const fn b(detector: u16, lengths: (u16, u16), wide: bool, around: Around, back: Span, steps: Span) -> Bare {\n    \
         Bare { detector, lengths, wide, around, back, steps }\n}\n",
    );
    out
}

const STRING: &str = "writing to a string cannot fail";

fn display<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}

fn around(around: &Around) -> String {
    format!("a({:#x}, {:#x})", around.mask, around.value)
}

/// A static array, some elements a line.
fn list<T>(
    out: &mut String,
    name: &str,
    of: &str,
    elements: &[T],
    a_line: usize,
    show: impl Fn(&T) -> String,
) {
    writeln!(out, "#[rustfmt::skip]\nstatic {name}: [{of}; {}] = [", elements.len()).expect(STRING);
    for line in elements.chunks(a_line) {
        let line: Vec<String> = line.iter().map(&show).collect();
        writeln!(out, "    {},", line.join(", ")).expect(STRING);
    }
    out.push_str("];\n\n");
}

fn anchors(out: &mut String, name: &str, tables: anchors::Tables<'_>) {
    list(out, &format!("{name}_ENTRIES"), "Entry", tables.entries, 8, |Entry { key, anchor, run }| {
        format!("e({key:#x}, {anchor}, {run})")
    });
    writeln!(
        out,
        "#[rustfmt::skip]\nstatic {name}_LITERALS: Fingerprints = Fingerprints::new({:?});\n\n\
         static {name}_BITS: [[u64; BIT_WORDS]; BIT_TABLES] = anchors::bits(&{name}_ENTRIES);\n\n\
         static {name}_LITERAL_BITS: [u64; LITERAL_WORDS] = anchors::literal_bits(&{name}_ENTRIES);\n\n\
         static {name}_BUCKETS: [u16; BUCKETS + 1] = anchors::buckets(&{name}_ENTRIES);\n\n\
         const {name}: anchors::Tables<'static> = anchors::Tables {{\n    bits: &{name}_BITS,\n    \
         buckets: &{name}_BUCKETS,\n    entries: &{name}_ENTRIES,\n    literals: &{name}_LITERALS,\n    literal_bits: &{name}_LITERAL_BITS,\n}};\n",
        tables.literals.sets()
    )
    .expect(STRING);
}
