//! Gamma flip: the textbook case, and a near miss of every single condition.
//!
//! Each scene is played as it is and mirrored (see `play`): both sides are tested by every line.

use super::scene::Minute;
use super::scene::Named;
use super::scene::Options;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::price;
use mia::config::Config;
use mia::market::Side;
use mia::wire::NegSide;
use mia::wire::Num;
use mia::wire::Signal;

const NAME: &str = "gamma_flip";
/// Where the break begins in the textbook.
const BREAK: usize = 10;

/// Flip at the centre, walls at 80 and -60, expected move 80 ticks: the buffer is 4 ticks.
const CHAIN: Options = Options {
    flip: 0.0,
    neg_side: NegSide::Below,
    call_wall: Some(80.0),
    put_wall: Some(-60.0),
    em: 80.0,
    age_s: 60,
};

fn minute(at: i64, bar: [i64; 4]) -> Minute {
    Minute::new(at, bar).with(|m| {
        m.options = Some(CHAIN);
        (m.ofi, m.delta, m.adx) = (Some(-1.5), Some(-0.2), Some(20.0));
    })
}

fn at_close(at: i64, close: i64) -> Minute {
    minute(at, [close, close + 2, close - 2, close])
}

/// Ten closes above the flip, then two below it by more than the buffer.
fn textbook() -> Vec<Minute> {
    let mut minutes: Vec<_> = (50..60).map(|at| at_close(at, 6)).collect();
    minutes.extend([minute(60, [6, 7, -6, -5]), minute(61, [-5, -3, -8, -7]), at_close(62, -9)]);
    minutes
}

fn run_with(minutes: Vec<Minute>, change: impl FnOnce(&mut mia::config::GammaFlip)) -> Outcome {
    let mut config = Config::default();
    change(&mut config.patterns.gamma_flip);
    play(&Scene::new(minutes), &config)
}

fn run(minutes: Vec<Minute>) -> Outcome {
    run_with(minutes, |_| {})
}

/// The first `n` minutes of the textbook, the last of them changed.
fn until(n: usize, change: impl FnOnce(&mut Minute)) -> Outcome {
    let mut minutes = textbook();
    minutes.truncate(n);
    change(&mut minutes[n - 1]);
    run(minutes)
}

/// The trigger bar of the textbook changed.
fn trigger(change: impl FnOnce(&mut Minute)) -> Outcome {
    until(BREAK + 2, change)
}

fn chain(minute: &mut Minute) -> &mut Options {
    minute.options.as_mut().unwrap()
}

fn entry(outcome: &Outcome) -> &Signal {
    let mut ours = outcome.entries().into_iter().filter(|s| s.pattern == NAME);
    let signal = ours.next().expect("a signal");
    assert!(ours.next().is_none(), "one signal");
    signal
}

#[test]
fn the_textbook_sale() {
    let outcome = run(textbook());
    let states = outcome.states(NAME);
    assert_eq!(states[..5], ["IDLE"; 5]);
    assert_eq!(states[5..10], ["ARMED"; 5]);
    assert_eq!(states[10..], ["PROBE", "TRIGGERED", "COOLDOWN"]);
    let signal = entry(&outcome);
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(-7), price(4)));
    assert_eq!(signal.targets, [price(-60)]);
    assert_eq!(signal.why, ["flip_crossed", "ofi", "delta_imb", "adx"]);
    assert_eq!(signal.level_ids, ["FLIP", "PW"]);
    assert_eq!(signal.manage.trail, Some(Num(2.0)));
    assert_eq!(signal.manage.exits, ["flip_recrossed"]);
    assert_eq!((signal.manage.hold_min, signal.regime.as_str()), (None, "RANGE"));
    let sale = outcome.sale(NAME);
    assert!(sale.iter().all(|e| e.missing.is_empty()));
    assert_eq!(sale[9].dist, Some(Num(10.0)));
    assert_eq!(sale[10].dist, Some(Num(0.0)));
    let saw = &sale[11].saw;
    assert_eq!(saw["flip"], Num(5000.0));
    assert_eq!((saw["PW"], saw["CW"], saw["em"]), (Num(4985.0), Num(5020.0), Num(20.0)));
    assert_eq!(saw["neg_side"], Num(-1.0));
    let closes = |bar: usize| ["closes_above", "closes_beyond"].map(|name| sale[bar].saw[name].0);
    assert_eq!([closes(0), closes(9), closes(10)], [[0.0, 0.0], [9.0, 0.0], [10.0, 1.0]]);
}

