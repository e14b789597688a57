//! What a bracket is shown of the market.

use crate::market::PriceBand;
use crate::market::Side;
use crate::market::Ticks;
use crate::matching::Fact;
use crate::matching::rules::Rules;

/// Facts of the record at hand with their exchange stamps, before latency is added.
pub(super) type Happened = Vec<(i64, Fact)>;

/// A price and size of the book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub px: Ticks,
    pub size: u64,
}

/// The market as it was before the record at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub rules: Rules,
    pub band: PriceBand,
    /// The touches, while quotes speak for the market.
    pub bid: Option<Touch>,
    pub ask: Option<Touch>,
    /// The last trade, or the close of the last bar.
    pub last: Option<Ticks>,
    /// The last trade, if it is young enough to speak for the market.
    pub fresh: Option<Ticks>,
}

impl View {
    /// The touch that an order on `side` takes.
    pub(super) const fn opposite(&self, side: Side) -> Option<Touch> {
        if matches!(side, Side::Buy) { self.ask } else { self.bid }
    }

    /// What the protected range of a market order on `side` is counted from: the opposite touch,
    /// else the last trade, while they speak for the market.
    pub(super) fn base(&self, side: Side) -> Option<Ticks> {
        self.opposite(side).map(|touch| touch.px).or(self.fresh)
    }

    /// The worst price at which a market order on `side` may fill: the protected range beyond its
    /// base, else beyond `px` of the record at hand; never outside the price limits.
    pub(super) fn cap(&self, side: Side, px: Ticks) -> Ticks {
        self.cap_from(side, self.base(side).unwrap_or(px))
    }

    /// As [`View::cap`], counted from `base`.
    pub(super) fn cap_from(&self, side: Side, base: Ticks) -> Ticks {
        self.band.clamp(Ticks(base.0 + side.sign() * self.rules.protection.0))
    }
}

/// A print.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    pub ts: i64,
    pub px: Ticks,
}

/// A bar on a tape without trades.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candle {
    pub start: i64,
    pub end: i64,
    pub open: Ticks,
    pub high: Ticks,
    pub low: Ticks,
}
