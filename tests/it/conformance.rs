//! What any broker must do: a suite over the trait alone, the simulated broker against it, and
//! brokers broken on purpose, each of which one of the checks must catch.

use crate::desk::at;
use crate::desk::bracket;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::flatten;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::trade;
use mia::execution::Broker;
use mia::execution::BrokerEvent;
use mia::execution::HeldPosition;
use mia::execution::Link;
use mia::execution::NotSent;
use mia::execution::Sent;
use mia::execution::Simulated;
use mia::execution::SimulatedBroker;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::Sym;
use mia::matching::Exchange;
use mia::matching::Fact;
use mia::matching::WorkingLeg;
use mia::risk::Approved;
use mia::risk::admit;
use mia::wire::Fill;
use mia::wire::Leg;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::TimeInForce;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

/// A broker on a bench: the market moves and the link breaks as the test says.
pub trait Bench: Broker {
    /// The market (or time) moves.
    fn market(&mut self, record: &Record);
    /// The link breaks or comes back at `ts`, microseconds UTC.
    fn turn(&mut self, link: Link, ts: i64);
}

impl Bench for SimulatedBroker {
    fn market(&mut self, record: &Record) {
        self.on_record(record).unwrap();
    }
    fn turn(&mut self, link: Link, ts: i64) {
        self.set_link(link, ts);
    }
}

type Verdict = Result<(), String>;

macro_rules! hold {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+));
        }
    };
}

/// A broker and everything it said.
struct Desk<B> {
    broker: B,
    facts: Vec<Fact>,
    links: Vec<(Link, i64)>,
}

impl<B: Bench> Desk<B> {
    fn new(broker: B) -> Self {
        Self { broker, facts: Vec::new(), links: Vec::new() }
    }

    fn send(&mut self, order: &Order) -> Result<Sent, NotSent> {
        self.broker.send(&admit(order).unwrap())
    }

    /// The market moves; everything known by then is heard.
    fn market(&mut self, record: &Record) {
        self.broker.market(record);
        while let Some(event) = self.broker.next_event(record.ts()) {
            match event {
                BrokerEvent::Fact(fact) => self.facts.push(fact),
                BrokerEvent::Link(link, ts) => self.links.push((link, ts)),
            }
        }
    }

    fn play(&mut self, records: &[Record]) {
        records.iter().for_each(|record| self.market(record));
    }

    /// Long after everything: nothing is on its way any more.
    fn settle(&mut self) {
        self.market(&clock(600_000));
    }

    fn fills(&self, leg: Leg) -> u64 {
        self.all_fills().filter(|fill| fill.leg == leg).map(|fill| fill.qty).sum()
    }

    fn all_fills(&self) -> impl Iterator<Item = &Fill> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Fill(fill) => Some(fill),
            _ => None,
        })
    }

    /// Reasons of the rejects that name `id`.
    fn rejects(&self, id: &str) -> Vec<String> {
        let of = |fact: &Fact| match fact {
            Fact::Reject(reject) if reject.order == id => Some(reject.reason.clone()),
            _ => None,
        };
        self.facts.iter().filter_map(of).collect()
    }

    fn held(&self) -> i64 {
        self.broker.positions().iter().map(|held| held.qty).sum()
    }

    /// Contracts that working legs of this kind may still fill.
    fn working(&self, leg: Leg) -> u64 {
        self.broker.open_orders().iter().filter(|open| open.leg == leg).map(|open| open.qty).sum()
    }

    /// The books of the broker against what its facts add up to; only when nothing is on its way.
    fn reconcile(&self) -> Verdict {
        let expected = Books::of(&self.facts);
        let positions: BTreeMap<Sym, i64> =
            self.broker.positions().into_iter().map(|held| (held.sym, held.qty)).collect();
        hold!(positions == expected.positions, "positions {positions:?}, facts {expected:?}");
        let mut legs: BTreeMap<(String, Leg), u64> = BTreeMap::new();
        for open in self.broker.open_orders() {
            hold!(open.qty > 0, "a working leg over nothing: {open:?}");
            *legs.entry((open.order, open.leg)).or_default() += open.qty;
        }
        hold!(legs == expected.legs, "working legs {legs:?}, facts {:?}", expected.legs);
        let ids = |fills: &mut dyn Iterator<Item = &Fill>| -> Vec<String> {
            let mut ids: Vec<_> = fills.map(|fill| fill.exec_id.clone()).collect();
            ids.sort();
            ids
        };
        let executed = self.broker.executions_since(i64::MIN);
        let (told, kept) = (ids(&mut self.all_fills()), ids(&mut executed.iter()));
        hold!(told == kept, "told {told:?}, executed {kept:?}");
        let mut unique = told.clone();
        unique.dedup();
        hold!(unique == told, "execution ids repeat: {told:?}");
        Ok(())
    }
}

