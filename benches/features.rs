//! The folds of `features`, one by one, and the whole stage. `cargo bench --bench features`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    reason = "a benchmark: criterion's macros make public items without documentation"
)]

#[path = "../tests/it/synthetic_tape.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod synthetic_tape;

use criterion::BatchSize;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::config::Config;
use mia::config::Context;
use mia::config::Flow;
use mia::config::ProfileSettings;
use mia::features::Absorption;
use mia::features::BarBuilder;
use mia::features::BarFootprint;
use mia::features::DeltaScale;
use mia::features::Divergence;
use mia::features::Efficiency;
use mia::features::Exhaustion;
use mia::features::FeaturesOptions;
use mia::features::FeaturesStage;
use mia::features::LargeTrades;
use mia::features::MinuteClose;
use mia::features::Print;
use mia::features::QuoteFlow;
use mia::features::RegimeSwitch;
use mia::features::RelativeVolume;
use mia::features::TapeSpeed;
use mia::features::Totals;
use mia::features::Touch;
use mia::features::VolumeProfile;
use mia::features::Vwap;
use mia::features::Wilder;
use mia::market::Calendar;
use mia::market::Ticks;
use mia::wire::Emit;
use mia::wire::Record;
use mia::wire::Stage;
use mia::wire::codec;
use std::hint::black_box;
use synthetic_tape::Dice;

/// 2026-11-18 14:28 UTC, two minutes before the regular open.
const FROM: i64 = 1_795_012_080_000_000;
const MINUTE: i64 = 60_000_000;
/// Calls of a fold in one sample.
const CALLS: u64 = 1_000;

/// Counts what a stage writes; encodes it where bytes are part of the question.
#[derive(Default)]
struct Sink {
    records: u64,
    bytes: Option<Vec<u8>>,
}

impl Emit for Sink {
    fn before(&mut self, record: &Record) {
        self.records += 1;
        if let Some(bytes) = &mut self.bytes {
            bytes.clear();
            codec::encode(record, bytes).unwrap();
        }
    }

    fn after(&mut self, record: &Record) {
        self.before(record);
    }
}

/// The tape squeezed eightfold in time: about four trades and twelve quotes a second, near to what
/// the real sample has at its busiest.
fn tape(quotes: bool) -> Vec<Record> {
    let mut records = synthetic_tape::tape(&mut Dice::new(1), FROM, FROM + 480 * MINUTE, 20_000);
    if !quotes {
        records.retain(|record| matches!(record, Record::Trade(_)));
    }
    for record in &mut records {
        let squeeze = |ts: i64| FROM + (ts - FROM) / 8;
        match record {
            Record::Trade(trade) => trade.ts = squeeze(trade.ts),
            Record::Quote(quote) => quote.ts = squeeze(quote.ts),
            _ => {}
        }
    }
    records
}

fn stage() -> FeaturesStage {
    let calendar = Calendar::builtin().unwrap();
    FeaturesStage::new(&Config::default(), calendar, FeaturesOptions::default()).unwrap()
}

