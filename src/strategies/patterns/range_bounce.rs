//! The range strategy's own set-up: the edge of a tested range holds once more (QUANT 5.9).

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

/// A bar touches the edge of a range that was tested before and closes back inside.
///
/// Written for the sale at the upper edge; `docs/patterns/range_bounce.md` draws the machine.
#[derive(Clone, Debug)]
pub struct RangeBounce {
    settings: config::RangeStrategy,
    state: State,
    /// Bars of regular hours before the bar at hand.
    bars: VecDeque<BarTicks>,
    /// Tests of the facing and of the far edge that were counted last.
    tests: (u32, u32),
}

/// Tests of an edge and how many of them held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tests {
    all: u32,
    held: u32,
}

/// The edges of a range, ticks.
#[derive(Clone, Copy)]
struct Edges {
    near: i64,
    far: i64,
}

impl RangeBounce {
    /// The machine with these thresholds.
    pub fn new(settings: config::RangeStrategy) -> Self {
        let bars = VecDeque::with_capacity(settings.bars);
        Self { settings, state: State::Idle, bars, tests: (0, 0) }
    }

    /// The edges of the bars before, if these bars are a range; else why not.
    fn range(&mut self) -> Result<Edges, Code> {
        self.tests = (0, 0);
        let settings = &self.settings;
        let near = self.bars.iter().map(|bar| bar.high).max();
        let far = self.bars.iter().map(|bar| bar.low).min();
        let Some((near, far)) = near.zip(far).filter(|_| self.bars.len() >= settings.bars) else {
            return Err(Code::Warmup);
        };
        if !(settings.height_min_ticks..=settings.height_max_ticks).contains(&(near - far)) {
            return Err(Code::RangeHeight);
        }
        let upper = tests_of(self.bars.iter().map(|bar| (bar.high, bar.close)), near, settings);
        let lower = tests_of(self.bars.iter().map(|bar| (-bar.low, -bar.close)), -far, settings);
        self.tests = (upper.all, lower.all);
        if upper.all.min(lower.all) < settings.tests_min {
            return Err(Code::FewTests);
        }
        let (held, all) = (upper.held + lower.held, upper.all + lower.all);
        if f64::from(held) < settings.held_min * f64::from(all) {
            return Err(Code::TestsBroken);
        }
        Ok(Edges { near, far })
    }

    fn look(&mut self, view: &View<'_>) -> Step {
        let edges = match self.range() {
            Ok(edges) => edges,
            Err(code) => return self.wait(State::Idle, code, None),
        };
        let bar = view.bar;
        let short = edges.near - self.settings.touch_ticks - bar.high;
        if short > 0 {
            return self.wait(State::Armed, Code::NoTouch, Some(short as f64));
        }
        if bar.high > edges.near + self.settings.touch_ticks {
            return self.wait(State::Armed, Code::ProbeTooDeep, None);
        }
        if bar.close >= edges.near {
            let dist = Some((bar.close - edges.near + 1) as f64);
            return self.wait(State::Probe, Code::CloseBeyond, dist);
        }
        let mut why = vec![Code::RangeTested, Code::Touched, Code::ClosedInside];
        let delta = Ternary::of(view.delta_imb, |d| d < 0.0);
        let absorbed = Ternary::of(view.absorption, |a| a < 0.0);
        if delta.is_true() {
            why.push(Code::DeltaAgrees);
        }
        if absorbed.is_true() {
            why.push(Code::AbsorptionAgrees);
        }
        if !delta.or(absorbed).is_true() {
            return self.wait(State::Probe, Code::NoFlow, None);
        }
        self.state = State::Idle;
        Step::triggers(self.setup(bar.close, edges, why))
    }

    fn wait(&mut self, state: State, code: Code, dist: Option<f64>) -> Step {
        self.state = state;
        Step::waits(state, code, dist)
    }

    fn setup(&self, close: i64, edges: Edges, why: Vec<Code>) -> Setup {
        Setup {
            entry: close,
            stop: edges.near + self.settings.stop_ticks,
            target: edges.far + self.settings.target_ticks,
            second_target: None,
            level: edges.near as f64,
            admission: Admission::RANGE,
            used: Inputs::default(),
            level_ids: Vec::new(),
            rr_min: Some(self.settings.rr_min),
            why,
            manage: Manage::default(),
            key: 0,
            story: "price touched the edge of a tested range and closed back inside",
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

/// Tests of the upper `edge` by bars given as highest price and close.
///
/// The edge is the highest price of these very bars, so no close can lie beyond it. A test is
/// therefore held against the edge as it stood before the test.
fn tests_of(
    bars: impl Iterator<Item = (i64, i64)>,
    edge: i64,
    settings: &config::RangeStrategy,
) -> Tests {
    let mut tests = Tests { all: 0, held: 0 };
    let (mut stood, mut last) = (None::<i64>, None::<usize>);
    for (i, (high, close)) in bars.enumerate() {
        let apart = last.is_none_or(|last| i - last > settings.test_gap_bars);
        if high >= edge - settings.touch_ticks && apart {
            tests.all += 1;
            if stood.is_none_or(|stood| close <= stood + settings.beyond_ticks) {
                tests.held += 1;
            }
            last = Some(i);
        }
        stood = stood.max(Some(high));
    }
    tests
}

impl Machine for RangeBounce {
    fn reads(&self) -> Inputs {
        self.needs().with_if(Input::DeltaImb, true).with_if(Input::Absorption, true)
    }

    fn needs(&self) -> Inputs {
        Inputs::of(&[Input::Regime])
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        let step = self.look(view);
        self.keep(view);
        step
    }

    fn observe(&mut self, view: &View<'_>) {
        self.keep(view);
    }

    fn state(&self) -> State {
        self.state
    }

    fn reset(&mut self, _why: Restart) {
        (self.state, self.tests) = (State::Idle, (0, 0));
        self.bars.clear();
    }

    fn saw(&self) -> Vec<(&'static str, f64)> {
        let (near, far) = self.tests;
        vec![("tests_near", f64::from(near)), ("tests_far", f64::from(far))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(bars: &[(i64, i64)], edge: i64) -> Tests {
        tests_of(bars.iter().copied(), edge, &config::RangeStrategy::default())
    }

    #[test]
    fn tests_have_three_bars_between_them() {
        let away = (0, 0);
        assert_eq!(count(&[(10, 5), away, away, (10, 5)], 10), Tests { all: 1, held: 1 });
        assert_eq!(count(&[(10, 5), away, away, away, (8, 5)], 10), Tests { all: 2, held: 2 });
        assert_eq!(count(&[(10, 5), away, away, away, (7, 5)], 10), Tests { all: 1, held: 1 });
        // A stay at the edge is a test every fourth bar.
        assert_eq!(count(&[(10, 5); 9], 10), Tests { all: 3, held: 3 });
    }

    #[test]
    fn a_test_that_closes_beyond_the_edge_of_its_time_did_not_hold() {
        let away = (0, 0);
        for (close, held) in [(9, 2), (10, 1)] {
            let bars = [(8, 5), away, away, away, (10, close)];
            assert_eq!(count(&bars, 10), Tests { all: 2, held }, "close {close}");
        }
    }
}