/// What facts add up to: acks less fills and cancels.
#[derive(Debug, Default)]
struct Books {
    positions: BTreeMap<Sym, i64>,
    legs: BTreeMap<(String, Leg), u64>,
}

impl Books {
    fn of(facts: &[Fact]) -> Self {
        let mut open: BTreeMap<String, u64> = BTreeMap::new();
        let mut books = Self::default();
        let mut flattening = BTreeSet::new();
        for fact in facts {
            match fact {
                Fact::Ack(ack) => match ack.leg {
                    Leg::Entry => {
                        books.legs.insert((ack.order.clone(), Leg::Entry), ack.qty);
                    }
                    Leg::Target => books.add(&ack.order, Leg::Target, ack.qty),
                    Leg::Flatten => {
                        flattening.insert(ack.order.clone());
                    }
                    Leg::Stop => {}
                },
                Fact::Fill(fill) => {
                    let signed = fill.side.sign() * fill.qty as i64;
                    *books.positions.entry(fill.sym).or_default() += signed;
                    let held = open.entry(fill.order.clone()).or_default();
                    if fill.leg == Leg::Entry {
                        *held += fill.qty;
                    } else {
                        *held = held.saturating_sub(fill.qty);
                    }
                    books.take(&fill.order, fill.leg, fill.qty);
                }
                Fact::Cancel(cancel) => books.take(&cancel.order, cancel.leg, cancel.qty),
                Fact::Reject(_) => {}
            }
        }
        books.legs.retain(|(_, leg), qty| *qty > 0 && matches!(leg, Leg::Entry | Leg::Target));
        for (order, qty) in open.into_iter().filter(|(_, qty)| *qty > 0) {
            // The stop covers whatever is open, and so does a flatten at work.
            books.legs.insert((order.clone(), Leg::Stop), qty);
            if flattening.contains(&order) {
                books.legs.insert((order, Leg::Flatten), qty);
            }
        }
        books.positions.retain(|_, qty| *qty != 0);
        books
    }

    fn add(&mut self, order: &str, leg: Leg, qty: u64) {
        *self.legs.entry((order.to_owned(), leg)).or_default() += qty;
    }

    fn take(&mut self, order: &str, leg: Leg, qty: u64) {
        if let Some(left) = self.legs.get_mut(&(order.to_owned(), leg)) {
            *left = left.saturating_sub(qty);
        }
    }
}

fn buy(id: &str, ms: i64, qty: u64) -> Order {
    bracket(id, ms, Side::Buy, qty, 5000.5, 4998.0, 5002.0)
}

/// A purchase that rests in the book at 4999.
fn resting(id: &str, ms: i64, qty: u64) -> Order {
    Order { tif: TimeInForce::Day, ..bracket(id, ms, Side::Buy, qty, 4999.0, 4990.0, 5010.0) }
}

fn change(op: OrderOp, id: &str, ms: i64, reference: &str) -> Order {
    Order { op, ..flatten(id, ms, Some(reference)) }
}

/// One lot of 2 is bought at 5000.25, 200 ms after the start.
fn open<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    desk.market(&quote(0, 5000.0, 9, 5000.25, 9));
    hold!(desk.send(&buy("a", 0, 2)) == Ok(Sent::OnItsWay), "an order is not taken");
    desk.play(&[quote(200, 5000.0, 9, 5000.25, 9), clock(1000)]);
    hold!(desk.held() == 2, "bought {} of 2", desk.held());
    Ok(())
}

fn ids_act_once<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    hold!(desk.send(&buy("a", 1000, 2)) == Ok(Sent::Before), "an id is sent a second time");
    desk.play(&[quote(1200, 5000.0, 9, 5000.25, 9), trade(1300, 5002.25, 9)]);
    // Over: the id still acts no more.
    hold!(desk.send(&buy("a", 1400, 2)) == Ok(Sent::Before), "an id is sent again when over");
    desk.play(&[quote(1600, 5000.0, 9, 5000.25, 9)]);
    desk.settle();
    hold!(desk.fills(Leg::Entry) == 2, "entered {} of 2", desk.fills(Leg::Entry));
    let twice = change(OrderOp::Cancel, "c", 2000, "a");
    hold!(desk.send(&twice) == Ok(Sent::OnItsWay), "a cancel is not taken");
    hold!(desk.send(&twice) == Ok(Sent::Before), "a cancel is sent a second time");
    Ok(())
}

