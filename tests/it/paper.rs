//! mia-exec paper: records, journal, parity with risk, and properties of the two stages together.

use crate::desk::MINUTE;
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
use mia::config::Config;
use mia::execution::Journal;
use mia::execution::JournalError;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Px;
use mia::market::Side;
use mia::market::Sym;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::AcctOp;
use mia::wire::Bar;
use mia::wire::By;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Fill;
use mia::wire::Leg;
use mia::wire::Num;
use mia::wire::OrderOp;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Roundtrip;
use mia::wire::Signal;
use mia::wire::Trade;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn paper(config: &Config, journal: Option<Journal>) -> PaperStage {
    PaperStage::new(config, Calendar::builtin().unwrap(), journal).unwrap()
}

fn risk(config: &Config) -> RiskStage {
    RiskStage::new(config, Calendar::builtin().unwrap(), RiskOptions::default()).unwrap()
}

fn both(config: &Config, records: &[Record]) -> (Vec<Record>, Vec<Record>) {
    let decided = drive(&mut risk(config), records).unwrap();
    let executed = drive(&mut paper(config, None), &decided).unwrap();
    (decided, executed)
}

fn fills(output: &[Record]) -> Vec<&Fill> {
    output.iter().filter_map(|r| if let Record::Fill(f) = r { Some(f) } else { None }).collect()
}

fn roundtrips(output: &[Record]) -> Vec<&Roundtrip> {
    output
        .iter()
        .filter_map(|r| if let Record::Roundtrip(t) = r { Some(t) } else { None })
        .collect()
}

/// A purchase of one at 5000.25 that reaches its target of 5002 after a detour to 4999.
fn session() -> Vec<Record> {
    vec![
        quote(0, 5000.0, 50, 5000.25, 50),
        bracket("a", 0, Side::Buy, 1, 5000.5, 4998.0, 5002.0).into(),
        quote(200, 5000.0, 50, 5000.25, 50),
        trade(250, 4999.0, 1),
        trade(300, 5002.25, 1),
        trade(310, 5005.0, 1),
        clock(1000),
    ]
}

#[test]
fn a_trade_is_told_from_the_order_to_the_roundtrip() {
    let output = drive(&mut paper(&config(150), None), &session()).unwrap();
    let kinds: Vec<_> = output.iter().map(|r| r.kind().name()).collect();
    assert_eq!(
        kinds,
        [
            "quote",
            "order",
            "quote",
            "trade",
            "ack",
            "trade",
            "trade",
            "fill",
            "position",
            "account",
            "ack",
            "ack",
            "fill",
            "position",
            "account",
            "roundtrip",
            "cancel",
            "clock"
        ]
    );
    let trip = roundtrips(&output)[0];
    let expected = Roundtrip {
        ts: at(450),
        sym: es(),
        by: By::Exec,
        order: "a".into(),
        sig: Some("test-a".into()),
        pattern: Some("test".into()),
        side: Side::Buy,
        qty: 1,
        opened: at(200),
        closed: at(300),
        entry: Num(5000.25),
        exit: Num(5002.0),
        reason: "target".into(),
        gross: Cents(8750),
        fee: Cents(450),
        pnl: Cents(8300),
        r: Some(Num(8300.0 / 11250.0)),
        mae: -5,
        // The trade that filled it traded at 5002.25; the one at 5005 came when it was over.
        mfe: 8,
    };
    assert_eq!(trip, &expected);
    let Some(Record::Account(account)) = output.iter().rev().find(|r| r.kind().name() == "account")
    else {
        panic!("an account")
    };
    assert_eq!((account.equity, account.day_fees), (Cents(10_008_300), Cents(450)));
    let Some(Record::Position(open)) = output.iter().find(|r| r.kind().name() == "position") else {
        panic!("a position")
    };
    assert_eq!((open.qty, open.avg_px, open.stop), (1, Some(Num(5000.25)), Some(px(4998.0))));
}

