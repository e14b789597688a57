//! A time of day that comes once a day in a zone of its own.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// A civil time of day with its zone, for example `23:45 America/New_York`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DailyTime {
    time: Time,
    zone: TimeZone,
}

impl DailyTime {
    /// The time of a text `HH:MM Area/City` (a name of the IANA time zone database); `None` if it
    /// is not one. The zone cannot be left out: a time of day alone does not say whose.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, zone) = text.split_once(' ')?;
        let (hour, minute) = time.split_once(':')?;
        let is_short = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !is_short(hour) || !is_short(minute) {
            return None;
        }
        let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
        Some(Self { time, zone: TimeZone::get(zone).ok()? })
    }

    /// Its first moment at or after `ts` (microseconds UTC); `None` at the end of time. A time that
    /// a change of clocks leaves out comes as much later as the clocks jump; of one that happens
    /// twice the first counts.
    pub fn at_or_after(&self, ts: i64) -> Option<i64> {
        let day = Timestamp::from_microsecond(ts).ok()?.to_zoned(self.zone.clone()).date();
        let mut day = day.yesterday().ok()?;
        loop {
            let moment = self.zone.to_timestamp(day.to_datetime(self.time)).ok()?;
            if moment.as_microsecond() >= ts {
                return Some(moment.as_microsecond());
            }
            day = day.tomorrow().ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_US: i64 = 24 * 3_600_000_000;

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn it_comes_once_a_day_in_its_own_zone() {
        let times = [
            ("23:45 America/New_York", "2026-03-06T12:00:00Z", "2026-03-07T04:45:00Z"),
            // Summer time begins on 8 March.
            ("23:45 America/New_York", "2026-03-08T12:00:00Z", "2026-03-09T03:45:00Z"),
            ("23:45 Asia/Tokyo", "2026-03-09T12:00:00Z", "2026-03-09T14:45:00Z"),
            // A moment itself is the next.
            ("23:45 Asia/Tokyo", "2026-03-09T14:45:00Z", "2026-03-09T14:45:00Z"),
            // 02:30 does not exist on 8 March in New York; 01:30 happens twice on 1 November.
            ("02:30 America/New_York", "2026-03-08T06:00:00Z", "2026-03-08T07:30:00Z"),
            ("01:30 America/New_York", "2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"),
        ];
        for (text, after, expected) in times {
            let time = DailyTime::parse(text).unwrap();
            assert_eq!(time.at_or_after(us(after)), Some(us(expected)), "{text} after {after}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_none() {
        for wrong in ["", "23:45", "24:00 Asia/Tokyo", "9:35 Asia/Tokyo", "23:45 Nowhere/Land"] {
            assert_eq!(DailyTime::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_next_is_never_past_and_within_a_day_and_an_hour(ts in us("2024-01-01T00:00:00Z")..us("2027-01-01T00:00:00Z")) {
            let time = DailyTime::parse("23:45 Europe/Paris").unwrap();
            let next = time.at_or_after(ts).unwrap();
            prop_assert!(next >= ts && next - ts <= DAY_US + DAY_US / 24);
            prop_assert_eq!(time.at_or_after(next), Some(next));
        }
    }
}
