//! Detectors: descriptions of a bar in [0, 1] that are no trade ideas (QUANT 5.8).

use crate::config;
use crate::strategies::scores::Scores;
use crate::strategies::view::View;

/// The detectors that are switched on.
#[derive(Clone, Debug)]
pub(crate) struct Detectors {
    _settings: config::Detectors,
}

impl Detectors {
    pub(crate) fn new(settings: &config::Detectors) -> Self {
        Self { _settings: settings.clone() }
    }

    /// Folds a closed bar and writes what is seen.
    pub(crate) fn on_bar(&mut self, _view: &View<'_>, _scores: &mut Scores) {}

    /// Starts over.
    pub(crate) fn reset(&mut self) {}
}
