//! mia-exec paper: approved orders to the simulated exchange, and the records of what came of them.

use crate::account::Ledger;
use crate::account::TradeDay;
use crate::config::Config;
use crate::execution::Journal;
use crate::execution::broker::BrokerEvent;
use crate::execution::broker::Link;
use crate::execution::broker::Simulated;
use crate::execution::broker::SimulatedBroker;
use crate::execution::parity::Parity;
use crate::market::Calendar;
use crate::market::Sym;
use crate::matching::Exchange;
use crate::matching::Fact;
use crate::risk::Approved;
use crate::risk::admit;
use crate::wire::Account;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Fill;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Num;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Position;
use crate::wire::Record;
use crate::wire::Stage;
use crate::wire::Status;
use crate::wire::StatusState;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// What the stage saw and did not act on, and what it did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PaperCounts {
    /// Orders acted on.
    pub orders: u64,
    /// Orders that came again.
    pub repeated: u64,
    /// Orders that risk did not write.
    pub foreign: u64,
    /// Executions.
    pub fills: u64,
}

/// The paper broker: the exchange that risk simulates, with a journal and an account of its own.
///
/// Facts known at K are written before the first record of the product (or clock) with `ts >= K`,
/// after the `acct` records in which risk tells the same; a difference is our bug and ends it (70).
#[derive(Debug)]
pub struct PaperStage<B = SimulatedBroker> {
    broker: B,
    /// Refusals of our own, where the broker could not be reached, until they are told.
    unsent: VecDeque<Fact>,
    ledger: Ledger,
    day: TradeDay,
    journal: Option<Journal>,
    /// Orders acted on with their `ct`; older ones are forgotten and refused by their age.
    acted: BTreeMap<String, i64>,
    /// Orders decided before this are too old to be known, microseconds UTC.
    horizon: i64,
    parity: Parity,
    counts: PaperCounts,
}

impl PaperStage<SimulatedBroker> {
    /// A paper broker with `account.equity`, writing to `journal` if there is one.
    ///
    /// # Errors
    /// A product without contract facts.
    pub fn new(
        config: &Config,
        calendar: Calendar,
        journal: Option<Journal>,
    ) -> Result<Self, Failure> {
        let broker = SimulatedBroker::new(Exchange::new(config, calendar.clone())?);
        Ok(Self::over(broker, config, calendar, journal))
    }

    /// The exchange behind it.
    pub const fn exchange(&self) -> &Exchange {
        self.broker.exchange()
    }
}

impl<B: Simulated> PaperStage<B> {
    /// As [`PaperStage::new`], over a broker at hand.
    pub fn over(broker: B, config: &Config, calendar: Calendar, journal: Option<Journal>) -> Self {
        let acted = journal.as_ref().map(|j| j.recovered().orders.clone()).unwrap_or_default();
        Self {
            broker,
            unsent: VecDeque::new(),
            ledger: Ledger::new(config.account.equity),
            day: TradeDay::new(calendar),
            journal,
            parity: Parity::new(!acted.is_empty()),
            acted,
            horizon: i64::MIN,
            counts: PaperCounts::default(),
        }
    }

    /// The broker behind it.
    pub const fn broker(&self) -> &B {
        &self.broker
    }

    /// What it did so far.
    pub const fn counts(&self) -> &PaperCounts {
        &self.counts
    }

