//! Frozen: the same price and size again and again while the market is open.
//!
//! A quiet market repeats a price, but not price and size in twenty records (`frozen_records`)
//! over three minutes (`frozen_s`); a bar repeats all four prices and its volume even less
//! (`frozen_bars`). What is not known to be open does not count, and a new session starts over.

use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

type Key = [i64; 5];

#[derive(Clone, Copy, Debug, Default)]
struct Run {
    key: Option<Key>,
    records: u64,
    since: i64,
    session: i64,
}

/// The run of equal records of each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Frozen {
    runs: [Run; Fact::KINDS],
}

impl Frozen {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        let (Some(key), Some(_)) = (key_of(fact), now.session) else { return };
        out.look(now.at, Code::Frozen);
        let run = &mut self.runs[fact.kind()];
        let session = now.session.map_or(0, |session| session.open);
        if !now.open || run.key != Some(key) || run.session != session {
            *run = Run { key: now.open.then_some(key), records: 1, since: fact.ts, session };
            return;
        }
        run.records += 1;
        let enough = match fact.what {
            What::Bar(_) => now.limits.frozen_bars,
            _ => now.limits.frozen_records,
        };
        let span = fact.ts.saturating_sub(run.since);
        if run.records >= enough && span >= now.limits.frozen_s.saturating_mul(1_000_000) {
            let records = run.records;
            out.note(now.at, Code::Frozen, Some(fact.ts), || {
                let price = fact.last_price().map_or_else(String::new, |px| format!(" at {px}"));
                format!("{records} equal records{price} over {} s", span / 1_000_000)
            });
        }
    }
}

/// What must change for a market to be alive.
fn key_of(fact: &Fact) -> Option<Key> {
    match fact.what {
        What::Trade { px, sz, .. } => Some([px.nanos(), sz as i64, 0, 0, 0]),
        What::Quote(book) if book.bid.is_some() || book.ask.is_some() => {
            let px = |px: Option<crate::market::Px>| px.map_or(-1, crate::market::Px::nanos);
            Some([px(book.bid), px(book.ask), book.bsz as i64, book.asz as i64, 0])
        }
        What::Bar(bar) => {
            Some([bar.o.nanos(), bar.h.nanos(), bar.l.nanos(), bar.c.nanos(), bar.v as i64])
        }
        What::Snapshot(row) => {
            let px = row.px.filter(|px| px.nanos() > 0)?.nanos();
            Some([px, row.v?.to_bits() as i64, 0, 0, 0])
        }
        What::Quote(_) | What::Depth { .. } => None,
    }
}
