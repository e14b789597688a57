//! Which completed patterns become signals (QUANT 5.9).

use crate::config::Config;
use crate::market::Instrument;
use crate::market::Side;
use crate::strategies::code::Code;
use crate::strategies::machine::Setup;
use crate::strategies::regime::Regime;
use std::fmt;
use std::str::FromStr;

/// Which strategy may trade (`--strategy`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strategy {
    /// The one that the regime calls for.
    #[default]
    Auto,
    /// The trend strategy alone: silent in a range.
    Trend,
    /// The range strategy alone: silent in a trend.
    Range,
}

impl Strategy {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Trend, Self::Range];

    /// The text of the option.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Trend => "trend",
            Self::Range => "range",
        }
    }

    const fn allows(self, regime: Regime) -> bool {
        !matches!((self, regime), (Self::Trend, Regime::Range) | (Self::Range, Regime::Trend))
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Strategy {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|s| s.name() == text)
            .ok_or_else(|| format!("unknown strategy `{text}`; known: auto, trend, range"))
    }
}

/// The regimes in which a pattern is admitted: in a range on both sides, in a trend with it only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admission {
    /// Admitted in RANGE.
    pub range: bool,
    /// Admitted in TREND.
    pub trend: bool,
}

impl Admission {
    /// In a range alone.
    pub const RANGE: Self = Self { range: true, trend: false };
    /// In a trend alone, with it.
    pub const TREND: Self = Self { range: false, trend: true };
    /// In both.
    pub const BOTH: Self = Self { range: true, trend: true };
}

/// A completed pattern that asks to become a signal.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Candidate {
    pub(crate) side: Side,
    /// As a sale.
    pub(crate) setup: Setup,
}

/// What the selector knows about the market when it decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) regime: Option<Regime>,
    /// `ctx_trend`, not oriented.
    pub(crate) trend: Option<f64>,
    /// Time since the last switch of the regime, microseconds; `None` without one in this session.
    pub(crate) since_switch_us: Option<i64>,
}

/// The rules between a completed pattern and a signal.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    strategy: Strategy,
    regime_cooldown_us: i64,
    rr_min: f64,
    stop_min_ticks: i64,
    stop_max_ticks: i64,
    /// Fees of a round trip in ticks; slippage is charged once, by the fill model.
    cost_ticks: f64,
}

impl Selector {
    pub(crate) fn new(config: &Config, instrument: &Instrument, strategy: Strategy) -> Self {
        let fees = 2 * instrument.fee_per_side.0;
        Self {
            strategy,
            regime_cooldown_us: i64::from(config.selector.regime_cooldown_min) * 60_000_000,
            rr_min: config.patterns.rr_min,
            stop_min_ticks: config.risk.stop_min_ticks,
            stop_max_ticks: config.risk.stop_max_ticks,
            cost_ticks: fees as f64 / instrument.tick_value.0 as f64,
        }
    }

    /// Passes the candidate, its stop widened to the least distance, or refuses it.
    ///
    /// # Errors
    /// The code of the first refusal. Conflicts are found afterwards, by [`conflict`].
    pub(crate) fn admit(&self, context: Context, candidate: &mut Candidate) -> Result<(), Code> {
        let regime = context.regime.ok_or(Code::RegimeUnclear)?;
        let admitted = match regime {
            Regime::Range => candidate.setup.admission.range,
            Regime::Trend => candidate.setup.admission.trend,
        };
        if !(admitted && self.strategy.allows(regime)) {
            return Err(Code::Route);
        }
        let with_trend = context.trend.is_some_and(|t| t * candidate.side.sign() as f64 > 0.0);
        if regime == Regime::Trend && !with_trend {
            return Err(Code::Direction);
        }
        if context.since_switch_us.is_some_and(|us| us < self.regime_cooldown_us) {
            return Err(Code::RegimeCooldown);
        }
        let setup = &mut candidate.setup;
        if setup.stop - setup.entry < self.stop_min_ticks {
            setup.stop = setup.entry + self.stop_min_ticks;
            setup.why.push(Code::StopWidened);
        }
        if !self.pays(setup) {
            return Err(Code::RewardRisk);
        }
        if setup.stop - setup.entry > self.stop_max_ticks {
            return Err(Code::RiskTicks);
        }
        Ok(())
    }

    /// Whether reward over risk after round-trip costs reaches the least ratio:
    /// `(reward - cost) / (risk + cost) >= rr_min`, the larger of the setting and the set-up's own.
    fn pays(&self, setup: &Setup) -> bool {
        let reward = (setup.entry - setup.target) as f64 - self.cost_ticks;
        let risk = (setup.stop - setup.entry) as f64 + self.cost_ticks;
        let least = setup.rr_min.map_or(self.rr_min, |own| own.max(self.rr_min));
        risk > 0.0 && reward >= least * risk
    }
}

