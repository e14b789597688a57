//! When a series settles, and the time until then (QUANT 3.3).

use crate::market::Calendar;
use crate::market::TradeDate;
use crate::wire::Settlement;
use jiff::civil::Time;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// Minutes of a year.
pub const YEAR_MINUTES: f64 = 525_600.0;
const MINUTE: f64 = 60_000_000.0;

/// An expiry date on which nothing can settle.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExpiryError {
    /// A holiday or a week-end.
    #[error("{0} is no trading day")]
    NotATradingDay(TradeDate),
    /// No civil date.
    #[error("{0} is not a date")]
    NotADate(TradeDate),
}

/// When a series settles, microseconds UTC: at the opening prices of the expiry date (09:30 New York)
/// or at the close (16:00; 13:00 on an early close). Beyond the calendar's range every weekday counts
/// as a full one: holidays years ahead are not published.
///
/// # Errors
/// The date is no trading day.
pub fn settlement(
    calendar: &Calendar,
    exp: TradeDate,
    settle: Settlement,
) -> Result<i64, ExpiryError> {
    match calendar.session_of(exp) {
        Ok(session) => {
            let hours = session.and_then(|s| s.rth).ok_or(ExpiryError::NotATradingDay(exp))?;
            Ok(if settle == Settlement::Am { hours.0 } else { hours.1 })
        }
        Err(_) => beyond(exp, settle),
    }
}

fn beyond(exp: TradeDate, settle: Settlement) -> Result<i64, ExpiryError> {
    let day = exp.civil().ok_or(ExpiryError::NotADate(exp))?;
    if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        return Err(ExpiryError::NotATradingDay(exp));
    }
    let time = match settle {
        Settlement::Am => Time::constant(9, 30, 0, 0),
        Settlement::Pm => Time::constant(16, 0, 0, 0),
    };
    let zone = TimeZone::get("America/New_York").map_err(|_| ExpiryError::NotADate(exp))?;
    let stamp = zone.to_timestamp(day.to_datetime(time));
    stamp.map(jiff::Timestamp::as_microsecond).map_err(|_| ExpiryError::NotADate(exp))
}

/// Years of 525,600 minutes from `at` to `until`, microseconds UTC both; negative if that is past.
pub fn years(at: i64, until: i64) -> f64 {
    minutes(at, until) / YEAR_MINUTES
}

/// Minutes from `at` to `until`.
pub(super) fn minutes(at: i64, until: i64) -> f64 {
    until.saturating_sub(at) as f64 / MINUTE
}

/// The trade date to which `at` belongs, and the end of its regular hours; `None` outside the calendar
/// and on days without regular hours.
pub fn regular_close(calendar: &Calendar, at: i64) -> Option<(TradeDate, i64)> {
    let session = calendar.session_at_or_after(at).ok()?;
    session.rth.map(|(_, close)| (session.date, close))
}
