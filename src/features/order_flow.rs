//! The order-flow fold of one contract: totals, windows and the eight features (QUANT 1.3).

mod session;

use crate::config::Config;
use crate::config::Flow;
use crate::features::absorption::Absorption;
use crate::features::bar_divergence::BarDivergence;
use crate::features::bars::TickBar;
use crate::features::delta::DeltaScale;
use crate::features::delta::delta_imbalance;
use crate::features::divergence::Divergence;
use crate::features::divergence::MinuteClose;
use crate::features::footprint::Stacks;
use crate::features::large_trades::LargeTrades;
use crate::features::large_trades::Print;
use crate::features::large_trades::large_imbalance;
use crate::features::ofi::QuoteFlow;
use crate::features::ofi::Touch;
use crate::features::ofi::expected_ticks;
use crate::features::quoted_spread::QuotedSpread;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::features::seconds::Mark;
use crate::features::seconds::SECOND;
use crate::features::seconds::Seconds;
use crate::features::seconds::Totals;
use crate::features::seconds::Window;
use crate::features::tape_speed::TapeSpeed;
use crate::features::tape_speed::log_rate;
use crate::market::Ticks;

/// The order-flow features as of a bin end, in QUANT's order, and what else their windows say.
#[derive(Clone, Copy, Debug)]
pub struct FlowValues {
    /// `of_delta_imb` to `of_tape_speed`.
    pub features: [Value; 8],
    /// Contracts of unknown side in the last 60 s.
    pub unknown: u64,
    /// Contracts of large buys and of large sells in the last 300 s, where sides are reliable.
    pub large: Option<(u64, u64)>,
    /// Mean quoted spread of the last closed bar, ticks.
    pub spread: Option<f64>,
    /// Share of large trades in its volume, where `of_large_imb` is defined.
    pub large_share: Option<f64>,
    /// Whether the base of the tape speed is the fallback.
    pub base_fallback: bool,
}

/// Time since the session's marks, as the fold needs it.
#[derive(Clone, Copy, Debug, Default)]
struct Anchors {
    /// No window reaches back over this moment: the last session open, or the first record.
    floor: i64,
    /// Globex open.
    globex: Option<i64>,
    /// Regular open, during regular hours.
    regular: Option<i64>,
    /// Regular-hours time of the sessions before, microseconds.
    regular_before: i64,
}

/// Order flow of one contract.
#[derive(Clone, Debug)]
pub struct OrderFlow {
    settings: Flow,
    bar: i64,
    totals: Totals,
    seconds: Seconds,
    quotes: QuoteFlow,
    large: LargeTrades,
    speed: TapeSpeed,
    scale: DeltaScale,
    divergence: Divergence,
    absorption: Absorption,
    bar_divergence: BarDivergence,
    stack: Value,
    spread: QuotedSpread,
    /// Mean quoted spread of the last closed bar, ticks.
    bar_spread: Option<f64>,
    /// Share of large trades in its volume.
    bar_large: Option<f64>,
    /// Contracts of large trades at its end.
    large_before: u64,
    last: Option<Ticks>,
    anchors: Anchors,
    offered: bool,
    first: i64,
    minute: Totals,
    cvd_eth: i64,
    cvd_rth: i64,
}

impl OrderFlow {
    /// Empty. `first` is the whole second of the contract's first record, `bar` the length of the
    /// input bars, 0 where trades are the input; microseconds.
    pub fn new(config: &Config, first: i64, bar: i64) -> Self {
        let (most, least) = (config.context.history_sessions, config.context.history_min);
        Self {
            settings: config.flow.clone(),
            bar,
            totals: Totals::default(),
            seconds: Seconds::new(Mark { at: first, ..Mark::default() }, bar),
            quotes: QuoteFlow::default(),
            large: LargeTrades::new(config.flow.large_min, most, least),
            speed: TapeSpeed::new(most, least),
            scale: DeltaScale::default(),
            divergence: Divergence::default(),
            absorption: Absorption::default(),
            bar_divergence: BarDivergence::default(),
            stack: Err(Reason::Warmup),
            spread: QuotedSpread::new(i64::from(config.bars.dur_s) * SECOND),
            bar_spread: None,
            bar_large: None,
            large_before: 0,
            last: None,
            anchors: Anchors { floor: first, ..Anchors::default() },
            offered: bar > 0,
            first,
            minute: Totals::default(),
            cvd_eth: 0,
            cvd_rth: 0,
        }
    }

    /// Goes on with trades where bars were the input so far: windows, scales and delta start over,
    /// what is known of earlier sessions' tape speed stays.
    pub fn restart(&mut self, config: &Config, first: i64) {
        let mut fresh = Self::new(config, first, 0);
        std::mem::swap(&mut fresh.speed, &mut self.speed);
        fresh.anchors = Anchors { floor: first, ..self.anchors };
        fresh.first = self.first;
        *self = fresh;
    }

