//! DBN trades from memory: to records, and to lines.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use dbn::encode::DbnEncoder;
use dbn::encode::EncodeRecord as _;
use mia::config::Config;
use mia::feeds::Refusal;
use mia::feeds::dbn::DbnDecoder;
use mia::feeds::dbn::DbnSettings;
use mia::feeds::dbn::DbnSink;
use mia::wire::Failure;
use mia::wire::Record;
use mia::wire::StreamPhase;
use mia::wire::codec;
use std::hint::black_box;

const RECORDS: u64 = 1_000_000;
const START: u64 = 1_772_461_800_000_000_000;
/// As a file is read.
const BLOCK: usize = 64 * 1024;

/// A file of trades of ESH26 that walk up and down.
fn file() -> Vec<u8> {
    let mut metadata = dbn::Metadata::builder()
        .dataset("GLBX.MDP3")
        .schema(Some(dbn::Schema::Trades))
        .start(START)
        .stype_in(Some(dbn::SType::RawSymbol))
        .stype_out(dbn::SType::InstrumentId)
        .symbols(vec!["ESH6".into()])
        .build();
    let start_date = metadata.start().date();
    let end_date = start_date.next_day().expect("a day has a next one");
    let interval = dbn::MappingInterval { start_date, end_date, symbol: "42".into() };
    metadata.mappings =
        vec![dbn::SymbolMapping { raw_symbol: "ESH6".into(), intervals: vec![interval] }];
    let mut bytes = Vec::new();
    let mut encoder = DbnEncoder::new(&mut bytes, &metadata).expect("memory takes everything");
    for n in 0..RECORDS {
        let at = START + n * 20_000_000;
        let msg = dbn::TradeMsg {
            hd: dbn::RecordHeader::new::<dbn::TradeMsg>(0, 1, 42, at),
            price: 5_000_000_000_000 + ((n * 7) % 41) as i64 * 250_000_000,
            size: 1 + (n % 9) as u32,
            action: b'T' as std::ffi::c_char,
            side: if n % 3 == 0 { b'A' } else { b'B' } as std::ffi::c_char,
            ts_recv: at + 15_000,
            sequence: n as u32,
            ..dbn::TradeMsg::default()
        };
        encoder.encode_record(&msg).expect("memory takes everything");
    }
    bytes
}

/// Looks at every record, as a fold would.
#[derive(Default)]
struct Counted {
    trades: u64,
    volume: u64,
}

impl DbnSink for Counted {
    #[inline]
    fn record(&mut self, record: &Record) -> Result<(), Failure> {
        if let Record::Trade(trade) = black_box(record) {
            self.trades += 1;
            self.volume += trade.sz;
        }
        Ok(())
    }
    fn refused(&mut self, r: &Refusal, _: &str, _: u64, _: Option<i64>) -> Result<(), Failure> {
        Err(Failure::bad_input(r.reason.clone()))
    }
}

/// Writes every record as a line.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    bytes: usize,
}

impl DbnSink for Lines {
    #[inline]
    fn record(&mut self, record: &Record) -> Result<(), Failure> {
        codec::encode(record, &mut self.text).expect("what was read can be written");
        if self.text.len() >= BLOCK {
            self.bytes += black_box(&self.text).len();
            self.text.clear();
        }
        Ok(())
    }
    fn refused(&mut self, r: &Refusal, _: &str, _: u64, _: Option<i64>) -> Result<(), Failure> {
        Err(Failure::bad_input(r.reason.clone()))
    }
}

fn decode(file: &[u8], sink: &mut impl DbnSink) {
    let settings =
        DbnSettings { config: Config::default(), syms: Vec::new(), phase: StreamPhase::Run };
    let mut decoder = DbnDecoder::new(settings);
    for block in file.chunks(BLOCK) {
        decoder.push(block, sink).expect("the file is good");
    }
    decoder.end(sink).expect("the file is whole");
}

fn benches(c: &mut Criterion) {
    let file = file();
    let mut group = c.benchmark_group("dbn");
    group.throughput(Throughput::Elements(RECORDS)).sample_size(10);
    group.bench_function("trades to records", |b| {
        b.iter(|| {
            let mut counted = Counted::default();
            decode(black_box(&file), &mut counted);
            assert_eq!(counted.trades, RECORDS);
            counted.volume
        });
    });
    group.bench_function("trades to lines", |b| {
        b.iter(|| {
            let mut lines = Lines::default();
            decode(black_box(&file), &mut lines);
            lines.bytes + lines.text.len()
        });
    });
    group.finish();
}

criterion_group!(dbn_benches, benches);
criterion_main!(dbn_benches);