#[test]
fn an_order_acts_once_and_only_if_risk_wrote_it() {
    let mut records = session();
    records.insert(2, records[1].clone());
    let mut foreign = bracket("b", 0, Side::Buy, 1, 5000.5, 4998.0, 5002.0);
    foreign.by = By::Signal;
    records.insert(3, foreign.into());
    let mut stage = paper(&config(150), None);
    let output = drive(&mut stage, &records).unwrap();
    assert_eq!(fills(&output).len(), 2);
    let counts = stage.counts();
    assert_eq!((counts.orders, counts.repeated, counts.foreign), (1, 1, 1));
}

#[test]
fn a_difference_from_risk_ends_it() {
    let idea = signal("test-1", 0, Side::Buy, 5000.0, 4997.5, 5002.0);
    let records = [
        quote(0, 5000.0, 50, 5000.25, 50),
        trade(0, 5000.0, 1),
        idea.into(),
        quote(200, 5000.0, 50, 5000.25, 50),
        trade(500, 5002.25, 1),
        clock(2000),
    ];
    let (decided, executed) = both(&config(150), &records);
    assert_eq!(fills(&executed).len(), 2);
    let broken = |edit: &dyn Fn(&mut Vec<Record>)| -> Failure {
        let mut decided = decided.clone();
        edit(&mut decided);
        drive(&mut paper(&config(150), None), &decided).unwrap_err()
    };
    let is_fill = |r: &Record| matches!(r, Record::Acct(a) if a.op == AcctOp::Fill);
    let missing = broken(&|d| d.retain(|r| !is_fill(r)));
    let other = broken(&|d| {
        for record in d.iter_mut() {
            if let Record::Acct(acct) = record {
                acct.px = acct.px.map(|p| Px::from_nanos(p.nanos() + 250_000_000));
            }
        }
    });
    let extra = broken(&|d| {
        let at = d.iter().position(is_fill).unwrap();
        d.insert(at, d[at].clone());
    });
    let no_order = broken(&|d| d.retain(|r| !matches!(r, Record::Order(_))));
    for failure in [missing, other, extra, no_order] {
        assert_eq!(failure.class, FailureClass::Internal, "{failure}");
    }
    // Without any account fact there is nothing to compare with.
    let mut alone = decided;
    alone.retain(|r| !matches!(r, Record::Acct(_)));
    assert_eq!(fills(&drive(&mut paper(&config(150), None), &alone).unwrap()).len(), 2);
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_journal_has_the_intent_before_the_facts_and_forgets_no_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.ndjson");
    let journal = Journal::open(&path, false).unwrap();
    let mut stage = paper(&config(150), Some(journal));
    // The intent is on the disk before the next record is even read.
    drive_open(&mut stage, &session()[..2]);
    assert_eq!(lines(&path)[0]["t"], "order");
    drive(&mut stage, &session()[2..]).unwrap();
    let kinds: Vec<_> = lines(&path).iter().map(|l| l["t"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds[..3], ["order", "ack", "fill"]);
    assert_eq!(kinds.len(), 12);
    drop(stage);
    let whole = fs::read(&path).unwrap();
    let journal = Journal::open(&path, true).unwrap();
    assert_eq!(journal.recovered().orders.keys().collect::<Vec<_>>(), ["a"]);
    // The same input again is a replay: everything is told again, and nothing is written twice.
    let output = drive(&mut paper(&config(150), Some(journal)), &session()).unwrap();
    assert_eq!(fills(&output).len(), 2);
    assert_eq!(fs::read(&path).unwrap(), whole);
    // Later input that repeats an order does not act on it.
    let journal = Journal::open(&path, true).unwrap();
    let mut again = paper(&config(150), Some(journal));
    let mut later = vec![clock(2000)];
    later.extend(session()[1..2].iter().cloned());
    later.extend([quote(2200, 5000.0, 50, 5000.25, 50), clock(3000)]);
    let output = drive(&mut again, &later).unwrap();
    assert!(fills(&output).is_empty());
    assert_eq!(again.counts().repeated, 1);
    assert_eq!(fs::read(&path).unwrap(), whole);
}

/// As [`drive`], without the end of the input.
fn drive_open(stage: &mut PaperStage, records: &[Record]) {
    use mia::wire::Stage;
    let mut sink = crate::desk::Sink::default();
    for record in records {
        stage.on_record(record, &mut sink).unwrap();
    }
}

#[test]
fn a_journal_has_one_writer_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.ndjson");
    let first = Journal::open(&path, false).unwrap();
    assert!(matches!(Journal::open(&path, true), Err(JournalError::Locked { .. })));
    drop(first);
    fs::write(&path, "{\"t\":\"ack\"}\n").unwrap();
    assert!(matches!(Journal::open(&path, false), Err(JournalError::NotEmpty { .. })));
    let missing = folder.path().join("none/journal.ndjson");
    let failure = Failure::from(Journal::open(&missing, false).unwrap_err());
    assert_eq!(failure.class, FailureClass::Output);
    assert!(failure.hint.is_some());
}

