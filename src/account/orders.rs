//! Orders that are not resolved: what they may still do to the position.

use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::wire::Order;

/// A bracket from its intent to its end.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenOrder {
    /// Contract.
    pub sym: Sym,
    /// Facts of the contract.
    pub instrument: Instrument,
    /// Contract whose prices move it.
    pub market: Sym,
    /// Side of the entry.
    pub side: Side,
    /// Contracts that may still enter.
    pub entering: u64,
    /// Contracts open.
    pub open: u64,
    /// Protective stop as approved; risk is measured against it.
    pub first_stop: Option<Ticks>,
    /// Protective stop now.
    pub stop: Option<Ticks>,
    /// Worst entry price: the limit.
    pub limit: Option<Ticks>,
    /// Nearest target as approved.
    pub target: Option<Ticks>,
    /// Signal behind it.
    pub sig: Option<String>,
    /// First fill at the exchange, microseconds UTC.
    pub opened: Option<i64>,
    /// Why it is being closed, once it is.
    pub closing: Option<String>,
    /// Stops that were asked for and are not answered yet, with the orders that ask. Only those
    /// tighter than the stop now.
    asked: Vec<(String, Ticks)>,
}

impl OpenOrder {
    /// The intent of `order` to open a bracket.
    pub fn new(order: &Order, instrument: Instrument, market: Sym) -> Self {
        let tick = |px| instrument.ticks(px);
        let stop = order.stop.and_then(tick);
        Self {
            sym: order.sym,
            market,
            side: order.side,
            entering: order.qty,
            open: 0,
            first_stop: stop,
            stop,
            limit: order.px.and_then(tick),
            target: order.targets.first().copied().and_then(tick),
            sig: order.sig.clone(),
            opened: None,
            closing: None,
            asked: Vec::new(),
            instrument,
        }
    }

    /// Whether nothing of it can happen any more.
    pub const fn is_over(&self) -> bool {
        self.entering == 0 && self.open == 0
    }

    /// The order `id` asks for the stop to stand at `px`: until that is answered, it may.
    pub fn ask_stop(&mut self, id: &str, px: Px) {
        let Some(stop) = self.instrument.ticks(px) else { return };
        let known = self.asked.iter().any(|(order, _)| order == id);
        if !known && self.tightens(stop) {
            self.asked.push((id.to_owned(), stop));
        }
    }

    /// The tightest of the stop now and those asked for. A stop is never loosened, and one that is on
    /// its way may be there already.
    pub fn tightest_stop(&self) -> Option<Ticks> {
        let asked = self.asked.iter().map(|(_, stop)| *stop);
        self.stop.into_iter().chain(asked).max_by_key(|stop| self.side.sign() * stop.0)
    }

    /// The stop works at `px`: what asked for this or for less is answered.
    pub(super) fn on_stop(&mut self, px: Option<Px>) {
        self.stop = px.and_then(|px| self.instrument.ticks(px));
        let mut asked = std::mem::take(&mut self.asked);
        asked.retain(|(_, stop)| self.tightens(*stop));
        self.asked = asked;
    }

    /// The order `id` ended without effect.
    pub(super) fn on_end_of(&mut self, id: &str) {
        self.asked.retain(|(order, _)| order != id);
    }

    fn tightens(&self, stop: Ticks) -> bool {
        self.stop.is_none_or(|now| self.side.sign() * (stop.0 - now.0) > 0)
    }

    /// What is lost if every contract enters at its limit and leaves at the stop, before fees.
    pub fn risk(&self) -> Cents {
        let distance = match (self.limit, self.stop) {
            (Some(limit), Some(stop)) => self.side.sign() * (limit.0 - stop.0),
            _ => 0,
        };
        self.instrument.pnl(Ticks(distance.max(0)), (self.entering + self.open) as i64)
    }
}
