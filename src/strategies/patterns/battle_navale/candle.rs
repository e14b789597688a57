//! Closed bars of regular hours, as the method keeps them.

use crate::strategies::view::BarTicks;
use crate::strategies::view::Volume;
use std::collections::VecDeque;

/// Colour of a base, as the purchase sees it: green broke upwards, red downwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Colour {
    /// The base of the Vikings.
    Green,
    /// The base of the Defenders.
    Red,
}

impl Colour {
    /// +1 or -1.
    pub(super) const fn sign(self) -> f64 {
        match self {
            Self::Green => 1.0,
            Self::Red => -1.0,
        }
    }

    /// The bar as a base of this colour sees it: a red base is a green one upside down.
    pub(super) const fn turn(self, bar: BarTicks) -> BarTicks {
        match self {
            Self::Green => bar,
            Self::Red => bar.mirrored(),
        }
    }
}

/// A closed bar: prices in ticks, volumes in contracts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Candle {
    pub(super) bar: BarTicks,
    pub(super) volume: Volume,
}

impl Candle {
    /// Its colour; `None` for a doji, which belongs to neither side.
    pub(super) fn colour(&self) -> Option<Colour> {
        match self.bar.close.cmp(&self.bar.open) {
            std::cmp::Ordering::Greater => Some(Colour::Green),
            std::cmp::Ordering::Less => Some(Colour::Red),
            std::cmp::Ordering::Equal => None,
        }
    }
}

/// The newest bars of the session, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    candles: VecDeque<Candle>,
    keep: usize,
}

impl Tape {
    /// A tape of at most `keep` bars.
    pub(super) fn new(keep: usize) -> Self {
        Self { candles: VecDeque::with_capacity(keep), keep }
    }

    pub(super) fn push(&mut self, candle: Candle) {
        if self.candles.len() == self.keep {
            self.candles.pop_front();
        }
        self.candles.push_back(candle);
    }

    pub(super) fn clear(&mut self) {
        self.candles.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.candles.len()
    }

    /// The newest `n` bars; `None` while there are fewer.
    pub(super) fn newest(&self, n: usize) -> Option<impl Iterator<Item = &Candle> + Clone> {
        let from = self.candles.len().checked_sub(n)?;
        Some(self.candles.range(from..))
    }

    /// At most `n` bars, those before the newest `skip`.
    pub(super) fn before(&self, skip: usize, n: usize) -> impl Iterator<Item = &Candle> + Clone {
        let to = self.candles.len().saturating_sub(skip);
        self.candles.range(to.saturating_sub(n)..to)
    }

    /// Lowest and highest price of the newest `n` bars, ticks.
    pub(super) fn span(&self, n: usize) -> Option<(i64, i64)> {
        let candles = self.newest(n)?;
        let low = candles.clone().map(|candle| candle.bar.low).min()?;
        Some((low, candles.map(|candle| candle.bar.high).max()?))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A bar from open, high, low, close and buyers' and sellers' volume.
    pub(in crate::strategies::patterns::battle_navale) fn candle(
        [open, high, low, close]: [i64; 4],
        (buys, sells): (u64, u64),
    ) -> Candle {
        let volume = Volume { total: buys + sells, buys: Some(buys), sells: Some(sells) };
        Candle { bar: BarTicks { open, high, low, close }, volume }
    }

    #[test]
    fn the_tape_keeps_the_newest() {
        let mut tape = Tape::new(3);
        assert!(tape.newest(1).is_none());
        for low in 0..5 {
            tape.push(candle([low, low + 2, low, low], (1, 1)));
        }
        assert_eq!(tape.len(), 3);
        assert!(tape.newest(4).is_none());
        assert_eq!(tape.span(2), Some((3, 6)));
        let lows = |candles: Vec<&Candle>| candles.iter().map(|c| c.bar.low).collect::<Vec<_>>();
        assert_eq!(lows(tape.newest(2).unwrap().collect()), [3, 4]);
        assert_eq!(lows(tape.before(1, 9).collect()), [2, 3]);
        assert_eq!(lows(tape.before(1, 1).collect()), [3]);
        assert_eq!(tape.before(7, 2).count(), 0);
    }

    #[test]
    fn a_doji_has_no_colour_and_red_is_green_upside_down() {
        assert_eq!(candle([1, 2, 0, 1], (1, 1)).colour(), None);
        assert_eq!(candle([1, 2, 0, 2], (1, 1)).colour(), Some(Colour::Green));
        let red = candle([1, 2, -1, 0], (1, 1));
        assert_eq!(red.colour(), Some(Colour::Red));
        let turned = Colour::Red.turn(red.bar);
        assert_eq!((turned.open, turned.high, turned.low, turned.close), (-1, 1, -2, 0));
    }
}
