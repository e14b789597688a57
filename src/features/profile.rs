//! Volume profile: point of control and value area (QUANT 2.1).

use crate::config::ProfileSettings;
use crate::config::VaTie;
use crate::features::grid::PriceRows;
use crate::market::Ticks;

/// Point of control, value area and the volumes behind them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ValueArea {
    /// Row of the greatest volume.
    pub poc: Ticks,
    /// Highest row of the value area.
    pub vah: Ticks,
    /// Lowest row of the value area.
    pub val: Ticks,
    /// Contracts in the value area.
    pub volume: u64,
    /// Contracts in the profile.
    pub total: u64,
}

/// Volume by price, rows of one tick.
///
/// # Formula
/// POC: row of greatest volume; tie: nearest to the middle of low and high; still tied: the lower.
/// Value area: from the POC take the larger of the next `va_rows` rows above and below whole until
/// `100 * cum >= va_pct * total` (whole numbers); equal: `va_tie`; an exhausted side is never taken.
#[derive(Clone, Debug, Default)]
pub struct VolumeProfile {
    rows: PriceRows<u64>,
    total: u64,
    best: u64,
    best_row: i64,
    tied: bool,
}

impl VolumeProfile {
    /// Whether a trade at `price` keeps the profile within its bounds.
    #[inline]
    pub fn fits(&self, price: Ticks) -> bool {
        self.rows.fits(price)
    }

    /// Adds `size` contracts at `price`.
    #[inline]
    pub fn add(&mut self, price: Ticks, size: u64) {
        let row = self.rows.row_mut(price);
        *row += size;
        let volume = *row;
        self.total += size;
        if volume > self.best {
            (self.best, self.best_row, self.tied) = (volume, price.0, false);
        } else if volume == self.best && price.0 != self.best_row {
            self.tied = true;
        }
    }

    /// Spreads the volume of a bar evenly over its range; what does not divide goes to the middle
    /// rows. The profile is then one from bars.
    pub fn add_spread(&mut self, low: Ticks, high: Ticks, volume: u64) {
        let count = (high.0 - low.0 + 1) as u64;
        let (each, rest) = (volume / count, volume % count);
        let first = (count - rest) / 2;
        for i in 0..count {
            let extra = u64::from(i >= first && i < first + rest);
            if each + extra > 0 {
                self.add(Ticks(low.0 + i as i64), each + extra);
            }
        }
    }

    /// Contracts in the profile.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Lowest and highest price.
    pub fn span(&self) -> Option<(Ticks, Ticks)> {
        self.rows.span()
    }

    /// The rows from low to high.
    pub fn rows(&self) -> &[u64] {
        self.rows.used()
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        (self.total, self.best, self.best_row, self.tied) = (0, 0, 0, false);
    }

    /// Point of control.
    pub fn poc(&self) -> Option<Ticks> {
        let (low, high) = self.rows.span()?;
        if !self.tied {
            return Some(Ticks(self.best_row));
        }
        // Twice the distance to the middle, so that it is a whole number.
        let off = |price: i64| (2 * price - low.0 - high.0).abs();
        let rows = self.rows.used().iter().enumerate();
        rows.filter(|(_, volume)| **volume == self.best)
            .map(|(i, _)| low.0 + i as i64)
            .min_by_key(|price| (off(*price), *price))
            .map(Ticks)
    }

    /// Point of control and value area; `None` while empty.
    pub fn value_area(&self, settings: &ProfileSettings) -> Option<ValueArea> {
        let (low, _) = self.rows.span()?;
        let rows = self.rows.used();
        let poc = self.poc()?;
        let (mut bottom, mut top) = ((poc.0 - low.0) as usize, (poc.0 - low.0) as usize);
        let mut volume = rows[bottom];
        let enough = u128::from(self.total) * u128::from(settings.va_pct);
        while u128::from(volume) * 100 < enough && (bottom > 0 || top + 1 < rows.len()) {
            let above = &rows[top + 1..(top + 1 + settings.va_rows.max(1)).min(rows.len())];
            let below = &rows[bottom.saturating_sub(settings.va_rows.max(1))..bottom];
            let (up, down) = (above.iter().sum::<u64>(), below.iter().sum::<u64>());
            let upward = match (above.is_empty(), below.is_empty()) {
                (true, _) => false,
                (false, true) => true,
                (false, false) => up > down || (up == down && settings.va_tie == VaTie::Up),
            };
            if upward {
                (volume, top) = (volume + up, top + above.len());
            } else {
                (volume, bottom) = (volume + down, bottom - below.len());
            }
        }
        let price = |row: usize| Ticks(low.0 + row as i64);
        Some(ValueArea { poc, vah: price(top), val: price(bottom), volume, total: self.total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bar_is_spread_whole_and_about_evenly() {
        let mut profile = VolumeProfile::default();
        profile.add_spread(Ticks(10), Ticks(14), 23);
        assert_eq!(profile.rows(), [4, 5, 5, 5, 4]);
        profile.clear();
        profile.add_spread(Ticks(10), Ticks(10), 7);
        assert_eq!(profile.rows(), [7]);
        assert_eq!(profile.total(), 7);
    }

    proptest! {
        #[test]
        fn the_incremental_poc_is_the_scanned_one(
            adds in prop::collection::vec((0_i64..12, 1_u64..4), 1..60)
        ) {
            let mut profile = VolumeProfile::default();
            for (price, size) in adds {
                profile.add(Ticks(price), size);
                let best = *profile.rows().iter().max().unwrap();
                let (low, high) = profile.span().unwrap();
                let scanned = (low.0..=high.0)
                    .filter(|p| profile.rows()[(p - low.0) as usize] == best)
                    .min_by_key(|p| ((2 * p - low.0 - high.0).abs(), *p));
                prop_assert_eq!(profile.poc().map(|t| t.0), scanned);
            }
        }

        #[test]
        fn the_value_area_holds_its_share_and_no_whole_step_too_much(
            adds in prop::collection::vec((0_i64..40, 1_u64..50), 1..60)
        ) {
            let settings = ProfileSettings::default();
            let mut profile = VolumeProfile::default();
            for (price, size) in adds {
                profile.add(Ticks(price), size);
            }
            let area = profile.value_area(&settings).unwrap();
            prop_assert!(area.volume * 100 >= area.total * 70);
            prop_assert!(area.val <= area.poc && area.poc <= area.vah);
            let low = profile.span().unwrap().0.0;
            let inside: u64 = profile.rows()[(area.val.0 - low) as usize..=(area.vah.0 - low) as usize].iter().sum();
            prop_assert_eq!(inside, area.volume);
        }
    }
}
