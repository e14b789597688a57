//! What a journal says about the account and the brackets, folded line by line.

mod bracket;

pub use bracket::KnownBracket;

use crate::account::Ledger;
use crate::account::TradeDay;
use crate::execution::kept::Told;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Cents;
use crate::market::Px;
use crate::market::Sym;
use crate::matching::KeptBracket;
use crate::matching::Listings;
use crate::matching::LostRequest;
use crate::wire::Account;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Ack;
use crate::wire::By;
use crate::wire::Cancel;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Reject;
use crate::wire::Roundtrip;
use std::collections::BTreeMap;

/// A fill at the very end of a journal, and how many of the records that follow from it are there.
#[derive(Clone, PartialEq, Debug)]
pub struct Unfinished {
    /// The fill.
    pub fill: Fill,
    /// The trade that it closed.
    pub closed: Option<Roundtrip>,
    /// Position, account, roundtrip: so many of them were written.
    pub written: u8,
}

impl Unfinished {
    /// What is left of it after the next record.
    fn after(self, record: &Record) -> Option<Self> {
        let written = match record {
            Record::Position(_) => 1,
            Record::Account(_) => 2,
            _ => return None,
        };
        (written == 1 || self.closed.is_some()).then_some(Self { written, ..self })
    }
}

/// The state that a journal leaves: money, brackets, requests without an answer, latches.
#[derive(Debug)]
pub struct Recovery {
    listings: Listings,
    pub(super) ledger: Ledger,
    pub(super) day: TradeDay,
    /// Open of the newest session, microseconds UTC.
    pub(super) opened: i64,
    brackets: BTreeMap<String, KnownBracket>,
    requests: Vec<Order>,
    /// Latches that are set, with their reasons and who set them.
    pub(super) latches: BTreeMap<String, (String, By)>,
    /// When each was set, microseconds UTC.
    pub(super) latched: BTreeMap<String, i64>,
    pub(super) last: Option<i64>,
    /// What starts of mia-risk have told, in the journal of a state folder.
    pub(super) told: Told,
    unfinished: Option<Unfinished>,
}

impl Recovery {
    /// Nothing yet, and an account with `equity`.
    pub fn new(listings: Listings, equity: Cents, calendar: Calendar) -> Self {
        Self {
            listings,
            ledger: Ledger::new(equity),
            day: TradeDay::new(calendar),
            opened: i64::MIN,
            brackets: BTreeMap::new(),
            requests: Vec::new(),
            latches: BTreeMap::new(),
            latched: BTreeMap::new(),
            last: None,
            told: Told::default(),
            unfinished: None,
        }
    }

    /// The fill of which the process did not come to tell everything, if it ended there.
    pub const fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    /// The account.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Brackets that are not over, by order.
    pub const fn brackets(&self) -> &BTreeMap<String, KnownBracket> {
        &self.brackets
    }

    /// Latches that are set: name, reason and who set them.
    pub const fn latches(&self) -> &BTreeMap<String, (String, By)> {
        &self.latches
    }

    /// Whether execution itself has closed the gate for entries and nobody opened it.
    pub fn is_held(&self) -> bool {
        self.latches.values().any(|(_, by)| *by == By::Exec)
    }

    /// Newest stamp (`ct` of orders), microseconds UTC.
    pub const fn last(&self) -> Option<i64> {
        self.last
    }

    /// Whether nothing is open and nothing may open.
    pub fn is_flat(&self) -> bool {
        self.brackets.is_empty() && self.ledger.is_flat()
    }

