//! What execution does on its own: it closes everything, and the gate for entries with it.

use crate::execution::Journal;
use crate::execution::PaperStage;
use crate::execution::broker::Simulated;
use crate::market::Side;
use crate::market::Sym;
use crate::matching::blank_acct;
use crate::risk::admit_emergency;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Record;
use crate::wire::TimeInForce;

impl<B: Simulated> PaperStage<B> {
    /// Closes everything, and the gate for entries with it: what a person asked for, or what has to
    /// be done when nobody else can.
    pub(super) fn flatten(
        &mut self,
        ts: i64,
        reason: &str,
        out: &mut dyn Emit,
    ) -> Result<(), Failure> {
        let order = emergency_order(ts, reason);
        if self.acted.contains_key(&order.id) {
            return Ok(());
        }
        let latch = emergency_latch(ts, reason);
        self.held = true;
        self.latches.insert("manual".to_owned(), (reason.to_owned(), By::Exec));
        self.parity.stop();
        let approved = admit_emergency(order.clone())
            .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
        if let Some(journal) = &mut self.journal {
            journal.fact(&latch.clone().into())?;
        }
        self.act(&approved)?;
        out.after(&latch.into());
        out.after(&order.into());
        Ok(())
    }

    /// In a replay: what execution did on its own after the records up to here.
    #[cold]
    pub(super) fn replay_own(&mut self, ts: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        let next = self.journal.as_ref().and_then(Journal::next_recorded);
        let Some(Record::Acct(latch)) = next else { return Ok(()) };
        if latch.by != By::Exec || latch.ts >= ts {
            return Ok(());
        }
        let (ts, reason) = (latch.ts, latch.reason.clone().unwrap_or_default());
        self.flatten(ts, &reason, out)
    }
}

/// The order with which execution flattens at `ts` (microseconds UTC) on its own.
pub fn emergency_order(ts: i64, reason: &str) -> Order {
    Order {
        ts,
        sym: Sym::NONE,
        by: By::Exec,
        ct: ts,
        op: OrderOp::Flatten,
        id: format!("exec-flatten-{ts}"),
        reference: None,
        sig: None,
        side: Side::None,
        qty: 0,
        kind: OrderType::Market,
        px: None,
        stop: None,
        targets: Vec::new(),
        tif: TimeInForce::Gtc,
        expires: ts + 86_400_000_000,
        reason: Some(reason.to_owned()),
        manage: None,
    }
}

/// The latch that goes with it: no entry until a person resets it.
pub fn emergency_latch(ts: i64, reason: &str) -> Acct {
    let latches = vec!["manual".to_owned()];
    let reason = Some(reason.to_owned());
    Acct { by: By::Exec, latches, reason, ..blank_acct(ts, Sym::NONE, AcctOp::Latch) }
}
