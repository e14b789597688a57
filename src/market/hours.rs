//! The calendar file: what `config/calendar.toml` says, checked.
//!
//! Times are civil, New York, as minutes from midnight of the trade date; `-18:00` is 18:00 of the
//! day before and becomes a negative count.

use crate::market::trade_date::NotADate;
use crate::market::trade_date::TradeDate;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const DAY: i32 = 24 * 60;

/// Minutes from midnight of the trade date, New York civil time; -360 is 18:00 of the day before.
pub(super) type Minute = i32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    from: String,
    to: String,
    zone: String,
    rth: (String, String),
    closed: Vec<String>,
    short: Vec<RawShort>,
    late: Vec<RawLate>,
    hours: Vec<RawRegime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShort {
    date: String,
    close: String,
    rth: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLate {
    date: String,
    open: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRegime {
    since: String,
    open: String,
    reopen: String,
    close: String,
    halts: Vec<(String, String)>,
}

/// A day that closes early.
#[derive(Clone, Debug)]
pub(super) struct Short {
    /// Globex close.
    pub close: Minute,
    /// End of regular hours; `None` without regular hours.
    pub rth_end: Option<Minute>,
}

/// The hours of ordinary days from one trade date on.
#[derive(Clone, Debug)]
pub(super) struct Regime {
    /// First trade date.
    pub since: TradeDate,
    /// Globex open after a full session on the calendar day before.
    pub open: Minute,
    /// Globex open after a week-end, a holiday or a day that closed early.
    pub reopen: Minute,
    /// Globex close.
    pub close: Minute,
    /// Halts, ascending.
    pub halts: Vec<(Minute, Minute)>,
}

/// The whole file.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    /// First date covered.
    pub from: TradeDate,
    /// Last date covered.
    pub to: TradeDate,
    /// Name of the time zone.
    pub zone: String,
    /// Regular hours of an ordinary day.
    pub rth: (Minute, Minute),
    /// Weekdays without a session.
    pub closed: BTreeSet<TradeDate>,
    /// Days that close early.
    pub short: BTreeMap<TradeDate, Short>,
    /// Globex open of days that open late.
    pub late: BTreeMap<TradeDate, Minute>,
    /// Ascending by `since`; the first begins at or before `from`.
    pub regimes: Vec<Regime>,
}

impl Hours {
    /// Reads and checks the text of a calendar file; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: RawFile = toml::from_str(text).map_err(|e| e.to_string())?;
        let hours = Self {
            from: date(&raw.from)?,
            to: date(&raw.to)?,
            zone: raw.zone,
            rth: (minute(&raw.rth.0)?, minute(&raw.rth.1)?),
            closed: raw.closed.iter().map(|text| date(text)).collect::<Result<_, _>>()?,
            short: raw.short.iter().map(short).collect::<Result<_, _>>()?,
            late: raw.late.iter().map(late).collect::<Result<_, _>>()?,
            regimes: raw.hours.iter().map(regime).collect::<Result<_, _>>()?,
        };
        hours.check()?;
        Ok(hours)
    }

    /// The regime of a trade date.
    pub fn regime(&self, date: TradeDate) -> Option<&Regime> {
        self.regimes.iter().rev().find(|regime| regime.since <= date)
    }

    fn check(&self) -> Result<(), String> {
        if self.from > self.to {
            return Err(format!("from {} is after to {}", self.from, self.to));
        }
        if self.rth.0 >= self.rth.1 {
            return Err("regular hours end before they begin".to_owned());
        }
        if self.regimes.first().is_none_or(|first| first.since > self.from) {
            return Err(format!("no hours for {}", self.from));
        }
        if !self.regimes.is_sorted_by(|a, b| a.since < b.since) {
            return Err("hours do not ascend by since".to_owned());
        }
        if let Some(date) = self.closed.iter().find(|date| self.short.contains_key(*date)) {
            return Err(format!("{date} is closed and short"));
        }
        for regime in &self.regimes {
            regime.check(self.rth).map_err(|e| format!("hours since {}: {e}", regime.since))?;
        }
        for (date, short) in &self.short {
            if short.rth_end.is_some_and(|end| end <= self.rth.0 || end > short.close) {
                return Err(format!("{date}: regular hours end outside the session"));
            }
        }
        if let Some((date, _)) = self.late.iter().find(|(_, open)| **open >= self.rth.0) {
            return Err(format!("{date}: opens after regular hours began"));
        }
        Ok(())
    }
}

