//! Where account facts come from: a recorded session replays to the same bytes, a journal is followed,
//! and a run goes on from what an earlier one left.

use crate::desk::Sink;
use crate::desk::at;
use crate::desk::bytes;
use crate::desk::drive;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::paper::any_market;
use crate::paper::records;
use crate::paper::rules;
use mia::config::Config;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Side;
use mia::risk::AccountSource;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::AcctOp;
use mia::wire::By;
use mia::wire::Fill;
use mia::wire::Flow;
use mia::wire::Kind;
use mia::wire::Leg;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Stage;
use proptest::prelude::*;

fn stage(config: &Config, account: AccountSource) -> RiskStage {
    let options = RiskOptions { account, ..RiskOptions::default() };
    RiskStage::new(config, Calendar::builtin().unwrap(), options).unwrap()
}

/// What happens beside the records: after the record with this number.
type Beside = Vec<(usize, SideEvent)>;

/// The output of risk over `records`, with events from beside; `true` at the end if it stopped.
fn session(stage: &mut RiskStage, records: &[Record], beside: &Beside) -> (Vec<Record>, bool) {
    let (mut sink, mut output) = (Sink::default(), Vec::new());
    for (n, record) in records.iter().enumerate() {
        let flow = if stage.wants().has(record.kind()) {
            stage.on_record(record, &mut sink).unwrap()
        } else {
            Flow::Pass
        };
        output.append(&mut sink.take(record, flow));
        if matches!(flow, Flow::Stop(_)) {
            return (output, true);
        }
        for (_, event) in beside.iter().filter(|(after, _)| *after == n) {
            let flow = stage.on_side(event, &mut sink).unwrap();
            output.append(&mut sink.take(record, Flow::Drop));
            if matches!(flow, Flow::Stop(_)) {
                return (output, true);
            }
        }
    }
    (output, false)
}

fn replay(config: &Config, output: &[Record]) -> Vec<Record> {
    drive(&mut stage(config, AccountSource::Stream), output).unwrap()
}

/// Risk and execution in one process, with a journal between them: every fact reaches risk `delay`
/// records after it was written.
fn with_journal(
    risk: &mut RiskStage,
    exec: &mut PaperStage,
    records: &[Record],
    delay: usize,
    until: usize,
) -> (Vec<Record>, Vec<Record>) {
    let (mut sink, mut output, mut journal) = (Sink::default(), Vec::new(), Vec::new());
    let mut underway: Vec<(usize, Record)> = Vec::new();
    for (n, record) in records.iter().enumerate().take(until) {
        let flow = risk.on_record(record, &mut sink).unwrap();
        let mut made = sink.take(record, flow);
        let stopped = matches!(flow, Flow::Stop(_));
        let (due, later) = std::mem::take(&mut underway).into_iter().partition(|(at, _)| *at <= n);
        underway = later;
        for (_, fact) in due {
            let event = SideEvent::Journal { ts: record.ts(), record: Box::new(fact) };
            risk.on_side(&event, &mut sink).unwrap();
            made.append(&mut sink.take(record, Flow::Drop));
        }
        for own in &made {
            let mut facts = drive_on(exec, own);
            facts.retain(|fact| {
                matches!(fact.kind(), Kind::Ack | Kind::Fill | Kind::Cancel | Kind::Reject)
                    || matches!(fact, Record::Order(order) if order.by == By::Risk)
            });
            journal.extend(facts.iter().cloned());
            underway.extend(facts.into_iter().map(|fact| (n + delay, fact)));
        }
        output.append(&mut made);
        if stopped {
            break;
        }
    }
    (output, journal)
}

/// What execution writes for one record, orders first: as its journal has it.
fn drive_on(exec: &mut PaperStage, record: &Record) -> Vec<Record> {
    let mut sink = Sink::default();
    exec.on_record(record, &mut sink).unwrap();
    let made = sink.take(record, Flow::Drop);
    let order = Some(record.clone()).filter(|r| matches!(r, Record::Order(_)));
    order.into_iter().chain(made).collect()
}

fn paper(config: &Config) -> PaperStage {
    PaperStage::new(config, Calendar::builtin().unwrap(), None).unwrap()
}

