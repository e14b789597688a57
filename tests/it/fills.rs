//! Fills that peers got wrong (by the id of the incident), price limits, protection, halts, races,
//! and properties of the exchange over random markets and orders.

use crate::desk::MINUTE;
use crate::desk::T0;
use crate::desk::at;
use crate::desk::bracket;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::flatten;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::trade;
use crate::matching::Step;
use crate::matching::outcome;
use crate::matching::run_with;
use crate::matching::show;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Side;
use mia::market::Sym;
use mia::matching::Exchange;
use mia::matching::Fact;
use mia::wire::BookSide;
use mia::wire::Depth;
use mia::wire::Leg;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::OrderType;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Status;
use mia::wire::StatusState;
use mia::wire::TimeInForce;
use mia::wire::TradeFlags;
use proptest::prelude::*;
use std::collections::BTreeMap;

use Step::Market as M;
use Step::Send as S;

fn run(steps: Vec<Step>) -> Vec<Fact> {
    run_with(&config(150), steps)
}

fn buy(id: &str, ms: i64, qty: u64) -> Order {
    bracket(id, ms, Side::Buy, qty, 5000.5, 4998.0, 5002.0)
}

/// A purchase that rests at 4999.
fn resting(id: &str, ms: i64, qty: u64) -> Order {
    Order { tif: TimeInForce::Day, ..bracket(id, ms, Side::Buy, qty, 4999.0, 4990.0, 5010.0) }
}

fn change(op: OrderOp, id: &str, ms: i64, reference: &str) -> Order {
    Order { op, ..flatten(id, ms, Some(reference)) }
}

fn status(ms: i64, state: StatusState) -> Record {
    let (ts, sym, src) = (at(ms), es(), Some(Src::Syn));
    Status { ts, sym, by: None, src, state, code: None, msg: String::new() }.into()
}

fn bid_size(ms: i64, points: f64, sz: u64) -> Record {
    let (bs, px, sz) = (Some(BookSide::Bid), Some(px(points)), Some(sz));
    let (ts, sym, src, flags) = (at(ms), es(), Src::Syn, TradeFlags::default());
    Depth { ts, sym, bs, px, sz, src, rx: None, op: None, eob: false, flags }.into()
}

fn entered(facts: &[Fact], id: &str) -> u64 {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Fill(fill) if fill.order == id && fill.leg == Leg::Entry => Some(fill.qty),
            _ => None,
        })
        .sum()
}

#[test]
fn hft_316_partial_fills_reach_position_and_fees() {
    let records = [
        quote(0, 5000.0, 4, 5000.25, 4),
        buy("a", 0, 9).into(),
        quote(200, 5000.0, 4, 5000.25, 4),
        clock(1000),
    ];
    let calendar = Calendar::builtin().unwrap();
    let mut stage = PaperStage::new(&config(150), calendar, None).unwrap();
    drive(&mut stage, &records).unwrap();
    assert_eq!(stage.ledger().position(&es()), 8);
    assert_eq!(stage.ledger().day().fees, Cents(8 * 225));
}

#[test]
fn hft_299_hft_312_the_exact_remainder_leaves_no_zombie() {
    let mut steps = vec![S(resting("a", 0, 3)), M(quote(200, 4999.0, 2, 4999.25, 9))];
    steps.push(M(trade(210, 4999.0, 2)));
    steps.extend([220, 230, 240, 250, 260].map(|ms| M(trade(ms, 4999.0, 1))));
    steps.extend([M(trade(300, 4998.75, 99)), M(quote(310, 4998.5, 9, 4998.75, 9))]);
    steps.push(S(change(OrderOp::Cancel, "c", 400, "a")));
    steps.push(M(clock(9000)));
    assert_eq!(
        outcome(&run(steps)),
        ["entry 1 @ 4999", "entry 1 @ 4999", "entry 1 @ 4999", "too_late"]
    );
}

