//! What the account has lost: DAY, TDD, MDD. Each is measured from a place of its own: the start of the
//! trade date, the highest equity less a distance, the highest equity as a share.

use super::Situation;
use super::decided;
use super::noted;
use crate::market::Cents;
use crate::risk::drawdown::drawdown;
use crate::risk::latch::Latches;
use crate::wire::Check;
use std::borrow::Cow;

impl Situation<'_> {
    /// Realised and open profit since the session opened. `na` names the limit that was reached: the
    /// latch's reason, the target of the day, or the same loss over the last hours (`rolling`).
    pub(super) fn day(&self) -> Check {
        let realised = self.ledger.day().pnl;
        let pnl = realised + self.open_pnl;
        let limit = -self.limits.day_loss(self.ledger.day().equity);
        let rolling = self.tally.rolling(self.ct(), self.limits.rolling_us) + self.open_pnl;
        let won = self.limits.day_target.is_some_and(|target| realised >= target);
        let na = match &self.latches.day {
            Some(reason) => Some(Cow::Owned(reason.clone())),
            None if won => Some(Cow::Borrowed(Latches::TARGET)),
            None if pnl > limit && rolling <= limit => Some(Cow::Borrowed("rolling")),
            None => None,
        };
        let ok = na.is_none() && pnl > limit;
        Check { na, ..decided("DAY", Some(pnl.dollars()), Some(limit.dollars()), ok) }
    }

    /// Marked equity above the higher of two floors: the mode's share below the highest, and the
    /// prop-firm one in dollars where it is set.
    pub(super) fn trailing(&self) -> Check {
        let equity = self.equity();
        let mode = self.limits.mode_floor(self.highest);
        let floor = self.floor.map_or(mode, |floor| floor.max(mode));
        let na = (self.floor == Some(floor)).then_some("trailing_drawdown");
        noted("TDD", Some(equity.dollars()), Some(floor.dollars()), equity > floor, na)
    }

    pub(super) fn drawdown(&self) -> Check {
        let lost = drawdown(self.highest, self.equity());
        let limit = self.limits.drawdown;
        decided("MDD", lost, Some(limit), lost.is_some_and(|lost| lost < limit))
    }

    fn equity(&self) -> Cents {
        self.ledger.equity() + self.open_pnl
    }
}
