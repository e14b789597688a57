//! A time that was believed and was wrong: what waits for it comes when the market says so.
//!
//! A stamp less than an hour ahead is believed at once, and so are two that agree. If the market then
//! goes on at its old time, nothing may wait for the wrong one: neither a flatten on its way nor a fill
//! that is to be told.

use crate::matching::Exchange;
use crate::matching::Tape;
use crate::matching::bracket::Bracket;

/// So far records of several kinds and sources may lie apart, microseconds.
const APART_US: i64 = 10_000_000;
/// So many records in a row take any step of time back.
const ENOUGH: u32 = 8;

/// What later records say of the newest step of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proof {
    agree: u32,
    contradict: u32,
    /// More than one record was believed.
    heard: bool,
}

impl Exchange {
    /// Time has come to `ts` (microseconds UTC) with a record that is believed. As many records in a row
    /// as have followed a step take it back, eight at the most.
    #[inline]
    pub(super) fn keep_time(&mut self, ts: i64) {
        let heard = self.now != i64::MIN;
        if self.now == i64::MIN || ts >= self.now - APART_US {
            let steps = ts.saturating_sub(self.now) > APART_US;
            let agree = if steps { 1 } else { self.proof.agree.saturating_add(1) };
            self.proof = Proof { agree, contradict: 0, heard };
            self.now = self.now.max(ts);
        } else {
            self.contradict(ts);
        }
    }

    #[cold]
    fn contradict(&mut self, ts: i64) {
        self.proof.contradict += 1;
        if self.proof.contradict >= self.proof.agree.min(ENOUGH) {
            self.step_back(ts);
        }
    }

    /// Whether the newest record showed that time was wrong before it.
    #[inline]
    pub const fn has_stepped_back(&self) -> bool {
        self.stepped_back
    }

    /// Whether time is known from a single record: the first that was believed.
    #[inline]
    pub const fn is_first(&self) -> bool {
        self.now != i64::MIN && !self.proof.heard
    }

    fn step_back(&mut self, ts: i64) {
        self.stepped_back = true;
        self.leap.refuted = Some(self.now);
        (self.now, self.last_xts) = (ts, self.last_xts.min(ts));
        self.proof = Proof { agree: 1, contradict: 0, heard: true };
        // As if it had been sent, or had happened, just now.
        let arrives = ts + self.rules.latency_us.max(1);
        for underway in &mut self.underway {
            underway.arrives = underway.arrives.min(arrives);
        }
        let known = ts + self.rules.response_us;
        for fact in self.facts.iter_mut().filter(|fact| fact.known() > known) {
            *fact = fact.clone().stamped(fact.xts().min(ts), known);
        }
        if self.session.as_ref().is_some_and(|session| ts < session.open) {
            self.session = None;
        }
        self.tapes.iter_mut().for_each(|tape| tape.step_back(ts));
        self.brackets.iter_mut().for_each(|bracket| bracket.step_back(ts));
    }
}

impl Tape {
    /// What was shown and traded at a wrong time was so by `ts` (microseconds UTC).
    fn step_back(&mut self, ts: i64) {
        self.touch_ts = self.touch_ts.map(|touch| touch.min(ts));
        self.last = self.last.map(|(last, px)| (last.min(ts), px));
    }
}

impl Bracket {
    /// What works since a wrong time works by `ts` (microseconds UTC).
    fn step_back(&mut self, ts: i64) {
        let entry = &mut self.entry;
        (entry.since, entry.decided) = (entry.since.min(ts), entry.decided.min(ts));
        if let Some(closing) = &mut self.closing {
            (closing.since, closing.decided) = (closing.since.min(ts), closing.decided.min(ts));
            closing.reprice_at = closing.reprice_at.min(ts);
        }
    }
}
