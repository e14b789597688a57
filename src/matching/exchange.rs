//! The simulated exchange: orders on their way, brackets at work, facts on their way back. What time
//! brings about stands in `arrivals`, what the market does to brackets in `rounds`.

use crate::config::Config;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Px;
use crate::market::Session;
use crate::market::Sym;
use crate::market::Ticks;
use crate::matching::Fact;
use crate::matching::Ignored;
use crate::matching::Listings;
use crate::matching::Tape;
use crate::matching::WorkingLeg;
use crate::matching::believing::Leap;
use crate::matching::believing::OpenHours;
use crate::matching::bracket::Bracket;
use crate::matching::halts::Halts;
use crate::matching::rules::Rules;
use crate::matching::stepping_back::Proof;
use crate::matching::view::Happened;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// Contracts of the product whose market is remembered at once; the one silent longest goes first.
const TAPES_MAX: usize = 16;

/// An order on its way to the exchange.
#[derive(Clone, Debug)]
pub(super) struct Underway {
    pub arrives: i64,
    pub order: Order,
}

/// A deterministic exchange for one product, driven by its market records and by clocks alone.
///
/// An order decided at `ct` is there `fills.latency_ms` later, and never meets a record that was
/// part of its own decision; what happens at `xts` is known `fills.response_ms` after that. The rules
/// of filling are QUANT 7.1 and stand in `docs/execution.md`.
#[derive(Debug)]
pub struct Exchange {
    pub(super) listings: Listings,
    pub(super) calendar: Calendar,
    pub(super) rules: Rules,
    /// [`Rules::suspect`] in billionths of a point; beyond any price where all is believed.
    pub(super) suspect: i64,
    pub(super) session: Option<Session>,
    pub(super) tapes: Vec<Tape>,
    /// The tape that the last record belonged to.
    pub(super) recent: usize,
    /// A symbol known to be another product's.
    foreign: Sym,
    pub(super) halts: Halts,
    pub(super) underway: VecDeque<Underway>,
    pub(super) brackets: Vec<Bracket>,
    /// Ids of brackets that are over, the newest last.
    pub(super) over: VecDeque<String>,
    /// New orders that came to the exchange.
    pub(super) arrived: u64,
    pub(super) facts: VecDeque<Fact>,
    pub(super) happened: Happened,
    pub(super) last_xts: i64,
    pub(super) now: i64,
    pub(super) hours: OpenHours,
    pub(super) ignored: Ignored,
    pub(super) leap: Leap,
    /// Whether the newest record was believed, as far as it is our business.
    pub(super) believed: bool,
    pub(super) proof: Proof,
    /// The newest record showed that time was wrong before it.
    pub(super) stepped_back: bool,
}

impl Exchange {
    /// An exchange that lists the configured product and its micro.
    ///
    /// # Errors
    /// The product has no contract facts (`[instruments.X]`).
    pub fn new(config: &Config, calendar: Calendar) -> Result<Self, Failure> {
        let listings = Listings::of(config).ok_or_else(|| {
            let message = format!("instrument `{}` has no contract facts", config.instrument);
            Failure::new(FailureClass::Config, message).hint(format!(
                "add [instruments.{}] with tick, tick_value, fee_per_side",
                config.instrument
            ))
        })?;
        let rules = Rules::from(&config.fills);
        let suspect = match rules.suspect {
            Ticks(0) => i64::MAX / 2,
            margin => listings.product().px(margin).nanos(),
        };
        Ok(Self {
            listings,
            calendar,
            rules,
            suspect,
            session: None,
            tapes: Vec::new(),
            recent: 0,
            foreign: Sym::NONE,
            halts: Halts::default(),
            underway: VecDeque::new(),
            brackets: Vec::new(),
            over: VecDeque::new(),
            arrived: 0,
            facts: VecDeque::new(),
            happened: Vec::new(),
            last_xts: i64::MIN,
            now: i64::MIN,
            hours: OpenHours::new(),
            ignored: Ignored::default(),
            leap: Leap::default(),
            believed: true,
            proof: Proof::default(),
            stepped_back: false,
        })
    }

    /// The contracts listed.
    pub const fn listings(&self) -> &Listings {
        &self.listings
    }

    /// What is known of the market of `sym`.
    pub fn tape(&self, sym: &Sym) -> Option<&Tape> {
        self.tapes.iter().find(|tape| tape.sym == *sym)
    }

    /// Whether nothing is on its way or at work: records then only update the tape.
    #[inline]
    pub fn is_quiet(&self) -> bool {
        self.brackets.is_empty() && self.underway.is_empty() && self.facts.is_empty()
    }

    /// Newest stamp of the records taken, microseconds UTC.
    pub const fn now(&self) -> i64 {
        self.now
    }

    /// Signed contracts open at the exchange now, over all brackets of `sym`.
    pub fn position(&self, sym: &Sym) -> i64 {
        self.brackets.iter().filter(|b| b.sym == *sym).map(Bracket::position).sum()
    }

    /// Contracts open at the exchange now, and those of them that a working stop covers.
    pub fn protection(&self) -> (u64, u64) {
        let open = self.brackets.iter().map(|b| b.position().unsigned_abs()).sum();
        let covered = self.brackets.iter().filter_map(Bracket::protection).map(|(_, q)| q).sum();
        (open, covered)
    }

    /// Signed contracts open at the exchange now, by symbol; none of them zero.
    pub fn positions(&self) -> Vec<(Sym, i64)> {
        let mut held: BTreeMap<Sym, i64> = BTreeMap::new();
        for bracket in &self.brackets {
            *held.entry(bracket.sym).or_default() += bracket.position();
        }
        held.into_iter().filter(|(_, qty)| *qty != 0).collect()
    }

