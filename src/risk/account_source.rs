//! Where account facts come from, and the one path that all of them take.

use crate::market::Cents;
use crate::market::Px;
use crate::market::Side;
use crate::matching::Fact;
use crate::matching::blank_acct;
use crate::risk::Latches;
use crate::risk::RiskStage;
use crate::risk::proposal::order_id;
use crate::risk::proposal::sig_of;
use crate::risk::watch::pattern_of;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Ack;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Record;
use crate::wire::SignalOp;
use crate::wire::TimeInForce;
use crate::wire::Verdict;
use std::borrow::Cow;

/// Who tells risk what became of its orders (DESIGN 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AccountSource {
    /// The simulated exchange that `mia-exec paper` runs too.
    #[default]
    Sim,
    /// The journal of `mia-exec`, followed while it is written ([`crate::wire::SideEvent::Journal`]).
    Journal,
    /// The `acct` records in the input: the replay of a recorded session.
    Stream,
}

/// What `reason` of an `ack` says that tells a refused signal.
const REFUSED: &str = "refused";

/// What `reason` of the opening record says where facts come from a journal.
pub(super) const FROM_JOURNAL: &str = "journal";
/// What it says, besides, where a gate file permits real orders.
pub(super) const GATE_OPEN: &str = "gate_open";

impl RiskStage {
    /// Takes a fact about an order into the account: the one way in, whatever the source. The session
    /// turns first if the fact belongs to a new one. The caller writes the record after it.
    ///
    /// # Errors
    /// The record does not say what an `ack`, `fill`, `cancel` or `reject` must say (a bad line); the
    /// calendar does not cover its stamp.
    pub fn apply(&mut self, acct: &Acct, out: &mut dyn Emit) -> Result<(), Failure> {
        let fact = fact_of(acct)?;
        self.turn_session(acct.ts, out)?;
        let known = self.unmatched;
        self.settle(acct, &fact);
        // In a recording the latch stands where it was set.
        if self.source != AccountSource::Stream {
            // Somebody else trades in this account, or the books are of another one.
            let uncovered = self.source == AccountSource::Journal && self.uncovered().is_some();
            if uncovered {
                self.latch(acct.ts, Latches::RECON, Latches::UNPROTECTED, out);
            } else if self.unmatched > known {
                self.latch(acct.ts, Latches::RECON, "unknown_order", out);
            }
        }
        Ok(())
    }

    /// Takes every fact that the simulated exchange makes known up to `until` (microseconds UTC).
    pub(super) fn learn(&mut self, until: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        while let Some(fact) = self.exchange.next_known(until) {
            let acct = fact.acct();
            self.apply(&acct, out)?;
            out.before(&acct.into());
        }
        Ok(())
    }

    /// A record of the journal that is followed, heard of at `ts` (microseconds UTC). What it makes
    /// necessary is done at the next record, so that a replay finds the same order of things.
    pub(super) fn on_journal(
        &mut self,
        ts: i64,
        record: &Record,
        out: &mut dyn Emit,
    ) -> Result<(), Failure> {
        let ts = ts.max(self.exchange.now());
        if let Record::Position(position) = record {
            self.on_broker_position(ts, &position.sym, position.qty, out);
            return Ok(());
        }
        let known = |order: &Order| self.knows(order);
        let acct = match record {
            Record::Order(order) if order.by == By::Risk && order.op == OrderOp::New => {
                if known(order) {
                    return Ok(());
                }
                // An order of an earlier run whose memory is lost.
                intent(order)
            }
            // Execution closed everything on its own: the gate is closed until somebody opens it.
            Record::Acct(acct) if acct.by == By::Exec && acct.op == AcctOp::Latch => {
                self.kill(ts, acct.reason.as_deref().unwrap_or("emergency"), out);
                return Ok(());
            }
            other => match fact(other) {
                Some(fact) => fact.acct(),
                None => return Ok(()),
            },
        };
        let acct = Acct { ts, ..acct };
        self.open(ts, acct.sym, out);
        self.apply(&acct, out)?;
        out.before(&acct.into());
        Ok(())
    }

