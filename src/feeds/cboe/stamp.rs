//! The clocks of Cboe's documents: the date line of the CSV, the two stamps of the JSON.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::civil::Time;
use jiff::tz::Offset;
use jiff::tz::TimeZone;

const NEW_YORK: &str = "America/New_York";
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The zone of New York.
pub(super) fn new_york() -> Option<TimeZone> {
    TimeZone::get(NEW_YORK).ok()
}

/// Reads a date line in any of its spellings, with the word of its zone:
/// `Date: June 11, 2022, 8:47 PM EDT`, `February 7, 2023 at 5:34 PM EST`, `9 June 2023, 1:40 PM EDT`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn date_line(line: &str) -> Result<i64, String> {
    let text = line.split(",Bid:").next().unwrap_or(line).trim().trim_matches('"');
    let text = text.split_once("Date:").map_or(text, |(_, rest)| rest);
    let words: Vec<&str> =
        text.split([' ', ',', '"']).filter(|w| !w.is_empty() && *w != "at").collect();
    let shown: String = text.chars().take(60).collect();
    let no_date = || format!("`{}` is not a date with its time and zone", shown.escape_debug());
    let [first, second, year, clock, half, zone] = words[..] else { return Err(no_date()) };
    let (month, day) =
        if first.bytes().all(|b| b.is_ascii_digit()) { (second, first) } else { (first, second) };
    let month = MONTHS.iter().position(|m| {
        let word = month.to_ascii_lowercase();
        *m == word || (word.len() >= 3 && m.starts_with(&word))
    });
    let month = month.map(|m| m as i8 + 1).ok_or_else(no_date)?;
    let date = Date::new(year.parse().unwrap_or(0), month, day.parse().unwrap_or(0));
    let date = date.ok().filter(|d| d.year() >= 1970).ok_or_else(no_date)?;
    let (hour, minute) = clock.split_once(':').ok_or_else(no_date)?;
    let (hour, minute): (i8, i8) = match (hour.parse(), minute.parse()) {
        (Ok(hour), Ok(minute)) if (1..=12).contains(&hour) => (hour, minute),
        _ => return Err(no_date()),
    };
    let hour = match half.to_ascii_uppercase().as_str() {
        "AM" => hour % 12,
        "PM" => hour % 12 + 12,
        _ => return Err(no_date()),
    };
    let time = Time::new(hour, minute, 0, 0).map_err(|_| no_date())?;
    in_new_york(date.to_datetime(time), zone)
}

/// The instant at which New York's clock, with this word for its zone, shows `local`.
fn in_new_york(local: DateTime, word: &str) -> Result<i64, String> {
    let zone = new_york().ok_or("the time zone database has no America/New_York")?;
    let offset = match word {
        "EST" => Some(Offset::constant(-5)),
        "EDT" => Some(Offset::constant(-4)),
        "ET" => None,
        _ => return Err(format!("zone `{}` is not New York's", word.escape_debug())),
    };
    let shown = zone.to_ambiguous_timestamp(local);
    let Some(offset) = offset else {
        let instant = shown.compatible().map_err(|e| e.to_string())?;
        return Ok(instant.as_microsecond());
    };
    let instant = offset.to_timestamp(local).map_err(|e| e.to_string())?;
    if zone.to_offset(instant) != offset {
        return Err(format!("{local} says {word}, but New York's clocks did not show that then"));
    }
    Ok(instant.as_microsecond())
}

/// Reads the document's own stamp, `2026-03-09 13:45:00`, which is UTC.
pub(super) fn utc(text: &str) -> Option<i64> {
    let local: DateTime = text.trim().parse().ok()?;
    Some(Offset::UTC.to_timestamp(local).ok()?.as_microsecond())
}

/// Reads a trade's stamp, `2026-03-09T09:30:00`, which is New York's.
pub(super) fn eastern(text: &str) -> Option<i64> {
    let local: DateTime = text.trim().parse().ok()?;
    let instant: Timestamp = new_york()?.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(instant.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_date_line() {
        for (line, at) in [
            ("\"Date: February 5 2022, 8:09 PM EST\",Bid: 1,Ask: 2", "2022-02-06T01:09:00Z"),
            ("\"Date: June 11, 2022, 8:47 PM EDT\",Bid: 1", "2022-06-12T00:47:00Z"),
            ("\"Date: February 7, 2023 at 5:34 PM EST\",Bid: 1", "2023-02-07T22:34:00Z"),
            ("Date: 9 June 2023, 1:40 PM EDT,Bid: 4299.3398,Ask: 1", "2023-06-09T17:40:00Z"),
            ("\"Date: July 12, 2022, 11:55 AM EDT\",Bid: 1,,,,,", "2022-07-12T15:55:00Z"),
            ("Date: 1 Jan 2024, 12:00 AM ET", "2024-01-01T05:00:00Z"),
            // The hour that happens twice: the word decides.
            ("Date: November 5, 2023, 1:30 AM EDT", "2023-11-05T05:30:00Z"),
            ("Date: November 5, 2023, 1:30 AM EST", "2023-11-05T06:30:00Z"),
        ] {
            let expected = at.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(date_line(line), Ok(expected), "{line}");
        }
        for (line, reason) in [
            ("Date: June 11, 2022, 8:47 PM EST", "did not show"),
            ("Date: March 12, 2023, 2:30 AM EST", "did not show"),
            ("Date: June 11, 2022, 8:47 PM CET", "not New York's"),
            ("Date: June 31, 2022, 8:47 PM EDT", "not a date"),
            ("Date: June 11, 2022, 13:47 PM EDT", "not a date"),
            ("Date: Juni 11, 2022, 8:47 PM EDT", "not a date"),
            ("Date: June 11, 2022", "not a date"),
            ("", "not a date"),
        ] {
            let error = date_line(line).expect_err(line);
            assert!(error.contains(reason), "{line}: {error}");
        }
    }

    #[test]
    fn the_two_clocks_of_the_document() {
        assert_eq!(utc("2026-03-09 13:45:00"), eastern("2026-03-09T09:45:00"));
        assert_eq!(utc("2026-01-09 14:45:00"), eastern("2026-01-09T09:45:00"));
        assert_eq!(utc("yesterday"), None);
    }
}
