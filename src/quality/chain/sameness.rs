//! What is the same at every strike of an expiry though it never is: spreads and time value.
//!
//! Both are judged near the money, on at least `rows_min` rows. Spreads are the same if nine rows
//! of ten share one; time value (the price of the out-of-the-money option) if eight strikes of ten
//! share one of at least a quarter point, since far strikes all cost the least price.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use crate::quality::chain::series::Series;
use crate::quality::chain::series::Strike;
use crate::quality::finding::Place;

/// Decimals that were computed and written out: this much is rounding.
const ROUNDING: f64 = 1e-6;
/// Least time value that says something, points.
const LEAST_VALUE: f64 = 0.25;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let rows = series.near().flat_map(Strike::rows);
        let spreads: Vec<_> = rows.filter_map(|row| Some((row.spread()?, row.place))).collect();
        same(chain, series, Code::ConstantSpread, &spreads, 0.9, "spread", out);
        let Some(forward) = series.forward else { continue };
        let values = series.near().filter_map(|strike| {
            let row = if strike.points() >= forward { strike.call } else { strike.put }?;
            Some((row.mid().filter(|mid| *mid >= LEAST_VALUE)?, row.place))
        });
        let values: Vec<_> = values.collect();
        same(chain, series, Code::TimeValue, &values, 0.8, "time value", out);
    }
}

fn same(
    chain: &Chain<'_>,
    series: &Series<'_>,
    code: Code,
    values: &[(f64, Place)],
    share: f64,
    what: &str,
    out: &mut Findings,
) {
    if values.len() < chain.limits.rows_min {
        return;
    }
    out.look(chain.at, code);
    let mut sorted: Vec<f64> = values.iter().map(|(value, _)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    let groups = sorted.chunk_by(|a, b| b - a <= ROUNDING);
    let Some(largest) = groups.max_by_key(|group| group.len()) else { return };
    if (largest.len() as f64) < share * values.len() as f64 {
        return;
    }
    let (count, of) = (largest.len(), values.len());
    let value = largest.first().copied().unwrap_or_default();
    let place = values.first().map_or_else(|| out.place(), |(_, place)| *place);
    out.note_many(chain.at, code, 1, Some(chain.ts), place, || {
        format!("{}: {what} {value:.4} at {count} of {of}", series.name())
    });
}
