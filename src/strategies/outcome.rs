//! What would have become of a signal: a pessimistic look at the bars after it.

use crate::config::Config;
use crate::market::Calendar;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::market::Ticks;
use crate::strategies::pairing;
use crate::strategies::pairing::ClosedBar;
use crate::strategies::patterns::Pattern;
use crate::strategies::view::BarTicks;
use crate::wire::Bar;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Signal;
use crate::wire::SignalOp;
use crate::wire::TradeFlag;
use std::fmt;

/// How the trade of a signal ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// The first target was reached before the stop.
    Target,
    /// The stop was reached, or stop and target in one bar.
    Stop,
    /// Its pattern called for an exit; the code.
    Exit(String),
    /// The longest holding time was over.
    Time,
    /// The regular session was over.
    Close,
    /// The bars end before the trade does.
    Open,
}

impl End {
    /// The word for it; exits of a pattern by their code.
    pub fn name(&self) -> &str {
        match self {
            Self::Target => "target",
            Self::Stop => "stop",
            Self::Exit(code) => code,
            Self::Time => "time",
            Self::Close => "close",
            Self::Open => "open",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What became of one contract of an entered signal, the whole of it at the first target.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Id of the signal.
    pub id: String,
    /// Pattern.
    pub pattern: String,
    /// Bought or sold.
    pub side: Side,
    /// Regime at the signal.
    pub regime: String,
    /// Contract.
    pub sym: Sym,
    /// End of the signal's bar, microseconds UTC.
    pub ts: i64,
    /// Reference price of the signal.
    pub entry: Px,
    /// Protective stop.
    pub stop: Px,
    /// First target.
    pub target: Option<Px>,
    /// How it ended.
    pub end: End,
    /// End of the bar in which it ended, microseconds UTC; of the newest bar if it is open.
    pub ts_end: i64,
    /// Price at which it ended; of the newest close if it is open.
    pub exit: Px,
    /// Ticks made before costs.
    pub gross_ticks: i64,
    /// Ticks made after fees and slippage.
    pub net_ticks: f64,
    /// `net_ticks` in units of the risk taken, the distance from entry to stop; 0 without one.
    pub r: f64,
    /// Worst excursion in ticks, 0 or less.
    pub mae_ticks: i64,
    /// Best excursion in ticks, 0 or more.
    pub mfe_ticks: i64,
    /// Bars after the signal's, the last one included.
    pub bars: u32,
}

/// Follows every entered signal over the later bars of its contract.
///
/// The look is pessimistic and knows no orders: entry at the reference price, the signal bar's close
/// (latency 0, see QUANT 7.1); a bar that reaches stop and first target counts as the stop; a bar
/// that opens beyond the stop fills at its open, one that opens beyond the target only at the
/// target. A trade ends at the exit signal of its id (at the bar's close), after its longest holding
/// time (at the close), and with the regular session. Trailing and second targets are not followed.
///
/// Costs are the fees of a round trip and `risk.slip_ticks` of slippage, once: c = 0.36 + 1 ticks for
/// ES (QUANT 8.2). Memory is bounded by the signals of a session and by what [`Outcomes::take`]
/// leaves.
#[derive(Clone, Debug)]
pub struct Outcomes {
    instrument: Instrument,
    calendar: Calendar,
    cost_ticks: f64,
    /// Whether mia-features builds the bars; then those of a feed do not count.
    built: bool,
    open: Vec<Held>,
    done: Vec<Outcome>,
}

/// A trade under way; prices are ticks.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    pattern: String,
    side: Side,
    regime: String,
    sym: Sym,
    ts: i64,
    entry: i64,
    stop: i64,
    target: Option<i64>,
    /// End of the longest holding time, microseconds UTC.
    until: Option<i64>,
    /// End of the regular session, microseconds UTC.
    session_end: i64,
    /// Newest bar end and close.
    last: (i64, i64),
    mae: i64,
    mfe: i64,
    bars: u32,
}

impl Held {
    /// Ticks in favour of the trade at a price.
    const fn made(&self, px: i64) -> i64 {
        self.side.sign() * (px - self.entry)
    }

