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

/// The regime of the session and its last switch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RegimeWatch {
    known: Option<Regime>,
    switched: Option<i64>,
}

impl RegimeWatch {
    pub(crate) fn on_bar(&mut self, regime: Option<Regime>, ts: i64) {
        let Some(now) = regime else { return };
        if self.known.is_some_and(|before| before != now) {
            self.switched = Some(ts);
        }
        self.known = Some(now);
    }

    /// Time since the last switch, microseconds; `None` without one in this session.
    pub(crate) fn since_switch(&self, now: i64) -> Option<i64> {
        self.switched.map(|at| now - at)
    }
}
