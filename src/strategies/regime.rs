//! The market regime as the patterns see it.

use std::fmt;

/// Regime of the context feature `ctx_regime` (QUANT 4): the formula lives in mia-features.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// 0: prices go back and forth.
    Range,
    /// 1: prices go one way.
    Trend,
}

impl Regime {
    /// The regime with this feature value; `None` for any value but 0 and 1.
    pub fn from_feature(value: f64) -> Option<Self> {
        if value == 0.0 {
            Some(Self::Range)
        } else if value.to_bits() == 1f64.to_bits() {
            Some(Self::Trend)
        } else {
            None
        }
    }

    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Range => "RANGE",
            Self::Trend => "TREND",
        }
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
