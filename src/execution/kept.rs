//! The journal of a state folder of mia-risk, folded like one of mia-exec: what risk acted on stands
//! in `acct` records.

use crate::execution::Recovery;
use crate::market::CalendarError;
use crate::matching::Fact;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Leg;
use crate::wire::Record;

impl Recovery {
    /// As [`Recovery::on_record`], for the journal of a state folder. Facts that a start told again
    /// are known already.
    ///
    /// # Errors
    /// The calendar does not cover its stamp.
    pub fn on_kept(&mut self, record: &Record) -> Result<(), CalendarError> {
        let Record::Acct(acct) = record else { return self.on_record(record) };
        if acct.op == AcctOp::Open {
            self.told_again = acct.restored.unwrap_or(0);
            self.latches.clear();
            if self.last.is_none()
                && let Some((equity, day)) = acct.equity.zip(acct.day_pnl)
            {
                self.ledger.adopt(equity, day, acct.stats.unwrap_or_default());
            }
            return Ok(());
        }
        let again = self.told_again > 0;
        self.told_again = self.told_again.saturating_sub(1);
        match fact_of(acct) {
            Some(fact) if !again => self.on_record(&fact.record()),
            None if matches!(acct.op, AcctOp::Latch | AcctOp::Kill | AcctOp::Reset) => {
                self.on_record(record)
            }
            _ => Ok(()),
        }
    }
}

/// What a broker said, in an account fact of risk; `None` where it tells something else, as what an
/// earlier run did.
pub fn fact_of(acct: &Acct) -> Option<Fact> {
    let entry = acct.leg == Some(Leg::Entry) && acct.stop.is_some();
    let intent = acct.op == AcctOp::Ack && (entry || acct.reason.is_some());
    Fact::of(acct).filter(|_| !intent)
}
