//! How far equity may fall from its highest: the trailing floor and the largest drawdown (QUANT 6.3).

use crate::market::Cents;

/// A floor that follows the highest equity at a distance. The highest equity never falls, so neither
/// does the floor.
///
/// Prop firms lock it: it rises no higher than `lock`, usually the size of the account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrailingFloor {
    distance: Cents,
    lock: Option<Cents>,
}

impl TrailingFloor {
    /// A floor `distance` below the highest equity, no higher than `lock`.
    pub const fn new(distance: Cents, lock: Option<Cents>) -> Self {
        Self { distance, lock }
    }

    /// The floor under an account whose highest equity was `high_water`: it is breached at or below.
    pub fn under(&self, high_water: Cents) -> Cents {
        let trailing = Cents(high_water.0.saturating_sub(self.distance.0));
        self.lock.map_or(trailing, |lock| trailing.min(lock))
    }
}

/// Share of the highest equity, `highest`, that is lost at `equity`, 0 to 1 (more below zero equity);
/// `None` without a positive highest.
pub fn drawdown(highest: Cents, equity: Cents) -> Option<f64> {
    let highest = highest.max(equity);
    (highest.0 > 0).then(|| (highest.0 - equity.0) as f64 / highest.0 as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_floor_never_falls_and_stays_below_its_lock(
            marks in prop::collection::vec(-10_000_000_i64..10_000_000, 1..50),
            distance in 1_i64..1_000_000,
            lock in prop::option::of(0_i64..5_000_000),
        ) {
            let floor = TrailingFloor::new(Cents(distance), lock.map(Cents));
            let mut high_water = Cents(5_000_000);
            let mut before = floor.under(high_water);
            for equity in marks {
                high_water = high_water.max(Cents(equity));
                let now = floor.under(high_water);
                prop_assert!(now >= before);
                prop_assert!(lock.is_none_or(|lock| now <= Cents(lock)));
                prop_assert!(now.0 <= high_water.0 - distance);
                before = now;
            }
        }
    }

    #[test]
    fn the_drawdown_is_a_share_of_the_highest() {
        assert_eq!(drawdown(Cents(20_000), Cents(15_000)), Some(0.25));
        assert_eq!(drawdown(Cents(20_000), Cents(21_000)), Some(0.0));
        assert_eq!(drawdown(Cents(0), Cents(0)), None);
    }
}
