//! The 24 checks: for each a pass, a refusal, and what cannot be answered; latches and states; incidents
//! of others.

use crate::desk::MINUTE;
use crate::desk::T0;
use crate::desk::at;
use crate::desk::bracket;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::process::feed;
use mia::config::Config;
use mia::config::Layers;
use mia::config::RiskMode;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Side;
use mia::market::Sym;
use mia::risk::AccountSource;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::risk::TradingState;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::AcctStats;
use mia::wire::By;
use mia::wire::Check;
use mia::wire::Emit;
use mia::wire::Index;
use mia::wire::Leg;
use mia::wire::Level;
use mia::wire::Levels;
use mia::wire::Num;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Position;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Signal;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Status;
use mia::wire::StatusState;
use mia::wire::Stream;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::Verdict;
use proptest::prelude::*;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// A day, milliseconds.
const DAY: i64 = 24 * 60 * MINUTE;
/// The codes of the table and the three beside STALE, in their order.
const CODES: [&str; 27] = [
    "KILL",
    "MODE",
    "STALE",
    "STALE_QUOTE",
    "STALE_OPTIONS",
    "CLOCK_SKEW",
    "BOOK",
    "SESS",
    "NEWS",
    "VOL",
    "SIZE",
    "POS",
    "NOTL",
    "COLLAR",
    "TICK",
    "DUP",
    "RATE",
    "COUNT",
    "LOSS1",
    "DAY",
    "TDD",
    "MDD",
    "STOP",
    "RECON",
    "SELF",
    "REPEAT",
    "HB",
];

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

impl Written {
    fn verdicts(&self) -> Vec<&Verdict> {
        verdicts(&self.0)
    }

    fn orders(&self) -> Vec<&Order> {
        self.0
            .iter()
            .filter_map(|r| if let Record::Order(o) = r { Some(o) } else { None })
            .collect()
    }

    /// Latches set and opened: operation, name, reason.
    fn latches(&self) -> Vec<(AcctOp, &str, &str)> {
        let accts =
            self.0.iter().filter_map(|r| if let Record::Acct(a) = r { Some(a) } else { None });
        let latches = accts.filter(|a| matches!(a.op, AcctOp::Latch | AcctOp::Reset));
        latches.map(|a| (a.op, a.latches[0].as_str(), a.reason.as_deref().unwrap_or(""))).collect()
    }
}

fn verdicts(output: &[Record]) -> Vec<&Verdict> {
    output.iter().filter_map(|r| if let Record::Verdict(v) = r { Some(v) } else { None }).collect()
}

fn stage_of(config: &Config, account: AccountSource) -> RiskStage {
    let options = RiskOptions { account, ..RiskOptions::default() };
    RiskStage::new(config, Calendar::builtin().unwrap(), options).unwrap()
}

fn stage(config: &Config) -> RiskStage {
    stage_of(config, AccountSource::Sim)
}

fn give(stage: &mut RiskStage, out: &mut Written, records: &[Record]) {
    for record in records {
        stage.on_record(record, out).unwrap();
    }
}

/// Defaults without what holds back a second trade.
fn roomy() -> Config {
    let mut config = config(150);
    config.risk.mode = RiskMode::Aggressive;
    config.risk.modes.aggressive.contracts = 20;
    config.risk.max_pos = 20;
    config.risk.positions_max = 20;
    config.risk.cooldown_min = 0;
    config.risk.repeat_max = 1000;
    config.risk.orders_second_max = 100;
    config.risk.bucket_loss_max = [Cents(100_000_000); 3];
    config.risk.bucket_trades_max = [1000; 3];
    config.risk.open_share_max = 1.0;
    config.risk.dup_ms = 0;
    config
}

fn market(ms: i64) -> [Record; 2] {
    [quote(ms, 5000.0, 50, 5000.25, 50), trade(ms, 5000.0, 1)]
}

fn purchase(id: &str, ms: i64) -> Signal {
    signal(id, ms, Side::Buy, 5000.0, 4997.5, 5003.0)
}

/// The check `code` of the last verdict over `records`.
fn last(config: &Config, records: &[Record], code: &str) -> Check {
    let output = drive(&mut stage(config), records).unwrap();
    let verdict = *verdicts(&output).last().unwrap();
    found(verdict, code)
}

fn found(verdict: &Verdict, code: &str) -> Check {
    verdict.checks.iter().find(|check| check.code == code).unwrap().clone()
}

/// Outcome and remark.
fn says(check: &Check) -> (Option<bool>, Option<&str>) {
    (check.ok, check.na.as_deref())
}

/// The usual purchase at 10:00 after `records` and a fresh market.
fn bought(records: &[Record]) -> Vec<Record> {
    let mut all = records.to_vec();
    all.extend(market(0));
    all.push(purchase("a", 0).into());
    all
}

fn stream(mode: StreamMode, origin: Option<StreamMode>, phase: StreamPhase) -> Record {
    let (ts, sym, src) = (at(0), es(), Src::Ibkr);
    let (run, tool) = ("test".into(), "test".into());
    Stream { ts, sym, v: 1, src, mode, phase, origin, run, tool, instrument: None }.into()
}

fn live() -> Record {
    stream(StreamMode::Live, None, StreamPhase::Run)
}

fn vix(ms: i64, points: f64) -> Record {
    let (sym, flags) = (Sym::new("VIX").unwrap(), TradeFlags::default());
    Index { ts: at(ms), sym, px: px(points), src: Src::Ibkr, rx: None, flags }.into()
}

fn status(ms: i64, state: StatusState) -> Record {
    let (by, src, code) = (None, Some(Src::Ibkr), None);
    Status { ts: at(ms), sym: Sym::NONE, by, src, state, code, msg: String::new() }.into()
}

/// A quote and a trade of a source that is not synthetic, received `late_ms` after their stamp.
fn real(ms: i64, late_ms: i64) -> [Record; 2] {
    let (ts, sym, src, flags) = (at(ms), es(), Src::Ibkr, TradeFlags::default());
    let rx = Some(ts + late_ms * 1000);
    let (bid, ask) = (Some(px(5000.0)), Some(px(5000.25)));
    let quote = Quote { ts, sym, bid, bsz: 50, ask, asz: 50, src, vts: None, rx, flags };
    let Record::Trade(trade) = trade(ms, 5000.0, 1) else { unreachable!() };
    [quote.into(), Trade { src, rx, ..trade }.into()]
}

