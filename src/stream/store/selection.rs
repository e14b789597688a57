//! Which sessions of a store are read.

use crate::market::Calendar;
use crate::market::TradeDate;
use crate::stream::store::Folder;
use crate::stream::store::StoreError;
use crate::stream::store::folder::dates;
use crate::stream::store::part_view::length;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

/// How many sessions back from the newest in the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Last {
    /// So many sessions that the store has: `5`.
    Sessions(usize),
    /// So many sessions of the calendar: `5d`. Those that the store lacks are named.
    Days(usize),
}

impl FromStr for Last {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, of) = match text.strip_suffix('d') {
            Some(digits) => (digits, Self::Days as fn(usize) -> Self),
            None => (text, Self::Sessions as fn(usize) -> Self),
        };
        let number = digits.parse::<usize>().ok().filter(|n| (1..=100_000).contains(n));
        number.map(of).ok_or_else(|| {
            format!("`{text}` is neither `5d` (sessions of the calendar) nor `5` (sessions stored)")
        })
    }
}

/// What is read of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StoreRange {
    /// Records from here on, microseconds UTC.
    pub since: Option<i64>,
    /// Records before, microseconds UTC.
    pub until: Option<i64>,
    /// So many sessions.
    pub last: Option<Last>,
}

/// A store to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Store {
    dir: PathBuf,
    dates: Vec<TradeDate>,
}

impl Store {
    /// Opens the store `dir` for reading; a writer may be at work.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::Io`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let dates = dates(dir).map_err(StoreError::io("read", dir))?;
        if dates.is_empty() {
            return Err(StoreError::NotAStore { dir: dir.to_owned() });
        }
        Ok(Self { dir: dir.to_owned(), dates })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The sessions that it has, ascending.
    pub fn dates(&self) -> &[TradeDate] {
        &self.dates
    }

    /// The sessions asked for, ascending, and those asked for that the store lacks.
    ///
    /// # Errors
    /// [`StoreError::Calendar`].
    pub fn select(
        &self,
        last: Option<Last>,
    ) -> Result<(Vec<TradeDate>, Vec<TradeDate>), StoreError> {
        let Some(newest) = self.dates.last().copied() else { return Ok((vec![], vec![])) };
        match last {
            None => Ok((self.dates.clone(), Vec::new())),
            Some(Last::Sessions(count)) => {
                let from = self.dates.len().saturating_sub(count);
                Ok((self.dates[from..].to_vec(), Vec::new()))
            }
            Some(Last::Days(count)) => {
                let calendar = Calendar::builtin()?;
                let mut wanted = vec![newest];
                while wanted.len() < count {
                    let Some(earliest) = wanted.last() else { break };
                    wanted.push(calendar.prev_session(*earliest)?.date);
                }
                wanted.reverse();
                Ok(wanted.into_iter().partition(|date| self.dates.binary_search(date).is_ok()))
            }
        }
    }

    /// Compressed bytes of these sessions.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn bytes(&self, dates: &[TradeDate]) -> Result<u64, StoreError> {
        let mut bytes = 0;
        for date in dates {
            let folder = Folder::read(&self.dir, *date)?;
            for id in &folder.parts {
                bytes += length(&folder.lines(*id))?;
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_count_back() {
        assert_eq!("5d".parse(), Ok(Last::Days(5)));
        assert_eq!("5".parse(), Ok(Last::Sessions(5)));
        for wrong in ["", "d", "0", "0d", "-1", "5w", "five", "1000000"] {
            assert!(wrong.parse::<Last>().is_err(), "{wrong}");
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Store::open(dir.path()), Err(StoreError::NotAStore { .. })));
        // Thursday is missing, the week-end is no session.
        for date in ["2026-03-03", "2026-03-04", "2026-03-06", "2026-03-09", "notes"] {
            std::fs::create_dir(dir.path().join(date)).unwrap();
        }
        let store = Store::open(dir.path()).unwrap();
        let shown = |(have, lack): (Vec<TradeDate>, Vec<TradeDate>)| {
            let text = |dates: Vec<TradeDate>| {
                dates.iter().map(|date| date.day().to_string()).collect::<Vec<_>>().join(" ")
            };
            (text(have), text(lack))
        };
        let select = |last: &str| shown(store.select(Some(last.parse().unwrap())).unwrap());
        assert_eq!(select("2"), ("6 9".into(), String::new()));
        assert_eq!(select("9"), ("3 4 6 9".into(), String::new()));
        assert_eq!(select("2d"), ("6 9".into(), String::new()));
        assert_eq!(select("4d"), ("4 6 9".into(), "5".into()));
        assert_eq!(shown(store.select(None).unwrap()), ("3 4 6 9".into(), String::new()));
    }
}
