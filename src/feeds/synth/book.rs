//! The best bid and ask, one tick apart, and the levels behind them.

use crate::feeds::synth::random::Random;

/// A change of one level; `size` 0 means that it is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LevelChange {
    /// Whether it is a bid.
    pub bid: bool,
    /// Price, ticks.
    pub px: i64,
    /// Contracts.
    pub size: u64,
}

/// The book in ticks and contracts. The ask is always one tick above the bid.
#[derive(Clone, Debug)]
pub struct Book {
    /// Best bid, ticks.
    pub bid: i64,
    /// Contracts bid.
    pub bid_size: u64,
    /// Contracts offered at `bid + 1`.
    pub ask_size: u64,
    levels: usize,
    bids: Vec<u64>,
    asks: Vec<u64>,
    random: Random,
}

impl Book {
    /// A book around the bid `bid`; with `levels` above 0 the levels are kept too. They draw from
    /// `random` alone, so that the tape is the same with and without depth.
    pub fn new(bid: i64, queue: f64, levels: usize, random: Random) -> Self {
        let size = (queue as u64).max(1);
        let mut book = Self {
            bid,
            bid_size: size,
            ask_size: size,
            levels,
            bids: vec![],
            asks: vec![],
            random,
        };
        book.bids = (0..levels).map(|i| book.deep(queue, i)).collect();
        book.asks = (0..levels).map(|i| book.deep(queue, i)).collect();
        book.copy_touch();
        book
    }

    /// Best ask, ticks.
    #[inline]
    pub const fn ask(&self) -> i64 {
        self.bid + 1
    }

    /// Middle, ticks.
    #[inline]
    pub fn mid(&self) -> f64 {
        self.bid as f64 + 0.5
    }

    /// Size of a level `index` behind the touch: deeper levels are larger.
    fn deep(&mut self, queue: f64, index: usize) -> u64 {
        let mean = queue * (1.0 + 0.35 * index.min(6) as f64);
        ((mean * self.random.between(0.5, 1.5)) as u64).max(1)
    }

    fn copy_touch(&mut self) {
        if self.levels > 0 {
            self.bids[0] = self.bid_size;
            self.asks[0] = self.ask_size;
        }
    }

    /// Moves the touch a tick up or down; the new sizes are those of the new touch.
    pub fn shift(&mut self, up: bool, bid_size: u64, ask_size: u64, queue: f64) {
        self.bid += if up { 1 } else { -1 };
        self.bid_size = bid_size;
        self.ask_size = ask_size;
        if self.levels == 0 {
            return;
        }
        let last = self.levels - 1;
        let deepest = self.deep(queue, last);
        let (leaving, gaining) =
            if up { (&mut self.asks, &mut self.bids) } else { (&mut self.bids, &mut self.asks) };
        leaving.remove(0);
        leaving.push(deepest);
        gaining.insert(0, 0);
        gaining.pop();
    }

    /// The whole book, best levels first, for a snapshot.
    pub fn snapshot(&self) -> Vec<LevelChange> {
        let bids = (0..self.levels).map(|i| self.level(true, i));
        bids.chain((0..self.levels).map(|i| self.level(false, i))).collect()
    }

    fn level(&self, bid: bool, index: usize) -> LevelChange {
        let (px, size) = if bid {
            (self.bid - index as i64, self.bids[index])
        } else {
            (self.ask() + index as i64, self.asks[index])
        };
        LevelChange { bid, px, size }
    }

    /// Notes the touch in the levels and lists what changed since the bid was `old_bid`, at most a
    /// tick away.
    pub fn changes(&mut self, old_bid: i64, into: &mut Vec<LevelChange>) {
        into.clear();
        if self.levels == 0 {
            return;
        }
        debug_assert!((self.bid - old_bid).abs() <= 1, "Invariant: one tick at a time");
        let (old_bid_size, old_ask_size) = (self.bids[0], self.asks[0]);
        self.copy_touch();
        if self.bid == old_bid {
            if old_bid_size != self.bid_size {
                into.push(self.level(true, 0));
            }
            if old_ask_size != self.ask_size {
                into.push(self.level(false, 0));
            }
            return;
        }
        // The side that was traded through loses its best level, the other its deepest.
        let (up, depth) = (self.bid > old_bid, self.levels as i64);
        let (best, deepest) =
            if up { (old_bid + 1, old_bid + 1 - depth) } else { (old_bid, old_bid + depth) };
        into.push(LevelChange { bid: !up, px: best, size: 0 });
        into.push(LevelChange { bid: up, px: deepest, size: 0 });
        into.push(self.level(up, 0));
        into.push(self.level(!up, 0));
        if self.levels > 1 {
            into.push(self.level(!up, self.levels - 1));
        }
    }
}
