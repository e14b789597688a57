//! The trading calendar: Globex and regular sessions in UTC, from a checked-in file.
//!
//! Civil rules are computed in `America/New_York`, elapsed time in UTC. A date outside the stated
//! range is an error (exit 78), never a guess.

/// A trade date as `year * 10_000 + month * 100 + day`, for example `20260309`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct TradeDate(pub u32);

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
}

/// Sessions by stamp and by date.
#[derive(Clone, Debug)]
pub struct Calendar {}

impl Calendar {
    /// The calendar built into the program (`config/calendar.toml`).
    ///
    /// # Errors
    /// [`CalendarError::Invalid`] if the file does not hold what it promises.
    pub fn builtin() -> Result<Self, CalendarError> {
        Ok(Self {})
    }

    /// The session that contains `ts`, or the next one to open if `ts` lies between sessions
    /// (maintenance hour, week-end, holiday). Constant time while `ts` stays in one session is the
    /// caller's affair: keep the answer and ask again when `ts >= close`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn session_at_or_after(&self, ts: i64) -> Result<Session, CalendarError> {
        let _ = ts;
        Err(CalendarError::Invalid("no sessions".into()))
    }

    /// The session of trade date `date`; `None` if there is none on it.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] outside the file's range.
    pub fn session_of(&self, date: TradeDate) -> Result<Option<Session>, CalendarError> {
        let _ = date;
        Err(CalendarError::Invalid("no sessions".into()))
    }
}
