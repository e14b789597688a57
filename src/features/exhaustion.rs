//! Exhaustion of a swing: a new extreme on little delta and thin edge rows (QUANT 1.2).

use crate::features::footprint::Row;
use crate::features::moments::median;
use crate::market::Ticks;
use std::collections::VecDeque;

/// Bars of the extreme, the closed one included.
const BARS: usize = 20;
/// Rows at the edge.
const EDGE_ROWS: usize = 2;

#[derive(Clone, Copy, Debug)]
struct Swing {
    high: i64,
    low: i64,
    delta: i64,
}

/// The last bars.
///
/// # Formula
/// -1: the bar makes a new high of 20 bars, its `|delta|` is below half the median `|delta|` of the
/// up-swing before it (the bars from the lowest low of the 19, the latest of equals, to the one
/// before), and its top two rows hold less than 10 % of its buyers' volume. +1: the mirror image
/// at a low. Else 0. Undefined before 20 bars of the session.
#[derive(Clone, Debug, Default)]
pub struct Exhaustion {
    bars: VecDeque<Swing>,
    value: Option<i64>,
}

impl Exhaustion {
    /// Folds a closed bar with its footprint, lowest row first.
    pub fn push(&mut self, high: Ticks, low: Ticks, delta: i64, rows: &[Row]) {
        let bar = Swing { high: high.0, low: low.0, delta };
        self.value = (self.bars.len() == BARS - 1).then(|| self.judge(&bar, rows));
        self.bars.push_back(bar);
        if self.bars.len() == BARS {
            self.bars.pop_front();
        }
    }

    fn judge(&self, bar: &Swing, rows: &[Row]) -> i64 {
        let bought = |rows: &[Row]| rows.iter().map(|row| row.bought).sum::<u64>();
        let sold = |rows: &[Row]| rows.iter().map(|row| row.sold).sum::<u64>();
        let edge = EDGE_ROWS.min(rows.len());
        let up = self.bars.iter().all(|b| b.high < bar.high)
            && self.weak(bar, |b| -b.low)
            && 10 * bought(&rows[rows.len() - edge..]) < bought(rows);
        let down = self.bars.iter().all(|b| b.low > bar.low)
            && self.weak(bar, |b| b.high)
            && 10 * sold(&rows[..edge]) < sold(rows);
        i64::from(down) - i64::from(up)
    }

    /// Whether the bar's delta is small against the swing that began at the greatest `origin`.
    fn weak(&self, bar: &Swing, origin: impl Fn(&Swing) -> i64) -> bool {
        let start = (0..self.bars.len()).max_by_key(|i| origin(&self.bars[*i])).unwrap_or(0);
        let mut sizes = [0.0; BARS];
        let swing = self.bars.iter().skip(start);
        let count = swing.zip(&mut sizes).map(|(b, size)| *size = b.delta.abs() as f64).count();
        median(&mut sizes[..count]).is_some_and(|m| (bar.delta.abs() as f64) < 0.5 * m)
    }

    /// The value of the last closed bar.
    pub fn value(&self) -> Option<i64> {
        self.value
    }

    /// Starts over: at a session open.
    pub fn clear(&mut self) {
        self.bars.clear();
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(last_delta: i64, top: u64, mirror: bool) -> Option<i64> {
        let mut exhaustion = Exhaustion::default();
        let row = |sold, bought| {
            let (sold, bought) = if mirror { (bought, sold) } else { (sold, bought) };
            Row { sold, bought, unknown: 0 }
        };
        let mut push = |i: i64, delta: i64, mut rows: Vec<Row>| {
            let (mut high, mut low) = (Ticks(100 + i), Ticks(96 + i));
            if mirror {
                (high, low) = (-low, -high);
                rows.reverse();
            }
            exhaustion.push(high, low, if mirror { -delta } else { delta }, &rows);
            exhaustion.value()
        };
        for i in 0..19 {
            assert_eq!(push(i, 50, vec![row(5, 20), row(5, 20)]), None);
        }
        push(19, last_delta, vec![row(5, 70), row(5, 25), row(0, top), row(0, 1)])
    }

    #[test]
    fn a_high_without_buyers_at_its_top_is_minus_one_and_the_mirror_plus_one() {
        assert_eq!(after(20, 2, false), Some(-1));
        assert_eq!(after(20, 2, true), Some(1));
        assert_eq!(after(25, 2, false), Some(0));
        assert_eq!(after(20, 20, false), Some(0));
    }
}
