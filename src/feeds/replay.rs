//! Recordings as a source: lines are copied as the bytes they are, only the `stream` records say
//! that this is a replay.

use crate::feeds::bad_rows::BadRows;
use crate::feeds::bad_rows::Refusal;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::feeds::pace::Pace;
use crate::feeds::text_input::Step;
use crate::feeds::text_input::TextInput;
use crate::market::Sym;
use crate::stream::Inputs;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::codec;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::ops::Range;

/// Lines a pull.
const BATCH: usize = 1024;

/// How recordings are replayed.
#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions {
    /// Phase written into the stream records.
    pub phase: StreamPhase,
    /// Bad lines tolerated.
    pub max_bad: MaxBad,
    /// Longest line, bytes.
    pub max_line: usize,
    /// Whether `stream` records too are copied as they are: the recording itself, not a replay.
    pub raw: bool,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self { phase: StreamPhase::Run, max_bad: MaxBad::Auto, max_line: 1 << 20, raw: false }
    }
}

/// Replays NDJSON recordings, one file after the other.
pub struct ReplaySource {
    input: TextInput,
    phase: StreamPhase,
    raw: bool,
    run: String,
    described: bool,
    newest: Option<i64>,
    lines: u64,
    bad: BadRows,
    pace: Option<Pace>,
    waiting: Option<Range<usize>>,
}

impl ReplaySource {
    /// Replays `inputs` in order, as fast as possible or, with a `pace`, as time passed.
    pub fn new(inputs: Inputs, options: ReplayOptions, pace: Option<Pace>) -> Self {
        Self {
            input: TextInput::new(inputs, options.max_line),
            phase: options.phase,
            raw: options.raw,
            run: String::new(),
            described: false,
            newest: None,
            lines: 0,
            bad: BadRows::new(options.max_bad),
            pace,
            waiting: None,
        }
    }

    /// Lines read, bad ones included.
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Lines left out.
    pub const fn bad_lines(&self) -> u64 {
        self.bad.count()
    }

    /// Copies one line; `false` if its time has not come.
    #[inline]
    fn line(&mut self, range: Range<usize>, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let line = &self.input.bytes()[range.clone()];
        if line.trim_ascii().is_empty() {
            return Ok(true);
        }
        let (kind, ts) = match head(line) {
            Ok(head) => head,
            Err(refusal) => {
                self.lines += 1;
                self.refuse(&refusal, out)?;
                return Ok(true);
            }
        };
        if let (Some(pace), Some(ts)) = (&mut self.pace, ts)
            && !pace.is_due(ts, out)?
        {
            self.waiting = Some(range);
            return Ok(false);
        }
        self.lines += 1;
        if self.run.is_empty() {
            self.run = run_id(&[b"replay", line]);
        }
        if kind == Some(Kind::Stream) && !self.raw {
            match codec::decode(Kind::Stream, line) {
                Ok(Record::Stream(recorded)) => {
                    let stream = self.replayed(recorded);
                    self.described = true;
                    out.record(&Record::Stream(stream));
                }
                Ok(_) => {}
                Err(error) => self.refuse(&wrong(error.to_string()), out)?,
            }
            return Ok(true);
        }
        if !self.described && !self.raw && kind.is_some_and(|k| !k.is_derived()) {
            self.described = true;
            if let Some(stream) = self.describe(line) {
                out.record(&Record::Stream(stream));
            }
        }
        // A line of a kind that MIA does not know may have no stamp: it has the time of its place.
        let line = &self.input.bytes()[range];
        out.line(kind, ts.or(self.newest).unwrap_or(i64::MIN), line);
        if kind != Some(Kind::Stream) {
            self.newest = ts.or(self.newest);
        }
        Ok(true)
    }

    /// The stream record of the replay of what `recorded` describes.
    fn replayed(&self, recorded: Stream) -> Stream {
        Stream {
            mode: StreamMode::Replay,
            origin: recorded.origin.or(Some(recorded.mode)),
            phase: self.phase,
            run: self.run.clone(),
            tool: TOOL.into(),
            ..recorded
        }
    }

    /// A stream record for a recording that has none: from the first market record.
    fn describe(&self, line: &[u8]) -> Option<Stream> {
        #[derive(Deserialize)]
        struct Provenance {
            ts: i64,
            sym: Sym,
            src: Src,
        }
        let Provenance { ts, sym, src } = serde_json::from_slice(line).ok()?;
        Some(Stream {
            ts,
            sym,
            v: 1,
            src,
            mode: StreamMode::Replay,
            phase: self.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(sym.root().to_owned()),
        })
    }

    /// The last line of a file without its line feed: used if it is whole.
    fn unterminated(
        &mut self,
        range: Range<usize>,
        out: &mut dyn SourceOut,
    ) -> Result<bool, Failure> {
        let line = &self.input.bytes()[range.clone()];
        if serde_json::from_slice::<IgnoredAny>(line).is_ok() {
            return self.line(range, out);
        }
        self.lines += 1;
        let shown = line[..line.len().min(80)].escape_ascii();
        let refusal = Refusal {
            code: "bad_line_torn",
            reason: format!("the file ends inside the line `{shown}`"),
            remedy: "the recording was cut off; cut the rest of the line off too",
        };
        self.refuse(&refusal, out)?;
        Ok(true)
    }

    #[cold]
    fn refuse(&mut self, refusal: &Refusal, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let place = self.input.place();
        self.bad.refuse(refusal, &place, self.lines, self.newest, out)
    }
}

/// Kind and stamp of a line.
#[inline]
pub(in crate::feeds) fn head(line: &[u8]) -> Result<(Option<Kind>, Option<i64>), Refusal> {
    let kind = codec::peek(line).map_err(|error| Refusal {
        code: "bad_line_not_json",
        reason: error.to_string(),
        remedy: "each line must be one JSON object with a text `t`",
    })?;
    if line.last() != Some(&b'}') {
        return Err(wrong("the line does not end where its object ends".into()));
    }
    match (kind, codec::peek_ts(line)) {
        (Some(kind), None) => Err(wrong(format!("{kind} record without a whole `ts`"))),
        head => Ok(head),
    }
}

fn wrong(reason: String) -> Refusal {
    Refusal {
        code: "bad_line_wrong_type",
        reason,
        remedy: "docs/wire.md and --schema give the fields of each kind",
    }
}

impl Source for ReplaySource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        for _ in 0..BATCH {
            let goes_on = match self.waiting.take() {
                Some(range) => self.line(range, out)?,
                None => match self.input.step(out)? {
                    Step::Line(range) => self.line(range, out)?,
                    Step::Unterminated(range) => self.unterminated(range, out)?,
                    Step::NewInput => true,
                    Step::Woken => return Ok(true),
                    Step::End => return Ok(false),
                },
            };
            if !goes_on {
                return Ok(true);
            }
        }
        Ok(true)
    }
}
