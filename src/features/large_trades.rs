//! Large trades: prints of one stamp and side merged, against a threshold frozen for the session
//! (QUANT 1.2, feature 7).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::features::seconds::Totals;
use std::collections::VecDeque;

/// Sizes from here on share the last place of the histogram.
const SIZES: usize = 4096;
/// A bundle whose last part does not come within this time is over, microseconds.
const BUNDLE_MAX: i64 = 1_000_000;

/// A print as this fold sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Print {
    /// Event time, microseconds UTC.
    pub at: i64,
    /// Contracts.
    pub size: u64,
    /// Sign of the aggressor, never 0.
    pub sign: i64,
    /// First part of a bundle.
    pub first: bool,
    /// Last part of a bundle.
    pub last: bool,
}

/// Merges prints and counts the large ones.
///
/// # Formula
/// A sweep prints many fills: prints of equal stamp *and* side are one trade, and so is a marked
/// bundle. Large: size `>= max(q99, flow.large_min)`, q99 the nearest-rank 0.99 quantile of the
/// merged sizes of the last 20 sessions, exact from an integer histogram, frozen at the Globex open;
/// with fewer than 5 sessions `flow.large_min` alone.
#[derive(Clone, Debug)]
pub struct LargeTrades {
    at: i64,
    buy: u64,
    sell: u64,
    bundle: Option<Print>,
    large_min: u64,
    threshold: u64,
    current: Vec<u32>,
    past: VecDeque<Vec<u32>>,
    sessions_max: usize,
    sessions_min: usize,
}

impl LargeTrades {
    /// Empty, with the floor of the threshold and how many sessions to keep and to need.
    pub fn new(large_min: u64, sessions_max: usize, sessions_min: usize) -> Self {
        Self {
            at: i64::MIN,
            buy: 0,
            sell: 0,
            bundle: None,
            large_min,
            threshold: large_min,
            current: vec![0; SIZES],
            past: VecDeque::new(),
            sessions_max,
            sessions_min,
        }
    }

    /// Folds a print.
    #[inline]
    pub fn on_print(&mut self, print: Print, totals: &mut Totals) {
        if print.at != self.at {
            self.settle(totals);
            self.at = print.at;
        }
        if self.bundle.is_some() || print.first {
            self.on_part(print);
        } else {
            self.merge(print.size, print.sign);
        }
    }

    #[cold]
    fn on_part(&mut self, print: Print) {
        match &mut self.bundle {
            Some(bundle)
                if !print.first
                    && bundle.sign == print.sign
                    && print.at - bundle.at <= BUNDLE_MAX =>
            {
                bundle.size += print.size;
            }
            bundle => {
                // The marks of the old bundle were lost: what it had is one trade.
                let old = bundle.replace(print);
                if let Some(old) = old {
                    self.merge(old.size, old.sign);
                }
                if !print.first {
                    self.bundle = None;
                    self.merge(print.size, print.sign);
                    return;
                }
            }
        }
        if print.last
            && let Some(whole) = self.bundle.take()
        {
            self.merge(whole.size, whole.sign);
        }
    }

    #[inline]
    fn merge(&mut self, size: u64, sign: i64) {
        if sign > 0 { self.buy += size } else { self.sell += size }
    }

    /// Counts what is merged so far: when a later stamp or the end of a second comes.
    #[inline]
    pub fn settle(&mut self, totals: &mut Totals) {
        if self.buy > 0 {
            let size = std::mem::take(&mut self.buy);
            totals.large_buy += self.count(size);
        }
        if self.sell > 0 {
            let size = std::mem::take(&mut self.sell);
            totals.large_sell += self.count(size);
        }
    }

    #[inline]
    fn count(&mut self, size: u64) -> u64 {
        let place = (size as usize).min(SIZES - 1);
        self.current[place] = self.current[place].saturating_add(1);
        if size >= self.threshold { size } else { 0 }
    }

    /// A session ends: its sizes become history and the next threshold is frozen.
    pub fn end_session(&mut self) {
        if self.current.iter().any(|count| *count > 0) {
            let mut done = if self.past.len() >= self.sessions_max.max(1) {
                self.past.pop_front().unwrap_or_default()
            } else {
                Vec::new()
            };
            done.clone_from(&self.current);
            self.past.push_back(done);
            self.current.fill(0);
        }
        self.threshold = match self.quantile() {
            Some(quantile) if self.past.len() >= self.sessions_min => quantile.max(self.large_min),
            _ => self.large_min,
        };
    }

    /// Whether the threshold is the floor alone for want of sessions.
    pub fn is_floor(&self) -> bool {
        self.past.len() < self.sessions_min
    }

    /// Smallest large trade, contracts.
    pub fn threshold(&self) -> u64 {
        self.threshold
    }

    fn quantile(&self) -> Option<u64> {
        let count_at = |size: usize| self.past.iter().map(|s| u64::from(s[size])).sum::<u64>();
        let total: u64 = (0..SIZES).map(count_at).sum();
        let rank = (total * 99).div_ceil(100);
        let mut seen = 0;
        (0..SIZES)
            .find(|size| {
                seen += count_at(*size);
                total > 0 && seen >= rank
            })
            .map(|size| size as u64)
    }
}

/// `of_large_imb`.
///
/// # Formula
/// `(LB - LS)/(LB + LS)` of the large trades in 300 s; `no_trades` without any.
///
/// # Errors
/// `no_trades`.
pub fn large_imbalance(window: &Totals) -> Value {
    let (buy, sell) = (window.large_buy, window.large_sell);
    if buy + sell == 0 {
        return Err(Reason::NoTrades);
    }
    Ok((buy as f64 - sell as f64) / (buy + sell) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(at: i64, size: u64, sign: i64) -> Print {
        Print { at, size, sign, first: false, last: false }
    }

    #[test]
    fn prints_of_one_stamp_and_side_are_one_trade() {
        let (mut large, mut totals) = (LargeTrades::new(40, 20, 5), Totals::default());
        for (at, size, sign) in [(1, 30, 1), (1, 39, -1), (1, 10, 1), (2, 39, 1), (3, 50, -1)] {
            large.on_print(print(at, size, sign), &mut totals);
        }
        assert_eq!((totals.large_buy, totals.large_sell), (40, 0));
        large.settle(&mut totals);
        assert_eq!((totals.large_buy, totals.large_sell), (40, 50));
        assert_eq!(large_imbalance(&totals), Ok(-10.0 / 90.0));
        assert_eq!(large_imbalance(&Totals::default()), Err(Reason::NoTrades));
    }

    #[test]
    fn a_bundle_is_one_trade_over_its_stamps() {
        let (mut large, mut totals) = (LargeTrades::new(40, 20, 5), Totals::default());
        for (at, size, first, last) in [
            (1, 15, true, false),
            (2, 15, false, false),
            (3, 15, false, true),
            (4, 39, false, false),
        ] {
            large.on_print(Print { at, size, sign: 1, first, last }, &mut totals);
        }
        large.settle(&mut totals);
        assert_eq!(totals.large_buy, 45);
    }

    #[test]
    fn the_threshold_is_frozen_from_five_sessions_on() {
        let (mut large, mut totals) = (LargeTrades::new(40, 20, 5), Totals::default());
        for session in 0..25_i64 {
            let expected = if session < 5 { 40 } else { 99 };
            assert_eq!((large.threshold(), large.is_floor()), (expected, session < 5));
            for size in 1..=100 {
                large.on_print(print(session * 1000 + size, size as u64, 1), &mut totals);
            }
            large.settle(&mut totals);
            large.end_session();
        }
        assert_eq!(large.past.len(), 20);
    }
}
