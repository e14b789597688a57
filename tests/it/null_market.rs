//! On a market without memory no feature knows what comes next (QUANT 0.7); one that does is caught.
//!
//! The mid of the tape is a driftless random walk: each move is independent of everything before it.
//! A feature is a function of the past, so whatever it is, its product with the next return has mean
//! zero, and the sum over non-overlapping returns divided by the root of its squares is normal in
//! the limit (martingale central limit theorem: the feature may be correlated with itself as it
//! likes). Tested: every feature against the mid's return over the next second and over the next
//! minute. The bound is two-sided, 99 % over all of them together (Bonferroni).

use crate::features::stage;
use crate::synthetic_tape::Dice;
use crate::synthetic_tape::walk;
use mia::features::FeaturesOptions;
use mia::market::Calendar;
use mia::wire::Emit;
use mia::wire::FEATURE_COUNT;
use mia::wire::FEATURE_NAMES;
use mia::wire::Record;
use mia::wire::Stage;
use std::sync::OnceLock;

const SECOND: i64 = 1_000_000;
/// Returns ahead, seconds; samples are as far apart as they are long.
const HORIZONS: [i64; 2] = [1, 60];
const SESSIONS: usize = 30;
/// Each from the regular open, seconds.
const LENGTH: i64 = 7200;
/// Two-sided standard normal bound at 1 % over 18 features and 2 horizons: `N^-1(1 - 0.01/72)`.
const BOUND: f64 = 3.635_2;
/// Features that have no value without an option chain.
const OPTIONS: std::ops::Range<usize> = 8..14;

/// The vectors of one session with their seconds since the open, and the mids at whole seconds.
struct Session {
    features: Vec<(i64, [Option<f64>; FEATURE_COUNT])>,
    mids: Vec<f64>,
}

#[derive(Default)]
struct Vectors(Vec<(i64, [Option<f64>; FEATURE_COUNT])>);

impl Emit for Vectors {
    fn before(&mut self, record: &Record) {
        if let Record::Features(features) = record {
            self.0.push((features.ts, features.f.0));
        }
    }
    fn after(&mut self, _: &Record) {}
}

fn market() -> &'static [Session] {
    static MARKET: OnceLock<Vec<Session>> = OnceLock::new();
    MARKET.get_or_init(|| {
        let mut dice = Dice::new(2026);
        let calendar = Calendar::builtin().unwrap();
        let mut stage = stage(FeaturesOptions::default());
        let mut date: jiff::civil::Date = "2026-09-14".parse().unwrap();
        let (mut sessions, mut start) = (Vec::new(), 20_000);
        while sessions.len() < SESSIONS {
            let day = calendar.session_of(date.to_string().parse().unwrap()).unwrap();
            date = date.tomorrow().unwrap();
            let Some((open, _)) = day.and_then(|session| session.rth) else { continue };
            let records = walk(&mut dice, open, open + LENGTH * SECOND, start);
            let (mut out, mut mids) = (Vectors::default(), Vec::new());
            let mut mid = 0.0;
            for record in &records {
                stage.on_record(record, &mut out).unwrap();
                if let Record::Quote(quote) = record {
                    // What was in force before each whole second up to this quote's.
                    while (mids.len() as i64) * SECOND + open < quote.ts {
                        mids.push(mid);
                    }
                    let (bid, ask) = (quote.bid.unwrap().points(), quote.ask.unwrap().points());
                    mid = f64::midpoint(bid, ask);
                }
            }
            start = (mid * 4.0) as i64;
            let features = out
                .0
                .into_iter()
                .filter(|(ts, _)| *ts > open)
                .map(|(ts, f)| ((ts - open) / SECOND, f));
            sessions.push(Session { features: features.collect(), mids });
        }
        sessions
    })
}

impl Session {
    /// Return of the mid from second `from` to second `to`.
    fn change(&self, from: i64, to: i64) -> Option<f64> {
        Some(self.mids.get(to as usize)? - self.mids.get(from as usize)?)
    }

    /// Pairs of feature `i` as it is `delay` seconds later, and the return over the next `horizon`
    /// seconds.
    fn pairs(&self, i: usize, horizon: i64, delay: i64) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.features.iter().filter_map(move |(at, f)| {
            let from = at - delay;
            if from <= 0 || from % horizon != 0 {
                return None;
            }
            Some((f[i]?, self.change(from, from + horizon)?))
        })
    }
}

