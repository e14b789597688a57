//! `.scid` records: bytes to records, and to lines.
//!
//! `cargo bench --bench sierra`; the figures are records a second.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::feeds::sierra::Bundles;
use mia::feeds::sierra::FIRST_OF_BUNDLE;
use mia::feeds::sierra::LAST_OF_BUNDLE;
use mia::feeds::sierra::PriceScale;
use mia::feeds::sierra::ScidDecoder;
use mia::feeds::sierra::Tape;
use mia::feeds::sierra::TapeOptions;
use mia::feeds::sierra::stamp;
use mia::market::Px;
use mia::market::Sym;
use mia::wire::Record;
use mia::wire::codec;
use std::hint::black_box;

const RECORDS: u64 = 1_000_000;
/// Bytes given to the decoder at once, as from a file.
const BLOCK: usize = 160 * 1024;

/// A file with prices in hundredths; one record in eight belongs to a bundle of two.
fn file() -> Vec<u8> {
    let mut bytes = b"SCID".to_vec();
    bytes.extend(56_u32.to_le_bytes());
    bytes.extend(40_u32.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.resize(56, 0);
    for i in 0..RECORDS {
        let open = match i % 16 {
            6 => FIRST_OF_BUNDLE,
            7 => LAST_OF_BUNDLE,
            _ => 0,
        };
        // Both parts of a bundle have one millisecond and one price.
        let same = if i % 16 == 7 { i - 1 } else { i };
        let close = 500_000.0 + (same / 3 % 40) as f32 * 25.0;
        let buy = (same / 5).is_multiple_of(2);
        let (high, low) = if buy { (close, close - 25.0) } else { (close + 25.0, close) };
        let ts = 1_772_550_000_000_000 + same as i64 * 1000 + i64::from(same != i);
        let size = 1 + (i % 9) as u32;
        bytes.extend(stamp::raw_us(ts).to_le_bytes());
        bytes.extend(open.to_le_bytes());
        bytes.extend([high, low, close].iter().flat_map(|price: &f32| price.to_le_bytes()));
        let (sold, bought) = if buy { (0, size) } else { (size, 0) };
        bytes.extend([1, size, sold, bought].iter().flat_map(|count: &u32| count.to_le_bytes()));
    }
    bytes
}

fn read(bytes: &[u8], bundles: Bundles, emit: &mut impl FnMut(Record)) -> u64 {
    let sym = Sym::new("ESM26").unwrap();
    let options = TapeOptions { sym, bundles, bar_s: None, lateness_us: 1000 };
    let mut tape = Tape::new(options, PriceScale::new(0.01, Px::from_nanos(250_000_000)));
    let mut decoder = ScidDecoder::new();
    for mut block in bytes.chunks(BLOCK) {
        while let Some(entry) = decoder.next(&mut block).unwrap() {
            tape.push(&entry, None, emit).unwrap();
        }
    }
    tape.flush(emit);
    decoder.records()
}

fn scid(c: &mut Criterion) {
    let bytes = file();
    let mut group = c.benchmark_group("scid");
    group.throughput(Throughput::Elements(RECORDS)).sample_size(20);
    for (name, bundles) in [("sum", Bundles::Sum), ("keep", Bundles::Keep)] {
        group.bench_function(format!("records, bundles {name}"), |b| {
            b.iter(|| {
                read(black_box(&bytes), bundles, &mut |record| {
                    black_box(&record);
                })
            });
        });
    }
    let mut out = Vec::with_capacity(1 << 20);
    group.bench_function("lines", |b| {
        b.iter(|| {
            read(black_box(&bytes), Bundles::Sum, &mut |record| {
                codec::encode(&record, &mut out).unwrap();
                if out.len() > 1 << 19 {
                    black_box(&out);
                    out.clear();
                }
            })
        });
    });
    group.finish();
}

criterion_group!(benches, scid);
criterion_main!(benches);
