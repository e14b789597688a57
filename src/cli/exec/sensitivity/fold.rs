//! One pass over the input for all variants: a pair of risk and paper broker each.

use crate::cli::exec::sensitivity::variants::Variant;
use crate::execution::PaperStage;
use crate::market::Calendar;
use crate::risk::RiskOptions;
use crate::risk::RiskStage;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Roundtrip;
use crate::wire::Src;
use crate::wire::Stage;
use crate::wire::StreamMode;

/// What a variant came to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub orders: u64,
    pub fills: u64,
    pub trades: Vec<Roundtrip>,
}

impl Emit for Tally {
    fn before(&mut self, record: &Record) {
        match record {
            Record::Fill(_) => self.fills += 1,
            Record::Roundtrip(trade) => self.trades.push(trade.clone()),
            _ => {}
        }
    }
    fn after(&mut self, record: &Record) {
        self.before(record);
    }
}

/// What risk writes about one record.
#[derive(Debug, Default)]
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

/// A variant at work.
#[derive(Debug)]
pub(super) struct Run {
    pub axis: &'static str,
    pub value: String,
    pub tally: Tally,
    /// Risk latched a halt that only a person opens: what comes later is not traded.
    pub halted: bool,
    risk: RiskStage,
    paper: PaperStage,
    risk_wants: KindSet,
    paper_wants: KindSet,
    made: Made,
}

impl Run {
    fn on_record(&mut self, record: &Record) -> Result<(), Failure> {
        let kind = record.kind();
        let flow = if self.risk_wants.has(kind) {
            self.risk.on_record(record, &mut self.made)?
        } else {
            Flow::Pass
        };
        for made in self.made.before.drain(..) {
            self.paper.on_record(&made, &mut self.tally)?;
        }
        if self.paper_wants.has(kind) {
            self.paper.on_record(record, &mut self.tally)?;
        }
        for made in self.made.after.drain(..) {
            self.tally.orders += u64::from(made.kind() == Kind::Order);
            self.paper.on_record(&made, &mut self.tally)?;
        }
        self.halted = matches!(flow, Flow::Stop(_));
        Ok(())
    }
}

/// All variants over one input.
#[derive(Debug)]
pub(super) struct Fold {
    pub runs: Vec<Run>,
    /// Market records seen.
    pub market: u64,
    /// Signals to enter seen.
    pub signals: u64,
    pub synthetic: bool,
    wants: KindSet,
}

impl Fold {
    /// Pairs that have seen nothing.
    ///
    /// # Errors
    /// The settings cannot be used (78).
    pub(super) fn new(variants: Vec<Variant>, calendar: &Calendar) -> Result<Self, Failure> {
        let mut runs = Vec::new();
        for variant in variants {
            let config = &variant.config;
            let risk = RiskStage::new(config, calendar.clone(), RiskOptions::default())?;
            let paper = PaperStage::new(config, calendar.clone(), None)?;
            let (risk_wants, paper_wants) = (risk.wants(), paper.wants());
            runs.push(Run {
                axis: variant.axis,
                value: variant.value,
                tally: Tally::default(),
                halted: false,
                risk,
                paper,
                risk_wants,
                paper_wants,
                made: Made::default(),
            });
        }
        // What an earlier risk or broker wrote is of another run: these here make their own.
        let own = [Kind::Order, Kind::Acct, Kind::Verdict, Kind::Seal];
        let wanted = |kind: &Kind| {
            !own.contains(kind)
                && runs.iter().any(|run| run.risk_wants.has(*kind) || run.paper_wants.has(*kind))
        };
        let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(wanted).collect();
        let wants = KindSet::of(&kinds);
        Ok(Self { runs, market: 0, signals: 0, synthetic: false, wants })
    }
}

impl Stage for Fold {
    fn by(&self) -> By {
        By::Exec
    }

    fn wants(&self) -> KindSet {
        self.wants
    }

    fn skips(&self, kind: Kind, ts: i64) -> bool {
        self.runs.iter().all(|run| {
            (!run.risk_wants.has(kind) || run.risk.skips(kind, ts))
                && (!run.paper_wants.has(kind) || run.paper.skips(kind, ts))
        })
    }

    fn on_record(&mut self, record: &Record, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Signal(_) => self.signals += 1,
            Record::Stream(stream) => self.synthetic |= stream.mode == StreamMode::Synthetic,
            Record::Trade(trade) => {
                self.market += 1;
                self.synthetic |= trade.src == Src::Syn;
            }
            Record::Quote(_) | Record::Bar(_) => self.market += 1,
            _ => {}
        }
        for run in self.runs.iter_mut().filter(|run| !run.halted) {
            run.on_record(record)?;
        }
        Ok(Flow::Drop)
    }
}
