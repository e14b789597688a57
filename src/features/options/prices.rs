//! What the future cost a moment ago, so that a reference of then is paired with the price of then.

use std::collections::VecDeque;

/// Least time between two prices that are kept, microseconds; the tolerance of a pair (QUANT 3.7).
pub const PAIR_WITHIN: i64 = 250_000;
/// Prices kept: more than half an hour at the finest spacing, as much as a chain that is delayed by
/// 15 minutes and asked for every 15 needs.
const KEPT: usize = 8192;

/// A price and the time in which it was in force.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Spell {
    from: i64,
    to: i64,
    /// Ticks.
    price: f64,
}

impl Spell {
    /// How far `at` lies from the time in which the price was in force, microseconds.
    fn distance(&self, at: i64) -> i64 {
        (self.from - at).max(at - self.to).max(0)
    }
}

/// The prices of the contract in use, sampled at most every 250 ms; bounded.
#[derive(Clone, Debug)]
pub struct PriceRing {
    spells: VecDeque<Spell>,
    due: i64,
    tolerance: i64,
}

impl Default for PriceRing {
    fn default() -> Self {
        Self { spells: VecDeque::new(), due: i64::MIN, tolerance: PAIR_WITHIN }
    }
}

impl PriceRing {
    /// When the next price is to be noted, microseconds UTC.
    #[inline]
    pub fn due(&self) -> i64 {
        self.due
    }

    /// Notes the price in force from `from` until a record of the contract came at `to`; `None` if
    /// there was none that can be trusted.
    pub fn note(&mut self, from: i64, to: i64, price: Option<f64>) {
        self.due = to.saturating_add(PAIR_WITHIN);
        if let Some(price) = price.filter(|_| from <= to) {
            self.push(Spell { from, to, price });
        }
    }

    /// Notes the close of an input bar that ended at `at`: good for a bar's length on either side.
    pub fn note_bar(&mut self, at: i64, length: i64, price: f64) {
        self.tolerance = length;
        self.push(Spell { from: at, to: at, price });
    }

    fn push(&mut self, spell: Spell) {
        if self.spells.len() == KEPT {
            self.spells.pop_front();
        }
        self.spells.push_back(spell);
    }

    /// The price in force at `at`, ticks; where that is not known exactly, the one nearest in time
    /// within 250 ms (a bar's length where bars are the input).
    pub fn at(&self, at: i64) -> Option<f64> {
        let after = self.spells.partition_point(|spell| spell.to < at);
        let later = self.spells.get(after);
        let earlier = after.checked_sub(1).and_then(|before| self.spells.get(before));
        // On a tie the earlier one: it was known then.
        let nearest =
            earlier.into_iter().chain(later).min_by_key(|spell| spell.distance(at)).copied()?;
        (nearest.distance(at) <= self.tolerance).then_some(nearest.price)
    }

    /// Whether bars are what it holds.
    pub fn is_from_bars(&self) -> bool {
        self.tolerance != PAIR_WITHIN
    }

    /// Forgets everything: another contract.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_price_holds_until_the_next_record_and_a_quarter_second_more() {
        let mut ring = PriceRing::default();
        ring.note(1_000_000, 4_000_000, Some(10.0));
        assert_eq!(ring.due(), 4_250_000);
        ring.note(4_100_000, 4_300_000, Some(11.0));
        ring.note(9_000_000, 9_500_000, None);
        for (at, price) in [
            (749_999, None),
            (750_000, Some(10.0)),
            (2_500_000, Some(10.0)),
            (4_050_000, Some(10.0)),
            (4_051_000, Some(11.0)),
            (4_550_000, Some(11.0)),
            (4_550_001, None),
            (9_200_000, None),
        ] {
            assert_eq!(ring.at(at), price, "{at}");
        }
    }

    #[test]
    fn a_bar_is_good_for_its_length() {
        let mut ring = PriceRing::default();
        ring.note_bar(300, 300, 10.0);
        ring.note_bar(600, 300, 12.0);
        assert_eq!(
            (ring.at(450), ring.at(451), ring.at(900)),
            (Some(10.0), Some(12.0), Some(12.0))
        );
        assert_eq!((ring.at(901), ring.at(-1)), (None, None));
        ring.clear();
        assert_eq!(ring.at(300), None);
    }

    proptest! {
        #[test]
        fn memory_is_bounded_and_the_answer_is_the_nearest(
            gaps in prop::collection::vec((0_i64..2_000_000, 0_i64..2_000_000), 1..60),
            at in 0_i64..120_000_000,
        ) {
            let (mut ring, mut all, mut now) = (PriceRing::default(), Vec::new(), 0);
            for (i, (gap, length)) in gaps.into_iter().enumerate() {
                let (from, to) = (now + gap, now + gap + length);
                ring.note(from, to, Some(i as f64));
                all.push((from, to, i as f64));
                now = to;
            }
            let distance = |(from, to, _): &&(i64, i64, f64)| (from - at).max(at - to).max(0);
            let best = all.iter().min_by_key(distance).unwrap();
            let found = ring.at(at);
            prop_assert_eq!(found.is_some(), distance(&best) <= PAIR_WITHIN);
            if let Some(price) = found {
                let spell = &all[price as usize];
                prop_assert_eq!(distance(&spell), distance(&best));
            }
        }
    }

    #[test]
    fn the_oldest_go_first() {
        let mut ring = PriceRing::default();
        for i in 0..KEPT as i64 + 10 {
            ring.note(i * PAIR_WITHIN, i * PAIR_WITHIN + 1, Some(i as f64));
        }
        assert_eq!(ring.spells.len(), KEPT);
        assert_eq!((ring.at(0), ring.at(10 * PAIR_WITHIN)), (None, Some(10.0)));
    }
}
