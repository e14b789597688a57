//! The order of lines from several inputs. No I/O.

use crate::feeds::Refusal;
use crate::feeds::replay;
use crate::wire::Failure;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::StreamMode;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;
use crate::wire::codec;
use std::collections::VecDeque;

/// How lines are ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MergeSettings {
    /// How far an input may be out of order within itself, microseconds.
    pub lateness_us: i64,
    /// How far event time may run ahead of a silent live input before it is no longer waited for,
    /// microseconds.
    pub patience_us: i64,
    /// A line that goes out behind a newer one by more than this is marked late, microseconds.
    pub tolerance_us: i64,
    /// Longest line, bytes.
    pub max_line: usize,
}

impl Default for MergeSettings {
    fn default() -> Self {
        Self { lateness_us: 0, patience_us: 500_000, tolerance_us: 1000, max_line: 1 << 20 }
    }
}

/// What a merger writes to.
pub trait MergeSink {
    /// Takes a line without its line feed. `ts` is its own stamp, or that of its place.
    fn line(&mut self, kind: Option<Kind>, ts: i64, line: &[u8]);

    /// Takes a record that is older than `newest`, which went out before it. It is marked late.
    fn late(&mut self, record: &Record, newest: i64, input: usize, line: u64);

    /// Takes the refusal of a line of an input, one of `lines` of all so far.
    ///
    /// # Errors
    /// It is one too many.
    fn refused(
        &mut self,
        refusal: &Refusal,
        input: usize,
        line: u64,
        lines: u64,
        newest: Option<i64>,
    ) -> Result<(), Failure>;
}

/// A line that waits for its turn.
#[derive(Debug)]
struct Held {
    /// Where it goes: its stamp, but not before what its input has passed.
    key: i64,
    /// Its own stamp, or that of its place.
    ts: i64,
    kind: Option<Kind>,
    line: u64,
    bytes: Vec<u8>,
}

/// One input.
#[derive(Debug, Default)]
struct Lane {
    /// In the order in which they go out.
    held: VecDeque<Held>,
    held_bytes: usize,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    lines: u64,
    /// Newest stamp so far.
    high: Option<i64>,
    /// Stamp of the line before: that of lines without one.
    place: i64,
    ended: bool,
    /// A pipe, which may fall silent.
    pipe: bool,
    /// Its last stream record says that it is live.
    live: bool,
}

impl Lane {
    /// Nothing older than this will come in order.
    fn passed(&self, lateness_us: i64) -> i64 {
        match (self.ended, self.high) {
            (true, _) => i64::MAX,
            (false, None) => i64::MIN,
            (false, Some(high)) => high.saturating_sub(lateness_us),
        }
    }
}

/// Joins inputs by time: stable, ties in the order of the inputs.
///
/// A line goes out when no input that is still open can give an older one. An input that is sorted
/// up to the lateness comes out sorted; what is older still goes out at once, marked late. Only a
/// live pipe is not waited for without end: once event time is past it by the patience, the others
/// go on, and what it says then is late.
#[derive(Debug)]
pub struct Merger {
    settings: MergeSettings,
    lanes: Vec<Lane>,
    lines: u64,
    newest_in: Option<i64>,
    newest_out: Option<i64>,
    spare: Vec<Vec<u8>>,
}

impl Merger {
    /// A merger of so many inputs.
    pub fn new(inputs: usize, settings: MergeSettings) -> Self {
        let lanes = (0..inputs).map(|_| Lane::default()).collect();
        let (newest_in, newest_out, spare) = (None, None, Vec::new());
        Self { settings, lanes, lines: 0, newest_in, newest_out, spare }
    }

    /// Says that an input is a pipe: if its stream record says live, it is not waited for without
    /// end.
    pub fn is_pipe(&mut self, input: usize) {
        if let Some(lane) = self.lanes.get_mut(input) {
            lane.pipe = true;
        }
    }

    /// Bytes of an input that wait for their turn.
    pub fn held(&self, input: usize) -> usize {
        self.lanes.get(input).map_or(0, |lane| lane.held_bytes + lane.rest.len())
    }

