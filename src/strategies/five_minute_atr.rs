//! ATR(14) of 5-minute bars, folded from whatever closed bars there are (QUANT 5.1).

/// Length of the bars of the range scale, microseconds.
const BUCKET_US: i64 = 300_000_000;
/// Bars of the average.
const LENGTH: u32 = 14;

/// Wilder's average true range over 5-minute bars of one contract, in ticks.
///
/// # Formula
/// `TR = max(h, c') - min(l, c')` with `c'` the close before (the first bar of a session has none:
/// `h - l`); the seed is the mean of the first 14, then `A <- A + (TR - A) / 14`.
/// Only finished 5-minute bars count.
#[derive(Clone, Debug, Default)]
pub struct FiveMinuteAtr {
    forming: Option<Forming>,
    prev_close: Option<i64>,
    sum: f64,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Forming {
    end: i64,
    high: i64,
    low: i64,
    close: i64,
}

impl FiveMinuteAtr {
    /// Folds a closed bar of any length up to 5 minutes (a longer one counts as it is).
    pub fn on_bar(&mut self, end: i64, high: i64, low: i64, close: i64) {
        let bucket = end + (-end).rem_euclid(BUCKET_US);
        match &mut self.forming {
            Some(forming) if forming.end == bucket => {
                forming.high = forming.high.max(high);
                forming.low = forming.low.min(low);
                forming.close = close;
            }
            _ => {
                self.finish();
                self.forming = Some(Forming { end: bucket, high, low, close });
            }
        }
        if end == bucket {
            self.finish();
        }
    }

    /// A session began: its first bar has no close before it. The average goes on.
    pub fn on_session(&mut self) {
        self.finish();
        self.prev_close = None;
    }

    /// The average; `None` before 14 bars.
    pub fn value(&self) -> Option<f64> {
        (self.count >= LENGTH).then(|| self.sum / f64::from(LENGTH))
    }

    fn finish(&mut self) {
        let Some(bar) = self.forming.take() else { return };
        let before = self.prev_close.unwrap_or(bar.close);
        let range = (bar.high.max(before) - bar.low.min(before)) as f64;
        self.prev_close = Some(bar.close);
        // `sum` is 14 times the average: the running sum of the seed goes over into Wilder's.
        if self.count < LENGTH {
            self.count += 1;
            self.sum += range;
        } else {
            self.sum += range - self.sum / f64::from(LENGTH);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn one_minute_bars_join_into_five() {
        let mut fine = FiveMinuteAtr::default();
        let mut coarse = FiveMinuteAtr::default();
        let mut price = 100;
        for five in 1..=40_i64 {
            let (mut high, mut low) = (i64::MIN, i64::MAX);
            for minute in 1..=5 {
                price += (five * 7 + minute * 13) % 11 - 5;
                fine.on_bar(((five - 1) * 5 + minute) * MINUTE, price + 2, price - 1, price);
                (high, low) = (high.max(price + 2), low.min(price - 1));
            }
            coarse.on_bar(five * 5 * MINUTE, high, low, price);
            assert_eq!(fine.value().is_some(), five >= 14);
            assert_eq!(fine.value(), coarse.value());
        }
    }

    #[test]
    fn the_seed_is_a_mean_and_the_rest_is_wilder() {
        let mut atr = FiveMinuteAtr::default();
        for i in 1..=14 {
            atr.on_bar(i * BUCKET_US, 10, 0, 5);
        }
        assert!((atr.value().unwrap() - 10.0).abs() < 1e-12);
        atr.on_bar(15 * BUCKET_US, 24, 0, 5);
        assert!((atr.value().unwrap() - 11.0).abs() < 1e-12);
        // A gap counts against the close before, but not across sessions.
        atr.on_bar(16 * BUCKET_US, 39, 35, 36);
        assert!((atr.value().unwrap() - (11.0 + (34.0 - 11.0) / 14.0)).abs() < 1e-12);
        let before = atr.value().unwrap();
        atr.on_session();
        atr.on_bar(90 * BUCKET_US, 504, 500, 500);
        assert!((atr.value().unwrap() - (before + (4.0 - before) / 14.0)).abs() < 1e-12);
    }

    #[test]
    fn an_unfinished_bar_does_not_count() {
        let mut atr = FiveMinuteAtr::default();
        for i in 1..=13 {
            atr.on_bar(i * BUCKET_US, 10, 0, 5);
        }
        atr.on_bar(13 * BUCKET_US + MINUTE, 10, 0, 5);
        assert_eq!(atr.value(), None);
        // The next bar of a later bucket ends it, even where its own last minute had no trade.
        atr.on_bar(14 * BUCKET_US + MINUTE, 10, 0, 5);
        assert!(atr.value().is_some());
    }
}
