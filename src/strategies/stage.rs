//! The fold of mia-signal.

use crate::config::Config;
use crate::market::Calendar;
use crate::market::Instrument;
use crate::market::Side;
use crate::market::Sym;
use crate::strategies::bar_clock::BarClock;
use crate::strategies::bar_clock::Moment;
use crate::strategies::bar_clock::Restart;
use crate::strategies::bench_signal::BenchSignal;
use crate::strategies::code::Code;
use crate::strategies::five_minute_atr::FiveMinuteAtr;
use crate::strategies::level_book::LevelBook;
use crate::strategies::level_book::exact_ticks;
use crate::strategies::machine::Machine;
use crate::strategies::machine::Setup;
use crate::strategies::open_trades::OpenTrade;
use crate::strategies::open_trades::OpenTrades;
use crate::strategies::pairing::ClosedBar;
use crate::strategies::pairing::FeatureFacts;
use crate::strategies::pairing::Pairing;
use crate::strategies::patterns::Pattern;
use crate::strategies::patterns::VaRejection;
use crate::strategies::patterns::VwapDeviation;
use crate::strategies::regime::Regime;
use crate::strategies::report::Occasion;
use crate::strategies::selector;
use crate::strategies::selector::Candidate;
use crate::strategies::selector::Context;
use crate::strategies::selector::Selector;
use crate::strategies::selector::Strategy;
use crate::strategies::view::BarTicks;
use crate::strategies::view::View;
use crate::strategies::watch::Sight;
use crate::strategies::watch::Watch;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::FeatureVector;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Signal;
use crate::wire::Stage;

/// How the stage is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SignalOptions {
    /// Write an `explain` record for every closed bar, pattern and side.
    pub explain: bool,
    /// Which strategy may trade.
    pub strategy: Strategy,
}

/// The regime of the session and its last switch.
#[derive(Clone, Copy, Debug, Default)]
struct RegimeWatch {
    known: Option<Regime>,
    switched: Option<i64>,
}

/// Turns closed bars, levels and features into signals (QUANT 5).
///
/// A bar and the `features` record of the same stamp and contract are evaluated together, whichever
/// comes second: a bar built by mia-features precedes its features, a bar from a feed follows them.
/// Features between bar ends are not read.
#[derive(Debug)]
pub struct SignalStage {
    instrument: Instrument,
    clock: BarClock,
    atr: FiveMinuteAtr,
    levels: LevelBook,
    watches: Vec<Watch>,
    selector: Selector,
    regime: RegimeWatch,
    open: OpenTrades,
    bench: Option<BenchSignal>,
    explain: bool,
    open_wait_min: u32,
    /// |z| at which a trade of the VWAP deviation is given up.
    z_exit: f64,
    pairing: Pairing,
}

impl SignalStage {
    /// The stage for the configured instrument.
    ///
    /// # Errors
    /// The instrument is not in the configuration (78).
    pub fn new(
        config: &Config,
        calendar: Calendar,
        options: SignalOptions,
    ) -> Result<Self, Failure> {
        let instrument = config.instrument_named(&config.instrument).ok_or_else(|| {
            let message = format!("instrument `{}` is not configured", config.instrument);
            Failure::new(FailureClass::Config, message)
                .hint("add a table [instruments.ROOT] with tick, tick_value and fee_per_side")
        })?;
        Ok(Self {
            clock: BarClock::new(calendar, config.bars.missing_max),
            atr: FiveMinuteAtr::default(),
            levels: LevelBook::new(config.levels.clone()),
            watches: watches(config),
            selector: Selector::new(config, &instrument, options.strategy),
            regime: RegimeWatch::default(),
            open: OpenTrades::default(),
            bench: BenchSignal::new(config.signals.always_every_s),
            explain: options.explain,
            open_wait_min: config.patterns.open_wait_min,
            z_exit: config.patterns.vwap_deviation.z_exit,
            pairing: Pairing::default(),
            instrument,
        })
    }

    fn is_ours(&self, sym: Sym) -> bool {
        sym.root() == self.instrument.root
    }

