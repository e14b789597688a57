//! A file of Sierra Chart that grows, as a live source of the stream.

use crate::config::Config;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::identity::run_id;
use crate::feeds::sierra::binary_reader::Sink;
use crate::feeds::sierra::binary_reader::scale_for;
use crate::feeds::sierra::binary_reader::unreadable;
use crate::feeds::sierra::depth::DepthBatches;
use crate::feeds::sierra::follow_clock::FollowClock;
use crate::feeds::sierra::followed_file::FollowedFile;
use crate::feeds::sierra::followed_file::Growth;
use crate::feeds::sierra::followed_file::Rewritten;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::quiet::Quiet;
use crate::feeds::sierra::record_file::FileFault;
use crate::feeds::sierra::session::Session;
use crate::feeds::sierra::session::SierraOptions;
use crate::feeds::sierra::source::FileKind;
use crate::feeds::sierra::source::first_prices;
use crate::feeds::sierra::source::of_file;
use crate::feeds::sierra::tape::Tape;
use crate::market::Calendar;
use crate::market::Sym;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Clock;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;

/// A bundle whose last part has not come for so long is given as it is.
const BUNDLE_US: i64 = 100_000;
/// How often the name is looked up: it may belong to another file.
const NAME_US: i64 = 250_000;
/// How long a file may be gone: Sierra deletes and downloads in a moment.
const GONE_US: i64 = 60_000_000;

/// How a growing file is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FollowOptions {
    /// Wait for a file that is not there yet.
    pub wait: bool,
}

/// Data that may be missing.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: i64,
    why: Rewritten,
}

/// Follows one file.
struct Follow<S: Sink> {
    file: Option<FollowedFile<S::Layout>>,
    sink: Option<S>,
    sym: Sym,
    live: bool,
    gap: Option<Gap>,
    /// Until the wanted time begins, microseconds UTC.
    from: Option<i64>,
    /// After a resynchronisation, up to the first record beyond it: what was read before.
    beyond: Option<i64>,
    /// Newest stamp read, microseconds UTC.
    newest: i64,
    named_at: i64,
    gone_at: Option<i64>,
}

/// What all kinds of files share.
struct Shared {
    path: PathBuf,
    name: String,
    options: FollowOptions,
    session: Session,
    clock: Box<dyn FollowClock>,
    quiet: Quiet,
    behind_us: i64,
}

enum Kind {
    /// The file is not there, or too short to tell.
    Unknown,
    Scid(Box<Follow<Tape>>),
    Depth(Box<Follow<DepthBatches>>),
}

/// Follows a `.scid` or `.depth` file: what is added comes out at once, with mode live.
///
/// With `since`, what is in the file from then on comes first, as warm-up; without, only what is
/// added (and of a `.depth` file the book so far).
pub struct FollowSource {
    shared: Shared,
    kind: Kind,
}

impl FollowSource {
    /// Follows the file at `path`. `config` has the products with their ticks and says how patient
    /// to be, `calendar` when data are expected.
    pub fn new(
        path: &Path,
        options: SierraOptions,
        follow: FollowOptions,
        config: Config,
        calendar: Calendar,
        mut clock: Box<dyn FollowClock>,
    ) -> Self {
        let (mono, utc) = (clock.mono_us(), clock.utc_us());
        let quiet = Quiet::new(calendar, config.feed.stale_trades_s * 1_000_000, mono, utc);
        let behind_us = (config.feed.flush_ms + config.clock.lateness_ms) * 1000;
        let name = path.display().to_string();
        let bad = BadRows::live(options.max_bad);
        let mut session = Session::new(options, config, bad);
        session.run = run_id(&[b"sierra live", name.as_bytes(), &utc.to_le_bytes()]);
        let shared = Shared {
            path: path.to_owned(),
            name,
            options: follow,
            session,
            clock,
            quiet,
            behind_us,
        };
        Self { shared, kind: Kind::Unknown }
    }

