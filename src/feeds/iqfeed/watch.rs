//! One symbol that is watched: what it is, and what was seen of it last.

use crate::feeds::csv::zone::ZoneError;
use crate::feeds::iqfeed::Contract;
use crate::feeds::iqfeed::Update;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::iqfeed::book::Book;
use crate::feeds::iqfeed::book::Change;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::feeds::iqfeed::history_records::on_grid;
use crate::feeds::iqfeed::history_records::side_of;
use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::live::Now;
use crate::market::Px;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Index;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// A date this far ahead is that of the session, not of the day, microseconds.
const AHEAD_US: i64 = 3_600_000_000;

/// What makes a trade the same as the one before: number, date and time, volume of the day.
type Identity = (Option<u64>, Option<i64>, Option<i64>, Option<u64>);
/// Bid, its size, ask, its size.
type Touch = (Option<Px>, u64, Option<Px>, u64);

/// One symbol that is watched.
#[derive(Debug)]
pub(super) struct Watch {
    pub wanted: Wanted,
    pub contract: Contract,
    /// Whether anything was heard of it.
    pub seen: bool,
    pub book: Book,
    /// The newest level of a snapshot, held until it is known whether another follows.
    pub held: Option<Depth>,
    trade: Option<Identity>,
    touch: Option<Touch>,
}

impl Watch {
    /// Nothing seen so far.
    pub fn new(wanted: Wanted, contract: Contract) -> Self {
        Self {
            wanted,
            contract,
            seen: false,
            book: Book::default(),
            held: None,
            trade: None,
            touch: None,
        }
    }

    /// Another contract takes its place.
    pub fn roll(&mut self, contract: Contract) {
        *self = Self::new(self.wanted.clone(), contract);
    }

    /// The next quote is written whatever it is: the last one may have been missed.
    pub const fn forget_quote(&mut self) {
        self.touch = None;
    }

    /// The trade of an update, unless it only repeats the one before.
    pub fn trade(
        &mut self,
        update: &Update,
        eastern: &mut Eastern,
        now: Now,
    ) -> Result<Option<Record>, Fault> {
        let identity = (update.tick_id, update.date, update.time, update.total_volume);
        let repeats = self.trade == Some(identity);
        if update.is_trade() || update.summary {
            self.trade = Some(identity);
        }
        let Some(px) = update.last.filter(|_| update.is_trade() && !repeats) else {
            return Ok(None);
        };
        on_grid("the price", px, self.contract)?;
        let (ts, vts) = trade_stamp(update, eastern, now)?;
        if self.contract.tick.is_none() {
            let flags = TradeFlags::default();
            let (sym, src) = (self.contract.sym, Src::Iqf);
            return Ok(Some(Index { ts, sym, px, src, rx: None, flags }.into()));
        }
        let sz = update.size.unwrap_or_default();
        if sz == 0 {
            // Real answers have a few: nothing was traded.
            return Ok(None);
        }
        let forms_price = update.has(b'C') || update.has(b'E');
        let plain = TradeFlags::default();
        let (side, ss) = side_of(update.aggressor.unwrap_or_default());
        Ok(Some(Record::Trade(Trade {
            ts,
            sym: self.contract.sym,
            px,
            sz,
            side,
            ss,
            seq: update.tick_id,
            src: Src::Iqf,
            vts,
            rx: None,
            flags: if forms_price { plain } else { plain.with(TradeFlag::NotPrice) },
        })))
    }

    /// The quote of an update, where it changed.
    pub fn quote(
        &mut self,
        update: &Update,
        eastern: &mut Eastern,
        now: Now,
    ) -> Result<Option<Record>, Fault> {
        if self.contract.tick.is_none() || update.bid.is_none() && update.ask.is_none() {
            return Ok(None);
        }
        let side = |px: Option<Px>, size: Option<u64>| {
            let px = px.filter(|px| px.nanos() > 0);
            (px, if px.is_some() { size.unwrap_or_default() } else { 0 })
        };
        let (bid, bsz) = side(update.bid, update.bid_size);
        let (ask, asz) = side(update.ask, update.ask_size);
        for (what, px) in [("the bid", bid), ("the ask", ask)] {
            px.map_or(Ok(()), |px| on_grid(what, px, self.contract))?;
        }
        if self.touch == Some((bid, bsz, ask, asz)) {
            return Ok(None);
        }
        self.touch = Some((bid, bsz, ask, asz));
        let stamps = [update.bid_time, update.ask_time].into_iter().flatten();
        let stamps = stamps.map(|time| eastern.near(time, now.utc));
        let ts = stamps.collect::<Result<Vec<_>, ZoneError>>().map_err(|e| no_time(&e))?;
        Ok(Some(Record::Quote(Quote {
            ts: ts.into_iter().max().unwrap_or(now.utc),
            sym: self.contract.sym,
            bid,
            bsz,
            ask,
            asz,
            src: Src::Iqf,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        })))
    }

    /// The record of a level.
    pub fn depth(&self, (side, px, size): Change, ts: i64, eob: bool) -> Result<Depth, Fault> {
        on_grid("the price", px, self.contract)?;
        Ok(Depth {
            ts,
            sym: self.contract.sym,
            bs: Some(side),
            px: Some(px),
            sz: Some(size),
            src: Src::Iqf,
            rx: None,
            op: None,
            eob,
            flags: TradeFlags::default(),
        })
    }

    /// Forgets the book; the record that says so.
    pub fn clear_book(&mut self, now: Now) -> Depth {
        self.book.clear();
        self.held = None;
        Depth {
            ts: now.utc,
            sym: self.contract.sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Iqf,
            rx: None,
            op: Some(DepthOp::Clear),
            eob: false,
            flags: TradeFlags::default(),
        }
    }
}

/// `ts` and `vts` of a trade: its own stamp where that is fine enough, else the receive time with
/// the stamp aside.
fn trade_stamp(
    update: &Update,
    eastern: &mut Eastern,
    now: Now,
) -> Result<(i64, Option<i64>), Fault> {
    let Some(time) = update.time else { return Ok((now.utc, None)) };
    let dated = update.date.map(|date| eastern.recent(date + time, now.utc));
    let stamp = match dated.transpose().map_err(|e| no_time(&e))? {
        Some(stamp) if stamp <= now.utc + AHEAD_US => stamp,
        _ => eastern.near(time, now.utc).map_err(|e| no_time(&e))?,
    };
    Ok(if update.fine { (stamp, None) } else { (now.utc, Some(stamp)) })
}

pub(super) fn no_time(error: &ZoneError) -> Fault {
    Fault { code: "bad_row_time", reason: error.to_string() }
}
