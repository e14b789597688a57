//! Confluence: the textbook case, and a near miss of every single condition.
//!
//! Each scene is played as it is and mirrored (see `play`): both sides are tested by every line.

use super::scene::Minute;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::play_records;
use super::scene::price;
use mia::config::Config;
use mia::market::Side;
use mia::strategies::Strategy;
use mia::wire::Num;
use mia::wire::Signal;

const NAME: &str = "confluence";

fn minute(at: i64, bar: [i64; 4]) -> Minute {
    Minute::new(at, bar).with(|m| {
        (m.delta, m.absorption) = (Some(0.2), Some(0.0));
    })
}

/// Approach, touch, turn. The cluster spans 40 to 42, the target is at 0.
fn textbook() -> Vec<Minute> {
    vec![
        minute(60, [20, 26, 18, 24]),
        minute(61, [24, 30, 22, 28]),
        minute(62, [28, 41, 27, 39]),
        minute(63, [39, 43, 33, 35]).with(turned),
        minute(64, [35, 36, 28, 30]),
    ]
}

/// Two of the four features go with the sale.
fn turned(m: &mut Minute) {
    (m.absorption, m.stack) = (Some(-0.5), Some(-3.0));
}

/// Three families at 40 to 42, strength 1 - .4 * .5 * .5; one level at 0.
fn levels(scene: Scene) -> Scene {
    scene
        .level("pVAH", "PROFILE", 40.0, 0.6)
        .level("PDH", "SESSION", 41.0, 0.5)
        .level("VWAP+2sd", "VWAP", 42.0, 0.5)
        .level("ONL", "SESSION", 0.0, 0.4)
}

fn run(minutes: Vec<Minute>) -> Outcome {
    play(&levels(Scene::new(minutes)), &Config::default())
}

/// The first `n` minutes of the textbook, the last of them changed.
fn until(n: usize, change: impl FnOnce(&mut Minute)) -> Outcome {
    let mut minutes = textbook();
    minutes.truncate(n);
    change(&mut minutes[n - 1]);
    run(minutes)
}

/// The textbook up to its `n`th minute among other levels.
fn among(n: usize, levels: &[(&str, &str, f64, f64)]) -> Outcome {
    let mut minutes = textbook();
    minutes.truncate(n);
    let scene = levels
        .iter()
        .fold(Scene::new(minutes), |scene, (id, fam, px, w)| scene.level(id, fam, *px, *w));
    play(&scene, &Config::default())
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
    assert_eq!(outcome.states(NAME), ["IDLE", "ARMED", "PROBE", "TRIGGERED", "COOLDOWN"]);
    let signal = entry(&outcome);
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(35), price(45)));
    assert_eq!(signal.targets, [price(0)]);
    assert_eq!(signal.why, ["touched", "reversed", "absorption", "stack_imb"]);
    assert_eq!(signal.level_ids, ["pVAH", "PDH", "VWAP+2sd", "ONL"]);
    assert!((signal.confluence.0 - 0.9).abs() < 1e-12, "{}", signal.confluence.0);
    let sale = outcome.sale(NAME);
    let dist: Vec<_> = sale.iter().map(|e| e.dist.map(|d| d.0)).collect();
    assert_eq!(dist, [None, Some(6.0), Some(3.0), None, None]);
    let failed: Vec<_> = sale[..3].iter().map(|e| e.failed.as_deref().unwrap()).collect();
    assert_eq!(failed, ["no_side", "no_touch", "no_reversal"]);
    assert_eq!(sale[2].saw["cluster_strength"], Num(0.9));
    let votes: Vec<_> = sale.iter().map(|e| e.saw["votes"].0).collect();
    assert_eq!(votes, [0.0, 0.0, 0.0, 2.0, 2.0]);
    assert_eq!(sale[2].missing, ["of_stack_imb", "of_large_imb"]);
}

