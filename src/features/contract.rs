//! All state of one contract, and when its windows end.

use crate::config::Config;
use crate::features::absorption::BIN;
use crate::features::anchors::Anchor;
use crate::features::anchors::AnchoredVwaps;
use crate::features::bar_series::BarSeries;
use crate::features::bars::TickBar;
use crate::features::day::Day;
use crate::features::day::MINUTE;
use crate::features::large_trades::Print;
use crate::features::ofi::Touch;
use crate::features::order_flow::OrderFlow;
use crate::features::seconds::SECOND;
use crate::features::session_clock::SessionEvent;
use crate::market::AggressorRule;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::market::Ticks;
use crate::market::TradeDate;

/// No window is open.
const NEVER: i64 = i64::MAX;

/// The last whole multiple of `step` at or before `at`.
#[inline]
pub fn floor_to(at: i64, step: i64) -> i64 {
    at - at.rem_euclid(step)
}

/// Ends of the windows in which something happened, microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ends {
    second: i64,
    bin: i64,
    minute: i64,
    bar: i64,
}

impl Ends {
    const NONE: Self = Self { second: NEVER, bin: NEVER, minute: NEVER, bar: NEVER };

    fn earliest(&self) -> i64 {
        self.second.min(self.bin).min(self.minute).min(self.bar)
    }
}

/// What ended at a boundary.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Closed {
    /// A second with records, or a bar.
    pub window: bool,
    /// A bar.
    pub bar: Option<TickBar>,
    minute: bool,
    bin: bool,
}

/// A trade as the stage hands it over: on the grid, its size checked.
#[derive(Clone, Copy, Debug)]
pub struct GridTrade {
    /// Price.
    pub price: Ticks,
    /// The same as it came, for the aggressor rule.
    pub px: Px,
    /// Time, contracts, marks; the sign is filled in here.
    pub print: Print,
    /// Side as it came.
    pub side: Side,
    /// How that is known.
    pub source: SideSource,
}

/// One contract.
#[derive(Clone, Debug)]
pub struct Contract {
    sym: Sym,
    bar: i64,
    input_bar: i64,
    ends: Ends,
    due: i64,
    regular: bool,
    newest_bar: i64,
    rule: AggressorRule,
    flow: OrderFlow,
    series: BarSeries,
    day: Day,
    anchored: AnchoredVwaps,
}

impl Contract {
    /// A contract whose first record comes at `at`. `input_bar` is the length of the input bars in
    /// microseconds, 0 where trades are the input.
    pub fn new(config: &Config, anchors: &[Anchor], sym: Sym, at: i64, input_bar: i64) -> Self {
        Self {
            sym,
            bar: i64::from(config.bars.dur_s) * SECOND,
            input_bar,
            ends: Ends::NONE,
            due: NEVER,
            regular: false,
            newest_bar: i64::MIN,
            rule: AggressorRule::default(),
            flow: OrderFlow::new(config, floor_to(at, SECOND), input_bar),
            series: BarSeries::new(config),
            day: Day::new(config, at),
            anchored: AnchoredVwaps::new(anchors, &config.vwap, at),
        }
    }

    /// Its symbol.
    #[inline]
    pub fn sym(&self) -> &Sym {
        &self.sym
    }

    /// When the next window with something in it ends; `i64::MAX` if none is open.
    #[inline]
    pub fn due(&self) -> i64 {
        self.due
    }

    /// Length of the bars that come out, microseconds.
    pub fn bar_length(&self) -> i64 {
        if self.input_bar > 0 { self.input_bar } else { self.bar }
    }

    /// Whether bars are the input.
    pub fn is_on_bars(&self) -> bool {
        self.input_bar > 0
    }

    /// Whether a trade at `price` keeps the price rows within their bounds.
    #[inline]
    pub fn fits(&self, price: Ticks) -> bool {
        self.series.fits(price) && self.day.fits(price)
    }

    #[inline]
    fn touch(&mut self, at: i64) {
        if self.ends.second == NEVER {
            self.ends.second = floor_to(at, SECOND) + SECOND;
            self.due = self.ends.earliest();
        }
    }

    /// Folds a trade; its side is the wire's, or the rule's where the wire has none.
    #[inline]
    pub fn on_trade(&mut self, trade: GridTrade) {
        let at = trade.print.at;
        self.touch(at);
        if self.ends.bar == NEVER || self.ends.minute == NEVER || self.ends.bin == NEVER {
            self.start_windows(at);
        }
        let (side, source) = if trade.side == Side::None && trade.source == SideSource::None {
            self.rule.on_trade(trade.px)
        } else {
            self.rule.note_trade(trade.px);
            (trade.side, trade.source)
        };
        let weak = matches!(source, SideSource::Tick | SideSource::None);
        let print = Print { sign: side.sign(), ..trade.print };
        self.flow.on_trade(trade.price, print, weak);
        self.series.on_trade(trade.price, print.size, print.sign, weak);
        self.day.on_trade(trade.price, print.size);
        self.anchored.on_trade(at, trade.price, print.size);
    }

