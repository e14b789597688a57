//! Whether the records of a journal fit together: what the chain of checksums cannot say.

use crate::execution::JournalEntry;
use crate::execution::Recovery;
use crate::market::CalendarError;
use crate::market::Cents;
use crate::market::Sym;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// What a journal holds, and what in it does not fit.
#[derive(Debug)]
pub struct Audit {
    recovery: Recovery,
    orders: BTreeMap<String, Traded>,
    executions: BTreeSet<String>,
    positions: BTreeMap<Sym, i64>,
    /// Equity by the first `account` record less what the fills before it make of the start.
    base: Option<Cents>,
    counts: AuditCounts,
}

/// Contracts of an order.
#[derive(Clone, Copy, Debug, Default)]
struct Traded {
    qty: u64,
    entered: u64,
    left: u64,
    flattens: bool,
}

/// What was counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct AuditCounts {
    /// Lines.
    pub lines: u64,
    /// Orders.
    pub orders: u64,
    /// Executions.
    pub fills: u64,
    /// Closed trades.
    pub roundtrips: u64,
    /// Findings.
    pub findings: u64,
}

/// Something that does not fit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Machine code.
    pub code: &'static str,
    /// In words, with what it concerns.
    pub msg: String,
}

impl Audit {
    /// An audit that folds the account with `recovery`, which must be at its beginning.
    pub const fn new(recovery: Recovery) -> Self {
        Self {
            recovery,
            orders: BTreeMap::new(),
            executions: BTreeSet::new(),
            positions: BTreeMap::new(),
            base: None,
            counts: AuditCounts { lines: 0, orders: 0, fills: 0, roundtrips: 0, findings: 0 },
        }
    }

    /// What was counted so far.
    pub const fn counts(&self) -> &AuditCounts {
        &self.counts
    }

    /// The state after the last record.
    pub const fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Folds the next line; what does not fit goes to `found`.
    ///
    /// # Errors
    /// The calendar does not cover its stamp.
    pub fn on_entry(
        &mut self,
        entry: &JournalEntry,
        found: &mut Vec<Finding>,
    ) -> Result<(), CalendarError> {
        let before = found.len();
        self.counts.lines += 1;
        match &entry.record {
            Record::Order(order) => self.on_order(order, found),
            Record::Fill(fill) => self.on_fill(fill, found),
            Record::Ack(ack) => self.known(&ack.order, "ack", found),
            // What never arrived is answered so that mia-risk hears of it.
            Record::Cancel(cancel) if cancel.reason == "lost" => {}
            Record::Cancel(cancel) => self.known(&cancel.order, "cancel", found),
            Record::Reject(reject) => self.known(&reject.order, "reject", found),
            Record::Position(position) => {
                let sum = self.positions.get(&position.sym).copied().unwrap_or_default();
                if sum != position.qty {
                    let (sym, qty) = (position.sym, position.qty);
                    let msg = format!("position {qty} in {sym}, but its fills make {sum}");
                    found.push(Finding { code: "position", msg });
                }
            }
            Record::Account(account) => {
                let fills = self.recovery.ledger().equity();
                let base = *self.base.get_or_insert(account.equity - fills);
                // The fold adopts the first account as it is, and from there both must agree.
                let expected = fills + base;
                if expected != account.equity {
                    let msg = format!("equity {}, but {expected} by the fills", account.equity);
                    found.push(Finding { code: "money", msg });
                }
                self.base = Some(Cents(0));
            }
            Record::Roundtrip(_) => self.counts.roundtrips += 1,
            _ => {}
        }
        self.recovery.on_record(&entry.record)?;
        self.counts.findings += (found.len() - before) as u64;
        Ok(())
    }

    fn on_order(&mut self, order: &Order, found: &mut Vec<Finding>) {
        self.counts.orders += 1;
        let flattens = order.op == OrderOp::Flatten;
        let qty = if order.op == OrderOp::New { order.qty } else { 0 };
        let traded = Traded { qty, flattens, ..Traded::default() };
        if self.orders.insert(order.id.clone(), traded).is_some() {
            let msg = format!("order {} is in it twice", order.id);
            found.push(Finding { code: "order_twice", msg });
        }
    }

    fn on_fill(&mut self, fill: &Fill, found: &mut Vec<Finding>) {
        self.counts.fills += 1;
        self.known(&fill.order, "fill", found);
        *self.positions.entry(fill.sym).or_default() += fill.side.sign() * fill.qty as i64;
        if !self.executions.insert(fill.exec_id.clone()) {
            let msg = format!("execution {} is in it twice", fill.exec_id);
            found.push(Finding { code: "execution_twice", msg });
        }
        let Some(order) = self.orders.get_mut(&fill.order) else { return };
        if fill.leg == Leg::Entry {
            order.entered += fill.qty;
        } else {
            order.left += fill.qty;
        }
        if order.entered > order.qty || (order.left > order.entered && !order.flattens) {
            let msg = format!(
                "order {} of {} has {} contracts entered and {} closed",
                fill.order, order.qty, order.entered, order.left
            );
            found.push(Finding { code: "overfilled", msg });
        }
    }

    fn known(&self, order: &str, what: &str, found: &mut Vec<Finding>) {
        if !self.orders.contains_key(order) {
            let msg = format!("{what} of {order}, an order that is not in it before");
            found.push(Finding { code: "unknown_order", msg });
        }
    }
}
