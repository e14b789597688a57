//! Contract facts of a product: tick, multiplier, fees.

use crate::market::price::Cents;
use crate::market::price::Px;
use crate::market::price::Ticks;
use crate::market::symbol::Sym;

/// What a futures product is worth and costs. Built from configuration (`[instruments.ES]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Product root, for example `ES`.
    pub root: Sym,
    /// Smallest price step.
    pub tick: Px,
    /// Value of one tick of one contract.
    pub tick_value: Cents,
    /// Commission, exchange and regulatory fees of one contract, one side.
    pub fee_per_side: Cents,
}

impl Instrument {
    /// Whether `sym` is a contract of this product.
    pub fn is_product_of(&self, sym: &Sym) -> bool {
        sym.root().as_bytes() == self.root.as_bytes()
    }

    /// `px` in whole ticks; `None` if it lies off the tick grid.
    #[inline]
    pub fn ticks(&self, px: Px) -> Option<Ticks> {
        let tick = self.tick.nanos();
        (px.nanos() % tick == 0).then(|| Ticks(px.nanos() / tick))
    }

    /// The price that is `ticks` ticks.
    #[inline]
    pub fn px(&self, ticks: Ticks) -> Px {
        Px::from_nanos(ticks.0 * self.tick.nanos())
    }

    /// A tick in points.
    pub fn tick_points(&self) -> f64 {
        self.tick.points()
    }

    /// The whole tick nearest to a computed price in points, halves away from zero (QUANT 0.3).
    pub fn nearest(&self, points: f64) -> Ticks {
        Ticks((points / self.tick_points()).round() as i64)
    }

    /// Profit of a move of `ticks` on `qty` contracts (negative `qty` for a short).
    pub fn pnl(&self, ticks: Ticks, qty: i64) -> Cents {
        Cents(ticks.0 * qty * self.tick_value.0)
    }

    /// Fees of one side of `qty` contracts.
    pub const fn fees(&self, qty: u64) -> Cents {
        Cents(self.fee_per_side.0 * qty as i64)
    }
}