    /// Looks what kind of file it is; `Unknown` while there is none, or nothing in it.
    fn recognise(&self) -> Result<Kind, Failure> {
        let shared = &self.shared;
        let mut head = [0; 64];
        let read = match File::open(&shared.path).and_then(|file| file.read_at(&mut head, 0)) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound && shared.options.wait => 0,
            Err(error) => {
                return Err(unreadable(&shared.name, &error).hint(
                    "check the path; a file that Sierra Chart has not made yet is waited for with \
                     --wait",
                ));
            }
        };
        match FileKind::of(&head[..read]) {
            Some(FileKind::Scid) => Ok(Kind::Scid(Box::new(Follow::new(shared)?))),
            Some(FileKind::Depth) => Ok(Kind::Depth(Box::new(Follow::new(shared)?))),
            None if read < 4 => Ok(Kind::Unknown),
            _ => Err(Failure::bad_input(format!("{} is no .scid or .depth file", shared.name))
                .hint("only those grow while Sierra Chart runs; leave --follow out for others")),
        }
    }
}

impl Source for FollowSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        if matches!(self.kind, Kind::Unknown) {
            self.kind = self.recognise()?;
            if matches!(self.kind, Kind::Depth(_)) {
                let seconds = self.shared.session.config.feed.stale_depth_s;
                self.shared.quiet.set_limit(seconds * 1_000_000);
            }
        }
        match &mut self.kind {
            Kind::Unknown => {
                out.before_wait()?;
                let pause = self.shared.quiet.pause(self.shared.clock.mono_us());
                self.shared.clock.wait_us(pause);
                Ok(true)
            }
            Kind::Scid(follow) => follow.pull(&mut self.shared, out),
            Kind::Depth(follow) => follow.pull(&mut self.shared, out),
        }
    }
}

impl Shared {
    /// Stamp of what is no datum: as far behind as data may still come.
    fn stamp(&mut self, newest: i64) -> i64 {
        newest.max(self.clock.utc_us() - self.behind_us)
    }
}

fn status(ts: i64, sym: Sym, state: StatusState, code: &str, msg: String, out: &mut dyn SourceOut) {
    tracing::info!("{msg}");
    let (src, code) = (Some(Src::Scid), Some(code.to_owned()));
    out.record(&Record::Status(Status { ts, sym, by: None, src, state, code, msg }));
}

impl<S: Sink> Follow<S> {
    fn new(shared: &Shared) -> Result<Self, Failure> {
        Ok(Self {
            file: None,
            sink: None,
            sym: shared.session.options.contract(&shared.name)?,
            live: false,
            gap: None,
            from: shared.session.options.since.map(S::from),
            beyond: None,
            newest: i64::MIN,
            named_at: 0,
            gone_at: None,
        })
    }

    fn pull(&mut self, shared: &mut Shared, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        if self.file.is_none() && !self.open(shared, out)? {
            return self.wait(shared, out).map(|()| true);
        }
        let Some(file) = &mut self.file else { return Ok(true) };
        match file.poll().map_err(|error| unreadable(&shared.name, &error))? {
            Growth::Records(count, at_end) => {
                if self.take(count, at_end, shared, out)? == 0 {
                    return self.nothing_new(shared, out);
                }
            }
            Growth::SameAgain => {
                tracing::info!("{}: the last record was written again", shared.name);
            }
            Growth::Rewritten(why) => self.lose(why, shared, out),
            Growth::None => return self.nothing_new(shared, out),
        }
        Ok(true)
    }

    fn nothing_new(
        &mut self,
        shared: &mut Shared,
        out: &mut dyn SourceOut,
    ) -> Result<bool, Failure> {
        if self.live {
            return self.idle(shared, out);
        }
        self.go_live(shared, out);
        Ok(true)
    }

