//! DBN files as a source of the stream.

use crate::config::Config;
use crate::feeds::Diagnosis;
use crate::feeds::Refusal;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::dbn::decoder::DbnDecoder;
use crate::feeds::dbn::decoder::DbnSink;
use crate::feeds::dbn::tape::DbnCounts;
use crate::feeds::dbn::tape::DbnSettings;
use crate::feeds::glimpse::Glimpse;
use crate::feeds::text_input;
use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::MaxBad;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::stream::StreamError;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::StreamPhase;
use std::io;
use std::io::Read;

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;

/// How DBN files are read.
#[derive(Clone, Debug)]
pub struct DbnOptions {
    /// What is written.
    pub settings: DbnSettings,
    /// Bad records tolerated.
    pub max_bad: MaxBad,
}

impl DbnOptions {
    /// Every contract of the products of `config`, no bad record tolerated.
    pub fn new(config: Config) -> Self {
        let phase = StreamPhase::Run;
        Self { settings: DbnSettings { config, syms: Vec::new(), phase }, max_bad: MaxBad::Auto }
    }
}

/// Reads files of DBN or of its text, in order, as records of `src` dbn and mode replay.
pub struct DbnSource {
    inputs: Inputs,
    current: Option<Input>,
    decoder: DbnDecoder,
    bad: BadRows,
    block: Vec<u8>,
}

impl DbnSource {
    /// Reads `inputs` in order.
    pub fn new(inputs: Inputs, options: DbnOptions) -> Self {
        Self {
            inputs,
            current: None,
            decoder: DbnDecoder::new(options.settings),
            bad: BadRows::new(options.max_bad),
            block: vec![0; BLOCK],
        }
    }

    /// What was seen so far.
    pub const fn counts(&self) -> &DbnCounts {
        self.decoder.counts()
    }

    /// Records refused.
    pub const fn bad_records(&self) -> u64 {
        self.bad.count()
    }

    /// Says at the end what was left out and why.
    fn conclude(&self) {
        let counts = self.decoder.counts();
        tracing::info!(
            "{} records, {} trades of {} contracts",
            counts.records,
            counts.trades,
            counts.volume
        );
        for (what, count) in &counts.ignored {
            tracing::info!("{count} records without meaning on the wire: {what}");
        }
        for (sym, count) in self.decoder.not_futures() {
            tracing::warn!("{count} records of {sym} left out: it is not a future");
        }
        if counts.unknown_orders > 0 {
            let count = counts.unknown_orders;
            tracing::warn!("{count} changes of orders that the file had not shown");
        }
        if counts.late > 0 {
            tracing::warn!("{} records are late, and marked so", counts.late);
        }
        if self.decoder.written().is_empty() && counts.records > counts.of_definitions() {
            tracing::warn!("no record was written: no contract of the file was asked for");
        }
    }

    /// Reads everything and tells what the files are: for `--check`.
    pub fn check(mut self) -> Diagnosis {
        let mut found = Diagnosis::default();
        let mut seen = Glimpse::default();
        let end = loop {
            match self.pull(&mut seen) {
                Ok(true) => {}
                Ok(false) => break None,
                Err(failure) => break Some(failure),
            }
        };
        for input in self.decoder.inputs() {
            found.good("form", input);
        }
        if let Some(failure) = end {
            let hint = failure.hint.unwrap_or_default();
            found.bad(failure.class, "file", failure.message, hint);
        }
        let counts = self.decoder.counts();
        let (records, trades, volume) = (counts.records, counts.trades, counts.volume);
        found.good("records", format!("{records} records, {trades} trades of {volume} contracts"));
        found.good("time", "stamps are UTC: ts is ts_recv, vts is ts_event");
        let written = self.decoder.written();
        if written.is_empty() {
            let remedy = "definitions give no records by themselves; otherwise look at --sym";
            found.doubt("contracts", "no future that would be written", remedy);
        } else {
            let names: Vec<_> = written.iter().map(ToString::to_string).collect();
            found.good("contracts", names.join(" "));
        }
        for (sym, count) in self.decoder.not_futures() {
            let remedy = "spreads, options and shares are left out";
            found.doubt("left out", format!("{count} records of {sym}: not a future"), remedy);
        }
        for (what, count) in &counts.ignored {
            found.good("ignored", format!("{count} of type {what}"));
        }
        for record in &seen.first {
            found.good("first", record);
        }
        if let Some(record) = seen.last() {
            found.good("last", record);
        }
        if counts.unknown_orders > 0 {
            let text = format!("{} changes of orders never shown", counts.unknown_orders);
            found.doubt("book", text, "begin at a snapshot: request whole days from Databento");
        }
        for (code, count) in self.bad.by_code() {
            let remedy = "run without --check to see the first of them with their place";
            found.bad(FailureClass::BadInput, "refused", format!("{count} x {code}"), remedy);
        }
        found
    }
}

/// What the decoder writes to: the stream, and the count of bad records.
struct Outlet<'a> {
    out: &'a mut dyn SourceOut,
    bad: &'a mut BadRows,
    name: &'a str,
}

impl DbnSink for Outlet<'_> {
    #[inline]
    fn record(&mut self, record: &Record) -> Result<(), Failure> {
        self.out.record(record);
        Ok(())
    }

    fn refused(
        &mut self,
        refusal: &Refusal,
        place: &str,
        rows: u64,
        newest: Option<i64>,
    ) -> Result<(), Failure> {
        let place = format!("{}:{place}", self.name);
        self.bad.refuse(refusal, &place, rows, newest, self.out)
    }
}

impl Source for DbnSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let Some(input) = &mut self.current else {
            let next = self.inputs.next_input();
            self.current = next.map_err(|error| text_input::failure(&error))?;
            if self.current.is_none() {
                self.conclude();
            }
            return Ok(self.current.is_some());
        };
        if input.may_block {
            out.before_wait()?;
        }
        let named = |failure: Failure, name: &str| Failure {
            message: format!("{name}: {}", failure.message),
            ..failure
        };
        let read = match input.read(&mut self.block) {
            Ok(read) => read,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                ) =>
            {
                return Ok(true);
            }
            Err(source) => {
                let name = input.name.clone();
                return Err(text_input::failure(&StreamError::Read { name, source }));
            }
        };
        let mut sink = Outlet { out, bad: &mut self.bad, name: &input.name };
        if read > 0 {
            let result = self.decoder.push(&self.block[..read], &mut sink);
            return result.map(|()| true).map_err(|failure| named(failure, &input.name));
        }
        self.decoder.end(&mut sink).map_err(|failure| named(failure, &input.name))?;
        self.current = None;
        Ok(true)
    }
}
