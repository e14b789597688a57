//! One bracket at the exchange: an entry, the protective stop and the targets that its fills
//! activate, and the closing order that may end it.

use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::matching::Fact;
use crate::matching::KeptBracket;
use crate::matching::Listing;
use crate::matching::QueuePosition;
use crate::matching::WorkingLeg;
use crate::matching::price::Slice;
use crate::matching::price::stop_fill;
use crate::matching::price::walk;
use crate::wire::Ack;
use crate::wire::By;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderType;
use crate::wire::TimeInForce;

/// Facts of the record at hand with their exchange stamps, before latency is added.
pub(super) type Happened = Vec<(i64, Fact)>;

/// A price and size on the other side of the book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub px: Ticks,
    pub size: u64,
}

/// A print with the touches that were in force when it came, where quotes speak for the market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    pub ts: i64,
    pub px: Ticks,
    pub bid: Option<Touch>,
    pub ask: Option<Touch>,
    pub slip: Ticks,
}

/// A bar on a tape without trades.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candle {
    pub start: i64,
    pub end: i64,
    pub open: Ticks,
    pub high: Ticks,
    pub low: Ticks,
    pub slip: Ticks,
}

#[derive(Debug)]
struct Entry {
    kind: OrderType,
    tif: TimeInForce,
    /// Limit or trigger.
    px: Option<Ticks>,
    expires: i64,
    /// Moment of the decision: a bar that starts before it cannot fill it.
    decided: i64,
    left: u64,
    /// Place in the queue once it rests.
    resting: Option<QueuePosition>,
}

#[derive(Debug)]
struct Target {
    px: Ticks,
    queue: QueuePosition,
}

#[derive(Debug)]
struct Closing {
    decided: i64,
}

/// A bracket that has arrived and is not over.
#[derive(Debug)]
pub(super) struct Bracket {
    pub id: String,
    pub sym: Sym,
    pub listing: Listing,
    side: Side,
    entry: Entry,
    /// Contracts of the open position.
    open: u64,
    stop: Ticks,
    /// Targets not yet activated: price and contracts meant for it.
    plan: Vec<(Ticks, u64)>,
    targets: Vec<Target>,
    closing: Option<Closing>,
    execs: [u32; 4],
}

