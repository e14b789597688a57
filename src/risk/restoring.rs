//! What a run takes over from an earlier one, and how it tells so.

use crate::market::Cents;
use crate::market::Sym;
use crate::matching::KeptBracket;
use crate::matching::LostRequest;
use crate::risk::AccountSource;
use crate::risk::RiskStage;
use crate::risk::account_source::FROM_JOURNAL;
use crate::risk::account_source::GATE_OPEN;
use crate::risk::account_source::fact;
use crate::risk::account_source::fact_of;
use crate::risk::account_source::intent;
use crate::risk::latch::Latches;
use crate::risk::writing::latching;
use crate::risk::writing::opening;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::AcctStats;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Record;

/// A day: counts over some hours must come out of the facts that are told.
const DAY_US: i64 = 86_400_000_000;

/// The account at the beginning of a session, without orders.
#[derive(Clone, PartialEq, Debug)]
struct Base {
    equity: Cents,
    day_pnl: Cents,
    stats: AcctStats,
    /// Time that the state is of, microseconds UTC.
    at: i64,
}

/// What a replay of this run must know to decide as it did: an older state of the account and every
/// fact since, over a day at least.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Start {
    base: Base,
    /// Facts since, in their order.
    facts: Vec<Acct>,
    /// A newer state, and the facts before it: the base once it is old enough.
    next: Option<(Base, usize)>,
    /// Latches that were opened by hand since the last run.
    resets: Vec<Acct>,
    /// Latches that a new session opened without a word: the run that knew of it ended before it said so.
    untold: Vec<Acct>,
}

/// Nobody listens: what an earlier run wrote is not written again.
struct Silence;

impl Emit for Silence {
    fn before(&mut self, _record: &Record) {}
    fn after(&mut self, _record: &Record) {}
}

/// What a session that begins opens.
struct Opened(Vec<Acct>);

impl Emit for Opened {
    fn before(&mut self, record: &Record) {
        if let Record::Acct(acct) = record {
            self.0.push(acct.clone());
        }
    }
    fn after(&mut self, _record: &Record) {}
}

impl RiskStage {
    /// Takes a record of an earlier run into the starting state, before the first record of this one:
    /// lines of mia-exec's journal or of risk's own state. Records that say nothing about the account
    /// are passed over.
    ///
    /// # Errors
    /// A record that does not say what it must; a stamp outside the calendar.
    pub fn remember(&mut self, record: &Record) -> Result<(), Failure> {
        match record {
            Record::Order(order) if order.by == By::Risk => self.remember_acct(&intent(order)),
            Record::Acct(acct) if matches!(acct.by, By::Risk | By::Exec) => {
                self.remember_acct(acct)
            }
            // The account may have begun with other money than the settings'.
            Record::Account(account) => {
                let more = account.equity - self.ledger.equity();
                self.ledger.correct(more);
                self.high_water = self.high_water.max(account.equity);
                if let Some(start) = &mut self.start {
                    start.base.equity += more;
                    if let Some((next, _)) = &mut start.next {
                        next.equity += more;
                    }
                }
                Ok(())
            }
            other => match fact(other) {
                Some(fact) => self.remember_acct(&fact.acct()),
                None => Ok(()),
            },
        }
    }

    /// The starting state is told again: somebody keeps it from here on.
    pub const fn reopen(&mut self) {
        self.opened = false;
    }

    /// Brackets of an earlier run that the simulated exchange goes on with, and what was lost with
    /// it: taken up with the next record.
    pub fn take_up(&mut self, kept: Vec<KeptBracket>, lost: Vec<LostRequest>) {
        self.taken_up = Some((kept, lost)).filter(|(kept, lost)| kept.len() + lost.len() > 0);
    }

    fn remember_acct(&mut self, acct: &Acct) -> Result<(), Failure> {
        self.opened = false;
        let told_again = self.restoring > 0;
        self.restoring = self.restoring.saturating_sub(1);
        match acct.op {
            AcctOp::Open => {
                let at = acct.xts.unwrap_or(acct.ts);
                self.adopt(&Acct { xts: Some(at), ..acct.clone() })?;
                self.restoring = acct.restored.unwrap_or(0);
                self.start = None;
                self.begin(at);
            }
            // Told to that run already.
            AcctOp::Reset if told_again => {}
            _ => {
                if self.start.is_none() {
                    self.begin(acct.xts.unwrap_or(acct.ts));
                }
                self.recall(acct, told_again)?;
            }
        }
        Ok(())
    }

    /// The state as it is now is that of `at` (microseconds UTC), without orders.
    fn begin(&mut self, at: i64) {
        let (equity, day_pnl) = (self.ledger.equity(), self.ledger.day().pnl);
        let now = Base { equity, day_pnl, stats: *self.ledger.stats(), at };
        let needed = self.limits.rolling_us.max(DAY_US);
        let Some(start) = &mut self.start else {
            let (facts, resets, untold) = (Vec::new(), Vec::new(), Vec::new());
            self.start = Some(Start { base: now, facts, next: None, resets, untold });
            return;
        };
        match start.next.take() {
            Some((next, before)) if at - next.at >= needed => {
                start.base = next;
                start.facts.drain(..before);
                start.next = Some((now, start.facts.len()));
            }
            None => start.next = Some((now, start.facts.len())),
            kept => start.next = kept,
        }
    }

