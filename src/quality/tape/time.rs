//! Time: going back, and records while the market is closed.
//!
//! `time_back`: older than the newest record of the symbol and kind by more than
//! `clock.lateness_us`. `closed_hours`: trades and bars only; a book is there before the open and
//! in halts. A bar counts by its start.

use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

/// Newest stamp by kind.
#[derive(Clone, Debug)]
pub(super) struct Times {
    newest: [i64; Fact::KINDS],
}

impl Default for Times {
    fn default() -> Self {
        Self { newest: [i64::MIN; Fact::KINDS] }
    }
}

impl Times {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        let newest = &mut self.newest[fact.kind()];
        out.look(now.at, Code::TimeBack);
        if fact.ts < newest.saturating_sub(now.lateness_us) {
            let back = newest.saturating_sub(fact.ts);
            out.note(now.at, Code::TimeBack, Some(fact.ts), || {
                format!("{} s back", back as f64 / 1e6)
            });
        }
        *newest = (*newest).max(fact.ts);
        if now.session.is_some() && matches!(fact.what, What::Trade { .. } | What::Bar(_)) {
            out.look(now.at, Code::ClosedHours);
            if !now.open {
                out.note(now.at, Code::ClosedHours, Some(fact.ts), || {
                    let opens = now.session.map_or(0, |session| session.open);
                    let wait = (opens.saturating_sub(fact.instant()) / 1_000_000).max(0);
                    if wait > 0 {
                        format!("the market opened {wait} s later")
                    } else {
                        "in a scheduled halt".into()
                    }
                });
            }
        }
    }
}