#[test]
fn nt_4370_a_strangers_cancel_moves_us_no_further_than_the_pessimist_allows() {
    let steps = vec![
        S(resting("a", 0, 1)),
        M(quote(200, 4999.0, 10, 4999.25, 9)),
        // Six of ten cancel: they stood behind us, so at most four stand before us, never none.
        M(bid_size(210, 4999.0, 4)),
        // Newcomers do not push us back.
        M(bid_size(215, 4999.0, 50)),
        M(trade(220, 4999.0, 4)),
        M(trade(230, 4999.0, 1)),
        M(clock(9000)),
    ];
    let facts = run(steps);
    assert_eq!(outcome(&facts), ["entry 1 @ 4999"]);
    assert_eq!(facts[1].xts(), at(230));
}

#[test]
fn nt_2564_what_traded_or_was_displayed_is_spent_once() {
    let steps = vec![
        S(resting("a", 0, 1)),
        S(resting("b", 1, 1)),
        M(quote(200, 4999.0, 2, 4999.25, 9)),
        M(trade(210, 4999.0, 3)),
        M(clock(9000)),
    ];
    let facts = run(steps);
    assert_eq!((entered(&facts, "a"), entered(&facts, "b")), (1, 0));
    // The same for those who take: five are displayed, whoever wants them.
    let steps = vec![
        S(buy("a", 0, 3)),
        S(buy("b", 0, 3)),
        M(quote(200, 5000.0, 9, 5000.25, 5)),
        M(clock(9000)),
    ];
    assert_eq!(
        outcome(&run(steps)),
        ["entry 3 @ 5000.25", "entry 2 @ 5000.25", "entry 1 @ 5000.5"]
    );
}

#[test]
fn nt_4891_the_order_of_instruments_does_not_matter() {
    let es_order = buy("es", 0, 2);
    let micro = Order { sym: Sym::new("MESH24").unwrap(), ..buy("mes", 0, 2) };
    let next = Order { sym: Sym::new("ESM24").unwrap(), ..buy("next", 0, 2) };
    let other = |ms| {
        let Record::Quote(mut quote) = quote(ms, 5000.0, 9, 5000.25, 3) else { panic!("a quote") };
        quote.sym = Sym::new("ESM24").unwrap();
        Record::Quote(quote)
    };
    let orders = [es_order, micro, next];
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        for swap in [false, true] {
            let mut steps: Vec<Step> = order.map(|n| S(orders[n].clone())).into();
            let market = |ms| [M(quote(ms, 5000.0, 9, 5000.25, 3)), M(other(ms))];
            for ms in [200, 300] {
                let mut pair = market(ms);
                if swap {
                    pair.reverse();
                }
                steps.extend(pair);
            }
            steps.push(M(clock(9000)));
            let mut told = show(&run(steps));
            told.sort();
            seen.push(told);
        }
    }
    assert!(seen[0].iter().filter(|fact| fact.starts_with("fill")).count() >= 3);
    assert!(seen.iter().all(|told| *told == seen[0]), "{seen:#?}");
}

#[test]
fn nt_5054_lean_2762_nothing_fills_at_a_price_of_before_or_outside_the_session() {
    let close = 7 * 60 * MINUTE;
    let open = close + 60 * MINUTE;
    // A flatten in the last moment does not get the price of the last quote: it waits for the next
    // session's first one. What is printed in the break fills nothing.
    let facts = run(vec![
        S(buy("a", 0, 1)),
        M(quote(200, 5000.0, 9, 5000.25, 9)),
        M(quote(close - 100, 5001.0, 9, 5001.25, 9)),
        S(flatten("f", close - 200, None)),
        M(trade(close + 10, 4990.0, 9)),
        M(quote(close + 20, 4990.0, 9, 4990.25, 9)),
        M(clock(close + 30 * MINUTE)),
        M(quote(open, 5000.5, 9, 5000.75, 9)),
        M(clock(open + MINUTE)),
    ]);
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.25", "flatten 1 @ 5000.5"]);
    // An order into the maintenance break, and one on a holiday (Good Friday 2024-03-29).
    let facts = run(vec![S(buy("a", close + MINUTE, 1)), M(quote(open, 5000.0, 9, 5000.25, 9))]);
    assert_eq!(outcome(&facts), ["session_closed"]);
    let holiday = (1_711_720_800_000_000 - T0) / 1000;
    let facts = run(vec![
        M(quote(0, 5000.0, 9, 5000.25, 9)),
        S(buy("a", close + MINUTE, 1)),
        M(quote(open, 5000.0, 9, 5000.25, 9)),
        M(clock(open + MINUTE)),
        M(clock(holiday - MINUTE)),
        M(clock(holiday)),
        S(buy("b", holiday, 1)),
        M(quote(holiday + 200, 5000.0, 9, 5000.25, 9)),
        M(clock(holiday + 999)),
    ]);
    assert_eq!(outcome(&facts), ["session_closed", "session_closed"]);
}