    /// The account as executions tell it.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn on_order(&mut self, order: &Order) -> Result<(), Failure> {
        let Ok(approved) = admit(order) else {
            self.counts.foreign += 1;
            return Ok(());
        };
        if order.ct < self.horizon || self.acted.contains_key(&order.id) {
            self.counts.repeated += 1;
            return Ok(());
        }
        self.act(approved)
    }

    /// Sends an approved order: first into the journal, then to the exchange.
    fn act(&mut self, approved: Approved<Order>) -> Result<(), Failure> {
        let order = approved.item();
        if let Some(journal) = &mut self.journal {
            journal.intent(order)?;
        }
        self.counts.orders += 1;
        self.acted.insert(order.id.clone(), order.ct);
        // An unlisted symbol is refused by the exchange; the ledger has no contract facts for it.
        if let Some(listing) = self.broker.listings().find(&order.sym) {
            self.ledger.on_order(order, &listing.instrument, listing.market);
        } else if order.op != OrderOp::New {
            let product = self.broker.listings().product().clone();
            self.ledger.on_order(order, &product, Sym::NONE);
        }
        if let Err(refusal) = self.broker.send(&approved) {
            self.unsent.push_back(Fact::unsent(order, refusal.code()));
        }
        Ok(())
    }

    fn on_acct(&mut self, acct: &Acct) {
        if acct.by != By::Risk {
            return;
        }
        if acct.op == AcctOp::Open && self.counts.orders == 0 {
            let kept = acct.equity.zip(acct.high_water).zip(acct.day_pnl);
            if let Some(((equity, high_water), day)) = kept {
                self.ledger.adopt(equity, high_water, day, acct.stats.unwrap_or_default());
            }
        }
        self.parity.hear(acct);
    }

    #[inline]
    fn on_market(&mut self, record: &Record, out: &mut dyn Emit) -> Result<(), Failure> {
        let Some(now) = self.broker.on_record(record)? else { return Ok(()) };
        let quiet = self.ledger.is_idle() && self.broker.is_quiet() && self.parity.is_settled();
        let quiet = quiet && self.unsent.is_empty();
        if quiet && !self.day.is_due(now) {
            return Ok(());
        }
        self.on_busy_market(now, record, out)
    }

    fn on_busy_market(
        &mut self,
        now: i64,
        record: &Record,
        out: &mut dyn Emit,
    ) -> Result<(), Failure> {
        match record {
            Record::Trade(trade) => self.ledger.on_price(&trade.sym, trade.ts, trade.px),
            Record::Bar(bar) if self.broker.is_bar_tape(&bar.sym) => {
                self.ledger.on_price(&bar.sym, bar.ts - 1, bar.l);
                self.ledger.on_price(&bar.sym, bar.ts - 1, bar.h);
            }
            _ => {}
        }
        if let Some(new) = self.day.turn(now)? {
            self.tell(new.session.open - 1, out)?;
            if let Some(before) = new.before {
                self.ledger.new_day(true);
                self.horizon = before;
                self.acted.retain(|_, ct| *ct >= before);
            }
        }
        self.tell(now, out)?;
        self.parity.settle()
    }

    /// Writes every fact known up to `until` (microseconds UTC) and what follows from it.
    fn tell(&mut self, until: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        while let Some(fact) = self.next_fact(until, out)? {
            self.parity.confirm(&fact)?;
            self.write(&fact.record(), out)?;
            match &fact {
                Fact::Ack(ack) => self.ledger.on_ack(ack),
                Fact::Fill(fill) => self.on_fill(fill, out)?,
                Fact::Cancel(cancel) => self.ledger.on_cancel(cancel),
                Fact::Reject(reject) => self.ledger.on_reject(reject),
            }
        }
        Ok(())
    }

    /// The next fact; changes of the link before it are told as `status`.
    fn next_fact(&mut self, until: i64, out: &mut dyn Emit) -> Result<Option<Fact>, Failure> {
        if let Some(fact) = self.unsent.pop_front() {
            return Ok(Some(fact));
        }
        loop {
            match self.broker.next_event(until) {
                Some(BrokerEvent::Fact(fact)) => return Ok(Some(fact)),
                Some(BrokerEvent::Link(link, ts)) => out.before(&link_status(link, ts).into()),
                None => return Ok(None),
            }
        }
    }

    fn on_fill(&mut self, fill: &Fill, out: &mut dyn Emit) -> Result<(), Failure> {
        self.counts.fills += 1;
        let closed = self.ledger.on_fill(fill);
        let (ts, sym, by) = (fill.ts, fill.sym, By::Exec);
        let holding = self.ledger.holding(&sym);
        let avg_px = holding.and_then(|h| h.lots.average(&h.instrument)).map(Num);
        let stop = self.ledger.stop(&sym);
        let qty = self.ledger.position(&sym);
        self.write(&Position { ts, sym, by, qty, avg_px, stop }.into(), out)?;
        let (equity, day) = (self.ledger.equity(), *self.ledger.day());
        let account =
            Account { ts, sym: Sym::NONE, by, equity, day_pnl: day.pnl, day_fees: day.fees };
        self.write(&account.into(), out)?;
        closed.map_or(Ok(()), |closed| self.write(&closed.into(), out))
    }

    fn write(&mut self, record: &Record, out: &mut dyn Emit) -> Result<(), Failure> {
        out.before(record);
        match &mut self.journal {
            Some(journal) => Ok(journal.fact(record)?),
            None => Ok(()),
        }
    }
}

fn link_status(link: Link, ts: i64) -> Status {
    let (state, msg) = match link {
        Link::Up => (StatusState::Up, "the broker is connected"),
        Link::Down => (StatusState::Down, "the broker is not connected"),
    };
    let code = Some("broker_link".into());
    Status { ts, sym: Sym::NONE, by: Some(By::Exec), src: None, state, code, msg: msg.into() }
}

impl<B: Simulated> Stage for PaperStage<B> {
    fn by(&self) -> By {
        By::Exec
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[
            Kind::Order,
            Kind::Trade,
            Kind::Quote,
            Kind::Bar,
            Kind::Clock,
            Kind::Stream,
            Kind::Acct,
        ])
    }

    #[inline]
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Trade(_) | Record::Quote(_) | Record::Bar(_) | Record::Clock(_) => {
                self.on_market(record, out)?;
            }
            Record::Order(order) => self.on_order(order)?,
            Record::Acct(acct) => self.on_acct(acct),
            _ => {}
        }
        Ok(Flow::Pass)
    }

    fn on_end(&mut self) -> Result<(), Failure> {
        match &mut self.journal {
            Some(journal) => Ok(journal.sync()?),
            None => Ok(()),
        }
    }
}
