//! mia-risk: sizing (vector 29), every check, latches, exits.

use crate::data;
use crate::desk::MINUTE;
use crate::desk::at;
use crate::desk::bar;
use crate::desk::bracket;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use mia::config::Config;
use mia::config::RiskMode;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Side;
use mia::market::Sym;
use mia::market::Ticks;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::risk::Sizing;
use mia::risk::TrailingFloor;
use mia::risk::admit;
use mia::risk::kelly;
use mia::risk::shrinkage;
use mia::risk::win_rate_low;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::By;
use mia::wire::Check;
use mia::wire::Emit;
use mia::wire::Flow;
use mia::wire::Leg;
use mia::wire::Num;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::OrderType;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Signal;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Stream;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;
use mia::wire::TimeInForce;
use mia::wire::Verdict;

fn stage(config: &Config) -> RiskStage {
    RiskStage::new(config, Calendar::builtin().unwrap(), RiskOptions::default()).unwrap()
}

/// Defaults, with everything that holds back a second trade out of the way.
fn roomy() -> Config {
    let mut config = config(150);
    config.risk.mode = RiskMode::Aggressive;
    config.risk.modes.aggressive.contracts = 20;
    config.risk.max_pos = 20;
    config.risk.positions_max = 20;
    config.risk.cooldown_min = 0;
    config.risk.repeat_max = 1000;
    config.risk.bucket_loss_max = [Cents(100_000_000); 3];
    config
}

fn check<'a>(output: &'a [Record], verdict: usize, code: &str) -> &'a Check {
    verdicts(output)[verdict].checks.iter().find(|check| check.code == code).unwrap()
}

fn run(config: &Config, records: &[Record]) -> Vec<Record> {
    drive(&mut stage(config), records).unwrap()
}

fn verdicts(output: &[Record]) -> Vec<&Verdict> {
    output.iter().filter_map(|r| if let Record::Verdict(v) = r { Some(v) } else { None }).collect()
}

fn orders(output: &[Record]) -> Vec<&Order> {
    output.iter().filter_map(|r| if let Record::Order(o) = r { Some(o) } else { None }).collect()
}

fn accts(output: &[Record], op: AcctOp) -> Vec<&Acct> {
    let all = output.iter().filter_map(|r| if let Record::Acct(a) = r { Some(a) } else { None });
    all.filter(|a| a.op == op).collect()
}

fn reasons(output: &[Record]) -> Vec<&str> {
    verdicts(output).iter().map(|v| v.reason.as_deref().unwrap_or("pass")).collect()
}

fn stream(mode: StreamMode, origin: Option<StreamMode>, phase: StreamPhase) -> Record {
    let (ts, sym, src) = (at(0), es(), Src::Syn);
    let (run, tool) = ("test".into(), "test".into());
    Stream { ts, sym, v: 1, src, mode, phase, origin, run, tool, instrument: None }.into()
}

/// A market with fresh trade and quote at `ms`.
fn market(ms: i64) -> [Record; 2] {
    [quote(ms, 5000.0, 50, 5000.25, 50), trade(ms, 5000.0, 1)]
}

/// The usual purchase: 10 ticks of risk, 12 of reward.
fn purchase(id: &str, ms: i64) -> Signal {
    signal(id, ms, Side::Buy, 5000.0, 4997.5, 5003.0)
}

fn after_market(signal: Signal) -> Vec<Record> {
    let mut records = market(0).to_vec();
    records.push(signal.into());
    records
}

#[test]
fn vector_29_sizing() {
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("reference-vectors/29_risk.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = vector["sizing"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let number = |key: &str| case[key].as_f64().unwrap();
        let instrument = Config::default().instrument_named(case["sym"].as_str().unwrap()).unwrap();
        assert_eq!(instrument.tick_value, Cents::from_dollars(number("tv")).unwrap());
        assert_eq!(instrument.fees(2), Cents::from_dollars(number("cost")).unwrap());
        let equity = Cents::from_dollars(number("eq")).unwrap();
        let budget = Sizing::budget(equity, number("risk"));
        let (stop, slip) = (Ticks(number("stop") as i64), Ticks(number("slip") as i64));
        let sizing = Sizing::new(budget, stop, slip, &instrument, 10);
        assert_eq!(sizing.qty, case["out"][0].as_u64().unwrap(), "{case}");
        let each = Cents::from_dollars(case["out"][1].as_f64().unwrap()).unwrap();
        assert_eq!(sizing.per_contract, each, "{case}");
    }
}

