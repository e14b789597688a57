//! The order book by price, and how it leans (QUANT 5.2).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Ticks;
use crate::wire::BookSide;

/// Age of the last whole batch from which on the book is stale, microseconds.
pub const BOOK_AGE_MAX: i64 = 5_000_000;
/// Most levels of a side; the farthest are forgotten.
const LEVELS_MAX: usize = 4096;

/// One side, the best level last, so that what changes most often moves least.
#[derive(Clone, Debug, Default)]
struct Ladder {
    /// Price (negated for asks) and contracts, ascending.
    levels: Vec<(i64, u64)>,
}

impl Ladder {
    #[inline]
    fn set(&mut self, key: i64, size: u64) {
        let place = self.levels.partition_point(|level| level.0 < key);
        let known = self.levels.get_mut(place).filter(|level| level.0 == key);
        match (known, size) {
            (Some(_), 0) => {
                self.levels.remove(place);
            }
            (Some(level), _) => level.1 = size,
            (None, 0) => {}
            (None, _) => self.insert(place, (key, size)),
        }
    }

    fn insert(&mut self, place: usize, level: (i64, u64)) {
        if self.levels.len() < LEVELS_MAX {
            self.levels.insert(place, level);
        } else if place > 0 {
            // Full: the farthest goes, which may be the new one.
            self.levels.remove(0);
            self.levels.insert(place - 1, level);
        }
    }

    fn best(&self) -> Option<i64> {
        self.levels.last().map(|level| level.0)
    }

    /// Contracts on the best `levels` levels.
    fn contracts(&self, levels: usize) -> u64 {
        self.levels.iter().rev().take(levels).fold(0, |sum, level| sum.saturating_add(level.1))
    }
}

/// What a consistent book says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BookView {
    /// Contracts bid on the best levels.
    pub bid: u64,
    /// Contracts offered on the best levels.
    pub ask: u64,
    /// Levels counted on the side that has fewer.
    pub levels: u32,
    /// `(bid - ask)/(bid + ask)`; `no_levels` if a side has fewer levels than asked for.
    pub imbalance: Value,
}

/// The book of one contract.
///
/// # Formula
/// Levels are prices with contracts at them. Imbalance: `(B - A)/(B + A)`, `B` and `A` the contracts
/// on the best `flow.book_levels` (5) levels of either side. Read as of the last end of a batch
/// (`eob`): in between the book is not consistent. A book begins with a `clear`; before its first
/// whole batch it is `warmup`, crossed or locked `bad_input`, one-sided `no_quotes`, without a batch
/// for 5 s `stale`.
#[derive(Clone, Debug)]
pub struct Book {
    bids: Ladder,
    asks: Ladder,
    /// Whether a snapshot has begun, without which levels are missing.
    begun: bool,
    view: Result<BookView, Reason>,
    at: i64,
}

impl Default for Book {
    fn default() -> Self {
        let (bids, asks) = (Ladder::default(), Ladder::default());
        Self { bids, asks, begun: false, view: Err(Reason::Warmup), at: i64::MIN }
    }
}

impl Book {
    /// Forgets everything: a snapshot follows.
    pub fn clear(&mut self) {
        self.bids.levels.clear();
        self.asks.levels.clear();
        (self.begun, self.view) = (true, Err(Reason::Warmup));
    }

    /// A change was lost: nothing is known until the next snapshot.
    pub fn lose(&mut self) {
        self.clear();
        self.begun = false;
    }

    /// Sets the contracts at a price; 0: the level is gone.
    #[inline]
    pub fn set(&mut self, side: BookSide, price: Ticks, size: u64) {
        match side {
            BookSide::Bid => self.bids.set(price.0, size),
            BookSide::Ask => self.asks.set(-price.0, size),
        }
    }

    /// The batch is whole: the book is consistent at `at`, of which `levels` a side count.
    #[inline]
    pub fn end_batch(&mut self, at: i64, levels: usize) {
        self.at = at;
        self.view = self.look(levels);
    }

    fn look(&self, levels: usize) -> Result<BookView, Reason> {
        if !self.begun {
            return Err(Reason::Warmup);
        }
        let (bid, ask) = self.bids.best().zip(self.asks.best()).ok_or(Reason::NoQuotes)?;
        if bid >= -ask {
            return Err(Reason::BadInput);
        }
        let counted = self.bids.levels.len().min(self.asks.levels.len()).min(levels);
        let (bid, ask) = (self.bids.contracts(levels), self.asks.contracts(levels));
        let imbalance = if counted == levels {
            Ok((bid as f64 - ask as f64) / (bid as f64 + ask as f64))
        } else {
            Err(Reason::NoLevels)
        };
        Ok(BookView { bid, ask, levels: counted as u32, imbalance })
    }

