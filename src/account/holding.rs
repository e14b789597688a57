//! The position in one contract and the trade it belongs to, from flat to flat.

use crate::account::Excursion;
use crate::account::Lots;
use crate::account::OpenOrder;
use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::wire::By;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Num;
use crate::wire::Roundtrip;

/// What a fill did to the money.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Effect {
    /// Realised profit before fees.
    pub gross: Cents,
    /// The trade that it closed.
    pub closed: Option<Roundtrip>,
}

/// The trade that is open: everything between two moments of being flat.
#[derive(Clone, PartialEq, Debug)]
struct OpenTrade {
    order: String,
    sig: Option<String>,
    side: Side,
    opened: i64,
    qty: u64,
    entry_ticks: i64,
    exit_ticks: i64,
    gross: Cents,
    fee: Cents,
    risk: Cents,
}

/// A contract with a position, or with an order that may open one.
#[derive(Clone, PartialEq, Debug)]
pub struct Holding {
    /// Contract.
    pub sym: Sym,
    /// Facts of the contract.
    pub instrument: Instrument,
    /// Contract whose prices move it.
    pub market: Sym,
    /// Open contracts.
    pub lots: Lots,
    excursion: Excursion,
    trade: Option<OpenTrade>,
}

impl Holding {
    /// Flat in `sym`.
    pub fn new(sym: Sym, instrument: Instrument, market: Sym) -> Self {
        let (lots, excursion) = (Lots::default(), Excursion::default());
        Self { sym, instrument, market, lots, excursion, trade: None }
    }

    /// Profit of the open position at `px`, before fees.
    pub fn open_pnl(&self, px: Ticks) -> Cents {
        self.instrument.pnl(Ticks(self.lots.open_ticks(px)), 1)
    }

    /// Initial risk of the open trade, entry fills to their stops; zero when flat.
    pub fn risk(&self) -> Cents {
        self.trade.as_ref().map_or(Cents(0), |trade| trade.risk)
    }

    /// A traded price of its market.
    #[inline]
    pub fn on_price(&mut self, ts: i64, px: Ticks) {
        self.excursion.on_price(ts, px);
    }

    pub(super) fn on_fill(&mut self, fill: &Fill, px: Ticks, order: Option<&OpenOrder>) -> Effect {
        let mut effect = Effect::default();
        let closes = !self.lots.is_flat() && self.lots.side() != fill.side;
        let mut left = fill.qty;
        let mut fee = fill.fee;
        if closes {
            let (closed, made) = self.lots.close(px, fill.qty);
            left -= closed;
            // Fees belong to the contracts: a fill that closes and reopens splits them.
            let part = Cents(fill.fee.0 * closed as i64 / (fill.qty.max(1)) as i64);
            fee = fee - part;
            let gross = self.instrument.pnl(Ticks(made), 1);
            effect.gross = gross;
            if let Some(trade) = &mut self.trade {
                trade.exit_ticks += px.0 * closed as i64;
                trade.gross += gross;
                trade.fee += part;
            }
            if self.lots.is_flat() {
                effect.closed = self.end(fill, order);
            }
        }
        if left > 0 {
            self.begin(fill, px, left, fee, order);
        }
        effect
    }

    fn begin(&mut self, fill: &Fill, px: Ticks, qty: u64, fee: Cents, order: Option<&OpenOrder>) {
        self.lots.open(fill.side, px, qty);
        let distance = order
            .and_then(|order| order.first_stop)
            .map_or(0, |stop| (fill.side.sign() * (px.0 - stop.0)).max(0));
        let risk = self.instrument.pnl(Ticks(distance), qty as i64);
        if self.trade.is_none() {
            self.excursion.open(fill.xts);
        }
        let trade = self.trade.get_or_insert_with(|| OpenTrade {
            order: fill.order.clone(),
            sig: order.and_then(|order| order.sig.clone()),
            side: fill.side,
            opened: fill.xts,
            qty: 0,
            entry_ticks: 0,
            exit_ticks: 0,
            gross: Cents(0),
            fee: Cents(0),
            risk: Cents(0),
        });
        trade.qty += qty;
        trade.entry_ticks += px.0 * qty as i64;
        trade.fee += fee;
        trade.risk += risk;
    }

    fn end(&mut self, fill: &Fill, order: Option<&OpenOrder>) -> Option<Roundtrip> {
        let trade = self.trade.take()?;
        let (mae, mfe) = self.excursion.close(fill.xts, trade.side, trade.entry_ticks, trade.qty);
        let reason = match fill.leg {
            Leg::Stop => "stop",
            Leg::Target => "target",
            Leg::Entry => "reverse",
            Leg::Flatten => order.and_then(|order| order.closing.as_deref()).unwrap_or("flatten"),
        };
        let tick = self.instrument.tick_points();
        let average = |sum: i64| Num(sum as f64 / trade.qty as f64 * tick);
        let pnl = trade.gross - trade.fee;
        Some(Roundtrip {
            ts: fill.ts,
            sym: self.sym,
            by: By::Exec,
            pattern: trade.sig.as_deref().and_then(pattern_of),
            order: trade.order,
            sig: trade.sig,
            side: trade.side,
            qty: trade.qty,
            opened: trade.opened,
            closed: fill.xts,
            entry: average(trade.entry_ticks),
            exit: average(trade.exit_ticks),
            reason: reason.to_owned(),
            gross: trade.gross,
            fee: trade.fee,
            pnl,
            r: (trade.risk.0 > 0).then(|| Num(pnl.0 as f64 / trade.risk.0 as f64)),
            mae,
            mfe,
        })
    }
}

/// The pattern in a signal id: its leading word of lower-case letters, digits and `_`.
fn pattern_of(sig: &str) -> Option<String> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let end = sig.find(|c| !word(c)).unwrap_or(sig.len());
    (end > 0 && end < sig.len()).then(|| sig[..end].to_owned())
}
