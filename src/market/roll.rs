//! Which quarterly contract is traded on a session, and when it rolls and expires (QUANT 2.4).

use crate::market::calendar::Calendar;
use crate::market::calendar::CalendarError;
use crate::market::symbol::Sym;
use crate::market::trade_date::TradeDate;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::civil::Weekday;
use std::fmt;

/// First contract that rolls on the Monday before the third Friday: June 2022. Earlier ones roll on
/// the Thursday eight days before it.
const MONDAY_ROLL_SINCE: (i16, i8) = (2022, 6);

/// A quarterly contract, for example June 2026 of `ES`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ContractMonth {
    /// Year of the contract month, for example 2026.
    pub year: i16,
    /// Contract month: 3, 6, 9 or 12.
    pub month: i8,
    /// Symbol with a two-digit year, for example `ESM26`.
    pub code: Sym,
}

impl ContractMonth {
    /// The contract of `root` in a quarterly month.
    ///
    /// # Errors
    /// [`CalendarError::NotADate`] if `month` is not quarterly or `year` not in 1970 to 9000,
    /// [`CalendarError::NotARoot`] if `root` gives no symbol.
    pub fn new(root: &str, year: i16, month: i8) -> Result<Self, CalendarError> {
        let letter = match month {
            3 => 'H',
            6 => 'M',
            9 => 'U',
            12 => 'Z',
            _ => return Err(no_date(year, month)),
        };
        if !(1970..=9000).contains(&year) {
            return Err(no_date(year, month));
        }
        let code = Sym::new(&format!("{root}{letter}{:02}", year % 100))
            .filter(|code| code.root() == root)
            .ok_or_else(|| CalendarError::NotARoot(root.to_owned()))?;
        Ok(Self { year, month, code })
    }

    /// The contract three months later.
    ///
    /// # Errors
    /// [`CalendarError::NotADate`] past the year 9000.
    pub fn next(&self) -> Result<Self, CalendarError> {
        let root = self.code.root();
        if self.month == 12 {
            Self::new(root, self.year + 1, 3)
        } else {
            Self::new(root, self.year, self.month + 3)
        }
    }

    /// The third Friday of the contract month.
    ///
    /// # Errors
    /// [`CalendarError::NotADate`] if year and month are no month.
    pub fn third_friday(&self) -> Result<TradeDate, CalendarError> {
        third_friday(self.year, self.month).map(TradeDate::from_civil)
    }

    /// The customary roll date: the first session on which the next contract leads. Monday before
    /// the third Friday from June 2022 on, the Thursday eight days before it for earlier contracts.
    ///
    /// # Errors
    /// [`CalendarError::NotADate`] if year and month are no month.
    pub fn roll_date(&self) -> Result<TradeDate, CalendarError> {
        let days = if (self.year, self.month) >= MONDAY_ROLL_SINCE { 4 } else { 8 };
        let friday = third_friday(self.year, self.month)?;
        let day = friday.checked_sub(days.days()).map_err(|_| no_date(self.year, self.month))?;
        Ok(TradeDate::from_civil(day))
    }

    /// The day of expiry: the third Friday or, where that has no regular hours, the last day before
    /// it that has.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] if the calendar does not cover that day.
    pub fn expiry(&self, calendar: &Calendar) -> Result<TradeDate, CalendarError> {
        let friday = self.third_friday()?;
        if calendar.has_rth(friday)? {
            Ok(friday)
        } else {
            calendar.prev_rth_session(friday).map(|session| session.date)
        }
    }

    /// When trading ends, in microseconds UTC: 09:30 New York time on the day of expiry.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] if the calendar does not cover that day.
    pub fn trading_ends(&self, calendar: &Calendar) -> Result<i64, CalendarError> {
        let date = self.expiry(calendar)?;
        let rth = calendar.session_of(date)?.and_then(|session| session.rth);
        rth.map(|(open, _)| open)
            .ok_or_else(|| CalendarError::Invalid(format!("no regular hours on {date}")))
    }
}

impl fmt::Display for ContractMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)
    }
}

