//! The trade date: the day a Globex session belongs to.

use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// A trade date as `year * 10_000 + month * 100 + day`, for example `20260309`.
///
/// Written and parsed as `2026-03-09`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct TradeDate(pub u32);

impl TradeDate {
    /// The date of a civil day; years before 1 have none and give `0000-00-00`, which is no date.
    pub fn from_civil(date: Date) -> Self {
        let part = |value: i16| u32::try_from(value).unwrap_or_default();
        let (year, month, day) = (date.year(), date.month(), date.day());
        Self(part(year) * 10_000 + part(month.into()) * 100 + part(day.into()))
    }

    /// The civil day; `None` if the number names none (`20260230`).
    pub fn civil(self) -> Option<Date> {
        let part = |value: u32| i8::try_from(value % 100).ok();
        Date::new(i16::try_from(self.0 / 10_000).ok()?, part(self.0 / 100)?, part(self.0)?).ok()
    }

    /// The year, for example 2026.
    pub fn year(self) -> u32 {
        self.0 / 10_000
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.0 / 100 % 100
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u32 {
        self.0 % 100
    }
}

impl fmt::Display for TradeDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

/// A text that is not a date as `2026-03-09`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date as 2026-03-09")]
pub struct NotADate(pub String);

impl FromStr for TradeDate {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let refused = || NotADate(text.to_owned());
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(refused());
        }
        let mut number = 0;
        for byte in bytes.iter().filter(|b| **b != b'-') {
            if !byte.is_ascii_digit() {
                return Err(refused());
            }
            number = number * 10 + u32::from(byte - b'0');
        }
        let date = Self(number);
        if date.to_string() == text && date.civil().is_some() { Ok(date) } else { Err(refused()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_and_read_back() {
        let date: TradeDate = "2026-03-09".parse().unwrap();
        assert_eq!(date, TradeDate(20_260_309));
        assert_eq!(date.to_string(), "2026-03-09");
        assert_eq!(TradeDate::from_civil(date.civil().unwrap()), date);
        assert_eq!((date.year(), date.month(), date.day()), (2026, 3, 9));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-3-9",
            "2026-02-30",
            "20260309",
            "2026/03/09",
            "2026-13-01",
            "202é-03-9",
            "-026-03-09",
        ] {
            assert_eq!(text.parse::<TradeDate>(), Err(NotADate(text.to_owned())), "{text}");
        }
        assert!(TradeDate(20_260_230).civil().is_none());
        assert!(TradeDate(u32::MAX).civil().is_none());
    }
}