#[test]
fn every_entry_shows_all_codes_in_their_order_whatever_becomes_of_it() {
    let mut wide = purchase("b", 2);
    wide.stop = px(4980.0);
    let mut wrong = purchase("c", 3);
    wrong.entry = px(5000.1);
    let mut records = bought(&[]);
    records.extend([wide.into(), wrong.into()]);
    let output = drive(&mut stage(&config(150)), &records).unwrap();
    let verdicts = verdicts(&output);
    assert_eq!(verdicts.len(), 3);
    for verdict in verdicts {
        let codes: Vec<_> = verdict.checks.iter().map(|check| check.code.as_ref()).collect();
        assert_eq!(codes, CODES, "{}", verdict.sig);
    }
}

#[test]
fn an_exit_faces_only_what_an_order_that_reduces_may_face() {
    let mut records = bought(&[]);
    records.extend(market(200));
    records.push(clock(400));
    records.push(Signal { op: SignalOp::Exit, ..purchase("a", 500) }.into());
    let output = drive(&mut stage(&config(150)), &records).unwrap();
    let exit = verdicts(&output)[1];
    assert!(exit.pass);
    let codes: Vec<_> = exit.checks.iter().map(|check| check.code.as_ref()).collect();
    assert_eq!(codes, ["SIZE", "COLLAR", "TICK", "DUP", "SELF"]);
    assert_eq!(says(&exit.checks[1]), (Some(true), Some("market")));
}

#[test]
fn mode_asks_for_the_gate_a_live_stream_and_real_records() {
    use AccountSource::Journal;
    use AccountSource::Sim;
    use AccountSource::Stream as Recorded;
    use StreamMode::Live;
    use StreamMode::Replay;
    let paper = last(&config(150), &bought(&[]), "MODE");
    assert_eq!(says(&paper), (Some(true), Some("paper")));
    let mut real_money = config(150);
    real_money.profile = "live".into();
    let ask = |account, gate: bool, first: Record, synthetic: bool| {
        let mut stage = stage_of(&real_money, account);
        if gate {
            stage.set_gate(None);
        }
        let mut out = Written::default();
        give(&mut stage, &mut out, &[first]);
        give(&mut stage, &mut out, &if synthetic { market(0) } else { real(0, 1) });
        give(&mut stage, &mut out, &[purchase("a", 0).into()]);
        let check = found(out.verdicts()[0], "MODE");
        (check.ok.unwrap(), check.na.map(String::from), check.value.unwrap().0 as u32)
    };
    let said = |ok, na: &str, count| (ok, Some(na.to_owned()), count);
    assert_eq!(ask(Journal, true, live(), false), (true, None, 0));
    assert_eq!(ask(Journal, false, live(), false), said(false, "gate", 1));
    assert_eq!(ask(Journal, true, live(), true), said(false, "synthetic", 1));
    assert_eq!(ask(Sim, true, live(), false), said(false, "simulated_account", 1));
    let warm = stream(Live, None, StreamPhase::Warmup);
    assert_eq!(ask(Journal, true, warm, false), said(false, "phase_not_run", 1));
    // A recording of a live session is none, except for a replay that sends nothing.
    let recording = stream(Replay, Some(Live), StreamPhase::Run);
    assert_eq!(ask(Journal, true, recording.clone(), false), said(false, "stream_not_live", 1));
    assert_eq!(ask(Recorded, false, recording, false), (true, None, 0));
    let nothing = stream(Replay, None, StreamPhase::Warmup);
    assert_eq!(ask(Sim, false, nothing, true), said(false, "gate", 5));
}

#[test]
fn option_levels_have_to_be_young_if_the_signal_rests_on_them() {
    let level = |age_s: i64| -> Record {
        let (id, fam) = ("CW".to_owned(), "GAMMA".to_owned());
        let (px, w, src, asof) =
            (Num(5010.0), Num(0.6), "SPX".to_owned(), at(0) - age_s * 1_000_000);
        let lv = vec![Level { id, fam, px, w, src, asof }];
        Levels { ts: at(0), sym: es(), by: By::Features, ct: at(0), lv }.into()
    };
    let ask = |first: &[Record], ids: &[&str], pattern: &str| {
        let mut idea = purchase("a", 0);
        idea.level_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        idea.pattern = pattern.to_owned();
        let mut records = first.to_vec();
        records.extend(market(0));
        records.push(idea.into());
        let check = last(&config(150), &records, "STALE_OPTIONS");
        (check.ok, check.na.map(String::from))
    };
    let not_used = (Some(true), Some("not_used".to_owned()));
    assert_eq!(ask(&[level(601)], &["pVAH"], "test"), not_used);
    assert_eq!(ask(&[level(600)], &["pVAH", "CW"], "test"), (Some(true), None));
    assert_eq!(ask(&[level(601)], &["CW@17"], "test"), (Some(false), None));
    assert_eq!(ask(&[], &[], "gamma_flip"), (None, Some("no_options".to_owned())));
    assert_eq!(ask(&[level(601)], &[], "gamma_flip"), (Some(false), None));
}

#[test]
fn the_clocks_may_differ_by_a_quarter_of_a_second() {
    let ask = |records: [Record; 2]| {
        let mut all = records.to_vec();
        all.push(purchase("a", 0).into());
        last(&config(150), &all, "CLOCK_SKEW").ok
    };
    assert_eq!([ask(real(0, 250)), ask(real(0, -250))], [Some(true); 2]);
    assert_eq!([ask(real(0, 251)), ask(real(0, -251))], [Some(false); 2]);
    assert_eq!(ask(market(0)), None);
}

#[test]
fn the_book_has_two_sides_that_are_near() {
    let ask = |bid: f64, bsz: u64, ask: f64, asz: u64| {
        let records = [trade(0, 5000.0, 1), quote(0, bid, bsz, ask, asz), purchase("a", 0).into()];
        let check = last(&config(150), &records, "BOOK");
        (check.ok, check.na.map(String::from), check.value.map(|value| value.0 as i64))
    };
    let na = |text: &str| Some(text.to_owned());
    assert_eq!(ask(5000.0, 1, 5000.75, 1), (Some(true), None, Some(3)));
    assert_eq!(ask(5000.0, 1, 5001.0, 1), (Some(false), None, Some(4)));
    assert_eq!(ask(5000.25, 1, 5000.25, 1), (Some(false), na("crossed"), Some(0)));
    assert_eq!(ask(5000.5, 1, 5000.25, 1), (Some(false), na("crossed"), Some(-1)));
    assert_eq!(ask(5000.0, 0, 5000.25, 1), (None, na("no_sizes"), Some(1)));
    let none = last(&config(150), &[trade(0, 5000.0, 1), purchase("a", 0).into()], "BOOK");
    assert_eq!(says(&none), (None, Some("no_quotes")));
}

