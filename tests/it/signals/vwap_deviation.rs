//! VWAP deviation: the textbook case, and a near miss of every single condition.
//!
//! Each scene is played as it is and mirrored (see `play`): both sides are tested by every line.

use super::scene::Minute;
use super::scene::Named;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::price;
use mia::config::Config;
use mia::market::Side;
use mia::wire::SignalOp;

const NAME: &str = "vwap_deviation";

/// VWAP at the centre, deviation 10 ticks: the band is at 20.
fn minute(at: i64, bar: [i64; 4]) -> Minute {
    Minute::new(at, bar).around_vwap(10.0)
}

fn textbook() -> Vec<Minute> {
    vec![
        minute(60, [0, 5, -2, 4]),
        minute(61, [4, 24, 4, 22]),
        minute(62, [22, 27, 20, 24]),
        minute(63, [24, 25, 15, 16]).with(|m| m.absorption = Some(-0.5)),
        minute(64, [16, 17, 10, 12]),
    ]
}

fn run(minutes: Vec<Minute>) -> Outcome {
    play(&Scene::new(minutes), &Config::default())
}

fn run_with(minutes: Vec<Minute>, change: impl FnOnce(&mut mia::config::VwapDeviation)) -> Outcome {
    let mut config = Config::default();
    change(&mut config.patterns.vwap_deviation);
    play(&Scene::new(minutes), &config)
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
    assert_eq!(outcome.states(NAME), ["ARMED", "PROBE", "PROBE", "TRIGGERED", "COOLDOWN"]);
    let [signal] = outcome.signals.as_slice() else { panic!("{:?}", outcome.signals) };
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(16), price(29)));
    assert_eq!(signal.targets, [price(0)]);
    assert_eq!(signal.why, ["went_outside", "closed_inside", "absorption", "no_options"]);
    assert_eq!(signal.manage.exits, ["vwap_z_exit"]);
    assert_eq!(signal.level_ids, ["VWAP"]);
    assert!(signal.confluence.0.abs() < 1e-12);
    let dist: Vec<_> = outcome.sale(NAME).iter().map(|e| e.dist.map(|d| d.0)).collect();
    assert_eq!(dist, [Some(16.0), Some(2.0), Some(4.0), None, None]);
}

#[test]
fn arming_needs_its_context() {
    let near: [Named; 4] = [
        ("regime_trend", |m| m.regime = Some(1.0)),
        ("gamma_negative", |m| m.gex = Some(0.0)),
        ("open_wait", |m| m.at = 29),
        ("deviation_small", |m| m.sd = Some(3.9)),
    ];
    for (failed, change) in near {
        assert_eq!(until(1, change).last(NAME), ("IDLE", failed));
    }
    let enough: [fn(&mut Minute); 4] =
        [|m| m.regime = Some(0.0), |m| m.gex = Some(0.01), |m| m.at = 30, |m| m.sd = Some(4.0)];
    for change in enough {
        assert_eq!(until(1, change).last(NAME), ("ARMED", "band_inside"));
    }
}

#[test]
fn options_may_be_missing_only_by_permission() {
    let outcome = run_with(textbook(), |s| s.allow_no_options = false);
    assert_eq!(outcome.last(NAME), ("IDLE", "missing_feature"));
    assert_eq!(outcome.sale(NAME)[0].missing, ["opt_gex_ratio"]);
    let mut minutes = textbook();
    for minute in &mut minutes {
        minute.gex = Some(0.2);
    }
    let outcome = run_with(minutes, |s| s.allow_no_options = false);
    assert_eq!(outcome.signals[0].why, ["went_outside", "closed_inside", "absorption"]);
}

#[test]
fn vwap_is_needed() {
    let clears: [Named; 3] =
        [("ctx_vwap_z", |m| m.z = None), ("vwap", |m| m.vwap = None), ("vwap_sd", |m| m.sd = None)];
    for (name, clear) in clears {
        let outcome = until(4, clear);
        assert_eq!(outcome.last(NAME), ("PROBE", "missing_feature"));
        assert!(outcome.sale(NAME)[3].missing.contains(&name.to_owned()));
        assert!(outcome.signals.is_empty());
    }
    assert_eq!(until(1, |m| m.regime = None).last(NAME), ("IDLE", "regime_unclear"));
}

