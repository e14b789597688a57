//! Momentum through the zero-gamma level into negative dealer gamma (QUANT 5.5).

use crate::config;
use crate::strategies::bar_clock::Restart;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Entered;
use crate::strategies::machine::Machine;
use crate::strategies::machine::Manage;
use crate::strategies::machine::Setup;
use crate::strategies::machine::State;
use crate::strategies::machine::Step;
use crate::strategies::regime::Regime;
use crate::strategies::selector::Admission;
use crate::strategies::ternary::Ternary;
use crate::strategies::view::NegativeGamma;
use crate::strategies::view::View;
use std::collections::VecDeque;

/// Price leaves the side of positive gamma with closes beyond the flip and flow behind them.
///
/// Written for the sale down through the flip; `docs/patterns/gamma_flip.md` draws the machine.
#[derive(Clone, Debug)]
pub struct GammaFlip {
    settings: config::GammaFlip,
    state: State,
    /// Closes of regular hours before the bar at hand, the newest last.
    closes: VecDeque<i64>,
    /// The flip when the machine was armed, ticks.
    armed: Option<f64>,
    /// Closes beyond the flip in a row.
    run: u32,
    /// Closes above the flip that were counted last.
    above: u32,
}

/// The option facts that a step needs, ticks.
#[derive(Clone, Copy)]
struct Chain {
    flip: f64,
    /// Whether a sale through the flip comes into negative gamma.
    into_negative: bool,
    age_s: i64,
    em: f64,
    wall: f64,
    /// Distance from the flip at which a close counts and a stop stands.
    buffer: f64,
}

impl Chain {
    /// Ticks from the price at which a close is beyond the flip; not above 0: it is beyond.
    fn above_line(self, close: i64) -> f64 {
        close as f64 - self.flip + self.buffer
    }
}

impl GammaFlip {
    /// The machine with these thresholds.
    pub fn new(settings: config::GammaFlip) -> Self {
        let closes = VecDeque::with_capacity(settings.lookback_bars as usize);
        Self { settings, state: State::Idle, closes, armed: None, run: 0, above: 0 }
    }

    fn buffer(&self, em: f64) -> f64 {
        (self.settings.buffer_ticks as f64).max(self.settings.buffer_em * em)
    }

    fn chain(&self, view: &View<'_>) -> Option<Chain> {
        let (flip, em) = (view.flip?, view.expected_move?);
        Some(Chain {
            flip,
            into_negative: view.neg_side? == NegativeGamma::Below,
            age_s: view.flip_age_s?,
            em,
            wall: view.lower_wall?,
            buffer: self.buffer(em),
        })
    }

    /// The first condition that keeps the machine from being armed.
    fn unarmed(&self, chain: Chain, breaking: bool) -> Option<Code> {
        let limit = self.settings.flip_move_em_max * chain.em;
        let moved = |armed: f64| (chain.flip - armed).abs() >= limit;
        if !(chain.into_negative || self.settings.allow_into_positive) {
            Some(Code::IntoPositive)
        } else if self.armed.is_some_and(moved) {
            Some(Code::FlipMoved)
        } else if !breaking && self.above < self.settings.above_min {
            // During a break the closes before it have been counted.
            Some(Code::NotAbove)
        } else {
            None
        }
    }

    fn look(&mut self, view: &View<'_>, chain: Chain) -> Step {
        let above_line = chain.above_line(view.bar.close);
        let beyond = above_line <= 0.0;
        let breaking = beyond && self.state == State::Probe;
        if !breaking {
            let above = self.closes.iter().filter(|c| **c as f64 > chain.flip).count();
            self.above = u32::try_from(above).unwrap_or(u32::MAX);
        }
        let dist = Some(above_line.max(0.0));
        if let Some(code) = self.unarmed(chain, breaking) {
            self.start_over();
            return Step::waits(State::Idle, code, dist);
        }
        self.armed = self.armed.or(Some(chain.flip));
        if !beyond {
            (self.state, self.run) = (State::Armed, 0);
            return Step::waits(State::Armed, Code::NoBreak, dist);
        }
        (self.state, self.run) = (State::Probe, self.run.saturating_add(1));
        let mut why = vec![Code::FlipCrossed];
        match self.refusal(view, chain, &mut why) {
            Some(code) => Step::waits(State::Probe, code, dist),
            None => Step::triggers(self.complete(view, chain, why)),
        }
    }

