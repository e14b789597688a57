//! Volume and delta: volume must be bid plus ask volume, delta ask less bid volume.
//!
//! Bars of the wire may hold volume without a side (`v` above `bv + av`): those count as a mismatch
//! only where some side is known at all, and `bv + av` above `v` always.

use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

/// Sums are of decimals that were written out: this much is rounding.
const ROUNDING: f64 = 1e-6;

/// No state: each record stands for itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Sides;

impl Sides {
    #[expect(clippy::unused_self, reason = "one of the folds, all called alike")]
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        let (v, bv, av, delta) = match fact.what {
            What::Bar(bar) => {
                let (Some(bv), Some(av)) = (bar.bv, bar.av) else { return };
                if bv == 0 && av == 0 {
                    return;
                }
                (Some(bar.v as f64), bv as f64, av as f64, None)
            }
            What::Snapshot(row) => {
                let (Some(bv), Some(av)) = (row.bv, row.av) else { return };
                (row.v, bv, av, row.delta)
            }
            _ => return,
        };
        out.look(now.at, Code::VolumeMismatch);
        if v.is_none_or(|v| (v - bv - av).abs() > ROUNDING) {
            out.note(now.at, Code::VolumeMismatch, Some(fact.ts), || {
                let v = v.map_or_else(|| "none".into(), |v| v.to_string());
                format!("volume {v}, at bid {bv}, at ask {av}")
            });
        }
        let Some(delta) = delta else { return };
        out.look(now.at, Code::DeltaMismatch);
        if (delta - (av - bv)).abs() > ROUNDING {
            out.note(now.at, Code::DeltaMismatch, Some(fact.ts), || {
                format!("delta {delta}, ask less bid volume {}", av - bv)
            });
        }
    }
}
