//! Prices, quantities and stamps of the protocol as those of the wire.

use crate::feeds::bad_rows::Refusal;
use crate::market::Px;
use crate::protocols::dtc::Micros;
use crate::protocols::dtc::Millis;
use crate::protocols::dtc::Seconds32;
use crate::protocols::dtc::SecondsFloat;

/// A price as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Price {
    /// In four bytes: about seven digits.
    Single(f32),
    /// In eight bytes.
    Double(f64),
}

/// The grid of a symbol's prices.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Grid {
    /// Smallest step, billionths of a point.
    pub tick: i64,
    /// What the server's prices are multiplied with to have points.
    pub multiplier: f64,
}

/// When something happened, as the source tells it. Microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stamp {
    /// Not told.
    None,
    /// To the millisecond or finer.
    Exact(i64),
    /// To the second.
    Coarse(i64),
}

/// Stamps from 2001 to 2100 can be true, microseconds UTC.
const PLAUSIBLE: std::ops::Range<i64> = 978_307_200_000_000..4_102_444_800_000_000;

impl Price {
    fn points(self) -> f64 {
        match self {
            Self::Single(price) => f64::from(price),
            Self::Double(price) => price,
        }
    }

    /// Whether it is one of the values that mean "no price".
    pub fn is_unset(self) -> bool {
        match self {
            Self::Single(price) => price.abs().to_bits() == f32::MAX.to_bits(),
            Self::Double(price) => price.abs().to_bits() == f64::MAX.to_bits(),
        }
    }

    /// Whether it is zero, of either sign: no price where there is no quantity either.
    pub fn is_zero(self) -> bool {
        self.points().abs().to_bits() == 0
    }

    /// The exact price of the grid that was meant: the step nearest, if the digits that the number
    /// has room for allow no doubt.
    ///
    /// # Errors
    /// It is no number, too large, or lies between two steps.
    pub fn on(self, grid: Grid) -> Result<Px, Refusal> {
        let points = self.points() * grid.multiplier;
        let digits = match self {
            Self::Single(_) => f64::from(f32::EPSILON),
            Self::Double(_) => 1e-12,
        };
        let off = |what: &str| Refusal {
            code: "bad_price",
            reason: format!("price {points} {what}"),
            remedy: "compare the tick of the product in the configuration, and --price-mult",
        };
        let tick = grid.tick as f64 / Px::SCALE as f64;
        let steps = (points / tick).round();
        if !points.is_finite() || points.abs() > Px::MAX_POINTS {
            return Err(off("is out of range"));
        }
        let nanos = steps as i64 * grid.tick;
        let error = (points - nanos as f64 / Px::SCALE as f64).abs();
        // A grid finer than the digits cannot be told from its neighbours.
        if error > (points.abs() * digits).max(1e-9).min(tick * 0.25) {
            return Err(off(&format!("is off the tick grid of {}", Px::from_nanos(grid.tick))));
        }
        Ok(Px::from_nanos(nanos))
    }
}