#[test]
fn each_profile_keeps_its_own_hours() {
    // Minutes from 10:00.
    for (profile, from, until) in [("collect", -29, 355), ("paper", -25, 345), ("live", -20, 330)] {
        let (config, _) = Layers { profile: Some(profile), ..Layers::default() }.load().unwrap();
        let ask = |ms: i64| {
            let mut records = market(ms).to_vec();
            records.push(purchase("a", ms).into());
            last(&config, &records, "SESS").ok
        };
        assert_eq!(ask(from * MINUTE - 1), Some(false), "{profile}");
        assert_eq!(ask(from * MINUTE), Some(true), "{profile}");
        assert_eq!(ask(until * MINUTE - 1), Some(true), "{profile}");
        assert_eq!(ask(until * MINUTE), Some(false), "{profile}");
    }
}

#[test]
fn nothing_is_entered_around_a_dated_release() {
    let ask = |ms: i64| {
        let mut records = market(ms).to_vec();
        records.push(purchase("a", ms).into());
        last(&config(150), &records, "NEWS")
    };
    // The statement of 2024-01-31, 14:00 in New York.
    let statement = 23 * DAY + 240 * MINUTE;
    assert_eq!(ask(statement - 30 * MINUTE - 1).ok, Some(true));
    let before = ask(statement - 30 * MINUTE);
    assert_eq!(
        (before.ok, before.value, before.limit),
        (Some(false), Some(Num(-30.0)), Some(Num(-30.0)))
    );
    assert_eq!(ask(statement + 60 * MINUTE - 1).ok, Some(false));
    assert_eq!(ask(statement + 60 * MINUTE).ok, Some(true));
    let unknown = ask(-10 * DAY);
    assert_eq!(says(&unknown), (None, Some("no_dates")));
}

#[test]
fn a_high_vix_refuses_and_an_old_one_says_nothing() {
    let ask = |first: &[Record]| last(&config(150), &bought(first), "VOL");
    assert_eq!(ask(&[vix(-300_000, 29.99)]).ok, Some(true));
    assert_eq!(ask(&[vix(0, 30.0)]).ok, Some(false));
    assert_eq!(says(&ask(&[vix(-300_001, 50.0)])), (None, Some("stale")));
    assert_eq!(says(&ask(&[])), (None, Some("no_vix")));
}

#[test]
fn the_value_of_all_contracts_and_their_margin_stay_within_equity() {
    let ask = |edit: fn(&mut Config)| {
        let mut config = config(150);
        edit(&mut config);
        let check = last(&config, &bought(&[]), "NOTL");
        (check.ok, check.na.map(String::from))
    };
    let na = |text: &str| Some(text.to_owned());
    assert_eq!(ask(|_| ()), (Some(true), None));
    assert_eq!(ask(|c| c.risk.notional_cap = 2.5), (Some(false), None));
    // 80,000 and a quarter of it are the whole account.
    assert_eq!(
        ask(|c| *c.account.margins.get_mut("ES").unwrap() = Cents(8_000_000)),
        (Some(true), None)
    );
    assert_eq!(
        ask(|c| *c.account.margins.get_mut("ES").unwrap() = Cents(8_000_001)),
        (Some(false), na("margin"))
    );
    assert_eq!(ask(|c| c.account.margins.clear()), (None, na("no_margin")));
}

#[test]
fn the_limit_stays_near_the_market_and_inside_the_limits_of_the_exchange() {
    let settled = |points: f64| trade(-3 * DAY + 359 * MINUTE, points, 1);
    let ask = |config: &Config, settled: &[Record], side: Side, entry: f64| {
        let mut records = settled.to_vec();
        for ms in -2..=0 {
            records.extend(market(ms));
        }
        let stop = entry - 2.5 * side.sign() as f64;
        let target = entry + 3.0 * side.sign() as f64;
        records.push(signal("a", 0, side, entry, stop, target).into());
        let check = last(config, &records, "COLLAR");
        (check.ok, check.na.map(String::from))
    };
    let na = |text: &str| Some(text.to_owned());
    let usual = config(150);
    let known = [settled(5000.0)];
    // The limit lies two ticks beyond the entry, the touch at 5000.25 for a purchase.
    assert_eq!(ask(&usual, &known, Side::Buy, 5001.75), (Some(true), None));
    assert_eq!(ask(&usual, &known, Side::Buy, 5002.0), (Some(false), na("touch")));
    assert_eq!(ask(&usual, &known, Side::Sell, 4998.5), (Some(true), None));
    assert_eq!(ask(&usual, &known, Side::Sell, 4998.25), (Some(false), na("touch")));
    let mut far = config(150);
    far.risk.collar_ticks = 100;
    far.risk.collar_share = 0.004;
    assert_eq!(ask(&far, &known, Side::Buy, 5019.5), (Some(true), None));
    assert_eq!(ask(&far, &known, Side::Buy, 5019.75), (Some(false), na("last")));
    // Seven per cent below 5376.25 are 4999.91: the last price is above, the limit is not.
    let low = [settled(5376.25)];
    assert_eq!(ask(&usual, &low, Side::Sell, 5000.0), (Some(false), na("price_limit")));
    assert_eq!(ask(&usual, &low, Side::Buy, 5000.0), (Some(true), None));
    assert_eq!(ask(&usual, &[], Side::Buy, 5000.0), (None, na("no_settlement")));
    // A price of noon is no settlement.
    let noon = [trade(-3 * DAY + 120 * MINUTE, 5000.0, 1)];
    assert_eq!(ask(&usual, &noon, Side::Buy, 5000.0), (None, na("no_settlement")));
}

