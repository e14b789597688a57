//! Value-area rejection: the textbook case, and a near miss of every single condition.
//!
//! Each scene is played as it is and mirrored (see `play`): both sides are tested by every line.

use super::scene::Minute;
use super::scene::Named;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::play_records;
use super::scene::price;
use mia::config::Config;
use mia::market::Side;
use mia::strategies::Strategy;

const NAME: &str = "va_rejection";

/// Approach, probe, return. VAH 40, POC 0, VAL -40 ticks from the centre.
fn textbook() -> Vec<Minute> {
    vec![
        Minute::new(60, [24, 32, 20, 30]),
        Minute::new(61, [30, 39, 28, 38]),
        Minute::new(62, [38, 46, 36, 43]),
        Minute::new(63, [43, 47, 34, 36]),
        Minute::new(64, [36, 37, 24, 26]),
    ]
}

fn run(minutes: Vec<Minute>) -> Outcome {
    play(&Scene::new(minutes).value_area(40.0, 0.0, -40.0), &Config::default())
}

/// The first `n` minutes of the textbook, the last of them changed.
fn until(n: usize, change: impl FnOnce(&mut Minute)) -> Outcome {
    let mut minutes = textbook();
    minutes.truncate(n);
    change(&mut minutes[n - 1]);
    run(minutes)
}

#[test]
fn the_textbook_sale() {
    let outcome = run(textbook());
    assert_eq!(outcome.states(NAME), ["IDLE", "ARMED", "PROBE", "TRIGGERED", "COOLDOWN"]);
    let [signal] = outcome.signals.as_slice() else { panic!("{:?}", outcome.signals) };
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(36), price(49)));
    assert_eq!(signal.targets, [price(0), price(-40)]);
    assert_eq!(signal.why, ["probed", "closed_inside", "delta_imb"]);
    assert_eq!(signal.level_ids, ["pVAH", "pPOC", "pVAL"]);
    assert_eq!(signal.regime, "RANGE");
    assert_eq!((signal.confidence, signal.uncalibrated), (None, true));
    assert_eq!(signal.expires - signal.ts, 60_000_000);
    assert_eq!(signal.ct - signal.ts, 7);
    assert_eq!(signal.id, format!("va_rejection-S-ESH26-{}", signal.ts));
    assert!((signal.confluence.0 - 0.6).abs() < 1e-12);
    let explained: Vec<_> = outcome.sale(NAME).iter().map(|e| e.decision.clone()).collect();
    assert_eq!(explained, ["wait", "wait", "wait", "signal", "wait"]);
}

#[test]
fn a_far_edge_at_the_price_of_the_poc_is_no_second_target() {
    for (poc, far, targets) in [
        (-39.0, -40.0, vec![price(-39), price(-40)]),
        (-40.0, -40.0, vec![price(-40)]),
        // Rounded towards the entry they are one price.
        (-40.2, -40.8, vec![price(-40)]),
    ] {
        let outcome = play(&Scene::new(textbook()).value_area(40.0, poc, far), &Config::default());
        assert_eq!(outcome.signals[0].targets, targets, "{poc} {far}");
    }
}

#[test]
fn distances_lead_to_the_next_step() {
    let outcome = run(textbook());
    let dist: Vec<_> = outcome.sale(NAME).iter().map(|e| e.dist.map(|d| d.0)).collect();
    assert_eq!(dist, [Some(10.0), Some(3.0), Some(3.0), None, None]);
}

#[test]
fn arming_needs_two_ticks_and_an_approach_from_inside() {
    assert_eq!(until(2, |m| m.bar = [30, 38, 28, 36]).last(NAME), ("ARMED", "no_probe"));
    assert_eq!(until(2, |m| m.bar = [30, 37, 28, 36]).last(NAME), ("IDLE", "away"));
    for (close, expected) in [(39, ("ARMED", "no_probe")), (40, ("IDLE", "not_from_inside"))] {
        let minutes = vec![Minute::new(60, [40, 41, 39, close]), Minute::new(61, [39, 41, 38, 38])];
        let outcome = run(minutes);
        assert_eq!(outcome.last(NAME), expected, "close {close}");
    }
    // Nothing is known of the bar before the first one.
    assert_eq!(
        run(vec![Minute::new(60, [30, 39, 28, 38])]).last(NAME),
        ("IDLE", "not_from_inside")
    );
}

