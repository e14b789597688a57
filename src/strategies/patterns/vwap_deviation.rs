//! Return from a stretch away from VWAP (QUANT 5.4).

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
use crate::strategies::view::View;

/// In a range, price closes outside a VWAP band, comes back and is faded to VWAP.
///
/// Written for the sale above VWAP; `docs/patterns/vwap_deviation.md` draws the machine.
#[derive(Clone, Debug)]
pub struct VwapDeviation {
    settings: config::VwapDeviation,
    /// Floor of the deviation in z, ticks.
    sd_floor_ticks: f64,
    state: State,
    /// Highest price since the first close outside, ticks.
    extreme: i64,
    /// Closes outside so far.
    outside: u32,
}

/// The VWAP facts that a step needs, ticks and deviations.
#[derive(Clone, Copy)]
struct Band {
    z: f64,
    vwap: f64,
    sd: f64,
    /// The price of the band: `z_probe` deviations above VWAP.
    line: f64,
}

impl VwapDeviation {
    /// The machine with these thresholds; `vwap` gives the floor that z uses.
    pub const fn new(settings: config::VwapDeviation, vwap: &config::VwapSettings) -> Self {
        let sd_floor_ticks = vwap.sd_min_ticks as f64;
        Self { settings, sd_floor_ticks, state: State::Idle, extreme: 0, outside: 0 }
    }

    fn band(&self, view: &View<'_>) -> Option<Band> {
        let (z, vwap, sd) = (view.vwap_z?, view.vwap?, view.vwap_sd?);
        let line = vwap + self.settings.z_probe * sd.max(self.sd_floor_ticks);
        Some(Band { z, vwap, sd, line })
    }

    /// The first condition that keeps the pattern from being armed.
    fn unarmed(&self, view: &View<'_>, band: Band) -> Option<Code> {
        let gamma = Ternary::of(view.gex_ratio, |g| g > 0.0);
        let gamma_fits = match gamma {
            Ternary::Unknown => self.settings.allow_no_options,
            known => known.is_true(),
        };
        if view.regime != Some(Regime::Range) {
            Some(Code::RegimeTrend)
        } else if !gamma_fits {
            Some(Code::GammaNegative)
        } else if !view.open_for(self.settings.open_wait_min) {
            Some(Code::OpenWait)
        } else if band.sd < self.settings.sd_min_ticks as f64 {
            Some(Code::DeviationSmall)
        } else {
            None
        }
    }

    /// IDLE and ARMED: the context first, then the first close outside.
    fn approach(&mut self, view: &View<'_>, band: Band) -> Step {
        if self.state == State::Armed && view.regime == Some(Regime::Trend) {
            return self.die(Code::RegimeTrend);
        }
        let dist = Some(band.line - view.bar.close as f64);
        if let Some(code) = self.unarmed(view, band) {
            self.state = State::Idle;
            return Step::waits(State::Idle, code, dist);
        }
        if band.z >= self.settings.z_probe {
            self.state = State::Probe;
            (self.extreme, self.outside) = (view.bar.high, 0);
            return self.probe(view, band);
        }
        self.state = State::Armed;
        Step::waits(State::Armed, Code::BandInside, dist)
    }

    /// PROBE: outside, until the first close back inside decides.
    fn probe(&mut self, view: &View<'_>, band: Band) -> Step {
        self.observe(view);
        if view.regime == Some(Regime::Trend) {
            return self.die(Code::RegimeTrend);
        }
        if band.z >= self.settings.z_probe {
            if self.outside >= self.settings.outside_bars_max {
                return self.die(Code::OutsideLong);
            }
            let dist = Some((view.bar.close as f64 - band.line).max(0.0));
            return Step::waits(State::Probe, Code::StillOutside, dist);
        }
        let mut why = vec![Code::WentOutside, Code::ClosedInside];
        let failed = if self.outside < self.settings.outside_bars_min {
            Code::OutsideShort
        } else if self.flow_confirms(view, &mut why).is_true() {
            return Step::triggers(self.complete(view, band, why));
        } else {
            Code::NoFlow
        };
        // The first close inside decides; a later one belongs to the next stretch.
        self.start_over();
        if self.unarmed(view, band).is_none() {
            self.state = State::Armed;
        }
        Step::waits(self.state, failed, None)
    }

    fn flow_confirms(&self, view: &View<'_>, why: &mut Vec<Code>) -> Ternary {
        let absorbed = Ternary::of(view.absorption, |a| a < 0.0);
        let diverged = Ternary::of(view.cvd_div, |d| d <= -self.settings.cvd_div_min);
        if absorbed.is_true() {
            why.push(Code::AbsorptionAgrees);
        }
        if diverged.is_true() {
            why.push(Code::DivergenceAgrees);
        }
        absorbed.or(diverged)
    }

    fn complete(&mut self, view: &View<'_>, band: Band, mut why: Vec<Code>) -> Setup {
        if view.gex_ratio.is_none() {
            why.push(Code::NoOptions);
        }
        let stop = self.extreme + self.settings.stop_buffer_ticks;
        self.start_over();
        Setup {
            entry: view.bar.close,
            stop,
            target: Setup::target_at(band.vwap),
            second_target: None,
            level: band.line,
            admission: Admission::RANGE,
            level_ids: Vec::new(),
            used: Inputs::of(&[Input::Vwap]),
            rr_min: None,
            why,
            manage: Manage { exits: &[Code::ZExit], ..Manage::default() },
            key: 0,
            story: "price closed outside the VWAP band and came back",
        }
    }

    fn start_over(&mut self) {
        (self.state, self.extreme, self.outside) = (State::Idle, 0, 0);
    }

    fn die(&mut self, code: Code) -> Step {
        self.state = State::Dead;
        Step::waits(State::Dead, code, None)
    }

    fn rest(&mut self, view: &View<'_>, band: Band) -> Step {
        if band.z < self.settings.z_probe {
            self.start_over();
            let dist = Some(band.line - view.bar.close as f64);
            return Step::waits(State::Idle, Code::BandInside, dist);
        }
        Step::waits(State::Dead, Code::NotLeft, None)
    }
}

impl Machine for VwapDeviation {
    fn reads(&self) -> Inputs {
        self.needs()
            .with_if(Input::Absorption, true)
            .with_if(Input::CvdDiv, true)
            .with_if(Input::GexRatio, true)
    }

    fn needs(&self) -> Inputs {
        Inputs::of(&[Input::Regime, Input::VwapZ, Input::Vwap, Input::VwapSd])
            .with_if(Input::GexRatio, !self.settings.allow_no_options)
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        let Some(band) = self.band(view) else {
            debug_assert!(false, "Invariant: a bar without its needs is observed, not stepped");
            self.observe(view);
            return Step::waits(self.state, Code::MissingFeature, None);
        };
        match self.state {
            State::Probe => self.probe(view, band),
            State::Dead => self.rest(view, band),
            _ => self.approach(view, band),
        }
    }

    fn observe(&mut self, view: &View<'_>) {
        if self.state == State::Probe {
            self.extreme = self.extreme.max(view.bar.high);
            if view.vwap_z.is_some_and(|z| z >= self.settings.z_probe) {
                self.outside = self.outside.saturating_add(1);
            }
        }
    }

    fn state(&self) -> State {
        self.state
    }

    fn exit(&self, view: &View<'_>, _trade: Entered) -> Option<Code> {
        let stretched = view.vwap_z.is_some_and(|z| z.abs() >= self.settings.z_exit);
        (view.since_open_us.is_some() && stretched).then_some(Code::ZExit)
    }

    fn reset(&mut self, _why: Restart) {
        self.start_over();
    }
}
