//! What was already acted on.

use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::Order;
use crate::wire::SignalOp;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// An order as far as it can be the same as another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sent {
    ct: i64,
    sym: Sym,
    side: Side,
    qty: u64,
    px: Option<Px>,
    stop: Option<Px>,
}

/// Signal ids of the session and the orders of the last moments.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    signals: [BTreeMap<String, i64>; 2],
    sent: VecDeque<Sent>,
}

impl Memory {
    /// When a signal with this id and operation was decided before.
    pub(super) fn acted(&self, op: SignalOp, id: &str) -> Option<i64> {
        self.signals[op as usize].get(id).copied()
    }

    /// A signal was decided on.
    pub(super) fn act(&mut self, op: SignalOp, id: &str, ct: i64) {
        self.signals[op as usize].entry(id.to_owned()).or_insert(ct);
    }

    /// When the same order was last sent, within `within_us` of its `ct`.
    pub(super) fn same(&mut self, order: &Order, within_us: i64) -> Option<i64> {
        while self.sent.front().is_some_and(|sent| sent.ct <= order.ct - within_us) {
            self.sent.pop_front();
        }
        let alike = |sent: &&Sent| Self::of(order) == Sent { ct: order.ct, ..**sent };
        self.sent.iter().rev().find(alike).map(|sent| sent.ct)
    }

    /// An order was sent.
    pub(super) fn send(&mut self, order: &Order) {
        self.sent.push_back(Self::of(order));
    }

    /// A session begins: an id holds the stamp of its bar, so earlier ones cannot come again; those
    /// decided since `since` (microseconds UTC) are kept all the same.
    pub(super) fn new_session(&mut self, since: i64) {
        for signals in &mut self.signals {
            signals.retain(|_, ct| *ct >= since);
        }
    }

    fn of(order: &Order) -> Sent {
        let Order { ct, sym, side, qty, px, stop, .. } = *order;
        Sent { ct, sym, side, qty, px, stop }
    }
}
