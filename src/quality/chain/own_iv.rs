//! Prices against their own volatility: Black-Scholes on the parity forward must give the price.
//!
//! Judged near the money and not in the last days. Allowed are the spread, a quarter of the price
//! (`own_iv_share`) and half a point: quotes, volatilities and spot of a real snapshot are not of
//! the same second.

use crate::options::black76;
use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use crate::quality::chain::series::Strike;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let Some(forward) = series.forward else { continue };
        if series.days < chain.limits.days_min {
            continue;
        }
        let years = series.days / 365.0;
        for row in series.near().flat_map(Strike::rows) {
            let Some(((mid, spread), iv)) = row.mid().zip(row.spread()).zip(row.vol_of()) else {
                continue;
            };
            out.look(chain.at, Code::OwnIv);
            let value =
                series.discount * black76(row.right, forward, row.strike.points(), years, iv);
            if (value - mid).abs() > spread.max(chain.limits.own_iv_share * mid) + 0.5 {
                out.note_many(chain.at, Code::OwnIv, 1, Some(chain.ts), row.place, || {
                    format!("{} costs {mid:.2}, at its volatility {iv} {value:.2}", row.name())
                });
            }
        }
    }
}
