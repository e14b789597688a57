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

/// Takes `qty` contracts from the opposite touch at `touch` with `displayed` contracts.
///
/// # Formula
/// Top of book only (QUANT 7.1): everything at the touch while `qty <= displayed`, each further
/// multiple of the displayed size one tick worse, never beyond `limit`. What is beyond stays open.
pub fn walk(
    side: Side,
    qty: u64,
    touch: Ticks,
    displayed: u64,
    limit: Option<Ticks>,
) -> impl Iterator<Item = Slice> {
    let sign = side.sign();
    let (mut left, mut px) = (qty, touch);
    std::iter::from_fn(move || {
        let beyond = limit.is_some_and(|limit| sign * (px.0 - limit.0) > 0);
        if left == 0 || displayed == 0 || beyond {
            return None;
        }
        let slice = Slice { px, qty: left.min(displayed) };
        left -= slice.qty;
        px.0 += sign;
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
