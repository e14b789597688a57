//! The account as the specification describes it, kept from the output stream alone.
//!
//! Nothing of `mia::account` is used here: contract facts are written out, money is integers, a
//! position is a queue of single contracts. What the two stages say of themselves is held against it.

use crate::desk::es;
use mia::config::Config;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::Sym;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::Ack;
use mia::wire::Cancel;
use mia::wire::Fill;
use mia::wire::Leg;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::Reject;
use mia::wire::StatusState;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

/// A tick of ES and MES, billionths of a point.
const TICK: i64 = 250_000_000;
/// Value of a tick of one ES, cents.
const ES_TICK: i64 = 1250;
/// A touch speaks for the market so long, microseconds.
const TOUCH_LIFE: i64 = 5_000_000;
const HOUR: i64 = 3_600_000_000;
/// Records so far before the newest contradict its stamp, microseconds.
const APART: i64 = 10_000_000;

/// Value of a tick and fee of a side of one contract, cents.
fn facts(sym: Sym) -> (i64, i64) {
    if sym.as_str().starts_with('M') { (125, 62) } else { (ES_TICK, 225) }
}

fn ticks(px: Px) -> i64 {
    px.nanos() / TICK
}

const fn sign(side: Side) -> i64 {
    match side {
        Side::Buy => 1,
        Side::Sell => -1,
        Side::None => 0,
    }
}

/// What a broken promise is called; a test of the test names the one it expects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Promise {
    /// The position is the sum of the fills.
    Position,
    /// No limit is exceeded.
    Limit,
    /// What is open has a stop at work.
    Protection,
    /// An order is sent once, an execution counted once.
    Once,
    /// A latch opens only by whom it may be opened, and closes when it must.
    Latch,
    /// Money adds up to the cent.
    Money,
    /// Risk and execution have the same account.
    Agreement,
    /// The stages did not end as documented.
    Ending,
}

/// A promise that was broken, and how.
#[derive(Clone, Debug)]
pub struct Broken {
    pub promise: Promise,
    pub how: String,
}

pub type Held = Result<(), Broken>;

/// Breaks `promise` unless `holds`.
pub fn hold(holds: bool, promise: Promise, how: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(Broken { promise, how: how() }) }
}

/// A bracket from its order to its end.
#[derive(Clone, Debug)]
struct Bracket {
    sym: Sym,
    sign: i64,
    qty: i64,
    /// When it can be at the exchange, and when a flatten sent after it is, microseconds UTC.
    arrives: i64,
    until: i64,
    limit: i64,
    /// The stop last acknowledged, before that the one ordered.
    stop: i64,
    /// Stops asked for and not answered yet, by the order that asks.
    asked: BTreeMap<String, i64>,
    entered: i64,
    exited: i64,
    /// Contracts of the entry that will not fill.
    dead: i64,
    /// Contracts that the stop at work covers.
    covered: i64,
    /// Stamps at the exchange and prices of the stops acknowledged.
    stops: Vec<(i64, i64)>,
    /// Stamps at the exchange and contracts of the fills, entries above zero.
    fills: Vec<(i64, i64)>,
}

impl Bracket {
    const fn open(&self) -> i64 {
        self.entered - self.exited
    }

    const fn entering(&self) -> i64 {
        self.qty - self.entered - self.dead
    }

    /// Cents lost if all that may still enter does so at the limit and all leaves at the stop.
    fn risk(&self) -> i64 {
        let distance = (self.sign * (self.limit - self.stop)).max(0);
        distance * (self.entering() + self.open()) * facts(self.sym).0
    }

    fn weight(&self) -> i64 {
        (self.entering() + self.open()) * facts(self.sym).0
    }
}

/// The market as far as open positions are marked.
#[derive(Clone, Copy, Debug, Default)]
struct Market {
    touch: Option<(i64, i64, i64)>,
    last: Option<i64>,
    traded: Option<(i64, i64)>,
    now: i64,
    /// Records since the newest step of time that bear it out, and those in a row that do not.
    after: u32,
    before: u32,
    /// Stamps that one record alone leapt to, the last two.
    leaps: [Option<i64>; 2],
    /// Prices that one record alone claims: its stamp, lowest and highest, whether it is a quote.
    claim: Option<(i64, i64, i64, bool)>,
}

