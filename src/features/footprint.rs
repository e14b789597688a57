//! Volume by price and side of a bar, diagonal imbalances and their stacks (QUANT 1.2).

use crate::config::Flow;
use crate::features::grid::PriceRows;
use crate::market::Ticks;

/// A row: contracts sold at the bid, contracts bought at the ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Sellers' contracts.
    pub sold: u64,
    /// Buyers' contracts.
    pub bought: u64,
}

/// The footprint of the bar being built.
///
/// # Formula
/// Buy imbalance at P: `ask(P) >= min` and `ask(P) >= ratio*max(bid(P-1), 1)`, P not the lowest row;
/// sell imbalance at P: `bid(P) >= min` and `bid(P) >= ratio*max(ask(P+1), 1)`, P not the highest
/// row (the diagonal of an edge row does not exist). A stack is a run of `stack_min` ticks or more.
#[derive(Clone, Debug, Default)]
pub struct BarFootprint {
    rows: PriceRows<Row>,
}

/// Longest stacks of a bar, rows; 0 below `flow.stack_min`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stacks {
    /// Longest run of buy imbalances.
    pub buy: u32,
    /// Longest run of sell imbalances.
    pub sell: u32,
}

impl BarFootprint {
    /// Whether a trade at `price` keeps the footprint within its bounds.
    #[inline]
    pub fn fits(&self, price: Ticks) -> bool {
        self.rows.fits(price)
    }

    /// Adds a trade; `sign` of its aggressor. A trade of unknown side makes a row but no volume.
    #[inline]
    pub fn add(&mut self, price: Ticks, size: u64, sign: i64) {
        let row = self.rows.row_mut(price);
        match sign {
            1.. => row.bought += size,
            0 => {}
            _ => row.sold += size,
        }
    }

    /// Lowest price and the rows from it upward; `None` while empty.
    pub fn rows(&self) -> Option<(Ticks, &[Row])> {
        self.rows.span().map(|(low, _)| (low, self.rows.used()))
    }

    /// Starts the next bar.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Rows (counted from the lowest) with a buy and with a sell imbalance.
    pub fn imbalances<'a>(
        &'a self,
        flow: &'a Flow,
    ) -> impl Iterator<Item = (usize, bool, bool)> + 'a {
        let rows = self.rows.used();
        let over = |volume: u64, other: u64| {
            volume >= flow.imb_min_vol && volume as f64 >= flow.imb_ratio * other.max(1) as f64
        };
        (0..rows.len()).map(move |i| {
            let buy = i > 0 && over(rows[i].bought, rows[i - 1].sold);
            let sell = i + 1 < rows.len() && over(rows[i].sold, rows[i + 1].bought);
            (i, buy, sell)
        })
    }

    /// The longest stacks.
    pub fn stacks(&self, flow: &Flow) -> Stacks {
        let (mut run, mut longest) = (Stacks::default(), Stacks::default());
        for (_, buy, sell) in self.imbalances(flow) {
            run.buy = if buy { run.buy + 1 } else { 0 };
            run.sell = if sell { run.sell + 1 } else { 0 };
            longest.buy = longest.buy.max(run.buy);
            longest.sell = longest.sell.max(run.sell);
        }
        let counted = |run: u32| if run >= flow.stack_min { run } else { 0 };
        Stacks { buy: counted(longest.buy), sell: counted(longest.sell) }
    }
}

impl Stacks {
    /// `of_stack_imb`: longest buy stack less longest sell stack.
    pub fn imbalance(&self) -> i64 {
        i64::from(self.buy) - i64::from(self.sell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_mirror_bar_has_the_mirror_stacks(
            trades in prop::collection::vec((0_i64..9, 1_u64..60, prop::bool::ANY), 1..60)
        ) {
            let flow = Flow::default();
            let (mut bar, mut mirror) = (BarFootprint::default(), BarFootprint::default());
            for (price, size, buy) in trades {
                let sign = if buy { 1 } else { -1 };
                bar.add(Ticks(price), size, sign);
                mirror.add(Ticks(-price), size, -sign);
            }
            let (stacks, mirrored) = (bar.stacks(&flow), mirror.stacks(&flow));
            prop_assert_eq!((stacks.buy, stacks.sell), (mirrored.sell, mirrored.buy));
            prop_assert_eq!(stacks.imbalance(), -mirrored.imbalance());
        }
    }

    #[test]
    fn edge_rows_have_no_diagonal() {
        let mut bar = BarFootprint::default();
        bar.add(Ticks(0), 500, 1);
        bar.add(Ticks(1), 500, -1);
        assert!(bar.imbalances(&Flow::default()).all(|(_, buy, sell)| !buy && !sell));
    }
}
