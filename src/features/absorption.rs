//! Absorption: price that held better than the flow explains (QUANT 1.3, feature 5).

use crate::features::moments::EwSums;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use std::collections::VecDeque;

/// Length of a bin, microseconds.
pub const BIN: i64 = 30_000_000;
/// Half-life of the regression, minutes of regular hours.
const HALF_LIFE_MIN: f64 = 30.0;
/// Bins behind the quantile of the flow.
const BINS_MAX: usize = 240;
/// Least bins.
const BINS_MIN: usize = 40;
/// Greatest magnitude.
const CLIP: f64 = 5.0;
/// Residual variance below this share of the variance of the price is rounding, not a residual.
const RESIDUAL_MIN: f64 = 1e-12;

/// Regression of the change of the mid on signed volume over past 30 s bins.
///
/// # Formula
/// `r = dm - lam*q`, `lam = S_qm/S_qq`, `s_r = sqrt((S_mm - S_qm^2/S_qq)/S_w)`; value `r/s_r` where
/// `|q|` reaches the 0.80 quantile of `|q|` of the last 240 bins, else 0. `q` contracts, `dm` ticks.
/// The sums are exponentially weighted (half-life 30 min of regular hours) over bins aligned to the
/// regular open. Positive: sellers were absorbed.
#[derive(Clone, Debug)]
pub struct Absorption {
    sums: EwSums<3>,
    order: VecDeque<u64>,
    sorted: Vec<u64>,
    quantile: u64,
}

impl Default for Absorption {
    fn default() -> Self {
        Self {
            sums: EwSums::new(HALF_LIFE_MIN),
            order: VecDeque::with_capacity(BINS_MAX),
            sorted: Vec::with_capacity(BINS_MAX),
            quantile: 0,
        }
    }
}

impl Absorption {
    /// `of_absorption` of a window with signed volume `q` (contracts) and price change `dm` (ticks).
    ///
    /// # Errors
    /// `warmup` before 40 bins, `degenerate` without a residual.
    pub fn value(&self, q: i64, dm: f64) -> Value {
        if self.order.len() < BINS_MIN {
            return Err(Reason::Warmup);
        }
        let [qq, qm, mm] = self.sums.sums();
        let residual = mm - qm * qm / qq;
        if qq <= 0.0 || residual.is_nan() || residual <= RESIDUAL_MIN * mm {
            return Err(Reason::Degenerate);
        }
        if q.unsigned_abs() < self.quantile {
            return Ok(0.0);
        }
        let scale = libm::sqrt(residual / self.sums.weight());
        Ok(((dm - qm / qq * q as f64) / scale).clamp(-CLIP, CLIP))
    }

    /// Takes a closed bin at regular-hours time `at`; after the output of its moment.
    pub fn sample(&mut self, at: i64, q: i64, dm: f64) {
        let flow = q as f64;
        self.sums.add(at, [flow * flow, flow * dm, dm * dm]);
        if self.order.len() == BINS_MAX
            && let Some(old) = self.order.pop_front()
        {
            let place = self.sorted.partition_point(|x| *x < old);
            self.sorted.remove(place);
        }
        let size = q.unsigned_abs();
        self.order.push_back(size);
        self.sorted.insert(self.sorted.partition_point(|x| *x < size), size);
        // Nearest rank: the smallest value with at least ceil(0.8 n) values at or below it.
        self.quantile = self.sorted[(self.sorted.len() * 4).div_ceil(5) - 1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trained() -> Absorption {
        let mut absorption = Absorption::default();
        for i in 0_i64..60 {
            let q = (i * 37 % 41) - 20;
            let noise = if i % 2 == 0 { 0.5 } else { -0.5 };
            absorption.sample(i * BIN, q * 10, q as f64 * 0.4 + noise);
        }
        absorption
    }

    #[test]
    fn it_warms_up_over_forty_bins() {
        let mut absorption = Absorption::default();
        for i in 0..40 {
            assert_eq!(absorption.value(1000, 0.0), Err(Reason::Warmup));
            absorption.sample(i * BIN, 10 * (i % 7 - 3), (i % 5) as f64);
        }
        assert!(absorption.value(1000, 0.0).is_ok());
    }

    #[test]
    fn heavy_selling_that_moves_nothing_is_positive_and_light_flow_is_zero() {
        let absorption = trained();
        assert_eq!(absorption.value(-200, 0.0), Ok(5.0));
        assert_eq!(absorption.value(200, 0.0), Ok(-5.0));
        assert_eq!(absorption.value(10, 3.0), Ok(0.0));
        let explained = absorption.value(-200, -8.0).unwrap();
        assert!(explained.abs() < 0.5, "{explained}");
    }

    #[test]
    fn the_quantile_is_the_nearest_rank_over_the_last_bins() {
        let mut absorption = Absorption::default();
        for i in 1..=500_i64 {
            absorption.sample(i * BIN, i, 0.0);
        }
        // 261 to 500: rank 192 is 452.
        assert_eq!(absorption.quantile, 452);
        assert_eq!(absorption.sorted.len(), 240);
    }

    #[test]
    fn a_perfect_line_has_no_residual() {
        let mut absorption = Absorption::default();
        for i in 0..60 {
            absorption.sample(i * BIN, i - 30, (i - 30) as f64 * 0.25);
        }
        assert_eq!(absorption.value(30, 0.0), Err(Reason::Degenerate));
    }
}