/// The account, the market and the latches.
#[derive(Debug)]
pub struct Model {
    calendar: Calendar,
    config: Config,
    /// Whether the tape says at which price a position can be closed: bars and prints that are not
    /// believed leave that to the exchange.
    marks: bool,
    equity: i64,
    fees: i64,
    /// Money that changed hands: sales less purchases, in cents at the value of a tick.
    cash: i64,
    /// Contracts as they were opened: entry price in ticks, above zero for long ones.
    lots: BTreeMap<Sym, VecDeque<(i64, i64)>>,
    brackets: BTreeMap<String, Bracket>,
    sent: BTreeSet<String>,
    executions: BTreeSet<String>,
    latches: BTreeMap<String, i64>,
    market: Market,
    session_open: Option<i64>,
    next_session: i64,
    day_equity: i64,
    day_pnl: i64,
    /// Trades of the market that count: own stamp, the newest stamp by then, price.
    prints: Vec<(i64, i64, i64)>,
    /// Stamps of those so far from the touch that a stop rests at its protection instead of filling.
    fled: BTreeSet<i64>,
    /// Stamps of the order messages: what the rate is counted by.
    messages: Vec<i64>,
    /// Trades opened on the trade date, and when one was last stopped out.
    trades: u64,
    stopped: Option<i64>,
    /// Whether the feed says that it is up, if it says anything.
    feed_up: bool,
    /// Manual latches that a person has opened.
    pub resets: BTreeSet<String>,
    pub fills: u64,
}

impl Model {
    pub fn new(config: &Config, marks: bool) -> Self {
        Self {
            calendar: Calendar::builtin().unwrap(),
            config: config.clone(),
            marks,
            equity: config.account.equity.0,
            fees: 0,
            cash: 0,
            lots: BTreeMap::new(),
            brackets: BTreeMap::new(),
            sent: BTreeSet::new(),
            executions: BTreeSet::new(),
            latches: BTreeMap::new(),
            market: Market { now: i64::MIN, ..Market::default() },
            session_open: None,
            next_session: i64::MIN,
            day_equity: config.account.equity.0,
            day_pnl: 0,
            prints: Vec::new(),
            fled: BTreeSet::new(),
            messages: Vec::new(),
            trades: 0,
            stopped: None,
            feed_up: false,
            resets: BTreeSet::new(),
            fills: 0,
        }
    }

    /// One record of the stream that both stages have written, in its order.
    pub fn hear(&mut self, record: &Record) -> Held {
        match record {
            Record::Order(order) => self.on_order(order),
            Record::Acct(acct) => self.on_acct(acct),
            Record::Ack(ack) => self.on_ack(ack),
            Record::Fill(fill) => self.on_fill(fill),
            Record::Cancel(cancel) => self.on_cancel(cancel),
            Record::Reject(reject) => {
                self.on_reject(reject);
                Ok(())
            }
            Record::Position(position) => {
                let own = self.position(position.sym);
                hold(position.qty == own, Promise::Position, || {
                    format!("{position:?}, but the fills make {own}")
                })
            }
            Record::Account(account) => {
                hold(account.equity.0 == self.equity, Promise::Money, || {
                    format!("{account:?}, but the fills make {}", self.equity)
                })?;
                hold(account.day_pnl.0 == self.day_pnl, Promise::Money, || {
                    format!("{account:?}, but the fills of the day make {}", self.day_pnl)
                })
            }
            Record::Roundtrip(trip) => {
                if trip.reason == "stop" {
                    self.stopped = Some(trip.ts);
                }
                hold(trip.pnl == trip.gross - trip.fee, Promise::Money, || format!("{trip:?}"))
            }
            Record::Status(status) => {
                self.feed_up = status.state == StatusState::Up;
                Ok(())
            }
            record => {
                self.on_market(record);
                Ok(())
            }
        }
    }

