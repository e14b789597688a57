//! Order books: order by order, and ten levels at a time.

use crate::market::Px;
use crate::wire::BookSide;
use dbn::BidAskPair;
use dbn::UNDEF_PRICE;
use std::collections::BTreeMap;

/// Best bid and ask with their sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Top {
    /// Best bid.
    pub bid: Option<Px>,
    /// Contracts bid.
    pub bid_size: u64,
    /// Best ask.
    pub ask: Option<Px>,
    /// Contracts offered.
    pub ask_size: u64,
}

impl Top {
    /// The first level of a record; a side without price is empty.
    pub fn of(level: &BidAskPair) -> Self {
        let side = |px: i64, size: u32| {
            if px == UNDEF_PRICE { (None, 0) } else { (Some(Px::from_nanos(px)), u64::from(size)) }
        };
        let (bid, bid_size) = side(level.bid_px, level.bid_sz);
        let (ask, ask_size) = side(level.ask_px, level.ask_sz);
        Self { bid, bid_size, ask, ask_size }
    }

    /// Whether bid and ask meet or cross.
    pub fn is_crossed(&self) -> bool {
        self.bid.zip(self.ask).is_some_and(|(bid, ask)| bid >= ask)
    }
}

/// A level that changed: side, price, contracts now (0: gone).
pub(super) type Change = (BookSide, Px, u64);

#[derive(Clone, Copy, Debug)]
struct Order {
    side: BookSide,
    price: i64,
    size: u64,
}

/// What a level holds, and what was last told of it.
#[derive(Clone, Copy, Default, Debug)]
struct Level {
    size: u64,
    told: u64,
}

/// The book of one contract, order by order.
#[derive(Debug, Default)]
pub(super) struct OrderBook {
    orders: BTreeMap<u64, Order>,
    bids: BTreeMap<i64, Level>,
    asks: BTreeMap<i64, Level>,
    touched: Vec<(BookSide, i64)>,
    /// The book was emptied, or is new: who reads it has to forget what he knows.
    cleared: bool,
}

impl OrderBook {
    /// An empty book that nobody was told about.
    pub fn new() -> Self {
        Self { cleared: true, ..Self::default() }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Adds an order.
    pub fn add(&mut self, id: u64, side: BookSide, price: i64, size: u64) {
        if let Some(old) = self.orders.insert(id, Order { side, price, size }) {
            self.shift(old.side, old.price, old.size, 0);
        }
        self.shift(side, price, 0, size);
    }

    /// Takes `size` off an order; `false` if the order is not known.
    pub fn cancel(&mut self, id: u64, size: u64) -> bool {
        let Some(order) = self.orders.get_mut(&id) else { return false };
        let taken = size.min(order.size);
        order.size -= taken;
        let Order { side, price, size: left } = *order;
        if left == 0 {
            self.orders.remove(&id);
        }
        self.shift(side, price, taken, 0);
        true
    }

    /// Replaces price and size of an order; `false` if the order was not known and is added.
    pub fn modify(&mut self, id: u64, side: BookSide, price: i64, size: u64) -> bool {
        let known = self.orders.contains_key(&id);
        self.add(id, side, price, size);
        known
    }

    /// Replaces a whole side by one level: a record of the top of the book, not of an order.
    pub fn replace_side(&mut self, side: BookSide, price: i64, size: u64) {
        let levels = match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        };
        let old: Vec<(i64, u64)> = levels.iter().map(|(px, level)| (*px, level.size)).collect();
        for (px, size) in old {
            self.shift(side, px, size, 0);
        }
        self.shift(side, price, 0, size);
    }

    fn shift(&mut self, side: BookSide, price: i64, less: u64, more: u64) {
        if price == UNDEF_PRICE || less == more {
            return;
        }
        let levels = match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        };
        let level = levels.entry(price).or_default();
        if level.size == level.told {
            self.touched.push((side, price));
        }
        level.size = level.size.saturating_sub(less).saturating_add(more);
    }

    /// How many changed levels were not told yet.
    pub fn held(&self) -> usize {
        self.touched.len()
    }

    /// Whether the book starts over: to be told before its levels.
    pub fn take_cleared(&mut self) -> bool {
        std::mem::take(&mut self.cleared)
    }

    /// The levels that differ from what was told last, each once, in the order in which they were
    /// first touched. They are told now.
    pub fn changes(&mut self, into: &mut Vec<Change>) {
        into.clear();
        for (side, price) in self.touched.drain(..) {
            let levels = match side {
                BookSide::Bid => &mut self.bids,
                BookSide::Ask => &mut self.asks,
            };
            let Some(level) = levels.get_mut(&price) else { continue };
            if level.size != level.told {
                level.told = level.size;
                into.push((side, Px::from_nanos(price), level.size));
            }
            if level.size == 0 {
                levels.remove(&price);
            }
        }
    }

    /// Best bid and ask.
    pub fn top(&self) -> Top {
        let bid = self.bids.iter().rev().find(|(_, level)| level.size > 0);
        let ask = self.asks.iter().find(|(_, level)| level.size > 0);
        Top {
            bid: bid.map(|(px, _)| Px::from_nanos(*px)),
            bid_size: bid.map_or(0, |(_, level)| level.size),
            ask: ask.map(|(px, _)| Px::from_nanos(*px)),
            ask_size: ask.map_or(0, |(_, level)| level.size),
        }
    }
}

