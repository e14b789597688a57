//! The golden rule, "red under green", on one coloured base.

use crate::strategies::view::BarTicks;

/// What the golden rule says of a base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// Nothing under it.
    Intact,
    /// An unclean break or a spike.
    Warned,
    /// A clean break, for good.
    Broken,
}

impl Standing {
    /// Term g of the score for a green base.
    pub(super) const fn term(self) -> f64 {
        match self {
            Self::Intact => 1.0,
            Self::Warned => 0.5,
            Self::Broken => -0.5,
        }
    }
}

/// The golden rule of one base, written for a green one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct GoldenRule {
    pub(super) standing: Standing,
    /// Whether the bar before was an unclean break.
    unclean: bool,
}

impl GoldenRule {
    /// Of a base that was just coloured.
    pub(super) const fn new() -> Self {
        Self { standing: Standing::Intact, unclean: false }
    }

    /// Folds a closed bar after the colouring; `low` and `high` are the edges of the base and
    /// `wick` the tolerance, ticks.
    pub(super) const fn fold(&mut self, bar: BarTicks, low: i64, high: i64, wick: i64) {
        if matches!(self.standing, Standing::Broken) {
            return;
        }
        let below = bar.close < low;
        let red_below = below && bar.close < bar.open;
        let from_near = bar.high <= low + wick;
        if (red_below && from_near) || (below && self.unclean) {
            self.standing = Standing::Broken;
            return;
        }
        self.unclean = red_below;
        let spike = bar.low < low - wick && !below;
        if red_below || spike {
            self.standing = Standing::Warned;
        }
        if matches!(self.standing, Standing::Warned) && bar.close > high {
            self.standing = Standing::Intact;
        }
    }

    /// Bars were missing: the next one does not follow the one before.
    pub(super) const fn on_gap(&mut self) {
        self.unclean = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A base from 0 to 4 with a tolerance of 5.
    fn after(bars: &[[i64; 4]]) -> Standing {
        let mut rule = GoldenRule::new();
        for [open, high, low, close] in bars.iter().copied() {
            rule.fold(BarTicks { open, high, low, close }, 0, 4, 5);
        }
        rule.standing
    }

    #[test]
    fn a_clean_break_is_red_closes_below_and_comes_from_near() {
        assert_eq!(after(&[[2, 5, -1, -1]]), Standing::Broken);
        assert_eq!(after(&[[2, 6, -1, -1]]), Standing::Warned);
        assert_eq!(after(&[[2, 5, -1, 0]]), Standing::Intact);
        assert_eq!(after(&[[-2, 5, -2, -1]]), Standing::Intact);
        assert_eq!(after(&[[-1, 5, -2, -1]]), Standing::Intact);
    }

    #[test]
    fn after_an_unclean_break_any_colour_closing_below_breaks() {
        let unclean = [6, 6, -1, -1];
        assert_eq!(after(&[unclean, [-3, 0, -3, -1]]), Standing::Broken);
        assert_eq!(after(&[unclean, [-1, 9, -3, -1]]), Standing::Broken);
        assert_eq!(after(&[unclean, [6, 9, -3, -1]]), Standing::Broken);
        assert_eq!(after(&[unclean, [-3, 0, -3, 0]]), Standing::Warned);
        // Only the bar right after.
        assert_eq!(after(&[unclean, [-3, 0, -3, 0], [-3, 0, -3, -1]]), Standing::Warned);
    }

    #[test]
    fn a_spike_warns_beyond_the_tolerance_only() {
        assert_eq!(after(&[[2, 3, -5, 0]]), Standing::Intact);
        assert_eq!(after(&[[2, 3, -6, 0]]), Standing::Warned);
        // A green bar that closes below is no spike either.
        assert_eq!(after(&[[-6, 3, -6, -1]]), Standing::Intact);
    }

    #[test]
    fn a_close_above_the_base_clears_a_warning_but_nothing_mends_a_break() {
        let warned = [2, 3, -6, 0];
        assert_eq!(after(&[warned, [0, 4, 0, 4]]), Standing::Warned);
        assert_eq!(after(&[warned, [0, 5, 0, 5]]), Standing::Intact);
        assert_eq!(after(&[[2, 5, -6, 5]]), Standing::Intact);
        assert_eq!(after(&[[2, 2, -1, -1], [0, 9, 0, 9]]), Standing::Broken);
    }

    #[test]
    fn a_gap_parts_two_breaks() {
        let mut rule = GoldenRule::new();
        rule.fold(BarTicks { open: 6, high: 6, low: -1, close: -1 }, 0, 4, 5);
        rule.on_gap();
        rule.fold(BarTicks { open: -3, high: 0, low: -3, close: -1 }, 0, 4, 5);
        assert_eq!(rule.standing, Standing::Warned);
    }
}
