//! Volume by price and side of a bar, diagonal imbalances and their stacks (QUANT 1.2).

use crate::config::Flow;
use crate::features::grid::PriceRows;
use crate::market::Side;
use crate::market::Ticks;

/// A row: contracts sold at the bid, contracts bought at the ask, contracts of unknown side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Sellers' contracts.
    pub sold: u64,
    /// Buyers' contracts.
    pub bought: u64,
    /// Contracts of unknown side: volume of the row, in no imbalance.
    pub unknown: u64,
}

impl Row {
    /// Contracts of any side.
    pub const fn volume(&self) -> u64 {
        self.sold + self.bought + self.unknown
    }
}

/// A run of imbalances of one side on consecutive ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackRun {
    /// Lowest row.
    pub low: Ticks,
    /// Highest row.
    pub high: Ticks,
    /// Side that dominates.
    pub side: Side,
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

    /// Adds a trade; `sign` of its aggressor, 0 if unknown.
    #[inline]
    pub fn add(&mut self, price: Ticks, size: u64, sign: i64) {
        let row = self.rows.row_mut(price);
        match sign {
            1.. => row.bought += size,
            0 => row.unknown += size,
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

    /// Buyers' less sellers' contracts of the bar.
    pub fn delta(&self) -> i64 {
        self.rows.used().iter().map(|row| row.bought as i64 - row.sold as i64).sum()
    }

    /// Contracts of unknown side in the bar.
    pub fn unknown(&self) -> u64 {
        self.rows.used().iter().map(|row| row.unknown).sum()
    }

    /// Row of the greatest volume of any side; tie: nearest to the middle of low and high; still
    /// tied: the lower. `None` while empty.
    pub fn poc(&self) -> Option<Ticks> {
        let (low, high) = self.rows.span()?;
        let best = self.rows.used().iter().map(Row::volume).max()?;
        let rows = (low.0..).zip(self.rows.used());
        rows.filter(|(_, row)| row.volume() == best)
            .map(|(price, _)| price)
            .min_by_key(|price| ((2 * price - low.0 - high.0).abs(), *price))
            .map(Ticks)
    }

    /// Every stack of the bar, from the lowest row up, at one row the sellers' last.
    pub fn stack_runs(&self, flow: &Flow) -> Vec<StackRun> {
        let Some((low, _)) = self.rows.span() else { return Vec::new() };
        let mut runs = Vec::new();
        let (mut buy, mut sell) = (0, 0);
        // One row past the end closes the runs that reach it.
        let past = (self.rows.used().len(), false, false);
        for (i, is_buy, is_sell) in self.imbalances(flow).chain(std::iter::once(past)) {
            for (run, goes_on, side) in
                [(&mut buy, is_buy, Side::Buy), (&mut sell, is_sell, Side::Sell)]
            {
                if goes_on {
                    *run += 1;
                    continue;
                }
                let rows = std::mem::take(run);
                if rows > 0 && rows >= flow.stack_min as usize {
                    let price = |row: usize| Ticks(low.0 + row as i64);
                    runs.push(StackRun { low: price(i - rows), high: price(i - 1), side });
                }
            }
        }
        runs
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

    proptest! {
        #[test]
        fn runs_delta_and_poc_are_those_of_a_scan(
            trades in prop::collection::vec((0_i64..9, 1_u64..60, -1_i64..=1), 1..60)
        ) {
            let flow = Flow { imb_min_vol: 5, imb_ratio: 1.5, stack_min: 2, ..Flow::default() };
            let mut bar = BarFootprint::default();
            for (price, size, sign) in &trades {
                bar.add(Ticks(*price), *size, *sign);
            }
            let delta: i64 = trades.iter().map(|(_, size, sign)| *size as i64 * sign).sum();
            let unknown: u64 = trades.iter().filter(|t| t.2 == 0).map(|t| t.1).sum();
            prop_assert_eq!((bar.delta(), bar.unknown()), (delta, unknown));
            let at = |price: i64| trades.iter().filter(|t| t.0 == price).map(|t| t.1).sum::<u64>();
            let poc = bar.poc().unwrap().0;
            prop_assert!((0..9).all(|price| at(price) <= at(poc)));

            let rows: Vec<_> = bar.imbalances(&flow).collect();
            let low = bar.rows().unwrap().0.0;
            let runs = bar.stack_runs(&flow);
            for side in [Side::Buy, Side::Sell] {
                let is = |i: usize| if side == Side::Buy { rows[i].1 } else { rows[i].2 };
                let mut longest = 0;
                for from in 0..rows.len() {
                    let rows_of = (from..rows.len()).take_while(|i| is(*i)).count();
                    let starts = from == 0 || !is(from - 1);
                    let run = StackRun {
                        low: Ticks(low + from as i64),
                        high: Ticks(low + (from + rows_of.max(1)) as i64 - 1),
                        side,
                    };
                    let counts = starts && rows_of >= 2;
                    prop_assert_eq!(runs.contains(&run), counts, "{:?}", run);
                    longest = longest.max(if counts { rows_of as u32 } else { 0 });
                }
                let stacks = bar.stacks(&flow);
                let known = if side == Side::Buy { stacks.buy } else { stacks.sell };
                prop_assert_eq!(known, longest);
            }
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
