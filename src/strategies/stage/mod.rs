//! The fold of mia-signal.

mod judge;

use crate::config::Config;
use crate::market::Calendar;
use crate::market::Instrument;
use crate::market::Side;
use crate::market::Sym;
use crate::strategies::band::BandWatch;
use crate::strategies::bar_clock::BarClock;
use crate::strategies::bar_clock::Moment;
use crate::strategies::bar_clock::Restart;
use crate::strategies::bench_signal::BenchSignal;
use crate::strategies::clusters::ClusterMap;
use crate::strategies::clusters::Clusters;
use crate::strategies::code::Code;
use crate::strategies::detectors::Detectors;
use crate::strategies::dom::DomGate;
use crate::strategies::five_minute_atr::FiveMinuteAtr;
use crate::strategies::level_book::LevelBook;
use crate::strategies::level_book::ValueArea;
use crate::strategies::model::Confidence;
use crate::strategies::model::Model;
use crate::strategies::open_trades::OpenTrades;
use crate::strategies::pairing::ClosedBar;
use crate::strategies::pairing::FeatureFacts;
use crate::strategies::pairing::Pairing;
use crate::strategies::patterns::Pattern;
use crate::strategies::regime::RegimeWatch;
use crate::strategies::report::Occasion;
use crate::strategies::selector::Selector;
use crate::strategies::selector::Strategy;
use crate::strategies::view::BarTicks;
use crate::strategies::view::Print;
use crate::strategies::view::View;
use crate::strategies::viewing;
use crate::strategies::watch::Watch;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Stage;
use crate::wire::StreamMode;
use crate::wire::Trade;
use crate::wire::TradeFlag;

/// How the stage is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SignalOptions {
    /// Write an `explain` record for every closed bar, pattern and side.
    pub explain: bool,
    /// Which strategy may trade.
    pub strategy: Strategy,
}

/// Turns closed bars, levels and features into signals (QUANT 5).
///
/// A bar and the `features` record of the same stamp and contract are evaluated together, whichever
/// comes second: a bar built by mia-features precedes its features, a bar from a feed follows them.
/// Features between bar ends are not read, trades only while a machine listens to them.
#[derive(Debug)]
pub struct SignalStage {
    instrument: Instrument,
    clock: BarClock,
    atr: FiveMinuteAtr,
    levels: LevelBook,
    /// Clusters as a sale and as a purchase sees them.
    clusters: [ClusterMap; 2],
    watches: Vec<Watch>,
    detectors: Detectors,
    veto: f64,
    dom: DomGate,
    selector: Selector,
    regime: RegimeWatch,
    band: BandWatch,
    open: OpenTrades,
    bench: Option<BenchSignal>,
    explain: bool,
    open_wait_min: u32,
    pairing: Pairing,
    confidence: Confidence,
    confidence_q: f64,
    /// Whether any machine wants trades before the next bar end.
    listening: bool,
    live: bool,
}

impl SignalStage {
    /// The stage for the configured instrument.
    ///
    /// # Errors
    /// The instrument is not in the configuration (78).
    pub fn new(
        config: &Config,
        calendar: Calendar,
        options: SignalOptions,
    ) -> Result<Self, Failure> {
        let instrument = config.instrument_named(&config.instrument).ok_or_else(|| {
            let message = format!("instrument `{}` is not configured", config.instrument);
            Failure::new(FailureClass::Config, message)
                .hint("add a table [instruments.ROOT] with tick, tick_value and fee_per_side")
        })?;
        Ok(Self {
            clock: BarClock::new(calendar, config.bars.missing_max),
            atr: FiveMinuteAtr::default(),
            levels: LevelBook::new(config.levels.clone()),
            clusters: [ClusterMap::default(), ClusterMap::default()],
            watches: watches(config),
            detectors: Detectors::new(&config.detectors, &instrument),
            veto: config.detectors.microstructure_veto,
            dom: DomGate::new(&config.patterns, &instrument),
            selector: Selector::new(config, &instrument, options.strategy),
            regime: RegimeWatch::default(),
            band: BandWatch::new(config),
            open: OpenTrades::default(),
            bench: BenchSignal::new(config.signals.always_every_s),
            explain: options.explain,
            open_wait_min: config.patterns.open_wait_min,
            pairing: Pairing::default(),
            confidence: Confidence::default(),
            confidence_q: config.selector.confidence_q,
            listening: false,
            live: false,
            instrument,
        })
    }

    /// With a model: a calibrated one gives signals their confidence, and refuses those below the
    /// `selector.confidence_q` quantile of its training period.
    #[must_use]
    pub fn with_model(mut self, model: Model) -> Self {
        self.confidence = Confidence::new(model, self.confidence_q);
        self
    }

    fn is_ours(&self, sym: Sym) -> bool {
        self.instrument.is_product_of(&sym)
    }