    #[cold]
    fn start_windows(&mut self, at: i64) {
        let end = |step: i64| floor_to(at, step) + step;
        if self.ends.bar == NEVER {
            self.ends.bar = end(self.bar);
        }
        if self.ends.minute == NEVER {
            self.ends.minute = end(MINUTE);
        }
        if self.ends.bin == NEVER {
            self.ends.bin = end(BIN);
        }
        self.due = self.ends.earliest();
    }

    /// Folds a quote; `touch` where it is usable, `bid` and `ask` as they came.
    #[inline]
    pub fn on_quote(&mut self, at: i64, bid: Option<Px>, ask: Option<Px>, touch: Option<Touch>) {
        self.touch(at);
        self.rule.on_quote(bid, ask);
        self.flow.on_quote(at, touch);
        self.day.on_quote();
    }

    /// Notes that a record of its book came.
    #[inline]
    pub fn on_depth(&mut self, at: i64) {
        self.touch(at);
        self.day.on_quote();
    }

    /// Folds an input bar that ended at `at`; `None` if it is not newer than the one before.
    pub fn on_bar(&mut self, at: i64, bar: &TickBar) -> Option<Closed> {
        if at <= self.newest_bar {
            return None;
        }
        self.newest_bar = at;
        self.flow.on_bar(bar);
        self.series.on_bar(bar);
        self.day.on_bar(bar);
        self.day.close_bar(bar);
        self.anchored.on_bar(at - self.input_bar, bar);
        self.flow.mark(at);
        self.flow.close_minute();
        self.day.close_minute(at);
        Some(Closed { window: true, bar: Some(*bar), minute: true, bin: true })
    }

    /// Ends the windows that end at `at`, before anything is written.
    pub fn close_windows(&mut self, at: i64) -> Closed {
        let mut closed = Closed { window: self.ends.second == at, ..Closed::default() };
        self.flow.mark(at);
        if self.ends.minute == at {
            self.flow.close_minute();
            self.day.close_minute(at);
            (closed.minute, self.ends.minute) = (true, NEVER);
        }
        if self.ends.bar == at {
            if let Some((bar, stacks)) = self.series.close() {
                self.flow.close_bar(stacks, &bar, at);
                self.day.close_bar(&bar);
                (closed.bar, closed.window) = (Some(bar), true);
            }
            self.ends.bar = NEVER;
        }
        if self.ends.bin == at {
            (closed.bin, self.ends.bin) = (true, NEVER);
        }
        if self.ends.second == at {
            self.ends.second = NEVER;
        }
        self.due = self.ends.earliest();
        closed
    }

    /// Takes the samples that must not be in the values written at `at`.
    pub fn after_output(&mut self, at: i64, closed: &Closed) {
        if closed.minute {
            let length = if self.input_bar > 0 { self.input_bar } else { MINUTE };
            self.flow.sample_minute(at, length);
        }
        if closed.bin {
            self.flow.sample_bin(at);
        }
        if closed.bar.is_some() {
            self.series.next();
        }
    }

    /// Something that the calendar makes happen at `at` in the session of `date`.
    pub fn on_session(&mut self, event: SessionEvent, at: i64, date: TradeDate) {
        self.anchored.on_session(event, at, date);
        match event {
            SessionEvent::Open => {
                self.rule.reset();
                self.flow.open(at);
                self.series.open();
                self.day.open(at);
            }
            SessionEvent::RegularOpen => {
                self.flow.regular_open(at);
                self.series.regular_open();
                self.day.regular_open(at);
                self.regular = true;
            }
            SessionEvent::OpeningRangeEnd(place) => self.day.opening_end(place, at),
            SessionEvent::InitialBalanceEnd => self.day.balance_end(at),
            SessionEvent::RegularClose => {
                self.flow.regular_close(at);
                self.day.regular_close(at, date);
                self.regular = false;
            }
            SessionEvent::Close => {
                self.flow.close(at);
                self.day.close();
            }
        }
    }

    /// Goes on with trades from `at` where bars were the input so far.
    pub fn switch_to_trades(&mut self, config: &Config, at: i64) {
        self.input_bar = 0;
        self.flow.restart(config, floor_to(at, SECOND));
        self.series = BarSeries::new(config);
    }

    /// Whether this is in regular hours.
    pub fn is_regular(&self) -> bool {
        self.regular
    }

    /// Order flow.
    pub fn flow(&self) -> &OrderFlow {
        &self.flow
    }

    /// Order flow, to ask it for values (its windows move forward).
    pub fn flow_mut(&mut self) -> &mut OrderFlow {
        &mut self.flow
    }

    /// Bars.
    pub fn series(&self) -> &BarSeries {
        &self.series
    }

    /// VWAPs from the user's anchors.
    pub fn anchored(&self) -> &AnchoredVwaps {
        &self.anchored
    }

    /// Session.
    pub fn day(&self) -> &Day {
        &self.day
    }

    /// Session, to ask it for its value area (computed when needed).
    pub fn day_mut(&mut self) -> &mut Day {
        &mut self.day
    }
}
