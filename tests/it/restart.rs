//! What a restart of mia-risk must not forget: a stop that is on its way, messages, refusals.

use crate::desk::MINUTE;
use crate::desk::Sink;
use crate::desk::at;
use crate::desk::bytes;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::px;
use crate::desk::signal;
use crate::sizing::features;
use crate::sizing::following;
use crate::sizing::market;
use crate::sizing::moves;
use crate::sizing::orders;
use crate::sizing::purchase;
use crate::sizing::wealthy;
use mia::config::Config;
use mia::config::TargetRule;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::matching::blank_acct;
use mia::risk::AccountSource;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::risk::to_remember;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::Check;
use mia::wire::Leg;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Stage;

fn stage(config: &Config, account: AccountSource) -> RiskStage {
    let options = RiskOptions { account, ..RiskOptions::default() };
    RiskStage::new(config, Calendar::builtin().unwrap(), options).unwrap()
}

/// A run that remembers what an earlier one wrote.
fn after(config: &Config, written: &[Record]) -> RiskStage {
    let mut stage = stage(config, AccountSource::Journal);
    let kept = written.iter().filter_map(to_remember);
    kept.for_each(|record| stage.remember(&record).unwrap());
    stage
}

/// The fact `op` of an order, told at `ms`.
fn told(ms: i64, op: AcctOp, order: &str, leg: Leg, points: f64) -> Acct {
    Acct {
        order: Some(order.into()),
        leg: Some(leg),
        side: Some(if leg == Leg::Entry { Side::Buy } else { Side::Sell }),
        px: Some(px(points)),
        qty: Some(1),
        xts: Some(at(ms)),
        exec_id: (op == AcctOp::Fill).then(|| format!("{order}-{leg:?}-{ms}")),
        fee: (op == AcctOp::Fill).then_some(mia::market::Cents(225)),
        reason: (op == AcctOp::Reject).then(|| "busy".to_owned()),
        ..blank_acct(at(ms), es(), op)
    }
}

/// What a stage wrote because of a fact of its journal.
fn tell(stage: &mut RiskStage, fact: &Acct) -> Vec<Record> {
    let mut sink = Sink::default();
    stage.apply(fact, &mut sink).unwrap();
    let mut written: Vec<Record> = vec![fact.clone().into()];
    written.extend(sink.take_alone());
    written
}

/// A minute's end with an ATR of one point, in a market at `close`.
fn closing(minute: i64, close: f64) -> Vec<Record> {
    let ms = minute * MINUTE;
    let mut records = market(ms - 1, close).to_vec();
    records.push(features(ms, close, "\"atr\":1.0"));
    records
}

/// A long position at 5000.25 whose stop was sent to 5000.5, when the process died without an answer.
fn dying() -> Vec<Record> {
    let mut records = following(2.0);
    records.extend(closing(1, 5002.5));
    let output = drive(&mut stage(&config(150), AccountSource::Sim), &records).unwrap();
    assert_eq!(moves(&output), [("trail", px(5000.5))]);
    output
}

fn stops(output: &[Record]) -> Vec<Px> {
    moves(output).into_iter().map(|(_, stop)| stop).collect()
}

/// What the session replays to is what it was.
fn replays(config: &Config, output: &[Record]) {
    let again = drive(&mut stage(config, AccountSource::Stream), output).unwrap();
    assert_eq!(
        String::from_utf8(bytes(&again)).unwrap(),
        String::from_utf8(bytes(output)).unwrap()
    );
}