#[test]
fn only_the_contract_in_front_is_traded() {
    let ask = |name: &str| {
        let mut records = market(0).to_vec();
        records.push(Signal { sym: Sym::new(name).unwrap(), ..purchase("a", 0) }.into());
        let check = last(&config(150), &records, "TICK");
        (check.ok, check.na.map(String::from))
    };
    assert_eq!(ask("ESH24"), (Some(true), None));
    assert_eq!(ask("ES"), (Some(true), None));
    let old = (Some(false), Some("not_front".to_owned()));
    assert_eq!(ask("ESZ23"), old);
    assert_eq!(ask("ESU24"), old);
    assert_eq!(ask("NQH24").0, Some(false));
}

#[test]
fn too_many_messages_latch_until_a_person_opens() {
    let mut config = roomy();
    config.risk.orders_second_max = 2;
    let mut stage = stage(&config);
    let mut out = Written::default();
    for (id, ms) in [("a", 0), ("b", 500), ("c", 999), ("d", 5000)] {
        give(&mut stage, &mut out, &market(ms));
        give(&mut stage, &mut out, &[purchase(id, ms).into()]);
    }
    let reasons: Vec<_> =
        out.verdicts().iter().map(|v| v.reason.clone().unwrap_or_default()).collect();
    assert_eq!(reasons, ["", "", "RATE", "KILL"]);
    assert_eq!(says(&found(out.verdicts()[2], "RATE")), (Some(false), Some("per_second")));
    assert_eq!(says(&found(out.verdicts()[3], "KILL")), (Some(false), Some("rate/halt_entries")));
    assert_eq!(out.latches(), [(AcctOp::Latch, "rate", "per_second")]);
    assert_eq!(stage.state(), TradingState::HaltEntries);
    // The next session opens a day's latch, not this one.
    give(&mut stage, &mut out, &market(DAY));
    assert_eq!(stage.state(), TradingState::HaltEntries);
}

#[test]
fn messages_are_counted_over_a_minute_and_a_day() {
    let run = |edit: fn(&mut Config), gap: i64| {
        let mut config = roomy();
        edit(&mut config);
        let mut records = Vec::new();
        for n in 0..3 {
            records.extend(market(n * gap));
            records.push(purchase(&format!("s{n}"), n * gap).into());
        }
        last(&config, &records, "RATE").na.map(String::from)
    };
    assert_eq!(run(|c| c.risk.orders_minute_max = 2, 10_000).as_deref(), Some("per_minute"));
    assert_eq!(run(|c| c.risk.orders_minute_max = 2, 30_000), None);
    assert_eq!(run(|c| c.risk.orders_day_max = 2, 120_000).as_deref(), Some("per_day"));
}

#[test]
fn trades_are_counted_by_day_pattern_hour_and_at_once() {
    let second = |edit: &dyn Fn(&mut Config), pattern: &str| {
        let mut config = roomy();
        edit(&mut config);
        let mut records = Vec::new();
        for (id, ms) in [("a", 0), ("b", 1000)] {
            records.extend(market(ms));
            let pattern = pattern.to_owned();
            records.push(Signal { pattern, ..purchase(id, ms) }.into());
        }
        let check = last(&config, &records, "COUNT");
        (check.ok.unwrap(), check.na.map(String::from))
    };
    let failed = |what: &str| (false, Some(what.to_owned()));
    assert_eq!(second(&|_| (), "test"), (true, None));
    assert_eq!(second(&|c| c.risk.trades_day_max = 1, "test"), failed("day"));
    assert_eq!(second(&|c| c.risk.battle_navale_trades_max = 1, "test"), (true, None));
    assert_eq!(
        second(&|c| c.risk.battle_navale_trades_max = 1, "battle_navale"),
        failed("pattern")
    );
    assert_eq!(second(&|c| c.risk.bucket_trades_max = [1, 9, 9], "test"), failed("hours"));
    assert_eq!(second(&|c| c.risk.bucket_trades_max = [9, 1, 1], "test"), (true, None));
    assert_eq!(second(&|c| c.risk.positions_max = 1, "test"), failed("at_once"));
    assert_eq!(second(&|c| c.risk.equity_min = Cents(10_000_001), "test"), failed("account"));
}

/// A purchase at `ms` that is stopped out within a second.
fn stopped_out(id: &str, ms: i64) -> Vec<Record> {
    let mut records = market(ms).to_vec();
    records.push(purchase(id, ms).into());
    records.extend(market(ms + 200));
    records.push(clock(ms + 400));
    records.push(quote(ms + 500, 4997.5, 50, 4997.75, 50));
    records.push(trade(ms + 501, 4997.5, 1));
    records.push(clock(ms + 900));
    records
}

#[test]
fn after_a_stop_there_is_a_pause_and_a_losing_hour_ends() {
    let ask = |ms: i64, edit: &dyn Fn(&mut Config)| {
        let mut config = roomy();
        edit(&mut config);
        let mut records = stopped_out("a", 0);
        records.extend(market(ms));
        records.push(purchase("b", ms).into());
        last(&config, &records, "COUNT").na.map(String::from)
    };
    let pause = |c: &mut Config| c.risk.cooldown_min = 15;
    // The stop was known 150 ms after the trade at 501.
    assert_eq!(ask(15 * MINUTE + 650, &pause).as_deref(), Some("cool_down"));
    assert_eq!(ask(15 * MINUTE + 651, &pause), None);
    // Two ticks and more were lost beyond the 10 of the stop.
    let little = |c: &mut Config| c.risk.bucket_loss_max = [Cents(10_000), Cents(1), Cents(1)];
    assert_eq!(ask(10 * MINUTE, &little).as_deref(), Some("hours_loss"));
    // At 10:30 another part of the day begins.
    let first = |c: &mut Config| c.risk.bucket_loss_max[0] = Cents(10_000);
    assert_eq!(ask(30 * MINUTE, &first), None);
}