/// The front contract of `root` on trade date `date` by the customary roll date alone: the first
/// quarterly contract whose roll date is later.
///
/// # Errors
/// [`CalendarError::NotADate`] if `date` is none, [`CalendarError::NotARoot`] if `root` is none.
pub fn front_contract(root: &str, date: TradeDate) -> Result<ContractMonth, CalendarError> {
    let day = date.civil().ok_or(CalendarError::NotADate(date))?;
    let quarter = (day.month() + 2) / 3 * 3;
    let contract = ContractMonth::new(root, day.year(), quarter)?;
    if date < contract.roll_date()? { Ok(contract) } else { contract.next() }
}

/// Volumes of the last session with regular hours, in contracts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RthVolumes {
    /// Of the contract active then.
    pub front: u64,
    /// Of the contract after it.
    pub next: u64,
}

/// The contract to trade on session `date`: the front month until its roll date or until the next
/// contract's previous regular-hours volume exceeds the front's, whichever comes first. Without
/// volumes the date alone decides.
///
/// # Errors
/// As [`front_contract`].
pub fn active_contract(
    root: &str,
    date: TradeDate,
    previous: Option<RthVolumes>,
) -> Result<ContractMonth, CalendarError> {
    let front = front_contract(root, date)?;
    if previous.is_some_and(|volumes| volumes.next > volumes.front) {
        front.next()
    } else {
        Ok(front)
    }
}

/// The rule of [`active_contract`] over successive sessions: it never goes back to a contract it
/// left, and never runs more than one contract ahead of the date.
#[derive(Clone, Debug)]
pub struct RollRule {
    active: ContractMonth,
}

impl RollRule {
    /// Starts on trade date `date` with the contract that the date alone gives.
    ///
    /// # Errors
    /// As [`front_contract`].
    pub fn new(root: &str, date: TradeDate) -> Result<Self, CalendarError> {
        front_contract(root, date).map(|active| Self { active })
    }

    /// The active contract.
    pub fn active(&self) -> ContractMonth {
        self.active
    }

    /// Moves to session `date`, with the previous regular-hours volumes of the active contract and
    /// of the one after it, and gives the contract active on it.
    ///
    /// # Errors
    /// As [`front_contract`].
    pub fn on_session(
        &mut self,
        date: TradeDate,
        previous: Option<RthVolumes>,
    ) -> Result<ContractMonth, CalendarError> {
        let front = front_contract(self.active.code.root(), date)?;
        if front > self.active {
            self.active = front;
        } else if front == self.active && previous.is_some_and(|v| v.next > v.front) {
            self.active = front.next()?;
        }
        Ok(self.active)
    }
}

fn third_friday(year: i16, month: i8) -> Result<Date, CalendarError> {
    let first = Date::new(year, month, 1).map_err(|_| no_date(year, month))?;
    first.nth_weekday_of_month(3, Weekday::Friday).map_err(|_| no_date(year, month))
}