    /// The first condition of the trigger that is not known to hold.
    fn refusal(&self, view: &View<'_>, chain: Chain, why: &mut Vec<Code>) -> Option<Code> {
        let settings = &self.settings;
        let ofi = Ternary::of(view.ofi, |o| o <= settings.ofi_max);
        let delta = Ternary::of(view.delta_imb, |d| d <= settings.delta_imb_max);
        let trend = view.regime == Some(Regime::Trend);
        let directed = Ternary::of(view.adx, |a| a >= settings.adx_min);
        if self.run < settings.closes {
            Some(Code::FewCloses)
        } else if chain.age_s > settings.flip_age_s_max {
            Some(Code::FlipOld)
        } else if !ofi.and(delta).is_true() {
            Some(Code::NoFlow)
        } else if !Ternary::from(trend).or(directed).is_true() {
            Some(Code::AdxLow)
        } else if Setup::target_at(chain.wall) >= view.bar.close {
            Some(Code::NoTarget)
        } else {
            why.extend([Code::OfiAgrees, Code::DeltaAgrees]);
            why.push(if trend { Code::RegimeTrend } else { Code::AdxEnough });
            if !chain.into_negative {
                why.push(Code::IntoPositive);
            }
            None
        }
    }

    fn complete(&mut self, view: &View<'_>, chain: Chain, why: Vec<Code>) -> Setup {
        self.start_over();
        Setup {
            entry: view.bar.close,
            stop: Setup::stop_at(chain.flip + chain.buffer),
            target: Setup::target_at(chain.wall),
            second_target: None,
            level: chain.flip,
            admission: Admission::BOTH,
            used: Inputs::of(&[Input::Flip, Input::LowerWall]),
            level_ids: Vec::new(),
            rr_min: None,
            why,
            manage: Manage {
                trail: Some(self.settings.trail_atr),
                exits: &[Code::FlipRecrossed],
                ..Manage::default()
            },
            key: 0,
            story: "price closed beyond the zero-gamma level and order flow goes with it",
        }
    }

    fn start_over(&mut self) {
        (self.state, self.armed, self.run) = (State::Idle, None, 0);
    }

    fn keep(&mut self, view: &View<'_>) {
        if !view.regular {
            return;
        }
        if self.closes.len() >= self.settings.lookback_bars as usize {
            self.closes.pop_front();
        }
        self.closes.push_back(view.bar.close);
    }
}

impl Machine for GammaFlip {
    fn reads(&self) -> Inputs {
        self.needs()
            .with_if(Input::Ofi, true)
            .with_if(Input::DeltaImb, true)
            .with_if(Input::Adx, true)
    }

    fn needs(&self) -> Inputs {
        Inputs::of(&[
            Input::Regime,
            Input::Flip,
            Input::NegSide,
            Input::FlipAge,
            Input::ExpectedMove,
            Input::LowerWall,
        ])
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        let Some(chain) = self.chain(view) else {
            debug_assert!(false, "Invariant: a bar without its needs is observed, not stepped");
            self.observe(view);
            return Step::waits(self.state, Code::NoLevels, None);
        };
        let step = self.look(view, chain);
        self.keep(view);
        step
    }

    fn observe(&mut self, view: &View<'_>) {
        if self.state == State::Probe {
            let close = view.bar.close as f64;
            let known = view.flip.zip(view.expected_move);
            if known.is_some_and(|(flip, em)| close - flip + self.buffer(em) <= 0.0) {
                self.run = self.run.saturating_add(1);
            } else {
                // Closes are consecutive only as far as they can be told.
                (self.state, self.run) = (State::Armed, 0);
            }
        }
        self.keep(view);
    }

    fn state(&self) -> State {
        self.state
    }

    fn exit(&self, view: &View<'_>, trade: Entered) -> Option<Code> {
        let flip = view.flip.unwrap_or(trade.level);
        let back = view.bar.close as f64 > flip;
        (view.since_open_us.is_some() && back).then_some(Code::FlipRecrossed)
    }

    fn reset(&mut self, _why: Restart) {
        self.start_over();
        self.closes.clear();
        self.above = 0;
    }

    fn saw(&self) -> Vec<(&'static str, f64)> {
        vec![("closes_above", f64::from(self.above)), ("closes_beyond", f64::from(self.run))]
    }
}
