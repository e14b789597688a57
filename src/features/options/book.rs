//! The option contracts of one underlying: whole snapshots replace them, single rows update them.

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
                bid: row.bid.map(|px| px.points()),
                ask: row.ask.map(|px| px.points()),
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
        self.spot = chain.spot.map(|px| px.points());
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
                    *known = Contract { oi, volume, ..row };
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