#[test]
fn nothing_is_sized_from_a_budget_that_is_no_number() {
    for fraction in [f64::NAN, f64::INFINITY, -0.1, 0.0] {
        assert_eq!(Sizing::budget(Cents(10_000_000), fraction), Cents(0), "{fraction}");
    }
}

#[test]
fn a_signal_becomes_a_verdict_and_an_order_that_inherit_its_stamps() {
    let mut idea = purchase("test-1", 0);
    (idea.ts, idea.ct) = (at(-5), at(2));
    let output = run(&config(150), &after_market(idea));
    let kinds: Vec<_> = output.iter().map(|r| r.kind().name()).collect();
    assert_eq!(kinds, ["acct", "quote", "trade", "signal", "verdict", "order"]);
    let verdict = verdicts(&output)[0];
    assert_eq!((verdict.ts, verdict.ct, verdict.pass, verdict.qty), (at(-5), at(2), true, 1));
    assert!(verdict.checks.iter().all(|check| check.ok != Some(false)), "{:?}", verdict.checks);
    let expected = Order {
        ts: at(-5),
        ct: at(2),
        sig: Some("test-1".into()),
        kind: OrderType::Limit,
        tif: TimeInForce::Ioc,
        expires: at(MINUTE),
        ..bracket("o:test-1", 0, Side::Buy, 1, 5000.5, 4997.5, 5003.0)
    };
    assert_eq!(orders(&output), [&expected]);
    let open = accts(&output, AcctOp::Open)[0];
    assert_eq!((open.equity, open.position), (Some(Cents(10_000_000)), Some(0)));
    assert_eq!((open.high_water, open.day_pnl), (Some(Cents(10_000_000)), Some(Cents(0))));
}

#[test]
fn values_and_limits_are_told_in_the_units_of_the_documents() {
    let output = run(&config(150), &after_market(purchase("test-1", 500)));
    let check = |code: &str| {
        let check = verdicts(&output)[0].checks.iter().find(|c| c.code == code).unwrap();
        (check.value.map(|v| v.0), check.limit.map(|v| v.0))
    };
    assert_eq!(check("STALE"), (Some(500.0), Some(3000.0)));
    assert_eq!(check("STALE_QUOTE"), (Some(500.0), Some(1000.0)));
    assert_eq!(check("SESS"), (Some(600.0 + 0.5 / 60.0), Some(945.0)));
    assert_eq!(check("POS"), (Some(1.0), Some(1.0)));
    // 10 ticks from the entry, two from there to its limit and one of slippage at 12.50, two sides of
    // 2.25; 30 % of the 600 that the day may lose.
    assert_eq!(check("LOSS1"), (Some(167.0), Some(180.0)));
    assert_eq!(check("DAY"), (Some(0.0), Some(-600.0)));
}

#[test]
fn each_check_refuses_on_its_own() {
    let edited = |edit: fn(&mut Signal)| {
        let mut idea = purchase("test-1", 0);
        edit(&mut idea);
        idea
    };
    let at_time = |ms: i64| {
        let mut records = market(ms).to_vec();
        records.push(purchase("test-1", ms).into());
        records
    };
    let cases: Vec<(&str, Vec<Record>)> = vec![
        ("TICK", after_market(edited(|s| s.entry = px(5000.1)))),
        ("TICK", after_market(edited(|s| s.stop = px(5000.0)))),
        ("TICK", after_market(edited(|s| s.targets = vec![px(4999.0)]))),
        ("TICK", after_market(edited(|s| s.side = Side::None))),
        ("TICK", after_market(edited(|s| s.sym = Sym::new("NQH24").unwrap()))),
        ("SESS", at_time(-26 * MINUTE)),
        ("SESS", at_time(345 * MINUTE)),
        ("STALE", after_market(purchase("test-1", 3001))),
        ("STALE_QUOTE", after_market(purchase("test-1", 1001))),
        ("expired", after_market(edited(|s| s.expires = s.ct))),
        ("risk_ticks", after_market(edited(|s| s.stop = px(4989.75)))),
    ];
    for (reason, records) in cases {
        let output = run(&config(150), &records);
        assert_eq!(reasons(&output), [reason]);
        assert!(orders(&output).is_empty(), "{reason}");
        assert_eq!(verdicts(&output)[0].checks.len(), 27, "{reason}: none short-circuits");
    }
    // The bounds themselves pass.
    for ms in [-25 * MINUTE, 345 * MINUTE - 1] {
        assert_eq!(reasons(&run(&config(150), &at_time(ms))), ["pass"], "{ms}");
    }
}

