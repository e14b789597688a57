//! Trades, quotes and depth of one contract, written as records.

use crate::feeds::synth::book::Book;
use crate::feeds::synth::book::LevelChange;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::market::Ticks;
use crate::stream::SourceOut;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlags;

/// Writes what happens in a book.
#[derive(Clone, Debug)]
pub struct Tape {
    sym: Sym,
    instrument: Instrument,
    /// What the last quote said, to leave out those that say nothing new.
    shown: (i64, u64, u64),
    changes: Vec<LevelChange>,
}

impl Tape {
    /// A tape of `sym`.
    pub fn new(sym: Sym, instrument: Instrument) -> Self {
        Self { sym, instrument, shown: (i64::MIN, 0, 0), changes: Vec::new() }
    }

    /// The price that is `ticks` ticks.
    pub fn px(&self, ticks: i64) -> Px {
        self.instrument.px(Ticks(ticks))
    }

    /// Writes the whole book, at the start of a session.
    pub fn open(&mut self, ts: i64, book: &Book, out: &mut dyn SourceOut) {
        let snapshot = book.snapshot();
        if !snapshot.is_empty() {
            out.record(&Record::Depth(Depth { op: Some(DepthOp::Clear), ..self.depth(ts) }));
            self.levels(ts, &snapshot, out);
        }
        self.quote(ts, book, out);
    }

    /// Writes what changed in the book since it was written last, at most a tick.
    #[inline]
    pub fn publish(&mut self, ts: i64, book: &mut Book, out: &mut dyn SourceOut) {
        let now = (book.bid, book.bid_size, book.ask_size);
        if now == self.shown {
            return;
        }
        let mut changes = std::mem::take(&mut self.changes);
        book.changes(self.shown.0, &mut changes);
        self.levels(ts, &changes, out);
        self.changes = changes;
        self.quote(ts, book, out);
    }

    #[inline]
    fn quote(&mut self, ts: i64, book: &Book, out: &mut dyn SourceOut) {
        self.shown = (book.bid, book.bid_size, book.ask_size);
        out.record(&Record::Quote(Quote {
            ts,
            sym: self.sym,
            bid: Some(self.px(book.bid)),
            bsz: book.bid_size,
            ask: Some(self.px(book.ask())),
            asz: book.ask_size,
            src: Src::Syn,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        }));
    }

    /// Writes a trade at `px` ticks.
    #[inline]
    pub fn trade(&self, ts: i64, px: i64, sz: u64, side: Side, out: &mut dyn SourceOut) {
        out.record(&Record::Trade(Trade {
            ts,
            sym: self.sym,
            px: self.px(px),
            sz,
            side,
            ss: SideSource::Flag,
            seq: None,
            src: Src::Syn,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        }));
    }

    fn depth(&self, ts: i64) -> Depth {
        Depth {
            ts,
            sym: self.sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Syn,
            rx: None,
            op: None,
            eob: false,
            flags: TradeFlags::default(),
        }
    }

    fn levels(&self, ts: i64, changes: &[LevelChange], out: &mut dyn SourceOut) {
        for (i, change) in changes.iter().enumerate() {
            out.record(&Record::Depth(Depth {
                bs: Some(if change.bid { BookSide::Bid } else { BookSide::Ask }),
                px: Some(self.px(change.px)),
                sz: Some(change.size),
                eob: i + 1 == changes.len(),
                ..self.depth(ts)
            }));
        }
    }
}
