//! Detectors: every term by hand. Each scene is played as it is and mirrored (see `play`).

use super::scene::Minute;
use super::scene::Options;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use mia::config::Config;
use mia::config::Detectors;
use mia::wire::NegSide;
use mia::wire::Num;

fn run(minutes: Vec<Minute>, change: impl FnOnce(&mut Detectors)) -> Outcome {
    let mut config = Config::default();
    change(&mut config.detectors);
    play(&Scene::new(minutes), &config)
}

fn close_to(value: Option<Num>, expected: f64) {
    let value = value.expect("a strength").0;
    assert!((value - expected).abs() < 1e-9, "{value}, expected {expected}");
}

#[test]
fn they_are_off_by_default() {
    let outcome = run((20..60).map(|at| flat(at, 300)).collect(), |_| {});
    for scores in &outcome.scores {
        let strengths = (scores.gamma_pin, scores.headfake, scores.microstructure);
        assert_eq!((strengths, scores.microstructure_mean), ((None, None, None), None));
        assert!(scores.seen.is_empty());
    }
}

// Gamma pin.

fn pinned(at: i64, close: i64, gex: Option<f64>) -> Minute {
    Minute::new(at, [close; 4]).with(|m| {
        m.gex = gex;
        m.options = Some(Options {
            flip: -40.0,
            neg_side: NegSide::Below,
            call_wall: Some(20.0),
            put_wall: Some(-60.0),
            em: 80.0,
            age_s: 10,
        });
    })
}

fn pin(minutes: Vec<Minute>) -> Outcome {
    run(minutes, |d| d.gamma_pin = true)
}

#[test]
fn the_pin_is_nearness_times_gamma() {
    for (close, gex, strength, seen) in [
        (20, 0.10, 1.0, Some("pin_extreme:5005:0.0")),
        // 1 - 2/5.
        (18, 0.10, 0.6, Some("pin_moderate:5005:2.0")),
        (22, 0.10, 0.6, Some("pin_moderate:5005:2.0")),
        (18, 0.05, 0.3, Some("pin_weak:5005:2.0")),
        (18, 0.049, 0.294, None),
        (18, 0.12, 0.72, Some("pin_strong:5005:2.0")),
        (18, 0.15, 0.9, Some("pin_extreme:5005:2.0")),
        // At most 1, and gamma counts twice at most.
        (18, 0.20, 1.0, Some("pin_extreme:5005:2.0")),
        (16, 0.20, 0.4, Some("pin_weak:5005:4.0")),
        (16, 0.50, 0.4, Some("pin_weak:5005:4.0")),
        (15, 0.20, 0.0, None),
        (10, 0.20, 0.0, None),
        // Negative gamma cannot pin.
        (20, -0.10, 0.0, None),
        (20, 0.0, 0.0, None),
    ] {
        let outcome = pin(vec![pinned(60, close, Some(gex))]);
        close_to(outcome.scores[0].gamma_pin, strength);
        let expected: Vec<&str> = seen.into_iter().collect();
        assert_eq!(outcome.scores[0].seen, expected, "close {close}, ratio {gex}");
    }
}

#[test]
fn a_quiet_bar_pins_more() {
    for (volume, strength) in [(209, 0.72), (210, 0.6), (600, 0.6)] {
        let mut minutes: Vec<_> = (60..65).map(|at| pinned(at, 0, Some(0.1))).collect();
        minutes.push(pinned(65, 18, Some(0.1)).with(|m| m.volume = (100, volume - 100)));
        close_to(pin(minutes.clone()).scores[5].gamma_pin, strength);
        // Five bars are needed to know what is usual, and older ones do not count.
        close_to(pin(minutes[1..].to_vec()).scores[4].gamma_pin, 0.6);
        minutes.insert(0, pinned(59, 0, Some(0.1)).with(|m| m.volume = (9_000, 9_000)));
        close_to(pin(minutes).scores[6].gamma_pin, strength);
    }
}

