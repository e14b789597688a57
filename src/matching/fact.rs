//! What happened at the exchange, with the two stamps that matter: when, and when it is known.

use crate::market::Sym;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Ack;
use crate::wire::By;
use crate::wire::Cancel;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Reject;

/// An event of an order's life, as the record that mia-exec writes of it. `ts` is when it is known
/// here (`xts` plus the response latency), `xts` when it happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Fact {
    /// A leg is working.
    Ack(Ack),
    /// Contracts traded.
    Fill(Fill),
    /// A leg ended without (more) fills.
    Cancel(Cancel),
    /// A request was refused.
    Reject(Reject),
}

impl Fact {
    /// When it is known here, microseconds UTC.
    pub const fn known(&self) -> i64 {
        match self {
            Self::Ack(ack) => ack.ts,
            Self::Fill(fill) => fill.ts,
            Self::Cancel(cancel) => cancel.ts,
            Self::Reject(reject) => reject.ts,
        }
    }

    /// When it happened at the exchange, microseconds UTC.
    pub const fn xts(&self) -> i64 {
        match self {
            Self::Ack(ack) => ack.xts,
            Self::Fill(fill) => fill.xts,
            Self::Cancel(cancel) => cancel.xts,
            Self::Reject(reject) => reject.xts,
        }
    }

    /// The order concerned.
    pub fn order(&self) -> &str {
        match self {
            Self::Ack(ack) => &ack.order,
            Self::Fill(fill) => &fill.order,
            Self::Cancel(cancel) => &cancel.order,
            Self::Reject(reject) => &reject.order,
        }
    }

    /// The record that mia-exec writes.
    pub fn record(&self) -> Record {
        match self.clone() {
            Self::Ack(ack) => ack.into(),
            Self::Fill(fill) => fill.into(),
            Self::Cancel(cancel) => cancel.into(),
            Self::Reject(reject) => reject.into(),
        }
    }

    /// The account fact that mia-risk writes when it learns of it.
    pub fn acct(&self) -> Acct {
        match self.clone() {
            Self::Ack(ack) => Acct {
                order: Some(ack.order),
                leg: Some(ack.leg),
                side: Some(ack.side),
                px: ack.px,
                qty: Some(ack.qty),
                xts: Some(ack.xts),
                ..blank_acct(ack.ts, ack.sym, AcctOp::Ack)
            },
            Self::Fill(fill) => Acct {
                order: Some(fill.order),
                leg: Some(fill.leg),
                side: Some(fill.side),
                px: Some(fill.px),
                qty: Some(fill.qty),
                fee: Some(fill.fee),
                exec_id: Some(fill.exec_id),
                xts: Some(fill.xts),
                ..blank_acct(fill.ts, fill.sym, AcctOp::Fill)
            },
            Self::Cancel(cancel) => Acct {
                order: Some(cancel.order),
                leg: Some(cancel.leg),
                qty: Some(cancel.qty),
                xts: Some(cancel.xts),
                reason: Some(cancel.reason),
                ..blank_acct(cancel.ts, cancel.sym, AcctOp::Cancel)
            },
            Self::Reject(reject) => Acct {
                order: Some(reject.order),
                leg: Some(reject.leg),
                xts: Some(reject.xts),
                reason: Some(reject.reason),
                ..blank_acct(reject.ts, reject.sym, AcctOp::Reject)
            },
        }
    }

    /// The event that an account fact tells; `None` for facts of no order, and where something is
    /// missing in it.
    pub fn of(acct: &Acct) -> Option<Self> {
        let (ts, sym, by, xts) = (acct.ts, acct.sym, By::Exec, acct.xts?);
        let (order, leg) = (acct.order.clone()?, acct.leg?);
        Some(match acct.op {
            AcctOp::Ack => {
                let (side, qty, px) = (acct.side?, acct.qty?, acct.px);
                Self::Ack(Ack { ts, sym, by, order, leg, side, qty, px, xts })
            }
            AcctOp::Fill => {
                let (side, qty, px) = (acct.side?, acct.qty?, acct.px?);
                let (fee, exec_id) = (acct.fee?, acct.exec_id.clone()?);
                Self::Fill(Fill { ts, sym, by, order, leg, side, qty, px, fee, exec_id, xts })
            }
            AcctOp::Cancel => {
                let (qty, reason) = (acct.qty?, acct.reason.clone()?);
                Self::Cancel(Cancel { ts, sym, by, order, leg, qty, reason, xts })
            }
            AcctOp::Reject => {
                let reason = acct.reason.clone()?;
                Self::Reject(Reject { ts, sym, by, order, leg, reason, xts })
            }
            _ => return None,
        })
    }

    pub(super) fn cancel(order: &str, sym: Sym, leg: Leg, qty: u64, reason: &str) -> Self {
        let (order, reason) = (order.to_owned(), reason.to_owned());
        Self::Cancel(Cancel { ts: 0, sym, by: By::Exec, order, leg, qty, reason, xts: 0 })
    }

    pub(super) fn reject(order: &str, sym: Sym, leg: Leg, reason: &str) -> Self {
        let (order, reason) = (order.to_owned(), reason.to_owned());
        Self::Reject(Reject { ts: 0, sym, by: By::Exec, order, leg, reason, xts: 0 })
    }

    /// A reject of `order` that never left: known and happened at its decision.
    pub fn unsent(order: &Order, reason: &str) -> Self {
        let leg = if order.op == OrderOp::Flatten { Leg::Flatten } else { Leg::Entry };
        Self::reject(&order.id, order.sym, leg, reason).stamped(order.ct, order.ct)
    }

    /// The fact, known here no earlier than `ts` (microseconds UTC).
    #[must_use]
    pub fn known_from(self, ts: i64) -> Self {
        let (xts, known) = (self.xts(), self.known());
        if known < ts { self.stamped(xts, ts) } else { self }
    }

    pub(super) fn stamped(mut self, xts: i64, known: i64) -> Self {
        let (x, k) = match &mut self {
            Self::Ack(ack) => (&mut ack.xts, &mut ack.ts),
            Self::Fill(fill) => (&mut fill.xts, &mut fill.ts),
            Self::Cancel(cancel) => (&mut cancel.xts, &mut cancel.ts),
            Self::Reject(reject) => (&mut reject.xts, &mut reject.ts),
        };
        (*x, *k) = (xts, known);
        self
    }
}

/// An account fact by mia-risk with nothing but its kind in it.
pub fn blank_acct(ts: i64, sym: Sym, op: AcctOp) -> Acct {
    Acct {
        ts,
        sym,
        by: By::Risk,
        op,
        equity: None,
        high_water: None,
        day_pnl: None,
        position: None,
        avg_px: None,
        stop: None,
        stats: None,
        restored: None,
        latches: Vec::new(),
        order: None,
        leg: None,
        side: None,
        px: None,
        qty: None,
        fee: None,
        exec_id: None,
        xts: None,
        reason: None,
        manage: None,
    }
}