#[test]
fn lean_1023_spikes_fill_nothing_and_cost_nothing() {
    let market: Vec<Record> = vec![
        quote(0, 5000.0, 50, 5000.25, 50),
        buy("a", 0, 1).into(),
        quote(200, 5000.0, 50, 5000.25, 50),
        trade(300, 5000.0, 3),
        quote(400, 5000.0, 50, 5000.25, 50),
        trade(500, 5002.25, 5),
        clock(2000),
    ];
    let result = |records: &[Record]| {
        let mut stage = PaperStage::new(&config(150), Calendar::builtin().unwrap(), None).unwrap();
        let output = drive(&mut stage, records).unwrap();
        let trips: Vec<Record> =
            output.into_iter().filter(|r| matches!(r, Record::Roundtrip(_))).collect();
        (stage.ledger().equity(), trips)
    };
    let clean = result(&market);
    assert_eq!(clean.1.len(), 1);
    for at in 3..market.len() {
        for spike in [4000.0, 4985.0, 5020.0, 6000.0] {
            let mut dirty = market.clone();
            dirty.insert(at, trade(dirty[at - 1].ts() / 1000 - T0 / 1000, spike, 9));
            if at == market.len() - 1 {
                continue;
            }
            assert_eq!(result(&dirty), clean, "{spike} before record {at}");
        }
    }
    // A market that has really gone there takes its quotes along; the first one alone is no market.
    for (shown, price) in [(1, 4985.0), (2, 4984.75)] {
        let mut steps = vec![S(buy("a", 0, 1)), M(quote(200, 5000.0, 9, 5000.25, 9))];
        steps.extend((0..shown).map(|more| M(quote(290 + more, 4984.75, 9, 4985.0, 9))));
        steps.extend([M(trade(300, 4985.0, 9)), M(clock(9000))]);
        let stop = format!("stop 1 @ {price}");
        assert_eq!(outcome(&run(steps)), ["entry 1 @ 5000.25", stop.as_str()]);
    }
}

/// The last trade of Friday, so that the limits of Monday are known.
fn friday(points: f64) -> Step {
    M(trade(-66 * 60 * MINUTE, points, 1))
}

/// Monday has come, by two witnesses.
fn monday() -> [Step; 2] {
    [M(clock(-2)), M(clock(-1))]
}

/// What `before` left, a trade on Monday, and `then`.
fn over_monday(before: Step, then: Vec<Step>) -> Vec<Step> {
    let trade = M(trade(0, 4660.0, 1));
    [before].into_iter().chain(monday()).chain([trade]).chain(then).collect()
}

#[test]
fn orders_beyond_the_price_limits_are_refused_and_unknown_limits_refuse_nothing() {
    // 7 % below 5000 is 4650; nothing limits above in regular hours.
    let low = |stop| bracket("a", 0, Side::Buy, 1, 4660.0, stop, 6000.0);
    let market = || M(quote(200, 4659.0, 9, 4659.25, 9));
    for (stop, expected) in [(4650.0, "entry 1 @ 4659.25"), (4649.75, "price_limit")] {
        let steps = over_monday(friday(5000.0), vec![S(low(stop)), market(), M(clock(999))]);
        assert_eq!(outcome(&run(steps)), [expected], "{stop}");
    }
    let steps = vec![M(trade(0, 4660.0, 1)), S(low(4600.0)), market(), M(clock(999))];
    assert_eq!(outcome(&run(steps)), ["entry 1 @ 4659.25"]);
    // A price of weeks ago is no reference.
    let weeks_ago = M(trade(-21 * 24 * 60 * MINUTE, 5000.0, 1));
    let steps = over_monday(weeks_ago, vec![S(low(4600.0)), market(), M(clock(999))]);
    assert_eq!(outcome(&run(steps)), ["entry 1 @ 4659.25"]);
    let mut off = config(150);
    off.fills.price_limits = false;
    let steps = || over_monday(friday(5000.0), vec![S(low(4600.0)), market(), M(clock(999))]);
    assert_eq!(outcome(&run(steps())), ["price_limit"]);
    assert_eq!(outcome(&run_with(&off, steps())), ["entry 1 @ 4659.25"]);
}