    pub fn position(&self, sym: Sym) -> i64 {
        let lots = self.lots.get(&sym);
        lots.map_or(0, |lots| lots.iter().map(|(_, sign)| *sign).sum())
    }

    pub fn symbols(&self) -> impl Iterator<Item = &Sym> {
        self.lots.keys()
    }

    pub const fn equity(&self) -> i64 {
        self.equity
    }

    pub const fn day_pnl(&self) -> i64 {
        self.day_pnl
    }

    pub fn orders_sent(&self) -> u64 {
        self.sent.len() as u64
    }

    pub fn is_flat(&self) -> bool {
        self.lots.values().all(VecDeque::is_empty)
    }

    /// Whether a latch is set that only a person may open: then the command ends once flat.
    pub fn needs_hand(&self) -> bool {
        let by_hand = ["manual", "rate", "reject", "recon"];
        self.latches.keys().any(|name| by_hand.contains(&name.as_str()))
    }

    /// Unresolved orders: id, contracts that may enter, contracts open.
    pub fn unresolved(&self) -> BTreeMap<&str, (u64, u64)> {
        let open = self.brackets.iter().filter(|(_, b)| b.entering() > 0 || b.open() > 0);
        open.map(|(id, b)| (id.as_str(), (b.entering() as u64, b.open() as u64))).collect()
    }

    fn on_order(&mut self, order: &Order) -> Held {
        hold(self.sent.insert(order.id.clone()), Promise::Once, || {
            format!("the order {} is sent twice", order.id)
        })?;
        self.messages.push(order.ct);
        match order.op {
            OrderOp::New => self.on_entry(order),
            OrderOp::Amend => self.on_amend(order),
            OrderOp::Flatten => {
                self.on_flatten(order);
                Ok(())
            }
            OrderOp::Cancel => Ok(()),
        }
    }

    /// When an order can be at the exchange, microseconds UTC.
    const fn arrival(&self, order: &Order) -> i64 {
        let latency = self.config.fills.latency_ms * 1000;
        order.ct + if latency > 1 { latency } else { 1 }
    }

    /// From its arrival on nothing enters of what was sent before; it arrives after all of that.
    fn on_flatten(&mut self, order: &Order) {
        // Decided with an old stamp it comes after the records that are there already.
        let own = self.arrival(order).max(self.market.now);
        let last = self.brackets.values().map(|bracket| bracket.arrives).fold(own, i64::max);
        let meant = |id: &String| order.reference.as_ref().is_none_or(|reference| reference == id);
        for (_, bracket) in self.brackets.iter_mut().filter(|(id, _)| meant(id)) {
            bracket.until = bracket.until.min(last);
        }
    }

    fn on_entry(&mut self, order: &Order) -> Held {
        // A pattern's latch stops that pattern alone; all stories have one.
        let side = if order.side == Side::Buy { ":B" } else { ":S" };
        let mut shut =
            self.latches.keys().filter(|n| !n.starts_with("pattern") || n.ends_with(side));
        hold(shut.next().is_none(), Promise::Latch, || {
            format!("{} enters behind {:?}", order.id, self.latches)
        })?;
        self.within_manners(order)?;
        let fault = || format!("{order:?} has no limit or no stop");
        let (Some(limit), Some(stop)) = (order.px.map(ticks), order.stop.map(ticks)) else {
            return hold(false, Promise::Protection, fault);
        };
        let bracket = Bracket {
            sym: order.sym,
            sign: sign(order.side),
            qty: order.qty as i64,
            arrives: self.arrival(order),
            until: i64::MAX,
            limit,
            stop,
            asked: BTreeMap::new(),
            entered: 0,
            exited: 0,
            dead: 0,
            covered: 0,
            stops: Vec::new(),
            fills: Vec::new(),
        };
        hold(bracket.sign * (limit - stop) > 0, Promise::Protection, || {
            format!("{order:?}: the stop is on the wrong side")
        })?;
        self.brackets.insert(order.id.clone(), bracket);
        self.within_limits(order)
    }

