//! A small seeded tape with trades and quotes, and its transformations (QUANT 0.7).

use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::wire::Bar;
use mia::wire::BookSide;
use mia::wire::Depth;
use mia::wire::DepthOp;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Trade;
use mia::wire::TradeFlags;

const TICK: i64 = 250_000_000;
const SECOND: f64 = 1e6;

/// A generator of good enough numbers (xorshift), the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }
}

/// A tape from `from` to `to` (microseconds UTC): about four events a second, a spread of a tick,
/// slow waves of buying and selling, a hundredth of the trades large.
pub fn tape(dice: &mut Dice, from: i64, to: i64, start: i64) -> Vec<Record> {
    let (mut at, mut bid, mut bid_size, mut ask_size) = (from, start, 20_u64, 20_u64);
    let mut records = Vec::new();
    loop {
        at += (-libm::log(1.0 - dice.unit()) * 0.25 * SECOND) as i64 + 1;
        if at >= to {
            return records;
        }
        let drift = 0.2 * libm::sin((at - from) as f64 / (700.0 * SECOND));
        if dice.unit() < 0.45 {
            let buy = dice.unit() < 0.5 + drift;
            let size = if dice.unit() < 0.01 { dice.range(40, 120) } else { dice.range(1, 9) };
            let price = if buy { bid + 1 } else { bid };
            records.push(trade(at, price, size, if buy { Side::Buy } else { Side::Sell }));
            let left = if buy { &mut ask_size } else { &mut bid_size };
            *left = left.saturating_sub(size);
            if *left == 0 {
                bid += if buy { 1 } else { -1 };
                (bid_size, ask_size) = (dice.range(5, 40), dice.range(5, 40));
            }
        } else if dice.unit() < 0.5 {
            bid_size = (bid_size + dice.range(0, 14)).saturating_sub(6).max(1);
        } else {
            ask_size = (ask_size + dice.range(0, 14)).saturating_sub(6).max(1);
        }
        records.push(quote(at, bid, bid_size, bid + 1, ask_size));
    }
}

/// A driftless random walk from `from` to `to`: the mid moves a tick up or down by the toss of a coin
/// that nothing before it decides. Trades and sizes follow the moves of the past, so order flow goes
/// with the price and says nothing about what comes.
pub fn walk(dice: &mut Dice, from: i64, to: i64, start: i64) -> Vec<Record> {
    let (mut at, mut bid, mut lean) = (from, start, 0.0);
    let mut records = vec![quote(from, bid, 20, bid + 1, 20)];
    loop {
        at += (-libm::log(1.0 - dice.unit()) * 0.5 * SECOND) as i64 + 1;
        if at >= to {
            return records;
        }
        let what = dice.unit();
        if what < 0.25 {
            let step = if dice.unit() < 0.5 { 1 } else { -1 };
            bid += step;
            lean = 0.3 * step as f64;
        } else if what < 0.7 {
            let buy = dice.unit() < 0.5 + lean;
            let size = if dice.unit() < 0.02 { dice.range(40, 120) } else { dice.range(1, 12) };
            let (price, side) = if buy { (bid + 1, Side::Buy) } else { (bid, Side::Sell) };
            records.push(trade(at, price, size, side));
        }
        let (lower, upper) = if lean > 0.0 { (8, 4) } else { (4, 8) };
        let (bid_size, ask_size) = (dice.range(lower, 40), dice.range(upper, 40));
        records.push(quote(at, bid, bid_size, bid + 1, ask_size));
    }
}

