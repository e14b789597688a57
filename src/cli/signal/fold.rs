//! From whatever the input has to signals and their outcomes, in one process.

use crate::cli::signal::scan::Scan;
use crate::config::Config;
use crate::features::FeaturesStage;
use crate::market::Calendar;
use crate::market::Session;
use crate::market::TradeDate;
use crate::strategies::Outcomes;
use crate::strategies::SignalStage;
use crate::wire::Bar;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Signal;
use crate::wire::Src;
use crate::wire::Stage;
use crate::wire::StreamMode;
use crate::wire::TradeFlag;

/// Finds what is to be found in an input of any of three kinds: market data, the output of
/// mia-features, the output of mia-signal. What is missing is made here, by the same stages.
pub(super) struct Fold {
    /// `None` from the first record of mia-features on.
    features: Option<FeaturesStage>,
    /// `None` from the first record of mia-signal on.
    signals: Option<SignalStage>,
    outcomes: Outcomes,
    unused: Outcomes,
    calendar: Calendar,
    session: Option<Session>,
    /// The only session told.
    only: Option<TradeDate>,
    root: String,
    /// Whether mia-features builds the bars; then those of a feed do not count.
    built: bool,
    /// End of the newest bar of each kind counted.
    newest: i64,
    /// Whether any record came.
    pub seen: bool,
    /// What was seen.
    pub scan: Scan,
}

/// What a stage writes, for the next one.
#[derive(Default)]
struct Made {
    before: Vec<Record>,
    after: Vec<Record>,
}

impl Emit for Made {
    fn before(&mut self, record: &Record) {
        self.before.push(record.clone());
    }
    fn after(&mut self, record: &Record) {
        self.after.push(record.clone());
    }
}

/// The stage that wrote a record, where one did.
const fn writer(record: &Record) -> Option<By> {
    match record {
        Record::Bar(bar) => bar.by,
        Record::Features(features) => Some(features.by),
        Record::Levels(levels) => Some(levels.by),
        Record::Signal(signal) => Some(signal.by),
        Record::Scores(scores) => Some(scores.by),
        Record::Explain(explain) => Some(explain.by),
        _ => None,
    }
}

impl Fold {
    /// A fold that has seen nothing; `only` one session is told, where that is asked.
    ///
    /// # Errors
    /// The settings cannot be used (78).
    pub(super) fn new(
        config: &Config,
        calendar: Calendar,
        features: FeaturesStage,
        signals: SignalStage,
        only: Option<TradeDate>,
    ) -> Result<Self, Failure> {
        let outcomes = Outcomes::new(config, calendar.clone())?;
        Ok(Self {
            features: Some(features),
            signals: Some(signals),
            unused: outcomes.clone(),
            outcomes,
            calendar,
            session: None,
            only,
            root: config.instrument.clone(),
            built: false,
            newest: i64::MIN,
            seen: false,
            scan: Scan::default(),
        })
    }

    /// What was seen, and what is still open marked to the newest close.
    pub(super) fn finish(self) -> Scan {
        let mut scan = self.scan;
        scan.on_outcomes(self.outcomes.finish());
        scan
    }

    /// A record as mia-signal would see it.
    fn second(&mut self, record: &Record) -> Result<(), Failure> {
        match record {
            Record::Bar(bar) => self.on_bar(bar)?,
            Record::Features(features) => self.scan.on_features(features),
            Record::Levels(levels) => self.scan.on_levels(levels),
            Record::Stream(stream) => self.scan.synthetic |= stream.mode == StreamMode::Synthetic,
            Record::Trade(trade) => self.scan.synthetic |= trade.src == Src::Syn,
            _ => {}
        }
        match &mut self.signals {
            None => self.third(record),
            Some(stage) => {
                let mut made = Made::default();
                stage.on_record(record, &mut made)?;
                made.after.iter().try_for_each(|record| self.third(record))
            }
        }
    }

