//! Why a contract is left out.

/// The first rule that a contract breaks; each is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exclusion {
    /// Settled at or before the moment of valuation.
    Expired,
    /// Expires on a day without trading.
    ExpiryDay,
    /// Its root is none of the underlying's.
    WrongRoot,
    /// A strike that is not above 0, or off the root's grid.
    Strike,
    /// A second row of the same contract.
    Duplicate,
    /// Bid above ask.
    Crossed,
    /// No bid above 0, or no ask.
    OneSided,
    /// Spread wider than allowed.
    WideSpread,
    /// No volatility: none stated, none in the price.
    NoVol,
    /// Volatility outside the range.
    VolRange,
    /// The source states no gamma, which was asked for.
    NoGamma,
    /// Open interest unknown.
    NoOi,
}

impl Exclusion {
    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::ExpiryDay => "expiry_day",
            Self::WrongRoot => "wrong_root",
            Self::Strike => "strike",
            Self::Duplicate => "duplicate",
            Self::Crossed => "crossed",
            Self::OneSided => "one_sided",
            Self::WideSpread => "wide_spread",
            Self::NoVol => "no_vol",
            Self::VolRange => "vol_range",
            Self::NoGamma => "no_gamma",
            Self::NoOi => "no_oi",
        }
    }
}