#[test]
fn what_is_wrong_with_an_entry_is_named() {
    let tick = |edit: fn(&mut Signal)| {
        let mut idea = purchase("a", 0);
        edit(&mut idea);
        let output = run(&config(150), &after_market(idea));
        assert_eq!(reasons(&output), ["TICK"]);
        let tick = check(&output, 0, "TICK");
        (tick.value.unwrap().0, tick.na.clone().unwrap().into_owned())
    };
    let one = |name: &str| (1.0, name.to_owned());
    assert_eq!(tick(|s| s.sym = Sym::new("NQH24").unwrap()), one("unknown_symbol"));
    assert_eq!(tick(|s| s.entry = px(5000.1)), one("entry_off_grid"));
    assert_eq!(tick(|s| s.stop = px(4997.6)), one("stop_off_grid"));
    assert_eq!(tick(|s| s.targets.push(px(5003.3))), one("target_off_grid"));
    assert_eq!(tick(|s| s.stop = px(5000.0)), one("stop_side"));
    assert_eq!(tick(|s| s.targets.push(px(4999.0))), one("target_side"));
    // Several faults are counted, and the first of them named.
    assert_eq!(tick(|s| s.side = Side::None), (3.0, "no_side".into()));
    let several = |s: &mut Signal| {
        s.stop = px(-1.0);
        s.targets = vec![px(4999.0), px(0.1)];
    };
    assert_eq!(tick(several), (2.0, "stop_off_grid".into()));
}

#[test]
fn a_contract_without_any_market_record_is_not_entered() {
    let mut next = purchase("a", 0);
    next.sym = Sym::new("ESM24").unwrap();
    let output = run(&config(150), &after_market(next));
    assert_eq!(reasons(&output), ["STALE"]);
    let stale = check(&output, 0, "STALE");
    assert_eq!((stale.ok, stale.na.as_deref()), (Some(false), Some("no_market")));
    assert!(orders(&output).is_empty());
    // Nor on a stream of signals alone. Who only asks is told that it is not known.
    assert_eq!(reasons(&run(&config(150), &[purchase("a", 0).into()])), ["STALE"]);
    let asked = stage(&config(150)).ask_signal(&purchase("a", 0)).unwrap();
    assert!(asked.pass, "{:?}", asked.reason);
    let stale = asked.checks.iter().find(|check| check.code == "STALE").unwrap();
    assert_eq!((stale.ok, stale.na.as_deref()), (None, Some("no_trades")));
}

#[test]
fn a_narrow_stop_is_widened_sized_and_tested_as_such() {
    let idea = signal("test-1", 0, Side::Buy, 5000.0, 4999.5, 5003.0);
    let output = run(&config(150), &after_market(idea));
    assert_eq!(orders(&output)[0].stop, Some(px(4998.5)));
    let idea = signal("test-1", 0, Side::Sell, 5000.0, 5000.5, 4998.5);
    assert_eq!(reasons(&run(&config(150), &after_market(idea))), ["rr"]);
}

#[test]
fn one_es_too_large_becomes_micros_and_none_at_all_is_refused() {
    let wide = || signal("test-1", 0, Side::Sell, 5000.0, 5004.0, 4990.0);
    let output = run(&config(150), &after_market(wide()));
    let order = orders(&output)[0];
    // 180 dollars over 24.99 a contract.
    assert_eq!((order.sym.as_str(), order.qty), ("MESH24", 7));
    let mut no_micro = config(150);
    no_micro.risk.allow_micro = false;
    let output = run(&no_micro, &after_market(wide()));
    assert_eq!(reasons(&output), ["size_zero"]);
    assert_eq!(check(&output, 0, "LOSS1").ok, Some(false));
    let mut poor = config(150);
    poor.account.equity = Cents(100_000);
    assert_eq!(reasons(&run(&poor, &after_market(wide()))), ["size_zero"]);
}

#[test]
fn a_signal_acts_once_and_the_same_order_not_within_two_seconds() {
    let mut records = market(0).to_vec();
    let far = |id: &str, ms| signal(id, ms, Side::Buy, 5000.0, 4997.5, 5003.0);
    for (id, ms) in [("a", 0), ("a", 1), ("b", 2), ("c", 2001)] {
        records.extend(market(ms));
        records.push(far(id, ms).into());
    }
    let mut roomy = roomy();
    roomy.risk.open_share_max = 1.0;
    assert_eq!(reasons(&run(&roomy, &records)), ["pass", "DUP", "DUP", "pass"]);
}

