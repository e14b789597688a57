//! What a typical bar of the session is: the units of force and battle.

use crate::strategies::code::Code;
use crate::strategies::patterns::battle_navale::candle::Candle;

/// Typical volume and typical net flow of the norm bars.
///
/// Kept as whole numbers as far as possible: multiplying every volume by the same factor then
/// leaves quotients unchanged to the last bit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scales {
    /// Median volume, contracts.
    volume: f64,
    /// Sum of the squared bar deltas.
    squares: f64,
    /// Bars.
    n: f64,
}

impl Scales {
    /// The scales of `bars`; `volumes` is scratch space.
    ///
    /// # Errors
    /// [`Code::MissingFeature`] where a bar does not tell sides, [`Code::Degenerate`] where either
    /// scale is 0.
    pub(super) fn of<'a>(
        bars: impl Iterator<Item = &'a Candle>,
        volumes: &mut Vec<u64>,
    ) -> Result<Self, Code> {
        volumes.clear();
        let mut squares = 0_u128;
        for candle in bars {
            let delta = candle.volume.delta().ok_or(Code::MissingFeature)?;
            squares += u128::from(delta.unsigned_abs()).pow(2);
            volumes.push(candle.volume.total);
        }
        let volume = median(volumes).ok_or(Code::Warmup)?;
        if squares == 0 || volume <= 0.0 {
            return Err(Code::Degenerate);
        }
        Ok(Self { volume, squares: squares as f64, n: volumes.len() as f64 })
    }

    /// `volume` in multiples of the typical one.
    pub(super) fn bars_of(&self, volume: u64) -> f64 {
        volume as f64 / self.volume
    }

    /// Net flow in multiples of the typical one of a bar: `net / sigma`.
    pub(super) fn deviations(&self, net: i64) -> f64 {
        let size = net.unsigned_abs() as f64;
        let deviations = (size * size * self.n / self.squares).sqrt();
        if net < 0 { -deviations } else { deviations }
    }
}

/// Mean of the middle two of an even count.
fn median(values: &mut [u64]) -> Option<f64> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower as f64, upper as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::patterns::battle_navale::candle::tests::candle;
    use crate::strategies::view::Volume;

    fn scales(volumes: &[(u64, u64)]) -> Result<Scales, Code> {
        let bars: Vec<_> = volumes.iter().map(|v| candle([0, 1, 0, 1], *v)).collect();
        Scales::of(bars.iter(), &mut Vec::new())
    }

    #[test]
    fn median_volume_and_rms_delta() {
        // Volumes 10, 20, 40, 100: median 30. Deltas 0, 10, -20, 30: rms sqrt(1400 / 4).
        let s = scales(&[(5, 5), (15, 5), (10, 30), (65, 35)]).unwrap();
        assert!((s.bars_of(45) - 1.5).abs() < 1e-15);
        assert!((s.deviations(-7) + 7.0 / 350.0_f64.sqrt()).abs() < 1e-15);
        assert!((scales(&[(5, 4), (9, 3), (30, 1)]).unwrap().bars_of(12) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn no_scale_without_bars_volume_flow_or_sides() {
        assert_eq!(scales(&[]), Err(Code::Warmup));
        assert_eq!(scales(&[(5, 5), (7, 7)]), Err(Code::Degenerate));
        assert_eq!(scales(&[(0, 0), (0, 0), (9, 1)]), Err(Code::Degenerate));
        let mut bar = candle([0, 1, 0, 1], (1, 2));
        bar.volume = Volume { sells: None, ..bar.volume };
        assert_eq!(Scales::of([bar].iter(), &mut Vec::new()), Err(Code::MissingFeature));
    }

    #[test]
    fn a_common_factor_changes_nothing_at_all() {
        let volumes: Vec<_> = (0..60).map(|i| (100 + 7 * i % 53, 90 + 11 * i % 37)).collect();
        let small = scales(&volumes).unwrap();
        for k in [3, 7, 999] {
            let large: Vec<_> = volumes.iter().map(|(b, s)| (b * k, s * k)).collect();
            let large = scales(&large).unwrap();
            assert_eq!(large.bars_of(77 * k).to_bits(), small.bars_of(77).to_bits());
            let net = 13 * i64::try_from(k).unwrap();
            assert_eq!(large.deviations(net).to_bits(), small.deviations(13).to_bits());
        }
    }
}
