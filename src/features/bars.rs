//! Bars built from trades (QUANT 0.5).

use crate::market::Ticks;

/// A bar in ticks and contracts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TickBar {
    /// First price.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub close: Ticks,
    /// Contracts.
    pub volume: u64,
    /// Sellers' contracts (at the bid).
    pub sold: u64,
    /// Buyers' contracts (at the ask).
    pub bought: u64,
    /// Contracts whose side is not known reliably.
    pub weak: u64,
    /// Trades.
    pub trades: u64,
}

impl TickBar {
    /// Buyers' less sellers' contracts.
    pub fn delta(&self) -> i64 {
        self.bought as i64 - self.sold as i64
    }
}

/// The bar that is being built; empty until its first trade.
#[derive(Clone, Copy, Debug, Default)]
pub struct BarBuilder {
    bar: TickBar,
}

impl BarBuilder {
    /// Adds a trade of `size` contracts; `sign` of the aggressor, `weak` if not known reliably.
    #[inline]
    pub fn add(&mut self, price: Ticks, size: u64, sign: i64, weak: bool) {
        let bar = &mut self.bar;
        if bar.trades == 0 {
            (bar.open, bar.high, bar.low) = (price, price, price);
        }
        bar.high = bar.high.max(price);
        bar.low = bar.low.min(price);
        bar.close = price;
        bar.volume += size;
        match sign {
            1.. => bar.bought += size,
            0 => {}
            _ => bar.sold += size,
        }
        if weak {
            bar.weak += size;
        }
        bar.trades += 1;
    }

    /// Closes the bar and starts the next; `None` if it had no trade: absence is never a bar.
    pub fn take(&mut self) -> Option<TickBar> {
        let bar = std::mem::take(&mut self.bar);
        (bar.trades > 0).then_some(bar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_the_four_prices_and_both_sides() {
        let mut builder = BarBuilder::default();
        assert_eq!(builder.take(), None);
        for (price, size, sign, weak) in
            [(10, 2, 1, false), (12, 3, -1, false), (9, 1, 0, true), (11, 4, 1, true)]
        {
            builder.add(Ticks(price), size, sign, weak);
        }
        let bar = builder.take().unwrap();
        assert_eq!((bar.open.0, bar.high.0, bar.low.0, bar.close.0), (10, 12, 9, 11));
        assert_eq!((bar.volume, bar.sold, bar.bought, bar.weak, bar.trades), (10, 3, 6, 5, 4));
        assert_eq!(bar.delta(), 3);
        assert_eq!(builder.take(), None);
    }
}