#[test]
fn a_stop_on_its_way_when_the_process_died_is_never_asked_looser() {
    let config = config(150);
    // The bar asks for 4999.5: tighter than the stop acknowledged, looser than the one sent.
    let mut second = after(&config, &dying());
    let output = drive(&mut second, &closing(2, 5001.5)).unwrap();
    assert_eq!(stops(&output), [px(5000.5)], "what was sent is sent again, nothing looser");
    assert_ne!(orders(&output)[0].id, format!("t:a:{}", at(MINUTE + 1)), "under another id");
    replays(&config, &output);
    // The market is there already: the stop that was sent would have been hit.
    let mut second = after(&config, &dying());
    let output = drive(&mut second, &closing(2, 5000.25)).unwrap();
    let last = orders(&output)[0];
    assert_eq!((last.op, last.reason.as_deref()), (OrderOp::Flatten, Some("trail")));
    replays(&config, &output);
    // Once the answer is there, it counts: acknowledged, or refused.
    let id = format!("t:a:{}", at(MINUTE + 1));
    for (fact, expected) in [
        (told(2 * MINUTE - 50, AcctOp::Ack, "o:a", Leg::Stop, 5000.5), vec![]),
        (told(2 * MINUTE - 50, AcctOp::Reject, &id, Leg::Entry, 1.0), vec![px(4999.5)]),
        (
            Acct {
                reason: Some("lost".into()),
                qty: Some(0),
                ..told(2 * MINUTE - 50, AcctOp::Cancel, &id, Leg::Stop, 1.0)
            },
            vec![px(4999.5)],
        ),
    ] {
        let mut second = after(&config, &dying());
        let mut output = drive(&mut second, &market(2 * MINUTE - 100, 5001.5)).unwrap();
        output.extend(tell(&mut second, &fact));
        output.extend(drive(&mut second, &closing(2, 5001.5)).unwrap());
        assert_eq!(stops(&output), expected, "{fact:?}");
        replays(&config, &output);
    }
    // A second restart still knows it.
    let mut second = after(&config, &dying());
    let again = drive(&mut second, &market(2 * MINUTE - 100, 5001.5)).unwrap();
    let mut third = after(&config, &again);
    let output = drive(&mut third, &closing(2, 5001.5)).unwrap();
    assert_eq!(stops(&output), [px(5000.5)]);
}

/// Two contracts, of which the first has left at its target: the stop goes to the entry at 5000.25.
fn half(config: &Config) -> (RiskStage, Vec<Record>) {
    let mut stage = stage(config, AccountSource::Journal);
    let mut idea = purchase(0);
    idea.manage.be_after_t1 = true;
    let mut records = market(0, 5000.0).to_vec();
    records.push(idea.into());
    let mut output = drive(&mut stage, &records).unwrap();
    let both = |mut acct: Acct| {
        acct.qty = Some(2);
        acct
    };
    for fact in [
        both(told(200, AcctOp::Fill, "o:a", Leg::Entry, 5000.25)),
        both(told(200, AcctOp::Ack, "o:a", Leg::Stop, 4997.5)),
        told(1000, AcctOp::Fill, "o:a", Leg::Target, 5005.0),
    ] {
        output.extend(tell(&mut stage, &fact));
    }
    output.extend(drive(&mut stage, &market(1100, 5005.0)).unwrap());
    (stage, output)
}

fn two_targets() -> Config {
    let mut config = wealthy();
    config.risk.targets = TargetRule::TwoAndThreeR;
    config
}

fn even(output: &[Record]) -> Vec<(&str, i64)> {
    let amends = orders(output).into_iter().filter(|order| order.op == OrderOp::Amend);
    amends.map(|o: &Order| (o.id.as_str(), o.ct - at(0))).collect()
}

#[test]
fn a_break_even_that_is_refused_is_asked_again_once_a_minute() {
    let config = two_targets();
    let (mut stage, mut output) = half(&config);
    assert_eq!(even(&output), [("b:a", 1_100_000)]);
    output.extend(tell(&mut stage, &told(1200, AcctOp::Reject, "b:a", Leg::Entry, 1.0)));
    for ms in (2000..61_000).step_by(1000) {
        output.extend(drive(&mut stage, &market(ms, 5005.0)).unwrap());
    }
    assert_eq!(even(&output).len(), 1, "not at every tick");
    for ms in [61_100, 61_200] {
        output.extend(drive(&mut stage, &market(ms, 5005.0)).unwrap());
    }
    let again = format!("b:a:{}", at(61_100));
    assert_eq!(even(&output)[1..], [(again.as_str(), 61_100_000)]);
    assert_eq!(stops(&output), [px(5000.25), px(5000.25)]);
    // Refused again, and asked again; acknowledged it is there, and nothing more is asked.
    output.extend(tell(&mut stage, &told(61_300, AcctOp::Reject, &again, Leg::Entry, 1.0)));
    output.extend(drive(&mut stage, &market(121_100, 5005.0)).unwrap());
    assert_eq!(even(&output).len(), 3);
    output.extend(tell(&mut stage, &told(121_200, AcctOp::Ack, "o:a", Leg::Stop, 5000.25)));
    for ms in [181_200, 241_200, 301_200] {
        output.extend(drive(&mut stage, &market(ms, 5005.0)).unwrap());
    }
    assert_eq!(even(&output).len(), 3);
    replays(&config, &output);
}

