//! The last two stages: a verdict (goal 5 us), an order event in the paper broker (goal 2 us), and
//! what a tick costs while nothing works and while a bracket does.
//!
//! The decisions are timed where they happen: in an account that lives, between the ticks of its
//! market, which have the caches to themselves meanwhile.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to stop")]

use criterion::BatchSize;
use criterion::Criterion;
use criterion::SamplingMode;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use criterion::measurement::Measurement;
use criterion::measurement::WallTime;
use mia::config::Config;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::By;
use mia::wire::Emit;
use mia::wire::Num;
use mia::wire::Order;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Signal;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::TradeManagement;
use std::hint::black_box;
use std::time::Duration;

/// Monday 2024-01-08, 10:00 in New York.
const T0: i64 = 1_704_726_000_000_000;
const TICKS: i64 = 20_000;
/// Records between a signal and the next one of an account that trades again and again: a minute.
const ROUND_TICKS: i64 = 2000;
const ROUND_TICK_US: i64 = 30_000;
const ROUND_US: i64 = ROUND_TICKS * ROUND_TICK_US;
/// Trades of a day: as many as `risk.trades_day_max` allows.
const ROUNDS: u64 = 50;

/// Keeps the first order and counts.
#[derive(Default)]
struct Keep {
    order: Option<Order>,
    orders: u64,
    count: u64,
}

impl Emit for Keep {
    fn before(&mut self, record: &Record) {
        self.after(record);
    }
    fn after(&mut self, record: &Record) {
        self.count += 1;
        if let Record::Order(order) = record {
            self.orders += 1;
            self.order.get_or_insert_with(|| order.clone());
        }
    }
}

fn es() -> Sym {
    Sym::new("ESH24").unwrap()
}

fn price(ticks: i64) -> Px {
    Px::from_nanos((20_000 + ticks) * Px::SCALE / 4)
}

/// A trade or quote at `ts`, the price within three ticks of `level` (ticks).
fn tick(n: i64, ts: i64, level: i64) -> Record {
    let (sym, flags, src) = (es(), TradeFlags::default(), Src::Syn);
    let at = level + n / 7 % 3;
    let (bid, ask) = (price(at - 1), price(at));
    if n % 3 == 0 {
        let (side, ss, seq) = (Side::Buy, SideSource::Touch, None);
        Trade { ts, sym, px: ask, sz: 2, side, ss, seq, src, vts: None, rx: None, flags }.into()
    } else {
        let (bid, ask) = (Some(bid), Some(ask));
        Quote { ts, sym, bid, bsz: 50, ask, asz: 50, src, vts: None, rx: None, flags }.into()
    }
}

/// A quiet market, a tick a millisecond.
fn ticks(from: i64) -> Vec<Record> {
    (0..TICKS).map(|n| tick(n, from + n * 1000, 0)).collect()
}

/// The market of trade `n`: quiet while the entry fills, then it rises to the target, or every third
/// time falls to the stop, and comes back.
fn trade(n: i64) -> impl Iterator<Item = Record> {
    let (from, sign) = (T0 + n * ROUND_US, if n % 3 == 1 { -1 } else { 1 });
    (0..ROUND_TICKS).map(move |n| {
        let level = match n {
            ..1000 => 0,
            1000..1600 => (n - 1000) / 24,
            _ => (ROUND_TICKS - n) / 16,
        };
        tick(n, from + n * ROUND_TICK_US, sign * level)
    })
}

fn signal(n: i64, ct: i64) -> Record {
    Signal {
        ts: ct,
        sym: es(),
        by: By::Signal,
        ct,
        op: SignalOp::Enter,
        id: format!("bench-B-ESH24-{n}"),
        pattern: "bench".into(),
        side: Side::Buy,
        entry: price(0),
        stop: price(-10),
        targets: vec![price(20)],
        manage: TradeManagement::default(),
        confluence: Num(0.0),
        confidence: None,
        uncalibrated: true,
        regime: "RANGE".into(),
        level_ids: Vec::new(),
        why: Vec::new(),
        msg: String::new(),
        expires: ct + 60_000_000,
    }
    .into()
}

/// The limits of the paper profile, without those that keep an account from trading every minute.
fn busy() -> Config {
    let mut config = Config::default();
    let risk = &mut config.risk;
    (risk.day_target, risk.cooldown_min) = (Cents(0), 0);
    risk.bucket_trades_max = [u64::MAX; 3];
    let often = [
        &mut risk.orders_minute_max,
        &mut risk.orders_day_max,
        &mut risk.trades_day_max,
        &mut risk.repeat_max,
    ];
    often.into_iter().for_each(|most| *most = u64::MAX);
    config
}

fn risk() -> RiskStage {
    let calendar = Calendar::builtin().unwrap();
    RiskStage::new(&busy(), calendar, RiskOptions::default()).unwrap()
}

