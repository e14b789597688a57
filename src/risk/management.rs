//! What risk does for a bracket while it is open: stops that tighten.

use crate::account::Holding;
use crate::account::OpenOrder;
use crate::config::TrailRule;
use crate::market::Px;
use crate::market::Sym;
use crate::market::Ticks;
use crate::risk::Move;
use crate::risk::RiskStage;
use crate::risk::leaving::Cause;
use crate::risk::proposal::order_id;
use crate::risk::protection::behind;
use crate::risk::tighten;
use crate::wire::Bar;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Features;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::TimeInForce;

const MINUTE_US: i64 = 60_000_000;
/// A move to break-even that was refused, or not answered before a restart, is asked for again so
/// much later.
const EVEN_AGAIN_US: i64 = MINUTE_US;
/// How the ids of moves begin; the signal's id follows, and `:` with the stamp where it is needed.
const BREAK_EVEN: &str = "b:";
const TRAIL: &str = "t:";
/// Reason with which an exchange refuses a stop that would trigger at once.
const THROUGH_MARKET: &str = "stop_through_market";

/// What risk has to do for an open bracket.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Managed {
    pub order: String,
    pub sig: String,
    /// Longest holding time, microseconds.
    pub hold_us: Option<i64>,
    pub be_after_t1: bool,
    /// The first target has filled and the stop is not at the entry: when that is to be asked for,
    /// microseconds UTC.
    pub even_at: Option<i64>,
    /// It was asked for before: another order needs another id.
    pub even_asked: bool,
    /// Distance of a stop that follows the market, multiples of ATR; with `risk.trail = "bars"` only
    /// whether there is one.
    pub trail: Option<f64>,
    /// The move of the stop that is not answered yet. There is at most one.
    pub moving: Option<Moving>,
    /// The market had passed the stop when its move arrived: the trade is over.
    pub leave: Option<Cause>,
}

/// A move of a stop that is under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Moving {
    /// Id of its order.
    id: String,
    to: Ticks,
    why: Why,
}

/// When something is decided, microseconds UTC: the stamp of what it is decided on and the moment
/// that became known.
#[derive(Clone, Copy, Debug)]
struct Moment {
    ts: i64,
    ct: i64,
}

/// Why a stop is moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    BreakEven,
    Trail,
}

impl Why {
    const fn reason(self) -> &'static str {
        match self {
            Self::BreakEven => "break_even",
            Self::Trail => "trail",
        }
    }

    /// The id of the order that moves the stop of `sig`: break-even happens once, unless it has to be
    /// asked for `again`; following often.
    fn id(self, sig: &str, ct: i64, again: bool) -> String {
        match self {
            Self::BreakEven if !again => format!("{BREAK_EVEN}{sig}"),
            Self::BreakEven => format!("{BREAK_EVEN}{sig}:{ct}"),
            Self::Trail => format!("{TRAIL}{sig}:{ct}"),
        }
    }

    /// What the order with this id, decided at `ct`, moves and why, if it does.
    fn of(id: &str, ct: i64) -> Option<(Self, &str)> {
        let (why, rest) = match id.strip_prefix(BREAK_EVEN) {
            Some(rest) => (Self::BreakEven, rest),
            None => (Self::Trail, id.strip_prefix(TRAIL)?),
        };
        Some((why, rest.strip_suffix(&format!(":{ct}")).unwrap_or(rest)))
    }

    /// Why the trade is ended instead.
    const fn cause(self) -> Cause {
        match self {
            Self::BreakEven => Cause::BreakEven,
            Self::Trail => Cause::Trail,
        }
    }
}

impl RiskStage {
    /// Remembers what is to be done for the bracket `order`.
    pub(super) fn manage(&mut self, order: &Order) {
        let (Some(manage), Some(sig)) = (&order.manage, &order.sig) else { return };
        let hold_us = manage.hold_min.map(|minutes| i64::from(minutes) * MINUTE_US);
        let be_after_t1 = manage.be_after_t1;
        let trail = manage.trail.map(|trail| trail.0).filter(|trail| *trail > 0.0);
        if hold_us.is_some() || be_after_t1 || trail.is_some() {
            let (order, sig) = (order.id.clone(), sig.clone());
            let (even_at, even_asked, moving, leave) = (None, false, None, None);
            self.managed.push(Managed {
                order,
                sig,
                hold_us,
                be_after_t1,
                even_at,
                even_asked,
                trail,
                moving,
                leave,
            });
        }
    }

