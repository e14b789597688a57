//! Signals: from an idea to a verdict and, if every check passes, an order.

use crate::market::Cents;
use crate::market::Sym;
use crate::risk::AccountSource;
use crate::risk::Approved;
use crate::risk::Conditions;
use crate::risk::DayPart;
use crate::risk::Factors;
use crate::risk::RiskStage;
use crate::risk::Sizing;
use crate::risk::TradeRecord;
use crate::risk::checks::Reduction;
use crate::risk::checks::Situation;
use crate::risk::checks::opposing;
use crate::risk::checks::reason;
use crate::risk::checks::trade_budget;
use crate::risk::latch::Latches;
use crate::risk::leaving::Cause;
use crate::risk::proposal::Means;
use crate::risk::proposal::Proposal;
use crate::risk::proposal::order_id;
use crate::risk::writing::explain;
use crate::wire::By;
use crate::wire::Check;
use crate::wire::Emit;
use crate::wire::Num;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Signal;
use crate::wire::SignalOp;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::Verdict;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An entry, sized and checked.
pub(super) struct Judged {
    pub proposal: Proposal,
    pub checks: Vec<Check>,
    pub refused: Option<String>,
    allowance: Allowance,
    atr: Option<f64>,
}

/// What a trade may lose, and how that came about.
pub(super) struct Allowance {
    /// The fraction of equity.
    pub fraction: f64,
    /// The smallest of all limits, before it is shrunk.
    pub full: Cents,
    pub factors: Factors,
    /// What is left of it.
    pub budget: Cents,
}

