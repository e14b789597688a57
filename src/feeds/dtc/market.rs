//! Market data of one symbol to records.

use crate::feeds::bad_rows::Refusal;
use crate::feeds::dtc::measure::Price;
use crate::feeds::dtc::measure::Stamp;
use crate::feeds::dtc::measure::quantity;
use crate::feeds::dtc::symbol::DtcSymbol;
use crate::market::AggressorRule;
use crate::market::Calendar;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::protocols::dtc::AtBidOrAsk;
use crate::protocols::dtc::MarketDataSnapshot;
use crate::protocols::dtc::Message;
use crate::protocols::dtc::Unbundled;
use crate::wire::Quote;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// A trade, in whichever form it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    pub id: u32,
    at: AtBidOrAsk,
    price: Price,
    volume: f64,
    stamp: Stamp,
    bundle: Unbundled,
    condition: i8,
}

/// Bid and ask, in whichever form they were sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub id: u32,
    bid: (Price, f64),
    ask: (Price, f64),
    stamp: Stamp,
}

impl Print {
    /// The trade in a message, if it is one.
    pub fn of(message: &Message) -> Option<Self> {
        let plain = (Unbundled::NONE, 0);
        let (id, at, price, volume, stamp, (bundle, condition)) = match message {
            Message::TradeUpdate(m) => {
                let stamp = Stamp::fraction(m.date_time);
                (m.symbol_id, m.at_bid_or_ask, Price::Double(m.price), m.volume, stamp, plain)
            }
            Message::TradeCompact(m) => {
                let (price, volume) = (Price::Single(m.price), f64::from(m.volume));
                let stamp = Stamp::seconds(m.date_time);
                (m.symbol_id, m.at_bid_or_ask, price, volume, stamp, plain)
            }
            Message::TradeUnbundled(m) => {
                let (price, volume) = (Price::Double(m.price), f64::from(m.volume));
                let marks = (m.unbundled_trade_indicator, m.trade_condition.cast_signed());
                let stamp = Stamp::fraction(m.date_time);
                (m.symbol_id, m.at_bid_or_ask.into(), price, volume, stamp, marks)
            }
            Message::TradeUnbundled2(m) => {
                let (price, volume) = (Price::Single(m.price), f64::from(m.volume));
                let marks = (m.unbundled_trade_indicator, m.trade_condition);
                let stamp = Stamp::micros(m.date_time);
                (m.symbol_id, m.at_bid_or_ask.into(), price, volume, stamp, marks)
            }
            Message::TradeNoTimestamp(m) => {
                let (price, volume) = (Price::Single(m.price), f64::from(m.volume));
                let marks = (m.unbundled_trade_indicator, m.trade_condition);
                (m.symbol_id, m.at_bid_or_ask.into(), price, volume, Stamp::None, marks)
            }
            _ => return None,
        };
        Some(Self { id, at, price, volume, stamp, bundle, condition })
    }
}

impl Touch {
    /// Bid and ask in a message, if it has them.
    pub fn of(message: &Message) -> Option<Self> {
        let single = |price: f32, size: f32| (Price::Single(price), f64::from(size));
        let (id, bid, ask, stamp) = match message {
            Message::BidAskUpdate(m) => {
                let bid = (Price::Double(m.bid_price), f64::from(m.bid_quantity));
                let ask = (Price::Double(m.ask_price), f64::from(m.ask_quantity));
                (m.symbol_id, bid, ask, Stamp::seconds(m.date_time))
            }
            Message::BidAskCompact(m) => {
                let bid = single(m.bid_price, m.bid_quantity);
                let ask = single(m.ask_price, m.ask_quantity);
                (m.symbol_id, bid, ask, Stamp::seconds(m.date_time))
            }
            Message::BidAskMicros(m) => {
                let bid = single(m.bid_price, m.bid_quantity);
                let ask = single(m.ask_price, m.ask_quantity);
                (m.symbol_id, bid, ask, Stamp::micros(m.date_time))
            }
            Message::BidAskNoTimestamp(m) => {
                let bid = (Price::Single(m.bid_price), f64::from(m.bid_quantity));
                let ask = (Price::Single(m.ask_price), f64::from(m.ask_quantity));
                (m.symbol_id, bid, ask, Stamp::None)
            }
            _ => return None,
        };
        Some(Self { id, bid, ask, stamp })
    }

