//! mia-risk with a memory: the stage, and the folder that keeps what it acted on.

use crate::cli::risk::marker::Told;
use crate::cli::risk::state::State;
use crate::config::Config;
use crate::execution::Journal;
use crate::execution::JournalError;
use crate::execution::Recovery;
use crate::execution::fact_of;
use crate::market::Calendar;
use crate::market::Cents;
use crate::matching::Fact;
use crate::risk::AccountSource;
use crate::risk::RiskStage;
use crate::risk::to_remember;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::BadLine;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::SideEvent;
use crate::wire::Stage;
use crate::wire::StreamMode;
use std::path::PathBuf;

/// The stage; what it writes is in the folder before it can be in the stream.
#[derive(Debug)]
pub(super) struct Kept {
    stage: RiskStage,
    source: AccountSource,
    state: Option<State>,
    /// Opened when the stream turns out to be live.
    default: Option<PathBuf>,
    sealing: bool,
    equity: Cents,
    calendar: Calendar,
    /// The newest fact in the state: facts after it in a journal are news.
    last: Option<Acct>,
}

/// Keeps what is written on its way out.
struct Tee<'a> {
    out: &'a mut dyn Emit,
    journal: &'a mut Journal,
    any: bool,
    grave: bool,
    fault: Option<JournalError>,
}

impl Tee<'_> {
    fn keep(&mut self, record: &Record) {
        let Some(kept) = to_remember(record) else { return };
        self.any = true;
        self.grave |= is_grave(&kept);
        if let Err(fault) = self.journal.fact(&kept) {
            self.fault.get_or_insert(fault);
        }
    }
}

impl Emit for Tee<'_> {
    fn before(&mut self, record: &Record) {
        self.keep(record);
        self.out.before(record);
    }
    fn after(&mut self, record: &Record) {
        self.keep(record);
        self.out.after(record);
    }
}

impl Kept {
    /// A stage without a memory; with live data it gets the one in `default`.
    pub(super) fn new(
        stage: RiskStage,
        source: AccountSource,
        config: &Config,
        calendar: Calendar,
        default: Option<PathBuf>,
    ) -> Self {
        let equity = config.account.equity;
        let (state, last, sealing) = (None, None, false);
        Self { stage, source, state, default, sealing, equity, calendar, last }
    }

    pub(super) const fn stage(&self) -> &RiskStage {
        &self.stage
    }

    /// Takes over what the folder holds, and keeps everything there from here on.
    pub(super) fn attach(&mut self, mut state: State) -> Result<(), Failure> {
        let listings = self.stage.exchange().listings().clone();
        let mut exchange = Recovery::new(listings, self.equity, self.calendar.clone());
        let (stage, last) = (&mut self.stage, &mut self.last);
        state.each(|told| {
            remember(stage, &told)?;
            let Told::Record(record) = told else { return Ok(()) };
            exchange.on_kept(record)?;
            if let Record::Acct(acct) = record
                && fact_of(acct).is_some()
            {
                *last = Some(Acct { ts: 0, ..acct.clone() });
            }
            Ok(())
        })?;
        state.settle(self.stage.high_water())?;
        if self.source == AccountSource::Sim {
            let (kept, lost) = exchange.restore();
            self.stage.take_up(kept, lost);
        }
        self.stage.reopen();
        if state.journal.recovered().records > 0 {
            tracing::info!(
                "{}: {} records of earlier runs, state {}",
                state.folder().display(),
                state.journal.recovered().records,
                self.stage.state().name()
            );
        }
        self.state = Some(state);
        self.default = None;
        Ok(())
    }

    /// What a journal holds at the start: what the folder does not know is news, and comes back. A
    /// journal without a folder that knows any fact tells the starting state.
    pub(super) fn catch_up(&mut self, records: Vec<Record>) -> Result<Vec<Record>, Failure> {
        let Some(last) = &self.last else {
            records.iter().try_for_each(|record| self.stage.remember(record))?;
            return Ok(Vec::new());
        };
        let is_last = |record: &Record| fact(record).is_some_and(|acct| acct == *last);
        let known = records.iter().rposition(is_last).map_or(0, |at| at + 1);
        Ok(records.into_iter().skip(known).collect())
    }

