//! Points in time on the command line.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::str::FromStr;

/// A stamp, microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct When(pub i64);

/// Integers outside are taken for another unit: 1973 to 2096 in microseconds.
const PLAUSIBLE: std::ops::Range<i64> = 100_000_000_000_000..4_000_000_000_000_000;

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse::<i64>() {
            return if PLAUSIBLE.contains(&number) {
                Ok(Self(number))
            } else {
                Err(format!("{number} is not a time in microseconds since 1970"))
            };
        }
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return Ok(Self(stamp.as_microsecond()));
        }
        if text.contains('[')
            && let Ok(zoned) = text.parse::<Zoned>()
        {
            return Ok(Self(zoned.timestamp().as_microsecond()));
        }
        let date = if text.len() == 10 { text.parse::<Date>().ok() } else { None };
        match date.and_then(|d| d.to_zoned(TimeZone::UTC).ok()) {
            Some(midnight) => Ok(Self(midnight.timestamp().as_microsecond())),
            None => Err(format!(
                "`{text}` is none of: a date 2026-03-09 (midnight UTC), a time with its offset \
                 2026-03-09T09:30:00-04:00, one with its zone 2026-03-09T09:30[America/New_York], \
                 microseconds since 1970"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_time() {
        for (text, us) in [
            ("1773063000000000", 1_773_063_000_000_000),
            ("2026-03-09T13:30:00Z", 1_773_063_000_000_000),
            ("2026-03-09T09:30:00-04:00", 1_773_063_000_000_000),
            ("2026-03-09T09:30[America/New_York]", 1_773_063_000_000_000),
            ("2026-03-09T13:30:00.000001Z", 1_773_063_000_000_001),
            ("2026-03-09", 1_773_014_400_000_000),
        ] {
            assert_eq!(text.parse(), Ok(When(us)), "{text}");
        }
    }

    #[test]
    fn other_units_and_local_times_are_refused() {
        // Seconds, milliseconds, nanoseconds; a time that does not say its zone.
        for text in
            ["1773063000", "1773063000000", "1773063000000000000", "2026-03-09T09:30", "yesterday"]
        {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
