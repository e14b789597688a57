//! How a run of the paper broker begins: with nothing, as a replay, or from what an earlier one left.

use crate::execution::PaperStage;
use crate::execution::Recovery;
use crate::execution::Unfinished;
use crate::execution::broker::Simulated;
use crate::execution::reconciliation::Opening;
use crate::execution::reconciliation::open_latches;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;

/// What a journal that goes on has left to tell: a fill at its very end of which not everything is
/// told.
struct Left(Option<Unfinished>);

impl<B: Simulated> PaperStage<B> {
    /// Before a record is acted on: the input begins with it, or it is the first one after risk said what
    /// it begins with.
    #[cold]
    pub(super) fn settle(&mut self, record: &Record, out: &mut dyn Emit) -> Result<(), Failure> {
        let now = if let Record::Order(order) = record { order.ct } else { record.ts() };
        let mut left = None;
        if !self.begun {
            if self.warmup {
                return Ok(());
            }
            left = self.begin(now)?;
        }
        let waits = self.opening.as_ref().is_some_and(Opening::is_provisional);
        if !waits || matches!(record, Record::Order(_)) {
            self.reconcile(now)?;
            self.unsettled = false;
        }
        left.map_or(Ok(()), |left| self.tell_left(left, now, out))
    }

    /// The first record of a run with a journal that is not empty tells how to go on: input that
    /// begins where the journal did is a replay of it, later input finds the brackets as they were.
    fn begin(&mut self, now: i64) -> Result<Option<Left>, Failure> {
        self.begun = true;
        if let Some(journal) = &mut self.journal {
            journal.begins(now);
        }
        let left = self.resume(now)?;
        for (acct, warmup) in std::mem::take(&mut self.early) {
            self.on_acct(&acct, warmup)?;
        }
        Ok(left)
    }

    fn resume(&mut self, now: i64) -> Result<Option<Left>, Failure> {
        let (Some(first), Some(journal)) = (self.resumes.take(), &mut self.journal) else {
            return Ok(None);
        };
        if now <= first {
            journal.replay()?;
            return Ok(None);
        }
        self.went_on = Some(now);
        let listings = self.broker.listings().clone();
        let mut recovery = Recovery::new(listings, self.equity, self.calendar.clone());
        let mut reader = journal.reader()?;
        while let Some(entry) = reader.next_entry()? {
            recovery.on_record(&entry.record)?;
        }
        self.acted.clone_from(&journal.recovered().orders);
        self.horizon = journal.recovered().horizon;
        self.parity.stop();
        self.held = recovery.is_held();
        self.latches = recovery.in_force(now);
        let (kept, lost) = recovery.restore();
        let unfinished = recovery.unfinished().cloned();
        if !self.broker.restore(&kept, &lost, now) {
            let message = "the journal holds a position in a contract that is not listed";
            return Err(Failure::new(FailureClass::Config, message)
                .hint("resume it with the instrument that it was written for"));
        }
        (self.ledger, self.day) = recovery.into_books();
        Ok(Some(Left(unfinished)))
    }

    /// What an earlier run had not come to tell, and what was found of it.
    fn tell_left(&mut self, left: Left, now: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        if let Left(Some(Unfinished { fill, closed, written })) = left {
            self.follow(&fill, closed, written)?;
        }
        let open = self.ledger.holdings().iter().filter(|holding| !holding.lots.is_flat());
        for sym in open.map(|holding| holding.sym).collect::<Vec<_>>() {
            let position = self.position(&sym, now);
            self.write(position.into())?;
        }
        self.hand_out(out)
    }

    /// An account record of the input; `warmup`: it came in one.
    pub(super) fn on_acct(&mut self, acct: &Acct, warmup: bool) -> Result<(), Failure> {
        if acct.by != By::Risk {
            return Ok(());
        }
        if acct.op == AcctOp::Open {
            self.on_open(acct, warmup);
        } else if let Some(opening) = &mut self.opening
            && opening.take(acct)?
        {
            return Ok(());
        }
        self.take_latch(acct)?;
        // What ended with an earlier run of risk, and never was here.
        let lost = acct.op == AcctOp::Cancel
            && acct.reason.as_deref() == Some("lost")
            && acct.order.as_ref().is_some_and(|order| !self.acted.contains_key(order));
        if !lost {
            self.parity.hear(acct);
        }
        Ok(())
    }

    /// Risk begins, or begins again.
    fn on_open(&mut self, open: &Acct, warmup: bool) {
        let listings = self.broker.listings().clone();
        self.opening = Some(Opening::new(open, listings, self.calendar.clone(), warmup));
        self.unsettled = true;
        // A journal that goes on knows its own money: risk's may be of an earlier time.
        if self.went_on.is_none()
            && self.counts.orders == 0
            && self.ledger.is_idle()
            && let Some((equity, day)) = open.equity.zip(open.day_pnl)
        {
            self.ledger.adopt(equity, day, open.stats.unwrap_or_default());
        }
    }

    /// Latches can be rebuilt from the journal alone.
    pub(super) fn take_latch(&mut self, acct: &Acct) -> Result<(), Failure> {
        if !matches!(acct.op, AcctOp::Latch | AcctOp::Kill | AcctOp::Reset) {
            return Ok(());
        }
        if let Some(journal) = &mut self.journal {
            journal.fact(&acct.clone().into())?;
            journal.flush()?;
        }
        if acct.op == AcctOp::Reset {
            open_latches(&mut self.latches, acct);
            let own = acct.latches.is_empty() || acct.latches.iter().any(|name| name == "manual");
            self.held &= !own;
        } else {
            let reason = acct.reason.clone().unwrap_or_default();
            let set = |name: &String| (name.clone(), (reason.clone(), acct.by));
            self.latches.extend(acct.latches.iter().map(set));
        }
        Ok(())
    }
}
