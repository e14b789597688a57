//! Market records that are not believed: stamped while the exchange is closed, off the tick grid, or alone
//! with a time or price far from all before them.

use crate::desk::MINUTE;
use crate::desk::T0;
use crate::desk::at;
use crate::desk::bar;
use crate::desk::bracket;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::flatten;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use mia::config::Config;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::TradeDate;
use mia::matching::Exchange;
use mia::matching::Fact;
use mia::matching::Ignored;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::AcctOp;
use mia::wire::Alert;
use mia::wire::Leg;
use mia::wire::Record;
use proptest::prelude::*;

/// Milliseconds from [`T0`] to Monday's close and to Tuesday's open.
const CLOSE: i64 = 7 * 60 * MINUTE;
const REOPEN: i64 = 8 * 60 * MINUTE;

fn exchange() -> Exchange {
    Exchange::new(&Config::default(), Calendar::builtin().unwrap()).unwrap()
}

fn last(exchange: &Exchange) -> Option<Px> {
    exchange.tape(&es()).and_then(|tape| tape.last).map(|(_, px)| px)
}

fn stage(config: &Config) -> RiskStage {
    RiskStage::new(config, Calendar::builtin().unwrap(), RiskOptions::default()).unwrap()
}

/// A position of one contract at 5000.25 that nothing closes before the session ends.
fn held() -> Vec<Record> {
    let market = |ms| [quote(ms, 5000.0, 50, 5000.25, 50), trade(ms + 1, 5000.25, 1)];
    let mut records = market(0).to_vec();
    records.push(signal("mean_revert:a", 10, Side::Buy, 5000.25, 4995.25, 5020.25).into());
    records.extend(market(200));
    records.push(clock(400));
    records
}

fn both(config: &Config, records: &[Record]) -> Vec<Record> {
    let decided = drive(&mut stage(config), records).unwrap();
    let mut paper = PaperStage::new(config, Calendar::builtin().unwrap(), None).unwrap();
    drive(&mut paper, &decided).unwrap()
}

fn alerts(records: &[Record]) -> Vec<&Alert> {
    let mut alerts = Vec::new();
    for record in records {
        if let Record::Alert(alert) = record {
            alerts.push(alert);
        }
    }
    alerts
}

fn is_alert(record: &Record) -> bool {
    matches!(record, Record::Alert(_))
}

#[test]
fn the_close_belongs_to_no_session_and_the_open_to_its_own() {
    for (ms, counts) in [(CLOSE, false), (REOPEN, true)] {
        for (us, counts) in [(-1, !counts), (0, counts)] {
            let mut exchange = exchange();
            let Record::Trade(mut print) = trade(ms, 5000.0, 1) else { unreachable!() };
            print.ts += us;
            let Record::Quote(mut shown) = quote(ms, 4999.75, 5, 5000.25, 5) else {
                unreachable!()
            };
            shown.ts += us;
            exchange.on_record(&print.into()).unwrap();
            exchange.on_record(&shown.into()).unwrap();
            assert_eq!(last(&exchange), counts.then(|| px(5000.0)), "{ms} {us}");
            let quoted = exchange.tape(&es()).is_some_and(|tape| tape.quote.is_some());
            assert_eq!(quoted, counts, "{ms} {us}");
            let closed = if counts { 0 } else { 2 };
            assert_eq!(*exchange.ignored(), Ignored { closed, ..Ignored::default() });
        }
    }
}

#[test]
fn a_bar_is_of_the_session_that_a_part_of_it_lies_in() {
    // The last minute before the close, the first after it, one over the break, the first of Tuesday.
    for (minutes, dur, closed) in [(420, 60, 0), (421, 60, 1), (481, 7200, 0), (481, 60, 0)] {
        let mut exchange = exchange();
        let Record::Bar(mut candle) = bar(minutes, 5000.0, 5001.0, 4999.0, 5000.0) else {
            unreachable!()
        };
        candle.dur = dur;
        exchange.on_record(&candle.into()).unwrap();
        assert_eq!(exchange.ignored().closed, closed, "{minutes} {dur}");
    }
}

