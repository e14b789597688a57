//! Points in time on the command line.

use crate::market::stamp_from;
use std::str::FromStr;

/// A stamp, microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct When(pub i64);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        stamp_from(text).map(Self).map_err(|error| error.to_string())
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
