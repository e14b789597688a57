//! Detectors: descriptions of a bar in [0, 1] that are no trade ideas (QUANT 5.8).
//!
//! Each is written for both sides at once: the mirror image of a market has the same strengths, and
//! names of a direction change places.

mod gamma_pin;
mod headfake;
mod microstructure;

use crate::config;
use crate::market::Instrument;
use crate::strategies::detectors::gamma_pin::GammaPin;
use crate::strategies::detectors::headfake::Headfake;
use crate::strategies::detectors::microstructure::Microstructure;
use crate::strategies::scores::Scores;
use crate::strategies::view::View;
use std::collections::VecDeque;

/// Strengths are made of decimals: the last bit of one decides no class.
const STRENGTH_SLACK: f64 = 1e-12;

/// The detectors that are switched on.
#[derive(Clone, Debug)]
pub(crate) struct Detectors {
    gamma_pin: Option<GammaPin>,
    headfake: Option<Headfake>,
    microstructure: Option<Microstructure>,
}

impl Detectors {
    pub(crate) fn new(settings: &config::Detectors, instrument: &Instrument) -> Self {
        Self {
            gamma_pin: settings
                .gamma_pin
                .then(|| GammaPin::new(settings.proximity_ticks, *instrument)),
            headfake: settings.headfake.then(|| Headfake::new(settings.lookback_bars)),
            microstructure: settings.microstructure.then(Microstructure::default),
        }
    }

    /// Folds a closed bar and writes what is seen; bars outside regular hours are not looked at.
    pub(crate) fn on_bar(&mut self, view: &View<'_>, scores: &mut Scores) {
        if !view.regular {
            return;
        }
        if let Some(detector) = &mut self.gamma_pin {
            detector.on_bar(view, scores);
        }
        if let Some(detector) = &mut self.headfake {
            detector.on_bar(view, scores);
        }
        if let Some(detector) = &mut self.microstructure {
            detector.on_bar(view, scores);
        }
    }

    /// Starts over.
    pub(crate) fn reset(&mut self) {
        if let Some(detector) = &mut self.gamma_pin {
            detector.reset();
        }
        if let Some(detector) = &mut self.headfake {
            detector.reset();
        }
        if let Some(detector) = &mut self.microstructure {
            detector.reset();
        }
    }
}

/// The last values of something, at most so many.
#[derive(Clone, Debug)]
struct Recent {
    values: VecDeque<f64>,
    most: usize,
}

impl Recent {
    fn new(most: usize) -> Self {
        Self { values: VecDeque::with_capacity(most), most }
    }

    fn push(&mut self, value: f64) {
        if self.values.len() >= self.most {
            self.values.pop_front();
        }
        self.values.push_back(value);
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn clear(&mut self) {
        self.values.clear();
    }

    /// `None` without values.
    fn mean(&self) -> Option<f64> {
        let n = self.values.len();
        (n > 0).then(|| self.values.iter().sum::<f64>() / n as f64)
    }

    /// Deviations of `value` from the mean, by the population deviation; `None` with fewer than
    /// `least` values or without any spread among them.
    fn z(&self, value: f64, least: usize) -> Option<f64> {
        let mean = self.mean().filter(|_| self.len() >= least)?;
        let squares: f64 = self.values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let sd = (squares / self.len() as f64).sqrt();
        (sd > 0.0).then(|| (value - mean) / sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_the_population() {
        let mut recent = Recent::new(4);
        assert_eq!((recent.mean(), recent.z(1.0, 0)), (None, None));
        for value in [100.0, 2.0, 4.0, 4.0, 6.0] {
            recent.push(value);
        }
        // The last four: mean 4, squares 4 + 4 over four: sd sqrt(2).
        assert_eq!(recent.mean(), Some(4.0));
        assert!((recent.z(4.0 + 3.0 * 2_f64.sqrt(), 4).unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(recent.z(5.0, 5), None);
        recent.clear();
        assert_eq!((recent.len(), recent.mean()), (0, None));
        (0..4).for_each(|_| recent.push(7.0));
        assert_eq!(recent.z(8.0, 1), None);
    }
}