    /// Folds a bar close: exits, entries, then explanations.
    fn evaluate(
        &mut self,
        closed: ClosedBar,
        features: &FeatureFacts,
        out: &mut dyn Emit,
    ) -> Result<(), Failure> {
        let regime = regime_of(&features.f)?;
        let vwap = features.vwap.map(|px| exact_ticks(px.0, &self.instrument)).transpose()?;
        let moment = self.clock.advance(closed.tick)?;
        self.restart(moment, closed.tick.sym);
        if moment.regular {
            let BarTicks { high, low, close, .. } = closed.bar;
            self.atr.on_bar(closed.tick.end, high, low, close);
            self.levels.on_bar(closed.tick.sym, closed.bar, self.atr.value());
            self.regime.on_bar(regime, closed.tick.end);
        } else {
            self.open.clear();
        }
        let view = View { regime, vwap, ..self.view(&closed, features, moment) };
        let occasion = Occasion {
            ts: closed.tick.end,
            ct: features.ct,
            sym: closed.tick.sym,
            expires: closed.tick.end + closed.tick.dur_us,
            close: closed.close,
            regime,
        };
        self.exits(&view, &occasion, out);
        self.entries(&view, self.gate(moment), &occasion, out);
        if let Some(side) = self.bench.as_mut().and_then(|bench| bench.on_bar(occasion.ts)) {
            let sign = if side == Side::Buy { -1 } else { 1 };
            let setup = BenchSignal::setup(sign * closed.bar.close);
            let signal = occasion.enter((Pattern::Always, side), &setup, 0.0, &self.instrument);
            out.after(&Record::Signal(signal));
        }
        Ok(())
    }

    fn restart(&mut self, moment: Moment, sym: Sym) {
        let Some(restart) = moment.restart else { return };
        for watch in &mut self.watches {
            watch.reset();
        }
        if restart == Restart::Stale {
            return;
        }
        self.regime = RegimeWatch::default();
        self.open.clear();
        self.levels.on_session();
        if restart == Restart::Contract {
            self.atr = FiveMinuteAtr::default();
            self.levels.keep(sym);
        } else {
            self.atr.on_session();
        }
    }

    fn gate(&self, moment: Moment) -> Option<Code> {
        let wait_us = i64::from(self.open_wait_min) * 60_000_000;
        match moment.since_open_us {
            None => Some(Code::SessionClosed),
            Some(us) if us < wait_us => Some(Code::OpenWait),
            Some(_) if moment.restart == Some(Restart::Stale) => Some(Code::Stale),
            Some(_) => None,
        }
    }

    /// The view without regime and VWAP, whose values are checked first.
    fn view(&self, closed: &ClosedBar, features: &FeatureFacts, moment: Moment) -> View {
        let area = self.levels.value_area(closed.tick.sym);
        let f = |name: &str| features.f.value(name);
        let tick = self.instrument.tick_points();
        View {
            bar: closed.bar,
            prev_close: moment.prev_close,
            since_open_us: moment.since_open_us,
            regime: None,
            trend: f("ctx_trend"),
            vwap_z: f("ctx_vwap_z"),
            vwap: None,
            vwap_sd: features.vwap_sd.map(|sd| sd.0 / tick),
            delta_imb: f("of_delta_imb"),
            cvd_div: f("of_cvd_div"),
            absorption: f("of_absorption"),
            ofi: f("of_ofi"),
            gex_ratio: f("opt_gex_ratio"),
            near_edge: area.high,
            poc: area.poc,
            far_edge: area.low,
        }
    }

    fn exits(&mut self, view: &View, occasion: &Occasion, out: &mut dyn Emit) {
        let stretched = view.vwap_z.is_some_and(|z| z.abs() >= self.z_exit);
        if view.since_open_us.is_some() && stretched {
            for trade in self.open.end(Code::ZExit) {
                out.after(&Record::Signal(occasion.exit(trade, Code::ZExit)));
            }
        }
    }

    fn entries(
        &mut self,
        view: &View,
        gate: Option<Code>,
        occasion: &Occasion,
        out: &mut dyn Emit,
    ) {
        let mirrored = view.mirrored();
        let context = Context {
            regime: view.regime,
            trend: view.trend,
            since_switch_us: self.regime.switched.map(|at| occasion.ts - at),
        };
        let mut looks = Vec::with_capacity(self.watches.len());
        for watch in &mut self.watches {
            let oriented = if watch.side == Side::Buy { &mirrored } else { view };
            let mut sight = watch.on_bar(oriented, gate);
            let answer = sight.step.setup.take().map(|setup| {
                let admission = watch.pattern.admission();
                let mut candidate = Candidate { admission, side: watch.side, setup };
                if watch.is_open(occasion.ts) {
                    return Err(Code::OpenSignal);
                }
                self.selector.admit(context, &mut candidate).map(|()| candidate.setup)
            });
            looks.push((sight, answer));
        }
        let admitted =
            self.watches.iter().zip(&looks).filter(|(_, (_, a))| matches!(a, Some(Ok(_))));
        if selector::conflict(admitted.map(|(watch, _)| watch.side)) {
            for (_, answer) in &mut looks {
                if matches!(answer, Some(Ok(_))) {
                    *answer = Some(Err(Code::Conflict));
                }
            }
        }
        self.emit(&looks, occasion, out);
    }

