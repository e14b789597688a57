//! What was done lately: messages, entries, closed trades, rejects. Bounded, and of this session
//! where it is a count.

use crate::market::Cents;
use crate::market::Side;
use std::collections::BTreeMap;
use std::collections::VecDeque;

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Stamps kept of each kind of event at most.
const KEPT_MAX: usize = 1024;

/// The parts of the day that have limits of their own: from 09:30, 10:30 and 15:30 New York time.
pub(super) const BUCKETS: usize = 3;

/// Which part of the day a minute of the New York day belongs to.
pub(super) fn bucket(minute: f64) -> usize {
    usize::from(minute >= 10.5 * 60.0) + usize::from(minute >= 15.5 * 60.0)
}

/// An entry that was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    ct: i64,
    pattern: String,
    side: Side,
}

/// An entry that has not filled yet and may still do so.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Waiting {
    order: String,
    pattern: String,
}

/// Counts and stamps.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    messages: VecDeque<i64>,
    /// Order messages of the trade date.
    pub messages_day: u64,
    /// Entries of the trade date that ended without a fill.
    pub cancels: u64,
    /// Executions of the trade date.
    pub fills: u64,
    entries: VecDeque<Entry>,
    waiting: Vec<Waiting>,
    rejects: VecDeque<i64>,
    closed: VecDeque<(i64, Cents)>,
    patterns: BTreeMap<String, u64>,
    /// Trades opened in each part of the day.
    pub trades: [u64; BUCKETS],
    /// Their realised profit.
    pub made: [Cents; BUCKETS],
    /// When a stop was last hit, microseconds UTC.
    pub stopped: Option<i64>,
}

impl Tally {
    /// An order message is sent.
    pub(super) fn message(&mut self, ct: i64) {
        self.messages_day += 1;
        keep(&mut self.messages, ct);
    }

    /// Messages of the second and of the minute up to `ct` (microseconds UTC).
    pub(super) fn messages(&self, ct: i64) -> (u64, u64) {
        let newer = |age: i64| self.messages.iter().rev().take_while(|ts| ct - **ts < age).count();
        (newer(SECOND_US) as u64, newer(MINUTE_US) as u64)
    }

    /// The entry `order` is sent.
    pub(super) fn entry(&mut self, ct: i64, order: &str, pattern: &str, side: Side) {
        keep(&mut self.entries, Entry { ct, pattern: pattern.to_owned(), side });
        self.waiting.push(Waiting { order: order.to_owned(), pattern: pattern.to_owned() });
    }

    /// Entries, of one pattern or of all, that have not filled yet and count as if they had.
    pub(super) fn waiting(&self, pattern: Option<&str>) -> u64 {
        let of = |waiting: &&Waiting| pattern.is_none_or(|pattern| waiting.pattern == pattern);
        self.waiting.iter().filter(of).count() as u64
    }

    /// Forgets the entries that ended: those that are not open any more.
    pub(super) fn settle(&mut self, is_open: impl Fn(&str) -> bool) {
        self.waiting.retain(|waiting| is_open(&waiting.order));
    }

    /// Entries of a pattern and side less than `age_us` before `ct` (microseconds UTC).
    pub(super) fn entries(&self, ct: i64, age_us: i64, pattern: &str, side: Side) -> u64 {
        let recent = self.entries.iter().rev().take_while(|entry| ct - entry.ct < age_us);
        recent.filter(|entry| entry.side == side && entry.pattern == pattern).count() as u64
    }

    /// The first fill of the entry `order`: a trade is open. `named` is the pattern where the entry was
    /// not sent by this process.
    pub(super) fn opened(&mut self, order: &str, named: Option<&str>, bucket: usize) {
        if let Some(trades) = self.trades.get_mut(bucket) {
            *trades += 1;
        }
        let at = self.waiting.iter().position(|waiting| waiting.order == order);
        let sent = at.map(|at| self.waiting.swap_remove(at).pattern);
        if let Some(pattern) = sent.or_else(|| named.map(str::to_owned)) {
            *self.patterns.entry(pattern).or_insert(0) += 1;
        }
    }

    /// Trades of a pattern on the trade date.
    pub(super) fn of_pattern(&self, pattern: &str) -> u64 {
        self.patterns.get(pattern).copied().unwrap_or(0)
    }

    /// A trade was closed at `ts` (microseconds UTC); it was opened in the part `bucket` of the day, or
    /// in an earlier session.
    pub(super) fn closed(&mut self, ts: i64, pnl: Cents, bucket: Option<usize>, stopped: bool) {
        if let Some(made) = bucket.and_then(|bucket| self.made.get_mut(bucket)) {
            *made += pnl;
        }
        if stopped {
            self.stopped = Some(ts);
        }
        keep(&mut self.closed, (ts, pnl));
    }

    /// Realised profit of the trades closed less than `age_us` before `now` (microseconds UTC).
    pub(super) fn rolling(&self, now: i64, age_us: i64) -> Cents {
        let recent = self.closed.iter().rev().take_while(|(ts, _)| now - ts < age_us);
        recent.fold(Cents(0), |sum, (_, pnl)| sum + *pnl)
    }

    /// An order was rejected.
    pub(super) fn reject(&mut self, ts: i64) {
        keep(&mut self.rejects, ts);
    }

    /// Rejects less than `age_us` before `now` (microseconds UTC).
    pub(super) fn rejects(&self, now: i64, age_us: i64) -> u64 {
        self.rejects.iter().rev().take_while(|ts| now - **ts < age_us).count() as u64
    }

    /// A session begins: what is counted a trade date starts over, what has a time of its own does not.
    pub(super) fn new_session(&mut self) {
        self.messages_day = 0;
        self.cancels = 0;
        self.fills = 0;
        self.patterns.clear();
        self.trades = [0; BUCKETS];
        self.made = [Cents(0); BUCKETS];
    }
}

fn keep<T>(kept: &mut VecDeque<T>, item: T) {
    if kept.len() == KEPT_MAX {
        kept.pop_front();
    }
    kept.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_right_open() {
        let mut tally = Tally::default();
        for ts in [0, 500_000, 1_000_000] {
            tally.message(ts);
        }
        assert_eq!(tally.messages(1_000_000), (2, 3));
        assert_eq!(tally.messages(60_000_000), (0, 2));
        tally.new_session();
        assert_eq!((tally.messages_day, tally.messages(1_000_000)), (0, (2, 3)));
    }

    #[test]
    fn memory_is_bounded() {
        let mut tally = Tally::default();
        for ts in 0..10_000 {
            tally.message(ts);
            tally.entry(ts, "o:x", "x", Side::Buy);
            tally.settle(|_| false);
            tally.reject(ts);
            tally.closed(ts, Cents(-1), Some(0), false);
        }
        assert_eq!(tally.messages.len(), KEPT_MAX);
        assert_eq!(tally.rolling(10_000, 100), Cents(-99));
        assert_eq!(tally.entries(10_000, 100, "x", Side::Buy), 99);
        assert_eq!(tally.entries(10_000, 100, "x", Side::Sell), 0);
        assert_eq!(tally.rejects(10_000, 50), 49);
    }

    #[test]
    fn the_parts_of_the_day_begin_at_1030_and_1530() {
        assert_eq!([629.9, 630.0, 929.9, 930.0].map(bucket), [0, 1, 1, 2]);
    }
}
