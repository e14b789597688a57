//! How the daily results of one contract scatter (QUANT 6.1).

use crate::wire::DailyStats;
use crate::wire::Num;

/// Sessions after which a result counts half.
const HALF_LIFE: f64 = 20.0;

/// A trade closed with `ticks` a contract, after fees.
pub(super) fn add(stats: &mut Option<DailyStats>, ticks: f64) {
    stats.get_or_insert_default().today.0 += ticks;
}

/// The session ends: its result, nothing where nothing was traded, becomes one of the past.
pub(super) fn turn(stats: &mut Option<DailyStats>) {
    let stats = stats.get_or_insert_default();
    let keep = libm::exp2(-1.0 / HALF_LIFE);
    let today = std::mem::take(&mut stats.today.0);
    stats.n += 1;
    stats.w = Num(keep * stats.w.0 + 1.0);
    stats.x = Num(keep * stats.x.0 + today);
    stats.x2 = Num(keep * stats.x2.0 + today * today);
}

/// Standard deviation of the daily net P&L of one contract, ticks: exponentially weighted with a
/// half-life of 20 sessions, about the mean of the same weights, the session at hand left out.
/// `None` before the first session's end and where no result differs from the others.
pub fn daily_sd(stats: &DailyStats) -> Option<f64> {
    if stats.w.0 <= 0.0 {
        return None;
    }
    let mean = stats.x.0 / stats.w.0;
    let variance = stats.x2.0 / stats.w.0 - mean * mean;
    (variance > 0.0).then(|| variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_result_of_twenty_sessions_ago_counts_half() {
        let mut stats = None;
        add(&mut stats, 8.0);
        turn(&mut stats);
        (0..20).for_each(|_| turn(&mut stats));
        let stats = stats.unwrap();
        assert_eq!(stats.n, 21);
        assert!((stats.x.0 - 4.0).abs() < 1e-12 && (stats.x2.0 - 32.0).abs() < 1e-11);
    }

    #[test]
    fn without_results_that_differ_nothing_scatters() {
        assert_eq!(daily_sd(&DailyStats::default()), None);
        let mut stats = None;
        (0..30).for_each(|_| turn(&mut stats));
        assert_eq!(daily_sd(&stats.unwrap()), None);
    }

    proptest! {
        #[test]
        fn the_sums_are_those_of_the_weights(days in prop::collection::vec(-400.0_f64..400.0, 2..80)) {
            let mut stats = None;
            for day in &days {
                // Two trades of one day are one result.
                add(&mut stats, day / 2.0);
                add(&mut stats, day / 2.0);
                turn(&mut stats);
            }
            let weight = |age: usize| 0.5_f64.powf(age as f64 / 20.0);
            let weighted = |f: &dyn Fn(f64) -> f64| -> f64 {
                days.iter().rev().enumerate().map(|(age, day)| weight(age) * f(*day)).sum()
            };
            let total = weighted(&|_| 1.0);
            let mean = weighted(&|x| x) / total;
            let expected = (weighted(&|x| (x - mean).powi(2)) / total).sqrt();
            let sd = daily_sd(&stats.unwrap()).unwrap_or(0.0);
            prop_assert!((sd - expected).abs() < 1e-6 * expected.max(1.0), "{sd} is not {expected}");
        }
    }
}
