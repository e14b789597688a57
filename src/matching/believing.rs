//! Which market records the exchange believes at all: on the tick grid, while it is open, and not alone
//! with what they say. What one record claims against all before it, a leap of time or of the price, is
//! believed once a second one says it too.

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
    /// Prints and quotes far outside the market and alone with it, or beyond every price limit.
    pub suspect: u64,
    /// Stamped far ahead of the market, and contradicted by the next record.
    pub ahead: u64,
}

impl Ignored {
    /// How many there were.
    #[inline]
    pub const fn total(&self) -> u64 {
        self.closed + self.off_grid + self.suspect + self.ahead
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.closed, "stamped while the exchange was closed"),
            (self.off_grid, "off the tick grid"),
            (self.suspect, "far outside the market"),
            (self.ahead, "stamped far ahead of it"),
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

/// Open hours of the exchange that one record alone cannot make pass, microseconds.
const LEAP_US: i64 = 3_600_000_000;

/// What time the records claim, against what is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Time {
    /// It goes on, or steps back.
    GoesOn,
    /// It leapt, and a second record says so that is no copy of the first; or the exchange was closed.
    Leapt,
    /// One record alone says that it leapt.
    Doubted,
}

/// A leap of time that waits for a second record to say the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leap {
    doubted: Option<i64>,
    /// The stamp doubted before it: of two that do not agree either may be right.
    earlier: Option<i64>,
    /// The last stamp that later records contradicted, microseconds UTC.
    pub(super) refuted: Option<i64>,
}

/// When a bar began, microseconds UTC.
pub(super) fn start_of(bar: &Bar) -> i64 {
    bar.ts - i64::from(bar.dur) * 1_000_000
}

/// Whether more than [`LEAP_US`] of open hours lie between `from` and `to` (microseconds UTC). Hours that the
/// calendar does not cover count like open ones.
fn is_leap(from: i64, to: i64, calendar: &Calendar) -> bool {
    let (mut at, mut open) = (from, 0);
    while at < to && open <= LEAP_US {
        let Ok(session) = calendar.session_at_or_after(at) else { return true };
        open += (to.min(session.close) - at.max(session.open)).max(0);
        at = session.close;
    }
    open > LEAP_US
}

impl Exchange {
    /// Whether time may have come to `ts` (microseconds UTC). A leap is counted once it is refuted.
    #[inline]
    pub(super) fn believes_time(&mut self, ts: i64) -> bool {
        let time = self.time_at(ts);
        if time == Time::GoesOn && self.leap.doubted.is_none() {
            return true;
        }
        self.take_time(ts, time)
    }

    #[cold]
    fn take_time(&mut self, ts: i64, time: Time) -> bool {
        let leap = &mut self.leap;
        if time == Time::Doubted {
            if leap.doubted != Some(ts) {
                leap.earlier = leap.doubted.replace(ts);
            }
            return false;
        }
        let doubted = [leap.earlier.take(), leap.doubted.take()];
        if time == Time::GoesOn {
            for stamp in doubted.into_iter().flatten() {
                self.ignored.ahead += 1;
                self.leap.refuted = Some(stamp);
            }
        }
        true
    }

    #[inline]
    fn time_at(&self, ts: i64) -> Time {
        let near = self.now == i64::MIN || ts.saturating_sub(self.now) <= LEAP_US;
        if near { Time::GoesOn } else { self.far_time_at(ts) }
    }

    #[cold]
    fn far_time_at(&self, ts: i64) -> Time {
        if !is_leap(self.now, ts, &self.calendar) {
            return Time::Leapt;
        }
        let agrees =
            |first: i64| ts != first && ts > first - LEAP_US && !is_leap(first, ts, &self.calendar);
        let Leap { doubted, earlier, .. } = self.leap;
        // Three one after the other agree as well: a market in which little happens.
        let goes_on = earlier.zip(doubted).is_some_and(|(a, b)| a < b && b < ts);
        if goes_on || doubted.is_some_and(agrees) || earlier.is_some_and(agrees) {
            Time::Leapt
        } else {
            Time::Doubted
        }
    }

