//! Saved answers to history requests as a source of the stream.

use crate::feeds::bad_rows::BadRows;
use crate::feeds::bad_rows::Refusal;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::feeds::iqfeed::BarStamped;
use crate::feeds::iqfeed::HistoryDecoder;
use crate::feeds::iqfeed::HistoryEvent;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::iqfeed::client::REMEDY_OF_ROWS;
use crate::feeds::iqfeed::history_records::HistoryRecords;
use crate::feeds::iqfeed::history_records::NoRecord;
use crate::feeds::text_input::Step;
use crate::feeds::text_input::TextInput;
use crate::market::Calendar;
use crate::market::Sym;
use crate::stream::Inputs;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Failure;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use std::ops::Range;

/// Lines a pull.
const BATCH: usize = 1024;
/// Rows of an answer that is newest first: it must be turned round in memory.
const TURNED_MAX: usize = 10_000_000;

/// How saved answers are read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryFileOptions {
    /// Contract of the rows.
    pub wanted: Wanted,
    /// Length of bars, seconds, where the files have bars.
    pub interval_s: Option<u32>,
    /// Which end of a bar its stamp is.
    pub stamped: BarStamped,
    /// Phase written into the stream record.
    pub phase: StreamPhase,
    /// Bad rows tolerated.
    pub max_bad: MaxBad,
    /// Longest line, bytes.
    pub max_line: usize,
}

/// In which order an answer comes.
#[derive(Clone, Debug)]
enum Order {
    /// Not known before two rows differ in time; these are those so far.
    Unknown(Vec<(String, HistoryEvent)>),
    OldestFirst,
    /// Held until the answer is complete.
    NewestFirst(Vec<(String, HistoryEvent)>),
}

/// Reads saved answers: ticks or bars, oldest or newest first, of any protocol, as mode replay.
pub struct HistoryFiles {
    input: TextInput,
    decoder: HistoryDecoder,
    records: HistoryRecords,
    order: Order,
    /// Whether there were rows since the last end line.
    open: bool,
    phase: StreamPhase,
    run: String,
    rows: u64,
    bad: BadRows,
}

impl HistoryFiles {
    /// Reads `inputs` in order.
    ///
    /// # Errors
    /// The time zone is not known.
    pub fn new(
        inputs: Inputs,
        options: HistoryFileOptions,
        calendar: Calendar,
    ) -> Result<Self, Failure> {
        let HistoryFileOptions { wanted, interval_s, stamped, phase, max_bad, max_line } = options;
        Ok(Self {
            input: TextInput::new(inputs, max_line),
            decoder: HistoryDecoder::new(),
            records: HistoryRecords::new(wanted, calendar, interval_s, stamped)?,
            order: Order::Unknown(Vec::new()),
            open: false,
            phase,
            run: String::new(),
            rows: 0,
            bad: BadRows::new(max_bad),
        })
    }

