//! What risk does for a bracket while it is open: holding times and stops that tighten.

use crate::account::Holding;
use crate::account::OpenOrder;
use crate::risk::RiskStage;
use crate::risk::proposal::order_id;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Signal;
use crate::wire::TimeInForce;

const MINUTE_US: i64 = 60_000_000;

/// What risk has to do for an open bracket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Managed {
    pub order: String,
    pub sig: String,
    /// Longest holding time, microseconds.
    pub hold_us: Option<i64>,
    pub be_after_t1: bool,
    /// The first target has filled and the stop is still to be moved.
    pub move_stop: bool,
}

impl RiskStage {
    /// Remembers what the signal of an order that was sent asks for.
    pub(super) fn manage(&mut self, signal: &Signal) {
        let hold_us = signal.manage.hold_min.map(|minutes| i64::from(minutes) * MINUTE_US);
        let be_after_t1 = signal.manage.be_after_t1 && signal.targets.len() > 1;
        if hold_us.is_some() || be_after_t1 {
            let (order, sig) = (order_id(&signal.id), signal.id.clone());
            self.managed.push(Managed { order, sig, hold_us, be_after_t1, move_stop: false });
        }
    }

    /// A target of `order` has filled.
    pub(super) fn first_target(&mut self, order: &str) {
        if let Some(managed) = self.managed.iter_mut().find(|m| m.order == order) {
            managed.move_stop = std::mem::take(&mut managed.be_after_t1);
        }
    }

    /// Trades that were held as long as their signal allows.
    pub(super) fn end_long_trades(&mut self, now: i64, out: &mut dyn Emit) {
        let is_due = |order: &OpenOrder, hold: i64| {
            order.closing.is_none() && order.opened.is_some_and(|opened| now >= opened + hold)
        };
        let mut exits = Vec::new();
        for managed in &self.managed {
            let order = self.ledger.orders().get(&managed.order);
            let due = managed.hold_us.zip(order).filter(|(hold, order)| is_due(order, *hold));
            if let Some((_, order)) = due {
                let id = format!("h:{}", managed.sig);
                exits.push(self.exit_of(&managed.order, order, id, "hold").order(now, now));
            }
        }
        for exit in exits {
            self.close(exit, out);
        }
    }

    /// After the first target the stop goes to the entry price: stops only tighten.
    pub(super) fn move_stops(&mut self, now: i64, out: &mut dyn Emit) {
        let mut amends = Vec::new();
        for managed in &mut self.managed {
            if !std::mem::take(&mut managed.move_stop) {
                continue;
            }
            let Some(order) = self.ledger.orders().get(&managed.order) else { continue };
            let Some(entry) = self.ledger.holding(&order.sym).and_then(entry_tick) else {
                continue;
            };
            let tightens = order.stop.is_none_or(|stop| order.side.sign() * (entry - stop.0) > 0);
            if order.open == 0 || !tightens {
                continue;
            }
            let stop = order.instrument.px(crate::market::Ticks(entry));
            amends.push(Order {
                ts: now,
                sym: order.sym,
                by: By::Risk,
                ct: now,
                op: OrderOp::Amend,
                id: format!("b:{}", managed.sig),
                reference: Some(managed.order.clone()),
                sig: Some(managed.sig.clone()),
                side: order.side.opposite(),
                qty: order.open,
                kind: OrderType::Stop,
                px: None,
                stop: Some(stop),
                targets: Vec::new(),
                tif: TimeInForce::Gtc,
                expires: self.window.map_or(i64::MAX >> 10, |window| window.close),
                reason: Some("break_even".into()),
            });
        }
        for amend in amends {
            self.close(amend, out);
        }
    }
}

/// The average entry in whole ticks, rounded away from the market so that it does not overshoot.
fn entry_tick(holding: &Holding) -> Option<i64> {
    let contracts = holding.lots.contracts() as i64;
    let sign = holding.lots.side().sign();
    (contracts > 0).then(|| sign * (sign * holding.lots.cost()).div_euclid(contracts))
}