#[test]
fn arming_needs_five_of_the_ten_closes_before() {
    let with = |above: usize, older: i64| {
        let mut minutes: Vec<_> = (0..older).map(|i| at_close(50 - older + i, 6)).collect();
        // A close at the flip is not above it, nor is it beyond.
        minutes.extend((0..10).map(|i| at_close(50 + i as i64, if i < above { 6 } else { 0 })));
        minutes.extend(textbook().split_off(BREAK));
        minutes.truncate(minutes.len() - 1);
        run(minutes)
    };
    assert_eq!(with(5, 0).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(with(4, 0).last(NAME), ("IDLE", "not_above"));
    // Older ones do not count.
    assert_eq!(with(4, 5).last(NAME), ("IDLE", "not_above"));
    // The closes of the break itself do not count either, however long it lasts.
    let mut minutes = textbook();
    minutes.truncate(BREAK);
    minutes.extend((60..72).map(|at| at_close(at, -6).with(|m| m.ofi = Some(0.0))));
    minutes.push(at_close(72, -6));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn an_armed_machine_lets_go_when_price_stays_below() {
    let mut minutes = textbook();
    minutes.truncate(BREAK);
    minutes.extend((60..66).map(|at| at_close(at, 0)));
    assert_eq!(run(minutes.clone()).last(NAME), ("ARMED", "no_break"));
    minutes.push(at_close(66, 0));
    assert_eq!(run(minutes).last(NAME), ("IDLE", "not_above"));
}

#[test]
fn a_break_needs_closes_beyond_the_buffer() {
    assert_eq!(until(BREAK + 1, |m| m.bar[3] = -4).last(NAME), ("PROBE", "few_closes"));
    assert_eq!(until(BREAK + 1, |m| m.bar[3] = -3).last(NAME), ("ARMED", "no_break"));
    assert_eq!(trigger(|m| m.bar[3] = -4).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(trigger(|m| m.bar[3] = -3).last(NAME), ("ARMED", "no_break"));
    // Straight from IDLE: five closes above are enough when the sixth bar breaks.
    let mut minutes = textbook();
    minutes.drain(..5);
    assert_eq!(run(minutes).states(NAME)[4..7], ["IDLE", "PROBE", "TRIGGERED"]);
}

#[test]
fn the_buffer_grows_with_the_expected_move() {
    let with = |close: i64| {
        let mut minutes = textbook();
        minutes.truncate(BREAK + 2);
        for m in &mut minutes {
            chain(m).em = 200.0;
        }
        minutes[BREAK].bar = [6, 7, -12, -10];
        minutes[BREAK + 1].bar = [-10, -8, -12, close];
        run(minutes)
    };
    assert_eq!(with(-9).last(NAME), ("ARMED", "no_break"));
    let outcome = with(-10);
    assert_eq!(entry(&outcome).stop, price(10));
}

#[test]
fn the_closes_must_be_consecutive() {
    let closes = |closes: &[i64]| {
        let mut minutes = textbook();
        minutes.truncate(BREAK);
        minutes.extend(closes.iter().zip(60..).map(|(close, at)| at_close(at, *close)));
        run(minutes)
    };
    assert_eq!(closes(&[-5, -2, -5]).last(NAME), ("PROBE", "few_closes"));
    assert_eq!(closes(&[-5, -2, -5, -5]).last(NAME), ("TRIGGERED", "-"));
    let mut minutes = textbook();
    minutes.truncate(BREAK + 1);
    let outcome = run_with(minutes, |s| s.closes = 1);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"));
    let outcome = run_with(textbook(), |s| s.closes = 4);
    assert_eq!(outcome.last(NAME), ("PROBE", "few_closes"));
}

#[test]
fn the_trigger_needs_both_kinds_of_flow() {
    for (ofi, delta) in [(Some(-1.0), Some(-0.2)), (Some(-1.5), Some(-0.10))] {
        let outcome = trigger(|m| (m.ofi, m.delta) = (ofi, delta));
        assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"), "{ofi:?} {delta:?}");
    }
    for (ofi, delta, missing) in [
        (Some(-0.99), Some(-0.2), vec![]),
        (Some(-1.5), Some(-0.09), vec![]),
        (None, Some(-0.2), vec!["of_ofi"]),
        (Some(-1.5), None, vec!["of_delta_imb"]),
        (None, None, vec!["of_delta_imb", "of_ofi"]),
    ] {
        let outcome = trigger(|m| (m.ofi, m.delta) = (ofi, delta));
        assert_eq!(outcome.last(NAME), ("PROBE", "no_flow"), "{ofi:?} {delta:?}");
        assert_eq!(outcome.sale(NAME).last().unwrap().missing, missing);
        assert!(outcome.signals.is_empty());
    }
    // Flow may come with a later close of the same break.
    let mut minutes = textbook();
    minutes[BREAK + 1].ofi = None;
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn a_range_needs_directional_movement() {
    assert_eq!(trigger(|m| m.adx = Some(15.0)).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(trigger(|m| m.adx = Some(14.99)).last(NAME), ("PROBE", "adx_low"));
    let outcome = trigger(|m| m.adx = None);
    assert_eq!(outcome.last(NAME), ("PROBE", "adx_low"));
    assert_eq!(outcome.sale(NAME).last().unwrap().missing, ["adx"]);
}

#[test]
fn a_trend_needs_none_and_only_its_own_direction_is_traded() {
    let trend = |direction: f64, adx: Option<f64>| {
        let mut minutes = textbook();
        minutes.truncate(BREAK + 2);
        for m in &mut minutes {
            (m.regime, m.trend, m.adx) = (Some(1.0), Some(direction), adx);
        }
        run(minutes)
    };
    for adx in [None, Some(3.0), Some(40.0)] {
        let outcome = trend(-0.5, adx);
        assert_eq!(entry(&outcome).why[3], "regime_trend");
    }
    assert_eq!(trend(0.5, None).last(NAME), ("TRIGGERED", "direction"));
}

#[test]
fn the_quotes_must_be_young() {
    assert_eq!(trigger(|m| chain(m).age_s = 600).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(trigger(|m| chain(m).age_s = 601).last(NAME), ("PROBE", "flip_old"));
}

#[test]
fn a_flip_that_moved_was_not_crossed_by_price() {
    // A tenth of 80 ticks.
    let outcome = trigger(|m| chain(m).flip = 7.75);
    assert_eq!(entry(&outcome).stop, price(12));
    assert_eq!(trigger(|m| chain(m).flip = 8.0).last(NAME), ("IDLE", "flip_moved"));
    let outcome = trigger(|m| {
        chain(m).flip = -8.0;
        m.bar = [-5, -3, -14, -13];
    });
    assert_eq!(outcome.last(NAME), ("IDLE", "flip_moved"));
    // The machine arms anew at the flip of the next bar, on the same two conditions.
    let mut minutes = textbook();
    minutes.truncate(BREAK - 1);
    for (at, close) in [(59, 12), (60, 0), (61, 0)] {
        minutes.push(at_close(at, close));
    }
    for m in &mut minutes[BREAK - 1..] {
        chain(m).flip = 5.0;
    }
    // Moved by 5: still the same flip.
    assert_eq!(run(minutes.clone()).last(NAME), ("TRIGGERED", "-"));
    for m in &mut minutes[BREAK - 1..] {
        chain(m).flip = 9.0;
    }
    assert_eq!(run(minutes).last(NAME), ("IDLE", "not_above"));
}

#[test]
fn the_flip_is_compared_with_that_of_arming() {
    // Two small moves are one large one.
    let mut minutes = textbook();
    minutes.truncate(BREAK);
    chain(&mut minutes[BREAK - 2]).flip = -4.0;
    chain(&mut minutes[BREAK - 1]).flip = -8.0;
    let outcome = run(minutes.clone());
    assert_eq!(outcome.states(NAME)[BREAK - 2..], ["ARMED", "IDLE"]);
    assert_eq!(outcome.last(NAME), ("IDLE", "flip_moved"));
    // At the next bar the machine arms at the new flip.
    minutes.push(at_close(60, 6).with(|m| chain(m).flip = -8.0));
    assert_eq!(run(minutes.clone()).last(NAME), ("ARMED", "no_break"));
    minutes.push(at_close(61, 6));
    assert_eq!(run(minutes).last(NAME), ("IDLE", "flip_moved"));
}

#[test]
fn only_negative_gamma_is_entered() {
    let into_positive = |m: &mut Minute| chain(m).neg_side = NegSide::Above;
    assert_eq!(trigger(into_positive).last(NAME), ("IDLE", "into_positive"));
    let mut minutes = textbook();
    minutes.truncate(BREAK + 2);
    minutes.iter_mut().for_each(into_positive);
    assert!(run(minutes.clone()).signals.is_empty());
    let outcome = run_with(minutes, |s| s.allow_into_positive = true);
    let signal = entry(&outcome);
    assert_eq!(signal.why, ["flip_crossed", "ofi", "delta_imb", "adx", "into_positive"]);
    assert_eq!(signal.side, Side::Sell);
}

#[test]
fn the_wall_must_lie_beyond_the_entry() {
    for (wall, expected) in [
        (-7.0, ("PROBE", "no_target")),
        (-7.75, ("PROBE", "no_target")),
        (10.0, ("PROBE", "no_target")),
        // A target of one tick does not pay.
        (-8.0, ("TRIGGERED", "rr")),
    ] {
        let outcome = trigger(|m| chain(m).put_wall = Some(wall));
        assert_eq!(outcome.last(NAME), expected, "{wall}");
    }
    // Rounded towards the entry.
    let outcome = trigger(|m| chain(m).put_wall = Some(-60.75));
    assert_eq!(entry(&outcome).targets, [price(-60)]);
    let outcome = trigger(|m| chain(m).put_wall = None);
    assert_eq!(outcome.last(NAME), ("PROBE", "no_levels"));
    assert_eq!(outcome.sale(NAME).last().unwrap().missing, ["PW"]);
}

#[test]
fn the_stop_stands_a_buffer_above_the_flip_and_away_from_the_entry() {
    let mut minutes = textbook();
    minutes.truncate(BREAK + 2);
    for m in &mut minutes {
        chain(m).flip = 0.25;
    }
    assert_eq!(entry(&run(minutes)).stop, price(5));
    // Too far for the account: refused.
    let outcome = trigger(|m| m.bar = [-5, -3, -38, -37]);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "rr"));
    let far = |m: &mut Minute| {
        m.bar = [-5, -3, -38, -37];
        chain(m).put_wall = Some(-160.0);
    };
    assert_eq!(trigger(far).last(NAME), ("TRIGGERED", "risk_ticks"));
}

#[test]
fn nothing_without_chain_or_regime() {
    let outcome = trigger(|m| m.options = None);
    assert_eq!(outcome.last(NAME), ("ARMED", "no_levels"));
    let missing = &outcome.sale(NAME).last().unwrap().missing;
    assert_eq!(*missing, ["flip", "neg_side", "opt_age_s", "em", "PW"]);
    let outcome = trigger(|m| m.regime = None);
    assert_eq!(outcome.last(NAME), ("PROBE", "regime_unclear"));
}

#[test]
fn a_bar_that_is_not_evaluated_still_counts_where_it_can_be_told() {
    // The second close lacks the regime: the third triggers, and it is the third.
    let mut minutes = textbook();
    minutes[BREAK + 1].regime = None;
    let outcome = run_with(minutes, |s| s.closes = 3);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"));
    // It lacks the flip: nothing is known of it, and the count begins again.
    let mut minutes = textbook();
    minutes[BREAK + 1].options = None;
    assert_eq!(run(minutes.clone()).last(NAME), ("PROBE", "few_closes"));
    minutes.push(at_close(63, -9));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    // A close back above the line without a regime ends the run as well.
    let mut minutes = textbook();
    minutes[BREAK + 1] = at_close(61, 0).with(|m| m.regime = None);
    assert_eq!(run(minutes).last(NAME), ("PROBE", "few_closes"));
    // Closes before the first ten minutes are over count as closes.
    let mut early = textbook();
    early.iter_mut().for_each(|m| m.at -= 49);
    assert_eq!(entry(&run(early)).entry, price(-7));
}

#[test]
fn a_gap_forgets_the_closes() {
    let mut minutes = textbook();
    for m in &mut minutes[BREAK..] {
        m.at += 3;
    }
    assert_eq!(run(minutes).states(NAME)[BREAK..], ["IDLE", "IDLE", "IDLE"]);
}

#[test]
fn a_close_back_above_the_flip_ends_the_trade() {
    type Change = fn(&mut Minute);
    let cases: [(i64, Change, bool); 6] = [
        (1, |_| {}, true),
        (0, |_| {}, false),
        // The flip of the moment decides, the frozen one where there is none.
        (1, |m| chain(m).flip = 3.0, false),
        (-1, |m| chain(m).flip = -2.0, true),
        (1, |m| m.options = None, true),
        (0, |m| m.options = None, false),
    ];
    for (close, change, exits) in cases {
        let mut minutes = textbook();
        minutes[BREAK + 2] = at_close(62, close).with(change);
        let outcome = run(minutes);
        assert_eq!(outcome.exits().len(), usize::from(exits), "close {close}");
        for exit in outcome.exits() {
            let enter = entry(&outcome);
            assert_eq!((&exit.id, exit.side, exit.stop), (&enter.id, enter.side, enter.stop));
            assert_eq!(exit.why, ["flip_recrossed"]);
        }
    }
    // Once.
    let mut minutes = textbook();
    minutes.extend([at_close(63, 5), at_close(64, 6)]);
    assert_eq!(run(minutes).exits().len(), 1);
}

#[test]
fn no_exit_after_the_regular_close() {
    for (at, exits) in [(389, 1), (390, 0), (391, 0)] {
        let mut minutes = textbook();
        minutes.truncate(BREAK + 2);
        minutes.iter_mut().for_each(|m| m.at += 327);
        minutes.push(at_close(at, 6));
        assert_eq!(run(minutes).exits().len(), exits, "minute {at}");
    }
}

#[test]
fn silence_and_switch() {
    let mut minutes = textbook();
    minutes.truncate(BREAK + 2);
    minutes.extend((62..70).map(|at| at_close(at, 6)));
    minutes.extend((70..77).map(|at| at_close(at, -6)));
    minutes.push(at_close(77, 6));
    let outcome = run(minutes);
    let states = outcome.states(NAME);
    assert!(states[BREAK + 2..BREAK + 17].iter().all(|s| *s == "COOLDOWN"), "{states:?}");
    assert_ne!(states[BREAK + 17], "COOLDOWN");
    let off = run_with(textbook(), |s| s.enabled = false);
    assert!(off.sale(NAME).is_empty() && off.signals.is_empty());
}

#[test]
fn the_textbook_is_the_purchase_upside_down() {
    let near: [Named; 2] = [("below", |_| {}), ("above", |m| chain(m).neg_side = NegSide::Above)];
    for (what, change) in near {
        let mut minutes = textbook();
        minutes.iter_mut().for_each(change);
        assert_eq!(run(minutes).signals.is_empty(), what == "above");
    }
}