#[test]
fn a_scheduled_halt_is_closed_too() {
    let calendar = Calendar::builtin().unwrap();
    let session = calendar.session_of(TradeDate(20_200_110)).unwrap().unwrap();
    let (from, until) = session.halts[0];
    for (ts, closed) in [(from - 1, 0), (from, 1), (until - 1, 1), (until, 0)] {
        let mut exchange = exchange();
        exchange.on_record(&trade((ts - T0).div_euclid(1000), 3000.0, 1)).unwrap();
        // The stamps of the tests are milliseconds: one microsecond before is one millisecond before.
        assert_eq!(exchange.ignored().closed, closed, "{ts}");
    }
}

#[test]
fn a_price_off_the_grid_is_no_price() {
    for idle in [true, false] {
        let mut exchange = exchange();
        exchange.on_record(&trade(0, 5000.0, 1)).unwrap();
        if !idle {
            exchange.submit(&bracket("a", 1, Side::Buy, 1, 4990.0, 4980.0, 5010.0));
        }
        for (ms, price) in [(200, 4975.1), (201, 0.0), (202, -5000.0)] {
            assert_eq!(exchange.on_record(&trade(ms, price, 1)).unwrap(), None);
        }
        assert_eq!(last(&exchange), Some(px(5000.0)), "idle: {idle}");
        assert_eq!(*exchange.ignored(), Ignored { off_grid: 3, ..Ignored::default() });
    }
    let mut exchange = exchange();
    exchange.on_record(&bar(1, 5000.0, 5001.1, 4999.0, 5000.0)).unwrap();
    assert_eq!(exchange.ignored().off_grid, 1);
}

#[test]
fn a_print_at_the_close_latches_nothing() {
    let mut strict = config(150);
    strict.risk.day_loss_max = mia::market::Cents(20_000);
    let mut records = held();
    // Long after the hour to be flat: only a print of the session may say so.
    records.push(trade(CLOSE, 4900.0, 5));
    records.push(quote(CLOSE + 1, 4900.0, 5, 4900.25, 5));
    let output = drive(&mut stage(&strict), &records).unwrap();
    let filled = |record: &Record| matches!(record, Record::Acct(acct) if acct.op == AcctOp::Fill);
    assert!(output.iter().any(filled), "{output:?}");
    let latched =
        |record: &&Record| matches!(record, Record::Acct(acct) if !acct.latches.is_empty());
    assert_eq!(output.iter().filter(latched).count(), 0, "{output:?}");
    let told = alerts(&output);
    assert_eq!(told.iter().map(|alert| alert.code.as_str()).collect::<Vec<_>>(), ["closed_hours"]);
    // With such a record no time passes.
    assert_eq!((told[0].ts, told[0].sym), (at(400), es()));
    assert_eq!(told[0].data.as_ref().unwrap()["stamp"], at(CLOSE));
}

#[test]
fn each_reason_is_told_once_an_hour() {
    let mut records = held();
    for minute in [1, 2, 59, 61] {
        records.push(clock(minute * MINUTE));
        records.push(trade(minute * MINUTE, 5000.1, 1));
    }
    records.extend([clock(CLOSE - 2), clock(CLOSE - 1)]);
    for minute in [0, 1, 59] {
        records.push(clock(CLOSE + minute * MINUTE));
        records.push(trade(CLOSE + minute * MINUTE, 5000.0, 1));
        records.push(quote(CLOSE + minute * MINUTE + 1, 1.0, 1, 2.0, 1));
    }
    let output = drive(&mut stage(&config(150)), &records).unwrap();
    let told: Vec<_> =
        alerts(&output).iter().map(|a| (a.code.as_str(), (a.ts - T0) / 60_000_000)).collect();
    assert_eq!(told, [("off_tick_price", 1), ("off_tick_price", 61), ("closed_hours", 420)]);
}

/// Fills of a run over both commands, by price.
fn fills(records: &[Record]) -> Vec<Px> {
    let fill = |record: &Record| if let Record::Fill(fill) = record { Some(fill.px) } else { None };
    records.iter().filter_map(fill).collect()
}

