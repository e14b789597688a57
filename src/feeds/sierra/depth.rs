//! `.depth` market depth records, and the batches that make a consistent book.

use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::framing::Decoder;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::framing::u32_at;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::feeds::sierra::stamp;
use crate::market::Px;
use crate::market::Sym;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Src;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;
use std::collections::BTreeMap;

/// Records of a batch; the longest real one is a snapshot of some thousand levels.
const BATCH_MAX: usize = 65_536;
/// Flag of the last record of a batch.
const END_OF_BATCH: u8 = 1;
/// Command that empties the book.
const CLEAR: u8 = 1;

/// The `.depth` layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DepthFile;

/// Decodes `.depth` files.
pub type DepthDecoder = Decoder<DepthFile>;

/// A depth record as it is in the file.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct DepthEntry {
    /// Stamp, raw ([`stamp::unix_us`]).
    pub time: i64,
    /// 1 clear, 2 add bid, 3 add ask, 4 and 5 modify, 6 and 7 delete; 0 nothing.
    pub command: u8,
    /// 1: the last record of a batch.
    pub flags: u8,
    /// Orders at the level.
    pub orders: u16,
    /// Price, before any multiplier.
    pub price: f32,
    /// Contracts now at the level.
    pub quantity: u32,
}

impl Layout for DepthFile {
    const MAGIC: [u8; 4] = *b"SCDD";
    const HEADER: usize = 64;
    const RECORD: usize = 24;
    const NAME: &'static str = ".depth";
    type Record = DepthEntry;

    fn version(header: &[u8]) -> u32 {
        u32_at(header, 12)
    }

    #[inline]
    fn record(bytes: &[u8]) -> DepthEntry {
        let Some(bytes) = bytes.first_chunk::<24>() else { return DepthEntry::default() };
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        DepthEntry {
            time: (u64::from(word(4)) << 32 | u64::from(word(0))).cast_signed(),
            command: bytes[8],
            flags: bytes[9],
            orders: u16::from_le_bytes([bytes[10], bytes[11]]),
            price: f32::from_bits(word(12)),
            quantity: word(16),
        }
    }
}

impl DepthEntry {
    /// Microseconds UTC; `None` if the stamp is no time.
    #[inline]
    pub fn ts(&self) -> Option<i64> {
        stamp::unix_us(self.time)
    }

    /// Whether a snapshot starts here.
    pub const fn is_clear(&self) -> bool {
        self.command == CLEAR
    }

    /// Whether the book is consistent after this record.
    pub const fn ends_batch(&self) -> bool {
        self.flags & END_OF_BATCH != 0
    }
}

/// The book before the time that is wanted.
#[derive(Clone, Debug, Default)]
struct Before {
    /// Contracts by side and price.
    levels: BTreeMap<(bool, Px), u64>,
    /// Whether it began with a snapshot.
    whole: bool,
}

/// Collects batches: inside one the book is not consistent, so only whole ones are given.
#[derive(Clone, Debug)]
pub struct DepthBatches {
    sym: Sym,
    scale: PriceScale,
    lateness_us: i64,
    newest: i64,
    back: u64,
    batch: Vec<Depth>,
    before: Option<Before>,
}

impl DepthBatches {
    /// Batches of a contract; a record older than the newest by more than `lateness_us`
    /// microseconds is marked late.
    pub const fn new(sym: Sym, scale: PriceScale, lateness_us: i64) -> Self {
        Self { sym, scale, lateness_us, newest: i64::MIN, back: 0, batch: Vec::new(), before: None }
    }

    /// Records that wait for the end of their batch.
    pub const fn waiting(&self) -> usize {
        self.batch.len()
    }

    /// Records older than the one before.
    pub const fn back(&self) -> u64 {
        self.back
    }

    /// Stamp of the newest record, microseconds UTC; before the first, the least number.
    pub const fn newest(&self) -> i64 {
        self.newest
    }

    /// Takes a record, received at `rx` (live only, microseconds UTC); gives the batch that it ends.
    ///
    /// # Errors
    /// The record is refused. Where it ended the batch, the rest of the batch is given all the same.
    pub fn push(
        &mut self,
        entry: &DepthEntry,
        rx: Option<i64>,
        emit: &mut impl FnMut(Depth),
    ) -> Result<(), Fault> {
        let result = self.level(entry, rx);
        if entry.ends_batch() {
            if let Some(last) = self.batch.last_mut() {
                last.eob = true;
            }
            self.batch.drain(..).for_each(emit);
        } else if self.batch.len() > BATCH_MAX {
            self.batch.clear();
            return Err(Fault::Batch(BATCH_MAX));
        }
        result
    }

