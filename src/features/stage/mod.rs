//! The stage of mia-features: market records in; bars, footprints, levels and features out.

mod boundary;
mod check;
mod depth;
mod input_bar;
mod option_input;
mod written;

use crate::config::Config;
use crate::features::anchors::Anchor;
use crate::features::books::Books;
use crate::features::contract::Contract;
use crate::features::contract::GridTrade;
use crate::features::large_trades::Print;
use crate::features::levels::LevelBoard;
use crate::features::ofi::Touch;
use crate::features::options::OptionFold;
use crate::features::options::OptionWork;
use crate::features::options::Unused;
use crate::features::reason::Value;
use crate::features::roll_watch::RollWatch;
use crate::features::session_clock::SessionClock;
use crate::features::session_volume::SessionVolume;
use crate::features::snapshot;
use crate::features::stage::check::check_size;
use crate::features::stage::check::too_far;
use crate::features::stage::input_bar::BAR_SECONDS;
use crate::market::Calendar;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Sym;
use crate::market::Ticks;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Features;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Stage;
use crate::wire::Trade;
use crate::wire::TradeFlag;

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
    anchors: Vec<Anchor>,
    books: Books,
    board: LevelBoard,
    chains: OptionFold,
    /// What a chain gave at the boundary at hand, until it is written.
    gex: Vec<Record>,
    /// End of the newest second with records.
    window_at: i64,
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
    /// The product has no contract facts in the configuration, or an anchor cannot be used.
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
        let anchors = Anchor::list(&config.vwap.anchors, &calendar)?;
        let context = &config.context;
        Ok(Self {
            chains: OptionFold::new(config, &calendar)?,
            gex: Vec::new(),
            window_at: i64::MIN,
            config: config.clone(),
            options,
            instrument,
            clock: SessionClock::new(calendar, &config.levels.opening_range_min),
            contract: None,
            roll: RollWatch::default(),
            volume: SessionVolume::new(context.history_sessions, context.history_min),
            time: i64::MIN,
            due: i64::MIN,
            board: LevelBoard::new(&config.levels, &anchors),
            anchors,
            books: Books::default(),
            features: Record::Features(snapshot::blank()),
            ignored: Ignored::default(),
        })
    }

    /// Chooses where option chains are valued; it makes no difference to the output.
    #[must_use]
    pub fn with_option_work(mut self, work: OptionWork) -> Self {
        self.chains.set_work(work);
        self
    }

    /// Option records that were read and not used so far.
    pub fn unused_options(&self) -> Unused {
        self.chains.unused()
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
            _ if self.instrument.is_product_of(sym) => Owner::Product,
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
        self.due = contract.due().min(self.clock.due()).min(self.chains.due());
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
        self.due = contract.due().min(self.clock.due()).min(self.chains.due());
        Ok(())
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
        self.chains.on_contract(&sym, at);
        self.window_at = i64::MIN;
        let mut contract = Contract::new(&self.config, &self.anchors, sym, at, input_bar);
        if let Some(date) = self.clock.session().map(|session| session.date) {
            for (ts, event) in self.clock.passed() {
                contract.on_session(event, ts, date);
            }
        }
        self.due = contract.due().min(self.clock.due()).min(self.chains.due());
        self.contract = Some(contract);
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

impl Stage for FeaturesStage {
    fn by(&self) -> By {
        By::Features
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[
            Kind::Trade,
            Kind::Quote,
            Kind::Depth,
            Kind::Bar,
            Kind::Clock,
            Kind::Option,
            Kind::Chain,
            Kind::Index,
        ])
    }

    #[inline]
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Trade(trade) => self.on_trade(trade, out)?,
            Record::Quote(quote) => self.on_quote(quote, out)?,
            Record::Depth(depth) => self.on_depth(depth, out)?,
            Record::Bar(bar) => self.on_bar(bar, out)?,
            Record::Option(row) => self.on_option(row)?,
            Record::Chain(chain) => self.on_chain(chain)?,
            Record::Index(index) => self.on_index(index)?,
            Record::Clock(clock) => self.advance(clock.ts.max(self.time), clock.ts, out)?,
            _ => {}
        }
        Ok(Flow::Pass)
    }
}
