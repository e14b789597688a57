//! Delta imbalance and the z-score of cumulative delta (QUANT 1.3, features 1 and 2).

use crate::features::moments::EwSums;
use crate::features::reason::Reason;
use crate::features::reason::Value;

/// Half-life of the scale, minutes of regular hours.
const HALF_LIFE_MIN: f64 = 60.0;
/// Least samples of the scale.
const SAMPLES_MIN: u64 = 30;
/// Greatest magnitude of the z-score.
const CLIP: f64 = 6.0;

/// `of_delta_imb`.
///
/// # Formula
/// `(B - S)/(B + S)` in [-1, 1]; `no_volume` below `min_volume` contracts.
///
/// # Errors
/// `no_volume`.
pub fn delta_imbalance(buy: u64, sell: u64, min_volume: u64) -> Value {
    let volume = buy + sell;
    if volume < min_volume.max(1) {
        return Err(Reason::NoVolume);
    }
    Ok((buy as f64 - sell as f64) / volume as f64)
}

/// Scale of the change of cumulative delta over 300 s.
///
/// # Formula
/// `z = D/s`, `s` the exponentially weighted root mean square of `D` sampled each minute of regular
/// hours, half-life 60 min, the current sample excluded.
#[derive(Clone, Debug)]
pub struct DeltaScale {
    squares: EwSums<1>,
}

impl Default for DeltaScale {
    fn default() -> Self {
        Self { squares: EwSums::new(HALF_LIFE_MIN) }
    }
}

impl DeltaScale {
    /// `of_cvd_z` of a change `delta`, contracts.
    ///
    /// # Errors
    /// `warmup` before 30 samples, `degenerate` at a scale of 0.
    pub fn z(&self, delta: i64) -> Value {
        if self.squares.count() < SAMPLES_MIN {
            return Err(Reason::Warmup);
        }
        let scale = libm::sqrt(self.squares.sums()[0] / self.squares.weight());
        if scale <= 0.0 {
            return Err(Reason::Degenerate);
        }
        Ok((delta as f64 / scale).clamp(-CLIP, CLIP))
    }

    /// Takes a sample at regular-hours time `at`, microseconds; after the output of its moment.
    pub fn sample(&mut self, at: i64, delta: i64) {
        self.squares.add(at, [(delta as f64) * (delta as f64)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imbalance_is_signed_and_needs_volume() {
        assert_eq!(delta_imbalance(60, 20, 50), Ok(0.5));
        assert_eq!(delta_imbalance(20, 60, 50), Ok(-0.5));
        assert_eq!(delta_imbalance(30, 19, 50), Err(Reason::NoVolume));
        assert_eq!(delta_imbalance(0, 0, 0), Err(Reason::NoVolume));
    }

    #[test]
    fn z_warms_up_is_clipped_and_excludes_the_current_sample() {
        let mut scale = DeltaScale::default();
        for minute in 0..30 {
            assert_eq!(scale.z(5), Err(Reason::Warmup));
            scale.sample(minute * 60_000_000, if minute % 2 == 0 { 10 } else { -10 });
        }
        assert!((scale.z(-5).unwrap() + 0.5).abs() < 1e-12);
        assert_eq!(scale.z(1000), Ok(6.0));
        let mut still = DeltaScale::default();
        for minute in 0..30 {
            still.sample(minute, 0);
        }
        assert_eq!(still.z(1), Err(Reason::Degenerate));
    }
}
