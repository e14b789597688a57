//! Bulk volume classification and VPIN: diagnostics, off by default (QUANT 1.1).
//!
//! On ES, with a nearly exact classification as the yardstick, bulk classification does worse than
//! the plain tick rule, and its VPIN adds nothing to forecasting volatility (Andersen and Bondarenko
//! 2013). They are here to be compared with what others show, not to be traded.

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Ticks;
use special::Beta;
use std::collections::VecDeque;

/// Changes of close that the deviation of the stage stands on.
const CHANGES: usize = 120;
/// Fewest of them.
const CHANGES_MIN: usize = 30;

/// The law that a bar's price change in deviations is taken to follow.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum BulkLaw {
    /// Standard normal.
    Normal,
    /// Student's t with so many degrees of freedom, above 0.
    StudentT(f64),
}

impl BulkLaw {
    /// Probability of at most `x`.
    ///
    /// # Formula
    /// Normal: `erfc(-x/sqrt 2)/2`. Student: with `y = x^2/(nu + x^2)` and the regularized incomplete
    /// beta function I, `1/2 + sign(x)/2 * I_y(1/2, nu/2)`.
    pub fn cdf(self, x: f64) -> f64 {
        match self {
            Self::Normal => libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2) / 2.0,
            Self::StudentT(nu) => {
                let (half, square) = (nu / 2.0, x * x);
                let ln_beta = 0.5_f64.ln_beta(half);
                let tail = (nu / (nu + square)).inc_beta(half, 0.5, ln_beta) / 2.0;
                let middle = (square / (nu + square)).inc_beta(0.5, half, ln_beta) / 2.0;
                // The tail where it is small, the middle where that is: no digits are lost.
                match (square > nu, x > 0.0) {
                    (true, true) => 1.0 - tail,
                    (true, false) => tail,
                    (false, true) => 0.5 + middle,
                    (false, false) => 0.5 - middle,
                }
            }
        }
    }
}

/// Share of a bar's volume that is taken for bought, 0 to 1.
///
/// # Formula
/// `F(dP/sigma)`, `dP` the change of close, `sigma` its deviation in the same unit, F the law.
///
/// # Errors
/// `degenerate` without a deviation.
pub fn bulk_share(change: f64, sigma: f64, law: BulkLaw) -> Value {
    if sigma > 0.0 { Ok(law.cdf(change / sigma)) } else { Err(Reason::Degenerate) }
}

/// Sample deviation (n - 1) of the values; `None` below two.
pub fn sample_deviation(values: impl ExactSizeIterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.len();
    if count < 2 {
        return None;
    }
    let mean = values.clone().sum::<f64>() / count as f64;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    Some(libm::sqrt(squares / (count - 1) as f64))
}

/// Buckets of equal volume and VPIN.
///
/// # Formula
/// Bars fill buckets of V contracts one after the other, a bar on the edge split in proportion.
/// `VPIN = sum over the last n whole buckets of |Vb - Vs| / (n*V)`.
#[derive(Clone, Debug)]
pub struct VolumeBuckets {
    size: u64,
    most: usize,
    filled: f64,
    bought: f64,
    /// Bought contracts of the last whole buckets.
    whole: VecDeque<f64>,
    completed: u64,
}

impl VolumeBuckets {
    /// Empty buckets of `size` contracts, of which VPIN takes the last `count`.
    pub fn new(size: u64, count: usize) -> Self {
        let (size, most) = (size.max(1), count.max(1));
        let whole = VecDeque::with_capacity(most + 1);
        Self { size, most, filled: 0.0, bought: 0.0, whole, completed: 0 }
    }

    /// Adds a bar of `volume` contracts, the share `share` of it bought.
    pub fn push(&mut self, volume: u64, share: f64) {
        let size = self.size as f64;
        let mut left = volume as f64;
        while self.filled + left >= size {
            let part = size - self.filled;
            left -= part;
            self.whole.push_back(self.bought + part * share);
            if self.whole.len() > self.most {
                self.whole.pop_front();
            }
            (self.filled, self.bought) = (0.0, 0.0);
            self.completed += 1;
        }
        self.filled += left;
        self.bought += left * share;
    }

    /// Whole buckets so far.
    pub fn completed(&self) -> u64 {
        self.completed
    }

    /// Contracts bought and sold in the newest whole bucket.
    pub fn newest(&self) -> Option<(f64, f64)> {
        self.whole.back().map(|bought| (*bought, self.size as f64 - bought))
    }

    /// VPIN, 0 to 1.
    ///
    /// # Errors
    /// `warmup` before enough whole buckets.
    pub fn vpin(&self) -> Value {
        if self.whole.len() < self.most {
            return Err(Reason::Warmup);
        }
        let size = self.size as f64;
        let off: f64 = self.whole.iter().map(|bought| (2.0 * bought - size).abs()).sum();
        Ok(off / (self.most as f64 * size))
    }
}

