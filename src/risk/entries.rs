//! Signals: from an idea to a verdict and, if every check passes, an order.

use crate::account::OpenOrder;
use crate::market::Cents;
use crate::market::Sym;
use crate::risk::Approved;
use crate::risk::RiskStage;
use crate::risk::TradeRecord;
use crate::risk::TrailingFloor;
use crate::risk::checks::Situation;
use crate::risk::checks::decided;
use crate::risk::checks::reason;
use crate::risk::checks::trade_budget;
use crate::risk::proposal::Proposal;
use crate::risk::proposal::order_id;
use crate::risk::writing::Exit;
use crate::risk::writing::explain;
use crate::wire::By;
use crate::wire::Check;
use crate::wire::Emit;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Signal;
use crate::wire::SignalOp;
use crate::wire::StreamPhase;
use crate::wire::Verdict;

impl RiskStage {
    pub(super) fn on_signal(&mut self, signal: &Signal, out: &mut dyn Emit) {
        self.open(signal.ts, signal.sym, out);
        match signal.op {
            SignalOp::Enter => self.on_enter(signal, out),
            SignalOp::Exit => self.on_exit(signal, out),
        }
        self.memory.act(signal.op, &signal.id, signal.ct);
    }

    fn on_enter(&mut self, signal: &Signal, out: &mut dyn Emit) {
        let open_pnl = self.mark(signal.ct);
        let fraction = TradeRecord::from(self.ledger.stats()).fraction(&self.limits.kelly);
        let budget = trade_budget(&self.limits, &self.ledger, fraction, open_pnl);
        let listings = self.exchange.listings();
        let mut proposal = Proposal::new(signal, &self.limits, listings, budget);
        if fraction <= 0.0 && proposal.refusal == Some("size_zero") {
            proposal.refusal = Some("no_edge");
        }
        let checks = self.check(signal, &proposal, open_pnl, budget);
        let warmup = (self.phase == StreamPhase::Warmup).then_some("warmup");
        let refused = reason(&checks, warmup.or(proposal.refusal), self.strict);
        let explained =
            self.explain.then(|| explain(signal, &proposal, &checks, refused.as_deref()));
        let approved = refused.is_none().then(|| Approved::new(proposal.order.clone()));
        let qty = approved.as_ref().map_or(0, |order| order.item().qty);
        out.after(&verdict(signal, refused, qty, checks).into());
        if let Some(order) = approved {
            self.manage(signal);
            self.ledger.on_order(order.item(), &proposal.instrument, proposal.market);
            self.memory.send(order.item());
            self.send(order, out);
        }
        if let Some(explained) = explained {
            out.after(&explained.into());
        }
    }

    fn check(
        &mut self,
        signal: &Signal,
        proposal: &Proposal,
        open_pnl: Cents,
        budget: Cents,
    ) -> Vec<Check> {
        let same = self.memory.same(&proposal.order, self.limits.dup_us);
        let situation = Situation {
            proposal,
            limits: &self.limits,
            ledger: &self.ledger,
            latches: &self.latches,
            tape: self.exchange.tape(&proposal.market),
            window: self.window.as_ref(),
            product_tick: self.exchange.listings().product().tick_value,
            open_pnl,
            budget,
            highest: self.highest.max(self.ledger.equity() + open_pnl),
            floor: self.floor.as_ref().map(TrailingFloor::floor),
            acted: self.memory.acted(SignalOp::Enter, &signal.id),
            same,
        };
        situation.checks()
    }

    /// Writes the order and sends it to the simulated exchange.
    pub(super) fn send(&mut self, order: Approved<Order>, out: &mut dyn Emit) {
        let order = order.into_item();
        self.exchange.submit(&order);
        out.after(&order.into());
    }

    /// An exit only reduces: it faces the checks of size, symbol and repetition alone, so that
    /// nothing else stands between a position and its exit.
    fn on_exit(&mut self, signal: &Signal, out: &mut dyn Emit) {
        let id = order_id(&signal.id);
        let open = self.ledger.orders().get(&id);
        let qty = open.map_or(0, |order| order.entering + order.open);
        let acted = self.memory.acted(SignalOp::Exit, &signal.id);
        let age = acted.map(|before| (signal.ct - before) as f64 / 1000.0);
        let known = self.exchange.listings().drives(&signal.sym);
        let closing = open.is_some_and(|order| order.closing.is_some());
        let checks = vec![
            decided("SIZE", Some(qty as f64), Some(qty as f64), qty > 0),
            decided("TICK", Some(f64::from(u8::from(!known))), Some(0.0), known),
            decided("DUP", age, None, acted.is_none() && !closing),
        ];
        let nothing = open.is_none().then_some("no_position");
        let refused = nothing.map(str::to_owned).or_else(|| reason(&checks, None, self.strict));
        let exit = open.filter(|_| refused.is_none()).map(|order| {
            self.exit_of(&id, order, format!("x:{}", signal.id), "exit").order(signal.ts, signal.ct)
        });
        out.after(&verdict(signal, refused, exit.as_ref().map_or(0, |o| o.qty), checks).into());
        if let Some(order) = exit {
            self.close(order, out);
        }
    }

    /// The order that closes one bracket.
    pub(super) fn exit_of<'a>(
        &self,
        id: &str,
        order: &OpenOrder,
        new_id: String,
        reason: &'a str,
    ) -> Exit<'a> {
        Exit {
            id: new_id,
            reference: Some(id.to_owned()),
            sig: order.sig.clone(),
            sym: order.sym,
            side: order.side.opposite(),
            qty: order.entering + order.open,
            reason,
            expires: self.window.map_or(i64::MAX >> 10, |window| window.close),
        }
    }

    /// Sends an order that only reduces.
    pub(super) fn close(&mut self, order: Order, out: &mut dyn Emit) {
        debug_assert!(order.op != OrderOp::New, "Invariant: only reduces");
        let instrument = self.exchange.listings().product().clone();
        self.ledger.on_order(&order, &instrument, Sym::NONE);
        self.send(Approved::new(order), out);
    }
}

fn verdict(signal: &Signal, reason: Option<String>, qty: u64, checks: Vec<Check>) -> Verdict {
    Verdict {
        ts: signal.ts,
        sym: signal.sym,
        by: By::Risk,
        ct: signal.ct,
        sig: signal.id.clone(),
        pass: reason.is_none(),
        reason,
        qty,
        checks,
    }
}
