//! Call and put of one strike with the same bid, ask and volatility: a row written twice.
//!
//! At the forward the two may cost the same; not with the same bid, the same ask and the same
//! volatility at strike after strike.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        for (call, put) in series.strikes.iter().filter_map(|s| s.call.zip(s.put)) {
            let (Some(c), Some(p)) = (call.quote(), put.quote()) else { continue };
            let Some((c_iv, p_iv)) = call.vol_of().zip(put.vol_of()) else { continue };
            out.look(chain.at, Code::CallIsPut);
            let same = |a: f64, b: f64| (a - b).abs() <= 1e-9;
            if same(c.0, p.0) && same(c.1, p.1) && same(c_iv, p_iv) {
                out.note_many(chain.at, Code::CallIsPut, 1, Some(chain.ts), call.place, || {
                    format!(
                        "{} and its put: bid {:.2}, ask {:.2}, volatility {c_iv:.4}",
                        call.name(),
                        c.0,
                        c.1
                    )
                });
            }
        }
    }
}
