//! What time brings about at the exchange: orders arrive, sessions and halts begin and end.

use crate::market::CalendarError;
use crate::market::PriceBand;
use crate::market::Sym;
use crate::matching::Exchange;
use crate::matching::Fact;
use crate::matching::Tape;
use crate::matching::bracket::Bracket;
use crate::matching::view::Touch;
use crate::matching::view::View;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::TimeInForce;

/// Ids of brackets that are over remembered at once.
const OVER_MAX: usize = 256;

impl Exchange {
    /// A feed tells that trading is halted, or that it goes on. It does not move the time of fills.
    pub(super) fn on_status(&mut self, status: &Status) -> Result<(), CalendarError> {
        let ours = status.sym == Sym::NONE || self.listings.drives(&status.sym);
        let ours = ours && matches!(status.state, StatusState::Halt | StatusState::Up);
        if ours && self.would_believe_time(status.ts) {
            self.arrivals(status.ts)?;
            self.halts.on_status(status.sym, status.state, status.ts);
        }
        Ok(())
    }

    /// Everything that time alone brings about up to `ts`: orders arrive, the session ends.
    pub(super) fn arrivals(&mut self, ts: i64) -> Result<(), CalendarError> {
        if self.is_quiet() {
            return Ok(());
        }
        loop {
            let close = self.close_time(ts)?;
            let expires = self.brackets.iter().filter_map(Bracket::expires).min();
            let expires = expires.filter(|expires| *expires <= ts && *expires < close);
            let arrives = self.underway.front().map(|next| next.arrives);
            if let Some(expires) = expires.filter(|at| arrives.is_none_or(|arrives| *at < arrives))
            {
                self.expire(expires);
                continue;
            }
            match arrives {
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
                    self.halts.end_session(close);
                    self.session = Some(self.calendar.session_at_or_after(close)?);
                }
                _ => return Ok(()),
            }
        }
    }

    /// What had to trade at once and did not until it expired is over, also where no market comes
    /// any more.
    fn expire(&mut self, at: i64) {
        for bracket in self.brackets.iter_mut().filter(|b| b.expires().is_some_and(|e| e <= at)) {
            bracket.end_entry(at, "expired", &mut self.happened);
        }
        self.settle();
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
                self.halts.end_session(session.open);
                self.session = Some(session);
                Ok(close)
            }
        }
    }

    /// Whether the market of `sym` trades at `ts` (microseconds UTC): inside the session, and not
    /// halted by the calendar or by a feed's word.
    pub(super) fn trades(&self, sym: &Sym, ts: i64) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_open(ts))
            && !self.halts.cover(sym, ts)
    }

    /// The market of `sym` as it was before the record at hand, at `ts` (microseconds UTC).
    pub(super) fn view(&self, sym: &Sym, ts: i64) -> View {
        let tape = self.tape(sym);
        let band = tape.map_or(PriceBand::OPEN, |tape| tape.band(ts));
        let quote = tape.filter(|tape| tape.is_quoted(ts)).and_then(|tape| tape.quote);
        let touch = |px, size| self.ticks(px).map(|px| Touch { px, size });
        let (bid, ask) = match quote.and_then(|quote| Some((quote, quote.touch()?))) {
            Some((quote, (bid, ask))) => (touch(bid, quote.bsz), touch(ask, quote.asz)),
            None => (None, None),
        };
        let last = tape.and_then(Tape::price).and_then(|px| self.ticks(px));
        let fresh = tape.and_then(|tape| tape.fresh(ts)).and_then(|px| self.ticks(px));
        View { rules: self.rules, band, bid, ask, last, fresh }
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
        self.arrived += 1;
        match self.bracket_of(order, at) {
            Ok(mut bracket) => {
                bracket.arrive(at, &mut self.happened);
                self.brackets.push(bracket);
            }
            Err(reason) => self.refuse(order, at, Leg::Entry, reason),
        }
    }

    fn bracket_of(&self, order: &Order, at: i64) -> Result<Bracket, &'static str> {
        if !self.session.as_ref().is_some_and(|session| session.contains(at)) {
            return Err("session_closed");
        }
        let known = self.brackets.iter().any(|b| b.id == order.id);
        if known || self.over.contains(&order.id) {
            return Err("duplicate");
        }
        let listing = self.listings.find(&order.sym).ok_or("unknown_symbol")?;
        // What must trade at once cannot while the market is reserved; what may rest can wait.
        let at_once = order.tif == TimeInForce::Ioc || order.kind == OrderType::Market;
        if at_once && !self.trades(&listing.market, at) {
            return Err("halted");
        }
        let every = self.rules.reject_every;
        if every > 0 && self.arrived.is_multiple_of(every) {
            return Err("scripted");
        }
        let band = self.view(&listing.market, at).band;
        Bracket::new(order, listing, band)
    }

    fn change(&mut self, order: &Order, at: i64) {
        let target = order.reference.as_deref();
        let Some(index) = self.brackets.iter().position(|b| Some(b.id.as_str()) == target) else {
            let was = target.is_some_and(|target| self.over.iter().any(|id| id == target));
            let reason = if was { "too_late" } else { "unknown_order" };
            self.refuse(order, at, Leg::Entry, reason);
            return;
        };
        if order.op == OrderOp::Amend {
            let view = self.view(&self.brackets[index].listing.market, at);
            let done = self.brackets[index].amend(order, at, &view, &mut self.happened);
            if let Err(reason) = done {
                self.refuse(order, at, Leg::Entry, reason);
            }
        } else if self.brackets[index].is_entering() {
            let reason = order.reason.as_deref().unwrap_or("cancel");
            self.brackets[index].end_entry(at, reason, &mut self.happened);
        } else {
            self.refuse(order, at, Leg::Entry, "too_late");
        }
    }

    fn flatten(&mut self, order: &Order, at: i64) {
        let target = order.reference.as_deref();
        let mut any = false;
        for index in 0..self.brackets.len() {
            if target.is_none_or(|target| self.brackets[index].id == target) {
                any = true;
                let view = self.view(&self.brackets[index].listing.market, at);
                self.brackets[index].close(order, at, &view, &mut self.happened);
            }
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
    pub(super) fn settle(&mut self) {
        if self.happened.is_empty() {
            return;
        }
        for (at, fact) in self.happened.drain(..) {
            self.last_xts = self.last_xts.max(at);
            let known = self.last_xts + self.rules.response_us;
            self.facts.push_back(fact.stamped(self.last_xts, known));
        }
        let over = &mut self.over;
        self.brackets.retain_mut(|bracket| {
            if !bracket.is_over() {
                return true;
            }
            if over.len() == OVER_MAX {
                over.pop_front();
            }
            over.push_back(std::mem::take(&mut bracket.id));
            false
        });
    }
}
