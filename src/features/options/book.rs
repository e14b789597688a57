//! The option contracts of one underlying: whole snapshots replace them, single rows update them.

use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::options::OptionRow;
use crate::options::Snapshot;
use crate::wire::Chain;
use crate::wire::Failure;
use crate::wire::OptionQuote;
use crate::wire::Right;
use crate::wire::Settlement;
use crate::wire::Src;
use std::collections::BTreeMap;

/// What makes a contract, never the date alone: on third Fridays both settlements exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    exp: TradeDate,
    root: Sym,
    /// Strike, billionths of a point.
    strike: i64,
    right: Right,
}

/// What is known of a contract.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Contract {
    settle: Settlement,
    bid: Option<f64>,
    ask: Option<f64>,
    iv: Option<f64>,
    gamma: Option<f64>,
    volume: Option<u64>,
    asof: i64,
    oi: Option<(u64, i64)>,
    /// How often the newest snapshot lists it: more than once is for the validation to judge.
    copies: u32,
}

/// Rows that were not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Unused {
    /// Options and chains of another underlying.
    pub other_underlying: u64,
    /// Contracts beyond the limit.
    pub beyond_limit: u64,
    /// Rows older than what was known of the contract.
    pub outdated: u64,
}

/// The contracts of one underlying. Memory is bounded by the limit of contracts.
#[derive(Clone, Debug)]
pub struct OptionBook {
    und: Sym,
    limit: usize,
    contracts: BTreeMap<Key, Contract>,
    /// Rows of the newest stamp: a snapshot, if a chain of that stamp closes it.
    pending: Vec<(Key, Contract)>,
    pending_ts: i64,
    /// When the newest row came, microseconds UTC.
    ts: i64,
    /// Rows that the newest chain promised and that did not come.
    missing: u64,
    spot: Option<f64>,
    source: Option<Src>,
    unused: Unused,
}

impl OptionBook {
    /// Empty, for options on `und`, at most `limit` contracts.
    pub fn new(und: Sym, limit: usize) -> Self {
        Self {
            und,
            limit,
            contracts: BTreeMap::new(),
            pending: Vec::new(),
            pending_ts: i64::MIN,
            ts: i64::MIN,
            missing: 0,
            spot: None,
            source: None,
            unused: Unused::default(),
        }
    }

    /// What was not used so far.
    pub fn unused(&self) -> Unused {
        self.unused
    }

    /// Source of the newest row.
    pub fn source(&self) -> Option<Src> {
        self.source
    }

    /// Takes a row; whether it is of this underlying.
    ///
    /// # Errors
    /// Its expiry is no date: bad input.
    pub fn on_row(&mut self, row: &OptionQuote) -> Result<bool, Failure> {
        if row.und != self.und {
            self.unused.other_underlying += 1;
            return Ok(false);
        }
        let exp = row
            .exp
            .parse::<TradeDate>()
            .map_err(|error| Failure::bad_input(format!("expiry of {}: {error}", row.sym)))?;
        if row.ts != self.pending_ts {
            self.settle();
            self.pending_ts = row.ts;
        }
        // A snapshot may be as large as the book; what is more is not kept while it comes either.
        if self.pending.len() >= self.limit {
            self.unused.beyond_limit += 1;
            return Ok(true);
        }
        // No quote is younger than the record that brings it.
        let asof = row.asof.min(row.ts);
        let key = Key { exp, root: row.root, strike: row.strike.nanos(), right: row.right };
        self.pending.push((
            key,
            Contract {
                settle: row.settle,
                bid: row.bid.map(Px::points),
                ask: row.ask.map(Px::points),
                iv: row.iv.map(|iv| iv.0),
                gamma: row.gamma.map(|gamma| gamma.0),
                volume: row.vol,
                asof,
                oi: row.oi.map(|oi| (oi, asof)),
                copies: 1,
            },
        ));
        self.ts = self.ts.max(row.ts);
        self.source = Some(row.src);
        Ok(true)
    }

