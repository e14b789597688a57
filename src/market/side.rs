//! Who was the aggressor, and how it is known.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// Buyer (aggressor) or buy, seller (aggressor) or sell, or not known.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize, JsonSchema,
)]
pub enum Side {
    /// Buyer aggressor, or a buy.
    #[serde(rename = "B")]
    Buy,
    /// Seller aggressor, or a sell.
    #[serde(rename = "S")]
    Sell,
    /// Not known.
    #[default]
    #[serde(rename = "N")]
    None,
}

impl Side {
    /// +1 buy, -1 sell, 0 unknown.
    #[inline]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
            Self::None => 0,
        }
    }

    /// The side with this sign.
    #[inline]
    pub const fn from_sign(sign: i64) -> Self {
        match sign {
            1.. => Self::Buy,
            0 => Self::None,
            _ => Self::Sell,
        }
    }

    /// The other side; unknown stays unknown.
    #[must_use]
    pub const fn opposite(self) -> Self {
        Self::from_sign(-self.sign())
    }
}

/// How an aggressor side is known, best first (QUANT 1.1).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SideSource {
    /// Sent by the venue or vendor with the trade.
    Flag,
    /// The trade printed at or through the touch in force before it.
    Touch,
    /// Above or below the mid (Lee-Ready without lag).
    Quote,
    /// Sign of the last non-zero price change.
    Tick,
    /// Not known.
    #[default]
    None,
}