#[test]
fn a_gap_ends_a_probe_and_its_votes() {
    let mut minutes = textbook();
    minutes[3].stack = None;
    minutes[4].at += 3;
    let outcome = run(minutes);
    let votes: Vec<_> = outcome.sale(NAME)[3..].iter().map(|e| e.saw["votes"].0).collect();
    assert_eq!(votes, [1.0, 0.0]);
    assert_eq!(outcome.last(NAME), ("IDLE", "stale"));
    assert!(!outcome.sale(NAME)[4].saw.contains_key("cluster_strength"));
}

#[test]
fn the_cluster_must_be_strong() {
    let with = |vwap: f64| {
        among(
            2,
            &[
                ("pVAH", "PROFILE", 40.0, 0.5),
                ("PDH", "SESSION", 41.0, 0.2),
                ("VWAP+2sd", "VWAP", 42.0, vwap),
            ],
        )
    };
    // 1 - .5 * .8 * .75 = .7.
    assert_eq!(with(0.25).last(NAME), ("ARMED", "no_touch"));
    assert_eq!(with(0.24).last(NAME), ("IDLE", "no_cluster"));
}

#[test]
fn the_cluster_must_have_three_families() {
    let two = [
        ("pVAH", "PROFILE", 40.0, 0.6),
        ("PDH", "SESSION", 41.0, 0.5),
        ("ONH", "SESSION", 42.0, 0.5),
    ];
    assert_eq!(among(2, &two).last(NAME), ("IDLE", "no_cluster"));
    let mut config = Config::default();
    config.patterns.confluence.families_min = 2;
    let mut minutes = textbook();
    minutes.truncate(2);
    let scene = Scene::new(minutes)
        .level("pVAH", "PROFILE", 40.0, 0.6)
        .level("PDH", "SESSION", 41.0, 0.5)
        .level("ONH", "SESSION", 42.0, 0.5);
    assert_eq!(play(&scene, &config).last(NAME), ("ARMED", "no_touch"));
}

#[test]
fn the_touch_of_the_bar_itself_counts_for_the_strength() {
    // .696 untouched; each weight times 1.2 after three bars away.
    let levels = [
        ("pVAH", "PROFILE", 40.0, 0.5),
        ("PDH", "SESSION", 41.0, 0.2),
        ("VWAP+2sd", "VWAP", 42.0, 0.24),
    ];
    for (away, expected) in [(2, ("IDLE", "no_cluster")), (3, ("PROBE", "no_reversal"))] {
        let mut minutes: Vec<_> =
            (0..away).map(|i| minute(62 - away + i, [24, 30, 22, 28])).collect();
        minutes.push(textbook()[2].clone());
        let scene = levels
            .iter()
            .fold(Scene::new(minutes), |scene, (id, fam, px, w)| scene.level(id, fam, *px, *w));
        let outcome = play(&scene, &Config::default());
        assert_eq!(outcome.last(NAME), expected, "{away} bars away");
    }
}

#[test]
fn a_touch_comes_within_the_tolerance() {
    assert_eq!(until(3, |m| m.bar = [28, 36, 27, 34]).last(NAME), ("PROBE", "no_reversal"));
    let outcome = until(3, |m| m.bar = [28, 35, 27, 34]);
    assert_eq!(outcome.last(NAME), ("ARMED", "no_touch"));
    assert_eq!(outcome.sale(NAME)[2].dist, Some(Num(1.0)));
    // A bar that opens far beyond never came near.
    assert_eq!(until(3, |m| m.bar = [48, 50, 47, 49]).last(NAME), ("ARMED", "no_touch"));
    assert_eq!(until(3, |m| m.bar = [48, 50, 46, 49]).last(NAME), ("PROBE", "no_reversal"));
}

#[test]
fn the_side_is_where_the_close_before_was() {
    // Inside or above, it is no resistance any more.
    for (close, expected) in [
        (39, ("PROBE", "no_reversal")),
        (40, ("IDLE", "no_cluster")),
        (42, ("IDLE", "no_cluster")),
        (47, ("IDLE", "no_cluster")),
    ] {
        let mut minutes = vec![minute(61, [close, close, close, close])];
        minutes.push(minute(62, [41, 42, 38, 39]));
        let outcome = run(minutes);
        assert_eq!(outcome.last(NAME), expected, "close {close}");
    }
}