#[test]
fn one_stamp_hours_ahead_passes_no_time_and_the_stop_works_on() {
    let (ahead, price) = (5 * 60 * MINUTE, 5000.25);
    let into_the_break = CLOSE + MINUTE;
    for wild in [
        clock(ahead),
        clock(into_the_break),
        clock(72 * 60 * MINUTE),
        clock(600 * 24 * 60 * MINUTE),
        trade(ahead, price, 1),
        trade(24 * 60 * MINUTE, price, 1),
        // Years ahead, where no calendar reaches.
        clock(4000 * 24 * 60 * MINUTE),
        trade(4000 * 24 * 60 * MINUTE, price, 1),
        quote(4000 * 24 * 60 * MINUTE, price, 5, price + 0.25, 5),
        bar(4000 * 24 * 60, price, price, price, price),
        quote(ahead, price, 5, price + 0.25, 5),
        bar(ahead / MINUTE, price, price, price, price),
    ] {
        let mut plain = held();
        plain.extend([clock(1000), trade(2000, 4995.0, 5), clock(3000), clock(4000)]);
        let mut told = plain.clone();
        let place = told.len() - 3;
        told.insert(place, wild.clone());
        let (plain, told) = (both(&config(150), &plain), both(&config(150), &told));
        assert_eq!(fills(&plain), [px(5000.25), px(4995.0)], "the position is stopped out");
        let kept: Vec<&Record> = told.iter().filter(|r| !is_alert(r) && **r != wild).collect();
        assert_eq!(kept, plain.iter().collect::<Vec<_>>(), "{wild:?}");
        let told = alerts(&told);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].code.as_str(), told[0].ts), ("stamped_ahead", at(2000)));
        let stamp = if let Record::Bar(bar) = &wild { bar.ts - 60_000_000 } else { wild.ts() };
        assert_eq!(told[0].data.as_ref().unwrap()["stamp"], stamp);
    }
}

/// What is asked for while the exchange believes in a time to come does not wait for it.
#[test]
fn nothing_waits_for_a_time_that_was_wrong() {
    let minutes = 59 * MINUTE;
    let price = 5000.25;
    // One stamp less than an hour ahead is believed at once, two that agree at any time.
    let hours = 5 * 60 * MINUTE;
    for wild in [
        vec![trade(minutes, price, 1)],
        vec![clock(minutes)],
        vec![clock(hours), trade(hours + 1, price, 1)],
    ] {
        let mut exchange = exchange();
        exchange.on_record(&quote(0, 5000.0, 50, 5000.25, 50)).unwrap();
        exchange.submit(&bracket("a", 1, Side::Buy, 1, 5000.5, 4990.0, 5010.0));
        for ms in [200, 400, 600] {
            exchange.on_record(&quote(ms, 5000.0, 50, 5000.25, 50)).unwrap();
        }
        for record in &wild {
            exchange.on_record(record).unwrap();
        }
        let ahead = (exchange.now() - T0) / 1000;
        assert!(ahead >= minutes);
        exchange.submit(&flatten("f", ahead, None));
        let mut facts = Vec::new();
        for ms in [1000, 1100, 1200, 1400, 1600, 1800] {
            let now = exchange.on_record(&quote(ms, 5000.0, 50, 5000.25, 50)).unwrap().unwrap();
            facts.extend(std::iter::from_fn(|| exchange.next_known(now)));
        }
        assert_eq!(exchange.now(), at(1800), "{wild:?}");
        let leg = |fact: &Fact| if let Fact::Fill(fill) = fact { Some(fill.leg) } else { None };
        let legs: Vec<Leg> = facts.iter().filter_map(leg).collect();
        assert_eq!(legs, [Leg::Entry, Leg::Flatten], "{wild:?}: {facts:?}");
        assert!(facts.iter().all(|fact| fact.known() <= at(1800)), "{facts:?}");
        assert!(facts.is_sorted_by_key(Fact::known), "{facts:?}");
    }
}

