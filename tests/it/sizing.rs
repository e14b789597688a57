//! mia-risk: what shrinks a trade, stops that follow, partial targets, the gateway's restart.

use crate::data;
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
use mia::config::Config;
use mia::config::TargetRule;
use mia::config::TrailRule;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Px;
use mia::market::Side;
use mia::market::Sym;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::risk::VolTarget;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::Bar;
use mia::wire::By;
use mia::wire::DailyStats;
use mia::wire::Explain;
use mia::wire::FEATURE_NAMES;
use mia::wire::Index;
use mia::wire::Kind;
use mia::wire::Leg;
use mia::wire::Num;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::Signal;
use mia::wire::Src;
use mia::wire::TradeFlags;
use mia::wire::Verdict;
use mia::wire::codec;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::Distribution;
use rand_distr::Normal;

fn stage(config: &Config) -> RiskStage {
    let options = RiskOptions { explain: true, ..RiskOptions::default() };
    RiskStage::new(config, Calendar::builtin().unwrap(), options).unwrap()
}

fn run(config: &Config, records: &[Record]) -> Vec<Record> {
    drive(&mut stage(config), records).unwrap()
}

fn verdicts(output: &[Record]) -> Vec<&Verdict> {
    output.iter().filter_map(|r| if let Record::Verdict(v) = r { Some(v) } else { None }).collect()
}

pub fn orders(output: &[Record]) -> Vec<&Order> {
    output.iter().filter_map(|r| if let Record::Order(o) = r { Some(o) } else { None }).collect()
}

fn explains(output: &[Record]) -> Vec<&Explain> {
    output.iter().filter_map(|r| if let Record::Explain(e) = r { Some(e) } else { None }).collect()
}

fn accts(output: &[Record]) -> impl Iterator<Item = &Acct> {
    output.iter().filter_map(|r| if let Record::Acct(a) = r { Some(a) } else { None })
}

fn reasons(output: &[Record]) -> Vec<&str> {
    verdicts(output).iter().map(|v| v.reason.as_deref().unwrap_or("pass")).collect()
}

/// Fresh prices at `ms`: the bid, a tick above it the ask, a trade at the bid.
pub fn market(ms: i64, bid: f64) -> [Record; 2] {
    [quote(ms, bid, 50, bid + 0.25, 50), trade(ms, bid, 1)]
}

fn vix(ms: i64, value: f64) -> Record {
    let (sym, src) = (Sym::new("VIX").unwrap(), Src::Syn);
    Index { ts: at(ms), sym, px: px(value), src, rx: None, flags: TradeFlags::default() }.into()
}

/// Features of a bar's end at `ms`, with auxiliaries as members of a JSON object.
pub fn features(ms: i64, close: f64, x: &str) -> Record {
    let values: Vec<String> = FEATURE_NAMES.iter().map(|name| format!("\"{name}\":null")).collect();
    let line = format!(
        "{{\"t\":\"features\",\"ts\":{ts},\"sym\":\"ESH24\",\"by\":\"features\",\"ct\":{ct},\"fv\":1,\
         \"px\":{close},\"f\":{{{}}},\"x\":{{\"phase\":\"rth\"{}{x}}},\"why\":{{}},\"n\":1}}",
        values.join(","),
        if x.is_empty() { "" } else { "," },
        ts = at(ms),
        ct = at(ms + 1),
    );
    codec::decode(Kind::Features, line.as_bytes()).unwrap()
}

/// A closed bar of mia-features.
fn bar(minute: i64, high: f64, low: f64, close: f64) -> Record {
    Bar {
        ts: at(minute * MINUTE),
        sym: es(),
        by: Some(By::Features),
        ct: Some(at(minute * MINUTE + 1)),
        dur: 60,
        o: px(low),
        h: px(high),
        l: px(low),
        c: px(close),
        v: 100,
        bv: None,
        av: None,
        n: None,
        src: None,
        flags: TradeFlags::default(),
    }
    .into()
}