#[test]
fn of_two_clusters_the_nearer_one_counts() {
    let scene = |minutes| {
        levels(Scene::new(minutes))
            .level("IBH", "SESSION", 52.0, 0.5)
            .level("CW", "GAMMA", 53.0, 0.6)
            .level("EM+1", "EM", 54.0, 0.4)
    };
    let mut minutes = textbook();
    minutes[2].bar = [28, 53, 27, 39];
    let outcome = play(&scene(minutes), &Config::default());
    let signal = entry(&outcome);
    assert_eq!(signal.stop, price(45));
    assert_eq!(signal.level_ids[..3], ["pVAH", "PDH", "VWAP+2sd"]);
    // From between the two, the farther one is ahead.
    let minutes = vec![minute(61, [44, 48, 43, 47]), minute(62, [47, 52, 46, 51])];
    let outcome = play(&scene(minutes), &Config::default());
    assert_eq!(outcome.last(NAME), ("PROBE", "no_reversal"));
    // The wall is 62 of its 480 minutes old.
    let strength = 1.0 - 0.5 * (1.0 - 0.6 * (1.0 - 62.0 / 480.0)) * 0.6;
    assert!((outcome.sale(NAME)[1].saw["cluster_strength"].0 - strength).abs() < 1e-9);
}

#[test]
fn the_close_must_be_four_ticks_away() {
    assert_eq!(until(4, |m| m.bar[3] = 36).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(until(4, |m| m.bar[3] = 37).last(NAME), ("PROBE", "no_reversal"));
    // Price that did not reach the cluster must come back from where it turned.
    let short = |close: i64| {
        let mut minutes = textbook();
        minutes.truncate(4);
        minutes[2].bar = [28, 37, 27, 36];
        minutes[3].bar = [36, 37, 30, close];
        run(minutes)
    };
    assert_eq!(short(33).last(NAME), ("TRIGGERED", "-"));
    assert_eq!(short(34).last(NAME), ("PROBE", "no_reversal"));
    // The touching bar may turn itself.
    let outcome = until(3, |m| {
        m.bar = [28, 41, 27, 36];
        turned(m);
    });
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn two_of_four_features_must_agree() {
    type Set = fn(&mut Minute, Option<f64>);
    let all: [(&str, &str, Set); 4] = [
        ("absorption", "of_absorption", |m, v| m.absorption = v),
        ("stack_imb", "of_stack_imb", |m, v| m.stack = v),
        ("delta_imb", "of_delta_imb", |m, v| m.delta = v),
        ("large_imb", "of_large_imb", |m, v| m.large = v),
    ];
    let with = |agree: &[usize], others: Option<f64>| {
        until(4, |m| {
            for (i, (_, _, set)) in all.iter().enumerate() {
                set(m, if agree.contains(&i) { Some(-0.01) } else { others });
            }
        })
    };
    for others in [Some(0.0), Some(0.5), None] {
        assert_eq!(with(&[], others).last(NAME), ("PROBE", "few_votes"));
        for a in 0..4 {
            assert_eq!(with(&[a], others).last(NAME), ("PROBE", "few_votes"), "{a} {others:?}");
            for b in a + 1..4 {
                let outcome = with(&[a, b], others);
                let signal = entry(&outcome);
                assert_eq!(signal.why, ["touched", "reversed", all[a].0, all[b].0]);
            }
        }
        assert_eq!(entry(&with(&[0, 1, 2, 3], others)).why.len(), 6);
    }
    let outcome = with(&[2], None);
    let missing = &outcome.sale(NAME).last().unwrap().missing;
    assert_eq!(*missing, ["of_stack_imb", "of_absorption", "of_large_imb"]);
}

/// The approach, then bars that stay at the cluster.
fn hovering(bars: i64) -> Vec<Minute> {
    let mut minutes = textbook();
    minutes.truncate(2);
    minutes.extend((0..bars).map(|i| minute(62 + i, [38, 41, 37, 39])));
    minutes
}

#[test]
fn the_reversal_must_come_within_three_bars() {
    assert_eq!(run(hovering(2)).last(NAME), ("PROBE", "no_reversal"));
    assert_eq!(run(hovering(3)).last(NAME), ("DEAD", "reversal_late"));
    let turn = |at| minute(at, [39, 43, 33, 35]).with(turned);
    let mut minutes = hovering(2);
    minutes.push(turn(64));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    // It rests until a bar stays away.
    let mut minutes = hovering(3);
    minutes.push(turn(65));
    assert_eq!(run(minutes.clone()).last(NAME), ("DEAD", "not_left"));
    minutes.push(minute(66, [35, 36, 30, 31]));
    assert_eq!(run(minutes.clone()).last(NAME), ("DEAD", "not_left"));
    minutes.push(minute(67, [31, 35, 30, 31]));
    assert_eq!(run(minutes.clone()).last(NAME), ("IDLE", "no_touch"));
    minutes.push(minute(68, [31, 40, 30, 35]).with(turned));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn two_closes_beyond_the_far_edge_kill_it() {
    let closes = |closes: &[i64]| {
        let mut minutes = textbook();
        minutes.truncate(2);
        let bars = closes.iter().zip(62..).map(|(close, at)| {
            let low = 38.min(*close);
            minute(at, [40, 45, low, *close]).with(turned)
        });
        minutes.extend(bars);
        run(minutes)
    };
    assert_eq!(closes(&[43]).last(NAME), ("PROBE", "no_reversal"));
    assert_eq!(closes(&[43, 43]).last(NAME), ("DEAD", "cluster_broken"));
    assert_eq!(closes(&[43, 42]).last(NAME), ("PROBE", "no_reversal"));
    // Two of three, and death comes before the end of the time.
    assert_eq!(closes(&[43, 42, 43]).last(NAME), ("DEAD", "cluster_broken"));
    assert_eq!(closes(&[43, 36]).last(NAME), ("TRIGGERED", "-"));
}

#[test]
fn the_target_is_the_next_strong_cluster_on_the_way() {
    let cluster = [
        ("pVAH", "PROFILE", 40.0, 0.6),
        ("PDH", "SESSION", 41.0, 0.5),
        ("VWAP+2sd", "VWAP", 42.0, 0.5),
    ];
    let with = |more: &[(&str, &str, f64, f64)]| among(4, &[&cluster[..], more].concat());
    assert_eq!(with(&[]).last(NAME), ("PROBE", "no_target"));
    assert_eq!(with(&[("ONL", "SESSION", 0.0, 0.39)]).last(NAME), ("PROBE", "no_target"));
    assert_eq!(with(&[("CW", "GAMMA", 60.0, 0.6)]).last(NAME), ("PROBE", "no_target"));
    // Strength .4 of two weak levels: 1 - .8 * .75.
    let weak = [("ONL", "SESSION", 0.0, 0.2), ("EM-1", "EM", 2.0, 0.25)];
    let outcome = with(&weak);
    // At (0 * .2 + 2 * .25) / .45 = 1.11, rounded towards the entry.
    assert_eq!(entry(&outcome).targets, [price(2)]);
    assert_eq!(entry(&outcome).level_ids[3..], ["ONL", "EM-1"]);
    // The nearest of several; one that holds the entry is not on the way.
    let more = [
        ("PDL", "SESSION", -20.0, 0.5),
        ("ONL", "SESSION", 0.0, 0.4),
        ("IBL", "SESSION", 35.0, 0.5),
    ];
    assert_eq!(entry(&with(&more)).targets, [price(0)]);
    // Nor one that ends at it, although its mean price lies below.
    let ends =
        [("ONL", "SESSION", 0.0, 0.4), ("EM-1", "EM", 32.0, 0.4), ("IBL", "SESSION", 35.0, 0.5)];
    assert_eq!(entry(&with(&ends)).targets, [price(0)]);
    // Nor one between the entry and the tick before it.
    let half = [("ONL", "SESSION", 0.0, 0.4), ("EM-1", "EM", 34.5, 0.4)];
    assert_eq!(entry(&with(&half)).targets, [price(0)]);
    let outcome = with(&[("ONL", "SESSION", 34.0, 0.4)]);
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "rr"));
}

#[test]
fn the_cluster_is_frozen_at_the_touch() {
    let minutes = textbook();
    let first = levels(Scene::new(minutes[..3].to_vec())).records();
    let second = Scene::new(minutes[3..4].to_vec()).level("ONL", "SESSION", 0.0, 0.4).records();
    let records = [first, second].concat();
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    let signal = entry(&outcome);
    assert_eq!((signal.stop, signal.targets[0]), (price(45), price(0)));
    assert_eq!(signal.level_ids, ["pVAH", "PDH", "VWAP+2sd", "ONL"]);
    // Nothing is there any more that the trade could rest on.
    assert!(signal.confluence.0.abs() < 1e-12);
}

#[test]
fn a_computed_level_between_ticks_rounds_the_stop_away() {
    let outcome = among(
        4,
        &[
            ("pVAH", "PROFILE", 40.0, 0.6),
            ("PDH", "SESSION", 41.0, 0.5),
            ("VWAP+2sd", "VWAP", 42.25, 0.5),
            ("ONL", "SESSION", 0.0, 0.4),
        ],
    );
    assert_eq!(entry(&outcome).stop, price(46));
}

#[test]
fn regime_and_route() {
    assert_eq!(until(4, |m| m.regime = None).last(NAME), ("PROBE", "regime_unclear"));
    let mut minutes = textbook();
    minutes.truncate(4);
    for m in &mut minutes {
        (m.regime, m.trend) = (Some(1.0), Some(-0.5));
    }
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "route"));
}