#[test]
fn unresolved_orders_count_at_their_worst_and_nothing_is_entered_against_a_position() {
    let mut tight = roomy();
    tight.risk.max_pos = 1;
    tight.risk.open_share_max = 1.0;
    let mut records = after_market(purchase("a", 0));
    records.extend(market(2100));
    records.push(signal("b", 2100, Side::Buy, 5000.25, 4997.5, 5003.5).into());
    // Sent at 0 and known to be filled from 2100 on: working first, then open, it is the same one.
    assert_eq!(reasons(&run(&tight, &records)), ["pass", "POS"]);
    tight.risk.max_pos = 2;
    assert_eq!(reasons(&run(&tight, &records)), ["pass", "pass"]);
    records.pop();
    records.push(signal("b", 2100, Side::Sell, 5000.0, 5002.5, 4997.0).into());
    let output = run(&tight, &records);
    assert_eq!(reasons(&output), ["pass", "SELF"]);
    assert_eq!(check(&output, 1, "SELF").na.as_deref(), Some("opposite"));
}

#[test]
fn what_the_source_cannot_answer_passes_in_replay_and_refuses_live() {
    use StreamMode::Live;
    use StreamMode::Replay;
    use StreamPhase::Run;
    let records = |first: Record| {
        let idea = signal("a", 30 * MINUTE, Side::Buy, 5000.0, 4997.5, 5003.0);
        vec![first, bar(30, 5000.0, 5000.0, 5000.0, 5000.0), idea.into()]
    };
    let replay = run(&config(150), &records(stream(Replay, None, Run)));
    assert_eq!(reasons(&replay), ["pass"]);
    let stale = check(&replay, 0, "STALE");
    assert_eq!((stale.ok, stale.na.as_deref()), (None, Some("no_trades")));
    assert_eq!(reasons(&run(&config(150), &records(stream(Live, None, Run)))), ["STALE"]);
    // A recording of a live session is decided as it was then.
    assert_eq!(reasons(&run(&config(150), &records(stream(Replay, Some(Live), Run)))), ["STALE"]);
}

#[test]
fn nothing_is_traded_in_warm_up() {
    let warm = stream(StreamMode::Replay, None, StreamPhase::Warmup);
    let go = stream(StreamMode::Replay, None, StreamPhase::Run);
    let mut records = vec![warm];
    records.extend(after_market(purchase("a", 0)));
    records.push(go);
    records.push(purchase("b", 1).into());
    assert_eq!(reasons(&run(&config(150), &records)), ["warmup", "pass"]);
}

#[test]
fn a_day_without_regular_hours_and_an_unknown_date_trade_nothing() {
    // Martin Luther King Day 2024, 10:00 in New York.
    let holiday = 7 * 24 * 60 * MINUTE;
    let mut records = market(holiday).to_vec();
    records.push(purchase("a", holiday).into());
    let output = run(&config(150), &records);
    assert_eq!(reasons(&output), ["SESS"]);
    assert_eq!(check(&output, 0, "SESS").na.as_deref(), Some("no_rth"));
    let beyond = [trade(100 * 366 * 24 * 60 * MINUTE, 5000.0, 1)];
    let failure = drive(&mut stage(&config(150)), &beyond).unwrap_err();
    assert_eq!(failure.class, mia::wire::FailureClass::Config);
}

#[test]
fn orders_and_account_facts_of_others_are_dropped() {
    let mut stray = bracket("x", 0, Side::Buy, 1, 5000.0, 4990.0, 5010.0);
    stray.by = By::Signal;
    assert!(admit(&stray).is_err());
    let mut stage = stage(&config(150));
    let output = drive(&mut stage, &[stray.into(), trade(0, 5000.0, 1)]).unwrap();
    assert!(orders(&output).is_empty());
    assert_eq!(stage.foreign(), 1);
}

/// A purchase at 5000 that is filled at 5000.25, its stop 4997.5.
fn held(id: &str, ms: i64) -> Vec<Record> {
    let mut records = market(ms).to_vec();
    records.push(purchase(id, ms).into());
    records.extend(market(ms + 200));
    records.push(clock(ms + 400));
    records
}

