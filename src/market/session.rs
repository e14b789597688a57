//! One trading session with its times, and where a stamp falls in it.

use crate::market::trade_date::TradeDate;

/// One trade date with its times, in microseconds UTC. Intervals are right-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The trade date.
    pub date: TradeDate,
    /// Globex open (18:00 ET of the day before on a normal date).
    pub open: i64,
    /// Globex close (17:00 ET on a normal date).
    pub close: i64,
    /// Halts inside the session, for example 16:15 to 16:30 ET before 2021-06-28; ascending.
    pub halts: Vec<(i64, i64)>,
    /// Regular (cash) hours, `None` on days without them (NYSE holidays).
    pub rth: Option<(i64, i64)>,
    /// Whether regular hours end early.
    pub early_close: bool,
}

/// What the market does at a stamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Phase {
    /// Globex trades, outside regular hours.
    Eth,
    /// Regular (cash) hours.
    Rth,
    /// A scheduled halt inside the session.
    Halt,
    /// Outside the session.
    Closed,
}

impl Session {
    /// Whether `ts` (microseconds UTC) lies in `[open, close)`, halts included.
    #[inline]
    pub fn contains(&self, ts: i64) -> bool {
        (self.open..self.close).contains(&ts)
    }

    /// Whether the market trades at `ts` (microseconds UTC): inside the session and not halted.
    #[inline]
    pub fn is_open(&self, ts: i64) -> bool {
        self.contains(ts) && !self.is_halted(ts)
    }

    /// The phase at `ts` (microseconds UTC).
    #[inline]
    pub fn phase(&self, ts: i64) -> Phase {
        if !self.contains(ts) {
            Phase::Closed
        } else if self.is_halted(ts) {
            Phase::Halt
        } else if self.rth.is_some_and(|(from, to)| (from..to).contains(&ts)) {
            Phase::Rth
        } else {
            Phase::Eth
        }
    }

    /// Whole minutes since the start of regular hours at `ts` (microseconds UTC): 0 to 389 on a full
    /// day; `None` outside regular hours.
    #[inline]
    pub fn rth_minute(&self, ts: i64) -> Option<u32> {
        let (from, to) = self.rth?;
        if !(from..to).contains(&ts) {
            return None;
        }
        u32::try_from((ts - from) / 60_000_000).ok()
    }

    fn is_halted(&self, ts: i64) -> bool {
        self.halts.iter().any(|(from, to)| (*from..*to).contains(&ts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn session() -> Session {
        Session {
            date: TradeDate(20_200_103),
            open: 0,
            close: 100 * MINUTE,
            halts: vec![(90 * MINUTE, 95 * MINUTE)],
            rth: Some((10 * MINUTE, 80 * MINUTE)),
            early_close: false,
        }
    }

    #[test]
    fn every_interval_is_right_open() {
        let session = session();
        for (minute, phase) in [
            (0, Phase::Eth),
            (10, Phase::Rth),
            (80, Phase::Eth),
            (90, Phase::Halt),
            (95, Phase::Eth),
            (100, Phase::Closed),
        ] {
            assert_eq!(session.phase(minute * MINUTE), phase, "{minute}");
            assert_eq!(
                session.is_open(minute * MINUTE),
                phase == Phase::Eth || phase == Phase::Rth
            );
            assert_eq!(session.contains(minute * MINUTE), phase != Phase::Closed);
        }
        assert_eq!(session.phase(-1), Phase::Closed);
        assert_eq!(session.phase(10 * MINUTE - 1), Phase::Eth);
    }

    #[test]
    fn regular_minutes_count_from_zero() {
        let session = session();
        assert_eq!(session.rth_minute(10 * MINUTE), Some(0));
        assert_eq!(session.rth_minute(11 * MINUTE - 1), Some(0));
        assert_eq!(session.rth_minute(80 * MINUTE - 1), Some(69));
        assert_eq!(session.rth_minute(10 * MINUTE - 1), None);
        assert_eq!(session.rth_minute(80 * MINUTE), None);
        assert_eq!(Session { rth: None, ..session }.rth_minute(10 * MINUTE), None);
    }
}
