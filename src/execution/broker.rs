//! What a broker is to execution, and the simulated one.
//!
//! A broker takes approved orders, tells what became of them, and answers three questions from its
//! own books: what works, what is held, what was executed. The types know no socket, thread or
//! clock, so that a broker over a network and the simulated one are driven and tested alike;
//! `tests/it/conformance.rs` holds what every one of them must do.

use crate::market::CalendarError;
use crate::market::Sym;
use crate::matching::Exchange;
use crate::matching::Fact;
use crate::matching::KeptBracket;
use crate::matching::Listings;
use crate::matching::LostRequest;
use crate::matching::WorkingLeg;
use crate::risk::Approved;
use crate::wire::Fill;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use std::collections::BTreeSet;
use std::collections::VecDeque;

/// Order ids and executions that the simulated broker remembers.
const MEMORY: usize = 4096;

/// The link to a broker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// Orders can be sent and facts arrive.
    Up,
    /// Nothing can be sent; what happens meanwhile is told after the link is up again.
    Down,
}

/// What a broker has to say, oldest first.
#[derive(Clone, PartialEq, Debug)]
pub enum BrokerEvent {
    /// Something happened to an order.
    Fact(Fact),
    /// The link changed, with the stamp at which it was seen, microseconds UTC. After `Up` the
    /// broker's books are compared with our own before anything new is entered.
    Link(Link, i64),
}

/// What became of the wish to send an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// It is on its way, for the first and only time.
    OnItsWay,
    /// This id was sent before: nothing was done.
    Before,
}

/// Why an order was not sent. The broker knows nothing of it then and says nothing about it later.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent {
    /// The link is down.
    #[error("the link to the broker is down")]
    LinkDown,
}

impl NotSent {
    /// The reason code of the reject that reports it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LinkDown => "link_down",
        }
    }
}

/// Contracts held in one symbol, as the broker has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeldPosition {
    /// Contract.
    pub sym: Sym,
    /// Signed contracts, long above zero, never zero.
    pub qty: i64,
}

