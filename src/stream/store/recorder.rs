//! The stage of mia-record: a tee.

use crate::market::Calendar;
use crate::market::Sym;
use crate::stream::Thinning;
use crate::stream::store::Background;
use crate::stream::store::Framer;
use crate::stream::store::Recovery;
use crate::stream::store::StoreError;
use crate::stream::store::StoreWriter;
use crate::stream::store::WriterOptions;
use crate::stream::store::quarantine;
use crate::stream::store::recovery::is_object;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::BadLine;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Stage;
use std::path::Path;

/// Bytes handed to the writer at once where nobody waits.
const BATCH: usize = 256 * 1024;

/// What happens when the store cannot be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnDiskError {
    /// The command ends with 73, after it has passed on what it has read.
    #[default]
    Stop,
    /// Records are passed on and not stored; the command ends with 73 at the end of its input.
    Pass,
}

/// How a stream is recorded.
#[derive(Clone, Debug)]
pub struct RecorderOptions {
    /// How the files are written.
    pub writer: WriterOptions,
    /// Plain length of a frame, bytes.
    pub frame_bytes: u64,
    /// What happens when they cannot be written.
    pub on_disk_error: OnDiskError,
    /// Which kinds are stored. What is passed on is the output's affair.
    pub stored: Thinning,
}

impl Default for RecorderOptions {
    fn default() -> Self {
        Self {
            writer: WriterOptions::default(),
            frame_bytes: 4 << 20,
            on_disk_error: OnDiskError::default(),
            stored: Thinning::default(),
        }
    }
}

/// What was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RecordSummary {
    /// Lines stored.
    pub lines: u64,
    /// Sessions they belong to.
    pub sessions: u64,
    /// Lines of warm-ups, which are stored as their description.
    pub skipped: u64,
    /// Lines put into the quarantine file.
    pub quarantined: u64,
}

/// Stores every line that is passed on; bad lines go to the quarantine file.
#[derive(Debug)]
pub struct RecordStage {
    framer: Framer,
    background: Background,
    on_disk_error: OnDiskError,
    stored: Thinning,
    newest: i64,
    quarantined: u64,
    /// Why nothing is stored any more.
    failed: Option<String>,
    announced: bool,
}

impl RecordStage {
    /// Records into the store `dir`; `recovered` is told what had to be finished for earlier runs.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Io`].
    pub fn open(
        dir: &Path,
        calendar: Calendar,
        options: &RecorderOptions,
        recovered: impl FnOnce(&[Recovery]) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let writer = StoreWriter::open(dir, options.writer)?;
        let background = Background::start(writer, options.writer.fsync, recovered);
        Ok(Self {
            framer: Framer::new(calendar, options.frame_bytes),
            background: background.map_err(StoreError::io("start a thread for", dir))?,
            on_disk_error: options.on_disk_error,
            stored: options.stored,
            newest: 0,
            quarantined: 0,
            failed: None,
            announced: false,
        })
    }

    /// Finishes the files, however the input ended. A second call does nothing.
    ///
    /// # Errors
    /// They cannot be written: class `Output`.
    pub fn close(&mut self) -> Result<RecordSummary, Failure> {
        let last = self.framer.finish();
        if self.failed.is_none() {
            let _ = self.background.send(last);
        }
        if let Err(error) = self.background.finish() {
            self.failed.get_or_insert_with(|| match self.background.failure() {
                Some(reason) => reason.to_owned(),
                None => error.to_string(),
            });
        }
        match &self.failed {
            Some(reason) => Err(failure(reason)),
            None => Ok(self.summary()),
        }
    }

    /// What was recorded so far.
    pub fn summary(&self) -> RecordSummary {
        RecordSummary {
            lines: self.framer.stored(),
            sessions: self.framer.sessions(),
            skipped: self.framer.skipped(),
            quarantined: self.quarantined,
        }
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let commands = self.framer.take();
        if self.failed.is_some() {
            return Ok(());
        }
        let Err(error) = self.background.send(commands) else { return Ok(()) };
        let reason = match error {
            StoreError::Ended(reason) => reason,
            other => other.to_string(),
        };
        let result = match self.on_disk_error {
            OnDiskError::Stop => Err(failure(&reason)),
            OnDiskError::Pass => Ok(()),
        };
        self.failed = Some(reason);
        result
    }
}

fn failure(reason: &str) -> Failure {
    Failure::new(FailureClass::Output, format!("the store cannot be written: {reason}")).hint(
        "what was finished is safe; make room and start again: the new run repairs what is torn",
    )
}

impl Stage for RecordStage {
    fn by(&self) -> By {
        By::Record
    }

    /// What feeds write is looked at whole: a record that is wrong belongs in the quarantine.
    fn wants(&self) -> KindSet {
        const FEED: KindSet = KindSet::of(&[
            Kind::Stream,
            Kind::Trade,
            Kind::Quote,
            Kind::Depth,
            Kind::Bar,
            Kind::Option,
            Kind::Chain,
            Kind::Index,
            Kind::Clock,
            Kind::Status,
        ]);
        FEED
    }

    fn on_record(&mut self, record: &Record, _: &mut dyn Emit) -> Result<Flow, Failure> {
        self.newest = self.newest.max(record.ts());
        Ok(Flow::Pass)
    }

    fn on_line(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<(), Failure> {
        // What was decoded is JSON; of the rest only the head has been looked at.
        let whole = match kind {
            Some(kind) if !kind.is_derived() => std::str::from_utf8(line).is_ok(),
            _ => is_object(line),
        };
        if !whole {
            return Err(Failure::bad_input("the line is not one JSON object in UTF-8"));
        }
        if !kind.map_or(self.stored.keep_unknown, |kind| self.stored.keep.has(kind)) {
            return Ok(());
        }
        self.framer.line(kind, line)?;
        if self.framer.pending() >= BATCH { self.hand_over() } else { Ok(()) }
    }

    fn on_bad(&mut self, bad: &BadLine<'_>) -> Result<(), Failure> {
        self.quarantined += 1;
        self.framer.quarantine(quarantine::entry(bad));
        Ok(())
    }

    fn before_wait(&mut self, out: &mut dyn Emit) -> Result<(), Failure> {
        self.hand_over()?;
        if let Some(reason) = self.failed.as_ref().filter(|_| !self.announced) {
            tracing::error!("the store cannot be written, records are only passed on: {reason}");
            out.after(&Record::Alert(Alert {
                ts: self.newest,
                sym: Sym::NONE,
                by: By::Record,
                level: AlertLevel::Critical,
                code: "recording_failed".into(),
                msg: format!("records are passed on and no longer stored: {reason}"),
                data: None,
            }));
            self.announced = true;
        }
        Ok(())
    }

    fn on_end(&mut self) -> Result<(), Failure> {
        let last = self.framer.finish();
        if self.failed.is_none() {
            // Whether it went well is known when the files are closed.
            let _ = self.background.send(last);
        }
        Ok(())
    }
}
