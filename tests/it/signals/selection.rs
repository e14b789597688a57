//! What stands between a completed pattern and a signal, and what is published of every bar.

use super::scene::BarsFrom;
use super::scene::DAY;
use super::scene::MINUTE;
use super::scene::Minute;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::rth_open;
use mia::config::Config;
use mia::config::VixBand;
use mia::wire::Num;

const NAME: &str = "va_rejection";

/// The textbook sale of the value-area rejection, its last minute changed.
fn rejection(change: impl FnOnce(&mut Minute)) -> Scene {
    let mut minutes = vec![
        Minute::new(60, [24, 32, 20, 30]),
        Minute::new(61, [30, 39, 28, 38]),
        Minute::new(62, [38, 46, 36, 43]),
        Minute::new(63, [43, 47, 34, 36]),
    ];
    change(&mut minutes[3]);
    Scene::new(minutes).value_area(40.0, 0.0, -40.0)
}

fn run(change: impl FnOnce(&mut Minute)) -> Outcome {
    play(&rejection(change), &Config::default())
}

#[test]
fn a_thin_book_refuses_a_completed_pattern() {
    for (book, expected) in [
        (None, "-"),
        (Some((5, 100, 100)), "-"),
        (Some((4, 100, 100)), "dom_degraded"),
        (Some((5, 99, 100)), "dom_degraded"),
        (Some((5, 100, 99)), "dom_degraded"),
    ] {
        let outcome = run(|m| m.book = book);
        assert_eq!(outcome.last(NAME), ("TRIGGERED", expected), "{book:?}");
        assert_eq!(outcome.signals.is_empty(), expected != "-");
    }
}

#[test]
fn every_bar_of_regular_hours_gives_one_line_of_scores() {
    let outcome = run(|_| {});
    let stamps: Vec<_> = outcome.scores.iter().map(|s| s.ts).collect();
    let expected: Vec<_> = (60..64).map(|at| rth_open(DAY) + at * MINUTE).collect();
    assert_eq!(stamps, expected);
    // The last bar of the day counts, those outside regular hours do not.
    let mut scene = rejection(|m| m.adx = Some(21.0));
    scene.minutes.extend([Minute::new(390, [30; 4]), Minute::new(391, [30; 4])]);
    let outcome = play(&scene, &Config::default());
    assert_eq!(outcome.scores.len(), 5);
    let line = &outcome.scores[3];
    assert_eq!((line.regime.as_deref(), line.adx), (Some("RANGE"), Some(Num(21.0))));
    // Without a single past bar there is no score, and the reason is given.
    assert_eq!(line.bn_score, None);
}

#[test]
fn the_band_is_the_vix_of_the_last_five_minutes() {
    let mut scene = rejection(|_| {});
    scene.minutes[0].vix = Some(15);
    let outcome = play(&scene, &Config::default());
    let bands: Vec<_> =
        outcome.scores.iter().map(|s| (s.band.as_str(), s.band_src.as_str())).collect();
    assert_eq!(bands, [("MID", "vix"); 4]);
    // Five minutes later it is not believed any more.
    scene.minutes.push(Minute::new(65, [36; 4]));
    scene.minutes.push(Minute::new(66, [36; 4]));
    let mut config = Config::default();
    config.context.vix_fallback_band = VixBand::Extreme;
    let outcome = play(&scene, &config);
    let last: Vec<_> = outcome.scores[4..].iter().map(|s| (&*s.band, &*s.band_src)).collect();
    // The print came a microsecond before the bar end: at 65 it is 300.000001 s old.
    assert_eq!(last, [("EXTREME", "fallback"); 2]);
}

#[test]
fn explanations_say_what_was_seen_in_terms_of_the_market() {
    for bars_from in [BarsFrom::Features, BarsFrom::Feed] {
        let mut scene = rejection(|m| m.ofi = None);
        scene.bars_from = bars_from;
        let outcome = play(&scene, &Config::default());
        let last = *outcome.sale(NAME).last().unwrap();
        let saw: Vec<_> = last.saw.iter().map(|(name, v)| (name.as_str(), v.0)).collect();
        let expected = [
            ("ctx_regime", 0.0),
            ("ctx_trend", 0.1),
            ("of_absorption", 0.0),
            ("of_delta_imb", -0.1),
            ("pPOC", 5000.0),
            ("pVAH", 5010.0),
            ("pVAL", 4990.0),
        ];
        assert_eq!(saw, expected);
        assert_eq!(last.missing, ["of_ofi"]);
    }
}