    /// A record of the starting state: by exchange time, and without writing anything. `told`: it
    /// follows an opening record, whose high-water mark is of a time after it.
    pub(super) fn recall(&mut self, acct: &Acct, told: bool) -> Result<(), Failure> {
        let at = acct.xts.unwrap_or(acct.ts);
        match acct.op {
            AcctOp::Open => {}
            AcctOp::Latch | AcctOp::Kill => {
                let reason = acct.reason.as_deref().unwrap_or("latched");
                for name in &acct.latches {
                    self.latches.restore(name, reason);
                }
            }
            AcctOp::Reset => {
                if self.is_known_reset(acct) {
                    return Ok(());
                }
                for name in &acct.latches {
                    self.latches.clear(name);
                }
                if let Some(start) = &mut self.start {
                    start.untold.retain(|untold| untold.latches != acct.latches);
                }
                if let Some(equity) = acct.equity.filter(|_| !told) {
                    self.high_water = equity;
                }
                let by_hand = acct.latches.iter().any(|name| name != Latches::DAY);
                if let Some(start) = self.start.as_mut().filter(|_| by_hand) {
                    start.resets.push(acct.clone());
                }
            }
            AcctOp::Ack | AcctOp::Fill | AcctOp::Cancel | AcctOp::Reject => {
                // By exchange time, as a replay of this run will have it.
                let dated = Acct { ts: at, ..acct.clone() };
                let fact = fact_of(&dated)?;
                let mut opened = Opened(Vec::new());
                if self.turn_day(at, &mut opened)? && self.ledger.is_idle() {
                    self.begin(at);
                }
                if let Some(start) = &mut self.start {
                    start.untold.append(&mut opened.0);
                }
                self.settle(&dated, &fact);
                if !told {
                    self.high_water = self.high_water.max(self.ledger.equity());
                }
                if let Some(start) = &mut self.start {
                    start.facts.push(acct.clone());
                }
            }
        }
        Ok(())
    }

    /// Whether a person's reset stands here a second time: every start tells it to mia-exec, whose
    /// journal then has it once more, at a time that it is not of.
    fn is_known_reset(&self, acct: &Acct) -> bool {
        let same = |known: &Acct| {
            (&known.latches, &known.reason, known.equity)
                == (&acct.latches, &acct.reason, acct.equity)
        };
        acct.latches.iter().any(|name| Latches::is_by_hand(name))
            && self.start.as_ref().is_some_and(|start| start.resets.iter().any(same))
    }

    /// Starts from the opening record of a run.
    pub(super) fn adopt(&mut self, open: &Acct) -> Result<(), Failure> {
        let (Some(equity), Some(high_water), Some(day)) =
            (open.equity, open.high_water, open.day_pnl)
        else {
            let message = "an opening acct record without equity, high_water or day_pnl";
            return Err(Failure::bad_input(message));
        };
        self.forget();
        self.ledger.adopt(equity, day, open.stats.unwrap_or_default());
        // After a restart `equity` is of an earlier time: drawdowns may be measured anew since.
        let restored = open.restored.is_some();
        self.high_water = if restored { high_water } else { high_water.max(equity) };
        // A run that starts afresh has learnt the time from the records before.
        if let Some(at) = open.xts {
            self.day.forget();
            self.window = None;
            self.turn_day(at, &mut Silence)?;
        }
        Ok(())
    }

    /// The account was marked as high as this in an earlier run.
    pub fn remember_high_water(&mut self, high_water: Cents) {
        self.high_water = self.high_water.max(high_water);
    }

    /// Writes the starting state, once.
    pub(super) fn open(&mut self, ts: i64, sym: Sym, out: &mut dyn Emit) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        let mut open = opening(ts, sym, &self.ledger, self.high_water, self.latches.names());
        let journal = (self.source == AccountSource::Journal).then_some(FROM_JOURNAL);
        let gate = self.gate.is_none().then_some(GATE_OPEN);
        let says: Vec<&str> = journal.into_iter().chain(gate).collect();
        open.reason = Some(says.join(",")).filter(|says| !says.is_empty());
        let Some(start) = self.start.take() else {
            out.before(&open.into());
            return;
        };
        let latches = self
            .latches
            .entries()
            .map(|(name, reason)| latching(ts, AcctOp::Latch, &name, Some(&reason)));
        let resets = start.resets.into_iter().chain(start.untold);
        let told = start.facts.into_iter().chain(resets).map(|acct| Acct { ts, ..acct });
        let told: Vec<Acct> = told.chain(latches).collect();
        open.equity = Some(start.base.equity);
        open.day_pnl = Some(start.base.day_pnl);
        open.stats = Some(start.base.stats);
        open.xts = Some(start.base.at);
        open.restored = Some(told.len() as u64);
        out.before(&open.into());
        for acct in told {
            out.before(&acct.into());
        }
    }
}