#[test]
fn a_break_even_on_its_way_at_a_restart_is_asked_again_under_another_id() {
    let config = two_targets();
    let (_, output) = half(&config);
    let mut second = after(&config, &output);
    let mut output = drive(&mut second, &market(30_000, 5005.0)).unwrap();
    assert!(even(&output).is_empty(), "not sooner than a minute after the first");
    output.extend(drive(&mut second, &market(61_100, 5005.0)).unwrap());
    assert_eq!(even(&output), [(format!("b:a:{}", at(61_100)).as_str(), 61_100_000)]);
    replays(&config, &output);
}

#[test]
fn a_flatten_that_is_refused_is_asked_again() {
    let config = two_targets();
    let (mut stage, mut output) = half(&config);
    let mut sink = Sink::default();
    let kill = SideEvent::Kill { ts: at(1200), reason: "enough".into() };
    stage.on_side(&kill, &mut sink).unwrap();
    output.extend(sink.take_alone());
    let flattens = |output: &[Record]| -> Vec<(String, Option<String>)> {
        let orders = orders(output).into_iter().filter(|order| order.op == OrderOp::Flatten);
        orders.map(|order| (order.id.clone(), order.reason.clone())).collect()
    };
    assert_eq!(flattens(&output).len(), 1);
    let id = flattens(&output)[0].0.clone();
    output.extend(tell(&mut stage, &told(1300, AcctOp::Reject, &id, Leg::Flatten, 1.0)));
    for ms in (2000..6300).step_by(100) {
        output.extend(drive(&mut stage, &market(ms, 5005.0)).unwrap());
    }
    assert_eq!(flattens(&output).len(), 1, "not at every record");
    for ms in [6300, 6400, 20_000] {
        output.extend(drive(&mut stage, &market(ms, 5005.0)).unwrap());
    }
    let kill = Some("kill".to_owned());
    let again = (format!("f:{}", at(6300)), kill.clone());
    assert_eq!(flattens(&output), [(id, kill), again], "once, under another id");
    output.extend(tell(&mut stage, &told(20_100, AcctOp::Fill, "o:a", Leg::Flatten, 5005.0)));
    assert!(stage.ledger().is_flat());
    replays(&config, &output);
}

/// A contract bought at 5000.25, to be held for a minute, whose exit is sent at `ms`: its signal's at
/// less than a minute, else that of the holding time. The exit's id comes with it.
fn leaving(config: &Config, ms: i64) -> (RiskStage, Vec<Record>, String) {
    let mut stage = stage(config, AccountSource::Journal);
    let mut idea = purchase(0);
    idea.manage.hold_min = Some(1);
    let mut records = market(0, 5000.0).to_vec();
    records.push(idea.into());
    let mut output = drive(&mut stage, &records).unwrap();
    for fact in [
        told(200, AcctOp::Fill, "o:a", Leg::Entry, 5000.25),
        told(200, AcctOp::Ack, "o:a", Leg::Stop, 4997.5),
    ] {
        output.extend(tell(&mut stage, &fact));
    }
    let mut then = market(ms, 5001.0).to_vec();
    if ms < MINUTE {
        let mut exit = purchase(ms);
        exit.op = mia::wire::SignalOp::Exit;
        then.push(exit.into());
    }
    output.extend(drive(&mut stage, &then).unwrap());
    let sent = exits(&output);
    assert_eq!(sent.len(), 1, "{sent:?}");
    let id = sent[0].0.clone();
    (stage, output, id)
}

/// Id and reason of every exit of a single trade.
fn exits(output: &[Record]) -> Vec<(String, String)> {
    let exits = orders(output).into_iter().filter(|order| order.reference.is_some());
    let exits = exits.filter(|order| order.op == OrderOp::Flatten);
    exits.map(|order| (order.id.clone(), order.reason.clone().unwrap())).collect()
}