    /// What the book says at `at`.
    ///
    /// # Errors
    /// As the formula tells.
    pub fn view(&self, at: i64) -> Result<BookView, Reason> {
        let view = self.view?;
        if at.saturating_sub(self.at) > BOOK_AGE_MAX { Err(Reason::Stale) } else { Ok(view) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn book(bids: &[(i64, u64)], asks: &[(i64, u64)]) -> Book {
        let mut book = Book::default();
        book.clear();
        for (price, size) in bids {
            book.set(BookSide::Bid, Ticks(*price), *size);
        }
        for (price, size) in asks {
            book.set(BookSide::Ask, Ticks(*price), *size);
        }
        book
    }

    #[test]
    fn a_book_that_cannot_be_used_says_why() {
        let mut good = book(&[(99, 10), (98, 20), (96, 7)], &[(100, 5), (101, 15)]);
        assert_eq!(good.view(0), Err(Reason::Warmup));
        good.end_batch(0, 2);
        let view = good.view(BOOK_AGE_MAX).unwrap();
        assert_eq!((view.bid, view.ask, view.levels, view.imbalance), (30, 20, 2, Ok(0.2)));
        assert_eq!(good.view(BOOK_AGE_MAX + 1), Err(Reason::Stale));
        good.end_batch(9, 3);
        let view = good.view(9).unwrap();
        assert_eq!((view.bid, view.ask, view.levels), (37, 20, 2));
        assert_eq!(view.imbalance, Err(Reason::NoLevels));
        // What changes within a batch is not seen before its end.
        good.set(BookSide::Bid, Ticks(100), 1);
        assert_eq!(good.view(9), Ok(view));
        good.end_batch(10, 2);
        assert_eq!(good.view(10), Err(Reason::BadInput));
        good.clear();
        assert_eq!(good.view(10), Err(Reason::Warmup));
        good.set(BookSide::Bid, Ticks(100), 1);
        good.end_batch(11, 1);
        assert_eq!(good.view(11), Err(Reason::NoQuotes));
        good.lose();
        good.set(BookSide::Bid, Ticks(100), 1);
        good.set(BookSide::Ask, Ticks(101), 1);
        good.end_batch(12, 1);
        assert_eq!(good.view(12), Err(Reason::Warmup));
    }

    #[test]
    fn a_side_is_bounded_and_loses_its_farthest_levels() {
        let mut full = book(&[], &[(1_000_000, 1)]);
        for price in 0..2 * LEVELS_MAX as i64 {
            full.set(BookSide::Bid, Ticks(price), price as u64 + 1);
        }
        full.set(BookSide::Bid, Ticks(-5), 9);
        full.end_batch(0, 1);
        assert_eq!(full.view(0).unwrap().bid, 2 * LEVELS_MAX as u64);
        assert_eq!(full.bids.levels.len(), LEVELS_MAX);
        assert_eq!(full.bids.levels[0].0, LEVELS_MAX as i64);
    }

    proptest! {
        #[test]
        fn the_book_is_that_of_two_maps(
            steps in prop::collection::vec(
                (prop::bool::ANY, 0_i64..24, 0_u64..5, 0_u8..20), 1..200
            ),
            levels in 1_usize..8,
        ) {
            let mut book = Book::default();
            let mut mirror = Book::default();
            let (mut bids, mut asks) = (BTreeMap::new(), BTreeMap::new());
            let mut begun = false;
            for (at, (is_bid, price, size, what)) in steps.into_iter().enumerate() {
                if what == 0 {
                    book.clear();
                    mirror.clear();
                    (bids, asks, begun) = (BTreeMap::new(), BTreeMap::new(), true);
                }
                // Bids below 20, asks from 16 on: crossed now and then.
                let (side, other, price) = if is_bid {
                    (BookSide::Bid, BookSide::Ask, price - 5)
                } else {
                    (BookSide::Ask, BookSide::Bid, price + 14)
                };
                book.set(side, Ticks(price), size);
                mirror.set(other, Ticks(-price), size);
                let map = if is_bid { &mut bids } else { &mut asks };
                map.insert(price, size);
                map.retain(|_, size| *size > 0);
                book.end_batch(at as i64, levels);
                mirror.end_batch(at as i64, levels);

                let top: Vec<u64> = bids.values().rev().take(levels).copied().collect();
                let bottom: Vec<u64> = asks.values().take(levels).copied().collect();
                let crossed = bids.keys().last().zip(asks.keys().next()).map(|(b, a)| b >= a);
                let expected = match crossed {
                    _ if !begun => Err(Reason::Warmup),
                    None => Err(Reason::NoQuotes),
                    Some(true) => Err(Reason::BadInput),
                    Some(false) => {
                        let (b, a) = (top.iter().sum::<u64>(), bottom.iter().sum::<u64>());
                        let enough = top.len().min(bottom.len()) == levels;
                        Ok(BookView {
                            bid: b,
                            ask: a,
                            levels: top.len().min(bottom.len()) as u32,
                            imbalance: if enough {
                                Ok((b as f64 - a as f64) / (b + a) as f64)
                            } else {
                                Err(Reason::NoLevels)
                            },
                        })
                    }
                };
                prop_assert_eq!(book.view(at as i64), expected);
                let mirrored = mirror.view(at as i64).map(|view| BookView {
                    bid: view.ask,
                    ask: view.bid,
                    imbalance: view.imbalance.map(|x| -x),
                    ..view
                });
                prop_assert_eq!(mirrored, expected);
            }
        }
    }
}
