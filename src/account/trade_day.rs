//! Which session the account is in, and when the next one begins.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Session;

/// Follows the sessions by the stamps of the records; asks the calendar once a session.
#[derive(Clone, Debug)]
pub struct TradeDay {
    calendar: Calendar,
    session: Option<Session>,
    boundary: i64,
}

/// A session that has begun, or the first that was heard of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDay {
    /// The session.
    pub session: Session,
    /// Open of the session before it, microseconds UTC; `None` for the first.
    pub before: Option<i64>,
}

impl TradeDay {
    /// No session yet.
    pub const fn new(calendar: Calendar) -> Self {
        Self { calendar, session: None, boundary: i64::MIN }
    }

    /// As if no session had been heard of.
    pub fn forget(&mut self) {
        self.session = None;
        self.boundary = i64::MIN;
    }

    /// Whether `now` (microseconds UTC) may belong to another session.
    #[inline]
    pub const fn is_due(&self, now: i64) -> bool {
        now >= self.boundary
    }

    /// The session that `now` belongs to, if it is a new one. Between sessions the old one counts
    /// until the next opens; before the first session opens, that one counts.
    ///
    /// # Errors
    /// The calendar does not cover `now`.
    pub fn turn(&mut self, now: i64) -> Result<Option<NewDay>, CalendarError> {
        if !self.is_due(now) {
            return Ok(None);
        }
        let session = self.calendar.session_at_or_after(now)?;
        let before = self.session.as_ref().map(|old| old.open);
        if before.is_some() && now < session.open {
            self.boundary = session.open;
            return Ok(None);
        }
        self.boundary = session.close;
        if before == Some(session.open) {
            return Ok(None);
        }
        self.session = Some(session.clone());
        Ok(Some(NewDay { session, before }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::TradeDate;

    #[test]
    fn the_day_turns_when_the_next_session_opens_not_when_the_old_one_closes() {
        let calendar = Calendar::builtin().unwrap();
        let monday = calendar.session_of(TradeDate(20_240_108)).unwrap().unwrap();
        let tuesday = calendar.session_of(TradeDate(20_240_109)).unwrap().unwrap();
        let mut day = TradeDay::new(calendar);
        let first = day.turn(monday.open + 5).unwrap().unwrap();
        assert_eq!((first.session.open, first.before), (monday.open, None));
        assert_eq!(day.turn(monday.close - 1).unwrap(), None);
        assert_eq!(day.turn(monday.close).unwrap(), None);
        assert_eq!(day.turn(tuesday.open - 1).unwrap(), None);
        let next = day.turn(tuesday.open).unwrap().unwrap();
        assert_eq!((next.session.open, next.before), (tuesday.open, Some(monday.open)));
    }
}
