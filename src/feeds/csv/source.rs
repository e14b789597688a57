//! CSV files as a source of the stream.

use crate::config::Config;
use crate::feeds::Diagnosis;
use crate::feeds::Refusal;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::csv::decoder::CsvDecoder;
use crate::feeds::csv::decoder::CsvSettings;
use crate::feeds::csv::stamp::date_in;
use crate::feeds::glimpse::Glimpse;
use crate::feeds::text_input::Step;
use crate::feeds::text_input::TextInput;
use crate::market::Calendar;
use crate::stream::Inputs;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::ops::Range;

/// Lines a pull.
const BATCH: usize = 1024;

/// How CSV files are read.
#[derive(Clone, Debug)]
pub struct CsvOptions {
    /// What is known of them.
    pub settings: CsvSettings,
    /// Bad rows tolerated.
    pub max_bad: MaxBad,
    /// Longest line, bytes.
    pub max_line: usize,
}

impl Default for CsvOptions {
    fn default() -> Self {
        let settings = CsvSettings::default();
        Self { settings, max_bad: MaxBad::Auto, max_line: 1 << 20 }
    }
}

/// Reads files of one dialect, in order, as records of `src` csv and mode replay.
pub struct CsvSource {
    input: TextInput,
    decoder: CsvDecoder,
    header_due: bool,
    header: String,
    rows: u64,
    bad: BadRows,
}

impl CsvSource {
    /// Reads `inputs` in order. `config` has the products with their ticks, `calendar` the Globex
    /// opens at which the tick rule starts over.
    pub fn new(inputs: Inputs, options: CsvOptions, config: Config, calendar: Calendar) -> Self {
        let CsvOptions { settings, max_bad, max_line } = options;
        Self {
            input: TextInput::new(inputs, max_line),
            decoder: CsvDecoder::new(settings, config, calendar),
            header_due: false,
            header: String::new(),
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
            self.header = line[..line.len().min(200)].escape_ascii().to_string();
            return self.decoder.header(line).map_err(|failure| placed(&self.input, failure));
        }
        self.rows += 1;
        match self.decoder.row(line, |record| out.record(record)) {
            Ok(None) => Ok(()),
            Ok(Some(refusal)) => self.refuse(&refusal, out),
            Err(failure) => Err(placed(&self.input, failure)),
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

    fn begin(&mut self) -> Result<(), Failure> {
        self.header_due = self.decoder.expects_header();
        let date = date_in(self.input.name());
        self.decoder.begin(date).map_err(|failure| placed(&self.input, failure))
    }

    fn conclude(&self) {
        if self.decoder.skipped() > 0 {
            tracing::info!("{} rows without volume left out", self.decoder.skipped());
        }
        if self.decoder.crossed() > 0 {
            tracing::warn!("{} crossed quotes dropped; their trades kept", self.decoder.crossed());
        }
    }

    /// Reads everything and tells what the files are: for `--check`.
    pub fn check(mut self) -> Diagnosis {
        let mut seen = Glimpse::default();
        let failed = loop {
            match self.pull(&mut seen) {
                Ok(true) => {}
                Ok(false) => break None,
                Err(failure) => break Some(failure),
            }
        };
        let mut found = Diagnosis::default();
        if !self.header.is_empty() {
            found.good("header", &self.header);
        }
        if let Some(dialect) = self.decoder.dialect() {
            found.good("dialect", format!("{}: {}", dialect.name, dialect.about));
        }
        if let Some(zone) = self.decoder.zone() {
            found.good("zone", zone);
        }
        if let Some(failure) = failed {
            let hint = failure.hint.unwrap_or_default();
            found.bad(failure.class, "file", failure.message, hint);
        }
        found.good("rows", format!("{} rows: {}", self.rows, seen.counted()));
        let contracts: Vec<_> = self.decoder.contracts().iter().map(ToString::to_string).collect();
        if contracts.is_empty() {
            let remedy = "a file without rows gives nothing";
            found.doubt("contracts", "no row was read", remedy);
        } else {
            found.good("contracts", contracts.join(" "));
        }
        for record in &seen.first {
            found.good("first", record);
        }
        if let Some(record) = seen.last() {
            found.good("last", record);
        }
        if self.decoder.skipped() > 0 {
            found.good("left out", format!("{} rows without volume", self.decoder.skipped()));
        }
        if self.decoder.crossed() > 0 {
            let text = format!("{} crossed quotes", self.decoder.crossed());
            found.doubt("quotes", text, "they are dropped; their trades are kept");
        }
        for (code, count) in self.bad.by_code() {
            let remedy = "run without --check to see the first of them with their line";
            found.bad(FailureClass::BadInput, "refused", format!("{count} x {code}"), remedy);
        }
        found
    }
}

/// A failure with file and line.
fn placed(input: &TextInput, failure: Failure) -> Failure {
    Failure { message: format!("{}: {}", input.place(), failure.message), ..failure }
}

impl Source for CsvSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        for _ in 0..BATCH {
            match self.input.step(out)? {
                Step::Line(range) => self.line(range, out)?,
                Step::Unterminated(range) => self.torn(range, out)?,
                Step::NewInput => self.begin()?,
                Step::Woken => return Ok(true),
                Step::End => {
                    self.conclude();
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
