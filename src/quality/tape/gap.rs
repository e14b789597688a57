//! Gaps: what is missing in open hours of a contract that was traded without a break before.
//!
//! Time is cut into slots: the length of a bar, or a minute for trades and quotes. Slots in which
//! the calendar says that the market is closed or halted do not count. A hole of `gap_bars` slots
//! (`gap_minutes` minutes) is a gap if at least `gap_density` of the 60 open slots before were
//! filled: a contract that is not traded at night has no gap at night. Far months are not judged at
//! all, they may fall silent whenever they like. A gap does not thin the
//! density, smaller holes do. What is missing from the end of one session to the start of another,
//! `cut_minutes` or more, is a cut: files end somewhere. It is told as `missing_session`.

use crate::market::Session;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

/// Slots remembered: the bits of the history.
const HISTORY: u32 = 60;
/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;

/// Filled slots of one contract.
#[derive(Clone, Debug, Default)]
pub(super) struct Gap {
    slot: i64,
    last: i64,
    session: Option<Session>,
    filled: u64,
    known: u32,
}

impl Gap {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        let Some(session) = now.session else { return };
        let slot = match fact.what {
            What::Bar(bar) => i64::from(bar.dur.max(1)) * 1_000_000,
            What::Depth { .. } => return,
            _ => MINUTE,
        };
        if !now.open || !now.traded {
            return;
        }
        // Bars of another length are another tape: start over.
        if slot != self.slot {
            *self = Self { slot, ..Self::default() };
        }
        let start = fact.instant();
        let this = start - start.rem_euclid(slot);
        match &self.session {
            None => self.session = Some(session.clone()),
            Some(old) if old.open == session.open => {
                if this <= self.last {
                    return;
                }
                let missing = open_slots(session, self.last + slot, this, slot);
                self.hole(missing, fact, now, out);
            }
            Some(old) if old.open < session.open => {
                let tail = open_slots(old, self.last + slot, old.close, slot);
                let first = session.open - session.open.rem_euclid(slot);
                let head = open_slots(session, first, this, slot);
                let missing = i64::from(tail) + i64::from(head);
                if missing * slot >= i64::from(now.limits.cut_minutes) * MINUTE {
                    self.cut(missing, fact, now, out);
                } else {
                    self.hole(tail, fact, now, out);
                    self.hole(head, fact, now, out);
                }
                self.session = Some(session.clone());
            }
            // Time went back into an earlier session: another check says so.
            Some(_) => return,
        }
        self.last = this;
        self.enter(true);
        out.look(now.at, Code::Gap);
    }

    fn enter(&mut self, filled: bool) {
        self.filled = (self.filled << 1 | u64::from(filled)) & ((1 << HISTORY) - 1);
        self.known = (self.known + 1).min(HISTORY);
    }

    /// Nothing is known about the density beyond a cut.
    fn cut(&mut self, missing: i64, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        let dense = self.is_dense(now);
        (self.filled, self.known) = (0, 0);
        if dense {
            let slot = self.slot / 1_000_000;
            out.look(now.at, Code::MissingSession);
            out.note(now.at, Code::MissingSession, Some(fact.ts), || {
                format!("{missing} times {slot} s are missing from one session to another")
            });
        }
    }

    fn is_dense(&self, now: &Moment<'_>) -> bool {
        self.known == HISTORY && self.filled.count_ones() >= now.limits.gap_density
    }

    fn hole(&mut self, missing: u32, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        if missing == 0 {
            return;
        }
        out.look_at(now.at, Code::Gap, missing.into());
        let least = match fact.what {
            What::Bar(_) => now.limits.gap_bars,
            _ => now.limits.gap_minutes,
        };
        if self.is_dense(now) && missing >= least {
            let (slot, place) = (self.slot / 1_000_000, out.place());
            out.note_many(now.at, Code::Gap, missing.into(), Some(fact.ts), place, || {
                format!("{missing} times {slot} s of open market are missing before this record")
            });
            return;
        }
        for _ in 0..missing.min(HISTORY) {
            self.enter(false);
        }
    }
}

/// How many slots from `from` until `until` the market is open in.
fn open_slots(session: &Session, from: i64, until: i64, slot: i64) -> u32 {
    let until = until.min(session.close);
    let mut at = from.max(session.open - session.open.rem_euclid(slot));
    let mut count = 0;
    while at < until {
        count += u32::from(session.is_open(at.max(session.open)));
        at += slot;
    }
    count
}
