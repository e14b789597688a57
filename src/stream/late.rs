//! Records that come too late to be folded (DESIGN 3 rule 4), and single stamps far ahead of all others.

use crate::market::Sym;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// So far records of several kinds and sources may lie apart, microseconds. A longer step of time has to
/// prove itself: if it was wrong, all that follows is late.
pub(super) const APART_US: i64 = 10_000_000;
/// So many records after a step prove it.
const PROVEN: u32 = 8;

/// How the stamp of a record compares with those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timeliness {
    /// It can be folded.
    InTime,
    /// It is older than the newest by more than the lateness.
    Late,
    /// It can be folded, and shows that a stamp before it (microseconds UTC) was ahead of all others.
    After(i64),
}

/// A step ahead that later records may contradict.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Newest stamp before it.
    from: i64,
    /// Records from there on that came after it.
    stayed: u32,
    /// Records in a row that are late by it, but not without it.
    contradict: u32,
}

/// What is known of one source, symbol and kind.
#[derive(Clone, Copy, Debug)]
struct Series {
    sym: Sym,
    kind: Kind,
    src: Src,
    newest: i64,
    step: Option<Step>,
}

/// Newest stamp by source, symbol and kind.
///
/// The newest is not simply the largest: one wild stamp would make everything after it late. A step of
/// more than ten seconds is taken back as soon as as many records in a row contradict it as have
/// followed it, until eight have.
#[derive(Debug)]
pub struct LateGuard {
    lateness_us: i64,
    series: Vec<Series>,
    last: usize,
}

impl LateGuard {
    /// Records older than the newest of their source, symbol and kind by more than `lateness_us`
    /// microseconds are late.
    pub fn new(lateness_us: i64) -> Self {
        Self { lateness_us, series: Vec::new(), last: 0 }
    }

    /// How the stamp of `record` compares with those before it. Derived records are always in time.
    #[inline]
    pub fn weigh(&mut self, record: &Record) -> Timeliness {
        let (src, flags) = match record {
            Record::Trade(trade) => (trade.src, trade.flags),
            Record::Quote(quote) => (quote.src, quote.flags),
            Record::Depth(depth) => (depth.src, depth.flags),
            Record::Index(index) => (index.src, index.flags),
            Record::Clock(clock) => (clock.src, TradeFlags::default()),
            Record::Option(option) => (option.src, TradeFlags::default()),
            Record::Bar(bar) => match bar.src {
                Some(src) => (src, bar.flags),
                None => return Timeliness::InTime,
            },
            _ => return Timeliness::InTime,
        };
        if flags.has(TradeFlag::Late) {
            return Timeliness::Late;
        }
        let lateness_us = self.lateness_us;
        let series = self.find(record.sym(), record.kind(), src);
        series.weigh(record.ts(), lateness_us)
    }

    /// Finds (or makes) the series, and leaves its index in `last`.
    #[inline]
    fn find(&mut self, sym: Sym, kind: Kind, src: Src) -> &mut Series {
        let matches = |s: &Series| s.kind == kind && s.src == src && s.sym == sym;
        if !self.series.get(self.last).is_some_and(matches) {
            self.last = self.series.iter().position(matches).unwrap_or_else(|| {
                self.series.push(Series { sym, kind, src, newest: i64::MIN, step: None });
                self.series.len() - 1
            });
        }
        &mut self.series[self.last]
    }
}

impl Series {
    #[inline]
    fn weigh(&mut self, ts: i64, lateness_us: i64) -> Timeliness {
        let late = ts < self.newest.saturating_sub(lateness_us);
        let leaps = ts.saturating_sub(self.newest) > APART_US;
        if !late && !leaps && self.step.is_none() {
            self.newest = self.newest.max(ts);
            return Timeliness::InTime;
        }
        self.weigh_step(ts, late, leaps, lateness_us)
    }

    #[cold]
    fn weigh_step(&mut self, ts: i64, late: bool, leaps: bool, lateness_us: i64) -> Timeliness {
        if !late {
            self.step = self.step_with(leaps);
            self.newest = self.newest.max(ts);
            return Timeliness::InTime;
        }
        let far = self.newest.saturating_sub(ts) > APART_US;
        let Some(step) = self.step.as_mut().filter(|_| far) else { return Timeliness::Late };
        if ts < step.from.saturating_sub(lateness_us) {
            return Timeliness::Late;
        }
        step.contradict += 1;
        if step.contradict < step.stayed {
            return Timeliness::Late;
        }
        let ahead = std::mem::replace(&mut self.newest, ts.max(step.from));
        self.step = None;
        Timeliness::After(ahead)
    }

    /// The step with a record that is in time, and may itself be a step.
    fn step_with(&self, leaps: bool) -> Option<Step> {
        let first = self.newest == i64::MIN;
        // Of steps one upon the other the first counts, but not the beginning.
        let unproven = self.step.filter(|step| step.stayed == 1 && step.from != i64::MIN);
        let step = if leaps { unproven } else { self.step };
        let new = (leaps || first).then_some(Step { from: self.newest, stayed: 0, contradict: 0 });
        let step = step.or(new)?;
        let step = Step { stayed: step.stayed + 1, contradict: 0, ..step };
        (step.stayed < PROVEN).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// What becomes of trades at these seconds, with a lateness of a millisecond.
    fn weighed(seconds: &[i64]) -> Vec<Timeliness> {
        let (sym, kind, src) = (Sym::NONE, Kind::Trade, Src::Csv);
        let mut series = Series { sym, kind, src, newest: i64::MIN, step: None };
        seconds.iter().map(|s| series.weigh(s * SECOND, 1000)).collect()
    }

    #[test]
    fn a_stamp_ahead_of_all_others_is_taken_back() {
        use Timeliness::{After, InTime, Late};
        let hour = 3600;
        assert_eq!(
            weighed(&[0, 1, hour, 2, 3]),
            [InTime, InTime, InTime, After(hour * SECOND), InTime]
        );
        // Also where it is the first, comes twice, or is followed by a few as wild as it.
        assert_eq!(weighed(&[hour, 2, 3]), [InTime, After(hour * SECOND), InTime]);
        assert_eq!(
            weighed(&[0, hour, hour, 1, 2, 3]),
            [InTime, InTime, InTime, Late, After(hour * SECOND), InTime]
        );
        let two = [0, hour, 2 * hour, 1, 2, 3];
        assert_eq!(weighed(&two)[3..], [Late, After(2 * hour * SECOND), InTime]);
    }

    #[test]
    fn a_gap_is_no_error_and_what_was_delayed_over_it_is_late() {
        use Timeliness::{InTime, Late};
        let mut seconds = vec![0, 1];
        seconds.extend(3600..3600 + i64::from(PROVEN));
        seconds.extend([2, 3, 4, 3700]);
        let weighed = weighed(&seconds);
        assert_eq!(weighed[..10], [InTime; 10]);
        assert_eq!(weighed[10..], [Late, Late, Late, InTime]);
    }

    #[test]
    fn within_seconds_the_newest_is_the_largest() {
        use Timeliness::{InTime, Late};
        assert_eq!(weighed(&[0, 10, 9, 9, 9, 10]), [InTime, InTime, Late, Late, Late, InTime]);
    }
}
