//! The stage of mia-features: market records in; bars, footprints, levels and features out.

use crate::config::Config;
use crate::features::bars::TickBar;
use crate::features::contract::Closed;
use crate::features::contract::Contract;
use crate::features::contract::GridTrade;
use crate::features::contract::floor_to;
use crate::features::large_trades::Print;
use crate::features::levels::LevelBoard;
use crate::features::ofi::Touch;
use crate::features::reason::Value;
use crate::features::roll_watch::RollWatch;
use crate::features::seconds::SECOND;
use crate::features::session_clock::SessionClock;
use crate::features::session_clock::SessionEvent;
use crate::features::session_volume::SessionVolume;
use crate::features::snapshot;
use crate::market::Calendar;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Sym;
use crate::market::Ticks;
use crate::wire::Bar;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Features;
use crate::wire::Flow;
use crate::wire::Footprint;
use crate::wire::FootprintRow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Levels;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Stage;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// Largest size of a trade, a quote or a bar that is believed, contracts.
const SIZE_MAX: u64 = 10_000_000;

/// Lengths of bars that are believed, seconds.
const BAR_SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// Widest range of a bar that is believed, ticks (10,000 points of ES).
const BAR_RANGE_MAX: i64 = 40_000;

/// What the command line decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeaturesOptions {
    /// Whether a `footprint` follows each bar built from trades.
    pub footprint: bool,
}

/// Records that were read and not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ignored {
    /// Late, or not price forming.
    pub not_counting: u64,
    /// Of another contract of the product.
    pub other_contract: u64,
    /// Trades, quotes and bars of another product.
    pub other_product: u64,
    /// Bars while trades are the input, or of another length, or not newer than the last.
    pub bars: u64,
}

/// The fold.
pub struct FeaturesStage {
    config: Config,
    options: FeaturesOptions,
    instrument: Instrument,
    clock: SessionClock,
    contract: Option<Contract>,
    roll: RollWatch,
    volume: SessionVolume,
    time: i64,
    due: i64,
    board: LevelBoard,
    features: Record,
    ignored: Ignored,
}

/// Whose record it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The contract in use.
    Active,
    /// Another contract of the product, or the first.
    Product,
    /// Another product.
    Foreign,
}

impl FeaturesStage {
    /// A stage for the product `config.instrument`.
    ///
    /// # Errors
    /// The product has no contract facts in the configuration.
    pub fn new(
        config: &Config,
        calendar: Calendar,
        options: FeaturesOptions,
    ) -> Result<Self, Failure> {
        let instrument = config.instrument_named(&config.instrument).ok_or_else(|| {
            let message = format!("instrument {} is not configured", config.instrument);
            Failure::new(FailureClass::Config, message)
                .hint(format!("add [instruments.{}] to the configuration", config.instrument))
        })?;
        if instrument.tick.nanos() <= 0 {
            let message =
                format!("tick {} of {} is not positive", instrument.tick, instrument.root);
            return Err(Failure::new(FailureClass::Config, message));
        }
        if !BAR_SECONDS.contains(&config.bars.dur_s) {
            let message = format!("bars.dur_s {} is not within 1 to 86400", config.bars.dur_s);
            return Err(Failure::new(FailureClass::Config, message));
        }
        let context = &config.context;
        Ok(Self {
            config: config.clone(),
            options,
            instrument,
            clock: SessionClock::new(calendar),
            contract: None,
            roll: RollWatch::default(),
            volume: SessionVolume::new(context.history_sessions, context.history_min),
            time: i64::MIN,
            due: i64::MIN,
            board: LevelBoard::default(),
            features: Record::Features(snapshot::blank()),
            ignored: Ignored::default(),
        })
    }

    /// What was read and not used so far.
    pub fn ignored(&self) -> Ignored {
        self.ignored
    }

    /// Whether a record of the product was used.
    pub const fn has_input(&self) -> bool {
        self.contract.is_some()
    }

    #[inline]
    fn owner(&self, sym: &Sym) -> Owner {
        match &self.contract {
            Some(contract) if contract.sym() == sym => Owner::Active,
            _ if sym.root() == self.instrument.root => Owner::Product,
            _ => Owner::Foreign,
        }
    }