#[test]
fn a_stop_waits_at_a_locked_limit() {
    let entered = || {
        let order = bracket("a", 0, Side::Buy, 1, 4661.0, 4650.0, 6000.0);
        over_monday(friday(5000.0), vec![S(order), M(trade(200, 4660.0, 1))])
    };
    let mut steps = entered();
    steps.extend([
        // At the limit: a tick of slippage would lie beyond it.
        M(trade(300, 4650.0, 1)),
        M(trade(400, 4650.0, 1)),
        M(trade(500, 4650.5, 1)),
        M(clock(9000)),
    ]);
    let facts = run(steps);
    assert_eq!(outcome(&facts), ["entry 1 @ 4660.25", "stop 1 @ 4650.25"]);
    assert!(show(&facts).iter().any(|fact| fact.starts_with("cancel target 1 oco at 300")));
    // A print beyond proves that the next limit holds.
    let mut steps = entered();
    steps.extend([M(trade(300, 4648.0, 1)), M(trade(301, 4648.0, 1)), M(clock(9000))]);
    let facts = run(steps);
    assert_eq!(outcome(&facts), ["entry 1 @ 4660.25", "stop 1 @ 4648"]);
}

#[test]
fn a_flatten_rests_at_its_protection_and_is_priced_anew() {
    let facts = run(vec![
        S(buy("a", 0, 2)),
        M(quote(200, 5000.0, 9, 5000.25, 9)),
        S(flatten("f", 300, None)),
        // It arrives at 450 and may fill down to 4994: 24 ticks below the bid then.
        M(quote(500, 4990.0, 9, 4990.25, 9)),
        M(quote(600, 4989.5, 9, 4989.75, 9)),
        // Priced anew at 700, from the bid before: 4983.5.
        M(quote(710, 4989.0, 1, 4989.25, 9)),
        M(clock(9000)),
    ]);
    assert_eq!(outcome(&facts), ["entry 2 @ 5000.25", "flatten 1 @ 4989", "flatten 1 @ 4988.75"]);
    assert_eq!(
        facts.iter().find(|f| matches!(f, Fact::Fill(f) if f.leg == Leg::Flatten)).map(Fact::xts),
        Some(at(710))
    );
}

#[test]
fn what_a_stop_cannot_fill_inside_its_protection_rests_and_still_leaves() {
    let facts = run(vec![
        S(buy("a", 0, 2)),
        M(quote(200, 5000.0, 9, 5000.25, 9)),
        // The bid has left by more than the protected range below the print.
        M(quote(290, 4990.0, 9, 5000.0, 9)),
        M(trade(300, 4998.0, 1)),
        M(quote(400, 4990.25, 9, 4990.5, 9)),
        M(quote(560, 4989.75, 1, 4990.0, 9)),
        M(clock(9000)),
    ]);
    assert_eq!(outcome(&facts), ["entry 2 @ 5000.25", "stop 1 @ 4989.75", "stop 1 @ 4989.5"]);
    let told = show(&facts);
    let ends = told.iter().filter(|fact| fact.starts_with("cancel")).count();
    assert_eq!(ends, 1, "{told:#?}");
}

#[test]
fn a_stop_walks_what_is_displayed() {
    let facts = run(vec![
        S(buy("a", 0, 3)),
        M(quote(200, 5000.0, 9, 5000.25, 9)),
        M(quote(250, 4998.0, 2, 4998.25, 9)),
        M(trade(300, 4998.0, 1)),
        M(clock(9000)),
    ]);
    assert_eq!(outcome(&facts), ["entry 3 @ 5000.25", "stop 2 @ 4997.75", "stop 1 @ 4997.5"]);
}