impl Bracket {
    /// The bracket of an order that arrives; a reason code if the exchange refuses it.
    pub(super) fn new(order: &Order, listing: Listing) -> Result<Self, &'static str> {
        let tick = |px| listing.instrument.ticks(px).filter(|t| t.0 > 0).ok_or("off_tick");
        let sign = order.side.sign();
        if sign == 0 || order.qty == 0 {
            return Err("bad_order");
        }
        let px = order.px.map(tick).transpose()?;
        let stop = order.stop.map(tick).transpose()?.ok_or("no_stop")?;
        if px.is_none() && order.kind != OrderType::Market {
            return Err("no_price");
        }
        if px.is_some_and(|px| sign * (px.0 - stop.0) <= 0) {
            return Err("bad_stop");
        }
        let targets: Vec<Ticks> =
            order.targets.iter().map(|px| tick(*px)).collect::<Result<_, _>>()?;
        let plan = split(order.qty, &targets);
        Ok(Self {
            id: order.id.clone(),
            sym: order.sym,
            listing,
            side: order.side,
            entry: Entry {
                kind: order.kind,
                tif: order.tif,
                px,
                expires: order.expires,
                decided: order.ct,
                left: order.qty,
                resting: None,
            },
            open: 0,
            stop,
            plan,
            targets: Vec::new(),
            closing: None,
            execs: [0; 4],
        })
    }

    /// What a journal knows of a bracket, at work again; `None` if a price is off its grid.
    pub(super) fn restored(kept: &KeptBracket, listing: Listing) -> Option<Self> {
        let tick = |px: &Px| listing.instrument.ticks(*px).filter(|t| t.0 > 0);
        let stop = tick(&kept.stop)?;
        let mut left = kept.open;
        let mut targets = Vec::new();
        for (px, qty) in &kept.targets {
            let qty = left.min(*qty);
            left -= qty;
            if qty > 0 {
                targets.push(Target { px: tick(px)?, queue: QueuePosition::new(qty, None) });
            }
        }
        let mut bracket = Self::new(&kept.order, listing).ok()?;
        bracket.entry.left = 0;
        bracket.plan.clear();
        bracket.open = kept.open;
        bracket.stop = stop;
        bracket.targets = targets;
        let sign = bracket.side.sign();
        bracket.targets.sort_by_key(|target| sign * target.px.0);
        bracket.closing = kept.closing.map(|decided| Closing { decided });
        bracket.execs = kept.executions;
        Some(bracket)
    }

    /// What works again after a restoration at `at`: the stop, and the targets.
    pub(super) fn work_again(&self, at: i64, out: &mut Happened) {
        let side = self.side.opposite();
        self.ack(at, Leg::Stop, side, self.open, Some(self.stop), out);
        for target in &self.targets {
            self.ack(at, Leg::Target, side, target.queue.left(), Some(target.px), out);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.entry.left == 0 && self.open == 0
    }

    /// Signed contracts of the open position.
    pub(super) fn position(&self) -> i64 {
        self.side.sign() * self.open as i64
    }

    /// Whether the entry still works.
    pub(super) fn is_entering(&self) -> bool {
        self.entry.left > 0
    }

    /// Protective stop and the contracts it covers, while a position is open.
    pub(super) fn protection(&self) -> Option<(Ticks, u64)> {
        (self.open > 0).then_some((self.stop, self.open))
    }

    /// Its legs that work now.
    pub(super) fn working(&self) -> Vec<WorkingLeg> {
        let leg = |leg, side, qty, px: Option<Ticks>| {
            let px = px.map(|px| self.listing.instrument.px(px));
            WorkingLeg { order: self.id.clone(), sym: self.sym, leg, side, qty, px }
        };
        let mut legs = Vec::new();
        if self.entry.left > 0 {
            legs.push(leg(Leg::Entry, self.side, self.entry.left, self.entry.px));
        }
        if self.open > 0 {
            let side = self.side.opposite();
            legs.push(leg(Leg::Stop, side, self.open, Some(self.stop)));
            let targets = self.targets.iter();
            legs.extend(targets.map(|t| leg(Leg::Target, side, t.queue.left(), Some(t.px))));
            if self.closing.is_some() {
                legs.push(leg(Leg::Flatten, side, self.open, None));
            }
        }
        legs
    }

    /// The entry is at the exchange.
    pub(super) fn arrive(&mut self, at: i64, out: &mut Happened) {
        let (px, qty) = (self.entry.px, self.entry.left);
        self.ack(at, Leg::Entry, self.side, qty, px, out);
        if at >= self.entry.expires {
            self.end_entry(at, "expired", out);
        }
    }

    /// A trade of the market. `volume` is what of the print is not spent yet.
    pub(super) fn on_trade(&mut self, print: &Print, volume: &mut u64, out: &mut Happened) {
        if self.open > 0 {
            self.exit_on_trade(print, volume, out);
        }
        if self.entry.left > 0 {
            self.enter_on_trade(print, volume, out);
        }
    }

    fn exit_on_trade(&mut self, print: &Print, volume: &mut u64, out: &mut Happened) {
        let (sign, side) = (self.side.sign(), self.side.opposite());
        let touch = if side == Side::Buy { print.ask } else { print.bid };
        if sign * (print.px.0 - self.stop.0) <= 0 {
            let px = stop_fill(side, self.stop, print.px, touch.map(|t| t.px), print.slip);
            self.exit(print.ts, Leg::Stop, Slice { px, qty: self.open }, out);
            return;
        }
        if self.closing.is_some() {
            if touch.is_none() {
                let px = Ticks(print.px.0 - sign);
                self.exit(print.ts, Leg::Flatten, Slice { px, qty: self.open }, out);
            }
            return;
        }
        let mut at = 0;
        while at < self.targets.len() {
            let target = &mut self.targets[at];
            let beyond = sign * (print.px.0 - target.px.0);
            let qty = match beyond {
                1.. => target.queue.traded_through(),
                0 => target.queue.traded_at(volume),
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

    fn enter_on_trade(&mut self, print: &Print, volume: &mut u64, out: &mut Happened) {
        let sign = self.side.sign();
        let touch = if self.side == Side::Buy { print.ask } else { print.bid };
        let qty = self.entry.left;
        match (self.entry.kind, self.entry.px) {
            (OrderType::Market, _) | (_, None) => {
                if touch.is_none() {
                    self.enter(print.ts, Slice { px: Ticks(print.px.0 + sign), qty }, out);
                }
            }
            (OrderType::Stop, Some(trigger)) => {
                if sign * (print.px.0 - trigger.0) >= 0 {
                    let px =
                        stop_fill(self.side, trigger, print.px, touch.map(|t| t.px), print.slip);
                    self.enter(print.ts, Slice { px, qty }, out);
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
                    0 => queue.traded_at(volume),
                    _ => 0,
                };
                if filled > 0 {
                    self.enter(print.ts, Slice { px: limit, qty: filled }, out);
                }
            }
        }
    }

    /// A quote of the market with both sides.
    pub(super) fn on_quote(&mut self, ts: i64, bid: Touch, ask: Touch, out: &mut Happened) {
        if self.open > 0 {
            let sell = self.side == Side::Buy;
            let (own, opposite) = if sell { (ask, bid) } else { (bid, ask) };
            if self.closing.is_some() {
                let side = self.side.opposite();
                for slice in walk(side, self.open, opposite.px, opposite.size, None) {
                    self.exit(ts, Leg::Flatten, slice, out);
                }
            }
            for target in &mut self.targets {
                show(&mut target.queue, target.px, own, -self.side.sign());
            }
        }
        if self.entry.left > 0 {
            let (own, opposite) = if self.side == Side::Buy { (bid, ask) } else { (ask, bid) };
            self.enter_on_quote(ts, own, opposite, out);
        }
    }

    fn enter_on_quote(&mut self, ts: i64, own: Touch, opposite: Touch, out: &mut Happened) {
        let ioc = self.entry.tif == TimeInForce::Ioc;
        if ioc && self.is_stale(ts) {
            self.end_entry(ts, "expired", out);
            return;
        }
        let limit = self.entry.px;
        if self.entry.kind == OrderType::Stop {
            return;
        }
        if let (Some(queue), Some(limit)) = (&mut self.entry.resting, limit) {
            show(queue, limit, own, self.side.sign());
            return;
        }
        let limit = limit.filter(|_| self.entry.kind == OrderType::Limit);
        for slice in walk(self.side, self.entry.left, opposite.px, opposite.size, limit) {
            self.enter(ts, slice, out);
        }
        if self.entry.left == 0 {
            return;
        }
        if ioc {
            self.end_entry(ts, "ioc", out);
        } else if let Some(limit) = limit {
            let mut queue = QueuePosition::new(self.entry.left, None);
            show(&mut queue, limit, own, self.side.sign());
            self.entry.resting = Some(queue);
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
    pub(super) fn on_bar(&mut self, bar: &Candle, out: &mut Happened) {
        let sign = self.side.sign();
        let carried = self.open > 0;
        if carried && self.closing.as_ref().is_some_and(|closing| closing.decided <= bar.start) {
            let px = Ticks(bar.open.0 - sign);
            self.exit(bar.start, Leg::Flatten, Slice { px, qty: self.open }, out);
            return;
        }
        if self.entry.left > 0 && self.entry.decided <= bar.start {
            self.enter_on_bar(bar, out);
        }
        if self.open == 0 {
            return;
        }
        let (adverse, favourable) =
            if self.side == Side::Buy { (bar.low, bar.high) } else { (bar.high, bar.low) };
        if sign * (adverse.0 - self.stop.0) <= 0 {
            // A position carried into the bar may gap; one opened at its open met the stop inside.
            let seen = if carried { bar.open } else { self.stop };
            let px = stop_fill(self.side.opposite(), self.stop, seen, None, bar.slip);
            self.exit(bar.end, Leg::Stop, Slice { px, qty: self.open }, out);
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

    fn enter_on_bar(&mut self, bar: &Candle, out: &mut Happened) {
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
                    let px = stop_fill(self.side, trigger, seen, None, bar.slip);
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

    /// Moves the stop, and the targets where new ones are given.
    pub(super) fn amend(&mut self, order: &Order, at: i64, out: &mut Happened) {
        let grid = |px| self.listing.instrument.ticks(px).filter(|t| t.0 > 0);
        let stop = order.stop.and_then(grid);
        let targets: Vec<Ticks> = order.targets.iter().filter_map(|px| grid(*px)).collect();
        if let Some(stop) = stop {
            self.stop = stop;
            self.ack(at, Leg::Stop, self.side.opposite(), self.open, Some(stop), out);
        }
        if targets.is_empty() {
            return;
        }
        if self.open == 0 {
            self.plan = split(self.entry.left, &targets);
            return;
        }
        self.plan = split(self.entry.left, &targets);
        self.targets = split(self.open, &targets)
            .into_iter()
            .map(|(px, qty)| Target { px, queue: QueuePosition::new(qty, None) })
            .collect();
        for at_target in 0..self.targets.len() {
            let (px, qty) = (self.targets[at_target].px, self.targets[at_target].queue.left());
            self.ack(at, Leg::Target, self.side.opposite(), qty, Some(px), out);
        }
    }

    /// Cancels what of the entry has not filled; protection of a position stays.
    pub(super) fn end_entry(&mut self, at: i64, reason: &str, out: &mut Happened) {
        let qty = std::mem::take(&mut self.entry.left);
        self.entry.resting = None;
        if qty > 0 {
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Entry, qty, reason)));
        }
    }

    /// Session end: an entry for the day ends, protection stays.
    pub(super) fn end_session(&mut self, at: i64, out: &mut Happened) {
        if self.entry.tif != TimeInForce::Gtc {
            self.end_entry(at, "session_end", out);
        }
    }

    /// Ends the entry and the targets and closes the position at the next chance; the stop works on
    /// until that has happened.
    pub(super) fn close(&mut self, order: &Order, at: i64, out: &mut Happened) {
        let reason = order.reason.as_deref().unwrap_or("flatten");
        self.end_entry(at, reason, out);
        if self.open == 0 || self.closing.is_some() {
            return;
        }
        for target in std::mem::take(&mut self.targets) {
            let qty = target.queue.left();
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Target, qty, reason)));
        }
        self.closing = Some(Closing { decided: order.ct });
        self.ack(at, Leg::Flatten, self.side.opposite(), self.open, None, out);
    }

    fn is_stale(&self, ts: i64) -> bool {
        ts >= self.entry.expires
    }

    fn enter(&mut self, at: i64, slice: Slice, out: &mut Happened) {
        self.entry.left -= slice.qty;
        self.open += slice.qty;
        self.fill(at, Leg::Entry, self.side, slice, out);
        let side = self.side.opposite();
        self.ack(at, Leg::Stop, side, self.open, Some(self.stop), out);
        let mut left = slice.qty;
        for index in 0..self.plan.len() {
            let (px, quota) = self.plan[index];
            let qty = quota.min(left);
            if qty == 0 {
                continue;
            }
            left -= qty;
            self.plan[index].1 -= qty;
            self.targets.push(Target { px, queue: QueuePosition::new(qty, None) });
            self.ack(at, Leg::Target, side, qty, Some(px), out);
        }
        let sign = self.side.sign();
        self.targets.sort_by_key(|target| sign * target.px.0);
    }

    fn exit(&mut self, at: i64, leg: Leg, slice: Slice, out: &mut Happened) {
        self.open -= slice.qty;
        self.fill(at, leg, self.side.opposite(), slice, out);
        if self.open > 0 {
            return;
        }
        // One cancels the others; what of the entry still rests must not reopen the position.
        self.end_entry(at, "oco", out);
        if leg != Leg::Stop {
            let qty = slice.qty;
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Stop, qty, "oco")));
        }
        for target in std::mem::take(&mut self.targets) {
            let qty = target.queue.left();
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Target, qty, "oco")));
        }
        if self.closing.take().is_some() && leg != Leg::Flatten {
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Flatten, slice.qty, "oco")));
        }
    }

    fn fill(&mut self, at: i64, leg: Leg, side: Side, slice: Slice, out: &mut Happened) {
        let (name, count) = match leg {
            Leg::Entry => ("entry", &mut self.execs[0]),
            Leg::Stop => ("stop", &mut self.execs[1]),
            Leg::Target => ("target", &mut self.execs[2]),
            Leg::Flatten => ("flatten", &mut self.execs[3]),
        };
        *count += 1;
        let exec_id = format!("{}:{name}:{count}", self.id);
        let instrument = &self.listing.instrument;
        let fill = Fill {
            ts: 0,
            sym: self.sym,
            by: By::Exec,
            order: self.id.clone(),
            leg,
            side,
            qty: slice.qty,
            px: instrument.px(slice.px),
            fee: instrument.fees(slice.qty),
            exec_id,
            xts: 0,
        };
        out.push((at, Fact::Fill(fill)));
    }

    fn ack(&self, at: i64, leg: Leg, side: Side, qty: u64, px: Option<Ticks>, out: &mut Happened) {
        let px = px.map(|px| self.listing.instrument.px(px));
        let order = self.id.clone();
        let ack = Ack { ts: 0, sym: self.sym, by: By::Exec, order, leg, side, qty, px, xts: 0 };
        out.push((at, Fact::Ack(ack)));
    }
}

/// Splits `qty` evenly over the targets, the nearest first for what does not divide.
fn split(qty: u64, targets: &[Ticks]) -> Vec<(Ticks, u64)> {
    let count = targets.len() as u64;
    let share = |index: u64| qty / count + u64::from(index < qty % count);
    targets.iter().zip(0..).map(|(px, index)| (*px, share(index))).collect()
}

/// Tells a resting order on the side with `sign` what the own touch displays at its price.
fn show(queue: &mut QueuePosition, px: Ticks, own: Touch, sign: i64) {
    match sign * (px.0 - own.px.0) {
        0 => queue.displayed(own.size),
        // Better than the best price displayed: nobody is ahead.
        1.. => queue.displayed(0),
        _ => {}
    }
}