#[test]
fn a_torn_line_is_set_aside_wherever_the_crash_came() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.ndjson");
    let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
    drive(&mut stage, &session()).unwrap();
    drop(stage);
    let whole = fs::read(&path).unwrap();
    for cut in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        let path = folder.path().join(format!("{cut}.ndjson"));
        fs::write(&path, &whole[..cut]).unwrap();
        let journal = Journal::open(&path, true).unwrap();
        let recovered = journal.recovered().clone();
        drop(journal);
        let kept = fs::read(&path).unwrap();
        assert!(kept.is_empty() || kept.ends_with(b"\n"), "{cut}");
        let torn = recovered.torn.map(|torn| fs::read(torn).unwrap()).unwrap_or_default();
        let torn = torn.strip_suffix(b"\n").unwrap_or(&torn).to_vec();
        // Nothing is lost: what is kept and what is torn are what was there.
        let mut joined = kept.clone();
        joined.extend(&torn);
        assert_eq!(joined.strip_suffix(b"\n").unwrap_or(&joined), {
            let left = &whole[..cut];
            left.strip_suffix(b"\n").unwrap_or(left)
        });
        let newlines = kept.split(|b| *b == b'\n').count() as u64 - 1;
        assert_eq!(recovered.records, newlines, "{cut}");
    }
    let middle = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    let nonsense = [&whole[..middle], b"nonsense\n", &whole[middle..]].concat();
    fs::write(&path, nonsense).unwrap();
    assert!(matches!(Journal::open(&path, true), Err(JournalError::Corrupt { line: 2, .. })));
}

// ---- properties: random markets and signals through both stages ----

/// What the tape consists of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tape {
    Quotes,
    Trades,
    Bars,
}

/// One moment: time passes, the price moves, perhaps somebody has an idea.
#[derive(Clone, Debug)]
pub struct Moment {
    wait_ms: i64,
    ticks: i64,
    size: u64,
    what: u8,
    idea: Option<(bool, i64, i64, Option<u32>)>,
}

#[derive(Clone, Debug)]
pub struct Market {
    tape: Tape,
    pub latency: i64,
    pub moments: Vec<Moment>,
}

fn moment() -> impl Strategy<Value = Moment> {
    let wait = prop_oneof![12 => 0..400_i64, 2 => 400..5000_i64, 3 => MINUTE..60 * MINUTE];
    let idea = prop::option::weighted(
        0.15,
        (any::<bool>(), 6..20_i64, 6..30_i64, prop::option::of(1..5_u32)),
    );
    (wait, -6..7_i64, 1..60_u64, 0..8_u8, idea)
        .prop_map(|(wait_ms, ticks, size, what, idea)| Moment { wait_ms, ticks, size, what, idea })
}

pub fn any_market() -> impl Strategy<Value = Market> {
    let tape = prop_oneof![3 => Just(Tape::Quotes), 2 => Just(Tape::Trades), 1 => Just(Tape::Bars)];
    let latency = prop::sample::select(vec![0, 50, 150, 500]);
    (tape, latency, prop::collection::vec(moment(), 1..250))
        .prop_map(|(tape, latency, moments)| Market { tape, latency, moments })
}

const MIDDLE: i64 = 20_000;

fn points(ticks: i64) -> f64 {
    ticks as f64 / 4.0
}

