//! Rows of time and sales to records, in the order of the exchange's counter.

use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::tape::Findings;
use crate::feeds::sierra::text::SalesRow;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;
use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rows kept to put them in order. A row that is further from its place is refused.
pub const ORDER_ROWS: usize = 16_384;

#[derive(Debug)]
struct Waiting {
    key: (i64, u64, u64),
    row: SalesRow,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Sorts rows by date and counter within a window of [`ORDER_ROWS`], and makes records of them.
#[derive(Debug)]
pub struct SalesTape {
    sym: Sym,
    lateness_us: i64,
    waiting: BinaryHeap<Reverse<Waiting>>,
    rows: u64,
    newest: i64,
    written: Option<(i64, u64)>,
    book: Vec<(crate::wire::BookSide, crate::market::Px, u64)>,
    findings: Findings,
}

impl SalesTape {
    /// Before its first row. A record older than the newest by more than `lateness_us`
    /// microseconds is marked late.
    pub fn new(sym: Sym, lateness_us: i64) -> Self {
        Self {
            sym,
            lateness_us,
            waiting: BinaryHeap::new(),
            rows: 0,
            newest: i64::MIN,
            written: None,
            book: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// What was noticed.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Takes a row; gives the records of the one that leaves the window.
    ///
    /// # Errors
    /// The row belongs before rows that were given already.
    pub fn push(&mut self, row: SalesRow, emit: &mut impl FnMut(Record)) -> Result<(), Fault> {
        self.rows += 1;
        let Some(seq) = row.seq else {
            self.write(row, emit);
            return Ok(());
        };
        if self.written.is_some_and(|written| (row.midnight, seq) < written) {
            return Err(Fault::Order);
        }
        self.waiting.push(Reverse(Waiting { key: (row.midnight, seq, self.rows), row }));
        if self.waiting.len() > ORDER_ROWS {
            self.pop(emit);
        }
        Ok(())
    }

    /// Gives the records of all rows that wait: the input has ended.
    pub fn flush(&mut self, emit: &mut impl FnMut(Record)) {
        while !self.waiting.is_empty() {
            self.pop(emit);
        }
        self.written = None;
    }

    fn pop(&mut self, emit: &mut impl FnMut(Record)) {
        if let Some(Reverse(first)) = self.waiting.pop() {
            self.written = Some((first.key.0, first.key.1));
            self.write(first.row, emit);
        }
    }

    fn write(&mut self, row: SalesRow, emit: &mut impl FnMut(Record)) {
        let (sym, src, ts, px) = (self.sym, Src::Scid, row.ts, row.px);
        let mut flags = TradeFlags::default();
        if ts < self.newest {
            self.findings.back += 1;
            self.findings.last_back = Some((ts, self.newest));
            if ts < self.newest.saturating_sub(self.lateness_us) {
                flags = flags.with(TradeFlag::Late);
            }
        }
        self.newest = self.newest.max(ts);
        self.findings.trades += 1;
        self.findings.sided += u64::from(row.side != Side::None);
        if !row.book.is_empty() && row.book != self.book {
            self.snapshot(ts, &row, flags, emit);
        }
        match row.quote {
            None => self.findings.one_sided += 1,
            Some((bid, _, ask, _)) if bid >= ask => self.findings.crossed += 1,
            Some((bid, _, ask, _)) if px < bid || px > ask => self.findings.lagging += 1,
            Some((bid, bsz, ask, asz)) => {
                let (bid, ask) = (Some(bid), Some(ask));
                emit(Record::Quote(Quote {
                    ts,
                    sym,
                    bid,
                    bsz,
                    ask,
                    asz,
                    src,
                    vts: None,
                    rx: None,
                    flags,
                }));
            }
        }
        let ss = if row.side == Side::None { SideSource::None } else { SideSource::Flag };
        emit(Record::Trade(Trade {
            ts,
            sym,
            px,
            sz: row.sz,
            side: row.side,
            ss,
            seq: row.seq,
            src,
            vts: None,
            rx: None,
            flags,
        }));
        self.book = row.book;
    }

    /// The whole book as recorded beside the row.
    fn snapshot(&self, ts: i64, row: &SalesRow, flags: TradeFlags, emit: &mut impl FnMut(Record)) {
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
            flags,
        };
        emit(Record::Depth(clear));
        for (level, (bs, px, sz)) in row.book.iter().enumerate() {
            let (bs, px, sz) = (Some(*bs), Some(*px), Some(*sz));
            let eob = level + 1 == row.book.len();
            emit(Record::Depth(Depth { bs, px, sz, op: None, eob, ..clear }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Px;
    use proptest::prelude::*;

    fn row(seq: u64) -> SalesRow {
        SalesRow {
            ts: 1_643_031_000_000_000 + seq as i64,
            midnight: 1_642_982_400_000_000,
            seq: Some(seq),
            px: Px::from_nanos(4_347_750_000_000),
            sz: 1,
            side: Side::Buy,
            quote: None,
            book: Vec::new(),
        }
    }

    proptest! {
        /// Any order within the window gives the order of the counter.
        #[test]
        fn rows_leave_in_the_order_of_the_counter(mut seqs in prop::collection::vec(0_u64..1000, 1..200)) {
            let mut tape = SalesTape::new(Sym::NONE, 1000);
            let mut out = Vec::new();
            for seq in &seqs {
                tape.push(row(*seq), &mut |record| out.push(record)).unwrap();
            }
            tape.flush(&mut |record| out.push(record));
            seqs.sort_unstable();
            let found: Vec<_> = out.iter().filter_map(|r| match r {
                Record::Trade(trade) => trade.seq,
                _ => None,
            }).collect();
            prop_assert_eq!(found, seqs);
            prop_assert_eq!(tape.findings().back, 0);
        }
    }

    #[test]
    fn a_row_too_far_from_its_place_is_refused() {
        let mut tape = SalesTape::new(Sym::NONE, 1000);
        for seq in 10..=ORDER_ROWS as u64 + 11 {
            tape.push(row(seq), &mut |_| ()).unwrap();
        }
        assert_eq!(tape.push(row(3), &mut |_| ()), Err(Fault::Order));
        // Another day starts its own count.
        let tomorrow = SalesRow { midnight: row(1).midnight + 86_400_000_000, ..row(1) };
        assert_eq!(tape.push(tomorrow, &mut |_| ()), Ok(()));
    }
}