/// Whole contracts.
///
/// # Errors
/// It is no whole number from 0 on.
pub(super) fn quantity(value: f64) -> Result<u64, Refusal> {
    if (0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract().abs().to_bits() == 0 {
        return Ok(value as u64);
    }
    Err(Refusal {
        code: "bad_size",
        reason: format!("quantity {value} is not a whole number from 0 on"),
        remedy: "MIA trades whole contracts: symbols with fractions of a unit cannot be followed",
    })
}

impl Stamp {
    /// Whole microseconds; 0 is none.
    pub const fn micros(stamp: Micros) -> Self {
        if stamp == 0 { Self::None } else { Self::Exact(stamp) }
    }

    /// Whole milliseconds; 0 is none.
    pub const fn millis(stamp: Millis) -> Self {
        Self::micros(stamp.saturating_mul(1000))
    }

    /// Whole seconds; 0 is none.
    pub const fn seconds(stamp: Seconds32) -> Self {
        if stamp == 0 { Self::None } else { Self::Coarse(stamp as i64 * 1_000_000) }
    }

    /// Seconds with a fraction, which is good to the millisecond; 0 is none.
    pub fn fraction(stamp: SecondsFloat) -> Self {
        Self::micros((stamp * 1e6).round() as i64)
    }

    /// `ts` and `vts` of a record received at `utc`: the source's stamp where it is fine enough,
    /// else the receive time with the source's stamp beside it.
    ///
    /// # Errors
    /// The stamp cannot be true.
    pub fn place(self, utc: i64) -> Result<(i64, Option<i64>), Refusal> {
        let (Self::Exact(stamp) | Self::Coarse(stamp)) = self else { return Ok((utc, None)) };
        if !PLAUSIBLE.contains(&stamp) {
            return Err(Refusal {
                code: "bad_stamp",
                reason: format!("stamp {stamp} us is not a time of this century"),
                remedy: "the server writes another kind of stamp than the protocol says",
            });
        }
        Ok(if matches!(self, Self::Exact(_)) { (stamp, None) } else { (utc, Some(stamp)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUARTER: Grid = Grid { tick: Px::SCALE / 4, multiplier: 1.0 };
    const CENT: Grid = Grid { tick: Px::SCALE / 100, multiplier: 1.0 };

    #[test]
    fn prices_are_put_on_the_grid_or_refused() {
        let px = |price: Price, grid| price.on(grid).map(|px| px.to_string()).map_err(|r| r.code);
        assert_eq!(px(Price::Single(6000.25), QUARTER), Ok("6000.25".into()));
        assert_eq!(px(Price::Single(78.37), CENT), Ok("78.37".into()));
        assert_eq!(px(Price::Double(-37.63), CENT), Ok("-37.63".into()));
        assert_eq!(px(Price::Double(6000.1), QUARTER), Err("bad_price"));
        assert_eq!(px(Price::Single(6000.26), QUARTER), Err("bad_price"));
        assert_eq!(px(Price::Double(f64::NAN), QUARTER), Err("bad_price"));
        assert_eq!(px(Price::Double(f64::MAX), QUARTER), Err("bad_price"));
        assert_eq!(px(Price::Single(f32::INFINITY), QUARTER), Err("bad_price"));
        let hundredfold = Grid { multiplier: 0.01, ..QUARTER };
        assert_eq!(px(Price::Single(600_025.0), hundredfold), Ok("6000.25".into()));
    }

    #[test]
    fn quantities_are_whole() {
        assert_eq!(quantity(3.0), Ok(3));
        for wrong in [-1.0, 0.5, f64::NAN, f64::MAX] {
            assert!(quantity(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stamps_of_seconds_stand_aside() {
        let now = 1_700_000_001_000_000;
        assert_eq!(
            Stamp::seconds(1_700_000_000).place(now),
            Ok((now, Some(1_700_000_000_000_000)))
        );
        let exact = 1_700_000_000_125_000;
        for stamp in
            [Stamp::micros(exact), Stamp::millis(exact / 1000), Stamp::fraction(1_700_000_000.125)]
        {
            assert_eq!(stamp.place(now), Ok((exact, None)));
        }
        assert_eq!(Stamp::fraction(0.0).place(now), Ok((now, None)));
        assert!(Stamp::micros(1_700_000_000).place(now).is_err());
        assert!(Stamp::millis(i64::MAX).place(now).is_err());
        assert_eq!(Stamp::fraction(f64::NAN).place(now), Ok((now, None)));
    }

    proptest! {
        /// Every price of every usual grid survives four bytes up to 131,072 steps and more.
        #[test]
        fn a_price_of_the_grid_survives(steps in -100_000_i64..100_000, grid in prop::sample::select(
            &[250_000_000_i64, 10_000_000, 5_000_000, 100_000_000, 31_250_000][..]
        )) {
            let px = Px::from_nanos(steps * grid);
            let grid = Grid { tick: grid, multiplier: 1.0 };
            prop_assert_eq!(Price::Single(px.points() as f32).on(grid), Ok(px));
            prop_assert_eq!(Price::Double(px.points()).on(grid), Ok(px));
        }
    }
}