    /// How often and how soon one may enter.
    fn within_manners(&self, order: &Order) -> Held {
        let risk = &self.config.risk;
        let lately =
            |us: i64| self.messages.iter().filter(|ct| **ct > order.ct - us).count() as u64;
        let working = self.brackets.values().filter(|b| b.weight() > 0).count() as u64;
        let waiting = self.brackets.values().filter(|b| b.weight() > 0 && b.entered == 0);
        let trades = self.trades + waiting.count() as u64;
        for (what, value, limit) in [
            ("orders in a second", lately(1_000_000), risk.orders_second_max),
            ("orders in a minute", lately(60_000_000), risk.orders_minute_max),
            ("brackets at once", working + 1, risk.positions_max),
            ("trades of the day", trades + 1, risk.trades_day_max),
        ] {
            hold(value <= limit, Promise::Limit, || {
                format!("{order:?} makes {value} {what}, more than {limit}")
            })?;
        }
        let pause = risk.cooldown_min * 60_000_000;
        hold(self.stopped.is_none_or(|at| order.ct - at >= pause), Promise::Limit, || {
            format!("{order:?} comes too soon after the stop at {:?}", self.stopped)
        })
    }

    /// Everything that may still happen, at its worst, against the limits of the configuration.
    fn within_limits(&self, order: &Order) -> Held {
        let risk = &self.config.risk;
        let own = &self.brackets[&order.id];
        let (tick, fee) = facts(own.sym);
        let most = risk.max_order as i64 * ES_TICK / tick;
        hold((1..=most).contains(&own.qty), Promise::Limit, || {
            format!("{order:?} is larger than the largest order, {most}")
        })?;
        let weight: i64 = self.brackets.values().map(Bracket::weight).sum();
        hold(weight <= risk.max_pos as i64 * ES_TICK, Promise::Limit, || {
            format!("{order:?}: {weight} of ticks at work and open, against {}", risk.max_pos)
        })?;
        let opposed = self.brackets.values().filter(|b| b.weight() > 0 && b.sign != own.sign);
        hold(opposed.count() == 0, Promise::Limit, || format!("{order:?} opposes another"))?;
        let loss = own.risk() + own.qty * (2 * fee + risk.slip_ticks * tick);
        let fraction = (self.equity as f64 * risk.f_fixed).round() as i64;
        let left = self.day_limit()
            + self.day_pnl
            + self.open_pnl(order.ct).filter(|_| self.marks).unwrap_or(i64::MAX >> 8);
        let share = (left as f64 * risk.left_share_max).round() as i64;
        for (what, limit) in [
            ("a trade", risk.trade_risk_max.0),
            ("the fraction of equity", fraction),
            ("the share of what the day may lose", share),
        ] {
            hold(loss <= limit, Promise::Limit, || {
                format!("{order:?} may lose {loss}, more than {what}: {limit}")
            })?;
        }
        let open: i64 = self.brackets.values().map(Bracket::risk).sum();
        let limit = (self.day_limit() as f64 * risk.open_share_max).round() as i64;
        hold(open <= limit, Promise::Limit, || {
            format!("{order:?}: {open} at risk together, more than {limit}")
        })
    }

    fn on_amend(&mut self, order: &Order) -> Held {
        let target = order.reference.as_deref().and_then(|id| self.brackets.get_mut(id));
        let (Some(bracket), Some(stop)) = (target, order.stop.map(ticks)) else { return Ok(()) };
        let sent = bracket.asked.values().chain([&bracket.stop]);
        let tightest = sent.map(|px| bracket.sign * px).max().unwrap_or(i64::MIN);
        bracket.asked.insert(order.id.clone(), stop);
        hold(bracket.sign * stop >= tightest, Promise::Limit, || {
            format!("{order:?} loosens a stop at or on its way to {tightest}")
        })
    }

    fn on_acct(&mut self, acct: &Acct) -> Held {
        let name = acct.latches.first().cloned().unwrap_or_default();
        match acct.op {
            AcctOp::Latch | AcctOp::Kill => {
                self.latches.entry(name).or_insert(acct.ts);
                self.caused(acct)
            }
            AcctOp::Reset => self.on_reset(acct, &name),
            _ => Ok(()),
        }
    }