    /// Takes the end of a snapshot; whether it is of this underlying. The rows of its stamp replace
    /// the book; the open interest of a row without one is that of the book, with its own age.
    pub fn on_chain(&mut self, chain: &Chain) -> bool {
        if chain.und != self.und {
            self.unused.other_underlying += 1;
            return false;
        }
        if chain.ts != self.pending_ts {
            self.settle();
        }
        let rows = std::mem::take(&mut self.pending);
        self.missing = chain.n.saturating_sub(rows.len() as u64);
        let before = std::mem::take(&mut self.contracts);
        for (key, mut row) in rows {
            row.oi = row.oi.or_else(|| before.get(&key).and_then(|known| known.oi));
            let copies = self.contracts.get(&key).map_or(1, |twin| twin.copies.saturating_add(1));
            self.contracts.insert(key, Contract { copies, ..row });
        }
        self.ts = self.ts.max(chain.ts);
        self.spot = chain.spot.map(Px::points);
        self.source = Some(chain.src);
        true
    }

    /// Rows that no chain closed are updates of single contracts: their quotes replace those of the
    /// book; what they do not say about open interest, volume and settlement stays.
    pub fn settle(&mut self) {
        if !self.pending.is_empty() {
            // The price that came with the last chain is not that of the newer quotes.
            self.spot = None;
        }
        for (key, row) in std::mem::take(&mut self.pending) {
            let full = self.contracts.len() >= self.limit;
            match self.contracts.get_mut(&key) {
                Some(known) if row.asof < known.asof => self.unused.outdated += 1,
                Some(known) => {
                    let (oi, volume) = (row.oi.or(known.oi), row.volume.or(known.volume));
                    *known = Contract { volume, oi, ..row };
                }
                None if full => self.unused.beyond_limit += 1,
                None => {
                    self.contracts.insert(key, row);
                }
            }
        }
    }

    /// When the open interest was last told: the median over the contracts that have some.
    pub fn oi_asof(&self) -> Option<i64> {
        let stamps = self.contracts.values().filter_map(|contract| contract.oi);
        let mut stamps: Vec<i64> = stamps.map(|(_, asof)| asof).collect();
        let middle = stamps.len().checked_sub(1)? / 2;
        Some(*stamps.select_nth_unstable(middle).1)
    }