    /// A target of `order` has filled.
    pub(super) fn first_target(&mut self, order: &str) {
        let managed = self.managed.iter_mut().find(|managed| managed.order == order);
        if let Some(managed) = managed
            && std::mem::take(&mut managed.be_after_t1)
        {
            managed.even_at = Some(i64::MIN);
        }
    }

    /// An earlier run asked at `ct` (microseconds UTC), with the order `id`, for a stop to stand at
    /// `stop`. Whether it was answered the facts after this one say.
    pub(super) fn remember_move(&mut self, id: &str, ct: i64, stop: Px) {
        let Some((why, sig)) = Why::of(id, ct) else { return };
        let bracket = order_id(sig);
        self.ledger.ask_stop(&bracket, id, stop);
        let managed = self.managed.iter_mut().find(|managed| managed.order == bracket);
        if let Some(managed) = managed.filter(|_| why == Why::BreakEven) {
            managed.even_asked = true;
            managed.even_at = managed.even_at.map(|_| ct + EVEN_AGAIN_US);
        }
    }

    /// The order `id` was refused, or ended without effect: if it was the move of a stop, the stop stays
    /// where it is; if the market had passed the price meanwhile, the trade is over.
    pub(super) fn move_refused(&mut self, id: &str, reason: &str) {
        for managed in &mut self.managed {
            if let Some(refused) = managed.moving.take_if(|moving| moving.id == id)
                && reason == THROUGH_MARKET
            {
                managed.leave = Some(refused.why.cause());
            }
        }
    }

    /// Facts were learnt: forgets brackets that are over and moves that are acknowledged.
    pub(super) fn settle_managed(&mut self) {
        let orders = self.ledger.orders();
        self.managed.retain_mut(|managed| {
            let Some(order) = orders.get(&managed.order) else { return false };
            managed.moving.take_if(|moving| order.stop == Some(moving.to));
            true
        });
    }

    /// A closed bar of the product, of whoever built it; whether stops follow it.
    pub(super) fn see_bar(&mut self, bar: &Bar) -> bool {
        let ours = self.exchange.listings().drives(&bar.sym);
        ours && self.surroundings.on_bar(bar) && self.limits.trail == TrailRule::Bars
    }

    /// Stops follow the extremes of the closed bars, the newest being `bar`.
    pub(super) fn follow_bar(&mut self, bar: &Bar, out: &mut dyn Emit) {
        let moment = Moment { ts: bar.ts, ct: bar.ct.unwrap_or(bar.ts) };
        self.trail(&bar.sym, moment, out);
    }

    /// Features of a bar's end: stops follow its close at a multiple of ATR.
    pub(super) fn on_features(&mut self, features: &Features, out: &mut dyn Emit) {
        let ours = self.exchange.listings().drives(&features.sym);
        if !ours || !self.surroundings.ends_bar(features.ts) {
            return;
        }
        self.surroundings.on_features(features);
        if self.limits.trail == TrailRule::Atr {
            let moment = Moment { ts: features.ts, ct: features.ct };
            self.trail(&features.sym, moment, out);
        }
    }

    /// Moves the stops that follow the market `sym`.
    fn trail(&mut self, sym: &Sym, moment: Moment, out: &mut dyn Emit) {
        for at in 0..self.managed.len() {
            let managed = &self.managed[at];
            let order = self.ledger.orders().get(&managed.order);
            let order = order.filter(|order| order.market == *sym && order.closing.is_none());
            let wanted = order
                .zip(managed.trail)
                .and_then(|(order, multiple)| self.followed(order, multiple, moment.ts));
            if let Some(wanted) = wanted {
                self.move_stop(at, wanted, moment, Why::Trail, out);
            }
        }
    }

    /// Where the stop of `order` stands when it follows the market.
    fn followed(&self, order: &OpenOrder, multiple: f64, ts: i64) -> Option<Ticks> {
        let (sign, instrument) = (order.side.sign(), &order.instrument);
        match self.limits.trail {
            TrailRule::Atr => {
                let distance = multiple * self.surroundings.atr(&order.market, ts)?;
                let close = instrument.ticks(self.surroundings.close(&order.market)?)?;
                behind(sign, close, distance, instrument.tick_points())
            }
            TrailRule::Bars => {
                let (low, high) = self.surroundings.extremes(&order.market)?;
                instrument.ticks(if sign > 0 { low } else { high })
            }
        }
    }