#[test]
fn an_exit_that_is_refused_is_asked_again_every_five_seconds() {
    let config = wealthy();
    for (ms, first, reason) in [(10_000, "x:a", "exit"), (61_000, "h:a", "hold")] {
        let (mut stage, mut output, id) = leaving(&config, ms);
        assert_eq!(id, first);
        output.extend(tell(&mut stage, &told(ms + 100, AcctOp::Reject, &id, Leg::Flatten, 1.0)));
        for later in (ms + 200..ms + 5100).step_by(100) {
            output.extend(drive(&mut stage, &market(later, 5001.0)).unwrap());
        }
        assert_eq!(exits(&output).len(), 1, "not at every record");
        for later in (ms + 5100..ms + 9000).step_by(100) {
            output.extend(drive(&mut stage, &market(later, 5001.0)).unwrap());
        }
        let again = (format!("{first}:{}", at(ms + 5100)), reason.to_owned());
        assert_eq!(exits(&output)[1..], *std::slice::from_ref(&again), "once, under another id");
        let refused = told(ms + 9000, AcctOp::Reject, &again.0, Leg::Flatten, 1.0);
        output.extend(tell(&mut stage, &refused));
        output.extend(drive(&mut stage, &market(ms + 14_000, 5001.0)).unwrap());
        assert_eq!(exits(&output).len(), 3, "as often as it is refused");
        let gone = told(ms + 14_100, AcctOp::Fill, "o:a", Leg::Flatten, 5001.0);
        output.extend(tell(&mut stage, &gone));
        output.extend(drive(&mut stage, &market(ms + 60_000, 5001.0)).unwrap());
        assert!(stage.ledger().is_flat() && exits(&output).len() == 3);
        replays(&config, &output);
    }
}

#[test]
fn a_refused_exit_does_not_hide_that_the_stop_is_missing() {
    let config = wealthy();
    let mut stage = stage(&config, AccountSource::Journal);
    let mut records = market(0, 5000.0).to_vec();
    records.push(purchase(0).into());
    let mut output = drive(&mut stage, &records).unwrap();
    output.extend(tell(&mut stage, &told(200, AcctOp::Fill, "o:a", Leg::Entry, 5000.25)));
    let mut exit = purchase(300);
    exit.op = mia::wire::SignalOp::Exit;
    let mut then = market(300, 5000.0).to_vec();
    then.push(exit.into());
    output.extend(drive(&mut stage, &then).unwrap());
    output.extend(tell(&mut stage, &told(400, AcctOp::Reject, "x:a", Leg::Flatten, 1.0)));
    output.extend(drive(&mut stage, &market(1300, 5000.0)).unwrap());
    let last = orders(&output).pop().unwrap();
    assert_eq!((last.op, last.reason.as_deref()), (OrderOp::Flatten, Some("no_stop")));
    assert!(last.reference.is_none(), "{last:?}");
    replays(&config, &output);
}

#[test]
fn an_exit_on_its_way_at_a_restart_is_asked_again() {
    let config = wealthy();
    for (ms, first) in [(10_000, "x:a"), (61_000, "h:a")] {
        let (_, output, _) = leaving(&config, ms);
        let mut second = after(&config, &output);
        let mut output = drive(&mut second, &market(ms + 20_000, 5001.0)).unwrap();
        let ids =
            |output: &[Record]| exits(output).into_iter().map(|exit| exit.0).collect::<Vec<_>>();
        assert_eq!(ids(&output), [first], "whoever has it already does not act twice");
        output.extend(drive(&mut second, &market(ms + 40_000, 5001.0)).unwrap());
        assert_eq!(ids(&output).len(), 1, "it is not refused");
        output.extend(tell(
            &mut second,
            &told(ms + 41_000, AcctOp::Reject, first, Leg::Flatten, 1.0),
        ));
        output.extend(drive(&mut second, &market(ms + 50_000, 5001.0)).unwrap());
        assert_eq!(ids(&output)[1..], [format!("{first}:{}", at(ms + 50_000))]);
        replays(&config, &output);
        // The journal says that it works at the exchange: nothing is to be asked again.
        let (_, output, _) = leaving(&config, 10_000);
        let mut second = after(&config, &output);
        let works = told(10_200, AcctOp::Ack, "o:a", Leg::Flatten, 1.0);
        second.remember(&works.into()).unwrap();
        assert!(exits(&drive(&mut second, &market(30_000, 5001.0)).unwrap()).is_empty());
    }
}