    /// The book as one snapshot, in a fixed order.
    pub fn snapshot(&mut self) -> Snapshot {
        self.settle();
        let mut rows = Vec::with_capacity(self.contracts.len());
        for (key, contract) in &self.contracts {
            let row = OptionRow {
                root: key.root,
                exp: key.exp,
                settle: contract.settle,
                right: key.right,
                strike: crate::market::Px::from_nanos(key.strike).points(),
                bid: contract.bid,
                ask: contract.ask,
                iv: contract.iv,
                gamma: contract.gamma,
                oi: contract.oi.map(|(oi, _)| oi),
                volume: contract.volume,
                asof: contract.asof,
                oi_asof: contract.oi.map_or(contract.asof, |(_, asof)| asof),
            };
            rows.extend(std::iter::repeat_n(row, contract.copies as usize));
        }
        Snapshot {
            und: self.und,
            ts: self.ts,
            asof: rows.iter().map(|row| row.asof).max().unwrap_or(self.ts),
            spot: self.spot,
            stated: rows.len() as u64 + self.missing,
            src: self.source,
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Px;
    use crate::wire::Num;
    use proptest::prelude::*;

    fn und() -> Sym {
        Sym::new("SPX").unwrap()
    }

    fn row(ts: i64, strike: i64, bid: i64, oi: Option<u64>) -> OptionQuote {
        OptionQuote {
            ts,
            sym: und(),
            und: und(),
            root: Sym::new("SPXW").unwrap(),
            exp: "2026-03-20".into(),
            settle: Settlement::Pm,
            right: Right::Call,
            strike: Px::from_nanos(strike * Px::SCALE),
            bid: Some(Px::from_nanos(bid * Px::SCALE)),
            ask: Some(Px::from_nanos((bid + 1) * Px::SCALE)),
            iv: Some(Num(0.15)),
            oi,
            vol: None,
            gamma: None,
            asof: ts,
            src: Src::Syn,
        }
    }

    fn chain(ts: i64, n: u64) -> Chain {
        let spot = Px::from_points(5000.0);
        Chain { ts, sym: und(), und: und(), n, spot, asof: ts, src: Src::Syn }
    }

    /// Strike, bid, open interest and its age, per contract.
    fn told(book: &mut OptionBook) -> Vec<(i64, f64, Option<u64>, i64)> {
        let rows = book.snapshot().rows;
        rows.iter().map(|r| (r.strike as i64, r.bid.unwrap(), r.oi, r.oi_asof)).collect()
    }

    #[test]
    fn a_closed_snapshot_replaces_and_open_rows_update() {
        let mut book = OptionBook::new(und(), 100);
        for strike in [5010, 5000, 5005] {
            assert!(book.on_row(&row(10, strike, 7, Some(40))).unwrap());
        }
        assert!(book.on_chain(&chain(10, 3)));
        let whole =
            [(5000, 7.0, Some(40), 10), (5005, 7.0, Some(40), 10), (5010, 7.0, Some(40), 10)];
        assert_eq!(told(&mut book), whole);
        // A snapshot without open interest: that of the book, with its age; 5010 is gone.
        book.on_row(&row(20, 5000, 8, None)).unwrap();
        book.on_row(&row(20, 5005, 8, Some(50))).unwrap();
        book.on_chain(&chain(20, 2));
        assert_eq!(told(&mut book), [(5000, 8.0, Some(40), 10), (5005, 8.0, Some(50), 20)]);
        assert_eq!(book.snapshot().spot, Some(5000.0));
        // Single rows: an update, a new contract, and one that is older than what is known.
        book.on_row(&row(30, 5000, 9, None)).unwrap();
        book.on_row(&row(31, 5015, 9, None)).unwrap();
        book.on_row(&OptionQuote { asof: 19, ..row(32, 5005, 9, None) }).unwrap();
        let updated = [(5000, 9.0, Some(40), 10), (5005, 8.0, Some(50), 20), (5015, 9.0, None, 31)];
        assert_eq!(told(&mut book), updated);
        assert_eq!(book.unused().outdated, 1);
        // The price that came with the chain is not that of the newer quotes.
        assert_eq!((book.snapshot().spot, book.snapshot().asof), (None, 31));
        assert_eq!(book.oi_asof(), Some(10));
    }

    #[test]
    fn what_is_missing_doubled_or_too_much_is_seen() {
        let mut book = OptionBook::new(und(), 2);
        book.on_row(&row(10, 5000, 7, Some(1))).unwrap();
        book.on_row(&row(10, 5000, 7, Some(1))).unwrap();
        book.on_row(&row(10, 5005, 7, Some(1))).unwrap();
        assert_eq!(book.unused().beyond_limit, 1);
        book.on_chain(&chain(10, 5));
        let snapshot = book.snapshot();
        // Both rows of the contract are there for the validation to count.
        assert_eq!((snapshot.rows.len(), snapshot.stated), (2, 5));
        let ndx = Sym::new("NDX").unwrap();
        assert!(!book.on_row(&OptionQuote { und: ndx, ..row(11, 1, 1, None) }).unwrap());
        assert!(!book.on_chain(&Chain { und: ndx, ..chain(11, 0) }));
        assert_eq!(book.unused().other_underlying, 2);
        assert!(book.on_row(&OptionQuote { exp: "soon".into(), ..row(12, 1, 1, None) }).is_err());
        // A quote of tomorrow is one of now.
        let mut book = OptionBook::new(und(), 2);
        book.on_row(&OptionQuote { asof: 99, ..row(12, 5000, 1, None) }).unwrap();
        assert_eq!(book.snapshot().asof, 12);
    }

    proptest! {
        #[test]
        fn the_order_of_rows_in_a_snapshot_does_not_matter(
            strikes in prop::collection::btree_set(800_i64..1200, 1..60), seed in any::<u64>(),
        ) {
            let rows: Vec<_> = strikes.iter().map(|s| row(10, s * 5, s % 50, Some(3))).collect();
            let mut mixed = rows.clone();
            mixed.sort_by_key(|row| (row.strike.nanos() as u64).wrapping_mul(seed | 1));
            let fold = |rows: &[OptionQuote]| {
                let mut book = OptionBook::new(und(), 1000);
                for row in rows {
                    assert!(book.on_row(row).unwrap());
                }
                book.on_chain(&chain(10, rows.len() as u64));
                book.snapshot()
            };
            prop_assert_eq!(fold(&rows), fold(&mixed));
        }
    }
}