/// The ten best levels of each side as told last.
#[derive(Debug, Default)]
pub(super) struct TenLevels {
    told: Option<[BidAskPair; 10]>,
}

impl TenLevels {
    /// Whether nothing was told yet: who reads it has to forget what he knows.
    pub const fn is_new(&self) -> bool {
        self.told.is_none()
    }

    /// The levels of `now` that differ from what was told last. They are told now. A level that has
    /// left the ten is gone: the source no longer says what it holds.
    pub fn changes(&mut self, now: &[BidAskPair; 10], into: &mut Vec<Change>) {
        into.clear();
        let told = self.told.as_ref().map_or(&[][..], |told| &told[..]);
        for side in [BookSide::Bid, BookSide::Ask] {
            for old in told.iter().filter_map(|level| side_of(level, side)) {
                if !now.iter().filter_map(|level| side_of(level, side)).any(|new| new.0 == old.0) {
                    into.push((side, Px::from_nanos(old.0), 0));
                }
            }
            for new in now.iter().filter_map(|level| side_of(level, side)) {
                if !told.iter().filter_map(|level| side_of(level, side)).any(|old| old == new) {
                    into.push((side, Px::from_nanos(new.0), new.1));
                }
            }
        }
        self.told = Some(now.clone());
    }
}

/// Price and size of one side of a level, if it has any.
fn side_of(level: &BidAskPair, side: BookSide) -> Option<(i64, u64)> {
    let (price, size) = match side {
        BookSide::Bid => (level.bid_px, level.bid_sz),
        BookSide::Ask => (level.ask_px, level.ask_sz),
    };
    (price != UNDEF_PRICE && size > 0).then_some((price, u64::from(size)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TICK: i64 = 250_000_000;

    #[test]
    fn a_level_is_told_once_and_only_when_it_differs() {
        let mut book = OrderBook::new();
        let mut changes = Vec::new();
        assert!(book.take_cleared() && !book.take_cleared());
        book.add(1, BookSide::Bid, 100 * TICK, 5);
        book.add(2, BookSide::Bid, 100 * TICK, 7);
        book.add(3, BookSide::Ask, 101 * TICK, 2);
        book.changes(&mut changes);
        let px = |ticks: i64| Px::from_nanos(ticks * TICK);
        assert_eq!(changes, [(BookSide::Bid, px(100), 12), (BookSide::Ask, px(101), 2)]);
        // Away and back within a batch is no change.
        assert!(book.modify(1, BookSide::Bid, 99 * TICK, 5));
        assert!(book.modify(1, BookSide::Bid, 100 * TICK, 5));
        book.changes(&mut changes);
        assert_eq!(changes, []);
        assert!(book.cancel(3, 2) && !book.cancel(3, 1), "an order that is gone is not known");
        book.changes(&mut changes);
        assert_eq!(changes, [(BookSide::Ask, px(101), 0)]);
        assert_eq!(book.top(), Top { bid: Some(px(100)), bid_size: 12, ask: None, ask_size: 0 });
    }

    proptest! {
        /// Whoever applies the changes, whenever they are taken, ends with the orders' own levels.
        #[test]
        fn the_changes_rebuild_the_book(
            steps in prop::collection::vec((0_u8..5, 0_u64..12, 0_i64..6, 1_u64..9, any::<bool>()), 0..200),
        ) {
            let mut book = OrderBook::new();
            let mut told: BTreeMap<(bool, Px), u64> = BTreeMap::new();
            let mut orders: BTreeMap<u64, (bool, i64, u64)> = BTreeMap::new();
            let mut changes = Vec::new();
            let last = steps.len().saturating_sub(1);
            for (at, (op, id, price, size, bid)) in steps.into_iter().enumerate() {
                let side = if bid { BookSide::Bid } else { BookSide::Ask };
                match op {
                    0 | 1 => {
                        book.add(id, side, price * TICK, size);
                        orders.insert(id, (bid, price * TICK, size));
                    }
                    2 => {
                        book.modify(id, side, price * TICK, size);
                        orders.insert(id, (bid, price * TICK, size));
                    }
                    _ => {
                        prop_assert_eq!(book.cancel(id, size), orders.contains_key(&id));
                        if let Some(order) = orders.get_mut(&id) {
                            order.2 = order.2.saturating_sub(size);
                            if order.2 == 0 {
                                orders.remove(&id);
                            }
                        }
                    }
                }
                if at % 3 == 0 || at == last {
                    book.changes(&mut changes);
                    for (side, px, size) in changes.drain(..) {
                        let key = (side == BookSide::Bid, px);
                        if size == 0 {
                            prop_assert!(told.remove(&key).is_some());
                        } else {
                            prop_assert_ne!(told.insert(key, size), Some(size));
                        }
                    }
                }
            }
            let mut levels: BTreeMap<(bool, Px), u64> = BTreeMap::new();
            for (bid, price, size) in orders.into_values() {
                *levels.entry((bid, Px::from_nanos(price))).or_default() += size;
            }
            prop_assert_eq!(told, levels);
        }
    }
}
