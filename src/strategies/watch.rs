//! One pattern on one side: gates, needs, cool-down, then its machine.

use crate::market::Side;
use crate::strategies::bar_clock::Restart;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Machine;
use crate::strategies::machine::State;
use crate::strategies::machine::Step;
use crate::strategies::patterns::Pattern;
use crate::strategies::view::Print;
use crate::strategies::view::View;

/// A pattern watching one side of the market.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) pattern: Pattern,
    pub(crate) side: Side,
    machine: Box<dyn Machine>,
    cooldown_bars: u32,
    silent: u32,
    /// Up to when its newest signal is valid.
    open_until: Option<i64>,
}

/// What a watch made of a bar.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Sight {
    pub(crate) step: Step,
    /// Inputs of the pattern that were null.
    pub(crate) missing: Inputs,
}

impl Watch {
    pub(crate) fn new(
        pattern: Pattern,
        side: Side,
        machine: Box<dyn Machine>,
        cooldown_bars: u32,
    ) -> Self {
        Self { pattern, side, machine, cooldown_bars, silent: 0, open_until: None }
    }

    /// Folds a bar, oriented for this side. With a `gate` it is seen but not evaluated.
    pub(crate) fn on_bar(&mut self, view: &View<'_>, gate: Option<Code>) -> Sight {
        let absent = view.missing();
        let missing = self.machine.reads().both(absent);
        if self.silent > 0 {
            self.silent -= 1;
            self.machine.observe(view);
            return Sight { step: Step::waits(State::Cooldown, Code::Cooldown, None), missing };
        }
        if let Some(code) = gate.or_else(|| lacking(self.machine.needs().both(absent))) {
            self.machine.observe(view);
            return Sight { step: Step::waits(self.machine.state(), code, None), missing };
        }
        let step = self.machine.step(view);
        if step.state == State::Triggered {
            self.silent = self.cooldown_bars;
        }
        Sight { step, missing }
    }

    /// Whether its newest signal is still valid at `ts`.
    pub(crate) fn is_open(&self, ts: i64) -> bool {
        self.open_until.is_some_and(|until| ts < until)
    }

    /// Notes a signal that is valid until `expires`.
    pub(crate) fn signalled(&mut self, expires: i64) {
        self.open_until = Some(expires);
    }

    /// The machine itself.
    pub(crate) fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    /// Folds a trade between two bar ends, oriented for this side, if the machine wants it.
    pub(crate) fn on_print(&mut self, print: Print) {
        if self.machine.listens() {
            self.machine.on_print(if self.side == Side::Buy { print.mirrored() } else { print });
        }
    }

    /// Starts over.
    pub(crate) fn reset(&mut self, why: Restart) {
        self.machine.reset(why);
        self.silent = 0;
    }
}

/// The code of what is needed and null: data before regime.
fn lacking(needed: Inputs) -> Option<Code> {
    const LEVELS: Inputs = Inputs::of(&[
        Input::NearEdge,
        Input::Poc,
        Input::FarEdge,
        Input::Flip,
        Input::NegSide,
        Input::UpperWall,
        Input::LowerWall,
    ]);
    let levels = needed.both(LEVELS);
    let regime = Inputs::of(&[Input::Regime]);
    if needed.is_empty() {
        None
    } else if !levels.is_empty() {
        Some(Code::NoLevels)
    } else if needed == regime {
        Some(Code::RegimeUnclear)
    } else {
        Some(Code::MissingFeature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn watch() -> Watch {
        let (pattern, config) = (Pattern::VaRejection, Config::default());
        let machine = pattern.machine(Side::Sell, &config).unwrap();
        Watch::new(pattern, Side::Sell, machine, 0)
    }

    #[test]
    fn a_signal_is_open_until_it_expires() {
        let mut watch = watch();
        assert!(!watch.is_open(0));
        watch.signalled(10);
        assert!(watch.is_open(9) && !watch.is_open(10));
        // A reset does not take back what was sent.
        watch.reset(Restart::Stale);
        assert!(watch.is_open(9));
    }

    #[test]
    fn missing_levels_are_named_before_other_inputs_and_these_before_the_regime() {
        let lacks = |inputs: &[Input]| lacking(Inputs::of(inputs));
        assert_eq!(lacks(&[]), None);
        assert_eq!(lacks(&[Input::Poc, Input::Regime]), Some(Code::NoLevels));
        assert_eq!(lacks(&[Input::Regime]), Some(Code::RegimeUnclear));
        assert_eq!(lacks(&[Input::Regime, Input::Atr]), Some(Code::MissingFeature));
    }
}
