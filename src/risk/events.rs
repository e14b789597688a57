//! Dated releases around which nothing is entered: `config/events.toml`, checked (check NEWS).

use crate::market::TradeDate;
use crate::wire::Failure;
use crate::wire::FailureClass;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

const MINUTE_US: i64 = 60_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    zone: String,
    release: Vec<RawRelease>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    code: String,
    window: Impact,
    time: String,
    from: String,
    to: String,
    dates: Vec<String>,
}

/// How long a release keeps entries away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Impact {
    Fomc,
    High,
    Other,
}

impl Impact {
    /// Minutes before and after (QUANT 6.2).
    const fn minutes(self) -> (i64, i64) {
        match self {
            Self::Fomc => (30, 60),
            Self::High => (15, 15),
            Self::Other => (5, 5),
        }
    }
}

/// A release and the time around it, microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// When it is made.
    pub at: i64,
    /// First moment without entries.
    pub from: i64,
    /// First moment with entries again.
    pub until: i64,
}

/// The releases of a file, and the time that all of its lists cover.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Events {
    /// Sorted by `from`.
    dated: Vec<Event>,
    /// The longest event: how far back one that still holds can have begun.
    longest: i64,
    from: i64,
    until: i64,
}

impl Events {
    /// The releases built into the program (`config/events.toml`).
    ///
    /// # Errors
    /// The file does not hold what it promises.
    pub fn builtin() -> Result<Self, Failure> {
        Self::parse(include_str!("../../config/events.toml"))
    }

    /// The releases of a text in the format of `config/events.toml`.
    ///
    /// # Errors
    /// What is wrong in it: no list, a range that ends before it begins, a date outside its range, on
    /// a week-end, twice or out of order.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let file: RawFile = toml::from_str(text).map_err(|error| wrong(error.message()))?;
        let zone = TimeZone::get(&file.zone).map_err(|error| wrong(&error.to_string()))?;
        let mut parsed = Self { dated: Vec::new(), longest: 0, from: i64::MIN, until: i64::MAX };
        if file.release.is_empty() {
            return Err(wrong("there is no list of releases"));
        }
        for release in &file.release {
            parsed.add(release, &zone)?;
        }
        if parsed.from >= parsed.until {
            return Err(wrong("the lists have no day in common"));
        }
        parsed.dated.sort_by_key(|event| event.from);
        Ok(parsed)
    }

    /// The time that every list covers, microseconds UTC: from here (inclusive) to there (exclusive).
    pub const fn range(&self) -> (i64, i64) {
        (self.from, self.until)
    }

    /// Whether `ts` (microseconds UTC) lies in the stated range.
    pub fn covers(&self, ts: i64) -> bool {
        (self.from..self.until).contains(&ts)
    }

    /// The release that keeps entries away at `ts` (microseconds UTC), if one does.
    pub fn at(&self, ts: i64) -> Option<Event> {
        let begun = self.dated.partition_point(|event| event.from <= ts);
        let recent = self.dated[..begun].iter().rev();
        recent
            .take_while(|event| event.from + self.longest > ts)
            .find(|event| ts < event.until)
            .copied()
    }

    fn add(&mut self, release: &RawRelease, zone: &TimeZone) -> Result<(), Failure> {
        let bad = |text: &str| wrong(&format!("{}: {text}", release.code));
        let date = |text: &str| {
            text.parse::<TradeDate>().map_err(|_| bad(&format!("`{text}` is not a date")))
        };
        let (first, last) = (date(&release.from)?, date(&release.to)?);
        if release.code.is_empty() || first > last {
            return Err(bad("a list needs a code and a range from an earlier to a later date"));
        }
        let (hour, minute) =
            clock(&release.time).ok_or_else(|| bad(&format!("`{}` is not HH:MM", release.time)))?;
        let at = |day: TradeDate, hour: i8, minute: i8| {
            let civil = day.civil().ok_or_else(|| bad(&format!("{day} is not a date")))?;
            let stamp = zone.to_timestamp(civil.at(hour, minute, 0, 0));
            stamp.map(Timestamp::as_microsecond).map_err(|error| bad(&error.to_string()))
        };
        self.from = self.from.max(at(first, 0, 0)?);
        let next = last.civil().and_then(|day| day.tomorrow().ok()).map(TradeDate::from_civil);
        self.until = self.until.min(at(next.unwrap_or(last), 0, 0)?);
        let (before, after) = release.window.minutes();
        self.longest = self.longest.max((before + after) * MINUTE_US);
        let mut earlier = None;
        for text in &release.dates {
            let day = date(text)?;
            let weekday = day.civil().map(|civil| civil.weekday().to_monday_one_offset());
            if day < first || day > last || weekday.is_none_or(|weekday| weekday > 5) {
                return Err(bad(&format!("{text} is outside the range or no weekday")));
            }
            if earlier.replace(day).is_some_and(|earlier| earlier >= day) {
                return Err(bad(&format!("{text} is not after the date before it")));
            }
            let at = at(day, hour, minute)?;
            let (from, until) = (at - before * MINUTE_US, at + after * MINUTE_US);
            self.dated.push(Event { at, from, until });
        }
        Ok(())
    }
}