    /// Folds a trade; `weak` if its side is not known reliably.
    #[inline]
    pub fn on_trade(&mut self, price: Ticks, print: Print, weak: bool) {
        let (size, signed) = (print.size, print.sign * print.size as i64);
        match print.sign {
            1.. => self.totals.buy += size,
            0 => self.totals.unknown += size,
            _ => self.totals.sell += size,
        }
        if weak {
            self.totals.weak += size;
        } else {
            self.offered = true;
        }
        self.cvd_eth += signed;
        self.cvd_rth += signed;
        self.last = Some(price);
        if print.sign != 0 {
            self.large.on_print(print, &mut self.totals);
        }
    }

    /// Folds a quote; `None` if it has no usable touch.
    #[inline]
    pub fn on_quote(&mut self, at: i64, touch: Option<Touch>) {
        self.offered |= touch.is_some();
        self.spread.on_quote(at, touch.map(|touch| (touch.bid, touch.ask)));
        self.quotes.on_quote(at, touch, &mut self.totals);
    }

    /// Folds the volumes of an input bar.
    pub fn on_bar(&mut self, bar: &TickBar) {
        self.totals.buy += bar.bought;
        self.totals.sell += bar.sold;
        self.totals.unknown += bar.weak;
        self.totals.weak += bar.weak;
        self.cvd_eth += bar.delta();
        self.cvd_rth += bar.delta();
        self.last = Some(bar.close);
        self.compare(bar);
    }

    /// Notes the state at bin end `at`; before any of the values is asked for.
    pub fn mark(&mut self, at: i64) {
        self.large.settle(&mut self.totals);
        self.quotes.settle(at, &mut self.totals);
        let touch = self.quotes.touch();
        self.seconds.push(Mark {
            at,
            totals: self.totals,
            twice_mid: touch.map(|t| t.bid.0 + t.ask.0),
            last: self.last.map(|t| t.0),
            depth: touch.map_or(0, Touch::depth),
        });
    }

    /// A minute with trades (or an input bar) is over, before its output.
    pub fn close_minute(&mut self) {
        if let Some(close) = self.last {
            let minute = self.totals.since(&self.minute);
            self.divergence.push(MinuteClose {
                close,
                cvd: self.cvd(),
                volume: minute.volume(),
                weak: minute.weak,
            });
        }
    }

    /// A bar is over at `at`, which has been marked: its stacks, its spread and its share of large
    /// trades are the ones that count now.
    pub fn close_bar(&mut self, stacks: Stacks, bar: &TickBar, at: i64) {
        let large = self.totals.large_buy + self.totals.large_sell;
        // A bundle counts where it ends, and may then be larger than that bar.
        let share = (large - self.large_before) as f64 / bar.volume as f64;
        self.bar_large = (bar.volume > 0).then_some(share.min(1.0));
        self.large_before = large;
        self.bar_spread = self.spread.close(at).filter(|_| self.quotes.fresh(at).is_some());
        self.stack = if bar.volume == 0 {
            Err(Reason::NoVolume)
        } else if self.is_weak(bar.weak, bar.volume) {
            Err(Reason::SideQuality)
        } else {
            Ok(stacks.imbalance() as f64)
        };
        self.compare(bar);
    }

    fn compare(&mut self, bar: &TickBar) {
        let known = !self.is_weak(bar.weak, bar.volume);
        self.bar_divergence.push(bar.high.0, bar.low.0, known.then(|| bar.delta()));
    }

    /// Delta divergence of the last closed bar.
    pub fn bar_divergence(&self) -> &BarDivergence {
        &self.bar_divergence
    }

    /// Takes the minute's samples, after its output. The minute (or input bar) lasted `length`.
    pub fn sample_minute(&mut self, at: i64, length: i64) {
        let minute = self.totals.since(&self.minute);
        self.minute = self.totals;
        if let Some(open) = self.anchors.globex {
            self.speed.add(at - length - open, minute.volume());
        }
        let Some(time) = self.regular_time(at) else { return };
        self.speed.sample(time, minute.volume() as f64 / (length as f64 / 1e6));
        if let Ok(change) = self.delta_change(at) {
            self.scale.sample(time, change);
        }
    }

    /// Takes the sample of a 30 s bin (or an input bar), after its output.
    pub fn sample_bin(&mut self, at: i64) {
        let Some(time) = self.regular_time(at) else { return };
        if let Ok((flow, change)) = self.flow_and_change(at) {
            self.absorption.sample(time, flow, change);
        }
    }

