//! What would happen to an order or a signal, without anything happening.

use crate::market::Cents;
use crate::market::Ticks;
use crate::risk::RiskStage;
use crate::risk::Sizing;
use crate::risk::checks::reason;
use crate::risk::entries::Allowance;
use crate::risk::proposal::ENTRY_OFF_GRID;
use crate::risk::proposal::NO_QTY;
use crate::risk::proposal::NO_SIDE;
use crate::risk::proposal::Proposal;
use crate::risk::proposal::STOP_OFF_GRID;
use crate::risk::proposal::STOP_SIDE;
use crate::risk::proposal::TARGET_OFF_GRID;
use crate::risk::proposal::TARGET_SIDE;
use crate::risk::proposal::UNKNOWN_SYMBOL;
use crate::risk::proposal::order_id;
use crate::risk::watch::pattern_of;
use crate::wire::By;
use crate::wire::Check;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Num;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Signal;
use crate::wire::SignalOp;
use crate::wire::TradeManagement;
use crate::wire::Verdict;
use std::collections::BTreeMap;

/// Nobody listens: asking writes nothing.
struct Silence;

impl Emit for Silence {
    fn before(&mut self, _record: &Record) {}
    fn after(&mut self, _record: &Record) {}
}

impl RiskStage {
    /// The verdict on a signal as it would be now. The session turns to that of its `ct`.
    ///
    /// # Errors
    /// The calendar does not cover its `ct`.
    pub fn ask_signal(&mut self, signal: &Signal) -> Result<Verdict, Failure> {
        self.turn_day(signal.ct, &mut Silence)?;
        if signal.op == SignalOp::Enter {
            return Ok(self.judge(signal).decide(signal).0);
        }
        let id = order_id(&signal.id);
        let checks = self.reduction(&id, Some(&signal.id), signal.ct, &signal.sym).checks();
        let qty = self.ledger.orders().get(&id).map(|order| order.entering + order.open);
        let refused = match qty {
            None => Some("no_position".to_owned()),
            Some(_) => reason(&checks, None, self.strict),
        };
        let qty = qty.filter(|_| refused.is_none()).unwrap_or(0);
        Ok(super::entries::verdict(signal, refused, qty, checks))
    }

    /// The verdict on an order as it would be now: an entry is taken with its own size and prices, not
    /// sized anew; everything else only reduces.
    ///
    /// # Errors
    /// The calendar does not cover its `ct`.
    pub fn ask_order(&mut self, order: &Order) -> Result<Verdict, Failure> {
        self.turn_day(order.ct, &mut Silence)?;
        if order.op == OrderOp::New {
            return Ok(self.ask_entry(order));
        }
        let target =
            order.reference.clone().or_else(|| self.ledger.orders().keys().next().cloned());
        let id = target.unwrap_or_default();
        let checks = self.reduction(&id, None, order.ct, &order.sym).checks();
        let refused = if self.ledger.orders().contains_key(&id) {
            reason(&checks, None, self.strict)
        } else {
            Some("no_position".to_owned())
        };
        let qty = if refused.is_none() { order.qty } else { 0 };
        Ok(told(order, refused, qty, checks))
    }

    fn ask_entry(&mut self, order: &Order) -> Verdict {
        let signal = behind(order);
        let open_pnl = self.mark(order.ct);
        let mut proposal = self.as_given(order);
        proposal.refusal = self.untimely(order).or(proposal.refusal);
        // What shrinks a trade is known of the market that fills it.
        let market = Signal { sym: proposal.market, ..signal.clone() };
        let Allowance { budget, factors, .. } = self.allowance(&market, open_pnl);
        let checks = self.check(&signal, &proposal, open_pnl, budget);
        let refused = self.refusal(&proposal, &checks);
        let qty = if refused.is_none() { order.qty } else { 0 };
        Verdict { factors: factors.in_force(), ..told(order, refused, qty, checks) }
    }

    /// The order as the checks see it.
    fn as_given(&self, order: &Order) -> Proposal {
        let listings = self.exchange.listings();
        let listing = listings.find(&order.sym);
        let instrument = listing.as_ref().map_or_else(|| *listings.product(), |l| l.instrument);
        let sign = order.side.sign();
        let tick = |px| instrument.ticks(px).filter(|ticks| ticks.0 > 0);
        let (limit, stop) = (order.px.and_then(tick), order.stop.and_then(tick));
        let distance = limit.zip(stop).map(|(limit, stop)| sign * (limit.0 - stop.0));
        let mut faults = Vec::new();
        let mut find = |wrong: bool, fault| faults.extend(wrong.then_some(fault));
        find(listing.is_none(), UNKNOWN_SYMBOL);
        find(sign == 0, NO_SIDE);
        find(order.qty == 0, NO_QTY);
        find(limit.is_none(), ENTRY_OFF_GRID);
        find(stop.is_none(), STOP_OFF_GRID);
        find(distance.is_some_and(|distance| distance <= 0), STOP_SIDE);
        for target in &order.targets {
            let target = tick(*target);
            find(target.is_none(), TARGET_OFF_GRID);
            let passed = limit.zip(target).is_some_and(|(limit, px)| sign * (px.0 - limit.0) <= 0);
            find(passed, TARGET_SIDE);
        }
        let stop_ticks = Ticks(distance.unwrap_or(0).max(0));
        let refusal = (stop_ticks.0 - self.limits.entry_ticks.0 > self.limits.stop_max.0)
            .then_some("risk_ticks");
        let sizing = Sizing::new(Cents(0), stop_ticks, self.limits.slip, &instrument, 0);
        Proposal {
            order: order.clone(),
            market: listing.map_or(order.sym, |listing| listing.market),
            instrument,
            faults,
            refusal,
            stop_ticks,
            per_contract: sizing.per_contract,
            vol_cap: None,
        }
    }
}

/// The signal that an order may have come from, as far as the order tells.
fn behind(order: &Order) -> Signal {
    let id = order.sig.clone().unwrap_or_else(|| order.id.clone());
    let none = crate::market::Px::from_nanos(0);
    Signal {
        ts: order.ts,
        sym: order.sym,
        by: By::Signal,
        ct: order.ct,
        op: SignalOp::Enter,
        pattern: pattern_of(&id).unwrap_or_default().to_owned(),
        id,
        side: order.side,
        entry: order.px.unwrap_or(none),
        stop: order.stop.unwrap_or(none),
        targets: order.targets.clone(),
        manage: TradeManagement::default(),
        confluence: Num(0.0),
        confidence: None,
        uncalibrated: true,
        regime: String::new(),
        level_ids: Vec::new(),
        why: Vec::new(),
        msg: String::new(),
        expires: order.expires,
    }
}

fn told(order: &Order, reason: Option<String>, qty: u64, checks: Vec<Check>) -> Verdict {
    Verdict {
        ts: order.ts,
        sym: order.sym,
        by: By::Risk,
        ct: order.ct,
        sig: order.sig.clone().unwrap_or_else(|| order.id.clone()),
        pass: reason.is_none(),
        reason,
        qty,
        checks,
        factors: BTreeMap::new(),
    }
}
