//! How orders are sent: TICK, DUP, RATE, COUNT, SELF, REPEAT.

use super::Situation;
use super::decided;
use super::noted;
use super::opposing;
use crate::market::Side;
use crate::risk::latch::Latches;
use crate::risk::tally::bucket;
use crate::wire::Check;

/// The pattern with a limit of its own.
const NAVALE: &str = "battle_navale";
const MINUTE_US: f64 = 60e6;

/// A count and what it may be; the word that names it.
struct Count {
    what: &'static str,
    value: f64,
    limit: f64,
    ok: bool,
}

impl Count {
    fn up_to(what: &'static str, value: u64, limit: u64) -> Self {
        Self { what, value: value as f64, limit: limit as f64, ok: value <= limit }
    }
}

/// The first that fails, else the first.
fn worst<const N: usize>(code: &'static str, counts: &[Count; N]) -> Check {
    let failed = counts.iter().find(|count| !count.ok);
    let Some(count) = failed.or(counts.first()) else { return decided(code, None, None, true) };
    let na = failed.map(|count| count.what);
    noted(code, Some(count.value), Some(count.limit), count.ok, na)
}

impl Situation<'_> {
    /// Prices on the grid and in order, a symbol that is listed, and the contract in front where the
    /// stream tells which that is. The value is the number of faults; the first is named.
    pub(super) fn tick(&self) -> Check {
        let faults = &self.proposal.faults;
        let sound = faults.is_empty();
        let old = sound && self.context.is_front(&self.proposal.market) == Some(false);
        let first = faults.first().copied().or(old.then_some("not_front"));
        let count = faults.len() + usize::from(old);
        noted("TICK", Some(count as f64), Some(0.0), first.is_none(), first)
    }

    pub(super) fn duplicate(&self) -> Check {
        let before = self.acted.or(self.same);
        let age = before.map(|before| (self.ct() - before) as f64 / 1000.0);
        let limit = self.limits.dup_us as f64 / 1000.0;
        decided("DUP", age, Some(limit), before.is_none())
    }

    /// Messages with this one, in the second, in the minute, of the day; cancelled entries a fill.
    pub(super) fn rate(&self) -> Check {
        let (second, minute) = self.tally.messages(self.ct());
        let ratio = self.tally.cancels as f64 / self.tally.fills.max(1) as f64;
        let most = self.limits.cancels_per_fill;
        worst(
            "RATE",
            &[
                Count::up_to("per_second", second + 1, self.limits.orders_second),
                Count::up_to("per_minute", minute + 1, self.limits.orders_minute),
                Count::up_to("per_day", self.tally.messages_day + 1, self.limits.orders_day),
                Count { what: "cancels", value: ratio, limit: most, ok: ratio <= most },
            ],
        )
    }

    /// Trades with this one: of the day, of the pattern, of this part of the day; brackets at once; the
    /// pause after a stop; the size of the account.
    pub(super) fn count(&self) -> Check {
        let (limits, tally) = (self.limits, self.tally);
        let waiting = tally.waiting(None) + 1;
        let part = bucket(self.minute().unwrap_or(0.0));
        let of_pattern = tally.of_pattern(self.pattern) + tally.waiting(Some(self.pattern)) + 1;
        let pattern_max = if self.pattern == NAVALE { limits.navale_trades } else { u64::MAX };
        let brackets = self.ledger.orders().len() as u64 + 1;
        let (lost, may_lose) = (-tally.made[part].dollars(), limits.bucket_loss[part].dollars());
        let paused = tally.stopped.map(|stopped| (self.ct() - stopped) as f64 / MINUTE_US);
        let pause = limits.cooldown_us as f64 / MINUTE_US;
        let equity = self.ledger.equity() + self.open_pnl;
        worst(
            "COUNT",
            &[
                Count::up_to("day", self.ledger.day().trades + waiting, limits.trades_day),
                Count::up_to("pattern", of_pattern, pattern_max),
                Count::up_to("hours", tally.trades[part] + waiting, limits.bucket_trades[part]),
                Count { what: "hours_loss", value: lost, limit: may_lose, ok: lost < may_lose },
                Count::up_to("at_once", brackets, limits.positions),
                Count {
                    what: "cool_down",
                    value: paused.unwrap_or(pause),
                    limit: pause,
                    ok: paused.is_none_or(|paused| paused >= pause),
                },
                Count {
                    what: "account",
                    value: equity.dollars(),
                    limit: limits.equity_min.dollars(),
                    ok: equity >= limits.equity_min,
                },
            ],
        )
    }

    /// No own order that this one could trade with: a bracket on the other side, or a target that its
    /// limit reaches.
    pub(super) fn own_orders(&self) -> Check {
        let side = self.side();
        let others = opposing(self.ledger, &self.proposal.market, side, None);
        let reached = self.reaches_own_target();
        let na = match (others, reached) {
            (0, false) => None,
            (0, true) => Some("own_target"),
            _ => Some("opposite"),
        };
        let value = others + u64::from(reached);
        noted("SELF", Some(value as f64), Some(0.0), na.is_none(), na)
    }

    fn reaches_own_target(&self) -> bool {
        let order = &self.proposal.order;
        let Some(limit) = order.px.and_then(|px| self.proposal.instrument.ticks(px)) else {
            return false;
        };
        let mine = self.ledger.orders().values();
        let mut mine = mine.filter(|open| open.sym == order.sym && open.side == order.side);
        mine.any(|open| {
            open.target.is_some_and(|target| order.side.sign() * (limit.0 - target.0) >= 0)
        })
    }

    /// Entries of this pattern and side lately, with this one.
    pub(super) fn repeat(&self) -> Check {
        let limits = self.limits;
        let side: Side = self.side();
        let before = self.tally.entries(self.ct(), limits.repeat_us, self.pattern, side);
        let latched = self.latches.has_pattern(self.pattern, side);
        let ok = before + 1 < limits.repeat.max(2) && !latched;
        let (value, limit) = (Some(before as f64 + 1.0), Some(limits.repeat as f64));
        noted("REPEAT", value, limit, ok, latched.then_some(Latches::PATTERN_SET))
    }
}
