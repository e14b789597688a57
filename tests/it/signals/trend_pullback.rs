//! The trend strategy's own set-up: the textbook case, and a near miss of every single condition.
//!
//! Each scene is played as it is and mirrored (see `play`): both sides are tested by every line.

use super::scene::Minute;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::price;
use mia::config::Config;
use mia::config::TrendStrategy;
use mia::market::Side;
use mia::wire::Num;
use mia::wire::Signal;

const NAME: &str = "trend_pullback";

/// Twenty-two bars down from 3 to -45, seven back up, and one that goes on down: it closes at -24
/// below the low of the bar before (-21), having given back 21 of 48 ticks.
fn textbook() -> Vec<Minute> {
    let down = (0..22).map(|i| -2 * i);
    let middles = down.chain([-38, -34, -30, -26, -22, -18, -18]);
    let mut minutes: Vec<_> = middles
        .zip(20..)
        .map(|(middle, at)| minute(at, [middle, middle + 3, middle - 3, middle]))
        .collect();
    minutes.push(minute(49, [-18, -16, -25, -24]));
    minutes
}

fn minute(at: i64, bar: [i64; 4]) -> Minute {
    Minute::new(at, bar).with(|m| (m.regime, m.trend) = (Some(1.0), Some(-0.5)))
}

fn run_with(minutes: Vec<Minute>, change: impl FnOnce(&mut TrendStrategy)) -> Outcome {
    let mut config = Config::default();
    config.strategies.trend.pullback = true;
    change(&mut config.strategies.trend);
    play(&Scene::new(minutes), &config)
}

fn run(minutes: Vec<Minute>) -> Outcome {
    run_with(minutes, |_| {})
}

/// The textbook with its last bar changed.
fn last(change: impl FnOnce(&mut Minute)) -> Outcome {
    let mut minutes = textbook();
    change(&mut minutes[29]);
    run(minutes)
}

/// The textbook with every bar changed.
fn each(change: impl Fn(i64, &mut [i64; 4])) -> Outcome {
    let mut minutes = textbook();
    for (i, m) in (0..).zip(&mut minutes) {
        change(i, &mut m.bar);
    }
    run(minutes)
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
    assert_eq!(states[..29], ["IDLE"; 29]);
    assert_eq!(states[29], "TRIGGERED");
    let signal = entry(&outcome);
    // The highest of the last ten bars is -15.
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(-24), price(-13)));
    assert_eq!(signal.targets, [price(-46)]);
    assert_eq!(signal.why, ["sloped", "retraced", "resumed", "delta_imb"]);
    assert_eq!(signal.regime, "TREND");
    let last = outcome.sale(NAME)[29];
    assert_eq!(last.saw["retraced"], Num(21.0 / 48.0));
    assert_eq!(outcome.sale(NAME)[28].failed.as_deref(), Some("warmup"));
}

#[test]
fn it_is_off_by_default() {
    let outcome = play(&Scene::new(textbook()), &Config::default());
    assert!(outcome.sale(NAME).is_empty());
}

#[test]
fn the_trend_must_run_this_way_and_be_known() {
    for (trend, expected) in [
        (Some(-0.01), ("TRIGGERED", "-")),
        (Some(0.0), ("IDLE", "trend_against")),
        (Some(0.5), ("IDLE", "trend_against")),
        (None, ("IDLE", "missing_feature")),
    ] {
        assert_eq!(last(|m| m.trend = trend).last(NAME), expected, "{trend:?}");
    }
    assert_eq!(last(|m| m.regime = None).last(NAME), ("IDLE", "regime_unclear"));
}

#[test]
fn highs_and_lows_must_both_slope() {
    // Each bar of the textbook higher on top (or lower at the bottom, the earlier the more).
    let higher = |k: i64| each(|i, bar| bar[1] += k * i);
    let lower = |k: i64| each(|i, bar| bar[2] -= k * (29 - i));
    assert_eq!(higher(3).last(NAME), ("IDLE", "no_slope"));
    assert_eq!(lower(3).last(NAME), ("IDLE", "no_slope"));
    assert_eq!(higher(0).last(NAME), ("TRIGGERED", "-"));
    // Level is no slope.
    assert_eq!(each(|_, bar| bar[1] = 10).last(NAME), ("IDLE", "no_slope"));
    assert_eq!(each(|_, bar| bar[2] = -50).last(NAME), ("IDLE", "no_slope"));
}

#[test]
fn a_leg_needs_its_origin_before_its_extreme() {
    let outcome = each(|i, bar| {
        if i == 0 {
            bar[2] = -60;
        }
    });
    assert_eq!(outcome.last(NAME), ("IDLE", "no_leg"));
}

