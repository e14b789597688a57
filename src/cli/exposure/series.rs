//! Which options of a chain are used.

use crate::market::Sym;
use crate::market::TradeDate;
use crate::options::Snapshot;
use std::str::FromStr;

/// Expiries on the command line: a date, dates from one to another, or the next days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Expiries {
    /// From the first to the last.
    Between(TradeDate, TradeDate),
    /// So many calendar days after the trade date of the snapshot; 0 is that day alone.
    Within(u16),
}

impl FromStr for Expiries {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse().ok()) {
            return Ok(Self::Within(days));
        }
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) if from <= to => Ok(Self::Between(from, to)),
            _ => Err(format!(
                "`{text}` is none of: a date 2026-11-20, dates 2026-11-20..2026-12-18, days 7d \
                 (0d is today)"
            )),
        }
    }
}

impl Expiries {
    /// Whether `exp` is among them, seen on `today`.
    fn has(self, exp: TradeDate, today: Option<TradeDate>) -> bool {
        match self {
            Self::Between(from, to) => (from..=to).contains(&exp),
            Self::Within(days) => {
                let (Some(today), Some(exp)) = (today.and_then(TradeDate::civil), exp.civil())
                else {
                    return false;
                };
                let away = today.until(exp).map(|span| span.get_days());
                away.is_ok_and(|away| (0..=i32::from(days)).contains(&away))
            }
        }
    }
}

/// What is left of a chain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Selection {
    /// Underlyings; all if empty.
    pub und: Vec<Sym>,
    /// Roots; all if empty.
    pub roots: Vec<Sym>,
    /// Expiries; all if empty.
    pub expiries: Vec<Expiries>,
}

impl Selection {
    /// Whether chains of `und` are used.
    pub(super) fn wants(&self, und: Sym) -> bool {
        self.und.is_empty() || self.und.contains(&und)
    }

    /// Takes from `snapshot` what is not asked for; `today` is the day it is valued on.
    pub(super) fn narrow(&self, snapshot: &mut Snapshot, today: Option<TradeDate>) {
        if self.roots.is_empty() && self.expiries.is_empty() {
            return;
        }
        let before = snapshot.rows.len();
        snapshot.rows.retain(|row| {
            let root = self.roots.is_empty() || self.roots.contains(&row.root);
            let has = |expiries: &Expiries| expiries.has(row.exp, today);
            root && (self.expiries.is_empty() || self.expiries.iter().any(has))
        });
        // What was left out on purpose does not make the chain incomplete.
        let removed = (before - snapshot.rows.len()) as u64;
        snapshot.stated = snapshot.stated.saturating_sub(removed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries_in_every_way_they_are_written() {
        let (a, b) = (TradeDate(20_261_120), TradeDate(20_261_218));
        assert_eq!("2026-11-20".parse(), Ok(Expiries::Between(a, a)));
        assert_eq!("2026-11-20..2026-12-18".parse(), Ok(Expiries::Between(a, b)));
        assert_eq!("7d".parse(), Ok(Expiries::Within(7)));
        for wrong in ["", "d", "2026-12-18..2026-11-20", "tomorrow", "-1d", "2026-11-31"] {
            assert!(wrong.parse::<Expiries>().is_err(), "{wrong}");
        }
        let today = Some(TradeDate(20_261_127));
        let within = Expiries::Within(7);
        for (date, has) in
            [(20_261_126, false), (20_261_127, true), (20_261_204, true), (20_261_205, false)]
        {
            assert_eq!(within.has(TradeDate(date), today), has, "{date}");
        }
        assert!(!within.has(a, None));
    }
}
