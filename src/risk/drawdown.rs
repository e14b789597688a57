//! How far equity may fall from its highest: the trailing floor and the largest drawdown (QUANT 6.3).

use crate::market::Cents;

/// A floor that follows the highest equity at a distance and never falls.
///
/// Prop firms lock it: it rises no higher than `lock`, usually the size of the account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrailingFloor {
    distance: Cents,
    lock: Option<Cents>,
    high_water: Cents,
    floor: Cents,
}

impl TrailingFloor {
    /// The floor of an account that stands at its highest, `high_water`.
    pub fn new(high_water: Cents, distance: Cents, lock: Option<Cents>) -> Self {
        let mut floor = Self { distance, lock, high_water, floor: Cents(i64::MIN) };
        floor.raise(high_water);
        floor
    }

    /// Marks the account at `equity`; whether the floor is breached: `equity <= floor`.
    pub fn mark(&mut self, equity: Cents) -> bool {
        self.raise(equity);
        equity <= self.floor
    }

    /// The floor.
    pub const fn floor(&self) -> Cents {
        self.floor
    }

    /// The highest equity so far.
    pub const fn high_water(&self) -> Cents {
        self.high_water
    }

    fn raise(&mut self, equity: Cents) {
        self.high_water = self.high_water.max(equity);
        let trailing = Cents(self.high_water.0.saturating_sub(self.distance.0));
        let trailing = self.lock.map_or(trailing, |lock| trailing.min(lock));
        self.floor = self.floor.max(trailing);
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
        fn the_floor_never_falls_and_a_breach_is_at_or_below_it(
            marks in prop::collection::vec(-10_000_000_i64..10_000_000, 1..50),
            distance in 1_i64..1_000_000,
            lock in prop::option::of(0_i64..5_000_000),
        ) {
            let start = Cents(5_000_000);
            let mut floor = TrailingFloor::new(start, Cents(distance), lock.map(Cents));
            let mut before = floor.floor();
            for equity in marks {
                let breached = floor.mark(Cents(equity));
                prop_assert!(floor.floor() >= before);
                prop_assert_eq!(breached, Cents(equity) <= floor.floor());
                prop_assert!(lock.is_none_or(|lock| floor.floor() <= Cents(lock)));
                prop_assert!(floor.floor().0 <= floor.high_water().0 - distance);
                before = floor.floor();
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