impl Judged {
    /// The record that says so, and the order that is approved, if it is.
    pub(super) fn decide(self, signal: &Signal) -> (Verdict, Option<Approved<Order>>) {
        let Self { proposal, checks, refused, allowance, .. } = self;
        let order = refused.is_none().then_some(proposal.order);
        let mut verdict = verdict(signal, refused, order.as_ref().map_or(0, |o| o.qty), checks);
        verdict.factors = allowance.factors.in_force();
        (verdict, order.map(Approved::new))
    }
}

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
        let judged = self.judge(signal);
        let Judged { proposal, checks, refused, .. } = &judged;
        let explained = self.explain.then(|| {
            let mut explained = explain(signal, proposal, checks, refused.as_deref());
            explained.saw = saw(proposal, &judged.allowance, judged.atr);
            explained
        });
        let latched = self.conduct_latches(signal, proposal, checks);
        let (instrument, market) = (proposal.instrument, proposal.market);
        let (verdict, approved) = judged.decide(signal);
        let verdict = Record::from(verdict);
        out.after(&verdict);
        if let Record::Verdict(verdict) = verdict {
            self.spare = verdict.checks;
        }
        for (name, reason) in latched.into_iter().flatten() {
            self.latch(signal.ct, &name, &reason, out);
        }
        if let Some(order) = approved {
            self.tally.entry(signal.ct, &order.item().id, &signal.pattern, signal.side);
            self.manage(order.item());
            self.ledger.on_order(order.item(), &instrument, market);
            self.memory.send(order.item());
            self.send(order, out);
        }
        if let Some(explained) = explained {
            out.after(&explained.into());
        }
    }

    /// Sizes and checks an entry; nothing happens because of it.
    pub(super) fn judge(&mut self, signal: &Signal) -> Judged {
        let open_pnl = self.mark(signal.ct);
        let allowance = self.allowance(signal, open_pnl);
        let budget = allowance.budget;
        let listings = self.exchange.listings();
        let tick = listings.product().tick_points();
        let atr = self.surroundings.atr(&signal.sym, signal.ct).map(|points| points / tick);
        let (equity, daily) = (self.ledger.equity(), self.ledger.stats().daily.as_ref());
        let means = Means { budget, equity, daily, atr };
        let mut proposal = Proposal::new(signal, &self.limits, listings, &means);
        if allowance.fraction <= 0.0 && proposal.refusal == Some("size_zero") {
            proposal.refusal = Some("no_edge");
        }
        proposal.refusal = self.untimely(&proposal.order).or(proposal.refusal);
        let checks = self.check(signal, &proposal, open_pnl, budget);
        let refused = self.refusal(&proposal, &checks);
        Judged { proposal, checks, refused, allowance, atr }
    }

    /// What a trade on `signal` may lose while the open position makes `open_pnl`.
    pub(super) fn allowance(&mut self, signal: &Signal, open_pnl: Cents) -> Allowance {
        let fraction = self.fraction();
        let full = trade_budget(&self.limits, &self.ledger, fraction, open_pnl);
        let factors = Factors::new(&self.limits.factors, &self.conditions(signal));
        let budget = Sizing::budget(full, factors.product());
        Allowance { fraction, full, factors, budget }
    }

    /// The fraction of equity that a trade may risk.
    pub(super) fn fraction(&mut self) -> f64 {
        self.edge.of(TradeRecord::from(self.ledger.stats()), &self.limits.kelly)
    }

    /// Why it is not the time for the entry `order`, if it is not. It is measured by the newest time that
    /// is known: an entry decided on what came late may be over before it is sent.
    pub(super) fn untimely(&mut self, order: &Order) -> Option<&'static str> {
        if self.restart.closes_entries(order.ct) {
            return Some("gateway_restart");
        }
        (order.ct.max(self.exchange.now()) >= order.expires).then_some("expired")
    }

    /// Why an entry is refused, if it is.
    pub(super) fn refusal(&self, proposal: &Proposal, checks: &[Check]) -> Option<String> {
        let warmup = (self.phase == StreamPhase::Warmup).then_some("warmup");
        reason(checks, warmup.or(proposal.refusal), self.strict)
    }

    /// What is known when `signal` is sized.
    fn conditions(&self, signal: &Signal) -> Conditions {
        let (sym, ct) = (&signal.sym, signal.ct);
        let product = self.exchange.listings().product();
        let touch = self.exchange.tape(sym).filter(|tape| tape.is_quoted(ct)).and_then(|t| t.quote);
        let spread = touch
            .and_then(|quote| quote.touch())
            .and_then(|(bid, ask)| Some(product.ticks(ask)?.0 - product.ticks(bid)?.0));
        let distance = |wall: f64| (wall - signal.entry.points()).abs() / product.tick_points();
        let part = self
            .window
            .and_then(|window| Some(DayPart::at(window.minute(ct)?, window.smaller_from as f64)));
        Conditions {
            band: self.surroundings.band(self.context.vix, sym, ct),
            spread,
            wall: self.surroundings.walls(sym, ct).map(distance).reduce(f64::min),
            part,
        }
    }

    pub(super) fn check(
        &mut self,
        signal: &Signal,
        proposal: &Proposal,
        open_pnl: Cents,
        budget: Cents,
    ) -> Vec<Check> {
        let mut checks = std::mem::take(&mut self.spare);
        let same = self.memory.same(&proposal.order, self.limits.dup_us);
        let situation = Situation {
            proposal,
            pattern: &signal.pattern,
            limits: &self.limits,
            ledger: &self.ledger,
            latches: &self.latches,
            tally: &self.tally,
            context: &self.context,
            events: &self.events,
            stream: self.stream,
            gate: self.gate,
            options: self.context.uses_options(signal),
            simulated: self.simulated,
            unprotected_us: self.unprotected(signal.ct),
            tape: self.exchange.tape(&proposal.market),
            window: self.window.as_ref(),
            followed: self.opened,
            now: self.exchange.now(),
            product_tick: self.exchange.listings().product().tick_value,
            open_pnl,
            budget,
            highest: self.high_water.max(self.ledger.equity() + open_pnl),
            floor: self.limits.trailing.map(|floor| floor.under(self.high_water)),
            acted: self.memory.acted(SignalOp::Enter, &signal.id),
            same,
        };
        situation.answer(&mut checks);
        checks
    }

    /// The latches that an entry sets by being one too many: RATE, and REPEAT of its pattern. An entry
    /// that something else refuses is none.
    fn conduct_latches(
        &self,
        signal: &Signal,
        proposal: &Proposal,
        checks: &[Check],
    ) -> [Option<(String, String)>; 2] {
        let is_conduct = |check: &Check| check.code == "RATE" || check.code == "REPEAT";
        let passes = |check: &Check| check.ok.unwrap_or(!self.strict);
        if proposal.refusal.is_some()
            || self.phase == StreamPhase::Warmup
            || !checks.iter().filter(|check| !passes(check)).all(is_conduct)
        {
            return [None, None];
        }
        let failed = |code: &str| checks.iter().find(|c| c.ok == Some(false) && c.code == code);
        let rate = failed("RATE").map(|check| {
            let reason = check.na.as_deref().unwrap_or("per_second");
            (Latches::RATE.to_owned(), reason.to_owned())
        });
        let repeat = failed("REPEAT")
            .map(|_| (Latches::pattern(&signal.pattern, signal.side), "repeat".to_owned()));
        [rate, repeat]
    }

    /// Writes the order and, where it runs here, sends it to the simulated exchange.
    pub(super) fn send(&mut self, order: Approved<Order>, out: &mut dyn Emit) {
        let order = order.into_item();
        self.tally.message(order.ct);
        // Before it is written: whatever becomes of the output, what is open is closed.
        if self.source == AccountSource::Sim {
            self.exchange.submit(&order);
        }
        let live = self.source != AccountSource::Stream
            && self.stream.is_some_and(|(mode, _)| mode == StreamMode::Live);
        let sealer = self.sealer.as_mut().filter(|_| live);
        let seal = sealer.and_then(|sealer| sealer.seal(&order));
        out.after(&order.into());
        if let Some(seal) = seal {
            out.after(&seal.into());
        }
    }

    /// An exit only reduces: it faces checks 8, 11, 12, 13 and 22 alone, so that nothing else stands
    /// between a position and its exit.
    fn on_exit(&mut self, signal: &Signal, out: &mut dyn Emit) {
        let id = order_id(&signal.id);
        let checks = self.reduction(&id, Some(&signal.id), signal.ct, &signal.sym).checks();
        let exit = self.exit_of(&id, &signal.id, Cause::Signal, (signal.ts, signal.ct));
        let nothing = exit.is_none().then_some("no_position");
        let refused = nothing.map(str::to_owned).or_else(|| reason(&checks, None, self.strict));
        let exit = exit.filter(|_| refused.is_none());
        out.after(&verdict(signal, refused, exit.as_ref().map_or(0, |o| o.qty), checks).into());
        if let Some(order) = exit {
            self.close(order, out);
        }
    }

    /// What an order that closes the bracket `id` is held against.
    pub(super) fn reduction(&self, id: &str, sig: Option<&str>, ct: i64, sym: &Sym) -> Reduction {
        let open = self.ledger.orders().get(id);
        let acted = sig.and_then(|sig| self.memory.acted(SignalOp::Exit, sig));
        let closing = open.is_some_and(|order| order.closing.is_some());
        let age = acted.map(|before| (ct - before) as f64 / 1000.0);
        // The exit trades on the other side of its bracket: an order that opposes it is a bracket there.
        let others = open.map_or(0, |o| opposing(&self.ledger, &o.market, o.side, Some(id)));
        Reduction {
            qty: open.map_or(0, |order| order.entering + order.open),
            listed: self.exchange.listings().find(sym).is_some(),
            again: acted.is_some() || closing,
            again_ms: age,
            opposing: others,
        }
    }

    /// Sends an order that only reduces.
    pub(super) fn close(&mut self, order: Order, out: &mut dyn Emit) {
        debug_assert!(order.op != OrderOp::New, "Invariant: only reduces");
        let instrument = *self.exchange.listings().product();
        self.ledger.on_order(&order, &instrument, Sym::NONE);
        self.note_exit(&order);
        self.send(Approved::new(order), out);
    }
}

pub(super) fn verdict(
    signal: &Signal,
    reason: Option<String>,
    qty: u64,
    checks: Vec<Check>,
) -> Verdict {
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
        factors: BTreeMap::new(),
    }
}

/// The numbers behind a size, by name: fractions and factors, dollars, contracts, ticks.
fn saw(proposal: &Proposal, allowance: &Allowance, atr: Option<f64>) -> BTreeMap<String, Num> {
    let Allowance { fraction, full, factors, .. } = allowance;
    let factor = |(name, factor): (Cow<'_, str>, Num)| (format!("factor_{name}"), factor);
    let mut saw: BTreeMap<String, Num> = factors.in_force().into_iter().map(factor).collect();
    let told = [
        ("fraction", Some(*fraction)),
        ("budget", Some(full.dollars())),
        ("factor", Some(factors.product())),
        ("vol_contracts", proposal.vol_cap.map(|cap| cap as f64)),
        ("atr_ticks", atr),
    ];
    saw.extend(told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Num(value?)))));
    saw
}
