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
    /// Too small a share of the option chain is usable.
    Coverage,
    /// No acceptable zero-gamma root.
    NoCross,
    /// Level or option chain absent.
    NoLevels,
    /// An input is older than its limit.
    Stale,
    /// SPX-to-ES ratio too old or implausible.
    StaleBasis,
    /// The volume of the last 20 sessions is not known.
    NoAdv,
    /// Outside the hours in which the value exists.
    SessionClosed,
    /// Crossed, negative, or otherwise not to be believed.
    BadInput,
}

impl Reason {
    /// Every code.
    pub const ALL: [Self; 14] = [
        Self::Warmup,
        Self::NoVolume,
        Self::NoTrades,
        Self::NoQuotes,
        Self::SideQuality,
        Self::Degenerate,
        Self::Coverage,
        Self::NoCross,
        Self::NoLevels,
        Self::Stale,
        Self::StaleBasis,
        Self::NoAdv,
        Self::SessionClosed,
        Self::BadInput,
    ];

    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Warmup => "warmup",
            Self::NoVolume => "no_volume",
            Self::NoTrades => "no_trades",
            Self::NoQuotes => "no_quotes",
            Self::SideQuality => "side_quality",
            Self::Degenerate => "degenerate",
            Self::Coverage => "coverage",
            Self::NoCross => "no_cross",
            Self::NoLevels => "no_levels",
            Self::Stale => "stale",
            Self::StaleBasis => "stale_basis",
            Self::NoAdv => "no_adv",
            Self::SessionClosed => "session_closed",
            Self::BadInput => "bad_input",
        }
    }

    /// What the code says, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Warmup => "not enough history yet",
            Self::NoVolume => "too few contracts in the window",
            Self::NoTrades => "no qualifying trade",
            Self::NoQuotes => "no usable quote",
            Self::SideQuality => "too much volume without a reliable side",
            Self::Degenerate => "zero range, zero variance or 0/0",
            Self::Coverage => "too small a share of the option chain is usable",
            Self::NoCross => "no acceptable zero-gamma root",
            Self::NoLevels => "the level or the option chain is absent",
            Self::Stale => "an input is older than its limit",
            Self::StaleBasis => "the ratio of ES to SPX is too old or implausible",
            Self::NoAdv => "the volume of the last 20 sessions is not known",
            Self::SessionClosed => "outside the hours in which the value exists",
            Self::BadInput => "the input contradicts itself or is not to be believed",
        }
    }
}
