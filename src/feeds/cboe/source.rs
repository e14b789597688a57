//! Chains as a source of the stream: files, or the address itself.

use crate::feeds::Diagnosis;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::cboe::fetch::Fetched;
use crate::feeds::cboe::fetch::Fetcher;
use crate::feeds::cboe::snapshot::Snapshot;
use crate::feeds::cboe::snapshot::decode;
use crate::feeds::glimpse::Glimpse;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::feeds::text_input;
use crate::market::Calendar;
use crate::market::Sym;
use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::stream::StreamError;
use crate::stream::clock;
use crate::wire::Chain;
use crate::wire::Clock;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Index;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::TradeFlags;
use std::io::ErrorKind;
use std::io::Read;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;
/// Largest document: far above any chain.
const DOCUMENT_MAX: usize = 256 << 20;
/// How long a wait lasts before signals are looked at.
const WAIT: Duration = Duration::from_millis(100);
/// Failures in a row after which the address is lost for good.
const FAILURES_MAX: u32 = 10;

/// How chains are read.
#[derive(Clone, Copy, Debug)]
pub struct CboeOptions {
    /// Phase written into the stream record.
    pub phase: StreamPhase,
    /// Bad options tolerated.
    pub max_bad: MaxBad,
    /// How far the clock records of an idle address stay behind, milliseconds.
    pub clock_lateness_ms: i64,
}

impl Default for CboeOptions {
    fn default() -> Self {
        let phase = StreamPhase::Run;
        Self { phase, max_bad: MaxBad::Auto, clock_lateness_ms: 500 }
    }
}

/// Writes snapshots.
struct Teller {
    options: CboeOptions,
    mode: StreamMode,
    described: Option<Sym>,
    run: String,
    newest: Option<i64>,
    rows: u64,
    bad: BadRows,
}

impl Teller {
    fn new(options: CboeOptions, mode: StreamMode) -> Self {
        let bad = match mode {
            StreamMode::Replay => BadRows::new(options.max_bad),
            _ => BadRows::live(options.max_bad),
        };
        let (described, newest, rows) = (None, None, 0);
        Self { options, mode, described, run: String::new(), newest, rows, bad }
    }

    /// Writes one snapshot, received at `ts`.
    fn tell(
        &mut self,
        name: &str,
        snapshot: &Snapshot,
        ts: i64,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        if self.newest.is_some_and(|newest| ts < newest) {
            let text = format!("{name}: the chain is older than the one before it");
            return Err(Failure::bad_input(text).hint("give the files in order of their time"));
        }
        self.describe(snapshot, ts, out);
        self.newest = Some(ts);
        self.rows += snapshot.counts.listed;
        for (place, refusal) in &snapshot.refused {
            let place = format!("{name}:{place}");
            self.bad.refuse(refusal, &place, self.rows, self.newest, out)?;
        }
        let (und, spot, asof) = (snapshot.und, snapshot.spot, snapshot.asof());
        if let Some(px) = spot {
            let (src, rx, flags) = (Src::Cboe, None, TradeFlags::default());
            out.record(&Record::Index(Index { ts, sym: und, px, src, rx, flags }));
        }
        for option in &snapshot.options {
            out.record(&Record::Option(option.clone()));
        }
        let n = snapshot.options.len() as u64;
        out.record(&Record::Chain(Chain { ts, sym: und, und, n, spot, asof, src: Src::Cboe }));
        let counts = snapshot.counts;
        tracing::info!(
            "{name}: {n} options; {} had settled, {} without volatility, {} crossed quotes dropped, \
             {} refused",
            counts.expired,
            counts.without_iv,
            counts.crossed,
            counts.refused
        );
        Ok(())
    }

    /// Writes what the stream is, where that is new.
    fn describe(&mut self, snapshot: &Snapshot, ts: i64, out: &mut dyn SourceOut) {
        if self.described == Some(snapshot.und) {
            return;
        }
        let first = self.described.replace(snapshot.und).is_none();
        if first {
            let (stamp, und) = (snapshot.stamp.to_le_bytes(), snapshot.und);
            self.run = run_id(&[b"cboe", und.as_bytes(), &stamp]);
        }
        let replay = self.mode == StreamMode::Replay;
        out.record(&Record::Stream(Stream {
            ts,
            sym: snapshot.und,
            v: 1,
            src: Src::Cboe,
            mode: self.mode,
            phase: self.options.phase,
            origin: replay.then_some(StreamMode::Delayed),
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(snapshot.und.as_str().to_owned()),
        }));
        let text = "quotes are 15 minutes older than the document; asof says their time";
        out.record(&status(ts, snapshot.und, StatusState::Delayed, "delayed", text));
    }
}