fn entries_are_protected_at_once<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    desk.market(&quote(0, 5000.0, 2, 5000.25, 2));
    hold!(desk.send(&buy("a", 0, 3)).is_ok(), "an order is not taken");
    for record in [
        quote(200, 5000.0, 2, 5000.25, 2),
        trade(210, 5000.0, 1),
        clock(600),
        trade(700, 5002.0, 1),
        trade(710, 4997.0, 1),
    ] {
        desk.market(&record);
        let (held, covered) = (desk.held().unsigned_abs(), desk.working(Leg::Stop));
        hold!(covered == held, "{covered} of {held} contracts are protected");
    }
    desk.settle();
    let mut covered = 0;
    let mut entered = 0;
    for (n, fact) in desk.facts.iter().enumerate() {
        let Fact::Fill(fill) = fact else { continue };
        if fill.leg != Leg::Entry {
            continue;
        }
        entered += fill.qty;
        let stop = desk.facts[n..].iter().find_map(|fact| match fact {
            Fact::Ack(ack) if ack.leg == Leg::Stop && ack.order == fill.order => Some(ack),
            _ => None,
        });
        let Some(stop) = stop else { return Err("no stop after a fill".into()) };
        hold!(stop.xts == fill.xts, "the stop works {} us later", stop.xts - fill.xts);
        hold!(stop.px == Some(px(4998.0)), "the stop stands at {:?}", stop.px);
        covered = stop.qty;
    }
    hold!(entered == 3 && covered == 3, "{covered} of {entered} covered");
    Ok(())
}

fn one_cancels_the_other<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    desk.play(&[trade(1100, 5002.25, 9), trade(1200, 4990.0, 9), trade(1300, 5010.0, 9)]);
    desk.settle();
    let out = desk.fills(Leg::Target) + desk.fills(Leg::Stop);
    hold!(desk.fills(Leg::Target) == 2, "the target filled {}", desk.fills(Leg::Target));
    hold!(out == 2, "{out} of 2 contracts left");
    hold!(desk.held() == 0, "{} are held", desk.held());
    hold!(desk.broker.open_orders().is_empty(), "{:?} still work", desk.broker.open_orders());
    Ok(())
}

fn partial_fills_leave_nothing<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    desk.market(&quote(0, 5000.0, 4, 5000.25, 4));
    hold!(desk.send(&buy("a", 0, 9)).is_ok(), "an order is not taken");
    desk.play(&[quote(200, 5000.0, 4, 5000.25, 4), clock(1000)]);
    let ended: u64 = desk
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Cancel(cancel) if cancel.leg == Leg::Entry => Some(cancel.qty),
            _ => None,
        })
        .sum();
    let filled = desk.fills(Leg::Entry);
    hold!((filled, ended) == (8, 1), "{filled} filled and {ended} cancelled of 9");
    hold!(desk.working(Leg::Entry) == 0, "the rest still works");
    // The remainder is filled exactly, one by one, and nothing comes back.
    hold!(desk.send(&resting("b", 1000, 3)).is_ok(), "an order is not taken");
    desk.play(&[quote(1200, 4999.0, 2, 4999.25, 9), trade(1210, 4999.0, 3)]);
    for ms in [1220, 1230, 1240, 1250] {
        desk.market(&trade(ms, 4999.0, 1));
    }
    desk.play(&[clock(1500), trade(1600, 4998.75, 50), quote(1700, 4998.5, 9, 4998.75, 9)]);
    desk.settle();
    let fills: Vec<u64> =
        desk.all_fills().filter(|fill| fill.order == "b").map(|fill| fill.qty).collect();
    hold!(fills == [1, 1, 1], "filled {fills:?} of 1, 1, 1");
    hold!(desk.working(Leg::Entry) == 0, "a filled order still works");
    desk.reconcile()
}

fn cancels_race_with_fills<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    let cancel = |id: &str, ms, of: &str| change(OrderOp::Cancel, id, ms, of);
    desk.market(&quote(0, 5000.0, 9, 5000.25, 9));
    // In time.
    hold!(desk.send(&resting("a", 0, 1)).is_ok(), "an order is not taken");
    desk.market(&quote(200, 5000.0, 9, 5000.25, 9));
    hold!(desk.send(&cancel("ca", 300, "a")).is_ok(), "a cancel is not taken");
    desk.play(&[trade(460, 4998.0, 9), quote(470, 5000.0, 9, 5000.25, 9)]);
    // The cancel is decided when the fill has happened and is not told yet.
    hold!(desk.send(&resting("b", 500, 1)).is_ok(), "an order is not taken");
    desk.market(&quote(700, 5000.0, 9, 5000.25, 9));
    desk.market(&trade(900, 4998.75, 9));
    hold!(desk.send(&cancel("cb", 900, "b")).is_ok(), "a cancel is not taken");
    desk.play(&[quote(1000, 5000.0, 9, 5000.25, 9), clock(2000)]);
    // Nobody knows it.
    hold!(desk.send(&cancel("cx", 2000, "x")).is_ok(), "a cancel is not taken");
    desk.settle();
    let filled: Vec<&str> = desk.all_fills().map(|fill| fill.order.as_str()).collect();
    hold!(filled == ["b"], "filled: {filled:?}");
    hold!(desk.rejects("ca").is_empty(), "a cancel in time is refused");
    for id in ["cb", "cx"] {
        hold!(desk.rejects(id).len() == 1, "{id} is answered with {:?}", desk.rejects(id));
    }
    hold!(desk.working(Leg::Stop) == 1, "a late cancel took the stop with it");
    desk.reconcile()
}

