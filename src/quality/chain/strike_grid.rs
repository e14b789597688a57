//! Strikes off the grid of their root: SPX and SPXW list multiples of 5, NDX and NDXP too (with
//! single odd ones), XSP whole points.

use crate::market::Px;
use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;

/// The grid of a root in points; `None` for roots that are not known.
fn grid_of(root: &str) -> Option<i64> {
    match root {
        "SPX" | "SPXW" | "NDX" | "NDXP" => Some(5),
        "XSP" => Some(1),
        _ => None,
    }
}

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let Some(grid) = grid_of(series.root.as_str()) else { continue };
        out.look_at(chain.at, Code::StrikeGrid, series.strikes.len() as u64);
        for strike in &series.strikes {
            if strike.strike.nanos() % (grid * Px::SCALE) == 0 {
                continue;
            }
            let place = strike.rows().next().map_or_else(|| out.place(), |row| row.place);
            out.note_many(chain.at, Code::StrikeGrid, 1, Some(chain.ts), place, || {
                format!(
                    "strike {} of {}, which lists multiples of {grid}",
                    strike.strike, series.root
                )
            });
        }
    }
}
