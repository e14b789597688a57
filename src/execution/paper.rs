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
use crate::execution::reconciliation::Opening;
use crate::execution::reconciliation::SetLatches;
use crate::market::Calendar;
use crate::market::Cents;
use crate::market::Sym;
use crate::matching::Exchange;
use crate::matching::Fact;
use crate::risk::Approved;
use crate::risk::admit;
use crate::wire::Account;
use crate::wire::Acct;
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
use crate::wire::Roundtrip;
use crate::wire::SideEvent;
use crate::wire::Stage;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::StreamPhase;
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
    /// Entries that were rejected because execution holds its gate closed.
    pub latched: u64,
}

/// The paper broker: the exchange that risk simulates, with a journal and an account of its own.
///
/// Facts known at K are written before the first record of the product (or clock) with `ts >= K`,
/// after the `acct` records in which risk tells the same; a difference is our bug and ends it (70).
#[derive(Debug)]
pub struct PaperStage<B = SimulatedBroker> {
    pub(super) broker: B,
    /// Refusals of our own, where the broker could not be reached, until they are told.
    pub(super) unsent: VecDeque<Fact>,
    pub(super) ledger: Ledger,
    pub(super) day: TradeDay,
    pub(super) journal: Option<Journal>,
    /// Orders acted on with their `ct`; older ones are forgotten and refused by their age.
    pub(super) acted: BTreeMap<String, i64>,
    /// Orders decided before this are too old to be known, microseconds UTC.
    pub(super) horizon: i64,
    pub(super) parity: Parity,
    pub(super) counts: PaperCounts,
    /// Where the input of a journal began, or its first record if that is later, microseconds UTC, as
    /// long as nothing is decided with it.
    pub(super) resumes: Option<i64>,
    /// Stamp of the first record of later input with which a journal went on, microseconds UTC.
    pub(super) went_on: Option<i64>,
    /// The input has begun.
    pub(super) begun: bool,
    /// The input has not begun, or what risk said at its start is not yet held against what is here.
    pub(super) unsettled: bool,
    /// Account records of risk before the input has begun, and whether they came in a warm-up.
    pub(super) early: Vec<(Acct, bool)>,
    /// What risk said at its start, until it is held against what is here.
    pub(super) opening: Option<Opening>,
    /// Latches that are set here.
    pub(super) latches: SetLatches,
    /// Whether the stream is in its warm-up: history that no order was decided on.
    pub(super) warmup: bool,
    /// Whether execution flattened on its own: no entry until a person resets it.
    pub(super) held: bool,
    /// What the record at hand has brought about and is not told yet.
    told: Vec<Record>,
    pub(super) equity: Cents,
    pub(super) calendar: Calendar,
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
        Self::over(broker, config, calendar, journal)
    }

    /// The exchange behind it.
    pub const fn exchange(&self) -> &Exchange {
        self.broker.exchange()
    }
}