#[test]
fn a_pattern_that_enters_three_times_in_ten_minutes_is_latched_until_the_next_session() {
    let mut config = roomy();
    config.risk.repeat_max = 3;
    let mut stage = stage(&config);
    let mut out = Written::default();
    let ask = |out: &mut Written, stage: &mut RiskStage, id: &str, ms: i64, side: Side| {
        give(stage, out, &market(ms));
        let sign = side.sign() as f64;
        let idea = signal(id, ms, side, 5000.0, 5000.0 - 2.5 * sign, 5000.0 + 3.0 * sign);
        give(stage, out, &[idea.into()]);
        let check = found(out.verdicts().last().unwrap(), "REPEAT");
        (check.ok, check.na.map(String::from))
    };
    let buy = Side::Buy;
    assert_eq!(ask(&mut out, &mut stage, "a", 0, buy).0, Some(true));
    assert_eq!(ask(&mut out, &mut stage, "b", 60_000, buy).0, Some(true));
    assert_eq!(ask(&mut out, &mut stage, "s", 61_000, Side::Sell).0, Some(true));
    assert_eq!(ask(&mut out, &mut stage, "c", 599_999, buy), (Some(false), None));
    assert_eq!(out.latches(), [(AcctOp::Latch, "pattern:test:B", "repeat")]);
    assert_eq!(stage.state(), TradingState::Normal);
    let latched = (Some(false), Some("latched".to_owned()));
    assert_eq!(ask(&mut out, &mut stage, "d", 30 * MINUTE, buy), latched);
    give(&mut stage, &mut out, &market(DAY - 1));
    assert_eq!(ask(&mut out, &mut stage, "e", DAY, buy), (Some(true), None));
    assert!(out.latches().contains(&(AcctOp::Reset, "pattern:test:B", "session")));
}

#[test]
fn no_own_order_is_traded_with() {
    let mut records = bought(&[]);
    records.extend(market(1000));
    let ask = |side: Side, entry: f64, records: &[Record]| {
        let sign = side.sign() as f64;
        let mut all = records.to_vec();
        let idea = signal("b", 1000, side, entry, entry - 2.5 * sign, entry + 3.0 * sign);
        all.push(idea.into());
        let check = last(&roomy(), &all, "SELF");
        (check.ok, check.na.map(String::from))
    };
    assert_eq!(ask(Side::Buy, 5000.0, &records), (Some(true), None));
    assert_eq!(ask(Side::Sell, 5000.0, &records), (Some(false), Some("opposite".to_owned())));
    // The target of the first rests at 5003; a limit of two ticks above 5002.5 reaches it.
    assert_eq!(ask(Side::Buy, 5002.25, &records), (Some(true), None));
    assert_eq!(ask(Side::Buy, 5002.5, &records), (Some(false), Some("own_target".to_owned())));
}

#[test]
fn a_feed_that_is_down_refuses_and_in_live_latches_until_it_is_back() {
    let refused = last(&config(150), &bought(&[status(-1, StatusState::Down)]), "HB");
    assert_eq!(says(&refused), (Some(false), Some("feed_down")));
    let back = [status(-2, StatusState::Stale), status(-1, StatusState::Up)];
    assert_eq!(last(&config(150), &bought(&back), "HB").ok, Some(true));
    let mut stage = stage(&config(150));
    let mut out = Written::default();
    give(&mut stage, &mut out, &[live()]);
    give(&mut stage, &mut out, &real(0, 1));
    give(&mut stage, &mut out, &[status(1, StatusState::Down)]);
    assert_eq!(stage.state(), TradingState::HaltEntries);
    give(&mut stage, &mut out, &[status(2, StatusState::Up)]);
    assert_eq!(stage.state(), TradingState::Normal);
    let expected = [(AcctOp::Latch, "stale", "feed_down"), (AcctOp::Reset, "stale", "feed_up")];
    assert_eq!(out.latches(), expected);
    // Nothing heard for more than five seconds.
    let mut old = market(0).to_vec();
    old.push(purchase("a", 5001).into());
    assert_eq!(last(&config(150), &old, "HB").ok, Some(false));
    assert_eq!(
        says(&last(&config(150), &[purchase("a", 0).into()], "HB")),
        (None, Some("no_records"))
    );
}

#[test]
fn a_feed_that_goes_down_takes_back_what_may_still_enter() {
    let mut stage = stage(&config(150));
    let mut out = Written::default();
    give(&mut stage, &mut out, &bought(&[]));
    give(&mut stage, &mut out, &[status(10, StatusState::Down)]);
    let orders = out.orders();
    assert_eq!((orders[1].op, orders[1].reference.as_deref()), (OrderOp::Cancel, Some("o:a")));
    assert_eq!(orders[1].reason.as_deref(), Some("feed_down"));
}

