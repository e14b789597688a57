//! Rejection at an edge of the previous session's value area (QUANT 5.3, vector 33).

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
use crate::strategies::machine::VALUE_AREA;
use crate::strategies::regime::Regime;
use crate::strategies::selector::Admission;
use crate::strategies::ternary::Ternary;
use crate::strategies::view::View;

/// Price looks beyond the edge, finds no acceptance and closes back inside.
///
/// Written for the sale at the upper edge; `docs/patterns/va_rejection.md` draws the machine.
#[derive(Clone, Debug)]
pub struct VaRejection {
    settings: config::VaRejection,
    state: State,
    /// Highest price since the probe began, ticks.
    extreme: i64,
    /// Bars of the probe so far.
    bars: u32,
}

/// The three levels of the previous value area as a sale sees them, ticks.
#[derive(Clone, Copy)]
struct ValueArea {
    near: f64,
    poc: f64,
    far: f64,
}

impl VaRejection {
    /// The machine with these thresholds.
    pub const fn new(settings: config::VaRejection) -> Self {
        Self { settings, state: State::Idle, extreme: 0, bars: 0 }
    }

    fn arm_line(&self, va: ValueArea) -> f64 {
        va.near - self.settings.arm_ticks as f64
    }

    fn probe_line(&self, va: ValueArea) -> f64 {
        va.near + self.settings.probe_min_ticks as f64
    }

    /// IDLE and ARMED: towards the edge, from inside.
    fn approach(&mut self, view: &View<'_>, va: ValueArea) -> Step {
        let high = view.bar.high as f64;
        if high >= self.probe_line(va) {
            self.state = State::Probe;
            (self.extreme, self.bars) = (view.bar.high, 0);
            return self.probe(view, va);
        }
        let dist = Some(self.probe_line(va) - high);
        if high < self.arm_line(va) {
            self.state = State::Idle;
            return Step::waits(State::Idle, Code::Away, dist);
        }
        let from_inside = Ternary::of(view.prev_close, |c| (c as f64) < va.near);
        if self.state == State::Armed || from_inside.is_true() {
            self.state = State::Armed;
            return Step::waits(State::Armed, Code::NoProbe, dist);
        }
        Step::waits(State::Idle, Code::NotFromInside, dist)
    }

    /// PROBE: the four questions in their order.
    fn probe(&mut self, view: &View<'_>, va: ValueArea) -> Step {
        self.observe(view);
        if self.extreme as f64 > va.near + self.settings.probe_max_ticks as f64 {
            return self.die(Code::ProbeTooDeep);
        }
        if self.flow_against(view).is_true() {
            return self.die(Code::FlowAgainst);
        }
        let close = view.bar.close as f64;
        let failed = if close < va.near {
            let mut why = vec![Code::Probed, Code::ClosedInside];
            if self.flow_confirms(view, &mut why).is_true() {
                return Step::triggers(self.complete(view, va, why));
            }
            Code::NoFlow
        } else {
            Code::CloseOutside
        };
        if self.bars >= self.settings.probe_bars_max {
            return self.die(Code::Accepted);
        }
        Step::waits(State::Probe, failed, Some((close - va.near).max(0.0)))
    }

    fn flow_against(&self, view: &View<'_>) -> Ternary {
        Ternary::of(view.regime, |r| r == Regime::Trend)
            .and(Ternary::of(view.trend, |t| t > 0.0))
            .and(Ternary::of(view.ofi, |o| o > self.settings.ofi_block))
    }

    fn flow_confirms(&self, view: &View<'_>, why: &mut Vec<Code>) -> Ternary {
        if !self.settings.require_flow {
            why.push(Code::FlowOff);
            return Ternary::True;
        }
        let delta = Ternary::of(view.delta_imb, |d| d < 0.0);
        let absorbed = Ternary::of(view.absorption, |a| a <= -self.settings.absorption_min);
        if delta.is_true() {
            why.push(Code::DeltaAgrees);
        }
        if absorbed.is_true() {
            why.push(Code::AbsorptionAgrees);
        }
        delta.or(absorbed)
    }

    fn complete(&mut self, view: &View<'_>, va: ValueArea, why: Vec<Code>) -> Setup {
        let stop = self.extreme + self.settings.stop_buffer_ticks;
        let (target, second) = (Setup::target_at(va.poc), Setup::target_at(va.far));
        self.start_over();
        Setup {
            entry: view.bar.close,
            stop,
            target,
            second_target: (second < target).then_some(second),
            level: va.near,
            admission: Admission::RANGE,
            used: Input::LEVELS,
            level_ids: Vec::new(),
            rr_min: None,
            why,
            manage: Manage::default(),
            key: 0,
            story: "price probed beyond the edge of the previous value area and closed back inside",
        }
    }

    fn start_over(&mut self) {
        (self.state, self.extreme, self.bars) = (State::Idle, 0, 0);
    }

    fn die(&mut self, code: Code) -> Step {
        self.state = State::Dead;
        Step::waits(State::Dead, code, None)
    }

    fn rest(&mut self, view: &View<'_>, va: ValueArea) -> Step {
        let high = view.bar.high as f64;
        if high < self.arm_line(va) {
            self.state = State::Idle;
            return Step::waits(State::Idle, Code::Away, Some(self.probe_line(va) - high));
        }
        Step::waits(State::Dead, Code::NotLeft, None)
    }
}

impl Machine for VaRejection {
    fn reads(&self) -> Inputs {
        self.needs()
            .with_if(Input::DeltaImb, self.settings.require_flow)
            .with_if(Input::Absorption, self.settings.require_flow)
            .with_if(Input::Ofi, true)
            .with_if(Input::Trend, true)
    }

    fn needs(&self) -> Inputs {
        VALUE_AREA
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        let (Some(near), Some(poc), Some(far)) = (view.near_edge, view.poc, view.far_edge) else {
            debug_assert!(false, "Invariant: a bar without its needs is observed, not stepped");
            self.observe(view);
            return Step::waits(self.state, Code::NoLevels, None);
        };
        let va = ValueArea { near, poc, far };
        match self.state {
            State::Probe => self.probe(view, va),
            State::Dead => self.rest(view, va),
            _ => self.approach(view, va),
        }
    }

    fn observe(&mut self, view: &View<'_>) {
        if self.state == State::Probe {
            self.extreme = self.extreme.max(view.bar.high);
            self.bars = self.bars.saturating_add(1);
        }
    }

    fn state(&self) -> State {
        self.state
    }

    fn reset(&mut self, _why: Restart) {
        self.start_over();
    }
}