    /// Folds a later bar of the contract; the price and kind of the end, if it ends here.
    fn on_bar(&mut self, end: i64, bar: BarTicks) -> Option<(i64, End)> {
        self.last = (end, bar.close);
        self.bars += 1;
        let (low, high) = (self.made(bar.low), self.made(bar.high));
        let (worst, best) = (low.min(high), low.max(high));
        let (open, stop) = (self.made(bar.open), self.made(self.stop));
        if worst <= stop {
            // Whether the best of this bar came before the stop is not known: it does not count.
            let fill = open.min(stop);
            self.mae = self.mae.min(fill);
            self.mfe = self.mfe.max(open);
            return Some((self.entry + self.side.sign() * fill, End::Stop));
        }
        self.mae = self.mae.min(worst);
        if let Some(target) = self.target.filter(|target| best >= self.made(*target)) {
            self.mfe = self.mfe.max(self.made(target));
            return Some((target, End::Target));
        }
        self.mfe = self.mfe.max(best);
        if self.until.is_some_and(|until| end >= until) {
            return Some((bar.close, End::Time));
        }
        (end >= self.session_end).then_some((bar.close, End::Close))
    }
}

impl Outcomes {
    /// For the configured instrument.
    ///
    /// # Errors
    /// The instrument is not in the configuration (78).
    pub fn new(config: &Config, calendar: Calendar) -> Result<Self, Failure> {
        let instrument = config.instrument_named(&config.instrument).ok_or_else(|| {
            let message = format!("instrument `{}` is not configured", config.instrument);
            Failure::new(FailureClass::Config, message)
                .hint("add a table [instruments.ROOT] with tick, tick_value and fee_per_side")
        })?;
        Ok(Self {
            calendar,
            cost_ticks: cost_ticks(&instrument, config.risk.slip_ticks),
            built: false,
            open: Vec::new(),
            done: Vec::new(),
            instrument,
        })
    }

    /// What a round trip costs in ticks: fees and slippage.
    pub const fn cost_ticks(&self) -> f64 {
        self.cost_ticks
    }

    /// Takes a signal: an entry begins a trade, an exit ends the one of its id at its price.
    ///
    /// Signals of the latency benchmark are no ideas and are left out.
    ///
    /// # Errors
    /// A price off the tick grid (bad input), a stamp outside the calendar.
    pub fn on_signal(&mut self, signal: &Signal) -> Result<(), Failure> {
        if !self.instrument.is_product_of(&signal.sym) || signal.pattern == Pattern::Always.name() {
            return Ok(());
        }
        match signal.op {
            SignalOp::Enter => self.enter(signal),
            SignalOp::Exit => self.exit(signal),
        }
    }

    fn enter(&mut self, signal: &Signal) -> Result<(), Failure> {
        if self.open.iter().any(|held| held.id == signal.id) {
            return Ok(());
        }
        let session = self.calendar.session_at_or_after(signal.ts.saturating_sub(1))?;
        let hold_us = signal.manage.hold_min.map(|min| i64::from(min) * 60_000_000);
        let entry = self.ticks(signal.entry)?;
        self.open.push(Held {
            id: signal.id.clone(),
            pattern: signal.pattern.clone(),
            side: signal.side,
            regime: signal.regime.clone(),
            sym: signal.sym,
            ts: signal.ts,
            entry,
            stop: self.ticks(signal.stop)?,
            target: signal.targets.first().map(|px| self.ticks(*px)).transpose()?,
            until: hold_us.map(|us| signal.ts + us),
            session_end: session.rth.map_or(session.close, |(_, close)| close),
            last: (signal.ts, entry),
            mae: 0,
            mfe: 0,
            bars: 0,
        });
        Ok(())
    }

    fn exit(&mut self, signal: &Signal) -> Result<(), Failure> {
        let px = self.ticks(signal.entry)?;
        if let Some(i) = self.open.iter().position(|held| held.id == signal.id) {
            let mut held = self.open.remove(i);
            held.last = (signal.ts, px);
            let code = signal.why.first().cloned().unwrap_or_else(|| "exit".to_owned());
            self.end(held, px, End::Exit(code));
        }
        Ok(())
    }

    /// Takes a closed bar. A bar comes before the signals of its end.
    ///
    /// # Errors
    /// The bar is off the tick grid or not a bar: bad input.
    pub fn on_bar(&mut self, bar: &Bar) -> Result<(), Failure> {
        self.built |= bar.by.is_some();
        let counts = bar.by.is_some() == self.built && !bar.flags.has(TradeFlag::Late);
        if self.open.is_empty() || !counts || !self.instrument.is_product_of(&bar.sym) {
            return Ok(());
        }
        let closed = pairing::closed_bar(bar, &self.instrument)?;
        let mut open = 0;
        while let Some(held) = self.open.get_mut(open) {
            match step(held, &closed) {
                Some((px, end)) => {
                    let held = self.open.remove(open);
                    self.end(held, px, end);
                }
                None => open += 1,
            }
        }
        Ok(())
    }

    /// The outcomes known since the last call, in the order in which they were decided.
    pub fn take(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.done)
    }

