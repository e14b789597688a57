//! The account: money, positions and unresolved orders.

use crate::account::Holding;
use crate::account::OpenOrder;
use crate::account::daily;
use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::AcctStats;
use crate::wire::Ack;
use crate::wire::Cancel;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Num;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Reject;
use crate::wire::Roundtrip;
use std::collections::BTreeMap;

/// What a trade date has done so far.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Day {
    /// Realised profit after fees.
    pub pnl: Cents,
    /// Fees.
    pub fees: Cents,
    /// Equity at its start.
    pub equity: Cents,
    /// Trades opened.
    pub trades: u64,
    /// Sum of the closed trades in R.
    pub r: f64,
    /// Losing trades in a row, of this date.
    pub losses_row: u32,
}

/// The account as execution records tell it. Positions come from executions only.
#[derive(Clone, PartialEq, Debug)]
pub struct Ledger {
    equity: Cents,
    day: Day,
    stats: AcctStats,
    orders: BTreeMap<String, OpenOrder>,
    holdings: Vec<Holding>,
}

impl Ledger {
    /// A flat account.
    pub fn new(equity: Cents) -> Self {
        Self {
            equity,
            day: Day { equity, ..Day::default() },
            stats: AcctStats::default(),
            orders: BTreeMap::new(),
            holdings: Vec::new(),
        }
    }

    /// Starts from what an earlier run left: equity, realised P&L of the day and statistics. The
    /// position must be flat.
    pub fn adopt(&mut self, equity: Cents, day: Cents, stats: AcctStats) {
        self.equity = equity;
        self.stats = stats;
        self.day = Day {
            pnl: day,
            fees: Cents(0),
            equity: equity - day,
            trades: stats.day_trades,
            r: stats.day_r.0,
            // Losses before the first trade of the date do not count for it.
            losses_row: u32::try_from(stats.losses_row.min(stats.day_trades)).unwrap_or(u32::MAX),
        };
    }

    /// The account holds so much more than was known, from before the trade date on.
    pub fn correct(&mut self, more: Cents) {
        self.equity += more;
        self.day.equity += more;
    }

    /// Realised equity.
    pub const fn equity(&self) -> Cents {
        self.equity
    }

    /// The trade date so far.
    pub const fn day(&self) -> &Day {
        &self.day
    }

    /// Statistics of the closed trades.
    pub const fn stats(&self) -> &AcctStats {
        &self.stats
    }

    /// Unresolved orders by id.
    pub const fn orders(&self) -> &BTreeMap<String, OpenOrder> {
        &self.orders
    }

    /// Contracts with a position or with an order that may open one.
    pub fn holdings(&self) -> &[Holding] {
        &self.holdings
    }

    /// The holding in `sym`.
    pub fn holding(&self, sym: &Sym) -> Option<&Holding> {
        self.holdings.iter().find(|holding| holding.sym == *sym)
    }

    /// Signed contracts in `sym`.
    pub fn position(&self, sym: &Sym) -> i64 {
        self.holding(sym).map_or(0, |holding| holding.lots.position())
    }

    /// Whether there is no position at all.
    pub fn is_flat(&self) -> bool {
        self.holdings.iter().all(|holding| holding.lots.is_flat())
    }

