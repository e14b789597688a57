//! What is published at every bar close of regular hours: the score and the descriptions.

use crate::strategies::code::Code;
use crate::strategies::report::Occasion;
use crate::wire;
use crate::wire::By;
use crate::wire::Num;
use std::collections::BTreeMap;

/// Collects what machines and detectors publish of one bar.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scores {
    /// Battle Navale score in [-1, 1] (QUANT 5.6), or why there is none.
    pub bn_score: Option<Result<f64, Code>>,
    /// Force f in [-1, 1].
    pub bn_force: Option<f64>,
    /// Golden-rule term g in [-1, 1].
    pub bn_rule: Option<f64>,
    /// Quality q in [0, 1] of the governing base.
    pub bn_quality: Option<f64>,
    /// +1 or -1: the governing base is unbroken and green or red; else 0.
    pub bn_kappa: Option<f64>,
    /// Strength of a gamma pin in [0, 1].
    pub gamma_pin: Option<f64>,
    /// Strength of a headfake in [0, 1].
    pub headfake: Option<f64>,
    /// Strength of a microstructure anomaly in [0, 1].
    pub microstructure: Option<f64>,
    /// Mean strength of the anomalies of the bar in [0, 1]; `None` without one.
    pub microstructure_mean: Option<f64>,
    /// What was recognised, for example `bull_trap` or `long_down_up`.
    pub seen: Vec<String>,
}

/// The diagnostics of the regime, as features give them.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Diagnostics {
    pub(crate) adx: Option<Num>,
    pub(crate) vr: Option<Num>,
    pub(crate) chop: Option<Num>,
}

impl Scores {
    /// Whether an entry is refused because the microstructure is out of the ordinary.
    pub(crate) fn vetoes(&self, limit: f64) -> bool {
        self.microstructure.is_some_and(|strength| strength >= limit)
    }

    /// The record of this bar.
    pub(crate) fn record(self, occasion: &Occasion, diagnostics: Diagnostics) -> wire::Scores {
        let num = |value: Option<f64>| value.map(Num);
        let mut why = BTreeMap::new();
        if let Some(Err(code)) = self.bn_score {
            why.insert("bn_score".to_owned(), code.name().to_owned());
        }
        wire::Scores {
            ts: occasion.ts,
            sym: occasion.sym,
            by: By::Signal,
            ct: occasion.ct,
            regime: occasion.regime.map(|regime| regime.name().to_owned()),
            band: occasion.band.name().to_owned(),
            band_src: occasion.band.source.name().to_owned(),
            adx: diagnostics.adx,
            vr: diagnostics.vr,
            chop: diagnostics.chop,
            bn_score: self.bn_score.and_then(Result::ok).map(Num),
            bn_force: num(self.bn_force),
            bn_rule: num(self.bn_rule),
            bn_quality: num(self.bn_quality),
            bn_kappa: num(self.bn_kappa),
            gamma_pin: num(self.gamma_pin),
            headfake: num(self.headfake),
            microstructure: num(self.microstructure),
            microstructure_mean: num(self.microstructure_mean),
            seen: self.seen,
            why,
        }
    }
}
