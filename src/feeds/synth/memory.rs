//! What the generator remembers of its own tape: the profile and the VWAP of regular hours.

/// Volume by price of one regular session, in ticks (QUANT 2.1).
#[derive(Clone, Debug, Default)]
pub struct OwnProfile {
    low: i64,
    rows: Vec<u64>,
}

/// Point of control and value area, ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ValueArea {
    /// Price of the greatest volume.
    pub poc: i64,
    /// Upper end of the value area.
    pub high: i64,
    /// Lower end.
    pub low: i64,
}

impl OwnProfile {
    /// Adds a trade.
    #[inline]
    pub fn add(&mut self, px: i64, size: u64) {
        if self.rows.is_empty() {
            self.low = px;
        }
        if px < self.low {
            let more = (self.low - px) as usize;
            self.rows.splice(0..0, std::iter::repeat_n(0, more));
            self.low = px;
        }
        let index = (px - self.low) as usize;
        if index >= self.rows.len() {
            self.rows.resize(index + 1, 0);
        }
        self.rows[index] += size;
    }

    /// The value area of 70 %, two rows at a time, ties upward; `None` without trades.
    pub fn value_area(&self) -> Option<ValueArea> {
        let most = *self.rows.iter().max()?;
        let top = self.rows.len() - 1;
        // Nearest to the middle of the range, then the lower price: twice the distance, in integers.
        let poc = (0..=top)
            .filter(|i| self.rows[*i] == most)
            .min_by_key(|i| ((2 * i).abs_diff(top), *i))?;
        let total: u64 = self.rows.iter().sum();
        let (mut from, mut to, mut sum) = (poc, poc, self.rows[poc]);
        while sum * 10 < total * 7 {
            let above: u64 = self.rows[to + 1..(to + 3).min(top + 1)].iter().sum();
            let below: u64 = self.rows[from.saturating_sub(2)..from].iter().sum();
            if to < top && (above >= below || from == 0) {
                to = (to + 2).min(top);
                sum += above;
            } else {
                from = from.saturating_sub(2);
                sum += below;
            }
        }
        let px = |index: usize| self.low + index as i64;
        Some(ValueArea { poc: px(poc), high: px(to), low: px(from) })
    }
}

/// Volume-weighted mean and deviation since the regular open, ticks (QUANT 2.2).
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnVwap {
    weight: f64,
    mean: f64,
    squares: f64,
}

impl OwnVwap {
    /// Adds a trade.
    #[inline]
    pub fn add(&mut self, px: i64, size: u64) {
        let (p, q) = (px as f64, size as f64);
        self.weight += q;
        let d = p - self.mean;
        self.mean += d * q / self.weight;
        self.squares += q * d * (p - self.mean);
    }

    /// Mean and deviation; `None` before the first trade.
    pub fn bands(&self) -> Option<(f64, f64)> {
        (self.weight > 0.0).then(|| (self.mean, (self.squares / self.weight).max(0.0).sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_area_takes_pairs_of_rows() {
        let mut profile = OwnProfile::default();
        for (px, size) in [(10, 5), (11, 20), (12, 50), (13, 60), (14, 30), (15, 10), (9, 1)] {
            profile.add(px, size);
        }
        // From 13: above 30+10, below 50+20, so 11 and 12; 130 of 176 are 70 % or more.
        assert_eq!(profile.value_area(), Some(ValueArea { poc: 13, high: 13, low: 11 }));
        assert_eq!(OwnProfile::default().value_area(), None);
    }

    #[test]
    fn the_vwap_is_the_weighted_mean() {
        let mut vwap = OwnVwap::default();
        for (px, size) in [(10, 1), (20, 3)] {
            vwap.add(px, size);
        }
        let (mean, sd) = vwap.bands().unwrap();
        assert!((mean - 17.5).abs() < 1e-12 && (sd * sd - 18.75).abs() < 1e-12);
    }
}
