//! From the floats of a Sierra file to prices on the tick grid.

use crate::feeds::sierra::fault::Fault;
use crate::market::Px;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::str::FromStr;

/// How far from a tick a float may lie, ticks: more than a float's last digit, less than a doubt.
const SNAP_TICKS: f64 = 0.05;
/// Prices that no configured future has by itself: above this, a file holds hundredths.
const HUNDREDTHS_FROM: f32 = 100_000.0;
/// Above this a file may hold hundredths, if enough different prices agree.
const MAYBE_HUNDREDTHS_FROM: f32 = 20_000.0;
/// Different prices that are enough.
const PRICES_MIN: usize = 16;

/// What the prices of a file are multiplied by (Sierra's *Real-Time Price Multiplier*).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum PriceMult {
    /// Told by the symbol and the prices.
    #[default]
    Auto,
    /// Given.
    Fixed(f64),
}

impl FromStr for PriceMult {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let mult = text.parse().ok().filter(|m| (1e-9..=1e9).contains(m));
        mult.map(Self::Fixed).ok_or_else(|| {
            format!("`{text}` is neither `auto` nor a number above 0, for example 0.01")
        })
    }
}

/// The multiplier chosen, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// Multiplier.
    pub mult: f64,
    /// In words.
    pub why: &'static str,
}

impl PriceMult {
    /// The multiplier of a file called `name` whose first prices are `prices`, for a product with
    /// this tick.
    ///
    /// Hundredths are recognised by two signs together: Sierra's own symbols (`_FUT_`), and prices
    /// that are all whole multiples of a hundred ticks and too high to be prices themselves.
    ///
    /// # Errors
    /// The prices look like hundredths but the symbol is not one of Sierra's: not guessed.
    pub fn choose(self, name: &str, prices: &[f32], tick: Px) -> Result<Choice, Failure> {
        if let Self::Fixed(mult) = self {
            return Ok(Choice { mult, why: "as given with --price-mult" });
        }
        let hundredths = looks_like_hundredths(prices, tick);
        match (hundredths, name.contains("_FUT_")) {
            (true, true) => Ok(Choice {
                mult: 0.01,
                why: "the symbol is one of Sierra's own data service and every price is a multiple \
                      of a hundred ticks",
            }),
            (false, true) => Ok(Choice { mult: 1.0, why: "the prices are prices already" }),
            (false, false) => Ok(Choice { mult: 1.0, why: "the prices are taken as they are" }),
            (true, false) => {
                let message = format!(
                    "the prices of {name} look like hundredths (the first is {}), but its name does \
                     not say so",
                    prices.first().copied().unwrap_or_default()
                );
                Err(Failure::new(FailureClass::Config, message).hint(
                    "give --price-mult 0.01 if the chart shows a hundredth of that, --price-mult 1 \
                     if it shows the same",
                ))
            }
        }
    }
}

fn looks_like_hundredths(prices: &[f32], tick: Px) -> bool {
    let step = tick.points() * 100.0;
    let whole = |price: f32| {
        let steps = f64::from(price) / step;
        (steps - steps.round()).abs() < 1e-4
    };
    let mut sorted: Vec<f32> =
        prices.iter().copied().filter(|p| p.is_finite() && *p > 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let Some(median) = sorted.get(sorted.len() / 2).copied() else { return false };
    if !sorted.iter().all(|p| whole(*p)) {
        return false;
    }
    sorted.dedup_by(|a, b| a.to_bits() == b.to_bits());
    median >= HUNDREDTHS_FROM || (median >= MAYBE_HUNDREDTHS_FROM && sorted.len() >= PRICES_MIN)
}

/// Multiplies, snaps to the tick, refuses what lies between.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PriceScale {
    ticks_per_unit: f64,
    ticks_max: f64,
    tick: i64,
    mult: f64,
}

impl PriceScale {
    /// Prices times `mult` on the grid of `tick`, which is above zero.
    pub fn new(mult: f64, tick: Px) -> Self {
        let tick_nanos = tick.nanos().max(1);
        let nanos = Px::SCALE as f64;
        Self {
            ticks_per_unit: mult * nanos / tick_nanos as f64,
            ticks_max: Px::MAX_NANOS as f64 / tick_nanos as f64,
            tick: tick_nanos,
            mult,
        }
    }

    /// Multiplier.
    pub const fn mult(&self) -> f64 {
        self.mult
    }

    /// Smallest price step.
    pub const fn tick(&self) -> Px {
        Px::from_nanos(self.tick)
    }