    #[inline]
    fn on_trade(&mut self, trade: &Trade, out: &mut dyn Emit) -> Result<(), Failure> {
        let owner = self.owner(&trade.sym);
        if owner == Owner::Foreign {
            self.ignored.other_product += 1;
            return Ok(());
        }
        if !trade.counts() {
            self.ignored.not_counting += 1;
            return Ok(());
        }
        let price = self.on_grid(trade.px)?;
        check_size(trade.sz, 1)?;
        let at = trade.ts.max(self.time);
        self.advance(at, trade.ts, out)?;
        if owner != Owner::Active && !self.take_over(trade.sym, trade.sz, at, 0) {
            return Ok(());
        }
        let Some(contract) = &mut self.contract else { return Ok(()) };
        if contract.is_on_bars() {
            contract.switch_to_trades(&self.config, at);
        }
        if !contract.fits(price) {
            return Err(too_far(trade.px));
        }
        contract.on_trade(GridTrade {
            price,
            px: trade.px,
            print: Print {
                at,
                size: trade.sz,
                sign: 0,
                first: trade.flags.has(TradeFlag::BundleFirst),
                last: trade.flags.has(TradeFlag::BundleLast),
            },
            side: trade.side,
            source: trade.ss,
        });
        self.due = contract.due().min(self.clock.due());
        Ok(())
    }

    #[inline]
    fn on_quote(&mut self, quote: &Quote, out: &mut dyn Emit) -> Result<(), Failure> {
        let owner = self.owner(&quote.sym);
        if owner == Owner::Foreign {
            self.ignored.other_product += 1;
            return Ok(());
        }
        if quote.flags.has(TradeFlag::Late) {
            self.ignored.not_counting += 1;
            return Ok(());
        }
        let bid = quote.bid.map(|px| self.on_grid(px)).transpose()?;
        let ask = quote.ask.map(|px| self.on_grid(px)).transpose()?;
        check_size(quote.bsz.max(quote.asz), 0)?;
        let at = quote.ts.max(self.time);
        self.advance(at, quote.ts, out)?;
        if self.contract.is_none() {
            self.adopt(quote.sym, at, 0);
        } else if owner != Owner::Active {
            self.ignored.other_contract += 1;
            return Ok(());
        }
        let Some(contract) = &mut self.contract else { return Ok(()) };
        if contract.is_on_bars() {
            return Ok(());
        }
        let touch = bid.zip(ask).filter(|_| quote.touch().is_some()).map(|(bid, ask)| Touch {
            bid,
            bid_size: quote.bsz,
            ask,
            ask_size: quote.asz,
        });
        contract.on_quote(at, quote.bid, quote.ask, touch);
        self.due = contract.due().min(self.clock.due());
        Ok(())
    }

    /// A feed's bar: the bars of the stream are then the input, not its trades.
    fn on_bar(&mut self, bar: &Bar, out: &mut dyn Emit) -> Result<(), Failure> {
        let owner = self.owner(&bar.sym);
        if owner == Owner::Foreign || bar.by.is_some() {
            self.ignored.other_product += u64::from(owner == Owner::Foreign);
            return Ok(());
        }
        if bar.flags.has(TradeFlag::Late) {
            self.ignored.not_counting += 1;
            return Ok(());
        }
        let values = self.bar_values(bar)?;
        let length = i64::from(bar.dur) * SECOND;
        let start = bar.ts.saturating_sub(length).max(self.time);
        self.advance(start, bar.ts, out)?;
        if owner != Owner::Active && !self.take_over(bar.sym, bar.v, start, length) {
            return Ok(());
        }
        let quotes_alone = |c: &Contract| !c.is_on_bars() && !c.flow().has_traded();
        if self.contract.as_ref().is_some_and(quotes_alone) {
            self.adopt(bar.sym, start, length);
        }
        let Some(contract) = &mut self.contract else { return Ok(()) };
        if !contract.fits(values.low) || !contract.fits(values.high) {
            return Err(too_far(bar.h));
        }
        let usable = contract.is_on_bars() && contract.bar_length() == length;
        let Some(closed) = usable.then(|| contract.on_bar(bar.ts, &values)).flatten() else {
            self.ignored.bars += 1;
            return self.advance(bar.ts.max(self.time), bar.ts, out);
        };
        self.write_boundary(bar.ts, bar.ts, &closed, out);
        self.time = self.time.max(bar.ts);
        Ok(())
    }

