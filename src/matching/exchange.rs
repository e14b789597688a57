//! The simulated exchange: orders on their way, brackets at work, facts on their way back.

use crate::config::Config;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Px;
use crate::market::Session;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::matching::Fact;
use crate::matching::Listings;
use crate::matching::Tape;
use crate::matching::WorkingLeg;
use crate::matching::bracket::Bracket;
use crate::matching::bracket::Candle;
use crate::matching::bracket::Happened;
use crate::matching::bracket::Print;
use crate::matching::bracket::Touch;
use crate::wire::Bar;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Trade;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// Contracts of the product whose market is remembered at once; the one silent longest goes first.
const TAPES_MAX: usize = 16;

/// An order on its way to the exchange.
#[derive(Debug)]
struct Underway {
    arrives: i64,
    order: Order,
}

/// A deterministic exchange for one product, driven by its market records and by clocks alone.
///
/// An order decided at `ct` is there `fills.latency_ms` later, and never meets a record that was
/// part of its own decision; what happens at `xts` is known `fills.latency_ms` after that. The rules
/// of filling are QUANT 7.1 and stand in `docs/execution.md`.
#[derive(Debug)]
pub struct Exchange {
    listings: Listings,
    calendar: Calendar,
    latency_us: i64,
    slip: Ticks,
    session: Option<Session>,
    tapes: Vec<Tape>,
    /// The tape that the last record belonged to.
    recent: usize,
    /// A symbol known to be another product's.
    foreign: Sym,
    underway: VecDeque<Underway>,
    brackets: Vec<Bracket>,
    facts: VecDeque<Fact>,
    happened: Happened,
    last_xts: i64,
    now: i64,
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
        Ok(Self {
            listings,
            calendar,
            latency_us: config.fills.latency_ms.max(0) * 1000,
            slip: Ticks(config.fills.stop_slip_ticks.max(1)),
            session: None,
            tapes: Vec::new(),
            recent: 0,
            foreign: Sym::NONE,
            underway: VecDeque::new(),
            brackets: Vec::new(),
            facts: VecDeque::new(),
            happened: Vec::new(),
            last_xts: i64::MIN,
            now: i64::MIN,
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
    pub fn submit(&mut self, order: &Order) {
        // At least a microsecond: an order never meets the record that it was decided on.
        let arrives = order.ct + self.latency_us.max(1);
        let after = self.underway.partition_point(|other| other.arrives <= arrives);
        self.underway.insert(after, Underway { arrives, order: order.clone() });
    }

    /// Folds a market record of the product or a clock. `Some(stamp)`: it drove the exchange, and
    /// facts known up to that stamp can be taken; `None`: it is none of its business.
    ///
    /// # Errors
    /// The calendar does not cover the stamp.
    #[inline]
    pub fn on_record(&mut self, record: &Record) -> Result<Option<i64>, CalendarError> {
        let ts = match record {
            Record::Trade(trade) if trade.counts() && self.select(trade.sym, trade.ts) => {
                self.on_trade(trade)?;
                trade.ts
            }
            Record::Quote(quote) if !record.is_late() && self.select(quote.sym, quote.ts) => {
                self.on_quote(quote)?;
                quote.ts
            }
            Record::Bar(bar)
                if bar.by.is_none() && !record.is_late() && self.select(bar.sym, bar.ts) =>
            {
                self.on_bar(bar)?;
                bar.ts
            }
            Record::Depth(depth) if !record.is_late() && self.select(depth.sym, depth.ts) => {
                self.on_depth(depth)?;
                depth.ts
            }
            Record::Clock(clock) if clock.sym == Sym::NONE || self.listings.drives(&clock.sym) => {
                self.arrivals(clock.ts)?;
                clock.ts
            }
            _ => return Ok(None),
        };
        self.now = self.now.max(ts);
        Ok(Some(self.now))
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
    fn select(&mut self, sym: Sym, ts: i64) -> bool {
        if self.tapes.get(self.recent).is_some_and(|tape| tape.sym == sym) {
            return true;
        }
        sym != self.foreign && self.select_slowly(sym, ts)
    }

    #[cold]
    fn select_slowly(&mut self, sym: Sym, _ts: i64) -> bool {
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

    #[inline]
    fn on_trade(&mut self, trade: &Trade) -> Result<(), CalendarError> {
        if !self.is_quiet() {
            self.arrivals(trade.ts)?;
            self.match_trade(trade);
        }
        self.tapes[self.recent].on_trade(trade);
        Ok(())
    }

    fn match_trade(&mut self, trade: &Trade) {
        let Some(px) = self.ticks(trade.px) else { return };
        let tape = &self.tapes[self.recent];
        let touch = |side| {
            let (px, size) = tape.opposite(side, trade.ts)?;
            self.ticks(px).map(|px| Touch { px, size })
        };
        let (ask, bid) = (touch(Side::Buy), touch(Side::Sell));
        let print = Print { ts: trade.ts, px, bid, ask, slip: self.slip };
        let mut volume = trade.sz;
        for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == trade.sym) {
            bracket.on_trade(&print, &mut volume, &mut self.happened);
        }
        self.settle();
    }

    #[inline]
    fn on_quote(&mut self, quote: &Quote) -> Result<(), CalendarError> {
        if !self.is_quiet() {
            self.arrivals(quote.ts)?;
            self.match_quote(quote);
        }
        self.tapes[self.recent].on_quote(quote);
        Ok(())
    }

    fn match_quote(&mut self, quote: &Quote) {
        let Some((bid, ask)) = quote.touch() else { return };
        let Some((bid, ask)) = self.ticks(bid).zip(self.ticks(ask)) else { return };
        let (bid, ask) = (Touch { px: bid, size: quote.bsz }, Touch { px: ask, size: quote.asz });
        for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == quote.sym) {
            bracket.on_quote(quote.ts, bid, ask, &mut self.happened);
        }
        self.settle();
    }

    fn on_depth(&mut self, depth: &Depth) -> Result<(), CalendarError> {
        if self.is_quiet() {
            return Ok(());
        }
        self.arrivals(depth.ts)?;
        let (Some(side), Some(px), Some(size)) = (depth.bs, depth.px, depth.sz) else {
            return Ok(());
        };
        let Some(px) = self.ticks(px) else { return Ok(()) };
        let side = if side == BookSide::Bid { Side::Buy } else { Side::Sell };
        for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == depth.sym) {
            bracket.on_depth(side, px, size);
        }
        Ok(())
    }

    /// A bar of a source, on a tape that has no trades.
    fn on_bar(&mut self, bar: &Bar) -> Result<(), CalendarError> {
        if self.is_quiet() {
            return Ok(());
        }
        if self.tapes[self.recent].last.is_some() {
            return self.arrivals(bar.ts);
        }
        let start = bar.ts - i64::from(bar.dur) * 1_000_000;
        // The open is the first price after a decision taken at the end of the bar before: latency
        // is part of the tick by which the fill is worse.
        self.arrivals(start + self.latency_us.max(1))?;
        let prices = [bar.o, bar.h, bar.l].map(|px| self.ticks(px));
        if let [Some(open), Some(high), Some(low)] = prices {
            let candle = Candle { start, end: bar.ts, open, high, low, slip: self.slip };
            for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == bar.sym) {
                bracket.on_bar(&candle, &mut self.happened);
            }
            self.settle();
        }
        self.arrivals(bar.ts)
    }

