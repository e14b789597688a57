//! How a bracket's entry meets the market.

use crate::market::Side;
use crate::market::Ticks;
use crate::matching::QueuePosition;
use crate::matching::bracket::Bracket;
use crate::matching::price::Slice;
use crate::matching::price::Supply;
use crate::matching::price::stop_fill;
use crate::matching::view::Candle;
use crate::matching::view::Happened;
use crate::matching::view::Print;
use crate::matching::view::Touch;
use crate::matching::view::View;
use crate::wire::OrderType;
use crate::wire::TimeInForce;

impl Bracket {
    pub(super) fn enter_on_trade(
        &mut self,
        print: &Print,
        view: &View,
        volume: &mut u64,
        out: &mut Happened,
    ) {
        let sign = self.side.sign();
        let touch = view.opposite(self.side);
        let qty = self.entry.left;
        match (self.entry.kind, self.entry.px) {
            (OrderType::Market, _) | (_, None) => {
                if touch.is_none() {
                    let cap = view.cap(self.side, print.px);
                    let px = Ticks(print.px.0 + sign);
                    if sign * (px.0 - cap.0) <= 0 {
                        self.enter(print.ts, Slice { px, qty }, out);
                    }
                    self.rest_at(cap, print.ts, out);
                }
            }
            (OrderType::Stop, Some(trigger)) => {
                if sign * (print.px.0 - trigger.0) >= 0 {
                    let seen = touch.map(|t| t.px);
                    let px = stop_fill(self.side, trigger, print.px, seen, view.rules.slip);
                    let cap = view.cap_from(self.side, print.px);
                    // Without quotes nobody tells how much there is.
                    let size = touch.map_or(qty, |touch| touch.size);
                    self.take(print.ts, &mut Supply::new(px, size), Some(cap), out);
                    self.rest_at(cap, print.ts, out);
                }
            }
            (OrderType::Limit, Some(limit)) if self.entry.tif == TimeInForce::Ioc => {
                if self.is_stale(print.ts) {
                    self.end_entry(print.ts, "expired", out);
                } else if touch.is_none() {
                    let px = Ticks(print.px.0 + sign);
                    if sign * (px.0 - limit.0) <= 0 {
                        self.enter(print.ts, Slice { px, qty }, out);
                    }
                    self.end_entry(print.ts, "ioc", out);
                }
            }
            (OrderType::Limit, Some(limit)) => {
                let queue = self.entry.resting.get_or_insert(QueuePosition::new(qty, None));
                let filled = match sign * (print.px.0 - limit.0) {
                    ..0 => queue.traded_through(),
                    0 if view.rules.queue => queue.traded_at(volume),
                    _ => 0,
                };
                if filled > 0 {
                    self.enter(print.ts, Slice { px: limit, qty: filled }, out);
                }
            }
        }
    }

    pub(super) fn enter_on_quote(
        &mut self,
        ts: i64,
        own: Touch,
        supply: &mut Supply,
        view: &View,
        out: &mut Happened,
    ) {
        let ioc = self.entry.tif == TimeInForce::Ioc;
        if ioc && self.is_stale(ts) {
            self.end_entry(ts, "expired", out);
            return;
        }
        let limit = match (self.entry.kind, self.entry.px) {
            (OrderType::Stop, _) => return,
            (OrderType::Limit, Some(limit)) => limit,
            (OrderType::Market | OrderType::Limit, _) => {
                let cap = view.cap(self.side, supply.touch());
                self.take(ts, supply, Some(cap), out);
                self.rest_at(cap, ts, out);
                return;
            }
        };
        if let Some(queue) = &mut self.entry.resting {
            show(queue, limit, own, self.side.sign());
            return;
        }
        self.take(ts, supply, Some(limit), out);
        if self.entry.left == 0 {
            return;
        }
        if ioc {
            self.end_entry(ts, "ioc", out);
        } else {
            let mut queue = QueuePosition::new(self.entry.left, None);
            show(&mut queue, limit, own, self.side.sign());
            self.entry.resting = Some(queue);
        }
    }

    pub(super) fn enter_on_bar(&mut self, bar: &Candle, view: &View, out: &mut Happened) {
        let sign = self.side.sign();
        let qty = self.entry.left;
        let at_open = Ticks(bar.open.0 + sign);
        let far = if self.side == Side::Buy { bar.high } else { bar.low };
        let near = if self.side == Side::Buy { bar.low } else { bar.high };
        match (self.entry.kind, self.entry.px) {
            (OrderType::Market, _) | (_, None) => {
                self.enter(bar.start, Slice { px: at_open, qty }, out);
            }
            (OrderType::Stop, Some(trigger)) => {
                if sign * (far.0 - trigger.0) >= 0 {
                    let gap = sign * (bar.open.0 - trigger.0) > 0;
                    let seen = if gap { bar.open } else { trigger };
                    let px = stop_fill(self.side, trigger, seen, None, view.rules.slip);
                    self.enter(bar.start, Slice { px, qty }, out);
                }
            }
            (OrderType::Limit, Some(limit)) if sign * (at_open.0 - limit.0) <= 0 => {
                if self.entry.tif == TimeInForce::Ioc && self.is_stale(bar.start) {
                    self.end_entry(bar.start, "expired", out);
                } else {
                    self.enter(bar.start, Slice { px: at_open, qty }, out);
                }
            }
            (OrderType::Limit, Some(limit)) => {
                if self.entry.tif == TimeInForce::Ioc {
                    self.end_entry(bar.start, "ioc", out);
                } else if sign * (near.0 - limit.0) < 0 {
                    self.enter(bar.start, Slice { px: limit, qty }, out);
                }
            }
        }
    }

    fn take(&mut self, ts: i64, supply: &mut Supply, limit: Option<Ticks>, out: &mut Happened) {
        while let Some(slice) = supply.take(self.side, self.entry.left, limit) {
            self.enter(ts, slice, out);
        }
    }

    /// What a market order left unfilled rests at the end of its protected range.
    fn rest_at(&mut self, cap: Ticks, ts: i64, out: &mut Happened) {
        if self.entry.left == 0 {
            return;
        }
        if self.entry.tif == TimeInForce::Ioc {
            self.end_entry(ts, "ioc", out);
            return;
        }
        self.entry.kind = OrderType::Limit;
        self.entry.px = Some(cap);
        self.ack(ts, crate::wire::Leg::Entry, self.side, self.entry.left, Some(cap), out);
    }

    fn is_stale(&self, ts: i64) -> bool {
        ts >= self.entry.expires
    }
}

/// Tells a resting order on the side with `sign` what the own touch displays at its price.
pub(super) fn show(queue: &mut QueuePosition, px: Ticks, own: Touch, sign: i64) {
    match sign * (px.0 - own.px.0) {
        0 => queue.displayed(own.size),
        // Better than the best price displayed: nobody is ahead.
        1.. => queue.displayed(0),
        _ => {}
    }
}