    fn bar_values(&self, bar: &Bar) -> Result<TickBar, Failure> {
        check_size(bar.v, 1)?;
        let (sold, bought) = (bar.bv.unwrap_or(0), bar.av.unwrap_or(0));
        let known = sold.saturating_add(bought);
        let values = TickBar {
            open: self.on_grid(bar.o)?,
            high: self.on_grid(bar.h)?,
            low: self.on_grid(bar.l)?,
            close: self.on_grid(bar.c)?,
            volume: bar.v,
            sold,
            bought,
            weak: bar.v.saturating_sub(known),
            trades: bar.n.unwrap_or(0),
        };
        if !BAR_SECONDS.contains(&bar.dur) {
            let message = format!("bar of {} s is not within 1 to 86400", bar.dur);
            return Err(Failure::bad_input(message));
        }
        let inside = |price: Ticks| values.low <= price && price <= values.high;
        if !inside(values.open) || !inside(values.close) || known > bar.v {
            return Err(Failure::bad_input(format!(
                "bar o {} h {} l {} c {} v {} bv {sold} av {bought} dur {} contradicts itself",
                bar.o, bar.h, bar.l, bar.c, bar.v, bar.dur
            )));
        }
        if (values.high - values.low).0 > BAR_RANGE_MAX {
            return Err(too_far(bar.h));
        }
        Ok(values)
    }

    fn on_grid(&self, px: Px) -> Result<Ticks, Failure> {
        self.instrument.ticks(px).ok_or_else(|| {
            let tick = self.instrument.tick;
            Failure::bad_input(format!("price {px} is off the tick grid of {tick}"))
        })
    }

    /// Whether the contract `sym`, which is not the one in use, is used from here on.
    fn take_over(&mut self, sym: Sym, size: u64, at: i64, input_bar: i64) -> bool {
        if let Some(contract) = &self.contract {
            let idle = contract.day().traded() == 0;
            if !self.roll.on_other(sym, size, contract.sym(), idle) {
                self.ignored.other_contract += 1;
                return false;
            }
        }
        self.adopt(sym, at, input_bar);
        true
    }

    /// Starts the contract `sym`, with its own history alone, in the session in force.
    fn adopt(&mut self, sym: Sym, at: i64, input_bar: i64) {
        self.volume.start(at);
        let mut contract = Contract::new(&self.config, sym, at, input_bar);
        for (ts, event) in self.clock.passed() {
            contract.on_session(event, ts);
        }
        self.due = contract.due().min(self.clock.due());
        self.contract = Some(contract);
    }

    /// Brings event time to `at`: writes everything that ends at or before it.
    #[inline]
    fn advance(&mut self, at: i64, ct: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        self.time = at;
        if at < self.due { Ok(()) } else { self.pass_boundaries(at, ct, out) }
    }

    #[cold]
    fn pass_boundaries(&mut self, at: i64, ct: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        // The session that follows a closed one is looked up at the stamp that is now reached.
        self.clock.enter(at)?;
        let target = floor_to(at, SECOND);
        loop {
            let windows = self.contract.as_ref().map_or(i64::MAX, Contract::due);
            let due = windows.min(self.clock.due());
            if due > target {
                self.due = due;
                return Ok(());
            }
            let closed = match &mut self.contract {
                Some(contract) if windows == due => contract.close_windows(due),
                _ => Closed::default(),
            };
            self.write_boundary(due, ct, &closed, out);
            self.clock.enter(at)?;
        }
    }

    /// Writes what ended at `at`: bar, footprint, levels, features last; takes the samples that
    /// must not be in them and lets the session events of this moment happen.
    fn write_boundary(&mut self, at: i64, ct: i64, closed: &Closed, out: &mut dyn Emit) {
        if let (Some(contract), Record::Features(features)) =
            (&mut self.contract, &mut self.features)
        {
            if closed.window {
                snapshot::fill(features, contract, &self.clock, &self.instrument, at, ct);
            }
            if let Some(bar) = closed.bar.filter(|_| !contract.is_on_bars()) {
                out.before(&built_bar(&bar, contract, &self.instrument, at, ct));
                if self.options.footprint {
                    out.before(&footprint(contract, &self.instrument, at, ct));
                }
            }
            contract.after_output(at, closed);
        }
        let event = self.pass_session_events(at);
        if closed.bar.is_some() || event {
            self.write_levels(at, ct, out);
        }
        if closed.window {
            out.before(&self.features);
        }
    }