#[test]
fn without_gamma_or_walls_there_is_no_pin() {
    let clears: [fn(&mut Minute); 3] = [
        |m| m.gex = None,
        |m| m.options = None,
        |m| {
            let chain = m.options.as_mut().unwrap();
            (chain.call_wall, chain.put_wall) = (None, None);
        },
    ];
    for clear in clears {
        let outcome = pin(vec![pinned(60, 20, Some(0.1)).with(clear)]);
        assert_eq!(outcome.scores[0].gamma_pin, None);
    }
    // One wall is enough; the nearer one counts, and both do at one distance.
    let walls = |call: Option<f64>, put: Option<f64>| {
        let minute = pinned(60, 0, Some(0.1)).with(|m| {
            let chain = m.options.as_mut().unwrap();
            (chain.call_wall, chain.put_wall) = (call, put);
        });
        pin(vec![minute]).scores[0].clone()
    };
    close_to(walls(None, Some(-1.0)).gamma_pin, 0.8);
    close_to(walls(Some(2.0), Some(-1.0)).gamma_pin, 0.8);
    close_to(walls(Some(2.5), Some(-4.0)).gamma_pin, 0.5);
    assert_eq!(walls(Some(2.5), None).seen, ["pin_moderate:5000.5:2.5"]);
    assert_eq!(walls(Some(2.75), None).seen, ["pin_weak:5000.75:2.8"]);
    let both = walls(Some(2.0), Some(-2.0));
    close_to(both.gamma_pin, 0.6);
    assert_eq!(both.seen, ["pin_moderate:5000.5:2.0", "pin_moderate:4999.5:2.0"]);
}

// Headfake.

/// A bar from -4 to 4 with equal sides.
fn flat(at: i64, volume: u64) -> Minute {
    Minute::new(at, [0, 4, -4, 0]).with(|m| m.volume = (volume / 2, volume / 2))
}

/// Nine bars of 300 contracts, then this one.
fn headfake(bar: [i64; 4], volume: (u64, u64)) -> Outcome {
    let mut minutes: Vec<_> = (60..69).map(|at| flat(at, 300)).collect();
    minutes.push(Minute::new(69, bar).with(|m| m.volume = volume));
    run(minutes, |d| d.headfake = true)
}

#[test]
fn a_break_on_high_volume_that_goes_nowhere_is_a_trap() {
    for (bar, volume, strength, seen) in [
        // No break; break without volume; volume at the limit.
        ([0, 4, -4, 3], (400, 400), 0.0, None),
        ([0, 6, -3, 3], (220, 220), 0.0, None),
        ([0, 6, -3, 3], (225, 225), 0.0, None),
        // .4 for the spike: one-sided (.3 is not below .3) and two ticks beyond.
        ([0, 6, -3, 6], (650, 350), 0.4, Some("range_fake")),
        // Absorbed: + .6.
        ([0, 6, -3, 6], (649, 351), 1.0, Some("bull_trap")),
        // Close less than two ticks beyond, or back inside: + .3.
        ([0, 6, -3, 5], (650, 350), 0.7, Some("bull_trap")),
        ([0, 6, -3, -2], (650, 350), 0.7, Some("bull_trap")),
        ([0, 6, -3, 3], (500, 500), 1.0, Some("bull_trap")),
        // The other way.
        ([0, 3, -6, -6], (350, 650), 0.4, Some("range_fake")),
        ([0, 3, -6, -5], (350, 650), 0.7, Some("bear_trap")),
        // Both ways.
        ([0, 6, -6, 0], (500, 500), 0.0, Some("conflict")),
    ] {
        let outcome = headfake(bar, volume);
        close_to(outcome.scores[9].headfake, strength);
        let expected: Vec<&str> = seen.into_iter().collect();
        assert_eq!(outcome.scores[9].seen, expected, "{bar:?} {volume:?}");
        // Nine bars before are needed.
        assert!(outcome.scores[..9].iter().all(|scores| scores.headfake.is_none()));
    }
}

#[test]
fn the_range_is_nine_bars_and_the_usual_volume_twenty_nine() {
    let broken = |first: i64, volume: u64, bars: i64| {
        let mut minutes: Vec<_> = (0..bars).map(|i| flat(20 + i, 300)).collect();
        minutes[0].bar[1] = first;
        minutes[0].volume = (volume / 2, volume / 2);
        minutes.push(Minute::new(20 + bars, [0, 6, -3, 6]).with(|m| m.volume = (650, 350)));
        let outcome = run(minutes, |d| d.headfake = true);
        outcome.scores.last().unwrap().headfake
    };
    close_to(broken(6, 300, 9), 0.0);
    close_to(broken(6, 300, 10), 0.4);
    // Its volume is part of the mean while it is one of 29: 19_300 / 29 is 665.5, times 1.5 is 998.
    close_to(broken(4, 10_960, 29), 0.0);
    close_to(broken(4, 10_900, 29), 0.4);
    close_to(broken(4, 1_000_000, 30), 0.4);
    let outcome = run((60..75).map(|at| flat(at, 300)).collect(), |d| {
        (d.headfake, d.lookback_bars) = (true, 12);
    });
    let known = outcome.scores.iter().position(|scores| scores.headfake.is_some());
    assert_eq!(known, Some(11));
}

// Microstructure.