    /// Opens the file, for the first time or again; `false` while it is not there.
    fn open(&mut self, shared: &mut Shared, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let mut file = match FollowedFile::<S::Layout>::open(&shared.path) {
            Ok(file) => file,
            // Being made: there is no header yet.
            Err(FileFault::Io(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof
                ) =>
            {
                return Ok(false);
            }
            Err(fault) => return Err(of_file(&shared.name, &fault)),
        };
        let io = |error: io::Error| unreadable(&shared.name, &error);
        let records = file.file().records().map_err(io)?;
        let again = self.gap.is_some();
        let next = match shared.session.options.since {
            _ if again && self.newest == i64::MIN => 0,
            _ if again => file.file().lower_bound(self.newest + 1, records).map_err(io)?,
            Some(since) => {
                let index = file.file().lower_bound(S::from(since), records).map_err(io)?;
                S::before(file.file(), index).map_err(io)?
            }
            None => S::tail(file.file(), records).map_err(io)?,
        };
        file.go_to(next).map_err(io)?;
        if !again && next > 0 {
            self.newest = file.file().ts(next - 1).map_err(io)?.unwrap_or(i64::MIN);
        }
        if self.sink.is_none() {
            let prices = first_prices::<S>(file.file()).map_err(io)?;
            self.set_scale(&prices, shared)?;
        }
        self.file = Some(file);
        if again {
            self.beyond = Some(self.newest);
            if self.gone_at.take().is_some() {
                let (ts, msg) = (shared.stamp(self.newest), format!("{} is back", shared.name));
                status(ts, self.sym, StatusState::Resync, "file_back", msg, out);
            }
        } else {
            (shared.session.mode, shared.session.phase) = (StreamMode::Replay, StreamPhase::Warmup);
            tracing::info!("{}: follows from record {next} of {records} on", shared.name);
        }
        Ok(true)
    }

    /// The scale, as soon as there is a price that tells it.
    fn set_scale(&mut self, prices: &[f32], shared: &Shared) -> Result<(), Failure> {
        if !prices.is_empty() {
            let scale = scale_for(&shared.name, self.sym, prices, &shared.session)?;
            self.sink = Some(S::new(self.sym, scale, &shared.session));
        }
        Ok(())
    }

    /// The end of what was in the file: from here on it is live.
    fn go_live(&mut self, shared: &mut Shared, out: &mut dyn SourceOut) {
        self.live = true;
        shared.session.mode = StreamMode::Live;
        shared.session.phase = shared.session.options.phase;
        let ts = shared.stamp(self.newest);
        shared.session.describe(ts, self.sym, out);
        let msg = format!("{} is followed", shared.name);
        status(ts, self.sym, StatusState::Up, "file_followed", msg, out);
        let (mono, utc) = (shared.clock.mono_us(), shared.clock.utc_us());
        shared.quiet.on_data(mono, utc);
    }

    /// Takes the records found by the last poll; how many.
    fn take(
        &mut self,
        count: usize,
        at_end: bool,
        shared: &mut Shared,
        out: &mut dyn SourceOut,
    ) -> Result<usize, Failure> {
        // The file is put back when the borrow of its block ends.
        let Some(mut file) = self.file.take() else { return Ok(0) };
        let taken = self.take_from(&file, count, at_end, shared, out);
        if let Ok(taken) = taken {
            file.take(taken);
        }
        self.file = Some(file);
        taken
    }

    fn take_from(
        &mut self,
        file: &FollowedFile<S::Layout>,
        count: usize,
        at_end: bool,
        shared: &mut Shared,
        out: &mut dyn SourceOut,
    ) -> Result<usize, Failure> {
        let bytes = file.found(count);
        let (mono, utc) = (shared.clock.mono_us(), shared.clock.utc_us());
        let records = || bytes.chunks_exact(S::Layout::RECORD).map(S::Layout::record);
        if self.sink.is_none() {
            let prices: Vec<f32> = records().filter_map(|record| S::price(&record)).collect();
            self.set_scale(&prices, shared)?;
        }
        let Some(mut sink) = self.sink.take() else { return Ok(0) };
        let mut result = Ok(count);
        for (index, record) in records().enumerate() {
            // The last record of the file may still be written again: a bar that is forming.
            let until = sink.forming_until(&record).map(|end| end + shared.behind_us);
            if at_end && index + 1 == count && until.is_some_and(|until| utc < until) {
                result = Ok(index);
                break;
            }
            if let Err(failure) =
                self.one(&mut sink, &record, file.next() + index as u64, (mono, utc), shared, out)
            {
                result = Err(failure);
                break;
            }
        }
        self.sink = Some(sink);
        result
    }

    fn one(
        &mut self,
        sink: &mut S,
        record: &<S::Layout as Layout>::Record,
        index: u64,
        (mono, utc): (i64, i64),
        shared: &mut Shared,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        let ts = S::ts(record);
        if let Some((from, ts)) = self.from.zip(ts) {
            if ts < from {
                sink.skip(record);
                return Ok(());
            }
            self.from = None;
            let session = &mut shared.session;
            sink.start(from, &mut |record| session.write(&record, out));
        }
        if ts.is_some_and(|ts| self.beyond.is_some_and(|read| ts <= read)) {
            return Ok(());
        }
        if self.beyond.is_some() && !S::may_start_with(record) {
            return Ok(());
        }
        self.beyond = None;
        if let Some(ts) = ts {
            self.newest = self.newest.max(ts);
        }
        if self.live {
            self.announce(ts, (mono, utc), shared, out);
        }
        shared.session.rows += 1;
        let rx = self.live.then_some(utc);
        let session = &mut shared.session;
        if let Err(fault) = sink.push(record, rx, &mut |record| session.write(&record, out)) {
            let place = format!("{}: record {index}", shared.name);
            session.refuse(&fault, &place, out)?;
        }
        Ok(())
    }

    /// Says what happened before the first new datum.
    fn announce(
        &mut self,
        ts: Option<i64>,
        (mono, utc): (i64, i64),
        shared: &mut Shared,
        out: &mut dyn SourceOut,
    ) {
        let was_stale = shared.quiet.on_data(mono, utc);
        let Some(ts) = ts else { return };
        if let Some(gap) = self.gap.take() {
            let from = if gap.from == i64::MIN { "the start".into() } else { shown(gap.from) };
            let msg = format!(
                "{}: {}; data between {from} and {} may be missing",
                shared.name,
                gap.why.text(),
                shown(ts)
            );
            status(ts, self.sym, StatusState::Gap, gap.why.code(), msg, out);
        }
        if was_stale {
            let msg = format!("{}: data come again", shared.name);
            status(ts, self.sym, StatusState::Up, "data_back", msg, out);
        }
    }

    /// What was read no longer stands: the file is opened again.
    fn lose(&mut self, why: Rewritten, shared: &mut Shared, out: &mut dyn SourceOut) {
        tracing::warn!("{}: {}; goes on behind {}", shared.name, why.text(), shown(self.newest));
        self.flush(shared, out);
        if let Some(sink) = &mut self.sink {
            sink.forget();
        }
        self.file = None;
        self.gap.get_or_insert(Gap { from: self.newest, why });
    }

    fn flush(&mut self, shared: &mut Shared, out: &mut dyn SourceOut) {
        if let Some(sink) = &mut self.sink {
            sink.flush(&mut |record| shared.session.write(&record, out));
        }
    }

    /// Nothing new: lets time pass, says what is silent, waits.
    fn idle(&mut self, shared: &mut Shared, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let (mono, utc) = (shared.clock.mono_us(), shared.clock.utc_us());
        if shared.quiet.silence(mono) >= BUNDLE_US {
            self.flush(shared, out);
        }
        if mono - self.named_at >= NAME_US {
            self.named_at = mono;
            let named = self.file.as_ref().and_then(|file| file.is_named(&shared.path));
            if named != Some(true) {
                // Gone or another: opening it tells which.
                self.lose(Rewritten::Replaced, shared, out);
                return Ok(true);
            }
        }
        if shared.quiet.became_stale(utc)? {
            let seconds = shared.quiet.limit_s();
            let msg = format!(
                "{}: nothing was added for {seconds} s while the market is open; look whether Sierra \
                 Chart is connected and the chart of this contract is open",
                shared.name
            );
            let ts = shared.stamp(self.newest);
            status(ts, self.sym, StatusState::Stale, "no_data", msg, out);
        }
        let ts = utc - shared.behind_us;
        if ts > self.newest && shared.quiet.ticks(mono, ts)? {
            out.record(&Record::Clock(Clock { ts, sym: self.sym, src: Src::Scid }));
        }
        if shared.session.options.until.is_some_and(|until| ts >= until) {
            return Ok(false);
        }
        out.before_wait()?;
        shared.clock.wait_us(shared.quiet.pause(mono));
        Ok(true)
    }

    /// Waits for a file that is not there.
    fn wait(&mut self, shared: &mut Shared, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let mono = shared.clock.mono_us();
        match self.gone_at {
            None if self.gap.is_some() => {
                self.gone_at = Some(mono);
                let (ts, msg) = (shared.stamp(self.newest), format!("{} is gone", shared.name));
                status(ts, self.sym, StatusState::Down, "file_gone", msg, out);
            }
            Some(at) if mono - at > GONE_US && !shared.options.wait => {
                let message =
                    format!("{} has been gone for {} s", shared.name, GONE_US / 1_000_000);
                return Err(Failure::new(FailureClass::Unavailable, message)
                    .hint("open the chart in Sierra Chart again; --wait waits without limit"));
            }
            _ => {}
        }
        out.before_wait()?;
        shared.clock.wait_us(shared.quiet.pause(mono));
        Ok(())
    }
}

/// A stamp for people.
fn shown(ts: i64) -> String {
    jiff::Timestamp::from_microsecond(ts).map_or_else(|_| ts.to_string(), |at| at.to_string())
}