#[test]
fn eight_records_in_a_row_take_any_time_back() {
    let mut exchange = exchange();
    for ms in 0..20 {
        exchange.on_record(&clock(30 * MINUTE + ms)).unwrap();
    }
    for ms in 0..7 {
        exchange.on_record(&quote(ms, 5000.0, 50, 5000.25, 50)).unwrap();
        assert!(!exchange.has_stepped_back());
    }
    exchange.on_record(&clock(30 * MINUTE + 20)).unwrap();
    for ms in 10..18 {
        assert_eq!(exchange.now(), at(30 * MINUTE + 20));
        exchange.on_record(&quote(ms, 5000.0, 50, 5000.25, 50)).unwrap();
    }
    assert!(exchange.has_stepped_back());
    assert_eq!(exchange.now(), at(17));
}

#[test]
fn a_second_record_of_another_stamp_makes_time_leap() {
    let later = 5 * 60 * MINUTE;
    let mut exchange = exchange();
    exchange.on_record(&clock(0)).unwrap();
    let told = vec![
        (clock(later), 0),
        (clock(later), 0),
        (trade(later + 1, 5000.0, 1), later + 1),
        // An hour is no leap, and the hour in which the exchange is closed counts for nothing.
        (clock(later + 60 * MINUTE), later + 60 * MINUTE),
        (clock(REOPEN), REOPEN),
        // What was wrong and what was meant: the first is forgotten.
        (clock(REOPEN + later), REOPEN),
        (clock(REOPEN + 1), REOPEN + 1),
        (clock(REOPEN + later + 1), REOPEN + 1),
        (clock(REOPEN + 2), REOPEN + 2),
        // A hole, and behind it something wrong: two agree that the hole is over, not on more.
        (clock(REOPEN + 70 * MINUTE), REOPEN + 2),
        (clock(REOPEN + later), REOPEN + 2),
        (clock(REOPEN + 71 * MINUTE), REOPEN + 71 * MINUTE),
        // Where little happens, the third of three is believed.
        (clock(REOPEN + 140 * MINUTE), REOPEN + 71 * MINUTE),
        (clock(REOPEN + 210 * MINUTE), REOPEN + 71 * MINUTE),
        (clock(REOPEN + 280 * MINUTE), REOPEN + 280 * MINUTE),
    ];
    for (record, now) in told {
        exchange.on_record(&record).unwrap();
        assert_eq!(exchange.now(), at(now), "{record:?}");
    }
    assert_eq!(*exchange.ignored(), Ignored { ahead: 2, ..Ignored::default() });
}

#[test]
fn one_wild_price_marks_nothing() {
    let mut strict = config(150);
    strict.risk.day_loss_max = mia::market::Cents(20_000);
    strict.risk.trailing_drawdown = mia::market::Cents(30_000);
    let far = |ms: i64| {
        [
            quote(ms, 6000.0, 5, 6000.25, 5),
            quote(ms, 4000.0, 5, 4000.25, 5),
            quote(ms, 4900.0, 5, 5100.0, 5),
            trade(ms, 4000.0, 5),
        ]
    };
    let calm = |ms| [quote(ms, 5000.0, 50, 5000.25, 50), trade(ms + 1, 5000.25, 1)];
    for gap in [500, 20_000] {
        let mut plain = held();
        plain.extend([600, 600 + gap, 600 + 3 * gap].into_iter().flat_map(calm));
        for wild in far(600 + 2 * gap) {
            let mut told = plain.clone();
            let place = told.len() - 2;
            told.insert(place, wild.clone());
            let kept: Vec<Record> =
                both(&strict, &told).into_iter().filter(|r| *r != wild).collect();
            // A print that nothing fresh contradicts is believed.
            let believed = gap > 5000 && wild.kind() == mia::wire::Kind::Trade;
            assert_eq!(kept == both(&strict, &plain), !believed, "{gap} {wild:?}");
        }
    }
}

