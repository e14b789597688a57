//! The ways in which files write stamps.

use crate::feeds::csv::field;
use crate::feeds::csv::field::CivilStamp;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::Time;
use jiff::tz::Offset;
use serde::Deserialize;
use serde::Serialize;

const US_PER_DAY: i64 = 86_400_000_000;

/// How stamps are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StampFormat {
    /// `2024-03-11 09:30:00.123456`, with a blank or a `T`; also without fraction or seconds, as
    /// date alone, and with `/` for `-`.
    #[default]
    Iso,
    /// `20240311 093000 1234567` or `20240311 093000`: date, time, fraction of the second.
    YmdHms,
    /// `03/11/2024 09:30:00`: month first.
    Mdy,
    /// `11/03/2024 09:30:00`: day first.
    Dmy,
    /// Seconds since 1970 UTC.
    EpochS,
    /// Milliseconds since 1970 UTC.
    EpochMs,
    /// Microseconds since 1970 UTC.
    EpochUs,
    /// Nanoseconds since 1970 UTC, rounded down to microseconds.
    EpochNs,
    /// Milliseconds since midnight; the date comes from the file's name.
    MsOfDay,
}

impl StampFormat {
    /// Whether stamps are instants, so that a zone means nothing.
    pub const fn is_instant(self) -> bool {
        matches!(self, Self::EpochS | Self::EpochMs | Self::EpochUs | Self::EpochNs)
    }
}

/// Reads the stamps of one file.
#[derive(Clone, Debug)]
pub(super) struct StampReader {
    format: StampFormat,
    civil: CivilStamp,
    day: Option<i64>,
    joined: Vec<u8>,
}

impl StampReader {
    /// A reader of stamps in this format.
    pub fn new(format: StampFormat) -> Self {
        Self { format, civil: CivilStamp::default(), day: None, joined: Vec::new() }
    }

    /// Sets the date of the file, for stamps that have none.
    pub fn set_day(&mut self, day: Option<Date>) {
        self.day = day.and_then(|date| {
            let midnight = date.to_datetime(Time::midnight());
            Offset::UTC.to_timestamp(midnight).ok().map(Timestamp::as_microsecond)
        });
    }

    /// Whether the date of the file is needed and not known.
    pub const fn lacks_day(&self) -> bool {
        matches!(self.format, StampFormat::MsOfDay) && self.day.is_none()
    }

    /// Reads date and time of day from their own columns.
    pub fn read_parts(&mut self, date: &[u8], time: &[u8]) -> Option<i64> {
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        joined.extend_from_slice(date);
        joined.push(b' ');
        joined.extend_from_slice(time);
        let read = self.read(&joined);
        self.joined = joined;
        read
    }

    /// Reads one stamp: microseconds of a clock counted as if it were UTC, or an instant.
    #[inline]
    pub fn read(&mut self, text: &[u8]) -> Option<i64> {
        match self.format {
            StampFormat::Iso => self.civil.read(text).or_else(|| self.iso(text)),
            StampFormat::YmdHms => self.ymd_hms(text),
            StampFormat::Mdy => self.us_date(text, true),
            StampFormat::Dmy => self.us_date(text, false),
            StampFormat::EpochS => integer(text)?.checked_mul(1_000_000),
            StampFormat::EpochMs => integer(text)?.checked_mul(1000),
            StampFormat::EpochUs => integer(text),
            StampFormat::EpochNs => Some(integer(text)?.div_euclid(1000)),
            StampFormat::MsOfDay => {
                let us = integer(text)?.checked_mul(1000)?;
                (0..US_PER_DAY).contains(&us).then_some(self.day? + us)
            }
        }
    }

    /// The rarer spellings: slashes, no seconds, no time.
    #[cold]
    fn iso(&mut self, text: &[u8]) -> Option<i64> {
        let mut whole = *b"0000-00-00 00:00:00";
        let (date, time) = text.split_at_checked(10)?;
        whole[..10].copy_from_slice(date);
        if date[4] == b'/' && date[7] == b'/' {
            (whole[4], whole[7]) = (b'-', b'-');
        }
        match time {
            [] => self.civil.read(&whole),
            [b' ' | b'T', clock @ ..] => self.clock(whole, clock),
            _ => None,
        }
    }

    /// Reads `whole`'s date with a clock of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`.
    fn clock(&mut self, mut whole: [u8; 19], clock: &[u8]) -> Option<i64> {
        // One digit of the hour is common in spreadsheets.
        let padded;
        let clock = if clock.get(1) == Some(&b':') {
            padded = [&b"0"[..], clock].concat();
            &padded
        } else {
            clock
        };
        let (minutes, rest) = clock.split_at_checked(5)?;
        whole[11..16].copy_from_slice(minutes);
        match rest {
            [] => self.civil.read(&whole),
            _ => self.civil.read(&[&whole[..16], rest].concat()),
        }
    }

