//! Reads the records of `.scid` and `.depth` files, from a place in the file or from a pipe.

use crate::feeds::sierra::depth::DepthBatches;
use crate::feeds::sierra::depth::DepthEntry;
use crate::feeds::sierra::depth::DepthFile;
use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::framing::Decoder;
use crate::feeds::sierra::framing::HeaderFault;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::feeds::sierra::record_file::RecordFile;
use crate::feeds::sierra::scid::Entry;
use crate::feeds::sierra::scid::EntryKind;
use crate::feeds::sierra::scid::Scid;
use crate::feeds::sierra::session::Session;
use crate::feeds::sierra::session::tick_of;
use crate::feeds::sierra::tape::Tape;
use crate::feeds::sierra::tape::TapeOptions;
use crate::market::Sym;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::Record;
use std::io;
use std::io::Read;

/// Bytes of one read, and so about the records of one pull.
const BLOCK: usize = 160 * 1024;
/// Depth records looked at in one step backwards.
const TAIL: usize = 4096;
/// Records whose prices tell the multiplier.
pub(super) const SAMPLE: usize = 256;
/// Stamps of one millisecond belong together: a bundle never spans two.
const US_PER_MS: i64 = 1000;

/// What a kind of records becomes.
pub(super) trait Sink: Sized {
    /// The records of the file.
    type Layout: Layout;

    /// Before the first record.
    fn new(sym: Sym, scale: PriceScale, session: &Session) -> Self;

    /// The price that tells the multiplier, of a record that has one.
    fn price(record: &<Self::Layout as Layout>::Record) -> Option<f32>;

    /// The stamp of a record, microseconds UTC.
    fn ts(record: &<Self::Layout as Layout>::Record) -> Option<i64>;

    /// The first stamp that is read for a wanted time, both microseconds UTC.
    fn from(since: i64) -> i64;

    /// Index of the record with which a reader must start that wants the record `index` and what
    /// follows.
    fn before(file: &RecordFile<Self::Layout>, index: u64) -> io::Result<u64>;

    /// Takes a record from before the wanted time.
    fn skip(&mut self, record: &<Self::Layout as Layout>::Record);

    /// The wanted time `ts` (microseconds UTC) begins.
    fn start(&mut self, ts: i64, emit: &mut impl FnMut(Record));

    /// Whether it must not end here: something waits for its last part.
    fn is_waiting(&self) -> bool;

    /// Takes a record.
    fn push(
        &mut self,
        record: &<Self::Layout as Layout>::Record,
        rx: Option<i64>,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault>;

    /// Gives what waits, where that may be given.
    fn flush(&mut self, emit: &mut impl FnMut(Record));

    /// Says what was found, at the end.
    fn conclude(&self, name: &str);

    /// Index of the record with which a follower of the first `records` starts.
    fn tail(file: &RecordFile<Self::Layout>, records: u64) -> io::Result<u64>;

    /// When the last record of a file is no longer written again, microseconds UTC; `None` if it is
    /// written once.
    fn forming_until(&self, record: &<Self::Layout as Layout>::Record) -> Option<i64>;

    /// Whether reading may start anew with this record after something was missed.
    fn may_start_with(record: &<Self::Layout as Layout>::Record) -> bool;

    /// Something was missed: forgets what waits.
    fn forget(&mut self);
}

impl Sink for Tape {
    type Layout = Scid;

    fn new(sym: Sym, scale: PriceScale, session: &Session) -> Self {
        let (bundles, bar_s) = (session.options.bundles, session.options.bar_s);
        let lateness_us = session.config.clock.lateness_us;
        Self::new(TapeOptions { sym, bundles, bar_s, lateness_us }, scale)
    }

    fn price(record: &Entry) -> Option<f32> {
        (record.kind() != EntryKind::Empty && record.volume > 0).then_some(record.close)
    }

    #[inline]
    fn ts(record: &Entry) -> Option<i64> {
        record.ts()
    }

    /// The parts of a bundle have one millisecond: none is left behind.
    fn from(since: i64) -> i64 {
        floor_ms(since)
    }

    fn before(_: &RecordFile<Scid>, index: u64) -> io::Result<u64> {
        Ok(index)
    }

    fn skip(&mut self, _: &Entry) {}

    fn start(&mut self, _: i64, _: &mut impl FnMut(Record)) {}

    fn is_waiting(&self) -> bool {
        self.is_in_bundle()
    }

    #[inline]
    fn push(
        &mut self,
        record: &Entry,
        rx: Option<i64>,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        Self::push(self, record, rx, emit)
    }

    fn flush(&mut self, emit: &mut impl FnMut(Record)) {
        Self::flush(self, emit);
    }

