//! Stamps of foreign files.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The stamp in microseconds UTC: with an offset as it says, without one in `zone`.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<i64> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp.as_microsecond());
    }
    let civil: DateTime = text.parse().ok()?;
    zone.to_timestamp(civil).ok().map(Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_wins_over_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        for (text, stamp) in [
            ("2025-08-08T11:46:43.411432", 1_754_668_003_411_432),
            ("2025-08-08T15:46:43.411432Z", 1_754_668_003_411_432),
            ("2025-08-14 13:47:27", 1_755_193_647_000_000),
        ] {
            assert_eq!(read(text, &zone), Some(stamp), "{text}");
        }
        assert_eq!(read("yesterday", &zone), None);
    }
}
