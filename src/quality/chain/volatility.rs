//! Volatilities: a smile has many, and call and put of one strike have nearly the same.
//!
//! An expiry with `rows_min` rows and at most two values was not computed from prices. Call and put
//! are compared near the money and not in the last days, when a tick is worth many points.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use crate::quality::chain::series::Strike;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    let ts = Some(chain.ts);
    for series in &chain.series {
        let rows = series.strikes.iter().flat_map(Strike::rows);
        let stated: Vec<_> = rows.filter_map(|row| Some((row.vol_of()?, row.place))).collect();
        let mut values: Vec<f64> = stated.iter().map(|(iv, _)| *iv).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if stated.len() >= chain.limits.rows_min.max(3) {
            out.look(chain.at, Code::TwoIvs);
            if let (true, Some((_, place))) = (values.len() <= 2, stated.first()) {
                out.note_many(chain.at, Code::TwoIvs, 1, ts, *place, || {
                    let (name, rows) = (series.name(), stated.len());
                    format!("{name}: {rows} rows with the volatilities {values:?}")
                });
            }
        }
        if series.days < chain.limits.days_min {
            continue;
        }
        for (call, put) in series.near().filter_map(|s| s.call.zip(s.put)) {
            let Some((c, p)) = call.vol_of().zip(put.vol_of()) else { continue };
            out.look(chain.at, Code::IvPair);
            if (c - p).abs() > chain.limits.iv_gap {
                out.note_many(chain.at, Code::IvPair, 1, ts, call.place, || {
                    format!("{} has {c}, its put {p}", call.name())
                });
            }
        }
    }
}