    /// Latches that name a limit are set when that limit is reached and not before.
    fn caused(&self, acct: &Acct) -> Held {
        let Some(open) = self.open_pnl(self.market.now).filter(|_| self.marks) else {
            return Ok(());
        };
        let (pnl, limit) = (self.day_pnl + open, -self.day_limit());
        hold(acct.reason.as_deref() != Some("day_loss") || pnl <= limit, Promise::Latch, || {
            format!("{acct:?} at {pnl}, the limit is {limit}")
        })
    }

    fn on_reset(&mut self, acct: &Acct, name: &str) -> Held {
        let set = self.latches.remove(name);
        hold(set.is_some(), Promise::Latch, || format!("{acct:?}, but it was not set"))?;
        if name == "stale" {
            return hold(self.feed_up, Promise::Latch, || {
                format!("{acct:?} while the feed is down")
            });
        }
        if name != "day" && !name.starts_with("pattern:") {
            return hold(self.resets.remove(name), Promise::Latch, || {
                format!("{acct:?} although nobody asked for it")
            });
        }
        let session = self.calendar.session_at_or_after(acct.ts).unwrap();
        let fresh = session.open == acct.ts && set.is_some_and(|set| set < acct.ts);
        hold(fresh, Promise::Latch, || format!("{acct:?} opens within the session"))
    }

    fn on_ack(&mut self, ack: &Ack) -> Held {
        let Some(bracket) = self.brackets.get_mut(&ack.order) else { return Ok(()) };
        if ack.leg != Leg::Stop {
            return Ok(());
        }
        let Some(px) = ack.px.map(ticks) else {
            return hold(false, Promise::Protection, || format!("{ack:?} has no price"));
        };
        hold(sign(ack.side) == -bracket.sign, Promise::Protection, || {
            format!("{ack:?} protects the wrong side")
        })?;
        let before = bracket.stop;
        bracket.stop = px;
        let side = bracket.sign;
        bracket.asked.retain(|_, asked| side * (*asked - px) > 0);
        bracket.covered = ack.qty as i64;
        bracket.stops.push((ack.xts, px));
        let loosened = bracket.sign * (px - before) < 0;
        hold(!loosened, Promise::Limit, || format!("{ack:?} loosens a stop at {before}"))
    }

    fn on_fill(&mut self, fill: &Fill) -> Held {
        // The first bar of a session may fill at its open, and be known at that moment.
        self.turn(fill.ts);
        self.fills += 1;
        hold(self.executions.insert(fill.exec_id.clone()), Promise::Once, || {
            format!("the execution {} comes twice", fill.exec_id)
        })?;
        let (tick, fee) = facts(fill.sym);
        let (px, qty) = (ticks(fill.px), fill.qty as i64);
        hold(qty > 0 && px > 0 && fill.px.nanos() % TICK == 0, Promise::Money, || {
            format!("{fill:?} is no execution")
        })?;
        hold(fill.fee.0 == fee * qty, Promise::Money, || format!("{fill:?}: the fee is wrong"))?;
        let signed = sign(fill.side) * qty;
        self.trades += u64::from(self.position(fill.sym) == 0);
        self.cash -= signed * px * tick;
        self.fees += fill.fee.0;
        let gross = self.match_lots(fill.sym, sign(fill.side), px, qty) * tick;
        self.equity += gross - fill.fee.0;
        self.day_pnl += gross - fill.fee.0;
        let Some(bracket) = self.brackets.get_mut(&fill.order) else {
            return hold(false, Promise::Once, || format!("{fill:?} belongs to no order"));
        };
        if fill.leg == Leg::Entry {
            bracket.entered += qty;
            bracket.fills.push((fill.xts, qty));
            let worse = bracket.sign * (px - bracket.limit) > 0;
            hold(!worse, Promise::Limit, || format!("{fill:?} beyond its limit"))?;
            let (until, xts) = (bracket.until, fill.xts);
            hold(xts <= until, Promise::Latch, || format!("{fill:?} behind a flatten at {until}"))?;
        } else {
            bracket.exited += qty;
            bracket.covered -= qty;
            bracket.fills.push((fill.xts, -qty));
        }
        let sides = bracket.sign == if fill.leg == Leg::Entry { 1 } else { -1 } * sign(fill.side);
        let sums = bracket.entering() >= 0 && bracket.open() >= 0;
        hold(sides && sums, Promise::Position, || format!("{fill:?} of {bracket:?}"))
    }

