//! A book as the vendor describes it, by levels or by orders, as the sizes of levels.

use crate::market::Px;
use crate::wire::BookSide;
use std::collections::BTreeMap;

/// More orders than any book has; beyond, the feed is not what it should be.
const ORDERS_MAX: usize = 1 << 20;

/// A level and its new size; 0: it is gone.
pub(super) type Change = (BookSide, Px, u64);

#[derive(Clone, Copy, Debug)]
struct Order {
    ask: bool,
    px: Px,
    size: u64,
}

/// One symbol's book.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    levels: BTreeMap<(bool, Px), u64>,
    orders: BTreeMap<u64, Order>,
}

impl Book {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// A level has this size now.
    pub fn level(&mut self, side: BookSide, px: Px, size: u64) -> Change {
        let key = (side == BookSide::Ask, px);
        if size == 0 {
            self.levels.remove(&key);
        } else {
            self.levels.insert(key, size);
        }
        (side, px, size)
    }

    /// An order has this price and size now. The levels that change: the one that it leaves, if it
    /// leaves one, and its own. `None` where there are too many orders.
    pub fn order(
        &mut self,
        id: u64,
        side: BookSide,
        px: Px,
        size: u64,
    ) -> Option<(Option<Change>, Change)> {
        if self.orders.len() >= ORDERS_MAX && !self.orders.contains_key(&id) {
            return None;
        }
        let ask = side == BookSide::Ask;
        let before = self.orders.insert(id, Order { ask, px, size });
        let left = before.map(|order| (order, self.add(order.ask, order.px, order.size, false)));
        let own = self.add(ask, px, size, true);
        let moved = left.filter(|(order, _)| (order.ask, order.px) != (ask, px));
        Some((moved.map(|(_, change)| change), own))
    }

    /// An order is gone: its level's change. `None` if nobody knew it.
    pub fn order_gone(&mut self, id: u64) -> Option<Change> {
        let order = self.orders.remove(&id)?;
        Some(self.add(order.ask, order.px, order.size, false))
    }

    /// Forgets a side: the levels that are gone.
    pub fn clear_side(&mut self, side: BookSide) -> Vec<Change> {
        let ask = side == BookSide::Ask;
        let gone: Vec<_> = self.levels.keys().filter(|key| key.0 == ask).copied().collect();
        self.levels.retain(|key, _| key.0 != ask);
        self.orders.retain(|_, order| order.ask != ask);
        gone.into_iter().map(|(_, px)| (side, px, 0)).collect()
    }

    /// Adds to (or takes from) a level.
    fn add(&mut self, ask: bool, px: Px, size: u64, more: bool) -> Change {
        let level = self.levels.entry((ask, px)).or_default();
        *level = if more { level.saturating_add(size) } else { level.saturating_sub(size) };
        let size = *level;
        if size == 0 {
            self.levels.remove(&(ask, px));
        }
        (if ask { BookSide::Ask } else { BookSide::Bid }, px, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn px(ticks: i64) -> Px {
        Px::from_nanos(ticks * 250_000_000)
    }

    #[test]
    fn orders_add_up_to_levels() {
        use BookSide::Ask;
        let mut book = Book::default();
        assert_eq!(book.order(1, Ask, px(10), 5), Some((None, (Ask, px(10), 5))));
        assert_eq!(book.order(2, Ask, px(10), 3), Some((None, (Ask, px(10), 8))));
        assert_eq!(book.order(1, Ask, px(10), 4), Some((None, (Ask, px(10), 7))));
        let moved = Some((Some((Ask, px(10), 4)), (Ask, px(11), 3)));
        assert_eq!(book.order(2, Ask, px(11), 3), moved);
        assert_eq!(book.order_gone(1), Some((Ask, px(10), 0)));
        assert_eq!(book.order_gone(1), None);
        assert_eq!(book.clear_side(Ask), [(Ask, px(11), 0)]);
        assert_eq!(book.clear_side(Ask), []);
    }

    proptest! {
        /// Whoever follows the changes has the sums of the orders.
        #[test]
        fn the_changes_rebuild_the_book(
            steps in prop::collection::vec((0_u64..8, any::<bool>(), 1_i64..5, 0_u64..4, any::<bool>()), 0..80)
        ) {
            let mut book = Book::default();
            let mut orders: BTreeMap<u64, (bool, Px, u64)> = BTreeMap::new();
            let mut follower: BTreeMap<(bool, Px), u64> = BTreeMap::new();
            let mut follow = |(side, px, size): Change| {
                let key = (side == BookSide::Ask, px);
                if size == 0 { follower.remove(&key); } else { follower.insert(key, size); }
            };
            for (id, ask, ticks, size, gone) in steps {
                if gone {
                    orders.remove(&id);
                    book.order_gone(id).into_iter().for_each(&mut follow);
                } else {
                    orders.insert(id, (ask, px(ticks), size));
                    let side = if ask { BookSide::Ask } else { BookSide::Bid };
                    let (left, own) = book.order(id, side, px(ticks), size).unwrap();
                    left.into_iter().for_each(&mut follow);
                    follow(own);
                }
            }
            let mut sums: BTreeMap<(bool, Px), u64> = BTreeMap::new();
            for (ask, px, size) in orders.values() {
                *sums.entry((*ask, *px)).or_default() += size;
            }
            sums.retain(|_, size| *size > 0);
            prop_assert_eq!(follower, sums);
        }
    }
}
