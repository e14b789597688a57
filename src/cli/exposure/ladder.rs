//! The strikes around the spot, in as many steps as fit.

use crate::options::StrikeExposure;

/// Steps that people count in, points.
const STEPS: [f64; 14] =
    [0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 250.0, 500.0, 1000.0, 2500.0];

/// One step: the strikes from `from` up to but not including the next step, summed.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Rung {
    /// Lowest strike that belongs to it, points.
    pub from: f64,
    /// Exposure of the calls.
    pub call: f64,
    /// Exposure of the puts.
    pub put: f64,
    /// Open interest of the calls, contracts.
    pub call_oi: u64,
    /// Open interest of the puts, contracts.
    pub put_oi: u64,
}

/// The steps, ascending.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Ladder {
    /// Steps that hold strikes.
    pub rungs: Vec<Rung>,
    /// Height of a step, points.
    pub step: f64,
    /// Whether a step may hold several strikes.
    pub summed: bool,
    /// Lower end of the window, points.
    pub low: f64,
    /// Upper end of the window, points.
    pub high: f64,
    /// Share of the gross exposure by strike that lies outside, 0 to 1.
    pub outside: f64,
}

impl Ladder {
    /// The strikes within `window` (a share of the spot) of `spot`, in at most `most` steps.
    pub(super) fn of(strikes: &[StrikeExposure], spot: f64, window: f64, most: usize) -> Self {
        let (low, high) = (spot * (1.0 - window), spot * (1.0 + window));
        let size = |s: &StrikeExposure| s.call.abs() + s.put.abs();
        let all: f64 = strikes.iter().map(size).sum();
        let inside: Vec<_> =
            strikes.iter().filter(|s| (low..=high).contains(&s.strike)).copied().collect();
        let shown: f64 = inside.iter().map(size).sum();
        let apart = |pair: &[StrikeExposure]| pair[1].strike - pair[0].strike;
        let finest = inside.windows(2).map(apart).fold(f64::INFINITY, f64::min);
        let finest = if finest.is_finite() { finest } else { 1.0 };
        let wanted = (high - low) / most.max(1) as f64;
        let step = if finest >= wanted {
            finest
        } else {
            let fits = |step: &&f64| **step >= wanted && **step >= finest;
            STEPS.iter().find(fits).copied().unwrap_or(wanted)
        };
        let mut rungs: Vec<Rung> = Vec::new();
        for strike in inside {
            // A hair above, so that a strike that is a multiple of the step begins it.
            let from = if step > finest {
                libm::floor(strike.strike / step + 1e-9) * step
            } else {
                strike.strike
            };
            let same = |rung: &Rung| (rung.from - from).abs() < step / 2.0;
            if !rungs.last().is_some_and(same) {
                rungs.push(Rung { from, ..Rung::default() });
            }
            if let Some(rung) = rungs.last_mut() {
                rung.call += strike.call;
                rung.put += strike.put;
                rung.call_oi += strike.call_oi;
                rung.put_oi += strike.put_oi;
            }
        }
        let outside = if all > 0.0 { 1.0 - shown / all } else { 0.0 };
        Self { rungs, step, summed: step > finest, low, high, outside }
    }

    /// The longest bar: the greatest exposure of a side.
    pub(super) fn longest(&self) -> f64 {
        self.rungs.iter().fold(0.0, |most: f64, r| most.max(r.call.abs()).max(r.put.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strike(strike: f64, call: f64, put: f64) -> StrikeExposure {
        StrikeExposure { strike, call, put, call_oi: 1, put_oi: 2 }
    }

    #[test]
    fn steps_are_strikes_where_they_fit() {
        let strikes: Vec<_> =
            (0..9).map(|i| strike(4980.0 + 5.0 * f64::from(i), 1.0, -2.0)).collect();
        let ladder = Ladder::of(&strikes, 5000.0, 0.01, 40);
        assert_eq!((ladder.rungs.len(), ladder.step, ladder.summed), (9, 5.0, false));
        let ladder = Ladder::of(&strikes, 5000.0, 0.01, 10);
        assert_eq!((ladder.step, ladder.summed), (10.0, true));
        let froms: Vec<_> = ladder.rungs.iter().map(|rung| rung.from).collect();
        assert_eq!(froms, [4980.0, 4990.0, 5000.0, 5010.0, 5020.0]);
        assert_eq!((ladder.rungs[0].call, ladder.rungs[0].put_oi), (2.0, 4));
        assert!((ladder.longest() - 4.0).abs() < 1e-12);
        assert!(Ladder::of(&[], 5000.0, 0.05, 40).rungs.is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_everything_fits(
            values in prop::collection::vec((0u32..400, -1e9..1e9f64, -1e9..1e9f64), 1..200),
            most in 5usize..60,
            window in 0.01..0.3f64,
        ) {
            let mut strikes: Vec<_> =
                values.into_iter().map(|(k, c, p)| strike(3000.0 + 5.0 * f64::from(k), c, p)).collect();
            strikes.sort_by(|a, b| a.strike.total_cmp(&b.strike));
            strikes.dedup_by(|a, b| (a.strike - b.strike).abs() < 1.0);
            let ladder = Ladder::of(&strikes, 4000.0, window, most);
            let inside = |s: &&StrikeExposure| (ladder.low..=ladder.high).contains(&s.strike);
            let sum: f64 = strikes.iter().filter(inside).map(|s| s.call + s.put).sum();
            let shown: f64 = ladder.rungs.iter().map(|r| r.call + r.put).sum();
            prop_assert!((sum - shown).abs() <= 1.0);
            prop_assert!(ladder.rungs.len() <= most + 2, "{} of {most}", ladder.rungs.len());
            prop_assert!(ladder.rungs.windows(2).all(|pair| pair[0].from < pair[1].from));
        }
    }
}