    /// Opens contracts one by one or closes the oldest: ticks made by those closed.
    fn match_lots(&mut self, sym: Sym, sign: i64, px: i64, qty: i64) -> i64 {
        let lots = self.lots.entry(sym).or_default();
        let mut made = 0;
        for _ in 0..qty {
            match lots.front() {
                Some((entry, open)) if *open == -sign => {
                    made += open * (px - entry);
                    lots.pop_front();
                }
                _ => lots.push_back((px, sign)),
            }
        }
        made
    }

    fn on_cancel(&mut self, cancel: &Cancel) -> Held {
        self.answered(&cancel.order);
        let Some(bracket) = self.brackets.get_mut(&cancel.order) else { return Ok(()) };
        match cancel.leg {
            Leg::Entry => bracket.dead += cancel.qty as i64,
            Leg::Stop => bracket.covered = 0,
            _ => {}
        }
        hold(bracket.entering() >= 0, Promise::Position, || format!("{cancel:?} of {bracket:?}"))
    }

    /// The order `id` ended without effect: what it asked for is not on its way any more.
    fn answered(&mut self, id: &str) {
        self.brackets.values_mut().for_each(|bracket| {
            bracket.asked.remove(id);
        });
    }

    fn on_reject(&mut self, reject: &Reject) {
        self.answered(&reject.order);
        if let Some(bracket) = self.brackets.get_mut(&reject.order).filter(|b| b.entered == 0) {
            bracket.dead = bracket.qty;
        }
    }

    fn on_market(&mut self, record: &Record) {
        let ours = record.sym() == es() || matches!(record, Record::Clock(_));
        if !ours || record.is_late() {
            return;
        }
        let ts = record.ts();
        // What is stamped while the exchange is closed is no market; a bar is of the time before.
        let moment = if matches!(record, Record::Bar(_)) { ts - 1 } else { ts };
        let session = self.calendar.session_at_or_after(moment).unwrap();
        if !matches!(record, Record::Clock(_)) && !session.is_open(moment) {
            return;
        }
        let start = match record {
            Record::Bar(bar) if bar.by.is_none() => ts - i64::from(bar.dur) * 1_000_000,
            Record::Trade(trade) if trade.counts() => ts,
            Record::Quote(_) | Record::Clock(_) => ts,
            // Not of the exchange: the strategy's own bars, prints that form no price, decisions.
            _ => return,
        };
        if !self.believes_time(start) {
            return;
        }
        match record {
            Record::Trade(trade) if trade.counts() => {
                let px = ticks(trade.px);
                let quoted = self.market.touch.filter(|(quoted, ..)| ts - quoted <= 1_000_000);
                let traded = self.market.traded.filter(|(at, _)| ts - at <= TOUCH_LIFE);
                let known = quoted.map(|(_, bid, ask)| (bid, ask));
                let known = known.or(traded.map(|(_, px)| (px, px)));
                if !self.believes_prices((ts, px, px, false), known, quoted.is_some()) {
                    return;
                }
                self.keep_time(ts);
                self.market.last = Some(px);
                self.market.traded = Some((ts, px));
                let reach = self.config.fills.protection_ticks;
                let shown = self.market.touch.filter(|(at, ..)| ts - at <= TOUCH_LIFE);
                if shown.is_some_and(|(_, bid, ask)| bid < px - reach || ask > px + reach) {
                    self.fled.insert(ts);
                }
                self.prints.push((ts, self.market.now.max(ts), ticks(trade.px)));
            }
            Record::Quote(quote) => {
                let touch = quote.bid.zip(quote.ask).filter(|_| quote.bsz > 0 && quote.asz > 0);
                let touch = touch.map(|(bid, ask)| (ticks(bid), ticks(ask)));
                let sound = touch.filter(|t| t.0 < t.1);
                let shown = self.market.touch.map(|(at, bid, ask)| (at, (bid, ask)));
                let traded = self.market.traded.map(|(at, px)| (at, (px, px)));
                // The newer of both; of one moment the quote.
                let known =
                    shown.into_iter().chain(traded).reduce(|a, b| if b.0 > a.0 { b } else { a });
                let known = known.map(|(_, prices)| prices);
                if let Some((bid, ask)) = sound
                    && !self.believes_prices((ts, bid, ask, true), known, false)
                {
                    return;
                }
                self.keep_time(ts);
                // One without both sides leaves nothing to close at but the last trade.
                self.market.touch = touch.filter(|t| t.0 < t.1).map(|(bid, ask)| (ts, bid, ask));
            }
            _ => self.keep_time(ts),
        }
        self.turn(self.market.now);
    }

