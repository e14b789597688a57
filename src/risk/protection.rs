//! How a protective stop moves: it only tightens, and never past the market (QUANT 6.1).

use crate::market::Ticks;

/// No stop is farther away than this: sums of such distances and prices are far from overflow.
const FARTHEST_TICKS: f64 = 1e12;

/// What to do about a protective stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// Nothing: it would not tighten by a step, or nothing is known of the market.
    Keep,
    /// Move it to this price.
    To(Ticks),
    /// The market is already at the price or beyond: the stop that should be there would have been
    /// hit, so the trade is over.
    Leave,
}

/// The move of a stop at `now` that should stand at `wanted`, for a position whose side has `sign`
/// (1 long, -1 short) and that could be closed at `market`. A step is `step` ticks, at least one.
pub fn tighten(sign: i64, now: Ticks, wanted: Ticks, market: Option<Ticks>, step: Ticks) -> Move {
    if sign * (wanted.0 - now.0) < step.0.max(1) {
        return Move::Keep;
    }
    match market {
        None => Move::Keep,
        Some(market) if sign * (market.0 - wanted.0) <= 0 => Move::Leave,
        Some(_) => Move::To(wanted),
    }
}

/// Where a stop stands `distance` points behind `price`, on the grid of `tick` points; rounded away
/// from the market. `None` for a distance that no market can cover: such a stop moves nowhere.
pub(super) fn behind(sign: i64, price: Ticks, distance: f64, tick: f64) -> Option<Ticks> {
    let ticks = (distance / tick).ceil();
    (0.0..=FARTHEST_TICKS).contains(&ticks).then(|| Ticks(price.0 - sign * ticks as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stop_moves_by_whole_steps_towards_the_market() {
        let long = |wanted, market| tighten(1, Ticks(100), Ticks(wanted), market, Ticks(2));
        assert_eq!(long(99, Some(Ticks(120))), Move::Keep);
        assert_eq!(long(101, Some(Ticks(120))), Move::Keep);
        assert_eq!(long(102, Some(Ticks(120))), Move::To(Ticks(102)));
        assert_eq!(long(102, Some(Ticks(103))), Move::To(Ticks(102)));
        assert_eq!(long(102, Some(Ticks(102))), Move::Leave);
        assert_eq!(long(102, Some(Ticks(90))), Move::Leave);
        assert_eq!(long(102, None), Move::Keep);
        // What is not tighter asks nothing, wherever the market is.
        assert_eq!(long(100, Some(Ticks(90))), Move::Keep);
        assert_eq!(tighten(1, Ticks(100), Ticks(100), None, Ticks(0)), Move::Keep);
    }

    #[test]
    fn a_distance_is_rounded_away_from_the_market() {
        assert_eq!(behind(1, Ticks(100), 1.3, 0.25), Some(Ticks(94)));
        assert_eq!(behind(-1, Ticks(100), 1.3, 0.25), Some(Ticks(106)));
        for absurd in [1e300, f64::INFINITY, f64::NAN, -1.0] {
            assert_eq!(behind(1, Ticks(100), absurd, 0.25), None);
            assert_eq!(behind(-1, Ticks(100), absurd, 0.25), None);
        }
        assert_eq!(behind(1, Ticks(100), f64::NAN, 0.25), None);
        assert_eq!(behind(1, Ticks(100), -1.0, 0.25), None);
    }

    proptest! {
        /// Over any path of the market a stop only tightens, by whole steps, and stays behind it.
        #[test]
        fn a_stop_only_tightens_and_is_never_beyond_the_market(
            sign in prop::sample::select(vec![1_i64, -1]),
            step in 1_i64..6,
            path in prop::collection::vec((-30_i64..30, 0_i64..40, prop::bool::weighted(0.9)), 1..200),
        ) {
            let (mut stop, mut market) = (Ticks(20_000 - sign * 40), 20_000);
            for (change, distance, known) in path {
                market += change;
                let seen = known.then_some(Ticks(market));
                let wanted = Ticks(market - sign * (distance - 10));
                match tighten(sign, stop, wanted, seen, Ticks(step)) {
                    Move::To(to) => {
                        prop_assert!(sign * (to.0 - stop.0) >= step, "a whole step tighter");
                        prop_assert!(known && sign * (market - to.0) > 0, "behind the market");
                        stop = to;
                    }
                    Move::Leave => {
                        prop_assert!(known && sign * (market - wanted.0) <= 0);
                        prop_assert!(sign * (wanted.0 - stop.0) >= step);
                    }
                    Move::Keep => prop_assert!(!known || sign * (wanted.0 - stop.0) < step),
                }
            }
        }

        #[test]
        fn the_mirror_of_a_move_is_the_move_of_the_mirror(
            (now, wanted, market, step) in (-99_i64..99, -99_i64..99, -99_i64..99, 0_i64..5),
        ) {
            let mirror = |px: i64| Ticks(-px);
            let long = tighten(1, Ticks(now), Ticks(wanted), Some(Ticks(market)), Ticks(step));
            let short = tighten(-1, mirror(now), mirror(wanted), Some(mirror(market)), Ticks(step));
            let mirrored = if let Move::To(to) = long { Move::To(mirror(to.0)) } else { long };
            prop_assert_eq!(short, mirrored);
        }
    }
}
