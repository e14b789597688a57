//! The fold that tells the aggressor side of a trade (QUANT 1.1, vector 01).

use crate::market::price::Px;
use crate::market::side::Side;
use crate::market::side::SideSource;

/// Touch, quote and tick rules over the trades and quotes of one instrument, in arrival order.
///
/// A source flag, where there is one, wins over this fold; the caller uses it then and only
/// [`AggressorRule::note_trade`]s the price.
#[derive(Clone, Debug, Default)]
pub struct AggressorRule {
    quote: Option<(Px, Px)>,
    last: Option<Px>,
    direction: Side,
}

impl AggressorRule {
    /// Notes the quote now in force; a one-sided book is no quote.
    #[inline]
    pub fn on_quote(&mut self, bid: Option<Px>, ask: Option<Px>) {
        self.quote = bid.zip(ask);
    }

    /// Classifies a trade by the first rule that decides: touch, quote, tick.
    #[inline]
    pub fn on_trade(&mut self, px: Px) -> (Side, SideSource) {
        let tick = self.note_trade(px);
        if let Some((bid, ask)) = self.quote.filter(|(bid, ask)| bid < ask) {
            if px >= ask {
                return (Side::Buy, SideSource::Touch);
            }
            if px <= bid {
                return (Side::Sell, SideSource::Touch);
            }
            let twice = px.nanos() * 2;
            let mid = bid.nanos() + ask.nanos();
            if twice != mid {
                return (if twice > mid { Side::Buy } else { Side::Sell }, SideSource::Quote);
            }
        }
        if tick == Side::None { (Side::None, SideSource::None) } else { (tick, SideSource::Tick) }
    }

    /// Feeds the tick rule alone and returns its verdict: the sign of the last non-zero change.
    #[inline]
    pub fn note_trade(&mut self, px: Px) -> Side {
        if let Some(last) = self.last {
            match px.cmp(&last) {
                std::cmp::Ordering::Greater => self.direction = Side::Buy,
                std::cmp::Ordering::Less => self.direction = Side::Sell,
                std::cmp::Ordering::Equal => {}
            }
        }
        self.last = Some(px);
        self.direction
    }

    /// Forgets the tick-rule state: at the Globex open and at a contract change, nowhere else.
    pub fn reset(&mut self) {
        self.last = None;
        self.direction = Side::None;
    }
}