fn amends_change_what_they_name<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    let legs = |desk: &Desk<B>, leg| -> Vec<(Option<Px>, u64)> {
        let open = desk.broker.open_orders();
        open.iter().filter(|open| open.leg == leg).map(|open| (open.px, open.qty)).collect()
    };
    open(desk)?;
    let targets = legs(desk, Leg::Target);
    let up = Order { stop: Some(px(4999.0)), ..change(OrderOp::Amend, "m", 1000, "a") };
    hold!(desk.send(&up).is_ok(), "an amend is not taken");
    // The old stop holds while it is on its way.
    desk.play(&[trade(1100, 5000.0, 1), quote(1200, 5000.0, 9, 5000.25, 9), clock(2000)]);
    let (stops, after) = (legs(desk, Leg::Stop), legs(desk, Leg::Target));
    hold!(stops == [(Some(px(4999.0)), 2)], "stops {stops:?}");
    hold!(after == targets, "targets {targets:?} became {after:?}");
    // Half of the entry fills while a smaller size is on its way: it holds for the rest.
    hold!(desk.send(&resting("b", 2000, 4)).is_ok(), "an order is not taken");
    desk.play(&[quote(2200, 5000.0, 9, 5000.25, 9), quote(2250, 4998.75, 9, 4999.25, 9)]);
    let less = Order { px: Some(px(4998.75)), qty: 3, ..change(OrderOp::Amend, "n", 2300, "b") };
    hold!(desk.send(&less).is_ok(), "an amend is not taken");
    desk.play(&[trade(2400, 4999.0, 3), clock(2800)]);
    let (left, held) = (desk.working(Leg::Entry), desk.fills(Leg::Entry));
    hold!(left + held <= 5, "{held} filled and {left} work of 2 and 3");
    desk.play(&[trade(2900, 4998.5, 50), quote(2950, 4998.25, 9, 4998.5, 9)]);
    desk.settle();
    let of_b = desk.all_fills().filter(|fill| fill.order == "b" && fill.leg == Leg::Entry);
    let entered: u64 = of_b.map(|fill| fill.qty).sum();
    hold!(entered == 3, "{entered} entered of a size amended to 3");
    let nothing = |fact: &Fact| matches!(fact, Fact::Ack(ack) if ack.qty == 0);
    hold!(!desk.facts.iter().any(nothing), "an order over nothing works");
    desk.reconcile()
}

fn flatten_ends_flat_and_only_once<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    hold!(desk.send(&flatten("f", 1000, None)).is_ok(), "a flatten is not taken");
    hold!(desk.send(&flatten("g", 1010, Some("a"))).is_ok(), "a flatten is not taken");
    desk.play(&[
        quote(1200, 4999.0, 1, 4999.25, 9),
        quote(1300, 4999.0, 9, 4999.25, 9),
        trade(1400, 4990.0, 9),
        quote(1500, 4999.0, 9, 4999.25, 9),
    ]);
    desk.settle();
    let out: u64 = desk.all_fills().filter(|f| f.leg != Leg::Entry).map(|f| f.qty).sum();
    hold!(desk.held() == 0 && out == 2, "{out} left, {} held", desk.held());
    hold!(desk.broker.open_orders().is_empty(), "{:?} still work", desk.broker.open_orders());
    // Flat already: an answer, no order.
    let before = desk.facts.len();
    hold!(desk.send(&flatten("h", 700_000, None)).is_ok(), "a flatten is not taken");
    desk.play(&[quote(701_000, 4999.0, 9, 4999.25, 9), clock(702_000)]);
    hold!(desk.facts.len() == before + 1, "{:?}", &desk.facts[before..]);
    hold!(desk.held() == 0, "a flatten while flat opened {}", desk.held());
    Ok(())
}

