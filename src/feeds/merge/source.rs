//! The inputs of a merge: files and pipes, each read by a thread of its own.

use crate::config::Config;
use crate::feeds::Refusal;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::merge::merger::MergeSettings;
use crate::feeds::merge::merger::MergeSink;
use crate::feeds::merge::merger::Merger;
use crate::feeds::text_input;
use crate::market::Sym;
use crate::stream::Input;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::stream::StreamError;
use crate::stream::Wake;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Kind;
use crate::wire::Record;
use std::io::ErrorKind;
use std::io::Read;
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

/// Bytes a read.
const BLOCK: usize = 64 * 1024;
/// Blocks that a thread reads ahead.
const BLOCKS_AHEAD: usize = 4;
/// Bytes of one pipe that may wait for the others; beyond, it is no longer read.
const AHEAD_MAX: usize = 8 << 20;
/// Lines a pull.
const BATCH: usize = 1024;
/// How long a wait lasts before signals are looked at.
const WAIT: Duration = Duration::from_millis(100);
/// Waits after which the user is told what is waited for.
const WAITS_BEFORE_WORDS: u32 = 100;

/// How streams are joined.
#[derive(Clone, Copy, Debug)]
pub struct MergeOptions {
    /// The order.
    pub settings: MergeSettings,
    /// Bad lines tolerated.
    pub max_bad: MaxBad,
}

impl MergeOptions {
    /// The order that `config` asks for. `lateness_ms` is what `--lateness` says.
    pub fn new(
        config: &Config,
        lateness_ms: Option<i64>,
        max_line: usize,
        max_bad: MaxBad,
    ) -> Self {
        let us = |ms: i64| ms.saturating_mul(1000);
        let settings = MergeSettings {
            lateness_us: us(lateness_ms.unwrap_or(0)),
            patience_us: us(lateness_ms.unwrap_or(config.clock.lateness_ms)),
            tolerance_us: config.clock.lateness_us,
            max_line,
        };
        Self { settings, max_bad }
    }
}

/// Where an input comes from.
pub enum MergeInput {
    /// A file, a named pipe, or `-` for standard input.
    Path(String),
    /// Any other reader, with a name.
    Reader(String, Box<dyn Read + Send>),
}

/// What a thread says.
enum Said {
    /// The input is a pipe.
    Pipe,
    /// The next bytes.
    Bytes(Vec<u8>),
    /// It ended.
    End,
    /// It cannot be read.
    Failed(Failure),
}

struct Lane {
    name: String,
    said: Receiver<Said>,
    pipe: bool,
    ended: bool,
}

/// Joins streams by time.
pub struct MergeSource {
    merger: Merger,
    lanes: Vec<Lane>,
    /// A thread has something to say.
    news: Receiver<()>,
    bad: BadRows,
    late: Late,
    waits: u32,
}

impl MergeSource {
    /// Joins `inputs`; ties are in their order.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn new(inputs: Vec<MergeInput>, options: MergeOptions) -> Result<Self, Failure> {
        let (tell, news) = mpsc::channel();
        let merger = Merger::new(inputs.len(), options.settings);
        let lanes = inputs.into_iter().map(|input| read_aside(input, tell.clone()));
        Ok(Self {
            merger,
            lanes: lanes.collect::<Result<_, _>>()?,
            news,
            bad: BadRows::new(options.max_bad),
            late: Late::default(),
            waits: 0,
        })
    }

    /// Lines that went out late.
    pub const fn late_lines(&self) -> u64 {
        self.late.count
    }

    /// Lines left out.
    pub const fn bad_lines(&self) -> u64 {
        self.bad.count()
    }

    /// Takes what the threads have read, as far as it is needed; whether there was anything.
    fn gather(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let names: Vec<&str> = self.lanes.iter().map(|lane| lane.name.as_str()).collect();
        let (bad, late) = (&mut self.bad, &mut self.late);
        let mut sink = Outlet { out, bad, late, names: &names };
        let mut any = false;
        let mut ended = Vec::new();
        for (index, lane) in self.lanes.iter().enumerate().filter(|(_, lane)| !lane.ended) {
            let roomy = lane.pipe && self.merger.held(index) < AHEAD_MAX;
            if !roomy && !self.merger.waits_for(index) {
                continue;
            }
            let Ok(said) = lane.said.try_recv() else { continue };
            any = true;
            match said {
                Said::Pipe => {
                    self.merger.is_pipe(index);
                    ended.push((index, false));
                }
                Said::Bytes(bytes) => {
                    self.merger.push(index, &bytes, &mut sink).map_err(|failure| Failure {
                        message: format!("{}:{}", lane.name, failure.message),
                        ..failure
                    })?;
                }
                Said::End => {
                    self.merger.end(index, &mut sink)?;
                    ended.push((index, true));
                }
                Said::Failed(failure) => return Err(failure),
            }
        }
        for (index, is_end) in ended {
            self.lanes[index].pipe |= !is_end;
            self.lanes[index].ended |= is_end;
        }
        Ok(any)
    }

    /// Waits for the threads.
    fn wait(&mut self, out: &mut dyn SourceOut) -> Result<(), Failure> {
        out.before_wait()?;
        if self.news.recv_timeout(WAIT) != Err(RecvTimeoutError::Timeout) {
            self.waits = 0;
            return Ok(());
        }
        self.waits += 1;
        if self.waits == WAITS_BEFORE_WORDS {
            let silent = self.lanes.iter().enumerate().filter(|(i, _)| self.merger.waits_for(*i));
            let silent: Vec<_> = silent.map(|(_, lane)| lane.name.as_str()).collect();
            tracing::warn!("waiting for {}: nothing has come for a while", silent.join(" and "));
        }
        Ok(())
    }
}

