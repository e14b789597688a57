//! What a market record does to the brackets at work.

use crate::market::CalendarError;
use crate::market::Side;
use crate::matching::Exchange;
use crate::matching::believing::start_of;
use crate::matching::price::Supply;
use crate::matching::view::Candle;
use crate::matching::view::Print;
use crate::matching::view::Touch;
use crate::wire::Bar;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::Quote;
use crate::wire::Trade;

impl Exchange {
    /// `false`: the print is not believed, because it is beyond every price limit.
    #[inline]
    pub(super) fn on_trade(&mut self, trade: &Trade) -> Result<bool, CalendarError> {
        if trade.ts >= self.tapes[self.recent].turn_at {
            self.turn_tape(trade.ts)?;
        }
        let tape = &mut self.tapes[self.recent];
        if !tape.is_inside(trade.px) && !tape.prove(trade.px, self.listings.product()) {
            self.ignored.suspect += 1;
            return Ok(false);
        }
        if !self.is_quiet() {
            self.arrivals(trade.ts)?;
            self.match_trade(trade);
        }
        self.tapes[self.recent].on_trade(trade);
        Ok(true)
    }

    #[cold]
    fn turn_tape(&mut self, ts: i64) -> Result<(), CalendarError> {
        let tape = &mut self.tapes[self.recent];
        match self.rules.limits {
            Some(pct) => tape.turn(ts, pct, &self.calendar, self.listings.product()),
            None => {
                tape.turn_at = i64::MAX;
                Ok(())
            }
        }
    }

    fn match_trade(&mut self, trade: &Trade) {
        let Some(px) = self.ticks(trade.px) else { return };
        if !self.trades(&trade.sym, trade.ts) {
            return;
        }
        let view = self.view(&trade.sym, trade.ts);
        let print = Print { ts: trade.ts, px };
        let mut volume = trade.sz;
        for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == trade.sym) {
            bracket.on_trade(&print, &view, &mut volume, &mut self.happened);
        }
        self.settle();
    }

    #[inline]
    pub(super) fn on_quote(&mut self, quote: &Quote) -> Result<(), CalendarError> {
        if !self.is_quiet() {
            self.arrivals(quote.ts)?;
            self.match_quote(quote);
        }
        // What is shown during a halt is no market.
        if !self.halts.cover(&quote.sym, quote.ts) {
            self.tapes[self.recent].on_quote(quote);
        }
        Ok(())
    }

    fn match_quote(&mut self, quote: &Quote) {
        let Some((bid, ask)) = quote.touch() else { return };
        let Some((bid, ask)) = self.ticks(bid).zip(self.ticks(ask)) else { return };
        if !self.trades(&quote.sym, quote.ts) {
            return;
        }
        let view = self.view(&quote.sym, quote.ts);
        let touches = (Touch { px: bid, size: quote.bsz }, Touch { px: ask, size: quote.asz });
        let fresh = (Supply::new(bid, quote.bsz), Supply::new(ask, quote.asz));
        // The micro has a book of its own, for which this one stands in.
        let (mut own, mut micro) = (fresh, fresh);
        for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == quote.sym) {
            let supplies = if bracket.sym == quote.sym { &mut own } else { &mut micro };
            bracket.on_quote(quote.ts, touches, supplies, &view, &mut self.happened);
        }
        self.settle();
    }

    pub(super) fn on_depth(&mut self, depth: &Depth) -> Result<(), CalendarError> {
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

    /// A bar of a source: on a tape that has no trades it fills orders.
    pub(super) fn on_bar(&mut self, bar: &Bar) -> Result<(), CalendarError> {
        if self.tapes[self.recent].last.is_some() {
            return self.arrivals(bar.ts);
        }
        let start = start_of(bar);
        if start >= self.tapes[self.recent].turn_at {
            self.turn_tape(start)?;
        }
        if !self.is_quiet() {
            // The open is the first price after a decision taken at the end of the bar before:
            // latency is part of the tick by which the fill is worse.
            self.arrivals(start + self.rules.latency_us.max(1))?;
            self.match_bar(bar, start);
            self.arrivals(bar.ts)?;
        }
        self.tapes[self.recent].bar_close = Some(bar.c);
        Ok(())
    }

    fn match_bar(&mut self, bar: &Bar, start: i64) {
        let prices = [bar.o, bar.h, bar.l].map(|px| self.ticks(px));
        let [Some(open), Some(high), Some(low)] = prices else { return };
        if !self.trades(&bar.sym, bar.ts - 1) {
            return;
        }
        let view = self.view(&bar.sym, start);
        let candle = Candle { start, end: bar.ts, open, high, low };
        for bracket in self.brackets.iter_mut().filter(|b| b.listing.market == bar.sym) {
            bracket.on_bar(&candle, &view, &mut self.happened);
        }
        self.settle();
    }
}
