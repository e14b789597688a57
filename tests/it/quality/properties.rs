//! What holds for every input.

use crate::arbitrary;
use crate::quality::check;
use crate::quality::checker;
use crate::quality::feed_text;
use crate::quality::found;
use crate::quality::mutations;
use mia::config::Config;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::quality::Checker;
use mia::quality::CheckerOptions;
use mia::quality::Finding;
use mia::quality::Reader;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// 2026-03-09 13:30 UTC, the open of a Monday.
const OPEN: i64 = 1_773_063_000_000_000;

/// A tape with faults in it: a walk whose steps, sizes and pauses are often implausible.
fn tape(sym: &'static str) -> impl Strategy<Value = Vec<Record>> {
    let step = prop_oneof![6 => -1i64..=1, 1 => -400i64..=400, 1 => Just(0)];
    let pause = prop_oneof![6 => 0i64..2_000_000, 1 => 0i64..900_000_000, 1 => -5_000_000i64..0];
    let one = (step, pause, 1u64..4, 0u8..4, 0u8..40);
    prop::collection::vec(one, 1..400).prop_map(move |steps| {
        let (mut ts, mut px) = (OPEN, 5000 * Px::SCALE);
        let sym = Sym::new(sym).unwrap();
        let record = |(step, pause, sz, kind, fault): (i64, i64, u64, u8, u8)| {
            ts += pause;
            px += step * Px::SCALE / 4;
            let off = i64::from(fault == 0);
            if kind == 0 {
                let width = if fault == 1 { 0 } else { Px::SCALE / 4 };
                let (bid, ask) = (Px::from_nanos(px), Px::from_nanos(px + width));
                return Record::Quote(Quote {
                    ts,
                    sym,
                    bid: Some(bid),
                    bsz: sz,
                    ask: (fault != 2).then_some(ask),
                    asz: sz,
                    src: Src::Dbn,
                    vts: None,
                    rx: None,
                    flags: TradeFlags::default(),
                });
            }
            Record::Trade(Trade {
                ts,
                sym,
                px: Px::from_nanos(px + off),
                sz,
                side: Side::Buy,
                ss: SideSource::Flag,
                seq: (kind == 3).then_some(sz),
                src: Src::Dbn,
                vts: None,
                rx: None,
                flags: TradeFlags::default(),
            })
        };
        steps.into_iter().map(record).collect()
    })
}

fn counts(findings: &[Finding]) -> BTreeMap<(Sym, &'static str), (u64, String)> {
    let one = |f: &Finding| ((f.sym, f.code.name()), (f.count, f.example.clone()));
    findings.iter().map(one).collect()
}

proptest! {
    /// A longer input has every finding of a shorter one, with the same first example.
    #[test]
    fn what_was_found_stays_found(records in tape("ESM26"), cut in 0usize..400) {
        let mut all = checker();
        let mut before = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            if at == cut.min(records.len() - 1) {
                before = counts(&all.findings());
            }
            all.record(record);
        }
        let after = counts(&all.findings());
        for (key, (count, example)) in before {
            let (later, same) = &after[&key];
            prop_assert!(*later >= count && *same == example, "{key:?}");
        }
    }

    /// What one contract's tape holds does not depend on the other contracts in the stream.
    #[test]
    fn contracts_are_judged_apart(
        one in tape("ESM26"),
        other in tape("NQM26"),
        order in prop::collection::vec(any::<bool>(), 800),
    ) {
        let (mut a, mut b) = (one.iter().peekable(), other.iter().peekable());
        let mut merged = Vec::new();
        for first in order {
            let next = if first { a.next().or_else(|| b.next()) } else { b.next().or_else(|| a.next()) };
            merged.extend(next.cloned());
        }
        let together = counts(&check(&merged).findings);
        let mut apart = counts(&check(&one).findings);
        apart.extend(counts(&check(&other).findings));
        prop_assert_eq!(together, apart);
    }

    /// Prices turned around a level show the same faults, up and down exchanged.
    #[test]
    fn up_and_down_are_alike(records in tape("ESM26")) {
        let turn = |px: Px| Px::from_nanos(10_000 * Px::SCALE - px.nanos());
        let mirrored: Vec<Record> = records.iter().map(|record| match record {
            Record::Trade(t) => Record::Trade(Trade { px: turn(t.px), ..*t }),
            Record::Quote(q) => {
                let (bid, ask) = (q.ask.map(turn), q.bid.map(turn));
                Record::Quote(Quote { bid, ask, bsz: q.asz, asz: q.bsz, ..*q })
            }
            other => other.clone(),
        }).collect();
        // Limits that are shares of the price differ by the price: those codes are left out.
        let exact = |report: &mia::quality::Report| -> Vec<_> {
            let of_price = ["price_jump", "interleaved_writers", "no_book"];
            let kept = |f: &&Finding| !of_price.contains(&f.code.name());
            report.findings.iter().filter(kept).map(|f| (f.code, f.count, f.looked)).collect()
        };
        prop_assert_eq!(exact(&check(&records)), exact(&check(&mirrored)));
    }

    /// Live alerts name what the end names.
    #[test]
    fn a_live_check_tells_what_the_end_tells(records in tape("ESM26")) {
        let options = CheckerOptions { live: true, ..CheckerOptions::default() };
        let mut live = Checker::new(Config::default(), Calendar::builtin().unwrap(), options);
        let mut told = Vec::new();
        for record in &records {
            live.record(record);
            told.extend(live.take_alerts().into_iter().map(|alert| alert.code));
        }
        let report = live.finish();
        told.extend(live.take_alerts().into_iter().map(|alert| alert.code));
        told.sort();
        told.dedup();
        let mut names: Vec<_> = found(&report).into_iter().map(str::to_owned).collect();
        names.sort();
        prop_assert_eq!(told, names);
    }

    #[test]
    fn no_record_is_too_much(records in prop::collection::vec(arbitrary::any_record(), 0..60)) {
        let report = check(&records);
        for finding in &report.findings {
            prop_assert!(finding.count > 0 && !finding.alert().msg.is_empty());
        }
        prop_assert!(!report.alert().msg.is_empty());
    }

    #[test]
    fn no_text_is_too_much(
        head in prop::sample::select(vec![
            "", "{\n", "{\"t\":\"trade\"}\n", "{\"market_data\":{},\"timestamp\":\"x\"}\n",
            "ts,price,volume,delta,bid_volume,ask_volume,best_bid,best_ask\n",
            "symbol,expiry,strike,option_type,bid,ask,implied_volatility,timestamp\n",
        ]),
        text in "([\\PC\n\"{}:,]|NaN|0|1e9|2025-08-08T11:46:43|\"strike\"){0,200}",
    ) {
        let mut checker = checker();
        checker.start_input("input");
        let whole = format!("{head}{text}");
        for line in whole.split('\n') {
            if checker.line(line.as_bytes()).is_err() {
                return Ok(());
            }
        }
        let _ = checker.end_input(b"");
        checker.finish();
    }

    /// The reader gives each line the same events whatever lines were read in one go.
    #[test]
    fn an_order_of_calls_is_all_that_counts(cut in 0usize..12) {
        let read = |pieces: &[&[Vec<u8>]]| {
            let mut reader = Reader::new(Sym::NONE, jiff::tz::TimeZone::UTC, 1 << 20, 0);
            let mut events = Vec::new();
            for line in pieces.iter().copied().flatten() {
                reader.line(line, &mut |line, event| events.push((line, event))).unwrap();
            }
            reader.end(b"", &mut |line, event| events.push((line, event))).unwrap();
            events
        };
        let lines = mutations::lines();
        let (head, tail) = lines.split_at(cut.min(lines.len()));
        prop_assert_eq!(read(&[head, tail]), read(&[&lines]));
    }
}