fn clock(text: &str) -> Option<(i8, i8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<i8>().ok()?, minute.parse::<i8>().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some((hour, minute))
}

fn wrong(text: &str) -> Failure {
    Failure::new(FailureClass::Config, format!("events: {text}"))
        .hint("the file of `risk.events` has the form of config/events.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn releases_keep_entries_away_for_their_window_in_summer_and_winter() {
        let events = Events::builtin().unwrap();
        for (before, from, last, after) in [
            // A statement at 14:00 in winter and in summer.
            (
                "2024-01-31T18:29:59Z",
                "2024-01-31T18:30:00Z",
                "2024-01-31T19:59:59Z",
                "2024-01-31T20:00:00Z",
            ),
            (
                "2025-06-18T17:29:59Z",
                "2025-06-18T17:30:00Z",
                "2025-06-18T18:59:59Z",
                "2025-06-18T19:00:00Z",
            ),
            // Consumer prices at 08:30.
            (
                "2025-10-24T12:14:59Z",
                "2025-10-24T12:15:00Z",
                "2025-10-24T12:44:59Z",
                "2025-10-24T12:45:00Z",
            ),
        ] {
            assert_eq!(events.at(us(before)), None, "{before}");
            assert!(events.at(us(from)).is_some(), "{from}");
            assert!(events.at(us(last)).is_some(), "{last}");
            assert_eq!(events.at(us(after)), None, "{after}");
        }
    }

    #[test]
    fn the_range_is_what_all_lists_cover() {
        let events = Events::builtin().unwrap();
        assert!(!events.covers(us("2023-12-31T12:00:00Z")));
        assert!(events.covers(us("2024-01-01T12:00:00Z")));
        assert!(events.covers(us("2026-02-28T12:00:00Z")));
        assert!(!events.covers(us("2026-03-02T12:00:00Z")));
    }

    #[test]
    fn a_file_that_is_wrong_is_refused() {
        let list = |body: &str| {
            format!(
                "zone = \"America/New_York\"\n[[release]]\ncode = \"x\"\nwindow = \"other\"\n{body}"
            )
        };
        let good = "time = \"10:00\"\nfrom = \"2024-01-01\"\nto = \"2024-12-31\"\ndates = [\"2024-03-01\"]\n";
        assert!(Events::parse(&list(good)).is_ok());
        for (from, to) in [
            ("10:00", "24:00"),
            ("2024-12-31", "2023-12-31"),
            ("[\"2024-03-01\"]", "[\"2025-03-01\"]"),
            ("[\"2024-03-01\"]", "[\"2024-03-02\"]"),
            ("[\"2024-03-01\"]", "[\"2024-03-04\", \"2024-03-01\"]"),
            ("[\"2024-03-01\"]", "[\"2024-03-01\", \"2024-03-01\"]"),
            ("dates", "days"),
        ] {
            let text = list(&good.replace(from, to));
            let failure = Events::parse(&text).unwrap_err();
            assert_eq!(failure.class, FailureClass::Config, "{text}");
        }
        assert!(Events::parse("zone = \"America/New_York\"\nrelease = []\n").is_err());
        assert!(Events::parse("").is_err());
    }
}