    /// The eight features as of bin end `at`, which has been marked.
    pub fn values(&mut self, at: i64) -> FlowValues {
        let minute = self.window(Window::Minute, at);
        let five = self.window(Window::Five, at);
        let base = self.anchors.globex.and_then(|open| self.speed.base(at - 1 - open));
        let delta = self
            .gate(&minute)
            .and_then(|()| delta_imbalance(minute.buy, minute.sell, self.settings.min_vol));
        let z = self.delta_change(at).and_then(|change| self.scale.z(change));
        let (volume, weak) = self.divergence.volumes();
        let divergence = if self.is_weak(weak, volume) {
            Err(Reason::SideQuality)
        } else {
            self.divergence.value()
        };
        let absorption =
            self.flow_and_change(at).and_then(|(flow, change)| self.absorption.value(flow, change));
        let reliable = if self.bar > 0 { Err(Reason::NoTrades) } else { self.gate(&five) };
        let large = reliable.and_then(|()| large_imbalance(&five));
        let stack = if self.bar > 0 { Err(Reason::NoTrades) } else { self.stack };
        let ofi = self.expected_ticks(at, &minute);
        let speed = self.log_rate(at, base);
        FlowValues {
            features: [delta, z, divergence, stack, absorption, ofi, large, speed],
            unknown: minute.unknown,
            large: reliable.ok().map(|()| (five.large_buy, five.large_sell)),
            spread: self.bar_spread,
            large_share: self.bar_large.filter(|_| large.is_ok()),
            base_fallback: base.is_some_and(|base| base.fallback),
        }
    }

    fn expected_ticks(&mut self, at: i64, minute: &Totals) -> Value {
        if self.bar > 0 || self.quotes.fresh(at).is_none() {
            return Err(Reason::NoQuotes);
        }
        let depth = self.window(Window::Depth, at);
        expected_ticks(minute.ofi, &depth)
    }

    fn log_rate(&mut self, at: i64, base: Option<crate::features::tape_speed::Base>) -> Value {
        let length = Window::Ten.length(self.bar);
        if at - self.anchors.floor < length {
            return Err(Reason::Warmup);
        }
        let volume = self.window(Window::Ten, at).volume();
        log_rate(volume as f64 / (length as f64 / 1e6), base)
    }

    /// Change of cumulative delta over 300 s, once the session is that old.
    fn delta_change(&mut self, at: i64) -> Result<i64, Reason> {
        if at - self.anchors.floor < Window::Five.length(self.bar) {
            return Err(Reason::Warmup);
        }
        let window = self.window(Window::Five, at);
        self.gate(&window)?;
        Ok(window.delta())
    }

    /// Signed volume and price change in ticks over 30 s.
    fn flow_and_change(&mut self, at: i64) -> Result<(i64, f64), Reason> {
        let length = Window::Thirty.length(self.bar);
        if at - self.anchors.floor < length {
            return Err(Reason::Warmup);
        }
        let start = self.seconds.at(Window::Thirty, at - length);
        let now = self.seconds.newest_at(at);
        let window = now.totals.since(&start.totals);
        self.gate(&window)?;
        let change = match (start.twice_mid.zip(now.twice_mid), start.last.zip(now.last)) {
            (Some((then, now)), _) => (now - then) as f64 / 2.0,
            (None, Some((then, now))) => (now - then) as f64,
            (None, None) => return Err(Reason::Warmup),
        };
        Ok((window.delta(), change))
    }

    fn window(&mut self, window: Window, at: i64) -> Totals {
        let start = (at - window.length(self.bar)).max(self.anchors.floor);
        let start = self.seconds.at(window, start);
        self.seconds.newest_at(at).totals.since(&start.totals)
    }

    fn gate(&self, window: &Totals) -> Result<(), Reason> {
        if self.is_weak(window.weak, window.volume()) { Err(Reason::SideQuality) } else { Ok(()) }
    }

    fn is_weak(&self, weak: u64, volume: u64) -> bool {
        self.offered && weak as f64 > self.settings.side_weak_share_max * volume as f64
    }

    fn regular_time(&self, at: i64) -> Option<i64> {
        self.anchors.regular.map(|open| self.anchors.regular_before + at - open)
    }

    /// Cumulative delta of the part of the day: from the regular open in regular hours, else from
    /// the Globex open; contracts.
    pub fn cvd(&self) -> i64 {
        if self.anchors.regular.is_some() { self.cvd_rth } else { self.cvd_eth }
    }

    /// Cumulative delta since the Globex open, while it is open.
    pub fn cvd_eth(&self) -> Option<i64> {
        self.anchors.globex.map(|_| self.cvd_eth)
    }

    /// Cumulative delta since the regular open, in regular hours.
    pub fn cvd_rth(&self) -> Option<i64> {
        self.anchors.regular.map(|_| self.cvd_rth)
    }

    /// Last trade price of the session.
    pub fn last(&self) -> Option<Ticks> {
        self.last
    }

    /// Whether a contract was ever traded.
    pub fn has_traded(&self) -> bool {
        self.totals.volume() > 0
    }

    /// The quote in force if a quote came within the last 5 s before `at`.
    pub fn quote(&self, at: i64) -> Option<&Touch> {
        self.quotes.fresh(at)
    }

    /// Whether the tape never offered a flag or a quote: sides are from the tick rule alone.
    pub fn is_tick_only(&self) -> bool {
        !self.offered
    }

    /// Whether the threshold of large trades is the floor for want of sessions.
    pub fn is_large_floor(&self) -> bool {
        self.large.is_floor()
    }
}