/// 10 ticks of risk, 12 of reward.
pub fn purchase(ms: i64) -> Signal {
    signal("a", ms, Side::Buy, 5000.0, 4997.5, 5003.0)
}

/// A market at `ms` after `before`, and a purchase.
fn bought(before: Vec<Record>, ms: i64) -> Vec<Record> {
    let mut records = before;
    records.extend(market(ms, 5000.0));
    records.push(purchase(ms).into());
    records
}

/// Limits that leave room for two contracts of ES.
pub fn wealthy() -> Config {
    let mut config = config(150);
    config.account.equity = Cents(100_000_000);
    config.risk.mode = mia::config::RiskMode::Aggressive;
    config.risk.trade_risk_max = Cents(1_000_000);
    config.risk.day_loss_max = Cents(10_000_000);
    (config.risk.left_share_max, config.risk.open_share_max) = (1.0, 1.0);
    config
}

fn factors(verdict: &Verdict) -> Vec<(&str, f64)> {
    verdict.factors.iter().map(|(name, factor)| (name.as_ref(), factor.0)).collect()
}

/// What LOSS1 held the loss against, dollars.
fn budget(verdict: &Verdict) -> f64 {
    verdict.checks.iter().find(|check| check.code == "LOSS1").unwrap().limit.unwrap().0
}

