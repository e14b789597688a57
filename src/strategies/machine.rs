//! What every pattern's state machine has in common.

use crate::strategies::bar_clock::Restart;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::scores::Scores;
use crate::strategies::selector::Admission;
use crate::strategies::view::Print;
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
    /// Regimes in which the selector admits it.
    pub admission: Admission,
    /// The levels and auxiliaries used.
    pub used: Inputs,
    /// Names of levels used besides these.
    pub level_ids: Vec<String>,
    /// Least reward to risk of its own; the selector demands the larger of this and
    /// `patterns.rr_min`.
    pub rr_min: Option<f64>,
    /// The conditions met.
    pub why: Vec<Code>,
    /// How the trade is to be managed.
    pub manage: Manage,
    /// What the machine needs to know its trade again when it asks for an exit.
    pub key: i64,
    /// What happened, as the tail of a sentence.
    pub story: &'static str,
}

/// How a trade is to be managed; mia-risk acts on it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Manage {
    /// Longest holding time, minutes.
    pub hold_min: Option<u32>,
    /// Trailing distance, multiples of the bar ATR.
    pub trail: Option<f64>,
    /// Whether the stop moves to break-even after the first target.
    pub be_after_t1: bool,
    /// Exits of the pattern's own: codes that [`Machine::exit`] may give.
    pub exits: &'static [Code],
}

impl Setup {
    /// A target price from a computed level: rounded towards the entry, upwards for a sale.
    pub fn target_at(level: f64) -> i64 {
        level.ceil() as i64
    }

    /// A stop price from a computed level: rounded away from the entry, upwards for a sale.
    pub fn stop_at(level: f64) -> i64 {
        level.ceil() as i64
    }
}

/// An entered signal as its machine sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Entered {
    /// When, microseconds UTC.
    pub ts: i64,
    /// [`Setup::level`].
    pub level: f64,
    /// [`Setup::key`].
    pub key: i64,
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
/// Every closed bar of the contract reaches it once, by [`Machine::step`] or by
/// [`Machine::observe`]. After a trigger the silence of the cool-down is the watch's affair: the
/// machine is observing then.
pub trait Machine: fmt::Debug + Send {
    /// Everything that the pattern reads: what of it is null is listed as missing.
    fn reads(&self) -> Inputs;

    /// The part of it without which the pattern is not evaluated.
    fn needs(&self) -> Inputs;

    /// Folds a bar on which all needs are met.
    fn step(&mut self, view: &View<'_>) -> Step;

    /// Folds a bar that is not evaluated (outside hours, too early, inputs missing, cool-down):
    /// facts such as the extreme of a probe are kept, but nothing triggers.
    fn observe(&mut self, view: &View<'_>);

    /// State now.
    fn state(&self) -> State;

    /// Starts over.
    fn reset(&mut self, why: Restart);

    /// The exit, if any, that a trade of this machine calls for after this bar was folded: one of
    /// the codes in [`Manage::exits`]. A trade is not asked on the bar of its own trigger.
    fn exit(&self, _view: &View<'_>, _trade: Entered) -> Option<Code> {
        None
    }

    /// Whether it wants the trades before the next bar end.
    fn listens(&self) -> bool {
        false
    }

    /// Folds a trade between two bar ends.
    fn on_print(&mut self, _print: Print) {}

    /// Writes what is published of it at every bar close; asked of the purchase's machine only.
    fn publish(&self, _scores: &mut Scores) {}

    /// What it saw besides its inputs, for explanations: name and value.
    fn saw(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}

/// The regime and the three levels of the previous value area.
pub const VALUE_AREA: Inputs =
    Inputs::of(&[Input::Regime, Input::NearEdge, Input::Poc, Input::FarEdge]);