/// The same, stopped out at `points`.
fn lost(id: &str, ms: i64, points: f64) -> Vec<Record> {
    let mut records = held(id, ms);
    records.push(quote(ms + 500, points, 50, points + 0.25, 50));
    records.push(trade(ms + 501, points, 1));
    records.push(clock(ms + 1000));
    records
}

#[test]
fn facts_are_written_before_the_record_that_makes_them_known() {
    let mut records = market(0).to_vec();
    records.push(purchase("a", 0).into());
    records.extend([quote(200, 5000.0, 50, 5000.25, 50), clock(299), clock(300), clock(350)]);
    let output = run(&config(150), &records);
    let told: Vec<_> = output
        .iter()
        .skip_while(|r| !matches!(r, Record::Order(_)))
        .map(|r| match r {
            Record::Acct(a) => format!("{:?} {}", a.op, (a.ts - at(0)) / 1000),
            r => format!("{} {}", r.kind(), (r.ts() - at(0)) / 1000),
        })
        .collect();
    assert_eq!(
        told,
        [
            "order 0",
            "quote 200",
            "clock 299",
            "Ack 300",
            "clock 300",
            "Fill 350",
            "Ack 350",
            "Ack 350",
            "clock 350"
        ]
    );
}

#[test]
fn the_day_ends_at_its_limit_and_begins_again_with_the_next_session() {
    // A gap of 60 points: 3000 dollars and fees.
    let mut records = lost("a", 0, 4940.0);
    for (id, ms) in [("b", 10_000), ("c", 7 * 60 * MINUTE - 1)] {
        records.extend([clock(ms - 2), clock(ms - 1)]);
        records.extend(market(ms));
        records.push(purchase(id, ms).into());
    }
    let tomorrow = 24 * 60 * MINUTE;
    records.extend([clock(tomorrow - 2), clock(tomorrow - 1)]);
    records.extend(market(tomorrow));
    records.push(purchase("d", tomorrow).into());
    let output = run(&config(150), &records);
    assert_eq!(reasons(&output), ["pass", "DAY", "DAY", "pass"]);
    let latch = accts(&output, AcctOp::Latch)[0];
    assert_eq!((latch.latches[0].as_str(), latch.reason.as_deref()), ("day", Some("day_loss")));
    // The next session opens at 18:00 in New York, eight hours after T0.
    let reset = accts(&output, AcctOp::Reset)[0];
    assert_eq!((reset.ts, reset.latches[0].as_str()), (at(8 * 60 * MINUTE), "day"));
}

#[test]
fn an_open_loss_flattens_before_the_stop_does() {
    let mut strict = config(150);
    strict.risk.day_loss_max = Cents(60_000);
    strict.risk.day_loss_r_max = 0.5;
    let mut records = held("a", 0);
    records.push(quote(500, 4998.25, 50, 4998.5, 50));
    let output = run(&strict, &records);
    let flatten = orders(&output)[1];
    assert_eq!((flatten.op, flatten.side, flatten.qty), (OrderOp::Flatten, Side::Sell, 1));
    assert_eq!((flatten.reason.as_deref(), flatten.ct), (Some("day_loss_r"), at(500)));
    assert_eq!(accts(&output, AcctOp::Latch).len(), 1);
}

#[test]
fn an_open_loss_on_bars_alone_is_seen_at_their_end() {
    let mut strict = config(150);
    strict.risk.day_loss_r_max = 0.5;
    // Bought at the open of the second bar; no low comes near the stop at 4997.5.
    let records = [
        bar(0, 5000.0, 5000.25, 4999.75, 5000.0),
        purchase("a", 0).into(),
        bar(1, 5000.0, 5000.25, 4999.75, 5000.0),
        bar(2, 5000.0, 5000.0, 4998.0, 4999.5),
        bar(3, 4999.5, 4999.5, 4998.0, 4998.5),
    ];
    let output = run(&strict, &records);
    let sent: Vec<_> = orders(&output).iter().map(|o| (o.op, o.ct, o.reason.clone())).collect();
    let flatten = (OrderOp::Flatten, at(3 * MINUTE), Some("day_loss_r".to_owned()));
    assert_eq!(sent[1..], [flatten], "not at the close of the second bar: {sent:?}");
    assert_eq!(accts(&output, AcctOp::Latch)[0].reason.as_deref(), Some("day_loss_r"));
}