    fn us_date(&mut self, text: &[u8], month_first: bool) -> Option<i64> {
        let (date, clock) = match text.iter().position(|b| *b == b' ') {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text, &b"00:00:00"[..]),
        };
        let mut parts = date.split(|b| matches!(b, b'/' | b'-' | b'.'));
        let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (month, day) = if month_first { (first, second) } else { (second, first) };
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        let mut whole = *b"0000-00-00 00:00:00";
        whole[..4].copy_from_slice(year);
        for (at, part) in [(5, month), (8, day)] {
            match part {
                [ones] => whole[at + 1] = *ones,
                [tens, ones] => whole[at..at + 2].copy_from_slice(&[*tens, *ones]),
                _ => return None,
            }
        }
        self.clock(whole, clock)
    }

    /// `20240311 093000 1234567`: a fraction of up to nine digits, rounded down.
    fn ymd_hms(&mut self, text: &[u8]) -> Option<i64> {
        let (date, rest) = text.split_first_chunk::<8>()?;
        let (b' ', rest) = rest.split_first().map(|(b, r)| (*b, r))? else { return None };
        let (clock, rest) = rest.split_first_chunk::<6>()?;
        let mut whole = *b"0000-00-00 00:00:00";
        whole[..4].copy_from_slice(&date[..4]);
        whole[5..7].copy_from_slice(&date[4..6]);
        whole[8..10].copy_from_slice(&date[6..]);
        for (at, part) in [(11, &clock[..2]), (14, &clock[2..4]), (17, &clock[4..])] {
            whole[at..at + 2].copy_from_slice(part);
        }
        let second = self.civil.read(&whole)?;
        let [b' ' | b'.', digits @ ..] = rest else { return rest.is_empty().then_some(second) };
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        let fraction = field::count(digits).filter(|_| !digits.contains(&b'.'))?;
        Some(second + (fraction * 10_u64.pow(9 - digits.len() as u32) / 1000) as i64)
    }
}

/// A whole number; a fraction of zeros is none.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let number = i64::try_from(field::integer(digits)?).ok()?;
    Some(if negative { -number } else { number })
}

/// The date in the name of a file, `20131007` or `2013-10-07`, if it has one.
pub(super) fn date_in(name: &str) -> Option<Date> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).as_bytes();
    (0..base.len()).find_map(|at| {
        let before = at.checked_sub(1).and_then(|before| base.get(before));
        if before.is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let rest = &base[at..];
        let ten = rest.get(..10).filter(|t| t[4] == b'-' && t[7] == b'-');
        let digits = match ten {
            Some(t) => [&t[..4], &t[5..7], &t[8..]].concat(),
            None => rest.get(..8)?.to_vec(),
        };
        let after = rest.get(if ten.is_some() { 10 } else { 8 });
        if after.is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let number = i64::try_from(field::integer(&digits)?).ok()?;
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        if !(1970..2200).contains(&year) {
            return None;
        }
        Date::new(year as i16, month as i8, day as i8).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: StampFormat, text: &str) -> Option<i64> {
        let mut reader = StampReader::new(format);
        reader.set_day(date_in("20240311_trade.zip"));
        reader.read(text.as_bytes())
    }

    #[test]
    fn every_format_reads_the_same_moment() {
        let at = "2024-03-11T09:30:00.012Z".parse::<Timestamp>().unwrap().as_microsecond();
        let whole = at - 12_000;
        for (format, text, stamp) in [
            (StampFormat::Iso, "2024-03-11 09:30:00.012", at),
            (StampFormat::Iso, "2024-03-11T09:30:00.012000", at),
            (StampFormat::Iso, "2024/03/11 09:30:00", whole),
            (StampFormat::Iso, "2024-03-11 09:30", whole),
            (StampFormat::Iso, "2024-03-11 9:30", whole),
            (StampFormat::Iso, "2024-03-11", whole - 34_200_000_000),
            (StampFormat::YmdHms, "20240311 093000 0120000", at),
            (StampFormat::YmdHms, "20240311 093000 0120009", at),
            (StampFormat::YmdHms, "20240311 093000", whole),
            (StampFormat::Mdy, "03/11/2024 09:30:00.012", at),
            (StampFormat::Mdy, "3/11/2024 9:30", whole),
            (StampFormat::Dmy, "11.03.2024 09:30:00", whole),
            (StampFormat::EpochS, "1710149400", whole),
            (StampFormat::EpochMs, "1710149400012", at),
            (StampFormat::EpochUs, "1710149400012000", at),
            (StampFormat::EpochNs, "1710149400012000999", at),
            (StampFormat::MsOfDay, "34200012", at),
        ] {
            assert_eq!(read(format, text), Some(stamp), "{format:?} {text}");
        }
        for (format, text) in [
            (StampFormat::Iso, "2024-13-11 09:30:00"),
            (StampFormat::Iso, "03/11/2024 09:30:00"),
            (StampFormat::YmdHms, "20240311 0930"),
            (StampFormat::YmdHms, "20240311 093000 "),
            (StampFormat::YmdHms, "20240311 093000 1.2"),
            (StampFormat::Mdy, "13/11/2024 09:30"),
            (StampFormat::Mdy, "3/11/24 09:30"),
            (StampFormat::EpochS, "1710149400.5"),
            (StampFormat::MsOfDay, "86400000"),
            (StampFormat::MsOfDay, "-1"),
        ] {
            assert_eq!(read(format, text), None, "{format:?} {text}");
        }
    }

    #[test]
    fn dates_in_names_of_files() {
        let date = |text: &str| date_in(text).map(|d| d.to_string());
        for name in [
            "x/20131007_trade.zip",
            "spy_ticks_2013-10-07.csv.zst",
            "20131007_es_minute_trade_201312.csv",
        ] {
            assert_eq!(date(name).as_deref(), Some("2013-10-07"), "{name}");
        }
        for name in ["20131007/ticks.csv", "es.csv", "201310071.csv", "99999999.csv"] {
            assert_eq!(date(name), None, "{name}");
        }
    }
}
