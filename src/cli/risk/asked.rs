//! Orders and signals that are asked about, each at its own moment of a market that is replayed.

use crate::risk::RiskStage;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::SideEvent;
use crate::wire::Stage;
use crate::wire::Verdict;

/// An order or a signal.
struct Question {
    /// Its place among the questions.
    at: usize,
    record: Record,
    /// When it was decided, microseconds UTC.
    ct: i64,
    answer: Option<Result<Verdict, Failure>>,
}

impl Question {
    fn ask(&mut self, stage: &mut RiskStage) {
        let answer = match &self.record {
            Record::Order(order) => stage.ask_order(order),
            Record::Signal(signal) => stage.ask_signal(signal),
            _ => return,
        };
        self.answer = Some(answer);
    }

    /// Whether `record` is not known yet when this is decided. Another signal of the same moment is not.
    fn is_before(&self, record: &Record) -> bool {
        match record {
            Record::Signal(signal) => signal.ct >= self.ct,
            other => other.ts() > self.ct,
        }
    }
}

/// Everything that is asked; as a stage it takes the questions.
#[derive(Default)]
pub(super) struct Questions {
    all: Vec<Question>,
    /// How many of them, in the order of their moments, are asked.
    asked: usize,
}

impl Stage for Questions {
    fn by(&self) -> By {
        By::Check
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Order, Kind::Signal])
    }

    fn on_record(&mut self, record: &Record, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        let ct = match record {
            Record::Order(order) => order.ct,
            Record::Signal(signal) => signal.ct,
            _ => return Ok(Flow::Drop),
        };
        let at = self.all.len();
        self.all.push(Question { at, record: record.clone(), ct, answer: None });
        Ok(Flow::Drop)
    }
}

impl Questions {
    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The market that is replayed to `stage`, in which each is asked at its moment.
    pub(super) fn replay<'a>(&'a mut self, stage: &'a mut RiskStage) -> Replayed<'a> {
        self.all.sort_by_key(|question| question.ct);
        Replayed { stage, questions: self }
    }

    /// Asks what the market that was replayed did not reach, and gives all answers in the order of the
    /// questions.
    ///
    /// # Errors
    /// The calendar does not cover a moment.
    pub(super) fn answers(mut self, stage: &mut RiskStage) -> Result<Vec<Verdict>, Failure> {
        self.all.sort_by_key(|question| question.ct);
        for question in &mut self.all[self.asked..] {
            question.ask(stage);
        }
        self.all.sort_by_key(|question| question.at);
        self.all.into_iter().filter_map(|question| question.answer).collect()
    }
}

/// The market, replayed up to the last question.
pub(super) struct Replayed<'a> {
    stage: &'a mut RiskStage,
    questions: &'a mut Questions,
}

impl Replayed<'_> {
    /// Asks whatever is decided before `record`; whether the record is still to be heard.
    fn ask_before(&mut self, record: &Record) -> bool {
        let Questions { all, asked } = &mut *self.questions;
        // What comes after the last moment is left out, and does not ask: its stamp can be wrong.
        if all.last().is_none_or(|last| last.is_before(record)) {
            return false;
        }
        while let Some(next) = all.get_mut(*asked).filter(|next| next.is_before(record)) {
            next.ask(self.stage);
            *asked += 1;
        }
        true
    }
}

impl Stage for Replayed<'_> {
    fn by(&self) -> By {
        self.stage.by()
    }

    fn wants(&self) -> KindSet {
        self.stage.wants()
    }

    fn skips(&self, kind: Kind, ts: i64) -> bool {
        self.stage.skips(kind, ts)
    }

    fn keeps_own(&self, kind: Kind) -> bool {
        self.stage.keeps_own(kind)
    }

    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        if self.ask_before(record) { self.stage.on_record(record, out) } else { Ok(Flow::Pass) }
    }

    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        self.stage.on_side(event, out)
    }
}
