//! The assumptions of the simulated exchange, in the units of matching.

use crate::config::Fills;
use crate::market::Ticks;

/// `[fills]` in microseconds and ticks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rules {
    /// From a decision to the exchange, microseconds.
    pub latency_us: i64,
    /// From the exchange back, microseconds.
    pub response_us: i64,
    /// Slippage of a stop, at least one tick.
    pub slip: Ticks,
    /// Protected range of market orders, flattens and triggered stops.
    pub protection: Ticks,
    /// How often a closing order is priced anew, microseconds.
    pub reprice_us: i64,
    /// Whether resting limits are served in the queue.
    pub queue: bool,
    /// Whether a stop cannot be moved through the last trade.
    pub reject_stop_through: bool,
    /// Price limits in percent, where they hold.
    pub limits: Option<[f64; 3]>,
    /// Distance from fresh quotes beyond which a print is not believed; 0: none.
    pub suspect: Ticks,
    /// Every so many-th new order is refused; 0: none.
    pub reject_every: u64,
}

impl From<&Fills> for Rules {
    fn from(fills: &Fills) -> Self {
        let latency_us = fills.latency_ms.max(0) * 1000;
        let limits = [fills.limit_1_pct, fills.limit_2_pct, fills.limit_3_pct];
        Self {
            latency_us,
            response_us: if fills.response_ms < 0 { latency_us } else { fills.response_ms * 1000 },
            slip: Ticks(fills.stop_slip_ticks.max(1)),
            protection: Ticks(fills.protection_ticks.max(1)),
            reprice_us: fills.reprice_ms.max(1) * 1000,
            queue: fills.queue,
            reject_stop_through: fills.reject_stop_through,
            limits: fills.price_limits.then_some(limits),
            suspect: Ticks(fills.suspect_ticks.max(0)),
            reject_every: fills.reject_every,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_takes_as_long_as_an_order_unless_it_is_said() {
        let mut fills = Fills { latency_ms: 50, ..Fills::default() };
        assert_eq!(Rules::from(&fills).response_us, 50_000);
        fills.response_ms = 0;
        assert_eq!(Rules::from(&fills).response_us, 0);
    }
}
