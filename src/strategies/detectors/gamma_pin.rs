//! Gamma pin: positive dealer gamma holds price at a wall (QUANT 5.8).

use crate::market::Instrument;
use crate::market::Ticks;
use crate::strategies::detectors::Recent;
use crate::strategies::detectors::STRENGTH_SLACK;
use crate::strategies::scores::Scores;
use crate::strategies::view::View;

/// Bars that give the usual volume.
const BEFORE: usize = 5;
/// Share of it below which a bar is quiet.
const QUIET: f64 = 0.7;
/// Factor of a quiet bar.
const QUIET_FACTOR: f64 = 1.2;
/// Gamma ratio that counts once.
const RATIO_UNIT: f64 = 0.10;
/// Most that the gamma ratio may count.
const RATIO_MAX: f64 = 2.0;

/// Strength `1 - dist/proximity` to the nearest wall, times the gamma ratio and the quiet.
#[derive(Clone, Debug)]
pub(super) struct GammaPin {
    proximity: f64,
    instrument: Instrument,
    volumes: Recent,
}

impl GammaPin {
    pub(super) fn new(proximity_ticks: i64, instrument: Instrument) -> Self {
        Self { proximity: proximity_ticks as f64, instrument, volumes: Recent::new(BEFORE) }
    }

    pub(super) fn on_bar(&mut self, view: &View<'_>, scores: &mut Scores) {
        let volume = view.volume.total as f64;
        let quiet = self.volumes.len() >= BEFORE
            && self.volumes.mean().is_some_and(|mean| volume < QUIET * mean);
        self.volumes.push(volume);
        let close = view.bar.close as f64;
        let walls = [view.upper_wall, view.lower_wall];
        let dist = |wall: f64| (wall - close).abs();
        let nearest = walls.iter().flatten().map(|wall| dist(*wall)).min_by(f64::total_cmp);
        let (Some(nearest), Some(ratio)) = (nearest, view.gex_ratio) else { return };
        let near = (1.0 - nearest / self.proximity).max(0.0);
        let gamma = (ratio / RATIO_UNIT).clamp(0.0, RATIO_MAX);
        let strength = (near * gamma * if quiet { QUIET_FACTOR } else { 1.0 }).min(1.0);
        scores.gamma_pin = Some(strength);
        let Some(class) = class(strength) else { return };
        // Two walls at the same distance are both the nearest.
        for wall in walls.into_iter().flatten().filter(|wall| dist(*wall) <= nearest) {
            let price = self.instrument.px(Ticks(to_tick(wall, close)));
            scores.seen.push(format!("pin_{class}:{price}:{nearest:.1}"));
        }
    }

    pub(super) fn reset(&mut self) {
        self.volumes.clear();
    }
}

/// The tick nearest to the level, of two the one nearer to the close: the same upside down.
fn to_tick(level: f64, close: f64) -> i64 {
    let tick = if level > close { (level - 0.5).ceil() } else { (level + 0.5).floor() };
    tick as i64
}

fn class(strength: f64) -> Option<&'static str> {
    match strength + STRENGTH_SLACK {
        s if s >= 0.9 => Some("extreme"),
        s if s >= 0.7 => Some("strong"),
        s if s >= 0.5 => Some("moderate"),
        s if s >= 0.3 => Some("weak"),
        _ => None,
    }
}
