//! Put-call parity: call less put is discount times (forward less strike), with one forward and
//! one discount factor for all strikes of an expiry, fitted by medians.
//!
//! A strike breaks it if it is off the line by more than the two spreads. Only strikes
//! near the money with both quotes count. A fabricated chain may well keep parity.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let Some(forward) = series.forward else { continue };
        for strike in series.near() {
            let Some((less, spreads)) = strike.call_less_put() else { continue };
            out.look(chain.at, Code::Parity);
            let expected = series.discount * (forward - strike.points());
            if (less - expected).abs() > spreads + 1e-6 {
                let place = strike.rows().next().map_or_else(|| out.place(), |row| row.place);
                out.note_many(chain.at, Code::Parity, 1, Some(chain.ts), place, || {
                    let strike = strike.strike;
                    let name = series.name();
                    format!("{name}: call less put at {strike} is {less:.2}, not {expected:.2}")
                });
            }
        }
    }
}