    /// The stream is live: from here on state is kept and orders are sealed.
    #[cold]
    fn go_live(&mut self) -> Result<(), Failure> {
        if let Some(folder) = self.default.take() {
            self.attach(State::open(&folder)?)?;
        }
        if let Some(state) = &self.state {
            self.stage.seal_with(state.new_key()?);
            self.sealing = true;
        }
        Ok(())
    }

    fn kept(
        &mut self,
        out: &mut dyn Emit,
        act: impl FnOnce(&mut RiskStage, &mut dyn Emit) -> Result<Flow, Failure>,
    ) -> Result<Flow, Failure> {
        let Some(state) = &mut self.state else { return act(&mut self.stage, out) };
        let mut tee =
            Tee { out, journal: &mut state.journal, any: false, grave: false, fault: None };
        let flow = act(&mut self.stage, &mut tee);
        let Tee { any, grave, fault, .. } = tee;
        if let Some(fault) = fault {
            return Err(fault.into());
        }
        if any {
            state.journal.flush()?;
        }
        if grave {
            state.settle(self.stage.high_water())?;
        } else {
            state.mark(self.stage.high_water())?;
        }
        flow
    }
}

/// What a state folder tells, to a stage that has not begun.
pub(super) fn remember(stage: &mut RiskStage, told: &Told<'_>) -> Result<(), Failure> {
    match told {
        Told::Record(record) => stage.remember(record),
        Told::HighWater(mark) => {
            stage.remember_high_water(*mark);
            Ok(())
        }
    }
}

/// Whether a loss of power must not take it back: halts, and what a start tells.
fn is_grave(record: &Record) -> bool {
    use AcctOp::{Kill, Latch, Open, Reset};
    matches!(record, Record::Acct(acct) if matches!(acct.op, Open | Latch | Kill | Reset))
}

/// The account fact in a record of mia-exec, without the stamp at which it was heard of.
fn fact(record: &Record) -> Option<Acct> {
    let fact = match record {
        Record::Ack(ack) => Fact::Ack(ack.clone()),
        Record::Fill(fill) => Fact::Fill(fill.clone()),
        Record::Cancel(cancel) => Fact::Cancel(cancel.clone()),
        Record::Reject(reject) => Fact::Reject(reject.clone()),
        _ => return None,
    };
    Some(Acct { ts: 0, ..fact.acct() })
}

impl Stage for Kept {
    fn by(&self) -> By {
        self.stage.by()
    }

    fn wants(&self) -> KindSet {
        self.stage.wants()
    }

    fn skips(&self, kind: Kind, ts: i64) -> bool {
        self.stage.skips(kind, ts)
    }

    fn rests(&self, kind: Kind) -> bool {
        self.stage.rests(kind)
    }

    fn keeps_own(&self, kind: Kind) -> bool {
        self.stage.keeps_own(kind)
    }

    #[inline]
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        if let Record::Stream(stream) = record
            && stream.mode == StreamMode::Live
            && self.source != AccountSource::Stream
            && !self.sealing
        {
            self.go_live()?;
        }
        self.kept(out, |stage, out| stage.on_record(record, out))
    }

    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        self.kept(out, |stage, out| stage.on_side(event, out))
    }

    fn on_line(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<(), Failure> {
        self.stage.on_line(kind, line)
    }

    fn on_bad(&mut self, bad: &BadLine<'_>) -> Result<(), Failure> {
        self.stage.on_bad(bad)
    }

    fn before_wait(&mut self, out: &mut dyn Emit) -> Result<(), Failure> {
        self.stage.before_wait(out)
    }

    fn on_end(&mut self) -> Result<(), Failure> {
        self.stage.on_end()?;
        match &mut self.state {
            Some(state) => state.settle(self.stage.high_water()),
            None => Ok(()),
        }
    }
}