#[test]
fn four_losses_in_a_row_end_the_day() {
    let mut records = Vec::new();
    for n in 0..5 {
        records.extend(lost(&format!("l{n}"), n * 10_000, 4997.5));
    }
    let mut roomy = roomy();
    roomy.risk.day_loss_max = Cents(500_000);
    roomy.risk.day_loss_share_max = 0.05;
    roomy.risk.day_loss_r_max = 100.0;
    roomy.account.equity = Cents(50_000_000);
    let output = run(&roomy, &records);
    assert_eq!(reasons(&output), ["pass", "pass", "pass", "pass", "DAY"]);
    assert_eq!(accts(&output, AcctOp::Latch)[0].reason.as_deref(), Some("losses_in_row"));
}

#[test]
fn the_trailing_floor_flattens_and_only_a_hand_opens_again() {
    let mut floored = config(150);
    floored.risk.trailing_drawdown = Cents(20_000);
    let mut records = held("a", 0);
    records.push(quote(500, 4996.0, 50, 4996.25, 50));
    records.extend(market(60_000));
    records.push(purchase("b", 60_000).into());
    let mut stage = stage(&floored);
    let mut written = Written::default();
    let mut flow = Flow::Pass;
    for record in &records {
        flow = stage.on_record(record, &mut written).unwrap();
    }
    let latch = accts(&written.0, AcctOp::Latch)[0];
    assert_eq!(latch.reason.as_deref(), Some("trailing_drawdown"));
    assert_eq!((latch.latches[0].as_str(), latch.ts), ("manual", at(500)));
    let flatten = orders(&written.0)[1];
    assert_eq!(
        (flatten.op, flatten.reason.as_deref()),
        (OrderOp::Flatten, Some("trailing_drawdown"))
    );
    // Flat again, it ends with 6; an entry would be refused all the same.
    assert_eq!(reasons(&written.0).last(), Some(&"KILL"));
    assert!(matches!(flow, Flow::Pass | Flow::Stop(6)), "{flow:?}");
}

#[test]
fn the_largest_drawdown_latches_at_its_share_and_not_before() {
    let with = |share: f64| {
        let mut config = config(150);
        config.risk.drawdown_share_max = share;
        config.risk.day_loss_r_max = 100.0;
        let mut records = held("a", 0);
        records.push(quote(500, 4998.25, 50, 4998.5, 50));
        let output = run(&config, &records);
        accts(&output, AcctOp::Latch).first().and_then(|latch| latch.reason.clone())
    };
    // A purchase at 5000.25 marked at 4998.25: 100 dollars and a fee of 2.25 of 100,000.
    assert_eq!(with(0.001_02).as_deref(), Some("max_drawdown"));
    assert_eq!(with(0.001_03), None);
}

