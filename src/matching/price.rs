//! At which price a taking order fills: walking the touch, and triggered stops.

use crate::market::Side;
use crate::market::Ticks;

/// A price at which some contracts fill.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// Price.
    pub px: Ticks,
    /// Contracts.
    pub qty: u64,
}

/// What one side of the book offers to those who take, spent once.
///
/// # Formula
/// Top of book only (QUANT 7.1): everything at the touch while no more is taken than displayed, each
/// further multiple of the displayed size one tick worse. A price whose size is not told counts as
/// one contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Supply {
    touch: Ticks,
    displayed: u64,
    taken: u64,
}

impl Supply {
    /// `displayed` contracts at `touch`.
    pub fn new(touch: Ticks, displayed: u64) -> Self {
        Self { touch, displayed: displayed.max(1), taken: 0 }
    }

    /// The price at which it begins.
    pub const fn touch(&self) -> Ticks {
        self.touch
    }

    /// Takes up to `qty` contracts at one price for an order on `side`, never beyond `limit`.
    pub fn take(&mut self, side: Side, qty: u64, limit: Option<Ticks>) -> Option<Slice> {
        let sign = side.sign();
        let worse = (self.taken / self.displayed) as i64;
        let px = Ticks(self.touch.0 + sign * worse);
        let beyond = limit.is_some_and(|limit| sign * (px.0 - limit.0) > 0);
        if qty == 0 || beyond {
            return None;
        }
        let slice = Slice { px, qty: qty.min(self.displayed - self.taken % self.displayed) };
        self.taken += slice.qty;
        Some(slice)
    }
}

/// Takes `qty` contracts from the opposite touch at `touch` with `displayed` contracts (see
/// [`Supply`]). What is beyond `limit` stays open.
pub fn walk(
    side: Side,
    qty: u64,
    touch: Ticks,
    displayed: u64,
    limit: Option<Ticks>,
) -> impl Iterator<Item = Slice> {
    let (mut supply, mut left) = (Supply::new(touch, displayed), qty);
    std::iter::from_fn(move || {
        let slice = supply.take(side, left, limit)?;
        left -= slice.qty;
        Some(slice)
    })
}

/// The price of a stop at `stop` on the closing side `side`, triggered by a trade at `trade`.
///
/// # Formula
/// The worst of three: the stop less `slip` ticks; the trade itself, which on a gap lies beyond the
/// stop; the opposite touch in force, where there is one.
pub fn stop_fill(
    side: Side,
    stop: Ticks,
    trade: Ticks,
    touch: Option<Ticks>,
    slip: Ticks,
) -> Ticks {
    let sign = side.sign();
    let worse = |a: Ticks, b: Ticks| if sign * (a.0 - b.0) >= 0 { a } else { b };
    let slipped = Ticks(stop.0 + sign * slip.0);
    let price = worse(slipped, trade);
    touch.map_or(price, |touch| worse(price, touch))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(side: Side, qty: u64, touch: i64, displayed: u64, limit: i64) -> Vec<(i64, u64)> {
        walk(side, qty, Ticks(touch), displayed, Some(Ticks(limit)))
            .map(|s| (s.px.0, s.qty))
            .collect()
    }

    #[test]
    fn each_further_multiple_costs_a_tick_up_to_the_limit() {
        assert_eq!(slices(Side::Buy, 3, 100, 3, 102), [(100, 3)]);
        assert_eq!(slices(Side::Buy, 7, 100, 3, 102), [(100, 3), (101, 3), (102, 1)]);
        assert_eq!(slices(Side::Buy, 12, 100, 3, 102), [(100, 3), (101, 3), (102, 3)]);
        assert_eq!(slices(Side::Sell, 2, 100, 1, 99), [(100, 1), (99, 1)]);
        assert_eq!(slices(Side::Buy, 1, 103, 9, 102), []);
        // Nothing displayed counts as one contract.
        assert_eq!(slices(Side::Sell, 2, 100, 0, 90), [(100, 1), (99, 1)]);
    }

    #[test]
    fn what_one_order_took_the_next_cannot_have() {
        let mut supply = Supply::new(Ticks(100), 3);
        let mut take = |qty| supply.take(Side::Buy, qty, None).map(|s| (s.px.0, s.qty));
        assert_eq!(take(2), Some((100, 2)));
        assert_eq!(take(2), Some((100, 1)));
        assert_eq!(take(5), Some((101, 3)));
    }

    #[test]
    fn a_stop_fills_at_the_worst_of_slippage_gap_and_touch() {
        let sell = |trade, touch: Option<i64>| {
            stop_fill(Side::Sell, Ticks(100), Ticks(trade), touch.map(Ticks), Ticks(1)).0
        };
        assert_eq!(sell(100, None), 99);
        assert_eq!(sell(99, None), 99);
        assert_eq!(sell(95, None), 95);
        assert_eq!(sell(100, Some(97)), 97);
        assert_eq!(sell(100, Some(100)), 99);
        assert_eq!(stop_fill(Side::Buy, Ticks(100), Ticks(104), None, Ticks(1)), Ticks(104));
    }
}
