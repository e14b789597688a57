//! US Eastern times to UTC.

use crate::feeds::csv::field::CivilStamp;
use crate::feeds::csv::zone::ZoneClock;
use crate::feeds::csv::zone::ZoneError;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The zone of all times.
const ZONE: &str = "America/New_York";
const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// Where the autumn hour happens twice, the time that is not further back than this from now is
/// meant, microseconds.
const RECENT_US: i64 = HOUR_US / 2;

/// A time of day or a civil stamp, with its precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Local {
    /// Microseconds: of the day, or of a clock counted as if it were UTC.
    pub us: i64,
    /// Whether it is as fine as a millisecond.
    pub fine: bool,
}

/// Reads `HH:MM:SS[.ffffff]`.
pub(super) fn time_of_day(text: &[u8]) -> Option<Local> {
    let (clock, fraction) = text.split_first_chunk::<8>()?;
    let [h1, h0, b':', m1, m0, b':', s1, s0] = *clock else { return None };
    let (hour, minute, second) = (pair(h1, h0)?, pair(m1, m0)?, pair(s1, s0)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut us = 0;
    match fraction {
        [] => {}
        [b'.', digits @ ..] if (1..=6).contains(&digits.len()) => {
            for place in 0..6 {
                us = us * 10 + digits.get(place).map_or(Some(0), |byte| digit(*byte))?;
            }
        }
        _ => return None,
    }
    let seconds = (hour * 60 + minute) * 60 + second;
    Some(Local { us: seconds * 1_000_000 + us, fine: is_fine(text) })
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

fn pair(tens: u8, ones: u8) -> Option<i64> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// Reads a date, `MM/DD/YYYY`, `YYYY-MM-DD` or `YYYYMMDD`, as its midnight.
pub(super) fn date(text: &[u8]) -> Option<i64> {
    let mut stamp = *b"0000-00-00 00:00:00";
    let (year, month, day) = match text {
        [_, _, b'/', _, _, b'/', ..] if text.len() == 10 => (&text[6..10], &text[..2], &text[3..5]),
        [_, _, _, _, b'-', _, _, b'-', ..] if text.len() == 10 => {
            (&text[..4], &text[5..7], &text[8..10])
        }
        _ if text.len() == 8 => (&text[..4], &text[4..6], &text[6..8]),
        _ => return None,
    };
    stamp[..4].copy_from_slice(year);
    stamp[5..7].copy_from_slice(month);
    stamp[8..10].copy_from_slice(day);
    CivilStamp::default().read(&stamp)
}

/// Whether a time shows milliseconds or finer.
pub(super) fn is_fine(text: &[u8]) -> bool {
    memchr::memchr(b'.', text).is_some_and(|point| text.len() - point > 3)
}

/// The clock of New York.
#[derive(Clone, Debug)]
pub(super) struct Eastern {
    clock: ZoneClock,
    zone: TimeZone,
}

impl Eastern {
    /// The clock.
    ///
    /// # Errors
    /// The zone is not in the program's database.
    pub fn new() -> Result<Self, ZoneError> {
        let zone = TimeZone::get(ZONE).map_err(|_| ZoneError::Unknown(ZONE.to_owned()))?;
        Ok(Self { clock: ZoneClock::new(ZONE)?, zone })
    }

    /// The instant of a civil stamp. Where the clock showed it twice, the first that is not before
    /// `not_before`.
    ///
    /// # Errors
    /// The clock jumped over it, or both times are too early.
    pub fn at(&mut self, local_us: i64, not_before: i64) -> Result<i64, ZoneError> {
        self.clock.utc(local_us, not_before)
    }

    /// The instant of a civil stamp that lies near `now` (microseconds UTC).
    ///
    /// # Errors
    /// As [`Eastern::at`].
    pub fn recent(&mut self, local_us: i64, now: i64) -> Result<i64, ZoneError> {
        match self.clock.utc(local_us, now - RECENT_US) {
            // Longer ago than it should be, twice: the later of the two then.
            Err(ZoneError::Fold(_)) => Ok(self.clock.utc(local_us, i64::MIN)? + HOUR_US),
            other => other,
        }
    }

    /// The instant of a time of day: the newest that is not more than an hour after `now`
    /// (microseconds UTC). What comes from a vendor has happened; the hour is for clocks that
    /// differ.
    ///
    /// # Errors
    /// As [`Eastern::at`].
    pub fn near(&mut self, of_day_us: i64, now: i64) -> Result<i64, ZoneError> {
        let shown = self.shown(now)?;
        let midnight = shown - shown.rem_euclid(DAY_US);
        let newest = [DAY_US, 0]
            .map(|day| midnight + day + of_day_us)
            .into_iter()
            .find(|local| *local <= shown + HOUR_US);
        self.recent(newest.unwrap_or(midnight - DAY_US + of_day_us), now)
    }

    /// What the clock shows at `utc`, counted as if it were UTC.
    ///
    /// # Errors
    /// Out of range.
    pub fn shown(&self, utc: i64) -> Result<i64, ZoneError> {
        let at = Timestamp::from_microsecond(utc).map_err(|_| ZoneError::Range)?;
        Ok(utc + i64::from(self.zone.to_offset(at).seconds()) * 1_000_000)
    }

    /// `utc` as `YYYYMMDD HHMMSS`, the form of requests.
    ///
    /// # Errors
    /// Out of range.
    pub fn request_form(&self, utc: i64) -> Result<String, ZoneError> {
        let at = Timestamp::from_microsecond(utc).map_err(|_| ZoneError::Range)?;
        let civil = self.zone.to_datetime(at);
        Ok(format!(
            "{:04}{:02}{:02} {:02}{:02}{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn times_and_dates_are_read() {
        let noon = time_of_day(b"12:00:00.000001").unwrap();
        assert_eq!((noon.us, noon.fine), (12 * HOUR_US + 1, true));
        assert_eq!(time_of_day(b"12:00:00").map(|t| t.fine), Some(false));
        assert_eq!(time_of_day(b"00:00:59.5").map(|t| t.us), Some(59_500_000));
        for wrong in
            ["", "12:00", "25:00:00", "12:00:00.", "12:00:00.1234567", "12:00:00Z", "12-00-00"]
        {
            assert_eq!(time_of_day(wrong.as_bytes()), None, "{wrong}");
        }
        let midnight = us("2021-03-30T00:00:00Z");
        for text in ["03/30/2021", "2021-03-30", "20210330"] {
            assert_eq!(date(text.as_bytes()), Some(midnight), "{text}");
        }
        for wrong in ["", "30/03/2021", "2021-3-30", "99/99/9999", "2021033"] {
            assert_eq!(date(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_without_a_date_belongs_to_the_newest_day_that_can_be() {
        let mut eastern = Eastern::new().unwrap();
        let of_day = |text: &str| time_of_day(text.as_bytes()).unwrap().us;
        for (now, time, at) in [
            ("2025-11-20T23:00:00Z", "17:59:59.5", "2025-11-20T22:59:59.5Z"),
            // An evening quote seen just after midnight belongs to the day before.
            ("2025-11-21T05:00:01Z", "23:59:59.9", "2025-11-21T04:59:59.9Z"),
            ("2025-11-21T04:59:59.9Z", "00:00:00.1", "2025-11-21T05:00:00.1Z"),
            ("2025-07-01T13:30:00Z", "09:30:00", "2025-07-01T13:30:00Z"),
            // On a Saturday the last quote is Friday's.
            ("2025-11-22T15:00:00Z", "16:59:59", "2025-11-21T21:59:59Z"),
        ] {
            assert_eq!(eastern.near(of_day(time), us(now)), Ok(us(at)), "{now} {time}");
        }
    }

    #[test]
    fn the_autumn_hour_is_the_one_that_is_now() {
        let mut eastern = Eastern::new().unwrap();
        let shown = time_of_day(b"01:30:00").unwrap().us;
        for now in ["2025-11-02T05:30:01Z", "2025-11-02T06:30:01Z"] {
            let at = eastern.near(shown, us(now)).unwrap();
            assert_eq!(us(now) - at, 1_000_000, "{now}");
        }
    }

    #[test]
    fn requests_are_in_eastern_time() {
        let eastern = Eastern::new().unwrap();
        assert_eq!(eastern.request_form(us("2025-07-01T13:30:00Z")).unwrap(), "20250701 093000");
        assert_eq!(eastern.request_form(us("2025-12-01T14:30:00Z")).unwrap(), "20251201 093000");
    }

    proptest! {
        #[test]
        fn a_recent_time_comes_back(utc in 1_500_000_000_000_000_i64..1_900_000_000_000_000, ago in 0_i64..1_000_000_000) {
            let mut eastern = Eastern::new().unwrap();
            let shown = eastern.shown(utc).unwrap();
            prop_assert_eq!(eastern.near(shown.rem_euclid(DAY_US), utc + ago), Ok(utc));
        }
    }
}
