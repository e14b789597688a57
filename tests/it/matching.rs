//! The simulated exchange against its rules (QUANT 7.1, DESIGN 6) and vectors 34 and 35.

use crate::data;
use crate::desk::MINUTE;
use crate::desk::T0;
use crate::desk::at;
use crate::desk::bar;
use crate::desk::bracket;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::es;
use crate::desk::flatten;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::trade;
use mia::config::Config;
use mia::market::Calendar;
use mia::market::Side;
use mia::market::Sym;
use mia::market::Ticks;
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
use mia::wire::TimeInForce;
use mia::wire::TradeFlags;

/// An input of the exchange.
#[expect(clippy::large_enum_variant, reason = "a handful of steps a test")]
pub enum Step {
    /// A record.
    Market(Record),
    /// An order on its way.
    Send(Order),
}

use Step::Market as M;
use Step::Send as S;

fn run(latency_ms: i64, steps: Vec<Step>) -> Vec<Fact> {
    run_with(&config(latency_ms), steps)
}

/// The facts of `steps` under `config`.
pub fn run_with(config: &Config, steps: Vec<Step>) -> Vec<Fact> {
    let mut exchange = Exchange::new(config, Calendar::builtin().unwrap()).unwrap();
    let mut facts = Vec::new();
    for step in steps {
        match step {
            M(record) => {
                // Some records do not drive it: a halt, a print that is not believed.
                let Some(now) = exchange.on_record(&record).unwrap() else { continue };
                while let Some(fact) = exchange.next_known(now) {
                    facts.push(fact);
                }
            }
            S(order) => exchange.submit(&order),
        }
    }
    facts
}

/// A fact in a few words, times in milliseconds after T0: `fill entry 1 @ 5000.25 at 160 known 310`.
pub fn show(facts: &[Fact]) -> Vec<String> {
    let ms = |us: i64| (us - T0) as f64 / 1000.0;
    let leg = |leg: Leg| format!("{leg:?}").to_lowercase();
    facts
        .iter()
        .map(|fact| {
            let when = format!("at {} known {}", ms(fact.xts()), ms(fact.known()));
            match fact {
                Fact::Ack(f) => match f.px {
                    Some(px) => format!("ack {} {} @ {px} {when}", leg(f.leg), f.qty),
                    None => format!("ack {} {} {when}", leg(f.leg), f.qty),
                },
                Fact::Fill(f) => format!("fill {} {} @ {} {when}", leg(f.leg), f.qty, f.px),
                Fact::Cancel(f) => format!("cancel {} {} {} {when}", leg(f.leg), f.qty, f.reason),
                Fact::Reject(f) => format!("reject {} {when}", f.reason),
            }
        })
        .collect()
}

/// Fills and cancels of entries alone: `entry 1 @ 5000.25`, `ioc`.
pub fn outcome(facts: &[Fact]) -> Vec<String> {
    let leg = |leg: Leg| format!("{leg:?}").to_lowercase();
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Fill(f) => Some(format!("{} {} @ {}", leg(f.leg), f.qty, f.px)),
            Fact::Cancel(f) if f.leg == Leg::Entry => Some(f.reason.clone()),
            Fact::Reject(f) => Some(f.reason.clone()),
            _ => None,
        })
        .collect()
}

fn buy(ms: i64, qty: u64, limit: f64, stop: f64, target: f64) -> Step {
    S(bracket("a", ms, Side::Buy, qty, limit, stop, target))
}

#[test]
fn a_bracket_lives_from_arrival_to_one_cancels_the_other() {
    let facts = run(
        150,
        vec![
            M(quote(0, 5000.0, 9, 5000.25, 9)),
            buy(0, 1, 5000.5, 4998.0, 5002.0),
            M(quote(149, 5000.25, 9, 5000.5, 9)),
            M(quote(160, 5000.0, 9, 5000.25, 9)),
            M(trade(200, 5002.25, 1)),
            M(clock(400)),
        ],
    );
    assert_eq!(
        show(&facts),
        [
            "ack entry 1 @ 5000.5 at 150 known 300",
            "fill entry 1 @ 5000.25 at 160 known 310",
            "ack stop 1 @ 4998 at 160 known 310",
            "ack target 1 @ 5002 at 160 known 310",
            "fill target 1 @ 5002 at 200 known 350",
            "cancel stop 1 oco at 200 known 350",
        ]
    );
    let Fact::Fill(fill) = &facts[1] else { panic!("a fill") };
    assert_eq!((fill.exec_id.as_str(), fill.fee.0), ("a:entry:1", 225));
}

