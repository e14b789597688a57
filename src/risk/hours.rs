//! When orders are allowed.

use crate::config;
use crate::market::Session;
use crate::wire::Failure;
use crate::wire::FailureClass;

const MINUTE_US: i64 = 60_000_000;
/// Regular hours start at this minute of the New York day (09:30).
const RTH_MINUTE: i64 = 9 * 60 + 30;

/// The hours of `[session]` as minutes of the New York day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderHours {
    from: i64,
    normal: Day,
    early: Day,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Day {
    until: i64,
    flat_by: i64,
    smaller: i64,
}

/// The hours of one trade date, microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Globex open.
    pub open: i64,
    /// Globex close.
    pub close: i64,
    /// Entries from here (inclusive) to there (exclusive); `None` on days without regular hours.
    pub entries: Option<(i64, i64)>,
    /// Positions are closed from here on; `None` on days without regular hours.
    pub flat_by: Option<i64>,
    /// Minute of the New York day from which on sizes are those of the close.
    pub smaller_from: i64,
    /// Regular hours, right-open.
    pub rth: Option<(i64, i64)>,
}

impl OrderHours {
    /// The hours of the configuration.
    ///
    /// # Errors
    /// A time that is not `HH:MM`, or hours out of order.
    pub fn new(hours: &config::Session) -> Result<Self, Failure> {
        let smaller = minute("smaller_from", &hours.smaller_from)?;
        let usual = minute("flat_by", &hours.flat_by)?;
        let day = |entries, orders, flat_by| {
            let flat_by = minute("flat_by", flat_by)?;
            Ok::<_, Failure>(Day {
                // An entry is an order, so the stricter of the two ends holds.
                until: minute("entries_until", entries)?.min(minute("orders_until", orders)?),
                flat_by,
                smaller: smaller - usual + flat_by,
            })
        };
        let hours = Self {
            from: minute("orders_from", &hours.orders_from)?,
            normal: day(&hours.entries_until, &hours.orders_until, &hours.flat_by)?,
            early: day(
                &hours.early_entries_until,
                &hours.early_orders_until,
                &hours.early_flat_by,
            )?,
        };
        for day in [hours.normal, hours.early] {
            if hours.from >= day.until || day.until > day.flat_by {
                return Err(Failure::new(
                    FailureClass::Config,
                    "session: orders_from < entries_until <= flat_by does not hold",
                ));
            }
        }
        Ok(hours)
    }

    /// The hours on the trade date of `session`. Clock changes happen at night, so that a minute of
    /// the day is so many minutes away from the start of regular hours.
    pub fn on(&self, session: &Session) -> Window {
        let day = if session.early_close { self.early } else { self.normal };
        let rth = session.rth.map(|(start, _)| start);
        let at = |minute: i64| rth.map(|start| start + (minute - RTH_MINUTE) * MINUTE_US);
        Window {
            open: session.open,
            close: session.close,
            entries: at(self.from).zip(at(day.until)),
            flat_by: at(day.flat_by),
            smaller_from: day.smaller,
            rth: session.rth,
        }
    }
}

impl Window {
    /// Whether an entry may be sent at `ts` (microseconds UTC).
    pub fn allows_entry(&self, ts: i64) -> bool {
        self.entries.is_some_and(|(from, until)| (from..until).contains(&ts))
    }

    /// Minute of the New York day at `ts`, with fraction; `None` on days without regular hours.
    pub fn minute(&self, ts: i64) -> Option<f64> {
        self.rth.map(|(start, _)| (ts - start) as f64 / MINUTE_US as f64 + RTH_MINUTE as f64)
    }
}

fn minute(key: &str, text: &str) -> Result<i64, Failure> {
    let parse = || {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
        (hour < 24 && minute < 60).then(|| i64::from(hour) * 60 + i64::from(minute))
    };
    parse().ok_or_else(|| {
        Failure::new(FailureClass::Config, format!("session.{key}: `{text}` is not HH:MM"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Calendar;
    use crate::market::TradeDate;

    fn window(date: u32) -> Window {
        let session = Calendar::builtin().unwrap().session_of(TradeDate(date)).unwrap().unwrap();
        OrderHours::new(&config::Session::default()).unwrap().on(&session)
    }

    #[test]
    fn hours_follow_new_york_through_clock_changes_and_early_closes() {
        // 09:35, 15:45 and 15:58 in New York: winter, summer, and the day after Thanksgiving.
        for (date, from, until, flat_by) in [
            (20_240_108, 1_704_724_500, 1_704_746_700, 1_704_747_480),
            (20_240_708, 1_720_445_700, 1_720_467_900, 1_720_468_680),
            (20_241_129, 1_732_890_900, 1_732_902_300, 1_732_903_080),
        ] {
            let window = window(date);
            assert_eq!(window.entries, Some((from * 1_000_000, until * 1_000_000)), "{date}");
            assert_eq!(window.flat_by, Some(flat_by * 1_000_000), "{date}");
            assert!(window.allows_entry(from * 1_000_000));
            assert!(!window.allows_entry(until * 1_000_000));
        }
    }

    #[test]
    fn a_day_without_regular_hours_allows_nothing() {
        let window = window(20_240_527);
        assert_eq!((window.entries, window.flat_by), (None, None));
        assert!(!window.allows_entry(window.open));
    }

    #[test]
    fn hours_that_make_no_sense_are_refused() {
        let bad = |edit: fn(&mut config::Session)| {
            let mut hours = config::Session::default();
            edit(&mut hours);
            OrderHours::new(&hours).is_err()
        };
        assert!(bad(|h| h.orders_from = "25:00".into()));
        assert!(bad(|h| h.orders_from = "0935".into()));
        assert!(bad(|h| h.flat_by = "15:00".into()));
    }
}