fn status(ts: i64, sym: Sym, state: StatusState, code: &str, msg: &str) -> Record {
    let (code, msg) = (Some(code.to_owned()), msg.to_owned());
    Record::Status(Status { ts, sym, by: None, src: Some(Src::Cboe), state, code, msg })
}

/// Reads chains from files, in order, as records of `src` cboe and mode replay. `ts` is the time of
/// the document: when it was downloaded.
pub struct CboeSource {
    inputs: Inputs,
    current: Option<Input>,
    document: Vec<u8>,
    block: Vec<u8>,
    calendar: Calendar,
    teller: Teller,
}

impl CboeSource {
    /// Reads `inputs` in order.
    pub fn new(inputs: Inputs, options: CboeOptions, calendar: Calendar) -> Self {
        Self {
            inputs,
            current: None,
            document: Vec::new(),
            block: vec![0; BLOCK],
            calendar,
            teller: Teller::new(options, StreamMode::Replay),
        }
    }

    /// Options refused.
    pub const fn bad_rows(&self) -> u64 {
        self.teller.bad.count()
    }

    /// Reads everything and tells what the files are: for `--check`.
    pub fn check(mut self) -> Diagnosis {
        let mut found = Diagnosis::default();
        let mut seen = Glimpse::default();
        loop {
            match self.pull(&mut seen) {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => {
                    let hint = failure.hint.unwrap_or_default();
                    found.bad(failure.class, "file", failure.message, hint);
                    break;
                }
            }
        }
        report(&self.teller, &seen, &mut found);
        found
    }
}

/// What a check says of what was written.
fn report(teller: &Teller, seen: &Glimpse, found: &mut Diagnosis) {
    if seen.kinds.is_empty() {
        return;
    }
    found.good("chain", seen.counted());
    let text = "ts is when the chain was received, asof 15 minutes before the document's time";
    found.good("time", text);
    for record in &seen.first {
        found.good("first", record);
    }
    if let Some(record) = seen.last() {
        found.good("last", record);
    }
    for (code, count) in teller.bad.by_code() {
        let remedy = "run without --check to see the first of them with their place";
        found.bad(FailureClass::BadInput, "refused", format!("{count} x {code}"), remedy);
    }
}

impl Source for CboeSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let Some(input) = &mut self.current else {
            let next = self.inputs.next_input();
            self.current = next.map_err(|error| text_input::failure(&error))?;
            return Ok(self.current.is_some());
        };
        if input.may_block {
            out.before_wait()?;
        }
        match input.read(&mut self.block) {
            Ok(0) => {}
            Ok(read) => {
                self.document.extend_from_slice(&self.block[..read]);
                if self.document.len() > DOCUMENT_MAX {
                    let text = format!("{}: more than {DOCUMENT_MAX} bytes", input.name);
                    return Err(Failure::bad_input(text).hint("this is not a chain"));
                }
                return Ok(true);
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) =>
            {
                return Ok(true);
            }
            Err(source) => {
                let name = input.name.clone();
                return Err(text_input::failure(&StreamError::Read { name, source }));
            }
        }
        let name = std::mem::take(&mut input.name);
        self.current = None;
        let document = std::mem::take(&mut self.document);
        let snapshot = decode(&document, &self.calendar).map_err(|failure| Failure {
            message: format!("{name}: {}", failure.message),
            ..failure
        })?;
        self.teller.tell(&name, &snapshot, snapshot.stamp, out)?;
        Ok(true)
    }
}

/// Asks the address, once or again and again, as records of mode delayed. `ts` is when the document
/// was received.
pub struct CboeFollow {
    ask: Sender<()>,
    answers: Receiver<Result<Fetched, Failure>>,
    url: String,
    every: Option<Duration>,
    calendar: Calendar,
    teller: Teller,
    waiting: bool,
    next: Duration,
    start: std::time::Instant,
    last_clock: i64,
    failures: u32,
    done: bool,
}

