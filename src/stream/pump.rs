//! The loop that drives a stage.

use crate::stream::Grid;
use crate::stream::Inputs;
use crate::stream::JournalFollower;
use crate::stream::KillFile;
use crate::stream::LineBuffer;
use crate::stream::MaxBad;
use crate::stream::Next;
use crate::stream::Output;
use crate::stream::Progress;
use crate::stream::Stats;
use crate::stream::StreamError;
use crate::stream::bad::Announcer;
use crate::stream::bad::Fault;
use crate::stream::clock;
use crate::stream::input::Input;
use crate::stream::late::APART_US;
use crate::stream::late::LateGuard;
use crate::stream::late::Timeliness;
use crate::wire::BadLine;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::SideEvent;
use crate::wire::Stage;
use crate::wire::StreamMode;
use crate::wire::codec;
use std::io;

/// How the loop treats its input.
#[derive(Debug)]
pub struct PumpOptions {
    /// Longest line, bytes.
    pub max_line: usize,
    /// Bad lines tolerated.
    pub max_bad: MaxBad,
    /// Lateness, microseconds.
    pub lateness_us: i64,
    /// Input lines from here on, microseconds UTC.
    pub since: Option<i64>,
    /// Input lines before, microseconds UTC.
    pub until: Option<i64>,
    /// So many input lines.
    pub limit: Option<u64>,
    /// Kill file watched.
    pub kill_file: Option<KillFile>,
    /// Journal followed.
    pub journal: Option<JournalFollower>,
    /// Whether the stage goes on when nobody reads its output any more (a recorder does).
    pub outlives_reader: bool,
}

impl Default for PumpOptions {
    fn default() -> Self {
        Self {
            max_line: 1 << 20,
            max_bad: MaxBad::Auto,
            lateness_us: 1000,
            since: None,
            until: None,
            limit: None,
            kill_file: None,
            journal: None,
            outlives_reader: false,
        }
    }
}

/// How a stage ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// Counts.
    pub stats: Stats,
    /// Exit code asked for by the stage (`Flow::Stop`) or by a signal.
    pub code: Option<u8>,
    /// An input that ended inside a line: its name and what was there.
    pub torn: Option<String>,
}

/// Whether to go on.
enum Step {
    On,
    Done,
    Stop(u8),
}

/// Drives `stage` over the inputs until their end, the limit, a stop, a signal, or until
/// downstream has gone.
///
/// # Errors
/// Input that cannot be read, too many bad lines, output that cannot be written, a failing stage.
/// Everything that was decided before is written first.
pub fn pump<S: Stage + ?Sized>(
    stage: &mut S,
    inputs: &mut Inputs,
    output: &mut Output,
    grid: Grid,
    options: PumpOptions,
    progress: &Progress,
) -> Result<End, StreamError> {
    if options.kill_file.is_some() || options.journal.is_some() {
        inputs.watch_side_channels();
    }
    let mut pump = Pump {
        own: stage.by(),
        wants: stage.wants(),
        stage,
        output,
        grid,
        late: LateGuard::new(options.lateness_us),
        announcer: Announcer::default(),
        options,
        stats: Stats::default(),
        name: String::new(),
        line: 0,
        newest: 0,
        started: false,
        live: false,
        torn: None,
    };
    let result = pump.run(inputs, progress);
    // Whatever happened, what was decided goes out; the first error is the one to report.
    let flushed = pump.output.flush();
    let code = result?;
    flushed?;
    pump.stats.written = pump.output.written();
    Ok(End { stats: pump.stats, code, torn: pump.torn })
}

struct Pump<'a, S: Stage + ?Sized> {
    stage: &'a mut S,
    own: crate::wire::By,
    wants: crate::wire::KindSet,
    output: &'a mut Output,
    grid: Grid,
    late: LateGuard,
    announcer: Announcer,
    options: PumpOptions,
    stats: Stats,
    name: String,
    line: u64,
    newest: i64,
    started: bool,
    live: bool,
    torn: Option<String>,
}