    /// Everything that time alone brings about up to `ts`: orders arrive, the session ends.
    fn arrivals(&mut self, ts: i64) -> Result<(), CalendarError> {
        if self.is_quiet() {
            return Ok(());
        }
        loop {
            let close = self.close_time(ts)?;
            match self.underway.front().map(|next| next.arrives) {
                Some(arrives) if arrives <= ts && arrives < close => {
                    if let Some(next) = self.underway.pop_front() {
                        self.arrive(&next.order, arrives);
                    }
                }
                _ if close <= ts => {
                    for bracket in &mut self.brackets {
                        bracket.end_session(close, &mut self.happened);
                    }
                    self.settle();
                    self.session = Some(self.calendar.session_at_or_after(close)?);
                }
                _ => return Ok(()),
            }
        }
    }

    /// The close of the session that the exchange is in; the first it hears of is that of `ts` or of
    /// the first order underway.
    fn close_time(&mut self, ts: i64) -> Result<i64, CalendarError> {
        let first = self.underway.front().map_or(ts, |next| next.arrives.min(ts));
        match &self.session {
            // Nothing was at work for a while: sessions that came and went do not matter.
            Some(session) if session.close > first || !self.brackets.is_empty() => {
                Ok(session.close)
            }
            _ => {
                let session = self.calendar.session_at_or_after(first)?;
                let close = session.close;
                self.session = Some(session);
                Ok(close)
            }
        }
    }

