//! The exchange's price limits of equity index futures (QUANT 6.2; to be checked every year).

use crate::market::Ticks;

/// Regular hours start at this minute of the New York day.
const RTH: f64 = 9.5 * 60.0;
/// 14:25 in Chicago: from here on only the last of the three levels holds.
const LATE: f64 = 15.0 * 60.0 + 25.0;
/// 15:00 in Chicago: from here on, and overnight, 7 % either way.
const END: f64 = 16.0 * 60.0;

/// Lowest and highest price that the exchange takes, in ticks and as fractions of one; `None` where
/// there is no such limit.
///
/// `reference` is the settlement of the day before, `minute` the minute of the New York day, `last`
/// the price now: a level that was passed holds no longer, the next one does.
pub(super) fn price_limits(
    reference: Ticks,
    minute: f64,
    last: Option<Ticks>,
) -> (Option<f64>, Option<f64>) {
    let at = |share: f64| reference.0 as f64 * (1.0 + share);
    if !(RTH..END).contains(&minute) {
        return (Some(at(-0.07)), Some(at(0.07)));
    }
    let passed = |share: f64| last.is_some_and(|last| (last.0 as f64) < at(share));
    let low = if minute >= LATE || passed(-0.13) {
        -0.20
    } else if passed(-0.07) {
        -0.13
    } else {
        -0.07
    };
    (Some(at(low)), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn low(minute: f64, last: Option<i64>) -> Option<f64> {
        price_limits(Ticks(20_000), minute, last.map(Ticks)).0.map(f64::round)
    }

    #[test]
    fn the_levels_follow_the_hour_and_the_price() {
        assert_eq!(low(600.0, None), Some(18_600.0));
        assert_eq!(low(600.0, Some(18_600)), Some(18_600.0));
        assert_eq!(low(600.0, Some(18_599)), Some(17_400.0));
        assert_eq!(low(600.0, Some(17_399)), Some(16_000.0));
        assert_eq!(low(924.9, Some(20_000)), Some(18_600.0));
        assert_eq!(low(925.0, Some(20_000)), Some(16_000.0));
        assert_eq!(low(960.0, Some(20_000)), Some(18_600.0));
    }

    #[test]
    fn upwards_there_is_a_limit_outside_regular_hours_only() {
        let high = |minute| price_limits(Ticks(20_000), minute, None).1.map(f64::round);
        assert_eq!(
            (high(600.0), high(960.0), high(-300.0)),
            (None, Some(21_400.0), Some(21_400.0))
        );
    }
}