fn same(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn every_factor_in_force_shrinks_the_budget_and_is_told() {
    let calm = run(&config(150), &bought(Vec::new(), 0));
    assert!(verdicts(&calm)[0].factors.is_empty());
    let full = budget(verdicts(&calm)[0]);
    same(full, 180.0);
    // 13:00 in New York: the afternoon of profile paper.
    let ms = 180 * MINUTE;
    let walls = features(ms, 5000.0, "\"atr\":2.0,\"call_wall\":5000.75,\"put_wall\":4980.0");
    let mut records = vec![vix(ms - 1000, 24.0), walls];
    records.push(quote(ms, 5000.0, 50, 5000.75, 50));
    records.extend([trade(ms, 5000.0, 1), purchase(ms).into()]);
    let output = run(&config(150), &records);
    let verdict = verdicts(&output)[0];
    let expected = [("session", 0.8), ("spread", 0.8), ("vix", 0.5), ("wall", 0.5)];
    assert_eq!(factors(verdict), expected);
    same(budget(verdict), full * 0.8 * 0.8 * 0.5 * 0.5);
    assert!(verdict.qty < verdicts(&calm)[0].qty * 10);
    let saw = &explains(&output)[0].saw;
    same(saw["factor"].0, 0.16);
    same(saw["budget"].0, full);
    same(saw["factor_wall"].0, 0.5);
    same(saw["atr_ticks"].0, 8.0);
}

#[test]
fn a_band_by_fallback_or_an_old_vix_sets_no_size() {
    let names = |before: Vec<Record>| {
        let output = run(&config(150), &bought(before, 301_000));
        factors(verdicts(&output)[0]).iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()
    };
    assert!(names(vec![vix(0, 24.0)]).is_empty());
    assert_eq!(names(vec![vix(1000, 24.0)]), ["vix"]);
    let iv = |value: &str| features(240_000, 5000.0, &format!("\"atm_iv\":{value}"));
    assert_eq!(names(vec![iv("0.25")]), ["vix"]);
    assert!(names(vec![iv("0.2")]).is_empty());
    // The VIX, while young, goes before the options' volatility.
    assert!(names(vec![vix(1000, 14.0), iv("0.25")]).is_empty());
}

#[test]
fn an_extreme_band_leaves_nothing() {
    let output = run(&config(150), &bought(vec![vix(-1000, 36.0)], 0));
    let verdict = verdicts(&output)[0];
    assert_eq!(factors(verdict), [("vix", 0.0)]);
    assert!(!verdict.pass && verdict.qty == 0 && orders(&output).is_empty());
}

#[test]
fn vector_24_the_volatility_target_gives_its_drawdowns() {
    const PATHS: usize = 2000;
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("reference-vectors/24_mdd_sim.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    // An account so large that whole contracts do not matter; one contract scatters 40 ticks a day.
    let (equity, sd) = (Cents(100_000_000_000), 40.0);
    let instrument = Config::default().instrument_named("ES").unwrap();
    let daily = DailyStats { n: 20, w: Num(1.0), x: Num(0.0), x2: Num(sd * sd), today: Num(0.0) };
    for (sharpe, target) in [("0", 0.06), ("0.75", 0.06), ("1.5", 0.06), ("1.5", 0.1)] {
        let key = format!("SR={sharpe},vol={target}");
        let rule = VolTarget { target, sessions_min: 20 };
        let contracts = rule.contracts(equity, Some(&daily), &instrument).unwrap();
        let mean = sharpe.parse::<f64>().unwrap() * sd / 252.0_f64.sqrt();
        let day = Normal::new(mean, sd).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(24);
        let mut worst: Vec<f64> = (0..PATHS)
            .map(|_| {
                let (mut sum, mut peak, mut deepest) = (0.0_f64, 0.0_f64, 0.0_f64);
                for _ in 0..252 {
                    sum += day.sample(&mut rng);
                    peak = peak.max(sum);
                    deepest = deepest.max(peak - sum);
                }
                deepest * contracts as f64 * instrument.tick_value.dollars() / equity.dollars()
            })
            .collect();
        worst.sort_by(f64::total_cmp);
        for (at, p) in [0.5, 0.9, 0.95].into_iter().enumerate() {
            let expected = vector["q"][&key][at].as_f64().unwrap();
            let found = worst[(p * PATHS as f64) as usize];
            // Three standard errors of a quantile of 2000 against one of 8000.
            assert!((found / expected - 1.0).abs() < 0.07, "{key} {p}: {found} and {expected}");
        }
    }
}

#[test]
fn after_enough_sessions_the_own_results_cap_the_size() {
    const DAY: i64 = 24 * 60 * MINUTE;
    let mut config = wealthy();
    config.risk.vol_sessions_min = 2;
    config.risk.vol_target = 0.001;
    // Two contracts lose about 241 points each on Monday; nothing on Tuesday.
    let mut records = bought(Vec::new(), 0);
    records.extend(market(200, 5000.0));
    records.push(clock(400));
    records.extend(market(500, 4760.0));
    records.extend(market(501, 4760.0));
    records.push(clock(1000));
    records.extend([clock(DAY - 2), clock(DAY - 1)]);
    records.extend(market(DAY, 5000.0));
    records.extend([clock(2 * DAY - 2), clock(2 * DAY - 1)]);
    records.extend(bought(Vec::new(), 2 * DAY));
    let signal = |r: &mut Record| {
        if let Record::Signal(signal) = r
            && signal.ct > at(0)
        {
            signal.id = "b".into();
        }
    };
    records.iter_mut().for_each(signal);
    let mut stage = stage(&config);
    let output = drive(&mut stage, &records).unwrap();
    let daily = stage.ledger().stats().daily.unwrap();
    assert_eq!(daily.n, 2);
    assert!(daily.x.0 < -900.0, "{daily:?}");
    let told = explains(&output);
    assert!(!told[0].saw.contains_key("vol_contracts"), "nothing is known on the first day");
    // 1000 dollars a year over sqrt(252) x about 480 ticks x 1.25: a tenth of a micro.
    same(told[1].saw["vol_contracts"].0, 0.0);
    let of_second = verdicts(&output)[1];
    assert_eq!((of_second.reason.as_deref(), of_second.qty), (Some("size_zero"), 0));
}

/// A position bought at 5000.25 with a stop at 4997.5 that follows at `trail` ATR.
pub fn following(trail: f64) -> Vec<Record> {
    let mut idea = purchase(0);
    idea.manage.trail = Some(Num(trail));
    idea.targets = vec![px(5100.0)];
    let mut records = market(0, 5000.0).to_vec();
    records.push(idea.into());
    records.extend(market(200, 5000.0));
    records.push(clock(400));
    records
}

/// The close of a minute at `close` with an ATR of one point, and a second later.
pub fn minute(minute: i64, close: f64) -> Vec<Record> {
    let ms = minute * MINUTE;
    let mut records = market(ms - 1, close).to_vec();
    records.push(features(ms, close, "\"atr\":1.0"));
    records.extend(market(ms + 1, close));
    records.push(clock(ms + 1000));
    records
}

pub fn moves(output: &[Record]) -> Vec<(&str, Px)> {
    let amends = orders(output).into_iter().filter(|order| order.op == OrderOp::Amend);
    amends.map(|o| (o.reason.as_deref().unwrap(), o.stop.unwrap())).collect()
}

#[test]
fn a_stop_follows_the_closes_at_two_atr_and_only_tightens() {
    let mut records = following(2.0);
    for (at, close) in [(1, 5001.0), (2, 5002.5), (3, 5001.0), (4, 5002.75), (5, 5004.0)] {
        records.extend(minute(at, close));
    }
    // The stop follows to 5002 and is hit there.
    records.extend(market(6 * MINUTE, 5002.0));
    records.push(clock(6 * MINUTE + 400));
    let output = run(&config(150), &records);
    // 5001 less 2 is 4999; 5001 would loosen now, 5002.75 is one tick and less than a step.
    let expected = [4999.0, 5000.5, 5002.0].map(|stop| ("trail", px(stop)));
    assert_eq!(moves(&output), expected);
    let amend = orders(&output)[1];
    assert_eq!((amend.ts, amend.ct), (at(MINUTE), at(MINUTE + 1)));
    assert_eq!(amend.id, format!("t:a:{}", at(MINUTE + 1)));
    assert_eq!((amend.reference.as_deref(), amend.side), (Some("o:a"), Side::Sell));
    let stopped = accts(&output).find(|a| a.op == AcctOp::Fill && a.leg == Some(Leg::Stop));
    assert_eq!(stopped.unwrap().px, Some(px(5001.75)));
}

#[test]
fn a_stop_follows_the_extreme_of_three_bars() {
    let mut bars = config(150);
    bars.risk.trail = TrailRule::Bars;
    let mut records = following(2.0);
    for (at, low) in [(1, 5001.0), (2, 5001.5), (3, 5002.0), (4, 5002.5), (5, 5001.75)] {
        records.push(bar(at, low + 2.0, low, low + 1.0));
        records.extend(market(at * MINUTE + 1, low + 1.0));
        records.push(clock(at * MINUTE + 1000));
    }
    // Nothing before there are three; then the lowest low of three.
    assert_eq!(moves(&run(&bars, &records)), [5001.0, 5001.5].map(|stop| ("trail", px(stop))));
}

#[test]
fn a_trade_whose_stop_the_market_has_passed_is_closed_not_amended() {
    let mut records = following(2.0);
    // The bar closed at 5004, but the market fell to 5001.5 before anything could be sent.
    records.extend(market(MINUTE - 1, 5001.5));
    records.push(features(MINUTE, 5004.0, "\"atr\":1.0"));
    records.extend(market(MINUTE + 1, 5001.5));
    records.extend(market(MINUTE + 400, 5001.5));
    records.push(clock(MINUTE + 1000));
    let output = run(&config(150), &records);
    assert!(moves(&output).is_empty());
    let last = orders(&output)[1];
    assert_eq!((last.op, last.reason.as_deref()), (OrderOp::Flatten, Some("trail")));
    assert!(accts(&output).any(|a| a.op == AcctOp::Fill && a.leg == Some(Leg::Flatten)));
    assert_eq!(orders(&output).len(), 2);
}

#[test]
fn a_market_that_gets_there_before_the_move_ends_the_trade() {
    let mut records = following(2.0);
    records.extend(market(MINUTE - 1, 5001.0));
    records.push(features(MINUTE, 5001.0, "\"atr\":1.0"));
    // The move to 4999 arrives at 151 ms; a print at 4998.75 comes first, the old stop is 4997.5.
    records.extend(market(MINUTE + 100, 4998.75));
    records.extend(market(MINUTE + 200, 4999.5));
    records.push(clock(MINUTE + 302));
    records.extend(market(MINUTE + 500, 4999.5));
    records.push(clock(MINUTE + 1000));
    let output = run(&config(150), &records);
    assert_eq!(moves(&output), [("trail", px(4999.0))]);
    let refused = accts(&output).find(|a| a.op == AcctOp::Reject).unwrap();
    assert_eq!(refused.reason.as_deref(), Some("stop_through_market"));
    let last = orders(&output)[2];
    assert_eq!((last.op, last.reason.as_deref()), (OrderOp::Flatten, Some("trail")));
    assert_eq!((last.id.as_str(), last.ct), ("t:a:out", at(MINUTE + 302)));
    assert!(accts(&output).any(|a| a.op == AcctOp::Fill && a.leg == Some(Leg::Flatten)));
}

#[test]
fn one_move_is_under_way_at_a_time() {
    let mut records = following(2.0);
    // Answers take longer than a bar: 40 s each way.
    for (at, close) in [(3, 5002.0), (4, 5004.0), (5, 5006.0), (6, 5008.0)] {
        records.extend(minute(at, close));
    }
    let mut slow = config(40_000);
    slow.risk.quote_age_ms_max = 600_000;
    let mut idea = following(2.0);
    if let Record::Signal(signal) = &mut idea[2] {
        signal.expires = at(10 * MINUTE);
    }
    idea.extend(market(41_000, 5000.0));
    idea.push(clock(2 * MINUTE));
    idea.extend(records.split_off(6));
    let output = run(&slow, &idea);
    // Sent at 3 min, known at 4:20; the next is sent at 5 min, known at 6:20.
    assert_eq!(moves(&output), [("trail", px(5000.0)), ("trail", px(5004.0))]);
}

#[test]
fn two_contracts_leave_at_two_and_three_r_and_the_rest_is_safe_after_the_first() {
    let mut config = wealthy();
    config.risk.targets = TargetRule::TwoAndThreeR;
    let mut idea = purchase(0);
    idea.manage.be_after_t1 = true;
    let mut records = market(0, 5000.0).to_vec();
    records.push(idea.into());
    records.extend(market(200, 5000.0));
    records.push(clock(400));
    records.extend([quote(1000, 5005.25, 50, 5005.5, 50), trade(1001, 5005.25, 5), clock(2000)]);
    let output = run(&config, &records);
    let order = orders(&output)[0];
    assert_eq!((order.qty, order.targets.clone()), (2, vec![px(5005.0), px(5007.5)]));
    let targets: Vec<_> =
        accts(&output).filter(|a| a.op == AcctOp::Ack && a.leg == Some(Leg::Target)).collect();
    assert_eq!(targets.iter().map(|a| a.qty.unwrap()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(moves(&output), [("break_even", px(5000.25))]);
    // The same with one contract: everything leaves at the first.
    config.risk.max_order = 1;
    let one = run(&config, &records);
    assert_eq!((orders(&one)[0].qty, orders(&one)[0].targets.clone()), (1, vec![px(5005.0)]));
    assert!(moves(&one).is_empty());
}

#[test]
fn nothing_is_entered_or_open_around_the_gateways_restart() {
    // 11:00 in New York is an hour after T0; 09:45 in New York is 23:45 in Tokyo.
    let mut config = config(150);
    config.session.gateway_restart = "11:00 America/New_York".into();
    let entry = |ms: i64| bought(Vec::new(), ms);
    let reason = |config: &Config, ms: i64| {
        let output = run(config, &entry(ms));
        reasons(&output).first().map(|reason| (*reason).to_owned()).unwrap()
    };
    assert_eq!(reason(&config, 50 * MINUTE - 1), "pass");
    assert_eq!(reason(&config, 50 * MINUTE), "gateway_restart");
    assert_eq!(reason(&config, 65 * MINUTE - 1), "gateway_restart");
    assert_eq!(reason(&config, 65 * MINUTE), "pass");
    let mut tokyo = config.clone();
    tokyo.session.gateway_restart = "23:45 Asia/Tokyo".into();
    assert_eq!(reason(&tokyo, -15 * MINUTE), "gateway_restart");
    assert_eq!(reason(&tokyo, 50 * MINUTE), "pass");
    // What is open five minutes before is closed, at the first record if there was none.
    let mut records = entry(0);
    records.extend(market(200, 5000.0));
    records.push(clock(400));
    records.extend([clock(55 * MINUTE - 1), clock(55 * MINUTE), clock(56 * MINUTE)]);
    let output = run(&config, &records);
    let flatten = orders(&output)[1];
    assert_eq!((flatten.op, flatten.ct), (OrderOp::Flatten, at(55 * MINUTE)));
    assert_eq!(flatten.reason.as_deref(), Some("gateway_restart"));
    assert_eq!(orders(&output).len(), 2, "once");
}

#[test]
fn a_position_over_midnight_does_not_see_the_restart() {
    let mut config = config(150);
    config.session.gateway_restart = "00:15 America/New_York".into();
    let midnight = 14 * 60 * MINUTE;
    let mut records = bought(Vec::new(), 0);
    records.extend(market(200, 5000.0));
    records.push(clock(400));
    config.session.flat_by = "23:59".into();
    // Kept past the close of the day: the first record of the next trade date flattens anyway.
    records.extend([clock(midnight), clock(midnight + 10 * MINUTE)]);
    let output = run(&config, &records);
    assert_eq!(orders(&output)[1].reason.as_deref(), Some("gateway_restart"));
}

#[test]
fn a_later_run_goes_on_with_what_a_bracket_asked_for() {
    let mut records = following(2.0);
    if let Record::Signal(signal) = &mut records[2] {
        signal.manage.hold_min = Some(30);
    }
    let first = run(&config(150), &records);
    let manage = orders(&first)[0].manage.clone().unwrap();
    assert_eq!((manage.hold_min, manage.trail), (Some(30), Some(Num(2.0))));
    // The journal of mia-exec: the order and what came of it.
    let mut later = stage(&config(150));
    for record in &first {
        if matches!(record, Record::Order(_) | Record::Acct(_)) {
            later.remember(record).unwrap();
        }
    }
    let mut rest = minute(1, 5001.0);
    rest.extend(minute(31, 5001.0));
    let output = drive(&mut later, &rest).unwrap();
    assert_eq!(moves(&output), [("trail", px(4999.0))]);
    let last = orders(&output)[1];
    assert_eq!((last.op, last.reason.as_deref()), (OrderOp::Flatten, Some("hold")));
}

proptest! {
    /// Every limit at its default: an account with more equity never trades less, a wider stop never
    /// more; and the order is the same for the mirrored and the shifted market.
    #[test]
    fn more_equity_never_buys_less_and_a_wider_stop_never_more(
        (equity, more) in (2_500_000_i64..40_000_000, 0_i64..20_000_000),
        (distance, wider) in (4_i64..30, 0_i64..10),
        shift in -4000_i64..4000,
    ) {
        let size = |equity: i64, distance: i64, side: Side, shift: i64| {
            let mut config = config(150);
            config.account.equity = Cents(equity);
            let sign = if side == Side::Buy { 1 } else { -1 };
            let points = |ticks: i64| (20_000 + shift + sign * ticks) as f64 / 4.0;
            let idea = signal("a", 0, side, points(0), points(-distance), points(120));
            let bid = if sign > 0 { points(0) } else { points(0) - 0.25 };
            let mut records = market(0, bid).to_vec();
            records.push(idea.into());
            let output = run(&config, &records);
            orders(&output).first().map_or(0, |order| {
                order.qty * if order.sym == es() { 10 } else { 1 }
            })
        };
        let told = size(equity, distance, Side::Buy, 0);
        prop_assert!(size(equity + more, distance, Side::Buy, 0) >= told);
        prop_assert!(size(equity, distance + wider, Side::Buy, 0) <= told);
        prop_assert_eq!(size(equity, distance, Side::Sell, 0), told);
        prop_assert_eq!(size(equity, distance, Side::Buy, shift), told);
    }
}

/// A tick up or down, an ATR, and how long answers take.
fn path() -> impl Strategy<Value = (Vec<(i64, f64)>, i64)> {
    let minute = (-14_i64..16, 0.25_f64..4.0);
    (prop::collection::vec(minute, 1..25), prop::sample::select(vec![0_i64, 150, 20_000, 50_000]))
}

/// The stops sent over a path of closes, in ticks from the centre: what is told is the same for the
/// mirrored path of the other side.
fn stops_over(side: Side, steps: &[(i64, f64)], latency: i64) -> Vec<(i64, &'static str)> {
    const CENTRE: i64 = 20_000;
    let sign = if side == Side::Buy { 1 } else { -1 };
    let points = |ticks: i64| (CENTRE + sign * ticks) as f64 / 4.0;
    let mut config = config(latency);
    config.risk.trade_age_ms_max = 600_000;
    config.risk.quote_age_ms_max = 600_000;
    let mut idea = signal("a", 0, side, points(0), points(-30), points(4000));
    idea.manage.trail = Some(Num(2.0));
    idea.expires = at(10 * MINUTE);
    // The touch that closes the position stands at the path's price.
    let prices = |ms: i64, ticks: i64| {
        let near = points(ticks);
        let (bid, ask) = if sign > 0 { (near, near + 0.25) } else { (near - 0.25, near) };
        [quote(ms, bid, 50, ask, 50), trade(ms, near, 1)]
    };
    let mut records = prices(0, 0).to_vec();
    records.push(idea.into());
    records.extend(prices(latency + 1, 0));
    records.push(clock(2 * MINUTE));
    let (mut ticks, mut ms, mut market) = (0, 2 * MINUTE, Vec::new());
    for (change, atr) in steps {
        ticks += change;
        ms += MINUTE;
        // The market of the decision is that of the minute before and a part of the change.
        records.extend(prices(ms - 1000, ticks - change / 3));
        market.push((at(ms + 1), ticks - change / 3));
        records.push(features(ms, points(ticks), &format!("\"atr\":{atr}")));
        records.extend(prices(ms + 1, ticks));
    }
    let output = run(&config, &records);
    let (mut stop, mut waiting, mut told) = (-30, None, Vec::new());
    for record in &output {
        match record {
            Record::Order(order) if order.op == OrderOp::Amend => {
                let to = sign * ((order.stop.unwrap().points() * 4.0) as i64 - CENTRE);
                assert!(to >= stop + 2, "a step tighter");
                assert_eq!(waiting.replace(order.stop), None, "one at a time");
                let (_, market) = market.iter().find(|(ct, _)| *ct == order.ct).unwrap();
                assert!(to < *market, "behind the market");
                stop = to;
                told.push((to, "to"));
            }
            Record::Order(order) if order.op == OrderOp::Flatten => told.push((0, "leave")),
            Record::Acct(a)
                if a.op == AcctOp::Ack && a.leg == Some(Leg::Stop) && waiting == Some(a.px) =>
            {
                waiting = None;
            }
            _ => {}
        }
    }
    told
}

proptest! {
    /// Through the whole stage: a stop only tightens, by whole steps, behind the market, one move at
    /// a time; and a mirrored market moves the stop of the other side alike.
    #[test]
    fn stops_only_tighten_over_any_path((steps, latency) in path()) {
        let long = stops_over(Side::Buy, &steps, latency);
        prop_assert_eq!(stops_over(Side::Sell, &steps, latency), long);
    }
}

#[test]
fn some_paths_move_and_some_leave() {
    let rising: Vec<(i64, f64)> = (0..10).map(|_| (8, 1.0)).collect();
    let told = stops_over(Side::Buy, &rising, 150);
    assert_eq!(told.len(), 10, "{told:?}");
    assert!(told.iter().all(|(_, what)| *what == "to"));
    let told = stops_over(Side::Sell, &[(20, 1.0), (90, 1.0)], 150);
    assert!(told.iter().any(|(_, what)| *what == "leave"), "{told:?}");
}
