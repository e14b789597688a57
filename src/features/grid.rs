//! Rows by price: a vector by tick offset that grows both ways.

use crate::market::Ticks;

/// Rows added at once when the vector grows.
const MARGIN: i64 = 64;

/// Something for each tick of a price range. Constant time; memory is bounded by [`PriceRows::MAX`].
#[derive(Clone, Debug, Default)]
pub struct PriceRows<T> {
    base: i64,
    rows: Vec<T>,
    span: Option<(i64, i64)>,
}

impl<T: Copy + Default> PriceRows<T> {
    /// Greatest number of rows: 16,384 points of ES.
    pub const MAX: i64 = 65_536;

    /// Whether a row at `price` keeps the range within [`PriceRows::MAX`].
    #[inline]
    pub fn fits(&self, price: Ticks) -> bool {
        match self.span {
            Some((low, high)) if price.0 < low || price.0 > high => {
                high.max(price.0).saturating_sub(low.min(price.0)) < Self::MAX
            }
            _ => true,
        }
    }

    /// The row at `price`, made if new; the caller has asked [`PriceRows::fits`].
    #[inline]
    pub fn row_mut(&mut self, price: Ticks) -> &mut T {
        let price = price.0;
        match &mut self.span {
            Some((low, high)) => {
                *low = price.min(*low);
                *high = price.max(*high);
            }
            None => self.span = Some((price, price)),
        }
        let at = price.wrapping_sub(self.base);
        if at < 0 || at >= self.rows.len() as i64 {
            self.grow(price);
        }
        &mut self.rows[(price - self.base) as usize]
    }

    #[cold]
    fn grow(&mut self, price: i64) {
        let (low, high) = self.span.unwrap_or((price, price));
        let mut rows = vec![T::default(); (high - low + 1 + 2 * MARGIN) as usize];
        let base = low - MARGIN;
        for (i, row) in self.rows.iter().enumerate() {
            let at = self.base + i as i64;
            if (low..=high).contains(&at) {
                rows[(at - base) as usize] = *row;
            }
        }
        (self.base, self.rows) = (base, rows);
    }

    /// Lowest and highest row used.
    #[inline]
    pub fn span(&self) -> Option<(Ticks, Ticks)> {
        self.span.map(|(low, high)| (Ticks(low), Ticks(high)))
    }

    /// The rows from lowest to highest used, gaps as defaults.
    pub fn used(&self) -> &[T] {
        match self.span {
            Some((low, high)) => {
                &self.rows[(low - self.base) as usize..=(high - self.base) as usize]
            }
            None => &[],
        }
    }

    /// Forgets every row, keeps the memory.
    pub fn clear(&mut self) {
        if let Some((low, high)) = self.span.take() {
            self.rows[(low - self.base) as usize..=(high - self.base) as usize].fill(T::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn rows_hold_what_a_map_holds(
            adds in prop::collection::vec((-3000_i64..3000, 1_u64..9, prop::bool::weighted(0.02)), 1..300)
        ) {
            let mut rows = PriceRows::<u64>::default();
            let mut map = BTreeMap::new();
            for (price, size, clear) in adds {
                if clear {
                    rows.clear();
                    map.clear();
                }
                *rows.row_mut(Ticks(price)) += size;
                *map.entry(price).or_insert(0) += size;
                let low = *map.keys().next().unwrap();
                let high = *map.keys().last().unwrap();
                prop_assert_eq!(rows.span(), Some((Ticks(low), Ticks(high))));
                let dense: Vec<u64> =
                    (low..=high).map(|p| map.get(&p).copied().unwrap_or(0)).collect();
                prop_assert_eq!(rows.used(), &dense[..]);
            }
        }
    }

    #[test]
    fn a_price_too_far_away_does_not_fit() {
        let mut rows = PriceRows::<u64>::default();
        assert!(rows.fits(Ticks(i64::MAX)));
        *rows.row_mut(Ticks(20_000)) += 1;
        assert!(rows.fits(Ticks(20_000 + PriceRows::<u64>::MAX - 1)));
        assert!(!rows.fits(Ticks(20_000 + PriceRows::<u64>::MAX)));
        assert!(!rows.fits(Ticks(-4_000_000_000)));
    }
}