fn a_flatten_comes_after_what_was_sent_before<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    desk.market(&quote(0, 5000.0, 9, 5000.25, 9));
    // An entry decided on a bar that ends ahead of the records, and the kill switch right after it.
    hold!(desk.send(&buy("a", 1000, 2)).is_ok(), "an order is not taken");
    hold!(desk.send(&flatten("f", 10, None)).is_ok(), "a flatten is not taken");
    desk.play(&[
        quote(600, 5000.0, 9, 5000.25, 9),
        quote(1600, 5000.0, 9, 5000.25, 9),
        quote(2000, 5000.0, 9, 5000.25, 9),
    ]);
    desk.settle();
    let (held, open) = (desk.held(), desk.broker.open_orders());
    hold!(held == 0 && open.is_empty(), "{held} held and {open:?} at work after a flatten");
    desk.reconcile()
}

fn refusals_are_told_once<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    let naked = Order { stop: None, ..buy("n", 1000, 1) };
    let beside = Order { px: Some(px(5000.3)), ..buy("o", 1000, 1) };
    let nobodys = Order { stop: Some(px(4999.0)), ..change(OrderOp::Amend, "m", 1000, "x") };
    for order in [&naked, &beside, &nobodys] {
        hold!(desk.send(order).is_ok(), "an order is not taken");
    }
    desk.play(&[quote(1500, 5000.0, 9, 5000.25, 9), clock(2000)]);
    desk.settle();
    for id in ["n", "o", "m"] {
        hold!(desk.rejects(id).len() == 1, "{id} is refused {} times", desk.rejects(id).len());
    }
    hold!(desk.held() == 2 && desk.working(Leg::Stop) == 2, "a refusal changed the position");
    desk.reconcile()
}

fn facts_come_in_order<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    hold!(desk.send(&resting("b", 1000, 2)).is_ok(), "an order is not taken");
    desk.play(&[
        quote(1200, 5000.0, 9, 5000.25, 9),
        trade(1300, 4998.75, 1),
        trade(1310, 5002.25, 1),
        quote(1400, 5002.0, 9, 5002.25, 9),
    ]);
    desk.settle();
    let mut last = i64::MIN;
    for fact in &desk.facts {
        hold!(fact.known() >= fact.xts(), "{fact:?} is known before it happens");
        hold!(fact.known() >= last, "{fact:?} comes after what was known later");
        last = fact.known();
    }
    hold!(desk.facts.len() > 8, "too little happened: {:?}", desk.facts);
    Ok(())
}

fn books_agree_with_facts<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    desk.reconcile()?;
    hold!(desk.send(&resting("b", 1000, 3)).is_ok(), "an order is not taken");
    desk.play(&[quote(1200, 5000.0, 9, 5000.25, 9), clock(2000)]);
    desk.reconcile()?;
    desk.play(&[quote(2050, 4998.75, 9, 4999.25, 9), trade(2100, 4999.0, 2), clock(3000)]);
    desk.reconcile()?;
    desk.play(&[trade(3100, 5002.25, 5), clock(4000)]);
    desk.reconcile()?;
    hold!(desk.send(&flatten("f", 4000, None)).is_ok(), "a flatten is not taken");
    desk.play(&[quote(4200, 5000.0, 9, 5000.25, 9), clock(5000)]);
    desk.reconcile()?;
    hold!(desk.held() == 0, "{} are held", desk.held());
    let fills: Vec<&Fill> = desk.all_fills().collect();
    let Some(last) = fills.last() else { return Err("nothing filled".into()) };
    let since = desk.broker.executions_since(last.xts);
    hold!(since.iter().all(|fill| fill.xts >= last.xts), "{since:?}");
    hold!(since.iter().any(|fill| fill.exec_id == last.exec_id), "the last is missing");
    Ok(())
}

fn nothing_leaves_without_a_link<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    desk.market(&quote(0, 5000.0, 9, 5000.25, 9));
    desk.broker.turn(Link::Down, at(10));
    desk.market(&clock(20));
    hold!(desk.links == [(Link::Down, at(10))], "links {:?}", desk.links);
    hold!(desk.broker.link() == Link::Down, "the link is not down");
    for order in [buy("a", 20, 1), flatten("f", 30, None), change(OrderOp::Cancel, "c", 40, "a")] {
        hold!(desk.send(&order) == Err(NotSent::LinkDown), "{} was taken", order.id);
    }
    desk.play(&[quote(300, 5000.0, 9, 5000.25, 9), trade(400, 5000.0, 1)]);
    desk.broker.turn(Link::Up, at(500));
    desk.play(&[clock(600), quote(700, 5000.0, 9, 5000.25, 9)]);
    desk.settle();
    hold!(desk.facts.is_empty(), "{:?}", desk.facts);
    hold!(desk.held() == 0, "{} are held", desk.held());
    // What was refused may be sent now, under the same id: it never acted.
    hold!(desk.send(&buy("a", 610_000, 1)) == Ok(Sent::OnItsWay), "a refused id is used up");
    Ok(())
}

