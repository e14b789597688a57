//! The session events in the order in which event time passes them.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Phase;
use crate::market::Session;

/// Length of the initial balance (09:30 to 10:30 New York), microseconds.
const INITIAL_BALANCE: i64 = 3_600_000_000;

/// Something that the calendar makes happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionEvent {
    /// Globex opens.
    Open,
    /// Regular hours begin.
    RegularOpen,
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
    session: Option<Session>,
    next: usize,
    due: i64,
}

impl SessionClock {
    /// A clock before its first record.
    pub fn new(calendar: Calendar) -> Self {
        Self { calendar, session: None, next: 0, due: i64::MAX }
    }

    /// Takes up the session that contains `ts` or opens next, unless one is in force.
    ///
    /// # Errors
    /// `ts` lies outside the calendar.
    pub fn enter(&mut self, ts: i64) -> Result<(), CalendarError> {
        if self.session.is_none() {
            self.session = Some(self.calendar.session_at_or_after(ts)?);
            self.next = 0;
            self.due = self.event_at(0).map_or(i64::MAX, |(at, _)| at);
        }
        Ok(())
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
        let session = self.session.as_ref()?;
        match (index, session.rth) {
            (0, _) => Some((session.open, SessionEvent::Open)),
            (1, Some((open, _))) => Some((open, SessionEvent::RegularOpen)),
            (2, Some((open, close))) => {
                Some(((open + INITIAL_BALANCE).min(close), SessionEvent::InitialBalanceEnd))
            }
            (3, Some((_, close))) => Some((close, SessionEvent::RegularClose)),
            (4, Some(_)) | (1, None) => Some((session.close, SessionEvent::Close)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_order_and_a_close_ends_the_session() {
        let calendar = Calendar::builtin().unwrap();
        let monday = calendar.session_of("2026-03-09".parse().unwrap()).unwrap().unwrap();
        let mut clock = SessionClock::new(calendar);
        assert_eq!((clock.due(), clock.phase_before(monday.open)), (i64::MAX, Phase::Closed));
        clock.enter(monday.open - 5).unwrap();
        assert_eq!(clock.phase_before(monday.open), Phase::Closed);
        assert_eq!(clock.take(monday.open - 1), None);
        let (open, close) = monday.rth.unwrap();
        for (at, event) in [
            (monday.open, SessionEvent::Open),
            (open, SessionEvent::RegularOpen),
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
        let mut clock = SessionClock::new(calendar);
        clock.enter(labor.open).unwrap();
        assert_eq!(clock.take(labor.open), Some((labor.open, SessionEvent::Open)));
        assert_eq!(clock.due(), labor.close);
        assert_eq!(clock.take(labor.close), Some((labor.close, SessionEvent::Close)));
    }
}
