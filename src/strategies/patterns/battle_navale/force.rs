//! The force: Vikings against Defenders over the last closed bars.

use crate::config;
use crate::strategies::code::Code;
use crate::strategies::patterns::battle_navale::candle::Candle;
use crate::strategies::patterns::battle_navale::candle::Colour;
use crate::strategies::patterns::battle_navale::scales::Scales;

/// What both camps put in.
#[derive(Clone, Copy, Default)]
struct Camps {
    vikings: f64,
    defenders: f64,
}

impl Camps {
    fn add(&mut self, colour: Colour, weight: f64) {
        match colour {
            Colour::Green => self.vikings += weight,
            Colour::Red => self.defenders += weight,
        }
    }
}

/// `(Vikings - Defenders) / (Vikings + Defenders)` in [-1, 1] of the bars in `window`.
///
/// # Errors
/// [`Code::MissingFeature`] where a bar does not tell sides, [`Code::Degenerate`] for 0/0.
pub(super) fn force<'a>(
    settings: &config::BattleNavale,
    scales: &Scales,
    window: impl Iterator<Item = &'a Candle>,
) -> Result<f64, Code> {
    let mut camps = Camps::default();
    let (mut buys, mut sells, mut bars) = (0_u64, 0_u64, 0_u32);
    for candle in window {
        bars += 1;
        let (Some(bought), Some(sold)) = (candle.volume.buys, candle.volume.sells) else {
            return Err(Code::MissingFeature);
        };
        buys += bought;
        sells += sold;
        if let Some(colour) = candle.colour() {
            camps.add(colour, weight(settings, scales, candle));
        }
    }
    let delta = buys.cast_signed() - sells.cast_signed();
    let leader = if delta < 0 { Colour::Red } else { Colour::Green };
    let saturation = settings.delta_sat * f64::from(bars).sqrt();
    let flow = scales.deviations(delta).abs() / saturation;
    camps.add(leader, settings.k_delta * flow.min(1.0));
    if lopsided(buys.max(sells), buys + sells, settings.share) {
        camps.add(leader, settings.k_share);
    }
    let all = camps.vikings + camps.defenders;
    if all > 0.0 { Ok((camps.vikings - camps.defenders) / all) } else { Err(Code::Degenerate) }
}

/// Volume of the bar, and its body where that is large enough.
fn weight(settings: &config::BattleNavale, scales: &Scales, candle: &Candle) -> f64 {
    let bar = candle.bar;
    let volume = settings.k_vol * scales.bars_of(candle.volume.total).min(settings.vol_cap);
    let body = (bar.close - bar.open).abs() as f64 / (bar.high - bar.low) as f64;
    if body > settings.body_min { volume + settings.k_body * body } else { volume }
}

fn lopsided(larger: u64, all: u64, share: f64) -> bool {
    all > 0 && larger as f64 / all as f64 > share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::patterns::battle_navale::candle::tests::candle;

    /// Typical volume 100, typical delta 10.
    fn scales() -> Scales {
        let bars = [candle([0, 1, 0, 1], (55, 45)), candle([0, 1, 0, 1], (45, 55))];
        Scales::of(bars.iter(), &mut Vec::new()).unwrap()
    }

    fn f(bars: &[([i64; 4], (u64, u64))]) -> Result<f64, Code> {
        let bars: Vec<_> = bars.iter().map(|(b, v)| candle(*b, *v)).collect();
        force(&config::BattleNavale::default(), &scales(), bars.iter())
    }

    fn close(value: Result<f64, Code>, expected: f64) {
        let value = value.unwrap();
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn a_body_counts_above_its_least_share() {
        // Even flow. Green: body 6 of 10 does not count, 7 of 10 does; red: a shadow of 0.2.
        let red = ([6, 10, 0, 5], (50, 50));
        close(f(&[([0, 10, 0, 6], (50, 50)), red]), 0.0);
        close(f(&[([0, 10, 0, 7], (50, 50)), red]), 0.56 / 0.96);
    }

    #[test]
    fn volume_is_capped_and_a_doji_gives_to_nobody() {
        let red = ([6, 10, 0, 5], (50, 50));
        close(f(&[([0, 10, 0, 5], (100, 100)), red]), 0.2 / 0.6);
        close(f(&[([0, 10, 0, 5], (500, 500)), red]), 0.2 / 0.6);
        close(f(&[([5, 10, 0, 5], (500, 500)), red]), -1.0);
        assert_eq!(f(&[([5, 10, 0, 5], (50, 50))]), Err(Code::Degenerate));
    }

    #[test]
    fn net_flow_saturates_and_goes_to_the_side_of_its_sign() {
        // One doji: D = 6 of 15 deviations gives 0.2; alone, whoever has it has everything.
        close(f(&[([5, 10, 0, 5], (53, 47))]), 1.0);
        close(f(&[([5, 10, 0, 5], (47, 53))]), -1.0);
        // Against a red bar of 0.2.
        close(f(&[([6, 10, 0, 5], (53, 47))]), 0.0);
        close(f(&[([6, 10, 0, 5], (115, 85))]), (0.5 - 0.4) / 0.9);
        close(f(&[([6, 10, 0, 5], (119, 81))]), (0.5 - 0.4) / 0.9);
    }

    #[test]
    fn the_bonus_needs_more_than_the_share() {
        let red = |volume| [([6, 10, 0, 5], volume)];
        close(f(&red((120, 80))), (0.5 - 0.4) / 0.9);
        close(f(&red((121, 79))), (0.8 - 0.4) / 1.2);
        close(f(&red((79, 121))), -1.0);
    }

    #[test]
    fn the_mirrored_bars_give_the_negative() {
        let bars = [([0, 10, 0, 9], (130, 70)), ([9, 12, 5, 6], (90, 70)), ([6, 7, 6, 7], (1, 2))];
        let mirrored: Vec<_> =
            bars.iter().map(|([o, h, l, c], (b, s))| ([-o, -l, -h, -c], (*s, *b))).collect();
        assert_eq!(f(&mirrored).unwrap().to_bits(), (-f(&bars).unwrap()).to_bits());
    }

    #[test]
    fn without_sides_there_is_no_force() {
        let mut bar = candle([0, 1, 0, 1], (5, 5));
        bar.volume.buys = None;
        let settings = config::BattleNavale::default();
        assert_eq!(force(&settings, &scales(), [bar].iter()), Err(Code::MissingFeature));
    }
}