    /// Rows read, bad ones included.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    fn line(&mut self, range: Range<usize>, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let line = &self.input.bytes()[range];
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if self.run.is_empty() {
            self.run = run_id(&[b"iqfeed", line]);
        }
        let event = match self.decoder.line(line) {
            Ok(HistoryEvent::End) => return self.finish(true, out),
            Ok(HistoryEvent::NoData | HistoryEvent::System(_)) => return Ok(()),
            Ok(HistoryEvent::Error(text)) => {
                let place = self.input.place();
                return Err(Failure::bad_input(format!("{place}: an answer that says {text}"))
                    .hint("this is no history: ask again"));
            }
            Ok(event) => event,
            Err(fault) => {
                self.rows += 1;
                let place = self.input.place();
                return self.refuse(&place, fault.code, fault.reason, out);
            }
        };
        self.rows += 1;
        self.open = true;
        let place = if matches!(self.order, Order::OldestFirst) {
            String::new()
        } else {
            self.input.place()
        };
        self.sort(place, event, out)
    }

    /// Writes the row now, or holds it until the order of the answer is known.
    fn sort(
        &mut self,
        place: String,
        event: HistoryEvent,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        match &mut self.order {
            Order::OldestFirst => self.write("", &event, out),
            Order::NewestFirst(held) => {
                held.push((place, event));
                if held.len() <= TURNED_MAX {
                    return Ok(());
                }
                Err(Failure::bad_input(format!("more than {TURNED_MAX} rows, newest first"))
                    .hint("ask for them oldest first, or turn the file round with tac"))
            }
            Order::Unknown(held) => {
                let first = held.first().and_then(|(_, first)| stamp(first));
                let (first, this) = (first.or(stamp(&event)), stamp(&event));
                held.push((place, event));
                if this == first && held.len() < TURNED_MAX {
                    return Ok(());
                }
                let held = std::mem::take(held);
                if this < first {
                    self.order = Order::NewestFirst(held);
                    return Ok(());
                }
                self.order = Order::OldestFirst;
                held.iter().try_for_each(|(place, event)| self.write(place, event, out))
            }
        }
    }

    /// The answer ends here, with its end line or without.
    fn finish(&mut self, whole: bool, out: &mut dyn SourceOut) -> Result<(), Failure> {
        match std::mem::replace(&mut self.order, Order::Unknown(Vec::new())) {
            Order::OldestFirst => {}
            Order::Unknown(held) => {
                held.iter().try_for_each(|(place, event)| self.write(place, event, out))?;
            }
            Order::NewestFirst(held) => {
                held.iter().rev().try_for_each(|(place, event)| self.write(place, event, out))?;
            }
        }
        if std::mem::take(&mut self.open) && !whole {
            let msg =
                format!("{}: the answer has no end line: rows may be missing", self.input.place());
            tracing::warn!("{msg}");
            if let Some(ts) = self.records.newest() {
                out.record(&Record::Alert(Alert {
                    ts,
                    sym: Sym::NONE,
                    by: By::Feed,
                    level: AlertLevel::Warning,
                    code: "history_unfinished".into(),
                    msg,
                    data: None,
                }));
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        place: &str,
        event: &HistoryEvent,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        match self.records.record(event) {
            Ok(Some((record, changed))) => {
                if let Some(contract) = changed {
                    out.record(&Record::Stream(Stream {
                        ts: record.ts(),
                        sym: contract.sym,
                        v: 1,
                        src: Src::Iqf,
                        mode: StreamMode::Replay,
                        phase: self.phase,
                        origin: None,
                        run: self.run.clone(),
                        tool: TOOL.into(),
                        instrument: Some(contract.sym.root().to_owned()),
                    }));
                }
                out.record(&record);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(NoRecord::Bad(fault)) => {
                let place = if place.is_empty() { self.input.place() } else { place.to_owned() };
                self.refuse(&place, fault.code, fault.reason, out)
            }
            Err(NoRecord::Failed(failure)) => Err(failure),
        }
    }

    #[cold]
    fn refuse(
        &mut self,
        place: &str,
        code: &'static str,
        reason: String,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        let refusal = Refusal { code, reason, remedy: REMEDY_OF_ROWS };
        self.bad.refuse(&refusal, place, self.rows, self.records.newest(), out)
    }
}

fn stamp(event: &HistoryEvent) -> Option<i64> {
    match event {
        HistoryEvent::Tick(tick) => Some(tick.at),
        HistoryEvent::Interval(interval) => Some(interval.at),
        HistoryEvent::Daily(daily) => Some(daily.at),
        _ => None,
    }
}

impl Source for HistoryFiles {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        for _ in 0..BATCH {
            match self.input.step(out)? {
                Step::Line(range) => self.line(range, out)?,
                Step::Unterminated(range) => {
                    let line = &self.input.bytes()[range.clone()];
                    if line.starts_with(b"!ENDMSG!") {
                        self.line(range, out)?;
                    } else {
                        let place = self.input.place();
                        let reason = "the file ends inside a row".to_owned();
                        self.rows += 1;
                        self.refuse(&place, "bad_row_torn", reason, out)?;
                    }
                }
                Step::NewInput => self.finish(false, out)?,
                Step::Woken => return Ok(true),
                Step::End => {
                    self.finish(false, out)?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