    /// An account record of the input. Of a recorded session (`stream`) it is what risk acted on then:
    /// facts and what came from outside stay as they are, what follows from them is computed again.
    pub(super) fn on_acct(&mut self, acct: &Acct, out: &mut dyn Emit) -> Result<Flow, Failure> {
        if self.source != AccountSource::Stream || acct.by != By::Risk {
            self.foreign += 1;
            return Ok(Flow::Drop);
        }
        if self.restoring > 0 {
            self.restoring -= 1;
            self.recall(acct, true)?;
            return Ok(Flow::Pass);
        }
        match acct.op {
            AcctOp::Open => {
                self.adopt(acct)?;
                let says = |word| acct.reason.iter().any(|r| r.split(',').any(|w| w == word));
                self.simulated = !says(FROM_JOURNAL);
                self.gate = (!says(GATE_OPEN)).then_some("gate");
                self.opened = true;
                self.restoring = acct.restored.unwrap_or(0);
            }
            AcctOp::Ack | AcctOp::Fill | AcctOp::Cancel | AcctOp::Reject => {
                self.apply(acct, out)?;
            }
            AcctOp::Kill => {
                self.halt(acct.ts, acct.reason.as_deref().unwrap_or("kill"), out);
            }
            // Found by comparison with a broker: nothing in the recording shows it again.
            AcctOp::Latch if acct.latches.iter().any(|name| name == Latches::RECON) => {
                self.latches.set(Latches::RECON, acct.reason.as_deref().unwrap_or("position"));
                if let Some(held) = acct.position {
                    self.close_beyond(acct.sym, held);
                }
            }
            // Latches that risk sets and opens by itself.
            AcctOp::Latch | AcctOp::Reset => return Ok(Flow::Drop),
        }
        Ok(Flow::Pass)
    }

    /// Whether the order is one that this run has sent or remembers.
    fn knows(&self, order: &Order) -> bool {
        self.ledger.orders().contains_key(&order.id)
            || order
                .sig
                .as_deref()
                .is_some_and(|sig| self.memory.acted(SignalOp::Enter, sig).is_some())
    }

    /// What a fact does to account and memory.
    pub(super) fn settle(&mut self, acct: &Acct, fact: &Fact) {
        self.unwatched = true;
        if !self.ledger.orders().contains_key(fact.order()) {
            self.meet(acct, fact);
        }
        self.note(acct);
        match fact {
            Fact::Ack(ack) => {
                self.ledger.on_ack(ack);
                if ack.leg == Leg::Flatten {
                    self.exit_works(&ack.order);
                }
            }
            Fact::Fill(fill) => {
                if fill.leg == Leg::Target {
                    self.first_target(&fill.order);
                }
                if let Some(trade) = self.ledger.on_fill(fill) {
                    self.note_closed(fill.ts, &trade);
                }
            }
            Fact::Cancel(cancel) => {
                self.ledger.on_cancel(cancel);
                self.move_refused(&cancel.order, &cancel.reason);
                self.flatten_failed(cancel.ts, &cancel.order);
                self.exit_failed(cancel.ts, &cancel.order);
            }
            Fact::Reject(reject) => {
                self.ledger.on_reject(reject);
                self.move_refused(&reject.order, &reject.reason);
                self.flatten_failed(reject.ts, &reject.order);
                self.exit_failed(reject.ts, &reject.order);
            }
        }
        self.settle_notes();
        self.settle_managed();
        self.settle_exits();
        if self.ledger.is_idle() {
            self.flattening = false;
            self.flatten_again = None;
            self.carried = false;
            self.open_pnl = Cents(0);
        }
    }

    /// A fact of an order that this run does not know: the intent of an earlier run is adopted; an
    /// execution counts even if nobody can say whose it is.
    fn meet(&mut self, acct: &Acct, fact: &Fact) {
        if let (Fact::Ack(ack), Some(what)) = (fact, acct.reason.as_deref()) {
            self.meet_request(ack, acct.stop, what);
            return;
        }
        let Some(listing) = self.exchange.listings().find(&acct.sym) else { return };
        match fact {
            Fact::Ack(ack) if ack.leg == Leg::Entry && acct.stop.is_some() => {
                let order = adopted(acct);
                self.ledger.on_order(&order, &listing.instrument, listing.market);
                self.manage(&order);
                if let Some(sig) = &order.sig {
                    self.memory.act(SignalOp::Enter, sig, order.ct);
                    let pattern = pattern_of(sig).unwrap_or_default();
                    self.tally.entry(order.ct, &order.id, pattern, order.side);
                }
                self.memory.send(&order);
                self.tally.message(order.ct);
            }
            Fact::Fill(_) => {
                self.unmatched += 1;
                self.ledger.hold(acct.sym, &listing.instrument, listing.market);
            }
            _ => {}
        }
    }

