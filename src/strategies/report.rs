//! The records that this room writes: signals and explanations.

use crate::market::Instrument;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::strategies::band::Band;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Setup;
use crate::strategies::machine::State;
use crate::strategies::open_trades::OpenTrade;
use crate::strategies::patterns::Pattern;
use crate::strategies::regime::Regime;
use crate::strategies::view::View;
use crate::strategies::watch::Sight;
use crate::strategies::watch::Watch;
use crate::wire::By;
use crate::wire::Explain;
use crate::wire::Num;
use crate::wire::Signal;
use crate::wire::SignalOp;
use crate::wire::TradeManagement;
use std::collections::BTreeMap;

/// The bar close that a record speaks of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion {
    pub(crate) ts: i64,
    pub(crate) ct: i64,
    pub(crate) sym: Sym,
    /// The next bar close.
    pub(crate) expires: i64,
    pub(crate) close: Px,
    pub(crate) regime: Option<Regime>,
    pub(crate) band: Band,
}

impl Occasion {
    /// `pattern-side-symbol-stamp`: the same input gives the same id.
    fn id(&self, pattern: Pattern, side: Side) -> String {
        let letter = if side == Side::Buy { 'B' } else { 'S' };
        format!("{pattern}-{letter}-{}-{}", self.sym, self.ts)
    }

    fn regime(&self) -> String {
        self.regime.map_or("NONE", Regime::name).to_owned()
    }

    /// The signal of a completed pattern.
    pub(crate) fn enter(
        &self,
        (pattern, side): (Pattern, Side),
        setup: &Setup,
        strength: f64,
        instrument: &Instrument,
    ) -> Signal {
        let price =
            |ticks: i64| instrument.px(Ticks(if side == Side::Buy { -ticks } else { ticks }));
        let (entry, stop, target) = (price(setup.entry), price(setup.stop), price(setup.target));
        let targets = std::iter::once(target).chain(setup.second_target.map(price)).collect();
        let verb = verb(side);
        let story = setup.story;
        let msg =
            format!("{pattern}: {verb} at {entry}, stop {stop}, first target {target}; {story}.");
        Signal {
            ts: self.ts,
            sym: self.sym,
            by: By::Signal,
            ct: self.ct,
            op: SignalOp::Enter,
            id: self.id(pattern, side),
            pattern: pattern.name().to_owned(),
            side,
            entry,
            stop,
            targets,
            manage: TradeManagement {
                hold_min: setup.manage.hold_min,
                trail: setup.manage.trail.map(Num),
                be_after_t1: setup.manage.be_after_t1,
                exits: texts(setup.manage.exits),
            },
            confluence: Num(strength),
            confidence: None,
            uncalibrated: true,
            regime: self.regime(),
            level_ids: level_ids(setup, side),
            why: texts(&setup.why),
            msg,
            expires: self.expires,
        }
    }

    /// The exit of an entered signal.
    pub(crate) fn exit(&self, trade: OpenTrade, code: Code) -> Signal {
        let OpenTrade { id, pattern, side, stop, .. } = trade;
        let msg = format!("{pattern}: leave {id} at {}; {}.", self.close, code.sentence());
        Signal {
            ts: self.ts,
            sym: self.sym,
            by: By::Signal,
            ct: self.ct,
            op: SignalOp::Exit,
            id,
            pattern: pattern.name().to_owned(),
            side,
            entry: self.close,
            stop,
            targets: Vec::new(),
            manage: TradeManagement::default(),
            confluence: Num(0.0),
            confidence: None,
            uncalibrated: true,
            regime: self.regime(),
            level_ids: Vec::new(),
            why: texts(&[code]),
            msg,
            expires: self.expires,
        }
    }

    /// What a pattern saw and why nothing (or something) happened.
    pub(crate) fn explain(
        &self,
        (pattern, side): (Pattern, Side),
        sight: &Sight,
        refusal: Option<Code>,
        saw: BTreeMap<String, Num>,
    ) -> Explain {
        let failed = refusal.or(sight.step.failed);
        let triggered = sight.step.state == State::Triggered;
        let decision = match failed {
            None => "signal",
            Some(Code::RegimeUnclear) => "regime_unclear",
            Some(_) if triggered => "reject",
            Some(_) => "wait",
        };
        let sentence = failed.map_or("complete, a signal is given", Code::sentence);
        let verb = verb(side);
        Explain {
            ts: self.ts,
            sym: self.sym,
            by: By::Signal,
            ct: self.ct,
            pattern: pattern.name().to_owned(),
            side,
            state: sight.step.state.name().to_owned(),
            decision: decision.to_owned(),
            failed: failed.map(|code| code.name().to_owned()),
            missing: sight.missing.names(side),
            saw,
            dist: sight.step.dist.filter(|d| d.is_finite()).map(Num),
            msg: format!("{pattern} to {verb}: {sentence}."),
        }
    }
}

const fn verb(side: Side) -> &'static str {
    if matches!(side, Side::Buy) { "buy" } else { "sell" }
}

fn texts(codes: &[Code]) -> Vec<String> {
    codes.iter().map(|code| code.name().to_owned()).collect()
}

/// The ids of the levels used, the near edge first.
fn level_ids(setup: &Setup, side: Side) -> Vec<String> {
    const ORDER: [Input; 7] = [
        Input::Flip,
        Input::UpperWall,
        Input::LowerWall,
        Input::NearEdge,
        Input::Poc,
        Input::FarEdge,
        Input::Vwap,
    ];
    let used = ORDER.into_iter().filter(|input| setup.used.has(*input));
    let named = used.map(|input| match input {
        // The auxiliaries are called `vwap` and `flip`, the levels `VWAP` and `FLIP`.
        Input::Vwap => "VWAP".to_owned(),
        Input::Flip => "FLIP".to_owned(),
        level => level.name(side).to_owned(),
    });
    named.chain(setup.level_ids.iter().cloned()).collect()
}

/// What a pattern saw by name: its inputs as the market has them, prices in points, and what its
/// machine adds.
pub(crate) fn saw(
    watch: &Watch,
    sale: &View<'_>,
    instrument: &Instrument,
) -> BTreeMap<String, Num> {
    const PRICES: Inputs = Inputs::of(&[
        Input::Vwap,
        Input::Flip,
        Input::UpperWall,
        Input::LowerWall,
        Input::NearEdge,
        Input::Poc,
        Input::FarEdge,
    ]);
    const DISTANCES: Inputs = Inputs::of(&[Input::VwapSd, Input::Atr, Input::ExpectedMove]);
    let tick = instrument.tick_points();
    // The view is a sale's: names are those of a sale, whatever side the watch has.
    let inputs = watch.machine().reads().both_sides().members().filter_map(|input| {
        let value = sale.value(input)?;
        let scale = if PRICES.has(input) || DISTANCES.has(input) { tick } else { 1.0 };
        Some((input.name(Side::Sell).to_owned(), Num(value * scale)))
    });
    let own = watch.machine().saw().into_iter().map(|(name, value)| (name.to_owned(), Num(value)));
    inputs.chain(own).filter(|(_, value)| value.0.is_finite()).collect()
}
