//! The range strategy's own set-up: the textbook case, and a near miss of every single condition.
//!
//! Each scene is played as it is and mirrored (see `play`): both sides are tested by every line.

use super::scene::Minute;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::price;
use mia::config::Config;
use mia::config::RangeStrategy;
use mia::market::Side;
use mia::wire::Num;
use mia::wire::Signal;

const NAME: &str = "range_bounce";
const TOP: [i64; 4] = [14, 20, 12, 14];
const BOTTOM: [i64; 4] = [6, 8, 0, 6];
const MIDDLE: [i64; 4] = [10, 13, 7, 10];

/// Thirty bars between 0 and 20, four tests of each edge, and one that touches the top.
fn textbook() -> Vec<Minute> {
    let bar = |i: i64| match i % 8 {
        0 => TOP,
        4 => BOTTOM,
        _ => MIDDLE,
    };
    let mut minutes: Vec<_> = (0..30).map(|i| minute(20 + i, bar(i))).collect();
    minutes.push(minute(50, [13, 19, 12, 17]));
    minutes
}

fn minute(at: i64, bar: [i64; 4]) -> Minute {
    Minute::new(at, bar)
}

fn run_with(minutes: Vec<Minute>, change: impl FnOnce(&mut RangeStrategy)) -> Outcome {
    let mut config = Config::default();
    config.strategies.range.bounce = true;
    change(&mut config.strategies.range);
    play(&Scene::new(minutes), &config)
}

fn run(minutes: Vec<Minute>) -> Outcome {
    run_with(minutes, |_| {})
}

/// The textbook with its last bar changed.
fn last(change: impl FnOnce(&mut Minute)) -> Outcome {
    let mut minutes = textbook();
    change(&mut minutes[30]);
    run(minutes)
}

/// The textbook with the bars at these places changed.
fn at(places: &[usize], bar: [i64; 4]) -> Vec<Minute> {
    let mut minutes = textbook();
    for place in places {
        minutes[*place].bar = bar;
    }
    minutes
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
    assert_eq!(outcome.states(NAME)[..30], ["IDLE"; 30]);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"));
    let signal = entry(&outcome);
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(17), price(26)));
    assert_eq!(signal.targets, [price(1)]);
    assert_eq!(signal.why, ["range_tested", "touched", "closed_inside", "delta_imb"]);
    let sale = outcome.sale(NAME);
    assert_eq!(sale[29].failed.as_deref(), Some("warmup"));
    assert_eq!((sale[30].saw["tests_near"], sale[30].saw["tests_far"]), (Num(4.0), Num(4.0)));
}

#[test]
fn it_is_off_by_default() {
    let outcome = play(&Scene::new(textbook()), &Config::default());
    assert!(outcome.sale(NAME).is_empty());
}