/// Whether both sides are among the admitted candidates of one bar.
pub(crate) fn conflict(sides: impl IntoIterator<Item = Side>) -> bool {
    let (mut buys, mut sells) = (false, false);
    for side in sides {
        buys |= side == Side::Buy;
        sells |= side == Side::Sell;
    }
    buys && sells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::input::Inputs;
    use crate::strategies::machine::Manage;

    fn selector(strategy: Strategy) -> Selector {
        let config = Config::default();
        let es = config.instrument_named("ES").unwrap();
        Selector::new(&config, &es, strategy)
    }

    fn candidate(side: Side, risk: i64, reward: i64) -> Candidate {
        let setup = Setup {
            entry: 1000,
            stop: 1000 + risk,
            target: 1000 - reward,
            second_target: None,
            level: 1000.0,
            admission: Admission::BOTH,
            used: Inputs::default(),
            level_ids: vec![],
            rr_min: None,
            why: vec![],
            manage: Manage::default(),
            key: 0,
            story: "",
        };
        Candidate { side, setup }
    }

    const CALM: Context =
        Context { regime: Some(Regime::Range), trend: Some(0.2), since_switch_us: None };

    #[test]
    fn refusals_come_in_their_order() {
        let s = selector(Strategy::Auto);
        // Everything is wrong at once; one thing after another is put right.
        let mut c = candidate(Side::Sell, 50, 10);
        c.setup.admission = Admission::RANGE;
        let mut context = Context { regime: None, trend: Some(0.5), since_switch_us: Some(0) };
        assert_eq!(s.admit(context, &mut c), Err(Code::RegimeUnclear));
        context.regime = Some(Regime::Trend);
        assert_eq!(s.admit(context, &mut c), Err(Code::Route));
        c.setup.admission = Admission::BOTH;
        assert_eq!(s.admit(context, &mut c), Err(Code::Direction));
        context.trend = Some(-0.5);
        assert_eq!(s.admit(context, &mut c), Err(Code::RegimeCooldown));
        context.since_switch_us = Some(5 * 60_000_000);
        assert_eq!(s.admit(context, &mut c), Err(Code::RewardRisk));
        c.setup.target = 1000 - 60;
        assert_eq!(s.admit(context, &mut c), Err(Code::RiskTicks));
        c.setup.stop = 1000 + 40;
        assert_eq!(s.admit(context, &mut c), Ok(()));
    }

    #[test]
    fn costs_count_on_both_sides_of_the_ratio() {
        let s = selector(Strategy::Auto);
        // ES: 4.50 $ a round trip = 0.36 tick (vector 35). 10 against 10 fails, 11 against 10 passes:
        // (11 - 0.36) / (10 + 0.36) = 1.027.
        assert!((s.cost_ticks - 0.36).abs() < 1e-12);
        assert_eq!(s.admit(CALM, &mut candidate(Side::Sell, 10, 10)), Err(Code::RewardRisk));
        assert_eq!(s.admit(CALM, &mut candidate(Side::Sell, 10, 11)), Ok(()));
    }

    #[test]
    fn a_set_up_may_ask_for_more_and_never_for_less() {
        let s = selector(Strategy::Auto);
        let mut c = candidate(Side::Sell, 10, 12);
        // (12 - 0.36) / (10 + 0.36) = 1.124.
        c.setup.rr_min = Some(1.2);
        assert_eq!(s.admit(CALM, &mut c), Err(Code::RewardRisk));
        c.setup.rr_min = Some(1.12);
        assert_eq!(s.admit(CALM, &mut c), Ok(()));
        let mut c = candidate(Side::Sell, 10, 10);
        c.setup.rr_min = Some(0.1);
        assert_eq!(s.admit(CALM, &mut c), Err(Code::RewardRisk));
    }

    #[test]
    fn a_narrow_stop_is_widened_before_reward_is_weighed() {
        let s = selector(Strategy::Auto);
        let mut c = candidate(Side::Buy, 3, 7);
        assert_eq!(s.admit(CALM, &mut c), Ok(()));
        assert_eq!(c.setup.stop, 1006);
        assert_eq!(c.setup.why, [Code::StopWidened]);
        assert_eq!(s.admit(CALM, &mut candidate(Side::Buy, 3, 6)), Err(Code::RewardRisk));
    }

    #[test]
    fn the_strategy_option_narrows_the_route() {
        for (strategy, regime, passes) in [
            (Strategy::Auto, Regime::Range, true),
            (Strategy::Auto, Regime::Trend, true),
            (Strategy::Range, Regime::Range, true),
            (Strategy::Range, Regime::Trend, false),
            (Strategy::Trend, Regime::Range, false),
            (Strategy::Trend, Regime::Trend, true),
        ] {
            let context = Context { regime: Some(regime), ..CALM };
            let answer = selector(strategy).admit(context, &mut candidate(Side::Buy, 10, 20));
            assert_eq!(answer.is_ok(), passes, "{strategy} {regime}");
            assert!(passes || answer == Err(Code::Route));
        }
    }

    #[test]
    fn in_a_trend_only_its_own_direction_and_never_without_one() {
        let s = selector(Strategy::Auto);
        for (trend, buy, sell) in [
            (Some(0.5), true, false),
            (Some(-0.5), false, true),
            (Some(0.0), false, false),
            (None, false, false),
        ] {
            let context = Context { regime: Some(Regime::Trend), trend, since_switch_us: None };
            assert_eq!(s.admit(context, &mut candidate(Side::Buy, 10, 20)).is_ok(), buy);
            assert_eq!(s.admit(context, &mut candidate(Side::Sell, 10, 20)).is_ok(), sell);
        }
    }

    #[test]
    fn a_conflict_needs_both_sides() {
        assert!(!conflict([]));
        assert!(!conflict([Side::Sell, Side::Sell]));
        assert!(conflict([Side::Sell, Side::Buy]));
    }

    #[test]
    fn strategies_read_back_from_their_names() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.name().parse(), Ok(strategy));
        }
        assert!("both".parse::<Strategy>().is_err());
    }
}