#[test]
fn nothing_fills_while_trading_is_halted() {
    let facts = run(vec![
        S(buy("a", 0, 1)),
        M(quote(200, 5000.0, 9, 5000.25, 9)),
        M(status(250, StatusState::Halt)),
        M(trade(300, 4990.0, 9)),
        M(quote(310, 4990.0, 9, 4990.25, 9)),
        S(buy("b", 200, 1)),
        S(resting("d", 200, 1)),
        M(trade(400, 4989.0, 9)),
        M(status(500, StatusState::Up)),
        M(trade(600, 4996.0, 9)),
        M(clock(9000)),
    ]);
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.25", "halted", "stop 1 @ 4996", "entry 1 @ 4999"]);
}

#[test]
fn a_stop_is_not_moved_through_the_market() {
    let steps = || {
        vec![
            S(buy("a", 0, 1)),
            M(quote(200, 5000.0, 9, 5000.25, 9)),
            S(Order { stop: Some(px(4999.5)), ..change(OrderOp::Amend, "m", 300, "a") }),
            M(trade(440, 4999.0, 1)),
            M(trade(460, 4999.25, 1)),
            M(trade(500, 4997.5, 1)),
            M(clock(9000)),
        ]
    };
    assert_eq!(
        outcome(&run(steps())),
        ["entry 1 @ 5000.25", "stop_through_market", "stop 1 @ 4997.5"]
    );
    let mut eager = config(150);
    eager.fills.reject_stop_through = false;
    assert_eq!(outcome(&run_with(&eager, steps())), ["entry 1 @ 5000.25", "stop 1 @ 4999.25"]);
}

#[test]
fn nt_2704_nt_2623_nt_2978_a_stop_on_a_partly_filled_entry_ends_the_rest() {
    for filled in 1..=3_u64 {
        let facts = run(vec![
            S(resting("a", 0, 3)),
            M(quote(200, 4998.75, 9, 4999.25, 9)),
            M(trade(210, 4999.0, filled)),
            M(trade(300, 4989.0, 9)),
            M(clock(9000)),
        ]);
        assert_eq!(entered(&facts, "a"), 3.min(filled), "{facts:?}");
        let stopped: u64 = facts
            .iter()
            .filter_map(|f| match f {
                Fact::Fill(fill) if fill.leg == Leg::Stop => Some(fill.qty),
                _ => None,
            })
            .sum();
        assert_eq!(stopped, filled);
        assert!(facts.iter().all(|f| !matches!(f, Fact::Ack(ack) if ack.qty == 0)));
    }
}

#[test]
fn an_amend_on_its_way_holds_for_what_has_not_filled() {
    let amend = |qty| Order { px: Some(px(4998.5)), qty, ..change(OrderOp::Amend, "m", 300, "a") };
    for (qty, rest) in [(3, 1), (2, 0), (1, 0), (9, 2)] {
        let facts = run(vec![
            S(resting("a", 0, 4)),
            M(quote(200, 4998.75, 9, 4999.25, 9)),
            S(amend(qty)),
            M(trade(400, 4999.0, 2)),
            M(trade(500, 4998.75, 9)),
            M(trade(600, 4998.25, 9)),
            M(clock(9000)),
        ]);
        assert_eq!(entered(&facts, "a"), 2 + rest, "amended to {qty}: {:#?}", show(&facts));
        let late = outcome(&facts).iter().filter(|o| *o == "entry 2 @ 4998.5").count();
        assert_eq!(late, usize::from(rest == 2));
    }
    // All of it or nothing: a wrong target leaves the stop where it was.
    let both = Order {
        stop: Some(px(4999.0)),
        targets: vec![px(5001.1)],
        ..change(OrderOp::Amend, "m", 300, "a")
    };
    let facts = run(vec![
        S(buy("a", 0, 1)),
        M(quote(200, 5000.0, 9, 5000.25, 9)),
        S(both),
        M(trade(600, 4998.75, 1)),
        M(clock(9000)),
    ]);
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.25", "off_tick"]);
}