    /// The outcomes not yet taken, and what is still open, at the newest close.
    pub fn finish(mut self) -> Vec<Outcome> {
        for held in std::mem::take(&mut self.open) {
            let px = held.last.1;
            self.end(held, px, End::Open);
        }
        self.done
    }

    fn end(&mut self, held: Held, px: i64, end: End) {
        let gross_ticks = held.made(px);
        let net_ticks = gross_ticks as f64 - self.cost_ticks;
        let risk = (held.entry - held.stop).abs();
        let price = |ticks: i64| self.instrument.px(Ticks(ticks));
        self.done.push(Outcome {
            ts_end: held.last.0,
            exit: price(px),
            entry: price(held.entry),
            stop: price(held.stop),
            target: held.target.map(price),
            gross_ticks,
            net_ticks,
            r: if risk == 0 { 0.0 } else { net_ticks / risk as f64 },
            mae_ticks: held.mae,
            mfe_ticks: held.mfe,
            bars: held.bars,
            end,
            id: held.id,
            pattern: held.pattern,
            side: held.side,
            regime: held.regime,
            sym: held.sym,
            ts: held.ts,
        });
    }

    fn ticks(&self, px: Px) -> Result<i64, Failure> {
        let tick = self.instrument.tick;
        let off = || Failure::bad_input(format!("signal price {px} is off the grid of {tick}"));
        self.instrument.ticks(px).map(|ticks| ticks.0).ok_or_else(off)
    }
}

/// The end of a trade at a bar, if it is one; the session may also be over without a last bar.
fn step(held: &mut Held, closed: &ClosedBar) -> Option<(i64, End)> {
    let (end, start) = (closed.tick.end, closed.tick.end - closed.tick.dur_us);
    if start >= held.session_end {
        return Some((held.last.1, End::Close));
    }
    if closed.tick.sym != held.sym || end <= held.last.0 {
        return None;
    }
    held.on_bar(end, closed.bar)
}