fn check(output: &[Record], code: &str) -> Check {
    let last = output.iter().rev().find_map(|record| match record {
        Record::Verdict(verdict) => Some(verdict),
        _ => None,
    });
    last.unwrap().checks.iter().find(|check| check.code == code).unwrap().clone()
}

/// A purchase of a pattern with a name.
fn idea(n: u32, ms: i64) -> Record {
    signal(&format!("va_rejection-B-{n}"), ms, Side::Buy, 5000.0, 4997.5, 5003.0).into()
}

#[test]
fn messages_and_refusals_of_an_earlier_run_count() {
    let mut config = config(150);
    config.risk.orders_minute_max = 2;
    // An entry, a move of its stop, an exit: three messages. Then a signal that is refused.
    let mut records = following(2.0);
    records.extend(closing(1, 5002.5));
    let mut exit = purchase(MINUTE + 100);
    exit.op = mia::wire::SignalOp::Exit;
    records.push(exit.clone().into());
    let written = drive(&mut stage(&config, AccountSource::Sim), &records).unwrap();
    assert_eq!(orders(&written).len(), 3);
    let mut second = after(&config, &written);
    let mut next = market(MINUTE + 2000, 5000.0).to_vec();
    next.push(idea(1, MINUTE + 2000));
    let output = drive(&mut second, &next).unwrap();
    // The stop was moved and the exit sent within the last minute, the entry before it.
    let rate = check(&output, "RATE");
    assert_eq!((rate.value.unwrap().0 as u64, rate.ok), (3, Some(false)), "{rate:?}");
    assert_eq!(rate.na.as_deref(), Some("per_minute"));
    replays(&config, &output);
    // Nobody knows whether the exit got out: it may be asked for again, under its own id.
    let mut second = after(&config, &written);
    let mut next = market(MINUTE + 2000, 5000.0).to_vec();
    next.push(exit.into());
    let output = drive(&mut second, &next).unwrap();
    assert_eq!(orders(&output)[0].id, "x:a");
    replays(&config, &output);
    // Nor is a signal that was refused.
    let mut wide =
        vec![crate::desk::quote(0, 5000.0, 50, 5004.0, 50), market(0, 5000.0)[1].clone()];
    wide.push(idea(2, 0));
    let refused = drive(&mut stage(&config, AccountSource::Sim), &wide).unwrap();
    assert!(orders(&refused).is_empty());
    let mut second = after(&config, &refused);
    let mut next = market(2000, 5000.0).to_vec();
    next.push(idea(2, 2000));
    let output = drive(&mut second, &next).unwrap();
    assert_eq!(check(&output, "DUP").ok, Some(false));
    replays(&config, &output);
}

#[test]
fn entries_of_an_earlier_run_repeat() {
    let mut config = config(150);
    config.risk.repeat_max = 3;
    config.risk.positions_max = 20;
    let mut first = stage(&config, AccountSource::Journal);
    let mut records = market(0, 5000.0).to_vec();
    records.push(idea(1, 0));
    let mut written = drive(&mut first, &records).unwrap();
    let ended = |order: &str, ms: i64| Acct {
        reason: Some("ioc".into()),
        ..told(ms, AcctOp::Cancel, order, Leg::Entry, 1.0)
    };
    written.extend(tell(&mut first, &ended("o:va_rejection-B-1", 500)));
    let mut records = market(3000, 5000.0).to_vec();
    records.push(idea(2, 3000));
    written.extend(drive(&mut first, &records).unwrap());
    written.extend(tell(&mut first, &ended("o:va_rejection-B-2", 3500)));
    assert_eq!(orders(&written).len(), 2);
    let mut second = after(&config, &written);
    let mut third = market(6000, 5000.0).to_vec();
    let mut again = signal("va_rejection-B-3", 6000, Side::Buy, 5000.0, 4997.5, 5003.0);
    again.pattern = "va_rejection".into();
    third.push(again.into());
    let output = drive(&mut second, &third).unwrap();
    assert_eq!(check(&output, "REPEAT").value.unwrap().0 as u64, 3);
    assert_eq!(check(&output, "REPEAT").ok, Some(false));
    replays(&config, &output);
}
