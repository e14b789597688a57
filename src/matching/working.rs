//! A leg that works at the exchange.

use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::Leg;

/// A leg that works at the exchange, as its books have it.
#[derive(Clone, PartialEq, Debug)]
pub struct WorkingLeg {
    /// Bracket that it belongs to.
    pub order: String,
    /// Contract.
    pub sym: Sym,
    /// Which leg.
    pub leg: Leg,
    /// Side of the leg.
    pub side: Side,
    /// Contracts that it may still fill.
    pub qty: u64,
    /// Limit or trigger price; `None` for a leg that is re-priced until it has filled.
    pub px: Option<Px>,
}
