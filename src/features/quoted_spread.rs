//! The quoted spread of a bar, weighted by time.

use crate::market::Ticks;

/// The spread in force and its time integral over the bar that is running.
///
/// # Formula
/// `sum of (ask - bid)*dt / sum of dt` over the times of `[B - L, B)` with a usable quote, `L` the
/// length of the bar. A quote is in force until the next one.
#[derive(Clone, Debug)]
pub struct QuotedSpread {
    length: i64,
    /// Ticks, in force since `since`.
    spread: Option<i64>,
    since: i64,
    /// End of the running bar, microseconds UTC.
    end: i64,
    /// Tick-microseconds.
    sum: i128,
    /// Microseconds with a usable quote.
    time: i64,
}

impl QuotedSpread {
    /// For bars of `length` microseconds.
    pub const fn new(length: i64) -> Self {
        Self { length, spread: None, since: i64::MIN, end: i64::MIN, sum: 0, time: 0 }
    }

    /// Folds a quote at `at` with its bid and ask; `None` ends the one before.
    #[inline]
    pub fn on_quote(&mut self, at: i64, touch: Option<(Ticks, Ticks)>) {
        if at >= self.end {
            self.begin(at);
        }
        self.settle(at);
        self.spread = touch.map(|(bid, ask)| (ask - bid).0);
    }

    /// A bar begins: what came before its start is not in it.
    #[cold]
    fn begin(&mut self, at: i64) {
        let start = at - at.rem_euclid(self.length.max(1));
        (self.sum, self.time, self.end) = (0, 0, start.saturating_add(self.length));
        self.since = self.since.max(start);
    }

    #[inline]
    fn settle(&mut self, at: i64) {
        let elapsed = (at - self.since).max(0);
        if let Some(spread) = self.spread {
            self.sum += i128::from(spread) * i128::from(elapsed);
            self.time += elapsed;
        }
        self.since = self.since.max(at);
    }

    /// The mean over the bar that ends at `at`, ticks; `None` without a usable quote in it.
    pub fn close(&mut self, at: i64) -> Option<f64> {
        if self.end < at {
            // No quote came in it: the one before was in force throughout.
            self.begin(at - 1);
        }
        self.settle(at);
        let mean = (self.time > 0).then(|| self.sum as f64 / self.time as f64);
        self.begin(at);
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000;

    const fn quote(bid: i64, ask: i64) -> (Ticks, Ticks) {
        (Ticks(bid), Ticks(ask))
    }

    #[test]
    fn each_spread_counts_by_its_time_in_the_bar() {
        let mut spread = QuotedSpread::new(MINUTE);
        spread.on_quote(-10, Some(quote(100, 101)));
        // 15 s of one tick, 30 s of two, 5 s of none, 10 s of five.
        spread.on_quote(15_000_000, Some(quote(100, 102)));
        spread.on_quote(45_000_000, None);
        spread.on_quote(50_000_000, Some(quote(100, 105)));
        assert_eq!(spread.close(MINUTE), Some((15.0 + 60.0 + 50.0) / 55.0));
        // Nothing came: the last one stays in force, also over a minute without a bar.
        assert_eq!(spread.close(3 * MINUTE), Some(5.0));
        spread.on_quote(3 * MINUTE + 5, None);
        assert_eq!(spread.close(4 * MINUTE), Some(5.0));
        assert_eq!(spread.close(5 * MINUTE), None);
    }

    #[test]
    fn nothing_before_the_first_quote() {
        let mut spread = QuotedSpread::new(MINUTE);
        assert_eq!(spread.close(MINUTE), None);
        spread.on_quote(2 * MINUTE - 1, Some(quote(7, 9)));
        assert_eq!(spread.close(2 * MINUTE), Some(2.0));
    }

    proptest! {
        #[test]
        fn it_is_the_sum_over_the_seconds(
            quotes in prop::collection::vec((1_i64..90, prop::option::of(1_i64..6)), 1..60)
        ) {
            let second = 1_000_000;
            let (mut at, mut now) = (0, None);
            let mut seconds = Vec::new();
            let mut spread = QuotedSpread::new(MINUTE);
            let mut closed = Vec::new();
            for (wait, next) in quotes {
                for _ in 0..wait {
                    seconds.push(now);
                    at += 1;
                    if at % 60 == 0 {
                        closed.push(spread.close(at * second));
                    }
                }
                spread.on_quote(at * second, next.map(|ticks| (Ticks(0), Ticks(ticks))));
                now = next;
            }
            for (minute, mean) in seconds.chunks_exact(60).zip(closed) {
                let known: Vec<i64> = minute.iter().flatten().copied().collect();
                let n = known.len() as f64;
                let expected = (n > 0.0).then(|| known.iter().sum::<i64>() as f64 / n);
                match (mean, expected) {
                    (Some(mean), Some(expected)) => prop_assert!((mean - expected).abs() < 1e-9),
                    (mean, expected) => prop_assert_eq!(mean, expected),
                }
            }
        }
    }
}