/// A broker.
///
/// - An order id acts once, however often it is sent; ids are compared as long as orders can live.
/// - Contracts that an entry opens are covered by a working stop from the moment of their fill.
/// - A stop is never loosened: an amend that asks for less than the last stop sent or acknowledged is
///   refused (`stop_loosened`).
/// - Facts come with `xts` (at the broker) never after `ts` (known here), in the order of `ts`, and
///   each execution has an id of its own for good.
/// - A refusal is told once, with the id of the order that was refused; it changes nothing else.
/// - `open_orders`, `positions` and `executions_since` are the broker's books, including what it
///   has not told yet: adopted facts plus the waiting ones explain them.
pub trait Broker {
    /// Sends a new bracket.
    ///
    /// # Errors
    /// It could not be sent.
    fn submit(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent>;

    /// Changes legs of the bracket `ref`: those that the order names, nothing else.
    ///
    /// # Errors
    /// It could not be sent.
    fn amend(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent>;

    /// Ends the entry of the bracket `ref`; the protection of what is open stays.
    ///
    /// # Errors
    /// It could not be sent.
    fn cancel(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent>;

    /// Closes the bracket `ref`, or everything; works on until flat.
    ///
    /// # Errors
    /// It could not be sent.
    fn flatten(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent>;

    /// Sends an order by what it asks for.
    ///
    /// # Errors
    /// It could not be sent.
    fn send(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        match order.item().op {
            OrderOp::New => self.submit(order),
            OrderOp::Amend => self.amend(order),
            OrderOp::Cancel => self.cancel(order),
            OrderOp::Flatten => self.flatten(order),
        }
    }

    /// The next event known at `until` (microseconds UTC); never waits.
    fn next_event(&mut self, until: i64) -> Option<BrokerEvent>;

    /// The link as of the last event.
    fn link(&self) -> Link;

    /// Legs that work at the broker now.
    fn open_orders(&self) -> Vec<WorkingLeg>;

    /// Positions at the broker now, by symbol.
    fn positions(&self) -> Vec<HeldPosition>;

    /// Executions at or after `xts` (microseconds UTC, time at the exchange), oldest first.
    fn executions_since(&self, xts: i64) -> Vec<Fill>;
}

/// A broker that the market records of the stream drive.
pub trait Simulated: Broker {
    /// Folds a record; `Some(now)` if it moved the simulation, so that events may wait.
    ///
    /// # Errors
    /// The calendar does not cover its stamp.
    fn on_record(&mut self, record: &Record) -> Result<Option<i64>, CalendarError>;

    /// Whether nothing works, is underway or waits to be told.
    fn is_quiet(&self) -> bool;

    /// The contracts listed.
    fn listings(&self) -> &Listings;

    /// Takes up the work of a process that ended: brackets and lost requests, before the record at
    /// `now` (microseconds UTC). `false` if one of them is of a contract that is not listed.
    #[must_use]
    fn restore(&mut self, kept: &[KeptBracket], lost: &[LostRequest], now: i64) -> bool;

    /// Whether bars are all there is of the market of `sym`: no trade has come yet.
    fn is_bar_tape(&self, sym: &Sym) -> bool;

    /// Whether time is known from a single record so far.
    fn is_first(&self) -> bool;

    /// When to act on what comes from beside the market with this stamp, microseconds UTC.
    fn moment(&self, ts: i64) -> i64;
}

/// The broker that is an [`Exchange`] with a link and a memory.
#[derive(Debug)]
pub struct SimulatedBroker {
    exchange: Exchange,
    link: Link,
    /// Changes of the link that are not told yet.
    changes: VecDeque<(Link, i64)>,
    /// Facts of a time without a link are known here no earlier than this, microseconds UTC.
    up_since: i64,
    sent: BTreeSet<String>,
    sent_order: VecDeque<String>,
    executions: VecDeque<Fill>,
}

impl SimulatedBroker {
    /// A broker over `exchange`, with its link up.
    pub const fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            link: Link::Up,
            changes: VecDeque::new(),
            up_since: i64::MIN,
            sent: BTreeSet::new(),
            sent_order: VecDeque::new(),
            executions: VecDeque::new(),
        }
    }

    /// The exchange behind it.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The exchange behind it, to be restored.
    pub const fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    /// Cuts the link or brings it back at `ts` (microseconds UTC). Orders that are at work stay so;
    /// what happens to them is told when the link is up again.
    pub fn set_link(&mut self, link: Link, ts: i64) {
        if link == self.link {
            return;
        }
        self.link = link;
        self.changes.push_back((link, ts));
        if link == Link::Up {
            self.up_since = ts;
        }
    }

    fn pass(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        if self.link == Link::Down {
            return Err(NotSent::LinkDown);
        }
        let order = order.item();
        if !self.sent.insert(order.id.clone()) {
            return Ok(Sent::Before);
        }
        if self.sent_order.len() == MEMORY
            && let Some(oldest) = self.sent_order.pop_front()
        {
            self.sent.remove(&oldest);
        }
        self.sent_order.push_back(order.id.clone());
        self.exchange.submit(order);
        Ok(Sent::OnItsWay)
    }
}

impl Broker for SimulatedBroker {
    fn submit(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }

    fn amend(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }

    fn cancel(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }

    fn flatten(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }

    #[inline]
    fn next_event(&mut self, until: i64) -> Option<BrokerEvent> {
        if let Some((link, ts)) = self.changes.pop_front() {
            return Some(BrokerEvent::Link(link, ts));
        }
        if self.link == Link::Down {
            return None;
        }
        let fact = self.exchange.next_known(until)?.known_from(self.up_since);
        if let Fact::Fill(fill) = &fact {
            if self.executions.len() == MEMORY {
                self.executions.pop_front();
            }
            self.executions.push_back(fill.clone());
        }
        Some(BrokerEvent::Fact(fact))
    }

    fn link(&self) -> Link {
        self.link
    }

    fn open_orders(&self) -> Vec<WorkingLeg> {
        self.exchange.working()
    }

    fn positions(&self) -> Vec<HeldPosition> {
        let held = self.exchange.positions();
        held.into_iter().map(|(sym, qty)| HeldPosition { sym, qty }).collect()
    }

    fn executions_since(&self, xts: i64) -> Vec<Fill> {
        let untold = self.exchange.untold().filter_map(|fact| match fact {
            Fact::Fill(fill) => Some(fill),
            _ => None,
        });
        self.executions.iter().chain(untold).filter(|fill| fill.xts >= xts).cloned().collect()
    }
}

impl Simulated for SimulatedBroker {
    #[inline]
    fn on_record(&mut self, record: &Record) -> Result<Option<i64>, CalendarError> {
        self.exchange.on_record(record)
    }

    #[inline]
    fn is_quiet(&self) -> bool {
        self.exchange.is_quiet() && self.changes.is_empty()
    }

    fn listings(&self) -> &Listings {
        self.exchange.listings()
    }

    fn restore(&mut self, kept: &[KeptBracket], lost: &[LostRequest], now: i64) -> bool {
        self.exchange.restore(kept, lost, now)
    }

    fn is_bar_tape(&self, sym: &Sym) -> bool {
        self.exchange.tape(sym).is_some_and(|tape| tape.last.is_none())
    }

    fn is_first(&self) -> bool {
        self.exchange.is_first()
    }

    fn moment(&self, ts: i64) -> i64 {
        self.exchange.moment(ts)
    }
}