    fn emit(&mut self, looks: &[Look], occasion: &Occasion, out: &mut dyn Emit) {
        for (i, (_, answer)) in looks.iter().enumerate() {
            if let Some(Ok(setup)) = answer {
                let signal = self.signal(i, setup, occasion);
                out.after(&Record::Signal(signal));
            }
        }
        if !self.explain {
            return;
        }
        for (watch, (sight, answer)) in self.watches.iter().zip(looks) {
            let refusal = answer.as_ref().and_then(|a| a.as_ref().err().copied());
            let explain = occasion.explain((watch.pattern, watch.side), sight, refusal);
            out.after(&Record::Explain(explain));
        }
    }

    fn signal(&mut self, index: usize, setup: &Setup, occasion: &Occasion) -> Signal {
        let watch = &mut self.watches[index];
        watch.signalled(occasion.expires);
        let (pattern, side) = (watch.pattern, watch.side);
        let strength = self.levels.strength(setup.level, side, occasion.ts, self.atr.value());
        let signal = occasion.enter((pattern, side), setup, strength, &self.instrument);
        let (id, stop) = (signal.id.clone(), signal.stop);
        self.open.add(OpenTrade { id, pattern, side, stop, exits: setup.exits });
        signal
    }
}

/// What a watch saw, and for a completed pattern what the selector said.
type Look = (Sight, Option<Result<Setup, Code>>);

/// One watch for each enabled pattern and side; buys before sells.
fn watches(config: &Config) -> Vec<Watch> {
    let patterns = &config.patterns;
    let mut watches = Vec::new();
    for (pattern, enabled) in [
        (Pattern::VaRejection, patterns.va_rejection.enabled),
        (Pattern::VwapDeviation, patterns.vwap_deviation.enabled),
    ] {
        if !enabled {
            continue;
        }
        for side in [Side::Buy, Side::Sell] {
            let machine: Box<dyn Machine> = if pattern == Pattern::VaRejection {
                Box::new(VaRejection::new(patterns.va_rejection.clone()))
            } else {
                Box::new(VwapDeviation::new(patterns.vwap_deviation.clone(), &config.vwap))
            };
            watches.push(Watch::new(pattern, side, machine, patterns.cooldown_bars));
        }
    }
    watches
}

/// The regime in a feature vector.
fn regime_of(f: &FeatureVector) -> Result<Option<Regime>, Failure> {
    let Some(value) = f.value("ctx_regime") else { return Ok(None) };
    Regime::from_feature(value)
        .map(Some)
        .ok_or_else(|| Failure::bad_input(format!("ctx_regime {value} is neither 0 nor 1")))
}

impl RegimeWatch {
    fn on_bar(&mut self, regime: Option<Regime>, ts: i64) {
        let Some(now) = regime else { return };
        if self.known.is_some_and(|before| before != now) {
            self.switched = Some(ts);
        }
        self.known = Some(now);
    }
}

impl Stage for SignalStage {
    fn by(&self) -> By {
        By::Signal
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Bar, Kind::Levels, Kind::Features])
    }

    fn skips(&self, kind: Kind, ts: i64) -> bool {
        // Where mia-features builds the bars, the bar precedes its features.
        kind == Kind::Features && self.pairing.skips_features(ts)
    }

    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Bar(bar) if self.is_ours(bar.sym) => {
                let newest = self.clock.newest();
                if let Some((bar, features)) = self.pairing.bar(bar, &self.instrument, newest)? {
                    self.evaluate(bar, &features, out)?;
                }
            }
            Record::Levels(levels) if self.is_ours(levels.sym) => {
                self.levels.update(levels, &self.instrument)?;
            }
            Record::Features(features) if self.is_ours(features.sym) => {
                let newest = self.clock.newest();
                if let Some((bar, features)) = self.pairing.features(features, newest)? {
                    self.evaluate(bar, &features, out)?;
                }
            }
            _ => {}
        }
        Ok(Flow::Pass)
    }
}