    /// The newest stamp counts, until as many records in a row lie ten seconds before it as came after it,
    /// or eight.
    fn keep_time(&mut self, ts: i64) {
        let market = &mut self.market;
        if market.now == i64::MIN || market.now - ts <= APART {
            let leaps = market.now == i64::MIN || ts - market.now > APART;
            market.after = if leaps { 1 } else { market.after + 1 };
            market.now = market.now.max(ts);
            market.before = 0;
            return;
        }
        market.before += 1;
        if market.before >= market.after.min(8) {
            (market.now, market.after, market.before) = (ts, 1, 0);
            market.touch = market.touch.map(|(at, bid, ask)| (at.min(ts), bid, ask));
            market.traded = market.traded.map(|(at, px)| (at.min(ts), px));
        }
    }

    /// One record alone cannot make more than an hour pass in which the exchange is open.
    fn believes_time(&mut self, ts: i64) -> bool {
        let now = self.market.now;
        if now == i64::MIN || self.open_between(now, ts) <= HOUR {
            self.market.leaps = [None; 2];
            return true;
        }
        let [earlier, last] = self.market.leaps;
        let near =
            |first: i64| ts != first && first - ts < HOUR && self.open_between(first, ts) <= HOUR;
        let in_order = earlier.zip(last).is_some_and(|(a, b)| a < b && b < ts);
        let agrees = in_order || earlier.is_some_and(near) || last.is_some_and(near);
        self.market.leaps = match (agrees, last) {
            (true, _) => [None; 2],
            (false, Some(last)) if last == ts => [earlier, Some(last)],
            (false, last) => [last, Some(ts)],
        };
        agrees
    }

    /// Open hours between `from` and `ts`, microseconds.
    fn open_between(&self, from: i64, ts: i64) -> i64 {
        let (mut at, mut open) = (from, 0);
        while at < ts {
            let session = self.calendar.session_at_or_after(at).unwrap();
            open += (ts.min(session.close) - at.max(session.open)).max(0);
            at = session.close;
        }
        open
    }

    /// Far from the `known` prices a record is believed only if another of another stamp says the same;
    /// against `fresh` quotes a quote has to be among the two.
    fn believes_prices(
        &mut self,
        claim: (i64, i64, i64, bool),
        known: Option<(i64, i64)>,
        fresh: bool,
    ) -> bool {
        let margin = self.config.fills.suspect_ticks;
        let near = |low: i64, high: i64| {
            claim.1.min(claim.2) >= low - margin && claim.1.max(claim.2) <= high + margin
        };
        let first = self.market.claim.take();
        if margin == 0 || known.is_none_or(|(low, high)| near(low, high)) {
            return true;
        }
        let agrees = first.is_some_and(|(ts, low, high, quoted)| {
            ts != claim.0 && near(low, high) && (!fresh || quoted || claim.3)
        });
        self.market.claim = (!agrees).then_some(claim);
        agrees
    }

