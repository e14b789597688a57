//! mia-signal per closed bar and per record that it need not read. Goal: 20 us a closed bar.

use criterion::BatchSize;
use criterion::BenchmarkGroup;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use criterion::measurement::WallTime;
use mia::config::Config;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::market::TradeDate;
use mia::strategies::SignalOptions;
use mia::strategies::SignalStage;
use mia::strategies::Strategy;
use mia::wire::Auxiliaries;
use mia::wire::Bar;
use mia::wire::By;
use mia::wire::Emit;
use mia::wire::FEATURE_VERSION;
use mia::wire::FeatureVector;
use mia::wire::Features;
use mia::wire::Kind;
use mia::wire::Level;
use mia::wire::Levels;
use mia::wire::Num;
use mia::wire::Phase;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::Why;
use std::hint::black_box;

/// Bars of a full regular session.
const BARS: i64 = 389;
const MINUTE: i64 = 60_000_000;

#[derive(Default)]
struct Count(u64);

impl Emit for Count {
    fn before(&mut self, _: &Record) {
        self.0 += 1;
    }
    fn after(&mut self, _: &Record) {
        self.0 += 1;
    }
}

fn price(ticks: i64) -> Px {
    Px::from_nanos((20_000 + ticks) * Px::SCALE / 4)
}

/// A session that swings across its value area and VWAP bands; levels come with every bar.
fn session(open: i64, sym: Sym) -> Vec<Record> {
    let mut records = Vec::new();
    let mut last = 0;
    for i in 1..=BARS {
        let ts = open + i * MINUTE;
        let swing = (i % 80 - 40).abs() * 3 - 60;
        let close = swing + i * 7 % 5;
        let (high, low) = (last.max(close) + 2, last.min(close) - 2);
        records.push(bar(ts, sym, [last, high, low, close].map(price)));
        records.push(levels(ts, sym).into());
        records.push(features(ts, sym, close).into());
        last = close;
    }
    records
}

fn bar(ts: i64, sym: Sym, [o, h, l, c]: [Px; 4]) -> Record {
    let (by, ct) = (Some(By::Features), Some(ts));
    let (bv, av, n) = (Some(200), Some(100), Some(40));
    let flags = TradeFlags::default();
    Bar { ts, sym, by, ct, dur: 60, o, h, l, c, v: 300, bv, av, n, src: None, flags }.into()
}

fn levels(ts: i64, sym: Sym) -> Levels {
    let names = [
        "pVAH", "pPOC", "pVAL", "PDH", "PDL", "PDC", "ONH", "ONL", "IBH", "IBL", "VWAP",
        "VWAP+2sd", "VWAP+1sd", "VWAP-1sd", "VWAP-2sd", "R5000", "R5050",
    ];
    let level = |(i, name): (usize, &&str)| Level {
        id: (*name).to_owned(),
        fam: if i < 3 { "PROFILE" } else { "SESSION" }.to_owned(),
        px: Num(match i {
            0 => 5010.0,
            1 => 5000.0,
            2 => 4990.0,
            other => 4970.0 + 4.0 * other as f64,
        }),
        w: Num(0.4),
        src: "rth".to_owned(),
        asof: ts,
    };
    let lv = names.iter().enumerate().map(level).collect();
    Levels { ts, sym, by: By::Features, ct: ts, lv }
}

fn features(ts: i64, sym: Sym, close: i64) -> Features {
    let mut f = FeatureVector([Some(0.1); 18]);
    f.0[FeatureVector::index_of("ctx_regime").unwrap_or(0)] = Some(0.0);
    f.0[FeatureVector::index_of("of_delta_imb").unwrap_or(0)] = Some(-0.1);
    f.0[FeatureVector::index_of("ctx_vwap_z").unwrap_or(0)] = Some(close as f64 / 20.0);
    let (vwap, vwap_sd) = (Some(Num(5000.0)), Some(Num(5.0)));
    let x = Auxiliaries { vwap, vwap_sd, ..Auxiliaries::new(Phase::Rth) };
    let why = Why::default();
    let (by, fv, px) = (By::Features, FEATURE_VERSION, Some(price(close)));
    Features { ts, sym, by, ct: ts, fv, px, f, x, why, n: 1 }
}

/// Every pattern and detector on, explanations off.
fn everything_on(calendar: &Calendar) -> Option<SignalStage> {
    let mut config = Config::default();
    config.strategies.trend.pullback = true;
    config.strategies.range.bounce = true;
    config.detectors.gamma_pin = true;
    config.detectors.headfake = true;
    config.detectors.microstructure = true;
    let options = SignalOptions { explain: false, strategy: Strategy::Auto };
    SignalStage::new(&config, calendar.clone(), options).ok()
}