fn whole_stage(c: &mut Criterion) {
    let mut group = c.benchmark_group("stage");
    group.sample_size(20);
    for (name, quotes, bytes) in
        [("trades", false, false), ("trades_quotes", true, false), ("trades_encoded", false, true)]
    {
        let records = tape(quotes);
        group.throughput(Throughput::Elements(records.len() as u64));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                stage,
                |stage| {
                    let mut sink = Sink { records: 0, bytes: bytes.then(Vec::new) };
                    for record in &records {
                        stage.on_record(record, &mut sink).unwrap();
                    }
                    sink.records
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn features_record(c: &mut Criterion) {
    let mut stage = stage();
    let mut sink = Sink::default();
    for record in tape(true) {
        stage.on_record(&record, &mut sink).unwrap();
    }
    let record = Record::Features(stage.newest().unwrap().clone());
    let mut line = Vec::new();
    let mut group = c.benchmark_group("features_record");
    group.bench_function("encode", |b| {
        b.iter(|| {
            line.clear();
            codec::encode(black_box(&record), &mut line).unwrap();
        });
    });
    group.bench_function("encode_serde", |b| {
        b.iter(|| {
            line.clear();
            codec::encode_serde(black_box(&record), &mut line).unwrap();
        });
    });
    group.finish();
}

/// Times `CALLS` calls of a fold on numbers that wander.
fn fold<T>(
    c: &mut Criterion,
    name: &str,
    make: impl Fn() -> T,
    mut call: impl FnMut(&mut T, i64, u64),
) {
    let mut dice = Dice::new(2);
    let mut price = 20_000_i64;
    let steps: Vec<(i64, u64)> = (0..CALLS)
        .map(|_| {
            price += dice.range(0, 3) as i64 - 1;
            (price, dice.range(1, 60))
        })
        .collect();
    let mut group = c.benchmark_group("fold");
    group.throughput(Throughput::Elements(CALLS));
    group.bench_function(name, |b| {
        b.iter_batched_ref(
            &make,
            |state| {
                for (price, size) in &steps {
                    call(state, black_box(*price), black_box(*size));
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn trade_folds(c: &mut Criterion) {
    fold(c, "bar", BarBuilder::default, |s, p, q| s.add(Ticks(p), q, 1, false));
    fold(c, "footprint", BarFootprint::default, |s, p, q| s.add(Ticks(p), q, 1));
    fold(c, "profile", VolumeProfile::default, |s, p, q| s.add(Ticks(p), q));
    fold(c, "vwap", Vwap::default, |s, p, q| s.add(Ticks(p), q));
    let large = || (LargeTrades::new(40, 20, 5), Totals::default(), 0);
    fold(c, "large_trades", large, |(large, totals, at), p, q| {
        *at += 1;
        let sign = if p % 2 == 0 { 1 } else { -1 };
        let print = Print { at: *at / 2, size: q, sign, first: false, last: false };
        large.on_print(print, totals);
    });
    let quotes = || (QuoteFlow::default(), Totals::default(), 0);
    fold(c, "quote_flow", quotes, |(flow, totals, at), p, q| {
        *at += 250_000;
        let touch = Touch { bid: Ticks(p), bid_size: q, ask: Ticks(p + 1), ask_size: 60 - q };
        flow.on_quote(*at, Some(touch), totals);
    });
}

fn window_folds(c: &mut Criterion) {
    let profile = || {
        let mut profile = VolumeProfile::default();
        for i in 0..200_i64 {
            profile.add(Ticks(20_000 + i), 1000 - (i - 100).unsigned_abs() * 9);
        }
        profile
    };
    let settings = ProfileSettings::default();
    fold(c, "value_area_200_rows", profile, |s, _, _| {
        black_box(s.value_area(&settings));
    });
    let flow = Flow::default();
    let bar = || {
        let mut bar = BarFootprint::default();
        for i in 0..20 {
            bar.add(Ticks(20_000 + i), 30 * (i as u64 % 4), 1);
            bar.add(Ticks(20_000 + i), 30, -1);
        }
        bar
    };
    fold(c, "stacks_20_rows", bar, |s, _, _| {
        black_box(s.stacks(&flow));
    });
    fold(c, "delta_scale", DeltaScale::default, |s, p, q| {
        black_box(s.z(p)).ok();
        s.sample(p, q as i64);
    });
    fold(c, "divergence", Divergence::default, |s, p, q| {
        s.push(MinuteClose { close: Ticks(p), cvd: q as i64, volume: q, weak: 0 });
        black_box(s.value()).ok();
    });
    fold(c, "absorption", Absorption::default, |s, p, q| {
        black_box(s.value(q as i64, 1.0)).ok();
        s.sample(p, q as i64 - 30, (p % 5) as f64);
    });
    fold(
        c,
        "tape_speed",
        || TapeSpeed::new(20, 5),
        |s, p, q| {
            s.sample(p, q as f64);
            black_box(s.base(p));
        },
    );
    fold(
        c,
        "relative_volume",
        || RelativeVolume::new(20, 5),
        |s, _, q| {
            s.add(1, q);
            black_box(s.value()).ok();
        },
    );
}

fn bar_folds(c: &mut Criterion) {
    let context = Context::default();
    let regime = || (Efficiency::new(20), RegimeSwitch::default());
    fold(c, "regime", regime, |(efficiency, switch), p, _| {
        efficiency.push(Ticks(p));
        switch.push(efficiency.value(), &context);
    });
    fold(c, "wilder", Wilder::default, |s, p, q| {
        s.push(Ticks(p + q as i64), Ticks(p), Ticks(p + 1));
        black_box(s.adx()).ok();
    });
    fold(c, "exhaustion", Exhaustion::default, |s, p, q| {
        s.push(Ticks(p + 4), Ticks(p), q as i64, &[]);
    });
}

criterion_group!(benches, whole_stage, features_record, trade_folds, window_folds, bar_folds);
criterion_main!(benches);
