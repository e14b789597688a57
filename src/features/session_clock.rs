//! The session events in the order in which event time passes them.

use crate::features::day::MINUTE;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Phase;
use crate::market::Session;

/// Length of the initial balance (09:30 to 10:30 New York), microseconds.
const INITIAL_BALANCE: i64 = 60 * MINUTE;

/// Something that the calendar makes happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionEvent {
    /// Globex opens.
    Open,
    /// Regular hours begin.
    RegularOpen,
    /// The opening range at this place of `levels.opening_range_min` is over.
    OpeningRangeEnd(usize),
    /// The first hour of regular hours is over.
    InitialBalanceEnd,
    /// Regular hours end.
    RegularClose,
    /// Globex closes.
    Close,
}

/// The session in force and the events of it that are still to come.
#[derive(Clone, Debug)]
pub struct SessionClock {
    calendar: Calendar,
    /// Lengths of the opening ranges, microseconds.
    opening: Vec<i64>,
    session: Option<Session>,
    /// Everything that happens in the session in force, in order.
    events: Vec<(i64, SessionEvent)>,
    next: usize,
    due: i64,
}

impl SessionClock {
    /// A clock before its first record. `opening` are the lengths of the opening ranges in minutes.
    pub fn new(calendar: Calendar, opening: &[u32]) -> Self {
        let opening = opening.iter().map(|minutes| i64::from(*minutes) * MINUTE).collect();
        Self { calendar, opening, session: None, events: Vec::new(), next: 0, due: i64::MAX }
    }

    /// Takes up the session that contains `ts` or opens next, unless one is in force.
    ///
    /// # Errors
    /// `ts` lies outside the calendar.
    pub fn enter(&mut self, ts: i64) -> Result<(), CalendarError> {
        if self.session.is_none() {
            let session = self.calendar.session_at_or_after(ts)?;
            self.plan(&session);
            self.session = Some(session);
            self.next = 0;
            self.due = self.event_at(0).map_or(i64::MAX, |(at, _)| at);
        }
        Ok(())
    }

    /// Lists what happens in `session`.
    fn plan(&mut self, session: &Session) {
        self.events.clear();
        self.events.push((session.open, SessionEvent::Open));
        if let Some((open, close)) = session.rth {
            self.events.push((open, SessionEvent::RegularOpen));
            for (place, length) in self.opening.iter().enumerate() {
                // A range that the day is too short for is never whole.
                if open + length <= close {
                    self.events.push((open + length, SessionEvent::OpeningRangeEnd(place)));
                }
            }
            let balance = (open + INITIAL_BALANCE).min(close);
            self.events.push((balance, SessionEvent::InitialBalanceEnd));
            self.events.push((close, SessionEvent::RegularClose));
        }
        self.events.push((session.close, SessionEvent::Close));
        // Stable: what happens at one moment keeps the order above.
        self.events.sort_by_key(|(at, _)| *at);
    }

    /// The session in force.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Stamp of the next event, microseconds UTC; `i64::MAX` while no session is in force.
    #[inline]
    pub fn due(&self) -> i64 {
        self.due
    }

    /// The events of the session in force that have passed, with their stamps.
    pub fn passed(&self) -> impl Iterator<Item = (i64, SessionEvent)> + '_ {
        (0..self.next).filter_map(|index| self.event_at(index))
    }

    /// Takes the next event and its stamp, if it is due at `ts`. After a close no session is in
    /// force.
    pub fn take(&mut self, ts: i64) -> Option<(i64, SessionEvent)> {
        if self.due > ts {
            return None;
        }
        let (at, event) = self.event_at(self.next)?;
        self.next += 1;
        if event == SessionEvent::Close {
            self.session = None;
        }
        self.due = self.event_at(self.next).map_or(i64::MAX, |(at, _)| at);
        Some((at, event))
    }

    /// The phase just before `end`, which is what a window that ends there describes.
    pub fn phase_before(&self, end: i64) -> Phase {
        self.session.as_ref().map_or(Phase::Closed, |session| session.phase(end - 1))
    }

    fn event_at(&self, index: usize) -> Option<(i64, SessionEvent)> {
        self.session.as_ref()?;
        self.events.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_order_and_a_close_ends_the_session() {
        let calendar = Calendar::builtin().unwrap();
        let monday = calendar.session_of("2026-03-09".parse().unwrap()).unwrap().unwrap();
        let mut clock = SessionClock::new(calendar, &[30]);
        assert_eq!((clock.due(), clock.phase_before(monday.open)), (i64::MAX, Phase::Closed));
        clock.enter(monday.open - 5).unwrap();
        assert_eq!(clock.phase_before(monday.open), Phase::Closed);
        assert_eq!(clock.take(monday.open - 1), None);
        let (open, close) = monday.rth.unwrap();
        for (at, event) in [
            (monday.open, SessionEvent::Open),
            (open, SessionEvent::RegularOpen),
            (open + 30 * MINUTE, SessionEvent::OpeningRangeEnd(0)),
            (open + INITIAL_BALANCE, SessionEvent::InitialBalanceEnd),
            (close, SessionEvent::RegularClose),
            (monday.close, SessionEvent::Close),
        ] {
            assert_eq!(clock.due(), at);
            assert_eq!(clock.take(at), Some((at, event)));
        }
        assert_eq!((clock.session(), clock.due()), (None, i64::MAX));
    }

    #[test]
    fn a_holiday_has_no_regular_hours() {
        let calendar = Calendar::builtin().unwrap();
        let labor = calendar.session_of("2026-09-07".parse().unwrap()).unwrap().unwrap();
        let mut clock = SessionClock::new(calendar, &[5, 30]);
        clock.enter(labor.open).unwrap();
        assert_eq!(clock.take(labor.open), Some((labor.open, SessionEvent::Open)));
        assert_eq!(clock.due(), labor.close);
        assert_eq!(clock.take(labor.close), Some((labor.close, SessionEvent::Close)));
    }
}