impl Regime {
    fn check(&self, rth: (Minute, Minute)) -> Result<(), String> {
        // An open before the close of the day before would make two sessions overlap.
        if self.open < self.close - DAY || self.reopen < self.open {
            return Err("a session opens before the last one closed".to_owned());
        }
        if self.reopen >= rth.0 || self.close < rth.1 {
            return Err("regular hours outside the session".to_owned());
        }
        let mut last = self.open;
        for (from, to) in &self.halts {
            if *from < last || to <= from || *to > self.close {
                return Err("halts do not ascend inside the session".to_owned());
            }
            last = *to;
        }
        Ok(())
    }
}

fn date(text: &str) -> Result<TradeDate, String> {
    text.parse().map_err(|e: NotADate| e.to_string())
}

fn minute(text: &str) -> Result<Minute, String> {
    let refused = || format!("`{text}` is not a time as 18:00 or -18:00");
    let (clock, day) = text.strip_prefix('-').map_or((text, 0), |clock| (clock, -DAY));
    let (hour, minute) = clock.split_once(':').ok_or_else(refused)?;
    let is_two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_two_digits(hour) || !is_two_digits(minute) {
        return Err(refused());
    }
    let hour: u8 = hour.parse().map_err(|_| refused())?;
    let minute: u8 = minute.parse().map_err(|_| refused())?;
    if hour > 23 || minute > 59 {
        return Err(refused());
    }
    Ok(day + i32::from(hour) * 60 + i32::from(minute))
}

fn short(raw: &RawShort) -> Result<(TradeDate, Short), String> {
    let rth_end = raw.rth.as_deref().map(minute).transpose()?;
    Ok((date(&raw.date)?, Short { close: minute(&raw.close)?, rth_end }))
}

fn late(raw: &RawLate) -> Result<(TradeDate, Minute), String> {
    Ok((date(&raw.date)?, minute(&raw.open)?))
}

fn regime(raw: &RawRegime) -> Result<Regime, String> {
    let halt = |(from, to): &(String, String)| Ok((minute(from)?, minute(to)?));
    Ok(Regime {
        since: date(&raw.since)?,
        open: minute(&raw.open)?,
        reopen: minute(&raw.reopen)?,
        close: minute(&raw.close)?,
        halts: raw.halts.iter().map(halt).collect::<Result<_, String>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        from = "2020-01-01"
        to = "2020-12-31"
        zone = "America/New_York"
        rth = ["09:30", "16:00"]
        closed = ["2020-12-25"]
        short = [{ date = "2020-11-27", close = "13:15", rth = "13:00" }]
        late = []
        [[hours]]
        since = "2020-01-01"
        open = "-18:00"
        reopen = "-18:00"
        close = "17:00"
        halts = [["16:15", "16:30"]]
    "#;

    #[test]
    fn times_count_from_the_midnight_of_the_trade_date() {
        assert_eq!(minute("09:30"), Ok(570));
        assert_eq!(minute("-18:00"), Ok(-360));
        for text in ["9:30", "24:00", "12:60", "noon", "", "-", "+1:00", "--1:00"] {
            assert!(minute(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_reason() {
        assert!(Hours::parse(GOOD).is_ok());
        for (from, to, reason) in [
            ("to = \"2020-12-31\"", "to = \"2019-12-31\"", "is after to"),
            ("2020-12-25", "2020-12-32", "is not a date"),
            ("closed = [\"2020-12-25", "closed = [\"2020-11-27", "closed and short"),
            ("since = \"2020-01-01", "since = \"2020-01-02", "no hours for"),
            ("13:00", "13:30", "outside the session"),
            ("close = \"17:00", "close = \"18:01", "before the last one closed"),
            ("16:15\", \"16:30", "16:30\", \"16:15", "halts do not ascend"),
            ("late = []", "late = []\nearly = []", "unknown field"),
            (
                "late = []",
                "late = [{ date = \"2020-06-01\", open = \"10:00\" }]",
                "after regular hours",
            ),
            ("09:30", "9h30", "is not a time"),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            let error = Hours::parse(&text).unwrap_err();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
