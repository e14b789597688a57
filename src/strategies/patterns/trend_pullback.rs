//! The trend strategy's own set-up: a pullback in a trend is over (QUANT 5.9).

use crate::config;
use crate::strategies::bar_clock::Restart;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Machine;
use crate::strategies::machine::Manage;
use crate::strategies::machine::Setup;
use crate::strategies::machine::State;
use crate::strategies::machine::Step;
use crate::strategies::selector::Admission;
use crate::strategies::ternary::Ternary;
use crate::strategies::view::BarTicks;
use crate::strategies::view::View;
use std::collections::VecDeque;

/// A falling market gave back a part of its leg and goes on.
///
/// Written for the sale in a down-trend; `docs/patterns/trend_pullback.md` draws the machine.
#[derive(Clone, Debug)]
pub struct TrendPullback {
    settings: config::TrendStrategy,
    state: State,
    /// Bars of regular hours, the bar at hand last.
    bars: VecDeque<BarTicks>,
    /// Share of the leg that was given back when it was measured last.
    retraced: Option<f64>,
}

/// A leg of the trend, ticks: from its origin down to its extreme.
#[derive(Clone, Copy)]
struct Leg {
    origin: i64,
    extreme: i64,
}

impl TrendPullback {
    /// The machine with these thresholds.
    pub fn new(settings: config::TrendStrategy) -> Self {
        let bars = VecDeque::with_capacity(settings.bars);
        Self { settings, state: State::Idle, bars, retraced: None }
    }

    /// What keeps the set-up from being complete: state, code and distance; or the set-up.
    fn look(&mut self, view: &View<'_>) -> Result<Setup, (State, Code, Option<f64>)> {
        let settings = &self.settings;
        self.retraced = None;
        let wait = |state, code| Err((state, code, None));
        if self.bars.len() < settings.bars {
            return wait(State::Idle, Code::Warmup);
        }
        if !Ternary::of(view.trend, |t| t < 0.0).is_true() {
            return wait(State::Idle, Code::TrendAgainst);
        }
        let falls = |value: fn(&BarTicks) -> i64| slope(self.bars.iter().map(value)) < 0;
        if !(falls(|bar| bar.high) && falls(|bar| bar.low)) {
            return wait(State::Idle, Code::NoSlope);
        }
        let Some(leg) = self.leg() else { return wait(State::Idle, Code::NoLeg) };
        let close = view.bar.close;
        let length = (leg.origin - leg.extreme) as f64;
        // Of distances, not of prices: the same at every price to the last bit.
        let back = (close - leg.extreme) as f64;
        let retraced = back / length;
        self.retraced = Some(retraced);
        if retraced < settings.retrace_min {
            let dist = settings.retrace_min * length - back;
            return Err((State::Armed, Code::RetraceShort, Some(dist)));
        }
        if retraced > settings.retrace_max {
            return wait(State::Armed, Code::RetraceLong);
        }
        let before = self.bars[self.bars.len() - 2];
        if close >= before.low {
            let dist = Some((close - before.low + 1) as f64);
            return Err((State::Probe, Code::NoResume, dist));
        }
        if !Ternary::of(view.delta_imb, |d| d < 0.0).is_true() {
            return wait(State::Probe, Code::NoFlow);
        }
        let highs = self.bars.iter().rev().take(settings.stop_bars).map(|bar| bar.high);
        let stop = highs.fold(view.bar.high, i64::max) + settings.stop_buffer_ticks;
        if stop - close > settings.risk_ticks_max {
            return wait(State::Probe, Code::RiskWide);
        }
        Ok(self.setup(close, stop))
    }

    /// From the highest price before the lowest one down to it.
    fn leg(&self) -> Option<Leg> {
        // The latest of equal lows: the earlier ones belong to its leg.
        let (at, lowest) = self.bars.iter().enumerate().rev().min_by_key(|(_, bar)| bar.low)?;
        let origin = self.bars.iter().take(at).map(|bar| bar.high).max()?;
        (origin > lowest.low).then_some(Leg { origin, extreme: lowest.low })
    }

    fn setup(&self, close: i64, stop: i64) -> Setup {
        let reward = self.settings.target_r * (stop - close) as f64;
        Setup {
            entry: close,
            stop,
            // Rounded towards the entry.
            target: close - reward.floor() as i64,
            second_target: None,
            level: close as f64,
            admission: Admission::TREND,
            used: Inputs::default(),
            level_ids: Vec::new(),
            rr_min: Some(self.settings.rr_min),
            why: vec![Code::Sloped, Code::Retraced, Code::Resumed, Code::DeltaAgrees],
            manage: Manage::default(),
            key: 0,
            story: "a pullback in the trend is over",
        }
    }

    fn keep(&mut self, view: &View<'_>) {
        if !view.regular {
            return;
        }
        if self.bars.len() >= self.settings.bars {
            self.bars.pop_front();
        }
        self.bars.push_back(view.bar);
    }
}

/// Sign and more of the regression slope: exact in whole numbers, and the same at every price.
fn slope(values: impl ExactSizeIterator<Item = i64>) -> i64 {
    let last = values.len() as i64 - 1;
    values.zip(0_i64..).map(|(value, i)| (2 * i - last) * value).sum()
}

impl Machine for TrendPullback {
    fn reads(&self) -> Inputs {
        self.needs().with_if(Input::DeltaImb, true)
    }

    fn needs(&self) -> Inputs {
        Inputs::of(&[Input::Regime, Input::Trend])
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        self.keep(view);
        match self.look(view) {
            Ok(setup) => {
                self.state = State::Idle;
                Step::triggers(setup)
            }
            Err((state, code, dist)) => {
                self.state = state;
                Step::waits(state, code, dist)
            }
        }
    }

    fn observe(&mut self, view: &View<'_>) {
        self.keep(view);
    }

    fn state(&self) -> State {
        self.state
    }

    fn reset(&mut self, _why: Restart) {
        (self.state, self.retraced) = (State::Idle, None);
        self.bars.clear();
    }

    fn saw(&self) -> Vec<(&'static str, f64)> {
        self.retraced.map(|share| ("retraced", share)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leg_ends_at_the_latest_of_equal_lows() {
        let leg = |bars: &[(i64, i64)]| {
            let mut machine = TrendPullback::new(config::TrendStrategy::default());
            let bar = |(high, low): &(i64, i64)| BarTicks {
                high: *high,
                low: *low,
                ..BarTicks::default()
            };
            machine.bars.extend(bars.iter().map(bar));
            machine.leg().map(|leg| (leg.origin, leg.extreme))
        };
        assert_eq!(leg(&[(9, 5), (6, 0), (12, 3), (5, 0), (20, 4)]), Some((12, 0)));
        assert_eq!(leg(&[(9, 0), (12, 3)]), None);
        // Bars without any range are no leg.
        assert_eq!(leg(&[(5, 5), (5, 5)]), None);
        assert_eq!(leg(&[]), None);
    }

    #[test]
    fn the_slope_is_that_of_least_squares_up_to_a_positive_factor() {
        // Values 3, 1, 2: least squares gives -1/2; twice the sum of (i - 1) * v is -2.
        assert_eq!(slope([3, 1, 2].into_iter()), -2);
        assert_eq!(slope([5, 5, 5, 5].into_iter()), 0);
        assert_eq!(slope([1, 2, 3, 4].into_iter()), 10);
        assert_eq!(slope([9, 2, 3, 9].into_iter()), 1);
    }
}
