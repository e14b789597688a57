//! Feeds: sources of market records.

use crate::stream::Output;
use crate::stream::StreamError;
use crate::wire::Failure;
use crate::wire::Kind;
use crate::wire::Record;

/// What a source writes to.
pub trait SourceOut {
    /// Writes a record.
    fn record(&mut self, record: &Record);
    /// Copies a line that is already on the wire, with the kind and stamp it has.
    fn line(&mut self, kind: Option<Kind>, ts: i64, line: &[u8]);
    /// To be called before a read that may wait: what was written goes out.
    ///
    /// # Errors
    /// The output cannot be written.
    fn before_wait(&mut self) -> Result<(), Failure>;
}

/// A source of market records.
pub trait Source {
    /// Writes the next records, of the order of a thousand; `false` when there are no more.
    ///
    /// # Errors
    /// The source cannot go on.
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure>;
}

/// Selection of a feed's records by stamp and number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection {
    /// From here on, microseconds UTC.
    pub since: Option<i64>,
    /// Up to but not including, microseconds UTC.
    pub until: Option<i64>,
    /// So many records.
    pub limit: Option<u64>,
}

struct Selected<'a> {
    output: &'a mut Output,
    selection: Selection,
    count: u64,
    failed: Option<StreamError>,
}

impl Selected<'_> {
    fn admits(&mut self, kind: Option<Kind>, ts: i64) -> bool {
        // The stream record describes what follows: it is written whatever the range.
        if kind == Some(Kind::Stream) {
            return !self.full();
        }
        let inside = self.selection.since.is_none_or(|since| ts >= since)
            && self.selection.until.is_none_or(|until| ts < until)
            && !self.full();
        self.count += u64::from(inside);
        inside
    }

    fn full(&self) -> bool {
        self.selection.limit.is_some_and(|limit| self.count >= limit)
    }
}

impl SourceOut for Selected<'_> {
    fn record(&mut self, record: &Record) {
        if self.admits(Some(record.kind()), record.ts()) {
            crate::wire::Emit::before(self.output, record);
            self.drain();
        }
    }

    fn line(&mut self, kind: Option<Kind>, ts: i64, line: &[u8]) {
        if self.admits(kind, ts) {
            self.output.pass(kind, line);
            self.drain();
        }
    }

    fn before_wait(&mut self) -> Result<(), Failure> {
        if let Err(error) = self.output.flush() {
            self.failed = Some(error);
        }
        Ok(())
    }
}

impl Selected<'_> {
    fn drain(&mut self) {
        if let Err(error) = self.output.flush_if_full() {
            self.failed = Some(error);
        }
    }
}

/// How a feed ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceEnd {
    /// Records written.
    pub records: u64,
    /// Exit code of a signal.
    pub interrupted: Option<u8>,
}

/// Runs a source to its end, to the limit, until downstream has gone or a signal comes.
///
/// # Errors
/// The source fails or the output cannot be written; everything read before has been written.
pub fn run_source(
    source: &mut dyn Source,
    output: &mut Output,
    selection: Selection,
    interrupted: &dyn Fn() -> Option<u8>,
) -> Result<SourceEnd, StreamError> {
    let mut out = Selected { output, selection, count: 0, failed: None };
    let mut signal = None;
    let result = loop {
        match source.pull(&mut out) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(failure) => break Err(StreamError::Source(failure)),
        }
        signal = interrupted();
        if out.full() || out.failed.is_some() || out.output.is_closed() || signal.is_some() {
            break Ok(());
        }
    };
    let records = out.count;
    if let Some(error) = out.failed {
        return Err(error);
    }
    output.flush()?;
    result.map(|()| SourceEnd { records, interrupted: signal })
}
