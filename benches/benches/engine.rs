//! The engine, measured with criterion: `cargo bench -p scalr-detect-benches [-- FILTER]`.
//!
//! Every benchmark that finds states how much it must find, and fails if it finds anything else: a scanner that misses
//! is fast. `cargo bench -- --test` runs each once, without measuring.

#![expect(missing_docs, reason = "criterion's macros make public items that nobody calls")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scalr_detect::Scanner;
use scalr_detect_benches::{Haystack, NAMES, haystack, message, more_anchors};
use scalr_detect_catalog::TABLES;
use scalr_detect_catalog::anchors::{Anchor, Hits, Level, Run, Tables, TablesBuf};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

/// Length of haystacks, in bytes.
const LEN: usize = 4 << 20;

fn plain() -> Scanner {
    Scanner::builder().decoders(false).build().expect("no detector is named")
}

/// Findings of each sort of haystack, beside memchr's count of its newlines in the same run.
fn find(c: &mut Criterion) {
    for name in NAMES {
        let Haystack { bytes, findings, .. } = haystack(name, LEN);
        let (plain, decoding) = (plain(), Scanner::new());
        let mut group = c.benchmark_group(format!("find/{name}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group
            .bench_function("newlines", |b| b.iter(|| memchr::memchr_iter(b'\n', black_box(&bytes)).count()));
        group.bench_function("plain", |b| {
            b.iter(|| assert_eq!(plain.find_iter(black_box(&bytes)).count(), findings));
        });
        group.bench_function("decoding", |b| {
            b.iter(|| assert_eq!(decoding.find_iter(black_box(&bytes)).count(), findings));
        });
        group.finish();
    }
}

/// How long a small message takes: the time to the end of one search. The messages are different ones in turn, so that
/// the branch predictor does not learn one by heart.
fn messages(c: &mut Criterion) {
    let scanner = Scanner::new();
    let mut group = c.benchmark_group("message");
    for (label, len) in [("100 B", 100), ("1 KiB", 1 << 10), ("64 KiB", 64 << 10)] {
        for secret in [false, true] {
            let messages: Vec<Haystack> = (0..64).map(|seed| message(len, seed, secret)).collect();
            let mut turn = messages.iter().cycle();
            group.throughput(Throughput::Bytes(len as u64));
            group.bench_function(
                BenchmarkId::new(label, if secret { "with a secret" } else { "clean" }),
                |b| {
                    b.iter(|| {
                        let message = turn.next().expect("a cycle has no end");
                        assert_eq!(scanner.find_iter(black_box(&message.bytes)).count(), message.findings);
                    });
                },
            );
        }
    }
    group.finish();
}

/// Redaction at once, and as a stream of lines; and findings of a reader.
fn streams(c: &mut Criterion) {
    let scanner = Scanner::new();
    let mut group = c.benchmark_group("stream");
    for name in ["logs", "secret-dense"] {
        let Haystack { bytes, findings, .. } = haystack(name, LEN);
        let redacted = scanner.redact(&bytes).into_owned();
        let placeholders = memchr::memmem::find_iter(&redacted, b"[").count()
            - memchr::memmem::find_iter(&bytes, b"[").count();
        assert_eq!(placeholders, findings, "{name}: one placeholder for each finding");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::new("redact", name), |b| {
            b.iter(|| assert_eq!(scanner.redact(black_box(&bytes)).len(), redacted.len()));
        });
        group.bench_function(BenchmarkId::new("redactor, line by line", name), |b| {
            b.iter(|| {
                let mut redactor = scanner.redactor();
                let lines = black_box(&bytes).split_inclusive(|byte| *byte == b'\n');
                let len: usize = lines.map(|line| redactor.push(line).len()).sum();
                assert_eq!(len + redactor.finish().len(), redacted.len());
            });
        });
        group.bench_function(BenchmarkId::new("scan_reader", name), |b| {
            b.iter(|| {
                let mut count = 0;
                let read = scanner.scan_reader(black_box(&bytes[..]), |_| {
                    count += 1;
                    ControlFlow::Continue(())
                });
                assert_eq!((read.is_ok(), count), (true, findings));
            });
        });
    }
    group.finish();
}

/// What more detectors cost: the prefilter's search with the catalogue's anchors, with those of a thousand more that have
/// a prefix and a long run, and with those of a thousand more of which as many as in the catalogue are looked for at
/// every byte.
fn growth(c: &mut Criterion) {
    let with = |more: Vec<Anchor>| {
        let all: Vec<Anchor> = TABLES.anchors.anchors().into_iter().chain(more).collect();
        TablesBuf::build_onto(&all, TABLES.anchors.literals).expect("fewer than 65,536 keys")
    };
    let (at_runs, anywhere) = (with(more_anchors(1000, false)), with(more_anchors(1000, true)));
    let hits = |tables: Tables<'_>, bytes: &[u8]| {
        let filter = |_: &[u8], run: &Run| run.end - run.start == 40;
        Hits::new(tables, Level::best(), bytes, 0..bytes.len(), filter).count()
    };
    for name in ["source-c", "minified-js", "token-dense"] {
        let Haystack { bytes, .. } = haystack(name, LEN);
        let least = hits(TABLES.anchors, &bytes);
        let mut group = c.benchmark_group(format!("growth/{name}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let tables = [TABLES.anchors, at_runs.as_tables(), anywhere.as_tables()];
        for (label, tables) in
            ["catalogue", "1,000 more at runs", "1,000 more, some anywhere"].into_iter().zip(tables)
        {
            let expected = hits(tables, &bytes);
            assert!(expected >= least, "{name}, {label}: more anchors are hit at least as often");
            group.bench_function(label, |b| b.iter(|| assert_eq!(hits(tables, black_box(&bytes)), expected)));
        }
        group.finish();
    }
}

criterion_group! {
    name = engine;
    // Short: a run of all is two minutes or so, and noise is better met by more runs than by longer ones.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(10);
    targets = find, messages, streams, growth
}
criterion_main!(engine);
