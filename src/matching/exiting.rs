//! How a bracket's open contracts meet the market: stop, closing order, targets.

use crate::market::Side;
use crate::market::Ticks;
use crate::matching::Fact;
use crate::matching::bracket::Bracket;
use crate::matching::bracket::Closing;
use crate::matching::entering::show;
use crate::matching::price::Slice;
use crate::matching::price::Supply;
use crate::matching::price::stop_fill;
use crate::matching::view::Candle;
use crate::matching::view::Happened;
use crate::matching::view::Print;
use crate::matching::view::Touch;
use crate::matching::view::View;
use crate::wire::Leg;
use crate::wire::OrderType;

impl Bracket {
    /// A trade of the market. `volume` is what of the print is not spent yet.
    pub(super) fn on_trade(
        &mut self,
        print: &Print,
        view: &View,
        volume: &mut u64,
        out: &mut Happened,
    ) {
        if self.open > 0 {
            self.exit_on_trade(print, view, volume, out);
        }
        if self.entry.left > 0 && self.entry.since <= print.ts {
            self.enter_on_trade(print, view, volume, out);
        }
    }

    fn exit_on_trade(&mut self, print: &Print, view: &View, volume: &mut u64, out: &mut Happened) {
        let sign = self.side.sign();
        if !self.is_triggered() && sign * (print.px.0 - self.stop.0) <= 0 {
            self.trigger(print, view, out);
            return;
        }
        if self.closing.is_some() {
            self.close_on_trade(print, view, out);
            return;
        }
        let mut at = 0;
        while at < self.targets.len() {
            let target = &mut self.targets[at];
            let beyond = sign * (print.px.0 - target.px.0);
            let qty = match beyond {
                1.. => target.queue.traded_through(),
                0 if view.rules.queue => target.queue.traded_at(volume),
                _ => 0,
            };
            let (px, left) = (target.px, target.queue.left());
            if left == 0 {
                self.targets.remove(at);
            } else {
                at += 1;
            }
            if qty > 0 {
                self.exit(print.ts, Leg::Target, Slice { px, qty }, out);
            }
        }
    }

    /// The stop becomes a market order with protection, counted from the print that triggered it.
    /// What cannot fill there rests and is priced anew like a flatten.
    fn trigger(&mut self, print: &Print, view: &View, out: &mut Happened) {
        let side = self.side.opposite();
        let touch = view.opposite(side);
        let px = stop_fill(side, self.stop, print.px, touch.map(|t| t.px), view.rules.slip);
        let cap = view.cap_from(side, print.px);
        // Without quotes nobody tells how much there is.
        let size = touch.map_or(self.open, |touch| touch.size);
        self.leave(print.ts, Leg::Stop, &mut Supply::new(px, size), Some(cap), out);
        if self.open == 0 {
            return;
        }
        self.end_targets(print.ts, "oco", out);
        if self.is_flattening() {
            let all = self.open;
            out.push((print.ts, Fact::cancel(&self.id, self.sym, Leg::Flatten, all, "oco")));
        }
        let reprice_at = print.ts + view.rules.reprice_us;
        let (leg, decided, cap) = (Leg::Stop, print.ts, Some(cap));
        let since = decided;
        self.closing = Some(Closing { leg, decided, since, cap, reprice_at });
    }

    fn close_on_trade(&mut self, print: &Print, view: &View, out: &mut Happened) {
        let (sign, side) = (self.side.sign(), self.side.opposite());
        let Some((leg, cap)) = self.reprice(print.ts, print.px, view) else { return };
        let qty = self.open;
        match view.opposite(side) {
            // Nobody quotes: the next trade, one tick worse.
            None => {
                let px = Ticks(print.px.0 - sign);
                if sign * (px.0 - cap.0) >= 0 {
                    self.exit(print.ts, leg, Slice { px, qty }, out);
                }
            }
            // It rests beyond the touch, and a trade went through it.
            Some(touch) if sign * (touch.px.0 - cap.0) < 0 && sign * (print.px.0 - cap.0) > 0 => {
                self.exit(print.ts, leg, Slice { px: cap, qty }, out);
            }
            Some(_) => {}
        }
    }