#[test]
fn the_range_has_a_least_and_a_largest_height() {
    let least = |ticks| run_with(textbook(), |s| s.height_min_ticks = ticks);
    assert_eq!(least(20).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(least(21).last(NAME), ("IDLE", "range_height"));
    let most = |ticks| run_with(textbook(), |s| s.height_max_ticks = ticks);
    assert_eq!(most(20).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(most(19).last(NAME), ("IDLE", "range_height"));
    // The defaults: 12 to 50 ticks.
    let high = |top: i64| run(at(&[8], [14, top, 12, 14]));
    assert_eq!(high(50).last(NAME), ("IDLE", "few_tests"));
    assert_eq!(high(51).last(NAME), ("IDLE", "range_height"));
}

#[test]
fn each_edge_needs_three_tests() {
    assert_eq!(run(at(&[8], MIDDLE)).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(run(at(&[8, 16], MIDDLE)).last(NAME), ("IDLE", "few_tests"));
    assert_eq!(run(at(&[12], MIDDLE)).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(run(at(&[12, 20], MIDDLE)).last(NAME), ("IDLE", "few_tests"));
    // A test comes within two ticks: 18 does, 17 does not.
    let near = |high: i64| {
        let mut minutes = at(&[8], MIDDLE);
        minutes[16].bar[1] = high;
        run(minutes)
    };
    assert_eq!(near(18).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(near(17).last(NAME), ("IDLE", "few_tests"));
}

#[test]
fn tests_are_separated_by_three_bars() {
    // Tests at 0, 8 and one that follows another after two or three bars.
    let with = |third: usize| {
        let mut minutes = at(&[16, 24], MIDDLE);
        minutes[third].bar = [14, 20, 7, 14];
        run(minutes)
    };
    assert_eq!(with(3).last(NAME), ("IDLE", "few_tests"));
    assert_eq!(with(11).last(NAME), ("IDLE", "few_tests"));
    assert_eq!(with(12).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn three_quarters_of_the_tests_must_have_held() {
    // The edges of the first tests, 18 and 2, are broken by closes at 20 and 0 later: two of eight.
    let broken = |top: i64, bottom: i64| {
        let mut minutes = textbook();
        minutes[0].bar = [14, 18, 12, 14];
        minutes[4].bar = [6, 8, 2, 6];
        minutes[8].bar = [14, 20, 12, top];
        minutes[12].bar = [6, 8, 0, bottom];
        minutes
    };
    assert_eq!(run(broken(20, 0)).last(NAME), ("TRIGGERED", "-"));
    let strict = |minutes| run_with(minutes, |s| s.held_min = 0.76);
    assert_eq!(strict(broken(20, 0)).last(NAME), ("IDLE", "tests_broken"));
    // One tick beyond is not beyond.
    assert_eq!(strict(broken(19, 0)).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(strict(broken(20, 1)).last(NAME), ("TRIGGERED", "-"));
    let mut minutes = broken(20, 0);
    // Fewer tests in all: two of seven.
    minutes[16].bar = MIDDLE;
    assert_eq!(run(minutes).last(NAME), ("IDLE", "tests_broken"));
}

#[test]
fn the_bar_touches_within_two_ticks() {
    let high = |high: i64| last(|m| m.bar[1] = high);
    assert_eq!(high(18).last(NAME), ("TRIGGERED", "-"));
    let outcome = high(17);
    assert_eq!(outcome.last(NAME), ("ARMED", "no_touch"));
    assert_eq!(outcome.sale(NAME)[30].dist, Some(Num(1.0)));
    assert_eq!(high(22).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(high(23).last(NAME), ("ARMED", "probe_too_deep"));
}

#[test]
fn the_bar_closes_inside() {
    let close = |close: i64| last(|m| m.bar = [13, 21, 12, close]);
    assert_eq!(close(19).last(NAME), ("TRIGGERED", "-"));
    let outcome = close(20);
    assert_eq!(outcome.last(NAME), ("PROBE", "close_beyond"));
    assert_eq!(outcome.sale(NAME)[30].dist, Some(Num(1.0)));
}

#[test]
fn delta_or_absorption_must_agree() {
    for (delta, absorption, why) in [
        (Some(-0.01), Some(0.0), vec!["delta_imb"]),
        (Some(0.3), Some(-0.1), vec!["absorption"]),
        (Some(-0.01), Some(-0.1), vec!["delta_imb", "absorption"]),
        (None, Some(-0.1), vec!["absorption"]),
        (Some(-0.01), None, vec!["delta_imb"]),
    ] {
        let outcome = last(|m| (m.delta, m.absorption) = (delta, absorption));
        assert_eq!(entry(&outcome).why[3..], why);
    }
    for (delta, absorption, missing) in [
        (Some(0.0), Some(0.0), vec![]),
        (Some(0.0), None, vec!["of_absorption"]),
        (None, Some(0.0), vec!["of_delta_imb"]),
        (None, None, vec!["of_delta_imb", "of_absorption"]),
    ] {
        let outcome = last(|m| (m.delta, m.absorption) = (delta, absorption));
        assert_eq!(outcome.last(NAME), ("PROBE", "no_flow"), "{delta:?} {absorption:?}");
        assert_eq!(outcome.sale(NAME)[30].missing, missing);
    }
}

#[test]
fn the_reward_asked_is_its_own() {
    // Stop 26, target 1: from 15 it is (14 - .36)/(11 + .36) = 1.2007, from 14 it is 1.018.
    let close = |close: i64| last(|m| m.bar[3] = close);
    assert_eq!(close(15).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(close(14).last(NAME), ("TRIGGERED", "rr"));
    let mut minutes = textbook();
    minutes[30].bar[3] = 14;
    assert_eq!(run_with(minutes, |s| s.rr_min = 1.0).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn the_range_is_that_of_the_bars_before() {
    // The bar at hand is no part of it: its own high would be the edge.
    let outcome = last(|m| m.bar = [13, 22, 12, 17]);
    assert_eq!(entry(&outcome).stop, price(26));
    // And the oldest bar leaves it.
    let mut minutes = textbook();
    minutes.insert(0, minute(19, [10, 60, 0, 10]));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn regime_and_route() {
    assert_eq!(last(|m| m.regime = None).last(NAME), ("IDLE", "regime_unclear"));
    // A bar that is not evaluated leaves the state as it is.
    let mut minutes = textbook();
    minutes[30].bar[1] = 17;
    minutes.push(Minute { regime: None, ..minute(51, MIDDLE) });
    assert_eq!(run(minutes).last(NAME), ("ARMED", "regime_unclear"));
    let mut minutes = textbook();
    for m in &mut minutes {
        (m.regime, m.trend) = (Some(1.0), Some(-0.5));
    }
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "route"));
}

#[test]
fn bars_that_are_not_evaluated_are_bars() {
    let mut minutes = textbook();
    minutes[3..20].iter_mut().for_each(|m| m.regime = None);
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    let mut minutes = textbook();
    minutes[30].at += 3;
    assert_eq!(run(minutes.clone()).last(NAME), ("IDLE", "stale"));
    minutes.push(minute(54, [13, 19, 12, 17]));
    assert_eq!(run(minutes).last(NAME), ("IDLE", "warmup"));
}

#[test]
fn fifteen_bars_of_silence() {
    let mut minutes = textbook();
    minutes.extend((51..68).map(|at| minute(at, [13, 19, 12, 17])));
    let outcome = run(minutes);
    let states = outcome.states(NAME);
    assert!(states[31..46].iter().all(|s| *s == "COOLDOWN"), "{states:?}");
    assert_ne!(states[46], "COOLDOWN");
}
