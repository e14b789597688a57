//! Why a value is undefined (QUANT 0.2).

/// A value, or the reason why there is none.
pub type Value = Result<f64, Reason>;

/// The codes that this room gives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// Not enough history yet.
    Warmup,
    /// Too few contracts in the window.
    NoVolume,
    /// No qualifying trade.
    NoTrades,
    /// No usable quote.
    NoQuotes,
    /// Too much volume without a reliable side.
    SideQuality,
    /// Zero range, zero variance, 0/0.
    Degenerate,
    /// Level or option chain absent.
    NoLevels,
    /// Outside the hours in which the value exists.
    SessionClosed,
}

impl Reason {
    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Warmup => "warmup",
            Self::NoVolume => "no_volume",
            Self::NoTrades => "no_trades",
            Self::NoQuotes => "no_quotes",
            Self::SideQuality => "side_quality",
            Self::Degenerate => "degenerate",
            Self::NoLevels => "no_levels",
            Self::SessionClosed => "session_closed",
        }
    }
}