#[test]
fn vector_29_trailing_floor() {
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("reference-vectors/29_risk.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let dollars = |value: &serde_json::Value| Cents::from_dollars(value.as_f64().unwrap()).unwrap();
    let marks: Vec<Cents> = vector["equity"].as_array().unwrap().iter().map(dollars).collect();
    let lock = Cents::from_dollars(50_000.0);
    for (key, lock) in [("trailing", None), ("trailing_locked", lock)] {
        let distance = Cents::from_dollars(2000.0).unwrap();
        let (floor, mut high_water) = (TrailingFloor::new(distance, lock), marks[0]);
        let rows = vector[key].as_array().unwrap();
        assert_eq!(rows.len(), marks.len());
        for (equity, row) in marks.iter().zip(rows) {
            high_water = high_water.max(*equity);
            assert_eq!(high_water, dollars(&row[0]), "{key} {equity:?}");
            assert_eq!(floor.under(high_water), dollars(&row[1]), "{key} {equity:?}");
            let breached = *equity <= floor.under(high_water);
            assert_eq!(breached, row[2].as_bool().unwrap(), "{key} {equity:?}");
        }
    }
}

#[test]
fn vector_23_kelly() {
    let Some(dir) = data::dir() else { return };
    let text =
        std::fs::read_to_string(dir.join("reference-vectors/23_kelly_targets.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = vector["kelly"].as_array().unwrap();
    assert!(cases.len() >= 5);
    for case in cases {
        let number = |key: &str| case[key].as_f64().unwrap();
        let (wins, n) = (case["wins"].as_u64().unwrap(), case["n"].as_u64().unwrap());
        let (p, b) = (number("p"), number("b"));
        let close = |value: f64, key: &str| {
            assert!((value - number(key)).abs() < 1e-9, "{key}: {value} in {case}");
        };
        close(kelly(p, b).unwrap(), "kelly");
        close(shrinkage(p, b, n).unwrap(), "bm_shrink");
        let low = win_rate_low(wins, n - wins);
        close(low, "p_lo5");
        close(kelly(low, b).unwrap().max(0.0), "kelly_lo5");
        close(0.25 * kelly(low, b).unwrap().max(0.0), "quarter_kelly_lo5");
    }
}

#[derive(Default)]
struct Written(Vec<Record>);

impl Emit for Written {
    fn before(&mut self, record: &Record) {
        self.0.push(record.clone());
    }
    fn after(&mut self, record: &Record) {
        self.0.push(record.clone());
    }
}

#[test]
fn the_kill_switch_flattens_latches_and_ends_once_flat() {
    let mut stage = stage(&config(150));
    let mut written = Written::default();
    drive(&mut stage, &held("a", 0)).unwrap();
    let kill = SideEvent::Kill { ts: at(400), reason: "by hand".into() };
    assert_eq!(stage.on_side(&kill, &mut written).unwrap(), Flow::Pass);
    let kill_fact = accts(&written.0, AcctOp::Kill)[0];
    assert_eq!((kill_fact.latches[0].as_str(), kill_fact.ts), ("manual", at(400)));
    assert_eq!(orders(&written.0)[0].op, OrderOp::Flatten);
    // A second switch does nothing more; an entry is refused.
    let before = written.0.len();
    stage.on_side(&kill, &mut written).unwrap();
    assert_eq!(written.0.len(), before);
    stage.on_record(&purchase("b", 450).into(), &mut written).unwrap();
    assert_eq!(reasons(&written.0), ["KILL"]);
    for (record, flow) in [
        (quote(600, 5000.0, 50, 5000.25, 50), Flow::Pass),
        (clock(749), Flow::Pass),
        (clock(750), Flow::Stop(6)),
    ] {
        assert_eq!(stage.on_record(&record, &mut written).unwrap(), flow, "{record:?}");
    }
}

/// The bar that an entry was decided on ends ahead of the records: the kill has the earlier stamp.
#[test]
fn an_entry_on_its_way_does_not_open_behind_the_kill() {
    for kill in [0, 400, 999, 1000] {
        let mut stage = stage(&config(150));
        let mut written = Written::default();
        for record in market(0) {
            stage.on_record(&record, &mut written).unwrap();
        }
        stage.on_record(&purchase("a", 1000).into(), &mut written).unwrap();
        assert_eq!(orders(&written.0).len(), 1, "the entry leaves");
        let kill = SideEvent::Kill { ts: at(kill), reason: "by hand".into() };
        assert_eq!(stage.on_side(&kill, &mut written).unwrap(), Flow::Pass);
        let ended = [600, 1000, 1200, 1300, 1500, 2000]
            .iter()
            .flat_map(|ms| market(*ms))
            .any(|record| stage.on_record(&record, &mut written).unwrap() == Flow::Stop(6));
        assert!(ended && stage.ledger().is_idle(), "{:?}", stage.ledger());
        assert!(accts(&written.0, AcctOp::Fill).is_empty(), "{:?}", written.0);
        assert_eq!(orders(&written.0).len(), 2, "one flatten is enough");
    }
}

#[test]
fn a_kill_while_flat_ends_at_once() {
    let mut stage = stage(&config(150));
    let mut written = Written::default();
    let kill = SideEvent::Kill { ts: at(0), reason: "by hand".into() };
    assert_eq!(stage.on_side(&kill, &mut written).unwrap(), Flow::Stop(6));
    assert_eq!(orders(&written.0).len(), 0);
}

#[test]
fn positions_are_flat_by_the_hour_and_earlier_on_early_closes() {
    let hour = |records: &[Record]| {
        let output = run(&config(150), records);
        let flatten = orders(&output).into_iter().find(|o| o.op == OrderOp::Flatten).cloned();
        flatten.map(|o| (o.ct, o.reason.unwrap()))
    };
    let day = |ms: i64, end: i64| {
        let mut records = held("a", ms);
        records.extend([trade(end - 1, 5000.0, 1), trade(end + 3, 5000.0, 1)]);
        records
    };
    let end = 358 * MINUTE;
    assert_eq!(hour(&day(340 * MINUTE, end)), Some((at(end + 3), "flat_by".into())));
    // 2023-11-24, 45 days before: the market closes at 13:00.
    let friday = -45 * 24 * 60 * MINUTE;
    let early = friday + 178 * MINUTE;
    assert_eq!(hour(&day(friday, early)), Some((at(early + 3), "flat_by".into())));
    // Without records at that hour the position is closed when the next session begins.
    let mut gap = held("a", 340 * MINUTE);
    let morning = 20 * 60 * MINUTE;
    gap.extend([trade(morning - 1, 5000.0, 1), trade(morning, 5000.0, 1)]);
    assert_eq!(hour(&gap), Some((at(morning), "flat_by".into())));
}

#[test]
fn a_trade_is_held_as_long_as_its_signal_allows() {
    let mut idea = purchase("a", 0);
    idea.manage.hold_min = Some(2);
    let mut records = after_market(idea);
    records.extend(market(200));
    // Filled at 200 ms: two minutes later it is over.
    records.extend([clock(200 + 2 * MINUTE - 1), clock(200 + 2 * MINUTE), clock(210 + 2 * MINUTE)]);
    let output = run(&config(150), &records);
    let sent = orders(&output);
    assert_eq!(sent.len(), 2);
    assert_eq!((sent[1].op, sent[1].reference.as_deref()), (OrderOp::Flatten, Some("o:a")));
    assert_eq!((sent[1].ct, sent[1].reason.as_deref()), (at(200 + 2 * MINUTE), Some("hold")));
}

#[test]
fn an_exit_closes_its_own_position_even_if_the_day_is_over() {
    let exit = |id: &str, ms| Signal { op: SignalOp::Exit, ..purchase(id, ms) };
    let mut records = held("a", 0);
    records.push(exit("b", 500).into());
    records.push(exit("a", 500).into());
    records.push(exit("a", 501).into());
    records.push(quote(800, 5000.0, 50, 5000.25, 50));
    records.push(clock(1000));
    records.push(exit("a", 1001).into());
    let output = run(&config(150), &records);
    assert_eq!(reasons(&output), ["pass", "no_position", "pass", "DUP", "no_position"]);
    let exit = orders(&output)[1];
    assert_eq!((exit.op, exit.reference.as_deref()), (OrderOp::Flatten, Some("o:a")));
    let fills: Vec<_> = accts(&output, AcctOp::Fill).iter().map(|a| a.leg.unwrap()).collect();
    assert_eq!(fills, [Leg::Entry, Leg::Flatten]);
}

#[test]
fn after_the_first_target_the_stop_goes_to_the_entry() {
    let mut idea = signal("a", 0, Side::Buy, 5000.0, 4998.5, 5002.0);
    idea.targets.push(px(5010.0));
    idea.manage.be_after_t1 = true;
    let mut rich = roomy();
    rich.account.equity = Cents(50_000_000);
    rich.risk.trade_risk_max = Cents(100_000);
    rich.risk.day_loss_max = Cents(300_000);
    let mut records = after_market(idea);
    records.extend([
        quote(200, 5000.0, 50, 5000.25, 50),
        trade(300, 5002.25, 1),
        quote(301, 5002.0, 50, 5002.25, 50),
        clock(500),
        trade(700, 5000.25, 1),
        clock(900),
    ]);
    let output = run(&rich, &records);
    let sent = orders(&output);
    assert_eq!((sent[0].qty, sent[0].targets.len()), (2, 2));
    assert_eq!((sent[1].op, sent[1].stop), (OrderOp::Amend, Some(px(5000.25))));
    assert_eq!(sent[1].reason.as_deref(), Some("break_even"));
    let fills: Vec<_> =
        accts(&output, AcctOp::Fill).iter().map(|a| (a.leg.unwrap(), a.px.unwrap())).collect();
    // The bid of 5002 had left the stop behind: it trades with the print.
    assert_eq!(
        fills,
        [(Leg::Entry, px(5000.25)), (Leg::Target, px(5002.0)), (Leg::Stop, px(5000.0))]
    );
}

#[test]
fn explain_says_why_on_request() {
    let options = RiskOptions { explain: true, ..RiskOptions::default() };
    let mut stage = RiskStage::new(&config(150), Calendar::builtin().unwrap(), options).unwrap();
    let records = after_market(purchase("a", 3500));
    let output = drive(&mut stage, &records).unwrap();
    let Some(Record::Explain(explain)) = output.last() else { panic!("an explanation") };
    assert_eq!((explain.decision.as_str(), explain.failed.as_deref()), ("reject", Some("STALE")));
    assert_eq!(explain.dist, Some(Num(10.0)));
}
