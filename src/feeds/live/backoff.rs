//! Pauses between attempts to connect.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_chacha::rand_core::SeedableRng;

/// Longest pause before jitter, microseconds.
const LONGEST_US: i64 = 30_000_000;
/// Health after which the pauses start over, microseconds.
pub(super) const HEALTH_US: i64 = 60_000_000;

/// 1, 2, 4 ... 30 seconds, each 20 % longer or shorter at random, so that many programs do not
/// come back at the same moment.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    random: ChaCha8Rng,
    failures: u32,
}

impl Backoff {
    /// No failure so far.
    pub fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), failures: 0 }
    }

    /// Failures since the last healthy minute.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Notes a failure; the pause before the next attempt, microseconds.
    pub fn failed(&mut self) -> i64 {
        let base = 1_000_000_i64.checked_shl(self.failures.min(20)).unwrap_or(LONGEST_US);
        self.failures = self.failures.saturating_add(1);
        let base = base.min(LONGEST_US);
        let unit = (self.random.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0);
        base + (base as f64 * (0.4 * unit - 0.2)) as i64
    }

    /// Notes a healthy minute.
    pub const fn healthy(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pauses_double_up_to_half_a_minute(seed in any::<u64>()) {
            let mut backoff = Backoff::new(seed);
            for seconds in [1, 2, 4, 8, 16, 30, 30, 30] {
                let pause = backoff.failed();
                prop_assert!((800_000 * seconds..=1_200_000 * seconds).contains(&pause), "{}", pause);
            }
            prop_assert_eq!(backoff.failures(), 8);
            backoff.healthy();
            prop_assert!(backoff.failed() <= 1_200_000);
        }
    }

    #[test]
    fn two_programs_do_not_come_back_together() {
        let pauses = |seed| (0..8).map(|_| 0).scan(Backoff::new(seed), |b, _| Some(b.failed()));
        assert_ne!(pauses(1).collect::<Vec<_>>(), pauses(2).collect::<Vec<_>>());
    }
}
