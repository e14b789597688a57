//! The checks of option chains (QUANT 3.9): one rule a file, all over one snapshot.
//!
//! A rule counts the rows, strikes or expiries that break it; the tolerance of its code says how
//! many a genuine snapshot has. Nothing is repaired. The order of the rows does not matter.

mod coverage;
mod delta;
mod expiry;
mod identical;
mod monotone;
mod own_iv;
mod parity;
mod row;
mod sameness;
mod series;
mod strike_grid;
mod volatility;

pub use row::OptionRow;
pub use row::Snapshot;

use crate::config::QualityChain;
use crate::market::Calendar;
use crate::quality::Findings;
use crate::quality::finding::SymIndex;
use row::Judged;
use series::Series;

/// A snapshot as the rules see it.
struct Chain<'a> {
    /// Its stamp, microseconds UTC.
    ts: i64,
    /// Rows of one root and expiry each, those that have expired left out.
    series: Vec<Series<'a>>,
    /// Limits.
    limits: &'a QualityChain,
    /// Trading days.
    calendar: &'a Calendar,
    /// Where its findings are counted.
    at: SymIndex,
}

/// Applies every rule to a snapshot.
pub(super) fn judge(
    snapshot: &Snapshot,
    at: SymIndex,
    limits: &QualityChain,
    calendar: &Calendar,
    out: &mut Findings,
) {
    let judged = Judged::of(snapshot);
    let chain = Chain {
        ts: snapshot.ts,
        series: Series::all(&judged, snapshot, limits),
        limits,
        calendar,
        at,
    };
    strike_grid::judge(&chain, out);
    expiry::judge(&chain, out);
    coverage::judge(&chain, snapshot, out);
    parity::judge(&chain, out);
    delta::judge(&chain, out);
    volatility::judge(&chain, out);
    sameness::judge(&chain, out);
    own_iv::judge(&chain, out);
    monotone::judge(&chain, out);
    identical::judge(&chain, out);
}
