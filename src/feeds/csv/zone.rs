//! Local civil time to UTC, with the offset kept until the zone's next change.

use jiff::Timestamp;
use jiff::tz::AmbiguousOffset;
use jiff::tz::Offset;
use jiff::tz::TimeZone;

const US_PER_S: i64 = 1_000_000;

/// Why a local time has no UTC instant.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// The zone is not in the time zone database.
    #[error("time zone `{0}` is not known")]
    Unknown(String),
    /// The clock jumped over this local time.
    #[error("this local time does not exist in {0}: the clock jumped over it")]
    Gap(String),
    /// The clock showed this local time twice, and both are before the row above.
    #[error("this local time happened twice in {0}, and both times are before the row above")]
    Fold(String),
    /// Outside what can be represented.
    #[error("date out of range")]
    Range,
}

/// Converts the local times of one zone to microseconds UTC.
///
/// Within a stretch of constant offset a conversion is one comparison and one subtraction; the
/// zone's rules are asked only when the stretch ends.
#[derive(Clone, Debug)]
pub struct ZoneClock {
    zone: TimeZone,
    name: String,
    /// Local times in `[from, until)` are unambiguous and lie `offset` ahead of UTC.
    from: i64,
    until: i64,
    offset: i64,
}

impl ZoneClock {
    /// The clock of an IANA zone, for example `America/Chicago` or `UTC`.
    ///
    /// # Errors
    /// [`ZoneError::Unknown`].
    pub fn new(name: &str) -> Result<Self, ZoneError> {
        let zone = TimeZone::get(name).map_err(|_| ZoneError::Unknown(name.to_owned()))?;
        Ok(Self { zone, name: name.to_owned(), from: 0, until: 0, offset: 0 })
    }

    /// The instant at which the zone's clock shows `local_us`, a civil time counted as if it were
    /// UTC. Where the clock showed it twice, the first instant that is not before `not_before`.
    ///
    /// # Errors
    /// [`ZoneError::Gap`], [`ZoneError::Fold`] or [`ZoneError::Range`].
    #[inline]
    pub fn utc(&mut self, local_us: i64, not_before: i64) -> Result<i64, ZoneError> {
        if self.from <= local_us && local_us < self.until {
            return Ok(local_us - self.offset);
        }
        self.ask(local_us, not_before)
    }

    #[cold]
    fn ask(&mut self, local_us: i64, not_before: i64) -> Result<i64, ZoneError> {
        let shown = Timestamp::from_microsecond(local_us).map_err(|_| ZoneError::Range)?;
        let civil = Offset::UTC.to_datetime(shown);
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                self.offset = micros(offset);
                let instant = local_us - self.offset;
                self.find_stretch(instant)?;
                Ok(instant)
            }
            AmbiguousOffset::Gap { .. } => Err(ZoneError::Gap(self.name.clone())),
            AmbiguousOffset::Fold { before, after } => [before, after]
                .into_iter()
                .map(|offset| local_us - micros(offset))
                .find(|instant| *instant >= not_before)
                .ok_or_else(|| ZoneError::Fold(self.name.clone())),
        }
    }

    /// Finds the local times around `instant` that have its offset and no other.
    fn find_stretch(&mut self, instant: i64) -> Result<(), ZoneError> {
        let here = Timestamp::from_microsecond(instant).map_err(|_| ZoneError::Range)?;
        // `preceding` is exclusive: an instant that is a change itself belongs to the new stretch.
        let after_here = Timestamp::from_microsecond(instant + 1).map_err(|_| ZoneError::Range)?;
        self.from = match self.zone.preceding(after_here).next() {
            Some(change) => {
                let at = change.timestamp().as_microsecond();
                at + self.offset.max(self.offset_at(at - 1)?)
            }
            None => i64::MIN,
        };
        self.until = match self.zone.following(here).next() {
            Some(change) => {
                let at = change.timestamp().as_microsecond();
                at + self.offset.min(micros(change.offset()))
            }
            None => i64::MAX,
        };
        Ok(())
    }

    fn offset_at(&self, instant: i64) -> Result<i64, ZoneError> {
        let at = Timestamp::from_microsecond(instant).map_err(|_| ZoneError::Range)?;
        Ok(micros(self.zone.to_offset(at)))
    }
}

fn micros(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * US_PER_S
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    fn local(text: &str) -> i64 {
        let civil: DateTime = text.parse().unwrap();
        Offset::UTC.to_timestamp(civil).unwrap().as_microsecond()
    }

    fn instant(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn both_sides_of_a_clock_change() {
        let mut chicago = ZoneClock::new("America/Chicago").unwrap();
        for (civil, at) in [
            ("2021-03-12T08:30:00", "2021-03-12T14:30:00Z"),
            ("2021-03-15T08:30:00", "2021-03-15T13:30:00Z"),
            ("2021-11-05T08:30:00", "2021-11-05T13:30:00Z"),
            ("2021-11-08T08:30:00", "2021-11-08T14:30:00Z"),
            ("2013-09-01T17:00:00.083", "2013-09-01T22:00:00.083Z"),
        ] {
            assert_eq!(chicago.utc(local(civil), i64::MIN), Ok(instant(at)), "{civil}");
        }
    }

    #[test]
    fn the_repeated_hour_follows_the_order_of_the_rows() {
        let mut chicago = ZoneClock::new("America/Chicago").unwrap();
        let first = instant("2026-11-01T06:30:00Z");
        let second = instant("2026-11-01T07:30:00Z");
        let shown = local("2026-11-01T01:30:00");
        assert_eq!(chicago.utc(shown, i64::MIN), Ok(first));
        assert_eq!(chicago.utc(shown, first), Ok(first));
        assert_eq!(chicago.utc(shown, first + 1), Ok(second));
        assert!(matches!(chicago.utc(shown, second + 1), Err(ZoneError::Fold(_))));
    }

    #[test]
    fn a_skipped_hour_is_an_error() {
        let mut chicago = ZoneClock::new("America/Chicago").unwrap();
        let shown = local("2026-03-08T02:30:00");
        assert!(matches!(chicago.utc(shown, i64::MIN), Err(ZoneError::Gap(_))));
        assert!(ZoneClock::new("Chicago/America").is_err());
    }

    proptest! {
        /// The cached stretch and the zone's own rules agree at every instant, also at the edges.
        #[test]
        fn the_cache_changes_nothing(
            days in prop::collection::vec(15_000_i64..22_000, 1..20),
            second in 0_i64..86_400,
            near in prop::collection::vec(-7200_i64..7200, 1..20),
        ) {
            let mut cached = ZoneClock::new("America/Chicago").unwrap();
            let changes = [instant("2021-03-14T08:00:00Z"), instant("2021-11-07T07:00:00Z")];
            let times = days.iter().map(|d| (d * 86_400 + second) * US_PER_S).chain(
                near.iter().flat_map(|n| changes.map(|c| c + n * US_PER_S)),
            );
            for instant in times {
                let zone = TimeZone::get("America/Chicago").unwrap();
                let at = Timestamp::from_microsecond(instant).unwrap();
                let shown = instant + micros(zone.to_offset(at));
                prop_assert_eq!(cached.utc(shown, instant), Ok(instant));
            }
        }
    }
}