/// One crossed quote among the first ten is no emergency; among a million it is no finding at all.
#[test]
fn a_share_is_not_exceeded_before_it_means_anything() {
    let options = CheckerOptions { live: true, ..CheckerOptions::default() };
    let mut live = Checker::new(Config::default(), Calendar::builtin().unwrap(), options);
    let px = |quarters: i64| Some(Px::from_nanos(5000 * Px::SCALE + quarters * Px::SCALE / 4));
    let quote = |at: i64, crossed: bool| {
        let (bid, ask) = if crossed { (px(1), px(0)) } else { (px(0), px(1 + at % 3)) };
        let (ts, sym) = (OPEN + at * 1_000_000, Sym::new("ESM26").unwrap());
        let (vts, rx, flags) = (None, None, TradeFlags::default());
        Record::Quote(Quote { ts, sym, bid, bsz: 1, ask, asz: 1, src: Src::Dbn, vts, rx, flags })
    };
    let mut levels = Vec::new();
    for at in 0..4000 {
        live.record(&quote(at, at == 5 || at >= 3900));
        levels.extend(live.take_alerts().into_iter().map(|alert| alert.level));
    }
    assert_eq!(levels.first(), Some(&mia::wire::AlertLevel::Warning));
    assert_eq!(levels.last(), Some(&mia::wire::AlertLevel::Critical));
    assert!(live.finish().refused());
}

#[test]
fn symbols_are_bounded() {
    let mut config = Config::default();
    config.quality.symbols_max = 2;
    let calendar = Calendar::builtin().unwrap();
    let mut checker = Checker::new(config, calendar, CheckerOptions::default());
    let text = ["ESM26", "NQM26", "MESM26", "ESU26"].map(|sym| {
        let line = String::from_utf8(mutations::lines()[0].clone()).unwrap();
        line.replace("ESM26", sym)
    });
    feed_text(&mut checker, text.join("\n").as_bytes());
    let report = checker.finish();
    assert_eq!((report.symbols, report.unwatched), (2, 2));
    assert!(report.sentence().contains("2 records of further symbols were not looked at"));
}

#[test]
fn the_range_and_the_limit_choose_records() {
    let text = mutations::lines().join(&b'\n');
    let records = |options: CheckerOptions| {
        let mut checker = Checker::new(Config::default(), Calendar::builtin().unwrap(), options);
        feed_text(&mut checker, &text);
        checker.finish().records
    };
    let plain = CheckerOptions::default;
    assert_eq!(records(plain()), 10);
    assert_eq!(records(CheckerOptions { limit: Some(3), ..plain() }), 3);
    assert_eq!(records(CheckerOptions { since: Some(OPEN + 4_000_000), ..plain() }), 6);
    assert_eq!(records(CheckerOptions { until: Some(OPEN + 4_000_000), ..plain() }), 4);
}
