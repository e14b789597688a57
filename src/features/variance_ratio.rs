//! Lo and MacKinlay's variance ratio of the closes: a diagnostic (QUANT 4).

use crate::features::reason::Reason;
use crate::market::Ticks;
use std::collections::VecDeque;

/// The ratio at a lag, and how far it is from 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Variance {
    /// Variance of changes over `q` closes against `q` times that of single changes: 1 on a random
    /// walk, above 1 where changes go on, below where they come back.
    pub ratio: f64,
    /// Standard score under changes of equal variance.
    pub z: f64,
    /// Standard score that allows for variance that comes and goes.
    pub z_robust: f64,
}

/// The logarithms of the last closes.
///
/// # Formula
/// `r` the changes of log close, `T` of them, `m` their mean, `d = r - m`.
/// `VR(q) = sum(r_t + .. + r_{t-q+1} - q*m)^2 / (q*(T-q+1)*(1-q/T)) / (sum d^2/(T-1))`, overlapping
/// and without bias. `z = (VR-1)/sqrt(2(2q-1)(q-1)/(3qT))`; `z* = (VR-1)/sqrt(sum over j < q of
/// (2(q-j)/q)^2 * D_j)`, `D_j = sum d_t^2 d_{t-j}^2/(sum d^2)^2` (Lo and MacKinlay 1988).
#[derive(Clone, Debug)]
pub struct VarianceRatio {
    changes: VecDeque<f64>,
    last: Option<f64>,
    bars: usize,
}

impl VarianceRatio {
    /// Empty, over `bars` changes of close.
    pub fn new(bars: usize) -> Self {
        Self { changes: VecDeque::with_capacity(bars + 1), last: None, bars: bars.max(2) }
    }

    /// Adds a close. One at or below 0 has no logarithm: the window starts over after it.
    pub fn push(&mut self, close: Ticks) {
        if close.0 <= 0 {
            return self.clear();
        }
        let log = libm::log(close.0 as f64);
        if let Some(last) = self.last.replace(log) {
            if self.changes.len() == self.bars {
                self.changes.pop_front();
            }
            self.changes.push_back(log - last);
        }
    }

    /// The ratio at lag `q`.
    ///
    /// # Errors
    /// `warmup` while the window fills, `degenerate` where no close changed, or for a lag that the
    /// window does not hold.
    pub fn value(&self, q: usize) -> Result<Variance, Reason> {
        let count = self.changes.len();
        if count < self.bars {
            return Err(Reason::Warmup);
        }
        if q < 2 || q >= count {
            return Err(Reason::Degenerate);
        }
        let (t, lag) = (count as f64, q as f64);
        let mean = self.changes.iter().sum::<f64>() / t;
        let squares: f64 = self.changes.iter().map(|r| (r - mean) * (r - mean)).sum();
        if squares <= 0.0 {
            return Err(Reason::Degenerate);
        }
        let window = |start: usize| self.changes.range(start..start + q).sum::<f64>() - lag * mean;
        let long: f64 = (0..=count - q).map(|start| window(start) * window(start)).sum();
        let long = long / (lag * (t - lag + 1.0) * (1.0 - lag / t));
        let ratio = long / (squares / (t - 1.0));
        let spread = 2.0 * (2.0 * lag - 1.0) * (lag - 1.0) / (3.0 * lag * t);
        let robust: f64 = (1..q)
            .map(|j| {
                let weight = 2.0 * (lag - j as f64) / lag;
                weight * weight * self.products(j, mean) / (squares * squares)
            })
            .sum();
        if robust <= 0.0 {
            return Err(Reason::Degenerate);
        }
        let off = ratio - 1.0;
        Ok(Variance { ratio, z: off / libm::sqrt(spread), z_robust: off / libm::sqrt(robust) })
    }

    /// Sum of `d_t^2 d_{t-j}^2`.
    fn products(&self, j: usize, mean: f64) -> f64 {
        let squared = |r: &f64| (r - mean) * (r - mean);
        self.changes.iter().skip(j).zip(&self.changes).map(|(a, b)| squared(a) * squared(b)).sum()
    }

    /// Starts over: at a session open.
    pub fn clear(&mut self) {
        self.changes.clear();
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(closes: &[i64], bars: usize, q: usize) -> Result<Variance, Reason> {
        let mut ratio = VarianceRatio::new(bars);
        for close in closes {
            ratio.push(Ticks(*close));
        }
        ratio.value(q)
    }

    #[test]
    fn prices_that_go_back_and_forth_are_below_one_and_trends_above() {
        let zigzag: Vec<_> = (0..61).map(|i| 20_000 + 4 * (i % 2)).collect();
        let waves: Vec<_> = (0..61_i64)
            .map(|i| 20_000 + if i / 10 % 2 == 0 { i % 10 } else { 10 - i % 10 })
            .collect();
        let (back, forth) = (of(&zigzag, 60, 4).unwrap(), of(&waves, 60, 4).unwrap());
        assert!(back.ratio < 0.1 && back.z < -3.0 && back.z_robust < 0.0, "{back:?}");
        assert!(forth.ratio > 2.0 && forth.z > 3.0 && forth.z_robust > 3.0, "{forth:?}");
    }

    #[test]
    fn it_warms_up_and_is_degenerate_without_change_or_room() {
        assert_eq!(of(&[20_000; 60], 60, 4), Err(Reason::Warmup));
        assert_eq!(of(&[20_000; 61], 60, 4), Err(Reason::Degenerate));
        let walk: Vec<_> = (0..9).map(|i| 20_000 + (i * i) % 7).collect();
        assert_eq!(of(&walk, 8, 8), Err(Reason::Degenerate));
        assert_eq!(of(&walk, 8, 1), Err(Reason::Degenerate));
        assert!(of(&walk, 8, 2).is_ok());
        // A price without a logarithm starts the window over.
        let broken: Vec<_> = walk.iter().copied().chain([0, 20_000, 20_001]).collect();
        assert_eq!(of(&broken, 8, 2), Err(Reason::Warmup));
    }

    #[test]
    fn only_the_last_closes_count() {
        let long: Vec<_> = (0..200_i64).map(|i| 20_000 + (i * i * 7) % 31).collect();
        assert_eq!(of(&long, 40, 4), of(&long[200 - 41..], 40, 4));
    }
}
