//! The pre-trade checks of an entry: all are evaluated, none short-circuits (QUANT 6.2).

use crate::account::Ledger;
use crate::market::Cents;
use crate::matching::Tape;
use crate::risk::Sizing;
use crate::risk::Window;
use crate::risk::drawdown::drawdown;
use crate::risk::latch::Latches;
use crate::risk::limits::Limits;
use crate::risk::proposal::Proposal;
use crate::wire::Check;
use crate::wire::Num;

/// Everything that the checks look at.
pub(super) struct Situation<'a> {
    pub proposal: &'a Proposal,
    pub limits: &'a Limits,
    pub ledger: &'a Ledger,
    pub latches: &'a Latches,
    pub tape: Option<&'a Tape>,
    pub window: Option<&'a Window>,
    /// Value of a tick of the product: contracts of its micro count for a part of one.
    pub product_tick: Cents,
    /// Profit of the open position, before fees.
    pub open_pnl: Cents,
    /// What this trade may lose.
    pub budget: Cents,
    /// The highest that the account was marked at.
    pub highest: Cents,
    /// The trailing floor, if there is one.
    pub floor: Option<Cents>,
    /// When the signal's id was decided before, microseconds UTC.
    pub acted: Option<i64>,
    /// When the same order was sent within the time of a duplicate, microseconds UTC.
    pub same: Option<i64>,
}

/// A check with a verdict.
pub(super) fn decided(
    code: &'static str,
    value: Option<f64>,
    limit: Option<f64>,
    ok: bool,
) -> Check {
    let (value, limit) = (value.map(Num), limit.map(Num));
    Check { code: code.into(), value, limit, ok: Some(ok), na: None }
}

/// A check that cannot be answered, and why.
fn unanswered(code: &'static str, limit: Option<f64>, why: &'static str) -> Check {
    Check { code: code.into(), value: None, limit: limit.map(Num), ok: None, na: Some(why.into()) }
}

