//! What time, losses and the kill switch bring about without a signal.

use crate::account::Holding;
use crate::market::Cents;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::risk::RiskStage;
use crate::risk::drawdown::drawdown;
use crate::risk::latch::Latches;
use crate::risk::writing::Exit;
use crate::risk::writing::latching;
use crate::wire::AcctOp;
use crate::wire::Emit;

/// How the ids of flattens begin; the stamp follows.
const FLATTEN: &str = "f:";
/// A flatten that was refused, or found nothing while something is open, is asked for again so much
/// later, microseconds.
const FLATTEN_AGAIN_US: i64 = 5_000_000;

impl RiskStage {
    /// Looks at what is open after the record at `now` (microseconds UTC).
    pub(super) fn watch(&mut self, now: i64, out: &mut dyn Emit) {
        // Worked out now, so that no signal waits for it.
        let _known = self.fraction();
        let open = self.mark(now);
        self.watch_day(now, open, out);
        self.watch_drawdown(now, open, out);
        self.watch_rejects(now, out);
        if self.flatten_again.is_some_and(|at| now >= at) {
            self.flattening = false;
            let reason = std::mem::take(&mut self.flatten_reason);
            self.flatten(now, &reason, out);
        }
        if self.close_uncovered(now, out) || self.ledger.is_idle() || self.flattening {
            return;
        }
        // A latch of an earlier run that ended before everything was closed.
        if let Some(reason) = self.latches.closing() {
            self.flatten(now, &reason, out);
            return;
        }
        self.watch_stops(now, out);
        if self.flattening {
            return;
        }
        if self.restart.must_be_flat(now) {
            self.flatten(now, "gateway_restart", out);
            return;
        }
        let late = self.window.and_then(|window| window.flat_by).is_some_and(|at| now >= at);
        if late || self.carried {
            self.flatten(now, "flat_by", out);
            return;
        }
        if !self.leaving.is_empty() {
            self.ask_exits_again(now, out);
        }
        if !self.managed.is_empty() {
            self.leave_passed(now, out);
            self.move_stops(now, out);
            self.end_long_trades(now, out);
        }
    }

    /// The kill switch: entries are refused from here on and everything is closed.
    pub(super) fn kill(&mut self, ct: i64, reason: &str, out: &mut dyn Emit) {
        self.open(ct, Sym::NONE, out);
        // The gate first: whatever goes wrong in what follows, nothing is entered any more.
        if self.latches.set(Latches::MANUAL, reason) {
            out.after(&latching(ct, AcctOp::Kill, Latches::MANUAL, Some(reason)).into());
            self.flatten(ct, "kill", out);
        }
    }

    /// What the kill switch does, once it is told.
    pub(super) fn halt(&mut self, ct: i64, reason: &str, out: &mut dyn Emit) {
        if self.latches.manual.is_none() {
            self.latches.manual = Some(reason.to_owned());
            self.flatten(ct, "kill", out);
        }
    }

    /// Profit of the open positions at the price that would close them; where there is none, the
    /// last that was known.
    pub(super) fn mark(&mut self, now: i64) -> Cents {
        if let Some(pnl) =
            self.ledger.open_pnl(|market, side| self.closing_price(market, side, now))
        {
            self.open_pnl = pnl;
        }
        self.open_pnl
    }

    /// The price at which what was opened on `side` could be closed at `now` (microseconds UTC); the close of
    /// the last bar on a tape that has neither quotes nor trades.
    pub(super) fn closing_price(&self, market: &Sym, side: Side, now: i64) -> Option<Px> {
        let by_tape = self.exchange.tape(market).and_then(|tape| tape.mark(side, now));
        by_tape.or_else(|| self.surroundings.close(market))
    }

    fn watch_day(&mut self, now: i64, open: Cents, out: &mut dyn Emit) {
        if self.latches.day.is_some() {
            return;
        }
        let Some(reason) = self.day_is_over(open) else {
            // A profit halts entries alone: what is open runs to its own end.
            if self.limits.day_target.is_some_and(|target| self.ledger.day().pnl >= target) {
                self.latch(now, Latches::DAY, Latches::TARGET, out);
            }
            return;
        };
        self.latches.day = Some(reason.to_owned());
        out.after(&latching(now, AcctOp::Latch, Latches::DAY, Some(reason)).into());
        self.flatten(now, reason, out);
    }