#[test]
fn a_cancel_of_a_partly_filled_immediate_order_is_too_late_and_leaves_its_stop() {
    let facts = run(vec![
        S(buy("a", 0, 9)),
        M(quote(200, 5000.0, 4, 5000.25, 4)),
        S(change(OrderOp::Cancel, "c", 210, "a")),
        M(quote(300, 5000.0, 4, 5000.25, 4)),
        M(clock(500)),
        M(trade(600, 4998.0, 50)),
        M(clock(9000)),
    ]);
    assert_eq!(
        outcome(&facts),
        [
            "entry 4 @ 5000.25",
            "entry 4 @ 5000.5",
            "ioc",
            "too_late",
            "stop 4 @ 4997.75",
            "stop 4 @ 4997.5"
        ]
    );
}

#[test]
fn every_nth_order_can_be_refused_on_purpose() {
    let mut config = config(150);
    config.fills.reject_every = 2;
    let steps = ["a", "b", "c"].map(|id| S(buy(id, 0, 1)));
    let mut steps: Vec<Step> = steps.into();
    steps.extend([M(quote(200, 5000.0, 9, 5000.25, 9)), M(clock(9000))]);
    assert_eq!(
        outcome(&run_with(&config, steps)),
        ["scripted", "entry 1 @ 5000.25", "entry 1 @ 5000.25"]
    );
}

#[test]
fn an_order_back_takes_as_long_as_it_is_said() {
    let mut config = config(150);
    config.fills.response_ms = 20;
    let facts = run_with(
        &config,
        vec![S(buy("a", 0, 1)), M(quote(200, 5000.0, 9, 5000.25, 9)), M(clock(9000))],
    );
    assert!(facts.iter().all(|fact| fact.known() - fact.xts() == 20_000));
    assert_eq!(facts[0].xts(), at(150));
}

/// One input of a random session at the exchange.
#[derive(Clone, Debug)]
struct Moment {
    wait_ms: i64,
    move_ticks: i64,
    size: u64,
    what: u8,
    order: Option<(u8, bool, u64, i64, i64, u8)>,
}

fn moment() -> impl Strategy<Value = Moment> {
    let wait = prop_oneof![10 => 0..300_i64, 1 => 5000..9000_i64];
    let order = (0..8_u8, any::<bool>(), 1..6_u64, 1..20_i64, 1..20_i64, 0..6_u8);
    (wait, -5..6_i64, 0..9_u64, 0..12_u8, prop::option::weighted(0.3, order)).prop_map(
        |(wait_ms, move_ticks, size, what, order)| Moment {
            wait_ms,
            move_ticks,
            size,
            what,
            order,
        },
    )
}

fn steps(moments: &[Moment]) -> Vec<Step> {
    let points = |ticks: i64| ticks as f64 / 4.0;
    let (mut ms, mut last, mut made, mut out) = (0, 20_000, 0, Vec::new());
    for moment in moments {
        ms += moment.wait_ms;
        last += moment.move_ticks;
        if let Some((op, is_buy, qty, stop, target, of)) = moment.order {
            let (side, sign) = if is_buy { (Side::Buy, 1) } else { (Side::Sell, -1) };
            let named = format!("o{}", made.max(1) - u64::from(of) % made.max(1));
            let id = format!("c{}", out.len());
            let order = match op {
                0..=3 => {
                    made += 1;
                    let limit = points(last + sign * (i64::from(of) - 3));
                    let kind = match op {
                        0 => OrderType::Market,
                        1 => OrderType::Stop,
                        _ => OrderType::Limit,
                    };
                    let tif = if op == 2 { TimeInForce::Ioc } else { TimeInForce::Day };
                    Order {
                        kind,
                        tif,
                        px: (op > 0).then(|| px(limit)),
                        targets: vec![
                            px(points(last + sign * target)),
                            px(points(last + sign * (target + 4))),
                        ],
                        ..bracket(
                            &format!("o{made}"),
                            ms,
                            side,
                            qty,
                            limit,
                            points(last - sign * (stop + 3)),
                            0.25,
                        )
                    }
                }
                4 => change(OrderOp::Cancel, &id, ms, &named),
                5 => Order {
                    stop: Some(px(points(last - sign * stop))),
                    ..change(OrderOp::Amend, &id, ms, &named)
                },
                6 => Order {
                    px: Some(px(points(last - sign))),
                    qty,
                    targets: vec![px(points(last + sign * (target + 5)))],
                    ..change(OrderOp::Amend, &id, ms, &named)
                },
                _ => flatten(&id, ms, (of > 0).then_some(named.as_str())),
            };
            out.push(S(order));
        }
        out.push(M(match moment.what {
            0 => clock(ms),
            1 => status(ms, StatusState::Halt),
            2 => status(ms, StatusState::Up),
            3..=6 => quote(ms, points(last - 1), moment.size, points(last), moment.size + 1),
            7 => bid_size(ms, points(last - 1), moment.size),
            _ => trade(ms, points(last), moment.size + 1),
        }));
    }
    out.push(M(clock(ms + 60_000)));
    out
}