/// The records of a market; `mirror` reflects prices at [`MIDDLE`] and swaps the sides.
pub fn records(market: &Market, mirror: bool) -> Vec<Record> {
    let price = |ticks: i64| points(if mirror { 2 * MIDDLE - ticks } else { ticks });
    let (mut ms, mut last, mut out) = (0, MIDDLE, Vec::new());
    for (n, moment) in market.moments.iter().enumerate() {
        let open = last;
        last += moment.ticks;
        ms += moment.wait_ms;
        let (bid, ask) = (last - 1, last);
        let record = match (market.tape, moment.what) {
            (Tape::Bars, _) => {
                ms = (ms / MINUTE + 1) * MINUTE;
                let (high, low) = (open.max(last) + 3, open.min(last) - 3);
                let (high, low) =
                    if mirror { (price(low), price(high)) } else { (price(high), price(low)) };
                crate::desk::bar(ms / MINUTE, price(open), high, low, price(last))
            }
            (_, 0) => clock(ms),
            (Tape::Quotes, 1..=4) if mirror => quote(ms, price(ask), 7, price(bid), moment.size),
            (Tape::Quotes, 1..=4) => quote(ms, price(bid), moment.size, price(ask), 7),
            _ => trade(ms, price(last), moment.size),
        };
        if let Some((buy, stop, target, hold)) = moment.idea {
            let side = if buy == mirror { Side::Sell } else { Side::Buy };
            let up = if buy { 1 } else { -1 };
            let (entry, stop, target) =
                (price(last), price(last - up * stop), price(last + up * target));
            let mut idea = signal(&format!("idea-{n}"), ms, side, entry, stop, target);
            idea.manage.hold_min = hold;
            idea.expires += MINUTE;
            out.push(idea.into());
        }
        out.push(record);
    }
    out
}

/// Limits wide enough that trades happen, narrow enough that they are met.
pub fn rules(latency: i64) -> Config {
    let mut config = config(latency);
    config.account.equity = Cents(30_000_000);
    config.risk.trade_risk_max = Cents(60_000);
    config.risk.day_loss_max = Cents(250_000);
    config.risk.day_loss_share_max = 0.05;
    config.risk.day_loss_r_max = 6.0;
    config.risk.trade_age_ms_max = 600_000;
    config.risk.quote_age_ms_max = 600_000;
    config
}

/// Signed contracts and cash of fills, from nothing but the fills.
#[derive(Default)]
struct Books {
    position: BTreeMap<Sym, i64>,
    cash: i64,
}

impl Books {
    fn add(&mut self, fill: &Fill, config: &Config) {
        let instrument = config.instrument_of(&fill.sym).unwrap();
        let signed = fill.side.sign() * fill.qty as i64;
        *self.position.entry(fill.sym).or_default() += signed;
        let ticks = instrument.ticks(fill.px).unwrap().0;
        self.cash -= signed * ticks * instrument.tick_value.0 + fill.fee.0;
        assert_eq!(fill.fee, instrument.fees(fill.qty));
    }