    /// Whether the newest record was believed, as far as it is this exchange's business.
    #[inline]
    pub const fn believed(&self) -> bool {
        self.believed
    }

    /// Whether a stamp (microseconds UTC) is one of now as far as is known, without taking it for a witness.
    #[inline]
    pub fn would_believe_time(&self, ts: i64) -> bool {
        self.time_at(ts) != Time::Doubted
    }

    /// When to act on what comes from beside the market with this stamp (microseconds UTC): then, or with
    /// the newest record where nothing in the market says that time has come so far.
    pub fn moment(&self, ts: i64) -> i64 {
        if self.would_believe_time(ts) { ts } else { self.now }
    }

    /// The last stamp that leapt ahead and was contradicted by the next record, microseconds UTC.
    pub const fn refuted_stamp(&self) -> Option<i64> {
        self.leap.refuted
    }

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

    /// Whether the exchange is open at `ts` (microseconds UTC). A stamp that the calendar does not cover
    /// may be wrong, as one that leaps is: one record alone is no error.
    #[inline]
    fn is_open(&mut self, ts: i64) -> Result<bool, CalendarError> {
        match self.hours.has(ts, &self.calendar) {
            Err(error) if self.believes_time(ts) => Err(error),
            Err(_) => Ok(true),
            known => known,
        }
    }

    /// Whether the print can be one of this market; counted if not.
    #[inline]
    pub(super) fn believes_trade(&mut self, trade: &Trade) -> Result<bool, CalendarError> {
        if !self.is_open(trade.ts)? {
            self.ignored.closed += 1;
        } else if !self.is_on_grid(trade.px) {
            self.ignored.off_grid += 1;
        } else if !self.believes_time(trade.ts) {
            return Ok(false);
        } else if !self.tapes[self.recent].believes_print(trade.ts, trade.px, self.suspect) {
            self.ignored.suspect += 1;
        } else {
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether the quote can be one of this market; counted if not.
    #[inline]
    pub(super) fn believes_quote(&mut self, quote: &Quote) -> Result<bool, CalendarError> {
        if !self.is_open(quote.ts)? {
            self.ignored.closed += 1;
        } else if !self.believes_time(quote.ts) {
            return Ok(false);
        } else if !self.tapes[self.recent].believes_quote(quote, self.suspect) {
            self.ignored.suspect += 1;
        } else {
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether the change of the book can be one of this market; counted if not.
    #[inline]
    pub(super) fn believes_depth(&mut self, ts: i64) -> Result<bool, CalendarError> {
        let open = self.is_open(ts)?;
        self.ignored.closed += u64::from(!open);
        Ok(open && self.believes_time(ts))
    }

    /// Whether the bar can be one of this market; counted if not. Its time is that of its start.
    pub(super) fn believes_bar(&mut self, bar: &Bar) -> Result<bool, CalendarError> {
        let fault = match self.fault_of(bar) {
            Err(error) if self.believes_time(start_of(bar)) => return Err(error),
            Err(_) => return Ok(false),
            Ok(fault) => fault,
        };
        if let Some(count) = fault {
            *count(&mut self.ignored) += 1;
        }
        Ok(fault.is_none() && self.believes_time(start_of(bar)))
    }

    /// Whether a bar of a source can be one of this market; of other markets every one can.
    ///
    /// # Errors
    /// The calendar does not cover it.
    pub fn would_believe(&mut self, bar: &Bar) -> Result<bool, CalendarError> {
        if !self.listings.drives(&bar.sym) {
            return Ok(true);
        }
        Ok(self.would_believe_time(start_of(bar)) && self.fault_of(bar)?.is_none())
    }

    fn fault_of(&mut self, bar: &Bar) -> Result<Option<Count>, CalendarError> {
        let start = start_of(bar);
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
        let ignored = Ignored { closed: 2, suspect: 1, ..Ignored::default() };
        assert_eq!(ignored.total(), 3);
        let text = "2 stamped while the exchange was closed, 1 far outside the market";
        assert_eq!(ignored.to_string(), text);
        assert_eq!(Ignored::default().to_string(), "none");
    }
}