/// Both diagnostics over closed bars, normal law, the deviation from past bars only.
///
/// # Formula
/// `sigma` is the sample deviation of the last 120 changes of close before this bar's (at least 30).
/// The first bar after a session open has no change and counts half and half.
#[derive(Clone, Debug)]
pub struct BulkFold {
    changes: VecDeque<f64>,
    last: Option<Ticks>,
    share: Value,
    buckets: VolumeBuckets,
}

impl BulkFold {
    /// Empty, with buckets of `size` contracts, of which VPIN takes the last `count`.
    pub fn new(size: u64, count: usize) -> Self {
        Self {
            changes: VecDeque::with_capacity(CHANGES + 1),
            last: None,
            share: Err(Reason::Warmup),
            buckets: VolumeBuckets::new(size, count),
        }
    }

    /// Folds a closed bar.
    pub fn push(&mut self, close: Ticks, volume: u64) {
        let change = self.last.replace(close).map(|last| (close - last).0 as f64);
        self.share = self.classify(change);
        if let Ok(share) = self.share {
            self.buckets.push(volume, share);
        }
        if let Some(change) = change {
            if self.changes.len() == CHANGES {
                self.changes.pop_front();
            }
            self.changes.push_back(change);
        }
    }

    fn classify(&self, change: Option<f64>) -> Value {
        if self.changes.len() < CHANGES_MIN {
            return Err(Reason::Warmup);
        }
        let Some(change) = change else { return Ok(0.5) };
        let sigma = sample_deviation(self.changes.iter().copied()).ok_or(Reason::Warmup)?;
        bulk_share(change, sigma, BulkLaw::Normal)
    }

    /// Globex opens: the step over the break is no bar's change.
    pub fn open(&mut self) {
        self.last = None;
    }

    /// Buyers' less sellers' share of the last closed bar, -1 to 1.
    ///
    /// # Errors
    /// `warmup`, or `degenerate` where closes do not move.
    pub fn imbalance(&self) -> Value {
        self.share.map(|share| 2.0 * share - 1.0)
    }

    /// VPIN, 0 to 1.
    ///
    /// # Errors
    /// `warmup`.
    pub fn vpin(&self) -> Value {
        self.buckets.vpin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn laws_are_known_at_known_points() {
        // One degree of freedom is Cauchy's law, two have a closed form.
        for x in [-40.0, -3.0, -1.0, -0.2, 0.0, 0.1, 1.0, 2.5, 900.0_f64] {
            let cauchy = 0.5 + libm::atan(x) / std::f64::consts::PI;
            let two = 0.5 + x / (2.0 * libm::sqrt(2.0 + x * x));
            let (one_off, two_off) =
                (BulkLaw::StudentT(1.0).cdf(x) - cauchy, BulkLaw::StudentT(2.0).cdf(x) - two);
            assert!(one_off.abs() < 1e-13 && two_off.abs() < 1e-13, "{x}: {one_off:e} {two_off:e}");
        }
        assert!((BulkLaw::Normal.cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert_eq!(BulkLaw::Normal.cdf(0.0).to_bits(), 0.5_f64.to_bits());
    }

    #[test]
    fn the_deviation_of_a_bar_comes_from_the_bars_before_it() {
        let mut fold = BulkFold::new(100, 2);
        for i in 0..=CHANGES_MIN as i64 {
            fold.push(Ticks(i % 2), 10);
            assert_eq!((fold.imbalance(), fold.vpin()), (Err(Reason::Warmup), Err(Reason::Warmup)));
        }
        let before: Vec<f64> = fold.changes.iter().copied().collect();
        fold.push(Ticks(40), 150);
        let sigma = sample_deviation(before.into_iter()).unwrap();
        let expected = 2.0 * BulkLaw::Normal.cdf(40.0 / sigma) - 1.0;
        assert_eq!(fold.imbalance(), Ok(expected));
        fold.open();
        fold.push(Ticks(900), 50);
        assert_eq!(fold.imbalance(), Ok(0.0));
        assert_eq!(fold.buckets.completed(), 2);
        // All of the first bucket and half of the second are bought, the other half is half and half.
        let off = (100.0 * expected + 50.0 * expected) / 200.0;
        assert!((fold.vpin().unwrap() - off).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn buckets_hold_every_contract_and_the_mirror_has_the_same_vpin(
            bars in prop::collection::vec((1_u64..700, 0.0_f64..1.0), 1..60)
        ) {
            let mut buckets = VolumeBuckets::new(250, 4);
            let mut mirror = VolumeBuckets::new(250, 4);
            for (volume, share) in &bars {
                buckets.push(*volume, *share);
                mirror.push(*volume, 1.0 - share);
            }
            let volume: u64 = bars.iter().map(|bar| bar.0).sum();
            prop_assert_eq!(buckets.completed(), volume / 250);
            match (buckets.vpin(), mirror.vpin()) {
                (Ok(one), Ok(two)) => {
                    prop_assert!((one - two).abs() < 1e-9 && (0.0..=1.0 + 1e-9).contains(&one));
                }
                (one, two) => prop_assert_eq!(one, two),
            }
        }
    }
}