impl CboeFollow {
    /// Asks once, or with `every` that often, at most once a minute. The request runs on a thread, so
    /// that a signal is heeded while it takes its time.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(
        mut fetcher: Fetcher,
        every: Option<Duration>,
        options: CboeOptions,
        calendar: Calendar,
    ) -> Result<Self, Failure> {
        let url = fetcher.url().to_owned();
        let (ask, asked) = mpsc::channel::<()>();
        let (answer, answers) = mpsc::channel();
        let spawned = thread::Builder::new().name("cboe".into()).spawn(move || {
            while asked.recv().is_ok() {
                if answer.send(fetcher.fetch()).is_err() {
                    return;
                }
            }
        });
        spawned.map_err(|e| Failure::new(FailureClass::Other, format!("no thread: {e}")))?;
        Ok(Self {
            ask,
            answers,
            url,
            every,
            calendar,
            teller: Teller::new(options, StreamMode::Delayed),
            waiting: false,
            next: Duration::ZERO,
            start: clock::instant(),
            last_clock: 0,
            failures: 0,
            done: false,
        })
    }

    /// Asks once and tells what came: for `--check`.
    pub fn check(mut self) -> Diagnosis {
        self.every = None;
        let mut found = Diagnosis::default();
        let mut seen = Glimpse::default();
        loop {
            match self.pull(&mut seen) {
                Ok(true) => {}
                Ok(false) => {
                    found.good("address", format!("{} answers", self.url));
                    break;
                }
                Err(failure) => {
                    let hint = failure.hint.unwrap_or_default();
                    found.bad(failure.class, "address", failure.message, hint);
                    break;
                }
            }
        }
        report(&self.teller, &seen, &mut found);
        found
    }

    fn answered(
        &mut self,
        answer: Result<Fetched, Failure>,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        self.waiting = false;
        self.done = self.every.is_none();
        self.next = clock::instant() - self.start + self.every.unwrap_or_default();
        let und = self.teller.described.unwrap_or(Sym::NONE);
        let told = match answer {
            Ok(Fetched::Unchanged) => Ok(()),
            Ok(Fetched::Document(body, received)) => {
                let url = self.url.clone();
                decode(&body, &self.calendar).and_then(|snapshot| {
                    let ts = received.max(self.teller.newest.unwrap_or(received));
                    self.teller.tell(&url, &snapshot.received(ts), ts, out)
                })
            }
            Err(failure) => Err(failure),
        };
        let now = clock::now_us();
        match told {
            Ok(()) => {
                if self.failures > 0 {
                    out.record(&status(
                        now,
                        und,
                        StatusState::Up,
                        "up",
                        "the address answers again",
                    ));
                }
                self.failures = 0;
                Ok(())
            }
            // Once: the failure is the answer. Followed: said, and tried again at the next time.
            Err(failure) if self.every.is_none() => Err(failure),
            Err(failure) => {
                self.failures += 1;
                if self.failures == 1 {
                    out.record(&status(now, und, StatusState::Down, "down", &failure.message));
                }
                tracing::warn!("{}", failure.message);
                let lost = matches!(failure.class, FailureClass::NotPermitted);
                if lost || self.failures >= FAILURES_MAX { Err(failure) } else { Ok(()) }
            }
        }
    }

    /// Lets time pass: a clock record a second, so that who joins streams need not wait.
    fn idle(&mut self, out: &mut dyn SourceOut) {
        let now = clock::now_us();
        if self.teller.described.is_some() && now - self.last_clock >= 1_000_000 {
            self.last_clock = now;
            let ts = now - self.teller.options.clock_lateness_ms * 1000;
            if self.teller.newest.is_none_or(|newest| ts >= newest) {
                out.record(&Record::Clock(Clock { ts, sym: Sym::NONE, src: Src::Cboe }));
            }
        }
    }
}

impl Source for CboeFollow {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        if self.done {
            return Ok(false);
        }
        if !self.waiting && clock::instant() - self.start >= self.next {
            self.waiting = true;
            let gone = |_| Failure::new(FailureClass::Internal, "the fetching thread has gone");
            self.ask.send(()).map_err(gone)?;
        }
        self.idle(out);
        out.before_wait()?;
        match self.answers.recv_timeout(WAIT) {
            Ok(answer) => self.answered(answer, out)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let text = "the fetching thread has gone";
                return Err(Failure::new(FailureClass::Internal, text));
            }
        }
        Ok(true)
    }
}