/// A clock may be ahead of records that come late: what traded before an order arrived cannot fill it.
#[test]
fn a_record_of_before_the_arrival_fills_nothing_although_a_clock_was_ahead_of_it() {
    for latency in [0, 150] {
        let facts = run(
            latency,
            vec![
                M(quote(0, 5000.0, 9, 5000.25, 9)),
                buy(500, 1, 5000.5, 4998.0, 5010.0),
                M(clock(1000)),
                M(trade(499, 5000.25, 9)),
                M(quote(500, 5000.0, 9, 5000.25, 9)),
                M(quote(1100, 5000.25, 9, 5000.5, 9)),
                M(clock(2000)),
            ],
        );
        assert_eq!(outcome(&facts), ["entry 1 @ 5000.5"], "{latency}");
        let facts = run(
            latency,
            vec![
                M(quote(0, 5000.0, 9, 5000.25, 9)),
                buy(500, 1, 5000.5, 4998.0, 5010.0),
                M(quote(700, 5000.0, 9, 5000.25, 9)),
                S(flatten("f", 1200, Some("a"))),
                M(clock(2000)),
                M(quote(1199, 5001.0, 9, 5001.25, 9)),
                M(quote(2100, 4999.75, 9, 5000.0, 9)),
                M(clock(3000)),
            ],
        );
        assert_eq!(outcome(&facts), ["entry 1 @ 5000.25", "flatten 1 @ 4999.75"], "{latency}");
    }
}

#[test]
fn the_touch_after_arrival_counts_whatever_the_latency() {
    // The touch rises a tick at 100, 200 and 600 ms: the later the arrival, the dearer.
    for (latency, price) in [(0, "5000.25"), (50, "5000.5"), (150, "5000.75"), (500, "5001")] {
        let facts = run(
            latency,
            vec![
                M(quote(0, 4999.75, 9, 5000.0, 9)),
                buy(0, 1, 5001.5, 4990.0, 5020.0),
                M(quote(10, 5000.0, 9, 5000.25, 9)),
                M(quote(100, 5000.25, 9, 5000.5, 9)),
                M(quote(200, 5000.5, 9, 5000.75, 9)),
                M(quote(600, 5000.75, 9, 5001.0, 9)),
                M(clock(2000)),
            ],
        );
        assert_eq!(outcome(&facts), [format!("entry 1 @ {price}")], "{latency} ms");
    }
}

