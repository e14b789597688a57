//! CSV files as a source of the stream.

use crate::config::Config;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::bad_rows::Refusal;
use crate::feeds::csv::decoder::Decoder;
use crate::feeds::csv::decoder::Outcome;
use crate::feeds::csv::dialect::Dialect;
use crate::feeds::text_input::Step;
use crate::feeds::text_input::TextInput;
use crate::market::Calendar;
use crate::market::Sym;
use crate::stream::Inputs;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::Record;
use crate::wire::StreamPhase;
use std::ops::Range;

/// Lines a pull.
const BATCH: usize = 1024;

/// How CSV files are read.
#[derive(Clone, Debug)]
pub struct CsvOptions {
    /// Layout; `None`: told by the header of the first input.
    pub dialect: Option<Dialect>,
    /// Contract of files that name none.
    pub sym: Option<Sym>,
    /// Phase written into the stream record.
    pub phase: StreamPhase,
    /// Bad rows tolerated.
    pub max_bad: MaxBad,
    /// Longest line, bytes.
    pub max_line: usize,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            dialect: None,
            sym: None,
            phase: StreamPhase::Run,
            max_bad: MaxBad::Auto,
            max_line: 1 << 20,
        }
    }
}

/// Reads files of one dialect, in order, as records of `src` csv and mode replay.
pub struct CsvSource {
    input: TextInput,
    decoder: Decoder,
    header_due: bool,
    rows: u64,
    bad: BadRows,
}

impl CsvSource {
    /// Reads `inputs` in order. `config` has the products with their ticks, `calendar` the Globex
    /// opens at which the tick rule starts over.
    pub fn new(inputs: Inputs, options: CsvOptions, config: Config, calendar: Calendar) -> Self {
        let CsvOptions { dialect, sym, phase, max_bad, max_line } = options;
        Self {
            input: TextInput::new(inputs, max_line),
            decoder: Decoder::new(dialect, sym, phase, config, calendar),
            header_due: true,
            rows: 0,
            bad: BadRows::new(max_bad),
        }
    }

    /// Rows read, bad ones included.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows left out.
    pub const fn bad_rows(&self) -> u64 {
        self.bad.count()
    }

    #[inline]
    fn line(&mut self, range: Range<usize>, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let line = &self.input.bytes()[range];
        if line.is_empty() {
            return Ok(());
        }
        if self.header_due {
            self.header_due = false;
            return self.decoder.header(line).map_err(|failure| Failure {
                message: format!("{}: {}", self.input.place(), failure.message),
                ..failure
            });
        }
        self.rows += 1;
        match self.decoder.row(line) {
            Ok(Outcome::Record(stream, record)) => {
                if let Some(stream) = stream {
                    out.record(&Record::Stream(stream));
                }
                out.record(&record);
                Ok(())
            }
            Ok(Outcome::Refused(refusal)) => self.refuse(&refusal, out),
            Err(failure) => Err(Failure {
                message: format!("{}: {}", self.input.place(), failure.message),
                ..failure
            }),
        }
    }

    /// A row without its line end may have lost digits: `12` cut from `125` reads as well.
    fn torn(&mut self, range: Range<usize>, out: &mut dyn SourceOut) -> Result<(), Failure> {
        self.rows += 1;
        let line = &self.input.bytes()[range];
        let shown = line[..line.len().min(80)].escape_ascii();
        let refusal = Refusal {
            code: "bad_row_torn",
            reason: format!("the file ends inside the row `{shown}`"),
            remedy: "if the row is whole, end it with a line feed",
        };
        self.refuse(&refusal, out)
    }

    #[cold]
    fn refuse(&mut self, refusal: &Refusal, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let place = self.input.place();
        self.bad.refuse(refusal, &place, self.rows, self.decoder.newest(), out)
    }
}

impl Source for CsvSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        for _ in 0..BATCH {
            match self.input.step(out)? {
                Step::Line(range) => self.line(range, out)?,
                Step::Unterminated(range) => self.torn(range, out)?,
                Step::NewInput => self.header_due = true,
                Step::Woken => return Ok(true),
                Step::End => return Ok(false),
            }
        }
        Ok(true)
    }
}