    /// What an earlier run did besides sending entries; exits are asked for again, nothing is to stand
    /// between a position and them. `what` says it, [`intent`] and [`refusal`] told.
    fn meet_request(&mut self, ack: &Ack, stop: Option<Px>, what: &str) {
        let (id, at) = (ack.order.as_str(), ack.xts);
        if what == REFUSED {
            if let Some(sig) = sig_of(id) {
                self.memory.act(SignalOp::Enter, sig, at);
            }
            return;
        }
        self.tally.message(at);
        if let Some(stop) = stop {
            self.remember_move(id, at, stop);
        }
        if ack.leg == Leg::Flatten {
            self.remember_exit(id, at);
        }
    }

    /// Executions of orders that this run does not know: the recording is of other decisions, or the
    /// journal of another account.
    pub const fn unmatched(&self) -> u64 {
        self.unmatched
    }
}

/// The fact in a record of mia-exec.
pub(super) fn fact(record: &Record) -> Option<Fact> {
    Some(match record {
        Record::Ack(ack) => Fact::Ack(ack.clone()),
        Record::Fill(fill) => Fact::Fill(fill.clone()),
        Record::Cancel(cancel) => Fact::Cancel(cancel.clone()),
        Record::Reject(reject) => Fact::Reject(reject.clone()),
        _ => return None,
    })
}

pub(super) fn fact_of(acct: &Acct) -> Result<Fact, Failure> {
    Fact::of(acct).ok_or_else(|| {
        Failure::bad_input("an acct record does not say what a fact of its op must say")
    })
}

/// What an account must know of an order sent by an earlier run: of a new one an `ack` of the entry that
/// also tells the stop, of another an `ack` whose reason is its operation, which no broker's has.
pub(super) fn intent(order: &Order) -> Acct {
    let (leg, reason) = match order.op {
        OrderOp::New => (Leg::Entry, None),
        OrderOp::Amend => (Leg::Stop, Some("amend")),
        OrderOp::Cancel => (Leg::Entry, Some("cancel")),
        OrderOp::Flatten => (Leg::Flatten, Some("flatten")),
    };
    Acct {
        order: Some(order.id.clone()),
        leg: Some(leg),
        reason: reason.map(str::to_owned),
        side: Some(order.side),
        px: order.px,
        qty: Some(order.qty),
        stop: order.stop,
        xts: Some(order.ct),
        manage: order.manage.clone(),
        ..blank_acct(order.ct, order.sym, AcctOp::Ack)
    }
}

/// What of a record that this stage writes a later run has to be told ([`RiskStage::remember`]): orders
/// and account facts as they are, and of a refused signal that its id was decided. One that was
/// refused in a warm-up is old.
pub fn to_remember(record: &Record) -> Option<Cow<'_, Record>> {
    match record {
        Record::Acct(acct) if acct.by == By::Risk => Some(Cow::Borrowed(record)),
        Record::Order(order) if order.by == By::Risk => Some(Cow::Borrowed(record)),
        Record::Verdict(verdict) if verdict.by == By::Risk && !verdict.pass => {
            let warmup = verdict.reason.as_deref() == Some("warmup");
            (!warmup).then(|| Cow::Owned(refusal(verdict).into()))
        }
        _ => None,
    }
}

fn refusal(verdict: &Verdict) -> Acct {
    Acct {
        order: Some(order_id(&verdict.sig)),
        leg: Some(Leg::Entry),
        side: Some(Side::None),
        qty: Some(0),
        xts: Some(verdict.ct),
        reason: Some(REFUSED.to_owned()),
        ..blank_acct(verdict.ct, verdict.sym, AcctOp::Ack)
    }
}

/// The new order of an earlier run that an `acct` record of a starting state tells, if it tells one.
pub fn sent_order(acct: &Acct) -> Option<Order> {
    let tells = acct.op == AcctOp::Ack && acct.leg == Some(Leg::Entry) && acct.stop.is_some();
    (tells && acct.reason.is_none()).then(|| adopted(acct))
}

/// The order that [`intent`] tells.
fn adopted(acct: &Acct) -> Order {
    let id = acct.order.clone().unwrap_or_default();
    let decided = acct.xts.unwrap_or(acct.ts);
    Order {
        ts: decided,
        sym: acct.sym,
        by: By::Risk,
        ct: decided,
        op: OrderOp::New,
        sig: sig_of(&id).map(str::to_owned),
        id,
        reference: None,
        side: acct.side.unwrap_or_default(),
        qty: acct.qty.unwrap_or(0),
        kind: OrderType::Limit,
        px: acct.px,
        stop: acct.stop,
        targets: Vec::new(),
        tif: TimeInForce::Ioc,
        expires: decided,
        reason: None,
        manage: acct.manage.clone(),
    }
}