/// The tape with a snapshot of the book after every thirtieth record: six levels a side, five of the
/// one that is thin.
pub fn with_depth(records: &[Record], dice: &mut Dice) -> Vec<Record> {
    let mut deep = Vec::new();
    for (i, record) in records.iter().enumerate() {
        deep.push(record.clone());
        let Record::Quote(quote) = record else { continue };
        let (Some(bid), Some(ask), true) = (quote.bid, quote.ask, i % 30 == 0) else { continue };
        let empty = depth(quote.ts, None);
        deep.push(Record::Depth(Depth { op: Some(DepthOp::Clear), ..empty }));
        let thin = dice.range(0, 3);
        for level in 0..6_i64 {
            for (side, best, sign) in [(BookSide::Bid, bid, -1), (BookSide::Ask, ask, 1)] {
                if level == 5 && thin == u64::from(side == BookSide::Ask) {
                    continue;
                }
                let px = Px::from_nanos(best.nanos() + sign * level * TICK);
                deep.push(Record::Depth(depth(quote.ts, Some((side, px, dice.range(1, 60))))));
            }
        }
        if let Some(Record::Depth(last)) = deep.last_mut() {
            last.eob = true;
        }
    }
    deep
}

fn depth(ts: i64, level: Option<(BookSide, Px, u64)>) -> Depth {
    Depth {
        ts,
        sym: sym(),
        bs: level.map(|level| level.0),
        px: level.map(|level| level.1),
        sz: level.map(|level| level.2),
        src: Src::Syn,
        rx: None,
        op: None,
        eob: false,
        flags: TradeFlags::default(),
    }
}

pub fn sym() -> Sym {
    Sym::new("ESZ26").unwrap()
}

pub fn trade(ts: i64, price: i64, size: u64, side: Side) -> Record {
    Record::Trade(Trade {
        ts,
        sym: sym(),
        px: Px::from_nanos(price * TICK),
        sz: size,
        side,
        ss: SideSource::Flag,
        seq: None,
        src: Src::Syn,
        vts: None,
        rx: None,
        flags: TradeFlags::default(),
    })
}

pub fn quote(ts: i64, bid: i64, bsz: u64, ask: i64, asz: u64) -> Record {
    Record::Quote(Quote {
        ts,
        sym: sym(),
        bid: Some(Px::from_nanos(bid * TICK)),
        bsz,
        ask: Some(Px::from_nanos(ask * TICK)),
        asz,
        src: Src::Syn,
        vts: None,
        rx: None,
        flags: TradeFlags::default(),
    })
}

/// The tape with every price and size changed by `price` and `size`; `mirror` swaps the sides.
pub fn changed(
    records: &[Record],
    mirror: bool,
    price: impl Fn(Px) -> Px,
    size: impl Fn(u64) -> u64,
) -> Vec<Record> {
    let change = |record: &Record| match record {
        Record::Trade(trade) => Record::Trade(Trade {
            px: price(trade.px),
            sz: size(trade.sz),
            side: if mirror { trade.side.opposite() } else { trade.side },
            ..*trade
        }),
        Record::Quote(quote) => {
            let (mut bid, mut ask) = ((quote.bid, quote.bsz), (quote.ask, quote.asz));
            if mirror {
                std::mem::swap(&mut bid, &mut ask);
            }
            Record::Quote(Quote {
                bid: bid.0.map(&price),
                bsz: size(bid.1),
                ask: ask.0.map(&price),
                asz: size(ask.1),
                ..*quote
            })
        }
        Record::Depth(depth) => {
            let other = |side| match side {
                BookSide::Bid => BookSide::Ask,
                BookSide::Ask => BookSide::Bid,
            };
            let bs = if mirror { depth.bs.map(other) } else { depth.bs };
            Record::Depth(Depth { bs, px: depth.px.map(&price), sz: depth.sz.map(&size), ..*depth })
        }
        Record::Bar(bar) => {
            let (mut high, mut low) = (price(bar.h), price(bar.l));
            let (mut bv, mut av) = (bar.bv.map(&size), bar.av.map(&size));
            if mirror {
                std::mem::swap(&mut high, &mut low);
                std::mem::swap(&mut bv, &mut av);
            }
            let (o, c) = (price(bar.o), price(bar.c));
            Record::Bar(Bar { o, h: high, l: low, c, v: size(bar.v), bv, av, ..*bar })
        }
        Record::Option(row) => {
            let mut row = row.clone();
            row.oi = row.oi.map(&size);
            Record::Option(row)
        }
        other => other.clone(),
    };
    records.iter().map(change).collect()
}