fn acct(ms: i64, op: AcctOp) -> Acct {
    let by = By::Risk;
    let text = format!(r#"{{"t":"acct","ts":{},"sym":"ESH24","by":"{by}","op":"open"}}"#, at(ms));
    let record = mia::wire::codec::decode(mia::wire::Kind::Acct, text.as_bytes()).unwrap();
    let Record::Acct(acct) = record else { unreachable!() };
    Acct { op, ..acct }
}

/// An execution of the bracket `o:ID`.
fn executed(id: &str, ms: i64, leg: Leg, side: Side, points: f64) -> Acct {
    Acct {
        order: Some(format!("o:{id}")),
        leg: Some(leg),
        side: Some(side),
        px: Some(px(points)),
        qty: Some(1),
        fee: Some(Cents(225)),
        exec_id: Some(format!("{id}-{leg:?}")),
        xts: Some(at(ms)),
        ..acct(ms, AcctOp::Fill)
    }
}

#[test]
fn a_position_whose_stop_is_not_confirmed_within_a_second_is_flattened() {
    let told = |ack: Option<i64>| {
        let mut stage = stage_of(&config(150), AccountSource::Journal);
        let mut out = Written::default();
        give(&mut stage, &mut out, &bought(&[]));
        assert_eq!(out.orders().len(), 1);
        stage.apply(&executed("a", 100, Leg::Entry, Side::Buy, 5000.25), &mut out).unwrap();
        let fresh = |stage: &mut RiskStage, out: &mut Written, ms: i64| {
            give(stage, out, &market(ms));
        };
        fresh(&mut stage, &mut out, 200);
        if let Some(ms) = ack {
            let stop = Acct {
                order: Some("o:a".into()),
                leg: Some(Leg::Stop),
                side: Some(Side::Sell),
                px: Some(px(4997.5)),
                qty: Some(1),
                xts: Some(at(ms)),
                ..acct(ms, AcctOp::Ack)
            };
            stage.apply(&stop, &mut out).unwrap();
        }
        fresh(&mut stage, &mut out, 1099);
        assert_eq!(out.orders().len(), 1);
        give(&mut stage, &mut out, &[purchase("b", 1099).into()]);
        let waited = found(out.verdicts().last().unwrap(), "STOP").value.unwrap().0;
        fresh(&mut stage, &mut out, 1100);
        let flatten = out.orders().get(1).map(|o| (o.op, o.reason.clone().unwrap_or_default()));
        (waited as i64, flatten)
    };
    assert_eq!(told(None), (999, Some((OrderOp::Flatten, "no_stop".to_owned()))));
    assert_eq!(told(Some(900)), (0, None));
}

#[test]
fn a_position_that_differs_from_the_brokers_halts_until_a_person_looks() {
    let mut stage = stage_of(&config(150), AccountSource::Journal);
    let mut out = Written::default();
    give(&mut stage, &mut out, &market(0));
    let hear = |stage: &mut RiskStage, out: &mut Written, ms: i64, qty: i64| {
        let (ts, sym, by, avg_px, stop) = (at(ms), es(), By::Exec, None, None);
        let record = Box::new(Position { ts, sym, by, qty, avg_px, stop }.into());
        stage.on_side(&SideEvent::Journal { ts, record }, out).unwrap();
    };
    hear(&mut stage, &mut out, 0, 1);
    hear(&mut stage, &mut out, 1000, 0);
    hear(&mut stage, &mut out, 2000, 1);
    hear(&mut stage, &mut out, 6999, 1);
    assert_eq!(stage.state(), TradingState::Normal);
    hear(&mut stage, &mut out, 7000, 1);
    assert_eq!(out.latches(), [(AcctOp::Latch, "recon", "unprotected")]);
    give(&mut stage, &mut out, &[purchase("a", 7000).into()]);
    let verdict = out.verdicts()[0];
    assert_eq!(found(verdict, "RECON").ok, Some(false));
    assert_eq!(says(&found(verdict, "KILL")), (Some(false), Some("recon/flatten_only")));
    // No order of ours explains that contract: it has no stop, so it is closed, once.
    give(&mut stage, &mut out, &market(7100));
    give(&mut stage, &mut out, &market(7200));
    let orders = out.orders();
    assert_eq!(orders.len(), 1);
    let flatten = orders[0];
    assert_eq!((flatten.op, flatten.side, flatten.qty), (OrderOp::Flatten, Side::Sell, 1));
    assert_eq!((flatten.reason.as_deref(), flatten.reference.as_deref()), (Some("recon"), None));
}

#[test]
fn a_broker_that_holds_less_than_we_do_halts_and_nothing_is_closed() {
    let mut stage = stage_of(&config(150), AccountSource::Journal);
    let mut out = Written::default();
    give(&mut stage, &mut out, &bought(&[]));
    stage.apply(&executed("a", 100, Leg::Entry, Side::Buy, 5000.25), &mut out).unwrap();
    let stop = Acct {
        order: Some("o:a".into()),
        leg: Some(Leg::Stop),
        side: Some(Side::Sell),
        px: Some(px(4997.5)),
        qty: Some(1),
        xts: Some(at(100)),
        ..acct(100, AcctOp::Ack)
    };
    stage.apply(&stop, &mut out).unwrap();
    for ms in [200, 5200, 5300] {
        give(&mut stage, &mut out, &market(ms));
        let (ts, sym, by, avg_px, stop) = (at(ms), es(), By::Exec, None, None);
        let record = Box::new(Position { ts, sym, by, qty: 0, avg_px, stop }.into());
        stage.on_side(&SideEvent::Journal { ts, record }, &mut out).unwrap();
    }
    give(&mut stage, &mut out, &market(5400));
    assert_eq!(out.latches(), [(AcctOp::Latch, "recon", "position")]);
    assert_eq!(stage.state(), TradingState::HaltEntries);
    assert_eq!(out.orders().len(), 1, "the entry alone");
}

#[test]
fn rejected_orders_latch() {
    let mut config = roomy();
    config.risk.rejects_max = 2;
    let mut stage = stage_of(&config, AccountSource::Journal);
    let mut out = Written::default();
    give(&mut stage, &mut out, &market(0));
    for (id, ms) in [("a", 0), ("b", 1000)] {
        give(&mut stage, &mut out, &[purchase(id, ms).into()]);
        let reject = Acct {
            order: Some(format!("o:{id}")),
            leg: Some(Leg::Entry),
            xts: Some(at(ms)),
            reason: Some("margin".into()),
            ..acct(ms, AcctOp::Reject)
        };
        stage.apply(&reject, &mut out).unwrap();
        give(&mut stage, &mut out, &market(ms + 100));
    }
    assert_eq!(out.latches(), [(AcctOp::Latch, "reject", "rejects")]);
    assert_eq!(stage.state(), TradingState::HaltEntries);
}

#[test]
fn a_day_that_reached_its_target_takes_no_entry_and_closes_nothing() {
    let mut config = roomy();
    config.risk.day_target = Cents(10_000);
    let mut stage = stage(&config);
    let mut out = Written::default();
    let mut won = market(0).to_vec();
    won.push(purchase("a", 0).into());
    won.extend(market(200));
    // 2.75 points: 137.50 less fees.
    won.extend([quote(500, 5003.0, 50, 5003.25, 50), trade(501, 5003.25, 9), clock(900)]);
    won.push(quote(1000, 5000.0, 50, 5000.25, 50));
    won.push(trade(1000, 5000.0, 1));
    won.push(purchase("b", 1000).into());
    give(&mut stage, &mut out, &won);
    assert_eq!(out.latches(), [(AcctOp::Latch, "day", "day_target")]);
    assert_eq!(stage.state(), TradingState::HaltEntries);
    let refused = found(out.verdicts()[1], "DAY");
    assert_eq!(says(&refused), (Some(false), Some("day_target")));
    assert!(out.orders().iter().all(|order| order.op == OrderOp::New));
}

#[test]
fn the_risk_mode_and_the_profile_limit_together() {
    let limit = |mode: RiskMode, max_pos: u64| {
        let mut config = config(150);
        config.risk.mode = mode;
        config.risk.max_pos = max_pos;
        last(&config, &bought(&[]), "POS").limit.unwrap().0 as u64
    };
    assert_eq!(limit(RiskMode::Conservative, 2), 1);
    assert_eq!(limit(RiskMode::Moderate, 2), 2);
    assert_eq!(limit(RiskMode::Aggressive, 1), 1);
    let mut share = config(150);
    share.risk.trade_risk_share_max = 0.001;
    let loss = last(&share, &bought(&[]), "LOSS1");
    assert_eq!(loss.limit, Some(Num(100.0)));
}

/// A stage whose account starts as told: equity, highest equity.
fn opened(config: &Config, equity: i64, high: i64, stats: AcctStats) -> (RiskStage, Written) {
    let mut stage = stage_of(config, AccountSource::Stream);
    let mut out = Written::default();
    let open = Acct {
        equity: Some(Cents(equity)),
        high_water: Some(Cents(high)),
        day_pnl: Some(Cents(0)),
        position: Some(0),
        stats: Some(stats),
        ..acct(0, AcctOp::Open)
    };
    give(&mut stage, &mut out, &[open.into()]);
    (stage, out)
}

#[test]
fn helios_23_what_is_not_a_number_is_a_breach() {
    type Edit = fn(&mut Config);
    let limits: [(&str, Edit); 14] = [
        ("f_fixed", |c| c.risk.f_fixed = f64::NAN),
        ("risk_cap", |c| c.risk.modes.conservative.risk_cap = f64::NAN),
        ("trade_risk_share_max", |c| c.risk.trade_risk_share_max = f64::NAN),
        ("day_loss_share_max", |c| c.risk.day_loss_share_max = f64::NAN),
        ("day_loss_r_max", |c| c.risk.day_loss_r_max = f64::NAN),
        ("drawdown_share_max", |c| c.risk.drawdown_share_max = f64::NAN),
        ("trailing_share", |c| c.risk.trailing_share = f64::NAN),
        ("left_share_max", |c| c.risk.left_share_max = f64::NAN),
        ("open_share_max", |c| c.risk.open_share_max = f64::NAN),
        ("vix_halt", |c| c.risk.vix_halt = f64::NAN),
        ("notional_cap", |c| c.risk.notional_cap = f64::NAN),
        ("margin_buffer", |c| c.risk.margin_buffer = f64::NAN),
        ("collar_share", |c| c.risk.collar_share = f64::NAN),
        ("cancels_per_fill_max", |c| c.risk.cancels_per_fill_max = f64::NAN),
    ];
    let mut records = vec![vix(0, 15.0)];
    records.extend(market(-1));
    records.extend(bought(&[]));
    let usual = drive(&mut stage(&config(150)), &records).unwrap();
    assert!(verdicts(&usual)[0].pass, "{:?}", verdicts(&usual)[0].reason);
    for (name, edit) in limits {
        let mut config = config(150);
        edit(&mut config);
        let output = drive(&mut stage(&config), &records).unwrap();
        // Nothing passes: refused, or everything is over at once.
        assert!(verdicts(&output).iter().all(|verdict| !verdict.pass), "{name}");
    }
    // Statistics that went wrong end the day at once.
    for edit in [
        |s: &mut AcctStats| s.day_r = Num(f64::NAN),
        |s: &mut AcctStats| {
            s.day_r = Num(f64::NEG_INFINITY);
        },
    ] {
        let mut stats = AcctStats::default();
        edit(&mut stats);
        let (mut stage, mut out) = opened(&config(150), 10_000_000, 10_000_000, stats);
        give(&mut stage, &mut out, &market(0));
        assert_eq!(out.latches(), [(AcctOp::Latch, "day", "day_loss_r")]);
    }
}

#[test]
fn hb_2969_each_limit_is_measured_from_its_own_place() {
    // 23 % up and 10 % down again: above the start, below the peak.
    let (mut stage, mut out) = opened(&config(150), 11_070_000, 12_300_000, AcctStats::default());
    give(&mut stage, &mut out, &[purchase("a", 0).into()]);
    let verdict = out.verdicts()[0];
    let day = found(verdict, "DAY");
    assert_eq!((day.ok, day.value, day.limit), (Some(true), Some(Num(0.0)), Some(Num(-600.0))));
    let drawdown = found(verdict, "MDD");
    assert_eq!((drawdown.ok, drawdown.limit), (Some(false), Some(Num(0.08))));
    assert!((drawdown.value.unwrap().0 - 0.1).abs() < 1e-12);
    let floor = found(verdict, "TDD");
    assert_eq!((floor.ok, floor.limit), (Some(false), Some(Num(116_850.0))));
}

#[test]
fn hb_2969_the_trade_date_is_the_exchanges_and_a_losing_run_is_seen_across_its_end() {
    let us = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    // 16:50 and 17:10 in Chicago: in winter, before and after both changes of the clock.
    for (late, early) in [
        ("2024-01-09T22:50:00Z", "2024-01-09T23:10:00Z"),
        ("2024-03-07T22:50:00Z", "2024-03-07T23:10:00Z"),
        ("2024-03-11T21:50:00Z", "2024-03-11T22:10:00Z"),
        ("2024-10-31T21:50:00Z", "2024-10-31T22:10:00Z"),
        ("2024-11-04T22:50:00Z", "2024-11-04T23:10:00Z"),
    ] {
        let mut stage = stage_of(&roomy(), AccountSource::Journal);
        let mut out = Written::default();
        let lose = |stage: &mut RiskStage, out: &mut Written, id: &str, ts: i64| {
            let ms = (ts - T0) / 1000;
            give(stage, out, &[clock(ms - 1000)]);
            stage.apply(&executed(id, ms - 10, Leg::Entry, Side::Buy, 5000.0), out).unwrap();
            stage.apply(&executed(id, ms, Leg::Stop, Side::Sell, 4992.0), out).unwrap();
            stage.ledger().day().pnl
        };
        give(&mut stage, &mut out, &[clock((us(late) - T0) / 1000 - 360 * MINUTE)]);
        // 400 and two fees of 2.25.
        assert_eq!(lose(&mut stage, &mut out, "a", us(late)), Cents(-40_450), "{late}");
        assert_eq!(lose(&mut stage, &mut out, "b", us(early)), Cents(-40_450), "{early}");
        let ms = (us(early) - T0) / 1000 + 1000;
        let idea = purchase("c", ms);
        give(&mut stage, &mut out, &[idea.into()]);
        let day = found(out.verdicts()[0], "DAY");
        assert_eq!(day.value, Some(Num(-404.5)), "since the session opened");
        assert_eq!(says(&day), (Some(false), Some("rolling")), "{early}");
    }
}

#[test]
fn asking_answers_as_acting_would_and_changes_nothing() {
    let mut stage = stage(&config(150));
    let mut out = Written::default();
    give(&mut stage, &mut out, &market(0));
    let idea = purchase("a", 0);
    let asked = stage.ask_signal(&idea).unwrap();
    assert_eq!(stage.ask_signal(&idea).unwrap(), asked, "asking twice is no duplicate");
    give(&mut stage, &mut out, &[idea.into()]);
    assert_eq!(out.verdicts(), [&asked]);
    // The order that came of it, asked for elsewhere, passes as well; a larger one does not.
    let order = out.orders()[0].clone();
    let mut elsewhere = self::stage(&config(150));
    give(&mut elsewhere, &mut Written::default(), &market(0));
    let verdict = elsewhere.ask_order(&order).unwrap();
    assert!(verdict.pass, "{:?}", verdict.reason);
    assert_eq!(verdict.checks.len(), CODES.len());
    let large = Order { qty: 3, ..order.clone() };
    let refused = elsewhere.ask_order(&large).unwrap();
    assert_eq!(found(&refused, "SIZE").ok, Some(false));
    let odd = Order { stop: Some(px(5010.0)), ..order };
    assert_eq!(elsewhere.ask_order(&odd).unwrap().reason.as_deref(), Some("TICK"));
    let flatten = Order { op: OrderOp::Flatten, ..bracket("f", 0, Side::Sell, 1, 1.0, 1.0, 1.0) };
    assert_eq!(elsewhere.ask_order(&flatten).unwrap().reason.as_deref(), Some("no_position"));
    assert!(stage.ask_order(&flatten).unwrap().pass);
}

/// `mia-risk` with these arguments.
fn mia_risk(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-risk"));
    command.args(args).env_remove("MIA_CONFIG").env_remove("MIA_LOG");
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    feed(pipes.spawn().unwrap(), input)
}

#[test]
fn an_order_can_be_asked_about_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let market_file = folder.path().join("market.ndjson");
    std::fs::write(&market_file, bytes(&market(0))).unwrap();
    let market_file = market_file.to_str().unwrap();
    let ask = |extra: &[&str], ms: i64| {
        let mut args = vec!["check", "--order", "-", "--market", market_file];
        args.extend(extra);
        let output = mia_risk(&args, &bytes(&[purchase("a", ms).into()]));
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = line["checks"].as_array().unwrap().len();
        let position = line["checks"][11]["limit"].clone();
        (output.status.code().unwrap(), line["reason"].clone(), count, position)
    };
    assert_eq!(ask(&[], 0), (0, serde_json::Value::Null, 27, 1.into()));
    assert_eq!(ask(&["--risk-limit", "moderate"], 0).3, 2);
    assert_eq!(ask(&[], 3001), (1, "STALE".into(), 27, 1.into()));
    let nothing = mia_risk(&["check", "--order", "-"], b"");
    assert_eq!(nothing.status.code(), Some(65));
    // What comes after the order is not known when it is decided.
    let mut crash = market(0).to_vec();
    crash.extend([trade(2000, 4000.0, 1), trade(90_000, 4000.0, 1), clock(30 * 24 * 60 * MINUTE)]);
    crash.extend([clock(31 * 24 * 60 * MINUTE), purchase("a", 0).into()]);
    std::fs::write(market_file, bytes(&crash)).unwrap();
    assert_eq!(ask(&[], 0).1, serde_json::Value::Null);
    // Each of several orders is asked where its moment comes, and answered in the order of asking.
    let several = bytes(&[purchase("late", 90_000).into(), purchase("early", 0).into()]);
    let output = mia_risk(&["check", "--order", "-", "--market", market_file], &several);
    let lines = String::from_utf8(output.stdout).unwrap();
    let told: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcome = |at: usize| (told[at]["sig"].as_str().unwrap(), told[at]["pass"].clone());
    assert_eq!([outcome(0), outcome(1)], [("late", false.into()), ("early", true.into())]);
    // Without a market it says what is not answered, and what answers it.
    let alone = mia_risk(&["check", "--order", "-"], &bytes(&[purchase("a", 0).into()]));
    let hint = String::from_utf8(alone.stderr).unwrap();
    assert!(hint.contains("STALE, STALE_QUOTE") && hint.contains("--market FILE"), "{hint}");
    // The releases of a file that is none.
    let bad = mia_risk(&["--set", "risk.events=/nowhere/events.toml"], b"");
    assert_eq!(bad.status.code(), Some(78));
}