    /// Folds the next record of the journal.
    ///
    /// # Errors
    /// The calendar does not cover its stamp.
    pub fn on_record(&mut self, record: &Record) -> Result<(), CalendarError> {
        let stamp = if let Record::Order(order) = record { order.ct } else { record.ts() };
        self.last = Some(self.last.map_or(stamp, |last| last.max(stamp)));
        if let Some(new) = self.day.turn(stamp)? {
            self.opened = new.session.open;
            if new.before.is_some() {
                self.ledger.new_day(true);
            }
        }
        self.unfinished = self.unfinished.take().and_then(|unfinished| unfinished.after(record));
        match record {
            Record::Order(order) => self.on_order(order),
            Record::Ack(ack) => {
                self.ledger.on_ack(ack);
                self.requests.retain(|request| !answers(ack, request));
                self.on_bracket(&ack.order, |bracket| bracket.on_ack(ack));
            }
            Record::Fill(fill) => {
                let closed = self.ledger.on_fill(fill);
                self.unfinished = Some(Unfinished { fill: fill.clone(), closed, written: 0 });
                self.on_bracket(&fill.order, |bracket| bracket.on_fill(fill));
            }
            Record::Cancel(cancel) => self.on_cancel(cancel),
            Record::Reject(reject) => self.on_reject(reject),
            Record::Account(account) => self.on_account(account),
            Record::Acct(acct) => self.on_acct(acct),
            _ => {}
        }
        Ok(())
    }

    fn on_order(&mut self, order: &Order) {
        if let Some(listing) = self.listings.find(&order.sym) {
            self.ledger.on_order(order, &listing.instrument, listing.market);
        } else if order.op != OrderOp::New {
            let product = *self.listings.product();
            self.ledger.on_order(order, &product, Sym::NONE);
        }
        if order.op == OrderOp::New {
            self.brackets.insert(order.id.clone(), KnownBracket::new(order));
        } else {
            self.requests.push(order.clone());
        }
    }

    fn on_cancel(&mut self, cancel: &Cancel) {
        self.ledger.on_cancel(cancel);
        self.requests.retain(|request| {
            let entry = request.op == OrderOp::Cancel && cancel.leg == Leg::Entry;
            let meant = entry && request.reference.as_deref() == Some(&cancel.order);
            request.id != cancel.order && !meant
        });
        self.on_bracket(&cancel.order, |bracket| bracket.on_cancel(cancel));
    }

    fn on_reject(&mut self, reject: &Reject) {
        self.ledger.on_reject(reject);
        self.requests.retain(|request| request.id != reject.order);
        self.on_bracket(&reject.order, |bracket| {
            if bracket.open == 0 {
                bracket.entering = 0;
            }
        });
    }

    /// The account as it was written: it may have begun with other money than the configuration's.
    fn on_account(&mut self, account: &Account) {
        let day = self.ledger.day().pnl;
        if (self.ledger.equity(), day) != (account.equity, account.day_pnl) {
            let stats = *self.ledger.stats();
            self.ledger.adopt(account.equity, account.day_pnl, stats);
        }
    }

    fn on_acct(&mut self, acct: &Acct) {
        if matches!(acct.op, AcctOp::Latch | AcctOp::Kill) {
            self.latched.extend(acct.latches.iter().map(|name| (name.clone(), acct.ts)));
        }
        let reason = || acct.reason.clone().unwrap_or_default();
        match acct.op {
            AcctOp::Latch => {
                for name in &acct.latches {
                    self.latches.insert(name.clone(), (reason(), acct.by));
                }
            }
            AcctOp::Kill => {
                self.latches.insert("manual".to_owned(), (reason(), acct.by));
            }
            AcctOp::Reset if acct.latches.is_empty() => self.latches.clear(),
            AcctOp::Reset => self.latches.retain(|name, _| !acct.latches.contains(name)),
            _ => {}
        }
    }

    fn on_bracket(&mut self, id: &str, fold: impl FnOnce(&mut KnownBracket)) {
        let Some(bracket) = self.brackets.get_mut(id) else { return };
        fold(bracket);
        if bracket.is_over() {
            self.brackets.remove(id);
            // What asked to close it has what it wanted, if nothing else is left.
            let brackets = &self.brackets;
            self.requests.retain(|request| {
                request.op != OrderOp::Flatten || brackets.keys().any(|id| concerns(request, id))
            });
        }
    }