    fn turn(&mut self, now: i64) {
        if now < self.next_session {
            return;
        }
        let session = self.calendar.session_at_or_after(now).unwrap();
        let first = self.session_open.is_none();
        if !first && now < session.open {
            return;
        }
        self.session_open = Some(session.open);
        self.next_session = self.calendar.session_at_or_after(session.close).unwrap().open;
        if !first {
            self.day_equity = self.equity;
            (self.day_pnl, self.trades) = (0, 0);
        }
    }

    /// Cents that the trade date may lose.
    fn day_limit(&self) -> i64 {
        let share = (self.day_equity as f64 * self.config.risk.day_loss_share_max).round() as i64;
        self.config.risk.day_loss_max.0.min(share)
    }

    /// Cents that closing everything at `now` would make; `None` where nothing says at which price.
    fn open_pnl(&self, now: i64) -> Option<i64> {
        let touch = self.market.touch.filter(|(ts, ..)| now - ts <= TOUCH_LIFE);
        let mut sum = 0;
        for (sym, lots) in &self.lots {
            for (entry, sign) in lots {
                let px = touch.map(|(_, bid, ask)| if *sign > 0 { bid } else { ask });
                sum += sign * (px.or(self.market.last)? - entry) * facts(*sym).0;
            }
        }
        Some(sum)
    }

    /// What must hold when a record of the input and all that it caused are behind.
    pub fn rest(&self) -> Held {
        for (id, bracket) in &self.brackets {
            let (open, covered) = (bracket.open(), bracket.covered);
            hold(covered >= open, Promise::Protection, || {
                format!("{id}: {open} open, {covered} covered by a stop")
            })?;
        }
        let weight: i64 = self.lots.iter().map(|(sym, l)| l.len() as i64 * facts(*sym).0).sum();
        hold(weight <= self.config.risk.max_pos as i64 * ES_TICK, Promise::Limit, || {
            format!("{weight} of ticks open, against {}", self.config.risk.max_pos)
        })?;
        let at_cost: i64 = self
            .lots
            .iter()
            .map(|(sym, lots)| lots.iter().map(|(px, s)| px * s).sum::<i64>() * facts(*sym).0)
            .sum();
        let expected = self.config.account.equity.0 + self.cash + at_cost - self.fees;
        hold(self.equity == expected, Promise::Money, || {
            format!("equity {}, but start, cash and fees make {expected}", self.equity)
        })?;
        let Some(open) = self.open_pnl(self.market.now).filter(|_| self.marks) else {
            return Ok(());
        };
        let (pnl, limit) = (self.day_pnl + open, -self.day_limit());
        let closed = self.latches.contains_key("day") || self.latches.contains_key("manual");
        hold(pnl > limit || closed, Promise::Latch, || {
            format!("the day stands at {pnl}, the limit is {limit}, and no latch is set")
        })
    }

    /// What must hold when everything that was under way has been told: no trade at or through a
    /// stop at work has left its position open.
    pub fn end(&self) -> Held {
        if !self.marks {
            return Ok(());
        }
        for (id, bracket) in &self.brackets {
            for (ts, newest, px) in self.prints.iter().filter(|(ts, ..)| !self.fled.contains(ts)) {
                let entered = bracket.fills.iter().filter(|f| f.1 > 0 && f.0 < *ts);
                let left = bracket.fills.iter().filter(|f| f.1 < 0 && f.0 <= *newest);
                let open = entered.chain(left).map(|f| f.1).sum::<i64>();
                // A stop that moves with the stamp of the print may come before or after it.
                let moved = bracket.stops.iter().any(|stop| stop.0 == *ts);
                let stop = bracket.stops.iter().rfind(|stop| stop.0 < *ts);
                let through = stop.is_some_and(|stop| bracket.sign * (px - stop.1) <= 0);
                hold(moved || !through || open <= 0, Promise::Protection, || {
                    format!("{id}: {open} open after the print of {px} at {ts} through {stop:?}")
                })?;
            }
        }
        Ok(())
    }
}
