//! The patterns, one machine each, written for a sale.

mod battle_navale;
mod confluence;
mod gamma_flip;
mod range_bounce;
mod trend_pullback;
mod va_rejection;
mod vwap_deviation;

pub use battle_navale::BattleNavale;
pub use confluence::Confluence;
pub use gamma_flip::GammaFlip;
pub use range_bounce::RangeBounce;
pub use trend_pullback::TrendPullback;
pub use va_rejection::VaRejection;
pub use vwap_deviation::VwapDeviation;

use crate::config::Config;
use crate::market::Side;
use crate::strategies::machine::Machine;
use std::fmt;

macro_rules! patterns {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal),+ $(,)?) => {
        /// A pattern by name.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Pattern {
            $($(#[doc = $doc])+ $variant),+
        }

        impl Pattern {
            /// Every pattern, in the order in which signals of one bar are written.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

patterns! {
    /// Rejection at an edge of the previous value area (QUANT 5.3).
    VaRejection "va_rejection",
    /// Return from a stretch away from VWAP (QUANT 5.4).
    VwapDeviation "vwap_deviation",
    /// Momentum into negative dealer gamma (QUANT 5.5).
    GammaFlip "gamma_flip",
    /// Battle Navale (QUANT 5.6).
    BattleNavale "battle_navale",
    /// Reversal at a cluster of levels (QUANT 5.7).
    Confluence "confluence",
    /// The trend strategy's own set-up (QUANT 5.9).
    TrendPullback "trend_pullback",
    /// The range strategy's own set-up (QUANT 5.9).
    RangeBounce "range_bounce",
    /// Signals at fixed intervals: for latency benchmarks alone.
    Always "always",
}

impl Pattern {
    /// Its machine for trades of `side` as configured; `None` if it is switched off (or has none).
    pub fn machine(self, side: Side, config: &Config) -> Option<Box<dyn Machine>> {
        let patterns = &config.patterns;
        match self {
            Self::VaRejection => boxed(patterns.va_rejection.enabled, || {
                VaRejection::new(patterns.va_rejection.clone())
            }),
            Self::VwapDeviation => boxed(patterns.vwap_deviation.enabled, || {
                VwapDeviation::new(patterns.vwap_deviation.clone(), &config.vwap)
            }),
            Self::GammaFlip => {
                boxed(patterns.gamma_flip.enabled, || GammaFlip::new(patterns.gamma_flip.clone()))
            }
            Self::BattleNavale => {
                boxed(patterns.battle_navale.enabled, || BattleNavale::new(config, side))
            }
            Self::Confluence => {
                boxed(patterns.confluence.enabled, || Confluence::new(patterns.confluence.clone()))
            }
            Self::TrendPullback => boxed(config.strategies.trend.pullback, || {
                TrendPullback::new(config.strategies.trend.clone())
            }),
            Self::RangeBounce => boxed(config.strategies.range.bounce, || {
                RangeBounce::new(config.strategies.range.clone())
            }),
            Self::Always => None,
        }
    }
}

fn boxed<M: Machine + 'static>(on: bool, make: impl FnOnce() -> M) -> Option<Box<dyn Machine>> {
    on.then(|| Box::new(make()) as Box<dyn Machine>)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