/// Fees of a round trip and slippage, ticks.
fn cost_ticks(instrument: &Instrument, slip_ticks: i64) -> f64 {
    let fees = 2 * instrument.fee_per_side.0;
    fees as f64 / instrument.tick_value.0 as f64 + slip_ticks as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::TradeDate;
    use crate::wire::By;
    use crate::wire::Num;
    use crate::wire::TradeFlags;
    use crate::wire::TradeManagement;

    const MINUTE: i64 = 60_000_000;
    /// Entry of every case, ticks: 5000.00. Stop 10 ticks away, target 20.
    const ENTRY: i64 = 20_000;

    fn es() -> Instrument {
        Config::default().instrument_named("ES").unwrap()
    }

    /// The regular hours of a plain Tuesday.
    fn hours() -> (i64, i64) {
        let session = Calendar::builtin().unwrap().session_of(TradeDate(20_260_310));
        session.unwrap().unwrap().rth.unwrap()
    }

    /// The price `ticks` in favour of a trade on `side`.
    fn px(side: Side, ticks: i64) -> Px {
        es().px(Ticks(ENTRY + side.sign() * ticks))
    }

    /// A bar by its ticks in favour: open, best, worst, close.
    fn bar(side: Side, end: i64, [open, best, worst, close]: [i64; 4]) -> Bar {
        let (a, b) = (px(side, best), px(side, worst));
        Bar {
            ts: end,
            sym: Sym::new("ESH26").unwrap(),
            by: Some(By::Features),
            ct: Some(end),
            dur: 60,
            o: px(side, open),
            h: a.max(b),
            l: a.min(b),
            c: px(side, close),
            v: 1,
            bv: None,
            av: None,
            n: None,
            src: None,
            flags: TradeFlags::default(),
        }
    }

    fn signal(side: Side, ts: i64, op: SignalOp) -> Signal {
        Signal {
            ts,
            sym: Sym::new("ESH26").unwrap(),
            by: By::Signal,
            ct: ts,
            op,
            id: "id".to_owned(),
            pattern: "va_rejection".to_owned(),
            side,
            entry: px(side, 0),
            stop: px(side, -10),
            targets: vec![px(side, 20), px(side, 40)],
            manage: TradeManagement::default(),
            confluence: Num(0.0),
            confidence: None,
            uncalibrated: true,
            regime: "RANGE".to_owned(),
            level_ids: vec![],
            why: vec![],
            msg: String::new(),
            expires: ts + MINUTE,
        }
    }

    fn outcomes() -> Outcomes {
        Outcomes::new(&Config::default(), Calendar::builtin().unwrap()).unwrap()
    }

    /// The outcome of an entry an hour after the open and the minutes after it, on one side.
    fn one_side(side: Side, hold_min: Option<u32>, bars: &[[i64; 4]]) -> Outcome {
        let ts = hours().0 + 60 * MINUTE;
        let mut fold = outcomes();
        // The bar of the signal itself would stop the trade at once, did it count.
        fold.on_bar(&bar(side, ts, [0, 30, -30, 0])).unwrap();
        let mut entry = signal(side, ts, SignalOp::Enter);
        entry.manage.hold_min = hold_min;
        fold.on_signal(&entry).unwrap();
        fold.on_bar(&bar(side, ts, [0, 30, -30, 0])).unwrap();
        for (shape, n) in bars.iter().zip(1..) {
            fold.on_bar(&bar(side, ts + n * MINUTE, *shape)).unwrap();
        }
        let mut all = fold.finish();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// As [`one_side`], for a purchase; the sale must be its mirror image.
    fn outcome(hold_min: Option<u32>, bars: &[[i64; 4]]) -> Outcome {
        let bought = one_side(Side::Buy, hold_min, bars);
        let sold = one_side(Side::Sell, hold_min, bars);
        let flip = |px: Px| Px::from_nanos(2 * 5000 * Px::SCALE - px.nanos());
        let mirrored = Outcome {
            side: Side::Buy,
            entry: flip(sold.entry),
            stop: flip(sold.stop),
            target: sold.target.map(flip),
            exit: flip(sold.exit),
            ..sold
        };
        assert_eq!(mirrored, bought);
        bought
    }

    fn facts(outcome: &Outcome) -> (&str, i64, i64, i64, u32) {
        let Outcome { end, gross_ticks, mae_ticks, mfe_ticks, bars, .. } = outcome;
        (end.name(), *gross_ticks, *mae_ticks, *mfe_ticks, *bars)
    }

    const QUIET: [i64; 4] = [0, 3, -4, 1];

    #[test]
    fn the_target_is_reached() {
        let o = outcome(None, &[QUIET, [1, 25, -2, 22], [22, 40, -40, 0]]);
        assert_eq!(facts(&o), ("target", 20, -4, 20, 2));
        assert_eq!(o.ts_end - o.ts, 2 * MINUTE);
        assert_eq!(o.exit, Px::from_nanos(5005 * Px::SCALE));
        // Vector 35 and QUANT 8.2: 0.36 tick of fees and one of slippage.
        assert!((outcomes().cost_ticks() - 1.36).abs() < 1e-12);
        assert!((o.net_ticks - 18.64).abs() < 1e-12 && (o.r - 1.864).abs() < 1e-12);
    }

    #[test]
    fn a_touch_is_enough_and_one_tick_less_is_not() {
        assert_eq!(facts(&outcome(None, &[[0, 20, 0, 3]])), ("target", 20, 0, 20, 1));
        assert_eq!(facts(&outcome(None, &[[0, 19, 0, 3]])), ("open", 3, 0, 19, 1));
        assert_eq!(facts(&outcome(None, &[[0, 0, -10, -3]])), ("stop", -10, -10, 0, 1));
        assert_eq!(facts(&outcome(None, &[[0, 0, -9, -3]])), ("open", -3, -9, 0, 1));
    }

    #[test]
    fn stop_and_target_in_one_bar_count_as_the_stop() {
        let o = outcome(None, &[QUIET, [0, 30, -10, 30]]);
        assert_eq!(facts(&o), ("stop", -10, -10, 3, 2));
        assert!((o.net_ticks + 11.36).abs() < 1e-12 && (o.r + 1.136).abs() < 1e-12);
    }

    #[test]
    fn a_gap_beyond_the_stop_fills_at_the_open_and_one_beyond_the_target_at_the_target() {
        let o = outcome(None, &[QUIET, [-17, -11, -25, -12]]);
        assert_eq!(facts(&o), ("stop", -17, -17, 3, 2));
        assert_eq!(facts(&outcome(None, &[[33, 50, 30, 40]])), ("target", 20, 0, 20, 1));
    }

    #[test]
    fn the_holding_time_ends_at_a_close() {
        let o = outcome(Some(2), &[QUIET, [1, 6, -1, 5], [5, 25, 5, 20]]);
        assert_eq!(facts(&o), ("time", 5, -4, 6, 2));
        // Stop and target of that bar come first.
        assert_eq!(facts(&outcome(Some(1), &[[0, 20, 0, 2]])), ("target", 20, 0, 20, 1));
        assert_eq!(facts(&outcome(Some(1), &[[0, 2, -10, 2]])), ("stop", -10, -10, 0, 1));
    }

    #[test]
    fn what_is_open_at_the_end_is_marked_to_the_newest_close() {
        assert_eq!(facts(&outcome(None, &[])), ("open", 0, 0, 0, 0));
        let o = outcome(Some(5), &[QUIET, [1, 7, -6, -2]]);
        assert_eq!(facts(&o), ("open", -2, -6, 7, 2));
    }

    #[test]
    fn the_exit_of_the_pattern_ends_the_trade_at_its_close() {
        for side in [Side::Buy, Side::Sell] {
            let ts = hours().0 + 60 * MINUTE;
            let mut fold = outcomes();
            fold.on_signal(&signal(side, ts, SignalOp::Enter)).unwrap();
            fold.on_bar(&bar(side, ts + MINUTE, [0, 9, -2, 7])).unwrap();
            assert!(fold.take().is_empty());
            let mut exit = signal(side, ts + MINUTE, SignalOp::Exit);
            exit.entry = px(side, 7);
            exit.why = vec!["vwap_z_exit".to_owned()];
            fold.on_signal(&Signal { id: "other".to_owned(), ..exit.clone() }).unwrap();
            assert!(fold.take().is_empty());
            fold.on_signal(&exit).unwrap();
            assert_eq!(facts(&fold.take()[0]), ("vwap_z_exit", 7, -2, 9, 1));
            // What has ended stays ended.
            fold.on_signal(&exit).unwrap();
            fold.on_bar(&bar(side, ts + 2 * MINUTE, [0, 50, -50, 7])).unwrap();
            assert!(fold.finish().is_empty());
        }
    }

    #[test]
    fn the_regular_close_ends_every_trade() {
        let (_, close) = hours();
        for side in [Side::Buy, Side::Sell] {
            let mut fold = outcomes();
            fold.on_signal(&signal(side, close - 3 * MINUTE, SignalOp::Enter)).unwrap();
            fold.on_bar(&bar(side, close - MINUTE, QUIET)).unwrap();
            assert!(fold.take().is_empty());
            fold.on_bar(&bar(side, close, [1, 5, 0, 4])).unwrap();
            assert_eq!(facts(&fold.take()[0]), ("close", 4, -4, 5, 2));

            // The last bar is missing, and the next one belongs to another contract.
            fold.on_signal(&signal(side, close - 3 * MINUTE, SignalOp::Enter)).unwrap();
            fold.on_bar(&bar(side, close - MINUTE, QUIET)).unwrap();
            let mut next = bar(side, close + MINUTE, [-30, -30, -30, -30]);
            next.sym = Sym::new("ESM26").unwrap();
            fold.on_bar(&next).unwrap();
            let ended = fold.take();
            assert_eq!(facts(&ended[0]), ("close", 1, -4, 3, 1));
            assert_eq!(ended[0].ts_end, close - MINUTE);
        }
    }

    #[test]
    fn bars_that_do_not_count_change_nothing() {
        let ts = hours().0 + 60 * MINUTE;
        let wild = [0, 50, -50, 0];
        let mut fold = outcomes();
        fold.on_bar(&bar(Side::Buy, ts, QUIET)).unwrap();
        fold.on_signal(&signal(Side::Buy, ts, SignalOp::Enter)).unwrap();
        let mut other = bar(Side::Buy, ts + MINUTE, wild);
        other.sym = Sym::new("ESM26").unwrap();
        fold.on_bar(&other).unwrap();
        // A feed's bar beside those that mia-features builds; a late one.
        fold.on_bar(&Bar { by: None, ..bar(Side::Buy, ts + MINUTE, wild) }).unwrap();
        let mut late = bar(Side::Buy, ts + MINUTE, wild);
        late.flags = TradeFlags::default().with(TradeFlag::Late);
        fold.on_bar(&late).unwrap();
        // The same id does not enter twice, the benchmark not at all.
        fold.on_signal(&signal(Side::Buy, ts, SignalOp::Enter)).unwrap();
        let always = Signal {
            pattern: "always".to_owned(),
            id: "always".to_owned(),
            ..signal(Side::Buy, ts, SignalOp::Enter)
        };
        fold.on_signal(&always).unwrap();
        let all = fold.finish();
        assert_eq!(all.len(), 1);
        assert_eq!(facts(&all[0]), ("open", 0, 0, 0, 0));
    }

    #[test]
    fn a_price_off_the_grid_is_refused() {
        let ts = hours().0 + 60 * MINUTE;
        let mut wrong = signal(Side::Buy, ts, SignalOp::Enter);
        wrong.stop = Px::from_nanos(4999 * Px::SCALE + 1);
        assert!(outcomes().on_signal(&wrong).is_err());
    }
}