#[test]
fn a_market_that_jumps_is_believed_with_the_second_record() {
    let touch = |exchange: &Exchange| {
        exchange.tape(&es()).and_then(|tape| tape.quote).and_then(|quote| quote.bid)
    };
    let (old, new) = (quote(0, 5000.0, 5, 5000.25, 5), quote(100, 4950.0, 5, 4950.25, 5));
    let start = || {
        let mut exchange = exchange();
        exchange.on_record(&old).unwrap();
        exchange.on_record(&new).unwrap();
        assert_eq!(touch(&exchange), Some(px(5000.0)));
        exchange
    };
    // Another quote, not the same one twice; a print, and then the quotes after it.
    let mut quoted = start();
    quoted.on_record(&new).unwrap();
    assert_eq!(touch(&quoted), Some(px(5000.0)));
    quoted.on_record(&quote(101, 4951.0, 5, 4951.25, 5)).unwrap();
    assert_eq!(touch(&quoted), Some(px(4951.0)));
    let mut traded = start();
    traded.on_record(&trade(101, 4950.0, 5)).unwrap();
    assert_eq!(last(&traded), Some(px(4950.0)));
    traded.on_record(&quote(102, 4950.0, 5, 4950.25, 5)).unwrap();
    assert_eq!(touch(&traded), Some(px(4950.0)));
    // Prints alone never outvote fresh quotes; without quotes the second one is believed.
    let mut prints = exchange();
    prints.on_record(&old).unwrap();
    for ms in [100, 101, 102] {
        prints.on_record(&trade(ms, 4950.0, 5)).unwrap();
        assert_eq!(last(&prints), None);
    }
    let mut bare = exchange();
    for (ms, price, known) in [(0, 5000.0, 5000.0), (1, 4950.0, 5000.0), (2, 4950.25, 4950.25)] {
        bare.on_record(&trade(ms, price, 5)).unwrap();
        assert_eq!(last(&bare), Some(px(known)));
    }
}

/// A record that no exchange would have sent.
fn any_unbelieved() -> impl Strategy<Value = Record> {
    let closed = (CLOSE..REOPEN, 18_000_i64..21_000, 0..3_u8).prop_map(|(ms, ticks, kind)| {
        let price = ticks as f64 / 4.0;
        match kind {
            0 => trade(ms, price, 3),
            1 => quote(ms, price, 5, price + 0.25, 5),
            _ => bar(ms.clamp(CLOSE + MINUTE, REOPEN) / MINUTE, price, price, price, price),
        }
    });
    let off = (500..CLOSE, 18_000_i64..21_000)
        .prop_map(|(ms, ticks)| trade(ms, ticks as f64 / 4.0 + 0.1, 3));
    prop_oneof![closed, off]
}

proptest! {
    /// Whatever is not believed changes nothing that is decided, sent, filled or latched, and every
    /// record of it is counted.
    #[test]
    fn what_is_not_believed_changes_nothing(
        unbelieved in prop::collection::vec(any_unbelieved(), 1..12),
        prices in prop::collection::vec((500..REOPEN + CLOSE, 19_900_i64..20_100), 0..30),
    ) {
        let mut market: Vec<Record> = held();
        for (ms, ticks) in prices {
            let price = ticks as f64 / 4.0;
            let open = !(CLOSE..REOPEN).contains(&ms);
            if open {
                market.push(trade(ms, price, 3));
                market.push(quote(ms, price - 0.25, 5, price, 5));
            }
        }
        let sorted = |mut records: Vec<Record>| {
            records.sort_by_key(Record::ts);
            records
        };
        let disturbed: Vec<Record> = market.iter().chain(&unbelieved).cloned().collect();
        let plain = both(&config(150), &sorted(market));
        let told = both(&config(150), &sorted(disturbed.clone()));
        let kept: Vec<&Record> =
            told.iter().filter(|r| !is_alert(r) && !unbelieved.contains(r)).collect();
        prop_assert_eq!(kept, plain.iter().collect::<Vec<_>>());
        let mut exchange = exchange();
        for record in sorted(disturbed) {
            exchange.on_record(&record).unwrap();
        }
        let count = exchange.ignored();
        prop_assert_eq!((count.closed + count.off_grid) as usize, unbelieved.len());
    }
}
