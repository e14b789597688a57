//! Where the options trade.

use crate::market::TradeDate;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// New York's time, in which expiries and sessions are told; UTC if the bundled data lacked it.
pub(super) fn new_york() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

/// The day of a stamp there.
pub(super) fn day(us: i64) -> Option<TradeDate> {
    let at = Timestamp::from_microsecond(us).ok()?.to_zoned(new_york());
    Some(TradeDate::from_civil(at.date()))
}
