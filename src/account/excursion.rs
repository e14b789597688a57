//! How far the market went for and against an open trade.

use crate::market::Side;
use crate::market::Ticks;
use std::collections::VecDeque;

/// How long a price is kept apart before it is folded away, microseconds: longer than a fill can
/// take to become known, so that first and last fill cut the window where they happened.
const HORIZON_US: i64 = 10_000_000;
/// Prices kept apart at most; beyond it the oldest is folded early.
const KEPT_MAX: usize = 1 << 16;

/// The extremes of the traded prices after the first fill and up to the last one, by exchange time.
///
/// Fills are learnt later than they happen. The newest prices are therefore kept with their stamps
/// and fall into the window, or out of it, when the fill is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Excursion {
    opened: Option<i64>,
    extremes: Option<(Ticks, Ticks)>,
    recent: VecDeque<(i64, Ticks)>,
}

impl Excursion {
    /// A traded price at `ts` (microseconds UTC).
    #[inline]
    pub fn on_price(&mut self, ts: i64, px: Ticks) {
        while self.recent.front().is_some_and(|(old, _)| *old < ts - HORIZON_US)
            || self.recent.len() >= KEPT_MAX
        {
            self.fold();
        }
        self.recent.push_back((ts, px));
    }

    /// The first fill happened at `xts` (microseconds UTC).
    pub fn open(&mut self, xts: i64) {
        self.opened = Some(xts);
        self.extremes = None;
    }

    /// The last fill happened at `xts`: worst and best excursion against `cost` (sum of the entry
    /// prices of `qty` contracts, ticks), in whole ticks, rounded to the worse. The window is closed.
    pub fn close(&mut self, xts: i64, side: Side, cost: i64, qty: u64) -> (i64, i64) {
        while self.recent.front().is_some_and(|(ts, _)| *ts <= xts) {
            self.fold();
        }
        self.opened = None;
        let qty = (qty as i64).max(1);
        let (low, high) = match self.extremes.take() {
            Some((low, high)) => (low.0, high.0),
            None => return (0, 0),
        };
        let made = |px: i64| (side.sign() * (px * qty - cost)).div_euclid(qty);
        let (a, b) = (made(low), made(high));
        (a.min(b).min(0), a.max(b).max(0))
    }

    fn fold(&mut self) {
        let Some((ts, px)) = self.recent.pop_front() else { return };
        if self.opened.is_some_and(|opened| ts > opened) {
            self.extremes =
                Some(self.extremes.map_or((px, px), |(low, high)| (low.min(px), high.max(px))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prices_between_the_fills_count_even_if_the_fills_are_known_late() {
        let mut excursion = Excursion::default();
        for (ts, px) in [(1, 90), (2, 100), (3, 97), (4, 103), (5, 80)] {
            excursion.on_price(ts, Ticks(px));
        }
        excursion.open(2);
        assert_eq!(excursion.clone().close(4, Side::Buy, 100, 1), (-3, 3));
        // 100.5 on average: -3.5 and 2.5, each rounded to the worse.
        assert_eq!(excursion.clone().close(4, Side::Buy, 201, 2), (-4, 2));
        assert_eq!(excursion.close(4, Side::Sell, 201, 2), (-3, 3));
    }

    #[test]
    fn old_prices_are_folded_and_memory_stays_flat() {
        let mut excursion = Excursion::default();
        excursion.open(0);
        for ts in 1..1000 {
            excursion.on_price(ts * 1_000_000, Ticks(100 + ts % 7));
        }
        assert!(excursion.recent.len() < 20);
        assert_eq!(excursion.close(1_000_000_000, Side::Buy, 101, 1), (-1, 5));
    }
}