/// Ten bars of 290 and 310 contracts with spreads of 1 and 1.2 ticks: deviations 10 and 0.1.
fn before() -> Vec<Minute> {
    let bar = |i: i64| {
        let (volume, spread) = if i % 2 == 0 { (290, 1.0) } else { (310, 1.2) };
        flat(60 + i, volume).with(|m| m.spread = Some(spread))
    };
    (0..10).map(bar).collect()
}

fn micro(mut minutes: Vec<Minute>, change: impl FnOnce(&mut Minute)) -> Outcome {
    let at = minutes.last().map_or(60, |m| m.at + 1);
    minutes.push(flat(at, 300).with(change));
    run(minutes, |d| d.microstructure = true)
}

#[test]
fn volume_spread_one_sidedness_and_large_trades_are_anomalies() {
    type Change = fn(&mut Minute);
    let cases: [(Change, f64, &[&str]); 15] = [
        (|_| {}, 0.0, &[]),
        // z = (330 - 300)/10 is not above 3; 332 is 3.2 deviations away, 3.2/5.
        (|m| m.volume = (165, 165), 0.0, &[]),
        (|m| m.volume = (166, 166), 0.64, &["anomaly_volume"]),
        (|m| m.volume = (134, 134), 0.64, &["anomaly_volume"]),
        (|m| m.volume = (200, 200), 1.0, &["anomaly_volume"]),
        // (1.29 - 1.1)/.1 is 1.9; 1.31 is 2.1 deviations away, 2.1/4.
        (|m| m.spread = Some(1.29), 0.0, &[]),
        (|m| m.spread = Some(1.31), 0.525, &["anomaly_spread"]),
        (|m| m.spread = Some(0.89), 0.525, &["anomaly_spread"]),
        (|m| m.spread = Some(1.5), 1.0, &["anomaly_spread"]),
        // 240/300 is not above .8; 244/300 is: (.81333 - .5)/.5.
        (|m| m.volume = (270, 30), 0.0, &[]),
        (|m| m.volume = (272, 28), 2.0 * (244.0 / 300.0 - 0.5), &["anomaly_one_sided"]),
        (|m| m.volume = (28, 272), 2.0 * (244.0 / 300.0 - 0.5), &["anomaly_one_sided"]),
        (|m| m.volume = (300, 0), 1.0, &["anomaly_one_sided"]),
        // (.6 - .25)/.35 would be 1 already, but only above .6.
        (|m| m.large_share = Some(0.6), 0.0, &[]),
        (|m| m.large_share = Some(0.61), 1.0, &["anomaly_large_trades"]),
    ];
    for (i, (change, strength, seen)) in cases.into_iter().enumerate() {
        let outcome = micro(before(), change);
        let scores = &outcome.scores[10];
        close_to(scores.microstructure, strength);
        assert_eq!(scores.seen, seen, "case {i}");
        if seen.is_empty() {
            assert_eq!(scores.microstructure_mean, None);
        } else {
            close_to(scores.microstructure_mean, strength);
        }
    }
}

#[test]
fn the_strength_is_the_largest_and_the_mean_is_of_those_present() {
    let outcome = micro(before(), |m| {
        (m.volume, m.spread, m.large_share) = ((166, 166), Some(1.31), Some(0.9));
    });
    let scores = &outcome.scores[10];
    close_to(scores.microstructure, 1.0);
    close_to(scores.microstructure_mean, (0.64 + 0.525 + 1.0) / 3.0);
    assert_eq!(scores.seen, ["anomaly_volume", "anomaly_spread", "anomaly_large_trades"]);
}

#[test]
fn what_is_usual_needs_ten_bars_and_is_of_the_last_twenty_nine() {
    let outcome = micro(before()[1..].to_vec(), |m| {
        (m.volume, m.spread) = ((1_000, 1_000), Some(9.0));
    });
    close_to(outcome.scores[9].microstructure, 0.0);
    // The first of thirty bars has left the window.
    let long = |bars: i64, first: u64| {
        let bar = |i: i64| flat(20 + i, if i % 2 == 0 { 290 } else { 310 });
        let mut minutes: Vec<_> = (0..bars).map(bar).collect();
        minutes[0].volume = (first, first);
        let outcome = micro(minutes, |m| m.volume = (200, 200));
        outcome.scores.last().unwrap().microstructure
    };
    close_to(long(30, 100_000), 1.0);
    close_to(long(29, 100_000), 0.0);
    // No quotes: the spread is no term.
    let mut minutes = before();
    minutes.iter_mut().for_each(|m| m.spread = None);
    close_to(micro(minutes.clone(), |m| m.spread = Some(9.0)).scores[10].microstructure, 0.0);
    close_to(micro(before(), |m| m.spread = None).scores[10].microstructure, 0.0);
    // A bar without volume has no sides: nothing at all is known of it here.
    let empty = run(vec![flat(60, 0)], |d| d.microstructure = true);
    assert_eq!(empty.scores[0].microstructure, None);
    // Volume that never changes has no deviations.
    let minutes: Vec<_> = (0..12).map(|i| flat(60 + i, 300)).collect();
    close_to(micro(minutes, |m| m.volume = (2_000, 2_000)).scores[12].microstructure, 0.0);
}

