//! What a record says, in the one form that all checks of the tape read.

use crate::market::Px;
use crate::market::Sym;
use crate::wire::Record;
use crate::wire::Src;

/// A fact about one symbol.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fact {
    /// Microseconds UTC; of a bar: its end.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Source, where the record names one.
    pub src: Option<Src>,
    /// The fact itself.
    pub what: What,
}

/// The kinds of fact.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum What {
    /// A trade.
    Trade {
        /// Price.
        px: Px,
        /// Contracts.
        sz: u64,
        /// Sequence number of the source.
        seq: Option<u64>,
    },
    /// Best bid and ask.
    Quote(Book),
    /// A closed bar.
    Bar(BarFact),
    /// A row of a program that writes down what it sees: price, volumes and touch at once.
    Snapshot(Snapshot),
    /// A book level; only its time and price are looked at.
    Depth {
        /// Price of the level.
        px: Option<Px>,
    },
}

/// Best bid and ask with sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Book {
    /// Best bid.
    pub bid: Option<Px>,
    /// Contracts bid.
    pub bsz: u64,
    /// Best ask.
    pub ask: Option<Px>,
    /// Contracts offered.
    pub asz: u64,
}

/// A closed bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BarFact {
    /// Length, seconds.
    pub dur: u32,
    /// First price.
    pub o: Px,
    /// Highest.
    pub h: Px,
    /// Lowest.
    pub l: Px,
    /// Last.
    pub c: Px,
    /// Contracts.
    pub v: u64,
    /// Contracts at the bid.
    pub bv: Option<u64>,
    /// Contracts at the ask.
    pub av: Option<u64>,
}

/// A row of a foreign recorder; numbers as they stand there, fractions included.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Snapshot {
    /// Price; `None` where it is no number.
    pub px: Option<Px>,
    /// Volume.
    pub v: Option<f64>,
    /// Volume at the bid.
    pub bv: Option<f64>,
    /// Volume at the ask.
    pub av: Option<f64>,
    /// Ask less bid volume, as stated.
    pub delta: Option<f64>,
    /// Best bid; `None` where it is 0 or missing.
    pub bid: Option<Px>,
    /// Best ask; `None` where it is 0 or missing.
    pub ask: Option<Px>,
}

impl Fact {
    /// The fact of a record; `None` for kinds that say nothing of a tape.
    pub fn of(record: &Record) -> Option<Self> {
        let (src, what) = match record {
            Record::Trade(r) => (Some(r.src), What::Trade { px: r.px, sz: r.sz, seq: r.seq }),
            Record::Quote(r) => {
                let book = Book { bid: r.bid, bsz: r.bsz, ask: r.ask, asz: r.asz };
                (Some(r.src), What::Quote(book))
            }
            Record::Depth(r) => (Some(r.src), What::Depth { px: r.px }),
            Record::Bar(r) => {
                let bar = BarFact {
                    dur: r.dur,
                    o: r.o,
                    h: r.h,
                    l: r.l,
                    c: r.c,
                    v: r.v,
                    bv: r.bv,
                    av: r.av,
                };
                (r.src, What::Bar(bar))
            }
            _ => return None,
        };
        Some(Self { ts: record.ts(), sym: record.sym(), src, what })
    }

    /// The instant that decides in which session it is: of a bar its start.
    pub fn instant(&self) -> i64 {
        match self.what {
            What::Bar(bar) => self.ts.saturating_sub(i64::from(bar.dur) * 1_000_000),
            _ => self.ts,
        }
    }

    /// The price traded last: of a trade, a bar's close, a snapshot.
    pub const fn last_price(&self) -> Option<Px> {
        match self.what {
            What::Trade { px, .. } => Some(px),
            What::Bar(bar) => Some(bar.c),
            What::Snapshot(row) => row.px,
            What::Quote(_) | What::Depth { .. } => None,
        }
    }

    /// The touch, where the fact has one.
    pub const fn book(&self) -> Option<Book> {
        match self.what {
            What::Quote(book) => Some(book),
            What::Snapshot(row) => Some(Book { bid: row.bid, bsz: 1, ask: row.ask, asz: 1 }),
            _ => None,
        }
    }

    /// Every price in it; a side without orders has none.
    pub fn prices(&self) -> [Option<Px>; 4] {
        match self.what {
            What::Trade { px, .. } => [Some(px), None, None, None],
            What::Quote(book) => [book.bid, book.ask, None, None],
            What::Bar(bar) => [Some(bar.o), Some(bar.h), Some(bar.l), Some(bar.c)],
            What::Snapshot(row) => [row.px, row.bid, row.ask, None],
            What::Depth { px } => [px, None, None, None],
        }
    }

    /// Small number of the kind, for tables by kind.
    pub(super) const fn kind(&self) -> usize {
        match self.what {
            What::Trade { .. } => 0,
            What::Quote(_) => 1,
            What::Bar(_) => 2,
            What::Snapshot(_) => 3,
            What::Depth { .. } => 4,
        }
    }

    /// Kinds of [`Fact::kind`].
    pub(super) const KINDS: usize = 5;
}
