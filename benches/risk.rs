//! The last two stages: a verdict (goal 5 us), an order event in the paper broker (goal 2 us), and
//! what a tick costs while nothing works and while a bracket does.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to stop")]

use criterion::BatchSize;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::config::Config;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::By;
use mia::wire::Emit;
use mia::wire::Num;
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

/// Monday 2024-01-08, 10:00 in New York.
const T0: i64 = 1_704_726_000_000_000;
const TICKS: i64 = 20_000;

/// Keeps the orders and account facts, counts the rest.
#[derive(Default)]
struct Keep {
    orders: Vec<Record>,
    count: u64,
}

impl Emit for Keep {
    fn before(&mut self, record: &Record) {
        self.after(record);
    }
    fn after(&mut self, record: &Record) {
        self.count += 1;
        if matches!(record, Record::Order(_)) {
            self.orders.push(record.clone());
        }
    }
}

fn es() -> Sym {
    Sym::new("ESH24").unwrap()
}

fn price(ticks: i64) -> Px {
    Px::from_nanos((20_000 + ticks) * Px::SCALE / 4)
}

/// A quiet market: trades and quotes a millisecond apart, the price within three ticks.
fn ticks(from: i64) -> Vec<Record> {
    (0..TICKS)
        .map(|n| {
            let (ts, sym, flags) = (from + n * 1000, es(), TradeFlags::default());
            let (bid, ask) = (price(n / 7 % 3 - 1), price(n / 7 % 3));
            if n % 3 == 0 {
                let (side, ss, seq) = (Side::Buy, SideSource::Touch, None);
                let src = Src::Syn;
                Trade { ts, sym, px: ask, sz: 2, side, ss, seq, src, vts: None, rx: None, flags }
                    .into()
            } else {
                let (bid, ask, src) = (Some(bid), Some(ask), Src::Syn);
                Quote { ts, sym, bid, bsz: 50, ask, asz: 50, src, vts: None, rx: None, flags }
                    .into()
            }
        })
        .collect()
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

fn risk() -> RiskStage {
    let calendar = Calendar::builtin().unwrap();
    RiskStage::new(&Config::default(), calendar, RiskOptions::default()).unwrap()
}

fn paper() -> PaperStage {
    PaperStage::new(&Config::default(), Calendar::builtin().unwrap(), None).unwrap()
}

fn feed(stage: &mut dyn Stage, records: &[Record], out: &mut Keep) {
    for record in records {
        stage.on_record(black_box(record), out).unwrap();
    }
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
                let orders = std::mem::take(&mut out.orders);
                assert_eq!(orders.len(), 1);
                feed(&mut exec, &orders, &mut out);
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

    let mut group = c.benchmark_group("decision");
    let fresh = || {
        let (mut stage, mut out) = (risk(), Keep::default());
        feed(&mut stage, &quiet, &mut out);
        (stage, out)
    };
    let idea = signal(1, last);
    group.bench_function("verdict_and_order", |b| {
        b.iter_batched_ref(
            fresh,
            |(stage, out)| stage.on_record(black_box(&idea), out).unwrap(),
            BatchSize::SmallInput,
        );
    });
    let (mut stage, mut out) = fresh();
    feed(&mut stage, std::slice::from_ref(&idea), &mut out);
    let order = out.orders.remove(0);
    group.bench_function("paper_order", |b| {
        let exec = || (paper(), Keep::default());
        b.iter_batched_ref(
            exec,
            |(exec, out)| exec.on_record(black_box(&order), out).unwrap(),
            BatchSize::SmallInput,
        );
    });
    // The record that makes an entry's fill and its protection known: four facts and what follows.
    let later = ticks(last + 1000);
    let known = later.iter().position(|r| r.ts() > last + 301_000).unwrap();
    group.bench_function("paper_entry_facts", |b| {
        let exec = || {
            let (mut exec, mut out) = (paper(), Keep::default());
            feed(&mut exec, &quiet[quiet.len() - 10..], &mut out);
            feed(&mut exec, std::slice::from_ref(&order), &mut out);
            feed(&mut exec, &later[..150], &mut out);
            (exec, out)
        };
        let facts = &later[known..=known];
        b.iter_batched_ref(exec, |(e, out)| feed(e, facts, out), BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
