//! What the exchange remembers of one contract's market: the last trade and the touch.

use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::Quote;
use crate::wire::Trade;

/// A touch older than this no longer speaks for the market when a trade comes: the tape is then
/// treated as one without quotes, so that a feed that lost its quotes cannot hold an exit back.
const TOUCH_LIFE_US: i64 = 5_000_000;

/// The market of one contract as far as fills need it.
#[derive(Clone, Debug)]
pub struct Tape {
    /// Contract.
    pub sym: Sym,
    /// The newest quote.
    pub quote: Option<Quote>,
    /// Stamp of the newest quote with both sides, microseconds UTC.
    pub touch_ts: Option<i64>,
    /// The newest trade that counts: stamp (microseconds UTC) and price. Bars no longer fill orders
    /// once there is one.
    pub last: Option<(i64, Px)>,
}

impl Tape {
    /// A contract of which nothing is known yet.
    pub const fn new(sym: Sym) -> Self {
        Self { sym, quote: None, touch_ts: None, last: None }
    }

    #[inline]
    pub(super) fn on_trade(&mut self, trade: &Trade) {
        self.last = Some((trade.ts, trade.px));
    }

    #[inline]
    pub(super) fn on_quote(&mut self, quote: &Quote) {
        self.quote = Some(*quote);
        if quote.touch().is_some() {
            self.touch_ts = Some(quote.ts);
        }
    }

    /// Whether quotes speak for this market at `ts` (microseconds UTC).
    #[inline]
    pub fn is_quoted(&self, ts: i64) -> bool {
        self.touch_ts.is_some_and(|touch| ts - touch <= TOUCH_LIFE_US)
    }

    /// Price and size that an order on `side` would take, while quotes speak for the market.
    pub fn opposite(&self, side: Side, ts: i64) -> Option<(Px, u64)> {
        let quote = self.quote.filter(|_| self.is_quoted(ts))?;
        let (bid, ask) = quote.touch()?;
        Some(if side == Side::Buy { (ask, quote.asz) } else { (bid, quote.bsz) })
    }

    /// Price and size of the touch that a limit order on `side` would join.
    pub fn own(&self, side: Side, ts: i64) -> Option<(Px, u64)> {
        let quote = self.quote.filter(|_| self.is_quoted(ts))?;
        let (bid, ask) = quote.touch()?;
        Some(if side == Side::Buy { (bid, quote.bsz) } else { (ask, quote.asz) })
    }

    /// The price at which a position opened on `side` could be closed: the opposite touch where
    /// quotes speak for the market, else the last trade.
    #[inline]
    pub fn mark(&self, side: Side, ts: i64) -> Option<Px> {
        self.opposite(side.opposite(), ts).map(|(px, _)| px).or(self.last.map(|(_, px)| px))
    }
}
