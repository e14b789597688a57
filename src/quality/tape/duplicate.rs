//! The same record twice.
//!
//! Equal price and size are no proof: a millisecond holds many equal trades. What proves it is a
//! bar of the same time again, the same sequence number with the same trade again after others, a
//! foreign row repeated within a second, and a tape in which every run of equal records has even
//! length (`twin_runs` of them one after the other).

use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::Snapshot;
use crate::quality::fact::What;
use crate::quality::tape::Moment;
use crate::wire::Src;

/// Sequence numbers and bars remembered.
const MEMORY: usize = 64;

type Key = [i64; 4];

/// The newest records, and the run of equal ones.
#[derive(Clone, Debug)]
pub(super) struct Duplicate {
    seen: [Key; MEMORY],
    next: usize,
    bars: [(i64, u32); 8],
    next_bar: usize,
    run: Option<(Key, u64)>,
    pairs: u64,
    run_before: i64,
    row: Option<(i64, Snapshot)>,
}

impl Default for Duplicate {
    fn default() -> Self {
        Self {
            seen: [[i64::MIN; 4]; MEMORY],
            next: 0,
            bars: [(i64::MIN, 0); 8],
            next_bar: 0,
            run: None,
            pairs: 0,
            run_before: -1,
            row: None,
        }
    }
}

impl Duplicate {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        match fact.what {
            What::Trade { px, sz, seq } => {
                out.look(now.at, Code::Duplicate);
                let key = [fact.ts, px.nanos(), sz as i64, seq.map_or(-1, |seq| seq as i64)];
                self.trade(key, fact, now, out);
            }
            What::Bar(bar) => {
                out.look(now.at, Code::Duplicate);
                let key = (fact.ts, bar.dur);
                if self.bars.contains(&key) {
                    out.note(now.at, Code::Duplicate, Some(fact.ts), || {
                        format!("a second bar of {} s for the same time", bar.dur)
                    });
                } else {
                    self.bars[self.next_bar] = key;
                    self.next_bar = (self.next_bar + 1) % self.bars.len();
                }
            }
            What::Snapshot(row) => {
                out.look(now.at, Code::Duplicate);
                let plain = Snapshot { bid: None, ask: None, ..row };
                let before = self.row.replace((fact.ts, plain));
                let soon = |ts: i64| (0..1_000_000).contains(&fact.ts.saturating_sub(ts));
                if before.is_some_and(|(ts, old)| old == plain && soon(ts)) {
                    out.note(now.at, Code::Duplicate, Some(fact.ts), || {
                        "the row before again".into()
                    });
                }
            }
            What::Quote(_) | What::Depth { .. } => {}
        }
    }

    fn trade(&mut self, key: Key, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        if let Some((run, length)) = &mut self.run
            && *run == key
        {
            *length += 1;
            // These sources number every trade; elsewhere the fills of one order share a number.
            if key[3] >= 0 && matches!(fact.src, Some(Src::Scid | Src::Iqf)) {
                out.note(now.at, Code::Duplicate, Some(fact.ts), || {
                    format!("the trade of sequence number {} again at once", key[3])
                });
            }
            return;
        }
        if let Some((run, length)) = self.run.replace((key, 1)) {
            self.pairs = if length % 2 == 0 { self.pairs + 1 } else { 0 };
            let enough = now.limits.twin_runs;
            if self.pairs >= enough {
                let pairs = self.pairs;
                let count = if pairs == enough { pairs } else { 1 };
                let place = out.place();
                out.note_many(now.at, Code::Duplicate, count, Some(fact.ts), place, || {
                    format!("{pairs} runs of equal trades, each of even length")
                });
            }
            self.run_before = run[3];
            if run[3] >= 0 {
                self.seen[self.next] = run;
                self.next = (self.next + 1) % MEMORY;
            }
        }
        // Fills of one order share a number; only a number that comes back is a second delivery.
        if key[3] >= 0 && self.run_before != key[3] && self.seen.contains(&key) {
            out.note(now.at, Code::Duplicate, Some(fact.ts), || {
                format!("the trade of sequence number {} again", key[3])
            });
        }
    }
}
