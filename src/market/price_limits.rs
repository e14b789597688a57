//! Daily price limits: between which prices the exchange trades at all. Risk holds its limit prices
//! against them (check COLLAR), the simulated exchange its orders and prints.

use crate::market::Instrument;
use crate::market::Px;
use crate::market::Ticks;

/// Limits tighten again this long before regular hours end, microseconds.
const LATE_US: i64 = 35 * 60_000_000;

/// Prices between which orders are accepted and filled, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriceBand {
    /// Lowest price.
    pub down: Ticks,
    /// Highest price.
    pub up: Ticks,
}

impl PriceBand {
    /// No limits.
    pub const OPEN: Self = Self { down: Ticks(i64::MIN), up: Ticks(i64::MAX) };

    /// Whether `px` lies inside.
    #[inline]
    pub const fn has(&self, px: Ticks) -> bool {
        px.0 >= self.down.0 && px.0 <= self.up.0
    }

    /// `px`, or the limit that it lies beyond.
    pub fn clamp(&self, px: Ticks) -> Ticks {
        Ticks(px.0.clamp(self.down.0, self.up.0))
    }
}

/// The price limits of one contract in one session.
///
/// # Formula
/// CME (QUANT 6.2): in regular hours 7, 13, 20 % below the reference until 35 minutes before their
/// end, then 20 % alone, no limit above; at all other times 7 % both ways (`fills.limit_1_pct` to
/// `limit_3_pct`; to be checked every year). The exchange counts from its own fixing; what stands in
/// for it is the caller's to say. The next level holds as soon as a print proves that the one before does
/// not. Levels are rounded towards the reference.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PriceLimits {
    reference: Ticks,
    pct: [f64; 3],
    rth: Option<(i64, i64)>,
    level: usize,
}

impl PriceLimits {
    /// The limits around `reference` in a session with regular hours `rth` (microseconds UTC,
    /// right-open), `pct` percent away, before any print.
    pub const fn new(reference: Ticks, pct: [f64; 3], rth: Option<(i64, i64)>) -> Self {
        Self { reference, pct, rth, level: 0 }
    }

    /// The limits in force at `ts` (microseconds UTC).
    pub fn band(&self, ts: i64) -> PriceBand {
        match self.rth {
            Some((from, to)) if (from..to).contains(&ts) => {
                let level = if ts < to - LATE_US { self.level } else { 2 };
                PriceBand { down: self.away(level, -1), up: PriceBand::OPEN.up }
            }
            _ => PriceBand { down: self.away(self.level, -1), up: self.away(self.level, 1) },
        }
    }

    /// The prices between the limits of the level that holds, both included.
    pub fn inside(&self, product: &Instrument) -> (Px, Px) {
        (product.px(self.away(self.level, -1)), product.px(self.away(self.level, 1)))
    }

    /// A print at `px`: `false` if it lies beyond every limit there is; a print beyond the limit in
    /// force proves the next one.
    pub fn prove(&mut self, px: Ticks) -> bool {
        let beyond = |level, limits: &Self| {
            px.0 < limits.away(level, -1).0 || px.0 > limits.away(level, 1).0
        };
        if beyond(2, self) {
            return false;
        }
        while self.level < 2 && beyond(self.level, self) {
            self.level += 1;
        }
        true
    }

    fn away(&self, level: usize, sign: i64) -> Ticks {
        let distance = (self.reference.0 as f64 * self.pct[level] / 100.0).floor() as i64;
        Ticks(self.reference.0 + sign * distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn limits() -> PriceLimits {
        let rth = Some((930 * MINUTE, 1320 * MINUTE));
        PriceLimits::new(Ticks(20_001), [7.0, 13.0, 20.0], rth)
    }

    #[test]
    fn the_hours_decide_which_limits_hold() {
        let limits = limits();
        // 7 % of 20 001 are 1400.07: rounded towards the reference.
        let seven = PriceBand { down: Ticks(18_601), up: Ticks(21_401) };
        assert_eq!(limits.band(929 * MINUTE), seven);
        assert_eq!(limits.band(930 * MINUTE), PriceBand { up: Ticks(i64::MAX), ..seven });
        assert_eq!(limits.band(1285 * MINUTE - 1).down, Ticks(18_601));
        assert_eq!(limits.band(1285 * MINUTE).down, Ticks(16_001));
        assert_eq!(limits.band(1320 * MINUTE), seven);
    }

    #[test]
    fn a_print_proves_the_next_limit_and_none_beyond_the_last() {
        let mut limits = limits();
        assert!(limits.prove(Ticks(18_601)));
        assert_eq!(limits.band(1000 * MINUTE).down, Ticks(18_601));
        assert!(limits.prove(Ticks(18_600)));
        assert_eq!(limits.band(1000 * MINUTE).down, Ticks(17_401));
        assert!(!limits.prove(Ticks(16_000)));
        assert_eq!(limits.band(1000 * MINUTE).down, Ticks(17_401));
        assert!(limits.prove(Ticks(16_001)));
        assert_eq!(limits.band(1000 * MINUTE).down, Ticks(16_001));
    }

    #[test]
    fn a_band_holds_its_ends() {
        let band = PriceBand { down: Ticks(10), up: Ticks(20) };
        assert!(band.has(Ticks(10)) && band.has(Ticks(20)));
        assert!(!band.has(Ticks(9)) && !band.has(Ticks(21)));
        assert_eq!((band.clamp(Ticks(5)), band.clamp(Ticks(25))), (Ticks(10), Ticks(20)));
    }
}