    /// Takes a record from before the time that is wanted: only its effect on the book is kept.
    pub fn skip(&mut self, entry: &DepthEntry) {
        let before = self.before.get_or_insert_default();
        let bid = entry.command.is_multiple_of(2);
        match entry.command {
            CLEAR => {
                before.levels.clear();
                before.whole = true;
            }
            2..=7 => {
                let Some(px) = self.scale.snap(entry.price) else { return };
                if entry.command >= 6 || entry.quantity == 0 {
                    before.levels.remove(&(bid, px));
                } else if before.levels.len() < BATCH_MAX {
                    before.levels.insert((bid, px), u64::from(entry.quantity));
                }
            }
            _ => {}
        }
    }

    /// Gives the book that the skipped records left, as a snapshot stamped `ts` (microseconds UTC).
    /// Nothing, if none were skipped or they did not begin with a snapshot.
    pub fn start(&mut self, ts: i64, emit: &mut impl FnMut(Depth)) {
        let Some(before) = self.before.take().filter(|before| before.whole) else { return };
        let clear = Depth {
            ts,
            sym: self.sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Scid,
            rx: None,
            op: Some(DepthOp::Clear),
            eob: false,
            flags: TradeFlags::default(),
        };
        let mut last = clear;
        for ((bid, px), sz) in before.levels {
            emit(last);
            let bs = if bid { BookSide::Bid } else { BookSide::Ask };
            last = Depth { bs: Some(bs), px: Some(px), sz: Some(sz), op: None, ..clear };
        }
        emit(Depth { eob: true, ..last });
    }

    /// Forgets the batch that has not ended.
    pub fn forget(&mut self) {
        self.batch.clear();
    }

    fn level(&mut self, entry: &DepthEntry, rx: Option<i64>) -> Result<(), Fault> {
        let ts = entry.ts().ok_or(Fault::Stamp(entry.time))?;
        let (bs, gone) = match entry.command {
            0 => return Ok(()),
            CLEAR => (None, false),
            2 | 4 => (Some(BookSide::Bid), false),
            3 | 5 => (Some(BookSide::Ask), false),
            6 => (Some(BookSide::Bid), true),
            7 => (Some(BookSide::Ask), true),
            other => return Err(Fault::Command(other)),
        };
        let px = bs.map(|_| self.scale.px(entry.price)).transpose()?;
        let sz = bs.map(|_| if gone { 0 } else { u64::from(entry.quantity) });
        let op = bs.is_none().then_some(DepthOp::Clear);
        let mut flags = TradeFlags::default();
        if ts < self.newest {
            self.back += 1;
            if ts < self.newest.saturating_sub(self.lateness_us) {
                flags = flags.with(TradeFlag::Late);
            }
        } else {
            self.newest = ts;
        }
        let (sym, src) = (self.sym, Src::Scid);
        self.batch.push(Depth { ts, sym, bs, px, sz, src, rx, op, eob: false, flags });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TS: i64 = 1_659_362_400_000_000;

    fn entry(command: u8, price: f32, quantity: u32, flags: u8) -> DepthEntry {
        DepthEntry { time: stamp::raw_us(TS), command, flags, orders: 1, price, quantity }
    }

    fn batches() -> DepthBatches {
        let scale = PriceScale::new(0.01, Px::from_nanos(250_000_000));
        DepthBatches::new(Sym::new("ESU22").unwrap(), scale, 1000)
    }

    #[test]
    fn only_whole_batches_come_out() {
        let mut batches = batches();
        let mut out = Vec::new();
        for entry in [
            entry(1, 0.0, 0, 0),
            entry(2, 412_500.0, 12, 0),
            entry(3, 412_525.0, 9, 1),
            entry(4, 412_500.0, 11, 1),
            entry(7, 412_525.0, 5, 0),
        ] {
            batches.push(&entry, None, &mut |depth| out.push(depth)).unwrap();
        }
        assert_eq!((out.len(), batches.waiting()), (4, 1));
        assert_eq!((out[0].op, out[0].px, out[0].eob), (Some(DepthOp::Clear), None, false));
        assert_eq!(out[1].px.unwrap().to_string(), "4125");
        assert_eq!((out[2].bs, out[2].sz, out[2].eob), (Some(BookSide::Ask), Some(9), true));
        assert_eq!((out[3].sz, out[3].eob), (Some(11), true));
        batches.push(&entry(0, 0.0, 0, 1), None, &mut |depth| out.push(depth)).unwrap();
        assert_eq!((out[4].sz, out[4].eob), (Some(0), true), "a deleted level has no size");
    }

    #[test]
    fn a_bad_record_does_not_hold_up_its_batch() {
        let mut batches = batches();
        let mut out = Vec::new();
        batches.push(&entry(2, 412_500.0, 1, 0), None, &mut |depth| out.push(depth)).unwrap();
        let fault = batches.push(&entry(9, 412_500.0, 1, 1), None, &mut |depth| out.push(depth));
        assert_eq!(fault, Err(Fault::Command(9)));
        assert_eq!((out.len(), out[0].eob), (1, true));
        let fault = batches.push(&entry(3, 412_510.0, 1, 1), None, &mut |depth| out.push(depth));
        assert!(matches!(fault, Err(Fault::OffGrid { .. })));
    }
}
