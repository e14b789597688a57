//! Where a bar falls: session, regular hours, contract, and what was missing before it.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Session;
use crate::market::Sym;

/// Why all machines start over at a bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restart {
    /// Regular hours began or ended, or the session changed.
    Session,
    /// Another contract.
    Contract,
    /// Bars of another length.
    Length,
    /// Too many bars were missing.
    Stale,
}

/// What the clock says of a bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    /// Time from the regular open to the bar's end; `None` unless it ends inside regular hours.
    pub(crate) since_open_us: Option<i64>,
    /// Whether the bar covers regular hours (its end may be the regular close).
    pub(crate) regular: bool,
    /// Close of the bar before it in the same regular session, ticks.
    pub(crate) prev_close: Option<i64>,
    /// Whether the machines start over.
    pub(crate) restart: Option<Restart>,
}

/// The facts of a bar that the clock needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    pub(crate) end: i64,
    pub(crate) dur_us: i64,
    pub(crate) sym: Sym,
    pub(crate) close: i64,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    tick: Tick,
    /// The regular open of its session, if the bar covers regular hours.
    rth_open: Option<i64>,
}

/// Follows the bars of the instrument through the calendar.
#[derive(Clone, Debug)]
pub(crate) struct BarClock {
    calendar: Calendar,
    missing_max: i64,
    session: Option<Session>,
    last: Option<Last>,
}

impl BarClock {
    pub(crate) fn new(calendar: Calendar, missing_max: u32) -> Self {
        Self { calendar, missing_max: i64::from(missing_max), session: None, last: None }
    }

    /// End of the newest bar, microseconds UTC.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.last.map(|last| last.tick.end)
    }

    /// Folds a closed bar; bars come in the order of their ends.
    ///
    /// # Errors
    /// The bar lies outside the calendar.
    pub(crate) fn advance(&mut self, tick: Tick) -> Result<Moment, CalendarError> {
        // The bar covers [end - dur, end): its last instant tells the session.
        let rth = self.session_at(tick.end.saturating_sub(1))?.rth;
        let rth = rth.filter(|(open, close)| *open < tick.end && tick.end <= *close);
        let rth_open = rth.map(|(open, _)| open);
        let restart = self.last.and_then(|last| self.restart(last, tick, rth_open));
        let same = self.last.filter(|_| restart.is_none() && rth_open.is_some());
        self.last = Some(Last { tick, rth_open });
        Ok(Moment {
            since_open_us: rth
                .filter(|(_, close)| tick.end < *close)
                .map(|(open, _)| tick.end - open),
            regular: rth.is_some(),
            prev_close: same.map(|last| last.tick.close),
            restart,
        })
    }

    fn restart(&self, last: Last, tick: Tick, rth_open: Option<i64>) -> Option<Restart> {
        if last.tick.sym != tick.sym {
            return Some(Restart::Contract);
        }
        if last.rth_open != rth_open {
            return Some(Restart::Session);
        }
        if last.tick.dur_us != tick.dur_us {
            return Some(Restart::Length);
        }
        let missing = (tick.end - last.tick.end) / tick.dur_us - 1;
        (rth_open.is_some() && missing > self.missing_max).then_some(Restart::Stale)
    }

    fn session_at(&mut self, ts: i64) -> Result<&Session, CalendarError> {
        let known = self.session.take().filter(|s| (s.open..s.close).contains(&ts));
        let session = match known {
            Some(session) => session,
            None => self.calendar.session_at_or_after(ts)?,
        };
        Ok(self.session.insert(session))
    }
}