    /// Whether there is neither a position nor an order that may open one.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.orders.is_empty() && self.holdings.is_empty()
    }

    /// Profit of the open positions, before fees, where `mark` gives the closing price of a side in
    /// the market of a holding; `None` if a position cannot be marked.
    pub fn open_pnl(&self, mark: impl Fn(&Sym, Side) -> Option<Px>) -> Option<Cents> {
        let mut sum = Cents(0);
        for holding in self.holdings.iter().filter(|holding| !holding.lots.is_flat()) {
            let px = mark(&holding.market, holding.lots.side())?;
            sum += holding.open_pnl(holding.instrument.ticks(px)?);
        }
        Some(sum)
    }

    /// What all unresolved orders together may lose, entry limit to stop, before fees.
    pub fn open_risk(&self) -> Cents {
        self.orders.values().map(OpenOrder::risk).fold(Cents(0), |sum, risk| sum + risk)
    }

    /// The protective stop of the position in `sym`: the one nearest to the market.
    pub fn stop(&self, sym: &Sym) -> Option<Px> {
        let open = self.orders.values().filter(|order| order.sym == *sym && order.open > 0);
        let nearest = open.filter_map(|order| order.stop.map(|stop| (order, stop)));
        nearest
            .max_by_key(|(order, stop)| order.side.sign() * stop.0)
            .map(|(order, stop)| order.instrument.px(stop))
    }

    /// A new trade date begins. `counts`: the one that ends was traded, so that its result, zero
    /// included, tells how the results scatter; a session that only warmed up the state was not.
    pub fn new_day(&mut self, counts: bool) {
        if counts {
            daily::turn(&mut self.stats.daily);
        }
        self.day = Day { equity: self.equity, ..Day::default() };
        self.stats.day_trades = 0;
        self.stats.day_r = Num(0.0);
    }

    /// A position in `sym` may come from an order that is not known here.
    pub fn hold(&mut self, sym: Sym, instrument: &Instrument, market: Sym) {
        if self.holding(&sym).is_none() {
            self.holdings.push(Holding::new(sym, *instrument, market));
        }
    }

    /// An order was approved: until it is resolved it counts at its worst.
    pub fn on_order(&mut self, order: &Order, instrument: &Instrument, market: Sym) {
        match order.op {
            OrderOp::New => {
                self.hold(order.sym, instrument, market);
                let open = OpenOrder::new(order, *instrument, market);
                self.orders.insert(order.id.clone(), open);
            }
            OrderOp::Flatten => {
                let target = order.reference.as_deref();
                let reason = order.reason.as_deref().unwrap_or("flatten");
                for (_, open) in
                    self.orders.iter_mut().filter(|(id, _)| target.is_none_or(|t| t == *id))
                {
                    open.closing.get_or_insert_with(|| reason.to_owned());
                }
            }
            OrderOp::Amend => {
                if let (Some(bracket), Some(stop)) = (&order.reference, order.stop) {
                    self.ask_stop(bracket, &order.id, stop);
                }
            }
            OrderOp::Cancel => {}
        }
    }

    /// The order `id` asks for the stop of `bracket` to stand at `stop`.
    pub fn ask_stop(&mut self, bracket: &str, id: &str, stop: Px) {
        if let Some(open) = self.orders.get_mut(bracket) {
            open.ask_stop(id, stop);
        }
    }

    /// A traded price in the market `market`.
    #[inline]
    pub fn on_price(&mut self, market: &Sym, ts: i64, px: Px) {
        for holding in self.holdings.iter_mut().filter(|holding| holding.market == *market) {
            if let Some(px) = holding.instrument.ticks(px) {
                holding.on_price(ts, px);
            }
        }
    }

    /// A leg is working.
    pub fn on_ack(&mut self, ack: &Ack) {
        if let (Leg::Stop, Some(order)) = (ack.leg, self.orders.get_mut(&ack.order)) {
            order.on_stop(ack.px);
        }
    }

    /// An execution; the trade that it closed, if it did.
    pub fn on_fill(&mut self, fill: &Fill) -> Option<Roundtrip> {
        if let Some(order) = self.orders.get_mut(&fill.order) {
            if fill.leg == Leg::Entry {
                order.entering = order.entering.saturating_sub(fill.qty);
                order.open += fill.qty;
                order.opened.get_or_insert(fill.xts);
            } else {
                order.open = order.open.saturating_sub(fill.qty);
            }
        }
        let order = self.orders.get(&fill.order);
        let holding = self.holdings.iter_mut().find(|holding| holding.sym == fill.sym)?;
        let px = holding.instrument.ticks(fill.px)?;
        let was_flat = holding.lots.is_flat();
        let effect = holding.on_fill(fill, px, order);
        let net = effect.gross - fill.fee;
        let tick_value = holding.instrument.tick_value;
        self.equity += net;
        self.day.pnl += net;
        self.day.fees += fill.fee;
        if was_flat {
            self.day.trades += 1;
            self.stats.day_trades += 1;
        }
        if let Some(closed) = &effect.closed {
            self.count(closed, tick_value);
        }
        self.resolve(&fill.order);
        effect.closed
    }

    /// A leg ended without (more) fills.
    pub fn on_cancel(&mut self, cancel: &Cancel) {
        if let (Leg::Entry, Some(order)) = (cancel.leg, self.orders.get_mut(&cancel.order)) {
            order.entering = order.entering.saturating_sub(cancel.qty);
        }
        self.orders.values_mut().for_each(|order| order.on_end_of(&cancel.order));
        self.resolve(&cancel.order);
    }

    /// A request was refused.
    pub fn on_reject(&mut self, reject: &Reject) {
        if let Some(order) = self.orders.get_mut(&reject.order) {
            order.entering = 0;
        }
        self.orders.values_mut().for_each(|order| order.on_end_of(&reject.order));
        self.resolve(&reject.order);
    }

    fn count(&mut self, closed: &Roundtrip, tick_value: Cents) {
        let r = closed.r.map_or(0.0, |r| r.0);
        let stats = &mut self.stats;
        let units = (tick_value.0 * closed.qty.max(1) as i64).max(1);
        daily::add(&mut stats.daily, closed.pnl.0 as f64 / units as f64);
        if closed.pnl.0 > 0 {
            stats.wins += 1;
            stats.win_r.0 += r;
            stats.win_r2.0 += r * r;
            stats.losses_row = 0;
            self.day.losses_row = 0;
        } else {
            stats.losses += 1;
            stats.loss_r.0 += r;
            stats.loss_r2.0 += r * r;
            stats.losses_row += 1;
            self.day.losses_row += 1;
        }
        self.day.r += r;
        stats.day_r = Num(self.day.r);
    }

    /// Forgets an order that is over, and holdings that nothing can open any more.
    fn resolve(&mut self, id: &str) {
        if self.orders.get(id).is_some_and(OpenOrder::is_over) {
            self.orders.remove(id);
        }
        let orders = &self.orders;
        self.holdings.retain(|holding| {
            !holding.lots.is_flat() || orders.values().any(|order| order.sym == holding.sym)
        });
    }
}