fn an_outage_loses_nothing<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    open(desk)?;
    let told = desk.facts.len();
    desk.broker.turn(Link::Down, at(1100));
    desk.play(&[trade(1200, 5002.25, 9), clock(3000)]);
    hold!(desk.facts.len() == told, "facts came without a link");
    desk.broker.turn(Link::Up, at(4000));
    desk.play(&[clock(4001)]);
    let links: Vec<Link> = desk.links.iter().map(|(link, _)| *link).collect();
    hold!(links == [Link::Down, Link::Up], "links {links:?}");
    desk.settle();
    let missed = &desk.facts[told..];
    hold!(missed.iter().all(|fact| fact.known() >= at(4000)), "{missed:?}");
    hold!(desk.fills(Leg::Target) == 2, "the fill of the outage is lost");
    hold!(desk.held() == 0, "{} are held", desk.held());
    desk.reconcile()?;
    hold!(desk.send(&buy("b", 610_000, 1)) == Ok(Sent::OnItsWay), "the link is not up");
    Ok(())
}

/// A stop follows the market and never goes back: not behind the one at work, nor behind one that is
/// on its way and not acknowledged yet.
fn stops_are_never_loosened<B: Bench>(desk: &mut Desk<B>) -> Verdict {
    for (side, entry, stop, tight, between) in
        [(Side::Buy, 5000.5, 4998.0, 4999.0, 4998.5), (Side::Sell, 4999.75, 5002.0, 5001.0, 5001.5)]
    {
        let name = |what: &str| format!("{what}{side:?}");
        let base = if side == Side::Buy { 0 } else { 20_000 };
        let target = if side == Side::Buy { 5010.0 } else { 4990.0 };
        let move_to = |id: &str, ms: i64, points: f64| Order {
            stop: Some(px(points)),
            ..change(OrderOp::Amend, &name(id), base + ms, &name("a"))
        };
        let stops = |desk: &Desk<B>| -> Vec<Option<Px>> {
            let open = desk.broker.open_orders();
            open.iter().filter(|open| open.leg == Leg::Stop).map(|open| open.px).collect()
        };
        desk.market(&quote(base, 5000.0, 9, 5000.25, 9));
        let order = bracket(&name("a"), base, side, 1, entry, stop, target);
        hold!(desk.send(&order).is_ok(), "an order is not taken");
        desk.play(&[quote(base + 200, 5000.0, 9, 5000.25, 9), clock(base + 1000)]);
        hold!(stops(desk) == [Some(px(stop))], "stops {:?}", stops(desk));
        for amend in [move_to("m", 1000, tight), move_to("n", 1010, between)] {
            hold!(desk.send(&amend).is_ok(), "an amend is not taken");
        }
        desk.play(&[quote(base + 1300, 5000.0, 9, 5000.25, 9), clock(base + 2000)]);
        hold!(
            stops(desk) == [Some(px(tight))],
            "{side:?}: behind one on its way: {:?}",
            stops(desk)
        );
        for amend in [move_to("o", 2000, stop), move_to("p", 2010, tight)] {
            hold!(desk.send(&amend).is_ok(), "an amend is not taken");
        }
        desk.play(&[quote(base + 2300, 5000.0, 9, 5000.25, 9), clock(base + 3000)]);
        hold!(
            stops(desk) == [Some(px(tight))],
            "{side:?}: behind the one at work: {:?}",
            stops(desk)
        );
        for (id, refused) in [("m", 0), ("n", 1), ("o", 1), ("p", 0)] {
            let told = desk.rejects(&name(id));
            hold!(told.len() == refused, "{id} is answered with {told:?}");
        }
        hold!(desk.send(&flatten(&name("f"), base + 3000, None)).is_ok(), "a flatten is not taken");
        desk.play(&[quote(base + 3300, 5000.0, 9, 5000.25, 9), clock(base + 4000)]);
        hold!(desk.held() == 0, "{} are held", desk.held());
    }
    desk.reconcile()
}