/// Contracts entered and left by bracket.
#[derive(Default, Debug)]
struct Sums {
    entered: BTreeMap<String, u64>,
    left: BTreeMap<String, u64>,
    position: i64,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Filled is never more than wanted, left never more than entered, what is open is covered, a
    /// print and a quote are spent once, fees add up, ids are unique, times are in order.
    #[test]
    fn the_exchange_keeps_its_books(moments in prop::collection::vec(moment(), 1..160)) {
        let config = config(50);
        let mut exchange = Exchange::new(&config, Calendar::builtin().unwrap()).unwrap();
        let fee = config.instrument_named("ES").unwrap().fee_per_side.0;
        let (mut sums, mut wanted) = (Sums::default(), BTreeMap::new());
        let (mut ids, mut known) = (std::collections::BTreeSet::new(), i64::MIN);
        let mut answered = std::collections::BTreeSet::new();
        for step in steps(&moments) {
            let record = match step {
                S(order) => {
                    if order.op == OrderOp::New {
                        wanted.insert(order.id.clone(), order.qty);
                    }
                    exchange.submit(&order);
                    continue;
                }
                M(record) => record,
            };
            let before: Vec<Fact> = exchange.untold().cloned().collect();
            let now = exchange.on_record(&record).unwrap();
            let (open, covered) = exchange.protection();
            prop_assert_eq!(open, covered);
            let new: Vec<Fact> = exchange.untold().skip(before.len()).cloned().collect();
            spent_once(&record, &new, &wanted)?;
            for leg in exchange.working() {
                prop_assert!(leg.qty > 0, "{leg:?}");
            }
            for fact in &new {
                if let Fact::Fill(fill) = fact {
                    let sum = if fill.leg == Leg::Entry { &mut sums.entered } else { &mut sums.left };
                    *sum.entry(fill.order.clone()).or_default() += fill.qty;
                    sums.position += fill.side.sign() * fill.qty as i64;
                    prop_assert_eq!(fill.fee.0, fee * fill.qty as i64);
                    prop_assert!(ids.insert(fill.exec_id.clone()), "{} repeats", fill.exec_id);
                    let (entered, left) = (
                        sums.entered.get(&fill.order).copied().unwrap_or(0),
                        sums.left.get(&fill.order).copied().unwrap_or(0),
                    );
                    prop_assert!(entered <= wanted[&fill.order], "{fill:?}");
                    prop_assert!(left <= entered, "{fill:?}");
                }
            }
            prop_assert_eq!(sums.position, exchange.position(&es()));
            let Some(now) = now else { continue };
            while let Some(fact) = exchange.next_known(now) {
                prop_assert!(fact.known() >= fact.xts() && fact.known() >= known);
                known = fact.known();
                match &fact {
                    Fact::Ack(ack) => answered.insert(ack.order.clone()),
                    Fact::Reject(reject) => answered.insert(reject.order.clone()),
                    _ => false,
                };
            }
        }
        for id in wanted.keys() {
            prop_assert!(answered.contains(id), "{id} was never answered");
        }
    }

