//! Orders that are not resolved: what they may still do to the position.

use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::wire::Order;

/// A bracket from its intent to its end.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenOrder {
    /// Contract.
    pub sym: Sym,
    /// Facts of the contract.
    pub instrument: Instrument,
    /// Contract whose prices move it.
    pub market: Sym,
    /// Side of the entry.
    pub side: Side,
    /// Contracts that may still enter.
    pub entering: u64,
    /// Contracts open.
    pub open: u64,
    /// Protective stop as approved; risk is measured against it.
    pub first_stop: Option<Ticks>,
    /// Protective stop now.
    pub stop: Option<Ticks>,
    /// Worst entry price: the limit.
    pub limit: Option<Ticks>,
    /// Nearest target as approved.
    pub target: Option<Ticks>,
    /// Signal behind it.
    pub sig: Option<String>,
    /// First fill at the exchange, microseconds UTC.
    pub opened: Option<i64>,
    /// Why it is being closed, once it is.
    pub closing: Option<String>,
}

impl OpenOrder {
    /// The intent of `order` to open a bracket.
    pub fn new(order: &Order, instrument: Instrument, market: Sym) -> Self {
        let tick = |px| instrument.ticks(px);
        let stop = order.stop.and_then(tick);
        Self {
            sym: order.sym,
            market,
            side: order.side,
            entering: order.qty,
            open: 0,
            first_stop: stop,
            stop,
            limit: order.px.and_then(tick),
            target: order.targets.first().copied().and_then(tick),
            sig: order.sig.clone(),
            opened: None,
            closing: None,
            instrument,
        }
    }

    /// Whether nothing of it can happen any more.
    pub const fn is_over(&self) -> bool {
        self.entering == 0 && self.open == 0
    }

    /// What is lost if every contract enters at its limit and leaves at the stop, before fees.
    pub fn risk(&self) -> Cents {
        let distance = match (self.limit, self.stop) {
            (Some(limit), Some(stop)) => self.side.sign() * (limit.0 - stop.0),
            _ => 0,
        };
        self.instrument.pnl(Ticks(distance.max(0)), (self.entering + self.open) as i64)
    }
}