    /// The closing order's leg and worst price at `ts`, counted anew when it is time.
    fn reprice(&mut self, ts: i64, px: Ticks, view: &View) -> Option<(Leg, Ticks)> {
        let side = self.side.opposite();
        let closing = self.closing.as_mut().filter(|closing| closing.since <= ts)?;
        if closing.cap.is_none() || ts >= closing.reprice_at {
            closing.cap = Some(view.cap(side, px));
            let late = (ts - closing.reprice_at).max(0) / view.rules.reprice_us + 1;
            closing.reprice_at += late * view.rules.reprice_us;
        }
        Some((closing.leg, closing.cap?))
    }

    /// A quote of the market with both sides; the supplies are what of it is not spent yet.
    pub(super) fn on_quote(
        &mut self,
        ts: i64,
        (bid, ask): (Touch, Touch),
        supplies: &mut (Supply, Supply),
        view: &View,
        out: &mut Happened,
    ) {
        if self.open > 0 {
            let sell = self.side == Side::Buy;
            let own = if sell { ask } else { bid };
            let supply = if sell { &mut supplies.0 } else { &mut supplies.1 };
            if let Some((leg, cap)) = self.reprice(ts, supply.touch(), view) {
                self.leave(ts, leg, supply, Some(cap), out);
            }
            for target in &mut self.targets {
                show(&mut target.queue, target.px, own, -self.side.sign());
            }
        }
        if self.entry.left > 0 && self.entry.since <= ts {
            let buy = self.side == Side::Buy;
            let own = if buy { bid } else { ask };
            let supply = if buy { &mut supplies.1 } else { &mut supplies.0 };
            self.enter_on_quote(ts, own, supply, view, out);
        }
    }

    /// The size now displayed at a price of the book, on the side where `side` orders rest.
    pub(super) fn on_depth(&mut self, side: Side, px: Ticks, size: u64) {
        if side == self.side {
            if let Some(queue) = self.entry.resting.as_mut().filter(|_| self.entry.px == Some(px)) {
                queue.displayed(size);
            }
        } else {
            for target in self.targets.iter_mut().filter(|target| target.px == px) {
                target.queue.displayed(size);
            }
        }
    }

    /// A bar: closing and entry at its open, then the stop, then the targets.
    pub(super) fn on_bar(&mut self, bar: &Candle, view: &View, out: &mut Happened) {
        let sign = self.side.sign();
        let carried = self.open > 0;
        if let Some(closing) = self.closing.as_ref().filter(|c| carried && c.decided <= bar.start) {
            let (leg, px) = (closing.leg, Ticks(bar.open.0 - sign));
            if view.band.has(px) {
                self.exit(bar.start, leg, Slice { px, qty: self.open }, out);
                return;
            }
        }
        if self.entry.left > 0 && self.entry.decided <= bar.start {
            self.enter_on_bar(bar, view, out);
        }
        if self.open == 0 || self.is_triggered() {
            return;
        }
        let (adverse, favourable) =
            if self.side == Side::Buy { (bar.low, bar.high) } else { (bar.high, bar.low) };
        if sign * (adverse.0 - self.stop.0) <= 0 {
            // An open beyond the stop is a gap, for what was carried into the bar and for what entered at
            // its open. A stop entry can only have been triggered after it.
            let gaps = carried || self.entry.kind != OrderType::Stop;
            let seen = if gaps { bar.open } else { self.stop };
            let px = stop_fill(self.side.opposite(), self.stop, seen, None, view.rules.slip);
            self.exit(bar.end, Leg::Stop, Slice { px: view.band.clamp(px), qty: self.open }, out);
            return;
        }
        while let Some(target) =
            self.targets.first_mut().filter(|t| sign * (favourable.0 - t.px.0) > 0)
        {
            let slice = Slice { px: target.px, qty: target.queue.traded_through() };
            self.targets.remove(0);
            self.exit(bar.end, Leg::Target, slice, out);
        }
    }

    fn leave(
        &mut self,
        ts: i64,
        leg: Leg,
        supply: &mut Supply,
        cap: Option<Ticks>,
        out: &mut Happened,
    ) {
        while let Some(slice) = supply.take(self.side.opposite(), self.open, cap) {
            self.exit(ts, leg, slice, out);
        }
    }
}