    /// The same input gives the same facts, and a prefix of it a prefix of them.
    #[test]
    fn the_exchange_is_causal_and_deterministic(
        moments in prop::collection::vec(moment(), 1..120),
        share in 0.0..1.0_f64,
    ) {
        let all = run_with(&config(150), steps(&moments));
        prop_assert_eq!(&all, &run_with(&config(150), steps(&moments)));
        let mut cut = steps(&moments);
        cut.truncate((cut.len() as f64 * share) as usize);
        let part = run_with(&config(150), cut);
        prop_assert_eq!(&all[..part.len()], &part[..]);
    }

    /// An order that rests fills no sooner than its price is touched, and no later than the first
    /// trade through it; without a queue exactly then.
    #[test]
    fn the_queue_lies_between_touch_and_penetration(
        prints in prop::collection::vec((-2..3_i64, 1..9_u64, 0..20_u64), 1..80),
        qty in 1..4_u64,
    ) {
        let limit = 19_996;
        let mut records = vec![quote(1, 4999.0, 5, 4999.25, 9)];
        for (n, (ticks, size, displayed)) in prints.iter().enumerate() {
            let ms = 10 + 10 * n as i64;
            records.push(bid_size(ms, 4999.0, *displayed));
            records.push(trade(ms + 1, (limit + ticks) as f64 / 4.0, *size));
        }
        let first = |hit: &dyn Fn(i64) -> bool| {
            let at_print = prints.iter().position(|(ticks, ..)| hit(*ticks));
            at_print.map_or(i64::MAX, |n| at(11 + 10 * n as i64))
        };
        let (touch, through) = (first(&|ticks| ticks <= 0), first(&|ticks| ticks < 0));
        let done = |queue: bool| {
            let mut config = config(0);
            config.fills.queue = queue;
            let mut steps = vec![S(resting("a", 0, qty))];
            steps.extend(records.iter().cloned().map(M));
            steps.push(M(clock(100_000)));
            let facts = run_with(&config, steps);
            let entries: Vec<i64> = facts
                .iter()
                .filter(|f| matches!(f, Fact::Fill(fill) if fill.leg == Leg::Entry))
                .map(Fact::xts)
                .collect();
            prop_assert!(entered(&facts, "a") <= qty);
            let all = entered(&facts, "a") == qty;
            let last = if all { *entries.last().unwrap() } else { i64::MAX };
            Ok((entries.first().copied().unwrap_or(i64::MAX), last))
        };
        let (sooner, later) = done(true)?;
        prop_assert!(sooner >= touch, "{sooner} before the touch at {touch}");
        prop_assert!(later <= through, "{later} after the trade through at {through}");
        prop_assert_eq!(done(false)?, (through, through));
    }
}

/// No more fills at the price of a print than traded, none at the touch of a quote than displayed.
fn spent_once(
    record: &Record,
    new: &[Fact],
    wanted: &BTreeMap<String, u64>,
) -> Result<(), TestCaseError> {
    let fills = new.iter().filter_map(|fact| match fact {
        Fact::Fill(fill) if wanted.contains_key(&fill.order) => Some(fill),
        _ => None,
    });
    match record {
        Record::Trade(trade) => {
            let resting = fills.filter(|fill| fill.leg == Leg::Target && fill.px == trade.px);
            let sum: u64 = resting.map(|fill| fill.qty).sum();
            prop_assert!(sum <= trade.sz, "{sum} filled from a print of {}", trade.sz);
        }
        Record::Quote(quote) => {
            let mut taken = [0_u64; 2];
            for fill in fills {
                if Some(fill.px) == quote.ask && fill.side == Side::Buy {
                    taken[0] += fill.qty;
                }
                if Some(fill.px) == quote.bid && fill.side == Side::Sell {
                    taken[1] += fill.qty;
                }
            }
            prop_assert!(taken[0] <= quote.asz.max(1), "{taken:?} of {quote:?}");
            prop_assert!(taken[1] <= quote.bsz.max(1), "{taken:?} of {quote:?}");
        }
        _ => {}
    }
    Ok(())
}
