//! Time that is ahead of the market's stamps: decisions are those of the newest time that is known.

use crate::desk::MINUTE;
use crate::desk::at;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Side;
use mia::market::Sym;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::Index;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::Signal;
use mia::wire::Src;
use mia::wire::Status;
use mia::wire::StatusState;
use mia::wire::TradeFlags;
use std::borrow::Cow;

/// Milliseconds from 10:00 to 15:58 in New York, when positions are flat.
const FLAT_BY: i64 = 358 * MINUTE;

fn market(ms: i64) -> [Record; 2] {
    [quote(ms, 5000.0, 50, 5000.25, 50), trade(ms, 5000.0, 1)]
}

fn purchase(id: &str, ms: i64) -> Signal {
    signal(id, ms, Side::Buy, 5000.0, 4997.5, 5003.0)
}

fn decided(records: &[Record]) -> Vec<Record> {
    let calendar = || Calendar::builtin().unwrap();
    let mut risk = RiskStage::new(&config(150), calendar(), RiskOptions::default()).unwrap();
    let output = drive(&mut risk, records).unwrap();
    // Execution simulates the same and stops at the first difference.
    let mut paper = PaperStage::new(&config(150), calendar(), None).unwrap();
    drive(&mut paper, &output).unwrap();
    output
}

fn flattens(output: &[Record]) -> Vec<&Order> {
    let orders =
        output.iter().filter_map(|r| if let Record::Order(o) = r { Some(o) } else { None });
    orders.filter(|order| order.op == OrderOp::Flatten).collect()
}

fn reasons(output: &[Record]) -> Vec<Option<String>> {
    let reason =
        |r: &Record| if let Record::Verdict(v) = r { Some(v.reason.clone()) } else { None };
    output.iter().filter_map(reason).collect()
}

/// A position; then the clock comes to the hour to be flat hours before the market does; the target
/// fills all the same, and another signal comes.
fn leapt(second: Signal) -> Vec<Record> {
    let mut records = market(0).to_vec();
    records.push(purchase("a", 1).into());
    records.extend(market(200));
    // So often that a few records of before do not take it back.
    records.push(clock(400));
    records.extend((1..=9).map(|ms| clock(FLAT_BY + ms)));
    records.extend([trade(600, 5003.5, 1), trade(800, 5000.0, 1)]);
    records.extend(market(second.ct / 1000 - at(0) / 1000));
    let ms = second.ct / 1000 - at(0) / 1000;
    records.push(second.into());
    records.extend([market(ms + 200), market(ms + 400)].concat());
    records
}

#[test]
fn time_that_has_leapt_flattens_once_and_takes_no_entry_of_before() {
    let until_its_bar_ends = purchase("b", 5 * MINUTE);
    let mut all_day = until_its_bar_ends.clone();
    all_day.expires = at(FLAT_BY + MINUTE);
    for (second, reason) in [(until_its_bar_ends, "expired"), (all_day, "SESS")] {
        let output = decided(&leapt(second));
        assert_eq!(reasons(&output), [None, Some(reason.to_owned())]);
        assert_eq!(flattens(&output).len(), 1, "{reason}");
    }
}

#[test]
fn what_is_stamped_far_ahead_is_not_fresh_and_does_not_outlast_what_comes_after_it() {
    const DAY: i64 = 24 * 60 * MINUTE;
    let vix = |ms: i64, points: f64| -> Record {
        let (ts, sym) = (at(ms), Sym::new("VIX").unwrap());
        Index { ts, sym, px: px(points), src: Src::Csv, rx: None, flags: TradeFlags::default() }
            .into()
    };
    let vol = |indices: &[Record]| {
        let mut records = market(0).to_vec();
        records.extend_from_slice(indices);
        records.extend(market(1000));
        records.push(purchase("a", 1000).into());
        let output = decided(&records);
        let mut checks = output.iter().filter_map(|record| match record {
            Record::Verdict(verdict) => verdict.checks.iter().find(|check| check.code == "VOL"),
            _ => None,
        });
        let check = checks.next().unwrap();
        (check.ok, check.value.map(|value| value.0), check.na.clone().map(Cow::into_owned))
    };
    assert_eq!(vol(&[vix(1, 15.0)]), (Some(true), Some(15.0), None));
    assert_eq!(vol(&[vix(800 * DAY, 15.0)]), (None, None, Some("stale".into())));
    assert_eq!(vol(&[vix(800 * DAY, 15.0), vix(1, 45.0)]), (Some(false), Some(45.0), None));
}

#[test]
fn an_entry_is_taken_back_once_however_often_the_feed_goes_down() {
    let status = |state| -> Record {
        let (ts, sym, msg) = (at(2), es(), String::new());
        Status { ts, sym, by: None, src: Some(Src::Syn), state, code: None, msg }.into()
    };
    let mut records = market(0).to_vec();
    records.push(purchase("a", 1).into());
    records.extend([StatusState::Down, StatusState::Up, StatusState::Down].map(status));
    records.extend([market(500), market(1000)].concat());
    let output = decided(&records);
    let sent =
        output.iter().filter_map(|r| if let Record::Order(o) = r { Some(o.op) } else { None });
    assert_eq!(sent.collect::<Vec<_>>(), [OrderOp::New, OrderOp::Cancel]);
}