fn no_date(year: i16, month: i8) -> CalendarError {
    let part = |value: i16| u32::try_from(value).unwrap_or_default();
    CalendarError::NotADate(TradeDate(part(year) * 10_000 + part(month.into()) * 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> TradeDate {
        text.parse().unwrap()
    }

    fn front(text: &str) -> String {
        front_contract("ES", date(text)).unwrap().to_string()
    }

    #[test]
    fn roll_dates_are_those_that_cme_published() {
        for (year, month, expiry, roll) in [
            (2012, 12, "2012-12-21", "2012-12-13"),
            (2013, 3, "2013-03-15", "2013-03-07"),
            (2014, 12, "2014-12-19", "2014-12-11"),
            (2022, 3, "2022-03-18", "2022-03-10"),
            (2022, 6, "2022-06-17", "2022-06-13"),
            (2023, 9, "2023-09-15", "2023-09-11"),
            (2026, 3, "2026-03-20", "2026-03-16"),
        ] {
            let contract = ContractMonth::new("ES", year, month).unwrap();
            assert_eq!(contract.third_friday().unwrap(), date(expiry), "{contract}");
            assert_eq!(contract.roll_date().unwrap(), date(roll), "{contract}");
        }
    }

    #[test]
    fn the_front_contract_changes_on_the_roll_date() {
        assert_eq!(front("2026-01-02"), "ESH26");
        assert_eq!(front("2026-03-13"), "ESH26");
        assert_eq!(front("2026-03-16"), "ESM26");
        assert_eq!(front("2026-03-31"), "ESM26");
        assert_eq!(front("2026-12-14"), "ESH27");
        assert_eq!(front("2022-03-09"), "ESH22");
        assert_eq!(front("2022-03-10"), "ESM22");
        assert_eq!(front("2009-12-31"), "ESH10");
        assert_eq!(front_contract("MES", date("2026-06-15")).unwrap().code.as_str(), "MESU26");
    }

    #[test]
    fn expiry_moves_before_a_holiday() {
        let calendar = Calendar::builtin().unwrap();
        for (year, month, expiry) in [
            (2026, 3, "2026-03-20"),
            // The third Friday is Juneteenth, or its observance.
            (2026, 6, "2026-06-18"),
            (2027, 6, "2027-06-17"),
            (2026, 12, "2026-12-18"),
        ] {
            let contract = ContractMonth::new("ES", year, month).unwrap();
            assert_eq!(contract.expiry(&calendar).unwrap(), date(expiry), "{contract}");
        }
        let june = ContractMonth::new("ES", 2026, 6).unwrap();
        let end: jiff::Timestamp = "2026-06-18T13:30:00Z".parse().unwrap();
        assert_eq!(june.trading_ends(&calendar).unwrap(), end.as_microsecond());
        let later = ContractMonth::new("ES", 2028, 3).unwrap().expiry(&calendar);
        assert!(matches!(later, Err(CalendarError::OutOfRange { .. })));
    }

    #[test]
    fn volume_rolls_before_the_date_and_only_when_it_exceeds() {
        let day = date("2026-03-12");
        let active = |front, next| {
            active_contract("ES", day, Some(RthVolumes { front, next })).unwrap().to_string()
        };
        assert_eq!(active(1000, 999), "ESH26");
        assert_eq!(active(1000, 1000), "ESH26");
        assert_eq!(active(1000, 1001), "ESM26");
        assert_eq!(active_contract("ES", day, None).unwrap().to_string(), "ESH26");
    }

    #[test]
    fn a_roll_is_never_undone_and_never_doubled() {
        let more = Some(RthVolumes { front: 1, next: 2 });
        let less = Some(RthVolumes { front: 2, next: 1 });
        let mut rule = RollRule::new("ES", date("2026-03-10")).unwrap();
        let mut on = |day: &str, volumes| rule.on_session(date(day), volumes).unwrap().to_string();
        assert_eq!(on("2026-03-11", less), "ESH26");
        assert_eq!(on("2026-03-12", more), "ESM26");
        assert_eq!(on("2026-03-13", less), "ESM26");
        assert_eq!(on("2026-03-13", more), "ESM26");
        assert_eq!(on("2026-03-16", None), "ESM26");
        assert_eq!(on("2026-06-15", less), "ESU26");
    }

    #[test]
    fn what_is_no_contract_is_refused() {
        assert!(ContractMonth::new("ES", 2026, 4).is_err());
        assert!(ContractMonth::new("ES", -1, 3).is_err());
        assert!(ContractMonth::new("", 2026, 3).is_err());
        assert!(ContractMonth::new("E S", 2026, 3).is_err());
        assert!(front_contract("ES", TradeDate(20_261_301)).is_err());
    }

    proptest! {
        #[test]
        fn the_front_contract_has_not_rolled_and_the_one_before_has(days in 0_i32..40_000) {
            let day = jiff::civil::date(1980, 1, 1).checked_add(days.days()).unwrap();
            let today = TradeDate::from_civil(day);
            let front = front_contract("ES", today).unwrap();
            prop_assert!(today < front.roll_date().unwrap());
            let quarter_ago = TradeDate::from_civil(day.checked_sub(100.days()).unwrap());
            let before = front_contract("ES", quarter_ago).unwrap();
            prop_assert!(before < front && before.roll_date().unwrap() <= today);
        }
    }
}
