//! The trading calendar: Globex and regular sessions in UTC, from a checked-in file.
//!
//! Civil rules are computed in `America/New_York`, elapsed time in UTC. A date outside the stated
//! range is an error (exit 78), never a guess. Scheduled hours only: what a circuit breaker or an
//! outage did to a day is not in the calendar.

use crate::market::hours::Hours;
use crate::market::hours::Minute;
use crate::market::session::Session;
use crate::market::trade_date::TradeDate;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// The longest run of days without a session that the calendar may have.
const LONGEST_GAP: usize = 10;

/// Why the calendar cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// A stamp outside the range that the calendar file covers.
    #[error(
        "{date} is outside the calendar ({from} to {to}); extend it with scripts/make-calendar.sh"
    )]
    OutOfRange {
        /// The date asked for.
        date: String,
        /// First date covered.
        from: String,
        /// Last date covered.
        to: String,
    },
    /// The calendar file itself is wrong.
    #[error("calendar file: {0}")]
    Invalid(String),
    /// A number that is no date, for example `20260230`.
    #[error("{0} is not a date")]
    NotADate(TradeDate),
    /// A text that cannot be the root of a contract code.
    #[error("`{0}` is not a product root")]
    NotARoot(String),
}

/// Sessions by stamp and by date.
#[derive(Clone, Debug)]
pub struct Calendar {
    hours: Hours,
    zone: TimeZone,
}

impl Calendar {
    /// The calendar built into the program (`config/calendar.toml`).
    ///
    /// # Errors
    /// [`CalendarError::Invalid`] if the file does not hold what it promises.
    pub fn builtin() -> Result<Self, CalendarError> {
        Self::parse(include_str!("../../config/calendar.toml"))
    }