proptest! {
    #[test]
    fn a_session_of_the_simulated_account_replays_to_the_same_bytes(
        market in any_market(),
        kill in prop::option::weighted(0.3, any::<prop::sample::Index>()),
        cut in any::<prop::sample::Index>(),
    ) {
        let config = rules(market.latency);
        let records = records(&market, false);
        let beside: Beside = kill
            .map(|at| at.index(records.len()))
            .map(|n| (n, SideEvent::Kill { ts: records[n].ts(), reason: "enough".into() }))
            .into_iter()
            .collect();
        let (recorded, _) = session(&mut stage(&config, AccountSource::Sim), &records, &beside);
        let again = replay(&config, &recorded);
        prop_assert_eq!(
            String::from_utf8(bytes(&again)).unwrap(),
            String::from_utf8(bytes(&recorded)).unwrap()
        );
        let cut = cut.index(recorded.len() + 1);
        let part = replay(&config, &recorded[..cut]);
        prop_assert!(bytes(&again).starts_with(&bytes(&part)), "a prefix for a prefix");
    }

    #[test]
    fn a_session_with_a_journal_replays_to_the_same_bytes(
        market in any_market(), delay in 0..6_usize,
    ) {
        let config = rules(market.latency);
        let records = records(&market, false);
        let mut risk = stage(&config, AccountSource::Journal);
        let mut exec = paper(&config);
        let (recorded, journal) =
            with_journal(&mut risk, &mut exec, &records, delay, usize::MAX);
        prop_assert_eq!(bytes(&replay(&config, &recorded)), bytes(&recorded));
        let heard = recorded.iter().filter(|r| matches!(r, Record::Acct(a) if a.op == AcctOp::Fill));
        let fills = journal.iter().filter(|r| r.kind() == Kind::Fill);
        prop_assert!(heard.count() <= fills.count());
        prop_assert_eq!(risk.unmatched(), 0);
    }

    #[test]
    fn a_run_goes_on_from_what_a_killed_one_acted_on(
        market in any_market(),
        delay in 0..6_usize,
        cut in any::<prop::sample::Index>(),
        lost in any::<bool>(),
    ) {
        let config = rules(market.latency);
        let records = records(&market, false);
        let cut = cut.index(records.len());
        let mut first = stage(&config, AccountSource::Journal);
        let mut exec = paper(&config);
        let (acted, journal) = with_journal(&mut first, &mut exec, &records, delay, cut);
        // The state folder knows what risk acted on, the journal perhaps more; one of them is lost.
        let mut second = stage(&config, AccountSource::Journal);
        let known = if lost { &journal } else { &acted };
        for record in known.iter().filter(|r| !matches!(r, Record::Acct(a) if lost && a.by == By::Risk)) {
            second.remember(record).unwrap();
        }
        if !lost {
            prop_assert_eq!(second.ledger().equity(), first.ledger().equity());
            let ids = |risk: &RiskStage| risk.ledger().orders().keys().cloned().collect::<Vec<_>>();
            prop_assert_eq!(ids(&second), ids(&first));
            prop_assert_eq!(second.high_water() <= first.high_water(), true);
            prop_assert_eq!(second.state(), first.state());
        }
        prop_assert_eq!(
            second.ledger().stats().wins + second.ledger().stats().losses
                >= first.ledger().stats().wins + first.ledger().stats().losses,
            true
        );
        let (recorded, _) =
            with_journal(&mut second, &mut exec, &records[cut..], delay, usize::MAX);
        prop_assert_eq!(
            String::from_utf8(bytes(&replay(&config, &recorded))).unwrap(),
            String::from_utf8(bytes(&recorded)).unwrap()
        );
    }
}

#[test]
fn latches_that_risk_sets_are_decided_again_and_those_of_others_are_taken() {
    let mut config = crate::desk::config(150);
    config.risk.losses_in_row_max = 1;
    let mut records = vec![quote(0, 5000.0, 50, 5000.25, 50), trade(0, 5000.0, 1)];
    records.push(signal("a", 0, Side::Buy, 5000.0, 4998.0, 5003.0).into());
    for ms in [200, 400, 600] {
        records.push(quote(ms, 5000.0, 50, 5000.25, 50));
    }
    for ms in [800, 1000, 1200, 1400, 1600, 1800] {
        records.push(quote(ms, 4997.0, 50, 4997.25, 50));
        records.push(trade(ms, 4997.0, 1));
    }
    let (recorded, _) = session(&mut stage(&config, AccountSource::Sim), &records, &Vec::new());
    let latched = |r: &&Record| matches!(r, Record::Acct(a) if a.op == AcctOp::Latch);
    assert_eq!(recorded.iter().filter(latched).count(), 1, "the losing streak latches");
    // Without its latch the recording is decided as it was; a foreign one is not believed.
    let without: Vec<Record> = recorded.iter().filter(|r| !latched(r)).cloned().collect();
    assert_eq!(bytes(&replay(&config, &without)), bytes(&recorded));
}

