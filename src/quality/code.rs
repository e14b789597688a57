//! What can be found, by name.

use crate::config::QualityTolerance;
use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($($variant:ident = $field:ident $about:literal),+ $(,)?) => {
        /// A kind of finding. The name is the alert's code and the key of its tolerance.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Code { $(#[doc = $about] $variant),+ }

        impl Code {
            /// Every code, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($field)),+ }
            }

            /// What it means, for people.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),+ }
            }

            /// The setting that says how much is tolerated.
            pub(super) const fn tolerance(self, settings: &QualityTolerance) -> f64 {
                match self { $(Self::$variant => settings.$field),+ }
            }

            /// As [`Code::tolerance`], to change it.
            pub(super) const fn tolerance_mut(self, settings: &mut QualityTolerance) -> &mut f64 {
                match self { $(Self::$variant => &mut settings.$field),+ }
            }
        }
    };
}

codes! {
    TornLine = torn_line
        "a line that is no JSON object: two programs wrote at once, or one was stopped in the middle",
    BlankLine = blank_line
        "an empty line between records",
    TwoObjects = two_objects_on_one_line
        "a line with more than one object: writers without a lock",
    NotJsonNan = not_json_nan
        "the bare word NaN or Infinity, which is not JSON: an undefined number was written as if it were one",
    BadRecord = bad_record
        "an object that is no record of the format: a key is missing or has a wrong type",
    NoCalendar = no_calendar
        "a stamp outside the trading calendar: whether the market was open cannot be said",
    TimeBack = time_back
        "a record older than an earlier one of its symbol and kind, by more than the tolerated lateness",
    ClosedHours = closed_hours
        "a trade or a bar while the market was closed: often a wrong time zone",
    OffTick = off_tick_price
        "a price that is not a multiple of the product's tick",
    ZeroPrice = zero_price
        "a price that is not above zero",
    BarRange = bar_range
        "a bar whose high and low do not contain its open and close",
    Frozen = frozen_quote
        "the same price and size again and again while the market was open",
    Duplicate = duplicate
        "the same record twice: a bar of the same time again, a trade with the same sequence number again, or everything in pairs",
    Gap = gap
        "minutes or bars missing in open hours of a contract that was traded without a break before",
    MissingSession = missing_session
        "a session of the calendar without a record, or its first or last hours: the file was cut",
    Stale = stale
        "silence in an open session while the clock of the feed runs on",
    FeedGap = feed_gap
        "the feed itself said that records were missed",
    Crossed = crossed_quote
        "a bid above the ask in open hours",
    Locked = locked_quote
        "a bid equal to the ask in open hours",
    OutsideQuote = trade_outside_quote
        "a trade far outside the quote in force",
    Jump = price_jump
        "a price that jumps by far more than it usually moves",
    Writers = interleaved_writers
        "two price streams in one: prices that alternate between two levels, or two versions of one fact within a moment",
    VolumeMismatch = volume_mismatch
        "a volume that is not the sum of the volumes at bid and at ask",
    DeltaMismatch = delta_mismatch
        "a delta that is not ask volume less bid volume",
    NoBook = no_book
        "neither a bid nor an ask",
    WrongContract = wrong_contract
        "a live session of another contract month than the one that is traded then",
    BackMonth = back_month
        "a session in a file in which another contract month was the active one",
    Expired = expired_contract
        "a trade or a bar after the last trading of its contract",
    Label = label
        "the data say themselves that they are synthetic or simulated; a label is a finding, not a proof",
    StrikeGrid = strike_grid
        "a strike that the root does not list",
    Parity = put_call_parity
        "a strike whose call, put and strike do not give the forward of the others, spreads allowed for",
    DeltaSign = delta_sign
        "a call with a delta outside 0 to 1, or a put outside -1 to 0",
    DeltaMonotone = delta_not_monotone
        "a delta that rises with the strike",
    TwoIvs = two_iv_values
        "an expiry whose rows have one or two different volatilities",
    IvPair = iv_pair
        "call and put of a strike near the money whose volatilities are far apart",
    ConstantSpread = constant_spread
        "an expiry in which every spread is the same",
    OwnIv = price_against_own_iv
        "a price that its own volatility does not give (Black-Scholes)",
    TimeValue = constant_time_value
        "an expiry in which the time value is the same at every strike",
    RisesWithStrike = price_rises_with_strike
        "a call that gets dearer, or a put that gets cheaper, with the strike, by more than the spreads",
    CallIsPut = call_and_put_identical
        "call and put of a strike with the same prices and volatility",
    ExpiryDay = expiry_not_a_trading_day
        "an expiry on a day without trading",
    ChainIncomplete = chain_incomplete
        "a snapshot without its closing record, or with another number of rows than that says",
    FewStrikes = few_strikes
        "a snapshot with too few usable strikes around the money",
    Unusable = unusable_rows
        "a row near the money without a usable quote or volatility",
    NoOpenInterest = no_open_interest
        "a snapshot whose open interest is zero",
    OldChain = old_chain
        "a row whose quote was old when it was received",
}

impl Code {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Whether it is judged over a whole option snapshot.
    pub(super) const fn is_of_chain(self) -> bool {
        self as u8 >= Self::StrikeGrid as u8
    }

    /// Its place in [`Code::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|code| code.name() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|code| code.name()).collect();
            format!("`{text}` is no finding; there are {}", known.join(", "))
        })
    }
}
