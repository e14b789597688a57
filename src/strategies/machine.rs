//! What every pattern's state machine has in common.

use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::view::View;
use std::fmt;

/// State of a pattern on one side (QUANT 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// Nothing to see.
    #[default]
    Idle,
    /// Price and context are where the pattern can begin.
    Armed,
    /// The pattern has begun; it ends in a trigger or dies.
    Probe,
    /// Complete on this bar.
    Triggered,
    /// Silent after a trigger.
    Cooldown,
    /// Refuted; waits until price has left.
    Dead,
}

impl State {
    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "IDLE",
            Self::Armed => "ARMED",
            Self::Probe => "PROBE",
            Self::Triggered => "TRIGGERED",
            Self::Cooldown => "COOLDOWN",
            Self::Dead => "DEAD",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A completed pattern, as a sale: stop above, targets below, all in whole ticks.
#[derive(Clone, PartialEq, Debug)]
pub struct Setup {
    /// Reference price: the bar's close.
    pub entry: i64,
    /// Protective stop.
    pub stop: i64,
    /// First target.
    pub target: i64,
    /// Second target, where there is one beyond the first.
    pub second_target: Option<i64>,
    /// Price of the level traded at, fractional ticks: its cluster gives the confluence.
    pub level: f64,
    /// The levels and auxiliaries used.
    pub used: Inputs,
    /// The conditions met.
    pub why: Vec<Code>,
    /// Exits of the pattern's own.
    pub exits: &'static [Code],
    /// What happened, as the tail of a sentence.
    pub story: &'static str,
}

impl Setup {
    /// A target price from a computed level: rounded towards the entry, upwards for a sale.
    pub fn target_at(level: f64) -> i64 {
        level.ceil() as i64
    }
}

/// What a machine made of one bar.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// State after the bar.
    pub state: State,
    /// First condition that kept it from the next state; `None` on a trigger.
    pub failed: Option<Code>,
    /// Ticks that price must still travel (up to a probe, down to a trigger); `None` where no
    /// price decides.
    pub dist: Option<f64>,
    /// The completed pattern.
    pub setup: Option<Setup>,
}

impl Step {
    /// A step that triggers nothing.
    pub const fn waits(state: State, failed: Code, dist: Option<f64>) -> Self {
        Self { state, failed: Some(failed), dist, setup: None }
    }

    /// A step that completes the pattern.
    pub const fn triggers(setup: Setup) -> Self {
        Self { state: State::Triggered, failed: None, dist: None, setup: Some(setup) }
    }
}

/// The state machine of a pattern, written for a sale and driven by oriented views.
///
/// After a trigger the machine starts over; the silence that follows is the watch's affair.
pub trait Machine: fmt::Debug + Send {
    /// Everything that the pattern reads: what of it is null is listed as missing.
    fn reads(&self) -> Inputs;

    /// The part of it without which the pattern is not evaluated.
    fn needs(&self) -> Inputs;

    /// Folds a bar on which all needs are met.
    fn step(&mut self, view: &View) -> Step;

    /// Folds a bar that is not evaluated: facts such as the extreme of a probe are kept, but no
    /// state is left or entered.
    fn observe(&mut self, view: &View);

    /// State now.
    fn state(&self) -> State;

    /// Starts over.
    fn reset(&mut self);
}

/// The regime and the three levels of the previous value area.
pub const VALUE_AREA: Inputs =
    Inputs::of(&[Input::Regime, Input::NearEdge, Input::Poc, Input::FarEdge]);
