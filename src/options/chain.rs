//! Puts the rows of a stream together to snapshots.

use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::options::snapshot::OptionRow;
use crate::options::snapshot::Snapshot;
use crate::wire::Chain;
use crate::wire::OptionQuote;
use crate::wire::Right;
use crate::wire::Settlement;
use std::collections::BTreeMap;

/// Collects `option` rows until the `chain` record that closes them.
///
/// A source that sends open interest once a day leaves it out later: it is then carried forward.
/// Rows belong to a snapshot if they have its stamp and underlying; what no chain record closed before
/// rows of another stamp came is dropped and counted.
#[derive(Clone, Debug, Default)]
pub struct SnapshotReader {
    rows: Vec<OptionRow>,
    of: Option<(Sym, i64)>,
    dropped: u64,
    /// Open interest last stated, and when: sources send it once a day.
    interest: BTreeMap<Sym, BTreeMap<Contract, (u64, i64)>>,
}

/// What tells contracts apart: root, expiry, settlement, right, strike in billionths of a point.
type Contract = (Sym, TradeDate, Settlement, Right, i64);

impl SnapshotReader {
    /// Most rows that a snapshot may have.
    const MAX: usize = 1_000_000;

    /// Takes a row.
    pub fn on_option(&mut self, quote: &OptionQuote) {
        let key = (quote.und, quote.ts);
        if self.of != Some(key) {
            self.dropped += self.rows.len() as u64;
            self.rows.clear();
            self.of = Some(key);
        }
        match OptionRow::from_quote(quote) {
            Some(row) if self.rows.len() < Self::MAX => self.rows.push(row),
            _ => self.dropped += 1,
        }
    }

    /// The snapshot that `chain` closes.
    pub fn on_chain(&mut self, chain: &Chain) -> Option<Snapshot> {
        if self.of.take()? != (chain.und, chain.ts) {
            self.dropped += self.rows.len() as u64;
            self.rows.clear();
            return None;
        }
        self.fill(chain.und);
        Some(Snapshot {
            und: chain.und,
            ts: chain.ts,
            asof: chain.asof,
            spot: chain.spot.map(crate::market::Px::points).filter(|spot| *spot > 0.0),
            stated: chain.n,
            src: Some(chain.src),
            rows: std::mem::take(&mut self.rows),
        })
    }

    /// Open interest of rows that have none, from the snapshot that last stated it; with its own time.
    fn fill(&mut self, und: Sym) {
        let known = self.interest.entry(und).or_default();
        let mut stated = BTreeMap::new();
        for row in &mut self.rows {
            let strike = Px::from_points(row.strike).map_or(0, Px::nanos);
            let contract = (row.root, row.exp, row.settle, row.right, strike);
            match row.oi {
                Some(oi) => {
                    stated.insert(contract, (oi, row.oi_asof));
                }
                None => {
                    if let Some((oi, asof)) = known.get(&contract) {
                        (row.oi, row.oi_asof) = (Some(*oi), *asof);
                    }
                }
            }
        }
        if !stated.is_empty() {
            *known = stated;
        }
    }

    /// Rows that belonged to no snapshot.
    pub fn dropped(&self) -> u64 {
        self.dropped + self.rows.len() as u64
    }
}