    /// Bid and ask of a snapshot, if it has any.
    pub fn of_snapshot(m: &MarketDataSnapshot) -> Option<Self> {
        let side = |price: Option<f64>, size: Option<f64>| {
            (Price::Double(price.unwrap_or(f64::MAX)), size.unwrap_or(0.0))
        };
        let any = m.bid_price.or(m.ask_price).is_some();
        any.then(|| Self {
            id: m.symbol_id,
            bid: side(m.bid_price, m.bid_quantity),
            ask: side(m.ask_price, m.ask_quantity),
            stamp: Stamp::fraction(m.bid_ask_date_time),
        })
    }
}

/// Trades and quotes of one symbol, with the sides of those trades that come without.
#[derive(Debug)]
pub(super) struct Market {
    rule: AggressorRule,
    session_close: i64,
}

impl Market {
    /// Nothing seen so far.
    pub fn new() -> Self {
        Self { rule: AggressorRule::default(), session_close: i64::MIN }
    }

    /// The record of a trade received at `utc`.
    ///
    /// # Errors
    /// A value that a trade cannot have.
    pub fn trade(
        &mut self,
        print: &Print,
        symbol: &DtcSymbol,
        calendar: &Calendar,
        utc: i64,
    ) -> Result<Trade, Refusal> {
        let px = print.price.on(symbol.grid)?;
        let sz = quantity(print.volume)?;
        if sz == 0 {
            return Err(Refusal {
                code: "bad_size",
                reason: format!("a trade of 0 at {px}"),
                remedy: "the server sends trades without volume: leave them out with --max-bad",
            });
        }
        let (ts, vts) = print.stamp.place(utc)?;
        let (side, ss) = self.side(print.at, px, ts, calendar);
        let mut flags = TradeFlags::default();
        match print.bundle {
            Unbundled::FIRST => flags = flags.with(TradeFlag::BundleFirst),
            Unbundled::LAST => flags = flags.with(TradeFlag::BundleLast),
            _ => {}
        }
        if print.condition != 0 {
            flags = flags.with(TradeFlag::NotPrice);
        }
        let (sym, src) = (symbol.sym, Src::Dtc);
        Ok(Trade { ts, sym, px, sz, side, ss, seq: None, src, vts, rx: None, flags })
    }

    /// The server's side, else what quotes and prices tell; the latter starts over at each Globex
    /// open.
    fn side(&mut self, at: AtBidOrAsk, px: Px, ts: i64, calendar: &Calendar) -> (Side, SideSource) {
        if ts >= self.session_close {
            // Outside the calendar there is no open; the driver of the source stops there.
            self.session_close = calendar.session_at_or_after(ts).map_or(i64::MAX, |s| s.close);
            self.rule.reset();
        }
        let told = match at {
            AtBidOrAsk::ASK => Side::Buy,
            AtBidOrAsk::BID => Side::Sell,
            _ => return self.rule.on_trade(px),
        };
        self.rule.note_trade(px);
        (told, SideSource::Flag)
    }

    /// The record of a quote received at `utc`. With `now`, it describes the present whenever it
    /// was stamped: a snapshot.
    ///
    /// # Errors
    /// A value that a quote cannot have.
    pub fn quote(
        &mut self,
        touch: &Touch,
        symbol: &DtcSymbol,
        is_snapshot: bool,
        utc: i64,
    ) -> Result<Quote, Refusal> {
        let side = |(price, size): (Price, f64)| {
            let size = quantity(size)?;
            // A size of 0 beside a price: the server does not say sizes, as with currencies.
            if price.is_unset() || size == 0 && price.is_zero() {
                return Ok((None, 0));
            }
            price.on(symbol.grid).map(|px| (Some(px), size))
        };
        let (bid, bsz) = side(touch.bid)?;
        let (ask, asz) = side(touch.ask)?;
        let (ts, vts) = match (touch.stamp, is_snapshot) {
            (Stamp::Exact(stamp), true) => Stamp::Coarse(stamp).place(utc)?,
            (stamp, _) => stamp.place(utc)?,
        };
        self.rule.on_quote(bid, ask);
        let (sym, src, flags) = (symbol.sym, Src::Dtc, TradeFlags::default());
        Ok(Quote { ts, sym, bid, bsz, ask, asz, src, vts, rx: None, flags })
    }
}