#[test]
fn an_armed_machine_lets_go_below_the_line() {
    let mut minutes = textbook();
    minutes.truncate(2);
    minutes.push(Minute::new(62, [38, 38, 30, 31]));
    assert_eq!(run(minutes.clone()).last(NAME), ("ARMED", "no_probe"));
    minutes[2].bar = [37, 37, 30, 31];
    assert_eq!(run(minutes).last(NAME), ("IDLE", "away"));
}

#[test]
fn once_armed_a_close_at_the_edge_does_not_disarm() {
    let mut minutes = textbook();
    minutes.truncate(2);
    minutes.extend([Minute::new(62, [38, 41, 36, 41]), Minute::new(63, [41, 41, 37, 39])]);
    assert_eq!(run(minutes).last(NAME), ("ARMED", "no_probe"));
}

#[test]
fn a_probe_needs_two_ticks_beyond() {
    assert_eq!(until(3, |m| m.bar = [38, 41, 36, 40]).last(NAME), ("ARMED", "no_probe"));
    assert_eq!(until(3, |m| m.bar = [38, 42, 36, 40]).last(NAME), ("PROBE", "close_outside"));
    // Straight from IDLE as well.
    assert_eq!(run(vec![Minute::new(60, [30, 42, 28, 41])]).last(NAME), ("PROBE", "close_outside"));
}

#[test]
fn a_probe_may_trigger_on_its_own_bar() {
    let outcome = until(3, |m| m.bar = [38, 46, 30, 36]);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"));
    assert_eq!(outcome.signals[0].stop, price(48));
}

#[test]
fn a_probe_dies_beyond_sixteen_ticks() {
    assert_eq!(until(3, |m| m.bar = [38, 56, 36, 43]).last(NAME), ("PROBE", "close_outside"));
    assert_eq!(until(3, |m| m.bar = [38, 57, 36, 43]).last(NAME), ("DEAD", "probe_too_deep"));
    // Death comes before the trigger on the same bar.
    assert_eq!(until(4, |m| m.bar = [43, 57, 34, 36]).last(NAME), ("DEAD", "probe_too_deep"));
}

#[test]
fn a_probe_dies_when_trend_and_flow_push_on() {
    let push = |m: &mut Minute| (m.regime, m.trend, m.ofi) = (Some(1.0), Some(0.5), Some(2.1));
    assert_eq!(until(3, push).last(NAME), ("DEAD", "flow_against"));
    let near: [Named; 5] = [
        ("a range", |m| m.regime = Some(0.0)),
        ("no direction", |m| m.trend = Some(0.0)),
        ("flow at the limit", |m| m.ofi = Some(2.0)),
        ("flow unknown", |m| m.ofi = None),
        ("trend unknown", |m| m.trend = None),
    ];
    for (what, change) in near {
        let outcome = until(3, |m| {
            push(m);
            change(m);
        });
        assert_eq!(outcome.last(NAME), ("PROBE", "close_outside"), "{what}");
    }
    let outcome = until(3, |m| m.ofi = None);
    assert_eq!(outcome.sale(NAME).last().unwrap().missing, ["of_ofi"]);
}

