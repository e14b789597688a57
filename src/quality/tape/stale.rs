//! Stale: silence in an open session while the clock of the feed runs on.
//!
//! Only a `clock` record proves that time has passed without data; a file has none. Silence is
//! counted from the newest trade, quote, bar or book change of the symbol, once each time, and only
//! after `stale_records_min` of them in the session: a contract that hardly trades may be silent.

use crate::market::Phase;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::tape::Moment;

/// Newest record and how many there were in the session.
#[derive(Clone, Debug, Default)]
pub(super) struct Stale {
    newest: i64,
    records: u64,
    session: i64,
    noted: bool,
}

impl Stale {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>) {
        let session = now.session.map_or(0, |session| session.open);
        if session != self.session {
            self.session = session;
            self.records = 0;
        }
        self.records += 1;
        self.newest = self.newest.max(fact.ts);
        self.noted = false;
    }

    pub(super) fn clock(&mut self, ts: i64, now: &Moment<'_>, out: &mut Findings) {
        let Some(session) = now.session else { return };
        out.look(now.at, Code::Stale);
        if self.noted || session.open != self.session || !now.open {
            return;
        }
        let limit = match session.phase(ts) {
            Phase::Rth => now.limits.stale_rth_s,
            _ => now.limits.stale_eth_s,
        };
        // A halt is silent: what came before it does not count.
        let since = session.halts.iter().map(|(_, end)| *end).filter(|end| *end <= ts).max();
        let since = since.map_or(self.newest, |end| end.max(self.newest));
        let silent = ts.saturating_sub(since);
        if self.records >= now.limits.stale_records_min && silent > limit.saturating_mul(1_000_000)
        {
            self.noted = true;
            out.note(now.at, Code::Stale, Some(ts), || {
                format!("nothing for {} s, the limit is {limit} s", silent / 1_000_000)
            });
        }
    }
}