    fn pass_session_events(&mut self, at: i64) -> bool {
        let mut any = false;
        let session = self.clock.session().map(|session| (session.open, session.rth.is_some()));
        while let Some((ts, event)) = self.clock.take(at) {
            any = true;
            if let Some(contract) = &mut self.contract {
                if event == SessionEvent::Close {
                    let traded = contract.day().traded();
                    if let Some((open, regular)) = session {
                        let others = self.roll.running();
                        self.volume.end_session(open, regular, traded.saturating_add(others));
                    }
                    self.roll.end_session(*contract.sym(), traded);
                }
                contract.on_session(event, ts);
            }
        }
        any
    }

    fn write_levels(&mut self, at: i64, ct: i64, out: &mut dyn Emit) {
        let Some(contract) = &self.contract else { return };
        let day = contract.day();
        self.board.collect(at, day.levels(), day.vwap_level(at));
        let points = self.config.levels.round_points;
        if let Some(last) = contract.flow().last().filter(|_| points > 0) {
            self.board.add_rounds(at, last, points, &self.instrument);
        }
        if !self.board.moved() {
            return;
        }
        let lv = self.board.write(&self.instrument);
        let levels = Levels { ts: at, sym: *contract.sym(), by: By::Features, ct, lv };
        out.before(&Record::Levels(levels));
    }

    /// Average daily volume of the product over the last whole sessions, contracts (QUANT 3.8).
    ///
    /// # Errors
    /// `no_adv` with fewer than five whole sessions.
    pub fn adv(&self) -> Value {
        self.volume.adv()
    }

    /// The features written last, for tests that drive the stage without a stream.
    pub fn newest(&self) -> Option<&Features> {
        match &self.features {
            Record::Features(features) => Some(features),
            _ => None,
        }
    }
}

fn check_size(size: u64, least: u64) -> Result<(), Failure> {
    if (least..=SIZE_MAX).contains(&size) {
        Ok(())
    } else {
        Err(Failure::bad_input(format!("size {size} is not within {least} to {SIZE_MAX}")))
    }
}

fn too_far(px: Px) -> Failure {
    Failure::bad_input(format!("price {px} is too far from the prices before it"))
}

fn built_bar(
    bar: &TickBar,
    contract: &Contract,
    instrument: &Instrument,
    at: i64,
    ct: i64,
) -> Record {
    Record::Bar(Bar {
        ts: at,
        sym: *contract.sym(),
        by: Some(By::Features),
        ct: Some(ct),
        dur: (contract.bar_length() / SECOND) as u32,
        o: instrument.px(bar.open),
        h: instrument.px(bar.high),
        l: instrument.px(bar.low),
        c: instrument.px(bar.close),
        v: bar.volume,
        bv: Some(bar.sold),
        av: Some(bar.bought),
        n: Some(bar.trades),
        src: None,
        flags: TradeFlags::default(),
    })
}

fn footprint(contract: &Contract, instrument: &Instrument, at: i64, ct: i64) -> Record {
    let (low, rows) = contract.series().footprint().rows().unwrap_or((Ticks(0), &[]));
    let prices = (low.0..).map(|ticks| instrument.px(Ticks(ticks)));
    let rows = prices.zip(rows).map(|(px, row)| FootprintRow(px, row.sold, row.bought));
    let mut rows: Vec<_> = rows.filter(|row| row.1 + row.2 > 0).collect();
    rows.reverse();
    Record::Footprint(Footprint {
        ts: at,
        sym: *contract.sym(),
        by: By::Features,
        ct,
        dur: (contract.bar_length() / SECOND) as u32,
        rows,
    })
}

impl Stage for FeaturesStage {
    fn by(&self) -> By {
        By::Features
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Trade, Kind::Quote, Kind::Bar, Kind::Clock])
    }

    #[inline]
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Trade(trade) => self.on_trade(trade, out)?,
            Record::Quote(quote) => self.on_quote(quote, out)?,
            Record::Bar(bar) => self.on_bar(bar, out)?,
            Record::Clock(clock) => self.advance(clock.ts.max(self.time), clock.ts, out)?,
            _ => {}
        }
        Ok(Flow::Pass)
    }
}
