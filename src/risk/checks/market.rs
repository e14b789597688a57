//! What the market looks like: STALE and its companions, BOOK, VOL, COLLAR.

use super::Situation;
use super::decided;
use super::noted;
use super::unanswered;
use crate::market::PriceLimits;
use crate::market::Ticks;
use crate::wire::Check;

/// An answer of a part of a check: passed, failed, or not known and why.
type Part = Result<bool, &'static str>;

/// The age at `now` of what is stamped `ts`, and whether `now` is no farther from it than `limit`,
/// whichever of them comes first; all in microseconds.
fn age(now: i64, ts: i64, limit: i64) -> (i64, bool) {
    (now.saturating_sub(ts), now.abs_diff(ts) <= limit.unsigned_abs())
}

impl Situation<'_> {
    /// Of a contract without any market record nothing is fresh, nothing could fill an entry, and
    /// nothing would tell when it expires.
    pub(super) fn stale_trade(&self) -> Check {
        if self.tape.is_none() && self.followed {
            let limit = Some(self.limits.trade_age_us as f64 / 1000.0);
            return noted("STALE", None, limit, false, Some("no_market"));
        }
        let newest = self.tape.and_then(|tape| tape.last).map(|(ts, _)| ts);
        self.age("STALE", newest, self.limits.trade_age_us, "no_trades")
    }

    pub(super) fn stale_quote(&self) -> Check {
        let newest = self.tape.and_then(|tape| tape.quote).map(|quote| quote.ts);
        self.age("STALE_QUOTE", newest, self.limits.quote_age_us, "no_quotes")
    }

    /// The age of the quotes behind the option levels, where the signal rests on them.
    pub(super) fn stale_options(&self) -> Check {
        let limit = self.limits.options_age_us;
        if !self.options {
            let limit = Some(limit as f64 / 1000.0);
            return noted("STALE_OPTIONS", None, limit, true, Some("not_used"));
        }
        self.age("STALE_OPTIONS", self.context.options_asof, limit, "no_options")
    }

    fn age(
        &self,
        code: &'static str,
        newest: Option<i64>,
        limit_us: i64,
        missing: &'static str,
    ) -> Check {
        let limit = Some(limit_us as f64 / 1000.0);
        let Some(newest) = newest else { return unanswered(code, limit, missing) };
        // What is stamped far ahead of the decision is no fresher than what is far behind it.
        let (age_us, fresh) = age(self.ct(), newest, limit_us);
        decided(code, Some(age_us as f64 / 1000.0), limit, fresh)
    }

    /// How far own clock and the stamps of the source lie apart.
    pub(super) fn clock_skew(&self) -> Check {
        let limit = Some(self.limits.skew_us as f64 / 1000.0);
        let Some(skew) = self.context.skew_us else {
            return unanswered("CLOCK_SKEW", limit, "no_receive_time");
        };
        decided("CLOCK_SKEW", Some(skew as f64 / 1000.0), limit, skew.abs() <= self.limits.skew_us)
    }

    /// Bid below ask, something on both sides, and not too far apart: the value is the spread in ticks.
    pub(super) fn book(&self) -> Check {
        let limit = Some(self.limits.spread_ticks as f64);
        let Some(quote) = self.tape.and_then(|tape| tape.quote) else {
            return unanswered("BOOK", limit, "no_quotes");
        };
        let tick = |px| self.proposal.instrument.ticks(px);
        let (Some(bid), Some(ask)) = (quote.bid, quote.ask) else {
            return noted("BOOK", None, limit, false, Some("one_sided"));
        };
        let (Some(bid), Some(ask)) = (tick(bid), tick(ask)) else {
            return noted("BOOK", None, limit, false, Some("off_grid"));
        };
        let spread = ask.0 - bid.0;
        let value = Some(spread as f64);
        if spread <= 0 {
            return noted("BOOK", value, limit, false, Some("crossed"));
        }
        if spread > self.limits.spread_ticks {
            return decided("BOOK", value, limit, false);
        }
        if quote.bsz == 0 || quote.asz == 0 {
            return Check { value: super::number(value), ..unanswered("BOOK", limit, "no_sizes") };
        }
        decided("BOOK", value, limit, true)
    }

    pub(super) fn volatility(&self) -> Check {
        let limit = self.limits.vix_halt;
        let Some((ts, vix)) = self.context.vix else {
            return unanswered("VOL", Some(limit), "no_vix");
        };
        if !age(self.ct(), ts, self.limits.vix_age_us).1 {
            return unanswered("VOL", Some(limit), "stale");
        }
        decided("VOL", Some(vix), Some(limit), vix < limit)
    }

    /// The limit price near the opposite touch and the last trade, and inside what the exchange takes.
    /// The value is the distance from the opposite touch in ticks, or from the last trade where there is
    /// no touch; `na` names the part that failed or is not known.
    pub(super) fn collar(&self) -> Check {
        let limit = Some(self.limits.collar_ticks as f64);
        let Some(px) = self.limit_tick() else { return unanswered("COLLAR", limit, "bad_input") };
        let touch = self
            .tape
            .and_then(|tape| tape.opposite(self.side(), self.ct()))
            .and_then(|(touch, _)| self.proposal.instrument.ticks(touch));
        let last = self
            .tape
            .and_then(|tape| tape.last)
            .and_then(|(_, last)| self.proposal.instrument.ticks(last));
        let near = touch.map(|touch| (px.0 - touch.0).abs() <= self.limits.collar_ticks);
        let value = touch.or(last).map(|other| (px.0 - other.0).abs() as f64);
        let parts: [(Part, &'static str); 3] = [
            (near.ok_or("no_touch"), "touch"),
            (self.near_last(px, last), "last"),
            (self.inside_limits(px, last), "price_limit"),
        ];
        if let Some((_, which)) = parts.iter().find(|(part, _)| *part == Ok(false)) {
            return noted("COLLAR", value, limit, false, Some(which));
        }
        match parts.iter().find_map(|(part, _)| part.err()) {
            Some(why) => Check { value: super::number(value), ..unanswered("COLLAR", limit, why) },
            None => decided("COLLAR", value, limit, true),
        }
    }

    /// The limit of the order in ticks, if its prices are sound.
    fn limit_tick(&self) -> Option<Ticks> {
        let px = self.proposal.order.px.filter(|_| self.proposal.faults.is_empty())?;
        self.proposal.instrument.ticks(px)
    }

    fn near_last(&self, px: Ticks, last: Option<Ticks>) -> Part {
        let last = last.ok_or("no_trades")?;
        let distance = (px.0 - last.0).abs() as f64;
        Ok(distance <= self.limits.collar_share * last.0.abs() as f64)
    }

    fn inside_limits(&self, px: Ticks, last: Option<Ticks>) -> Part {
        let market = &self.proposal.market;
        let settled = self.context.settlement(market, self.ct()).ok_or("no_settlement")?;
        let settled = self.proposal.instrument.ticks(settled).ok_or("no_settlement")?;
        let window = self.window.ok_or("no_calendar")?;
        let mut limits = PriceLimits::new(settled, self.limits.band_pct, window.rth);
        // A level that the market has passed holds no longer; beyond the last nothing trades.
        let passed = last.is_none_or(|last| limits.prove(last));
        Ok(passed && limits.band(self.ct()).has(px))
    }
}
