//! One bracket at the exchange: an entry, the protective stop and the targets that its fills
//! activate, and the closing order that may end it. How it meets the market stands in `entering` and
//! `exiting`, how orders change it in `changing`.

use crate::market::PriceBand;
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
use crate::matching::view::Happened;
use crate::wire::Ack;
use crate::wire::By;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderType;
use crate::wire::TimeInForce;

/// The opening order.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub kind: OrderType,
    pub tif: TimeInForce,
    /// Limit or trigger.
    pub px: Option<Ticks>,
    pub expires: i64,
    /// Moment of the decision: a bar that starts before it cannot fill it.
    pub decided: i64,
    /// When it arrived, microseconds UTC: a trade or quote of before (a clock was ahead of it) cannot
    /// fill it.
    pub since: i64,
    pub left: u64,
    /// Contracts filled so far.
    pub filled: u64,
    /// Place in the queue once it rests.
    pub resting: Option<QueuePosition>,
}

/// A target at work.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub px: Ticks,
    pub queue: QueuePosition,
}

/// An order that closes what is open: a flatten, or what is left of a stop that triggered.
#[derive(Clone, Debug)]
pub(super) struct Closing {
    /// `Flatten` or `Stop`.
    pub leg: Leg,
    /// Moment of the decision: a bar that starts before it cannot fill it.
    pub decided: i64,
    /// When it arrived, microseconds UTC: no trade or quote of before can fill it.
    pub since: i64,
    /// Worst price at which it may fill; `None` until the market has shown a price to count from.
    pub cap: Option<Ticks>,
    /// When it is priced anew, microseconds UTC.
    pub reprice_at: i64,
}

/// A bracket that has arrived and is not over.
#[derive(Clone, Debug)]
pub(super) struct Bracket {
    pub id: String,
    pub sym: Sym,
    pub listing: Listing,
    pub side: Side,
    pub entry: Entry,
    /// Contracts of the open position.
    pub open: u64,
    pub stop: Ticks,
    /// Targets not yet activated: price and contracts meant for it.
    pub plan: Vec<(Ticks, u64)>,
    pub targets: Vec<Target>,
    pub closing: Option<Closing>,
    /// Executions so far: entry, stop, target, flatten.
    pub execs: [u32; 4],
}

impl Bracket {
    /// The bracket of an order that arrives; a reason code if the exchange refuses it.
    pub(super) fn new(
        order: &Order,
        listing: Listing,
        band: PriceBand,
    ) -> Result<Self, &'static str> {
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
        if !px.iter().chain([&stop]).chain(&targets).all(|px| band.has(*px)) {
            return Err("price_limit");
        }
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
                since: i64::MAX,
                left: order.qty,
                filled: 0,
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
    /// One that was being closed is closed from `now` (microseconds UTC) on at the latest, whatever the
    /// time that an earlier run believed in.
    pub(super) fn restored(
        kept: &KeptBracket,
        listing: Listing,
        latency_us: i64,
        now: i64,
    ) -> Option<Self> {
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
        let mut bracket = Self::new(&kept.order, listing, PriceBand::OPEN).ok()?;
        bracket.entry.filled = bracket.entry.left;
        bracket.entry.left = 0;
        bracket.plan.clear();
        bracket.open = kept.open;
        bracket.stop = stop;
        bracket.targets = targets;
        let sign = bracket.side.sign();
        bracket.targets.sort_by_key(|target| sign * target.px.0);
        // It is priced from the first market that is seen again.
        let decided = kept.closing.map(|decided| decided.min(now));
        bracket.closing = decided.map(|decided| Closing {
            leg: Leg::Flatten,
            decided,
            since: decided + latency_us,
            cap: None,
            reprice_at: decided,
        });
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

    /// When an entry that trades at once or not at all is over, if it is still waiting for a market.
    pub(super) fn expires(&self) -> Option<i64> {
        let waits = self.is_entering() && self.entry.tif == TimeInForce::Ioc;
        waits.then_some(self.entry.expires)
    }

    /// Protective stop and the contracts it covers, while a position is open. What is left of a stop
    /// that triggered protects as well: it rests at the market and is priced anew until filled.
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
            if self.is_flattening() {
                legs.push(leg(Leg::Flatten, side, self.open, None));
            }
        }
        legs
    }

    /// Whether a flatten is at work.
    pub(super) fn is_flattening(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.leg == Leg::Flatten)
    }

    /// Whether the stop has triggered and is not filled.
    pub(super) fn is_triggered(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.leg == Leg::Stop)
    }

    /// The entry is at the exchange.
    pub(super) fn arrive(&mut self, at: i64, out: &mut Happened) {
        let (px, qty) = (self.entry.px, self.entry.left);
        self.entry.since = at;
        self.ack(at, Leg::Entry, self.side, qty, px, out);
        if at >= self.entry.expires {
            self.end_entry(at, "expired", out);
        }
    }

    /// Contracts enter: stop and targets work from the same moment.
    pub(super) fn enter(&mut self, at: i64, slice: Slice, out: &mut Happened) {
        self.entry.left -= slice.qty;
        self.entry.filled += slice.qty;
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

    /// Contracts leave; with the last of them everything else of the bracket ends.
    pub(super) fn exit(&mut self, at: i64, leg: Leg, slice: Slice, out: &mut Happened) {
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
        self.end_targets(at, "oco", out);
        let flattening = self.is_flattening();
        self.closing = None;
        if flattening && leg != Leg::Flatten {
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Flatten, slice.qty, "oco")));
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

    /// Cancels the targets at work.
    pub(super) fn end_targets(&mut self, at: i64, reason: &str, out: &mut Happened) {
        for target in std::mem::take(&mut self.targets) {
            let qty = target.queue.left();
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Target, qty, reason)));
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

    pub(super) fn ack(
        &self,
        at: i64,
        leg: Leg,
        side: Side,
        qty: u64,
        px: Option<Ticks>,
        out: &mut Happened,
    ) {
        let px = px.map(|px| self.listing.instrument.px(px));
        let order = self.id.clone();
        let ack = Ack { ts: 0, sym: self.sym, by: By::Exec, order, leg, side, qty, px, xts: 0 };
        out.push((at, Fact::Ack(ack)));
    }
}

/// Splits `qty` evenly over the targets, the nearest first for what does not divide.
pub(super) fn split(qty: u64, targets: &[Ticks]) -> Vec<(Ticks, u64)> {
    let count = targets.len() as u64;
    let share = |index: u64| qty / count + u64::from(index < qty % count);
    targets.iter().zip(0..).map(|(px, index)| (*px, share(index))).collect()
}
