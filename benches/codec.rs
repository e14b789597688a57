//! The codec: the hand-written ways against serde, and the peeks.

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::wire::Kind;
use mia::wire::codec;
use std::hint::black_box;

/// Lines as a live feed writes them; the trade has 145 bytes.
const LINES: [&str; 4] = [
    r#"{"t":"trade","ts":1772461800123457,"sym":"ESH6","px":6842.25,"sz":3,"side":"B","ss":"touch","seq":918273645,"src":"syn","rx":1772461800131002}"#,
    r#"{"t":"quote","ts":1772461800123457,"sym":"ESH6","bid":6842,"bsz":31,"ask":6842.25,"asz":17,"src":"syn","rx":1772461800131002}"#,
    r#"{"t":"depth","ts":1772461800123457,"sym":"ESH6","bs":"B","px":6841.75,"sz":84,"src":"syn","rx":1772461800131002,"eob":true}"#,
    r#"{"t":"bar","ts":1772461860000000,"sym":"ESH6","by":"features","ct":1772461860004217,"dur":60,"o":6842.25,"h":6844,"l":6841.5,"c":6843.75,"v":2210,"bv":1002,"av":1190,"n":871}"#,
];
/// The same trade in another key order.
const FOREIGN: &str = r#"{"ts":1772461800123457,"px":6842.25,"sz":3,"sym":"ESH6","side":"B","ss":"touch","seq":918273645,"src":"syn","rx":1772461800131002,"t":"trade"}"#;

fn kind(line: &str) -> Kind {
    codec::peek(line.as_bytes()).ok().flatten().unwrap_or(Kind::Alert)
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for line in LINES.into_iter().chain([FOREIGN]) {
        let kind = kind(line);
        let name = if line == FOREIGN { "trade, foreign order" } else { kind.name() };
        group.throughput(Throughput::Bytes(line.len() as u64));
        group.bench_with_input(BenchmarkId::new("codec", name), line, |b, line| {
            b.iter(|| codec::decode(kind, black_box(line.as_bytes())));
        });
        group.bench_with_input(BenchmarkId::new("serde", name), line, |b, line| {
            b.iter(|| codec::decode_serde(kind, black_box(line.as_bytes())));
        });
    }
    group.finish();
}

fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode");
    for line in LINES {
        let kind = kind(line);
        let Ok(record) = codec::decode(kind, line.as_bytes()) else { continue };
        let mut out = Vec::with_capacity(1024);
        group.throughput(Throughput::Bytes(line.len() as u64));
        group.bench_function(BenchmarkId::new("codec", kind), |b| {
            b.iter(|| {
                out.clear();
                codec::encode(black_box(&record), &mut out)
            });
        });
        group.bench_function(BenchmarkId::new("serde", kind), |b| {
            b.iter(|| {
                out.clear();
                codec::encode_serde(black_box(&record), &mut out)
            });
        });
    }
    group.finish();
}

fn peek(c: &mut Criterion) {
    let mut group = c.benchmark_group("peek");
    for (name, line) in [("canonical", LINES[3]), ("foreign", FOREIGN)] {
        let line = line.as_bytes();
        group.bench_function(BenchmarkId::new("t", name), |b| {
            b.iter(|| codec::peek(black_box(line)));
        });
        group.bench_function(BenchmarkId::new("ts", name), |b| {
            b.iter(|| codec::peek_ts(black_box(line)));
        });
        group.bench_function(BenchmarkId::new("sym", name), |b| {
            b.iter(|| codec::peek_sym(black_box(line)));
        });
        group.bench_function(BenchmarkId::new("by", name), |b| {
            b.iter(|| codec::peek_by(black_box(line)));
        });
    }
    group.finish();
}

criterion_group!(benches, decode, encode, peek);
criterion_main!(benches);