impl<B: Simulated> PaperStage<B> {
    /// As [`PaperStage::new`], over a broker at hand.
    ///
    /// # Errors
    /// The calendar does not cover the journal.
    pub fn over(
        broker: B,
        config: &Config,
        calendar: Calendar,
        journal: Option<Journal>,
    ) -> Result<Self, Failure> {
        let journal = journal.map(|journal| journal.rotating(calendar.clone())).transpose()?;
        Ok(Self {
            broker,
            unsent: VecDeque::new(),
            ledger: Ledger::new(config.account.equity),
            day: TradeDay::new(calendar.clone()),
            went_on: None,
            resumes: journal.as_ref().and_then(|journal| {
                let recovered = journal.recovered();
                Some(recovered.first?.max(recovered.began.unwrap_or(i64::MIN)))
            }),
            begun: false,
            unsettled: true,
            early: Vec::new(),
            opening: None,
            latches: SetLatches::new(),
            journal,
            parity: Parity::new(false),
            acted: BTreeMap::new(),
            horizon: i64::MIN,
            counts: PaperCounts::default(),
            warmup: false,
            held: false,
            told: Vec::new(),
            equity: config.account.equity,
            calendar,
        })
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

    /// The journal, if there is one.
    pub(super) const fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Stamp of the first record of later input with which a journal went on, microseconds UTC;
    /// `None` before it, in a replay and where there was nothing to go on with.
    pub(super) const fn went_on(&self) -> Option<i64> {
        self.went_on
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
        self.act(&approved)
    }

    /// Sends an approved order: first into the journal, then to the exchange.
    pub(super) fn act(&mut self, approved: &Approved<Order>) -> Result<(), Failure> {
        let order = approved.item();
        if let Some(journal) = &mut self.journal {
            journal.intent(order)?;
            self.held &= !journal.take_reset();
        }
        self.counts.orders += 1;
        self.acted.insert(order.id.clone(), order.ct);
        // An unlisted symbol is refused by the exchange; the ledger has no contract facts for it.
        if let Some(listing) = self.broker.listings().find(&order.sym) {
            self.ledger.on_order(order, &listing.instrument, listing.market);
        } else if order.op != OrderOp::New {
            let product = *self.broker.listings().product();
            self.ledger.on_order(order, &product, Sym::NONE);
        }
        if self.held && order.op == OrderOp::New {
            self.counts.latched += 1;
            self.unsent.push_back(Fact::unsent(order, "latched"));
        } else if let Err(refusal) = self.broker.send(approved) {
            self.unsent.push_back(Fact::unsent(order, refusal.code()));
        }
        Ok(())
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
        // What an earlier run left is not of another day because one record says so.
        let sure = self.went_on.is_none() || !self.broker.is_first();
        if sure && let Some(new) = self.day.turn(now)? {
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
        let result = self.collect(until);
        // Also what came before a difference from risk: it happened.
        self.hand_out(out)?;
        result
    }

    fn collect(&mut self, until: i64) -> Result<(), Failure> {
        while let Some(fact) = self.next_fact(until) {
            self.parity.confirm(&fact)?;
            self.write(fact.record())?;
            match &fact {
                Fact::Ack(ack) => self.ledger.on_ack(ack),
                Fact::Fill(fill) => self.on_fill(fill)?,
                Fact::Cancel(cancel) => self.ledger.on_cancel(cancel),
                Fact::Reject(reject) => self.ledger.on_reject(reject),
            }
        }
        Ok(())
    }

    /// What was collected is in the journal's file before anybody can read it in the stream.
    pub(super) fn hand_out(&mut self, out: &mut dyn Emit) -> Result<(), Failure> {
        if self.told.is_empty() {
            return Ok(());
        }
        if let Some(journal) = &mut self.journal {
            journal.flush()?;
        }
        self.told.drain(..).for_each(|record| out.before(&record));
        Ok(())
    }

    /// The next fact; changes of the link before it are told as `status`.
    fn next_fact(&mut self, until: i64) -> Option<Fact> {
        if let Some(fact) = self.unsent.pop_front() {
            return Some(fact);
        }
        loop {
            match self.broker.next_event(until) {
                Some(BrokerEvent::Fact(fact)) => return Some(fact),
                Some(BrokerEvent::Link(link, ts)) => self.told.push(link_status(link, ts).into()),
                None => return None,
            }
        }
    }

    fn on_fill(&mut self, fill: &Fill) -> Result<(), Failure> {
        self.counts.fills += 1;
        let closed = self.ledger.on_fill(fill);
        self.follow(fill, closed, 0)
    }

    /// What follows from a fill that the ledger has, less the first `written` of position, account
    /// and roundtrip.
    pub(super) fn follow(
        &mut self,
        fill: &Fill,
        closed: Option<Roundtrip>,
        written: u8,
    ) -> Result<(), Failure> {
        let (ts, by) = (fill.ts, By::Exec);
        if written < 1 {
            let position = self.position(&fill.sym, ts);
            self.write(position.into())?;
        }
        if written < 2 {
            let (equity, day) = (self.ledger.equity(), *self.ledger.day());
            let account =
                Account { ts, sym: Sym::NONE, by, equity, day_pnl: day.pnl, day_fees: day.fees };
            self.write(account.into())?;
        }
        closed.map_or(Ok(()), |closed| self.write(closed.into()))
    }

    pub(super) fn position(&self, sym: &Sym, ts: i64) -> Position {
        let holding = self.ledger.holding(sym);
        let avg_px = holding.and_then(|h| h.lots.average(&h.instrument)).map(Num);
        let (qty, stop) = (self.ledger.position(sym), self.ledger.stop(sym));
        Position { ts, sym: *sym, by: By::Exec, qty, avg_px, stop }
    }

    pub(super) fn write(&mut self, record: Record) -> Result<(), Failure> {
        if let Some(journal) = &mut self.journal {
            journal.fact(&record)?;
        }
        self.told.push(record);
        Ok(())
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
            Kind::Status,
            Kind::Stream,
            Kind::Acct,
        ])
    }

    #[inline]
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        if let Record::Stream(stream) = record {
            self.warmup = stream.phase == StreamPhase::Warmup;
            return Ok(Flow::Pass);
        }
        let acct = matches!(record, Record::Acct(_));
        if self.unsettled && !acct {
            self.settle(record, out)?;
        }
        if self.journal.as_ref().is_some_and(|journal| journal.next_recorded().is_some()) {
            self.replay_own(record.ts(), out)?;
        }
        match record {
            Record::Trade(_)
            | Record::Quote(_)
            | Record::Bar(_)
            | Record::Clock(_)
            | Record::Status(_) => {
                self.on_market(record, out)?;
            }
            Record::Order(order) => self.on_order(order)?,
            Record::Acct(acct) if self.begun => self.on_acct(acct, self.warmup)?,
            // How to go on with a journal is known with the first record.
            Record::Acct(acct) => self.early.push((acct.clone(), self.warmup)),
            _ => {}
        }
        Ok(Flow::Pass)
    }

    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        let SideEvent::Kill { ts, reason } = event else { return Ok(Flow::Pass) };
        self.flatten(self.broker.moment(*ts), reason, out)?;
        if let Some(journal) = &self.journal {
            journal.obeyed()?;
        }
        Ok(Flow::Pass)
    }

    fn on_end(&mut self) -> Result<(), Failure> {
        for (acct, warmup) in std::mem::take(&mut self.early) {
            self.on_acct(&acct, warmup)?;
        }
        for acct in self.opening.take().map(|mut o| o.take_latches()).unwrap_or_default() {
            self.take_latch(&acct)?;
        }
        match &mut self.journal {
            Some(journal) => Ok(journal.sync()?),
            None => Ok(()),
        }
    }
}
