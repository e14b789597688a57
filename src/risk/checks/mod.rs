//! The 24 pre-trade checks: all are evaluated, none short-circuits (QUANT 6.2).
//!
//! One file a subject; [`Situation::answer`] puts the answers into the order of the table. A check
//! takes no memory of its own: codes and reasons are texts of the program.

mod account;
mod conduct;
mod market;
mod permission;
mod running;
mod size;

pub(super) use size::trade_budget;

use crate::account::Ledger;
use crate::market::Cents;
use crate::market::Side;
use crate::market::Sym;
use crate::matching::Tape;
use crate::risk::Events;
use crate::risk::Window;
use crate::risk::context::Context;
use crate::risk::latch::Latches;
use crate::risk::limits::Limits;
use crate::risk::proposal::Proposal;
use crate::risk::proposal::UNKNOWN_SYMBOL;
use crate::risk::tally::Tally;
use crate::wire::Check;
use crate::wire::Num;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use std::borrow::Cow;

/// Everything that the checks look at.
pub(super) struct Situation<'a> {
    pub proposal: &'a Proposal,
    pub pattern: &'a str,
    pub limits: &'a Limits,
    pub ledger: &'a Ledger,
    pub latches: &'a Latches,
    pub tally: &'a Tally,
    pub context: &'a Context,
    pub events: &'a Events,
    pub tape: Option<&'a Tape>,
    pub window: Option<&'a Window>,
    /// Mode and phase of the stream.
    pub stream: Option<(StreamMode, StreamPhase)>,
    /// Why real orders are not permitted, if they are not (live alone).
    pub gate: Option<&'static str>,
    /// The signal rests on options.
    pub options: bool,
    /// The account is that of the simulated exchange: it cannot vouch for a real one.
    pub simulated: bool,
    /// How long the longest unconfirmed stop is waited for, microseconds.
    pub unprotected_us: Option<i64>,
    /// The stream of the market is followed: who only asks about an order may have none.
    pub followed: bool,
    /// The newest time that market records and clocks have told, microseconds UTC.
    pub now: i64,
    /// Value of a tick of the product: contracts of its micro count for a part of one.
    pub product_tick: Cents,
    /// Profit of the open position, before fees.
    pub open_pnl: Cents,
    /// What this trade may lose.
    pub budget: Cents,
    /// The highest that the account was marked at.
    pub highest: Cents,
    /// The trailing floor in dollars, if there is one.
    pub floor: Option<Cents>,
    /// When the signal's id was decided before, microseconds UTC.
    pub acted: Option<i64>,
    /// When the same order was sent within the time of a duplicate, microseconds UTC.
    pub same: Option<i64>,
}

impl Situation<'_> {
    /// The checks in the order of QUANT's numbers, in the place of those in `checks`.
    pub(super) fn answer(&self, checks: &mut Vec<Check>) {
        checks.clear();
        checks.extend([
            self.kill(),
            self.mode(),
            self.stale_trade(),
            self.stale_quote(),
            self.stale_options(),
            self.clock_skew(),
            self.book(),
            self.session(),
            self.news(),
            self.volatility(),
            self.size(),
            self.position(),
            self.notional(),
            self.collar(),
            self.tick(),
            self.duplicate(),
            self.rate(),
            self.count(),
            self.loss(),
            self.day(),
            self.trailing(),
            self.drawdown(),
            self.stop(),
            self.reconciled(),
            self.own_orders(),
            self.repeat(),
            self.heartbeat(),
        ]);
    }

    fn ct(&self) -> i64 {
        self.proposal.order.ct
    }

    fn side(&self) -> Side {
        self.proposal.order.side
    }

    /// How many contracts of the ordered product weigh as much as one of the product.
    fn parts(&self) -> u64 {
        (self.product_tick.0 / self.proposal.instrument.tick_value.0.max(1)).max(1) as u64
    }

    /// Minute of the New York day, with fraction.
    fn minute(&self) -> Option<f64> {
        self.window.and_then(|window| window.minute(self.ct()))
    }
}

