//! The book of one symbol to records.

use crate::feeds::bad_rows::Refusal;
use crate::feeds::dtc::measure::Price;
use crate::feeds::dtc::measure::Stamp;
use crate::feeds::dtc::measure::quantity;
use crate::feeds::dtc::symbol::DtcSymbol;
use crate::protocols::dtc::AtBidOrAsk;
use crate::protocols::dtc::DepthUpdate;
use crate::protocols::dtc::FinalInBatch;
use crate::protocols::dtc::Message;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Src;
use crate::wire::TradeFlags;

/// A level of the book, in whichever form it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub id: u32,
    /// Whether it belongs to a snapshot.
    pub is_snapshot: bool,
    side: AtBidOrAsk,
    price: Price,
    quantity: f64,
    update: DepthUpdate,
    batch: FinalInBatch,
    stamp: Stamp,
}

impl Level {
    /// The level in a message, if it is one.
    pub fn of(message: &Message) -> Option<Self> {
        Some(match message {
            Message::DepthSnapshotLevel(m) => Self {
                id: m.symbol_id,
                is_snapshot: true,
                side: m.side,
                price: Price::Double(m.price),
                quantity: m.quantity,
                update: DepthUpdate::SET,
                batch: match (m.is_first_message_in_batch, m.is_last_message_in_batch) {
                    (_, 1..) => FinalInBatch::YES,
                    (1.., 0) => FinalInBatch::BEGIN,
                    (0, 0) => FinalInBatch::NO,
                },
                stamp: Stamp::fraction(m.date_time),
            },
            Message::DepthSnapshotLevelFloat(m) => Self {
                id: m.symbol_id,
                is_snapshot: true,
                side: m.side.into(),
                price: Price::Single(m.price),
                quantity: f64::from(m.quantity),
                update: DepthUpdate::SET,
                batch: m.final_update_in_batch,
                stamp: Stamp::None,
            },
            Message::DepthUpdateLevel(m) => Self {
                id: m.symbol_id,
                is_snapshot: false,
                side: m.side,
                price: Price::Double(m.price),
                quantity: m.quantity,
                update: m.update_type,
                batch: m.final_update_in_batch,
                stamp: Stamp::fraction(m.date_time),
            },
            Message::DepthUpdateLevelMillis(m) => Self {
                id: m.symbol_id,
                is_snapshot: false,
                side: m.side.into(),
                price: Price::Single(m.price),
                quantity: f64::from(m.quantity),
                update: m.update_type,
                batch: m.final_update_in_batch,
                stamp: Stamp::millis(m.date_time),
            },
            Message::DepthUpdateLevelNoTimestamp(m) => Self {
                id: m.symbol_id,
                is_snapshot: false,
                side: AtBidOrAsk(u16::try_from(m.side).unwrap_or_default()),
                price: Price::Single(m.price),
                quantity: f64::from(m.quantity),
                update: DepthUpdate(m.update_type.cast_unsigned()),
                batch: m.final_update_in_batch,
                stamp: Stamp::None,
            },
            _ => return None,
        })
    }
}

/// The book of one symbol: whether a snapshot is under way.
#[derive(Debug, Default)]
pub(super) struct Book {
    in_snapshot: bool,
}

impl Book {
    /// The records of a level received at `utc`: the start of a snapshot, then the level.
    ///
    /// # Errors
    /// A value that a level cannot have. A snapshot starts nevertheless.
    pub fn level(
        &mut self,
        level: &Level,
        symbol: &DtcSymbol,
        utc: i64,
    ) -> (Option<Depth>, Result<Option<Depth>, Refusal>) {
        let record = Depth {
            ts: utc,
            sym: symbol.sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Dtc,
            rx: None,
            op: None,
            eob: false,
            flags: TradeFlags::default(),
        };
        let is_last = level.batch == FinalInBatch::YES;
        let starts = level.is_snapshot && (!self.in_snapshot || level.batch == FinalInBatch::BEGIN);
        if level.is_snapshot {
            self.in_snapshot = !is_last;
        }
        // An empty book is sent as one level of nothing.
        let is_empty = level.is_snapshot && level.price.is_zero() && level.quantity.abs() < 0.5;
        let clear = starts.then_some(Depth {
            op: Some(DepthOp::Clear),
            eob: is_empty && is_last,
            ..record
        });
        if is_empty {
            return (clear, Ok(None));
        }
        (clear, one(level, symbol, record))
    }

    /// The connection is gone: what comes next starts anew.
    pub const fn forget(&mut self) {
        self.in_snapshot = false;
    }
}

fn one(level: &Level, symbol: &DtcSymbol, record: Depth) -> Result<Option<Depth>, Refusal> {
    let unknown = |what: &str, code: String| Refusal {
        code: "bad_level",
        reason: format!("{what} {code} of a book level is unknown"),
        remedy: "the server speaks a newer protocol: report it with the message",
    };
    let side = match level.side {
        AtBidOrAsk::BID => BookSide::Bid,
        AtBidOrAsk::ASK => BookSide::Ask,
        other => return Err(unknown("side", format!("{other:?}"))),
    };
    let sz = match level.update {
        DepthUpdate::SET => quantity(level.quantity)?,
        DepthUpdate::DELETE => 0,
        other => return Err(unknown("change", format!("{other:?}"))),
    };
    let stamp = match level.stamp {
        // The present, whenever it was stamped.
        Stamp::Exact(_) if level.is_snapshot => Stamp::None,
        stamp => stamp,
    };
    let (ts, _) = stamp.place(record.ts)?;
    Ok(Some(Depth {
        ts,
        bs: Some(side),
        px: Some(level.price.on(symbol.grid)?),
        sz: Some(sz),
        // A server that does not say where a batch ends has batches of one.
        eob: matches!(level.batch, FinalInBatch::YES | FinalInBatch::UNSET),
        ..record
    }))
}
