//! Put-call parity: `strike + call - put` is the same forward at every strike of an expiry.
//!
//! A strike breaks it if its forward is off the median by more than the two spreads. Only strikes
//! near the money with both quotes count. A fabricated chain may well keep parity.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let Some(median) = series.forward else { continue };
        for strike in series.near() {
            let Some((forward, spreads)) = strike.forward() else { continue };
            out.look(chain.at, Code::Parity);
            if (forward - median).abs() > spreads + 1e-6 {
                let place = strike.rows().next().map_or_else(|| out.place(), |row| row.place);
                out.note_many(chain.at, Code::Parity, 1, Some(chain.ts), place, || {
                    let strike = strike.strike;
                    let name = series.name();
                    format!("{name}: strike {strike} gives {forward:.2}, the others {median:.2}")
                });
            }
        }
    }
}