    /// Folds a bar close: exits, entries, then what is published and explained.
    fn evaluate(
        &mut self,
        closed: ClosedBar,
        features: &FeatureFacts,
        out: &mut dyn Emit,
    ) -> Result<(), Failure> {
        let facts = viewing::facts(features, &self.instrument)?;
        let moment = self.clock.advance(closed.tick)?;
        self.restart(moment, closed.tick.sym);
        let (now, sym) = (closed.tick.end, closed.tick.sym);
        if moment.regular {
            let BarTicks { high, low, close, .. } = closed.bar;
            self.atr.on_bar(now, high, low, close);
            self.levels.on_bar(sym, closed.bar, self.atr.value());
            self.regime.on_bar(facts.regime, now);
            for (map, side) in self.clusters.iter_mut().zip([Side::Sell, Side::Buy]) {
                self.levels.cluster(map, side, now, self.atr.value());
            }
        } else {
            self.open.clear();
        }
        let atm_iv = features.x.atm_iv.map(|iv| iv.0);
        let occasion = Occasion {
            ts: now,
            ct: features.ct,
            sym,
            expires: now + closed.tick.dur_us,
            close: closed.close,
            regime: facts.regime,
            band: self.band.at(now, atm_iv),
        };
        let seen = Seen { closed, moment, facts, area: self.levels.value_area(sym) };
        // The maps leave the stage while the views that borrow them are alive.
        let clusters = std::mem::take(&mut self.clusters);
        self.judge(&seen, &clusters, features, &occasion, out);
        self.clusters = clusters;
        self.listening = self.watches.iter().any(|watch| watch.machine().listens());
        Ok(())
    }

    fn restart(&mut self, moment: Moment, sym: Sym) {
        let Some(restart) = moment.restart else { return };
        for watch in &mut self.watches {
            watch.reset(restart);
        }
        self.detectors.reset();
        if restart == Restart::Stale {
            return;
        }
        self.regime = RegimeWatch::default();
        self.open.clear();
        self.levels.on_session();
        if restart == Restart::Contract {
            self.atr = FiveMinuteAtr::default();
            self.levels.keep(sym);
        } else {
            self.atr.on_session();
        }
    }

    fn gate(&self, moment: Moment) -> Option<Code> {
        let wait_us = i64::from(self.open_wait_min) * 60_000_000;
        match moment.since_open_us {
            None => Some(Code::SessionClosed),
            Some(us) if us < wait_us => Some(Code::OpenWait),
            Some(_) if moment.restart == Some(Restart::Stale) => Some(Code::Stale),
            Some(_) => None,
        }
    }

    fn on_trade(&mut self, trade: &Trade) {
        let ignored = trade.flags.has(TradeFlag::Late) || trade.flags.has(TradeFlag::NotPrice);
        if !self.listening || ignored || trade.side == Side::None {
            return;
        }
        let Some(px) = self.instrument.ticks(trade.px) else { return };
        let (buys, sells) = if trade.side == Side::Buy { (trade.sz, 0) } else { (0, trade.sz) };
        let print = Print { ts: trade.ts, px: px.0, buys, sells };
        self.watches.iter_mut().for_each(|watch| watch.on_print(print));
    }
}

/// A bar close and what is known at it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    closed: ClosedBar,
    moment: Moment,
    facts: viewing::Facts,
    area: ValueArea,
}

impl Seen {
    fn view<'a>(&self, clusters: Clusters<'a>) -> View<'a> {
        viewing::view(&self.closed, self.moment, &self.facts, self.area, clusters)
    }
}

/// One watch for each enabled pattern and side; buys before sells.
fn watches(config: &Config) -> Vec<Watch> {
    let cooldown = config.patterns.cooldown_bars;
    let sides = |pattern: Pattern| {
        [Side::Buy, Side::Sell].into_iter().filter_map(move |side| {
            Some(Watch::new(pattern, side, pattern.machine(side, config)?, cooldown))
        })
    };
    Pattern::ALL.iter().flat_map(|pattern| sides(*pattern)).collect()
}

impl Stage for SignalStage {
    fn by(&self) -> By {
        By::Signal
    }

    fn wants(&self) -> KindSet {
        const WANTED: [Kind; 6] =
            [Kind::Stream, Kind::Trade, Kind::Bar, Kind::Index, Kind::Levels, Kind::Features];
        KindSet::of(&WANTED)
    }

    fn skips(&self, kind: Kind, ts: i64) -> bool {
        // Where mia-features builds the bars, the bar precedes its features.
        kind == Kind::Features && self.pairing.skips_features(ts)
    }

    fn rests(&self, kind: Kind) -> bool {
        kind == Kind::Trade && !self.listening
    }

    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Trade(trade) if self.is_ours(trade.sym) => self.on_trade(trade),
            Record::Bar(bar) if self.is_ours(bar.sym) => {
                let newest = self.clock.newest();
                if let Some((bar, features)) = self.pairing.bar(bar, &self.instrument, newest)? {
                    self.evaluate(bar, &features, out)?;
                }
            }
            Record::Levels(levels) if self.is_ours(levels.sym) => {
                self.levels.update(levels, &self.instrument)?;
            }
            Record::Features(features) if self.is_ours(features.sym) => {
                let newest = self.clock.newest();
                if let Some((bar, features)) = self.pairing.features(features, newest)? {
                    self.evaluate(bar, &features, out)?;
                }
            }
            Record::Index(index)
                if index.sym.as_str() == "VIX" && !index.flags.has(TradeFlag::Late) =>
            {
                self.band.on_vix(index.ts, index.px.points());
            }
            Record::Stream(stream) => self.live = stream.mode == StreamMode::Live,
            _ => {}
        }
        Ok(Flow::Pass)
    }
}