impl Situation<'_> {
    /// The checks in the order of QUANT's numbers.
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            self.kill(),
            self.stale_trade(),
            self.stale_quote(),
            self.session(),
            self.size(),
            self.position(),
            self.tick(),
            self.duplicate(),
            self.loss(),
            self.day(),
            self.trailing(),
            self.drawdown(),
        ]
    }

    fn kill(&self) -> Check {
        let latched = self.latches.manual.is_some();
        let na = self.latches.manual.clone().map(Into::into);
        let value = f64::from(u8::from(latched));
        Check { na, ..decided("KILL", Some(value), Some(0.0), !latched) }
    }

    fn stale_trade(&self) -> Check {
        self.age("STALE", self.tape.and_then(|t| t.last).map(|(ts, _)| ts), "no_trades")
    }

    fn stale_quote(&self) -> Check {
        self.age("STALE_QUOTE", self.tape.and_then(|t| t.quote).map(|q| q.ts), "no_quotes")
    }

    fn age(&self, code: &'static str, newest: Option<i64>, missing: &'static str) -> Check {
        let limit_us =
            if code == "STALE" { self.limits.trade_age_us } else { self.limits.quote_age_us };
        let limit = Some(limit_us as f64 / 1000.0);
        let Some(newest) = newest else { return unanswered(code, limit, missing) };
        let age_us = self.proposal.order.ct - newest;
        decided(code, Some(age_us as f64 / 1000.0), limit, age_us <= limit_us)
    }

    fn session(&self) -> Check {
        let ct = self.proposal.order.ct;
        let Some(window) = self.window else { return unanswered("SESS", None, "no_calendar") };
        let Some((from, until)) = window.entries else {
            let na = Some("no_rth".into());
            return Check { na, ..decided("SESS", None, None, false) };
        };
        let bound = if ct < from { from } else { until };
        decided("SESS", window.minute(ct), window.minute(bound), window.allows_entry(ct))
    }

    fn size(&self) -> Check {
        if self.proposal.faults > 0 {
            return unanswered("SIZE", None, "bad_input");
        }
        let qty = self.proposal.order.qty;
        let limit = self.limits.max_order * self.parts();
        decided("SIZE", Some(qty as f64), Some(limit as f64), (1..=limit).contains(&qty))
    }

    /// Contracts of the product at the worst: what is open, what may still enter, and this order.
    fn position(&self) -> Check {
        if self.proposal.faults > 0 {
            return unanswered("POS", None, "bad_input");
        }
        let (order, instrument) = (&self.proposal.order, &self.proposal.instrument);
        let mut weight = order.qty * instrument.tick_value.0 as u64;
        let mut opposed = false;
        for open in self.ledger.orders().values() {
            weight += (open.entering + open.open) * open.instrument.tick_value.0 as u64;
            opposed |= open.side != order.side;
        }
        let limit = self.limits.max_pos;
        let ok = weight <= limit * self.product_tick.0 as u64 && !opposed;
        let value = weight as f64 / self.product_tick.0 as f64;
        // A bracket closes by its own legs: an entry against it would leave both brackets at work.
        let na = opposed.then(|| "opposite".into());
        Check { na, ..decided("POS", Some(value), Some(limit as f64), ok) }
    }

    fn tick(&self) -> Check {
        let faults = self.proposal.faults;
        decided("TICK", Some(f64::from(faults)), Some(0.0), faults == 0)
    }

    fn duplicate(&self) -> Check {
        let before = self.acted.or(self.same);
        let age = before.map(|before| (self.proposal.order.ct - before) as f64 / 1000.0);
        let limit = self.limits.dup_us as f64 / 1000.0;
        decided("DUP", age, Some(limit), before.is_none())
    }

    /// The loss at the stop. Of an order without contracts, the loss that one would have had.
    fn loss(&self) -> Check {
        if self.proposal.faults > 0 {
            return unanswered("LOSS1", None, "bad_input");
        }
        let contracts = self.proposal.order.qty.max(1);
        let loss = Cents(self.proposal.per_contract.0 * contracts as i64);
        let limit = self.budget;
        decided("LOSS1", Some(loss.dollars()), Some(limit.dollars()), loss <= limit)
    }

    fn day(&self) -> Check {
        let pnl = self.ledger.day().pnl + self.open_pnl;
        let limit = -self.limits.day_loss(self.ledger.day().equity);
        let na = self.latches.day.clone().map(Into::into);
        let ok = na.is_none() && pnl > limit;
        Check { na, ..decided("DAY", Some(pnl.dollars()), Some(limit.dollars()), ok) }
    }

    fn trailing(&self) -> Check {
        let equity = self.ledger.equity() + self.open_pnl;
        let Some(floor) = self.floor else {
            let na = Some("not_set".into());
            return Check { na, ..decided("TDD", Some(equity.dollars()), None, true) };
        };
        decided("TDD", Some(equity.dollars()), Some(floor.dollars()), equity > floor)
    }

    fn drawdown(&self) -> Check {
        let lost = drawdown(self.highest, self.ledger.equity() + self.open_pnl);
        let limit = self.limits.drawdown;
        decided("MDD", lost, Some(limit), lost.is_some_and(|lost| lost < limit))
    }

    fn parts(&self) -> u64 {
        (self.product_tick.0 / self.proposal.instrument.tick_value.0.max(1)).max(1) as u64
    }
}

/// What a trade may lose (check LOSS1): the smallest of the fraction of equity, the largest loss of
/// a trade, a share of what the day may still lose, and what may be open at once.
pub(super) fn trade_budget(
    limits: &Limits,
    ledger: &Ledger,
    fraction: f64,
    open_pnl: Cents,
) -> Cents {
    let day_loss = limits.day_loss(ledger.day().equity);
    let left = day_loss + ledger.day().pnl + open_pnl;
    let open = Sizing::budget(day_loss, limits.open_share) - ledger.open_risk();
    let budgets = [
        Sizing::budget(ledger.equity(), fraction),
        limits.trade_risk,
        Sizing::budget(left, limits.left_share),
        open,
    ];
    budgets.into_iter().fold(budgets[0], Cents::min).max(Cents(0))
}

/// Which of the faces of a refusal to name: latches first, then what makes an order impossible, then
/// the first check that failed (in live also the first that could not be answered).
pub(super) fn reason(
    checks: &[Check],
    refusal: Option<&'static str>,
    strict: bool,
) -> Option<String> {
    let failed = |check: &&Check| !check.ok.unwrap_or(!strict);
    let latched = checks.iter().filter(failed).find(|c| c.code == "KILL" || c.code == "DAY");
    let tick = checks.iter().filter(failed).find(|c| c.code == "TICK");
    latched
        .or(tick)
        .map(|check| check.code.to_string())
        .or_else(|| refusal.map(str::to_owned))
        .or_else(|| checks.iter().find(failed).map(|check| check.code.to_string()))
}