#[test]
fn a_bar_that_is_not_evaluated_still_counts() {
    let mut minutes = hovering(3);
    minutes[3].regime = None;
    assert_eq!(run(minutes).last(NAME), ("DEAD", "reversal_late"));
    // Its extreme and its close beyond count as well.
    let mut minutes = textbook();
    minutes.truncate(2);
    minutes.push(minute(62, [38, 44, 37, 43]).with(|m| m.regime = None));
    minutes.push(minute(63, [43, 44, 40, 43]));
    // Nothing began on a bar that was not evaluated.
    assert_eq!(run(minutes).last(NAME), ("IDLE", "no_cluster"));
    // With it price reached the cluster, and four ticks from its edge are enough.
    let mut minutes = textbook();
    minutes.truncate(2);
    minutes.push(minute(62, [28, 37, 27, 36]));
    minutes.push(minute(63, [38, 41, 37, 38]).with(|m| m.regime = None));
    minutes.push(minute(64, [38, 39, 33, 36]).with(turned));
    assert_eq!(run(minutes).last(NAME), ("TRIGGERED", "-"));
    let mut minutes = textbook();
    minutes.truncate(3);
    minutes.push(minute(63, [40, 45, 38, 43]).with(|m| m.regime = None));
    minutes.push(minute(64, [40, 45, 38, 43]));
    assert_eq!(run(minutes).last(NAME), ("DEAD", "cluster_broken"));
}

#[test]
fn silence_and_switch() {
    let mut minutes = textbook();
    minutes.extend((65..80).map(|at| minute(at, [20, 26, 18, 24])));
    let outcome = run(minutes);
    let states = outcome.states(NAME);
    assert!(states[4..19].iter().all(|s| *s == "COOLDOWN"), "{states:?}");
    assert_eq!(states[19], "ARMED");
    let mut config = Config::default();
    config.patterns.confluence.enabled = false;
    let off = play(&levels(Scene::new(textbook())), &config);
    assert!(off.sale(NAME).is_empty() && off.signals.is_empty());
}
