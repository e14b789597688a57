//! What is watched besides money: protection (check STOP), reconciliation (RECON), feed and broker (HB),
//! rejects, and the counts that RATE, COUNT and REPEAT start from.

use crate::account::OpenOrder;
use crate::market::Sym;
use crate::risk::RiskStage;
use crate::risk::latch::Latches;
use crate::risk::tally::bucket;
use crate::risk::writing::latching;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Roundtrip;
use crate::wire::Status;
use crate::wire::TimeInForce;

/// A bracket whose stop has to be confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Guard {
    order: String,
    /// When its first fill was known, microseconds UTC.
    filled: Option<i64>,
    /// Its stop works at the exchange.
    protected: bool,
}

/// What the broker says, where there is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct BrokerWatch {
    /// The contract in which its position differs from the own one, and since when, microseconds UTC.
    differs: Option<(Sym, i64)>,
    /// A position of its own that our orders do not explain: to be closed at the next record.
    beyond: Option<(Sym, i64)>,
}

/// Contracts of a position of `held` that no stop is known to cover, if brackets with `explained` open
/// contracts have theirs. Where less is held than they have opened, there is none.
fn uncovered(held: i64, explained: i64) -> u64 {
    let covered = if held.signum() == explained.signum() { explained.unsigned_abs() } else { 0 };
    held.unsigned_abs().saturating_sub(covered)
}

impl RiskStage {
    /// Takes note of an account fact before the ledger does.
    pub(super) fn note(&mut self, acct: &Acct) {
        let Some(id) = acct.order.as_deref() else { return };
        match acct.op {
            AcctOp::Fill => {
                self.tally.fills += 1;
                if acct.leg == Some(Leg::Entry) {
                    self.note_entry(id, acct);
                }
            }
            AcctOp::Ack if acct.leg == Some(Leg::Stop) => self.guard(id).protected = true,
            AcctOp::Cancel if acct.leg == Some(Leg::Entry) => self.tally.cancels += 1,
            AcctOp::Reject => self.tally.reject(acct.ts),
            _ => {}
        }
    }

    fn note_entry(&mut self, id: &str, acct: &Acct) {
        let order = self.ledger.orders().get(id);
        if order.is_some_and(|order| order.opened.is_some()) {
            return;
        }
        let named = order.and_then(|order| order.sig.as_deref()).and_then(pattern_of);
        let minute = self.window.and_then(|window| window.minute(acct.xts.unwrap_or(acct.ts)));
        self.tally.opened(id, named, bucket(minute.unwrap_or(0.0)));
        self.guard(id).filled = Some(acct.ts);
    }

    /// Takes note of a trade that the ledger closed with a fact known at `ts` (microseconds UTC).
    pub(super) fn note_closed(&mut self, ts: i64, trade: &Roundtrip) {
        let window = self.window.filter(|window| trade.opened >= window.open);
        let part = window.and_then(|window| window.minute(trade.opened)).map(bucket);
        self.tally.closed(ts, trade.pnl, part, trade.reason == "stop");
    }

    /// After the facts of a moment: what is over needs neither guard nor count.
    pub(super) fn settle_notes(&mut self) {
        let orders = self.ledger.orders();
        self.guards.retain(|guard| orders.contains_key(&guard.order));
        self.withdrawn.retain(|order| orders.contains_key(order));
        self.tally.settle(|order| orders.contains_key(order));
    }

    fn guard(&mut self, order: &str) -> &mut Guard {
        let at = self.guards.iter().position(|guard| guard.order == order);
        let at = at.unwrap_or_else(|| {
            let order = order.to_owned();
            self.guards.push(Guard { order, filled: None, protected: false });
            self.guards.len() - 1
        });
        &mut self.guards[at]
    }

    /// How long the longest stop that is not confirmed has been waited for, microseconds.
    pub(super) fn unprotected(&self, now: i64) -> Option<i64> {
        let open = |guard: &&Guard| {
            let order = self.ledger.orders().get(&guard.order);
            let leaves =
                |order: &OpenOrder| order.closing.is_some() && !self.is_refused(&guard.order);
            order.is_some_and(|order| order.open > 0 && !leaves(order))
        };
        let waiting = self.guards.iter().filter(|guard| !guard.protected).filter(open);
        waiting.filter_map(|guard| guard.filled.map(|filled| now - filled)).max()
    }

    /// A position whose stop is not confirmed in time is closed (check STOP).
    pub(super) fn watch_stops(&mut self, now: i64, out: &mut dyn Emit) {
        let late = |waited: i64| waited >= self.limits.stop_ack_us;
        if !self.guards.is_empty() && self.unprotected(now).is_some_and(late) {
            self.flatten(now, "no_stop", out);
        }
    }

    /// Too many rejected orders: something is wrong that another order does not mend.
    pub(super) fn watch_rejects(&mut self, now: i64, out: &mut dyn Emit) {
        if self.tally.rejects(now, self.limits.reject_us) >= self.limits.rejects {
            self.latch(now, Latches::REJECT, "rejects", out);
        }
    }

