//! Exponentially weighted sums over irregular times (QUANT 0.6).

/// Sums of `N` quantities and of the weights.
///
/// # Formula
/// `A <- A*exp(-dt/tau) + x`, `tau = half_life/ln 2`, with the true `dt` on the caller's time axis
/// (regular-hours time). Read first, update after: the estimate then excludes the current value.
#[derive(Clone, Copy, Debug)]
pub struct EwSums<const N: usize> {
    sums: [f64; N],
    weight: f64,
    count: u64,
    last: Option<i64>,
    tau_us: f64,
}

impl<const N: usize> EwSums<N> {
    /// Empty sums with a half-life in minutes.
    pub fn new(half_life_min: f64) -> Self {
        let tau_us = half_life_min * 60e6 / std::f64::consts::LN_2;
        Self { sums: [0.0; N], weight: 0.0, count: 0, last: None, tau_us }
    }

    /// Adds the values observed at `at`, microseconds.
    pub fn add(&mut self, at: i64, values: [f64; N]) {
        let elapsed = self.last.map_or(0, |last| (at - last).max(0));
        let decay = libm::exp(-(elapsed as f64) / self.tau_us);
        for (sum, value) in self.sums.iter_mut().zip(values) {
            *sum = *sum * decay + value;
        }
        self.weight = self.weight * decay + 1.0;
        self.count += 1;
        self.last = Some(at);
    }

    /// The weighted sums.
    pub fn sums(&self) -> [f64; N] {
        self.sums
    }

    /// Sum of the weights.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Values added.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// Median of the values; the mean of the middle two of an even count; `None` of none.
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_weighs_half_after_its_half_life() {
        let mut sums = EwSums::<1>::new(30.0);
        sums.add(0, [8.0]);
        sums.add(30 * 60_000_000, [1.0]);
        assert!((sums.sums()[0] - 5.0).abs() < 1e-12);
        assert!((sums.weight() - 1.5).abs() < 1e-12);
        assert_eq!(sums.count(), 2);
    }

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