#[test]
fn an_anomaly_keeps_patterns_from_triggering() {
    let trigger = |at| Minute::new(at, [36, 47, 34, 36]);
    let play_with = |share: Option<f64>, on: bool, veto: f64, floor: bool| {
        let mut config = Config::default();
        (config.detectors.microstructure, config.detectors.microstructure_veto) = (on, veto);
        let minute = trigger(60).with(|m| (m.large_share, m.large_floor) = (share, floor));
        let outcome = play(&Scene::new(vec![minute]).value_area(40.0, 0.0, -40.0), &config);
        outcome.last("va_rejection").1.to_owned()
    };
    let with = |share, on, veto| play_with(share, on, veto, false);
    assert_eq!(with(Some(0.7), true, 0.9), "microstructure");
    // Large by the least size alone is no anomaly.
    assert_eq!(play_with(Some(0.7), true, 0.9, true), "-");
    assert_eq!(with(Some(0.6), true, 0.9), "-");
    assert_eq!(with(None, true, 0.9), "-");
    assert_eq!(with(Some(0.7), false, 0.9), "-");
    assert_eq!(with(Some(0.7), true, 1.1), "-");
}

#[test]
fn a_session_and_a_gap_start_over() {
    let mut minutes: Vec<_> = (60..69).map(|at| flat(at, 300)).collect();
    minutes.push(flat(72, 300));
    let outcome = run(minutes, |d| d.headfake = true);
    assert_eq!(outcome.scores[9].headfake, None);
    let mut minutes: Vec<_> = (60..69).map(|at| flat(at, 300)).collect();
    minutes.push(flat(71, 300));
    let outcome = run(minutes, |d| d.headfake = true);
    close_to(outcome.scores[9].headfake, 0.0);
    // What is usual is forgotten as well: nothing is quiet, a spike, or out of the ordinary.
    for (gap, strength) in [(0, 0.72), (3, 0.6)] {
        let mut minutes: Vec<_> = (60..65).map(|at| pinned(at, 0, Some(0.1))).collect();
        minutes.push(pinned(65 + gap, 18, Some(0.1)).with(|m| m.volume = (100, 100)));
        close_to(pin(minutes).scores[5].gamma_pin, strength);
    }
    for (gap, strength) in [(0, 1.0), (3, 0.0)] {
        let mut minutes = before();
        minutes.push(flat(70 + gap, 600).with(|m| m.spread = Some(1.1)));
        let outcome = run(minutes, |d| d.microstructure = true);
        close_to(outcome.scores[10].microstructure, strength);
        let mut minutes = before();
        minutes.push(flat(70 + gap, 300).with(|m| m.spread = Some(9.0)));
        let outcome = run(minutes, |d| d.microstructure = true);
        close_to(outcome.scores[10].microstructure, strength);
    }
    // A higher mean of the bars before the gap would hide the spike.
    let mut minutes: Vec<_> = (50..60).map(|at| flat(at, 9_000)).collect();
    minutes.extend((63..72).map(|at| flat(at, 300)));
    minutes.push(Minute::new(72, [0, 6, -3, 6]).with(|m| m.volume = (650, 350)));
    let outcome = run(minutes, |d| d.headfake = true);
    close_to(outcome.scores[19].headfake, 0.4);
}

#[test]
fn a_wide_spread_is_a_degraded_book_where_depth_is_subscribed() {
    let with = |spread: Option<f64>, book: Option<(u32, u64, u64)>| {
        let minute =
            Minute::new(60, [36, 47, 34, 36]).with(|m| (m.spread, m.book) = (spread, book));
        let scene = Scene::new(vec![minute]).value_area(40.0, 0.0, -40.0);
        play(&scene, &Config::default()).last("va_rejection").1.to_owned()
    };
    let good = Some((5, 200, 200));
    assert_eq!(with(Some(2.0), good), "-");
    assert_eq!(with(Some(2.01), good), "dom_degraded");
    assert_eq!(with(None, good), "-");
    assert_eq!(with(Some(9.0), None), "-");
    assert_eq!(with(Some(1.0), Some((4, 200, 200))), "dom_degraded");
}
