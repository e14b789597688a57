//! What a stage and the loop that drives it agree on.

use crate::wire::By;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;

/// Where a stage puts its records.
///
/// The loop writes bytes; a backtest hands the records to the next stage in the same process.
pub trait Emit {
    /// Writes a record that the current input completed, before that input (bar, footprint,
    /// levels, gex, features: `ts` <= the input's `ts`).
    fn before(&mut self, record: &Record);
    /// Writes a reaction to the current input, after it.
    fn after(&mut self, record: &Record);
    /// Hands to the reader what was told until now: a stage that keeps a memory calls it before it
    /// remembers, so that the memory is never ahead of the stream by more than the record at hand.
    fn deliver(&mut self) {}
}

/// What becomes of the input line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Copied to the output.
    Pass,
    /// Left out of the output.
    Drop,
    /// Copied, and the stage ends in order with this exit code (a latched halt in live).
    Stop(u8),
}

/// Which exit code a failure maps to (DESIGN 9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureClass {
    /// 1: anything else.
    Other,
    /// 65: the record contradicts the contract; counted as a bad line.
    BadInput,
    /// 65: what is kept beside the records cannot be trusted, a journal or a state folder; whatever
    /// the tolerance for bad lines is.
    BadState,
    /// 69: a feed or a service is lost for good.
    Unavailable,
    /// 70: a bug of ours.
    Internal,
    /// 73: output cannot be written.
    Output,
    /// 77: not permitted.
    NotPermitted,
    /// 78: configuration or calendar.
    Config,
}

/// Why a stage cannot go on, or why a record is bad.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Maps to the exit code.
    pub class: FailureClass,
    /// What is wrong, with value and limit.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure of `class`.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), hint: None }
    }

    /// A record that contradicts the contract.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(FailureClass::BadInput, message)
    }

    /// With a hint for the user.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<crate::market::CalendarError> for Failure {
    fn from(error: crate::market::CalendarError) -> Self {
        Self::new(FailureClass::Config, error.to_string())
    }
}

/// An event from a side channel, typed and stamped at the edge.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum SideEvent {
    /// The kill file appeared.
    Kill {
        /// Stamp: receive time in live, the newest record's stamp on files; microseconds UTC.
        ts: i64,
        /// First line of the file, or a default.
        reason: String,
    },
    /// A record was added to the journal that is followed.
    Journal {
        /// Stamp: receive time in live, the newest record's stamp on files; microseconds UTC.
        ts: i64,
        /// The record, with the stamps of who wrote it.
        record: Box<Record>,
    },
}

/// A line that is not copied, and why.
#[derive(Clone, Copy, Debug)]
pub struct BadLine<'a> {
    /// The input: a file, or `standard input`.
    pub input: &'a str,
    /// Line of the input, from 1.
    pub number: u64,
    /// Stamp of the newest good record before it, microseconds UTC; 0 before the first.
    pub newest: i64,
    /// What is wrong with it.
    pub reason: &'a str,
    /// The line as its bytes.
    pub line: &'a [u8],
}

/// A fold over the wire: state in, records out. No clock, no I/O, bounded memory.
pub trait Stage {
    /// Name of the stage: incoming records with this `by` are dropped by the loop.
    fn by(&self) -> By;

    /// Kinds that the stage reads; all others are copied unread.
    fn wants(&self) -> KindSet;

    /// Whether a wanted record need not be parsed (by its stamp alone). Called only where the stamp
    /// is found cheaply; a stage must not rely on it.
    fn skips(&self, _kind: Kind, _ts: i64) -> bool {
        false
    }

    /// Whether records of this wanted kind need not be parsed for now. As with [`Stage::skips`], the
    /// stage must not rely on it.
    fn rests(&self, _kind: Kind) -> bool {
        false
    }

    /// Whether incoming records of this kind are folded although the stage itself is said to have
    /// written them: facts of a recorded run, which cannot be computed again. All others are dropped.
    fn keeps_own(&self, _kind: Kind) -> bool {
        false
    }

    /// Folds one record.
    ///
    /// # Errors
    /// [`FailureClass::BadInput`] marks the record as a bad line; any other class ends the stage.
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure>;

    /// Reacts to a side event; whatever it causes goes out after the newest input.
    ///
    /// # Errors
    /// As [`Stage::on_record`].
    fn on_side(&mut self, _event: &SideEvent, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        Ok(Flow::Pass)
    }

    /// Sees a line that is about to be copied, as its bytes, with its line feed if it has one: what
    /// a recorder keeps. Kinds that the stage does not want come here too, known or not.
    ///
    /// # Errors
    /// As [`Stage::on_record`].
    #[inline]
    fn on_line(&mut self, _kind: Option<Kind>, _line: &[u8]) -> Result<(), Failure> {
        Ok(())
    }

    /// Sees a line that is bad and will not be copied.
    ///
    /// # Errors
    /// The stage cannot go on.
    fn on_bad(&mut self, _bad: &BadLine<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// The output is written and the loop is about to wait for input: a stage with files of its own
    /// hands them what it has.
    ///
    /// # Errors
    /// The stage cannot go on.
    fn before_wait(&mut self, _out: &mut dyn Emit) -> Result<(), Failure> {
        Ok(())
    }

    /// End of input: flushes files of its own, writes nothing to the stream.
    ///
    /// # Errors
    /// As [`Stage::on_record`].
    fn on_end(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
