//! Divergence of cumulative delta and price (QUANT 1.3, feature 3).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Ticks;
use std::collections::VecDeque;

/// Most closes looked at.
const CLOSES_MAX: usize = 20;
/// Least closes.
const CLOSES_MIN: usize = 10;
/// Least price range, ticks.
const RANGE_MIN: i64 = 4;

/// What a minute (or a longer input bar) ended with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MinuteClose {
    /// Last price.
    pub close: Ticks,
    /// Cumulative delta, contracts.
    pub cvd: i64,
    /// Contracts of the minute.
    pub volume: u64,
    /// Of these, contracts whose side is not known reliably.
    pub weak: u64,
}

/// The last closes.
///
/// # Formula
/// `pos(CVD) - pos(close)`, `pos(x) = (x_t - min)/(max - min)` over the last 20 one-minute closes
/// (10 at least), the newest being `x_t`. Positive: delta stronger than price.
#[derive(Clone, Debug, Default)]
pub struct Divergence {
    closes: VecDeque<MinuteClose>,
}

impl Divergence {
    /// Adds a closed minute.
    pub fn push(&mut self, close: MinuteClose) {
        if self.closes.len() == CLOSES_MAX {
            self.closes.pop_front();
        }
        self.closes.push_back(close);
    }

    /// Forgets the closes: at a session open.
    pub fn clear(&mut self) {
        self.closes.clear();
    }

    /// Contracts of the window, and of these those without a reliable side.
    pub fn volumes(&self) -> (u64, u64) {
        self.closes.iter().fold((0, 0), |sum, c| (sum.0 + c.volume, sum.1 + c.weak))
    }

    /// `of_cvd_div`.
    ///
    /// # Errors
    /// `warmup` before 10 closes, `degenerate` where price or delta has no range.
    pub fn value(&self) -> Value {
        let newest = self.closes.back().filter(|_| self.closes.len() >= CLOSES_MIN);
        let newest = newest.ok_or(Reason::Warmup)?;
        let range = |of: fn(&MinuteClose) -> i64| {
            let values = self.closes.iter().map(of);
            values.fold((i64::MAX, i64::MIN), |(low, high), x| (low.min(x), high.max(x)))
        };
        let (low, high) = range(|c| c.close.0);
        let (cvd_low, cvd_high) = range(|c| c.cvd);
        if high - low < RANGE_MIN || cvd_high == cvd_low {
            return Err(Reason::Degenerate);
        }
        let pos = |x: i64, low: i64, high: i64| (x - low) as f64 / (high - low) as f64;
        Ok(pos(newest.cvd, cvd_low, cvd_high) - pos(newest.close.0, low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(closes: impl IntoIterator<Item = (i64, i64)>) -> Value {
        let mut divergence = Divergence::default();
        for (close, cvd) in closes {
            divergence.push(MinuteClose { close: Ticks(close), cvd, volume: 10, weak: 1 });
        }
        divergence.value()
    }

    #[test]
    fn delta_at_its_high_with_price_at_its_low_is_plus_one() {
        assert_eq!(after((0..10).map(|i| (100 - i, i))), Ok(1.0));
        assert_eq!(after((0..10).map(|i| (100 + i, -i))), Ok(-1.0));
        assert_eq!(after((0..10).map(|i| (100 + i, i))), Ok(0.0));
    }

    #[test]
    fn only_the_last_twenty_count() {
        let closes = std::iter::once((1000, 0)).chain((0..20).map(|i| (100 - i, i)));
        assert_eq!(after(closes), Ok(1.0));
    }

    #[test]
    fn too_few_or_flat_is_undefined() {
        assert_eq!(after((0..9).map(|i| (i, i))), Err(Reason::Warmup));
        assert_eq!(after((0..10).map(|i| (i % 4, i))), Err(Reason::Degenerate));
        assert_eq!(after((0..10).map(|i| (i, 7))), Err(Reason::Degenerate));
    }
}