#[test]
fn the_retracement_has_a_least_and_a_largest_share() {
    // Of 48 ticks: 18 are too few, 19 enough; 29 enough and 30 too many.
    let closes = |close: i64| last(|m| m.bar = [-18, -14, -28, close]);
    let outcome = closes(-27);
    assert_eq!(outcome.last(NAME), ("ARMED", "retrace_short"));
    let dist = outcome.sale(NAME)[29].dist.unwrap().0;
    assert!((dist - (0.382 * 48.0 - 18.0)).abs() < 1e-9, "{dist}");
    assert_eq!(closes(-26).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(closes(-16).last(NAME), ("PROBE", "no_resume"));
    assert_eq!(closes(-15).last(NAME), ("ARMED", "retrace_long"));
    // Either limit itself is within.
    let share = 21.0 / 48.0;
    assert_eq!(run_with(textbook(), |s| s.retrace_min = share).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(run_with(textbook(), |s| s.retrace_max = share).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn the_close_must_lie_beyond_the_bar_before() {
    assert_eq!(last(|m| m.bar[3] = -22).last(NAME), ("TRIGGERED", "-"));
    let outcome = last(|m| m.bar[3] = -21);
    assert_eq!(outcome.last(NAME), ("PROBE", "no_resume"));
    assert_eq!(outcome.sale(NAME)[29].dist, Some(Num(1.0)));
}

#[test]
fn sellers_must_be_stronger() {
    assert_eq!(last(|m| m.delta = Some(-0.01)).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(last(|m| m.delta = Some(0.0)).last(NAME), ("PROBE", "no_flow"));
    let outcome = last(|m| m.delta = None);
    assert_eq!(outcome.last(NAME), ("PROBE", "no_flow"));
    assert_eq!(outcome.sale(NAME)[29].missing, ["of_delta_imb"]);
}

#[test]
fn the_stop_stands_beyond_ten_bars_and_not_too_far() {
    let with = |i: usize, high: i64| {
        let mut minutes = textbook();
        minutes[i].bar[1] = high;
        run(minutes)
    };
    assert_eq!(entry(&with(28, -11)).stop, price(-9));
    assert_eq!(with(28, -10).last(NAME), ("PROBE", "risk_wide"));
    // The tenth bar counts, the eleventh does not.
    assert_eq!(with(20, -10).last(NAME), ("PROBE", "risk_wide"));
    assert_eq!(entry(&with(19, -10)).stop, price(-13));
}

#[test]
fn the_reward_asked_is_its_own() {
    // Risk 11: 14 for it pays (14 - .36)/(11 + .36) = 1.2007, 13 does not, though it is above 1.
    let with = |r: f64| run_with(textbook(), |s| s.target_r = r);
    assert_eq!(entry(&with(14.0 / 11.0)).targets, [price(-38)]);
    assert_eq!(with(13.0 / 11.0).last(NAME), ("TRIGGERED", "rr"));
    let outcome = run_with(textbook(), |s| (s.target_r, s.rr_min) = (13.0 / 11.0, 1.0));
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"));
    // A target between two ticks is on the entry's side.
    assert_eq!(entry(&with(1.98)).targets, [price(-45)]);
}

#[test]
fn a_range_is_the_wrong_route() {
    let mut minutes = textbook();
    minutes.iter_mut().for_each(|m| m.regime = Some(0.0));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "route"));
}

#[test]
fn bars_that_are_not_evaluated_are_bars() {
    let mut minutes = textbook();
    for m in &mut minutes[3..20] {
        (m.regime, m.trend) = (None, None);
    }
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    // They leave the state as it is.
    let mut minutes = textbook();
    minutes[29].bar = [-18, -14, -28, -27];
    minutes.push(Minute { regime: None, ..minute(50, [-27, -24, -28, -26]) });
    assert_eq!(run(minutes).last(NAME), ("ARMED", "regime_unclear"));
    // From the open on, too young to be evaluated.
    let mut minutes = textbook();
    minutes.iter_mut().for_each(|m| m.at -= 19);
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    // A gap starts over.
    let mut minutes = textbook();
    minutes[29].at += 3;
    assert_eq!(run(minutes.clone()).last(NAME), ("IDLE", "stale"));
    minutes.push(minute(53, [-24, -22, -30, -28]));
    assert_eq!(run(minutes).last(NAME), ("IDLE", "warmup"));
}

#[test]
fn fifteen_bars_of_silence() {
    let mut minutes = textbook();
    minutes.extend((50..67).map(|at| minute(at, [-24, -20, -28, -24])));
    let outcome = run(minutes);
    let states = outcome.states(NAME);
    assert!(states[30..45].iter().all(|s| *s == "COOLDOWN"), "{states:?}");
    assert_ne!(states[45], "COOLDOWN");
}