    fn conclude(&self, name: &str) {
        self.findings().log(name);
    }

    fn tail(_: &RecordFile<Scid>, records: u64) -> io::Result<u64> {
        Ok(records)
    }

    fn forming_until(&self, record: &Entry) -> Option<i64> {
        let bar_us = i64::from(self.bar_s().unwrap_or(0)) * 1_000_000;
        (record.kind() == EntryKind::Bar).then(|| record.ts()).flatten().map(|start| start + bar_us)
    }

    fn may_start_with(_: &Entry) -> bool {
        true
    }

    fn forget(&mut self) {}
}

impl Sink for DepthBatches {
    type Layout = DepthFile;

    fn new(sym: Sym, scale: PriceScale, session: &Session) -> Self {
        Self::new(sym, scale, session.config.clock.lateness_us)
    }

    fn price(record: &DepthEntry) -> Option<f32> {
        (2..=7).contains(&record.command).then_some(record.price)
    }

    #[inline]
    fn ts(record: &DepthEntry) -> Option<i64> {
        record.ts()
    }

    fn from(since: i64) -> i64 {
        since
    }

    /// The snapshot before: from there on the book can be told.
    fn before(file: &RecordFile<DepthFile>, index: u64) -> io::Result<u64> {
        Self::tail(file, index)
    }

    fn skip(&mut self, record: &DepthEntry) {
        Self::skip(self, record);
    }

    fn start(&mut self, ts: i64, emit: &mut impl FnMut(Record)) {
        Self::start(self, ts, &mut |depth| emit(Record::Depth(depth)));
    }

    fn is_waiting(&self) -> bool {
        self.waiting() > 0
    }

    #[inline]
    fn push(
        &mut self,
        record: &DepthEntry,
        rx: Option<i64>,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        Self::push(self, record, rx, &mut |depth| emit(Record::Depth(depth)))
    }

    /// A batch that has not ended is no book: it is left out.
    fn flush(&mut self, _: &mut impl FnMut(Record)) {}

    fn conclude(&self, name: &str) {
        if self.waiting() > 0 {
            tracing::warn!(
                "{name}: the last batch has no end: its {} records are left out",
                self.waiting()
            );
        }
        if self.back() > 0 {
            tracing::warn!("{name}: time goes back {} times; the records are kept", self.back());
        }
    }

    /// The newest snapshot: with it the book is whole.
    fn tail(file: &RecordFile<DepthFile>, records: u64) -> io::Result<u64> {
        let mut bytes = vec![0; TAIL * DepthFile::RECORD];
        let mut end = records;
        while end > 0 {
            let start = end.saturating_sub(TAIL as u64);
            let wanted = &mut bytes[..(end - start) as usize * DepthFile::RECORD];
            let read = file.read_at(file.offset(start), wanted)?;
            let found = wanted[..read]
                .chunks_exact(DepthFile::RECORD)
                .rposition(|bytes| DepthFile::record(bytes).is_clear());
            if let Some(found) = found {
                return Ok(start + found as u64);
            }
            end = start;
        }
        Ok(records)
    }

    fn forming_until(&self, _: &DepthEntry) -> Option<i64> {
        None
    }

    fn may_start_with(record: &DepthEntry) -> bool {
        record.is_clear()
    }

    fn forget(&mut self) {
        Self::forget(self);
    }
}

/// The scale of a file whose first prices are `prices`, said on stderr.
pub(super) fn scale_for(
    name: &str,
    sym: Sym,
    prices: &[f32],
    session: &Session,
) -> Result<PriceScale, Failure> {
    let tick = tick_of(&session.config, sym)?;
    let choice = session.options.price_mult.choose(name, prices, tick)?;
    if (choice.mult - 1.0).abs() < f64::EPSILON {
        tracing::info!("{name}: prices are not multiplied: {}", choice.why);
    } else {
        tracing::warn!("{name}: prices are multiplied by {}: {}", choice.mult, choice.why);
    }
    Ok(PriceScale::new(choice.mult, tick))
}

/// A failure of a file that is not what its first bytes say.
pub(super) fn wrong_header(name: &str, fault: HeaderFault) -> Failure {
    Failure::bad_input(format!("{name}: {fault}")).hint(
        "the file is damaged or of a version that is not known; let Sierra Chart delete and download \
         the data again",
    )
}

/// Reads one file to its end.
pub(super) struct BinaryReader<S: Sink> {
    name: String,
    input: Box<dyn Read>,
    decoder: Decoder<S::Layout>,
    sink: S,
    block: Vec<u8>,
    /// Bytes at the front of the block that were read to tell the multiplier.
    ahead: usize,
    /// Until the wanted time begins.
    from: Option<i64>,
    until: i64,
}

impl<S: Sink> BinaryReader<S> {
    /// Reads `input`, whose first bytes are `head`; records from `since` on and before `until`. A
    /// `decoder` behind the header means that `input` was put there, and then `scale` is known.
    pub fn new(
        name: String,
        input: Box<dyn Read>,
        decoder: Decoder<S::Layout>,
        scale: Option<PriceScale>,
        session: &Session,
    ) -> Result<Self, Failure> {
        let sym = session.options.contract(&name)?;
        let mut reader = Self {
            input,
            decoder,
            sink: S::new(sym, PriceScale::new(1.0, tick_of(&session.config, sym)?), session),
            block: vec![0; BLOCK],
            ahead: 0,
            from: session.options.since.map(S::from),
            until: session.options.until.unwrap_or(i64::MAX),
            name,
        };
        let scale = if let Some(scale) = scale {
            scale
        } else {
            let prices = reader.sample()?;
            scale_for(&reader.name, sym, &prices, session)?
        };
        reader.sink = S::new(sym, scale, session);
        Ok(reader)
    }