/// Name of a check and the check.
type Check<B> = (&'static str, fn(&mut Desk<B>) -> Verdict);

fn checks<B: Bench>() -> Vec<Check<B>> {
    vec![
        ("ids_act_once", ids_act_once),
        ("entries_are_protected_at_once", entries_are_protected_at_once),
        ("one_cancels_the_other", one_cancels_the_other),
        ("partial_fills_leave_nothing", partial_fills_leave_nothing),
        ("cancels_race_with_fills", cancels_race_with_fills),
        ("amends_change_what_they_name", amends_change_what_they_name),
        ("stops_are_never_loosened", stops_are_never_loosened),
        ("flatten_ends_flat_and_only_once", flatten_ends_flat_and_only_once),
        ("a_flatten_comes_after_what_was_sent_before", a_flatten_comes_after_what_was_sent_before),
        ("refusals_are_told_once", refusals_are_told_once),
        ("facts_come_in_order", facts_come_in_order),
        ("books_agree_with_facts", books_agree_with_facts),
        ("nothing_leaves_without_a_link", nothing_leaves_without_a_link),
        ("an_outage_loses_nothing", an_outage_loses_nothing),
    ]
}

/// Runs every check on a fresh broker of `make`; what failed, and why.
pub fn conforms<B: Bench>(make: impl Fn() -> B) -> Vec<(&'static str, String)> {
    let run =
        |(name, check): Check<B>| check(&mut Desk::new(make())).err().map(|reason| (name, reason));
    checks::<B>().into_iter().filter_map(run).collect()
}

fn simulated(latency_ms: i64) -> SimulatedBroker {
    let exchange = Exchange::new(&config(latency_ms), Calendar::builtin().unwrap()).unwrap();
    SimulatedBroker::new(exchange)
}

#[test]
fn the_simulated_broker_conforms() {
    for latency in [0, 50, 150] {
        let failed = conforms(|| simulated(latency));
        assert!(failed.is_empty(), "{latency} ms: {failed:#?}");
    }
}

/// What is wrong with a broker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    ActsTwice,
    HidesTheStop,
    FillsBoth,
    ForgetsTheRest,
    SwallowsRefusals,
    AmendsMore,
    LoosensStops,
    IgnoresFlatten,
    FlattensFirst,
    RefusesTwice,
    KnowsTooEarly,
    ForgetsExecutions,
    SendsWithoutLink,
    LosesTheOutage,
}

/// The simulated broker with one fault.
struct Broken {
    inner: SimulatedBroker,
    fault: Fault,
    extra: VecDeque<BrokerEvent>,
    down_since: i64,
    /// The stop that was asked for last.
    asked: Option<Px>,
    /// An entry that others go past.
    behind: Option<Order>,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        let (extra, down_since, asked) = (VecDeque::new(), i64::MAX, None);
        Self { inner: simulated(150), fault, extra, down_since, asked, behind: None }
    }

    fn pass(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        let item = order.item();
        self.asked = item.stop.or(self.asked);
        let changed = match self.fault {
            Fault::FlattensFirst if item.op == OrderOp::New && self.inner.link() == Link::Up => {
                self.behind = Some(item.clone());
                return Ok(Sent::OnItsWay);
            }
            Fault::IgnoresFlatten if item.op == OrderOp::Flatten => return Ok(Sent::OnItsWay),
            Fault::AmendsMore if item.op == OrderOp::Amend && item.targets.is_empty() => {
                Order { targets: vec![px(5001.0)], ..item.clone() }
            }
            _ => item.clone(),
        };
        if self.fault == Fault::SendsWithoutLink && self.inner.link() == Link::Down {
            self.inner.set_link(Link::Up, item.ct);
        }
        match self.inner.send(&admit(&changed).unwrap()) {
            Ok(Sent::Before) if self.fault == Fault::ActsTwice => {
                let again = Order { id: format!("{}'", changed.id), ..changed };
                self.inner.send(&admit(&again).unwrap())
            }
            other => other,
        }
    }

    /// What becomes of a fact on its way out.
    fn distort(&mut self, fact: Fact) -> Option<Fact> {
        match (self.fault, fact) {
            (Fault::FillsBoth, Fact::Fill(fill)) if fill.leg == Leg::Target => {
                let both =
                    Fill { leg: Leg::Stop, exec_id: format!("{}'", fill.exec_id), ..fill.clone() };
                self.extra.push_back(BrokerEvent::Fact(Fact::Fill(both)));
                Some(Fact::Fill(fill))
            }
            (Fault::ForgetsTheRest, Fact::Cancel(cancel)) if cancel.leg == Leg::Entry => None,
            (Fault::SwallowsRefusals, Fact::Reject(_)) => None,
            (Fault::RefusesTwice, Fact::Reject(reject)) => {
                self.extra.push_back(BrokerEvent::Fact(Fact::Reject(reject.clone())));
                Some(Fact::Reject(reject))
            }
            (Fault::KnowsTooEarly, Fact::Fill(mut fill)) => {
                fill.ts = fill.xts - 1;
                Some(Fact::Fill(fill))
            }
            (Fault::LosesTheOutage, fact) if fact.xts() >= self.down_since => None,
            (_, fact) => Some(fact),
        }
    }
}

