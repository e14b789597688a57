//! Silence: how often to look, when to say that data are stale, when to let time pass.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Session;

/// Pause between two looks while data flow.
const PAUSE_US_MIN: i64 = 1_000;
/// Longest pause.
const PAUSE_US_MAX: i64 = 16_000;
/// Data that came within this time flow: three times Sierra's usual pause between two writes.
const FLOWS_US: i64 = 15_000_000;
/// Time without data after which time passes by itself, and between two such moments.
const SECOND_US: i64 = 1_000_000;

/// The watch over the silence of one file.
#[derive(Debug)]
pub(super) struct Quiet {
    calendar: Calendar,
    session: Option<Session>,
    stale_us: i64,
    data_mono: i64,
    data_utc: i64,
    tick_mono: i64,
    pause_us: i64,
    stale: bool,
}

impl Quiet {
    /// Silence of `stale_us` microseconds in an open session is stale; it counts from now.
    pub const fn new(calendar: Calendar, stale_us: i64, mono: i64, utc: i64) -> Self {
        Self {
            calendar,
            session: None,
            stale_us,
            data_mono: mono,
            data_utc: utc,
            tick_mono: mono,
            pause_us: PAUSE_US_MIN,
            stale: false,
        }
    }

    /// Silence of `stale_us` microseconds is stale from now on.
    pub const fn set_limit(&mut self, stale_us: i64) {
        self.stale_us = stale_us;
    }

    /// The silence that is stale, seconds.
    pub const fn limit_s(&self) -> i64 {
        self.stale_us / SECOND_US
    }

    /// Data came; whether they were stale before.
    pub const fn on_data(&mut self, mono: i64, utc: i64) -> bool {
        self.data_mono = mono;
        self.data_utc = utc;
        self.tick_mono = mono;
        self.pause_us = PAUSE_US_MIN;
        std::mem::replace(&mut self.stale, false)
    }

    /// The last data came so many microseconds ago.
    pub const fn silence(&self, mono: i64) -> i64 {
        mono - self.data_mono
    }

    /// How long to wait before the next look.
    pub fn pause(&mut self, mono: i64) -> i64 {
        if self.silence(mono) > FLOWS_US {
            self.pause_us = (self.pause_us * 2).min(PAUSE_US_MAX);
        }
        self.pause_us
    }

    /// Whether data have just become stale: silent for long enough while the market was open.
    ///
    /// # Errors
    /// Now is outside the calendar.
    pub fn became_stale(&mut self, utc: i64) -> Result<bool, CalendarError> {
        if self.stale {
            return Ok(false);
        }
        let (data, limit) = (self.data_utc, self.stale_us);
        let session = self.session(utc)?;
        let opened = session.halts.iter().map(|halt| halt.1).filter(|end| *end <= utc);
        let expected = opened.max().unwrap_or(session.open).max(session.open).max(data);
        self.stale = session.is_open(utc) && utc - expected >= limit;
        Ok(self.stale)
    }

    /// Whether the clock is to be let tick to `ts` now: nothing came for a second, and the session
    /// is open then.
    ///
    /// # Errors
    /// The stamp is outside the calendar.
    pub fn ticks(&mut self, mono: i64, ts: i64) -> Result<bool, CalendarError> {
        if mono - self.tick_mono < SECOND_US || !self.session(ts)?.contains(ts) {
            return Ok(false);
        }
        self.tick_mono = mono;
        Ok(true)
    }

    /// The session at `ts`, or the next.
    fn session(&mut self, ts: i64) -> Result<&Session, CalendarError> {
        let known = self.session.take().filter(|known| known.contains(ts));
        let session = match known {
            Some(known) => known,
            None => self.calendar.session_at_or_after(ts)?,
        };
        Ok(self.session.insert(session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    #[test]
    fn silence_counts_from_the_open_and_is_none_when_closed() {
        let calendar = Calendar::builtin().unwrap();
        // Tuesday 2026-03-10, a normal session.
        let open = calendar.session_of(crate::market::TradeDate(20_260_310)).unwrap().unwrap().open;
        let mut quiet = Quiet::new(calendar, 30 * S, 0, open - 600 * S);
        assert_eq!(quiet.became_stale(open - S), Ok(false), "the maintenance hour");
        assert_eq!(quiet.became_stale(open + 29 * S), Ok(false));
        assert_eq!(quiet.became_stale(open + 30 * S), Ok(true));
        assert_eq!(quiet.became_stale(open + 31 * S), Ok(false), "said once");
        assert!(quiet.on_data(100 * S, open + 40 * S));
        assert!(!quiet.on_data(101 * S, open + 41 * S));
        assert_eq!(quiet.became_stale(open + 70 * S), Ok(false));
        assert_eq!(quiet.became_stale(open + 71 * S), Ok(true));
    }

    #[test]
    fn the_clock_ticks_once_a_second_in_a_session() {
        let calendar = Calendar::builtin().unwrap();
        let open = calendar.session_of(crate::market::TradeDate(20_260_310)).unwrap().unwrap().open;
        let mut quiet = Quiet::new(calendar, 30 * S, 0, open);
        assert_eq!(quiet.ticks(S - 1, open), Ok(false));
        assert_eq!(quiet.ticks(S, open - 1), Ok(false));
        assert_eq!(quiet.ticks(S, open), Ok(true));
        assert_eq!(quiet.ticks(S + S / 2, open + S), Ok(false));
        assert_eq!(quiet.ticks(2 * S, open + S), Ok(true));
    }

    #[test]
    fn pauses_grow_when_nothing_flows() {
        let mut quiet = Quiet::new(Calendar::builtin().unwrap(), 30 * S, 0, 0);
        assert_eq!(quiet.pause(FLOWS_US), PAUSE_US_MIN);
        let grown: Vec<_> = (1..7).map(|i| quiet.pause(FLOWS_US + i)).collect();
        assert_eq!(grown, [2_000, 4_000, 8_000, 16_000, 16_000, 16_000]);
        quiet.on_data(FLOWS_US + 9, 0);
        assert_eq!(quiet.pause(FLOWS_US + 10), PAUSE_US_MIN);
    }
}