#[test]
fn the_trigger_needs_a_close_inside() {
    assert_eq!(until(4, |m| m.bar[3] = 39).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(until(4, |m| m.bar[3] = 40).last(NAME), ("PROBE", "close_outside"));
}

#[test]
fn the_trigger_needs_flow() {
    let flow = |delta, absorption| until(4, |m| (m.delta, m.absorption) = (delta, absorption));
    for (delta, absorption, why) in [
        (Some(-0.01), Some(0.0), vec!["delta_imb"]),
        (Some(0.3), Some(-1.5), vec!["absorption"]),
        (Some(-0.01), Some(-1.6), vec!["delta_imb", "absorption"]),
        (None, Some(-1.5), vec!["absorption"]),
        (Some(-0.01), None, vec!["delta_imb"]),
    ] {
        let outcome = flow(delta, absorption);
        assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"), "{delta:?} {absorption:?}");
        assert_eq!(outcome.signals[0].why[2..], why);
    }
    for (delta, absorption, missing) in [
        (Some(0.0), Some(-1.49), vec![]),
        (Some(0.0), None, vec!["of_absorption"]),
        (None, Some(-1.49), vec!["of_delta_imb"]),
        (None, None, vec!["of_delta_imb", "of_absorption"]),
    ] {
        let outcome = flow(delta, absorption);
        assert_eq!(outcome.last(NAME), ("PROBE", "no_flow"), "{delta:?} {absorption:?}");
        assert_eq!(outcome.sale(NAME).last().unwrap().missing, missing);
    }
    let mut config = Config::default();
    config.patterns.va_rejection.require_flow = false;
    let mut minutes = textbook();
    minutes[3] = minutes[3].clone().with(|m| (m.delta, m.absorption) = (None, None));
    let outcome = play(&Scene::new(minutes).value_area(40.0, 0.0, -40.0), &config);
    assert_eq!(outcome.signals[0].why, ["probed", "closed_inside", "flow_off"]);
}

/// Two bars of approach, then `outside` probe bars that close outside.
fn outside(outside: i64) -> Vec<Minute> {
    let mut minutes = textbook();
    minutes.truncate(2);
    minutes.extend((0..outside).map(|i| Minute::new(62 + i, [42, 46, 40, 43])));
    minutes
}

#[test]
fn the_fifth_bar_outside_is_acceptance() {
    assert_eq!(run(outside(4)).last(NAME), ("PROBE", "close_outside"));
    assert_eq!(run(outside(5)).last(NAME), ("DEAD", "accepted"));
    // The fifth bar may still trigger; without flow it dies.
    let mut minutes = outside(4);
    minutes.push(Minute::new(66, [43, 44, 34, 36]));
    assert_eq!(run(minutes.clone()).last(NAME), ("TRIGGERED", "-"));
    minutes[6].delta = Some(0.1);
    assert_eq!(run(minutes).last(NAME), ("DEAD", "accepted"));
}

#[test]
fn the_dead_rest_until_price_has_left() {
    let mut minutes = outside(5);
    minutes.push(Minute::new(67, [38, 38, 30, 31]));
    assert_eq!(run(minutes.clone()).last(NAME), ("DEAD", "not_left"));
    minutes.push(Minute::new(68, [31, 37, 30, 31]));
    assert_eq!(run(minutes.clone()).last(NAME), ("IDLE", "away"));
    minutes.push(Minute::new(69, [31, 47, 30, 36]));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn the_stop_stands_beyond_the_extreme_of_the_whole_probe() {
    let mut minutes = textbook();
    minutes[2].bar[1] = 50;
    assert_eq!(run(minutes).signals[0].stop, price(52));
}

#[test]
fn fifteen_bars_of_silence() {
    let mut minutes = textbook();
    minutes.truncate(4);
    // Every bar that follows would trigger by itself.
    minutes.extend((64..84).map(|at| Minute::new(at, [36, 47, 34, 36])));
    let outcome = run(minutes);
    let states = outcome.states(NAME);
    assert_eq!(states[3], "TRIGGERED");
    assert!(states[4..19].iter().all(|s| *s == "COOLDOWN"), "{states:?}");
    assert_eq!(states[19], "TRIGGERED");
    assert_eq!(outcome.entries().len(), 2);
}

#[test]
fn nothing_of_a_probe_is_left_after_its_signal() {
    let mut minutes = textbook();
    minutes.truncate(4);
    minutes.extend((64..79).map(|at| Minute::new(at, [30, 60, 20, 30])));
    minutes.push(Minute::new(79, [30, 37, 20, 30]));
    assert_eq!(run(minutes.clone()).last(NAME), ("IDLE", "away"));
    minutes[19] = Minute::new(79, [36, 47, 34, 36]);
    let outcome = run(minutes);
    assert_eq!(outcome.signals[1].stop, price(49));
}

#[test]
fn a_gap_ends_a_probe() {
    let mut minutes = textbook();
    minutes.truncate(3);
    // The first bar after the gap is not evaluated, the second one probes by itself.
    minutes.extend([Minute::new(66, [43, 44, 41, 43]), Minute::new(67, [43, 44, 34, 36])]);
    let outcome = run(minutes);
    assert_eq!(outcome.states(NAME)[2..], ["PROBE", "IDLE", "TRIGGERED"]);
    assert_eq!(outcome.signals[0].stop, price(46));
}

#[test]
fn levels_and_regime_are_needed() {
    let outcome = play(&Scene::new(textbook()), &Config::default());
    assert_eq!(outcome.last(NAME), ("IDLE", "no_levels"));
    assert_eq!(outcome.sale(NAME)[0].missing, ["pVAH", "pPOC", "pVAL"]);
    let without = Scene::new(textbook()).level("pVAH", "PROFILE", 40.0, 0.6);
    assert_eq!(play(&without, &Config::default()).sale(NAME)[0].missing, ["pPOC", "pVAL"]);
    let outcome = until(4, |m| m.regime = None);
    assert_eq!(outcome.last(NAME), ("PROBE", "regime_unclear"));
    assert_eq!(outcome.sale(NAME)[3].decision, "regime_unclear");
    assert!(outcome.signals.is_empty());
}

#[test]
fn a_bar_that_is_not_evaluated_still_counts_for_the_extreme_and_the_length() {
    let mut minutes = textbook();
    minutes[3].bar = [43, 53, 41, 43];
    minutes[3].regime = None;
    minutes[4].bar = [43, 44, 34, 36];
    assert_eq!(run(minutes).signals[0].stop, price(55));
    let mut minutes = outside(5);
    minutes[5].regime = None;
    assert_eq!(run(minutes).last(NAME), ("DEAD", "accepted"));
}

#[test]
fn reward_and_risk_are_weighed_after_costs() {
    let with_poc = |poc: f64| {
        let mut minutes = textbook();
        minutes.truncate(4);
        play(&Scene::new(minutes).value_area(40.0, poc, -90.0), &Config::default())
    };
    // Risk 13: a reward of 14 pays ((14 - 0.36) / 13.36), 13 does not.
    assert_eq!(with_poc(22.0).last(NAME), ("TRIGGERED", "-"));
    let outcome = with_poc(23.0);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "rr"));
    assert_eq!(outcome.sale(NAME)[3].decision, "reject");
    assert!(outcome.signals.is_empty());
    // A level between two ticks is a target on the entry's side.
    assert_eq!(with_poc(-0.4).signals[0].targets[0], price(0));
}