    /// Marks the account; at the trailing floor or the largest drawdown everything is over, until somebody
    /// says otherwise (checks TDD and MDD).
    fn watch_drawdown(&mut self, now: i64, open: Cents, out: &mut dyn Emit) {
        let equity = self.ledger.equity() + open;
        self.high_water = self.high_water.max(equity);
        let floor = self.limits.trailing.map(|floor| floor.under(self.high_water));
        let floored = floor.is_some_and(|floor| equity <= floor);
        let breached = floored || equity <= self.limits.mode_floor(self.high_water);
        // What is not a number is a breach.
        let kept = |lost: f64| lost < self.limits.drawdown;
        let lost = !drawdown(self.high_water, equity).is_some_and(kept);
        let reason = match (breached, lost) {
            (true, _) => Latches::TRAILING_DRAWDOWN,
            (_, true) => Latches::MAX_DRAWDOWN,
            _ => return,
        };
        if self.latches.manual.is_none() {
            self.latches.manual = Some(reason.to_owned());
            out.after(&latching(now, AcctOp::Latch, Latches::MANUAL, Some(reason)).into());
            self.flatten(now, reason, out);
        }
    }

    /// Which limit of the day is reached, if one is (check DAY).
    fn day_is_over(&self, open: Cents) -> Option<&'static str> {
        let day = self.ledger.day();
        if day.pnl + open <= -self.limits.day_loss(day.equity) {
            return Some("day_loss");
        }
        let risk: i64 = self.ledger.holdings().iter().map(|holding| Holding::risk(holding).0).sum();
        let open_r = if risk > 0 { open.0 as f64 / risk as f64 } else { 0.0 };
        let kept = day.r + open_r > -self.limits.day_loss_r;
        if !kept {
            return Some("day_loss_r");
        }
        (day.losses_row >= self.limits.losses_row).then_some("losses_in_row")
    }

    /// Closes everything, once: whoever asks again while it is under way is answered by it.
    pub(super) fn flatten(&mut self, ct: i64, reason: &str, out: &mut dyn Emit) {
        if self.ledger.is_idle() || self.flattening {
            return;
        }
        let order = self.ledger.orders().values().next();
        let held = self.ledger.holdings().iter().find(|holding| !holding.lots.is_flat());
        let Some(sym) = order.map(|order| order.sym).or(held.map(|holding| holding.sym)) else {
            return;
        };
        self.flatten_position(ct, sym, self.ledger.position(&sym), reason, out);
    }

    /// The order `id` was refused, or found nothing to do, at `ts` (microseconds UTC): if it is a flatten
    /// and something is open all the same, it is asked for again, but not at every record.
    pub(super) fn flatten_failed(&mut self, ts: i64, id: &str) {
        if self.flattening && id.starts_with(FLATTEN) {
            self.flatten_again = Some(ts + FLATTEN_AGAIN_US);
        }
    }

    /// The id of a flatten decided at `ct`: another one for each, also while time stands still.
    fn flatten_id(&mut self, ct: i64) -> String {
        let count = match self.flattened {
            Some((before, count)) if before == ct => count + 1,
            _ => 1,
        };
        self.flattened = Some((ct, count));
        if count == 1 { format!("{FLATTEN}{ct}") } else { format!("{FLATTEN}{ct}:{count}") }
    }

    /// Closes everything, of which `position` contracts of `sym` are what is known.
    pub(super) fn flatten_position(
        &mut self,
        ct: i64,
        sym: Sym,
        position: i64,
        reason: &str,
        out: &mut dyn Emit,
    ) {
        let entering = self.ledger.orders().values().find(|order| order.sym == sym);
        let side = match (position, entering) {
            (0, Some(order)) => order.side.opposite(),
            _ => Side::from_sign(-position),
        };
        let exit = Exit {
            id: self.flatten_id(ct),
            reference: None,
            sig: None,
            sym,
            side,
            qty: position.unsigned_abs(),
            reason,
            expires: self.window.map_or(i64::MAX >> 10, |window| window.close),
        };
        self.flattening = true;
        reason.clone_into(&mut self.flatten_reason);
        self.flatten_again = None;
        self.close(exit.order(ct, ct), out);
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::market::Calendar;
    use crate::risk::RiskOptions;
    use crate::risk::RiskStage;

    #[test]
    fn flattens_of_one_stamp_have_ids_of_their_own() {
        let calendar = Calendar::builtin().unwrap();
        let mut stage =
            RiskStage::new(&Config::default(), calendar, RiskOptions::default()).unwrap();
        let ids = [7, 7, 7, 8].map(|ct| stage.flatten_id(ct));
        assert_eq!(ids, ["f:7", "f:7:2", "f:7:3", "f:8"]);
    }
}