    /// Moves the stop of the managed bracket `at` to `wanted` if that tightens it; ends the trade if
    /// the market is already there. One move is under way at a time. One of an earlier run that was
    /// never answered may be there: it is sent again rather than anything looser.
    fn move_stop(
        &mut self,
        at: usize,
        wanted: Ticks,
        moment: Moment,
        why: Why,
        out: &mut dyn Emit,
    ) {
        let managed = &self.managed[at];
        let Some(order) = self.ledger.orders().get(&managed.order) else { return };
        let Some(now) = order.stop.filter(|_| order.open > 0 && managed.moving.is_none()) else {
            return;
        };
        let sign = order.side.sign();
        let sent = order.tightest_stop().filter(|sent| sign * (sent.0 - wanted.0) > 0);
        let wanted = sent.unwrap_or(wanted);
        let step = if why == Why::Trail { self.limits.trail_step } else { Ticks(1) };
        let market = self.market_of(order, moment.ct);
        match tighten(sign, now, wanted, market, step) {
            Move::Keep => {}
            Move::To(to) => {
                let id = why.id(&managed.sig, moment.ct, managed.even_asked);
                let amend = self.amend_of(managed, order, (id.clone(), to), moment, why);
                let managed = &mut self.managed[at];
                managed.moving = Some(Moving { id, to, why });
                if why == Why::BreakEven {
                    managed.even_asked = true;
                    managed.even_at = Some(moment.ct + EVEN_AGAIN_US);
                }
                self.close(amend, out);
            }
            Move::Leave => {
                let at = (moment.ts, moment.ct);
                if let Some(exit) = self.exit_of(&managed.order, &managed.sig, why.cause(), at) {
                    self.close(exit, out);
                }
            }
        }
    }

    /// The price at which `order` could be closed now.
    fn market_of(&self, order: &OpenOrder, now: i64) -> Option<Ticks> {
        order.instrument.ticks(self.closing_price(&order.market, order.side, now)?)
    }

    fn amend_of(
        &self,
        managed: &Managed,
        order: &OpenOrder,
        (id, stop): (String, Ticks),
        moment: Moment,
        why: Why,
    ) -> Order {
        Order {
            ts: moment.ts,
            sym: order.sym,
            by: By::Risk,
            ct: moment.ct,
            op: OrderOp::Amend,
            id,
            reference: Some(managed.order.clone()),
            sig: Some(managed.sig.clone()),
            side: order.side.opposite(),
            qty: order.open,
            kind: OrderType::Stop,
            px: None,
            stop: Some(order.instrument.px(stop)),
            targets: Vec::new(),
            tif: TimeInForce::Gtc,
            expires: self.window.map_or(i64::MAX >> 10, |window| window.close),
            reason: Some(why.reason().to_owned()),
            manage: None,
        }
    }

    /// After the first target the stop goes to the entry price: stops only tighten. While another
    /// move is under way it waits; until it is there it is asked for again, once a minute.
    pub(super) fn move_stops(&mut self, now: i64, out: &mut dyn Emit) {
        for at in 0..self.managed.len() {
            let managed = &self.managed[at];
            if managed.moving.is_some() || managed.even_at.is_none_or(|at| now < at) {
                continue;
            }
            if let Some(entry) = self.even_of(managed) {
                let moment = Moment { ts: now, ct: now };
                self.move_stop(at, Ticks(entry), moment, Why::BreakEven, out);
            } else {
                self.managed[at].even_at = None;
            }
        }
    }

    /// The entry price that the stop of a bracket still has to go to.
    fn even_of(&self, managed: &Managed) -> Option<i64> {
        let order = self.ledger.orders().get(&managed.order)?;
        let entry = entry_tick(self.ledger.holding(&order.sym)?)?;
        let is_there = |stop: Ticks| order.side.sign() * (stop.0 - entry) >= 0;
        let moves = order.closing.is_none() && !order.stop.is_some_and(is_there);
        moves.then_some(entry)
    }
}

/// The average entry in whole ticks, rounded away from the market so that it does not overshoot.
fn entry_tick(holding: &Holding) -> Option<i64> {
    let contracts = holding.lots.contracts() as i64;
    let sign = holding.lots.side().sign();
    (contracts > 0).then(|| sign * (sign * holding.lots.cost()).div_euclid(contracts))
}
