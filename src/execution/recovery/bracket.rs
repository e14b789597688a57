//! One bracket as the journal tells it.

use crate::market::Px;
use crate::matching::KeptBracket;
use crate::wire::Ack;
use crate::wire::Cancel;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Order;

/// A bracket as far as the journal tells, until it is over.
#[derive(Clone, PartialEq, Debug)]
pub struct KnownBracket {
    /// The order that opened it.
    pub order: Order,
    /// Contracts that may still enter.
    pub entering: u64,
    /// Contracts open.
    pub open: u64,
    /// Protective stop: the order's own, or as last acknowledged.
    pub stop: Option<Px>,
    /// Targets that work, nearest first: price and contracts.
    pub targets: Vec<(Px, u64)>,
    /// When its closing was decided, if it was, microseconds UTC.
    pub closing: Option<i64>,
    executions: [u32; 4],
    /// Stamp at the exchange of its newest entry fill.
    entered: Option<i64>,
    /// Stamp at the exchange of the newest acknowledgement of a target.
    aimed: Option<i64>,
}

impl KnownBracket {
    pub(super) fn new(order: &Order) -> Self {
        Self {
            entering: order.qty,
            open: 0,
            stop: order.stop,
            targets: Vec::new(),
            closing: None,
            executions: [0; 4],
            entered: None,
            aimed: None,
            order: order.clone(),
        }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.entering == 0 && self.open == 0
    }

    pub(super) fn on_ack(&mut self, ack: &Ack) {
        match (ack.leg, ack.px) {
            (Leg::Stop, Some(px)) => self.stop = Some(px),
            (Leg::Target, Some(px)) => {
                // Targets that an entry fill activates come on top; others replace what was there.
                if self.entered != Some(ack.xts) && self.aimed != Some(ack.xts) {
                    self.targets.clear();
                }
                self.aimed = Some(ack.xts);
                self.targets.push((px, ack.qty));
                let sign = self.order.side.sign();
                self.targets.sort_by_key(|(px, _)| sign * px.nanos());
            }
            (Leg::Flatten, _) => {
                self.closing.get_or_insert(ack.xts);
            }
            _ => {}
        }
    }

    pub(super) fn on_fill(&mut self, fill: &Fill) {
        let count = match fill.leg {
            Leg::Entry => 0,
            Leg::Stop => 1,
            Leg::Target => 2,
            Leg::Flatten => 3,
        };
        self.executions[count] += 1;
        if fill.leg == Leg::Entry {
            self.entering = self.entering.saturating_sub(fill.qty);
            self.open += fill.qty;
            self.entered = Some(fill.xts);
            return;
        }
        self.open = self.open.saturating_sub(fill.qty);
        if fill.leg == Leg::Target {
            let at = self.targets.iter().position(|(px, _)| *px == fill.px).unwrap_or(0);
            self.reduce_target(at, fill.qty);
        }
    }

    pub(super) fn on_cancel(&mut self, cancel: &Cancel) {
        match cancel.leg {
            Leg::Entry => self.entering = self.entering.saturating_sub(cancel.qty),
            Leg::Target => {
                let last = self.targets.len().saturating_sub(1);
                let same = self.targets.iter().position(|(_, qty)| *qty == cancel.qty);
                self.reduce_target(same.unwrap_or(last), cancel.qty);
            }
            Leg::Flatten => self.closing = None,
            Leg::Stop => {}
        }
    }

    fn reduce_target(&mut self, at: usize, qty: u64) {
        if let Some((_, left)) = self.targets.get_mut(at) {
            *left = left.saturating_sub(qty);
        }
        self.targets.retain(|(_, left)| *left > 0);
    }

    /// The targets at work. A process that ended between a fill and its acknowledgements has not
    /// said which: what they do not cover goes to the order's own, those not heard of first.
    fn working_targets(&self) -> Vec<(Px, u64)> {
        let mut targets = self.targets.clone();
        let covered: u64 = targets.iter().map(|(_, qty)| qty).sum();
        let mut left = self.open.saturating_sub(covered);
        let unheard = |px: &&Px| self.targets.iter().all(|(heard, _)| heard != *px);
        let mut own: Vec<Px> = self.order.targets.iter().filter(unheard).copied().collect();
        if own.is_empty() {
            own.clone_from(&self.order.targets);
        }
        for (px, rest) in own.iter().zip((1..=own.len() as u64).rev()) {
            let qty = left.div_ceil(rest);
            left -= qty;
            if qty > 0 {
                targets.push((*px, qty));
            }
        }
        targets
    }

    pub(super) fn kept(&self, stop: Option<Px>, closing: Option<i64>) -> Option<KeptBracket> {
        let stop = stop?;
        let targets = if closing.is_some() { self.targets.clone() } else { self.working_targets() };
        (self.open > 0).then(|| KeptBracket {
            order: self.order.clone(),
            open: self.open,
            stop,
            targets,
            executions: self.executions,
            closing,
        })
    }
}
