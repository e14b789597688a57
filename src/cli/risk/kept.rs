//! mia-risk with a memory: the stage, and the folder that keeps what it acted on.

use crate::cli::risk::marker::Told;
use crate::cli::risk::state::State;
use crate::cli::words;
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
use crate::wire::FailureClass;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::SideEvent;
use crate::wire::Stage;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use std::path::Path;
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
    /// Stamp of the last news in the state, microseconds UTC, until the input was seen to begin after it.
    newest: Option<i64>,
    /// What the stream says of itself.
    live: bool,
    warming: bool,
    /// Account facts in the input.
    facts: u64,
}

/// How much older than the state the input may begin, microseconds: a killed process had not passed on
/// all that it knew, feeds lag, and facts of a journal have the time of this machine.
const LAG_US: i64 = 3_600_000_000;

/// Keeps what is written on its way out: it is in the journal's file before it can be in the stream, and
/// what cannot be kept is not told.
struct Tee<'a> {
    out: &'a mut dyn Emit,
    journal: &'a mut Journal,
    grave: bool,
    /// What came before this record is with the reader.
    delivered: bool,
    fault: Option<JournalError>,
}

impl Tee<'_> {
    /// Whether it may be told.
    fn keep(&mut self, record: &Record) -> bool {
        if self.fault.is_none()
            && let Some(kept) = to_remember(record)
        {
            self.grave |= is_grave(&kept);
            // A memory far ahead of the stream could not go on where the stream ends.
            if !std::mem::replace(&mut self.delivered, true) {
                self.out.deliver();
            }
            let written = self.journal.fact(&kept).and_then(|()| self.journal.flush());
            self.fault = written.err();
        }
        self.fault.is_none()
    }
}

impl Emit for Tee<'_> {
    fn before(&mut self, record: &Record) {
        if self.keep(record) {
            self.out.before(record);
        }
    }
    fn after(&mut self, record: &Record) {
        if self.keep(record) {
            self.out.after(record);
        }
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
        Self {
            stage,
            source,
            state: None,
            default,
            sealing: false,
            equity: config.account.equity,
            calendar,
            last: None,
            newest: None,
            live: false,
            warming: false,
            facts: 0,
        }
    }

    /// Account facts in the input.
    pub(super) const fn facts(&self) -> u64 {
        self.facts
    }

    /// The folder in use.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.state.as_ref().map(State::folder)
    }

    pub(super) const fn stage(&self) -> &RiskStage {
        &self.stage
    }

    /// Takes over what the folder holds, and keeps everything there from here on.
    pub(super) fn attach(&mut self, mut state: State) -> Result<(), Failure> {
        let listings = self.stage.exchange().listings().clone();
        let mut exchange = Recovery::new(listings, self.equity, self.calendar.clone());
        let (stage, last, newest) = (&mut self.stage, &mut self.last, &mut self.newest);
        let mut again = 0;
        state.each(|told| {
            remember(stage, &told)?;
            let Told::Record(record) = told else { return Ok(()) };
            exchange.on_kept(record)?;
            if let Some(stamp) = news(record, &mut again) {
                *newest = Some(stamp);
            }
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
                "{}: {} of earlier runs, state {}",
                state.folder().display(),
                words::count(state.journal.recovered().records, "record"),
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
            // Not a fault of the record at hand, which could be passed over.
            let attached = State::open(&folder).and_then(|state| self.attach(state));
            attached.map_err(|failure| match failure.class {
                FailureClass::BadInput => Failure { class: FailureClass::BadState, ..failure },
                _ => failure,
            })?;
        }
        if let Some(state) = &self.state {
            self.stage.seal_with(state.new_key()?);
            self.sealing = true;
        }
        Ok(())
    }

    /// The input must not begin long before the end of what the state knows: its times would go backwards.
    /// What only prepares state may.
    #[cold]
    fn look_at_time(&mut self, record: &Record, newest: i64) -> Result<(), Failure> {
        if self.warming || matches!(record, Record::Stream(_) | Record::Acct(_) | Record::Order(_))
        {
            return Ok(());
        }
        self.newest = None;
        let begins = record.ts();
        if begins >= newest - LAG_US {
            return Ok(());
        }
        let folder = self.folder().unwrap_or(Path::new("")).display();
        let (begins, newest) = (time(begins), time(newest));
        let message = format!(
            "the input begins at {begins} UTC, older than the state: {folder} knows what happened \
             until {newest}"
        );
        Err(Failure::new(FailureClass::BadState, message).hint(format!(
            "go on with records from then (--since {newest}Z), or name another folder for another \
             time; a recorded session is decided again with --account stream. If that time was wrong, \
             move the folder away and rebuild it with --account journal:FILE"
        )))
    }

    fn kept(
        &mut self,
        out: &mut dyn Emit,
        act: impl FnOnce(&mut RiskStage, &mut dyn Emit) -> Result<Flow, Failure>,
    ) -> Result<Flow, Failure> {
        let Some(state) = &mut self.state else { return act(&mut self.stage, out) };
        let mut tee =
            Tee { out, journal: &mut state.journal, grave: false, delivered: false, fault: None };
        let flow = act(&mut self.stage, &mut tee);
        let Tee { grave, fault, .. } = tee;
        if let Some(fault) = fault {
            return Err(fault.into());
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

/// The stamp of a record of the state that happened then, microseconds UTC. A start happens whenever its
/// input says, and tells what was before: `again` counts those records.
fn news(record: &Record, again: &mut u64) -> Option<i64> {
    match record {
        Record::Acct(acct) if acct.op == AcctOp::Open => {
            *again = acct.restored.unwrap_or(0);
            None
        }
        Record::Acct(_) if *again > 0 => {
            *again -= 1;
            None
        }
        Record::Order(order) => Some(order.ct),
        other => Some(other.ts()),
    }
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
        self.facts += u64::from(matches!(record, Record::Acct(acct) if acct.by == By::Risk));
        if let Record::Stream(stream) = record {
            self.live = matches!(stream.mode, StreamMode::Live | StreamMode::Delayed);
            self.warming = stream.phase == StreamPhase::Warmup;
        }
        if let Record::Stream(stream) = record
            && stream.mode == StreamMode::Live
            && self.source != AccountSource::Stream
            && !self.sealing
        {
            self.go_live()?;
        }
        if let Some(newest) = self.newest {
            self.look_at_time(record, newest)?;
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

/// A stamp as `--since` takes it.
fn time(stamp: i64) -> String {
    jiff::Timestamp::from_microsecond(stamp)
        .map_or_else(|_| stamp.to_string(), |at| at.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string())
}
