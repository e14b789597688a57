//! Volume-weighted average price and its deviation (QUANT 2.2).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Ticks;

/// Volume-weighted mean and population deviation, in ticks.
///
/// # Formula
/// `W += q; d = p - m; m += d*q/W; S += q*d*(p - m); sd = sqrt(S/W)` (West's update). Prices are
/// taken relative to the first one, so a shift of all prices changes nothing but the mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vwap {
    origin: i64,
    weight: f64,
    mean: f64,
    sum: f64,
}

impl Vwap {
    /// Adds `size` contracts at `price`.
    #[inline]
    pub fn add(&mut self, price: Ticks, size: u64) {
        if self.weight == 0.0 {
            self.origin = price.0;
        }
        self.update((price.0 - self.origin) as f64, size);
    }

    /// Adds a bar at its typical price `(h + l + c) / 3`. The result is then one from bars.
    pub fn add_bar(&mut self, high: Ticks, low: Ticks, close: Ticks, size: u64) {
        if self.weight == 0.0 {
            self.origin = close.0;
        }
        let thirds = high.0 + low.0 + close.0 - 3 * self.origin;
        self.update(thirds as f64 / 3.0, size);
    }

    #[inline]
    fn update(&mut self, price: f64, size: u64) {
        if size == 0 {
            return;
        }
        let size = size as f64;
        self.weight += size;
        let d = price - self.mean;
        self.mean += d * size / self.weight;
        self.sum += size * d * (price - self.mean);
    }

    /// Contracts since the anchor.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Mean in ticks; `None` while empty.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then_some(self.origin as f64 + self.mean)
    }

    /// Deviation in ticks; `None` while empty.
    pub fn deviation(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| libm::sqrt((self.sum / self.weight).max(0.0)))
    }

    /// `z = (p - m) / max(sd, sd_min)`, prices in ticks.
    ///
    /// # Errors
    /// `warmup` while empty, `degenerate` without any deviation or floor.
    pub fn z(&self, price: Ticks, sd_min_ticks: i64) -> Value {
        let sd = self.deviation().ok_or(Reason::Warmup)?.max(sd_min_ticks as f64);
        if sd <= 0.0 {
            return Err(Reason::Degenerate);
        }
        Ok(((price.0 - self.origin) as f64 - self.mean) / sd)
    }

    /// Starts over at a new anchor.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_update_gives_what_two_passes_give(
            trades in prop::collection::vec((-400_i64..400, 1_u64..500), 1..200)
        ) {
            let mut vwap = Vwap::default();
            for (price, size) in &trades {
                vwap.add(Ticks(20_000 + price), *size);
            }
            let weight: f64 = trades.iter().map(|t| t.1 as f64).sum();
            let mean = trades.iter().map(|t| t.0 as f64 * t.1 as f64).sum::<f64>() / weight;
            let sum: f64 =
                trades.iter().map(|t| t.1 as f64 * (t.0 as f64 - mean).powi(2)).sum();
            prop_assert!((vwap.mean().unwrap() - 20_000.0 - mean).abs() < 1e-9);
            prop_assert!((vwap.deviation().unwrap() - (sum / weight).sqrt()).abs() < 1e-9);
        }
    }

    #[test]
    fn nothing_gives_nothing() {
        let vwap = Vwap::default();
        assert_eq!((vwap.mean(), vwap.deviation()), (None, None));
        assert_eq!(vwap.z(Ticks(1), 4), Err(Reason::Warmup));
    }
}
