//! How orders change a bracket that is at work: amend, cancel, flatten, the end of the session.

use crate::market::Px;
use crate::market::Ticks;
use crate::matching::Fact;
use crate::matching::QueuePosition;
use crate::matching::bracket::Bracket;
use crate::matching::bracket::Closing;
use crate::matching::bracket::Target;
use crate::matching::bracket::split;
use crate::matching::view::Happened;
use crate::matching::view::View;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::TimeInForce;

/// What an amend asks for, on the grid.
struct Wish {
    stop: Option<Ticks>,
    targets: Vec<Ticks>,
    /// New limit or trigger of the entry, and its new size in all, counting what has filled.
    entry: Option<(Ticks, u64)>,
}

impl Bracket {
    /// Changes the legs that the order names; all of it or nothing, with the reason.
    pub(super) fn amend(
        &mut self,
        order: &Order,
        at: i64,
        view: &View,
        out: &mut Happened,
    ) -> Result<(), &'static str> {
        let wish = self.wish(order, view)?;
        // The stop first: what protects is never absent.
        if let Some(stop) = wish.stop {
            self.stop = stop;
            let covered = if self.open > 0 { self.open } else { self.entry.left };
            self.ack(at, Leg::Stop, self.side.opposite(), covered, Some(stop), out);
        }
        if let Some((px, qty)) = wish.entry {
            self.amend_entry(px, qty, at, out);
        }
        if !wish.targets.is_empty() {
            self.amend_targets(&wish.targets, at, out);
        }
        Ok(())
    }

    fn wish(&self, order: &Order, view: &View) -> Result<Wish, &'static str> {
        let sign = self.side.sign();
        let tick = |px: &Px| {
            let ticks = self.listing.instrument.ticks(*px).filter(|t| t.0 > 0).ok_or("off_tick")?;
            if view.band.has(ticks) { Ok(ticks) } else { Err("price_limit") }
        };
        let stop = order.stop.as_ref().map(tick).transpose()?;
        let targets: Vec<Ticks> = order.targets.iter().map(tick).collect::<Result<_, _>>()?;
        let entry = order.px.as_ref().map(tick).transpose()?.map(|px| (px, order.qty));
        if stop.is_none() && targets.is_empty() && entry.is_none() {
            return Err("bad_order");
        }
        if entry.is_some() && self.entry.left == 0 {
            return Err("too_late");
        }
        // A stop that has triggered is a market order already; a closing order took the targets.
        let ends = self.is_triggered() || (self.closing.is_some() && !targets.is_empty());
        if ends && entry.is_none() {
            return Err("too_late");
        }
        let limit = entry.map(|(px, _)| px).or(self.entry.px).filter(|_| self.entry.left > 0);
        let protective = stop.unwrap_or(self.stop);
        if limit.is_some_and(|limit| sign * (limit.0 - protective.0) <= 0) {
            return Err("bad_stop");
        }
        // It protects nothing yet where it moves together with an entry that has not filled.
        let follows = self.open == 0 && entry.is_some();
        if !follows && stop.is_some_and(|stop| sign * (stop.0 - self.stop.0) < 0) {
            return Err("stop_loosened");
        }
        let through = stop.zip(view.last).is_some_and(|(stop, last)| sign * (last.0 - stop.0) <= 0);
        if through && self.open > 0 && view.rules.reject_stop_through {
            return Err("stop_through_market");
        }
        Ok(Wish { stop, targets, entry })
    }

    /// A new price or a smaller size of the entry applies to what of it has not filled; it goes to
    /// the end of the queue. A size that is filled already leaves nothing, never an order over zero.
    fn amend_entry(&mut self, px: Ticks, qty: u64, at: i64, out: &mut Happened) {
        let wanted = qty.saturating_sub(self.entry.filled);
        if wanted == 0 {
            self.end_entry(at, "amended", out);
            return;
        }
        let less = self.entry.left.saturating_sub(wanted);
        if less > 0 {
            self.entry.left = wanted;
            let mut surplus = less;
            for (_, quota) in self.plan.iter_mut().rev() {
                let cut = surplus.min(*quota);
                *quota -= cut;
                surplus -= cut;
            }
            out.push((at, Fact::cancel(&self.id, self.sym, Leg::Entry, less, "amended")));
        }
        self.entry.px = Some(px);
        self.entry.resting = None;
        self.ack(at, Leg::Entry, self.side, self.entry.left, Some(px), out);
    }

    /// New targets: those at work are replaced, the stop stays where it is meanwhile.
    fn amend_targets(&mut self, targets: &[Ticks], at: i64, out: &mut Happened) {
        self.plan = split(self.entry.left, targets);
        if self.open == 0 {
            return;
        }
        self.end_targets(at, "amended", out);
        self.targets = split(self.open, targets)
            .into_iter()
            .filter(|(_, qty)| *qty > 0)
            .map(|(px, qty)| Target { px, queue: QueuePosition::new(qty, None) })
            .collect();
        let sign = self.side.sign();
        self.targets.sort_by_key(|target| sign * target.px.0);
        for at_target in 0..self.targets.len() {
            let (px, qty) = (self.targets[at_target].px, self.targets[at_target].queue.left());
            self.ack(at, Leg::Target, self.side.opposite(), qty, Some(px), out);
        }
    }

    /// Session end: an entry for the day ends, protection stays.
    pub(super) fn end_session(&mut self, at: i64, out: &mut Happened) {
        if self.entry.tif != TimeInForce::Gtc {
            self.end_entry(at, "session_end", out);
        }
    }

    /// Ends the entry and the targets and closes the position at the next chance; the stop works on
    /// until that has happened. Asked again, it does nothing.
    pub(super) fn close(&mut self, order: &Order, at: i64, view: &View, out: &mut Happened) {
        let reason = order.reason.as_deref().unwrap_or("flatten");
        self.end_entry(at, reason, out);
        if self.open == 0 || self.closing.is_some() {
            return;
        }
        self.end_targets(at, reason, out);
        let side = self.side.opposite();
        self.closing = Some(Closing {
            leg: Leg::Flatten,
            decided: order.ct,
            since: at,
            cap: view.base(side).map(|base| view.cap_from(side, base)),
            reprice_at: at + view.rules.reprice_us,
        });
        self.ack(at, Leg::Flatten, side, self.open, None, out);
    }
}