    /// What has to be put back to work, and what ended with the process.
    pub fn restore(&self) -> (Vec<KeptBracket>, Vec<LostRequest>) {
        let closing = |id: &str, bracket: &KnownBracket| {
            // A flatten is carried out although nothing was heard of it: it can only reduce.
            let asked = self
                .requests
                .iter()
                .find(|request| request.op == OrderOp::Flatten && concerns(request, id));
            bracket.closing.or(asked.map(|request| request.ct))
        };
        let kept = self.brackets.iter().filter_map(|(id, bracket)| {
            bracket.kept(self.stop_sent(id, bracket), closing(id, bracket))
        });
        let entries = self.brackets.iter().filter(|(_, bracket)| bracket.entering > 0);
        let lost = entries.map(|(id, bracket)| LostRequest {
            order: id.clone(),
            sym: bracket.order.sym,
            leg: Leg::Entry,
            qty: bracket.entering,
        });
        let requests = self.requests.iter().filter(|request| !self.is_carried_out(request));
        let requests = requests.map(|request| LostRequest {
            order: request.id.clone(),
            sym: request.sym,
            leg: if request.op == OrderOp::Amend { Leg::Stop } else { Leg::Entry },
            qty: 0,
        });
        (kept.collect(), lost.chain(requests).collect())
    }

    /// Where the stop of a bracket has to work again. One that was sent may have arrived, and a stop is
    /// never loosened: the tightest of those sent and the one acknowledged.
    fn stop_sent(&self, id: &str, bracket: &KnownBracket) -> Option<Px> {
        let sign = bracket.order.side.sign();
        let listing = self.listings.find(&bracket.order.sym)?;
        let is_valid = |px: &Px| listing.instrument.ticks(*px).is_some_and(|ticks| ticks.0 > 0);
        let of_it = |request: &&Order| {
            request.op == OrderOp::Amend && request.reference.as_deref() == Some(id)
        };
        let sent = self.requests.iter().filter(of_it).filter_map(|request| request.stop);
        let sent = sent.filter(is_valid);
        bracket.stop.into_iter().chain(sent).max_by_key(|px| sign * px.nanos())
    }

    /// Whether a request of which nothing was heard is done all the same, because it only reduces: a
    /// flatten, and the move of a stop alone.
    fn is_carried_out(&self, request: &Order) -> bool {
        let alone = request.px.is_none() && request.targets.is_empty();
        match request.op {
            OrderOp::Flatten => true,
            OrderOp::Amend if alone => request.reference.as_deref().is_some_and(|id| {
                let open = self.brackets.get(id).filter(|bracket| bracket.open > 0);
                open.is_some_and(|bracket| self.stop_sent(id, bracket) == request.stop)
            }),
            _ => false,
        }
    }

    /// The account and its session, to go on with.
    pub fn into_books(self) -> (Ledger, TradeDay) {
        (self.ledger, self.day)
    }
}

/// Whether a flatten is about the bracket.
fn concerns(request: &Order, id: &str) -> bool {
    request.reference.as_deref().is_none_or(|reference| reference == id)
}

/// Whether the acknowledgement shows that the request arrived.
fn answers(ack: &Ack, request: &Order) -> bool {
    if ack.xts <= request.ct {
        return false;
    }
    let own = request.reference.as_deref() == Some(&ack.order);
    match (request.op, ack.leg) {
        (OrderOp::Amend, Leg::Stop) => own && request.stop == ack.px,
        (OrderOp::Amend, Leg::Target) => {
            own && ack.px.is_some_and(|px| request.targets.contains(&px))
        }
        // All brackets of a flatten arrive at once.
        (OrderOp::Flatten, Leg::Flatten) => concerns(request, &ack.order),
        _ => false,
    }
}
