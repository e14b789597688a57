//! Running totals with a mark at each closed second: sums over windows that end at a bin end.

use std::collections::VecDeque;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;

/// Everything that is summed over time windows, since the start of the contract's records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Buyers' contracts.
    pub buy: u64,
    /// Sellers' contracts.
    pub sell: u64,
    /// Contracts of unknown side.
    pub unknown: u64,
    /// Contracts whose side is not known reliably (tick rule or none).
    pub weak: u64,
    /// Contracts of large buys.
    pub large_buy: u64,
    /// Contracts of large sells.
    pub large_sell: u64,
    /// Order-flow imbalance of quotes, contracts.
    pub ofi: i64,
    /// Integral of bid size plus ask size over time, contract-microseconds.
    pub depth_us: u128,
    /// Time with a usable quote, microseconds.
    pub quoted_us: i64,
}

impl Totals {
    /// What was added since `start`.
    #[inline]
    #[must_use]
    pub fn since(&self, start: &Self) -> Self {
        Self {
            buy: self.buy - start.buy,
            sell: self.sell - start.sell,
            unknown: self.unknown - start.unknown,
            weak: self.weak - start.weak,
            large_buy: self.large_buy - start.large_buy,
            large_sell: self.large_sell - start.large_sell,
            ofi: self.ofi - start.ofi,
            depth_us: self.depth_us - start.depth_us,
            quoted_us: self.quoted_us - start.quoted_us,
        }
    }

    /// Contracts of any side.
    #[inline]
    pub fn volume(&self) -> u64 {
        self.buy + self.sell + self.unknown
    }

    /// Buyers' less sellers' contracts.
    #[inline]
    pub fn delta(&self) -> i64 {
        self.buy as i64 - self.sell as i64
    }
}

/// The totals and the prices at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mark {
    /// The moment, microseconds UTC: only events before it are in.
    pub at: i64,
    /// Totals.
    pub totals: Totals,
    /// Bid plus ask in ticks (twice the mid) of the quote in force.
    pub twice_mid: Option<i64>,
    /// Last trade price in ticks.
    pub last: Option<i64>,
    /// Bid size plus ask size in force; 0 without a usable quote.
    pub depth: u64,
}

impl Mark {
    /// The same state at a later moment at which nothing had happened since.
    fn carried_to(mut self, at: i64) -> Self {
        let elapsed = at - self.at;
        if self.depth > 0 && elapsed > 0 {
            self.totals.depth_us += u128::from(self.depth) * elapsed as u128;
            self.totals.quoted_us += elapsed;
        }
        self.at = at;
        self
    }
}

/// The windows in use. Each has its own place in the marks, which only moves forward.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// 10 s, or one longer bar.
    Ten,
    /// 30 s, or one longer bar.
    Thirty,
    /// 60 s, or one longer bar.
    Minute,
    /// 300 s, or one longer bar.
    Five,
    /// 600 s.
    Depth,
}

impl Window {
    const COUNT: usize = 5;

    /// Length in microseconds where bars last `bar` (0: trades, not bars, are the input).
    pub fn length(self, bar: i64) -> i64 {
        let seconds = match self {
            Self::Ten => 10,
            Self::Thirty => 30,
            Self::Minute => 60,
            Self::Five => 300,
            Self::Depth => 600,
        };
        (seconds * SECOND).max(bar)
    }
}

/// Marks of the last ten minutes, one a second at most.
///
/// Constant time: a mark is pushed when a second with records closes, each window's start moves
/// forward over the marks it leaves behind. Memory: one mark a second of the longest window.
#[derive(Clone, Debug)]
pub struct Seconds {
    marks: VecDeque<Mark>,
    gone: u64,
    starts: [u64; Window::COUNT],
    /// The newest mark, also at hand when `marks` is being pruned.
    newest: Mark,
    longest: i64,
}

impl Seconds {
    /// Starts with `base`, the state before the first record. `bar` is the length of input bars in
    /// microseconds, 0 where trades are the input.
    pub fn new(base: Mark, bar: i64) -> Self {
        Self {
            marks: VecDeque::from([base]),
            gone: 0,
            starts: [0; Window::COUNT],
            newest: base,
            longest: Window::Depth.length(bar),
        }
    }

    /// Notes the state at a bin end.
    pub fn push(&mut self, mark: Mark) {
        if mark.at == self.newest.at {
            self.marks.pop_back();
        }
        self.marks.push_back(mark);
        self.newest = mark;
        // The oldest mark must lie at or before the start of the longest window.
        while self.marks.get(1).is_some_and(|second| second.at <= mark.at - self.longest) {
            self.marks.pop_front();
            self.gone += 1;
        }
    }

    /// The state at `start`, for a window whose starts never go back.
    pub fn at(&mut self, window: Window, start: i64) -> Mark {
        let place = &mut self.starts[window as usize];
        let mut index = place.saturating_sub(self.gone) as usize;
        while self.marks.get(index + 1).is_some_and(|next| next.at <= start) {
            index += 1;
        }
        *place = self.gone + index as u64;
        self.marks.get(index).copied().unwrap_or(self.newest).carried_to(start)
    }

    /// The newest mark carried to `at`.
    pub fn newest_at(&self, at: i64) -> Mark {
        self.newest.carried_to(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_sum_what_a_scan_sums(
            steps in prop::collection::vec((1_i64..40, 0_u64..9, 0_u64..9), 1..200)
        ) {
            let mut seconds = Seconds::new(Mark::default(), 0);
            let (mut mark, mut events, mut depths) = (Mark::default(), Vec::new(), Vec::new());
            for (gap, size, depth) in steps {
                // The trade and the new depth come at the start of the second that closes here.
                let at = mark.at + gap * SECOND;
                mark = mark.carried_to(at - SECOND);
                mark.totals.buy += size;
                mark.depth = depth;
                events.push((at - SECOND, size));
                depths.push((at - SECOND, depth));
                mark = mark.carried_to(at);
                seconds.push(mark);
                for window in [Window::Ten, Window::Minute, Window::Five, Window::Depth] {
                    let start = (at - window.length(0)).max(0);
                    let sum = mark.totals.since(&seconds.at(window, start).totals);
                    let volume: u64 =
                        events.iter().filter(|e| (start..at).contains(&e.0)).map(|e| e.1).sum();
                    prop_assert_eq!(sum.buy, volume);
                    let mut area = 0;
                    for (i, (from, depth)) in depths.iter().enumerate() {
                        let to = depths.get(i + 1).map_or(at, |next| next.0);
                        area += u128::from(*depth) * (to.max(start) - from.max(&start)).max(0) as u128;
                    }
                    prop_assert_eq!(sum.depth_us, area);
                }
                prop_assert!(seconds.marks.len() <= 602);
            }
        }
    }
}