    /// The price on the grid that `raw` means; `None` if there is none.
    #[inline]
    pub fn snap(&self, raw: f32) -> Option<Px> {
        self.snap_points(f64::from(raw))
    }

    /// As [`PriceScale::snap`], of a number that was written as decimals.
    #[inline]
    pub fn snap_points(&self, raw: f64) -> Option<Px> {
        let ticks = raw * self.ticks_per_unit;
        // Not a number fails here as well.
        if !(ticks > 0.5 && ticks <= self.ticks_max) {
            return None;
        }
        let whole = (ticks + 0.5) as i64;
        ((ticks - whole as f64).abs() <= SNAP_TICKS).then(|| Px::from_nanos(whole * self.tick))
    }

    /// As [`PriceScale::snap`], with the reason.
    ///
    /// # Errors
    /// [`Fault::Price`], [`Fault::OffGrid`].
    #[inline]
    pub fn px(&self, raw: f32) -> Result<Px, Fault> {
        self.snap(raw).ok_or_else(|| self.refused(raw))
    }

    #[cold]
    fn refused(&self, raw: f32) -> Fault {
        let ticks = f64::from(raw) * self.ticks_per_unit;
        if ticks.is_finite() && ticks > 0.0 && ticks <= self.ticks_max {
            Fault::OffGrid { raw, mult: self.mult, tick: Px::from_nanos(self.tick) }
        } else {
            Fault::Price(raw)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TICK: Px = Px::from_nanos(250_000_000);

    #[test]
    fn hundredths_need_two_signs() {
        let es: Vec<f32> = (0_u8..30).map(|i| 452_500.0 + f32::from(i) * 25.0).collect();
        let auto = PriceMult::Auto;
        assert!((auto.choose("ESU22_FUT_CME.scid", &es, TICK).unwrap().mult - 0.01).abs() < 1e-12);
        let refused = auto.choose("ESU22.scid", &es, TICK).unwrap_err();
        assert!(refused.hint.unwrap().contains("--price-mult 0.01"));
        let plain = [4525.25_f32, 4525.5, 4530.0];
        for name in ["ESU22_FUT_CME.scid", "ESU22-CME.scid"] {
            let one = auto.choose(name, &plain, TICK).unwrap().mult;
            assert!((one - 1.0).abs() < 1e-12, "{name}");
        }
        let nasdaq: Vec<f32> = (0_u8..30).map(|i| 21_000.0 + f32::from(i) * 0.25).collect();
        assert!(auto.choose("NQZ24-CME.scid", &nasdaq, TICK).is_ok());
        assert!(auto.choose("NQZ24-CME.scid", &[21_000.0], TICK).is_ok());
        assert!(auto.choose("ESU22-CME.scid", &[], TICK).is_ok());
        assert!(PriceMult::Fixed(0.01).choose("x", &es, TICK).is_ok());
        assert!("0".parse::<PriceMult>().is_err());
        assert_eq!("0.01".parse(), Ok(PriceMult::Fixed(0.01)));
    }

    #[test]
    fn what_is_no_price_is_refused() {
        let scale = PriceScale::new(1.0, TICK);
        for wrong in [0.0, -5000.25, f32::NAN, f32::INFINITY, 1e30, -1.999e37] {
            assert_eq!(scale.snap(wrong), None, "{wrong}");
            assert!(matches!(scale.px(wrong), Err(Fault::Price(_))), "{wrong}");
        }
        assert!(matches!(scale.px(5000.1), Err(Fault::OffGrid { .. })));
        assert!(matches!(scale.px(0.1), Err(Fault::OffGrid { .. })));
        assert_eq!(scale.px(5000.25), Ok(Px::from_nanos(5_000_250_000_000)));
    }

    proptest! {
        /// Every price on the grid survives the float, as it is and in hundredths.
        #[test]
        fn prices_on_the_grid_are_exact(ticks in 1_i64..160_000, hundredths in any::<bool>()) {
            let px = Px::from_nanos(ticks * TICK.nanos());
            let (raw, mult) = if hundredths { (px.points() * 100.0, 0.01) } else { (px.points(), 1.0) };
            prop_assert_eq!(PriceScale::new(mult, TICK).px(raw as f32), Ok(px));
        }

        #[test]
        fn any_bits_are_read_or_refused(bits in any::<u32>(), mult in 1e-3_f64..1e3) {
            let scale = PriceScale::new(mult, TICK);
            if let Ok(px) = scale.px(f32::from_bits(bits)) {
                prop_assert!(px.nanos() > 0 && px.nanos() % TICK.nanos() == 0 && px.nanos() <= Px::MAX_NANOS);
            }
        }
    }
}
