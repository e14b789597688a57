//! What a scan comes to, by pattern and side.

use crate::cli::signal::scan::Row;
use crate::market::Side;
use crate::strategies::End;
use std::collections::BTreeMap;

/// From so many outcomes on a mean says anything.
pub(super) const ENOUGH: usize = 30;
/// Two-sided 95 % quantile of Student's law, 1 to 10 degrees of freedom.
const STUDENT: [f64; 10] =
    [12.706_2, 4.302_7, 3.182_4, 2.776_4, 2.570_6, 2.446_9, 2.364_6, 2.306_0, 2.262_2, 2.228_1];
/// The same quantile of the normal law.
const NORMAL: f64 = 1.959_964;

/// Signals of a pattern and side and how they ended. Open ones count in `n` alone.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Total {
    /// Signals.
    pub n: usize,
    /// First target first.
    pub target: usize,
    /// Stop first.
    pub stop: usize,
    /// Ended otherwise.
    pub other: usize,
    /// Not ended when the bars did.
    pub open: usize,
    /// Net ticks of those that ended.
    net: Vec<f64>,
}

impl Total {
    /// Adds a signal.
    pub(super) fn add(&mut self, row: &Row) {
        self.n += 1;
        match row.outcome.end {
            End::Open => {
                self.open += 1;
                return;
            }
            End::Target => self.target += 1,
            End::Stop => self.stop += 1,
            _ => self.other += 1,
        }
        self.net.push(row.outcome.net_ticks);
    }

    /// Mean net ticks of the outcomes; `None` without any.
    pub(super) fn mean(&self) -> Option<f64> {
        let n = self.net.len();
        (n > 0).then(|| self.net.iter().sum::<f64>() / n as f64)
    }

    /// The 95 % interval of the mean by Student's law, as if outcomes were independent; `None`
    /// below two.
    pub(super) fn interval(&self) -> Option<(f64, f64)> {
        let n = self.net.len();
        let mean = self.mean().filter(|_| n > 1)?;
        let squares: f64 = self.net.iter().map(|net| (net - mean) * (net - mean)).sum();
        let half = student(n - 1) * (squares / (n - 1) as f64 / n as f64).sqrt();
        Some((mean - half, mean + half))
    }

    /// Whether there are too few outcomes to say anything.
    pub(super) fn is_thin(&self) -> bool {
        self.net.len() < ENOUGH
    }
}

/// Two-sided 95 % quantile of Student's law: a table, then Fisher's expansion (error < 1e-5).
fn student(freedom: usize) -> f64 {
    if let Some(known) = freedom.checked_sub(1).and_then(|i| STUDENT.get(i)) {
        return *known;
    }
    let (v, z) = (freedom as f64, NORMAL);
    let z2 = z * z;
    let first = z * (z2 + 1.0) / 4.0;
    let second = z * (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / 96.0;
    let third = z * (3.0 * z2 * z2 * z2 + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / 384.0;
    let fourth = z
        * (79.0 * z2 * z2 * z2 * z2 + 776.0 * z2 * z2 * z2 + 1482.0 * z2 * z2
            - 1920.0 * z2
            - 945.0)
        / 92160.0;
    z + (first + (second + (third + fourth / v) / v) / v) / v
}

/// Totals by pattern and side, in the order of the patterns' names, buys first.
pub(super) fn of(rows: &[Row]) -> BTreeMap<(String, &'static str), Total> {
    let mut totals = BTreeMap::<_, Total>::new();
    for row in rows {
        let key = (row.signal.pattern.clone(), side(row.signal.side));
        totals.entry(key).or_default().add(row);
    }
    totals
}

/// A side in a word.
pub(super) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
        Side::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_student_are_those_of_the_tables() {
        for (freedom, value) in
            [(1, 12.7062), (10, 2.2281), (11, 2.2010), (20, 2.0860), (29, 2.0452), (120, 1.9799)]
        {
            assert!((student(freedom) - value).abs() < 1e-4, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn mean_and_interval_by_hand() {
        // 2, 4, 6: mean 4, sd 2, half 4.3027 * 2 / sqrt 3.
        let total = Total { n: 3, net: vec![2.0, 4.0, 6.0], ..Total::default() };
        let (low, high) = total.interval().unwrap();
        assert!((total.mean().unwrap() - 4.0).abs() < 1e-12);
        assert!((high - 4.0 - 4.9683).abs() < 1e-3 && (4.0 - low - 4.9683).abs() < 1e-3);
        assert!(total.is_thin());
        let one = Total { n: 1, net: vec![2.0], ..Total::default() };
        assert_eq!((one.interval(), Total::default().mean()), (None, None));
    }
}