    fn arrive(&mut self, order: &Order, at: i64) {
        match order.op {
            OrderOp::New => self.open_bracket(order, at),
            OrderOp::Amend | OrderOp::Cancel => self.change(order, at),
            OrderOp::Flatten => self.flatten(order, at),
        }
        self.settle();
    }

    fn open_bracket(&mut self, order: &Order, at: i64) {
        let open = self.session.as_ref().is_some_and(|session| session.contains(at));
        let listing = self.listings.find(&order.sym).ok_or("unknown_symbol");
        let bracket = match listing {
            _ if !open => Err("session_closed"),
            _ if self.brackets.iter().any(|b| b.id == order.id) => Err("duplicate"),
            Ok(listing) => Bracket::new(order, listing),
            Err(reason) => Err(reason),
        };
        match bracket {
            Ok(mut bracket) => {
                bracket.arrive(at, &mut self.happened);
                self.brackets.push(bracket);
            }
            Err(reason) => self.refuse(order, at, Leg::Entry, reason),
        }
    }

    fn change(&mut self, order: &Order, at: i64) {
        let target = order.reference.as_deref();
        match self.brackets.iter_mut().find(|b| Some(b.id.as_str()) == target) {
            Some(bracket) if order.op == OrderOp::Amend => {
                bracket.amend(order, at, &mut self.happened);
            }
            Some(bracket) if bracket.is_entering() => {
                let reason = order.reason.as_deref().unwrap_or("cancel");
                bracket.end_entry(at, reason, &mut self.happened);
            }
            Some(_) => self.refuse(order, at, Leg::Entry, "too_late"),
            None => self.refuse(order, at, Leg::Entry, "unknown_order"),
        }
    }

    fn flatten(&mut self, order: &Order, at: i64) {
        let target = order.reference.as_deref();
        let mut any = false;
        for bracket in
            self.brackets.iter_mut().filter(|b| target.is_none_or(|target| b.id == target))
        {
            any = true;
            bracket.close(order, at, &mut self.happened);
        }
        if !any {
            let nothing = Fact::cancel(&order.id, order.sym, Leg::Flatten, 0, "flat");
            self.happened.push((at, nothing));
        }
    }

    fn refuse(&mut self, order: &Order, at: i64, leg: Leg, reason: &str) {
        self.happened.push((at, Fact::reject(&order.id, order.sym, leg, reason)));
    }

    /// Sends what happened on its way back and forgets brackets that are over.
    fn settle(&mut self) {
        if self.happened.is_empty() {
            return;
        }
        for (at, fact) in self.happened.drain(..) {
            self.last_xts = self.last_xts.max(at);
            self.facts.push_back(fact.stamped(self.last_xts, self.last_xts + self.latency_us));
        }
        self.brackets.retain(|bracket| !bracket.is_over());
    }

    fn ticks(&self, px: Px) -> Option<Ticks> {
        self.listings.product().ticks(px).filter(|ticks| ticks.0 > 0)
    }
}