/// Ticks around 5000, the middle of the mirror.
fn around(ticks: i64) -> f64 {
    5000.0 + ticks as f64 * 0.25
}

proptest! {
    /// What holds for a purchase holds for the sale in the mirrored market.
    #[test]
    fn buying_and_selling_are_treated_alike(
        bid in -8_i64..8,
        spread in 1_i64..6,
        sizes in (0_u64..3, 0_u64..3),
        last in -10_i64..10,
        entry in -12_i64..12,
        stop in 1_i64..60,
        target in 1_i64..60,
        age in 0_i64..4000,
    ) {
        let ask = bid + spread;
        let run = |side: Side| {
            let sign = side.sign();
            let place = |ticks: i64| around(sign * ticks);
            let (low, high) = if sign > 0 { (bid, ask) } else { (-ask, -bid) };
            let (bsz, asz) = if sign > 0 { sizes } else { (sizes.1, sizes.0) };
            let records = [
                quote(0, around(low), bsz, around(high), asz),
                trade(0, place(last), 1),
                signal("a", age, side, place(entry), place(entry - stop), place(entry + target)).into(),
            ];
            let output = drive(&mut stage(&config(150)), &records).unwrap();
            verdicts(&output)[0].clone()
        };
        let (buy, sell) = (run(Side::Buy), run(Side::Sell));
        for (a, b) in buy.checks.iter().zip(&sell.checks) {
            prop_assert_eq!((&a.code, a.ok, &a.na), (&b.code, b.ok, &b.na));
            if a.code != "NOTL" {
                prop_assert_eq!((a.value, a.limit), (b.value, b.limit));
            }
        }
        prop_assert_eq!((buy.pass, buy.reason, buy.qty), (sell.pass, sell.reason, sell.qty));
    }
}