/// What an order that only reduces is held against: nothing else may stand between a position and its
/// exit.
pub(super) struct Reduction {
    /// Contracts that it closes; zero: there is nothing to close.
    pub qty: u64,
    /// Its contract is listed.
    pub listed: bool,
    /// The same was asked for before, or it is under way.
    pub again: bool,
    /// For so long, milliseconds, if that is known.
    pub again_ms: Option<f64>,
    /// Own orders on the other side of the market that are not of this bracket.
    pub opposing: u64,
}

impl Reduction {
    /// Checks 8, 11, 12, 13 and 22.
    pub(super) fn checks(&self) -> Vec<Check> {
        let qty = self.qty as f64;
        let market = Some(Cow::Borrowed("market"));
        let fault = (!self.listed).then_some(UNKNOWN_SYMBOL);
        vec![
            decided("SIZE", Some(qty), Some(qty), self.qty > 0),
            // A market order has no limit to be held against the touch.
            Check { na: market, ..decided("COLLAR", None, None, true) },
            noted(
                "TICK",
                Some(f64::from(u8::from(fault.is_some()))),
                Some(0.0),
                self.listed,
                fault,
            ),
            decided("DUP", self.again_ms, None, !self.again),
            decided("SELF", Some(self.opposing as f64), Some(0.0), self.opposing == 0),
        ]
    }
}

/// Own orders in the market of `market` that would trade with an order on `side`, other than those of
/// the bracket `own`: entries on the other side, and the legs that protect a position on the same side
/// of an earlier bracket on the other.
pub(super) fn opposing(ledger: &Ledger, market: &Sym, side: Side, own: Option<&str>) -> u64 {
    let others = ledger.orders().iter().filter(|(id, _)| Some(id.as_str()) != own);
    others.filter(|(_, open)| open.market == *market && open.side != side).count() as u64
}

/// A check with a verdict.
pub(super) fn decided(
    code: &'static str,
    value: Option<f64>,
    limit: Option<f64>,
    ok: bool,
) -> Check {
    Check {
        code: Cow::Borrowed(code),
        value: number(value),
        limit: number(limit),
        ok: Some(ok),
        na: None,
    }
}

/// A check with a verdict and a word on it.
fn noted(
    code: &'static str,
    value: Option<f64>,
    limit: Option<f64>,
    ok: bool,
    na: Option<&'static str>,
) -> Check {
    Check { na: na.map(Cow::Borrowed), ..decided(code, value, limit, ok) }
}

/// A check that cannot be answered, and why.
fn unanswered(code: &'static str, limit: Option<f64>, why: &'static str) -> Check {
    let (code, na) = (Cow::Borrowed(code), Some(Cow::Borrowed(why)));
    Check { code, value: None, limit: number(limit), ok: None, na }
}

/// What is not a number is not written: the verdict beside it says that it did not pass.
fn number(value: Option<f64>) -> Option<Num> {
    value.filter(|value| value.is_finite()).map(Num)
}

/// Which of the faces of a refusal to name: latches first, then what makes an order impossible, then
/// the first check that failed (in live also the first that could not be answered).
pub(super) fn reason(
    checks: &[Check],
    refusal: Option<&'static str>,
    strict: bool,
) -> Option<String> {
    let failed = |check: &&Check| !check.ok.unwrap_or(!strict);
    if !checks.iter().any(|check| failed(&check)) {
        return refusal.map(str::to_owned);
    }
    let latched = checks.iter().filter(failed).find(|c| c.code == "KILL" || c.code == "DAY");
    let tick = checks.iter().filter(failed).find(|c| c.code == "TICK");
    latched
        .or(tick)
        .map(|check| check.code.to_string())
        .or_else(|| refusal.map(str::to_owned))
        .or_else(|| checks.iter().find(failed).map(|check| check.code.to_string()))
}