#[test]
fn a_stop_beyond_forty_ticks_is_refused() {
    let with_close = |close: i64| {
        let mut minutes = textbook();
        minutes.truncate(4);
        minutes[3].bar = [43, 47, close, close];
        play(&Scene::new(minutes).value_area(40.0, -60.0, -90.0), &Config::default())
    };
    assert_eq!(with_close(9).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(with_close(8).last(NAME), ("TRIGGERED", "risk_ticks"));
}

#[test]
fn a_trend_is_the_wrong_route() {
    let mut minutes = textbook();
    for minute in &mut minutes {
        (minute.regime, minute.trend) = (Some(1.0), Some(-0.5));
    }
    let outcome = run(minutes);
    assert_eq!(outcome.states(NAME)[3], "TRIGGERED");
    assert_eq!(outcome.sale(NAME)[3].failed.as_deref(), Some("route"));
    assert!(outcome.signals.is_empty());
    let records = Scene::new(textbook()).value_area(40.0, 0.0, -40.0).records();
    for (strategy, signals) in [(Strategy::Range, 1), (Strategy::Trend, 0), (Strategy::Auto, 1)] {
        let outcome = play_records(&records, &Config::default(), strategy);
        assert_eq!(outcome.entries().len(), signals, "{strategy}");
    }
}

#[test]
fn five_minutes_after_a_switch_of_the_regime() {
    for (switch, expected) in [(58, "-"), (59, "regime_cooldown")] {
        let mut minutes: Vec<_> = (56..60).map(|at| Minute::new(at, [20, 25, 15, 20])).collect();
        minutes.extend(textbook());
        for minute in minutes.iter_mut().filter(|m| m.at < switch) {
            minute.regime = Some(1.0);
        }
        minutes.truncate(8);
        assert_eq!(run(minutes).last(NAME), ("TRIGGERED", expected), "switch at {switch}");
    }
}

#[test]
fn the_cluster_at_the_edge_gives_the_confluence() {
    let mut minutes = textbook();
    minutes.truncate(4);
    let scene = Scene::new(minutes)
        .value_area(40.0, 0.0, -40.0)
        .level("PDH", "SESSION", 43.0, 0.5)
        .level("ONH", "SESSION", 38.0, 0.4)
        .level("round", "ROUND", 50.0, 0.2);
    // pVAH .6 and PDH .5 (the stronger of its family): 1 - .4 * .5.
    let confluence = play(&scene, &Config::default()).signals[0].confluence.0;
    assert!((confluence - 0.8).abs() < 1e-12, "{confluence}");
}

#[test]
fn it_can_be_switched_off() {
    let mut config = Config::default();
    config.patterns.va_rejection.enabled = false;
    let outcome = play(&Scene::new(textbook()).value_area(40.0, 0.0, -40.0), &config);
    assert!(outcome.sale(NAME).is_empty() && outcome.signals.is_empty());
}
