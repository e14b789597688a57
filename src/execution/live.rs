//! Live execution: what is the same for every broker.

use crate::execution::Broker;
use crate::execution::LiveGate;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Reject;
use crate::wire::Seal;
use crate::wire::SideEvent;
use crate::wire::Stage;

/// What reads the clock at the edge, microseconds UTC.
pub type EdgeClock = fn() -> i64;

/// What a live stage did so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LiveCounts {
    /// Orders sent.
    pub sent: u64,
    /// Orders refused.
    pub refused: u64,
}

/// Live execution as far as it is the same for every broker: an order leaves only through the gate,
/// with the seal that follows it.
#[derive(Debug)]
pub struct LiveStage<B> {
    gate: LiveGate,
    broker: B,
    clock: EdgeClock,
    /// An order whose seal must be the next record.
    waiting: Option<Order>,
    counts: LiveCounts,
}

impl<B: Broker> LiveStage<B> {
    /// Orders to `broker` through `gate`.
    pub const fn new(gate: LiveGate, broker: B, clock: EdgeClock) -> Self {
        let counts = LiveCounts { sent: 0, refused: 0 };
        Self { gate, broker, clock, waiting: None, counts }
    }

    /// The broker.
    pub const fn broker(&self) -> &B {
        &self.broker
    }

    /// The gate.
    pub const fn gate(&self) -> &LiveGate {
        &self.gate
    }

    /// What it did so far.
    pub const fn counts(&self) -> LiveCounts {
        self.counts
    }

    /// The waiting order, with the seal that came for it or none.
    fn decide(&mut self, seal: Option<&Seal>, out: &mut dyn Emit) {
        let Some(order) = self.waiting.take() else { return };
        let now = (self.clock)();
        let sent = self
            .gate
            .admit(&order, seal, now)
            .and_then(|approved| Ok(self.broker.send(&approved)?));
        match sent {
            Ok(_) => self.counts.sent += 1,
            Err(reason) => {
                self.counts.refused += 1;
                tracing::error!("order {} is not sent: {reason}", order.id);
                let leg = if order.op == OrderOp::New { Leg::Entry } else { Leg::Flatten };
                let (sym, by, reason) = (order.sym, By::Exec, reason.code().to_owned());
                let ts = now.max(order.ct);
                out.after(&Reject { ts, sym, by, order: order.id, leg, reason, xts: ts }.into());
            }
        }
    }
}

impl<B: Broker> Stage for LiveStage<B> {
    fn by(&self) -> By {
        By::Exec
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Stream, Kind::Trade, Kind::Quote, Kind::Acct, Kind::Order, Kind::Seal])
    }

    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Seal(seal) => self.decide(Some(seal), out),
            other => {
                self.decide(None, out);
                self.gate.on_record(other);
                if let Record::Order(order) = other {
                    self.waiting = Some(order.clone());
                }
            }
        }
        Ok(Flow::Pass)
    }

    fn on_side(&mut self, event: &SideEvent, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        if let SideEvent::Kill { reason, .. } = event {
            self.gate.kill(reason);
        }
        Ok(Flow::Pass)
    }
}
