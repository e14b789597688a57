//! A position as the lots that opened it, closed first in, first out.

use crate::market::Instrument;
use crate::market::Side;
use crate::market::Ticks;
use std::collections::VecDeque;

/// Contracts of one symbol with the prices at which they were opened.
///
/// First in, first out keeps profit whole: every closed contract has one exact entry price, so
/// realised amounts are sums of whole ticks and never of a rounded average.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lots {
    side: Side,
    lots: VecDeque<(Ticks, u64)>,
}

impl Lots {
    /// Signed contracts, long above zero.
    pub fn position(&self) -> i64 {
        self.side.sign() * self.contracts() as i64
    }

    /// Contracts, without sign.
    pub fn contracts(&self) -> u64 {
        self.lots.iter().map(|(_, qty)| qty).sum()
    }

    /// Side of the position; none when flat.
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Whether there is no position.
    pub fn is_flat(&self) -> bool {
        self.lots.is_empty()
    }

    /// Sum over the contracts of their entry price, ticks.
    pub fn cost(&self) -> i64 {
        self.lots.iter().map(|(px, qty)| px.0 * *qty as i64).sum()
    }

    /// Average entry price in points; `None` when flat.
    pub fn average(&self, instrument: &Instrument) -> Option<f64> {
        let contracts = self.contracts();
        (contracts > 0).then(|| self.cost() as f64 / contracts as f64 * instrument.tick_points())
    }

    /// Tick-contracts that the position has made if closed at `px`.
    pub fn open_ticks(&self, px: Ticks) -> i64 {
        self.side.sign() * (px.0 * self.contracts() as i64 - self.cost())
    }

    /// Adds contracts on the position's own side, or on either side when flat.
    pub fn open(&mut self, side: Side, px: Ticks, qty: u64) {
        self.side = side;
        self.lots.push_back((px, qty));
    }

    /// Closes up to `qty` contracts at `px`: how many were closed and the tick-contracts they made.
    pub fn close(&mut self, px: Ticks, qty: u64) -> (u64, i64) {
        let (mut left, mut made) = (qty, 0);
        while let Some((entry, lot)) = self.lots.front_mut() {
            let closed = left.min(*lot);
            made += self.side.sign() * (px.0 - entry.0) * closed as i64;
            left -= closed;
            *lot -= closed;
            if *lot > 0 {
                break;
            }
            self.lots.pop_front();
        }
        if self.lots.is_empty() {
            self.side = Side::None;
        }
        (qty - left, made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_contracts_close_first() {
        let mut lots = Lots::default();
        lots.open(Side::Buy, Ticks(100), 2);
        lots.open(Side::Buy, Ticks(104), 1);
        assert_eq!((lots.position(), lots.open_ticks(Ticks(105))), (3, 11));
        assert_eq!(lots.close(Ticks(105), 2), (2, 10));
        assert_eq!(lots.close(Ticks(103), 5), (1, -1));
        assert!(lots.is_flat());
        assert_eq!(lots.side(), Side::None);
    }

    #[test]
    fn a_short_earns_when_the_price_falls() {
        let mut lots = Lots::default();
        lots.open(Side::Sell, Ticks(100), 2);
        assert_eq!((lots.position(), lots.open_ticks(Ticks(97))), (-2, 6));
        assert_eq!(lots.close(Ticks(97), 2), (2, 6));
    }
}
