//! How much: SIZE, POS, NOTL, LOSS1.

use super::Situation;
use super::decided;
use super::noted;
use super::unanswered;
use crate::account::Ledger;
use crate::account::OpenOrder;
use crate::market::Cents;
use crate::market::Ticks;
use crate::risk::Sizing;
use crate::risk::limits::Limits;
use crate::wire::Check;

impl Situation<'_> {
    pub(super) fn size(&self) -> Check {
        if !self.proposal.faults.is_empty() {
            return unanswered("SIZE", None, "bad_input");
        }
        let qty = self.proposal.order.qty;
        let limit = self.limits.max_order * self.parts();
        decided("SIZE", Some(qty as f64), Some(limit as f64), (1..=limit).contains(&qty))
    }

    /// Contracts of the product at the worst: what is open, what may still enter, and this order.
    pub(super) fn position(&self) -> Check {
        if !self.proposal.faults.is_empty() {
            return unanswered("POS", None, "bad_input");
        }
        let (weight, limit) = (self.weight(), self.limits.max_pos);
        let ok = weight <= limit * self.product_tick.0 as u64;
        let value = weight as f64 / self.product_tick.0 as f64;
        decided("POS", Some(value), Some(limit as f64), ok)
    }

    /// The value of all contracts at their worst prices against a multiple of equity, and their margin
    /// with the buffer against equity (`na: "margin"`).
    pub(super) fn notional(&self) -> Check {
        let equity = self.ledger.equity() + self.open_pnl;
        let limit = self.limits.notional_cap * equity.dollars();
        let Some(px) = self.proposal.order.px.filter(|_| self.proposal.faults.is_empty()) else {
            return unanswered("NOTL", Some(limit), "bad_input");
        };
        let instrument = &self.proposal.instrument;
        let ticks = instrument.ticks(px).unwrap_or(Ticks(0));
        let open = self.ledger.orders().values().map(value_of);
        let value = open.fold(instrument.pnl(ticks, self.proposal.order.qty as i64), |a, b| a + b);
        let value = value.dollars();
        if !(value.is_finite() && value <= limit) {
            return decided("NOTL", Some(value), Some(limit), false);
        }
        let Some(margin) = self.limits.margin else {
            return unanswered("NOTL", Some(limit), "no_margin");
        };
        let contracts = self.weight() as f64 / self.product_tick.0 as f64;
        let needed = margin.dollars() * contracts * self.limits.margin_factor;
        let covered = needed <= equity.dollars();
        noted("NOTL", Some(value), Some(limit), covered, (!covered).then_some("margin"))
    }

    /// The loss at the stop. Of an order without contracts, the loss that one would have had.
    pub(super) fn loss(&self) -> Check {
        if !self.proposal.faults.is_empty() {
            return unanswered("LOSS1", None, "bad_input");
        }
        let contracts = self.proposal.order.qty.max(1);
        let loss = Cents(self.proposal.per_contract.0 * contracts as i64);
        let limit = self.budget;
        decided("LOSS1", Some(loss.dollars()), Some(limit.dollars()), loss <= limit)
    }

    /// Open, working and new contracts together, each as heavy as its tick is worth in cents.
    fn weight(&self) -> u64 {
        let weigh = |qty: u64, tick: Cents| qty.saturating_mul(tick.0.unsigned_abs());
        let new = weigh(self.proposal.order.qty, self.proposal.instrument.tick_value);
        let open = self.ledger.orders().values();
        open.fold(new, |sum, open| {
            sum.saturating_add(weigh(open.entering + open.open, open.instrument.tick_value))
        })
    }
}

/// The value of a bracket's contracts at the worst price of its entry.
fn value_of(order: &OpenOrder) -> Cents {
    let px = order.limit.unwrap_or(Ticks(0));
    order.instrument.pnl(px, (order.entering + order.open) as i64)
}

/// What a trade may lose (check LOSS1): the smallest of the fraction of equity, the largest loss of
/// a trade (dollars, and the mode's share of equity), a share of what the day may still lose, and what
/// may be open at once.
pub(in crate::risk) fn trade_budget(
    limits: &Limits,
    ledger: &Ledger,
    fraction: f64,
    open_pnl: Cents,
) -> Cents {
    let day_loss = limits.day_loss(ledger.day().equity);
    let left = day_loss + ledger.day().pnl + open_pnl;
    let open = Sizing::budget(day_loss, limits.open_share) - ledger.open_risk();
    let budgets = [
        Sizing::budget(ledger.equity(), fraction),
        Sizing::budget(ledger.equity(), limits.trade_share),
        limits.trade_risk,
        Sizing::budget(left, limits.left_share),
        open,
    ];
    budgets.into_iter().fold(budgets[0], Cents::min).max(Cents(0))
}