/// Standard score of the covariance: `sum((x - mean)*y)/sqrt(sum(((x - mean)*y)^2))`.
fn score(pairs: &[(f64, f64)]) -> f64 {
    let mean = pairs.iter().map(|(x, _)| x).sum::<f64>() / pairs.len() as f64;
    let products = pairs.iter().map(|(x, y)| (x - mean) * y);
    let (sum, squares) = products.fold((0.0, 0.0), |(s, q), p| (s + p, q + p * p));
    sum / libm::sqrt(squares)
}

fn pairs(i: usize, horizon: i64, delay: i64) -> Vec<(f64, f64)> {
    market().iter().flat_map(|session| session.pairs(i, horizon, delay)).collect()
}

#[test]
fn no_feature_foretells_a_random_walk() {
    let mut worst = (0.0_f64, "", 0);
    for horizon in HORIZONS {
        for (i, name) in FEATURE_NAMES.into_iter().enumerate() {
            let pairs = pairs(i, horizon, 0);
            if OPTIONS.contains(&i) {
                assert!(pairs.is_empty(), "{name} has values now: it belongs to this test");
                continue;
            }
            let enough = if horizon == 1 { 100_000 } else { 2000 };
            assert!(pairs.len() > enough, "{name}: {} samples", pairs.len());
            let score = score(&pairs);
            assert!(
                score.abs() < BOUND,
                "{name} foretells the next {horizon} s of a random walk: score {score:.2}, \
                 correlation {:.4}",
                score / (pairs.len() as f64).sqrt()
            );
            if score.abs() > worst.0 {
                worst = (score.abs(), name, horizon);
            }
        }
    }
    eprintln!("largest score {:.2}, of {} over {} s; bound {BOUND}", worst.0, worst.1, worst.2);
}

#[test]
fn a_feature_that_knows_the_future_is_caught() {
    for horizon in HORIZONS {
        // As a look-ahead would come about: the window ends one sample too late.
        let mut caught = Vec::new();
        for (i, name) in FEATURE_NAMES.into_iter().enumerate() {
            let late = pairs(i, horizon, horizon);
            if !late.is_empty() && score(&late).abs() > BOUND {
                caught.push(name);
            }
        }
        let must: &[&str] = if horizon == 1 {
            &["of_delta_imb", "of_absorption", "of_ofi", "ctx_vwap_z"]
        } else {
            &["of_delta_imb", "of_cvd_z", "of_stack_imb", "of_ofi", "ctx_trend", "ctx_vwap_z"]
        };
        for name in must {
            assert!(caught.contains(name), "{name}, {horizon} s ahead: only {caught:?} caught");
        }
    }
    // A planted feature: the next minute's return, faint beneath noise ten times as large.
    let mut dice = Dice::new(5);
    let noise = |dice: &mut Dice| (0..12).map(|_| dice.unit()).sum::<f64>() - 6.0;
    let next: Vec<_> = pairs(0, 60, 0).into_iter().map(|(_, y)| y).collect();
    let size = libm::sqrt(next.iter().map(|y| y * y).sum::<f64>() / next.len() as f64);
    let planted: Vec<_> = next.iter().map(|y| (y / size + 10.0 * noise(&mut dice), *y)).collect();
    let blind: Vec<_> = next.iter().map(|y| (10.0 * noise(&mut dice), *y)).collect();
    assert!(score(&planted) > BOUND, "{}", score(&planted));
    assert!(score(&blind).abs() < BOUND, "{}", score(&blind));
}

#[test]
fn the_walk_is_one() {
    // Returns have no memory and no drift; order flow goes with them.
    for horizon in HORIZONS {
        let all: Vec<Vec<f64>> = market()
            .iter()
            .map(|s| {
                let steps = (0..LENGTH / horizon - 1).map(|i| i * horizon);
                steps.filter_map(|at| s.change(at.max(1), at + horizon)).collect()
            })
            .collect();
        let lagged: Vec<_> = all.iter().flat_map(|r| r.windows(2).map(|w| (w[0], w[1]))).collect();
        assert!(score(&lagged).abs() < BOUND);
        let returns: Vec<f64> = all.concat();
        let (sum, squares) = returns.iter().fold((0.0, 0.0), |(s, q), r| (s + r, q + r * r));
        assert!((sum / libm::sqrt(squares)).abs() < BOUND, "drift");
    }
}