    /// Legs that work at the exchange now, by bracket in order of arrival.
    pub fn working(&self) -> Vec<WorkingLeg> {
        self.brackets.iter().flat_map(Bracket::working).collect()
    }

    /// Facts on their way here, oldest first.
    pub fn untold(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter()
    }

    pub(super) fn take(&mut self, bracket: Bracket) {
        self.brackets.push(bracket);
    }

    /// Sends a fact that happened at `xts` on its way back.
    pub(super) fn tell(&mut self, xts: i64, fact: Fact) {
        self.happened.push((xts, fact));
        self.settle();
    }

    /// Takes an order on its way; it acts when a later record shows that it has arrived.
    ///
    /// Orders act in the order of their arrival, at the same moment in that of their submission. What
    /// changes, cancels or closes never goes past what was sent before it. New
    /// brackets that arrive together act in the order of symbol and id, so that it does not matter
    /// in which order instruments were looked at.
    pub fn submit(&mut self, order: &Order) {
        // At least a microsecond: an order never meets the record that it was decided on.
        let mut arrives = order.ct + self.rules.latency_us.max(1);
        // What is sent later arrives later. A flatten that time or a person brought about can have an
        // earlier `ct` than an entry on its way, whose bar ends ahead of the records: if it went past
        // the entry, nobody would close what fills then.
        if order.op != OrderOp::New {
            arrives = self.underway.back().map_or(arrives, |last| arrives.max(last.arrives));
        }
        let mut at = self.underway.partition_point(|other| other.arrives <= arrives);
        if order.op == OrderOp::New {
            let is_later = |other: &Underway| {
                other.arrives == arrives
                    && other.order.op == OrderOp::New
                    && (other.order.sym, &other.order.id) > (order.sym, &order.id)
            };
            while at > 0 && is_later(&self.underway[at - 1]) {
                at -= 1;
            }
        }
        self.underway.insert(at, Underway { arrives, order: order.clone() });
    }

    /// Folds a market record of the product or a clock. `Some(stamp)`: it drove the exchange, and
    /// facts known up to that stamp can be taken; `None`: it is none of its business, or it is not
    /// believed (see [`Exchange::ignored`]).
    ///
    /// # Errors
    /// The calendar does not cover the stamp.
    #[inline]
    pub fn on_record(&mut self, record: &Record) -> Result<Option<i64>, CalendarError> {
        (self.believed, self.stepped_back) = (true, false);
        let (ts, believed) = match record {
            Record::Trade(trade) if trade.counts() && self.select(trade.sym) => {
                (trade.ts, self.believes_trade(trade)?)
            }
            Record::Quote(quote) if !record.is_late() && self.select(quote.sym) => {
                (quote.ts, self.believes_quote(quote)?)
            }
            Record::Bar(bar) if bar.by.is_none() && !record.is_late() && self.select(bar.sym) => {
                (bar.ts, self.believes_bar(bar)?)
            }
            Record::Depth(depth) if !record.is_late() && self.select(depth.sym) => {
                (depth.ts, self.believes_depth(depth.ts)?)
            }
            Record::Clock(clock) if clock.sym == Sym::NONE || self.listings.drives(&clock.sym) => {
                (clock.ts, self.believes_time(clock.ts))
            }
            Record::Status(status) if status.by.is_none() => {
                self.on_status(status)?;
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.believed = believed;
        if believed {
            self.keep_time(ts);
            self.believed = self.fold(record)?;
        }
        Ok(self.believed.then_some(self.now))
    }

    /// What a record that is believed does; `false` if it is not to be believed after all.
    #[inline]
    fn fold(&mut self, record: &Record) -> Result<bool, CalendarError> {
        match record {
            Record::Trade(trade) => return self.on_trade(trade),
            Record::Quote(quote) => self.on_quote(quote)?,
            Record::Bar(bar) => self.on_bar(bar)?,
            Record::Depth(depth) => self.on_depth(depth)?,
            Record::Clock(clock) => self.arrivals(clock.ts)?,
            _ => {}
        }
        Ok(true)
    }

    /// The next fact that is known at `ts` (microseconds UTC), oldest first.
    #[inline]
    pub fn next_known(&mut self, ts: i64) -> Option<Fact> {
        if self.facts.front()?.known() > ts {
            return None;
        }
        self.facts.pop_front()
    }

    /// Makes the tape of `sym` the recent one; `false` if it is another product's.
    #[inline]
    fn select(&mut self, sym: Sym) -> bool {
        if self.tapes.get(self.recent).is_some_and(|tape| tape.sym == sym) {
            return true;
        }
        sym != self.foreign && self.select_slowly(sym)
    }

    #[cold]
    fn select_slowly(&mut self, sym: Sym) -> bool {
        if !self.listings.drives(&sym) {
            self.foreign = sym;
            return false;
        }
        if let Some(at) = self.tapes.iter().position(|tape| tape.sym == sym) {
            self.recent = at;
            return true;
        }
        if self.tapes.len() == TAPES_MAX {
            let age = |tape: &Tape| {
                tape.last.map_or(i64::MIN, |(ts, _)| ts).max(tape.touch_ts.unwrap_or(i64::MIN))
            };
            if let Some(oldest) = (0..TAPES_MAX).min_by_key(|at| age(&self.tapes[*at])) {
                self.tapes.remove(oldest);
            }
        }
        self.tapes.push(Tape::new(sym));
        self.recent = self.tapes.len() - 1;
        true
    }

    pub(super) fn ticks(&self, px: Px) -> Option<Ticks> {
        self.listings.product().ticks(px).filter(|ticks| ticks.0 > 0)
    }
}
