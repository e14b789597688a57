//! Spread and share of large trades of a bar, against sums over the records.

use crate::features::MINUTE;
use crate::features::run;
use crate::features::session;
use crate::features::week;
use mia::config::Config;
use mia::market::Side;
use mia::wire::Features;
use mia::wire::Record;
use std::collections::BTreeMap;

/// Time-weighted mean of ask less bid over the minute before `at`, points.
fn spread(records: &[Record], at: i64) -> Option<f64> {
    let (mut since, mut force, mut newest) = (at - MINUTE, None, i64::MIN);
    let (mut sum, mut time) = (0.0, 0);
    let quotes = records.iter().filter_map(|record| match record {
        Record::Quote(quote) if quote.ts < at => Some(quote),
        _ => None,
    });
    let mut hold = |force: Option<f64>, from: i64, to: i64| {
        if let Some(spread) = force.filter(|_| to > from) {
            sum += spread * (to - from) as f64;
            time += to - from;
        }
    };
    for quote in quotes {
        if quote.ts > since {
            hold(force, since, quote.ts);
            since = quote.ts;
        }
        force = quote.touch().map(|(bid, ask)| ask.points() - bid.points());
        if force.is_some() {
            newest = quote.ts;
        }
    }
    hold(force, since, at);
    (time > 0 && at - newest <= 5_000_000).then(|| sum / time as f64)
}

/// Contracts of prints of one stamp and side that are 40 together, over all contracts.
fn large_share(records: &[Record], at: i64) -> f64 {
    let mut merged: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    let mut volume = 0;
    for record in records {
        if let Record::Trade(trade) = record
            && (at - MINUTE..at).contains(&trade.ts)
        {
            volume += trade.sz;
            if trade.side != Side::None {
                *merged.entry((trade.ts, trade.side.sign())).or_default() += trade.sz;
            }
        }
    }
    merged.values().filter(|size| **size >= 40).sum::<u64>() as f64 / volume as f64
}

#[test]
fn the_last_bar_has_the_spread_and_the_large_trades_of_its_records() {
    // The first day: the threshold of large trades is the floor.
    let day = session("2026-11-09");
    let records: Vec<_> = week().into_iter().filter(|r| r.ts() < day.close).collect();
    let out = run(&Config::default(), &records);
    let by_end: BTreeMap<i64, &Features> = out.features().map(|f| (f.ts, f)).collect();
    let (mut spreads, mut shares, mut above) = (0, 0, 0);
    for bar in out.bars() {
        let features = by_end[&bar.ts];
        let expected = spread(&records, bar.ts);
        assert_eq!(features.x.spread.is_some(), expected.is_some(), "at {}", bar.ts);
        if let Some((spread, expected)) = features.x.spread.zip(expected) {
            assert!((spread.0 - expected).abs() < 1e-9, "{} is {spread:?} not {expected}", bar.ts);
            spreads += 1;
        }
        let known = features.f.value("of_large_imb").is_some();
        assert_eq!(features.x.large_share.is_some(), known, "at {}", bar.ts);
        if let Some(share) = features.x.large_share {
            let expected = large_share(&records, bar.ts);
            assert!((share.0 - expected).abs() < 1e-12, "{} is {share:?} not {expected}", bar.ts);
            shares += 1;
            above += i32::from(expected > 0.0);
        }
        // They stay what they are until the next bar ends, and until the regular open.
        let opens = Some(bar.ts) == day.rth.map(|(open, _)| open);
        if let Some(later) = by_end.get(&(bar.ts + 20_000_000)) {
            let expected = features.x.spread.filter(|_| !opens);
            assert_eq!(later.x.spread, expected, "20 s after {}", bar.ts);
        }
    }
    assert!(spreads > 50 && shares > 50 && above > 20, "{spreads} {shares} {above}");
}
