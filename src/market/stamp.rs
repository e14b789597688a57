//! Points in time as people write them.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Integers outside are taken for another unit: 1973 to 2096 in microseconds.
const PLAUSIBLE: std::ops::Range<i64> = 100_000_000_000_000..4_000_000_000_000_000;

/// A text that names no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotATime {
    /// An integer that is no plausible number of microseconds.
    #[error("{0} is not a time in microseconds since 1970")]
    Unit(i64),
    /// Anything else.
    #[error(
        "`{0}` is none of: a date 2026-03-09 (midnight UTC), a time with its offset \
         2026-03-09T09:30:00-04:00, one with its zone 2026-03-09T09:30[America/New_York], \
         microseconds since 1970"
    )]
    Text(String),
}

/// The stamp that `text` names, microseconds since the Unix epoch, UTC.
///
/// # Errors
/// [`NotATime`], also for a local time without its zone.
pub fn stamp_from(text: &str) -> Result<i64, NotATime> {
    if let Ok(number) = text.parse::<i64>() {
        return if PLAUSIBLE.contains(&number) { Ok(number) } else { Err(NotATime::Unit(number)) };
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Ok(stamp.as_microsecond());
    }
    if text.contains('[')
        && let Ok(zoned) = text.parse::<Zoned>()
    {
        return Ok(zoned.timestamp().as_microsecond());
    }
    let date = if text.len() == 10 { text.parse::<Date>().ok() } else { None };
    let midnight = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    midnight
        .map(|midnight| midnight.timestamp().as_microsecond())
        .ok_or_else(|| NotATime::Text(text.to_owned()))
}
