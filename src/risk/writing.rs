//! The records that risk writes besides verdicts and entries.

use crate::account::Ledger;
use crate::market::Cents;
use crate::market::Side;
use crate::market::Sym;
use crate::matching::blank_acct;
use crate::risk::proposal::Proposal;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Check;
use crate::wire::Explain;
use crate::wire::Num;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Signal;
use crate::wire::TimeInForce;
use std::collections::BTreeMap;

/// What closes a position.
pub(super) struct Exit<'a> {
    pub id: String,
    /// The bracket concerned; all of them if there is none.
    pub reference: Option<String>,
    pub sig: Option<String>,
    pub sym: Sym,
    pub side: Side,
    pub qty: u64,
    pub reason: &'a str,
    pub expires: i64,
}

impl Exit<'_> {
    /// The flatten order, decided on at `ct` (microseconds UTC).
    pub(super) fn order(self, ts: i64, ct: i64) -> Order {
        Order {
            ts,
            sym: self.sym,
            by: By::Risk,
            ct,
            op: OrderOp::Flatten,
            id: self.id,
            reference: self.reference,
            sig: self.sig,
            side: self.side,
            qty: self.qty,
            kind: OrderType::Market,
            px: None,
            stop: None,
            targets: Vec::new(),
            tif: TimeInForce::Ioc,
            expires: self.expires,
            reason: Some(self.reason.to_owned()),
            manage: None,
        }
    }
}

/// The starting state.
pub(super) fn opening(
    ts: i64,
    sym: Sym,
    ledger: &Ledger,
    high_water: Cents,
    latches: Vec<String>,
) -> Acct {
    Acct {
        equity: Some(ledger.equity()),
        high_water: Some(high_water),
        day_pnl: Some(ledger.day().pnl),
        position: Some(0),
        stats: Some(*ledger.stats()),
        latches,
        ..blank_acct(ts, sym, AcctOp::Open)
    }
}

/// A latch that was set or opened, or the kill switch.
pub(super) fn latching(ts: i64, op: AcctOp, latch: &str, reason: Option<&str>) -> Acct {
    Acct {
        latches: vec![latch.to_owned()],
        reason: reason.map(str::to_owned),
        ..blank_acct(ts, Sym::NONE, op)
    }
}

/// Why a signal became an order, or did not.
pub(super) fn explain(
    signal: &Signal,
    proposal: &Proposal,
    checks: &[Check],
    reason: Option<&str>,
) -> Explain {
    let missing = checks.iter().filter(|c| c.ok.is_none()).map(|c| c.code.to_string()).collect();
    let (decision, outcome) = match reason {
        None => ("signal", "approved".to_owned()),
        Some(reason) => ("reject", format!("refused ({reason})")),
    };
    let msg = format!(
        "{outcome}: {} {} with a stop {} ticks away, {} dollars at risk a contract",
        proposal.order.qty, proposal.order.sym, proposal.stop_ticks.0, proposal.per_contract,
    );
    Explain {
        ts: signal.ts,
        sym: signal.sym,
        by: By::Risk,
        ct: signal.ct,
        pattern: signal.pattern.clone(),
        side: signal.side,
        state: "risk".into(),
        decision: decision.into(),
        failed: reason.map(str::to_owned),
        missing,
        saw: BTreeMap::new(),
        dist: Some(Num(proposal.stop_ticks.0 as f64)),
        msg,
    }
}
