//! Option chains: from a snapshot to exposures and flip, and from Cboe's file to records. Goals:
//! 5 ms for 10,000 contracts, 60 ms for a file of 30,000 rows. `cargo bench --bench options`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    reason = "a benchmark: criterion's macros make public items without documentation"
)]

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::config::OptionSettings;
use mia::config::VolSource;
use mia::feeds::cboe::decode;
use mia::market::Calendar;
use mia::market::Sym;
use mia::market::TradeDate;
use mia::options::BsmInput;
use mia::options::OptionRow;
use mia::options::Snapshot;
use mia::options::Valuation;
use mia::options::black76;
use mia::options::bsm;
use mia::options::implied_vol;
use mia::options::settlement;
use mia::options::years;
use mia::wire::Right;
use mia::wire::Settlement;
use std::fmt::Write;
use std::hint::black_box;

/// 2026-11-18 15:30 UTC.
const AT: i64 = 1_795_015_800_000_000;
const SPOT: f64 = 5000.0;

/// The next trading days of the calendar.
fn expiries(calendar: &Calendar, count: usize) -> Vec<TradeDate> {
    let mut date = TradeDate(20_261_117);
    let next = |date| calendar.next_rth_session(date).unwrap().date;
    (0..count)
        .map(|_| {
            date = next(date);
            date
        })
        .collect()
}

/// `expiries` x `strikes` x 2 contracts with quotes around the model's price and a smile.
fn chain(expiry_count: usize, strikes: usize) -> Snapshot {
    let calendar = Calendar::builtin().unwrap();
    let mut rows = Vec::new();
    for exp in expiries(&calendar, expiry_count) {
        let tau = years(AT, settlement(&calendar, exp, Settlement::Pm).unwrap());
        for i in 0..strikes {
            let strike = 5.0 * (1000 + i - strikes / 2) as f64;
            let vol = 0.15 - 0.4 * (strike / SPOT - 1.0);
            for right in [Right::Call, Right::Put] {
                let input = BsmInput { spot: SPOT, strike, tau, rate: 0.04, dividend: 0.013, vol };
                let greeks = bsm(right, &input);
                rows.push(OptionRow {
                    root: Sym::new("SPXW").unwrap(),
                    exp,
                    settle: Settlement::Pm,
                    right,
                    strike,
                    bid: Some((greeks.price - 0.1).max(0.05)),
                    ask: Some(greeks.price + 0.15),
                    iv: Some(vol),
                    gamma: None,
                    // Puts below, calls above: a flip near 4950.
                    oi: Some(if (right == Right::Call) == (strike > 4950.0) { 900 } else { 100 }),
                    volume: Some(10),
                    asof: AT,
                    oi_asof: AT,
                });
            }
        }
    }
    Snapshot {
        und: Sym::new("SPX").unwrap(),
        ts: AT,
        asof: AT,
        spot: Some(SPOT),
        stated: rows.len() as u64,
        src: None,
        rows,
    }
}

fn valuations(c: &mut Criterion) {
    let snapshot = chain(50, 100);
    assert_eq!(snapshot.rows.len(), 10_000);
    let mut group = c.benchmark_group("chain_10000");
    group.throughput(Throughput::Elements(snapshot.rows.len() as u64));
    for (name, vol) in [("vol_from_quotes", VolSource::Quotes), ("vol_stated", VolSource::Source)] {
        let settings = OptionSettings { vol, ..OptionSettings::default() };
        let valuation = Valuation::new(&settings, Calendar::builtin().unwrap());
        assert!(valuation.value(&snapshot, AT, None).unwrap().flip.is_some());
        group.bench_function(name, |b| {
            b.iter(|| valuation.value(black_box(&snapshot), AT, None).unwrap().gross);
        });
    }
    group.finish();
}

fn single_numbers(c: &mut Criterion) {
    let mut group = c.benchmark_group("one");
    let input =
        BsmInput { spot: SPOT, strike: 5010.0, tau: 0.01, rate: 0.04, dividend: 0.013, vol: 0.15 };
    group.bench_function("greeks", |b| b.iter(|| bsm(Right::Call, black_box(&input))));
    let price = black76(Right::Call, SPOT, 5010.0, 0.01, 0.15);
    group.bench_function("implied_vol", |b| {
        b.iter(|| implied_vol(Right::Call, black_box(price), SPOT, 5010.0, 0.01));
    });
    group.finish();
}

/// A chain as Cboe writes it, `lines` rows of call and put.
fn file(lines: usize) -> String {
    let mut text = String::from(
        "\n^SPX,Last: 5000.00,Change: 1.00\n\
         \"Date: November 18, 2026, 10:45 AM EST\",Bid: 4999,Ask: 5001,Size: 1*1,Volume: 0\n\
         Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,\
         Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest\n",
    );
    let calendar = Calendar::builtin().unwrap();
    let dates = expiries(&calendar, lines.div_ceil(500));
    for i in 0..lines {
        let (date, strike) = (dates[i / 500].civil().unwrap(), 3000 + 5 * (i % 500));
        let code = |right| format!("SPXW{}{right}{:08}", date.strftime("%y%m%d"), strike * 1000);
        writeln!(
            text,
            "{},{},12.3,0.5,12.10,12.50,{i},0.1512,0.4321,0.0012,{},{strike}.00,{},8.7,-0.2,8.50,8.90,\
             {i},0.1534,-0.5679,0.0012,{}",
            date.strftime("%a %b %d %Y"),
            code('C'),
            i * 3,
            code('P'),
            i * 2
        )
        .unwrap();
    }
    text
}

fn parsing(c: &mut Criterion) {
    let calendar = Calendar::builtin().unwrap();
    let text = file(30_000);
    let read = decode(text.as_bytes(), &calendar).unwrap();
    assert_eq!(read.options.len() + read.refused.len(), 60_000);
    let mut group = c.benchmark_group("cboe_csv");
    group.sample_size(20).throughput(Throughput::Elements(30_000));
    group.bench_function("30000_rows", |b| {
        b.iter(|| decode(black_box(text.as_bytes()), &calendar).unwrap().options.len());
    });
    group.finish();
}

criterion_group!(benches, valuations, single_numbers, parsing);
criterion_main!(benches);
