//! What the stream says of the market besides trades and quotes: closed bars and features.

use crate::config::Config;
use crate::config::VixBand;
use crate::market::Px;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Features;
use crate::wire::Num;
use std::collections::VecDeque;

/// Age above which features no longer speak for the market, microseconds: what is used of them
/// changes with every bar.
const FRESH_US: i64 = 300_000_000;
/// Contracts of which something is remembered; the one silent longest goes first.
const CONTRACTS_MAX: usize = 8;

/// A closed bar as far as a stop follows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Closed {
    ts: i64,
    high: Px,
    low: Px,
    close: Px,
}

/// What is used of the features of a bar's end.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Seen {
    ts: i64,
    px: Option<Px>,
    atr: Option<Num>,
    atm_iv: Option<Num>,
    call_wall: Option<Num>,
    put_wall: Option<Num>,
}

/// What is remembered of one contract.
#[derive(Clone, Debug)]
struct Contract {
    sym: Sym,
    seen: Option<Seen>,
    bars: VecDeque<Closed>,
}

/// The market beyond the tape.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    contracts: Vec<Contract>,
    vix_age_us: i64,
    bar_us: i64,
    bars: usize,
}

impl Surroundings {
    pub(super) const fn new(config: &Config) -> Self {
        Self {
            contracts: Vec::new(),
            vix_age_us: config.context.vix_age_s_max * 1_000_000,
            bar_us: config.bars.dur_s as i64 * 1_000_000,
            bars: config.risk.trail_bars,
        }
    }

    /// Whether features of this stamp belong to the end of a bar: no others are needed.
    #[inline]
    pub(super) const fn ends_bar(&self, ts: i64) -> bool {
        ts % self.bar_us == 0
    }

    /// The features of a bar's end.
    pub(super) fn on_features(&mut self, features: &Features) {
        let x = &features.x;
        let seen = Seen {
            ts: features.ts,
            px: features.px,
            atr: x.atr,
            atm_iv: x.atm_iv,
            call_wall: x.call_wall,
            put_wall: x.put_wall,
        };
        self.contract(features.sym).seen = Some(seen);
    }

    /// A closed bar, of whoever built it; whether it is a new one.
    pub(super) fn on_bar(&mut self, bar: &Bar) -> bool {
        let most = self.bars;
        let bars = &mut self.contract(bar.sym).bars;
        if bars.back().is_some_and(|newest| newest.ts >= bar.ts) {
            return false;
        }
        if bars.len() == most {
            bars.pop_front();
        }
        bars.push_back(Closed { ts: bar.ts, high: bar.h, low: bar.l, close: bar.c });
        true
    }

    /// The VIX band at `now` (microseconds UTC) in the contract `sym`: by the newest VIX with its stamp,
    /// if that is young, else by the volatility of the options. `None` where neither is known: a
    /// fallback sets thresholds, not size.
    pub(super) fn band(&self, vix: Option<(i64, f64)>, sym: &Sym, now: i64) -> Option<VixBand> {
        let young = vix.filter(|(ts, _)| *ts <= now && now - ts <= self.vix_age_us);
        let by_options = || self.seen(sym, now)?.atm_iv.map(|iv| 100.0 * iv.0);
        young.map(|(_, vix)| vix).or_else(by_options).map(VixBand::of_percent)
    }

    /// ATR(14) of the bars at `now`, points.
    pub(super) fn atr(&self, sym: &Sym, now: i64) -> Option<f64> {
        self.seen(sym, now)?.atr.map(|atr| atr.0).filter(|atr| atr.is_finite() && *atr > 0.0)
    }

    /// Call and put wall at `now`, points, those that are known.
    pub(super) fn walls(&self, sym: &Sym, now: i64) -> impl Iterator<Item = f64> {
        let seen = self.seen(sym, now);
        let walls = seen.map_or([None, None], |seen| [seen.call_wall, seen.put_wall]);
        walls.into_iter().flatten().map(|wall| wall.0)
    }

    /// The price of the newest bar's end.
    pub(super) fn close(&self, sym: &Sym) -> Option<Px> {
        let contract = self.find(sym)?;
        let bar = contract.bars.back().map(|bar| (bar.ts, bar.close));
        let seen = contract.seen.and_then(|seen| Some((seen.ts, seen.px?)));
        bar.into_iter().chain(seen).max_by_key(|(ts, _)| *ts).map(|(_, px)| px)
    }

    /// Lowest low and highest high of the last closed bars; `None` before there are enough.
    pub(super) fn extremes(&self, sym: &Sym) -> Option<(Px, Px)> {
        let bars = &self.find(sym).filter(|contract| contract.bars.len() == self.bars)?.bars;
        let (lows, highs) = (bars.iter().map(|b| b.low), bars.iter().map(|b| b.high));
        lows.min().zip(highs.max())
    }

    fn seen(&self, sym: &Sym, now: i64) -> Option<Seen> {
        self.find(sym)?.seen.filter(|seen| now - seen.ts <= FRESH_US)
    }

    fn find(&self, sym: &Sym) -> Option<&Contract> {
        self.contracts.iter().find(|contract| contract.sym == *sym)
    }

    fn contract(&mut self, sym: Sym) -> &mut Contract {
        let at = self.contracts.iter().position(|contract| contract.sym == sym);
        let at = at.unwrap_or_else(|| {
            let age = |contract: &Contract| {
                let bar = contract.bars.back().map(|bar| bar.ts);
                bar.max(contract.seen.map(|seen| seen.ts))
            };
            if self.contracts.len() == CONTRACTS_MAX
                && let Some(oldest) = (0..CONTRACTS_MAX).min_by_key(|at| age(&self.contracts[*at]))
            {
                self.contracts.remove(oldest);
            }
            let bars = VecDeque::with_capacity(self.bars);
            self.contracts.push(Contract { sym, seen: None, bars });
            self.contracts.len() - 1
        });
        &mut self.contracts[at]
    }
}
