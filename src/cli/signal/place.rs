//! Times as the trader reads them: New York's.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// New York's time; UTC if the bundled data lacked it.
fn new_york() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

/// A stamp (microseconds UTC) in New York as `format` says.
fn told(us: i64, format: &str) -> String {
    Timestamp::from_microsecond(us)
        .map(|at| at.to_zoned(new_york()).strftime(format).to_string())
        .unwrap_or_default()
}

/// Day and minute: `2026-03-10 10:31`.
pub(super) fn minute(us: i64) -> String {
    told(us, "%Y-%m-%d %H:%M")
}

/// The minute of the day: `10:31`.
pub(super) fn clock(us: i64) -> String {
    told(us, "%H:%M")
}

/// The full stamp with its offset: `2026-03-10T10:31:00-04:00`.
pub(super) fn stamp(us: i64) -> String {
    told(us, "%Y-%m-%dT%H:%M:%S%:z")
}

/// The day in words: `Tuesday 2026-03-10`.
pub(super) fn day(us: i64) -> String {
    told(us, "%A %Y-%m-%d")
}

/// A level's name; where it holds a stamp, as the bases of a Battle Navale do, the minute: `green@10:31`.
pub(super) fn level(id: &str) -> String {
    match id.split_once('@').map(|(name, at)| (name, at.parse())) {
        Some((name, Ok(us))) => format!("{name}@{}", clock(us)),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_in_a_name_is_read_as_a_minute() {
        assert_eq!(level("green@1773063000000000"), "green@09:30");
        assert_eq!(level("R5000"), "R5000");
        assert_eq!(level("x@y"), "x@y");
    }

    #[test]
    fn times_are_new_yorks_in_winter_and_summer() {
        assert_eq!(minute(1_773_063_000_000_000), "2026-03-09 09:30");
        assert_eq!(stamp(1_773_063_000_000_000), "2026-03-09T09:30:00-04:00");
        assert_eq!(clock(1_768_573_800_000_000), "09:30");
        assert_eq!(day(1_768_573_800_000_000), "Friday 2026-01-16");
    }
}