#[test]
fn an_execution_of_nobodys_order_counts_and_halts_entries() {
    let config = crate::desk::config(150);
    let mut risk = stage(&config, AccountSource::Journal);
    let (first, sym) =
        ([quote(0, 5000.0, 50, 5000.25, 50), trade(0, 5000.0, 1)], crate::desk::es());
    let fill = Fill {
        ts: at(10),
        sym,
        by: By::Exec,
        order: "o:stranger".into(),
        leg: Leg::Entry,
        side: Side::Buy,
        qty: 1,
        px: px(5000.0),
        fee: Cents(225),
        exec_id: "stranger-1".into(),
        xts: at(5),
    };
    let event = SideEvent::Journal { ts: at(20), record: Box::new(fill.into()) };
    let (output, _) = session(&mut risk, &first, &vec![(1, event)]);
    assert_eq!((risk.unmatched(), risk.ledger().position(&sym)), (1, 1));
    assert_eq!(risk.ledger().equity(), config.account.equity - Cents(225));
    let latch = output.iter().find_map(|r| match r {
        Record::Acct(acct) if acct.op == AcctOp::Latch => Some(acct),
        _ => None,
    });
    assert_eq!(latch.unwrap().latches, ["recon"]);
    assert_eq!(bytes(&replay(&config, &output)), bytes(&output));
}

/// An execution of `order`, told by the journal.
fn told(ms: i64, order: &str, leg: Leg, side: Side, qty: u64) -> SideEvent {
    let fill = Fill {
        ts: at(ms),
        sym: crate::desk::es(),
        by: By::Exec,
        order: order.into(),
        leg,
        side,
        qty,
        px: px(5000.0),
        fee: Cents(225),
        exec_id: format!("{order}-{ms}"),
        xts: at(ms),
    };
    SideEvent::Journal { ts: at(ms), record: Box::new(fill.into()) }
}

/// A flatten: reason, side and contracts.
type Closing = (Option<String>, Side, u64);

/// What risk wrote to close, and the state that it ended in.
fn closed(records: &[Record], beside: &Beside) -> (Vec<Closing>, &'static str) {
    let config = crate::desk::config(150);
    let mut risk = stage(&config, AccountSource::Journal);
    let (output, _) = session(&mut risk, records, beside);
    assert_eq!(bytes(&replay(&config, &output)), bytes(&output));
    let orders = output.iter().filter_map(|record| match record {
        Record::Order(order) if order.op == mia::wire::OrderOp::Flatten => {
            Some((order.reason.clone(), order.side, order.qty))
        }
        _ => None,
    });
    (orders.collect(), risk.state().name())
}

#[test]
fn a_position_that_no_order_explains_is_closed() {
    let market: Vec<Record> =
        [0, 100, 200, 300, 5000].map(|ms| quote(ms, 5000.0, 50, 5000.25, 50)).to_vec();
    let stranger = |side, qty| told(110, "o:stranger", Leg::Entry, side, qty);
    let recon = Some("recon".to_owned());
    // Nobody knows of a stop: it is closed at the next record, once.
    let (orders, state) = closed(&market, &vec![(1, stranger(Side::Buy, 2))]);
    assert_eq!((orders, state), (vec![(recon.clone(), Side::Sell, 2)], "flatten_only"));
    // Beside a bracket of our own, in its direction and against it.
    let mut own = market.clone();
    own.insert(1, trade(1, 5000.0, 1));
    own.insert(2, signal("a", 1, Side::Buy, 5000.0, 4997.5, 5003.0).into());
    let entered = || (3, told(105, "o:a", Leg::Entry, Side::Buy, 1));
    let more = vec![entered(), (3, stranger(Side::Buy, 1))];
    assert_eq!(closed(&own, &more), (vec![(recon.clone(), Side::Sell, 2)], "flatten_only"));
    let turned = vec![entered(), (3, stranger(Side::Sell, 3))];
    assert_eq!(closed(&own, &turned), (vec![(recon, Side::Buy, 2)], "flatten_only"));
    // Somebody closed what the bracket had opened: nothing is unprotected, a person decides.
    let gone = vec![entered(), (3, stranger(Side::Sell, 1))];
    assert_eq!(closed(&own[..6], &gone), (Vec::new(), "halt_entries"));
}

#[test]
fn a_position_that_no_order_explains_is_closed_after_a_restart_too() {
    let config = crate::desk::config(150);
    let mut first = stage(&config, AccountSource::Journal);
    let market: Vec<Record> = [0, 100].map(|ms| quote(ms, 5000.0, 50, 5000.25, 50)).to_vec();
    let stranger = told(110, "o:stranger", Leg::Entry, Side::Sell, 1);
    let (output, _) = session(&mut first, &market, &vec![(1, stranger)]);
    let mut second = stage(&config, AccountSource::Journal);
    output.iter().for_each(|record| second.remember(record).unwrap());
    let later: Vec<Record> = [2000, 2100].map(|ms| quote(ms, 5000.0, 50, 5000.25, 50)).to_vec();
    let (output, _) = session(&mut second, &later, &Vec::new());
    let order = output.iter().find_map(|record| match record {
        Record::Order(order) => Some((order.reason.as_deref(), order.side, order.qty)),
        _ => None,
    });
    assert_eq!(order, Some((Some("recon"), Side::Buy, 1)));
    assert_eq!(bytes(&replay(&config, &output)), bytes(&output));
}