    /// Reads ahead, and gives the first prices.
    fn sample(&mut self) -> Result<Vec<f32>, Failure> {
        let wanted = S::Layout::HEADER + SAMPLE * S::Layout::RECORD;
        while self.ahead < wanted {
            match self.input.read(&mut self.block[self.ahead..wanted]) {
                Ok(0) => break,
                Ok(read) => self.ahead += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A signal: with what there is; the loop ends before anything is written.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(unreadable(&self.name, &error)),
            }
        }
        let mut bytes = &self.block[..self.ahead];
        let mut decoder = Decoder::<S::Layout>::new();
        let mut prices = Vec::with_capacity(SAMPLE);
        loop {
            match decoder.next(&mut bytes) {
                Ok(Some(record)) => prices.extend(S::price(&record)),
                Ok(None) => return Ok(prices),
                Err(fault) => return Err(wrong_header(&self.name, fault)),
            }
        }
    }

    /// Reads one block; `false` at the end.
    pub fn pull(
        &mut self,
        session: &mut Session,
        out: &mut dyn SourceOut,
    ) -> Result<bool, Failure> {
        let filled = if self.ahead > 0 {
            std::mem::take(&mut self.ahead)
        } else {
            match self.input.read(&mut self.block) {
                Ok(read) => read,
                // A signal.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                    ) =>
                {
                    return Ok(true);
                }
                Err(error) => return Err(unreadable(&self.name, &error)),
            }
        };
        if filled == 0 {
            return self.end(session, out).map(|()| false);
        }
        let mut bytes = &self.block[..filled];
        loop {
            let record = match self.decoder.next(&mut bytes) {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(true),
                Err(fault) => return Err(wrong_header(&self.name, fault)),
            };
            if let Some(ts) = S::ts(&record) {
                if let Some(from) = self.from {
                    if ts < from {
                        self.sink.skip(&record);
                        continue;
                    }
                    self.from = None;
                    self.sink.start(from, &mut |record| session.write(&record, out));
                }
                if ts >= self.until && !self.sink.is_waiting() {
                    self.sink.conclude(&self.name);
                    return Ok(false);
                }
            }
            session.rows += 1;
            let result = self.sink.push(&record, None, &mut |record| session.write(&record, out));
            if let Err(fault) = result {
                let place = format!("{}: record {}", self.name, self.decoder.records() - 1);
                session.refuse(&fault, &place, out)?;
            }
        }
    }

    fn end(&mut self, session: &mut Session, out: &mut dyn SourceOut) -> Result<(), Failure> {
        self.sink.flush(&mut |record| session.write(&record, out));
        self.sink.conclude(&self.name);
        if !self.decoder.is_past_header() {
            return Err(Failure::bad_input(format!(
                "{}: the file ends inside its header",
                self.name
            ))
            .hint("Sierra Chart has not written it yet, or it was cut off"));
        }
        if self.decoder.partial() > 0 {
            tracing::warn!(
                "{}: the file ends inside record {}: {} of {} bytes; all before it was used",
                self.name,
                self.decoder.records(),
                self.decoder.partial(),
                S::Layout::RECORD
            );
        }
        Ok(())
    }
}

/// The first microsecond of a millisecond.
pub(super) const fn floor_ms(ts: i64) -> i64 {
    ts.div_euclid(US_PER_MS) * US_PER_MS
}

/// The failure of an input that cannot be read.
pub(super) fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::bad_input(format!("cannot read {name}: {error}"))
}