#[test]
fn a_probe_needs_a_close_two_deviations_away() {
    assert_eq!(until(2, |m| m.z = Some(1.99)).last(NAME), ("ARMED", "band_inside"));
    assert_eq!(until(2, |m| m.z = Some(2.0)).last(NAME), ("PROBE", "still_outside"));
    // Armed and probed on one bar.
    assert_eq!(run(vec![minute(60, [4, 24, 4, 22])]).last(NAME), ("PROBE", "still_outside"));
}

#[test]
fn the_trigger_needs_a_close_back_inside() {
    assert_eq!(until(4, |m| m.z = Some(2.0)).last(NAME), ("PROBE", "still_outside"));
    assert_eq!(until(4, |m| m.z = Some(1.99)).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn the_trigger_needs_flow_on_the_first_close_inside() {
    let flow =
        |absorption, cvd_div| until(4, |m| (m.absorption, m.cvd_div) = (absorption, cvd_div));
    for (absorption, cvd_div, why) in [
        (Some(-0.01), Some(0.0), "absorption"),
        (Some(0.0), Some(-0.3), "cvd_div"),
        (None, Some(-0.3), "cvd_div"),
        (Some(-0.01), None, "absorption"),
    ] {
        assert_eq!(flow(absorption, cvd_div).signals[0].why[2], why);
    }
    for (absorption, cvd_div, missing) in [
        (Some(0.0), Some(-0.29), vec!["opt_gex_ratio"]),
        (None, Some(-0.29), vec!["of_absorption", "opt_gex_ratio"]),
        (Some(0.0), None, vec!["of_cvd_div", "opt_gex_ratio"]),
        (None, None, vec!["of_cvd_div", "of_absorption", "opt_gex_ratio"]),
    ] {
        let outcome = flow(absorption, cvd_div);
        assert_eq!(outcome.last(NAME), ("ARMED", "no_flow"), "{absorption:?} {cvd_div:?}");
        assert_eq!(outcome.sale(NAME)[3].missing, missing);
    }
    // A second close inside comes too late.
    let mut minutes = textbook();
    minutes[3].absorption = Some(0.0);
    minutes[4].absorption = Some(-0.5);
    assert_eq!(run(minutes).last(NAME), ("ARMED", "band_inside"));
}

#[test]
fn a_trend_kills_it() {
    assert_eq!(until(3, |m| m.regime = Some(1.0)).last(NAME), ("DEAD", "regime_trend"));
    assert_eq!(until(4, |m| m.regime = Some(1.0)).last(NAME), ("DEAD", "regime_trend"));
    let armed =
        vec![textbook()[0].clone(), minute(61, [4, 9, 3, 8]).with(|m| m.regime = Some(1.0))];
    assert_eq!(run(armed).last(NAME), ("DEAD", "regime_trend"));
    // Known range: lives.
    assert_eq!(until(3, |m| m.regime = Some(0.0)).last(NAME), ("PROBE", "still_outside"));
}

fn outside(closes: i64) -> Vec<Minute> {
    let mut minutes = vec![textbook()[0].clone()];
    minutes.extend((0..closes).map(|i| minute(61 + i, [22, 27, 20, 24])));
    minutes
}

#[test]
fn ten_closes_outside_kill_it() {
    assert_eq!(run(outside(9)).last(NAME), ("PROBE", "still_outside"));
    assert_eq!(run(outside(10)).last(NAME), ("DEAD", "outside_long"));
    let back = |at| minute(at, [24, 25, 15, 16]).with(|m| m.absorption = Some(-0.5));
    let mut minutes = outside(9);
    minutes.push(back(70));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    let mut minutes = outside(11);
    assert_eq!(run(minutes.clone()).last(NAME), ("DEAD", "not_left"));
    // At the band is outside still.
    minutes[11].z = Some(2.0);
    assert_eq!(run(minutes.clone()).last(NAME), ("DEAD", "not_left"));
    minutes.push(back(72));
    assert_eq!(run(minutes.clone()).last(NAME), ("IDLE", "band_inside"));
    minutes.push(minute(73, [16, 24, 15, 22]));
    assert_eq!(run(minutes).last(NAME), ("PROBE", "still_outside"));
}

#[test]
fn enough_closes_must_be_outside() {
    assert_eq!(run_with(textbook(), |s| s.outside_bars_min = 2).entries().len(), 1);
    let outcome = run_with(textbook(), |s| s.outside_bars_min = 3);
    assert_eq!(outcome.sale(NAME)[3].failed.as_deref(), Some("outside_short"));
    assert!(outcome.signals.is_empty());
}

#[test]
fn a_bar_that_is_not_evaluated_still_counts() {
    let mut minutes = outside(10);
    minutes[4].regime = None;
    assert_eq!(run(minutes).last(NAME), ("DEAD", "outside_long"));
    let mut minutes = textbook();
    minutes[2].bar[1] = 28;
    minutes[2].regime = None;
    assert_eq!(run(minutes).signals[0].stop, price(30));
}

#[test]
fn a_gap_ends_a_probe() {
    let mut minutes = textbook();
    minutes.truncate(4);
    minutes[3].at += 3;
    assert_eq!(run(minutes).last(NAME), ("IDLE", "stale"));
}

#[test]
fn the_target_is_the_vwap_of_the_signal_towards_the_entry() {
    let outcome = until(4, |m| m.vwap = Some(0.3));
    assert_eq!(outcome.signals[0].targets, [price(1)]);
    let outcome = until(4, |m| m.vwap = Some(-0.7));
    assert_eq!(outcome.signals[0].targets, [price(0)]);
}

#[test]
fn the_reward_must_pay_for_the_risk() {
    // Risk 13: a reward of 14 pays after costs, 13 does not.
    assert_eq!(until(4, |m| m.vwap = Some(2.0)).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(until(4, |m| m.vwap = Some(3.0)).last(NAME), ("TRIGGERED", "rr"));
}

#[test]
fn three_deviations_end_the_trade_once() {
    for (z, exits) in [(2.99, 0), (3.0, 1), (-3.0, 1)] {
        let mut minutes = textbook();
        minutes[4].z = Some(z);
        minutes.push(minute(65, [30, 34, 28, 33]).with(|m| m.z = Some(3.3)));
        let outcome = run(minutes);
        let found = outcome.exits();
        assert_eq!(
            found.iter().filter(|s| s.ts == outcome.entries()[0].ts + 60_000_000).count(),
            exits
        );
        // By the second bar at the latest, and never twice.
        assert_eq!(found.len(), 1);
        let (enter, exit) = (outcome.entries()[0], found[0]);
        assert_eq!((&exit.id, exit.op, exit.side), (&enter.id, SignalOp::Exit, enter.side));
        assert_eq!((exit.stop, exit.why.as_slice()), (enter.stop, &["vwap_z_exit".to_owned()][..]));
        assert!(exit.targets.is_empty());
    }
}

#[test]
fn no_exit_without_a_trade_or_after_the_close() {
    let stretched = |at| minute(at, [30, 34, 28, 33]).with(|m| m.z = Some(3.3));
    assert!(run(vec![stretched(60)]).signals.is_empty());
    for (at, exits) in [(389, 1), (390, 0), (391, 0)] {
        let mut minutes = textbook();
        minutes.push(stretched(at));
        assert_eq!(run(minutes).exits().len(), exits, "minute {at}");
    }
}

#[test]
fn the_band_has_the_confluence_of_its_cluster() {
    let mut minutes = textbook();
    minutes.truncate(4);
    let scene = Scene::new(minutes)
        .level("VWAP+2sd", "VWAP", 20.25, 0.5)
        .level("PDH", "SESSION", 18.0, 0.5);
    let confluence = play(&scene, &Config::default()).signals[0].confluence.0;
    assert!((confluence - 0.75).abs() < 1e-12, "{confluence}");
}
