//! Prices along the strikes: a call gets cheaper, a put dearer.
//!
//! Neighbours with two-sided quotes; a rise counts only beyond both spreads: the higher strike's
//! bid is above the lower strike's ask.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use crate::quality::chain::row::OptionRow;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let calls = series.strikes.iter().filter_map(|s| s.call);
        falling(chain, calls, out);
        let puts = series.strikes.iter().rev().filter_map(|s| s.put);
        falling(chain, puts, out);
    }
}

/// `rows` in the direction in which they must get cheaper.
fn falling<'a>(chain: &Chain<'_>, rows: impl Iterator<Item = &'a OptionRow>, out: &mut Findings) {
    let mut before: Option<f64> = None;
    for row in rows {
        let Some((bid, ask)) = row.quote() else { continue };
        let Some(old_ask) = before.replace(ask) else { continue };
        out.look(chain.at, Code::RisesWithStrike);
        if bid > old_ask + 1e-9 {
            out.note_many(chain.at, Code::RisesWithStrike, 1, Some(chain.ts), row.place, || {
                format!("{} is bid {bid:.2}, its neighbour is offered at {old_ask:.2}", row.name())
            });
        }
    }
}