    fn is_flat(&self) -> bool {
        self.position.values().all(|qty| *qty == 0)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn money_adds_up_and_positions_are_the_sum_of_fills(market in any_market()) {
        let config = rules(market.latency);
        let (_, output) = both(&config, &records(&market, false));
        let (mut books, mut ids, mut net) = (Books::default(), BTreeSet::new(), 0);
        for record in &output {
            match record {
                Record::Fill(fill) => {
                    prop_assert!(ids.insert(fill.exec_id.clone()), "{} twice", fill.exec_id);
                    books.add(fill, &config);
                }
                Record::Position(p) => prop_assert_eq!(books.position[&p.sym], p.qty),
                Record::Account(a) if books.is_flat() => {
                    prop_assert_eq!(a.equity.0 - config.account.equity.0, books.cash);
                }
                Record::Roundtrip(t) => {
                    net += t.pnl.0;
                    prop_assert_eq!(t.gross - t.fee, t.pnl);
                    prop_assert!(t.mae <= 0 && t.mfe >= 0);
                    if books.is_flat() {
                        prop_assert_eq!(net, books.cash);
                    }
                }
                _ => {}
            }
            let weight: i64 = books.position.iter().map(|(sym, qty)| {
                qty.abs() * config.instrument_of(sym).unwrap().tick_value.0
            }).sum();
            prop_assert!(weight <= config.risk.max_pos as i64 * 1250, "position above its limit");
        }
    }

    #[test]
    fn fills_lie_within_the_market(market in any_market()) {
        let config = rules(market.latency);
        let input = records(&market, false);
        let (_, output) = both(&config, &input);
        for fill in fills(&output) {
            let seen = input.iter().filter(|r| match r {
                Record::Bar(bar) => bar.ts - 60_000_000 <= fill.xts && fill.xts <= bar.ts,
                r => r.ts() <= fill.xts && fill.xts - r.ts() <= 5_000_000,
            });
            let (mut low, mut high) = (i64::MAX, i64::MIN);
            let mut touch = None;
            for record in seen {
                let (l, h) = match record {
                    Record::Trade(Trade { px, ts, .. }) if *ts == fill.xts => (*px, *px),
                    Record::Quote(Quote { bid: Some(bid), ask: Some(ask), ts, .. }) => {
                        touch = Some((bid.nanos(), ask.nanos()));
                        // Of several quotes of one stamp any may be the one that filled.
                        if *ts != fill.xts {
                            continue;
                        }
                        (*bid, *ask)
                    }
                    Record::Bar(Bar { l, h, .. }) => (*l, *h),
                    _ => continue,
                };
                (low, high) = (low.min(l.nanos()), high.max(h.nanos()));
            }
            if let Some((bid, ask)) = touch {
                (low, high) = (low.min(bid), high.max(ask));
            }
            prop_assert!(low <= high, "{fill:?}: no market at its time");
            let tick = 250_000_000;
            // Seven are displayed on one side and at least one on the other: each further multiple
            // costs a tick, so that a fill is at most as many ticks away as it has contracts.
            let orders = output.iter().filter_map(|r| match r {
                Record::Order(o) if o.id == fill.order => Some(o.qty), _ => None });
            let reach = tick * orders.max().unwrap().max(1) as i64;
            let px = fill.px.nanos();
            if fill.leg == Leg::Target {
                let better = if fill.side == Side::Sell { px > high } else { px < low };
                prop_assert!(!better, "{fill:?} better than {low} to {high}");
            } else {
                prop_assert!(low - reach <= px && px <= high + reach, "{fill:?}: {low} to {high}");
            }
        }
    }

    /// The stop is at work from the moment of the entry: no trade at or through it leaves the
    /// position open.
    #[test]
    fn every_position_is_protected(market in any_market()) {
        prop_assume!(market.tape != Tape::Bars);
        let config = rules(market.latency);
        let input = records(&market, false);
        let (_, output) = both(&config, &input);
        for order in output.iter().filter_map(|r| match r {
            Record::Order(o) if o.op == OrderOp::New => Some(o), _ => None }) {
            let of_order: Vec<_> = fills(&output).into_iter().filter(|f| f.order == order.id).collect();
            let Some(entry) = of_order.iter().find(|f| f.leg == Leg::Entry) else { continue };
            let acked = output.iter().any(|r| matches!(r, Record::Ack(a)
                if a.order == order.id && a.leg == Leg::Stop && a.xts == entry.xts));
            prop_assert!(acked, "no stop at {}", entry.xts);
            let stop = order.stop.unwrap();
            for record in &input {
                let Record::Trade(trade) = record else { continue };
                let through = order.side.sign() * (trade.px.nanos() - stop.nanos()) <= 0;
                if trade.ts <= entry.xts || !through || !is_believed(trade, &input) {
                    continue;
                }
                let sum = |leg: fn(&Fill) -> bool| -> u64 {
                    of_order.iter().filter(|f| f.xts <= trade.ts && leg(f)).map(|f| f.qty).sum()
                };
                // What the end of the input left untold is not looked at.
                let told = output.last().unwrap().ts() >= trade.ts + config.fills.latency_ms * 1000;
                // What its protection keeps from filling at once has taken the targets with it and
                // rests at the market.
                let rests = output.iter().any(|r| matches!(r, Record::Cancel(c)
                    if c.order == order.id && c.leg == Leg::Target && c.reason == "oco"));
                if told && !rests {
                    let (ins, outs) = (sum(|f| f.leg == Leg::Entry), sum(|f| f.leg != Leg::Entry));
                    prop_assert_eq!(ins, outs, "{} open through its stop", order.id.clone());
                }
            }
        }
    }

    #[test]
    fn a_prefix_of_the_input_gives_a_prefix_of_the_output(
        (market, cut) in any_market().prop_flat_map(|m| { let n = m.moments.len(); (Just(m), 0..=n) })
    ) {
        let config = rules(market.latency);
        let input = records(&market, false);
        let cut = cut.min(input.len());
        let whole = drive(&mut risk(&config), &input).unwrap();
        let part = drive(&mut risk(&config), &input[..cut]).unwrap();
        prop_assert!(bytes(&whole).starts_with(&bytes(&part)), "risk, cut at {cut}");
        let executed = drive(&mut paper(&config, None), &whole).unwrap();
        let cut = cut.min(whole.len());
        let part = drive(&mut paper(&config, None), &whole[..cut]).unwrap();
        prop_assert!(bytes(&executed).starts_with(&bytes(&part)), "paper, cut at {cut}");
    }

    /// Stamps of what is written never go back, and a recorded stream replays to itself.
    #[test]
    fn a_recording_replays_to_the_same_bytes(market in any_market()) {
        let config = rules(market.latency);
        let (decided, executed) = both(&config, &records(&market, false));
        let again = drive(&mut risk(&config), &executed).unwrap();
        let again = drive(&mut paper(&config, None), &again).unwrap();
        prop_assert_eq!(bytes(&again), bytes(&executed));
        let mut newest = i64::MIN;
        for record in decided.iter().filter(|r| !matches!(r, Record::Signal(_) | Record::Verdict(_))) {
            if matches!(record, Record::Order(o) if o.op == OrderOp::New) {
                continue;
            }
            // With what is stamped while the exchange is closed no time passes.
            let closed = match record {
                Record::Trade(_) | Record::Quote(_) => !is_open(record.ts()),
                Record::Bar(bar) => {
                    !is_open(bar.ts - i64::from(bar.dur) * 1_000_000) && !is_open(bar.ts - 1)
                }
                _ => false,
            };
            // Nor with a stamp that one record alone leaps to.
            let ahead = newest != i64::MIN && record.ts() - newest > HOUR_US;
            if closed || ahead {
                continue;
            }
            prop_assert!(record.ts() >= newest, "{record:?} goes back");
            newest = record.ts();
        }
    }

    /// Facts that risk acted on are the facts that execution reports, in the same order.
    #[test]
    fn risk_and_paper_agree(market in any_market()) {
        let (decided, executed) = both(&rules(market.latency), &records(&market, false));
        let acct: Vec<_> = decided.iter().filter_map(|r| match r {
            Record::Acct(a) if a.op == AcctOp::Fill => {
                Some((a.ts, a.xts?, a.exec_id.clone()?, a.px?, a.qty?, a.fee?))
            }
            _ => None,
        }).collect();
        let own: Vec<_> = fills(&executed).into_iter()
            .map(|f| (f.ts, f.xts, f.exec_id.clone(), f.px, f.qty, f.fee)).collect();
        prop_assert_eq!(acct, own);
    }

    #[test]
    fn a_latch_never_opens_by_itself_in_its_session(market in any_market()) {
        let mut config = rules(market.latency);
        config.risk.day_loss_r_max = 1.0;
        let calendar = Calendar::builtin().unwrap();
        let (decided, _) = both(&config, &records(&market, false));
        let mut closed_until = i64::MIN;
        for record in &decided {
            match record {
                // A pattern's latch stops that pattern alone.
                Record::Acct(a) if a.latches.iter().any(|name| name.starts_with("pattern:")) => {}
                Record::Acct(a) if a.op == AcctOp::Latch => {
                    // Between two sessions (a late fact in the maintenance hour) the next one is near.
                    let session = calendar.session_at_or_after(a.ts).unwrap();
                    closed_until = if a.ts < session.open {
                        session.open
                    } else {
                        calendar.session_at_or_after(session.close).unwrap().open
                    };
                }
                Record::Acct(a) if a.op == AcctOp::Reset => prop_assert!(a.ts >= closed_until),
                Record::Order(o) if o.op == OrderOp::New => {
                    prop_assert!(o.ct >= closed_until, "{} behind the latch", o.id);
                }
                _ => {}
            }
        }
    }

    /// Prices reflected and sides swapped: the same trades, the same money.
    #[test]
    fn a_mirrored_market_pays_the_same(market in any_market()) {
        let config = rules(market.latency);
        let result = |mirror| {
            let (_, output) = both(&config, &records(&market, mirror));
            let money = roundtrips(&output).into_iter().map(|t| {
                (t.order.clone(), t.side, t.qty, t.opened, t.closed, t.reason.clone(), t.pnl, t.mae, t.mfe)
            });
            money.collect::<Vec<_>>()
        };
        let (plain, mut mirrored) = (result(false), result(true));
        for trip in &mut mirrored {
            trip.1 = trip.1.opposite();
        }
        prop_assert_eq!(plain, mirrored);
    }
}

/// What one record alone cannot make pass, microseconds.
const HOUR_US: i64 = 3_600_000_000;

/// Whether the exchange trades at the print: in its session, and not far outside fresh quotes.
fn is_believed(trade: &Trade, input: &[Record]) -> bool {
    let fresh = input.iter().rev().find_map(|record| match record {
        Record::Quote(quote) if quote.ts <= trade.ts && trade.ts - quote.ts <= 1_000_000 => {
            quote.touch()
        }
        _ => None,
    });
    let far = fresh.is_some_and(|(bid, ask)| {
        let margin = 40 * 250_000_000;
        trade.px.nanos() > ask.nanos() + margin || trade.px.nanos() < bid.nanos() - margin
    });
    // After more than an hour the first stamp is not believed.
    let mut before = input.iter().map(Record::ts).filter(|ts| *ts < trade.ts);
    is_open(trade.ts) && !far && before.any(|ts| trade.ts - ts <= HOUR_US)
}

fn is_open(ts: i64) -> bool {
    Calendar::builtin().unwrap().session_at_or_after(ts).unwrap().is_open(ts)
}

/// The random markets above are worth something only if trades of every kind happen in them.
#[test]
fn random_markets_trade() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..150 {
        let market = any_market().new_tree(&mut runner).unwrap().current();
        let (decided, executed) = both(&rules(market.latency), &records(&market, false));
        for trip in roundtrips(&executed) {
            *seen.entry(trip.reason.clone()).or_default() += 1;
        }
        for record in &decided {
            match record {
                Record::Verdict(v) => {
                    *seen.entry(v.reason.clone().unwrap_or("pass".into())).or_default() += 1;
                }
                Record::Acct(a) if a.op != AcctOp::Ack => {
                    *seen.entry(format!("{:?}", a.op)).or_default() += 1;
                }
                _ => {}
            }
        }
    }
    for what in ["stop", "target", "hold", "pass", "POS", "DAY", "Latch", "Reset", "flat_by"] {
        assert!(seen.get(what).is_some_and(|n| *n >= 3), "{what} hardly happens: {seen:?}");
    }
}

#[test]
fn signals_are_the_only_way_in() {
    let idea: Signal = signal("test-1", 0, Side::Buy, 5000.0, 4997.5, 5002.0);
    let quiet = [quote(0, 5000.0, 50, 5000.25, 50), trade(0, 5000.0, 1), clock(MINUTE)];
    let (decided, executed) = both(&config(150), &quiet);
    assert_eq!(decided.len(), quiet.len() + 1);
    assert_eq!(executed.len(), decided.len());
    let mut with = quiet.to_vec();
    with.insert(2, idea.into());
    assert!(both(&config(150), &with).1.len() > executed.len() + 3);
}