    /// A record as who reads mia-signal would see it.
    fn third(&mut self, record: &Record) -> Result<(), Failure> {
        match record {
            Record::Signal(signal) if self.is_ours(signal) => {
                self.outcomes.on_signal(signal)?;
                if let Some(date) = self.told(signal.ts)? {
                    self.scan.on_signal(signal, date);
                }
            }
            Record::Scores(scores) => self.scan.on_scores(scores),
            Record::Explain(explain) if self.told(explain.ts)?.is_some() => {
                self.scan.on_explain(explain);
            }
            _ => {}
        }
        Ok(())
    }

    fn is_ours(&self, signal: &Signal) -> bool {
        signal.sym.root() == self.root
    }

    fn on_bar(&mut self, bar: &Bar) -> Result<(), Failure> {
        if bar.sym.root() != self.root || bar.flags.has(TradeFlag::Late) {
            return Ok(());
        }
        self.built |= bar.by.is_some();
        self.outcomes.on_bar(bar)?;
        self.scan.on_outcomes(self.outcomes.take());
        if bar.by.is_some() != self.built || bar.ts <= self.newest {
            return Ok(());
        }
        self.newest = bar.ts;
        self.scan.synthetic |= bar.src == Some(Src::Syn);
        let start = bar.ts - i64::from(bar.dur) * 1_000_000;
        let Some(date) = self.told(bar.ts)? else { return Ok(()) };
        let rth = self.session_at(bar.ts - 1)?.rth;
        if let Some(rth) = rth.filter(|(open, close)| *open <= start && bar.ts <= *close) {
            self.scan.on_bar(bar, date, rth);
        }
        Ok(())
    }

    /// The trade date of a bar end, if its session is told.
    fn told(&mut self, end: i64) -> Result<Option<TradeDate>, Failure> {
        let date = self.session_at(end - 1)?.date;
        Ok(Some(date).filter(|date| self.only.is_none_or(|only| only == *date)))
    }

    fn session_at(&mut self, ts: i64) -> Result<&Session, Failure> {
        let known = self.session.take().filter(|session| session.contains(ts));
        let session = match known {
            Some(session) => session,
            None => self.calendar.session_at_or_after(ts)?,
        };
        Ok(self.session.insert(session))
    }
}

impl Stage for Fold {
    fn by(&self) -> By {
        // Nothing is written, and no input is of its own making.
        By::Monitor
    }

    fn wants(&self) -> KindSet {
        let kinds = [Kind::Stream, Kind::Bar, Kind::Levels, Kind::Features];
        let kinds = KindSet::of(&kinds).and(KindSet::of(&[
            Kind::Signal,
            Kind::Scores,
            Kind::Explain,
            Kind::Index,
        ]));
        let features = self.features.as_ref().map_or(KindSet::EMPTY, Stage::wants);
        let signals = self.signals.as_ref().map_or(KindSet::EMPTY, Stage::wants);
        kinds.and(features).and(signals)
    }

    fn on_record(&mut self, record: &Record, _: &mut dyn Emit) -> Result<Flow, Failure> {
        self.seen |= record.kind() != Kind::Stream;
        match writer(record) {
            // The first of them comes before the record that would complete it here.
            Some(By::Features) => self.features = None,
            Some(By::Signal) if self.signals.take().is_some() => {
                self.scan.forget_signals();
                self.outcomes = self.unused.clone();
            }
            _ => {}
        }
        let mut made = Made::default();
        let flow = match &mut self.features {
            Some(stage) if stage.wants().has(record.kind()) => {
                stage.on_record(record, &mut made)?
            }
            _ => Flow::Pass,
        };
        made.before.iter().try_for_each(|record| self.second(record))?;
        if flow != Flow::Drop {
            self.second(record)?;
        }
        made.after.iter().try_for_each(|record| self.second(record))?;
        Ok(Flow::Drop)
    }
}
