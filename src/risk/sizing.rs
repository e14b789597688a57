//! How many contracts.

use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Ticks;

/// What one contract of a trade may lose, and how many fit into a budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizing {
    /// Loss of one contract stopped out: the stop distance, the slippage assumed, fees of both sides.
    pub per_contract: Cents,
    /// Contracts, rounded down.
    pub qty: u64,
}

impl Sizing {
    /// Contracts whose loss at a stop `stop` ticks away stays within `budget`, at most `max`.
    ///
    /// # Formula
    /// QUANT 6.1: `min(max, floor(budget / (stop*tick_value + round trip + slip*tick_value)))`, with
    /// `budget = equity * f * k`. Zero is an answer; nothing is ever rounded up (vector 29).
    pub fn new(budget: Cents, stop: Ticks, slip: Ticks, instrument: &Instrument, max: u64) -> Self {
        let per_contract = instrument.pnl(stop + slip, 1) + instrument.fees(2);
        let fits = if per_contract.0 > 0 { budget.0.max(0) / per_contract.0 } else { 0 };
        Self { per_contract, qty: max.min(fits as u64) }
    }

    /// The part `fraction` of `equity`, to the nearest cent; nothing if that is not a number.
    pub fn budget(equity: Cents, fraction: f64) -> Cents {
        let part = (equity.0 as f64 * fraction).round();
        if part.is_finite() && part > 0.0 { Cents(part as i64) } else { Cents(0) }
    }
}