    /// The feed speaks of itself: without data nothing is entered, and what may still enter is taken
    /// back (check HB). Stops and targets stay.
    pub(super) fn on_status(&mut self, status: &Status, out: &mut dyn Emit) {
        let was_down = self.context.feed_down;
        self.context.on_status(status);
        let ct = self.exchange.moment(status.ts).max(self.exchange.now());
        match (was_down, self.context.feed_down) {
            (false, true) => {
                if self.strict {
                    self.latch(ct, Latches::STALE, "feed_down", out);
                }
                self.cancel_entries(ct, "feed_down", out);
            }
            (true, false) => self.unlatch(ct, Latches::STALE, "feed_up", out),
            _ => {}
        }
    }

    /// The broker says that it holds `qty` contracts of `sym` (check RECON). A difference that lasts
    /// halts entries until a person has looked; what no order of ours explains has no stop, and is
    /// closed.
    pub(super) fn on_broker_position(&mut self, ts: i64, sym: &Sym, qty: i64, out: &mut dyn Emit) {
        if qty == self.ledger.position(sym) {
            self.broker.differs.take_if(|(differs, _)| differs == sym);
            return;
        }
        let (_, since) = *self.broker.differs.get_or_insert((*sym, ts));
        if ts - since < self.limits.recon_us {
            return;
        }
        let beyond = uncovered(qty, self.explained(sym)) > 0 && !self.flattening;
        let reason = if beyond { Latches::UNPROTECTED } else { "position" };
        let new = self.latches.set(Latches::RECON, reason);
        if new || beyond {
            let latch = latching(ts, AcctOp::Latch, Latches::RECON, Some(reason));
            let position = beyond.then_some(qty);
            let sym = if beyond { *sym } else { latch.sym };
            out.after(&Acct { sym, position, ..latch }.into());
        }
        if beyond {
            self.broker.differs = None;
            self.close_beyond(*sym, qty);
        }
    }

    /// The broker holds `held` contracts of `sym` that our orders do not explain.
    pub(super) fn close_beyond(&mut self, sym: Sym, held: i64) {
        self.broker.beyond = Some((sym, held));
        self.unwatched = true;
    }

    /// Signed contracts of `sym` that our unresolved orders have opened.
    fn explained(&self, sym: &Sym) -> i64 {
        let own = self.ledger.orders().values().filter(|order| order.sym == *sym);
        own.map(|order| order.side.sign() * order.open as i64).sum()
    }

    /// The first position with contracts that no stop of an order is known to cover.
    pub(super) fn uncovered(&self) -> Option<(Sym, i64)> {
        let held = self.ledger.holdings().iter();
        let mut held = held.map(|holding| (holding.sym, holding.lots.position()));
        held.find(|(sym, held)| uncovered(*held, self.explained(sym)) > 0)
    }

    /// Closes, once, a position whose stop nobody knows; whether there was one.
    pub(super) fn close_uncovered(&mut self, now: i64, out: &mut dyn Emit) -> bool {
        let beyond = self.broker.beyond.take();
        if self.flattening {
            return false;
        }
        let found = beyond.or_else(|| self.uncovered());
        if let Some((sym, held)) = found {
            self.flatten_position(now, sym, held, Latches::RECON, out);
        }
        found.is_some()
    }

    /// Sets the latch `name` and says so, once.
    pub(super) fn latch(&mut self, ts: i64, name: &str, reason: &str, out: &mut dyn Emit) {
        if self.latches.set(name.to_owned(), reason) {
            out.after(&latching(ts, AcctOp::Latch, name, Some(reason)).into());
        }
    }

    /// Opens the latch `name` and says so, if it was set.
    pub(super) fn unlatch(&mut self, ts: i64, name: &str, reason: &str, out: &mut dyn Emit) {
        if self.latches.clear(name) {
            out.after(&latching(ts, AcctOp::Reset, name, Some(reason)).into());
        }
    }

    /// Takes back, once, what may still enter; what is open keeps its stop and targets.
    fn cancel_entries(&mut self, ct: i64, reason: &str, out: &mut dyn Emit) {
        let entering = self.ledger.orders().iter().filter(|(id, order)| {
            order.entering > 0 && order.closing.is_none() && !self.withdrawn.contains(id)
        });
        let expires = self.window.map_or(i64::MAX >> 10, |window| window.close);
        let cancels: Vec<Order> = entering
            .map(|(id, order)| Order {
                ts: ct,
                sym: order.sym,
                by: By::Risk,
                ct,
                op: OrderOp::Cancel,
                id: format!("c:{id}:{ct}"),
                reference: Some(id.clone()),
                sig: order.sig.clone(),
                side: order.side,
                qty: order.entering,
                kind: OrderType::Limit,
                px: None,
                stop: None,
                targets: Vec::new(),
                tif: TimeInForce::Ioc,
                expires,
                reason: Some(reason.to_owned()),
                manage: None,
            })
            .collect();
        for cancel in cancels {
            self.withdrawn.extend(cancel.reference.clone());
            self.close(cancel, out);
        }
    }
}

/// The pattern in a signal id: its leading word of lower-case letters, digits and `_`.
pub(super) fn pattern_of(sig: &str) -> Option<&str> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let end = sig.find(|c| !word(c)).unwrap_or(sig.len());
    (end > 0 && end < sig.len()).then(|| &sig[..end])
}
