//! Delta divergence of a bar against price: a new extreme that fewer push (QUANT 1.2).

use crate::features::reason::Reason;
use std::collections::VecDeque;

/// Bars before the closed one that it is compared with.
const BARS: usize = 20;
/// Fewest of them.
const BARS_MIN: usize = 5;

#[derive(Clone, Copy, Debug)]
struct Bar {
    high: i64,
    low: i64,
    /// Unknown where too much volume has no reliable side.
    delta: Option<i64>,
}

/// The last bars of the session part.
///
/// # Rule
/// -1: the bar's high is above every high of the last 20 bars (at least 5) and its delta is below
/// that of the bar that made the highest of them (the latest of equals): a new high on weaker delta.
/// +1: the mirror image, a new low on stronger delta. A bar that is both, or neither, is 0. Bars of
/// before the session open are not compared with.
#[derive(Clone, Debug)]
pub struct BarDivergence {
    bars: VecDeque<Bar>,
    value: Result<i64, Reason>,
}

impl Default for BarDivergence {
    fn default() -> Self {
        Self { bars: VecDeque::with_capacity(BARS + 1), value: Err(Reason::Warmup) }
    }
}

impl BarDivergence {
    /// Folds a closed bar, prices in ticks; `delta` is `None` if its sides are not reliable.
    pub fn push(&mut self, high: i64, low: i64, delta: Option<i64>) {
        let bar = Bar { high, low, delta };
        self.value = self.judge(&bar);
        self.bars.push_back(bar);
        if self.bars.len() > BARS {
            self.bars.pop_front();
        }
    }

    fn judge(&self, bar: &Bar) -> Result<i64, Reason> {
        if self.bars.len() < BARS_MIN {
            return Err(Reason::Warmup);
        }
        let weaker = |extreme: fn(&Bar) -> i64, sign: i64| {
            // The latest of equal extremes: max_by_key takes the last.
            let reference = self.bars.iter().max_by_key(|bar| extreme(bar));
            let reference = reference.filter(|reference| extreme(bar) > extreme(reference));
            let Some(reference) = reference else { return Ok(false) };
            let (now, then) = bar.delta.zip(reference.delta).ok_or(Reason::SideQuality)?;
            Ok(sign * now < sign * then)
        };
        let up = weaker(|bar| bar.high, 1)?;
        let down = weaker(|bar| -bar.low, -1)?;
        Ok(i64::from(down) - i64::from(up))
    }

    /// The value of the last closed bar.
    ///
    /// # Errors
    /// `warmup` before five earlier bars, `side_quality` where a delta that it needs is unknown.
    pub fn value(&self) -> Result<i64, Reason> {
        self.value
    }

    /// Starts over: at a session open.
    pub fn clear(&mut self) {
        self.bars.clear();
        self.value = Err(Reason::Warmup);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(last: (i64, i64, Option<i64>)) -> Result<i64, Reason> {
        let mut divergence = BarDivergence::default();
        // The highest high is that of the second bar and, as high, of the fourth with delta 60.
        for (high, low, delta) in [(10, 4, 5), (14, 6, 90), (12, 3, -70), (14, 5, 60), (11, 3, -20)]
        {
            divergence.push(high, low, Some(delta));
            assert_eq!(divergence.value(), Err(Reason::Warmup));
        }
        divergence.push(last.0, last.1, last.2);
        divergence.value()
    }

    #[test]
    fn a_new_extreme_on_weaker_delta_diverges() {
        assert_eq!(after((15, 8, Some(59))), Ok(-1));
        assert_eq!(after((15, 8, Some(60))), Ok(0));
        assert_eq!(after((14, 8, Some(1))), Ok(0));
        assert_eq!(after((9, 2, Some(-19))), Ok(1));
        assert_eq!(after((9, 2, Some(-20))), Ok(0));
        // Outside on both ends: weaker than the high's delta and stronger than the low's.
        assert_eq!(after((15, 2, Some(0))), Ok(0));
        assert_eq!(after((15, 8, None)), Err(Reason::SideQuality));
        assert_eq!(after((14, 8, None)), Ok(0));
    }

    proptest! {
        #[test]
        fn the_mirror_has_the_other_sign_and_twenty_bars_are_enough(
            bars in prop::collection::vec((0_i64..60, 0_i64..9, -50_i64..50), 1..60)
        ) {
            let (mut one, mut two, mut late) =
                (BarDivergence::default(), BarDivergence::default(), BarDivergence::default());
            for (i, (low, range, delta)) in bars.iter().enumerate() {
                let (high, low) = (low + range, *low);
                one.push(high, low, Some(*delta));
                two.push(-low, -high, Some(-delta));
                prop_assert_eq!(one.value(), two.value().map(|x| -x));
                if i + 21 >= bars.len() {
                    late.push(high, low, Some(*delta));
                }
            }
            if bars.len() > 20 {
                prop_assert_eq!(one.value(), late.value());
            }
        }
    }
}