impl Broker for Broken {
    fn submit(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }
    fn amend(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }
    fn cancel(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }
    fn flatten(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        self.pass(order)
    }
    fn next_event(&mut self, until: i64) -> Option<BrokerEvent> {
        if let Some(event) = self.extra.pop_front() {
            return Some(event);
        }
        loop {
            match self.inner.next_event(until)? {
                BrokerEvent::Fact(fact) => {
                    if let Some(fact) = self.distort(fact) {
                        return Some(BrokerEvent::Fact(fact));
                    }
                }
                link @ BrokerEvent::Link(..) => return Some(link),
            }
        }
    }
    fn link(&self) -> Link {
        self.inner.link()
    }
    fn open_orders(&self) -> Vec<WorkingLeg> {
        let mut open = self.inner.open_orders();
        if self.fault == Fault::HidesTheStop {
            open.retain(|open| open.leg != Leg::Stop);
        }
        if self.fault == Fault::LoosensStops {
            open.iter_mut().filter(|open| open.leg == Leg::Stop).for_each(|o| o.px = self.asked);
        }
        open
    }
    fn positions(&self) -> Vec<HeldPosition> {
        self.inner.positions()
    }
    fn executions_since(&self, xts: i64) -> Vec<Fill> {
        let mut fills = self.inner.executions_since(xts);
        if self.fault == Fault::ForgetsExecutions {
            fills.pop();
        }
        fills
    }
}

impl Bench for Broken {
    fn market(&mut self, record: &Record) {
        if let Some(order) = self.behind.take() {
            self.inner.send(&admit(&order).unwrap()).unwrap();
        }
        self.inner.market(record);
    }
    fn turn(&mut self, link: Link, ts: i64) {
        if link == Link::Down {
            self.down_since = ts;
        }
        self.inner.turn(link, ts);
    }
}

#[test]
fn a_broken_broker_is_caught_by_the_check_that_is_meant_for_it() {
    let faults = [
        (Fault::ActsTwice, "ids_act_once"),
        (Fault::HidesTheStop, "entries_are_protected_at_once"),
        (Fault::FillsBoth, "one_cancels_the_other"),
        (Fault::ForgetsTheRest, "partial_fills_leave_nothing"),
        (Fault::SwallowsRefusals, "cancels_race_with_fills"),
        (Fault::AmendsMore, "amends_change_what_they_name"),
        (Fault::LoosensStops, "stops_are_never_loosened"),
        (Fault::IgnoresFlatten, "flatten_ends_flat_and_only_once"),
        (Fault::FlattensFirst, "a_flatten_comes_after_what_was_sent_before"),
        (Fault::RefusesTwice, "refusals_are_told_once"),
        (Fault::KnowsTooEarly, "facts_come_in_order"),
        (Fault::ForgetsExecutions, "books_agree_with_facts"),
        (Fault::SendsWithoutLink, "nothing_leaves_without_a_link"),
        (Fault::LosesTheOutage, "an_outage_loses_nothing"),
    ];
    for (fault, meant) in faults {
        let failed = conforms(|| Broken::new(fault));
        let names: Vec<_> = failed.iter().map(|(name, _)| *name).collect();
        assert!(names.contains(&meant), "{fault:?} is caught by {names:?} only");
    }
    // Every check catches somebody.
    let meant: BTreeSet<_> = faults.iter().map(|(_, meant)| *meant).collect();
    assert_eq!(meant.len(), checks::<Broken>().len());
}

#[test]
fn a_link_that_is_down_is_told_in_the_stream_and_the_order_is_refused() {
    use crate::desk::drive;
    use mia::execution::PaperStage;
    let config = config(150);
    let mut broker = simulated(150);
    broker.set_link(Link::Down, at(0));
    let calendar = Calendar::builtin().unwrap();
    let mut stage = PaperStage::over(broker, &config, calendar, None).unwrap();
    let records = [quote(0, 5000.0, 9, 5000.25, 9), buy("a", 0, 1).into(), clock(10)];
    let output = drive(&mut stage, &records).unwrap();
    let told: Vec<String> = output
        .iter()
        .filter_map(|record| match record {
            Record::Status(status) => status.code.clone(),
            Record::Reject(reject) => Some(format!("{} {}", reject.order, reject.reason)),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["broker_link", "a link_down"]);
    assert!(stage.ledger().is_idle());
}