impl Source for MergeSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let names: Vec<&str> = self.lanes.iter().map(|lane| lane.name.as_str()).collect();
        let (bad, late) = (&mut self.bad, &mut self.late);
        let mut sink = Outlet { out: &mut *out, bad, late, names: &names };
        if self.merger.pop(BATCH, &mut sink) > 0 {
            return Ok(true);
        }
        if self.merger.is_done() {
            if self.late.count > 0 {
                tracing::warn!("{} late lines, passed on and marked", self.late.count);
            }
            return Ok(false);
        }
        if !self.gather(out)? {
            self.wait(out)?;
        }
        Ok(true)
    }
}

/// Reads an input on a thread of its own. The thread ends with its input, or when nobody listens.
fn read_aside(input: MergeInput, tell: Sender<()>) -> Result<Lane, Failure> {
    let (say, said) = mpsc::sync_channel(BLOCKS_AHEAD);
    let name = match &input {
        MergeInput::Path(path) if path == "-" => "standard input".to_owned(),
        MergeInput::Path(name) | MergeInput::Reader(name, _) => name.clone(),
    };
    let spawned = thread::Builder::new().name("merge input".into()).spawn(move || {
        let said = match input {
            MergeInput::Reader(name, reader) => {
                // Its reader may fall silent, as a pipe.
                if say.send(Said::Pipe).is_err() {
                    return;
                }
                read_all(&name, reader, &say, &tell)
            }
            MergeInput::Path(path) => match Input::open(&path, &Wake::default(), &Rc::default()) {
                Ok(input) => {
                    if input.may_block && say.send(Said::Pipe).is_err() {
                        return;
                    }
                    read_all(&input.name.clone(), input, &say, &tell)
                }
                Err(error) => Said::Failed(text_input::failure(&error)),
            },
        };
        // Nobody listens any more: the merge has ended.
        let _ = say.send(said);
        let _ = tell.send(());
    });
    spawned.map_err(|error| Failure::new(FailureClass::Other, format!("no thread: {error}")))?;
    Ok(Lane { name, said, pipe: false, ended: false })
}

fn read_all(name: &str, mut reader: impl Read, say: &SyncSender<Said>, tell: &Sender<()>) -> Said {
    loop {
        let mut block = vec![0; BLOCK];
        match reader.read(&mut block) {
            Ok(0) => return Said::End,
            Ok(read) => {
                block.truncate(read);
                if say.send(Said::Bytes(block)).is_err() {
                    return Said::End;
                }
                let _ = tell.send(());
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(source) => {
                let name = name.to_owned();
                return Said::Failed(text_input::failure(&StreamError::Read { name, source }));
            }
        }
    }
}

/// Late lines, announced once a minute of event time.
#[derive(Default)]
struct Late {
    count: u64,
    announced: Option<i64>,
}

struct Outlet<'a> {
    out: &'a mut dyn SourceOut,
    bad: &'a mut BadRows,
    late: &'a mut Late,
    names: &'a [&'a str],
}

impl Outlet<'_> {
    fn place(&self, input: usize, line: u64) -> String {
        format!("{}:{line}", self.names.get(input).copied().unwrap_or_default())
    }
}

impl MergeSink for Outlet<'_> {
    #[inline]
    fn line(&mut self, kind: Option<Kind>, ts: i64, line: &[u8]) {
        self.out.line(kind, ts, line);
    }

    fn late(&mut self, record: &Record, newest: i64, input: usize, line: u64) {
        self.out.record(record);
        self.late.count += 1;
        let minute = newest.div_euclid(60_000_000);
        if self.late.announced.replace(minute) != Some(minute) {
            let behind = newest.saturating_sub(record.ts()) / 1000;
            let place = self.place(input, line);
            self.out.record(&Record::Alert(Alert {
                ts: newest,
                sym: Sym::NONE,
                by: By::Feed,
                level: AlertLevel::Warning,
                code: "late_records".into(),
                msg: format!("{place} is {behind} ms behind what went out before it: marked late"),
                data: None,
            }));
        }
    }

    fn refused(
        &mut self,
        refusal: &Refusal,
        input: usize,
        line: u64,
        lines: u64,
        newest: Option<i64>,
    ) -> Result<(), Failure> {
        let place = self.place(input, line);
        self.bad.refuse(refusal, &place, lines, newest, self.out)
    }
}
