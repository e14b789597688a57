//! Daily price limits: between which prices the exchange trades at all.

use crate::market::Instrument;
use crate::market::Px;
use crate::market::Session;
use crate::market::Ticks;

/// Limits tighten again this long before regular hours end, microseconds.
const LATE_US: i64 = 35 * 60_000_000;

/// Prices between which orders are accepted and filled, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Band {
    /// Lowest price.
    pub down: Ticks,
    /// Highest price.
    pub up: Ticks,
}

impl Band {
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
/// end, then 20 % alone, no limit above; at all other times 7 % both ways. The reference is the last
/// price of the session before, after regular hours the last price in them; it stands in for the
/// exchange's own fixing. The next level holds as soon as a print proves that the one before does
/// not. Levels are rounded towards the reference.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct PriceLimits {
    reference: Ticks,
    pct: [f64; 3],
    rth: Option<(i64, i64)>,
    level: usize,
}

impl PriceLimits {
    pub(super) fn new(reference: Ticks, pct: [f64; 3], session: &Session) -> Self {
        Self { reference, pct, rth: session.rth, level: 0 }
    }

    /// The limits in force at `ts` (microseconds UTC).
    pub(super) fn band(&self, ts: i64) -> Band {
        match self.rth {
            Some((from, to)) if (from..to).contains(&ts) => {
                let level = if ts < to - LATE_US { self.level } else { 2 };
                Band { down: self.away(level, -1), up: Band::OPEN.up }
            }
            _ => Band { down: self.away(self.level, -1), up: self.away(self.level, 1) },
        }
    }

    /// The prices between the limits of the level that holds, both included.
    pub(super) fn inside(&self, product: &Instrument) -> (Px, Px) {
        (product.px(self.away(self.level, -1)), product.px(self.away(self.level, 1)))
    }

    /// A print at `px`: `false` if it lies beyond every limit there is; a print beyond the limit in
    /// force proves the next one.
    pub(super) fn prove(&mut self, px: Ticks) -> bool {
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
    use crate::market::TradeDate;

    const MINUTE: i64 = 60_000_000;

    fn limits() -> PriceLimits {
        let session = Session {
            date: TradeDate(20_240_108),
            open: 0,
            close: 1380 * MINUTE,
            halts: Vec::new(),
            rth: Some((930 * MINUTE, 1320 * MINUTE)),
            early_close: false,
        };
        PriceLimits::new(Ticks(20_001), [7.0, 13.0, 20.0], &session)
    }

    #[test]
    fn the_hours_decide_which_limits_hold() {
        let limits = limits();
        // 7 % of 20 001 are 1400.07: rounded towards the reference.
        let seven = Band { down: Ticks(18_601), up: Ticks(21_401) };
        assert_eq!(limits.band(929 * MINUTE), seven);
        assert_eq!(limits.band(930 * MINUTE), Band { up: Ticks(i64::MAX), ..seven });
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
        let band = Band { down: Ticks(10), up: Ticks(20) };
        assert!(band.has(Ticks(10)) && band.has(Ticks(20)));
        assert!(!band.has(Ticks(9)) && !band.has(Ticks(21)));
        assert_eq!((band.clamp(Ticks(5)), band.clamp(Ticks(25))), (Ticks(10), Ticks(20)));
    }
}