fn paper() -> PaperStage {
    PaperStage::new(&busy(), Calendar::builtin().unwrap(), None).unwrap()
}

fn step(stage: &mut dyn Stage, record: &Record, out: &mut Keep) {
    stage.on_record(black_box(record), out).unwrap();
}

fn feed(stage: &mut dyn Stage, records: &[Record], out: &mut Keep) {
    records.iter().for_each(|record| step(stage, record, out));
}

fn bench(c: &mut Criterion) {
    let quiet = ticks(T0);
    let last = T0 + (TICKS - 1) * 1000;
    let mut group = c.benchmark_group("tick");
    group.throughput(Throughput::Elements(TICKS as u64));
    for busy in [false, true] {
        let name = if busy { "position_open" } else { "idle" };
        let later = ticks(last + 1000);
        let start = || {
            let (mut stage, mut exec, mut out) = (risk(), paper(), Keep::default());
            feed(&mut stage, &quiet, &mut out);
            feed(&mut exec, &quiet, &mut out);
            if busy {
                feed(&mut stage, &[signal(1, last)], &mut out);
                let order = out.order.take().unwrap();
                step(&mut exec, &order.into(), &mut out);
            }
            (stage, exec, out)
        };
        group.bench_function(format!("risk/{name}"), |b| {
            b.iter_batched_ref(start, |(s, _, out)| feed(s, &later, out), BatchSize::LargeInput);
        });
        group.bench_function(format!("paper/{name}"), |b| {
            b.iter_batched_ref(start, |(_, e, out)| feed(e, &later, out), BatchSize::LargeInput);
        });
    }
    group.finish();

    // A round is two thousand times as much work as what is timed of it; a sample is many, as a day is.
    let mut group = c.benchmark_group("decision");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(3));
    group.bench_function("verdict_and_order", |b| b.iter_custom(|n| rounds(n, verdicts)));
    group.bench_function("paper_order", |b| b.iter_custom(|n| rounds(n, |n| orders(n).0)));
    group.bench_function("paper_entry_facts", |b| b.iter_custom(|n| rounds(n, |n| orders(n).1)));
    group.finish();
}

/// Stamp of the last record of trade `n`, microseconds UTC.
const fn ends(n: i64) -> i64 {
    T0 + (n + 1) * ROUND_US - ROUND_TICK_US
}

/// Lets an account trade so many times, as it does live, and sums up what `timed` takes: its ticks
/// between a signal and the next have the caches to themselves.
fn rounds(count: u64, day: fn(i64) -> Duration) -> Duration {
    (0..count).step_by(ROUNDS as usize).map(|n| day(ROUNDS.min(count - n) as i64)).sum()
}

/// Signals to verdicts and orders.
fn verdicts(count: i64) -> Duration {
    let (mut stage, mut out) = (risk(), Keep::default());
    (0..count)
        .map(|n| {
            trade(n).for_each(|record| step(&mut stage, &record, &mut out));
            assert!(stage.ledger().is_idle(), "the trade is over");
            let idea = signal(n, ends(n));
            let taken = timed(&mut stage, &idea, &mut out);
            assert_eq!(out.orders, n as u64 + 1, "every signal is approved");
            taken
        })
        .sum()
}

/// Orders on their way to the exchange, and the record that makes an entry's fill and its protection
/// known: four facts and what follows.
fn orders(count: i64) -> (Duration, Duration) {
    let (mut stage, mut exec, mut out) = (risk(), paper(), Keep::default());
    trade(-1).for_each(|record| step(&mut stage, &record, &mut out));
    step(&mut stage, &signal(0, ends(-1)), &mut out);
    let first = out.order.take().unwrap();
    let (mut order, mut facts) = (Duration::ZERO, Duration::ZERO);
    for n in 0..count {
        // The way there and back.
        let known = ends(n - 1) + 300_000;
        for record in trade(n) {
            if record.ts() == known {
                let told = out.count;
                facts += timed(&mut exec, &record, &mut out);
                assert!(n == 0 || out.count > told + 3, "the entry is known");
            } else {
                step(&mut exec, &record, &mut out);
            }
        }
        assert!(exec.ledger().is_idle(), "the trade is over");
        let ct = ends(n);
        let expires = ct + 60_000_000;
        let next = Order { id: format!("o:bench-{n}"), ts: ct, ct, expires, ..first.clone() };
        order += timed(&mut exec, &next.into(), &mut out);
    }
    (order, facts)
}

fn timed(stage: &mut dyn Stage, record: &Record, out: &mut Keep) -> Duration {
    let start = WallTime.start();
    step(stage, record, out);
    WallTime.end(start)
}

criterion_group!(benches, bench);
criterion_main!(benches);
