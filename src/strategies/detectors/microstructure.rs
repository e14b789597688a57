//! Microstructure anomaly: a bar out of the ordinary, whatever its direction (QUANT 5.8).

use crate::strategies::detectors::Recent;
use crate::strategies::scores::Scores;
use crate::strategies::view::View;

/// Most bars before that give what is usual.
const BEFORE: usize = 29;
/// Least bars before.
const BEFORE_MIN: usize = 10;
/// Volume: deviations above which it counts, and at which it counts in full.
const VOLUME_Z: (f64, f64) = (3.0, 5.0);
/// Spread: the same.
const SPREAD_Z: (f64, f64) = (2.0, 4.0);
/// One-sided share of the volume above which it counts.
const ONE_SIDED: f64 = 0.8;
/// Share of large trades above which it counts.
const LARGE: f64 = 0.6;

/// Largest and mean strength of the anomalies of a bar.
#[derive(Clone, Debug)]
pub(super) struct Microstructure {
    volumes: Recent,
    spreads: Recent,
}

impl Default for Microstructure {
    fn default() -> Self {
        Self { volumes: Recent::new(BEFORE), spreads: Recent::new(BEFORE) }
    }
}

impl Microstructure {
    pub(super) fn on_bar(&mut self, view: &View<'_>, scores: &mut Scores) {
        let volume = view.volume.total as f64;
        let sided = view.volume.delta().filter(|_| view.volume.total > 0);
        let share = sided.map(|delta| delta.unsigned_abs() as f64 / volume);
        let deviation = |z: Option<f64>, (from, full): (f64, f64)| {
            z.map(|z| if z.abs() > from { (z.abs() / full).min(1.0) } else { 0.0 })
        };
        let spread_z = view.spread.and_then(|spread| self.spreads.z(spread, BEFORE_MIN));
        let terms = [
            ("volume", deviation(self.volumes.z(volume, BEFORE_MIN), VOLUME_Z)),
            ("spread", deviation(spread_z, SPREAD_Z)),
            ("one_sided", share.map(|x| above(x, ONE_SIDED, (0.5, 0.5)))),
            ("large_trades", view.large_share.map(|x| above(x, LARGE, (0.25, 0.35)))),
        ];
        self.volumes.push(volume);
        if let Some(spread) = view.spread {
            self.spreads.push(spread);
        }
        let known = terms.iter().filter_map(|(name, term)| term.map(|term| (*name, term)));
        let (mut most, mut sum, mut present) = (None, 0.0, 0_u32);
        for (name, term) in known {
            most = Some(f64::max(most.unwrap_or(0.0), term));
            if term > 0.0 {
                sum += term;
                present += 1;
                scores.seen.push(format!("anomaly_{name}"));
            }
        }
        scores.microstructure = most;
        scores.microstructure_mean = (present > 0).then(|| sum / f64::from(present));
    }

    pub(super) fn reset(&mut self) {
        self.volumes.clear();
        self.spreads.clear();
    }
}

/// `(x - base)/scale`, at most 1, above `limit`; else 0.
fn above(x: f64, limit: f64, (base, scale): (f64, f64)) -> f64 {
    if x > limit { ((x - base) / scale).min(1.0) } else { 0.0 }
}
