//! Which market records the exchange believes at all: on the tick grid, and while it is open.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Phase;
use crate::market::Px;
use crate::matching::Exchange;
use crate::wire::Bar;
use crate::wire::Quote;
use crate::wire::Trade;
use std::fmt;

/// Market records that were not believed: they moved no price, filled nothing, and no time passed
/// with them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ignored {
    /// Stamped while the exchange was closed: between sessions, or in a scheduled halt.
    pub closed: u64,
    /// Prints and bars with a price off the tick grid, or not above zero.
    pub off_grid: u64,
    /// Prints far outside fresh quotes, or beyond every price limit.
    pub suspect: u64,
}

impl Ignored {
    /// How many there were.
    #[inline]
    pub const fn total(&self) -> u64 {
        self.closed + self.off_grid + self.suspect
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.closed, "stamped while the exchange was closed"),
            (self.off_grid, "off the tick grid"),
            (self.suspect, "far outside the market"),
        ];
        let mut any = false;
        for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{}{count} {what}", if any { ", " } else { "" })?;
            any = true;
        }
        if any { Ok(()) } else { f.write_str("none") }
    }
}

/// The count of a fault.
type Count = fn(&mut Ignored) -> &mut u64;

/// The stretch of time around the newest record in which the exchange is open, or closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenHours {
    from: i64,
    until: i64,
    open: bool,
}

impl OpenHours {
    /// Nothing is known yet.
    pub(super) const fn new() -> Self {
        Self { from: i64::MAX, until: i64::MIN, open: false }
    }

    /// Whether the exchange is open at `ts` (microseconds UTC). Sessions and halts are right-open: what
    /// is stamped at the close, a settlement for example, belongs to no session; what is stamped at the
    /// open is the first of its own.
    #[inline]
    pub(super) fn has(&mut self, ts: i64, calendar: &Calendar) -> Result<bool, CalendarError> {
        if ts < self.from || ts >= self.until {
            *self = Self::around(ts, calendar)?;
        }
        Ok(self.open)
    }

    #[cold]
    fn around(ts: i64, calendar: &Calendar) -> Result<Self, CalendarError> {
        let session = calendar.session_at_or_after(ts)?;
        if ts < session.open {
            return Ok(Self { from: ts, until: session.open, open: false });
        }
        let edges = session.halts.iter().flat_map(|(from, until)| [*from, *until]);
        let edges = || edges.clone().chain([session.open, session.close]);
        let from = edges().filter(|edge| *edge <= ts).max().unwrap_or(ts);
        let until = edges().filter(|edge| *edge > ts).min().unwrap_or(ts);
        Ok(Self { from, until, open: session.phase(ts) != Phase::Halt })
    }
}

impl Exchange {
    /// What was not believed so far.
    #[inline]
    pub const fn ignored(&self) -> &Ignored {
        &self.ignored
    }

    /// Whether `px` is a price of the product at all.
    #[inline]
    fn is_on_grid(&self, px: Px) -> bool {
        self.ticks(px).is_some()
    }

    /// Whether the print can be one of this market; counted if not.
    #[inline]
    pub(super) fn believes_trade(&mut self, trade: &Trade) -> Result<bool, CalendarError> {
        if !self.hours.has(trade.ts, &self.calendar)? {
            self.ignored.closed += 1;
        } else if !self.is_on_grid(trade.px) {
            self.ignored.off_grid += 1;
        } else if self.tapes[self.recent].is_suspect(trade.ts, trade.px, self.suspect) {
            self.ignored.suspect += 1;
        } else {
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether the quote can be one of this market; counted if not.
    #[inline]
    pub(super) fn believes_quote(&mut self, quote: &Quote) -> Result<bool, CalendarError> {
        let open = self.hours.has(quote.ts, &self.calendar)?;
        self.ignored.closed += u64::from(!open);
        Ok(open)
    }

    /// Whether the bar can be one of this market; counted if not.
    pub(super) fn believes_bar(&mut self, bar: &Bar) -> Result<bool, CalendarError> {
        let fault = self.fault_of(bar)?;
        if let Some(count) = fault {
            *count(&mut self.ignored) += 1;
        }
        Ok(fault.is_none())
    }

    /// Whether a bar of a source can be one of this market; of other markets every one can.
    ///
    /// # Errors
    /// The calendar does not cover it.
    pub fn would_believe(&mut self, bar: &Bar) -> Result<bool, CalendarError> {
        Ok(!self.listings.drives(&bar.sym) || self.fault_of(bar)?.is_none())
    }

    fn fault_of(&mut self, bar: &Bar) -> Result<Option<Count>, CalendarError> {
        let start = bar.ts - i64::from(bar.dur) * 1_000_000;
        let (hours, calendar) = (&mut self.hours, &self.calendar);
        if !hours.has(start, calendar)? && !hours.has(bar.ts - 1, calendar)? {
            // A long bar is of a session if any part of it is.
            let session = calendar.session_at_or_after(start)?;
            let halted = |(from, until): &(i64, i64)| *from <= start && bar.ts <= *until;
            if session.open >= bar.ts || session.halts.iter().any(halted) {
                return Ok(Some(|ignored| &mut ignored.closed));
            }
        }
        let sound = [bar.o, bar.h, bar.l, bar.c].iter().all(|px| self.is_on_grid(*px));
        Ok(if sound { None } else { Some(|ignored| &mut ignored.off_grid) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::TradeDate;

    #[test]
    fn hours_are_right_open_and_the_same_whatever_was_asked_before() {
        let calendar = Calendar::builtin().unwrap();
        // Before 2021-06-28 there was a halt from 16:15 to 16:30 in New York.
        for date in [TradeDate(20_200_110), TradeDate(20_240_108)] {
            let session = calendar.session_of(date).unwrap().unwrap();
            let edges = session.halts.iter().flat_map(|(from, until)| [*from, *until]);
            let edges: Vec<i64> = edges.chain([session.open, session.close]).collect();
            let mut hours = OpenHours::new();
            for at in edges.iter().flat_map(|edge| [edge - 1, *edge, edge + 1]) {
                let other = calendar.session_at_or_after(at).unwrap();
                let expected = other.is_open(at);
                assert_eq!(OpenHours::new().has(at, &calendar), Ok(expected), "{at}");
                assert_eq!(hours.has(at, &calendar), Ok(expected), "{at}");
            }
        }
    }

    #[test]
    fn what_was_ignored_is_told_in_words() {
        let ignored = Ignored { closed: 2, off_grid: 0, suspect: 1 };
        assert_eq!(ignored.total(), 3);
        let text = "2 stamped while the exchange was closed, 1 far outside the market";
        assert_eq!(ignored.to_string(), text);
        assert_eq!(Ignored::default().to_string(), "none");
    }
}