    /// The calendar of a text in the format of `config/calendar.toml`.
    ///
    /// # Errors
    /// [`CalendarError::Invalid`] with what is wrong in it.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let hours = Hours::parse(text).map_err(CalendarError::Invalid)?;
        let zone = TimeZone::get(&hours.zone).map_err(|e| CalendarError::Invalid(e.to_string()))?;
        Ok(Self { hours, zone })
    }

    /// First and last date covered.
    pub fn range(&self) -> (TradeDate, TradeDate) {
        (self.hours.from, self.hours.to)
    }

    /// The session that contains `ts`, or the next one to open if `ts` lies between sessions
    /// (maintenance hour, week-end, holiday). Constant time while `ts` stays in one session is the
    /// caller's affair: keep the answer and ask again when `ts >= close`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn session_at_or_after(&self, ts: i64) -> Result<Session, CalendarError> {
        let stamp = Timestamp::from_microsecond(ts)
            .map_err(|_| self.out_of_range(format!("stamp {ts} us")))?;
        let mut day = stamp.to_zoned(self.zone.clone()).date();
        let civil = TradeDate::from_civil(day);
        self.in_range(civil)?;
        // A session ends on its trade date and never overlaps the next: the first that ends later.
        for _ in 0..LONGEST_GAP {
            let date = TradeDate::from_civil(day);
            if date > self.hours.to {
                break;
            }
            if let Some(session) = self.session_on(day)?.filter(|session| ts < session.close) {
                return Ok(session);
            }
            day = self.step(day, 1)?;
        }
        Err(self.out_of_range(format!("the session after {civil}")))
    }

    /// The session of trade date `date`; `None` if there is none on it.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn session_of(&self, date: TradeDate) -> Result<Option<Session>, CalendarError> {
        self.session_on(self.covered(date)?)
    }

    /// Whether trade date `date` has a session.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn is_session(&self, date: TradeDate) -> Result<bool, CalendarError> {
        Ok(self.is_open_on(self.covered(date)?))
    }

    /// Whether trade date `date` has regular hours.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn has_rth(&self, date: TradeDate) -> Result<bool, CalendarError> {
        let open = self.is_open_on(self.covered(date)?);
        Ok(open && self.hours.short.get(&date).is_none_or(|short| short.rth_end.is_some()))
    }

    /// The last session before trade date `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] if `date` or that session lies outside the file's range.
    pub fn prev_session(&self, date: TradeDate) -> Result<Session, CalendarError> {
        self.walk(date, -1, |_| true)
    }

    /// The first session after trade date `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] if `date` or that session lies outside the file's range.
    pub fn next_session(&self, date: TradeDate) -> Result<Session, CalendarError> {
        self.walk(date, 1, |_| true)
    }

    /// The last session with regular hours before trade date `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] if `date` or that session lies outside the file's range.
    pub fn prev_rth_session(&self, date: TradeDate) -> Result<Session, CalendarError> {
        self.walk(date, -1, |session| session.rth.is_some())
    }

    /// The first session with regular hours after trade date `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] if `date` or that session lies outside the file's range.
    pub fn next_rth_session(&self, date: TradeDate) -> Result<Session, CalendarError> {
        self.walk(date, 1, |session| session.rth.is_some())
    }

    /// How many trade dates from `from` to `to`, both included, have a session.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn count_sessions(&self, from: TradeDate, to: TradeDate) -> Result<usize, CalendarError> {
        let (mut day, last) = (self.covered(from)?, self.covered(to)?);
        let mut count = 0;
        while day <= last {
            count += usize::from(self.is_open_on(day));
            day = self.step(day, 1)?;
        }
        Ok(count)
    }

    fn walk(
        &self,
        date: TradeDate,
        step: i32,
        wanted: impl Fn(&Session) -> bool,
    ) -> Result<Session, CalendarError> {
        let mut day = self.covered(date)?;
        loop {
            day = self.step(day, step)?;
            self.in_range(TradeDate::from_civil(day))?;
            if let Some(session) = self.session_on(day)?.filter(&wanted) {
                return Ok(session);
            }
        }
    }

    fn session_on(&self, day: Date) -> Result<Option<Session>, CalendarError> {
        let date = TradeDate::from_civil(day);
        if !self.is_open_on(day) {
            return Ok(None);
        }
        let Some(regime) = self.hours.regime(date) else { return Ok(None) };
        let short = self.hours.short.get(&date);
        let before = self.step(day, -1)?;
        let usual = if self.is_full_on(before) { regime.open } else { regime.reopen };
        let open = self.hours.late.get(&date).copied().unwrap_or(usual);
        let close = short.map_or(regime.close, |short| short.close);
        let rth_end = short.map_or(Some(self.hours.rth.1), |short| short.rth_end);
        let halts = regime.halts.iter().map(|(from, to)| (*from.max(&open), *to.min(&close)));
        let halts = halts
            .filter(|(from, to)| from < to)
            .map(|(from, to)| Ok((self.stamp(day, from)?, self.stamp(day, to)?)))
            .collect::<Result<_, CalendarError>>()?;
        let rth = rth_end
            .map(|end| Ok((self.stamp(day, self.hours.rth.0)?, self.stamp(day, end)?)))
            .transpose()?;
        Ok(Some(Session {
            date,
            open: self.stamp(day, open)?,
            close: self.stamp(day, close)?,
            halts,
            rth,
            early_close: rth_end.is_some_and(|end| end < self.hours.rth.1),
        }))
    }

    fn is_open_on(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.hours.closed.contains(&TradeDate::from_civil(day))
    }

    fn is_full_on(&self, day: Date) -> bool {
        self.is_open_on(day) && !self.hours.short.contains_key(&TradeDate::from_civil(day))
    }

    /// Civil time of `day` in microseconds UTC: the earlier one of an hour that happens twice.
    fn stamp(&self, day: Date, minute: Minute) -> Result<i64, CalendarError> {
        let day = self.step(day, minute.div_euclid(24 * 60))?;
        let minute = minute.rem_euclid(24 * 60);
        let civil = day.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
        let zoned = self.zone.to_timestamp(civil);
        zoned.map(Timestamp::as_microsecond).map_err(|e| CalendarError::Invalid(e.to_string()))
    }

    fn step(&self, day: Date, days: i32) -> Result<Date, CalendarError> {
        let moved = match days {
            1 => day.tomorrow(),
            -1 => day.yesterday(),
            0 => Ok(day),
            days => day.checked_add(jiff::Span::new().days(days)),
        };
        moved.map_err(|_| self.out_of_range(day.to_string()))
    }

    fn covered(&self, date: TradeDate) -> Result<Date, CalendarError> {
        let day = date.civil().ok_or(CalendarError::NotADate(date))?;
        self.in_range(date)?;
        Ok(day)
    }

    fn in_range(&self, date: TradeDate) -> Result<(), CalendarError> {
        if (self.hours.from..=self.hours.to).contains(&date) {
            Ok(())
        } else {
            Err(self.out_of_range(date.to_string()))
        }
    }

    fn out_of_range(&self, date: String) -> CalendarError {
        let (from, to) = (self.hours.from.to_string(), self.hours.to.to_string());
        CalendarError::OutOfRange { date, from, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::session::Phase;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000;

    fn calendar() -> Calendar {
        Calendar::builtin().unwrap()
    }

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    fn of(date: &str) -> Option<Session> {
        calendar().session_of(date.parse().unwrap()).unwrap()
    }

    #[test]
    fn regular_hours_open_at_1430_utc_in_winter_and_1330_in_summer() {
        for (date, open, close) in [
            ("2026-03-06", "2026-03-06T14:30:00Z", "2026-03-06T21:00:00Z"),
            ("2026-03-09", "2026-03-09T13:30:00Z", "2026-03-09T20:00:00Z"),
            ("2026-10-30", "2026-10-30T13:30:00Z", "2026-10-30T20:00:00Z"),
            ("2026-11-02", "2026-11-02T14:30:00Z", "2026-11-02T21:00:00Z"),
        ] {
            assert_eq!(of(date).unwrap().rth, Some((us(open), us(close))), "{date}");
        }
    }

    #[test]
    fn the_hour_that_happens_twice_lies_between_two_sessions() {
        // 2026-11-01 01:30 New York is 05:30 UTC and again 06:30 UTC.
        let calendar = calendar();
        let (first, second) = (us("2026-11-01T05:30:00Z"), us("2026-11-01T06:30:00Z"));
        let monday = calendar.session_at_or_after(first).unwrap();
        assert_eq!(monday, calendar.session_at_or_after(second).unwrap());
        assert_eq!(monday.date, TradeDate(20_261_102));
        assert_eq!(monday.open, us("2026-11-01T23:00:00Z"));
        assert_eq!(monday.phase(first), Phase::Closed);
        let friday = calendar.prev_session(monday.date).unwrap();
        assert_eq!(friday.close, us("2026-10-30T21:00:00Z"));
        // The week-end is an hour longer than the 49 of others.
        assert_eq!(monday.open - friday.close, 50 * HOUR);
    }

    #[test]
    fn a_civil_time_in_the_double_hour_is_its_first_occurrence() {
        let calendar = calendar();
        let day = jiff::civil::date(2026, 11, 1);
        assert_eq!(calendar.stamp(day, 90).unwrap(), us("2026-11-01T05:30:00Z"));
        assert_eq!(calendar.stamp(day, 120).unwrap(), us("2026-11-01T07:00:00Z"));
        assert_eq!(calendar.stamp(day, -360).unwrap(), us("2026-10-31T22:00:00Z"));
    }

    #[test]
    fn hours_follow_the_regime_of_their_time() {
        for (date, open, close, halts) in [
            // Trade dates began at 16:30 ET, Mondays at 18:00 ET of Sunday.
            (
                "2012-11-15",
                "2012-11-14T21:30:00Z",
                "2012-11-15T21:15:00Z",
                vec![("2012-11-14T22:30:00Z", "2012-11-14T23:00:00Z")],
            ),
            ("2012-11-12", "2012-11-11T23:00:00Z", "2012-11-12T21:15:00Z", vec![]),
            (
                "2012-11-19",
                "2012-11-18T23:00:00Z",
                "2012-11-19T22:15:00Z",
                vec![("2012-11-19T21:15:00Z", "2012-11-19T21:30:00Z")],
            ),
            (
                "2015-09-17",
                "2015-09-16T22:00:00Z",
                "2015-09-17T21:15:00Z",
                vec![("2015-09-17T20:15:00Z", "2015-09-17T20:30:00Z")],
            ),
            (
                "2015-09-21",
                "2015-09-20T22:00:00Z",
                "2015-09-21T21:00:00Z",
                vec![("2015-09-21T20:15:00Z", "2015-09-21T20:30:00Z")],
            ),
            (
                "2021-06-25",
                "2021-06-24T22:00:00Z",
                "2021-06-25T21:00:00Z",
                vec![("2021-06-25T20:15:00Z", "2021-06-25T20:30:00Z")],
            ),
            ("2021-06-28", "2021-06-27T22:00:00Z", "2021-06-28T21:00:00Z", vec![]),
        ] {
            let session = of(date).unwrap();
            let halts: Vec<_> = halts.iter().map(|(a, b)| (us(a), us(b))).collect();
            assert_eq!((session.open, session.close), (us(open), us(close)), "{date}");
            assert_eq!(session.halts, halts, "{date}");
            assert!(!session.early_close && session.rth.is_some());
        }
    }

    #[test]
    fn special_days_have_their_own_hours() {
        for (date, close, rth) in [
            ("2012-10-29", "2012-10-29T13:15:00Z", None),
            ("2012-10-30", "2012-10-30T13:15:00Z", None),
            ("2013-09-02", "2013-09-02T15:30:00Z", None),
            ("2018-12-05", "2018-12-05T14:30:00Z", None),
            ("2025-01-09", "2025-01-09T14:30:00Z", None),
            ("2024-11-29", "2024-11-29T18:15:00Z", Some("2024-11-29T18:00:00Z")),
            ("2023-04-07", "2023-04-07T13:15:00Z", None),
        ] {
            let session = of(date).unwrap();
            assert_eq!(session.close, us(close), "{date}");
            assert_eq!(session.rth.map(|rth| rth.1), rth.map(us), "{date}");
            assert_eq!(session.early_close, rth.is_some(), "{date}");
            assert!(session.halts.is_empty(), "{date}");
        }
        for date in ["2024-03-29", "2025-04-18", "2026-12-25", "2026-01-01", "2026-03-07"] {
            assert_eq!(of(date), None, "{date}");
        }
        // The day after Sandy and after a holiday reopens at 18:00 ET also in the oldest regime.
        assert_eq!(of("2012-10-31").unwrap().open, us("2012-10-30T22:00:00Z"));
        assert_eq!(of("2010-01-19").unwrap().open, us("2010-01-18T23:00:00Z"));
        // The leap second of 2015.
        assert_eq!(of("2015-07-01").unwrap().open, us("2015-07-01T00:45:00Z"));
    }

    #[test]
    fn a_stamp_between_sessions_gives_the_next_one() {
        let calendar = calendar();
        for (stamp, date) in [
            ("2026-03-09T20:59:59.999999Z", 20_260_309),
            ("2026-03-09T21:00:00Z", 20_260_310),
            ("2026-03-09T22:00:00Z", 20_260_310),
            ("2026-03-07T12:00:00Z", 20_260_309),
            ("2026-12-24T19:00:00Z", 20_261_228),
            ("2010-01-01T12:00:00Z", 20_100_104),
        ] {
            let session = calendar.session_at_or_after(us(stamp)).unwrap();
            assert_eq!(session.date, TradeDate(date), "{stamp}");
        }
    }

    #[test]
    fn outside_the_range_is_an_error() {
        let calendar = calendar();
        for stamp in ["2009-12-31T23:00:00Z", "2028-01-01T12:00:00Z", "2027-12-31T22:00:00Z"] {
            let error = calendar.session_at_or_after(us(stamp)).unwrap_err();
            assert!(matches!(error, CalendarError::OutOfRange { .. }), "{stamp}: {error}");
        }
        for ts in [i64::MIN, i64::MAX, 0] {
            let error = calendar.session_at_or_after(ts).unwrap_err();
            assert!(matches!(error, CalendarError::OutOfRange { .. }), "{ts}: {error}");
        }
        for date in [20_091_231, 20_280_101] {
            let error = calendar.session_of(TradeDate(date)).unwrap_err();
            assert!(matches!(error, CalendarError::OutOfRange { .. }), "{date}: {error}");
        }
        let error = calendar.next_session(TradeDate(20_271_231)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2028-01-01 is outside the calendar (2010-01-01 to 2027-12-31); extend it with scripts/make-calendar.sh"
        );
        assert!(calendar.prev_session(TradeDate(20_100_104)).is_err());
        let error = calendar.session_of(TradeDate(20_260_230)).unwrap_err();
        assert_eq!(error, CalendarError::NotADate(TradeDate(20_260_230)));
    }

    #[test]
    fn neighbours_and_counts() {
        let calendar = calendar();
        let christmas = TradeDate(20_261_225);
        assert_eq!(calendar.prev_session(christmas).unwrap().date, TradeDate(20_261_224));
        assert_eq!(calendar.next_session(christmas).unwrap().date, TradeDate(20_261_228));
        let thanksgiving = TradeDate(20_261_126);
        assert!(
            calendar.is_session(thanksgiving).unwrap() && !calendar.has_rth(thanksgiving).unwrap()
        );
        let friday = TradeDate(20_261_127);
        assert_eq!(calendar.prev_session(friday).unwrap().date, thanksgiving);
        assert_eq!(calendar.prev_rth_session(friday).unwrap().date, TradeDate(20_261_125));
        assert_eq!(calendar.next_rth_session(TradeDate(20_261_125)).unwrap().date, friday);
        let (from, to) = calendar.range();
        assert_eq!(calendar.count_sessions(from, to).unwrap(), 4651);
        assert_eq!(calendar.count_sessions(friday, friday).unwrap(), 1);
        assert_eq!(calendar.count_sessions(friday, thanksgiving).unwrap(), 0);
    }

    #[test]
    fn sessions_ascend_and_never_overlap() {
        let calendar = calendar();
        let (from, to) = calendar.range();
        let mut before: Option<Session> = None;
        let mut day = from.civil().unwrap();
        while day <= to.civil().unwrap() {
            if let Some(session) = calendar.session_on(day).unwrap() {
                assert!(session.open < session.close, "{}", session.date);
                assert!(before.is_none_or(|b| b.close <= session.open && b.date < session.date));
                let mut last = session.open;
                for (from, to) in &session.halts {
                    assert!(last <= *from && from < to && *to <= session.close, "{}", session.date);
                    last = *to;
                }
                if let Some((from, to)) = session.rth {
                    assert!(session.open < from && from < to && to <= session.close);
                    assert!(session.halts.iter().all(|(a, b)| *b <= from || to <= *a));
                }
                before = Some(session);
            }
            day = day.tomorrow().unwrap();
        }
        assert_eq!(before.map(|b| b.date), Some(to));
    }

    proptest! {
        #[test]
        fn the_session_found_is_the_first_that_ends_later(
            ts in 1_262_500_000_000_000_i64..1_830_290_000_000_000,
        ) {
            let calendar = calendar();
            let session = calendar.session_at_or_after(ts).unwrap();
            prop_assert!(ts < session.close);
            prop_assert_eq!(&calendar.session_at_or_after(session.open).unwrap(), &session);
            prop_assert_eq!(&calendar.session_at_or_after(session.close - 1).unwrap(), &session);
            let same = calendar.session_of(session.date).unwrap();
            prop_assert_eq!(same.as_ref(), Some(&session));
            if let Ok(before) = calendar.prev_session(session.date) {
                prop_assert!(before.close <= ts);
            }
            prop_assert_eq!(session.is_open(ts), matches!(session.phase(ts), Phase::Eth | Phase::Rth));
            prop_assert_eq!(session.rth_minute(ts).is_some(), session.phase(ts) == Phase::Rth);
        }
    }
}
