//! Headfake: a break of the last bars on high volume that goes nowhere (QUANT 5.8).

use crate::strategies::detectors::Recent;
use crate::strategies::detectors::STRENGTH_SLACK;
use crate::strategies::scores::Scores;
use crate::strategies::view::BarTicks;
use crate::strategies::view::View;
use std::collections::VecDeque;

/// Most bars before that give the usual volume.
const BEFORE: usize = 29;
/// Volume above which a break is suspect, multiples of the usual.
const SPIKE: f64 = 1.5;
/// What the spike itself is worth.
const SPIKE_SCORE: f64 = 0.4;
/// Share of one-sided volume below which the break was absorbed, and what that is worth.
const ABSORBED: (f64, f64) = (0.30, 0.6);
/// Ticks beyond the broken level below which the close did not follow, and what that is worth.
const FAILED: (i64, f64) = (2, 0.3);
/// Strength from which it is a trap.
const TRAP: f64 = 0.7;
/// Strength from which it is a fake.
const FAKE: f64 = 0.3;

/// Strength of a break that fails.
#[derive(Clone, Debug)]
pub(super) struct Headfake {
    /// Bars before the bar at hand whose range is broken.
    range: usize,
    bars: VecDeque<BarTicks>,
    volumes: Recent,
}

impl Headfake {
    /// `lookback_bars` counts the breaking bar.
    pub(super) fn new(lookback_bars: usize) -> Self {
        let range = lookback_bars.saturating_sub(1).max(1);
        Self { range, bars: VecDeque::with_capacity(range), volumes: Recent::new(BEFORE) }
    }

    pub(super) fn on_bar(&mut self, view: &View<'_>, scores: &mut Scores) {
        if self.bars.len() >= self.range {
            self.look(view, scores);
            self.bars.pop_front();
        }
        self.bars.push_back(view.bar);
        self.volumes.push(view.volume.total as f64);
    }

    fn look(&self, view: &View<'_>, scores: &mut Scores) {
        let bar = view.bar;
        let high = self.bars.iter().map(|b| b.high).fold(i64::MIN, i64::max);
        let low = self.bars.iter().map(|b| b.low).fold(i64::MAX, i64::min);
        scores.headfake = Some(0.0);
        // How far the close lies beyond the level that was broken.
        let (follows, trap) = match (bar.high > high, bar.low < low) {
            (false, false) => return,
            (true, true) => {
                scores.seen.push("conflict".to_owned());
                return;
            }
            (true, false) => (bar.close - high, "bull_trap"),
            (false, true) => (low - bar.close, "bear_trap"),
        };
        let strength = self.strength(view, follows);
        scores.headfake = Some(strength);
        if strength + STRENGTH_SLACK >= TRAP {
            scores.seen.push(trap.to_owned());
        } else if strength + STRENGTH_SLACK >= FAKE {
            scores.seen.push("range_fake".to_owned());
        }
    }

    fn strength(&self, view: &View<'_>, follows: i64) -> f64 {
        let volume = view.volume.total as f64;
        if self.volumes.mean().is_none_or(|mean| volume <= SPIKE * mean) {
            return 0.0;
        }
        let delta = view.volume.delta().map(|delta| delta.unsigned_abs() as f64);
        let mut strength = SPIKE_SCORE;
        if delta.is_some_and(|delta| delta < ABSORBED.0 * volume) {
            strength += ABSORBED.1;
        }
        if follows < FAILED.0 {
            strength += FAILED.1;
        }
        strength.min(1.0)
    }

    pub(super) fn reset(&mut self) {
        self.bars.clear();
        self.volumes.clear();
    }
}