/// A base of eight tight bars, one that colours it, one that departs and one that returns: from the
/// next trade on a battle listens. Bars before it swing widely, so that there is only this base.
fn until_battle(open: i64, sym: Sym) -> Vec<Record> {
    let mut records = Vec::new();
    let shapes = (0..30)
        .map(|i| if i % 2 == 0 { [0, 30, -30, 20] } else { [20, 30, -30, -20] })
        .chain((0..8).map(|i| if i % 2 == 0 { [1, 4, 0, 3] } else { [3, 4, 0, 1] }))
        .chain([[3, 8, 3, 7], [7, 12, 7, 11], [10, 11, 6, 7]]);
    for (i, shape) in (1_i64..).zip(shapes) {
        let ts = open + i * MINUTE;
        records.push(bar(ts, sym, shape.map(price)));
        records.push(features(ts, sym, shape[3]).into());
    }
    records
}

/// Trades inside the zone of the base, ten a second.
fn battle_trades(from: i64, sym: Sym) -> Vec<Record> {
    let side = |i: i64| if i % 2 == 0 { Side::Buy } else { Side::Sell };
    let trade = |i: i64| Trade {
        ts: from + i * 100_000,
        sym,
        px: price(4 + i % 5),
        sz: 1 + (i % 7).unsigned_abs(),
        side: side(i),
        ss: SideSource::Flag,
        seq: None,
        src: Src::Syn,
        vts: None,
        rx: None,
        flags: TradeFlags::default(),
    };
    (0..500).map(trade).map(Record::from).collect()
}

/// The budget of QUANT 5: 20 us a closed bar and 300 ns an event for all of it.
fn everything(
    group: &mut BenchmarkGroup<'_, WallTime>,
    calendar: &Calendar,
    records: &[Record],
    (open, sym): (i64, Sym),
) {
    group.bench_function("closed bars, all patterns and detectors", |b| {
        b.iter_batched(
            || everything_on(calendar),
            |mut stage| {
                let mut out = Count::default();
                for record in records {
                    let _ = stage.as_mut().map(|s| s.on_record(black_box(record), &mut out));
                }
                out.0
            },
            BatchSize::SmallInput,
        );
    });
    let (before, trades) = (until_battle(open, sym), battle_trades(open + 41 * MINUTE, sym));
    group.throughput(Throughput::Elements(trades.len() as u64));
    for (name, battle) in [("trades nobody listens to", false), ("trades of a battle", true)] {
        let ready = || {
            let mut stage = everything_on(calendar)?;
            let mut out = Count::default();
            for record in before.iter().take(if battle { before.len() } else { 20 }) {
                let _ = stage.on_record(record, &mut out);
            }
            // The bench measures what its name says, or nothing.
            (stage.rests(Kind::Trade) != battle).then_some(stage)
        };
        if ready().is_none() {
            continue;
        }
        group.bench_function(name, |b| {
            b.iter_batched(
                ready,
                |mut stage| {
                    let mut out = Count::default();
                    for trade in &trades {
                        let _ = stage.as_mut().map(|s| s.on_record(black_box(trade), &mut out));
                    }
                    out.0
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn benches(c: &mut Criterion) {
    let Ok(calendar) = Calendar::builtin() else { return };
    let day = calendar.session_of(TradeDate(20_260_310)).ok().flatten();
    let (Some((open, _)), Some(sym)) = (day.and_then(|s| s.rth), Sym::new("ESH26")) else { return };
    let records = session(open, sym);
    let stage = |explain| {
        let options = SignalOptions { explain, strategy: Strategy::Auto };
        SignalStage::new(&Config::default(), calendar.clone(), options).ok()
    };

    let mut group = c.benchmark_group("signal");
    group.throughput(Throughput::Elements(BARS as u64));
    for (name, explain) in [("closed bars of a session", false), ("the same, explained", true)] {
        group.bench_function(name, |b| {
            b.iter_batched(
                || stage(explain),
                |mut stage| {
                    let mut out = Count::default();
                    for record in &records {
                        let _ = stage.as_mut().map(|s| s.on_record(black_box(record), &mut out));
                    }
                    out.0
                },
                BatchSize::SmallInput,
            );
        });
    }
    everything(&mut group, &calendar, &records, (open, sym));
    group.throughput(Throughput::Elements(1));
    if let Some(mut stage) = stage(false) {
        let mut out = Count::default();
        for record in &records {
            let _ = stage.on_record(record, &mut out);
        }
        group.bench_function("a skipped record", |b| {
            b.iter(|| stage.skips(black_box(Kind::Features), black_box(open)));
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
