//! The patterns, one machine each, written for a sale.

mod va_rejection;
mod vwap_deviation;

pub use va_rejection::VaRejection;
pub use vwap_deviation::VwapDeviation;

use crate::strategies::selector::Admission;
use std::fmt;

/// A pattern by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pattern {
    /// Rejection at an edge of the previous value area (QUANT 5.3).
    VaRejection,
    /// Return from a stretch away from VWAP (QUANT 5.4).
    VwapDeviation,
    /// Signals at fixed intervals: for latency benchmarks alone.
    Always,
}

impl Pattern {
    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VaRejection => "va_rejection",
            Self::VwapDeviation => "vwap_deviation",
            Self::Always => "always",
        }
    }

    /// The regimes in which the selector admits it (QUANT 5.9).
    pub const fn admission(self) -> Admission {
        match self {
            Self::VaRejection | Self::VwapDeviation => Admission { range: true, trend: false },
            Self::Always => Admission { range: true, trend: true },
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
