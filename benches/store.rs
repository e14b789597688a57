//! The store: recording, and replaying it as a feed does.
//!
//! `cargo bench --bench store`; the figures are lines a second.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::feeds::ReplayOptions;
use mia::feeds::ReplaySource;
use mia::market::Calendar;
use mia::stream::Inputs;
use mia::stream::Output;
use mia::stream::Selection;
use mia::stream::Thinning;
use mia::stream::run_source;
use mia::stream::store::Framer;
use mia::stream::store::Fsync;
use mia::stream::store::StoreRange;
use mia::stream::store::StoreWriter;
use mia::stream::store::WriterOptions;
use mia::wire::Kind;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

const LINES: u64 = 400_000;
const START: u64 = 1_773_063_000_000_000;

fn lines() -> String {
    let mut text = String::new();
    let mut random = 1_u64;
    for i in 0..LINES {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
        let (px, sz) = (5000.0 + (random >> 60) as f64 * 0.25, 1 + (random >> 50) % 9);
        let ts = START + i * 50_000 + (random >> 49);
        writeln!(
            text,
            r#"{{"t":"trade","ts":{ts},"sym":"ESM26","px":{px},"sz":{sz},"side":"B","ss":"flag","seq":{i},"src":"csv"}}"#
        )
        .unwrap();
    }
    text
}

fn record(dir: &Path, text: &str) {
    let options = WriterOptions { fsync: Fsync::Never, level: 3 };
    let mut writer = StoreWriter::open(dir, options).unwrap();
    let mut framer = Framer::new(Calendar::builtin().unwrap(), 4 << 20);
    for line in text.split_inclusive('\n') {
        framer.line(Some(Kind::Trade), line.as_bytes()).unwrap();
        if framer.pending() > 256 * 1024 {
            for command in framer.take() {
                writer.apply(command).unwrap();
            }
        }
    }
    for command in framer.finish() {
        writer.apply(command).unwrap();
    }
    writer.finish().unwrap();
}

fn replay(path: &PathBuf, range: StoreRange) -> u64 {
    let mut inputs = Inputs::new(std::slice::from_ref(path), None);
    inputs.select(range);
    let mut source = ReplaySource::new(inputs, ReplayOptions::default(), None);
    let mut output = Output::new(Box::new(std::io::sink()), "sink", Thinning::default());
    let selection = Selection { since: range.since, until: range.until, limit: None };
    run_source(&mut source, &mut output, selection, &|| None).unwrap().records
}

fn the_store(c: &mut Criterion) {
    let text = lines();
    let dir = tempfile::tempdir().unwrap();
    let (store, file) = (dir.path().join("store"), dir.path().join("plain.ndjson"));
    record(&store, &text);
    std::fs::write(&file, &text).unwrap();

    let mut group = c.benchmark_group("store");
    group.throughput(Throughput::Elements(LINES)).sample_size(10);
    for (name, path) in [("replay", &store), ("replay-plain-file", &file)] {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| assert_eq!(replay(path, StoreRange::default()), LINES));
        });
    }
    group.bench_function(BenchmarkId::from_parameter("record"), |b| {
        b.iter_with_setup(
            || tempfile::tempdir().unwrap(),
            |dir| {
                record(dir.path(), &text);
                dir
            },
        );
    });
    group.finish();

    // One second out of some hours: what a debugging session asks for.
    let mut group = c.benchmark_group("store-seek");
    group.sample_size(20);
    let since = (START + LINES * 25_000) as i64;
    let range = StoreRange { since: Some(since), until: Some(since + 1_000_000), last: None };
    group.bench_function(BenchmarkId::from_parameter("one-second"), |b| {
        b.iter(|| assert!(replay(&store, range) > 0));
    });
    group.finish();
}

criterion_group!(benches, the_store);
criterion_main!(benches);