#[test]
fn an_order_never_meets_the_record_it_was_decided_on() {
    let facts = run(
        0,
        vec![
            buy(0, 1, 5000.5, 4998.0, 5002.0),
            M(trade(0, 5000.0, 1)),
            M(trade(0, 5000.0, 1)),
            M(trade(1, 5000.25, 1)),
            M(clock(2)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.5"]);
    assert_eq!(facts[1].xts(), at(1));
}

#[test]
fn more_than_displayed_walks_up_to_the_limit_and_the_rest_is_cancelled() {
    let facts = run(
        10,
        vec![
            buy(0, 9, 5000.5, 4998.0, 5002.0),
            M(quote(20, 5000.0, 4, 5000.0 + 0.25, 4)),
            M(clock(99)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 4 @ 5000.25", "entry 4 @ 5000.5", "ioc"]);
    let stops: Vec<_> = show(&facts).into_iter().filter(|f| f.starts_with("ack stop")).collect();
    assert_eq!(stops.len(), 2);
    assert!(stops[1].starts_with("ack stop 8 @ 4998"), "{stops:?}");
}

#[test]
fn a_market_beyond_the_limit_is_missed() {
    let quoted = vec![
        buy(0, 1, 5000.5, 4998.0, 5002.0),
        M(quote(200, 5000.5, 9, 5000.75, 9)),
        M(clock(999)),
    ];
    assert_eq!(outcome(&run(150, quoted)), ["ioc"]);
    // Without quotes a tick is added, so that a trade at the limit is beyond it.
    let traded = vec![buy(0, 1, 5000.5, 4998.0, 5002.0), M(trade(200, 5000.5, 9)), M(clock(999))];
    assert_eq!(outcome(&run(150, traded)), ["ioc"]);
}

#[test]
fn a_tape_without_quotes_fills_at_the_next_trade_one_tick_worse() {
    let facts = run(
        150,
        vec![
            M(trade(0, 5000.0, 1)),
            buy(0, 2, 5000.5, 4998.0, 5002.0),
            M(trade(149, 4999.0, 1)),
            M(trade(151, 5000.25, 1)),
            M(trade(500, 5002.0, 1000)),
            M(trade(501, 5002.25, 1)),
            M(clock(999)),
        ],
    );
    // A trade at the target is a touch, and a touch does not fill; the one beyond it does.
    assert_eq!(outcome(&facts), ["entry 2 @ 5000.5", "target 2 @ 5002"]);
    assert_eq!(facts[4].xts(), at(501));
}

#[test]
fn quotes_that_went_silent_no_longer_speak_for_the_market() {
    let facts = run(
        150,
        vec![
            M(quote(0, 5000.0, 9, 5000.25, 9)),
            buy(0, 1, 5000.5, 4998.0, 5002.0),
            M(trade(4000, 5000.0, 1)),
            M(trade(6000, 5000.0, 1)),
            M(clock(9000)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.25"]);
    assert_eq!(facts[1].xts(), at(6000));
}

#[test]
fn a_stop_triggers_on_a_trade_and_slips() {
    let enter = || vec![buy(0, 1, 5000.5, 4998.0, 5002.0), M(quote(200, 5000.0, 9, 5000.25, 9))];
    let exits = [
        // A quote through the stop triggers nothing; the trade at it does, a tick worse.
        (vec![M(quote(300, 4998.0, 9, 4998.25, 9)), M(trade(310, 4998.0, 1))], "stop 1 @ 4997.75"),
        // The bid has already left: the fill follows it.
        (vec![M(quote(300, 4996.0, 9, 4996.25, 9)), M(trade(310, 4998.0, 1))], "stop 1 @ 4996"),
        // A gap: the trade beyond the stop, not the stop.
        (vec![M(trade(310, 4990.0, 1))], "stop 1 @ 4990"),
    ];
    for (exit, expected) in exits {
        let mut steps = enter();
        steps.extend(exit);
        steps.push(M(clock(9000)));
        assert_eq!(outcome(&run(150, steps)), ["entry 1 @ 5000.25", expected]);
    }
}

#[test]
fn a_bar_fills_at_the_next_open_and_the_stop_comes_first() {
    let facts = run(
        150,
        vec![
            M(bar(0, 5000.0, 5001.0, 4999.0, 5000.0)),
            buy(0, 1, 5000.5, 4998.0, 5002.0),
            M(bar(1, 5000.0, 5003.0, 4997.0, 5001.0)),
            M(bar(2, 5001.0, 5001.0, 5001.0, 5001.0)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.25", "stop 1 @ 4997.75"]);
    let target = run(
        150,
        vec![
            buy(0, 1, 5000.5, 4998.0, 5002.0),
            M(bar(1, 5000.0, 5002.0, 4999.0, 5001.0)),
            M(bar(2, 5001.0, 5002.25, 5000.0, 5002.0)),
            M(bar(3, 5001.0, 5001.0, 5001.0, 5001.0)),
        ],
    );
    assert_eq!(outcome(&target), ["entry 1 @ 5000.25", "target 1 @ 5002"]);
}

#[test]
fn a_bar_that_began_before_the_decision_fills_nothing_and_a_gap_fills_at_the_open() {
    let facts = run(
        150,
        vec![
            buy(30_000, 1, 5000.5, 4998.0, 5002.0),
            M(bar(1, 4999.0, 4999.0, 4999.0, 4999.0)),
            M(bar(2, 5000.0, 5001.0, 4999.0, 5001.0)),
            M(bar(3, 4990.0, 4991.0, 4980.0, 4985.0)),
            M(bar(4, 4990.0, 4991.0, 4980.0, 4985.0)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 1 @ 5000.25", "stop 1 @ 4990"]);
    // What enters behind its stop leaves where it came in, less what both cost.
    let behind = run(
        150,
        vec![
            buy(0, 1, 5000.5, 4998.0, 5002.0),
            M(bar(1, 4990.0, 4990.0, 4990.0, 4990.0)),
            M(bar(2, 4990.0, 4990.0, 4990.0, 4990.0)),
        ],
    );
    assert_eq!(outcome(&behind), ["entry 1 @ 4990.25", "stop 1 @ 4990"]);
}

#[test]
fn an_order_that_comes_too_late_is_not_worked() {
    let mut late = bracket("a", 0, Side::Buy, 1, 5000.5, 4998.0, 5002.0);
    late.expires = at(100);
    let facts =
        run(150, vec![S(late.clone()), M(quote(200, 5000.0, 9, 5000.25, 9)), M(clock(999))]);
    assert_eq!(outcome(&facts), ["expired"]);
    late.expires = at(1000);
    let quoted = M(quote(2000, 5000.0, 9, 5000.25, 9));
    let facts = run(150, vec![S(late.clone()), quoted, M(clock(2999))]);
    assert_eq!(outcome(&facts), ["expired"]);
    // Nor does it wait for a market that never comes.
    let facts = run(150, vec![S(late), M(clock(999)), M(clock(1000)), M(clock(1200))]);
    assert_eq!(outcome(&facts), ["expired"]);
}

#[test]
fn a_working_entry_ends_with_the_session_and_nothing_trades_while_closed() {
    let mut day = bracket("a", 0, Side::Buy, 1, 4990.0, 4980.0, 5002.0);
    day.tif = TimeInForce::Day;
    let close = 7 * 60 * MINUTE;
    let facts = run(
        150,
        vec![
            S(day),
            M(quote(200, 5000.0, 9, 5000.25, 9)),
            S(bracket("b", close + 1, Side::Buy, 1, 5000.5, 4998.0, 5002.0)),
            M(trade(close + 60 * MINUTE, 4980.0, 1)),
            M(clock(close + 61 * MINUTE)),
        ],
    );
    assert_eq!(outcome(&facts), ["session_end", "session_closed"]);
    assert_eq!(facts[1].xts(), at(close));
}

#[test]
fn flatten_keeps_the_stop_until_it_has_filled() {
    let steps = |last: Step| {
        vec![
            buy(0, 2, 5000.5, 4998.0, 5002.0),
            M(quote(200, 5000.0, 9, 5000.25, 9)),
            S(flatten("f", 300, None)),
            last,
            M(clock(9000)),
        ]
    };
    let facts = run(150, steps(M(quote(500, 4999.5, 1, 4999.75, 9))));
    assert_eq!(outcome(&facts), ["entry 2 @ 5000.25", "flatten 1 @ 4999.5", "flatten 1 @ 4999.25"]);
    let told = show(&facts);
    assert!(told.iter().any(|f| f.starts_with("cancel target 2 test at 450")), "{told:?}");
    assert!(told.last().unwrap().starts_with("cancel stop 1 oco at 500"), "{told:?}");
    let facts = run(150, steps(M(trade(500, 4997.5, 1))));
    assert_eq!(outcome(&facts), ["entry 2 @ 5000.25", "stop 2 @ 4997.5"]);
    assert!(show(&facts).last().unwrap().starts_with("cancel flatten 2 oco"));
}

#[test]
fn nothing_that_closes_goes_past_what_was_sent_before_it() {
    for (op, reference) in [(OrderOp::Flatten, None), (OrderOp::Cancel, Some("a"))] {
        let entry = bracket("a", 1000, Side::Buy, 2, 5000.5, 4998.0, 5002.0);
        let facts = run(
            150,
            vec![
                M(quote(0, 5000.0, 9, 5000.25, 9)),
                S(entry),
                S(Order { op, ..flatten("f", 10, reference) }),
                M(quote(500, 5000.0, 9, 5000.25, 9)),
                M(quote(1300, 5000.0, 9, 5000.25, 9)),
                M(clock(3000)),
            ],
        );
        assert_eq!(outcome(&facts), ["test"], "{op:?}: {facts:?}");
        assert!(show(&facts)[1].starts_with("cancel entry 2"), "{:?}", show(&facts));
    }
}

#[test]
fn cancel_and_amend_take_as_long_as_an_order() {
    let mut day = bracket("a", 0, Side::Buy, 1, 4999.0, 4990.0, 5010.0);
    day.tif = TimeInForce::Day;
    let cancel = Order { op: OrderOp::Cancel, ..flatten("c", 300, Some("a")) };
    let facts = run(
        150,
        vec![
            S(day.clone()),
            M(quote(200, 5000.0, 9, 5000.25, 9)),
            S(cancel.clone()),
            M(trade(449, 4998.75, 1)),
            M(clock(9000)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 1 @ 4999", "too_late"]);
    let amend =
        Order { op: OrderOp::Amend, stop: Some(px(4998.0)), ..flatten("m", 500, Some("a")) };
    let facts = run(
        150,
        vec![
            S(day),
            M(quote(200, 5000.0, 9, 5000.25, 9)),
            M(trade(300, 4998.75, 1)),
            S(amend),
            M(trade(640, 4997.0, 1)),
            M(trade(649, 4998.25, 1)),
            M(trade(651, 4997.0, 1)),
            S(Order { id: "d".into(), ct: at(900), ..cancel }),
            M(clock(9000)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 1 @ 4999", "stop 1 @ 4997", "too_late"]);
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    let good = bracket("a", 0, Side::Buy, 1, 5000.5, 4998.0, 5002.0);
    for (bad, reason) in [
        (Order { stop: None, ..good.clone() }, "no_stop"),
        (Order { stop: Some(px(5001.0)), ..good.clone() }, "bad_stop"),
        (Order { px: Some(px(5000.3)), ..good.clone() }, "off_tick"),
        (Order { px: None, ..good.clone() }, "no_price"),
        (Order { qty: 0, ..good.clone() }, "bad_order"),
        (Order { side: Side::None, ..good.clone() }, "bad_order"),
        (Order { sym: Sym::new("NQH24").unwrap(), ..good.clone() }, "unknown_symbol"),
    ] {
        assert_eq!(outcome(&run(10, vec![S(bad), M(clock(100))])), [reason]);
    }
}

#[test]
fn a_micro_is_filled_from_its_big_sisters_prices_with_its_own_fees() {
    let micro = Order {
        sym: Sym::new("MESH24").unwrap(),
        ..bracket("a", 0, Side::Sell, 3, 4999.5, 5002.0, 4990.0)
    };
    let facts = run(10, vec![S(micro), M(quote(20, 5000.0, 9, 5000.25, 9)), M(clock(99))]);
    assert_eq!(outcome(&facts), ["entry 3 @ 5000"]);
    let Fact::Fill(fill) = &facts[1] else { panic!("a fill") };
    assert_eq!((fill.sym.as_str(), fill.fee.0, fill.side), ("MESH24", 186, Side::Sell));
}

#[test]
fn several_targets_share_the_contracts_and_the_stop_covers_the_rest() {
    let order = Order {
        targets: vec![px(5001.0), px(5003.0)],
        ..bracket("a", 0, Side::Buy, 3, 5000.5, 4998.0, 0.25)
    };
    let facts = run(
        10,
        vec![
            S(order),
            M(quote(20, 5000.0, 9, 5000.25, 9)),
            M(trade(30, 5001.25, 1)),
            M(trade(40, 4997.0, 1)),
            M(clock(99)),
        ],
    );
    assert_eq!(outcome(&facts), ["entry 3 @ 5000.25", "target 2 @ 5001", "stop 1 @ 4997"]);
}

#[test]
fn vector_34_queue() {
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("reference-vectors/34_queue.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let events = vector["events"].as_array().unwrap();
    let place = &events[0];
    let limit = place[2].as_f64().unwrap();
    let order = Order {
        tif: TimeInForce::Day,
        kind: OrderType::Limit,
        ..bracket("a", 0, Side::Buy, place[3].as_u64().unwrap(), limit, limit - 10.0, limit + 10.0)
    };
    let displayed = place[4]["bsz"].as_u64().unwrap();
    let mut exchange = Exchange::new(&config(0), Calendar::builtin().unwrap()).unwrap();
    exchange.submit(&order);
    exchange.on_record(&quote(1, limit, displayed, limit + 0.25, 30)).unwrap();
    let logged = vector["log"].as_array().unwrap();
    assert_eq!(logged.len(), events.len() - 1);
    for (index, (event, log)) in events[1..].iter().zip(logged).enumerate() {
        let ms = index as i64 + 2;
        let price = event[1].as_f64().unwrap();
        let size = event[2].as_u64().unwrap();
        let record =
            if event[0] == "trade" { trade(ms, price, size) } else { depth(ms, price, size) };
        let now = exchange.on_record(&record).unwrap().unwrap();
        let mut filled = 0;
        while let Some(fact) = exchange.next_known(now) {
            if let Fact::Fill(fill) = fact {
                assert_eq!((fill.leg, fill.px), (Leg::Entry, px(limit)));
                filled += fill.qty;
            }
        }
        assert_eq!(filled, log["filled"].as_u64().unwrap(), "{event}");
    }
}

fn depth(ms: i64, points: f64, sz: u64) -> Record {
    let (bs, px, sz) = (Some(BookSide::Bid), Some(px(points)), Some(sz));
    let (ts, sym, src, flags) = (at(ms), es(), Src::Syn, TradeFlags::default());
    Depth { ts, sym, bs, px, sz, src, rx: None, op: None, eob: false, flags }.into()
}

#[test]
fn vector_34_queue_position() {
    use mia::matching::QueuePosition;
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("reference-vectors/34_queue.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let events = vector["events"].as_array().unwrap();
    let limit = events[0][2].as_f64().unwrap();
    let mut queue =
        QueuePosition::new(events[0][3].as_u64().unwrap(), events[0][4]["bsz"].as_u64());
    for (event, log) in events[1..].iter().zip(vector["log"].as_array().unwrap()) {
        let mut size = event[2].as_u64().unwrap();
        let filled = if event[0] == "depth" {
            queue.displayed(size);
            0
        } else if event[1].as_f64().unwrap() < limit {
            queue.traded_through()
        } else {
            queue.traded_at(&mut size)
        };
        let expected = |key: &str| log[key].as_u64().unwrap();
        assert_eq!(
            (filled, queue.left(), queue.ahead()),
            (expected("filled"), expected("left"), Some(expected("ahead"))),
            "{event}"
        );
    }
}

#[test]
fn vector_35_costs() {
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("reference-vectors/35_costs.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    for root in ["ES", "MES"] {
        let instrument = Config::default().instrument_named(root).unwrap();
        let want = |key: &str| vector[root][key].as_f64().unwrap();
        let cents = |dollars: f64| (dollars * 100.0).round() as i64;
        assert_eq!(instrument.fees(1).0, cents(want("side")));
        assert_eq!(instrument.fees(2).0, cents(want("rt")));
        let ticks = instrument.fees(2).0 as f64 / instrument.pnl(Ticks(1), 1).0 as f64;
        assert!((ticks - want("rt_ticks")).abs() < 1e-12, "{root}: {ticks}");
    }
}