    /// Whether everything has gone out and no input is open.
    pub fn is_done(&self) -> bool {
        self.lanes.iter().all(|lane| lane.ended && lane.held.is_empty())
    }

    /// Takes bytes of an input.
    ///
    /// # Errors
    /// A line that is too long, or what the sink does not want.
    pub fn push(
        &mut self,
        input: usize,
        mut bytes: &[u8],
        sink: &mut impl MergeSink,
    ) -> Result<(), Failure> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let Some(lane) = self.lanes.get_mut(input) else { return Ok(()) };
            let mut rest = std::mem::take(&mut lane.rest);
            let taken = if rest.is_empty() {
                self.take(input, &bytes[..end], sink)
            } else {
                rest.extend_from_slice(&bytes[..end]);
                self.take(input, &rest, sink)
            };
            taken?;
            bytes = &bytes[end + 1..];
        }
        let Some(lane) = self.lanes.get_mut(input) else { return Ok(()) };
        lane.rest.extend_from_slice(bytes);
        let (line, length) = (lane.lines + 1, lane.rest.len());
        self.check_length(line, length)
    }

    /// Ends an input. A last line without its line feed is used if it is whole JSON.
    ///
    /// # Errors
    /// What the sink does not want.
    pub fn end(&mut self, input: usize, sink: &mut impl MergeSink) -> Result<(), Failure> {
        let Some(lane) = self.lanes.get_mut(input) else { return Ok(()) };
        let rest = std::mem::take(&mut lane.rest);
        let taken = if serde_json::from_slice::<serde::de::IgnoredAny>(&rest).is_ok() {
            self.take(input, &rest, sink)
        } else if rest.trim_ascii().is_empty() {
            Ok(())
        } else {
            let shown = rest[..rest.len().min(80)].escape_ascii();
            let refusal = Refusal {
                code: "bad_line_torn",
                reason: format!("the input ends inside the line `{shown}`"),
                remedy: "the recording was cut off; cut the rest of the line off too",
            };
            self.refuse(&refusal, input, sink)
        };
        if let Some(lane) = self.lanes.get_mut(input) {
            lane.ended = true;
        }
        taken
    }

    fn check_length(&self, line: u64, length: usize) -> Result<(), Failure> {
        if length <= self.settings.max_line {
            return Ok(());
        }
        Err(Failure::bad_input(format!("{line}: a line of {length} bytes or more"))
            .hint("this is not a text of records; a longer line is allowed with --max-line BYTES"))
    }

    fn refuse(
        &mut self,
        refusal: &Refusal,
        input: usize,
        sink: &mut impl MergeSink,
    ) -> Result<(), Failure> {
        let Some(lane) = self.lanes.get_mut(input) else { return Ok(()) };
        lane.lines += 1;
        self.lines += 1;
        sink.refused(refusal, input, lane.lines, self.lines, self.newest_out)
    }

    /// Takes a whole line: finds its place.
    fn take(
        &mut self,
        input: usize,
        line: &[u8],
        sink: &mut impl MergeSink,
    ) -> Result<(), Failure> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let number = self.lanes.get(input).map_or(0, |lane| lane.lines) + 1;
        self.check_length(number, line.len())?;
        if line.trim_ascii().is_empty() {
            if let Some(lane) = self.lanes.get_mut(input) {
                lane.lines += 1;
            }
            return Ok(());
        }
        let (kind, ts) = match replay::head(line) {
            Ok(head) => head,
            Err(refusal) => return self.refuse(&refusal, input, sink),
        };
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(line);
        let lateness = self.settings.lateness_us;
        let Some(lane) = self.lanes.get_mut(input) else { return Ok(()) };
        lane.lines += 1;
        self.lines += 1;
        if kind == Some(Kind::Stream) && lane.pipe {
            lane.live = matches!(
                codec::decode(Kind::Stream, line),
                Ok(Record::Stream(stream)) if matches!(stream.mode, StreamMode::Live | StreamMode::Delayed)
            );
        }
        // A line without a stamp has the time of its place, and so stays behind the one before it.
        let ts = ts.or(Some(lane.place).filter(|_| lane.high.is_some())).unwrap_or(i64::MIN);
        let key = match lane.high {
            Some(high) => ts.max(high.saturating_sub(lateness)),
            None => ts,
        };
        lane.place = ts;
        if ts > i64::MIN {
            lane.high = lane.high.max(Some(ts));
            self.newest_in = self.newest_in.max(Some(ts));
        }
        lane.held_bytes += bytes.len();
        let held = Held { key, ts, kind, line: lane.lines, bytes };
        let behind = lane.held.iter().rev().take_while(|other| other.key > key).count();
        lane.held.insert(lane.held.len() - behind, held);
        Ok(())
    }

    /// The input whose line is next, if there is one.
    fn next(&self) -> Option<(i64, usize)> {
        let front = |(index, lane): (usize, &Lane)| lane.held.front().map(|held| (held.key, index));
        self.lanes.iter().enumerate().filter_map(front).min()
    }

    /// Whether input `other` lets a line of `input` with this key go.
    fn lets_go(&self, other: usize, key: i64, input: usize) -> bool {
        let Some(lane) = self.lanes.get(other) else { return true };
        let passed = lane.passed(self.settings.lateness_us);
        if passed > key || (passed == key && other >= input) {
            return true;
        }
        // A line that no stamp orders goes before everything.
        if key == i64::MIN {
            return other >= input || lane.high.is_some() || lane.ended;
        }
        let event_time = self.newest_in.unwrap_or(i64::MIN);
        lane.live && other != input && event_time.saturating_sub(self.settings.patience_us) >= key
    }

    /// Whether more of this input is needed before the next line can go out.
    pub fn waits_for(&self, input: usize) -> bool {
        let Some(lane) = self.lanes.get(input).filter(|lane| !lane.ended) else { return false };
        match self.next() {
            None => true,
            Some((key, next)) => lane.high.is_none() || !self.lets_go(input, key, next),
        }
    }

    /// Hands out lines whose turn it is, at most so many; how many there were.
    pub fn pop(&mut self, most: usize, sink: &mut impl MergeSink) -> usize {
        for count in 0..most {
            let Some((key, input)) = self.next() else { return count };
            if !(0..self.lanes.len()).all(|other| self.lets_go(other, key, input)) {
                return count;
            }
            let Some(lane) = self.lanes.get_mut(input) else { return count };
            let Some(held) = lane.held.pop_front() else { return count };
            lane.held_bytes -= held.bytes.len();
            self.hand_out(input, held, sink);
        }
        most
    }

    fn hand_out(&mut self, input: usize, held: Held, sink: &mut impl MergeSink) {
        let newest = self.newest_out.unwrap_or(i64::MIN);
        let behind = held.ts < newest.saturating_sub(self.settings.tolerance_us);
        let marked = match held.kind.filter(|_| behind) {
            Some(kind) => marked_late(kind, &held.bytes),
            None => None,
        };
        match marked {
            Some(record) => sink.late(&record, newest, input, held.line),
            None => sink.line(held.kind, held.ts, &held.bytes),
        }
        if held.ts > i64::MIN {
            self.newest_out = self.newest_out.max(Some(held.ts));
        }
        if self.spare.len() < 1024 {
            self.spare.push(held.bytes);
        }
    }
}

/// The record marked late; `None` if its kind has no marks: then the line goes out as it is.
fn marked_late(kind: Kind, line: &[u8]) -> Option<Record> {
    let mut record = codec::decode(kind, line).ok()?;
    let flags: &mut TradeFlags = match &mut record {
        Record::Trade(body) => &mut body.flags,
        Record::Quote(body) => &mut body.flags,
        Record::Depth(body) => &mut body.flags,
        Record::Bar(body) => &mut body.flags,
        Record::Index(body) => &mut body.flags,
        _ => return None,
    };
    *flags = flags.with(TradeFlag::Late);
    Some(record)
}
