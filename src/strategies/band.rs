//! The VIX band of the moment (QUANT 4).

use crate::config::Config;
use crate::config::VixBand;
use std::fmt;

/// Where a band comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum BandSource {
    /// A VIX print that is young enough.
    Vix,
    /// The at-the-money volatility of the SPX options.
    AtmIv,
    /// Neither is known: the configured band. Live trading refuses it.
    #[default]
    Fallback,
}

impl BandSource {
    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vix => "vix",
            Self::AtmIv => "atm_iv",
            Self::Fallback => "fallback",
        }
    }
}

impl fmt::Display for BandSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A band and its source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Band {
    /// The band.
    pub band: VixBand,
    /// Where it comes from.
    pub source: BandSource,
}

impl Default for Band {
    fn default() -> Self {
        Self { band: VixBand::High, source: BandSource::Fallback }
    }
}

impl Band {
    /// The value of a list by band.
    pub fn pick<T: Copy>(self, list: &[T; 4]) -> T {
        list[self.band as usize]
    }

    /// Name of the band on the wire.
    pub const fn name(self) -> &'static str {
        match self.band {
            VixBand::Low => "LOW",
            VixBand::Mid => "MID",
            VixBand::High => "HIGH",
            VixBand::Extreme => "EXTREME",
        }
    }
}

/// Keeps the newest VIX.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BandWatch {
    fallback: VixBand,
    age_us_max: i64,
    vix: Option<(i64, f64)>,
}

impl BandWatch {
    pub(crate) const fn new(config: &Config) -> Self {
        let (fallback, age) = (config.context.vix_fallback_band, config.context.vix_age_s_max);
        Self { fallback, age_us_max: age * 1_000_000, vix: None }
    }

    /// A VIX print of this stamp; one that is not above 0 is not believed.
    pub(crate) fn on_vix(&mut self, ts: i64, vix: f64) {
        if vix > 0.0 && self.vix.is_none_or(|(newest, _)| newest <= ts) {
            self.vix = Some((ts, vix));
        }
    }

    /// The band at `now`; `atm_iv` is a volatility a year, 0.18 for 18 %.
    pub(crate) fn at(&self, now: i64, atm_iv: Option<f64>) -> Band {
        let young = self.vix.filter(|(ts, _)| *ts <= now && now - ts <= self.age_us_max);
        match (young, atm_iv) {
            (Some((_, vix)), _) => Band { band: VixBand::of_percent(vix), source: BandSource::Vix },
            (None, Some(iv)) => {
                Band { band: VixBand::of_percent(100.0 * iv), source: BandSource::AtmIv }
            }
            (None, None) => Band { band: self.fallback, source: BandSource::Fallback },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    #[test]
    fn edges_belong_to_the_upper_band() {
        use VixBand::Extreme;
        use VixBand::High;
        use VixBand::Low;
        use VixBand::Mid;
        let bands = [14.99, 15.0, 21.99, 22.0, 34.99, 35.0].map(VixBand::of_percent);
        assert_eq!(bands, [Low, Mid, Mid, High, High, Extreme]);
    }

    #[test]
    fn the_vix_counts_while_young_then_options_then_the_fallback() {
        let mut watch = BandWatch::new(&Config::default());
        let at = |watch: &BandWatch, s, iv| {
            let band = watch.at(s * S, iv);
            (band.band, band.source)
        };
        assert_eq!(at(&watch, 0, None), (VixBand::High, BandSource::Fallback));
        assert_eq!(at(&watch, 0, Some(0.12)), (VixBand::Low, BandSource::AtmIv));
        watch.on_vix(10 * S, 18.0);
        watch.on_vix(20 * S, 0.0);
        watch.on_vix(5 * S, 40.0);
        assert_eq!(at(&watch, 310, Some(0.12)), (VixBand::Mid, BandSource::Vix));
        assert_eq!(at(&watch, 311, Some(0.12)), (VixBand::Low, BandSource::AtmIv));
        // A print of later than the bar's end is not known yet.
        assert_eq!(at(&watch, 9, None), (VixBand::High, BandSource::Fallback));
    }
}
