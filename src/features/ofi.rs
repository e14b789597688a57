//! Order-flow imbalance of the best quotes, and what else the touch says (QUANT 1.2, feature 6).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::features::seconds::Totals;
use crate::market::Ticks;

/// Least time with quotes in the depth window, microseconds.
const QUOTED_MIN: i64 = 60_000_000;
/// Age of the last quote from which on there is none, microseconds.
pub const QUOTE_AGE_MAX: i64 = 5_000_000;

/// A usable quote: both sides there, not crossed, not locked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touch {
    /// Best bid.
    pub bid: Ticks,
    /// Contracts bid.
    pub bid_size: u64,
    /// Best ask.
    pub ask: Ticks,
    /// Contracts offered.
    pub ask_size: u64,
}

impl Touch {
    /// Order-flow imbalance of the change from `before` to this quote, contracts.
    ///
    /// # Formula
    /// `e = 1{Pb>=Pb'}qb - 1{Pb<=Pb'}qb' - 1{Pa<=Pa'}qa + 1{Pa>=Pa'}qa'` (Cont, Kukanov and
    /// Stoikov 2014; ' = before).
    #[inline]
    pub fn imbalance_since(&self, before: &Self) -> i64 {
        let part = |counts: bool, size: u64| if counts { size as i64 } else { 0 };
        part(self.bid >= before.bid, self.bid_size)
            - part(self.bid <= before.bid, before.bid_size)
            - part(self.ask <= before.ask, self.ask_size)
            + part(self.ask >= before.ask, before.ask_size)
    }

    /// `(qb - qa)/(qb + qa)`.
    pub fn queue_imbalance(&self) -> f64 {
        (self.bid_size as f64 - self.ask_size as f64) / self.depth() as f64
    }

    /// `(Pb*qa + Pa*qb)/(qb + qa)`, ticks.
    pub fn microprice(&self) -> f64 {
        // Relative to the bid, so that no digits are lost at high prices.
        let spread = (self.ask - self.bid).0 as f64;
        self.bid.0 as f64 + spread * self.bid_size as f64 / self.depth() as f64
    }

    /// Bid size plus ask size.
    #[inline]
    pub fn depth(&self) -> u64 {
        self.bid_size + self.ask_size
    }
}

/// The quote in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuoteFlow {
    touch: Option<Touch>,
    since: i64,
    newest: Option<i64>,
}

impl QuoteFlow {
    /// Folds a quote at `at`; `None` is a book without a usable touch, which ends the old one.
    #[inline]
    pub fn on_quote(&mut self, at: i64, touch: Option<Touch>, totals: &mut Totals) {
        self.settle(at, totals);
        if let Some(now) = touch {
            if let Some(before) = &self.touch {
                totals.ofi += now.imbalance_since(before);
            }
            self.newest = Some(at);
        }
        self.touch = touch;
    }

    /// Brings the time integral of the depth up to `at`.
    #[inline]
    pub fn settle(&mut self, at: i64, totals: &mut Totals) {
        if let Some(touch) = &self.touch {
            let elapsed = (at - self.since).max(0);
            totals.depth_us += u128::from(touch.depth()) * elapsed as u128;
            totals.quoted_us += elapsed;
        }
        self.since = self.since.max(at);
    }

    /// The quote in force, whatever its age.
    pub fn touch(&self) -> Option<&Touch> {
        self.touch.as_ref()
    }

    /// The quote in force if a quote came within the last 5 s before `at`.
    pub fn fresh(&self, at: i64) -> Option<&Touch> {
        self.newest.filter(|newest| at - newest <= QUOTE_AGE_MAX)?;
        self.touch.as_ref()
    }
}

/// Mean best depth, contracts: half of bid plus ask size, weighted by time.
pub fn mean_depth(window: &Totals) -> Option<f64> {
    (window.quoted_us > 0).then(|| window.depth_us as f64 / (2.0 * window.quoted_us as f64))
}

/// `of_ofi`: expected ticks.
///
/// # Formula
/// `OFI_60/(2*AD)`, AD the time-weighted mean of `(qb + qa)/2` over 600 s. The relation to the price
/// is contemporaneous, not a forecast.
///
/// # Errors
/// `no_quotes` with less than 60 s of quotes, `degenerate` below a depth of 1.
pub fn expected_ticks(ofi: i64, depth_window: &Totals) -> Value {
    if depth_window.quoted_us < QUOTED_MIN {
        return Err(Reason::NoQuotes);
    }
    match mean_depth(depth_window) {
        Some(depth) if depth >= 1.0 => Ok(ofi as f64 / (2.0 * depth)),
        _ => Err(Reason::Degenerate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(bid: i64, bid_size: u64, ask_size: u64) -> Touch {
        Touch { bid: Ticks(bid), bid_size, ask: Ticks(bid + 1), ask_size }
    }

    #[test]
    fn a_quote_that_ends_breaks_the_chain_and_the_clock() {
        let (mut flow, mut totals) = (QuoteFlow::default(), Totals::default());
        flow.on_quote(10, Some(touch(100, 5, 7)), &mut totals);
        flow.on_quote(20, Some(touch(100, 9, 7)), &mut totals);
        assert_eq!((totals.ofi, totals.depth_us, totals.quoted_us), (4, 120, 10));
        flow.on_quote(30, None, &mut totals);
        flow.on_quote(50, Some(touch(100, 50, 7)), &mut totals);
        flow.settle(60, &mut totals);
        assert_eq!((totals.ofi, totals.depth_us, totals.quoted_us), (4, 120 + 160 + 570, 30));
        assert!(flow.fresh(50 + QUOTE_AGE_MAX).is_some());
        assert!(flow.fresh(51 + QUOTE_AGE_MAX).is_none());
    }

    #[test]
    fn a_minute_of_quotes_and_a_contract_of_depth_are_needed() {
        let window = |quoted_us, depth_us| Totals { depth_us, quoted_us, ..Totals::default() };
        assert_eq!(expected_ticks(5, &window(59_000_000, 10)), Err(Reason::NoQuotes));
        assert_eq!(expected_ticks(5, &window(60_000_000, 60_000_000)), Err(Reason::Degenerate));
        assert_eq!(expected_ticks(-20, &window(60_000_000, 1_200_000_000)), Ok(-1.0));
    }
}