impl<S: Stage + ?Sized> Pump<'_, S> {
    fn run(&mut self, inputs: &mut Inputs, progress: &Progress) -> Result<Option<u8>, StreamError> {
        let mut lines = LineBuffer::new(self.options.max_line);
        while let Some(mut input) = inputs.next_input()? {
            input.name.clone_into(&mut self.name);
            self.line = 0;
            loop {
                match self.block(&mut lines)? {
                    Step::On => {}
                    Step::Done => return self.finish(None),
                    Step::Stop(code) => return self.finish(Some(code)),
                }
                if let Some(code) = self.side_channels()? {
                    return self.finish(Some(code));
                }
                if let Some(code) = inputs.interrupted() {
                    return self.finish(Some(code));
                }
                if input.may_block {
                    self.output.flush()?;
                    self.before_wait()?;
                } else {
                    self.output.flush_if_full()?;
                }
                if self.output.is_closed() && !self.options.outlives_reader {
                    return self.finish(None);
                }
                progress.at(inputs.done_bytes());
                if !self.fill(&mut lines, &mut input)? {
                    break;
                }
            }
            match self.rest(&mut lines)? {
                Step::On => {}
                Step::Done => return self.finish(None),
                Step::Stop(code) => return self.finish(Some(code)),
            }
        }
        self.finish(None)
    }

    fn finish(&mut self, code: Option<u8>) -> Result<Option<u8>, StreamError> {
        self.stage.on_end().map_err(|failure| self.failed(failure))?;
        Ok(code)
    }

    /// The stage's own files, after the output: who reads the stream waits for nobody's disk.
    fn before_wait(&mut self) -> Result<(), StreamError> {
        self.stage.before_wait(self.output).map_err(|failure| self.failed(failure))?;
        self.output.flush()
    }

    /// Reads once; `false` at the end. A wake-up without data is `true`.
    fn fill(&mut self, lines: &mut LineBuffer, input: &mut Input) -> Result<bool, StreamError> {
        loop {
            match lines.fill(input) {
                Ok(more) => return Ok(more),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(source) => return Err(StreamError::Read { name: self.name.clone(), source }),
            }
        }
    }

    /// Every complete line in the buffer.
    fn block(&mut self, lines: &mut LineBuffer) -> Result<Step, StreamError> {
        loop {
            match lines.next_line() {
                Next::More => return Ok(Step::On),
                Next::TooLong(bytes) => return Err(self.too_long(bytes)),
                Next::Line(range) => match self.one(&lines.bytes()[range])? {
                    Step::On => {}
                    other => return Ok(other),
                },
            }
        }
    }

    /// The unterminated last line of an input: used if it is whole JSON, else reported.
    fn rest(&mut self, lines: &mut LineBuffer) -> Result<Step, StreamError> {
        let range = lines.take_rest();
        let rest = &lines.bytes()[range];
        if rest.iter().all(u8::is_ascii_whitespace) {
            return Ok(Step::On);
        }
        if serde_json::from_slice::<serde::de::IgnoredAny>(rest).is_ok()
            && rest.first() == Some(&b'{')
        {
            return self.one(rest);
        }
        let mut shown = String::from_utf8_lossy(&rest[..rest.len().min(60)]).into_owned();
        if rest.len() > 60 {
            shown.push('…');
        }
        let reason = "the input ends inside a line";
        self.torn = Some(format!("{}:{}: {reason}: {shown}", self.name, self.line + 1));
        self.line += 1;
        self.set_aside(reason, rest)?;
        Ok(Step::On)
    }

    fn one(&mut self, line: &[u8]) -> Result<Step, StreamError> {
        if self.options.limit.is_some_and(|limit| self.stats.lines >= limit) {
            return Ok(Step::Done);
        }
        self.line += 1;
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        let kind = match codec::peek(body) {
            Ok(kind) => kind,
            Err(_) if body.iter().all(u8::is_ascii_whitespace) => {
                self.stats.blank += 1;
                return Ok(Step::On);
            }
            Err(error) => return self.bad(Fault::NotJson, &error.to_string(), line),
        };
        if (self.options.since.is_some() || self.options.until.is_some())
            && self.is_outside(kind, body)
        {
            self.stats.outside += 1;
            return Ok(Step::On);
        }
        self.stats.lines += 1;
        let Some(kind) = kind else {
            return self.copy(None, line);
        };
        let own = kind.may_carry_by() && codec::peek_by(body) == Some(self.own);
        if own && !self.stage.keeps_own(kind) {
            self.stats.own += 1;
            return Ok(Step::On);
        }
        if !self.wants.has(kind) || self.is_skipped(kind, body) {
            if body.last() != Some(&b'}') {
                return self.bad(Fault::NotJson, "the line does not end with `}`", line);
            }
            return self.copy(Some(kind), line);
        }
        let record = match codec::decode(kind, body) {
            Ok(record) => record,
            Err(error) => return self.bad(Fault::WrongType, &error.to_string(), line),
        };
        self.record(kind, &record, line)
    }

    fn record(&mut self, kind: Kind, record: &Record, line: &[u8]) -> Result<Step, StreamError> {
        if let Some(fault) = self.grid.fault(record) {
            return self.bad(Fault::BadValue, &fault, line);
        }
        match self.late.weigh(record) {
            Timeliness::InTime => self.keep_time(record.ts()),
            Timeliness::Late => {
                self.stats.late += 1;
                self.announce(Fault::Late, "older than the newest record of its source and kind");
                return self.copy(Some(kind), line);
            }
            Timeliness::After(ahead) => self.step_back(record.ts(), ahead),
        }
        // A kill file that was there at the start acts before the first record, but after the one
        // that says what the stream is.
        if !self.started && kind != Kind::Stream {
            self.started = true;
            if let Some(code) = self.side_channels()? {
                return Ok(Step::Stop(code));
            }
        }
        if let Record::Stream(stream) = record {
            self.live = matches!(stream.mode, StreamMode::Live | StreamMode::Delayed);
        }
        let mark = self.output.mark();
        let flow = match self.stage.on_record(record, self.output) {
            Ok(flow) => flow,
            Err(failure) if failure.class == FailureClass::BadInput => {
                self.output.rewind(mark);
                return self.bad(Fault::BadValue, &failure.message, line);
            }
            Err(failure) => return Err(self.failed(failure)),
        };
        if flow != Flow::Drop {
            if let Err(failure) = self.stage.on_line(Some(kind), line) {
                if failure.class != FailureClass::BadInput {
                    return Err(self.failed(failure));
                }
                self.output.rewind(mark);
                return self.bad(Fault::NotJson, &failure.message, line);
            }
            self.output.pass(Some(kind), line);
        }
        self.output.settle();
        match flow {
            Flow::Stop(code) => Ok(Step::Stop(code)),
            Flow::Pass | Flow::Drop => {
                self.output.flush_if_large()?;
                Ok(Step::On)
            }
        }
    }

    /// Copies a line that the stage does not fold.
    #[inline]
    fn copy(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<Step, StreamError> {
        match self.stage.on_line(kind, line) {
            Ok(()) => {
                self.output.pass(kind, line);
                Ok(Step::On)
            }
            Err(failure) if failure.class == FailureClass::BadInput => {
                self.bad(Fault::NotJson, &failure.message, line)
            }
            Err(failure) => Err(self.failed(failure)),
        }
    }

    fn is_skipped(&self, kind: Kind, body: &[u8]) -> bool {
        self.stage.rests(kind)
            || kind.is_derived()
                && codec::peek_ts(body).is_some_and(|ts| self.stage.skips(kind, ts))
    }

    /// A stream record describes what follows and is kept whatever the range.
    fn is_outside(&self, kind: Option<Kind>, body: &[u8]) -> bool {
        kind != Some(Kind::Stream)
            && codec::peek_ts(body).is_some_and(|ts| {
                self.options.since.is_some_and(|since| ts < since)
                    || self.options.until.is_some_and(|until| ts >= until)
            })
    }

    /// Looks at the side channels; before the first record there is no event time to stamp with.
    fn side_channels(&mut self) -> Result<Option<u8>, StreamError> {
        if !self.started && !self.live {
            return Ok(None);
        }
        if let Some(journal) = &mut self.options.journal {
            journal.poll()?;
        }
        while let Some(record) =
            self.options.journal.as_mut().and_then(JournalFollower::next_record)
        {
            let event = SideEvent::Journal { ts: self.edge(), record: Box::new(record) };
            if let Some(code) = self.side_event(&event)? {
                return Ok(Some(code));
            }
        }
        let Some(reason) = self.options.kill_file.as_mut().and_then(KillFile::check) else {
            return Ok(None);
        };
        self.side_event(&SideEvent::Kill { ts: self.edge(), reason })
    }

    /// The stamp of what comes from beside the stream.
    fn edge(&self) -> i64 {
        if self.live { clock::now_us() } else { self.newest }
    }

    fn side_event(&mut self, event: &SideEvent) -> Result<Option<u8>, StreamError> {
        let flow =
            self.stage.on_side(event, self.output).map_err(|failure| self.failed(failure))?;
        self.output.settle();
        Ok(match flow {
            Flow::Stop(code) => Some(code),
            Flow::Pass | Flow::Drop => None,
        })
    }

    #[cold]
    fn bad(&mut self, fault: Fault, reason: &str, line: &[u8]) -> Result<Step, StreamError> {
        self.stats.bad += 1;
        tracing::debug!("{}:{}: {reason}", self.name, self.line);
        self.set_aside(reason, line)?;
        self.announce(fault, reason);
        if self.options.max_bad.exceeded(self.stats.bad, self.line, self.live) {
            return Err(StreamError::BadInput {
                name: self.name.clone(),
                line: self.line,
                reason: reason.into(),
                hint: fault.hint().into(),
            });
        }
        Ok(Step::On)
    }

    fn set_aside(&mut self, reason: &str, line: &[u8]) -> Result<(), StreamError> {
        let (input, number, newest) = (self.name.as_str(), self.line, self.newest);
        let bad = BadLine { input, number, newest, reason, line };
        self.stage.on_bad(&bad).map_err(|failure| self.failed(failure))
    }

    /// The newest stamp, but of no kind or source that is far ahead of the others.
    #[inline]
    const fn keep_time(&mut self, ts: i64) {
        if ts > self.newest || self.newest - ts > APART_US {
            self.newest = ts;
        }
    }

    /// A stamp was ahead of all others: time is that of the others again.
    #[cold]
    fn step_back(&mut self, ts: i64, ahead: i64) {
        self.keep_time(ts);
        self.stats.ahead += 1;
        self.announce(Fault::Ahead, &format!("a record before it has `ts` {ahead}"));
    }

    #[cold]
    fn announce(&mut self, fault: Fault, reason: &str) {
        let (ts, own, line) = (self.newest, self.own, self.line);
        if let Some(alert) = self.announcer.alert(fault, ts, own, line, reason) {
            self.output.before(&alert.into());
        }
    }

    #[cold]
    fn too_long(&self, bytes: usize) -> StreamError {
        StreamError::BadInput {
            name: self.name.clone(),
            line: self.line + 1,
            reason: format!(
                "a line of at least {bytes} bytes exceeds --max-line {}",
                self.options.max_line
            ),
            hint: "is this NDJSON? raise --max-line if such lines are meant".into(),
        }
    }

    #[cold]
    fn failed(&self, failure: Failure) -> StreamError {
        StreamError::Stage { name: self.name.clone(), line: self.line, failure }
    }
}
