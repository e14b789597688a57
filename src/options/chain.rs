//! Puts the rows of a stream together to snapshots.

use crate::options::snapshot::OptionRow;
use crate::options::snapshot::Snapshot;
use crate::wire::Chain;
use crate::wire::OptionQuote;

/// Collects `option` rows until the `chain` record that closes them.
///
/// Rows belong to a snapshot if they have its stamp and underlying; what no chain record closed before
/// rows of another stamp came is dropped and counted.
#[derive(Clone, Debug, Default)]
pub struct SnapshotReader {
    rows: Vec<OptionRow>,
    of: Option<(crate::market::Sym, i64)>,
    dropped: u64,
}

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

    /// Rows that belonged to no snapshot.
    pub fn dropped(&self) -> u64 {
        self.dropped + self.rows.len() as u64
    }
}
