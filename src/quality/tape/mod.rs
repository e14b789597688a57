//! The checks of trades, quotes, bars and depth: small folds, one a file, one set a symbol.
//!
//! Each notes a finding at the record that makes it certain and never takes one back, so that a
//! longer input has every finding of a shorter one. None allocates while nothing is found.

mod book;
mod contract;
mod duplicate;
mod frozen;
mod gap;
mod jump;
mod price;
mod sides;
mod stale;
mod time;
mod writers;

pub(super) use contract::Contracts;
pub(super) use contract::Traded;
pub(super) use contract::is_traded;

use crate::config::Quality;
use crate::market::Session;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::finding::SymIndex;
use book::Touch;
use duplicate::Duplicate;
use frozen::Frozen;
use gap::Gap;
use jump::Jump;
use price::Prices;
use sides::Sides;
use stale::Stale;
use time::Times;
use writers::Writers;

/// What is known about the moment of a fact.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    /// The session of the fact, or the next one to open; `None` for products without a calendar.
    pub session: Option<&'a Session>,
    /// Whether the market is open; `true` where no calendar says.
    pub open: bool,
    /// Whether the contract is one of those that are traded in this session: the front month and
    /// its neighbours around the roll.
    pub traded: bool,
    /// Smallest price step in 1e-9 points; `None` for products that are not configured.
    pub tick: Option<i64>,
    /// Limits.
    pub limits: &'a Quality,
    /// Lateness that is no fault, microseconds.
    pub lateness_us: i64,
    /// Where the symbol's findings are counted.
    pub at: SymIndex,
}

/// Every check of one symbol.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    times: Times,
    prices: Prices,
    frozen: Frozen,
    duplicate: Duplicate,
    ticks_gap: Gap,
    bars_gap: Gap,
    stale: Stale,
    touch: Touch,
    jump: Jump,
    writers: Writers,
    sides: Sides,
}

impl Tape {
    /// Folds one fact.
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        self.stale.see(fact, now);
        self.times.see(fact, now, out);
        self.duplicate.see(fact, now, out);
        let priced = self.prices.see(fact, now, out);
        self.sides.see(fact, now, out);
        self.frozen.see(fact, now, out);
        match fact.what {
            What::Bar(_) => self.bars_gap.see(fact, now, out),
            _ => self.ticks_gap.see(fact, now, out),
        }
        self.writers.see(fact, now, out);
        self.touch.see(fact, now, out, priced);
        // A price that is none would shake the check that compares prices.
        if priced {
            self.jump.see(fact, now, out);
        }
    }

    /// Folds the passing of time without data, up to `ts` microseconds UTC.
    pub(super) fn clock(&mut self, ts: i64, now: &Moment<'_>, out: &mut Findings) {
        self.stale.clock(ts, now, out);
    }
}
