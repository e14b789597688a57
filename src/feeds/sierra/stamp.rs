//! Sierra Chart's time: microseconds, in old files days, since 1899-12-30 00:00 UTC.

/// 1970-01-01 in microseconds since 1899-12-30: 25 569 days.
const UNIX_EPOCH_US: i64 = 2_209_161_600_000_000;
/// Raw values read as microseconds: the years 1938 to 2216.
const MICROS: std::ops::Range<i64> = 1_200_000_000_000_000..10_000_000_000_000_000;
/// Raw values read as days: the years 1954 to 2119.
const DAYS: std::ops::Range<f64> = 20_000.0..80_000.0;
const US_PER_DAY: f64 = 86_400e6;

/// Microseconds since the Unix epoch, UTC, of the eight bytes of a stamp.
///
/// Files of today hold an integer of microseconds, very old ones a double of days; the bits of any
/// plausible double lie far above the integers, so that the two cannot be taken for one another.
/// `None` if it is neither.
#[inline]
pub fn unix_us(raw: i64) -> Option<i64> {
    if MICROS.contains(&raw) {
        return Some(raw - UNIX_EPOCH_US);
    }
    from_days(f64::from_bits(raw.cast_unsigned()))
}

#[cold]
fn from_days(days: f64) -> Option<i64> {
    DAYS.contains(&days).then(|| ((days - 25_569.0) * US_PER_DAY).round() as i64)
}

/// The integer stamp of an instant, microseconds since the Unix epoch, UTC.
pub const fn raw_us(unix_us: i64) -> i64 {
    unix_us + UNIX_EPOCH_US
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_stamps() {
        // 2020-11-25T01:21:41.954Z
        let instant = 1_606_267_301_954_000;
        assert_eq!(unix_us(raw_us(instant)), Some(instant));
        let days: f64 = 44_160.056_735_578_7;
        let old = unix_us(days.to_bits().cast_signed()).unwrap();
        assert!((old - instant).abs() < 1_000, "{old}");
        for wrong in [0, -1, 1, i64::MIN, i64::MAX, f64::NAN.to_bits().cast_signed()] {
            assert_eq!(unix_us(wrong), None, "{wrong}");
        }
    }
}
