//! Deltas: a call's lies in 0 to 1, a put's in -1 to 0, and both fall as the strike rises.
//!
//! Only sources that state a delta can be judged. Neighbours are compared near the money, where a
//! rounded delta still falls; a rise of less than 0.02 is rounding and quotes of different age.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use crate::quality::chain::row::OptionRow;
use crate::quality::chain::series::Strike;
use crate::wire::Right;

/// A rise that is no finding.
const NOISE: f64 = 0.02;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    let ts = Some(chain.ts);
    for series in &chain.series {
        for row in series.strikes.iter().flat_map(Strike::rows) {
            let Some(delta) = row.delta else { continue };
            out.look(chain.at, Code::DeltaSign);
            let range = if row.right == Right::Call { 0.0..=1.0 } else { -1.0..=0.0 };
            if !range.contains(&delta) {
                out.note_many(chain.at, Code::DeltaSign, 1, ts, row.place, || {
                    format!("{} has delta {delta:.4}", row.name())
                });
            }
        }
        let calls = series.near().filter_map(|s| s.call);
        falling(chain, calls, out);
        let puts = series.near().filter_map(|s| s.put);
        falling(chain, puts, out);
    }
}

fn falling<'a>(chain: &Chain<'_>, rows: impl Iterator<Item = &'a OptionRow>, out: &mut Findings) {
    let mut before: Option<f64> = None;
    for row in rows {
        let Some(delta) = row.delta else { continue };
        let Some(old) = before.replace(delta) else { continue };
        out.look(chain.at, Code::DeltaMonotone);
        if delta > old + NOISE {
            out.note_many(chain.at, Code::DeltaMonotone, 1, Some(chain.ts), row.place, || {
                format!("{}: delta {delta:.4} after {old:.4}", row.name())
            });
        }
    }
}
